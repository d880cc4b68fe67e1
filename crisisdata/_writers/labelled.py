"""Stata and SPSS: numbers with labels."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from crisisdata._writers.dofile import do_file
from crisisdata._writers.format import Format, file_in
from crisisdata._writers.selection import Selection, Sheet, refuse_unfit, text_sheet
from crisisdata.errors import ExportError, needs

with needs("export", "the export to Stata or SPSS"):
    import pyreadstat

# Limits of Stata 14 and later (`help limits`), in characters, and of SPSS, in bytes.
_STATA_NAME, _STATA_LABEL = 32, 80
_STATA_CODED_NAME = 30  # pyreadstat adds a number of two digits to name the set of labels
_STATA_LONG = range(-2_147_483_647, 2_147_483_621)  # whole numbers outside of it are stored as floats of 64 bits
_STATA_SIBLINGS = {
    ("_date", "_date_latest", "_date_prec"): min(
        _STATA_NAME - len("_date_latest"), _STATA_CODED_NAME - len("_date_prec")
    ),
    ("_low", "_best", "_high"): _STATA_NAME - len("_best"),
}
"""Endings of columns that belong together, with the maximum length of the part before them in all of them."""
_STATA_MISSING = {"unknown": "a", "not_applicable": "b"}
"""The letter of Stata's extended missing values for each reason why a cell is empty."""
_SPSS_NAME, _SPSS_LABEL, _SPSS_CODE_LABEL, _SPSS_TEXT = 64, 255, 120, 32_767
# A date is a number with a format: days since 1960 in Stata, seconds since the first Gregorian day in SPSS. They are
# counted here, for pyreadstat takes a column for one of dates only where it meets one early enough.
_STATA_DAY, _SPSS_DAY, _SPSS_SECONDS = datetime.date(1960, 1, 1), datetime.date(1582, 10, 14), 86_400
_STATA_FORMATS = {"date": "%td", "month": "%tm"}
_SPSS_FORMATS = {"date": "SDATE10", "month": "SDATE10", "code": "F8.0", "integer": "F8.0", "number": "F10.3"}


class Stata(Format):
    """A file for Stata 14 or later for each table, the codebook and a do-file; texts over 2,045 bytes become strL."""

    ending = ".dta"
    folder = True
    faults = (pyreadstat.PyreadstatError, pyreadstat.ReadstatError)

    @staticmethod
    def write(selection: Selection, folder: Path) -> None:
        refuse_unfit(selection.sheets, "stata", floats=True, trims=True)
        for sheet in [*selection.sheets, _with_names(selection.codebook)]:
            names = {each["name"]: _stata_name(each["name"], "categories" in each) for each in sheet.fields}
            _refuse_names(sheet, names, _STATA_NAME, "stata")
            columns = _Columns.of(sheet, selection, names, _stata_date)
            tagged = columns.tag(sheet, selection, names)
            pyreadstat.write_dta(
                pd.DataFrame(columns.data),
                file_in(folder, f"{sheet.name}.dta"),
                file_label=_title(sheet, selection),
                column_labels={name: _cut(text, _STATA_LABEL, len) for name, text in columns.descriptions.items()},
                variable_value_labels=columns.labels,
                variable_format=columns.formats(_STATA_FORMATS),
                missing_user_values={name: list(_STATA_MISSING.values()) for name in tagged},
            )
        _write_about(selection, folder)
        text = do_file(selection)
        file_in(folder, "crisisdata.do").write_text(text, encoding="utf-8", newline="\n")


class SPSS(Format):
    """A .sav file for each table, and the codebook."""

    ending = ".sav"
    folder = True
    faults = (pyreadstat.PyreadstatError, pyreadstat.ReadstatError)

    @staticmethod
    def write(selection: Selection, folder: Path) -> None:
        refuse_unfit(selection.sheets, "spss", longest=_SPSS_TEXT, floats=True, trims=True)
        for sheet in [*selection.sheets, selection.codebook]:
            names = {each["name"]: each["name"] for each in sheet.fields}
            _refuse_names(sheet, names, _SPSS_NAME, "spss")
            columns = _Columns.of(sheet, selection, names, _spss_date)
            for text in (text for texts in columns.labels.values() for text in texts.values()):
                if _bytes(text) > _SPSS_CODE_LABEL:
                    raise ExportError.unfit("spss", f"the label {text!r}", f"has more than {_SPSS_CODE_LABEL} bytes")
            pyreadstat.write_sav(
                pd.DataFrame(columns.data),
                file_in(folder, f"{sheet.name}.sav"),
                file_label=_title(sheet, selection),
                column_labels={name: _cut(text, _SPSS_LABEL, _bytes) for name, text in columns.descriptions.items()},
                variable_value_labels=columns.labels,
                variable_measure=columns.measures,
                variable_format=columns.formats(_SPSS_FORMATS),
            )
        _write_about(selection, folder)


_Count: TypeAlias = Callable[[datetime.date, str], int]
"""The number that a program uses for a day, or for the month that begins with it."""


@dataclass(frozen=True)
class _Columns:
    """The columns of a table in the form that both programs use; everything is by their name in the file."""

    data: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[Any, str]] = field(default_factory=dict)
    measures: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, sheet: Sheet, selection: Selection, names: dict[str, str], count: _Count) -> _Columns:
        columns = cls()
        for each, values in sheet.columns():
            columns._add(names[each["name"]], each, values, selection, count)
        return columns

    def _add(
        self,
        name: str,
        column: dict[str, Any],
        values: list[Any],
        selection: Selection,
        count: _Count,
    ) -> None:
        kind = _kind(column)
        self.kinds[name], self.descriptions[name] = kind, column["description"]
        self.measures[name] = "nominal" if kind == "string" else "scale"
        if kind == "code":
            numbers = selection.numbers(column)
            values = [None if value is None else numbers[value] for value in values]
            self.labels[name] = {numbers[code["value"]]: code["label"] for code in column["categories"]}
            self.measures[name] = "ordinal" if column["categoriesOrdered"] else "nominal"
        elif kind in ("date", "month"):
            values = [None if value is None else count(value, kind) for value in values]
        if kind == "string":
            # Both formats have no missing text but an empty one.
            self.data[name] = ["" if value is None else value for value in values]
        else:
            self.data[name] = pd.Series(values, dtype="float64" if kind == "number" else _whole(values))

    def tag(self, sheet: Sheet, selection: Selection, names: dict[str, str]) -> list[str]:
        """Put the letter of its reason into each missing cell that has one; return the columns that have such cells."""
        tagged = []
        for column, reasons in selection.reasons(sheet).items():
            name = names[column]
            if self.kinds[name] == "string":  # which has no missing value but an empty text
                continue
            values = self.data[name].astype(object).where(self.data[name].notna(), None).tolist()
            for row, reason in reasons.items():
                values[row] = _STATA_MISSING[reason]
            # Numbers first: pyreadstat takes a column for one of texts if its first hundred rows have no number.
            kinds = sorted({value for value in values if value is not None}, key=lambda v: (isinstance(v, str), v))
            self.data[name] = pd.Series(pd.Categorical(values, categories=kinds))
            if name in self.labels:
                words = {letter: selection.label("missing_reason", reason) for reason, letter in _STATA_MISSING.items()}
                self.labels[name] = {**self.labels[name], **words}
            tagged.append(name)
        return tagged

    def formats(self, of_kinds: dict[str, str]) -> dict[str, str]:
        return {name: of_kinds[kind] for name, kind in self.kinds.items() if kind in of_kinds}


def _kind(column: dict[str, Any]) -> str:
    """Return the type of a column, or that it contains codes or months, which are dates of their first day."""
    if "categories" in column:
        return "code"
    return "month" if column["type"] == "date" and column["name"] == "month" else column["type"]


def _whole(values: list[int | None]) -> str:
    return "Int32" if all(value in _STATA_LONG for value in values if value is not None) else "Int64"


def _stata_date(day: datetime.date, kind: str) -> int:
    if kind == "month":
        return (day.year - _STATA_DAY.year) * 12 + day.month - 1
    return (day - _STATA_DAY).days


def _spss_date(day: datetime.date, kind: str) -> int:
    return (day - _SPSS_DAY).days * _SPSS_SECONDS


def _cut(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """Return the text, or as many of its words as fit and a mark for the rest; the codebook has the full text."""
    if measure(text) <= limit:
        return text
    words = text.split(" ")
    while words and measure(" ".join(words) + " …") > limit:
        words.pop()
    return " ".join(words) + " …"


def _bytes(text: str) -> int:
    return len(text.encode())


def _refuse_names(sheet: Sheet, names: dict[str, str], limit: int, format: str) -> None:  # noqa: A002
    for column, name in names.items():
        if len(name) > limit or list(names.values()).count(name) > 1:
            what, why = f"the column {sheet.name}.{column}", f"has no unique name of {limit} characters"
            raise ExportError.unfit(format, what, why)


def _stata_name(name: str, coded: bool) -> str:
    """Return the name with its ending shortened, and with the longest words before the ending cut until it fits.

    The part before the ending is cut as in the columns that belong to it, so that they all begin alike.
    """
    name = re.sub("_precision$", "_prec", name)
    limits = {ending: limit for endings, limit in _STATA_SIBLINGS.items() for ending in endings}
    ending = next(filter(name.endswith, limits), "")
    limit = limits.get(ending, _STATA_CODED_NAME if coded else _STATA_NAME)
    words = name.removesuffix(ending).split("_")
    longest = max(map(len, words))
    while len("_".join(words)) > limit and longest > 1:
        longest -= 1
        words = [word[:longest] for word in words]
    return "_".join(words) + ending


def _with_names(codebook: Sheet) -> Sheet:
    """Return the codebook with the columns' names in Stata."""
    columns = {each["name"]: each["description"] for each in codebook.fields}
    columns["stata_name"] = "Name of the column in the Stata file."
    rows = [
        {**row, "stata_name": _stata_name(row["variable"], bool(row["codes"]))} for row in codebook.rows.to_pylist()
    ]
    return text_sheet(codebook.name, codebook.resource["title"], columns, rows, codebook.primary_key)


def _title(sheet: Sheet, selection: Selection) -> str:
    return f"{selection.edition.descriptor['name']} {selection.edition.label.removeprefix('edition ')}: {sheet.name}"


def _write_about(selection: Selection, folder: Path) -> None:
    lines = (f"{name}: {value}\n" for name, value in selection.about.items())
    file_in(folder, "README.txt").write_text("".join(lines), encoding="utf-8", newline="\n")
