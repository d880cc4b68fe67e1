"""Rules on single records: positions, polls, acts, promises, causes."""

from __future__ import annotations

from datetime import timedelta
from math import sqrt

from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.rows import Row, split

_BEFORE = timedelta(days=90)
_DESIGN_EFFECT = 2
_Z90 = 1.645


@rule("support", uses=["actors"], how="same", computes=["actor_type"])
def actor_columns(row: Row, lookup: Lookup) -> Row:
    """Type of the actor, from the table of actors."""
    lookup.enters("support", row, "actor_type", "actors", [lookup.actors[row["actor_id"]]])
    return {"actor_type": lookup.actor_type(row["actor_id"])}


@rule("support", uses=["actors", "rule_spells", "episodes"], computes=["arena", "voice_id"])
def arena(row: Row, lookup: Lookup) -> Row:
    """Arena and voice of a position.

    The arena follows from the type of the actor: crowds that nobody called are the population; parties, unions,
    religious bodies, associations, movements and the crowds that they call are organised society; security forces and
    armed groups are armed bodies. A crowd called by those in power has no arena. Nor do perpetrators of the episode,
    their members, or anyone who holds one of the highest offices on that day according to the spells of rule. The voice
    is the bloc named in the row, otherwise the bloc of the actor in `actors`, otherwise the actor.
    """
    actor = lookup.actors[row["actor_id"]]
    lookup.enters("support", row, "arena", "actors", [actor])
    voice = row["speaks_through_id"] or actor["bloc_id"] or row["actor_id"]
    if row["caller"] == "state" or _holds_power(row, actor, lookup):
        return {"arena": None, "voice_id": voice}
    found = lookup.attribute("actor_type", actor["actor_type"], "arena")
    if found == "population" and row["caller"] in ("party", "movement"):
        found = "organised"
    return {"arena": found, "voice_id": voice}


def _holds_power(row: Row, actor: Row, lookup: Lookup) -> bool:
    episode = lookup.episodes[row["episode_id"]]
    own = {row["actor_id"], actor["parent_id"]} - {None}
    if own & {episode["perpetrator_id"], episode["leader_id"]}:
        return True
    for spell in lookup.rows["rule_spells"]:
        if lookup.episodes[spell["episode_id"]]["iso3"] != episode["iso3"]:
            continue
        end = spell["end_date_latest"] or lookup.cutoff(episode)
        if spell["start_date"] <= row["event_date"] <= end and own & set(split(spell["holder_ids"], ";")):
            lookup.enters("support", row, "arena", "rule_spells", [spell])
            return True
    return False


@rule("polls", uses=["polls"], computes=["direction"])
def poll_direction(row: Row, lookup: Lookup) -> Row:
    """For if more than half of those asked are favourable, against if more than half are unfavourable, otherwise
    reserved.

    Missing without a share.

    If only the favourable share is known, the rest counts as against.
    """
    favourable, against = row["share_for"], row["share_against"]
    if favourable is None and against is None:
        return {"direction": None}
    if favourable is not None and favourable > 0.5:
        return {"direction": "for"}
    if against is None:
        others = (row["share_reserved"] or 0) + (row["share_no_answer"] or 0)
        against = 1 - (favourable or 0) - others
    return {"direction": "against" if against > 0.5 else "reserved"}


@rule("polls", uses=["polls"], computes=["share_for_low", "share_for_high"])
def poll_interval(row: Row, lookup: Lookup) -> Row:
    """The 90 % interval of the favourable share.

    Wilson's interval, computed for half the sample because clusters make a sample less informative (a design effect of
    two).

    Missing where the share or the sample size is not known. It covers sampling alone, not the wording, the place or
    nonresponse.
    """
    share, sample = row["share_for"], row["sample"]
    if share is None or sample is None:
        return {"share_for_low": None, "share_for_high": None}
    n, z = sample / _DESIGN_EFFECT, _Z90
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return {"share_for_low": round(max(0.0, middle - half), 3), "share_for_high": round(min(1.0, middle + half), 3)}


@rule("authority_acts", uses=["codes"])
def act_class(row: Row, lookup: Lookup) -> Row:
    """Class of the act, from the code list of acts."""
    return {"act_class": lookup.attribute("act", row["act"], "act_class")}


@rule("authority_acts", uses=["codes"], computes=["plover_event", "plover_intensity", "goldstein"])
def act_plover(row: Row, lookup: Lookup) -> Row:
    """The PLOVER event to which the act converts, with both intensities, from the code list of acts."""
    event = lookup.attribute("act", row["act"], "plover_event")
    scores = {name: lookup.attribute("act", row["act"], name) for name in ("plover_intensity", "goldstein")}
    return {"plover_event": event, **{name: float(text) if text else None for name, text in scores.items()}}


@rule("milestones", uses=["milestones"])
def fulfilment(row: Row, lookup: Lookup) -> Row:
    """For a promise, what became of it by the coding cutoff date; missing for a step that was taken.

    Kept: a step that fulfils it was taken on or before the last day promised. Kept late: after that day. Missed: that
    day has passed and no such step is coded. Pending: that day is after the cutoff date. A promise without a date is
    either kept or undated.

    Example: a vote promised for February 2022 that had not been held by the cutoff date is missed.
    """
    if row["is_promise"] != "yes":
        return {"fulfilment": None}
    deeds = [d for d in lookup.deeds[row["milestone_id"]] if d["is_promise"] == "no"]
    lookup.enters("milestones", row, "fulfilment", "milestones", deeds)
    done = min((deed["event_date"] for deed in deeds), default=None)
    promised = row["promised_for_date_latest"]
    if promised is None:
        return {"fulfilment": "kept_undated" if done else "undated"}
    if done is None:
        return {"fulfilment": "missed" if promised < lookup.cutoff(row) else "pending"}
    return {"fulfilment": "kept" if done <= promised else "kept_late"}


@rule("triggers", uses=["codes"])
def trigger_class(row: Row, lookup: Lookup) -> Row:
    """Class of the cause, from the code list of categories."""
    return {"trigger_class": lookup.attribute("trigger_category", row["category"], "trigger_class")}


@rule("triggers", uses=["episodes"], computes=["role"])
def trigger_role(row: Row, lookup: Lookup) -> Row:
    """Whether the cause is stated, proximate or structural.

    Stated if the perpetrators claim it; proximate if a source ties the timing of the coup to it and at least one of its
    days lies within the ninety days before the first act, that day included; otherwise structural.

    Example: a cabinet list made known on the day of the arrests is proximate; a war of nine years is structural.
    """
    if row["claimed_by"] == "perpetrators":
        return {"role": "stated"}
    start = lookup.episodes[row["episode_id"]]["first_act_date_latest"]
    near = (
        start is not None
        and row["start_date"] is not None
        and row["start_date"] <= start
        and (row["end_date_latest"] or row["start_date_latest"]) >= start - _BEFORE
    )
    return {"role": "proximate" if row["tied_to_timing"] == "yes" and near else "structural"}
