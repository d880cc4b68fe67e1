"""SQLite, with keys, foreign keys and checks; what a column means is in the codebook and in the statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crisisdata._writers.format import Format
from crisisdata._writers.selection import Selection, Sheet, refuse_unfit
from crisisdata._writers.statements import by_reference, code_literals, create, quoted

_SQLITE = {"string": "TEXT", "integer": "INTEGER", "number": "REAL", "date": "TEXT"}


class SQLite(Format):
    """A database for SQLite 3.37 or later: strict tables with checks on text dates and codes."""

    ending = ".sqlite"
    faults = (sqlite3.Error,)

    @staticmethod
    def write(selection: Selection, file: Path) -> None:
        sheets = by_reference(selection)
        refuse_unfit(sheets, "sqlite")
        connection = sqlite3.connect(file)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            with connection:
                for sheet in sheets:
                    connection.execute(create(sheet, _sqlite_kind, " DEFERRABLE INITIALLY DEFERRED", " STRICT"))
                    marks = ", ".join("?" * len(sheet.fields))
                    connection.executemany(f"INSERT INTO {quoted(sheet.name)} VALUES ({marks})", _sqlite_rows(sheet))
        finally:
            connection.close()


def _sqlite_kind(field: dict[str, Any]) -> str:
    name, kind = quoted(field["name"]), _SQLITE[field["type"]]
    if "categories" in field:
        return f"{kind} CHECK ({name} IN ({code_literals(field)}))"
    # After a step of no days, a day that is not in the calendar is another one.
    return f"{kind} CHECK ({name} IS date({name}, '+0 days'))" if field["type"] == "date" else kind


def _sqlite_rows(sheet: Sheet) -> Iterator[tuple[Any, ...]]:
    columns = [
        [None if value is None else value.isoformat() for value in values] if field["type"] == "date" else values
        for field, values in sheet.columns()
    ]
    return zip(*columns, strict=True)
