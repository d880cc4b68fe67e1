"""The one home of three questions: when was a measure in force, when was power held, what was searched.

The rules of the computed columns, `in_force` and the figures all ask here, so that they cannot answer differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

IN_FORCE = ("in_force", "eased")
COUPS = ("coup", "counter_coup", "military_succession")
"""Classes of events by which those inside the state take its highest office."""
_STATE_AFTER = {
    "threatened": "threatened",
    "announced": "announced",
    "imposed": "in_force",
    "extended": "in_force",
    "tightened": "in_force",
    "reinstated": "in_force",
    "listed": "in_force",
    "eased": "eased",
    "suspended": "suspended",
    "lifted": "lifted",
    "expired": "expired",
    "withdrawn": "withdrawn",
}

Event = Mapping[Any, Any]
"""A row with the bounds of its day, `date` and `date_latest`; of a sanction, with its `action`."""


@dataclass(frozen=True)
class Spell:
    """A span with what is known of its first and last day."""

    starts: tuple[date, date]
    """The first and the last day on which it can have begun."""
    ends: tuple[date, date]
    """The first and the last day that can have been its last."""

    def surely_touches(self, first: date, last: date) -> bool:
        """Say whether the span surely has a day in common with another."""
        return self.starts[1] <= last and self.ends[0] >= first

    def possibly_touches(self, first: date, last: date) -> bool:
        """Say whether the span may have a day in common with another."""
        return self.starts[0] <= last and self.ends[1] >= first


def state_after(history: Sequence[Event]) -> str:
    """Return the state after the last change.

    A delisting or a court's order changes none, nor does a threat to what is in force.
    """
    state = "threatened"
    for event in history:
        action = event["action"]
        if action in ("delisted", "stay_ordered") or (action in ("threatened", "announced") and state in IN_FORCE):
            continue
        if action == "extended" and state == "eased":
            continue
        state = _STATE_AFTER[action]
    return state


def times_in_force(history: Sequence[Event]) -> Iterator[tuple[Event, Event | None]]:
    """Yield the event that put a measure in force with the one that ended it; None where none did."""
    begun: Event | None = None
    for number, event in enumerate(history, 1):
        in_force = state_after(history[:number]) in IN_FORCE
        if begun is None and in_force:
            begun = event
        elif begun is not None and not in_force:
            yield begun, event
            begun = None
    if begun is not None:
        yield begun, None


def spells_in_force(history: Sequence[Event], *, still_in_force: bool, as_of: date) -> Iterator[Spell]:
    """Yield the spells of a measure in force; the day on which one ends is no longer one of it.

    A history without an end lasts to the day the edition is coded to where a source shows so; otherwise it
    surely lasts to its last event, and possibly to that day.
    """
    for begun, ended in times_in_force(history):
        if ended is None:
            ends = (as_of if still_in_force else history[-1]["date"]), as_of
        else:
            ends = ended["date"] - timedelta(days=1), ended["date_latest"] - timedelta(days=1)
        yield Spell((begun["date"], begun["date_latest"]), ends)


def spell_in_power(candidate: Event, *, still_in_power: bool, as_of: date) -> Spell:
    """Return for how long those whom an event brought to power held the highest office.

    Without a date for the end they hold it to the day the edition is coded to where the case file says so; otherwise
    they lost it on some day that nobody knows.
    """
    if candidate["power_ended_date"] is not None:
        ends = candidate["power_ended_date"], candidate["power_ended_date_latest"]
    else:
        ends = (as_of if still_in_power else candidate["date"]), as_of
    return Spell((candidate["date"], candidate["date_latest"]), ends)


def is_coup(candidate: Event) -> bool:
    """Say whether people inside the state took the highest office."""
    return candidate["event_class"] in COUPS and candidate["outcome"] == "successful"


def brought_soldiers_to_power(candidate: Event) -> bool:
    """Say whether what follows is military rule: a successful coup that soldiers led."""
    return is_coup(candidate) and candidate["military"] == "yes"


class Coverage:
    """The spans that were searched for a topic in a country; those that meet or overlap are one."""

    def __init__(self, rows: Iterable[Event]) -> None:
        self._spans: dict[tuple[str, str], list[tuple[date, date]]] = {}
        for row in sorted(rows, key=lambda row: row["start_date"]):
            spans = self._spans.setdefault((row["topic"], row["iso3"]), [])
            if spans and row["start_date"] <= spans[-1][1] + timedelta(days=1):
                spans[-1] = (spans[-1][0], max(spans[-1][1], row["end_date_latest"]))
            else:
                spans.append((row["start_date"], row["end_date_latest"]))

    def spans(self, topic: str, iso3: str) -> list[tuple[date, date]]:
        """Return the first and last day of each span, in order of time."""
        return self._spans.get((topic, iso3), [])

    def countries(self, topic: str) -> set[str]:
        """Return the countries of which any day was searched for the topic."""
        return {iso3 for of_topic, iso3 in self._spans if of_topic == topic}

    def of(self, topic: str, iso3: str, first: date, last: date) -> Literal["whole", "part"] | None:
        """Say how much of the days from first to last was searched: all, some, or None."""
        spans = self.spans(topic, iso3)
        if any(start <= first and last <= end for start, end in spans):
            return "whole"
        return "part" if any(start <= last and first <= end for start, end in spans) else None
