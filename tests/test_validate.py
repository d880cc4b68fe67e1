"""Whatever is wrong in a case file is found, at its line, and nothing else is said to be wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import FILES, faults_of, raw_coding, read_schema, write_cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding
from crisisdata.errors import UnknownNameError

CASE = "episodes/aaa-2020-01.yaml"

# What is changed in the case file, and what the fault must say.
BROKEN = {
    "unknown key": ("    claimed_by: analyst", "    claimd_by: analyst", "triggers[0].claimd_by: unknown key; did you mean 'claimed_by'"),
    "unknown code": ("direction: against", "direction: agaist", "did you mean 'against'"),
    "norwegian no": ("tied_to_timing: yes", "tied_to_timing: No", "unknown code 'No'; did you mean 'no'"),
    "duplicate id": ("  - id: vote\n", "  - {id: vote}\n  - id: vote\n", "'aaa-2020-01/vote' is already used"),
    "dangling actor": ("actor_id: union", "actor_id: onion", "there is no 'onion' in actors; did you mean 'union'"),
    "dangling source": ("source_id: decision-1, locator: annex", "source_id: decision-3, locator: annex", "there is no 'decision-3' in sources; did you mean 'decision-2'"),
    "impossible day": ("event_date: 2020-07-01", "event_date: 2020-02-30", "day is out of range for month"),
    "impossible month": ("start_date: 2019-11", "start_date: 2019-13", "month must be in 1..12"),
    "date of another form": ("event_date: 2020-07-01", "event_date: 1 July 2020", "not a valid date"),
    "interval turned round": ("event_date: 2020-07-01", "event_date: 2020-07-01/2020-06-30", "ends before it begins"),
    "not a number": ("deaths_low: 1", "deaths_low: one", "not of type integer; must be an integer"),
    "below the minimum": ("deaths_low: 1", "deaths_low: -1", "must be at least"),
    "no value": ("    summary: The union objected.", "    summary:", "support[0].summary: no value"),
    "no evidence": (
        "    summary: The union objected.\n    evidence:\n      - {source_id: paper-2020-01-03, locator: paragraph 5, reading: Says so., date_basis: stated}\n",
        "    summary: The union objected.\n",
        "support[0]: the record has no evidence",
    ),
    "value not covered": (
        "locator: paragraph 1, reading: Says so., date_basis: stated}\n    -",
        "locator: paragraph 1, variables: event_type, reading: Says so.}\n    -",
        "episode.perpetrator_id: no evidence",
    ),
    "evidence for no variable": ("variables: first_act_date;", "variables: first_date;", "did you mean 'first_act_date'"),
    "contradiction of nothing": (
        "locator: annex, reading",
        "locator: annex, relation: contradicts, reading",
        "must name the variables it contradicts",
    ),
    "counts out of order": ("deaths_high: 4", "deaths_high: 0", "0 is before deaths_low 1"),
    "end before start": ("delisted_date: 2020-02-09", "delisted_date: 2020-01-09", "is before listed_date"),
    "key of another month": ("first_act_date: 2020-01-02", "first_act_date: 2020-02-02", "should begin with 'aaa-2020-02'"),
    "history without a beginning": ("action: imposed", "action: extended", "its history has none of"),
    "lifted before imposed": ("event_date: 2020-02-09\n        action: lifted", "event_date: 2019-02-09\n        action: lifted", "is before its beginning"),
    "milestone without a date": (
        "    event_date: 2020-07-01\n",
        "",
        "milestones[1].event_date: a value is required here",
    ),
    "follows itself": ("  outcome: successful", "  outcome: successful\n  follows_episode_id: aaa-2020-01", "is its own ancestor"),
    "required value unknown": ("  outcome: successful", "  outcome: unknown", "unknown code 'unknown'"),
    "list where a value belongs": ("name: Vote", "name: [Vote]", "must be a single value"),
    "value where a list belongs": ("milestones:\n", "milestones: none\nx:\n", "must be a list of records"),
    "key twice": ("    name: Vote", "    name: Vote\n    name: Votes", "the key is repeated"),
    "no id": ("  - id: vote\n    kind", "  - kind", "the record has no 'id'"),
}  # fmt: skip


def test_the_valid_files_have_no_faults(cases: Path, schema: Schema) -> None:
    assert faults_of(cases, schema) == []


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_refused_with_its_line(what: str, cases: Path, schema: Schema) -> None:
    old, new, message = BROKEN[what]
    text = FILES[CASE]
    assert old in text
    (cases / CASE).write_text(text.replace(old, new, 1), encoding="utf-8")
    faults = faults_of(cases, schema)
    found = [fault for fault in faults if message in fault]
    assert found, faults
    line = re.match(rf".*{CASE}:(\d+): ", found[0])
    assert line
    assert 1 <= int(line[1]) <= text.count("\n") + 1


def test_the_line_is_that_of_the_value(cases: Path, schema: Schema) -> None:
    text = FILES[CASE].replace("direction: against", "direction: angry")
    (cases / CASE).write_text(text, encoding="utf-8")
    [fault] = faults_of(cases, schema)
    number = 1 + text[: text.index("direction: angry")].count("\n")
    assert f"{CASE}:{number}: support[0].direction: unknown code 'angry'" in fault


def test_all_faults_are_reported_together(cases: Path, schema: Schema) -> None:
    text = FILES[CASE].replace("direction: against", "direction: angry").replace("deaths_low: 1", "deaths_low: one")
    (cases / CASE).write_text(text, encoding="utf-8")
    (cases / "actors.csv").write_text(FILES["actors.csv"].replace("junta,AAA", "army,AAA"), encoding="utf-8")
    assert len(faults_of(cases, schema)) == 3


def test_a_csv_from_a_spreadsheet_is_read(cases: Path, schema: Schema) -> None:
    text = FILES["actors.csv"].replace("A union", "Un « syndicat »").replace("\n", "\r\n")
    (cases / "actors.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert faults_of(cases, schema) == []


def test_csv_rows_are_checked(cases: Path, schema: Schema) -> None:
    (cases / "actors.csv").write_text(FILES["actors.csv"] + "extra,An extra,union,AAA,nobody\n", encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert "actors.csv:5: the row must have 6 cells, as the header does" in fault
    (cases / "actors.csv").write_text(FILES["actors.csv"].replace("parent_id", "parent"), encoding="utf-8")
    assert any("unknown column; did you mean 'parent_id'" in fault for fault in faults_of(cases, schema))


@pytest.mark.parametrize("other", ["union ", " union", "union\N{NO-BREAK SPACE}"])
def test_blanks_around_a_key_do_not_make_another(other: str, cases: Path, schema: Schema) -> None:
    text = FILES["actors.csv"]
    (cases / "actors.csv").write_text(text.replace("union,", f"{other},", 1), encoding="utf-8")
    assert faults_of(cases, schema) == []
    (cases / "actors.csv").write_text(text + f"{other},Another union,union,AAA,,domestic\n", encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert "actors.csv:5: the key 'union' is already used by" in fault


def test_a_blank_cell_is_an_empty_one(cases: Path, schema: Schema) -> None:
    (cases / "actors.csv").write_text(FILES["actors.csv"].replace("A union", "  "), encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert "actors.csv:4: name: a value is required here" in fault


def test_a_column_that_stands_twice_is_refused(cases: Path, schema: Schema) -> None:
    header, *rows = FILES["actors.csv"].splitlines()
    text = "\n".join([f"{header},name", *(f"{row},Another name" for row in rows)])
    (cases / "actors.csv").write_text(text, encoding="utf-8")
    assert any("actors.csv:1: name: the column is repeated" in fault for fault in faults_of(cases, schema))


VALUES = {
    "a number of 20 digits": ("deaths_low: 1", "deaths_low: 99999999999999999999", "of more than 15 digits"),
    "a number of 64 bits": ("deaths_low: 1", "deaths_low: 9223372036854775808", "of more than 15 digits"),
    "other digits": ("deaths_low: 1", "deaths_low: \u0661", "is not of type integer"),
    "a date in other digits": (
        "start_date: 2019-11",
        "start_date: \uff12\uff10\uff11\uff19",
        "not a valid date",
    ),
    "a NUL": ("Officers took power.", '"Officers\\0 took power."', "control character '\\x00'"),
    "an escape": ("Officers took power.", '"\\e[31mOfficers took power."', "control character '\\x1b'"),
    "an id with an accent": ("id: arrears", "id: arr\u00e9ars", "is not a valid short name"),
    "an id with a combining accent": ("id: arrears", "id: arre\u0301ars", "is not a valid short name"),
    "an id with a slash": ("id: arrears", "id: union/arrears", "is not a valid short name"),
    "an id in capitals": ("id: arrears", "id: Arrears", "is not a valid short name"),
}


@pytest.mark.parametrize("what", VALUES)
def test_values_that_no_edition_should_hold(what: str, cases: Path, schema: Schema) -> None:
    old, new, message = VALUES[what]
    text = FILES[CASE]
    assert old in text
    (cases / CASE).write_text(text.replace(old, new, 1), encoding="utf-8")
    [fault] = faults_of(cases, schema)
    assert re.search(rf"{CASE}:\d+: ", fault)
    assert message in fault


HOSTILE = {
    "truncated": FILES[CASE][: FILES[CASE].index("triggers:") - 20].encode() + b"\n  evidence: [{",
    "not UTF-8": FILES[CASE].replace("Officers", "Généraux").encode("latin-1"),
    "aliased": FILES[CASE].replace("perpetrator_id: junta", "perpetrator_id: &a junta\n  leader_id: *a").encode(),
    "billion laughs": b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nepisode: {episode_id: *c}\n",
    "deeply nested": b"episode: " + b"[" * 50_000,
    "deeply nested mapping": b"episode: " + b"{a: " * 900 + b"1" + b"}" * 900,
    "deeply nested lists": b"episode:\n  " + b"- " * 50_000 + b"x",
    "deeply nested lines": b"\n".join(b" " * i + b"a:" for i in range(2_000)),
    "empty": b"",
    "a list": b"- episode\n",
    "a word": b"episode",
    "control characters": b"episode:\n  name: \x07\n",
    "two documents": FILES[CASE].encode() + b"---\nepisode: {}\n",
    "merge key": FILES[CASE].replace("  outcome", "  <<: {name: x}\n  outcome").encode(),
    "a tag": b"episode: !!python/object/apply:os.system ['true']\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_files_get_an_error_and_no_traceback(what: str, cases: Path, schema: Schema) -> None:
    (cases / CASE).write_bytes(HOSTILE[what])
    assert any(CASE in fault for fault in faults_of(cases, schema))


def test_a_file_of_100_mb_is_refused_unread(cases: Path, schema: Schema) -> None:
    with (cases / CASE).open("ab") as stream:
        stream.truncate(100_000_000)
    [fault, *_] = [fault for fault in faults_of(cases, schema) if CASE in fault]
    assert "got 100,000,000" in fault


def test_nothing_at_the_path(tmp_path: Path, schema: Schema) -> None:
    with pytest.raises(UnknownNameError, match="no case file"):
        read_coding(tmp_path / "nowhere", schema)


LETTERS = [i for i, c in enumerate(FILES[CASE]) if c.isalnum()]
OWN_WORDS = re.compile(r"(?:name|summary): ([^\n]*)|(?:reading|locator): ([^,}\n]*)")


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(position=st.sampled_from(LETTERS))
def test_a_random_change_of_a_key_code_date_or_reference_is_caught(position: int, cases: Path) -> None:
    """Texts in our own words may say anything; any other change must be refused, or arrive as another id."""
    text, schema = FILES[CASE], read_schema()
    if any(m.start(m.lastindex) <= position < m.end() for m in OWN_WORDS.finditer(text)):
        return
    changed = "q" if text[position] != "q" else "z"
    write_cases(cases, {CASE: text[:position] + changed + text[position + 1 :]})
    if not faults_of(cases, schema):
        line = text[text.rfind("\n", 0, position) + 1 : text.find("\n", position)]
        assert re.search(r"\bid: ", line), line


def test_a_single_file_is_checked_with_what_stands_beside_it(cases: Path, schema: Schema) -> None:
    coding = read_coding(cases / CASE, schema)
    assert [row["episode_id"] for row in coding.rows["episodes"]] == ["aaa-2020-01"]


def test_the_published_case_files_have_no_faults() -> None:
    assert raw_coding().rows["episodes"]  # which would raise them
