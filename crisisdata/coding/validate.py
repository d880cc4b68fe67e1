"""Records → typed rows, or every fault in them at once."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.errors

from crisisdata._editions import Edition
from crisisdata.coding import dates
from crisisdata.coding.casefiles import MAX_FAULTS, CaseReader, Record
from crisisdata.coding.casefolders import find_raw_files
from crisisdata.coding.checks import run_checks
from crisisdata.coding.faults import Fault, shown
from crisisdata.coding.rows import MISSING, Coding, Row, split
from crisisdata.coding.schema import Field, Schema, Table
from crisisdata.errors import InvalidCodingError, suggestion

_NUMBER = {"integer": re.compile(r"-?[0-9]+"), "number": re.compile(r"-?[0-9]+(\.[0-9]+)?")}
_DIGITS = 15  # more do not survive in programs whose numbers are floats
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def data_folder() -> Path:
    """Return the folder of the case files in the checkout."""
    return Path(__file__).resolve().parents[2] / "data" / "raw"


def read_coding(path: Path, schema: Schema, *, base: Edition | None = None) -> Coding:
    """Read and validate a case file or a folder laid out like `data/raw`.

    Parameters
    ----------
    path
        One case, as a file or a folder of files; a folder with `episodes/`, `actors.csv` and so on; or a folder that
        contains only cases.
    schema
        What a row may say.
    base
        Edition whose actors, sources, countries and episodes the files may refer to without
        defining them.

    Raises
    ------
    UnknownNameError
        If the path does not exist, or contains no case file.
    InvalidCodingError
        If the files violate the schema or a check; the error lists every fault.
    """
    found, unread = find_raw_files(path, schema)
    reading = CaseReader(schema)
    for raw in found:
        reading.read(raw)
    if len(reading.faults) > MAX_FAULTS:
        rest = Fault(shown(path), 0, "", f"more than {MAX_FAULTS:,} faults; the rest was not read")
        raise InvalidCodingError([*unread, *sorted(reading.faults), rest])
    coding = Coding(schema, {}, reading.records, base=base, known=_known(base, schema))
    faults = [*unread, *reading.faults]
    for name, table in schema.tables.items():
        coding.rows[name] = [_typed(record, table, schema, coding.missing, faults) for record in reading.records[name]]
        faults += _pandera_faults(coding, table)
    found_by_checks = run_checks(coding)
    coding.warnings = sorted(set(found_by_checks.warnings))
    if faults := sorted({*faults, *found_by_checks.faults}):
        raise InvalidCodingError(faults, coding.warnings)
    return coding


def _known(base: Edition | None, schema: Schema) -> dict[str, set[str]]:
    if base is None:
        return {}
    from crisisdata._load import load

    return {
        name: set(load(name, base, as_="arrow").column(schema.tables[name].key).to_pylist())
        for name in ("episodes", "actors", "sources", "countries")
        if name in base.tables
    }


def _typed(record: Record, table: Table, schema: Schema, missing: list[Row], faults: list[Fault]) -> Row:
    """Return the record with its texts converted to values; a text that cannot be converted is a fault."""
    row: Row = {}
    for name, item in table.fields.items():
        if item.derived:
            continue
        text = record.values.get(name, item.default)
        if text in MISSING and not _is_code(text, item, schema) and not item.required and table.evidenced:
            missing.append({"table_name": table.name, "record_id": record.key, "variable": name, "reason": text})
            text = None
        faults += _element_faults(record, item, text, schema)
        if text and not text.strip("_"):
            faults.append(record.fault("an unfilled placeholder of the template; fill it in", name))
            row |= _cells(name, item, None)
            row[name] = _REFUSED
            continue
        try:
            row |= _cells(name, item, text)
        except ValueError as error:
            faults.append(record.fault(f"{text!r} is {error}; must be {_allowed(item)}", name))
            row |= _cells(name, item, None)
            row[name] = _REFUSED
    return row


def _element_faults(record: Record, item: Field, text: str | None, schema: Schema) -> Iterator[Fault]:
    """Yield what is wrong in one of the values of a variable that may have several."""
    if not item.separator or not text:
        return
    values = split(text, item.separator)
    codes = list(schema.codes[item.codes].codes) if item.codes else None
    for number, value in enumerate(values):
        place = record.element(item.name, number)
        if not value:
            yield record.fault(f"there must be a value between two {item.separator!r} and after the last", place)
        elif value in values[:number]:
            yield record.fault(f"{value!r} is repeated", place)
        elif codes is not None and value not in codes:
            yield record.fault(_unknown_code(value, item.codes, codes), place)
        elif codes is None and value in MISSING and len(values) > 1:
            yield record.fault(f"{value} must be the only value; remove it or the others", place)


_REFUSED = object()
"""Placeholder for a refused value, so that it is not also reported as missing."""


def _is_code(text: str | None, item: Field, schema: Schema) -> bool:
    return item.codes is not None and text in schema.codes[item.codes].codes


def _cells(name: str, item: Field, text: str | None) -> Row:
    if item.edtf:
        coded = dates.parse_date(text) if text else (None, None, None)
        return dict(zip((name, f"{name}_latest", f"{name}_precision"), coded, strict=True))
    if text and (found := _CONTROL.search(text)):
        raise ValueError(f"a string with the control character {found[0]!r}")
    if text is None or item.type == "string":
        return {name: text or None}
    if not _NUMBER[item.type].fullmatch(text):
        raise ValueError(f"not of type {item.type}")
    if len(text.partition(".")[0].lstrip("-")) > _DIGITS:
        raise ValueError(f"a number of more than {_DIGITS} digits")
    return {name: int(text) if item.type == "integer" else float(text)}


def _allowed(item: Field) -> str:
    if item.edtf:
        return dates.ALLOWED
    return {"integer": "an integer (12)", "number": "a number (0.25)", "string": "a string"}[item.type]


def _pandera_faults(coding: Coding, table: Table) -> Iterable[Fault]:
    """Yield what pandera finds in the columns of one table, each with its place."""
    if not coding.rows[table.name]:
        return
    validator = coding.schema.pandera(table)
    refused = [
        (number, name) for number, row in enumerate(coding.rows[table.name]) for name in row if row[name] is _REFUSED
    ]
    for number, name in refused:
        coding.rows[table.name][number][name] = None
    frame = pd.DataFrame(
        {
            name: pd.Series([row[name] for row in coding.rows[table.name]], dtype=column.dtype.type)
            for name, column in validator.columns.items()
        }
    )
    try:
        validator.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        for case in errors.failure_cases.to_dict("records"):
            number, name = int(case["index"]), case["column"]
            if (number, name) not in refused:
                record, item = coding.records[table.name][number], table.fields[name]
                yield record.fault(_explain(case, item, coding.schema), name)


def _explain(case: dict[str, Any], item: Field, schema: Schema) -> str:
    found, check = case["failure_case"], case["check"]
    if check == "not_nullable" or found is None or (isinstance(found, float) and math.isnan(found)):
        return "a value is required here"
    if check == "code" and item.codes:
        codes = list(schema.codes[item.codes].codes)
        return _unknown_code(found, item.codes, codes)
    says = {
        "pattern": "must match {limit}; got {found!r}",
        "minimum": "must be at least {limit}; got {found}",
        "maximum": "must be at most {limit}; got {found}",
    }
    return says[check].format(found=found, limit=item.constraints[check])


def _unknown_code(found: str, code_list: str | None, codes: list[str]) -> str:
    return f"unknown code {found!r}{suggestion(found, codes)}; available in {code_list!r}: {', '.join(codes)}"
