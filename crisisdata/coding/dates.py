"""EDTF dates, as far as the coding uses them: what a date says, and what it leaves open."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from time import struct_time
from typing import NamedTuple

import edtf

ALLOWED = (
    "EDTF: a day (2012-03-21), a month (2012-03), a year (2012), an interval between two of them "
    "(2012-03-21/2012-03-22), or one of them with '~' for about (2012-04~)"
)

_ONE = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_FORMS = [
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "day"),
    (re.compile(r"\d{4}-\d{2}(?:-XX)?"), "month"),
    (re.compile(r"\d{4}(?:-XX-XX|-XX)?"), "year"),
    (re.compile(rf"{_ONE}~"), "approximate"),
    (re.compile(rf"{_ONE}/{_ONE}"), "interval"),
]

PATTERN = "|".join(form.pattern for form, _ in _FORMS)
"""Regular expression of the allowed forms, for editors."""


class CodedDate(NamedTuple):
    """The first and last day on which something may have happened, and how exactly that is known."""

    earliest: date
    latest: date
    precision: str


@cache
def parse_date(text: str) -> CodedDate:
    """Return the bounds and the precision of an EDTF date.

    Raises
    ------
    ValueError
        If the text is not in an allowed form or not a calendar date.

    Examples
    --------
    >>> parse_date("2012-04")
    CodedDate(earliest=datetime.date(2012, 4, 1), latest=datetime.date(2012, 4, 30), precision='month')
    """
    precision = next((name for form, name in _FORMS if text.isascii() and form.fullmatch(text)), None)
    if precision is None:
        raise ValueError(f"not a valid date{_with_zeros(text)}")
    if precision == "day":
        day = date.fromisoformat(text)
        return CodedDate(day, day, precision)
    if precision == "interval":  # read as its two ends, which recur, where intervals seldom do: edtf takes milliseconds
        first, last = map(parse_date, text.split("/"))
        if last.latest < first.earliest:
            raise ValueError("the interval ends before it begins")
        return CodedDate(first.earliest, last.latest, precision)
    for part in re.findall(_ONE, text):  # edtf takes the 30th of February for a date
        year, month, day_ = (*map(int, part.split("-")), 1, 1)[:3]
        date(year, month, day_)
    parsed = edtf.parse_edtf(text)
    # The fuzzy bounds of the library widen "about May" to two years; no source says so. The strict ones
    # are what was written, and the precision says that they are approximate.
    return CodedDate(_to_date(parsed.lower_strict()), _to_date(parsed.upper_strict()), precision)


def _with_zeros(text: str) -> str:
    """Return what to write for a day or month without leading zeros, a slip that can mean only one thing."""
    parts = re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?", text, re.ASCII)
    return f" (write {'-'.join(part.zfill(2) for part in parts.groups() if part)})" if parts else ""


def _to_date(moment: struct_time) -> date:
    return date(*moment[:3])
