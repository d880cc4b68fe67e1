"""The page on the public names, and what their docstrings must say."""

from __future__ import annotations

import inspect
from typing import Any

import griffe
import pytest

import crisisdata as cd
from crisisdata.coding import api_page
from crisisdata.coding.api_page import public_names

NAMES = list(public_names())
FUNCTIONS = [each for each in NAMES if not inspect.isclass(each.value)]


def sections(value: Any) -> dict[str, Any]:
    parsed = griffe.parse_numpy(griffe.Docstring(inspect.getdoc(value) or ""), warnings=False)
    return {section.kind.value: section.value for section in parsed}


def test_the_page_has_every_public_name() -> None:
    page = api_page.api_page()
    modules = {"crisisdata": cd.__all__, "cd.figures": cd.figures.__all__, "cd.audit": cd.audit.__all__}
    errors = [name for name, value in vars(cd.errors).items() if inspect.isclass(value) and "Error" in value.__name__]
    assert len(errors) > 10
    called = [f"{module.replace('crisisdata', 'cd')}.{name}" for module, names in modules.items() for name in names]
    called.remove("cd.CrisisDataError")  # stands with the other errors
    wanted = [*called, *(name for name in errors if not name.startswith("_"))]
    assert [name for name in wanted if f"### `{name}`\n" not in page] == []


@pytest.mark.parametrize("item", FUNCTIONS, ids=lambda item: item.called)
def test_a_public_function_says_all_that_a_caller_needs(item: Any) -> None:
    said = sections(item.value)
    described = {entry.name for entry in said.get("parameters", ())}
    assert described == set(inspect.signature(item.value).parameters)
    assert said["returns"][0].annotation
    assert said["returns"][0].description
    assert said["examples"]
    assert "raises" in said or not described


@pytest.mark.parametrize("item", NAMES, ids=lambda item: item.called)
def test_each_error_that_a_docstring_names_is_public(item: Any) -> None:
    raised = [str(entry.annotation) for kind in ("raises", "warns") for entry in sections(item.value).get(kind, ())]
    names = {each.strip() for errors in raised for each in errors.split(",")}
    assert names <= {each.name for each in NAMES}


def test_former_names_and_addresses_in_memory_are_not_shown() -> None:
    page = api_page.api_page()
    assert "_UNSET" not in page
    assert " at 0x" not in page
    assert "doctest:" not in page


def test_a_section_that_the_page_does_not_know_is_not_dropped() -> None:
    def draw() -> None:
        """Draw.

        Yields
        ------
        int
            A number.
        """

    with pytest.raises(ValueError, match="a section 'yields' that this page lacks"):
        list(api_page._docstring(draw, NAMES))
