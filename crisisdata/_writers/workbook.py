"""An Excel workbook: a sheet for each table, with a codebook and the codes."""

from __future__ import annotations

import datetime
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crisisdata._writers.format import Format
from crisisdata._writers.selection import Selection, Sheet, refuse_unfit
from crisisdata.errors import ExportError, needs

with needs("export", "the export to Excel"):
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

# "Excel specifications and limits" of Microsoft.
_CELL, _SHEET_NAME, _ROWS = 32_767, 31, 1_048_576
_FIRST_DAY = datetime.date(1900, 3, 1)  # earlier days are off by one or are no dates in Excel
_WIDTHS = (8, 60)
_COMMENT = {"width": 320, "height": 110, "author": "crisisdata"}
# A text that looks like a formula or an address stays a text.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class Excel(Format):
    """A workbook; it includes the sheet of codes even if that table was not requested."""

    ending = ".xlsx"
    faults = (XlsxWriterException,)

    @staticmethod
    def write(selection: Selection, file: Path) -> None:
        codes = [] if "codes" in selection.tables else [selection.sheet("codes")]
        tables = [sheet.with_labels() for sheet in selection.sheets]
        sheets = [selection.about_sheet, *tables, selection.codebook, *codes]
        refuse_unfit(sheets, "excel", floats=True)
        for sheet in sheets:
            _refuse(sheet)
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, _OPTIONS) as book:
            styles = _Styles(
                head=book.add_format({"bold": True, "valign": "top"}),
                text=book.add_format({"text_wrap": True, "valign": "top"}),
                number=book.add_format({"valign": "top"}),
                day=book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            )
            for sheet in sheets:
                _write(book.add_worksheet(sheet.name), sheet, styles)
        file.write_bytes(content.getvalue())


@dataclass(frozen=True)
class _Styles:
    """The cell formats in one workbook."""

    head: Any
    text: Any
    number: Any
    day: Any


def _refuse(sheet: Sheet) -> None:
    if len(sheet.name) > _SHEET_NAME or len(sheet.rows) >= _ROWS:
        raise ExportError.unfit("excel", f"the table {sheet.name}", "is too large or its name is too long")
    for field, values in sheet.columns():
        what = f"a cell of {sheet.name}.{field['name']}"
        if field["type"] == "date" and any(value < _FIRST_DAY for value in values if value):
            raise ExportError.unfit("excel", what, f"is a day before {_FIRST_DAY}")
        # Excel counts in units of UTF-16.
        if field["type"] == "string" and any(len(value.encode("utf-16-le")) // 2 > _CELL for value in values if value):
            raise ExportError.unfit("excel", what, f"has more than {_CELL:,} characters")


def _write(page: Any, sheet: Sheet, styles: _Styles) -> None:
    page.freeze_panes(1, len(sheet.primary_key) if sheet.fields[0]["name"] in sheet.primary_key else 0)
    for column, (field, values) in enumerate(sheet.columns()):
        page.write_string(0, column, field["name"], styles.head)
        page.write_comment(0, column, _explained(field), _COMMENT)
        page.set_column(column, column, _width(field["name"], values))
        for row, value in enumerate(values, 1):
            if isinstance(value, str):
                page.write_string(row, column, value, styles.text)
            elif isinstance(value, datetime.date):
                page.write_datetime(row, column, value, styles.day)
            elif value is not None:
                page.write_number(row, column, value, styles.number)
    page.autofilter(0, 0, len(sheet.rows), len(sheet.fields) - 1)


def _explained(field: dict[str, Any]) -> str:
    """Return the meaning of a column, for the comment on its header."""
    unit = f" In {field['unit']}." if "unit" in field else ""
    codes = f" Codes: the list {field['codes']} in the sheet codes." if "codes" in field else ""
    return f"{field['description']}{unit}{codes}"


def _width(name: str, values: list[Any]) -> int:
    longest = max(len(str(value)) for value in [name, *values] if value is not None)
    return min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1])
