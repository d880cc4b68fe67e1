"""Responses from outside: coercion and engagement, by whom, how long after the coup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._deprecate import renamed_arguments
from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError, UnknownNameError
from crisisdata.figures._data import (
    Version,
    check_top,
    choose,
    find_edition,
    labels_of,
    names_of_actors,
    reactions_of,
    records,
)
from crisisdata.figures._drawing import (
    INK,
    NOTE_SIZE,
    ONE_COLUMN,
    PALETTE,
    LabelledAxes,
    LabelledRow,
    Time,
    heading_of,
    title_of,
)

GroupBy: TypeAlias = Literal["organisation", "actor", "type"]
COLUMNS = {"organisation": "organisation_id", "actor": "actor_id", "type": "actor_type"}
# Days since the first act at which a column begins: as long as a glance needs, longer later on.
BEGINS = {
    -10**6: "before", 0: "0", 1: "1", 2: "2–3", 4: "4–7", 8: "wk 2", 15: "wk 3–4", 31: "mo 2–3", 92: "mo 4–6",
    183: "mo 7–12", 366: "yr 2", 731: "later",
}  # fmt: skip
SHADES = {"none": "white", "words": "0.78", "threat": "0.55", "measures": "0.3", "force": "0.0"}
ENGAGED = PALETTE[0]
UP, DOWN = 7, 4  # the greatest coercion and engagement
ROWS_OF_SEVERAL = 42  # rows that one page holds beside headings
TALLEST = 12  # bodies of one episode
MOST_QUARTERS = 24  # columns of calendar time


@renamed_arguments(by="group_by")
def responses(
    episodes: str | Sequence[str] | None = None,
    *,
    group_by: GroupBy | None = None,
    time: Time = "day",
    actors: Sequence[str] | None = None,
    top: int | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw how far each body went after the coup: coercion upwards, engagement downwards.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    group_by
        ``"organisation"``: a row for each organisation or state, with all its bodies (None gives this);
        ``"actor"``: one for each body; ``"type"``: one for each type of actor.
    time
        ``"day"``: spans of time since the first act, longer later on. ``"date"``: quarters, or years where there
        are many.
    actors
        Keys of the organisations, bodies or types to draw, in place of those that acted most often.
    top
        How many rows each episode has: those that acted most often. None gives as many as fit on a page.
    version
        As in `load`; edition 1.0 or later.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row per episode and body with the number of its acts, and a column per span of time since the first
        act. A bar upwards is the highest coercion in that span (0 to 7), shaded by its level; one downwards the
        highest engagement (0 to 4). A dot is an act that is neither.

    Raises
    ------
    UnknownNameError
        There is no such episode, edition or actor.
    ArgumentError
        There is no such `group_by` or `time`, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.responses("mli-2021-05")
    >>> ax.figure.savefig("responses.pdf")  # doctest: +SKIP
    """
    edition = find_edition(version, "responses")
    group_by = "organisation" if group_by is None else group_by
    if time not in get_args(Time):
        raise ArgumentError.of("time", time, get_args(Time))
    if group_by not in get_args(GroupBy):
        raise ArgumentError.of("group_by", group_by, get_args(GroupBy))
    check_top(top)
    chosen = choose(edition, episodes)
    column = COLUMNS[group_by]
    acts = reactions_of(edition, chosen)
    spans_of = _days_since if time == "day" else _quarters
    span, labels = spans_of(acts["event_date"], acts["episode_id"], chosen)
    acts = acts.assign(row=acts[column].astype(str), span=span)
    drawn, left_out = choose_rows(acts, actors, top or _rows_that_fit(chosen), kind=group_by)
    height = 2.4 if len(chosen) == 1 else 1.08
    chart = LabelledAxes(_rows(edition, chosen, drawn, group_by, height), ax, width, share=0.33)
    spans = sorted(drawn["span"].unique()) if len(drawn) else [1]
    draw_columns(chart, drawn, {span: float(place) for place, span in enumerate(range(min(spans), max(spans) + 1))})
    names = [labels[span] for span in range(min(spans), max(spans) + 1)]
    small = chart.inches < ONE_COLUMN or len(names) > len(BEGINS)
    chart.ax.set_xticks(range(len(names)), names, rotation=90 if small else 0, size=NOTE_SIZE)
    chart.ax.set_xlim(-0.6, len(names) - 0.4)
    chart.ax.grid(False)
    since = "days, weeks, months, years since the first act"
    chart.ax.set_xlabel(since if time == "day" else "calendar time", size=NOTE_SIZE + 0.5, loc="left")
    inexact = int((drawn["event_date"] < drawn["event_date_latest"]).sum())
    note = (
        "Up: the highest coercion in that time, from 1 (words) to 7 (force); down: the highest engagement, to 4. In "
        f"brackets: acts. {inexact} acts whose day is not known stand at the first day possible. {left_out}"
    )
    return chart.finish(
        title_of("Responses", chosen), edition, handles_of_levels(edition, drawn), note, below=30 if small else 0
    )


def choose_rows(
    acts: pd.DataFrame, asked: Sequence[str] | None, top: int, *, kind: str = "organisation"
) -> tuple[pd.DataFrame, str]:
    """Return the acts of the rows to draw, and a sentence that says what is left out."""
    if asked is not None:
        for name in [asked] if isinstance(asked, str) else asked:
            if name not in set(acts["row"]):
                raise UnknownNameError.of(kind, name, sorted(set(acts["row"])), where="the responses shown")
        kept = acts["row"].isin([asked] if isinstance(asked, str) else list(asked))
        rule = "only those asked for are shown"
    else:
        sizes = acts.groupby(["episode_id", "row"], observed=True).agg(
            acts=("span", "size"), first=("event_date", "min")
        )
        sizes = sizes.sort_values(["acts", "first"], ascending=[False, True])
        places = sizes.groupby("episode_id", observed=True).cumcount()
        shown = pd.MultiIndex.from_frame(acts[["episode_id", "row"]]).isin(places.index[places < top])
        kept = pd.Series(shown, index=acts.index)
        rule = "those that acted most often are shown"
    rest = acts[~kept]
    if rest.empty:
        return acts, ""
    bodies = rest[["episode_id", "row"]].drop_duplicates()
    return acts[kept], f"Not shown: {len(bodies)} bodies with {len(rest)} acts ({rule})."


def draw_columns(chart: LabelledAxes, acts: pd.DataFrame, places: dict[int, float], width: float = 0.86) -> None:
    """Draw a bar up and a bar down for each row and span of time; a dot for what is neither."""
    levels: dict[int, str] = dict(acts[["coercion", "coercion_level"]].drop_duplicates().itertuples(index=False))
    grouped = acts.groupby(["episode_id", "row", "span"], observed=True)[["coercion", "engagement"]].max()
    for cell in records(grouped):
        episode, row, span = cell.Index
        x, y, tall = places[span], chart.at[episode, row], chart.tall[episode, row]
        unit = 0.9 * tall / (UP + DOWN)
        zero = y + 0.45 * tall - unit * DOWN
        if cell.coercion:
            chart.ax.bar(
                x,
                -unit * cell.coercion,
                width,
                bottom=zero,
                color=SHADES[levels[cell.coercion]],
                ec=INK,
                lw=0.3,
                zorder=3,
            )
        if cell.engagement:
            chart.ax.bar(
                x, unit * cell.engagement, width, bottom=zero, color=ENGAGED, alpha=0.55, ec=ENGAGED, lw=0.3, zorder=3
            )
        if not cell.coercion and not cell.engagement:
            chart.ax.plot(x, zero, "o", ms=1.8, color=INK, zorder=3)
    for episode, row in acts[["episode_id", "row"]].drop_duplicates().itertuples(index=False):
        tall = chart.tall[episode, row]
        zero = chart.at[episode, row] + 0.45 * tall - 0.9 * tall / (UP + DOWN) * DOWN
        chart.ax.axhline(zero, color="0.7", linewidth=0.5, zorder=1)


def handles_of_levels(edition: Edition, acts: pd.DataFrame) -> list[Patch | Line2D]:
    """Return the legend of the bars up and down."""
    labels = labels_of(edition, "coercion_level")
    present = set(acts["coercion_level"].dropna())
    marks: list[Patch | Line2D] = [
        Patch(fc=shade, ec=INK, lw=0.3, label=f"Coercion: {labels[level].lower()}")
        for level, shade in SHADES.items() if level != "none" and level in present
    ]  # fmt: skip
    marks.append(Patch(fc=ENGAGED, alpha=0.55, label="Engagement"))
    marks.append(Line2D([], [], linestyle="", marker="o", ms=1.8, color=INK, label="Neither"))
    return marks


def _days_since(dates: pd.Series, episodes: pd.Series, chosen: pd.DataFrame) -> tuple[pd.Series, dict[int, str]]:
    """Return the column in which each act stands by the days since the first act, and the label of each column."""
    days = (dates - episodes.astype(str).map(chosen["first_act_date"])).dt.days
    spans = pd.Series(np.searchsorted(list(BEGINS), days, side="right") - 1, index=dates.index)
    return spans, dict(enumerate(BEGINS.values()))


def _quarters(dates: pd.Series, episodes: pd.Series, chosen: pd.DataFrame) -> tuple[pd.Series, dict[int, str]]:
    """Return the quarter of each act, or its year where quarters would be many, and the label of each."""
    if dates.empty:
        return pd.Series(dtype=int), {1: ""}
    years = dates.dt.year
    quarters = years * 4 + dates.dt.quarter - 1
    if quarters.max() - quarters.min() < MOST_QUARTERS:
        return quarters, {
            number: f"{number // 4} Q{number % 4 + 1}" for number in range(quarters.min(), quarters.max() + 1)
        }
    return years, {number: str(number) for number in range(years.min(), years.max() + 1)}


def _rows_that_fit(chosen: pd.DataFrame) -> int:
    return TALLEST if len(chosen) == 1 else max(1, ROWS_OF_SEVERAL // len(chosen) - 1)


def _rows(
    edition: Edition, chosen: pd.DataFrame, acts: pd.DataFrame, group_by: GroupBy, height: float
) -> list[LabelledRow]:
    names = labels_of(edition, "actor_type") if group_by == "type" else names_of_actors(edition).to_dict()
    rows = []
    for episode in chosen.index:
        own = acts[acts["episode_id"] == episode]
        rows += heading_of(chosen, str(episode), own, "response")
        order = own.groupby("row").agg(acts=("span", "size"), first=("event_date", "min"))
        order = order.sort_values(["acts", "first"], ascending=[False, True])
        rows += [
            LabelledRow(f"{names[row]} ({count})", (episode, row), height=height, plain=True)
            for row, count in order["acts"].items()
        ]
    return rows
