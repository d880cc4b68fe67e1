"""Raw files: found whole or said to be unread, refused without a crash, and written in one style."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from conftest import CHECKOUT, FILES, faults_of, write_cases
from hypothesis import given
from hypothesis import strategies as st

import crisisdata as cd
from crisisdata.cli import app
from crisisdata.coding import casefiles
from crisisdata.coding.casefolders import find_raw_files
from crisisdata.coding.faults import Fault
from crisisdata.coding.format import format_files, quoted
from crisisdata.coding.nodes import MAX_NODES, UnreadableYamlError, compose
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import data_folder, read_coding
from crisisdata.errors import InvalidCodingError, UnknownNameError

EXAMPLE = CHECKOUT / "docs" / "example-case"
CASE = "episodes/aaa-2020-01.yaml"
TEXT = FILES[CASE]


def split(cases: Path) -> Path:
    """Turn the one file of the case into a folder of one file for each section."""
    folder = cases / "episodes" / "aaa-2020-01"
    folder.mkdir()
    for section in re.split(r"^(?=[a-z]+:)", TEXT, flags=re.MULTILINE)[1:]:
        (folder / f"{section.partition(':')[0]}.yaml").write_text(section, encoding="utf-8")
    (cases / CASE).unlink()
    return folder


def rows(path: Path, schema: Schema) -> dict[str, list[dict[str, object]]]:
    """Return the rows at a path, in an order that does not depend on the files."""
    found = read_coding(path, schema).rows
    return {name: sorted(found[name], key=lambda row: str(sorted(row.items(), key=str))) for name in found}


# A case as one file, as a folder, alone, or among others


def test_a_case_is_the_same_in_one_file_and_in_several(cases: Path, schema: Schema) -> None:
    before = rows(cases, schema)
    folder = split(cases)
    assert len(list(folder.iterdir())) == 6
    assert rows(cases, schema) == before
    for path in (folder, folder / "responses.yaml", cases / "episodes"):
        assert rows(path, schema)["responses"] == before["responses"], path


def test_a_case_folder_elsewhere_has_its_csv_files_in_it(cases: Path, tmp_path: Path, schema: Schema) -> None:
    folder = shutil.copytree(split(cases), tmp_path / "my-case")
    for name in ("actors.csv", "sources.csv", "countries.csv"):
        shutil.copy(cases / name, folder / name)
    assert len(read_coding(folder, schema).rows["actors"]) == 3
    flat = tmp_path / "flat"
    flat.mkdir()
    shutil.move(folder, flat / "aaa-2020-01")
    for file in (flat / "aaa-2020-01").glob("*.csv"):
        shutil.move(file, flat)
    assert rows(flat, schema)["support"] == rows(cases / "episodes", schema)["support"]


def test_a_fault_names_the_file_of_the_section(cases: Path, schema: Schema) -> None:
    folder = split(cases)
    file = folder / "support.yaml"
    file.write_text(file.read_text("utf-8").replace("direction: against", "direction: angry"), encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert "aaa-2020-01/support.yaml:6: support[0].direction: unknown code 'angry'" in fault


BROKEN_FOLDERS = {
    "a section twice": ({"more.yaml": "responses: []\n"}, "responses: the section is also in"),
    "no episode": ({"episode.yaml": None}, "no file of the case 'aaa-2020-01' has a section 'episode'"),
    "an unknown section": ({"surveys.yaml": "surveys: []\n"}, "surveys: unknown key"),
    "an empty file": ({"polls.yaml": ""}, "must be lines of the form 'name: value'"),
    "another kind of file": ({"notes.doc": ""}, "notes.doc: the file would not be read"),
    "a case in both ways": ({"../aaa-2020-01.yaml": TEXT}, "the case 'aaa-2020-01' is also in"),
}


@pytest.mark.parametrize("what", BROKEN_FOLDERS)
def test_a_case_folder_with_a_fault_is_refused(what: str, cases: Path, schema: Schema) -> None:
    folder = split(cases)
    files, message = BROKEN_FOLDERS[what]
    for name, text in files.items():
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text, encoding="utf-8")
    faults = faults_of(cases, schema)
    assert any(message in fault for fault in faults), faults


# Nothing is left out without a word


UNREAD = {
    "episodes/b.yml": "episodes/b.yml: the file would not be read; rename or move it; case files end in .yaml",
    "contexts/aaa.yaml": "contexts: the folder would not be read; rename or move it; did you mean 'context'",
    "actor.csv": "actor.csv: the file would not be read; rename or move it; did you mean 'actors.csv'",
    "loose.yaml": "loose.yaml: the file would not be read; rename or move it; move it to one of the folders",
    "context/deep/er/x.yaml": "context/deep/er: the folder would not be read",
    "actors.csv/x": "actors.csv: the folder would not be read",
    "notes": "notes: the file would not be read",
}


@pytest.mark.parametrize("name", UNREAD)
def test_a_file_that_would_not_be_read_is_a_fault(name: str, cases: Path, schema: Schema) -> None:
    if name.startswith("actors.csv"):
        (cases / "actors.csv").unlink()
    write_cases(cases, {name: ""})
    assert any(UNREAD[name] in fault for fault in faults_of(cases, schema))


def test_files_of_no_concern_are_left_alone(cases: Path, schema: Schema) -> None:
    names = ("README.md", ".DS_Store", "episodes/.x.swp", "context/notes.txt", "Thumbs.db", "actors.csv~", ".git/x")
    write_cases(cases, dict.fromkeys(names, "x"))
    publish(read_coding(cases, schema), cases / "edition")
    assert faults_of(cases, schema) == []


def test_a_folder_that_cannot_be_listed_is_a_fault(
    cases: Path, schema: Schema, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Path.iterdir

    def iterdir(folder: Path) -> object:
        if folder.name == "episodes":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    faults = faults_of(cases, schema)
    assert any("episodes: the folder cannot be listed: Permission denied" in fault for fault in faults), faults


def test_only_regular_files_are_read(cases: Path, schema: Schema) -> None:
    os.mkfifo(cases / "episodes" / "pipe.yaml")
    (cases / "context" / "zero.yaml").symlink_to("/dev/zero")
    (cases / "context" / "lost.yaml").symlink_to("nowhere")
    (cases / "actors.csv").unlink()
    (cases / "actors.csv").symlink_to(cases / "episodes" / "pipe.yaml")
    faults = faults_of(cases, schema)
    for name in ("episodes/pipe.yaml", "context/zero.yaml", "actors.csv"):
        assert any(f"{name}: not a regular file" in fault for fault in faults), name
    assert any("context/lost.yaml: the file cannot be read" in fault for fault in faults)
    assert any("not a regular file" in fault for fault in faults_of(cases / "episodes" / "pipe.yaml", schema))


def test_links_to_case_files_are_read(cases: Path, tmp_path: Path, schema: Schema) -> None:
    file = shutil.move(cases / CASE, tmp_path / "elsewhere.yaml")
    (cases / CASE).symlink_to(file)
    assert faults_of(cases, schema) == []


def test_odd_names_of_files_make_no_keys(cases: Path, schema: Schema) -> None:
    (cases / "context" / "aaa.yaml").rename(cases / "context" / "A land\x1b[31m.yaml")
    faults = faults_of(cases, schema)
    assert any("is not a valid short name, and keys begin with the file name" in fault for fault in faults)
    assert "\x1b" not in "".join(faults)
    with pytest.raises(UnknownNameError, match="no case file"):
        find_raw_files(Path("~nobody/\0"), schema)


# Hostile YAML and CSV


DEEP = {
    "brackets in a comment": "# " + "]" * 50_000 + "\nepisode: " + "[" * 50_000,
    "a line end of its own": "episode:\n\x85 " + "- " * 45_000,
    "mappings": "episode: " + "{a: " * 30_000,
    "complex keys": "? " * 45_000,
    "lines": "\n".join(" " * i + "a:" for i in range(400)),
    "closed lists": "[" * 61 + "]" * 61,
}


@pytest.mark.parametrize("what", DEEP)
def test_depth_is_bounded(what: str) -> None:
    with pytest.raises(UnreadableYamlError, match="nested more than 60 levels deep"):
        compose(DEEP[what])


def test_sixty_levels_are_not_too_deep() -> None:
    assert compose("[" * 60 + "]" * 60).root is not None


def test_the_number_of_values_is_bounded() -> None:
    with pytest.raises(UnreadableYamlError, match="more than 200,000 values"):
        compose("- a\n" * MAX_NODES)


LARGE = {
    "keys": "episode:\n" + "".join(f"  k{i}: 1\n" for i in range(MAX_NODES // 2 - 5)),
    "values": "episode: [" + "a," * MAX_NODES + "]",
    "faulty records": "episode: {}\nsupport:\n" + "  - {x: 1}\n" * 40_000,
    "a long key": "episode:\n  ? " + "a" * 2_000_000 + "\n  : 1\n",
    "columns": ",".join(f"c{i}" for i in range(100_000)),
}


@pytest.mark.parametrize("what", LARGE)
def test_large_files_are_refused_soon(what: str, cases: Path, schema: Schema) -> None:
    (cases / ("actors.csv" if what == "columns" else CASE)).write_text(LARGE[what], encoding="utf-8")
    start = time.process_time()
    faults = faults_of(cases, schema)
    assert time.process_time() - start < 20
    assert 0 < len(faults) < 1_100
    assert max(map(len, faults)) < 2_000


def test_yaml_of_any_bytes_gets_an_answer() -> None:
    """Pieces of YAML thrown together: each is read or refused, none ends the program."""
    rng = random.Random(1)
    pieces = ["- ", "a: ", "\n", " ", "  ", "[", "]", "{", "}", ",", "? ", ": ", "#", " #", "&a ", "*a", "!x ", "|\n", ">", "'", '"',
              "\\", "\t", "\x85", "\u2028", "%", "---\n", "...\n", "é", "\x07", "@", "null", "\r\n", "<<: "]  # fmt: skip
    answered = 0
    for _ in range(3_000):
        text = "".join(rng.choices(pieces, k=rng.randint(1, 60)))
        try:
            compose(text)
        except UnreadableYamlError:
            answered += 1
    assert 0 < answered < 3_000


TRAPS = {
    "a comment that cuts": ("The union objected.", "The union #5 objected.", "' #5 objected.' is read as a comment and cuts off"),
    "nothing but a comment": ("The union objected.", "#5 objected.", "' #5 objected.' is read as a comment"),
    "null": ("The union objected.", "null", 'other programs read null as a missing value; delete the line, write unknown or not_applicable, or write "null"'),
    "a tilde": ("The union objected.", "~", "other programs read ~ as a missing value"),
    "NA": ("The union objected.", "NA", "other programs read NA as a missing value"),
    "a comma in flow style": ("locator: paragraph 5, reading", "locator: paragraph 5, 6, reading", "within {} a ',' ends the value"),
    "a colon in flow style": ("reading: Says so., date_basis: stated}\nresponses", "reading: Says: so., date_basis: stated}\nresponses", "a text that contains ',' or ': ' must be in double quotes"),
    "a colon": ("The union objected.", "The union: objected.", "a text that contains ': ' must be in double quotes"),
    "a tab": ("    summary: The union", "\tsummary: The union", "indent with spaces"),
    "a tab alone": ("responses:\n", "responses:\n\t\n", "indent with spaces"),
    "a star": ("The union objected.", "*The* union objected.", "a text that begins with * or & must be in double quotes"),
    "an at sign": ("The union objected.", "@union objected.", "a text that begins with @, ` or % must be in double quotes"),
    "an exclamation mark": ("The union objected.", "!no said the union.", "a text that begins with ! in double quotes"),
    "an anchor": ("The union objected.", "&union objected.", "a text that begins with & in double quotes"),
    "an open quote": ("The union objected.", '"The union objected.', "a quote or bracket is not closed"),
    "a date with a time": ("event_date: 2020-01-03", "event_date: 2020-01-03 10:00", "is not a valid date"),
    "a date without zeros": ("event_date: 2020-01-03", "event_date: 2020-1-3", "is not a valid date (write 2020-01-03)"),
    "a date as it is spoken": ("event_date: 2020-01-03", "event_date: 3 January 2020", "must be EDTF: a day (2012-03-21)"),
    "a comma and a colon in flow style": ("locator: paragraph 5, reading", "locator: paragraph 5, page: 6, reading", "within {} a ',' ends the value"),
    "a brace in flow style": ("locator: paragraph 5, reading", "locator: paragraph } 5, reading", "nothing follows a closing quote or bracket"),
    "a text that begins with a bracket": ("The union objected.", "[The union, it] objected.", "nothing follows a closing quote or bracket"),
    "a text in brackets": ("The union objected.", "[The union objected]", "a text that begins with [ or { must be in double quotes"),
    "a question mark in flow style": ("locator: paragraph 5, reading", "locator: ? paragraph 5, reading", "a text that begins with ?, ',' or a bracket must be in double quotes"),
    "a dash without a blank": ("  - id: union-opposes", "  -id: union-opposes", "the '-' that begins a record must be followed by a space"),
}  # fmt: skip


@pytest.mark.parametrize("what", TRAPS)
def test_a_trap_of_yaml_is_a_fault_with_help(what: str, cases: Path, schema: Schema) -> None:
    old, new, message = TRAPS[what]
    start = TEXT.index("support:")
    assert old in TEXT[start:] or old == "responses:\n"
    (cases / CASE).write_text(TEXT[:start] + TEXT[start:].replace(old, new, 1), encoding="utf-8")
    faults = [fault for fault in faults_of(cases, schema) if message in fault]
    assert len(faults) == 1
    assert re.search(rf"{CASE}:\d+: ", faults[0])


@pytest.mark.parametrize("value", ['"null"', "'~ 5'", '"Law # 5"', "Law#5", "No. 5 of NA"])
def test_what_is_quoted_or_no_trap_is_read_as_it_is(value: str, cases: Path, schema: Schema) -> None:
    (cases / CASE).write_text(TEXT.replace("The union objected.", value), encoding="utf-8")
    assert faults_of(cases, schema) == []
    assert read_coding(cases, schema).rows["support"][0]["summary"] == value.strip("\"'")


@pytest.mark.parametrize("comment", ["support: # section", '    summary: "The union objected." # so', "  # alone"])
def test_comments_that_cut_nothing_are_allowed(comment: str, cases: Path, schema: Schema) -> None:
    old = comment.partition(" #")[0].strip().replace('"', "") or "triggers:"
    new = comment.strip() if old != "triggers:" else f"{comment}\ntriggers:"
    (cases / CASE).write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    assert faults_of(cases, schema) == []


def test_a_word_for_nothing_in_csv_is_a_fault_but_where_it_is_a_code(cases: Path, schema: Schema) -> None:
    text = FILES["countries.csv"]
    (cases / "countries.csv").write_text(text.replace("AAA,AA,Land", "AAA,NA,Land"), encoding="utf-8")
    assert faults_of(cases, schema) == []
    (cases / "countries.csv").write_text(text.replace("Land", "NaN"), encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert "countries.csv:2: name: other programs read 'NaN' as a missing value; leave the cell empty" in fault


def test_what_a_terminal_would_obey_is_printed_escaped(cases: Path, schema: Schema) -> None:
    (cases / CASE).write_text(TEXT.replace("episode:\n", 'episode:\n  "\\e[31m\\u202e": x\n', 1), encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert "episode.\\x1b[31m\\u202e: unknown key" in fault
    assert str(Fault("a\nb", 1, "", "c\udcff")) == "a\\nb:1: c\\udcff"


# The one style


def formatted(path: Path, schema: Schema) -> int:
    files = [each for each in format_files([path], schema) if each.differs]
    for each in files:
        each.write()
    return len(files)


def test_formatting_changes_no_value_and_is_done_once(cases: Path, schema: Schema) -> None:
    before = rows(cases, schema)
    assert formatted(cases, schema) == 3  # sources.csv, the case and the context
    assert rows(cases, schema) == before
    assert formatted(cases, schema) == 0


def test_rows_stand_by_date_keys_as_in_the_schema_and_readings_as_they_were(cases: Path, schema: Schema) -> None:
    record = """  - summary: The union objected early.
    evidence:
      - {reading: Second, source_id: reprint-2020-01-05, locator: 'no: 2'}
      - {reading: First, source_id: paper-2020-01-03, locator: "1"}
    form: word
    direction: against
    about: takeover
    size_low: 10
    size_high: 1000
    event_date: 2020-01
    actor_id: union
    id: early
"""
    head = "# one\n#two\n\n"
    (cases / CASE).write_text(head + TEXT.replace("responses:\n", f"{record}responses:\n"), encoding="utf-8")
    formatted(cases, schema)
    text = (cases / CASE).read_text("utf-8")
    assert text.startswith("# one\n#two\nepisode:\n  episode_id: aaa-2020-01\n")
    assert (
        """support:
  - id: early
    actor_id: union
    event_date: "2020-01"
    about: takeover
    direction: against
    form: word
    size_low: 10
    size_high: 1000
    summary: The union objected early.
    evidence:
      - source_id: reprint-2020-01-05
        locator: "no: 2"
        reading: Second
      - source_id: paper-2020-01-03
        locator: "1"
        reading: First
  - id: union-opposes
"""
        in text
    )
    assert text.index('      - event_date: "2020-01-10"\n        action: imposed') < text.index("    listed:")
    assert "\n    evidence:\n      - source_id: decision-1\n        locator: article 1\n" in text
    assert yaml.safe_load(text)["support"][0]["event_date"] == "2020-01"


def test_csv_is_sorted_by_key_with_the_columns_in_order(cases: Path, schema: Schema) -> None:
    (cases / "actors.csv").write_bytes(
        b'\xef\xbb\xbfside,"actor_id",name,actor_type\r\nexternal,zz,"A, B",state\r\nexternal,aa,"Plain",state\r\n'
    )
    formatted(cases / "actors.csv", schema)
    text = (cases / "actors.csv").read_bytes()
    assert text == b'actor_id,name,actor_type,side\naa,Plain,state,external\nzz,"A, B",state,external\n'


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("support:", "# before the support\nsupport:", "the comment '# before the support' would lose its place"),
        ("support:", "support: # all", "the comment '# all' would lose its place"),
        ("event_date: 2020-01-03", "event_date: soon", "'soon' is not a valid date"),
        ("form: word", "from: word", "unknown key"),
        ("name: Vote", "name: [Vote]", "must be a single value"),
    ],
)
def test_files_with_faults_are_refused_and_none_is_written(
    old: str, new: str, message: str, cases: Path, schema: Schema
) -> None:
    (cases / CASE).write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    before = {file: file.read_bytes() for file in cases.rglob("*.*")}
    with pytest.raises(InvalidCodingError, match=re.escape(message)) as error:
        formatted(cases, schema)
    assert re.search(rf"{CASE}:\d+: ", str(error.value))
    assert {file: file.read_bytes() for file in cases.rglob("*.*")} == before


def test_one_file_of_a_case_is_formatted_alone(cases: Path, schema: Schema) -> None:
    folder = split(cases)
    assert formatted(folder / "support.yaml", schema) == 1
    assert formatted(folder, schema) == 5


@given(st.text())
def test_a_text_is_read_as_it_was_written_by_every_yaml(text: str) -> None:
    text = casefiles.tidy(text)
    for loader in (yaml.SafeLoader, yaml.CSafeLoader, yaml.BaseLoader):
        assert yaml.load(f"a: {quoted(text)}\n", loader) == {"a": text}


@pytest.mark.parametrize("text", ["no", "NA", "null", "~", "1e3", "0o14", "012", "1:30", "2020-01-02", "2020", "a: b", "a #b", "- a", "=", "<<", "a:", "", '"a"', "\\", "\x85", "\ufeff", "\U0001f600"])  # fmt: skip
def test_traps_are_quoted(text: str) -> None:
    assert quoted(text).startswith('"') or text in ("\\", "\U0001f600")
    assert yaml.safe_load(f"a: {quoted(text)}\n") == {"a": text}


def test_lists_of_values_stay_lists(schema: Schema) -> None:
    from crisisdata.coding.casefiles import CaseReader
    from crisisdata.coding.format import _Style

    text = 'context:\n  - id: war\n    episode_ids: [b, "no"]\n    start_date: 2015~\n'
    made = _Style(CaseReader(schema))._yaml(compose(text), schema.tables["context"])
    assert made == 'context:\n  - id: war\n    start_date: "2015~"\n    episode_ids:\n      - b\n      - "no"\n'


def test_the_command_lists_what_differs_and_then_writes_it(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> int:
        return app(["format", str(cases), *arguments], standalone_mode=False) or 0

    assert run("--check") == 1
    said = capsys.readouterr()
    assert re.search(rf"{CASE}:\d+: not formatted; run: crisisdata format\n", said.out)
    assert "3 differ" in said.err
    assert (cases / CASE).read_text("utf-8") == TEXT
    assert run() == 0
    assert f"{CASE}\n" in capsys.readouterr().out
    assert run("--check") == 0


def test_a_fault_ends_the_command_without_a_traceback(cases: Path) -> None:
    (cases / CASE).write_text("episode: [", encoding="utf-8")
    main = [sys.executable, "-c", "from crisisdata.cli import main; main()", "format", str(cases)]
    done = subprocess.run(main, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not readable as YAML" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_raw_files_are_in_the_style_and_that_is_quickly_seen(schema: Schema) -> None:
    start = time.process_time()
    files = format_files([data_folder(), EXAMPLE], schema)
    assert time.process_time() - start < 20
    assert [each.file for each in files if each.differs] == []


# The example


def test_the_example_is_valid_and_has_every_table(schema: Schema, tmp_path: Path) -> None:
    edition = publish(read_coding(EXAMPLE, schema), tmp_path / "edition")
    rows_ = cd.tables(tmp_path / "edition")["rows"]
    trust = {name for name, table in schema.tables.items() if table.group == "trust"}  # coded by one coder, once
    assert set(rows_[rows_ == 0].index) - trust == {"changes"}  # it has no edition before it
    assert cd.load(version=edition)["days_under_sanction_min"].item() == 187
    assert cd.evidence("episodes", "aaa-2020-01", "deaths_high", edition)["relation"].tolist() == [
        "supports",
        "contradicts",
    ]


def test_each_part_of_the_example_is_needed(schema: Schema, tmp_path: Path) -> None:
    """An example that a validator takes for whole although a file is gone would be no example."""
    for file in ("episodes/aaa-2020-01/episode.yaml", "actors.csv", "sources.csv", "countries.csv"):
        copy = shutil.copytree(EXAMPLE, tmp_path / file.replace("/", "-"))
        (copy / file).unlink()
        assert faults_of(copy, schema), file
