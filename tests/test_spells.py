"""When a measure was in force: the tables, the figures and `in_force` give one answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from conftest import FILES, write_cases
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

import crisisdata as cd
from crisisdata._spells import Coverage, is_coup, spell_in_power, spells_in_force, state_after
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding
from crisisdata.figures._data import times_in_force_of

CASE = "episodes/aaa-2020-01.yaml"
ACTIONS = cd.load("sanction_events")["action"].cat.categories
BEGINNINGS = [action for action in ACTIONS if state_after([{"action": action}]) in ("in_force", "eased")]


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


EVENT = "      - {date: 2020-01-10, action: imposed,"
ANNOUNCED = (
    "      - {date: 2020-01-09, action: announced, "
    "evidence: [{source_id: decision-1, locator: article 1, reading: Says so.}]}\n"
)


@pytest.mark.parametrize(("before", "action"), [("", "listed"), *((ANNOUNCED, action) for action in BEGINNINGS)])
def test_whatever_puts_a_measure_in_force_has_days_and_a_bar(
    before: str, action: str, schema: Schema, tmp_path: Path
) -> None:
    assert EVENT in FILES[CASE]
    text = FILES[CASE].replace(EVENT, before + EVENT.replace("imposed", action))
    edition = publish(read_coding(write_cases(tmp_path / "cases", FILES | {CASE: text}), schema), tmp_path / "edition")
    [measure] = cd.load("sanctions", edition).itertuples()
    assert measure.days_in_force == 30
    for draw in (cd.figures.sanctions, cd.figures.timeline):
        bars = [patch for patch in draw("aaa-2020-01", version=edition).patches if isinstance(patch, Rectangle)]
        assert [bar.get_width() for bar in bars] == [30], (action, draw.__name__)


@pytest.mark.parametrize("version", [v for v in cd.versions() if "sanction_events" in cd.Edition.find(v).tables])
def test_bars_are_as_long_as_the_table_says(version: str) -> None:
    times = times_in_force_of(cd.load("sanction_events", version).sort_values("date", kind="stable"))
    measures = cd.load("sanctions", version).set_index("sanction_id")["days_in_force"].dropna()
    as_of = pd.Timestamp(cd.Edition.find(version).descriptor["asOf"])
    assert len(measures) or version == "0.1"  # whose two measures have no end that was found
    for sanction, days in measures.items():
        drawn = [((ended["date"] if ended else as_of) - begun["date"]).days for begun, ended in times[sanction]]
        assert sum(drawn) == days, sanction


AS_OF = date(2022, 1, 1)


def day(text: str) -> dict[str, date]:
    return dict.fromkeys(("date", "date_latest"), date.fromisoformat(text))


def test_an_end_that_was_not_found_is_sure_to_the_last_event_and_possible_to_the_end() -> None:
    history = [day("2020-01-01") | {"action": "imposed"}, day("2020-03-01") | {"action": "extended"}]
    [spell] = spells_in_force(history, still_in_force=False, as_of=AS_OF)
    assert spell.ends == (date(2020, 3, 1), AS_OF)
    [spell] = spells_in_force(history, still_in_force=True, as_of=AS_OF)
    assert spell.ends == (AS_OF, AS_OF)


@pytest.mark.parametrize(
    ("ended", "still", "ends"),
    [
        ("2020-05-01", False, (date(2020, 5, 1), date(2020, 5, 1))),
        (None, True, (AS_OF, AS_OF)),
        (None, False, (date(2020, 1, 2), AS_OF)),
    ],
)
def test_power_is_held_to_its_end_to_today_or_to_a_day_that_nobody_knows(
    ended: str | None, still: bool, ends: tuple[date, date]
) -> None:
    end = date.fromisoformat(ended) if ended else None
    candidate = day("2020-01-02") | {"power_ended_date": end, "power_ended_date_latest": end}
    assert spell_in_power(candidate, still_in_power=still, as_of=AS_OF).ends == ends


def test_a_failed_attempt_is_no_coup() -> None:
    assert is_coup({"event_class": "coup", "outcome": "successful"})
    assert not is_coup({"event_class": "coup", "outcome": "failed"})
    assert not is_coup({"event_class": "rebel_offensive", "outcome": "successful"})


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


def test_the_tables_and_in_force_agree_on_the_days_of_a_measure() -> None:
    measures = cd.load("sanctions").query("coup_related == 'coup_related' and days_in_force > 0")
    episodes = cd.load().set_index("episode_id")
    measure = measures[measures["ended_date"].notna()].iloc[0]
    days = pd.date_range(measure["imposed_date"], measure["ended_date"] - timedelta(days=1))
    events = pd.DataFrame({"when": days, "where": episodes.loc[measure["episode_id"], "iso3"]})
    found = cd.in_force(events, date="when", country="where")
    column, name = (
        ("suspended_by", "sender_id") if measure["measure"] == "membership_suspension" else ("sanctions", "sanction_id")
    )
    inside = found[column].fillna("").str.split("; ").map(lambda names: measure[name] in names)
    assert inside.sum() == measure["days_in_force"]
