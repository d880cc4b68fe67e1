"""YAML and CSV files → records that remember the file and the line of each value."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from crisisdata.coding.faults import Fault, one_of
from crisisdata.coding.schema import Field, Schema, Table

MAX_BYTES = 5_000_000  # many times the largest case file there is
MAX_DEPTH = 60  # a case file needs eight
_OWN_ID = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
# The base loader leaves every value a text, so that NO stays NO; in C where libyaml is there.
_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(slots=True)
class Record:
    """One row as it was written: texts, with their place."""

    table: str
    file: str
    path: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    key: str = ""

    def element(self, variable: str, number: int) -> str:
        """Return how faults name one of several values of a variable: by its position, where they are a list."""
        own = f"{variable}[{number}]"
        return own if own in self.lines else variable

    def fault(self, message: str, variable: str | None = None) -> Fault:
        path = f"{self.path}.{variable}" if variable and self.path else variable or self.path
        return Fault(self.file, self.lines.get(variable or "", self.line), path, message)


@dataclass(frozen=True)
class Shape:
    """What a record of a table may hold in a file."""

    own_id: bool
    """Whether the record has a short name of its own, and its key is made from that."""
    nested: dict[str, Table]
    allowed: list[str]


class CaseReader:
    """The records and faults of the files read so far."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.records: dict[str, list[Record]] = {name: [] for name in schema.tables}
        self.faults: list[Fault] = []
        self._shapes: dict[tuple[str, str], Shape] = {}

    def shape(self, table: Table, root: Table) -> Shape:
        """Return what a record of `table` may hold in a file of `root`."""
        found = self._shapes.get((table.name, root.name))
        if found is None:
            found = self._shapes[table.name, root.name] = self._make_shape(table, root)
        return found

    def _make_shape(self, table: Table, root: Table) -> Shape:
        # Rows of the lists of a case file stand beside its one row (the episode), others within their parent.
        children = [] if table is root else self.schema.children(table.name)
        nested = {child.raw["key"]: child for child in children if child.raw}
        if table.evidenced:
            nested["evidence"] = self.schema.tables["evidence"]
        own_id = not table.writes_key and table.name != "evidence"
        coded = [name for name in table.coded_fields if not (own_id and name == table.key)]
        return Shape(own_id, nested, [*(["id"] if own_id else []), *coded, *nested])

    def read_file(self, file: Path, name: str, root: Table) -> None:
        """Read one file of the kind that holds rows of the table `root`; `name` is what faults call it."""
        content = self._content(file, name)
        if content is None:
            return
        if file.suffix == ".csv":
            self._read_csv(content, name, root)
        else:
            self._read_yaml(content, name, root, file.stem)

    def _content(self, file: Path, name: str) -> str | None:
        try:
            size = file.stat().st_size
            if size > MAX_BYTES:
                message = (
                    f"the file has {size:,} bytes; {MAX_BYTES:,} are allowed. Split it into one file for each case"
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
            header = reader.fieldnames or []
            unexpected = [column for column in header if column not in allowed]
            for column in unexpected:
                self.faults.append(Fault(name, 1, column, f"unknown column{one_of(column, allowed)}"))
            twice = sorted({column for column in header if header.count(column) > 1} - set(unexpected))
            self.faults += [Fault(name, 1, column, "the column stands here twice") for column in twice]
            if unexpected or twice:  # the rows would be faulty for no other reason
                return
            for row in reader:
                record = Record(root.name, name, "", reader.line_num)
                if None in row or None in row.values():
                    self.faults.append(record.fault(f"the row has not the {len(header)} cells of the header"))
                    continue
                cells = {column: _tidy(text) for column, text in row.items()}
                record.values = {column: text for column, text in cells.items() if text}
                record.key = "/".join(record.values.get(part, "") for part in root.primary_key)
                self.records[root.name].append(record)
        except csv.Error as error:
            self.faults.append(Fault(name, reader.line_num, "", f"not readable as CSV: {error}"))

    def _read_yaml(self, content: str, name: str, root: Table, stem: str) -> None:
        try:
            if _is_deep(content):
                self.faults.append(Fault(name, 0, "", f"not readable: nested more than {MAX_DEPTH} levels deep"))
                return
            node = yaml.compose(content, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            message = " ".join(filter(None, (error.context, error.problem)))
            self.faults.append(Fault(name, line, "", f"not readable as YAML: {message}"))
        except yaml.YAMLError as error:
            self.faults.append(Fault(name, 0, "", f"not readable as YAML: {error}"))
        else:
            _YamlFile(self, name, root, stem).read(node)


class _YamlFile:
    """Walks the nodes of one file."""

    def __init__(self, reading: CaseReader, name: str, root: Table, stem: str) -> None:
        self.reading = reading
        self.schema = reading.schema
        self.name = name
        self.root = root
        self.stem = stem
        self.visited: set[int] = set()

    def read(self, node: yaml.Node | None) -> None:
        assert self.root.raw
        key = self.root.raw["key"]
        siblings = {t.raw["key"]: t for t in self.schema.children(self.root.name) if t.raw}
        sections = dict(self._entries(node, "", [key, *siblings]))
        if key not in sections:
            self._fault(node, "", f"the file has no section {key!r}")
            return
        if siblings:
            parent = self._record(sections[key], self.root, key, None)
            for name, table in siblings.items():
                self._records(sections.get(name), table, name, parent)
        else:
            self._records(sections[key], self.root, key, None)

    def _records(self, node: yaml.Node | None, table: Table, path: str, parent: Record | None) -> None:
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self._fault(node, path, "a list of records is expected here, each beginning with '- '")
            return
        for number, item in enumerate(node.value):
            if self._fresh(item, f"{path}[{number}]"):
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
            elif self._scalar(value, f"{path}.{name}"):
                record.values[name] = _tidy(value.value)
                record.lines[name] = value.start_mark.line + 1
        self._identify(record, table, parent, number)
        self.reading.records[table.name].append(record)
        for child, value, child_path in below:
            self._records(value, child, child_path, record)
        return record

    def _elements(self, record: Record, item: Field, node: yaml.SequenceNode) -> None:
        """Enter a list of values as the text that is published, and the line of each."""
        path = f"{record.path}.{item.name}"
        if not node.value:
            self._fault(node, path, "the list is empty; take it out, or write unknown or not_applicable")
            return
        texts = []
        for number, each in enumerate(node.value):
            here = f"{path}[{number}]"
            if self._fresh(each, here) and self._scalar(each, here):
                if str(item.separator) in each.value:
                    message = f"{item.separator!r} separates values where they are published: write two elements"
                    self._fault(each, here, message)
                texts.append(_tidy(each.value))
                record.lines[f"{item.name}[{number}]"] = each.start_mark.line + 1
        record.values[item.name] = f"{item.separator} ".join(texts)
        record.lines[item.name] = node.start_mark.line + 1

    def _identify(self, record: Record, table: Table, parent: Record | None, number: int) -> None:
        """Give the record its key: as written, or its own name below that of the file or the parent."""
        if table.name == "evidence" and parent:
            record.values |= {"table": parent.table, "record_id": parent.key, "number": str(number + 1)}
            record.key = f"{parent.table}/{parent.key}/{number + 1}"
            return
        if not self.reading.shape(table, self.root).own_id:
            record.key = record.values.get(table.key, "")
            return
        # A state of a sanction is named by its action unless the same action comes twice.
        own = record.values.pop("id", None) or record.values.get("action")
        if own is None:
            self.reading.faults.append(record.fault("the record has no 'id'; give it a short name of its own"))
            own = f"record-{number + 1}"
        elif not _OWN_ID.fullmatch(own):
            message = f"{own!r} is no short name: write small letters without accents, digits and hyphens"
            record.lines["id"] = record.lines.get("id", record.line)
            self.reading.faults.append(record.fault(message, "id"))
        record.key = f"{parent.key if parent else self.stem}/{own}"
        record.values[table.key] = record.key
        record.lines.setdefault(table.key, record.lines.get("id", record.line))
        if parent:
            record.values[self.schema.tables[parent.table].key] = parent.key

    def _entries(self, node: yaml.Node | None, path: str, allowed: list[str]) -> Iterator[tuple[str, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, path, "lines of the form 'name: value' are expected here")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            here = f"{path}.{name}" if path else name
            if name in seen:
                self._fault(key, here, "the key stands here twice")
            elif name not in allowed:
                self._fault(key, here, f"unknown key{one_of(name, allowed)}")
            elif self._fresh(value, here):
                yield name, value
            seen.add(name)

    def _scalar(self, node: yaml.Node, path: str) -> bool:
        if not isinstance(node, yaml.ScalarNode):
            self._fault(node, path, "one value is expected here, not a list or a mapping")
        elif not node.value.strip():
            self._fault(node, path, "no value; take the line out, or write unknown or not_applicable")
        else:
            return True
        return False

    def _fresh(self, node: yaml.Node, path: str) -> bool:
        """Refuse aliases: a node met twice would make two places of one, and a few bytes into gigabytes."""
        if id(node) in self.visited:
            self._fault(node, path, "aliases (*name) are not allowed; write the value out")
            return False
        self.visited.add(id(node))
        return True

    def _fault(self, node: yaml.Node | None, path: str, message: str) -> None:
        line = node.start_mark.line + 1 if node else 0
        self.reading.faults.append(Fault(self.name, line, path, message))


def _tidy(text: str) -> str:
    """Return a text as an edition holds it, so that a key is compared as it will be: blanks are one blank."""
    return " ".join(text.split())


def _is_deep(content: str) -> bool:
    """Say whether YAML is nested so deep that composing it would overflow the C stack of the parser.

    A look at brackets and at what lines begin with bounds the depth from above at little cost; only where
    that bound is high are the events counted, which does not recurse.
    """
    depth = highest = 0
    for bracket in re.findall(r"[\[\]{}]", content):
        depth += 1 if bracket in "[{" else -1
        highest = max(highest, depth)
    if highest <= MAX_DEPTH and not re.search(rf"^[ \t?:-]{{{MAX_DEPTH}}}", content, re.MULTILINE):
        return False
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            return True
    return False
