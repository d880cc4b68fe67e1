"""A walk through the functions for a user's events with inputs that nobody should give: right, or an error of ours."""

from __future__ import annotations

import datetime as dt
import decimal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import crisisdata as cd
from crisisdata.errors import ArgumentError, CrisisDataError, InvalidEventsError

WHERE: dict[str, Any] = {"date": "date", "country": "country"}


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"date": pd.to_datetime(["2020-08-18", "2020-08-20"]), "country": ["MLI", "MLI"], "n": [1, 2]} | columns
    )


def seconds(*days: str) -> Any:
    return np.array(days, dtype="datetime64[s]")


FRAMES: dict[str, Callable[[], Any]] = {
    "no rows": lambda: frame().iloc[:0],
    "no columns": pd.DataFrame,
    "objects": lambda: frame(date=[dt.date(2020, 8, 18), dt.datetime(2020, 8, 20, 3)]),
    "dates and texts": lambda: frame(date=[dt.date(2020, 8, 18), "2020-08-20"]),
    "no date at all": lambda: frame(date=[None, None]),
    "floats for dates": lambda: frame(date=[1.5, 2.5]),
    "timedeltas for dates": lambda: frame(date=pd.to_timedelta([1, 2])),
    "periods of days": lambda: frame(date=pd.period_range("2020-08-18", periods=2, freq="D")),
    "periods of months": lambda: frame(date=pd.period_range("2020-08", periods=2, freq="M")),
    "periods of hours": lambda: frame(date=pd.period_range("2020-08-18", periods=2, freq="h")),
    "before the year 1": lambda: frame(date=seconds("-0044-03-15", "2020-08-18")),
    "the year 0 as text": lambda: frame(date=["0000-03-15", "2020-08-18"]),
    "after the year 9999": lambda: frame(date=seconds("12020-03-15", "2020-08-18")),
    "time zone": lambda: frame(date=pd.to_datetime(["2020-08-18", "2020-08-19"]).tz_localize("UTC")),
    "numbers for countries": lambda: frame(country=[432, 432.4]),
    "decimals for countries": lambda: frame(country=[decimal.Decimal("432"), decimal.Decimal("432.4")]),
    "lists for countries": lambda: frame(country=[["MLI"], ["MLI"]]),
    "bytes for countries": lambda: frame(country=[b"MLI", b"MLI"]),
    "booleans for countries": lambda: frame(country=[True, False]),
    "texts and numbers for countries": lambda: frame(country=["MLI", 432]),
    "NUL in a country": lambda: frame(country=["M\0LI", "MLI"]),
    "a country of a megabyte": lambda: frame(country=["M" * 1_000_000, "MLI"]),
    "texts for values": lambda: frame(n=["a", "b"]),
    "texts and numbers for values": lambda: frame(n=["a", 1]),
    "dictionaries for values": lambda: frame(n=[{}, {"a": 1}]),
    "infinite values": lambda: frame(n=[np.inf, 1.0]),
    "too large a value": lambda: frame(n=[10**30, 1]),
    "values that add up to too much": lambda: frame(n=np.array([2**64 - 1, 2**64 - 1], dtype="uint64")),
    "complex values": lambda: frame(n=[1j, 2j]),
    "short floats": lambda: frame(n=np.array([1, 2], dtype="float16")),
    "durations": lambda: frame(n=pd.to_timedelta([1, 2])),
    "intervals": lambda: frame(n=pd.arrays.IntervalArray.from_breaks([0, 1, 2])),
    "sparse values": lambda: frame(n=pd.arrays.SparseArray([0, 1])),
    "a column twice": lambda: pd.concat([frame(), frame()[["country"]]], axis=1),
    "levels of columns": lambda: pd.concat({"a": frame()}, axis=1),
    "date in the index": lambda: frame().set_index("date"),
    "a series": lambda: pd.Series([1]),
    "an array": lambda: np.zeros((2, 2)),
    "nothing": lambda: None,
    "a number": lambda: 5,
    "polars with a list": lambda: pl.DataFrame({"date": ["2020-08-18"], "country": [["MLI"]], "n": [1]}),
    "arrow with a union": lambda: pa.table({
        "date": pa.array([dt.date(2020, 8, 18)]), "country": ["MLI"],
        "n": pa.UnionArray.from_sparse(pa.array([0], pa.int8()), [pa.array([1])]),
    }),
    "unbound table of Ibis": lambda: ibis.table({"date": "date", "country": "string", "n": "int64"}),
}  # fmt: skip
CALLS: dict[str, Callable[[Any], Any]] = {
    "align": lambda events: cd.align(events, **WHERE),
    "align, values": lambda events: cd.align(events, value="n", agg=["sum", "mean", "max"], every="month", **WHERE),
    "align, split": lambda events: cd.align(events, columns=["n"], **WHERE),
    "align, rows": lambda events: cd.align(events, every=None, **WHERE),
    "align, codes": lambda events: cd.align(events, codes="cow_code", **WHERE),
    "align, month": lambda events: cd.align(events, period="month", value="n", **WHERE),
    "align, as published": lambda events: cd.align(events),
    "in_force": lambda events: cd.in_force(events, **WHERE),
    "read_events": lambda events: cd.read_events(events),
    "read_events, named": lambda events: cd.read_events(events, "acled"),
}


def walk(call: Callable[[], Any]) -> str:
    """Return what came of a call; anything but a result or an error of ours is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call()
        except CrisisDataError:
            return "refused"
        if isinstance(result, ibis.Table):
            result.to_pyarrow()
    return "given"


@pytest.mark.parametrize("kind", list(FRAMES))
def test_odd_frames_are_right_or_refused_by_an_error_of_ours(kind: str) -> None:
    came = {name: walk(lambda call=call: call(FRAMES[kind]())) for name, call in CALLS.items()}
    assert "refused" in came.values()


FILES: dict[str, bytes] = {
    "empty.csv": b"",
    "lines.csv": b"\n\n\n",
    "header.csv": b"date,country,n\n",
    "nul.csv": b"date,country,n\n2020-08-18,M\0LI,1\n",
    "quote.csv": b'date,country,n\n"2020-08-18,MLI,1\n',
    "quoted.csv": b'date,country,n\n"2020-08-18"x,MLI,1\n',
    "short.csv": b"date,country,n\n2020-08-18,MLI\n",
    "long.csv": b"date,country,n\n2020-08-18,MLI,1,2\n",
    "binary.csv": bytes(range(256)) * 10,
    "cut.csv.gz": b"\x1f\x8b\x08\x00",
    "no.csv.gz": b"plain",
    "cut.parquet": b"PAR1xxxx",
    "empty.parquet": b"",
    "no.xlsx": b"plain",
    "wide.csv": b",".join(b"c%d" % number for number in range(5000)) + b"\n",
    "long_line.csv": b"date,country,n\n2020-08-18,MLI," + b"1" * 5_000_000 + b"\n",
}


@pytest.mark.parametrize("name", list(FILES))
def test_odd_files_are_right_or_refused_by_an_error_of_ours(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(FILES[name])
    came = {kind: walk(lambda call=call: call(tmp_path / name)) for kind, call in CALLS.items()}
    assert "refused" in came.values()


PATHS = ("http://example.org/x.csv", "https://x/y.parquet", "s3://b/x.parquet", "~nobody/x.csv", "", "/", "/dev/null")
PATHS += ("a\0b.csv", "x.zip", "*.none.csv", "[.csv", "x.xls", ".csv")


@pytest.mark.parametrize("path", PATHS)
def test_odd_paths_are_refused_without_a_download(path: str) -> None:
    for call in CALLS.values():
        assert walk(lambda call=call: call(path)) == "refused"
    if "://" in path:
        with pytest.raises(InvalidEventsError, match="is a URL, and nothing is downloaded"):
            cd.align(path, **WHERE)


ARGUMENTS: dict[str, list[Any]] = {
    "date": [5, [], ["date"], ["date", "date"], [[]], {}, "nope"],
    "country": [5, [], {}, "nope"],
    "date_format": [5, "nope", "%q", [], {}],
    "codes": [5, "nope", []],
    "episodes": [5, ["nope"], [None]],
    "anchor": [5, None, [], [5], {}, "nope", pd.DataFrame(), pd.DataFrame({"iso3": ["MLI"], "date": ["soon"]})],
    "before": [10**9, -1, 1.5, None, "a", True],
    "after": [10**9, -1, 1.5, None, "a", True],
    "every": [5, "year", []],
    "value": [5, "nope", [None], "country"],
    "agg": [5, "nope", [], ["sum", "sum"]],
    "columns": [5, ["nope"], [[]], "events"],
    "period": [5, "nope", "month"],
    "coverage": [
        5,
        (None, None),
        ("a", "b"),
        {"ML": ("2020-01-01", "2020-12-31")},
        {"MLI": 5},
        ("2021-01-01", "2020-01-01"),
    ],
    "inexact": [5, None, "nope"],
    "others": [5, "nope"],
    "version": [5, "9.9", [], Path("/nowhere")],
}


@pytest.mark.parametrize("name", list(ARGUMENTS))
def test_odd_arguments_are_refused_by_an_error_of_ours(name: str) -> None:
    connection = duckdb.connect()
    connection.register("given", frame())
    connection.execute("create table events as from given")
    table = ibis.duckdb.from_connection(connection).table("events")
    came = []
    for value in ARGUMENTS[name]:
        for events in (frame(), table):
            arguments = WHERE | ({"value": "n"} if name == "agg" else {}) | {name: value}
            came.append(walk(lambda events=events, arguments=arguments: cd.align(events, **arguments)))
            if name in ("date", "country", "date_format", "codes", "columns", "others", "version", "period"):
                came.append(walk(lambda events=events, arguments=arguments: cd.in_force(events, **arguments)))
    assert came.count("refused") > len(came) / 2


def test_windows_too_long_for_the_memory_are_refused_at_once() -> None:
    with pytest.raises(ArgumentError, match="before=1000000000 must be a number of days from 0 to 36,525"):
        cd.align(frame(), before=10**9, **WHERE)
    days = pd.date_range("1960-01-01", periods=20_000)
    with pytest.raises(ArgumentError, match="20,000 windows of 2,001 days are 40,020,000 days"):
        cd.align(frame(), anchor=pd.DataFrame({"iso3": "MLI", "date": days}), before=1000, after=1000, **WHERE)


def test_nothing_is_printed_and_no_progress_bar_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    from crisisdata._events.sources import connect

    [(shown,)] = connect().execute("select current_setting('enable_progress_bar')").fetchall()
    assert str(shown).lower() == "false"
    cd.align(frame(), coverage=("2000-01-01", "2026-01-01"), **WHERE)
    assert capfd.readouterr() == ("", "")
