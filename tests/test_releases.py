"""Which difference may be published as which edition, and what must be said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import FILES, write_cases

import crisisdata as cd
from crisisdata._editions import REGISTER, Edition
from crisisdata.coding.derive import summaries
from crisisdata.coding.releases import Plan, publish_next
from crisisdata.coding.schema import CodeList, Schema
from crisisdata.coding.validate import read_coding
from crisisdata.errors import DamagedEditionError, EditionExistsError, UnknownNameError, UnpublishableError

CASE = "episodes/aaa-2020-01.yaml"
HEADER = "edition,table,record_id,variable,successor_id,reason\n"
RECODED = {CASE: FILES[CASE].replace("deaths_high: 4", "deaths_high: 5")}
MOVED = {CASE: FILES[CASE].replace("id: union-opposes", "id: union-objects")}
ADDED = {"actors.csv": FILES["actors.csv"] + "party,A party,party,AAA,,domestic\n"}


class Shelf:
    """A folder of editions made from the small case files."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self.schema = schema
        self.cases = write_cases(folder / "cases")
        self.editions = folder / "processed"
        self.editions.mkdir()
        (self.editions / REGISTER).write_text("version,sha256\n")
        self.published: list[Edition] = []
        self.publish("1.0")

    def plan(self, version: str, files: dict[str, str] | None = None, schema: Schema | None = None) -> Plan:
        write_cases(self.cases, files or {})
        schema = schema or self.schema
        coding = read_coding(self.cases, replace(schema, package={**schema.package, "version": version}))
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
    reason = {"recodes.csv": HEADER + "1.1,episodes,aaa-2020-01,deaths_high,,The hospital counted again.\n"}
    edition = shelf.publish("1.1", RECODED | reason)
    [change] = cd.load("changes", edition).query("variable == 'deaths_high'").to_dict("records")
    assert (change["kind"], change["old"], change["new"]) == ("recoded", "4", "5")
    assert change["reason"] == "The hospital counted again."
    assert (shelf.editions / REGISTER).read_text().count("\n1.1,") == 1


def test_a_recode_without_a_reason_is_refused(shelf: Shelf) -> None:
    [fault] = shelf.refused("1.1", RECODED)
    assert fault == (
        "recodes.csv: episodes, aaa-2020-01, deaths_high: '4' → '5' without a reason; add a line for edition 1.1"
    )


@pytest.mark.parametrize("place", ["aaa-2020-01,*", "*,deaths_high", "*,*"])
def test_a_reason_may_hold_for_many_cells(shelf: Shelf, place: str) -> None:
    shelf.publish("1.1", RECODED | {"recodes.csv": HEADER + f"1.1,episodes,{place},,Counted again.\n"})


def test_a_reason_for_nothing_is_refused(shelf: Shelf) -> None:
    lines = HEADER + "1.1,episodes,*,*,,Counted again.\n1.1,support,*,position,,It turned.\n"
    [fault] = shelf.refused("1.1", RECODED | {"recodes.csv": lines})
    assert fault.startswith("recodes.csv: support, *, position: edition 1.1 changes no such cell")


def test_a_computed_value_says_whether_its_rule_changed(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    solved = {"recodes.csv": HEADER + "1.1,support,*,*,,It turned.\n1.2,support,*,*,,It turned again.\n"}
    turned = {CASE: FILES[CASE].replace("position: stated_opposition", "position: reserved")}
    shelf.publish("1.1", turned | solved)
    monkeypatch.setattr(summaries.support_summary, "__doc__", "Another rule.")
    edition = shelf.publish("1.2", {CASE: FILES[CASE]})
    computed = cd.load("changes", edition).query("variable == 'support_score'").set_index("edition")["reason"]
    assert computed["1.1"] == "Computed by the rule support_summary, from values that changed."
    assert computed["1.2"] == "Computed by the rule support_summary, which changed."


def test_earlier_changes_are_kept_by_later_editions(shelf: Shelf) -> None:
    shelf.publish("1.1", RECODED | {"recodes.csv": HEADER + "1.1,episodes,*,*,,Counted again.\n"})
    edition = shelf.publish("1.2", ADDED)
    recorded = cd.load("changes", edition)
    assert recorded[recorded["kind"] != "recomputed"]["edition"].tolist() == ["1.1"]


def test_an_id_does_not_disappear_without_a_successor(shelf: Shelf) -> None:
    readings = "1.1,evidence,*,*,,Goes with the row.\n"
    gone = "recodes.csv: support, aaa-2020-01/union-opposes, *: "
    assert gone + "is withdrawn without a reason; add a line for edition 1.1" in shelf.refused(
        "1.1", MOVED | {"recodes.csv": HEADER + readings}
    )
    line = "1.1,support,aaa-2020-01/union-opposes,*,{},A better name.\n"
    assert shelf.refused("1.1", {"recodes.csv": HEADER + readings + line.format("")}) == [
        gone + "an id is for ever; name the record that takes its place in successor_id"
    ]
    assert shelf.refused("1.1", {"recodes.csv": HEADER + readings + line.format("nobody")}) == [
        gone + "there is no 'nobody' in support to take its place"
    ]
    edition = shelf.publish("1.1", {"recodes.csv": HEADER + readings + line.format("aaa-2020-01/union-objects")})
    with pytest.raises(LookupError, match=r"1\.1 withdrew it, and 'aaa-2020-01/union-objects' takes its place"):
        cd.evidence("support", "aaa-2020-01/union-opposes", version=edition)


def without_code(schema: Schema) -> Schema:
    measure = schema.codes["measure"]
    codes = {code: entry for code, entry in measure.codes.items() if code != "arms_embargo"}
    return replace(schema, codes={**schema.codes, "measure": CodeList("measure", codes)})


def without_column(schema: Schema) -> Schema:
    fields = {name: item for name, item in schema.tables["support"].fields.items() if name != "place"}
    return replace(schema, tables={**schema.tables, "support": replace(schema.tables["support"], fields=fields)})


def with_other_type(schema: Schema) -> Schema:
    support = schema.tables["support"]
    fields = {**support.fields, "place": replace(support.fields["place"], type="integer")}
    return replace(schema, tables={**schema.tables, "support": replace(support, fields=fields)})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_code, "sanctions.measure: code arms_embargo is gone"),
        (without_column, "support.place is gone"),
        (with_other_type, "support.place: the type was string and is integer"),
    ],
)
def test_what_breaks_a_reader_is_a_major_edition(shelf: Shelf, change: Callable[[Schema], Schema], says: str) -> None:
    schema = change(shelf.schema)
    assert shelf.refused("1.1", schema=schema) == [f"{says}; that asks for edition 2.0"]
    assert shelf.publish("2.0", schema=schema).version == "2.0"


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
    assert fault.startswith("nothing differs from edition 1.0: that is a patch, which publishes no edition")


def test_the_register_betrays_an_edition_changed_with_its_checksums(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever rewrites a file and its line in SHA256SUMS still does not have the hash in the register."""
    monkeypatch.setattr("crisisdata._editions.editions_folder", lambda: shelf.editions)
    assert cd.versions() == ["1.0"]
    assert cd.verify("1.0")
    sums = shelf.editions / "1.0" / "SHA256SUMS"
    sums.write_text(sums.read_text() + "0" * 64 + "  other.parquet\n")
    with pytest.raises(DamagedEditionError, match="SHA256SUMS is not the file that was published"):
        cd.load(version="1.0")
    (shelf.editions / REGISTER).unlink()
    with pytest.raises(DamagedEditionError, match=r"editions\.csv is missing"):
        cd.load(version="1.0")


def test_publishing_that_was_stopped_half_way_is_finished_or_says_what_is_left(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    reason = {"recodes.csv": HEADER + "1.1,episodes,aaa-2020-01,deaths_high,,The hospital counted again.\n"}
    with monkeypatch.context() as stopped:
        stopped.setattr("crisisdata.coding.releases._enter", stop)
        with pytest.raises(KeyboardInterrupt):
            shelf.publish("1.1", RECODED | reason)
    other = {CASE: RECODED[CASE].replace("deaths_high: 5", "deaths_high: 6")}
    with pytest.raises(EditionExistsError, match="is not published.*Delete it and publish again"):
        shelf.publish("1.1", other | reason)
    assert "1.1" not in (shelf.editions / REGISTER).read_text()
    shelf.publish("1.1", RECODED | reason)
    assert (shelf.editions / REGISTER).read_text().count("\n1.1,") == 1


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
    first = (
        "1.1,support,aaa-2020-01/union-opposes,*,aaa-2020-01/union-objects,Named anew.\n1.1,evidence,*,*,,Named anew.\n"
    )
    shelf.publish("1.1", MOVED | {"recodes.csv": HEADER + first})
    again = {CASE: FILES[CASE].replace("id: union-opposes", "id: union-protests")}
    second = first.replace("1.1,", "1.2,").replace("union-objects", "union-protests")
    second = second.replace("union-opposes", "union-objects")
    edition = shelf.publish("1.2", again | {"recodes.csv": HEADER + first + second})
    for withdrawn in ("union-opposes", "union-objects"):
        with pytest.raises(UnknownNameError, match="'aaa-2020-01/union-protests' takes its place"):
            cd.evidence("support", f"aaa-2020-01/{withdrawn}", version=edition)
