"""What SQLite and DuckDB share: the order of the tables and the statements that create them."""

from __future__ import annotations

from collections.abc import Callable
from graphlib import TopologicalSorter
from typing import Any

from crisisdata._writers.selection import Selection, Sheet


def by_reference(selection: Selection) -> list[Sheet]:
    """Return the tables in an order in which each comes after those that it refers to, followed by those that explain
    them.
    """
    sheets = {sheet.name: sheet for sheet in selection.sheets}
    needs = {name: {target for _, target, _ in sheet.foreign_keys} - {name} for name, sheet in sheets.items()}
    return [sheets[name] for name in TopologicalSorter(needs).static_order()] + [
        selection.codebook,
        selection.about_sheet,
    ]


def create(sheet: Sheet, kind: Callable[[dict[str, Any]], str], reference: str, ending: str) -> str:
    """Return the statement that creates a table; a comment on each column gives its meaning."""
    parts = []
    for field in sheet.fields:
        rules = field.get("constraints", {})
        name = quoted(field["name"])
        needed = " NOT NULL" if rules.get("required") or field["name"] in sheet.primary_key else ""
        checks = [
            f"{name} {sign} {rules[rule]}" for rule, sign in (("minimum", ">="), ("maximum", "<=")) if rule in rules
        ]
        check = "".join(f" CHECK ({each})" for each in checks)
        parts.append((f"{name} {kind(field)}{needed}{check}", field["description"]))
    parts.append((f"PRIMARY KEY ({', '.join(map(quoted, sheet.primary_key))})", ""))
    for column, target, key in sheet.foreign_keys:
        parts.append((f"FOREIGN KEY ({quoted(column)}) REFERENCES {quoted(target)} ({quoted(key)}){reference}", ""))
    lines = [
        f"  {text}{',' if number < len(parts) else ''}{_comment(said)}" for number, (text, said) in enumerate(parts, 1)
    ]
    head = f"CREATE TABLE {quoted(sheet.name)} ({_comment('a row is ' + sheet.resource['grain'])}"
    return "\n".join([head, *lines, f"){ending}"])


def _comment(text: str) -> str:
    return f"  -- {' '.join(text.split())}" if text else ""


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def code_literals(field: dict[str, Any]) -> str:
    return ", ".join(literal(each["value"]) for each in field["categories"])
