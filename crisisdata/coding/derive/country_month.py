"""The panel of countries and months.

What is known of a month is either sure, or possible, or out of the question: a date that is known to the year may
lie in any of its months. A count is given where all that is possible is sure, and is missing otherwise.

It is missing, too, for every month that the table `coverage` does not cover. Of a month that is covered in part, what
was found is shown, and that nothing was found is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from crisisdata._spells import Spell, brought_soldiers_to_power, is_coup, spell_in_power, spells_in_force
from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.derive.month import count_in, last_day, months_since_last, next_month, touches
from crisisdata.coding.derive.summaries import RESPONDER_CLASSES
from crisisdata.coding.rows import Row

_ATTEMPTS = ("coup", "counter_coup", "mutiny")
_PLOTS = ("plot", "alleged_plot")


def country_months(lookup: Lookup) -> Iterator[Row]:
    """Each month of each country whose coups are coded, for the rules below to fill."""
    for country in lookup.rows["countries"]:
        if country["independence_date"]:
            month = country["independence_date"].replace(day=1)
            while month <= lookup.as_of:
                yield {"iso3": country["iso3"], "month": month}
                month = next_month(month)


@rule("country_month", uses=["countries"], computes=["cow_code", "gw_code"])
def country_codes(row: Row, lookup: Lookup) -> Row:
    """Codes of the country, from the table of countries."""
    country = lookup.countries[row["iso3"]]
    return {name: country[name] for name in ("cow_code", "gw_code")}


@rule("country_month", uses=["candidates", "coverage"], computes=["coups", "attempts", "plots"])
def event_counts(row: Row, lookup: Lookup) -> Row:
    """Number of candidates that began in the month.

    A coup is a successful coup, counter-coup or succession by officers; an attempt is one of these or a mutiny that
    failed; plots include those of which only the government says so. None of them are rebel offensives, attacks from
    outside the state, changes within a junta, the removal of a prime minister, and events of which nothing was found.
    """
    events = [c for c in lookup.rows["candidates"] if c["iso3"] == row["iso3"]]
    cells = {
        "coups": count_in(filter(is_coup, events), row["month"]),
        "attempts": count_in(filter(_is_attempt, events), row["month"]),
        "plots": count_in((c for c in events if c["event_class"] in _PLOTS), row["month"]),
    }
    return _panel(lookup).shown("candidates", row, cells)


@rule("country_month", uses=["candidates", "coverage"], computes=["months_since_coup", "months_since_attempt"])
def months_since(row: Row, lookup: Lookup) -> Row:
    """Months since the last event counted in `coups`, and since the last counted in `coups` or `attempts`."""
    events = [c for c in lookup.rows["candidates"] if c["iso3"] == row["iso3"]]
    cells = {
        "months_since_coup": months_since_last(filter(is_coup, events), row["month"]),
        "months_since_attempt": months_since_last((c for c in events if is_coup(c) or _is_attempt(c)), row["month"]),
    }
    # Another event in the part of a month that is not covered would make every number wrong.
    return cells if _panel(lookup).covered("candidates", row) == "whole" else dict.fromkeys(cells)


@rule("country_month", uses=["candidates", "coverage"])
def military_rule(row: Row, lookup: Lookup) -> Row:
    """Whether perpetrators of a successful coup that soldiers led held the highest office on any day of the month.

    From the first act to the day on which they handed the office over or lost it. Rulers who came by civil war
    are not counted, nor civilians whom officers control.
    """
    spells = [
        spell_in_power(c, still_in_power=lookup.still_in_power("candidates", c["candidate_id"]), as_of=lookup.as_of)
        for c in lookup.rows["candidates"]
        if c["iso3"] == row["iso3"] and brought_soldiers_to_power(c)
    ]
    return _panel(lookup).shown("candidates", row, {"military_rule": touches(spells, row["month"])})


@rule("country_month", uses=["episodes", "milestones", "coverage"])
def transition(row: Row, lookup: Lookup) -> Row:
    """Whether any day of the month lies between a coup coded in depth and the return to constitutional order.

    The return that is coded for one episode ends the transitions of all that came before it in the country. Before the
    first covered month it is missing, also where an older transition is known.
    """
    orders = _panel(lookup).orders.get(row["iso3"], [])
    spells = []
    for episode in lookup.rows["episodes"]:
        if episode["iso3"] == row["iso3"] and episode["outcome"] == "successful" and episode["first_act_date"]:
            starts = episode["first_act_date"], episode["first_act_date_latest"]
            spells.append(Spell(starts, next((o for o in orders if o[0] >= starts[0]), (lookup.as_of, lookup.as_of))))
    return _panel(lookup).shown("milestones", row, {"transition": touches(spells, row["month"])})


@rule(
    "country_month",
    uses=["sanctions", "sanction_events", "coverage"],
    computes=["suspensions", "suspensions_low", "suspensions_high"],
)
def suspensions(row: Row, lookup: Lookup) -> Row:
    """Number of coup-related suspensions of membership in force on any day of the month.

    The lowest number counts those that were surely in force, the highest those that may have been: the end of a
    measure may not have been found, or not be known to the month. Where they differ the number itself is missing.
    """
    return _in_force(["suspensions"], row, lookup)


@rule(
    "country_month",
    uses=["sanctions", "sanction_events", "actors", "coverage"],
    computes=[
        "sanctions",
        "sanctions_low",
        "sanctions_high",
        "sanctions_{gsdb_type}",
        *(f"sanctions_by_{name}" for name in RESPONDER_CLASSES),
    ],
)
def sanctions_in_force(row: Row, lookup: Lookup) -> Row:
    """Number of other coup-related measures in force on any day of the month: all, by GSDB type, by class of sender.

    Lowest and highest as for suspensions. Classes of senders are those of the summary codings of responses; a sender
    of another class is counted in the total only.
    """
    kinds = [f"sanctions_{code}" for code in lookup.schema.codes["gsdb_type"].codes]
    senders = [f"sanctions_by_{name}" for name in RESPONDER_CLASSES]
    return _in_force(["sanctions", *kinds, *senders], row, lookup)


@dataclass(frozen=True)
class _CountedMeasure:
    """A coup-related measure: when it was in force, and which columns count it."""

    spells: list[Spell]
    columns: list[str]


class _PanelRows:
    """What of the panel is computed once and not for each month."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup

    @cached_property
    def measures(self) -> dict[str, list[_CountedMeasure]]:
        """The coup-related measures by country."""
        found: dict[str, list[_CountedMeasure]] = {}
        for sanction in self.lookup.rows["sanctions"]:
            if sanction["coup_related"] == "coup_related":
                iso3 = self.lookup.episodes[sanction["episode_id"]]["iso3"]
                history = self.lookup.history[sanction["sanction_id"]]
                still = sanction["still_in_force"] == "yes"
                spells = list(spells_in_force(history, still_in_force=still, as_of=self.lookup.as_of))
                measure = _CountedMeasure(spells, _columns(sanction, self.lookup))
                found.setdefault(iso3, []).append(measure)
        return found

    @cached_property
    def orders(self) -> dict[str, list[tuple[date, date]]]:
        """The returns to constitutional order by country, in order of time."""
        found: dict[str, list[tuple[date, date]]] = {}
        for step in self.lookup.rows["milestones"]:
            if step["kind"] == "constitutional_order" and step["date"]:
                iso3 = self.lookup.episodes[step["episode_id"]]["iso3"]
                found.setdefault(iso3, []).append((step["date"], step["date_latest"]))
        return {iso3: sorted(dates) for iso3, dates in found.items()}

    def covered(self, topic: str, row: Row) -> str | None:
        """Say whether the month is covered: as a whole, in part, or not.

        Days before independence and after the end of the coding do not matter.
        """
        first = max(row["month"], self.lookup.countries[row["iso3"]]["independence_date"])
        last = min(last_day(row["month"]), self.lookup.as_of)
        return self.lookup.coverage.of(topic, row["iso3"], first, last)

    def shown(self, topic: str, row: Row, cells: Row) -> Row:
        """Return what of the cells the coverage of the month allows to show."""
        how = self.covered(topic, row)
        if how == "whole":
            return cells
        found = {name: value for name, value in cells.items() if how == "part" and value not in (0, "no")}
        return {**dict.fromkeys(cells), **found}


@lru_cache(maxsize=1)
def _panel(lookup: Lookup) -> _PanelRows:
    return _PanelRows(lookup)


def _is_attempt(candidate: Row) -> bool:
    return candidate["event_class"] in _ATTEMPTS and candidate["outcome"] == "failed"


def _columns(sanction: Row, lookup: Lookup) -> list[str]:
    if sanction["measure"] == "membership_suspension":
        return ["suspensions"]
    kind = lookup.schema.codes["measure"].codes[sanction["measure"]].attributes["gsdb_type"]
    sender = lookup.actor_type(sanction["sender_id"])
    classes = [f"sanctions_by_{name}" for name, types in RESPONDER_CLASSES.items() if sender in types]
    return ["sanctions", f"sanctions_{kind}", *classes]


def _in_force(columns: list[str], row: Row, lookup: Lookup) -> Row:
    """Count the measures in force in the month for each column; the first of them has its bounds beside it."""
    panel, sure, unsure = _panel(lookup), Counter[str](), Counter[str]()
    for measure in panel.measures.get(row["iso3"], []):
        answer = touches(measure.spells, row["month"])
        if answer != "no":
            (sure if answer else unsure).update(measure.columns)
    total = columns[0]
    cells: dict[str, Any] = {name: None if unsure[name] else sure[name] for name in columns}
    bounds = {f"{total}_low": sure[total], f"{total}_high": sure[total] + unsure[total]}
    shown = panel.shown("sanctions", row, cells | bounds)
    if panel.covered("sanctions", row) == "part":  # there may have been more on the other days
        shown[f"{total}_high"] = None
    return shown
