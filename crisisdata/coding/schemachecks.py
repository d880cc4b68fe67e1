"""Faults in schema files beyond the form of each: contradictions between keys and between files.

A check ignores what has already been reported, so that all faults in all files are found in one run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from crisisdata._events.countries import folded
from crisisdata.coding.faults import Fault, one_of
from crisisdata.coding.schemafiles import (
    AGREEMENT,
    ATTRIBUTES,
    CODE_COLUMNS,
    COUNTRY_COLUMNS,
    COUNTRY_NAMES,
    PACKAGE,
    Place,
    SchemaFile,
    structure_faults,
)

Rules = Mapping[tuple[str, str], tuple[str, ...]]
"""The fields that each rule computes, by table and name. `{list}` in one means each code of a code list, and
`{list.attribute}` each value of an attribute of its codes."""

DATE_PRECISION = "date_precision"
"""The code list of the precision that is published with each uncertain date."""
CODED = "coded"
"""The group of the tables that coders write, on whose variables agreement is measured."""
EVIDENCE = "evidence"
"""The table whose rows are nested in the rows of all others."""
FIPS = "fips"
"""The country codes that are not a column of `countries`, because only a layout lists them."""

_ANY_TABLE = "*"
_COUNTRIES = "countries"
_NUMBERS = ("integer", "number")
# The types of fields that a key has a meaning for.
_FITS = {
    "codes": ("string",),
    "references": ("string",),
    "separator": ("string",),
    "format": ("string",),
    "default": ("string",),
    "label": ("string",),
    "edtf": ("date",),
    "unit": _NUMBERS,
}
_CONSTRAINT_FITS = {"pattern": ("string",), "minimum": _NUMBERS, "maximum": _NUMBERS}
# Keys that say two different things of where a value comes from, or of which values there are.
_EXCLUSIVE = [("derived", "filled"), ("derived", "default"), ("filled", "default"), ("codes", "references")]
_CODE = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_OF_TYPE = {"integer": _INTEGER, "number": re.compile(r"-?\d+(\.\d+)?", re.ASCII)}

Entry = dict[str, Any]


def schema_faults(files: Mapping[str, SchemaFile], rules: Rules | None = None) -> list[Fault]:
    """Return all faults in the schema files, in the order of files and lines.

    Parameters
    ----------
    files
        What `read_schema_files` returned.
    rules
        The rules that compute columns. None leaves `derived` unchecked.
    """
    return sorted({*chain.from_iterable(map(form_faults, files.values())), *cross_faults(files, rules)})


def form_faults(file: SchemaFile) -> Iterator[Fault]:
    """Yield the faults in one file, whatever the others say."""
    yield from structure_faults(file)
    if file.kind == "code_list" and file.content is not None:
        yield from _codes(file)


def cross_faults(files: Mapping[str, SchemaFile], rules: Rules | None = None) -> Iterator[Fault]:
    """Yield the faults beyond the form of each file."""
    content = _Content(files)
    checks: list[Callable[[_Content], Iterator[Fault]]] = [
        _fields,
        _groups,
        _tables,
        _raw,
        _attributes,
        _code_lists,
        _unused_code_lists,
        _layouts,
        _country_columns,
        _country_names,
        _agreement,
    ]
    for check in checks:
        yield from check(content)
    if rules is not None:
        yield from _derived(content, rules)


class _Content:
    """The parts of the files that have the right form; other parts are empty."""

    def __init__(self, files: Mapping[str, SchemaFile]) -> None:
        self.package_file = files[PACKAGE]
        self.package = _mapping(files[PACKAGE].content)
        self.agreement_file = files[AGREEMENT]
        self.agreement = _mapping(_mapping(files[AGREEMENT].content).get("variables"))
        self.attributes_file = files[ATTRIBUTES]
        self.attributes = {
            name: {column: _mapping(entry) for column, entry in _mapping(columns).items()}
            for name, columns in _mapping(files[ATTRIBUTES].content).items()
        }
        self.country_columns_file = files[COUNTRY_COLUMNS]
        self.country_columns = {name: _texts(names) for name, names in _mapping(files[COUNTRY_COLUMNS].content).items()}
        self.country_names_file = files[COUNTRY_NAMES]
        self.country_names = {iso3: _texts(names) for iso3, names in _mapping(files[COUNTRY_NAMES].content).items()}
        self.table_files = {file.stem: file for file in files.values() if file.kind == "table"}
        self.tables = {name: _mapping(file.content) for name, file in self.table_files.items()}
        self.fields = {
            name: [(number, _mapping(entry)) for number, entry in enumerate(_list(table.get("fields")))]
            for name, table in self.tables.items()
        }
        self.code_files = {file.stem: file for file in files.values() if file.kind == "code_list"}
        self.codes = {name: _mapping(file.content).get("rows", []) for name, file in self.code_files.items()}
        self.layouts = [(file, _mapping(file.content)) for file in files.values() if file.kind == "layout"]

    def names(self, table: str) -> list[str]:
        """Return the names of the fields of a table."""
        return [name for _, entry in self.fields.get(table, []) if (name := _text(entry, "name"))]

    def field(self, table: str, name: str) -> Entry:
        """Return a field of a table by its name."""
        return self.numbered(table, name)[1]

    def numbered(self, table: str, name: str) -> tuple[int, Entry]:
        """Return a field of a table by its name, with its position."""
        return next((pair for pair in self.fields.get(table, []) if pair[1].get("name") == name), (0, {}))

    def key(self, table: str) -> list[str]:
        return _texts(self.tables.get(table, {}).get("primaryKey"))

    def raw(self, table: str) -> Entry:
        return _mapping(self.tables.get(table, {}).get("raw"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]


def _text(entry: Entry, key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None


def _unknown(kind: str, name: object, known: Any, where: str = "") -> str:
    return f"unknown {kind} {name!r}{where and f' {where}'}{one_of(name, known)}"


def _groups(content: _Content) -> Iterator[Fault]:
    first: dict[str, str] = {}
    file = content.package_file
    for group, entry in _mapping(content.package.get("groups")).items():
        for number, table in enumerate(_texts(_mapping(entry).get("tables"))):
            place: Place = ("groups", group, "tables", number)
            if table not in content.tables:
                yield file.fault(place, _unknown("table", table, content.tables))
            elif table in first:
                yield file.fault(place, f"{table!r} is already in the group {first[table]!r}")
            first.setdefault(table, group)
    for name, table_file in content.table_files.items():
        if name not in first:
            yield table_file.fault(
                (), "no group in package.yaml lists this table; add the table to a group, or delete the file"
            )
        elif (written := _text(content.tables[name], "group")) not in (None, first[name]):
            message = f"package.yaml lists the table in the group {first[name]!r}; got {written!r}"
            yield table_file.fault(("group",), message)


def _tables(content: _Content) -> Iterator[Fault]:
    for name, file in content.table_files.items():
        written = _text(content.tables[name], "name")
        if written not in (None, name):
            yield file.fault(("name",), f"must be the file name, {name!r}; got {written!r}")
        names = content.names(name)
        for number, key in enumerate(content.key(name)):
            place: Place = ("primaryKey", number)
            if key not in names:
                yield file.fault(place, _unknown("field", key, names))
            elif _mapping(content.field(name, key).get("constraints")).get("required") is not True:
                yield file.fault(
                    place, f"the field {key!r} is part of the key and must have constraints: required: true"
                )
        yield from _ascending(content, name, file)
        labels = [number for number, entry in content.fields[name] if entry.get("label") is True]
        yield from (file.fault(("fields", n, "label"), "the table already has a label field") for n in labels[1:])


def _ascending(content: _Content, table: str, file: SchemaFile) -> Iterator[Fault]:
    names = content.names(table)
    for number, group in enumerate(_list(content.tables[table].get("ascending"))):
        kinds = set()
        for position, name in enumerate(_texts(group)):
            place: Place = ("ascending", number, position)
            if name not in names:
                yield file.fault(place, _unknown("field", name, names))
                continue
            entry = content.field(table, name)
            kind = entry.get("type")
            if kind not in ("date", *_NUMBERS):
                yield file.fault(place, f"must be a date or a number; {name!r} is of type {kind}")
            elif "derived" in entry:
                yield file.fault(place, f"{name!r} is computed; only variables that coders write can be listed")
            kinds.add("number" if kind in _NUMBERS else kind)
        if len(kinds) > 1:
            yield file.fault(("ascending", number), "dates and numbers cannot be ordered together")


def _fields(content: _Content) -> Iterator[Fault]:
    for table, fields in content.fields.items():
        file = content.table_files[table]
        published: dict[str, str] = {}
        for number, entry in fields:
            place: Place = ("fields", number)
            yield from _field(content, file, place, entry)
            if not (name := _text(entry, "name")):
                continue
            suffixes = ("", "_latest", "_precision") if entry.get("edtf") is True else ("",)
            for column in (f"{name}{suffix}" for suffix in suffixes):
                if column in published:
                    message = f"the field {published[column]!r} already produces the column {column!r}"
                    yield file.fault((*place, "name"), message)
                published.setdefault(column, name)


def _field(content: _Content, file: SchemaFile, place: Place, entry: Entry) -> Iterator[Fault]:
    kind = entry.get("type")
    for key in entry:
        types = _FITS.get(key)
        if types and entry[key] and isinstance(kind, str) and kind not in types:
            yield file.fault((*place, key), f"{key} is only for fields of type {' or '.join(types)}; got {kind}")
    for one, other in _EXCLUSIVE:
        if entry.get(one) and entry.get(other):
            yield file.fault((*place, other), f"{other} and {one} are mutually exclusive")
    codes, references = _text(entry, "codes"), _text(entry, "references")
    if codes is not None and codes not in content.codes:
        yield file.fault((*place, "codes"), _unknown("code list", codes, content.codes))
    if references is not None:
        yield from _reference(content, file, (*place, "references"), references)
    default = _text(entry, "default")
    if default is not None and codes in content.codes:
        known = [row.get("code", "") for row in content.codes[codes]]
        if default not in known:
            yield file.fault((*place, "default"), _unknown("code", default, known, f"in the list {codes!r}"))
    if kind == "date" and not entry.get("edtf") and "derived" not in entry:
        yield file.fault((*place, "type"), "a date that coders write may be uncertain: it needs edtf: true")
    if kind == "date" and entry.get("edtf") and DATE_PRECISION not in content.codes:
        yield file.fault(
            (*place, "edtf"), f"uncertain dates need the code list {DATE_PRECISION!r}, which does not exist"
        )
    yield from _constraints(file, (*place, "constraints"), entry)


def _reference(content: _Content, file: SchemaFile, place: Place, table: str) -> Iterator[Fault]:
    if table not in content.tables:
        yield file.fault(place, _unknown("table", table, content.tables))
    elif len(content.key(table)) > 1:
        yield file.fault(place, f"the key of {table} has several columns, so one column cannot refer to it")


def _constraints(file: SchemaFile, place: Place, entry: Entry) -> Iterator[Fault]:
    kind, limits = entry.get("type"), _mapping(entry.get("constraints"))
    if not limits:
        return
    for key, types in _CONSTRAINT_FITS.items():
        if key in limits and isinstance(kind, str) and kind not in types:
            yield file.fault((*place, key), f"{key} is only for fields of type {' or '.join(types)}; got {kind}")
    for key in ("minimum", "maximum"):
        if kind == "integer" and isinstance(limits.get(key), float):
            yield file.fault((*place, key), f"must be an integer, like the field; got {limits[key]}")
    low, high = limits.get("minimum"), limits.get("maximum")
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
        yield file.fault((*place, "maximum"), f"the maximum {high} is below the minimum {low}")
    pattern = limits.get("pattern")
    if isinstance(pattern, str):
        try:
            re.compile(pattern)
        except re.error as error:
            yield file.fault((*place, "pattern"), f"{pattern!r} is not a valid regular expression: {error}")
        for key in ("codes", "references", "separator"):
            if key in entry:
                yield file.fault((*place, "pattern"), f"pattern and {key} are mutually exclusive")


def _raw(content: _Content) -> Iterator[Fault]:
    """Yield faults in where the rows of a table come from: a file, the rows of another table, or the build."""
    homes: dict[tuple[str, str], str] = {}
    for table, file in content.table_files.items():
        raw = content.raw(table)
        if "raw" in content.tables[table]:
            yield from _raw_form(content, table, file, raw)
        home = (_text(raw, "parent") or "", _text(raw, "key" if "parent" in raw else "file") or "")
        if home[1] and home in homes:
            yield file.fault(("raw",), f"{home[1]!r} already contains the rows of {homes[home]}")
        homes.setdefault(home, table)
        yield from _filled(content, table, file, raw)


def _raw_form(content: _Content, table: str, file: SchemaFile, raw: Entry) -> Iterator[Fault]:
    if ("file" in raw) == ("parent" in raw):
        yield file.fault(("raw",), "must name either the file or the parent of the rows")
        return
    if not any("derived" not in entry and not entry.get("filled") for _, entry in content.fields[table]):
        yield file.fault(("raw",), "no field of the table is written by a coder; delete raw")
    in_csv = str(raw.get("file", "")).endswith(".csv")
    if in_csv:
        yield from (
            file.fault(("raw", key), f"{key} is not allowed for a CSV file") for key in ("key", "keys") if key in raw
        )
        return
    if "key" not in raw:
        yield file.fault(("raw",), "the key 'key' is missing; it names the section with the rows in a YAML file")
    if "parent" not in raw:
        if len(content.key(table)) > 1:
            yield file.fault(("primaryKey",), "the key of rows in a YAML file must be one column")
        return
    if "keys" in raw:
        yield file.fault(("raw", "keys"), "keys is only for tables with their own file")
    parent = raw["parent"]
    if (parent == _ANY_TABLE) != (table == EVIDENCE):
        yield file.fault(("raw", "parent"), f"the parent {_ANY_TABLE!r} is only for the table {EVIDENCE}")
    elif parent != _ANY_TABLE:
        yield from _parent(content, table, file, parent, raw.get("key"))


def _parent(content: _Content, table: str, file: SchemaFile, parent: Any, key: Any) -> Iterator[Fault]:
    nesting = [name for name in content.tables if "key" in content.raw(name) and name not in (table, EVIDENCE)]
    if parent not in nesting:
        yield file.fault(("raw", "parent"), _unknown("parent table", parent, nesting))
        return
    if key in (*content.names(parent), "id", EVIDENCE):
        yield file.fault(("raw", "key"), f"{key!r} is already a key of the rows of {parent}")
    if len(content.key(table)) > 1:
        yield file.fault(("primaryKey",), "the key of rows in a YAML file must be one column")
    # Rows that bear on several parents name them in a list, whose first is that of the file.
    fields = [content.field(table, name) for name in content.names(table)]
    if any(field.get("parent") and field.get("references") == parent for field in fields):
        return
    for name in content.key(parent):
        if content.field(table, name).get("references") != parent:
            message = f"a table within {parent} needs the field {name!r} with references: {parent} and filled: true"
            yield file.fault(("fields",), message)


def _filled(content: _Content, table: str, file: SchemaFile, raw: Entry) -> Iterator[Fault]:
    """Yield fields that say that the build fills them although it does not, and the reverse."""
    if "raw" not in content.tables[table]:
        for number, entry in content.fields[table]:
            if not entry.get("filled") and "derived" not in entry:
                message = "no rows are written for a table without raw; the field must be derived or filled"
                yield file.fault(("fields", number), message)
        return
    parent = raw.get("parent")
    fills = content.key(table) if parent == _ANY_TABLE else content.key(parent) if isinstance(parent, str) else []
    for number, entry in content.fields[table]:
        if (entry.get("name") in fills) != (entry.get("filled") is True):
            says = f"the build fills {', '.join(fills) or 'none'} of this table"
            yield file.fault(
                ("fields", number), f"{says}: {'take filled out' if entry.get('filled') else 'add filled: true'}"
            )


def _attributes(content: _Content) -> Iterator[Fault]:
    file = content.attributes_file
    for name, columns in content.attributes.items():
        if name not in content.code_files:
            yield file.fault((name,), _unknown("code list", name, content.code_files))
        for column, entry in columns.items():
            place: Place = (name, column)
            if column in CODE_COLUMNS:
                yield file.fault(place, f"every code list already has the column {column!r}")
            if len({"codes", "values", "type"} & set(entry)) > 1:
                yield file.fault(place, "type, values and codes are mutually exclusive")
            first = next(each for each in content.attributes.values() if column in each)[column]
            if entry.get("type") != first.get("type"):
                yield file.fault(place, f"{column!r} must have one type in all code lists that have it")
            codes = _text(entry, "codes")
            if codes is not None and codes not in content.codes:
                yield file.fault((*place, "codes"), _unknown("code list", codes, content.codes))


def _code_lists(content: _Content) -> Iterator[Fault]:
    for name, file in content.code_files.items():
        if file.content is None:
            continue
        attributes = content.attributes.get(name, {})
        columns, header = [*CODE_COLUMNS, *attributes], file.content["header"]
        for column in header:
            if column not in columns:
                says = f"unknown column{one_of(column, columns)}"
                yield file.fault(
                    (column,), f"{says} (columns of one list are declared in {content.attributes_file.name})"
                )
        missing = [column for column in columns if column not in header]
        yield from (file.fault((column,), "the column is missing") for column in missing)
        for number, row in enumerate(content.codes[name]):
            for column, entry in attributes.items():
                yield from _attribute(content, file, ("rows", number, column), row.get(column), entry)


def _codes(file: SchemaFile) -> Iterator[Fault]:
    rows = file.content["rows"]
    if not rows:
        yield file.fault((), "the list has no codes")
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(rows):
        place: Place = ("rows", number)
        yield from _code(file, place, row)
        for column in ("code", "label"):
            key = (column, row.get(column, ""))
            if key[1] and key in seen:
                yield file.fault(place, f"the {column} {key[1]!r} is repeated")
            seen.add(key)
    yield from _scale(file, rows)


def _code(file: SchemaFile, place: Place, row: Mapping[str, str]) -> Iterator[Fault]:
    code = row.get("code")
    if code is not None and not _CODE.fullmatch(code):
        message = (
            f"{code!r} is not a valid code; use lower-case letters without accents, digits, underscores and hyphens"
        )
        yield file.fault((*place, "code"), message)
    for column in ("label", "definition"):
        if row.get(column, "?") == "":
            yield file.fault((*place, column), "a value is required here")
    for column, cell in row.items():
        if cell != " ".join(cell.split()):
            yield file.fault((*place, column), f"{cell!r} has leading, trailing or repeated spaces, or a line break")


def _attribute(content: _Content, file: SchemaFile, place: Place, value: str | None, entry: Entry) -> Iterator[Fault]:
    if value is None:  # the column is missing, which is said already
        return
    if not value:
        if entry.get("required") is True:
            yield file.fault(place, "a value is required here")
        return
    if (pattern := _OF_TYPE.get(str(entry.get("type")))) and not pattern.fullmatch(value):
        yield file.fault(place, f"must be of type {entry['type']}; got {value!r}")
    codes = _text(entry, "codes")
    allowed = [row.get("code", "") for row in content.codes.get(codes or "", [])] or _texts(entry.get("values"))
    if allowed and value not in allowed:
        yield file.fault(place, f"unknown value {value!r}{one_of(value, allowed)}")


def _scale(file: SchemaFile, rows: list[dict[str, str]]) -> Iterator[Fault]:
    """Yield faults in the numbers of a list: ascending integers, for all codes or for none."""
    values = [row.get("value", "") for row in rows]
    before = None
    for number, value in enumerate(values):
        place: Place = ("rows", number, "value")
        if not value:
            if any(values):
                yield file.fault(place, "other codes of the list have a value; give one to all codes, or to none")
        elif not _INTEGER.fullmatch(value):
            yield file.fault(place, f"must be an integer; got {value!r}")
        else:
            if before is not None and int(value) <= before:
                yield file.fault(place, f"{value} must be above {before}: a scale runs from low to high")
            before = int(value)


def _unused_code_lists(content: _Content) -> Iterator[Fault]:
    fields = [entry for entries in content.fields.values() for _, entry in entries]
    used = {_text(entry, "codes") for entry in fields}
    used |= {_text(entry, "codes") for columns in content.attributes.values() for entry in columns.values()}
    if any(entry.get("edtf") for entry in fields):
        used.add(DATE_PRECISION)
    for name, file in content.code_files.items():
        if name not in used:
            yield file.fault((), "no variable uses this code list; name it in a variable's `codes`, or delete the file")


def _layouts(content: _Content) -> Iterator[Fault]:
    for file, layout in content.layouts:
        if _text(layout, "name") not in (None, file.stem):
            yield file.fault(("name",), f"must be the file name, {file.stem!r}; got {layout['name']!r}")
        columns = [*_texts(layout.get("columns")), *_texts(layout.get("other_columns"))]
        for place, column in _named_columns(layout):
            if isinstance(column, str) and column not in columns:
                yield file.fault(place, _unknown("column", column, columns, "in `columns`"))
        day = _mapping(layout.get("date"))
        if ("column" in day) == ("parts" in day):
            yield file.fault(("date",), "must have either column or parts")
        if "parts" in day and "format" in day:
            yield file.fault(("date", "format"), "format and parts are mutually exclusive")
        uses_fips = False
        for number, entry in enumerate(_list(layout.get("country"))):
            codes = _text(_mapping(entry), "codes")
            if codes is not None and codes not in content.country_columns:
                known = content.country_columns
                yield file.fault(("country", number, "codes"), _unknown("kind of country code", codes, known))
            uses_fips = uses_fips or codes == FIPS
        if uses_fips != (FIPS in layout):
            yield file.fault(
                (FIPS,), f"a layout has the codes [{FIPS}] if and only if a column of countries has codes = {FIPS!r}"
            )


def _named_columns(layout: Entry) -> Iterator[tuple[Place, Any]]:
    """Yield each place of a layout that names one of its columns."""
    for key in ("types", "rows", "missing"):
        yield from (((key, name), name) for name in _mapping(layout.get(key)))
    yield from (((("marks", number)), name) for number, name in enumerate(_list(layout.get("marks"))))
    yield from ((("csv", "looks_like", name), name) for name in _mapping(_mapping(layout.get("csv")).get("looks_like")))
    day = _mapping(layout.get("date"))
    yield ("date", "column"), day.get("column")
    yield ("date", "year"), day.get("year")
    yield from ((("date", "parts", number), name) for number, name in enumerate(_list(day.get("parts"))))
    for number, entry in enumerate(_list(layout.get("country"))):
        yield ("country", number, "column"), _mapping(entry).get("column")
    yield ("precision", "column"), _mapping(layout.get("precision")).get("column")


def _country_columns(content: _Content) -> Iterator[Fault]:
    file, known = content.country_columns_file, [*content.names(_COUNTRIES), FIPS]
    first: dict[str, str] = {}
    for kind, names in content.country_columns.items():
        if kind not in known:
            yield file.fault((kind,), _unknown("column", kind, known, f"in {_COUNTRIES}"))
        for number, name in enumerate(names):
            if name.lower() in first:
                yield file.fault((kind, number), f"{name!r} is already a name of {first[name.lower()]}")
            first.setdefault(name.lower(), kind)


def _country_names(content: _Content) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for iso3, names in content.country_names.items():
        for number, name in enumerate(names):
            if first.setdefault(folded(name), iso3) != iso3:
                message = f"{name!r} is already a name of {first[folded(name)]}"
                yield content.country_names_file.fault((iso3, number), message)


def _agreement(content: _Content) -> Iterator[Fault]:
    """Yield coded variables without an entry for agreement, and levels that do not fit a variable."""
    file = content.agreement_file
    coded = _texts(_mapping(_mapping(content.package.get("groups")).get(CODED)).get("tables"))
    for table, variables in content.agreement.items():
        if table not in coded:
            yield file.fault(("variables", table), _unknown("table", table, coded, f"in the group {CODED!r}"))
            continue
        written = _written(content, table)
        for name, entry in _mapping(variables).items():
            place: Place = ("variables", table, name)
            if name not in written:
                yield file.fault(place, _unknown("coded variable", name, written, f"in {table}"))
            else:
                yield from _level(content, file, place, _mapping(entry), content.field(table, name))
    for table in coded:
        listed = _mapping(content.agreement.get(table))
        for name in _written(content, table):
            if name not in listed:
                message = f"the coded variable {table}.{name} is missing; add its kind and level of measurement"
                yield file.fault(("variables", table) if table in content.agreement else ("variables",), message)


def _written(content: _Content, table: str) -> list[str]:
    """Return the variables of a table that a coder writes, except its key."""
    entries = [(name, content.field(table, name)) for name in content.names(table)]
    written = [name for name, entry in entries if "derived" not in entry and not entry.get("filled")]
    return [name for name in written if name not in content.key(table)]


def _level(content: _Content, file: SchemaFile, place: Place, entry: Entry, field: Entry) -> Iterator[Fault]:
    level = _text(entry, "level")
    if (level is None) != (entry.get("kind") in ("prose", "assigned")):
        yield file.fault(place, "manifest and latent variables must have a level; other variables must not")
    rows = content.codes.get(_text(field, "codes") or "", [])
    empty, codes = _text(entry, "empty"), [row.get("code", "") for row in rows]
    if empty is not None and (empty not in codes or _mapping(field.get("constraints")).get("required")):
        yield file.fault((*place, "empty"), "must be a code of a variable that may be empty")
    if level is None:
        return
    kind = field.get("type")
    if kind in _NUMBERS:
        fits = ["ratio"]
    elif kind == "date":
        fits = ["interval"]
    elif "separator" in field:
        fits = ["set"]
    elif rows and all(row.get("value") for row in rows):
        fits = ["ordinal"]
    elif "codes" in field or "references" in field:
        fits = ["nominal"]
    else:
        fits = ["words", "nominal"]
    if level not in fits:
        yield file.fault((*place, "level"), f"must be {' or '.join(fits)} for this variable; got {level!r}")


def _derived(content: _Content, rules: Rules) -> Iterator[Fault]:
    """Yield fields whose rule does not exist or does not compute them, and rules whose fields do not exist."""
    computed = {key: list(_expanded(names, content)) for key, names in rules.items()}
    said: dict[tuple[str, str], set[str]] = {}
    for table, fields in content.fields.items():
        file = content.table_files[table]
        of_table = {rule: names for (where, rule), names in computed.items() if where == table}
        for number, entry in fields:
            rule, name = _text(entry, "derived"), _text(entry, "name")
            if rule is None:
                continue
            place: Place = ("fields", number, "derived")
            said.setdefault((table, rule), set()).add(name or "")
            if rule not in of_table:
                yield file.fault(place, _unknown("rule", rule, of_table, f"for {table}"))
            elif name and name not in of_table[rule]:
                yield file.fault(
                    place, f"the rule {rule!r} does not compute {name!r}; it computes {', '.join(of_table[rule])}"
                )
    for (table, rule), names in computed.items():
        if (table_file := content.table_files.get(table)) is None:
            continue
        for name in names:
            if name not in said.get((table, rule), set()):
                number, entry = content.numbered(table, name)
                if not entry:
                    yield table_file.fault(
                        ("fields",), f"the rule {rule!r} computes {name!r}, which is not a field of the table"
                    )
                elif not entry.get("filled"):
                    message = f"the rule {rule!r} computes {name!r}; its field must have derived: {rule}"
                    yield table_file.fault(("fields", number), message)


def _expanded(names: tuple[str, ...], content: _Content) -> Iterator[str]:
    """Yield names of fields with each code of a list, or each value of an attribute, in place of `{…}`."""
    for name in names:
        found = re.search(r"\{(\w+)(?:\.(\w+))?\}", name)
        if found is None:
            yield name
            continue
        if found[2]:
            parts = _texts(content.attributes.get(found[1], {}).get(found[2], {}).get("values"))
        else:
            parts = [row.get("code", "") for row in content.codes.get(found[1], [])]
        yield from (name.replace(found[0], part) for part in parts)
