"""The examples of the guide to merging, on made files laid out like each list, with an edition built from the case files."""

from __future__ import annotations

import doctest
import shutil
from datetime import date
from pathlib import Path

import pytest
from conftest import CHECKOUT

from crisisdata import editions
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import data_folder, read_coding


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of editions with one, built from the case files as they are."""
    folder = tmp_path_factory.mktemp("editions")
    schema = Schema.read()
    # Beside the guide stands what is coded to the present; an edition coded to an earlier day knows less.
    schema.package["as_of"] = max(schema.package["as_of"], date(2026, 1, 1))
    publish(read_coding(data_folder(), schema), folder / schema.version)
    return folder


def test_the_guide_to_merging_says_what_comes_out(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editions, "editions_folder", lambda: published)
    shutil.copytree(CHECKOUT / "tests" / "lists", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    guide = CHECKOUT / "docs" / "merging.md"
    failed, attempted = doctest.testfile(
        str(guide), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert attempted > 20
    assert failed == 0
