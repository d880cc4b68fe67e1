"""From a computed value to the rows and the arithmetic behind it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._legacy import needs_edition
from crisisdata._lineage import RULE, by_cell, entering, field_of, keys_of, names_of, row_of, rule_of
from crisisdata._load import load
from crisisdata._record import refuse_withdrawn
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from crisisdata._names import TableName

_SAYING = ("summary", "name", "note", "reading", "searched")
"""Candidate columns; the first that a table has says what its rows are about."""


@dataclass(frozen=True)
class Explanation:
    """A computed value and the rows from which it is computed.

    Attributes
    ----------
    table, record_id, variable
        The cell.
    value
        Its value as a Python object; None if it is missing.
    rule
        Name of the rule that computes it.
    text
        The rule as the codebook states it.
    arithmetic
        How the value follows from the rows.
    rows
        The rows used: `table_name`, `record_id`, `weight`, `note` (how the row is used) and `label` (what the
        row says).

    Examples
    --------
    >>> import crisisdata as cd
    >>> cd.explain("episodes", "mli-2021-05", "coercion").rule
    'response_coercion'
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
        head = f"{self.table}.{self.variable} of {self.record_id}: {self.value}"
        listed = self.rows.to_string(index=False) if len(self.rows) else "No row enters."
        return f"{head}\n{self.arithmetic}\n\n{self.text}\n\n{listed}"

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON-compatible objects, with dates as text.

        Returns
        -------
        dict
            The attributes by name; `rows` as a list of dicts.

        Examples
        --------
        >>> import crisisdata as cd
        >>> cd.explain("episodes", "mli-2020-08", "organised_for").as_dict()["variable"]
        'organised_for'
        """
        value = self.value.isoformat() if hasattr(self.value, "isoformat") else self.value
        rows = self.rows.astype(object).where(self.rows.notna(), None).to_dict("records")
        names = ("table", "record_id", "variable", "rule", "text", "arithmetic")
        return {**{name: getattr(self, name) for name in names}, "value": value, "rows": rows}


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
        The row: its table and its key. Join the parts of a key of several columns with slashes.
    variable
        A computed column of the table. The bounds and the precision of a date, and the low and high of an estimate,
        have the rows of the value itself.
    version
        As in `load`; the edition must be 1.0 or later, or a custom edition.

    Returns
    -------
    Explanation
        ``rows`` has one row per row used, or the row itself if no others are used; ``print`` shows everything.
        `evidence` on the same cell returns the readings behind those rows.

    Raises
    ------
    UnknownNameError
        If the table, record or variable does not exist.
    ArgumentError
        If the column is coded rather than computed, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> why = cd.explain("episodes", "mli-2020-08", "organised_for")
    >>> bool(why.value == len(why.rows))
    True
    """
    edition = Edition.find(version)
    needs_edition("1.0", "explain", edition, hint="For the rules of this edition use crisisdata.codebook.")
    refuse_withdrawn(table, record_id, edition)
    field = _computed(edition, table, variable)
    row = row_of(edition, table, record_id)
    rows = entering(edition, table, row, record_id, field, by_cell(edition, table, record_id))
    labels = {name: _labels(name, edition) for name in dict.fromkeys(rows["from_table"])}
    return _explanation(edition, record_id, field, _plain(row[variable]), table, _labelled(rows, labels))


def _explanation(
    edition: Edition, record_id: str, field: dict[str, Any], value: Any, table: str, rows: pd.DataFrame
) -> Explanation:
    rule, variable = rule_of(edition, table, field), field["name"]
    arithmetic = _arithmetic(_way(rule.get("how", RULE), variable), rows, value, variable)
    return Explanation(table, record_id, variable, value, field["derived"], rule["text"], arithmetic, rows)


def explanations(
    table: TableName,
    variables: Iterable[str] | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
) -> Iterator[Explanation]:
    """Return what `explain` returns for every computed value of a table, in one pass over the edition.

    Parameters
    ----------
    table
        Name of a table.
    variables
        Computed columns of the table. None gives all except the bounds and the precision of dates, which have the
        rows of the date.
    version
        As in `explain`.

    Returns
    -------
    iterator of Explanation
        Row by row, with the columns of each row in order. Cells with neither a value nor rows behind them are
        omitted.

    Raises
    ------
    UnknownNameError
        If the table or variable does not exist.
    ArgumentError
        If a column is coded rather than computed, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> {why.variable for why in cd.explanations("episodes", ["coercion"])}
    {'coercion'}
    """
    edition = Edition.find(version)
    needs_edition("1.0", "explanations", edition)
    if variables is not None:
        return _each(edition, table, [_computed(edition, table, name) for name in variables])
    fields = [
        field
        for field in edition.resource(table)["schema"]["fields"]
        if "derived" in field and not field["name"].endswith(("_latest", "_precision"))
    ]
    return _each(edition, table, fields)


def _each(edition: Edition, table: str, fields: list[dict[str, Any]]) -> Iterator[Explanation]:
    frame = load(table, edition)  # type: ignore[call-overload]
    lineage = by_cell(edition, table)
    labels: dict[str, dict[str, str]] = {}
    for record_id, row in zip(keys_of(edition, table, frame), frame.to_dict("records"), strict=True):
        for field in fields:
            value = _plain(row[field["name"]])
            entered = entering(edition, table, row, record_id, field, lineage)
            if value is None and entered.empty:
                continue
            for name in set(entered["from_table"]) - labels.keys():
                labels[name] = _labels(name, edition)
            yield _explanation(edition, record_id, field, value, table, _labelled(entered, labels))


def _computed(edition: Edition, table: str, variable: object) -> dict[str, Any]:
    field = field_of(edition, table, variable)
    if "derived" not in field:
        computed = [each["name"] for each in edition.resource(table)["schema"]["fields"] if "derived" in each]
        raise ArgumentError(
            f"{table}.{variable} is coded, not computed; crisisdata.evidence returns its readings. "
            f"Computed columns of {table}: {', '.join(computed) or 'none'}."
        )
    return field


def _plain(value: Any) -> Any:
    """Return a cell as a Python object; None if there is no value."""
    import pandas as pd

    if not isinstance(value, str) and pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def _way(how: str | dict[str, str], variable: str) -> str:
    """Return the arithmetic of a column: that of its rule, or its own if the rule has one for each column."""
    if isinstance(how, str):
        return how
    return next((how[name] for name in names_of(variable) if name in how), RULE)


def _arithmetic(way: str, rows: pd.DataFrame, value: Any, variable: str) -> str:
    count = len(rows)
    weights = [f"{weight:g}" for weight in rows["weight"]]
    counted = f"{count} row{'' if count == 1 else 's'}"
    if value is None:
        return f"no value, from {counted}; the rule says when there is no value"
    if not count:
        return f"no rows are used; the rule then gives {value}"
    if way == "count":
        return f"{counted}, each counted once: {value}"
    if way == "sum":
        return f"{' + '.join(weights)} = {value}"
    if way in ("highest", "least"):
        found = max(rows["weight"]) if way == "highest" else min(rows["weight"])
        return f"{way} weight of {counted}: {found:g}" + ("" if found == value else f", that is {value}")
    if way == "share":
        return f"{rows['weight'].sum():g} / {count} = {value}"
    if way == "balance":
        return _balance(rows, value, variable)
    return f"taken from {counted}" if way == "same" else f"from {counted}, as the rule says"


def _balance(rows: pd.DataFrame, value: Any, variable: str) -> str:
    sides = rows["note"].value_counts()
    favourable, against = (int(sides.get(side, 0)) for side in ("for", "against"))
    balance = (favourable - against) / (len(rows) + 1.5)
    sum_ = f"({favourable} − {against}) / ({len(rows)} + 1.5) = {balance:.3f}"
    return sum_ if variable.endswith("_balance") else f"{sum_}; from the same counts, as the rule says: {value}"


def _labelled(rows: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Add to each row what it says."""
    import pandas as pd

    tables, keys = rows["from_table"].tolist(), rows["from_id"].tolist()
    said = [labels[table].get(key, key) for table, key in zip(tables, keys, strict=True)]
    notes = pd.array(rows["note"].tolist(), dtype="string")
    texts = {name: pd.array(each, dtype="string") for name, each in (("table_name", tables), ("record_id", keys))}
    weights = rows["weight"].array
    return pd.DataFrame({**texts, "weight": weights, "note": notes, "label": pd.array(said, dtype="string")})


def _labels(table: str, edition: Edition) -> dict[str, str]:
    """Return what each row of a table says, by its key."""
    frame = load(table, edition)  # type: ignore[call-overload]
    keys = keys_of(edition, table, frame)
    if table in ("reactions", "response_items"):  # their response says it
        said = frame["response_id"].map(_labels("responses", edition))
    else:
        column = next((name for name in _SAYING if name in frame), None)
        said = frame[column] if column else keys
    return dict(zip(keys, said.astype("string").fillna(keys), strict=True))
