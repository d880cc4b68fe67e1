"""The rules of the computed variables, on rows whose answer is known by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import FILES, write_cases

from crisisdata.coding.derive import RULES, derive
from crisisdata.coding.rows import Coding
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding

CASE = "episodes/aaa-2020-01.yaml"


def episode_with(cases: Path, schema: Schema, *changes: tuple[str, str]) -> dict[str, Any]:
    text = FILES[CASE]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    write_cases(cases, {CASE: text})
    rows = derive(read_coding(cases, schema))
    return {name: rows[name][0] for name in ("episodes", "sanctions", "milestones", "evidence")}


def test_every_rule_that_the_schema_names_exists_and_says_what_it_does(schema: Schema) -> None:
    whole_tables = {"missing_values", "timeline", "definitions", "country_month", "changes"}
    named = {(t.name, f.derived) for t in schema.tables.values() for f in t.fields.values() if f.derived}
    assert {pair for pair in named if pair[1] not in whole_tables} == set(RULES)
    assert all(rule.text for rule in RULES.values())
    assert all(set(rule.uses) <= set(schema.tables) for rule in RULES.values())


def test_summaries_of_the_episode(coding: Coding) -> None:
    episode = derive(coding)["episodes"][0]
    assert episode["trigger_primary"] == "military_grievances"
    assert (episode["triggers_structural"], episode["triggers_proximate"], episode["triggers_stated"]) == (0, 1, 0)
    assert (episode["support_score"], episode["support_sd"]) == (-1, None)
    assert (episode["support_for"], episode["support_reserved"], episode["support_against"]) == (0, 0, 1)
    assert (episode["response_severity"], episode["response_severity_regional"]) == ("words", "words")
    assert episode["response_severity_au"] is None
    assert (episode["responders"], episode["condemned_share"]) == (1, 1)
    assert (episode["days_to_first_response"], episode["days_to_suspension"]) == (2, 8)
    assert episode["days_to_sanction"] is None
    assert (episode["sanctions_imposed"], episode["sanctions_in_force"], episode["days_under_sanction"]) == (1, 0, 30)
    assert (episode["suspended_by"], episode["suspended_date"]) == ("A bloc", date(2020, 1, 10))
    assert episode["suspension_lifted_date"] == date(2020, 2, 9)
    assert episode["days_in_power"] == (coding.schema.package["as_of"] - date(2020, 1, 3)).days


def position(name: str, actor: str, day: str, code: str, about: str = "takeover", form: str = "statement") -> str:
    return (
        f"  - {{id: {name}, actor_id: {actor}, date: {day}, object: {about}, position: {code}, form: {form}, summary: x, "
        "evidence: [{source_id: paper-2020-01-03, locator: x, reading: x}]}\n"
    )


def test_support_takes_the_last_position_of_each_actor_in_thirty_days(cases: Path, schema: Schema) -> None:
    added = (
        position("turned", "union", "2020-01-20", "mobilised_for")
        + position("too-late", "union", "2020-03-20", "mobilised_against")
        + position("of-the-incumbent", "bloc", "2020-01-04", "mobilised_against", about="incumbent")
        + position("poll", "bloc", "2020-01-04", "mobilised_against", form="poll")
        + position("junta-itself", "junta", "2020-01", "reserved")
    )
    episode = episode_with(cases, schema, ("support:\n", "support:\n" + added))["episodes"]
    assert (episode["support_score"], episode["support_sd"]) == (2, 1)  # the union's; of +2 and the junta's 0
    assert (episode["support_for"], episode["support_reserved"], episode["support_against"]) == (1, 1, 0)


def test_each_voice_counts_once_and_crowds_count_with_their_mean(cases: Path, schema: Schema) -> None:
    parties = "".join(f"party-{n},A party,party,AAA,,domestic\n" for n in range(3))
    write_cases(cases, {"actors.csv": FILES["actors.csv"] + parties + "people,People,public,AAA,,domestic\n"})
    added = (
        "".join(position(f"party-{n}", f"party-{n}", "2020-01-04", "stated_opposition") for n in range(3))
        + position("crowd", "people", "2020-01-04", "mobilised_for", form="celebration")
        + position("other-crowd", "people", "2020-01-05", "stated_support")
    )
    episode = episode_with(cases, schema, ("support:\n", "support:\n" + added))["episodes"]
    assert (episode["support_street"], episode["support_parties"], episode["support_unions"]) == (1.5, -1, -1)
    assert episode["support_religious"] is None
    assert episode["support_score"] == pytest.approx(-0.5 / 3, abs=0.001)
    assert (episode["support_for"], episode["support_against"]) == (1, 4)


def test_only_what_is_said_of_the_takeover_or_the_new_authorities_condemns(cases: Path, schema: Schema) -> None:
    shares = [
        episode_with(cases, schema, ("    about: takeover\n", f"    about: {about}\n"))["episodes"]["condemned_share"]
        for about in ("takeover", "succession_arrangement", "repression")
    ]
    assert shares == [1, 1, 0]


def test_counts_are_missing_where_nothing_was_coded_and_0_where_nothing_was_found(cases: Path, schema: Schema) -> None:
    text = FILES[CASE]
    without = text[: text.index("sanctions:")]
    write_cases(cases, {CASE: without})
    assert derive(read_coding(cases, schema))["episodes"][0]["sanctions_imposed"] is None
    header = "coverage_id,iso3,episode_id,topic,start_date,end_date,depth,searched\n"
    row = "aaa-2020-01-sanctions,AAA,aaa-2020-01,sanctions,2020-01,2020-12,targeted,All of it\n"
    write_cases(cases, {"coverage.csv": header + row})
    assert derive(read_coding(cases, schema))["episodes"][0]["sanctions_imposed"] == 0


STEP = "      - {{date: {day}, action: {action}, id: step-{n}, evidence: [{{source_id: decision-1, locator: x, reading: x}}]}}\n"
HISTORIES = {
    # history → status, days in force (the edition is coded to 2020-12-31)
    "threatened only": ([("2020-01-10", "threatened")], "threatened", None),
    "threat taken back": ([("2020-01-10", "threatened"), ("2020-01-12", "withdrawn")], "withdrawn", None),
    "lifted": ([("2020-01-10", "imposed"), ("2020-01-20", "lifted")], "lifted", 10),
    "end not found": ([("2020-12-21", "imposed")], "end_not_found", None),
    "in force": ([("2020-12-21", "imposed")], "in_force", 10),
    "eased and extended": ([("2020-12-01", "imposed"), ("2020-12-05", "eased"), ("2020-12-09", "extended")], "eased", 30),
    "two spells": (
        [("2020-01-01", "imposed"), ("2020-01-11", "suspended"), ("2020-02-01", "reinstated"), ("2020-02-06", "lifted")],
        "lifted",
        15,
    ),
    "bound not exact": ([("2020-01", "imposed"), ("2020-03-01", "lifted")], "lifted", None),
    "announced first": ([("2020-01-01", "announced"), ("2020-01-10", "imposed"), ("2020-01-11", "expired")], "expired", 1),
    "threat while in force": ([("2020-12-21", "imposed"), ("2020-12-25", "threatened")], "in_force", 10),
}  # fmt: skip


@pytest.mark.parametrize("what", HISTORIES)
def test_status_and_days_of_a_measure(what: str, cases: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    history, status, days = HISTORIES[what]
    text = FILES[CASE]
    start, end = text.index("    history:\n"), text.index("    listed:\n")
    steps = "".join(STEP.format(day=day, action=action, n=n) for n, (day, action) in enumerate(history))
    write_cases(cases, {CASE: text[:start] + "    history:\n" + steps + text[end:]})
    monkeypatch.setitem(schema.package, "as_of", date(2020, 12, 31))
    if status in ("in_force", "eased"):
        still = (
            (cases / CASE)
            .read_text("utf-8")
            .replace("    coup_related: coup_related\n", "    coup_related: coup_related\n    still_in_force: yes\n")
        )
        write_cases(cases, {CASE: still})
    sanction = derive(read_coding(cases, schema))["sanctions"][0]
    assert (sanction["status"], sanction["days_in_force"]) == (status, days)
    assert sanction["gsdb_type"] == "other"


@pytest.mark.parametrize(
    ("promised", "done", "verdict"),
    [
        ("2020-06", "2020-06-30", "kept"),
        ("2020-06", "2020-07-01", "kept_late"),
        ("2020-06", None, "missed"),
        ("2999", None, "pending"),
        (None, "2020-07-01", "unpromised"),
        (None, None, "undated"),
    ],
)
def test_fulfilment(promised: str | None, done: str | None, verdict: str, cases: Path, schema: Schema) -> None:
    changes = [
        ("    promised_for_date: 2020-06\n", f"    promised_for_date: {promised}\n" if promised else ""),
        ("    date: 2020-07-01\n", f"    date: {done}\n" if done else ""),
    ]
    assert episode_with(cases, schema, *changes)["milestones"]["fulfilment"] == verdict


def test_confidence_and_publishers(coding: Coding) -> None:
    evidence = {(row["record_id"], row["source_id"]): row for row in derive(coding)["evidence"]}
    two = evidence["aaa-2020-01", "gazette-2020-01-04"]
    assert (two["publishers"], two["confidence"]) == (2, "high")
    reprint = evidence["aaa-2020-01/arrears", "reprint-2020-01-05"]
    assert (reprint["publishers"], reprint["confidence"]) == (1, "medium")
    act = evidence["aaa-2020-01/bloc-suspension", "decision-1"]
    assert (act["publishers"], act["confidence"]) == (1, "high")


def test_contradiction_lowers_confidence(cases: Path, schema: Schema) -> None:
    contradiction = (
        "    - {source_id: gazette-2020-01-04, locator: p, variables: outcome, relation: contradicts, reading: No.}\n"
    )
    write_cases(cases, {CASE: FILES[CASE].replace("triggers:", contradiction + "triggers:", 1)})
    rows = derive(read_coding(cases, schema))["evidence"]
    low = [row for row in rows if row["table"] == "episodes" and "outcome" in (row["variables"] or "")]
    assert {row["confidence"] for row in low} == {"low"}


def test_the_timeline_holds_every_coded_date(coding: Coding, schema: Schema) -> None:
    rows = derive(coding)
    dates = [
        row[name]
        for table in schema.tables.values()
        if table.group == "coded"
        for row in rows[table.name]
        for name, item in table.fields.items()
        if item.edtf and item.coded and row[name]
    ]
    assert sorted(row["date"] for row in rows["timeline"]) == sorted(dates)
    lifted = next(row for row in rows["timeline"] if row["label"] == "Suspension from the bloc: lifted")
    assert (lifted["day"], lifted["actor_id"], lifted["iso3"]) == (38, "bloc", "AAA")


def test_missing_values_keep_their_reason(coding: Coding) -> None:
    reasons = {row["variable"]: row["reason"] for row in derive(coding)["missing_values"]}
    assert reasons == {"power_ended_date": "not_applicable", "deaths_best": "unknown"}
