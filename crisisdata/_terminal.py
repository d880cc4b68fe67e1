"""How the command shows a table: for people, as wide as the terminal; for scripts, as JSON or CSV."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

Form = Literal["table", "json", "csv"]
_READABLE = (20, 16, 12)  # letters: the least width of a text in a column of its own, narrower only where it must be


def show(frame: pd.DataFrame, form: Form = "table", *, index: bool = True) -> None:
    """Print a table; as JSON, a list of objects with dates as text and empty cells as null; as CSV, with a header.

    On a terminal, texts wrap between words. Keys, codes and dates stay whole: if they do not fit side by side, columns
    move to further tables, or each row becomes a block of lines. Piped output is never wrapped.
    """
    shown = frame.reset_index() if index else frame
    if form == "json":
        # Escapes say the same to whoever reads JSON, and can be written in any encoding.
        escapes = (getattr(sys.stdout, "encoding", None) or "utf-8").lower() not in ("utf-8", "utf8")
        print(json.dumps([_plain(row) for row in shown.to_dict("records")], ensure_ascii=escapes, indent=1))
    elif form == "csv":
        print(shown.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n"), end="")
    elif shown.empty:
        print("nothing to show")
    else:
        console = Console()
        for part in _parts(shown, console, index=index):
            console.print(part, soft_wrap=not console.is_terminal)


def width() -> int | None:
    """Return the width of the terminal in characters; None if the output is piped and so has no width."""
    console = Console()
    return console.width if console.is_terminal else None


def widths(frame: pd.DataFrame, readable: int = _READABLE[0]) -> list[int]:
    """Return how many characters each column needs: words stay whole, and a text needs a readable width."""
    return [_width(frame[column], str(column), readable) for column in frame.columns]


def _width(column: pd.Series, name: str, readable: int) -> int:
    word = max((len(word) for cell in [name, *map(_text, column)] for word in str(cell).split()), default=0)
    return max(word, min(_longest(column, name), readable))


def _longest(column: pd.Series, name: str) -> int:
    return max(len(str(cell)) for cell in [name, *map(_text, column)])


def _parts(frame: pd.DataFrame, console: Console, *, index: bool) -> Iterator[Table]:
    """Yield one table if it fits, otherwise several with the first column repeated, or each row as a block."""
    if not console.is_terminal:
        yield _table(frame, index=index, fold=False)
        return
    for readable in _READABLE:
        if _fits(widths(frame, readable), console.width):
            yield _table(frame, index=index, readable=readable)
            return
    needed = widths(frame)
    if index and all(needed[0] + each + 2 <= console.width for each in needed[1:]):
        first, rest = frame.columns[0], list(zip(frame.columns[1:], needed[1:], strict=True))
        while rest:
            columns, room = [first], console.width - needed[0] - 2
            while rest and (rest[0][1] + 1 <= room or len(columns) == 1):
                name, wide = rest.pop(0)
                columns.append(name)
                room -= wide + 1
            yield _table(frame[columns], index=True)
    else:
        for _, row in frame.iterrows():
            filled = row.dropna()
            yield _table(pd.DataFrame({"": filled.index, " ": list(filled)}, dtype=object), index=True, header=False)


def _fits(needed: list[int], room: int) -> bool:
    return sum(needed) + len(needed) < room  # the edges take two letters, and the gaps one less than there are columns


def _table(
    frame: pd.DataFrame, *, index: bool, fold: bool = True, header: bool = True, readable: int = _READABLE[0]
) -> Table:
    # Narrow gaps, so that more episodes fit 80 columns with their keys whole.
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=0, show_header=header)
    for number, (column, least) in enumerate(zip(frame.columns, widths(frame, readable), strict=True)):
        # Only what needs more than its least width may be folded, or keys and codes would give way too.
        whole = not fold or (index and number == 0) or _longest(frame[column], str(column)) <= least
        table.add_column(str(column), overflow="fold", no_wrap=whole, min_width=None if whole else least)
    for row in frame.itertuples(index=False):
        table.add_row(*map(_text, row))
    if not fold:
        table.width = Measurement.get(wide := Console(width=10**6), wide.options, table).maximum
    return table


def fitting(frame: pd.DataFrame, keep: int, wanted: int) -> list[str]:
    """Return the columns, in order of importance, that fit the terminal side by side; all if there is no terminal.

    Texts are as narrow as the columns that are wanted most need them to be.

    Parameters
    ----------
    frame
        The rows to be shown, the most important column first.
    keep
        Number of columns at the beginning that are always shown.
    wanted
        Number of columns at the beginning for which texts become narrower.
    """
    room = width()
    if room is None:
        return list(frame.columns)
    found = [_chosen(frame, keep, room, readable) for readable in _READABLE]
    # Of columns that cannot stand together, the first; and of widths that show the same, the greatest.
    return max(found, key=lambda chosen: [name in chosen for name in frame.columns[:wanted]])


def _chosen(frame: pd.DataFrame, keep: int, room: int, readable: int) -> list[str]:
    chosen: list[str] = []
    used: list[int] = []
    for name, needed in zip(frame.columns, widths(frame, readable), strict=True):
        if len(chosen) < keep or _fits([*used, needed], room):
            chosen.append(name)
            used.append(needed)
    return chosen


def without_long_keys(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows without those whose keys would keep the columns from standing side by side in the terminal."""
    room = width()
    if room is None or _fits(widths(frame.reset_index(), _READABLE[-1]), room):
        return frame
    long = frame.map(lambda cell: max((len(word) for word in str(_text(cell)).split()), default=0) > _READABLE[0])
    return frame[~long.any(axis="columns")]


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show progress on the error stream if it is a terminal."""
    with Console(stderr=True).status(what):
        yield


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else _scalar(value) for name, value in row.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value.item() if hasattr(value, "item") else value


def _text(value: object) -> Text:
    """Return a cell unchanged; as a plain string, words in brackets would be read as markup."""
    if pd.isna(value):  # type: ignore[call-overload]
        return Text()
    return Text(f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value))
