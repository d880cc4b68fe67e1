"""The written definitions of the coup lists, applied to our codings.

Each definition is one function, named after its code in the list `coup_list`, whose entry states what the definition
requires and cites where it was read. A function goes through its tests in order and returns what the candidate counts
as and the test that decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from inspect import cleandoc

from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.rows import Row

Verdict = tuple[str, str]
Definition = Callable[[Row, date], Verdict]

DEFINITIONS: dict[str, Definition] = {}

_CHIEF_EXECUTIVES = ("head_of_state", "head_of_state_and_government", "ruling_junta")


def definition(function: Definition) -> Definition:
    DEFINITIONS[function.__name__] = function
    return function


@definition
def powell_thyne(event: Row, cutoff: date) -> Verdict:
    """An overt act against the chief executive, led by people inside the state; power held for seven days."""
    return _not_overt(event, None) or _not_from_inside(event) or _no_incumbent(event) or _held(event, cutoff, days=7)


@definition
def cline(event: Row, cutoff: date) -> Verdict:
    """Anybody against the executive, with force in the capital as the threat; any duration; plans count."""
    if event["event_type"] == "junta_reshuffle":
        return "not_counted", "no_removal"
    if event["event_type"] == "mutiny":
        return "undecided", "aim_unclear"
    if event["target_office"] == "head_of_government":
        return "undecided", "target_control"
    if event["outcome"] == "failed" and event["capital_attacked"] != "yes":
        return "undecided", "threat" if event["capital_attacked"] == "no" else "not_coded"
    return _not_overt(event, "plot") or _held(event, cutoff, days=0)


@definition
def colpus(event: Row, cutoff: date) -> Verdict:
    """An overt act against the leader of the national government by people of the regime; any duration."""
    return _not_overt(event, None) or _not_from_inside(event) or _no_incumbent(event) or _held(event, cutoff, days=0)


@definition
def csp(event: Row, cutoff: date) -> Verdict:
    """People inside the elites against the chief executive, but not upon the executive's death; a month; plans count.

    Whether policies changed in substance is not coded; a new leader is taken as a sign of it.
    """
    if event["event_type"] == "military_succession":
        return "not_counted", "upon_death"
    return _not_from_inside(event) or _not_overt(event, "plot") or _held(event, cutoff, days=30)


@definition
def cam(event: Row, cutoff: date) -> Verdict:
    """As Powell and Thyne, with serving officers among those who lead; the incumbent out for ten days.

    The time out of office follows from how long the perpetrators held power: none of them returned it to the incumbent.
    """
    military = {"no": ("not_counted", "no_military"), "yes": None}.get(event["military"], ("undecided", "not_coded"))
    return (
        _not_overt(event, None)
        or _not_from_inside(event)
        or military
        or _no_incumbent(event)
        or _held(event, cutoff, days=10)
    )


def _not_overt(event: Row, plans_count_as: str | None) -> Verdict | None:
    """Decide what was not an overt act: some lists have a class for plans, others leave them out."""
    if event["overt"] == "no":
        return (plans_count_as, "plan_counts") if plans_count_as else ("not_counted", "plan_only")
    return None if event["overt"] == "yes" else ("undecided", "not_coded")


_NOT_A_SEIZURE = {
    "removal_of_head_of_government": ("not_counted", "not_chief_executive"),
    "junta_reshuffle": ("not_counted", "no_removal"),
    "rebel_offensive": ("not_counted", "civil_war"),
    "mutiny": ("undecided", "aim_unclear"),
}


def _not_from_inside(event: Row) -> Verdict | None:
    """Decide what was not a seizure of the highest office by people inside the state."""
    if event["event_type"] in _NOT_A_SEIZURE:
        return _NOT_A_SEIZURE[event["event_type"]]
    if event["insiders"] == "no":
        return "not_counted", "outside_state"
    known = event["insiders"] == "yes" and event["target_office"] in _CHIEF_EXECUTIVES
    return None if known else ("undecided", "not_coded")


def _no_incumbent(event: Row) -> Verdict | None:
    return ("undecided", "no_incumbent") if event["event_type"] == "military_succession" else None


def _held(event: Row, cutoff: date, *, days: int) -> Verdict:
    """Tell success from failure by how long power was held, or has been held so far."""
    if event["outcome"] is None:
        return "undecided", "not_coded"
    if event["outcome"] == "failed":
        return "failed", "all_met"
    end = event["power_ended_date"]
    held = ((end or cutoff) - event["event_date"]).days
    if days and (event["power_unknown"] or (end is None and held < days)):
        return "undecided", "duration"
    return ("successful" if held >= days else "failed"), "all_met"


def definitions(lookup: Lookup) -> Iterator[Row]:
    """Each candidate under each definition, for the rules below to fill."""
    for candidate in lookup.rows["candidates"]:
        for name in DEFINITIONS:
            key = {"candidate_id": candidate["candidate_id"], "definition": name}
            yield {**key, "episode_id": candidate["episode_id"]}


@rule("definitions", uses=["candidates"], computes=["counted_as", "decided_by"])
def counted_as(row: Row, lookup: Lookup) -> Row:
    """What the event counts as when the written definition, as far as it was read, is applied to the candidate."""
    candidate = lookup.candidates[row["candidate_id"]]
    # Neither a date nor a reason why there is none: nobody knows how long they held it.
    unknown = candidate["power_ended_date"] is None and not lookup.still_in_power("candidates", row["candidate_id"])
    verdict, test = DEFINITIONS[row["definition"]]({**candidate, "power_unknown": unknown}, lookup.cutoff(candidate))
    return {"counted_as": verdict, "decided_by": test}


# The codebook shows the docstring of a rule: that of this one says each definition in turn.
counted_as.__doc__ = "\n\n".join(
    [
        cleandoc(counted_as.__doc__ or ""),
        *(f"`{name}`: {' '.join((f.__doc__ or '').split())}" for name, f in DEFINITIONS.items()),
    ]
)


@rule("definitions", uses=["crosswalk"])
def listed_as(row: Row, lookup: Lookup) -> Row:
    """What the list itself counts the event as, from the crosswalk."""
    entry = lookup.crosswalk.get((row["candidate_id"], row["definition"]))
    return {"listed_as": entry["listed_as"] if entry else None}


@rule("definitions", uses=["crosswalk"], computes=["agrees", "why"])
def agrees(row: Row, lookup: Lookup) -> Row:
    """Whether the written definition and the list agree about the event, and the crosswalk's note on it."""
    entry = lookup.crosswalk.get((row["candidate_id"], row["definition"]))
    if entry is None or entry["listed_as"] in ("not_covered", "not_read"):
        return {"agrees": None, "why": entry["note"] if entry else None}
    if row["counted_as"] == "undecided":
        verdict = "unclear"
    else:
        verdict = "yes" if row["counted_as"] == entry["listed_as"] else "no"
    return {"agrees": verdict, "why": entry["note"]}


@rule(
    "crosswalk",
    uses=["candidates", "countries"],
    computes=["cow_code", "gw_code", "cow_abbrev", "year", "month", "day"],
)
def native_keys(row: Row, lookup: Lookup) -> Row:
    """The keys of the list as it spells them: the codes of the country, and the year, month and day of its own date.

    Missing where the list does not contain the event; month and day also where its date is less exact.
    """
    day = row["native_date"]
    if day is None:
        return dict.fromkeys(("cow_code", "gw_code", "cow_abbrev", "year", "month", "day"))
    country = lookup.countries[lookup.candidates[row["candidate_id"]]["iso3"]]
    codes = {name: country[name] for name in ("cow_code", "gw_code", "cow_abbrev")}
    exact = row["native_date_precision"]
    month = day.month if exact in ("day", "month") else None
    return {**codes, "year": day.year, "month": month, "day": day.day if exact == "day" else None}
