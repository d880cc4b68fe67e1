"""How the command shows a table: for people as wide as the terminal, for scripts as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WORD = 12  # letters: dates, keys of episodes and most codes stay whole


def show(frame: pd.DataFrame, *, as_json: bool = False, index: bool = True) -> None:
    """Print a table; with `as_json` as a list of objects, dates as text and empty cells as null."""
    shown = frame.reset_index() if index else frame
    if as_json:
        # Escapes say the same to whoever reads JSON, and can be written in any encoding.
        escapes = (getattr(sys.stdout, "encoding", None) or "utf-8").lower() not in ("utf-8", "utf8")
        print(json.dumps([_plain(row) for row in shown.to_dict("records")], ensure_ascii=escapes, indent=1))
        return
    if shown.empty:
        print("nothing to show")
        return
    # Narrow gaps, so that four episodes fit 80 columns with their keys whole.
    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=0)
    console = Console()
    words = [min(_WORD, _longest_word([column, *shown[column]])) for column in shown.columns]
    fits = sum(words) + len(words) <= console.width
    for number, (column, width) in enumerate(zip(shown.columns, words, strict=True)):
        # What names the row stays whole; the rest folds, so that a table fits any terminal, between words if it can.
        whole = index and number == 0
        table.add_column(str(column), overflow="fold", no_wrap=whole, min_width=width if fits else None)
    for row in shown.itertuples(index=False):
        table.add_row(*map(_text, row))
    console.print(table)


def _longest_word(cells: list[Any]) -> int:
    return max((len(word) for cell in cells for word in str(_text(cell)).split()), default=0)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on the error stream that something takes its time; nothing where that is no terminal."""
    with Console(stderr=True).status(what):
        yield


def _plain(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): None if pd.isna(value) else _scalar(value) for name, value in row.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return value.item() if hasattr(value, "item") else value


def _text(value: object) -> Text:
    """Return a cell as it is; of a plain text, what stands in brackets would be taken for markup."""
    if pd.isna(value):  # type: ignore[call-overload]
        return Text()
    return Text(f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value))
