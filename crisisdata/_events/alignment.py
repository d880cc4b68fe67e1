"""A user's own events in time relative to the coups, and what was in force on their days."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from crisisdata._editions import Edition
from crisisdata._events.columns import Columns, find_columns, resolved
from crisisdata._events.conditions import COLUMNS, daily_conditions
from crisisdata._events.local import LocalEvents
from crisisdata._events.messages import translated
from crisisdata._events.plan import PERIODS
from crisisdata._events.remote import RemoteEvents
from crisisdata._events.sources import Remote, open_source
from crisisdata._events.windows import AGGREGATES, NAMED, WHEN, Every, spans_of, windows_around
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

EVERY = ("day", "week", "month", None)
_UNSET: Any = object()


def align(
    events: Any,
    *,
    date: Hashable | Sequence[Hashable] | None = None,
    country: Hashable | None = None,
    date_format: str | None = None,
    codes: str | None = None,
    episodes: str | Sequence[str] | None = None,
    anchor: str | Sequence[str] | pd.DataFrame = "first_act",
    before: int = 180,
    after: int = 365,
    every: Every | None = "day",
    value: Hashable | Sequence[Hashable] = (),
    agg: str | Sequence[str] = "sum",
    columns: Sequence[Hashable] | None = None,
    period: Literal["day", "week", "month", "quarter", "year"] | None = None,
    coverage: tuple[Any, Any] | Mapping[str, tuple[Any, Any]] | None = None,
    inexact: Literal["raise", "first", "last", "drop"] = "raise",
    others: Literal["raise", "drop"] | None = None,
    check_values: bool | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
    by: Any = _UNSET,
    keep: Any = _UNSET,
) -> Any:
    """Return events in time relative to each episode.

    Needs the extra ``events``.

    Parameters
    ----------
    events
        A pandas, Polars or Arrow frame; the path of Parquet, CSV or Excel files (``"folder/*.parquet"``); or an Ibis
        table of DuckDB, Spark or another engine, which stays where it is.
    date, country
        Columns with the day of an event (dates, or text such as 2021-05-24; ``["year", "month", "day"]`` for a date in
        three columns) and with its country. Optional for the layouts of ACLED, UCDP GED, GDELT and SCAD,
        whose files are read as published (see `read_events`).
    date_format
        Format of text dates, if they are not like 2021-05-24: ``"%d/%m/%Y"`` for 24/05/2021. Formats are never guessed.
    codes
        What `country` contains: ``"iso3"``, ``"iso2"``, ``"iso_numeric"``, ``"cow_code"``, ``"cow_abbrev"``,
        ``"gw_code"``, ``"name"``, ``"name_fr"`` or ``"fips"``. None infers it from common
        column names; other text may be ISO codes or names, in English or French, in the spellings
        of ACLED, UCDP, the United Nations and the World Bank.
    episodes
        One or more keys of episodes. None means all.
    anchor
        Day 0, from which time is counted: a date of `episodes` by its name (``"first_act"``,
        ``"leader_installed"``, ``"suspended"`` …); the key of any record with a date, such as
        ``"mli-2021-05/ecowas-border-closure/imposed"`` (followed by ``":promised_date"`` if it has several dates); a
        list of these; or rows of the table `timeline`, or of any frame with `iso3` and `date`, such as placebo dates.
    before, after
        Number of days of the window before and after the anchor.
    every
        Count by ``"day"``, ``"week"`` (week 0 is days 0 to 6) or ``"month"`` (month 0 goes from the anchor to the day
        before its day in the next month), so no period contains days from both sides of the anchor. None returns
        the events themselves.
    value, agg
        Columns to summarise in each period, and how: ``"sum"``, ``"mean"``, ``"min"``, ``"max"``, or several.
    columns
        Other columns: with `every`, columns by whose values the counts are split; without, columns to return (None
        returns all).
    period
        The period that a row's value covers: its ``"day"`` (None), the ``"week"`` that begins on that day, or the
        ``"month"``, ``"quarter"`` or ``"year"`` that contains it, as in a series of prices. Sums are spread evenly over
        the days of the period; means are weighted by days. If all dates are the first of a month, `period` is
        required.
    coverage
        The period in which the events are complete: a pair of dates, or one pair per country by its ISO 3166-1 alpha-3
        code or name. None means from the first to the last event in the country.
    inexact
        How to treat an anchor that is not known to the day: raise, use the first or the last possible day, or drop it.
    others
        How to treat a country that is not in the table `countries`: ``"raise"``, because a misspelt name would
        otherwise be lost, or ``"drop"``. None raises, except for known layouts, where a warning lists what is omitted.
    check_values
        Whether to check all dates and countries first. None does so for frames and files. For an
        Ibis table this runs a query on the engine, so the choice is yours: without it, countries must be spelt as in
        the table `countries`, and others are omitted.
    version
        As in `load`.
    by, keep
        Former names of `every` and `columns`; they still work, with a DeprecationWarning.

    Returns
    -------
    the same kind of frame as `events` (pandas for a path, an expression for an Ibis table)
        With `every`: one row per window, period and combination of `columns`, with `episode_id`, `iso3`, `anchor`,
        `anchor_date`, the number of the period (`day`, `week` or `month`), its `start_date` and `end_date`, its `days`
        within the window and how many of these are covered (`days_covered`), `also_in` (all other
        episodes whose windows of the same length share a day with it), `events`, and a column for each value and
        summary, such as `fatalities_sum`. Without events, `events` and sums are 0 in a period that is fully
        covered, and missing in others. A summary is missing if all values are. With a `period` longer than a day,
        `events` counts the rows that overlap the period, and a value is 0 only if a row says so.

        Without `every`: one row per event and window, with `episode_id`, `iso3`, `anchor`, `anchor_date`, `day`,
        `also_in` and the columns of the event; by window and day, and then in the order of the events. An
        Ibis table is returned unordered, because its engine guarantees no order.

    Raises
    ------
    InvalidEventsError
        If a column is missing; dates are ambiguous, missing, contradict a column `year` or have a
        time zone; countries are unknown (listed); or a file is not in the expected format.
    InexactDateError
        If an anchor is not known to the day, and `inexact` does not say how to treat it.
    UnknownNameError, ArgumentError
        If the episode, anchor or edition does not exist, or an argument is invalid.
    MissingDependencyError
        If a required library is not installed.

    Warns
    -----
    NoOverlapWarning
        If a window is outside the days that the events cover (named).
    EventsWarning
        If events in other countries are omitted; a few dates are far from all others; or a file is not in UTF-8.

    Examples
    --------
    >>> import pandas as pd
    >>> import crisisdata as cd
    >>> days = ["2020-08-10", "2020-08-18", "2020-08-20", "2020-09-30"]
    >>> protests = pd.DataFrame({"day": pd.to_datetime(days), "place": "Mali", "deaths": [0, 4, 1, 2]})
    >>> weeks = cd.align(
    ...     protests, date="day", country="place", value="deaths",
    ...     episodes=["mli-2020-08"], before=14, after=13, every="week",
    ... )
    >>> weeks[["week", "days_covered", "events", "deaths_sum"]].values.tolist()
    [[-2, 1, 1, 0], [-1, 7, 0, 0], [0, 7, 2, 5], [1, 7, 0, 0]]
    """
    every, columns = _renamed("by", by, "every", every), _renamed("keep", keep, "columns", columns)
    values, aggregates = _several(value), tuple(_several(agg))
    _refuse_arguments(every, values, aggregates, period)
    _refuse_format(date_format)
    edition = Edition.find(version)
    chosen = [episodes] if isinstance(episodes, str) else None if episodes is None else _several(episodes)
    windows = windows_around(edition, anchor, chosen, inexact, before, after, every)
    coverage_spans = None if coverage is None else spans_of(coverage, windows.countries, edition)

    def where(names: Sequence[Hashable]) -> tuple[Columns, list[Hashable], list[Hashable]]:
        kept = (
            [] if every and columns is None else list(names) if columns is None else resolved(_several(columns), names)
        )
        ours = [*NAMED, *([every, *WHEN, "events"] if every else ["day", "also_in"])]
        _refuse_clashes(kept, [*ours, *(f"{name}_{each}" for name in values for each in aggregates)])
        return find_columns(names, date, country, codes, others, date_format), resolved(values, names), kept

    with translated("the events"):
        ready = _ready(events, where, edition, check_values, period)
        try:
            if every is None:
                return ready.rows_in(windows)
            return ready.counts_in(windows, aggregates, coverage_spans)
        finally:
            ready.close()


def in_force(
    events: Any,
    *,
    date: Hashable | Sequence[Hashable] | None = None,
    country: Hashable | None = None,
    date_format: str | None = None,
    codes: str | None = None,
    columns: Sequence[Hashable] | None = None,
    period: Literal["day"] | None = None,
    key: Hashable | None = None,
    others: Literal["raise", "drop"] | None = None,
    check_values: bool | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
    keep: Any = _UNSET,
) -> Any:
    """Return events with what was in force in their country on their day.

    Needs the extra ``events``.

    Parameters
    ----------
    events, date, country, date_format, codes, others, check_values, version
        As in `align`. With ``others="drop"``, events in other countries are kept, without a warning.
    columns
        Columns of the events to return. None returns all.
    period
        ``"day"`` if all events were on the first day of a month. What was in force is known by
        day, so a monthly series is refused.
    key
        For an Ibis table: a column by which to sort the result.
    keep
        Former name of `columns`; it still works, with a DeprecationWarning.

    Returns
    -------
    the same kind of frame as `events` (pandas for a path, an expression for an Ibis table)
        Every event once, in its original order and with its index, with the columns below. Engines guarantee
        no order, so an Ibis table is unordered unless `key` is given. The columns are missing on days that
        the table `coverage` does not cover:

        - `suspended_by`: bodies that had certainly suspended the membership of the country because of a coup, and
          `suspended_by_possibly`: bodies that may have, because a date is inexact or no end was found; with
          their numbers, `suspensions_low` (certain) and `suspensions_high` (both). They are also known outside the
          days searched for sanctions, back to the first day searched for `candidates`, by a rule: without a
          coup there is no suspension because of one. The rule assumes that a suspension that is not coded ended with
          the rule of those who made the coup; while they ruled, these columns are missing;
        - `sanctions`, `sanctions_possibly`, `sanctions_low`, `sanctions_high`: the same for other coup-related
          measures, by key;
        - `ruled_by`: the event (key of `candidates`), a coup or a rebel offensive, by which the holders of the
          highest office came to power; missing if they did not come to power that way;
        - `military_rule`: whether officers who came to power by a coup held it, by the rule of `country_month`.

        Multiple values are separated by semicolons.

    Raises
    ------
    InvalidEventsError, ArgumentError, UnknownNameError, MissingDependencyError
        As in `align`.

    Examples
    --------
    >>> import pandas as pd
    >>> import crisisdata as cd
    >>> attacks = pd.DataFrame({"day": ["2020-07-01", "2021-06-15"], "country": ["Mali", "Mali"]})
    >>> known = cd.in_force(attacks, date="day", country="country", version="0.4")
    >>> known.loc[1, ["suspended_by", "ruled_by"]].tolist()
    ['au-psc; ecowas-authority; oif', 'mli-2021-05']
    """
    columns = _renamed("keep", keep, "columns", columns)
    _refuse_format(date_format)
    if period not in ("day", None):
        raise ArgumentError(f"period={period!r} must be 'day' or None: what was in force is known by day.")
    edition = Edition.find(version)
    conditions = daily_conditions(edition)

    def where(names: Sequence[Hashable]) -> tuple[Columns, list[Hashable], list[Hashable]]:
        kept = list(names) if columns is None else resolved(_several(columns), names)
        _refuse_clashes(kept, list(COLUMNS))
        return find_columns(names, date, country, codes, others, date_format), [], kept

    with translated("the events"):
        ready = _ready(events, where, edition, check_values, period)
        try:
            return ready.with_conditions(conditions, key)
        finally:
            ready.close()


def _ready(events: Any, where: Any, edition: Edition, check_values: bool | None, period: str | None) -> Any:
    """Return the events ready to be counted by the engine that has them."""
    source = open_source(events)
    try:
        columns, values, kept = where(source.columns)
        if isinstance(source, Remote):
            return RemoteEvents(source, columns, values, kept, edition, period, check_values=bool(check_values))
        return LocalEvents(source, columns, values, kept, edition, period)
    except BaseException:
        if not isinstance(source, Remote):
            source.close()
        raise


def _several(names: Any) -> list[Any]:
    return list(names) if isinstance(names, Iterable) and not isinstance(names, (str, Mapping)) else [names]


def _renamed(former: str, given: Any, name: str, value: Any) -> Any:
    """Return the value of an argument that may have been given under its former name."""
    if given is _UNSET:
        return value
    from crisisdata._events.messages import warn

    warn(f"{former}= is now called {name}=; write {name}={given!r}.", DeprecationWarning)
    return given


def _refuse_arguments(every: Any, values: Sequence[Any], aggregates: Sequence[str], period: Any) -> None:
    if every not in EVERY:
        raise ArgumentError.of("every", every, EVERY)
    if period not in (*PERIODS, None):
        raise ArgumentError.of("period", period, PERIODS)
    if not aggregates:
        raise ArgumentError(f"agg=[] must name at least one of {', '.join(AGGREGATES)}.")
    for name in aggregates:
        if name not in AGGREGATES:
            raise ArgumentError.of("agg", name, AGGREGATES)
    if values and every is None:
        raise ArgumentError(
            "value= needs every='day', 'week' or 'month'; without every=, the events themselves are returned."
        )
    if every is None and period not in ("day", None):
        raise ArgumentError(f"period={period!r} needs every=: a row for a longer period has no single day.")


def _refuse_format(date_format: Any) -> None:
    if date_format is not None and not (isinstance(date_format, str) and "%" in date_format):
        raise ArgumentError(f"date_format={date_format!r} must be a string such as '%d/%m/%Y'.")


def _refuse_clashes(kept: Sequence[Hashable], ours: Sequence[str]) -> None:
    """Raise if columns of the events have the names of columns that are added."""
    twice = [name for name in kept if name in ours] + sorted({name for name in ours if ours.count(name) > 1})
    twice += sorted(str(name) for name, number in Counter(kept).items() if number > 1)
    if twice:
        raise ArgumentError(
            f"these column names are reserved for the result: {', '.join(map(repr, twice))}. "
            "Rename them in the events, or leave them out of columns=."
        )
