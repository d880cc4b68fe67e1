"""Write a file or folder completely or not at all, and never at the cost of another."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from crisisdata._editions import CHECKSUMS, DESCRIPTOR, sha256
from crisisdata.errors import DestinationExistsError, ExportError

MANIFEST = "crisisdata-export.json"
"""A file in the folder of an export: what was exported, and the SHA-256 of its checksums."""

# What is being made, and what it replaces, lie beside the place in a folder of this name until they are in order.
_PREFIX = ".crisisdata-"
_BESIDE = re.compile(re.escape(_PREFIX) + r"[a-z0-9_]{8}")
_MADE, _REPLACED, _DONE = "made", "replaced", "done"
"""Folders in it: what is not yet in place, what may still be needed, and what nobody needs."""


def write_atomically(
    place: Path,
    write: Callable[[Path], object],
    *,
    folder: bool,
    overwrite: bool,
    manifest: Mapping[str, object] | None = None,
) -> None:
    """Write a file or a folder to a temporary path and move it into place in one step.

    Temporary paths that a killed program left are first restored or deleted.

    Parameters
    ----------
    place
        Where it will be. Its folder must exist.
    write
        Called with the path at which to write. A folder is created beforehand, and the checksums of the files are added
        afterwards.
    folder
        Whether it is a folder.
    overwrite
        Whether existing content may be replaced. A folder is replaced only if it has a manifest and still contains the
        same files.
    manifest
        What a folder that may later be replaced says about itself.

    Raises
    ------
    DestinationExistsError
        If the destination exists; it is left unchanged.
    OSError
        If it cannot be written; existing content is left unchanged.
    """
    place = Path(os.path.realpath(place))
    refuse_inside_edition(place)
    with _alone(place.parent):
        _clear_remains(place.parent)
        _refuse(place, folder=folder, overwrite=overwrite)
        beside = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place.parent))
        handle = _lock(beside)
    made = beside / _MADE / place.name
    try:
        made.parent.mkdir()
        if folder:
            made.mkdir()
        write(made)
        if folder:
            _list_files(made, manifest)
        _sync(made)
        with _alone(place.parent):
            if folder:
                _move_folder(made, place, beside / _REPLACED, overwrite=overwrite)
            else:
                _move_file(made, place, overwrite=overwrite)
    finally:
        if not (beside / _REPLACED).exists():  # it is there only where it could not be put back
            shutil.rmtree(beside, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def refuse_inside_edition(place: Path) -> None:
    """Raise if a place is inside an edition, at any depth."""
    place = Path(os.path.realpath(place))
    for parent in place.parents:
        if _is_edition(parent):
            raise ExportError(f"{place} is inside the edition {parent}, which must not change. Choose another path.")


def _is_edition(folder: Path) -> bool:
    return (folder / DESCRIPTOR).is_file() and any(folder.glob("*.parquet"))


def _refuse(place: Path, *, folder: bool, overwrite: bool) -> None:
    if not os.path.lexists(place):
        return
    if not overwrite:
        raise DestinationExistsError.of(place)
    if place.is_dir() != folder:
        raise DestinationExistsError.holds_other(place, "it is a file" if folder else "it is a folder")
    if folder:
        _refuse_others_files(place, place)
    elif not place.is_file():
        raise DestinationExistsError.holds_other(place, "it is not a regular file")


def _refuse_others_files(folder: Path, place: Path) -> None:
    """Raise unless the folder that is or was at this place contains only what an export put there."""
    if _is_edition(folder):
        raise DestinationExistsError.holds_other(place, "it is an edition, not an export")
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        checksums = (folder / CHECKSUMS).read_bytes()
        lines = checksums.decode("utf-8").splitlines()
    except (OSError, ValueError, RecursionError):
        raise DestinationExistsError.holds_other(place, f"it has no {MANIFEST} from an earlier export") from None
    if not isinstance(manifest, dict) or manifest.get(CHECKSUMS) != sha256(checksums):
        raise DestinationExistsError.holds_other(place, f"its {MANIFEST} and {CHECKSUMS} do not match")
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    folders = {str(parent) for name in listed for parent in PurePosixPath(name).parents}
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if name in (CHECKSUMS, MANIFEST) or (name in folders and file.is_dir() and not file.is_symlink()):
            continue
        if name not in listed or not file.is_file():
            raise DestinationExistsError.holds_other(place, f"it contains {name}, which no export created")
        if sha256(file.read_bytes()) != listed[name]:
            raise DestinationExistsError.holds_other(place, f"{name} was changed after the export")


def _list_files(folder: Path, manifest: Mapping[str, object] | None) -> None:
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    lines = [f"{sha256(files[name].read_bytes())}  {name}\n" for name in sorted(files)]
    checksums = "".join(lines).encode("utf-8")
    (folder / CHECKSUMS).write_bytes(checksums)
    if manifest is not None:
        text = json.dumps({**manifest, CHECKSUMS: sha256(checksums)}, indent=1) + "\n"
        (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _sync(made: Path) -> None:
    for file in (each for each in made.rglob("*") if each.is_file()) if made.is_dir() else [made]:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _move_file(made: Path, place: Path, *, overwrite: bool) -> None:
    if overwrite:
        made.replace(place)
        return
    try:
        # A second name is given in one step and only where there is none; `rename` would take it from another file.
        os.link(made, place)
    except FileExistsError:
        raise DestinationExistsError.of(place) from None
    except OSError:  # some file systems have no second names; there the lock has to do
        if os.path.lexists(place):
            raise DestinationExistsError.of(place) from None
        made.replace(place)


def _move_folder(made: Path, place: Path, replaced: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(place):
        made.rename(place)
        return
    if not overwrite:
        raise DestinationExistsError.of(place)
    old = replaced / place.name
    replaced.mkdir()
    made.rename(old)
    exchanged = _exchange(old, place)
    if not exchanged:
        old.rename(made)
        place.rename(old)
    try:
        _refuse_others_files(old, place)  # once more, now that nobody finds it
        if not exchanged:
            made.rename(place)
    except BaseException:
        if not exchanged:
            old.rename(place)
        if not exchanged or _exchange(old, place):
            shutil.rmtree(replaced)
        raise
    replaced.rename(replaced.with_name(_DONE))


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names in one step, so that neither is ever missing; only Linux supports this, and not everywhere."""
    import ctypes

    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
    try:
        rename = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    done: int = rename(here, os.fsencode(one), here, os.fsencode(other), exchange)
    return done == 0


# Remains of programs that were killed


def _clear_remains(parent: Path) -> None:
    """Put back what a killed program had moved away, and delete what it was writing."""
    for beside in parent.iterdir():
        if not _BESIDE.fullmatch(beside.name) or beside.is_symlink() or not beside.is_dir():
            continue
        with suppress(OSError, DestinationExistsError):  # what is in the way of that stays for a person to look at
            if {each.name for each in beside.iterdir()} <= {_MADE, _REPLACED, _DONE}:
                _clear(beside)


def _clear(beside: Path) -> None:
    handle = _lock(beside)
    if handle is None:  # somebody is at work
        return
    try:
        replaced = beside / _REPLACED
        if replaced.exists():
            _put_back(replaced, beside.parent)
        shutil.rmtree(beside)
    finally:
        os.close(handle)


def _put_back(replaced: Path, parent: Path) -> None:
    """Put back what was moved away; if something new is in its place, make sure that nobody needs the old."""
    for old in replaced.iterdir():
        if os.path.lexists(parent / old.name):
            _refuse_others_files(old, parent / old.name)
        else:
            old.rename(parent / old.name)
    shutil.rmtree(replaced)


def _lock(folder: Path) -> int | None:
    """Return a handle that locks the folder until the program ends, however it ends; None if that is not possible.

    A locked folder belongs to a running program.
    """
    try:
        import fcntl
    except ImportError:  # on Windows
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Make other writers to the folder wait, if the system supports it."""
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
