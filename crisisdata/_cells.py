"""The cells of a table: read from its Parquet file according to its descriptor, and hashed."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crisisdata.errors import DamagedEditionError

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = date(1970, 1, 1)
_FIRST_DAY, _LAST_DAY = (date.min - _EPOCH).days, (date.max - _EPOCH).days


def read_cells(content: bytes, resource: dict[str, Any], file: Path) -> pa.Table:
    """Return the table from the content of a Parquet file.

    Raises
    ------
    DamagedEditionError
        If it is not a Parquet file, or its columns, types, codes or number of rows differ from the descriptor.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # `read_table` imports pandas where it is installed; ParquetFile does not, and takes the bytes
        # that were verified, so that the file cannot change between the check and the reading.
        table = pq.ParquetFile(pa.BufferReader(content)).read()
        table.validate(full=True)
        fault = _misfit(table, resource)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        fault = f"it is not readable as Parquet: {' '.join(str(error).split())}"
    if fault is not None:
        raise DamagedEditionError.malformed(file, fault)
    return table


def _misfit(table: pa.Table, resource: dict[str, Any]) -> str | None:
    """Return how a table differs from its descriptor."""
    import pyarrow as pa
    import pyarrow.compute as pc

    types = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
    fields = resource["schema"]["fields"]
    names = [field["name"] for field in fields]
    if table.column_names != names:
        return f"its columns must be {', '.join(names)}; got {', '.join(table.column_names)}"
    if table.num_rows != resource["rows"]:
        return f"it must have {resource['rows']} rows; got {table.num_rows}"
    for field, column in zip(fields, table.columns, strict=True):
        kind, codes = column.type, [each["value"] for each in field.get("categories", ())]
        if kind != (
            pa.dictionary(pa.int16(), pa.string(), field["categoriesOrdered"]) if codes else types[field["type"]]
        ):
            return f"the column {field['name']} must be of type {field['type']}; got {kind}"
        if codes and any(chunk.dictionary.to_pylist() != codes for chunk in column.chunks):
            return f"the codes of {field['name']} are not those of its list"
        if kind == pa.date32():
            days = pc.min_max(column.cast(pa.int32())).as_py()
            for day in (days["min"], days["max"]):
                if day is not None and not _FIRST_DAY <= day <= _LAST_DAY:
                    return f"the column {field['name']} has a date outside the years 1 to 9999"
    return None


def content_hash(table: pa.Table) -> str:
    """Return a hash of the content of a table, independent of the version of the library that wrote it.

    Column names, types, and the values of each cell in JSON; codes as their text.
    """
    import pyarrow as pa

    digest = hashlib.sha256()
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = "code" if pa.types.is_dictionary(column.type) else str(column.type)
        digest.update(json.dumps([name, kind, column.to_pylist()], default=str, ensure_ascii=False).encode())
    return f"sha256:{digest.hexdigest()}"
