"""From a computed value to the rows and the arithmetic behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata._record import unknown_record
from crisisdata.errors import ArgumentError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

    from crisisdata._names import TableName

LINEAGE = "lineage"
_PARTS = ("_latest", "_precision", "_low", "_best", "_high", "_min", "_max")
"""Endings of columns that are computed together and from the same rows."""


@dataclass(frozen=True)
class Explanation:
    """A computed value with what it is computed from.

    Attributes
    ----------
    table, record_id, variable
        The cell.
    value
        Its value as a Python object; None where there is none.
    rule
        Name of the rule that computes it.
    text
        The rule as the codebook states it.
    arithmetic
        How the value follows from the rows.
    rows
        The rows that enter: `table_name`, `record_id`, `weight`, `note` (as what it enters) and `label` (what the
        row says).
    """

    table: str
    record_id: str
    variable: str
    value: Any
    rule: str
    text: str
    arithmetic: str
    rows: pd.DataFrame

    def __str__(self) -> str:
        head = f"{self.table}.{self.variable} of {self.record_id} = {self.value}"
        listed = (
            self.rows.to_string(index=False)
            if len(self.rows)
            else "No other row enters: it follows from the row itself."
        )
        return f"{head}\n{self.arithmetic}\n\n{self.text}\n\n{listed}"


def explain(
    table: TableName,
    record_id: str,
    variable: str,
    version: str | os.PathLike[str] | Edition | None = None,
) -> Explanation:
    """Return the rows, the weights, the arithmetic and the rule behind a computed value.

    Parameters
    ----------
    table, record_id
        The row: its table and its key. The parts of a key of several columns are joined by slashes.
    variable
        A computed column of it. The bounds and the precision of a date, and the low and high of an estimate, have
        the rows of the value itself.
    version
        As in `load`; the edition must be 1.0 or later, or one of your own.

    Returns
    -------
    Explanation
        ``rows`` has one row per row that enters; ``print`` shows all of it. `evidence` on the same cell returns
        the readings on which those rows rest.

    Raises
    ------
    UnknownNameError
        The edition has no such table, record or variable.
    ArgumentError
        The column is coded and not computed, or the edition keeps no lineage.

    Examples
    --------
    >>> import crisisdata as cd
    >>> why = cd.explain("episodes", "mli-2020-08", "organised_for")
    >>> bool(why.value == len(why.rows))
    True
    """
    edition = Edition.find(version)
    resource = edition.resource(table)
    field = _computed(resource, table, variable, edition)
    row = _row(resource, table, record_id, edition)
    rows = contributions(edition, table, record_id, variable)
    rule = edition.descriptor["rules"].get(
        f"{table}.{field['derived']}", {"text": resource["description"], "how": "rule"}
    )
    value = _plain(row[variable])
    how = _how(rule.get("how", "rule"), variable)
    return Explanation(
        table,
        record_id,
        variable,
        value,
        field["derived"],
        rule["text"],
        _arithmetic(how, rows, value),
        _labelled(rows, edition),
    )


def contributions(edition: Edition, table: str, record_id: str, variable: str) -> pd.DataFrame:
    """Return the rows of `lineage` for one computed value."""
    if LINEAGE not in edition.tables:
        raise ArgumentError(
            f"edition {edition.version} keeps no lineage: explain needs edition 1.0 or later. "
            f"For the rules of edition {edition.version} use codebook({table!r})."
        )
    lineage = load(LINEAGE, edition)  # type: ignore[call-overload]
    own = lineage[(lineage["table_name"] == table) & (lineage["record_id"] == record_id)]
    for name in _names(variable):
        found = own[own["variable"] == name]
        if len(found):
            return found
    return own.iloc[:0]


def _names(variable: str) -> Iterator[str]:
    """Yield the names under which the rows of a column may stand: its own, then that without the ending of a part."""
    yield variable
    for part in _PARTS:
        if variable.endswith(part):
            yield from _names(variable.removesuffix(part))


def _computed(resource: dict[str, Any], table: str, variable: str, edition: Edition) -> dict[str, Any]:
    fields: dict[str, dict[str, Any]] = {field["name"]: field for field in resource["schema"]["fields"]}
    if not isinstance(variable, str) or variable not in fields:
        raise UnknownNameError.of("variable", variable, fields, where=f"table {table!r}, edition {edition.version}")
    if "derived" not in fields[variable]:
        raise ArgumentError(
            f"{table}.{variable} is coded, not computed: evidence({table!r}, …, {variable!r}) returns its readings. "
            f"Computed columns: {', '.join(name for name, field in fields.items() if 'derived' in field) or 'none'}."
        )
    return fields[variable]


def _row(resource: dict[str, Any], table: str, record_id: str, edition: Edition) -> dict[str, Any]:
    key = resource["schema"]["primaryKey"]
    frame = load(table, edition)  # type: ignore[call-overload]
    keys = frame[key].astype(str).agg("/".join, axis=1)
    if not isinstance(record_id, str) or record_id not in set(keys):
        raise unknown_record(table, record_id, keys, edition)
    found: dict[str, Any] = frame[keys == record_id].iloc[0].to_dict()
    return found


def _plain(value: Any) -> Any:
    import pandas as pd

    if not isinstance(value, str) and pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value.item() if hasattr(value, "item") else value


def _how(how: str | dict[str, str], variable: str) -> str:
    if isinstance(how, str):
        return how
    return next((how[name] for name in _names(variable) if name in how), "rule")


def _arithmetic(how: str, rows: pd.DataFrame, value: Any) -> str:
    weights = rows["weight"]
    count = len(rows)
    if how == "count":
        return f"{count} rows, each counted once: {value}"
    if how == "sum":
        return f"{' + '.join(f'{weight:g}' for weight in weights) or 0} = {value}"
    if how in ("highest", "least") and count:
        return f"the {how} of {count} rows is {value}"
    if how == "share" and count:
        return f"{weights.sum():g} of {count} = {value}"
    if how == "balance" and count:
        notes = rows["note"].value_counts()
        sides = [int(notes.get(side, 0)) for side in ("for", "against")]
        return (
            f"({sides[0]} − {sides[1]}) / ({count} + 1.5) = {(sides[0] - sides[1]) / (count + 1.5):.2f}; {count} voices"
        )
    if how == "same" and count:
        return f"taken from {count} row{'s' if count > 1 else ''}"
    return "as the rule says"


def _labelled(rows: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Add to each row what it says."""
    found = rows[["from_table", "from_id", "weight", "note"]].set_axis(
        ["table_name", "record_id", "weight", "note"], axis=1
    )
    found = found.reset_index(drop=True)
    labels: dict[tuple[str, str], str] = {}
    for name in dict.fromkeys(found["table_name"]):
        labels |= {(name, key): label for key, label in _labels(name, edition).items()}
    keys = zip(found["table_name"], found["record_id"], strict=True)
    return found.assign(label=[labels.get(key, "") for key in keys])


def _labels(table: str, edition: Edition) -> dict[str, str]:
    schema = edition.resource(table)["schema"]
    frame = load(table, edition)  # type: ignore[call-overload]
    keys = frame[schema["primaryKey"]].astype(str).agg("/".join, axis=1)
    parent = _PARENTS.get(table)
    if parent:
        labels = _labels(parent[0], edition)
        return {key: labels.get(value, "") for key, value in zip(keys, frame[parent[1]], strict=True)}
    column = next((name for name in ("summary", "name", "note", "reading", "searched") if name in frame), None)
    return dict(zip(keys, frame[column].astype("string").fillna(""), strict=True)) if column else {}


_PARENTS = {"reactions": ("responses", "response_id"), "response_items": ("responses", "response_id")}
"""Tables whose rows rest on the evidence of a row of another, and the column that names it."""


def evidenced(table: str, record_id: str, edition: Edition) -> tuple[str, str]:
    """Return the table and key of the row that carries the evidence of a row."""
    if table not in _PARENTS:
        return table, record_id
    parent, column = _PARENTS[table]
    schema = edition.resource(table)["schema"]
    frame = load(table, edition)  # type: ignore[call-overload]
    keys = frame[schema["primaryKey"]].astype(str).agg("/".join, axis=1)
    return parent, str(frame.loc[keys == record_id, column].iloc[0])
