"""Rows of a published edition to which case files of somebody's own refer."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.rules import split
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import BORROWED, Coding
from crisisdata.editions import Edition
from crisisdata.reading import load


def borrow(coding: Coding, base: Edition) -> None:
    """Add the actors, sources and countries of an edition to which a coding refers, and those to which they refer.

    So an edition of one's own stands by itself: its references lead somewhere, and `evidence` names the source.
    """
    schema = coding.schema
    offered = {name: _by_key(name, base, schema) for name in BORROWED if name in base.tables}
    wanted = list(_references(coding))
    while wanted:
        table, key = wanted.pop()
        row = offered.get(table, {}).pop(key, None)
        if row is not None and key not in {own[schema.tables[table].key] for own in coding.rows[table]}:
            coding.rows[table].append(row)
            wanted += _of_row(table, row, schema)


def _by_key(table: str, base: Edition, schema: Schema) -> dict[str, dict[str, object]]:
    rows = load(table, base, as_="arrow").to_pylist()  # type: ignore[call-overload]
    return {row[schema.tables[table].key]: row for row in rows}


def _references(coding: Coding) -> Iterator[tuple[str, str]]:
    for table, rows in coding.rows.items():
        for row in rows:
            yield from _of_row(table, row, coding.schema)
    for code_list in coding.schema.codes.values():
        yield from (("sources", code.source_id) for code in code_list.codes.values() if code.source_id)


def _of_row(table: str, row: dict[str, object], schema: Schema) -> Iterator[tuple[str, str]]:
    for item in schema.tables[table].fields.values():
        if item.references and row.get(item.name):
            yield from ((item.references, key) for key in split(str(row[item.name]), item.separator))
