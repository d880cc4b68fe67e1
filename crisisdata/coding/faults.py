"""Faults in files and where they are, for both case files and schema files."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crisisdata.errors import suggestion

_UNPRINTED = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong, and where."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"
        # A terminal would obey what a file says: colours, titles, letters from right to left.
        return _UNPRINTED.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def one_of(name: object, allowed: Iterable[str]) -> str:
    """Return the end of a message about a name that is not allowed: the closest match, or all names if none is close.

    Examples
    --------
    >>> one_of("minmum", ["minimum", "maximum"])
    "; did you mean 'minimum'?"
    >>> one_of("colour", ["minimum", "maximum"])
    '; available: minimum, maximum'
    """
    allowed = list(allowed)
    return suggestion(name, allowed) or f"; available: {', '.join(allowed)}"


def shown(file: Path) -> str:
    """Return how a fault names a file: by its path from the working directory, if it is below that."""
    place = Path(os.path.abspath(file))  # noqa: PTH100 - a link keeps its own name
    return (place.relative_to(Path.cwd()) if place.is_relative_to(Path.cwd()) else place).as_posix()
