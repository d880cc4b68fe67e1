"""Responses from outside: how severe, by whom, how many days after the coup."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from crisisdata._deprecate import renamed_arguments
from crisisdata._editions import Edition
from crisisdata.figures._data import Version, choose, labels_of, responses_of
from crisisdata.figures._drawing import (
    FAINT,
    INK,
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

REFUSAL = "#b2182b"
MARKERS = {"first": "o", "escalation": "s", "continuation": "o", "easing": "o", "reversal": "o"}


@renamed_arguments(by="group_by")
def responses(
    episodes: str | Sequence[str] | None = None,
    *,
    group_by: GroupBy | None = None,
    time: Time | None = "day",
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw the ladder of severity that each external actor climbed.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    group_by
        ``"actor"``: a row for each actor; ``"type"``: one for each type of actor. None gives actors
        for one episode and types for several.
    time
        ``"day"``: days since the first act of each episode, on a logarithmic axis.
        ``"date"``: calendar dates.
    version
        As in `load`.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row per episode and actor, by type of actor and in the order in which they spoke. The
        number in a mark, its colour and its height in the row give the severity. A first reaction
        has a heavy ring and an escalation is a square; a decision not to act is a 0 on white.

    Raises
    ------
    UnknownNameError
        There is no such episode or edition.
    ArgumentError
        There is no such `group_by` or `time`.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.responses("mli-2021-05", version="0.1")
    >>> ax.figure.savefig("responses.pdf")  # doctest: +SKIP
    """
    edition = Edition.find(version)
    chosen = choose(edition, episodes)
    axis = TimeAxis(chosen, time)
    acts = axis.placed(responses_of(edition, chosen)).sort_values(["place", "step"])
    key = key_of(group_by, chosen)
    chart = LabelledAxes(_rows(edition, chosen, acts, key), ax, width, line=0.24)
    axis.set_axis(chart.ax, [*acts["date"], *acts["date_latest"], *map(axis.origin, chosen.index)])
    top = len(acts["severity"].cat.categories) - 1
    for (episode, actor), own in acts.groupby(["episode_id", key], observed=True):
        y = chart.at[episode, actor] + chart.tall[episode, actor] * (0.24 - 0.48 * own["step"] / top)
        chart.ax.hlines(y, own["date"], own["date_latest"], color=FAINT, linewidth=1, zorder=1)
        if key == "actor_id":
            chart.ax.plot(own["place"], y, color=FAINT, linewidth=0.7, zorder=1)
        marks = zip(own["place"], y, own["step"], own["state"].astype(str), strict=True)
        for order, (x, height, step, state) in enumerate(marks):
            _mark(chart.ax, (x, height), step, state, top, order)
    note = "Ringed: first reaction of an actor; square: escalation. Line along a mark: the day is not known."
    return chart.finish(title_of("Responses", chosen), edition, _handles(edition, acts, top), note)


def colour_of(step: int, top: int) -> tuple[float, ...]:
    """Return the colour of a severity; white for a decision not to act."""
    return (1.0, 1.0, 1.0, 1.0) if step == 0 else mpl.colormaps["cividis_r"](step / top)


def _mark(ax: Axes, at: tuple[float, float], step: int, state: str, top: int, order: int) -> None:
    ring = 1.3 if state == "first" or step == 0 else 0.4
    edge = REFUSAL if step == 0 else INK
    above = 3 + 0.001 * order + (step == 0)  # a mark hides the number of the one below it
    ax.plot(*at, MARKERS[state], ms=6.5, mfc=colour_of(step, top), mec=edge, mew=ring, zorder=above)
    ax.annotate(
        str(step), at, size=5, ha="center", va="center_baseline", zorder=above + 0.0005,
        color="white" if step > 2 else INK,
    )  # fmt: skip


def _rows(edition: Edition, chosen: pd.DataFrame, acts: pd.DataFrame, key: str) -> list[LabelledRow]:
    rows = []
    for episode in chosen.index:
        own = acts[acts["episode_id"] == episode]
        rows += heading_of(chosen, str(episode), own, "response")
        rows += rows_of_actors(edition, str(episode), own, key)
    return rows


def _handles(edition: Edition, acts: pd.DataFrame, top: int) -> list[Line2D]:
    labels = labels_of(edition, "severity")
    return [
        Line2D(
            [], [], linestyle="", marker="o", ms=6, mfc=colour_of(step, top), mec=REFUSAL if step == 0 else INK,
            mew=1.3 if step == 0 else 0.4, label=f"{step} {labels[code]}",
        )
        for step, code in enumerate(acts["severity"].cat.categories)
    ]  # fmt: skip
