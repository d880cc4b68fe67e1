"""From a coded value back to its sources."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from crisisdata._editions import Edition
from crisisdata._legacy import frame_of
from crisisdata._lineage import LINEAGE, STANDS_FOR, by_cell, entering, evidenced, field_of, row_of
from crisisdata._load import load
from crisisdata._record import refuse_withdrawn
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from crisisdata._names import TableName

_OF_SOURCE = ["source_id", "title", "publisher", "source_date", "url", "language", "kind"]
_RESULT = [
    "table_name", "record_id", "variables", "relation", "confidence", "publishers", "reading", "locator",
    "source_id", "title", "publisher", "source_date", "url", "language", "kind", "coder",
]  # fmt: skip


def evidence(
    table: TableName,
    record_id: str,
    variable: str | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
) -> pd.DataFrame:
    """Return the readings that support a record, or one of its values.

    Parameters
    ----------
    table, record_id
        The record: its table and its key.
    variable
        A column of the table. None gives the evidence of the whole record. The bounds and the precision
        of a date have the evidence of the date. A computed column has the evidence of the rows from which it
        is computed, which `explain` lists; in editions before 1.0, of all rows under the record
        in the tables that its rule uses. Rows of `reactions` and `response_items` have the evidence of their response.
    version
        As in `load`.

    Returns
    -------
    pandas.DataFrame
        One row per reading: what the source says in our words (`reading`), where in the source
        (`locator`), whether it `supports` or `contradicts` (`relation`), how well the value is
        supported by all readings together (`confidence`, `publishers`), and the source.

    Raises
    ------
    UnknownNameError
        If the table, record, variable or edition does not exist.
    ArgumentError
        If the rows of the table have no evidence, and the variable is not computed from rows that do.

    Examples
    --------
    >>> import crisisdata as cd
    >>> found = cd.evidence("episodes", "mli-2021-05", "first_act_date")
    >>> "icg-2021-05-27" in set(found["source_id"])
    True
    """
    edition = Edition.find(version)
    refuse_withdrawn(table, record_id, edition)
    edition.resource(table)
    readings = frame_of("evidence", edition)
    if LINEAGE in edition.tables:
        chosen = _of_cell(readings, edition, table, record_id, variable)
    else:
        chosen = _before_lineage(readings, edition, table, record_id, variable)
    sources = load("sources", edition)
    dates = {"date": "source_date", "published_date": "source_date"}  # the former in editions before 1.0
    return chosen.merge(sources.rename(columns=dates)[_OF_SOURCE], on="source_id", how="left", validate="m:1")[_RESULT]


def _of_cell(
    readings: pd.DataFrame, edition: Edition, table: str, record_id: str, variable: str | None
) -> pd.DataFrame:
    """Return the readings of a record, of a coded value, or of the rows used for a computed one."""
    carriers = _carriers(readings, edition)
    row = row_of(edition, table, record_id) if table in carriers or variable is not None else None
    field = None if variable is None else field_of(edition, table, variable)
    if row is not None and field is not None and "derived" in field:
        rows = entering(edition, table, row, record_id, field, by_cell(edition, table, record_id))
        entered = zip(rows["from_table"], rows["from_id"], strict=True)
        return _of_records(readings, evidenced(edition, entered, carriers))
    records = evidenced(edition, [(table, record_id)], carriers)
    if not records:
        raise ArgumentError.of("table", table, [name for name in edition.tables if name in carriers])
    own = _of_records(readings, records)
    return own if variable is None or records != [(table, record_id)] else _bearing_on(own, edition, table, variable)


def _of_records(readings: pd.DataFrame, records: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return the readings of records, in the order of the records."""
    import pandas as pd

    wanted = {record: number for number, record in enumerate(dict.fromkeys(records))}
    places = [wanted.get(record, -1) for record in zip(readings["table_name"], readings["record_id"], strict=True)]
    order = pd.Series(places, index=readings.index)
    return readings.loc[order[order >= 0].sort_values(kind="stable").index]


def _before_lineage(
    readings: pd.DataFrame, edition: Edition, table: str, record_id: str, variable: str | None
) -> pd.DataFrame:
    """Return the same for an edition before 1.0, where the key of a row shows which rows belong to it."""
    carriers = _carriers(readings, edition)
    if table not in carriers:
        raise ArgumentError.of("table", table, [name for name in edition.tables if name in carriers])
    row_of(edition, table, record_id)
    own = _of_records(readings, [(table, record_id)])
    if variable is None:
        return own
    name = _main_column(edition, table, variable)
    rule = field_of(edition, table, name).get("derived")
    if rule:
        uses = edition.descriptor["rules"][f"{table}.{rule}"]["uses"]
        below = readings["record_id"].str.startswith(f"{record_id}/") | (readings["record_id"] == record_id)
        return readings[readings["table_name"].isin(uses) & below]
    return _bearing_on(own, edition, table, variable)


def _carriers(readings: pd.DataFrame, edition: Edition) -> set[str]:
    """Return the tables whose rows have their own readings."""
    cited = set(readings["table_name"])
    return {
        name
        for name, resource in edition.resources.items()
        if name in cited or (resource["group"] == "coded" and name not in STANDS_FOR)
    }


def _bearing_on(readings: pd.DataFrame, edition: Edition, table: str, variable: str) -> pd.DataFrame:
    """Return the readings that bear on one variable of their record."""
    name = _main_column(edition, table, variable)
    bears_on = [
        not isinstance(names, str) or name in [part.strip() for part in names.split(";")]
        for names in readings["variables"]
    ]
    return readings[bears_on]


def _main_column(edition: Edition, table: str, variable: str) -> str:
    """Return the column under which readings refer to a variable: that of the date for its bounds and precision."""
    field_of(edition, table, variable)
    fields = {field["name"] for field in edition.resource(table)["schema"]["fields"]}
    name = variable.removesuffix("_latest").removesuffix("_precision")
    return name if name in fields else variable
