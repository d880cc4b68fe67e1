"""What a format is: a separate class, which the registry in `_export` names in one line."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from crisisdata._writers.selection import Selection
from crisisdata.errors import ExportError


class Format(ABC):
    """A format of another program: what is written, and how."""

    ending: ClassVar[str]
    """Ending of the file, or of the file of each table."""
    folder: ClassVar[bool] = False
    """Whether the export is a folder with a file for each table."""
    faults: ClassVar[tuple[type[Exception], ...]] = ()
    """Errors from the writing library; each becomes an `ExportError`."""

    @staticmethod
    @abstractmethod
    def write(selection: Selection, place: Path, /) -> None:
        """Write the tables to a file, or into an existing empty folder."""


def file_in(folder: Path, name: str) -> Path:
    """Return the path of a new file in the folder of an export; each file is written once, and only there."""
    file = folder / name
    if file.resolve().parent != folder.resolve() or os.path.lexists(file):
        raise ExportError(
            f"a table would be written to {name!r}, which is outside {folder.name} or is another table's file. "
            "Nothing was written. Rename the table."
        )
    return file
