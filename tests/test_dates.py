"""Bounds of dates are the strict ones of the library for EDTF, whose fuzzy ones widen a month to two years."""

from __future__ import annotations

from datetime import date

import edtf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crisisdata.coding.dates import parse_date

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(str)
PARTS = st.one_of(DAYS, DAYS.map(lambda day: day[:7]), DAYS.map(lambda day: day[:4]))
TEXTS = st.one_of(
    PARTS,
    PARTS.map(lambda part: f"{part}~"),
    DAYS.map(lambda day: f"{day[:7]}-XX"),
    DAYS.map(lambda day: f"{day[:4]}-XX"),
    DAYS.map(lambda day: f"{day[:4]}-XX-XX"),
    st.tuples(PARTS, PARTS).map("/".join),
)


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
def test_bounds_are_the_strict_ones_of_the_library(text: str) -> None:
    parsed = edtf.parse_edtf(text)
    expected = date(*parsed.lower_strict()[:3]), date(*parsed.upper_strict()[:3])
    if expected[1] < expected[0]:
        with pytest.raises(ValueError, match="ends before it begins"):
            parse_date(text)
    else:
        assert parse_date(text)[:2] == expected


@pytest.mark.parametrize(
    "text", ["2020-00", "2020-13", "2021-02-29", "2020-00~", "2020/2020-13", "2020-01-00", "0000", "2020-02-30/2021"]
)
def test_what_is_not_in_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="."):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "first", "last", "precision"),
    [
        ("2020-02", date(2020, 2, 1), date(2020, 2, 29), "month"),
        ("1900-02-XX", date(1900, 2, 1), date(1900, 2, 28), "month"),
        ("2020", date(2020, 1, 1), date(2020, 12, 31), "year"),
        ("2020-05~", date(2020, 5, 1), date(2020, 5, 31), "approximate"),
        ("2019/2020-02", date(2019, 1, 1), date(2020, 2, 29), "interval"),
        ("2020-03-01", date(2020, 3, 1), date(2020, 3, 1), "day"),
    ],
)
def test_bounds_worked_out_by_hand(text: str, first: date, last: date, precision: str) -> None:
    assert parse_date(text) == (first, last, precision)
