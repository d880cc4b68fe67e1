"""How many measures were in force over time, episode by episode."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from crisisdata.figures._data import Version, choose, find_edition, measures_of
from crisisdata.figures._drawing import INK, LabelledAxes, LabelledRow, Time, TimeAxis, title_of
from crisisdata.figures._sanctions import LINE, UNIT, days_of, draw_counts, handles_of, key_of


def in_force(
    episodes: str | Sequence[str] | None = None,
    *,
    unrelated: bool = False,
    time: Time | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw how many measures were in force over time, with a row for each episode.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    unrelated
        Whether measures that answer neither the coup nor its transition count as well.
    time
        ``"date"``: calendar dates. ``"day"``: days since the first act of each episode, on a
        logarithmic axis. None gives dates for one episode and days for several.
    version
        As in `load`; edition 1.0 or later.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row per episode, as high as its measures are many, all on one scale. Dark: surely in force; pale: possibly,
        since a date is not known to the day or no end was found.

    Raises
    ------
    UnknownNameError
        There is no such episode or edition.
    ArgumentError
        There is no such `time`, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.in_force(["mli-2020-08", "mli-2021-05"])
    >>> ax.figure.savefig("in-force.pdf")  # doctest: +SKIP
    """
    edition = find_edition(version, "in_force")
    chosen = choose(edition, episodes)
    axis = TimeAxis(chosen, time)
    measures = measures_of(edition, chosen, unrelated=unrelated)
    measures = measures[measures["implements_id"].isna()]  # one that carries out another's counts with it
    by_episode = {str(episode): own for episode, own in measures.groupby("episode_id", observed=True)}
    rows = [_row(str(name), str(episode), by_episode.get(str(episode))) for episode, name in chosen["name"].items()]
    chart = LabelledAxes(rows, ax, width, line=LINE)
    drawn = list(by_episode.values())
    axis.set_axis(chart.ax, [*days_of(axis, drawn), *(axis.origin(str(episode)) for episode in chosen.index)])
    draw_counts(chart, axis, drawn)
    if axis.time == "date" and len(chosen) == 1:
        chart.ax.axvline(axis.origin(str(chosen.index[0])), color=INK, linewidth=0.8, linestyle=":")
    note = (
        "In brackets: measures coded; the number is the most at one time. What is pale at the right edge may last to "
        "the coding cutoff date. "
    )
    if not unrelated:
        note += "Measures that do not answer the coup or its transition are left out. "
    handles = handles_of(edition, drawn, marks=False)
    return chart.finish(title_of("Measures in force", chosen), edition, handles, note)


def _row(name: str, episode: str, measures: pd.DataFrame | None) -> LabelledRow:
    if measures is None:
        return LabelledRow(f"{name}: no measure coded", episode, plain=True)
    height = (UNIT * len(measures) + 0.12) / LINE
    return LabelledRow(f"{name} ({len(measures)})", key_of(measures), height=max(1.2, height), plain=True)
