"""The rows of a coding, as checks look them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property

from crisisdata.coding.casefiles import Record
from crisisdata.coding.rows import Coding, Row, split
from crisisdata.coding.schema import Field, Table

Pair = tuple[Row, Record]

PLANNED = {"promised_for_date", "deadline_date", "review_date", "expiry_date", "effective_date"}
"""Dates that were in the future when the act was done: they may be after the cutoff, and a source may be older."""


class Coded:
    """A coding with the look-ups that checks share.

    Rows may be faulty: a refused value is None, and a reference may lead nowhere.
    """

    def __init__(self, coding: Coding) -> None:
        self.coding = coding
        self.schema = coding.schema

    def pairs(self, table: str) -> Iterable[Pair]:
        """Return the rows of a table, each with its record."""
        return self.coding.pairs(table)

    def rows(self, table: str) -> list[Row]:
        return self.coding.rows[table]

    @cached_property
    def records(self) -> dict[tuple[str, str], Record]:
        """Each record by its table and key."""
        return {(name, record.key): record for name, all_ in self.coding.records.items() for record in all_}

    def keys(self, table: str) -> set[str]:
        """Return the keys of a table, including those of the base edition."""
        return {record.key for record in self.coding.records[table]} | self.coding.known.get(table, set())

    def attribute(self, code_list: str, code: str | None, name: str) -> str | None:
        """Return an attribute that a code has in its list, or None for an unknown code."""
        found = self.schema.codes[code_list].codes.get(code or "")
        return found.attributes.get(name) if found else None

    # What rows refer to

    @cached_property
    def actors(self) -> dict[str, Row]:
        return self._by_key("actors")

    @cached_property
    def sources(self) -> dict[str, Row]:
        return self._by_key("sources")

    @cached_property
    def episodes(self) -> dict[str, Row]:
        return self._by_key("episodes")

    @cached_property
    def countries(self) -> dict[str, Row]:
        return self._by_key("countries")

    @cached_property
    def sanctions(self) -> dict[str, Row]:
        return self._by_key("sanctions")

    @cached_property
    def responses(self) -> dict[str, Row]:
        return self._by_key("responses")

    @cached_property
    def publishers(self) -> dict[str, Row]:
        return self._by_key("publishers")

    @cached_property
    def memberships(self) -> dict[tuple[str, str], Row]:
        """The membership of each country in each body."""
        return {(row["iso3"], row["actor_id"]): row for row in self.rows("memberships")}

    def _by_key(self, table: str) -> dict[str, Row]:
        key = self.schema.tables[table].key
        rows = [*self._base_rows(table), *self.rows(table)]
        return {row[key]: row for row in rows if row[key]}

    def _base_rows(self, table: str) -> list[Row]:
        base = self.coding.base
        if base is None or table not in base.tables:
            return []
        from crisisdata._load import load

        # An older edition may lack a column of this schema.
        empty = dict.fromkeys(self.schema.tables[table].columns)
        rows = load(table, base, as_="arrow").to_pylist()  # type: ignore[call-overload]
        return [empty | row for row in rows]

    def lineage(self, actor_id: str | None) -> list[str]:
        """Return an actor and those of which it is a body or member, starting with the nearest."""
        found: list[str] = []
        while actor_id and actor_id not in found:
            found.append(actor_id)
            actor_id = (self.actors.get(actor_id) or {}).get("parent_id")
        return found

    # What belongs together

    @cached_property
    def histories(self) -> dict[str, list[Pair]]:
        """The dated changes of each measure in the order of their days; those of the same day in the order in which
        they are written.
        """
        found: dict[str, list[Pair]] = defaultdict(list)
        for row, record in self.pairs("sanction_events"):
            if row["event_date"] and row["action"] in self.schema.codes["sanction_action"].codes:
                found[row["sanction_id"]].append((row, record))
        for history in found.values():
            history.sort(key=lambda pair: pair[0]["event_date"])
        return found

    @cached_property
    def items(self) -> dict[str, list[Row]]:
        """The items of each response."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows("response_items"):
            found[row["response_id"]].append(row)
        return found

    @cached_property
    def readings(self) -> dict[tuple[str, str], list[Pair]]:
        """The readings of each record."""
        found: dict[tuple[str, str], list[Pair]] = defaultdict(list)
        for row, record in self.pairs("evidence"):
            found[row["table_name"], row["record_id"]].append((row, record))
        return found

    def supporting(self, table: str, key: str, variable: str) -> Iterator[Row]:
        """Yield the readings of a record that support one variable or the whole record."""
        for row, _ in self.readings.get((table, key), ()):
            if row["relation"] == "supports" and variable in (split(row["variables"], ";") or [variable]):
                yield row

    # Place and time

    @cached_property
    def cutoffs(self) -> dict[str, date]:
        """The coding cutoff date of each country that has one."""
        ends: dict[str, date] = {}
        for row in self.rows("coverage"):
            if row["topic"] == "cutoff" and row["iso3"] and row["end_date"]:
                ends[row["iso3"]] = max(row["end_date"], ends.get(row["iso3"], date.min))
        return ends

    def episode_ids(self, row: Row) -> list[str]:
        """Return the episodes to which a row belongs, directly or through its measure or response."""
        if "episode_ids" in row:
            return split(row["episode_ids"], ";")
        if "episode_id" in row:
            return [row["episode_id"]] if row["episode_id"] else []
        for name, parents in (("sanction_id", self.sanctions), ("response_id", self.responses)):
            if name in row:
                parent = parents.get(row[name])
                return self.episode_ids(parent) if parent else []
        return []

    def countries_of(self, row: Row) -> set[str]:
        """Return the countries that a row concerns: its own, or those of its episodes."""
        if row.get("iso3"):
            return {row["iso3"]}
        episodes = [self.episodes[each] for each in self.episode_ids(row) if each in self.episodes]
        return {episode["iso3"] for episode in episodes if episode["iso3"]}

    def first_act(self, row: Row) -> tuple[date, date] | None:
        """Return the first and last day on which the earliest episode of a row may have begun."""
        starts = [
            (episode["first_act_date"], episode["first_act_date_latest"])
            for each in self.episode_ids(row)
            if (episode := self.episodes.get(each)) and episode["first_act_date"]
        ]
        return min(starts, default=None)


def coded_dates(table: Table) -> list[Field]:
    """Return the dates that a coder writes in a table."""
    return [item for item in table.fields.values() if item.edtf and item.coded]
