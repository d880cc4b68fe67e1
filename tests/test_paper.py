"""The data paper: its figures come from the newest edition, and its prose holds none of its own."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import CHECKOUT

PAPER = CHECKOUT / "docs" / "paper"
TEXT = (PAPER / "paper.typ").read_text("utf-8")
NUMBERS: dict[str, Any] = json.loads((PAPER / "numbers.json").read_text("utf-8"))
MOST_WORDS = 6000


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"paper_{name}", PAPER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


cited = module("cited")


def prose() -> str:
    """Return the text without code: without listings, settings, figures that are filled in, and keys of references."""
    text = re.sub(r"(?s)```.*?```|`[^`]*`", " ", TEXT)
    text = re.sub(r"(?m)^\s*//.*$|^#(?:set|let|show|import|v|bibliography)\b.*$", " ", text)
    text = re.sub(r"\.\.cells\(.*\),?$", " ", text, flags=re.MULTILINE)
    text = re.sub(
        r'"[^"]*"|columns: (?:\d+|\([\dfr., ]+\))|align: \(?[\w, ]+\)?|\bn\.list_names.*|-?\d+(?:\.\d+)?(?:pt|em|cm|%)',
        " ",
        text,
    )
    text = re.sub(r"#?\bn\.\w+(?:\.\w+)*|@[\w-]+|<[\w-]+>|\b\w+:", " ", text)
    return re.sub(r"\b(?:19|20)\d\d\b", " ", text)  # years


def test_the_prose_holds_no_figure_of_its_own() -> None:
    assert len(prose().split()) > 2000
    found = re.search(r".{40}\d.{0,40}", prose().replace("\n", " "))
    assert not found, f"a figure that is typed by hand: {found and found[0]}"


def test_no_semicolon_is_lost() -> None:
    """One after an expression ends it and is not printed."""
    assert re.findall(r"#n\.\w+;(?!;)", TEXT) == []


def test_the_paper_is_no_longer_than_journals_allow() -> None:
    assert len(re.findall(r"\w[\w'’-]*", prose())) <= MOST_WORDS


def test_each_figure_that_is_cited_is_there_and_each_that_is_there_is_used() -> None:
    used = set(re.findall(r"\bn\.(\w+)", TEXT))
    assert used <= NUMBERS.keys()
    claimed = set(re.findall(r'n\["(\w+)"\]', (PAPER / "cited.py").read_text("utf-8")))
    assert NUMBERS.keys() - used - claimed == set()


def test_each_reference_is_cited_and_each_citation_has_a_reference() -> None:
    keys = set(re.findall(r"(?m)^@\w+\{(\w+),", (PAPER / "references.bib").read_text("utf-8")))
    labels = set(re.findall(r"<([\w-]+)>", TEXT))
    assert set(re.findall(r"@([\w-]+)", TEXT)) - labels == keys


@pytest.mark.slow
def test_the_figures_are_those_of_the_newest_edition(capsys: pytest.CaptureFixture[str]) -> None:
    assert cited.main(["--check"]) == 0, capsys.readouterr().out


def test_what_is_said_in_words_holds() -> None:
    assert [text for text, holds in cited.claims(NUMBERS) if not holds] == []


@pytest.mark.parametrize(
    ("changed", "claim"),
    [
        ({"coder_kinds": ["human", "language-model"]}, "no human"),
        ({"sample_tiers": ["comparator", "core"]}, "blind sample"),
        ({"units_1_f1": "0.85"}, "fell short"),
        ({"mali_overlap": False}, "overlap"),
        ({"flagged_names": []}, "goals of sanctions"),
        ({"au_suspended_chad": True}, "African Union"),
    ],
)
def test_a_claim_that_no_longer_holds_is_named(
    changed: dict[str, Any], claim: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cited, "numbers", lambda: NUMBERS | changed)
    assert cited.main(["--check"]) == 1
    assert claim in capsys.readouterr().out


def test_a_figure_that_the_documentation_no_longer_reports_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reported.toml").write_text('[lost]\npage = "docs/pilot-1.0.md"\nvalue = "163"\n')
    monkeypatch.setattr(cited, "FOLDER", tmp_path)
    with pytest.raises(SystemExit, match=r"pilot-1\.0\.md no longer reports lost as 163"):
        cited.reported()


def test_the_code_in_the_text_runs() -> None:
    blocks = re.findall(r"(?s)```python\n(.*?)```", TEXT)
    runnable = [block for block in blocks if "ged.csv" not in block]  # the file of a reader
    assert len(blocks) - len(runnable) == 1
    for block in runnable:
        names: dict[str, Any] = {}
        exec(block, names)
        assert len(names["why"].rows)


@pytest.mark.slow
def test_the_paper_is_built(tmp_path: Path) -> None:
    module("build").main([str(tmp_path / "paper.pdf")])
    assert (tmp_path / "paper.pdf").read_bytes().startswith(b"%PDF")


# The datasheet


def test_the_datasheet_leaves_no_question_without_an_answer() -> None:
    text = (CHECKOUT / "docs" / "datasheet.md").read_text("utf-8")
    assert "-->\n<!-- end -->" not in text
    parts = re.split(r"\n## ", text)[1:]
    assert len(parts) == 7
    assert all(len(part.split()) > 25 for part in parts)
