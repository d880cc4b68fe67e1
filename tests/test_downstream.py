"""A project of somebody else's, in a virtual environment of its own, that pins an edition."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import CHECKOUT, build_dist

import crisisdata as cd

Run = Callable[..., subprocess.CompletedProcess[str]]
MAJOR, MINOR = map(int, cd.versions()[-1].split("."))
NEXT = f"{MAJOR}.{MINOR + 1}"


@pytest.fixture(scope="module")
def report(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a function that runs the project, installed with the wheel."""
    folder = tmp_path_factory.mktemp("downstream")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    project = shutil.copytree(CHECKOUT / "tests" / "downstream", folder / "project")
    install(folder, *dist.glob("*.whl"), project)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [folder / "venv" / "bin" / "python", "-m", "coup_report", *arguments]
        return subprocess.run(command, cwd=folder, env=clean(), capture_output=True, text=True)

    run.folder = folder  # type: ignore[attr-defined]
    return run


def clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def install(folder: Path, *what: Path) -> None:
    pip = [folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", CHECKOUT / "constraints.txt", *what], env=clean(), check=True)


@pytest.fixture(scope="module")
def newer_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Publish one more edition in a copy of the checkout, by the command, and build its wheel."""
    copy = tmp_path_factory.mktemp("newer") / "checkout"
    listed = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, copy / name)
    replace(copy / "schemas" / "package.yaml", rf'^version: "{cd.versions()[-1]}"', f'version: "{NEXT}"')
    replace(copy / "crisisdata" / "__init__.py", r'__version__ = ".*"', f'__version__ = "{NEXT}.0"')
    replace(
        copy / "data" / "raw" / "episodes" / "tcd-2021-04" / "episode.yaml", "^  name: .*", "  name: Chad, spring 2021"
    )
    publish = [sys.executable, "-c", "from crisisdata.cli import main; main()", "publish"]
    environment = {**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "200"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*publish, *arguments], cwd=copy, env=environment, capture_output=True, text=True)

    tried = run("--dry-run")
    assert tried.returncode == 1
    assert "Chad, spring 2021" in tried.stdout
    assert "episodes, tcd-2021-04, name: 'Chad, April 2021' → 'Chad, spring 2021' without a reason" in tried.stderr
    with (copy / "data" / "raw" / "recodes.csv").open("r+", encoding="utf-8", newline="") as recodes:
        columns = csv.DictReader(recodes).fieldnames or []
        recodes.seek(0, os.SEEK_END)
        line = {"edition": NEXT, "table_name": "episodes", "record_id": "tcd-2021-04", "variable": "name"}
        csv.DictWriter(recodes, columns, lineterminator="\n").writerow({**line, "reason": "Another name."})
    assert not (copy / "data" / "processed" / NEXT).exists()
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"edition {NEXT} (minor)")
    return next(build_dist(copy, copy / "dist").glob("*.whl"))


def replace(file: Path, old: str, new: str) -> None:
    text, count = re.subn(old, new, file.read_text("utf-8"), flags=re.MULTILINE)
    assert count == 1
    file.write_text(text, encoding="utf-8")


@pytest.mark.slow
def test_a_pinned_project_keeps_its_numbers_beside_a_newer_edition(report: Run, newer_wheel: Path) -> None:
    before = report()
    newest = report(cd.versions()[-1])
    assert before.stdout.startswith("0.2 6 "), before.stderr
    refused = report(NEXT)
    assert refused.returncode == 1
    assert f"there is no edition '{NEXT}'" in refused.stderr
    assert f"Available: {', '.join(cd.versions())}." in refused.stderr

    install(report.folder, newer_wheel)  # type: ignore[attr-defined]
    assert report().stdout == before.stdout
    assert report(cd.versions()[-1]).stdout == newest.stdout
    newer = report(NEXT)
    assert newer.stdout.startswith(f"{NEXT} 16 "), newer.stderr
    assert newer.stdout.split()[-1] != newest.stdout.split()[-1]
