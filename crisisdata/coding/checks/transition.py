"""Checks on milestones, acts of those in power and spells of rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from crisisdata.coding.checks.coded import Coded, Pair
from crisisdata.coding.checks.registry import Found, fault
from crisisdata.coding.rows import split


@fault
def promises_and_deeds_are_apart(coded: Coded) -> Iterator[Found]:
    """Only a promise has a date for which it is made, and only a deed fulfils a promise."""
    for row, record in coded.pairs("milestones"):
        if row["is_promise"] != "yes" and row["promised_for_date"] is not None:
            message = "only a promise can have a promised date; enter the promise as a separate row"
            yield Found(record, message, "promised_for_date")
        if row["is_promise"] == "yes" and row["fulfils_id"] is not None:
            yield Found(record, "a promise cannot fulfil another promise; only a deed can", "fulfils_id")


@fault
def deeds_follow_their_promises(coded: Coded) -> Iterator[Found]:
    """A deed fulfils a promise of the same kind that was made before it."""
    milestones = {row["milestone_id"]: row for row in coded.rows("milestones")}
    for row, record in coded.pairs("milestones"):
        for each in split(row["fulfils_id"], ";"):
            promise = milestones.get(each)
            if promise is None:
                continue
            if promise["is_promise"] != "yes":
                yield Found(record, f"{each} is not a promise", "fulfils_id")
            elif promise["event_date"] and row["event_date"] and promise["event_date"] > row["event_date_latest"]:
                message = f"{each} was promised on {promise['event_date']}, after the deed, {row['event_date']}"
                yield Found(record, message, "fulfils_id")


@fault
def answers_follow_what_they_answer(coded: Coded) -> Iterator[Found]:
    """Those in power can answer a response only after it was made."""
    for row, record in coded.pairs("authority_acts"):
        response = coded.responses.get(row["answers_id"] or "")
        last = row["announced_date_latest"] or row["event_date_latest"]
        if (
            response
            and last
            and response["event_date"]
            and max(last, row["event_date_latest"] or last) < response["event_date"]
        ):
            message = f"the response was made on {response['event_date']}, after the act"
            yield Found(record, message, "answers_id")


@fault
def rule_has_no_gap_or_overlap(coded: Coded) -> Iterator[Found]:
    """Each day of a country has exactly one kind of ruler; otherwise positions cannot be distinguished from those of
    office holders.
    """
    by_country: dict[str, list[Pair]] = defaultdict(list)
    for row, record in coded.pairs("rule_spells"):
        if row["start_date"]:
            for iso3 in coded.countries_of(row):
                by_country[iso3].append((row, record))
    for spells in by_country.values():
        spells.sort(key=lambda pair: pair[0]["start_date"])
        for (one, _), (other, record) in pairwise(spells):
            end = one["end_date"], one["end_date_latest"]
            if end[0] is None or end[1] is None:
                yield Found(record, f"{one['spell_id']} has no end and begins earlier", "start_date")
            elif end[0] >= other["start_date_latest"]:
                message = f"{one['spell_id']} ends on {end[0]}, not before this spell begins, {other['start_date']}"
                yield Found(record, message, "start_date")
            elif end[1] + timedelta(days=1) < other["start_date"]:
                message = f"nobody rules between {end[1]}, the end of {one['spell_id']}, and {other['start_date']}"
                yield Found(record, message, "start_date")
