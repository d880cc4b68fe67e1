"""What the figures share in data: the rows of the chosen episodes, ready to be placed on a time axis."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import pandas as pd

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata._spells import Event, times_in_force
from crisisdata.errors import ArgumentError, UnknownNameError

Version: TypeAlias = str | os.PathLike[str] | Edition | None


def choose(edition: Edition, episodes: str | Sequence[str] | None) -> pd.DataFrame:
    """Return the episodes asked for, indexed by key, in the order asked; all in order of time for None."""
    frame = load("episodes", edition).set_index("episode_id").sort_values("first_act_date")
    asked = [episodes] if isinstance(episodes, str) else list(frame.index if episodes is None else episodes)
    if len(set(asked)) < len(asked):
        raise ArgumentError(f"episodes={asked!r} names an episode twice; a figure has one place for each.")
    if not asked:
        raise ArgumentError("episodes=[] names no episode. Leave it out for all of them.")
    for name in asked:
        if name not in frame.index:
            raise UnknownNameError.of("episode", name, frame.index, where=f"edition {edition.version}")
    return frame.loc[asked]


def responses_of(edition: Edition, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the responses to the chosen episodes, with their `step` on the ladder of severity."""
    acts = _of(chosen, load("responses", edition))
    acts = acts.assign(date=_since_first_act(acts, chosen), step=acts["severity"].cat.codes)
    return acts


def positions_of(edition: Edition, chosen: pd.DataFrame, about: Sequence[str]) -> pd.DataFrame:
    """Return the positions of domestic actors on these objects, and whether each is a `poll`."""
    stands = _of(chosen, load("support", edition))
    stands = stands[stands["object"].isin(about)]
    answers = _since_first_act(stands, chosen)
    # A position on the incumbent may well be older than the coup.
    return stands.assign(
        date=stands["date"].where(stands["object"] == "incumbent", answers), poll=stands["form"] == "poll"
    )


def measures_of(edition: Edition, chosen: pd.DataFrame, *, unrelated: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the measures of the chosen episodes and their history, in the order in which the tables read it."""
    measures = _of(chosen, load("sanctions", edition))
    if not unrelated:
        measures = measures[measures["coup_related"] == "coup_related"]
    events = load("sanction_events", edition).sort_values("date", kind="stable")
    history = events.merge(measures[["sanction_id", "episode_id", "coup_related"]], on="sanction_id")
    answers = _since_first_act(history, chosen)
    return measures, history.assign(date=history["date"].mask(history["coup_related"] == "coup_related", answers))


def times_in_force_of(history: pd.DataFrame) -> dict[str, list[tuple[Event, Event | None]]]:
    """Return, by measure, the events that put it in force, each with the one that ended it."""
    return {
        str(sanction): list(times_in_force(events.to_dict("records")))
        for sanction, events in history.groupby("sanction_id")
    }


def _of(chosen: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["episode_id"].isin(chosen.index)]


def _since_first_act(frame: pd.DataFrame, chosen: pd.DataFrame) -> pd.Series:
    """Return the dates of answers to a coup: of one known to the month, only the days since the coup count."""
    starts = frame["episode_id"].astype(str).map(chosen["first_act_date"])
    return frame["date"].where(~(frame["date"] < starts), starts)


def names_of_actors(edition: Edition) -> pd.Series:
    """Return the name under which each actor is drawn: its acronym where the name is long."""
    actors = load("actors", edition).set_index("actor_id")
    return actors["acronym"].where(actors["acronym"].notna() & (actors["name"].str.len() > 24), actors["name"])


def codes_of(edition: Edition, code_list: str) -> pd.DataFrame:
    """Return the codes of a list, in its order."""
    codes = load("codes", edition)
    return codes[codes["list"] == code_list]


def labels_of(edition: Edition, code_list: str) -> dict[str, str]:
    """Return the label of each code of a list, in its order."""
    return codes_of(edition, code_list).set_index("code")["label"].to_dict()  # type: ignore[return-value]


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame as named tuples; of any type, since pandas does not say which."""
    yield from frame.itertuples()
