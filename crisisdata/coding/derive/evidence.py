"""Rules on evidence: how well a value is supported."""

from __future__ import annotations

from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.rows import Row, split

ACTS = {"legal_act", "communique"}
"""Kinds of sources that are the act itself, and not a report on it."""


@rule("evidence", uses=["evidence", "sources"])
def publishers(row: Row, lookup: Lookup) -> Row:
    """Number of different publishers among the readings that support the value.

    Two pages of one publisher count once, and so do reprints of one origin (a wire story in two
    papers). Where a reading bears on several variables, the least supported of them counts.
    """
    return {"publishers": min(len({lookup.publisher(r["source_id"]) for r in rs}) for rs in _readings(row, lookup))}


@rule("evidence", uses=["evidence", "sources"])
def confidence(row: Row, lookup: Lookup) -> Row:
    """How well a value is supported by all its readings together.

    High: the act or communiqué itself is among them, or two independent publishers agree. Low: some
    reading contradicts the value, or there is no source but an encyclopedia. Medium: anything else.
    """
    names = split(row["variables"], ";")
    if any((row["table"], row["record_id"], name) in lookup.contradicted for name in names):
        return {"confidence": "low"}
    levels = [_level(readings, lookup) for readings in _readings(row, lookup)]
    return {"confidence": min(levels, key=lambda level: lookup.score("confidence", level))}


def _level(readings: list[Row], lookup: Lookup) -> str:
    kinds = {source["kind"] for r in readings if (source := lookup.sources.get(r["source_id"]))}
    if kinds & ACTS:
        return "high"
    if not kinds - {"encyclopedia"}:
        return "low"
    return "high" if len({lookup.publisher(r["source_id"]) for r in readings}) > 1 else "medium"


def _readings(row: Row, lookup: Lookup) -> list[list[Row]]:
    """Return, for each variable on which a reading bears, the readings that support it."""
    there = lookup.supporting[row["table"], row["record_id"]]
    names = split(row["variables"], ";")
    if not names:
        return [there]
    return [[r for r in there if not r["variables"] or name in split(r["variables"], ";")] for name in names]
