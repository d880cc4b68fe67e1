"""Checks on whether values have readings, and readings have values."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault
from crisisdata.coding.rows import MISSING, split
from crisisdata.errors import suggestion

# What a reading need not support: texts that only name or retell the values, and the country, which
# the key tells.
_SELF_EVIDENT = {"name", "summary", "iso3"}


@fault
def values_have_evidence(coded: Coded) -> Iterator[Found]:
    """Every value must have a source."""
    covered: dict[tuple[str, str], set[str] | None] = {}
    for row in coded.rows("evidence"):
        if row["relation"] != "supports":
            continue
        record_id = (row["table_name"], row["record_id"])
        variables = set(split(row["variables"], ";"))
        so_far = covered.get(record_id, set())
        covered[record_id] = None if not variables or so_far is None else so_far | variables
    for table in coded.schema.evidenced:
        needing = [n for n in table.coded_fields if n not in _SELF_EVIDENT and n not in table.primary_key]
        for record in coded.coding.records[table.name]:
            supported = covered.get((table.name, record.key), set())
            if supported is None:
                continue
            if not supported:
                message = "the record has no evidence; add an 'evidence' list with source_id, locator and reading"
                yield Found(record, message)
                continue
            for name in needing:
                if record.values.get(name, "unknown") not in MISSING and name not in supported:
                    yield Found(
                        record, "no evidence for the record names this variable or covers the whole record", name
                    )


@fault
def evidence_names_variables(coded: Coded) -> Iterator[Found]:
    """Evidence for a misspelt variable supports nothing; a contradiction must name what it contradicts."""
    for row, record in coded.pairs("evidence"):
        table = coded.schema.tables.get(row["table_name"])
        if table is None:
            continue
        variables = split(row["variables"], ";")
        for name in variables:
            if name not in table.coded_fields:
                hint = suggestion(name, table.coded_fields) or f"; available: {', '.join(table.coded_fields)}"
                yield Found(record, f"{table.name} has no coded variable {name!r}{hint}", "variables")
        if row["relation"] == "contradicts" and not variables:
            yield Found(record, "a contradicting reading must name the variables it contradicts", "variables")


@fault
def readings_bear_on_values(coded: Coded) -> Iterator[Found]:
    """A reading for an empty cell supports nothing but still counts among the publishers of the record."""
    for row, record in coded.pairs("evidence"):
        table = coded.schema.tables.get(row["table_name"])
        of = coded.records.get((row["table_name"], row["record_id"]))
        if table is None or of is None or row["relation"] == "contradicts":
            continue
        for name in split(row["variables"], ";"):
            if name in table.coded_fields and of.values.get(name, table.fields[name].default) in (None, "", "unknown"):
                message = (
                    f"{name} has no value in {of.key}; code what the reading says, remove {name} from the list, or "
                    "write relation: contradicts"
                )
                yield Found(record, message, "variables")
