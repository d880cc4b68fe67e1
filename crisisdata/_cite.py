"""How to cite an edition."""

from __future__ import annotations

import os
import re

from crisisdata._editions import Edition, verify, whole_hash
from crisisdata.errors import ArgumentError

FORMATS = ("text", "bibtex")
_NO_DOI = "No DOI has been assigned"


def cite(format: str = "text", version: str | os.PathLike[str] | Edition | None = None) -> str:  # noqa: A002
    """Return the citation of an edition.

    Parameters
    ----------
    format
        ``"text"`` for one line, ``"bibtex"`` for a BibTeX entry.
    version
        As in `load`.

    Returns
    -------
    str
        Author, year, title, version, licence, content hash and DOI. The content hash identifies the data:
        `require` refuses any other data under the same number. If there is no DOI, the citation says so.

    Raises
    ------
    ArgumentError
        If the format does not exist.
    UnknownNameError
        If the edition does not exist.

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
    licence = descriptor["licenses"][0].get("name", descriptor["licenses"][0]["title"])
    content = whole_hash({name: resource["contentHash"] for name, resource in edition.resources.items()})
    doi = descriptor.get("doi", "")
    if format == "text":
        return (
            f"{descriptor['citation']} Licence {licence}. Content hash {content}. {f'doi:{doi}' if doi else _NO_DOI}."
        )
    entry = {
        "author": f"{{{descriptor['contributors'][0]['title']}}}",
        "title": f"{{{descriptor['title']}}}",
        "year": descriptor["created"][:4],
        "version": edition.name,
        "license": licence,
        "doi": doi,
        "note": f"Data set. {'' if doi else f'{_NO_DOI}. '}Content hash {content}. {descriptor['coding']}",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in entry.items()]
    key = re.sub("[^a-z0-9]", "_", f"{descriptor['name']}_{edition.name}")
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def stamp(version: str | os.PathLike[str] | Edition | None = None) -> str:
    """Return what a paper's appendix should state about the data: edition, package, content hash, coding and citation.

    Parameters
    ----------
    version
        As in `load`.

    Returns
    -------
    str
        One line each. `require` takes the edition and the content hash, and refuses any other data.

    Raises
    ------
    UnknownNameError
        If the edition does not exist.
    DamagedEditionError
        If a file or a cell differs from the published one.

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
        "doi": descriptor.get("doi", "none has been assigned"),
    }
    first, *rest = (f"{name}: {text}" for name, text in lines.items())
    return "\n".join([first.replace(": ", "", 1), *rest])
