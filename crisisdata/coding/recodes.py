"""What an edition changed and why: the lines of `recodes.csv` matched with the differences.

A line names a table, a record, a variable and a reason. The three names determine what it explains:

- a record and a variable: a cell, `*` standing for every record or every variable;
- a record and `*`: a row withdrawn. `successor_id` names the rows that replace it, separated by semicolons, or is
  `none`; `successor_table` names their table where it is another, or the table of each in the same order;
- `*` and a column that the edition before had: it is gone. `successor_id` is its new name or `none`; `successor_table`
  names the table to which it moved;
- `*` and a computed column, or the name of its rule: the rule changed;
- `*` and `*`, of a table that is gone: `successor_table` is its new name, or `successor_id` is `none`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from crisisdata._changes import Change, Snapshot, difference
from crisisdata._legacy import current_row
from crisisdata._record import NONE, RECORD, WHOLE, Place, Renames, places, tables_fit
from crisisdata.coding.rows import Row

Line = dict[str, Any]
_MISSING = "missing_values"
_UNRECORDED = ("added", "table_added", "column_added")


def recorded_changes(editions: Sequence[Snapshot], lines: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Return the rows of the table `changes`, and what is wrong with the reasons given.

    Parameters
    ----------
    editions
        All editions, oldest first; the last is the one about to be published.
    lines
        The lines of `recodes.csv`.
    """
    rows: list[Row] = []
    faults: list[str] = []
    for old, new in pairwise(editions):
        if new is not editions[-1] and RECORD in new.tables:  # published with its record
            published = (current_row(RECORD, row) for row in new.tables[RECORD].to_pylist())
            rows += [row for row in published if row["edition"] == new.version]
            continue
        reasons = Reasons(new.version, lines)
        rows += _explained(old, new, reasons, faults)
        faults += reasons.unused()
    return rows, faults


class Reasons:
    """The reasons that the lines of one edition give; the most specific line applies."""

    def __init__(self, edition: str, lines: Sequence[Row]) -> None:
        self.edition = edition
        current = [current_row(RECORD, line) for line in lines if line["edition"] == edition]
        self.lines: dict[tuple[str, str, str], Line] = {
            (line["table_name"], line["record_id"], line["variable"]): line for line in current
        }
        self.used: set[tuple[str, str, str]] = set()

    def line(self, change: Change, *variables: str) -> Line | None:
        """Return the line that explains a change of a cell or row, whose variable is named as in the case files."""
        table = change.table_name
        return self._first(
            *((table, change.record_id, name) for name in variables),
            (table, change.record_id, WHOLE),
            *((table, WHOLE, name) for name in variables),
            (table, WHOLE, WHOLE),
        )

    def line_of_whole(self, change: Change, *variables: str) -> Line | None:
        """Return the line that explains what happened to a whole table or column; no other line explains it."""
        return self._first(*((change.table_name, WHOLE, name) for name in variables))

    def _first(self, *cells: tuple[str, str, str]) -> Line | None:
        for cell in cells:
            if cell in self.lines:
                self.used.add(cell)
                return self.lines[cell]
        return None

    def renames(self, old: Snapshot, new: Snapshot) -> Renames:
        """Return which tables and columns the lines rename or move; the bounds and precision of a date go with it."""
        found = Renames()
        for (table, record_id, variable), line in self.lines.items():
            target = line.get("successor_table")
            gone = table in old.schemas and table not in new.schemas
            if (record_id, variable) == (WHOLE, WHOLE) and gone and target and line.get("successor_id") != NONE:
                found.tables[table] = target
        for (table, record_id, variable), line in self.lines.items():
            name = line.get("successor_id")
            if record_id != WHOLE or variable == WHOLE or name in (None, "", NONE) or table not in old.schemas:
                continue
            target = line.get("successor_table") or found.table(table)
            for ending in ("", "_latest", "_precision"):
                there = target in new.schemas and f"{name}{ending}" in new.fields(target)
                if f"{variable}{ending}" in old.fields(table) and (there or not ending):
                    found.columns[Place(table, f"{variable}{ending}")] = Place(target, f"{name}{ending}")
        return found

    def unused(self) -> Iterator[str]:
        for table, record_id, variable in self.lines.keys() - self.used:
            yield (
                f"recodes.csv: {table}, {record_id}, {variable}: edition {self.edition} does not change this cell; "
                "delete the line, or correct its key"
            )


def _explained(old: Snapshot, new: Snapshot, reasons: Reasons, faults: list[str]) -> Iterator[Row]:
    renames = reasons.renames(old, new)
    faults += _misdirected(renames, new)
    changes = list(difference(old, new, renames))
    of_rules = {change[:3] for change in changes if change.kind == "rule_changed"}
    for change in changes:
        if change.kind in _UNRECORDED:
            continue
        line: Line | None = None
        if change.kind == "recomputed":
            rule_changed = change._replace(record_id=WHOLE)[:3] in of_rules
            reason = _recomputed(change, new, rule_changed)
        else:
            line = _line(change, old, new, reasons)
            reason = line["reason"] if line else ""
            faults += _unexplained(change, line, new, renames)
        yield {
            "edition": new.version,
            **change._asdict(),
            **_successors(change, line),
            "reason": reason,
        }
    if old.as_of == new.as_of:
        faults += _silently_recomputed(changes, old, new, renames)


def _line(change: Change, old: Snapshot, new: Snapshot, reasons: Reasons) -> Line | None:
    table, variable = change.table_name, change.variable
    if change.kind in ("table_renamed", "table_removed"):
        return reasons.line_of_whole(change, WHOLE)
    if change.kind in ("column_renamed", "column_moved", "column_removed"):
        return reasons.line_of_whole(change, variable, _as_coded(variable, old.fields(table)))
    if change.kind == "rule_changed":
        rule = new.fields(table)[variable].get("derived")
        names = [variable, _as_coded(variable, new.fields(table)), *([rule] if rule else [])]
        return reasons.line_of_whole(change, *names)
    if change.kind == "withdrawn":
        return reasons.line(change, WHOLE)
    return reasons.line(change, _as_coded(variable, new.fields(table)))


def _successors(change: Change, line: Line | None) -> Row:
    """Return what a line says about the successor: its rows, or its table."""
    known = line if line and change.kind in ("withdrawn", "column_moved") else {}
    withdrawn = change.kind == "withdrawn"
    return {
        "successor_table": known.get("successor_table"),
        "successor_id": known.get("successor_id") if withdrawn else None,
    }


def _as_coded(variable: str, fields: Mapping[str, object]) -> str:
    """Return the name under which a coder writes a variable: a date has one name and three columns."""
    bare = variable.removesuffix("_latest").removesuffix("_precision")
    return bare if bare in fields else variable


# What must be said


def _misdirected(renames: Renames, new: Snapshot) -> Iterator[str]:
    for table, target in renames.tables.items():
        if target not in new.schemas:
            yield f"recodes.csv: {table}, *, *: there is no table {target!r} in edition {new.version}"
    for place, target_place in renames.columns.items():
        if target_place.table not in new.schemas or target_place.name not in new.fields(target_place.table):
            where = f"{target_place.table}.{target_place.name}"
            yield f"recodes.csv: {place.table}, *, {place.name}: there is no column {where} in edition {new.version}"


def _unexplained(change: Change, line: Line | None, new: Snapshot, renames: Renames) -> Iterator[str]:
    cell = f"{change.table_name}, {change.record_id}, {change.variable}"
    if line is None:
        yield f"recodes.csv: {cell}: {_what(change)} without a reason; add a line for edition {new.version}"
    elif change.kind in ("table_removed", "column_removed"):
        if line.get("successor_id") != NONE:
            name = "successor_table" if change.kind == "table_removed" else "successor_id"
            yield (
                f"recodes.csv: {cell}: it was removed; write its new name in {name}, or {NONE!r} in successor_id "
                "if nothing replaces it"
            )
    elif change.kind == "withdrawn":
        yield from _without_successor(change, line, new, cell, renames)


def _what(change: Change) -> str:
    what = {
        "withdrawn": "is withdrawn",
        "table_removed": "the table was removed",
        "table_renamed": f"the table is now {change.new_value}",
        "column_removed": "the column was removed",
        "column_renamed": f"the column is now {change.new_value}",
        "column_moved": f"the column is now {change.new_value}",
        "rule_changed": "the rule that computes it changed",
    }
    return what.get(change.kind, f"{change.old_value!r} → {change.new_value!r}")


def _without_successor(change: Change, line: Line, new: Snapshot, cell: str, renames: Renames) -> Iterator[str]:
    """Yield what is wrong with the successors of a withdrawn row: IDs are permanent and lead to the successors."""
    table = renames.table(change.table_name)
    if table in new.schemas and len(new.schemas[table]["primaryKey"]) > 1:
        return  # positions, such as those of readings, are no ids
    if not line.get("successor_id"):
        yield (
            f"recodes.csv: {cell}: IDs are permanent; name the record that replaces it in successor_id, or write "
            f"{NONE!r}"
        )
    elif not tables_fit(line):
        yield f"recodes.csv: {cell}: successor_table must name one table for all of successor_id, or one for each"
    else:
        for target, name in places(line):
            here = renames.table(target)
            if here not in new.schemas:
                yield f"recodes.csv: {cell}: there is no table {here!r} in edition {new.version}"
            elif name not in new.rows(here):
                yield f"recodes.csv: {cell}: there is no {name!r} in {here} to replace it"


# Values that the build computes


def _recomputed(change: Change, new: Snapshot, rule_changed: bool) -> str:
    rule = new.fields(change.table_name)[change.variable]["derived"]
    return f"Computed by the rule {rule}, {'which changed' if rule_changed else 'from values that changed'}."


def _silently_recomputed(changes: Sequence[Change], old: Snapshot, new: Snapshot, renames: Renames) -> Iterator[str]:
    """Yield a fault for each column whose values differ although neither its rule's text nor its inputs do.

    The inputs of a rule may be computed too, even from the rule's own results: `episodes` count the arenas of
    `support`, which follow from the dates of `episodes`. So each difference must lead back to one that was written by
    hand.
    """
    written = ("codes", _MISSING)  # computed as a whole, and they say what the case files and the schemas do
    whole = [name for name in new.schemas if name not in (*new.coded(), *written, RECORD)]
    explained = {Place(name, WHOLE) for name in written if name in new.tables and _differs(name, old, new)}
    left: set[Place] = set()
    for change in dict.fromkeys([*changes, *difference(old, new, renames, whole)]):
        follows = change.kind == "recomputed" or (change.table_name in whole and change.kind in ("added", "withdrawn"))
        (left if follows else explained).add(Place(renames.table(change.table_name), change.variable))
    left -= explained
    while found := {place for place in left if _rests_on(place, explained, new)}:
        explained |= found
        left -= found
    for place in sorted(left):
        name = new.fields(place.table)[place.name]["derived"] if place.name != WHOLE else ""
        if f"{place.table}.{name}" in new.rules:
            used = ", ".join(sorted({place.table, *new.rules[f"{place.table}.{name}"]["uses"]}))
            yield (
                f"{place.table}.{place.name}: the rule {name} computes different values, although neither its "
                f"text nor what it uses ({used}) changed; describe in its docstring what it now does"
            )


def _differs(table: str, old: Snapshot, new: Snapshot) -> bool:
    return table not in old.tables or not old.tables[table].equals(new.tables[table])


def _rests_on(place: Place, explained: set[Place], new: Snapshot) -> bool:
    """Say whether the values of a column, or the rows of a table, follow from something that is explained."""
    fields = new.fields(place.table)
    name = fields[place.name]["derived"] if place.name != WHOLE else None
    rule = new.rules.get(f"{place.table}.{name}")
    if rule is None:  # which tables that are computed as a whole use is not written anywhere
        return bool(explained)
    own = {Place(place.table, each) for each, field in fields.items() if field.get("derived") == name}
    used = {place.table, _MISSING, *rule["uses"]}
    if place.table not in new.coded():  # its rows are made of those to which they refer
        used |= {key["reference"]["resource"] for key in new.schemas[place.table]["foreignKeys"]}
    return any(each.table in used for each in explained - own)
