"""What the Crisis Group Q&A of May 2021 says about the episodes holds in the summary codings of every edition."""

from __future__ import annotations

import pytest
from conftest import raw_coding

import crisisdata as cd
from crisisdata.coding.derive import derive
from crisisdata.coding.rows import Row

BEFORE_1_0 = [version for version in cd.versions() if version.startswith("0.")]


@pytest.fixture(params=BEFORE_1_0)
def episodes(request: pytest.FixtureRequest) -> dict[str, dict[str, object]]:
    frame = cd.load(version=request.param).set_index("episode_id")
    return {str(key): dict(row) for key, row in frame.astype(object).iterrows()}


def severity(code: object) -> int:
    codes = cd.codebook("responses", "severity", BEFORE_1_0[-1])["value"]
    return int(codes[code])


def test_august_2020_had_more_support_than_may_2021(episodes: dict[str, dict[str, object]]) -> None:
    """Question 2: relief in 2020; in 2021 far less popular support, and few organisations that backed the officers."""
    before, after = episodes["mli-2020-08"], episodes["mli-2021-05"]
    assert before["support_score"] > 0 > after["support_score"]  # type: ignore[operator]
    assert after["support_for"] < after["support_against"]  # type: ignore[operator]
    assert before["support_for"] > after["support_for"]  # type: ignore[operator]


def test_mali_was_answered_harder_than_chad(episodes: dict[str, dict[str, object]]) -> None:
    """Question 3: firm condemnation in Mali; in Chad the same actors had let a junta take power."""
    mali, chad = episodes["mli-2021-05"], episodes["tcd-2021-04"]
    assert severity(mali["response_severity"]) > severity(chad["response_severity"])
    assert mali["condemned_share"] > 0.5 > chad["condemned_share"]  # type: ignore[operator]


def test_the_partners_of_may_2021_did_not_ask_for_the_executive_back(episodes: dict[str, dict[str, object]]) -> None:
    """Question 3: the Security Council seemed to choose the option without reinstatement."""
    assert episodes["mli-2021-05"]["reinstatement_demanded"] == "no"


def test_episodes_follow_from_one_another(episodes: dict[str, dict[str, object]]) -> None:
    assert episodes["mli-2021-05"]["follows_episode_id"] == "mli-2020-08"


@pytest.fixture(scope="module")
def tables() -> dict[str, list[Row]]:
    """The tables that the case files make."""
    return derive(raw_coding())


@pytest.fixture(scope="module")
def coded(tables: dict[str, list[Row]]) -> dict[str, Row]:
    return {row["episode_id"]: row for row in tables["episodes"]}


def test_organised_society_stood_further_from_may_2021_than_from_august_2020(coded: dict[str, Row]) -> None:
    """Question 2 again, as a direction only: the intervals overlap, so the order of the two is not sure."""
    before, after = coded["mli-2020-08"], coded["mli-2021-05"]
    assert before["organised_balance"] > after["organised_balance"]
    assert before["organised_against"] < after["organised_against"]
    assert after["organised_word"] == "against"


def test_mali_met_more_coercion_than_chad(coded: dict[str, Row]) -> None:
    """Question 3: firm condemnation in Mali; in Chad the same actors had let a junta take power."""
    mali, chad = coded["mli-2021-05"], coded["tcd-2021-04"]
    assert mali["coercion"] > chad["coercion"]
    assert mali["coercion_au"] > chad["coercion_au"]
    assert mali["condemned_share"] > 0.5 > chad["condemned_share"]
    assert (mali["reinstatement_demanded"], chad["reinstatement_demanded"]) == ("no", "not_applicable")


def test_no_organisation_suspended_chad_and_only_lenders_stopped_for_weeks(tables: dict[str, list[Row]]) -> None:
    imposed = [
        row
        for row in tables["sanctions"]
        if row["episode_id"] == "tcd-2021-04" and row["coup_related"] == "coup_related" and row["imposed_date"]
    ]
    assert {row["measure"] for row in imposed} == {"lending_suspension"}
    spared = {row["response_id"] for row in tables["response_items"] if row["stage"] == "passed_over"}
    actors = {
        row["actor_id"]
        for row in tables["reactions"]
        if row["response_id"] in spared and row["episode_id"] == "tcd-2021-04"
    }
    assert "au-psc" in actors
