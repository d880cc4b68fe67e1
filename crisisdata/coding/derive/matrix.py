"""The reaction matrix: what each body of a fixed list did about each episode."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from crisisdata._spells import Coverage
from crisisdata.coding.derive.lookup import Lookup, date_cells, rule
from crisisdata.coding.derive.reactions import coercion_level
from crisisdata.coding.rows import Row

SEARCHED_DAYS = 90
"""Days from the first act that a search must cover: a body meets, and lenders decide, weeks after a coup."""
_UNDONE = {"not_adopted", "passed_over"}


def matrix_rows(lookup: Lookup) -> Iterator[Row]:
    """Yield each body and each neighbour of any country with episodes, for each episode."""
    for actor_id in lookup.once("matrix", _Matrix).bodies:
        for episode_id in lookup.episodes:
            yield {"actor_id": actor_id, "episode_id": episode_id}


@rule("reaction_matrix", uses=["bodies", "borders", "memberships", "actors", "episodes"], computes=["applies"])
def matrix_applies(row: Row, lookup: Lookup) -> Row:
    """Whether the body is considered for the episode, and under which condition.

    Some bodies of the list are considered everywhere. Others are considered where the country belonged to them on any
    day of the episode; a suspended country is a member, and a country without a row in `memberships` is not. An episode
    lasts from its first act until constitutional order returns in the country, its next episode begins or the coding
    cutoff date is reached. States that share a land border with the country are considered as neighbours.
    """
    matrix: _Matrix = lookup.once("matrix", _Matrix)
    condition, table, rows = matrix.condition(row)
    lookup.enters("reaction_matrix", row, "applies", table, rows)
    return {"applies": condition}


@rule(
    "reaction_matrix",
    uses=["reactions", "response_items", "sanctions", "coverage", "actors", "bodies", "borders", "memberships"],
    computes=["status"],
)
def matrix_status(row: Row, lookup: Lookup) -> Row:
    """Whether the body acted and, if not, what is known about it.

    Acts of an organ or a member of a body count with the body unless the organ has its own row: those of the Commission
    of the African Union count with the Union, but those of its Peace and Security Council are separate. A body acted if
    any of its reactions is an act, whether or not it is considered for the episode; it decided not to act if all of
    them say that it did not (`non_action`, or items that were all not adopted or passed over). Without a reaction, a
    body that is not considered is not applicable. For one that is considered, nothing was found if rows of `coverage`
    on responses that name it, and that found nothing, cover the days from the first act to the ninetieth after it, or
    to the coding cutoff date if that is earlier; otherwise it was not searched for.
    """
    matrix: _Matrix = lookup.once("matrix", _Matrix)
    acts, refusals = matrix.acts_and_refusals(row)
    searches = matrix.searches(row)
    entered: tuple[str, Iterable[Row]] = "reactions", acts or refusals
    if acts or refusals:
        code = "acted" if acts else "decided_not_to_act"
    elif row["applies"] is None:
        code = "not_applicable"
    elif searches:
        code, entered = "searched_nothing_found", ("coverage", searches)
    else:
        code, entered = "not_searched", matrix.condition(row)[1:]
    lookup.enters("reaction_matrix", row, "status", *entered)
    return {"status": code}


@rule(
    "reaction_matrix",
    uses=["reactions"],
    how="same",
    computes=["first_response_id", "first_response_date", "days_low", "days_high"],
)
def matrix_first_act(row: Row, lookup: Lookup) -> Row:
    """The first act of the body, by its first possible day; the first decision not to act if there is no act.

    Days are counted as in `reactions`: from the last and from the first day on which the first act of the episode may
    have taken place.
    """
    matrix: _Matrix = lookup.once("matrix", _Matrix)
    acts, refusals = matrix.acts_and_refusals(row)
    first = next(iter(acts or refusals), None)
    names = ["first_response_id", "first_response_date", "days_low", "days_high"]
    lookup.enters("reaction_matrix", row, names, "reactions", [first] if first else [])
    return {
        "first_response_id": first["response_id"] if first else None,
        **date_cells("first_response_date", first),
        **{name: first[name] if first else None for name in ("days_low", "days_high")},
    }


@rule("reaction_matrix", uses=["reactions"], how="count", computes=["reactions_count"])
def matrix_count(row: Row, lookup: Lookup) -> Row:
    """Number of reactions of the body and of the organs that count with it, including decisions not to act."""
    found = lookup.once("matrix", _Matrix).reactions(row)
    lookup.enters("reaction_matrix", row, "reactions_count", "reactions", found)
    return {"reactions_count": len(found)}


@rule("reaction_matrix", uses=["reactions"], how="highest", computes=["coercion", "coercion_level"])
def matrix_coercion(row: Row, lookup: Lookup) -> Row:
    """The highest coercion of any reaction at any time, and the same in five steps; missing without a reaction."""
    highest = _highest(row, "coercion", lookup)
    return {"coercion": highest, "coercion_level": None if highest is None else coercion_level(highest)}


@rule("reaction_matrix", uses=["reactions"], how="highest", computes=["engagement"])
def matrix_engagement(row: Row, lookup: Lookup) -> Row:
    """The highest engagement of any reaction at any time; missing without a reaction."""
    return {"engagement": _highest(row, "engagement", lookup)}


@rule("reaction_matrix", uses=["reactions"], how="same", computes=["takeover_position"])
def matrix_position(row: Row, lookup: Lookup) -> Row:
    """Tone of the last reaction whose main matter is the takeover; missing where none has a tone on it."""
    past = [r for r in lookup.once("matrix", _Matrix).reactions(row) if r["about"] == "takeover" and r["tone"]]
    lookup.enters("reaction_matrix", row, "takeover_position", "reactions", past[-1:])
    return {"takeover_position": past[-1]["tone"] if past else None}


def _highest(row: Row, name: str, lookup: Lookup) -> int | None:
    found = lookup.once("matrix", _Matrix).reactions(row)
    lookup.enters("reaction_matrix", row, name, "reactions", found, weight=lambda r: r[name])
    return max((r[name] for r in found), default=None)


@dataclass
class _Matrix:
    """What the cells of the matrix share."""

    lookup: Lookup
    bodies: dict[str, Row | None] = field(init=False)
    """The bodies in order, each with its row of the list; None for neighbours that follow from the borders."""

    def __post_init__(self) -> None:
        rows = self.lookup.rows
        self.bodies = {row["actor_id"]: row for row in sorted(rows["bodies"], key=lambda row: row["sort_order"])}
        self._borders: dict[str, dict[str, Row]] = defaultdict(dict)
        for border in rows["borders"]:
            self._borders[border["iso3"]][border["neighbour_iso3"]] = border
        touched = {n for e in rows["episodes"] for n in self._borders.get(e["iso3"], ())}
        states = [a for a in rows["actors"] if is_state(a) and a["iso3"] in touched]
        for state in sorted(states, key=lambda actor: str(actor["name"])):
            self.bodies.setdefault(state["actor_id"], None)
        self._memberships = {(row["iso3"], row["actor_id"]): row for row in rows["memberships"]}
        self._reactions: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for each in sorted(
            rows["reactions"], key=lambda r: (r["event_date"], r["event_date_latest"], r["response_id"])
        ):
            body = counted_with(each["actor_id"], self.bodies, self.lookup.actors)
            own = self._reactions[body or "", each["episode_id"]]
            if all(r["response_id"] != each["response_id"] for r in own):  # signed by two of its organs
                own.append(each)
        self._coverage: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for search in rows["coverage"]:
            if search["actor_id"] and search["topic"] == "responses" and search["found"] == "no":
                self._coverage[search["actor_id"], search["iso3"]].append(search)

    def reactions(self, row: Row) -> list[Row]:
        """Return the reactions that count in a cell, in order of their days; one for each response."""
        return self._reactions.get((row["actor_id"], row["episode_id"]), [])

    def acts_and_refusals(self, row: Row) -> tuple[list[Row], list[Row]]:
        """Return what a body did, and the reactions that say that it did not act."""
        acts: list[Row] = []
        refusals: list[Row] = []
        for reaction in self.reactions(row):
            stages = {
                item["stage"] for item in self.lookup.items_towards(reaction["response_id"], reaction["episode_id"])
            }
            undone = reaction["channel"] == "non_action" or (stages and stages <= _UNDONE)
            (refusals if undone else acts).append(reaction)
        return acts, refusals

    def condition(self, row: Row) -> tuple[str | None, str, Iterable[Row]]:
        """Return the condition under which a body is considered, and the rows that say so."""
        listed, iso3 = self.bodies[row["actor_id"]], self.lookup.episodes[row["episode_id"]]["iso3"]
        if listed and listed["applies"] == "everywhere":
            return "everywhere", "bodies", [listed]
        membership = self._memberships.get((iso3, row["actor_id"]))
        if listed and listed["applies"] == "members" and membership and self._belonged(membership, row):
            return "members", "memberships", [membership]
        border = self._borders[iso3].get(self.lookup.actors[row["actor_id"]]["iso3"] or "")
        return ("neighbours", "borders", [border]) if border else (None, "bodies", [])

    def _belonged(self, membership: Row, row: Row) -> bool:
        first, last = self._span(self.lookup.episodes[row["episode_id"]])
        joined, left = membership["joined_date"] or date.min, membership["left_date_latest"] or date.max
        return bool(joined <= last and left >= first)

    def _span(self, episode: Row) -> tuple[date, date]:
        """Return the first and last day of an episode."""
        first, cutoff = episode["first_act_date"] or date.min, self.lookup.cutoff(episode)
        returns = [
            step["event_date_latest"]
            for step in self.lookup.rows["milestones"]
            if step["kind"] == "constitutional_order"
            and step["is_promise"] == "no"
            and self.lookup.episodes[step["episode_id"]]["iso3"] == episode["iso3"]
            and step["event_date"] >= first
        ]
        later = [
            other["first_act_date_latest"]
            for other in self.lookup.rows["episodes"]
            if other["iso3"] == episode["iso3"] and (other["first_act_date"] or first) > first
        ]
        return first, min([*returns, *later], default=cutoff)

    def searches(self, row: Row) -> list[Row]:
        """Return the searches that found nothing if they cover the first days; otherwise none."""
        episode = self.lookup.episodes[row["episode_id"]]
        found = [
            search
            for search in self._coverage.get((row["actor_id"], episode["iso3"]), ())
            if search["episode_id"] in (None, row["episode_id"])
        ]
        if not episode["first_act_date"]:
            return []
        first = episode["first_act_date_latest"]
        last = min(first + timedelta(days=SEARCHED_DAYS - 1), self.lookup.cutoff(episode))
        return found if Coverage(found).of("responses", episode["iso3"], first, last) == "whole" else []


def is_state(actor: Row) -> bool:
    """Say whether an actor is a state rather than an organ of one."""
    return actor["actor_type"] == "state" and actor["iso3"] is not None and actor["parent_id"] is None


def counted_with(actor_id: str, bodies: Iterable[str], actors: dict[str, Row]) -> str | None:
    """Return the body with which an actor's acts count: itself, or the nearest parent that is such a body."""
    seen: set[str] = set()
    at: str | None = actor_id
    while at and at not in seen:
        if at in bodies:
            return at
        seen.add(at)
        at = (actors.get(at) or {}).get("parent_id")
    return None
