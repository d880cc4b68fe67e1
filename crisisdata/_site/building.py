"""Write an edition as a folder of pages."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crisisdata as cd
from crisisdata._atomic import write_atomically
from crisisdata._editions import as_path
from crisisdata._export import FORMATS
from crisisdata._legacy import needs_edition
from crisisdata._site.downloads import OFFERED
from crisisdata.errors import ArgumentError, ExportError, needs

if TYPE_CHECKING:
    from crisisdata._names import FormatName


def site(
    dest: str | os.PathLike[str],
    version: str | os.PathLike[str] | cd.Edition | None = None,
    *,
    base_url: str | None = None,
    formats: FormatName | Iterable[FormatName] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write an edition as a website that opens with a double click.

    The site has a dossier for each episode, with the evidence for every value, and pages for actors, measures,
    candidates, sources, the codebook, editions and downloads. The files need no server and no network. Needs the
    extra ``site``.

    Parameters
    ----------
    dest
        The folder to create. Its parent folder must exist.
    version
        As in `load`; the edition must be 1.0 or later, or a custom edition.
    base_url
        The address at which the site will be served, such as ``"https://example.org/coups/"``: machine-readable
        descriptions and the sitemap then have absolute addresses. By default they are relative.
    formats
        One or more formats of `export` to offer for download. None means CSV, Excel, Stata and SQLite.
    overwrite
        Whether to replace a folder that an earlier call created, if nobody has changed it since.

    Returns
    -------
    pathlib.Path
        The folder; open its `index.html`.

    Raises
    ------
    ArgumentError
        If the edition is older than 1.0, `base_url` is not a web address, or the format does not exist.
    UnknownNameError
        If the edition does not exist.
    DestinationExistsError
        If `dest` exists, or contains files that must not be replaced.
    ExportError
        If the site cannot be written.
    MissingDependencyError
        If a required library is not installed.

    Examples
    --------
    >>> import tempfile
    >>> import crisisdata as cd
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = cd.site(f"{folder}/coups", formats=["csv"])
    ...     (made / "episodes" / "mli-2021-05.html").is_file()
    True
    """
    with needs("site", "crisisdata.site"):
        import jinja2  # noqa: F401
    from crisisdata._site.pages import write_pages

    place, edition = as_path(dest, "dest"), cd.Edition.find(version)
    needs_edition("1.0", "site", edition)
    address = _address(base_url)
    chosen = _formats(formats)
    cd.verify(edition)
    manifest: dict[str, Any] = {"format": "site", "edition": edition.version, "tables": edition.tables}
    try:
        write_atomically(
            place,
            lambda made: write_pages(edition, made, address, chosen),
            folder=True,
            overwrite=overwrite,
            manifest=manifest,
        )
    except (OSError, UnicodeError) as error:
        raise ExportError.failed(place, error) from error
    return place


def _address(base_url: str | None) -> str:
    if base_url is None:
        return ""
    if not isinstance(base_url, str) or not base_url.startswith(("https://", "http://")):
        raise ArgumentError(f"base_url={base_url!r} must be a full web address, such as 'https://example.org/coups/'.")
    return base_url if base_url.endswith("/") else f"{base_url}/"


def _formats(formats: str | Iterable[str] | None) -> list[str]:
    if formats is None:
        return list(OFFERED)
    named = [formats] if isinstance(formats, str) else list(formats)
    for name in named:
        if not isinstance(name, str) or name not in FORMATS:
            raise ArgumentError.of("formats", name, FORMATS)
    return list(dict.fromkeys(named))
