"""Sanctions as bars from the day they were imposed to the day they were lifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata.figures._drawing import (
    INK,
    NOTE_SIZE,
    PALETTE,
    Panel,
    Row,
    Time,
    TimeAxis,
    Version,
    choose,
    heading_of,
    labels_of,
    names_of_actors,
    records,
    since_first_act,
    title_of,
)

BEGINS, ENDS = ("imposed", "reinstated"), ("suspended", "lifted", "expired")
MARKERS = {"threatened": "^", "announced": "o", "tightened": "P", "eased": "D", "withdrawn": "X"}


def sanctions(
    episodes: str | Sequence[str] | None = None,
    *,
    unrelated: bool = False,
    time: Time | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw every measure as a bar from imposed to lifted, with threats and easings marked.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    unrelated
        Whether measures that answer neither the coup nor its transition are drawn as well.
    time
        ``"date"``: calendar dates. ``"day"``: days since the first act of each episode, on a
        logarithmic axis. None gives dates for one episode and days for several.
    version
        As in `load`.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row per measure, by episode and sender in the order in which the senders acted. A measure
        still in force ends in an arrow, one whose end was not found in dashes; a thin line runs
        where a date is not known to the day.

    Raises
    ------
    UnknownNameError
        There is no such episode or edition.
    ArgumentError
        There is no such `time`.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.sanctions("mli-2021-05", version="0.1")
    >>> ax.figure.savefig("sanctions.pdf")  # doctest: +SKIP
    """
    edition = Edition.find(version)
    chosen = choose(edition, episodes)
    axis = TimeAxis(chosen, time)
    measures = load("sanctions", edition)
    measures = measures[measures["episode_id"].isin(chosen.index)]
    if not unrelated:
        measures = measures[measures["coup_related"] == "coup_related"]
    history = load("sanction_events", edition).merge(
        measures[["sanction_id", "episode_id", "coup_related"]], on="sanction_id"
    )
    answers = since_first_act(history["date"], history["episode_id"], chosen)
    history["date"] = history["date"].mask(history["coup_related"] == "coup_related", answers)
    for end in ("date", "date_latest"):
        history[end] = axis.place(history[end], history["episode_id"])
    history = history.sort_values(["date", "date_latest"])
    panel = Panel(_rows(edition, chosen, measures, history), ax, width)
    origins = [axis.origin(name) for name in chosen.index]
    right = axis.set_axis(panel.ax, [*history["date"], *history["date_latest"], *origins])
    colours = dict(zip(labels_of(edition, "gsdb_type"), PALETTE, strict=False))
    for measure in records(measures):
        events = history[history["sanction_id"] == measure.sanction_id]
        _draw(panel.ax, panel.at[measure.sanction_id], measure, events, colours[measure.gsdb_type], right)
    if axis.time == "date" and len(chosen) == 1:
        panel.ax.axvline(origins[0], color=INK, linewidth=0.8, linestyle=":")
    note = "Arrow: still in force. Dashes: no source was found for its end. " + (
        "" if unrelated else "Measures that do not answer the coup or its transition are left out."
    )
    return panel.finish(title_of("Sanctions", chosen), edition, _handles(edition, colours, measures, history), note)


def _rows(edition: Edition, chosen: pd.DataFrame, measures: pd.DataFrame, history: pd.DataFrame) -> list[Row]:
    names, labels = names_of_actors(edition), labels_of(edition, "measure")
    first = measures["sanction_id"].map(history.groupby("sanction_id")["date"].min())
    ordered = measures.assign(
        first=first, sender_first=first.groupby([measures["episode_id"], measures["sender_id"]]).transform("min")
    )
    ordered = ordered.sort_values(["sender_first", "sender_id", "first", "measure"])
    rows = []
    for episode in chosen.index:
        own = ordered[ordered["episode_id"] == episode]
        rows += heading_of(chosen, str(episode), own, "measure")
        for sender, group in own.groupby("sender_id", sort=False):
            rows += _rows_of_sender(names[sender], group, labels)
    return rows


def _rows_of_sender(sender: str, measures: pd.DataFrame, labels: dict[str, str]) -> list[Row]:
    """Return a row that names sender and measure, or a heading with a row for each of several measures."""
    if len(measures) == 1:
        [measure] = records(measures)
        return [
            Row(f"{sender}: {labels[measure.measure][:1].lower()}{labels[measure.measure][1:]}", measure.sanction_id)
        ]
    twice = measures["measure"].duplicated(keep=False)
    texts = measures["measure"].map(labels).astype(str).mask(twice, measures["name"])
    rows = [Row(text, key) for text, key in zip(texts, measures["sanction_id"], strict=True)]
    return [Row(sender, (measures["sanction_id"].iloc[0], "sender"), "group"), *rows]


def spells(history: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Yield the event that put a measure into force with the one that ended it; None where none did."""
    begun = None
    for event in records(history):
        if event.action in BEGINS and begun is None:
            begun = event
        elif event.action in ENDS and begun is not None:
            yield begun, event
            begun = None
    if begun is not None:
        yield begun, None


def _draw(
    ax: Axes, y: float, measure: Any, events: pd.DataFrame, colour: tuple[float, float, float], right: float
) -> None:
    """Draw one measure: thick where it was in force, thin where it may have been."""
    for begun, ended in spells(events):
        until, at_most = (ended.date, ended.date_latest) if ended else (right, right)
        if ended is None and measure.status == "end_not_found":
            until = events["date"].max()
            ax.plot([until, right], [y, y], color=colour, linewidth=1, linestyle=(0, (4, 3)), zorder=2)
            ax.annotate(
                "?", (right, y), xytext=(2, 0), textcoords="offset points", size=NOTE_SIZE, va="center_baseline"
            )
            at_most = until
        elif ended is None:
            ax.plot(right, y, ">", ms=5, color=colour, clip_on=False, zorder=3)
        ax.plot([begun.date, at_most], [y, y], color=colour, linewidth=1, zorder=2)
        # The outline keeps a bar of one day visible.
        length = max(0.0, until - begun.date_latest)
        ax.barh(y, length, left=begun.date_latest, height=0.55, color=colour, edgecolor=colour, linewidth=1.2, zorder=2)
    for event in records(events[events["action"].isin(list(MARKERS))]):
        middle = (event.date + event.date_latest) / 2
        ax.plot(middle, y, MARKERS[event.action], ms=4, mfc="white", mec=INK, mew=0.8, zorder=4)


def _handles(
    edition: Edition, colours: dict[str, tuple[float, float, float]], measures: pd.DataFrame, history: pd.DataFrame
) -> list[Patch | Line2D]:
    kinds, actions = labels_of(edition, "gsdb_type"), labels_of(edition, "sanction_action")
    in_force = history.loc[history["action"].isin(BEGINS), "sanction_id"]
    drawn = set(measures.loc[measures["sanction_id"].isin(in_force), "gsdb_type"])
    marked = set(history["action"])
    patches = [Patch(color=colour, label=kinds[code]) for code, colour in colours.items() if code in drawn]
    marks = [
        Line2D([], [], linestyle="", marker=marker, ms=4, mfc="white", mec=INK, mew=0.8, label=actions[code])
        for code, marker in MARKERS.items() if code in marked
    ]  # fmt: skip
    return [*patches, *marks]
