"""Checks of a coding that span columns, rows or tables.

Each check is a function that yields faults; its docstring is the reason for it, and the codebook shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from crisisdata.coding.faults import Fault
from crisisdata.coding.rows import Coding, split
from crisisdata.errors import suggestion

Check = Callable[[Coding], Iterator[Fault]]
CHECKS: dict[str, Check] = {}

# What a reading need not support: texts that only name or retell the values, and the country, which
# the key tells.
_SELF_EVIDENT = {"name", "summary", "iso3"}


def check(function: Check) -> Check:
    CHECKS[function.__name__] = function
    return function


def check_all(coding: Coding) -> Iterator[Fault]:
    """Yield the faults that the checks find."""
    for each in CHECKS.values():
        yield from each(coding)


@check
def keys_are_unique(coding: Coding) -> Iterator[Fault]:
    """Two rows with one key cannot be told apart by a reader or a citation."""
    for name, records in coding.records.items():
        first: dict[str, str] = {}
        for record in records if name != "evidence" else ():  # the key of a reading is its place
            if not record.key:
                continue  # reported as a value that is required
            place = f"{record.file}:{record.line}"
            if record.key in first:
                yield record.fault(f"the key {record.key!r} is taken by {first[record.key]}; give it an id of its own")
            first.setdefault(record.key, place)


@check
def references_exist(coding: Coding) -> Iterator[Fault]:
    """A reference to nothing is a typing error or a row that was forgotten."""
    keys = {name: {r.key for r in records} | coding.known.get(name, set()) for name, records in coding.records.items()}
    for table in coding.schema.tables.values():
        for item in table.fields.values():
            if not item.references or item.derived:
                continue
            there = keys[item.references]
            for row, record in coding.pairs(table.name):
                for number, value in enumerate(split(row[item.name], item.separator)):
                    if value and value not in there:
                        hint = suggestion(value, there) or f"; add it to {item.references}"
                        place = record.element(item.name, number)
                        yield record.fault(f"there is no {value!r} in {item.references}{hint}", place)


@check
def values_have_evidence(coding: Coding) -> Iterator[Fault]:
    """A value without a source is a claim of ours; this dataset makes none."""
    covered: dict[tuple[str, str], set[str] | None] = {}
    for row in coding.rows["evidence"]:
        if row["relation"] != "supports":
            continue
        record_id = (row["table"], row["record_id"])
        variables = set(split(row["variables"], ";"))
        so_far = covered.get(record_id, set())
        covered[record_id] = None if not variables or so_far is None else so_far | variables
    for table in coding.schema.evidenced:
        needing = [n for n in table.coded_fields if n not in _SELF_EVIDENT and n not in table.primary_key]
        for record in coding.records[table.name]:
            variables_ = covered.get((table.name, record.key), set())
            if variables_ is None:
                continue
            if not variables_:
                yield record.fault(
                    "the record has no evidence; add an 'evidence' list with source_id, locator, reading"
                )
                continue
            for name in needing:
                if record.values.get(name, "unknown") not in ("unknown", "not_applicable") and name not in variables_:
                    yield record.fault("no evidence row of the record names this variable or covers all", name)


@check
def evidence_names_variables(coding: Coding) -> Iterator[Fault]:
    """Evidence for a misspelt variable supports nothing; contradiction must say what it contradicts."""
    for row, record in coding.pairs("evidence"):
        table = coding.schema.tables[row["table"]]
        variables = split(row["variables"], ";")
        for name in variables:
            if name not in table.coded_fields:
                hint = suggestion(name, table.coded_fields)
                yield record.fault(f"{table.name} has no coded variable {name!r}{hint}", "variables")
        if row["relation"] == "contradicts" and not variables:
            yield record.fault("a contradicting reading must name the variables that it contradicts", "variables")


@check
def bounds_ascend(coding: Coding) -> Iterator[Fault]:
    """An end before its start, or a lowest count above the highest, is an error of typing or reading."""
    for table in coding.schema.tables.values():
        for row, record in coding.pairs(table.name):
            for names in table.ascending:
                there = [name for name in names if row[name] is not None]
                for low, high in pairwise(there):
                    # Two dates that may be the same are in order: compare the first day of one
                    # with the last day of the other.
                    if row[low] > (row.get(f"{high}_latest") or row[high]):
                        yield record.fault(f"{row[high]} comes before {low} {row[low]}", high)


@check
def episode_key_tells_place_and_month(coding: Coding) -> Iterator[Fault]:
    """The key of an episode is read by people; it must not say another country or month."""
    for row, record in coding.pairs("episodes"):
        if row["iso3"] and row["first_act_date"]:
            start = f"{row['iso3'].lower()}-{row['first_act_date']:%Y-%m}"
            if not record.key.startswith(start):
                yield record.fault(f"{record.key!r} should begin with {start!r}", "episode_id")


@check
def one_primary_trigger(coding: Coding) -> Iterator[Fault]:
    """Only a proximate trigger explains the moment, and a summary can name but one."""
    seen: set[str] = set()
    for row, record in coding.pairs("triggers"):
        if row["is_primary"] != "yes":
            continue
        if row["role"] != "proximate_trigger":
            yield record.fault("only a proximate trigger can be primary", "is_primary")
        if row["episode_id"] in seen:
            yield record.fault("another trigger of this episode is primary already", "is_primary")
        seen.add(row["episode_id"])


@check
def justification_names_speaker(coding: Coding) -> Iterator[Fault]:
    """A stated justification is a fact about what somebody said; without the speaker it is an explanation."""
    for row, record in coding.pairs("triggers"):
        stated = row["role"] == "stated_justification"
        if stated and row["stated_by_id"] is None:
            yield record.fault("a stated justification needs the one who stated it", "stated_by_id")
        if not stated and row["stated_by_id"] is not None:
            yield record.fault("only a stated justification has one who stated it", "stated_by_id")


@check
def first_reaction_comes_first(coding: Coding) -> Iterator[Fault]:
    """An actor reacts for the first time once, and before it does anything else."""
    by_actor = defaultdict(list)
    for row, record in coding.pairs("responses"):
        if row["date"] is not None:
            by_actor[row["episode_id"], row["actor_id"]].append((row, record))
    for (_, actor), pairs in by_actor.items():
        firsts = [(row["date"], record) for row, record in pairs if row["state"] == "first"]
        for _, record in firsts[1:]:
            yield record.fault(f"{actor} has a first reaction already", "state")
        for first, record in firsts[:1]:
            earlier = [row["date"] for row, _ in pairs if row["date_latest"] < first]
            if earlier:
                yield record.fault(f"{actor} has a response on {min(earlier)}, before its first reaction", "state")


@check
def not_acting_is_said_twice_alike(coding: Coding) -> Iterator[Fault]:
    """A decision not to act is an instrument and the bottom of the severity ladder; one without the other is a slip."""
    for row, record in coding.pairs("responses"):
        if (row["instrument"] == "decision_not_to_act") != (row["severity"] == "decided_not_to_act"):
            yield record.fault("decision_not_to_act and severity decided_not_to_act go together", "severity")


@check
def measures_have_a_history(coding: Coding) -> Iterator[Fault]:
    """A measure exists by what was done: threatened, announced or imposed before it can change or end."""
    histories = defaultdict(list)
    for row in coding.rows["sanction_events"]:
        histories[row["sanction_id"]].append(row)
    beginnings = {"threatened", "announced", "imposed", "listed"}
    for row, record in coding.pairs("sanctions"):
        history = [event for event in histories[row["sanction_id"]] if event["date"]]
        begun = [event["date"] for event in history if event["action"] in beginnings]
        if not begun:
            yield record.fault(f"its history has none of {', '.join(sorted(beginnings))}", "history")
            continue
        for event in history:
            if event["date_latest"] < min(begun):
                yield record.fault(f"{event['action']} on {event['date']} comes before its beginning", "history")


@check
def milestones_have_a_date(coding: Coding) -> Iterator[Fault]:
    """A step that neither happened nor was promised is nothing."""
    for row, record in coding.pairs("milestones"):
        if row["date"] is None and row["promised_date"] is None and row["promised_for_date"] is None:
            yield record.fault("a milestone needs date, promised_date or promised_for_date", "date")


@check
def descent_has_no_circle(coding: Coding) -> Iterator[Fault]:
    """Nobody is their own parent, and no episode follows from itself."""
    for name, column in (("actors", "parent_id"), ("episodes", "follows_episode_id")):
        key = coding.schema.tables[name].key
        parents = {row[key]: row[column] for row in coding.rows[name]}
        for row, record in coding.pairs(name):
            seen, here = {row[key]}, row[column]
            while here is not None and here not in seen:
                seen.add(here)
                here = parents.get(here)
            if here is not None and here == row[key]:
                yield record.fault(f"{row[key]!r} descends from itself", column)


@check
def candidates_are_coded_or_say_why_not(coding: Coding) -> Iterator[Fault]:
    """An event is coded in depth under its own key, or the reader is told why it is not."""
    for row, record in coding.pairs("candidates"):
        if (row["episode_id"] is None) == (row["not_coded_reason"] is None):
            yield record.fault("give either episode_id or not_coded_reason", "not_coded_reason")
        if row["episode_id"] not in (None, record.key):
            yield record.fault(
                f"an event coded in depth has the key of its episode, {row['episode_id']!r}", "candidate_id"
            )


@check
def candidates_agree_with_their_episodes(coding: Coding) -> Iterator[Fault]:
    """One event coded twice must not be two things."""
    episodes = {row["episode_id"]: row for row in coding.rows["episodes"]}
    same = {"iso3": "iso3", "event_class": "event_type", "outcome": "outcome", "target_office": "target_office"}
    for row, record in coding.pairs("candidates"):
        episode = episodes.get(row["episode_id"])
        if episode is None:
            continue
        for name, other in same.items():
            if row[name] != episode[other]:
                yield record.fault(f"{row[name]} here, {episode[other]} in the episode", name)
        start = episode["first_act_date"]
        if (
            start
            and row["date"]
            and not (row["date"] <= episode["first_act_date_latest"] and start <= row["date_latest"])
        ):
            yield record.fault(f"{row['date']} here, {start} in the episode", "date")


@check
def matches_are_explained(coding: Coding) -> Iterator[Fault]:
    """A row of another list that is absent, or not the same, is of use only with what differs."""
    for row, record in coding.pairs("crosswalk"):
        if row["match"] != "exact" and row["note"] is None:
            yield record.fault("say what is not exact", "note")
        if (row["match"] == "absent") != (row["native_date"] is None):
            yield record.fault("a row that is there has a native_date, an absent one has none", "native_date")
