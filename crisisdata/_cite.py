"""How to cite an edition."""

from __future__ import annotations

import os

from crisisdata._editions import Edition, verify
from crisisdata.errors import ArgumentError

FORMATS = ("text", "bibtex")


def cite(format: str = "text", version: str | os.PathLike[str] | Edition | None = None) -> str:  # noqa: A002
    """Return the citation of an edition.

    Parameters
    ----------
    format
        ``"text"`` for one line, ``"bibtex"`` for an entry of a bibliography.
    version
        As in `load`.

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        There is no such format.
    UnknownNameError
        There is no such edition.

    Examples
    --------
    >>> import crisisdata as cd
    >>> print(cd.cite("bibtex", version="0.1").splitlines()[0])
    @misc{crisisdata_0_1,
    """
    if format not in FORMATS:
        raise ArgumentError.of("format", format, FORMATS)
    edition = Edition.find(version)
    descriptor = edition.descriptor
    if format == "text":
        return descriptor["citation"]
    entry = {
        "author": f"{{{descriptor['contributors'][0]['title']}}}",
        "title": f"{{{descriptor['title']}}}",
        "year": descriptor["created"][:4],
        "version": edition.version,
        "note": f"Data set. {descriptor['coding']}",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in entry.items()]
    return "\n".join([f"@misc{{crisisdata_{edition.version.replace('.', '_')},", *lines, "}"])


def stamp(version: str | os.PathLike[str] | Edition | None = None) -> str:
    """Return what a paper's appendix should say of the data: edition, package, content hash, coding and citation.

    Parameters
    ----------
    version
        As in `load`.

    Returns
    -------
    str
        A line each. `require` takes the edition and the content hash, and refuses any other data.

    Raises
    ------
    UnknownNameError
        There is no such edition.
    DamagedEditionError
        A file or a cell is not what was published.

    Examples
    --------
    >>> import crisisdata as cd
    >>> print(cd.stamp("0.1").splitlines()[0])
    crisisdata edition 0.1, coded to 2021-05-27
    """
    from crisisdata import __version__

    edition = Edition.find(version)
    verify(edition)
    descriptor = edition.descriptor
    draft = " (draft)" if descriptor.get("draft") else ""
    lines = {
        f"{descriptor['name']} {edition.label}": f"{draft}, coded to {descriptor['asOf']}",
        "package": __version__,
        "content hash": edition.content_hash,
        "coding": descriptor["coding"],
        "citation": descriptor["citation"],
    }
    first, *rest = (f"{name}: {text}" for name, text in lines.items())
    return "\n".join([first.replace(": ", "", 1), *rest])
