"""Editions that somebody builds from case files of their own, alone or beside ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import CHECKOUT

import crisisdata as cd

EXAMPLE = CHECKOUT / "docs" / "example-case"


def build(*arguments: str, cases: Path = EXAMPLE) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crisisdata", "build", "--cases", str(cases), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("extended") / "edition"
    done = build("--out", str(out), "--name", "sahel-plus", "--author", "A. Scholar", "--extend", cd.versions()[-1])
    assert done.returncode == 0, done.stderr
    return out


def test_it_is_named_by_its_author_and_not_after_an_edition_of_ours(tmp_path: Path) -> None:
    out = tmp_path / "mine"
    done = build("--out", str(out), "--name", "exland-2024", "--author", "A. Scholar", "--title", "Coups in Exland")
    assert done.stdout.startswith("edition exland-2024: ")
    assert cd.cite(version=out).startswith(f"A. Scholar ({date.today().year}). Coups in Exland (edition exland-2024, ")
    assert cd.stamp(out).startswith("crisisdata edition exland-2024, coded to 2020-12-31\n")
    with pytest.raises(cd.CrisisDataError, match="table 'support', edition exland-2024"):
        cd.evidence("support", "nothing", version=out)


@pytest.mark.parametrize("name", ["1.0", "Niger", "-x", "a" * 41, ""])
def test_names_that_could_be_taken_for_something_else_are_refused(name: str, tmp_path: Path) -> None:
    done = build("--out", str(tmp_path / "mine"), f"--name={name}")
    assert done.returncode == 1
    assert "lower-case letter" in done.stderr
    assert not (tmp_path / "mine").exists()


@pytest.mark.slow
def test_a_cutoff_counts_where_coverage_gives_none(tmp_path: Path) -> None:
    cases = Path(shutil.copytree(EXAMPLE, tmp_path / "cases"))
    done = build("--out", str(tmp_path / "a"), "--as-of", "2024-12-31", cases=cases)
    assert "coverage already gives the coding cutoff date (AAA 2020-12-31)" in done.stderr
    coverage = cases / "coverage.csv"
    lines = coverage.read_text("utf-8").splitlines(keepends=True)
    coverage.write_text("".join(line for line in lines if ",cutoff," not in line), encoding="utf-8")
    done = build("--out", str(tmp_path / "a"), "--as-of", "2024-12-31", cases=cases)
    assert done.returncode == 0, done.stderr
    assert cd.load("episodes", tmp_path / "a")["coded_through"].tolist() == [pd.Timestamp("2024-12-31")]
    assert cd.stamp(tmp_path / "a").splitlines()[0].endswith("coded to 2024-12-31")


def test_it_stands_beside_ours_whose_values_stay_as_they_are(extended: Path) -> None:
    assert "aaa-2020-01" in set(cd.load("episodes", extended)["episode_id"])
    assert cd.load("episodes", extended).attrs["crisisdata"]["edition"] == "sahel-plus"
    assert "  version = {sahel-plus}," in cd.cite("bibtex", extended)
    assert cd.cite(version=extended).count(f"extends crisisdata {cd.versions()[-1]}") == 1
    for table in ("episodes", "responses", "reactions", "sanctions", "support", "evidence", "country_month", "sources"):
        key = cd.Edition.find().resource(table)["schema"]["primaryKey"]
        ours, both = cd.load(table).set_index(key), cd.load(table, extended).set_index(key)
        pd.testing.assert_frame_equal(both.loc[ours.index, ours.columns], ours)


def test_compare_and_align_read_both(extended: Path) -> None:
    assert {"aaa-2020-01", "mli-2021-05"} <= set(cd.compare(version=extended).columns)
    assert len(cd.find("exland", extended)) > 0


@pytest.mark.slow
def test_only_an_edition_of_the_same_schema_can_be_extended(tmp_path: Path) -> None:
    done = build("--out", str(tmp_path / "mine"), "--extend", "0.4")
    assert done.returncode == 1
    assert "edition 0.4 was coded under a different schema" in done.stderr
    assert not (tmp_path / "mine").exists()
