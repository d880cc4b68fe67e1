"""What is sure, and what is possible, in a month: dates are seldom known as exactly as a panel wants them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from crisisdata._spells import Spell
from crisisdata.coding.rows import Row


def touches(spells: Iterable[Spell], month: date) -> str | None:
    """Say whether one of the spells touches the month: yes, no, or None where that is possible and not sure."""
    first, last = month, last_day(month)
    touching = [spell.surely_touches(first, last) for spell in spells if spell.possibly_touches(first, last)]
    if not touching:
        return "no"
    return "yes" if any(touching) else None


def count_in(events: Iterable[Row], month: date) -> int | None:
    """Count the events of the month; None where one may lie in this month or in another."""
    first, last = month, last_day(month)
    possible = [event for event in events if event["date"] <= last and event["date_latest"] >= first]
    sure = all(first <= event["date"] and event["date_latest"] <= last for event in possible)
    return len(possible) if sure else None


def months_since_last(events: Iterable[Row], month: date) -> int | None:
    began = [event for event in events if event["date"] <= last_day(month)]
    if not began:
        return None
    last = max(began, key=lambda event: event["date_latest"])
    if (last["date"].year, last["date"].month) != (last["date_latest"].year, last["date_latest"].month):
        return None
    return (month.year - last["date"].year) * 12 + month.month - last["date"].month


def next_month(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def last_day(month: date) -> date:
    return next_month(month) - timedelta(days=1)
