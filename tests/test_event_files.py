"""Events in the files that people have: encodings, delimiters, headers, date formats, spellings of countries, workbooks."""

from __future__ import annotations

import gzip
import tomllib
import warnings
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import CHECKOUT

import crisisdata as cd
from crisisdata._events.countries import folded, is_country_elsewhere
from crisisdata.errors import (
    CrisisDataError,
    EventsWarning,
    InvalidEventsError,
    NoOverlapWarning,
)

DAY: dict[str, Any] = {"episodes": ["mli-2020-08"], "before": 0, "after": 0}
PLAIN: dict[str, Any] = {"date": "day", "country": "place"}
GDELT = [
    "1",
    "20200818",
    "202008",
    "2020",
    "2020.6",
    *[""] * 20,
    "1",
    "010",
    "010",
    "01",
    "1",
    "0.0",
    "4",
    "1",
    "4",
    "-2.5",
]
GDELT += [*[""] * 14, "1", "Mali", "ML", "ML", "", "", "", "20200818"]


def write(place: Path, name: str, content: str | bytes) -> Path:
    file = place / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def on_the_day(events: Any, **arguments: Any) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EventsWarning)
        return cd.align(events, **(DAY | arguments))["events"].tolist()


# Dates


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["08/05/2020", "08/06/2020"], "8 May 2020 .date_format='%d/%m/%Y'.* or 5 August 2020 .date_format='%m/%d/%Y'"),
        (["05/08/20", "18/08/20"], "5 August 2020 .*'%d/%m/%y'.* or 20 August 2005 .*'%y/%m/%d'"),
        (["18/08/2020", "05/08/2020"], "They match date_format='%d/%m/%Y'"),
        (["08/18/2020", "08/05/2020"], "They match date_format='%m/%d/%Y'"),
        (["18-Aug-2020", "19-Aug-2020"], "They match date_format='%d-%b-%Y'"),
        (["soon", "later"], "not written as 2021-05-24"),
        (["2020-08-18", "2020-02-30"], "'2020-02-30' .1 event"),
    ],
)
def test_no_order_of_day_and_month_is_guessed_in_a_file_or_in_a_frame(
    cells: list[str], said: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame({"day": cells, "place": "Mali"})
    frame.to_csv(tmp_path / "events.csv", index=False)
    messages = set()
    for events in (frame, tmp_path / "events.csv"):
        for call in (cd.align, cd.in_force):
            with pytest.raises(InvalidEventsError, match=said) as caught:
                call(events, **PLAIN)
            messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize(
    ("form", "cell"), [("%d/%m/%Y", "18/08/2020"), ("%m/%d/%y", "08/18/20"), ("%Y%m%d", "20200818")]
)
def test_a_named_format_is_read_in_a_file_and_in_a_frame(form: str, cell: str, tmp_path: Path) -> None:
    frame = pd.DataFrame({"day": [cell], "place": "Mali"})
    frame.to_csv(tmp_path / "events.csv", index=False)
    for events in (frame, tmp_path / "events.csv"):
        assert on_the_day(events, date_format=form, **PLAIN) == [1]
        with pytest.raises(InvalidEventsError, match="do not match date_format='%d of %B'"):
            cd.align(events, date_format="%d of %B", **PLAIN)


def test_a_date_in_three_columns_is_read_in_any_frame_and_file(tmp_path: Path) -> None:
    frame = pd.DataFrame({"year": [2020, 2020], "month": [8, 8], "day": [18, 19], "place": "Mali"})
    frame.to_csv(tmp_path / "events.csv", index=False)
    call: dict[str, Any] = {"date": ["year", "month", "day"], "country": "place"}
    for events in (frame, frame.astype("float64", errors="ignore"), frame.astype(str), tmp_path / "events.csv"):
        assert on_the_day(events, **call) == [1]
        kept = cd.in_force(events, **call)
        assert kept["ruled_by"].tolist() == ["mli-2020-08"] * 2
    with pytest.raises(InvalidEventsError, match="'2020-8-31.5'|'2020-8-32'"):
        cd.align(frame.assign(day=[18, 32]), **call)
    with pytest.raises(CrisisDataError, match="year, month and day"):
        cd.align(frame, date=["year", "month"], country="place")


def test_a_year_that_contradicts_the_date_is_an_error() -> None:
    mine = pd.DataFrame({"event_id_cnty": ["MLI1", "MLI2"], "event_date": ["0020-08-20", "2020-08-20"], "year": 2020})
    with pytest.raises(
        InvalidEventsError, match="the year in the column 'year' differs from that of the date, such as '0020-08-20'"
    ):
        cd.align(mine.assign(country="Mali"))
    own = pd.DataFrame({"day": ["2020-08-18"], "place": "Mali", "Year": [2019]})
    with pytest.raises(InvalidEventsError, match="the year in the column 'Year' differs"):
        cd.align(own, **PLAIN)
    # An event across New Year has one of its two years.
    ged = pd.DataFrame({"date_start": ["2019-12-31"], "country_id": [432], "best": [1], "year": [2020]})
    assert cd.align(ged, anchor=pd.DataFrame({"iso3": ["MLI"], "date": ["2019-12-31"]}), before=0, after=0)[
        "events"
    ].tolist() == [1]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (["0020-08-20", "2020-08-20"], "0020-08-20 .1 event; before 1900"),
        (["2002-08-20", *["2020-08-20"] * 120], "2002-08-20 .1 event; the next is 2020-08-20"),
        ([*["2020-08-20"] * 120, "2202-08-20"], "2202-08-20 .1 event; the one before is 2020-08-20"),
        (["2020-08-20", "2098-01-05"], "2098-01-05 .1 event; in the future"),
    ],
)
def test_a_few_days_far_from_all_others_get_a_warning(days: list[str], said: str) -> None:
    with pytest.warns(EventsWarning, match=said):
        cd.align(pd.DataFrame({"day": days, "place": "Mali"}), **PLAIN, episodes=["mli-2020-08"])


def test_sparse_events_get_no_warning() -> None:
    days = ["1990-06-01", "1996-02-03", "2003-04-05", "2012-03-22", "2020-08-20"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cd.align(pd.DataFrame({"day": days, "place": "Mali"}), **PLAIN, episodes=["mli-2020-08"], after=0)


# Countries


SPELLINGS = {
    "CIV": ["Ivory Coast", "Cote d'Ivoire", "Côte d’Ivoire", "CÔTE D'IVOIRE"],
    "COG": ["Republic of Congo", "Congo, Rep.", "Congo", "République du Congo", "Congo-Brazzaville"],
    "TUR": ["Turkey", "Turkiye", "Türkiye", "Turquie"],
    "RUS": ["Russia", "Russian Federation", "Russia (Soviet Union)", "Russie"],
    "GBR": ["United Kingdom", "UK", "Royaume-Uni"],
    "EGY": ["Egypt, Arab Rep.", "Égypte"],
    "USA": ["United States", "United States of America", "États-Unis"],
    "GNB": ["Guinea-Bissau", "Guinea Bissau", "Guinée-Bissau"],
    "CZE": ["Czech Republic", "Czechia", "Tchéquie"],
}


@pytest.mark.parametrize(("iso3", "names"), SPELLINGS.items())
def test_names_in_common_use_are_known(iso3: str, names: list[str]) -> None:
    anchors = pd.DataFrame({"iso3": [iso3], "date": ["2020-08-18"]})
    for name in names:
        mine = pd.DataFrame({"event_id_cnty": ["X1"], "event_date": ["2020-08-18"], "country": [name]})
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert cd.align(mine, anchor=anchors, before=0, after=0)["events"].tolist() == [1], name


def test_no_name_stands_for_two_countries() -> None:
    names = tomllib.loads((CHECKOUT / "schemas" / "layouts" / "country_names.toml").read_text("utf-8"))
    owners: dict[str, str] = {}
    for iso3, listed in names.items():
        for name in listed:
            assert owners.setdefault(folded(name), iso3) == iso3, name
    for row in cd.load("countries").itertuples():
        for name in (row.name, row.name_fr):
            assert owners.get(folded(name), row.iso3) == row.iso3, name
        assert row.iso3 in names
    assert is_country_elsewhere("Brazil", None)
    assert is_country_elsewhere("bra", None)
    assert not is_country_elsewhere("Mlai", None)


def test_what_is_left_out_of_a_published_dataset_is_said_with_counts() -> None:
    places = ["Mali", "Brazil", "Brazil", "Mlai", None]
    mine = pd.DataFrame({"event_id_cnty": list("abcde"), "event_date": "2020-08-18", "country": places})
    with pytest.warns(
        EventsWarning,
        match="left out: 3 in 2 countries .*'Brazil' .2., 'Mlai' .1.; 1 without a country. Not a known country name: 'Mlai' .1.",
    ):
        cd.align(mine, **DAY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cd.align(mine, others="drop", **DAY)
    with pytest.raises(InvalidEventsError, match="'Mlai'"):
        cd.align(mine, others="raise", **DAY)


def test_a_number_that_is_nearly_a_code_is_none() -> None:
    mine = pd.DataFrame({"day": ["2020-08-18"] * 2, "ccode": [432.0, 432.4]})
    with pytest.raises(InvalidEventsError, match="432.4 .1."):
        cd.align(mine, date="day", country="ccode")
    assert on_the_day(mine, date="day", country="ccode", others="drop") == [1]


# Layouts as people have them


def acled(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {"event_id_cnty": ["MLI1"], "event_date": ["18 August 2020"], "iso": [466], "fatalities": [3]} | columns
    )


def layouts_in_use() -> dict[str, pd.DataFrame]:
    tags = pd.DataFrame([["#event+id", "#date+occurred", "#country+code", "#affected+killed"]], columns=acled().columns)
    ged = pd.DataFrame({
        "id": [1], "year": [2020], "type_of_violence": [1], "conflict_new_id": [1], "country": ["Mali"], "country_id": [432],
        "date_prec": [1], "date_start": ["2020-08-18"], "date_end": ["2020-08-18"], "low": [1], "best": [3], "high": [4],
    })  # fmt: skip
    return {
        "acled": acled(),
        "acled of 2015, in upper case": acled(event_date=["18-August-2020"], country=["Mali"], gwno=[432]).drop(columns="iso").rename(columns=str.upper),
        "acled as its API answers": acled(event_date=["2020-08-18"]).astype(str),
        "acled with the tag row of HDX": pd.concat([tags, acled().astype(str)], ignore_index=True),
        "acled of HDX, by iso3": acled(iso3=["MLI"]).drop(columns="iso"),
        "acled, an extract": acled().drop(columns=["event_id_cnty"]),
        "ged 19.1, without relid": ged,
        "ged, an extract": ged[["date_start", "country_id", "best"]],
        "ged of HDX, by name": ged.drop(columns="country_id").rename(columns={"country": "Country"}),
        "gdelt with a header": pd.DataFrame({"GLOBALEVENTID": [1], "SQLDATE": [20200818], "ActionGeo_CountryCode": ["ML"], "NumArticles": [3]}),
    }  # fmt: skip


VALUES = {"acled": "fatalities", "ged": "best", "gdelt": "NumArticles"}


@pytest.mark.parametrize("kind", list(layouts_in_use()))
def test_a_layout_is_recognised_by_the_columns_that_are_used(kind: str, tmp_path: Path) -> None:
    frame = layouts_in_use()[kind]
    value = VALUES[kind.split()[0].rstrip(",")]
    value = next(name for name in frame if name.lower() == value.lower())
    frame.to_csv(tmp_path / "events.csv", index=False)
    frame.to_excel(tmp_path / "events.xlsx", index=False)
    frame.to_csv(tmp_path / "events.tsv", index=False, sep="\t")
    for events in (frame, tmp_path / "events.csv", tmp_path / "events.xlsx", str(tmp_path / "*.tsv")):
        found = cd.align(events, value=value, **DAY)
        assert found[["events", f"{value}_sum"]].values.tolist() == [[1, 3]]
        table = cd.read_events(events)
        assert [row[value] for row in table.to_pyarrow().to_pylist()] == [3]
        assert list(table.columns) == list(frame.columns)


def test_a_layout_that_is_named_is_checked_like_one_that_is_guessed(tmp_path: Path) -> None:
    two = [
        *GDELT[:39],
        "",
        *GDELT[39:46],
        "",
        *GDELT[46:53],
        "",
        *GDELT[53:56],
        "20200818120000",
        "https://example.org",
    ]
    file = write(tmp_path, "gdelt.csv", "\t".join(two) + "\n")
    with pytest.raises(InvalidEventsError, match="these are the 61 columns of GDELT 2.0. Pass layout='gdelt_2'"):
        cd.read_events(file, layout="gdelt_1")
    assert on_the_day(file) == [1]
    [row] = cd.read_events(file, layout="gdelt_2").to_pyarrow().to_pylist()
    assert (row["ActionGeo_CountryCode"], row["ActionGeo_Type"], row["DATEADDED"]) == ("ML", "1", "20200818120000")
    with pytest.raises(InvalidEventsError, match="no column 'styr'"):
        cd.read_events(pd.DataFrame({"ccode": [432]}), layout="scad")


def test_no_line_of_gdelt_is_lost(tmp_path: Path) -> None:
    rows = [[*GDELT[:1], *GDELT[1:]], [*GDELT, "https://example.org"]] * 60
    file = write(tmp_path, "gdelt.csv", "".join("\t".join(row) + "\n" for row in rows))
    assert cd.read_events(file).count().to_pyarrow().as_py() == 120
    assert on_the_day(file) == [120]
    cut = write(tmp_path, "cut.csv", file.read_text() + "\t".join(GDELT[:30]) + "\n")
    with pytest.raises(InvalidEventsError, match="1 of 121 lines of .*cut.csv have fewer than 57 cells"):
        cd.align(cut)
    long = write(tmp_path, "long.csv", file.read_text() + "\t".join([*GDELT, "a", "b"]) + "\n")
    with pytest.raises(InvalidEventsError, match="Line: 121: Expected Number of Columns: 58 Found: 59"):
        cd.align(long)


# Files


def test_a_file_in_windows_1252_is_read_and_said_to_be(tmp_path: Path) -> None:
    text = "event_id_cnty,event_date,iso,fatalities,notes\nMLI1,18 August 2020,466,0,L’armée\n"
    file = write(tmp_path, "acled.csv", text.encode("cp1252"))
    with pytest.warns(
        EventsWarning,
        match=r"acled.csv is not in UTF-8 \(the first byte that is not is 0x92, at byte 74\); it is read as Windows-1252",
    ):
        assert cd.read_events(file).to_pyarrow().to_pylist()[0]["notes"] == "L’armée"
    (tmp_path / "acled.csv").write_text(text, encoding="utf-8-sig")
    assert cd.read_events(file).to_pyarrow().to_pylist()[0]["notes"] == "L’armée"
    (tmp_path / "acled.csv").write_text(text, encoding="utf-16")
    assert cd.read_events(file).to_pyarrow().to_pylist()[0]["notes"] == "L’armée"
    packed = tmp_path / "acled.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    assert on_the_day(packed) == [1]
    neither = write(tmp_path, "neither.csv", b"day,place\n2020-08-18,M\x81li\n")
    with pytest.raises(
        InvalidEventsError, match="neither in UTF-8 .*0x81, at byte 23.* nor in Windows-1252 .*byte 0x81"
    ):
        cd.align(neither, **PLAIN)


def test_the_first_wrong_byte_is_found_across_blocks(tmp_path: Path) -> None:
    from crisisdata._events import textfiles

    for length in range(textfiles._BLOCK - 6, textfiles._BLOCK + 3):
        content = b"x" * length + "é".encode() + b"\xe9z"
        file = write(tmp_path, "long.csv", content)
        assert textfiles._encoding(str(file)) == (
            "cp1252",
            f"the first byte that is not is 0xE9, at byte {length + 3:,}",
        )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("day,place\n2020-08-18,Mali\n2020-08-18,Mali,more\n2020-08-18,Mali\n", "CSV Error on Line: 3: Expected Number of Columns: 2 Found: 3; it is '2020-08-18,Mali,more'"),
        ("day,place,n\n2020-08-18,Mali\n", "Line: 2: Expected Number of Columns: 3 Found: 2"),
        ('"day","place"\n"1","2020-08-18","Mali"\n', "the header is one name short, as R's write.table"),
        ("Downloaded on Monday\nday,place\n2020-08-18,Mali\n", "must name the columns; delete what is above"),
        ("day,place,place\n2020-08-18,Mali,Mali\n", "column names must be unique; repeated: 'place'"),
        ("day,place\n2020-08-18,Mali\n,\n", "1 of 2 events have no date"),
        ('day,place\n"2020-08-18,Mali\n', "Line: 2: Value with unterminated quote"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_with_the_line(content: str, said: str, tmp_path: Path) -> None:
    for call in (cd.align, cd.in_force):
        with pytest.raises(InvalidEventsError, match=said):
            call(write(tmp_path, "events.csv", content), **PLAIN)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_ends_of_lines_do_not_matter(mark: str, end: str, tmp_path: Path) -> None:
    lines = [
        ["day", "place", "n", "note"],
        ["2020-08-18", "Mali", "4", f'"a{mark} b{end}c"'],
        ["2020-08-18", "Mali", "NA", ""],
    ]
    file = write(tmp_path, "events.csv", end.join(mark.join(line) for line in lines))
    found = cd.align(file, value="n", **PLAIN, **DAY)
    assert found[["events", "n_sum"]].values.tolist() == [[2, 4]]
    rows = cd.align(file, every=None, columns=["n", "note"], **PLAIN, **DAY)
    assert rows["n"].tolist()[0] == 4
    assert rows["note"].tolist()[0] == f"a{mark} b{end}c"


def test_a_cell_means_the_same_wherever_it_stands_in_the_file(tmp_path: Path) -> None:
    """What a column holds is decided over all of it: a code keeps its zeros, and the last line counts as the first does."""
    lines = [f"2020-08-18,Mali,{number},0{number},2020-08-{number % 9 + 1:02}" for number in range(30_000)]
    file = write(
        tmp_path,
        "events.csv",
        "day,place,n,code,reported\n" + "\n".join([*lines, "2020-08-18,Mali,NA,017,soon"]) + "\n",
    )
    found = cd.align(file, value="n", **PLAIN, **DAY)
    assert found[["events", "n_sum"]].values.tolist() == [[30_001, sum(range(30_000))]]
    rows = cd.in_force(file, columns=["n", "code", "reported"], **PLAIN)
    assert rows["n"].dtype == "Int64"
    assert rows["code"].tolist()[:2] == ["00", "01"]
    assert rows["reported"].tolist()[-1] == "soon"
    late = write(tmp_path, "late.csv", "day,place,n\n" + "2020-08-18,Mali,1\n" * 30_000 + "2020-08-18,Mali,two\n")
    with pytest.raises(InvalidEventsError, match="'n' contains string, which cannot be summed"):
        cd.align(late, value="n", **PLAIN)


def test_numbers_of_a_layout_that_are_none_are_named(tmp_path: Path) -> None:
    assert cd.align(acled(fatalities=["NA"]), value="fatalities", **DAY)["fatalities_sum"].isna().tolist() == [True]
    with pytest.raises(InvalidEventsError, match="1 values of 'fatalities' are not numbers, such as 'many'"):
        cd.align(acled(fatalities=["many"]), value="fatalities", **DAY)
    acled(fatalities=["many"]).to_csv(tmp_path / "acled.csv", index=False)
    with pytest.raises(InvalidEventsError, match="'fatalities' are not numbers"):
        cd.read_events(tmp_path / "acled.csv")


def test_several_files_must_have_the_same_columns(tmp_path: Path) -> None:
    write(tmp_path, "1.csv", "day,place\n2020-08-18,Mali\n")
    write(tmp_path, "2.csv", "place;day\nMali;2020-08-18\n")
    assert on_the_day(tmp_path / "*.csv", **PLAIN) == [2]
    write(tmp_path, "3.csv", "day,where\n2020-08-18,Mali\n")
    with pytest.raises(InvalidEventsError, match="3.csv has no column 'place', which .*1.csv has"):
        cd.align(tmp_path / "*.csv", **PLAIN)


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path, "events.csv", "day,place\n2020-08-18,Mali\n")
    assert on_the_day("~/events.csv", **PLAIN) == [1]


def test_a_workbook_with_several_sheets_is_read_where_one_holds_events(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "events.xlsx") as book:
        pd.DataFrame({"Licence": ["CC BY"]}).to_excel(book, sheet_name="About", index=False)
        acled(event_date=pd.to_datetime(["2020-08-18"])).to_excel(book, sheet_name="Data", index=False)
    assert on_the_day(tmp_path / "events.xlsx") == [1]
    with pd.ExcelWriter(tmp_path / "two.xlsx") as book:
        for name in ("a", "b"):
            pd.DataFrame({"day": ["2020-08-18"], "place": ["Mali"]}).to_excel(book, sheet_name=name, index=False)
    with pytest.raises(InvalidEventsError, match="has 2 sheets .a, b."):
        cd.align(tmp_path / "two.xlsx", **PLAIN)


# Coverage and windows


def test_keys_of_coverage_are_countries() -> None:
    mine = pd.DataFrame({"day": ["2020-08-18"], "place": "Mali"})
    by_name = cd.align(mine, coverage={"Mali": ("2020-01-01", "2020-12-31")}, **PLAIN, **DAY)
    assert by_name["days_covered"].tolist() == [1]
    for key in ("ML", "Mlai", 466):
        with pytest.raises(CrisisDataError, match=f"no country '{key}'"):
            cd.align(mine, coverage={key: ("2020-01-01", "2020-12-31")}, **PLAIN, **DAY)
    for span in (("2020-01-01", None), "2020", 5, ("2020-01-01",)):
        with pytest.raises(CrisisDataError, match="must have a first and a last day"):
            cd.align(mine, coverage=span, **PLAIN, **DAY)


def test_windows_that_are_not_covered_are_named() -> None:
    mine = pd.DataFrame({"day": ["2020-08-01", "2020-09-30"], "place": "Mali"})
    call: dict[str, Any] = {"before": 2, "after": 2, "episodes": ["mli-2020-08", "mli-2021-05", "tcd-2021-04"]}
    with pytest.warns(NoOverlapWarning, match=r"2 of 3 windows .* Not covered: mli-2021-05 .*; tcd-2021-04 ") as caught:
        cd.align(mine, **PLAIN, **call)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cd.align(mine, coverage=("2020-01-01", "2022-12-31"), **PLAIN, **call)


def test_other_episodes_are_marked_whether_they_were_asked_for_or_not() -> None:
    mine = pd.DataFrame({"day": ["2019-01-01", "2023-01-01"], "place": "Mali"})
    alone = cd.align(mine, episodes=["mli-2021-05"], **PLAIN)
    both = cd.align(mine, episodes=["mli-2020-08", "mli-2021-05"], **PLAIN)
    marks = both[both["episode_id"] == "mli-2021-05"].reset_index(drop=True)["also_in"]
    pd.testing.assert_series_equal(alone["also_in"], marks)
    assert set(alone["also_in"].dropna()) == {"mli-2020-08"}
    placebo = pd.DataFrame({"iso3": ["MLI"], "date": ["2020-02-20"], "anchor": ["placebo"]})
    marked = cd.align(mine, anchor=placebo, before=0, after=10, **PLAIN)
    assert marked["also_in"].isna().all()
    marked = cd.align(mine, anchor=placebo, before=0, after=200, **PLAIN)
    assert set(marked["also_in"].dropna()) == {"mli-2020-08"}


# Series of periods


def spread(rows: list[tuple[str, float | None]], day: date, period: str) -> list[tuple[float | None, float, int]]:
    """Return of the rows that cover a day: the value, its share of that day, and which row it is."""
    found: list[tuple[float | None, float, int]] = []
    for number, (text, value) in enumerate(rows):
        start = date.fromisoformat(text)
        if period == "week":
            days = [start + timedelta(days=n) for n in range(7)]
        else:
            length = {"month": 1, "quarter": 3, "year": 12}[period]
            month = (start.year * 12 + start.month - 1) // length * length
            first, after = (date(m // 12, m % 12 + 1, 1) for m in (month, month + length))
            days = [first + timedelta(days=n) for n in range((after - first).days)]
        if day in days:
            found.append((value, 1 / len(days), number))
    return found


@pytest.mark.parametrize("period", ["week", "month", "quarter", "year"])
@pytest.mark.parametrize("every", ["day", "week", "month"])
@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
def test_a_value_of_a_period_belongs_to_all_of_its_days(period: str, every: str, engine: str) -> None:
    starts = {
        "week": [str(day.date()) for day in pd.date_range("2020-06-06", periods=30, freq="7D") if day.month != 9],
        "month": ["2020-06-01", "2020-07-31", "2020-08-15", "2020-10-01", "2020-11-01"],
        "quarter": ["2020-04-01", "2020-07-01", "2021-01-01"],
        "year": ["2019-01-01", "2020-01-01"],
    }[period]
    rows: list[tuple[str, float | None]] = [
        (text, None if n == 2 else float(n + 1) ** 2) for n, text in enumerate(starts)
    ]
    frame = pd.DataFrame(rows, columns=["when", "price"]).assign(place="MLI", when=lambda f: pd.to_datetime(f["when"]))
    call: dict[str, Any] = {"date": "when", "country": "place", "value": "price", "agg": ["sum", "mean", "min", "max"]}
    call |= {"every": every, "period": period, "episodes": ["mli-2020-08"], "before": 70, "after": 70}
    if engine == "pandas":
        found = cd.align(frame, **call)
    else:
        connection = duckdb.connect()
        connection.register("given", pa.Table.from_pandas(frame))
        connection.execute("create table events as from given")
        found = cd.align(ibis.duckdb.from_connection(connection).table("events"), **call).to_pyarrow().to_pandas()
    assert len(found) > 4
    for cell in found.itertuples():
        days = [day.date() for day in pd.date_range(cell.start_date, cell.end_date)]
        covering = [(day, *each) for day in days for each in spread(rows, day, period)]
        values = [(value, share) for _, value, share, _ in covering if value is not None]
        assert cell.days_covered == len({day for day, *_ in covering})
        assert (0 if pd.isna(cell.events) else cell.events) == len({number for *_, number in covering})
        if not values:
            assert pd.isna([cell.price_sum, cell.price_mean, cell.price_min, cell.price_max]).all()
            continue
        assert cell.price_sum == pytest.approx(sum(value * share for value, share in values))
        assert cell.price_mean == pytest.approx(sum(value for value, _ in values) / len(values))
        assert (cell.price_min, cell.price_max) == (min(v for v, _ in values), max(v for v, _ in values))


def test_the_total_of_august_does_not_fall_before_the_coup() -> None:
    frame = pd.DataFrame({"when": ["2020-07-01", "2020-08-01", "2020-09-01"], "place": "Mali", "deaths": [0, 31, 0]})
    call: dict[str, Any] = {"date": "when", "country": "place", "value": "deaths"}
    for refused in (lambda: cd.align(frame, **call), lambda: cd.in_force(frame, date="when", country="place")):
        with pytest.raises(
            InvalidEventsError, match="all 3 days .* are the first of a month.* period='month'.* or period='day'"
        ):
            refused()
    months = cd.align(frame, every="month", period="month", episodes=["mli-2020-08"], before=31, after=30, **call)
    assert months[["month", "deaths_sum"]].round(6).values.tolist() == [[-1, 17], [0, 14]]
    ends = frame.assign(when=pd.to_datetime(frame["when"]) + pd.offsets.MonthEnd(0))
    with pytest.raises(InvalidEventsError, match="are the last of a month"):
        cd.align(ends, **call)
    periods = frame.assign(when=pd.PeriodIndex(frame["when"], freq="M"))
    for events in (ends, periods):
        again = cd.align(events, every="month", period="month", episodes=["mli-2020-08"], before=31, after=30, **call)
        pd.testing.assert_frame_equal(again, months)
    assert (
        cd.align(frame, period="day", episodes=["mli-2020-08"], before=17, after=0, **call)["deaths_sum"].tolist()[0]
        == 31
    )
    assert len(cd.in_force(frame, date="when", country="place", period="day")) == 3
    for call_, said in (({"every": None}, "needs every="), ({"period": "decade"}, "period must be one of")):
        with pytest.raises(CrisisDataError, match=said):
            cd.align(frame, **({"period": "month", "date": "when", "country": "place"} | call_))
    with pytest.raises(InvalidEventsError, match="frequency 'month', but period='year' gives another"):
        cd.align(periods, period="year", **call)
    with pytest.raises(InvalidEventsError, match="periods of a month, not single days"):
        cd.in_force(periods, date="when", country="place")


# Order, and former names


def test_rows_come_back_in_their_order_with_their_index() -> None:
    days = pd.date_range("2005-01-01", periods=5000, freq="D").to_numpy()
    frame = pd.DataFrame({"day": days, "place": ["Mali", "Niger", "Tchad"] * 1666 + ["Mali", "MLI"]}).sample(
        frac=1, random_state=7
    )
    frame["n"] = range(5000)
    frame["kind"] = pd.Categorical(["a", "b"] * 2500)
    found = cd.in_force(frame, **PLAIN)
    pd.testing.assert_frame_equal(found[list(frame)], frame)
    twice = frame.set_index(pd.Index([1] * 5000))
    pd.testing.assert_index_equal(cd.in_force(twice, **PLAIN).index, twice.index)
    for events in (pl.DataFrame(frame), pl.LazyFrame(frame), pa.Table.from_pandas(frame, preserve_index=False)):
        again = cd.in_force(events, **PLAIN)
        again = again.to_arrow() if hasattr(again, "to_arrow") else again
        assert again["n"].to_pylist() == list(range(5000))
        assert (
            again["ruled_by"].to_pylist()
            == found["ruled_by"].astype(object).where(found["ruled_by"].notna(), None).tolist()
        )
    rows = cd.align(frame, every=None, columns=["n", "kind"], before=3, after=3, episodes=["mli-2012-03"], **PLAIN)
    assert rows["day"].is_monotonic_increasing
    assert rows["kind"].dtype == frame["kind"].dtype
    for _, group in rows.groupby("day"):
        assert group["n"].is_monotonic_increasing


def test_a_file_and_a_table_with_a_key_keep_their_order(tmp_path: Path) -> None:
    days = pd.date_range("2005-01-01", periods=5000, freq="D").strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": days, "place": "MLI"}).sample(frac=1, random_state=7).assign(n=range(5000))
    frame = pd.concat([frame] * 60, ignore_index=True).assign(n=range(300_000))
    frame.to_parquet(tmp_path / "events.parquet")
    frame.to_csv(tmp_path / "events.csv", index=False)
    for name in ("events.parquet", "events.csv"):
        assert cd.in_force(tmp_path / name, columns=["n"], **PLAIN)["n"].tolist() == list(range(300_000))
    connection = duckdb.connect()
    connection.execute(f"create table events as from '{tmp_path / 'events.parquet'}'")
    table = ibis.duckdb.from_connection(connection).table("events")
    found = cd.in_force(table, key="n", columns=["n"], date="day", country="place").to_pyarrow()
    assert found["n"].to_pylist() == list(range(300_000))
    with pytest.raises(CrisisDataError, match="key='m' must be one of the returned columns: n"):
        cd.in_force(table, key="m", columns=["n"], date="day", country="place")


def test_former_names_of_arguments_still_work_and_name_the_new_ones() -> None:
    mine = pd.DataFrame({"day": ["2020-08-18"], "place": "Mali", "kind": "a"})
    new = cd.align(mine, every="week", columns=["kind"], **PLAIN, **DAY)
    with pytest.warns(DeprecationWarning, match=r"by= is now called every=; write every='week'") as caught:
        old = cd.align(mine, by="week", columns=["kind"], **PLAIN, **DAY)
    assert caught[0].filename == __file__
    pd.testing.assert_frame_equal(old, new)
    with pytest.warns(DeprecationWarning, match=r"keep= is now called columns=; write columns=\['kind'\]"):
        old = cd.align(mine, every="week", keep=["kind"], **PLAIN, **DAY)
    pd.testing.assert_frame_equal(old, new)
    with pytest.warns(DeprecationWarning, match=r"keep= is now called columns="):
        assert next(iter(cd.in_force(mine, keep=["kind"], **PLAIN))) == "kind"


def as_list(column: Any) -> list[Any]:
    return column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()


@pytest.mark.parametrize(
    "names", [("v", "V"), ("window", "cell"), ("events_", "row"), ("", "period"), ("x0", "g0"), (0, 1)]
)
def test_columns_may_have_any_name(names: tuple[Any, Any], tmp_path: Path) -> None:
    first, second = names
    frame = pd.DataFrame({"when": ["2020-08-18", "2020-08-18"], "place": "Mali", first: [1, 2], second: [10, 20]})
    call: dict[str, Any] = {"date": "when", "country": "place", **DAY}
    files = []
    if isinstance(first, str):
        frame.to_parquet(tmp_path / "events.parquet")
        frame.to_csv(tmp_path / "events.csv", index=False)
        files = [tmp_path / "events.parquet", tmp_path / "events.csv", pa.Table.from_pandas(frame)]
    for events in (frame, *files):
        found = cd.align(events, value=[first, second], **call)
        assert [as_list(found[f"{name}_sum"]) for name in names] == [[3], [30]]
        split = cd.align(events, columns=[second, first], **call)
        assert [as_list(split[name]) for name in names] == [[1, 2], [10, 20]]
        for rows in (
            cd.align(events, every=None, columns=[first, second], **call),
            cd.in_force(events, date="when", country="place"),
        ):
            assert [as_list(rows[name]) for name in names] == [[1, 2], [10, 20]]
