"""What is wrong in a file, and where; the same for case files and for schema files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from crisisdata.errors import suggestion


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong, and where."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


def one_of(name: object, allowed: Iterable[str]) -> str:
    """Return the end of a message on a name that is not allowed: the closest match, or all names where none is close.

    Examples
    --------
    >>> one_of("minmum", ["minimum", "maximum"])
    "; did you mean 'minimum'?"
    >>> one_of("colour", ["minimum", "maximum"])
    '; allowed are minimum, maximum'
    """
    allowed = list(allowed)
    return suggestion(name, allowed) or f"; allowed are {', '.join(allowed)}"


def shown(file: Path) -> str:
    """Return what a fault calls a file: its path from the working directory, where it is below that."""
    try:
        return file.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return file.as_posix()
