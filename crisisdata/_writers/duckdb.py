"""DuckDB, with keys, foreign keys, enumerations and comments."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from crisisdata._writers.format import Format
from crisisdata._writers.selection import Selection, Sheet, refuse_unfit
from crisisdata._writers.statements import by_reference, code_literals, create, literal, quoted
from crisisdata.errors import needs

with needs("export", "the export to DuckDB"):
    import duckdb

# Small blocks, since a table is some kilobytes and each of its columns takes a block or more; the storage of 1.0, since
# otherwise only versions as new as the one that writes can open the file.
_STORAGE = "BLOCK_SIZE 16384, STORAGE_VERSION 'v1.0.0'"

_DUCKDB = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "date": "DATE"}


class DuckDB(Format):
    """A DuckDB database: codes are enumerations, in the order of their list."""

    ending = ".duckdb"
    faults = (duckdb.Error,)

    @staticmethod
    def write(selection: Selection, file: Path) -> None:
        sheets = by_reference(selection)
        refuse_unfit(sheets, "duckdb")
        str(file).encode()  # of a path that is not UTF-8 DuckDB says nothing that helps
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH {literal(str(file))} AS exported ({_STORAGE})")
            connection.execute("USE exported")
            connection.execute("BEGIN")
            for name, codes in _enumerations(sheets).items():
                connection.execute(f"CREATE TYPE {name} AS ENUM ({codes})")
            for sheet in sheets:
                connection.execute(create(sheet, _duckdb_kind, "", ""))
                for statement in _comments(sheet):
                    connection.execute(statement)
                for rows in _generations(sheet):
                    connection.register("incoming", rows)
                    connection.execute(f"INSERT INTO {quoted(sheet.name)} SELECT * FROM incoming")
                    connection.unregister("incoming")
            connection.execute("COMMIT")
            connection.execute("USE memory")
            connection.execute("DETACH exported")


def _duckdb_kind(field: dict[str, Any]) -> str:
    return _enumeration(field) if "categories" in field else _DUCKDB[field["type"]]


def _enumeration(field: dict[str, Any]) -> str:
    return quoted(f"{field['codes']}_code")


def _enumerations(sheets: list[Sheet]) -> dict[str, str]:
    return {
        _enumeration(field): code_literals(field) for sheet in sheets for field in sheet.fields if "categories" in field
    }


def _comments(sheet: Sheet) -> Iterator[str]:
    yield f"COMMENT ON TABLE {quoted(sheet.name)} IS {literal('A row is ' + sheet.resource['grain'] + '.')}"
    for field in sheet.fields:
        yield f"COMMENT ON COLUMN {quoted(sheet.name)}.{quoted(field['name'])} IS {literal(field['description'])}"


def _generations(sheet: Sheet) -> Iterator[pa.Table]:
    """Yield the rows in parts, none of which refers to itself or a later one: DuckDB checks references immediately."""
    own = [(column, key) for column, target, key in sheet.foreign_keys if target == sheet.name]
    left = sheet.rows
    while len(left):
        waits = [False] * len(left)
        for column, key in own:
            keys = set(left[key].to_pylist())
            waits = [wait or value in keys for wait, value in zip(waits, left[column].to_pylist(), strict=True)]
        if all(waits):  # a circle of references, which DuckDB itself will refuse
            waits = [False] * len(left)
        yield left.filter(pa.array([not wait for wait in waits]))
        left = left.filter(pa.array(waits))
