"""The schema: tables with their fields, and code lists, as defined in the schema files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandera.pandas as pandera
import pyarrow as pa

from crisisdata.coding.schemachecks import DATE_PRECISION, Rules, schema_faults
from crisisdata.coding.schemafiles import AGREEMENT, ATTRIBUTES, CODE_COLUMNS, PACKAGE, SchemaFile, read_schema_files
from crisisdata.errors import InvalidSchemaError

TRUST = "trust"
"""The group of tables on agreement between coders, whose values are those of variables of other tables."""
_PACKAGE = Path(__file__).resolve().parents[1]
_PYTHON: dict[str, Callable[[str], str | int | float]] = {"string": str, "integer": int, "number": float}
_ARROW = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "date": pa.date32()}
# Columns that pandera checks are still Python values; they become Arrow types once they are valid.
_NUMERIC = {"integer": "Int64", "number": "float64"}


def schemas_folder() -> Path:
    """Return the folder of the schemas: inside an installed package, otherwise in the checkout."""
    installed = _PACKAGE / "schemas_data"
    return installed if installed.is_dir() else _PACKAGE.parent / "schemas"


@dataclass(frozen=True)
class Code:
    """One code of a code list."""

    code: str
    label: str
    definition: str
    value: int | None = None
    example: str | None = None
    source_id: str | None = None
    attributes: dict[str, str | None] = field(default_factory=dict)
    """The columns that the code list has in addition to those of every list."""


@dataclass(frozen=True)
class Attribute:
    """A column that one code list has in addition to the columns of every list."""

    description: str
    required: bool = False
    type: str = "string"
    codes: str | None = None
    values: tuple[str, ...] = ()

    def typed(self, cell: str | None) -> str | int | float | None:
        """Return a cell of the column as a value of its type."""
        return None if cell is None else _PYTHON[self.type](cell)


@dataclass(frozen=True)
class CodeList:
    """The codes that a variable may take, in order."""

    name: str
    codes: dict[str, Code]
    attributes: dict[str, Attribute] = field(default_factory=dict)

    @property
    def ordered(self) -> bool:
        """Whether the list is an ordinal scale, on which each code has a number."""
        return all(code.value is not None for code in self.codes.values())

    def score(self, code: str) -> int:
        """Return the number of a code on the ordinal scale.

        Raises
        ------
        InvalidSchemaError
            If the list is not a scale, but a rule computes with its numbers.
        """
        value = self.codes[code].value
        if value is None:
            message = "a rule computes with the numbers of this list: give each code a value"
            raise InvalidSchemaError([f"schemas/codes/{self.name}.csv: {message}"])
        return value


@dataclass(frozen=True)
class Field:
    """One variable as written in the schema; a date becomes three published columns."""

    name: str
    type: str
    description: str
    title: str | None = None
    """Title of the variable in figures and on pages, if the words of its name are not enough."""
    constraints: dict[str, Any] = field(default_factory=dict)
    codes: str | None = None
    references: str | None = None
    separator: str | None = None
    unit: str | None = None
    format: str | None = None
    default: str | None = None
    derived: str | None = None
    edtf: bool = False
    filled: bool = False
    label: bool = False
    parent: bool = False
    """Whether the field names the parent where it names nothing else."""

    @property
    def coded(self) -> bool:
        """Whether a coder writes this variable, rather than the build."""
        return not self.filled and self.derived is None

    @property
    def categorical(self) -> bool:
        """Whether a cell contains one code of a list; with a separator, it may contain several, as text."""
        return self.codes is not None and self.separator is None

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    def columns(self) -> Iterator[Field]:
        """Yield the published columns: the field itself, or a date with its last day and its precision."""
        yield replace(self, edtf=False)
        if self.edtf:
            bare = {"required": True} if self.required else {}
            yield replace(
                self,
                name=f"{self.name}_latest",
                title=None,
                edtf=False,
                label=False,
                description=f"Last day on which `{self.name}` can have been; the same day where it is exact.",
            )
            yield Field(
                name=f"{self.name}_precision",
                type="string",
                description=f"How exactly `{self.name}` is known.",
                constraints=bare,
                codes=DATE_PRECISION,
                derived=self.derived,
            )


@dataclass(frozen=True)
class Table:
    """One table: its grain, its population and its variables."""

    name: str
    title: str
    group: str
    grain: str
    population: str
    description: str
    primary_key: tuple[str, ...]
    fields: dict[str, Field]
    raw: dict[str, str] | None = None
    ascending: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def columns(self) -> dict[str, Field]:
        """The published columns, by name."""
        return {column.name: column for item in self.fields.values() for column in item.columns()}

    @property
    def key(self) -> str:
        """Name of the column that identifies a row, for tables whose key is one column."""
        return self.primary_key[0]

    @property
    def writes_key(self) -> bool:
        """Whether a record writes its whole key rather than a short name below that of its file."""
        return self.raw is not None and self.raw.get("keys") == "whole"

    @property
    def evidenced(self) -> bool:
        """Whether each row has its own readings, as rows in YAML do unless they rely on those of their parent."""
        return self.raw is not None and "key" in self.raw and self.name != "evidence" and "evidence" not in self.raw

    @property
    def label(self) -> str | None:
        """Name of the column by which readers recognise a row."""
        return next((item.name for item in self.fields.values() if item.label), None)

    @cached_property
    def coded_fields(self) -> dict[str, Field]:
        """The variables that a coder writes, except the key."""
        return {name: item for name, item in self.fields.items() if item.coded}


@dataclass(frozen=True)
class Schema:
    """All tables and code lists, and what the package says about itself."""

    package: dict[str, Any]
    tables: dict[str, Table] = field(repr=False)
    codes: dict[str, CodeList] = field(repr=False)
    agreement: dict[str, Any] = field(default_factory=dict, repr=False)
    """How agreement on each coded variable is measured, and the value that it must reach."""

    @classmethod
    def read(cls, folder: Path | None = None, rules: Rules | None = None) -> Schema:
        """Read the schema files of a folder.

        Parameters
        ----------
        folder
            Folder of the schemas; by default, that of the package.
        rules
            The rules that compute columns, against which `derived` is checked. `crisisdata.coding.derive.read_schema`
            supplies the existing ones; None leaves `derived` unchecked.

        Raises
        ------
        InvalidSchemaError
            If the files have faults; the error lists all of them.

        Examples
        --------
        >>> Schema.read().tables["actors"].primary_key
        ('actor_id',)
        """
        files = read_schema_files(folder or schemas_folder())
        if faults := schema_faults(files, rules):
            raise InvalidSchemaError(faults)
        return cls._of(files)

    @classmethod
    def _of(cls, files: Mapping[str, SchemaFile]) -> Schema:
        """Make the schema from files without faults."""
        package: dict[str, Any] = files[PACKAGE].content
        attributes = {
            name: {column: _attribute(entry) for column, entry in columns.items()}
            for name, columns in files[ATTRIBUTES].content.items()
        }
        codes = {
            file.stem: _code_list(file, attributes.get(file.stem, {}))
            for file in files.values()
            if file.kind == "code_list"
        }
        found = {file.stem: _table(file.content) for file in files.values() if file.kind == "table"}
        found["codes"] = _with_attributes(found["codes"], codes)
        listed = [name for group in package["groups"].values() for name in group["tables"]]
        return cls(package, {name: found[name] for name in listed}, codes, files[AGREEMENT].content)

    @property
    def version(self) -> str:
        return str(self.package["version"])

    @property
    def is_draft(self) -> bool:
        """Whether the edition is still in preparation and cannot be published."""
        return bool(self.package.get("draft"))

    def for_own_cases(
        self,
        label: str = "own",
        *,
        title: str | None = None,
        author: str | None = None,
        as_of: date | None = None,
        extends: str | None = None,
    ) -> Schema:
        """Return the schema for a custom edition, which must not be published in our name.

        Parameters
        ----------
        label
            Name of the edition, such as ``"niger-2023"``.
        title, author
            For citations.
        as_of
            Coding cutoff date of the countries for which `coverage` gives none.
        extends
            Name of the edition whose rows it also contains.
        """
        said = {"title": title, "author": author, "as_of": as_of, "extends": extends}
        named = {name: value for name, value in said.items() if value}
        own = {**self.package["own"], "label": label, "published": date.today(), "doi": None}
        unknown = {"annotation": dict.fromkeys(self.package["annotation"], own["annotation"])}
        return replace(self, package={**self.package, **own, **unknown, **named})

    def children(self, table: str) -> list[Table]:
        """Return the tables whose rows are nested in rows of this one, except evidence."""
        return self._children.get(table, [])

    @cached_property
    def _children(self) -> dict[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self.tables.values():
            if table.raw and "parent" in table.raw:
                found.setdefault(table.raw["parent"], []).append(table)
        return found

    def roots(self) -> list[Table]:
        """Return the tables that have their own files."""
        return [t for t in self.tables.values() if t.raw and "file" in t.raw]

    @property
    def evidenced(self) -> list[Table]:
        """The tables whose every value needs evidence."""
        return [t for t in self.tables.values() if t.evidenced]

    def arrow(self, table: Table) -> pa.Schema:
        """Return the Arrow schema of a table: coded columns are dictionaries."""
        return pa.schema(
            [pa.field(c.name, self._arrow_type(c), nullable=not c.required) for c in table.columns.values()]
        )

    def _arrow_type(self, column: Field) -> pa.DataType:
        if column.codes and column.categorical:
            return pa.dictionary(pa.int16(), pa.string(), ordered=self.codes[column.codes].ordered)
        return _ARROW[column.type]

    def pandera(self, table: Table) -> pandera.DataFrameSchema:
        """Return the validator of the coded columns of a table."""
        columns = {name: self._pandera_column(item) for name, item in table.coded_fields.items()}
        return pandera.DataFrameSchema(columns, strict=False)

    def _pandera_column(self, item: Field) -> Any:
        checks = []  # `error` names the check in the report, from which `validate` makes its message
        if item.codes and item.categorical:
            checks.append(pandera.Check.isin(list(self.codes[item.codes].codes), error="code"))
        if "pattern" in item.constraints:
            checks.append(pandera.Check.str_matches(rf"^(?:{item.constraints['pattern']})\Z", error="pattern"))
        if "minimum" in item.constraints:
            checks.append(pandera.Check.ge(item.constraints["minimum"], error="minimum"))
        if "maximum" in item.constraints:
            checks.append(pandera.Check.le(item.constraints["maximum"], error="maximum"))
        return pandera.Column(_NUMERIC.get(item.type, object), checks, nullable=not item.required)


def _table(content: Mapping[str, Any]) -> Table:
    plain = {name: value for name, value in content.items() if name not in ("primaryKey", "ascending", "fields")}
    fields = [Field(**entry) for entry in content["fields"]]
    return Table(
        **plain,
        primary_key=tuple(content["primaryKey"]),
        ascending=tuple(map(tuple, content.get("ascending", ()))),
        fields={item.name: item for item in fields},
    )


def _with_attributes(table: Table, codes: Mapping[str, CodeList]) -> Table:
    """Return the table of codes with a column for each attribute that some code list has."""
    lists: dict[str, dict[str, Attribute]] = {}
    for code_list in codes.values():
        for name, attribute in code_list.attributes.items():
            lists.setdefault(name, {})[code_list.name] = attribute
    fields = dict(table.fields)
    for name, of_lists in lists.items():
        said: dict[str, list[str]] = {}
        for code_list_name, attribute in of_lists.items():
            said.setdefault(attribute.description, []).append(f"`{code_list_name}`")
        text = " ".join(f"Of {', '.join(names)}: {each}" for each, names in said.items())
        fields[name] = Field(name, next(iter(of_lists.values())).type, text, filled=True)
    return replace(table, fields=fields)


def _attribute(entry: Mapping[str, Any]) -> Attribute:
    return Attribute(**{**entry, "values": tuple(entry.get("values", ()))})


def _code_list(file: SchemaFile, attributes: dict[str, Attribute]) -> CodeList:
    codes = [_code(row) for row in file.content["rows"]]
    return CodeList(file.stem, {code.code: code for code in codes}, attributes)


def _code(row: Mapping[str, str]) -> Code:
    return Code(
        code=row["code"],
        label=row["label"],
        definition=row["definition"],
        value=int(row["value"]) if row["value"] else None,
        example=row["example"] or None,
        source_id=row["source_id"] or None,
        attributes={name: cell or None for name, cell in row.items() if name not in CODE_COLUMNS},
    )
