"""The description of an edition as `data-dict.yaml`: a dictionary that people read and `data-dict` checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import yaml

NAME = "data-dict.yaml"
_EXAMPLES = 5
_LONGEST_EXAMPLE = 80
_SELF = "this"


def text(descriptor: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> str:
    """Return the content of the file, from the Data Package descriptor of the edition and its tables."""
    return yaml.safe_dump(describe(descriptor, tables), sort_keys=False, allow_unicode=True, width=120)


def describe(descriptor: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return the dictionary as an object."""
    resources = {resource["name"]: resource for resource in descriptor["resources"]}
    return {
        "$version": "0.1.0",
        "$learn_more": "https://data-dict.tidyverse.org/",
        "name": descriptor["name"],
        "label": descriptor["title"],
        "description": descriptor["description"],
        "details": " ".join([descriptor["coding"], *descriptor["rai"]["dataLimitations"]]),
        "version": {"number": f"{descriptor['version']}.0"},
        "tables": [_table(resource, tables[name]) for name, resource in resources.items()],
        "relationships": [each for resource in resources.values() for each in _relationships(resource, resources)],
    }


def _table(resource: Mapping[str, Any], rows: pa.Table) -> dict[str, Any]:
    schema = resource["schema"]
    foreign = {key["fields"][0] for key in schema["foreignKeys"]}
    return {
        "name": resource["name"],
        "label": resource["title"],
        "description": f"{resource['description']} A row is {resource['grain']}.",
        "details": f"Included: {resource['population']}",
        "source": {"parquet": resource["path"]},
        "columns": [
            _column(
                field,
                rows[field["name"]],
                primary=field["name"] in schema["primaryKey"],
                foreign=field["name"] in foreign,
            )
            for field in schema["fields"]
        ],
    }


def _column(field: Mapping[str, Any], values: pa.ChunkedArray, *, primary: bool, foreign: bool) -> dict[str, Any]:
    entry = {"name": field["name"], "description": field["description"], **_kind(field, values)}
    rules = field.get("constraints", {})
    constraints: list[Any] = ["primary_key"] if primary else ["required"] if rules.get("required") else []
    constraints += ["foreign_key"] if foreign else []
    constraints += [{"assert": f"{field['name']} >= {rules['minimum']}"}] if "minimum" in rules else []
    constraints += [{"assert": f"{field['name']} <= {rules['maximum']}"}] if "maximum" in rules else []
    return {**entry, "constraints": constraints} if constraints else entry


def _kind(field: Mapping[str, Any], values: pa.ChunkedArray) -> dict[str, Any]:
    if "categories" in field:
        return {"type": "enum", "values": {each["value"]: each["label"] for each in field["categories"]}}
    if field["type"] == "string":
        return {"type": "string", "examples": _examples(values)}
    if field["type"] == "date":
        return {"type": "date", "range": _range(values)}
    if "unit" in field:
        return {"type": "number(quantity)", "units": field["unit"], "range": _range(values)}
    return {"type": "number", "examples": _examples(values)}


def _range(values: pa.ChunkedArray) -> list[Any]:
    bounds = pc.min_max(values).as_py()
    # Open where no value is known.
    return [
        float("-inf") if bounds["min"] is None else bounds["min"],
        float("inf") if bounds["max"] is None else bounds["max"],
    ]


def _examples(values: pa.ChunkedArray) -> list[Any]:
    """Return a few values, evenly spaced among the different ones."""
    known = sorted(set(values.drop_null().to_pylist()))
    step = max(1, -(-len(known) // _EXAMPLES))
    return [_short(value) for value in known[::step]]


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_EXAMPLE:
        return value[: _LONGEST_EXAMPLE - 1] + "…"
    return value


def _relationships(resource: Mapping[str, Any], resources: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    name = resource["name"]
    for key in resource["schema"]["foreignKeys"]:
        [column], [target_key] = key["fields"], key["reference"]["fields"]
        target = key["reference"]["resource"] or name
        # Where several columns refer to one table, each is a role of its own, and so are both sides of one table.
        role = target if column == target_key else column.removesuffix("_id")
        role = role if role not in resources or role == target else column
        ours = name if target != name else _SELF
        aliases = {alias: table for alias, table in ((ours, name), (role, target)) if alias != table}
        entry: dict[str, Any] = {"join": f"{ours}.{column} = {role}.{target_key}"}
        if aliases:
            entry["aliases"] = aliases
        entry["cardinality"] = "many-to-one"
        conflicts = _conflicts(resource, resources[target]) if target != name else []
        yield {**entry, "conflicts": conflicts} if conflicts else entry


def _conflicts(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """Return the columns that both tables have and that do not refer to one thing."""

    def meanings(resource: Mapping[str, Any]) -> dict[str, Any]:
        name, schema = resource["name"], resource["schema"]
        found = {field["name"]: (name, field["name"]) for field in schema["fields"]}
        for key in schema["foreignKeys"]:
            found[key["fields"][0]] = (key["reference"]["resource"] or name, key["reference"]["fields"][0])
        return found

    ours, theirs = meanings(left), meanings(right)
    return [name for name in ours if name in theirs and ours[name] != theirs[name]]
