"""Rows → an edition: Parquet files, a descriptor and checksums, moved into place in one step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crisisdata._atomic import refuse_inside_edition, write_atomically
from crisisdata._cells import content_hash
from crisisdata._changes import Snapshot
from crisisdata._descriptor import CATEGORIES, CODE_LISTS
from crisisdata._editions import DESCRIPTOR, Edition, sha256, verify
from crisisdata._legacy import row_for
from crisisdata._record import RECORD
from crisisdata.coding import derive
from crisisdata.coding.borrowing import borrow, extend
from crisisdata.coding.recodes import recorded_changes
from crisisdata.coding.rows import Coding, Row
from crisisdata.coding.schema import Field, Schema, Table
from crisisdata.errors import DestinationExistsError, EditionExistsError, ExportError

_WIDTH = 240


@dataclass(frozen=True)
class NewEdition:
    """The tables of an edition that is not written yet."""

    schema: Schema
    tables: dict[str, pa.Table]
    faults: list[str]
    """Changes without a reason, and reasons for changes that do not exist."""
    cutoff: date
    """Coding cutoff date of the edition: the latest of those of its countries."""

    @classmethod
    def of(cls, coding: Coding, published: Sequence[Edition] = ()) -> NewEdition:
        """Compute all tables of a coding; `published` are the earlier editions, oldest first."""
        schema = coding.schema
        lines = coding.rows[RECORD]
        cutoff = derive.Lookup(coding).last_cutoff
        rows = derive.derive(coding)
        tables = {name: arrow_table(rows[name], table, schema) for name, table in schema.tables.items()}
        before = cls(schema, tables, [], cutoff)
        changes, faults = recorded_changes([*map(Snapshot.of, published), before.snapshot], lines)
        record = schema.tables[RECORD]
        kinds = schema.codes[record.fields["kind"].codes or ""].codes
        unknown = sorted({change["kind"] for change in changes} - set(kinds))
        faults += [f"the code list of {RECORD}.kind has no code {kind!r}; add it" for kind in unknown]
        recorded = [row_for(RECORD, change, record.columns) for change in changes if change["kind"] in kinds]
        tables[RECORD] = arrow_table(recorded, record, schema)
        return cls(schema, tables, faults, cutoff)

    @cached_property
    def snapshot(self) -> Snapshot:
        schemas = {name: table_schema(table, self.schema) for name, table in self.schema.tables.items()}
        return Snapshot(self.schema.version, self.tables, schemas, rule_texts(), str(self.cutoff))

    @cached_property
    def hashes(self) -> dict[str, str]:
        return {name: content_hash(table) for name, table in self.tables.items()}


def publish(coding: Coding, folder: Path) -> Edition:
    """Write the edition of a coding, with what it borrows or extends, into `folder`, as described in `write`."""
    if "extends" in coding.schema.package:
        extend(coding)
    else:
        borrow(coding)
    return write(NewEdition.of(coding), folder)


def write(new: NewEdition, folder: Path) -> Edition:
    """Write an edition into `folder`, or leave the folder untouched.

    A reader sees all of it or nothing. If the folder already contains an edition with the same content, nothing is
    written.

    Raises
    ------
    EditionExistsError
        If the folder contains an edition with other content; the error names the tables that differ.
    DamagedEditionError
        If the folder contains an edition whose files or cells differ from its checksums.
    ExportError
        If it cannot be written, or would be inside an edition.
    """
    if folder.exists():
        return unchanged(folder, new)
    refuse_inside_edition(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_atomically(folder, lambda made: _write(made, new), folder=True, overwrite=False)
    except DestinationExistsError:  # another build was faster
        return unchanged(folder, new)
    except OSError as error:
        raise ExportError.failed(folder, error) from error
    return Edition.at(folder)


def arrow_table(rows: list[Row], table: Table, schema: Schema) -> pa.Table:
    """Return the rows as an Arrow table in the order of their keys."""
    arrow = schema.arrow(table)
    by_key = table.name not in ("codes", "timeline")
    ordered = sorted(rows, key=lambda row: [_sortable(row[part]) for part in table.primary_key]) if by_key else rows
    columns = [_column([row.get(item.name) for row in ordered], item, arrow, schema) for item in table.columns.values()]
    return pa.Table.from_arrays(columns, schema=arrow)


def _sortable(part: Any) -> int | str:
    """Return a part of a key for sorting: the tenth reading comes after the second."""
    return part if isinstance(part, int) else str(part)


def _column(values: list[Any], item: Field, arrow: pa.Schema, schema: Schema) -> pa.Array:
    if not (item.codes and item.categorical):
        return pa.array(values, arrow.field(item.name).type)
    # Every code is in the dictionary, used or not, so that each edition and subset has the same categories.
    codes = list(schema.codes[item.codes].codes)
    place = {code: number for number, code in enumerate(codes)}
    indices = pa.array([None if value is None else place[value] for value in values], pa.int16())
    return pa.DictionaryArray.from_arrays(indices, pa.array(codes), ordered=schema.codes[item.codes].ordered)


def differing(edition: Edition, new: NewEdition) -> list[str]:
    """Return the tables in which an edition differs from a new one.

    The order of rows has no meaning: up to edition 0.4, evidence is in the order of the case files at the time.
    """
    published = {name: resource["contentHash"] for name, resource in edition.resources.items()}
    hashes = new.hashes
    differ = [name for name in {**published, **hashes} if published.get(name) != hashes.get(name)]
    return [name for name in differ if not _same_rows(name, edition, new)]


def _same_rows(name: str, edition: Edition, new: NewEdition) -> bool:
    if name not in edition.tables or name not in new.tables:
        return False
    key = edition.resource(name)["schema"]["primaryKey"]
    old, now = edition.cells(name), new.tables[name]
    return set(key) <= set(now.column_names) and _ordered_hash(old, key) == _ordered_hash(now, key)


def _ordered_hash(table: pa.Table, key: list[str]) -> str:
    parts = [table.column(name).to_pylist() for name in key]
    order = sorted(range(table.num_rows), key=lambda number: [str(part[number]) for part in parts])
    return content_hash(table.take(pa.array(order, pa.int64())))


def unchanged(folder: Path, new: NewEdition) -> Edition:
    """Return the edition in a folder, or raise an `EditionExistsError` if its content differs."""
    if not (folder / DESCRIPTOR).is_file():
        raise EditionExistsError(
            f"{folder} already exists and is not an edition. Name a folder that does not exist yet."
        )
    edition = Edition.at(folder)
    verify(edition)  # of what its descriptor says nothing is known to be true
    differ = differing(edition, new)
    label = new.schema.package.get("label", new.schema.version)
    if differ or edition.label != f"edition {label}":
        remedy = (
            "Choose another folder."
            if "label" in new.schema.package
            else "Raise `version` in schemas/package.yaml and run `crisisdata publish`, or choose another folder."
        )
        raise EditionExistsError(
            f"{folder} contains {edition.label}, which must not change once it is written; the case files now "
            f"differ in: {', '.join(differ) or 'its name'}. {remedy}"
        )
    return edition


def _write(folder: Path, new: NewEdition) -> None:
    for name, table in new.tables.items():
        # Every later package ships the file, so that a second more is well spent on it.
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", compression_level=15)
    descriptor = describe(new, folder)
    _text(folder / DESCRIPTOR, _laid_out(_with_code_lists_once(descriptor)) + "\n")


def describe(new: NewEdition, folder: Path) -> dict[str, Any]:
    """Return the Data Package descriptor of an edition."""
    schema, package = new.schema, new.schema.package
    groups = {name: group for group, entry in package["groups"].items() for name in entry["tables"]}
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": package["name"],
        "version": schema.version,
        "created": f"{package['published']}T00:00:00Z",
        "title": package["title"],
        "description": package["description"],
        "contributors": [{"title": package["author"], "roles": ["author"]}],
        "licenses": package["licenses"],
        "keywords": package["keywords"],
        **({"draft": True} if schema.is_draft else {}),
        **{key: package[key] for key in ("doi", "label", "extends") if package.get(key)},
        "asOf": str(new.cutoff),
        "coding": package["coding"],
        "citation": citation(schema),
        "rai": package["rai"],
        "annotation": package["annotation"],
        "groups": {name: entry["title"] for name, entry in package["groups"].items()},
        "rules": rule_texts(),
        "agreement": schema.agreement,
        "resources": [
            _resource(table, groups[name], new.tables[name], new.hashes[name], folder, schema)
            for name, table in schema.tables.items()
        ],
    }


def rule_texts() -> dict[str, dict[str, Any]]:
    """Return the text of each rule of a computed column and the tables that it uses, by table and name."""
    return {f"{r.table}.{r.name}": {"uses": list(r.uses), "how": r.how, "text": r.text} for r in derive.RULES.values()}


def citation(schema: Schema) -> str:
    """Return the citation of an edition as one line."""
    package = schema.package
    edition = f"edition {package.get('label', schema.version)}{', draft' if schema.is_draft else ''}"
    if "extends" in package:
        edition += f", extends crisisdata {package['extends']}"
    elif "label" in package:
        edition += f", coded under the schema of crisisdata {schema.version}"
    return f"{package['author']} ({package['published'].year}). {package['title']} ({edition}) [Data set]."


def _resource(table: Table, group: str, arrow: pa.Table, content: str, folder: Path, schema: Schema) -> dict[str, Any]:
    file = folder / f"{table.name}.parquet"
    return {
        "name": table.name,
        "type": "table",
        "title": table.title,
        "description": table.description,
        "group": group,
        "grain": table.grain,
        "population": table.population,
        "path": file.name,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "hash": f"sha256:{sha256(file.read_bytes())}",
        "contentHash": content,
        "rows": arrow.num_rows,
        "schema": table_schema(table, schema),
    }


def table_schema(table: Table, schema: Schema) -> dict[str, Any]:
    """Return the Table Schema of the published columns of a table."""
    return {
        "fields": [_field(item, schema) for item in table.columns.values()],
        "primaryKey": list(table.primary_key),
        "foreignKeys": list(_foreign_keys(table, schema)),
    }


def _field(item: Field, schema: Schema) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": item.name, "type": item.type, "description": item.description}
    if item.title:
        entry["title"] = item.title
    for name in ("format", "unit", "separator", "derived"):
        if getattr(item, name):
            entry[name] = getattr(item, name)
    if item.type in ("integer", "number"):
        # Parquet has nulls of its own, but frictionless gets them through pandas, as the text of a NaN.
        entry["missingValues"] = ["", "nan"]
    constraints = dict(item.constraints)
    if item.codes:
        entry["codes"] = item.codes
    if item.codes and item.categorical:
        codes = schema.codes[item.codes]
        entry["categories"] = [{"value": code.code, "label": code.label} for code in codes.codes.values()]
        entry["categoriesOrdered"] = codes.ordered
        # Readers that know categories do not all enforce them.
        constraints["enum"] = list(codes.codes)
    if constraints:
        entry["constraints"] = constraints
    return entry


def _foreign_keys(table: Table, schema: Schema) -> Iterable[dict[str, Any]]:
    for item in table.fields.values():
        if item.references and not item.separator:
            # An empty resource name refers to the table itself.
            resource = "" if item.references == table.name else item.references
            key = schema.tables[item.references].key
            yield {"fields": [item.name], "reference": {"resource": resource, "fields": [key]}}


def _with_code_lists_once(descriptor: dict[str, Any]) -> dict[str, Any]:
    """Return a descriptor that contains each code list once rather than in each column; readers put it back."""
    lists: dict[str, Any] = {}
    resources = []
    for resource in descriptor["resources"]:
        fields = []
        for field in resource["schema"]["fields"]:
            if "categories" in field:
                lists[field["codes"]] = {name: field[name] for name in CATEGORIES}
            fields.append({name: value for name, value in field.items() if name not in CATEGORIES})
        resources.append({**resource, "schema": {**resource["schema"], "fields": fields}})
    return {**descriptor, CODE_LISTS: lists, "resources": resources}


def _laid_out(value: Any, indent: int = 0) -> str:
    """Return JSON with short values and lists of texts on one line, so that a column takes only a few lines."""
    line = json.dumps(value, ensure_ascii=False)
    nested = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value))
    if not nested or indent + len(line) <= _WIDTH:
        return line
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {_laid_out(each, indent + 1)}" for name, each in value.items()]
        opening, closing = "{}"
    else:
        parts = [_laid_out(each, indent + 1) for each in value]
        opening, closing = "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{' ' * indent}{closing}"


def _text(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
