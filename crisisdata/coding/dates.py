"""EDTF dates, as far as the coding uses them: what a date says, and what it leaves open."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import cache
from typing import NamedTuple

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
    """The first and last day on which something can have been, and how exactly that is known."""

    earliest: date
    latest: date
    precision: str


@cache
def parse_date(text: str) -> CodedDate:
    """Return the bounds and the precision of an EDTF date.

    Raises
    ------
    ValueError
        The text is not of an allowed form, or is no date of the calendar.

    Examples
    --------
    >>> parse_date("2012-04")
    CodedDate(earliest=datetime.date(2012, 4, 1), latest=datetime.date(2012, 4, 30), precision='month')
    """
    precision = next((name for form, name in _FORMS if text.isascii() and form.fullmatch(text)), None)
    if precision is None:
        raise ValueError("not a date of an allowed form")
    if precision == "day":
        day = date.fromisoformat(text)
        return CodedDate(day, day, precision)
    # What is approximate is taken as it was written, and the precision says so: no source says how much about is.
    ends = [_bounds(part) for part in re.findall(_ONE, text)]
    earliest, latest = ends[0][0], ends[-1][1]
    if latest < earliest:
        raise ValueError("the interval ends before it begins")
    return CodedDate(earliest, latest, precision)


def _bounds(text: str) -> tuple[date, date]:
    """Return the first and the last day of a day, a month or a year.

    A library for all of EDTF took three quarters of the time of a validation; the tests compare with it.
    """
    year, *rest = map(int, text.split("-"))
    if len(rest) == 2:
        return date(year, *rest), date(year, *rest)
    first, last = (rest[0], rest[0]) if rest else (1, 12)
    start = date(year, first, 1)  # raises for a month that is none
    return start, date(year, last, monthrange(year, last)[1])
