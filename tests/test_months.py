"""The panel of countries and months: nothing outside coverage, and nothing that is not sure."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from casebuild import derived_from
from conftest import FILES
from hypothesis import given, settings
from hypothesis import strategies as st
from test_universe import CANDIDATES, UNIVERSE

from crisisdata.coding.derive.month import possibly_in
from crisisdata.coding.rows import Row

CASE = "episodes/aaa-2020-01.yaml"
COUNTRIES = "iso3,iso2,name,name_fr,cow_code,gw_code,independence_date,source_id\nAAA,AA,Land,Pays,9,9,2018-11-20,paper-2020-01-03\n"
INDEPENDENCE, CUTOFF = date(2018, 11, 20), date(2021, 3, 10)
BOUNDS = ("low", "best", "high")
BY_TOPIC = {
    "candidates": ("coups", "attempts", "plots", "military_rule"),
    "milestones": ("transition",),
    "sanctions": tuple(
        f"{column}_{bound}"
        for column in ("suspensions", "sanctions", "sanctions_trade", "sanctions_by_regional")
        for bound in BOUNDS
    ),
}
WHOLE = [(topic, "2018-01-01", "2025-12-31") for topic in BY_TOPIC]
Changes = tuple[str, str, str]


def tables(spans: list[tuple[str, str, str]], *changes: Changes, cutoff: date = CUTOFF) -> dict[str, list[Row]]:
    """Return the tables of the small case with these spans covered, and these changes to its files."""
    rows = [f"c{n},AAA,,{topic},{a},{b},targeted,All of it\n" for n, (topic, a, b) in enumerate(spans)]
    rows.append(f"end,AAA,,cutoff,2018-01-01,{cutoff},targeted,All of it\n")
    header = "coverage_id,iso3,episode_id,topic,start_date,end_date,depth,searched\n"
    files = UNIVERSE | {"countries.csv": COUNTRIES, "coverage.csv": header + "".join(rows)}
    for file, old, new in changes:
        text = files.get(file, "")
        assert old in text, old
        files = files | {file: text.replace(old, new, 1)}
    return derived_from(files)


def panel(spans: list[tuple[str, str, str]], *changes: Changes, cutoff: date = CUTOFF) -> dict[date, dict[str, Any]]:
    """Return the panel of those tables by month."""
    return {row["month"]: row for row in tables(spans, *changes, cutoff=cutoff)["country_month"]}


def counts(row: dict[str, Any], column: str = "suspensions") -> tuple[int | None, ...]:
    return tuple(row[f"{column}_{bound}"] for bound in BOUNDS)


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
        first, last = max(month, INDEPENDENCE), min(last_day(month), CUTOFF)
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
    assert counts(january) == (1, 1, None)
    assert (counts(january, "sanctions"), january["transition"]) == ((None, None, None), "yes")
    assert counts(rows[date(2020, 2, 1)], "sanctions") == (0, 0, 0)
    assert counts(rows[date(2019, 12, 1)]) == (None, None, None)


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
    found = [counts(row) for row in (rows[date(2019, 12, 1)], january, february, march)]
    assert found == [(0, 0, 0), (1, 1, 1), (1, 1, 1), (0, 0, 0)]
    assert counts(january, "sanctions") == (0, 0, 0)
    assert rows[date(2019, 12, 1)]["months_since_coup"] is None
    assert [row["months_since_coup"] for row in (january, february, rows[date(2021, 3, 1)])] == [0, 1, 14]
    assert [row["military_rule"] for row in (rows[date(2019, 12, 1)], january, rows[date(2021, 3, 1)])] == [
        "no",
        "yes",
        "yes",
    ]
    assert [row["transition"] for row in (rows[date(2019, 12, 1)], january, march)] == ["no", "yes", "yes"]


LIFTED = "      - event_date: 2020-02-09\n        action: lifted\n        evidence: [{source_id: decision-2, locator: article 1, reading: Says so., date_basis: stated}]\n"


def test_a_measure_lifted_on_the_first_is_not_in_force_in_that_month() -> None:
    rows = panel(
        WHOLE,
        (CASE, "event_date: 2020-02-09\n        action: lifted", "event_date: 2020-02-01\n        action: lifted"),
    )
    assert [counts(rows[date(2020, month, 1)]) for month in (1, 2)] == [(1, 1, 1), (0, 0, 0)]


def test_one_return_to_constitutional_order_ends_every_transition_before_it() -> None:
    sequel = "aaa-2020-03.yaml"
    text = """episode:
  episode_id: aaa-2020-03
  iso3: AAA
  name: Land, March 2020
  tier: core
  event_type: removal_of_head_of_government
  outcome: successful
  first_act_date: 2020-03-05
  summary: Officers took a prime minister away.
  evidence:
    - {source_id: paper-2020-01-03, locator: paragraph 1, reading: Says so., date_basis: stated}
"""
    rows = panel(
        WHOLE,
        (CASE, "  - id: vote\n    kind: election", "  - id: vote\n    kind: constitutional_order"),
        (f"episodes/{sequel}", "", text),
    )
    assert [rows[date(2020, month, 1)]["transition"] for month in (1, 3, 7, 8)] == ["yes", "yes", "yes", "no"]


def test_other_measures_are_counted_by_kind_and_sender() -> None:
    rows = panel(WHOLE, (CASE, "measure: membership_suspension", "measure: border_closure"))
    january = rows[date(2020, 1, 1)]
    assert (counts(january), counts(january, "sanctions")) == ((0, 0, 0), (1, 1, 1))
    kinds = {name.rpartition("_")[0] for name, value in january.items() if name.startswith("sanctions_") and value == 1}
    assert kinds == {"sanctions", "sanctions_trade", "sanctions_by_regional"}


def test_low_best_and_high_of_a_measure_whose_dates_are_not_known_to_the_day() -> None:
    # Imposed some day of 2020 and lifted on 9 February: possible from January, sure up to the eve of the lifting only
    # where it had begun, and at best from the middle between the first and the last day on which it can have begun.
    rows = panel(
        WHOLE, (CASE, "event_date: 2020-01-10\n        action: imposed", "event_date: 2020-01\n        action: imposed")
    )
    assert [counts(rows[date(2020, month, 1)]) for month in (1, 2, 3)] == [(1, 1, 1), (1, 1, 1), (0, 0, 0)]
    rows = panel(
        WHOLE,
        (
            CASE,
            "event_date: 2020-01-10\n        action: imposed",
            "event_date: 2020-01-01/2020-05-31\n        action: imposed",
        ),
        (CASE, "event_date: 2020-02-09\n        action: lifted", "event_date: 2020-09-01\n        action: lifted"),
    )
    found = [counts(rows[date(2020, month, 1)]) for month in (1, 2, 3, 4, 5, 8, 9)]
    assert found == [(0, 0, 1), (0, 0, 1), (0, 1, 1), (0, 1, 1), (1, 1, 1), (1, 1, 1), (0, 0, 0)]


def test_an_end_that_nobody_found_leaves_a_best_number_in_every_month() -> None:
    # Last shown in force on 9 February 2020; coded to 10 March 2021: at best it lasts halfway, to 24 August 2020.
    rows = panel(
        WHOLE,
        (CASE, LIFTED, ""),
        (
            CASE,
            "    summary: The bloc suspended Land.\n    evidence:\n      - {source_id: decision-1, locator: article 1, reading: Says so.}\n    history",
            "    shown_in_force_date: 2020-02-09\n    summary: The bloc suspended Land.\n    evidence:\n      - {source_id: decision-1, locator: article 1, reading: Says so., date_basis: stated}\n    history",
        ),
    )
    found = [counts(rows[date(2020, month, 1)]) for month in (1, 2, 3, 8, 9)]
    assert found == [(1, 1, 1), (1, 1, 1), (0, 1, 1), (0, 1, 1), (0, 0, 1)]
    assert counts(rows[date(2021, 3, 1)]) == (0, 0, 1)
    assert None not in [value for row in rows.values() for value in counts(row)]


def test_what_is_not_sure_is_missing() -> None:
    # A plot dated to the year may lie in any of its months.
    rows = panel(WHOLE, (CANDIDATES, "event_date: 2019-05", "event_date: 2019"))
    assert {rows[date(2019, month, 1)]["plots"] for month in range(1, 13)} == {None}
    assert rows[date(2020, 1, 1)]["plots"] == 0
    # How long the junta held power was not found.
    rows = panel(WHOLE, (CANDIDATES, "power_ended_date: not_applicable", "power_ended_date: unknown"))
    assert [rows[date(2020, month, 1)]["military_rule"] for month in (1, 2)] == ["yes", None]


def test_a_measure_that_carries_out_another_is_counted_once_in_the_panel() -> None:
    second = SANCTION_ABROAD.format(implements="    implements_id: aaa-2020-01/bloc-suspension\n")
    apart = SANCTION_ABROAD.format(implements="")
    actor = ("actors.csv", "union,A union", "bloc-2,Another bloc,regional_organisation,,,external\nunion,A union")
    found = [
        counts(panel(WHOLE, actor, (CASE, "milestones:\n", added + "milestones:\n"))[date(2020, 1, 1)])
        for added in (second, apart)
    ]
    assert found == [(1, 1, 1), (2, 2, 2)]


SANCTION_ABROAD = """  - id: carried-out
    name: Suspension from another bloc
    sender_id: bloc-2
    measure: membership_suspension
    scope: state
    goals: [constitutional_order]
    basis: discretionary
    coup_related: coup_related
{implements}    summary: Another bloc suspended Land.
    evidence:
      - {{source_id: decision-1, locator: article 1, reading: Says so.}}
    history:
      - event_date: 2020-01-20
        action: imposed
        evidence: [{{source_id: decision-1, locator: article 1, reading: Says so., date_basis: stated}}]
      - event_date: 2020-02-09
        action: lifted
        evidence: [{{source_id: decision-2, locator: article 1, reading: Says so., date_basis: stated}}]
"""


# The panel of senders


def senders(spans: list[tuple[str, str, str]], *changes: Changes) -> dict[tuple[str, date], dict[str, Any]]:
    return {(row["sender_id"], row["month"]): row for row in tables(spans, *changes)["sender_month"]}


STATE = (
    (
        "actors.csv",
        "union,A union",
        "state,Far Land,state,BBB,,external\nbody,A body,regional_organisation,,bloc,external\nunion,A union",
    ),
    ("countries.csv", "AAA,AA", "BBB,BB,Far Land,Pays lointain,7,8,,paper-2020-01-03\nAAA,AA"),
    (CASE, "actor_ids: [bloc]", "actor_ids: [bloc, state]"),
)


def test_each_sender_has_measures_and_days_by_month() -> None:
    rows = senders(WHOLE, *STATE, (CASE, "sender_id: bloc", "sender_id: body"))
    assert {sender for sender, _ in rows} == {"bloc", "state"}  # the measure of a body is that of its organisation
    names = ("measures_low", "measures_best", "measures_high", "days_low", "days_best", "days_high", "measure_types")
    # From 10 January to 8 February 2020.
    found = [tuple(rows["bloc", date(2020, month, 1)][name] for name in names) for month in (1, 2, 3)]
    assert found == [(1, 1, 1, 22, 22, 22, "other"), (1, 1, 1, 8, 8, 8, "other"), (0, 0, 0, 0, 0, 0, None)]
    assert {tuple(row[name] for name in names[:6]) for (sender, _), row in rows.items() if sender == "state"} == {
        (0,) * 6
    }
    state, bloc = rows["state", date(2020, 1, 1)], rows["bloc", date(2020, 1, 1)]
    assert (state["sender_iso3"], state["sender_cow_code"], state["sender_gw_code"]) == ("BBB", 7, 8)
    assert (bloc["sender_iso3"], bloc["iso3"], bloc["cow_code"]) == (None, "AAA", 9)


def test_senders_have_zeros_only_where_the_month_was_searched() -> None:
    rows = senders([("sanctions", "2020-01-02", "2020-04-10")], *STATE)
    assert {month for _, month in rows} == {date(2020, month, 1) for month in (1, 2, 3, 4)}
    in_part, whole = rows["state", date(2020, 1, 1)], rows["state", date(2020, 2, 1)]
    assert (in_part["measures_best"], in_part["days_best"]) == (None, None)
    assert (whole["measures_best"], whole["days_best"]) == (0, 0)
    # What was found in a month that was searched in part is shown; that there was no more is not known.
    found = rows["bloc", date(2020, 1, 1)]
    assert (found["measures_low"], found["days_low"]) == (1, 22)
    assert (found["measures_high"], found["days_high"]) == (None, None)


def test_a_country_without_independence_has_no_months() -> None:
    assert derived_from(FILES)["country_month"] == []


def test_an_event_is_of_a_month_from_its_first_day_to_its_last() -> None:
    def event(first: date, last: date) -> Row:
        return {"event_date": first, "event_date_latest": last}

    events = [
        event(date(2020, 1, 31), date(2020, 1, 31)),
        event(date(2020, 2, 1), date(2020, 2, 1)),
        event(date(2020, 1, 15), date(2020, 2, 1)),
        event(date(2020, 2, 29), date(2020, 3, 5)),
        event(date(2020, 3, 1), date(2020, 3, 1)),
    ]
    assert possibly_in(events, date(2020, 2, 1)) == events[1:4]


def test_an_attempt_is_a_coup_or_what_failed() -> None:
    failed = (CANDIDATES, "event_type: alleged_plot\n    outcome: foiled", "event_type: mutiny\n    outcome: failed")
    rows = panel(WHOLE, failed, (CANDIDATES, "event_date: 2019-05", "event_date: 2019-05-07"))
    assert (rows[date(2019, 5, 1)]["attempts"], rows[date(2019, 5, 1)]["coups"]) == (1, 0)
    found = [rows[date(year, month, 1)]["months_since_attempt"] for year, month in ((2019, 4), (2019, 7), (2020, 3))]
    assert found == [None, 2, 2]
    assert rows[date(2019, 7, 1)]["months_since_coup"] is None


def test_a_return_on_the_day_of_the_first_act_ends_the_transition() -> None:
    order = (
        CASE,
        "  - id: vote\n    kind: election\n    name: Vote\n    is_promise: no\n    event_date: 2020-07-01",
        "  - id: vote\n    kind: constitutional_order\n    name: Vote\n    is_promise: no\n    event_date: 2020-01-02",
    )
    rows = panel(WHOLE, order)
    assert [rows[date(2020, month, 1)]["transition"] for month in (1, 2)] == ["yes", "no"]


def test_the_measures_behind_a_count_are_on_record() -> None:
    unsure = (
        CASE,
        "event_date: 2020-01-10\n        action: imposed",
        "event_date: 2020-01-01/2020-05-31\n        action: imposed",
    )
    later = (CASE, "event_date: 2020-02-09\n        action: lifted", "event_date: 2020-09-01\n        action: lifted")
    closure = (CASE, "measure: membership_suspension", "measure: border_closure")
    found = tables(WHOLE, unsure, later, closure)
    entered = [row for row in found["lineage"] if row["from_table"] == "sanctions"]

    def notes(key: str, variable: str) -> list[Any]:
        return [row["note"] for row in entered if (row["record_id"], row["variable"]) == (key, variable)]

    for variable in ("sanctions", "sanctions_trade", "sanctions_by_regional"):
        assert [notes(f"AAA/2020-{month}-01", variable) for month in ("01", "03", "06", "10")] == [
            ["possible"],
            ["best"],
            ["sure"],
            [],
        ]
    assert notes("AAA/2020-06-01", "suspensions") == []
    for variable in ("measures", "days", "measure_types"):
        assert [notes(f"bloc/AAA/2020-{month}-01", variable) for month in ("01", "03", "06")] == [
            ["possible"],
            ["best"],
            ["sure"],
        ]
    by_month = {(row["sender_id"], row["month"]): row["measure_types"] for row in found["sender_month"]}
    assert by_month["bloc", date(2020, 6, 1)] == "trade"
