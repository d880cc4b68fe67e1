"""Each export, read back with its format's own reader."""

from __future__ import annotations

import csv
import datetime
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pyreadstat
import pytest
from conftest import CHECKOUT
from pandas.io.stata import StataReader
from test_descriptors import frictionless

import crisisdata as cd
from crisisdata._export import FORMATS
from crisisdata._writers.labelled import _STATA_MISSING, _stata_name
from crisisdata.errors import ArgumentError

TABLES = cd.Edition.find().tables
FIELDS = {table: cd.Edition.find().resource(table)["schema"]["fields"] for table in TABLES}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The newest edition in a format, made once."""
    folder = tmp_path_factory.mktemp("exported")

    def made(name: str) -> Path:
        place = folder / f"coups{'' if FORMATS[name].folder else FORMATS[name].ending}"
        place = place.with_name(f"{name}-{place.name}")
        return place if place.exists() else cd.export(name, place)  # type: ignore[arg-type]

    return made


def ours(table: str) -> list[dict[str, Any]]:
    return cd.load(table, as_="arrow").to_pylist()  # type: ignore[call-overload]


def text(value: Any) -> str:
    return "" if value is None else str(value)


def in_order(rows: Any) -> list[Any]:
    return sorted(rows, key=repr)


# CSV and JSON


@pytest.mark.parametrize("table", TABLES)
def test_csv(table: str, exported: Callable[[str], Path]) -> None:
    file = exported("csv") / f"{table}.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    assert names == [field["name"] for field in FIELDS[table]]
    expected = ours(table)
    assert len(rows) == len(expected)
    for cells, row in zip(rows, expected, strict=True):
        for (name, value), field, cell in zip(row.items(), FIELDS[table], cells, strict=True):
            same = float(cell) == value if field["type"] == "number" and cell else cell == text(value)
            assert same, (name, cell, value)
    frame = pd.read_csv(file, keep_default_na=False, na_values=[""])
    whole = cd.load(table)  # type: ignore[call-overload]
    assert (frame.isna().to_numpy() == whole.isna().to_numpy()).all()


@pytest.mark.slow
def test_frictionless_accepts_the_csv_and_finds_a_changed_key(exported: Callable[[str], Path], tmp_path: Path) -> None:
    copy = shutil.copytree(exported("csv"), tmp_path / "copy")
    code, said = frictionless(copy)
    assert code == 0, said
    file = copy / "sanctions.csv"
    file.write_text(file.read_text("utf-8").replace('"ecowas"', '"ecowos"', 1), "utf-8")
    code, said = frictionless(copy)
    assert code != 0
    assert "foreign-key" in said


@pytest.mark.parametrize("table", TABLES)
def test_json(table: str, exported: Callable[[str], Path]) -> None:
    read = json.loads(exported("json").read_text("utf-8"))
    assert read["about"]["edition"] == cd.versions()[-1]
    assert {(row["table_name"], row["variable"]) for row in read["codebook"]} >= {
        (table, f["name"]) for f in FIELDS[table]
    }
    dates = {field["name"] for field in FIELDS[table] if field["type"] == "date"}
    expected = [{k: str(v) if v and k in dates else v for k, v in row.items()} for row in ours(table)]
    assert read["tables"][table] == expected


def test_flat_has_all_reactions_with_the_columns_of_what_they_refer_to(exported: Callable[[str], Path]) -> None:
    assert exported("flat").read_bytes().startswith(b"\xef\xbb\xbf")
    flat = pd.read_csv(exported("flat"), keep_default_na=False, na_values=[""], low_memory=False)
    assert len(flat) == len(ours("reactions"))
    assert set(flat["crisisdata_edition"]) == {f"edition {cd.versions()[-1]}"}
    for table, key in (("episodes", "episode_id"), ("actors", "actor_id"), ("responses", "response_id")):
        by_key = {row[key]: row for row in ours(table)}
        for field in FIELDS[table]:
            if field["name"] != key:
                found = flat[f"{key.removesuffix('_id')}_{field['name']}"]
                assert list(found.notna()) == [by_key[value][field["name"]] is not None for value in flat[key]]
    episodes = cd.load("episodes").set_index("episode_id")
    assert list(flat["episode_name"]) == list(episodes.loc[flat["episode_id"], "name"])
    assert next(iter(flat["tone_label"].dropna())) in cd.codebook("responses", "tone")["label"].tolist()


def test_flat_joins_the_tables_that_are_named(tmp_path: Path) -> None:
    made = cd.export("flat", tmp_path / "a.csv", ["sanctions", "episodes"])
    flat = pd.read_csv(made)
    assert len(flat) == len(ours("sanctions"))
    assert "episode_first_act_date" in flat
    assert list(flat)[: len(FIELDS["sanctions"])][0] == "sanction_id"
    alone = pd.read_csv(cd.export("flat", tmp_path / "b.csv", "episodes"))
    assert len(alone) == len(ours("episodes"))
    with pytest.raises(ArgumentError, match="none of sanctions, polls refers to all the others"):
        cd.export("flat", tmp_path / "c.csv", ["sanctions", "polls"])
    assert not (tmp_path / "c.csv").exists()


# Databases


@pytest.fixture(scope="module")
def sqlite(exported: Callable[[str], Path]) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{exported('sqlite')}?mode=ro", uri=True)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def duck(exported: Callable[[str], Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(exported("duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("table", TABLES)
def test_sqlite(table: str, sqlite: sqlite3.Connection) -> None:
    rows = sqlite.execute(f'SELECT * FROM "{table}"').fetchall()
    expected = [
        tuple(str(value) if isinstance(value, datetime.date) else value for value in row.values())
        for row in ours(table)
    ]
    assert rows == expected
    schema = cd.Edition.find().resource(table)["schema"]
    columns = sqlite.execute(f'PRAGMA table_info("{table}")').fetchall()
    assert [name for _, name, *_, place in sorted(columns, key=lambda c: c[-1]) if place] == schema["primaryKey"]
    keys = {(key[3], key[2], key[4]) for key in sqlite.execute(f'PRAGMA foreign_key_list("{table}")')}
    assert keys == foreign_keys(table)
    [(statement,)] = sqlite.execute("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?", [table])
    assert all(field["description"] in statement for field in FIELDS[table])


def foreign_keys(table: str) -> set[tuple[str, str, str]]:
    """Return the references of a table; the first poll of an episode has none, since polls refer to episodes."""
    keys = cd.Edition.find().resource(table)["schema"]["foreignKeys"]
    found = {(k["fields"][0], k["reference"]["resource"] or table, k["reference"]["fields"][0]) for k in keys}
    return found - {("poll_first_id", "polls", "poll_id")}


def test_sqlite_is_whole_and_explains_itself(sqlite: sqlite3.Connection) -> None:
    assert sqlite.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert sqlite.execute("PRAGMA foreign_key_check").fetchall() == []
    explained = set(sqlite.execute("SELECT table_name, variable FROM codebook"))
    assert explained == {(table, field["name"]) for table in TABLES for field in FIELDS[table]}
    assert "edition" in dict(sqlite.execute("SELECT * FROM about"))


@pytest.mark.parametrize("table", TABLES)
def test_duckdb(table: str, duck: duckdb.DuckDBPyConnection) -> None:
    rows = duck.execute(f'SELECT * FROM "{table}"').fetchall()
    assert in_order(rows) == in_order(tuple(row.values()) for row in ours(table))
    comments = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    assert duck.execute(comments, [table]).fetchall() == [(f["name"], f["description"]) for f in FIELDS[table]]
    keys = """SELECT constraint_column_names[1], referenced_table, referenced_column_names[1]
              FROM duckdb_constraints() WHERE table_name = ? AND constraint_type = 'FOREIGN KEY'"""
    assert set(duck.execute(keys, [table]).fetchall()) == foreign_keys(table)
    for field in FIELDS[table]:
        if "categories" in field:
            codes = duck.execute(f'SELECT enum_range(any_value("{field["name"]}")) FROM "{table}"').fetchone()
            assert codes is not None
            assert codes[0] is None or codes[0] == [each["value"] for each in field["categories"]]


def test_older_duckdb_can_open_the_file(duck: duckdb.DuckDBPyConnection) -> None:
    tags = duck.execute("SELECT tags FROM duckdb_databases() WHERE path IS NOT NULL AND NOT internal").fetchall()
    assert tags[0][0]["storage_version"].startswith("v1.0")


WRONG = {
    "a code that is none": "UPDATE support SET direction = 'angry'",
    "an actor that is not there": "UPDATE support SET actor_id = 'nobody'",
    "a key twice": "INSERT INTO actors SELECT * FROM actors LIMIT 1",
    "a value that is required": "UPDATE sources SET title = NULL",
    "a count below zero": "UPDATE episodes SET deaths_low = -1",
    "a day that is none": "UPDATE episodes SET first_act_date = '2021-02-30'",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_databases_refuse(wrong: str, exported: Callable[[str], Path], tmp_path: Path) -> None:
    with sqlite3.connect(shutil.copy(exported("sqlite"), tmp_path)) as lite:
        lite.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.IntegrityError):  # noqa: PT012
            lite.execute(WRONG[wrong])
            lite.commit()
        lite.rollback()
    lite.close()
    with duckdb.connect(shutil.copy(exported("duckdb"), tmp_path)) as duck, pytest.raises(duckdb.Error):
        duck.execute(WRONG[wrong])


# Excel


@pytest.fixture(scope="module")
def workbook(exported: Callable[[str], Path]) -> openpyxl.Workbook:
    return openpyxl.load_workbook(exported("excel"))


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_excel(table: str, workbook: openpyxl.Workbook) -> None:
    names, *rows = workbook[table].iter_rows()
    fields = {field["name"]: field for field in FIELDS[table]}
    assert [cell.value for cell in names if cell.value in fields] == list(fields)
    expected = ours(table)
    assert len(rows) == len(expected)
    for cells, row in zip(rows, expected, strict=True):
        for name, cell in zip(names, cells, strict=True):
            if name.value not in fields:  # a label, beside its code
                coded = fields[str(name.value).removesuffix("_label")]
                labels = {each["value"]: each["label"] for each in coded["categories"]}
                assert cell.value == labels.get(cells[name.column - 2].value)
                continue
            value = row[str(name.value)]
            found = cell.value.date() if isinstance(cell.value, datetime.datetime) else cell.value
            assert found == value
            assert cell.data_type == {str: "s", datetime.date: "d"}.get(type(value), "n")
            if isinstance(value, str):
                assert cell.alignment.wrap_text
    for name in names:
        explained = fields[str(name.value)]["description"] if name.value in fields else "Label of the code in"
        assert name.comment.text.startswith(explained)


def test_excel_has_labels_where_they_say_more_than_the_code(workbook: openpyxl.Workbook) -> None:
    names = [cell.value for cell in workbook["episodes"][1]]
    assert names[names.index("event_type") + 1] == "event_type_label"
    assert "first_act_date_precision_label" not in names  # day is Day


def test_excel_has_a_codebook_and_codes(workbook: openpyxl.Workbook, tmp_path: Path) -> None:
    book = pd.DataFrame(list(workbook["codebook"].values)[1:], columns=next(workbook["codebook"].values))
    assert set(zip(book["table_name"], book["variable"], strict=True)) == {
        (t, f["name"]) for t in TABLES for f in FIELDS[t]
    }
    cd.export("excel", tmp_path / "one.xlsx", "support")
    assert openpyxl.load_workbook(tmp_path / "one.xlsx").sheetnames == ["about", "support", "codebook", "codes"]


# Stata and SPSS

READ = {"stata": pyreadstat.read_dta, "spss": pyreadstat.read_sav}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("table", TABLES)
def test_stata_and_spss(table: str, name: str, exported: Callable[[str], Path]) -> None:
    folder = exported(name)
    frame, meta = READ[name](folder / f"{table}{FORMATS[name].ending}")
    book, _ = READ[name](folder / f"codebook{FORMATS[name].ending}")
    book = book[book["table_name"] == table].set_index("variable")
    expected = pd.DataFrame(ours(table), dtype=object)
    codes = cd.load("codes").set_index(["code_list", "code"])
    for field in FIELDS[table]:
        column = book.loc[field["name"], "stata_name"] if name == "stata" else field["name"]
        found = [None if pd.isna(value) else value for value in frame[column]]
        wanted = list(expected[field["name"]])
        if "categories" in field:
            labels = {n: label for n, label in meta.variable_value_labels[column].items() if n not in ("a", "b")}
            assert list(labels.values()) == [each["label"] for each in sorted_codes(field, codes)]
            by_code = {value: codes.loc[(field["codes"], value)] for value in set(wanted) - {None}}
            assert [value if value is None else labels[value] for value in found] == [
                value if value is None else by_code[value]["label"] for value in wanted
            ]
            if field["categoriesOrdered"]:
                assert found == [value if value is None else by_code[value]["value"] for value in wanted]
        elif field["type"] == "string":
            assert found == [value or "" for value in wanted]
        elif name == "stata" and (field["name"], field["type"]) == ("month", "date"):
            assert found == [(day.year - 1960) * 12 + day.month - 1 for day in wanted]
        else:
            assert found == wanted
        label = meta.column_names_to_labels[column]
        assert label == field["description"] or (label.endswith(" …") and field["description"].startswith(label[:-2]))
        assert book.loc[field["name"], "description"] == field["description"]


def sorted_codes(field: dict[str, Any], codes: pd.DataFrame) -> list[dict[str, Any]]:
    number = "value" if field["categoriesOrdered"] else "sort_order"
    return sorted(field["categories"], key=lambda each: codes.loc[(field["codes"], each["value"]), number])


def test_spss_knows_what_is_ordinal(exported: Callable[[str], Path]) -> None:
    _, meta = pyreadstat.read_sav(exported("spss") / "responses.sav")
    assert meta.variable_measure["tone"] == "ordinal"
    assert meta.variable_measure["channel"] == "nominal"
    assert meta.variable_measure["coercion"] == "scale"


def test_names_fit_stata_and_lists_are_one_text(exported: Callable[[str], Path]) -> None:
    for table in TABLES:
        names = pd.read_stata(exported("stata") / f"{table}.dta", convert_categoricals=False).columns
        assert names.str.len().max() <= 32
        assert names.is_unique
    frame = pd.read_stata(exported("stata") / "responses.dta", convert_categoricals=False)
    lists = [field["name"] for field in FIELDS["responses"] if "separator" in field]
    assert {"actor_ids", "demands"} <= set(lists)
    assert frame[lists].fillna("").to_dict("list") == cd.load("responses")[lists].fillna("").to_dict("list")


@pytest.mark.parametrize("table", TABLES)
def test_stata_has_one_pattern_for_dates_whole_numbers_and_months(table: str, exported: Callable[[str], Path]) -> None:
    with StataReader(exported("stata") / f"{table}.dta") as reader:
        kinds = dict(zip(reader.variable_labels(), zip(reader._typlist, reader._fmtlist, strict=True), strict=True))
    for field, (name, (kind, shown)) in zip(FIELDS[table], kinds.items(), strict=True):
        if field["type"] == "date":
            assert shown == ("%tm" if field["name"] == "month" else "%td")
        if field["type"] in ("date", "integer") or "categories" in field:
            assert kind == "l", (field["name"], kind)
        if field["name"].endswith("_date_precision"):
            stem = name.removesuffix("_prec")
            assert stem in kinds
            assert f"{stem}_latest" in kinds
        if field["name"].endswith("_best"):
            stem = name.removesuffix("_best")
            assert {f"{stem}_low", f"{stem}_high"} <= set(kinds)


def test_names_that_are_too_long_are_cut_alike() -> None:
    stem = "a_constitutional_order_of_some_kind"
    names = [_stata_name(f"{stem}_date{end}", bool(end == "_precision")) for end in ("", "_latest", "_precision")]
    assert [name.removeprefix(names[0]) for name in names] == ["", "_latest", "_prec"]
    assert max(map(len, names)) <= 32
    assert len({_stata_name(stem + end, False).removesuffix(end) for end in ("_low", "_best", "_high")}) == 1


def test_a_missing_value_of_stata_says_why(exported: Callable[[str], Path]) -> None:
    letters = {row["reason"]: {"unknown": "a", "not_applicable": "b"}[row["reason"]] for row in ours("missing_values")}
    assert {each["value"] for each in field_of("missing_values", "reason")["categories"]} == set(_STATA_MISSING)
    seen = 0
    for table in dict.fromkeys(row["table_name"] for row in ours("missing_values")):
        frame = pd.read_stata(
            exported("stata") / f"{table}.dta", convert_missing=True, convert_dates=False, convert_categoricals=False
        )
        reasons = {
            (r["record_id"], r["variable"]): r["reason"] for r in ours("missing_values") if r["table_name"] == table
        }
        key = cd.Edition.find().resource(table)["schema"]["primaryKey"]
        records = ["/".join(str(row[part]) for part in key) for row in ours(table)]
        for field in FIELDS[table]:
            if field["type"] == "string" and "categories" not in field:
                continue
            variable = re.sub("_(latest|precision)$", "", field["name"])
            found = frame[_stata_name(field["name"], "categories" in field)]
            for record, value, row in zip(records, found, ours(table), strict=True):
                if row[field["name"]] is None:
                    reason = reasons.get((record, variable)) or reasons.get((record, field["name"]))
                    assert str(value) == f".{letters[reason] if reason else ''}", (table, record, field["name"])
                    seen += reason is not None
    assert seen > 50


def field_of(table: str, name: str) -> dict[str, Any]:
    return next(field for field in FIELDS[table] if field["name"] == name)


def test_the_do_file_merges_by_keys_that_are_there_and_unique(exported: Callable[[str], Path]) -> None:
    text = (exported("stata") / "crisisdata.do").read_text("utf-8")
    tables = re.findall(r"if \"`table'\" == \"(\w+)\" \{\n((?:    merge.*\n)+)\}", text)
    assert {"reactions", "sanctions", "support"} <= {name for name, _ in tables}
    for name, lines in tables:
        frame = pd.read_stata(exported("stata") / f"{name}.dta", convert_categoricals=False)
        for key, target in re.findall(r'merge m:1 (\w+) using "(\w+)", keep\(master match\) nogenerate', lines):
            other = pd.read_stata(exported("stata") / f"{target}.dta", convert_categoricals=False)
            merged = frame[[key]].merge(other, on=key, how="left", validate="m:1", indicator=True)
            assert (merged["_merge"] == "both").equals(frame[key] != "")
    said = [line for line in text.splitlines() if not line.startswith("*")]
    assert sum(line.count("{") for line in said) == sum(line.count("}") for line in said)


def test_the_do_file_knows_what_was_exported(tmp_path: Path) -> None:
    text = (cd.export("stata", tmp_path / "few", ["sanctions", "episodes"]) / "crisisdata.do").read_text("utf-8")
    assert "local table episodes" in text
    assert re.findall(r'merge .* using "(\w+)"', text) == ["episodes"]


def test_pandas_reads_stata(exported: Callable[[str], Path]) -> None:
    frame = pd.read_stata(exported("stata") / "sanction_events.dta")
    assert frame["event_date"].dt.strftime("%Y-%m-%d").tolist() == [
        str(row["event_date"]) for row in ours("sanction_events")
    ]


_R = """
suppressPackageStartupMessages(library(haven))
files <- list.files(commandArgs(TRUE)[1], pattern = "[.](dta|sav)$", full.names = TRUE)
for (file in files) {
  x <- if (grepl("dta$", file)) read_dta(file) else read_sav(file)
  dates <- vapply(x, inherits, TRUE, "Date")
  x <- as_factor(zap_missing(x))
  x[] <- lapply(x, as.character)
  x[is.na(x)] <- ""
  names(x) <- paste0(names(x), ifelse(dates, "|date", ""))
  write.csv(x, paste0(file, ".csv"), row.names = FALSE, fileEncoding = "UTF-8")
}
"""


def has_haven() -> bool:
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(haven)"], capture_output=True).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(not has_haven(), reason="Rscript with the package haven is not installed (r-base, r-cran-haven)")
@pytest.mark.parametrize("name", READ)
def test_r_reads_labels_dates_and_accents(name: str, exported: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shutil.copytree(exported(name), tmp_path / "copy")
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    subprocess.run(["Rscript", "-e", _R, str(folder)], check=True, env=environment)
    for table in TABLES:
        read = pd.read_csv(folder / f"{table}{FORMATS[name].ending}.csv", dtype=str, keep_default_na=False)
        assert len(read) == len(ours(table))
        for field, column in zip(FIELDS[table], read, strict=True):
            wanted = [row[field["name"]] for row in ours(table)]
            found = list(read[column])
            if "categories" in field:
                labels = {each["value"]: each["label"] for each in field["categories"]}
                assert found == [labels.get(value, "") for value in wanted]
            elif field["type"] in ("integer", "number"):
                assert [float(value) if value else None for value in found] == pytest.approx(wanted)
            elif column == "month":  # a %tm of Stata is no date in R but the number of months since January 1960
                assert [f"{1960 + int(n) // 12}-{int(n) % 12 + 1:02}-01" for n in found] == [text(d) for d in wanted]
            else:
                assert found == [text(value) for value in wanted]
            assert column.endswith("|date") == (field["type"] == "date" and column != "month")
    assert "é" in (folder / f"countries{FORMATS[name].ending}.csv").read_text("utf-8")


@pytest.mark.skipif(not has_haven(), reason="Rscript with the package haven is not installed (r-base, r-cran-haven)")
def test_the_script_for_r_runs(exported: Callable[[str], Path], tmp_path: Path) -> None:
    environment = {"LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    script = ["Rscript", str(CHECKOUT / "docs" / "crisisdata.R"), str(exported("stata")), str(exported("csv"))]
    done = subprocess.run(script, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    reactions = cd.load("reactions").query("own_name == 'yes' and 0 <= days_low and days_high <= 30")
    counts = reactions.query("episode_id == 'mli-2021-05'")["tone"].value_counts(sort=False)
    assert re.search(rf"mli-2021-05 +{' +'.join(map(str, counts))}", done.stdout), done.stdout


# Croissant


@pytest.mark.parametrize("table", TABLES)
def test_croissant_holds_the_tables_of_the_edition(table: str, exported: Callable[[str], Path]) -> None:
    """What mlcroissant says of it is in test_descriptors."""
    file = exported("croissant") / f"{table}.parquet"
    assert file.read_bytes() == cd.path(table).read_bytes()  # type: ignore[arg-type]


# What all have


def test_every_format_is_tested_and_in_the_guide() -> None:
    guide = (CHECKOUT / "docs" / "exports.md").read_text("utf-8")
    tested = Path(__file__).read_text("utf-8")
    for name in FORMATS:
        assert f"`{name}`" in guide
        assert f'"{name}"' in tested


def test_the_line_for_duckdb_in_the_guide() -> None:
    [line] = re.findall(r"`(duckdb\.sql\(.*?\))` \|", (CHECKOUT / "docs" / "exports.md").read_text("utf-8"))
    counts = dict(eval(line, {"duckdb": duckdb, "cd": cd}).fetchall())
    assert counts == cd.load("sanctions")["sender_id"].value_counts().to_dict()


def test_only_the_libraries_of_the_format_are_imported(tmp_path: Path) -> None:
    code = (
        "import sys, crisisdata as cd; cd.export('sqlite', 'x.sqlite'); "
        "print([m for m in ('duckdb', 'pyreadstat', 'xlsxwriter', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", FORMATS)
def test_an_older_edition_can_be_exported(name: str, tmp_path: Path) -> None:
    place = tmp_path / f"old{'' if FORMATS[name].folder else FORMATS[name].ending}"
    tables = ["responses", "episodes"] if name == "flat" else ["episodes", "codes"]
    assert cd.export(name, place, tables, "0.1").exists()  # type: ignore[arg-type]
