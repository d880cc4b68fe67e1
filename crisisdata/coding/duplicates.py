"""Pairs of rows that look like one act: each is merged, or `distinct_pairs.csv` says why it is two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from crisisdata.coding.rows import Coding, Row, split


@dataclass(frozen=True)
class Act:
    """What the finder needs to know of a row."""

    table: str
    key: str
    who: frozenset[str]
    """Actors, and the organisations to which they belong."""
    first: date
    last: date
    kinds: frozenset[str]

    def resembles(self, other: Act) -> bool:
        """Say whether both may be one act: somebody in common, a day in common, a kind in common."""
        return (
            self.first <= other.last
            and other.first <= self.last
            and bool(self.who & other.who)
            and bool(self.kinds & other.kinds)
        )


Pair = tuple[Act, Act]


def suspects(acts: Iterable[Act]) -> Iterator[Pair]:
    """Yield the pairs of acts that resemble one another, each once."""
    by_actor: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        for actor in act.who:
            by_actor[actor].append(act)
    seen = set()
    for near in by_actor.values():
        near.sort(key=lambda act: (act.first, act.table, act.key))
        for one, other in combinations(near, 2):
            if other.first > one.last and one.first == one.last:
                continue
            pair = (one.table, one.key), (other.table, other.key)
            if pair not in seen and one.resembles(other):
                seen.add(pair)
                yield one, other


def unexplained(coding: Coding) -> Iterator[Pair]:
    """Yield the suspected doubles of a coding for which no reason is written."""
    written = {
        frozenset([(row["table_name"], row["record_id"]), (row["other_table"], row["other_id"])])
        for row in coding.rows["distinct_pairs"]
    }
    for one, other in suspects(acts_of(coding)):
        if frozenset([(one.table, one.key), (other.table, other.key)]) not in written:
            yield one, other


def acts_of(coding: Coding) -> Iterator[Act]:
    """Yield what the rows of a coding do, as far as one act may stand in two rows."""
    parents = {row["actor_id"]: row["parent_id"] for row in coding.rows["actors"]}
    if coding.base is not None:
        from crisisdata._load import load

        known = load("actors", coding.base, as_="arrow").to_pylist()
        parents = {row["actor_id"]: row["parent_id"] for row in known} | parents
    yield from _responses(coding, parents)
    yield from _authority_acts(coding, parents)
    yield from _measures(coding, parents)
    for row in coding.rows["support"]:
        # A crowd is never one actor: two on a day in one place may be one.
        where = f"{row['about']} {row['form']} {row['place'] or ''}".strip()
        yield from _act("support", row, [row["actor_id"]], {}, [where])
    for row in coding.rows["milestones"]:
        kind = f"{row['kind']} {'promise' if row['is_promise'] == 'yes' else 'deed'}"
        yield from _act("milestones", row, [row["episode_id"][:3] if row["episode_id"] else ""], {}, [kind])


def _responses(coding: Coding, parents: dict[str, str | None]) -> Iterator[Act]:
    items = defaultdict(list)
    for item in coding.rows["response_items"]:
        items[item["response_id"]].append(item["item"])
    for row in coding.rows["responses"]:
        about = split(row["about"], ";")
        kinds = [
            f"{item} {about[0] if about else ''}" if item == "words" else item for item in items[row["response_id"]]
        ]
        actors = split(row["actor_ids"], ";")
        yield from _act("responses", row, actors, parents, [str(kind) for kind in kinds])


def _authority_acts(coding: Coding, parents: dict[str, str | None]) -> Iterator[Act]:
    for row in coding.rows["authority_acts"]:
        whom = row["target_id"] or row["target"] or row["actor_id"] or ""
        yield from _act("authority_acts", row, [whom], {}, [str(row["act"])])


def _measures(coding: Coding, parents: dict[str, str | None]) -> Iterator[Act]:
    started: dict[str, Row] = {}
    for event in sorted(coding.rows["sanction_events"], key=lambda event: str(event["event_date"])):
        started.setdefault(event["sanction_id"], event)
    for row in coding.rows["sanctions"]:
        if first := started.get(row["sanction_id"]):
            dated = row | {name: first[name] for name in ("event_date", "event_date_latest")}
            yield from _act("sanctions", dated, [row["sender_id"]], parents, [f"{row['measure']} {row['scope']}"])


def _act(table: str, row: Row, actors: list[str], parents: dict[str, str | None], kinds: list[str]) -> Iterator[Act]:
    """Yield the act of a row, unless it is not dated: then the validator says so."""
    if row["event_date"] is None:
        return
    key = next(iter(row.values()))
    yield Act(table, key, _with_parents(actors, parents), row["event_date"], row["event_date_latest"], frozenset(kinds))


def _with_parents(actors: list[str], parents: dict[str, str | None]) -> frozenset[str]:
    found: set[str] = set()
    for actor in actors:
        here: str | None = actor
        while here and here not in found:
            found.add(here)
            here = parents.get(here)
    return frozenset(found)
