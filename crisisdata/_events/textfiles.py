"""CSV files as text: no types are guessed, and no line is skipped.

The first lines are inspected here: encoding, delimiter, header, tag row. The engine then reads everything as text under
strict rules: a line with too many or too few cells is an error that names the line. What a cell means (a date, a
number) is decided later, for the whole column.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from crisisdata._events.columns import refuse_twice
from crisisdata._events.layouts import layouts, recognised
from crisisdata._events.messages import translated, warn
from crisisdata.errors import InvalidEventsError

_DELIMITERS = (",", "\t", ";", "|")
_BLOCK = 1 << 20
_OTHER_ENCODING = "cp1252"
_TITLES = {"cp1252": "Windows-1252", "utf-8": "UTF-8", "utf-16": "UTF-16"}


@dataclass(frozen=True)
class _Look:
    """What an inspection of a CSV file shows."""

    path: str
    encoding: str
    columns: tuple[str, ...]
    delimiter: str
    quote: str
    skip: int
    """Lines before the first record: header and tag row."""
    padded: bool
    """Whether the last column may be missing from a line, as SOURCEURL is in older GDELT lines."""


def open_text_files(paths: Sequence[str], connection: Any) -> tuple[str, list[str]]:
    """Return an SQL relation with all cells as text in columns c0, c1 …, and the names of these columns."""
    looks = []
    for path in paths:
        with translated(path):
            looks.append(_look(path))
    _refuse_differences(looks)
    names = looks[0].columns
    parts = []
    for number, look in enumerate(looks):
        relation = _relation(look, connection, f"copy_{number}")
        if not look.quote:
            _compare_with_lines(look, relation, connection)
        cells = ", ".join(f"c{look.columns.index(name)} as c{i}" for i, name in enumerate(names))
        parts.append(f"select {cells} from {relation}")
    return f"({' union all '.join(parts)})", list(names)


def _look(path: str) -> _Look:
    """Inspect a file; raise if it is not a text table."""
    encoding, wrong = _encoding(path)
    with _opened(path) as stream:
        text = codecs.getincrementaldecoder(encoding)().decode(stream.read(_BLOCK)).removeprefix("\ufeff")
    for layout in layouts().values():
        if layout.csv.get("cells"):
            delimiter, quote = layout.csv.get("delimiter", ","), layout.csv.get("quote", '"')
            first = _records(text, delimiter, quote, 1)
            if first and layout.is_that_of_cells(first[0][0]):
                padded = len(layout.csv["cells"]) > 1
                return _Look(path, encoding, tuple(layout.columns), delimiter, quote, 0, padded)
    delimiter = max(_DELIMITERS, key=lambda each: len((_records(text, each, '"', 1) or [([], 0)])[0][0]))
    records = _records(text, delimiter, '"', 2)
    if not records:
        raise InvalidEventsError(f"{path} is empty. It must have a line of column names, followed by events.")
    (columns, skip), *rest = records
    if rest and len(columns) == 1 < len(rest[0][0]):
        raise InvalidEventsError(
            f"the first line of {path} is {columns[0][:60]!r}, and the second has {len(rest[0][0])} cells. The "
            "first line must name the columns; delete what is above it."
        )
    if rest and len(rest[0][0]) == len(columns) + 1:
        raise InvalidEventsError(
            f"the first line of {path} has {len(columns)} names, and the second has {len(columns) + 1} cells: "
            "the header is one name short, as R's write.table leaves it. Write the file with write.csv(..., "
            "row.names = FALSE)."
        )
    refuse_twice(columns)
    if rest and is_tag_row(rest[0][0]):
        skip = rest[0][1]
    known = recognised(columns)
    if wrong and not (known and known.csv.get("encoding") == encoding):
        warn(
            f"{path} is not in UTF-8 ({wrong}); it is read as {_TITLES[encoding]}. If letters come out wrong, "
            "convert it to UTF-8."
        )
    return _Look(path, encoding, tuple(columns), delimiter, '"', skip, padded=False)


def is_tag_row(cells: Sequence[Any]) -> bool:
    """Say whether a row contains the tags that the Humanitarian Data Exchange puts below the header."""
    filled = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    return bool(filled) and all(cell.lstrip().startswith("#") for cell in filled) and len(filled) * 2 >= len(cells)


def _records(text: str, delimiter: str, quote: str, number: int) -> list[tuple[list[str], int]]:
    """Return the first non-blank records of a text, each with the number of its last line."""
    lines = io.StringIO(text, newline="")
    if quote:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    found: list[tuple[list[str], int]] = []
    try:
        for record in reader:
            if any(record):
                found.append((record, reader.line_num))
            if len(found) == number:
                break
    except csv.Error:  # such as a field of a megabyte: no table of this delimiter
        return found
    return found


def _encoding(path: str) -> tuple[str, str]:
    """Return the encoding of a file, and where it is not UTF-8."""
    position, wrong = 0, ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _opened(path) as stream:
        block = stream.read(_BLOCK)
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", ""
        while block:
            if not wrong:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError as error:
                    # The decoder keeps up to three bytes of the block before.
                    offset = position + error.start - (len(error.object) - len(block))
                    wrong = f"the first byte that is not is 0x{error.object[error.start]:02X}, at byte {offset + 1:,}"
            if wrong:
                _refuse_undefined(block, position, wrong, path)
            position += len(block)
            block = stream.read(_BLOCK)
    return (_OTHER_ENCODING if wrong else "utf-8"), wrong


def _refuse_undefined(block: bytes, position: int, wrong: str, path: str) -> None:
    try:
        block.decode(_OTHER_ENCODING)
    except UnicodeDecodeError as error:
        raise InvalidEventsError(
            f"{path} is neither in UTF-8 ({wrong}) nor in Windows-1252 (byte 0x{block[error.start]:02X} at byte "
            f"{position + error.start + 1:,} is not a character in it). Save it as UTF-8: in Excel, as 'CSV UTF-8'."
        ) from None


def _relation(look: _Look, connection: Any, copy: str) -> str:
    """Return the relation that reads a file; a file in another encoding is converted and kept in memory."""
    if look.encoding == "utf-8":
        return _read_csv(look, look.path)
    with TemporaryDirectory(prefix="crisisdata-") as place:
        converted = Path(place) / "converted.csv"
        with (
            _opened(look.path) as stream,
            io.TextIOWrapper(stream, look.encoding, newline="") as text,
            converted.open("w", encoding="utf-8", newline="") as target,
        ):
            shutil.copyfileobj(text, target)
        with translated(look.path):
            connection.execute(
                f"create or replace temp table {copy} as select * from {_read_csv(look, str(converted))}"
            )
    return copy


def _read_csv(look: _Look, path: str) -> str:
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(len(look.columns)))
    return (
        f"read_csv({literal(path)}, auto_detect = false, header = false, skip = {look.skip}, "
        f"delim = {literal(look.delimiter)}, "
        f"quote = {literal(look.quote)}, escape = {literal(look.quote)}, null_padding = {str(look.padded).lower()}, "
        f"columns = {{{columns}}})"
    )


def _compare_with_lines(look: _Look, relation: str, connection: Any) -> None:
    """Raise if the engine read a different number of rows from the number of lines in the file, or a line was cut
    short.
    """
    last_but_one = f"c{len(look.columns) - (2 if look.padded else 1)}"
    with translated(look.path):
        [(rows, full)] = connection.execute(f"select count(*), count({last_but_one}) from {relation}").fetchall()
    if full < rows:
        raise InvalidEventsError(
            f"{rows - full:,} of {rows:,} lines of {look.path} have fewer than {len(look.columns) - look.padded} "
            "cells. Nothing was read, because an event would be lost. Download the file again."
        )
    with _opened(look.path) as stream:
        lines = sum(1 for line in stream if line.strip(b"\r\n"))
    if look.encoding != "utf-16" and rows != lines:
        raise InvalidEventsError(
            f"{look.path} has {lines:,} lines, of which {rows:,} were read. Nothing is returned, because events "
            "would be lost. Download the file again, or read it yourself and pass the data frame."
        )


def _refuse_differences(looks: Sequence[_Look]) -> None:
    """Raise if one of several files has different columns from the first."""
    first = looks[0]
    for look in looks[1:]:
        for one, other in ((first, look), (look, first)):
            lacking = sorted(set(one.columns) - set(other.columns))
            if lacking:
                raise InvalidEventsError(
                    f"{other.path} has no column {', '.join(map(repr, lacking[:10]))}, which {one.path} has. "
                    "Read files with different columns one by one."
                )


def _opened(path: str) -> IO[bytes]:
    try:
        return gzip.open(path) if path.lower().endswith(".gz") else Path(path).open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise InvalidEventsError(f"{path} could not be read: {error.strerror or error}.") from None


def literal(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
