"""The check that values in readings are also stored in cells."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, warning
from crisisdata.coding.rows import Row

_MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
_MONTH = "|".join(_MONTHS)
_DATE = re.compile(
    rf"\b(\d{{1,2}}) ({_MONTH}) (\d{{4}})\b|\b({_MONTH}) (\d{{1,2}}), (\d{{4}})\b|\b(\d{{4}})-(\d{{2}})-(\d{{2}})\b"
)
_PERSONS = re.compile(
    r"\b(\d[\d,]*) (?:people|persons|dead|deaths|killed|soldiers|officers|men|demonstrators|protesters|marchers|"
    r"detainees|prisoners|respondents|interviews|delegates|participants)\b"
)
_SHARE = re.compile(r"\b(\d{1,3}(?:\.\d+)?) ?(?:%|per ?cent\b)")
_NUMBER = re.compile(
    r"\b[A-Z]+(?:/[A-Z0-9.()]+)*/(?:[A-Z.()]+/)?\d[\d.()A-Z]*\b"  # S/RES/2056, PSC/PR/COMM/1076
    r"|\b(?:19|20)\d\d/\d+\b"  # 2020/1
    r"|\b[Nn][o°]\.? ?\d{2,4}[-/]\d+[\w/-]*"  # No 2024-0001
)


@warning
def readings_stand_in_cells(coded: Coded) -> Iterator[Found]:
    """A date, figure, share or document number that appears only in a reading cannot be found or counted.

    It may be in any cell of the record or of its nested records; a day within a range given by a cell does not
    count, because the cell is then less exact than the reading.
    """
    held = _Cells(coded)
    for row, record in coded.pairs("evidence"):
        if row["relation"] != "supports" or not row["reading"]:
            continue
        if (row["source_id"], row["reading"]) in held.above(row["table_name"], row["record_id"]):
            continue  # said of the record in which this one is nested
        source = coded.sources.get(row["source_id"])
        there = held.of(row["table_name"], row["record_id"])
        for kind, text, values in _facts(row["reading"]):
            if kind == "date" and source and source["published_date"] in values:
                continue  # the day of the source, which its own row holds
            if not there.holds(kind, text, values):
                message = (
                    f"the reading contains the {kind} {text!r}, which is in no cell of the record; code it, or "
                    "remove it from the reading"
                )
                yield Found(record, message, "reading")


def _facts(reading: str) -> Iterator[tuple[str, str, list[object]]]:
    """Yield the kind, the text and the value of each fact of a reading."""
    for found in _DATE.finditer(reading):
        day, month, year, month_, day_, year_, *iso = found.groups()
        try:
            if iso[0]:
                value = date(*map(int, iso))
            else:
                value = date(int(year or year_), _MONTHS.index(month or month_) + 1, int(day or day_))
        except ValueError:
            continue
        yield "date", found[0], [value]
    for found in _PERSONS.finditer(reading):
        yield "number", found[0], [int(found[1].replace(",", ""))]
    for found in _SHARE.finditer(reading):
        yield "share", found[0], [float(found[1])]
    for found in _NUMBER.finditer(reading):
        yield "document number", found[0], [found[0]]


class _Held:
    """What the cells of one record contain."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.values = [
            value
            for row in rows
            for name, value in row.items()
            if value is not None and not name.endswith(("_id", "_ids"))  # keys hold years and months
        ]
        self.text = " ".join(value for value in self.values if isinstance(value, str))
        self.digits = set(re.findall(r"\d+(?:\.\d+)?", self.text.replace(",", "")))

    def holds(self, kind: str, text: str, values: list[object]) -> bool:
        value = values[0]
        if isinstance(value, date):
            said = f"{value.day} {_MONTHS[value.month - 1]}"
            return value in self.values or re.search(rf"\b{said}\b(?! (?!{value.year})\d{{4}})", self.text) is not None
        if isinstance(value, float):
            shares = [each for each in self.values if isinstance(each, float)]
            return any(abs(each * 100 - value) < 0.51 for each in shares) or f"{value:g}" in self.digits
        if isinstance(value, int):
            return value in self.values or str(value) in self.digits
        if _bare(text) in _bare(self.text):
            return True
        # A resolution is often cited by its number alone.
        return text[0].isupper() and "/" in text and re.findall(r"\d+", text)[-1] in self.digits


def _bare(text: str) -> str:
    return re.sub(r"\W", "", text).casefold()


class _Cells:
    """The cells of records and of what is nested in them, by table and key."""

    def __init__(self, coded: Coded) -> None:
        self.rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        self.held: dict[tuple[str, str], _Held] = {}
        nested: list[tuple[str, str, str, str]] = []
        for table in coded.schema.tables.values():
            if table.raw is None or "key" not in table.raw or table.name == "evidence":
                continue
            parent = coded.schema.tables.get(table.raw.get("parent", ""))
            for row in coded.rows(table.name):
                self.rows[table.name, str(row[table.key])].append(row)
                # What is nested in a record (items, changes, targets) is part of it, and it of them; the rows of an
                # episode are not.
                if parent is not None and parent.name != "episodes":
                    nested.append((table.name, str(row[table.key]), parent.name, str(row[parent.key])))
                    self.rows[nested[-1][2:]].append(row)
        self.parents = {(name, key): (up, up_key) for name, key, up, up_key in nested}
        for below, up in self.parents.items():
            self.rows[below] += self.rows[up]
        self.readings: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for row in coded.rows("evidence"):
            self.readings[row["table_name"], row["record_id"]].add((row["source_id"], row["reading"]))

    def above(self, table: str, key: str) -> set[tuple[str, str]]:
        """Return the source and text of the readings of the parent record."""
        parent = self.parents.get((table, key))
        return self.readings[parent] if parent else set()

    def of(self, table: str, key: str) -> _Held:
        if (table, key) not in self.held:
            self.held[table, key] = _Held(self.rows[table, key])
        return self.held[table, key]
