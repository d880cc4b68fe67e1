"""Croissant: a schema.org `Dataset` with its columns and how they were coded, along with the Parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from crisisdata._legacy import arrow_of, rows_of
from crisisdata._writers.format import Format, file_in
from crisisdata._writers.selection import Selection, Sheet

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


class Croissant(Format):
    """A folder with the Parquet files and `croissant.json`."""

    ending = ".parquet"
    folder = True

    @staticmethod
    def write(selection: Selection, folder: Path) -> None:
        for sheet in selection.sheets:
            path = sheet.resource["path"]
            file_in(folder, path).write_bytes(selection.edition.read(path))
        text = json.dumps(describe(selection), indent=1, ensure_ascii=False) + "\n"
        file_in(folder, "croissant.json").write_text(text, encoding="utf-8", newline="\n")


def describe(selection: Selection) -> dict[str, Any]:
    """Return the description as a JSON-LD object."""
    descriptor, sheets = selection.edition.descriptor, selection.sheets
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
        "keywords": descriptor.get("keywords", []),
        "datePublished": descriptor["created"][:10],
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "citeAs": descriptor["citation"],
        **_extent(selection),
        **{f"rai:{name}": value for name, value in descriptor.get("rai", {}).items()},
        "distribution": [_file(sheet, selection) for sheet in sheets],
        "recordSet": [*_code_lists(selection), *(_table(sheet, selection) for sheet in sheets)],
    }


def _extent(selection: Selection) -> dict[str, Any]:
    """Return the span and the countries of the episodes."""
    episodes, countries = (arrow_of(name, selection.edition) for name in ("episodes", "countries"))
    extent: dict[str, Any] = {}
    first = pc.min(episodes["first_act_date"]).as_py()
    if first:
        extent["temporalCoverage"] = f"{first}/{selection.edition.descriptor['asOf']}"
    names = dict(zip(countries["iso3"].to_pylist(), countries["name"].to_pylist(), strict=True))
    places = sorted({names[iso3] for iso3 in episodes["iso3"].to_pylist()})
    if places:
        extent["spatialCoverage"] = [{"@type": "sc:Place", "name": name} for name in places]
    return extent


def _file(sheet: Sheet, selection: Selection) -> dict[str, Any]:
    resource = sheet.resource
    return {
        "@type": "cr:FileObject",
        "@id": resource["path"],
        "name": resource["path"],
        "description": resource["title"],
        "contentUrl": resource["path"],
        "contentSize": f"{(selection.edition.folder / resource['path']).stat().st_size} B",
        # Not the registered name of the format, but the one by which mlcroissant knows it.
        "encodingFormat": "application/x-parquet",
        "sha256": selection.edition.checksums[resource["path"]],
    }


def _table(sheet: Sheet, selection: Selection) -> dict[str, Any]:
    name, resource = sheet.name, sheet.resource
    # mlcroissant loads a table that refers to the column of a file, and not one that refers to a field of a record set
    # that itself refers to others, nor one that refers to itself.
    references = {
        column: _source(selection.edition.resource(target)["path"], key)
        for column, target, key in sheet.foreign_keys
        if target != name
    }
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"{resource['description']} A row is {resource['grain']}. Included: {resource['population']}",
        "key": [{"@id": f"{name}/{column}"} for column in sheet.primary_key],
        "field": [_field(field, resource, references) for field in sheet.fields],
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
    if "categories" in field:  # a text of several codes is none itself
        return {**entry, "references": {"field": {"@id": f"{_list_id(field['codes'])}/code"}}}
    return {**entry, "references": references[field["name"]]} if field["name"] in references else entry


def _source(file: str, column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": file}, "extract": {"column": column}}


def _code_lists(selection: Selection) -> Iterator[dict[str, Any]]:
    """Yield each code list that a column uses, as an enumeration with its codes."""
    used = dict.fromkeys(
        field["codes"] for sheet in selection.sheets for field in sheet.fields if "categories" in field
    )
    rows = rows_of("codes", selection.edition)
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
            "data": [
                {f"{key}/{column}": row[column] for column in columns} for row in rows if row["code_list"] == name
            ],
        }


def _list_id(code_list: str) -> str:
    # A list can have the name of a table.
    return f"codes.{code_list}"
