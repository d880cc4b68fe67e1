"""Rules on episodes: the summary codings, from the long tables.

Counts are missing, and not 0, where nothing was coded or searched.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from crisisdata._spells import IN_FORCE
from crisisdata.coding.derive.lookup import Lookup, date_cells, rule
from crisisdata.coding.derive.records import days_of_spells
from crisisdata.coding.rows import Row

WINDOW = 30  # days: what answers the event itself, before the transition becomes the matter
DAYS_IN_MONTH = 365.2425 / 12


@rule("episodes", uses=["triggers"])
def trigger_primary(row: Row, lookup: Lookup) -> Row:
    """Category of the one proximate trigger that is coded as primary: the one on which the sources put most weight."""
    primary = [t["category"] for t in lookup.of_episode("triggers", row) if t["is_primary"] == "yes"]
    return {"trigger_primary": primary[0] if primary else None}


@rule("episodes", uses=["triggers"], computes=["triggers_structural", "triggers_proximate", "triggers_stated"])
def trigger_counts(row: Row, lookup: Lookup) -> Row:
    """Number of coded triggers in each role. It grows with what the sources say and is no measure of intensity."""
    roles = [trigger["role"] for trigger in lookup.of_episode("triggers", row)]
    counts = {
        "triggers_structural": roles.count("structural_condition"),
        "triggers_proximate": roles.count("proximate_trigger"),
        "triggers_stated": roles.count("stated_justification"),
    }
    return lookup.where_searched("triggers", row, counts)


@rule(
    "episodes",
    uses=["support", "actors"],
    computes=["support_score", "support_sd", "support_for", "support_reserved", "support_against"],
)
def support_summary(row: Row, lookup: Lookup) -> Row:
    """Where domestic actors stood towards the takeover in the thirty days from the first act.

    Each actor counts once, with its last position in that time whose object is the takeover; crowds that nobody
    called are many and not one that turns, so they count with the mean of their positions. Polls are left out, since
    a share of respondents is no actor. The score is the mean of the voices of `support_by_voice`, so that ten small
    parties do not outweigh the street; the spread is the population standard deviation over the actors (missing for a
    single one), and the three counts are of actors.
    """
    positions = _positions_on_takeover(row, lookup)
    scores, voices = list(positions.values()), _means_by_voice(positions, lookup)
    cells = {
        "support_score": round(statistics.fmean(voices.values()), 3) if voices else None,
        "support_sd": round(statistics.pstdev(scores), 3) if len(scores) > 1 else None,
        "support_for": sum(score > 0 for score in scores),
        "support_reserved": sum(score == 0 for score in scores),
        "support_against": sum(score < 0 for score in scores),
    }
    return lookup.where_searched("support", row, cells)


@rule("episodes", uses=["support", "actors"], computes=["support_{actor_type.voice}"])
def support_by_voice(row: Row, lookup: Lookup) -> Row:
    """Where each voice stood towards the takeover: the mean of the positions of the actors that speak for it.

    Positions are those of `support_summary`. The street is crowds and protest movements; parties are parties,
    coalitions, parliaments and politicians; unions include professional orders and business; civil society includes
    media and public figures; security forces include officers; armed groups include jihadist ones. Those who held or
    took the power at stake have no voice here: heads of state and of government, cabinets, juntas. Missing where no
    position is coded.
    """
    means = _means_by_voice(_positions_on_takeover(row, lookup), lookup)
    voices = lookup.schema.codes["actor_type"].attributes["voice"].values
    return {f"support_{voice}": round(means[voice], 3) if voice in means else None for voice in voices}


def _positions_on_takeover(row: Row, lookup: Lookup) -> dict[str, float]:
    by_actor: dict[str, list[int]] = {}
    for position in sorted(lookup.of_episode("support", row), key=lambda s: s["date"]):
        if position["object"] == "takeover" and position["form"] != "poll" and _within(position, row, WINDOW):
            by_actor.setdefault(position["actor_id"], []).append(lookup.score("position", position["position"]))
    return {
        actor: statistics.fmean(scores) if lookup.actor_type(actor) == "public" else scores[-1]
        for actor, scores in by_actor.items()
    }


def _means_by_voice(positions: dict[str, float], lookup: Lookup) -> dict[str, float]:
    by_voice: dict[str, list[float]] = {}
    types = lookup.schema.codes["actor_type"].codes
    for actor, score in positions.items():
        kind = lookup.actor_type(actor)
        if kind and (voice := types[kind].attributes["voice"]):
            by_voice.setdefault(voice, []).append(score)
    return {voice: statistics.fmean(scores) for voice, scores in by_voice.items()}


RESPONDER_CLASSES = {
    "regional": ("regional_organisation",),
    "au": ("african_union",),
    "un": ("united_nations",),
    "eu": ("european_union",),
    "states": ("state",),
}
_ANALYSTS = ("research_organisation", "international_ngo", "media")


@rule(
    "episodes",
    uses=["responses"],
    computes=[
        "response_severity",
        "response_severity_30d",
        *(f"response_severity_{name}" for name in RESPONDER_CLASSES),
    ],
)
def response_severity(row: Row, lookup: Lookup) -> Row:
    """Highest step of the severity ladder that any response reached.

    It is given overall, within thirty days from the first act, and by class of responder. Overall and by class,
    responses to the transition count as well as those to the takeover. Missing where no response of the class is
    coded, which is not the same as a decision not to act.
    """
    responses = lookup.of_episode("responses", row)

    def highest(chosen: Iterable[Row]) -> str | None:
        return max((r["severity"] for r in chosen), key=lambda code: lookup.score("severity", code), default=None)

    by_class = {
        f"response_severity_{name}": highest(r for r in responses if lookup.actor_type(r["actor_id"]) in types)
        for name, types in RESPONDER_CLASSES.items()
    }
    return {
        "response_severity": highest(responses),
        "response_severity_30d": highest(r for r in responses if _within(r, row, WINDOW)),
        **by_class,
    }


@rule("episodes", uses=["responses"], computes=["responders", "condemned_share", "reinstatement_demanded"])
def response_unity(row: Row, lookup: Lookup) -> Row:
    """How many external actors answered within thirty days, and what share of them condemned.

    States, organisations and their bodies count; research organisations, NGOs and media do not. An actor
    condemned if any of its responses in that time takes one of the three condemning stances towards the takeover
    or the new authorities; what it says of repression or foreign forces does not count. Whether reinstatement was
    demanded: yes if any response at any time says so, no if all that say anything say no.
    """
    responses = [r for r in lookup.of_episode("responses", row) if lookup.actor_type(r["actor_id"]) not in _ANALYSTS]
    early = [r for r in responses if _within(r, row, WINDOW)]
    responders = {r["actor_id"] for r in early}
    condemning = {
        r["actor_id"]
        for r in early
        if r["stance"].startswith("condemns") and r["about"] in ("takeover", "succession_arrangement")
    }
    demands = {r["reinstatement_demanded"] for r in responses} - {None}
    demands |= {"yes" for r in responses if r["stance"] == "condemns_demands_reinstatement"}
    demanded = next((code for code in ("yes", "no", "unclear") if code in demands), None)
    cells = {
        "responders": len(responders),
        "condemned_share": round(len(condemning) / len(responders), 3) if responders else None,
        "reinstatement_demanded": demanded,
    }
    return lookup.where_searched("responses", row, cells)


@rule(
    "episodes",
    uses=["responses", "sanctions"],
    computes=["days_to_first_response", "days_to_suspension", "days_to_sanction"],
)
def response_delays(row: Row, lookup: Lookup) -> Row:
    """Days from the first act to the first response, suspension and other sanction.

    A suspension of membership and any other coup-related sanction count from the day on which they took
    effect. Only dates known to the day count.
    """
    start = row["first_act_date"]
    responses = [
        r["date"] for r in lookup.of_episode("responses", row) if r["date_precision"] == "day" and r["date"] >= start
    ]
    imposed = [s for s in _coup_related(row, lookup) if s["imposed_date_precision"] == "day"]
    suspensions = [s["imposed_date"] for s in imposed if s["measure"] == "membership_suspension"]
    others = [s["imposed_date"] for s in imposed if s["measure"] != "membership_suspension"]

    def delay(days: list[date]) -> int | None:
        return (min(days) - start).days if days and start else None

    return {
        "days_to_first_response": delay(responses),
        "days_to_suspension": delay(suspensions),
        "days_to_sanction": delay(others),
    }


@rule(
    "episodes",
    uses=["sanctions", "sanction_events"],
    computes=["sanctions_imposed", "sanctions_threatened_only", "sanctions_in_force", "days_under_sanction"],
)
def sanction_summary(row: Row, lookup: Lookup) -> Row:
    """How many coup-related measures there were, and for how many days any of them was in force.

    Counted are those that took effect, those that were threatened and never took effect, and those in force on
    the day the edition is coded to. Days under sanction are the days on which at least one measure was in force,
    each day counted once; spells whose bounds are not known to the day are left out, so that the number is a lower
    bound.
    """
    measures = _coup_related(row, lookup)
    spells = [s for m in measures for s in days_of_spells(m, lookup) if s is not None]
    cells = {
        "sanctions_imposed": sum(m["imposed_date"] is not None for m in measures),
        "sanctions_threatened_only": sum(
            m["status"] in ("threatened", "withdrawn") and m["imposed_date"] is None for m in measures
        ),
        "sanctions_in_force": sum(m["status"] in IN_FORCE for m in measures),
        "days_under_sanction": _days_covered(spells),
    }
    return lookup.where_searched("sanctions", row, cells)


@rule(
    "episodes",
    uses=["sanctions", "sanction_events"],
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
    computes=["transition_months_promised", "transition_months_taken", "constitutional_order_date"],
)
def transition_summary(row: Row, lookup: Lookup) -> Row:
    """Months of transition promised and taken, from the first act.

    Promised: to the date for which the first timetable, in order of its making, promised the end of the
    transition or the vote that ends it. Taken: to the return to constitutional order. A month is a twelfth of
    365.2425 days.
    """
    milestones = lookup.of_episode("milestones", row)
    promises = [m for m in milestones if m["kind"] == "timetable" and m["promised_for_date"] and m["promised_date"]]
    first = min(promises, key=lambda m: m["promised_date"], default=None)
    orders = [m for m in milestones if m["kind"] == "constitutional_order" and m["date"]]
    order = min(orders, key=lambda m: m["date"], default=None)

    def months(end: date | None) -> float | None:
        start = row["first_act_date"]
        return round((end - start).days / DAYS_IN_MONTH, 1) if end and start else None

    return {
        "transition_months_promised": months(first["promised_for_date"] if first else None),
        "transition_months_taken": months(order["date"] if order else None),
        **date_cells("constitutional_order_date", order),
    }


@rule("episodes", uses=["episodes"])
def days_in_power(row: Row, lookup: Lookup) -> Row:
    """Days for which the perpetrators held the highest office.

    From the announcement (or the first act, where none is coded) to the day on which they lost or handed over
    the office; to the day the edition is coded to, where the case file says that the end does not apply, since
    they still hold it. 0 for a failed episode. Missing where the end is not coded, and for the removal of a
    head of government, which leaves the highest office where it was.
    """
    if row["event_type"] == "removal_of_head_of_government":
        return {"days_in_power": None}
    if row["outcome"] != "successful":
        return {"days_in_power": 0}
    start, end = row["announcement_date"] or row["first_act_date"], row["power_ended_date"]
    if lookup.still_in_power("episodes", row["episode_id"]):
        end = lookup.as_of
    return {"days_in_power": (end - start).days if start and end else None}


def _coup_related(row: Row, lookup: Lookup) -> list[Row]:
    return [s for s in lookup.of_episode("sanctions", row) if s["coup_related"] == "coup_related"]


def _within(dated: Row, episode: Row, days: int) -> bool:
    start = episode["first_act_date"]
    return start is not None and dated["date"] <= start + timedelta(days=days) and dated["date_latest"] >= start


def _days_covered(spells: list[tuple[date, date]]) -> int:
    total, reached = 0, date.min
    for start, end in sorted(spells):
        total += max(0, (end - max(start, reached)).days)
        reached = max(reached, end)
    return total


def _short_name(actor_id: str, lookup: Lookup) -> str:
    """Return the acronym of the organisation: a body counts as its parent."""
    actor: dict[str, Any] = lookup.actors.get(actor_id) or {"name": actor_id}
    parent = lookup.actors.get(actor.get("parent_id") or "")
    whole = parent or actor
    return whole.get("acronym") or whole["name"]
