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
from crisisdata.figures._data import Version, choose, find_edition, labels_of, read
from crisisdata.figures._drawing import GLYPH, LABEL_SIZE, NOTE_SIZE, POINT, caption, caption_figure

BOLD_GLYPH = 0.66  # as GLYPH, for bold type
LABEL_SHARE = 0.3  # of the width, for the names of the variables
NOT_APPLICABLE, UNKNOWN, NOTHING = "n/a", "?", "–"
LABEL_LINE, CELL_LINE = 0.118, 0.1  # inches of height of a line of type
BOUNDS = ("_low", "_high")


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
        As in `crisisdata.compare`. None leaves out columns that stand in another one's cell or are keys.
    version
        As in `load`; edition 1.0 or later.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row per variable and a column per episode; bounds stand in brackets behind their value. Shades are drawn
        only where a number measures intensity: on a diverging scale around zero for a balance, and from none to
        the end of the scale for steps and shares. Counts, days and codes have no shade. Three kinds of missing
        differ: not applicable, unknown after search, and nothing to count or compute.

    Raises
    ------
    UnknownNameError
        There is no such episode, variable or edition.
    ArgumentError
        The edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.compare(["mli-2020-08", "mli-2021-05"], ["organised_balance"])
    >>> [text.get_text() for text in ax.texts]
    ['−0.36 (−0.62 to −0.07)', '−0.49 (−0.75 to −0.17)']
    """
    edition = find_edition(version, "compare")
    chosen = choose(edition, episodes)
    fields = {field["name"]: field for field in edition.resource("episodes")["schema"]["fields"]}
    wanted = list(variables) if variables is not None and not isinstance(variables, str) else variables
    table = side_by_side(list(chosen.index), wanted, version=edition)
    if variables is None:
        table = table.loc[[name for name in table.index if not _stands_elsewhere(name, fields)]]
    names = [str(name) for name in table.index]
    frame = load("episodes", edition).set_index("episode_id").loc[chosen.index]
    shades = np.array([_shade(frame[name], fields[name]) for name in names])
    texts = [_cells(name, table, frame, fields, edition) for name in names]
    inches = width if ax is None else ax.get_window_extent().width / ax.figure.dpi / (1 - LABEL_SHARE)
    # Type shrinks where a column is narrower than its longest word.
    column = 0.92 * inches * (1 - LABEL_SHARE) / len(chosen) / POINT
    size = min(NOTE_SIZE, column / (GLYPH * _longest_word(cell for row in texts for cell in row)))
    rows = [[fill(cell, int(column / (GLYPH * size)), break_long_words=False) for cell in row] for row in texts]
    head_size = min(LABEL_SIZE, column / (BOLD_GLYPH * _longest_word(chosen["name"])))
    heads = [fill(name, int(column / (BOLD_GLYPH * head_size)), break_long_words=False) for name in chosen["name"]]
    letters = int(LABEL_SHARE * inches / (GLYPH * LABEL_SIZE * POINT))
    labels = [fill(_label(fields[name]), letters) for name in names]
    heights = [
        max(LABEL_LINE * _lines([label]), CELL_LINE * _lines(row)) + 0.025
        for row, label in zip(rows, labels, strict=True)
    ]
    edges = np.concatenate([[0.0], np.cumsum(heights)])
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


def _stands_elsewhere(name: str, fields: dict[str, dict[str, Any]]) -> bool:
    """Say whether a column is a bound of another one, a key, or the same in days, so that it needs no row."""
    bound = next((end for end in BOUNDS if name.endswith(end)), None)
    return (bound is not None and name.removesuffix(bound) in fields) or name.endswith("_id") or name == "coded_through"


def _label(field: dict[str, Any]) -> str:
    """Return the name of a variable as words, with its unit where that says more than the name."""
    words = field["name"].removesuffix("_date").replace("_", " ")
    for short, long in (
        ("au", "AU"),
        ("un", "UN"),
        ("eu", "EU"),
        ("30d", "in 30 days"),
        ("min", "at least"),
        ("max", "at most"),
    ):
        words = re.sub(rf"\b{short}\b", long, words)
    unit = field.get("unit", "")
    plain = unit.split(",")[0]
    tells = unit and plain not in words and plain not in ("step", "share", "balance")
    return words[0].upper() + words[1:] + (f" ({plain})" if tells else "")


def _shade(values: pd.Series, field: dict[str, Any]) -> np.ndarray:
    """Return the place of each value on a scale from −1 to +1; missing where a number measures no intensity."""
    none = np.full(len(values), np.nan)
    # A unit such as "balance, −1 to +1" names the ends of the scale; without ends, there is none.
    ends = re.search(r"(−?\d+) to \+?(\d+)$", field.get("unit") or "")
    if ends is None or not pd.api.types.is_numeric_dtype(values):
        return none
    numbers = values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return numbers / float(ends.group(2))


def _cells(
    name: str, table: pd.DataFrame, frame: pd.DataFrame, fields: dict[str, dict[str, Any]], edition: Edition
) -> list[str]:
    """Return the text of each cell of a variable."""
    labels = labels_of(edition, fields[name]["codes"]) if "codes" in fields[name] else {}
    missing = read("missing_values", edition)
    missing = missing[(missing["table_name"] == "episodes") & (missing["variable"] == name)]
    reasons = (
        missing.set_index("record_id")["reason"].map({"not_applicable": NOT_APPLICABLE, "unknown": UNKNOWN}).to_dict()
    )
    bounded = all(f"{name}{end}" in frame for end in BOUNDS)
    cells = []
    for episode, value in table.loc[name].items():
        text = reasons.get(episode, NOTHING) if value is None else _text(value, labels)
        low, high = (frame[f"{name}{end}"][str(episode)] for end in BOUNDS) if bounded else (None, None)
        if value is not None and bounded and pd.notna(low):
            text += f" ({_text(low, {})} to {_text(high, {})})"
        cells.append(text)
    return cells


def _lines(texts: Iterable[str]) -> int:
    return max(text.count("\n") + 1 for text in texts)


def _longest_word(texts: Iterable[str]) -> int:
    return max(len(word) for text in texts for word in re.findall(r"[^\s-]+-?", text) or [text])


def _text(value: Any, labels: dict[str, str]) -> str:
    if isinstance(value, (int, float, np.number)):
        return (f"{value:g}" if abs(float(value)) < 1000 else f"{value:,.0f}").replace("-", "−")
    return labels.get(str(value), str(value))


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


def _finish(ax: Axes, edition: Edition, height: float) -> None:
    figure = ax.figure
    assert isinstance(figure, Figure)
    note = (
        "Shade: how far a balance (blue for, orange against, white at zero), a step or a share is towards the end of "
        f"its scale; other cells have none. {NOT_APPLICABLE}: not applicable. {UNKNOWN}: unknown after search. "
        f"{NOTHING}: nothing to count or compute. Brackets after a balance or a share: 90 % interval. "
    )
    caption_figure(figure, "Summary codings", note + caption(edition))
    figure.draw_without_rendering()
    figure.set_figheight(figure.get_figheight() + height - ax.get_position().height * figure.get_figheight())
