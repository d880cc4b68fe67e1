"""Computed variables and tables.

Each rule is a function whose name stands in the schema as `derived`; its docstring is what the
codebook shows. A rule for a variable takes one row and the `World` around it and returns cells.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from inspect import cleandoc
from typing import Any

from crisisdata.coding.rules import split
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import Coding, Row

WINDOW = 30  # days: what answers the event itself, before the transition becomes the matter
DAYS_IN_MONTH = 365.2425 / 12


@dataclass(frozen=True)
class Rule:
    """A named rule: how cells of a table follow from rows of other tables."""

    name: str
    table: str
    uses: tuple[str, ...]
    compute: Callable[[Row, World], Row]

    @property
    def text(self) -> str:
        return cleandoc(self.compute.__doc__ or "")


RULES: dict[tuple[str, str], Rule] = {}


def rule(table: str, *, uses: Iterable[str]) -> Callable[[Callable[[Row, World], Row]], Callable[[Row, World], Row]]:
    def register(function: Callable[[Row, World], Row]) -> Callable[[Row, World], Row]:
        name = function.__name__
        for each in table.split():
            RULES[each, name] = Rule(name, each, tuple(uses), function)
        return function

    return register


def derive(coding: Coding) -> dict[str, list[Row]]:
    """Return all tables of an edition, the derived columns and tables with them."""
    world = World(coding)
    # From the bottom up: the summaries of an episode use derived columns of its measures.
    for name, table in reversed(coding.schema.tables.items()):
        wanted = {item.derived for item in table.fields.values() if item.derived}
        # In the order in which the rules stand in this module: a later one may use an earlier one.
        rules = [r for (where, r_name), r in RULES.items() if where == name and r_name in wanted]
        for row in world.rows[name]:
            for each in rules:
                row |= each.compute(row, world)
    world.rows["missing_values"] = coding.missing
    world.rows["codes"] = list(_codes(coding.schema))
    world.rows["timeline"] = list(_timeline(world))
    return world.rows


class World:
    """All rows, and the ways in which rules look them up."""

    def __init__(self, coding: Coding) -> None:
        self.schema = coding.schema
        self.rows = coding.rows
        self.as_of: date = coding.schema.package["as_of"]
        self.reasons = {(m["table"], m["record_id"], m["variable"]): m["reason"] for m in coding.missing}

    @cached_property
    def _by_episode(self) -> dict[str, dict[str, list[Row]]]:
        found: dict[str, dict[str, list[Row]]] = {}
        for name, rows in self.rows.items():
            found[name] = defaultdict(list)
            for row in rows:
                if name != "episodes" and row.get("episode_id"):
                    found[name][row["episode_id"]].append(row)
        return found

    def of_episode(self, table: str, episode: Row) -> list[Row]:
        return self._by_episode[table].get(episode["episode_id"], [])

    @cached_property
    def actors(self) -> dict[str, Row]:
        return {row["actor_id"]: row for row in self.rows["actors"]}

    @cached_property
    def episodes(self) -> dict[str, Row]:
        return {row["episode_id"]: row for row in self.rows["episodes"]}

    @cached_property
    def sources(self) -> dict[str, Row]:
        return {row["source_id"]: row for row in self.rows["sources"]}

    @cached_property
    def history(self) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in sorted(self.rows["sanction_events"], key=lambda row: row["date"]):
            found[row["sanction_id"]].append(row)
        return found

    @cached_property
    def supporting(self) -> dict[tuple[str, str], list[Row]]:
        """The readings of each record that support it."""
        found = defaultdict(list)
        for row in self.rows["evidence"]:
            if row["relation"] == "supports":
                found[row["table"], row["record_id"]].append(row)
        return found

    @cached_property
    def contradicted(self) -> set[tuple[str, str, str]]:
        """Table, record and variable of each value that some reading contradicts."""
        return {
            (row["table"], row["record_id"], name)
            for row in self.rows["evidence"]
            if row["relation"] == "contradicts"
            for name in split(row["variables"], ";")
        }

    @cached_property
    def _covered(self) -> set[tuple[str, str]]:
        """Table and episode where something was coded, or searched for and not found."""
        coded = {(name, key) for name, groups in self._by_episode.items() for key in groups}
        return coded | {(row["topic"], row["episode_id"]) for row in self.rows["coverage"]}

    def unless_uncovered(self, table: str, episode: Row, cells: Row) -> Row:
        """Return cells, or empty ones where nothing was coded or searched: not looked for is not 0."""
        return cells if (table, episode["episode_id"]) in self._covered else dict.fromkeys(cells)

    def actor_type(self, actor_id: str) -> str | None:
        actor = self.actors.get(actor_id)
        return actor["actor_type"] if actor else None

    def score(self, code_list: str, code: str) -> int:
        return self.schema.codes[code_list].score(code)

    def publisher(self, source_id: str) -> str:
        """Whose text a source is: a reprint counts as its origin."""
        source = self.sources.get(source_id)
        return (source["origin"] or source["publisher"]) if source else source_id


# Evidence


@rule("evidence", uses=["evidence", "sources"])
def publishers(row: Row, world: World) -> Row:
    """Number of different publishers among the readings that support the value.

    Two pages of one publisher count once, and so do reprints of one origin (a wire story in two
    papers). Where a reading bears on several variables, the least supported of them counts.
    """
    return {"publishers": min(len({world.publisher(r["source_id"]) for r in rs}) for rs in _readings(row, world))}


@rule("evidence", uses=["evidence", "sources"])
def confidence(row: Row, world: World) -> Row:
    """How well a value is supported by all its readings together.

    High: the act or communiqué itself is among them, or two independent publishers agree. Low: some
    reading contradicts the value, or there is no source but an encyclopedia. Medium: anything else.
    """
    names = split(row["variables"], ";")
    if any((row["table"], row["record_id"], name) in world.contradicted for name in names):
        return {"confidence": "low"}
    levels = [_level(readings, world) for readings in _readings(row, world)]
    return {"confidence": min(levels, key=lambda level: world.score("confidence", level))}


def _level(readings: list[Row], world: World) -> str:
    kinds = {source["kind"] for r in readings if (source := world.sources.get(r["source_id"]))}
    if kinds & {"legal_act", "communique"}:
        return "high"
    if not kinds - {"encyclopedia"}:
        return "low"
    return "high" if len({world.publisher(r["source_id"]) for r in readings}) > 1 else "medium"


def _readings(row: Row, world: World) -> list[list[Row]]:
    """Return, for each variable on which a reading bears, the readings that support it."""
    there = world.supporting[row["table"], row["record_id"]]
    names = split(row["variables"], ";")
    if not names:
        return [there]
    return [[r for r in there if not r["variables"] or name in split(r["variables"], ";")] for name in names]


# Long tables


@rule("support responses", uses=["actors"])
def actor_columns(row: Row, world: World) -> Row:
    """Type of the actor, from the table of actors."""
    return {"actor_type": world.actor_type(row["actor_id"])}


@rule("support", uses=["codes"])
def position_score(row: Row, world: World) -> Row:
    """The position as a number, from −2 mobilised against to +2 mobilised for, as the code list has it."""
    return {"position_score": world.score("position", row["position"])}


@rule("sanctions", uses=["codes"])
def gsdb_type(row: Row, world: World) -> Row:
    """The type of the Global Sanctions Data Base to which the measure belongs, as the code list of measures says."""
    return {"gsdb_type": world.schema.codes["measure"].codes[row["measure"]].extra["gsdb_type"]}


@rule("sanctions", uses=["sanction_events"])
def sanction_dates(row: Row, world: World) -> Row:
    """First threat, first day in force, first easing, and end, from the history of the measure.

    In force is the first `imposed`, or the first `listed` where no imposition is coded. The end is the
    last `lifted` or `expired` after which nothing was imposed or reinstated.
    """
    history = world.history[row["sanction_id"]]

    def first(*actions: str) -> Row | None:
        return next((event for event in history if event["action"] in actions), None)

    state = _state(history)
    ended = [event for event in history if event["action"] in ("lifted", "expired")]
    return {
        **_date_cells("threatened_date", first("threatened")),
        **_date_cells("imposed_date", first("imposed") or first("listed")),
        **_date_cells("eased_date", first("eased")),
        **_date_cells("ended_date", ended[-1] if ended and state in ("lifted", "expired") else None),
    }


@rule("sanctions", uses=["sanction_events"])
def sanction_status(row: Row, world: World) -> Row:
    """State after the last change in the history of the measure, on the day the edition is coded to."""
    return {"status": _state(world.history[row["sanction_id"]])}


@rule("sanctions", uses=["sanction_events"])
def days_in_force(row: Row, world: World) -> Row:
    """Days from the first day in force up to, and not counting, the day of the end.

    Spells out of force in between are not counted. A measure still in force counts to the day the
    edition is coded to. Missing where a boundary is not known to the day, or where it never took effect.
    """
    spells = _spells(world.history[row["sanction_id"]], world.as_of)
    exact = [spell for spell in spells if spell is not None]
    return {"days_in_force": sum((b - a).days for a, b in exact) if exact and len(exact) == len(spells) else None}


@rule("milestones", uses=["milestones"])
def fulfilment(row: Row, world: World) -> Row:
    """What became of the promise by the day the edition is coded to.

    Kept: happened on or before the last day promised. Kept late: happened after it. Missed: that day has
    passed and it did not happen. Pending: that day has not passed. No promise: happened without a date
    promised. Undated: promised without a date, and not happened.
    """
    promised, done = row["promised_for_date_latest"], row["date"]
    if promised is None:
        return {"fulfilment": "unpromised" if done else "undated"}
    if done is None:
        return {"fulfilment": "missed" if promised < world.as_of else "pending"}
    return {"fulfilment": "kept" if done <= promised else "kept_late"}


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
_IN_FORCE = ("in_force", "eased")


def _state(history: list[Row]) -> str:
    """Return the state after the last change; a delisting changes none, nor does a threat to what is in force."""
    state = "threatened"
    for event in history:
        action = event["action"]
        if action == "delisted" or (action in ("threatened", "announced") and state in _IN_FORCE):
            continue
        if action == "extended" and state == "eased":
            continue
        state = _STATE_AFTER[action]
    return state


def _spells(history: list[Row], as_of: date) -> list[tuple[date, date] | None]:
    """Return the spells in force; None for a spell with a boundary that is not known to the day."""
    spells: list[tuple[date, date] | None] = []
    start: Row | None = None
    for number, event in enumerate(history):
        state = _state(history[: number + 1])
        if start is None and state in _IN_FORCE:
            start = event
        elif start is not None and state not in _IN_FORCE:
            exact = start["date_precision"] == event["date_precision"] == "day"
            spells.append((start["date"], event["date"]) if exact else None)
            start = None
    if start is not None:
        spells.append((start["date"], as_of) if start["date_precision"] == "day" else None)
    return spells


# Summary codings of an episode. Counts are missing, and not 0, where nothing was coded or searched.


@rule("episodes", uses=["triggers"])
def trigger_primary(row: Row, world: World) -> Row:
    """Category of the one proximate trigger that is coded as primary: the one on which the sources put most weight."""
    primary = [t["category"] for t in world.of_episode("triggers", row) if t["is_primary"] == "yes"]
    return {"trigger_primary": primary[0] if primary else None}


@rule("episodes", uses=["triggers"])
def trigger_counts(row: Row, world: World) -> Row:
    """Number of coded triggers in each role. It grows with what the sources say and is no measure of intensity."""
    roles = [trigger["role"] for trigger in world.of_episode("triggers", row)]
    counts = {
        "triggers_structural": roles.count("structural_condition"),
        "triggers_proximate": roles.count("proximate_trigger"),
        "triggers_stated": roles.count("stated_justification"),
    }
    return world.unless_uncovered("triggers", row, counts)


@rule("episodes", uses=["support"])
def support_summary(row: Row, world: World) -> Row:
    """Where domestic actors stood towards the takeover in the thirty days from the first act.

    Each actor counts once, with its last position in that time whose object is the takeover. Polls are
    left out, since a share of respondents is no actor. The score is the mean of the positions (−2 mobilised
    against to +2 mobilised for), the spread their population standard deviation, which is missing for a
    single actor.
    """
    last: dict[str, int] = {}
    for position in sorted(world.of_episode("support", row), key=lambda s: s["date"]):
        if position["object"] == "takeover" and position["form"] != "poll" and _within(position, row, WINDOW):
            last[position["actor_id"]] = world.score("position", position["position"])
    scores = list(last.values())
    cells = {
        "support_score": round(statistics.fmean(scores), 3) if scores else None,
        "support_sd": round(statistics.pstdev(scores), 3) if len(scores) > 1 else None,
        "support_for": sum(score > 0 for score in scores),
        "support_reserved": sum(score == 0 for score in scores),
        "support_against": sum(score < 0 for score in scores),
    }
    return world.unless_uncovered("support", row, cells)


_CLASSES = {
    "regional": ("regional_organisation",),
    "au": ("african_union",),
    "un": ("united_nations",),
    "eu": ("european_union",),
    "states": ("state",),
}
_ANALYSTS = ("research_organisation", "international_ngo", "media")


@rule("episodes", uses=["responses"])
def response_severity(row: Row, world: World) -> Row:
    """Highest step of the severity ladder that any response reached.

    It is given overall, within thirty days from the first act, and by class of responder. Overall and by class,
    responses to the transition count as well as those to the takeover. Missing where no response of the class is
    coded, which is not the same as a decision not to act.
    """
    responses = world.of_episode("responses", row)

    def highest(chosen: Iterable[Row]) -> str | None:
        return max((r["severity"] for r in chosen), key=lambda code: world.score("severity", code), default=None)

    by_class = {
        f"response_severity_{name}": highest(r for r in responses if world.actor_type(r["actor_id"]) in types)
        for name, types in _CLASSES.items()
    }
    return {
        "response_severity": highest(responses),
        "response_severity_30d": highest(r for r in responses if _within(r, row, WINDOW)),
        **by_class,
    }


@rule("episodes", uses=["responses"])
def response_unity(row: Row, world: World) -> Row:
    """How many external actors answered within thirty days, and what share of them condemned.

    States, organisations and their bodies count; research organisations, NGOs and media do not. An actor
    condemned if any of its responses in that time takes one of the three condemning stances. Whether
    reinstatement was demanded: yes if any response at any time says so, no if all that say anything say no.
    """
    responses = [r for r in world.of_episode("responses", row) if world.actor_type(r["actor_id"]) not in _ANALYSTS]
    early = [r for r in responses if _within(r, row, WINDOW)]
    responders = {r["actor_id"] for r in early}
    condemning = {r["actor_id"] for r in early if r["stance"].startswith("condemns")}
    demands = {r["reinstatement_demanded"] for r in responses} - {None}
    demands |= {"yes" for r in responses if r["stance"] == "condemns_demands_reinstatement"}
    demanded = next((code for code in ("yes", "no", "unclear") if code in demands), None)
    cells = {
        "responders": len(responders),
        "condemned_share": round(len(condemning) / len(responders), 3) if responders else None,
        "reinstatement_demanded": demanded,
    }
    return world.unless_uncovered("responses", row, cells)


@rule("episodes", uses=["responses", "sanctions"])
def response_delays(row: Row, world: World) -> Row:
    """Days from the first act to the first response, suspension and other sanction.

    A suspension of membership and any other coup-related sanction count from the day on which they took
    effect. Only dates known to the day count.
    """
    start = row["first_act_date"]
    responses = [
        r["date"] for r in world.of_episode("responses", row) if r["date_precision"] == "day" and r["date"] >= start
    ]
    imposed = [s for s in _coup_related(row, world) if s["imposed_date_precision"] == "day"]
    suspensions = [s["imposed_date"] for s in imposed if s["measure"] == "membership_suspension"]
    others = [s["imposed_date"] for s in imposed if s["measure"] != "membership_suspension"]

    def delay(days: list[date]) -> int | None:
        return (min(days) - start).days if days and start else None

    return {
        "days_to_first_response": delay(responses),
        "days_to_suspension": delay(suspensions),
        "days_to_sanction": delay(others),
    }


@rule("episodes", uses=["sanctions", "sanction_events"])
def sanction_summary(row: Row, world: World) -> Row:
    """How many coup-related measures there were, and for how many days any of them was in force.

    Counted are those that took effect, those that were threatened and never took effect, and those in force on
    the day the edition is coded to. Days under sanction are the days on which at least one measure was in force,
    each day counted once; spells whose bounds are not known to the day are left out, so that the number is a lower
    bound.
    """
    measures = _coup_related(row, world)
    spells = [s for m in measures for s in _spells(world.history[m["sanction_id"]], world.as_of) if s is not None]
    cells = {
        "sanctions_imposed": sum(m["imposed_date"] is not None for m in measures),
        "sanctions_threatened_only": sum(
            m["status"] in ("threatened", "withdrawn") and m["imposed_date"] is None for m in measures
        ),
        "sanctions_in_force": sum(m["status"] in _IN_FORCE for m in measures),
        "days_under_sanction": _days_covered(spells),
    }
    return world.unless_uncovered("sanctions", row, cells)


@rule("episodes", uses=["sanctions", "sanction_events"])
def suspension_summary(row: Row, world: World) -> Row:
    """Who suspended the country's membership, from when, and until when the last suspension lasted."""
    suspensions = [
        s
        for s in _coup_related(row, world)
        if s["measure"] == "membership_suspension" and s["imposed_date"] is not None
    ]
    suspensions.sort(key=lambda s: s["imposed_date"])
    senders = list(dict.fromkeys(_short_name(s["sender_id"], world) for s in suspensions))
    ended = [s for s in suspensions if s["ended_date"] is not None]
    all_ended = suspensions and len(ended) == len(suspensions)
    last = max(ended, key=lambda s: s["ended_date"]) if all_ended else None
    return {
        "suspended_by": "; ".join(senders) or None,
        **_date_cells("suspended_date", suspensions[0] if suspensions else None, of="imposed_date"),
        **_date_cells("suspension_lifted_date", last, of="ended_date"),
    }


@rule("episodes", uses=["milestones"])
def transition_summary(row: Row, world: World) -> Row:
    """Months of transition promised and taken, from the first act.

    Promised: to the date for which the first timetable, in order of its making, promised the end of the
    transition or the vote that ends it. Taken: to the return to constitutional order. A month is a twelfth of
    365.2425 days.
    """
    milestones = world.of_episode("milestones", row)
    promises = [m for m in milestones if m["kind"] == "timetable" and m["promised_for_date"] and m["promised_date"]]
    first = min(promises, key=lambda m: m["promised_date"], default=None)
    orders = [m for m in milestones if m["kind"] == "constitutional_order" and m["date"]]
    order = min(orders, key=lambda m: m["date"], default=None)

    def months(end: date | None) -> float | None:
        start = row["first_act_date"]
        return round((end - start).days / DAYS_IN_MONTH, 1) if end and start else None

    return {
        "transition_months_promised": months(first["promised_for_date"] if first else None),
        "transition_months_taken": months(order["date"] if order else None),
        **_date_cells("constitutional_order_date", order),
    }


@rule("episodes", uses=["episodes"])
def days_in_power(row: Row, world: World) -> Row:
    """Days for which the perpetrators held the highest office.

    From the announcement (or the first act, where none is coded) to the day on which they lost or handed over
    the office; to the day the edition is coded to, where the case file says that the end does not apply, since
    they still hold it. 0 for a failed episode. Missing where the end is not coded.
    """
    if row["outcome"] != "successful":
        return {"days_in_power": 0}
    start, end = row["announcement_date"] or row["first_act_date"], row["power_ended_date"]
    if world.reasons.get(("episodes", row["episode_id"], "power_ended_date")) == "not_applicable":
        end = world.as_of
    return {"days_in_power": (end - start).days if start and end else None}


def _coup_related(row: Row, world: World) -> list[Row]:
    return [s for s in world.of_episode("sanctions", row) if s["coup_related"] == "coup_related"]


def _within(dated: Row, episode: Row, days: int) -> bool:
    start = episode["first_act_date"]
    return start is not None and dated["date"] <= start + timedelta(days=days) and dated["date_latest"] >= start


def _days_covered(spells: list[tuple[date, date]]) -> int:
    total, reached = 0, date.min
    for start, end in sorted(spells):
        total += max(0, (end - max(start, reached)).days)
        reached = max(reached, end)
    return total


def _short_name(actor_id: str, world: World) -> str:
    """Return the acronym of the organisation: a body counts as its parent."""
    actor: dict[str, Any] = world.actors.get(actor_id) or {"name": actor_id}
    parent = world.actors.get(actor.get("parent_id") or "")
    whole = parent or actor
    return whole.get("acronym") or whole["name"]


def _date_cells(name: str, row: Row | None, of: str = "date") -> Row:
    """Return the three cells of the date `name`, as `of` has them in a row, or empty ones."""
    return {f"{name}{suffix}": row[f"{of}{suffix}"] if row else None for suffix in ("", "_latest", "_precision")}


# Derived tables


def _codes(schema: Schema) -> Iterator[Row]:
    for name, code_list in schema.codes.items():
        for order, code in enumerate(code_list.codes.values(), 1):
            yield {
                "list": name,
                "code": code.code,
                "label": code.label,
                "order": order,
                "value": code.value,
                "definition": code.definition,
                "example": code.example,
                "source_id": code.source_id,
            }


_WHO = ("actor_id", "sender_id", "stated_by_id", "leader_id")


def _timeline(world: World) -> Iterator[Row]:
    """Every date of every row of the coded tables."""
    rows = (row for table in world.schema.evidenced for row in _dated(table.name, world))
    yield from sorted(rows, key=lambda row: (row["date"], row["table"], row["record_id"], row["variable"]))


def _dated(table_name: str, world: World) -> Iterator[Row]:
    table = world.schema.tables[table_name]
    variables = [name for name, item in table.fields.items() if item.edtf and item.derived is None]
    sanctions = {row["sanction_id"]: row for row in world.rows["sanctions"]}
    for row in world.rows[table_name]:
        owner = sanctions.get(row.get("sanction_id", ""), row)
        episode = world.episodes.get(owner.get("episode_id", ""))
        for name in variables:
            if row[name] is None:
                continue
            start = episode["first_act_date"] if episode and row[f"{name}_precision"] == "day" else None
            yield {
                **_date_cells("date", row, of=name),
                "iso3": episode["iso3"] if episode else row["iso3"],
                "episode_id": episode["episode_id"] if episode else None,
                "day": (row[name] - start).days if start else None,
                "actor_id": next((owner[column] for column in _WHO if owner.get(column)), None),
                "label": _label(table_name, row, owner, name, world),
                "table": table_name,
                "record_id": row[table.key],
                "variable": name,
            }


def _label(table_name: str, row: Row, owner: Row, variable: str, world: World) -> str:
    table = world.schema.tables[table_name]
    if table_name == "sanction_events":
        return f"{owner['name']}: {world.schema.codes['sanction_action'].codes[row['action']].label.lower()}"
    own = row[table.label] if table.label else row[table.key]
    return own if variable == "date" else f"{own}: {variable.removesuffix('_date').replace('_', ' ')}"
