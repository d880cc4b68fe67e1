"""Whether the dates, countries and values of a user's events can be used; if not, nothing else is done."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from crisisdata._events.columns import TEXT_CODES, Columns
from crisisdata._events.countries import identify, is_country_elsewhere
from crisisdata._events.messages import warn
from crisisdata._events.windows import Spans, last_day_of
from crisisdata.errors import InvalidEventsError

if TYPE_CHECKING:
    import pyarrow as pa

    from crisisdata._editions import Edition

TOO_MANY = 10_000
"""A column with more distinct values than this is not a country column."""
_FEWEST_STARTS = 3
"""This many different days, all first days of months, do not occur by chance: one in 27,000."""
_GAP = 5 * 365
_SMALL_SHARE = 0.01
_BEFORE_DATA = np.datetime64("1900-01-01")
_ERA = (np.datetime64("0001-01-01"), np.datetime64("9999-12-31"))


def check_types(columns: Columns, types: Mapping[Any, Any]) -> None:
    """Raise if the day and country columns contain values that can be neither; `types` are Ibis types, by column."""
    for name in columns.date:
        kind = types[name]
        if kind.is_timestamp() and kind.timezone is not None:
            raise InvalidEventsError(
                f"the column {str(name)!r} has the time zone {kind.timezone}, so its days depend on the place. "
                "Convert it to the country's local time and drop the zone: "
                "frame[column].dt.tz_convert('Africa/Bamako').dt.tz_localize(None); in Ibis, column.date()."
            )
        allowed = kind.is_date() or kind.is_timestamp() or kind.is_string()
        if len(columns.date) > 1:
            allowed = kind.is_numeric() or kind.is_string()
        elif columns.date_format is not None or columns.layout is not None:
            allowed = allowed or kind.is_integer()
        if not allowed:
            raise InvalidEventsError(
                f"the column {str(name)!r} contains {kind}, not dates. Convert it to dates, for example with "
                "pandas.to_datetime; for separate year, month and day columns, pass date=['year', 'month', 'day']."
            )
    kind, codes = types[columns.country], columns.codes
    name = str(columns.country)
    if not (kind.is_string() or kind.is_numeric()) or kind.is_boolean():
        raise InvalidEventsError(f"the column {name!r} contains {kind}, not country codes or names.")
    if kind.is_numeric() and codes is None:
        raise InvalidEventsError(
            f"the column {name!r} contains numbers, and its name does not identify the code. Pass codes='cow_code', "
            "'gw_code' or 'iso_numeric'."
        )
    if kind.is_numeric() and codes in (*TEXT_CODES, "cow_abbrev", "fips"):
        raise InvalidEventsError(f"the column {name!r} contains numbers, but codes={codes!r} are strings.")


def refuse_texts(values: Sequence[Any], types: Sequence[Any]) -> None:
    """Raise if values to summarise are not numbers."""
    for name, kind in zip(values, types, strict=True):
        if not (kind.is_numeric() or kind.is_boolean()):
            raise InvalidEventsError(
                f"the column {str(name)!r} contains {kind}, which cannot be summed or averaged. Convert it to "
                "numbers, for example with pandas.to_numeric."
            )


def keys_of(
    rows: list[dict[str, Any]], columns: Columns, values: Sequence[Any], edition: Edition, *, text: bool
) -> dict[Any, str]:
    """Return the country for each spelling in the survey of the events; raise if one is wrong."""
    check_cells(rows, columns, values)
    if len(rows) > TOO_MANY:
        raise InvalidEventsError(
            f"the column {str(columns.country)!r} has more than {TOO_MANY:,} distinct values, so it is not a "
            "country column."
        )
    keys = identify([row["country"] for row in rows], columns.codes, edition, text=text)
    unknown = sorted((row for row in rows if row["country"] not in keys), key=lambda row: -row["events"])
    if unknown and columns.others == "raise":
        raise _unknown(unknown, columns)
    if unknown and not columns.others_given:
        _report_left_out(unknown, columns, edition)
    return keys


def check_cells(rows: list[dict[str, Any]], columns: Columns, values: Sequence[Any]) -> None:
    """Raise if a survey of the events found a date or a number that cannot be read."""
    _check_dates(rows, columns)
    _check_years(rows, columns)
    _check_values(rows, values)


def _check_dates(rows: list[dict[str, Any]], columns: Columns) -> None:
    unread = sum(row.get("unread") or 0 for row in rows)
    if unread:
        examples = sorted({row[name] for row in rows for name in ("example", "example_last") if row.get(name)})
        raise InvalidEventsError(_on_dates(unread, examples, columns))
    undated = sum(row["events"] - row["dated"] for row in rows)
    if undated:
        raise InvalidEventsError(
            f"{undated:,} of {sum(row['events'] for row in rows):,} events have no date in {columns.date_label}. "
            "Drop these events, or add the dates."
        )


def _on_dates(unread: int, examples: Sequence[str], columns: Columns) -> str:
    """Return the message about texts that are not dates: which formats they may have, and that one must be chosen."""
    label, example = columns.date_label, examples[0]
    shown = f"{example!r} ({unread:,} event{'s' if unread > 1 else ''})"
    start = f"dates in {label} are not written as 2021-05-24: {shown}."
    if columns.layout is not None or len(columns.date) > 1:
        return f"dates in {label} are not valid days: {shown}. Correct them, or leave out these events."
    if columns.date_format is not None:
        return f"dates in {label} do not match date_format={columns.date_format!r}: {shown}."
    formats = [form for form in _FORMATS if all(_read(text, form) for text in examples)]
    if not formats:
        return (
            f"{start} Pass date_format=, or convert the column to dates without a time zone, for example with "
            "pandas.to_datetime."
        )
    read = [(form, _read(example, form)) for form in formats[:2]]
    if len({day for _, day in read}) == 1:
        return f"{start} They match date_format={formats[0]!r}; pass it if that is right."
    readings = " or ".join(f"{day.day} {day:%B %Y} (date_format={form!r})" for form, day in read if day)
    return f"dates in {label} are ambiguous: {shown} is {readings}. Pass date_format=."


_FORMATS = [
    form.replace("-", mark)
    for mark in ("/", "-", ".", " ")
    for form in (
        "%d-%m-%Y",
        "%m-%d-%Y",
        "%d-%m-%y",
        "%m-%d-%y",
        "%y-%m-%d",
        "%Y-%m-%d",
        "%d-%B-%Y",
        "%d-%b-%Y",
        "%d-%b-%y",
        "%B-%d-%Y",
    )
] + ["%Y%m%d", "%B %d, %Y", "%b %d, %Y"]


def _read(text: str, form: str) -> datetime.datetime | None:
    # strptime takes 2020 for %y and more; a number of two digits is no year of four.
    if "%Y" in form and not re.search(r"\d{4}", text):
        return None
    try:
        return datetime.datetime.strptime(text.strip(), form)
    except ValueError:
        return None


def _check_years(rows: list[dict[str, Any]], columns: Columns) -> None:
    wrong = sum(row.get("contradicting") or 0 for row in rows)
    if wrong:
        example = next(row["contradiction"] for row in rows if row.get("contradiction"))
        raise InvalidEventsError(
            f"in {wrong:,} events the year in the column {str(columns.year)!r} differs from that of the date, "
            f"such as {example!r}. Correct the date; if that column means something else, rename it or leave it out."
        )


def _check_values(rows: list[dict[str, Any]], values: Sequence[Any]) -> None:
    for number, name in enumerate(values):
        bad = sum(row.get(f"bad_{number}") or 0 for row in rows)
        if bad:
            example = next(row[f"badly_{number}"] for row in rows if row.get(f"badly_{number}") is not None)
            raise InvalidEventsError(
                f"{bad:,} values of {str(name)!r} are not numbers, such as {example!r}. Correct them, or make "
                "them missing."
            )


def _unknown(unknown: list[dict[str, Any]], columns: Columns) -> InvalidEventsError:
    return InvalidEventsError(
        f"{len(unknown)} values of {str(columns.country)!r} are not in the table countries"
        f"{f' by {columns.codes}' if columns.codes else ''} (with their events): {_with_counts(unknown, 20)}. "
        "Correct the spelling or pass codes=; if they are countries without an episode, others='drop' leaves them out."
    )


def _report_left_out(unknown: list[dict[str, Any]], columns: Columns, edition: Edition) -> None:
    """Say which events of a published dataset are not used, and which of their countries are not countries at all."""
    without = sum(row["events"] for row in unknown if row["country"] is None)
    placed = [row for row in unknown if row["country"] is not None]
    strange = [
        row
        for row in placed
        if columns.codes in (None, "name", "name_fr") and not is_country_elsewhere(row["country"], columns.codes)
    ]
    parts = []
    if placed:
        parts.append(
            f"{sum(row['events'] for row in placed):,} in {len(placed)} countries that are not in the table "
            f"countries of {edition.label}: {_with_counts(placed, 10)}"
        )
    if without:
        parts.append(f"{without:,} without a country")
    last = f" Not a known country name: {_with_counts(strange, 10)}; check the spelling." if strange else ""
    warn(f"events were left out: {'; '.join(parts)}.{last} To leave them out without this warning, pass others='drop'.")


def _with_counts(rows: Sequence[dict[str, Any]], most: int) -> str:
    listed = ", ".join(f"{row['country']!r} ({row['events']:,})" for row in rows[:most])
    return listed + (f" and {len(rows) - most} more" if len(rows) > most else "")


def spans_of_days(days: pa.Table, keys: Mapping[Any, str], columns: Columns, period: str, said: bool) -> Spans:
    """Return the span of each country from the days with events; warn about outlying ends and refuse invalid days.

    `said` is whether the user gave the period to which a value belongs.
    """
    if not days.num_rows:
        return {}
    dates = days["day"].to_numpy().astype("datetime64[D]")
    counts = days["n"].to_numpy()
    if dates.min() < _ERA[0] or dates.max() > _ERA[1]:
        raise InvalidEventsError(
            f"dates in {columns.date_label} are before the year 1 or after 9999. Correct them, or leave out "
            "these events."
        )
    if not said:
        _refuse_starts_of_periods(dates, columns)
    places = np.array([keys[key] for key in days["country"].to_pylist()], dtype=object)
    spans: dict[str, tuple[Any, Any]] = {}
    for iso3 in sorted(set(places)):
        own = places == iso3
        order = np.argsort(dates[own], kind="stable")
        found, number = dates[own][order], counts[own][order]
        spans[iso3] = found[0], last_day_of(found[-1], period)
        _warn_of_outliers(iso3, found, number, columns)
    return spans


def _refuse_starts_of_periods(dates: np.ndarray, columns: Columns) -> None:
    """Raise if all dates are first or last days of months, as in a monthly series."""
    distinct = np.unique(dates)
    if len(distinct) < _FEWEST_STARTS:
        return
    firsts = (distinct == distinct.astype("datetime64[M]")).all()
    lasts = (distinct + 1 == (distinct + 1).astype("datetime64[M]")).all()
    if firsts or lasts:
        yearly = len({str(day)[5:] for day in distinct}) == 1
        raise InvalidEventsError(
            f"all {len(distinct):,} days in {columns.date_label} are the {'first' if firsts else 'last'} of a month, "
            f"as in a {'yearly' if yearly else 'monthly'} series, whose values cover every day of the period. "
            f"Pass period={'year' if yearly else 'month'!r} to `align`, or period='day' if the events were on "
            "those days."
        )


def _warn_of_outliers(iso3: str, dates: np.ndarray, counts: np.ndarray, columns: Columns) -> None:
    """Warn about a few early or late days far from all others: a mistyped year would stretch the coverage."""
    today = np.datetime64(datetime.date.today())
    gaps = np.diff(dates).astype("int64")
    total, strange = counts.sum(), []
    running = np.cumsum(counts)
    for place in np.flatnonzero(gaps >= _GAP):
        if running[place] <= total * _SMALL_SHARE:
            strange.append((dates[0], int(running[place]), f"the next is {dates[place + 1]}"))
        elif total - running[place] <= total * _SMALL_SHARE:
            strange.append((dates[-1], int(total - running[place]), f"the one before is {dates[place]}"))
    if not strange and dates[0] < _BEFORE_DATA:
        strange.append((dates[0], int(counts[dates < _BEFORE_DATA].sum()), "before 1900"))
    if dates[-1] > today and not any(day == dates[-1] for day, _, _ in strange):
        strange.append((dates[-1], int(counts[dates > today].sum()), "in the future"))
    if strange:
        shown = "; ".join(f"{day} ({number:,} event{'s' if number > 1 else ''}; {why})" for day, number, why in strange)
        warn(
            f"outlying dates of {iso3} in {columns.date_label}: {shown}. Periods in between count as covered, so "
            "missing becomes 0. Correct the dates, or pass coverage=."
        )
