"""A file or folder that appears at its place whole or not at all, and never at the cost of another."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from crisisdata.editions import CHECKSUMS
from crisisdata.errors import DestinationExistsError

_REPLACED = "replaced"


def put(place: Path, write: Callable[[Path], None], *, folder: bool, overwrite: bool) -> None:
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


def _refuse(place: Path, *, folder: bool, overwrite: bool) -> None:
    if not os.path.lexists(place):
        return
    if not overwrite:
        raise DestinationExistsError.of(place)
    if place.is_dir() != folder:
        raise DestinationExistsError.holds_other(place, "it is a file" if folder else "it is a folder")
    if folder:
        _refuse_others_files(place)


def _refuse_others_files(place: Path) -> None:
    try:
        lines = (place / CHECKSUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise DestinationExistsError.holds_other(place, f"it has no {CHECKSUMS} of an earlier export") from None
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for file in sorted(place.iterdir()):
        if file.name == CHECKSUMS:
            continue
        if file.name not in listed or not file.is_file():
            raise DestinationExistsError.holds_other(place, f"it holds {file.name}, which no export put there")
        if _sha256(file) != listed[file.name]:
            raise DestinationExistsError.holds_other(place, f"{file.name} was changed after it was exported")


def _list_files(folder: Path) -> None:
    lines = [f"{_sha256(file)}  {file.name}\n" for file in sorted(folder.iterdir())]
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
    if overwrite and place.exists():
        place.rename(old)
    try:
        made.rename(place)  # fails where another export was faster, since its folder is not empty
    except OSError:
        if old.exists():
            _put_back(old, place)
        if place.exists():
            raise DestinationExistsError.of(place) from None
        raise
    shutil.rmtree(old, ignore_errors=True)


def _put_back(old: Path, place: Path) -> None:
    try:
        old.rename(place)
    except OSError:
        what = f"another export took its place at the same time; what was there before is in {old}"
        raise DestinationExistsError.holds_other(place, what) from None


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
