"""The published layouts of well-known event datasets: how they write dates, countries and missing values."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from crisisdata._events.engines import import_ibis, kind_of_path, open_events, reading
from crisisdata.errors import ArgumentError, InvalidEventsError, UnknownNameError

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PACKAGE = Path(__file__).resolve().parents[1]
_NAMES = "columns.toml"
EXACTNESS = ("day", "week", "month", "year")


@dataclass(frozen=True)
class Layout:
    """The layout of one dataset, as its file under `schemas/layouts` describes it."""

    name: str
    title: str
    documented: str
    signature: list[str]
    columns: list[str]
    csv: dict[str, Any]
    date: dict[str, Any]
    country: list[dict[str, str]]
    types: dict[str, str]
    precision: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    missing: dict[str, dict[str, int]] = field(default_factory=dict)
    fips: dict[str, str] = field(default_factory=dict)

    @property
    def date_columns(self) -> list[str]:
        """The columns that make up the date of an event."""
        return self.date.get("parts") or [self.date["column"]]

    def country_column(self, columns: Iterable[str]) -> tuple[str, str | None]:
        """Return the column that names the country, with the kind of code, by what there is."""
        for entry in self.country:
            if entry["column"] in columns:
                return entry["column"], entry.get("codes")
        raise InvalidEventsError.lacks([entry["column"] for entry in self.country], columns)

    def mended(self, table: ir.Table) -> ir.Table:
        """Return a table of this layout with events only, and with what says "missing" missing."""
        for name, rule in self.rows.items():
            if name in table.columns:
                column = table[name]
                kept = column >= rule["at_least"] if "at_least" in rule else column == rule["equals"]
                table = table.filter(kept)
        blank = {
            name: (table[name] >= rule["below"]).ifelse(table[name], None)
            for name, rule in self.missing.items()
            if name in table.columns
        }
        return table.mutate(**blank) if blank else table

    def day(self, table: ir.Table) -> ir.Value:
        """Return the day of an event, as a date."""
        import ibis

        if "parts" in self.date:
            year, month, day = (table[name].cast("int32") for name in self.date["parts"])
            return ibis.date(year, month, day)
        column = table[self.date["column"]]
        if not (column.type().is_string() or column.type().is_integer()):
            return column.cast("date")
        if self.date.get("format") == "%Y%m%d":
            text = column.cast("string")
            return (text[0:4] + "-" + text[4:6] + "-" + text[6:8]).cast("date")
        if "format" not in self.date:
            return column.cast("date")
        iso = column.re_search(r"^\d{4}-")
        return iso.ifelse(column, None).cast("date").coalesce(iso.ifelse(None, column).as_date(self.date["format"]))


def read_events(
    source: Any,
    layout: str | None = None,
    *,
    at_least: Literal["day", "week", "month", "year"] | None = None,
) -> ir.Table:
    """Return events in the published layout of ACLED, UCDP GED, GDELT 1.0 or SCAD, ready for `align`.

    Parameters
    ----------
    source
        Path of the dataset's CSV file or files, as published, or a frame or an Ibis table with its columns.
    layout
        ``"acled"``, ``"ucdp_ged"``, ``"gdelt_1"`` or ``"scad"``. None recognises it by its columns.
    at_least
        Keep the events whose date the dataset knows to the day, week, month or year, or better. None keeps all. An
        event known to the month stands on some day of it, so that ``"day"`` is the choice for a count by days. GDELT
        and SCAD have no such column.

    Returns
    -------
    ibis.Table
        One row per event, with the columns of the dataset under their names, lazily. Dates are dates, codes are text
        with their leading zeros, numbers are numbers; what the dataset writes for a missing number is missing; rows
        that are no events, or repeat one for a further place, are left out.

    Raises
    ------
    UnknownNameError
        There is no such layout.
    InvalidEventsError
        The file cannot be read, or its columns are those of no layout.

    Examples
    --------
    >>> import pandas as pd
    >>> import crisisdata as cd
    >>> acled = pd.DataFrame({
    ...     "event_id_cnty": ["MLI1", "MLI2"], "event_date": ["24 May 2021", "2021-05-25"], "iso": [466, 466],
    ...     "time_precision": [1, 3], "fatalities": [0, 2],
    ... })
    >>> cd.read_events(acled, at_least="day").event_date.to_pyarrow().to_pylist()
    [datetime.date(2021, 5, 24)]
    """
    if at_least is not None and at_least not in EXACTNESS:
        raise ArgumentError.of("at_least", at_least, EXACTNESS)
    known = named(layout) if layout is not None else None
    if isinstance(source, (str, os.PathLike)) and kind_of_path(os.fspath(source)) == "csv":
        table, known = _read_csv(os.fspath(source), known)
    else:
        table = open_events(source).table
    known = known or recognised(table.columns)
    if known is None:
        raise _unrecognised(table.columns)
    missing = [name for name in (*known.date_columns, known.signature[0]) if name not in table.columns]
    if missing:
        raise InvalidEventsError.lacks(missing, table.columns)
    table = known.mended(table)
    if "column" in known.date:
        table = table.mutate(**{known.date["column"]: known.day(table)})
    return _exact(table, known, at_least) if at_least else table


@cache
def layouts() -> dict[str, Layout]:
    """Return the known layouts by name."""
    files = sorted(file for file in _folder().glob("*.toml") if file.name != _NAMES)
    found = (Layout(**tomllib.loads(file.read_text("utf-8"))) for file in files)
    return {layout.name: layout for layout in found}


@cache
def names_of_codes() -> dict[str, str]:
    """Return which column of `countries` a column of codes holds, by its name in lower case."""
    names = tomllib.loads((_folder() / _NAMES).read_text("utf-8"))
    return {name.lower(): codes for codes, listed in names.items() for name in listed}


def named(layout: str) -> Layout:
    """Return a layout by its name."""
    if layout not in layouts():
        raise UnknownNameError.of("layout", layout, layouts())
    return layouts()[layout]


def recognised(columns: Iterable[str]) -> Layout | None:
    """Return the layout whose signature is among the columns."""
    present = set(columns)
    return next((layout for layout in layouts().values() if present.issuperset(layout.signature)), None)


def _folder() -> Path:
    installed = _PACKAGE / "schemas_data"
    return (installed if installed.is_dir() else _PACKAGE.parent / "schemas") / "layouts"


def _unrecognised(columns: Iterable[str]) -> InvalidEventsError:
    return InvalidEventsError(
        f"the columns are those of no known layout ({', '.join(layouts())}): {', '.join(columns)}. "
        "Name the layout, or give `align` the columns with date= and country=."
    )


def _exact(table: ir.Table, layout: Layout, at_least: str) -> ir.Table:
    if not layout.precision:
        raise ArgumentError(f"at_least={at_least!r}: {layout.title} does not say how exactly it knows a date.")
    column = layout.precision["column"]
    if column not in table.columns:
        raise InvalidEventsError.lacks([column], table.columns)
    enough = EXACTNESS[: EXACTNESS.index(at_least) + 1]
    codes = [code for code, exactness in layout.precision["codes"].items() if exactness in enough]
    return table.filter(table[column].cast("string").isin(codes))


def _read_csv(path: str, layout: Layout | None) -> tuple[ir.Table, Layout]:
    """Return a CSV file as text with its numbers cast, and the layout that its first line shows where none is named."""
    engine = import_ibis().duckdb.connect()
    with reading(path):
        if layout is None:
            layout = _layout_of(_first_line(engine, path))
        plain = dict(layout.csv)
        options: dict[str, Any] = {"all_varchar": True}
        options |= {ours: plain[name] for name, ours in _OPTIONS.items() if name in plain}
        first = _first_line(engine, path, **options)
        if set(layout.columns).isdisjoint(first):
            options |= {"header": False, "names": layout.columns[: len(first)]}
        else:
            options["header"] = True
        table = engine.read_csv(path, **options)
    numbers = {name: table[name].cast(kind) for name, kind in layout.types.items() if name in table.columns}
    return table.mutate(**numbers), layout


_OPTIONS = {"delimiter": "delim", "quote": "quote", "encoding": "encoding"}


def _first_line(engine: Any, path: str, **options: Any) -> list[str]:
    """Return the cells of the first line; of a file that is not in UTF-8, as Latin-1."""
    import duckdb

    options = {"quote": '"', "all_varchar": True, "header": False, **options}
    try:
        rows = engine.read_csv(path, **options)
    except duckdb.InvalidInputException:
        rows = engine.read_csv(path, **{"encoding": "latin-1", **options})
    [row] = engine.to_pyarrow(rows.limit(1)).to_pylist() or [{}]
    return [str(cell) for cell in row.values()]


def _layout_of(first: Sequence[str]) -> Layout:
    """Return the layout of a file by its first line: its header, or the number of its cells where it has none."""
    by_name = recognised(first)
    if by_name:
        return by_name
    for layout in layouts().values():
        if first[0].isdigit() and len(layout.columns) - len(first) in (0, 1):
            return layout
    raise _unrecognised(first)
