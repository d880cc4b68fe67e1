"""Which events there were, under whose definition each counts, and where the lists have them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import FILES, faults_of, raw_coding, write_cases

import crisisdata as cd
from crisisdata._editions import Edition
from crisisdata.coding.derive import DEFINITIONS, derive
from crisisdata.coding.publish import publish
from crisisdata.coding.schema import Schema
from crisisdata.coding.validate import read_coding
from crisisdata.errors import ArgumentError, UnknownNameError

CANDIDATES = "candidates/aaa.yaml"
CASE = "episodes/aaa-2020-01.yaml"
UNIVERSE = FILES | {
    CASE: FILES[CASE].replace("  perpetrator_id: junta\n", "  target_office: head_of_state\n  perpetrator_id: junta\n"),
    CANDIDATES: """candidates:
  - candidate_id: aaa-2020-01
    iso3: AAA
    name: Land, January 2020
    event_date: 2020-01-02
    event_type: coup
    outcome: successful
    existence: documented
    target_office: head_of_state
    overt: yes
    insiders: yes
    military: yes
    capital_attacked: yes
    power_ended_date: not_applicable
    episode_id: aaa-2020-01
    summary: Officers took power.
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 1, reading: Says so., date_basis: stated}
  - candidate_id: aaa-2019-05
    iso3: AAA
    name: Land, plot of May 2019
    event_date: 2019-05
    event_type: alleged_plot
    outcome: foiled
    existence: claimed
    insiders: yes
    target_office: head_of_state
    overt: no
    power_ended_date: not_applicable
    not_coded_reason: not_overt
    summary: The government spoke of a plot.
    evidence:
      - {source_id: paper-2020-01-03, locator: paragraph 2, reading: Says so., date_basis: stated}
""",
    "crosswalk.csv": (
        "candidate_id,dataset,version,native_id,native_date,native_code,native_label,listed_as,match_status,note,source_id\n"
        "aaa-2020-01,csp,1,,2020-01-03,success=1,successful coup,successful,partial,Dated a day later.,paper-2020-01-03\n"
        "aaa-2019-05,csp,1,,,,,not_counted,absent,Not in the list.,paper-2020-01-03\n"
    ),
}

BROKEN = {
    "neither coded nor explained": (CANDIDATES, "    not_coded_reason: not_overt\n", "", "either episode_id or not_coded_reason"),
    "key of another event": (CANDIDATES, "  - candidate_id: aaa-2020-01\n", "  - candidate_id: aaa-2020-02\n", "must have its key"),
    "another outcome": (CANDIDATES, "outcome: successful", "outcome: failed", "failed here, successful in the episode"),
    "another day": (CANDIDATES, "event_date: 2020-01-02", "event_date: 2020-01-09", "2020-01-09 here, 2020-01-02 in the episode"),
    "no evidence": (CANDIDATES, "    evidence:\n      - {source_id: paper-2020-01-03, locator: paragraph 2, reading: Says so., date_basis: stated}\n", "", "the record has no evidence"),
    "short key": (CANDIDATES, "candidate_id: aaa-2019-05", "id: plot", "unknown key"),
    "match not explained": ("crosswalk.csv", "Dated a day later.", "", "state what is not exact"),
    "absent with a date": ("crosswalk.csv", "aaa-2019-05,csp,1,,,", "aaa-2019-05,csp,1,,2019-05-01,", "it must be empty for rows that are absent or were not read"),
    "not read with a date": ("crosswalk.csv", "aaa-2019-05,csp,1,,,,,not_counted,absent", "aaa-2019-05,csp,1,,2019-05-01,,,not_read,not_read", "rows that are absent or were not read"),
    "not read by half": ("crosswalk.csv", "not_counted,absent", "not_counted,not_read", "in both match_status and listed_as"),
    "unknown list": ("crosswalk.csv", "aaa-2020-01,csp", "aaa-2020-01,cps", "did you mean 'csp'"),
}  # fmt: skip


def test_the_valid_files_have_no_faults(tmp_path: Path, schema: Schema) -> None:
    assert faults_of(write_cases(tmp_path, UNIVERSE), schema) == []


@pytest.mark.parametrize("what", BROKEN)
def test_broken_files_are_refused(what: str, tmp_path: Path, schema: Schema) -> None:
    file, old, new, message = BROKEN[what]
    assert old in UNIVERSE[file]
    write_cases(tmp_path, UNIVERSE | {file: UNIVERSE[file].replace(old, new, 1)})
    faults = faults_of(tmp_path, schema)
    assert any(message in fault for fault in faults), faults


# The definitions, on events whose answer is known


def event(**changes: Any) -> dict[str, Any]:
    """Return a military coup that meets every definition, with changes."""
    whole = {
        "event_type": "coup",
        "outcome": "successful",
        "target_office": "head_of_state",
        "overt": "yes",
        "insiders": "yes",
        "military": "yes",
        "capital_attacked": "yes",
        "event_date": date(2020, 1, 1),
        "power_ended_date": date(2020, 12, 31),
        "power_unknown": False,
    }
    return whole | changes


AGREED = ("powell_thyne", "cline", "colpus", "csp", "cam")
VERDICTS = {
    # the event → what it counts as for each of AGREED; s(uccessful), f(ailed), p(lot), n(ot counted), u(ndecided)
    "a coup": ({}, "s s s s s"),
    "held for six days": ({"power_ended_date": date(2020, 1, 7)}, "f s s f f"),
    "held for seven days": ({"power_ended_date": date(2020, 1, 8)}, "s s s f f"),
    "held for ten days": ({"power_ended_date": date(2020, 1, 11)}, "s s s f s"),
    "held for thirty days": ({"power_ended_date": date(2020, 1, 31)}, "s s s s s"),
    "held for an unknown time": ({"power_ended_date": None, "power_unknown": True}, "u s s u u"),
    "held, three days old": ({"event_date": date(2021, 5, 24), "power_ended_date": None}, "u s s u u"),
    "a failure": ({"outcome": "failed"}, "f f f f f"),
    "a failure far from the capital": ({"outcome": "failed", "capital_attacked": "no"}, "f u f f f"),
    "a plan": ({"event_type": "plot", "overt": "no", "outcome": "foiled"}, "n p n p n"),
    "a plan or an act": ({"event_type": "alleged_plot", "overt": "unclear", "outcome": "foiled"}, "u u u u u"),
    "civilians in the palace": ({"military": "no"}, "s s s s n"),
    "soldiers, perhaps": ({"military": "unclear"}, "s s s s u"),
    "upon the death of the ruler": ({"event_type": "military_succession"}, "u s u n u"),
    "a prime minister": ({"event_type": "removal_of_head_of_government", "target_office": "head_of_government"}, "n u n n n"),
    "rebels": ({"event_type": "rebel_offensive", "insiders": "no"}, "n s n n n"),
    "strangers at the gate": ({"event_type": "armed_attack", "insiders": "no", "outcome": "failed"}, "n f n n n"),
    "a mutiny": ({"event_type": "mutiny", "outcome": "failed"}, "u u u u u"),
    "a junta names its head": ({"event_type": "junta_reshuffle"}, "n n n n n"),
    "a junta overthrown": ({"target_office": "ruling_junta"}, "s s s s s"),
    "insiders against some other office": ({"target_office": "other"}, "u s u u u"),
    "an outcome that nobody found": ({"outcome": None}, "u u u u u"),
    "nothing known": ({"event_type": "unclear", "outcome": None, "overt": None, "insiders": None}, "u u u u u"),
}  # fmt: skip
SHORT = {"successful": "s", "failed": "f", "plot": "p", "not_counted": "n", "undecided": "u"}


@pytest.mark.parametrize("what", VERDICTS)
def test_each_definition_decides_as_it_is_written(what: str, schema: Schema) -> None:
    changes, expected = VERDICTS[what]
    verdicts = [DEFINITIONS[name](event(**changes), date(2021, 5, 27)) for name in AGREED]
    assert " ".join(SHORT[verdict] for verdict, _ in verdicts) == expected
    assert {test for _, test in verdicts} <= set(schema.codes["definition_test"].codes)


def test_every_definition_is_in_the_list_with_its_source(schema: Schema) -> None:
    assert tuple(DEFINITIONS) == AGREED
    for name in DEFINITIONS:
        assert schema.codes["coup_list"].codes[name].source_id
        assert DEFINITIONS[name].__doc__


def test_verdicts_stand_beside_the_list(tmp_path: Path, schema: Schema) -> None:
    rows = derive(read_coding(write_cases(tmp_path, UNIVERSE), schema))
    verdicts = {(row["candidate_id"], row["definition"]): row for row in rows["definitions"]}
    assert len(verdicts) == 2 * len(DEFINITIONS)
    plot, coup = verdicts["aaa-2019-05", "csp"], verdicts["aaa-2020-01", "csp"]
    assert (plot["counted_as"], plot["listed_as"], plot["agrees"]) == ("plot", "not_counted", "no")
    assert (coup["counted_as"], coup["listed_as"], coup["agrees"]) == ("successful", "successful", "yes")
    assert (coup["episode_id"], coup["why"]) == ("aaa-2020-01", "Dated a day later.")
    unread = verdicts["aaa-2020-01", "cam"]
    assert (unread["counted_as"], unread["listed_as"], unread["agrees"]) == ("successful", None, None)


def test_a_list_that_was_not_read_says_nothing(tmp_path: Path, schema: Schema) -> None:
    crosswalk = UNIVERSE["crosswalk.csv"].replace("not_counted,absent", "not_read,not_read")
    rows = derive(read_coding(write_cases(tmp_path, UNIVERSE | {"crosswalk.csv": crosswalk}), schema))
    verdicts = {(row["candidate_id"], row["definition"]): row for row in rows["definitions"]}
    plot = verdicts["aaa-2019-05", "csp"]
    assert (plot["counted_as"], plot["listed_as"], plot["agrees"]) == ("plot", "not_read", None)


def test_keys_of_a_list_are_as_exact_as_its_date(tmp_path: Path, schema: Schema) -> None:
    crosswalk = UNIVERSE["crosswalk.csv"].replace("1,,2020-01-03", "1,,2020-01")
    rows = derive(read_coding(write_cases(tmp_path, UNIVERSE | {"crosswalk.csv": crosswalk}), schema))
    keys = {row["candidate_id"]: row for row in rows["crosswalk"]}["aaa-2020-01"]
    assert (keys["year"], keys["month"], keys["day"]) == (2020, 1, None)


def test_the_timeline_is_that_of_the_coded_tables(tmp_path: Path, schema: Schema) -> None:
    rows = derive(read_coding(write_cases(tmp_path, UNIVERSE), schema))
    assert "candidates" not in {row["table_name"] for row in rows["timeline"]}


# Reading by definition, and the real data


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    return publish(raw_coding(), tmp_path_factory.mktemp("universe") / "edition")


def test_events_that_count_under_a_definition(edition: Edition) -> None:
    by_csp = cd.load("episodes", edition, definition="csp")
    by_cline = cd.load("episodes", edition, definition="cline")
    assert "tcd-2021-04" in set(by_cline["episode_id"]) - set(by_csp["episode_id"])
    assert "mli-2012-12" not in set(by_csp["episode_id"])
    assert len(cd.load("episodes", edition)) > len(by_csp)
    arrow = cd.load("candidates", edition, definition="csp", as_="arrow")
    polars = cd.load("candidates", edition, definition="csp", as_="polars")
    assert arrow.num_rows == len(polars) == len(cd.load("candidates", edition, definition="csp"))
    verdicts = cd.load("definitions", edition)
    counts = verdicts["counted_as"].isin(["successful", "failed", "plot"]) & (verdicts["definition"] == "csp")
    assert set(arrow["candidate_id"].to_pylist()) == set(verdicts.loc[counts, "candidate_id"])


def test_definitions_that_are_not_there(edition: Edition) -> None:
    with pytest.raises(UnknownNameError, match="no definition 'cps'.*did you mean 'csp'"):
        cd.load("episodes", edition, definition="cps")  # type: ignore[call-overload]
    with pytest.raises(ArgumentError, match="table must be one of 'episodes', 'candidates'; got 'sanctions'"):
        cd.load("sanctions", edition, definition="csp")
    with pytest.raises(UnknownNameError, match="no table 'definitions' in edition 0.1"):
        cd.load("episodes", "0.1", definition="csp")


def test_the_codebook_states_each_definition(edition: Edition) -> None:
    rule = cd.codebook("definitions", version=edition).loc["counted_as", "rule"]
    assert all(f"`{name}`" in rule for name in DEFINITIONS)
    assert cd.codebook("definitions", "definition", edition)["source_id"].notna().all()


def test_every_candidate_is_compared_with_each_list_that_was_read(edition: Edition) -> None:
    candidates, crosswalk = cd.load("candidates", edition), cd.load("crosswalk", edition)
    for dataset in ("powell_thyne", "cline", "colpus", "csp"):
        assert set(crosswalk.loc[crosswalk["dataset"] == dataset, "candidate_id"]) == set(candidates["candidate_id"])


def test_every_disagreement_has_a_reason(edition: Edition) -> None:
    verdicts = cd.load("definitions", edition)
    assert verdicts.loc[verdicts["agrees"] == "no", "why"].notna().all()
    undecided = verdicts["counted_as"] == "undecided"
    assert (verdicts.loc[undecided, "decided_by"] != "all_met").all()


def test_native_keys_of_cline_and_colpus_are_made_of_country_and_date(edition: Edition) -> None:
    crosswalk = cd.load("crosswalk", edition).dropna(subset=["native_id"])
    for _, row in crosswalk.iterrows():
        day = row["native_date"]
        made = {
            "cline": f"{row['cow_code']:03d}{day:%m%d%Y}",
            "colpus": f"{row['cow_code']}-{day.year}-{day.month}-{day.day}",
        }
        assert row["native_id"] == made[row["dataset"]]
    assert set(crosswalk["dataset"]) == {"cline", "colpus"}
