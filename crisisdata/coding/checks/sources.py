"""Checks on sources."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

from crisisdata.coding.casefiles import Record
from crisisdata.coding.checks.coded import PLANNED, Coded, coded_dates
from crisisdata.coding.checks.registry import Found, fault, warning
from crisisdata.coding.rows import split

_ENDING = re.compile(r"\.(com|net|org|info)\b")
_ARTICLE = re.compile(r"^(the |la |le |l['’])")
_HOST = re.compile(r"([^\W_]([^\W_]|-)*\.)+[^\W\d_]{2,}|xn--[a-z0-9-]+")
_PUBLISHERS = ("publisher", "origin", "kept_by")
_AHEAD = PLANNED | {"end_date", "fieldwork_end_date"}
"""Dates that are often set beforehand, such as the end of a mandate."""
_MAIN_DATES = ("event_date", "fieldwork_start_date", "claimed_date", "start_date")
"""The date on which a reading of the whole record bears: the first of these that the table has."""


@fault
def addresses_are_possible(coded: Coded) -> Iterator[Found]:
    """An address that a browser cannot open does not lead to the source."""
    for row, record in coded.pairs("sources"):
        for variable in ("url", "origin_url"):
            if row[variable] and (wrong := _wrong(row[variable])):
                yield Found(record, f"{row[variable]!r} {wrong}; write the address as a browser shows it", variable)


def _wrong(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is not an address"
    if re.search(r"[\s<>\"{}|\\^`]", url):
        return "contains a character that is not allowed in an address"
    if parts.username is not None:
        return "contains a user name"
    if not _HOST.fullmatch(host):
        return f"has the host {host!r}, which must be a domain name such as example.org"
    return f"has the port {port}, which must be between 1 and 65535" if port == 0 else None


@warning
def addresses_have_one_source(coded: Coded) -> Iterator[Found]:
    """One page under two IDs counts as two sources, unless it showed different texts at different times."""
    first: dict[str, str] = {}
    for row, record in coded.pairs("sources"):
        if row["url"]:
            address = _address(row["url"])
            if address in first:
                message = f"{first[address]!r} has the same address; keep one of the two and cite it everywhere"
                yield Found(record, message, "url")
            first.setdefault(address, row["source_id"])


def _address(url: str) -> str:
    """Return the part of an address that identifies the page, without the protocol or the position in the page."""
    bare = re.sub(r"^https?://(www\.)?", "", url.partition("#")[0], flags=re.IGNORECASE).rstrip("/")
    host, slash, path = bare.partition("/")
    return host.lower().rstrip(".") + slash + path


@fault
def publishers_have_one_spelling(coded: Coded) -> Iterator[Found]:
    """Two spellings of one publisher count as two independent publishers."""
    known = {
        name: publisher
        for publisher, row in coded.publishers.items()
        for name in (publisher, *split(row["spellings"], ";"))
    }
    by_fold = {_fold(name): publisher for name, publisher in known.items()}
    used = Counter(row[name] for row in coded.rows("sources") for name in _PUBLISHERS if row[name])
    commonest: dict[str, str] = {}
    for name, _ in used.most_common():
        commonest.setdefault(_fold(name), name)
    for row, record in coded.pairs("sources"):
        for variable in _PUBLISHERS:
            name = row[variable]
            if name is None:
                continue
            right = known.get(name) or by_fold.get(_fold(name)) or commonest[_fold(name)]
            if right != name:
                yield Found(record, f"{name!r} is another spelling of {right!r}; write {right!r}", variable)


def _fold(name: str) -> str:
    """Return the form in which spellings are compared: letters and digits without case, accents and article."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    plain = _ARTICLE.sub("", _ENDING.sub("", plain))
    return "".join(c for c in plain if c.isalnum()) or name


@warning
def libraries_name_whose_text_it_is(coded: Coded) -> Iterator[Found]:
    """A library or aggregator keeps copies of others' texts; the author of the text determines independence."""
    libraries = _libraries(coded)
    for row, record in coded.pairs("sources"):
        if row["publisher"] in libraries and row["origin"] is None:
            library = row["publisher"]
            message = f"{library} keeps copies of texts; name the original publisher, and write {library} in kept_by"
            yield Found(record, message, "origin")


@fault
def libraries_are_no_publishers(coded: Coded) -> Iterator[Found]:
    """A citation names the publisher of a text, not the library that keeps a copy; the address of a copy is not the
    original's.
    """
    libraries = _libraries(coded)
    for row, record in coded.pairs("sources"):
        if row["publisher"] in libraries and row["origin"] is not None:
            message = (
                f"{row['publisher']} keeps copies; name {row['origin']} as the publisher, and the library in kept_by"
            )
            yield Found(record, message, "publisher")
        if row["kept_by"] and row["kept_by"] not in libraries:
            message = (
                f"{row['kept_by']!r} is not known to keep copies; if it does, say so in publishers.csv (keeps_copies)"
            )
            yield Found(record, message, "kept_by")
        if row["origin_url"] and row["origin_url"] == row["url"]:
            yield Found(record, "origin_url is the address of the page itself; leave it empty", "origin_url")


def _libraries(coded: Coded) -> set[str]:
    return {name for name, row in coded.publishers.items() if row["keeps_copies"] == "yes"}


@fault
def publication_bounds_the_act(coded: Coded) -> Iterator[Found]:
    """If only the day of publication dates an act, the act is not later than that day."""
    for variable, record, reading, published in _older(coded):
        if reading == "published":
            message = (
                f"date_basis is published and the source is dated {published}, before the {variable} of the "
                "record; correct the "
                "date, or the date_basis if the source announces the act"
            )
            yield Found(record, message, "date_basis")


@warning
def sources_are_not_older_than_what_they_report(coded: Coded) -> Iterator[Found]:
    """A source cannot report later events, unless it announces them."""
    for variable, record, reading, published in _older(coded):
        if reading != "published":
            message = f"the source is dated {published}, before the {variable} of the record"
            yield Found(record, message, "source_id")


def _older(coded: Coded) -> Iterator[tuple[str, Record, str | None, date]]:
    """Yield each reading that supports a date later than its source."""
    dates = {table.name: [item.name for item in coded_dates(table)] for table in coded.schema.evidenced}
    rows = {
        (name, row[coded.schema.tables[name].key]): row
        for name, all_ in coded.coding.rows.items()
        if name in dates
        for row in all_
    }
    for reading, record in coded.pairs("evidence"):
        source, row = coded.sources.get(reading["source_id"]), rows.get((reading["table_name"], reading["record_id"]))
        if source is None or row is None or reading["relation"] != "supports" or not source["published_date_latest"]:
            continue
        there = dates[reading["table_name"]]
        main = [name for name in _MAIN_DATES if name in there][:1]
        for variable in split(reading["variables"], ";") or main:
            published = source["published_date_latest"]
            if variable in there and variable not in _AHEAD and row[variable] and published < row[variable]:
                yield variable, record, reading["date_basis"], published
