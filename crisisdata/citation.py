"""How to cite an edition."""

from __future__ import annotations

import os

from crisisdata.editions import Edition
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
