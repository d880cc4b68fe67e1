"""Each check finds what it is for, and nothing in a case that is right."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from crisisdata._record import Renames
from crisisdata.cli import app
from crisisdata.coding.casefiles import Record
from crisisdata.coding.checks import CHECKS, Findings, run_checks
from crisisdata.coding.faults import Fault
from crisisdata.coding.releases import Plan
from crisisdata.coding.rows import Coding
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import _typed
from crisisdata.errors import InvalidCodingError, warning_lines

Rows = dict[str, dict[str, dict[str, str]]]
"""Texts as a case file has them: by table, key and variable."""

A, B, C = "aaa-2020-01", "aaa-2021-06", "bbb-2021-04"

RIGHT: Rows = {
    "countries": {
        "AAA": {"iso2": "AA", "name": "Land", "name_fr": "Pays", "independence_date": "1960-01-01", "source_id": "paper"},
        "BBB": {"iso2": "BB", "name": "Other", "name_fr": "Autre", "independence_date": "1960-01-01", "source_id": "paper"},
    },
    "actors": {
        "bloc": {"name": "A bloc", "actor_type": "regional_organisation", "side": "external", "founded_date": "1975-01-01"},
        "bloc-chair": {"name": "Chair", "actor_type": "regional_organisation", "parent_id": "bloc", "side": "external"},
        "state": {"name": "A state", "actor_type": "state", "iso3": "BBB", "side": "external"},
        "bbb-state": {"name": "Other", "actor_type": "state", "iso3": "BBB", "side": "domestic"},
        "junta": {"name": "A junta", "actor_type": "junta", "iso3": "AAA", "side": "domestic"},
        "union": {"name": "A union", "actor_type": "union", "iso3": "AAA", "acronym": "AU1", "side": "domestic"},
    },
    "sources": {
        "paper": {"title": "A coup", "publisher": "The Paper", "published_date": "2022-01-03", "url": "https://example.org/paper", "language": "en", "kind": "press"},
        "gazette": {"title": "Un coup", "publisher": "La Gazette", "published_date": "2022-01-04", "url": "https://example.org/gazette", "language": "fr", "kind": "press"},
    },
    "publishers": {
        "Deutsche Welle": {"spellings": "DW"},
        "Scribd": {"keeps_copies": "yes"},
        "TV5Monde": {"spellings": "TV5"},
    },
    "memberships": {"AAA/bloc": {"joined_date": "1975-05-01", "source_id": "paper"}},
    "coverage": {
        "aaa-cutoff": {"iso3": "AAA", "topic": "cutoff", "start_date": "2020-01-01", "end_date": "2022-12-31", "depth": "targeted", "searched": "Papers"},
        "aaa-responses": {"iso3": "AAA", "episode_id": A, "topic": "responses", "start_date": "2020-01-01", "end_date": "2020-12-31", "depth": "targeted", "searched": "Papers"},
    },
    "episodes": {
        A: {"iso3": "AAA", "name": "First", "tier": "core", "event_type": "coup", "outcome": "successful", "perpetrator_id": "junta", "first_act_date": "2020-01-02", "resignation_date": "2020-01-03", "leader_installed_date": "2020-01-05", "power_ended_date": "2021-01-05", "executive_fate": "detained", "summary": "Officers took power."},
        B: {"iso3": "AAA", "name": "Second", "tier": "core", "event_type": "coup", "outcome": "failed", "first_act_date": "2021-06-01", "follows_episode_id": A, "summary": "Officers tried."},
        C: {"iso3": "BBB", "name": "Other", "tier": "core", "event_type": "coup", "outcome": "successful", "first_act_date": "2021-04-20", "summary": "Officers took power."},
    },
    "candidates": {
        "aaa-1999-05": {"iso3": "AAA", "name": "Plot", "event_date": "1999-05-04", "event_type": "plot", "existence": "reported", "not_coded_reason": "plot", "summary": "A plot."},
    },
    "triggers": {
        f"{A}/arrears": {"name": "Arrears", "claimed_by": "perpetrators", "claimed_date": "2020-01-02", "frame": "value", "category": "military_grievances", "start_date": "2019-11", "summary": "Soldiers had not been paid."},
    },
    "responses": {
        f"{A}/bloc-suspends": {"episode_ids": A, "actor_ids": "bloc", "event_date": "2020-01-06", "published_date": "2020-01-06", "channel": "adopted_text", "about": "takeover", "tone": "condemns", "summary": "The bloc suspended the country."},
        f"{A}/state-silent": {"episode_ids": A, "actor_ids": "state", "event_date": "2020-01-20", "channel": "non_action", "about": "takeover", "summary": "The state did not act."},
    },
    "response_items": {
        f"{A}/bloc-suspends/words": {"response_id": f"{A}/bloc-suspends", "item": "words", "stage": "done"},
        f"{A}/bloc-suspends/membership": {"response_id": f"{A}/bloc-suspends", "item": "membership", "stage": "done", "sanction_id": f"{A}/suspension"},
        f"{A}/state-silent/aid-cut": {"response_id": f"{A}/state-silent", "item": "aid_cut", "stage": "passed_over"},
    },
    "sanctions": {
        f"{A}/suspension": {"name": "Suspension", "sender_id": "bloc", "measure": "membership_suspension", "scope": "state", "goals": "constitutional_order", "basis": "charter", "coup_related": "coup_related", "summary": "Suspended."},
        f"{A}/freeze": {"name": "Freeze", "sender_id": "state", "measure": "asset_freeze", "scope": "individual", "goals": "constitutional_order", "basis": "discretionary", "coup_related": "coup_related", "targets_listed": "1", "amount": "2", "currency": "EUR", "summary": "Frozen."},
    },
    "sanction_events": {
        f"{A}/suspension/imposed": {"sanction_id": f"{A}/suspension", "event_date": "2020-01-06", "action": "imposed", "decided_by_id": f"{A}/bloc-suspends"},
        f"{A}/suspension/lifted": {"sanction_id": f"{A}/suspension", "event_date": "2020-10-06", "action": "lifted"},
        f"{A}/freeze/imposed": {"sanction_id": f"{A}/freeze", "event_date": "2020-02-01", "action": "imposed"},
        f"{A}/freeze/lifted": {"sanction_id": f"{A}/freeze", "event_date": "2020-11-01", "action": "lifted"},
    },
    "sanction_targets": {
        f"{A}/freeze/leader": {"sanction_id": f"{A}/freeze", "name": "Leader", "listed_date": "2020-02-01", "delisted_date": "2020-11-01"},
    },
    "support": {
        f"{A}/union-march": {"actor_id": "union", "event_date": "2020-02-03", "about": "takeover", "direction": "against", "form": "street", "caller": "movement", "size_best": "500", "size_band": "hundreds", "summary": "500 people marched."},
    },
    "polls": {
        f"{A}/poll": {"pollster_id": "union", "fieldwork_start_date": "2020-03-01", "about": "takeover", "question": "Is it good?", "answer": "Yes.", "share_for": "0.64", "share_against": "0.3", "summary": "Most were for it."},
    },
    "authority_acts": {
        f"{A}/envoy": {"name": "Envoy expelled", "act": "envoy_expelled", "actor_id": "junta", "target_id": "bloc-chair", "target_kind": "organisation", "event_date": "2020-01-08", "answers_id": f"{A}/bloc-suspends", "summary": "The envoy had to leave."},
    },
    "milestones": {
        f"{A}/vote-promised": {"kind": "election", "name": "Vote promised", "is_promise": "yes", "event_date": "2020-01-10", "promised_for_date": "2020-12", "summary": "A vote was promised."},
        f"{A}/vote": {"kind": "election", "name": "Vote", "is_promise": "no", "event_date": "2020-12-20", "fulfils_id": f"{A}/vote-promised", "summary": "The vote was held."},
    },
    "rule_spells": {
        f"{A}/junta": {"ruler": "junta", "head_id": "junta", "holder_ids": "junta", "start_date": "2020-01-02", "end_date": "2021-01-05", "summary": "The junta ruled."},
        f"{A}/elected": {"ruler": "elected", "head_id": "union", "holder_ids": "union", "start_date": "2021-01-06", "summary": "Elected."},
    },
    "context": {"aaa/war": {"iso3": "AAA", "category": "conflict", "name": "War", "start_date": "2019", "episode_ids": A, "summary": "A war."}},
    "coders": {
        "ours": {"coding_pass": "first", "coding_round": "1", "kind": "language-model", "model_family": "unknown", "model_version": "unknown", "settings": "unknown", "coded_date": "2022", "instructions": "unknown", "instructions_sha256": "unknown", "shown": "All of it."},
        "blind": {"coding_pass": "second", "coding_round": "1", "kind": "human", "model_family": "unknown", "model_version": "unknown", "settings": "unknown", "coded_date": "2022", "instructions": "unknown", "instructions_sha256": "unknown", "shown": "Who and when."},
    },
    "coding_sample": {f"support {A}/union-march second": {"table_name": "support", "record_id": f"{A}/union-march", "coding_pass": "second", "stratum": "all", "inclusion_probability": "1", "given": "event_date"}},
    "codings": {
        "1": {"table_name": "support", "record_id": f"{A}/union-march", "variable": "direction", "coder_id": "ours", "value": "against", "recovered": "yes"},
        "2": {"table_name": "support", "record_id": f"{A}/union-march", "variable": "direction", "coder_id": "blind", "value": "for", "recovered": "yes"},
        "3": {"table_name": "response_items", "record_id": f"{A}/bloc-suspends/1", "variable": "item", "coder_id": "blind", "value": "words", "recovered": "yes"},
        "4": {"table_name": "support", "record_id": f"{A}/union-march", "variable": "event_date", "coder_id": "blind", "value": "2020-02", "recovered": "yes"},
        "5": {"table_name": "support", "record_id": f"{A}/union-march", "variable": "size_best", "coder_id": "blind", "value": "500", "recovered": "yes"},
        "6": {"table_name": "authority_acts", "record_id": f"{A}/envoy", "variable": "actor_id", "coder_id": "blind", "value": "A Person", "recovered": "yes"},
    },
    "adjudications": {"1": {"table_name": "support", "record_id": f"{A}/union-march", "variable": "direction", "value": "against", "ground": "They marched against it."}},
    "units": {"march": {"iso3": "AAA", "window_date": "2020-02-01/2020-02-10", "coding_round": "1", "table_name": "support", "found_by": "both", "record_id": f"{A}/union-march", "description": "A march."}},
    "probes": {"1": {"table_name": "support", "record_id": f"{A}/union-march", "variable": "direction", "probe": "code_order", "value_before": "against", "value_after": "for"}},
}  # fmt: skip
"""A small case in which no check finds anything."""


def coding_of(schema: Schema, rows: Rows) -> Coding:
    """Return a coding of rows, each of which has one reading that states everything unless `evidence` has its own."""
    records: dict[str, list[Record]] = {name: [] for name in schema.tables}
    own = {(each["table_name"], each["record_id"]) for each in rows.get("evidence", {}).values()}
    for name, table_rows in rows.items():
        table = schema.tables[name]
        for key, values in table_rows.items():
            keys = dict(zip(table.primary_key, [key] if len(table.primary_key) == 1 else key.split("/"), strict=False))
            if "episode_id" in table.fields and table.fields["episode_id"].filled:
                keys["episode_id"] = key.partition("/")[0]
            records[name].append(
                Record(name, f"{name}.yaml", key, 1, {**keys, **values} if name != "evidence" else values, key=key)
            )
            if table.evidenced and (name, key) not in own:
                reading = {"table_name": name, "record_id": key, "number": "1", "source_id": "paper", "locator": "line 1", "reading": "Says so.", "date_basis": "stated"}  # fmt: skip
                records["evidence"].append(Record("evidence", f"{name}.yaml", key, 1, reading, key=f"{name}/{key}/1"))
    coding = Coding(schema, {}, records)
    faults: list[Any] = []
    for name, table in schema.tables.items():
        coding.rows[name] = [_typed(each, table, schema, coding.missing, faults) for each in records[name]]
    assert not faults, faults
    return coding


def found_in(schema: Schema, change: Mapping[str, Mapping[str, Mapping[str, str | None]]]) -> Findings:
    """Return what the checks find in the right case with some rows changed or added; None takes a value out."""
    rows = deepcopy(RIGHT)
    for table, changed in change.items():
        for key, values in changed.items():
            row = rows.setdefault(table, {}).setdefault(key, {})
            row |= {name: value for name, value in values.items() if value is not None}
            for name in [name for name, value in values.items() if value is None]:
                row.pop(name, None)
    return run_checks(coding_of(schema, rows))


def reading_of(table: str, key: str, **cells: str) -> dict[str, dict[str, dict[str, str]]]:
    """Return a change that gives a record one reading, with `cells`."""
    row = {"table_name": table, "record_id": key, "number": "1", "source_id": "paper", "locator": "line 1", "reading": "Says so.", "date_basis": "stated"}  # fmt: skip
    return {"evidence": {f"{table}/{key}/1": row | cells}}


SEARCH = {"iso3": "AAA", "episode_id": A, "topic": "responses", "start_date": "2020-01-02", "end_date": "2020-12-31", "depth": "targeted", "searched": "Papers"}  # fmt: skip
LAND = {"iso2": "CC", "name": "Third", "name_fr": "Tiers", "source_id": "paper"}
LATER = {"event_date": "2020-02-03", "about": "takeover", "direction": "against", "form": "street", "caller": "movement", "summary": "A march."}  # fmt: skip

BEGUN_IN_THREE_DAYS = {"episodes": {A: {"first_act_date": "2020-01-01/2020-01-03"}}}
DATED = [
    ("responses", "state-silent", "event_date"),
    ("sanction_events", "freeze/imposed", "event_date"),
    ("support", "union-march", "event_date"),
    ("authority_acts", "envoy", "event_date"),
    ("milestones", "vote", "event_date"),
    ("polls", "poll", "fieldwork_start_date"),
]

AFTER_A_STRANGER = {
    "memberships": {
        "AAA/blok": {"joined_date": "1970-05-01", "source_id": "paper"},
        "BBB/bloc": {"joined_date": "1970-05-01", "source_id": "paper"},
    }
}
MARCH_BY_TWO_READINGS = reading_of("support", f"{A}/union-march", variables="event_date", date_basis="published")
[_SECOND] = reading_of("support", f"{A}/union-march", variables="about; actor_id; direction; form; caller; size_best; size_band", number="2")["evidence"].values()  # fmt: skip
MARCH_BY_TWO_READINGS["evidence"]["2"] = _SECOND

WRONG: dict[str, list[tuple[Mapping[str, Any], str]]] = {
    # keys
    "file_names_are_short_names": [({"context": {"Aaa war/x": {**RIGHT["context"]["aaa/war"]}}}, "begin with the file name, 'Aaa war'")],
    "keys_tell_the_country": [
        ({"episodes": {C: {"iso3": "AAA"}}}, "must begin with 'aaa-'"),
        ({"context": {"bbb/war": RIGHT["context"]["aaa/war"]}}, "in a file of BBB"),
    ],
    "episode_keys_tell_the_month": [({"episodes": {B: {"first_act_date": "2021-07-01"}}}, "should begin with 'aaa-2021-07'")],
    "candidate_keys_tell_the_month": [({"candidates": {"aaa-1999-05": {"event_date": "1998-05-04"}}}, "should begin with 'aaa-1998-05'")],
    "references_exist": [
        ({"support": {f"{A}/union-march": {"actor_id": "onion"}}}, "did you mean 'union'"),
        ({"responses": {f"{A}/state-silent": {"actor_ids": "state; onion; union"}}}, "actor_ids: there is no 'onion' in actors"),
    ],
    "rows_stay_in_their_country": [
        ({"coverage": {"aaa-responses": {"iso3": "BBB"}}}, "the episode is in AAA"),
        ({"context": {"aaa/war": {"episode_ids": C}}}, "the episode is in BBB"),
    ],
    "descent_has_no_circle": [({"actors": {"bloc": {"parent_id": "bloc-chair"}}}, "is its own ancestor")],
    # evidence
    "values_have_evidence": [
        (reading_of("support", f"{A}/union-march", variables="actor_id; event_date"), "no evidence of the record names"),
        (reading_of("support", f"{A}/union-march", relation="contradicts", variables="about"), "the record has no evidence"),
    ],
    "evidence_names_variables": [
        (reading_of("support", f"{A}/union-march", variables="abuot"), "did you mean 'about'"),
        (reading_of("support", f"{A}/union-march", relation="contradicts"), "must name the variables"),
    ],
    "readings_bear_on_values": [(reading_of("support", f"{A}/union-march", variables="about; place"), "place has no value")],
    "readings_stand_in_cells": [
        (reading_of("support", f"{A}/union-march", reading="It was on 4 February 2020."), "the date '4 February 2020'"),
        (reading_of("support", f"{A}/union-march", reading="It was on February 4, 2020."), "the date 'February 4, 2020'"),
        (reading_of("support", f"{A}/union-march", reading="There were 700 people."), "the number '700 people'"),
        (reading_of("polls", f"{A}/poll", reading="It was 74 per cent."), "the share '74 per cent'"),
        (reading_of("responses", f"{A}/bloc-suspends", reading="By S/RES/2056."), "the document number 'S/RES/2056'"),
        (reading_of("responses", f"{A}/bloc-suspends", reading="Decision 2020/1 says so."), "the document number '2020/1'"),
        (reading_of("responses", f"{A}/bloc-suspends", reading="By decree No 2024-0001."), "the document number 'No 2024-0001'"),
    ],
    # dates
    "bounds_ascend": [
        ({"episodes": {A: {"resignation_date": "2020-01-01"}}}, "is before first_act_date"),
        ({"episodes": {A: {"leader_installed_date": "2020-01-01"}}}, "is before first_act_date"),
        ({"polls": {f"{A}/poll": {"fieldwork_start_date": "2020-03-02/2020-03-09", "fieldwork_end_date": "2020-02/2020-03-01"}}}, "2020-02-01 is before"),
    ],
    "exact_days_are_stated": [
        (reading_of("support", f"{A}/union-march", date_basis="published"), "only the day of publication"),
        (reading_of("support", f"{A}/union-march", date_basis=""), "no date_basis"),
        (reading_of("triggers", f"{A}/arrears", date_basis="published"), "only the day of publication"),
        ({"polls": {f"{A}/poll": {"fieldwork_start_date": "2020-03", "fieldwork_end_date": "2020-03-31"}}, **reading_of("polls", f"{A}/poll", date_basis="published")}, "fieldwork_end_date: 2020-03-31 is an exact day"),
        (MARCH_BY_TWO_READINGS, "event_date: 2020-02-03 is an exact day, but its readings have only the day of publication"),
    ],
    "dates_end_at_the_cutoff": [
        ({"support": {f"{A}/union-march": {"event_date": "2023-02-03"}}}, "after the coding cutoff, 2022-12-31"),
        ({"coverage": {"aaa-responses": {"end_date": "2023-02-03"}}}, "after the coding cutoff, 2022-12-31"),
        ({"sources": {"paper": {"published_date": "2023-02-03"}}}, "after the last coding cutoff, 2022-12-31"),
        ({"sources": {"gazette": {"published_date": "2023-01-01"}}}, "2023-01-01 is after the last coding cutoff"),
        ({"candidates": {"aaa-1999-05": {"event_date": "2023-01-01"}}}, "2023-01-01 is after the coding cutoff"),
        ({"polls": {f"{A}/poll": {"fieldwork_end_date": "2023-01-01"}}}, "2023-01-01 is after the coding cutoff"),
    ],
    "dates_are_near_the_episode": [
        ({"support": {f"{A}/union-march": {"event_date": "2012-02-03"}}}, "7.9 years before"),
        *[({**BEGUN_IN_THREE_DAYS, name: {f"{A}/{key}": {column: "2017-12-30"}}}, "2.0 years before the first act of the episode, 2020-01-01") for name, key, column in DATED],
        ({"authority_acts": {f"{A}/envoy": {"event_date": "1820-01-02"}}}, "200.0 years before"),
    ],
    "dates_follow_independence": [
        ({"triggers": {f"{A}/arrears": {"start_date": "1919-11"}}}, "before independence"),
        ({"candidates": {"aaa-1999-05": {"event_date": "1959-12-31"}}}, "1959-12-31 is before independence"),
    ],
    "responses_follow_the_first_act": [
        ({"responses": {f"{A}/state-silent": {"event_date": "2019-12-30"}}}, "before the first act"),
        ({**BEGUN_IN_THREE_DAYS, "responses": {f"{A}/state-silent": {"event_date": "2019-12-31"}}}, "of the episode, 2020-01-01"),
    ],
    "causes_come_first": [
        ({"triggers": {f"{A}/arrears": {"start_date": "2020-11"}}}, "after the first act"),
        ({**BEGUN_IN_THREE_DAYS, "triggers": {f"{A}/arrears": {"start_date": "2020-01-04"}}}, "of the episode, 2020-01-03"),
    ],
    # episodes
    "outcomes_fit_what_followed": [
        ({"episodes": {B: {"leader_installed_date": "2021-06-03"}}}, "in a failed attempt, no leader"),
        ({"episodes": {A: {"executive_fate": "remained_in_power"}}}, "cannot remain in power"),
        ({"episodes": {A: {"power_ended_date": "2020-01-06"}}}, "within seven days"),
    ],
    "episodes_follow_earlier_ones": [
        ({"episodes": {A: {"follows_episode_id": B}, B: {"follows_episode_id": None}}}, "not before this episode"),
        ({"episodes": {C: {"follows_episode_id": A}}}, "is in AAA, this episode in BBB"),
    ],
    "frames_belong_to_stated_causes": [({"triggers": {f"{A}/arrears": {"frame": None}}}, "a frame is required")],
    # the reaction matrix
    "searches_agree_with_responses": [
        ({"coverage": {"bloc": {**SEARCH, "actor_id": "bloc", "found": "no"}}}, "nothing found, but aaa-2020-01/bloc-suspends"),
        ({"coverage": {"bloc": {**SEARCH, "actor_id": "bbb-state", "found": "yes"}}}, "found, but no response of bbb-state"),
        ({"coverage": {"bloc": {**SEARCH, "actor_id": "bbb-state"}}}, "say in found whether it acted"),
        ({"coverage": {"aaa-responses": {"found": "no"}}}, "name it in actor_id"),
    ],
    "searched_bodies_are_asked": [
        ({"bodies": {"bbb-state": {"sort_order": "1", "applies": "members"}}, "coverage": {"bloc": {**SEARCH, "actor_id": "bbb-state", "found": "no"}}}, "memberships does not list AAA as its member"),
    ],
    "borders_are_mutual": [
        ({"borders": {"BBB/BBB": {"source_id": "paper"}}}, "cannot be its own neighbour"),
        ({"borders": {"BBB/CCC": {"source_id": "paper"}, "CCC/AAA": {"source_id": "paper"}}, "countries": {"CCC": LAND}}, "CCC does not name BBB"),
    ],
    "neighbours_can_react": [
        ({"borders": {"AAA/CCC": {"source_id": "paper"}}, "countries": {"CCC": LAND}}, "no actor of type state has this iso3"),
        ({"borders": {"AAA/BBB": {"source_id": "paper"}}}, "bbb-state, state are all the same state"),
    ],
    "bodies_stand_in_one_order": [
        ({"bodies": {"bloc": {"sort_order": "1", "applies": "members"}, "state": {"sort_order": "1", "applies": "everywhere"}}}, "bloc is also at position 1"),
    ],
    "countries_have_neighbours": [({"bodies": {"bloc": {"sort_order": "1", "applies": "members"}}}, "AAA has no row in borders")],
    # transition
    "promises_and_deeds_are_apart": [({"milestones": {f"{A}/vote": {"promised_for_date": "2020-12"}}}, "only a promise can have")],
    "deeds_follow_their_promises": [
        ({"milestones": {f"{A}/vote-promised": {"event_date": "2020-12-21", "promised_for_date": "2021"}}}, "after the deed"),
        ({"milestones": {f"{A}/vote-promised": {"is_promise": "no", "promised_for_date": None}}}, "is not a promise"),
    ],
    "answers_follow_what_they_answer": [({"authority_acts": {f"{A}/envoy": {"event_date": "2020-01-05"}}}, "after the act")],
    "rule_has_no_gap_or_overlap": [
        ({"rule_spells": {f"{A}/elected": {"start_date": "2021-01-05"}}}, "not before this spell begins"),
        ({"rule_spells": {f"{A}/elected": {"start_date": "2021-02-01"}}}, "nobody rules between"),
        ({"rule_spells": {f"{A}/junta": {"end_date": None}}}, "has no end"),
    ],
    # responses
    "tone_follows_words": [({"responses": {f"{A}/bloc-suspends": {"tone": None}}}, "needs a tone")],
    "stages_fit_items": [({"response_items": {f"{A}/bloc-suspends/words": {"stage": "threatened"}}}, "the item 'words' must have the stage 'done'")],
    "other_demands_are_named": [({"responses": {f"{A}/bloc-suspends": {"demands": "release; other"}}}, "state in demands_text")],
    "not_acting_is_no_deed": [({"response_items": {f"{A}/state-silent/aid-cut": {"stage": "done"}}}, "a non-action needs an item")],
    "responders_are_external": [({"responses": {f"{A}/state-silent": {"actor_ids": "state; junta"}}}, "junta is domestic in AAA")],
    "items_and_measures_agree": [
        ({"response_items": {f"{A}/bloc-suspends/membership": {"item": "aid_cut"}}}, "which is the item 'membership'"),
        ({"responses": {f"{A}/bloc-suspends": {"actor_ids": "state"}}}, "not among the actors of the response"),
    ],
    "items_count_for_episodes_of_their_response": [
        ({"response_items": {f"{A}/state-silent/aid-cut": {"episode_ids": "aaa-2020-09"}}}, "among the episodes of the response"),
        ({"response_items": {f"{A}/bloc-suspends/membership": {"episode_ids": A}}}, "the item counts for the country"),
        ({"response_items": {f"{A}/bloc-suspends/membership": {"tone": "notes"}}}, "only words on some of the episodes"),
        (
            {"response_items": {f"{A}/bloc-suspends/membership": {"item": "words", "sanction_id": None, "tone": "notes", "episode_ids": A}}},
            "need the matter that they answer",
        ),
    ],
    "published_soon_after": [({"responses": {f"{A}/bloc-suspends": {"published_date": "2021-01-09"}}}, "days after the act")],
    # sanctions
    "measures_have_a_history": [
        ({"sanction_events": {f"{A}/freeze/imposed": {"action": "extended"}}}, "its history has none of"),
        ({"sanction_events": {f"{A}/freeze/lifted": {"event_date": "2020-01-20"}}}, "is before its beginning"),
    ],
    "ended_measures_do_not_change": [
        ({"sanction_events": {f"{A}/freeze/again": {"sanction_id": f"{A}/freeze", "event_date": "2020-12-01", "action": "lifted"}}}, "the measure is lifted since 2020-11-01"),
        ({"sanction_events": {f"{A}/freeze/again": {"sanction_id": f"{A}/freeze", "event_date": "2020-12-01", "action": "listed"}}}, "the measure is lifted since 2020-11-01"),
        ({"sanction_events": {f"{A}/freeze/again": {"sanction_id": f"{A}/freeze", "event_date": "2020-12-01", "action": "eased"}}}, "the measure is lifted since 2020-11-01"),
    ],
    "measures_are_imposed_once": [
        ({"sanction_events": {f"{A}/freeze/again": {"sanction_id": f"{A}/freeze", "event_date": "2020-03-01", "action": "reinstated"}}}, "reinstated while it is in_force"),
        ({"sanction_events": {f"{A}/freeze/again": {"sanction_id": f"{A}/freeze", "event_date": "2020-03-01", "action": "imposed"}}}, "already imposed on 2020-02-01"),
    ],
    "measures_in_force_are_not_over": [
        ({"sanctions": {f"{A}/freeze": {"still_in_force": "yes"}}}, "its history says lifted since 2020-11-01"),
        ({"sanctions": {f"{A}/freeze": {"shown_in_force_date": "2020-06-01"}}}, "its end is known"),
    ],
    "measures_answer_what_came_before": [
        ({"sanction_events": {f"{A}/freeze/imposed": {"event_date": "2020-01-01"}}}, "before the coup that it answers"),
    ],
    "senders_are_external": [({"sanctions": {f"{A}/freeze": {"sender_id": "junta"}}}, "the sender must be external")],
    "unspecified_threats_name_a_class": [({"sanctions": {f"{A}/freeze": {"class_named": "any"}}}, "class_named is required")],
    "measures_taken_have_a_kind": [({"sanctions": {f"{A}/freeze": {"measure": "unspecified", "class_named": "any"}}}, "name its kind")],
    "amounts_have_a_currency": [({"sanctions": {f"{A}/freeze": {"currency": None}}}, "give both amount and currency")],
    "implementing_measures_are_of_others": [({"sanctions": {f"{A}/freeze": {"implements_id": f"{A}/freeze"}}}, "has the same sender")],
    "targets_are_listed_in_time": [
        ({"sanction_targets": {f"{A}/freeze/leader": {"listed_date": "2020-01-20"}}}, "before the measure begins"),
        ({"sanction_targets": {f"{A}/freeze/leader": {"listed_date": "2020-11-20", "delisted_date": None}}}, "after the end of the measure"),
    ],
    "targets_counted_are_listed": [
        ({"sanctions": {f"{A}/freeze": {"targets_listed": "5"}}}, "5 targets are counted, but 1 are listed"),
        ({"sanctions": {f"{A}/freeze": {"targets_listed": "0"}}}, "0 targets are counted, but 1 are listed"),
    ],
    "named_targets_have_a_listing_measure": [({"sanctions": {f"{A}/freeze": {"scope": "sectoral"}}}, "with the scope 'sectoral'")],
    "decisions_are_dated_like_their_response": [
        ({"sanction_events": {f"{A}/suspension/imposed": {"event_date": "2020-01-05"}}}, "after the change"),
    ],
    # actors
    "names_tell_actors_apart": [({"actors": {"union": {"aliases": "A JUNTA"}}}, "is also a name of 'junta'")],
    "acronyms_tell_actors_apart": [({"actors": {"junta": {"acronym": "AU1"}}}, "is also the acronym of")],
    "members_join_bodies_that_exist": [
        ({"memberships": {"AAA/bloc": {"joined_date": "1970-05-01"}}}, "before bloc was founded"),
        ({"actors": {"bloc": {"dissolved_date": "1974-01-01", "founded_date": None}}}, "after bloc was dissolved"),
        (AFTER_A_STRANGER, "before bloc was founded"),
        ({"memberships": {"AAA/bloc": {"joined_date": None, "left_date": "1974-12-31"}}}, "1974-12-31 is before bloc was founded, 1975-01-01"),
    ],
    "bodies_suspend_their_members": [
        ({"memberships": {"AAA/bloc": {"left_date": "2015-01-01"}}}, "AAA left bloc on 2015-01-01"),
        ({"memberships": {"AAA/bloc": {"joined_date": "2021-01-01"}}}, "AAA joined bloc on 2021-01-01"),
    ],
    "suspended_countries_are_members": [({"sanctions": {f"{A}/suspension": {"sender_id": "state"}}}, "memberships.csv has no membership")],
    # sources
    "addresses_are_possible": [
        ({"sources": {"paper": {"url": "https://example"}}}, "must be a domain name"),
        ({"sources": {"paper": {"url": "https://10.0.0.1/x"}}}, "must be a domain name"),
        ({"sources": {"paper": {"url": "https://example.org/a b"}}}, "not allowed in an address"),
    ],
    "addresses_have_one_source": [({"sources": {"paper": {"url": "http://www.example.org/gazette/#top"}}}, "'paper' has the same address")],
    "publishers_have_one_spelling": [
        ({"sources": {"paper": {"publisher": "Gazette.com"}}}, "is another spelling of"),
        ({"sources": {"paper": {"publisher": "DW"}}}, "write 'Deutsche Welle'"),
        ({"sources": {"paper": {"publisher": "TV5 MONDE"}}}, "write 'TV5Monde'"),
    ],
    "libraries_name_whose_text_it_is": [({"sources": {"paper": {"publisher": "Scribd"}}}, "name the original publisher, and write Scribd in kept_by")],
    "libraries_are_no_publishers": [
        ({"sources": {"paper": {"publisher": "Scribd", "origin": "A court"}}}, "name A court as the publisher, and the library in kept_by"),
        ({"sources": {"paper": {"kept_by": "A shelf"}}}, "'A shelf' is not known to keep copies"),
        ({"sources": {"paper": {"origin_url": "https://example.org/paper"}}}, "origin_url is the address of the page itself"),
    ],
    "publication_bounds_the_act": [
        (
            {"sources": {"gazette": {"published_date": "2020-01-30"}}, **reading_of("support", f"{A}/union-march", date_basis="published", source_id="gazette")},
            "before the event_date of the record",
        ),
    ],
    "sources_are_not_older_than_what_they_report": [
        (
            {"sources": {"gazette": {"published_date": "2020-01-30"}}, **reading_of("support", f"{A}/union-march", source_id="gazette")},
            "before the event_date of the record",
        ),
        (
            {"sources": {"gazette": {"published_date": "2020-01-30"}}, **reading_of("support", f"{A}/union-march", source_id="gazette", variables="about; event_date")},
            "before the event_date of the record",
        ),
    ],
    # support and polls
    "supporters_are_domestic": [
        ({"support": {f"{A}/union-march": {"actor_id": "bloc"}}}, "bloc is external"),
        ({"support": {f"{A}/union-march": {"actor_id": "bbb-state"}}}, "bbb-state is of BBB"),
    ],
    "sizes_fit_their_band": [({"support": {f"{A}/union-march": {"size_best": "5000"}}}, "which is not hundreds")],
    "shares_of_a_poll_add_up": [
        ({"polls": {f"{A}/poll": {"share_for": None, "share_against": None}}}, "needs at least one share"),
        ({"polls": {f"{A}/poll": {"share_against": "0.6"}}}, "the shares add up to 1.24"),
    ],
    # texts
    "texts_show_all_they_hold": [
        ({"support": {f"{A}/union-march": {"summary": "A mar\u200bch."}}}, "U+200B (zero width space)"),
        ({"support": {f"{A}/union-march": {"summary": "\u202ehcram A"}}}, "U+202E (right-to-left override)"),
    ],
    "texts_say_something": [({"support": {f"{A}/union-march": {"summary": "."}}}, "has no letter or digit")],
    # universe
    "candidates_are_coded_or_say_why_not": [({"candidates": {"aaa-1999-05": {"not_coded_reason": None}}}, "give either")],
    "candidates_agree_with_their_episodes": [
        ({"candidates": {A: {**RIGHT["candidates"]["aaa-1999-05"], "episode_id": A, "not_coded_reason": None}}}, "in the episode"),
    ],
    "matches_are_explained": [
        ({"crosswalk": {"aaa-1999-05/cline": {"version": "1", "listed_as": "coup", "match_status": "absent", "source_id": "paper"}}}, "state what is not exact"),
    ],
    # doubles
    "doubles_are_merged_or_explained": [
        ({"responses": {f"{B}/chair": {**RIGHT["responses"][f"{A}/bloc-suspends"], "actor_ids": "bloc-chair"}}, "response_items": {f"{B}/chair/words": {"response_id": f"{B}/chair", "item": "words", "stage": "done"}}}, f"possible duplicate of responses {A}/bloc-suspends"),
        ({"distinct_pairs": {f"support/{A}/union-march/polls/x": {}}}, ""),
    ],
    "keys_are_unique": [],
    # codings
    "codings_name_known_records": [
        ({"codings": {"1": {"record_id": f"{A}/union-mach"}}}, f"there is no '{A}/union-mach' in support; did you mean '{A}/union-march'?"),
        ({"codings": {"3": {"record_id": f"{A}/bloc-suspend/1"}}}, "in response_items"),
        ({"units": {"march": {"table_name": "suport"}}}, "unknown coded table 'suport'; did you mean 'support'?"),
        ({"probes": {"1": {"record_id": "x"}}}, "there is no 'x' in support"),
    ],
    "coded_values_are_allowed": [
        ({"codings": {"1": {"value": "agaisnt"}}}, "unknown code 'agaisnt'; did you mean 'against'?"),
        ({"codings": {"4": {"value": "March 2020"}}}, "'March 2020' is not a valid date"),
        ({"codings": {"5": {"value": "many"}}}, "must be a number; got 'many'"),
        ({"codings": {"6": {"value": "juntta"}}}, "did you mean 'junta'?; write an actor that is not listed by its name"),
        ({"codings": {"1": {"variable": "summary"}}}, "'summary' is not a variable of support whose agreement is measured"),
        ({"adjudications": {"1": {"value": "x"}}}, "unknown code 'x'"),
        ({"probes": {"1": {"value_after": "x"}}}, "unknown code 'x'"),
    ],
    "unread_records_have_no_values": [({"codings": {"2": {"recovered": "no"}}}, "recovered is no")],
    "coders_hold_one_coding": [
        ({"coders": {"ours": {"coding_pass": "third"}}}, "round 1 must have one first coding; got 0"),
        ({"coders": {"blind": {"edition": "1.0"}}}, "only the first coding can be that of an edition"),
        ({"coders": {"ours": {"edition": "1.0"}}}, "its codings come from the edition"),
        ({"coders": {"ours": {"edition": "9.9"}}}, "unknown edition '9.9'"),
        ({"codings": {"1": {"coder_id": "blind", "variable": "form", "value": "street"}}}, "this coder has no codings"),
    ],
    "a_pass_codes_a_record_once": [
        ({"coders": {"other": {**RIGHT["coders"]["blind"]}}, "codings": {"4": {"coder_id": "other"}}}, "blind coded the record in the same pass"),
    ],
    "instructions_are_those_that_were_given": [
        ({"coders": {"blind": {"instructions": "no-such.md", "instructions_sha256": "0" * 64}}}, "there is no docs/instructions/no-such.md"),
        ({"coders": {"blind": {"instructions_sha256": "0" * 64}}}, "unknown instructions must not have a hash"),
    ],
    "samples_add_up": [
        ({"coding_sample": {f"support {A}/union-march second": {"inclusion_probability": "0.1"}}}, "the probabilities of second imply 10 records of support; there were 1"),
        ({"coding_sample": {f"support {A}/union-march second": {"inclusion_probability": "0"}}}, "probability of a drawn record must be above 0"),
        ({"coding_sample": {"x": {**RIGHT["coding_sample"][f"support {A}/union-march second"], "inclusion_probability": "0.5"}}}, "the stratum 'all' has 1.0 elsewhere"),
    ],
    "shown_variables_are_coded": [({"coding_sample": {f"support {A}/union-march second": {"given": "event_dat"}}}, "did you mean 'event_date'?")],
    "adjudications_settle_something": [
        ({"adjudications": {"2": {"table_name": "polls", "record_id": f"{A}/poll", "variable": "mode", "ground": "x"}}}, "no later pass coded this record"),
    ],
    "units_name_what_the_dataset_has": [
        ({"units": {"march": {"record_id": None}}}, "its record must be named"),
        ({"units": {"march": {"is_unit": "no"}}}, "enter the unit once"),
    ],
    "adjudicated_values_stand": [
        ({"adjudications": {"1": {"value": "for"}}}, "has against; the adjudication has for"),
        ({"adjudications": {"1": {"value": None}}}, "the adjudication has no value"),
        ({"adjudications": {"1": {"value": "for"}, "2": {"table_name": "authority_acts", "record_id": f"{A}/envoy", "variable": "actor_id", "value": "union", "ground": "So it reads."}}}, "has junta; the adjudication has union"),
    ],
}  # fmt: skip
WRONG["doubles_are_merged_or_explained"].pop()


def test_a_right_case_has_no_finding(schema: Schema) -> None:
    found = found_in(schema, {})
    assert found == Findings()


def test_each_check_has_a_case_that_breaks_it() -> None:
    assert set(WRONG) == set(CHECKS)
    assert all(check.reason for check in CHECKS.values())


FINDINGS = Path(__file__).parent / "lists" / "findings.txt"
"""What a coder is told of each case of `WRONG`, with its place: `python tests/test_checks.py` writes it anew."""


def texts_of(name: str, number: int, schema: Schema) -> list[str]:
    found = found_in(schema, WRONG[name][number][0])
    return [f"{name} {number}: {each}" for each in sorted([*map(str, found.faults), *map(str, found.warnings)])]


@pytest.mark.parametrize("name", WRONG)
def test_coders_are_told_what_is_wrong_and_where(name: str, schema: Schema) -> None:
    written = [line for line in FINDINGS.read_text("utf-8").splitlines() if line.startswith(f"{name} ")]
    assert [text for number in range(len(WRONG[name])) for text in texts_of(name, number, schema)] == written


@pytest.mark.parametrize(("name", "number"), [(name, n) for name, cases in WRONG.items() for n in range(len(cases))])
def test_a_check_finds_what_it_is_for(name: str, number: int, schema: Schema) -> None:
    change, message = WRONG[name][number]
    found = found_in(schema, change)
    if CHECKS[name].level == "fault":
        assert any(message in str(each) for each in found.faults), found
    else:
        assert any(message in str(each) and str(each).endswith(f"[{name}]") for each in found.warnings), found


def test_keys_are_unique(schema: Schema) -> None:
    coding = coding_of(schema, RIGHT)
    for rows in (coding.rows, coding.records):
        rows["actors"].append(rows["actors"][0])  # type: ignore[attr-defined]
    assert any("the key 'bloc' is already used by actors.yaml:1" in str(each) for each in run_checks(coding).faults)


def test_instructions_with_another_hash_are_refused(
    schema: Schema, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crisisdata.coding.checks.codings.instructions_folder", lambda: tmp_path)
    (tmp_path / "second.md").write_bytes(b"Read it.\n")
    own = sha256(b"Read it.\n").hexdigest()
    given = {"coders": {"blind": {"instructions": "second.md", "instructions_sha256": own}}}
    assert found_in(schema, given) == Findings()
    given["coders"]["blind"]["instructions_sha256"] = "0" * 64
    assert list(map(str, found_in(schema, given).faults)) == [
        f"coders.yaml:1: blind.instructions_sha256: docs/instructions/second.md has the hash {own}"
    ]


# What is right although it looks like what a check is for.
FINE: dict[str, Mapping[str, Any]] = {
    "two things of one day": {"episodes": {A: {"resignation_date": "2020-01-02"}}},
    "an interval that begins before and ends after": {"episodes": {A: {"resignation_date": "2020-01-01/2020-01-04"}}},
    "a day that follows from a weekday": reading_of("support", f"{A}/union-march", date_basis="weekday"),
    "a search and a poll until the cutoff": {"coverage": {"aaa-responses": {"end_date": "2022-12-31"}}, "polls": {f"{A}/poll": {"fieldwork_end_date": "2022-12-31"}}},
    "a source of the day of the cutoff": {"sources": {"gazette": {"published_date": "2022-12-31"}}},
    "a source without a date": {"sources": {"gazette": {"published_date": None}}},
    "a march two years before": {"support": {f"{A}/union-march": {"event_date": "2018-01-02"}}},
    "a cause as old as the state": {"triggers": {f"{A}/arrears": {"start_date": "1960-01-01"}}},
    "a cause without a beginning": {"triggers": {f"{A}/arrears": {"start_date": None}}},
    "an answer on the first day": {"responses": {f"{A}/state-silent": {"event_date": "2020-01-02"}}},
    "an answer and a cause while it went on": {**BEGUN_IN_THREE_DAYS, "responses": {f"{A}/state-silent": {"event_date": "2020-01-01"}}, "triggers": {f"{A}/arrears": {"start_date": "2020-01-03"}}},
    "members from the first day to the last": {"memberships": {"AAA/bloc": {"joined_date": "1975-01-01", "left_date": "2022-01-01"}}, "actors": {"bloc": {"dissolved_date": "2022-01-01"}}},
    "a threat before the coup": {"sanction_events": {f"{A}/freeze/threatened": {"sanction_id": f"{A}/freeze", "event_date": "2020-01-01", "action": "threatened"}}},
    "a measure for another reason": {"sanctions": {f"{A}/freeze": {"coup_related": "not_coup_related"}}, "sanction_events": {f"{A}/freeze/imposed": {"event_date": "2020-01-01"}}},
    "a measure for another reason, years before": {
        "sanctions": {f"{A}/freeze": {"coup_related": "not_coup_related"}},
        "sanction_events": {f"{A}/freeze/imposed": {"event_date": "2015-01-01"}},
    },
    "a text whose day of publication is shown": {
        "responses": {f"{A}/bloc-suspends": {"event_date": "2020-01-05/2020-01-06"}},
        **reading_of("responses", f"{A}/bloc-suspends", date_basis="published"),
    },
    "lifted, reinstated and lifted again": {
        "sanction_events": {
            f"{A}/freeze/reinstated": {"sanction_id": f"{A}/freeze", "event_date": "2020-11-05", "action": "reinstated"},
            f"{A}/freeze/lifted-2": {"sanction_id": f"{A}/freeze", "event_date": "2020-11-09", "action": "lifted"},
        }
    },
    "a failed coup with a leader for a day": {"episodes": {B: {"leader_installed_date": "2021-06-02", "power_ended_date": "2021-06-03"}}},
    "a neighbour that is domestic elsewhere": {"responses": {f"{A}/state-silent": {"actor_ids": "bbb-state"}}},
    "a promise for after the cutoff": {"milestones": {f"{A}/vote-promised": {"promised_for_date": "2029"}}},
    "a spelling with a place": {"sources": {"paper": {"publisher": "La Gazette (Benin)"}}},
    "a library that names the author": {"sources": {"paper": {"publisher": "A court", "kept_by": "Scribd", "origin_url": "https://example.org/ruling"}}},
    "two pages of one site": {"sources": {"paper": {"url": "https://example.org/gazette?page=2"}}},
    "a day of publication for a span": {"support": {f"{A}/union-march": {"event_date": "2020-02-01/2020-02-03"}}, **reading_of("support", f"{A}/union-march", date_basis="published")},
    "figures that stand in cells": reading_of("support", f"{A}/union-march", reading="On 3 February 2020, 500 people marched."),
    "a share that stands in a cell": reading_of("polls", f"{A}/poll", reading="64 per cent were for it, 30% against."),
    "a day that a text has without its year": {
        "support": {f"{A}/union-march": {"summary": "500 people marched, and again on 4 December."}},
        **reading_of("support", f"{A}/union-march", reading="They marched again on 4 December 2020."),
    },
    "a number that a text writes in another way": {
        "responses": {f"{A}/bloc-suspends": {"summary": "The bloc suspended the country by decree NO. 2024/0001."}},
        **reading_of("responses", f"{A}/bloc-suspends", reading="By decree No 2024-0001."),
    },
    "the day of the source": reading_of("support", f"{A}/union-march", reading="In the issue of 3 January 2022."),
    "an apostrophe and an accent": {"support": {f"{A}/union-march": {"summary": "L’Équipe d'Abéché marched."}}},
}  # fmt: skip


@pytest.mark.parametrize("what", FINE)
def test_what_is_right_is_let_through(what: str, schema: Schema) -> None:
    assert found_in(schema, FINE[what]) == Findings()


# Exceptions

ODD = {"sanctions": {f"{A}/freeze": {"targets_listed": "5"}}}


def exception(check: str, key: str = f"{A}/freeze") -> dict[str, Any]:
    parts = {"table_name": "sanctions", "record_id": key, "check_name": check, "reason": "The act names one of them."}
    return {"exceptions": {f"sanctions {key} {check}": parts}}


def run_with_exception(schema: Schema, change: Mapping[str, Any], check: str, key: str = f"{A}/freeze") -> Findings:
    rows = deepcopy(RIGHT)
    for table, changed in change.items():
        for name, values in changed.items():
            rows[table][name] |= values
    coding = coding_of(schema, rows)
    cells = next(iter(exception(check, key)["exceptions"].values()))
    record = Record("exceptions", "exceptions.csv", "", 2, cells, key="/".join(list(cells.values())[:3]))
    coding.records["exceptions"].append(record)
    coding.rows["exceptions"].append(_typed(record, schema.tables["exceptions"], schema, [], []))
    return run_checks(coding)


def test_an_exception_answers_a_warning(schema: Schema) -> None:
    assert [str(each) for each in found_in(schema, ODD).warnings] == [
        f"sanctions.yaml:1: {A}/freeze.targets_listed: 5 targets are counted, but 1 are listed [targets_counted_are_listed]"
    ]
    assert run_with_exception(schema, ODD, "targets_counted_are_listed") == Findings()


@pytest.mark.parametrize(
    ("change", "check", "key", "message"),
    [
        ({}, "targets_counted_are_listed", f"{A}/freeze", "delete the exception"),
        (ODD, "targets_counted_are_list", f"{A}/freeze", "did you mean 'targets_counted_are_listed'"),
        (ODD, "amounts_have_a_currency", f"{A}/freeze", "which allow no exceptions"),
        (ODD, "targets_counted_are_listed", f"{A}/freze", f"did you mean '{A}/freeze'"),
    ],
)
def test_an_exception_that_answers_nothing_is_a_fault(
    change: Mapping[str, Any], check: str, key: str, message: str, schema: Schema
) -> None:
    assert any(message in str(each) for each in run_with_exception(schema, change, check, key).faults)


def test_faults_come_before_warnings() -> None:
    text = str(InvalidCodingError(["a fault"], ["an odd thing [check]"]))
    lines = text.split("\n")
    assert lines[0] == "a fault"
    assert lines[1] == "warning: an odd thing [check]"
    assert lines[-1] == "1 fault; nothing was written."
    assert warning_lines([]) == []


def test_warnings_do_not_fail_validation(schema: Schema, monkeypatch: pytest.MonkeyPatch) -> None:
    coding = coding_of(schema, RIGHT)
    coding.warnings = [Fault("sanctions.yaml", 1, "freeze", "an odd thing [check]")]
    monkeypatch.setattr("crisisdata.cli._coding", lambda *_, **__: coding)
    result = CliRunner().invoke(app, ["validate", "cases"])
    assert result.exit_code == 0
    assert "warning: sanctions.yaml:1: freeze: an odd thing [check]" in result.stderr
    assert "1 warning: correct what is wrong" in result.stderr
    assert "cases: no faults" in result.stdout


def test_unanswered_warnings_stand_in_the_way_of_publishing(schema: Schema) -> None:
    complete = replace(schema, package={**schema.package, "draft": False})
    new: Any = SimpleNamespace(schema=complete, faults=[])
    plan = Plan(new, None, Renames(), [], [], [], ["warning: an odd thing [check]"])
    assert "warning: an odd thing [check]" in list(plan.faults())


if __name__ == "__main__":
    lines = [
        text for name, cases in WRONG.items() for n in range(len(cases)) for text in texts_of(name, n, Schema.read())
    ]
    FINDINGS.write_text("\n".join([*lines, ""]), "utf-8")
