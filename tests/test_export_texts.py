"""Awkward texts come back from every format as they were, or the export is refused."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pyreadstat
import pytest
from conftest import read_schema, write_cases
from hypothesis import example, given, settings
from hypothesis import strategies as st

import crisisdata as cd
from crisisdata._editions import CHECKSUMS
from crisisdata._export import FORMATS
from crisisdata.coding.publish import publish
from crisisdata.coding.validate import read_coding
from crisisdata.errors import ExportError

AWKWARD = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"https://example.org\")", "'", '"', '""', "a\"b", "a,b", "a;b", "a\nb", "a\r\nb", "a\rb",
    "\ta", " a", "État d'urgence", "«é»", "N’Djaména", "NA", "nan", "NULL", "None", "TRUE", "0012", "1e5", "2020-01-01",
    "https://example.org/a", "_x0041_", "<b>&amp;", "\\N", "{}", "%td", "𝄞", "e\u0301",
]  # fmt: skip
TEXT = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40),
    st.tuples(st.sampled_from("=+-@\t"), st.text(st.characters(categories=["L", "N", "P"]))).map("".join),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    return publish(read_coding(write_cases(folder / "cases"), read_schema()), folder / "edition").folder


def with_names(small: Path, texts: list[str | None], folder: Path) -> Path:
    """Return a copy of the edition in which the actors have these names in French."""
    copy = Path(shutil.copytree(small, folder / "edition"))
    actors = pq.read_table(copy / "actors.parquet")
    names = pa.array((texts + [None] * len(actors))[: len(actors)], pa.string())
    pq.write_table(actors.set_column(actors.column_names.index("name_fr"), "name_fr", names), copy / "actors.parquet")
    lines = [f"{sha256((copy / name).read_bytes()).hexdigest()}  {name}\n" for name in cd.Edition.find(copy).checksums]
    (copy / CHECKSUMS).write_text("".join(lines), "utf-8")
    return copy


def _csv(place: Path) -> list[Any]:
    file = place / "actors.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        plain = [row["name_fr"] for row in csv.DictReader(stream)]
    options = pa.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""])
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    options.column_types = {"name_fr": pa.string()}
    exact = pa.csv.read_csv(file, parse_options=parse, convert_options=options)["name_fr"].to_pylist()
    assert plain == [text or "" for text in exact]
    return exact


def _flat(place: Path) -> list[Any]:
    with place.open(encoding="utf-8-sig", newline="") as stream:
        return [row["name_fr"] or None for row in csv.DictReader(stream)]


def _sqlite(place: Path) -> list[Any]:
    connection = sqlite3.connect(place)
    rows = connection.execute("SELECT name_fr FROM actors").fetchall()
    connection.close()
    return [text for (text,) in rows]


def _duckdb(place: Path) -> list[Any]:
    with duckdb.connect(place, read_only=True) as connection:
        return [text for (text,) in connection.execute("SELECT name_fr FROM actors").fetchall()]


def _excel(place: Path) -> list[Any]:
    names, *rows = openpyxl.load_workbook(place)["actors"].iter_rows()
    column = [cell.value for cell in names].index("name_fr")
    assert all(row[column].data_type == "s" for row in rows if row[column].value is not None)
    return [row[column].value and _CONTROL.sub(lambda m: chr(int(m[1], 16)), row[column].value) for row in rows]


# How the standard writes a control character (ECMA-376, part 1, 22.9.2.19); Excel reads it so, openpyxl does not.
_CONTROL = re.compile("_x(000D|00[01][0-9A-F]|FFF[EF])_")


NUMBER = re.compile(r"[+-]\d+(\.\d+)?")  # as the table of changes has those of before and after


READ: dict[str, Callable[[Path], list[Any]]] = {
    "stata": lambda place: [text or None for text in pyreadstat.read_dta(place / "actors.dta")[0]["name_fr"]],
    "spss": lambda place: [text or None for text in pyreadstat.read_sav(place / "actors.sav")[0]["name_fr"]],
    "csv": _csv,
    "flat": _flat,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
    "excel": _excel,
    "croissant": lambda place: pq.read_table(place / "actors.parquet")["name_fr"].to_pylist(),
    "json": lambda place: [row["name_fr"] for row in json.loads(place.read_text("utf-8"))["tables"]["actors"]],
}


def there_and_back(name: str, small: Path, texts: list[str | None]) -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, f"out{'' if FORMATS[name].folder else FORMATS[name].ending}")
        return READ[name](cd.export(name, place, "actors", with_names(small, texts, Path(folder))))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.none() | TEXT, min_size=3, max_size=3))
@example(texts=["=1+1", 'é\n"', None])
def test_texts_come_back_or_are_refused(name: str, texts: list[str | None], small: Path) -> None:
    lost = name in ("stata", "spss") and any(text is not None and text.endswith(" ") for text in texts)
    if lost:
        with pytest.raises(ExportError, match="ends in a space"):
            there_and_back(name, small, texts)
    else:
        assert there_and_back(name, small, texts) == texts


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("number", range(0, len(AWKWARD), 3))
def test_each_awkward_text(name: str, number: int, small: Path) -> None:
    texts: list[str | None] = list(AWKWARD[number : number + 3])
    texts += [None] * (3 - len(texts))
    assert there_and_back(name, small, texts) == texts


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("length", [2_045, 2_046, 30_000])
def test_long_texts_are_whole(name: str, length: int, small: Path) -> None:
    texts = ["a" * length, None, "é" * (length // 2)]
    assert there_and_back(name, small, texts) == texts


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("spss", "é" * 16_384, "has 32,768 bytes, more than 32,767"),
        ("excel", "a" * 32_768, "has more than 32,767 characters"),
        ("stata", "", "is an empty string, not a missing value"),
        *((name, "a\0b", "contains a NUL character") for name in FORMATS if name not in ("json", "croissant")),
    ],
)
def test_what_a_format_cannot_hold_is_refused(name: str, text: str, why: str, small: Path) -> None:
    with pytest.raises(ExportError, match=f"actors.name_fr.*{why}.*Nothing was written"):
        there_and_back(name, small, [text])


@pytest.mark.parametrize("name", FORMATS)
def test_an_edition_of_ones_own_that_refers_to_a_published_one(name: str, small: Path, tmp_path: Path) -> None:
    """Its codes cite sources that it does not hold."""
    made = cd.export(name, tmp_path / f"out{'' if FORMATS[name].folder else FORMATS[name].ending}", version=small)  # type: ignore[arg-type]
    if name == "sqlite":
        connection = sqlite3.connect(made)
        references = {key[2] for key in connection.execute("PRAGMA foreign_key_list(codes)")}
        kept = {key[2] for key in connection.execute("PRAGMA foreign_key_list(support)")}
        connection.close()
        assert (references, kept) == (set(), {"episodes", "actors"})


@pytest.mark.parametrize("version", cd.versions())
def test_no_text_of_an_edition_is_a_formula_or_empty(version: str) -> None:
    for table in cd.Edition.find(version).tables:
        for row in cd.load(table, version, as_="arrow").to_pylist():  # type: ignore[call-overload]
            for column, value in row.items():
                if isinstance(value, str):
                    assert value, (table, column)
                    assert value[0] not in "=+-@" or NUMBER.fullmatch(value), (table, column, value)
