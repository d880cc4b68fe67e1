"""A user's events around the coups: against a naive loop, on every engine, and with every kind of wrong input."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import crisisdata as cd
from crisisdata._events.sources import to_pandas
from crisisdata.errors import (
    ArgumentError,
    CrisisDataError,
    InexactDateError,
    InvalidEventsError,
    NoOverlapWarning,
    UnknownNameError,
)

# A window without events is the point of few tests here.
pytestmark = pytest.mark.filterwarnings("ignore::crisisdata.errors.NoOverlapWarning")

FIRST_ACTS = {"mli-2020-08": date(2020, 8, 18), "mli-2021-05": date(2021, 5, 24), "tcd-2021-04": date(2021, 4, 20)}


def frame(days: list[str], places: list[Any] | str = "MLI", **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"when": pd.to_datetime(days), "where": places, **columns})


def align(events: Any, **arguments: Any) -> Any:
    return cd.align(events, **({"date": "when", "country": "where"} | arguments))


def test_one_episode_needs_no_list() -> None:
    events = frame(["2020-08-19"])
    one, listed = (align(events, episodes=asked, before=1, after=1) for asked in ("mli-2020-08", ["mli-2020-08"]))
    pd.testing.assert_frame_equal(one, listed)


# Against a loop


def plus_months(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    last = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)).day
    return first.replace(day=min(day.day, last))


def number_of(day: date, anchor: date, every: str) -> int:
    if every == "day":
        return (day - anchor).days
    if every == "week":
        number = 0
        while anchor + timedelta(days=7 * (number + 1)) <= day:
            number += 1
        while anchor + timedelta(days=7 * number) > day:
            number -= 1
        return number
    return next(m for m in range(-30, 30) if plus_months(anchor, m) <= day < plus_months(anchor, m + 1))


def episodes_with_their_days() -> list[tuple[str, str, date, date]]:
    found = cd.load()
    first, last = (found[name].dt.date for name in ("first_act_date", "first_act_date_latest"))
    return list(zip(found["episode_id"], found["iso3"], first, last, strict=True))


EPISODES = episodes_with_their_days()


def near(first: date, last: date, days: list[date], before: int, after: int) -> bool:
    window = {
        first - timedelta(days=before) + timedelta(days=d) for d in range(before + after + 1 + (last - first).days)
    }
    return bool(window & set(days))


def loop(events: list[Any], anchors: list[Any], before: int, after: int, every: str, told: Any) -> list[Any]:
    """What align should return: name, period, first and last day, days, days covered, events, sum, others."""
    windows = {name: [anchor + timedelta(days=d) for d in range(-before, after + 1)] for name, _, anchor in anchors}
    result = []
    for name, iso3, anchor in anchors:
        own = [event for event in events if event[1] == iso3]
        first, last = told or (min((e[0] for e in own), default=None), max((e[0] for e in own), default=None))
        for period in sorted({number_of(day, anchor, every) for day in windows[name]}):
            days = [day for day in windows[name] if number_of(day, anchor, every) == period]
            covered = [day for day in days if first and first <= day <= last]
            found = [event for event in own if event[0] in covered]
            known = [event[2] for event in found if event[2] is not None]
            others = [o for o, place, _ in anchors if o != name and place == iso3 and set(windows[o]) & set(days)]
            others += [o for o, place, a, b in EPISODES if place == iso3 and near(a, b, days, before, after)]
            zero = 0 if len(covered) == len(days) else None
            count = len(found) if found else zero
            total = sum(known) if known else None if found else zero
            mean = round(sum(known) / len(known), 9) if known else None
            result.append(
                (
                    name,
                    period,
                    days[0],
                    days[-1],
                    len(days),
                    len(covered),
                    count,
                    total,
                    mean,
                    "; ".join(sorted(others)),
                )
            )
    return result


days = st.integers(0, 120).map(lambda number: date(2020, 1, 20) + timedelta(days=number))
places = st.sampled_from(["MLI", "TCD", "FRA"])


@pytest.mark.slow
@given(
    events=st.lists(st.tuples(days, places, st.none() | st.integers(0, 9)), min_size=1, max_size=25),
    anchors=st.lists(st.tuples(places, days), min_size=1, max_size=4),
    before=st.integers(0, 70),
    after=st.integers(0, 70),
    every=st.sampled_from(["day", "week", "month"]),
    told=st.none() | st.tuples(days, days).map(lambda pair: (min(pair), max(pair))),
)
@example(
    events=[(date(2020, 2, day), "MLI", day) for day in (1, 28, 29)]
    + [(date(2020, 3, 30), "MLI", None), (date(2020, 3, 31), "MLI", 4)],
    anchors=[("MLI", date(2020, 1, 31))],
    before=0,
    after=70,
    every="month",
    told=(date(2020, 2, 1), date(2020, 3, 30)),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_counts_are_those_of_a_loop(events: Any, anchors: Any, before: int, after: int, every: str, told: Any) -> None:
    named = [(f"anchor {number}", place, day) for number, (place, day) in enumerate(anchors)]
    rows = pd.DataFrame(named, columns=["anchor", "iso3", "date"])
    mine = pd.DataFrame(events, columns=["when", "where", "value"]).astype({"value": "Int64"})
    call: dict[str, Any] = {"before": before, "after": after, "every": every, "coverage": told}
    found = align(mine, anchor=rows, value="value", agg=["sum", "mean"], **call)
    found["value_mean"] = found["value_mean"].round(9)
    columns = ["anchor", every, "start_date", "end_date", "days", "days_covered", "events"]
    columns += ["value_sum", "value_mean", "also_in"]
    for name in ("start_date", "end_date"):
        found[name] = found[name].dt.date
    cells = found[columns].astype(object)
    cells["also_in"] = cells["also_in"].where(cells["also_in"].notna(), "")
    cells = cells.where(cells.notna(), None)
    assert sorted(map(tuple, cells.values.tolist())) == sorted(loop(events, named, before, after, every, told))


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_no_period_has_days_from_before_and_after_the_anchor(every: str) -> None:
    found = align(frame(["2019-01-01", "2023-01-01"]), every=every, episodes=list(FIRST_ACTS)[:2])
    assert ((found["start_date"] >= found["anchor_date"]) == (found[every] >= 0)).all()
    assert ((found["end_date"] >= found["anchor_date"]) == (found[every] >= 0)).all()
    assert found.loc[found[every] == 0, "start_date"].tolist() == found.loc[found[every] == 0, "anchor_date"].tolist()


# Every engine gives the same table


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    numbers = range(600)
    spread = [date(2020, 1, 1) + timedelta(days=number * 37 % 700) for number in numbers]
    return pd.DataFrame({
        "when": pd.to_datetime(spread),
        "where": [("Mali", "Chad", "FRA", "mali ", "Tchad")[number % 5] for number in numbers],
        "deaths": pd.array([None if number % 7 == 0 else number % 4 for number in numbers], dtype="Int64"),
        "kind": [None if number % 11 == 0 else ("battle", "protest")[number % 2] for number in numbers],
    })  # fmt: skip


def in_duckdb(events: pa.Table) -> ibis.Table:
    connection = duckdb.connect()
    connection.register("given", events)
    connection.execute("create table events as from given")
    return ibis.duckdb.from_connection(connection).table("events")


CALLS: list[dict[str, Any]] = [
    {"every": "day", "value": "deaths"},
    {"every": "week", "value": "deaths", "agg": ["sum", "mean", "min", "max"], "columns": ["kind"]},
    {"every": "month", "coverage": ("2020-06-01", "2021-06-30"), "value": ["deaths"]},
    {"every": None, "columns": ["when", "deaths", "kind"]},
    {"every": "week", "anchor": ["first_act", "suspended"], "episodes": ["mli-2020-08", "mli-2021-05"]},
]
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call["every"]))


def plain(result: Any, every: str | None) -> pd.DataFrame:
    """Return a result of any kind as pandas of one form."""
    if isinstance(result, ibis.Table):
        result = result.to_pyarrow()
    if isinstance(result, pl.DataFrame):
        result = result.with_columns(pl.col(pl.Categorical).cast(pl.String)).to_arrow()
    if isinstance(result, pa.Table):
        result = to_pandas(result)
    for name in result.select_dtypes(["category", "object", "string"]):
        result[name] = result[name].astype(object).where(result[name].notna(), None)
    result = result.astype(dict.fromkeys(result.select_dtypes("datetime"), "datetime64[ms]"))
    result = result.astype(dict.fromkeys(result.select_dtypes("Int32"), "Int64"))
    return result if every else result.sort_values(list(result)).reset_index(drop=True)


@each_call
def test_every_engine_gives_the_same_table(call: dict[str, Any], events: pd.DataFrame, tmp_path: Path) -> None:
    expected = align(events, **call)
    assert isinstance(expected, pd.DataFrame)
    arrow = pa.Table.from_pandas(events, preserve_index=False)
    pl.DataFrame(arrow).write_parquet(tmp_path / "events.parquet")
    pl.DataFrame(arrow).with_columns(pl.col("when").cast(pl.Date)).write_csv(tmp_path / "events.csv")
    table = in_duckdb(arrow)
    kinds: list[tuple[Any, type]] = [
        (events.astype({"kind": "category", "where": "category"}), pd.DataFrame),
        (pl.DataFrame(arrow), pl.DataFrame),
        (pl.DataFrame(arrow).with_columns(pl.col("kind", "where").cast(pl.Categorical)), pl.DataFrame),
        (pl.LazyFrame(arrow), pl.DataFrame),
        (arrow, pa.Table),
        (tmp_path / "events.parquet", pd.DataFrame),
        (str(tmp_path / "*.csv"), pd.DataFrame),
    ]
    for given_events, kind in kinds:
        result = align(given_events, **call)
        assert isinstance(result, kind)
        pd.testing.assert_frame_equal(plain(result, call["every"]), plain(expected, call["every"]))
    lazy = align(table, check_values=True, **call)
    assert isinstance(lazy, ibis.Table)
    pd.testing.assert_frame_equal(plain(lazy, call["every"]), plain(expected, call["every"]))


@each_call
def test_an_ibis_table_stays_where_it_is_and_nothing_runs(
    call: dict[str, Any], events: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    spelled = events.assign(where=events["where"].replace({"mali ": "Mali"}))
    expected = align(spelled, **call)
    table = in_duckdb(pa.Table.from_pandas(spelled, preserve_index=False))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a query was run")

    with monkeypatch.context() as patched:
        for name in ("to_pyarrow", "execute", "raw_sql", "to_pyarrow_batches"):
            patched.setattr(type(table.get_backend()), name, refuse)
        lazy = align(table, **call)
    pd.testing.assert_frame_equal(plain(lazy, call["every"]), plain(expected, call["every"]))


# Countries


@pytest.mark.parametrize(
    ("column", "codes", "mali", "chad", "other"),
    [
        ("iso3", None, "MLI", "TCD", "FRA"),
        ("place", None, "ML", "TD", "FR"),
        ("place", None, "mali", " Tchad", "Côte d'Ivoire"),
        ("country", "name_fr", "Mali", "Tchad", "États-Unis"),
        ("ccode", None, 432, 483, 255),
        ("COWcode", None, 432.0, 483.0, 255.0),
        ("scode", None, "MLI", "CHA", "GMY"),
        ("gwno", None, 432, 483, 260),
        ("iso", None, 466, 148, 250),
        ("number", "iso_numeric", "466", "148", "012"),
        ("ActionGeo_CountryCode", None, "ML", "CD", None),
    ],
)
def test_countries_are_known_by_every_code(column: str, codes: str | None, mali: Any, chad: Any, other: Any) -> None:
    days = ["2020-08-18", "2021-04-20", "2021-04-20", "2021-05-25"]
    places = [mali, chad, other, mali] if other is not None else [mali, chad, chad, mali]
    mine = frame(days, places, where=None).drop(columns="where").assign(**{column: places})
    found = align(mine, country=column, codes=codes, every=None, before=0, after=1, columns=["when"])
    expected = [("mli-2020-08", 0), ("mli-2021-05", 1)] + [("tcd-2021-04", 0)] * (1 if other is not None else 2)
    assert sorted(zip(found["episode_id"], found["day"], strict=True)) == sorted(expected)


def test_fips_is_not_iso() -> None:
    """In FIPS 10-4 TD is Trinidad and Tobago, and CD, which is Congo in ISO, is Chad."""
    mine = frame(["2021-04-20", "2021-04-20"], ["TD", "CD"], row=[1, 2])
    fips = align(mine, codes="fips", every=None, before=0, after=0, others="drop")
    iso = align(mine, codes="iso2", every=None, before=0, after=0, others="drop")
    assert fips["row"].tolist() == [2]
    assert iso["row"].tolist() == [1]


def test_the_ways_to_write_a_country_are_one_country() -> None:
    days = ["2020-08-16", "2020-08-17", "2020-08-19", "2020-08-20"]
    for written in (["Mali", "MLI", "ml", "MALI "], ["MLI", "Mali", "Mali", "MLI"], ["ml", "MLI", "MLI", "Mali"]):
        found = align(frame(days, written), episodes=["mli-2020-08"], before=3, after=3)
        assert found["events"].fillna(-1).tolist() == [-1, 1, 1, 0, 1, 1, -1]


# Anchors


def test_anchors_are_any_dated_row() -> None:
    mine = frame(["2022-01-09", "2022-07-03"], "MLI")
    timeline = cd.load("timeline")
    rows = timeline[timeline["record_id"].str.startswith("mli-2021-05/ecowas-border-closure/")]
    by_rows = align(mine, anchor=rows, before=0, after=0, every="day")
    by_name = align(mine, anchor=sorted(rows["record_id"]), before=0, after=0, every="day")
    pd.testing.assert_frame_equal(by_rows, by_name)
    lifted = by_rows.set_index("anchor").loc["mli-2021-05/ecowas-border-closure/lifted"]
    assert lifted["anchor_date"] == pd.Timestamp("2022-07-03")
    assert lifted["events"] == 1
    assert lifted["episode_id"] == "mli-2021-05"


def test_a_record_with_several_dates_needs_to_be_told_which() -> None:
    timeline = cd.load("timeline")
    several = timeline.loc[
        timeline.duplicated(["record_id"]) & (timeline["table_name"] == "milestones"), "record_id"
    ].iloc[0]
    variables = timeline.loc[timeline["record_id"] == several, "variable"]
    with pytest.raises(UnknownNameError, match=f"{several}:{variables.iloc[0]}"):
        align(frame(["2020-01-01"]), anchor=several)
    found = align(
        frame(["1990-01-01", "2026-01-01"]), anchor=f"{several}:{variables.iloc[0]}", before=0, after=0, inexact="first"
    )
    assert len(found) == 1


def test_episodes_without_the_date_are_left_out_unless_asked_for() -> None:
    installed = cd.load().dropna(subset="leader_installed_date")["episode_id"]
    found = align(frame(["2010-01-01", "2025-01-01"]), anchor="leader_installed", before=0, after=0)
    assert set(found["episode_id"]) == set(installed)
    with pytest.raises(UnknownNameError, match="leader_installed of mli-2012-04"):
        align(frame(["2010-01-01"]), anchor="leader_installed", episodes=["mli-2012-04"])


def test_an_anchor_is_never_more_exact_than_the_dataset() -> None:
    call: dict[str, Any] = {"anchor": "executive_detained", "episodes": ["mli-2012-03"], "before": 1, "after": 1}
    mine = frame(["2012-03-01", "2012-04-01"])
    with pytest.raises(InexactDateError, match=r"mli-2012-03 is known to the interval \(2012-03-21/2012-03-22\)"):
        align(mine, **call)
    for decision, day in (("first", "2012-03-21"), ("last", "2012-03-22")):
        assert set(align(mine, inexact=decision, **call)["anchor_date"]) == {pd.Timestamp(day)}
    with pytest.raises(UnknownNameError, match="no anchors are left"):
        align(mine, inexact="drop", **call)
    others = align(frame(["2012-03-01", "2021-06-01"]), inexact="drop", **call | {"episodes": None})
    assert "mli-2012-03" not in set(others["episode_id"])


def test_a_span_of_days_is_no_day_also_where_nothing_says_how_exact_it_is() -> None:
    rows = pd.DataFrame({"iso3": ["MLI"], "date": ["2020-08-18"], "date_latest": ["2020-08-20"]})
    with pytest.raises(InexactDateError, match="2020-08-18/2020-08-20"):
        align(frame(["2020-08-18"]), anchor=rows)


def test_overlapping_windows_are_marked() -> None:
    found = align(frame(["2019-01-01", "2023-01-01"]), episodes=list(FIRST_ACTS), before=180, after=365)
    marked = found[found["also_in"].notna()]
    pairs = set(zip(marked["episode_id"], marked["also_in"], strict=True))
    assert pairs == {("mli-2020-08", "mli-2021-05"), ("mli-2021-05", "mli-2020-08")}
    assert marked["start_date"].min() == pd.Timestamp("2021-05-24") - pd.Timedelta(days=180)
    assert marked["start_date"].max() == pd.Timestamp("2020-08-18") + pd.Timedelta(days=365)
    rows = align(frame(["2019-01-01", "2021-01-01"]), every=None, episodes=list(FIRST_ACTS))
    assert rows[["episode_id", "day", "also_in"]].values.tolist() == [
        ["mli-2020-08", 136, "mli-2021-05"],
        ["mli-2021-05", -143, "mli-2020-08"],
    ]


# Coverage


def test_zero_is_said_inside_the_span_of_a_country_only() -> None:
    mine = frame(["2021-04-18", "2021-04-22", "2021-05-24", "2021-05-26"], ["TCD", "TCD", "MLI", "MLI"])
    call: dict[str, Any] = {"episodes": ["mli-2021-05", "tcd-2021-04"], "before": 3, "after": 3}
    found = align(mine, **call).set_index(["episode_id", "day"])["events"].astype(object)
    cells = {key: None if value is pd.NA else value for key, value in found.items()}
    assert [cells["tcd-2021-04", day] for day in range(-3, 4)] == [None, 1, 0, 0, 0, 1, None]
    assert [cells["mli-2021-05", day] for day in range(-3, 4)] == [None, None, None, 1, 0, 1, None]
    told = align(mine, coverage={"MLI": ("2021-05-22", "2021-05-25")}, **call).set_index(["episode_id", "day"])[
        "events"
    ]
    assert told["tcd-2021-04"].isna().all()
    assert told["mli-2021-05"].fillna(-1).tolist() == [-1, 0, 0, 1, 0, -1, -1]
    both = align(mine, coverage=("2021-01-01", "2021-12-31"), **call)
    assert both["events"].notna().all()
    assert (both["days_covered"] == both["days"]).all()


def test_a_sum_of_nothing_known_is_missing_and_not_zero() -> None:
    mine = frame(["2020-08-17", "2020-08-18", "2020-08-20"], deaths=pd.array([1, None, 2], dtype="Int64"))
    found = align(mine, value="deaths", episodes=["mli-2020-08"], before=1, after=2).set_index("day")
    assert found["events"].tolist() == [1, 1, 0, 1]
    assert found["deaths_sum"].fillna(-1).tolist() == [1, -1, 0, 2]


def test_counts_are_split_by_other_columns_also_where_these_are_missing() -> None:
    mine = frame(["2020-08-17", "2020-08-18", "2020-08-18", "2020-08-19"], kind=["a", None, None, "a"])
    found = align(mine, episodes=["mli-2020-08"], before=1, after=1, columns=["kind"])
    cells = found.assign(kind=found["kind"].fillna("none")).set_index(["kind", "day"])["events"].to_dict()
    assert cells == {
        ("a", -1): 1, ("a", 0): 0, ("a", 1): 1, ("none", -1): 0, ("none", 0): 2, ("none", 1): 0,
    }  # fmt: skip


# Wrong input


@pytest.mark.parametrize(
    ("mine", "call", "expected"),
    [
        (frame(["2020-08-18"]), {"date": "whne"}, "no column 'whne'; did you mean 'when'"),
        (frame(["2020-08-18"]), {"value": "deaths"}, "no column 'deaths'"),
        (frame(["2020-08-18"]), {"columns": ["kind"]}, "no column 'kind'"),
        (frame(["2020-08-18"]), {"country": None}, "pass both date= and country="),
        (frame(["2020-08-18", None]), {}, "1 of 2 events have no date"),
        (frame(["2020-08-18"] * 3, ["MLI", "Mlai", None]), {}, r"2 values .*'Mlai' \(1\)|None"),
        (frame(["2020-08-18"], ["Brazil"]), {}, "'Brazil' .1.*others='drop'"),
        (frame(["2020-08-18"], [432]), {}, "Pass codes='cow_code'"),
        (frame(["2020-08-18"], [432]), {"codes": "iso3"}, "codes='iso3' are strings"),
        (frame(["2020-08-18"], [True]), {}, "not country codes or names"),
        (frame(["2020-08-18"]).assign(when=["18.08.2020"]), {}, "dates in 'when' .* '18.08.2020' .1 event.*date_format='%d.%m.%Y'"),
        (frame(["2020-08-18"]).assign(when=["2020-08-18T23:00:00Z"]), {}, "not written as"),
        (frame(["2020-08-18"]).assign(when=["2020-02-30"]), {}, "'2020-02-30'"),
        (frame(["2020-08-18"]).assign(when=[2020]), {}, "contains int64, not dates"),
        (frame(["2020-08-18"]).assign(when=lambda f: f["when"].dt.tz_localize("UTC")), {}, "time zone UTC"),
        (frame(["2020-08-18", "2020-08-18"]).assign(when=["2020-08-18", 3]), {}, "values of mixed types"),
        (frame(["2020-08-18"], day=1), {"columns": ["day"]}, "names are reserved for the result: 'day'"),
        (frame(["2020-08-18"]), {"value": "where", "every": None}, "^value= needs every='day', 'week' or 'month'; without every=, the events themselves are returned.$"),
        (frame(["2020-08-18"]), {"every": "year"}, "every must be one of"),
        (frame(["2020-08-18"]), {"agg": "median", "value": "where"}, "got 'median'"),
        (frame(["2020-08-18"]), {"agg": [], "value": "where"}, r"agg=\[\] must name at least one of sum, "),
        (frame(["2020-08-18"], kind="a"), {"value": "kind"}, "'kind' contains string, which cannot be summed"),
        (frame(["2020-08-18"]), {"codes": "iso"}, "codes must be one of"),
        (frame(["2020-08-18"]), {"others": "keep"}, "got 'keep'"),
        (frame(["2020-08-18"]), {"inexact": "guess"}, "got 'guess'"),
        (frame(["2020-08-18"]), {"before": -1}, "before=-1"),
        (frame(["2020-08-18"]), {"after": 1.5}, "after=1.5"),
        (frame(["2020-08-18"]), {"episodes": ["mli-2020"]}, "no episode 'mli-2020'.*mli-2020-08"),
        (frame(["2020-08-18"]), {"anchor": "first_akt"}, "no anchor 'first_akt'.*did you mean 'first_act'"),
        (frame(["2020-08-18"]), {"anchor": []}, "must name at least one anchor"),
        (frame(["2020-08-18"]), {"anchor": pd.DataFrame({"date": ["2020-01-01"]})}, "no column iso3"),
        (frame(["2020-08-18"]), {"anchor": pd.DataFrame({"iso3": ["MLI"], "date": ["soon"]})}, "a value that is not a date"),
        (frame(["2020-08-18"]), {"anchor": pd.DataFrame({"iso3": ["XXX"], "date": ["2020-01-01"]})}, "no country 'XXX'"),
        (frame(["2020-08-18"]), {"coverage": ("2021-01-01", "2020-01-01")}, "ends before it begins"),
        (frame(["2020-08-18"]), {"coverage": "2021"}, "must have a first and a last day"),
        (frame(["2020-08-18"]), {"version": "9.9"}, "no edition '9.9'"),
        ({"when": []}, {}, "type builtins.dict"),
        ("nowhere.parquet", {}, "nowhere.parquet could not be read"),
        ("events.sav", {}, "must be a Parquet, CSV or Excel file"),
    ],
)  # fmt: skip
def test_wrong_input_gets_an_error_that_says_what_to_do(mine: Any, call: dict[str, Any], expected: str) -> None:
    with pytest.raises(CrisisDataError, match=expected):
        align(mine, **call)


def test_a_column_that_is_none_of_countries_is_told_so() -> None:
    mine = pd.DataFrame({"when": pd.Timestamp("2020-08-18"), "where": [f"id{number}" for number in range(10_001)]})
    with pytest.raises(InvalidEventsError, match="more than 10,000 distinct values"):
        align(mine)


@pytest.mark.parametrize(
    ("day", "place", "expected"),
    [
        ("1999-01-01", "MLI", "MLI from 1999-01-01 to 1999-01-01"),
        ("2020-08-18", "FRA", "in no country of these windows"),
    ],
)
def test_events_outside_every_window_get_a_warning_with_the_spans(day: str, place: str, expected: str) -> None:
    with pytest.warns(NoOverlapWarning, match=expected) as caught:
        found = align(frame([day], place), episodes=["mli-2020-08"])
    assert "mli-2020-08 (first_act, MLI) from 2020-02-20 to 2021-08-18" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert found["events"].isna().all()


def test_an_unknown_argument_value_stops_before_the_events_are_opened() -> None:
    with pytest.raises(ArgumentError, match="every must be one of"):
        align(object(), every="fortnight")
