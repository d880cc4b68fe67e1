"""The description of an edition as Croissant: a schema.org `Dataset`, with its columns and how they were coded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

NAME = "croissant.json"

_TYPES = {"string": "sc:Text", "integer": "sc:Integer", "number": "sc:Float", "date": "sc:Date"}
# The terms of Croissant that the file uses; the standard asks for its whole context, word for word.
_OF_CROISSANT = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField",
    "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
    "subField", "transform",
)  # fmt: skip
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _OF_CROISSANT},
}


def text(descriptor: Mapping[str, Any], tables: Mapping[str, pa.Table], folder: Path) -> str:
    """Return the content of the file, from the Data Package descriptor of the edition and its tables.

    The files of the tables are already in `folder`.
    """
    return json.dumps(describe(descriptor, tables, folder), indent=1, ensure_ascii=False) + "\n"


def describe(descriptor: Mapping[str, Any], tables: Mapping[str, pa.Table], folder: Path) -> dict[str, Any]:
    """Return the description as an object of JSON-LD."""
    resources = descriptor["resources"]
    files = {resource["name"]: resource["path"] for resource in resources}
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": descriptor["name"],
        "alternateName": descriptor["title"],
        "description": descriptor["description"],
        "version": f"{descriptor['version']}.0",
        "license": [licence["path"] for licence in descriptor["licenses"]],
        "creator": [{"@type": "sc:Organization", "name": each["title"]} for each in descriptor["contributors"]],
        "keywords": descriptor["keywords"],
        "datePublished": descriptor["created"][:10],
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "citeAs": descriptor["citation"],
        **_extent(descriptor, tables),
        **{f"rai:{name}": value for name, value in descriptor["rai"].items()},
        "distribution": [_file(resource, folder) for resource in resources],
        "recordSet": [*_code_lists(resources, tables), *(_table(resource, files) for resource in resources)],
    }


def _extent(descriptor: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return the span and the countries of the episodes."""
    episodes, countries = tables["episodes"], tables["countries"]
    extent: dict[str, Any] = {}
    first = pc.min(episodes["first_act_date"]).as_py()
    if first:
        extent["temporalCoverage"] = f"{first}/{descriptor['asOf']}"
    names = dict(zip(countries["iso3"].to_pylist(), countries["name"].to_pylist(), strict=True))
    places = sorted({names[iso3] for iso3 in episodes["iso3"].to_pylist()})
    if places:
        extent["spatialCoverage"] = [{"@type": "sc:Place", "name": name} for name in places]
    return extent


def _file(resource: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "description": resource["title"],
        "contentUrl": resource["path"],
        "contentSize": f"{(folder / resource['path']).stat().st_size} B",
        # Not the registered name of the format, but the one by which mlcroissant knows it.
        "encodingFormat": "application/x-parquet",
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def _table(resource: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    name, schema = resource["name"], resource["schema"]
    # mlcroissant loads a table that refers to the column of a file, and not one that refers to a field of a record set
    # that itself refers to others, nor one that refers to itself.
    references = {
        key["fields"][0]: _source(files[key["reference"]["resource"]], key["reference"]["fields"][0])
        for key in schema["foreignKeys"]
        if key["reference"]["resource"]
    }
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{resource['description']} A row is {resource['grain']}. Included: {resource['population']}",
        "key": [{"@id": f"{name}/{column}"} for column in schema["primaryKey"]],
        "field": [_field(field, resource, references) for field in schema["fields"]],
    }


def _field(field: Mapping[str, Any], resource: Mapping[str, Any], references: Mapping[str, Any]) -> dict[str, Any]:
    entry = {
        "@type": "cr:Field",
        "@id": f"{resource['name']}/{field['name']}",
        "name": field["name"],
        "description": field["description"],
        "dataType": _TYPES[field["type"]],
        "source": _source(resource["path"], field["name"]),
    }
    if "categories" in field:
        return {**entry, "references": {"field": {"@id": f"{_list_id(field['codes'])}/code"}}}
    return {**entry, "references": references[field["name"]]} if field["name"] in references else entry


def _source(file: str, column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": file}, "extract": {"column": column}}


def _code_lists(resources: Iterable[Mapping[str, Any]], tables: Mapping[str, pa.Table]) -> Iterator[dict[str, Any]]:
    """Yield each code list that a column uses as an enumeration with its codes in place."""
    used = dict.fromkeys(f["codes"] for r in resources for f in r["schema"]["fields"] if "categories" in f)
    rows = tables["codes"].to_pylist()
    for name in used:
        key = _list_id(name)
        columns = ("code", "label", "definition")
        yield {
            "@type": "cr:RecordSet",
            "@id": key,
            "name": key,
            "description": f"The codes of the list {name}.",
            "dataType": "sc:Enumeration",
            "key": {"@id": f"{key}/code"},
            "field": [
                {"@type": "cr:Field", "@id": f"{key}/{column}", "name": column, "dataType": "sc:Text"}
                for column in columns
            ],
            "data": [{f"{key}/{column}": row[column] for column in columns} for row in rows if row["list"] == name],
        }


def _list_id(code_list: str) -> str:
    # A list can have the name of a table.
    return f"codes.{code_list}"
