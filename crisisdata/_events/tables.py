"""The tables of an edition that events need, with the same column names for every edition, cached between calls."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from crisisdata._editions import CHECKSUMS, Edition
from crisisdata._load import load

if TYPE_CHECKING:
    import pandas as pd

State = tuple[int, ...]
# Names of columns before edition 1.0.
_RENAMED = {
    "date": "event_date",
    "date_latest": "event_date_latest",
    "date_precision": "event_date_precision",
    "event_class": "event_type",
    "table": "table_name",
}


def table(name: str, edition: Edition) -> pd.DataFrame:
    """Return a table of an edition; it is shared between calls, so the caller must not change it."""
    return _table(name, edition, state_of(edition))


def state_of(edition: Edition) -> State:
    """Return what changes when an edition is rebuilt in the same folder, as part of the key of every cached value."""
    try:
        stat = (edition.folder / CHECKSUMS).stat()
    except OSError:
        edition.checksums  # noqa: B018 - raises the error that says so
        raise
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def as_anchors(frame: pd.DataFrame) -> pd.DataFrame:
    """Return dated rows of any edition with the date columns of anchors."""
    return frame.rename(
        columns={new: old for old, new in _RENAMED.items() if old.startswith("date") and old not in frame}
    )


@lru_cache(maxsize=64)
def _table(name: str, edition: Edition, _: State) -> pd.DataFrame:
    frame = load(name, edition)  # type: ignore[call-overload]
    return frame if name == "episodes" else frame.rename(columns=_RENAMED)
