"""The reaction matrix: what each body of a fixed list did about each episode."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError, UnknownNameError
from crisisdata.figures._data import Version, begin, codes_of, labels_of, names_of_actors, read, records
from crisisdata.figures._drawing import (
    GLYPH,
    INK,
    LABEL_SIZE,
    PALETTE,
    POINT,
    LabelledAxes,
    LabelledRow,
    Page,
    caption,
    first_to_show,
    not_shown,
    title_of,
)
from crisisdata.figures._parameters import describes_shared

TABLE = "reaction_matrix"
LINES = (0.155, 0.145, 0.135, 0.13)  # inches of height of a row: the first in which all bodies fit
SHARE = 0.36  # of the width, for the names of the bodies
NARROWEST = 0.15  # inches of a column in which a mark can be told
LEVEL_HEAD = 0.85  # inches of a column above which its name stands level
HEAD_LETTERS = 20  # of a line of a name that stands upright
LEGEND = 0.1  # inches that the legend takes beyond that of other figures
SHADES = {"none": "white", "words": "0.82", "threat": "0.6", "measures": "0.38", "force": "0.1"}
DARK_LEVELS = ("measures", "force")  # on which a mark is white
MARKS = {"condemns": "v", "regrets": "v", "notes": "o", "welcomes": "^", "backs": "^"}
HOLLOW = ("regrets", "notes", "welcomes")
ENGAGED = PALETTE[0]
MOST_ENGAGED = 4
HATCH = "//////"
STATUSES = ("decided_not_to_act", "searched_nothing_found", "not_searched", "not_applicable")


@describes_shared
def reaction_matrix(
    episodes: str | Sequence[str] | None = None,
    bodies: Sequence[str] | None = None,
    *,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw what each body in a fixed list did about each episode.

    Parameters
    ----------
    {episodes}
    bodies
        Keys of bodies, in the order to draw. None gives all bodies that apply to any of the episodes, or that acted.
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        One row per body, neighbours last, and one column per episode. The shade of a cell is the highest coercion, the
        bar at the bottom the highest engagement, and the mark the last position towards the takeover. The cells for
        decided not to act, nothing found, not searched and not applicable differ, also in greyscale.

    Raises
    ------
    UnknownNameError
        If the episode, body or edition does not exist.
    ArgumentError
        If the edition has no table `reaction_matrix`; editions 1.2 and later have it.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.reaction_matrix(["mli-2020-08", "mli-2021-05"])  # doctest: +SKIP
    >>> ax.figure.savefig("matrix.pdf")  # doctest: +SKIP
    """
    edition, chosen = begin(TABLE, version, episodes)
    if TABLE not in edition.tables:
        raise ArgumentError(
            f"figures.{TABLE} needs the table {TABLE}, which editions 1.2 and later have; {edition.label} does "
            "not. `crisisdata.versions()` lists the available editions."
        )
    cells = read(TABLE, edition)
    page = Page(ax, width, line=LINES[0], share=SHARE)
    across = page.inches * (1 - SHARE) if ax is None else page.inches
    most = max(1, int(0.94 * across / NARROWEST))
    left_out = ""
    if episodes is None and len(chosen) > most:
        left_out = not_shown(len(chosen) - most)
        chosen = first_to_show(chosen, most)
    heads = _Heads(chosen, across)
    page.height -= LEGEND + heads.inches if ax is None else 0
    cells = cells[cells["episode_id"].isin(chosen.index)]
    listed = _Bodies(cells, edition, bodies)
    rows = listed.rows(page)
    page.line = next((line for line in LINES if page.holds_at(rows, line)), LINES[-1])
    dropped = 0
    while bodies is None and not page.holds(rows) and len(listed.names) > 1:
        dropped += 1
        listed.names = listed.names[:-1]
        rows = listed.rows(page)
    if dropped:
        left_out += f"Not shown: {_counted(dropped)} (the first {len(listed.names)} are shown). "
    if listed.idle:
        left_out += f"Not applicable in any of these episodes, and not shown: {_counted(listed.idle)}. "
    chart = LabelledAxes(page, rows)
    places = {str(key): float(number) for number, key in enumerate(chosen.index)}
    drawn = cells[cells["actor_id"].isin(listed.names)]
    _paint(chart, drawn, places)
    if listed.names:
        heads.write(chart, len(chosen))
    else:
        chart.ax.set_xticks([])
    note = (
        "Shade: highest coercion. Bar: highest engagement, as wide as the cell for 4 of 4. Mark: the last position "
        "towards the takeover. Acts of organs count with the body, except for organs with their own row. "
    )
    return chart.finish(
        title_of("Reaction matrix", chosen),
        caption(edition, list(chosen.index)),
        _handles(edition, drawn),
        note,
        left_out,
    )


def _counted(number: int) -> str:
    return "1 body" if number == 1 else f"{number} bodies"


class _Heads:
    """The names of the columns: horizontal if there is space, vertical otherwise; keys if columns are narrow."""

    def __init__(self, chosen: pd.DataFrame, across: float) -> None:
        names = [str(name) for name in chosen["name"]]
        column = across / len(names)
        self.upright = column < LEVEL_HEAD
        letters = HEAD_LETTERS if self.upright else max(8, int(column / (GLYPH * LABEL_SIZE * POINT)))
        one_line = 0.125
        self.keys = self.upright and column < 3 * one_line  # no room for names of several lines
        names = [str(key) for key in chosen.index] if self.keys else names
        self.texts = [fill(name, letters, break_long_words=False) for name in names]
        lines = [text.split("\n") for text in self.texts]
        longest = max(len(line) for each in lines for line in each)
        self.inches = (
            longest * GLYPH * LABEL_SIZE * POINT if self.upright else one_line * max(len(each) for each in lines)
        )

    def write(self, chart: LabelledAxes, count: int) -> None:
        """Write the names above the columns."""
        size = chart.type_size(LABEL_SIZE)
        chart.ax.set_xlim(-0.5, count - 0.5)
        chart.ax.set_xticks(range(count), self.texts, size=size, rotation=90 if self.upright else 0)
        chart.ax.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, labelsize=size)
        chart.ax.spines["bottom"].set_visible(False)
        chart.ax.grid(False)


class _Bodies:
    """The bodies to draw, in the order of the list, followed by neighbours that are not on it, by name."""

    def __init__(self, cells: pd.DataFrame, edition: Edition, asked: Sequence[str] | None) -> None:
        self.edition = edition
        known = read("actors", edition).set_index("actor_id")["name"]
        order = read("bodies", edition).sort_values("sort_order")["actor_id"].tolist()
        rest = sorted(set(cells["actor_id"]) - set(order), key=lambda actor: str(known[actor]))
        self.neighbours = set(rest)
        every = [actor for actor in [*order, *rest] if actor in set(cells["actor_id"])]
        self.idle = 0
        if asked is None:
            alive = set(cells.loc[cells["status"] != "not_applicable", "actor_id"])
            self.names = [actor for actor in every if actor in alive]
            self.idle = len(every) - len(self.names)
        else:
            self.names = [asked] if isinstance(asked, str) else list(asked)
            if not self.names:
                raise ArgumentError("bodies=[] must name at least one body; leave it out for all of them.")
            if len(set(self.names)) < len(self.names):
                raise ArgumentError(f"bodies={self.names!r} must not repeat a body.")
            for name in self.names:
                if name not in every:
                    raise UnknownNameError.of("body", name, every, where=edition.label)

    def rows(self, page: Page) -> list[LabelledRow]:
        """Return a row for each body, with a heading above the neighbours that follow the list."""
        names = names_of_actors(self.edition, page.letters).to_dict()
        rows: list[LabelledRow] = []
        in_order = [each in self.neighbours for each in self.names]
        for number, body in enumerate(self.names):
            if in_order[number] and in_order == sorted(in_order) and (number == 0 or not in_order[number - 1]):
                rows.append(LabelledRow(labels_of(self.edition, "body_applies")["neighbours"], "neighbours", "group"))
            rows.append(LabelledRow(str(names[body]), body, plain=True))
        return rows or [LabelledRow("no body listed", "none", plain=True)]


def _paint(chart: LabelledAxes, cells: pd.DataFrame, places: dict[str, float]) -> None:
    ax = chart.ax
    for cell in records(cells):
        x, y = places[cell.episode_id], chart.at[cell.actor_id]
        tall = 0.92 * chart.tall[cell.actor_id]
        if cell.status == "acted":
            ax.add_patch(
                Rectangle((x - 0.46, y - tall / 2), 0.92, tall, fc=SHADES[cell.coercion_level], ec="0.35", lw=0.4)
            )
            if cell.engagement:
                wide = 0.88 * cell.engagement / MOST_ENGAGED
                # On a white band, so that it is seen on dark shades in grey as well.
                foot, high = y + 0.28 * tall, 0.2 * tall
                ax.add_patch(
                    Rectangle((x - 0.44, foot - 0.08 * tall), 0.88, high + 0.08 * tall, fc="white", ec="none", zorder=3)
                )
                ax.add_patch(Rectangle((x - 0.44, foot), wide, high, fc=ENGAGED, ec="none", zorder=4))
            if pd.notna(cell.takeover_position):
                dark = cell.coercion_level in DARK_LEVELS
                ax.plot(x, y - 0.1 * tall, **_mark(cell.takeover_position, dark=dark), zorder=4)
        elif cell.status == "decided_not_to_act":
            ax.add_patch(Rectangle((x - 0.46, y - tall / 2), 0.92, tall, fc="white", ec="0.35", lw=0.4))
            ax.plot(x, y, "x", ms=3.6, mew=1.1, color=INK, zorder=4)
        elif cell.status == "searched_nothing_found":
            ax.plot(x, y, "_", ms=4.5, mew=1.0, color=INK, zorder=4)
        elif cell.status == "not_searched":
            ax.add_patch(Rectangle((x - 0.46, y - tall / 2), 0.92, tall, fc="white", ec="0.6", lw=0.0, hatch=HATCH))


def _mark(position: str, *, dark: bool = False) -> dict[str, Any]:
    ink = "white" if dark else INK
    fill = "none" if position in HOLLOW else ink
    return {"marker": MARKS[position], "ms": 3.4, "mec": ink, "mew": 0.7, "mfc": fill, "linestyle": ""}


def _handles(edition: Edition, cells: pd.DataFrame) -> list[Patch | Line2D]:
    """Return the legend: every shade, mark and status that is drawn, with the labels of the codebook."""
    levels, tones = labels_of(edition, "coercion_level"), labels_of(edition, "tone")
    acted = cells[cells["status"] == "acted"]
    found: list[Patch | Line2D] = [
        Patch(fc=shade, ec="0.35", lw=0.4, label=f"Coercion: {levels[level].lower()}")
        for level, shade in SHADES.items()
        if level in set(acted["coercion_level"])
    ]
    if (acted["engagement"] > 0).any():
        found.append(Patch(fc=ENGAGED, ec="white", label="Engagement"))
    present = set(acted["takeover_position"].dropna())
    found += [
        Line2D([], [], label=f"Takeover: {tones[tone].lower()}", **_mark(str(tone)))
        for tone in codes_of(edition, "tone")["code"]
        if tone in present
    ]
    labels = labels_of(edition, "matrix_status")
    samples = {
        "decided_not_to_act": Line2D([], [], linestyle="", marker="x", ms=3.6, mew=1.1, color=INK),
        "searched_nothing_found": Line2D([], [], linestyle="", marker="_", ms=4.5, mew=1.0, color=INK),
        "not_searched": Patch(fc="white", ec="0.6", lw=0, hatch=HATCH),
        "not_applicable": Patch(fc="none", ec="none"),
    }
    for status in STATUSES:
        if status in set(cells["status"]):
            samples[status].set_label(labels[status] + (" (blank)" if status == "not_applicable" else ""))
            found.append(samples[status])  # type: ignore[arg-type]
    return found
