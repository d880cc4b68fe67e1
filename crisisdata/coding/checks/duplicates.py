"""Pairs of rows that look like one act: each is merged, or `distinct_pairs.csv` says why it is two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.rows import Row, split


@dataclass(frozen=True)
class Act:
    """What the search needs to know about a row."""

    table: str
    key: str
    who: frozenset[str]
    """Actors, and the organisations to which they belong."""
    first: date
    last: date
    kinds: frozenset[str]
    """What was done."""
    matters: frozenset[str] = frozenset()
    """What it was about: enough for a suspicion only if both are dated to the same day."""

    def shares(self, other: Act) -> frozenset[str]:
        """Return the kind or matter that both share, if that and their days make them look like one act."""
        if not (self.first <= other.last and other.first <= self.last and self.who & other.who):
            return frozenset()
        exact = self.first == self.last == other.first == other.last
        return self.kinds & other.kinds or (self.matters & other.matters if exact else frozenset())


class Pair(NamedTuple):
    """Two rows that may be one act."""

    one: Act
    other: Act

    @property
    def why(self) -> str:
        """What the two have in common, in words."""
        who = ", ".join(sorted(self.one.who & self.other.who))
        what = ", ".join(sorted(self.one.shares(self.other)))
        return f"both have {who} on {max(self.one.first, self.other.first)} ({what})"


def suspects(acts: Iterable[Act]) -> Iterator[Pair]:
    """Yield each pair of acts that look like one, once: they share an actor, a day and a kind or matter.

    Examples
    --------
    >>> from datetime import date
    >>> day = date(2020, 8, 18)
    >>> def act(key): return Act("responses", key, frozenset(["ecowas"]), day, day, frozenset(["force"]))
    >>> [(pair.one.key, pair.other.key) for pair in suspects([act("a"), act("b")])]
    [('a', 'b')]
    """
    by_actor: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        for actor in act.who:
            by_actor[actor].append(act)
    seen = set()
    for near in by_actor.values():
        near.sort(key=lambda act: (act.first, act.table, act.key))
        for number, one in enumerate(near):
            for other in near[number + 1 :]:
                if other.first > one.last:
                    break
                names = (one.table, one.key), (other.table, other.key)
                if names not in seen and one.shares(other):
                    seen.add(names)
                    yield Pair(one, other)


def acts_of(coded: Coded) -> Iterator[Act]:
    """Yield the acts of a coding that could appear in two rows."""
    yield from _responses(coded)
    yield from _authority_acts(coded)
    yield from _measures(coded)
    for row in coded.rows("support"):
        # A crowd is never one actor: two on a day in one place may be one.
        where = f"{row['about']} {row['form']} {row['place'] or ''}".strip()
        yield from _act("support", row, [row["actor_id"]], [where], [f"about {row['about']}"])
    for row in coded.rows("milestones"):
        promise = "promise" if row["is_promise"] == "yes" else "deed"
        yield from _act("milestones", row, coded.countries_of(row), [f"{promise}: {row['kind']}"])


def _responses(coded: Coded) -> Iterator[Act]:
    for row in coded.rows("responses"):
        items = [item["item"] for item in coded.items.get(row["response_id"], ()) if item["item"] != "words"]
        actors, about = split(row["actor_ids"], ";"), split(row["about"], ";")
        # One body seldom does two things on a day: one communiqué often stands in two rows.
        matters = [*(f"about {each}" for each in about), *(f"by {each}" for each in actors)]
        yield from _act("responses", row, _up(coded, actors), items, matters)


def _authority_acts(coded: Coded) -> Iterator[Act]:
    for row in coded.rows("authority_acts"):
        whom = row["target_id"] or row["target"] or row["actor_id"] or ""
        # An act against a foreign partner may stand among the responses too, as what the partner did.
        mirrored = coded.attribute("act", row["act"], "item")
        abroad = coded.attribute("act", row["act"], "act_class") == "abroad"
        yield from _act(
            "authority_acts",
            row,
            _up(coded, [whom]),
            [row["act"], *([mirrored] if mirrored else [])],
            ["about act_against_responder"] if abroad else [],
        )


def _measures(coded: Coded) -> Iterator[Act]:
    for row in coded.rows("sanctions"):
        for first, _ in coded.histories.get(row["sanction_id"], [])[:1]:
            dated = row | {name: first[name] for name in ("event_date", "event_date_latest")}
            yield from _act("sanctions", dated, _up(coded, [row["sender_id"]]), [f"{row['measure']} {row['scope']}"])


def _up(coded: Coded, actors: Iterable[str | None]) -> list[str]:
    """Return actors with the organisations to which they belong."""
    return [up for actor in actors if actor for up in coded.lineage(actor)]


def _act(
    table: str, row: Row, who: Iterable[str | None], kinds: Iterable[str | None], matters: Iterable[str] = ()
) -> Iterator[Act]:
    """Yield the act of a row, unless it has no date; the validator reports that."""
    if row["event_date"] is not None:
        yield Act(
            table,
            next(iter(row.values())),
            frozenset(filter(None, who)),
            row["event_date"],
            row["event_date_latest"],
            frozenset(filter(None, kinds)),
            frozenset(matters),
        )
