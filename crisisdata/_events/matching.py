"""Which columns of a user's events hold day and country."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crisisdata._events.layouts import Layout, layouts, names_of_codes, recognised
from crisisdata.errors import ArgumentError, InvalidEventsError

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAY, KEY = "_crisisdata_day", "_crisisdata_country"
OTHERS = ("raise", "drop")
TEXT_CODES = ("iso3", "iso2", "name", "name_fr")
CODES = (*TEXT_CODES, "iso_numeric", "cow_code", "cow_abbrev", "gw_code", "fips")


@dataclass(frozen=True)
class Matching:
    """How day and country are found in a user's events."""

    date: str
    country: str
    codes: str | None
    """Column of `countries` that holds the codes; None for text that may hold ISO codes or names."""
    layout: Layout | None
    others: str

    @property
    def needed(self) -> list[str]:
        """The columns that must be read."""
        if self.layout is None:
            return [self.date, self.country]
        return [*self.layout.date_columns, self.country, *self.layout.rows]

    def matched(self, table: ir.Table) -> ir.Table:
        """Return the events with their day and the key of their country, as dates and as it is written."""
        self._types(table)
        if self.layout is not None:
            table = self.layout.mended(table)
            day = self.layout.day(table)
        else:
            day = table[self.date].cast("date")
        key = table[self.country]
        return table.mutate(**{DAY: day, KEY: key if key.type().is_string() else key.cast("int64")})

    def _types(self, table: ir.Table) -> None:
        for name in self.layout.date_columns if self.layout else [self.date]:
            kind = table[name].type()
            if kind.is_timestamp() and kind.timezone is not None:
                raise InvalidEventsError(
                    f"the column {name!r} has the time zone {kind.timezone}, so that its day depends on the place. "
                    "Convert it to the time of the country and drop the zone: "
                    "frame[column].dt.tz_convert('Africa/Bamako').dt.tz_localize(None); in Ibis, column.date()."
                )
            if self.layout is None and not (kind.is_date() or kind.is_timestamp() or kind.is_string()):
                raise InvalidEventsError(
                    f"the column {name!r} holds {kind}, not dates. Make it dates, as with pandas.to_datetime."
                )
        kind = table[self.country].type()
        if not (kind.is_string() or kind.is_numeric()):
            raise InvalidEventsError(f"the column {self.country!r} holds {kind}, not codes or names of countries.")
        if kind.is_numeric() and self.codes is None:
            raise InvalidEventsError(
                f"the column {self.country!r} holds numbers, and its name does not say of which code. "
                "Say codes='cow_code', 'gw_code' or 'iso_numeric'."
            )
        if kind.is_numeric() and self.codes in (*TEXT_CODES, "cow_abbrev", "fips"):
            raise InvalidEventsError(f"the column {self.country!r} holds numbers, and codes={self.codes!r} are text.")


def find_columns(
    columns: Sequence[str], date: str | None, country: str | None, codes: str | None, others: str | None
) -> Matching:
    """Return where day and country are: as the user says, or as a known layout has it."""
    if codes is not None and codes not in CODES:
        raise ArgumentError.of("codes", codes, CODES)
    if others is not None and others not in OTHERS:
        raise ArgumentError.of("others", others, OTHERS)
    if date is not None and country is not None:
        missing = [name for name in (date, country) if name not in columns]
        if missing:
            raise InvalidEventsError.lacks(missing, columns)
        return Matching(date, country, codes or names_of_codes().get(country.lower()), None, others or "raise")
    layout = recognised(columns)
    if date is not None or country is not None or layout is None:
        raise InvalidEventsError(
            "say both date= and country=. They are found only in the layouts of "
            f"{', '.join(each.title for each in layouts().values())}; the events have: {', '.join(columns)}."
        )
    name, kind = layout.country_column(columns)
    missing = [each for each in layout.date_columns if each not in columns]
    if missing:
        raise InvalidEventsError.lacks(missing, columns)
    # A published code list has no misspelt country in it: what is not ours is another country.
    return Matching(layout.date_columns[0], name, codes or kind, layout, others or "drop")
