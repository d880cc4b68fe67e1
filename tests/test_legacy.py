"""Reading works alike on the column names of editions before 1.0 and on those from 1.0 on."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

import crisisdata as cd
from crisisdata._changes import Snapshot, difference
from crisisdata._editions import CHECKSUMS, DESCRIPTOR, sha256
from crisisdata._legacy import _RENAMED, arrow_of, current_name
from crisisdata._record import Place, Record, Renames


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> cd.Edition:
    """Edition 0.4 with the column names of 1.0."""
    old, folder = cd.Edition.find("0.4"), tmp_path_factory.mktemp("renamed") / "edition"
    folder.mkdir()
    descriptor = json.loads((old.folder / DESCRIPTOR).read_text("utf-8"))
    for resource in descriptor["resources"]:
        table, schema = resource["name"], resource["schema"]
        rows = cd.load(table, old, as_="arrow")
        pq.write_table(
            rows.rename_columns([current_name(table, name) for name in rows.column_names]), folder / resource["path"]
        )
        for field in schema["fields"]:
            field["name"] = current_name(table, field["name"])
        schema["primaryKey"] = [current_name(table, name) for name in schema["primaryKey"]]
        for key in schema["foreignKeys"]:
            key["fields"] = [current_name(table, name) for name in key["fields"]]
    (folder / DESCRIPTOR).write_text(json.dumps(descriptor), "utf-8")
    sums = "".join(f"{sha256(file.read_bytes())}  {file.name}\n" for file in sorted(folder.iterdir()))
    (folder / CHECKSUMS).write_text(sums, "utf-8")
    return cd.Edition.find(folder)


@pytest.mark.parametrize("version", cd.versions())
def test_every_edition_is_read_under_the_names_of_today(version: str) -> None:
    edition = cd.Edition.find(version)
    for table in set(_RENAMED) & set(edition.tables):
        assert not set(_RENAMED[table]) & set(arrow_of(table, edition).column_names)
        assert set(_RENAMED[table].values()) <= set(arrow_of(table, edition).column_names)


def test_reading_says_the_same_under_both_names(renamed: cd.Edition, tmp_path: Path) -> None:
    old = cd.Edition.find("0.4")
    assert "table_name" in cd.load("evidence", renamed)
    for arguments in (("episodes", "mli-2021-05"), ("episodes", "mli-2021-05", "support_score")):
        pd.testing.assert_frame_equal(cd.evidence(*arguments, version=renamed), cd.evidence(*arguments, version=old))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(cd.codebook("support", "position", renamed), cd.codebook("support", "position", old))
    assert Record.of(renamed) == Record.of(old)
    with pytest.raises(cd.CrisisDataError, match="'mli-2020-08/partners-quick-signals' replaces it"):
        cd.evidence("responses", "mli-2021-05/partners-accept-2020-precedent", version=renamed)
    for version, name in ((old, "old"), (renamed, "new")):
        cd.export("stata", tmp_path / name, ["support"], version)
        cd.export("croissant", tmp_path / f"{name}-croissant", ["support"], version)
    for file in ("support.dta", "codebook.dta"):
        old_frame, new_frame = (pd.read_stata(tmp_path / name / file) for name in ("old", "new"))
        pd.testing.assert_frame_equal(old_frame, new_frame)
    lists = [
        [
            each
            for each in json.loads((tmp_path / name / "croissant.json").read_text("utf-8"))["recordSet"]
            if "data" in each
        ]
        for name in ("old-croissant", "new-croissant")
    ]
    assert lists[0] == lists[1]
    database = cd.export("sqlite", tmp_path / "new.sqlite", version=renamed)
    with sqlite3.connect(database) as connection:  # no name needs quotation marks
        assert connection.execute("SELECT count(table_name) FROM evidence").fetchone()[0] > 1000
        assert connection.execute("SELECT code_list, sort_order FROM codes").fetchone()
    connection.close()


def test_renamed_columns_do_not_look_like_others(renamed: cd.Edition) -> None:
    before, after = Snapshot.of(cd.Edition.find("0.4")), Snapshot.of(renamed)
    columns = {Place(table, old): Place(table, new) for table, names in _RENAMED.items() for old, new in names.items()}
    found = list(difference(before, after, Renames(columns=columns)))
    assert {change.kind for change in found} == {"column_renamed"}
    assert len(found) == len(columns)
    assert {change.kind for change in difference(before, after)} >= {"column_removed", "column_added"}
