"""The expressions that put events into windows: the same for every engine.

Everything that is small (windows, their days, the countries' names) is made here and broadcast as a table of at most
some thousands of rows; the engine joins its events to it by country and day and adds them up. No engine has to
calculate with dates.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crisisdata._events.anchors import By, periods
from crisisdata._events.matching import DAY, KEY
from crisisdata.errors import ArgumentError, InvalidEventsError, NoOverlapWarning

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from crisisdata._events.checking import Prepared

# What has to be known of each day for a summary of several.
_PARTS = {"sum": ["sum"], "mean": ["sum", "count"], "min": ["min"], "max": ["max"]}
AGGREGATES = tuple(_PARTS)
Spans = Mapping[str, tuple[Any, Any]]
_NAMED = ["episode_id", "iso3", "anchor", "anchor_date"]
_WHEN = ["start_date", "end_date", "days", "days_covered", "also_in", "events"]


@dataclass(frozen=True)
class Windows:
    """The windows around some anchors, day by day."""

    anchors: pd.DataFrame
    days: pd.DataFrame
    by: By | None
    counted: pd.DataFrame | None = None
    """The days whose events are counted; None for all."""

    def within(self, spans: Spans) -> Windows:
        """Return the windows with only those days counted that lie within the spans."""
        return replace(self, counted=self.days[_inside(self.days, spans)])

    def refuse_clashes(self, kept: Sequence[str], values: Sequence[str], aggregates: Sequence[str]) -> None:
        """Raise where a column of the events would stand twice in the result."""
        ours = [*_NAMED, *([self.by, *_WHEN] if self.by else ["day", "also_in"])]
        refuse_clashes(kept, [*ours, *(f"{value}_{name}" for value in values for name in aggregates)])

    def warn_without_overlap(self, spans: Spans) -> None:
        """Warn where no window lies within the span of the events of its country."""
        if _inside(self.days, spans).any():
            return
        windows = self.days.groupby(["window", "iso3"], as_index=False).agg(first=("date", "min"), last=("date", "max"))
        in_both = sorted(set(windows["iso3"]) & set(spans))
        has = [f"{iso3} from {spans[iso3][0]} to {spans[iso3][1]}" for iso3 in in_both]
        others = f"in {len(spans)} other countries only" if spans else "in no country that is known"
        asked = [f"{w.iso3} from {w.first:%Y-%m-%d} to {w.last:%Y-%m-%d}" for w in windows.itertuples()]
        warnings.warn(
            "no window lies within the span of the events, so that every count is missing. "
            f"The events are {'; '.join(has) or others}. The windows: {'; '.join(asked[:12])}.",
            NoOverlapWarning,
            stacklevel=3,
        )

    def rows(self, ready: Prepared) -> ir.Table:
        """Return the events in the windows, once for each window."""
        labels = small(self._labels().drop(columns="days").rename(columns={"period": "day"}))
        joined = ready.table.inner_join(small(self._dated(ready), ready), [KEY, DAY])
        found = joined.rename(day="period").inner_join(labels, ["window", "day"])
        return found.select(*_NAMED, "day", "also_in", *ready.kept)

    def counts(
        self, ready: Prepared, spans: Spans | None, values: Sequence[str], aggregates: Sequence[str]
    ) -> ir.Table:
        """Return the events of each period of each window, counted and summarised."""
        summaries = {f"{value}_{name}": (value, name) for value in values for name in aggregates}
        daily = self._daily(ready, values, aggregates)
        joined = daily.inner_join(small(self._dated(ready), ready), [KEY, DAY])
        found = joined.group_by(["window", "period", *ready.kept]).agg(
            _found=joined["_found"].sum(),
            **{column: _total(joined, value, name) for column, (value, name) in summaries.items()},
        )
        grid = self._grid(ready, spans)
        if ready.kept:
            grid = grid.cross_join(found.select(*ready.kept).distinct())
        found = found.rename({f"_{name}": name for name in ("window", "period", *ready.kept)})
        same = [grid[name] == found[f"_{name}"] for name in ("window", "period")]
        same += [grid[name].identical_to(found[f"_{name}"]) for name in ready.kept]
        cells = grid.left_join(found, same)
        empty = cells["_found"].isnull() & (cells["days_covered"] == cells["days"])
        filled = {"events": empty.ifelse(0, cells["_found"])}
        filled |= {column: empty.ifelse(0, cells[column]) for column, (_, name) in summaries.items() if name == "sum"}
        named = cells.mutate(**filled).rename({str(self.by): "period"})
        result = named.select(*_NAMED, str(self.by), *_WHEN[:-1], *ready.kept, "events", *summaries)
        return result.order_by("iso3", "anchor_date", "anchor", "episode_id", str(self.by), *ready.kept)

    def _labels(self) -> pd.DataFrame:
        return self.anchors.merge(periods(self.days), on="window")

    def _dated(self, ready: Prepared) -> pd.DataFrame:
        """Return the days whose events are counted, under each way to write their country."""
        days = self.days if self.counted is None else self.counted
        dated = days[["window", "iso3", "date", "period"]].merge(_frame(ready.keys), on="iso3").drop(columns="iso3")
        return dated.rename(columns={"date": DAY})

    def _daily(self, ready: Prepared, values: Sequence[str], aggregates: Sequence[str]) -> ir.Table:
        """Return the events added up by country and day, within the span of all windows.

        Windows overlap, so that a day may count several times: it is cheaper to add up before the join than after.
        """
        dated = self._dated(ready)
        events = ready.table.semi_join(small(dated[[KEY]].drop_duplicates(), ready), KEY)
        first, last = self.days["date"].min().date(), self.days["date"].max().date()
        events = events.filter(events[DAY].between(first, last))
        needed = sorted({part for name in aggregates for part in _PARTS[name]})
        parts = {f"_{value}_{part}": getattr(events[value], part)() for value in values for part in needed}
        return events.group_by([KEY, DAY, *ready.kept]).agg(_found=events.count(), **parts)

    def _grid(self, ready: Prepared, spans: Spans | None) -> ir.Table:
        """Return every period of every window, with how many of its days the events cover."""
        days, by = self.days[["window", "iso3", "date", "period"]], ["window", "period"]
        if spans is not None:
            inside = days[_inside(days, spans)].groupby(by).size().rename("days_covered")
            labels = self._labels().merge(inside, on=by, how="left")
            return small(labels.assign(days_covered=labels["days_covered"].fillna(0).astype("int64")))
        events = ready.table.inner_join(small(_frame(ready.keys), ready), KEY)
        covered = events.group_by("iso3").agg(_first=events[DAY].min(), _last=events[DAY].max())
        joined = small(days).left_join(covered, "iso3")
        within = ((joined["date"] >= joined["_first"]) & (joined["date"] <= joined["_last"])).fill_null(False)
        counted = joined.group_by(by).agg(days_covered=within.cast("int64").sum())
        return small(self._labels()).inner_join(counted, by)


def _total(joined: ir.Table, value: str, name: str) -> ir.Value:
    """Return the summary of a value from those of its days."""
    if name in ("min", "max"):
        return getattr(joined[f"_{value}_{name}"], name)()
    total = joined[f"_{value}_sum"].sum()
    return total if name == "sum" else total / joined[f"_{value}_count"].sum().nullif(0)


def _inside(days: pd.DataFrame, spans: Spans) -> pd.Series:
    """Say which days lie within the span of their country."""
    import pandas as pd

    first, last = (
        pd.to_datetime(days["iso3"].map({iso3: span[end] for iso3, span in spans.items()})) for end in (0, 1)
    )
    return (days["date"] >= first) & (days["date"] <= last)


def refuse_clashes(kept: Sequence[str], ours: Sequence[str]) -> None:
    """Raise where columns of the events have the names of columns that are added."""
    twice = [name for name in kept if name in ours] + sorted({name for name in ours if ours.count(name) > 1})
    if twice:
        raise ArgumentError(
            f"the result has columns of its own with the name {', '.join(map(repr, twice))}. "
            "Rename those of the events, or leave them out of keep=."
        )


def refuse_text(table: ir.Table, values: Sequence[str]) -> None:
    """Raise where values that are to be added up are no numbers."""
    for name in values:
        kind = table[name].type()
        if not (kind.is_numeric() or kind.is_boolean()):
            raise InvalidEventsError(f"the column {name!r} holds {kind}, of which there is no sum or mean.")


def conditions_joined(ready: Prepared, days: pd.DataFrame, states: pd.DataFrame) -> ir.Table:
    """Return all events with the state of their country on their day; missing where none is known."""
    dated = days.merge(_frame(ready.keys), on="iso3").drop(columns="iso3")
    dated = dated.rename(columns={"date": "_date", KEY: "_key"})
    daily, known = small(dated, ready), small(states.rename(columns={"state": "_state"}))
    events = ready.table.left_join(
        daily, [ready.table[KEY] == daily["_key"], ready.table[DAY] == daily["_date"]]
    ).left_join(known, [("state", "_state")])
    return events.select(*ready.kept, *(name for name in states.columns if name != "state"))


def spans_of(coverage: Any, countries: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """Return what a user says of the coverage of the events as a span for each country."""
    import pandas as pd

    by_country = coverage if isinstance(coverage, Mapping) else dict.fromkeys(countries, coverage)
    spans = {}
    for iso3, span in by_country.items():
        try:
            first, last = (pd.Timestamp(end).normalize() for end in span)
        except (TypeError, ValueError):
            raise ArgumentError(f"coverage={coverage!r} has no first and last day for {iso3}.") from None
        if not first <= last:
            raise ArgumentError(f"coverage={coverage!r} ends before it begins.")
        spans[str(iso3)] = (first, last)
    return spans


def small(frame: pd.DataFrame, ready: Prepared | None = None) -> ir.Table:
    """Return a small frame as a table that goes to the engine: dates as dates, text as text also where all is missing.

    The key of the country gets the type that it has in the events.
    """
    import ibis
    import pyarrow as pa

    numbers = () if ready is None or ready.table[KEY].type().is_string() else (KEY, "_key")
    kinds = {"M": pa.date32(), "i": pa.int64(), "u": pa.int64()}
    schema = [
        (str(name), pa.int64() if name in numbers else kinds.get(kind.kind, pa.string()))
        for name, kind in frame.dtypes.items()
    ]
    columns = [pa.array(frame[name], from_pandas=True).cast(kind) for name, kind in schema]
    return ibis.memtable(pa.table(columns, schema=pa.schema(schema)))


def _frame(keys: Mapping[Any, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({KEY: list(keys), "iso3": list(keys.values())})
