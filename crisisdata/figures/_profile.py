"""One page about one episode: what it was, how it went, where people stood, who responded, what was in force."""

from __future__ import annotations

from textwrap import wrap

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from crisisdata._compare import compare
from crisisdata._editions import Edition
from crisisdata._labels import label_of_variable
from crisisdata.errors import ArgumentError
from crisisdata.figures._data import Version, begin, names_of_actors
from crisisdata.figures._drawing import (
    GLYPH,
    INK,
    NOTE_SIZE,
    ONE_COLUMN,
    PAGE,
    POINT,
    caption,
    caption_figure,
)
from crisisdata.figures._in_force import in_force
from crisisdata.figures._parameters import describes_shared
from crisisdata.figures._responses import responses
from crisisdata.figures._support import support, words_on_support
from crisisdata.figures._timeline import Lane, timeline

FACTS = (
    "event_type", "outcome", "first_act_date", "target_id", "target_office", "perpetrator_id", "leader_id",
    "leader_rank", "agency", "aim", "executive_fate", "deaths_best", "constitution_status", "days_in_power",
)  # fmt: skip
EVENTS: tuple[Lane, ...] = ("causes", "takeover", "transition")
GAP = 0.08  # inches between paragraphs
ABOVE = 0.34  # inches above axes, for their title and a line that says what is not shown
ABOVE_IN_ONE_COLUMN = 0.46  # for two lines
LEVEL_LABELS = 6.5  # inches of width below which the labels of spans of time stand upright
RIGHT = 0.16  # inches beside axes, for half a label of a date
GUTTER = 0.15  # inches between what stands side by side


@describes_shared
def profile(episode: str, *, version: Version = None, width: float = 7.0) -> Figure:
    """Draw one page about one episode: facts, timeline, support, responses and measures in force.

    Parameters
    ----------
    episode
        Key of an episode.
    {version}
    {width}

    Returns
    -------
    matplotlib.figure.Figure
        A page 9 inches high: brief facts and the summary, then the axes of `timeline` (causes, takeover,
        transition), `responses`, `support` (by arena) and `in_force`, each with as many rows as fit and a
        line that states what is not shown.

    Raises
    ------
    UnknownNameError
        If the episode or edition does not exist.
    ArgumentError
        If `episode` is not a single key, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> figure = cd.figures.profile("mli-2021-05")
    >>> figure.savefig("profile.pdf")  # doctest: +SKIP
    """
    if not isinstance(episode, str):
        raise ArgumentError(f"episode={episode!r} must be a string: the key of the one episode to show.")
    edition, chosen = begin("profile", version, episode)
    figure = plt.figure(figsize=(width, PAGE))
    name, summary = chosen["name"].iloc[0], chosen["summary"].iloc[0]
    note = (
        "Dotted: the first act. Responses: up, the highest coercion; down, the highest engagement. Support: share of "
        "voices on the takeover in thirty days; dot, balance with its 90 % interval. In brackets: acts, measures. "
    )
    caption_figure(figure, str(name), f"{note}{caption(edition, episode)}")
    facts = _facts(edition, chosen)
    if width < ONE_COLUMN:  # support in words, and no room for the summary
        page = _Sheet(figure, [*facts, *words_on_support(edition, chosen)], "")
        page.share_out({"timeline": (0.68, 0.45), "responses": (0.2, 0.98), "in_force": (0.12, 0.66)})
    else:
        below = 0.62 if width >= LEVEL_LABELS else 0.98
        page = _Sheet(figure, facts, str(summary) if pd.notna(summary) else "")
        page.share_out({"timeline": (0.5, 0.45), "responses": (0.36, below), "bottom": (0.14, 0.84)})
        where = page.axes("bottom", 0.44, part=(0, 2))
        _retitle(support(episode, group_by="arena", about=[], version=edition, ax=where), "Support")
    where = page.axes("timeline", 0.21)
    _retitle(timeline(episode, lanes=EVENTS, version=edition, ax=where), "What happened")
    _retitle(responses(episode, version=edition, ax=page.axes("responses", 0.33)), "Responses")
    where = page.axes("bottom", 0.4, part=(1, 2)) if page.wide else page.axes("in_force", 0.4)
    _retitle(in_force(episode, version=edition, ax=where), "Measures in force")
    return figure


def _retitle(ax: Axes, title: str) -> None:
    """Give axes a title without the episode, which is at the top of the page."""
    [own] = [text for text in ax.findobj(Text) if text.get_text() == ax.get_title(loc="left")]
    own.set_text(title)
    own.set_fontweight("bold")


def _facts(edition: Edition, chosen: pd.DataFrame) -> list[str]:
    """Return what a reader wants to know first, as names and values; items without a value are left out."""
    fields = {field["name"]: field for field in edition.resource("episodes")["schema"]["fields"]}
    known = [name for name in FACTS if name in fields]
    values = compare(str(chosen.index[0]), known, labels=True, version=edition).iloc[:, 0]
    actors = names_of_actors(edition, 10**6)
    found = []
    for name, value in zip(known, values, strict=True):
        if value is None:
            continue
        if name.endswith("_id"):
            value = actors.get(value, value)
        elif isinstance(value, int):
            value = f"{value:,}"
        found.append(f"{label_of_variable(fields[name]).removesuffix(' id')}: {value}")
    return found


class _Sheet:
    """A page that is filled from top to bottom."""

    def __init__(self, figure: Figure, facts: list[str], summary: str) -> None:
        self.figure, self.width = figure, figure.get_figwidth()
        self.wide = self.width >= ONE_COLUMN
        figure.draw_without_rendering()
        [title, below] = [getattr(figure, name).get_window_extent() for name in ("_suptitle", "_supxlabel")]
        self.at = title.y0 / figure.dpi - GAP
        columns = 2 if self.wide else 1
        letters = int((self.width / columns - GUTTER) / (GLYPH * NOTE_SIZE * POINT))
        half = -(-len(facts) // columns)
        parts = [facts[column * half : (column + 1) * half] for column in range(columns)]
        self.at -= GAP + max(
            self._write([line for fact in part for line in wrap(fact, letters)], column * self.width / columns)
            for column, part in enumerate(parts)
        )
        if summary:
            self.at -= GAP + self._write(wrap(summary, int((self.width - GUTTER) / (GLYPH * NOTE_SIZE * POINT))), 0)
        self.room = self.at - below.y1 / figure.dpi - 0.05
        self._places: dict[str, tuple[float, float]] = {}

    def _write(self, lines: list[str], left: float) -> float:
        """Write lines below what is already there; return their height in inches."""
        text = self.figure.text(
            (0.07 + left) / self.width, self.at / PAGE, "\n".join(lines), size=NOTE_SIZE, va="top", color=INK
        )
        return text.get_window_extent().height / self.figure.dpi

    def share_out(self, parts: dict[str, tuple[float, float]]) -> None:
        """Give each part, from top to bottom, its share of the height, with inches to spare below its axes."""
        above = ABOVE if self.wide else ABOVE_IN_ONE_COLUMN
        net = self.room - sum(above + below for _, below in parts.values())
        at = self.at
        for name, (share, below) in parts.items():
            high = max(share * net, 0.2)
            at -= above + high + below
            self._places[name] = (at + below, high)

    def axes(self, name: str, labels: float, *, part: tuple[int, int] = (0, 1)) -> Axes:
        """Return axes for a part, or for a fraction of its width, of which labels take a share."""
        bottom, high = self._places[name]
        number, of = part
        wide = self.width / of - (GUTTER if number else 0)
        left = number * self.width / of + (GUTTER if number else 0) + labels * wide
        box = (left / self.width, bottom / PAGE, (wide * (1 - labels) - RIGHT) / self.width, high / PAGE)
        return self.figure.add_axes(box)
