"""A user's own events on the clock of the coups."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from crisisdata._editions import Edition
from crisisdata._events.anchors import By, calendar, find_anchors
from crisisdata._events.checking import prepare
from crisisdata._events.conditions import COLUMNS, daily_conditions
from crisisdata._events.matching import find_columns
from crisisdata._events.windows import AGGREGATES, Windows, conditions_joined, refuse_clashes, refuse_text, spans_of
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

PERIODS = ("day", "week", "month", None)


def align(
    events: Any,
    *,
    date: str | None = None,
    country: str | None = None,
    codes: str | None = None,
    episodes: str | Sequence[str] | None = None,
    anchor: str | Sequence[str] | pd.DataFrame = "first_act",
    before: int = 180,
    after: int = 365,
    by: By | None = "day",
    value: str | Sequence[str] = (),
    agg: str | Sequence[str] = "sum",
    keep: Sequence[str] | None = None,
    coverage: tuple[Any, Any] | Mapping[str, tuple[Any, Any]] | None = None,
    inexact: Literal["raise", "first", "last", "drop"] = "raise",
    others: Literal["raise", "drop"] | None = None,
    check_values: bool | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
) -> Any:
    """Return a user's events in time relative to each episode.

    Parameters
    ----------
    events
        A pandas, Polars or Arrow frame; the path of Parquet or CSV files (``"folder/*.parquet"``); or an Ibis table of
        DuckDB, Spark or another engine, which stays where it is.
    date, country
        Columns with the day of an event (dates, or text such as 2021-05-24) and with its country. Both may be left out
        for the layouts of ACLED, UCDP GED, GDELT 1.0 and SCAD, whose files are read as published (see `read_events`).
    codes
        What `country` holds: ``"iso3"``, ``"iso2"``, ``"iso_numeric"``, ``"cow_code"``, ``"cow_abbrev"``,
        ``"gw_code"``, ``"name"``, ``"name_fr"`` or ``"fips"``. None takes it from the name of the
        column where that is a usual one; other text may be ISO codes or names, in English or French.
    episodes
        Key or keys of episodes. None takes all.
    anchor
        The day from which time is counted, which is day 0: a date of `episodes` by its name (``"first_act"``,
        ``"leader_installed"``, ``"suspended"`` …); the key of any record with a date, such as
        ``"mli-2021-05/ecowas-border-closure/imposed"`` (with ``":promised_date"`` after it where it has several); a
        list of these; or rows of the table `timeline`, or of any frame with `iso3` and `date`, such as placebo dates.
    before, after
        Days of the window before and after the anchor.
    by
        Count by ``"day"``, ``"week"`` (week 0 is days 0 to 6) or ``"month"`` (month 0 goes from the anchor to the day
        before its day in the next month), so that no period has days from before and after the anchor. None returns
        the events themselves.
    value, agg
        Columns to be summarised in each period, and how: ``"sum"``, ``"mean"``, ``"min"``, ``"max"``, or several.
    keep
        Other columns: with `by`, those by whose values the counts are split; without, those that are returned (None
        returns all).
    coverage
        From when to when the events are complete: a pair of dates, or one for each country by its ISO 3166-1 alpha-3
        code. None takes the first and the last event in the country.
    inexact
        What to do with an anchor whose day is not known: raise, take the first or the last day possible, or drop it.
    others
        What to do with a country that the table `countries` does not know: ``"raise"``, as a misspelt one would be lost
        otherwise, or ``"drop"``. None raises, except for the code lists of known layouts.
    check_values
        Whether to look at all dates and countries before any work is done. None does so for frames and files. For an
        Ibis table it would run a query on the engine, and is left to you: without it, countries must be written as the
        table `countries` has them, and others are left out.
    version
        As in `load`.

    Returns
    -------
    the kind of frame that came in (pandas for a path, an expression for an Ibis table)
        With `by`: one row per window, period and combination of `keep`, with `episode_id`, `iso3`, `anchor`,
        `anchor_date`, the number of the period (`day`, `week` or `month`), its `start_date` and `end_date`, its `days`
        within the window and how many of these are covered (`days_covered`), `also_in` (other episodes whose
        windows share a day with it), `events`, and a column for each value and summary, such as `fatalities_sum`. Where
        there is no event, `events` and sums are 0 in a period that is covered as a whole, and missing in others. A
        summary is missing where all values are.

        Without `by`: one row per event and window, with `episode_id`, `iso3`, `anchor`, `anchor_date`, `day`, `also_in`
        and the columns of the event.

    Raises
    ------
    InvalidEventsError
        A column is missing; dates cannot be read, are missing or have a time zone; countries are not known (listed).
    InexactDateError
        An anchor is not known to the day, and `inexact` does not say what to do.
    UnknownNameError, ArgumentError
        There is no such episode, anchor or edition; an argument is none of those allowed.

    Warns
    -----
    NoOverlapWarning
        No window lies within the span of the events.

    Examples
    --------
    >>> import pandas as pd
    >>> import crisisdata as cd
    >>> days = ["2020-08-10", "2020-08-18", "2020-08-20", "2020-09-30"]
    >>> protests = pd.DataFrame({"day": pd.to_datetime(days), "place": "Mali", "deaths": [0, 4, 1, 2]})
    >>> weeks = cd.align(
    ...     protests, date="day", country="place", value="deaths",
    ...     episodes=["mli-2020-08"], before=14, after=13, by="week",
    ... )
    >>> weeks[["week", "days_covered", "events", "deaths_sum"]].values.tolist()
    [[-2, 1, 1, 0], [-1, 7, 0, 0], [0, 7, 2, 5], [1, 7, 0, 0]]
    """
    values, aggregates = _several(value), _several(agg)
    if by not in PERIODS:
        raise ArgumentError.of("by", by, PERIODS)
    for name in aggregates:
        if name not in AGGREGATES:
            raise ArgumentError.of("agg", name, AGGREGATES)
    if values and by is None:
        raise ArgumentError("value= needs by='day', 'week' or 'month': without it, the events themselves are returned.")
    edition = Edition.find(version)
    chosen = [episodes] if isinstance(episodes, str) else episodes
    anchors = find_anchors(anchor, chosen, inexact, edition)
    days = calendar(anchors, before, after, by or "day")
    ready = prepare(
        events,
        lambda columns: find_columns(columns, date, country, codes, others),
        sorted(set(anchors["iso3"])),
        edition,
        values=values,
        keep=() if by and keep is None else keep,
        check_values=check_values,
        published=date is None and country is None,
    )
    if "sum" in aggregates or "mean" in aggregates:
        refuse_text(ready.table, values)
    windows = Windows(anchors, days, by)
    windows.refuse_clashes(ready.kept, values, aggregates)
    spans = ready.spans if coverage is None else spans_of(coverage, anchors["iso3"])
    if ready.spans is not None:
        windows.warn_without_overlap(ready.spans)
    if by is None:
        return ready.source.deliver(windows.rows(ready))
    if coverage is not None and spans is not None:
        windows = windows.within(spans)
    return ready.source.deliver(windows.counts(ready, spans, values, aggregates))


def _several(names: str | Sequence[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def in_force(
    events: Any,
    *,
    date: str | None = None,
    country: str | None = None,
    codes: str | None = None,
    keep: Sequence[str] | None = None,
    others: Literal["raise", "drop"] | None = None,
    check_values: bool | None = None,
    version: str | os.PathLike[str] | Edition | None = None,
) -> Any:
    """Return a user's events with what was in force in their country on their day.

    Parameters
    ----------
    events, date, country, codes, others, check_values, version
        As in `align`. With ``others="drop"``, events in other countries stay, and nothing is said of them.
    keep
        Columns of the events that are returned. None returns all.

    Returns
    -------
    the kind of frame that came in (pandas for a path, an expression for an Ibis table)
        Every event once, with these columns, which are all missing on a day that the table `coverage` does not cover:

        - `suspended_by`: bodies that had surely suspended the membership of the country because of a coup, and
          `suspended_by_possibly`: those that may have, as a date is not known to the day or no end was found; with
          their numbers, `suspensions_low` (the sure ones) and `suspensions_high` (both);
        - `sanctions`, `sanctions_possibly`, `sanctions_low`, `sanctions_high`: the same of other coup-related
          measures, by their keys;
        - `ruled_by`: the event (key of `candidates`) by which those came to power who held the highest office, a coup
          or a rebel offensive; missing where nobody who came that way held it;
        - `military_rule`: whether officers who came by a coup held it, by the rule of `country_month`.

        Several are separated by semicolons.

    Raises
    ------
    InvalidEventsError, ArgumentError, UnknownNameError
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
    edition = Edition.find(version)
    days, states = daily_conditions(edition)
    ready = prepare(
        events,
        lambda columns: find_columns(columns, date, country, codes, others),
        sorted(set(days["iso3"])),
        edition,
        values=(),
        keep=keep,
        check_values=check_values,
        published=date is None and country is None,
    )
    refuse_clashes(ready.kept, list(COLUMNS))
    return ready.source.deliver(conditions_joined(ready, days, states))
