"""Rules on episodes: the summary codings, from the long tables.

Counts are missing, not 0, where nothing was coded or searched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from crisisdata._spells import IN_FORCE
from crisisdata.coding.derive.balance import balance
from crisisdata.coding.derive.lookup import Lookup, date_cells, rule
from crisisdata.coding.derive.measures import measure_spells
from crisisdata.coding.derive.reactions import coercion_level
from crisisdata.coding.rows import Row

WINDOW = 30  # days: what answers the event itself, before the transition becomes the matter
_POLL_WINDOW = 90  # days: a survey takes time
DAYS_IN_MONTH = 365.2425 / 12
PROMISED_MONTHS = [
    "transition_months_promised",
    "transition_months_promised_low",
    "transition_months_promised_high",
]


@rule("episodes", uses=["coverage"], how="same")
def coded_through(row: Row, lookup: Lookup) -> Row:
    """The coding cutoff date of the country, from the rows of `coverage` whose topic is `cutoff`: how far the readable
    sources reach.
    """
    rows = [c for c in lookup.rows["coverage"] if c["topic"] == "cutoff" and c["iso3"] == row["iso3"]]
    lookup.enters("episodes", row, "coded_through", "coverage", rows)
    return {"coded_through": lookup.cutoff(row)}


@rule(
    "episodes",
    uses=["triggers"],
    how="count",
    computes=["triggers_structural", "triggers_proximate", "triggers_stated"],
)
def trigger_counts(row: Row, lookup: Lookup) -> Row:
    """Number of coded causes in each role. It grows with what the sources say and does not measure intensity."""
    triggers = lookup.of_episode("triggers", row)
    counts = {}
    for role in ("structural", "proximate", "stated"):
        chosen = [trigger for trigger in triggers if trigger["role"] == role]
        lookup.enters("episodes", row, f"triggers_{role}", "triggers", chosen)
        counts[f"triggers_{role}"] = len(chosen)
    return lookup.where_searched("triggers", row, counts)


_SIDES = {"for": "for", "reserved": "reserved", "split": "reserved", "bargaining": "reserved", "against": "against"}
_COUNTED = {"for": "count", "reserved": "count", "against": "count"}
_ESTIMATED = {"balance": "balance", "balance_low": "balance", "balance_high": "balance", "word": "balance"}
_SUMMARY = {**_COUNTED, **_ESTIMATED}


@rule(
    "episodes",
    uses=["support", "actors", "rule_spells"],
    how={f"organised_{k}": v for k, v in _SUMMARY.items()},
    computes=[
        "organised_for",
        "organised_reserved",
        "organised_against",
        "organised_balance",
        "organised_balance_low",
        "organised_balance_high",
        "organised_word",
    ],
)
def organised_support(row: Row, lookup: Lookup) -> Row:
    """Where organised society stood towards the takeover in the thirty days from the first act.

    Each voice counts once, with its own last position in that time whose matter is the takeover; a bloc and its members
    are one voice, for which a position of the bloc takes precedence over those of members. Split and bargaining count
    as reserved. The balance is the share of voices for minus the share against, estimated with Jeffreys' prior (half a
    voice each for, reserved and against), with its 90 % interval. The word follows from the chance that more voices are
    for than against: for at .95 or more, leans for at .80 or more, divided above .20, leans against above .05,
    otherwise against; too little with fewer than three voices.

    Example: 3 for, 3 reserved and 7 against give (3 − 7) / (13 + 1.5) = −.28, between −.60 and .08; the chance is .10,
    so it leans against.
    """
    return _arena_summary(row, "organised", lookup)


@rule(
    "episodes",
    uses=["support", "actors"],
    how={f"crowds_{k}": v for k, v in _SUMMARY.items()},
    computes=[
        "crowds_for",
        "crowds_reserved",
        "crowds_against",
        "crowds_balance",
        "crowds_balance_low",
        "crowds_balance_high",
        "crowds_word",
    ],
)
def crowd_support(row: Row, lookup: Lookup) -> Row:
    """Where crowds that nobody called stood towards the takeover in the thirty days from the first act.

    Every crowd counts, because several crowds are not one voice that changes its mind; balance and word are computed as
    for organised society. A count of crowds is not a count of people: sizes are in `support`. Polls are kept separate
    and not mixed in.
    """
    return _arena_summary(row, "population", lookup)


@rule(
    "episodes",
    uses=["support", "actors"],
    how={f"armed_{k}": v for k, v in _COUNTED.items()},
    computes=["armed_for", "armed_reserved", "armed_against"],
)
def armed_support(row: Row, lookup: Lookup) -> Row:
    """Where armed bodies stood towards the takeover in the thirty days from the first act: shown, not summarised.
    Each voice counts once, with its last position.
    """
    cells = {
        name: value
        for name, value in _arena_summary(row, "armed", lookup).items()
        if name.removeprefix("armed_") in _COUNTED
    }
    return cells


def _arena_summary(row: Row, arena: str, lookup: Lookup) -> Row:
    prefix = {"organised": "organised", "population": "crowds", "armed": "armed"}[arena]
    positions = [
        s
        for s in lookup.of_episode("support", row)
        if s["arena"] == arena and s["about"] == "takeover" and _within(s, row, WINDOW)
    ]
    voices = positions if arena == "population" else list(_last_of_voice(positions))
    counted = {side: [v for v in voices if _SIDES[v["direction"]] == side] for side in ("for", "reserved", "against")}
    for side, chosen in counted.items():
        lookup.enters("episodes", row, f"{prefix}_{side}", "support", chosen, note=side)
    lookup.enters(
        "episodes",
        row,
        [f"{prefix}_balance", f"{prefix}_word"],
        "support",
        voices,
        note=lambda v: _SIDES[v["direction"]],
    )
    counts = [len(chosen) for chosen in counted.values()]
    estimate = balance(*counts)
    cells = {
        **{f"{prefix}_{side}": count for side, count in zip(counted, counts, strict=True)},
        f"{prefix}_balance": estimate.mean,
        f"{prefix}_balance_low": estimate.low,
        f"{prefix}_balance_high": estimate.high,
        f"{prefix}_word": estimate.word,
    }
    return lookup.where_searched("support", row, cells)


def _last_of_voice(positions: list[Row]) -> Iterable[Row]:
    """Yield the last position of each voice: that of the bloc itself if it took one, otherwise that of a member."""
    by_voice: dict[str, list[Row]] = {}
    for position in sorted(positions, key=lambda s: (s["event_date"], s["support_id"])):
        by_voice.setdefault(position["voice_id"], []).append(position)
    for voice, taken in by_voice.items():
        own = [position for position in taken if position["actor_id"] == voice]
        yield (own or taken)[-1]


@rule(
    "episodes",
    uses=["polls"],
    how={"polls_count": "count", "poll_share_for": "same"},
    computes=["polls_count", "poll_first_id", "poll_share_for", "poll_share_for_low", "poll_share_for_high"],
)
def poll_support(row: Row, lookup: Lookup) -> Row:
    """The polls on the takeover or on those who carried it out: their number, and the first of them with its interval.

    Polls with interviews that began within ninety days of the first act are counted.

    Polls are never averaged with one another or with crowds: their questions, places and samples differ. See `polls`
    for the wording.
    """
    polls = [
        p
        for p in lookup.of_episode("polls", row)
        if p["about"] in ("takeover", "officers") and _within(p, row, _POLL_WINDOW, "fieldwork_start_date")
    ]
    # Of one survey the question on the takeover itself goes first.
    polls.sort(key=lambda p: (p["fieldwork_start_date"], p["about"] != "takeover", p["poll_id"]))
    first: Row = polls[0] if polls else dict.fromkeys(("poll_id", "share_for", "share_for_low", "share_for_high"))
    lookup.enters("episodes", row, "polls_count", "polls", polls)
    lookup.enters("episodes", row, ["poll_first_id", "poll_share_for"], "polls", polls[:1])
    return {
        "polls_count": len(polls),
        "poll_first_id": first["poll_id"],
        "poll_share_for": first["share_for"],
        "poll_share_for_low": first["share_for_low"],
        "poll_share_for_high": first["share_for_high"],
    }


RESPONDER_CLASSES = {
    "regional": ("regional_organisation",),
    "au": ("african_union",),
    "un": ("united_nations",),
    "eu": ("european_union",),
    "states": ("state",),
}


@rule(
    "episodes",
    uses=["reactions"],
    how="highest",
    computes=[
        "coercion",
        "coercion_level",
        "coercion_30d",
        "coercion_regional",
        "coercion_au",
        "coercion_un",
        "coercion_eu",
        "coercion_states",
    ],
)
def response_coercion(row: Row, lookup: Lookup) -> Row:
    """Highest coercion of any reaction, overall, within thirty days from the first act, and by class of responder.

    Reactions to the transition count as well as those to the takeover. Missing where no reaction of the class is
    coded, which is not the same as 0.
    """
    cells = _highest(row, "coercion", lookup)
    overall = cells["coercion"]
    return {**cells, "coercion_level": None if overall is None else coercion_level(overall)}


@rule("episodes", uses=["reactions"], how="highest", computes=["engagement", "engagement_30d"])
def response_engagement(row: Row, lookup: Lookup) -> Row:
    """Highest engagement of any reaction, overall and within thirty days from the first act."""
    cells = _highest(row, "engagement", lookup)
    return {name: cells[name] for name in ("engagement", "engagement_30d")}


def _highest(row: Row, name: str, lookup: Lookup) -> Row:
    all_ = _reactions(row, lookup)
    groups = {name: all_, f"{name}_30d": [r for r in all_ if _within(r, row, WINDOW)]}
    if name == "coercion":
        groups |= {
            f"{name}_{c}": [r for r in all_ if r["actor_type"] in types] for c, types in RESPONDER_CLASSES.items()
        }
    for column, chosen in groups.items():
        lookup.enters("episodes", row, column, "reactions", chosen, weight=lambda r: r[name])
    return {column: max((r[name] for r in chosen), default=None) for column, chosen in groups.items()}


@rule(
    "episodes",
    uses=["reactions"],
    how={
        "responders": "count",
        "responders_condemning": "count",
        "responders_positioned": "count",
        "condemned_share": "share",
    },
    computes=[
        "responders",
        "responders_positioned",
        "responders_condemning",
        "condemned_share",
        "reinstatement_demanded",
    ],
)
def response_unity(row: Row, lookup: Lookup) -> Row:
    """How many bodies reacted in their own name within thirty days, and how many of them condemned the takeover.

    States, organisations and their bodies count; analysts, media and unnamed groups do not. A body condemned if any of
    its reactions in that time whose main matter is the takeover has the tone *condemns*; it has a position if any of
    them has a tone. Reinstatement was demanded if any reaction at any time demands it; this does not apply if the
    executive is dead.

    Example: 18 bodies reacted, 12 of them condemned: the share is .667.
    """
    own = [r for r in _reactions(row, lookup) if r["own_name"] == "yes"]
    early = [r for r in own if _within(r, row, WINDOW)]
    on_takeover = [r for r in early if r["about"] == "takeover" and r["tone"]]
    one_each = {r["actor_id"]: r for r in reversed(early)}
    positioned = {r["actor_id"]: r for r in on_takeover}
    condemning = {r["actor_id"]: r for r in on_takeover if r["tone"] == "condemns"}
    lookup.enters("episodes", row, "responders", "reactions", one_each.values())
    lookup.enters("episodes", row, "responders_positioned", "reactions", positioned.values())
    lookup.enters("episodes", row, "responders_condemning", "reactions", condemning.values())
    shown = {actor: condemning.get(actor, reaction) for actor, reaction in one_each.items()}
    lookup.enters(
        "episodes",
        row,
        "condemned_share",
        "reactions",
        shown.values(),
        weight=lambda r: float(r["actor_id"] in condemning),
    )
    demands = {r["reinstatement_demanded"] for r in own}
    lookup.enters(
        "episodes", row, "reinstatement_demanded", "reactions", [r for r in own if r["reinstatement_demanded"] == "yes"]
    )
    cells = {
        "responders": len(one_each),
        "responders_positioned": len(positioned),
        "responders_condemning": len(condemning),
        "condemned_share": round(len(condemning) / len(one_each), 3) if one_each else None,
        "reinstatement_demanded": next((code for code in ("yes", "not_applicable", "no") if code in demands), None),
    }
    return lookup.where_searched("responses", row, cells)


@rule(
    "episodes",
    uses=["reactions", "sanctions"],
    how="least",
    computes=["days_to_first_response", "days_to_suspension", "days_to_sanction"],
)
def response_delays(row: Row, lookup: Lookup) -> Row:
    """Days from the first act to the first reaction, suspension and other sanction.

    Suspensions of membership and other coup-related sanctions count from the day on which they took effect. Only dates
    known to the day count.
    """
    start = row["first_act_date"]
    reactions = [
        r for r in _reactions(row, lookup) if r["event_date_precision"] == "day" and start and r["event_date"] >= start
    ]
    imposed = [s for s in _coup_related(row, lookup) if s["imposed_date_precision"] == "day"]
    suspensions = [s for s in imposed if s["measure"] == "membership_suspension"]
    others = [s for s in imposed if s["measure"] != "membership_suspension"]

    def delay(name: str, table: str, rows: list[Row], column: str) -> int | None:
        if not rows or not start:
            return None
        first = min(r[column] for r in rows)
        lookup.enters(
            "episodes",
            row,
            name,
            table,
            [r for r in rows if r[column] == first],
            weight=lambda r: (r[column] - start).days,
        )
        return (first - start).days

    return {
        "days_to_first_response": delay("days_to_first_response", "reactions", reactions, "event_date"),
        "days_to_suspension": delay("days_to_suspension", "sanctions", suspensions, "imposed_date"),
        "days_to_sanction": delay("days_to_sanction", "sanctions", others, "imposed_date"),
    }


@rule(
    "episodes",
    uses=["sanctions", "sanction_events"],
    how={
        "sanctions_imposed": "count",
        "sanctions_threatened_only": "count",
        "sanctions_in_force": "count",
        "days_under_sanction": "rule",
    },
    computes=[
        "sanctions_imposed",
        "sanctions_threatened_only",
        "sanctions_in_force",
        "days_under_sanction_min",
        "days_under_sanction_max",
    ],
)
def sanction_summary(row: Row, lookup: Lookup) -> Row:
    """How many coup-related measures there were, and for how many days any of them was in force.

    Counted separately: measures that took effect, measures that were threatened but never took effect, and measures
    shown in force on the coding cutoff date. A measure that implements another sender's is counted with it. Days under
    sanction are the days on which at least one measure was in force, each day counted once: those on which one
    certainly was, and those on which one may have been.
    """
    measures = [m for m in _coup_related(row, lookup) if not m["implements_id"]]
    spells = {id(m): measure_spells(m, lookup) for m in measures}
    groups = {
        "sanctions_imposed": [m for m in measures if m["imposed_date"] is not None],
        "sanctions_threatened_only": [
            m for m in measures if m["status"] in ("threatened", "withdrawn") and m["imposed_date"] is None
        ],
        "sanctions_in_force": [m for m in measures if m["status"] in IN_FORCE],
    }
    for name, chosen in groups.items():
        lookup.enters("episodes", row, name, "sanctions", chosen)
    lookup.enters(
        "episodes",
        row,
        "days_under_sanction",
        "sanctions",
        [m for m in measures if spells[id(m)]],
        weight=lambda m: m["days_in_force_max"] or 0,
    )
    sure = [
        (s.starts[1], s.ends[0] + timedelta(days=1))
        for m in measures
        for s in spells[id(m)]
        if s.starts[1] <= s.ends[0]
    ]
    possible = [(s.starts[0], s.ends[1] + timedelta(days=1)) for m in measures for s in spells[id(m)]]
    cells = {
        **{name: len(chosen) for name, chosen in groups.items()},
        "days_under_sanction_min": _days_covered(sure),
        "days_under_sanction_max": _days_covered(possible),
    }
    return lookup.where_searched("sanctions", row, cells)


@rule(
    "episodes",
    uses=["sanctions", "sanction_events"],
    how="same",
    computes=["suspended_by", "suspended_date", "suspension_lifted_date"],
)
def suspension_summary(row: Row, lookup: Lookup) -> Row:
    """Who suspended the country's membership, from when, and until when the last suspension lasted."""
    suspensions = [
        s
        for s in _coup_related(row, lookup)
        if s["measure"] == "membership_suspension" and s["imposed_date"] is not None
    ]
    suspensions.sort(key=lambda s: s["imposed_date"])
    lookup.enters(
        "episodes", row, ["suspended_by", "suspended_date", "suspension_lifted_date"], "sanctions", suspensions
    )
    senders = list(dict.fromkeys(_short_name(s["sender_id"], lookup) for s in suspensions))
    ended = [s for s in suspensions if s["ended_date"] is not None]
    all_ended = suspensions and len(ended) == len(suspensions)
    last = max(ended, key=lambda s: s["ended_date"]) if all_ended else None
    return {
        "suspended_by": "; ".join(senders) or None,
        **date_cells("suspended_date", suspensions[0] if suspensions else None, of="imposed_date"),
        **date_cells("suspension_lifted_date", last, of="ended_date"),
    }


@rule(
    "episodes",
    uses=["milestones"],
    how="same",
    computes=[
        *PROMISED_MONTHS,
        "transition_months_taken",
        "constitutional_order_date",
    ],
)
def transition_summary(row: Row, lookup: Lookup) -> Row:
    """Months of transition promised and taken, from the first act.

    Promised: to the date for which the first timetable, in the order in which they were made, promised the end of the
    transition or the vote that ends it; low to the first day that the promise allows, high to the last. The value
    without low or high is given only where the two are less than a month apart. Taken: to the return to constitutional
    order. A month is a twelfth of 365.2425 days.

    Example: a vote promised in May 2021 for "2022" was promised for 7.3 to 19.3 months after 24 May 2021, and
    `transition_months_promised` is missing.
    """
    milestones = lookup.of_episode("milestones", row)
    promises = [
        m for m in milestones if m["kind"] == "timetable" and m["is_promise"] == "yes" and m["promised_for_date"]
    ]
    first = min(promises, key=lambda m: m["event_date"], default=None)
    orders = [m for m in milestones if m["kind"] == "constitutional_order" and m["is_promise"] == "no"]
    order = min(orders, key=lambda m: m["event_date"], default=None)
    lookup.enters("episodes", row, PROMISED_MONTHS, "milestones", [first] if first else [])
    lookup.enters(
        "episodes",
        row,
        ["transition_months_taken", "constitutional_order_date"],
        "milestones",
        [order] if order else [],
    )

    def months(end: date | None) -> float | None:
        start = row["first_act_date"]
        return round((end - start).days / DAYS_IN_MONTH, 1) if end and start else None

    low = months(first["promised_for_date"] if first else None)
    high = months(first["promised_for_date_latest"] if first else None)
    return {
        "transition_months_promised": low if low is not None and high is not None and high - low < 1 else None,
        "transition_months_promised_low": low,
        "transition_months_promised_high": high,
        "transition_months_taken": months(order["event_date"] if order else None),
        **date_cells("constitutional_order_date", order),
    }


@rule("episodes", uses=["episodes", "coverage"])
def days_in_power(row: Row, lookup: Lookup) -> Row:
    """Days for which the perpetrators held the highest office.

    From the announcement (or the first act, if none is coded) to the day on which they lost or handed over the office;
    to the coding cutoff date if the case file says that the end does not apply, because they still hold it. 0 for a
    failed episode. Missing where the end is not coded, and for the removal of a head of government, which does not
    affect the highest office.
    """
    if row["event_type"] == "removal_of_head_of_government":
        return {"days_in_power": None}
    if row["outcome"] != "successful":
        return {"days_in_power": 0}
    start, end = row["announcement_date"] or row["first_act_date"], row["power_ended_date"]
    if lookup.still_in_power("episodes", row["episode_id"]):
        end = lookup.cutoff(row)
    return {"days_in_power": (end - start).days if start and end else None}


def _reactions(row: Row, lookup: Lookup) -> list[Row]:
    by_episode: dict[str, list[Row]] = lookup.once("reactions by episode", _by_episode)
    return by_episode.get(row["episode_id"], [])


def _by_episode(lookup: Lookup) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for reaction in sorted(lookup.rows["reactions"], key=lambda r: (r["event_date"], r["response_id"], r["actor_id"])):
        found.setdefault(reaction["episode_id"], []).append(reaction)
    return found


def _coup_related(row: Row, lookup: Lookup) -> list[Row]:
    return [s for s in lookup.of_episode("sanctions", row) if s["coup_related"] == "coup_related"]


def _within(dated: Row, episode: Row, days: int, column: str = "event_date") -> bool:
    start = episode["first_act_date"]
    return start is not None and dated[column] <= start + timedelta(days=days) and dated[f"{column}_latest"] >= start


def _days_covered(spells: list[tuple[date, date]]) -> int:
    total, reached = 0, date.min
    for start, end in sorted(spells):
        total += max(0, (end - max(start, reached)).days)
        reached = max(reached, end)
    return total


def _short_name(actor_id: str, lookup: Lookup) -> str:
    """Return the acronym of the organisation: a body counts as its parent."""
    whole: dict[str, Any] = lookup.actors.get(lookup.organisation(actor_id)) or {"name": actor_id}
    return whole.get("acronym") or whole["name"]
