"""Sanctions as bars from the day they were imposed to the day they were lifted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._editions import Edition
from crisisdata._spells import Event
from crisisdata.figures._data import (
    Version,
    choose,
    labels_of,
    measures_of,
    names_of_actors,
    records,
    times_in_force_of,
)
from crisisdata.figures._drawing import (
    INK,
    NOTE_SIZE,
    PALETTE,
    LabelledAxes,
    LabelledRow,
    Time,
    TimeAxis,
    heading_of,
    title_of,
)

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
    measures, history = measures_of(edition, chosen, unrelated=unrelated)
    history = axis.placed(history)
    in_force = times_in_force_of(history)
    chart = LabelledAxes(_rows(edition, chosen, measures, history), ax, width)
    origins = [axis.origin(name) for name in chosen.index]
    right = axis.set_axis(chart.ax, [*history["date"], *history["date_latest"], *origins])
    colours = dict(zip(labels_of(edition, "gsdb_type"), PALETTE, strict=False))
    for measure in records(measures):
        events, y = history[history["sanction_id"] == measure.sanction_id], chart.at[measure.sanction_id]
        _draw_bars(chart.ax, y, measure, events, in_force[measure.sanction_id], colours[measure.gsdb_type], right)
        _draw_marks(chart.ax, y, events)
    if axis.time == "date" and len(chosen) == 1:
        chart.ax.axvline(origins[0], color=INK, linewidth=0.8, linestyle=":")
    note = "Arrow: still in force. Dashes: no source was found for its end. " + (
        "" if unrelated else "Measures that do not answer the coup or its transition are left out."
    )
    return chart.finish(
        title_of("Sanctions", chosen), edition, _handles(edition, colours, measures, history, in_force), note
    )


def _rows(edition: Edition, chosen: pd.DataFrame, measures: pd.DataFrame, history: pd.DataFrame) -> list[LabelledRow]:
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


def _rows_of_sender(sender: str, measures: pd.DataFrame, labels: dict[str, str]) -> list[LabelledRow]:
    """Return a row that names sender and measure, or a heading with a row for each of several measures."""
    if len(measures) == 1:
        [measure] = records(measures)
        return [
            LabelledRow(
                f"{sender}: {labels[measure.measure][:1].lower()}{labels[measure.measure][1:]}", measure.sanction_id
            )
        ]
    twice = measures["measure"].duplicated(keep=False)
    texts = measures["measure"].map(labels).astype(str).mask(twice, measures["name"])
    rows = [LabelledRow(text, key) for text, key in zip(texts, measures["sanction_id"], strict=True)]
    return [LabelledRow(sender, (measures["sanction_id"].iloc[0], "sender"), "group"), *rows]


def _draw_bars(
    ax: Axes,
    y: float,
    measure: Any,
    events: pd.DataFrame,
    in_force: list[tuple[Event, Event | None]],
    colour: tuple[float, float, float],
    right: float,
) -> None:
    """Draw one measure: thick where it was in force, thin where it may have been."""
    for begun, ended in in_force:
        until, at_most = (ended["date"], ended["date_latest"]) if ended else (right, right)
        if ended is None and measure.status == "end_not_found":
            until = events["date"].max()
            ax.plot([until, right], [y, y], color=colour, linewidth=1, linestyle=(0, (4, 3)), zorder=2)
            ax.annotate(
                "?", (right, y), xytext=(2, 0), textcoords="offset points", size=NOTE_SIZE, va="center_baseline"
            )
            at_most = until
        elif ended is None:
            ax.plot(right, y, ">", ms=5, color=colour, clip_on=False, zorder=3)
        ax.plot([begun["date"], at_most], [y, y], color=colour, linewidth=1, zorder=2)
        # The outline keeps a bar of one day visible.
        left = begun["date_latest"]
        length = max(0.0, until - left)
        ax.barh(y, length, left=left, height=0.55, color=colour, edgecolor=colour, linewidth=1.2, zorder=2)


def _draw_marks(ax: Axes, y: float, events: pd.DataFrame) -> None:
    for event in records(events[events["action"].isin(list(MARKERS))]):
        ax.plot(event.place, y, MARKERS[event.action], ms=4, mfc="white", mec=INK, mew=0.8, zorder=4)


def _handles(
    edition: Edition,
    colours: dict[str, tuple[float, float, float]],
    measures: pd.DataFrame,
    history: pd.DataFrame,
    in_force: dict[str, list[tuple[Event, Event | None]]],
) -> list[Patch | Line2D]:
    kinds, actions = labels_of(edition, "gsdb_type"), labels_of(edition, "sanction_action")
    ever_in_force = [sanction for sanction, times in in_force.items() if times]
    drawn = set(measures.loc[measures["sanction_id"].isin(ever_in_force), "gsdb_type"])
    marked = set(history["action"])
    patches = [Patch(color=colour, label=kinds[code]) for code, colour in colours.items() if code in drawn]
    marks = [
        Line2D([], [], linestyle="", marker=marker, ms=4, mfc="white", mec=INK, mew=0.8, label=actions[code])
        for code, marker in MARKERS.items() if code in marked
    ]  # fmt: skip
    return [*patches, *marks]
