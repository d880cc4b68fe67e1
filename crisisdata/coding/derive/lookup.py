"""What rules are, and the rows around the one that a rule computes."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from inspect import cleandoc

from crisisdata._spells import Coverage
from crisisdata.coding.rows import Coding, Row, split
from crisisdata.errors import CrisisDataError


@dataclass(frozen=True)
class Rule:
    """A named rule: how cells of a table follow from rows of other tables."""

    name: str
    table: str
    uses: tuple[str, ...]
    computes: tuple[str, ...]
    """The fields of the table that it computes; a date stands for its three columns."""
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
    table: str, *, uses: Iterable[str], computes: Iterable[str] = ()
) -> Callable[[Callable[[Row, Lookup], Row]], Callable[[Row, Lookup], Row]]:
    """Register a function as the rule of its name.

    Parameters
    ----------
    table
        The table, or several with blanks between them.
    uses
        The tables whose rows it looks at.
    computes
        The fields that it computes; by default the one that has its name. `{list}` in a name stands for each code of
        a code list, and `{list.attribute}` for each value of an attribute of its codes.
    """

    def register(function: Callable[[Row, Lookup], Row]) -> Callable[[Row, Lookup], Row]:
        name = function.__name__
        for each in table.split():
            RULES[each, name] = Rule(name, each, tuple(uses), tuple(computes) or (name,), function)
        return function

    return register


class Lookup:
    """All rows, and the ways in which rules look them up."""

    def __init__(self, coding: Coding) -> None:
        self.schema = coding.schema
        self.rows = coding.rows
        self.as_of: date = coding.schema.package["as_of"]
        self.reasons = {(m["table"], m["record_id"], m["variable"]): m["reason"] for m in coding.missing}

    @cached_property
    def _by_episode(self) -> dict[str, dict[str, list[Row]]]:
        found: dict[str, dict[str, list[Row]]] = {}
        for name, rows in self.rows.items():
            found[name] = defaultdict(list)
            for row in rows:
                if name != "episodes" and row.get("episode_id"):
                    found[name][row["episode_id"]].append(row)
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
    def history(self) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in sorted(self.rows["sanction_events"], key=lambda row: row["date"]):
            found[row["sanction_id"]].append(row)
        return found

    @cached_property
    def supporting(self) -> dict[tuple[str, str], list[Row]]:
        """The readings of each record that support it."""
        found = defaultdict(list)
        for row in self.rows["evidence"]:
            if row["relation"] == "supports":
                found[row["table"], row["record_id"]].append(row)
        return found

    @cached_property
    def contradicted(self) -> set[tuple[str, str, str]]:
        """Table, record and variable of each value that some reading contradicts."""
        return {
            (row["table"], row["record_id"], name)
            for row in self.rows["evidence"]
            if row["relation"] == "contradicts"
            for name in split(row["variables"], ";")
        }

    @cached_property
    def coverage(self) -> Coverage:
        return Coverage(self.rows["coverage"])

    @cached_property
    def _searched(self) -> set[tuple[str, str]]:
        """Table and episode where something was coded, or searched for and not found."""
        coded = {(name, key) for name, groups in self._by_episode.items() for key in groups}
        return coded | {(row["topic"], row["episode_id"]) for row in self.rows["coverage"]}

    def where_searched(self, table: str, episode: Row, cells: Row) -> Row:
        """Return cells, or empty ones where nothing was coded or searched: not looked for is not 0."""
        return cells if (table, episode["episode_id"]) in self._searched else dict.fromkeys(cells)

    def still_in_power(self, table: str, key: str) -> bool:
        """Say whether the end of a rule does not apply, since those who took power still hold it."""
        return self.reasons.get((table, key, "power_ended_date")) == "not_applicable"

    def actor_type(self, actor_id: str) -> str | None:
        actor = self.actors.get(actor_id)
        return actor["actor_type"] if actor else None

    def score(self, code_list: str, code: str) -> int:
        return self.schema.codes[code_list].score(code)

    def publisher(self, source_id: str) -> str:
        """Whose text a source is: a reprint counts as its origin."""
        source = self.sources.get(source_id)
        return (source["origin"] or source["publisher"]) if source else source_id


def date_cells(name: str, row: Row | None, of: str = "date") -> Row:
    """Return the three cells of the date `name`, as `of` has them in a row, or empty ones."""
    return {f"{name}{suffix}": row[f"{of}{suffix}"] if row else None for suffix in ("", "_latest", "_precision")}
