"""The files to download: each format of the package, packed."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import crisisdata as cd
from crisisdata._site.book import Book, Row

OFFERED = ("csv", "excel", "stata", "sqlite")
"""What a site offers by default: one format for every kind of reader, so that the site stays small."""
_RECORD = ("lineage", "changes", "codings", "timeline", "sender_month")
"""Tables about how the edition was made, and those that only repeat others; the package has them."""
_ALL_ROWS = ("csv", "croissant")
_MOST_ROWS = 2000
_ON_CODING = "trust"
"""Larger tables, and the group on agreement between coders, are only in the formats above; otherwise the downloads
would be most of the site."""
_TITLES = {
    "csv": "CSV with a Data Package descriptor",
    "flat": "One CSV table for analysis",
    "croissant": "Parquet with Croissant metadata",
    "excel": "Excel",
    "stata": "Stata",
    "spss": "SPSS",
    "sqlite": "SQLite",
    "duckdb": "DuckDB",
    "json": "JSON",
}
_ENDINGS = {"flat": ".csv", "excel": ".xlsx", "sqlite": ".sqlite", "duckdb": ".duckdb", "json": ".json"}
_SMALLER = ("sqlite", "duckdb", "json")
"""Formats for programmers, compressed by a third more in a format that not every desktop can open."""
_DAY = (1980, 1, 1, 0, 0, 0)
"""Date of every file in an archive, so that the same edition gives the same archive."""


def write_downloads(book: Book, folder: Path, formats: Sequence[str]) -> list[Row]:
    """Write the archives into a folder, and return a description of each."""
    found: list[Row] = []
    if not formats:
        return found
    folder.mkdir()
    edition = book.edition
    with tempfile.TemporaryDirectory() as scratch:
        for name in formats:
            tables = [table for table in edition.tables if _is_in(book, table, name)]
            made = cd.export(name, Path(scratch, f"{name}{_ENDINGS.get(name, '')}"), tables, edition)  # type: ignore[arg-type]
            ending = ".tar.xz" if name in _SMALLER else ".zip"
            archive = folder / f"{book.descriptor['name']}-{edition.name}-{name}{ending}"
            _pack(made, archive, f"{book.descriptor['name']}-{edition.name}")
            content = archive.read_bytes()
            left = [table for table in edition.tables if table not in tables]
            found.append(
                {
                    "name": archive.name,
                    "path": f"{folder.name}/{archive.name}",
                    "title": _TITLES.get(name, name),
                    "media": "application/x-xz" if name in _SMALLER else "application/zip",
                    "bytes": len(content),
                    "size": f"{len(content) / 1e6:.1f} MB",
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "without": ", ".join(left),
                }
            )
    return found


def _is_in(book: Book, table: str, name: str) -> bool:
    """Say whether the download in a format contains a table."""
    if name == "flat":  # of all tables, it makes one
        return True
    resource = book.edition.resource(table)
    small = resource["rows"] <= _MOST_ROWS and resource["group"] != _ON_CODING
    return table not in _RECORD and (small or name in _ALL_ROWS)


def _pack(made: Path, archive: Path, name: str) -> None:
    files = sorted(made.iterdir()) if made.is_dir() else [made]
    inside = {file: f"{name}-{made.name}/{file.name}" if made.is_dir() else f"{name}{file.suffix}" for file in files}
    if archive.suffix == ".xz":
        with tarfile.open(archive, "w:xz") as packed:
            for file in files:
                packed.add(file, inside[file], filter=_plain)
        return
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        for file in files:
            entry = zipfile.ZipInfo(inside[file], _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            zipped.writestr(entry, file.read_bytes())


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname, entry.mode = 0, 0, 0, "", "", 0o644
    return entry
