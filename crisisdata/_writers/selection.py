"""What an export contains: tables of one edition, and what their columns and codes mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._legacy import rows_of
from crisisdata.errors import ArgumentError, ExportError

if TYPE_CHECKING:
    import pyarrow as pa

_LARGEST_EXACT = 2**53  # where numbers are floats of 64 bits
_CODEBOOK = {
    "table_name": "Table.",
    "variable": "Column of the table.",
    "type": "Type of its values.",
    "unit": "Unit of its values.",
    "codes": "Its code list, whose codes the table codes explains.",
    "description": "What it means.",
    "rule": "For a computed column, the rule.",
    "derived_from": "The tables that the rule uses.",
}
_ANALYSIS, _BEFORE_1 = "reactions", "responses"
"""The table for analysis, and the one that had a row for each actor, act and episode before edition 1.0."""
_ABOUT = {"name": "What is said.", "value": "What it is."}


@dataclass(frozen=True)
class Sheet:
    """One table to be written: its descriptor and its rows."""

    resource: dict[str, Any]
    rows: pa.Table

    @property
    def name(self) -> str:
        return self.resource["name"]

    @property
    def fields(self) -> list[dict[str, Any]]:
        return self.resource["schema"]["fields"]

    @property
    def primary_key(self) -> list[str]:
        return self.resource["schema"]["primaryKey"]

    @property
    def foreign_keys(self) -> list[tuple[str, str, str]]:
        """Column, table referred to, and its key; only for tables in the export."""
        keys = self.resource["schema"]["foreignKeys"]
        return [
            (key["fields"][0], key["reference"]["resource"] or self.name, key["reference"]["fields"][0]) for key in keys
        ]

    def with_labels(self) -> Sheet:
        """Return the table with a column of labels next to each coded column whose labels say more than its codes."""
        import pyarrow as pa

        fields: list[dict[str, Any]] = []
        columns: list[Any] = []
        for field, values in self.columns():
            fields.append(field)
            columns.append(self.rows[field["name"]])
            labels = {each["value"]: each["label"] for each in field.get("categories", ())}
            if any(label.casefold() != code.replace("_", " ") for code, label in labels.items()):
                text = f"Label of the code in {field['name']}."
                fields.append({"name": f"{field['name']}_label", "type": "string", "description": text})
                columns.append(pa.array([None if value is None else labels[value] for value in values], pa.string()))
        rows = pa.Table.from_arrays(columns, names=[field["name"] for field in fields])
        return Sheet({**self.resource, "schema": {**self.resource["schema"], "fields": fields}}, rows)

    def columns(self) -> Iterator[tuple[dict[str, Any], list[Any]]]:
        """Yield each field with its values; a missing value is None, and a code is its text."""
        for field in self.fields:
            yield field, self.rows[field["name"]].to_pylist()


@dataclass(frozen=True)
class Selection:
    """Tables of one edition, to be exported together."""

    edition: Edition
    tables: tuple[str, ...]

    @classmethod
    def of(cls, edition: Edition, tables: Iterable[str] | str | None) -> Selection:
        """Return the tables named, or all, in the order of the edition."""
        names = edition.tables if tables is None else [tables] if isinstance(tables, str) else list(tables)
        if not names:
            raise ArgumentError("tables must name at least one table; None, the default, means all.")
        for name in names:
            edition.resource(name)
        return cls(edition, tuple(name for name in edition.tables if name in names))

    @cached_property
    def sheets(self) -> list[Sheet]:
        return [self.sheet(name) for name in self.tables]

    def sheet(self, table: str) -> Sheet:
        """Return a table of the edition, with the references that can be followed within the export.

        In a published edition, every reference can be followed; a custom edition may refer to records of a published
        one. A computed column that names a row of a table that refers back to its own, such as the first poll of an
        episode, has no reference either: neither table could be filled before the other.
        """
        resource = self.edition.resource(table)
        keys = [key for key in resource["schema"]["foreignKeys"] if self._can_be_followed(key, table)]
        return Sheet({**resource, "schema": {**resource["schema"], "foreignKeys": keys}}, self._rows(table))

    def _can_be_followed(self, key: dict[str, Any], table: str) -> bool:
        target = key["reference"]["resource"] or table
        if target not in self.tables or self._goes_back(key["fields"][0], table, target):
            return False
        found = set(self._rows(target)[key["reference"]["fields"][0]].to_pylist())
        return found.issuperset(self._rows(table)[key["fields"][0]].drop_null().to_pylist())

    def _goes_back(self, column: str, table: str, target: str) -> bool:
        """Say whether a column is computed and the table that it names refers to its own."""
        schema = self.edition.resource(table)["schema"]
        computed = any(field["name"] == column and "derived" in field for field in schema["fields"])
        back = self.edition.resource(target)["schema"]["foreignKeys"]
        return computed and target != table and any(key["reference"]["resource"] == table for key in back)

    def _rows(self, table: str) -> pa.Table:
        from crisisdata._load import load

        return load(table, self.edition, as_="arrow")  # type: ignore[call-overload]

    @cached_property
    def codebook(self) -> Sheet:
        """What each column means."""
        import pyarrow as pa

        from crisisdata._codebook import codebook

        rows = []
        for table in self.tables:
            book = codebook(table, version=self.edition).reset_index()  # type: ignore[arg-type]
            rows += [
                {"table_name": table, **row} for row in pa.Table.from_pandas(book, preserve_index=False).to_pylist()
            ]
        return text_sheet("codebook", "What each column means.", _CODEBOOK, rows, ["table_name", "variable"])

    @property
    def about(self) -> dict[str, str]:
        """Information about the file, for whoever opens it."""
        descriptor = self.edition.descriptor
        return {
            "title": descriptor["title"],
            "edition": self.edition.label.removeprefix("edition "),
            "coded to": descriptor["asOf"],
            "how it was coded": descriptor["coding"],
            "licence": ", ".join(f"{licence['title']}: {licence['path']}" for licence in descriptor["licenses"]),
            "citation": descriptor["citation"],
        }

    @property
    def about_sheet(self) -> Sheet:
        rows = [{"name": name, "value": value} for name, value in self.about.items()]
        return text_sheet("about", "Information about this file.", _ABOUT, rows, ["name"])

    def label(self, code_list: str, code: str) -> str:
        """Return the label of a code."""
        return next(row["label"] for row in self._codes if (row["code_list"], row["code"]) == (code_list, code))

    def merges(self, sheet: Sheet) -> dict[str, Sheet]:
        """Return the tables that can be merged with a table, by the column that has the name of their key."""
        return {
            column: self.sheet(target)
            for column, target, key in sheet.foreign_keys
            if column == key and target in self.tables and target != sheet.name
        }

    @property
    def for_analysis(self) -> str:
        """The default table for a reader who names none: who reacted to which episode, if the export includes it."""
        return next((name for name in (_ANALYSIS, _BEFORE_1) if name in self.tables), self.tables[0])

    def reasons(self, sheet: Sheet) -> dict[str, dict[int, str]]:
        """Return, for each column with cells that are empty for a stated reason, the reason by row number."""
        stated = self._reasons.get(sheet.name, {})
        keys = zip(*(sheet.rows[part].to_pylist() for part in sheet.primary_key), strict=True) if stated else ()
        found: dict[str, dict[int, str]] = {}
        for number, key in enumerate(keys):
            for variable, reason in stated.get("/".join(map(str, key)), {}).items():
                for column in (variable, f"{variable}_latest", f"{variable}_precision"):  # a date is three columns
                    if column in sheet.rows.column_names:
                        found.setdefault(column, {})[number] = reason
        return found

    @cached_property
    def _reasons(self) -> dict[str, dict[str, dict[str, str]]]:
        found: dict[str, dict[str, dict[str, str]]] = {}
        for row in rows_of("missing_values", self.edition):
            found.setdefault(row["table_name"], {}).setdefault(row["record_id"], {})[row["variable"]] = row["reason"]
        return found

    def numbers(self, field: dict[str, Any]) -> dict[str, int]:
        """Return the number of each code: its value on the scale, otherwise its position in the list."""
        column = "value" if field["categoriesOrdered"] else "sort_order"
        return {row["code"]: row[column] for row in self._codes if row["code_list"] == field["codes"]}

    @cached_property
    def _codes(self) -> list[dict[str, Any]]:
        return rows_of("codes", self.edition)


def text_sheet(
    name: str, title: str, columns: dict[str, str], rows: list[dict[str, Any]], primary_key: list[str]
) -> Sheet:
    """Return a table of texts made for the export: its columns, their meaning, and its rows."""
    import pyarrow as pa

    schema = pa.schema([(column, pa.string()) for column in columns])
    fields = [{"name": column, "type": "string", "description": text} for column, text in columns.items()]
    resource = {
        "name": name,
        "title": title,
        "grain": title,
        "schema": {"fields": fields, "primaryKey": primary_key, "foreignKeys": []},
    }
    return Sheet(resource, pa.Table.from_pylist(rows, schema=schema))


def refuse_unfit(
    sheets: Iterable[Sheet],
    format: str,  # noqa: A002
    *,
    longest: int | None = None,
    floats: bool = False,
    trims: bool = False,
) -> None:
    """Raise if a value would not survive a format.

    Parameters
    ----------
    longest
        Maximum number of UTF-8 bytes in a text.
    floats
        Numbers are 64-bit floats, in which large integers lose their last digits.
    trims
        The format cannot tell missing text from empty text, and drops blanks at the end of a text.
    """
    for sheet in sheets:
        for field, values in sheet.columns():
            for number, value in enumerate(values):
                why = _fault(value, longest, floats=floats, trims=trims)
                if why:
                    what = f"{sheet.name}.{field['name']}, row {number + 1},"
                    raise ExportError.unfit(format, what, why)


def _fault(value: Any, longest: int | None, *, floats: bool, trims: bool) -> str | None:
    if isinstance(value, int) and floats and abs(value) > _LARGEST_EXACT:
        return f"is {value}, an integer of more than 53 bits"
    if not isinstance(value, str):
        return None
    if "\0" in value:
        return "contains a NUL character"
    if trims and (not value or value.endswith(" ")):
        return "ends in a space" if value else "is an empty string, not a missing value"
    if longest is not None and len(value.encode()) > longest:
        return f"has {len(value.encode()):,} bytes, more than {longest:,}"
    return None
