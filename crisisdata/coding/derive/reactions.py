"""Rules on responses: what an act does, what each actor did towards each episode, and how that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.rows import Row, split

_IN_EFFECT = ("done", "continued")
_PLOVER = ("plover_event", "plover_intensity", "goldstein")
_THREAT, _FORCE = 2, 7
_LEVELS = {0: "none", 1: "words", 2: "threat", 7: "force"}


@rule("response_items", uses=["responses", "codes"], computes=["coercion"])
def item_coercion(row: Row, lookup: Lookup) -> Row:
    """How coercive the item is at its stage, from 0 to 7.

    An item that is done or continued has the step that the code list of items gives it. Threatened, it has step 2,
    except that threatened force has 7. A promise without a condition and with a date (a `deadline_date`, or an act that
    took effect) scores as done; any other promise scores as a threat. Items eased, ended, not adopted, passed over or
    blocked have 0. Words have 1 if their tone is negative, otherwise 0. Missing for items that are not coercive.

    Example: a summit closes borders (6), recalls envoys (3) and readies a force (7).
    """
    step = lookup.attribute("item", row["item"], "coercion")
    if step is None:
        return {"coercion": None}
    if row["item"] == "words":
        return {"coercion": int(_is_negative(_spoken(row, lookup), lookup))}
    if row["stage"] in _IN_EFFECT or _is_firm(row, lookup):
        return {"coercion": int(step)}
    if row["stage"] in ("threatened", "promised"):
        return {"coercion": _FORCE if row["item"] == "force" else _THREAT}
    return {"coercion": 0}


@rule("response_items", uses=["codes"], computes=["engagement"])
def item_engagement(row: Row, lookup: Lookup) -> Row:
    """How far the item engages those in power, from 0 to 4.

    Contact has 1; a delegation, mediation, monitoring or an accord 2; courtesy, recognition, the blocking of another's
    measure or the return of a seat 3; a benefit given, or a coercive item eased or ended, 4. Promised counts as done;
    items threatened, not adopted or passed over have none. Missing for items that engage nobody.

    Example: a delegation is sent (2) and the suspension of membership ends (3).
    """
    step = lookup.attribute("item", row["item"], "engagement")
    stage = row["stage"]
    if step is not None:
        return {"engagement": int(step) if stage in ("done", "continued", "promised") else 0}
    if row["item"] == "words":
        return {"engagement": None}
    if stage == "blocked":
        return {"engagement": 3}
    if stage in ("ended", "eased"):
        return {"engagement": 3 if row["item"] == "membership" else 4}
    return {"engagement": None}


@rule("response_items", uses=["responses", "codes"], computes=["plover_event", "plover_intensity", "goldstein"])
def item_plover(row: Row, lookup: Lookup) -> Row:
    """The PLOVER event to which the item and stage convert, with its two intensities.

    The code lists of items, stages and tones contain the conversion. An item that is done converts by the item; at any
    other stage it converts by the stage, unless the item has its own event for that stage; words convert by the tone,
    or as a request if they make a demand without a negative tone. Neither intensity is used in any other rule: PLOVER
    scores all sanctions alike, and Goldstein ranks a threat below a cut in aid.

    Example: a threat of force is THREATEN-violence, with −3.5 in PLOVER and −7.0 after Goldstein.
    """
    item, stage = row["item"], row["stage"]
    found = {name: lookup.attribute("stage", stage, name) for name in _PLOVER}
    if item == "words":
        spoken = _spoken(row, lookup)
        is_request = spoken["demands"] and not _is_negative(spoken, lookup)
        of = ("item", item) if is_request else ("tone", spoken["tone"])
        found = {name: lookup.attribute(*of, name) for name in _PLOVER}
    elif stage == "done":
        found = {name: lookup.attribute("item", item, name) for name in _PLOVER}
    else:
        own = {
            f"{stage}_event": "plover_event",
            f"{stage}_intensity": "plover_intensity",
            f"{stage}_goldstein": "goldstein",
        }
        attributes = lookup.schema.codes["item"].codes[item].attributes
        found |= {name: value for column, name in own.items() if (value := attributes.get(column))}
    event = found.pop("plover_event")
    return {"plover_event": event, **{name: float(text) if text else None for name, text in found.items()}}


@rule("responses", uses=["response_items"], how="highest", computes=["coercion", "coercion_level"])
def act_coercion(row: Row, lookup: Lookup) -> Row:
    """The highest coercion among the items of the act, and the same in five steps.

    The five steps are none (0), words (1), a threat (2), measures (3 to 6) and force (7). The order within measures is
    our own convention.
    """
    items = lookup.items[row["response_id"]]
    highest = _highest(items, "coercion")
    _items_enter("responses", row, "coercion", items, lookup)
    return {"coercion": highest, "coercion_level": coercion_level(highest)}


@rule("responses", uses=["response_items"], how="highest", computes=["engagement"])
def act_engagement(row: Row, lookup: Lookup) -> Row:
    """The highest engagement among the items of the act. It is a separate scale: mediation can accompany suspension."""
    items = lookup.items[row["response_id"]]
    _items_enter("responses", row, "engagement", items, lookup)
    return {"engagement": _highest(items, "engagement")}


def _highest(items: list[Row], name: str) -> int:
    return max((item[name] for item in items if item[name] is not None), default=0)


def _items_enter(table: str, row: Row, name: str, items: list[Row], lookup: Lookup) -> None:
    having = [item for item in items if item[name] is not None]
    lookup.enters(table, row, name, "response_items", having, weight=lambda item: item[name])


def coercion_level(step: int) -> str:
    return _LEVELS.get(step, "measures")


def reaction_rows(lookup: Lookup) -> Iterator[Row]:
    """Yield one row for each actor in each response, for each episode that the response bears on.

    An episode to which the coding only refers has its reactions in the edition that contains it.
    """
    for response in lookup.rows["responses"]:
        actors = split(response["actor_ids"], ";")
        for actor_id in actors:
            kind = lookup.actor_type(actor_id)
            for episode_id in split(response["episode_ids"], ";"):
                if episode_id not in lookup.episodes:
                    continue
                items = lookup.items_towards(response["response_id"], episode_id)
                words = lookup.words_towards(response, episode_id)
                coercion = _highest(items, "coercion")
                yield {
                    "response_id": response["response_id"],
                    "actor_id": actor_id,
                    "episode_id": episode_id,
                    "organisation_id": lookup.organisation(actor_id),
                    "actor_type": kind,
                    "is_lead": "yes" if actor_id == actors[0] else "no",
                    "own_name": lookup.attribute("actor_type", kind, "own_name") or "no",
                    **{f"event_date{part}": response[f"event_date{part}"] for part in ("", "_latest", "_precision")},
                    **_days(response, lookup.episodes[episode_id]),
                    "about": split(words["about"], ";")[0],
                    **{name: words[name] for name in ("tone", "demands")},
                    **{name: response[name] for name in ("channel", "mixed")},
                    "coercion": coercion,
                    "coercion_level": coercion_level(coercion),
                    "engagement": _highest(items, "engagement"),
                }


def _days(response: Row, episode: Row) -> Row:
    if not episode["first_act_date"]:
        return {"days_low": None, "days_high": None}
    return {
        "days_low": (response["event_date"] - episode["first_act_date_latest"]).days,
        "days_high": (response["event_date_latest"] - episode["first_act_date"]).days,
    }


@rule(
    "reactions",
    uses=["responses", "response_items"],
    how="same",
    computes=[
        "response_id",
        "actor_id",
        "episode_id",
        "organisation_id",
        "actor_type",
        "is_lead",
        "own_name",
        "event_date",
        "days_low",
        "days_high",
        "channel",
        "about",
        "tone",
        "mixed",
        "demands",
    ],
)
def reactions(row: Row, lookup: Lookup) -> Row:
    """Who acted, when, how and about what: the columns of the response, for one of its actors and one of its episodes.

    `organisation_id` is the last parent in the actor's chain of parents. Days are counted from the last and the first
    day on which the first act of the episode may have taken place. Whether an actor acts in its own name depends on its
    type: states, organisations and their bodies do; analysts, media and unnamed groups do not. For a text on several
    countries that speaks about them in different terms, `about`, `tone` and `demands` are those of the words on the
    episode.
    """
    return {}


@rule(
    "reactions",
    uses=["response_items", "sanctions"],
    how="highest",
    computes=["coercion", "coercion_level", "engagement"],
)
def reaction_steps(row: Row, lookup: Lookup) -> Row:
    """The highest coercion and engagement among the items that count for the episode.

    One text may bear on several countries. An item counts for the episodes that it names in `episode_ids`; if it names
    none, for those of the response in the countries of the measures that it names; if it names no measures either, for
    all episodes of the response.
    """
    items = lookup.items_towards(row["response_id"], row["episode_id"])
    for name in ("coercion", "engagement"):
        _items_enter("reactions", row, name, items, lookup)
    return {}


@rule("reactions", uses=["responses", "episodes"], computes=["reinstatement_demanded"])
def reinstatement(row: Row, lookup: Lookup) -> Row:
    """Whether the act demands that the executive return: yes if `demands` includes reinstatement; not applicable if the
    executive was killed or had died.
    """
    if lookup.episodes[row["episode_id"]]["executive_fate"] in ("killed", "died_before"):
        return {"reinstatement_demanded": "not_applicable"}
    return {"reinstatement_demanded": "yes" if "reinstatement" in split(row["demands"], ";") else "no"}


@rule(
    "reactions",
    uses=["reactions", "response_items", "sanctions"],
    computes=["in_force_before", "in_force_after", "change"],
)
def change(row: Row, lookup: Lookup) -> Row:
    """How the act changes what the actor has in force against those in power in the episode.

    Coercive items that last are in force: from a threat, a firm promise or a decision to the act that ends them; a
    measure replaces its threat. Words, a summons and a single exclusion do not last. The highest steps before and after
    the act are compared; an eased item counts half a step lower, so that easing the highest item is a step down. For a
    text on several countries, only the items that count for the episode are compared (as for `coercion`). Bodies of one
    organisation are compared separately. The first act towards an episode is `first`, and so are acts on the same day
    if their order is not known.

    Example: a body threatens measures (first), closes borders (up), keeps them (same), eases them (down).
    """
    courses = lookup.once("courses", _courses)
    before, after, first, earlier = courses[row["actor_id"], row["episode_id"]][row["response_id"]]
    lookup.enters("reactions", row, ["in_force_before", "in_force_after", "change"], "responses", earlier)
    code = "first" if first else "same" if after == before else "up" if after > before else "down"
    # The half step of an eased item is for the comparison; the step itself is a whole number.
    return {"in_force_before": int(before + 0.5), "in_force_after": int(after + 0.5), "change": code}


@rule("reactions", uses=["responses", "response_items"])
def takeover_position(row: Row, lookup: Lookup) -> Row:
    """Tone of the actor's last act whose main matter is the takeover, up to and including this one; missing before the
    first.
    """
    past = []
    for each in lookup.once("acts", _acts_by_actor)[row["actor_id"], row["episode_id"]]:
        words = lookup.words_towards(each, row["episode_id"])
        if each["event_date"] <= row["event_date"] and words["tone"] and split(words["about"], ";")[0] == "takeover":
            past.append((each, words["tone"]))
    lookup.enters("reactions", row, "takeover_position", "responses", [each for each, _ in past[-1:]])
    return {"takeover_position": past[-1][1] if past else None}


Course = dict[str, tuple[float, float, bool, list[Row]]]


def _course(acts: list[Row], episode_id: str, lookup: Lookup) -> Course:
    """Return, for each act of one actor towards one episode, what was in force before and after it, and from which
    acts.
    """
    in_force: dict[str, tuple[float, Row]] = {}
    found: Course = {}
    first_day = acts[0]["event_date"] if acts else None
    for act in acts:
        before = max((step for step, _ in in_force.values()), default=0.0)
        earlier = list({id(row): row for _, row in in_force.values()}.values())
        for item in lookup.items_towards(act["response_id"], episode_id):
            _apply(item, act, in_force, lookup)
        after = max((step for step, _ in in_force.values()), default=0.0)
        found[act["response_id"]] = before, after, act["event_date"] == first_day, earlier
    return found


def _courses(lookup: Lookup) -> dict[tuple[str, str], Course]:
    acts: dict[tuple[str, str], list[Row]] = lookup.once("acts", _acts_by_actor)
    return {(actor_id, episode_id): _course(rows, episode_id, lookup) for (actor_id, episode_id), rows in acts.items()}


def _apply(item: Row, act: Row, in_force: dict[str, tuple[float, Row]], lookup: Lookup) -> None:
    name, stage = item["item"], item["stage"]
    if lookup.attribute("item", name, "lasts") != "yes":
        return
    if stage in ("ended", "blocked", "not_adopted", "passed_over"):
        in_force.pop(name, None)
        if name == "unspecified" or stage == "ended":
            in_force.pop("unspecified", None)
    elif stage == "eased":
        step = float(lookup.attribute("item", name, "coercion") or 0)
        in_force[name] = step - 0.5, act
    elif stage in ("done", "continued") or (stage in ("threatened", "promised") and name not in in_force):
        in_force[name] = float(item["coercion"] or 0), act
        if stage == "done":
            in_force.pop("unspecified", None)


def _acts_by_actor(lookup: Lookup) -> dict[tuple[str, str], list[Row]]:
    """Return the acts of each actor towards each episode, in order of their days."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for response in sorted(
        lookup.rows["responses"], key=lambda r: (r["event_date"], r["event_date_latest"], r["response_id"])
    ):
        for actor_id in split(response["actor_ids"], ";"):
            for episode_id in split(response["episode_ids"], ";"):
                found[actor_id, episode_id].append(response)
    return found


def _spoken(item: Row, lookup: Lookup) -> Row:
    """Return the row with the tone and demands of an item of words: its own, or that of its response."""
    return item if item["about"] else lookup.responses[item["response_id"]]


def _is_negative(spoken: Row, lookup: Lookup) -> bool:
    return spoken["tone"] is not None and lookup.score("tone", spoken["tone"]) < 0


def _is_firm(item: Row, lookup: Lookup) -> bool:
    """Say whether a promise is firm: unconditional, and with a date."""
    response = lookup.responses[item["response_id"]]
    return item["stage"] == "promised" and not response["conditions"] and response["deadline_date"] is not None
