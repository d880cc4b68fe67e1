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
from crisisdata._load import load
from crisisdata.figures._data import Version, choose, labels_of
from crisisdata.figures._drawing import GLYPH, LABEL_SIZE, NOTE_SIZE, POINT, caption, caption_figure

BOLD_GLYPH = 0.66  # as GLYPH, for bold type
LABEL_SHARE = 0.3  # of the width, for the names of the variables


def compare(
    episodes: str | Sequence[str] | None = None,
    variables: Sequence[str] | None = None,
    *,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw the summary codings of episodes as a heat map with its values written in.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    variables
        As in `crisisdata.compare`.
    version
        As in `load`.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row per variable and a column per episode. The shade is the place of the value on the
        scale of its variable or, where that has no ends, between zero and the most among the episodes
        shown; it says nothing of better or worse. Cells without order have no shade; a dash
        stands where there is no value.

    Raises
    ------
    UnknownNameError
        There is no such episode, variable or edition.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.compare(["mli-2020-08", "mli-2021-05"], ["support_score"], version="0.1")
    >>> [text.get_text() for text in ax.texts]
    ['1', '−0.5']
    """
    edition = Edition.find(version)
    chosen = choose(edition, episodes)
    table = side_by_side(list(chosen.index), variables, version=edition)
    fields = {field["name"]: field for field in edition.resource("episodes")["schema"]["fields"]}
    frame = load("episodes", edition).set_index("episode_id").loc[chosen.index]
    shades = pd.DataFrame({name: _shade(frame[name], fields[name]) for name in table.index}).T.astype(float)
    inches = width if ax is None else ax.get_window_extent().width / ax.figure.dpi / (1 - LABEL_SHARE)
    texts = [_cells(table.loc[name], fields[name], edition) for name in table.index]
    # Type shrinks where a column is narrower than its longest word.
    column = 0.92 * inches * (1 - LABEL_SHARE) / len(chosen) / POINT
    size = min(NOTE_SIZE, column / (GLYPH * _longest_word(cell for row in texts for cell in row)))
    rows = [[fill(cell, int(column / (GLYPH * size)), break_long_words=False) for cell in row] for row in texts]
    head_size = min(LABEL_SIZE, column / (BOLD_GLYPH * _longest_word(chosen["name"])))
    heads = [fill(name, int(column / (BOLD_GLYPH * head_size)), break_long_words=False) for name in chosen["name"]]
    letters = int(LABEL_SHARE * inches / (GLYPH * LABEL_SIZE * POINT))
    labels = [fill(name.replace("_", " "), letters) for name in table.index]
    lines = np.array(
        [max(text.count("\n") + 1 for text in [*row, label]) for row, label in zip(rows, labels, strict=True)]
    )
    edges = np.concatenate([[0.0], np.cumsum(lines * 0.11 + 0.07)])
    owned = ax is None
    if ax is None:
        _, ax = plt.subplots(figsize=(width, edges[-1] + 1.5), layout="constrained")
    share = 1.0 if owned else min(1.0, ax.get_window_extent().height / ax.figure.dpi / edges[-1])
    _paint(ax, shades, rows, edges, share * size)
    ax.set_yticks((edges[:-1] + edges[1:]) / 2, labels, size=share * LABEL_SIZE)
    ax.set_xticks(np.arange(len(chosen)) + 0.5, heads, size=head_size, weight="bold")
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    if owned:
        _finish(ax, edition, edges[-1])
    return ax


def _shade(values: pd.Series, field: dict[str, Any]) -> pd.Series:
    """Return the place of each value on the scale of its variable, 0 to 1; missing where there is no order."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        if not values.cat.ordered:
            return pd.Series(np.nan, index=values.index)
        codes = values.cat.codes.astype(float)
        return codes.where(codes >= 0) / max(1, len(values.cat.categories) - 1)
    if not pd.api.types.is_numeric_dtype(values):
        return pd.Series(np.nan, index=values.index)
    numbers = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    # A unit such as "position, −2 to +2" names the ends of the scale.
    ends = re.search(r"(−?\d+) to \+?(\d+)$", field.get("unit") or "")
    known = numbers[~np.isnan(numbers)]
    if ends:
        low, high = (float(end.replace("−", "-")) for end in ends.groups())
    elif len(known) < 2:  # a value that stands alone is neither much nor little
        return pd.Series(np.nan, index=values.index)
    else:
        low, high = min(0.0, known.min()), known.max()
    return pd.Series((numbers - low) / (high - low) if high > low else numbers * 0, index=values.index)


def _cells(values: pd.Series, field: dict[str, Any], edition: Edition) -> list[str]:
    labels = labels_of(edition, field["codes"]) if "codes" in field else {}
    return [_text(value, labels) for value in values]


def _longest_word(texts: Iterable[str]) -> int:
    return max(len(word) for text in texts for word in re.findall(r"[^\s-]+-?", text) or [text])


def _text(value: object, labels: dict[str, str]) -> str:
    if value is None:
        return "–"
    if isinstance(value, (int, float)):
        return f"{value:g}".replace("-", "−") if abs(value) < 1000 else f"{value:,.0f}"
    return labels.get(str(value), str(value))


def _paint(ax: Axes, shades: pd.DataFrame, rows: list[list[str]], edges: np.ndarray, size: float) -> None:
    columns = np.arange(shades.shape[1] + 1)
    colours = sns.color_palette("light:#0173b2", as_cmap=True).with_extremes(bad="0.97")
    ax.pcolormesh(columns, edges, np.ma.masked_invalid(shades), cmap=colours, vmin=0, vmax=1, edgecolor="white")
    ax.set_ylim(edges[-1], 0)
    ax.spines[:].set_visible(False)
    for y, (name, row) in zip((edges[:-1] + edges[1:]) / 2, zip(shades.index, rows, strict=True), strict=True):
        for x, cell in enumerate(row):
            dark = shades.loc[name].iloc[x] > 0.6
            ax.text(x + 0.5, y, cell, size=size, ha="center", va="center", color="white" if dark else "0.1")


def _finish(ax: Axes, edition: Edition, height: float) -> None:
    figure = ax.figure
    assert isinstance(figure, Figure)
    note = (
        "Shade: the place of the value on the scale of its variable; where it has no ends, between zero and the most "
        "among the episodes shown. Dash: no value. "
    )
    caption_figure(figure, "Summary codings", note + caption(edition))
    figure.draw_without_rendering()
    figure.set_figheight(figure.get_figheight() + height - ax.get_position().height * figure.get_figheight())
