"""Responses from outside: coercion and engagement, by whom, and how long after the coup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._deprecate import renamed_arguments
from crisisdata._editions import Edition
from crisisdata.errors import UnknownNameError
from crisisdata.figures._data import (
    Version,
    begin,
    check_option,
    check_top,
    labels_of,
    names_of_actors,
    reactions_of,
    records,
)
from crisisdata.figures._drawing import (
    INK,
    NOTE_SIZE,
    PALETTE,
    LabelledAxes,
    LabelledRow,
    Page,
    Time,
    caption,
    heading_of,
    title_of,
)
from crisisdata.figures._parameters import describes_shared

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
LINE = 0.16  # inches of height of a row
TALLEST = 12  # bodies of one episode
MOST_QUARTERS = 24  # columns of calendar time
WIDEST_TICK = 0.38  # inches of the label of a column
ONE_HEIGHT, SEVERAL_HEIGHT = 2.4, 1.08  # lines that a row takes where one episode, or several, are shown
BESIDE_HEIGHT = 1.5  # of one episode on axes that are given


@renamed_arguments(by="group_by")
@describes_shared
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
    """Draw how strongly each body responded to the coup: coercion upwards, engagement downwards.

    Parameters
    ----------
    {episodes}
    group_by
        ``"organisation"`` (the default): one row per organisation or state, including all its bodies;
        ``"actor"``: one row per body; ``"type"``: one row per type of actor.
    time
        ``"day"``: periods since the first act, of increasing length. ``"date"``: quarters, or years if there would be
        too many quarters.
    actors
        Keys of the organisations, bodies or types to draw, instead of those that acted most often.
    top
        Maximum number of rows per episode, for those that acted most often. None gives as many as fit on a page.
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        One row per episode and body with the number of its acts, and one column per period since the first
        act. An upward bar is the highest coercion in that period (0 to 7), shaded by level; a downward bar is the
        highest engagement (0 to 4). A dot is an act with neither.

    Raises
    ------
    UnknownNameError
        If the episode, edition or actor does not exist.
    ArgumentError
        If `group_by` or `time` is invalid, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.responses("mli-2021-05")
    >>> ax.figure.savefig("responses.pdf")  # doctest: +SKIP
    """
    edition, chosen = begin("responses", version, episodes)
    check_option("time", time, Time)
    check_option("group_by", group_by, GroupBy)
    check_top(top)
    group_by = group_by or "organisation"
    acts = reactions_of(edition, chosen)
    spans_of = _days_since if time == "day" else _quarters
    span, labels = spans_of(acts["event_date"], acts["episode_id"], chosen)
    acts = acts.assign(row=acts[COLUMNS[group_by]].astype(str), span=span)
    bodies = Bodies(acts, actors, kind=group_by)
    page = Page(ax, width, line=LINE, share=0.33)
    actors_named = names_of_actors(edition, page.letters - len(" (100)")).to_dict()
    names = labels_of(edition, "actor_type") if group_by == "type" else actors_named
    height = SEVERAL_HEIGHT if len(chosen) > 1 else ONE_HEIGHT if ax is None else BESIDE_HEIGHT

    def rows_of(shown: pd.DataFrame, most: int) -> list[LabelledRow]:
        rows = []
        for episode in shown.index:
            own = bodies.first(most, episode)
            rows += heading_of(shown, str(episode), own, "response")
            rows += bodies.rows(own, names, height)
        return rows

    most = top or (bodies.most if actors is not None else min(bodies.most, TALLEST))
    fitted = page.fit(rows_of, chosen, most, least=most if top or actors is not None else 1, whole=episodes is not None)
    chosen = fitted.chosen
    drawn = bodies.acts_of(chosen, fitted.top)
    chart = LabelledAxes(page, rows_of(chosen, fitted.top))
    spans = sorted(drawn["span"].unique()) if len(drawn) else [1]
    draw_columns(chart, drawn, {span: float(place) for place, span in enumerate(range(min(spans), max(spans) + 1))})
    ticks = [labels[span] for span in range(min(spans), max(spans) + 1)]
    across = chart.inches if ax is not None else chart.inches * 0.67
    small = across / len(ticks) < WIDEST_TICK
    chart.ax.set_xticks(range(len(ticks)), ticks, rotation=90 if small else 0, size=NOTE_SIZE)
    chart.ax.set_xlim(-0.6, len(ticks) - 0.4)
    chart.ax.grid(False)
    since = "time since the first act (numbers are days)"
    chart.ax.set_xlabel(since if time == "day" else "calendar time", size=NOTE_SIZE + 0.5, loc="left")
    inexact = int((drawn["event_date"] < drawn["event_date_latest"]).sum())
    note = (
        "Up: the highest coercion in that time, from 1 (words) to 7 (force); down: the highest engagement, to 4. In "
        f"brackets: acts. {inexact} acts whose day is not known are shown on the first possible day."
    )
    left_out = fitted.note + bodies.left_out(chosen, fitted.top)
    return chart.finish(
        title_of("Responses", chosen),
        caption(edition, list(chosen.index)),
        handles_of_levels(edition, drawn),
        note,
        left_out,
    )


class Bodies:
    """The bodies of each episode in the order in which they are drawn: those that acted most often come first."""

    def __init__(self, acts: pd.DataFrame, asked: Sequence[str] | None, *, kind: str = "organisation") -> None:
        self.acts, self.asked = acts, asked
        if asked is not None:
            self.asked = [asked] if isinstance(asked, str) else list(asked)
            for name in self.asked:
                if name not in set(acts["row"]):
                    raise UnknownNameError.of(kind, name, sorted(set(acts["row"])), where="the responses shown")
            acts = acts[acts["row"].isin(self.asked)]
        sizes = acts.groupby(["episode_id", "row"], observed=True).agg(
            acts=("span", "size"), first=("event_date", "min")
        )
        self._sizes = sizes.sort_values(["acts", "first"], ascending=[False, True], kind="stable").reset_index()
        self._sizes["place"] = self._sizes.groupby("episode_id", observed=True).cumcount()
        self.most = int(self._sizes["place"].max()) + 1 if len(self._sizes) else 1

    def first(self, top: int, episode: object = None) -> pd.DataFrame:
        """Return the first bodies of one episode or of each."""
        chosen = self._sizes[self._sizes["place"] < top]
        return chosen if episode is None else chosen[chosen["episode_id"] == episode]

    def rows(self, own: pd.DataFrame, names: Mapping[Any, str], height: float) -> list[LabelledRow]:
        """Return a row with the name and the number of acts of each body."""
        return [
            LabelledRow(f"{names[body.row]} ({body.acts})", (body.episode_id, body.row), height=height, plain=True)
            for body in records(own)
        ]

    def acts_of(self, chosen: pd.DataFrame, top: int) -> pd.DataFrame:
        """Return the acts of the first bodies of these episodes."""
        shown = pd.MultiIndex.from_frame(self.first(top)[["episode_id", "row"]])
        return self.acts[self._of(chosen) & pd.MultiIndex.from_frame(self.acts[["episode_id", "row"]]).isin(shown)]

    def left_out(self, chosen: pd.DataFrame, top: int) -> str:
        """Return a sentence that says what is left out of these episodes, and by which rule."""
        own = self.acts[self._of(chosen)]
        rest = own.drop(self.acts_of(chosen, top).index)
        if rest.empty:
            return ""
        bodies = rest[["episode_id", "row"]].drop_duplicates()
        rule = "those that acted most often" if self.asked is None else "only those asked for"
        return f"Not shown: {len(bodies)} bodies with {len(rest)} acts ({rule} are shown). "

    def _of(self, chosen: pd.DataFrame) -> pd.Series:
        return self.acts["episode_id"].isin(chosen.index)


def draw_columns(chart: LabelledAxes, acts: pd.DataFrame, places: dict[int, float], width: float = 0.86) -> None:
    """Draw a bar up and a bar down for each row and period, and a dot for acts with neither."""
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
    """Return the column of each act, by the days since the first act, and the label of each column."""
    days = (dates - episodes.astype(str).map(chosen["first_act_date"])).dt.days
    spans = pd.Series(np.searchsorted(list(BEGINS), days, side="right") - 1, index=dates.index)
    return spans, dict(enumerate(BEGINS.values()))


def _quarters(dates: pd.Series, episodes: pd.Series, chosen: pd.DataFrame) -> tuple[pd.Series, dict[int, str]]:
    """Return the quarter of each act, or its year if there would be too many quarters, and the label of each."""
    if dates.empty:
        return pd.Series(dtype=int), {1: ""}
    years = dates.dt.year
    quarters = years * 4 + dates.dt.quarter - 1
    if quarters.max() - quarters.min() < MOST_QUARTERS:
        return quarters, {
            number: f"{number // 4} Q{number % 4 + 1}" for number in range(quarters.min(), quarters.max() + 1)
        }
    return years, {number: str(number) for number in range(years.min(), years.max() + 1)}
