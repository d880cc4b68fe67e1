"""What was in force in a country on each day, as far as the dataset knows.

A measure whose first or last day is not known was surely in force on some days and possibly on others, and both are
said. A day outside the spans of the table `coverage` has no state, since what was not looked for is not absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata._spells import (
    COUPS,
    Coverage,
    Spell,
    brought_soldiers_to_power,
    spell_in_power,
    spells_in_force,
)

if TYPE_CHECKING:
    import pandas as pd

_RULERS = (*COUPS, "junta_reshuffle", "rebel_offensive")
TEXTS = ("suspended_by", "suspended_by_possibly", "sanctions", "sanctions_possibly", "ruled_by", "military_rule")
NUMBERS = ("suspensions_low", "suspensions_high", "sanctions_low", "sanctions_high")
COLUMNS = (
    "suspended_by", "suspended_by_possibly", "suspensions_low", "suspensions_high",
    "sanctions", "sanctions_possibly", "sanctions_low", "sanctions_high", "ruled_by", "military_rule",
)  # fmt: skip


@dataclass(frozen=True)
class _Holding:
    """Something that holds for a spell: a suspension, another measure, or a rule."""

    iso3: str
    kind: str
    name: str
    spell: Spell


def daily_conditions(edition: Edition) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the state of each country on each day, and what each state is.

    The days (`iso3`, `date`, `state`) are those on which anything is known; the states (`state` and the columns of the
    result) are some hundreds.
    """
    import pandas as pd

    as_of = date.fromisoformat(edition.descriptor["asOf"])
    holdings = [*_measures(edition, as_of), *_rules(edition, as_of)]
    topics = ("sanctions", "candidates")
    coverage = Coverage(_dates(load("coverage", edition)).to_dict("records"))
    days: list[pd.DataFrame] = []
    states: list[dict[str, Any]] = []
    for iso3 in sorted({country for topic in topics for country in coverage.countries(topic)}):
        own = [holding for holding in holdings if holding.iso3 == iso3]
        spans = {topic: coverage.spans(topic, iso3) for topic in topics}
        for first, last in _stretches(own, spans, as_of):
            state = _state(first, own, spans)
            if state:
                span = pd.date_range(first, last)
                days.append(pd.DataFrame({"iso3": iso3, "date": span, "state": len(states)}))
                states.append({"state": len(states), **state})
    return pd.concat(days, ignore_index=True), _frame(states)


def _frame(states: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(states, columns=["state", *COLUMNS])
    return frame.astype(dict.fromkeys(TEXTS, "object") | dict.fromkeys(NUMBERS, "Int64"))


def _stretches(
    holdings: Iterable[_Holding], spans: Mapping[str, Iterable[tuple[date, date]]], as_of: date
) -> Iterable[tuple[date, date]]:
    """Yield spans of days on which nothing changes."""
    starts = {day for each in holdings for day in each.spell.starts}
    starts |= {day + timedelta(days=1) for each in holdings for day in each.spell.ends}
    starts |= {first for found in spans.values() for first, _ in found}
    starts |= {last + timedelta(days=1) for found in spans.values() for _, last in found}
    ordered = sorted(day for day in starts if day <= as_of)
    ends = [*(day - timedelta(days=1) for day in ordered[1:]), as_of]
    return zip(ordered, ends, strict=True)


def _state(day: date, holdings: Iterable[_Holding], spans: Mapping[str, Iterable[tuple[date, date]]]) -> dict[str, Any]:
    """Return what is known of a day; nothing where it is not covered."""
    sure: dict[str, list[str]] = {"suspension": [], "measure": [], "ruler": [], "officers": []}
    possible: dict[str, list[str]] = {kind: [] for kind in sure}
    for each in holdings:
        if each.spell.surely_touches(day, day):
            sure[each.kind].append(each.name)
        elif each.spell.possibly_touches(day, day):
            possible[each.kind].append(each.name)
    state: dict[str, Any] = {}
    if any(first <= day <= last for first, last in spans["sanctions"]):
        for kind, lists, number in (
            ("suspension", "suspended_by", "suspensions"),
            ("measure", "sanctions", "sanctions"),
        ):
            state[lists] = _joined(sure[kind])
            state[f"{lists}_possibly"] = _joined(possible[kind])
            state[f"{number}_low"] = len(sure[kind])
            state[f"{number}_high"] = len(sure[kind]) + len(possible[kind])
    if any(first <= day <= last for first, last in spans["candidates"]):
        state["ruled_by"] = _joined(sure["ruler"])
        unsure = possible["officers"] and not sure["officers"]
        state["military_rule"] = None if unsure else "yes" if sure["officers"] else "no"
    return state


def _joined(names: Iterable[str]) -> str | None:
    return "; ".join(sorted(set(names))) or None


def _measures(edition: Edition, as_of: date) -> Iterable[_Holding]:
    """Yield the spells in force of the coup-related measures: suspensions by their sender, others by their key."""
    countries = load("episodes", edition).set_index("episode_id")["iso3"]
    events = _dates(load("sanction_events", edition).sort_values("date", kind="stable"))
    histories: dict[Any, Any] = {key: group.to_dict("records") for key, group in events.groupby("sanction_id")}
    for sanction in load("sanctions", edition).astype(object).to_dict("records"):
        if sanction["coup_related"] == "coup_related":
            suspends = sanction["measure"] == "membership_suspension"
            still = sanction["still_in_force"] == "yes"
            for spell in spells_in_force(histories[sanction["sanction_id"]], still_in_force=still, as_of=as_of):
                yield _Holding(
                    countries[sanction["episode_id"]],
                    "suspension" if suspends else "measure",
                    sanction["sender_id" if suspends else "sanction_id"],
                    spell,
                )


def _rules(edition: Edition, as_of: date) -> Iterable[_Holding]:
    """Yield for how long those who took power held the highest office, by the key of the event that brought them."""
    reasons = load("missing_values", edition)
    reasons = reasons[(reasons["table"] == "candidates") & (reasons["variable"] == "power_ended_date")]
    still = set(reasons.loc[reasons["reason"] == "not_applicable", "record_id"])
    for event in _dates(load("candidates", edition)).astype(object).to_dict("records"):
        if event["outcome"] != "successful" or event["event_class"] not in _RULERS:
            continue
        name = event["candidate_id"]
        spell = spell_in_power(event, still_in_power=name in still, as_of=as_of)
        yield _Holding(event["iso3"], "ruler", name, spell)
        if brought_soldiers_to_power(event):
            yield _Holding(event["iso3"], "officers", name, spell)


def _dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its dates as dates of Python, and None for those that are missing."""
    dates = {
        str(name): frame[name].dt.date.astype(object).where(frame[name].notna(), None)
        for name in frame.select_dtypes("datetime")
    }
    return frame.assign(**dates)
