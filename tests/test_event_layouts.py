"""The published layouts of event datasets, on made-up files with the quirks of each."""

from __future__ import annotations

import dataclasses
import doctest
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import CHECKOUT

import crisisdata as cd
from crisisdata._events.layouts import Layout, layouts, names_of_codes
from crisisdata.coding.layouts_page import layout_keys
from crisisdata.coding.schemachecks import schema_faults
from crisisdata.coding.schemafiles import read_schema_files
from crisisdata.errors import ArgumentError, CrisisDataError, InvalidEventsError

# The samples hold few countries and days; what is said of that is tested below.
pytestmark = pytest.mark.filterwarnings("ignore::crisisdata.errors.EventsWarning")

FOLDER = CHECKOUT / "tests" / "events"
SAMPLES = {
    "acled.csv": "acled",
    "acled_iso_dates.csv": "acled",
    "gdelt_1.export.CSV": "gdelt_1",
    "gdelt_1_backfile.csv": "gdelt_1",
    "gdelt_2.export.CSV": "gdelt_2",
    "scad.csv": "scad",
    "ucdp_ged.csv": "ucdp_ged",
    "ucdp_ged_without_header.csv": "ucdp_ged",
}
# Events in the month after each first act, by episode.
EXPECTED = {
    "acled.csv": {"mli-2020-08": 2, "mli-2021-05": 2, "tcd-2021-04": 1},
    "acled_iso_dates.csv": {"mli-2020-08": 2, "mli-2021-05": 2, "tcd-2021-04": 1},
    "gdelt_1.export.CSV": {"mli-2020-08": 2, "mli-2021-05": 1, "tcd-2021-04": 1},
    "gdelt_2.export.CSV": {"mli-2020-08": 2, "mli-2021-05": 1, "tcd-2021-04": 1},
    "gdelt_1_backfile.csv": {"mli-2012-03": 2},
    "scad.csv": {"mli-2012-03": 2, "mli-2012-04": 1},
    "ucdp_ged.csv": {"mli-2020-08": 2, "mli-2021-05": 1, "tcd-2021-04": 1},
    "ucdp_ged_without_header.csv": {"mli-2020-08": 2, "mli-2021-05": 1, "tcd-2021-04": 1},
}
each_sample = pytest.mark.parametrize("name", sorted(SAMPLES))


def rows(name: str, **arguments: Any) -> list[dict[str, Any]]:
    return cd.read_events(FOLDER / name, **arguments).to_pyarrow().to_pylist()


def test_every_layout_has_a_sample_and_every_sample_a_test() -> None:
    assert set(SAMPLES.values()) == set(layouts())
    assert set(SAMPLES) == {file.name for file in FOLDER.iterdir()} == set(EXPECTED)


@each_sample
def test_a_published_file_is_aligned_as_it_is(name: str) -> None:
    found = cd.align(FOLDER / name, every="month", before=0, after=30)
    assert isinstance(found, pd.DataFrame)
    counts = found[(found["month"] == 0) & (found["events"] > 0)].set_index("episode_id")["events"]
    assert counts.to_dict() == EXPECTED[name]


@each_sample
def test_the_same_by_way_of_read_events_and_of_a_frame(name: str) -> None:
    direct = cd.align(FOLDER / name, every="week", before=30, after=60)
    table = cd.read_events(FOLDER / name, SAMPLES[name])
    for events in (table.to_pyarrow(), table.to_polars()):
        again = cd.align(events, every="week", before=30, after=60)
        again = again if hasattr(again, "to_arrow") is False else again.to_arrow()
        again = again.to_pandas()
        assert again["events"].sum() == direct["events"].sum()
        assert again["days_covered"].tolist() == direct["days_covered"].tolist()


@each_sample
def test_dates_are_dates_and_columns_keep_their_names(name: str) -> None:
    layout = layouts()[SAMPLES[name]]
    table = cd.read_events(FOLDER / name)
    expected = layout.columns
    assert list(table.columns) == expected
    if "column" in layout.date:
        assert table.schema()[layout.date["column"]].is_date()
    for column, kind in layout.types.items():
        assert str(table.schema()[column]) in (kind, "date")


def test_acled_writes_dates_in_two_ways_and_lines_within_notes() -> None:
    old, new = rows("acled.csv"), rows("acled_iso_dates.csv")
    assert [row["event_date"] for row in old] == [row["event_date"] for row in new]
    assert old[0]["notes"] == 'As reported, "made up", for a test'
    assert old[1]["notes"] == "A note; with\nanother line"
    assert old[0]["event_id_cnty"] == "MLI1"  # no byte order mark in the first name


def test_gdelt_codes_stay_text_and_its_chad_is_not_trinidad() -> None:
    found = rows("gdelt_1.export.CSV")
    assert found[0]["EventCode"] == "010"
    assert found[0]["ActionGeo_FullName"] == 'Bamako, "Bamako, Mali'
    chad = cd.align(FOLDER / "gdelt_1.export.CSV", every=None, episodes=["tcd-2021-04"], before=0, after=0)
    assert chad["GLOBALEVENTID"].tolist() == [1004]


def test_scad_rows_that_are_no_events_or_repeat_one_are_left_out() -> None:
    found = rows("scad.csv")
    assert [row["eventid"] for row in found] == [4320001, 4320002, 4320003, 4830001]
    assert found[0]["elocal"] == "Ségou"
    assert [row["ndeath"] for row in found] == [0, None, 2, 0]
    deaths = cd.align(FOLDER / "scad.csv", value="ndeath", every="month", episodes=["mli-2012-03"], before=0, after=30)
    assert deaths["ndeath_sum"].tolist() == [0]  # the one with an unknown number is not counted as -99


def test_events_known_less_exactly_can_be_left_out() -> None:
    assert sorted(row["id"] for row in rows("ucdp_ged.csv", at_least="day")) == [1, 3, 5, 6]
    assert sorted(row["id"] for row in rows("ucdp_ged.csv", at_least="month")) == [1, 2, 3, 5, 6]
    assert len(rows("ucdp_ged.csv", at_least="year")) == 6
    weekly = {row["event_id_cnty"] for row in rows("acled.csv", at_least="week")}
    assert weekly == {"MLI1", "MLI2", "MLI3", "CHA1", "BFO1"}
    with pytest.raises(ArgumentError, match="GDELT 1.0 does not say how exact"):
        cd.read_events(FOLDER / "gdelt_1.export.CSV", at_least="day")


@pytest.mark.parametrize("folder", ["acled.csv", "ucdp_ged.csv", "scad.csv"])
def test_a_frame_of_pandas_own_reading_is_recognised(folder: str) -> None:
    encoding = layouts()[SAMPLES[folder]].csv.get("encoding", "utf-8-sig")
    frame = pd.read_csv(FOLDER / folder, encoding=encoding)
    found = cd.align(frame, every="month", before=0, after=30)
    counts = found[(found["month"] == 0) & (found["events"] > 0)].set_index("episode_id")["events"]
    assert counts.to_dict() == EXPECTED[folder]


def test_wrong_files_get_an_error(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    (tmp_path / "acled.csv").write_text("event_id_cnty,event_date,iso,fatalities\nMLI1,31 June 2021,466,0\n")
    calls: list[tuple[Any, str]] = [
        (lambda: cd.read_events(tmp_path / "mine.csv"), "match no known layout .*: a, b"),
        (lambda: cd.align(tmp_path / "mine.csv"), "pass both date= and country=.*columns of the events: a, b"),
        (lambda: cd.read_events(tmp_path / "none.csv"), "could not be read"),
        (lambda: cd.read_events(tmp_path / "mine.csv", "aclde"), "no layout 'aclde'.*did you mean 'acled'"),
        (lambda: cd.read_events(pd.DataFrame({"a": [1]}), "acled"), "no column 'event_date'"),
        (lambda: cd.read_events(FOLDER / "acled.csv", at_least="hour"), "got 'hour'"),  # type: ignore[arg-type]
        (lambda: cd.align(tmp_path / "acled.csv"), "dates in 'event_date' .*'31 June 2021' .1 event.. Correct them"),
        (lambda: cd.align(FOLDER / "scad.csv", date="startdate", country="ccode"), "could not be read|not written"),
    ]
    for call, expected in calls:
        with pytest.raises(CrisisDataError, match=expected):
            call()
    with pytest.raises(InvalidEventsError, match="pass both date= and country="):
        cd.align(pd.DataFrame({"event_id_cnty": ["MLI1"], "event_date": ["2021-05-24"], "fatalities": [0]}))


def test_a_name_of_a_column_means_one_code() -> None:
    from crisisdata._events.columns import CODES

    assert set(names_of_codes().values()) <= set(CODES)
    for layout in layouts().values():
        for entry in layout.country:
            assert entry.get("codes", "iso3") in CODES
        assert set(layout.types) <= set(layout.columns)
        assert {*layout.marks, *layout.date_columns} <= set(layout.columns)


def test_the_guide_to_conflict_events_says_what_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    guide = CHECKOUT / "docs" / "conflict-events.md"
    failed, attempted = doctest.testfile(str(guide), module_relative=False)
    assert attempted > 10
    assert failed == 0


# The page on layouts


def test_the_page_has_every_key_of_every_layout() -> None:
    page = (CHECKOUT / "docs" / "layouts.md").read_text("utf-8")
    keys = {row["key"].strip("`"): row for row in layout_keys()}
    assert all(row["meaning"] and f"| `{key}` | {row['holds']} |" in page for key, row in keys.items())
    for file in sorted((CHECKOUT / "schemas" / "layouts").glob("*.toml")):
        content = tomllib.loads(file.read_text("utf-8"))
        if "marks" in content:
            inner = {f"{key}.{name}" for key in ("csv", "date", "precision") for name in content.get(key, {})}
            assert content.keys() | inner <= keys.keys(), file.name
    fields = {field.name for field in dataclasses.fields(Layout)}
    assert {key for key in keys if "." not in key} == fields


def test_the_worked_example_is_valid_and_does_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = CHECKOUT / "docs" / "example-layout"
    folder = tmp_path / "schemas"
    shutil.copytree(CHECKOUT / "schemas", folder)
    shutil.copy(example / "strikes.toml", folder / "layouts")
    assert not schema_faults(read_schema_files(folder))
    monkeypatch.setattr("crisisdata._events.layouts.folder", lambda: folder / "layouts")
    monkeypatch.chdir(example)
    layouts.cache_clear()
    try:
        text = (CHECKOUT / "docs" / "layouts.md").read_text("utf-8")
        done = doctest.testfile(str(CHECKOUT / "docs" / "layouts.md"), module_relative=False)
        assert text.count(">>>") == done.attempted > 4
        assert done.failed == 0
    finally:
        layouts.cache_clear()
