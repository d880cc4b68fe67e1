"""An edition in the form that pages need: rows as plain objects, words for codes and dates, an address for each row."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import quote

import crisisdata as cd
from crisisdata import _record

Row = dict[str, Any]
Record = tuple[str, str]
"""A table, and the key of one of its rows."""

IN_DOSSIERS = (
    "triggers", "support", "polls", "responses", "sanctions", "authority_acts", "milestones", "rule_spells",
)  # fmt: skip
"""Tables whose rows appear on the page of their episode, in the order of the page."""
PARTS = {
    "response_items": ("responses", "response_id"),
    "sanction_events": ("sanctions", "sanction_id"),
    "sanction_targets": ("sanctions", "sanction_id"),
}
"""Tables whose rows appear within a row of another table: that table, and the column that names its row."""
_SHOWN_AS = {
    "reactions": ("responses", "response_id"),
    "definitions": ("candidates", "candidate_id"),
    "crosswalk": ("candidates", "candidate_id"),
}
"""Tables whose rows are not shown separately, but with the row of another table."""
_NAMES = ("name", "title", "summary", "label", "question", "searched", "note", "reading")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ACRONYMS = {"au", "cow", "eu", "gsdb", "gw", "iso2", "iso3", "plover", "un", "url"}
"""Parts of column names that are written in capitals."""
_ENDS_OF_DATES = ("_latest", "_precision")


class Book:
    """An edition; each of its tables is read once."""

    def __init__(self, edition: cd.Edition) -> None:
        self.edition = edition
        self.descriptor = edition.descriptor
        self._rows: dict[str, list[Row]] = {}
        self._by_key: dict[str, dict[str, Row]] = {}

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table as plain objects; none if the edition has no such table."""
        if table not in self._rows:
            there = table in self.edition.tables
            self._rows[table] = cd.load(table, self.edition, as_="arrow").to_pylist() if there else []  # type: ignore[call-overload]
        return self._rows[table]

    def by_key(self, table: str) -> dict[str, Row]:
        """Return the rows of a table by their keys."""
        if table not in self._by_key:
            self._by_key[table] = {self.key(table, row): row for row in self.rows(table)}
        return self._by_key[table]

    def key(self, table: str, row: Row) -> str:
        """Return the key of a row; the parts of a key are joined by slashes."""
        parts = self.edition.resource(table)["schema"]["primaryKey"]
        return "/".join("" if row[part] is None else str(row[part]) for part in parts)

    # Columns

    @cached_property
    def _fields(self) -> dict[str, dict[str, dict[str, Any]]]:
        return {
            name: {field["name"]: field for field in resource["schema"]["fields"]}
            for name, resource in self.edition.resources.items()
        }

    def fields(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the descriptions of the columns of a table, by name."""
        return self._fields.get(table, {})

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table; a date counts as one column."""
        fields = self.fields(table)
        return [name for name in fields if not self.is_end_of_date(table, name)]

    def is_end_of_date(self, table: str, column: str) -> bool:
        """Say whether a column is the last day or the precision of a date that another column begins."""
        return any(column.endswith(end) and column.removesuffix(end) in self.fields(table) for end in _ENDS_OF_DATES)

    @cached_property
    def targets(self) -> dict[str, dict[str, str]]:
        """The table to which each column refers, by table and column."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for name, resource in self.edition.resources.items():
            for key in resource["schema"]["foreignKeys"]:
                if len(key["fields"]) == 1:
                    found[name][key["fields"][0]] = key["reference"]["resource"] or name
            for column in self.fields(name):
                # A column of several keys cannot be declared as a foreign key; it is named after what it refers to.
                singular = column.removesuffix("s") if column.endswith("_ids") else column
                for target, known in self._of_key.items():
                    if column not in found[name] and singular == known and target != name:
                        found[name][column] = target
        found["milestones"]["fulfils_id"] = "milestones"
        found["rule_spells"]["holder_ids"] = "actors"
        return found

    @cached_property
    def _of_key(self) -> dict[str, str]:
        keys = {name: each["schema"]["primaryKey"] for name, each in self.edition.resources.items()}
        return {name: parts[0] for name, parts in keys.items() if len(parts) == 1}

    # Words

    @cached_property
    def codes(self) -> dict[str, dict[str, Row]]:
        """The codes of each list, by list and code, in the order of the list."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in sorted(self.rows("codes"), key=lambda row: (row["code_list"], row["sort_order"])):
            found[row["code_list"]][row["code"]] = row
        return found

    def label(self, table: str, column: str, code: str) -> str:
        """Return the label of a code."""
        known = self.codes.get(self.fields(table).get(column, {}).get("codes", ""), {})
        return str(known[code]["label"]) if code in known else code

    def label_of(self, code_list: str, code: str | None) -> str:
        """Return the label of a code of a list."""
        known = self.codes.get(code_list, {})
        return "" if code is None else str(known[code]["label"]) if code in known else code

    def heading(self, table: str, column: str) -> str:
        """Return the heading of a column: its title, or its name as words."""
        return str(self.fields(table).get(column, {}).get("title") or heading(column))

    def values(self, table: str, column: str, row: Row) -> list[Any]:
        """Return the value of a cell as a list; a cell may hold several codes or keys, or none."""
        value, separator = row.get(column), self.fields(table).get(column, {}).get("separator")
        if value is None:
            return []
        return [part.strip() for part in value.split(separator) if part.strip()] if separator else [value]

    def name(self, table: str, key: str) -> str:
        """Return the name of a row."""
        row = self.by_key(table).get(key)
        if row is None:
            return key
        return next((str(row[name]) for name in _NAMES if row.get(name)), key)

    def short(self, table: str, key: str) -> str:
        """Return the name of a row in a list: for an actor, the acronym if it has one."""
        row = self.by_key(table).get(key, {})
        return str(row.get("acronym") or self.name(table, key))

    def text(self, table: str, column: str, row: Row) -> str:
        """Return a cell in words; empty if there is no value."""
        value = row.get(column)
        if value is None:
            return ""
        if isinstance(value, date):
            return day_text(row, column)
        field = self.fields(table).get(column, {})
        if "codes" in field:
            return "; ".join(self.label(table, column, code) for code in self.values(table, column, row))
        if target := self.targets[table].get(column):
            return "; ".join(self.name(target, key) for key in self.values(table, column, row))
        if field.get("unit", "").startswith("share") and isinstance(value, float):
            return f"{100 * value:.3g}%"
        return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)

    @cached_property
    def _missing(self) -> dict[tuple[str, str, str], str]:
        rows = self.rows("missing_values")
        return {(row["table_name"], row["record_id"], row["variable"]): row["reason"] for row in rows}

    def why_missing(self, table: str, key: str, column: str) -> str | None:
        """Return why a cell is empty, if that is stated."""
        reason = self._missing.get((table, key, column))
        return self.label_of("missing_reason", reason) if reason else None

    # Evidence

    @cached_property
    def readings(self) -> dict[Record, list[Row]]:
        """The readings of each record."""
        found: dict[Record, list[Row]] = defaultdict(list)
        for row in self.rows("evidence"):
            found[row["table_name"], row["record_id"]].append(row)
        return found

    @cached_property
    def explained(self) -> dict[Record, dict[str, cd.Explanation]]:
        """The rows from which each value is computed, by record and variable."""
        found: dict[Record, dict[str, cd.Explanation]] = defaultdict(dict)
        for table in ("episodes", *IN_DOSSIERS, *PARTS):
            wanted = self._computed_from_others(table)
            for why in cd.explanations(table, wanted, self.edition) if wanted else ():  # type: ignore[arg-type]
                found[table, why.record_id][why.variable] = why
        return found

    @cached_property
    def _entered(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows("lineage"):
            found[row["table_name"]].add(row["variable"])
        return found

    def _computed_from_others(self, table: str) -> list[str]:
        """Return the columns computed from rows of other tables; for those that follow from their own row, the rule is
        enough.
        """
        if table not in self.edition.tables:
            return []
        entered = self._entered[table]
        fields = {name: self.fields(table)[name] for name in self.columns(table)}
        if table == "episodes":
            return [name for name, field in fields.items() if "derived" in field]
        return [
            name
            for name, field in fields.items()
            if "derived" in field and (name in entered or re.sub("_(low|best|high|min|max)$", "", name) in entered)
        ]

    @cached_property
    def rules(self) -> dict[str, dict[str, Row]]:
        """What `crisisdata.codebook` says about each variable, by table and name."""
        found: dict[str, dict[str, Row]] = {}
        for name in self.edition.tables:
            described: Any = cd.codebook(name, version=self.edition)  # type: ignore[call-overload,arg-type,unused-ignore]
            found[name] = described.to_dict("index")
        return found

    def agreement(self, table: str, column: str) -> str:
        """Return how far coders agreed on a variable, or why that is not known; empty if the edition does not say."""
        row = self.rules.get(table, {}).get(column, {})
        alpha, low, high = (row.get(name) for name in ("alpha", "alpha_low", "alpha_high"))
        flag = row["flag"] if isinstance(row.get("flag"), str) else None
        noted = self.label_of("agreement_flag", flag).lower()
        if not _is_number(alpha):
            defined = self.codes.get("agreement_flag", {}).get(flag or "", {}).get("definition")
            return f"{noted}. {defined}" if defined else noted and f"{noted}."
        spread = f" ({low:.2f} to {high:.2f})" if _is_number(low) and _is_number(high) else ""
        told = f"Krippendorff’s alpha {alpha:.2f}{spread}{', ' if noted else ''}{noted}"
        return f"{told.replace('-', '−')}. Between language models this is an upper bound."

    def settled(self, table: str, key: str) -> list[Row]:
        """Return the values of a record on which coders differed, which was adopted, and why."""
        return self._settled.get((table, key), [])

    @cached_property
    def _settled(self) -> dict[Record, list[Row]]:
        found: dict[Record, list[Row]] = defaultdict(list)
        for row in self.rows("adjudications"):
            found[row["table_name"], row["record_id"]].append(row)
        return found

    # Addresses

    @cached_property
    def addresses(self) -> dict[Record, tuple[str, str]]:
        """The page and the fragment of each row that is shown on a page."""
        found: dict[Record, tuple[str, str]] = {}
        taken: set[str] = set()

        def place(table: str, key: str, page: str, fragment: str | None = None) -> None:
            plain = fragment if fragment is not None else anchor(key)
            own = plain if f"{page}#{plain}" not in taken else f"{table}:{plain}"
            taken.add(f"{page}#{own}")
            found[table, key] = page, own

        for key in self.by_key("episodes"):
            place("episodes", key, dossier(key), "")
        # Sanctions first: where an act and the measure it brought have one name, the plain address is the measure's.
        for table in ("sanctions", *(name for name in IN_DOSSIERS if name != "sanctions")):
            for key, row in self.by_key(table).items():
                place(table, key, dossier(self.episodes_of(table, row)[0]))
        for table, (parent, column) in PARTS.items():
            for key, row in self.by_key(table).items():
                if (parent, row[column]) in found:
                    place(table, key, found[parent, row[column]][0])
        pages = {"actors": actor_page, "sources": source_page}
        for table, page_of in pages.items():
            for key in self.by_key(table):
                place(table, key, page_of(key), "" if table == "actors" else None)
        for table in ("candidates", "context", "coverage"):
            for key in self.by_key(table):
                place(table, key, f"{table}.html")
        for table, (parent, column) in _SHOWN_AS.items():
            for key, row in self.by_key(table).items():
                if (parent, row[column]) in found:
                    found[table, key] = found[parent, row[column]]
        return found

    def href(self, table: str, key: str, page: str) -> str | None:
        """Return the address of a row as a link from a page; None if no page shows it."""
        if (table, key) not in self.addresses:
            return None
        target, fragment = self.addresses[table, key]
        hashed = f"#{quote(fragment, safe='/:~.')}" if fragment else ""
        return hashed if target == page and hashed else relative(target, page) + hashed

    @cached_property
    def withdrawn(self) -> dict[str, list[Row]]:
        """The rows that earlier editions had, by the page that showed them: what replaces them, and why."""
        record = _record.Record.of(self.edition)
        at: dict[tuple[str, str], set[Record]] = defaultdict(set)
        for row, address in self.addresses.items():
            at[address].add(row)
        found: dict[str, list[Row]] = defaultdict(list)
        for place, line in record.withdrawn().items():
            page, fragment = self._former_page(place.table, place.name), anchor(place.name)
            if page is None:
                continue
            successors: list[Record] = [(each.table, each.name) for each in record.successors(*place) or []]
            here = at[page, fragment]
            if here & set(successors):  # what takes its place has its address
                continue
            own = f"{place.table}:{fragment}" if here else fragment
            here.add((place.table, place.name))
            found[page].append({**line, "fragment": own, "successors": successors})
        return found

    def _former_page(self, table: str, key: str) -> str | None:
        """Return the page that showed a row; None if its table has no page of rows."""
        if table in IN_DOSSIERS or table in PARTS:
            episode = key.partition("/")[0]
            return dossier(episode) if episode in self.by_key("episodes") else None
        if table == "sources":
            return source_page(key)
        if table == "actors":
            return "actors/index.html"
        return f"{table}.html" if table in ("candidates", "context", "coverage") else None

    def fragment(self, table: str, key: str) -> str:
        """Return the ID of the element that shows a row."""
        return self.addresses.get((table, key), ("", f"{table}:{anchor(key)}"))[1]

    def episodes_of(self, table: str, row: Row) -> list[str]:
        """Return the episodes that a row bears on, first the one in whose folder it is stored."""
        column = "episode_ids" if "episode_ids" in row else "episode_id"
        ids = self.values(table, column, row)
        home = str(next(iter(row.values()))).partition("/")[0]
        return sorted(ids, key=lambda each: each != home)

    def of_episode(self, table: str, episode_id: str) -> list[Row]:
        """Return the rows of a table that bear on an episode."""
        return self._of_episode(table).get(episode_id, [])

    def _of_episode(self, table: str) -> Mapping[str, list[Row]]:
        if table not in self._grouped:
            groups: dict[str, list[Row]] = defaultdict(list)
            for row in self.rows(table):
                for episode_id in self.episodes_of(table, row):
                    groups[episode_id].append(row)
            self._grouped[table] = groups
        return self._grouped[table]

    @cached_property
    def _grouped(self) -> dict[str, Mapping[str, list[Row]]]:
        return {}

    def parts_of(self, table: str, key: str) -> list[Row]:
        """Return the rows of a subordinate table that belong to a row."""
        if table not in self._parts:
            column = PARTS[table][1]
            groups: dict[str, list[Row]] = defaultdict(list)
            for row in self.rows(table):
                groups[row[column]].append(row)
            self._parts[table] = groups
        return self._parts[table].get(key, [])

    @cached_property
    def _parts(self) -> dict[str, dict[str, list[Row]]]:
        return {}


def _is_number(value: object) -> bool:
    return isinstance(value, float | int) and value == value


def heading(column: str) -> str:
    """Return the name of a column as words."""
    parts = re.sub(r"(?<=.)_(date|id|ids)$", "", column).split("_")
    words = " ".join(part.upper() if part in _ACRONYMS else re.sub(r"^(\d+)d$", r"\1 days", part) for part in parts)
    return words[:1].upper() + words[1:]


def day_text(row: Row, column: str) -> str:
    """Return a date in words, only as exact as it is known."""
    first = row.get(column)
    if first is None:
        return ""
    last, precision = row.get(f"{column}_latest") or first, row.get(f"{column}_precision") or "day"
    if precision == "year":
        return str(first.year)
    if precision == "month":
        return f"{_MONTHS[first.month - 1]} {first.year}"
    if first == last:
        return _day(first)
    about = "about " if precision == "approximate" else ""
    if (first.year, first.month) == (last.year, last.month):
        return f"{about}{first.day}–{_day(last)}"
    if first.year == last.year:
        return f"{about}{first.day} {_MONTHS[first.month - 1]} – {_day(last)}"
    return f"{about}{_day(first)} – {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def edtf(row: Row, column: str) -> str:
    """Return a date in machine-readable form."""
    first, last = row.get(column), row.get(f"{column}_latest")
    if first is None:
        return ""
    return first.isoformat() if last in (None, first) else f"{first.isoformat()}/{last.isoformat()}"


def anchor(key: str) -> str:
    """Return a key as the ID of an element, without white space."""
    return re.sub(r"\s", "_", key)


def file_name(key: str) -> str:
    """Return a key as a file name that every system accepts."""
    return re.sub(r"[^a-z0-9-]", lambda found: f"_{ord(found[0]):x}", key)


def dossier(episode_id: str) -> str:
    """Return the page of an episode."""
    return f"episodes/{file_name(episode_id)}.html"


def evidence_page(episode_id: str) -> str:
    """Return the page with the readings of the rows of an episode."""
    return f"episodes/{file_name(episode_id)}-evidence.html"


def actor_page(actor_id: str) -> str:
    """Return the page of an actor."""
    return f"actors/{file_name(actor_id)}.html"


def source_page(source_id: str) -> str:
    """Return the page on which a source is listed."""
    first = source_id[:1]
    return f"sources/{first if first.isascii() and first.isalpha() and first.islower() else 'other'}.html"


def relative(target: str, page: str) -> str:
    """Return the path from one page to another; page folders are not nested."""
    folder = page[: page.rfind("/") + 1]
    return target.removeprefix(folder) if folder and target.startswith(folder) else "../" * page.count("/") + target


def first_of(rows: Iterable[Row], column: str) -> date | None:
    """Return the earliest date in a column."""
    return min((row[column] for row in rows if row.get(column)), default=None)
