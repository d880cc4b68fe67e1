"""What each recipe of CONTRIBUTING.md would leave undone is named, and what its pages name is there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from conftest import CHECKOUT

import crisisdata as cd
from crisisdata._events.layouts import layouts
from crisisdata._export import FORMATS
from crisisdata.coding.derive import RULES
from crisisdata.coding.derive.lookup import Rule
from crisisdata.coding.schema import Schema
from crisisdata.errors import CrisisDataError

CONTRIBUTING, GLOSSARY = CHECKOUT / "CONTRIBUTING.md", CHECKOUT / "docs" / "glossary.md"
FIGURES = CHECKOUT / "crisisdata" / "figures"


def page(name: str) -> str:
    return (CHECKOUT / "docs" / name).read_text("utf-8")


# Computed variables


def test_every_rule_computes_a_field_of_the_schema(schema: Schema) -> None:
    named = {(table.name, item.derived) for table in schema.tables.values() for item in table.fields.values()}
    unused = [f"{name} of the table {table}" for table, name in RULES if (table, name) not in named]
    assert not unused, "no field in schemas/tables names the rule as `derived`"


def test_a_rule_without_a_docstring_says_so() -> None:
    rule = Rule(
        **{**vars(next(iter(RULES.values()))), "name": "shares", "table": "polls", "compute": lambda row, _: row}
    )
    with pytest.raises(CrisisDataError, match="the rule 'shares' of the table 'polls' has no docstring"):
        _ = rule.text


# Formats and layouts


@pytest.mark.parametrize("name", FORMATS)
def test_every_export_format_is_documented(name: str) -> None:
    assert f"\n| `{name}` |" in page("exports.md"), f"add a row for {name} to the table in docs/exports.md"


@pytest.mark.parametrize("layout", layouts().values(), ids=lambda layout: layout.name)
def test_every_event_layout_is_documented(layout: object) -> None:
    title = layout.title  # type: ignore[attr-defined]
    assert title in page("conflict-events.md"), f"name {title} in docs/conflict-events.md"


# Figures


def test_every_module_of_a_figure_is_public() -> None:
    drawn = {
        file.stem.removeprefix("_")
        for file in FIGURES.glob("_[a-z]*.py")
        if re.search(rf"^def {file.stem.removeprefix('_')}\(", file.read_text("utf-8"), re.MULTILINE)
    }
    assert drawn
    assert drawn <= set(cd.figures.__all__), "add the figure to __all__ in crisisdata/figures/__init__.py"


@pytest.mark.parametrize("name", [name for name in cd.figures.__all__ if name != "caption"])
def test_every_figure_is_documented_and_takes_what_all_take(name: str) -> None:
    assert f"\n| `cd.figures.{name}(" in page("figures.md"), f"add a row for {name} to the table in docs/figures.md"
    drawn = inspect.signature(getattr(cd.figures, name))
    on_axes = {"ax"} if drawn.return_annotation == "Axes" else set()  # what is a whole page has no axes to draw on
    assert {"version", "width"} | on_axes <= drawn.parameters.keys()


# The pages themselves


@pytest.mark.parametrize("file", [CONTRIBUTING, GLOSSARY], ids=lambda file: file.name)
def test_the_files_that_a_page_names_are_there(file: Path) -> None:
    text = file.read_text("utf-8")
    named = set(re.findall(r"\b((?:crisisdata|docs|tests|schemas)/[\w/-]*(?:\.\w+)?)", text))
    assert len(named) > 8
    assert [name for name in sorted(named) if "NAME" not in name and not (CHECKOUT / name).exists()] == []


def test_the_commands_of_the_recipes_are_there() -> None:
    targets = set(re.findall(r"^([\w-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE))
    wanted = set(re.findall(r"\bmake ([\w-]+)", "\n".join(re.findall(r"`[^`\n]+`", CONTRIBUTING.read_text("utf-8")))))
    assert wanted
    assert wanted <= targets


def test_the_files_that_the_makefile_runs_are_there() -> None:
    named = set(re.findall(r"\$\(BIN\)/python ((?!-)\S+\.py)", (CHECKOUT / "Makefile").read_text("utf-8")))
    assert "tests/attack/mutants.py" in named
    assert [name for name in sorted(named) if not (CHECKOUT / name).is_file()] == []


def test_the_glossary_gives_a_term_one_meaning_in_order() -> None:
    for part in GLOSSARY.read_text("utf-8").split("\n## ")[1:3]:
        terms = [line.split(" | ")[0].removeprefix("| ") for line in part.splitlines() if line.startswith("| ")]
        assert len(set(terms)) == len(terms)
        assert len(terms) > 20


def test_what_is_public_is_documented() -> None:
    pages = [CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md")]
    texts = "\n".join(file.read_text("utf-8") for file in pages)
    functions = [name for name in cd.__all__ if inspect.isfunction(getattr(cd, name))]
    assert [name for name in functions if f"cd.{name}(" not in texts and f"cd.{name}`" not in texts] == []
