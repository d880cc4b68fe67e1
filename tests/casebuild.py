"""Small case files made from records, for rules whose answer is known by hand."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from conftest import FILES, read_schema, write_cases

from crisisdata.coding.checks.registry import CHECKS
from crisisdata.coding.derive import derive
from crisisdata.coding.rows import Row
from crisisdata.coding.validate import read_coding

Record = Mapping[str, Any]

EPISODE = "aaa-2020-01"
SECOND = "aaa-2020-06"
ABROAD = "bbb-2020-06"
_ARCHIVE = "archive-2026,An archive,The Archive,,2026-01-01,https://example.org/archive,en,press\n"
_EVIDENCE = {"evidence": [{"source_id": "archive-2026", "locator": "x", "reading": "Says so.", "date_basis": "stated"}]}
_EPISODE = {
    "episode_id": EPISODE,
    "iso3": "AAA",
    "name": "Land, January 2020",
    "tier": "core",
    "event_type": "coup",
    "outcome": "successful",
    "perpetrator_id": "junta",
    "first_act_date": "2020-01-02",
    "announcement_date": "2020-01-03",
    "power_ended_date": "not_applicable",
    "summary": "Officers took power.",
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "triggers": {"name": "x", "claimed_by": "analyst", "category": "mutiny", "summary": "x"},
    "support": {
        "actor_id": "union",
        "event_date": "2020-01-03",
        "about": "takeover",
        "direction": "against",
        "form": "word",
        "summary": "x",
    },
    "responses": {
        "actor_ids": ["bloc"],
        "event_date": "2020-01-03",
        "channel": "adopted_text",
        "about": ["takeover"],
        "summary": "x",
    },
    "sanctions": {
        "name": "x",
        "sender_id": "bloc",
        "measure": "membership_suspension",
        "scope": "state",
        "goals": ["constitutional_order"],
        "basis": "discretionary",
        "coup_related": "coup_related",
        "summary": "x",
    },
    "milestones": {"kind": "election", "name": "x", "is_promise": "no", "event_date": "2020-01-03", "summary": "x"},
    "polls": {
        "pollster_id": "union",
        "fieldwork_start_date": "2020-01-20",
        "about": "takeover",
        "question": "x",
        "answer": "x",
        "summary": "x",
    },
    "authority_acts": {
        "name": "x",
        "act": "arrest",
        "target_kind": "politician",
        "event_date": "2020-01-04",
        "summary": "x",
    },
    "rule_spells": {
        "ruler": "junta",
        "head_id": "junta",
        "holder_ids": ["junta"],
        "start_date": "2020-01-03",
        "summary": "x",
    },
}


def derived(
    *,
    actors: str = "",
    coverage: str = "",
    cutoff: str = "2020-12-31",
    episode: Record | None = None,
    countries: str = "",
    second: Mapping[str, list[Record]] | None = None,
    abroad: Mapping[str, list[Record]] | None = None,
    **tables: list[Record],
) -> dict[str, list[Row]]:
    """Return the tables of an edition of one country with these records in its first episode.

    A record needs its `id` and what matters to the test; items of a response and steps of a history are written as
    "membership done" and "2020-01-10 imposed". A line of `actors` may end with a bloc. `episode` changes values of the first episode; `second` has the
    records of a second, five months later, and `abroad` those of one in the country BBB, which `countries` must hold.
    """
    files = {name: FILES[name] for name in ("actors.csv", "countries.csv", "sources.csv")}
    header, *rows = (FILES["actors.csv"] + actors).splitlines()
    rows = [row if row.count(",") > header.count(",") else f"{row}," for row in rows]
    files["actors.csv"] = "\n".join([f"{header},bloc_id", *rows]) + "\n"
    files["sources.csv"] += _ARCHIVE
    columns = "coverage_id,iso3,episode_id,topic,start_date,end_date,depth,searched\n"
    files["coverage.csv"] = f"{columns}cutoff,AAA,,cutoff,2010-01-01,{cutoff},targeted,All of it\n{coverage}"
    files[f"episodes/{EPISODE}.yaml"] = _case({**_EPISODE, **(episode or {})}, tables)
    files["countries.csv"] += countries
    for key, iso3, records in ((SECOND, "AAA", second), (ABROAD, "BBB", abroad)):
        if records is not None:
            changes = {"first_act_date": "2020-06-02", "announcement_date": "2020-06-03"}
            files[f"episodes/{key}.yaml"] = _case({**_EPISODE, "episode_id": key, "iso3": iso3, **changes}, records)
    return derived_from(files)


def derived_from(files: Mapping[str, str]) -> dict[str, list[Row]]:
    """Return the tables of an edition of these files.

    The checks are left out, since they have tests of their own: rows may differ here in nothing but what a rule looks at.
    """
    with tempfile.TemporaryDirectory() as folder, patch.dict(CHECKS, clear=True):
        return derive(read_coding(write_cases(Path(folder), dict(files)), read_schema()))


def weeks_apart(records: Iterable[Record]) -> list[Record]:
    """Return the records with ids of their own and a week between their days, so that no two look like one act."""
    first = date(2020, 1, 3)
    return [
        {"id": f"r-{n}", "event_date": str(first + timedelta(weeks=n)), **record} for n, record in enumerate(records)
    ]


def by_id(rows: list[Row], *columns: str) -> dict[str, Any]:
    """Return the cells of each row by the last part of its key: one cell, or a tuple of several."""
    found = {}
    for row in rows:
        cells = tuple(row[column] for column in columns)
        found[str(next(iter(row.values()))).rpartition("/")[2]] = cells[0] if len(cells) == 1 else cells
    return found


def _case(episode: Record, tables: Mapping[str, list[Record]]) -> str:
    lists = {name: [_record(name, record) for record in records] for name, records in tables.items()}
    return json.dumps({"episode": {**episode, **_EVIDENCE}, **lists}, indent=1, ensure_ascii=False)


def _record(table: str, record: Record) -> Record:
    full = {**_DEFAULTS[table], **record, **_EVIDENCE}
    if table == "responses":
        full["items"] = [_item(item) for item in record["items"]]
        if any(item["item"] == "words" for item in full["items"]):
            full.setdefault("tone", "notes")
    elif table == "sanctions":
        full["history"] = [_step(step, number) for number, step in enumerate(record["history"])]
    return full


def _item(text: str | Record) -> Record:
    if not isinstance(text, str):
        return text
    item, stage = text.split()
    return {"item": item, "stage": stage}


def _step(text: str, number: int) -> Record:
    day, action = text.split()
    return {"id": f"step-{number}", "event_date": day, "action": action, **_EVIDENCE}
