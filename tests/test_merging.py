"""The examples of the guide to merging, on made files laid out like each list."""

from __future__ import annotations

import doctest
import shutil
from pathlib import Path

import pytest
from conftest import CHECKOUT


def test_the_guide_to_merging_says_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(CHECKOUT / "tests" / "lists", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    guide = CHECKOUT / "docs" / "merging.md"
    failed, attempted = doctest.testfile(
        str(guide), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert attempted > 20
    assert failed == 0
