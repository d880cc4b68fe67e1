"""Episodes side by side."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from crisisdata._editions import Edition
from crisisdata._labels import label_of_variable
from crisisdata._legacy import needs_edition
from crisisdata._load import load
from crisisdata.errors import ArgumentError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

LAYOUTS = ("wide", "tidy")


def compare(
    episodes: str | Iterable[str] | None = None,
    variables: str | Iterable[str] | None = None,
    *,
    layout: Literal["wide", "tidy"] = "wide",
    labels: bool = False,
    version: str | os.PathLike[str] | Edition | None = None,
) -> pd.DataFrame:
    """Return variables of several episodes side by side.

    Parameters
    ----------
    episodes
        One or more keys of episodes, in order. None gives all.
    variables
        One or more columns of `episodes`, in order. None gives the computed columns, which
        `explain` traces to their rows.
    layout
        ``"wide"``: one row per variable and one column per episode. ``"tidy"``: one row per episode and
        variable, with the columns `episode_id`, `variable` and `value`.
    labels
        Whether to use labels for print: the names of episodes instead of keys, titles of variables with their
        unit, and the label of each code. The column `episode_id` is then called `episode`.
    version
        As in `load`; the edition must be 1.0 or later, or a custom edition.

    Returns
    -------
    pandas.DataFrame
        Cells as Python values: codes, texts and numbers; dates as EDTF text, as exact as
        they are known; None if a value is missing.

    Raises
    ------
    UnknownNameError
        If the episode, variable or edition does not exist.
    ArgumentError
        If `layout` is invalid, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> side_by_side = cd.compare(["mli-2020-08", "mli-2021-05"], ["organised_word"])
    >>> side_by_side.loc["organised_word", "mli-2021-05"]
    'against'
    >>> for_print = cd.compare("mli-2021-05", ["organised_word", "days_to_sanction"], labels=True)
    >>> for_print["Mali, May 2021"].to_dict()
    {'Organised society: in a word': 'Against', 'Days to the first other sanction': 2}
    """
    import pandas as pd

    if layout not in LAYOUTS:
        raise ArgumentError.of("layout", layout, LAYOUTS)
    edition = Edition.find(version)
    needs_edition("1.0", "compare", edition)
    frame = load("episodes", edition, labels=labels).set_index("episode_id")
    fields = {field["name"]: field for field in edition.resource("episodes")["schema"]["fields"]}
    if variables is None:
        variables = [n for n, f in fields.items() if "derived" in f and not n.endswith(("_latest", "_precision"))]
    variables = [variables] if isinstance(variables, str) else list(variables)
    episodes = frame.index if episodes is None else [episodes] if isinstance(episodes, str) else list(episodes)
    for kind, asked, known in (("episode", episodes, frame.index), ("variable", variables, frame.columns)):
        for name in asked:
            if name not in known:
                raise UnknownNameError.of(kind, name, known, where=edition.label)
    chosen = frame.loc[episodes, variables]
    coded = load("episodes", edition).set_index("episode_id").loc[episodes]  # the precision of a date is a code
    dates = {str(name): _edtf(coded, str(name)) for name in chosen.select_dtypes("datetime")}
    cells = chosen.assign(**dates).astype(object)
    wide = cells.where(cells.notna(), None).T.rename_axis(index="variable", columns="episode_id")
    if labels:
        wide.index = pd.Index([label_of_variable(fields[name]) for name in variables], name="variable")
        wide.columns = pd.Index(frame.loc[episodes, "name"], name="episode")
    if layout == "wide":
        return wide
    return wide.T.melt(ignore_index=False, value_name="value").reset_index()


def _edtf(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of dates as text, as exactly as their precision allows."""
    if f"{name}_precision" not in frame:  # the column is itself a bound of a date
        return frame[name].dt.strftime("%Y-%m-%d")
    first, last = (frame[column].dt.strftime("%Y-%m-%d") for column in (name, f"{name}_latest"))
    texts = (first + "/" + last).mask(_known_to_the(frame, name, "day"), first)
    texts = texts.mask(_known_to_the(frame, name, "month"), first.str[:7])
    return texts.mask(_known_to_the(frame, name, "year"), first.str[:4])


def _known_to_the(frame: pd.DataFrame, name: str, code: str) -> pd.Series:
    return frame[f"{name}_precision"].eq(code).fillna(False)
