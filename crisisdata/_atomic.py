"""A file or folder that appears at its place whole or not at all, and never at the cost of another."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crisisdata._editions import CHECKSUMS, DESCRIPTOR, sha256
from crisisdata.errors import DestinationExistsError, ExportError

_REPLACED = "replaced"
_EXPORTED = (".csv", ".dta", ".sav", ".json", ".parquet", ".txt")
"""Endings of what exports put into folders; others, too, list their files in SHA256SUMS."""


def write_atomically(place: Path, write: Callable[[Path], None], *, folder: bool, overwrite: bool) -> None:
    """Have a file or a folder written beside its place and move it there in one step.

    Parameters
    ----------
    place
        Where it will be. Its folder must be there.
    write
        Called with the path at which to write. For a folder, it is made before, and the checksums of
        the files are added after.
    folder
        Whether it is a folder.
    overwrite
        Whether something that is there may be replaced. A folder is replaced only if it is one that was
        put there in this way and still holds the same files.

    Raises
    ------
    DestinationExistsError
        The place is taken, and stays as it is.
    OSError
        It cannot be written. What is at the place stays as it is.
    """
    place = Path(os.path.realpath(place))
    with _alone(place.parent):
        _refuse(place, folder=folder, overwrite=overwrite)
    beside = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    made = beside / place.name
    try:
        if folder:
            made.mkdir()
        write(made)
        if folder:
            _list_files(made)
        _sync(made)
        if folder:
            _move_folder(made, place, beside, overwrite=overwrite)
        else:
            _move_file(made, place, overwrite=overwrite)
    finally:
        if not (beside / _REPLACED).exists():  # it is there only where it could not be put back
            shutil.rmtree(beside, ignore_errors=True)


def _is_edition(folder: Path) -> bool:
    return (folder / DESCRIPTOR).is_file() and any(folder.glob("*.parquet"))


def _refuse(place: Path, *, folder: bool, overwrite: bool) -> None:
    if _is_edition(place.parent):
        raise ExportError(f"{place} would lie in an edition, which does not change. Name another place.")
    if not os.path.lexists(place):
        return
    if not overwrite:
        raise DestinationExistsError.of(place)
    if place.is_dir() != folder:
        raise DestinationExistsError.holds_other(place, "it is a file" if folder else "it is a folder")
    if folder:
        _refuse_others_files(place, place)


def _refuse_others_files(folder: Path, place: Path) -> None:
    """Raise unless a folder, whose place this is or was, holds what an export put there and nothing else."""
    try:
        lines = (folder / CHECKSUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DestinationExistsError.holds_other(place, f"it has no {CHECKSUMS} of an earlier export") from None
    if _is_edition(folder):
        raise DestinationExistsError.holds_other(place, "it is an edition, not an export")
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for file in sorted(folder.iterdir()):
        if file.name == CHECKSUMS:
            continue
        if file.name not in listed or file.suffix not in _EXPORTED or not file.is_file():
            raise DestinationExistsError.holds_other(place, f"it holds {file.name}, which no export put there")
        if sha256(file.read_bytes()) != listed[file.name]:
            raise DestinationExistsError.holds_other(place, f"{file.name} was changed after it was exported")


def _list_files(folder: Path) -> None:
    lines = [f"{sha256(file.read_bytes())}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _sync(made: Path) -> None:
    for file in made.iterdir() if made.is_dir() else [made]:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _move_file(made: Path, place: Path, *, overwrite: bool) -> None:
    if not overwrite:
        try:
            # Whoever creates the name first has it; `rename` would take it from another export.
            place.touch(exist_ok=False)
        except FileExistsError:
            raise DestinationExistsError.of(place) from None
    made.replace(place)


def _move_folder(made: Path, place: Path, beside: Path, *, overwrite: bool) -> None:
    old = beside / _REPLACED
    with _alone(place.parent):
        if overwrite:
            _take_away(place, old)
        try:
            made.rename(place)
        except OSError:  # its folder is not empty where another export was faster
            if old.exists():
                old.rename(place)
            if place.exists():
                raise DestinationExistsError.of(place) from None
            raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let other exports wait that move something in the folder, where the system can do that."""
    try:
        import fcntl
    except ImportError:  # on Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # on some file systems of a network
            fcntl.flock(handle, fcntl.LOCK_EX)  # let go when the program ends, however it does
        yield
    finally:
        os.close(handle)


def _take_away(place: Path, old: Path) -> None:
    """Move an earlier export out of the way, and look into it once more now that nobody finds it."""
    try:
        place.rename(old)
    except FileNotFoundError:
        return
    try:
        _refuse_others_files(old, place)
    except DestinationExistsError:
        old.rename(place)
        raise
