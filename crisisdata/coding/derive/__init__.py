"""Computed variables and tables.

Each rule is a function that the schema names in `derived`; its docstring is what the codebook shows. A rule takes one
row and the `Lookup` around it and returns cells.
"""

from __future__ import annotations

from pathlib import Path

from crisisdata._record import RECORD
from crisisdata.coding.derive import agreement, evidence, measures, records, summaries
from crisisdata.coding.derive.country_month import country_months, sender_months
from crisisdata.coding.derive.definitions import DEFINITIONS, definitions
from crisisdata.coding.derive.lookup import RULES, Lookup
from crisisdata.coding.derive.matrix import matrix_rows
from crisisdata.coding.derive.reactions import reaction_rows
from crisisdata.coding.derive.timeline import codes, timeline
from crisisdata.coding.rows import Coding, Row
from crisisdata.coding.schema import Schema
from crisisdata.errors import InvalidSchemaError

__all__ = [
    "DEFINITIONS",
    "RULES",
    "Lookup",
    "agreement",
    "computed_fields",
    "derive",
    "evidence",
    "measures",
    "read_schema",
    "records",
    "summaries",
]

# The fields of tables whose rows are made as a whole, or are completed when editions are compared.
_OF_WHOLE_TABLES = {
    "definitions": ("candidate_id", "definition", "episode_id"),
    "country_month": ("iso3", "month"),
    "reaction_matrix": ("actor_id", "episode_id"),
    "sender_month": (
        "sender_id", "sender_iso3", "sender_cow_code", "sender_gw_code", "iso3", "month", "cow_code", "gw_code",
        "measures_low", "measures_best", "measures_high", "measure_types", "days_low", "days_best", "days_high",
    ),
    "timeline": ("event_date", "iso3", "episode_id", "day", "actor_id", "label", "table_name", "record_id", "variable"),
    "missing_values": ("table_name", "record_id", "variable", "reason"),
    "lineage": ("table_name", "record_id", "variable", "from_table", "from_id", "weight", "note"),
    **agreement.COMPUTED,
    RECORD: ("kind", "old_value", "new_value"),
}  # fmt: skip


def read_schema(folder: Path | None = None) -> Schema:
    """Read the schema files, and check that a rule computes each derived column.

    Parameters
    ----------
    folder
        Folder of the schemas; by default, that of the package.

    Raises
    ------
    InvalidSchemaError
        If the files have faults; the error lists all of them.

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
    """Return all tables of an edition, including derived columns and tables."""
    lookup = Lookup(coding)
    lookup.rows["definitions"] = list(definitions(lookup))
    lookup.rows |= {"reactions": [], "reaction_matrix": [], "sender_month": []}
    agreement.add_first_codings(lookup)
    # From the bottom up: a table comes after those whose computed columns its own rules use.
    others = [name for name in coding.schema.tables if name not in (*_FIRST, *_LAST)]
    for name in (*_FIRST, *others, *_LAST):
        if name == "reactions":
            lookup.rows[name] = list(reaction_rows(lookup))
        elif name == "reaction_matrix":
            lookup.rows[name] = list(matrix_rows(lookup))
        elif name == "country_month":
            lookup.rows[name] = list(country_months(lookup))
        _compute(name, lookup)
    lookup.rows["sender_month"] = list(sender_months(lookup))
    lookup.rows["missing_values"] = coding.missing
    lookup.rows["codes"] = list(codes(coding.schema))
    lookup.rows["timeline"] = list(timeline(lookup))
    lookup.rows |= agreement.tables(lookup)
    lookup.rows["lineage"] = _unique(lookup.lineage)
    for name in ("sender_month", "missing_values", "codes", "timeline", "lineage", *agreement.COMPUTED):
        _refuse_empty_columns(name, lookup)
    return lookup.rows


_FIRST = (
    "evidence",
    "response_items",
    "responses",
    "reactions",
    "sanctions",
    "support",
    "polls",
    "authority_acts",
    "milestones",
    "triggers",
)
_LAST = ("episodes", "country_month")


def _unique(lineage: list[Row]) -> list[Row]:
    """Return each contribution once: a row may be reached in several ways from one value."""
    return list({tuple(list(row.values())[:5]): row for row in lineage}.values())


def _compute(name: str, lookup: Lookup) -> None:
    table = lookup.schema.tables[name]
    wanted = {item.derived for item in table.fields.values() if item.derived}
    # In the order in which the rules stand in their module: a later one may use an earlier one.
    rules = [r for (where, r_name), r in RULES.items() if where == name and r_name in wanted]
    for row in lookup.rows[name]:
        for each in rules:
            row |= each.compute(row, lookup)
    _refuse_empty_columns(name, lookup)


def _refuse_empty_columns(table: str, lookup: Lookup) -> None:
    """Refuse columns that no rule has filled: once published, they would be empty, as if nothing were known."""
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
