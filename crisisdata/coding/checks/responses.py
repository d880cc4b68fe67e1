"""Checks on responses and their items."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.rows import split

_UNDONE = {"not_adopted", "passed_over", "blocked"}


@fault
def tone_follows_words(coded: Coded) -> Iterator[Found]:
    """Tone is coded from words: an act with reported words has a tone, an act without them has none."""
    for row, record in coded.pairs("responses"):
        items = {item["item"] for item in coded.items.get(row["response_id"], ())}
        spoken = "words" in items
        if spoken and row["tone"] is None:
            yield Found(record, "a response with the item 'words' needs a tone", "tone")
        if row["tone"] is not None and not spoken:
            yield Found(record, "a response with a tone needs the item 'words'", "items")
        if row["mixed"] == "yes" and row["tone"] != "notes":
            yield Found(record, "a text that both blames and praises must have the tone 'notes'", "tone")
        if not items:
            yield Found(record, "a response needs at least one item", "items")


@fault
def stages_fit_items(coded: Coded) -> Iterator[Found]:
    """Only a measure can be threatened, continued, eased or not adopted; words are done, and a measure of unspecified
    kind is never imposed.
    """
    for row, record in coded.pairs("response_items"):
        if row["item"] is None or row["stage"] is None or row["item"] not in coded.schema.codes["item"].codes:
            continue
        coercive = coded.attribute("item", row["item"], "coercion") is not None
        if row["item"] == "words" and row["stage"] != "done":
            yield Found(record, "the item 'words' must have the stage 'done'", "stage")
        elif row["item"] == "unspecified" and row["stage"] in ("done", "continued"):
            yield Found(record, "a measure that was taken must have a kind; name it", "item")
        elif not coercive and row["stage"] in ("threatened", "eased", "passed_over", "blocked"):
            yield Found(record, f"{row['item']} is not a measure and cannot be {row['stage']}", "stage")


@fault
def other_demands_are_named(coded: Coded) -> Iterator[Found]:
    """The code `other` means nothing without the text."""
    for row, record in coded.pairs("responses"):
        if "other" in split(row["demands"], ";") and row["demands_text"] is None:
            yield Found(record, "state in demands_text what else is demanded", "demands_text")


@fault
def not_acting_is_no_deed(coded: Coded) -> Iterator[Found]:
    """If a body did not act, an item must say what it did not do."""
    for row, record in coded.pairs("responses"):
        stages = {item["stage"] for item in coded.items.get(row["response_id"], ())}
        if row["channel"] == "non_action" and not stages & _UNDONE:
            yield Found(record, "a non-action needs an item that was not adopted, passed over or blocked", "items")


@fault
def responders_are_external(coded: Coded) -> Iterator[Found]:
    """Responses come from abroad; acts of domestic actors are in `authority_acts` and `support`."""
    for row, record in coded.pairs("responses"):
        countries = coded.countries_of(row)
        for each in split(row["actor_ids"], ";"):
            actor = coded.actors.get(each)
            if actor and actor["side"] == "domestic" and (actor["iso3"] is None or actor["iso3"] in countries):
                where = ", ".join(sorted(countries))
                message = f"{each} is domestic in {where}; code its acts in authority_acts or support"
                yield Found(record, message, "actor_ids")


@fault
def items_and_measures_agree(coded: Coded) -> Iterator[Found]:
    """An item names measures of the responding sender, of the same kind as the item."""
    for row, record in coded.pairs("response_items"):
        response = coded.responses.get(row["response_id"])
        for each in split(row["sanction_id"], ";"):
            measure = coded.sanctions.get(each)
            if measure is None or response is None:
                continue
            kind = coded.attribute("measure", measure["measure"], "item")
            if (
                kind
                and row["item"]
                and row["item"] not in (kind, "unspecified")
                and measure["measure"] != "unspecified"
            ):
                message = f"{each} is {measure['measure']}, which is the item {kind!r}; got {row['item']!r}"
                yield Found(record, message, "sanction_id")
            theirs = {up for actor in split(response["actor_ids"], ";") for up in coded.lineage(actor)}
            if theirs and not theirs & set(coded.lineage(measure["sender_id"])) and row["stage"] != "blocked":
                message = (
                    f"{each} is a measure of {measure['sender_id']}, which is not among the actors of the response"
                )
                yield Found(record, message, "sanction_id")


@fault
def items_count_for_episodes_of_their_response(coded: Coded) -> Iterator[Found]:
    """An item counts for episodes of its response, and names them only if it names no measure."""
    for row, record in coded.pairs("response_items"):
        response = coded.responses.get(row["response_id"])
        of_response = split(response["episode_ids"], ";") if response else []
        for each in split(row["episode_ids"], ";"):
            if response and each not in of_response:
                message = f"must be among the episodes of the response: {', '.join(of_response)}; got {each}"
                yield Found(record, message, "episode_ids")
        if row["episode_ids"] and row["sanction_id"]:
            yield Found(record, "the item counts for the country of its measures; delete this value", "episode_ids")
        if any(row[name] for name in ("about", "tone", "demands")):
            if row["item"] != "words" or not row["episode_ids"]:
                message = "only words on some of the episodes have a separate matter and tone; add episode_ids"
                yield Found(record, message, "about")
            elif not row["about"]:
                yield Found(record, "words with a separate tone or demands need the matter that they answer", "about")


@warning
def published_soon_after(coded: Coded) -> Iterator[Found]:
    """A text published more than a year after its adoption usually has a wrong year."""
    for row, record in coded.pairs("responses"):
        if row["published_date"] and row["event_date_latest"]:
            days = (row["published_date"] - row["event_date_latest"]).days
            if days > 365:
                message = f"{row['published_date']} is {days} days after the act, {row['event_date']}"
                yield Found(record, message, "published_date")
