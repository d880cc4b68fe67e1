"""What changed between editions, and scripts that hold on to one."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest

import crisisdata as cd
from crisisdata._changes import Change, Snapshot, difference
from crisisdata._record import Renames
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
            frame.index = frame[key].fillna("None").agg("/".join, axis=1)
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
