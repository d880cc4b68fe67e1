"""What acts do, and how one act changes what its actor has in force: rows worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from casebuild import ABROAD, EPISODE, SECOND, by_id, derived, weeks_apart

ACTORS = (
    "state,Far Land,state,,,external\n"
    "commission,The commission,regional_organisation,,bloc,external\n"
    "summit,The summit,regional_organisation,,commission,external\n"
    "analyst,An analyst,research_organisation,,,external\n"
)

# item, stage, and what the response says beside it → coercion, engagement
STEPS = [
    ("membership done", {}, 3, None),
    ("membership continued", {}, 3, None),
    ("envoy_summoned done", {}, 1, None),
    ("aid_cut done", {}, 4, None),
    ("persons_listed done", {}, 5, None),
    ("economy_closed done", {}, 6, None),
    ("force done", {}, 7, None),
    ("economy_closed threatened", {}, 2, None),
    ("unspecified threatened", {}, 2, None),
    ("force threatened", {}, 7, None),
    ("forces_out promised", {}, 2, None),
    ("forces_out promised", {"deadline_date": "2020-09"}, 4, None),
    ("forces_out promised", {"deadline_date": "2020-09", "conditions": "If no vote is held."}, 2, None),
    ("force promised", {}, 7, None),
    ("aid_cut eased", {}, 0, 4),
    ("aid_cut ended", {}, 0, 4),
    ("membership ended", {}, 0, 3),
    ("economy_closed blocked", {}, 0, 3),
    ("persons_listed not_adopted", {}, 0, None),
    ("membership passed_over", {}, 0, None),
    ("call done", {}, None, 1),
    ("visit_paid done", {}, None, 1),
    ("delegation done", {}, None, 2),
    ("mediation promised", {}, None, 2),
    ("accord done", {}, None, 2),
    ("courtesy done", {}, None, 3),
    ("recognition done", {}, None, 3),
    ("aid_given done", {}, None, 4),
    ("military_given promised", {}, None, 4),
    ("aid_given not_adopted", {}, None, 0),
    ("words done", {"tone": "condemns"}, 1, None),
    ("words done", {"tone": "regrets"}, 1, None),
    ("words done", {"tone": "notes"}, 0, None),
    ("words done", {"tone": "backs"}, 0, None),
]


def test_coercion_and_engagement_of_an_item_at_its_stage() -> None:
    responses = weeks_apart({"items": [item], **beside} for item, beside, _, _ in STEPS)
    rows = derived(responses=responses)["response_items"]
    found = [(row["item"], row["stage"], row["coercion"], row["engagement"]) for row in rows]
    assert found == [(*item.split(), coercion, engagement) for item, _, coercion, engagement in STEPS]


# Item and stage → event of PLOVER, its intensity, and the score of Goldstein: one of every kind.
CONVERSIONS = [
    ("words done", {"tone": "condemns"}, ("ACCUSE-disapprove", -2, -2.0)),
    ("words done", {"tone": "welcomes"}, ("SUPPORT", 5, 3.4)),
    ("words done", {"tone": "notes"}, (None, None, 0.0)),
    ("words done", {"tone": "notes", "demands": ["release"]}, ("REQUEST", -1, -5.0)),
    ("words done", {"tone": "condemns", "demands": ["release"]}, ("ACCUSE-disapprove", -2, -2.0)),
    ("unspecified threatened", {}, ("THREATEN", -3.5, -4.4)),
    ("aid_cut threatened", {}, ("THREATEN", -3.5, -5.8)),
    ("force threatened", {}, ("THREATEN-violence", -3.5, -7.0)),
    ("force done", {}, ("MOBILIZE-troops", -6.5, -7.2)),
    ("envoy_summoned done", {}, ("ACCUSE-disapprove", -2, -2.0)),
    ("envoy_recalled done", {}, ("SANCTION-withdraw", -6, -4.0)),
    ("envoy_expelled done", {}, ("SANCTION-expel", -5.5, -7.0)),
    ("exclusion done", {}, ("REJECT-meet", -2, -5.0)),
    ("membership done", {}, ("SANCTION-expel", -5.5, -4.0)),
    ("aid_cut done", {}, ("SANCTION-discontinue", -6, -5.6)),
    ("forces_out done", {}, ("SANCTION-withdraw", -6, -7.0)),
    ("persons_listed done", {}, ("SANCTION-discontinue", -6, -8.0)),
    ("nationals_barred done", {}, ("COERCE-restrict", -7, -5.0)),
    ("economy_closed continued", {}, ("REJECT-yield", -2, -4.0)),
    ("economy_closed eased", {}, ("RETREAT", 6.5, 7.0)),
    ("economy_closed ended", {}, ("RETREAT", 6.5, 7.0)),
    ("membership ended", {}, ("SUPPORT", 5, 3.5)),
    ("economy_closed blocked", {}, ("SUPPORT", 5, 3.5)),
    ("economy_closed not_adopted", {}, (None, None, None)),
    ("membership passed_over", {}, (None, None, None)),
    ("call done", {}, ("CONSULT-phone", 1.5, 1.0)),
    ("visit_received done", {}, ("CONSULT-visit", 4, 2.8)),
    ("meeting done", {}, ("CONSULT-multilateral", 4, 1.0)),
    ("mediation promised", {}, ("AGREE", 2.5, 5.0)),
    ("mediation done", {}, ("CONSULT", 2.5, 5.0)),
    ("accord done", {}, ("SUPPORT", 5, 8.0)),
    ("monitoring done", {}, ("COOPERATE", 9.5, 6.0)),
    ("recognition done", {}, ("SUPPORT", 5, 6.0)),
    ("aid_given promised", {}, ("AGREE", 2.5, 5.2)),
    ("aid_given done", {}, ("AID", 10, 7.4)),
    ("military_given done", {}, ("AID", 10, 8.3)),
]


def test_conversion_to_plover() -> None:
    responses = weeks_apart({"items": [item], **beside} for item, beside, _ in CONVERSIONS)
    rows = derived(responses=responses)["response_items"]
    found = [(row["plover_event"], row["plover_intensity"], row["goldstein"]) for row in rows]
    assert list(zip([c[0] for c in CONVERSIONS], found, strict=True)) == [(c[0], c[2]) for c in CONVERSIONS]


def test_an_act_has_the_highest_coercion_and_engagement_of_its_items() -> None:
    rows = derived(
        responses=weeks_apart(
            [
                # The summit of 9 January 2022, and the chiefs of staff of 28 March 2012.
                {"id": "summit", "items": ["economy_closed done", "envoy_recalled done", "aid_cut done", "force done"]},
                {"id": "chiefs", "items": ["delegation done", "unspecified threatened"]},
                {"id": "without-force", "items": ["economy_closed done", "envoy_recalled done"]},
                {"id": "words", "items": ["words done"], "tone": "condemns"},
                {"id": "spared", "items": ["membership passed_over"]},
            ]
        )
    )
    assert by_id(rows["responses"], "coercion", "coercion_level", "engagement") == {
        "summit": (7, "force", 0),
        "chiefs": (2, "threat", 2),
        "without-force": (6, "measures", 0),
        "words": (1, "words", 0),
        "spared": (0, "none", 0),
    }
    entered = {
        (row["from_id"].rpartition("/")[2], row["weight"])
        for row in rows["lineage"]
        if row["record_id"] == f"{EPISODE}/chiefs" and row["variable"] == "coercion"
    }
    assert entered == {("unspecified", 2)}


def test_one_row_for_each_signer_and_each_episode() -> None:
    rows = derived(
        actors=ACTORS,
        responses=[
            {
                "id": "joint",
                "actor_ids": ["summit", "state", "analyst"],
                "episode_ids": [EPISODE, SECOND],
                "event_date": "2020-06",
                "items": ["words done"],
                "tone": "condemns",
            }
        ],
        second={},
    )["reactions"]
    assert [(row["actor_id"], row["episode_id"]) for row in rows] == [
        (actor, episode) for actor in ("summit", "state", "analyst") for episode in (EPISODE, SECOND)
    ]
    assert [row["is_lead"] for row in rows] == ["yes", "yes", "no", "no", "no", "no"]
    assert [row["organisation_id"] for row in rows] == ["bloc", "bloc", "state", "state", "analyst", "analyst"]
    assert [row["own_name"] for row in rows] == ["yes"] * 4 + ["no"] * 2
    # From 2 January to some day of June 2020 are 151 to 180 days; from 2 June, 1 before it to 28 after it.
    assert [(row["days_low"], row["days_high"]) for row in rows[:2]] == [(151, 180), (-1, 28)]
    assert {row["coercion"] for row in rows} == {1}


def course(*acts: tuple[str, str], **beside: Any) -> list[tuple[int, int, str]]:
    """Return what was in force before and after each act of a body, and the change; acts are a day and items."""
    responses = [
        {"id": f"r-{n}", "event_date": day, "items": items.split(", "), **beside} for n, (day, items) in enumerate(acts)
    ]
    rows = derived(responses=responses)["reactions"]
    return [(row["in_force_before"], row["in_force_after"], row["change"]) for row in rows]


def test_change_from_the_threat_to_the_end() -> None:
    assert course(
        ("2020-01-03", "unspecified threatened"),
        ("2020-01-10", "economy_closed done"),
        ("2020-02-01", "economy_closed continued"),
        ("2020-03-01", "economy_closed eased"),
        ("2020-04-01", "economy_closed ended"),
    ) == [(0, 2, "first"), (2, 6, "up"), (6, 6, "same"), (6, 6, "down"), (6, 0, "down")]


def test_a_measure_takes_the_place_of_its_threat() -> None:
    # Were the threat still there when the measure ends, 2 would be left.
    assert course(
        ("2020-01-03", "membership threatened"),
        ("2020-01-10", "membership done"),
        ("2020-02-01", "membership ended"),
    ) == [(0, 2, "first"), (2, 3, "up"), (3, 0, "down")]
    assert course(
        ("2020-01-03", "unspecified threatened"), ("2020-01-10", "aid_cut done"), ("2020-02-01", "aid_cut ended")
    )[-1] == (4, 0, "down")


def test_words_a_summons_and_an_exclusion_do_not_last() -> None:
    assert course(
        ("2020-01-03", "words done"),
        ("2020-01-04", "envoy_summoned done"),
        ("2020-01-05", "exclusion done"),
        ("2020-01-06", "aid_cut done, words done"),
    ) == [(0, 0, "first"), (0, 0, "same"), (0, 0, "same"), (0, 4, "up")]


def test_a_lower_measure_beside_a_higher_one_changes_nothing() -> None:
    assert course(
        ("2020-01-03", "economy_closed done"),
        ("2020-01-10", "envoy_recalled done"),
        ("2020-01-20", "economy_closed ended"),
    ) == [(0, 6, "first"), (6, 6, "same"), (6, 3, "down")]
    # A threat to what is already in force takes nothing away.
    assert course(("2020-01-03", "aid_cut done"), ("2020-01-10", "aid_cut threatened"))[-1] == (4, 4, "same")


def test_all_acts_of_the_first_day_are_first_and_bodies_stand_apart() -> None:
    rows = derived(
        actors=ACTORS,
        responses=[
            {"id": "one", "items": ["membership done"]},
            {"id": "two", "items": ["delegation done"]},
            {"id": "of-the-summit", "actor_ids": ["summit"], "event_date": "2020-02-01", "items": ["aid_cut done"]},
        ],
    )["reactions"]
    assert [row["change"] for row in rows] == ["first", "first", "first"]
    assert [row["in_force_before"] for row in rows] == [0, 3, 0]


def test_the_position_on_the_takeover_is_carried_forward() -> None:
    matters = [
        ("2020-01-03", "notes", ["authorities"], None),
        ("2020-01-04", "condemns", ["takeover"], "condemns"),
        ("2020-02-01", "welcomes", ["timetable", "takeover"], "condemns"),
        ("2020-03-01", "regrets", ["takeover"], "regrets"),
    ]
    responses = [
        {"id": f"r-{n}", "event_date": day, "tone": tone, "about": about, "items": ["words done"]}
        for n, (day, tone, about, _) in enumerate(matters)
    ]
    tables = derived(responses=responses)
    assert [row["takeover_position"] for row in tables["reactions"]] == [m[3] for m in matters]
    carried = f"{EPISODE}/r-2/bloc/{EPISODE}"
    entered = [
        row["from_id"]
        for row in tables["lineage"]
        if row["record_id"] == carried and row["variable"] == "takeover_position"
    ]
    assert entered == [f"{EPISODE}/r-1"]


@pytest.mark.parametrize(
    ("fate", "demand", "answer"),
    [
        ("detained", "reinstatement", "yes"),
        ("detained", "civilian_rule", "no"),
        ("killed", "reinstatement", "not_applicable"),
        ("died_before", "civilian_rule", "not_applicable"),
    ],
)
def test_reinstatement_of_the_dead_is_not_applicable(fate: str, demand: str, answer: str) -> None:
    rows = derived(
        episode={"executive_fate": fate}, responses=[{"id": "r", "items": ["words done"], "demands": [demand]}]
    )
    assert rows["reactions"][0]["reinstatement_demanded"] == answer
    assert rows["episodes"][0]["reinstatement_demanded"] == answer


def test_responders_act_in_their_own_name() -> None:
    acts = [
        ("bloc", "condemns", ["takeover"]),
        ("state", "regrets", ["takeover"]),
        ("analyst", "condemns", ["takeover"]),
    ]
    acts += [("summit", "condemns", ["repression"]), ("commission", None, ["takeover"])]
    responses = [
        {"id": f"r-{n}", "actor_ids": [actor], "about": about, "items": ["words done" if tone else "call done"]}
        | ({"tone": tone} if tone else {})
        for n, (actor, tone, about) in enumerate(acts)
    ]
    responses.append({"id": "late", "event_date": "2020-02-02", "items": ["economy_closed done"]})
    episode = derived(actors=ACTORS, responses=responses)["episodes"][0]
    # Four bodies (the analyst is none); the bloc and the state spoke on the takeover, the bloc condemned it.
    assert (episode["responders"], episode["responders_positioned"], episode["responders_condemning"]) == (4, 2, 1)
    assert episode["condemned_share"] == 0.25
    assert (episode["coercion"], episode["coercion_level"], episode["coercion_30d"]) == (6, "measures", 1)
    assert (episode["coercion_regional"], episode["coercion_states"], episode["coercion_au"]) == (6, 1, None)
    assert (episode["engagement"], episode["days_to_first_response"]) == (1, 1)


def test_the_first_of_several_matters_is_the_main_one() -> None:
    acts = weeks_apart(
        [
            {"items": ["words done"], "tone": "condemns", "about": ["takeover", "timetable"]},
            {"items": ["words done"], "tone": "backs", "about": ["timetable", "takeover"]},
        ]
    )
    rows = derived(responses=acts)["reactions"]
    assert [(row["about"], row["takeover_position"]) for row in rows] == [
        ("takeover", "condemns"),
        ("timetable", "condemns"),
    ]


def test_the_end_of_one_measure_ends_a_threat_without_a_kind() -> None:
    def in_force(last: str) -> int:
        acts = weeks_apart({"items": [item]} for item in ("unspecified threatened", last))
        return int(derived(responses=acts)["reactions"][-1]["in_force_after"])

    assert in_force("aid_cut ended") == 0
    assert in_force("aid_cut not_adopted") == 2


def test_items_of_a_text_on_two_countries_count_where_they_belong() -> None:
    """An item that names a measure counts for the country of that measure, one that names episodes for these."""
    measure = {"sender_id": "bloc", "history": ["2020-07-01 imposed"]}
    response = {
        "id": "summit",
        "event_date": "2020-07-01",
        "episode_ids": [EPISODE, ABROAD],
        "items": [
            {"id": "here", "item": "membership", "stage": "done", "sanction_id": f"{EPISODE}/here"},
            {"id": "there", "item": "economy_closed", "stage": "done", "sanction_id": f"{ABROAD}/there"},
            {"id": "talks", "item": "mediation", "stage": "done", "episode_ids": [ABROAD]},
            {"id": "both", "item": "call", "stage": "done"},
        ],
    }
    rows = derived(
        countries="BBB,BB,East,Est,paper-2020-01-03\n",
        abroad={"sanctions": [{**measure, "id": "there", "measure": "border_closure"}]},
        sanctions=[{**measure, "id": "here"}],
        responses=[response],
    )
    found = {
        row["episode_id"]: (row["coercion"], row["engagement"], row["in_force_after"]) for row in rows["reactions"]
    }
    assert found == {EPISODE: (3, 1, 3), ABROAD: (6, 2, 6)}
    assert by_id(rows["responses"], "coercion", "engagement") == {"summit": (6, 2)}
    assert by_id(rows["episodes"], "coercion") == {EPISODE: 3, ABROAD: 6}


def test_words_of_a_text_on_two_countries_keep_their_own_tone() -> None:
    words = {"item": "words", "stage": "done"}
    response = {
        "id": "summit",
        "event_date": "2020-07-01",
        "episode_ids": [EPISODE, ABROAD],
        "about": ["timetable", "takeover"],
        "tone": "condemns",
        "demands": ["timely_vote", "release"],
        "items": [
            words | {"id": "here", "episode_ids": [EPISODE], "about": ["timetable"], "tone": "welcomes"},
            words
            | {
                "id": "there",
                "episode_ids": [ABROAD],
                "about": ["takeover"],
                "tone": "condemns",
                "demands": ["release"],
            },
        ],
    }
    rows = derived(countries="BBB,BB,East,Est,paper-2020-01-03\n", abroad={}, responses=[response])
    columns = ("about", "tone", "demands", "coercion", "takeover_position")
    found = {row["episode_id"]: tuple(row[name] for name in columns) for row in rows["reactions"]}
    assert found == {
        EPISODE: ("timetable", "welcomes", None, 0, None),
        ABROAD: ("takeover", "condemns", "release", 1, "condemns"),
    }
    assert by_id(rows["response_items"], "coercion", "goldstein") == {"here": (0, 3.4), "there": (1, -2.0)}
