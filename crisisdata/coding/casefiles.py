"""YAML and CSV files → records that remember the file and the line of each value."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from crisisdata._record import NONE, RECORD
from crisisdata.coding.faults import Fault, one_of, shown
from crisisdata.coding.nodes import UnreadableYamlError, compose
from crisisdata.coding.schema import TRUST, Field, Schema, Table

MAX_BYTES = 5_000_000  # many times the largest case file there is
MAX_FAULTS = 1_000  # whoever has more of them has named another kind of file
MAX_KEYS = 500  # of one record or header; the widest table has some forty
_OWN_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_SHORT_NAME = "use lower-case letters without accents, digits and hyphens"
NAMES_NOTHING = {"null", "~", "na", "n/a", "#n/a", "nan", ".nan", "none"}
"""What other programs read as a missing value, in lower case."""


@dataclass(slots=True)
class Record:
    """One row as written: texts, with their location."""

    table: str
    file: str
    path: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    key: str = ""

    def element(self, variable: str, number: int) -> str:
        """Return how faults name one of several values of a variable: by its position, if they are a list."""
        own = f"{variable}[{number}]"
        return own if own in self.lines else variable

    def fault(self, message: str, variable: str | None = None) -> Fault:
        path = f"{self.path}.{variable}" if variable and self.path else variable or self.path
        return Fault(self.file, self.lines.get(variable or "", self.line), path, message)


@dataclass(frozen=True)
class RawFiles:
    """The files of one case, or of one table in CSV."""

    name: str
    """Name of the case: that of its file or of its folder."""
    root: Table
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Shape:
    """What a record of a table may contain in a file."""

    own_id: bool
    """Whether the record has its own short name, from which its key is made."""
    nested: dict[str, Table]
    allowed: list[str]


class CaseReader:
    """The records and faults of the files read so far."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.records: dict[str, list[Record]] = {name: [] for name in schema.tables}
        self.faults: list[Fault] = []
        """Faults found; once there are more than `MAX_FAULTS`, the rest is not read."""
        self._shapes: dict[tuple[str, str], Shape] = {}

    def shape(self, table: Table, root: Table) -> Shape:
        """Return what a record of `table` may contain in a file of `root`."""
        found = self._shapes.get((table.name, root.name))
        if found is None:
            found = self._shapes[table.name, root.name] = self._make_shape(table, root)
        return found

    def _make_shape(self, table: Table, root: Table) -> Shape:
        # Rows of the lists of a case file stand beside its one row (the episode), others within their parent.
        children = [] if table is root else self.schema.children(table.name)
        nested = {"evidence": self.schema.tables["evidence"]} if table.evidenced else {}
        nested |= {child.raw["key"]: child for child in children if child.raw}
        own_id = not table.writes_key and table.name != "evidence"
        coded = [name for name in table.coded_fields if not (own_id and name == table.key)]
        return Shape(own_id, nested, [*(["id"] if own_id else []), *coded, *nested])

    def read(self, raw: RawFiles) -> None:
        """Read the files of one case, or one table in CSV."""
        if len(self.faults) > MAX_FAULTS:
            return
        texts = {shown(file): self.text(file) for file in raw.files}
        whole = {name: text for name, text in texts.items() if text is not None}
        if len(whole) < len(texts):  # what a file that cannot be read lacks would be other faults of no meaning
            return
        if raw.files[0].suffix == ".csv":
            for name, text in whole.items():
                self._read_csv(text, name, raw.root)
        else:
            self._read_yaml(whole, raw)

    def text(self, file: Path) -> str | None:
        """Return the text of a file; if it cannot be read, that is a fault."""
        name = shown(file)
        try:
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe or device would be waited for
                self.faults.append(Fault(name, 0, "", "not a regular file; only regular files are read"))
                return None
            if status.st_size > MAX_BYTES:
                message = (
                    f"the file must have at most {MAX_BYTES:,} bytes; got {status.st_size:,}. Split it into several "
                    "files"
                )
                self.faults.append(Fault(name, 0, "", message))
                return None
            return file.read_bytes().decode("utf-8-sig")  # spreadsheets begin a CSV with a byte order mark
        except OSError as error:
            self.faults.append(Fault(name, 0, "", f"the file cannot be read: {error.strerror}"))
        except UnicodeDecodeError as error:
            self.faults.append(
                Fault(name, 0, "", f"the file is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")
            )
        return None

    def _read_csv(self, content: str, name: str, root: Table) -> None:
        reader = csv.DictReader(io.StringIO(content, newline=""), strict=True)
        allowed = list(root.coded_fields)
        try:
            header = list(reader.fieldnames or [])
            if len(header) > MAX_KEYS:
                self.faults.append(
                    Fault(name, 1, "", f"too many columns: {len(header):,}; available: {', '.join(allowed)}")
                )
                return
            unexpected = [column for column in header if column not in allowed]
            for column in unexpected:
                self.faults.append(Fault(name, 1, column, f"unknown column{one_of(column, allowed)}"))
            twice = sorted({column for column, n in Counter(header).items() if n > 1} - set(unexpected))
            self.faults += [Fault(name, 1, column, "the column is repeated") for column in twice]
            if unexpected or twice:  # the rows would be faulty for no other reason
                return
            for row in reader:
                record = Record(root.name, name, "", reader.line_num)
                if None in row or None in row.values():
                    self.faults.append(record.fault(f"the row must have {len(header)} cells, as the header does"))
                    continue
                cells = {column: tidy(text) for column, text in row.items()}
                record.values = {column: text for column, text in cells.items() if text}
                for column, text in record.values.items():
                    nothing_follows = root.name == RECORD and text == NONE  # which is said of a row that was withdrawn
                    # Tables of trust hold values as other tables have them, codes such as NA among them.
                    if (
                        not nothing_follows
                        and self.names_nothing(text, root.fields[column])
                        and not (root.group == TRUST and self._is_code(text))
                    ):
                        message = (
                            f"other programs read {text!r} as a missing value; leave the cell empty, or write it out"
                        )
                        self.faults.append(record.fault(message, column))
                record.key = "/".join(record.values.get(part, "") for part in root.primary_key)
                self.records[root.name].append(record)
        except csv.Error as error:
            self.faults.append(Fault(name, reader.line_num, "", f"not readable as CSV: {error}"))

    def _is_code(self, text: str) -> bool:
        return any(text in each.codes for each in self.schema.codes.values())

    def names_nothing(self, text: str, item: Field) -> bool:
        """Say whether other programs read a text as a missing value, unless it is a code (NA is Namibia)."""
        if text.lower() not in NAMES_NOTHING:
            return False
        pattern = item.constraints.get("pattern")
        known = self.schema.codes[item.codes].codes if item.codes else ()
        return text not in known and not (pattern and re.fullmatch(pattern, text))

    def _read_yaml(self, texts: dict[str, str], raw: RawFiles) -> None:
        nodes: dict[str, yaml.Node | None] = {}
        for name, text in texts.items():
            try:
                document = compose(text)
            except UnreadableYamlError as error:
                self.faults.append(Fault(name, error.line, "", str(error)))
                continue
            for comment in document.comments:
                if comment.cuts:
                    message = (
                        f"' {comment.text[:40]}' is read as a comment and cuts off the text before it; put the text "
                        "in double quotes, or the comment on a separate line"
                    )
                    self.faults.append(Fault(name, comment.line, "", message))
            nodes[name] = document.root
        if len(nodes) == len(texts):
            _YamlCase(self, raw).read(nodes)


class _YamlCase:
    """Walks through the nodes of the files of one case."""

    def __init__(self, reading: CaseReader, raw: RawFiles) -> None:
        self.reading = reading
        self.schema = reading.schema
        self.root = raw.root
        self.stem = raw.name
        self.name = ""
        """The file whose nodes are being walked."""

    def read(self, nodes: dict[str, yaml.Node | None]) -> None:
        assert self.root.raw
        key = self.root.raw["key"]
        siblings = {t.raw["key"]: t for t in self.schema.children(self.root.name) if t.raw}
        sections: dict[str, tuple[str, yaml.Node]] = {}
        for self.name, node in nodes.items():
            for section, value in self._entries(node, "", [key, *siblings]):
                if section in sections:
                    self._fault(value, section, f"the section is also in {sections[section][0]}; keep one")
                else:
                    sections[section] = (self.name, value)
        self.name = next(iter(nodes))
        if key not in sections:
            whose = "the file has" if len(nodes) == 1 else f"no file of the case {self.stem!r} has"
            self._fault(None, "", f"{whose} {'no' if len(nodes) == 1 else 'a'} section {key!r}")
            return
        if not self.root.writes_key and not _OWN_ID.fullmatch(self.stem):
            message = f"{self.stem!r} is not a valid short name, and keys begin with the file name: {_SHORT_NAME}"
            self._fault(None, "", message)
        self.name, first = sections.pop(key)
        if not siblings:
            return self._records(first, self.root, key, None)
        parent = self._record(first, self.root, key, None)
        for section, table in siblings.items():
            if section in sections:
                self.name, node = sections[section]
                self._records(node, table, section, parent)

    def _records(self, node: yaml.Node, table: Table, path: str, parent: Record | None) -> None:
        if not isinstance(node, yaml.SequenceNode):
            self._fault(node, path, "must be a list of records, each beginning with '- '")
            return
        for number, item in enumerate(node.value):
            if len(self.reading.faults) > MAX_FAULTS:
                return
            self._record(item, table, f"{path}[{number}]", parent, number)

    def _record(
        self, node: yaml.Node, table: Table, path: str, parent: Record | None, number: int = 0
    ) -> Record | None:
        record = Record(table.name, self.name, path, node.start_mark.line + 1)
        shape = self.reading.shape(table, self.root)
        below = []
        for name, value in self._entries(node, path, shape.allowed):
            if name in shape.nested:
                below.append((shape.nested[name], value, f"{path}.{name}"))
            elif isinstance(value, yaml.SequenceNode) and name in table.fields and table.fields[name].separator:
                self._elements(record, table.fields[name], value)
            elif self._scalar(value, f"{path}.{name}", table.fields.get(name)):
                record.values[name] = tidy(value.value)
                record.lines[name] = value.start_mark.line + 1
        self._identify(record, table, parent, number)
        self.reading.records[table.name].append(record)
        for child, value, child_path in below:
            self._records(value, child, child_path, record)
        return record

    def _elements(self, record: Record, item: Field, node: yaml.SequenceNode) -> None:
        """Record a list of values as the published text, with the line of each."""
        path = f"{record.path}.{item.name}"
        if not node.value:
            self._fault(node, path, "the list is empty; delete it, or write unknown or not_applicable")
            return
        texts = []
        for number, each in enumerate(node.value):
            here = f"{path}[{number}]"
            if self._scalar(each, here, item):
                if str(item.separator) in each.value:
                    message = f"{item.separator!r} separates values in the published edition; write two list items"
                    self._fault(each, here, message)
                texts.append(tidy(each.value))
                record.lines[f"{item.name}[{number}]"] = each.start_mark.line + 1
        record.values[item.name] = f"{item.separator} ".join(texts)
        record.lines[item.name] = node.start_mark.line + 1

    def _identify(self, record: Record, table: Table, parent: Record | None, number: int) -> None:
        """Give the record its key: as written, or its short name below that of the file or the parent."""
        if table.name == "evidence" and parent:
            record.values |= {"table_name": parent.table, "record_id": parent.key, "number": str(number + 1)}
            record.key = f"{parent.table}/{parent.key}/{number + 1}"
            return
        if not self.reading.shape(table, self.root).own_id:
            record.key = record.values.get(table.key, "")
            return
        # A state of a sanction is named by its action and an item of a response by what it is, unless there are two.
        own = record.values.pop("id", None) or record.values.get("action") or record.values.get("item")
        if own is None:
            self.reading.faults.append(record.fault("the record has no 'id'; give it a unique short name"))
            own = f"record-{number + 1}"
        elif not _OWN_ID.fullmatch(own):
            message = f"{own!r} is not a valid short name: {_SHORT_NAME}"
            record.lines["id"] = record.lines.get("id", record.line)
            self.reading.faults.append(record.fault(message, "id"))
        record.key = f"{parent.key if parent else self.stem}/{own}"
        record.values[table.key] = record.key
        record.lines.setdefault(table.key, record.lines.get("id", record.line))
        if parent:
            above = self.schema.tables[parent.table].key
            if above in table.fields:
                record.values[above] = parent.key
            for name, item in table.fields.items():
                if item.parent:
                    record.values.setdefault(name, parent.key)

    def _entries(self, node: yaml.Node | None, path: str, allowed: list[str]) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, path, "must be lines of the form 'name: value'")
            return
        if len(node.value) > MAX_KEYS:
            self._fault(node, path, f"too many keys: {len(node.value):,}; available: {', '.join(allowed)}")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            here = f"{path}.{name[:80]}" if path else name[:80]
            if name in seen:
                self._fault(key, here, "the key is repeated")
            elif name not in allowed:
                self._fault(key, here, f"unknown key{self._why_unknown(node, value, name, allowed)}")
            else:
                yield name, value
            seen.add(name)

    def _why_unknown(self, node: yaml.MappingNode, value: yaml.Node, name: str, allowed: list[str]) -> str:
        comma = "; within {} a ',' ends the value: put a text that contains ',' in double quotes"
        if node.flow_style and value.start_mark.index == value.end_mark.index:
            return comma
        return one_of(name, allowed) + (comma if node.flow_style else "")

    def _scalar(self, node: yaml.Node, path: str, item: Field | None) -> bool:
        if not isinstance(node, yaml.ScalarNode):
            flow = isinstance(node, yaml.CollectionNode) and node.flow_style
            quotes = "; a text that begins with [ or { must be in double quotes" if flow else ""
            self._fault(node, path, f"must be a single value, not a list or a mapping{quotes}")
        elif not node.value.strip():
            self._fault(node, path, "no value; delete the line, or write unknown or not_applicable")
        elif item and node.style is None and self.reading.names_nothing(node.value, item):
            message = (
                f"other programs read {node.value} as a missing value; delete the line, write unknown or "
                f'not_applicable, or write "{node.value}" in double quotes if that is the text'
            )
            self._fault(node, path, message)
            return True  # so that it is not reported as missing as well
        else:
            return True
        return False

    def _fault(self, node: yaml.Node | None, path: str, message: str) -> None:
        line = node.start_mark.line + 1 if node else 0
        self.reading.faults.append(Fault(self.name, line, path, message))


def tidy(text: str) -> str:
    """Return a text as it will be in an edition, so that keys are compared in that form: several blanks become one."""
    return " ".join(text.split())
