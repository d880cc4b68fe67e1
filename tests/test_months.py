"""The panel of countries and months: nothing outside coverage, and nothing that is not sure."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import FILES, read_schema, write_cases
from hypothesis import given, settings
from hypothesis import strategies as st
from test_universe import CANDIDATES, UNIVERSE

from crisisdata.coding.derive import derive
from crisisdata.coding.validate import read_coding

CASE = "episodes/aaa-2020-01.yaml"
COUNTRIES = "iso3,iso2,name,name_fr,cow_code,gw_code,independence_date,source_id\nAAA,AA,Land,Pays,9,9,2018-11-20,paper-2020-01-03\n"
INDEPENDENCE, AS_OF = date(2018, 11, 20), date(2021, 3, 10)
BY_TOPIC = {
    "candidates": ("coups", "attempts", "plots", "military_rule"),
    "milestones": ("transition",),
    "sanctions": (
        "suspensions",
        "suspensions_low",
        "suspensions_high",
        "sanctions",
        "sanctions_trade",
        "sanctions_by_regional",
    ),
}
WHOLE = [(topic, "2018-01-01", "2025-12-31") for topic in BY_TOPIC]


def panel(spans: list[tuple[str, str, str]], *changes: tuple[str, str, str]) -> dict[date, dict[str, Any]]:
    """Build the panel of the small case with these spans covered, and these changes to its files."""
    rows = [f"c{n},AAA,,{topic},{a},{b},targeted,All of it\n" for n, (topic, a, b) in enumerate(spans)]
    header = "coverage_id,iso3,episode_id,topic,start_date,end_date,depth,searched\n"
    files = UNIVERSE | {"countries.csv": COUNTRIES, "coverage.csv": header + "".join(rows)}
    for file, old, new in changes:
        text = files.get(file, "")
        assert old in text
        files = files | {file: text.replace(old, new, 1)}
    schema = read_schema()
    schema = replace(schema, package=schema.package | {"as_of": AS_OF})
    with tempfile.TemporaryDirectory() as folder:
        tables = derive(read_coding(write_cases(Path(folder), files), schema))
    return {row["month"]: row for row in tables["country_month"]}


def last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def test_the_panel_runs_from_independence_to_the_month_of_the_edition() -> None:
    months = list(panel(WHOLE))
    assert (months[0], months[-1]) == (date(2018, 11, 1), date(2021, 3, 1))
    assert all(later == last_day(month) + timedelta(days=1) for month, later in pairwise(months))
    assert {row["cow_code"] for row in panel(WHOLE).values()} == {9}


DAYS = st.dates(date(2018, 1, 1), date(2022, 6, 30))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(ends=st.tuples(DAYS, DAYS).map(sorted), topic=st.sampled_from(sorted(BY_TOPIC)))
def test_a_month_outside_coverage_is_missing_and_never_0(ends: list[date], topic: str) -> None:
    start, end = ends
    for month, row in panel([(topic, str(start), str(end))]).items():
        first, last = max(month, INDEPENDENCE), min(last_day(month), AS_OF)
        whole, part = start <= first and last <= end, start <= last and first <= end
        for name in BY_TOPIC[topic]:
            if whole:
                assert row[name] is not None, (month, name)
            else:
                assert row[name] is None or (part and row[name] not in (0, "no")), (month, name)
        for other in set(BY_TOPIC) - {topic}:
            assert all(row[name] is None for name in BY_TOPIC[other])


@pytest.mark.parametrize("topic", BY_TOPIC)
def test_both_sides_of_both_boundaries(topic: str) -> None:
    rows = panel([(topic, "2019-04-01", "2020-09-30")])
    for name in BY_TOPIC[topic]:
        inside = [month for month, row in rows.items() if row[name] is not None]
        assert (min(inside), max(inside), len(inside)) == (date(2019, 4, 1), date(2020, 9, 1), 18)
    # One day less at either end, and a 0 of the month at that end is gone, while what was found is not.
    rows = panel([(topic, "2019-04-02", "2020-09-29")])
    for name in BY_TOPIC[topic]:
        inside = [month for month, row in rows.items() if row[name] is not None]
        assert min(inside) == date(2019, 5, 1)
        still_true = name in ("military_rule", "transition")
        assert max(inside) == (date(2020, 9, 1) if still_true else date(2020, 8, 1))


def test_a_search_that_began_with_the_coup_shows_what_it_found_in_that_month() -> None:
    rows = panel([("sanctions", "2020-01-02", "2025-12-31"), ("milestones", "2020-01-02", "2025-12-31")])
    january = rows[date(2020, 1, 1)]
    assert (january["suspensions"], january["suspensions_low"], january["suspensions_high"]) == (1, 1, None)
    assert (january["sanctions"], january["transition"]) == (None, "yes")
    assert rows[date(2020, 2, 1)]["sanctions"] == 0
    assert rows[date(2019, 12, 1)]["suspensions"] is None


def test_spans_that_meet_within_a_month_cover_it() -> None:
    meeting = panel([("candidates", "2018-11-01", "2020-01-14"), ("candidates", "2020-01-15", "2025")])
    assert all(row["coups"] is not None for row in meeting.values())
    parted = panel([("candidates", "2018-11-01", "2020-01-14"), ("candidates", "2020-01-16", "2025")])
    assert [month for month, row in parted.items() if row["plots"] is None] == [date(2020, 1, 1)]
    assert parted[date(2020, 1, 1)]["coups"] == 1
    assert parted[date(2020, 1, 1)]["months_since_coup"] is None


def test_events_and_measures_on_dates_known_by_hand() -> None:
    rows = panel(WHOLE)
    january, february, march = (rows[date(2020, month, 1)] for month in (1, 2, 3))
    assert (january["coups"], february["coups"], rows[date(2019, 5, 1)]["plots"]) == (1, 0, 1)
    # The suspension of 10 January was lifted on 9 February.
    assert [row["suspensions"] for row in (rows[date(2019, 12, 1)], january, february, march)] == [0, 1, 1, 0]
    assert january["sanctions"] == 0
    assert rows[date(2019, 12, 1)]["months_since_coup"] is None
    assert [row["months_since_coup"] for row in (january, february, rows[date(2021, 3, 1)])] == [0, 1, 14]
    assert [row["military_rule"] for row in (rows[date(2019, 12, 1)], january, rows[date(2021, 3, 1)])] == [
        "no",
        "yes",
        "yes",
    ]
    assert [row["transition"] for row in (rows[date(2019, 12, 1)], january, march)] == ["no", "yes", "yes"]


def test_a_measure_lifted_on_the_first_is_not_in_force_in_that_month() -> None:
    rows = panel(WHOLE, (CASE, "{date: 2020-02-09, action: lifted", "{date: 2020-02-01, action: lifted"))
    assert [rows[date(2020, month, 1)]["suspensions"] for month in (1, 2)] == [1, 0]


def test_one_return_to_constitutional_order_ends_every_transition_before_it() -> None:
    sequel = "aaa-2020-03.yaml"
    text = """episode:
  episode_id: aaa-2020-03
  iso3: AAA
  name: Land, March 2020
  event_type: removal_of_head_of_government
  outcome: successful
  first_act_date: 2020-03-05
  summary: Officers took a prime minister away.
  evidence:
    - {source_id: paper-2020-01-03, locator: paragraph 1, reading: Says so.}
"""
    rows = panel(WHOLE, (CASE, "kind: election", "kind: constitutional_order"), (f"episodes/{sequel}", "", text))
    assert [rows[date(2020, month, 1)]["transition"] for month in (1, 3, 7, 8)] == ["yes", "yes", "yes", "no"]


def test_other_measures_are_counted_by_kind_and_sender() -> None:
    rows = panel(WHOLE, (CASE, "measure: membership_suspension", "measure: border_closure"))
    january = rows[date(2020, 1, 1)]
    assert (january["suspensions"], january["sanctions"], january["sanctions_by_regional"]) == (0, 1, 1)
    kinds = [name for name, value in january.items() if name.startswith("sanctions_") and value == 1]
    assert len(kinds) == 4  # one GSDB type, one class of sender, and the bounds


def test_what_is_not_sure_is_missing() -> None:
    # Imposed some day of 2020: possible in each of its months up to the end, sure in none before it.
    rows = panel(WHOLE, (CASE, "{date: 2020-01-10, action: imposed", "{date: 2020, action: imposed"))
    assert [rows[date(2020, month, 1)]["suspensions"] for month in (1, 2, 3)] == [None, None, 0]
    # No end was found: missing after the last state that is known.
    lifted = "      - {date: 2020-02-09, action: lifted, evidence: [{source_id: paper-2020-01-03, locator: note, reading: Says so.}]}\n"
    rows = panel(WHOLE, (CASE, lifted, ""))
    assert [rows[date(2020, month, 1)]["suspensions"] for month in (1, 2)] == [1, None]
    february = rows[date(2020, 2, 1)]
    assert (february["suspensions_low"], february["suspensions_high"]) == (0, 1)
    # A plot dated to the year may lie in any of its months.
    rows = panel(WHOLE, (CANDIDATES, "date: 2019-05", "date: 2019"))
    assert {rows[date(2019, month, 1)]["plots"] for month in range(1, 13)} == {None}
    assert rows[date(2020, 1, 1)]["plots"] == 0
    # How long the junta held power was not found.
    rows = panel(WHOLE, (CANDIDATES, "power_ended_date: not_applicable", "power_ended_date: unknown"))
    assert [rows[date(2020, month, 1)]["military_rule"] for month in (1, 2)] == ["yes", None]


def test_a_country_without_independence_has_no_months() -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert derive(read_coding(write_cases(Path(folder), FILES), read_schema()))["country_month"] == []
