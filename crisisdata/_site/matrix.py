"""The reaction matrix as a grid: each cell leads to the act in its dossier, or to the search that found nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crisisdata._site.book import Book, Row, anchor, dossier, relative

TABLE = "reaction_matrix"
_POSITIONS = {"condemns": "▼", "regrets": "▽", "notes": "○", "welcomes": "△", "backs": "▲"}
_STATUSES = {"decided_not_to_act": "×", "searched_nothing_found": "–", "not_searched": "?"}


def grid(book: Book, episodes: Sequence[Row], page: str) -> dict[str, Any] | None:
    """Return the headers, the rows and the legend of the grid; None if the edition has no matrix."""
    rows = book.rows(TABLE)
    if not rows:
        return None
    cells = {(row["actor_id"], row["episode_id"]): row for row in rows}
    order = {row["actor_id"]: row["sort_order"] for row in book.rows("bodies")}
    asked = {row["actor_id"] for row in rows if row["status"] != "not_applicable"}
    bodies = sorted(asked, key=lambda actor: (order.get(actor, len(order) + 1), book.name("actors", actor)))
    searches = {
        row["record_id"]: row["from_id"]
        for row in book.rows("lineage")
        if (row["table_name"], row["variable"], row["from_table"]) == (TABLE, "status", "coverage")
    }
    return {
        "heads": [
            {"name": each["name"], "href": relative(dossier(each["episode_id"]), page), "id": each["episode_id"]}
            for each in episodes
        ],
        "rows": [
            {
                "name": book.name("actors", body),
                "href": book.href("actors", body, page),
                "cells": [_cell(book, cells.get((body, each["episode_id"])), searches, page) for each in episodes],
            }
            for body in bodies
        ],
        "legend": [
            *((f"{_POSITIONS[code]}", "", f"takeover: {row['label'].lower()}")
              for code, row in book.codes["tone"].items() if code in _POSITIONS),
            *(("", code, f"coercion: {row['label'].lower()}") for code, row in book.codes["coercion_level"].items()),
            *((_STATUSES.get(code, ""), code, row["label"].lower())
              for code, row in book.codes["matrix_status"].items() if code != "acted"),
        ],
    }  # fmt: skip


def _cell(book: Book, row: Row | None, searches: dict[str, str], page: str) -> dict[str, str]:
    if row is None or row["status"] == "not_applicable":
        return {"kind": "not_applicable", "text": "", "said": "", "href": "", "engaged": ""}
    said = [book.text(TABLE, "status", row)]
    if row["status"] != "acted":
        text, kind, engaged = _STATUSES[row["status"]], row["status"], ""
    else:
        position = _POSITIONS.get(row["takeover_position"] or "", "")
        text, kind, engaged = f"{row['coercion']} {position}".strip(), row["coercion_level"], str(row["engagement"])
        said += [
            f"coercion {row['coercion']} ({book.text(TABLE, 'coercion_level', row).lower()})",
            f"engagement {row['engagement']}",
            *([f"takeover: {book.text(TABLE, 'takeover_position', row).lower()}"] if position else []),
            f"reactions: {row['reactions_count']}",
        ]
    key = book.key(TABLE, row)
    own = f"#{TABLE}:{anchor(key)}"
    if row["first_response_id"]:
        href = book.href("responses", row["first_response_id"], page) or own
    else:
        href = (book.href("coverage", searches[key], page) if key in searches else None) or own
    return {"kind": kind, "text": text, "said": "; ".join(said), "href": href, "engaged": engaged}
