"""The summary codings of episodes side by side, with the values written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crisisdata._compare import compare as side_by_side
from crisisdata._editions import Edition
from crisisdata.figures._data import Version, begin, read
from crisisdata.figures._drawing import (
    GLYPH,
    LABEL_SIZE,
    NOTE_SIZE,
    PAGE,
    POINT,
    caption,
    caption_figure,
    first_to_show,
    not_shown,
)
from crisisdata.figures._parameters import describes_shared

BOLD_GLYPH, CELL_GLYPH = 0.66, 0.62  # as GLYPH, for bold type and for cells, which hold many digits
LEAST_LABELS = 0.26  # of the width, for the names of the variables
LEAST_SIZE = 5.0  # points of the smallest type that can be read
NOT_APPLICABLE, UNKNOWN, NOTHING = "n/a", "?", "–"
LABEL_LINE, CELL_LINE = 0.118, 0.1  # inches of height of a line of type
BOUNDS = ("_low", "_high")
HEAD_LETTERS = 20  # of a line of a name that stands upright
DURATIONS = ("days", "months")
# A unit such as "balance, −1 to +1" names the ends of the scale; without ends, there is none.
SCALE = re.compile(r"−?\d+ to \+?(\d+)$")


@describes_shared
def compare(
    episodes: str | Sequence[str] | None = None,
    variables: Sequence[str] | None = None,
    *,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw the summary variables of episodes as an annotated heat map.

    Parameters
    ----------
    {episodes}
    variables
        As in `crisisdata.compare`. None omits keys and columns that appear in another column's cell, and counts if
        they do not fit on a page.
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        One row per variable and one column per episode; bounds follow their value in brackets. Only numbers that
        measure intensity are shaded: balances on a diverging scale around zero, steps and shares from zero to
        the end of their scale. Counts, days and codes are not shaded. Three kinds of missing values are shown
        differently: not applicable, unknown after search, and nothing to count or compute.

    Raises
    ------
    UnknownNameError
        If the episode, variable or edition does not exist.
    ArgumentError
        If the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.compare(["mli-2020-08", "mli-2021-05"], ["organised_balance"])
    >>> [text.get_text() for text in ax.texts]
    ['−0.29 (−0.55 to −0.02)', '−0.44 (−0.71 to −0.12)']
    """
    edition, chosen = begin("compare", version, episodes)
    most = _most_columns(ax, width)
    left_out = ""
    if episodes is None and len(chosen) > most:
        left_out = not_shown(len(chosen) - most)
        chosen = first_to_show(chosen, most)
    fields = {field["name"]: field for field in edition.resource("episodes")["schema"]["fields"]}
    wanted = list(variables) if variables is not None and not isinstance(variables, str) else variables
    names = [str(name) for name in side_by_side(list(chosen.index), wanted, version=edition).index]
    if variables is None:
        names = [name for name in names if not _stands_elsewhere(name, fields)]
    table = side_by_side(list(chosen.index), names, labels=True, version=edition)
    texts = [
        _cells(fields[name], list(cells), chosen, edition) for name, cells in zip(names, table.to_numpy(), strict=True)
    ]
    grid = _Grid(list(table.index), list(table.columns), texts, ax, width)
    if variables is None:
        kept = grid.rows_that_fit(sorted(range(len(names)), key=lambda row: _rank(fields[names[row]])))
        if len(kept) < len(names):
            left_out += (
                f"Not shown: {len(names) - len(kept)} of {len(names)} variables (counts are left out first, then "
                "durations; variables= chooses)."
            )
        grid, names = grid.only(kept), [names[row] for row in kept]
    shades = np.array([_shade(chosen[name], fields[name]) for name in names])
    owned = ax is None
    if ax is None:
        _, ax = plt.subplots(figsize=(width, grid.edges[-1] + 1.5), layout="constrained")
    share = 1.0 if owned else min(1.0, ax.get_window_extent().height / ax.figure.dpi / grid.edges[-1])
    _paint(ax, shades, grid.cells, grid.edges, share * grid.size)
    ax.set_yticks((grid.edges[:-1] + grid.edges[1:]) / 2, grid.labels, size=share * LABEL_SIZE)
    ax.set_xticks(
        np.arange(len(chosen)) + 0.5, grid.heads, size=grid.head_size, weight="bold",
        rotation=90 if grid.upright else 0,
    )  # fmt: skip
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    if owned:
        _finish(ax, caption(edition, list(chosen.index)), grid.edges[-1], left_out)
    return ax


def _most_columns(ax: Axes | None, width: float) -> int:
    """Return how many columns remain legible: each as wide as a date in the smallest type."""
    inches = width * (1 - LEAST_LABELS) if ax is None else ax.get_window_extent().width / ax.figure.dpi
    return max(1, int(0.94 * inches / (len("2021-05-30") * CELL_GLYPH * LEAST_SIZE * POINT)))


class _Grid:
    """The texts of rows and columns, wrapped to the available space, and the edges of the rows in inches."""

    def __init__(
        self, labels: list[str], heads: list[str], texts: list[list[str]], ax: Axes | None, width: float
    ) -> None:
        self._given = labels, heads, texts, ax, width
        letter = GLYPH * LABEL_SIZE * POINT
        if ax is None:
            # Names of variables get what the columns need not, but never less than a share.
            need = len(heads) * (
                CELL_GLYPH * NOTE_SIZE * POINT * max(len(cell) for row in texts for cell in row) + 0.08
            )
            beside = min(max(LEAST_LABELS * width, width - need), letter * max(map(len, labels)), 0.6 * width)
            inches = width - beside - 0.1
        else:
            inches = ax.get_window_extent().width / ax.figure.dpi
            beside = 0.65 * inches
        # Type shrinks where a column is narrower than its longest word.
        column = 0.94 * inches / len(heads) / POINT
        # A word that would shrink all type below what can be read is broken in the middle.
        texts = [[_hyphenated(cell, column / (CELL_GLYPH * LEAST_SIZE)) for cell in row] for row in texts]
        self.size = min(NOTE_SIZE, column / (CELL_GLYPH * _longest_word(cell for row in texts for cell in row)))
        self.cells = [[_broken(cell, column / (CELL_GLYPH * self.size)) for cell in row] for row in texts]
        self.head_size = min(LABEL_SIZE, column / (BOLD_GLYPH * _longest_word(heads)))
        self.upright = self.head_size < NOTE_SIZE
        if self.upright:
            self.head_size = NOTE_SIZE
            self.heads = [_broken(name, HEAD_LETTERS) for name in heads]
        else:
            self.heads = [_broken(name, column / (BOLD_GLYPH * self.head_size)) for name in heads]
        self.labels = [_broken(label, beside / letter) for label in labels]
        heights = [
            max(LABEL_LINE * _lines([label]), CELL_LINE * _lines(row)) + 0.025
            for row, label in zip(self.cells, self.labels, strict=True)
        ]
        self.edges = np.concatenate([[0.0], np.cumsum(heights)])

    def rows_that_fit(self, ranked: list[int]) -> list[int]:
        """Return the highest-ranked rows that fit on a page, in their order in the table."""
        *_, ax, width = self._given
        room = PAGE - 0.5 - 5.4 / width
        room -= HEAD_LETTERS * BOLD_GLYPH * NOTE_SIZE * POINT if self.upright else 0.13 * _lines(self.heads)
        if ax is not None:
            room = 1.25 * ax.get_window_extent().height / ax.figure.dpi
        heights = np.diff(self.edges)[ranked].cumsum()
        return sorted(ranked[: max(1, int((heights <= room).sum()))])

    def only(self, rows: list[int]) -> _Grid:
        labels, heads, texts, ax, width = self._given
        return _Grid([labels[row] for row in rows], heads, [texts[row] for row in rows], ax, width)


def _broken(text: str, letters: float) -> str:
    return fill(text, max(4, int(letters)), break_long_words=False)


def _rank(field: dict[str, Any]) -> int:
    """Return how late a variable is left out: shaded variables and those in words are left out last."""
    if SCALE.search(field.get("unit") or ""):
        return 0
    if field["type"] not in ("integer", "number"):
        return 1
    return 2 if field.get("unit") in DURATIONS else 3


def _stands_elsewhere(name: str, fields: dict[str, dict[str, Any]]) -> bool:
    """Say whether a column is a bound of another, a key, or the same value in days, and so needs no row."""
    bound = next((end for end in BOUNDS if name.endswith(end)), None)
    return (bound is not None and name.removesuffix(bound) in fields) or name.endswith("_id") or name == "coded_through"


def _shade(values: pd.Series, field: dict[str, Any]) -> np.ndarray:
    """Return the position of each value on a scale from −1 to +1; missing if a number does not measure intensity."""
    none = np.full(len(values), np.nan)
    ends = SCALE.search(field.get("unit") or "")
    if ends is None or not pd.api.types.is_numeric_dtype(values):
        return none
    numbers = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return numbers / float(ends.group(1))


def _cells(field: dict[str, Any], values: list[Any], chosen: pd.DataFrame, edition: Edition) -> list[str]:
    """Return the text of each cell of a variable."""
    name = field["name"]
    digits = 2 if field["type"] == "number" and SCALE.search(field.get("unit") or "") else None
    missing = read("missing_values", edition)
    missing = missing[(missing["table_name"] == "episodes") & (missing["variable"] == name)]
    reasons = (
        missing.set_index("record_id")["reason"].map({"not_applicable": NOT_APPLICABLE, "unknown": UNKNOWN}).to_dict()
    )
    bounded = all(f"{name}{end}" in chosen for end in BOUNDS)
    cells = []
    for episode, value in zip(chosen.index, values, strict=True):
        text = reasons.get(episode, NOTHING) if value is None else _text(value, digits)
        low, high = (chosen[f"{name}{end}"][str(episode)] for end in BOUNDS) if bounded else (None, None)
        if value is not None and bounded and pd.notna(low):
            text += f" ({_text(low, digits)} to {_text(high, digits)})"
        cells.append(text)
    return cells


def _lines(texts: Iterable[str]) -> int:
    return max(text.count("\n") + 1 for text in texts)


def _hyphenated(text: str, letters: float) -> str:
    def halves(found: re.Match[str]) -> str:
        word = found.group()
        middle = (len(word) + 1) // 2
        return word if _letters(word) <= letters else f"{word[:middle]}-{word[middle:]}"

    return re.sub(r"[^\W\d_]{4,}", halves, text)


def _longest_word(texts: Iterable[str]) -> float:
    """Return the length of the longest word that cannot be broken."""
    return max(_letters(word) for text in texts for word in re.findall(r"[^\s-]+-?", text) or [text])


def _letters(word: str) -> float:
    """Return the length of a word in letters; m and w count as more than one."""
    return len(word) + 0.4 * len(re.findall("[mwMW]", word))


def _text(value: Any, digits: int | None) -> str:
    if not isinstance(value, (int, float, np.number)):
        return re.sub(r"(?<=\d)/(?=\d)", " to ", str(value))  # of a date as wide as its sources, to be broken there
    if digits is not None:
        return f"{value:.{digits}f}".replace("-", "−")
    return (f"{value:g}" if abs(float(value)) < 1000 else f"{value:,.0f}").replace("-", "−")


def _paint(ax: Axes, shades: np.ndarray, rows: list[list[str]], edges: np.ndarray, size: float) -> None:
    columns = np.arange(shades.shape[1] + 1)
    # Orange and blue from white in the middle; no shade is as dark as the type on it.
    colours = sns.blend_palette(["#de8f05", "white", "#4c9fd1"], as_cmap=True).with_extremes(bad="0.97")
    ax.pcolormesh(columns, edges, np.ma.masked_invalid(shades), cmap=colours, vmin=-1, vmax=1, edgecolor="white")
    ax.set_ylim(edges[-1], 0)
    ax.spines[:].set_visible(False)
    for y, row in zip((edges[:-1] + edges[1:]) / 2, rows, strict=True):
        for x, cell in enumerate(row):
            ax.text(x + 0.5, y, cell, size=size, ha="center", va="center", color="0.1")


def _finish(ax: Axes, cited: str, height: float, left_out: str) -> None:
    figure = ax.figure
    assert isinstance(figure, Figure)
    note = (
        "Shade: how close a balance (blue for, orange against, white at zero), a step or a share is to the end of "
        f"its scale; other cells are not shaded. {NOT_APPLICABLE}: not applicable. {UNKNOWN}: unknown after search. "
        f"{NOTHING}: nothing to count or compute. In brackets after a balance or a share: 90 % interval."
    )
    caption_figure(figure, "Summary codings", " ".join(f"{note} {left_out} {cited}".split()))
    figure.draw_without_rendering()
    figure.set_figheight(figure.get_figheight() + height - ax.get_position().height * figure.get_figheight())
