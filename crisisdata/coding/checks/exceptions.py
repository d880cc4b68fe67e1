"""Run all checks, and set aside the warnings that the case files answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from crisisdata.coding.casefiles import Record
from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import CHECKS, Found
from crisisdata.coding.faults import Fault
from crisisdata.coding.rows import Coding
from crisisdata.errors import suggestion

Subject = tuple[str | None, str | None, str | None]
"""Table, key and check to which an exception applies."""


@dataclass
class Findings:
    """What the checks found, without the warnings that are answered."""

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)


def run_checks(coding: Coding) -> Findings:
    """Run every check over a coding.

    A warning for which `exceptions.csv` gives a reason is left out; an exception that answers nothing is a fault.
    """
    coded, findings = Coded(coding), Findings()
    written: set[Subject] = {
        (row["table_name"], row["record_id"], row["check_name"]) for row in coding.rows["exceptions"]
    }
    answered: set[Subject] = set()
    for check in CHECKS.values():
        for found in check.find(coded):
            subject = (*_subject(found.record), check.name)
            if check.level == "fault":
                findings.faults.append(found.record.fault(found.message, found.variable))
            elif subject in written:
                answered.add(subject)
            else:
                findings.warnings.append(found.record.fault(f"{found.message} [{check.name}]", found.variable))
    findings.faults += (found.record.fault(found.message, found.variable) for found in _unused(coded, answered))
    return findings


def _subject(record: Record) -> tuple[str, str]:
    """Return the table and key by which an exception names a record; a reading is named by its record."""
    if record.table == "evidence":
        return record.values["table_name"], record.values["record_id"]
    return record.table, record.key


def _unused(coded: Coded, answered: set[Subject]) -> Iterator[Found]:
    """Yield the exceptions that answer no warning, with what is wrong in each."""
    warnings = [check.name for check in CHECKS.values() if check.level == "warning"]
    for row, record in coded.pairs("exceptions"):
        table, key, name = row["table_name"], row["record_id"], row["check_name"]
        if (table, key, name) in answered or None in (table, key, name):
            continue
        if name not in warnings:
            if name in CHECKS:
                why = f"{name!r} reports faults, which allow no exceptions; correct the record"
            else:
                why = f"unknown check {name!r}{suggestion(name, warnings)}; available: {', '.join(warnings)}"
            yield Found(record, why, "check_name")
        elif unknown := unknown_record(coded, table, key):
            yield Found(record, unknown, "record_id")
        else:
            why = f"{name!r} no longer warns about {table} {key}; delete the exception"
            yield Found(record, why, "check_name")


def unknown_record(coded: Coded, table: str, key: str) -> str | None:
    """Return what is wrong with the name of a record, or None if it exists."""
    if table not in coded.schema.tables:
        return f"there is no table {table!r}{suggestion(table, coded.schema.tables)}"
    if (table, key) in coded.records:
        return None
    return f"there is no {key!r} in {table}{suggestion(key, coded.keys(table))}"
