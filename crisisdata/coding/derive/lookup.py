"""What rules are, and the rows available to the rule that computes one."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from inspect import cleandoc
from typing import Any

from crisisdata._spells import Coverage
from crisisdata.coding.rows import Coding, Row, split
from crisisdata.errors import CrisisDataError

How = str | Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """A named rule: how cells of a table follow from rows of other tables."""

    name: str
    table: str
    uses: tuple[str, ...]
    computes: tuple[str, ...]
    """The fields of the table that it computes; a date stands for its three columns."""
    how: How
    compute: Callable[[Row, Lookup], Row]

    @property
    def text(self) -> str:
        if not self.compute.__doc__:
            what = f"the rule {self.name!r} of the table {self.table!r} has no docstring, which the codebook shows"
            remedy = "python -OO leaves it out, so run python without" if sys.flags.optimize > 1 else "write one"
            raise CrisisDataError(f"{what}: {remedy}.")
        return cleandoc(self.compute.__doc__)


RULES: dict[tuple[str, str], Rule] = {}


def rule(
    table: str, *, uses: Iterable[str], computes: Iterable[str] = (), how: How = "rule"
) -> Callable[[Callable[[Row, Lookup], Row]], Callable[[Row, Lookup], Row]]:
    """Register a rule.

    Parameters
    ----------
    table
        The tables whose columns it computes, separated by spaces.
    uses
        The tables whose rows it looks at.
    computes
        The fields that it computes; by default, the one with its name. `{list}` in a name means each code of a code
        list, and `{list.attribute}` each value of an attribute of its codes.
    how
        The arithmetic by which the values follow from the weights in `lineage`, as `explain` shows it:
        ``"count"``, ``"sum"``, ``"highest"``, ``"least"``, ``"share"``, ``"balance"``, ``"same"``, or ``"rule"``
        if the text of the rule explains it; one for all columns, or one for each.
    """

    def register(function: Callable[[Row, Lookup], Row]) -> Callable[[Row, Lookup], Row]:
        name = function.__name__
        for each in table.split():
            RULES[each, name] = Rule(name, each, tuple(uses), tuple(computes) or (name,), how, function)
        return function

    return register


class Lookup:
    """All rows, and the ways in which rules look them up."""

    def __init__(self, coding: Coding) -> None:
        self.schema = coding.schema
        self.rows = coding.rows
        self.reasons = {(m["table_name"], m["record_id"], m["variable"]): m["reason"] for m in coding.missing}
        self.lineage: list[Row] = []
        self.memo: dict[str, Any] = {}
        """What rules compute once and not for each row."""

    def once(self, name: str, compute: Callable[[Lookup], Any]) -> Any:
        """Return what `compute` returns for this lookup, computed once."""
        if name not in self.memo:
            self.memo[name] = compute(self)
        return self.memo[name]

    def enters(
        self,
        table: str,
        row: Row,
        variables: str | Iterable[str],
        source: str,
        rows: Iterable[Row],
        *,
        weight: float | Callable[[Row], float] = 1,
        note: str | Callable[[Row], str] | None = None,
    ) -> None:
        """Record that rows of the table `source` are used for computed values of a row."""
        key, from_key = self.schema.tables[table].primary_key, self.schema.tables[source].primary_key
        record_id = "/".join(str(row[part]) for part in key)
        for each in rows:
            from_id = "/".join(str(each[part]) for part in from_key)
            for variable in [variables] if isinstance(variables, str) else variables:
                self.lineage.append(
                    {
                        "table_name": table,
                        "record_id": record_id,
                        "variable": variable,
                        "from_table": source,
                        "from_id": from_id,
                        "weight": float(weight(each) if callable(weight) else weight),
                        "note": note(each) if callable(note) else note,
                    }
                )

    @cached_property
    def cutoffs(self) -> dict[str, date]:
        """The coding cutoff date of each country: how far the readable sources reach."""
        ends: dict[str, date] = {}
        for row in self.rows["coverage"]:
            if row["topic"] == "cutoff":
                ends[row["iso3"]] = max(row["end_date"], ends.get(row["iso3"], date.min))
        return ends

    def cutoff(self, row: Row) -> date:
        """Return the coding cutoff date for a row that names a country or an episode."""
        return self.cutoffs.get(self._country(row) or "") or self._uncovered_cutoff

    def _country(self, row: Row) -> str | None:
        episode = self.episodes.get(row.get("episode_id") or "", {})
        return row.get("iso3") or episode.get("iso3")

    @cached_property
    def last_cutoff(self) -> date:
        """The latest of the coding cutoff dates, which is the edition's own."""
        covered = {row["iso3"] for row in self.rows["episodes"]} <= self.cutoffs.keys()
        own = [] if covered and self.cutoffs else [self._uncovered_cutoff]
        return max([*self.cutoffs.values(), *own])

    @cached_property
    def _uncovered_cutoff(self) -> date:
        """The coding cutoff date of countries for which no row of `coverage` gives one.

        The one that the author gives; otherwise the last day in any of their rows that is not after publication,
        because promises and reviews lie in the future.
        """
        if as_of := self.schema.package.get("as_of"):
            return as_of
        published = self.schema.package["published"]
        last = published if isinstance(published, date) else date.max  # what is wrong with it is reported elsewhere
        days = [
            value
            for name, table in self.schema.tables.items()
            if table.group == "coded"
            for row in self.rows[name]
            if self._country(row) not in self.cutoffs
            for value in row.values()
            if isinstance(value, date) and value <= last
        ]
        return max(days, default=published)

    @cached_property
    def _by_episode(self) -> dict[str, dict[str, list[Row]]]:
        found: dict[str, dict[str, list[Row]]] = {}
        for name, rows in self.rows.items():
            found[name] = defaultdict(list)
            for row in rows:
                if name != "episodes" and row.get("episode_id"):
                    found[name][row["episode_id"]].append(row)
                for episode_id in split(row.get("episode_ids"), ";") if name == "responses" else ():
                    found[name][episode_id].append(row)
        return found

    def of_episode(self, table: str, episode: Row) -> list[Row]:
        return self._by_episode[table].get(episode["episode_id"], [])

    @cached_property
    def actors(self) -> dict[str, Row]:
        return {row["actor_id"]: row for row in self.rows["actors"]}

    @cached_property
    def episodes(self) -> dict[str, Row]:
        return {row["episode_id"]: row for row in self.rows["episodes"]}

    @cached_property
    def countries(self) -> dict[str, Row]:
        return {row["iso3"]: row for row in self.rows["countries"]}

    @cached_property
    def candidates(self) -> dict[str, Row]:
        return {row["candidate_id"]: row for row in self.rows["candidates"]}

    @cached_property
    def crosswalk(self) -> dict[tuple[str, str], Row]:
        return {(row["candidate_id"], row["dataset"]): row for row in self.rows["crosswalk"]}

    @cached_property
    def sources(self) -> dict[str, Row]:
        return {row["source_id"]: row for row in self.rows["sources"]}

    @cached_property
    def sanctions(self) -> dict[str, Row]:
        return {row["sanction_id"]: row for row in self.rows["sanctions"]}

    @cached_property
    def items(self) -> dict[str, list[Row]]:
        """The items of each response."""
        found = defaultdict(list)
        for row in self.rows["response_items"]:
            found[row["response_id"]].append(row)
        return found

    def items_towards(self, response_id: str, episode_id: str) -> list[Row]:
        """Return the items of a response that count for one of its episodes.

        An item counts for the episodes that it names; if none, for those in the countries of the measures that it
        names; if it names neither, for all episodes of its response.
        """
        return [item for item in self.items[response_id] if episode_id in self._episodes_of(item)]

    def words_towards(self, response: Row, episode_id: str) -> Row:
        """Return the row that has `about`, `tone` and `demands` for an episode.

        It is the item with the words on that episode, if a text on several countries has one, otherwise the response.
        """
        parts = (i for i in self.items[response["response_id"]] if i["about"] and episode_id in self._episodes_of(i))
        return next(parts, response)

    def _episodes_of(self, item: Row) -> set[str]:
        named = set(split(item["episode_ids"], ";"))
        if named:
            return named
        of_response = split(self.responses[item["response_id"]]["episode_ids"], ";")
        measures = [self.sanctions.get(key) for key in split(item["sanction_id"], ";")]
        countries = {self._country(measure) for measure in measures if measure}
        return {key for key in of_response if self._country({"episode_id": key}) in countries} or set(of_response)

    @cached_property
    def responses(self) -> dict[str, Row]:
        return {row["response_id"]: row for row in self.rows["responses"]}

    @cached_property
    def deeds(self) -> dict[str, list[Row]]:
        """The milestones that fulfil each promise."""
        found = defaultdict(list)
        for row in self.rows["milestones"]:
            for promise in split(row["fulfils_id"], ";"):
                found[promise].append(row)
        return found

    @cached_property
    def history(self) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in sorted(self.rows["sanction_events"], key=lambda row: row["event_date"]):
            found[row["sanction_id"]].append(row)
        return found

    @cached_property
    def supporting(self) -> dict[tuple[str, str], list[Row]]:
        """The readings of each record that support it."""
        found = defaultdict(list)
        for row in self.rows["evidence"]:
            if row["relation"] == "supports":
                found[row["table_name"], row["record_id"]].append(row)
        return found

    @cached_property
    def contradicted(self) -> set[tuple[str, str, str]]:
        """Table, record and variable of each value that some reading contradicts."""
        return {
            (row["table_name"], row["record_id"], name)
            for row in self.rows["evidence"]
            if row["relation"] == "contradicts"
            for name in split(row["variables"], ";")
        }

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage(row for row in self.rows["coverage"] if row["actor_id"] is None)

    @cached_property
    def _searched(self) -> set[tuple[str, str]]:
        """Table and episode where something was coded, or searched for and not found."""
        coded = {(name, key) for name, groups in self._by_episode.items() for key in groups}
        # A search for one body says nothing of the others.
        return coded | {(c["topic"], c["episode_id"]) for c in self.rows["coverage"] if c["actor_id"] is None}

    def where_searched(self, table: str, episode: Row, cells: Row) -> Row:
        """Return cells, or empty ones if nothing was coded or searched: not searched is not 0."""
        return cells if (table, episode["episode_id"]) in self._searched else dict.fromkeys(cells)

    def still_in_power(self, table: str, key: str) -> bool:
        """Say whether the end of rule does not apply because those who took power still hold it."""
        return self.reasons.get((table, key, "power_ended_date")) == "not_applicable"

    def actor_type(self, actor_id: str | None) -> str | None:
        actor = self.actors.get(actor_id or "")
        return actor["actor_type"] if actor else None

    def organisation(self, actor_id: str) -> str:
        """Return the organisation or state to which an actor ultimately belongs: itself if it has no parent."""
        seen = {actor_id}
        while (actor := self.actors.get(actor_id)) and actor["parent_id"] and actor["parent_id"] not in seen:
            actor_id = actor["parent_id"]
            seen.add(actor_id)
        return actor_id

    def attribute(self, code_list: str, code: str | None, name: str) -> str | None:
        """Return an attribute that a code has in its list, in addition to its definition."""
        return (self.schema.codes[code_list].codes[code].attributes[name] or None) if code else None

    def score(self, code_list: str, code: str) -> int:
        return self.schema.codes[code_list].score(code)

    def publisher(self, source_id: str) -> str:
        """Whose text a source is: a reprint counts as its origin."""
        source = self.sources.get(source_id)
        return (source["origin"] or source["publisher"]) if source else source_id


def date_cells(name: str, row: Row | None, of: str = "event_date") -> Row:
    """Return the three cells of the date `name` from the date `of` in a row, or empty ones."""
    return {f"{name}{suffix}": row[f"{of}{suffix}"] if row else None for suffix in ("", "_latest", "_precision")}
