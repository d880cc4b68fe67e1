"""An edition in the formats of other programs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from crisisdata._atomic import write_atomically
from crisisdata._editions import Edition, as_path
from crisisdata.errors import ArgumentError, CrisisDataError, ExportError

if TYPE_CHECKING:
    from crisisdata._names import FormatName, TableName
    from crisisdata._writers.format import Format


class _Formats(Mapping[str, "type[Format]"]):
    """Classes of formats by name; a module, with its library, is imported when one of its formats is looked up."""

    def __init__(self, **places: str) -> None:
        self._places = places

    def __getitem__(self, name: str) -> type[Format]:
        module, _, kind = self._places[name].partition(".")
        return getattr(import_module(f"crisisdata._writers.{module}"), kind)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


FORMATS = _Formats(
    stata="labelled.Stata",
    spss="labelled.SPSS",
    csv="plain.CSV",
    flat="plain.Flat",
    sqlite="sqlite.SQLite",
    duckdb="duckdb.DuckDB",
    excel="workbook.Excel",
    json="plain.JSON",
    croissant="croissant.Croissant",
)


def export(
    format: FormatName,  # noqa: A002
    dest: str | os.PathLike[str],
    tables: TableName | Iterable[TableName] | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Write an edition, or some of its tables, in the format of another program.

    The export is written to a temporary path and moved into place in one step: if anything fails, the
    previous content is intact, and there is never a partial export.

    Parameters
    ----------
    format
        Name of a format. Some create a folder with one file per table, such as ``"stata"`` or ``"csv"``, others a
        single file, such as ``"sqlite"`` or ``"excel"``; `docs/exports.md` lists them all.
    dest
        The folder or file to create. Its parent folder must exist.
    tables
        One or more names of tables. None exports all.
    version
        As in `load`.
    overwrite
        Whether to replace a file, or a folder that an earlier export created and nobody has changed since.

    Returns
    -------
    pathlib.Path
        The file or folder. It includes the description of each column and the label of each code; `docs/exports.md`
        says in which form, and how dates and missing values appear.

    Raises
    ------
    ArgumentError
        If the format does not exist, or `dest` has the extension of another kind of file.
    UnknownNameError
        If the table or edition does not exist.
    DestinationExistsError
        If `dest` exists, or contains files that must not be replaced.
    ExportError
        If it cannot be written, or the format cannot store a value.
    MissingDependencyError
        If the library that writes the format is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import crisisdata as cd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = cd.export("csv", f"{folder}/coups", ["episodes", "sanctions"])
    ...     sorted(file.name for file in made.iterdir())
    ['SHA256SUMS', 'crisisdata-export.json', 'datapackage.json', 'episodes.csv', 'sanctions.csv']
    """
    if not isinstance(format, str) or format not in FORMATS:
        raise ArgumentError.of("format", format, FORMATS)
    from crisisdata._writers.selection import Selection

    chosen, place = FORMATS[format], as_path(dest, "dest")
    _refuse_ending(place, format, chosen)
    selection = Selection.of(Edition.find(version), tables)
    # A lone surrogate, from JSON or in a path that is not UTF-8, cannot be written in any encoding.
    caught: tuple[type[Exception], ...] = (OSError, UnicodeError, *chosen.faults)
    try:
        write_atomically(
            place,
            lambda made: chosen.write(selection, made),
            folder=chosen.folder,
            overwrite=overwrite,
            manifest={"format": format, "edition": selection.edition.version, "tables": selection.tables},
        )
    except CrisisDataError:
        raise
    except caught as error:
        raise ExportError.failed(place, error) from error
    return place


def _refuse_ending(place: Path, name: str, chosen: type[Format]) -> None:
    """Refuse a folder that would be taken for a file, and a file that its program would not recognise."""
    if chosen.folder and place.suffix == chosen.ending:
        message = (
            f"the export is a folder with one {chosen.ending} file per table; leave {chosen.ending} out of the name"
        )
    elif not chosen.folder and place.suffix != chosen.ending:
        message = f"the export is a file, so its name must end in {chosen.ending}"
    else:
        return
    raise ArgumentError(f"dest={str(place)!r}, format={name!r}: {message}.")
