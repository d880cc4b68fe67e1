"""What a format is: a class of its own, which the registry in `_export` names in one line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from crisisdata._writers.selection import Selection


class Format(ABC):
    """A format of another program: what is made, and how."""

    ending: ClassVar[str]
    """Of the file that is made, or of the file of each table."""
    folder: ClassVar[bool] = False
    """Whether a folder is made, with a file for each table."""
    faults: ClassVar[tuple[type[Exception], ...]] = ()
    """Errors of the library that writes; each becomes an `ExportError`."""

    @staticmethod
    @abstractmethod
    def write(selection: Selection, place: Path, /) -> None:
        """Write the tables to a file, or into a folder that is there and empty."""
