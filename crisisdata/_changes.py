"""What changed between two editions, cell by cell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from crisisdata._editions import Edition, editions_folder, version_parts
from crisisdata._load import load
from crisisdata.errors import ArgumentError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from crisisdata._names import TableName


def changes(
    old: str | os.PathLike[str] | Edition,
    new: str | os.PathLike[str] | Edition | None = None,
    table: TableName | None = None,
) -> pd.DataFrame:
    """Return what differs between two editions, cell by cell, with the reason for each recode.

    Parameters
    ----------
    old, new
        Editions, as in `load`; `new` is the newest one by default.
    table
        One table. None gives all that are coded; those that are computed as a whole (`timeline`,
        `country_month`, `definitions`, `missing_values`, `codes`) follow from the others and are left out
        unless named.

    Returns
    -------
    pandas.DataFrame
        One row per cell that holds another value, and per row added or withdrawn: `table`, `record_id` (the
        key; its parts joined by a slash), `variable` (``"*"`` for a whole row), `kind` (*recoded*, *filled*
        where there was no value, *emptied*, *recomputed* where the build computes it, *added*, *withdrawn*),
        `old` and `new` as text (for a row withdrawn, `new` is the row that takes its place), and `reason`, from
        the table `changes` of the newest edition; an edition of your own has none.
        Columns that the older edition lacks are not listed.

    Raises
    ------
    UnknownNameError
        There is no such edition or table.
    ArgumentError
        `new` is older than `old`.

    Examples
    --------
    >>> import crisisdata as cd
    >>> found = cd.changes("0.1", "0.2", "episodes")
    >>> found.set_index(["record_id", "variable"]).loc[("mli-2012-03", "first_act_date"), "kind"]
    'recoded'
    """
    import pandas as pd

    before, after = Edition.find(old), Edition.find(new)
    if version_parts(after.version) < version_parts(before.version):
        raise ArgumentError(
            f"changes({before.version!r}, {after.version!r}) goes back in time; name the older edition first."
        )
    if table is not None:
        after.resource(table)
    # The record explains what published editions changed, and not how an edition of one's own differs.
    published = all(each.folder.parent == editions_folder() for each in (before, after))
    reasons, successors = _recorded(before.version, after.version) if published else ({}, {})
    rows = []
    for change in difference(Snapshot.of(before), Snapshot.of(after), table):
        if change.kind == "withdrawn":
            change = change._replace(new=_follow(successors, change.table, change.record_id))
        rows.append([*change, reasons.get(change[:3])])
    return pd.DataFrame(rows, columns=[*Change._fields, "reason"])


RECORD: Literal["changes"] = "changes"
"""The table that keeps the changes: it is not compared with itself."""
WHOLE = "*"
"""Stands for the whole row where a variable would be named."""
KINDS = ("recoded", "filled", "emptied", "recomputed", "added", "withdrawn")


class Change(NamedTuple):
    """One cell that holds another value, or one row that came or went."""

    table: str
    record_id: str
    variable: str
    kind: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Snapshot:
    """What an edition says, published or about to be: tables, and the schema of each as the descriptor has it."""

    version: str
    tables: dict[str, pa.Table]
    schemas: dict[str, dict[str, Any]]
    rules: dict[str, dict[str, Any]]
    """The rules of the computed columns, by table and name, as the descriptor has them."""

    @classmethod
    def of(cls, edition: Edition) -> Snapshot:
        tables = {name: load(name, edition, as_="arrow") for name in edition.tables}  # type: ignore[call-overload]
        schemas = {name: entry["schema"] for name, entry in edition.resources.items()}
        return cls(edition.version, tables, schemas, edition.descriptor["rules"])

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the rows of a table by their key; the parts of a key are joined by a slash."""
        key = self.schemas[table]["primaryKey"]
        return {"/".join(str(row[part]) for part in key): row for row in self.tables[table].to_pylist()}

    def coded(self) -> list[str]:
        """Return the tables that somebody codes; of the others each column is computed, or is of the schema."""
        return [
            name
            for name, schema in self.schemas.items()
            if name not in (RECORD, "codes") and not all("derived" in field for field in schema["fields"])
        ]


def difference(old: Snapshot, new: Snapshot, table: str | None = None) -> Iterator[Change]:
    """Yield the changes from one edition to the next, in the order of tables, rows and columns."""
    for name in [table] if table else new.coded():
        if name not in old.tables:
            continue
        before, after = old.rows(name), new.rows(name)
        for record_id in sorted(before.keys() - after.keys()):
            yield Change(name, record_id, WHOLE, "withdrawn", record_id, None)
        fields = {field["name"]: field for field in new.schemas[name]["fields"]}
        shared = [field for field in old.schemas[name]["fields"] if field["name"] in fields]
        for record_id, row in after.items():
            if record_id not in before:
                yield Change(name, record_id, WHOLE, "added", None, record_id)
                continue
            for field in shared:
                was, now = before[record_id][field["name"]], row[field["name"]]
                if was != now:
                    kind = "recomputed" if "derived" in fields[field["name"]] else _kind(was, now)
                    yield Change(name, record_id, field["name"], kind, _text(was), _text(now))


def _kind(was: object, now: object) -> str:
    return "filled" if was is None else "emptied" if now is None else "recoded"


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _recorded(after: str, until: str) -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], str]]:
    """Return the reasons and the successors that the newest edition records for the editions in between."""
    reasons: dict[tuple[str, ...], str] = {}
    successors: dict[tuple[str, ...], str] = {}
    for row in _record(Edition.find()):
        if version_parts(after) < version_parts(row["edition"]) <= version_parts(until):
            cell = (row["table"], row["record_id"], row["variable"])
            so_far = reasons.get(cell, row["reason"])
            reasons[cell] = so_far if row["reason"] in so_far else f"{so_far} {row['reason']}"
            if row["successor_id"]:
                successors[cell[:2]] = row["successor_id"]
    return reasons, successors


def _follow(successors: Mapping[tuple[str, ...], str], table: str, record_id: str) -> str | None:
    """Return the row that takes the place of one withdrawn, or of its successor where that was withdrawn too."""
    seen = [record_id]
    while (following := successors.get((table, seen[-1]))) and following not in seen:
        seen.append(following)
    return seen[-1] if len(seen) > 1 else None


def unknown_record(table: str, record_id: str, known: Iterable[object], edition: Edition) -> UnknownNameError:
    """Return the error for a record that is not there; one that was withdrawn is sent on to its successor."""
    place = f"table {table!r}, edition {edition.version}"
    withdrawn = [row for row in _record(edition) if row["kind"] == "withdrawn" and row["table"] == table]
    successors: dict[tuple[str, ...], str] = {(table, row["record_id"]): row["successor_id"] for row in withdrawn}
    for row in withdrawn:
        if row["record_id"] == record_id:
            return UnknownNameError(
                f"there is no record {record_id!r} in {place}: edition {row['edition']} withdrew it, "
                f"and {_follow(successors, table, record_id)!r} takes its place. {row['reason']}"
            )
    return UnknownNameError.of("record", record_id, known, where=place)


def _record(edition: Edition) -> list[dict[str, Any]]:
    return load(RECORD, edition, as_="arrow").to_pylist() if RECORD in edition.tables else []
