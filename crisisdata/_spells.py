"""When a measure was in force or a rule lasted, as far as is known: what is sure, and what is possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

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
    "not_adopted": "not_adopted",
}

Event = Mapping[str, Any]
"""A change of state: its `action`, and the bounds of its day, `date` and `date_latest`."""


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


def states(history: Sequence[Event]) -> Iterator[tuple[Event, bool]]:
    """Yield each event of a history with whether the measure is in force after it."""
    for number, event in enumerate(history, 1):
        yield event, state_after(history[:number]) in IN_FORCE


def spells_of(
    history: Sequence[Event],
    *,
    still_in_force: bool,
    as_of: date,
    shown_in_force: date | None = None,
    shown_out: date | None = None,
) -> Iterator[Spell]:
    """Yield the spells of a measure in force; the day on which one ends is no longer one of it.

    A history without an end lasts to the coding cutoff date where a source shows so. Otherwise it surely lasts to
    the last day on which a source shows it in force (its last event, if none does), and possibly to the day
    before the first on which a source shows it out, or to the cutoff date.
    """
    start: tuple[date, date] | None = None
    latest = as_of
    for event, in_force in states(history):
        bounds = event["event_date"], event["event_date_latest"]
        if start is None and in_force:
            start = bounds
        elif start is not None and not in_force:
            yield Spell(start, (bounds[0] - timedelta(days=1), bounds[1] - timedelta(days=1)))
            start = None
        latest = bounds[0]
    if start is not None:
        last = shown_out - timedelta(days=1) if shown_out else as_of
        sure = as_of if still_in_force else min(max(latest, shown_in_force or latest), last)
        yield Spell(start, (sure, last))
