"""Whether the dates and countries of a user's events can be used, and how they write them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._events.engines import Events, in_process, kind_of_path, open_events, reading
from crisisdata._events.layouts import layouts, read_events
from crisisdata._events.matching import DAY, KEY, TEXT_CODES, Matching
from crisisdata._load import load
from crisisdata.errors import InvalidEventsError, UnknownNameError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

_DAY_AS_TEXT = r"^\d{4}-\d{2}-\d{2}([T ][0-9:.]+)?$"
_TOO_MANY = 10_000


@dataclass(frozen=True)
class Prepared:
    """Events whose day and country can be used."""

    source: Events
    table: ir.Table
    """The events, with their day and the key of their country."""
    kept: list[str]
    """Columns that are kept."""
    keys: dict[Any, str]
    """The country, as ISO 3166-1 alpha-3, of each way in which the events write one."""
    spans: dict[str, tuple[Any, Any]] | None
    """The first and the last day with an event, by country; None where no look was taken."""


def prepare(
    events: Any,
    where: Callable[[Sequence[str]], Matching],
    countries: Iterable[str],
    edition: Edition,
    *,
    values: Sequence[str],
    keep: Sequence[str] | None,
    check_values: bool | None,
    published: bool,
) -> Prepared:
    """Return events ready for an expression; raise before any other work where they cannot be used.

    Where `published` says so, a CSV file is expected to have one of the known layouts.
    """
    found: dict[str, Any] = {}

    def needed(columns: Sequence[str]) -> Iterable[str]:
        found["matching"] = matching = where(columns)
        found["kept"] = kept = list(columns if keep is None else keep)
        missing = [name for name in (*values, *kept) if name not in columns]
        if missing:
            raise InvalidEventsError.lacks(missing, columns)
        return dict.fromkeys(name for name in (*matching.needed, *values, *kept) if name in columns)

    source = _open(events, needed, published)
    matching, kept = found["matching"], found["kept"]
    table = matching.matched(source.table)
    if check_values or (check_values is None and not source.lazy):
        checked = check(source, table, matching, edition)
        return Prepared(source, table, kept, checked.keys, checked.spans)
    text = table[KEY].type().is_string()
    return Prepared(source, table, kept, known_keys(matching, text, countries, edition), None)


@dataclass(frozen=True)
class Checked:
    """What a look at all events found: how their countries are written, and from when to when they go."""

    keys: dict[Any, str]
    """The country, as ISO 3166-1 alpha-3, of each way in which the events write one."""
    spans: dict[str, tuple[Any, Any]]
    """The first and the last day with an event, by country."""


def _open(events: Any, needed: Callable[[Sequence[str]], Iterable[str]], published: bool) -> Events:
    if not (published and isinstance(events, (str, os.PathLike)) and kind_of_path(os.fspath(events)) == "csv"):
        return open_events(events, needed)
    table = read_events(events)
    return in_process(table.select(*needed(table.columns)), table.get_backend())


def known_keys(matching: Matching, text: bool, countries: Iterable[str], edition: Edition) -> dict[Any, str]:
    """Return the usual ways to write some countries under the codes of a column."""
    spelled = _spellings(matching, text, edition)
    lacking = sorted(set(countries) - {iso3 for _, iso3 in spelled})
    if lacking:
        raise UnknownNameError(
            f"no {matching.codes or 'code'} is known for {', '.join(lacking)}. Name another column of countries."
        )
    keys: dict[Any, str] = {}
    for value, iso3 in spelled:
        forms = {value, value.upper(), value.lower()} if isinstance(value, str) else {value}
        keys |= dict.fromkeys(forms, iso3)
    return {key: iso3 for key, iso3 in keys.items() if iso3 in set(countries)}


def check(events: Events, table: ir.Table, matching: Matching, edition: Edition) -> Checked:
    """Look once at all events; raise where a date or a country cannot be used."""
    raw = table[matching.date]
    text = raw.type().is_string() and matching.layout is None
    day = raw.re_search(_DAY_AS_TEXT).ifelse(raw, None).try_cast("date") if text else table[DAY]
    looked = table.select(_key=table[KEY], _day=day, _raw=raw)
    found: dict[str, Any] = {
        "events": looked.count(),
        "first": looked["_day"].min(),
        "last": looked["_day"].max(),
        "dated": looked["_day"].count(),
    }
    if text:
        unread = looked["_raw"].notnull() & looked["_day"].isnull()
        found |= {"unread": unread.sum(), "example": unread.ifelse(looked["_raw"], None).min()}
    with reading(f"the events, with {matching.date!r} as their date,"):
        rows = events.run(looked.group_by("_key").agg(**found).limit(_TOO_MANY + 1))
    _check_dates(rows, matching)
    if len(rows) > _TOO_MANY:
        raise InvalidEventsError(
            f"the column {matching.country!r} has more than {_TOO_MANY:,} values, so it is no column of countries."
        )
    keys = _identify([row["_key"] for row in rows], matching, table[KEY].type().is_string(), edition)
    unknown = sorted((row for row in rows if row["_key"] not in keys), key=lambda row: -row["events"])
    if unknown and matching.others == "raise":
        raise _unknown(unknown, matching)
    spans: dict[str, tuple[Any, Any]] = {}
    for row in rows:
        iso3 = keys.get(row["_key"])
        if iso3 is not None:
            first, last = spans.get(iso3, (row["first"], row["last"]))
            spans[iso3] = min(first, row["first"]), max(last, row["last"])
    return Checked(keys, spans)


def _check_dates(rows: list[dict[str, Any]], matching: Matching) -> None:
    unread = sum(row.get("unread") or 0 for row in rows)
    if unread:
        example = next(row["example"] for row in rows if row["unread"])
        raise InvalidEventsError(
            f"{unread:,} dates in {matching.date!r} are no days written as 2021-05-24, such as {example!r}. "
            "Make the column dates, as with pandas.to_datetime, without a time zone."
        )
    undated = sum(row["events"] - row["dated"] for row in rows)
    if undated:
        raise InvalidEventsError(
            f"{undated:,} of {sum(row['events'] for row in rows):,} events have no date in {matching.date!r}. "
            "Leave them out before, or give them one."
        )


def _unknown(unknown: list[dict[str, Any]], matching: Matching) -> InvalidEventsError:
    listed = ", ".join(f"{row['_key']!r} ({row['events']:,})" for row in unknown[:20])
    more = f" and {len(unknown) - 20} more" if len(unknown) > 20 else ""
    return InvalidEventsError(
        f"{len(unknown)} values of {matching.country!r} are no country that the table countries knows"
        f"{f' by {matching.codes}' if matching.codes else ''} (with their events): {listed}{more}. "
        "Mend the spelling or say codes=; where they are countries without an episode, others='drop' leaves them out."
    )


def _identify(values: Iterable[Any], matching: Matching, text: bool, edition: Edition) -> dict[Any, str]:
    """Return the country of each value that is one; case, accents and blanks around do not matter."""
    fold: Callable[[Any], Any] = _folded if text else lambda value: value
    known = {fold(value): iso3 for value, iso3 in _spellings(matching, text, edition)}
    return {value: known[fold(value)] for value in values if value is not None and fold(value) in known}


def _spellings(matching: Matching, text: bool, edition: Edition) -> list[tuple[Any, str]]:
    """Return pairs of a code or name, as the column would hold it, and the country."""
    if matching.codes == "fips":
        return [(code, iso3) for layout in layouts().values() for iso3, code in layout.fips.items()]
    countries: pd.DataFrame = load("countries", edition).set_index("iso3", drop=False)
    columns = TEXT_CODES if matching.codes is None else (matching.codes,)
    pairs = [pair for column in columns if column in countries for pair in _pairs(countries[column])]
    if not text:
        return [(int(value), str(iso3)) for value, iso3 in pairs if not isinstance(value, str)]
    as_text = [(str(value), str(iso3)) for value, iso3 in pairs]
    # A number that was read as text may have kept the zeros in front of it.
    return as_text + [(value.zfill(3), iso3) for value, iso3 in as_text if value.isdigit()]


def _pairs(codes: pd.Series) -> list[tuple[Any, str]]:
    present = codes.dropna()
    return list(zip(present, present.index, strict=True))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
