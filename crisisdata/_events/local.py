"""Events in frames and files: checked, counted and returned by this process's DuckDB."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from crisisdata._events.checking import check_types, keys_of, refuse_texts, spans_of_days
from crisisdata._events.columns import Columns
from crisisdata._events.conditions import COLUMNS, Conditions
from crisisdata._events.plan import COUNTRY, DAY, PERIODS, ROW, Plan, daily_sql, kind_of_texts, rows_sql, survey_sql
from crisisdata._events.sources import Frame, Local
from crisisdata._events.windows import Spans, Windows, counted_sql, parts_of
from crisisdata.errors import InvalidEventsError

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import pyarrow as pa

    from crisisdata._editions import Edition


class LocalEvents:
    """Events of a local source, whose columns are known."""

    def __init__(
        self,
        source: Local,
        columns: Columns,
        values: Sequence[Hashable],
        kept: Sequence[Hashable],
        edition: Edition,
        period: str | None,
    ) -> None:
        self.source, self.columns, self.values, self.kept, self.edition = source, columns, values, kept, edition
        own = source.period_of(columns.date[0])
        if own is not None and (own not in PERIODS or period not in (None, own)):
            raise InvalidEventsError(
                f"the column {columns.date_label} contains periods with the frequency {own!r}"
                f"{f', but period={period!r} gives another' if period else ''}. Convert them to days with "
                f".dt.start_time, and pass period= as one of {', '.join(PERIODS)}."
            )
        self.said = period is not None or own is not None
        self.period = period or own or "day"

    def close(self) -> None:
        """Release the engine's memory."""
        self.source.close()

    def counts_in(self, windows: Windows, aggregates: Sequence[str], coverage: Spans | None) -> Any:
        """Return the events in each period of each window, counted and summarised."""
        plan, schema = self._view(self.kept)
        if {"sum", "mean"} & set(aggregates):
            kinds = dict(plan.kinds)
            texts = [(name, own) for name, own in zip(self.values, plan.values, strict=True) if own not in kinds]
            refuse_texts([name for name, _ in texts], [schema[own] for _, own in texts])
        keys = self._keys(plan, schema, windows.countries)
        parts = parts_of(aggregates) if self.values else ()
        sql, daily = daily_sql(plan, schema, parts, tuple(keys))
        self.source.execute(f"create or replace temp table daily as {sql}")
        days = self.source.run(f"select {COUNTRY}, {DAY}, sum(n)::bigint as n from daily group by all")
        spans = spans_of_days(days, keys, self.columns, self.period, self.said)
        covered = spans if coverage is None else coverage
        inside = windows.inside(covered)
        windows.warn_of_uncovered(inside, covered)
        counted_days = None if coverage is None else inside
        dated = windows.dated(keys, counted_days, self.period, schema.to_pyarrow().field(plan.country).type)
        grid = windows.grid(windows.covered(inside))
        self.source.connection.register("dated", dated)
        self.source.connection.register("grid", grid)
        groups = tuple(f"g{number}" for number in range(len(self.kept)))
        sql, result = counted_sql(daily, _schema(dated), len(self.values), tuple(aggregates), groups, self.period)
        found = self.source.run(sql, result)
        names = [*self.kept, "events", *(f"{name}_{each}" for name in self.values for each in aggregates)]
        return self._named(windows.labelled(found), names)

    def rows_in(self, windows: Windows) -> Any:
        """Return the events in the windows, once for each window."""
        import pyarrow as pa

        ready, keys, kind = self._rows(windows.countries)
        self.source.connection.register("dated", windows.dated(keys, None, "day", kind))
        found = self.source.run(
            f"select cell, e.* exclude ({COUNTRY}, {DAY}) from ({ready}) e join dated using ({COUNTRY}, {DAY}) "
            f"order by cell, {ROW}"
        )
        labels = windows.labels_of(found["cell"], ["day", "also_in"])
        if isinstance(self.source, Frame):
            return _beside(self.source.deliver(labels), self._of_frame(found[ROW].to_numpy()))
        columns = {**dict(zip(labels.column_names, labels.columns, strict=True))}
        columns |= {f"g{number}": found[f"g{number}"] for number in range(len(self.kept))}
        return self._named(pa.table(columns), self.kept)

    def with_conditions(self, conditions: Conditions, key: Hashable | None) -> Any:
        """Return all events, as they came, with the state of their country on their day."""
        import pyarrow as pa

        if key is not None:
            raise InvalidEventsError("key= is for Ibis tables only; data frames and files keep their order.")
        ready, keys, kind = self._rows(conditions.countries)
        self.source.connection.register("dated", conditions.dated(keys, kind))
        found = self.source.run(
            f"select state, e.* exclude ({COUNTRY}, {DAY}) from ({ready}) e left join dated using ({COUNTRY}, {DAY}) "
            f"order by {ROW}"
        )
        states = conditions.states.take(found["state"])
        if isinstance(self.source, Frame):
            return _beside(self._of_frame(found[ROW].to_numpy()), self.source.deliver(states))
        columns = {f"g{number}": found[f"g{number}"] for number in range(len(self.kept))}
        columns |= {name: states[name] for name in COLUMNS}
        return self._named(pa.table(columns), [*self.kept, *COLUMNS])

    def _rows(self, countries: Sequence[str]) -> tuple[str, dict[Any, str], pa.DataType]:
        """Return the SQL for the prepared events, one by one, after all checks; files keep their columns."""
        if self.period != "day":
            raise InvalidEventsError(
                f"the column {self.columns.date_label} contains periods of a {self.period}, not single days. Count "
                "them with `align` and every=, or convert them to days with .dt.start_time."
            )
        plan, schema = self._view(() if isinstance(self.source, Frame) else self.kept, row=True)
        keys = self._keys(plan, schema, countries)
        days = self.source.run(
            f"select {COUNTRY}, {DAY}, count(*) as n from ({rows_sql(plan, schema)[0]}) "
            f"where {COUNTRY} in (select unnest($keys)) group by all".replace("$keys", _list(keys))
        )
        spans_of_days(days, keys, self.columns, self.period, self.said)
        return rows_sql(plan, schema)[0], keys, schema.to_pyarrow().field(plan.country).type

    def _view(self, groups: Sequence[Hashable], *, row: bool = False) -> tuple[Plan, sch.Schema]:
        """Make the needed columns a view in the engine; return what they become, and their types."""
        names, plan = plan_of(self.columns, self.values, groups, self.source.columns, self.period, row=row)
        schema = self.source.view(names, row=row)
        types = {name: schema[f"x{number}"] for number, name in enumerate(names)}
        check_types(self.columns, types)
        if self.source.text:
            open_ = [f"x{names.index(name)}" for name in (*self.values, *groups)]
            plan = _with_kinds(
                plan, self._kinds([name for name in dict.fromkeys(open_) if name not in dict(plan.kinds)])
            )
        return plan, schema

    def _kinds(self, names: Sequence[str]) -> dict[str, str]:
        """Return the kind of the texts in each column where all are of one kind."""
        if not names:
            return {}
        found = self.source.run(_kinds_sql(tuple(names))).to_pylist()[0]
        kinds = {}
        for name in names:
            if found[f"{name}_given"] and found[f"{name}_date"] == found[f"{name}_given"]:
                kinds[name] = "date"
            elif found[f"{name}_texts"]:
                fitting = [kind for kind in ("int64", "float64") if found[f"{name}_{kind}"] == found[f"{name}_texts"]]
                kinds |= dict.fromkeys([name] if fitting else [], fitting[0] if fitting else "")
        return kinds

    def _keys(self, plan: Plan, schema: sch.Schema, countries: Sequence[str]) -> dict[Any, str]:
        """Return the spellings of some countries in the events, after checking all of them."""
        rows = self.source.run(survey_sql(plan, schema)[0]).to_pylist()
        text = schema[plan.country].is_string()
        keys = keys_of(rows, self.columns, self.values, self.edition, text=text)
        return {key: iso3 for key, iso3 in keys.items() if iso3 in set(countries)}

    def _of_frame(self, rows: np.ndarray) -> Any:
        """Return rows of the user's frame, unchanged, with the columns that are kept."""
        assert isinstance(self.source, Frame)
        whole = self.source.take(None)
        taken = whole if np.array_equal(rows, np.arange(len(whole))) else self.source.take(rows)
        kept = list(self.kept)
        return taken.select(kept) if hasattr(taken, "select") else taken[kept].copy()

    def _named(self, arrow: pa.Table, names: Sequence[Hashable]) -> Any:
        """Return a result as the same kind of frame as the input; its last columns get the user's names."""
        own = arrow.column_names[: arrow.num_columns - len(names)]
        delivered = self.source.deliver(arrow.rename_columns([*own, *map(str, names)]))
        if any(not isinstance(name, str) for name in names):
            delivered.columns = [*own, *names]
        return delivered


def plan_of(
    columns: Columns,
    values: Sequence[Hashable],
    groups: Sequence[Hashable],
    there: Sequence[Hashable],
    period: str,
    *,
    row: bool,
) -> tuple[list[Hashable], Plan]:
    """Return the columns that are needed, and the plan that knows them by position."""
    layout = columns.layout
    present: Mapping[str, Hashable] = layout.named(there) if layout else {}
    extra = [present[name] for name in (layout.rows if layout else ()) if name in present]
    year = [] if columns.year is None else [columns.year]
    names = list(dict.fromkeys([*columns.date, columns.country, *year, *extra, *values, *groups]))
    own = {name: f"x{number}" for number, name in enumerate(names)}
    rules = layout.rows if layout else {}
    blanks = layout.missing if layout else {}
    kinds = (
        {own[present[name]]: kind for name, kind in layout.types.items() if present.get(name) in own} if layout else {}
    )
    for name in columns.date if len(columns.date) == 1 and layout else ():
        kinds[own[name]] = "day"
    return names, Plan(
        date=tuple(own[name] for name in columns.date),
        date_format=columns.date_format,
        country=own[columns.country],
        values=tuple(own[name] for name in values),
        groups=tuple(own[name] for name in groups),
        year=None if columns.year is None else own[columns.year],
        year_slack=columns.year_slack,
        rows=tuple((own[present[name]], *next(iter(rule.items()))) for name, rule in rules.items() if name in present),
        blanks=tuple(
            (own[present[name]], "below", rule["below"]) for name, rule in blanks.items() if present.get(name) in own
        ),
        kinds=tuple(sorted(kinds.items())),
        period=period,
        row=row,
    )


def _with_kinds(plan: Plan, kinds: Mapping[str, str]) -> Plan:
    from dataclasses import replace

    return replace(plan, kinds=tuple(sorted({**dict(plan.kinds), **kinds}.items())))


@lru_cache(maxsize=64)
def _kinds_sql(names: tuple[str, ...]) -> str:
    import ibis

    events = ibis.table(dict.fromkeys(names, "string"), name="events")
    found = {f"{name}_{what}": count for name in names for what, count in kind_of_texts(events[name]).items()}
    return str(ibis.to_sql(events.agg(**found), dialect="duckdb"))


def _list(keys: Mapping[Any, str]) -> str:
    """Return the spellings of a country as an SQL list."""
    from crisisdata._events.textfiles import literal

    return "[" + ", ".join(literal(key) if isinstance(key, str) else repr(key) for key in keys) + "]"


def _schema(table: pa.Table) -> sch.Schema:
    import ibis

    return ibis.Schema.from_pyarrow(table.schema)


def _beside(left: Any, right: Any) -> Any:
    """Return two frames of one kind side by side."""
    if hasattr(left, "hstack"):
        return left.hstack(right)
    if hasattr(left, "append_column"):
        for name in right.column_names:
            left = left.append_column(right.schema.field(name), right[name])
        return left
    for name in right.columns:
        left[name] = right[name].array
    return left
