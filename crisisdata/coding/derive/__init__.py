"""Computed variables and tables.

Each rule is a function whose name stands in the schema as `derived`; its docstring is what the
codebook shows. A rule takes one row and the `World` around it and returns cells.
"""

from __future__ import annotations

from crisisdata.coding.derive import readings, records, summaries
from crisisdata.coding.derive.timeline import codes, timeline
from crisisdata.coding.derive.world import RULES, World
from crisisdata.coding.validate import Coding, Row

__all__ = ["RULES", "derive", "readings", "records", "summaries"]


def derive(coding: Coding) -> dict[str, list[Row]]:
    """Return all tables of an edition, the derived columns and tables with them."""
    world = World(coding)
    # From the bottom up: the summaries of an episode use derived columns of its measures.
    for name, table in reversed(coding.schema.tables.items()):
        wanted = {item.derived for item in table.fields.values() if item.derived}
        # In the order in which the rules stand in this module: a later one may use an earlier one.
        rules = [r for (where, r_name), r in RULES.items() if where == name and r_name in wanted]
        for row in world.rows[name]:
            for each in rules:
                row |= each.compute(row, world)
    world.rows["missing_values"] = coding.missing
    world.rows["codes"] = list(codes(coding.schema))
    world.rows["timeline"] = list(timeline(world))
    return world.rows
