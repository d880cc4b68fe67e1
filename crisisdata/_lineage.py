"""Which rows a computed value is computed from, and which rows have their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata._record import RECORD, unknown_record, unknown_variable

if TYPE_CHECKING:
    import pandas as pd

LINEAGE = "lineage"
"""The table that records which rows are used for which computed value."""
COLUMNS = ["from_table", "from_id", "weight", "note"]
RULE = "rule"
"""The arithmetic of a rule whose text alone explains how the value follows."""
Cells = dict[str, dict[str, list[tuple[Any, ...]]]]
"""Rows used for computed values, in the order of `COLUMNS`, by record and by variable."""
_PARTS = ("_latest", "_precision", "_low", "_best", "_high", "_min", "_max", "_level")
"""Endings of columns that are computed together, from the same rows."""
_BOUNDS = {"_low": ("sure",), "_best": ("sure", "best"), "_high": ("sure", "best", "possible")}
"""Which rows count towards a bound of a count, by their note."""
STANDS_FOR = {
    "reactions": ("responses", "response_id"),
    "response_items": ("responses", "response_id"),
    "definitions": ("candidates", "candidate_id"),
    "crosswalk": ("candidates", "candidate_id"),
}
"""Tables whose rows represent a row of another table: that table, and the column that names its row."""


def field_of(edition: Edition, table: str, variable: object) -> dict[str, Any]:
    """Return the description of a column."""
    fields: dict[str, dict[str, Any]] = {f["name"]: f for f in edition.resource(table)["schema"]["fields"]}
    if not isinstance(variable, str) or variable not in fields:
        raise unknown_variable(table, variable, fields, edition)
    return fields[variable]


def rule_of(edition: Edition, table: str, field: dict[str, Any]) -> dict[str, Any]:
    """Return the rule of a computed column; for a table computed as a whole, that is the table's description."""
    whole = {"text": edition.resource(table)["description"], "uses": [], "how": RULE}
    rule: dict[str, Any] = edition.descriptor["rules"].get(f"{table}.{field['derived']}", whole)
    return rule


def keys_of(edition: Edition, table: str, frame: pd.DataFrame) -> pd.Series:
    """Return the keys of rows; the parts of a key are joined by slashes."""
    first, *others = (frame[part].astype("string") for part in edition.resource(table)["schema"]["primaryKey"])
    return first.str.cat(others, sep="/", na_rep="") if others else first


def row_of(edition: Edition, table: str, record_id: object) -> dict[str, Any]:
    """Return a row by its key."""
    frame = load(table, edition)  # type: ignore[call-overload]
    keys = keys_of(edition, table, frame)
    if not isinstance(record_id, str) or record_id not in set(keys):
        raise unknown_record(table, record_id, keys, edition)
    row: dict[str, Any] = frame[keys == record_id].iloc[0].to_dict()
    return row


def by_cell(edition: Edition, table: str, record_id: str | None = None) -> Cells:
    """Return the rows of lineage of a table, or of one record of it, by record and variable."""
    lineage = load(LINEAGE, edition)  # type: ignore[call-overload]
    own = lineage[lineage["table_name"] == table]
    if record_id is not None:
        own = own[own["record_id"] == record_id]
    found: Cells = {}
    cells = zip(own["record_id"], own["variable"], own[COLUMNS].itertuples(index=False, name=None), strict=True)
    for key, variable, row in cells:
        found.setdefault(key, {}).setdefault(variable, []).append(row)
    return found


def entering(
    edition: Edition, table: str, row: dict[str, Any], record_id: str, field: dict[str, Any], lineage: Cells
) -> pd.DataFrame:
    """Return the rows used for a computed value: `from_table`, `from_id`, `weight` and `note`.

    A value that follows from its own row alone, or from the row that its row represents, has that row.
    """
    import pandas as pd

    return pd.DataFrame(_rows_entering(edition, table, row, record_id, field, lineage), columns=COLUMNS)


def _rows_entering(
    edition: Edition, table: str, row: dict[str, Any], record_id: str, field: dict[str, Any], lineage: Cells
) -> list[tuple[Any, ...]]:
    own = lineage.get(record_id, {})
    for name in (*names_of(field["name"]), field["derived"]):
        if name in own:
            notes = {note for *_, note in own[name]}
            bound = next((kept for end, kept in _BOUNDS.items() if field["name"].endswith(end)), None)
            if bound and notes <= set(_BOUNDS["_high"]):
                return [each for each in own[name] if each[-1] in bound]
            return own[name]
    how = rule_of(edition, table, field).get("how", RULE)
    if isinstance(how, str) and how not in (RULE, "same"):
        return []  # arithmetic over rows, of which there are none here
    stands_for = _stands_for(table, row)
    if stands_for is None and how == RULE:
        stands_for = table, record_id
    return [] if stands_for is None else [(*stands_for, 1.0, None)]


def names_of(variable: str) -> Iterator[str]:
    """Yield the names that lineage or a rule may use for a column: its own, then that without its endings."""
    yield variable
    for part in _PARTS:
        if variable.endswith(part):
            yield from names_of(variable.removesuffix(part))


def evidenced(edition: Edition, records: Iterable[tuple[str, str]], carriers: set[str]) -> list[tuple[str, str]]:
    """Return the table and key of each row whose readings support some rows, in their order.

    `carriers` are the tables whose rows have their own readings. A row without any relies on the row that it
    represents.
    """
    records = list(records)
    stand_for: dict[tuple[str, str], tuple[str, str] | None] = {}
    for table in {table for table, _ in records} - carriers:
        frame = load(table, edition)  # type: ignore[call-overload]
        for key, row in zip(keys_of(edition, table, frame), frame.to_dict("records"), strict=True):
            stand_for[table, key] = _stands_for(table, row)
    found = [record if record[0] in carriers else stand_for.get(record) for record in records]
    return [record for record in dict.fromkeys(found) if record and record[0] in carriers]


def _stands_for(table: str, row: dict[str, Any]) -> tuple[str, str] | None:
    if table in STANDS_FOR:
        parent, column = STANDS_FOR[table]
        return parent, str(row[column])
    if table == RECORD or not {"table_name", "record_id"} <= row.keys():  # the record names rows of other editions
        return None
    return str(row["table_name"]), str(row["record_id"])
