"""Rows as HTML: cells with their codes and, below each row, what is known about it; complete without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from textwrap import shorten
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup, escape

from crisisdata._site.book import PARTS, Book, Row, anchor, day_text, edtf, heading, relative, source_page

if TYPE_CHECKING:
    from crisisdata import Explanation

SHOWN = {
    "triggers": ("claimed_by", "name", "summary", "category", "role", "start_date"),
    "support": ("event_date", "actor_id", "summary", "about", "direction", "form", "arena"),
    "polls": ("fieldwork_start_date", "pollster_id", "question", "answer", "share_for", "share_reserved",
              "share_against", "sample", "about"),
    "responses": ("event_date", "actor_ids", "summary", "channel", "about", "tone", "demands", "coercion",
                  "engagement"),
    "sanctions": ("imposed_date", "ended_date", "sender_id", "name", "summary", "measure", "status", "goals"),
    "authority_acts": ("event_date", "actor_id", "name", "summary", "act", "target"),
    "milestones": ("event_date", "name", "summary", "kind", "is_promise", "promised_for_date", "fulfilment"),
    "rule_spells": ("start_date", "end_date", "ruler", "head_id", "summary"),
    "context": ("start_date", "end_date", "name", "category", "actor_id", "episode_ids"),
    "coverage": ("topic", "start_date", "end_date", "depth", "searched", "not_found"),
    "candidates": ("event_date", "name", "event_type", "outcome", "existence"),
}  # fmt: skip
"""The columns that summarise a row; all others appear below it."""
PROSE = ("summary", "name", "question", "searched", "not_found", "answer")
_TEXT_OF_PART = {"response_items": "note", "sanction_events": "note", "sanction_targets": "name"}
_LABEL = 70
"""Number of characters of a row's text when it is named in a list."""
_MANY = 20
"""Maximum number of rows listed behind a highest or lowest value; if there are more, those with that value."""

Extra = tuple[str, Callable[[Row], Markup | str]]
"""A column that is not in the table: its heading, and its content for a row."""


class Records:
    """Writes the rows of an edition for one page."""

    def __init__(self, book: Book, page: str, readings: str | None = None) -> None:
        """Take the page that shows the rows, and the page that has their readings if it is a different one."""
        self.book = book
        self.page = page
        self.readings_page = readings
        self._sources = book.by_key("sources")

    # Links

    def to(self, target: str) -> str:
        """Return the link to another page of the site."""
        return relative(target, self.page)

    def link(self, table: str, key: str, text: str | None = None) -> Markup:
        """Return a link to a row, named after it."""
        text = shorten(self.book.short(table, key), _LABEL, placeholder=" …") if text is None else text
        href = self.book.href(table, key, self.page)
        if href is None:
            return escape(text)
        return Markup('<a href="{}">{}</a>').format(href, text)

    def source(self, source_id: str) -> Markup:
        """Return a link to a source within the site."""
        href = f"{self.to(source_page(source_id))}#{anchor(source_id)}"
        return Markup('<a href="{}">{}</a>').format(href, source_id)

    # Cells

    def value(self, table: str, column: str, row: Row) -> Markup:
        """Return a cell in words, with links to the rows that it names."""
        target = self.book.targets[table].get(column)
        if target and row.get(column) is not None:
            return Markup(", ").join(self.link(target, key) for key in self.book.values(table, column, row))
        text = self.book.text(table, column, row)
        if column == "url":
            return Markup('<a href="{}">{}</a>').format(web_address(text), text)
        return escape(text)

    def code(self, table: str, column: str, row: Row) -> str:
        """Return the codes behind a cell in words; dates in machine-readable form."""
        value = row.get(column)
        if isinstance(value, date):
            return edtf(row, column)
        coded = "codes" in self.book.fields(table).get(column, {})
        shared = self.book.fields(table).get(column, {}).get("unit", "").startswith("share")
        return str(value) if value is not None and (coded or shared) else ""

    def cell(self, table: str, column: str, row: Row) -> Markup:
        """Return an HTML table cell; its tooltip gives the code."""
        code = self._odd_code(table, column, row)
        attributes = Markup(' title="{}"').format(code) if code else Markup("")
        if row.get(column) is None:
            why = self.book.why_missing(table, self.book.key(table, row), column)
            return Markup('<td class="none">{}').format(why.lower() if why else "")
        if column in PROSE:
            attributes += Markup(' class="prose"')
        elif isinstance(row[column], date):
            attributes += Markup(' class="day"')
        return Markup("<td{}>{}").format(attributes, self.value(table, column, row))

    # Tables of records

    def shown(self, table: str) -> list[str]:
        """Return the columns shown for the rows of a table."""
        return [name for name in SHOWN[table] if name in self.book.fields(table)]

    def table(
        self, table: str, rows: Sequence[Row], extra: Sequence[Extra] = (), below: Any = None, *, brief: bool = False
    ) -> Markup:
        """Return a table of records, each with what else is known about it.

        `below` is called with a row and returns more to show below it. A brief table has a link to the row instead.
        """
        columns = self.shown(table)
        merged = "name" in columns and "summary" in columns  # the name stands above the summary
        columns = [name for name in columns if not (merged and name == "name")]
        heads = [
            Markup('<th scope="col" data-v="{}"{}>{}').format(
                name, Markup(" data-f") if self._is_filter(table, name) else "", self._head(table, name)
            )
            for name in columns
        ]
        heads += [Markup('<th scope="col">{}').format(title) for title, _ in extra]
        width = len(heads)
        bodies = []
        for row in rows:
            cells = []
            for name in columns:
                if name == "summary" and merged:
                    named = (
                        self.link(table, self.book.key(table, row), row["name"] or "") if brief else row["name"] or ""
                    )
                    cells.append(Markup('<td class="prose"><b>{}</b><br>{}').format(named, row["summary"] or ""))
                else:
                    cells.append(self.cell(table, name, row))
            cells += [Markup("<td>{}").format(show(row)) for _, show in extra]
            if brief:
                bodies.append(
                    Markup('<tbody id="{}"><tr>{}</tbody>').format(
                        f"{table}:{anchor(self.book.key(table, row))}", Markup("").join(cells)
                    )
                )
                continue
            more = below(row) if below else ""
            bodies.append(self._record(table, row, cells, width, columns + (["name"] if merged else []), more))
        return Markup('<table class="records" data-table="{}"><thead><tr>{}</thead>{}</table>').format(
            table, Markup("").join(heads), Markup("\n").join(bodies)
        )

    def _head(self, table: str, column: str) -> str:
        return (
            "What"
            if column == "summary"
            else "Who"
            if column in ("actor_id", "actor_ids")
            else self.book.heading(table, column)
        )

    def _is_filter(self, table: str, column: str) -> bool:
        return "codes" in self.book.fields(table)[column] or column in self.book.targets[table]

    def _record(
        self, table: str, row: Row, cells: list[Markup], width: int, shown: Iterable[str], more: Markup | str
    ) -> Markup:
        key = self.book.key(table, row)
        return Markup(
            '<tbody id="{}"><tr>{}<tr class="more"><td colspan="{}">{}'
            "<details><summary>{}</summary>{}{}</details></tbody>"
        ).format(
            self.book.fragment(table, key),
            Markup("").join(cells),
            width,
            self._readings_link(table, key) if self.readings_page else "",
            "More" if self.readings_page else self._support(table, key),
            self.details(table, row, shown),
            more,
        )

    def _readings_link(self, table: str, key: str) -> Markup:
        """Return the link to the readings of a row and of its parts."""
        fragment = quote(self.book.fragment(table, key), safe="/:~.")
        return Markup('<a class="r" href="{}#{}">{}</a>').format(
            self.to(self.readings_page or ""), fragment, self._support(table, key)
        )

    def _support(self, table: str, key: str) -> Markup:
        """Return a line that says how well a row is supported."""
        parts = [
            (part, self.book.key(part, row))
            for part, (parent, _) in PARTS.items()
            if parent == table
            for row in self.book.parts_of(part, key)
        ]
        readings = [each for record in [(table, key), *parts] for each in self.book.readings.get(record, [])]
        if not readings:
            return Markup("No readings")
        level = min((each["confidence"] for each in readings if each.get("confidence")), key=self._rank, default=None)
        against = any(each["relation"] == "contradicts" for each in readings)
        count = f"{len(readings)} reading{'s' if len(readings) > 1 else ''}"
        told = f", {self.book.label_of('confidence', level).lower()} confidence" if level else ""
        return Markup("{}{}{}").format(
            count, told, Markup(' <b class="against">a source disagrees</b>') if against else ""
        )

    def _rank(self, confidence: str) -> int:
        return list(self.book.codes.get("confidence", {})).index(confidence)

    def details(self, table: str, row: Row, shown: Iterable[str] = ()) -> Markup:
        """Return what else is known about a row: other variables, computed values, parts, readings, its address.

        If its readings are on another page, that page links to its address, and a script inserts them here.
        """
        key = self.book.key(table, row)
        return Markup("{}{}{}{}{}").format(
            self._others(table, row, key, set(shown)),
            self._computed(table, key),
            self._parts(table, key),
            "" if self.readings_page else self.readings(table, key) + self.settled(table, key),
            "" if self.readings_page else self._foot(table, key),
        )

    def _others(self, table: str, row: Row, key: str, shown: set[str]) -> Markup:
        pairs = []
        keys = self.book.edition.resource(table)["schema"]["primaryKey"]
        for name in self.book.columns(table):
            if name in shown or name in keys or name == "episode_id":
                continue
            if row.get(name) is None:
                if why := self.book.why_missing(table, key, name):
                    pairs.append(self._pair(table, name, Markup("<i>{}</i>").format(why.lower()), ""))
                continue
            if name == "episode_ids" and len(self.book.values(table, name, row)) == 1:
                continue
            pairs.append(self._pair(table, name, self.value(table, name, row), self._odd_code(table, name, row)))
        return Markup('<dl class="others">{}</dl>').format(Markup("").join(pairs)) if pairs else Markup("")

    def _odd_code(self, table: str, column: str, row: Row) -> str:
        """Return the code of a cell if its label does not reveal it."""
        code = self.code(table, column, row)
        return "" if code == self.book.text(table, column, row).lower().replace(" ", "_") else code

    def _pair(self, table: str, column: str, value: Markup, code: str) -> Markup:
        title = Markup(' title="{}"').format(code) if code else ""
        return Markup("<dt>{}<dd{}>{}").format(self.book.heading(table, column), title, value)

    def _computed(self, table: str, key: str) -> Markup:
        found = self.book.explained.get((table, key), {})
        # Of a value taken from the row of one actor, whom the row names, the codebook says all.
        told = [why for why in found.values() if why.value is not None and set(why.rows["table_name"]) - {"actors"}]
        listed = [self.explanation(why, brief=True) for why in told]
        return Markup('<div class="why">{}</div>').format(Markup("").join(listed)) if listed else Markup("")

    def explanation(self, why: Explanation, *, brief: bool = False) -> Markup:
        """Return the arithmetic of a computed value and the rows used; unless brief, also its rule."""
        rows = why.rows
        own = [(why.table, why.record_id)] == list(zip(rows["table_name"], rows["record_id"], strict=True))
        within = set(rows["table_name"]) <= {name for name, (parent, _) in PARTS.items() if parent == why.table}
        if brief and within and not own:
            named = [
                f"{self.part_name(table, key)} ({weight:g})" if weight != 1 else self.part_name(table, key)
                for table, key, weight, *_ in rows.itertuples(index=False, name=None)
            ]
            told = f": {'; '.join(named)}" if named else ""
            return Markup("<p><b>{}</b>: {}{}.</p>").format(
                self.book.heading(why.table, why.variable), why.arithmetic, told
            )
        decisive = rows
        if len(rows) > _MANY and why.arithmetic.startswith(("highest", "least")):
            found = rows["weight"].max() if why.arithmetic.startswith("highest") else rows["weight"].min()
            decisive = rows[rows["weight"] == found].head(_MANY)
        items = [] if own else [
            self._entering(table, key, weight, note, label)
            for table, key, weight, note, label in decisive.itertuples(index=False, name=None)
        ]  # fmt: skip
        if len(decisive) < len(rows):
            items.append(
                Markup("<li>and {} more rows, which are in the tables below").format(len(rows) - len(decisive))
            )
        listed = Markup("<ol>{}</ol>").format(Markup("").join(items)) if items else Markup("")
        if len(items) > 12:
            listed = Markup("<details><summary>The {} rows</summary>{}</details>").format(len(items), listed)
        if brief:
            return Markup("<p><b>{}</b>: {}.</p>{}").format(
                self.book.heading(why.table, why.variable), why.arithmetic, listed
            )
        return Markup('<p class="sum">{}.</p><p class="rule">{}</p>{}').format(
            sentence(why.arithmetic), marked(paragraph(why.text)), listed
        )

    def _entering(self, table: str, key: str, weight: float, note: object, label: str) -> Markup:
        said = note if isinstance(note, str) else ""
        counted = "" if weight == 1 else f"{weight:g}"
        told = ", ".join(part for part in (counted, said) if part)
        said = self.part_name(table, key) if table in PARTS else shorten(label, _LABEL, placeholder=" …") or key
        return Markup("<li>{}{}").format(self.link(table, key, said), f" ({told})" if told else "")

    def part_name(self, table: str, key: str) -> str:
        """Return the name of a row nested in another: its codes and its day."""
        row = self.book.by_key(table).get(key)
        if row is None:
            return key
        named = [column for column in ("item", "stage", "event_date", "action", "name") if row.get(column)]
        return ", ".join(self.book.text(table, column, row) for column in named)

    def _parts(self, table: str, key: str) -> Markup:
        lists = []
        for name, (parent, _) in PARTS.items():
            rows = self.book.parts_of(name, key) if parent == table else []
            if rows:
                items = Markup("").join(self._part(name, row) for row in rows)
                lists.append(Markup('<p class="head">{}</p><ul class="parts">{}</ul>').format(_PART_HEADS[name], items))
        return Markup("").join(lists)

    def _part(self, table: str, row: Row) -> Markup:
        key = self.book.key(table, row)
        first = _TEXT_OF_PART[table]
        words = []
        for column in self.book.columns(table):
            field = self.book.fields(table)[column]
            if column in (self.book.edition.resource(table)["schema"]["primaryKey"][0], PARTS[table][1], first):
                continue
            if row[column] is None or ("derived" in field and not isinstance(row[column], str)):
                continue
            title = self._odd_code(table, column, row) or ("" if "codes" in field else self.book.heading(table, column))
            shown = self.value(table, column, row)
            words.append(Markup('<span title="{}">{}</span>').format(title, shown) if title else shown)
        said = Markup(" {}").format(row[first]) if row.get(first) else ""
        readings = "" if self.readings_page else self.readings(table, key)
        return Markup('<li id="{}">{}{}{}').format(
            self.book.fragment(table, key), Markup(" · ").join(words), said, readings
        )

    # Readings

    def with_readings(self, table: str, row: Row) -> Markup:
        """Return a row, by its name, with its readings and those of its parts."""
        key = self.book.key(table, row)
        lists = [self.readings(table, key), self.settled(table, key)]
        for part, (parent, _) in PARTS.items():
            for each in self.book.parts_of(part, key) if parent == table else []:
                part_key = self.book.key(part, each)
                if found := self.readings(part, part_key):
                    lists.append(Markup('<p class="head">{}</p>{}').format(self.part_name(part, part_key), found))
        return Markup('<section id="{}"><h3>{}</h3>{}</section>').format(
            self.book.fragment(table, key), self.link(table, key), Markup("").join(lists)
        )

    def readings(self, table: str, key: str, variable: str | None = None) -> Markup:
        """Return the readings of a record, or those that bear on one variable of it."""
        rows = self.book.readings.get((table, key), [])
        if variable is not None:
            rows = [row for row in rows if bears_on(row, variable)]
        if not rows:
            return Markup("")
        # What the readings of one value come to together is said once.
        items, told = [], ""
        for row in rows:
            level = self._confidence(row)
            items.append(self.reading(row, bare=variable is not None, level=level if level != told else ""))
            told = level
        return Markup('<ul class="readings">{}</ul>').format(Markup("").join(items))

    def settled(self, table: str, key: str, variable: str | None = None) -> Markup:
        """Return the values of a record, or of one variable, on which coders differed, and how that was settled."""
        items = [
            Markup("<li><b>{}</b>: {}. {}").format(
                self.book.heading(table, row["variable"]),
                self._held(table, row["variable"], row["value"]),
                row["ground"],
            )
            for row in self.book.settled(table, key)
            if variable in (None, row["variable"])
        ]
        if not items:
            return Markup("")
        head = '<p class="head">Where coders differed: the final value, and why</p><ul class="settled">{}</ul>'
        return Markup(head).format(Markup("").join(items))

    def _held(self, table: str, column: str, value: str | None) -> str:
        """Return, in words, a value as written in a case file."""
        if value is None:
            return "no value"
        return "; ".join(self.book.label(table, column, part) for part in value.split("; "))

    def _confidence(self, row: Row) -> str:
        level, count = self.book.label_of("confidence", row.get("confidence")), row.get("publishers")
        return f"{level} confidence, {count} publisher{'' if count == 1 else 's'}" if level else ""

    def reading(self, row: Row, *, bare: bool = False, level: str = "") -> Markup:
        """Return one reading with its source; unless bare, also with the variables that it bears on."""
        source = self._sources.get(row["source_id"], {})
        url = source.get("url")
        publisher = source.get("publisher") or row["source_id"]
        named = Markup('<a href="{}">{}</a>').format(web_address(url or ""), publisher)
        dated = f", {day_text(source, 'published_date')}" if source.get("published_date") else ""
        variables = row.get("variables")
        on = Markup(" <small>On: {}</small>").format(names_of(variables)) if variables and not bare else ""
        against = Markup('<b class="against">Disagrees.</b> ') if row["relation"] == "contradicts" else ""
        return Markup("<li>{}{}{} {}{}{}.{}").format(
            Markup("<i>{}.</i> ").format(level) if level else "",
            against, row["reading"], named, dated, f", {row['locator']}" if row.get("locator") else "", on,
        )  # fmt: skip

    def _foot(self, table: str, key: str) -> Markup:
        href = self.book.href(table, key, self.page)
        if href is None:
            return Markup("")
        return Markup('<p class="foot"><a href="{}">Permanent address</a>').format(href)

    # Facts of an episode

    def fact(self, column: str, row: Row, *, label: str | None = None) -> Markup:
        """Return a value of an episode that expands to show what it rests on."""
        table, key = "episodes", str(row["episode_id"])
        value = self.value(table, column, row)
        if row.get(column) is None:
            why = self.book.why_missing(table, key, column)
            value = Markup('<span class="none">{}</span>').format(why.lower() if why else "no value")
        explained = self.book.explained.get((table, key), {}).get(column)
        field = self.book.fields(table)[column]
        low, high = row.get(f"{column}_low"), row.get(f"{column}_high")
        spread = (
            Markup(' <span class="spread">{}</span>').format(f"{low:g} to {high:g}")
            if low is not None and high is not None and low < high
            else ""
        )
        unit = field.get("unit", "")
        if explained is None and "derived" in field:
            grounds = Markup("<p>Computed from no rows.</p>")
        elif explained is not None:
            grounds = self.explanation(explained)
        else:
            grounds = self.readings(table, key, column) or Markup("<p>No readings.</p>")
        agreed = self.book.agreement(table, column)
        return Markup(
            '<details class="fact" id="v:{}" data-fact="{}"><summary{}><span class="k">{}</span> '
            '<span class="val">{}{}</span></summary>'
            '<div class="grounds"><p class="def">{}{} <a href="{}">Codebook</a></p>'
            "{}{}</div></details>"
        ).format(
            column, column,
            Markup(' title="{}"').format(self.code(table, column, row)) if self.code(table, column, row) else "",
            label or self.book.heading("episodes", column), text_only(value), spread,
            marked(field["description"]), f" Unit: {unit}." if unit else "",
            f"{self.to('codebook/episodes.html')}#{column}",
            self._agreed(agreed),
            self._named(column, row) + grounds + self.settled(table, key, column),
        )  # fmt: skip

    def _agreed(self, agreed: str) -> Markup:
        if not agreed:
            return Markup("")
        told = '<p class="agreed">Agreement between coders: {} <a href="{}">Who coded</a>'
        return Markup(told).format(agreed, self.to("methods.html"))

    def _named(self, column: str, row: Row) -> Markup:
        """Return links to what a value names, because a summary contains no links."""
        target = self.book.targets["episodes"].get(column)
        if not target or row.get(column) is None:
            return Markup("")
        return Markup("<p>{}</p>").format(self.value("episodes", column, row))


_PART_HEADS = {
    "response_items": "What it contains",
    "sanction_events": "Its course",
    "sanction_targets": "Listed",
}


def bears_on(reading: Row, variable: str) -> bool:
    """Say whether a reading bears on a variable of its record; readings that name none bear on all."""
    named = reading.get("variables")
    return named is None or variable in [part.strip() for part in named.split(";")]


def names_of(variables: str) -> str:
    """Return the variables on which a reading bears as words."""
    return ", ".join(heading(part.strip()).lower() for part in variables.split(";"))


def text_only(value: Markup) -> Markup:
    """Return a cell without its links."""
    return Markup(re.sub(r"</?a\b[^>]*>", "", value))


def web_address(url: str) -> str:
    """Return a web address; nothing if a link would run a script."""
    return url if url.startswith(("https://", "http://")) else ""


def sentence(text: str) -> str:
    """Return a text with a capital first letter."""
    return text[:1].upper() + text[1:]


def marked(text: str) -> Markup:
    """Return a text of the codebook with column names marked as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def paragraph(text: str) -> str:
    """Return a text without its line breaks."""
    return " ".join(text.split())
