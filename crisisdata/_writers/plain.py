"""CSV with a Data Package descriptor, and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from crisisdata._editions import sha256
from crisisdata._writers.format import Format, file_in
from crisisdata._writers.selection import Selection, Sheet, refuse_unfit

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
    """Return the table with the text of each code in the place of its number."""
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


class JSON(Format):
    """The tables as lists of records, with what whoever opens the file should know of it."""

    ending = ".json"

    @staticmethod
    def write(selection: Selection, file: Path) -> None:
        tables = {sheet.name: sheet.rows.to_pylist() for sheet in selection.sheets}
        whole = {"about": selection.about, "codebook": selection.codebook.rows.to_pylist(), "tables": tables}
        with file.open("w", encoding="utf-8", newline="\n") as stream:
            # The only values that JSON has no form for are dates.
            json.dump(whole, stream, indent=1, ensure_ascii=False, default=str)
            stream.write("\n")
