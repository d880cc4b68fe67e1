"""Checks of a coding that span columns, rows or tables.

Each check is a function that yields faults; its docstring is the reason for it, and the codebook shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise

from crisisdata.coding.duplicates import unexplained
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
        record_id = (row["table_name"], row["record_id"])
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
        table = coding.schema.tables[row["table_name"]]
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
def measures_have_a_history(coding: Coding) -> Iterator[Fault]:
    """A measure exists by what was done: threatened, announced or imposed before it can change or end."""
    histories = defaultdict(list)
    for row in coding.rows["sanction_events"]:
        histories[row["sanction_id"]].append(row)
    beginnings = {"threatened", "announced", "imposed", "listed", "not_adopted"}
    for row, record in coding.pairs("sanctions"):
        history = [event for event in histories[row["sanction_id"]] if event["event_date"]]
        begun = [event["event_date"] for event in history if event["action"] in beginnings]
        if not begun:
            yield record.fault(f"its history has none of {', '.join(sorted(beginnings))}", "history")
            continue
        for event in history:
            if event["event_date_latest"] < min(begun):
                yield record.fault(f"{event['action']} on {event['event_date']} comes before its beginning", "history")


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
    same = {"iso3": "iso3", "event_type": "event_type", "outcome": "outcome", "target_office": "target_office"}
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
            and row["event_date"]
            and not (row["event_date"] <= episode["first_act_date_latest"] and start <= row["event_date_latest"])
        ):
            yield record.fault(f"{row['event_date']} here, {start} in the episode", "event_date")


@check
def matches_are_explained(coding: Coding) -> Iterator[Fault]:
    """A row of another list that is absent, or not the same, is of use only with what differs."""
    for row, record in coding.pairs("crosswalk"):
        if row["match_status"] != "exact" and row["note"] is None:
            yield record.fault("say what is not exact", "note")
        if (row["match_status"] == "absent") != (row["native_date"] is None):
            yield record.fault("a row that is there has a native_date, an absent one has none", "native_date")


@check
def frames_belong_to_stated_causes(coding: Coding) -> Iterator[Fault]:
    """A frame is how perpetrators present a cause; nobody else's claim has one, and theirs always does."""
    for row, record in coding.pairs("triggers"):
        stated = row["claimed_by"] == "perpetrators"
        if stated != (row["frame"] is not None):
            yield record.fault("give a frame to a cause that the perpetrators claim, and only to such a cause", "frame")


@check
def tone_follows_words(coding: Coding) -> Iterator[Fault]:
    """A tone is taken from words: an act without reported words has none, and words have one."""
    items = defaultdict(set)
    for row in coding.rows["response_items"]:
        items[row["response_id"]].add(row["item"])
    for row, record in coding.pairs("responses"):
        spoken = "words" in items[row["response_id"]]
        if spoken and row["tone"] is None:
            yield record.fault("a response with the item 'words' needs a tone", "tone")
        if row["tone"] is not None and not spoken:
            yield record.fault("a response with a tone has words: add the item 'words'", "items")
        if row["mixed"] == "yes" and row["tone"] != "notes":
            yield record.fault("a text that both blames and praises has the tone 'notes'", "tone")
        if not items[row["response_id"]]:
            yield record.fault("a response needs at least one item", "items")


@check
def stages_fit_items(coding: Coding) -> Iterator[Fault]:
    """Only a measure can be threatened, kept, eased or left undone; words are done, and a measure without a kind
    is never imposed.
    """
    items = coding.schema.codes["item"].codes
    for row, record in coding.pairs("response_items"):
        if row["item"] is None or row["stage"] is None or row["item"] not in items:
            continue
        coercive = bool(items[row["item"]].attributes["coercion"])
        if row["item"] == "words" and row["stage"] != "done":
            yield record.fault("words are done", "stage")
        elif row["item"] == "unspecified" and row["stage"] in ("done", "continued"):
            yield record.fault("a measure that was taken has a kind; name it", "item")
        elif not coercive and row["stage"] in ("threatened", "eased", "passed_over", "blocked"):
            yield record.fault(f"{row['item']} is no measure and cannot be {row['stage']}", "stage")


@check
def demands_in_words(coding: Coding) -> Iterator[Fault]:
    """The code `other` tells nothing without the text."""
    for row, record in coding.pairs("responses"):
        if "other" in split(row["demands"], ";") and row["demands_text"] is None:
            yield record.fault("say in demands_text what else is demanded", "demands_text")


@check
def not_acting_is_no_deed(coding: Coding) -> Iterator[Fault]:
    """A body that did not act left something undone; the item says what."""
    stages = defaultdict(set)
    for row in coding.rows["response_items"]:
        stages[row["response_id"]].add(row["stage"])
    for row, record in coding.pairs("responses"):
        if row["channel"] == "non_action" and not stages[row["response_id"]] & {
            "not_adopted",
            "passed_over",
            "blocked",
        }:
            yield record.fault("a non-action has an item that was not adopted, passed over or blocked", "items")


@check
def unspecified_threats_name_a_class(coding: Coding) -> Iterator[Fault]:
    """A threat without an instrument says at least how wide it is; a measure with one needs no class."""
    for row, record in coding.pairs("sanctions"):
        if (row["measure"] == "unspecified") != (row["class_named"] is not None):
            yield record.fault("give class_named to an unspecified measure, and only to such a measure", "class_named")


@check
def promises_and_deeds_are_apart(coding: Coding) -> Iterator[Fault]:
    """Only a promise has a date for which it is made, and only a deed fulfils one."""
    for row, record in coding.pairs("milestones"):
        if row["is_promise"] != "yes" and row["promised_for_date"] is not None:
            yield record.fault(
                "a date promised belongs to a promise; make the promise a row of its own", "promised_for_date"
            )
        if row["is_promise"] == "yes" and row["fulfils_id"] is not None:
            yield record.fault("a promise fulfils nothing; the deed does", "fulfils_id")


@check
def sizes_fit_their_band(coding: Coding) -> Iterator[Fault]:
    """A figure outside its band contradicts it."""
    bounds = {"under_100": (0, 99), "hundreds": (100, 999), "thousands": (1000, 9999)}
    bounds |= {"tens_of_thousands": (10_000, 99_999), "over_100000": (100_000, 10**9)}
    for row, record in coding.pairs("support"):
        band = bounds.get(row["size_band"] or "")
        if band and row["size_best"] is not None and not band[0] <= row["size_best"] <= band[1]:
            yield record.fault(f"{row['size_best']} is not {row['size_band']}", "size_band")
        if row["size_best"] is not None and row["size_band"] is None:
            yield record.fault("give the band of the number of participants", "size_band")


@check
def shares_of_a_poll_add_up(coding: Coding) -> Iterator[Fault]:
    """Shares of one question are parts of one whole."""
    names = ("share_for", "share_reserved", "share_against", "share_no_answer")
    for row, record in coding.pairs("polls"):
        shares = [row[name] for name in names if row[name] is not None]
        if not shares:
            yield record.fault("a poll without a share says nothing", "share_for")
        if sum(shares) > 1.011:  # shares are rounded to a point each
            yield record.fault(f"the shares add up to {sum(shares):.3f}", "share_for")


@check
def doubles_are_merged_or_explained(coding: Coding) -> Iterator[Fault]:
    """One act in two rows counts twice; two acts that look like one need a word on why they are two."""
    records = {(name, record.key): record for name, all_ in coding.records.items() for record in all_}
    for one, other in unexplained(coding):
        yield records[other.table, other.key].fault(
            f"this looks like {one.table} {one.key}: same actor or organisation, same day, same kind. Merge the two rows, "
            "or say in distinct_pairs.csv why they are two"
        )
