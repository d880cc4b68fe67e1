"""Which country a code or a name in the events means."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from crisisdata._editions import Edition
from crisisdata._events.columns import TEXT_CODES
from crisisdata._events.layouts import folder, layouts
from crisisdata._events.tables import table
from crisisdata.errors import UnknownNameError

NAMES = "country_names.toml"
_NAME_CODES = (None, "name", "name_fr")


def identify(values: Iterable[Any], codes: str | None, edition: Edition, *, text: bool) -> dict[Any, str]:
    """Return the country, as an ISO 3166-1 alpha-3 code, for each value that is one; case, accents and blanks do not
    matter.
    """
    fold: Callable[[Any], Any] = folded if text else lambda value: value
    known = {fold(value): iso3 for value, iso3 in _spellings(codes, edition, text=text)}
    return {value: known[fold(value)] for value in values if value is not None and fold(value) in known}


def usual_spellings(codes: str | None, countries: Iterable[str], edition: Edition, *, text: bool) -> dict[Any, str]:
    """Return the usual spellings of some countries in the codes of a column."""
    wanted = set(countries)
    pairs = [(value, iso3) for value, iso3 in _spellings(codes, edition, text=text) if iso3 in wanted]
    lacking = sorted(wanted - {iso3 for _, iso3 in pairs})
    if lacking:
        raise UnknownNameError(
            f"the table countries has no {codes or 'code'} for {', '.join(lacking)}. Choose another country column."
        )
    spelled: dict[Any, str] = {}
    for value, iso3 in pairs:
        forms = {value, value.upper(), value.lower()} if isinstance(value, str) else {value}
        spelled |= dict.fromkeys(forms, iso3)
    return spelled


def is_country_elsewhere(value: object, codes: str | None) -> bool:
    """Say whether a text is the name or the alpha-3 code of any country of the world."""
    if not isinstance(value, str) or codes not in (*_NAME_CODES, "iso3"):
        return False
    return folded(value) in world_names() or value.strip().upper() in _names()


def resolve(name: object, edition: Edition) -> str:
    """Return the alpha-3 code of a country of the edition that a user gave as a code or a name, or raise."""
    countries = table("countries", edition)["iso3"].astype(str)
    code = str(name).strip().upper()
    if code in set(countries):
        return code
    found = identify([str(name)], "name", edition, text=True)
    if not found:
        raise UnknownNameError.of(
            "country", name, countries, where="the table countries", hint="Give the alpha-3 code or the name."
        )
    return next(iter(found.values()))


def folded(text: str) -> str:
    """Return a name without what varies between spellings: case, accents, the kind of apostrophe, blanks."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


@cache
def world_names() -> dict[str, str]:
    """Return the alpha-3 code of each name of a country in common use, by the folded name."""
    return {folded(name): iso3 for iso3, names in _names().items() for name in names}


@cache
def _names() -> dict[str, list[str]]:
    return tomllib.loads((folder() / NAMES).read_text("utf-8"))


def _spellings(codes: str | None, edition: Edition, *, text: bool) -> list[tuple[Any, str]]:
    """Return pairs of a code or name, as the column would hold it, and the country."""
    if codes == "fips":
        return [(code, iso3) for layout in layouts().values() for iso3, code in layout.fips.items()]
    countries = table("countries", edition).set_index("iso3", drop=False)
    columns = TEXT_CODES if codes is None else (codes,)
    pairs: list[tuple[Any, str]] = []
    if codes in _NAME_CODES:
        pairs += [(name, iso3) for iso3 in countries.index for name in _names().get(str(iso3), [])]
    for column in columns:
        if column in countries:
            present = countries[column].dropna()
            pairs += zip(present, present.index, strict=True)
    if not text:
        return [(int(value), str(iso3)) for value, iso3 in pairs if not isinstance(value, str)]
    as_text = [(str(value), str(iso3)) for value, iso3 in pairs]
    # A number that was read as text may have kept the zeros before it, or a decimal point behind it.
    padded = [(form, iso3) for value, iso3 in as_text if value.isdigit() for form in (value.zfill(3), f"{value}.0")]
    return as_text + padded
