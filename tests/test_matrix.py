"""The reaction matrix: its rules on rows whose answer is known by hand, its figure and its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from casebuild import EPISODE, derived_from
from conftest import FILES, read_schema, write_cases
from matplotlib import pyplot as plt
from test_figures import drawn_texts, faults

import crisisdata as cd
from crisisdata.coding.publish import publish
from crisisdata.coding.validate import read_coding

COVERAGE = "coverage_id,iso3,episode_id,actor_id,topic,start_date,end_date,found,depth,searched\n"
CUTOFF = "cutoff,AAA,,,cutoff,2010-01-01,2020-12-31,,targeted,All of it\n"
SEARCH = "s-1,AAA,aaa-2020-01,{},responses,{},{},{},targeted,Papers\n"
KEY = "episodes/aaa-2020-01.yaml"


def files(**changed: str) -> dict[str, str]:
    """Return case files with a bloc that condemns, its court, a lender, a member of nothing and two neighbours."""
    source = "paper-2020-01-03"
    return {
        **FILES,
        "actors.csv": FILES["actors.csv"]
        + "court,A court,regional_organisation,,bloc,external\n"
        + "lender,A lender,financial_institution,,,external\n"
        + "league,A league,regional_organisation,,,external\n"
        + "east,East,state,BBB,,external\n"
        + "west,West,state,CCC,,external\n",
        "countries.csv": FILES["countries.csv"] + f"BBB,BB,East,Est,{source}\nCCC,CC,West,Ouest,{source}\n",
        "borders.csv": f"iso3,neighbour_iso3,source_id\nAAA,BBB,{source}\nAAA,CCC,{source}\n",
        "bodies.csv": "actor_id,sort_order,applies\nlender,2,everywhere\nbloc,1,members\nleague,3,members\n",
        "coverage.csv": COVERAGE + CUTOFF,
        **{name.replace("_csv", ".csv"): text for name, text in changed.items()},
    }


def cells(case: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the cells of the matrix by body."""
    return {row["actor_id"]: row for row in derived_from(case)["reaction_matrix"]}


def test_the_matrix_has_each_body_and_each_neighbour_with_the_condition_on_which_it_is_asked() -> None:
    found = {body: (row["applies"], row["status"]) for body, row in cells(files()).items()}
    assert found == {
        "bloc": ("members", "acted"),
        "lender": ("everywhere", "not_searched"),
        "league": (None, "not_applicable"),
        "east": ("neighbours", "not_searched"),
        "west": ("neighbours", "not_searched"),
    }


def test_what_a_body_did_is_taken_from_its_reactions() -> None:
    tables = derived_from(files())
    bloc = next(row for row in tables["reaction_matrix"] if row["actor_id"] == "bloc")
    own = [row for row in tables["reactions"] if row["actor_id"] == "bloc"]
    assert bloc["reactions_count"] == len(own) > 0
    assert bloc["coercion"] == max(row["coercion"] for row in own)
    assert bloc["engagement"] == max(row["engagement"] for row in own)
    assert bloc["first_response_id"] == f"{EPISODE}/bloc-condemns"
    assert (bloc["days_low"], bloc["days_high"]) == (1, 1)
    assert bloc["takeover_position"] == "condemns"


def test_an_organ_counts_with_its_body_unless_it_has_a_row_of_its_own() -> None:
    case = files()
    case[KEY] = case[KEY].replace("actor_ids: [bloc]", "actor_ids: [court]")
    assert cells(case)["bloc"]["status"] == "acted"
    case["bodies.csv"] += "court,4,everywhere\n"
    found = cells(case)
    assert (found["court"]["status"], found["bloc"]["reactions_count"]) == ("acted", 0)


def test_a_response_of_two_organs_counts_once() -> None:
    case = files()
    alone = cells(case)["bloc"]["reactions_count"]
    case[KEY] = case[KEY].replace("actor_ids: [bloc]", "actor_ids: [bloc, court]")
    assert cells(case)["bloc"]["reactions_count"] == alone


def test_a_body_of_which_only_non_actions_are_coded_decided_not_to_act() -> None:
    case = files()
    case[KEY] = re.sub(r"channel: \w+", "channel: non_action", case[KEY])
    found = cells(case)["bloc"]
    assert (found["status"], found["first_response_id"]) == ("decided_not_to_act", f"{EPISODE}/bloc-condemns")


@pytest.mark.parametrize(
    ("first", "last", "found", "status"),
    [
        ("2020-01-02", "2020-03-31", "no", "searched_nothing_found"),  # the ninetieth day
        ("2019-12", "2020-12-31", "no", "searched_nothing_found"),
        ("2020-01-02", "2020-03-30", "no", "not_searched"),
        ("2020-01-03", "2020-12-31", "no", "not_searched"),
    ],
)
def test_a_search_counts_if_it_covers_the_first_ninety_days(first: str, last: str, found: str, status: str) -> None:
    case = files(coverage_csv=COVERAGE + CUTOFF + SEARCH.format("lender", first, last, found))
    assert cells(case)["lender"]["status"] == status


@pytest.mark.parametrize(
    ("joined", "left", "status"),
    [
        ("2019", "", "not_searched"),
        ("2020-06-01", "", "not_searched"),  # joined in the episode
        ("2019", "2020-01-02", "not_searched"),  # left in it
        ("2010", "2020-01-01", "not_applicable"),
        ("2021-01-01", "", "not_applicable"),  # after the cutoff
    ],
)
def test_a_body_is_asked_where_the_country_belonged_to_it_on_any_day(joined: str, left: str, status: str) -> None:
    line = f"AAA,league,{joined},{left},paper-2020-01-03\n"
    case = files(memberships_csv="iso3,actor_id,joined_date,left_date,source_id\n" + line)
    assert cells(case)["league"]["status"] == status


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition whose matrix has each status but that of a decision not to act."""
    folder = tmp_path_factory.mktemp("matrix")
    case = files(coverage_csv=COVERAGE + CUTOFF + SEARCH.format("lender", "2020-01-02", "2020-12-31", "no"))
    publish(read_coding(write_cases(folder / "cases", case), read_schema()), folder / "edition")
    return folder / "edition"


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


def test_each_cell_names_the_rows_from_which_it_is_computed(draft: Path) -> None:
    why = cd.explain("reaction_matrix", f"bloc/{EPISODE}", "coercion", draft)
    assert why.value == max(why.rows["weight"])
    searched = cd.explain("reaction_matrix", f"lender/{EPISODE}", "status", draft)
    assert searched.rows[["table_name", "record_id"]].to_numpy().tolist() == [["coverage", "s-1"]]
    border = cd.explain("reaction_matrix", f"east/{EPISODE}", "applies", draft)
    assert border.rows["record_id"].tolist() == ["AAA/BBB"]
    assert len(cd.evidence("reaction_matrix", f"bloc/{EPISODE}", "coercion", version=draft))


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_the_figure_can_be_read_and_says_what_it_leaves_out(draft: Path, width: float) -> None:
    figure = cd.figures.reaction_matrix(version=draft, width=width).figure
    assert faults(figure) == []
    words = " ".join(" ".join(text.split()) for text, _ in drawn_texts(figure))
    for each in ("A bloc", "A lender", "Neighbours", "East", "Searched, nothing found", "Not searched"):
        assert each in words
    assert "and not shown: 1 body." in words
    assert "A league" not in words


def test_bodies_are_drawn_in_the_order_asked_for(draft: Path) -> None:
    ax = cd.figures.reaction_matrix(EPISODE, ["east", "league"], version=draft)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["East", "A league"]


def test_what_the_figure_cannot_draw_is_refused(draft: Path) -> None:
    with pytest.raises(cd.CrisisDataError, match="did you mean 'league'"):
        cd.figures.reaction_matrix(bodies=["leage"], version=draft)
    with pytest.raises(cd.CrisisDataError, match="must not repeat a body"):
        cd.figures.reaction_matrix(bodies=["east", "east"], version=draft)
    with pytest.raises(cd.CrisisDataError, match="must name at least one body"):
        cd.figures.reaction_matrix(bodies=[], version=draft)
    with pytest.raises(cd.CrisisDataError, match="editions 1.2 and later have"):
        cd.figures.reaction_matrix(version="1.1")


def test_each_cell_of_the_page_leads_to_the_act_or_to_the_search(draft: Path, tmp_path: Path) -> None:
    site = cd.site(tmp_path / "site", draft, formats=["csv"])
    page = (site / "tables" / "reaction_matrix.html").read_text("utf-8")
    grid = page[page.index('<table class="grid">') : page.index("grid-legend")]
    links = dict(re.findall(r'<td class="m-(\w+)"><a href="([^"]+)"', grid))
    assert links["measures"] == f"../episodes/{EPISODE}.html#{EPISODE}/bloc-condemns"
    assert links["searched_nothing_found"] == "../coverage.html#s-1"
    assert links["not_searched"].startswith("#reaction_matrix:")
    assert 'data-table="reaction_matrix"' in page
