"""How the columns of events become day, country, values and groups: expressions that are the same for every engine.

A plan knows columns by internal names (x0, x1 …), so that the names of users' columns cannot clash with ours and the
SQL of a plan can be reused for other events of the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pyarrow as pa

DAY, COUNTRY, ROW = "day", "country", "row"
MISSING_NUMBERS = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None")
"""Texts that mean a missing number."""
_ISO_DAY = r"^\s*\d{4}-\d{2}-\d{2}([T ][0-9:.]+)?\s*$"
_INTEGER, _NUMBER = r"^\s*[-+]?\d+(\.0*)?\s*$", r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"
_DAYS_OF = {"month": "M", "quarter": "Q", "year": "Y"}
PERIODS = ("day", "week", *_DAYS_OF)
Rules = tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Plan:
    """How internal columns become day, country, values (v0 …) and groups (g0 …)."""

    date: tuple[str, ...]
    date_format: str | None
    country: str
    values: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    year: str | None = None
    year_slack: int = 0
    rows: Rules = ()
    """Conditions that rows must meet to be events."""
    blanks: Rules = ()
    """Numbers that say why a value is missing."""
    kinds: tuple[tuple[str, str], ...] = ()
    """Which texts are numbers or dates."""
    period: str = "day"
    """The period that a row's value covers: its day, or a longer period, represented by its first day."""
    row: bool = False
    """Whether the events have row numbers."""

    def prepared(self, events: ir.Table, *, tolerant: bool) -> ir.Table:
        """Return the events with day and country; an unreadable day is an error or, with `tolerant`, missing."""
        for name, rule, number in self.rows:
            column = self.cell(events, name)
            events = events.filter((column >= number if rule == "at_least" else column == number).fill_null(True))
        day, place = self.day(events, tolerant=tolerant), events[self.country]
        if self.period in _DAYS_OF:
            day = day.truncate(_DAYS_OF[self.period])
        columns = {DAY: day, COUNTRY: place}
        columns |= {f"v{number}": self.cell(events, name) for number, name in enumerate(self.values)}
        columns |= {f"g{number}": self.cell(events, name) for number, name in enumerate(self.groups)}
        return events.mutate(**columns)

    def cell(self, events: ir.Table, name: str) -> ir.Value:
        """Return a column with numbers as numbers, dates as dates, and codes for missing values as missing."""
        kind = dict(self.kinds).get(name)
        column = events[name]
        if kind == "date" and column.type().is_string():
            column = iso_day(column)
        elif kind == "day":
            column = self.day(events, tolerant=True)
        elif kind is not None and column.type().is_string():
            column = number(column, kind)
        for blank, _, limit in self.blanks:
            if blank == name:
                column = (column < limit).fill_null(False).ifelse(None, column)
        return column

    def day(self, events: ir.Table, *, tolerant: bool) -> ir.Value:
        """Return the day of an event, as a date."""
        if len(self.date) > 1:
            year, month, day = (_whole(events[name]) for name in self.date)
            text = year.lpad(4, "0") + "-" + month.lpad(2, "0") + "-" + day.lpad(2, "0")
            return _cast(text, tolerant=tolerant)
        column = events[self.date[0]]
        if column.type().is_date():
            return column
        if not (column.type().is_string() or column.type().is_integer()):
            return column.cast("date")
        text = column.cast("string")
        if self.date_format is None:
            return iso_day(text, tolerant=tolerant)
        if self.date_format == "%Y%m%d":
            text = text.re_search(r"^\s*\d{8}\s*$").ifelse(text.strip(), None)
            return _cast(text[0:4] + "-" + text[4:6] + "-" + text[6:8], tolerant=tolerant)
        if self.date_format != "%d %B %Y":
            return _parsed(text, self.date_format, tolerant=tolerant)
        iso = text.re_search(_ISO_DAY)
        spelled = iso.ifelse(None, text.strip().replace("-", " "))
        return iso_day(iso.ifelse(text, None), tolerant=tolerant).coalesce(
            _parsed(spelled, self.date_format, tolerant=tolerant)
        )

    def raw_day(self, events: ir.Table) -> ir.Value:
        """Return what is written for the day, as text; missing if nothing is."""
        first, *others = (events[name].cast("string") for name in self.date)
        for other in others:
            first = first + "-" + other
        return first.strip().nullif("")

    def survey(self, events: ir.Table, *, tolerant: bool = True, spans: bool = False) -> ir.Table:
        """Return, for each spelling of a country, what must be known before anything is counted."""
        ready = self.prepared(events, tolerant=tolerant)
        found = {"events": ready.count(), "dated": ready[DAY].count()}
        if spans:
            found |= {"first": ready[DAY].min(), "last": ready[DAY].max()}
        if self.reads_text(events):
            raw = self.raw_day(ready)
            unread = raw.notnull() & ready[DAY].isnull()
            found |= {"unread": unread.sum(), "example": unread.ifelse(raw, None).min()}
            found |= {"example_last": unread.ifelse(raw, None).max()}
        if self.year is not None and (ready[self.year].type().is_string() or ready[self.year].type().is_numeric()):
            stated = (
                _whole(ready[self.year]).try_cast("int64") if ready[self.year].type().is_string() else ready[self.year]
            )
            wrong = ((stated - ready[DAY].year()).abs() > self.year_slack).fill_null(False)
            found |= {"contradicting": wrong.sum(), "contradiction": wrong.ifelse(self.raw_day(ready), None).min()}
        for number_, name in enumerate(self.values):
            if ready[name].type().is_string() and name in dict(self.kinds):
                given = ready[name].strip()
                bad = given.notnull() & given.notin(MISSING_NUMBERS) & ready[f"v{number_}"].isnull()
                bad = bad & ~self._is_blank(ready, name)
                found |= {f"bad_{number_}": bad.sum(), f"badly_{number_}": bad.ifelse(given, None).min()}
        return ready.group_by(COUNTRY).agg(**found)

    def _is_blank(self, ready: ir.Table, name: str) -> ir.Value:
        import ibis

        limits = [limit for blank, _, limit in self.blanks if blank == name]
        if not limits:
            return ibis.literal(False)
        return (number(ready[name], dict(self.kinds)[name]) < limits[0]).fill_null(False)

    def reads_text(self, events: ir.Table) -> bool:
        """Say whether the day is made from text that may not be a date."""
        return any(events[name].type().is_string() or events[name].type().is_numeric() for name in self.date)

    def daily(self, events: ir.Table, parts: tuple[str, ...], keys: tuple[Any, ...], *, tolerant: bool) -> ir.Table:
        """Return the events of some countries added up by day.

        Windows overlap, so a day may count several times: it is cheaper to add up before the join than after it.
        """
        ready = self.prepared(events, tolerant=tolerant)
        ready = ready.filter(ready[COUNTRY].isin(keys))
        return self.added_up(ready, parts)

    def added_up(self, ready: ir.Table, parts: tuple[str, ...]) -> ir.Table:
        """Return prepared events added up by country, day and group."""
        sums = {
            f"v{number}_{part}": getattr(ready[f"v{number}"], part)()
            for number in range(len(self.values))
            for part in parts
        }
        groups = [f"g{number}" for number in range(len(self.groups))]
        return ready.group_by([COUNTRY, DAY, *groups]).agg(n=ready.count(), **sums)


def iso_day(text: ir.Value, *, tolerant: bool = True) -> ir.Value:
    """Return the day of a text such as 2021-05-24 or 2021-05-24 10:00; missing for any other text."""
    readable = text.re_search(_ISO_DAY).ifelse(text.strip().substr(0, 10), None)
    return _cast(readable if tolerant else text.strip().substr(0, 10), tolerant=tolerant)


def number(text: ir.Value, kind: str) -> ir.Value:
    """Return a text as a number of some kind; missing if it is not one."""
    if kind == "int64":
        plain = text.re_search(_INTEGER).ifelse(text.strip(), None).re_replace(r"\.0*$", "")
        return plain.try_cast("int64")
    return text.re_search(_NUMBER).ifelse(text.strip(), None).try_cast("float64")


def kind_of_texts(column: ir.Value) -> dict[str, ir.Value]:
    """Return what decides the kind of a column of texts: the number of texts, and of those of each kind."""
    given = column.strip().nullif("")
    said = given.notin(MISSING_NUMBERS).ifelse(given, None)
    whole = r"^[-+]?(0|[1-9]\d{0,17})$"  # 010 is a code
    decimal = r"^[-+]?(0|[1-9]\d*)?(\.\d*)?([eE][-+]?\d+)?$"
    return {
        "texts": said.count(),
        "given": given.count(),
        "int64": said.re_search(whole).sum(),
        "float64": (said.re_search(decimal) & said.re_search(r"\d")).sum(),
        "date": iso_day(given.re_search(r"^\d{4}-\d{2}-\d{2}$").ifelse(given, None)).count(),
    }


def _whole(column: ir.Value) -> ir.Value:
    """Return an integer as text; missing if the value is not an integer."""
    kind = column.type()
    if kind.is_string():
        return column.re_search(_INTEGER).ifelse(column.strip(), None).re_replace(r"\.0*$", "")
    if kind.is_integer():
        return column.cast("string")
    whole = column.cast("int64")
    return (column == whole).ifelse(whole, None).cast("string")


def _cast(text: ir.Value, *, tolerant: bool) -> ir.Value:
    return text.try_cast("date") if tolerant else text.cast("date")


def _parsed(text: ir.Value, date_format: str, *, tolerant: bool) -> ir.Value:
    return _try_strptime()(text.strip(), date_format).date() if tolerant else text.strip().as_date(date_format)


@lru_cache(maxsize=1)
def _try_strptime() -> Any:
    import ibis

    @ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
    def try_strptime(text, date_format):  # type: ignore[no-untyped-def]
        """DuckDB's own function: a text as a timestamp, or null."""

    return try_strptime


@lru_cache(maxsize=256)
def survey_sql(plan: Plan, schema: sch.Schema) -> tuple[str, pa.Schema]:
    """Return the survey as DuckDB SQL, with the types of its result."""
    return _compiled(plan.survey(_events(schema)))


@lru_cache(maxsize=256)
def daily_sql(plan: Plan, schema: sch.Schema, parts: tuple[str, ...], keys: tuple[Any, ...]) -> tuple[str, sch.Schema]:
    """Return the events added up by day, as DuckDB SQL, with the types of its result."""
    daily = plan.daily(_events(schema), parts, keys, tolerant=True)
    return _compiled(daily)[0], daily.schema()


@lru_cache(maxsize=256)
def rows_sql(plan: Plan, schema: sch.Schema) -> tuple[str, pa.Schema]:
    """Return the prepared events, one by one, as DuckDB SQL."""
    ready = plan.prepared(_events(schema), tolerant=True)
    groups = [f"g{number}" for number in range(len(plan.groups))]
    return _compiled(ready.select(COUNTRY, DAY, ROW, *groups))


def _events(schema: sch.Schema) -> ir.Table:
    import ibis

    return ibis.table(schema, name="events")


def _compiled(expression: ir.Table) -> tuple[str, pa.Schema]:
    import ibis

    return str(ibis.to_sql(expression, dialect="duckdb")), expression.schema().to_pyarrow()
