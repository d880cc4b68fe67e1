"""An edition appears whole or not at all, and does not change."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import FILES, raw_coding, read_schema, write_cases

import crisisdata as cd
from crisisdata._cells import content_hash
from crisisdata._editions import CHECKSUMS, sha256
from crisisdata.coding import publish as publishing
from crisisdata.coding.publish import differing, publish
from crisisdata.coding.releases import Plan, published_editions
from crisisdata.coding.rows import Coding
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import data_folder, read_coding
from crisisdata.errors import DamagedEditionError, EditionExistsError, ExportError

CASE = "episodes/aaa-2020-01.yaml"


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in folder.iterdir()}


def test_an_edition_can_be_read_back(coding: Coding, tmp_path: Path) -> None:
    publish(coding, tmp_path / "edition")
    assert cd.verify(tmp_path / "edition")
    episode = cd.load(version=tmp_path / "edition").iloc[0]
    assert episode["name"] == "Land, January 2020"
    assert cd.load("sanction_events", tmp_path / "edition")["action"].tolist() == ["imposed", "lifted"]
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".")] == []


def test_building_again_changes_nothing(cases: Path, schema: Schema, tmp_path: Path) -> None:
    publish(read_coding(cases, schema), tmp_path / "edition")
    before = contents(tmp_path / "edition")
    publish(read_coding(cases, schema), tmp_path / "edition")
    assert contents(tmp_path / "edition") == before


def test_two_builds_make_the_same_bytes(cases: Path, schema: Schema, tmp_path: Path) -> None:
    for name in "ab":
        publish(read_coding(cases, schema), tmp_path / name)
    assert (tmp_path / "a" / CHECKSUMS).read_bytes() == (tmp_path / "b" / CHECKSUMS).read_bytes()


def test_a_published_edition_is_not_overwritten(cases: Path, schema: Schema, tmp_path: Path) -> None:
    publish(read_coding(cases, schema), tmp_path / "edition")
    before = contents(tmp_path / "edition")
    write_cases(cases, {CASE: FILES[CASE].replace("deaths_high: 4", "deaths_high: 5")})
    with pytest.raises(EditionExistsError, match=r"now differ in: episodes"):
        publish(read_coding(cases, schema), tmp_path / "edition")
    assert contents(tmp_path / "edition") == before


def test_a_failed_build_leaves_nothing(coding: Coding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "_text", full_disk)
    with pytest.raises(ExportError, match="No space left on device. Nothing was changed there"):
        publish(coding, tmp_path / "edition")
    assert list(tmp_path.glob("*edition*")) == []


def test_no_edition_is_built_inside_another(coding: Coding, tmp_path: Path) -> None:
    edition = publish(coding, tmp_path / "edition")
    before = contents(edition.folder)
    for place in ("x", "x/y", "x/y/z"):
        with pytest.raises(ExportError, match="is inside the edition .*edition, which must not change"):
            publish(coding, edition.folder / place)
    assert contents(edition.folder) == before
    assert cd.verify(edition)


@pytest.mark.parametrize("mended", [False, True])
def test_a_damaged_edition_is_not_taken_for_the_same(mended: bool, coding: Coding, tmp_path: Path) -> None:
    """What its descriptor says of its content hashes is not believed."""
    folder = publish(coding, tmp_path / "edition").folder
    file, sums = folder / "episodes.parquet", folder / CHECKSUMS
    before = file.read_bytes()
    table = pq.ParquetFile(file).read()
    deaths = table.set_column(table.column_names.index("deaths_high"), "deaths_high", pa.array([5], pa.int64()))
    pq.write_table(deaths, file)
    if mended:
        sums.write_text(sums.read_text().replace(sha256(before), sha256(file.read_bytes())))
    with pytest.raises(DamagedEditionError, match=r"episodes\.parquet"):
        publish(coding, folder)


_PUBLISH = """
import sys, time
from pathlib import Path
from crisisdata.coding import publish as publishing
from crisisdata.coding.releases import Plan, published_editions
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding

slow = publishing.pq.write_table
def write_table(*args, **kwargs):
    slow(*args, **kwargs)
    print("written", flush=True)
    time.sleep(0.05)
publishing.pq.write_table = write_table
publishing.publish(read_coding(Path(sys.argv[1]), Schema.read()), Path(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 5, 12])
def test_a_build_killed_half_way_leaves_no_edition(after: int, cases: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _PUBLISH, str(cases), str(tmp_path / "edition")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        for _ in range(after):
            assert process.stdout.readline() == "written\n"
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "edition").exists()
    coding = read_coding(cases, read_schema())
    assert cd.verify(publish(coding, tmp_path / "edition"))


def _load_until_it_is_there(folder: str) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if os.path.exists(folder):  # noqa: PTH110
            return ",".join(cd.load(version=Path(folder))["episode_id"])
    return "never appeared"


@pytest.mark.slow
def test_sixteen_processes_read_while_one_publishes(coding: Coding, tmp_path: Path) -> None:
    folder = tmp_path / "edition"
    with multiprocessing.get_context("spawn").Pool(16) as pool:
        results = pool.map_async(_load_until_it_is_there, [str(folder)] * 16)
        time.sleep(3)
        publish(coding, folder)
        assert results.get(timeout=60) == ["aaa-2020-01"] * 16


def test_the_content_hash_does_not_depend_on_the_file(coding: Coding, tmp_path: Path) -> None:
    edition = publish(coding, tmp_path / "edition")
    table = cd.load("evidence", edition, as_="arrow")
    pq.write_table(table, tmp_path / "other.parquet", compression="none", row_group_size=1, use_dictionary=False)
    again = pq.read_table(tmp_path / "other.parquet")
    assert content_hash(again) == content_hash(table) == edition.resource("evidence")["contentHash"]
    other = table.set_column(0, "table", pa.array(["x"] * len(table)))
    assert content_hash(other) != content_hash(table)


def test_the_case_files_build_to_the_newest_edition(schema: Schema) -> None:
    plan = Plan.of(raw_coding(), published_editions())
    if schema.is_draft:  # compared with nothing; that it builds is enough
        assert plan.new.tables.keys() == schema.tables.keys()
        return
    newest = cd.Edition.find()
    cells = plan.summary().to_string(index=False)
    hint = (
        f"data/raw says something else than edition {newest.version}:\n{cells}\nRaise `version` in schemas/package.yaml"
    )
    hint += " to the next edition, say why in data/raw/recodes.csv, and run: make publish"
    assert plan.version == newest.version, f"edition {plan.version} is not published yet; run: make publish"
    assert differing(newest, plan.new) == [], hint
    assert list(plan.faults()) == []


def test_a_case_borrows_what_it_names_from_an_edition(tmp_path: Path, schema: Schema) -> None:
    """What is computed from actors and sources is the same whether a case defines them or refers to them."""
    whole = publish(raw_coding(), tmp_path / "whole")
    shutil.copytree(data_folder() / "episodes" / "tcd-2021-04", tmp_path / "mine" / "episodes" / "tcd-2021-04")
    shutil.copy(data_folder() / "distinct_pairs.csv", tmp_path / "mine")
    pairs = tmp_path / "mine" / "distinct_pairs.csv"
    header, *rows = pairs.read_text("utf-8").splitlines()
    own_pairs = [row for row in rows if row.count("tcd-2021-04/") == 2]
    pairs.write_text("\n".join([header, *own_pairs]) + "\n", encoding="utf-8")
    # A text of Chad's folder ends a measure of Gabon's, which a case of its own cannot name.
    responses = tmp_path / "mine" / "episodes" / "tcd-2021-04" / "responses.yaml"
    text = responses.read_text("utf-8")
    responses.write_text(
        text.replace("        sanction_id:\n          - gab-2023-08/eccas-suspension-2023\n", ""), encoding="utf-8"
    )
    coding = read_coding(tmp_path / "mine", schema, base=whole)
    assert not coding.rows["actors"]
    edition = publish(coding, tmp_path / "edition")
    for table, variable in (("reactions", "actor_type"), ("support", "actor_type"), ("evidence", "confidence")):
        key = edition.resource(table)["schema"]["primaryKey"]
        own, published = (cd.load(table, each).set_index(key)[variable] for each in (edition, whole))  # type: ignore[call-overload]
        assert own.notna().all()
        assert own.equals(published.loc[own.index])
    own, published = cd.load("actors", edition), cd.load("actors", whole)
    assert set(own["parent_id"].dropna()) <= set(own["actor_id"]) < set(published["actor_id"])
    assert set(cd.load("evidence", edition)["source_id"]) <= set(cd.load("sources", edition)["source_id"])


def test_no_edition_is_made_without_the_texts_of_its_rules(cases: Path, tmp_path: Path) -> None:
    build = ["-c", "from crisisdata.cli import main; main()", "build", "--cases", str(cases), "--out", "edition"]
    done = subprocess.run([sys.executable, "-OO", *build], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "python -OO leaves it out" in done.stderr
    assert not (tmp_path / "edition").exists()
