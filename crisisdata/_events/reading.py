"""Events of a published dataset as an Ibis table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from crisisdata._events.checking import check_cells, check_types
from crisisdata._events.columns import of_layout
from crisisdata._events.layouts import EXACTNESS, Layout, layouts, named, recognised, unrecognised
from crisisdata._events.local import plan_of
from crisisdata._events.messages import translated
from crisisdata._events.plan import survey_sql
from crisisdata._events.sources import Local, Remote, import_ibis, open_source
from crisisdata.errors import ArgumentError, InvalidEventsError

if TYPE_CHECKING:
    import ibis.expr.types as ir


def read_events(
    source: Any,
    layout: str | None = None,
    *,
    at_least: Literal["day", "week", "month", "year"] | None = None,
) -> ir.Table:
    """Return events in the published layout of ACLED, UCDP GED, GDELT or SCAD, ready for `align`.

    Needs the extra ``events``. What a layout is, and how to describe another one, is in `docs/layouts.md`.

    Parameters
    ----------
    source
        Path of one or more CSV or Excel files of the dataset, as published, or a data frame or Ibis table with its
        columns. Extracts also work if they include the date and country columns.
    layout
        ``"acled"``, ``"ucdp_ged"``, ``"gdelt_1"``, ``"gdelt_2"`` or ``"scad"``. None recognises the layout by its
        columns.
    at_least
        Keep the events whose date is exact to at least the day, week, month or year. None keeps all. An
        event known only to the month is dated to some day of that month, so use ``"day"`` for counts by day. GDELT
        and SCAD have no such column.

    Returns
    -------
    ibis.Table
        One row per event, with the dataset's own column names, evaluated lazily. Dates are dates, codes are text
        with leading zeros, numbers are numbers; the dataset's codes for missing numbers are missing; rows
        that are not events, or that repeat an event for another place, are omitted.

    Raises
    ------
    UnknownNameError
        If the layout does not exist.
    ArgumentError
        If the layout does not say how exactly a date is known, or `at_least` is invalid.
    MissingDependencyError
        If a required library is not installed.
    InvalidEventsError
        If the file cannot be read, its columns do not match the layout, or a date or number in it cannot be read.

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
    known = None if layout is None else named(layout)
    with translated("the events"):
        events = open_source(source)
        shown = recognised(events.columns)
        known = known or shown
        if known is None:
            raise unrecognised(events.columns)
        if shown is not None and shown is not known and _differ(shown, known, events.columns):
            raise InvalidEventsError(
                f"layout={known.name!r}, but these are the {len(events.columns)} columns of {shown.title}. Pass "
                f"layout={shown.name!r}, or leave layout= out."
            )
        table = _table(events, known)
    return _exact(table, known, at_least) if at_least else table


def _differ(shown: Layout, known: Layout, columns: list[Hashable]) -> bool:
    """Say whether two layouts use the columns that are present differently."""
    return len(shown.named(columns)) > len(known.named(columns))


def _table(events: Local | Remote, layout: Layout) -> ir.Table:
    """Return the events with dates as dates and numbers as numbers, without rows that are not events."""
    there = layout.require(events.columns)
    columns = of_layout(layout, events.columns, None, "drop")
    numbers = [there[name] for name in layout.types if name in there and there[name] not in columns.date]
    names, plan = plan_of(columns, numbers, events.columns, events.columns, "day", row=False)
    if isinstance(events, Remote):
        selected = events.select(names)
        check_types(columns, {name: selected[f"x{number}"].type() for number, name in enumerate(names)})
        ready = plan.prepared(selected, tolerant=events.engine.name == "duckdb")
    else:
        schema = events.view(names)
        check_types(columns, {name: schema[f"x{number}"] for number, name in enumerate(names)})
        check_cells(events.run(survey_sql(plan, schema)[0]).to_pylist(), columns, numbers)
        ibis = import_ibis()
        ready = plan.prepared(ibis.duckdb.from_connection(events.connection).table("events"), tolerant=True)
    return ready.select(**{str(name): ready[f"g{number}"] for number, name in enumerate(events.columns)})


def _exact(table: ir.Table, layout: Layout, at_least: str) -> ir.Table:
    """Return the events whose date is exact enough."""
    if not layout.precision:
        titles = ", ".join(each.title for each in layouts().values() if each.precision)
        raise ArgumentError(
            f"at_least={at_least!r}: {layout.title} does not say how exact a date is. Layouts that do: {titles}."
        )
    there: Mapping[str, Hashable] = layout.named(table.columns)
    column = layout.precision["column"]
    if column not in there:
        raise InvalidEventsError.lacks([column], table.columns)
    enough = EXACTNESS[: EXACTNESS.index(at_least) + 1]
    codes = [code for code, exactness in layout.precision["codes"].items() if exactness in enough]
    return table.filter(table[str(there[column])].cast("string").isin(codes))
