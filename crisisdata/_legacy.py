"""Editions before 1.0 under the column names of 1.0: the only place that knows the old names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crisisdata._editions import version_parts
from crisisdata._load import load
from crisisdata.errors import ArgumentError

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


def needs_edition(first: str, what: str, edition: Edition, *, hint: str | None = None) -> None:
    """Raise if an edition is older than the first that has what is needed.

    Parameters
    ----------
    first
        The first edition that has it.
    what
        What needs it, as named in the message.
    hint
        What to do instead. By default, use the package that did the same on the older editions.

    Raises
    ------
    ArgumentError
        If the edition is older.
    """
    if version_parts(edition.version) < version_parts(first):
        instead = hint or f"For this edition, use the last package that supports it, '{_LAST_PACKAGE_BEFORE_1}'."
        raise ArgumentError(f"{what} needs edition {first} or later; this is {edition.label}. {instead}")


_LAST_PACKAGE_BEFORE_1 = "crisisdata==0.4.*"
"""The last package that compared and drew the editions before 1.0; it contains all of them."""


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
    """Return a row with today's column names."""
    return {current_name(table, name): value for name, value in row.items()}


def row_for(table: str, row: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    """Return the cells of a row with today's names in the columns of a schema that may have the old names."""
    return {name: row[today] for name in columns if (today := current_name(table, name)) in row}
