"""What changed between two editions, cell by cell."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from crisisdata._editions import Edition, version_parts
from crisisdata._load import load
from crisisdata._record import RECORD, WHOLE, Place, Record, Renames, joined
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from crisisdata._names import TableName


def changes(
    old: str | os.PathLike[str] | Edition,
    new: str | os.PathLike[str] | Edition | None = None,
    table: TableName | None = None,
) -> pd.DataFrame:
    """Return the differences between two editions, cell by cell, with the reason for each recode.

    Parameters
    ----------
    old, new
        Editions, as in `load`; `new` defaults to the newest.
    table
        Name of a table. None gives all coded tables; tables that are computed as a whole (`timeline`,
        `country_month`, `definitions`, `missing_values`, `codes`) follow from the others and are included only
        if named.

    Returns
    -------
    pandas.DataFrame
        One row per table or column added, removed, renamed or computed by a new rule, per changed cell,
        and per row added or withdrawn: `table_name`, `record_id` (the key; its parts joined by a slash; ``"*"`` for
        a whole table or column), `variable` (``"*"`` for a whole row or table), `kind`, `old_value` and `new_value`
        as text, and `reason`, from the table `changes` of the newest edition; a custom edition has none.

        Kinds of cells: *recoded*, *filled* (previously empty), *emptied*, *recomputed* (a computed
        value). Of rows: *added*, *withdrawn* (`new_value` names what replaces it: IDs, with their table if it is a
        different one). Of tables and columns, under their names in the older edition: *table_renamed*, *table_removed*,
        *table_added*, *column_renamed*, *column_moved*, *column_removed*, *column_added*. *rule_changed*: a column is
        computed by a different rule; the values are the texts of the rules. Renamed columns are compared with each
        other.

    Raises
    ------
    UnknownNameError
        If the edition or table does not exist.
    ArgumentError
        If both are published and `new` is older than `old`.

    Examples
    --------
    >>> import crisisdata as cd
    >>> found = cd.changes("0.1", "0.2", "episodes")
    >>> found.set_index(["record_id", "variable"]).loc[("mli-2012-03", "first_act_date"), "kind"]
    'recoded'
    """
    import pandas as pd

    before, after = Edition.find(old), Edition.find(new)
    # The record explains what published editions changed, and not how an edition of one's own differs. The number of
    # such an edition is that of its schema, so that it is neither older nor newer than another.
    published = all(each.registered for each in (before, after))
    if published and version_parts(after.version) < version_parts(before.version):
        raise ArgumentError(
            f"changes({before.version!r}, {after.version!r}) is in reverse order; name the older edition first."
        )
    if table is not None:
        after.resource(table)
    record = Record.of(Edition.find()).between(before.version, after.version)
    renames, reasons = record.renames(), record.reasons() if published else {}
    rows = []
    for change in difference(Snapshot.of(before), Snapshot.of(after), renames, [table] if table else None):
        reason = reasons.get(change[:3])
        if change.kind == "withdrawn" and published:
            table_now = record.latest_table(change.table_name)
            found = record.successors(change.table_name, change.record_id)
            change = change._replace(new_value=joined(found or (), table_now))
            reason = reasons.get((table_now, change.record_id, WHOLE))
        rows.append([*change, reason])
    return pd.DataFrame(rows, columns=[*Change._fields, "reason"])


KINDS = (
    "recoded", "filled", "emptied", "recomputed", "added", "withdrawn", "rule_changed",
    "table_renamed", "table_removed", "table_added",
    "column_renamed", "column_moved", "column_removed", "column_added",
)  # fmt: skip


class Change(NamedTuple):
    """One cell with a different value, or one row, column or table that was added, removed or renamed."""

    table_name: str
    record_id: str
    variable: str
    kind: str
    old_value: str | None
    new_value: str | None


@dataclass(frozen=True)
class Snapshot:
    """The content of an edition, published or about to be: tables, and the schema of each from the descriptor."""

    version: str
    tables: dict[str, pa.Table]
    schemas: dict[str, dict[str, Any]]
    rules: dict[str, dict[str, Any]]
    """The rules of the computed columns, by table and name, from the descriptor."""
    as_of: str
    """The last day covered by the coding."""
    _rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, edition: Edition) -> Snapshot:
        tables = {name: load(name, edition, as_="arrow") for name in edition.tables}  # type: ignore[call-overload]
        schemas = {name: entry["schema"] for name, entry in edition.resources.items()}
        return cls(edition.version, tables, schemas, edition.descriptor["rules"], edition.descriptor["asOf"])

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the rows of a table by their key; the parts of a key are joined by a slash."""
        if table not in self._rows:
            key = self.schemas[table]["primaryKey"]
            self._rows[table] = {"/".join(str(row[p]) for p in key): row for row in self.tables[table].to_pylist()}
        return self._rows[table]

    def fields(self, table: str) -> dict[str, dict[str, Any]]:
        """Return the descriptions of the columns of a table, by name."""
        return {field["name"]: field for field in self.schemas[table]["fields"]}

    def rule(self, table: str, column: str, renames: Renames | None = None) -> str | None:
        """Return the text of the rule that computes a column, and what it uses; None if it is coded."""
        name = self.fields(table)[column].get("derived")
        rule = self.rules.get(f"{table}.{name}") if name else None
        uses = [renames.table(each) if renames else each for each in rule["uses"]] if rule else []
        # Other line breaks make no other rule.
        return f"{' '.join(rule['text'].split())} Uses: {', '.join(uses)}." if rule else name

    def coded(self) -> list[str]:
        """Return the coded tables; the columns of all others are computed or come from the schema."""
        return [
            name
            for name, schema in self.schemas.items()
            if name not in (RECORD, "codes") and not all("derived" in field for field in schema["fields"])
        ]


def difference(
    old: Snapshot, new: Snapshot, renames: Renames | None = None, tables: Iterable[str] | None = None
) -> Iterator[Change]:
    """Yield the changes from one edition to the next: of tables and columns first, then of rows and cells.

    Parameters
    ----------
    renames
        Names of tables and columns of the older edition in the newer one.
    tables
        Tables of the newer edition to compare. None compares the coded tables, and lists the withdrawn rows of coded
        tables that no longer exist.
    """
    renames = renames or Renames()
    chosen = new.coded() if tables is None else list(tables)
    yield from _of_schemas(old, new, renames, None if tables is None else chosen)
    if tables is None:
        for name in old.coded():
            if renames.table(name) not in new.schemas:
                yield from (Change(name, key, WHOLE, "withdrawn", key, None) for key in sorted(old.rows(name)))
    for name in chosen:
        former = renames.former_tables().get(name, name)
        if former in old.schemas:
            yield from _of_rows(former, name, old, new, renames)


def _of_schemas(old: Snapshot, new: Snapshot, renames: Renames, chosen: list[str] | None) -> Iterator[Change]:
    for name in old.schemas:
        now = renames.table(name)
        if chosen is not None and now not in chosen:
            continue
        if now not in new.schemas:
            yield Change(name, WHOLE, WHOLE, "table_removed", name, None)
            continue
        if now != name:
            yield Change(name, WHOLE, WHOLE, "table_renamed", name, now)
        yield from _of_columns(name, now, old, new, renames)
    before = {renames.table(name) for name in old.schemas}
    for name in new.schemas if chosen is None else chosen:
        if name not in before:
            yield Change(name, WHOLE, WHOLE, "table_added", None, name)


def _of_columns(former: str, table: str, old: Snapshot, new: Snapshot, renames: Renames) -> Iterator[Change]:
    before = {place.name for place in renames.columns.values() if place.table == table}
    for name in old.fields(former):
        place = _now(former, name, new, renames)
        if place is None:
            yield Change(former, WHOLE, name, "column_removed", name, None)
        elif place.table != table:
            yield Change(former, WHOLE, name, "column_moved", name, place.name)
        else:
            before.add(place.name)
            if place.name != name:
                yield Change(former, WHOLE, name, "column_renamed", name, place.name)
            was, now = old.rule(former, name, renames), new.rule(table, place.name)
            if was != now:
                yield Change(table, WHOLE, place.name, "rule_changed", was, now)
    for name in new.fields(table):
        if name not in before:
            yield Change(table, WHOLE, name, "column_added", None, name)


def _now(table: str, column: str, new: Snapshot, renames: Renames) -> Place | None:
    """Return where a column of the older edition is in the newer one; None if it no longer exists."""
    place = renames.column(table, column)
    if Place(table, column) not in renames.columns and place in renames.columns.values():
        return None  # another column took its name
    return place if place.table in new.schemas and place.name in new.fields(place.table) else None


def _of_rows(former: str, table: str, old: Snapshot, new: Snapshot, renames: Renames) -> Iterator[Change]:
    before, after = old.rows(former), new.rows(table)
    for record_id in sorted(before.keys() - after.keys()):
        yield Change(former, record_id, WHOLE, "withdrawn", record_id, None)
    fields = new.fields(table)
    places = {name: _now(former, name, new, renames) for name in old.fields(former)}
    shared = [(name, place.name) for name, place in places.items() if place and place.table == table]
    for record_id, row in after.items():
        if record_id not in before:
            yield Change(table, record_id, WHOLE, "added", None, record_id)
            continue
        for earlier, name in shared:
            was, now = before[record_id][earlier], row[name]
            if was != now:
                kind = "recomputed" if "derived" in fields[name] else _kind(was, now)
                yield Change(table, record_id, name, kind, _text(was), _text(now))


def _kind(was: object, now: object) -> str:
    return "filled" if was is None else "emptied" if now is None else "recoded"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
