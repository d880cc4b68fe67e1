"""CSV with a Data Package descriptor, one flat CSV file, and JSON."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from crisisdata._editions import sha256
from crisisdata._writers.format import Format, file_in
from crisisdata._writers.selection import Selection, Sheet, refuse_unfit
from crisisdata.errors import ArgumentError, ExportError

_OF_PARQUET = ("missingValues",)  # what a field says for those who read it from Parquet


class CSV(Format):
    """A file for each table and a descriptor that says what the columns are."""

    ending = ".csv"
    folder = True
    faults = (pa.ArrowException,)

    @staticmethod
    def write(selection: Selection, folder: Path) -> None:
        refuse_unfit(selection.sheets, "csv")
        for sheet in selection.sheets:
            # Every text is in quotation marks and a missing value is nothing, so that the two can be told apart.
            with file_in(folder, f"{sheet.name}.csv").open("wb") as stream:
                pa.csv.write_csv(_plain(sheet.rows), stream)
        descriptor = {
            **selection.edition.descriptor,
            "resources": [_resource(sheet, folder / f"{sheet.name}.csv") for sheet in selection.sheets],
        }
        text = json.dumps(descriptor, indent=1, ensure_ascii=False) + "\n"
        file_in(folder, "datapackage.json").write_text(text, encoding="utf-8", newline="\n")


def _plain(rows: pa.Table) -> pa.Table:
    """Return the table with the text of each code instead of its number."""
    kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in rows.schema.types]
    return rows.cast(pa.schema(zip(rows.column_names, kinds, strict=True)))


def _resource(sheet: Sheet, file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    fields = [{name: value for name, value in field.items() if name not in _OF_PARQUET} for field in sheet.fields]
    return {
        **sheet.resource,
        "path": file.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content)}",
        "schema": {**sheet.resource["schema"], "fields": fields},
    }


class Flat(Format):
    """One file for a spreadsheet: the rows of one table with the columns of those to which they refer.

    Of all tables, the one for analysis (who reacted to which episode); of a selection, the one that refers to the
    others.
    """

    ending = ".csv"
    faults = (pa.ArrowException,)

    @staticmethod
    def write(selection: Selection, file: Path) -> None:
        sheet, merged = _long_table(selection)
        wide = sheet.with_labels().rows
        for key, other in merged.items():
            wide = _merge(wide, key, other)
        if len(set(wide.column_names)) < len(wide.column_names):
            raise ExportError.unfit("flat", f"the table {sheet.name}", "has two columns with the same name when merged")
        edition = pa.array([selection.edition.label] * len(wide), pa.string())
        wide = wide.append_column(f"{selection.edition.descriptor['name']}_edition", edition)
        refuse_unfit([sheet, *merged.values()], "flat")
        with file.open("wb") as stream:
            stream.write(codecs.BOM_UTF8)  # without it a spreadsheet takes accents for something else
            pa.csv.write_csv(_plain(wide), stream)


def _long_table(selection: Selection) -> tuple[Sheet, dict[str, Sheet]]:
    """Return the table whose rows are written, and those that are merged with it."""
    if selection.tables == tuple(selection.edition.tables):
        sheet = selection.sheet(selection.for_analysis)
        return sheet, selection.merges(sheet)
    for sheet in selection.sheets:
        merged = selection.merges(sheet)
        if {sheet.name, *(each.name for each in merged.values())} == set(selection.tables):
            return sheet, merged
    raise ArgumentError(
        f"the format 'flat' makes one table, but none of {', '.join(selection.tables)} refers to all the others. "
        "Name one table, a table and those it refers to (reactions, episodes, actors), or none."
    )


def _merge(wide: pa.Table, key: str, other: Sheet) -> pa.Table:
    """Return a table with another table's columns, named after its key, in each row that names a row of that table."""
    there = {value: number for number, value in enumerate(other.rows[key].to_pylist())}
    rows = other.with_labels().rows.take(pa.array([there.get(value) for value in wide[key].to_pylist()], pa.int64()))
    for name in rows.column_names:
        if name != key:
            wide = wide.append_column(f"{key.removesuffix('_id')}_{name}", rows[name])
    return wide


class JSON(Format):
    """The tables as lists of records, with information about the file."""

    ending = ".json"

    @staticmethod
    def write(selection: Selection, file: Path) -> None:
        tables = {sheet.name: sheet.rows.to_pylist() for sheet in selection.sheets}
        whole = {"about": selection.about, "codebook": selection.codebook.rows.to_pylist(), "tables": tables}
        with file.open("w", encoding="utf-8", newline="\n") as stream:
            # The only values that JSON has no form for are dates.
            json.dump(whole, stream, indent=1, ensure_ascii=False, default=str)
            stream.write("\n")
