"""Which difference may be published as which edition, and what must be said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from conftest import FILES, write_cases

import crisisdata as cd
from crisisdata._changes import Snapshot
from crisisdata._editions import REGISTER, Edition, sha256
from crisisdata._record import Record, unknown_record
from crisisdata.coding.checks.registry import CHECKS
from crisisdata.coding.derive import measures, summaries
from crisisdata.coding.derive.lookup import RULES, Lookup
from crisisdata.coding.publish import write
from crisisdata.coding.releases import Plan, publish_next, rehearse
from crisisdata.coding.rows import Row
from crisisdata.coding.schema import Code, CodeList, Schema
from crisisdata.coding.validate import read_coding
from crisisdata.errors import DamagedEditionError, EditionExistsError, UnknownNameError, UnpublishableError

TODAY = date.today()
CASE = "episodes/aaa-2020-01.yaml"
HEADER = "edition,table_name,record_id,variable,successor_table,successor_id,reason\n"
RECODED = {CASE: FILES[CASE].replace("deaths_high: 4", "deaths_high: 5")}
MOVED = {CASE: FILES[CASE].replace("id: union-opposes", "id: union-objects")}
ADDED = {"actors.csv": FILES["actors.csv"] + "party,A party,party,AAA,,domestic\n"}


NEW_KINDS = ["table_renamed", "table_removed", "column_renamed", "column_moved", "column_removed", "rule_changed"]


def with_record_of_1_0(schema: Schema) -> Schema:
    """The schema with the table of changes that edition 1.0 has; as it is where it has that already."""
    record, kinds = schema.tables["changes"], schema.codes["change_kind"]
    renamed = {"table": "table_name", "old": "old_value", "new": "new_value"}
    fields = {}
    for name, item in record.fields.items():
        if name == "successor_id" and "successor_table" not in record.fields:
            fields["successor_table"] = replace(item, name="successor_table")
        fields[renamed.get(name, name)] = replace(item, name=renamed.get(name, name))
    key = tuple(renamed.get(name, name) for name in record.primary_key)
    codes = kinds.codes | {kind: Code(kind, kind, kind) for kind in NEW_KINDS}
    return replace(
        schema,
        tables={**schema.tables, "changes": replace(record, fields=fields, primary_key=key)},
        codes={**schema.codes, "change_kind": CodeList("change_kind", codes)},
    )


class Shelf:
    """A folder of editions made from the small case files."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self.schema = with_record_of_1_0(schema)
        self.cases = write_cases(folder / "cases")
        self.editions = folder / "processed"
        self.editions.mkdir()
        (self.editions / REGISTER).write_text("version,sha256\n")
        self.published: list[Edition] = []
        self.publish("1.0")

    def plan(
        self, version: str, files: dict[str, str] | None = None, schema: Schema | None = None, **package: Any
    ) -> Plan:
        write_cases(self.cases, files or {})
        schema = schema or self.schema
        said = {**schema.package, "draft": False, "published": TODAY, "version": version, **package}
        coding = read_coding(self.cases, replace(schema, package=said))
        return Plan.of(coding, self.published)

    def publish(self, version: str, files: dict[str, str] | None = None, schema: Schema | None = None) -> Edition:
        edition = publish_next(self.plan(version, files, schema), self.editions)
        self.published.append(edition)
        return edition

    def refused(self, version: str, files: dict[str, str] | None = None, schema: Schema | None = None) -> list[str]:
        before = sorted(self.editions.rglob("*"))
        with pytest.raises(UnpublishableError, match="nothing was written") as raised:
            publish_next(self.plan(version, files, schema), self.editions)
        assert sorted(self.editions.rglob("*")) == before
        return raised.value.faults


@pytest.fixture
def shelf(tmp_path: Path, schema: Schema) -> Shelf:
    return Shelf(tmp_path, schema)


def test_a_recode_is_published_with_its_reason(shelf: Shelf) -> None:
    reason = {"recodes.csv": HEADER + "1.1,episodes,aaa-2020-01,deaths_high,,,The hospital counted again.\n"}
    edition = shelf.publish("1.1", RECODED | reason)
    [change] = cd.load("changes", edition).query("variable == 'deaths_high'").to_dict("records")
    assert (change["kind"], change["old_value"], change["new_value"]) == ("recoded", "4", "5")
    assert change["reason"] == "The hospital counted again."
    assert (shelf.editions / REGISTER).read_text().count("\n1.1,") == 1


def test_a_recode_without_a_reason_is_refused(shelf: Shelf) -> None:
    [fault] = shelf.refused("1.1", RECODED)
    assert fault == (
        "recodes.csv: episodes, aaa-2020-01, deaths_high: '4' → '5' without a reason; add a line for edition 1.1"
    )


@pytest.mark.parametrize("place", ["aaa-2020-01,*", "*,deaths_high", "*,*"])
def test_a_reason_may_hold_for_many_cells(shelf: Shelf, place: str) -> None:
    shelf.publish("1.1", RECODED | {"recodes.csv": HEADER + f"1.1,episodes,{place},,,Counted again.\n"})


def test_a_reason_for_nothing_is_refused(shelf: Shelf) -> None:
    lines = HEADER + "1.1,episodes,*,*,,,Counted again.\n1.1,support,*,direction,,,It turned.\n"
    [fault] = shelf.refused("1.1", RECODED | {"recodes.csv": lines})
    assert fault.startswith("recodes.csv: support, *, direction: edition 1.1 does not change this cell")


def test_a_computed_value_says_whether_its_rule_changed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = {
        "recodes.csv": HEADER + "1.1,support,*,*,,,It turned.\n1.2,support,*,*,,,It turned again.\n"
        "1.2,episodes,*,organised_support,,,Simpler.\n"
    }
    turned = {CASE: FILES[CASE].replace("direction: against", "direction: reserved")}
    shelf.publish("1.1", turned | solved)
    monkeypatch.setattr(summaries.organised_support, "__doc__", "Another rule.")
    edition = shelf.publish("1.2", {CASE: FILES[CASE]})
    recorded = cd.load("changes", edition).query("variable == 'organised_against'")
    computed = recorded[recorded["kind"] == "recomputed"].set_index("edition")["reason"]
    assert computed["1.1"] == "Computed by the rule organised_support, from values that changed."
    assert computed["1.2"] == "Computed by the rule organised_support, which changed."
    [rule] = recorded[recorded["kind"] == "rule_changed"].to_dict("records")
    assert (rule["edition"], rule["record_id"], rule["reason"]) == ("1.2", "*", "Simpler.")
    assert rule["new_value"] == "Another rule. Uses: support, actors, rule_spells."


def test_a_rule_that_changed_without_a_word_is_found_through_what_follows_from_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arenas follow from episodes, and episodes count arenas: neither explains the other."""
    rule = RULES["support", "arena"]

    @wraps(rule.compute)
    def silently(row: Row, lookup: Lookup) -> Row:
        return {**rule.compute(row, lookup), "arena": "population"}

    monkeypatch.setitem(RULES, ("support", "arena"), replace(rule, compute=silently))
    faults = shelf.refused("1.1")
    [arena] = [fault for fault in faults if fault.startswith("support.arena: the rule arena computes different values")]
    assert arena.endswith(
        "neither its text nor what it uses (actors, episodes, rule_spells, support) changed; describe in "
        "its docstring what it now does"
    )
    assert any(
        fault.startswith("episodes.crowds_against: the rule crowd_support computes different") for fault in faults
    )


def test_earlier_changes_are_kept_by_later_editions(shelf: Shelf) -> None:
    shelf.publish("1.1", RECODED | {"recodes.csv": HEADER + "1.1,episodes,*,*,,,Counted again.\n"})
    edition = shelf.publish("1.2", ADDED)
    recorded = cd.load("changes", edition)
    assert recorded[recorded["kind"] != "recomputed"]["edition"].tolist() == ["1.1"]


def test_an_id_does_not_disappear_without_a_successor(shelf: Shelf) -> None:
    readings = "1.1,evidence,*,*,,,Goes with the row.\n"
    gone = "recodes.csv: support, aaa-2020-01/union-opposes, *: "
    assert gone + "is withdrawn without a reason; add a line for edition 1.1" in shelf.refused(
        "1.1", MOVED | {"recodes.csv": HEADER + readings}
    )
    line = "1.1,support,aaa-2020-01/union-opposes,*,,{},A better name.\n"
    assert shelf.refused("1.1", {"recodes.csv": HEADER + readings + line.format("")}) == [
        gone + "IDs are permanent; name the record that replaces it in successor_id, or write 'none'"
    ]
    assert shelf.refused("1.1", {"recodes.csv": HEADER + readings + line.format("nobody")}) == [
        gone + "there is no 'nobody' in support to replace it"
    ]
    edition = shelf.publish("1.1", {"recodes.csv": HEADER + readings + line.format("aaa-2020-01/union-objects")})
    with pytest.raises(LookupError, match=r"1\.1 withdrew it, and 'aaa-2020-01/union-objects' replaces it"):
        cd.evidence("support", "aaa-2020-01/union-opposes", version=edition)


def without_code(schema: Schema) -> Schema:
    measure = schema.codes["measure"]
    codes = {code: entry for code, entry in measure.codes.items() if code != "arms_embargo"}
    return replace(schema, codes={**schema.codes, "measure": replace(measure, codes=codes)})


def without_column(schema: Schema) -> Schema:
    fields = {name: item for name, item in schema.tables["support"].fields.items() if name != "organiser"}
    return replace(schema, tables={**schema.tables, "support": replace(schema.tables["support"], fields=fields)})


def with_other_type(schema: Schema) -> Schema:
    support = schema.tables["support"]
    fields = {**support.fields, "organiser": replace(support.fields["organiser"], type="integer")}
    return replace(schema, tables={**schema.tables, "support": replace(support, fields=fields)})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_code, "sanctions.measure: code arms_embargo was removed"),
        (without_column, "support.organiser was removed"),
        (with_other_type, "support.organiser: the type was string and is integer"),
    ],
)
def test_what_breaks_a_reader_is_a_major_edition(shelf: Shelf, change: Callable[[Schema], Schema], says: str) -> None:
    schema = change(shelf.schema)
    line = "{},support,*,organiser,,none,Nobody used it.\n" if change is without_column else ""
    reason = {"recodes.csv": HEADER + line.format("1.1")}
    assert shelf.refused("1.1", reason, schema) == [f"{says}; this requires edition 2.0"]
    assert shelf.publish("2.0", {"recodes.csv": HEADER + line.format("2.0")}, schema).version == "2.0"


def test_more_rows_are_a_minor_edition(shelf: Shelf) -> None:
    plan = shelf.plan("1.1", ADDED)
    assert (plan.bump, [change.kind for change in plan.changes]) == ("minor", ["added"])
    assert list(plan.faults()) == []


@pytest.mark.parametrize("version", ["1.2", "0.9", "3.0"])
def test_editions_follow_one_another(shelf: Shelf, version: str) -> None:
    [fault] = shelf.refused(version, ADDED)
    assert fault.startswith(f"edition {version} does not follow 1.0: the next is 1.1, or 2.0")


def test_nothing_new_is_no_edition(shelf: Shelf) -> None:
    [fault] = shelf.refused("1.1")
    assert fault.startswith("nothing differs from edition 1.0, and a patch publishes no edition")


def test_the_register_betrays_an_edition_changed_with_its_checksums(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever rewrites a file and its line in SHA256SUMS still does not have the hash in the register."""
    monkeypatch.setattr("crisisdata._editions.editions_folder", lambda: shelf.editions)
    assert cd.versions() == ["1.0"]
    assert cd.verify("1.0")
    sums = shelf.editions / "1.0" / "SHA256SUMS"
    sums.write_text(sums.read_text() + "0" * 64 + "  other.parquet\n")
    with pytest.raises(DamagedEditionError, match="SHA256SUMS differs from the published file"):
        cd.load(version="1.0")
    (shelf.editions / REGISTER).unlink()
    with pytest.raises(DamagedEditionError, match=r"editions\.csv is missing"):
        cd.load(version="1.0")


def test_publishing_that_was_stopped_half_way_is_finished_or_says_what_is_left(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    reason = {"recodes.csv": HEADER + "1.1,episodes,aaa-2020-01,deaths_high,,,The hospital counted again.\n"}
    with monkeypatch.context() as stopped:
        stopped.setattr("crisisdata.coding.releases._enter", stop)
        with pytest.raises(KeyboardInterrupt):
            shelf.publish("1.1", RECODED | reason)
    other = {CASE: RECODED[CASE].replace("deaths_high: 5", "deaths_high: 6")}
    with pytest.raises(EditionExistsError, match="differs from what would be published.*Delete it and publish again"):
        shelf.publish("1.1", other | reason)
    assert "1.1" not in (shelf.editions / REGISTER).read_text()
    shelf.publish("1.1", RECODED | reason)
    assert (shelf.editions / REGISTER).read_text().count("\n1.1,") == 1


@pytest.mark.parametrize("file", ["datapackage.json", "episodes.parquet", "SHA256SUMS"])
def test_what_lies_there_after_a_stop_is_entered_only_if_it_is_what_would_be_written(
    file: str, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forges files and all of their hashes has not forged what the case files say."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr("crisisdata.coding.releases._enter", stop)
        with pytest.raises(KeyboardInterrupt):
            shelf.publish("1.1", ADDED)
    left = shelf.editions / "1.1"
    before, sums = (left / file).read_bytes(), left / "SHA256SUMS"
    (left / file).write_bytes(before.replace(b"The crisisdata developers", b"Somebody else entirely") + b"\n")
    if file != "SHA256SUMS":
        sums.write_text(sums.read_text().replace(sha256(before), sha256((left / file).read_bytes())))
    with pytest.raises(EditionExistsError, match="differs from what would be published.*Delete it and publish again"):
        shelf.publish("1.1")
    assert "1.1" not in (shelf.editions / REGISTER).read_text()
    shutil.rmtree(left)
    assert cd.verify(shelf.publish("1.1"))


def test_another_edition_cannot_take_the_number_of_one_that_is_gone(shelf: Shelf) -> None:
    edition = shelf.publish("1.1", ADDED)
    register = (shelf.editions / REGISTER).read_text()
    shutil.rmtree(edition.folder)
    shelf.published.pop()
    with pytest.raises(EditionExistsError, match="Restore it from version control"):
        shelf.publish("1.1", {"actors.csv": ADDED["actors.csv"].replace("A party", "Another party")})
    assert (shelf.editions / REGISTER).read_text() == register
    assert not edition.folder.exists()


def test_who_looks_up_a_row_withdrawn_twice_over_is_sent_to_the_one_that_is_there(shelf: Shelf) -> None:
    first = "1.1,support,aaa-2020-01/union-opposes,*,,aaa-2020-01/union-objects,Named anew.\n1.1,evidence,*,*,,,Named anew.\n"
    shelf.publish("1.1", MOVED | {"recodes.csv": HEADER + first})
    again = {CASE: FILES[CASE].replace("id: union-opposes", "id: union-protests")}
    second = first.replace("1.1,", "1.2,").replace("union-objects", "union-protests")
    second = second.replace("union-opposes", "union-objects")
    edition = shelf.publish("1.2", again | {"recodes.csv": HEADER + first + second})
    for withdrawn in ("union-opposes", "union-objects"):
        with pytest.raises(UnknownNameError, match="'aaa-2020-01/union-protests' replaces it"):
            cd.evidence("support", f"aaa-2020-01/{withdrawn}", version=edition)


# Names and rules that change


def changed(schema: Schema, table: str, *, name: str | None = None, **columns: str | None) -> Schema:
    """The schema with a table and columns of it named anew, or taken out where the new name is None."""
    found = schema.tables[table]
    fields = {
        columns.get(each, each): replace(item, name=columns.get(each, each) or "")
        for each, item in found.fields.items()
        if columns.get(each, each) is not None
    }
    ascending = tuple(tuple(columns.get(each) or each for each in names) for names in found.ascending)
    new = replace(found, name=name or table, fields=fields, ascending=ascending)
    tables = {
        new.name if each == table else each: new if each == table else item for each, item in schema.tables.items()
    }
    groups = {
        each: {**group, "tables": [new.name if item == table else item for item in group["tables"]]}
        for each, group in schema.package["groups"].items()
    }
    return replace(schema, tables=tables, package={**schema.package, "groups": groups})


@pytest.fixture
def published(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The same folder, as that of the package."""
    monkeypatch.setattr("crisisdata._editions.editions_folder", lambda: shelf.editions)
    return shelf


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Leave out the checks, which know the columns and tables of the schema, where a test takes some of them away."""
    with patch.dict(CHECKS, clear=True):
        yield


@pytest.mark.usefixtures("unchecked")
def test_a_renamed_column_is_compared_with_itself(published: Shelf) -> None:
    shelf = published
    schema = changed(changed(shelf.schema, "support", summary="gist"), "sanction_targets", listed_date="entered_date")
    text = FILES[CASE].replace("        listed_date: 2020-01-10\n", "        entered_date: 2020-01-11\n")
    files = {CASE: text.replace("    summary: The union objected.\n", "    gist: The union objected.\n")}
    lines = {
        "summary": "2.0,support,*,summary,,gist,One name.\n",
        "listed_date": "2.0,sanction_targets,*,listed_date,,entered_date,One name.\n",
    }
    recode = "2.0,sanction_targets,*,entered_date,,,Read again.\n"
    for missing, table in (("summary", "support"), ("listed_date", "sanction_targets")):
        others = "".join(line for name, line in lines.items() if name != missing)
        faults = shelf.refused("2.0", files | {"recodes.csv": HEADER + others + recode}, schema)
        fault = (
            f"recodes.csv: {table}, *, {missing}: the column was removed without a reason; add a line for edition 2.0"
        )
        assert fault in faults
    both = "".join(lines.values())
    assert "there is no column support.gits" in "".join(
        shelf.refused("2.0", files | {"recodes.csv": HEADER + both.replace("gist", "gits") + recode}, schema)
    )
    shelf.publish("2.0", files | {"recodes.csv": HEADER + both + recode}, schema)
    found = cd.changes("1.0", "2.0").set_index("variable")
    assert found["kind"].to_dict() == {
        "summary": "column_renamed",
        "listed_date": "column_renamed",
        "listed_date_latest": "column_renamed",
        "listed_date_precision": "column_renamed",
        "entered_date": "recoded",
        "entered_date_latest": "recoded",
    }
    assert found.loc["summary", ["old_value", "new_value", "reason"]].tolist() == ["summary", "gist", "One name."]
    assert found.loc["entered_date", ["old_value", "new_value"]].tolist() == ["2020-01-10", "2020-01-11"]
    with pytest.raises(UnknownNameError, match=r"Edition 2\.0 renamed the column 'summary' to 'gist'\. One name\."):
        cd.codebook("support", "summary")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="renamed the column 'summary' to 'gist'"):
        cd.evidence("support", "aaa-2020-01/union-opposes", "summary")


def test_a_column_that_is_gone_has_a_reason_and_a_successor_or_none(shelf: Shelf) -> None:
    schema = without_column(shelf.schema)
    [fault] = shelf.refused("2.0", {"recodes.csv": HEADER + "2.0,support,*,organiser,,,Unused.\n"}, schema)
    assert fault.endswith("write its new name in successor_id, or 'none' in successor_id if nothing replaces it")
    edition = shelf.publish("2.0", {"recodes.csv": HEADER + "2.0,support,*,organiser,,none,Unused.\n"}, schema)
    assert cd.load("changes", edition)[["variable", "kind"]].to_numpy().tolist() == [["organiser", "column_removed"]]
    with pytest.raises(UnknownNameError, match="removed the column 'organiser'"):
        cd.codebook("support", "organiser", edition)


def test_a_column_may_move_to_another_table(shelf: Shelf) -> None:
    support, triggers = shelf.schema.tables["support"], shelf.schema.tables["triggers"]
    fields = {**triggers.fields, "locality": replace(support.fields["organiser"], name="locality")}
    schema = without_column(shelf.schema)
    schema = replace(schema, tables={**schema.tables, "triggers": replace(triggers, fields=fields)})
    line = "2.0,support,*,organiser,triggers,locality,It is where it began.\n"
    edition = shelf.publish("2.0", {"recodes.csv": HEADER + line}, schema)
    [row] = cd.load("changes", edition).to_dict("records")
    assert (row["kind"], row["new_value"], row["successor_table"]) == ("column_moved", "locality", "triggers")
    with pytest.raises(UnknownNameError, match="moved the column 'organiser' to 'locality' in table 'triggers'"):
        cd.codebook("support", "organiser", edition)


def test_a_row_withdrawn_may_have_several_successors_in_another_table_or_none(published: Shelf) -> None:
    shelf = published
    vote = FILES[CASE][FILES[CASE].index("  - id: vote\n") :]
    files = {CASE: FILES[CASE].replace(vote, "")}
    goes = "1.1,evidence,*,*,,,Goes with the row.\n"
    line = "1.1,milestones,aaa-2020-01/vote,*,{},It is no step.\n"
    for successors, fault in (
        (",", "IDs are permanent"),
        ("support,nobody", "there is no 'nobody' in support to replace it"),
        ("suport,aaa-2020-01/union-opposes", "there is no table 'suport'"),
        ("support;responses,aaa-2020-01/union-opposes", "one table for all of successor_id, or one for each"),
    ):
        faults = shelf.refused("1.1", files | {"recodes.csv": HEADER + goes + line.format(successors)})
        assert fault in "".join(faults)
    both = "support; responses,aaa-2020-01/union-opposes; aaa-2020-01/bloc-condemns"
    shelf.publish("1.1", files | {"recodes.csv": HEADER + goes + line.format(both)})
    names = "'aaa-2020-01/union-opposes' in table 'support', 'aaa-2020-01/bloc-condemns' in table 'responses'"
    with pytest.raises(UnknownNameError, match=rf"1\.1 withdrew it, and {names} replace it\. It is no step"):
        cd.evidence("milestones", "aaa-2020-01/vote")
    [change] = cd.changes("1.0", "1.1", "milestones").query("kind == 'withdrawn'").to_dict("records")
    assert change["new_value"] == "support: aaa-2020-01/union-opposes; responses: aaa-2020-01/bloc-condemns"


def test_a_row_withdrawn_may_have_no_successor(shelf: Shelf) -> None:
    vote = FILES[CASE][FILES[CASE].index("  - id: vote\n") :]
    lines = "1.1,evidence,*,*,,,Goes.\n1.1,milestones,aaa-2020-01/vote,*,,none,It never was.\n"
    edition = shelf.publish("1.1", {CASE: FILES[CASE].replace(vote, ""), "recodes.csv": HEADER + lines})
    with pytest.raises(UnknownNameError, match="withdrew it, and nothing replaces it. It never was"):
        cd.evidence("milestones", "aaa-2020-01/vote", version=edition)


@pytest.mark.usefixtures("unchecked")
def test_a_renamed_table_is_compared_with_itself(published: Shelf) -> None:
    shelf = published
    schema = changed(shelf.schema, "publishers", name="printers")
    files = {"publishers.csv": "publisher,spellings,keeps_copies\nThe Paper,Paper,\n"}
    goes = "2.0,publishers,*,*,printers,,Shorter.\n2.0,printers,*,spellings,,,Read again.\n"
    shelf.publish("1.1", files)
    files = {"publishers.csv": files["publishers.csv"].replace(",Paper,", ",A Paper,")}
    assert (
        "recodes.csv: publishers, *, *: the table was removed without a reason; add a line for edition 2.0"
        in "".join(shelf.refused("2.0", files, schema))
    )
    shelf.publish("2.0", files | {"recodes.csv": HEADER + goes}, schema)
    found = cd.changes("1.1", "2.0").set_index(["table_name", "kind"])
    assert ("publishers", "table_renamed") in found.index
    assert not {"withdrawn", "added"} & set(found.index.get_level_values("kind"))
    with pytest.raises(UnknownNameError, match="renamed the table 'publishers' to 'printers'"):
        cd.load("publishers")
    goes += "2.1,printers,The Paper,*,,none,It left.\n"
    shelf.publish(
        "2.1",
        {"publishers.csv": files["publishers.csv"].splitlines()[0] + "\n", "recodes.csv": HEADER + goes},
        schema,
    )
    [withdrawn] = cd.changes("1.1", "2.1").query("kind == 'withdrawn'").to_dict("records")
    assert (withdrawn["table_name"], withdrawn["record_id"], withdrawn["reason"]) == (
        "publishers",
        "The Paper",
        "It left.",
    )


@pytest.mark.usefixtures("unchecked")
def test_the_rows_of_a_table_that_is_gone_have_successors_or_none(shelf: Shelf) -> None:
    tables = {name: table for name, table in shelf.schema.tables.items() if name != "context"}
    groups = {
        name: {**group, "tables": [each for each in group["tables"] if each != "context"]}
        for name, group in shelf.schema.package["groups"].items()
    }
    schema = replace(shelf.schema, tables=tables, package={**shelf.schema.package, "groups": groups})
    shutil.rmtree(shelf.cases / "context")
    goes = "2.0,evidence,*,*,,,Goes with its rows.\n"
    faults = shelf.refused("2.0", {"recodes.csv": HEADER + goes}, schema)
    assert faults[:2] == [
        "recodes.csv: context, *, *: the table was removed without a reason; add a line for edition 2.0",
        "recodes.csv: context, aaa/war, *: is withdrawn without a reason; add a line for edition 2.0",
    ]
    [fault] = shelf.refused("2.0", {"recodes.csv": HEADER + goes + "2.0,context,*,*,,,Unused.\n"}, schema)[:1]
    assert "write its new name in successor_table, or 'none' in successor_id" in fault
    lines = goes + "2.0,context,*,*,,none,Unused.\n"
    moved = lines + "2.0,context,aaa/war,*,triggers,aaa-2020-01/arrears,It is why.\n"
    for said, takes in ((lines, "nothing"), (moved, "'aaa-2020-01/arrears' in table 'triggers'")):
        edition = write(shelf.plan("2.0", {"recodes.csv": HEADER + said}, schema).new, shelf.cases.parent / takes[:4])
        with pytest.raises(UnknownNameError, match=f"{takes} replaces it"):
            cd.evidence("context", "aaa/war", version=edition)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="removed the table 'context'"):
        cd.load("context", edition)
    shelf.publish("2.0", schema=schema)


def test_a_changed_rule_is_a_minor_edition_with_a_reason(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summaries.response_unity, "__doc__", "Another rule.")
    faults = shelf.refused("1.1", {"recodes.csv": HEADER + "1.1,episodes,*,*,,,All cells.\n"})
    assert "recodes.csv: episodes, *, responders: the rule that computes it changed without a reason" in "".join(faults)
    reason = {"recodes.csv": HEADER + "1.1,episodes,*,response_unity,,,It says what it does.\n"}
    plan = shelf.plan("1.1", reason)
    assert (plan.bump, plan.differs) == ("minor", [])
    edition = shelf.publish("1.1", reason)
    recorded = cd.load("changes", edition)
    assert set(recorded["kind"]) == {"rule_changed"}
    assert "responders" in set(recorded["variable"])


def test_a_value_does_not_change_without_a_word(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = RULES["sanctions", "gsdb_type"]
    monkeypatch.setitem(RULES, ("sanctions", "gsdb_type"), replace(rule, compute=other_type))
    [fault] = shelf.refused("1.1")
    assert fault.startswith("sanctions.gsdb_type: the rule gsdb_type computes different values, although neither its")


def other_type(row: Row, lookup: Lookup) -> Row:
    return {"gsdb_type": "trade"}


other_type.__doc__ = measures.gsdb_type.__doc__


# Drafts, dates, rehearsals


def test_a_draft_is_rehearsed_and_not_published(shelf: Shelf, tmp_path: Path) -> None:
    plan = shelf.plan("1.1", ADDED, draft=True)
    assert [change.kind for change in plan.changes] == ["added"]
    with pytest.raises(UnpublishableError, match=r"draft: true in schemas/package\.yaml"):
        publish_next(plan, shelf.editions)
    edition = write(plan.new, tmp_path / "draft")
    assert edition.descriptor["draft"] is True
    assert "(edition 1.1, draft) [Data set]." in cd.cite(version=edition)
    assert "edition 1.1 (draft), coded to" in cd.stamp(edition)
    assert list(shelf.plan("1.1").faults()) == []


@pytest.mark.parametrize(
    ("published", "says"),
    [
        (TODAY + timedelta(days=1), "is in the future"),
        (TODAY - timedelta(days=1), "before edition 1.0 was published"),
        ("soon", "must be a date"),
        (None, "must be a date"),
    ],
)
def test_the_date_of_publication_is_checked(shelf: Shelf, published: object, says: str) -> None:
    [fault] = shelf.plan("1.1", ADDED, published=published).faults()
    assert "`published` in schemas/package.yaml" in fault
    assert says in fault


def test_case_files_are_compared_with_the_published_edition_of_their_version(shelf: Shelf) -> None:
    shelf.publish("1.1", ADDED)
    plan = shelf.plan("1.1")
    assert (plan.published, plan.bump, plan.changes, list(plan.faults())) == (True, "patch", [], [])
    rehearse(plan, shelf.editions)
    plan = shelf.plan("1.1", RECODED)
    assert [change.variable for change in plan.changes] == ["deaths_high"]
    [fault] = plan.faults()
    assert fault.startswith("edition 1.1 is published and must not change, but the case files now differ in")
    assert fault.endswith("Raise `version` in schemas/package.yaml to 1.2")


def test_a_rehearsal_refuses_what_publishing_refuses_and_writes_nothing(shelf: Shelf) -> None:
    before = sorted(shelf.editions.rglob("*"))
    for files in (RECODED, {CASE: FILES[CASE]} | ADDED):
        plan = shelf.plan("1.1", files)
        said = []
        for act in (rehearse, publish_next):
            try:
                act(plan, shelf.editions)
            except UnpublishableError as error:
                said.append(error.faults)
            if act is rehearse:
                assert sorted(shelf.editions.rglob("*")) == before
        assert len(said) in (0, 2)
        assert said[:1] == said[1:]
    assert (shelf.editions / "1.1").is_dir()


def test_a_summary_counts_columns_codes_and_values(shelf: Shelf) -> None:
    support, measure = shelf.schema.tables["support"], shelf.schema.codes["measure"]
    fields = {**support.fields, "venue": replace(support.fields["place"], name="venue")}
    codes = {**measure.codes, "visa_fee": replace(measure.codes["arms_embargo"], code="visa_fee")}
    schema = replace(
        shelf.schema,
        tables={**shelf.schema.tables, "support": replace(support, fields=fields)},
        codes={**shelf.schema.codes, "measure": replace(shelf.schema.codes["measure"], codes=codes)},
    )
    turned = {CASE: FILES[CASE].replace("direction: against", "direction: reserved")}
    summary = shelf.plan("1.1", turned, schema).summary().set_index(["table_name", "kind"])
    assert summary.loc[("support", "column_added"), "examples"] == "venue"
    assert summary.loc[("codes", "added"), "examples"] == "measure/visa_fee"
    assert summary.loc[("support", "recoded"), "examples"].endswith("against → reserved")
    assert summary.loc[("episodes", "recomputed"), "number"] > 1


# Every id that was ever published


def test_every_id_of_an_earlier_edition_resolves() -> None:
    @cache
    def keys(table: str, edition: cd.Edition) -> set[str]:
        return set(cd.load(table, edition)[edition.resource(table)["schema"]["primaryKey"][0]])  # type: ignore[call-overload]

    newest = cd.Edition.find()
    record = Record.of(newest)
    for version in cd.versions()[:-1]:
        earlier = cd.Edition.find(version)
        for table in Snapshot.of(earlier).coded():
            schema = earlier.resource(table)["schema"]
            if len(schema["primaryKey"]) > 1:
                continue
            now = record.latest_table(table)
            known = keys(now, newest) if now in newest.tables else set()
            gone = sorted(keys(table, earlier) - known)
            for record_id in gone:
                successors = record.successors(table, record_id)
                assert successors is not None, (version, table, record_id)
                assert all(place.name in keys(place.table, newest) for place in successors)
            if gone:
                assert "withdrew it" in str(unknown_record(table, gone[0], known, newest))
