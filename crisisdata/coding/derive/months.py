"""The panel of countries and months.

What is known of a month is either sure, or possible, or out of the question: a date that is known to the year may
lie in any of its months. A count is given where all that is possible is sure, and is missing otherwise; and it is
missing for every month that the table `coverage` does not cover.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache

from crisisdata.coding.derive.records import states
from crisisdata.coding.derive.summaries import RESPONDER_CLASSES
from crisisdata.coding.derive.world import World, rule
from crisisdata.coding.validate import Row

_COUPS = ("coup", "counter_coup", "military_succession")
_ATTEMPTS = ("coup", "counter_coup", "mutiny")
_PLOTS = ("plot", "alleged_plot")


@dataclass(frozen=True)
class Spell:
    """A span with what is known of its first and last day."""

    starts: tuple[date, date]
    """The first and the last day on which it can have begun."""
    ends: tuple[date, date]
    """The first and the last day that can have been its last."""

    def surely_touches(self, first: date, last: date) -> bool:
        return self.starts[1] <= last and self.ends[0] >= first

    def possibly_touches(self, first: date, last: date) -> bool:
        return self.starts[0] <= last and self.ends[1] >= first


def country_months(world: World) -> Iterator[Row]:
    """Each month of each country whose coups are coded, for the rules below to fill."""
    for country in world.rows["countries"]:
        if country["independence_date"]:
            month = country["independence_date"].replace(day=1)
            while month <= world.as_of:
                yield {"iso3": country["iso3"], "month": month}
                month = _next(month)


@rule("country_month", uses=["countries"])
def country_codes(row: Row, world: World) -> Row:
    """Codes of the country, from the table of countries."""
    country = world.countries[row["iso3"]]
    return {name: country[name] for name in ("cow_code", "gw_code")}


@rule("country_month", uses=["candidates", "coverage"])
def event_counts(row: Row, world: World) -> Row:
    """Number of candidates that began in the month.

    A coup is a successful coup, counter-coup or succession by officers; an attempt is one of these or a mutiny that
    failed; plots include those of which only the government says so. None of them are rebel offensives, attacks from
    outside the state, changes within a junta, the removal of a prime minister, and events of which nothing was found.
    """
    if not _panel(world).covers("candidates", row):
        return dict.fromkeys(("coups", "attempts", "plots"))
    events = [c for c in world.rows["candidates"] if c["iso3"] == row["iso3"]]
    return {
        "coups": _count(filter(_is_coup, events), row),
        "attempts": _count(filter(_is_attempt, events), row),
        "plots": _count((c for c in events if c["event_class"] in _PLOTS), row),
    }


@rule("country_month", uses=["candidates", "coverage"])
def months_since(row: Row, world: World) -> Row:
    """Months since the last event counted in `coups`, and since the last counted in `coups` or `attempts`."""
    if not _panel(world).covers("candidates", row):
        return dict.fromkeys(("months_since_coup", "months_since_attempt"))
    events = [c for c in world.rows["candidates"] if c["iso3"] == row["iso3"]]
    return {
        "months_since_coup": _since(filter(_is_coup, events), row["month"]),
        "months_since_attempt": _since((c for c in events if _is_coup(c) or _is_attempt(c)), row["month"]),
    }


@rule("country_month", uses=["candidates", "coverage"])
def military_rule(row: Row, world: World) -> Row:
    """Whether perpetrators of a successful coup that soldiers led held the highest office on any day of the month.

    From the first act to the day on which they handed the office over or lost it. Rulers who came by civil war
    are not counted, nor civilians whom officers control.
    """
    if not _panel(world).covers("candidates", row):
        return {"military_rule": None}
    spells = [
        Spell((c["date"], c["date_latest"]), _end(c, world))
        for c in world.rows["candidates"]
        if c["iso3"] == row["iso3"] and _is_coup(c) and c["military"] == "yes"
    ]
    return {"military_rule": _any(spells, row)}


@rule("country_month", uses=["episodes", "milestones", "coverage"])
def transition(row: Row, world: World) -> Row:
    """Whether any day of the month lies between a coup coded in depth and the return to constitutional order.

    Before the first covered month it is missing, also where an older transition is known.
    """
    if not _panel(world).covers("milestones", row):
        return {"transition": None}
    spells = []
    for episode in world.rows["episodes"]:
        if episode["iso3"] == row["iso3"] and episode["outcome"] == "successful" and episode["first_act_date"]:
            steps = world.of_episode("milestones", episode)
            orders = [m for m in steps if m["kind"] == "constitutional_order" and m["date"]]
            order = min(orders, key=lambda m: m["date"], default=None)
            ends = (order["date"], order["date_latest"]) if order else (world.as_of, world.as_of)
            spells.append(Spell((episode["first_act_date"], episode["first_act_date_latest"]), ends))
    return {"transition": _any(spells, row)}


@rule("country_month", uses=["sanctions", "sanction_events", "coverage"])
def suspensions(row: Row, world: World) -> Row:
    """Number of coup-related suspensions of membership in force on any day of the month."""
    if not _panel(world).covers("sanctions", row):
        return {"suspensions": None}
    return {"suspensions": _in_force(_measures(row, world, suspension=True), row)}


@rule("country_month", uses=["sanctions", "sanction_events", "actors", "coverage"])
def sanctions_in_force(row: Row, world: World) -> Row:
    """Number of other coup-related measures in force on any day of the month: all, by GSDB type, by class of sender.

    Classes are those of the summary codings of responses; a sender of another class is counted in the total only.
    """
    types = {code: f"sanctions_{code}" for code in world.schema.codes["gsdb_type"].codes}
    classes = {name: f"sanctions_by_{name}" for name in RESPONDER_CLASSES}
    if not _panel(world).covers("sanctions", row):
        return dict.fromkeys(["sanctions", *types.values(), *classes.values()])
    measures = _measures(row, world, suspension=False)
    kinds = world.schema.codes["measure"].codes
    cells = {"sanctions": _in_force(measures, row)}
    for code, column in types.items():
        cells[column] = _in_force((p for p in measures if kinds[p[0]["measure"]].extra["gsdb_type"] == code), row)
    for name, column in classes.items():
        senders = RESPONDER_CLASSES[name]
        cells[column] = _in_force((p for p in measures if world.actor_type(p[0]["sender_id"]) in senders), row)
    return cells


class _Panel:
    """What of the panel is computed once and not for each month."""

    def __init__(self, world: World) -> None:
        self.world = world

    @cached_property
    def spans(self) -> dict[tuple[str, str], list[tuple[date, date]]]:
        """The spans covered, by topic and country, those that meet or overlap as one."""
        found: dict[tuple[str, str], list[tuple[date, date]]] = {}
        for row in sorted(self.world.rows["coverage"], key=lambda row: row["start_date"]):
            spans = found.setdefault((row["topic"], row["iso3"]), [])
            if spans and row["start_date"] <= spans[-1][1] + timedelta(days=1):
                spans[-1] = (spans[-1][0], max(spans[-1][1], row["end_date_latest"]))
            else:
                spans.append((row["start_date"], row["end_date_latest"]))
        return found

    @cached_property
    def spells(self) -> dict[str, list[Spell]]:
        return {m["sanction_id"]: list(_spells(m, self.world)) for m in self.world.rows["sanctions"]}

    def covers(self, topic: str, row: Row) -> bool:
        """Say whether each day of the month that the country has lived, up to the end of the coding, is covered."""
        first = max(row["month"], self.world.countries[row["iso3"]]["independence_date"])
        last = min(_last_day(row["month"]), self.world.as_of)
        return any(start <= first and last <= end for start, end in self.spans.get((topic, row["iso3"]), []))


@lru_cache(maxsize=1)
def _panel(world: World) -> _Panel:
    return _Panel(world)


def _is_coup(candidate: Row) -> bool:
    return candidate["event_class"] in _COUPS and candidate["outcome"] == "successful"


def _is_attempt(candidate: Row) -> bool:
    return candidate["event_class"] in _ATTEMPTS and candidate["outcome"] == "failed"


def _end(candidate: Row, world: World) -> tuple[date, date]:
    """When power ended: as coded, not yet, or some day that nobody knows."""
    if candidate["power_ended_date"]:
        return candidate["power_ended_date"], candidate["power_ended_date_latest"]
    reason = world.reasons.get(("candidates", candidate["candidate_id"], "power_ended_date"))
    return (world.as_of if reason == "not_applicable" else candidate["date"]), world.as_of


def _spells(sanction: Row, world: World) -> Iterator[Spell]:
    """Yield the spells of a measure in force; the day on which one ends is no longer one of it."""
    start: tuple[date, date] | None = None
    for event, in_force in states(world.history[sanction["sanction_id"]]):
        bounds = event["date"], event["date_latest"]
        if start is None and in_force:
            start = bounds
        elif start is not None and not in_force:
            yield Spell(start, (bounds[0] - timedelta(days=1), bounds[1] - timedelta(days=1)))
            start = None
        latest = bounds[0]
    if start is not None:
        yield Spell(start, (world.as_of if sanction["still_in_force"] == "yes" else latest, world.as_of))


def _measures(row: Row, world: World, *, suspension: bool) -> list[tuple[Row, list[Spell]]]:
    return [
        (m, _panel(world).spells[m["sanction_id"]])
        for m in world.rows["sanctions"]
        if world.episodes[m["episode_id"]]["iso3"] == row["iso3"]
        and m["coup_related"] == "coup_related"
        and (m["measure"] == "membership_suspension") is suspension
    ]


def _in_force(measures: Iterable[tuple[Row, list[Spell]]], row: Row) -> int | None:
    answers = [_any(spells, row) for _, spells in measures]
    return None if None in answers else answers.count("yes")


def _any(spells: Iterable[Spell], row: Row) -> str | None:
    """Say whether one of the spells touches the month: yes, no, or None where that is possible and not sure."""
    month = row["month"], _last_day(row["month"])
    touching = [spell.surely_touches(*month) for spell in spells if spell.possibly_touches(*month)]
    if not touching:
        return "no"
    return "yes" if any(touching) else None


def _count(events: Iterable[Row], row: Row) -> int | None:
    """Count the events of the month; None where one may lie in this month or in another."""
    first, last = row["month"], _last_day(row["month"])
    possible = [event for event in events if event["date"] <= last and event["date_latest"] >= first]
    sure = all(first <= event["date"] and event["date_latest"] <= last for event in possible)
    return len(possible) if sure else None


def _since(events: Iterable[Row], month: date) -> int | None:
    began = [event for event in events if event["date"] <= _last_day(month)]
    if not began:
        return None
    last = max(began, key=lambda event: event["date_latest"])
    if (last["date"].year, last["date"].month) != (last["date_latest"].year, last["date_latest"].month):
        return None
    return (month.year - last["date"].year) * 12 + month.month - last["date"].month


def _next(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _last_day(month: date) -> date:
    return _next(month) - timedelta(days=1)
