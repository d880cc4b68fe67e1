"""From a coded value back to its sources."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from crisisdata._editions import Edition
from crisisdata._legacy import frame_of
from crisisdata._load import load
from crisisdata._record import refuse_withdrawn, unknown_record, unknown_variable
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from crisisdata._names import TableName

_OF_SOURCE = ["source_id", "title", "publisher", "date", "url", "language", "kind"]
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
    """Return the readings on which a record, or one value of it, rests.

    Parameters
    ----------
    table, record_id
        The record: its table and its key.
    variable
        One column of it. None gives the evidence of the whole record. The bounds and the precision
        of a date have the evidence of the date. A computed column has the evidence of the rows it
        is computed from: `codebook` says by which rule.
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
        There is no such table, record, variable or edition.
    ArgumentError
        The table is one whose rows carry no evidence of their own.

    Examples
    --------
    >>> import crisisdata as cd
    >>> found = cd.evidence("episodes", "mli-2021-05", "first_act_date")
    >>> "icg-2021-05-27" in set(found["source_id"])
    True
    """
    edition = Edition.find(version)
    refuse_withdrawn(table, record_id, edition)
    resource = edition.resource(table)
    readings = frame_of("evidence", edition)
    cited = set(readings["table_name"])
    with_readings = [name for name, other in edition.resources.items() if other["group"] == "coded" or name in cited]
    if table not in with_readings:
        raise ArgumentError.of("table", table, with_readings)
    key = resource["schema"]["primaryKey"][0]
    records = load(table, edition)[key]
    if not isinstance(record_id, str) or record_id not in set(records):
        raise unknown_record(table, record_id, records, edition)
    if variable is None:
        chosen = readings[(readings["table_name"] == table) & (readings["record_id"] == record_id)]
    else:
        chosen = _of_variable(readings, edition, table, record_id, variable)
    sources = load("sources", edition)[_OF_SOURCE].rename(columns={"date": "source_date"})
    return chosen.merge(sources, on="source_id", how="left", validate="m:1")[_RESULT]


def _of_variable(readings: pd.DataFrame, edition: Edition, table: str, record_id: str, variable: str) -> pd.DataFrame:
    fields = {field["name"]: field for field in edition.resource(table)["schema"]["fields"]}
    if not isinstance(variable, str) or variable not in fields:
        raise unknown_variable(table, variable, fields, edition)
    name = variable.removesuffix("_latest").removesuffix("_precision")
    name = name if name in fields else variable
    rule = fields[name].get("derived")
    if rule:
        uses = edition.descriptor["rules"][f"{table}.{rule}"]["uses"]
        below = readings["record_id"].str.startswith(f"{record_id}/") | (readings["record_id"] == record_id)
        return readings[readings["table_name"].isin(uses) & below]
    own = readings[(readings["table_name"] == table) & (readings["record_id"] == record_id)]
    bears_on = [
        not isinstance(names, str) or name in [part.strip() for part in names.split(";")] for names in own["variables"]
    ]
    return own[bears_on]
