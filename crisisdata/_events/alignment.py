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
    """Return a user's events in time relative to each episode.

    Needs the extra ``events``.

    Parameters
    ----------
    events
        A pandas, Polars or Arrow frame; the path of Parquet, CSV or Excel files (``"folder/*.parquet"``); or an Ibis
        table of DuckDB, Spark or another engine, which stays where it is.
    date, country
        Columns with the day of an event (dates, or text such as 2021-05-24; ``["year", "month", "day"]`` for a date in
        three columns) and with its country. Both may be left out for the layouts of ACLED, UCDP GED, GDELT and SCAD,
        whose files are read as published (see `read_events`).
    date_format
        How texts write the day, where it is not as in 2021-05-24: ``"%d/%m/%Y"`` for 24/05/2021. Nothing is guessed.
    codes
        What `country` holds: ``"iso3"``, ``"iso2"``, ``"iso_numeric"``, ``"cow_code"``, ``"cow_abbrev"``,
        ``"gw_code"``, ``"name"``, ``"name_fr"`` or ``"fips"``. None takes it from the name of the
        column where that is a usual one; other text may be ISO codes or names, in English or French, in the spellings
        of ACLED, UCDP, the United Nations and the World Bank.
    episodes
        Key or keys of episodes. None takes all.
    anchor
        The day from which time is counted, which is day 0: a date of `episodes` by its name (``"first_act"``,
        ``"leader_installed"``, ``"suspended"`` …); the key of any record with a date, such as
        ``"mli-2021-05/ecowas-border-closure/imposed"`` (with ``":promised_date"`` after it where it has several); a
        list of these; or rows of the table `timeline`, or of any frame with `iso3` and `date`, such as placebo dates.
    before, after
        Days of the window before and after the anchor.
    every
        Count by ``"day"``, ``"week"`` (week 0 is days 0 to 6) or ``"month"`` (month 0 goes from the anchor to the day
        before its day in the next month), so that no period has days from before and after the anchor. None returns
        the events themselves.
    value, agg
        Columns to be summarised in each period, and how: ``"sum"``, ``"mean"``, ``"min"``, ``"max"``, or several.
    columns
        Other columns: with `every`, those by whose values the counts are split; without, those that are returned (None
        returns all).
    period
        What the value of a row belongs to: its ``"day"`` (None), or the ``"week"`` that begins on it, or the
        ``"month"``, ``"quarter"`` or ``"year"`` in which it lies, as in a series of prices. A sum is spread evenly over
        the days of the period, and a mean is weighted by days. Days that are all the first of a month are refused until
        this is said.
    coverage
        From when to when the events are complete: a pair of dates, or one for each country by its ISO 3166-1 alpha-3
        code or its name. None takes the first and the last event in the country.
    inexact
        What to do with an anchor whose day is not known: raise, take the first or the last day possible, or drop it.
    others
        What to do with a country that the table `countries` does not know: ``"raise"``, as a misspelt one would be lost
        otherwise, or ``"drop"``. None raises, except for known layouts, where a warning says what is left out.
    check_values
        Whether to look at all dates and countries before any work is done. None does so for frames and files. For an
        Ibis table it would run a query on the engine, and is left to you: without it, countries must be written as the
        table `countries` has them, and others are left out.
    version
        As in `load`.
    by, keep
        Former names of `every` and `columns`; they still work, with a DeprecationWarning.

    Returns
    -------
    the kind of frame that came in (pandas for a path, an expression for an Ibis table)
        With `every`: one row per window, period and combination of `columns`, with `episode_id`, `iso3`, `anchor`,
        `anchor_date`, the number of the period (`day`, `week` or `month`), its `start_date` and `end_date`, its `days`
        within the window and how many of these are covered (`days_covered`), `also_in` (other episodes, asked for or
        not, whose windows of the same length share a day with it), `events`, and a column for each value and summary,
        such as `fatalities_sum`. Where there is no event, `events` and sums are 0 in a period that is covered as a
        whole, and missing in others. A summary is missing where all values are. With a `period` of more than a day,
        `events` counts the rows that reach into the period, and nothing is 0 that no row says.

        Without `every`: one row per event and window, with `episode_id`, `iso3`, `anchor`, `anchor_date`, `day`,
        `also_in` and the columns of the event; by window and day, and then in the order in which the events came. An
        Ibis table comes back without an order, as its engine promises none.

    Raises
    ------
    InvalidEventsError
        A column is missing; dates cannot be read in one way only, are missing, contradict a column `year` or have a
        time zone; countries are not known (listed); a file is not what it seems.
    InexactDateError
        An anchor is not known to the day, and `inexact` does not say what to do.
    UnknownNameError, ArgumentError
        There is no such episode, anchor or edition; an argument is none of those allowed.
    MissingDependencyError
        A library that it needs is not installed.

    Warns
    -----
    NoOverlapWarning
        A window lies outside the days that the events cover (named).
    EventsWarning
        Events in other countries are left out; a few dates lie far from all others; a file is not in UTF-8.

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
    """Return a user's events with what was in force in their country on their day.

    Needs the extra ``events``.

    Parameters
    ----------
    events, date, country, date_format, codes, others, check_values, version
        As in `align`. With ``others="drop"``, events in other countries stay, and nothing is said of them.
    columns
        Columns of the events that are returned. None returns all.
    period
        ``"day"`` where the events were on days that are all the first of a month. What was in force is a matter of
        days, so that the rows of a monthly series are refused.
    key
        For an Ibis table: a column by which the result is put in order.
    keep
        Former name of `columns`; it still works, with a DeprecationWarning.

    Returns
    -------
    the kind of frame that came in (pandas for a path, an expression for an Ibis table)
        Every event once, in the order and with the index in which it came, with the columns below. An engine promises
        no order, so that an Ibis table comes back in any, unless `key` is given. The columns are missing on a day that
        the table `coverage` does not cover:

        - `suspended_by`: bodies that had surely suspended the membership of the country because of a coup, and
          `suspended_by_possibly`: those that may have, as a date is not known to the day or no end was found; with
          their numbers, `suspensions_low` (the sure ones) and `suspensions_high` (both). They are known outside of the
          days searched for sanctions as well, back to the first day searched for `candidates`, by a rule: without a
          coup nobody is suspended because of one. It takes a suspension that is not coded to have ended with the rule
          of those who made the coup; while they ruled, these columns are missing;
        - `sanctions`, `sanctions_possibly`, `sanctions_low`, `sanctions_high`: the same of other coup-related
          measures, by their keys;
        - `ruled_by`: the event (key of `candidates`) by which those came to power who held the highest office, a coup
          or a rebel offensive; missing where nobody who came that way held it;
        - `military_rule`: whether officers who came by a coup held it, by the rule of `country_month`.

        Several are separated by semicolons.

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
        raise ArgumentError(f"period={period!r} must be 'day' or None: what was in force is a matter of days.")
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
    """Return the events ready to be counted, in the way of the engine that has them."""
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
    """Return the value of an argument that may have been given by its former name."""
    if given is _UNSET:
        return value
    from crisisdata._events.messages import warn

    warn(f"{former}= is now {name}=: write {name}={given!r}.", DeprecationWarning)
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
            "value= needs every='day', 'week' or 'month': without it, the events themselves are returned."
        )
    if every is None and period not in ("day", None):
        raise ArgumentError(f"period={period!r} needs every=: a row of a longer period lies on no one day.")


def _refuse_format(date_format: Any) -> None:
    if date_format is not None and not (isinstance(date_format, str) and "%" in date_format):
        raise ArgumentError(f"date_format={date_format!r} must be a text such as '%d/%m/%Y'.")


def _refuse_clashes(kept: Sequence[Hashable], ours: Sequence[str]) -> None:
    """Raise where columns of the events have the names of columns that are added."""
    twice = [name for name in kept if name in ours] + sorted({name for name in ours if ours.count(name) > 1})
    twice += sorted(str(name) for name, number in Counter(kept).items() if number > 1)
    if twice:
        raise ArgumentError(
            f"the result has columns of its own with the name {', '.join(map(repr, twice))}. "
            "Rename those of the events, or leave them out of columns=."
        )
