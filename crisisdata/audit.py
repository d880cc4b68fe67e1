"""A blind audit of the dataset that anyone can repeat: a workbook to fill in, and the results once it is filled in.

`draw` writes a workbook with a sample of records and where to read about them, but not how they are coded. `score`
compares a completed workbook with the edition. Both need the extra ``audit``.
"""

from __future__ import annotations

import calendar
import os
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crisisdata._agreement import Measure, Value, agreement, comparable, same, wilson
from crisisdata._atomic import refuse_inside_edition, write_atomically
from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError, AuditError, UnknownNameError, needs, suggestion

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Audit", "draw", "score"]

ABOUT, CODES = "about", "codes"
RECOVERED = "recovered"
READ = ("yes", "partly")
_RECOVERED = (*READ, "no")
ITEMS = "items"
_NUMBER = "row"
_GIVEN = (_NUMBER, "episode", "who", "name", "when")
_SOURCES = 4
_RARE_SHARE = 0.03
_OVERSAMPLED = 0.4
_EXPLAINED = (
    "Read the sources of a row; do not look the record up in the dataset. Choose codes from the lists; their "
    "definitions are on the sheet 'codes'. Several codes are separated by semicolons, the main one first. Write dates "
    "as 2012-03-21, 2012-03, 2012 or 2012-03-21/2012-03-22, never more exact than the source. Leave a cell empty "
    "if the sources do not say. In 'recovered', write yes, partly or no, for whether the sources could be read; leave "
    "the rest of a row with no empty."
)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?~?")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Audit:
    """What a completed workbook says about an edition."""

    edition: str
    """Version of the edition."""
    table: str
    """The table that was audited."""
    rows: int
    """Rows of the sheet."""
    not_recovered: int
    """Rows whose sources could not be read; they are excluded."""
    variables: pd.DataFrame = field(repr=False)
    """By variable: `checked`, `errors`, `error_rate` (weighted by the inclusion probabilities) with `low` and `high`
    (95 %, Wilson), `alpha` with `alpha_low` and `alpha_high`."""
    differences: pd.DataFrame = field(repr=False)
    """Each cell that differs: `cell`, `table_name`, `record_id`, `variable`, `edition_value`, `audit_value` and
    `sources`."""

    def write_differences(self, dest: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the differences as CSV, ready to be sent as corrections.

        An apostrophe precedes cells that a spreadsheet would read as a formula.

        Parameters
        ----------
        dest
            File to write.
        overwrite
            Whether to replace an existing file.

        Returns
        -------
        pathlib.Path
            The file: one row per cell that differs, with the columns of `differences`.

        Raises
        ------
        DestinationExistsError
            If `dest` exists.
        """
        safe = self.differences.map(_harmless)
        text = safe.to_csv(index=False, lineterminator="\n")
        place = Path(dest)
        refuse_inside_edition(place)
        write_atomically(place, lambda made: _write_text(made, text), folder=False, overwrite=overwrite)
        return place


def _write_text(made: Path, text: str) -> None:
    made.write_text(text, encoding="utf-8", newline="")


@dataclass(frozen=True)
class _Variable:
    """A column of the sheet to be filled in."""

    name: str
    measure: Measure
    kind: str
    codes: tuple[str, ...] = ()
    code_list: str | None = None


@dataclass(frozen=True)
class _Row:
    """One drawn record, as shown in the sheet and as it is in the edition."""

    record_id: str
    probability: float
    shown: dict[str, str]
    ours: dict[str, str | None]
    sources: list[dict[str, str | None]]
    given: str | None
    """The date, which the sheet shows to the day because the actor has several acts in that month."""


@dataclass(frozen=True)
class _Draw:
    edition: Edition
    table: str
    size: int
    seed: int
    variables: list[_Variable]
    rows: list[_Row]


def draw(
    table: str,
    n: int,
    seed: int,
    dest: str | os.PathLike[str],
    version: str | os.PathLike[str] | Edition | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Write a workbook for a blind audit.

    It contains a stratified random sample (records with rare codes are oversampled, and each row gives its inclusion
    probability), links to the sources, drop-down lists of the codes and their definitions, but none of our
    codes. The same edition, table, `n` and `seed` give the same sample.

    Parameters
    ----------
    table
        A coded table, such as ``"responses"``.
    n
        Number of records; all records if there are fewer.
    seed
        Seed of the random numbers.
    dest
        Workbook to write (.xlsx).
    version
        As in `load`.
    overwrite
        Whether to replace an existing workbook.

    Returns
    -------
    pathlib.Path
        The workbook: a sheet to fill in, one row per record drawn, and a sheet with the codes.

    Raises
    ------
    UnknownNameError
        If the table or edition does not exist.
    ArgumentError
        If the table cannot be audited, or a number is invalid.
    DestinationExistsError
        If `dest` exists.
    MissingDependencyError
        If a required library is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import crisisdata as cd
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> cd.audit.draw("polls", n=5, seed=7, dest=folder / "sheet.xlsx").name
    'sheet.xlsx'
    """
    with needs("audit", "an audit"):
        import openpyxl  # noqa: F401
    drawn = _draw(Edition.find(version), table, n, seed)
    place = Path(dest)
    if place.suffix != ".xlsx":
        raise ArgumentError(f"dest={str(dest)!r} must end in .xlsx.")
    refuse_inside_edition(place)
    write_atomically(place, lambda made: _write(made, drawn), folder=False, overwrite=overwrite)
    return place


def score(sheet: str | os.PathLike[str], version: str | os.PathLike[str] | Edition | None = None) -> Audit:
    """Compare a completed workbook with the edition from which it was drawn.

    Parameters
    ----------
    sheet
        A workbook that `draw` wrote.
    version
        The edition, if it is a custom one; by default the edition that the workbook names.

    Returns
    -------
    Audit
        Error rates with intervals (Wilson), Krippendorff's alpha for each variable, and the differences.

    Raises
    ------
    UnknownNameError
        If the edition does not exist.
    MissingDependencyError
        If a required library is not installed.
    AuditError
        If the workbook was not written by `draw`, belongs to another edition, lacks a row, or contains an invalid code,
        date or number; the error names each cell.

    Examples
    --------
    >>> import crisisdata as cd
    >>> cd.audit.score("no-such-sheet.xlsx")
    Traceback (most recent call last):
    crisisdata.errors.AuditError: no-such-sheet.xlsx does not exist, or cannot be read as a workbook.
    """
    with needs("audit", "an audit"):
        import openpyxl
    place = Path(sheet)
    try:
        book = openpyxl.load_workbook(place)
    except Exception:  # a damaged workbook raises whatever it meets first
        raise AuditError([f"{place} does not exist, or cannot be read as a workbook."]) from None
    drawn = _same_draw(book, version)
    answers = _answers(book[drawn.table], drawn)
    return _scored(drawn, answers)


# The sample


def _draw(edition: Edition, table: str, n: int, seed: int) -> _Draw:
    groups = {name: resource["group"] for name, resource in edition.resources.items()}
    if table not in groups:
        raise UnknownNameError.of("table", table, groups, where=f"edition {edition.version}")
    auditable = [name for name, group in groups.items() if group == "coded" and _is_evidenced(name, edition)]
    if table not in auditable:
        raise ArgumentError.of("table", table, auditable)
    for name, value, least in (("n", n, 1), ("seed", seed, 0)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ArgumentError(f"{name}={value!r} must be an integer, {least} or more.")
    variables = _variables(table, edition)
    rows = _sampled(edition, table, variables, n, seed)
    return _Draw(edition, table, n, seed, variables, rows)


def _is_evidenced(table: str, edition: Edition) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.equal(edition.cells("evidence")["table_name"], table)).as_py())


def _variables(table: str, edition: Edition) -> list[_Variable]:
    """Return what a sheet asks for: codes, dates and numbers, but no prose and no keys of other rows."""
    schema = edition.resource(table)["schema"]
    measured = edition.descriptor.get("agreement", {}).get("variables", {}).get(table, {})
    values = _code_values(edition)
    found = []
    for entry in schema["fields"]:
        name, kind, codes = entry["name"], entry["type"], entry.get("codes")
        required = bool(entry.get("constraints", {}).get("required"))
        empty = measured.get(name, {}).get("empty")
        skipped = "derived" in entry or name.endswith(("_latest", "_precision")) or name in schema["primaryKey"]
        if skipped or measured.get(name, {}).get("kind") == "assigned":
            continue
        if codes and "separator" in entry:
            found.append(_Variable(name, Measure("set", required), "codes", tuple(values[codes]), codes))
        elif codes:
            scale = values[codes] if all(value is not None for value in values[codes].values()) else None
            level = "ordinal" if scale else "nominal"
            answers = len(values[codes]) + (not (required or empty))
            measure = Measure(level, required, scale, answers, empty)
            found.append(_Variable(name, measure, "code", tuple(values[codes]), codes))
        elif kind == "date":
            found.append(_Variable(name, Measure("interval", required), "date"))
        elif kind in ("integer", "number"):
            found.append(_Variable(name, Measure("ratio", required), kind))
    if table == "responses" and "response_items" in edition.tables:
        fields = {entry["name"]: entry.get("codes") for entry in edition.resource("response_items")["schema"]["fields"]}
        pairs = [f"{item} {stage}" for item in values[fields["item"] or ""] for stage in values[fields["stage"] or ""]]
        found.append(_Variable(ITEMS, Measure("set", True), ITEMS, tuple(pairs)))
    return found


def _code_values(edition: Edition) -> dict[str, dict[str, Any]]:
    """Return the codes of each list with their numbers, if they have any."""
    found: dict[str, dict[str, Any]] = {}
    for row in edition.cells("codes").to_pylist():
        found.setdefault(row["code_list"], {})[row["code"]] = row["value"]
    return found


def _sampled(edition: Edition, table: str, variables: Sequence[_Variable], n: int, seed: int) -> list[_Row]:
    key = edition.resource(table)["schema"]["primaryKey"][0]
    cells = sorted(edition.cells(table).to_pylist(), key=lambda row: row[key])
    ours = _ours(edition, table, variables, cells, key)
    rare = _rare(ours, variables)
    groups = [[row for row in cells if (row[key] in rare) is flag] for flag in (True, False)]
    first = min(len(groups[0]), max(round(n * _OVERSAMPLED), n - len(groups[1])))
    sizes = [first, min(len(groups[1]), n - first)]
    source = random.Random(seed)
    chosen = [
        (row, size / len(group))
        for group, size in zip(groups, sizes, strict=True)
        for row in source.sample(group, size)
    ]
    source.shuffle(chosen)
    return list(_rows(edition, table, key, chosen, ours, cells))


def _ours(
    edition: Edition, table: str, variables: Sequence[_Variable], cells: Sequence[dict[str, Any]], key: str
) -> dict[str, dict[str, str | None]]:
    found = {row[key]: {v.name: _written(row, v) for v in variables if v.kind != ITEMS} for row in cells}
    if any(variable.kind == ITEMS for variable in variables):
        items: dict[str, list[str]] = {}
        for row in edition.cells("response_items").to_pylist():
            items.setdefault(row["response_id"], []).append(f"{row['item']} {row['stage']}")
        for record_id, values in found.items():
            values[ITEMS] = "; ".join(dict.fromkeys(items.get(record_id, []))) or None
    return found


def _written(row: dict[str, Any], variable: _Variable) -> str | None:
    value = row[variable.name]
    if value is None:
        return None
    if variable.kind == "date":
        last = row.get(f"{variable.name}_latest", value)
        for length in (10, 7, 4):
            if _days(str(value)[:length]) == (value, last):
                return str(value)[:length]
        return f"{value}/{last}"
    return f"{value:.15g}" if variable.kind == "number" else str(value)


def _rare(ours: dict[str, dict[str, str | None]], variables: Sequence[_Variable]) -> set[str]:
    """Return the records with a code that few records have."""
    found: set[str] = set()
    for variable in variables:
        if not variable.codes:
            continue
        codes = {key: _parts(values[variable.name]) for key, values in ours.items()}
        counts = Counter(code for parts in codes.values() for code in parts)
        limit = max(3.0, _RARE_SHARE * len(ours))
        found |= {key for key, parts in codes.items() if any(counts[code] <= limit for code in parts)}
    return found


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(";")] if text else []


def _rows(
    edition: Edition,
    table: str,
    key: str,
    chosen: Sequence[tuple[dict[str, Any], float]],
    ours: dict[str, dict[str, str | None]],
    cells: Sequence[dict[str, Any]],
) -> Iterator[_Row]:
    schema = edition.resource(table)["schema"]
    dates = [entry["name"] for entry in schema["fields"] if entry["type"] == "date" and "derived" not in entry]
    dated = next((name for name in dates if not name.endswith("_latest")), None)
    names = {row["actor_id"]: row["name"] for row in edition.cells("actors").to_pylist()}
    episodes = {row["episode_id"]: row["name"] for row in edition.cells("episodes").to_pylist()}
    sources = {row["source_id"]: row for row in edition.cells("sources").to_pylist()}
    evidence: dict[str, list[dict[str, Any]]] = {}
    for row in edition.cells("evidence").to_pylist():
        if row["table_name"] == table:
            evidence.setdefault(row["record_id"], []).append(row)

    def who(row: dict[str, Any]) -> str:
        actors = row.get("actor_ids") or (row.get("actor_id") if table == "support" else None)
        return "; ".join(names.get(actor, actor) for actor in _parts(actors))

    def month(row: dict[str, Any]) -> str:
        return str(row[dated])[:7] if dated and row[dated] else ""

    several = Counter((who(row), month(row)) for row in cells) if table in ("responses", "support") else Counter()
    for row, probability in chosen:
        to_the_day = several[who(row), month(row)] > 1
        shown = {
            "episode": "; ".join(
                episodes.get(each, each) for each in _parts(row.get("episode_ids") or row.get("episode_id"))
            )
            or episodes.get(str(row[key]).partition("/")[0], ""),
            "who": who(row),
            "name": str(row.get("name") or row.get("question") or ""),
            "when": (ours[row[key]][str(dated)] or "" if to_the_day else month(row)) if dated else "",
        }
        read = {each["source_id"]: each for each in evidence.get(row[key], [])}
        links = [
            {**{name: sources[source][name] for name in ("title", "publisher", "url")}, "locator": each["locator"]}
            for source, each in list(read.items())[:_SOURCES]
            if source in sources
        ]
        yield _Row(row[key], probability, shown, ours[row[key]], links, dated if to_the_day else None)


# The workbook


def _write(made: Path, drawn: _Draw) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = drawn.table
    header = _header(drawn)
    for column, name in enumerate(header, 1):
        _put(sheet.cell(1, column), name)
        sheet.cell(1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = 40 if name.startswith("source") else 18
    for number, row in enumerate(drawn.rows, 1):
        for name, value in {_NUMBER: number, **row.shown, "inclusion_probability": round(row.probability, 6)}.items():
            _put(sheet.cell(number + 1, header.index(name) + 1), value)
        for position, link in enumerate(row.sources, 1):
            cell = sheet.cell(number + 1, header.index(f"source_{position}") + 1)
            _put(cell, ", ".join(str(link[name]) for name in ("title", "publisher", "locator") if link[name]))
            if str(link["url"]).startswith(("http://", "https://")):
                cell.hyperlink = link["url"]
                cell.style = "Hyperlink"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = sheet.cell(2, 3)
    ranges = _write_codes(book.create_sheet(CODES), drawn)
    last = len(drawn.rows) + 1
    for name in header:
        letter = get_column_letter(header.index(name) + 1)
        variable = next((each for each in drawn.variables if each.name == name), None)
        if name == RECOVERED:
            listed = DataValidation(type="list", formula1=f'"{",".join(_RECOVERED)}"', allow_blank=True)
        elif variable and variable.kind == "code":  # longer than the 255 characters that a list in a cell may have
            listed = DataValidation(type="list", formula1=ranges[variable.code_list or ""], allow_blank=True)
        else:
            continue
        listed.add(f"{letter}2:{letter}{last}")
        sheet.add_data_validation(listed)
    about = book.create_sheet(ABOUT)
    for number, (name, value) in enumerate(_about(drawn).items(), 1):
        _put(about.cell(number, 1), name)
        _put(about.cell(number, 2), value)
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 20, 100
    book.save(made)


def _about(drawn: _Draw) -> dict[str, str | int]:
    return {
        "edition": drawn.edition.version,
        "content_hash": drawn.edition.content_hash,
        "table": drawn.table,
        "n": drawn.size,
        "seed": drawn.seed,
        "how": _EXPLAINED,
    }


def _header(drawn: _Draw) -> list[str]:
    sources = [f"source_{number}" for number in range(1, _SOURCES + 1)]
    return [*_GIVEN, *sources, "inclusion_probability", RECOVERED, *(variable.name for variable in drawn.variables)]


def _write_codes(sheet: Any, drawn: _Draw) -> dict[str, str]:
    """Write the code lists, and return the cells that contain the codes of each."""
    for column, name in enumerate(("code_list", "code", "label", "definition"), 1):
        _put(sheet.cell(1, column), name)
    wanted = {variable.code_list for variable in drawn.variables if variable.code_list}
    if any(variable.kind == ITEMS for variable in drawn.variables):
        wanted |= {"item", "stage"}
    ranges: dict[str, tuple[int, int]] = {}
    number = 1
    rows = [row for row in drawn.edition.cells("codes").to_pylist() if row["code_list"] in wanted]
    for row in sorted(rows, key=lambda row: row["code_list"]):
        number += 1
        for column, name in enumerate(("code_list", "code", "label", "definition"), 1):
            _put(sheet.cell(number, column), row[name])
        first = ranges.get(row["code_list"], (number, number))[0]
        ranges[row["code_list"]] = (first, number)
    for letter, width in (("A", 20), ("B", 28), ("C", 28), ("D", 100)):
        sheet.column_dimensions[letter].width = width
    return {name: f"={CODES}!$B${first}:$B${last}" for name, (first, last) in ranges.items()}


def _put(cell: Any, value: object) -> None:
    """Put a value into a cell; text that looks like a formula stays text."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


# Reading a workbook back


def _same_draw(book: Any, version: str | os.PathLike[str] | Edition | None) -> _Draw:
    """Repeat the draw that a workbook says it contains."""
    if ABOUT not in book.sheetnames:
        raise AuditError([f"there is no sheet {ABOUT!r}: this is not a workbook from `crisisdata audit draw`."])
    cells = [(str(row[0].value), row[1]) for row in book[ABOUT].iter_rows(min_row=1, max_row=5, max_col=2)]
    said = dict(cells)
    lacking = [name for name in ("edition", "content_hash", "table", "n", "seed") if name not in said]
    if lacking:
        raise AuditError([f"{ABOUT}!A1: the line {name!r} is missing; draw the sheet again." for name in lacking])
    edition = Edition.find(version if version is not None else str(said["edition"].value))
    for name, there in (("edition", edition.version), ("content_hash", edition.content_hash)):
        if str(said[name].value) != there:
            place = f"{ABOUT}!{said[name].coordinate}"
            raise AuditError(
                [f"{place}: the sheet belongs to another edition: {name} must be {there!r}; got {said[name].value!r}."]
            )
    try:
        drawn = _draw(edition, str(said["table"].value), said["n"].value, said["seed"].value)
    except (ArgumentError, UnknownNameError) as error:
        raise AuditError([f"{ABOUT}!B3 to B5: {error}"]) from None
    if drawn.table not in book.sheetnames:
        raise AuditError([f"there is no sheet {drawn.table!r}; do not rename the sheet that you fill in."])
    return drawn


def _answers(sheet: Any, drawn: _Draw) -> list[dict[str, tuple[str, str]]]:
    """Return the completed cells of each row, by variable: the text and its cell."""
    faults: list[str] = []
    header = [cell.value for cell in sheet[1]]
    wanted = _header(drawn)
    for name in wanted:
        if header.count(name) != 1:
            faults.append(
                f"{sheet.title}!A1: the column {name!r} must be in this row once; found {header.count(name)} times"
            )
    for cell in sheet[1]:
        if cell.value is not None and cell.value not in wanted:
            faults.append(
                f"{sheet.title}!{cell.coordinate}: unknown column {cell.value!r}{suggestion(cell.value, wanted)}"
            )
    if faults:
        raise AuditError(faults)
    by_number: dict[int, dict[str, Any]] = {}
    for cells in sheet.iter_rows(min_row=2):
        row = {str(name): cell for name, cell in zip(header, cells, strict=False) if name is not None}
        number = row[_NUMBER].value
        if number is None and all(cell.value is None for cell in row.values()):
            continue
        place = f"{sheet.title}!{row[_NUMBER].coordinate}"
        if not isinstance(number, int) or not 1 <= number <= len(drawn.rows):
            faults.append(f"{place}: must be a row number, 1 to {len(drawn.rows)}; got {number!r}")
        elif number in by_number:
            faults.append(f"{place}: row {number} is repeated")
        else:
            by_number[number] = row
    missing = [number for number in range(1, len(drawn.rows) + 1) if number not in by_number]
    faults += [
        f"{sheet.title}!A{number + 1}: row {number} is missing; a row without sources has 'no' in recovered"
        for number in missing
    ]
    answers = [_answer(by_number[number], drawn, sheet.title, faults) for number in sorted(by_number)]
    if faults:
        raise AuditError(faults)
    return answers


def _answer(row: dict[str, Any], drawn: _Draw, title: str, faults: list[str]) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    state = row[RECOVERED]
    if state.value not in _RECOVERED:
        got = "nothing" if state.value is None else repr(state.value)
        faults.append(f"{title}!{state.coordinate}: recovered must be one of {', '.join(_RECOVERED)}; got {got}")
    found[RECOVERED] = str(state.value), state.coordinate
    for variable in drawn.variables:
        cell = row[variable.name]
        text, fault = _text(cell.value, variable)
        if fault is None and text and state.value == "no":
            fault = "the sources were not read, so there can be no value"
        if fault:
            faults.append(f"{title}!{cell.coordinate}: {fault}")
        found[variable.name] = text, cell.coordinate
    return found


def _text(value: Any, variable: _Variable) -> tuple[str, str | None]:
    """Return a cell as it would be written in a case file, and what is wrong with it."""
    if isinstance(value, datetime):  # a spreadsheet makes dates of texts that look like one
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else " ".join(str(value).split())
    if not text:
        return "", None
    if text.startswith("="):
        return text, "must be a value, not a formula"
    if variable.kind == "date":
        return text, None if _span(
            text
        ) else f"must be a date (2012-03-21, 2012-03, 2012, or two of them joined by a slash); got {text!r}"
    if variable.kind in ("integer", "number"):
        form = r"\d+" if variable.kind == "integer" else r"-?\d+(\.\d+)?"
        what = "an integer" if variable.kind == "integer" else "a number"
        return text, None if re.fullmatch(form, text) else f"must be {what}; got {text!r}"
    parts = _parts(text) if variable.kind in ("codes", ITEMS) else [text]
    parts = [" ".join(part.split()) for part in parts]
    for part in parts:
        if part not in variable.codes:
            hint = suggestion(part, variable.codes)
            listed = "; write an item and its stage, such as 'words done'" if variable.kind == ITEMS else ""
            allowed = "" if hint or variable.kind == ITEMS else f"; must be one of {', '.join(variable.codes)}"
            return text, f"unknown code {part!r}{hint or listed or allowed}"
    return "; ".join(parts), None


def _days(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a day, month or year."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    try:
        if day:
            return date(year or 0, month or 0, day), date(year or 0, month or 0, day)
        first, last = month or 1, month or 12
        return date(year or 0, first, 1), date(year or 0, last, calendar.monthrange(year or 0, last)[1])
    except ValueError:
        return None


def _span(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a date or an interval."""
    parts = [_days(part) for part in text.split("/")]
    if len(parts) > 2 or any(part is None for part in parts):
        return None
    first, last = parts[0], parts[-1]
    return (first[0], last[1]) if first and last and first[0] <= last[1] else None


# The figures


def _scored(drawn: _Draw, answers: Sequence[dict[str, tuple[str, str]]]) -> Audit:
    import pandas as pd

    read = [(row, answer) for row, answer in zip(drawn.rows, answers, strict=True) if answer[RECOVERED][0] in READ]
    figures, differences = [], []
    for variable in drawn.variables:
        pairs: list[tuple[Value, Value]] = []
        weights: list[float] = []
        wrong = 0
        counted: list[tuple[float, bool]] = []
        for row, answer in read:
            if row.given == variable.name:
                continue
            text, cell = answer[variable.name]
            one, other = (_value(each, variable) for each in (row.ours[variable.name], text))
            pairs.append((one, other))
            weights.append(1 / row.probability)
            blank = one is None and other is None
            unsettled = (one is None or other is None) and variable.measure.required
            agrees = same(one, other)
            if blank or unsettled or agrees is None:
                continue
            counted.append((1 / row.probability, not agrees))
            if not agrees:
                wrong += 1
                differences.append(_difference(drawn, row, variable, text, cell))
        found = agreement(pairs, variable.measure, weights=weights)
        rate, low, high = _error_rate(counted)
        figures.append(
            {
                "variable": variable.name,
                "checked": len(counted),
                "errors": wrong,
                "error_rate": rate,
                "low": low,
                "high": high,
                "alpha": found.alpha,
                "alpha_low": found.alpha_low,
                "alpha_high": found.alpha_high,
            }
        )
    columns = ["cell", "table_name", "record_id", "variable", "edition_value", "audit_value", "sources"]
    return Audit(
        edition=drawn.edition.version,
        table=drawn.table,
        rows=len(drawn.rows),
        not_recovered=len(drawn.rows) - len(read),
        variables=pd.DataFrame(figures).set_index("variable"),
        differences=pd.DataFrame(differences, columns=columns),
    )


def _value(text: str | None, variable: _Variable) -> Value:
    return comparable(text, variable.measure, _span(text) if text and variable.kind == "date" else None)


def _difference(drawn: _Draw, row: _Row, variable: _Variable, text: str, cell: str) -> dict[str, str | None]:
    return {
        "cell": f"{drawn.table}!{cell}",
        "table_name": drawn.table,
        "record_id": row.record_id,
        "variable": variable.name,
        "edition_value": row.ours[variable.name],
        "audit_value": text or None,
        "sources": "; ".join(str(link["url"]) for link in row.sources),
    }


def _error_rate(counted: Sequence[tuple[float, bool]]) -> tuple[float | None, float | None, float | None]:
    """Return the weighted share of errors with the Wilson interval for the effective number of rows."""
    if not counted:
        return None, None, None
    total = sum(weight for weight, _ in counted)
    rate = sum(weight for weight, wrong in counted if wrong) / total
    effective = total**2 / sum(weight**2 for weight, _ in counted)
    return (rate, *wilson(rate, effective))
