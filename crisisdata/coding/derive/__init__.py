"""Computed variables and tables.

Each rule is a function whose name stands in the schema as `derived`; its docstring is what the
codebook shows. A rule takes one row and the `Lookup` around it and returns cells.
"""

from __future__ import annotations

from pathlib import Path

from crisisdata._record import RECORD
from crisisdata.coding.derive import evidence, records, summaries
from crisisdata.coding.derive.country_month import country_months
from crisisdata.coding.derive.definitions import DEFINITIONS, definitions
from crisisdata.coding.derive.lookup import RULES, Lookup
from crisisdata.coding.derive.timeline import codes, timeline
from crisisdata.coding.rows import Coding, Row
from crisisdata.coding.schema import Schema
from crisisdata.errors import InvalidSchemaError

__all__ = ["DEFINITIONS", "RULES", "computed_fields", "derive", "evidence", "read_schema", "records", "summaries"]

# The fields of tables whose rows are made as a whole, or are completed when editions are compared.
_OF_WHOLE_TABLES = {
    "definitions": ("candidate_id", "definition", "episode_id"),
    "country_month": ("iso3", "month"),
    "timeline": ("date", "iso3", "episode_id", "day", "actor_id", "label", "table", "record_id", "variable"),
    "missing_values": ("table", "record_id", "variable", "reason"),
    "codes": ("list", "code", "label", "order", "value", "definition", "example", "source_id"),
    RECORD: ("kind", "old", "new"),
}


def read_schema(folder: Path | None = None) -> Schema:
    """Read the schema files, and check that a rule computes each column that they call derived.

    Parameters
    ----------
    folder
        Folder of the schemas; that of the package by default.

    Raises
    ------
    InvalidSchemaError
        Something is wrong in the files; the error lists every fault.

    Examples
    --------
    >>> read_schema().tables["sanctions"].fields["status"].derived
    'sanction_status'
    """
    return Schema.read(folder, computed_fields())


def computed_fields() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the fields that each rule computes, by table and name of the rule."""
    computed = {key: rule.computes for key, rule in RULES.items()}
    return computed | {(name, name): fields for name, fields in _OF_WHOLE_TABLES.items()}


def derive(coding: Coding) -> dict[str, list[Row]]:
    """Return all tables of an edition, the derived columns and tables with them."""
    lookup = Lookup(coding)
    lookup.rows["definitions"] = list(definitions(lookup))
    lookup.rows["country_month"] = list(country_months(lookup))
    # From the bottom up: the summaries of an episode use derived columns of its measures.
    for name, table in reversed(coding.schema.tables.items()):
        wanted = {item.derived for item in table.fields.values() if item.derived}
        # In the order in which the rules stand in this module: a later one may use an earlier one.
        rules = [r for (where, r_name), r in RULES.items() if where == name and r_name in wanted]
        for row in lookup.rows[name]:
            for each in rules:
                row |= each.compute(row, lookup)
        _refuse_empty_columns(name, lookup)
    lookup.rows["missing_values"] = coding.missing
    lookup.rows["codes"] = list(codes(coding.schema))
    lookup.rows["timeline"] = list(timeline(lookup))
    for name in ("missing_values", "codes", "timeline"):
        _refuse_empty_columns(name, lookup)
    return lookup.rows


def _refuse_empty_columns(table: str, lookup: Lookup) -> None:
    """Refuse columns that no rule has filled: published they would be empty, as if nothing were known."""
    faults, computed = [], computed_fields()
    for item in lookup.schema.tables[table].fields.values():
        place = f"schemas/tables/{table}.yaml: {item.name}"
        if item.derived and (table, item.derived) not in computed:
            faults.append(f"{place}: there is no rule for {table} called {item.derived!r}")
        for row in lookup.rows[table][:1] if table != RECORD else ():  # the record is completed afterwards
            if lacking := [column.name for column in item.columns() if column.name not in row]:
                why = f"the rule {item.derived!r} does not compute it" if item.derived else "nothing fills it"
                faults.append(f"{place}: {', '.join(lacking)} would be empty in every row: {why}")
    if faults:
        raise InvalidSchemaError(faults)
