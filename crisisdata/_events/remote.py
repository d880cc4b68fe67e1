"""Events in an Ibis table: one expression, which the table's engine runs when the user asks for the result."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crisisdata._events.checking import check_types, keys_of, refuse_texts
from crisisdata._events.columns import Columns
from crisisdata._events.conditions import COLUMNS, Conditions
from crisisdata._events.countries import usual_spellings
from crisisdata._events.local import plan_of
from crisisdata._events.messages import translated
from crisisdata._events.plan import COUNTRY, DAY
from crisisdata._events.sources import Remote
from crisisdata._events.windows import NAMED, Spans, Windows, counted, last_day_of, parts_of
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from crisisdata._editions import Edition


class RemoteEvents:
    """Events of an Ibis table, whose columns are known."""

    def __init__(
        self,
        source: Remote,
        columns: Columns,
        values: Sequence[Hashable],
        kept: Sequence[Hashable],
        edition: Edition,
        period: str | None,
        *,
        check_values: bool,
    ) -> None:
        self.source, self.columns, self.values, self.kept = source, columns, list(values), list(kept)
        self.edition, self.period, self.check_values = edition, period or "day", check_values
        names, self.plan = plan_of(columns, values, kept, source.columns, self.period, row=False)
        self.events = source.select(names)
        types = {name: self.events[f"x{number}"].type() for number, name in enumerate(names)}
        check_types(columns, types)
        self.text = types[columns.country].is_string()
        self.kind = self.events.select(self.plan.country).schema().to_pyarrow().field(0).type
        kinds = dict(self.plan.kinds)
        self.texts = [
            (name, types[name]) for name, own in zip(values, self.plan.values, strict=True) if own not in kinds
        ]
        self.ready = self.plan.prepared(self.events, tolerant=False)

    def close(self) -> None:
        """Do nothing: the engine belongs to the user."""

    def counts_in(self, windows: Windows, aggregates: Sequence[str], coverage: Spans | None) -> ir.Table:
        """Return the events in each period of each window, counted and summarised."""
        if {"sum", "mean"} & set(aggregates):
            refuse_texts([name for name, _ in self.texts], [kind for _, kind in self.texts])
        keys, spans = self._keys(windows.countries)
        within = coverage if coverage is not None else spans
        inside = None if within is None else windows.inside(within)
        if within is not None and inside is not None:
            windows.warn_of_uncovered(inside, within)
        dated = windows.dated(keys, inside if coverage is not None else None, self.period, self.kind)
        owned = self.ready.filter(self.ready[COUNTRY].isin(list(keys)))
        first, last = windows.days["date"].min(), windows.days["date"].max()
        near = owned.filter(owned[DAY].between(first.date(), last.date())) if self.period == "day" else owned
        daily = self.plan.added_up(near, parts_of(aggregates) if self.values else ())
        grid = self._grid(windows, keys, owned, None if inside is None else windows.covered(inside))
        groups = [f"g{number}" for number in range(len(self.kept))]
        cells = counted(daily, _table(dated), grid, len(self.values), aggregates, groups, self.period)
        every = str(windows.every)
        names = {**dict(zip(groups, map(str, self.kept), strict=True)), "number": every}
        names |= {f"v{i}_{each}": f"{name}_{each}" for i, name in enumerate(self.values) for each in aggregates}
        result = cells.rename({new: old for old, new in names.items() if old in cells.columns})
        order = [
            *NAMED,
            every,
            "start_date",
            "end_date",
            "days",
            "days_covered",
            "also_in",
            *map(str, self.kept),
            "events",
        ]
        summaries = [f"{name}_{each}" for name in self.values for each in aggregates]
        return result.order_by("cell", *map(str, self.kept)).select(*order, *summaries)

    def rows_in(self, windows: Windows) -> ir.Table:
        """Return the events in the windows, once for each window, in no order."""
        keys, _ = self._keys(windows.countries)
        joined = self.ready.inner_join(_table(windows.dated(keys, None, "day", self.kind)), [COUNTRY, DAY])
        labels = windows.labels.append_column("cell", windows.grid(windows.cells["days"].to_numpy())["cell"])
        labels = labels.rename_columns([f"l_{name}" for name in labels.column_names])
        found = joined.inner_join(_table(labels), [("cell", "l_cell")])
        named = {name: found[f"l_{name}"] for name in NAMED} | {"day": found["l_number"], "also_in": found["l_also_in"]}
        named |= {str(name): found[f"g{number}"] for number, name in enumerate(self.kept)}
        return found.select(**named)

    def with_conditions(self, conditions: Conditions, key: Hashable | None) -> ir.Table:
        """Return all events with the state of their country on their day, in the order of a key."""
        if key is not None and key not in self.kept:
            raise ArgumentError(f"key={key!r} must be one of the returned columns: {', '.join(map(str, self.kept))}.")
        keys, _ = self._keys(conditions.countries)
        dated = conditions.dated(keys, self.kind)
        dated = dated.rename_columns(["s_country", "s_day", "s_state"])
        days = _table(dated)
        states = _table(conditions.states.append_column("t_state", _numbers(conditions.states.num_rows)))
        events = self.ready.left_join(
            days, [self.ready[COUNTRY] == days["s_country"], self.ready[DAY] == days["s_day"]]
        )
        events = events.left_join(states, events["s_state"] == states["t_state"])
        named = {str(name): events[f"g{number}"] for number, name in enumerate(self.kept)}
        result = events.select(**named, **{name: events[name] for name in COLUMNS})
        return result if key is None else result.order_by(str(key))

    def _keys(self, countries: Sequence[str]) -> tuple[dict[Any, str], Spans | None]:
        """Return the spellings of some countries in the events, and their spans if all events are checked."""
        if not self.check_values:
            spelled = usual_spellings(self.columns.codes, countries, self.edition, text=self.text)
            return _of_type(spelled, self.kind), None
        tolerant = self.source.engine.name == "duckdb" or self.columns.date_format is None
        survey = self.plan.survey(self.events, tolerant=tolerant, spans=True)
        with translated("the events"):
            rows = _run(self.source.engine, survey)
        keys = keys_of(rows, self.columns, self.values, self.edition, text=self.text)
        spans: dict[str, tuple[Any, Any]] = {}
        for row in rows:
            iso3 = keys.get(row["country"])
            if iso3 is not None:
                first, last = spans.get(iso3, (row["first"], row["last"]))
                spans[iso3] = min(first, row["first"]), max(last, row["last"])
        return {key: iso3 for key, iso3 in keys.items() if iso3 in set(countries)}, _as_days(spans, self.period)

    def _grid(self, windows: Windows, keys: Mapping[Any, str], owned: ir.Table, covered: Any) -> ir.Table:
        """Return the cells with their labels, their days, and how many of the days the events cover."""
        import pyarrow as pa

        labels = windows.labels.append_column("cell", _numbers(windows.labels.num_rows))
        if covered is not None:
            return _table(labels.append_column("days_covered", pa.array(covered)))
        if self.period != "day":  # counted from the rows that are found
            return _table(labels.append_column("days_covered", pa.array([0] * labels.num_rows, pa.int64())))
        written = pa.table({"k_country": pa.array(list(keys), self.kind), "k_iso3": list(keys.values())})
        named = owned.inner_join(_table(written), [(COUNTRY, "k_country")])
        spans = named.group_by("k_iso3").agg(k_first=named[DAY].min(), k_last=named[DAY].max())
        days = pa.table({
            "d_iso3": pa.array(windows.days["iso3"], pa.string()),
            "d_date": pa.array(windows.days["date"].to_numpy().astype("datetime64[D]")),
            "d_cell": pa.array(windows.days["cell"].to_numpy()),
        })  # fmt: skip
        joined = _table(days).left_join(spans, [("d_iso3", "k_iso3")])
        within = ((joined["d_date"] >= joined["k_first"]) & (joined["d_date"] <= joined["k_last"])).fill_null(False)
        counts = joined.group_by("d_cell").agg(days_covered=within.cast("int64").sum())
        return _table(labels).inner_join(counts, [("cell", "d_cell")]).drop("d_cell")


def _run(engine: Any, expression: ir.Table) -> list[dict[str, Any]]:
    """Return the rows of a small result."""
    import warnings

    with warnings.catch_warnings():
        # Ibis up to 12 asks DuckDB 2 for Arrow by a name that is going.
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        return engine.to_pyarrow(expression).to_pylist()


def _as_days(spans: Mapping[str, tuple[Any, Any]], period: str) -> Spans:
    import numpy as np

    return {iso3: (np.datetime64(a, "D"), last_day_of(np.datetime64(b, "D"), period)) for iso3, (a, b) in spans.items()}


def _of_type(keys: Mapping[Any, str], kind: pa.DataType) -> dict[Any, str]:
    import pyarrow as pa

    return {float(key) if pa.types.is_floating(kind) else key: iso3 for key, iso3 in keys.items()}


def _numbers(count: int) -> pa.Array:
    import pyarrow as pa

    return pa.array(range(count), pa.int64())


def _table(arrow: pa.Table) -> ir.Table:
    """Return a small table to send to the engine."""
    import ibis

    return ibis.memtable(arrow)
