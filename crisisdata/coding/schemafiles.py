"""Schema files → their content, with the line of each key, and what is wrong with the form of each file.

`structure.yaml` defines what a file may contain; `schemachecks.py` checks what depends on other keys and files.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from crisisdata.coding.faults import Fault, one_of, shown
from crisisdata.errors import suggestion

Place = tuple[str | int, ...]
"""Keys and positions that lead to a value in a file."""

PACKAGE = "package.yaml"
AGREEMENT = "agreement.yaml"
ATTRIBUTES = "codes/_attributes.yaml"
COUNTRY_COLUMNS = "layouts/columns.toml"
COUNTRY_NAMES = "layouts/country_names.toml"
CODE_COLUMNS = ("code", "label", "value", "definition", "example", "source_id")

_KINDS = {
    PACKAGE: "package",
    AGREEMENT: "agreement",
    ATTRIBUTES: "attributes",
    COUNTRY_COLUMNS: "country_columns",
    COUNTRY_NAMES: "country_names",
    "tables/*.yaml": "table",
    "codes/*.csv": "code_list",
    "layouts/*.toml": "layout",
}
_GENERATED = "json"
_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping (key: value)",
    "date": "a date (2026-05-04)",
}


@dataclass(frozen=True)
class SchemaFile:
    """One file, as read."""

    name: str
    """Name of the file in faults."""
    kind: str
    content: Any
    lines: Mapping[Place, int]
    faults: tuple[Fault, ...] = ()
    """What could not be read; the content is None if that is all of it."""

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest place around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, message: str) -> Fault:
        return Fault(self.name, self.line(place), self._said(place), message)

    def _said(self, place: Place) -> str:
        """Return a place as people write it; an item of a list by its name, if it has one."""
        said, here = "", self.content
        for part in place:
            here = _within(here, part)
            if isinstance(part, str):
                said += f".{part}" if said else part
            else:
                own = here.get("name", here.get("code")) if isinstance(here, dict) else None
                said += f"[{own if isinstance(own, str) else part}]"
        return said


def _within(content: Any, part: str | int) -> Any:
    if isinstance(content, dict):
        return content.get(part)
    return content[part] if isinstance(content, list) and isinstance(part, int) and part < len(content) else None


def read_schema_files(folder: Path) -> dict[str, SchemaFile]:
    """Return the schema files of a folder by their path in it; unreadable ones with their faults."""
    files: dict[str, SchemaFile] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.is_file() and not hidden and relative.parts[0] != _GENERATED:
            files[relative.as_posix()] = _read(path, relative)
    for needed in (PACKAGE, AGREEMENT, ATTRIBUTES, COUNTRY_COLUMNS, COUNTRY_NAMES):
        if needed not in files:
            name = shown(folder / needed)
            files[needed] = _unreadable(name, _KINDS[needed], Fault(name, 0, "", "the file is missing"))
    return files


def _read(path: Path, relative: Path) -> SchemaFile:
    name = shown(path)
    patterns = {form: kind for form, kind in _KINDS.items() if "*" in form}
    kind = _KINDS.get(relative.as_posix()) or next((k for form, k in patterns.items() if relative.match(form)), None)
    if kind is None or len(relative.parts) > 2:
        message = f"unknown schema file; available: {', '.join(_KINDS)}"
        return _unreadable(name, "stray", Fault(name, 0, "", message))
    try:
        return parse(name, kind, path.read_bytes())
    except OSError as error:
        return _unreadable(name, kind, Fault(name, 0, "", f"the file cannot be read: {error.strerror}"))


def _unreadable(name: str, kind: str, *faults: Fault) -> SchemaFile:
    return SchemaFile(name, kind, None, {}, faults)


def parse(name: str, kind: str, data: bytes) -> SchemaFile:
    """Read the bytes of one schema file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault(name, 0, "", f"the file is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")
        return _unreadable(name, kind, fault)
    parsers = {".yaml": _parse_yaml, ".toml": _parse_toml, ".csv": _parse_csv}
    return parsers[Path(name).suffix](name, kind, text)


def _parse_yaml(name: str, kind: str, text: str) -> SchemaFile:
    reading = _Yaml(name)
    try:
        # The loader in Python: nesting too deep is an error there and a crash in C.
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        content = reading.value(node, (), loader) if node else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        message = " ".join(filter(None, (error.context, error.problem)))
        return _unreadable(name, kind, Fault(name, line, "", f"not readable as YAML: {message}"))
    except yaml.YAMLError as error:
        return _unreadable(name, kind, Fault(name, 0, "", f"not readable as YAML: {error}"))
    except RecursionError:
        return _unreadable(name, kind, Fault(name, 0, "", "not readable as YAML: nested too deep"))
    if node is None:
        return _unreadable(name, kind, Fault(name, 1, "", "the file is empty"))
    return SchemaFile(name, kind, content, reading.lines, tuple(reading.faults))


class _Yaml:
    """Turns nodes into values, and records their lines."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []
        self.visited: set[int] = set()

    def value(self, node: yaml.Node, place: Place, loader: yaml.SafeLoader) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self.visited:
            return self._refuse(node, place, "aliases (*name) are not allowed; write the value out")
        self.visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place, loader)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, number), loader) for number, item in enumerate(node.value)]
        try:
            return loader.construct_object(node)
        except (ValueError, yaml.constructor.ConstructorError):
            return self._refuse(node, place, f"{node.value!r} is not a valid YAML value, such as a calendar date")

    def _mapping(self, node: yaml.MappingNode, place: Place, loader: yaml.SafeLoader) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(key, place, "a key must be a string")
            elif key.value in found:
                self._refuse(key, (*place, key.value), "the key is repeated")
            else:
                here = (*place, key.value)
                self.lines[here] = key.start_mark.line + 1
                found[key.value] = self.value(value, here, loader)
        return found

    def _refuse(self, node: yaml.Node, place: Place, message: str) -> None:
        path = ".".join(map(str, place))
        self.faults.append(Fault(self.name, node.start_mark.line + 1, path, message))


def _parse_toml(name: str, kind: str, text: str) -> SchemaFile:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        return _unreadable(name, kind, Fault(name, int(line[1]) if line else 0, "", f"not readable as TOML: {message}"))
    except RecursionError:
        return _unreadable(name, kind, Fault(name, 0, "", "not readable as TOML: nested too deep"))
    return SchemaFile(name, kind, content, dict(_toml_lines(text)))


def _toml_lines(text: str) -> Iterator[tuple[Place, int]]:
    """Yield the lines of sections and of keys at the beginning of a line, which tomllib does not give."""
    section: Place = ()
    count: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.match(r"\[\[(\w+)\]\]", line):
            count[found[1]] = count.get(found[1], -1) + 1
            section = (found[1], count[found[1]])
            yield section, number
        elif found := re.match(r"\[(\w+)\]", line):
            section = (found[1],)
            yield section, number
        elif found := re.match(r'"?([\w-]+)"?\s*=', line):
            yield (*section, found[1]), number


def _parse_csv(name: str, kind: str, text: str) -> SchemaFile:
    """Read a code list: its header and its rows, each a mapping from columns to cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines: dict[Place, int] = {("header",): 1}
    rows: list[dict[str, str]] = []
    faults: list[Fault] = []
    try:
        header = next(reader, [])
        twice = sorted({column for column in header if header.count(column) > 1})
        faults += [Fault(name, 1, column, "the column is repeated") for column in twice]
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if len(cells) != len(header):
                faults.append(Fault(name, line, "", f"the row has {len(cells)} cells; the header has {len(header)}"))
                continue
            lines["rows", len(rows)] = line
            rows.append(dict(zip(header, cells, strict=False)))
    except csv.Error as error:
        return _unreadable(name, kind, Fault(name, reader.line_num, "", f"not readable as CSV: {error}"))
    return SchemaFile(name, kind, {"header": header, "rows": rows}, lines, tuple(faults))


def structure_faults(file: SchemaFile) -> Iterator[Fault]:
    """Yield the faults in the form of one file: keys, types, and values of a fixed set or form."""
    yield from file.faults
    if file.kind in structure() and file.content is not None:
        for error in _validator(file.kind).iter_errors(file.content):
            yield from _explained(error, file)


@cache
def structure() -> dict[str, Any]:
    """Return what each kind of file may contain, as JSON Schema."""
    return yaml.safe_load(Path(__file__).with_name("structure.yaml").read_text("utf-8"))["$defs"]


@cache
def _validator(kind: str) -> Validator:
    types = Draft202012Validator.TYPE_CHECKER.redefine("date", lambda _, value: _is_date(value))
    kind_of_validator = extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
    return kind_of_validator({"$defs": structure(), "$ref": f"#/$defs/{kind}"})


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _explained(error: ValidationError, file: SchemaFile) -> Iterator[Fault]:
    place, rule, found, schema = _parts(error)
    keys = schema.get("properties", {})
    match error.validator:
        case "additionalProperties":
            for name in found:
                if name not in keys:
                    yield file.fault((*place, name), f"unknown key{one_of(name, keys)}")
        case "required":
            for name in rule:
                if name not in found:
                    yield file.fault(place, f"the key {name!r} is missing")
        case "type":
            wanted = " or ".join(_TYPES[name] for name in ([rule] if isinstance(rule, str) else rule))
            yield file.fault(place, f"must be {wanted}; got {_got(found)}")
        case "enum":
            message = f"must be one of {_listed(rule)}; got {_got(found)}{_close(found, rule)}"
            yield file.fault(place, message)
        case "pattern":
            at = (*place, found) if "propertyNames" in error.absolute_schema_path else place
            yield file.fault(at, f"must be {schema['says']}; got {_got(found)}")
        case "exclusiveMinimum" | "exclusiveMaximum":
            yield file.fault(
                place, f"must be {'above' if 'Min' in str(error.validator) else 'below'} {rule}; got {found}"
            )
        case "uniqueItems":
            twice = [item for number, item in enumerate(found) if item in found[:number]]
            yield file.fault(place, f"{', '.join(map(_got, twice))} is repeated")
        case "minItems" | "minProperties":
            yield file.fault(place, f"must have at least {rule}; got {len(found)}")
        case _:  # maxItems, maxProperties
            yield file.fault(place, f"must have at most {rule}; got {len(found)}")


def _parts(error: ValidationError) -> tuple[Place, Any, Any, dict[str, Any]]:
    """Return the place, the rule, the value, and the schema that contains the rule."""
    schema: Any = error.schema
    return tuple(error.absolute_path), error.validator_value, error.instance, schema


def _got(found: Any) -> str:
    """Return a value as written in the file, as far as possible, with its type if that is the problem."""
    if found is None:
        return "nothing"
    if isinstance(found, bool):  # which YAML also makes of yes, no, on and off
        return f"the Boolean {str(found).lower()}"
    if isinstance(found, (dict, list)):
        return "a mapping" if isinstance(found, dict) else "a list"
    if isinstance(found, (int, float)):
        return f"the number {found}"
    return f"the date {found}" if isinstance(found, date) else repr(found)


def _listed(names: Iterable[Any]) -> str:
    return ", ".join(map(str, names))


def _close(found: Any, names: Iterable[Any]) -> str:
    return suggestion(found, map(str, names)) if isinstance(found, str) else ""
