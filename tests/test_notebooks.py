"""Each notebook asks, answers, is pinned to an edition, and gives again what it gave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import CHECKOUT

import crisisdata as cd

NOTEBOOKS = sorted((CHECKOUT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in NOTEBOOKS])


# Data of others, which the repository does not hold: beside the checkout, or where the variable says.
REFERENCE = {
    "UCDP_GED": "ucdp_ged_211_where_prec_1_2_mli_tcd.csv",
    "UCDP_GED_MONTHLY": "ucdp_ged_251_country_month_mli_tcd.csv",
}


def reference() -> dict[str, str]:
    """Return the paths of the reference files that are there, by the variable that names them."""
    folders = [parent / "shared" / "reference" / "events" for parent in CHECKOUT.parents]
    found = {name: folder / file for folder in folders for name, file in REFERENCE.items() if (folder / file).is_file()}
    return {name: str(file) for name, file in found.items()}


def check(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CHECKOUT / "notebooks" / "execute.py"), "--check", str(file)]
    return subprocess.run(command, capture_output=True, text=True, env=reference() | os.environ)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.slow
@each_notebook
def test_a_new_run_gives_the_committed_output(file: Path) -> None:
    done = check(file)
    if done.stdout.startswith("skipped"):
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr


@each_notebook
def test_it_asks_pins_an_edition_answers_and_says_what_it_does_not_show(file: Path) -> None:
    cells = nbformat.read(file, as_version=4).cells
    first_line = cells[0].source.splitlines()[0]
    assert first_line.startswith("# ")
    assert first_line.endswith("?")
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert any(f'EDITION = "{version}"' in code[0].source for version in cd.versions())
    assert "## Answer" in [cell.source for cell in cells]
    assert cells[-1].source.startswith("**What this does not show.**")
    assert all(cell.execution_count == number for number, cell in enumerate(code, start=1))


@pytest.mark.parametrize(("committed", "code"), [("2\n", 0), ("3\n", 1)])
def test_a_stale_output_fails_with_the_command_that_mends_it(committed: str, code: int, tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print(1 + 1)")])
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text=committed)]
    nbformat.write(notebook, tmp_path / "made.ipynb")
    done = check(tmp_path / "made.ipynb")
    assert done.returncode == code, done.stderr
    assert ("run: make notebooks" in done.stdout) == bool(code)
