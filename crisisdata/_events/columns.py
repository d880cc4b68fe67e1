"""Which columns of a user's events contain the day and the country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from crisisdata._events.layouts import Layout, layouts, names_of_codes, recognised
from crisisdata.errors import ArgumentError, InvalidEventsError

OTHERS = ("raise", "drop")
TEXT_CODES = ("iso3", "iso2", "name", "name_fr")
CODES = (*TEXT_CODES, "iso_numeric", "cow_code", "cow_abbrev", "gw_code", "fips")


@dataclass(frozen=True)
class Columns:
    """Where the day and the country are in a user's events."""

    date: tuple[Hashable, ...]
    """One column, or the year, month and day columns."""
    date_format: str | None
    """Format of a day as text; None for 2021-05-24."""
    country: Hashable
    codes: str | None
    """Column of `countries` with the codes; None for text that may be ISO codes or names."""
    layout: Layout | None
    others: str
    others_given: bool
    """Whether the user said what to do with other countries."""
    year: Hashable | None
    """A column that repeats the year of the date."""
    year_slack: int = 0

    @property
    def date_label(self) -> str:
        """The column or columns of the date, for a message."""
        return ", ".join(repr(str(name)) for name in self.date)


def find_columns(
    columns: Sequence[Hashable],
    date: Hashable | Sequence[Hashable] | None,
    country: Hashable | None,
    codes: str | None,
    others: str | None,
    date_format: str | None,
) -> Columns:
    """Return where the day and the country are: as the user says, or as in a known layout."""
    if codes is not None and codes not in CODES:
        raise ArgumentError.of("codes", codes, CODES)
    if others is not None and others not in OTHERS:
        raise ArgumentError.of("others", others, OTHERS)
    if date is not None and country is not None:
        parts = list(date) if isinstance(date, (list, tuple)) else [date]
        if len(parts) not in (1, 3):
            raise ArgumentError(f"date={date!r} must be one column, or the year, month and day columns in this order.")
        *parts, place = resolved([*parts, country], columns)
        return Columns(
            date=tuple(parts),
            date_format=date_format,
            country=place,
            codes=codes or names_of_codes().get(str(place).lower()),
            layout=None,
            others=others or "raise",
            others_given=others is not None,
            year=next((name for name in columns if str(name).lower() == "year" and name not in parts), None),
        )
    layout = recognised(columns)
    if date is not None or country is not None or layout is None:
        raise InvalidEventsError(
            "pass both date= and country=. They are recognised only in the layouts of "
            f"{', '.join(each.title for each in layouts().values())}; columns of the events: {listed(columns)}."
        )
    if date_format is not None:
        raise ArgumentError(
            f"date_format= needs date= and country=: the date format of {layout.title} is already known."
        )
    return of_layout(layout, columns, codes, others)


def of_layout(layout: Layout, columns: Sequence[Hashable], codes: str | None, others: str | None) -> Columns:
    """Return where a layout has the day and the country."""
    there = layout.require(columns)
    place, kind = layout.country_column(there)
    return Columns(
        date=tuple(there[name] for name in layout.date_columns),
        date_format=layout.date.get("format"),
        country=there[place],
        codes=codes or kind,
        layout=layout,
        # A published dataset covers the world: what is not ours is another country, and is reported.
        others=others or "drop",
        others_given=others is not None,
        year=there.get(layout.date.get("year", "")),
        year_slack=layout.date.get("year_slack", 0),
    )


def resolved(names: Sequence[Hashable], columns: Sequence[Hashable]) -> list[Hashable]:
    """Return the columns with these names; a number may be written as text. Raise if one does not exist."""
    for name in names:
        try:
            hash(name)
        except TypeError:
            raise ArgumentError(f"{name!r} must be a column name.") from None
    by_text: dict[str, list[Hashable]] = {}
    for column in columns:
        by_text.setdefault(str(column), []).append(column)
    there = set(columns)
    found = [name if name in there else (by_text.get(str(name)) or [None])[0] for name in names]
    missing = [name for name, column in zip(names, found, strict=True) if column is None and name not in there]
    if missing:
        raise InvalidEventsError.lacks(map(str, missing), map(str, columns))
    return found


def refuse_twice(columns: Sequence[Hashable]) -> None:
    """Raise if two columns have the same name."""
    twice = sorted(str(name) for name, number in Counter(columns).items() if number > 1)
    if twice:
        raise InvalidEventsError(
            f"column names must be unique; repeated: {', '.join(map(repr, twice))}. Rename one, or leave it out."
        )


def listed(columns: Sequence[Hashable]) -> str:
    """Return names of columns as a list for a message."""
    more = f" … ({len(columns)} in all)" if len(columns) > 40 else ""
    return ", ".join(str(name) for name in columns[:40]) + more
