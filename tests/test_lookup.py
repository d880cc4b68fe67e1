"""What rules look up, in rows written by hand."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from crisisdata.coding.derive.lookup import RULES, Lookup, Rule, date_cells, rule
from crisisdata.coding.schema import Schema
from crisisdata.errors import CrisisDataError

Rows = dict[str, list[dict[str, Any]]]

DAY, LATER, LAST = date(2020, 1, 2), date(2020, 6, 1), date(2021, 3, 4)


def lookup(
    rows: Rows, *, missing: list[dict[str, Any]] | None = None, groups: str = "support", **package: Any
) -> Lookup:
    """Return a lookup of rows in an edition published on 31 December 2022; `groups` are its coded tables."""
    tables = {
        name: SimpleNamespace(
            group="coded" if name in groups.split() else "reference",
            primary_key=["table_name", "number"] if name == "evidence" else [f"{name}_id"],
        )
        for name in ("evidence", "support", "sources", "polls")
    }
    schema = SimpleNamespace(tables=tables, package={"published": date(2022, 12, 31), **package})
    coding: Any = SimpleNamespace(schema=schema, rows=defaultdict(list, rows), missing=missing or [])
    return Lookup(coding)


def cutoff(iso3: str, end: date, topic: str = "cutoff") -> dict[str, Any]:
    return {"topic": topic, "iso3": iso3, "end_date": end, "episode_id": None, "actor_id": None}


EPISODES = [{"episode_id": "a-1", "iso3": "AAA"}, {"episode_id": "b-1", "iso3": "BBB"}]


def test_a_rule_is_registered_for_each_table_under_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crisisdata.coding.derive.lookup.RULES", registered := {})  # the real ones stay as they are

    def counted(_row: Any, _lookup: Any) -> dict[str, Any]:
        """One

        two.
        """
        return {}

    assert rule("acts deeds", uses=["rows"])(counted) is counted
    assert rule("others", uses=["a", "b"], computes=["x", "y"], how="count")(counted) is counted
    assert registered == {
        ("acts", "counted"): Rule("counted", "acts", ("rows",), ("counted",), "rule", counted),
        ("deeds", "counted"): Rule("counted", "deeds", ("rows",), ("counted",), "rule", counted),
        ("others", "counted"): Rule("counted", "others", ("a", "b"), ("x", "y"), "count", counted),
    }
    assert registered["acts", "counted"].text == "One\n\ntwo."
    assert ("acts", "counted") not in RULES


@pytest.mark.parametrize(
    ("optimized", "remedy"), [(1, "write one."), (2, "python -OO leaves it out, so run python without.")]
)
def test_a_rule_without_a_docstring_is_refused(optimized: int, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crisisdata.coding.derive.lookup.sys.flags", SimpleNamespace(optimize=optimized))
    bare = Rule("bare", "acts", (), (), "rule", lambda row, _: row)
    with pytest.raises(CrisisDataError) as caught:
        _ = bare.text
    said = "the rule 'bare' of the table 'acts' has no docstring, which the codebook shows: "
    assert str(caught.value) == said + remedy


def test_what_is_computed_once_is_kept() -> None:
    here = lookup({})
    made: list[Lookup] = []

    def compute(given: Lookup) -> int:
        made.append(given)
        return len(made)

    assert [here.once("x", compute), here.once("x", compute), here.once("y", compute)] == [1, 1, 2]
    assert made == [here, here]


def test_what_enters_is_recorded_for_each_row_and_variable() -> None:
    here = lookup({})
    sources = [{"sources_id": "s", "share": 3}, {"sources_id": "t", "share": 4}]
    here.enters("evidence", {"table_name": "acts", "number": 2}, "tone", "sources", sources)
    here.enters(
        "support", {"support_id": "m"}, ["x", "y"], "sources", sources[1:], weight=lambda row: row["share"], note="n"
    )
    here.enters(
        "support", {"support_id": "m"}, "x", "evidence", [{"table_name": "acts", "number": 1}], weight=2, note=str
    )
    names = ("table_name", "record_id", "variable", "from_table", "from_id", "weight", "note")
    assert here.lineage == [
        dict(zip(names, cells, strict=True))
        for cells in [
            ("evidence", "acts/2", "tone", "sources", "s", 1.0, None),
            ("evidence", "acts/2", "tone", "sources", "t", 1.0, None),
            ("support", "m", "x", "sources", "t", 4.0, "n"),
            ("support", "m", "y", "sources", "t", 4.0, "n"),
            ("support", "m", "x", "evidence", "acts/1", 2.0, "{'table_name': 'acts', 'number': 1}"),
        ]
    ]
    assert all(isinstance(line["weight"], float) for line in here.lineage)


def test_the_cutoff_of_a_country_is_the_latest_of_its_own() -> None:
    here = lookup({
        "episodes": EPISODES,
        "coverage": [cutoff("AAA", LATER), cutoff("AAA", DAY), cutoff("BBB", LAST), cutoff("AAA", LAST, "responses")],
    })  # fmt: skip
    assert here.cutoffs == {"AAA": LATER, "BBB": LAST}
    assert here.cutoff({"iso3": "AAA"}) == LATER
    assert here.cutoff({"episode_id": "b-1"}) == LAST
    assert here.cutoff({"iso3": "AAA", "episode_id": "b-1"}) == LATER
    assert here.last_cutoff == LAST


def test_without_a_cutoff_the_last_day_of_other_countries_holds() -> None:
    rows: Rows = {
        "episodes": EPISODES,
        "coverage": [cutoff("AAA", DAY)],
        "support": [
            {"episode_id": "a-1", "event_date": date(2022, 5, 5)},
            {"episode_id": "b-1", "event_date": LATER, "until": date(2029, 1, 1), "name": "x"},
        ],
        "sources": [{"episode_id": "b-1", "event_date": date(2022, 6, 6)}],
    }
    assert lookup(rows).cutoff({"iso3": "BBB"}) == LATER
    assert lookup(rows).cutoff({"iso3": "AAA"}) == DAY
    assert lookup(rows).last_cutoff == LATER
    assert lookup(rows, as_of=LAST).cutoff({"iso3": "BBB"}) == LAST
    assert lookup(rows, as_of=LAST).last_cutoff == LAST
    assert lookup(rows, published="soon").cutoff({"iso3": "BBB"}) == date(2029, 1, 1)
    assert lookup(rows, published=LATER).last_cutoff == LATER
    assert lookup({}).last_cutoff == date(2022, 12, 31)
    assert lookup({**rows, "episodes": EPISODES[:1]}, as_of=LAST).last_cutoff == DAY


def test_rows_are_found_by_their_episode() -> None:
    rows: Rows = {
        "episodes": EPISODES,
        "support": [{"episode_id": None}, {"episode_id": "a-1", "n": 1}, {"episode_id": "b-1"}, {"episode_id": "a-1", "n": 2}],
        "responses": [{"episode_ids": "a-1;b-1"}, {"episode_ids": "b-1"}],
        "context": [{"episode_ids": "a-1"}],
        "polls": [],
        "coverage": [{"topic": "polls", "episode_id": "a-1", "actor_id": None}],
    }  # fmt: skip
    here = lookup(rows)
    first, second = EPISODES
    assert here.of_episode("support", first) == [rows["support"][1], rows["support"][3]]
    assert here.of_episode("responses", first) == rows["responses"][:1]
    assert here.of_episode("responses", second) == rows["responses"]
    assert here.of_episode("context", first) == []
    assert here.of_episode("episodes", first) == []
    assert here.of_episode("polls", first) == []
    cells = {"number": 0}
    assert here.where_searched("support", first, cells) == cells
    assert here.where_searched("polls", first, cells) == cells
    assert here.where_searched("polls", second, cells) == {"number": None}


def test_rows_are_found_by_what_names_them() -> None:
    keys = {
        "actors": "actor_id",
        "episodes": "episode_id",
        "countries": "iso3",
        "candidates": "candidate_id",
        "sources": "source_id",
        "sanctions": "sanction_id",
        "responses": "response_id",
    }
    rows: Rows = {name: [{key: "x"}, {key: "y"}] for name, key in keys.items()}
    rows |= {
        "crosswalk": [{"candidate_id": "x", "dataset": "colpus"}],
        "response_items": [{"response_id": "x", "n": 1}, {"response_id": "y", "n": 2}, {"response_id": "x", "n": 3}],
        "milestones": [{"fulfils_id": "p;q", "n": 1}, {"fulfils_id": None, "n": 2}, {"fulfils_id": "q", "n": 3}],
        "sanction_events": [{"sanction_id": "x", "event_date": LATER}, {"sanction_id": "x", "event_date": DAY}],
        "evidence": [
            {"table_name": "t", "record_id": "r", "relation": "supports", "variables": "a;b"},
            {"table_name": "t", "record_id": "r", "relation": "contradicts", "variables": "c;d"},
        ],
        "coverage": [cutoff("AAA", DAY), {**cutoff("AAA", LATER), "actor_id": "x"}],
    }
    here = lookup(rows)
    for name, key in keys.items():
        assert getattr(here, name) == {"x": {key: "x"}, "y": {key: "y"}}
    assert here.crosswalk == {("x", "colpus"): rows["crosswalk"][0]}
    assert {key: [row["n"] for row in found] for key, found in here.items.items()} == {"x": [1, 3], "y": [2]}
    assert {key: [row["n"] for row in found] for key, found in here.deeds.items()} == {"p": [1], "q": [1, 3]}
    assert [row["event_date"] for row in here.history["x"]] == [DAY, LATER]
    assert here.supporting == {("t", "r"): rows["evidence"][:1]}
    assert here.contradicted == {("t", "r", "c"), ("t", "r", "d")}


def test_what_was_searched_for_one_actor_covers_nothing_else() -> None:
    span = {"topic": "polls", "iso3": "AAA", "episode_id": None, "start_date": DAY, "end_date_latest": LATER}
    rows = [{**span, "actor_id": None}, {**span, "actor_id": "x", "topic": "support"}]
    here = lookup({"coverage": rows})
    assert [here.coverage.of(topic, "AAA", DAY, LATER) for topic in ("polls", "support")] == ["whole", None]


def test_actors_lead_to_the_organisation_to_which_they_belong() -> None:
    parents = {"chair": "body", "body": "union", "union": None, "one": "other", "other": "one", "lost": "nobody"}
    here = lookup(
        {"actors": [{"actor_id": key, "parent_id": up, "actor_type": f"{key}-type"} for key, up in parents.items()]}
    )
    assert {key: here.organisation(key) for key in [*parents, "stranger"]} == {
        "chair": "union", "body": "union", "union": "union", "one": "other", "other": "one", "lost": "nobody", "stranger": "stranger",
    }  # fmt: skip
    assert [here.actor_type(key) for key in ("chair", "stranger", None)] == ["chair-type", None, None]


def test_whose_text_a_source_is() -> None:
    sources = [
        {"source_id": "a", "origin": "An agency", "publisher": "P"},
        {"source_id": "b", "origin": None, "publisher": "P"},
    ]
    here = lookup({"sources": sources})
    assert [here.publisher(key) for key in "abc"] == ["An agency", "P", "c"]


def test_who_took_power_may_hold_it_still() -> None:
    cell = {"table_name": "episodes", "record_id": "a-1", "variable": "power_ended_date", "reason": "not_applicable"}
    here = lookup({}, missing=[cell, {**cell, "record_id": "b-1", "reason": "unknown"}, {**cell, "record_id": "c-1", "variable": "x"}])  # fmt: skip
    assert [here.still_in_power("episodes", key) for key in ("a-1", "b-1", "c-1")] == [True, False, False]


def test_codes_have_attributes_and_scores(schema: Schema) -> None:
    here = lookup({})
    here.schema = schema
    assert here.attribute("measure", "membership_suspension", "item") == "membership"
    assert here.attribute("measure", None, "item") is None
    tones = {code: here.score("tone", code) for code in schema.codes["tone"].codes}
    assert list(tones.values()) == [-2, -1, 0, 1, 2]


def test_a_date_is_taken_from_a_row_with_its_bounds() -> None:
    row = {"event_date": DAY, "event_date_latest": LATER, "event_date_precision": "month", "start_date": LAST}
    row |= {"start_date_latest": LAST, "start_date_precision": "day"}
    assert date_cells("x", row) == {"x": DAY, "x_latest": LATER, "x_precision": "month"}
    assert date_cells("x", row, "start_date") == {"x": LAST, "x_latest": LAST, "x_precision": "day"}
    assert date_cells("x", None) == {"x": None, "x_latest": None, "x_precision": None}
