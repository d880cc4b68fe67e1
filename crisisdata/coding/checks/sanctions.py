"""Checks on measures, their histories and their targets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from crisisdata._spells import IN_FORCE, state_after
from crisisdata.coding.checks.coded import Coded, Pair
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.rows import Row

_BEGINNINGS = {"threatened", "announced", "imposed", "listed", "not_adopted"}
_TAKES_EFFECT = {"imposed", "listed"}
_OVER = ("lifted", "expired", "withdrawn", "not_adopted")
_ENDS = ("lifted", "expired")
_ON_WHAT_IS_OVER = {
    "lifted",
    "expired",
    "eased",
    "suspended",
    "extended",
    "tightened",
    "withdrawn",
    "delisted",
    "listed",
}
"""Changes that need a measure that has not ended; an ended measure can only be threatened, imposed or reinstated."""


def _earlier(history: Sequence[Pair], event: Row) -> list[Row]:
    """Return the changes before one in the order of the history."""
    rows = [row for row, _ in history]
    return rows[: next(number for number, row in enumerate(rows) if row is event)]


def _end(history: Sequence[Pair]) -> Row | None:
    """Return the change that ended a measure for good, if any."""
    rows = [row for row, _ in history]
    ended = [row for row in rows if row["action"] in _ENDS]
    return ended[-1] if ended and state_after(rows) in _ENDS else None


@fault
def measures_have_a_history(coded: Coded) -> Iterator[Found]:
    """A measure must be threatened, announced or imposed before it can change or end."""
    for row, record in coded.pairs("sanctions"):
        history = coded.histories.get(row["sanction_id"], [])
        begun = [event["event_date"] for event, _ in history if event["action"] in _BEGINNINGS]
        if not begun:
            message = f"its history has none of {', '.join(sorted(_BEGINNINGS))}"
            yield Found(record, message, "history")
            continue
        for event, event_record in history:
            if event["event_date_latest"] < min(begun):
                message = f"{event['action']} on {event['event_date']} is before the measure begins, {min(begun)}"
                yield Found(event_record, message, "event_date")


@fault
def ended_measures_do_not_change(coded: Coded) -> Iterator[Found]:
    """A measure that was lifted, withdrawn or has expired cannot be lifted or eased unless it was reinstated."""
    for history in coded.histories.values():
        for event, record in history:
            before = _earlier(history, event)
            state = state_after(before) if before else ""
            if state in _OVER and event["action"] in _ON_WHAT_IS_OVER:
                message = (
                    f"{event['action']} on {event['event_date']}, but the measure has been {state} since "
                    f"{before[-1]['event_date']}; correct the dates, or add the change that reinstated it"
                )
                yield Found(record, message, "action")


@fault
def measures_are_imposed_once(coded: Coded) -> Iterator[Found]:
    """A measure takes effect once; afterwards it can be extended, tightened or reinstated."""
    for history in coded.histories.values():
        for event, record in history:
            before = _earlier(history, event)
            imposed = [each for each in before if each["action"] == "imposed"]
            if event["action"] == "imposed" and imposed and state_after(before) in IN_FORCE:
                message = f"already imposed on {imposed[-1]['event_date']}; write extended, tightened or reinstated"
                yield Found(record, message, "action")
            elif event["action"] == "reinstated" and before and state_after(before) in IN_FORCE:
                yield Found(record, f"reinstated while it is {state_after(before)}", "action")


@fault
def measures_in_force_are_not_over(coded: Coded) -> Iterator[Found]:
    """A measure shown in force at the cutoff has not ended; a measure that has ended needs no day on which it was shown
    in force.
    """
    for row, record in coded.pairs("sanctions"):
        history = coded.histories.get(row["sanction_id"], [])
        end = _end(history)
        state = state_after([event for event, _ in history]) if history else ""
        if row["still_in_force"] == "yes" and state not in IN_FORCE:
            since = f" since {history[-1][0]['event_date']}" if history else ""
            yield Found(
                record, f"still_in_force is yes, but its history says {state or 'nothing'}{since}", "still_in_force"
            )
        if row["still_in_force"] == "yes" and row["shown_out_date"]:
            yield Found(
                record, "a measure that is still in force cannot have been shown out of force", "shown_out_date"
            )
        for name in ("shown_in_force_date", "shown_out_date"):
            if end is not None and row[name]:
                message = f"its end is known, {end['event_date']}; delete {name}, or the end from the history"
                yield Found(record, message, name)
        shown, out = row["shown_in_force_date"], row["shown_out_date_latest"]
        if shown and out and shown > out:
            yield Found(record, f"{out} is before shown_in_force_date {shown}", "shown_out_date")


@fault
def measures_answer_what_came_before(coded: Coded) -> Iterator[Found]:
    """A measure in response to the coup takes effect after the coup began; any other is `not_coup_related`."""
    for row, _ in coded.pairs("sanctions"):
        start = coded.first_act(row)
        if start is None or row["coup_related"] != "coup_related":
            continue
        for event, record in coded.histories.get(row["sanction_id"], ()):
            if event["action"] in _TAKES_EFFECT and event["event_date_latest"] < start[0]:
                message = f"{event['action']} on {event['event_date']}, before the coup that it answers, {start[0]}"
                yield Found(record, message, "event_date")


@fault
def senders_are_external(coded: Coded) -> Iterator[Found]:
    """Sanctions come from abroad; acts of those in power against others are in `authority_acts`."""
    for row, record in coded.pairs("sanctions"):
        actor, countries = coded.actors.get(row["sender_id"] or ""), coded.countries_of(row)
        if actor and actor["side"] == "domestic" and (actor["iso3"] is None or actor["iso3"] in countries):
            message = (
                f"{row['sender_id']} is domestic in {', '.join(sorted(countries))}; the sender must be "
                "external. Code the act "
                "in authority_acts"
            )
            yield Found(record, message, "sender_id")


@fault
def unspecified_threats_name_a_class(coded: Coded) -> Iterator[Found]:
    """A threat without an instrument must at least say how wide it is; a measure with an instrument needs no class."""
    for row, record in coded.pairs("sanctions"):
        if (row["measure"] == "unspecified") != (row["class_named"] is not None):
            message = "class_named is required for unspecified measures, and for no others"
            yield Found(record, message, "class_named")


@fault
def measures_taken_have_a_kind(coded: Coded) -> Iterator[Found]:
    """A measure that took effect has a kind; only a threat may be unspecified."""
    for row, record in coded.pairs("sanctions"):
        taken = [event for event, _ in coded.histories.get(row["sanction_id"], ()) if event["action"] in _TAKES_EFFECT]
        if row["measure"] == "unspecified" and taken:
            message = f"the measure took effect on {taken[0]['event_date']}; name its kind"
            yield Found(record, message, "measure")


@fault
def amounts_have_a_currency(coded: Coded) -> Iterator[Found]:
    """An amount needs a currency, and a currency needs an amount."""
    for row, record in coded.pairs("sanctions"):
        if (row["amount"] is None) != (row["currency"] is None):
            yield Found(record, "give both amount and currency, or neither", "amount" if row["amount"] else "currency")


@fault
def implementing_measures_are_of_others(coded: Coded) -> Iterator[Found]:
    """A measure can only implement another sender's measure, never one by its own sender."""
    for row, record in coded.pairs("sanctions"):
        other = coded.sanctions.get(row["implements_id"] or "")
        if other and other["sender_id"] == row["sender_id"]:
            message = f"{other['sanction_id']} has the same sender, {row['sender_id']}; keep one of the two"
            yield Found(record, message, "implements_id")


@fault
def targets_are_listed_in_time(coded: Coded) -> Iterator[Found]:
    """A target cannot be listed before the measure begins or after it has ended."""
    for row, record in coded.pairs("sanction_targets"):
        history = coded.histories.get(row["sanction_id"], [])
        begun = [event["event_date"] for event, _ in history if event["action"] in _BEGINNINGS]
        end = _end(history)
        if begun and row["listed_date_latest"] and row["listed_date_latest"] < min(begun):
            message = f"listed on {row['listed_date']}, before the measure begins, {min(begun)}"
            yield Found(record, message, "listed_date")
        for name in ("listed_date", "delisted_date"):
            if end and row[name] and row[name] > end["event_date_latest"]:
                message = f"{row[name]} is after the end of the measure, {end['event_date']}"
                yield Found(record, message, name)


@warning
def targets_counted_are_listed(coded: Coded) -> Iterator[Found]:
    """If a list of targets was read, listing the names checks the count."""
    listed: dict[str, list[Row]] = defaultdict(list)
    for row in coded.rows("sanction_targets"):
        listed[row["sanction_id"]].append(row)
    for row, record in coded.pairs("sanctions"):
        counted, rows = row["targets_listed"], listed[row["sanction_id"]]
        if counted is None:
            continue
        if len(rows) < counted:
            yield Found(record, f"{counted} targets are counted, but {len(rows)} are listed", "targets_listed")
        elif (most := _most_at_once(rows)) > counted:
            yield Found(record, f"{counted} targets are counted, but {most} are listed at one time", "targets_listed")


def _most_at_once(rows: Sequence[Row]) -> int:
    """Return the largest number of targets certainly listed on one day."""
    days = [row["listed_date_latest"] for row in rows if row["listed_date_latest"]]
    return max((sum(_is_listed(row, day) for row in rows) for day in days), default=0)


def _is_listed(row: Row, day: date) -> bool:
    on, off = row["listed_date_latest"], row["delisted_date"]
    return on is not None and on <= day and (off is None or off > day)


@warning
def named_targets_have_a_listing_measure(coded: Coded) -> Iterator[Found]:
    """Names are listed under measures on persons or bodies; a list under another kind is usually misplaced."""
    for row, record in coded.pairs("sanction_targets"):
        measure = coded.sanctions.get(row["sanction_id"])
        if measure and measure["scope"] in ("comprehensive", "sectoral", "nationals"):
            message = f"{row['name']} is listed under a measure with the scope {measure['scope']!r}"
            yield Found(record, message)


@fault
def decisions_are_dated_like_their_response(coded: Coded) -> Iterator[Found]:
    """A response by the sender decides each change to a measure, no later than the day on which the change takes
    effect.
    """
    for row, record in coded.pairs("sanction_events"):
        response, measure = coded.responses.get(row["decided_by_id"] or ""), coded.sanctions.get(row["sanction_id"])
        if response is None or measure is None:
            continue
        if response["event_date"] and row["event_date_latest"] and response["event_date"] > row["event_date_latest"]:
            message = f"{response['response_id']} was made on {response['event_date']}, after the change"
            yield Found(record, message, "decided_by_id")
