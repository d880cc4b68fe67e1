"""The parts of the page on event layouts that follow from `structure.yaml` and the example."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from crisisdata.coding.codebook_pages import markdown_table
from crisisdata.coding.schemafiles import structure

_TYPES = {"string": "text", "integer": "integer", "array": "list", "object": "table"}


def layout_sections(example: Path) -> dict[str, str]:
    """Return the generated sections of the page by name."""
    return {
        "keys": markdown_table(pd.DataFrame(layout_keys())),
        "example": "\n\n".join(_file(example / name) for name in ("strikes.toml", "strikes.csv")),
    }


def layout_keys() -> list[dict[str, str]]:
    """Return every key that a layout may have, with its values and meaning."""
    return list(_keys(structure()["layout"], ""))


def _keys(table: dict[str, Any], above: str) -> Iterator[dict[str, str]]:
    for name, key in table.get("properties", {}).items():
        path = f"{above}{name}"
        yield {
            "key": f"`{path}`",
            "holds": _holds(key),
            "required": "yes" if name in table.get("required", ()) else "",
            "meaning": key["description"],
        }
        inside = key.get("items", key)
        yield from _keys(inside, f"{path}.")
        each = inside.get("additionalProperties")
        if isinstance(each, dict):  # a table whose keys are columns
            yield from _keys(each, f"{path}.COLUMN.")


def _holds(key: dict[str, Any]) -> str:
    if "enum" in key:
        return " or ".join(f"`{value}`" for value in key["enum"])
    reference = key.get("$ref", "").rpartition("/")[2]
    if reference:
        return {"texts": "list of texts", "text": "text", "name": "name"}[reference]
    if key["type"] == "array":
        inside = _holds(key["items"])
        return f"list of {inside}{'s' if ' ' not in inside else ''}"
    each = key.get("additionalProperties")
    if isinstance(each, dict) and ("enum" in each or each["type"] == "string"):
        return f"table of {_holds(each) if 'enum' in each else 'texts'}"
    return _TYPES[key["type"]]


def _file(path: Path) -> str:
    return f"`{path.name}`:\n\n```{path.suffix.removeprefix('.')}\n{path.read_text('utf-8').rstrip()}\n```"
