"""How many measures were in force over time, episode by episode."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from crisisdata.figures._data import Version, begin, measures_of
from crisisdata.figures._drawing import LabelledAxes, LabelledRow, Page, Time, TimeAxis, caption, title_of
from crisisdata.figures._parameters import describes_shared
from crisisdata.figures._sanctions import LINE, UNIT, UNRELATED, days_of, draw_counts, handles_of, key_of


@describes_shared
def in_force(
    episodes: str | Sequence[str] | None = None,
    *,
    unrelated: bool = False,
    time: Time | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw how many measures were in force over time, one row per episode.

    Parameters
    ----------
    {episodes}
    {unrelated}
    {time}
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        One row per episode; the height is the number of measures, on one scale for all rows. Dark: certainly in force;
        pale: possibly in force, because a date is inexact or no end was found.

    Raises
    ------
    UnknownNameError
        If the episode or edition does not exist.
    ArgumentError
        If `time` is invalid, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.in_force(["mli-2020-08", "mli-2021-05"])
    >>> ax.figure.savefig("in-force.pdf")  # doctest: +SKIP
    """
    edition, chosen = begin("in_force", version, episodes)
    TimeAxis(chosen, time)
    measures = measures_of(edition, chosen, unrelated=unrelated)
    measures = measures[measures["implements_id"].isna()]  # one that carries out another's counts with it
    by_episode = {str(episode): own for episode, own in measures.groupby("episode_id", observed=True)}
    page = Page(ax, width, line=LINE)

    def rows_of(shown: pd.DataFrame, percent: int) -> list[LabelledRow]:
        names = shown["name"].items()
        return [_row(str(name), str(key), by_episode.get(str(key)), UNIT * percent / 100) for key, name in names]

    # Where there are many measures, each takes less height.
    fitted = page.fit(rows_of, chosen, 100, whole=episodes is not None)
    chosen = fitted.chosen
    axis = TimeAxis(chosen, time)
    chart = LabelledAxes(page, rows_of(chosen, fitted.top))
    drawn = [by_episode[episode] for episode in chosen.index if episode in by_episode]
    axis.set_axis(chart.ax, [*days_of(axis, drawn), *(axis.origin(str(episode)) for episode in chosen.index)])
    draw_counts(chart, axis, drawn, UNIT * fitted.top / 100)
    axis.mark_origin(chart.ax, chosen)
    note = (
        "In brackets: measures coded; the number is the maximum at one time. A pale part at the right edge may "
        "last until the coding cutoff date. " + ("" if unrelated else UNRELATED)
    )
    handles = handles_of(edition, drawn, marks=False)
    return chart.finish(
        title_of("Measures in force", chosen), caption(edition, list(chosen.index)), handles, note, fitted.note
    )


def _row(name: str, episode: str, measures: pd.DataFrame | None, unit: float) -> LabelledRow:
    if measures is None:
        return LabelledRow(f"{name}: no measure coded", episode, plain=True)
    height = (unit * len(measures) + 0.12) / LINE
    return LabelledRow(f"{name} ({len(measures)})", key_of(measures), height=max(1.2, height), plain=True)
