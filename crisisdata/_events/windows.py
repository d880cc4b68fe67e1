"""The windows around the anchors, cut into cells of a day, a week or a month, and the counts of events in them.

Everything small (the cells, their days, the spellings of a country) is made here, and the engine joins it to events
added up by country and day. No engine has to calculate with the days of a window.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from crisisdata._editions import Edition
from crisisdata._events.anchors import find_anchors, label, spans_of_others
from crisisdata._events.countries import resolve
from crisisdata._events.messages import warn
from crisisdata._events.plan import COUNTRY, DAY
from crisisdata._events.tables import State, state_of
from crisisdata.errors import ArgumentError, NoOverlapWarning

if TYPE_CHECKING:
    import ibis.expr.schema as sch
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

Every = Literal["day", "week", "month"]
Spans = Mapping[str, tuple[Any, Any]]
"""The first and the last day that events cover, as numpy days, by country."""
NAMED = ["episode_id", "iso3", "anchor", "anchor_date"]
WHEN = ["start_date", "end_date", "days", "days_covered", "also_in"]
# What has to be known of each day for a summary of several.
_PARTS = {"sum": ("sum",), "mean": ("sum", "count"), "min": ("min",), "max": ("max",)}
AGGREGATES = tuple(_PARTS)
_MOST_DAYS, _MOST_ROWS = 36_525, 20_000_000


@dataclass(frozen=True)
class Windows:
    """The windows around some anchors, as cells and day by day."""

    anchors: pd.DataFrame
    """`window`, `episode_id`, `iso3`, `anchor`, `anchor_date`."""
    cells: pd.DataFrame
    """One row for each period of each window: `window`, `number` of the period, and the columns of the result."""
    days: pd.DataFrame
    """One row for each day of each window: `window`, `iso3`, `date`, `cell`."""
    every: Every | None

    @property
    def countries(self) -> list[str]:
        """The countries of the windows."""
        return sorted(set(self.anchors["iso3"]))

    def inside(self, spans: Spans) -> np.ndarray:
        """Say for each day of the windows whether it lies within the span of its country."""
        dates = self.days["date"].to_numpy().astype("datetime64[D]")
        place = self.days["iso3"].to_numpy()
        inside = np.zeros(len(dates), dtype=bool)
        for iso3, (first, last) in spans.items():
            inside |= (place == iso3) & (dates >= first) & (dates <= last)
        return inside

    def covered(self, inside: np.ndarray) -> np.ndarray:
        """Return for each cell how many of its days are inside."""
        return np.bincount(self.days["cell"].to_numpy()[inside], minlength=len(self.cells)).astype("int64")

    def warn_of_uncovered(self, inside: np.ndarray, spans: Spans) -> None:
        """Warn about windows without any day that the events cover: their sums are not zero."""
        covered = np.bincount(self.days["window"].to_numpy()[inside], minlength=len(self.anchors))
        if covered.all():
            return
        shown = [
            f"{iso3} from {first} to {last}" for iso3, (first, last) in sorted(spans.items()) if iso3 in self.countries
        ]
        events = "; ".join(shown) or "in no country of these windows"
        bare = self.anchors[covered == 0]
        ends = self.days.groupby("window")["date"].agg(["min", "max"]).loc[bare["window"]]
        asked = [
            f"{name} ({anchor}, {iso3}) from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
            for name, anchor, iso3, first, last in zip(
                label(bare), bare["anchor"], bare["iso3"], ends["min"], ends["max"], strict=True
            )
        ]
        more = f" and {len(asked) - 12} more" if len(asked) > 12 else ""
        start = (
            "no window overlaps the dates of the events, so every count is missing."
            if not covered.any()
            else f"{len(bare)} of {len(self.anchors)} windows are outside the days that the events cover; their "
            "counts are missing, and a sum that skips missing values would show 0."
        )
        warn(f"{start} The events are {events}. Not covered: {'; '.join(asked[:12])}{more}.", NoOverlapWarning)

    @cached_property
    def labels(self) -> pa.Table:
        """The columns that give the window and period of a cell."""
        import pyarrow as pa

        kinds = {"days": pa.int64(), "number": pa.int64()}
        kinds |= dict.fromkeys(("anchor_date", "start_date", "end_date"), pa.date32())
        names = [*NAMED, "number", "start_date", "end_date", "days", "also_in"]
        return pa.table(
            {name: pa.array(self.cells[name], kinds.get(name, pa.string()), from_pandas=True) for name in names}
        )

    def labels_of(self, cells: pa.ChunkedArray, further: Sequence[str]) -> pa.Table:
        """Return the labels of some cells: those of the window, and others."""
        labels = self.labels.rename_columns(
            [("day" if name == "number" else name) for name in self.labels.column_names]
        )
        return labels.select([*NAMED, *further]).take(cells)

    def labelled(self, counts: pa.Table) -> pa.Table:
        """Return counts by cell, with labels instead of cell numbers."""
        names = [str(self.every) if name == "number" else name for name in self.labels.column_names]
        labels = self.labels.rename_columns(names).take(counts["cell"])
        labels = labels.add_column(names.index("also_in"), "days_covered", counts["days_covered"])
        for name in counts.column_names:
            if name not in ("cell", "days_covered"):
                labels = labels.append_column(name, counts[name])
        return labels

    def grid(self, covered: np.ndarray) -> pa.Table:
        """Return each cell with its days, and how many of them are covered."""
        import pyarrow as pa

        return pa.table({"cell": np.arange(len(self.cells)), "days": self.labels["days"], "days_covered": covered})

    def dated(self, keys: Mapping[Any, str], inside: np.ndarray | None, period: str, kind: pa.DataType) -> pa.Table:
        """Return the days whose events count, under each spelling of their country, to be joined to the events.

        A value of a longer period belongs to all of its days: `weight` is the share of one, and `first` marks the first
        day of the period in a cell, so that each row is counted once.
        """
        import pyarrow as pa

        days = self.days if inside is None else self.days[inside]
        dates, cells = days["date"].to_numpy().astype("datetime64[D]"), days["cell"].to_numpy()
        numbers = np.arange(len(days))
        starts, weights = dates, None
        if period == "week":
            numbers = np.repeat(numbers, 7)
            starts = dates[numbers] - np.tile(np.arange(7), len(days)).astype("timedelta64[D]")
            weights = np.full(len(starts), 1 / 7)
        elif period != "day":
            starts, ends = _bounds(dates, period)
            weights = 1 / (ends - starts).astype("int64")
        places = days["iso3"].to_numpy()[numbers]
        parts: list[np.ndarray] = []
        written: list[Any] = []
        for key, iso3 in keys.items():
            own = np.flatnonzero(places == iso3)
            parts.append(own)
            written += [key] * len(own)
        order = np.concatenate(parts) if parts else np.zeros(0, dtype="int64")
        columns = {
            COUNTRY: pa.array(written, type=kind),
            DAY: pa.array(starts[order]),
            "cell": pa.array(cells[numbers][order]),
        }
        if weights is not None:
            columns |= {"date": pa.array(dates[numbers][order]), "weight": pa.array(weights[order])}
            marks = np.rec.fromarrays(
                [
                    cells[numbers][order],
                    starts[order].astype("int64"),
                    np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
                ]
            )
            first = np.zeros(len(order), dtype="int64")
            first[np.unique(marks, return_index=True)[1]] = 1
            columns["first"] = pa.array(first)
        return pa.table(columns)


def windows_around(
    edition: Edition,
    anchor: Any,
    episodes: Sequence[str] | None,
    inexact: str,
    before: int,
    after: int,
    every: Every | None,
) -> Windows:
    """Return the windows around the anchors; those around named anchors are cached for the next call."""
    for name, number in (("before", before), ("after", after)):
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not 0 <= number <= _MOST_DAYS:
            raise ArgumentError(f"{name}={number!r} must be a number of days from 0 to {_MOST_DAYS:,} (100 years).")
    named = isinstance(anchor, str) or (
        isinstance(anchor, (list, tuple)) and all(isinstance(each, str) for each in anchor)
    )
    if not named:
        return _windows(edition, anchor, episodes, inexact, int(before), int(after), every)
    names = anchor if isinstance(anchor, str) else tuple(anchor)
    asked = None if episodes is None else tuple(episodes)
    return _kept_windows(edition, state_of(edition), names, asked, inexact, int(before), int(after), every)


@lru_cache(maxsize=32)
def _kept_windows(edition: Edition, _: State, *arguments: Any) -> Windows:
    return _windows(edition, *arguments)


def _windows(
    edition: Edition,
    anchor: Any,
    episodes: Sequence[str] | None,
    inexact: str,
    before: int,
    after: int,
    every: Every | None,
) -> Windows:

    anchors = find_anchors(anchor, episodes, inexact, edition)
    offsets = np.arange(-before, after + 1)
    if len(anchors) * len(offsets) > _MOST_ROWS:
        raise ArgumentError(
            f"{len(anchors):,} windows of {len(offsets):,} days are {len(anchors) * len(offsets):,} days, more "
            f"than {_MOST_ROWS:,}. Use fewer anchors at a time, or smaller before= and after=."
        )
    days = anchors.loc[anchors.index.repeat(len(offsets))].reset_index(drop=True)
    days["offset"] = np.tile(offsets, len(anchors))
    days["date"] = days["anchor_date"] + days["offset"].astype("timedelta64[D]")
    days["number"] = _number(days, every or "day")
    cells = days.groupby(["window", "number"], as_index=False).agg(
        start_date=("date", "min"), end_date=("date", "max"), days=("date", "size")
    )
    days["cell"] = days.groupby(["window", "number"]).ngroup()
    cells = cells.merge(anchors, on="window", how="left")
    cells["also_in"] = _also_in(cells, anchors, spans_of_others(anchor, anchors, edition), before, after)
    kept = days[["window", "iso3", "date", "cell"]].astype({"iso3": object})
    return Windows(anchors, cells.astype({"iso3": object}), kept, every)


def _number(days: pd.DataFrame, every: Every) -> pd.Series:
    """Return the number of the period that contains a day; period 0 begins with the anchor."""
    if every == "day":
        return days["offset"]
    if every == "week":
        return days["offset"] // 7
    day, anchor = days["date"].dt, days["anchor_date"].dt
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    # A month begins on the day of the anchor, or on the last day of a month that is too short to have it.
    return months - (day.day < anchor.day.clip(upper=day.days_in_month)).astype("int64")


def _also_in(cells: pd.DataFrame, anchors: pd.DataFrame, others: pd.DataFrame, before: int, after: int) -> pd.Series:
    """Return, as one text, the other episodes with which each cell shares a day, whether or not they were requested."""
    import pandas as pd

    asked = pd.DataFrame({
        "label": label(anchors), "iso3": anchors["iso3"],
        "first": anchors["anchor_date"], "last": anchors["anchor_date"],
    })  # fmt: skip
    windows = pd.concat([asked, others.astype({"label": object, "iso3": object})], ignore_index=True)
    windows["first"] -= pd.Timedelta(days=before)
    windows["last"] += pd.Timedelta(days=after)
    own, place = label(cells).to_numpy(), cells["iso3"].to_numpy()
    starts, ends = cells["start_date"].to_numpy(), cells["end_date"].to_numpy()
    texts = np.full(len(cells), "", dtype=object)
    for name, spans in windows.groupby("label"):  # sorted by label
        shares = np.zeros(len(cells), dtype=bool)
        for iso3, first, last in zip(spans["iso3"], spans["first"].to_numpy(), spans["last"].to_numpy(), strict=True):
            shares |= (place == iso3) & (starts <= last) & (ends >= first)
        shares &= own != name
        texts[shares] = np.where(texts[shares] == "", str(name), texts[shares] + f"; {name}")
    return pd.Series(texts, index=cells.index, dtype=object).where(texts != "", None)


def _bounds(dates: np.ndarray, period: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the first day of the period of each date, and the first day after it."""
    months = dates.astype("datetime64[M]").astype("int64")
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    start = months // length * length
    return tuple(  # type: ignore[return-value]
        each.astype("datetime64[M]").astype("datetime64[D]") for each in (start, start + length)
    )


def last_day_of(day: np.datetime64, period: str) -> np.datetime64:
    """Return the last day of the period that begins on a day."""
    if period == "day":
        return day
    if period == "week":
        return day + np.timedelta64(6, "D")
    return _bounds(np.array([day]), period)[1][0] - np.timedelta64(1, "D")


def parts_of(aggregates: Iterable[str]) -> tuple[str, ...]:
    """Return what must be known about each day for some summaries."""
    return tuple(sorted({part for name in aggregates for part in _PARTS[name]}))


def counted(
    daily: ir.Table,
    dated: ir.Table,
    grid: ir.Table,
    values: int,
    aggregates: Sequence[str],
    groups: Sequence[str],
    period: str,
) -> ir.Table:
    """Return the cells of a grid with their events counted and summarised.

    `daily` contains events added up by country and day; `dated`, the days of the cells; `grid`, each `cell` with its
    `days` and how many of these are covered.
    """
    joined = daily.inner_join(dated, [COUNTRY, DAY])
    longer = period != "day"
    summaries = {
        f"v{number}_{name}": _total(joined, f"v{number}", name, longer)
        for number in range(values)
        for name in aggregates
    }
    n = (joined["n"] * joined["first"]).sum() if longer else joined["n"].sum()
    found = joined.group_by(["cell", *groups]).agg(events=n, **summaries)
    if longer:
        covered = joined.group_by("cell").agg(days_covered=joined["date"].nunique())
        covered = covered.rename(covered_cell="cell")
        grid = grid.drop("days_covered").left_join(covered, grid["cell"] == covered["covered_cell"])
        grid = grid.mutate(days_covered=grid["days_covered"].coalesce(0)).drop("covered_cell")
    if groups:
        grid = grid.cross_join(found.select(*groups).distinct())
    found = found.rename({f"found_{name}": name for name in ("cell", *groups)})
    same = [grid["cell"] == found["found_cell"]]
    same += [grid[name].identical_to(found[f"found_{name}"]) for name in groups]
    cells = grid.left_join(found, same)
    if longer:  # a period without a row says nothing, and a series of prices has no zeros
        filled: dict[str, Any] = {}
    else:
        empty = cells["events"].isnull() & (cells["days_covered"] == cells["days"])
        sums = [f"v{number}_sum" for number in range(values) if "sum" in aggregates]
        filled = {name: empty.ifelse(0, cells[name]) for name in ("events", *sums)}
    others = [name for name in grid.columns if name not in ("cell", "days_covered", *groups)]
    return cells.mutate(**filled).select("cell", *others, "days_covered", *groups, "events", *summaries)


@lru_cache(maxsize=256)
def counted_sql(
    daily: sch.Schema, dated: sch.Schema, values: int, aggregates: tuple[str, ...], groups: tuple[str, ...], period: str
) -> tuple[str, pa.Schema]:
    """Return the counts as DuckDB SQL, in the order of the cells, with the types of the result."""
    import ibis

    tables = ibis.table(daily, name="daily"), ibis.table(dated, name="dated")
    grid = ibis.table({"cell": "int64", "days": "int64", "days_covered": "int64"}, name="grid")
    cells = counted(*tables, grid, values, aggregates, groups, period).drop("days").order_by("cell", *groups)
    return str(ibis.to_sql(cells, dialect="duckdb")), cells.schema().to_pyarrow()


def _total(joined: ir.Table, value: str, name: str, longer: bool) -> ir.Value:
    """Return the summary of a value, from the summaries of its days."""
    if name in ("min", "max"):
        return getattr(joined[f"{value}_{name}"], name)()
    if name == "mean":
        return joined[f"{value}_sum"].sum() / joined[f"{value}_count"].sum().nullif(0)
    each = joined[f"{value}_sum"]
    return (each * joined["weight"]).sum() if longer else each.sum()


def spans_of(coverage: Any, countries: Iterable[str], edition: Edition) -> Spans:
    """Return what the user says about the coverage of the events, as a span for each country."""
    by_country = coverage if isinstance(coverage, Mapping) else dict.fromkeys(countries, coverage)
    spans: dict[str, tuple[Any, Any]] = {}
    for name, span in by_country.items():
        iso3 = resolve(name, edition)
        first, last = _ends(span, name, coverage)
        if not first <= last:
            raise ArgumentError(f"coverage={coverage!r} ends before it begins.")
        if iso3 in spans:
            raise ArgumentError(f"coverage={coverage!r} names {iso3} twice.")
        spans[iso3] = first, last
    return spans


def _ends(span: Any, name: object, coverage: Any) -> tuple[np.datetime64, np.datetime64]:
    import pandas as pd

    try:
        ends = [pd.Timestamp(end) for end in span] if not isinstance(span, str) else []
    except (TypeError, ValueError, OverflowError):
        ends = []
    if len(ends) != 2 or any(pd.isna(end) for end in ends):
        raise ArgumentError(
            f"coverage={coverage!r} must have a first and a last day for {name}, as in ('1997-01-01', '2025-06-30')."
        )
    first, last = (np.datetime64(end.date(), "D") for end in ends)
    return first, last
