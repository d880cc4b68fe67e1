"""What changed between editions, and scripts that hold on to one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import crisisdata as cd
from crisisdata._changes import KINDS, Change, Snapshot, difference
from crisisdata._load import joined
from crisisdata._record import Place, Renames
from crisisdata.coding.recodes import recorded_changes
from crisisdata.errors import ArgumentError, DamagedEditionError, UnknownNameError


@pytest.mark.parametrize(("old", "new"), list(pairwise(cd.versions())))
def test_changes_turn_the_older_edition_into_the_newer(old: str, new: str) -> None:
    """The cells named, and no others, differ in the rows that both have; renamed columns are compared with themselves."""
    found = cd.changes(old, new)
    assert not found.duplicated(["table_name", "record_id", "variable", "kind"]).any()
    gone = found[found["kind"].isin(["column_renamed", "column_moved", "column_removed"])]
    for table, changed in found[found["record_id"] != "*"].groupby("table_name"):
        key = cd.Edition.find(new).resource(str(table))["schema"]["primaryKey"]
        before, after = (cd.load(str(table), version).astype("string") for version in (old, new))  # type: ignore[call-overload]
        of_table = gone[gone["table_name"] == table].set_index("variable")
        renamed = of_table.loc[of_table["kind"] == "column_renamed", "new_value"].to_dict()
        before = before.drop(columns=[name for name in of_table.index if name not in renamed]).rename(columns=renamed)
        for frame in (before, after):
            frame.index = joined(frame[key].fillna("None"), "/").array  # type: ignore[assignment]
        both = before.index.intersection(after.index)
        columns = [name for name in before if name in after]
        left, right = before.loc[both, columns].fillna("∅"), after.loc[both, columns].fillna("∅")
        differ = {(i, c) for c in columns for i in both[(left[c] != right[c]).to_numpy()]}
        cells = changed[changed["variable"] != "*"]
        assert set(zip(cells["record_id"], cells["variable"], strict=True)) == differ
        whole = changed[changed["variable"] == "*"]
        assert set(whole["record_id"]) == set(before.index.symmetric_difference(after.index))


@pytest.mark.parametrize(("old", "new"), list(pairwise(cd.versions())))
def test_every_recode_has_a_reason(old: str, new: str) -> None:
    found = cd.changes(old, new)
    unexplained = found[~found["kind"].isin(["added", "table_added", "column_added"]) & found["reason"].isna()]
    # The record says why a rule changed from edition 1.0 on.
    assert unexplained[(unexplained["kind"] != "rule_changed") | (new[0] != "0")].empty


def test_reasons_of_several_editions_are_joined() -> None:
    first, last = cd.versions()[0], cd.versions()[-1]
    found = cd.changes(first, last, "episodes").set_index(["record_id", "variable"])
    assert "the press of the day gives the day" in found.loc[("mli-2012-03", "first_act_date"), "reason"]


def test_a_withdrawn_row_names_its_successor() -> None:
    found = cd.changes("0.1", "0.2", "responses").query("kind == 'withdrawn'")
    assert found[["old_value", "new_value"]].to_numpy().tolist() == [
        ["mli-2021-05/partners-accept-2020-precedent", "mli-2020-08/partners-quick-signals"]
    ]


def test_an_edition_does_not_differ_from_itself() -> None:
    assert cd.changes("0.2", "0.2").empty


def test_wrong_questions() -> None:
    with pytest.raises(ArgumentError, match="is in reverse order"):
        cd.changes("0.2", "0.1")
    with pytest.raises(UnknownNameError, match="no table 'sanction'"):
        cd.changes("0.1", "0.2", "sanction")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match=r"no edition '0\.99'"):
        cd.changes("0.1", "0.99")


def test_require_accepts_the_hash_that_stamp_prints_and_no_other() -> None:
    [content_hash] = [line.split(": ")[1] for line in cd.stamp("0.1").splitlines() if line.startswith("content hash")]
    assert cd.require("0.1", content_hash).version == "0.1"
    with pytest.raises(DamagedEditionError, match=f"{content_hash} is required"):
        cd.require("0.2", content_hash)
    with pytest.raises(UnknownNameError, match=r"no edition '9\.9'.*Available: 0\.1"):
        cd.require("9.9")


def test_the_stamp_says_who_coded() -> None:
    assert "language models" in cd.stamp()
    assert f"edition {cd.versions()[-1]}" in cd.stamp()


def test_an_edition_of_ones_own_gives_no_reasons_of_others(tmp_path: Path) -> None:
    own = Path(shutil.copytree(cd.Edition.find("0.2").folder, tmp_path / "own"))
    found = cd.changes("0.1", own, "responses")
    assert found["kind"].tolist() == cd.changes("0.1", "0.2", "responses")["kind"].tolist()
    assert found["reason"].isna().all()
    assert found.loc[found["kind"] == "withdrawn", "new_value"].isna().all()


def snapshot(table: str, version: str, *, uses: str, text: str = "Number\n of rows.") -> Snapshot:
    """Return two tables that say the same in every edition: rows, and a count that a rule computes."""
    fields = [{"name": "key", "type": "string"}, {"name": "number", "type": "integer", "derived": "counted"}]
    schemas = {name: {"fields": fields, "primaryKey": ["key"]} for name in (table, "others")}
    cells = pa.table({"key": ["a"], "number": [1]})
    rules = {f"{table}.counted": {"uses": [uses], "text": text}}
    return Snapshot(version, dict.fromkeys(schemas, cells), schemas, rules, "2020-12-31")


def test_a_table_that_has_another_name_makes_no_other_rule_of_those_that_use_it() -> None:
    old, new = snapshot("rows", "1.0", uses="rows"), snapshot("lines", "1.1", uses="lines", text="Number of\nrows.")
    assert list(difference(old, new, Renames(tables={"rows": "lines"}))) == [
        Change("rows", "*", "*", "table_renamed", "rows", "lines")
    ]


def test_a_rule_that_changed_is_shown_as_one_line_with_what_it_uses() -> None:
    old, new = snapshot("rows", "1.0", uses="rows"), snapshot("rows", "1.1", uses="rows", text="Number\n of all rows.")
    assert list(difference(old, new)) == [
        Change("rows", "*", "number", "rule_changed", "Number of rows. Uses: rows.", "Number of all rows. Uses: rows.")
    ]
    assert list(difference(old, new, None, ["others"])) == []


def edition_of(
    tables: dict[str, list[dict[str, Any]]], computed: dict[str, str], key: dict[str, list[str]]
) -> Snapshot:
    """Return an edition of some rows; `computed` names the rule of each computed column."""
    schemas = {
        name: {
            "fields": [
                {"name": column, **({"derived": computed[column]} if column in computed else {})} for column in rows[0]
            ],
            "primaryKey": key.get(name, ["key"]),
        }
        for name, rows in tables.items()
    }
    rules = {"deeds.length": {"uses": ["deeds", "notes"], "text": "Days."}}
    rules["acts.length"] = {"uses": ["acts", "notes"], "text": "Days."}
    cells = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
    return Snapshot("1.0", cells, schemas, rules, "2020-12-31")


OLD = edition_of(
    {
        "acts": [
            {"key": "b", "size": 1, "of": "x", "who": "p", "whom": "q", "note": "n", "gone": "g", "days": 3, "rank": 1},
            {"key": "a", "size": None, "of": "x", "who": "p", "whom": "q", "note": "n", "gone": "g", "days": 3, "rank": 1},
            {"key": "z", "size": 5, "of": "x", "who": "p", "whom": "q", "note": "n", "gone": "g", "days": 3, "rank": 1},
            {"key": "y", "size": 5, "of": "x", "who": "p", "whom": "q", "note": "n", "gone": "g", "days": 3, "rank": 1},
        ],
        "lost": [{"key": "two", "text": "t"}, {"key": "one", "text": "t"}],
        "sums": [{"days": 1, "rank": 2}],
        "notes": [{"key": "a", "number": 1}],
        "codes": [{"key": "old"}],
    },
    {"days": "length", "rank": "by_size"},
    {"sums": ["days"], "notes": ["key", "number"]},
)  # fmt: skip
NEW = edition_of(
    {
        "deeds": [
            {"key": "b", "size": 2, "place": "x", "whom": "p", "days": 4, "rank": 1, "fresh": "f"},
            {"key": "c", "size": 2, "place": "x", "whom": "p", "days": 4, "rank": 1, "fresh": "f"},
            {"key": "a", "size": 7, "place": None, "whom": "r", "days": 3, "rank": 1, "fresh": "f"},
        ],
        "gained": [{"key": "new"}],
        "notes": [{"key": "a", "number": 2, "text": "n"}, {"key": "a", "number": 1, "text": "n"}],
        "codes": [{"key": "new"}],
        "totals": [{"days": 1, "rank": 2}],
    },
    {"days": "length", "rank": "by_rank"},
    {"totals": ["days"], "notes": ["key", "number"]},
)
RENAMES = Renames(
    {"acts": "deeds"},
    {
        Place("acts", "of"): Place("deeds", "place"),
        Place("acts", "who"): Place("deeds", "whom"),
        Place("acts", "note"): Place("notes", "text"),
    },
)
OF_DEEDS = [
    Change("acts", "*", "*", "table_renamed", "acts", "deeds"),
    Change("acts", "*", "of", "column_renamed", "of", "place"),
    Change("acts", "*", "who", "column_renamed", "who", "whom"),
    Change("acts", "*", "whom", "column_removed", "whom", None),
    Change("acts", "*", "note", "column_moved", "note", "text"),
    Change("acts", "*", "gone", "column_removed", "gone", None),
    Change("deeds", "*", "rank", "rule_changed", "by_size", "by_rank"),
    Change("deeds", "*", "fresh", "column_added", None, "fresh"),
]
ROWS_OF_DEEDS = [
    Change("acts", "y", "*", "withdrawn", "y", None),
    Change("acts", "z", "*", "withdrawn", "z", None),
    Change("deeds", "b", "size", "recoded", "1", "2"),
    Change("deeds", "b", "days", "recomputed", "3", "4"),
    Change("deeds", "c", "*", "added", None, "c"),
    Change("deeds", "a", "size", "filled", None, "7"),
    Change("deeds", "a", "place", "emptied", "x", None),
    Change("deeds", "a", "whom", "recoded", "p", "r"),
]


def test_every_kind_of_change_is_found_and_nothing_else() -> None:
    found = list(difference(OLD, NEW, RENAMES))
    assert found == [
        *OF_DEEDS,
        Change("lost", "*", "*", "table_removed", "lost", None),
        Change("sums", "*", "*", "table_removed", "sums", None),
        Change("gained", "*", "*", "table_added", None, "gained"),
        Change("totals", "*", "*", "table_added", None, "totals"),
        Change("lost", "one", "*", "withdrawn", "one", None),
        Change("lost", "two", "*", "withdrawn", "two", None),
        *ROWS_OF_DEEDS,
        Change("notes", "a/2", "*", "added", None, "a/2"),
    ]
    assert {change.kind for change in found} == set(KINDS)


def test_the_changes_of_one_table_are_those_of_that_table() -> None:
    assert list(difference(OLD, NEW, RENAMES, ["deeds"])) == [*OF_DEEDS, *ROWS_OF_DEEDS]
    assert list(difference(OLD, NEW, RENAMES, ["gained"])) == [
        Change("gained", "*", "*", "table_added", None, "gained")
    ]


@pytest.mark.parametrize("own_is_new", [False, True])
def test_reasons_are_those_of_published_editions_alone(own_is_new: bool, tmp_path: Path) -> None:
    own = Path(shutil.copytree(cd.Edition.find("0.2" if own_is_new else "0.1").folder, tmp_path / "own"))
    found = cd.changes("0.1", own, "episodes") if own_is_new else cd.changes(own, "0.2", "episodes")
    published = cd.changes("0.1", "0.2", "episodes")
    assert published["reason"].notna().any()
    assert found["reason"].isna().all()
    assert list(found["record_id"]) == list(published["record_id"])


# What must be said of it


def line(table: str, record_id: str, variable: str, *successor: str | None) -> dict[str, Any]:
    target, name = successor or (None, None)
    said = {"edition": "1.1", "table_name": table, "record_id": record_id, "variable": variable}
    return {**said, "successor_table": target, "successor_id": name, "reason": f"Of {table} {record_id} {variable}."}


LINES = [
    line("acts", "*", "*", "deeds", None),
    line("acts", "*", "of", None, "place"),
    line("acts", "*", "who", None, "whom"),
    line("acts", "*", "whom", None, "none"),
    line("acts", "*", "note", "notes", "text"),
    line("acts", "*", "gone", None, "none"),
    line("acts", "y", "*", None, "b; c"),
    line("acts", "z", "*", None, "none"),
    line("lost", "*", "*", None, "none"),
    line("lost", "one", "*", "deeds", "b"),
    line("lost", "two", "*", None, "none"),
    line("sums", "*", "*", None, "none"),
    line("deeds", "*", "rank"),
    line("deeds", "*", "size"),
    line("deeds", "a", "size"),
    line("deeds", "*", "*"),
]
EXPLAINED_BY = {
    ("deeds", "a", "place"): "Of deeds * *.",
    ("deeds", "a", "whom"): "Of deeds * *.",
    ("deeds", "b", "size"): "Of deeds * size.",
    ("deeds", "b", "days"): "Computed by the rule length, from values that changed.",
}
NEXT = replace(NEW, version="1.1")


def said_of(lines: list[dict[str, Any]], old: Snapshot = OLD, new: Snapshot = NEXT) -> list[str]:
    """Return the faults of publishing an edition after another with these lines."""
    return recorded_changes([old, new], lines)[1]


def test_what_changed_is_recorded_with_its_reason_and_successors() -> None:
    rows, faults = recorded_changes([OLD, NEXT], [*LINES, {**line("deeds", "b", "size"), "edition": "1.2"}])
    assert faults == []
    of = {(each["table_name"], each["record_id"], each["variable"]): each for each in LINES}
    expected = []
    for change in difference(OLD, NEXT, RENAMES):
        if change.kind not in ("added", "table_added", "column_added"):
            own = of.get(change[:3], {})
            reason = EXPLAINED_BY.get(change[:3]) or own["reason"]
            table = own.get("successor_table") if change.kind in ("withdrawn", "column_moved") else None
            name = own.get("successor_id") if change.kind == "withdrawn" else None
            said = {"edition": "1.1", "reason": reason, "successor_table": table, "successor_id": name}
            expected.append({**change._asdict(), **said})
    assert rows == expected


@pytest.mark.parametrize(
    ("number", "says"),
    {
        3: ["acts, *, whom: the column was removed without a reason"],
        5: ["acts, *, gone: the column was removed without a reason"],
        8: ["lost, *, *: the table was removed without a reason"],
        12: ["deeds, *, rank: the rule that computes it changed without a reason"],
    }.items(),
)
def test_what_changed_without_a_reason_is_a_fault(number: int, says: list[str]) -> None:
    rest = [each for place, each in enumerate(LINES) if place != number]
    assert said_of(rest) == [f"recodes.csv: {text}; add a line for edition 1.1" for text in says]


def test_a_withdrawn_row_has_a_line_of_its_own() -> None:
    wide = (
        "recodes.csv: acts, y, *: IDs are permanent; name the record that replaces it in successor_id, or write 'none'"
    )
    assert said_of([*LINES[:6], *LINES[7:]]) == [wide]
    narrow = [each for place, each in enumerate(LINES) if place not in (8, 10)]
    assert "recodes.csv: lost, two, *: is withdrawn without a reason; add a line for edition 1.1" in said_of(narrow)


def test_a_cell_without_a_reason_is_shown_with_both_values() -> None:
    assert said_of(LINES[:13]) == [
        f"recodes.csv: deeds, {cell} without a reason; add a line for edition 1.1"
        for cell in ["b, size: '1' → '2'", "a, size: None → '7'", "a, place: 'x' → None", "a, whom: 'p' → 'r'"]
    ]


@pytest.mark.parametrize(
    ("number", "instead", "says"),
    [
        (5, line("acts", "*", "gone"), "acts, *, gone: it was removed; write its new name in successor_id, or 'none' in successor_id if nothing replaces it"),
        (8, line("lost", "*", "*"), "lost, *, *: it was removed; write its new name in successor_table, or 'none' in successor_id if nothing replaces it"),
        (6, line("acts", "y", "*"), "acts, y, *: IDs are permanent; name the record that replaces it in successor_id, or write 'none'"),
        (6, line("acts", "y", "*", "deeds; notes; deeds", "b; c"), "acts, y, *: successor_table must name one table for all of successor_id, or one for each"),
        (6, line("acts", "y", "*", None, "b; q"), "acts, y, *: there is no 'q' in deeds to replace it"),
        (9, line("lost", "one", "*", "lost", "b"), "lost, one, *: there is no table 'lost' in edition 1.1"),
        (13, line("deeds", "c", "size"), "deeds, c, size: edition 1.1 does not change this cell; delete the line, or correct its key"),
    ],
)  # fmt: skip
def test_a_line_that_does_not_fit_is_a_fault(number: int, instead: dict[str, Any], says: str) -> None:
    assert said_of([*LINES[:number], instead, *LINES[number + 1 :]]) == [f"recodes.csv: {says}"]


def test_new_names_that_are_not_there_are_faults() -> None:
    found = said_of(
        [*LINES[:1], line("acts", "*", "of", None, "plaice"), *LINES[2:], line("sums", "*", "*", "tottals", None)]
    )
    assert "recodes.csv: acts, *, of: there is no column deeds.plaice in edition 1.1" in found
    assert "recodes.csv: sums, *, *: there is no table 'tottals' in edition 1.1" in found
    moved = said_of([*LINES[:4], line("acts", "*", "note", "nots", "text"), *LINES[5:]])
    assert "recodes.csv: acts, *, note: there is no column nots.text in edition 1.1" in moved


def counted(
    version: str, number: int, *, text: str = "Number of rows.", size: int = 1, as_of: str = "2020-12-31"
) -> Snapshot:
    """Return an edition in which a rule counts something, beside what a coder wrote."""
    fields = [
        {"name": "key"},
        {"name": "size"},
        {"name": "number", "derived": "counted"},
        {"name": "twice", "derived": "doubled"},
    ]
    cells = pa.table({"key": ["a"], "size": [size], "number": [number], "twice": [2 * number]})
    rules = {
        "rows.counted": {"uses": ["rows", "others"], "text": text},
        "rows.doubled": {"uses": ["rows"], "text": "Twice."},
    }
    return Snapshot(version, {"rows": cells}, {"rows": {"fields": fields, "primaryKey": ["key"]}}, rules, as_of)


def test_a_rule_that_computes_something_else_must_say_so() -> None:
    old = counted("1.0", 1)
    silently = "computes different values, although neither its text nor what it uses"
    assert said_of([], old, counted("1.1", 2)) == [
        f"rows.number: the rule counted {silently} (others, rows) changed; describe in its docstring what it now does",
        f"rows.twice: the rule doubled {silently} (rows) changed; describe in its docstring what it now does",
    ]
    assert said_of([], old, counted("1.1", 2, as_of="2021-12-31")) == []
    assert said_of([line("rows", "a", "size")], old, counted("1.1", 2, size=3)) == []
    assert said_of([line("rows", "*", "counted")], old, counted("1.1", 2, text="More.")) == []
    rows, _ = recorded_changes([old, counted("1.1", 2, text="More.")], [line("rows", "*", "number")])
    assert [(row["variable"], row["reason"]) for row in rows] == [
        ("number", "Of rows * number."),
        ("number", "Computed by the rule counted, which changed."),
        ("twice", "Computed by the rule doubled, from values that changed."),
    ]


def test_what_was_published_with_its_record_is_taken_from_it() -> None:
    second = counted("1.1", 1, size=2)
    kept = {**line("rows", "a", "size"), "kind": "recoded", "old_value": "1", "new_value": "2", "reason": "Then."}
    second = replace(
        second,
        tables={**second.tables, "changes": pa.Table.from_pylist([kept, {**kept, "edition": "1.0"}])},
        schemas={**second.schemas, "changes": {"fields": [], "primaryKey": []}},
    )
    last = replace(
        counted("1.2", 1, size=5), schemas=second.schemas, tables=second.tables | counted("1.2", 1, size=5).tables
    )
    now = {**line("rows", "a", "size"), "edition": "1.2", "reason": "Now."}
    rows, faults = recorded_changes([counted("1.0", 1), second, last], [now])
    assert faults == []
    assert [(row["edition"], row["new_value"], row["reason"]) for row in rows] == [
        ("1.1", "2", "Then."),
        ("1.2", "5", "Now."),
    ]


def totalled(version: str, total: int, size: int = 1) -> Snapshot:
    """Return an edition with a table that is computed as a whole from another."""
    fields = [{"name": "of", "derived": "totals"}, {"name": "total", "derived": "totalled"}]
    whole = {"fields": fields, "primaryKey": ["of"], "foreignKeys": []}
    rules = {"totals.totalled": {"uses": ["rows"], "text": "All."}}
    cells = {"rows": pa.table({"key": ["a"], "size": [size]}), "totals": pa.table({"of": ["a"], "total": [total]})}
    rows = {"fields": [{"name": "key"}, {"name": "size"}], "primaryKey": ["key"]}
    return Snapshot(version, cells, {"rows": rows, "totals": whole}, rules, "2020-12-31")


def test_a_table_computed_as_a_whole_follows_from_what_it_uses() -> None:
    assert said_of([], totalled("1.0", 1), totalled("1.1", 2)) == [
        "totals.total: the rule totalled computes different values, although neither its text nor what it uses "
        "(rows, totals) changed; describe in its docstring what it now does"
    ]
    assert said_of([line("rows", "a", "size")], totalled("1.0", 1), totalled("1.1", 2, size=2)) == []


def test_an_empty_successor_is_none() -> None:
    changed = {**line("rows", "*", "number"), "successor_id": ""}
    assert said_of([changed], counted("1.0", 1), counted("1.1", 1, text="More.")) == []
