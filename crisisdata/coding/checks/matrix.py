"""Checks on the bodies of the reaction matrix, and on the searches for what they did."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.derive.matrix import counted_with, is_state
from crisisdata.coding.rows import Row, split


@fault
def searches_agree_with_responses(coded: Coded) -> Iterator[Found]:
    """A search for a body must report a finding if a response by the body, or by an organ that counts with it, is coded
    in its period; otherwise it must report none.
    """
    bodies = {row["actor_id"] for row in coded.rows("bodies")}
    acts = _acts(coded, bodies | {row["actor_id"] for row in coded.rows("coverage") if row["actor_id"]})
    for row, record in coded.pairs("coverage"):
        if row["topic"] != "responses":
            continue
        if (row["actor_id"] is None) != (row["found"] is None):
            yield Found(
                record, "a search for one body must name it in actor_id and say in found whether it acted", "found"
            )
        if None in (row["actor_id"], row["found"], row["start_date"], row["end_date"]):
            continue
        own = [act for act in acts[row["actor_id"]] if _is_about(act, row, coded)]
        inside = [
            a for a in own if row["start_date_latest"] <= a["event_date"] and a["event_date_latest"] <= row["end_date"]
        ]
        if row["found"] == "no" and inside:
            yield Found(record, f"nothing found, but {inside[0]['response_id']} is in this period", "found")
        touching = [
            act
            for act in own
            if act["event_date"] <= row["end_date_latest"] and row["start_date"] <= act["event_date_latest"]
        ]
        if row["found"] == "yes" and not touching:
            yield Found(record, f"found, but no response of {row['actor_id']} is in this period", "found")


def _acts(coded: Coded, bodies: set[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for response in coded.rows("responses"):
        if response["event_date"] and response["event_date_latest"]:
            for body in {counted_with(each, bodies, coded.actors) for each in split(response["actor_ids"], ";")}:
                found[body or ""].append(response)
    return found


def _is_about(response: Row, search: Row, coded: Coded) -> bool:
    if search["episode_id"]:
        return search["episode_id"] in coded.episode_ids(response)
    return search["iso3"] in coded.countries_of(response)


@fault
def borders_are_mutual(coded: Coded) -> Iterator[Found]:
    """Borders are mutual: a country whose borders are listed names each country that names it."""
    pairs = {(row["iso3"], row["neighbour_iso3"]) for row in coded.rows("borders")}
    listed = {iso3 for iso3, _ in pairs}
    for row, record in coded.pairs("borders"):
        one, other = row["iso3"], row["neighbour_iso3"]
        if other == one:
            yield Found(record, f"{one} cannot be its own neighbour", "neighbour_iso3")
        elif other in listed and (other, one) not in pairs:
            yield Found(record, f"{one} names {other}, but {other} does not name {one}", "neighbour_iso3")


@fault
def neighbours_can_react(coded: Coded) -> Iterator[Found]:
    """The matrix has a row for each neighbour of a country with episodes: its state is one actor, without a parent."""
    states: dict[str, list[str]] = defaultdict(list)
    for actor in coded.actors.values():
        if is_state(actor):
            states[actor["iso3"]].append(actor["actor_id"])
    own = {episode["iso3"] for episode in coded.rows("episodes")}
    for row, record in coded.pairs("borders"):
        found = states.get(row["neighbour_iso3"] or "", [])
        if row["iso3"] in own and len(found) != 1:
            what = (
                f"{', '.join(sorted(found))} are all the same state; keep one"
                if found
                else "no actor of type state has this iso3"
            )
            yield Found(record, f"{row['neighbour_iso3']}: {what}", "neighbour_iso3")


@fault
def bodies_stand_in_one_order(coded: Coded) -> Iterator[Found]:
    """Two bodies at the same position would have no defined order in the matrix."""
    taken: dict[int, str] = {}
    for row, record in coded.pairs("bodies"):
        place = row["sort_order"]
        if place in taken:
            yield Found(record, f"{taken[place]} is also at position {place}", "sort_order")
        taken.setdefault(place, row["actor_id"])


@warning
def countries_have_neighbours(coded: Coded) -> Iterator[Found]:
    """A country with episodes but without borders is an island, or its neighbours were forgotten."""
    listed = {row["iso3"] for row in coded.rows("borders")}
    own = {episode["iso3"] for episode in coded.rows("episodes")}
    for row, record in coded.pairs("countries") if coded.rows("bodies") else ():
        if row["iso3"] in own - listed:
            yield Found(record, f"{row['iso3']} has no row in borders", "iso3")


@warning
def searched_bodies_are_asked(coded: Coded) -> Iterator[Found]:
    """A search for a body of which the country is not a member leaves its cell of the matrix blank."""
    of_members = {row["actor_id"] for row in coded.rows("bodies") if row["applies"] == "members"}
    for row, record in coded.pairs("coverage"):
        asked = row["actor_id"] not in of_members or (row["iso3"], row["actor_id"]) in coded.memberships
        if row["topic"] == "responses" and not asked:
            message = f"{row['actor_id']} was searched for, but memberships does not list {row['iso3']} as its member"
            yield Found(record, message, "actor_id")
