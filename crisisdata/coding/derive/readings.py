"""Rules on evidence: how well a value is supported."""

from __future__ import annotations

from crisisdata.coding.derive.world import World, rule
from crisisdata.coding.rules import split
from crisisdata.coding.validate import Row


@rule("evidence", uses=["evidence", "sources"])
def publishers(row: Row, world: World) -> Row:
    """Number of different publishers among the readings that support the value.

    Two pages of one publisher count once, and so do reprints of one origin (a wire story in two
    papers). Where a reading bears on several variables, the least supported of them counts.
    """
    return {"publishers": min(len({world.publisher(r["source_id"]) for r in rs}) for rs in _readings(row, world))}


@rule("evidence", uses=["evidence", "sources"])
def confidence(row: Row, world: World) -> Row:
    """How well a value is supported by all its readings together.

    High: the act or communiqué itself is among them, or two independent publishers agree. Low: some
    reading contradicts the value, or there is no source but an encyclopedia. Medium: anything else.
    """
    names = split(row["variables"], ";")
    if any((row["table"], row["record_id"], name) in world.contradicted for name in names):
        return {"confidence": "low"}
    levels = [_level(readings, world) for readings in _readings(row, world)]
    return {"confidence": min(levels, key=lambda level: world.score("confidence", level))}


def _level(readings: list[Row], world: World) -> str:
    kinds = {source["kind"] for r in readings if (source := world.sources.get(r["source_id"]))}
    if kinds & {"legal_act", "communique"}:
        return "high"
    if not kinds - {"encyclopedia"}:
        return "low"
    return "high" if len({world.publisher(r["source_id"]) for r in readings}) > 1 else "medium"


def _readings(row: Row, world: World) -> list[list[Row]]:
    """Return, for each variable on which a reading bears, the readings that support it."""
    there = world.supporting[row["table"], row["record_id"]]
    names = split(row["variables"], ";")
    if not names:
        return [there]
    return [[r for r in there if not r["variables"] or name in split(r["variables"], ";")] for name in names]
