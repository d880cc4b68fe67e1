"""What the pages of the documentation tell a reader to run, runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import CHECKOUT

# The pages with a test of their own: what the figures save, and what comes out of each merge and alignment.
ELSEWHERE = {"conflict-events.md", "figures.md", "merging.md"}
PAGES = [page for page in sorted((CHECKOUT / "docs").glob("*.md")) if page.name not in ELSEWHERE]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in blocks(page):
        exec(block, names)


@pytest.mark.parametrize("page", [CHECKOUT / "README.md", *PAGES], ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text("utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
