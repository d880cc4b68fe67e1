"""Check that the descriptor of an edition has everything that readers rely on; a foreign descriptor may contain
anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from crisisdata.errors import DamagedEditionError

CODE_LISTS = "codeLists"
CATEGORIES = ("categories", "categoriesOrdered")
"""What a field of a descriptor says about its codes."""

# A name becomes a file, a table of a database and a sheet: it is a plain word, which leads nowhere else.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,98}")
_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_TYPE = re.compile("string|integer|number|date")

# What must be there and of which kind: a type, a pattern, the members of an object, or the kind of each item of a list.
# A question mark begins the name of a member that may be absent, a star stands for each member.
_CODES = {"categories": [{"value": str, "label": str}], "categoriesOrdered": bool}
_FIELD = {
    "name": _NAME,
    "type": _TYPE,
    "description": str,
    "?codes": _NAME,
    "?derived": str,
    "?unit": str,
    "?separator": str,
    "?categories": _CODES["categories"],
    "?categoriesOrdered": bool,
    "?constraints": {"?required": bool, "?minimum": float, "?maximum": float, "?pattern": str, "?enum": [str]},
}
_RESOURCE = {
    **dict.fromkeys(("title", "description", "grain", "population", "group", "path"), str),
    "name": _NAME,
    "contentHash": _HASH,
    "rows": int,
    "schema": {
        "fields": [_FIELD],
        "primaryKey": [str],
        "foreignKeys": [{"fields": [str], "reference": {"resource": str, "fields": [str]}}],
    },
}
_DESCRIPTOR = {
    **dict.fromkeys(("name", "title", "description", "citation", "coding"), str),
    "version": _VERSION,
    "created": _DAY,
    "asOf": _DAY,
    "contributors": [{"title": str}],
    "licenses": [{"title": str, "path": str}],
    "rules": {"*": {"uses": [str], "text": str}},
    "resources": [_RESOURCE],
    "?keywords": [str],
    "?rai": {},
    "?draft": bool,
    "?doi": str,
    "?label": str,
    "?extends": str,
    f"?{CODE_LISTS}": {"*": _CODES},
}
_KINDS = {
    str: "a string",
    bool: "true or false",
    int: "an integer",
    float: "a number",
}


@lru_cache(maxsize=8)
def read_descriptor(content: bytes, file: Path) -> dict[str, Any]:
    """Return a descriptor with each code list where it is used; raise if it is not the descriptor of an edition.

    The same content is checked once per program, and all readers share the result, so nobody may change it.

    Raises
    ------
    DamagedEditionError
        If something is missing, is of the wrong kind, or leads nowhere or out of the edition.
    """
    try:
        descriptor: dict[str, Any] = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
        fault = next(_misfits(descriptor, _DESCRIPTOR, ""), None)
        if fault is None:
            lists = descriptor.pop(CODE_LISTS, {})  # from edition 1.0 on each stands once in the file
            fault = next(_put_back(descriptor, lists), None) or next(_contradictions(descriptor), None)
    except (ValueError, RecursionError) as error:
        fault = f"it is not JSON: {error}"
    if fault is not None:
        raise DamagedEditionError.malformed(file, fault)
    return descriptor


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _misfits(value: Any, shape: Any, place: str) -> Iterator[str]:
    """Yield what is missing or of the wrong kind."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            yield f"{place or 'the whole'} must be an object"
            return
        for name, inner in shape.items():
            key = name.removeprefix("?")
            if key == "*":
                for each in value:
                    yield from _misfits(value[each], inner, _member(place, each))
            elif key in value:
                yield from _misfits(value[key], inner, _member(place, key))
            elif key == name:
                yield f"{_member(place, key)} is missing"
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{place} must be a list"
            return
        for number, each in enumerate(value):
            yield from _misfits(each, shape[0], f"{place}[{number}]")
    elif isinstance(shape, re.Pattern):
        if not isinstance(value, str) or not shape.fullmatch(value):
            yield f"{place} must match {shape.pattern}; got {value!r:.80}"
    elif not isinstance(value, (int, float) if shape is float else shape) or (
        isinstance(value, bool) and shape is not bool
    ):
        yield f"{place} must be {_KINDS[shape]}; got {value!r:.80}"


def _member(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _put_back(descriptor: dict[str, Any], lists: dict[str, Any]) -> Iterator[str]:
    """Put the codes of each list into the fields that use it; yield the names of missing lists."""
    for resource in descriptor["resources"] if lists else []:
        for field in resource["schema"]["fields"]:
            if "codes" not in field or "separator" in field:
                continue
            if field["codes"] not in lists:
                yield f"{resource['name']}.{field['name']} uses the code list {field['codes']}, which does not exist"
                return
            field.update({name: lists[field["codes"]][name] for name in CATEGORIES})


def _contradictions(descriptor: dict[str, Any]) -> Iterator[str]:
    """Yield what is of the right kind but cannot be true."""
    for name in ("created", "asOf"):
        try:
            date.fromisoformat(descriptor[name][:10])
        except ValueError:
            yield f"{name} is {descriptor[name]!r}, which is not a calendar date"
    columns = {r["name"]: [f["name"] for f in r["schema"]["fields"]] for r in descriptor["resources"]}
    if not descriptor["contributors"] or not columns:
        yield "it has no contributors or no resources"
    if len(columns) < len(descriptor["resources"]):
        yield "two resources have the same name"
    for resource in descriptor["resources"]:
        name, schema = resource["name"], resource["schema"]
        if resource["path"] != f"{name}.parquet":
            yield f"the path of {name} must be {name}.parquet; got {resource['path']!r:.80}"
        if resource["rows"] < 0 or not columns[name] or _doubles(columns[name]):
            yield f"{name} must have columns with unique names, and 0 or more rows"
        if not schema["primaryKey"] or not set(schema["primaryKey"]) <= set(columns[name]):
            yield f"the primary key of {name} must name columns of that table"
        for key in schema["foreignKeys"]:
            target = key["reference"]["resource"] or name
            ends = (key["fields"], columns[name]), (key["reference"]["fields"], columns.get(target, []))
            if any(len(named) != 1 or named[0] not in known for named, known in ends):
                yield f"a foreign key of {name} must refer from one of its columns to a column of an existing table"
        for field in schema["fields"]:
            if "categories" in field:
                codes = [each["value"] for each in field["categories"]]
                if not codes or _doubles(codes) or field["type"] != "string" or not {"codes", *CATEGORIES} <= {*field}:
                    yield f"the codes of {name}.{field['name']} must be unique strings from a code list"


def _doubles(names: Iterable[str]) -> bool:
    listed = list(names)
    return len(set(listed)) < len(listed)
