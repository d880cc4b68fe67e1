"""A path → the raw files at it: each file below a folder is read, known to be irrelevant, or a fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePath

from crisisdata._editions import DESCRIPTOR
from crisisdata.coding.casefiles import RawFiles
from crisisdata.coding.faults import Fault, shown
from crisisdata.coding.schema import Schema, Table
from crisisdata.errors import UnknownNameError, suggestion

_YAML = ".yaml"
_OF_NO_CONCERN = (".md", ".txt")
"""Endings of files with notes about cases."""
_OF_FILE_MANAGERS = {"Thumbs.db", "desktop.ini", "__MACOSX"}


def find_raw_files(path: Path, schema: Schema) -> tuple[list[RawFiles], list[Fault]]:
    """Return the raw files at a path, in the order of the tables, and faults for files that would not be read.

    Parameters
    ----------
    path
        A case, as one YAML file or a folder of several; a file in such a folder, which means its case; a folder laid
        out like `data/raw`; or a folder that contains only cases. The CSV files next to a
        case belong to it.
    schema
        Says which tables have their own files, and where.

    Raises
    ------
    UnknownNameError
        If the path does not exist, or contains no case.
    """
    search = _Search(schema)
    place = Path(os.path.abspath(path))  # noqa: PTH100 - links keep their names; so that "." has a name
    if place.is_dir():
        search.at_folder(place)
    elif os.path.lexists(place):
        search.at_file(place)
    if not search.found and not search.faults:
        raise UnknownNameError(
            f"there are no case files at {path}. Name a YAML file, or a folder of YAML files, flat or laid out "
            "like data/raw."
        )
    order = list(schema.tables)
    found = sorted(search.found, key=lambda raw: (order.index(raw.root.name), raw.name))
    return found, search.faults


class _Search:
    """The raw files found so far, and the faults."""

    def __init__(self, schema: Schema) -> None:
        self.found: list[RawFiles] = []
        self.faults: list[Fault] = []
        self.episodes = schema.tables["episodes"]
        self.folders: dict[str, Table] = {}
        """The tables whose cases are written in YAML, by folder."""
        self.csv: dict[str, Table] = {}
        """The tables that are written in CSV, by file name."""
        self.csv_folders: dict[str, dict[str, Table]] = {}
        """Tables with a separate folder, by its name; the file name may be a pattern."""
        for table in schema.roots():
            file = PurePath((table.raw or {})["file"])
            if file.suffix == _YAML:
                self.folders[file.parent.name] = table
            elif file.parent.name:
                self.csv_folders.setdefault(file.parent.name, {})[file.name] = table
            else:
                self.csv[file.name] = table

    def at_file(self, file: Path) -> None:
        if file.suffix == ".csv" and file.parent.name in self.csv_folders:
            self._of_folder(file)
            self._beside(file.parent.parent)
        elif file.suffix == ".csv":
            if file.name not in self.csv:
                self._unread(file, [*self.csv])
                return
            self._found(file.name, self.csv[file.name], [file])
            self._beside(file.parent, but=file.name)
        elif file.parent.parent.name in self.folders:
            self.at_folder(file.parent)
        else:
            root = self.folders.get(file.parent.name)
            self._found(file.stem, root or self.episodes, [file])
            self._beside(file.parent.parent if root else file.parent)

    def at_folder(self, folder: Path) -> None:
        entries = {entry.name: entry for entry in self._entries(folder)}
        if folder.parent.name in self.folders:
            self._case(folder, self.folders[folder.parent.name])
            self._beside(folder.parent.parent)
        elif folder.name in self.folders and not self.folders.keys() & entries.keys():
            self._cases(folder, self.folders[folder.name])
            self._beside(folder.parent)
        elif self._whole(self.episodes) in entries:
            self._case(folder, self.episodes, with_csv=True)
        else:
            self._layout(entries)

    def _layout(self, entries: dict[str, Path]) -> None:
        """Take a folder laid out like data/raw, or one that contains cases directly."""
        flat = not any(table is self.episodes for name, table in self.folders.items() if name in entries)
        for name, entry in entries.items():
            if entry.is_dir() and name in self.folders:
                self._cases(entry, self.folders[name])
            elif entry.is_dir() and name in self.csv_folders:
                for file in self._entries(entry):
                    self._of_folder(file)
            elif name in self.csv and not entry.is_dir():
                self._found(name, self.csv[name], [entry])
            elif flat and entry.suffix == _YAML and not entry.is_dir():
                self._found(entry.stem, self.episodes, [entry])
            elif flat and (entry / self._whole(self.episodes)).exists():
                self._case(entry, self.episodes)
            elif not (entry / DESCRIPTOR).is_file():  # an edition that was built here
                self._unread(entry, [*self.folders, *self.csv_folders, *self.csv])

    def _of_folder(self, file: Path) -> None:
        """Take a file from a folder of CSV files, by its name or by the pattern that it fits."""
        tables = self.csv_folders[file.parent.name]
        table = tables.get(file.name) or next(
            (t for form, t in tables.items() if PurePath(file.name).match(form)), None
        )
        if table is None or file.is_dir():
            self._unread(file, [*tables])
        else:
            self._found(file.name, table, [file])

    def _cases(self, folder: Path, root: Table) -> None:
        names: dict[str, Path] = {}
        for entry in self._entries(folder):
            if not entry.is_dir() and entry.suffix != _YAML:
                self._unread(entry, [])
                continue
            name = entry.name if entry.is_dir() else entry.stem
            if name in names:
                message = f"the case {name!r} is also in {shown(names[name])}; keep one"
                self.faults.append(Fault(shown(entry), 0, "", message))
            elif entry.is_dir():
                self._case(entry, root)
            else:
                self._found(name, root, [entry])
            names.setdefault(name, entry)

    def _case(self, folder: Path, root: Table, *, with_csv: bool = False) -> None:
        files = []
        for entry in self._entries(folder):
            if entry.suffix == _YAML and not entry.is_dir():
                files.append(entry)
            elif with_csv and entry.name in self.csv and not entry.is_dir():
                self._found(entry.name, self.csv[entry.name], [entry])
            elif not (with_csv and (entry / DESCRIPTOR).is_file()):
                self._unread(entry, [*self.csv] if with_csv else [])
        if files:
            self._found(folder.name, root, files)
        else:
            self.faults.append(Fault(shown(folder), 0, "", f"the case folder has no {_YAML} file"))

    def _beside(self, folder: Path, but: str = "") -> None:
        for entry in self._entries(folder):
            if entry.name in self.csv and entry.name != but and not entry.is_dir():
                self._found(entry.name, self.csv[entry.name], [entry])

    def _found(self, name: str, root: Table, files: list[Path]) -> None:
        self.found.append(RawFiles(name, root, tuple(files)))

    def _entries(self, folder: Path) -> Iterator[Path]:
        """Yield the content of a folder, in order, except for files of editors and file managers."""
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            self.faults.append(Fault(shown(folder), 0, "", f"the folder cannot be listed: {error.strerror}"))
            return
        for entry in entries:
            name = entry.name
            hidden = name.startswith((".", "#")) or name.endswith("~") or name in _OF_FILE_MANAGERS
            if not hidden and entry.suffix.lower() not in _OF_NO_CONCERN:
                yield entry

    def _unread(self, entry: Path, known: list[str]) -> None:
        kind = "folder" if entry.is_dir() else "file"
        if entry.suffix.lower() in (".yml", _YAML) and kind == "file":
            other = f"; case files end in {_YAML}" if entry.suffix != _YAML else "; move it to one of the folders"
            hint = f"{other}: {', '.join(self.folders)}" if entry.suffix == _YAML else other
        else:
            listed = f"; files read here: {', '.join(known)}" if known else f"; only {_YAML} files are read here"
            hint = suggestion(entry.name, known).rstrip("?") or listed
        message = f"the {kind} would not be read; rename or move it{hint}"
        self.faults.append(Fault(shown(entry), 0, "", message))

    @staticmethod
    def _whole(root: Table) -> str:
        """Return the name of the file that identifies a folder as that of one case."""
        return f"{(root.raw or {})['key']}{_YAML}"
