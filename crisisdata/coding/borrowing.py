"""What a coding takes from the edition to which it refers: the rows that it names, or all of them."""

from __future__ import annotations

from typing import Literal

from crisisdata._load import load
from crisisdata._record import RECORD
from crisisdata.coding.rows import Coding, Row, split
from crisisdata.errors import ArgumentError

_LENDS: tuple[Literal["actors", "countries", "sources"], ...] = ("actors", "countries", "sources")


def borrow(coding: Coding) -> None:
    """Add the rows of the base edition to which the coding refers, and those to which they refer in turn.

    Without them, the type of an actor, the publisher of a source and everything computed from them would be missing or
    wrong, and readers of the edition would need another one as well.
    """
    if coding.base is None:
        return
    wanted = _referred(coding, coding.rows)
    wanted["sources"] |= {
        code.source_id
        for code_list in coding.schema.codes.values()
        for code in code_list.codes.values()
        if code.source_id
    }
    there = {name: _rows(coding, name) for name in _LENDS}
    while any(wanted.values()):
        found = {name: [there[name].pop(key) for key in sorted(wanted[name] & there[name].keys())] for name in _LENDS}
        for name, rows in found.items():
            coding.rows[name] += rows
        wanted = _referred(coding, {name: rows for name, rows in found.items() if rows})


def extend(coding: Coding) -> None:
    """Add all coded rows of the base edition to those of the coding, so that both are computed together.

    Raises
    ------
    ArgumentError
        If the base edition lacks a required column that the schema of the package codes.
    """
    base = coding.base
    assert base is not None
    for name, table in coding.schema.tables.items():
        if table.raw is None or name == RECORD:
            continue
        wanted = [column.name for item in table.fields.values() if not item.derived for column in item.columns()]
        there = load(name, base, as_="arrow").to_pylist() if name in base.tables else []  # type: ignore[call-overload]
        # What may be empty, or a table as a whole, is empty in an edition that did not have it yet.
        needed = [item.name for item in table.fields.values() if item.required and not item.derived]
        if there and not set(needed) <= there[0].keys():
            raise ArgumentError(
                f"{base.label} was coded under a different schema: it lacks "
                f"{', '.join(f'{name}.{c}' for c in needed if c not in there[0])}. "
                f"Extend the newest edition, or install crisisdata=={base.version}.*."
            )
        key = table.primary_key
        own = {tuple(row[part] for part in key) for row in coding.rows[name]}
        lent = [{column: row.get(column) for column in wanted} for row in there]
        coding.rows[name] = [*(r for r in lent if tuple(r[part] for part in key) not in own), *coding.rows[name]]
    coding.missing = [*load("missing_values", base, as_="arrow").to_pylist(), *coding.missing]


def _rows(coding: Coding, name: Literal["actors", "countries", "sources"]) -> dict[str, Row]:
    """Return the rows of the base edition by key, in the columns of the schema, except those that the case recodes."""
    assert coding.base is not None
    table = coding.schema.tables[name]
    own = {row[table.key] for row in coding.rows[name]}
    lent = load(name, coding.base, as_="arrow").to_pylist() if name in coding.base.tables else []
    return {
        row[table.key]: {column: row.get(column) for column in table.columns}
        for row in lent
        if row[table.key] not in own
    }


def _referred(coding: Coding, rows: dict[str, list[Row]]) -> dict[str, set[str]]:
    """Return the keys that rows name in the tables from which rows are taken."""
    found: dict[str, set[str]] = {name: set() for name in _LENDS}
    for name, own in rows.items():
        for item in coding.schema.tables[name].fields.values():
            if item.references in found and not item.derived:
                found[item.references] |= {key for row in own for key in split(row[item.name], item.separator)}
    return found
