"""The panel of countries and months.

What is known about a month is certain, possible or excluded: a date known to the year may be in any of its months. A
count is given if everything possible is certain, and is missing otherwise.

It is also missing for every month that the table `coverage` does not cover. For a month that is partly covered, what
was found is shown, but that nothing was found is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from crisisdata._spells import Spell, brought_soldiers_to_power, is_coup, spell_in_power
from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.derive.measures import measure_spells
from crisisdata.coding.derive.month import (
    count_in,
    last_begun,
    last_day,
    months_since_last,
    next_month,
    possibly_in,
    touches,
)
from crisisdata.coding.derive.summaries import RESPONDER_CLASSES
from crisisdata.coding.rows import Row

_ATTEMPTS = ("coup", "counter_coup", "mutiny")
_PLOTS = ("plot", "alleged_plot")


def country_months(lookup: Lookup) -> Iterator[Row]:
    """Each month of each country whose coups are coded, for the rules below to fill."""
    for country in lookup.rows["countries"]:
        if country["independence_date"]:
            month = country["independence_date"].replace(day=1)
            while month <= lookup.cutoff(country):
                yield {"iso3": country["iso3"], "month": month}
                month = next_month(month)


@rule("country_month", uses=["countries"], computes=["cow_code", "gw_code"])
def country_codes(row: Row, lookup: Lookup) -> Row:
    """Codes of the country, from the table of countries."""
    country = lookup.countries[row["iso3"]]
    return {name: country[name] for name in ("cow_code", "gw_code")}


@rule("country_month", uses=["candidates", "coverage"], computes=["coups", "attempts", "plots"], how="count")
def event_counts(row: Row, lookup: Lookup) -> Row:
    """Number of candidates that began in the month.

    A coup is a successful coup, counter-coup or succession by officers; an attempt is one of these, or a mutiny, that
    failed; plots include those for which there is only the government's word. Rebel offensives, attacks from outside
    the state, changes within a junta, the removal of a prime minister, and events of which nothing was found are not
    counted.
    """
    events = [c for c in lookup.rows["candidates"] if c["iso3"] == row["iso3"]]
    kinds = {
        "coups": [c for c in events if is_coup(c)],
        "attempts": [c for c in events if _is_attempt(c)],
        "plots": [c for c in events if c["event_type"] in _PLOTS],
    }
    for name, chosen in kinds.items():
        lookup.enters("country_month", row, name, "candidates", possibly_in(chosen, row["month"]))
    cells = {name: count_in(chosen, row["month"]) for name, chosen in kinds.items()}
    return lookup.once("panel", _PanelRows).shown("candidates", row, cells)


@rule("country_month", uses=["candidates", "coverage"], computes=["months_since_coup", "months_since_attempt"])
def months_since(row: Row, lookup: Lookup) -> Row:
    """Months since the last event counted in `coups`, and since the last counted in `coups` or `attempts`."""
    events = [c for c in lookup.rows["candidates"] if c["iso3"] == row["iso3"]]
    kinds = {
        "months_since_coup": [c for c in events if is_coup(c)],
        "months_since_attempt": [c for c in events if is_coup(c) or _is_attempt(c)],
    }
    for name, chosen in kinds.items():
        last = last_begun(chosen, row["month"])
        lookup.enters("country_month", row, name, "candidates", [last] if last else [])
    cells = {name: months_since_last(chosen, row["month"]) for name, chosen in kinds.items()}
    # Another event in the part of a month that is not covered would make every number wrong.
    return cells if lookup.once("panel", _PanelRows).covered("candidates", row) == "whole" else dict.fromkeys(cells)


@rule("country_month", uses=["candidates", "coverage"])
def military_rule(row: Row, lookup: Lookup) -> Row:
    """Whether perpetrators of a successful coup led by soldiers held the highest office on any day of the month.

    From the first act to the day on which they handed over or lost the office. Rulers who came to power through civil
    war are not counted, nor are civilians whom officers control.
    """
    spells = []
    for event in lookup.rows["candidates"]:
        if event["iso3"] == row["iso3"] and brought_soldiers_to_power(event):
            still = lookup.still_in_power("candidates", event["candidate_id"])
            spells.append(spell_in_power(event, still_in_power=still, cutoff=lookup.cutoff(event)))
            if spells[-1].possibly_touches(row["month"], last_day(row["month"])):
                lookup.enters("country_month", row, "military_rule", "candidates", [event])
    return lookup.once("panel", _PanelRows).shown("candidates", row, {"military_rule": touches(spells, row["month"])})


@rule("country_month", uses=["episodes", "milestones", "coverage"])
def transition(row: Row, lookup: Lookup) -> Row:
    """Whether any day of the month lies between a coup coded in depth and the return to constitutional order.

    The return coded for one episode ends the transitions of all earlier episodes in the country. The value is missing
    before the first covered month, even where an older transition is known.
    """
    orders = lookup.once("panel", _PanelRows).orders.get(row["iso3"], [])
    spells = []
    for episode in lookup.rows["episodes"]:
        if episode["iso3"] == row["iso3"] and episode["outcome"] == "successful" and episode["first_act_date"]:
            starts = episode["first_act_date"], episode["first_act_date_latest"]
            spells.append(
                Spell(starts, next((o for o in orders if o[0] >= starts[0]), (lookup.cutoff(row), lookup.cutoff(row))))
            )
            if spells[-1].possibly_touches(row["month"], last_day(row["month"])):
                lookup.enters("country_month", row, "transition", "episodes", [episode])
    return lookup.once("panel", _PanelRows).shown("milestones", row, {"transition": touches(spells, row["month"])})


@rule(
    "country_month",
    uses=["sanctions", "sanction_events", "coverage"],
    computes=["suspensions_low", "suspensions_best", "suspensions_high"],
    how="count",
)
def suspensions(row: Row, lookup: Lookup) -> Row:
    """Number of coup-related suspensions of membership in force on any day of the month.

    The lowest number counts those that were certainly in force, the highest those that may have been: the end of a
    measure may not have been found, or not be known to the month. The best number counts a measure without a known end
    up to the day halfway between the last on which a source shows it in force and the first on which one shows it
    ended, or up to the coding cutoff date if none does. A measure that implements another sender's is counted with it.
    """
    return _in_force(["suspensions"], row, lookup)


@rule(
    "country_month",
    uses=["sanctions", "sanction_events", "actors", "coverage"],
    computes=[
        f"{column}_{bound}"
        for column in ("sanctions", "sanctions_{gsdb_type}", *(f"sanctions_by_{name}" for name in RESPONDER_CLASSES))
        for bound in ("low", "best", "high")
    ],
    how="count",
)
def sanctions_in_force(row: Row, lookup: Lookup) -> Row:
    """Number of other coup-related measures in force on any day of the month: all, by GSDB type and by class of sender.

    Lowest, best and highest as for suspensions. Classes of senders are those of the summary codings of responses; a
    sender of any other class counts only in the total.
    """
    kinds = [f"sanctions_{code}" for code in lookup.schema.codes["gsdb_type"].codes]
    senders = [f"sanctions_by_{name}" for name in RESPONDER_CLASSES]
    return _in_force(["sanctions", *kinds, *senders], row, lookup)


@dataclass(frozen=True)
class _CountedMeasure:
    """A coup-related measure: when it was in force, and which columns count it."""

    row: Row
    spells: list[Spell]
    columns: list[str]

    def best(self) -> list[tuple[date, date]]:
        """Return the first and last day of each spell, halfway through uncertain intervals."""
        return [(_halfway(*spell.starts), _halfway(*spell.ends)) for spell in self.spells]


def _halfway(first: date, last: date) -> date:
    return first + (last - first) / 2


class _PanelRows:
    """The parts of the panel that are computed once rather than for each month."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    @cached_property
    def measures(self) -> dict[str, list[_CountedMeasure]]:
        """The coup-related measures by country; one that implements another sender's is counted with it."""
        found: dict[str, list[_CountedMeasure]] = {}
        for sanction in self.lookup.rows["sanctions"]:
            spells = measure_spells(sanction, self.lookup)
            if sanction["coup_related"] == "coup_related" and not sanction["implements_id"] and spells:
                iso3 = self.lookup.episodes[sanction["episode_id"]]["iso3"]
                found.setdefault(iso3, []).append(_CountedMeasure(sanction, spells, _columns(sanction, self.lookup)))
        return found

    @cached_property
    def orders(self) -> dict[str, list[tuple[date, date]]]:
        """The returns to constitutional order by country, in chronological order."""
        found: dict[str, list[tuple[date, date]]] = {}
        for step in self.lookup.rows["milestones"]:
            if step["kind"] == "constitutional_order" and step["is_promise"] == "no":
                iso3 = self.lookup.episodes[step["episode_id"]]["iso3"]
                found.setdefault(iso3, []).append((step["event_date"], step["event_date_latest"]))
        return {iso3: sorted(dates) for iso3, dates in found.items()}

    def covered(self, topic: str, row: Row) -> str | None:
        """Say whether the month is covered: as a whole, in part, or not.

        Days before independence and after the end of the coding do not matter.
        """
        first = max(row["month"], self.lookup.countries[row["iso3"]]["independence_date"])
        last = min(last_day(row["month"]), self.lookup.cutoff(row))
        return self.lookup.coverage.of(topic, row["iso3"], first, last)

    def shown(self, topic: str, row: Row, cells: Row) -> Row:
        """Return the cells, as far as the coverage of the month allows them to be shown."""
        how = self.covered(topic, row)
        if how == "whole":
            return cells
        found = {name: value for name, value in cells.items() if how == "part" and value not in (0, "no")}
        return {**dict.fromkeys(cells), **found}


def _is_attempt(candidate: Row) -> bool:
    return candidate["event_type"] in _ATTEMPTS and candidate["outcome"] == "failed"


def _columns(sanction: Row, lookup: Lookup) -> list[str]:
    if sanction["measure"] == "membership_suspension":
        return ["suspensions"]
    kind = lookup.attribute("measure", sanction["measure"], "gsdb_type")
    sender = lookup.actor_type(sanction["sender_id"])
    classes = [f"sanctions_by_{name}" for name, types in RESPONDER_CLASSES.items() if sender in types]
    return ["sanctions", f"sanctions_{kind}", *classes]


def _in_force(columns: list[str], row: Row, lookup: Lookup) -> Row:
    """Count the measures in force in the month for each column: certainly, at best, possibly."""
    panel, first, last = lookup.once("panel", _PanelRows), row["month"], last_day(row["month"])
    counts = {bound: Counter[str]() for bound in ("low", "best", "high")}
    for measure in panel.measures.get(row["iso3"], []):
        if not any(spell.possibly_touches(first, last) for spell in measure.spells):
            continue
        counts["high"].update(measure.columns)
        best = any(start <= last and end >= first for start, end in measure.best())
        sure = any(spell.surely_touches(first, last) for spell in measure.spells)
        counts["best"].update(measure.columns if best else ())
        counts["low"].update(measure.columns if sure else ())
        note = "sure" if sure else "best" if best else "possible"
        shared = [name for name in measure.columns if name in columns]
        lookup.enters("country_month", row, shared, "sanctions", [measure.row], note=note)
    cells = {f"{name}_{bound}": counted[name] for name in columns for bound, counted in counts.items()}
    shown = panel.shown("sanctions", row, cells)
    if panel.covered("sanctions", row) != "whole":  # there may have been more on the other days
        shown |= {f"{name}_high": None for name in columns}
    return shown


def sender_months(lookup: Lookup) -> Iterator[Row]:
    """Yield each sender, country and month that `coverage` covers, with the measures in force.

    Senders are the states and organisations that sent a coup-related measure or reacted to any episode; measures of
    their bodies count as theirs. Low, best and high are those of `country_month`. A month that is partly covered has
    only what was found: no 0, and no highest number.
    """
    panel: _PanelRows = lookup.once("panel", _PanelRows)
    senders = {lookup.organisation(m.row["sender_id"]) for measures in panel.measures.values() for m in measures}
    senders |= {r["organisation_id"] for r in lookup.rows["reactions"] if r["own_name"] == "yes"}
    for country_row in lookup.rows["country_month"]:
        how = panel.covered("sanctions", country_row)
        if how is None:
            continue
        for sender_id in sorted(senders):
            sender = lookup.actors[sender_id]
            sent = [
                m
                for m in panel.measures.get(country_row["iso3"], [])
                if lookup.organisation(m.row["sender_id"]) == sender_id
            ]
            row = {
                "sender_id": sender_id,
                **_sender_codes(sender, lookup),
                **{name: country_row[name] for name in ("iso3", "month", "cow_code", "gw_code")},
            }
            cells = _sent(row, sent, lookup)
            if how == "part":
                # There may have been more on the other days.
                cells = {name: None if name.endswith("_high") else value or None for name, value in cells.items()}
            yield row | cells


def _sender_codes(sender: Row, lookup: Lookup) -> Row:
    country = lookup.countries.get(sender["iso3"] or "") if sender["actor_type"] == "state" else None
    names = {"sender_iso3": "iso3", "sender_cow_code": "cow_code", "sender_gw_code": "gw_code"}
    return {name: country[column] if country else None for name, column in names.items()}


def _sent(row: Row, sent: list[_CountedMeasure], lookup: Lookup) -> Row:
    first, last = row["month"], last_day(row["month"])
    counts, days = Counter[str](), {"low": set[date](), "best": set[date](), "high": set[date]()}
    kinds: list[str] = []
    for measure in sent:
        spans = {
            "low": [(spell.starts[1], spell.ends[0]) for spell in measure.spells],
            "best": measure.best(),
            "high": [(spell.starts[0], spell.ends[1]) for spell in measure.spells],
        }
        counted = set()
        for bound, pairs in spans.items():
            touched = {day for start, end in pairs for day in _days(max(start, first), min(end, last))}
            sure = bound == "low" and any(spell.surely_touches(first, last) for spell in measure.spells)
            if touched or sure:
                counts[bound] += 1
                counted.add(bound)
            days[bound] |= touched
        if any(spell.possibly_touches(first, last) for spell in measure.spells):
            note = "sure" if "low" in counted else "best" if "best" in counted else "possible"
            names = ["measures", "days", "measure_types"]
            lookup.enters("sender_month", row, names, "sanctions", [measure.row], note=note)
            kinds.append(lookup.attribute("measure", measure.row["measure"], "gsdb_type") or "other")
    return {
        **{f"measures_{bound}": counts[bound] for bound in days},
        "measure_types": "; ".join(dict.fromkeys(kinds)) or None,
        **{f"days_{bound}": len(each) for bound, each in days.items()},
    }


def _days(first: date, last: date) -> Iterator[date]:
    yield from (first + timedelta(days=number) for number in range((last - first).days + 1))
