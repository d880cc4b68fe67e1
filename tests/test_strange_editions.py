"""Editions that somebody else made, or forged: what is wrong is refused, and nothing is written outside its place."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crisisdata as cd
from crisisdata._cells import content_hash
from crisisdata._editions import CHECKSUMS, DESCRIPTOR, REGISTER, sha256
from crisisdata._export import FORMATS
from crisisdata._writers.format import file_in
from crisisdata.errors import ArgumentError, DamagedEditionError, ExportError, UnknownNameError

Descriptor = dict[str, Any]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of an edition, outside of the package."""
    return Path(shutil.copytree(cd.Edition.find("0.4").folder, tmp_path / "copy"))


def with_sums(folder: Path) -> Path:
    """Rewrite the checksums, as whoever changes an edition can."""
    files = sorted(file for file in folder.iterdir() if file.name != CHECKSUMS)
    (folder / CHECKSUMS).write_text("".join(f"{sha256(file.read_bytes())}  {file.name}\n" for file in files))
    return folder


def redescribed(folder: Path, change: Callable[[Descriptor], object]) -> Path:
    descriptor = json.loads((folder / DESCRIPTOR).read_text())
    change(descriptor)
    (folder / DESCRIPTOR).write_text(json.dumps(descriptor))
    return with_sums(folder)


def with_table(folder: Path, name: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    file = folder / f"{name}.parquet"
    pq.write_table(change(pq.ParquetFile(file).read()), file)
    return with_sums(folder)


def one_more_death(table: pa.Table) -> pa.Table:
    values = table["deaths_high"].to_pylist()
    at = next(number for number, value in enumerate(values) if value is not None)
    values[at] += 1
    return table.set_column(table.column_names.index("deaths_high"), "deaths_high", pa.array(values, pa.int64()))


# Descriptors


def first(descriptor: Descriptor) -> Descriptor:
    return descriptor["resources"][0]


STRANGE: dict[str, Callable[[Descriptor], object]] = {
    "name leads out": lambda d: first(d).update(name="../../../../victim"),
    "absolute name": lambda d: first(d).update(name="/tmp/victim"),
    "path leads out": lambda d: first(d).update(path="../../victim.parquet"),
    "path of another table": lambda d: first(d).update(path="sources.parquet"),
    "no name": lambda d: first(d).pop("name"),
    "name in capitals": lambda d: first(d).update(name="EPISODES"),
    "name of a number": lambda d: first(d).update(name=5),
    "name in a list": lambda d: first(d).update(name=["episodes"]),
    "a table twice": lambda d: d["resources"].append(d["resources"][0]),
    "no tables": lambda d: d.update(resources=[]),
    "tables by name": lambda d: d.update(resources={"episodes": first(d)}),
    "no hash of the content": lambda d: first(d).update(contentHash="sha256:abc"),
    "rows as text": lambda d: first(d).update(rows="6"),
    "rows as truth": lambda d: first(d).update(rows=True),
    "fewer than no rows": lambda d: first(d).update(rows=-1),
    "no columns": lambda d: first(d)["schema"].update(fields=[]),
    "a column twice": lambda d: first(d)["schema"]["fields"].append(first(d)["schema"]["fields"][0]),
    "column of no type": lambda d: first(d)["schema"]["fields"][0].update(type="geopoint"),
    "column with a quotation mark": lambda d: first(d)["schema"]["fields"][0].update(name='x" INTEGER); --'),
    "bound that is code": lambda d: first(d)["schema"]["fields"][0].update(constraints={"minimum": "0); DROP TABLE x"}),
    "no key": lambda d: first(d)["schema"].update(primaryKey=[]),
    "key of no column": lambda d: first(d)["schema"].update(primaryKey=["nothing"]),
    "key to no table": lambda d: first(d)["schema"]["foreignKeys"][0]["reference"].update(resource="nothing"),
    "key of two": lambda d: first(d)["schema"]["foreignKeys"][0].update(fields=["iso3", "name"]),
    "code list that is not there": lambda d: d.update(codeLists={"x": {"categories": [], "categoriesOrdered": False}}),
    "code of a number": lambda d: field_with_codes(d)["categories"][0].update(value=1),
    "code twice": lambda d: field_with_codes(d)["categories"].append(field_with_codes(d)["categories"][0]),
    "no codes": lambda d: field_with_codes(d).update(categories=[]),
    "codes without a list": lambda d: field_with_codes(d).pop("codes"),
    "version of one number": lambda d: d.update(version="4"),
    "version of three numbers": lambda d: d.update(version="0.4.1"),
    "version with a path": lambda d: d.update(version="../0.4"),
    "no day": lambda d: d.update(created="yesterday"),
    "day that is none": lambda d: d.update(asOf="2026-02-30"),
    "nobody": lambda d: d.update(contributors=[]),
    "rules in a list": lambda d: d.update(rules=[]),
    "rule that uses a text": lambda d: d.update(rules={"episodes.x": {"uses": "support", "text": "x"}}),
    "citation of nothing": lambda d: d.update(citation=None),
    "infinity": lambda d: first(d).update(rows=float("inf")),
}


def field_with_codes(descriptor: Descriptor) -> Descriptor:
    return next(field for field in first(descriptor)["schema"]["fields"] if "categories" in field)


@pytest.mark.parametrize("change", STRANGE.values(), ids=STRANGE)
def test_a_strange_descriptor_is_refused_on_opening(change: Callable[[Descriptor], object], copy: Path) -> None:
    with pytest.raises(
        DamagedEditionError, match=r"datapackage\.json is not a valid edition file: .*build the edition"
    ):
        cd.tables(redescribed(copy, change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(contributors=[]), "it has no contributors or no resources"),
        (lambda d: d.update(rules=[]), "rules must be an object"),
        (lambda d: d.update(resources={}), "resources must be a list"),
        (lambda d: first(d).pop("name"), r"resources\[0\]\.name is missing"),
        (lambda d: first(d).update(rows="6"), r"resources\[0\]\.rows must be an integer; got '6'"),
    ],
)
def test_a_refusal_says_what_is_wrong(change: Callable[[Descriptor], object], message: str, copy: Path) -> None:
    with pytest.raises(DamagedEditionError, match=message):
        cd.tables(redescribed(copy, change))


def test_a_descriptor_that_is_no_object_says_so(copy: Path) -> None:
    (copy / DESCRIPTOR).write_text("[]")
    with pytest.raises(DamagedEditionError, match="the whole must be an object"):
        cd.tables(with_sums(copy))


def test_a_descriptor_is_looked_through_again_once_it_changed(copy: Path) -> None:
    """What was found in order is kept for its content: neither a time nor a size is believed."""
    assert cd.tables(copy) is not None
    place = copy / DESCRIPTOR
    status, text = place.stat(), place.read_text()
    place.write_text(text.replace('"title": "crisisdata', '"titel": "crisisdata', 1))
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    with pytest.raises(DamagedEditionError, match="title is missing"):
        cd.tables(with_sums(copy))


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"version": ' + b"9" * 5000 + b"}"]
)
def test_a_descriptor_that_is_no_object_is_refused(content: bytes, copy: Path) -> None:
    (copy / DESCRIPTOR).write_bytes(content)
    with pytest.raises(DamagedEditionError, match="is not a valid edition file"):
        cd.load(version=with_sums(copy))


@pytest.mark.parametrize("name", [name for name in FORMATS if FORMATS[name].folder])
def test_no_writer_leaves_its_folder(name: str, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the names in a descriptor were not looked at."""
    victim = tmp_path / f"victim{FORMATS[name].ending}"
    victim.write_text("mine")
    edition, read = cd.Edition.find(copy), cd.Edition.read
    (tmp_path / "to").mkdir()
    for place in ("../../../../victim", str(tmp_path / "victim")):
        edition.resource("actors").update(name=place, path=f"{place}.parquet")
        monkeypatch.setattr(
            cd.Edition, "read", lambda self, name: read(self, "actors.parquet" if "victim" in name else name)
        )
        with pytest.raises(ExportError, match="is outside"):
            cd.export(name, tmp_path / "to" / "coups", "actors", edition)  # type: ignore[arg-type]
    assert victim.read_text() == "mine"
    assert list((tmp_path / "to").iterdir()) == []


def test_no_file_of_an_export_is_written_twice(tmp_path: Path) -> None:
    (tmp_path / "codebook.dta").write_text("the codebook")
    with pytest.raises(ExportError, match=r"'codebook\.dta', which .* is another table's file"):
        file_in(tmp_path, "codebook.dta")


@pytest.mark.parametrize(
    "line", ["0" * 64 + "  ../victim", "0" * 64 + "  /etc/passwd", "0" * 63 + "  x", "x", "", "0" * 64 + " x"]
)
def test_checksums_of_files_elsewhere_are_refused(line: str, copy: Path) -> None:
    with (copy / CHECKSUMS).open("a") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(DamagedEditionError, match="SHA256SUMS is not a valid edition file: each line must be"):
        cd.load(version=copy)


def test_a_file_listed_twice_is_refused(copy: Path) -> None:
    with (copy / CHECKSUMS).open("a") as stream:
        stream.write(f"{'0' * 64}  actors.parquet\n")
    with pytest.raises(DamagedEditionError, match="listed once"):
        cd.load("sources", copy)


# Parquet


def date_of(year: int) -> Callable[[pa.Table], pa.Table]:
    days = (year - 1970) * 365

    def change(table: pa.Table) -> pa.Table:
        column = pa.array([days] * len(table), pa.int32()).cast(pa.date32())
        return table.set_column(table.column_names.index("first_act_date"), "first_act_date", column)

    return change


def recoded(table: pa.Table) -> pa.Table:
    column = table["outcome"].combine_chunks()
    codes = pa.array(["another", *column.dictionary.to_pylist()[1:]])
    other = pa.DictionaryArray.from_arrays(column.indices, codes, ordered=column.type.ordered)
    return table.set_column(table.column_names.index("outcome"), "outcome", other)


PARQUET: dict[str, Callable[[pa.Table], pa.Table]] = {
    "fewer rows": lambda table: table.slice(1),
    "a column less": lambda table: table.drop_columns(["summary"]),
    "columns in another order": lambda table: table.select(table.column_names[::-1]),
    "numbers as text": lambda table: table.set_column(
        table.column_names.index("deaths_high"), "deaths_high", table["deaths_high"].cast(pa.string())
    ),
    "codes as text": lambda table: table.set_column(
        table.column_names.index("outcome"), "outcome", table["outcome"].cast(pa.string())
    ),
    "another code": recoded,
    "a day of the year 12000": date_of(12_000),
    "a day before year 1": date_of(-50),
}


@pytest.mark.parametrize("change", PARQUET.values(), ids=PARQUET)
def test_a_table_that_is_not_as_described_is_refused(change: Callable[[pa.Table], pa.Table], copy: Path) -> None:
    with pytest.raises(DamagedEditionError, match=r"episodes\.parquet is not a valid edition file"):
        cd.load("episodes", with_table(copy, "episodes", change))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" * 100, b"x" * 1000])
def test_what_is_no_parquet_is_refused(content: bytes, copy: Path) -> None:
    (copy / "episodes.parquet").write_bytes(content)
    with pytest.raises(DamagedEditionError, match="is not readable as Parquet"):
        cd.load("episodes", with_sums(copy))


def test_a_pipe_among_the_files_is_not_waited_for(copy: Path) -> None:
    (copy / "episodes.parquet").unlink()
    os.mkfifo(copy / "episodes.parquet")
    with pytest.raises(DamagedEditionError, match=r"episodes\.parquet is missing or cannot be read"):
        cd.load("episodes", copy)


# Forgeries with all checksums in order


def test_another_cell_under_the_same_content_hash_is_found(copy: Path) -> None:
    said = cd.require("0.4").content_hash
    with_table(copy, "episodes", one_more_death)
    descriptor = json.loads((copy / DESCRIPTOR).read_text())
    assert said == cd.Edition.find("0.4").content_hash
    for call in (cd.verify, cd.stamp, cd.require, lambda edition: cd.require(edition, said)):
        with pytest.raises(
            DamagedEditionError, match=r"episodes\.parquet .*: the content hash of its cells must be sha256:"
        ):
            call(copy)
    table = pq.ParquetFile(copy / "episodes.parquet").read()
    first(descriptor)["contentHash"] = content_hash(table)
    redescribed(copy, lambda d: first(d).update(contentHash=content_hash(table)))
    assert cd.require(copy).content_hash != said
    with pytest.raises(DamagedEditionError, match=f"but {said} is required"):
        cd.require(copy, said)


@pytest.mark.parametrize("part", [slice(0, 20), slice(0, -1), slice(7, None), slice(0, 0)])
def test_a_part_of_a_content_hash_is_not_enough(part: slice) -> None:
    said = cd.Edition.find("0.4").content_hash
    with pytest.raises(DamagedEditionError, match="is required"):
        cd.require("0.4", said[part])
    assert cd.require("0.4", said).version == "0.4"


def test_the_content_hashes_of_published_editions_are_those_that_were_printed() -> None:
    """A paper has them."""
    said = {
        "0.1": "sha256:32f13c94ed5578601a91b4c6c84325ca60850ad5fa948c2aae3b79b7a9372ba5",
        "0.2": "sha256:04b3b33ec086fb2b3feea284f037c42886d737c5a02b9d39b38867991cd26d9f",
        "0.3": "sha256:af0e1c622f03530c4c87ee024138d80b2201126dd6b047c3c57436b003fcee27",
        "0.4": "sha256:4ca47c25fa15a60a0f4aa59da00e6c78f3e1969a165da11a216b1346c534e5a8",
    }
    assert {version: cd.Edition.find(version).content_hash for version in said} == said


def test_require_wants_a_version_and_a_string() -> None:
    with pytest.raises(ArgumentError, match="version must be given"):
        cd.require(None)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="content_hash must be a string"):
        cd.require("0.4", b"sha256:0")  # type: ignore[arg-type]


# The register


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copies of the published editions as those of the package."""
    source = cd.Edition.find().folder.parent
    shelf = Path(shutil.copytree(source, tmp_path / "shelf"))
    monkeypatch.setattr("crisisdata._editions.editions_folder", lambda: shelf)
    return shelf


@pytest.mark.parametrize("way", ["path", "relative", "dots", "link", "link to the shelf"])
def test_no_other_name_leads_around_the_register(way: str, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf.parent)
    (shelf.parent / "link").symlink_to(shelf / "0.4")
    (shelf.parent / "shelves").symlink_to(shelf)
    ways = {
        "path": shelf / "0.4",
        "relative": Path("shelf/0.4"),
        "dots": shelf / "0.3" / ".." / "0.4",
        "link": Path("link"),
        "link to the shelf": Path("shelves/0.4"),
    }
    assert cd.verify(ways[way])
    with_table(shelf / "0.4", "episodes", one_more_death)
    with pytest.raises(DamagedEditionError, match="SHA256SUMS differs from the published file"):
        cd.load(version=ways[way])


def test_a_line_missing_from_the_register_is_damage(shelf: Path) -> None:
    lines = (shelf / REGISTER).read_text().splitlines(keepends=True)
    (shelf / REGISTER).write_text("".join(line for line in lines if not line.startswith("0.3,")))
    for version in ("0.3", shelf / "0.3"):
        with pytest.raises(
            DamagedEditionError, match=r"editions\.csv does not list edition 0\.3, which is in .*damaged"
        ):
            cd.load(version=version)
    with pytest.raises(UnknownNameError, match="there is no edition '0.9'"):
        cd.load(version="0.9")


# Paths


def test_paths_that_are_none(tmp_path: Path) -> None:
    for place in (5, None, b"x", "~nobody-of-this-name/x.json", "x\0.json"):
        with pytest.raises(ArgumentError, match="dest must be a path; got"):
            cd.export("json", place, "actors")  # type: ignore[arg-type]
    for place in (Path("~nobody-of-this-name"), Path("x\0")):
        with pytest.raises(ArgumentError, match="version must be a path; got"):
            cd.load(version=place)


def test_a_folder_that_cannot_be_listed(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DamagedEditionError, match="cannot be listed: Permission denied"):
        cd.verify(copy)


@pytest.mark.parametrize("name", FORMATS)
def test_a_place_whose_name_is_not_utf_8(name: str, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xe9"))
    folder.mkdir()
    place = folder / f"coups{'' if FORMATS[name].folder else FORMATS[name].ending}"
    if name == "duckdb":
        with pytest.raises(ExportError, match="could not be written: .*utf-8.* Nothing was changed there"):
            cd.export("duckdb", place, "actors")
        assert list(folder.iterdir()) == []
    else:
        assert cd.export(name, place, "actors").exists()  # type: ignore[arg-type]
