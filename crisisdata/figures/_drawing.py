"""What the figures share in drawing: rows with labels that cannot collide, a time axis, titles, captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import fill
from typing import Literal, TypeAlias, get_args

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError
from crisisdata.figures._data import Version

Time: TypeAlias = Literal["date", "day"]

PALETTE: list[tuple[float, float, float]] = [tuple(colour) for colour in sns.color_palette("colorblind")]
INK, FAINT = "0.15", "0.75"
POINT = 1 / 72  # inch
LABEL_SIZE, NOTE_SIZE = 7.0, 6.0  # points: the least that journals print
GLYPH = 0.56  # mean width of a letter of DejaVu Sans, in ems
DARK, PALE = "0.25", "0.8"  # sure and possible; told apart in grey
DAYS = {
    0: "0",
    1: "1 d",
    3: "3 d",
    7: "1 wk",
    30: "1 mo",
    91: "3 mo",
    182: "6 mo",
    365: "1 yr",
    730: "2 yr",
    1826: "5 yr",
}
FEW_DAYS = (0, 1, 7, 30, 182, 730)  # those with room on a figure of one column
ONE_COLUMN = 5.0  # inches below which a figure stands in one column of a journal
PAGE = 9.0  # inches of height that no figure of a default call exceeds


def caption(version: Version = None) -> str:
    """Return the caption that names and cites an edition, for a figure composed of several axes.

    Examples
    --------
    >>> import crisisdata as cd
    >>> "edition 0.1" in cd.figures.caption("0.1")
    True
    """
    descriptor = Edition.find(version).descriptor
    return f"{descriptor['citation']} Coded to {descriptor['asOf']}."


@dataclass(frozen=True)
class LabelledRow:
    """One line of a figure: a record or an actor of an episode, or a heading above such rows.

    A plain row has no line through it.
    """

    label: str
    key: object
    heading: Literal["", "episode", "group"] = ""
    height: float = 1.0
    plain: bool = False


def heading_of(chosen: pd.DataFrame, episode: str, own: pd.DataFrame, what: str) -> list[LabelledRow]:
    """Return the rows above those of an episode: its name where there are several, and that nothing is coded."""
    rows = [LabelledRow(str(chosen.loc[episode, "name"]), episode, "episode")] if len(chosen) > 1 or own.empty else []
    return rows + ([LabelledRow(f"no {what} coded", (episode, "none"))] if own.empty else [])


def title_of(what: str, chosen: pd.DataFrame) -> str:
    """Return the title of a figure of one or more episodes."""
    return f"{what}: " + ("; ".join(chosen["name"]) if len(chosen) < 3 else f"{len(chosen)} episodes")


class LabelledAxes:
    """Axes with a labelled row for each thing drawn, and the finishing that all figures share."""

    def __init__(
        self, rows: Sequence[LabelledRow], ax: Axes | None, width: float, line: float = 0.16, share: float = 0.4
    ) -> None:
        self.owned, self.line = ax is None, line
        # Of axes that are given, labels stand beside them: at most two thirds of their width.
        self.inches = width if ax is None else ax.get_window_extent().width / ax.figure.dpi
        letters = max(14, int((share if self.owned else 0.65) * self.inches / (GLYPH * LABEL_SIZE * POINT)))
        texts = [
            "\n".join(fill(part, letters - 3 * (row.heading == "episode")) for part in row.label.split("\n"))
            for row in rows
        ]
        lines = np.array([text.count("\n") + 1 for text in texts])
        heights = np.maximum([0.17 / line if row.heading else row.height for row in rows], lines * 0.13 / line)
        ends = np.cumsum(heights)
        self.total = float(ends[-1])
        self.at = dict(zip([row.key for row in rows], ends - heights / 2, strict=True))
        self.tall = {row.key: row.height for row in rows}
        if ax is None:
            _, ax = plt.subplots(figsize=(width, self.total * line + 1.5), layout="constrained")
        self.ax = ax
        ax.set_ylim(self.total, 0)
        ax.set_yticks(ends - heights / 2, texts, size=self._label_size())
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelsize=NOTE_SIZE + 0.5)
        ax.spines[["top", "left", "right"]].set_visible(False)
        ax.grid(axis="x", color="0.92", linewidth=0.6)
        ax.set_axisbelow(True)
        for row, tick, y in zip(rows, ax.get_yticklabels(), ends - heights / 2, strict=True):
            if row.heading == "episode":
                tick.set_fontweight("bold")
            elif row.heading:
                tick.set_fontstyle("italic")
            elif not row.plain:
                ax.axhline(y, color="0.93", linewidth=0.5, zorder=0)

    def _label_size(self) -> float:
        if self.owned:
            return LABEL_SIZE
        height = self.ax.get_window_extent().height / self.ax.figure.dpi / POINT
        return min(LABEL_SIZE, 0.8 * height / self.total)

    def finish(
        self, title: str, edition: Edition, handles: Sequence[Artist], note: str = "", *, below: float = 0
    ) -> Axes:
        """Add legend, title and caption; make a figure of our own as high as its rows need."""
        points = below + (34 if self.ax.get_xlabel() else 20)
        shift = ScaledTranslation(0, -points * POINT, self.ax.figure.dpi_scale_trans)
        ax, figure = self.ax, self.ax.figure
        if not isinstance(figure, Figure):
            raise ArgumentError("ax= must be axes of a figure, not of a subfigure.")
        if handles:
            # From the left edge of a figure of our own, so that the legend never makes the axes narrower.
            left = figure.transFigure if self.owned else ax.transAxes
            columns = max(1, min(len(handles), int(self.inches / 1.7)))
            ax.legend(
                handles=list(handles), loc="upper left", ncols=columns, fontsize=NOTE_SIZE, frameon=False,
                bbox_to_anchor=(0.01, 0), borderaxespad=0, handlelength=1.4, columnspacing=1.0,
                bbox_transform=blended_transform_factory(left, ax.transAxes) + shift,
            )  # fmt: skip
        if not self.owned:
            ax.set_title(title, loc="left", size=LABEL_SIZE + 1)
            return ax
        caption_figure(figure, title, f"{note.strip()} {caption(edition)}".strip())
        figure.draw_without_rendering()
        missing = self.total * self.line - ax.get_position().height * figure.get_figheight()
        figure.set_figheight(figure.get_figheight() + missing)
        return ax


def spread(ax: Axes, places: Sequence[float], points: float) -> list[float]:
    """Return places moved to the right as far as marks of this size would hide one another."""
    found: list[float] = []
    dots = points * ax.figure.dpi * POINT
    to_axis, from_axis = ax.transData, ax.transData.inverted()
    for place in places:
        x = float(to_axis.transform((place, 0))[0])
        if found:
            x = max(x, float(to_axis.transform((found[-1], 0))[0]) + dots)
        found.append(float(from_axis.transform((x, 0))[0]))
    return found


def caption_figure(figure: Figure, title: str, text: str) -> None:
    """Write a title above and a caption below, each broken to the width of the figure."""
    inches = figure.get_figwidth() * 0.97
    size = LABEL_SIZE + 2
    figure.suptitle(
        fill(title, int(inches / (GLYPH * 1.12 * size * POINT))), x=0.01, ha="left", size=size, weight="bold"
    )
    broken = fill(text, int(inches / (GLYPH * NOTE_SIZE * POINT)))
    figure.supxlabel(broken, x=0.01, ha="left", size=NOTE_SIZE, color="0.35")


class TimeAxis:
    """Where dates stand on the time axis: as dates, or as days since the first act of each episode."""

    def __init__(self, episodes: pd.DataFrame, time: Time | None) -> None:
        if time is not None and time not in get_args(Time):
            raise ArgumentError.of("time", time, get_args(Time))
        self.time = time or ("date" if len(episodes) == 1 else "day")
        self.start = episodes["first_act_date"]
        self.several = len(episodes) > 1

    def place(self, dates: pd.Series, episodes: pd.Series) -> pd.Series:
        """Return the places of dates of rows that belong to these episodes."""
        if self.time == "date":
            return pd.Series(mdates.date2num(dates), index=dates.index).where(dates.notna())
        return (dates - episodes.astype(str).map(self.start)).dt.days.astype(float)

    def origin(self, episode: str) -> float:
        """Return the place of an episode's first act."""
        return 0.0 if self.time == "day" else float(mdates.date2num(self.start[episode]))

    def placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows with `left` and `right`, the ends of their dates on the axis, and the middle as `place`."""
        ends = {
            name: self.place(frame[column], frame["episode_id"])
            for name, column in (("left", "event_date"), ("right", "event_date_latest"))
        }
        return frame.assign(**ends, place=(ends["left"] + ends["right"]) / 2)

    def day(self, day: date, episode: str) -> float:
        """Return the place of a day."""
        stamp = pd.Timestamp(day)
        if self.time == "date":
            return float(mdates.date2num(stamp))
        return float((stamp - self.start[episode]).days)

    def set_axis(self, ax: Axes, places: Sequence[float]) -> float:
        """Scale and label the axis so that all places are seen; return its right end."""
        known = np.array([place for place in places if not np.isnan(place)] or [0.0, 1.0])
        low, high = float(known.min()), float(known.max())
        if self.time == "date":
            room = max(2.0, 0.03 * (high - low))
            ax.set_xlim(low - room, high + room)
            locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
            ax.xaxis.set_major_locator(locator)
            ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
            ax.xaxis.get_offset_text().set_fontsize(NOTE_SIZE)
            return high + room
        ax.set_xscale("symlog", linthresh=1, linscale=0.5)
        few = ax.get_window_extent().width / ax.figure.dpi < ONE_COLUMN - 1
        days = {day: text for day, text in DAYS.items() if not few or day in FEW_DAYS}
        ticks = {**{-day: f"−{text}" for day, text in days.items() if day}, **days}
        low, high = (1.6 * low if low < 0 else -0.4), max(1.6 * high, 2.0)
        shown = {day: text for day, text in sorted(ticks.items()) if low <= day <= high}
        ax.set_xticks(list(shown), list(shown.values()))
        ax.minorticks_off()
        ax.set_xlim(low, high)
        ax.set_xlabel("time since the first act (log scale)", size=NOTE_SIZE + 0.5, loc="left")
        return high
