"""The audit kit: a workbook without our codes, and what errors put into it on purpose come to."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner

import crisisdata as cd
from crisisdata import audit
from crisisdata.cli import app
from crisisdata.errors import ArgumentError, AuditError, DestinationExistsError, UnknownNameError

N, SEED = 40, 7


def drawn(table: str = "responses", n: int = N) -> audit._Draw:
    return audit._draw(cd.Edition.find(), table, n, SEED)


def filled(
    place: Path, table: str = "responses", n: int = N, changes: dict[tuple[int, str], Any] | None = None
) -> Path:
    """Write a workbook filled in as the edition has it, with some cells changed."""
    audit.draw(table, n, SEED, place)
    book = openpyxl.load_workbook(place)
    sheet = book[table]
    header = [cell.value for cell in sheet[1]]
    for number, row in enumerate(drawn(table, n).rows, 1):
        for name, value in {**row.ours, "recovered": "yes"}.items():
            sheet.cell(number + 1, header.index(name) + 1).value = value
    for (number, name), value in (changes or {}).items():
        sheet.cell(number + 1, header.index(name) + 1).value = value
    book.save(place)
    return place


def column(place: Path, name: str) -> str:
    sheet = openpyxl.load_workbook(place)["responses"]
    return next(cell.column_letter for cell in sheet[1] if cell.value == name)


def test_a_sheet_shows_sources_and_lists_and_none_of_our_codes(tmp_path: Path) -> None:
    place = audit.draw("responses", N, SEED, tmp_path / "sheet.xlsx")
    book = openpyxl.load_workbook(place)
    sheet, header = book["responses"], [cell.value for cell in book["responses"][1]]
    rows = drawn().rows
    assert sheet.max_row == N + 1
    for number, row in enumerate(rows, 2):
        cells = {name: sheet.cell(number, header.index(name) + 1) for name in header}
        assert cells["row"].value == number - 1
        assert 0 < cells["inclusion_probability"].value <= 1
        assert cells["source_1"].hyperlink.target == row.sources[0]["url"]
        assert all(cells[name].value is None for name in ("recovered", *row.ours)), "a code of ours stands in the sheet"
        said = " ".join(str(cell.value) for cell in cells.values())
        assert row.record_id not in said, "keys name what was done"
    lists = {
        str(each.sqref).split(":")[0].rstrip("0123456789"): each.formula1
        for each in sheet.data_validations.dataValidation
    }
    letter = column(place, "channel")
    first, last = (int(part.rpartition("$")[2]) for part in lists[letter].split(":"))
    codes = [book["codes"].cell(number, 2).value for number in range(first, last + 1)]
    assert codes == [row["code"] for row in cd.load("codes", as_="arrow").to_pylist() if row["code_list"] == "channel"]
    assert all(book["codes"].cell(number, 4).value for number in range(first, last + 1)), "each code has its definition"
    assert all(len(formula) < 255 for formula in lists.values())


def test_probabilities_are_those_of_the_draw() -> None:
    rows = drawn().rows
    strata = {row.probability for row in rows}
    estimate = sum(1 / row.probability for row in rows)
    assert len(strata) == 2, "rare codes are oversampled"
    assert estimate == pytest.approx(len(cd.load("responses")))


def test_the_same_seed_draws_the_same_rows() -> None:
    first, again = drawn().rows, drawn().rows
    other = audit._draw(cd.Edition.find(), "responses", N, SEED + 1).rows
    assert [row.record_id for row in first] == [row.record_id for row in again]
    assert [row.record_id for row in first] != [row.record_id for row in other]


@pytest.mark.parametrize("table", ["responses", "sanctions", "sanction_events", "support", "polls", "authority_acts", "milestones", "triggers", "rule_spells", "context", "episodes"])  # fmt: skip
def test_a_sheet_filled_in_as_we_coded_has_no_error(table: str, tmp_path: Path) -> None:
    found = audit.score(filled(tmp_path / "sheet.xlsx", table, 12))
    assert found.differences.empty
    assert not found.variables["errors"].any()
    assert found.variables["alpha"].dropna().eq(1).all()


def test_errors_put_in_on_purpose_are_counted_and_listed(tmp_path: Path) -> None:
    rows = drawn().rows
    toned = [number for number, row in enumerate(rows, 1) if row.ours["tone"] == "condemns"][:2]
    changes: dict[tuple[int, str], Any] = {(number, "tone"): "backs" for number in toned}
    changes[1, "channel"] = "deed" if rows[0].ours["channel"] != "deed" else "meeting"
    changes[2, "event_date"] = "1999-01-01"
    changes[3, "items"] = "accord promised"
    place = filled(tmp_path / "sheet.xlsx", changes=changes)
    found = audit.score(place)
    errors = found.variables["errors"]
    wrong = 2 if rows[1].given != "event_date" else 1
    assert errors["tone"] == 2
    assert errors["channel"] == errors["items"] == 1
    assert errors["event_date"] == wrong - 1
    checked = [row for row in rows if row.ours["tone"]]
    rate = sum(1 / rows[n - 1].probability for n in toned) / sum(1 / row.probability for row in checked)
    assert found.variables.loc["tone", "error_rate"] == pytest.approx(rate)
    assert found.variables.loc["tone", "low"] < rate < found.variables.loc["tone", "high"]
    listed = found.differences[found.differences["variable"] == "tone"]
    assert listed["cell"].tolist() == [f"responses!{column(place, 'tone')}{number + 1}" for number in toned]
    assert listed["record_id"].tolist() == [rows[number - 1].record_id for number in toned]
    assert set(listed["edition_value"]) == {"condemns"}
    assert set(listed["audit_value"]) == {"backs"}


def test_rows_without_sources_are_left_out(tmp_path: Path) -> None:
    blank = {(1, name): None for name in drawn().rows[0].ours} | {(1, "recovered"): "no"}
    found = audit.score(filled(tmp_path / "sheet.xlsx", changes=blank))
    assert found.not_recovered == 1
    assert found.variables.loc["channel", "checked"] == N - 1


WRONG = {
    "unknown code": ((3, "channel"), "statment", "{channel}4: unknown code 'statment'; did you mean 'statement'?"),
    "unknown code of several": ((3, "about"), "takeover; vots", "{about}4: unknown code 'vots'; did you mean 'vote'?"),
    "unknown item": ((3, "items"), "words", "{items}4: unknown code 'words'"),
    "no date": ((3, "event_date"), "March", "{event_date}4: must be a date (2012-03-21, 2012-03, 2012, or two of them joined by a slash); got 'March'"),
    "no day of the calendar": ((3, "event_date"), "2012-02-30", "{event_date}4: must be a date"),
    "a formula": ((3, "event_date"), "=TODAY()", "{event_date}4: must be a value, not a formula"),
    "not said whether the source came back": ((3, "recovered"), None, "{recovered}4: recovered must be one of yes, partly, no; got nothing"),
    "values without a source": ((3, "recovered"), "no", "{channel}4: the sources were not read"),
    "row twice": ((3, "row"), 2, "A4: row 2 is repeated"),
    "row of another number": ((3, "row"), N + 1, f"A4: must be a row number, 1 to {N}; got {N + 1}"),
    "missing row": ((3, "row"), 2, "A4: row 3 is missing"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_scored_is_refused_with_its_cell(what: str, tmp_path: Path) -> None:
    place, value, says = WRONG[what]
    sheet = filled(tmp_path / "sheet.xlsx", changes={place: value})
    letters = {name: column(sheet, name) for name in ("channel", "about", "items", "event_date", "recovered")}
    with pytest.raises(AuditError) as raised:
        audit.score(sheet)
    assert f"responses!{says.format(**letters)}" in str(raised.value)


def test_all_faults_of_a_sheet_come_together(tmp_path: Path) -> None:
    changes = {(1, "channel"): "x", (2, "tone"): "y", (3, "recovered"): None}
    with pytest.raises(AuditError) as raised:
        audit.score(filled(tmp_path / "sheet.xlsx", changes=changes))
    assert len(raised.value.faults) == 3


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("edition", "9.9", "no edition"),
        ("content_hash", "0" * 64, "about!B2: the sheet belongs to another edition: content_hash"),
        ("table", "actors", "about!B3 to B5"),
        ("seed", "x", "about!B3 to B5"),
    ],
)
def test_a_sheet_of_another_edition_is_refused(name: str, value: object, says: str, tmp_path: Path) -> None:
    place = filled(tmp_path / "sheet.xlsx")
    book = openpyxl.load_workbook(place)
    for row in book["about"].iter_rows(max_col=2):
        if row[0].value == name:
            row[1].value = value
    book.save(place)
    with pytest.raises((AuditError, UnknownNameError), match=says):
        audit.score(place)


def test_what_is_no_sheet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("not a workbook")
    with pytest.raises(AuditError, match="cannot be read as a workbook"):
        audit.score(tmp_path / "text.xlsx")
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(AuditError, match="there is no sheet 'about'"):
        audit.score(tmp_path / "other.xlsx")


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    cell = book.active.cell(1, 1)
    audit._put(cell, '=HYPERLINK("https://example.org")')
    book.save(tmp_path / "book.xlsx")
    read = openpyxl.load_workbook(tmp_path / "book.xlsx").active.cell(1, 1)
    assert read.data_type != "f"
    frame = audit.score(filled(tmp_path / "sheet.xlsx")).differences
    frame.loc[0] = ["responses!A1", "responses", "x", "tone", None, "=1+1", "@x"]
    found = audit.Audit("1.0", "responses", 1, 0, frame, frame)
    text = found.write_differences(tmp_path / "out.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert rows[0]["audit_value"] == "'=1+1"
    assert rows[0]["sources"] == "'@x"


def test_arguments_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "sheet.xlsx"
    with pytest.raises(UnknownNameError, match="did you mean 'responses'"):
        audit.draw("response", 5, 1, place)
    with pytest.raises(ArgumentError, match="must be one of"):
        audit.draw("actors", 5, 1, place)
    with pytest.raises(ArgumentError, match="n=0 must be an integer, 1 or more"):
        audit.draw("polls", 0, 1, place)
    with pytest.raises(ArgumentError, match=r"must end in \.xlsx"):
        audit.draw("polls", 5, 1, tmp_path / "sheet.csv")
    assert not list(tmp_path.iterdir())
    audit.draw("polls", 5, 1, place)
    with pytest.raises(DestinationExistsError):
        audit.draw("polls", 5, 1, place)


@pytest.mark.slow
def test_the_command_draws_and_scores_the_whole_table(tmp_path: Path) -> None:
    sheet, out = tmp_path / "sheet.xlsx", tmp_path / "differences.csv"
    size = len(cd.load("responses"))
    done = CliRunner().invoke(
        app, ["audit", "draw", "--table", "responses", "--n", str(size), "--seed", "7", str(sheet)]
    )
    assert done.exit_code == 0, done.output
    sheet.unlink()
    filled(sheet, n=size)
    done = CliRunner().invoke(app, ["audit", "score", str(sheet), "--differences", str(out)])
    assert done.exit_code == 0, done.output
    assert f"{size} rows; 0 cells differ" in done.output
    assert out.read_text("utf-8").startswith("cell,table_name,record_id,variable,")
