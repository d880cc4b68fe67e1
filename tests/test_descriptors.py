"""What an edition says of itself to other people's tools, judged by those tools."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rdflib
from conftest import raw_coding, read_schema, write_cases
from test_universe import UNIVERSE

import crisisdata as cd
from crisisdata._editions import sha256
from crisisdata.coding.publish import publish
from crisisdata.coding.validate import read_coding


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the case files build to, as the next edition will be."""
    folder = tmp_path_factory.mktemp("next") / "edition"
    return publish(raw_coding(), folder).folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small edition of one's own, with tables that have no row."""
    folder, schema = tmp_path_factory.mktemp("small"), read_schema()
    cited = sorted(
        {code.source_id for codes in schema.codes.values() for code in codes.codes.values() if code.source_id}
    )
    sources = "".join(f"{each},A paper,A press,,2021,https://example.org/{each},en,academic\n" for each in cited)
    files = UNIVERSE | {"sources.csv": UNIVERSE["sources.csv"] + sources}
    return publish(read_coding(write_cases(folder / "cases", files), schema), folder / "edition").folder


@pytest.fixture(scope="module")
def croissants(edition: Path, small: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What both are as Croissant."""
    folder = tmp_path_factory.mktemp("croissants")
    return {
        name: cd.export("croissant", folder / name, version=which)
        for name, which in (("edition", edition), ("small", small))
    }


@pytest.fixture
def copy(small: Path, tmp_path: Path) -> Path:
    """A copy of the small edition, to be changed in one cell."""
    return Path(shutil.copytree(small, tmp_path / "copy"))


def run(command: list[str | Path], cwd: Path) -> tuple[int, str]:
    environment = {**os.environ, "COLUMNS": "300", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr


def program(name: str) -> Path:
    return Path(sys.executable).parent / name


def frictionless(folder: Path) -> tuple[int, str]:
    return run([program("frictionless"), "validate", "datapackage.json"], folder)


def mlcroissant(folder: Path) -> tuple[int, str]:
    return run([program("mlcroissant"), "validate", "--jsonld", "croissant.json"], folder)


# They accept what is published


def test_an_edition_is_tables_a_descriptor_and_checksums(edition: Path, small: Path) -> None:
    for folder in (edition, small):
        expected = {f"{table}.parquet" for table in cd.Edition.find(folder).tables} | {"datapackage.json"}
        assert set(cd.verify(folder)) == expected
        assert {file.name for file in folder.iterdir()} == {*expected, "SHA256SUMS"}


def test_the_descriptor_says_each_code_list_once(edition: Path) -> None:
    stored = json.loads((edition / "datapackage.json").read_text("utf-8"))
    read = cd.Edition.find(edition).descriptor
    assert "codeLists" not in read
    fields = [
        (a, b)
        for x, y in zip(stored["resources"], read["resources"], strict=True)
        for a, b in zip(x["schema"]["fields"], y["schema"]["fields"], strict=True)
    ]
    coded = [(short, whole) for short, whole in fields if "codes" in short and "separator" not in short]
    assert len(coded) > 20
    for short, whole in coded:
        assert "categories" not in short
        assert [each["value"] for each in whole["categories"]] == whole["constraints"]["enum"]
    lines = (edition / "datapackage.json").read_text("utf-8").count("\n")
    assert lines < 6 * len(fields)  # some lines for each column would be too many to read


@pytest.mark.slow
@pytest.mark.parametrize("which", ["edition", "small"])
def test_frictionless_accepts_the_data_package(which: str, request: pytest.FixtureRequest) -> None:
    code, said = frictionless(request.getfixturevalue(which))
    assert code == 0, said


@pytest.mark.parametrize("which", ["edition", "small"])
def test_mlcroissant_accepts_the_croissant(which: str, croissants: dict[str, Path]) -> None:
    code, said = mlcroissant(croissants[which])
    assert code == 0, said
    assert "WARNING" not in said
    assert "Done." in said


@pytest.mark.parametrize("version", cd.versions())
def test_mlcroissant_accepts_some_tables_of_every_edition(version: str, tmp_path: Path) -> None:
    made = cd.export("croissant", tmp_path / "made", ["support", "sanctions"], version)
    assert {file.name for file in made.iterdir()} == {
        "croissant.json", "crisisdata-export.json", "support.parquet", "sanctions.parquet", "SHA256SUMS",
    }  # fmt: skip
    code, said = mlcroissant(made)
    assert code == 0, said


_LOAD = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset("croissant.json")
def plain(value):
    return value.decode() if isinstance(value, bytes) else None if value is None else str(value)
tables = {}
for name in sys.argv[1:]:
    tables[name] = [{key.split("/")[1]: plain(value) for key, value in row.items()} for row in dataset.records(name)]
json.dump(tables, sys.stdout)
"""


@pytest.mark.slow
def test_mlcroissant_loads_every_table(edition: Path, croissants: dict[str, Path]) -> None:
    names = cd.Edition.find(edition).tables
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, *names], cwd=croissants["edition"], capture_output=True, text=True, check=True
    )
    loaded = json.loads(done.stdout)
    for name in names:
        ours = cd.load(name, edition, as_="arrow").to_pylist()  # type: ignore[call-overload]
        assert len(loaded[name]) == len(ours)
        for theirs, row in zip(loaded[name], ours, strict=True):
            for column, value in row.items():
                expected = f"{value} 00:00:00" if hasattr(value, "year") else None if value is None else str(value)
                assert theirs[column] == expected, (name, column)


# They check what it says


def change(column: str, row: int, value: Any) -> Callable[[pa.Table], pa.Table]:
    def changed(table: pa.Table) -> pa.Table:
        place = table.column_names.index(column)
        kind = table.schema.field(column).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        values = table[column].cast(kind).to_pylist()
        values[row] = value
        return table.set_column(place, column, pa.array(values, kind))

    return changed


# Table, what happens to it, what frictionless must say.
BROKEN = {
    "a code that is none": ("support", change("direction", 0, "angry"), "constraint-error"),
    "an actor that is not there": ("support", change("actor_id", 0, "nobody"), "foreign-key"),
    "a parent that is not there": ("actors", change("parent_id", 0, "nobody"), "foreign-key"),
    "a key twice": ("actors", change("actor_id", 1, "bloc"), "primary-key"),
    "a value that is required": ("sources", change("title", 0, None), "constraint-error"),
    "a count below zero": ("episodes", change("deaths_low", 0, -1), "constraint-error"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_a_changed_cell_is_found(fault: str, copy: Path) -> None:
    table, changed, kind = BROKEN[fault]
    file = copy / f"{table}.parquet"
    pq.write_table(changed(pq.read_table(file)), file)
    code, said = frictionless(copy)
    assert code != 0
    assert kind in said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"sha256": "', '"sha": "'),
        ('"dataType": "sc:Date"', '"dataType": "sc:Dates"'),
        ('"@id": "actors.parquet"', '"@id": "actor.parquet"'),
    ],
)
def test_a_fault_in_the_croissant_is_found(old: str, new: str, croissants: dict[str, Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(croissants["small"], tmp_path / "copy"))
    file = copy / "croissant.json"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    assert mlcroissant(copy)[0] != 0


# What they say


def test_the_croissant_names_the_files_and_how_they_were_coded(croissants: dict[str, Path]) -> None:
    croissant = json.loads((croissants["edition"] / "croissant.json").read_text("utf-8"))
    for file in croissant["distribution"]:
        content = (croissants["edition"] / file["contentUrl"]).read_bytes()
        assert (file["sha256"], file["contentSize"]) == (sha256(content), f"{len(content)} B")
    protocol, limits = croissant["rai:dataAnnotationProtocol"], croissant["rai:dataLimitations"]
    assert any("language models" in line for line in protocol)
    assert any("No human has adjudicated" in line for line in protocol)
    assert len(limits) > 2


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of what it does itself
def test_the_croissant_is_a_dataset_of_schema_org(croissants: dict[str, Path]) -> None:
    graph = rdflib.Graph().parse(croissants["edition"] / "croissant.json", format="json-ld")
    schema = rdflib.Namespace("https://schema.org/")
    [dataset] = graph.subjects(rdflib.RDF.type, schema.Dataset)
    recommended = "name description license creator keywords version datePublished temporalCoverage distribution"
    assert [term for term in recommended.split() if not list(graph.objects(dataset, schema[term]))] == []
    places = {str(graph.value(place, schema.name)) for place in graph.objects(dataset, schema.spatialCoverage)}
    assert places == {
        "Benin",
        "Burkina Faso",
        "Chad",
        "Gabon",
        "Guinea",
        "Guinea-Bissau",
        "Madagascar",
        "Mali",
        "Niger",
        "Sudan",
    }
