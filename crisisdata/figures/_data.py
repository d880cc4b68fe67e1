"""The data that figures share: the rows of the chosen episodes, ready to be placed on a time axis."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypeAlias, get_args

import pandas as pd

from crisisdata._editions import Edition
from crisisdata._legacy import needs_edition
from crisisdata._load import load
from crisisdata._spells import Spell, spells_in_force
from crisisdata.errors import ArgumentError, UnknownNameError

Version: TypeAlias = str | os.PathLike[str] | Edition | None

_LONG_NAME = 24  # letters above which an actor is drawn under its acronym


def begin(figure: str, version: Version, episodes: str | Sequence[str] | None) -> tuple[Edition, pd.DataFrame]:
    """Return the edition to draw, and the requested episodes as from `episodes_of`.

    Figures read the tables of edition 1.0.
    """
    edition = Edition.find(version)
    needs_edition("1.0", f"figures.{figure}", edition)
    return edition, episodes_of(edition, episodes)


def episodes_of(edition: Edition, episodes: str | Sequence[str] | None) -> pd.DataFrame:
    """Return the requested episodes, indexed by key; for None, all in chronological order."""
    frame = read("episodes", edition).set_index("episode_id").sort_values("first_act_date")
    asked = [episodes] if isinstance(episodes, str) else list(frame.index if episodes is None else episodes)
    if len(set(asked)) < len(asked):
        raise ArgumentError(f"episodes={asked!r} must not repeat an episode.")
    if not asked:
        raise ArgumentError("episodes=[] must name at least one episode; leave it out for all of them.")
    for name in asked:
        if name not in frame.index:
            raise UnknownNameError.of("episode", name, frame.index, where=edition.label)
    return frame.loc[asked]


def read(name: str, edition: Edition) -> pd.DataFrame:
    """Return a table with any name, even one that the newest edition lacks."""
    return load(name, edition)  # type: ignore[call-overload]


def check_top(top: int | None) -> None:
    """Refuse a number of rows that leaves nothing to draw."""
    if top is not None and top < 1:
        raise ArgumentError(f"top={top} must be 1 or more, or None for all.")


def check_option(name: str, value: object, options: object) -> None:
    """Refuse a value outside a `Literal`; None leaves the choice to the figure."""
    if value is not None and value not in get_args(options):
        raise ArgumentError.of(name, value, get_args(options))


def reactions_of(edition: Edition, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the reactions to the chosen episodes."""
    acts = _of(chosen, read("reactions", edition))
    return acts.assign(event_date=_since_first_act(acts, chosen))


def positions_of(edition: Edition, chosen: pd.DataFrame, about: Sequence[str]) -> pd.DataFrame:
    """Return the positions of domestic actors on these objects, without those that have no arena."""
    stands = _of(chosen, read("support", edition))
    stands = stands[stands["about"].isin(about) & stands["arena"].notna()]
    answers = _since_first_act(stands, chosen)
    # A position on the incumbent may well be older than the coup.
    return stands.assign(event_date=stands["event_date"].where(stands["about"] == "incumbent_before", answers))


def polls_of(edition: Edition, chosen: pd.DataFrame, about: Sequence[str]) -> pd.DataFrame:
    """Return the poll questions on these objects, with the first and last possible day of the interviews."""
    polls = _of(chosen, read("polls", edition))
    polls = polls[polls["about"].isin(about)].sort_values(["fieldwork_start_date", "poll_id"])
    last = polls["fieldwork_end_date_latest"].fillna(polls["fieldwork_start_date_latest"])
    return polls.assign(event_date=polls["fieldwork_start_date"], event_date_latest=last)


def measures_of(edition: Edition, chosen: pd.DataFrame, *, unrelated: bool = False) -> pd.DataFrame:
    """Return the measures of the chosen episodes, each with its `history` and its `spells` in force."""
    measures = _of(chosen, read("sanctions", edition))
    if not unrelated:
        measures = measures[measures["coup_related"] == "coup_related"]
    events = read("sanction_events", edition).sort_values("event_date", kind="stable")
    events = events.merge(measures[["sanction_id", "episode_id", "coup_related"]], on="sanction_id")
    answers = _since_first_act(events, chosen)
    # What answers the coup came after it, also where only its month is known.
    events = events.assign(event_date=answers.where(events["coup_related"] == "coup_related", events["event_date"]))
    histories = {str(key): rows for key, rows in with_python_dates(events).groupby("sanction_id")}
    plain = with_python_dates(measures)
    cutoffs = chosen["coded_through"].dt.date
    spells = [
        list(
            spells_in_force(
                histories[measure.sanction_id].to_dict("records"),
                still_in_force=measure.still_in_force == "yes",
                cutoff=cutoffs[measure.episode_id],
                shown_in_force=measure.shown_in_force_date,
                shown_out=measure.shown_out_date_latest,
            )
        )
        for measure in records(plain)
    ]
    known: dict[str, Any] = {"history": [histories[key] for key in measures["sanction_id"]], "spells": spells}
    return measures.assign(
        **known,
        organisation_id=measures["sender_id"].map(organisations(edition)),
        first=[
            first_day(own) or histories[key]["event_date"].min()
            for key, own in zip(measures["sanction_id"], spells, strict=True)
        ],
        ever=[bool(own) for own in spells],
    ).sort_values(["first", "sender_id", "measure"])


def same_course(measures: pd.DataFrame) -> list[pd.DataFrame]:
    """Return groups of measures of one sender with the same dates, from the first threat to the end."""
    course = [
        (
            row.episode_id,
            row.sender_id,
            row.status,
            *((e.action, e.event_date) for e in records(row.history) if e.action in _TURNS),
        )
        for row in records(measures)
    ]
    keys = pd.Series([repr(key) for key in course], index=measures.index, dtype=object)
    return [group for _, group in measures.groupby(keys, sort=False)]


# What a course is made of; that a measure was extended, or that somebody was put on its list, turns nothing.
_TURNS = frozenset(
    {
        "threatened",
        "imposed",
        "tightened",
        "eased",
        "suspended",
        "reinstated",
        "lifted",
        "expired",
        "withdrawn",
        "not_adopted",
    }
)


def first_day(spells: Sequence[Spell]) -> date | None:
    """Return the first day on which a measure may have been in force."""
    return min((spell.starts[0] for spell in spells), default=None)


def organisations(edition: Edition) -> dict[str, str]:
    """Return the organisation to which each actor belongs, by its key; itself if it belongs to none."""
    parents = read("actors", edition).set_index("actor_id")["parent_id"].dropna().to_dict()
    top = {}
    for actor in read("actors", edition)["actor_id"]:
        above = actor
        while above in parents:
            above = parents[above]
        top[actor] = above
    return top


def publishers_of(edition: Edition, table: str) -> pd.Series:
    """Return the number of independent publishers behind each record of a table."""
    evidence = read("evidence", edition)
    return evidence[evidence["table_name"] == table].groupby("record_id")["publishers"].max()


def with_python_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its dates as Python dates, and None for missing ones."""
    dates = {
        str(name): frame[name].dt.date.astype(object).where(frame[name].notna(), None)
        for name in frame.select_dtypes("datetime")
    }
    return frame.assign(**dates)


def _of(chosen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["episode_id"].isin(chosen.index)]


def _since_first_act(frame: pd.DataFrame, chosen: pd.DataFrame) -> pd.Series:
    """Return the dates of responses to a coup; if the day is not known, only days since the coup count."""
    starts = frame["episode_id"].astype(str).map(chosen["first_act_date"])
    straddles = (frame["event_date"] < starts) & (frame["event_date_latest"] >= starts)
    return frame["event_date"].mask(straddles, starts)


def names_of_actors(edition: Edition, letters: int = _LONG_NAME) -> pd.Series:
    """Return the name under which each actor is drawn: its acronym if the name is longer."""
    actors = read("actors", edition).set_index("actor_id")
    long = actors["name"].str.len() > min(letters, _LONG_NAME)
    return actors["acronym"].where(actors["acronym"].notna() & long, actors["name"])


def codes_of(edition: Edition, code_list: str) -> pd.DataFrame:
    """Return the codes of a list, in its order."""
    codes = read("codes", edition)
    return codes[codes["code_list"] == code_list]


def labels_of(edition: Edition, code_list: str) -> dict[str, str]:
    """Return the label of each code of a list, in its order."""
    return codes_of(edition, code_list).set_index("code")["label"].to_dict()  # type: ignore[return-value]


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame as named tuples; typed as Any, because pandas does not give their types."""
    yield from frame.itertuples()
