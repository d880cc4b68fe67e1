"""The derived tables of codes and of dates."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.derive.lookup import Lookup, date_cells
from crisisdata.coding.rows import Row, split
from crisisdata.coding.schema import Schema


def codes(schema: Schema) -> Iterator[Row]:
    attributes = {name for code_list in schema.codes.values() for name in code_list.attributes}
    for name, code_list in schema.codes.items():
        for order, code in enumerate(code_list.codes.values(), 1):
            yield {
                "code_list": name,
                "code": code.code,
                "label": code.label,
                "sort_order": order,
                "value": code.value,
                "definition": code.definition,
                "example": code.example,
                "source_id": code.source_id,
                **dict.fromkeys(attributes),
                **{name: code_list.attributes[name].typed(cell) for name, cell in code.attributes.items()},
            }


_WHO = ("actor_id", "actor_ids", "sender_id", "pollster_id", "head_id", "claimant_id", "leader_id")


def timeline(lookup: Lookup) -> Iterator[Row]:
    """Every date of every row of the coded tables."""
    coded = [table.name for table in lookup.schema.tables.values() if table.group == "coded"]
    rows = (row for name in coded for row in _dated(name, lookup))
    yield from sorted(rows, key=lambda row: (row["event_date"], row["table_name"], row["record_id"], row["variable"]))


def _dated(table_name: str, lookup: Lookup) -> Iterator[Row]:
    table = lookup.schema.tables[table_name]
    variables = [name for name, item in table.fields.items() if item.edtf and item.derived is None]
    sanctions = {row["sanction_id"]: row for row in lookup.rows["sanctions"]}
    for row in lookup.rows[table_name]:
        owner = sanctions.get(row.get("sanction_id", ""), row)
        episodes = [e for key in _episodes_of(owner) if (e := lookup.episodes.get(key))]
        episode = episodes[0] if episodes else None
        for name in variables:
            if row[name] is None:
                continue
            start = episode["first_act_date"] if episode and row[f"{name}_precision"] == "day" else None
            yield {
                **date_cells("event_date", row, of=name),
                "iso3": episode["iso3"] if episode else row["iso3"],
                "episode_id": episode["episode_id"] if episode else None,
                "day": (row[name] - start).days if start else None,
                "actor_id": next((split(owner[column], ";")[0] for column in _WHO if owner.get(column)), None),
                "label": _label(table_name, row, owner, name, lookup),
                "table_name": table_name,
                "record_id": row[table.key],
                "variable": name,
            }


def _episodes_of(row: Row) -> list[str]:
    return split(row.get("episode_id") or row.get("episode_ids"), ";")


def _label(table_name: str, row: Row, owner: Row, variable: str, lookup: Lookup) -> str:
    table = lookup.schema.tables[table_name]
    if table_name == "sanction_events":
        return f"{owner['name']}: {lookup.schema.codes['sanction_action'].codes[row['action']].label.lower()}"
    own = row[table.label] if table.label else row[table.key]
    return own if variable == "event_date" else f"{own}: {variable.removesuffix('_date').replace('_', ' ')}"
