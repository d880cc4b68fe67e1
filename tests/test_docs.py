"""What the pages of the documentation tell a reader to run, runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from conftest import CHECKOUT

import crisisdata as cd

# The pages with a test of their own: the early coding, what the figures save, and what comes out of each merge and alignment.
ELSEWHERE = {"conflict-events.md", "early-coding.md", "figures.md", "layouts.md", "merging.md"}
PAGES = [page for page in sorted((CHECKOUT / "docs").glob("*.md")) if page.name not in ELSEWHERE]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


SLOW = {"exports.md", "site.md"}  # which write every export, and the website
RUN = [pytest.param(p, marks=[pytest.mark.slow] * (p.name in SLOW), id=p.name) for p in PAGES if blocks(p)]


@pytest.mark.parametrize("page", RUN)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page):
        exec(block, names)


@pytest.mark.slow
def test_the_early_coding_is_built_and_compared_as_its_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = CHECKOUT / "docs" / "early-coding.md"
    [line] = re.findall(r"^\$ crisisdata (.*)$", page.read_text("utf-8"), re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-m", "crisisdata", *shlex.split(line.replace("docs/early-case", str(CHECKOUT / "docs" / "early-case")))],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    [block] = blocks(page)
    exec(block, names)
    assert len(names["found"])  # type: ignore[arg-type]


README = (CHECKOUT / "README.md").read_text("utf-8")
CALLS = re.findall(r"`(cd\.[^`]+\))`", README.split("## What one can ask")[1].split("##")[0])
LINES = [line.strip() for row in re.findall(r"^\$ (crisisdata .*)$", README, re.MULTILINE) for line in row.split(";")]


@pytest.mark.parametrize("call", CALLS)
def test_the_answers_of_the_readme_are_there(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT / "tests" / "events")
    answer = eval(call, {"cd": cd})
    if not call.startswith("cd.figures"):
        assert len(answer.rows if call.startswith("cd.explain") else answer)
    plt.close("all")


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_the_commands_of_the_readme_run(line: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("page", [CHECKOUT / "README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
