"""What the Crisis Group Q&A of May 2021 says about the episodes holds in the summary codings of every edition."""

from __future__ import annotations

import pytest

import crisisdata as cd


@pytest.fixture(params=cd.versions())
def episodes(request: pytest.FixtureRequest) -> dict[str, dict[str, object]]:
    frame = cd.load(version=request.param).set_index("episode_id")
    return {str(key): dict(row) for key, row in frame.astype(object).iterrows()}


def severity(code: object) -> int:
    codes = cd.codebook("responses", "severity")["value"]
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


def test_the_street_welcomed_august_2020_more_than_may_2021() -> None:
    """Question 2 again, for the voice that it is about."""
    voices = cd.load().set_index("episode_id")["support_street"]
    assert voices["mli-2020-08"] > voices["mli-2021-05"]


def test_the_african_union_suspended_mali_and_not_chad() -> None:
    answers = cd.load().set_index("episode_id")["response_severity_au"]
    assert severity(answers["mli-2021-05"]) > severity(answers["tcd-2021-04"])


def test_no_organisation_suspended_chad_and_only_lenders_stopped_for_weeks() -> None:
    chad = cd.load("sanctions").query("episode_id == 'tcd-2021-04' and coup_related == 'coup_related'")
    imposed = chad[chad["imposed_date"].notna()]
    assert set(imposed["measure"]) == {"lending_suspension"}
    assert (imposed["ended_date"] < "2021-07-01").all()
    responses = cd.load("responses")
    refused = responses[(responses["episode_id"] == "tcd-2021-04") & (responses["instrument"] == "decision_not_to_act")]
    assert "au-psc" in set(refused["actor_id"])
