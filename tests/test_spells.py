"""When a measure was in force: the tables, the figures and `in_force` give one answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from conftest import FILES, write_cases

import crisisdata as cd
from crisisdata._spells import Coverage, is_coup, spell_in_power, spells_in_force, state_after
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding

CASE = "episodes/aaa-2020-01.yaml"
ACTIONS = cd.load("sanction_events")["action"].cat.categories
BEGINNINGS = [action for action in ACTIONS if state_after([{"action": action}]) in ("in_force", "eased")]


EVENT = "      - event_date: 2020-01-10\n        action: imposed\n"
ANNOUNCED = (
    "      - event_date: 2020-01-09\n        action: announced\n"
    "        evidence: [{source_id: decision-1, locator: article 1, reading: Says so., date_basis: stated}]\n"
)


@pytest.mark.parametrize(("before", "action"), [("", "listed"), *((ANNOUNCED, action) for action in BEGINNINGS)])
def test_whatever_puts_a_measure_in_force_has_days(before: str, action: str, schema: Schema, tmp_path: Path) -> None:
    assert EVENT in FILES[CASE]
    text = FILES[CASE].replace(EVENT, before + EVENT.replace("imposed", action))
    edition = publish(read_coding(write_cases(tmp_path / "cases", FILES | {CASE: text}), schema), tmp_path / "edition")
    [measure] = cd.load("sanctions", edition).itertuples()
    assert (measure.days_in_force_min, measure.days_in_force_max) == (30, 30)


CUTOFF = date(2022, 1, 1)


def day(text: str) -> dict[str, date]:
    return dict.fromkeys(("event_date", "event_date_latest"), date.fromisoformat(text))


def test_an_end_that_was_not_found_is_sure_to_the_last_event_and_possible_to_the_end() -> None:
    history = [day("2020-01-01") | {"action": "imposed"}, day("2020-03-01") | {"action": "extended"}]
    [spell] = spells_in_force(history, still_in_force=False, cutoff=CUTOFF)
    assert spell.ends == (date(2020, 3, 1), CUTOFF)
    [spell] = spells_in_force(history, still_in_force=True, cutoff=CUTOFF)
    assert spell.ends == (CUTOFF, CUTOFF)


def test_an_end_is_bounded_by_what_sources_show() -> None:
    history = [day("2020-01-01") | {"action": "imposed"}]

    def ends(**shown: date) -> tuple[date, date]:
        return next(spells_in_force(history, still_in_force=False, cutoff=CUTOFF, **shown)).ends

    assert ends(shown_in_force=date(2020, 4, 1)) == (date(2020, 4, 1), CUTOFF)
    assert ends(shown_out=date(2020, 6, 1)) == (date(2020, 1, 1), date(2020, 5, 31))
    assert ends(shown_in_force=date(2020, 4, 1), shown_out=date(2020, 6, 1)) == (date(2020, 4, 1), date(2020, 5, 31))


@pytest.mark.parametrize(
    ("ended", "still", "ends"),
    [
        ("2020-05-01", False, (date(2020, 5, 1), date(2020, 5, 1))),
        (None, True, (CUTOFF, CUTOFF)),
        (None, False, (date(2020, 1, 2), CUTOFF)),
    ],
)
def test_power_is_held_to_its_end_to_today_or_to_a_day_that_nobody_knows(
    ended: str | None, still: bool, ends: tuple[date, date]
) -> None:
    end = date.fromisoformat(ended) if ended else None
    candidate = day("2020-01-02") | {"power_ended_date": end, "power_ended_date_latest": end}
    assert spell_in_power(candidate, still_in_power=still, cutoff=CUTOFF).ends == ends


def test_a_failed_attempt_is_no_coup() -> None:
    assert is_coup({"event_type": "coup", "outcome": "successful"})
    assert not is_coup({"event_type": "coup", "outcome": "failed"})
    assert not is_coup({"event_type": "rebel_offensive", "outcome": "successful"})


def test_spans_that_meet_are_one_and_a_gap_of_a_day_is_a_gap() -> None:
    def span(first: str, last: str) -> dict[str, object]:
        return {
            "topic": "sanctions",
            "iso3": "AAA",
            "start_date": date.fromisoformat(first),
            "end_date_latest": date.fromisoformat(last),
        }

    coverage = Coverage(
        [span("2020-02-01", "2020-02-10"), span("2020-01-01", "2020-01-31"), span("2020-02-12", "2020-02-29")]
    )
    assert coverage.spans("sanctions", "AAA") == [
        (date(2020, 1, 1), date(2020, 2, 10)),
        (date(2020, 2, 12), date(2020, 2, 29)),
    ]
    assert coverage.of("sanctions", "AAA", date(2020, 1, 15), date(2020, 2, 10)) == "whole"
    assert coverage.of("sanctions", "AAA", date(2020, 2, 1), date(2020, 2, 29)) == "part"
    assert coverage.of("sanctions", "AAA", date(2020, 2, 11), date(2020, 2, 11)) is None
    assert coverage.of("triggers", "AAA", date(2020, 1, 15), date(2020, 1, 15)) is None
    assert coverage.countries("sanctions") == {"AAA"}


def test_the_tables_and_in_force_agree_on_the_days_of_a_measure(cases: Path, schema: Schema, tmp_path: Path) -> None:
    header = "coverage_id,iso3,topic,start_date,end_date,depth,searched\n"
    write_cases(cases, {"coverage.csv": f"{header}all,AAA,sanctions,2020-01-01,2020-06-30,targeted,All of it\n"})
    edition = publish(read_coding(cases, schema), tmp_path / "edition")
    [measure] = cd.load("sanctions", edition).itertuples()
    events = pd.DataFrame({"when": pd.date_range("2020-01-01", "2020-03-31"), "where": "AAA"})
    found = cd.in_force(events, date="when", country="where", version=edition)
    inside = found["suspended_by"].fillna("").str.contains("bloc")
    assert inside.sum() == measure.days_in_force_min == measure.days_in_force_max == 30
