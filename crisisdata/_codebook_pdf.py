"""The codebook of an edition as one PDF: every table, column, rule and code, to print or to submit with a paper."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from crisisdata._atomic import write_atomically
from crisisdata._cite import cite
from crisisdata._editions import Edition, as_path
from crisisdata._legacy import rows_of
from crisisdata.errors import ArgumentError, ExportError, needs

with needs("pdf", "the codebook as PDF"):
    import fpdf
    import matplotlib
    from fpdf.enums import TableBordersLayout, VAlign
    from fpdf.fonts import FontFace, TTFFont
    from fpdf.outline import TableOfContents

_FONT, _SIZE, _LINE = "DejaVu", 8, 4
_FILES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf", "I": "DejaVuSans-Oblique.ttf"}
_TITLES = (15, 11)
"""Font sizes of chapter titles and of the titles within chapters."""
_ROOM = (90, 30)
"""How much of a page, in millimetres, must be left for a chapter or a part of it to begin there."""
_GREY = 110


def write_codebook(
    dest: str | os.PathLike[str],
    table: str | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Write the codebook of an edition, or of one table of it, as a PDF.

    Parameters
    ----------
    dest
        The file to create, whose name must end in ``.pdf``.
    table
        Name of a table. None means all.
    version
        As in `load`.
    overwrite
        Whether to replace an existing file.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ArgumentError
        If `dest` does not end in ``.pdf``.
    UnknownNameError
        If the table or edition does not exist.
    DestinationExistsError
        If `dest` exists.
    ExportError
        If the file cannot be written.
    """
    place = as_path(dest, "dest")
    if place.suffix != ".pdf":
        raise ArgumentError(f"dest={str(place)!r} must be a file name that ends in .pdf.")
    edition = Edition.find(version)
    resources = list(edition.resources.values()) if table is None else [edition.resource(table)]
    try:
        write_atomically(place, lambda made: _write(made, edition, resources), folder=False, overwrite=overwrite)
    except OSError as error:
        raise ExportError.failed(place, error) from error
    return place


def _write(made: Path, edition: Edition, resources: list[dict[str, Any]]) -> None:
    """Write the pages; write them again if the contents take more than one page, because page numbers depend on it."""
    pages = _codebook(edition, resources)
    reserved = pages.pages_count
    pages.output_to(made)
    more = pages.pages_count - reserved
    if more:
        _codebook(edition, resources, contents_pages=1 + more).output_to(made)


class _Pages(fpdf.FPDF):
    """Pages with a footer that says what they belong to."""

    def __init__(self, label: str) -> None:
        super().__init__(format="A4")
        self.label = label
        fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # the fonts of PDF itself have no letters beyond é
        for style, name in _FILES.items():
            self.add_font(_FONT, style, fonts / name)
        self.set_margins(18, 18)
        self.set_auto_page_break(True, margin=18)
        self.set_font(_FONT, size=_SIZE)
        self.set_draw_color(_GREY)
        self.set_line_width(0.1)

    def output_to(self, file: Path) -> None:
        """Write the pages, and close the font files, which the library leaves open."""
        try:
            self.output(str(file))
        finally:
            for font in self.fonts.values():
                if isinstance(font, TTFFont):
                    font.ttfont.close()

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font(_FONT, size=7)
        self.set_text_color(_GREY)
        self.cell(0, 5, self.label)
        self.cell(0, 5, f"{self.page_no()}", align="R")
        self.set_text_color(0)
        self.set_font(_FONT, size=_SIZE)

    def heading(self, text: str, level: int = 0) -> None:
        """Write a title that appears in the contents and the outline."""
        if self.will_page_break(_ROOM[level]):
            self.add_page()
        elif self.get_y() > 30:
            self.ln(5)
        self.set_font(_FONT, "B", _TITLES[level])
        self.start_section(text, level=level)
        self.multi_cell(0, _TITLES[level] / 2, text, new_x="LMARGIN", new_y="NEXT")
        self.set_font(_FONT, size=_SIZE)
        self.ln(2)

    def text_of(self, text: str, style: str = "") -> None:
        """Write a paragraph."""
        self.set_font(_FONT, style, _SIZE)
        self.multi_cell(0, _LINE, _plain(text), align="L", new_x="LMARGIN", new_y="NEXT")
        self.set_font(_FONT, size=_SIZE)
        self.ln(1.5)

    def rows(self, head: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[object]]) -> None:
        """Write a table whose header is repeated on each page."""
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(widths),
            headings_style=FontFace(emphasis="BOLD", fill_color=(235, 235, 235)),
            line_height=_LINE - 0.4,
            padding=0.6,
            text_align="LEFT",
            v_align=VAlign.T,
        ) as made:
            for cells in (head, *rows):
                made.row([_plain("" if cell is None else str(cell)) for cell in cells])
        self.ln(4)


def _plain(text: str) -> str:
    """Return a text without the marks for code and names of codes in the documentation."""
    return re.sub(r"\*(\w[^*]*)\*", r"\1", text.replace("`", ""))


def _codebook(edition: Edition, resources: list[dict[str, Any]], contents_pages: int = 1) -> _Pages:
    descriptor = edition.descriptor
    pages = _Pages(f"{descriptor['name']}, {edition.label}: codebook")
    pages.set_title(pages.label)
    pages.set_author(descriptor["contributors"][0]["title"])
    pages.set_creation_date(datetime.fromisoformat(descriptor["created"].replace("Z", "+00:00")))
    _front(pages, edition, contents_pages)
    for resource in resources:
        _table(pages, resource, descriptor["rules"])
    used = {field["codes"] for resource in resources for field in resource["schema"]["fields"] if "codes" in field}
    if used:
        pages.heading("Code lists")
        _code_lists(pages, [row for row in rows_of("codes", edition) if row["code_list"] in used])
    return pages


def _front(pages: _Pages, edition: Edition, contents_pages: int) -> None:
    """Write what the edition is, how to read the pages, and the contents."""
    descriptor = edition.descriptor
    pages.add_page()
    pages.set_font(_FONT, "B", 18)
    pages.multi_cell(0, 9, f"Codebook of {descriptor['name']}, {edition.label}", new_x="LMARGIN", new_y="NEXT")
    pages.ln(4)
    for text in (descriptor["title"], descriptor["description"], descriptor["coding"]):
        pages.text_of(text)
    pages.text_of(f"Coded to {descriptor['asOf']}. {cite(version=edition)}")
    pages.text_of(
        "A date is three columns: the first possible day, the last possible day, and the precision. A column with "
        "codes names its code list; the lists are at the end. A computed column names its rule, which is below the "
        "columns. The table missing_values gives the reasons for empty cells."
    )
    pages.ln(3)
    pages.set_font(_FONT, "B", _TITLES[1])
    pages.cell(0, 6, "Contents", new_x="LMARGIN", new_y="NEXT")
    pages.set_font(_FONT, size=_SIZE)
    contents = TableOfContents(level_indent=5, line_spacing=1.3)
    # Pages that are not reserved are inserted with numbers of their own, so that they only serve to count them.
    pages.insert_toc_placeholder(contents.render_toc, contents_pages, allow_extra_pages=contents_pages == 1)


def _table(pages: _Pages, resource: dict[str, Any], rules: dict[str, Any]) -> None:
    pages.heading(f"{resource['name']}: {resource['title']}")
    pages.text_of(resource["description"])
    pages.text_of(f"A row is {resource['grain']}. Included: {resource['population']}")
    pages.text_of(f"Key: {', '.join(resource['schema']['primaryKey'])}. Rows: {resource['rows']:,}.")
    fields = resource["schema"]["fields"]
    pages.rows(("column", "holds", "meaning"), (54, 34, 86), map(_column, fields))
    for name in dict.fromkeys(field["derived"] for field in fields if "derived" in field):
        rule = rules.get(f"{resource['name']}.{name}")
        if rule is not None:  # a table that is computed as a whole has none
            if pages.will_page_break(20):
                pages.add_page()
            pages.text_of(f"Rule {name}, from {', '.join(rule['uses'])}", "B")
            for paragraph in rule["text"].split("\n\n"):
                pages.text_of(" ".join(paragraph.split()))


def _column(field: dict[str, Any]) -> tuple[str, str, str]:
    holds = f"codes of {field['codes']}" if "codes" in field else field["type"]
    parts = [holds, field.get("unit"), "required" if field.get("constraints", {}).get("required") else None]
    rule = f" Rule: {field['derived']}." if "derived" in field else ""
    return field["name"], ", ".join(filter(None, parts)), f"{field['description']}{rule}"


def _code_lists(pages: _Pages, codes: list[dict[str, Any]]) -> None:
    for name in dict.fromkeys(row["code_list"] for row in codes):
        pages.heading(name, level=1)
        pages.rows(
            ("code", "label", "value", "when it applies", "source"),
            (40, 34, 11, 65, 24),
            (
                [row["code"], row["label"], row["value"], _applies(row), row["source_id"] or "ours"]
                for row in codes
                if row["code_list"] == name
            ),
        )


def _applies(code: dict[str, Any]) -> str:
    return code["definition"] + (f" Example: {code['example']}." if code["example"] else "")
