"""Computed variables and tables.

Each rule is a function whose name stands in the schema as `derived`; its docstring is what the
codebook shows. A rule takes one row and the `Lookup` around it and returns cells.
"""

from __future__ import annotations

from crisisdata.coding.derive import evidence, records, summaries
from crisisdata.coding.derive.country_month import country_months
from crisisdata.coding.derive.definitions import DEFINITIONS, definitions
from crisisdata.coding.derive.lookup import RULES, Lookup
from crisisdata.coding.derive.timeline import codes, timeline
from crisisdata.coding.rows import Coding, Row

__all__ = ["DEFINITIONS", "RULES", "derive", "evidence", "records", "summaries"]


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
    lookup.rows["missing_values"] = coding.missing
    lookup.rows["codes"] = list(codes(coding.schema))
    lookup.rows["timeline"] = list(timeline(lookup))
    return lookup.rows
