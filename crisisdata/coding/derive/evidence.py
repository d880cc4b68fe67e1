"""Rules on evidence: how well a value is supported."""

from __future__ import annotations

from crisisdata.coding.derive.lookup import Lookup, rule
from crisisdata.coding.rows import Row, split

ACTS = {"legal_act", "communique"}
"""Kinds of sources that are the act itself, and not a report on it."""
_LESS = {"high": "medium", "medium": "low", "low": "low"}


@rule("evidence", uses=["evidence", "sources"])
def publishers(row: Row, lookup: Lookup) -> Row:
    """Number of different publishers among the readings that support the value.

    Two pages of one publisher count once, and so do reprints of one origin (a wire story in two papers). Where a
    reading bears on several variables, the one with the least support counts.
    """
    return {"publishers": min(len({lookup.publisher(r["source_id"]) for r in rs}) for rs in _readings(row, lookup))}


@rule("evidence", uses=["evidence", "sources"])
def confidence(row: Row, lookup: Lookup) -> Row:
    """How likely a value is to hold: by its readings together, and by whether a text states it or a coder judges it.

    High: the act or communiqué itself is among the readings, or two independent publishers agree. Medium: anything
    else. Low: an encyclopedia is the only source. One step lower where a coder judges (the variable is *latent* in
    `schemas/agreement.yaml`), because such values held less often when they were coded again; and always low where a
    reading contradicts the value. Where a reading bears on several variables, or on a whole record, the lowest
    confidence among them counts.

    Example: the day of a summit that its communiqué gives is high; the tone of that communiqué is medium.
    """
    names = split(row["variables"], ";")
    if any((row["table_name"], row["record_id"], name) in lookup.contradicted for name in names):
        return {"confidence": "low"}
    levels = [_level(readings, lookup) for readings in _readings(row, lookup)]
    judged = [_judged(row["table_name"], name, lookup) for name in names] or [_judged(row["table_name"], None, lookup)]
    steps = [_LESS[level] if latent else level for level, latent in zip(levels, judged, strict=True)]
    return {"confidence": min(steps, key=lambda level: lookup.score("confidence", level))}


def _judged(table: str, variable: str | None, lookup: Lookup) -> bool:
    """Say whether a coder judges a variable or, without a name, any variable of a table."""
    entries = lookup.schema.agreement.get("variables", {}).get(table, {})
    asked = [entries[variable]] if variable in entries else entries.values() if variable is None else []
    return any(entry["kind"] == "latent" for entry in asked)


def _level(readings: list[Row], lookup: Lookup) -> str:
    kinds = {source["kind"] for r in readings if (source := lookup.sources.get(r["source_id"]))}
    if kinds & ACTS:
        return "high"
    if not kinds - {"encyclopedia"}:
        return "low"
    return "high" if len({lookup.publisher(r["source_id"]) for r in readings}) > 1 else "medium"


def _readings(row: Row, lookup: Lookup) -> list[list[Row]]:
    """Return, for each variable on which a reading bears, the readings that support it."""
    there = lookup.supporting[row["table_name"], row["record_id"]]
    names = split(row["variables"], ";")
    if not names:
        return [there]
    return [[r for r in there if not r["variables"] or name in split(r["variables"], ";")] for name in names]
