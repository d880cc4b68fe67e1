"""The record of changes: why cells differ, and what became of rows, columns and tables that no longer exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

from crisisdata._editions import Edition, version_parts
from crisisdata._legacy import rows_of
from crisisdata.errors import UnknownNameError

RECORD: Literal["changes"] = "changes"
"""The table that records the changes; it is not compared with itself."""
WHOLE = "*"
"""Means the whole row instead of a variable, and the whole table instead of a record."""
NONE = "none"
"""Written instead of the name of a successor: nothing replaces the row."""
SEPARATOR = ";"
_RENAMING = ("table_renamed", "column_renamed", "column_moved")
SCHEMA_KINDS = (*_RENAMING, "table_removed", "column_removed", "table_added", "column_added")
"""Kinds of changes to tables and columns; these are named as in the older edition."""


class Place(NamedTuple):
    """A record, or a column, and the table in which it is."""

    table: str
    name: str


@dataclass(frozen=True)
class Renames:
    """Names of the tables and columns of one edition in a later one."""

    tables: dict[str, str] = field(default_factory=dict)
    columns: dict[Place, Place] = field(default_factory=dict)

    def table(self, name: str) -> str:
        return self.tables.get(name, name)

    def column(self, table: str, name: str) -> Place:
        """Return where a column is in a later edition; it may have moved to another table."""
        return self.columns.get(Place(table, name), Place(self.table(table), name))

    def former_tables(self) -> dict[str, str]:
        """Return the earlier name of each table that was renamed."""
        return {new: old for old, new in self.tables.items()}

    def then(self, later: Renames) -> Renames:
        """Return these renames followed by those of a later edition."""
        tables = {old: later.table(new) for old, new in self.tables.items()}
        columns = {old: later.column(*new) for old, new in self.columns.items()}
        for name, new_name in later.tables.items():
            if name not in self.tables.values():
                tables[name] = new_name
        for place, new_place in later.columns.items():
            if place not in self.columns.values():
                columns[Place(self.former_tables().get(place.table, place.table), place.name)] = new_place
        return Renames(tables, columns)


@dataclass(frozen=True)
class Record:
    """What the table `changes` of an edition says, under today's column names."""

    rows: list[dict[str, Any]]

    @classmethod
    def of(cls, edition: Edition) -> Record:
        return cls(rows_of(RECORD, edition) if RECORD in edition.tables else [])

    def between(self, after: str, until: str) -> Record:
        """Return what the editions after the first and up to the second changed."""
        first, last = version_parts(after), version_parts(until)
        return Record([row for row in self.rows if first < version_parts(row["edition"]) <= last])

    def reasons(self) -> dict[tuple[str, str, str], str]:
        """Return the reasons by table, record and variable; those from several editions are joined.

        Cells have the latest names of their table and column; tables and columns that were removed have their last
        name.
        """
        found: dict[tuple[str, str, str], str] = {}
        for row in self.rows:
            place = Place(row["table_name"], row["variable"])
            if row["kind"] not in SCHEMA_KINDS:
                place = self._since(row["edition"], with_it=row["kind"] == "withdrawn").column(*place)
            cell = (place.table, row["record_id"], place.name)
            so_far = found.get(cell, row["reason"])
            found[cell] = so_far if row["reason"] in so_far else f"{so_far} {row['reason']}"
        return found

    def renames(self) -> Renames:
        """Return the renamed tables, and the renamed and moved columns, for all editions in the record."""
        return self._since("0", with_it=False)

    def latest_table(self, name: str) -> str:
        """Return the current name of a table, given any of its earlier names."""
        for step in self._steps.values():
            name = step.table(name)
        return name

    def _since(self, edition: str, *, with_it: bool) -> Renames:
        """Return the renames in the editions after one, or including it."""
        whole, first = Renames(), version_parts(edition)
        for version, step in self._steps.items():
            if version_parts(version) > first or (with_it and version == edition):
                whole = whole.then(step)
        return whole

    @cached_property
    def _steps(self) -> dict[str, Renames]:
        """What each edition renamed, oldest first."""
        steps = {}
        for version in sorted({row["edition"] for row in self.rows if row["kind"] in _RENAMING}, key=version_parts):
            rows = [row for row in self.rows if row["edition"] == version]
            step = Renames({row["table_name"]: row["new_value"] for row in rows if row["kind"] == "table_renamed"})
            for row in rows:
                if row["kind"] in ("column_renamed", "column_moved"):
                    target = row.get("successor_table") or step.table(row["table_name"])
                    step.columns[Place(row["table_name"], row["variable"])] = Place(target, row["new_value"])
            steps[version] = step
        return steps

    def withdrawn(self) -> dict[Place, dict[str, Any]]:
        """Return the entries of withdrawn rows by table and key, under the latest name of the table."""
        return {
            Place(self.latest_table(row["table_name"]), row["record_id"]): row
            for row in self.rows
            if row["kind"] == "withdrawn"
        }

    def successors(self, table: str, record_id: object) -> list[Place] | None:
        """Return the records that replace a withdrawn one, or its successors if those were withdrawn too.

        The list is empty if nothing replaces it. None means that the record was not withdrawn.
        """
        withdrawn = self.withdrawn()
        if not (isinstance(table, str) and isinstance(record_id, str)):
            return None
        start = Place(self.latest_table(table), record_id)
        if start not in withdrawn:
            return None
        found: dict[Place, None] = {}
        seen, waiting = {start}, [start]
        while waiting:
            place = waiting.pop(0)
            if place not in withdrawn:
                found[place] = None
                continue
            for target, name in places(withdrawn[place]):
                following = Place(self.latest_table(target), name)
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return list(found)


def places(line: dict[str, Any]) -> Iterator[Place]:
    """Yield the successors that a line of the record names, if any.

    A single table applies to all IDs; several tables are in the order of the IDs.
    """
    ids = _parts(line.get("successor_id"))
    if ids in ([], [NONE]):
        return
    named = _parts(line.get("successor_table")) or [line["table_name"]]
    for number, name in enumerate(ids):
        yield Place(named[number] if len(named) == len(ids) else named[0], name)


def tables_fit(line: dict[str, Any]) -> bool:
    """Say whether a line names one table for all of its successors, or as many as there are."""
    return len(_parts(line.get("successor_table"))) in (0, 1, len(_parts(line.get("successor_id"))))


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(SEPARATOR)] if text else []


def joined(found: Iterable[Place], table: str) -> str | None:
    """Return successors as text: an ID, or `table: id` if it is in another table; None if there is none."""
    texts = [place.name if place.table == table else f"{place.table}: {place.name}" for place in found]
    return f"{SEPARATOR} ".join(texts) or None


# Errors that lead on from a name that was given up


def refuse_withdrawn(table: str, record_id: object, edition: Edition) -> None:
    """Raise for a record whose table an edition no longer has, if it is known what became of the record."""
    if table not in edition.tables and Record.of(edition).successors(table, record_id) is not None:
        raise unknown_record(table, record_id, (), edition)


def unknown_record(table: str, record_id: object, known: Iterable[object], edition: Edition) -> UnknownNameError:
    """Return the error for a record that does not exist; for a withdrawn one, it names the successors."""
    place = f"table {table!r}, {edition.label}"
    record = Record.of(edition)
    found = record.successors(table, record_id)
    if found is None or not isinstance(record_id, str):
        return UnknownNameError.of("record", record_id, known, where=place)
    here = record.latest_table(table)
    entry = record.withdrawn()[Place(here, record_id)]
    names = ", ".join(f"{each.name!r}" + (f" in table {each.table!r}" if each.table != here else "") for each in found)
    takes = "replace it" if len(found) > 1 else "replaces it"
    return UnknownNameError(
        f"there is no record {record_id!r} in {place}: edition {entry['edition']} withdrew it, and "
        f"{names or 'nothing'} {takes}. {entry['reason']}"
    )


def unknown_table(table: object, edition: Edition) -> UnknownNameError:
    """Return the error for a table that does not exist; if it was renamed or removed, the error says so."""
    entries = Record.of(edition).rows
    ended = [row for row in entries if row["table_name"] == table and row["kind"] in ("table_renamed", "table_removed")]
    hint = " ".join(_became(f"the table {table!r}", row) for row in ended)
    return UnknownNameError.of("table", table, edition.tables, where=edition.label, hint=hint)


def unknown_variable(table: str, variable: object, known: Iterable[str], edition: Edition) -> UnknownNameError:
    """Return the error for a column that does not exist; if it was renamed, moved or removed, the error says so."""
    kinds = ("column_renamed", "column_moved", "column_removed")
    record = Record.of(edition)
    ended = [
        row
        for row in record.rows
        if row["kind"] in kinds and (record.latest_table(row["table_name"]), row["variable"]) == (table, variable)
    ]
    hint = " ".join(_became(f"the column {variable!r}", row) for row in ended)
    place = f"table {table!r}, {edition.label}"
    return UnknownNameError.of("variable", variable, known, where=place, hint=hint)


def _became(what: str, row: dict[str, Any]) -> str:
    did = row["kind"].partition("_")[2]
    where = f" to {row['new_value']!r}" if did != "removed" else ""
    where += f" in table {row['successor_table']!r}" if did == "moved" else ""
    return f"Edition {row['edition']} {did} {what}{where}. {row['reason']}"
