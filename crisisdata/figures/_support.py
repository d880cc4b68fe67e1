"""Where domestic actors stood, from −2 to +2, and when they changed their minds."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from crisisdata._deprecate import renamed_arguments
from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError
from crisisdata.figures._data import Version, choose, codes_of, labels_of, positions_of, records
from crisisdata.figures._drawing import (
    FAINT,
    INK,
    NOTE_SIZE,
    GroupBy,
    LabelledAxes,
    LabelledRow,
    Time,
    TimeAxis,
    heading_of,
    key_of,
    rows_of_actors,
    title_of,
)

MARKERS = {-2: "v", -1: "v", 0: "o", 1: "^", 2: "^"}
COLOURS = dict(zip(MARKERS, sns.color_palette("PuOr", 5), strict=True))  # told apart by colour-blind readers


@renamed_arguments(by="group_by")
def support(
    episodes: str | Sequence[str] | None = None,
    *,
    about: Sequence[str] = ("takeover", "junta_rule"),
    group_by: GroupBy | None = None,
    time: Time | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw the position of each domestic actor over time, and polls apart.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    about
        What the positions are about: codes of ``support.object``. A position towards sanctions or
        the former executive is another matter than one towards the takeover.
    group_by
        ``"actor"``: a row for each actor; ``"type"``: one for each type of actor. None gives actors
        for one episode and types for several.
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
        A row per episode and actor, by type of actor. A mark's direction, colour and height in the
        row give the position; filled ones were shown by mobilising. In a row of a type of actor, a number beside
        a mark says how many actors it stands for. Polls have rows of their own with the share that gave the answer
        and the sample.

    Raises
    ------
    UnknownNameError
        There is no such episode or edition.
    ArgumentError
        There is no such object, `group_by` or `time`.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.support("mli-2021-05", version="0.1")
    >>> ax.figure.savefig("support.pdf")  # doctest: +SKIP
    """
    edition = Edition.find(version)
    chosen = choose(edition, episodes)
    axis = TimeAxis(chosen, time)
    objects = labels_of(edition, "support_object")
    for asked in about:
        if asked not in objects:
            raise ArgumentError.of("about", asked, objects)
    stands = axis.placed(positions_of(edition, chosen, about)).sort_values(["place", "position_score"])
    key = key_of(group_by, chosen)
    chart = LabelledAxes(_rows(edition, chosen, stands, key), ax, width, line=0.22)
    axis.set_axis(chart.ax, [*stands["date"], *stands["date_latest"], *map(axis.origin, chosen.index)])
    if axis.time == "day" or len(chosen) == 1:
        chart.ax.axvline(axis.origin(str(chosen.index[0])), color=INK, linewidth=0.8, linestyle=":")
    for (episode, actor), own in stands[~stands["poll"]].groupby(["episode_id", key], observed=True):
        y = _draw(chart, (episode, actor), own)
        if key == "actor_type":
            _count(chart, own, y)
        else:
            chart.ax.plot(own["place"], y, color=FAINT, linewidth=0.7, zorder=1, drawstyle="steps-post")
    for index, poll in stands[stands["poll"]].iterrows():
        _draw(chart, poll["support_id"], stands.loc[[index]])
        _write_poll(chart, poll)
    what = ", ".join(objects[name].lower() for name in about)
    note = f"Positions on: {what}. Line along a mark: the day is not known." + (
        " Number beside a mark: so many actors." if key == "actor_type" else ""
    )
    return chart.finish(title_of("Popular support", chosen), edition, _handles(edition), note)


def _draw(chart: LabelledAxes, row: object, own: pd.DataFrame) -> pd.Series:
    """Draw the positions of one row and return their heights in it."""
    y = chart.at[row] - 0.15 * chart.tall[row] * own["position_score"].astype(float)
    chart.ax.hlines(y, own["date"], own["date_latest"], color=FAINT, linewidth=1, zorder=1)
    for x, height, score in zip(own["place"], y, own["position_score"], strict=True):
        chart.ax.plot(x, height, **_style(int(score)), zorder=3)
    return y


def _count(chart: LabelledAxes, own: pd.DataFrame, y: pd.Series) -> None:
    """Write beside a mark how many actors it stands for, where it hides those of others."""
    marks = own.assign(y=y).groupby(["place", "y"], as_index=False).agg(actors=("actor_id", "nunique"))
    for mark in records(marks):
        if mark.actors > 1:
            chart.ax.annotate(
                str(mark.actors), (mark.place, mark.y), xytext=(3.5, 0), textcoords="offset points",
                size=NOTE_SIZE - 1, va="center_baseline", zorder=4,
            )  # fmt: skip


def _style(score: int) -> dict[str, Any]:
    return {
        "linestyle": "", "marker": MARKERS[score], "ms": 6 if abs(score) == 2 else 4.5, "mfc": COLOURS[score],
        "mec": INK, "mew": 0.6,
    }  # fmt: skip


def _write_poll(chart: LabelledAxes, poll: pd.Series) -> None:
    """Write share and sample beside the mark, on the side where there is room."""
    share = "" if pd.isna(poll["poll_share"]) else f"{poll['poll_share']:.0%}"
    sample = "" if pd.isna(poll["poll_sample"]) else f" of {poll['poll_sample']:,}"
    ax = chart.ax
    left = ax.transAxes.inverted().transform(ax.transData.transform((poll["place"], 0)))[0] > 0.6
    ax.annotate(
        share + sample, (poll["place"], chart.at[poll["support_id"]]), xytext=(-6 if left else 6, 0),
        textcoords="offset points", size=NOTE_SIZE, va="center_baseline", ha="right" if left else "left",
        bbox={"fc": "white", "ec": "none", "pad": 0.3},
    )  # fmt: skip


def _rows(edition: Edition, chosen: pd.DataFrame, stands: pd.DataFrame, key: str) -> list[LabelledRow]:
    rows = []
    for episode in chosen.index:
        own = stands[stands["episode_id"] == episode]
        rows += heading_of(chosen, str(episode), own, "position")
        rows += rows_of_actors(edition, str(episode), own[~own["poll"]], key)
        polls = own[own["poll"]]
        if len(polls):
            rows.append(LabelledRow("Polls", (episode, "polls"), "group"))
        texts = polls["poll_question"].where(polls["poll_question"].notna(), polls["summary"])
        rows += [
            LabelledRow(shorten(text, 80, placeholder=" …"), name)
            for text, name in zip(texts, polls["support_id"], strict=True)
        ]
    return rows


def _handles(edition: Edition) -> list[Line2D]:
    scale = codes_of(edition, "position").sort_values("value")
    return [
        Line2D([], [], **_style(int(value)), label=f"{value:+.0f} {label}".replace("-", "−").replace("+0", "0"))
        for value, label in zip(scale["value"], scale["label"], strict=True)
    ]
