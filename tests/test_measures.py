"""Dates, durations and cases of measures: histories worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from casebuild import SECOND, by_id, derived

ACTORS = (
    "commission,The commission,regional_organisation,,bloc,external\nstate,Far Land,state,,,external\n"
    "other,Other Land,state,,,external\n"
)

# History, and what the row says beside it → status, least and greatest number of days in force up to 2020-12-31.
HISTORIES: dict[str, tuple[list[str], dict[str, str], str, int | None, int | None]] = {
    "threatened only": (["2020-01-10 threatened"], {}, "threatened", None, None),
    "threat taken back": (["2020-01-10 threatened", "2020-01-12 withdrawn"], {}, "withdrawn", None, None),
    "not adopted": (["2020-01-10 threatened", "2020-01-12 not_adopted"], {}, "not_adopted", None, None),
    "lifted": (["2020-01-10 imposed", "2020-01-20 lifted"], {}, "lifted", 10, 10),
    "in force": (["2020-12-22 imposed"], {"still_in_force": "yes"}, "in_force", 10, 10),
    "end not found": (["2020-12-22 imposed"], {}, "end_not_found", 1, 10),
    "end not found, shown later": (
        ["2020-12-22 imposed"],
        {"shown_in_force_date": "2020-12-25"},
        "end_not_found",
        4,
        10,
    ),
    "eased and extended": (
        ["2020-12-02 imposed", "2020-12-05 eased", "2020-12-09 extended"],
        {"still_in_force": "yes"},
        "eased",
        30,
        30,
    ),
    "two spells": (
        ["2020-01-01 imposed", "2020-01-11 suspended", "2020-02-01 reinstated", "2020-02-06 lifted"],
        {},
        "lifted",
        15,
        15,
    ),
    "imposed some day of a month": (["2020-01 imposed", "2020-03-01 lifted"], {}, "lifted", 30, 60),
    "announced first": (["2020-01-01 announced", "2020-01-10 imposed", "2020-01-11 expired"], {}, "expired", 1, 1),
    "threat while in force": (
        ["2020-12-22 imposed", "2020-12-25 threatened"],
        {"still_in_force": "yes"},
        "in_force",
        10,
        10,
    ),
}


def measure(history: list[str], **beside: Any) -> dict[str, Any]:
    return derived(sanctions=[{"id": "m", "history": history, **beside}])["sanctions"][0]


@pytest.mark.parametrize("what", HISTORIES)
def test_status_and_days_of_a_measure(what: str) -> None:
    history, beside, status, least, greatest = HISTORIES[what]
    row = measure(history, **beside)
    assert (row["status"], row["days_in_force_min"], row["days_in_force_max"]) == (status, least, greatest)
    assert row["gsdb_type"] == (None if least is None else "other")


def test_an_end_that_is_not_known_to_the_day_is_an_interval() -> None:
    # The World Bank paused its lending on 22 March 2012; it did not lend on 1 May and lent again by 18 June 2013.
    row = measure(
        ["2012-03-22 imposed"],
        measure="lending_suspension",
        shown_in_force_date="2012-05-01",
        shown_out_date="2013-06-18",
    )
    assert (row["ended_date"], row["ended_date_latest"]) == (date(2012, 5, 2), date(2013, 6, 18))
    assert (row["ended_date_precision"], row["status"]) == ("interval", "lifted")
    # From 22 March to 1 May are 41 days, both counted; to 17 June of the next year 453.
    assert (row["days_in_force_min"], row["days_in_force_max"]) == (41, 453)


def test_dates_come_from_the_history() -> None:
    row = measure(
        ["2020-01-05 threatened", "2020-01-10 imposed", "2020-02-01 eased", "2020-03 lifted"], measure="border_closure"
    )
    names = ("threatened_date", "imposed_date", "eased_date", "ended_date")
    assert [row[name] for name in names] == [date(2020, 1, 5), date(2020, 1, 10), date(2020, 2, 1), date(2020, 3, 1)]
    assert (row["ended_date_latest"], row["ended_date_precision"]) == (date(2020, 3, 31), "month")
    # A measure that was put back has not ended.
    again = measure(["2020-01-10 imposed", "2020-02-01 lifted", "2020-03-01 reinstated"], still_in_force="yes")
    assert (again["ended_date"], again["status"]) == (None, "in_force")
    # A list of names takes effect with its first name.
    assert measure(["2020-01-10 listed"], measure="travel_ban")["imposed_date"] == date(2020, 1, 10)


def test_a_case_ends_with_a_year_of_pause_or_another_goal() -> None:
    two_years = {"history": ["2018-01-10 imposed", "2018-02-01 lifted"]}
    rows = derived(
        actors=ACTORS,
        sanctions=[
            {"id": "first", "history": ["2020-01-10 imposed", "2020-02-01 lifted"]},
            {"id": "soon-after", "sender_id": "commission", "history": ["2021-01-30 imposed", "2021-02-01 lifted"]},
            {"id": "over-a-year-later", "history": ["2022-02-03 imposed", "2022-02-05 lifted"]},
            {"id": "other-goal", "goals": ["release", "constitutional_order"], "history": ["2020-01-20 imposed"]},
            {"id": "other-sender", "sender_id": "state", "history": ["2020-01-10 imposed"]},
            {"id": "before", **two_years},
        ],
        cutoff="2022-12-31",
    )["sanctions"]
    assert by_id(rows, "case_id") == {
        "first": "aaa-bloc-constitutional-order-2020",
        "soon-after": "aaa-bloc-constitutional-order-2020",
        "over-a-year-later": "aaa-bloc-constitutional-order-2022",
        "other-goal": "aaa-bloc-release-2020",
        "other-sender": "aaa-state-constitutional-order-2020",
        "before": "aaa-bloc-constitutional-order-2018",
    }


def test_a_measure_that_carries_out_another_counts_with_it() -> None:
    sanctions: list[dict[str, Any]] = [
        {"id": "ban", "measure": "travel_ban", "history": ["2020-02-01 imposed", "2020-03-01 lifted"]},
        {"id": "ban-abroad", "sender_id": "state", "measure": "travel_ban", "history": ["2020-02-05 imposed"]},
        {"id": "threat", "measure": "arms_embargo", "history": ["2020-04-01 threatened", "2020-05-01 withdrawn"]},
        {"id": "seat", "history": ["2020-02-20 imposed", "2020-03-11 lifted"]},
        {"id": "not-for-the-coup", "coup_related": "not_coup_related", "history": ["2020-01-03 imposed"]},
    ]
    apart = derived(actors=ACTORS, sanctions=sanctions)["episodes"][0]
    sanctions[1]["implements_id"] = "aaa-2020-01/ban"
    tables = derived(actors=ACTORS, sanctions=sanctions)
    episode = tables["episodes"][0]
    assert [each["sanctions_imposed"] for each in (apart, episode)] == [3, 2]
    assert (episode["sanctions_threatened_only"], episode["sanctions_in_force"]) == (1, 0)
    # 1 February to 10 March, the overlap counted once; apart, the ban abroad may last to the cutoff date.
    assert (episode["days_under_sanction_min"], episode["days_under_sanction_max"]) == (39, 39)
    assert (apart["days_under_sanction_min"], apart["days_under_sanction_max"]) == (39, 335)
    assert (episode["days_to_sanction"], episode["days_to_suspension"]) == (30, 49)
    assert (episode["suspended_by"], episode["suspended_date"]) == ("A bloc", date(2020, 2, 20))
    assert episode["suspension_lifted_date"] == date(2020, 3, 11)
    imposed = {row["from_id"] for row in tables["lineage"] if row["variable"] == "sanctions_imposed"}
    assert imposed == {"aaa-2020-01/ban", "aaa-2020-01/seat"}


@pytest.mark.parametrize(
    ("promised", "done", "verdict"),
    [
        ("2020-06", "2020-06-30", "kept"),
        ("2020-06", "2020-07-01", "kept_late"),
        ("2020-06", None, "missed"),
        ("2020-12-31", None, "pending"),
        ("2999", None, "pending"),
        (None, "2020-07-01", "kept_undated"),
        (None, None, "undated"),
    ],
)
def test_fulfilment_of_a_promise(promised: str | None, done: str | None, verdict: str) -> None:
    promise = {"id": "promise", "is_promise": "yes"} | ({"promised_for_date": promised} if promised else {})
    deed = {"id": "deed", "event_date": done, "fulfils_id": ["aaa-2020-01/promise"]}
    rows = derived(milestones=[promise, *([deed] if done else [])])["milestones"]
    assert by_id(rows, "fulfilment") == {"promise": verdict} | ({"deed": None} if done else {})


def test_a_deed_may_keep_promises_of_other_episodes_and_a_renewed_promise_keeps_none() -> None:
    rows = derived(
        milestones=[{"id": "promise", "is_promise": "yes", "promised_for_date": "2020-07"}],
        second={
            "milestones": [
                {"id": "again", "is_promise": "yes", "event_date": "2020-06-20", "promised_for_date": "2020-10"},
                {
                    "id": "vote",
                    "event_date": "2020-10-05",
                    "fulfils_id": ["aaa-2020-01/promise", f"{SECOND}/again"],
                },
            ]
        },
    )["milestones"]
    assert by_id(rows, "fulfilment") == {"promise": "kept_late", "again": "kept", "vote": None}


def test_months_of_transition() -> None:
    timetable = {"kind": "timetable", "is_promise": "yes"}
    episode = derived(
        milestones=[
            {"id": "later-promise", **timetable, "event_date": "2020-03-01", "promised_for_date": "2022-01-02"},
            {"id": "first-promise", **timetable, "event_date": "2020-02-01", "promised_for_date": "2021-01-01"},
            {"id": "order", "kind": "constitutional_order", "event_date": "2021-07-02"},
        ],
        cutoff="2022-12-31",
    )["episodes"][0]
    # 365 and 547 days, of which a month has 30.44.
    assert (episode["transition_months_promised"], episode["transition_months_taken"]) == (12.0, 18.0)
    assert (episode["transition_months_promised_low"], episode["transition_months_promised_high"]) == (12.0, 12.0)
    assert episode["constitutional_order_date"] == date(2021, 7, 2)


def test_months_promised_for_a_year_are_an_interval() -> None:
    episode = derived(
        milestones=[
            {
                "id": "year",
                "kind": "timetable",
                "is_promise": "yes",
                "event_date": "2020-02-01",
                "promised_for_date": "2021",
            },
        ],
        cutoff="2022-12-31",
    )["episodes"][0]
    assert episode["transition_months_promised"] is None
    # From the first act in January 2020 to 1 January and to 31 December 2021.
    assert (episode["transition_months_promised_low"], episode["transition_months_promised_high"]) == (12.0, 24.0)


def test_days_in_power_end_with_the_cutoff_of_the_country() -> None:
    rows = derived()["episodes"][0]
    assert (rows["days_in_power"], rows["coded_through"]) == (
        (date(2020, 12, 31) - date(2020, 1, 3)).days,
        date(2020, 12, 31),
    )
    assert derived(episode={"power_ended_date": "2020-01-13"})["episodes"][0]["days_in_power"] == 10
    assert derived(episode={"outcome": "failed"})["episodes"][0]["days_in_power"] == 0
    assert derived(episode={"power_ended_date": "unknown"})["episodes"][0]["days_in_power"] is None


def test_a_measure_that_expired_has_an_end_and_its_state_rests_on_the_last_change() -> None:
    found = derived(
        sanctions=[{"id": "m", "history": ["2020-01-10 imposed", "2020-01-15 eased", "2020-01-20 expired"]}]
    )
    assert found["sanctions"][0]["ended_date"] == date(2020, 1, 20)
    steps = [
        row["from_id"] for row in found["lineage"] if (row["table_name"], row["variable"]) == ("sanctions", "status")
    ]
    assert steps == ["aaa-2020-01/m/step-2"]


def test_the_return_that_ends_a_transition_is_on_record() -> None:
    order = {"id": "order", "kind": "constitutional_order", "event_date": "2020-07-02"}
    found = derived(milestones=[order])
    entered = {row["variable"]: row["from_id"] for row in found["lineage"] if row["from_table"] == "milestones"}
    for variable in ("transition_months_taken", "constitutional_order_date"):
        assert entered[variable] == "aaa-2020-01/order"
    assert found["episodes"][0]["transition_months_taken"] == 6.0
