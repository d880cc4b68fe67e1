"""What was in force in a country on each day, as far as the dataset knows.

A measure whose first or last day is not known was certainly in force on some days and possibly on others; both are
reported. A day outside the spans of the table `coverage` has no state, because what was not searched for is not absent.
But a body suspends because of a coup only while those who came to power by one rule, so outside such rule, according to
`candidates`, there are no suspensions other than those known to have continued.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from crisisdata._editions import Edition
from crisisdata._events.plan import COUNTRY, DAY
from crisisdata._events.tables import State, state_of, table
from crisisdata._spells import (
    COUPS,
    Coverage,
    Spell,
    brought_soldiers_to_power,
    is_coup,
    spell_in_power,
    spells_in_force,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_RULERS = (*COUPS, "junta_reshuffle", "rebel_offensive")
TEXTS = ("suspended_by", "suspended_by_possibly", "sanctions", "sanctions_possibly", "ruled_by", "military_rule")
NUMBERS = ("suspensions_low", "suspensions_high", "sanctions_low", "sanctions_high")
COLUMNS = (
    "suspended_by", "suspended_by_possibly", "suspensions_low", "suspensions_high",
    "sanctions", "sanctions_possibly", "sanctions_low", "sanctions_high", "ruled_by", "military_rule",
)  # fmt: skip


@dataclass(frozen=True)
class _Holding:
    """Something that lasts for a spell: a suspension, another measure, or rule."""

    iso3: str
    kind: str
    name: str
    spell: Spell


@dataclass(frozen=True)
class Conditions:
    """The state of each country on each day about which anything is known, and what each state is."""

    days: pd.DataFrame
    """`iso3`, `date`, `state`."""
    states: pa.Table
    """The columns of the result; the number of a state is its row."""

    @property
    def countries(self) -> list[str]:
        """The countries about which anything is known."""
        return sorted(set(self.days["iso3"]))

    def dated(self, keys: Mapping[Any, str], kind: pa.DataType) -> pa.Table:
        """Return the days with their state, under each spelling of their country, to be joined to the events."""
        import pyarrow as pa

        places, dates = self.days["iso3"].to_numpy(), self.days["date"].to_numpy().astype("datetime64[D]")
        parts = [(key, np.flatnonzero(places == iso3)) for key, iso3 in keys.items()]
        order = np.concatenate([own for _, own in parts]) if parts else np.zeros(0, dtype="int64")
        written = [key for key, own in parts for _ in range(len(own))]
        states = self.days["state"].to_numpy(dtype="int64")
        return pa.table({
            COUNTRY: pa.array(written, type=kind), DAY: pa.array(dates[order]), "state": pa.array(states[order]),
        })  # fmt: skip


def daily_conditions(edition: Edition) -> Conditions:
    """Return the state of each country on each day, kept for the next call."""
    return _conditions(edition, state_of(edition))


@lru_cache(maxsize=8)
def _conditions(edition: Edition, _: State) -> Conditions:
    import pandas as pd
    import pyarrow as pa

    cutoffs = _cutoffs(edition)
    holdings = [*_measures(edition, cutoffs), *_rules(edition, cutoffs)]
    topics = ("sanctions", "candidates")
    coverage = Coverage(_dates(table("coverage", edition)).to_dict("records"))
    days: list[pd.DataFrame] = []
    states: list[dict[str, Any]] = []
    for iso3 in sorted({country for topic in topics for country in coverage.countries(topic)}):
        own = [holding for holding in holdings if holding.iso3 == iso3]
        spans = {topic: coverage.spans(topic, iso3) for topic in topics}
        for first, last in _stretches(own, spans, cutoffs[iso3]):
            state = _state(first, own, spans)
            if state:
                span = pd.date_range(first, last)
                days.append(pd.DataFrame({"iso3": iso3, "date": span, "state": len(states)}))
                states.append(state)
    none = pd.DataFrame({"iso3": [], "date": pd.to_datetime([]), "state": []})
    kinds = [(name, pa.string() if name in TEXTS else pa.int64()) for name in COLUMNS]
    return Conditions(
        pd.concat(days, ignore_index=True).astype({"iso3": object}) if days else none,
        pa.table({name: pa.array([state.get(name) for state in states], kind) for name, kind in kinds}),
    )


def _stretches(
    holdings: Iterable[_Holding], spans: Mapping[str, Iterable[tuple[date, date]]], cutoff: date
) -> Iterable[tuple[date, date]]:
    """Yield spans of days on which nothing changes."""
    starts = {day for each in holdings for day in each.spell.starts}
    starts |= {day + timedelta(days=1) for each in holdings for day in each.spell.ends}
    starts |= {first for found in spans.values() for first, _ in found}
    starts |= {last + timedelta(days=1) for found in spans.values() for _, last in found}
    ordered = sorted(day for day in starts if day <= cutoff)
    if not ordered:
        return ()
    ends = [*(day - timedelta(days=1) for day in ordered[1:]), cutoff]
    return zip(ordered, ends, strict=True)


def _state(day: date, holdings: Iterable[_Holding], spans: Mapping[str, Iterable[tuple[date, date]]]) -> dict[str, Any]:
    """Return what is known about a day; nothing if it is not covered."""
    sure: dict[str, list[str]] = {"suspension": [], "measure": [], "ruler": [], "coup": [], "officers": []}
    possible: dict[str, list[str]] = {kind: [] for kind in sure}
    for each in holdings:
        if each.spell.surely_touches(day, day):
            sure[each.kind].append(each.name)
        elif each.spell.possibly_touches(day, day):
            possible[each.kind].append(each.name)
    state: dict[str, Any] = {}
    searched, listed = (
        any(first <= day <= last for first, last in spans[topic]) for topic in ("sanctions", "candidates")
    )
    no_coup_rules = listed and not sure["coup"] and not possible["coup"]
    for kind, lists, number, known in (
        ("suspension", "suspended_by", "suspensions", searched or no_coup_rules),
        ("measure", "sanctions", "sanctions", searched),
    ):
        if known:
            state[lists] = _joined(sure[kind])
            state[f"{lists}_possibly"] = _joined(possible[kind])
            state[f"{number}_low"] = len(sure[kind])
            state[f"{number}_high"] = len(sure[kind]) + len(possible[kind])
    if listed:
        state["ruled_by"] = _joined(sure["ruler"])
        unsure = possible["officers"] and not sure["officers"]
        state["military_rule"] = None if unsure else "yes" if sure["officers"] else "no"
    return state


def _joined(names: Iterable[str]) -> str | None:
    return "; ".join(sorted(set(names))) or None


def _cutoffs(edition: Edition) -> Mapping[str, date]:
    """Return the coding cutoff date of each country, or that of the edition if the country has none."""
    cutoffs: dict[str, date] = defaultdict(lambda: date.fromisoformat(edition.descriptor["asOf"]))
    for row in _dates(table("coverage", edition)).astype(object).to_dict("records"):
        if row["topic"] == "cutoff":
            cutoffs[row["iso3"]] = row["end_date"]
    return cutoffs


def _measures(edition: Edition, cutoffs: Mapping[str, date]) -> Iterable[_Holding]:
    """Yield the spells in force of the coup-related measures: suspensions by their sender, others by their key."""
    countries = table("episodes", edition).set_index("episode_id")["iso3"]
    events = _dates(table("sanction_events", edition).sort_values("event_date", kind="stable"))
    histories: dict[Any, Any] = {key: group.to_dict("records") for key, group in events.groupby("sanction_id")}
    for sanction in _dates(table("sanctions", edition)).astype(object).to_dict("records"):
        # One that carries out the measure of another sender counts with it.
        if sanction["coup_related"] == "coup_related" and not isinstance(sanction.get("implements_id"), str):
            suspends = sanction["measure"] == "membership_suspension"
            still = sanction["still_in_force"] == "yes"
            spells = spells_in_force(
                histories[sanction["sanction_id"]],
                still_in_force=still,
                cutoff=cutoffs[countries[sanction["episode_id"]]],
                shown_in_force=sanction.get("shown_in_force_date"),
                shown_out=sanction.get("shown_out_date_latest"),
            )
            for spell in spells:
                yield _Holding(
                    countries[sanction["episode_id"]],
                    "suspension" if suspends else "measure",
                    sanction["sender_id" if suspends else "sanction_id"],
                    spell,
                )


def _rules(edition: Edition, cutoffs: Mapping[str, date]) -> Iterable[_Holding]:
    """Yield how long those who took power held the highest office, by the key of the event that put them there."""
    reasons = table("missing_values", edition)
    reasons = reasons[(reasons["table_name"] == "candidates") & (reasons["variable"] == "power_ended_date")]
    still = set(reasons.loc[reasons["reason"] == "not_applicable", "record_id"])
    for event in _dates(table("candidates", edition)).astype(object).to_dict("records"):
        if event["outcome"] != "successful" or event["event_type"] not in _RULERS:
            continue
        name = event["candidate_id"]
        spell = spell_in_power(event, still_in_power=name in still, cutoff=cutoffs[event["iso3"]])
        yield _Holding(event["iso3"], "ruler", name, spell)
        if is_coup(event):
            yield _Holding(event["iso3"], "coup", name, spell)
        if brought_soldiers_to_power(event):
            yield _Holding(event["iso3"], "officers", name, spell)


def _dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its dates as Python dates, and None for missing ones."""
    dates = {
        str(name): frame[name].dt.date.astype(object).where(frame[name].notna(), None)
        for name in frame.select_dtypes("datetime")
    }
    return frame.assign(**dates)
