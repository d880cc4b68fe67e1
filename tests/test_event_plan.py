"""How columns of events become days, values and groups: one plan at a time, on a few rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from crisisdata._events.plan import Plan, iso_day, kind_of_texts, number

DAY = date(2021, 5, 24)


def rows_of(expression: Any) -> list[dict[str, Any]]:
    return expression.to_pyarrow().to_pylist()  # type: ignore[no-any-return]


def events(**columns: list[Any]) -> ibis.Table:
    connection = duckdb.connect()
    connection.register("given", pa.table({"c": ["MLI"] * len(next(iter(columns.values()))), **columns}))
    connection.execute("create table events as from given")
    return ibis.duckdb.from_connection(connection).table("events")


def column(plan: Plan, name: str, **columns: list[Any]) -> list[Any]:
    return [row[name] for row in rows_of(plan.prepared(events(**columns), tolerant=True))]


@pytest.mark.parametrize(
    ("written", "date_format", "days"),
    [
        (["2021-05-24", " 2021-05-24 10:00 ", "2021-05-24T10:00:00.5", "24/05/2021", "2021-02-30", "", None], None, [DAY] * 3 + [None] * 4),
        (["20210524", " 20210524 ", "2021-05-24", "2021052", "20210230"], "%Y%m%d", [DAY] * 2 + [None] * 3),
        ([20210524, 20210230], "%Y%m%d", [DAY, None]),
        (["24/05/2021", " 24/05/2021 ", "05/24/2021", None], "%d/%m/%Y", [DAY, DAY, None, None]),
        (["24 May 2021", "24-May-2021", " 24 May 2021 ", "2021-05-24", "24 Mai 2021"], "%d %B %Y", [DAY] * 4 + [None]),
        ([DAY, None], None, [DAY, None]),
    ],
)  # fmt: skip
def test_days_are_read_as_they_are_written(written: list[Any], date_format: str | None, days: list[Any]) -> None:
    assert column(Plan(("d",), date_format, "c"), "day", d=written) == days


@pytest.mark.parametrize(
    ("years", "months", "days"),
    [(["2021", "2021.0", "x"], ["5", "05", "5"], [" 24 ", "24", "24"]), ([2021, 2021, 2021], [5, 5, 13], [24, 24, 24]), ([2021.0, 2021.0, 2021.5], [5.0, 5.0, 5.0], [24, 24, 24])],
)  # fmt: skip
def test_a_day_may_stand_in_three_columns(years: list[Any], months: list[Any], days: list[Any]) -> None:
    assert column(Plan(("y", "m", "d"), None, "c"), "day", y=years, m=months, d=days) == [DAY, DAY, None]


def test_a_year_of_three_digits_is_a_year() -> None:
    assert column(Plan(("y", "m", "d"), None, "c"), "day", y=[987], m=[5], d=[24]) == [date(987, 5, 24)]


@pytest.mark.parametrize(
    ("period", "first"), [("month", (2021, 5, 1)), ("quarter", (2021, 4, 1)), ("year", (2021, 1, 1)), ("week", (2021, 5, 24)), ("day", (2021, 5, 24))]
)  # fmt: skip
def test_a_period_begins_on_its_first_day(period: str, first: tuple[int, int, int]) -> None:
    assert column(Plan(("d",), None, "c", period=period), "day", d=[DAY]) == [date(*first)]


def test_rows_that_are_no_events_are_left_out() -> None:
    columns: dict[str, list[Any]] = {"d": [DAY] * 5, "n": [1, 2, 3, None, 2], "k": ["1", "1", "2", "1", None]}
    least = Plan(("d",), None, "c", values=("n",), rows=(("n", "at_least", 2),))
    assert column(least, "v0", **columns) == [2, 3, None, 2]
    equal = Plan(("d",), None, "c", values=("n",), rows=(("k", "equal", 1),), kinds=(("k", "int64"),))
    assert column(equal, "v0", **columns) == [1, 2, None, 2]


def test_cells_are_numbers_and_dates_and_what_says_missing_is() -> None:
    plan = Plan(
        ("d",), None, "c",
        values=("i", "f", "b"), groups=("t", "w", "d"),
        kinds=(("i", "int64"), ("f", "float64"), ("w", "date"), ("d", "day")),
        blanks=(("b", "below", 0),),
    )  # fmt: skip
    table = events(
        d=["2021-05-24"] * 4,
        i=["1", " 2.0 ", "x", "NA"], f=["1.5", "1e2", ".5", "1,5"], b=[-99, 0, 5, None],
        t=["a", "1", None, ""], w=["2020-01-02", "x", None, "2020-01-03 10:00"],
    )  # fmt: skip
    names = ("v0", "v1", "v2", "g0", "g1", "g2")
    assert [tuple(row[name] for name in names) for row in rows_of(plan.prepared(table, tolerant=True))] == [
        (1, 1.5, None, "a", date(2020, 1, 2), DAY),
        (2, 100.0, 0, "1", None, DAY),
        (None, 0.5, 5, None, None, DAY),
        (None, None, None, "", date(2020, 1, 3), DAY),
    ]


def test_the_survey_counts_what_cannot_be_read() -> None:
    plan = Plan(
        ("d",), None, "c", values=("n",), kinds=(("n", "int64"),), blanks=(("n", "below", 0),), year="y", year_slack=1
    )
    table = events(
        d=["2021-05-24", "2020-01-02", "x", "b", "", None],
        y=["2021", "2022", "2021", "", None, "2021"],
        n=["1", "many", "few", "NA", "-9", ""],
    )  # fmt: skip
    assert rows_of(plan.survey(table, spans=True)) == [
        {
            "country": "MLI", "events": 6, "dated": 2, "first": date(2020, 1, 2), "last": DAY,
            "unread": 2, "example": "b", "example_last": "x",
            "contradicting": 1, "contradiction": "2020-01-02",
            "bad_0": 2, "badly_0": "few",
        }
    ]  # fmt: skip
    plain = Plan(("d",), None, "c", year="y")
    [found] = rows_of(plain.survey(events(d=[DAY, DAY], y=[2021, 2022])))
    assert found == {"country": "MLI", "events": 2, "dated": 2, "contradicting": 1, "contradiction": "2021-05-24"}


def test_days_that_are_no_days_fail_where_nothing_is_tolerated() -> None:
    plan = Plan(("d",), None, "c")
    assert rows_of(plan.prepared(events(d=["2021-05-24"]), tolerant=False))[0]["day"] == DAY
    with pytest.raises(duckdb.ConversionException):
        rows_of(plan.prepared(events(d=["2021-02-30"]), tolerant=False))


def test_events_are_added_up_by_country_day_and_group() -> None:
    plan = Plan(("d",), None, "c", values=("n",), groups=("g",))
    table = events(c=["MLI", "MLI", "MLI", "TCD"], d=[DAY] * 4, n=[1, 2, 4, 8], g=["a", "a", "b", "a"])
    found = rows_of(plan.daily(table, ("sum", "max"), ("MLI",), tolerant=True).order_by("g0"))
    assert found == [
        {"country": "MLI", "day": DAY, "g0": "a", "n": 2, "v0_sum": 3, "v0_max": 2},
        {"country": "MLI", "day": DAY, "g0": "b", "n": 1, "v0_sum": 4, "v0_max": 4},
    ]


def test_what_is_written_for_a_day_is_kept_as_text() -> None:
    table = events(y=[2021, 2020], m=["5", "x"], d=[" ", "2021-05-24 "])
    assert table.select(raw=Plan(("y", "m"), None, "c").raw_day(table)).to_pyarrow()["raw"].to_pylist() == [
        "2021-5",
        "2020-x",
    ]
    assert table.select(raw=Plan(("d",), None, "c").raw_day(table)).to_pyarrow()["raw"].to_pylist() == [
        None,
        "2021-05-24",
    ]


def test_texts_are_counted_by_what_they_can_be() -> None:
    table = events(
        t=["1", "-20", "010", "1.5", "1e3", ".", "2021-05-24", "2021-02-30", "NA", " ", None, "12345678901234567890"]
    )
    found = rows_of(table.aggregate(**kind_of_texts(table["t"])))
    assert found == [{"texts": 9, "given": 10, "int64": 2, "float64": 5, "date": 1}]
    read = table.select(
        i=number(table["t"], "int64"), f=number(table["t"], "float64"), d=iso_day(table["t"])
    ).to_pyarrow()
    assert read["i"].to_pylist() == [1, -20, 10, *[None] * 9]
    assert read["f"].to_pylist() == [1.0, -20.0, 10.0, 1.5, 1000.0, *[None] * 6, 12345678901234567890.0]
    assert read["d"].to_pylist() == [None] * 6 + [DAY] + [None] * 5
