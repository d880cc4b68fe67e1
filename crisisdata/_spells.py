"""The one place that answers three questions: when was a measure in force, when was power held, what was searched.

The rules of the computed columns, `in_force` and the figures all ask here, so that they cannot answer differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

IN_FORCE = ("in_force", "eased")
COUPS = ("coup", "counter_coup", "military_succession")
"""Classes of events in which people inside the state take its highest office."""
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
    "not_adopted": "not_adopted",
}

Event = Mapping[Any, Any]
"""A row with the bounds of its day, `event_date` and `event_date_latest`; of a sanction, with its `action`."""


@dataclass(frozen=True)
class Spell:
    """A span with what is known about its first and last day."""

    starts: tuple[date, date]
    """The first and the last day on which it may have begun."""
    ends: tuple[date, date]
    """The first and the last day that may have been its last."""

    def surely_touches(self, first: date, last: date) -> bool:
        """Say whether the span certainly has a day in common with another."""
        return self.starts[1] <= last and self.ends[0] >= first

    def possibly_touches(self, first: date, last: date) -> bool:
        """Say whether the span may have a day in common with another."""
        return self.starts[0] <= last and self.ends[1] >= first


def state_after(history: Sequence[Event]) -> str:
    """Return the state after the last change.

    A delisting or a court order does not change the state, nor does a threat against what is in force.
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
    """Yield the event that put a measure in force with the one that ended it, or None."""
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


def spells_in_force(
    history: Sequence[Event],
    *,
    still_in_force: bool,
    cutoff: date,
    shown_in_force: date | None = None,
    shown_out: date | None = None,
) -> Iterator[Spell]:
    """Yield the spells of a measure in force; the day on which a spell ends is not part of it.

    A history without an end lasts until the coding cutoff date if a source shows that. Otherwise, it certainly lasts
    until the last day on which a source shows it in force (its last event, if none does), and possibly until the day
    before the first on which a source shows it ended, or until the cutoff date.
    """
    for begun, ended in times_in_force(history):
        if ended is not None:
            ends = ended["event_date"] - timedelta(days=1), ended["event_date_latest"] - timedelta(days=1)
        else:
            last = shown_out - timedelta(days=1) if shown_out else cutoff
            shown = max(history[-1]["event_date"], shown_in_force or date.min)
            ends = (cutoff if still_in_force else min(shown, last)), last
        yield Spell((begun["event_date"], begun["event_date_latest"]), ends)


def spell_in_power(candidate: Event, *, still_in_power: bool, cutoff: date) -> Spell:
    """Return how long those whom an event brought to power held the highest office.

    Without an end date, they hold it until the coding cutoff date if the case file says so; otherwise they lost it on
    an unknown day.
    """
    if candidate["power_ended_date"] is not None:
        ends = candidate["power_ended_date"], candidate["power_ended_date_latest"]
    else:
        ends = (cutoff if still_in_power else candidate["event_date"]), cutoff
    return Spell((candidate["event_date"], candidate["event_date_latest"]), ends)


def is_coup(candidate: Event) -> bool:
    """Say whether people inside the state took the highest office."""
    return candidate["event_type"] in COUPS and candidate["outcome"] == "successful"


def brought_soldiers_to_power(candidate: Event) -> bool:
    """Say whether military rule follows: after a successful coup led by soldiers."""
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
        """Return the first and last day of each span, in chronological order."""
        return self._spans.get((topic, iso3), [])

    def countries(self, topic: str) -> set[str]:
        """Return the countries for which any day was searched for the topic."""
        return {iso3 for of_topic, iso3 in self._spans if of_topic == topic}

    def of(self, topic: str, iso3: str, first: date, last: date) -> Literal["whole", "part"] | None:
        """Say how many of the days from first to last were searched: all, some, or None."""
        spans = self.spans(topic, iso3)
        if any(start <= first and last <= end for start, end in spans):
            return "whole"
        return "part" if any(start <= last and first <= end for start, end in spans) else None
