"""Rules on measures and their history."""

from __future__ import annotations

from datetime import date, timedelta

from crisisdata._spells import IN_FORCE, Spell, spells_in_force, state_after, times_in_force
from crisisdata.coding.derive.lookup import Lookup, date_cells, rule
from crisisdata.coding.rows import Row, split

_PAUSE = timedelta(days=365)


@rule("sanctions", uses=["codes", "sanction_events"])
def gsdb_type(row: Row, lookup: Lookup) -> Row:
    """The type of the Global Sanctions Data Base to which the measure belongs, from the code list of measures.

    Missing for measures that never took effect, which that database leaves out.
    """
    if not any(True for spell in measure_spells(row, lookup)):
        return {"gsdb_type": None}
    return {"gsdb_type": lookup.attribute("measure", row["measure"], "gsdb_type")}


@rule("sanctions", uses=["sanctions", "sanction_events", "actors"])
def case_id(row: Row, lookup: Lookup) -> Row:
    """The sanctions case of the measure.

    A case is the measures of one organisation or state on one country with one goal, without a pause of more than a
    year.

    After TIES: a new case begins when the goal changes or after such a pause. A measure that implements another
    sender's belongs to the case of its own sender. The ID consists of the country, sender, goal and the year in which
    the case begins.
    """
    return {"case_id": lookup.once("cases", _cases)[row["sanction_id"]]}


def _cases(lookup: Lookup) -> dict[str, str]:
    """Return the case of each measure."""
    groups: dict[tuple[str, str, str], list[tuple[date, date, str]]] = {}
    for row in lookup.rows["sanctions"]:
        history = lookup.history[row["sanction_id"]]
        iso3 = lookup.episodes[row["episode_id"]]["iso3"] if row["episode_id"] in lookup.episodes else "xxx"
        spells = measure_spells(row, lookup)
        last = max([history[-1]["event_date_latest"], *(spell.ends[1] for spell in spells)])
        key = iso3, lookup.organisation(row["sender_id"]), split(row["goals"], ";")[0]
        groups.setdefault(key, []).append((history[0]["event_date"], last, row["sanction_id"]))
    found = {}
    for (iso3, sender, goal), measures in groups.items():
        name, reached = "", date.min
        for start, end, sanction_id in sorted(measures):
            if not name or start > reached + _PAUSE:
                name = f"{iso3.lower()}-{sender}-{goal.replace('_', '-')}-{start.year}"
            found[sanction_id], reached = name, max(reached, end)
    return found


@rule(
    "sanctions",
    uses=["sanction_events"],
    how="same",
    computes=["threatened_date", "imposed_date", "eased_date", "ended_date"],
)
def sanction_dates(row: Row, lookup: Lookup) -> Row:
    """First threat, first day in force, first easing, and end, from the history of the measure.

    The first day in force is that of the first `imposed`, or of the first `listed` if no imposition is coded. The end
    is the last `lifted` or `expired` after which nothing was imposed or reinstated. Where the end is not known to the
    day, it is the interval from the day after the last on which a source shows the measure in force to the first on
    which one shows it ended.
    """
    history = lookup.history[row["sanction_id"]]

    def first(*actions: str) -> Row | None:
        return next((event for event in history if event["action"] in actions), None)

    state = state_after(history)
    ended = [event for event in history if event["action"] in ("lifted", "expired")]
    marks = {
        "threatened_date": first("threatened"),
        "imposed_date": first("imposed") or first("listed"),
        "eased_date": first("eased"),
        "ended_date": ended[-1] if ended and state in ("lifted", "expired") else None,
    }
    for name, event in marks.items():
        lookup.enters("sanctions", row, name, "sanction_events", [event] if event else [])
    cells: Row = {}
    for name, event in marks.items():
        cells |= date_cells(name, event)
    if marks["ended_date"] is None and row["shown_out_date"] is not None and state in IN_FORCE:
        shown = row["shown_in_force_date"]
        cells["ended_date"] = (
            shown + timedelta(days=1) if shown and shown < row["shown_out_date_latest"] else row["shown_out_date"]
        )
        cells["ended_date_latest"] = row["shown_out_date_latest"]
        cells["ended_date_precision"] = "interval"
    return cells


@rule("sanctions", uses=["sanctions", "sanction_events"], computes=["status"])
def sanction_status(row: Row, lookup: Lookup) -> Row:
    """State on the coding cutoff date: that after the last change in the history of the measure.

    A measure whose history has no end is in force only if a source shows it so (`still_in_force`); it is lifted if a
    source shows it ended (`shown_out_date`); otherwise, its end was not found.
    """
    history = lookup.history[row["sanction_id"]]
    lookup.enters("sanctions", row, "status", "sanction_events", history[-1:])
    state = state_after(history)
    if state in IN_FORCE and row["still_in_force"] != "yes":
        state = "lifted" if row["shown_out_date"] else "end_not_found"
    return {"status": state}


@rule(
    "sanctions", uses=["sanctions", "sanction_events"], how="sum", computes=["days_in_force_min", "days_in_force_max"]
)
def days_in_force(row: Row, lookup: Lookup) -> Row:
    """Lowest and highest number of days in force that the sources allow, not counting the day of the end.

    A spell in force begins and ends on the first or the last day that its dates allow. Without a known end, it
    certainly lasts until the last day on which a source shows it in force, and possibly until the first on which one
    shows it ended or, failing that, until the coding cutoff date. Spells out of force in between are not counted.
    Missing where the measure never took effect.

    Example: imposed on 22 March 2012, shown in force on 1 May, shown ended on 18 June: at least 41 and at most 88 days.
    """
    spells = measure_spells(row, lookup)
    if not spells:
        return {"days_in_force_min": None, "days_in_force_max": None}
    history = lookup.history[row["sanction_id"]]
    days = {
        "days_in_force_min": [max(0, (spell.ends[0] - spell.starts[1]).days + 1) for spell in spells],
        "days_in_force_max": [(spell.ends[1] - spell.starts[0]).days + 1 for spell in spells],
    }
    begun = [event["event_id"] for event, _ in times_in_force(history)]
    for name, each in days.items():
        weights = dict(zip(begun, each, strict=True))  # the days of a spell stand with the event that begins it
        for event in history:
            weight = weights.get(event["event_id"], 0)
            lookup.enters("sanctions", row, name, "sanction_events", [event], weight=weight)
    return {name: sum(each) for name, each in days.items()}


def measure_spells(row: Row, lookup: Lookup) -> list[Spell]:
    """Return the spells of a measure in force, each with the days between which it may have begun and ended."""
    spells: dict[str, list[Spell]] = lookup.once("spells", lambda _: {})
    found = spells.get(row["sanction_id"])
    if found is None:
        cutoff = lookup.cutoff(row)
        found = list(
            spells_in_force(
                lookup.history[row["sanction_id"]],
                still_in_force=row["still_in_force"] == "yes",
                cutoff=cutoff,
                shown_in_force=row["shown_in_force_date"],
                shown_out=row["shown_out_date_latest"],
            )
        )
        spells[row["sanction_id"]] = found
    return found
