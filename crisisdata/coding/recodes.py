"""What an edition changed and why: the lines of `recodes.csv` matched with the cells that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from crisisdata._changes import RECORD, Change, Snapshot, difference
from crisisdata.coding.rows import Row

ANY = "*"
"""Stands in a line of `recodes.csv` for every record, or for every variable."""


def recorded_changes(editions: Sequence[Snapshot], lines: list[Row]) -> tuple[list[Row], list[str]]:
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
            rows += [row for row in new.tables[RECORD].to_pylist() if row["edition"] == new.version]
            continue
        reasons = Reasons(new.version, lines)
        rows += _explained(old, new, reasons, faults)
        faults += reasons.unused()
    return rows, faults


class Reasons:
    """The reasons that the lines of one edition give; the most exact line holds."""

    def __init__(self, edition: str, lines: list[Row]) -> None:
        self.edition = edition
        self.lines = {(r["table"], r["record_id"], r["variable"]): r for r in lines if r["edition"] == edition}
        self.used: set[tuple[str, str, str]] = set()

    def line(self, change: Change, variable: str) -> Row | None:
        """Return the line that explains a change, whose variable is named as in the case files."""
        for place in (
            (change.table, change.record_id, variable),
            (change.table, change.record_id, ANY),
            (change.table, ANY, variable),
            (change.table, ANY, ANY),
        ):
            if place in self.lines:
                self.used.add(place)
                return self.lines[place]
        return None

    def unused(self) -> Iterator[str]:
        for table, record_id, variable in self.lines.keys() - self.used:
            yield (
                f"recodes.csv: {table}, {record_id}, {variable}: edition {self.edition} changes no such cell; "
                "take the line out, or correct its key"
            )


def _explained(old: Snapshot, new: Snapshot, reasons: Reasons, faults: list[str]) -> Iterator[Row]:
    for change in difference(old, new):
        if change.kind == "added":
            continue
        fields = {field["name"]: field for field in new.schemas[change.table]["fields"]}
        if change.kind == "recomputed":
            rule = fields[change.variable]["derived"]
            place = f"{change.table}.{rule}"
            same = old.rules.get(place) == new.rules.get(place)
            why = "from values that changed" if same else "which changed"
            reason, line = f"Computed by the rule {rule}, {why}.", None
        else:
            line = reasons.line(change, _as_coded(change.variable, fields))
            reason = line["reason"] if line else ""
            faults += _unexplained(change, line, new)
        yield {
            "edition": new.version,
            **change._asdict(),
            "successor_id": line["successor_id"] if line and change.kind == "withdrawn" else None,
            "reason": reason,
        }


def _as_coded(variable: str, fields: dict[str, dict[str, object]]) -> str:
    """Return the name under which a coder writes a variable: a date has one, and three columns."""
    bare = variable.removesuffix("_latest").removesuffix("_precision")
    return bare if bare in fields else variable


def _unexplained(change: Change, line: Row | None, new: Snapshot) -> Iterator[str]:
    cell = f"{change.table}, {change.record_id}, {change.variable}"
    if line is None:
        what = "is withdrawn" if change.kind == "withdrawn" else f"{change.old!r} → {change.new!r}"
        yield f"recodes.csv: {cell}: {what} without a reason; add a line for edition {new.version}"
    elif change.kind == "withdrawn" and len(new.schemas[change.table]["primaryKey"]) == 1:
        # An id is for ever: whoever looks it up is sent on. Positions, such as those of readings, are no ids.
        if not line["successor_id"]:
            yield f"recodes.csv: {cell}: an id is for ever; name the record that takes its place in successor_id"
        elif line["successor_id"] not in new.rows(change.table):
            yield f"recodes.csv: {cell}: there is no {line['successor_id']!r} in {change.table} to take its place"
