"""Every page of the site: what it shows, and where it is."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from textwrap import shorten
from typing import Any

import jinja2
from markupsafe import Markup

import crisisdata as cd
from crisisdata._site.book import (
    IN_DOSSIERS,
    Book,
    Row,
    actor_page,
    anchor,
    day_text,
    dossier,
    evidence_page,
    first_of,
    heading,
    source_page,
)  # fmt: skip
from crisisdata._site.charts import Window, strip, strip_axis
from crisisdata._site.dossiers import Dossier, measure_mark
from crisisdata._site.downloads import write_downloads
from crisisdata._site.matrix import TABLE as MATRIX
from crisisdata._site.matrix import grid
from crisisdata._site.metadata import (
    DATACITE,
    JSONLD,
    SITEMAP,
    datacite,
    dataset,
    dublin_core,
    script_json,
    sitemap,
    typed_links,
)  # fmt: skip
from crisisdata._site.records import Records, marked, paragraph, sentence, web_address

MENU = (
    ("index.html", "Episodes"), ("compare.html", "Compare"), ("actors/index.html", "Actors"),
    ("measures.html", "Measures"), ("candidates.html", "Candidates"), ("sources/index.html", "Sources"),
    ("codebook/index.html", "Codebook"), ("editions.html", "Editions"), ("downloads.html", "Downloads"),
    ("methods.html", "Methods"),
)  # fmt: skip
_OF_NOTE = ((MATRIX, "Reaction matrix"), ("agreement", "Agreement"))
"""Tables that have a page and a place in the menu, in editions that have them."""
_HERE = Path(__file__).parent
_OVERVIEW = ("event_type", "outcome", "organised_word", "condemned_share", "coercion", "sanctions_imposed")
_MOST_WORDS = 180
"""Number of characters of a row that the search keeps in addition to its title."""
_MOST_ROWS = 1000
"""Maximum number of rows of a table with its own page; larger ones are only downloads."""
_TOLD = {
    "responses": ("tone", "coercion_level"), "support": ("about", "direction"), "sanctions": ("measure", "status"),
    "authority_acts": ("act",), "milestones": ("kind", "fulfilment"), "triggers": ("category",),
    "polls": ("direction",), "rule_spells": ("ruler",), "context": ("category",),
}  # fmt: skip
"""The codes that identify a row in the list of an actor's acts."""
_ELSEWHERE = {
    "episodes", *IN_DOSSIERS, "response_items", "sanction_events", "sanction_targets", "context", "coverage", "actors",
    "sources", "evidence", "codes", "candidates", "definitions", "crosswalk", "reactions", "adjudications",
}  # fmt: skip
"""Tables whose rows are shown on other pages."""

Page = tuple[str, str, dict[str, Any]]
"""The path of a page, its template, and the values that the template needs."""


def write_pages(edition: cd.Edition, folder: Path, base_url: str, formats: Sequence[str]) -> None:
    """Write all pages of an edition into a folder."""
    book = Book(edition)
    shutil.copytree(_HERE / "assets", folder / "assets")
    files = write_downloads(book, folder / "downloads", formats)
    site = Pages(book, base_url, files)
    written = []
    for page, template, context in site.all():
        _write(folder / page, site.render(template, page, context))
        written.append(page)
    _write(folder / "data" / "search.js", f"window.crisisdataSearch = {script_json(site.index())};\n")
    _write(folder / JSONLD, json.dumps(dataset(book, base_url, files), ensure_ascii=False, indent=1) + "\n")
    _write(folder / DATACITE, json.dumps(datacite(book, base_url, files), ensure_ascii=False, indent=1) + "\n")
    _write(folder / SITEMAP, sitemap(written, base_url, book.descriptor["created"][:10]))


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


class Pages:
    """The pages of an edition, and what they share."""

    def __init__(self, book: Book, base_url: str, files: list[Row]) -> None:
        self.book = book
        self.base_url = base_url
        self.files = files
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["marked"] = marked
        self._shared = {
            "book": book,
            "edition": book.edition,
            "citation": cd.cite(version=book.edition),
            "menu": menu(book),
            "heading": heading,
            "sentence": sentence,
            "day_text": day_text,
        }

    def render(self, template: str, page: str, context: dict[str, Any]) -> str:
        """Return a page as HTML."""
        shared = {
            "description": "",
            **self._shared,
            "page": page,
            "root": "../" * page.count("/"),
            "withdrawn": self._withdrawn(page),
        }
        return self._templates.get_template(template).render({**shared, **context})

    def _withdrawn(self, page: str) -> list[Row]:
        """Return the rows that are no longer on a page, with links to what replaces them."""
        records = Records(self.book, page)
        return [
            {**row, "links": [records.link(*successor) for successor in row["successors"]]}
            for row in self.book.withdrawn.get(page, [])
        ]

    def all(self) -> Iterator[Page]:
        """Yield each page with its template and the values that the template needs."""
        yield self._index()
        yield from self._dossiers()
        yield self._compare()
        yield from self._actors()
        yield from self._listings()
        yield from self._sources()
        yield from self._codebook()
        yield from self._tables()
        yield self._editions()
        yield self._downloads()
        yield self._methods()
        yield (
            "search.html",
            "search.html",
            {"title": "Search", "kinds": list(dict.fromkeys(kind or "Sources" for _, kind, *_ in self.findable()))},
        )

    def _episodes(self) -> list[Row]:
        rows = self.book.rows("episodes")
        return sorted(rows, key=lambda row: (row["first_act_date"] or date.max, row["episode_id"]))

    # Episodes

    def _index(self) -> Page:
        book = self.book
        counts = [
            f"{len(book.rows(table)):,} {book.edition.resource(table)['title'].lower()}"
            for table in (*IN_DOSSIERS, "sources", "evidence")
            if book.rows(table)
        ]
        return "index.html", "index.html", {
            "title": "Episodes",
            "description": book.descriptor["description"],
            "episodes": [{"row": row, "href": dossier(row["episode_id"])} for row in self._episodes()],
            "columns": [name for name in _OVERVIEW if name in book.fields("episodes")],
            "counts": f"The edition contains {', '.join(counts)}." if counts else "",
            "limits": book.descriptor.get("rai", {}).get("dataLimitations", []),
            "links": typed_links(book, self.base_url, self.files),
            "meta": dublin_core(book, self.base_url),
            "jsonld": Markup(script_json(dataset(book, self.base_url, self.files))),
        }  # fmt: skip

    def _dossiers(self) -> Iterator[Page]:
        episodes = self._episodes()
        for number, episode in enumerate(episodes):
            before = episodes[number - 1] if number else None
            after = episodes[number + 1] if number + 1 < len(episodes) else None
            made = Dossier(self.book, episode)
            turns = {"previous": self._turn(before), "next": self._turn(after)}
            yield made.page, "dossier.html", {"title": episode["name"], **turns, **made.context()}
            yield evidence_page(made.id), "evidence.html", {"title": f"{episode['name']}: readings", **made.evidence()}

    def _turn(self, episode: Row | None) -> dict[str, str] | None:
        return episode and {"href": dossier(episode["episode_id"]).partition("/")[2], "name": episode["name"]}

    def _compare(self) -> Page:
        book, episodes = self.book, self._episodes()
        ids = [row["episode_id"] for row in episodes]
        names = [name for name in book.columns("episodes") if name not in ("episode_id", "name", "summary")]
        found = cd.compare(ids, names, version=book.edition)
        fields = book.fields("episodes")
        groups = (("Computed", [name for name in names if "derived" in fields[name]]),
                  ("Coded", [name for name in names if "derived" not in fields[name]]))  # fmt: skip

        def row(name: str) -> tuple[str, str, list[dict[str, str]]]:
            cells = []
            for episode in episodes:
                code = found.loc[name, episode["episode_id"]]
                cells.append({
                    "text": book.text("episodes", name, episode),
                    "code": "" if code is None else str(code),
                    "href": f"{dossier(episode['episode_id'])}#v:{name}",
                })  # fmt: skip
            return name, book.heading("episodes", name), cells

        shown = [(title, [row(name) for name in each]) for title, each in groups]
        return "compare.html", "compare.html", {"title": "Compare episodes", "episodes": episodes, "groups": shown}

    # Actors

    def _actors(self) -> Iterator[Page]:
        book = self.book
        groups: dict[str, list[dict[str, str]]] = defaultdict(list)
        types = list(book.codes.get("actor_type", {}))
        ranked = sorted(
            book.rows("actors"),
            key=lambda row: (types.index(row["actor_type"]) if row["actor_type"] in types else 99, row["name"]),
        )
        for row in ranked:
            entry = {
                "href": actor_page(row["actor_id"]).partition("/")[2],
                "name": row["name"],
                "acronym": row.get("acronym") or "",
            }
            groups[book.text("actors", "actor_type", row)].append(entry)
        yield (
            "actors/index.html",
            "actors.html",
            {"title": "Actors", "total": len(ranked), "groups": list(groups.items())},
        )
        deeds = self._deeds()
        for row in book.rows("actors"):
            yield self._actor(row, deeds.get(row["actor_id"], {}))

    def _deeds(self) -> dict[str, dict[str, list[Row]]]:
        """Return the rows that name each actor, by table."""
        book = self.book
        found: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for table in (*IN_DOSSIERS, "context", "sanction_targets"):
            columns = [name for name in book.fields(table) if book.targets[table].get(name) == "actors"]
            for row in book.rows(table):
                for actor_id in dict.fromkeys(key for name in columns for key in book.values(table, name, row)):
                    found[actor_id][table].append(row)
        return found

    def _actor(self, row: Row, deeds: dict[str, list[Row]]) -> Page:
        book, page = self.book, actor_page(row["actor_id"])
        records = Records(book, page)
        shown = [
            name
            for name in book.columns("actors")
            if name not in ("actor_id", "name", "actor_type", "iso3") and row.get(name)
        ]
        blocs = [
            records.link("countries", each["iso3"])
            for each in book.rows("memberships")
            if each["actor_id"] == row["actor_id"]
        ]
        below = [records.link("actors", each["actor_id"], each["name"]) for each in book.rows("actors")
                 if row["actor_id"] in (each.get("parent_id"), each.get("bloc_id"))]  # fmt: skip
        return page, "actor.html", {
            "title": row["name"],
            "actor": row,
            "identity": [(book.heading("actors", name), records.value("actors", name, row)) for name in shown],
            "related": [(name, rows) for name, rows in (("Members", blocs), ("Part of it", below)) if rows],
            "deeds": [
                (
                    book.edition.resource(table)["title"],
                    [self._deed(records, table, each) for each in self._by_day(table, rows)],
                )
                for table, rows in deeds.items()
            ],
        }  # fmt: skip

    def _by_day(self, table: str, rows: Sequence[Row]) -> list[Row]:
        column = self._day_column(table)
        return sorted(rows, key=lambda row: row.get(column) or date.max)

    def _day_column(self, table: str) -> str:
        known = ("event_date", "imposed_date", "fieldwork_start_date", "start_date", "listed_date", "claimed_date")
        return next((name for name in known if name in self.book.fields(table)), "")

    def _deed(self, records: Records, table: str, row: Row) -> dict[str, Any]:
        book = self.book
        codes = [book.text(table, name, row) for name in _TOLD.get(table, ()) if row.get(name)]
        said = str(row.get("name") or row.get("summary") or row.get("question") or book.key(table, row))
        return {
            "day": day_text(row, self._day_column(table)),
            "link": records.link(table, book.key(table, row), shorten(said, 90, placeholder=" …")),
            "codes": ", ".join(codes),
            "episode": book.text(table, "episode_id", row) or book.text(table, "episode_ids", row),
        }  # fmt: skip

    # Lists of records

    def _listings(self) -> Iterator[Page]:
        book = self.book
        records = Records(book, "measures.html")
        starts = first_of(book.rows("episodes"), "first_act_date")
        window = starts and Window(starts, date.fromisoformat(book.descriptor["asOf"]))
        extra: list[Any] = [("Episode", lambda row: records.link("episodes", row["episode_id"]))]
        if window:
            extra.append(
                (
                    Markup('<span class="vh">In force over time</span>{}').format(strip_axis(window)),
                    lambda row: self._in_force(row, window),
                )
            )
        rows = self._by_day("sanctions", book.rows("sanctions"))
        yield "measures.html", "listing.html", {
            "title": "Measures", "heading_": "Measures", "table": "sanctions",
            "lead": "Every measure that was threatened or taken, with its history and its legal act.",
            "shown": records.table("sanctions", rows, extra, brief=True),
        }  # fmt: skip
        for table, lead in (
            ("candidates",
             "Every event that a source calls a coup, an attempt, a mutiny that became a coup, or a plot, and whether "
             "each coup list's published definition counts it. A star means that the list itself disagrees."),
            ("context", "Developments around the coups that do not belong to a single episode."),
            ("coverage", "What was searched, how deeply, and what was not found."),
        ):  # fmt: skip
            records = Records(book, f"{table}.html")
            definitions = list(dict.fromkeys(row["definition"] for row in book.rows("definitions")))
            below = self._candidate_below(records) if table == "candidates" else None
            more = (
                [(book.label("definitions", "definition", code), self._verdict(code)) for code in definitions]
                if table == "candidates"
                else []
            )
            yield f"{table}.html", "listing.html", {
                "title": heading(table), "heading_": heading(table), "lead": lead, "table": table,
                "definitions": [(code, book.label("definitions", "definition", code)) for code in definitions],
                "shown": records.table(table, self._by_day(table, book.rows(table)), more, below),
            }  # fmt: skip

    def _in_force(self, row: Row, window: Window) -> Markup | str:
        mark = measure_mark(self.book, row, "measures.html")
        if mark is None:
            return ""
        days = (
            Markup('<data value="{}/{}"></data>').format(mark.starts.isoformat(), mark.ends.isoformat())
            if row.get("imposed_date")
            else ""
        )
        return strip([mark], window) + days

    def _verdict(self, code: str) -> Any:
        book = self.book
        verdicts = {row["candidate_id"]: row for row in book.rows("definitions") if row["definition"] == code}

        def show(row: Row) -> Markup | str:
            verdict = verdicts.get(row["candidate_id"])
            if verdict is None:
                return ""
            differs = " *" if verdict.get("agrees") == "no" else ""
            return Markup('<span title="{}" data-d="{}">{}{}</span>').format(
                verdict["counted_as"], code, book.text("definitions", "counted_as", verdict), differs
            )

        return show

    def _candidate_below(self, records: Records) -> Any:
        book = self.book
        verdicts: dict[str, list[Row]] = defaultdict(list)
        for row in book.rows("definitions"):
            verdicts[row["candidate_id"]].append(row)
        lists: dict[str, list[Row]] = defaultdict(list)
        for row in book.rows("crosswalk"):
            lists[row["candidate_id"]].append(row)

        def below(candidate: Row) -> Markup:
            key = candidate["candidate_id"]
            items = [self._told_by_definition(row) for row in verdicts[key]]
            items += [self._told_by_list(records, row) for row in lists[key]]
            head = Markup('<p class="head">By definition, and in other datasets</p><ul class="parts">{}</ul>')
            return head.format(Markup("").join(items)) if items else Markup("")

        return below

    def _told_by_definition(self, row: Row) -> Markup:
        names = ("definition", "counted_as", "decided_by", "listed_as")
        said = {name: self.book.text("definitions", name, row) for name in names}
        itself = f" The list itself: {said['listed_as'].lower()}." if said["listed_as"] else ""
        return Markup("<li><b>{}</b>: {}, decided by: {}.{} {}").format(
            said["definition"], said["counted_as"].lower(), said["decided_by"].lower(), itself, row.get("why") or ""
        )

    def _told_by_list(self, records: Records, row: Row) -> Markup:
        native = f", its ID {row['native_id']}" if row.get("native_id") else ""
        matched = self.book.text("crosswalk", "match_status", row).lower()
        link = records.link("sources", row["source_id"], "source")
        name = self.book.text("crosswalk", "dataset", row)
        return Markup("<li>{} {}: {}{} {}").format(name, row.get("version") or "", matched, native, link)

    # Sources

    def _sources(self) -> Iterator[Page]:
        book = self.book
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(book.rows("sources"), key=lambda row: str(row["source_id"])):
            groups[source_page(row["source_id"])].append(row)
        letters = [
            (page.partition("/")[2], page.partition("/")[2].removesuffix(".html"), len(rows))
            for page, rows in sorted(groups.items())
        ]
        tallies = [
            (
                heading(name),
                Counter(book.text("sources", name, row) or "not stated" for row in book.rows("sources")).most_common(
                    60
                ),
            )
            for name in ("kind", "language", "publisher")
            if name in book.fields("sources")
        ]
        yield (
            "sources/index.html",
            "sources.html",
            {"title": "Sources", "total": len(book.rows("sources")), "letters": letters, "tallies": tallies},
        )
        cited: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for row in book.rows("evidence"):
            cited[row["source_id"]][row["table_name"], row["record_id"]] = None
        for page, rows in groups.items():
            records = Records(book, page)
            yield page, "letter.html", {
                "title": f"Sources: {page.partition('/')[2].removesuffix('.html')}",
                "letter": page.partition("/")[2].removesuffix(".html"),
                "sources": [self._source(records, row, list(cited.get(row["source_id"], ()))) for row in rows],
            }  # fmt: skip

    def _source(self, records: Records, row: Row, cited: Sequence[tuple[str, str]]) -> dict[str, Any]:
        book = self.book
        told = [
            row.get("author"),
            row["publisher"],
            day_text(row, "published_date"),
            book.text("sources", "kind", row).lower(),
            book.text("sources", "language", row),
            row.get("note"),
        ]
        return {
            "id": anchor(row["source_id"]),
            "url": web_address(row["url"]),
            "row": row,
            "told": ", ".join(str(each) for each in told if each),
            "cited": Markup(", ").join(self._cited(records, cited)),
        }

    def _cited(self, records: Records, cited: Sequence[tuple[str, str]]) -> Iterator[Markup]:
        """Yield, for each page with rows that rest on a source, a link to the first of them."""
        pages: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for record in cited:
            pages[self.book.addresses.get(record, ("", ""))[0]].append(record)
        for rows in pages.values():
            more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
            yield records.link(*rows[0], rows[0][1] + more)

    # Codebook and further tables

    def _codebook(self) -> Iterator[Page]:
        book = self.book
        listed = cd.tables(book.edition)
        told = book.descriptor.get("groups", {})
        groups = [
            (
                group,
                told.get(group, ""),
                [{"name": name, **row} for name, row in listed[listed["group"] == group].to_dict("index").items()],
            )
            for group in dict.fromkeys(listed["group"])
        ]
        yield "codebook/index.html", "codebook.html", {"title": "Codebook", "groups": groups}
        for table in book.edition.tables:
            resource = book.edition.resource(table)
            yield f"codebook/{table}.html", "variables.html", {
                "title": f"Codebook: {table}",
                "resource": resource,
                "whole": table in self._with_page(),
                "variables": [self._variable(table, name) for name in book.columns(table)],
            }  # fmt: skip

    def _variable(self, table: str, name: str) -> dict[str, Any]:
        book = self.book
        field, row = book.fields(table)[name], book.rules[table][name]
        rule = row.get("rule")
        return {
            "name": name,
            "description": field["description"],
            "type": field["type"],
            "unit": field.get("unit"),
            "computed": "derived" in field,
            "dated": f"{name}_latest" in book.fields(table),
            "agreed": book.agreement(table, name),
            "rule": paragraph(rule) if isinstance(rule, str) else "",
            "uses": row.get("derived_from") if isinstance(row.get("derived_from"), str) else "",
            "example": self._example(table, name) if isinstance(rule, str) else "",
            "codes": list(book.codes.get(field.get("codes", ""), {}).values()),
        }

    def _example(self, table: str, name: str) -> Markup | str:
        """Return how one row got its value, for a rule that uses other rows."""
        records = Records(self.book, f"codebook/{table}.html")
        for (owner, key), found in self.book.explained.items():
            why = found.get(name) if owner == table else None
            if why is not None and why.value is not None and len(why.rows):
                return Markup("{}: {}.").format(records.link(table, key, key), sentence(why.arithmetic))
        return ""

    def _with_page(self) -> list[str]:
        book = self.book
        noted = {table for table, _ in _OF_NOTE}
        return [
            name
            for name in book.edition.tables
            if name not in _ELSEWHERE and (name in noted or len(book.rows(name)) <= _MOST_ROWS)
        ]

    def _tables(self) -> Iterator[Page]:
        book = self.book
        for table in self._with_page():
            page = f"tables/{table}.html"
            records = Records(book, page)
            columns = book.columns(table)
            yield page, "table.html", {
                "title": book.edition.resource(table)["title"],
                "resource": book.edition.resource(table),
                "grid": grid(book, self._episodes(), page) if table == MATRIX else None,
                "columns": [
                    {"name": name, "filter": "codes" in book.fields(table)[name] or name in book.targets[table]}
                    for name in columns
                ],
                "rows": [
                    {
                        "id": f"{table}:{anchor(book.key(table, row))}",
                        "cells": [records.cell(table, name, row) for name in columns],
                    }
                    for row in book.rows(table)
                ],
            }  # fmt: skip

    # Editions, downloads, methods

    def _editions(self) -> Page:
        edition = self.book.edition
        published = []
        if edition.registered:
            for version in cd.versions():
                each = cd.Edition.find(version)
                published.append(
                    {
                        "version": version,
                        "created": each.descriptor["created"][:10],
                        "as_of": each.descriptor["asOf"],
                        "hash": each.content_hash,
                    }
                )
        steps = list(self._steps([each["version"] for each in published]))
        return "editions.html", "editions.html", {"title": "Editions", "published": published, "steps": steps}

    def _steps(self, versions: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield what each edition changed, from the record of changes."""
        by_edition: dict[str, list[Row]] = defaultdict(list)
        for row in self.book.rows("changes"):
            by_edition[row["edition"]].append(row)
        for old, new in pairwise(versions):
            rows = by_edition.get(new, [])
            counts = Counter((row["table_name"], row["kind"]) for row in rows)
            kinds = [kind for kind, _ in Counter(row["kind"] for row in rows).most_common()]
            tables = list(dict.fromkeys(row["table_name"] for row in rows))
            reasons = Counter(str(row["reason"]) for row in rows if row.get("reason")).most_common(20)
            yield {
                "old": old,
                "new": new,
                "kinds": kinds,
                "tables": [(name, [counts[name, kind] for kind in kinds]) for name in tables],
                "reasons": reasons,
                "file": "",
            }

    def _downloads(self) -> Page:
        edition = self.book.edition
        return "downloads.html", "downloads.html", {
            "title": "Downloads", "files": self.files, "bibtex": cd.cite("bibtex", edition), "stamp": cd.stamp(edition),
            "described": [(JSONLD, "schema.org (JSON-LD)"), (DATACITE, "DataCite (JSON)"), (SITEMAP, "Sitemap")],
        }  # fmt: skip

    def _methods(self) -> Page:
        rai = self.book.descriptor.get("rai", {})
        parts = [(_words(name), values if isinstance(values, list) else [values]) for name, values in rai.items()]
        return (
            "methods.html",
            "methods.html",
            {"title": "Methods and limits", "parts": parts, "others": self._with_page()},
        )

    # Search

    def index(self) -> list[list[Any]]:
        """Return the search index by page and kind, so that each is written only once."""
        groups: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
        for address, kind, *words in self.findable():
            page, _, fragment = address.partition("#") if kind else ("", "", address)
            groups[page, kind].append([fragment, *words])
        return [[page, kind, entries] for (page, kind), entries in groups.items()]

    def findable(self) -> Iterator[list[str]]:
        """Yield each search entry: its address, kind, title and further words."""
        book = self.book
        for row in self._episodes():
            yield [dossier(row["episode_id"]), "Episodes", row["name"], row.get("summary") or ""]
        for row in book.rows("actors"):
            words = [row.get(name) for name in ("acronym", "name_fr", "aliases")]
            yield [actor_page(row["actor_id"]), "Actors", row["name"], "; ".join(str(word) for word in words if word)]
        for table in (*IN_DOSSIERS, "context", "candidates"):
            for key, row in book.by_key(table).items():
                title = str(row.get("name") or row.get("summary") or row.get("question") or key)
                actors = [
                    book.short("actors", each)
                    for name, target in book.targets[table].items()
                    if target == "actors"
                    for each in book.values(table, name, row)
                ]
                more = [row["summary"]] if row.get("name") and row.get("summary") else []
                day = day_text(row, self._day_column(table))
                text = shorten(
                    " · ".join(filter(None, [day, *dict.fromkeys(actors), *more])), _MOST_WORDS, placeholder=" …"
                )
                yield [book.href(table, key, "") or "", book.edition.resource(table)["title"], title, text]
        for row in book.rows("sources"):
            yield [anchor(row["source_id"]), "", row["title"], row["publisher"]]
        for table in book.edition.tables:
            for name in book.columns(table):
                yield [
                    f"codebook/{table}.html#{name}",
                    "Variables",
                    f"{table}.{name}",
                    book.fields(table)[name]["description"],
                ]
        for code_list, codes in book.codes.items():
            place = next(
                (
                    f"codebook/{table}.html#{name}"
                    for table in book.edition.tables
                    for name in book.columns(table)
                    if book.fields(table)[name].get("codes") == code_list
                ),
                None,
            )
            for code, row in codes.items() if place else ():
                yield [place or "", "Codes", f"{row['label']} ({code})", row.get("definition") or ""]


def menu(book: Book) -> list[tuple[str, str]]:
    """Return the pages to which every page links, with the main tables of the edition."""
    return [*MENU, *((f"tables/{table}.html", name) for table, name in _OF_NOTE if table in book.edition.tables)]


def _words(name: str) -> str:
    """Return a camel-case name as words."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return sentence(spaced.removeprefix("data ").removeprefix("annotation ").strip())
