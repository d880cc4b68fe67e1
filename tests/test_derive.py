"""The rules of the computed variables, on rows whose answer is known by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from casebuild import EPISODE, derived
from conftest import FILES, raw_coding, write_cases

from crisisdata.coding.derive import RULES, computed_fields, derive
from crisisdata.coding.rows import Coding, Row
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding

CASE = "episodes/aaa-2020-01.yaml"


def test_every_rule_that_the_schema_names_exists_and_says_what_it_does(schema: Schema) -> None:
    named = {(t.name, f.derived) for t in schema.tables.values() for f in t.fields.values() if f.derived}
    assert set(RULES) <= named <= set(computed_fields())
    assert all(rule.text for rule in RULES.values())
    assert all(set(rule.uses) <= set(schema.tables) for rule in RULES.values())


def test_the_table_of_codes_has_every_attribute_of_its_type(coding: Coding, schema: Schema) -> None:
    rows = {(row["code_list"], row["code"]): row for row in derive(coding)["codes"]}
    for name, code_list in schema.codes.items():
        for code in code_list.codes.values():
            for attribute, cell in code.attributes.items():
                value = rows[name, code.code][attribute]
                assert value == (
                    cell if schema.tables["codes"].fields[attribute].type == "string" or cell is None else float(cell)
                )
    assert rows["item", "words"]["coercion"] == 1
    assert rows["side", "external"]["coercion"] is None


def test_summaries_of_the_episode(coding: Coding) -> None:
    episode = derive(coding)["episodes"][0]
    assert (episode["triggers_structural"], episode["triggers_proximate"], episode["triggers_stated"]) == (0, 1, 0)
    assert [episode[f"organised_{side}"] for side in ("for", "reserved", "against")] == [0, 0, 1]
    assert episode["organised_word"] == "too_little"
    assert (episode["coercion"], episode["coercion_level"], episode["engagement"]) == (3, "measures", 0)
    assert (episode["coercion_regional"], episode["coercion_au"]) == (3, None)
    assert (episode["responders"], episode["condemned_share"]) == (1, 1)
    assert (episode["days_to_first_response"], episode["days_to_suspension"]) == (1, 8)
    assert episode["days_to_sanction"] is None
    assert (episode["sanctions_imposed"], episode["sanctions_in_force"]) == (1, 0)
    assert (episode["days_under_sanction_min"], episode["days_under_sanction_max"]) == (30, 30)
    assert (episode["suspended_by"], episode["suspended_date"]) == ("A bloc", date(2020, 1, 10))
    assert episode["suspension_lifted_date"] == date(2020, 2, 9)


def test_counts_are_missing_where_nothing_was_coded_and_0_where_nothing_was_found() -> None:
    counts = ("sanctions_imposed", "responders", "triggers_stated", "organised_for")
    topics = ("sanctions", "responses", "triggers", "support")
    assert [derived()["episodes"][0][name] for name in counts] == [None] * 4
    searched = "".join(f"c-{topic},AAA,{EPISODE},{topic},2020-01,2020-12,targeted,All\n" for topic in topics)
    assert [derived(coverage=searched)["episodes"][0][name] for name in counts] == [0] * 4


def test_without_a_cutoff_durations_end_with_the_last_day_that_has_passed(coding: Coding) -> None:
    """A promise for a far day says nothing on how far the sources reach."""
    for row in coding.rows["milestones"]:
        if row["is_promise"] == "yes":
            row["promised_for_date"] = row["promised_for_date_latest"] = date(2999, 12, 31)
    episode = derive(coding)["episodes"][0]
    assert episode["coded_through"] == date(2020, 7, 1)


def test_every_count_of_the_episode_is_the_number_of_rows_that_enter_it() -> None:
    """The rows stand in `lineage`, so that a reader can see what was counted."""
    tables = derived(
        actors="state,Far Land,state,,,external\npeople,The people,public,AAA,,domestic\n",
        triggers=[{"id": "t"}, {"id": "u", "claimed_by": "perpetrators", "frame": "value"}],
        responses=[
            {"id": "r", "actor_ids": ["bloc", "state"], "items": ["words done", "membership done"], "tone": "condemns"},
            {"id": "s", "actor_ids": ["bloc"], "event_date": "2020-01-20", "items": ["words done"]},
        ],
        sanctions=[
            {"id": "m", "history": ["2020-01-03 imposed"], "still_in_force": "yes"},
            {"id": "n", "measure": "travel_ban", "history": ["2020-02-03 threatened"]},
        ],
        support=[
            {"id": "a"},
            {"id": "b", "actor_id": "people", "form": "street", "caller": "none", "direction": "for"},
        ],
        polls=[{"id": "p", "share_for": 0.5}],
    )
    assert set(counts_and_lineage(tables)) > {
        (EPISODE, "responders", 2, 2),
        (EPISODE, "responders_condemning", 2, 2),
        (EPISODE, "sanctions_imposed", 1, 1),
        (EPISODE, "sanctions_threatened_only", 1, 1),
        (EPISODE, "sanctions_in_force", 1, 1),
        (EPISODE, "organised_against", 1, 1),
        (EPISODE, "crowds_for", 1, 1),
        (EPISODE, "polls_count", 1, 1),
        (EPISODE, "triggers_stated", 1, 1),
    }
    assert all(count == rows for _, _, count, rows in counts_and_lineage(tables))


def test_every_count_of_the_case_files_is_the_number_of_rows_that_enter_it() -> None:
    found = counts_and_lineage(derive(raw_coding()))
    assert found
    assert [each for each in found if each[2] != each[3]] == []


def counts_and_lineage(tables: dict[str, list[Row]]) -> list[tuple[str, str, int, int]]:
    """Return episode, variable, value and number of contributing rows of each count that is not missing."""
    columns = [
        name
        for rule in RULES.values()
        if rule.table == "episodes"
        for name in rule.computes
        if (rule.how if isinstance(rule.how, str) else rule.how.get(name)) == "count"
    ]
    entered = Counter(
        (row["record_id"], row["variable"]) for row in tables["lineage"] if row["table_name"] == "episodes"
    )
    return [
        (row["episode_id"], name, row[name], entered[row["episode_id"], name])
        for row in tables["episodes"]
        for name in columns
        if row[name] is not None
    ]


def test_lineage_leads_from_and_to_rows_that_are_there(coding: Coding, schema: Schema) -> None:
    tables = derive(coding)
    keys = {
        name: {"/".join(str(row[part]) for part in schema.tables[name].primary_key) for row in rows}
        for name, rows in tables.items()
    }
    assert tables["lineage"]
    for row in tables["lineage"]:
        assert row["record_id"] in keys[row["table_name"]]
        assert row["from_id"] in keys[row["from_table"]]
        columns = tables[row["table_name"]][0]
        assert any(name == row["variable"] or name.startswith(f"{row['variable']}_") for name in columns), row


def test_confidence_and_publishers(coding: Coding) -> None:
    evidence = {(row["record_id"], row["source_id"]): row for row in derive(coding)["evidence"]}
    two = evidence["aaa-2020-01", "gazette-2020-01-04"]
    assert (two["publishers"], two["confidence"]) == (2, "medium"), "a coder judges the outcome, on which it bears too"
    reprint = evidence["aaa-2020-01/arrears", "reprint-2020-01-05"]
    assert (reprint["publishers"], reprint["confidence"]) == (1, "low")
    act = evidence["aaa-2020-01/bloc-suspension", "decision-1"]
    assert (act["publishers"], act["confidence"]) == (1, "medium")


def test_values_that_a_text_states_keep_their_confidence(coding: Coding) -> None:
    stated = [row for row in derive(coding)["evidence"] if row["table_name"] == "sanction_events"]
    assert {row["confidence"] for row in stated} == {"medium"}, "one publisher each, and no step less"


def test_contradiction_lowers_confidence(cases: Path, schema: Schema) -> None:
    contradiction = "    - {source_id: gazette-2020-01-04, locator: p, variables: outcome, relation: contradicts, reading: No., date_basis: stated}\n"
    write_cases(cases, {CASE: FILES[CASE].replace("triggers:", contradiction + "triggers:", 1)})
    rows = derive(read_coding(cases, schema))["evidence"]
    low = [row for row in rows if row["table_name"] == "episodes" and "outcome" in (row["variables"] or "")]
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
    assert sorted(row["event_date"] for row in rows["timeline"]) == sorted(dates)
    lifted = next(row for row in rows["timeline"] if row["label"] == "Suspension from the bloc: lifted")
    assert (lifted["day"], lifted["actor_id"], lifted["iso3"]) == (38, "bloc", "AAA")
    assert lifted["episode_id"] == "aaa-2020-01"
    labels = {(row["table_name"], row["variable"]): row["label"] for row in rows["timeline"]}
    assert labels["episodes", "first_act_date"] == "Land, January 2020: first act"
    assert labels["milestones", "promised_for_date"] == "Promise of a vote: promised for"
    assert "Promise of a vote" in {row["label"] for row in rows["timeline"] if row["variable"] == "event_date"}


def test_missing_values_keep_their_reason(coding: Coding) -> None:
    reasons = {row["variable"]: row["reason"] for row in derive(coding)["missing_values"]}
    assert reasons == {"power_ended_date": "not_applicable", "deaths_best": "unknown"}
