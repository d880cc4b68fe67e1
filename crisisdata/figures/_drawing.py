"""The drawing that figures share: rows with labels that cannot collide, a time axis, titles and captions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import fill
from typing import Any, Literal, TypeAlias, get_args

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
from crisisdata.figures._data import Version, episodes_of

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


def caption(version: Version = None, episodes: str | Sequence[str] | None = None) -> str:
    """Return the caption that cites an edition and says how far it is coded, for a figure composed of several axes.

    Parameters
    ----------
    version
        Edition, as in `crisisdata.load`.
    episodes
        Keys of the episodes that the figure shows. None means all of them.

    Returns
    -------
    str
        The citation and the coding cutoff date, or the first and the last of them if countries differ.

    Raises
    ------
    UnknownNameError
        If the edition or an episode does not exist.

    Examples
    --------
    >>> import crisisdata as cd
    >>> cd.figures.caption("1.2", "tcd-2021-04")[-20:]
    'Coded to 2026-01-31.'
    """
    edition = Edition.find(version)
    chosen = episodes_of(edition, episodes)
    cutoffs = chosen["coded_through"].dropna() if "coded_through" in chosen else pd.Series(dtype=object)
    days = sorted({f"{day:%Y-%m-%d}" for day in cutoffs}) or [edition.descriptor["asOf"]]
    coded = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}, depending on the country"
    return f"{edition.descriptor['citation']} Coded to {coded}."


@dataclass(frozen=True)
class LabelledRow:
    """One row of a figure: a record or an actor of an episode, or a heading above such rows that spans the figure.

    A plain row has no line through it.
    """

    label: str
    key: object
    heading: Literal["", "episode", "group", "text"] = ""
    height: float = 1.0
    plain: bool = False


HEADINGS: dict[str, dict[str, Any]] = {
    "episode": {"weight": "bold", "size": LABEL_SIZE},
    "group": {"style": "italic", "size": LABEL_SIZE},
    "text": {"size": NOTE_SIZE},
}
RowsOf: TypeAlias = Callable[[pd.DataFrame, int], Sequence[LabelledRow]]


def heading_of(chosen: pd.DataFrame, episode: str, own: pd.DataFrame, what: str) -> list[LabelledRow]:
    """Return the row above those of an episode: its name if there are several, or that nothing is coded."""
    name = str(chosen.loc[episode, "name"])
    if own.empty:
        return [LabelledRow(f"{name}: no {what} coded", episode, "episode")]
    return [LabelledRow(name, episode, "episode")] if len(chosen) > 1 else []


def title_of(what: str, chosen: pd.DataFrame) -> str:
    """Return the title of a figure of one or more episodes."""
    return f"{what}: " + ("; ".join(chosen["name"]) if len(chosen) < 3 else f"{len(chosen)} episodes")


class Page:
    """The space that a figure has for its rows, and how labels wrap and rows are placed in it."""

    def __init__(self, ax: Axes | None, width: float, *, line: float, share: float = 0.4) -> None:
        self.ax, self.line = ax, line
        self.inches = width if ax is None else ax.get_window_extent().width / ax.figure.dpi
        # Beside axes that are given, labels take room of their own.
        beside = share if ax is None else share / (1 - share)
        self.letters = max(14, int(beside * self.inches / (GLYPH * LABEL_SIZE * POINT)))
        self.height = (
            # A caption takes more lines the narrower it is, as does a legend.
            PAGE - 0.6 - 6.3 / width if ax is None else 1.02 * ax.get_window_extent().height / ax.figure.dpi
        )

    def texts_of(self, rows: Sequence[LabelledRow]) -> list[str]:
        """Return the labels, wrapped to the available space."""
        across = int(0.97 * self.inches / (GLYPH * 1.12 * LABEL_SIZE * POINT))
        return [
            "\n".join(fill(part, across if row.heading else self.letters) for part in row.label.split("\n"))
            for row in rows
        ]

    def heights_of(self, rows: Sequence[LabelledRow]) -> np.ndarray:
        """Return the heights of rows, in lines."""
        lines = np.array([text.count("\n") + 1 for text in self.texts_of(rows)])
        least = np.where([row.heading == "text" for row in rows], lines * 0.105, lines * 0.13) / self.line
        return np.maximum([0.19 / self.line if row.heading == "episode" else row.height for row in rows], least)

    def holds_at(self, rows: Sequence[LabelledRow], line: float) -> bool:
        """Say whether rows fit at this line height in inches."""
        self.line = line
        return self.holds(rows)

    def holds(self, rows: Sequence[LabelledRow]) -> bool:
        return float(self.heights_of(rows).sum()) * self.line <= self.height

    def fit(self, rows_of: RowsOf, chosen: pd.DataFrame, most: int, *, least: int = 1, whole: bool) -> Fitted:
        """Return what fits: first with fewer rows per episode, then with fewer episodes unless they were requested.

        `rows_of` makes the rows for a number of episodes with a number of records each.
        """
        # More records never take less room, so that the greatest number can be searched by halves.
        low, high = least, max(most, least)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.holds(rows_of(chosen, middle)) else (low, middle - 1)
        shown = len(chosen)
        while not whole and shown > 1 and not self.holds(rows_of(first_to_show(chosen, shown), low)):
            shown -= 1
        return Fitted(first_to_show(chosen, shown), low, len(chosen) - shown)


def first_to_show(chosen: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return at most `most` episodes in chronological order: the core first, then the latest comparators."""
    latest_first = chosen.iloc[::-1]
    ranked = latest_first.iloc[np.argsort(latest_first["tier"] != "core", kind="stable")]
    return chosen[chosen.index.isin(ranked.index[:most])]


def not_shown(left_out: int) -> str:
    """Return a sentence about the episodes that `first_to_show` left out; empty if there are none."""
    if not left_out:
        return ""
    episodes = "1 episode" if left_out == 1 else f"{left_out} episodes"
    return f"Not shown: {episodes} (core episodes are kept first, then the latest comparators; episodes= chooses). "


@dataclass(frozen=True)
class Fitted:
    """What fits on a page: these episodes, with at most `top` records each, and how many were left out."""

    chosen: pd.DataFrame
    top: int
    left_out: int

    @property
    def note(self) -> str:
        """Return a sentence about the episodes that are left out."""
        return not_shown(self.left_out)


class LabelledAxes:
    """Axes with a labelled row for each item drawn, and the finishing that all figures share."""

    def __init__(self, page: Page, rows: Sequence[LabelledRow]) -> None:
        ax, line = page.ax, page.line
        self.owned, self.line, self.inches = ax is None, line, page.inches
        heights = page.heights_of(rows)
        ends = np.cumsum(heights)
        middles = ends - heights / 2
        self.total = float(ends[-1])
        self.at = dict(zip([row.key for row in rows], middles, strict=True))
        self.tall = {row.key: row.height for row in rows}
        if ax is None:
            _, ax = plt.subplots(figsize=(page.inches, self.total * line + 1.5), layout="constrained")
        self.ax = ax
        ax.set_ylim(self.total, 0)
        labelled = [
            (row, text, y) for row, text, y in zip(rows, page.texts_of(rows), middles, strict=True) if not row.heading
        ]
        ax.set_yticks([y for *_, y in labelled], [text for _, text, _ in labelled], size=self.type_size(LABEL_SIZE))
        ax.tick_params(axis="y", length=0)
        ax.tick_params(axis="x", labelsize=NOTE_SIZE + 0.5)
        ax.spines[["top", "left", "right"]].set_visible(False)
        ax.grid(axis="x", color="0.92", linewidth=0.6)
        ax.set_axisbelow(True)
        for row, _, y in labelled:
            if not row.plain:
                ax.axhline(y, color="0.93", linewidth=0.5, zorder=0)
        # Headings begin at the left edge of a figure of our own, and of axes that are given within these.
        left = ax.figure.transFigure if self.owned else ax.transAxes
        for row, text, y in zip(rows, page.texts_of(rows), middles, strict=True):
            if row.heading:
                style = {**HEADINGS[row.heading], "size": self.type_size(HEADINGS[row.heading]["size"])}
                ax.text(
                    0.012, y, text, va="center", ha="left", color=INK, zorder=5, **style,
                    transform=blended_transform_factory(left, ax.transData),
                    bbox={"fc": "white", "ec": "none", "pad": 0.3},
                ).set_in_layout(False)  # fmt: skip

    def type_size(self, points: float) -> float:
        """Return a type size, smaller if the given axes have less space than the rows need."""
        if self.owned:
            return points
        height = self.ax.get_window_extent().height / self.ax.figure.dpi
        return points * min(1.0, 1.02 * height / (self.total * self.line))

    def finish(self, title: str, cited: str, handles: Sequence[Artist], note: str = "", left_out: str = "") -> Axes:
        """Add a legend, title and caption; make a new figure as high as its rows need."""
        ax, figure = self.ax, self.ax.figure
        if not isinstance(figure, Figure):
            raise ArgumentError("ax= must be axes of a figure, not of a subfigure.")
        if not self.owned:
            # No caption is drawn, but that something is not shown must be said.
            broken = fill(left_out, int(self.inches / (GLYPH * NOTE_SIZE * POINT)))
            ax.set_title(title, loc="left", size=LABEL_SIZE + 1, pad=4 + 8 * len(broken.splitlines()))
            ax.annotate(
                broken, (0, 1), (0, 2), xycoords="axes fraction", textcoords="offset points", size=NOTE_SIZE,
                color="0.35", va="bottom",
            )  # fmt: skip
            self._add_legend(handles)
            return ax
        caption_figure(figure, title, " ".join(f"{note} {left_out} {cited}".split()))
        self._add_legend(handles)
        figure.draw_without_rendering()
        missing = self.total * self.line - ax.get_position().height * figure.get_figheight()
        figure.set_figheight(figure.get_figheight() + missing)
        return ax

    def _add_legend(self, handles: Sequence[Artist]) -> None:
        if not handles:
            return
        ax, figure = self.ax, self.ax.figure
        assert isinstance(figure, Figure)
        figure.draw_without_rendering()
        axis = ax.xaxis.get_tightbbox(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        below = (
            max(0.0, (ax.get_window_extent().y0 - axis.y0) / figure.dpi) if axis else 0.0
        )  # 0 where they stand above
        shift = ScaledTranslation(0, -below - 5 * POINT, figure.dpi_scale_trans)
        # From the left edge of a figure of our own, so that the legend never makes the axes narrower.
        left = figure.transFigure if self.owned else ax.transAxes
        widest = max(len(str(handle.get_label())) for handle in handles)
        ax.legend(
            handles=list(handles), loc="upper left", fontsize=NOTE_SIZE, frameon=False,
            ncols=max(1, min(len(handles), int(self.inches / (GLYPH * NOTE_SIZE * POINT * (widest + 5))))),
            bbox_to_anchor=(0.01, 0), borderaxespad=0, handlelength=1.4, columnspacing=1.0,
            bbox_transform=blended_transform_factory(left, ax.transAxes) + shift,
        )  # fmt: skip


def spread(ax: Axes, places: Sequence[float], points: float) -> list[float]:
    """Return positions, moved to the right as far as needed to keep marks of this size apart."""
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
    """Write a title above and a caption below, each wrapped to the width of the figure."""
    inches = figure.get_figwidth() * 0.97
    size = LABEL_SIZE + 2
    figure.suptitle(
        fill(title, int(inches / (GLYPH * 1.2 * size * POINT))), x=0.01, ha="left", size=size, weight="bold"
    )
    broken = fill(text, int(inches / (GLYPH * NOTE_SIZE * POINT)))
    figure.supxlabel(broken, x=0.01, ha="left", size=NOTE_SIZE, color="0.35")


class TimeAxis:
    """The position of dates on the time axis: as dates, or as days since the first act of each episode."""

    def __init__(self, episodes: pd.DataFrame, time: Time | None) -> None:
        if time is not None and time not in get_args(Time):
            raise ArgumentError.of("time", time, get_args(Time))
        self.time = time or ("date" if len(episodes) == 1 else "day")
        self.start = episodes["first_act_date"]
        self.several = len(episodes) > 1

    def place(self, dates: pd.Series, episodes: pd.Series) -> pd.Series:
        """Return the positions of dates of rows that belong to these episodes."""
        if self.time == "date":
            return pd.Series(mdates.date2num(dates), index=dates.index).where(dates.notna())
        return (dates - episodes.astype(str).map(self.start)).dt.days.astype(float)

    def origin(self, episode: str) -> float:
        """Return the position of an episode's first act."""
        return 0.0 if self.time == "day" else float(mdates.date2num(self.start[episode]))

    def mark_origin(self, ax: Axes, chosen: pd.DataFrame) -> None:
        """Draw a dotted line at the first act, if it has one position on the axis."""
        if self.time == "day" or len(chosen) == 1:
            ax.axvline(self.origin(str(chosen.index[0])), color="0.4", linewidth=0.8, linestyle=":", zorder=1)

    def placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return rows with `left` and `right`, the ends of their dates on the axis, and `place`, the middle."""
        ends = {
            name: self.place(frame[column], frame["episode_id"])
            for name, column in (("left", "event_date"), ("right", "event_date_latest"))
        }
        return frame.assign(**ends, place=(ends["left"] + ends["right"]) / 2)

    def day(self, day: date, episode: str) -> float:
        """Return the position of a day."""
        stamp = pd.Timestamp(day)
        if self.time == "date":
            return float(mdates.date2num(stamp))
        return float((stamp - self.start[episode]).days)

    def set_axis(self, ax: Axes, places: Sequence[float]) -> float:
        """Scale and label the axis so that all positions are visible; return its right end."""
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
