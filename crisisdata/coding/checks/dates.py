"""Checks on when things were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from crisisdata.coding.checks.coded import PLANNED, Coded, coded_dates
from crisisdata.coding.checks.registry import Found, fault, warning

_EXACT = (
    "responses",
    "sanction_events",
    "support",
    "authority_acts",
    "milestones",
    "polls",
    "triggers",
)
"""The tables whose exact days must be stated by a reading."""
# The condition of a trigger often begins on the day of another row, which has the readings.
_NEED_NO_BASIS = {"start_date", "end_date"}
_PRELUDE = timedelta(days=2 * 365)
"""How long before the first act a row of an episode may be without a warning: no row of edition 0.4 is earlier."""


@fault
def bounds_ascend(coded: Coded) -> Iterator[Found]:
    """An end before its start, or a lowest count above the highest, is a typing or reading error."""
    for table in coded.schema.tables.values():
        for row, record in coded.pairs(table.name):
            for names in table.ascending:
                there = [name for name in names if row[name] is not None]
                for low, high in pairwise(there):
                    # Two dates that may be the same are in order: compare the first day of one
                    # with the last day of the other.
                    if row[low] > (row.get(f"{high}_latest") or row[high]):
                        yield Found(record, f"{row[high]} is before {low} {row[low]}", high)


@fault
def exact_days_are_stated(coded: Coded) -> Iterator[Found]:
    """A day of publication only shows that the act was not later; an exact day must be stated by a reading or follow
    from a weekday.
    """
    for name in _EXACT:
        dates = [item.name for item in coded_dates(coded.schema.tables[name]) if item.name not in _NEED_NO_BASIS]
        for row, record in coded.pairs(name):
            for variable in dates:
                if row[f"{variable}_precision"] != "day":
                    continue
                # The day on which something was made public is what a day of publication shows.
                carrying = {"stated", "weekday"} | ({"published"} if variable == "published_date" else set())
                bases = {each["date_basis"] for each in coded.supporting(name, record.key, variable)}
                if not bases & carrying:
                    found = "only the day of publication" if "published" in bases else "no date_basis"
                    message = (
                        f"{row[variable]} is an exact day, but its readings have {found}; add a reading "
                        "with date_basis "
                        "stated or weekday, or code an interval that ends on the day of publication"
                    )
                    yield Found(record, message, variable)


@fault
def dates_end_at_the_cutoff(coded: Coded) -> Iterator[Found]:
    """Coding stops on the cutoff date of the country (`coverage`, topic `cutoff`); later dates were not searched."""
    for table in coded.schema.tables.values():
        if table.group not in ("coded", "universe") and table.name != "coverage":
            continue
        for row, record in coded.pairs(table.name):
            cutoffs = [coded.cutoffs[each] for each in coded.countries_of(row) if each in coded.cutoffs]
            for item in coded_dates(table) if cutoffs else ():
                if item.name not in PLANNED and row[item.name] and row[item.name] > max(cutoffs):
                    yield Found(record, f"{row[item.name]} is after the coding cutoff, {max(cutoffs)}", item.name)
    for row, record in coded.pairs("sources") if coded.cutoffs else ():
        last = max(coded.cutoffs.values())
        if row["published_date"] and row["published_date"] > last:
            message = f"{row['published_date']} is after the last coding cutoff, {last}"
            yield Found(record, message, "published_date")


@warning
def dates_are_near_the_episode(coded: Coded) -> Iterator[Found]:
    """A date years before the episode is usually a wrong year rather than background."""
    for name in ("responses", "sanction_events", "support", "authority_acts", "milestones", "polls"):
        dates = [item.name for item in coded_dates(coded.schema.tables[name])]
        for row, record in coded.pairs(name):
            start = coded.first_act(row)
            if start is None or _is_other_measure(coded, row):
                continue
            for variable in dates:
                last = row[f"{variable}_latest"]
                if last and last < start[0] - _PRELUDE:
                    years = (start[0] - last).days / 365.25
                    message = f"{row[variable]} is {years:.1f} years before the first act of the episode, {start[0]}"
                    yield Found(record, message, variable)


def _is_other_measure(coded: Coded, row: dict[str, object]) -> bool:
    """Say whether a row belongs to a measure that answers something other than the coup."""
    measure = coded.sanctions.get(str(row.get("sanction_id")))
    return bool(measure and measure["coup_related"] == "not_coup_related")


@warning
def dates_follow_independence(coded: Coded) -> Iterator[Found]:
    """The dataset covers independent countries; an earlier date is usually a wrong century."""
    for table in coded.schema.tables.values():
        if table.group not in ("coded", "universe"):
            continue
        for row, record in coded.pairs(table.name):
            begun = [
                country["independence_date"]
                for each in coded.countries_of(row)
                if (country := coded.countries.get(each)) and isinstance(country["independence_date"], date)
            ]
            for item in coded_dates(table) if begun else ():
                last = row[f"{item.name}_latest"]
                if last and last < min(begun):
                    yield Found(record, f"{row[item.name]} is before independence, {min(begun)}", item.name)


@warning
def responses_follow_the_first_act(coded: Coded) -> Iterator[Found]:
    """A response cannot precede the coup; a response to earlier events needs an explanation."""
    for row, record in coded.pairs("responses"):
        start = coded.first_act(row)
        if start and row["event_date_latest"] and row["event_date_latest"] < start[0]:
            message = f"{row['event_date']} is before the first act of the episode, {start[0]}"
            yield Found(record, message, "event_date")


@warning
def causes_come_first(coded: Coded) -> Iterator[Found]:
    """What began after the coup did not cause it, unless it was expected, such as an election; a claim may be made
    later.
    """
    for row, record in coded.pairs("triggers"):
        start = coded.first_act(row)
        if start and row["start_date"] and row["start_date"] > start[1]:
            message = f"the cause begins on {row['start_date']}, after the first act of the episode, {start[1]}"
            yield Found(record, message, "start_date")
