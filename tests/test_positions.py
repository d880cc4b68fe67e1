"""Where actors stood, what polls say, and who claims which cause: rows worked out by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from casebuild import EPISODE, by_id, derived

from crisisdata.coding.derive.balance import balance

ACTORS = """front,A front,party_coalition,AAA,,domestic
party-1,A party,party,AAA,,domestic
party-2,Another party,party,AAA,,domestic
party-3,A third party,party,AAA,,domestic
president,A president,head_of_state,AAA,,domestic
cabinet,A cabinet,government,AAA,,domestic
spokesman,A spokesman,officer,AAA,junta,domestic
officer,An officer,officer,AAA,,domestic
rebels,Rebels,armed_group,AAA,,domestic
people,The people,public,AAA,,domestic
imam,An imam,religious_body,AAA,,domestic
"""

# Voices for, reserved, against → balance, its 90 % interval, chance that more are for than against, word. The first four
# rows are those of the pilot.
BALANCES = [
    ((6, 2, 6), (0.00, -0.37, 0.37), 0.50, "divided"),
    ((3, 3, 7), (-0.28, -0.60, 0.08), 0.10, "leans_against"),
    ((0, 4, 8), (-0.59, -0.81, -0.33), 0.00, "against"),
    ((3, 0, 7), (-0.35, -0.74, 0.11), 0.10, "leans_against"),
    ((0, 1, 1), (-0.29, -0.80, 0.30), 0.18, "too_little"),
    ((7, 0, 3), (0.35, -0.11, 0.74), 0.90, "leans_for"),
    ((8, 4, 0), (0.59, 0.33, 0.81), 1.00, "for"),
]


@pytest.mark.parametrize(("counts", "estimate", "chance", "word"), BALANCES)
def test_the_balance_of_a_few_voices(
    counts: tuple[int, int, int], estimate: tuple[float, float, float], chance: float, word: str
) -> None:
    found = balance(*counts)
    assert (found.mean, found.low, found.high) == pytest.approx(estimate, abs=0.011)
    assert found.chance == pytest.approx(chance, abs=0.005)
    assert found.word == word


def test_the_interval_of_a_few_voices_is_rounded_and_not_moved() -> None:
    """Quantiles of four million draws from the Dirichlet distribution: -.979 and -.094."""
    found = balance(0, 0, 3)
    assert (found.low, found.high) == (-0.98, -0.09)


def test_no_voice_has_no_balance() -> None:
    assert balance(0, 0, 0) == (None, None, None, None, "too_little")


def arenas(*positions: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """Return arena and voice of each position, by its id."""
    return by_id(derived(actors=ACTORS, support=list(positions), **beside)["support"], "arena", "voice_id")


def test_the_arena_follows_from_actor_and_caller() -> None:
    street = {"actor_id": "people", "form": "street", "direction": "for"}
    assert arenas(
        {"id": "union"},
        {"id": "rebels", "actor_id": "rebels"},
        {"id": "officer", "actor_id": "officer"},
        {"id": "uncalled", **street, "caller": "none"},
        {"id": "called", **street, "caller": "movement", "event_date": "2020-02-05"},
        {"id": "called-by-holders", **street, "caller": "state", "event_date": "2020-03-05"},
    ) == {
        "union": ("organised", "union"),
        "rebels": ("armed", "rebels"),
        "officer": ("armed", "officer"),
        "uncalled": ("population", "people"),
        "called": ("organised", "people"),
        "called-by-holders": (None, "people"),
    }


def test_perpetrators_and_holders_of_office_have_no_voice_while_they_hold_it() -> None:
    spells = [
        {
            "id": "interim",
            "ruler": "civilian_interim",
            "head_id": "president",
            "holder_ids": ["president", "imam"],
            "start_date": "2020-03-01",
            "end_date": "2020-04-30",
        },
        {"id": "junta", "start_date": "2020-01-03", "end_date": "2020-02-29"},
    ]
    assert arenas(
        {"id": "junta-itself", "actor_id": "junta"},
        {"id": "its-member", "actor_id": "spokesman"},
        {"id": "imam-before", "actor_id": "imam", "event_date": "2020-02-29"},
        {"id": "imam-in-office", "actor_id": "imam", "event_date": "2020-04-30"},
        {"id": "imam-after", "actor_id": "imam", "event_date": "2020-05-01"},
        rule_spells=spells,
    ) == {
        "junta-itself": (None, "junta"),
        "its-member": (None, "spokesman"),
        "imam-before": ("organised", "imam"),
        "imam-in-office": (None, "imam"),
        "imam-after": ("organised", "imam"),
    }


def test_organised_society_counts_the_last_position_of_each_voice_in_thirty_days() -> None:
    through = {"speaks_through_id": "front"}
    tables = derived(
        actors=ACTORS,
        support=[
            # The front counts once, with what it said itself, though a member spoke later.
            {"id": "front", "actor_id": "front", "event_date": "2020-01-05"},
            {"id": "member", "actor_id": "party-1", **through, "event_date": "2020-01-20", "direction": "for"},
            {"id": "union-first", "direction": "against"},
            {"id": "union-then", "event_date": "2020-02-01", "direction": "split"},
            {"id": "union-too-late", "event_date": "2020-02-02", "direction": "for"},
            {"id": "party-2", "actor_id": "party-2", "direction": "for"},
            {"id": "party-3", "actor_id": "party-3", "direction": "bargaining"},
            {"id": "imam-on-another-matter", "actor_id": "imam", "about": "incumbent_before"},
            {"id": "rebels", "actor_id": "rebels"},
            {"id": "crowd", "actor_id": "people", "form": "street", "caller": "none", "direction": "for"},
            {
                "id": "next-crowd",
                "actor_id": "people",
                "form": "street",
                "caller": "none",
                "event_date": "2020-01-09",
            },
        ],
    )
    episode = tables["episodes"][0]
    sides = ("for", "reserved", "against")
    assert [episode[f"organised_{side}"] for side in sides] == [1, 2, 1]
    assert (episode["organised_balance"], episode["organised_word"]) == (0.0, "divided")
    assert [episode[f"crowds_{side}"] for side in sides] == [1, 0, 1]
    assert episode["crowds_word"] == "too_little"
    assert [episode[f"armed_{side}"] for side in sides] == [0, 0, 1]
    entered = {
        row["from_id"].rpartition("/")[2]: row["note"]
        for row in tables["lineage"]
        if row["variable"] == "organised_balance" and row["record_id"] == EPISODE
    }
    assert entered == {"front": "against", "union-then": "reserved", "party-2": "for", "party-3": "reserved"}


def test_an_actor_speaks_through_its_own_bloc_unless_the_row_names_another() -> None:
    actors = ACTORS.replace("party-1,A party,party,AAA,,domestic", "party-1,A party,party,AAA,,domestic,front")
    positions = [
        {"id": "by-default", "actor_id": "party-1"},
        {"id": "through-another", "actor_id": "party-1", "speaks_through_id": "union", "event_date": "2020-02-01"},
    ]
    rows = derived(actors=actors, support=positions)["support"]
    assert by_id(rows, "voice_id") == {"by-default": "front", "through-another": "union"}


POLLS = [
    # share for, reserved, against, no answer → direction
    ((0.64, None, None, None), "for"),
    ((0.40, None, 0.55, None), "against"),
    ((0.45, None, 0.45, 0.10), "reserved"),
    ((0.30, None, None, None), "against"),  # what is left are seven in ten
    ((0.30, 0.25, None, None), "reserved"),
    ((0.30, None, None, 0.25), "reserved"),
    ((0.50, None, 0.50, None), "reserved"),
    ((None, None, 0.60, None), "against"),
]


def test_direction_and_interval_of_polls() -> None:
    names = ("share_for", "share_reserved", "share_against", "share_no_answer")
    polls = [
        {"id": f"p-{n}", "question": f"Question {n}", "fieldwork_start_date": f"2020-02-{n + 1:02}"}
        | {name: share for name, share in zip(names, shares, strict=True) if share is not None}
        for n, (shares, _) in enumerate(POLLS)
    ]
    polls[0]["sample"] = 1100
    rows = derived(polls=polls)["polls"]
    assert [row["direction"] for row in rows] == [direction for _, direction in POLLS]
    # ±3.4 points for 1,100 respondents and a design effect of two.
    assert (rows[0]["share_for_low"], rows[0]["share_for_high"]) == (0.606, 0.673)
    assert (rows[1]["share_for_low"], rows[1]["share_for_high"]) == (None, None)


def test_the_episode_shows_its_first_poll_and_averages_none() -> None:
    episode = derived(
        polls=[
            {"id": "later", "fieldwork_start_date": "2020-03-01", "share_for": 0.2},
            {"id": "on-officers", "about": "officers", "share_for": 0.9, "question": "y"},
            {"id": "first", "share_for": 0.68, "sample": 925},
            {"id": "on-policy", "about": "policy", "fieldwork_start_date": "2020-01-10", "share_for": 0.1},
            {"id": "too-late", "fieldwork_start_date": "2020-04-02", "share_for": 0.1},
        ]
    )["episodes"][0]
    assert (episode["polls_count"], episode["poll_first_id"]) == (3, f"{EPISODE}/first")
    assert episode["poll_share_for"] == 0.68
    assert (episode["poll_share_for_low"], episode["poll_share_for_high"]) == (0.643, 0.715)


TRIGGERS = {
    # values → role; the first act was on 2 January 2020, and ninety days before it was 4 October
    "stated": ({"claimed_by": "perpetrators", "frame": "value", "tied_to_timing": "yes"}, "stated"),
    "day-before": ({"tied_to_timing": "yes", "start_date": "2020-01-01"}, "proximate"),
    "ninety-days-before": ({"tied_to_timing": "yes", "start_date": "2019-10-04"}, "proximate"),
    "ninety-one-days-before": ({"tied_to_timing": "yes", "start_date": "2019-10-03"}, "structural"),
    "began-long-ago-and-went-on": (
        {"tied_to_timing": "yes", "start_date": "2010", "end_date": "2019-12"},
        "proximate",
    ),
    "not-tied": ({"tied_to_timing": "no", "start_date": "2020-01-01"}, "structural"),
    "without-a-date": ({"tied_to_timing": "yes"}, "structural"),
    "after": ({"tied_to_timing": "yes", "start_date": "2020-01-03"}, "structural"),
}


def test_roles_of_causes() -> None:
    tables = derived(triggers=[{"id": name, **values} for name, (values, _) in TRIGGERS.items()])
    assert by_id(tables["triggers"], "role") == {name: role for name, (_, role) in TRIGGERS.items()}
    episode = tables["episodes"][0]
    counts = [episode[f"triggers_{role}"] for role in ("stated", "proximate", "structural")]
    assert counts == [1, 3, 4]


def test_classes_of_causes_and_acts_come_from_their_code_lists() -> None:
    tables = derived(
        triggers=[{"id": "t", "category": "disputed_election"}],
        authority_acts=[
            {"id": "arrest"},
            {"id": "promotion", "act": "promotion", "target_kind": "security_forces", "event_date": "2020-02-01"},
            {"id": "release", "act": "release", "event_date": "2020-03-01"},
            {"id": "expulsion", "act": "envoy_expelled", "target_kind": "state", "event_date": "2020-04-01"},
        ],
    )
    assert tables["triggers"][0]["trigger_class"] == "succession"
    columns = ("act_class", "plover_event", "plover_intensity", "goldstein")
    assert by_id(tables["authority_acts"], *columns) == {
        "arrest": ("persons", "COERCE-arrest", -7, -5.0),
        "promotion": ("posts", None, None, None),
        "release": ("persons", "RETREAT-release", 6.5, 7.0),
        "expulsion": ("abroad", "SANCTION-expel", -5.5, -7.0),
    }
    assert date(2020, 1, 4) in {row["event_date"] for row in tables["timeline"]}


def test_an_office_is_held_from_its_first_day() -> None:
    spell = {"id": "junta", "head_id": "union", "holder_ids": ["union"], "start_date": "2020-01-10"}
    days = ["2020-01-09", "2020-01-10"]
    found = derived(rule_spells=[spell], support=[{"id": f"on-{day}", "event_date": day} for day in days])
    assert by_id(found["support"], "arena", "actor_type") == {
        "on-2020-01-09": ("organised", "union"),
        "on-2020-01-10": (None, "union"),
    }


def test_the_interval_of_a_poll_is_that_of_wilson_for_half_the_sample() -> None:
    # n = 50, p = .6, z = 1.645: (.6 + .02706) / 1.05412 ± 1.645 / 1.05412 · √(.0048 + .00027)
    poll = {"id": "p", "share_for": 0.6, "sample": 100}
    [row] = derived(polls=[poll])["polls"]
    assert (row["share_for_low"], row["share_for_high"]) == (0.484, 0.706)
