"""Computed variables and tables.

Each rule is a function whose name stands in the schema as `derived`; its docstring is what the
codebook shows. A rule takes one row and the `Lookup` around it and returns cells.
"""

from __future__ import annotations

from crisisdata.coding.derive import measures, readings, records, summaries
from crisisdata.coding.derive.definitions import DEFINITIONS, definitions
from crisisdata.coding.derive.lookup import RULES, Lookup
from crisisdata.coding.derive.months import country_months, sender_months
from crisisdata.coding.derive.reactions import reaction_rows
from crisisdata.coding.derive.timeline import codes, timeline
from crisisdata.coding.rows import Coding, Row

__all__ = ["DEFINITIONS", "RULES", "derive", "measures", "readings", "records", "summaries"]


def derive(coding: Coding) -> dict[str, list[Row]]:
    """Return all tables of an edition, the derived columns and tables with them."""
    lookup = Lookup(coding)
    lookup.rows["definitions"] = list(definitions(lookup))
    lookup.rows["reactions"], lookup.rows["sender_month"] = [], []
    # From the bottom up: a table comes after those whose computed columns its own rules use.
    others = [name for name in coding.schema.tables if name not in (*_FIRST, *_LAST)]
    for name in (*_FIRST, *others, *_LAST):
        if name == "reactions":
            lookup.rows[name] = list(reaction_rows(lookup))
        elif name == "country_month":
            lookup.rows[name] = list(country_months(lookup))
        _compute(name, lookup)
    lookup.rows["sender_month"] = list(sender_months(lookup))
    lookup.rows["missing_values"] = coding.missing
    lookup.rows["codes"] = list(codes(coding.schema))
    lookup.rows["timeline"] = list(timeline(lookup))
    lookup.rows["lineage"] = _unique(lookup.lineage)
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
    """Return each contribution once: a row may be looked at on several ways to one value."""
    return list({tuple(list(row.values())[:5]): row for row in lineage}.values())


def _compute(name: str, lookup: Lookup) -> None:
    table = lookup.schema.tables[name]
    wanted = {item.derived for item in table.fields.values() if item.derived}
    # In the order in which the rules stand in their module: a later one may use an earlier one.
    rules = [r for (where, r_name), r in RULES.items() if where == name and r_name in wanted]
    for row in lookup.rows[name]:
        for each in rules:
            row |= each.compute(row, lookup)
