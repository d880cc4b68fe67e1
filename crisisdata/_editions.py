"""Which editions of the dataset exist, where they are, and whether they are intact."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from crisisdata.errors import ArgumentError, DamagedEditionError, UnknownNameError

CHECKSUMS = "SHA256SUMS"
DESCRIPTOR = "datapackage.json"
REGISTER = "editions.csv"
"""Beside the published editions: the SHA-256 of the checksums of each, entered when it was published."""
CODE_LISTS = "codeLists"
CATEGORIES = ("categories", "categoriesOrdered")
"""What a field of a descriptor says of its codes."""
_HEADER = "version,sha256"
_ENTRY = re.compile(r"(?P<version>[0-9]+\.[0-9]+),(?P<digest>[0-9a-f]{64})")

_PACKAGE = Path(__file__).resolve().parent


def editions_folder() -> Path:
    """Return the folder that holds the editions: inside an installed package, else in the checkout."""
    installed = _PACKAGE / "editions_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "data" / "processed"


@dataclass(frozen=True)
class Edition:
    """One published edition of the dataset: a folder of Parquet files with their descriptor.

    Examples
    --------
    >>> import crisisdata as cd
    >>> edition = cd.Edition.find()
    >>> "episodes" in edition.tables
    True
    """

    version: str
    folder: Path

    @classmethod
    def find(cls, version: str | os.PathLike[str] | Edition | None = None) -> Edition:
        """Return an edition by version, by folder, or the newest one.

        Parameters
        ----------
        version
            ``"0.2"`` or ``"0.2.1"`` (patch numbers never change a cell), a path to the folder of
            an edition of your own, an `Edition`, or None for the newest published edition.

        Raises
        ------
        UnknownNameError
            There is no such edition. Another one is never taken in its place.
        ArgumentError
            The version is neither a text nor a path.
        """
        if isinstance(version, Edition):
            return version
        if isinstance(version, os.PathLike):
            return cls._at(Path(version))
        known = versions()
        if version is None and known:
            return cls(known[-1], editions_folder() / known[-1])
        if version is not None and not isinstance(version, str):  # 0.10 as a number is 0.1
            raise ArgumentError(f"version={version!r} is no text; write it in quotes: {', '.join(map(repr, known))}.")
        minor = ".".join((version or "").split(".")[:2])
        if version is None or minor not in known or not _is_version(version):
            raise UnknownNameError.of(
                "edition",
                version,
                known,
                hint=f"For an edition of your own write Path({version!r})."
                if version and Path(version).is_dir()
                else "A newer package brings newer editions: pip install --upgrade crisisdata.",
            )
        return cls(minor, editions_folder() / minor)

    @classmethod
    def _at(cls, folder: Path) -> Edition:
        if not folder.is_dir():
            raise DamagedEditionError(f"there is no folder {folder}. Name the folder of an edition, or a version.")
        if not (folder / DESCRIPTOR).is_file():
            raise DamagedEditionError.lacks(folder / DESCRIPTOR, folder)
        edition = cls("", folder)
        return cls(edition.descriptor["version"], folder)

    @cached_property
    def descriptor(self) -> dict[str, Any]:
        """The Data Package descriptor: what the edition holds and means."""
        descriptor: dict[str, Any] = json.loads(self.read(DESCRIPTOR))
        lists = descriptor.pop(CODE_LISTS, {})  # from edition 1.0 on each stands once in the file
        for resource in descriptor["resources"] if lists else []:
            for field in resource["schema"]["fields"]:
                if "codes" in field and "separator" not in field:
                    field.update(lists[field["codes"]])
        return descriptor

    @cached_property
    def checksums(self) -> dict[str, str]:
        """SHA-256 of each file of the edition, by file name."""
        file = self.folder / CHECKSUMS
        try:
            content = file.read_bytes()
            lines = content.decode("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise DamagedEditionError.lacks(file, self.folder) from None
        if self.folder.parent == editions_folder():
            found = sha256(content)
            registered = _register().get(self.version, found)
            if found != registered:
                raise DamagedEditionError.differs(file, registered, found)
        return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}

    @property
    def content_hash(self) -> str:
        """SHA-256 over the content hashes of all tables: what the edition says, whatever wrote its files."""
        parts = "".join(f"{name} {entry['contentHash']}\n" for name, entry in sorted(self.resources.items()))
        return f"sha256:{sha256(parts.encode())}"

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

    def read(self, name: str) -> bytes:
        """Return the content of a file of the edition once its checksum is verified."""
        file = self.folder / name
        try:
            content = file.read_bytes()
        except OSError:
            raise DamagedEditionError.lacks(file, self.folder) from None
        expected, found = self.checksums.get(name), sha256(content)
        if found != expected:
            raise DamagedEditionError.differs(file, str(expected), found)
        return content


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
    return sorted(_register(), key=version_parts)


def version_parts(version: str) -> list[int]:
    """Return the parts of a version as numbers, by which versions are in order."""
    return [int(part) for part in version.split(".")]


def require(version: str | os.PathLike[str] | Edition, content_hash: str | None = None) -> Edition:
    """Return an edition once all of it is found to be there and intact; for the first line of a script.

    Parameters
    ----------
    version
        As in `load`; it must be named.
    content_hash
        What `stamp` said when the numbers were made. An edition that says something else is refused.

    Returns
    -------
    Edition
        To be passed as `version` to every other function.

    Raises
    ------
    UnknownNameError
        The installed package does not hold the edition.
    DamagedEditionError
        A file is missing or is not what was published, or the content hash is another.

    Examples
    --------
    >>> import crisisdata as cd
    >>> edition = cd.require("0.1")
    >>> len(cd.load("episodes", edition))
    6
    """
    edition = Edition.find(version)
    verify(edition)
    if content_hash is not None and content_hash != edition.content_hash:
        raise DamagedEditionError(
            f"edition {edition.version} in {edition.folder} has the content hash {edition.content_hash}, and "
            f"{content_hash} is required. Check the version and the hash that `crisisdata.stamp` printed."
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

    Raises
    ------
    UnknownNameError
        There is no such table or edition.
    DamagedEditionError
        The file is missing or is not what was published.

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
    """Check every file of an edition against the checksums recorded when it was published.

    Returns
    -------
    list of str
        Names of the files checked.

    Raises
    ------
    DamagedEditionError
        A file is missing, or differs, or is there and was not published.

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
    there = {file.name for file in edition.folder.iterdir() if not file.name.startswith(".")}
    unexpected = sorted(there - {*edition.checksums, CHECKSUMS})
    if unexpected:
        raise DamagedEditionError(
            f"{edition.folder} holds files that edition {edition.version} does not: {', '.join(unexpected)}. "
            "Take them away, or install the package again."
        )
    missing = sorted({DESCRIPTOR, *(r["path"] for r in edition.resources.values())} - set(edition.checksums))
    if missing:
        raise DamagedEditionError(
            f"{edition.folder / CHECKSUMS} does not list {', '.join(missing)}. "
            "Install the package again, or restore the file from version control."
        )
    return list(edition.checksums)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of a content in hexadecimal digits."""
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
    """Return the edition that the installed package brings; in a checkout the next one may be named already.

    A register cut at the end of a line would else make an older edition the newest without a word.
    """
    from crisisdata import __version__

    return ".".join(__version__.split(".")[:2]) if (_PACKAGE / "editions_data").is_dir() else None


def _is_version(text: str) -> bool:
    return all(part.isascii() and part.isdigit() for part in text.split(".")) and text.count(".") in (1, 2)
