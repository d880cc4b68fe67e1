"""The typed rows of a coding, each with the record from which it was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from crisisdata._editions import Edition
from crisisdata.coding.casefiles import Record
from crisisdata.coding.faults import Fault
from crisisdata.coding.schema import Schema

Row = dict[str, Any]
MISSING = ("unknown", "not_applicable")
"""What a case file says if a value was searched for and not found, or does not apply."""


@dataclass
class Coding:
    """The typed rows of all coded tables, each with the record from which it came."""

    schema: Schema
    rows: dict[str, list[Row]]
    records: dict[str, list[Record]]
    missing: list[Row] = field(default_factory=list)
    base: Edition | None = None
    """Edition to whose actors, sources, countries and episodes the rows may refer."""
    known: dict[str, set[str]] = field(default_factory=dict)
    """Keys of the rows that it has."""
    warnings: list[Fault] = field(default_factory=list)
    """Warnings that no exception answers."""

    def pairs(self, table: str) -> Iterable[tuple[Row, Record]]:
        return zip(self.rows[table], self.records[table], strict=True)


def split(value: str | None, separator: str | None) -> list[str]:
    """Return the parts of a value that may have several."""
    if value is None:
        return []
    return [part.strip() for part in value.split(separator)] if separator else [value]
