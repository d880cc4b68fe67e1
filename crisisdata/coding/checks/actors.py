"""Checks on actors and memberships."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from crisisdata.coding.casefiles import Record
from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.rows import Row, split


@fault
def names_tell_actors_apart(coded: Coded) -> Iterator[Found]:
    """Two actors with the same name cannot be distinguished, and a second spelling belongs among an actor's aliases."""
    first: dict[str, str] = {}
    for row, record in coded.pairs("actors"):
        names = {name.casefold(): name for name in (row["name"], *split(row["aliases"], ";")) if name}
        for folded, name in names.items():
            if folded in first:
                yield Found(
                    record, f"{name!r} is also a name of {first[folded]!r}; merge the two, or rename one", "name"
                )
            first.setdefault(folded, row["actor_id"])


@fault
def members_join_bodies_that_exist(coded: Coded) -> Iterator[Found]:
    """No one can be a member of a body before it is founded or after it is dissolved."""
    for row, record in coded.pairs("memberships"):
        body = coded.actors.get(row["actor_id"] or "")
        if body is None:
            continue
        founded, dissolved = body["founded_date"], body["dissolved_date_latest"]
        for name in ("joined_date", "left_date"):
            if row[name] and founded and row[f"{name}_latest"] < founded:
                yield Found(record, f"{row[name]} is before {row['actor_id']} was founded, {founded}", name)
            if row[name] and dissolved and row[name] > dissolved:
                yield Found(record, f"{row[name]} is after {row['actor_id']} was dissolved, {dissolved}", name)


@fault
def bodies_suspend_their_members(coded: Coded) -> Iterator[Found]:
    """A body can suspend a country only while it is a member."""
    for row, record, when in _suspensions(coded):
        membership = _membership(coded, row)
        if membership is None:
            continue
        joined, left = membership["joined_date"], membership["left_date_latest"]
        body = membership["actor_id"]
        if left and when["event_date"] > left:
            message = f"suspended on {when['event_date']}, but {membership['iso3']} left {body} on {left}"
            yield Found(record, message, "event_date")
        if joined and when["event_date_latest"] < joined:
            message = f"suspended on {when['event_date']}, but {membership['iso3']} joined {body} on {joined}"
            yield Found(record, message, "event_date")


@warning
def suspended_countries_are_members(coded: Coded) -> Iterator[Found]:
    """A suspension by a body in which no membership is coded may be by the wrong body."""
    seen = set()
    for row, _, _ in _suspensions(coded):
        if _membership(coded, row) is None and row["sanction_id"] not in seen:
            seen.add(row["sanction_id"])
            where = ", ".join(sorted(coded.countries_of(row)))
            message = f"{row['sender_id']} suspends {where}, but memberships.csv has no membership of {where}"
            yield Found(coded.records["sanctions", row["sanction_id"]], message, "sender_id")


def _suspensions(coded: Coded) -> Iterator[tuple[Row, Record, Row]]:
    """Yield each measure that suspends a membership, with the record and the row of the change that does so."""
    for row in coded.rows("sanctions"):
        if coded.attribute("measure", row["measure"], "item") == "membership":
            for event, record in coded.histories.get(row["sanction_id"], ()):
                if event["action"] in ("imposed", "extended", "reinstated"):
                    yield row, record, event


def _membership(coded: Coded, row: Row) -> Row | None:
    """Return the membership in the body that suspends, or in the organisation to which it belongs."""
    for iso3 in coded.countries_of(row):
        for body in coded.lineage(row["sender_id"]):
            if (iso3, body) in coded.memberships:
                return coded.memberships[iso3, body]
    return None


@warning
def acronyms_tell_actors_apart(coded: Coded) -> Iterator[Found]:
    """Two actors of one country with the same acronym are usually one actor under two IDs."""
    by_acronym: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for row, record in coded.pairs("actors"):
        if row["acronym"]:
            others = by_acronym[row["acronym"].casefold(), row["iso3"]]
            if others:
                yield Found(record, f"{row['acronym']} is also the acronym of {others[0]}", "acronym")
            others.append(row["actor_id"])
