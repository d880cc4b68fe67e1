"""Which editions of the dataset exist, where they are, and whether they are intact."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crisisdata._cells import content_hash, read_cells
from crisisdata._descriptor import read_descriptor
from crisisdata.errors import ArgumentError, DamagedEditionError, UnknownNameError

if TYPE_CHECKING:
    import pyarrow as pa

CHECKSUMS = "SHA256SUMS"
DESCRIPTOR = "datapackage.json"
REGISTER = "editions.csv"
"""The register in the folder of published editions: the SHA-256 of each edition's checksums, entered on publication."""
_HEADER = "version,sha256"
_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}")
_PATCHED = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]+")
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^/\\]+)")
_ENTRY = re.compile(r"(?P<version>[0-9]{1,6}\.[0-9]{1,6}),(?P<digest>[0-9a-f]{64})")

_PACKAGE = Path(__file__).resolve().parent


def editions_folder() -> Path:
    """Return the folder of the editions: inside an installed package, otherwise in the checkout."""
    installed = _PACKAGE / "editions_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data" / "processed"


@dataclass(frozen=True)
class Edition:
    """One edition of the dataset: a folder of Parquet files with their descriptor.

    Examples
    --------
    >>> import crisisdata as cd
    >>> edition = cd.Edition.find()
    >>> "episodes" in edition.tables
    True
    """

    version: str
    """MAJOR.MINOR, such as ``"0.1"``."""
    folder: Path
    """The folder of its files."""
    registered: str | None = None
    """SHA-256 of its checksums in the register; None for a custom edition."""

    @classmethod
    def find(cls, version: str | os.PathLike[str] | Edition | None = None) -> Edition:
        """Return an edition by version or folder, or the newest one.

        Parameters
        ----------
        version
            ``"0.2"``, a path to the folder of a custom edition, an `Edition`, or None for the newest
            published edition.

        Returns
        -------
        Edition
            To be passed as `version` to every other function. Nothing but the register has been read.

        Raises
        ------
        UnknownNameError
            If the edition does not exist; another one is never used in its place.
        ArgumentError
            If the version is neither a string nor a path.
        DamagedEditionError
            If the register does not list an existing edition, or the folder contains no edition.

        Examples
        --------
        >>> import crisisdata as cd
        >>> cd.Edition.find("0.1").version
        '0.1'
        """
        if isinstance(version, Edition):
            return version
        if isinstance(version, os.PathLike):
            return cls._own(as_path(version, "version"))
        register = _register()
        known = in_order(register)
        if version is None and known:
            return cls._published(known[-1], register)
        if version is not None and not isinstance(version, str):  # 0.10 as a number is 0.1
            raise ArgumentError(
                f"version must be a string, such as {known[-1]!r}, or a path; got {version!r}. "
                f"Available: {', '.join(known)}."
            )
        if version in known:
            return cls._published(version, register)
        if version is not None:
            _refuse_unlisted(version)
        raise UnknownNameError.of("edition", version, known, hint=_instead(version, known))

    @classmethod
    def _published(cls, version: str, register: dict[str, str]) -> Edition:
        return cls(version, editions_folder() / version, register[version])

    @classmethod
    def _own(cls, folder: Path) -> Edition:
        folder = Path(os.path.realpath(folder))  # by whatever name or link it was given
        if _is_dir(editions_folder()) and _same(folder.parent, editions_folder()):
            if folder.name in (register := _register()):
                return cls._published(folder.name, register)
            _refuse_unlisted(folder.name)
        return cls.at(folder)

    @classmethod
    def at(cls, folder: Path) -> Edition:
        """Return the edition in a folder without consulting the register, because a new edition is not in it yet."""
        if not _is_dir(folder):
            raise DamagedEditionError(
                f"folder {folder} does not exist or cannot be read. Give the folder of an edition, or a version."
            )
        return cls(cls("", folder).descriptor["version"], folder)

    @cached_property
    def descriptor(self) -> dict[str, Any]:
        """The Data Package descriptor: what the edition contains and means."""
        return read_descriptor(self.read(DESCRIPTOR), self.folder / DESCRIPTOR)

    @property
    def name(self) -> str:
        """What the edition is called: its version, or the name that the author of a custom edition gave it."""
        own = None if self.registered else self.descriptor.get("label")
        return own or self.version

    @property
    def label(self) -> str:
        """Name of the edition in a sentence: *edition 1.0*, or *edition niger-2023* for a custom edition."""
        return f"edition {self.name}"

    @cached_property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of each file of the edition, by file name."""
        content = self._content(CHECKSUMS)
        if self.registered is not None and (found := sha256(content)) != self.registered:
            raise DamagedEditionError.differs(self.folder / CHECKSUMS, self.registered, found)
        lines = [_LINE.fullmatch(line) for line in content.decode("utf-8", "replace").splitlines()]
        listed = {line["name"]: line["digest"] for line in lines if line}
        if len(listed) < len(lines):
            raise DamagedEditionError.malformed(
                self.folder / CHECKSUMS,
                "each line must be a SHA-256, two spaces and a file name, and each file must be listed once",
            )
        return listed

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the content hashes of all tables, computed from the cells: what the edition says.

        It does not depend on what wrote the files.
        """
        return whole_hash({name: content_hash(self.cells(name)) for name in self.tables})

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The descriptor of each table, by name."""
        return {resource["name"]: resource for resource in self.descriptor["resources"]}

    @property
    def tables(self) -> list[str]:
        """Names of the tables of this edition, in the order of the documentation."""
        return list(self.resources)

    def resource(self, table: str) -> dict[str, Any]:
        """Return the descriptor of one table, or raise an `UnknownNameError` that lists them."""
        if not isinstance(table, str) or table not in self.resources:
            from crisisdata._record import unknown_table  # which reads an edition

            raise unknown_table(table, self)
        return self.resources[table]

    def cells(self, table: str) -> pa.Table:
        """Return one table as Arrow, after verifying its file."""
        resource = self.resource(table)
        return read_cells(self.read(resource["path"]), resource, self.folder / resource["path"])

    def read(self, name: str) -> bytes:
        """Return the content of a file of the edition after verifying its checksum."""
        content = self._content(name)
        expected, found = self.checksums.get(name), sha256(content)
        if found != expected:
            raise DamagedEditionError.differs(self.folder / name, str(expected), found)
        return content

    def _content(self, name: str) -> bytes:
        file = self.folder / name
        try:
            if not file.is_file():  # of a pipe the end would never come
                raise DamagedEditionError.lacks(file, self.folder)
            return file.read_bytes()
        except OSError:
            raise DamagedEditionError.lacks(file, self.folder) from None


def versions() -> list[str]:
    """Return the versions of all editions in the installed package, oldest first.

    Returns
    -------
    list of str
        Each is MAJOR.MINOR, such as ``"0.1"``.

    Examples
    --------
    >>> import crisisdata as cd
    >>> "0.1" in cd.versions()
    True
    """
    return in_order(_register())


def in_order(known: Iterable[str]) -> list[str]:
    """Return versions in the order of their numbers, oldest first."""
    return sorted(known, key=version_parts)


def version_parts(version: str) -> list[int]:
    """Return the parts of a version as numbers, for sorting."""
    return [int(part) for part in version.split(".")]


def require(version: str | os.PathLike[str] | Edition, content_hash: str | None = None) -> Edition:
    """Return an edition after checking that all of it is intact; for the first line of a script.

    Parameters
    ----------
    version
        As in `load`; it must be given.
    content_hash
        The content hash that `stamp` printed when the numbers were computed. An edition with another hash is refused.

    Returns
    -------
    Edition
        Pass it as `version` to other functions.

    Raises
    ------
    UnknownNameError
        If the installed package does not contain the edition.
    ArgumentError
        If no version is given, or the content hash is not a string.
    DamagedEditionError
        If a file is missing or differs from the published one, or its cells have another content hash.

    Examples
    --------
    >>> import crisisdata as cd
    >>> edition = cd.require("0.1")
    >>> len(cd.load("episodes", edition))
    6
    """
    if version is None:
        raise ArgumentError(
            f"version must be given, such as {versions()[-1]!r}; None would mean whichever edition is newest."
        )
    if not isinstance(content_hash, str | None):
        raise ArgumentError(f"content_hash must be a string printed by `crisisdata.stamp`; got {content_hash!r}.")
    edition = Edition.find(version)
    verify(edition)
    if content_hash is not None and content_hash != edition.content_hash:
        raise DamagedEditionError(
            f"edition {edition.version} in {edition.folder} has the content hash {edition.content_hash}, but "
            f"{content_hash} is required. Check the version and the hash printed by `crisisdata.stamp`."
        )
    return edition


def path(table: str, version: str | os.PathLike[str] | Edition | None = None) -> Path:
    """Return the path of a table's Parquet file, for readers other than pandas.

    Parameters
    ----------
    table
        Name of a table; `tables` lists them.
    version
        As in `load`.

    Returns
    -------
    pathlib.Path
        A file of the edition, once its checksum is verified. Do not change it.

    Raises
    ------
    UnknownNameError
        If the table or edition does not exist.
    DamagedEditionError
        If the file is missing or differs from the published one.

    Examples
    --------
    >>> import crisisdata as cd
    >>> cd.path("sanctions").name
    'sanctions.parquet'
    """
    edition = Edition.find(version)
    name = edition.resource(table)["path"]
    edition.read(name)
    return edition.folder / name


def verify(version: str | os.PathLike[str] | Edition | None = None) -> list[str]:
    """Check every file and every cell of an edition against the hashes recorded when it was published.

    Parameters
    ----------
    version
        As in `load`.

    Returns
    -------
    list of str
        Names of the files checked.

    Raises
    ------
    UnknownNameError
        If the edition does not exist.
    DamagedEditionError
        If a file is missing, changed or unexpected, or the cells of a table differ.

    Examples
    --------
    >>> import crisisdata as cd
    >>> "episodes.parquet" in cd.verify()
    True
    """
    edition = Edition.find(version)
    for name in edition.checksums:
        edition.read(name)
    # Hidden files are the file manager's, such as .DS_Store, and no reader takes them for data.
    there = {name for name in _listed(edition.folder) if not name.startswith(".")}
    unexpected = sorted(there - {*edition.checksums, CHECKSUMS})
    if unexpected:
        raise DamagedEditionError(
            f"{edition.folder} contains files that are not part of edition {edition.version}: "
            f"{', '.join(unexpected)}. Remove them, or reinstall the package."
        )
    missing = sorted({DESCRIPTOR, *(r["path"] for r in edition.resources.values())} - set(edition.checksums))
    if missing:
        raise DamagedEditionError(
            f"{edition.folder / CHECKSUMS} does not list {', '.join(missing)}. "
            "Reinstall the package, or restore the file from version control."
        )
    for name, resource in edition.resources.items():
        if (found := content_hash(edition.cells(name))) != resource["contentHash"]:
            file = edition.folder / resource["path"]
            raise DamagedEditionError.malformed(
                file, f"the content hash of its cells must be {resource['contentHash']}; got {found}"
            )
    return list(edition.checksums)


def whole_hash(hashes: Mapping[str, str]) -> str:
    """Return the content hash of an edition, computed from those of its tables."""
    parts = "".join(f"{name} {of_table}\n" for name, of_table in sorted(hashes.items()))
    return f"sha256:{sha256(parts.encode())}"


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some content in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _register() -> dict[str, str]:
    file = editions_folder() / REGISTER  # an edition that is not entered is not published
    try:
        header, *lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError, ValueError):
        raise DamagedEditionError.lacks(file, file.parent) from None
    entries = [_ENTRY.fullmatch(line) for line in lines]
    found = {entry["version"]: entry["digest"] for entry in entries if entry}
    if header != _HEADER or len(found) < len(lines) or _own_edition() not in (None, *found):
        raise DamagedEditionError.garbled(file)
    return found


def _own_edition() -> str | None:
    """Return the edition that the installed package includes; in a checkout, the next one may already be named.

    Otherwise, a register cut off at the end of a line would silently make an older edition the newest.
    """
    from crisisdata import __version__

    return ".".join(__version__.split(".")[:2]) if (_PACKAGE / "editions_data").is_dir() else None


def _refuse_unlisted(version: str) -> None:
    """Raise if an edition exists but the register has lost its line, or never had it."""
    place = editions_folder() / version
    if _VERSION.fullmatch(version) and _is_dir(place):
        raise DamagedEditionError(
            f"{editions_folder() / REGISTER} does not list edition {version}, which is in {place}: the list is "
            "damaged, or publishing was interrupted. Reinstall the package, or restore the list from version control."
        )


def _instead(version: str | None, known: list[str]) -> str:
    """Return what to do if no edition has the version."""
    if version is None:
        return "Reinstall the package."
    if _PATCHED.fullmatch(version):
        return (
            "Edition numbers have two parts; the third is the package's and changes no cell. Write "
            f"{version.rpartition('.')[0]!r}."
        )
    if known and _VERSION.fullmatch(version) and version_parts(version) > version_parts(known[-1]):
        return (
            "Newer editions come with newer packages: upgrade the package; in a clone, run git pull and pip install ."
        )
    return f"For a custom edition, write Path({version!r})." if _is_dir(Path(version)) else ""


def as_path(place: str | os.PathLike[str], name: str) -> Path:
    """Return an argument as a path, with `~` expanded, or raise an `ArgumentError` if it is not one."""
    try:
        path = Path(place).expanduser()
    except (TypeError, RuntimeError) as error:  # not a string, or the home of nobody
        raise ArgumentError(f"{name} must be a path; got {place!r}: {error}") from None
    if "\0" in str(path):
        raise ArgumentError(f"{name} must be a path; got {place!r}, which contains a NUL character.")
    return path


def _is_dir(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:  # such as a folder that may not be entered
        return False


def _same(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except OSError:
        return False


def _listed(folder: Path) -> list[str]:
    try:
        return [file.name for file in folder.iterdir()]
    except OSError as error:
        raise DamagedEditionError(f"{folder} cannot be listed: {error.strerror}. Check its permissions.") from None
