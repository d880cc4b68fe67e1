"""The record of changes, followed over several editions."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from crisisdata._changes import Snapshot, difference
from crisisdata._record import Place, Record, Renames, joined, places, tables_fit


def row(edition: str, table: str, record: str, variable: str, kind: str, **cells: Any) -> dict[str, Any]:
    empty = {"old_value": None, "new_value": None, "successor_table": None, "successor_id": None, "reason": edition}
    return (
        {"edition": edition, "table_name": table, "record_id": record, "variable": variable, "kind": kind}
        | empty
        | cells
    )


RECORD = Record(
    [
        row("1.0", "polls", "*", "*", "table_renamed", new_value="surveys"),
        row("1.0", "polls", "*", "date", "column_renamed", new_value="event_date"),
        row("1.0", "polls", "p1", "*", "withdrawn", successor_id="p2"),
        row("1.0", "acts", "*", "form", "column_renamed", new_value="channel"),
        row("1.0", "acts", "a1", "*", "withdrawn", successor_id="a2; p3", successor_table="acts; surveys"),
        row("1.0", "acts", "a9", "channel", "recoded"),
        row("2.0", "surveys", "*", "event_date", "column_renamed", new_value="day"),
        row("2.0", "acts", "*", "channel", "column_moved", new_value="medium", successor_table="texts"),
        row("2.0", "surveys", "p2", "*", "withdrawn", successor_id="p4"),
        row("10.0", "surveys", "p4", "*", "withdrawn", successor_id="none"),
        row("10.0", "acts", "a2", "*", "withdrawn", successor_id="a1"),
    ]
)


def test_names_are_followed_over_editions() -> None:
    renames = RECORD.renames()
    assert renames.table("polls") == "surveys"
    assert renames.column("polls", "date") == ("surveys", "day")
    assert renames.column("acts", "form") == ("texts", "medium")
    assert renames.column("acts", "summary") == ("acts", "summary")
    assert RECORD.between("0.4", "1.0").renames().column("polls", "date") == ("surveys", "event_date")
    assert RECORD.between("1.0", "2.0").renames().column("surveys", "event_date") == ("surveys", "day")


@pytest.mark.parametrize(
    ("table", "record_id", "found"),
    [
        ("polls", "p1", []),  # p2, p4, and nothing
        ("surveys", "p1", []),
        ("surveys", "p4", []),
        ("acts", "a1", [("surveys", "p3")]),  # and a circle, which leads nowhere
        ("acts", "a3", None),
        ("acts", None, None),
        (["acts"], "a1", None),
    ],
)
def test_successors_are_followed_over_editions_and_tables(table: Any, record_id: Any, found: object) -> None:
    assert RECORD.successors(table, record_id) == found


def test_editions_are_in_the_order_of_their_numbers() -> None:
    assert RECORD.between("2.0", "10.0").successors("surveys", "p4") == []
    assert RECORD.between("0.4", "2.0").successors("polls", "p1") == [("surveys", "p4")]


def test_reasons_go_with_the_name_of_the_column() -> None:
    assert RECORD.between("0.4", "1.0").reasons()["acts", "a9", "channel"] == "1.0"
    assert RECORD.reasons()["texts", "a9", "medium"] == "1.0"
    assert RECORD.reasons()["polls", "*", "date"] == "1.0"


def test_reasons_of_several_editions_are_joined() -> None:
    rows = [
        row(edition, "acts", "a1", "form", "recoded", reason=why) for edition, why in (("1.0", "A."), ("2.0", "B."))
    ]
    again = row("3.0", "acts", "a1", "form", "recoded", reason="B.")
    assert Record([*rows, again]).reasons() == {("acts", "a1", "form"): "A. B."}


def test_a_row_withdrawn_is_found_under_the_latest_name_of_its_table() -> None:
    """And not under that of a table which had the name of its table before."""
    assert RECORD.reasons()["surveys", "p1", "*"] == "1.0"
    later = Record([*RECORD.rows, row("2.0", "polls", "q1", "*", "withdrawn", successor_id="none")])
    assert later.reasons()["polls", "q1", "*"] == "2.0"


def test_a_column_renamed_after_its_table_is_found_from_the_first_name_of_the_table() -> None:
    later = row("2.0", "surveys", "*", "mode", "column_renamed", new_value="poll_mode")
    assert Record([*RECORD.rows, later]).renames().column("polls", "mode") == ("surveys", "poll_mode")


@pytest.mark.parametrize(
    ("successors", "found"),
    [
        ({"a": "b; c", "c": "d"}, ["b", "d"]),  # one that is there does not end the search
        ({"a": "b", "b": "c", "c": "b"}, []),  # a circle in which the first is not
        ({"a": "b; c", "b": "d", "c": "d"}, ["d"]),
    ],
)
def test_several_successors_are_each_followed(successors: dict[str, str], found: list[str]) -> None:
    record = Record([row("1.0", "acts", old, "*", "withdrawn", successor_id=new) for old, new in successors.items()])
    assert record.successors("acts", "a") == [("acts", name) for name in found]


def test_lines_name_one_table_or_one_for_each() -> None:
    line = {"table_name": "acts", "successor_id": "a; b", "successor_table": "x; y"}
    assert list(places(line)) == [("x", "a"), ("y", "b")]
    assert list(places(line | {"successor_table": "x"})) == [("x", "a"), ("x", "b")]
    assert list(places(line | {"successor_table": None})) == [("acts", "a"), ("acts", "b")]
    assert list(places(line | {"successor_id": "none"})) == []
    assert not tables_fit(line | {"successor_id": "a; b; c"})
    assert all(tables_fit(line | {"successor_table": tables}) for tables in (None, "x", "x; y"))
    assert joined(places(line), "x") == "a; y: b"


def snapshot(**columns: list[str]) -> Snapshot:
    schema = {"fields": [{"name": name, "type": "string"} for name in columns], "primaryKey": ["id"], "foreignKeys": []}
    return Snapshot("1.0", {"acts": pa.table(columns)}, {"acts": schema}, {}, "2020-01-01")


def test_a_name_that_another_column_takes_over_is_not_compared_with_it() -> None:
    old, new = snapshot(id=["1"], a=["x"], b=["y"]), snapshot(id=["1"], b=["x"])
    renames = Renames(columns={Place("acts", "a"): Place("acts", "b")})
    found = [(change.variable, change.kind, change.new_value) for change in difference(old, new, renames)]
    assert found == [("a", "column_renamed", "b"), ("b", "column_removed", None)]


def test_columns_may_exchange_their_names() -> None:
    old, new = snapshot(id=["1"], a=["x"], b=["y"]), snapshot(id=["1"], a=["y"], b=["x"])
    renames = Renames(columns={Place("acts", "a"): Place("acts", "b"), Place("acts", "b"): Place("acts", "a")})
    assert {change.kind for change in difference(old, new, renames)} == {"column_renamed"}
    assert {change.kind for change in difference(old, new)} == {"recoded"}
