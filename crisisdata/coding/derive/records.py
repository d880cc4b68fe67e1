"""Rules on single records: measures and their history, positions, promises."""

from __future__ import annotations

from datetime import date

from crisisdata._spells import IN_FORCE, state_after, times_in_force
from crisisdata.coding.derive.lookup import Lookup, date_cells, rule
from crisisdata.coding.rows import Row


@rule("support responses", uses=["actors"], computes=["actor_type"])
def actor_columns(row: Row, lookup: Lookup) -> Row:
    """Type of the actor, from the table of actors."""
    return {"actor_type": lookup.actor_type(row["actor_id"])}


@rule("support", uses=["codes"])
def position_score(row: Row, lookup: Lookup) -> Row:
    """The position as a number, from −2 mobilised against to +2 mobilised for, as the code list has it."""
    return {"position_score": lookup.score("position", row["position"])}


@rule("sanctions", uses=["codes"])
def gsdb_type(row: Row, lookup: Lookup) -> Row:
    """The type of the Global Sanctions Data Base to which the measure belongs, as the code list of measures says."""
    return {"gsdb_type": lookup.schema.codes["measure"].codes[row["measure"]].attributes["gsdb_type"]}


@rule("sanctions", uses=["sanction_events"], computes=["threatened_date", "imposed_date", "eased_date", "ended_date"])
def sanction_dates(row: Row, lookup: Lookup) -> Row:
    """First threat, first day in force, first easing, and end, from the history of the measure.

    In force is the first `imposed`, or the first `listed` where no imposition is coded. The end is the
    last `lifted` or `expired` after which nothing was imposed or reinstated.
    """
    history = lookup.history[row["sanction_id"]]

    def first(*actions: str) -> Row | None:
        return next((event for event in history if event["action"] in actions), None)

    state = state_after(history)
    ended = [event for event in history if event["action"] in ("lifted", "expired")]
    return {
        **date_cells("threatened_date", first("threatened")),
        **date_cells("imposed_date", first("imposed") or first("listed")),
        **date_cells("eased_date", first("eased")),
        **date_cells("ended_date", ended[-1] if ended and state in ("lifted", "expired") else None),
    }


@rule("sanctions", uses=["sanctions", "sanction_events"], computes=["status"])
def sanction_status(row: Row, lookup: Lookup) -> Row:
    """State on the day the edition is coded to: the one after the last change in the history of the measure.

    A measure whose history has no end is in force only where a source shows it so (`still_in_force`);
    otherwise its end was not found.
    """
    state = state_after(lookup.history[row["sanction_id"]])
    return {"status": "end_not_found" if state in IN_FORCE and row["still_in_force"] != "yes" else state}


@rule("sanctions", uses=["sanctions", "sanction_events"])
def days_in_force(row: Row, lookup: Lookup) -> Row:
    """Days from the first day in force up to, and not counting, the day of the end.

    Spells out of force in between are not counted. A measure that a source shows still in force counts to the
    day the edition is coded to. Missing where a boundary is not known to the day or was not found, or where the
    measure never took effect.
    """
    spells = days_of_spells(row, lookup)
    exact = [spell for spell in spells if spell is not None]
    return {"days_in_force": sum((b - a).days for a, b in exact) if exact and len(exact) == len(spells) else None}


@rule("milestones", uses=["milestones"])
def fulfilment(row: Row, lookup: Lookup) -> Row:
    """What became of the promise by the day the edition is coded to.

    Kept: happened on or before the last day promised. Kept late: happened after it. Missed: that day has
    passed and it did not happen. Pending: that day has not passed. No promise: happened without a date
    promised. Undated: promised without a date, and not happened.
    """
    promised, done = row["promised_for_date_latest"], row["date"]
    if promised is None:
        return {"fulfilment": "unpromised" if done else "undated"}
    if done is None:
        return {"fulfilment": "missed" if promised < lookup.as_of else "pending"}
    return {"fulfilment": "kept" if done <= promised else "kept_late"}


def days_of_spells(sanction: Row, lookup: Lookup) -> list[tuple[date, date] | None]:
    """Return first day and day of the end of each spell in force; None where either is not known to the day."""
    days: list[tuple[date, date] | None] = []
    for begun, ended in times_in_force(lookup.history[sanction["sanction_id"]]):
        if ended is None:
            exact = begun["date_precision"] == "day" and sanction["still_in_force"] == "yes"
        else:
            exact = begun["date_precision"] == ended["date_precision"] == "day"
        days.append((begun["date"], ended["date"] if ended else lookup.as_of) if exact else None)
    return days
