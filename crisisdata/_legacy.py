"""Editions before 1.0 under the column names of 1.0: the only place that knows the old names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crisisdata._load import load

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from crisisdata._editions import Edition

# The record of changes says which columns were renamed, but can itself be read only under names that are known.
_RENAMED: dict[str, dict[str, str]] = {
    "changes": {"table": "table_name", "old": "old_value", "new": "new_value"},
    "codes": {"list": "code_list", "order": "sort_order"},
    "crosswalk": {"match": "match_status"},
    "evidence": {"table": "table_name"},
    "missing_values": {"table": "table_name"},
    "timeline": {"table": "table_name"},
}


def arrow_of(table: str, edition: Edition) -> pa.Table:
    """Return a table of any edition under today's column names."""
    arrow: pa.Table = load(table, edition, as_="arrow")  # type: ignore[call-overload]
    return arrow.rename_columns([current_name(table, name) for name in arrow.column_names])


def rows_of(table: str, edition: Edition) -> list[dict[str, Any]]:
    """Return the rows of a table of any edition under today's column names."""
    return arrow_of(table, edition).to_pylist()


def frame_of(table: str, edition: Edition) -> pd.DataFrame:
    """Return a table of any edition as pandas, under today's column names."""
    return load(table, edition).rename(columns=_RENAMED.get(table, {}))  # type: ignore[call-overload]


def current_name(table: str, column: str) -> str:
    """Return the name that a column has today."""
    return _RENAMED.get(table, {}).get(column, column)


def current_row(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its columns named as today."""
    return {current_name(table, name): value for name, value in row.items()}


def row_for(table: str, row: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """Return the cells of a row, named as today, in the columns of a schema that may have the old names."""
    return {name: row[today] for name in columns if (today := current_name(table, name)) in row}
