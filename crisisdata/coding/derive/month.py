"""What is certain and what is possible in a month: dates are seldom known as exactly as a panel requires."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from crisisdata._spells import Spell
from crisisdata.coding.rows import Row


def touches(spells: Iterable[Spell], month: date) -> str | None:
    """Say whether one of the spells touches the month: yes, no, or None if that is possible but not certain."""
    first, last = month, last_day(month)
    touching = [spell.surely_touches(first, last) for spell in spells if spell.possibly_touches(first, last)]
    if not touching:
        return "no"
    return "yes" if any(touching) else None


def count_in(events: Iterable[Row], month: date) -> int | None:
    """Count the events of the month; None if one may be in this month or in another."""
    first, last = month, last_day(month)
    possible = possibly_in(events, month)
    sure = all(first <= event["event_date"] and event["event_date_latest"] <= last for event in possible)
    return len(possible) if sure else None


def possibly_in(events: Iterable[Row], month: date) -> list[Row]:
    """Return the events that may be in the month."""
    return [e for e in events if e["event_date"] <= last_day(month) and e["event_date_latest"] >= month]


def last_begun(events: Iterable[Row], month: date) -> Row | None:
    """Return the last event that may have begun by the end of the month."""
    began = [event for event in events if event["event_date"] <= last_day(month)]
    return max(began, key=lambda event: event["event_date_latest"], default=None)


def months_since_last(events: Iterable[Row], month: date) -> int | None:
    last = last_begun(events, month)
    if last is None:
        return None
    if (last["event_date"].year, last["event_date"].month) != (
        last["event_date_latest"].year,
        last["event_date_latest"].month,
    ):
        return None
    return (month.year - last["event_date"].year) * 12 + month.month - last["event_date"].month


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def last_day(month: date) -> date:
    return next_month(month) - timedelta(days=1)
