"""Checks on keys and references."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.rows import split
from crisisdata.errors import suggestion

_SHORT_NAME = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")


@fault
def keys_are_unique(coded: Coded) -> Iterator[Found]:
    """Readers and citations cannot distinguish two rows with the same key."""
    for name, records in coded.coding.records.items():
        first: dict[str, str] = {}
        for record in records if name != "evidence" else ():  # the key of a reading is its place
            if not record.key:
                continue  # reported as a value that is required
            place = f"{record.file}:{record.line}"
            if record.key in first:
                message = f"the key {record.key!r} is already used by {first[record.key]}; give the record another id"
                yield Found(record, message)
            first.setdefault(record.key, place)


@fault
def file_names_are_short_names(coded: Coded) -> Iterator[Found]:
    """Readers type file names that become the first part of keys, so these follow the rules for short names."""
    for table in coded.schema.roots():
        for record in coded.coding.records[table.name] if table.evidenced and not table.writes_key else ():
            stem = record.key.partition("/")[0]
            if not _SHORT_NAME.fullmatch(stem):
                message = (
                    f"keys begin with the file name, {stem!r}, which must consist of lower-case letters without "
                    "accents, digits and hyphens; rename the file"
                )
                yield Found(record, message)


@fault
def keys_tell_the_country(coded: Coded) -> Iterator[Found]:
    """People read the key of an episode, a candidate or a context file; it must not name another country."""
    for table in ("episodes", "candidates"):
        for row, record in coded.pairs(table):
            own = f"{row['iso3'] or ''}-".lower()
            if row["iso3"] and record.key and not record.key.startswith(own):
                yield Found(
                    record, f"{record.key!r} must begin with {own!r}, its country", coded.schema.tables[table].key
                )
    for row, record in coded.pairs("context"):
        own = record.key.partition("/")[0].partition("-")[0].upper()
        if row["iso3"] and own != row["iso3"] and own in coded.countries:
            message = f"iso3 is {row['iso3']} in a file of {own}; move the record, or correct the country"
            yield Found(record, message, "iso3")


@fault
def episode_keys_tell_the_month(coded: Coded) -> Iterator[Found]:
    """People read the key of an episode; it must not name another month."""
    yield from _other_months(coded, "episodes", "first_act_date")


@warning
def candidate_keys_tell_the_month(coded: Coded) -> Iterator[Found]:
    """The key of a candidate should name its month; keys are permanent, so a later correction of the date does not
    change the key.
    """
    yield from _other_months(coded, "candidates", "event_date")


def _other_months(coded: Coded, table: str, variable: str) -> Iterator[Found]:
    for row, record in coded.pairs(table):
        first, last = row[variable], row[f"{variable}_latest"]
        said = re.match(r"[a-z]{3}-(\d{4}(?:-\d{2}(?!\d))?)", record.key)
        if said and first and not _month(first, said[1]) <= said[1] <= _month(last, said[1]):
            message = f"{record.key!r} should begin with '{record.key[:3]}-{first:%Y-%m}', its month"
            yield Found(record, message, variable)


def _month(day: date, like: str) -> str:
    """Return the month of a day, or only its year if `like` is a year."""
    return f"{day:%Y-%m}"[: len(like)]


@fault
def references_exist(coded: Coded) -> Iterator[Found]:
    """A reference to a missing row is a typing error, or the row was forgotten."""
    keys = {name: coded.keys(name) for name in coded.schema.tables}
    for table in coded.schema.tables.values():
        for item in table.fields.values():
            if not item.references or item.derived:
                continue
            there = keys[item.references]
            for row, record in coded.pairs(table.name):
                for number, value in enumerate(split(row[item.name], item.separator)):
                    if value and value not in there:
                        hint = suggestion(value, there) or f"; add it to {item.references}"
                        place = record.element(item.name, number)
                        yield Found(record, f"there is no {value!r} in {item.references}{hint}", place)


@fault
def rows_stay_in_their_country(coded: Coded) -> Iterator[Found]:
    """A search, a context row or a candidate of one country cannot belong to an episode of another."""
    for table in ("coverage", "context", "candidates"):
        for row, record in coded.pairs(table):
            named = split(row.get("episode_ids"), ";") or split(row.get("episode_id"), None)
            theirs = {coded.episodes[each]["iso3"] for each in named if each in coded.episodes} - {None}
            if row["iso3"] and theirs and row["iso3"] not in theirs:
                message = f"iso3 is {row['iso3']}, but the episode is in {', '.join(sorted(theirs))}"
                yield Found(record, message, "iso3")


@fault
def descent_has_no_circle(coded: Coded) -> Iterator[Found]:
    """No actor is its own parent, and no episode follows from itself."""
    for name, column in (("actors", "parent_id"), ("actors", "bloc_id"), ("episodes", "follows_episode_id")):
        key = coded.schema.tables[name].key
        parents = {row[key]: row[column] for row in coded.rows(name)}
        for row, record in coded.pairs(name):
            seen, here = {row[key]}, row[column]
            while here is not None and here not in seen:
                seen.add(here)
                here = parents.get(here)
            if here is not None and here == row[key]:
                yield Found(record, f"{row[key]!r} is its own ancestor", column)
