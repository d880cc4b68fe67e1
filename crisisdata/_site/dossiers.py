"""What the page of an episode shows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from markupsafe import Markup

from crisisdata._site.book import IN_DOSSIERS, Book, Row, day_text, dossier, evidence_page, heading
from crisisdata._site.charts import Mark, Window, interval, span, strip, strip_axis, timeline
from crisisdata._site.records import Records

_PARTS = (
    ("timeline", "Timeline"), ("facts", "Facts"), ("triggers", "Triggers"), ("support", "Support"),
    ("responses", "Reactions"), ("sanctions", "Sanctions"), ("acts", "Acts of those in power"),
    ("transition", "Transition"), ("context", "Around it"), ("disagreement", "Disagreement"),
    ("searched", "Searched"), ("lists", "Coup lists"), ("cite", "Cite and report"),
)  # fmt: skip
_CHARTED = ("support", "responses", "sanctions", "acts", "transition")
_GLANCE = (
    "first_act_date", "leader_id", "perpetrator_id", "target_id", "executive_fate", "deaths_best",
    "organised_word", "condemned_share", "coercion", "sanctions_imposed", "transition_months_promised",
    "transition_months_taken",
)  # fmt: skip
"""Variables of `episodes` next to the summary, if the edition has them."""
_SECTION_OF = {"reactions": "responses", "sanction_events": "sanctions"}
_EARLY = timedelta(days=60)
"""Length of the first of two timelines, if the whole course is much longer."""
_BEFORE = timedelta(days=120)
"""How long before the first act an axis begins."""
_TONES = {"condemns": "against", "regrets": "against", "welcomes": "for", "backs": "for"}


class Dossier:
    """One episode, with all rows that bear on it."""

    def __init__(self, book: Book, episode: Row) -> None:
        self.book = book
        self.episode = episode
        self.id = str(episode["episode_id"])
        self.page = dossier(self.id)
        self.records = Records(book, self.page, evidence_page(self.id))

    def of(self, table: str) -> list[Row]:
        """Return the rows of a table that bear on the episode, earliest first."""
        rows = self.book.of_episode(table, self.id)
        column = next((name for name in _DATES if name in self.book.fields(table)), None)
        return sorted(rows, key=lambda row: row[column] or date.max) if column else rows

    def context(self) -> dict[str, Any]:
        """Return the values that the page's template needs."""
        book, records = self.book, self.records
        own = {table: self.of(table) for table in _TABLES}
        glance = [name for name in _GLANCE if self.episode.get(name) is not None]
        computed = self._computed(glance)
        promises = list(self._promises(own["milestones"]))
        return {
            **own,
            "records": records,
            "episode": self.episode,
            "description": self.episode.get("summary") or "",
            "text": lambda column: book.text("episodes", column, self.episode),
            "country": book.text("episodes", "iso3", self.episode),
            "parts": _PARTS,
            "charted": [each for each in _PARTS if each[0] in _CHARTED],
            "glance": glance,
            "computed": computed,
            "coded": self._coded(glance) + computed["other"],
            "measured": {table: any(book.agreement(table, each) for each in book.columns(table)) for table in _TABLES},
            **self._timelines(),
            "claims": self._claims(own["triggers"]),
            "arenas": list(self._arenas()),
            "strips": self._strips(),
            "strip_axis": strip_axis(self._window) if self._window else "",
            "reacted": self._reacted,
            "sanction_extra": self._sanction_extra(),
            "promises": [self._promise(*each) for each in promises],
            "promise_axis": strip_axis(window) if (window := self._promise_window()) else "",
            "disagreements": self._disagreements(own),
            "missing": self._missing(own),
            "verdicts": [row for row in book.rows("definitions") if row.get("episode_id") == self.id],
            "candidates": [
                Markup("{}").format(records.link("candidates", key))
                for key, row in book.by_key("candidates").items()
                if row.get("episode_id") == self.id
            ],
        }  # fmt: skip

    def evidence(self) -> dict[str, Any]:
        """Return the values that the template of the page of readings needs."""
        records = Records(self.book, evidence_page(self.id))
        tables = [(table, self.of(table)) for table in IN_DOSSIERS]
        return {
            "episode": self.episode,
            "dossier": self.page.partition("/")[2],
            "tables": [
                (self.book.edition.resource(table)["title"], [records.with_readings(table, row) for row in rows])
                for table, rows in tables
                if rows
            ],
        }

    # Values of the episode

    def _coded(self, glance: Sequence[str]) -> list[str]:
        shown = {"episode_id", "name", "summary", *glance}
        fields = self.book.fields("episodes")
        return [name for name in self.book.columns("episodes") if name not in shown and "derived" not in fields[name]]

    def _computed(self, glance: Sequence[str]) -> dict[str, list[str]]:
        """Return the computed variables, by the section that has the rows behind them."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in self.book.columns("episodes"):
            if "derived" not in self.book.fields("episodes")[name] or name in glance:
                continue
            uses = str(self.book.rules["episodes"][name].get("derived_from") or "").split(", ")
            section = next((_SECTION_OF.get(use, use) for use in uses if _SECTION_OF.get(use, use) in _TABLES), "other")
            found[section if section in _SECTIONS else "other"].append(name)
        return {section: found[section] for section in (*_SECTIONS, "other")}

    # Timeline

    @cached_property
    def _zero(self) -> date | None:
        return self.episode.get("first_act_date")

    @cached_property
    def _window(self) -> Window | None:
        """The span from the first act to the last dated item."""
        days = [self._zero] if self._zero else []
        for table, column in (
            ("responses", "event_date"),
            ("support", "event_date"),
            ("authority_acts", "event_date"),
            ("milestones", "event_date"),
            ("sanctions", "imposed_date"),
            ("sanctions", "ended_date"),
        ):
            days += [row[column] for row in self.of(table) if row.get(column)]
        # What began long before, such as a measure that outlasts several coups, begins at the edge.
        return Window.around(max(day, self._zero - _BEFORE) if self._zero else day for day in days)

    def _timelines(self) -> dict[str, Any]:
        window, zero = self._window, self._zero
        if window is None:
            return {"early": None, "whole": None}
        lanes = list(self._lanes())
        charts: dict[str, Any] = {"early": None}
        if zero and window.last - zero > 4 * _EARLY:
            label = "Timeline of the first sixty days"
            charts["early"] = {
                "label": label,
                "svg": timeline(lanes, Window(zero - _EARLY / 6, zero + _EARLY), zero),
            }
        charts["whole"] = {"label": "Timeline", "svg": timeline(lanes, window, zero)}
        return charts

    def _lanes(self) -> Iterator[tuple[str, list[Mark]]]:
        yield "Rulers", self._points("rule_spells", "start_date", lambda row: "")
        yield (
            "Transition",
            self._points("milestones", "event_date", lambda row: "promise" if row.get("is_promise") == "yes" else ""),
        )
        yield "Acts in power", self._points("authority_acts", "event_date", lambda row: "")
        yield "Positions", self._points("support", "event_date", lambda row: _side(row.get("direction")))
        yield "Reactions", self._points("responses", "event_date", _reaction_kind)
        yield "Measures", list(self._measures())

    def _points(self, table: str, column: str, kind: Callable[[Row], str]) -> list[Mark]:
        marks = []
        for row in self.of(table):
            if row.get(column):
                key = self.book.key(table, row)
                ends = row.get(f"{column}_latest") or row[column]
                marks.append(Mark(self.book.href(table, key, self.page) or "", row[column], ends, kind(row)))
        return marks

    def _measures(self) -> Iterator[Mark]:
        for row in self.of("sanctions"):
            if mark := measure_mark(self.book, row, self.page):
                yield mark

    # Triggers and support

    def _claims(self, rows: Sequence[Row]) -> dict[str, Any]:
        """Return how many triggers of each class each claimant gives."""
        book = self.book
        column = "trigger_class" if "trigger_class" in book.fields("triggers") else "category"
        counts = Counter((book.text("triggers", column, row), book.text("triggers", "claimed_by", row)) for row in rows)
        classes = list(dict.fromkeys(name for name, _ in counts))
        claimants = [book.label("triggers", "claimed_by", code) for code in book.codes.get("claimant", {})]
        claimants = [name for name in claimants if any(who == name for _, who in counts)]
        return {"columns": claimants, "rows": [(name, [counts[name, who] for who in claimants]) for name in classes]}

    def _arenas(self) -> Iterator[dict[str, Any]]:
        episode, book = self.episode, self.book
        for prefix, name in (
            ("organised", "Organised society"),
            ("crowds", "Crowds that nobody called"),
            ("armed", "Armed bodies"),
        ):
            counts = {side: episode.get(f"{prefix}_{side}") for side in ("for", "reserved", "against")}
            if all(count is None for count in counts.values()):
                continue
            low, value, high = (episode.get(f"{prefix}_balance{end}") for end in ("_low", "", "_high"))
            told = value is not None and low is not None and high is not None
            yield {
                "name": name,
                **{side: self._fact_link(f"{prefix}_{side}", count) for side, count in counts.items()},
                "chart": interval(low, value, high) if told else "",  # type: ignore[arg-type]
                "spoken": f"{value:.2f}, from {low:.2f} to {high:.2f}" if told else "no balance",
                "word": self._fact_link(f"{prefix}_word", book.text("episodes", f"{prefix}_word", episode)),
            }

    def _fact_link(self, column: str, shown: object) -> Markup:
        if column not in self.book.fields("episodes") or shown in (None, ""):
            return Markup("")
        return Markup('<a href="#v:{}" title="{}">{}</a>').format(column, self.episode.get(column), shown)

    # Reactions

    def _strips(self) -> list[dict[str, Any]]:
        book, window = self.book, self._window
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in book.of_episode("reactions", self.id):
            groups[row["organisation_id"]].append(row)
        found = []
        for actor_id, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])):
            marks = []
            for row in rows:
                response = book.by_key("responses").get(row["response_id"])
                if response and row.get("event_date"):
                    href = book.href("responses", row["response_id"], self.page) or ""
                    marks.append(
                        Mark(
                            href,
                            row["event_date"],
                            row.get("event_date_latest") or row["event_date"],
                            _reaction_kind(row),
                        )
                    )
            positions = [
                row
                for row in sorted(rows, key=lambda row: row["event_date"] or date.min)
                if row.get("takeover_position")
            ]
            last = positions[-1] if positions else {}
            found.append({
                "actor": self.records.link("actors", actor_id),
                "chart": strip(marks, window, self._zero) if window else "",
                "count": len(rows),
                "position": book.text("reactions", "takeover_position", last) if last else "",
                "code": last.get("takeover_position") or "",
                "coercion": max((row["coercion"] for row in rows if row.get("coercion") is not None), default=""),
                "engagement": max((row["engagement"] for row in rows if row.get("engagement") is not None), default=""),
            })  # fmt: skip
        return found

    @cached_property
    def _reactions(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.book.of_episode("reactions", self.id):
            found[row["response_id"]].append(row)
        return found

    def _reacted(self, response: Row) -> Markup:
        """Return what a response means for each actor: what was in force before and after, and the position it then
        took.
        """
        book = self.book
        alike: dict[str, list[str]] = defaultdict(list)
        for row in self._reactions.get(response["response_id"], []):
            said = [
                f"{heading(name).lower()} {book.text('reactions', name, row)}"
                for name in ("in_force_before", "in_force_after", "change", "takeover_position")
                if row.get(name) is not None
            ]
            if len(said) > 1:
                alike[", ".join(said)].append(book.short("actors", row["actor_id"]))
        if not alike:
            return Markup("")
        lines = [Markup("<li>{}: {}").format(", ".join(names), said) for said, names in alike.items()]
        return Markup('<p class="head">For each actor, towards this episode</p><ul class="parts">{}</ul>').format(
            Markup("").join(lines)
        )

    # Sanctions and the transition

    def _sanction_extra(self) -> list[tuple[Markup, Callable[[Row], Markup | str]]]:
        window = self._window
        if window is None:
            return []
        head = Markup('<span class="vh">In force over time</span>{}').format(strip_axis(window))

        def show(row: Row) -> Markup | str:
            mark = measure_mark(self.book, row, self.page)
            return strip([mark], window, self._zero) if mark else ""

        return [(head, show)]

    def _promises(self, rows: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
        """Yield each promise that has a day, and what fulfilled it."""
        for row in rows:
            if row.get("is_promise") == "yes" and row.get("promised_for_date"):
                yield (
                    row,
                    [
                        each
                        for each in rows
                        if row["milestone_id"] in self.book.values("milestones", "fulfils_id", each)
                    ],
                )

    def _promise_window(self) -> Window | None:
        days = []
        for promise, deeds in self._promises(self.of("milestones")):
            days += [promise["promised_for_date"], *(deed["event_date"] for deed in deeds if deed.get("event_date"))]
        return Window.around(days)

    def _promise(self, promise: Row, deeds: Sequence[Row]) -> dict[str, Any]:
        records = self.records
        first = min(
            (deed for deed in deeds if deed.get("event_date")), key=lambda deed: deed["event_date"], default=None
        )
        bounds = (promise["promised_for_date"], promise.get("promised_for_date_latest") or promise["promised_for_date"])
        held = (first["event_date"], first.get("event_date_latest") or first["event_date"]) if first else None
        href = self.book.href("milestones", promise["milestone_id"], self.page) or ""
        window = self._promise_window()
        return {
            "promise": records.link("milestones", promise["milestone_id"]),
            "made": day_text(promise, "event_date"),
            "promised": day_text(promise, "promised_for_date"),
            "chart": span(bounds, held, window, href) if window else "",
            "held": Markup("; ").join(
                records.link("milestones", deed["milestone_id"], day_text(deed, "event_date")) for deed in deeds
            ),
            "fulfilment": self.book.text("milestones", "fulfilment", promise),
        }

    # Trust

    def _records_of(self, own: dict[str, list[Row]]) -> Iterator[tuple[str, str]]:
        yield "episodes", self.id
        for table in _TABLES:
            for row in own[table]:
                key = self.book.key(table, row)
                yield table, key
                for part, (parent, _) in _CONTENTS:
                    if parent == table:
                        yield from ((part, self.book.key(part, each)) for each in self.book.parts_of(part, key))

    def _disagreements(self, own: dict[str, list[Row]]) -> list[dict[str, Any]]:
        found = []
        for table, key in self._records_of(own):
            for reading in self.book.readings.get((table, key), []):
                if reading["relation"] == "contradicts":
                    link = self.records.link(table, key)
                    shown = Markup('<ul class="readings">{}</ul>').format(self.records.reading(reading))
                    found.append({"link": link, "reading": shown})
        return found

    def _missing(self, own: dict[str, list[Row]]) -> list[dict[str, Any]]:
        mine = set(self._records_of(own))
        return [
            {
                "link": self.records.link(row["table_name"], row["record_id"]),
                "variable": heading(row["variable"]).lower(),
                "reason": self.book.label_of("missing_reason", row["reason"]).lower(),
            }
            for row in self.book.rows("missing_values")
            if (row["table_name"], row["record_id"]) in mine and row["reason"] == "unknown"
        ]


_TABLES = (
    "triggers", "support", "polls", "responses", "sanctions", "authority_acts", "milestones", "rule_spells",
    "context", "coverage",
)  # fmt: skip
_CONTENTS = (
    ("response_items", ("responses", "")),
    ("sanction_events", ("sanctions", "")),
    ("sanction_targets", ("sanctions", "")),
)
_SECTIONS = ("triggers", "support", "polls", "responses", "sanctions", "milestones")
_DATES = ("event_date", "imposed_date", "fieldwork_start_date", "start_date")


def measure_mark(book: Book, row: Row, page: str) -> Mark | None:
    """Return a measure as a bar from the day on which it began to the day on which it ended, or to the cutoff date."""
    starts = row.get("imposed_date") or row.get("threatened_date")
    if starts is None:
        return None
    href = book.href("sanctions", book.key("sanctions", row), page) or ""
    if row.get("imposed_date") is None:
        return Mark(href, starts, row.get("threatened_date_latest") or starts, "threat", bar=True)
    coded_to = date.fromisoformat(book.edition.descriptor["asOf"])
    ends = row.get("ended_date_latest") or row.get("shown_out_date") or coded_to
    shown = row.get("ended_date") or row.get("shown_in_force_date_latest")
    surely = shown or (ends if row.get("still_in_force") == "yes" else row["imposed_date"])
    return Mark(
        href, starts, ends, "measures", bar=True,
        surely_from=row.get("imposed_date_latest") or starts, surely_to=surely,
    )  # fmt: skip


def _reaction_kind(row: Row) -> str:
    level = str(row.get("coercion_level") or "")
    side = _TONES.get(str(row.get("tone")), "")
    return f"{side} {level if level in ('measures', 'force') else ''}".strip()


def _side(direction: object) -> str:
    return str(direction) if direction in ("for", "against") else ""
