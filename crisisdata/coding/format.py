"""The one style in which raw files are written, so that a change shows as the lines that it changes.

Files are written here rather than by a YAML library: the order of rows and keys comes from the schema anyway, and the
rest is one line per value. PyYAML would silently lose the comments at the head of a file.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from crisisdata._atomic import write_atomically
from crisisdata.coding import dates
from crisisdata.coding.casefiles import NAMES_NOTHING, CaseReader, tidy
from crisisdata.coding.casefolders import find_raw_files
from crisisdata.coding.faults import Fault, shown
from crisisdata.coding.nodes import Document, compose
from crisisdata.coding.rows import MISSING
from crisisdata.coding.schema import Schema, Table
from crisisdata.errors import InvalidCodingError

_INDENT = 2
_RESOLVER: Any = yaml.resolver.Resolver()  # the stubs leave it without types
# YAML 1.2 reads these as numbers, YAML 1.1 as texts.
_NUMBER_OF_YAML_1_2 = re.compile(r"0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
# What a YAML file may not hold as it is; double quotes have escapes for it.
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NEEDS_QUOTES = re.compile(rf"""^[-?:,\[\]{{}}#&*!|>'"%@`=<]|: |:$| #|{_UNPRINTABLE.pattern}""")


@dataclass(frozen=True)
class Formatted:
    """A raw file as it is and as it should be."""

    file: Path
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after

    @property
    def line(self) -> int:
        """The first line that differs."""
        pairs = zip(self.before.split("\n"), self.after.split("\n"), strict=False)
        return next((n for n, (old, new) in enumerate(pairs, 1) if old != new), self.before.count("\n") + 1)

    def write(self) -> None:
        """Replace the existing file with the file as it should be, in one step."""
        data = self.after.encode()

        def write(made: Path) -> None:
            made.write_bytes(data)

        write_atomically(self.file, write, folder=False, overwrite=True)


def format_files(paths: Iterable[Path], schema: Schema) -> list[Formatted]:
    """Return the raw files at some paths, with the text that each should have; nothing is written.

    Rows are in the order of their dates, then of their IDs; readings stay in the order in which they were written,
    because their numbers follow it. Keys are in the order of the schema: the values, their evidence, then the lists of
    nested rows. A comment at the head of a file stays there.

    Parameters
    ----------
    paths
        Raw files, or folders of them.
    schema
        What a row may say.

    Raises
    ------
    UnknownNameError
        If there is no raw file at a path.
    InvalidCodingError
        If a file cannot be read, or has keys that the schema does not know, dates that cannot be ordered, or comments
        that would be lost. The error lists every fault.
    """
    reading = CaseReader(schema)
    style = _Style(reading)
    done: dict[Path, Formatted] = {}
    for path in paths:
        found, faults = find_raw_files(path, schema)
        reading.faults += faults
        place = Path(os.path.abspath(path))  # noqa: PTH100 - as the files that were found
        for raw in found:
            # A file stands for its case, and a case has CSV files beside it; only what was named is formatted.
            files = [file for file in raw.files if file.is_relative_to(place)]
            if not files:
                continue
            faults_before = len(reading.faults)
            reading.read(raw)
            if len(reading.faults) == faults_before:
                done |= {file: style.formatted(file, raw.root) for file in files}
    if reading.faults:
        raise InvalidCodingError(sorted(set(reading.faults)))
    return list(done.values())


class _Style:
    """Writes the files that a reader has read, and adds to the reader's faults."""

    def __init__(self, reading: CaseReader) -> None:
        self.reading = reading
        self.schema = reading.schema
        self.file = ""

    def formatted(self, file: Path, root: Table) -> Formatted:
        """Return a file that was read without faults as it should be; anything that cannot be kept is a fault."""
        self.file = shown(file)
        before = file.read_bytes().decode()
        text = before.removeprefix("\ufeff")
        after = self._csv(text, root) if file.suffix == ".csv" else self._yaml(compose(text), root)
        return Formatted(file, before, after)

    def _csv(self, text: str, root: Table) -> str:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        columns = [name for name in root.coded_fields if name in (reader.fieldnames or [])]
        rows = [{name: tidy(cell) for name, cell in row.items()} for row in reader]
        rows.sort(key=lambda row: [row.get(name, "") for name in root.primary_key])
        stream = io.StringIO(newline="")
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue()

    def _yaml(self, document: Document, root: Table) -> str:
        for comment in document.comments:
            if not comment.leading:
                message = (
                    f"the comment {comment.text[:40]!r} would lose its place when rows are sorted; move it to the "
                    "top of the file, or delete it"
                )
                self.reading.faults.append(Fault(self.file, comment.line, "", message))
        assert root.raw
        sections = _by_key(document.root)
        lines = [comment.text for comment in document.comments]
        children = {t.raw["key"]: t for t in self.schema.children(root.name) if t.raw}
        for name, table in {root.raw["key"]: root, **children}.items():
            if name in sections:
                lines.append(f"{name}:")
                node = sections[name]
                if table is root and children:
                    lines += self._record(node, table, root, _INDENT)
                else:
                    lines += self._records(node, table, root, _INDENT)
                if not node.value:
                    lines[-1] += " []"
        return "\n".join(lines) + "\n"

    def _records(self, node: yaml.Node, table: Table, root: Table, indent: int) -> Iterator[str]:
        records = list(node.value)
        if table.name != "evidence":
            records.sort(key=lambda record: self._place(record, table, root))
        for record in records:
            first, *others = [*self._record(record, table, root, indent + _INDENT)] or ["{}"]
            yield f"{' ' * indent}- {first.lstrip(' ')}"
            yield from others

    def _record(self, node: yaml.Node, table: Table, root: Table, indent: int) -> Iterator[str]:
        shape = self.reading.shape(table, root)
        values = _by_key(node)
        for name in (name for name in shape.allowed if name in values):
            value, margin = values[name], " " * indent
            if isinstance(value, yaml.ScalarNode):
                yield f"{margin}{name}: {self._scalar(value, name, table)}"
            elif not value.value:
                yield f"{margin}{name}: []"
            else:
                yield f"{margin}{name}:"
                if name in shape.nested:
                    yield from self._records(value, shape.nested[name], root, indent + _INDENT)
                else:
                    dash = " " * (indent + _INDENT) + "- "
                    yield from (dash + self._scalar(item, name, table) for item in value.value)

    def _scalar(self, node: yaml.ScalarNode, name: str, table: Table) -> str:
        item = table.fields.get(name)
        text = tidy(node.value)
        if item and item.edtf and text not in MISSING:  # all alike, though only days and years would need it
            return _in_double_quotes(text)
        if item and item.type in ("integer", "number") and _NUMBER_OF_YAML_1_2.fullmatch(text):
            return text
        return quoted(text)

    def _place(self, node: yaml.Node, table: Table, root: Table) -> tuple[date, str]:
        """Return the sort key of a record: its first date, or that of the rows nested in it, then the ID."""
        values = _by_key(node)
        name = next((values[n].value for n in ("id", table.key, "action") if n in values), "")
        return self._first_day(values, table, root) or date.max, name

    def _first_day(self, values: dict[str, yaml.Node], table: Table, root: Table) -> date | None:
        own = [self._day(values[n], n) for n, item in table.fields.items() if item.edtf and n in values]
        days = [day for day in own if day]
        if not days:
            nested = self.reading.shape(table, root).nested
            below = (
                self._first_day(_by_key(node), child, root)
                for name, child in nested.items()
                if name in values
                for node in values[name].value
            )
            days = [day for day in below if day]
        return min(days, default=None)

    def _day(self, node: yaml.Node, name: str) -> date | None:
        text = tidy(node.value)
        if text in MISSING:
            return None
        try:
            return dates.parse_date(text)[0]
        except ValueError as error:
            message = f"{text!r} is {error}; must be {dates.ALLOWED}"
            self.reading.faults.append(Fault(self.file, node.start_mark.line + 1, name, message))
            return None


def quoted(text: str) -> str:
    """Return a text as YAML: plain if every YAML program reads it as the same text, otherwise in double quotes.

    Examples
    --------
    >>> print(quoted("The union objected."), quoted("no"), quoted("Act 5: the charter"))
    The union objected. "no" "Act 5: the charter"
    """
    bare = (
        text.lower() not in NAMES_NOTHING
        and not _NEEDS_QUOTES.search(text)
        and not _NUMBER_OF_YAML_1_2.fullmatch(text)
        and _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)) == "tag:yaml.org,2002:str"
    )
    return text if bare else _in_double_quotes(text)


def _in_double_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_UNPRINTABLE.sub(_escape, escaped)}"'


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _by_key(node: yaml.Node | None) -> dict[str, yaml.Node]:
    assert isinstance(node, yaml.MappingNode)
    return {key.value: value for key, value in node.value}
