"""The website of an edition: what needs no browser. What does is in tests/browser."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import zipfile
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from conftest import CHECKOUT, FILES, read_schema, write_cases
from datacite import schema45
from typer.testing import CliRunner

import crisisdata as cd
from crisisdata._site.book import Book, day_text, file_name, heading, relative
from crisisdata._site.metadata import script_json
from crisisdata._site.pages import Pages, menu
from crisisdata._site.records import web_address
from crisisdata.cli import app
from crisisdata.coding.publish import publish
from crisisdata.coding.validate import read_coding
from crisisdata.errors import ArgumentError, DestinationExistsError

BASE = "https://example.org/coups/"
SCRIPT = "<script>alert(1)</script>"
FORMULA = "=HYPERLINK(1)"
LONG = "Donaudampfschiff" * 40
ARABIC = "المجلس العسكري الانتقالي"


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small edition of one's own whose texts are hostile."""
    folder = tmp_path_factory.mktemp("own")
    name = f"{SCRIPT} {FORMULA} {LONG} {ARABIC} </style>"
    files = {file: text.replace("A bloc", json.dumps(name, ensure_ascii=False)[1:-1]) for file, text in FILES.items()}
    files["episodes/aaa-2020-01.yaml"] = files["episodes/aaa-2020-01.yaml"].replace(
        "summary: The bloc condemned.", f"summary: {json.dumps(name)}"
    )
    schema = read_schema().for_own_cases("exland-2020")
    publish(read_coding(write_cases(folder / "cases", files), schema), folder / "edition")
    return folder / "edition"


@pytest.fixture(scope="session")
def made(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cd.site(tmp_path_factory.mktemp("made") / "site", own, base_url=BASE, formats=["csv", "sqlite"])


class Texts(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


# A custom edition, whatever its texts


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cd.site(tmp_path_factory.mktemp("newest") / "site")


def test_an_edition_of_ones_own_gets_every_kind_of_page(made: Path) -> None:
    pages = {file.relative_to(made).as_posix() for file in made.rglob("*.html")}
    assert {
        "index.html",
        "episodes/aaa-2020-01.html",
        "episodes/aaa-2020-01-evidence.html",
        "actors/bloc.html",
    } <= pages
    assert {"compare.html", "measures.html", "candidates.html", "codebook/episodes.html", "downloads.html"} <= pages


def test_an_edition_of_ones_own_has_its_name_on_every_page(made: Path, own: Path) -> None:
    edition = cd.Edition.find(own)
    assert f'<p class="kicker">Edition {edition.name}, coded to' in (made / "index.html").read_text("utf-8")
    for file in made.rglob("*.html"):
        assert f"Edition {edition.version}" not in file.read_text("utf-8"), file


def test_hostile_texts_are_shown_as_text(made: Path) -> None:
    dossier = Texts(made / "episodes/aaa-2020-01.html")
    for text in (SCRIPT, FORMULA, LONG, ARABIC):
        assert text in dossier.text
    for page in made.rglob("*.html"):
        scripts = [attributes for tag, attributes in Texts(page).tags if tag == "script"]
        assert all("src" in each or each.get("type") == "application/ld+json" for each in scripts), page
        assert "<script>alert" not in page.read_text("utf-8")
    search = (made / "data/search.js").read_text("utf-8")
    assert "</script" not in search
    assert "\u2028" not in search
    assert SCRIPT in json.dumps(json.loads(search.removeprefix("window.crisisdataSearch = ").rstrip(";\n")))


def test_json_in_a_script_cannot_end_it() -> None:
    value = {"text": "</script><!-- & \u2028\u2029"}
    written = script_json(value)
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == value


def test_a_link_never_runs_a_script() -> None:
    assert web_address("javascript:alert(1)") == ""
    assert web_address("https://example.org/") == "https://example.org/"


def test_nothing_is_fetched_from_elsewhere(made: Path) -> None:
    for page in made.rglob("*.html"):
        for tag, attributes in Texts(page).tags:
            if tag in ("script", "img", "iframe") or (tag == "link" and attributes.get("rel") == "stylesheet"):
                address = attributes.get("src") or attributes.get("href") or ""
                assert "://" not in address, page
                assert attributes.get("type") != "module"
    for script in (file for file in (made / "assets").glob("*.js") if file.name != "minisearch.js"):
        assert not re.search(r"\bfetch\(|\bimport\b.*\bfrom\b|XMLHttpRequest", script.read_text("utf-8")), script
    assert "url(" not in (made / "assets/style.css").read_text("utf-8")
    assert "Copyright" in (made / "assets/minisearch-LICENSE.txt").read_text("utf-8")


def test_ids_name_files_that_every_system_takes() -> None:
    assert file_name("ex-cnsp") == "ex-cnsp"
    assert re.fullmatch(r"[a-z0-9_-]+", file_name("A/b é"))
    assert file_name("a") != file_name("A")


# Evidence


def test_a_script_says_as_the_pages_do_that_there_are_no_readings() -> None:
    folder = CHECKOUT / "crisisdata/_site"
    for file in ("records.py", "assets/evidence.js"):
        assert '"<p>No readings.</p>"' in (folder / file).read_text("utf-8"), file


def test_a_dossier_has_every_row_and_its_page_of_readings_every_reading(made: Path, own: Path) -> None:
    pages = ("episodes/aaa-2020-01.html", "episodes/aaa-2020-01-evidence.html", "context.html")
    text = "".join(Texts(made / page).text for page in pages)
    ids = {each.get("id") for _, each in Texts(made / "episodes/aaa-2020-01.html").tags}
    for table in ("triggers", "support", "responses", "response_items", "sanctions", "sanction_events", "milestones"):
        assert set(cd.load(table, own).iloc[:, 0]) <= ids, table  # type: ignore[call-overload]
    readings = cd.load("evidence", own)
    for column in ("reading", "locator"):
        assert all(value in text for value in readings[column])
    sources = cd.load("sources", own)
    assert all(name in text for name in sources["publisher"] if name != "The Reprint")


def test_computed_values_have_their_arithmetic(made: Path, own: Path) -> None:
    text = Texts(made / "episodes/aaa-2020-01.html").text
    for why in cd.explanations("episodes", version=own):
        assert why.arithmetic[1:] in text, why.variable  # the first letter is a capital


def test_explanations_are_those_of_explain() -> None:
    for table, variables in (("episodes", ["coercion"]), ("sanctions", ["status", "days_in_force_max"])):
        for why in list(cd.explanations(table, variables))[:6]:  # type: ignore[arg-type]
            assert why.as_dict() == cd.explain(table, why.record_id, why.variable).as_dict()  # type: ignore[arg-type]


def test_agreement_is_shown_once_an_edition_has_it(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book(cd.Edition.find(own))
    assert book.agreement("responses", "tone") == ""
    frame = cd.codebook("responses", version=own).assign(alpha=pd.NA, alpha_low=pd.NA, alpha_high=pd.NA, flag=None)
    frame.loc["tone", ["alpha", "alpha_low", "alpha_high", "flag"]] = [0.71, -0.6, 0.8, "flagged"]
    frame.loc["channel", "flag"] = "not_measured"
    measured = Book(cd.Edition.find(own))
    monkeypatch.setattr(cd, "codebook", lambda *_, **__: frame)
    assert measured.agreement("responses", "tone") == (
        "Krippendorff’s alpha 0.71 (−0.60 to 0.80), flagged. Between language models this is an upper bound."
    )
    assert measured.agreement("responses", "channel").startswith("not measured. No second coder")
    assert measured.agreement("responses", "about") == ""


@pytest.mark.slow
def test_agreement_stands_in_the_codebook_and_with_the_values(tmp_path: Path) -> None:
    """Of the newest edition, whose coders were measured."""
    site = cd.site(tmp_path / "site", formats=[])
    said = Book(cd.Edition.find()).agreement("responses", "tone")
    assert said.startswith("Krippendorff’s alpha 0.")
    assert "upper bound" in said
    for page in ("codebook/responses.html", "episodes/mli-2021-05.html"):
        assert f"Agreement between coders: {said}" in (site / page).read_text("utf-8"), page
    facts = Book(cd.Edition.find()).agreement("episodes", "leader_rank")
    assert f"Agreement between coders: {facts}" in (site / "episodes/mli-2021-05.html").read_text("utf-8")
    # What was settled stands with the readings of its row.
    text = "".join(Texts(page).text for page in (*(site / "episodes").glob("*.html"), site / "context.html"))
    grounds = cd.load("adjudications")["ground"]
    assert len(grounds)
    assert [ground for ground in grounds if ground not in text] == []


def test_a_table_of_a_later_edition_gets_a_page_and_a_place_in_the_menu(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(cd.Edition.find(own))
    assert "tables/reaction_matrix.html" in [page for page, _ in menu(book)]
    monkeypatch.delitem(book.edition.resources, "reaction_matrix")
    assert "tables/reaction_matrix.html" not in [page for page, _ in menu(book)]


# Words


@pytest.mark.parametrize(
    ("first", "last", "precision", "said"),
    [
        (date(2020, 8, 18), date(2020, 8, 18), "day", "18 Aug 2020"),
        (date(2020, 8, 1), date(2020, 8, 31), "month", "Aug 2020"),
        (date(2020, 1, 1), date(2020, 12, 31), "year", "2020"),
        (date(2020, 8, 18), date(2020, 8, 20), "interval", "18–20 Aug 2020"),
        (date(2020, 8, 18), date(2020, 9, 2), "interval", "18 Aug – 2 Sep 2020"),
        (date(2019, 12, 30), date(2020, 1, 2), "approximate", "about 30 Dec 2019 – 2 Jan 2020"),
    ],
)
def test_a_date_is_no_more_exact_than_it_is_known(first: date, last: date, precision: str, said: str) -> None:
    assert day_text({"d": first, "d_latest": last, "d_precision": precision}, "d") == said


def test_columns_are_named_in_words() -> None:
    assert [heading(name) for name in ("first_act_date", "coercion_au", "coercion_30d")] == [
        "First act",
        "Coercion AU",
        "Coercion 30 days",
    ]


def test_links_within_a_folder_are_short() -> None:
    assert relative("episodes/a-evidence.html", "episodes/a.html") == "a-evidence.html"
    assert relative("actors/au.html", "episodes/a.html") == "../actors/au.html"
    assert relative("episodes/a.html", "index.html") == "episodes/a.html"


def test_the_search_finds_what_the_pages_have(own: Path) -> None:
    pages = Pages(Book(cd.Edition.find(own)), "", [])
    packed = [
        [f"{page}#{key}" if page and key else page or key, kind, *words]
        for page, kind, entries in pages.index()
        for key, *words in entries
    ]
    assert sorted(packed) == sorted(pages.findable())


# For machines


def jsonld(page: Path) -> dict[str, Any]:
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    return json.loads(found)


def test_schema_org_says_what_findable_and_reusable_data_say(made: Path, own: Path) -> None:
    told = jsonld(made / "index.html")
    assert told == json.loads((made / "dataset.jsonld").read_text("utf-8"))
    assert told["@context"] == {"@vocab": "https://schema.org/"}  # not a name that would be fetched
    assert told["@type"] == "Dataset"
    for name in ("identifier", "url", "name", "description", "creator", "publisher", "license", "conditionsOfAccess",
                 "isAccessibleForFree", "keywords", "datePublished", "dateModified", "version", "citation",
                 "variableMeasured", "isBasedOn", "temporalCoverage", "spatialCoverage", "distribution", "inLanguage"):  # fmt: skip
        assert told[name] not in (None, "", []), name
    assert told["url"] == told["identifier"][0] == BASE
    measured = {each["name"] for each in told["variableMeasured"]}
    assert {"coercion", "organised_word"} <= measured <= set(cd.load("episodes", own).columns)
    assert {each["url"] for each in told["isBasedOn"]} <= set(cd.load("sources", own)["url"])
    assert told["license"] == [each["path"] for each in cd.Edition.find(own).descriptor["licenses"]]


def test_each_download_is_what_its_description_says(made: Path) -> None:
    files = jsonld(made / "index.html")["distribution"]
    assert len(files) == 2
    for each in files:
        content = (made / each["contentUrl"].removeprefix(BASE)).read_bytes()
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
        assert each["contentSize"] == f"{len(content)} B"
        assert each["sha256"] in (made / "downloads.html").read_text("utf-8")


def test_a_download_holds_the_export_of_the_package(made: Path, own: Path, tmp_path: Path) -> None:
    [archive] = (made / "downloads").glob("*-csv.zip")
    export = cd.export("csv", tmp_path / "csv", ["episodes"], own)
    with zipfile.ZipFile(archive) as packed:
        [name] = [name for name in packed.namelist() if name.endswith("/episodes.csv")]
        assert packed.read(name) == (export / "episodes.csv").read_bytes()


def test_datacite_is_valid(made: Path) -> None:
    told = json.loads((made / "datacite.json").read_text("utf-8"))
    # The identifier is what whoever registers it gives.
    schema45.validator.validate({**told, "doi": "10.5072/example", "prefix": "10.5072", "suffix": "example"})
    assert told["rightsList"][0]["rightsIdentifier"]


def test_typed_links_lead_to_identifier_licence_descriptions_and_files(made: Path) -> None:
    links = [each for tag, each in Texts(made / "index.html").tags if tag == "link"]
    by_kind: dict[str, list[dict[str, str | None]]] = {}
    for each in links:
        by_kind.setdefault(str(each["rel"]), []).append(each)
    assert by_kind["cite-as"][0]["href"] == BASE
    assert by_kind["type"][0]["href"] == "https://schema.org/Dataset"
    assert "creativecommons.org" in str(by_kind["license"][0]["href"])
    assert {each["type"] for each in by_kind["describedby"]} == {
        "application/ld+json",
        "application/vnd.datacite.datacite+json",
    }
    assert len(by_kind["item"]) == 2
    for each in (*by_kind["describedby"], *by_kind["item"]):
        assert (made / str(each["href"]).removeprefix(BASE)).is_file()


def test_the_sitemap_lists_every_page(made: Path) -> None:
    tree = ElementTree.fromstring((made / "sitemap.xml").read_text("utf-8"))
    listed = {
        str(each.text).removeprefix(BASE) for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    }
    assert listed == {file.relative_to(made).as_posix() for file in made.rglob("*.html")}


def test_without_a_host_addresses_are_relative(own: Path, tmp_path: Path) -> None:
    site = cd.site(tmp_path / "site", own, formats=[])
    told = jsonld(site / "index.html")
    assert told["url"] == "index.html"
    assert "example.org/coups" not in (site / "sitemap.xml").read_text("utf-8")
    assert "This site has no downloads" in (site / "downloads.html").read_text("utf-8")


# What is refused, and what is replaced


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_url": "example.org"}, "base_url='example.org' must be a full web address"),
        ({"formats": ["sta"]}, "formats must be one of"),
        ({"version": "0.4"}, "site needs edition 1.0 or later"),
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_written(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ArgumentError, match=re.escape(message)):
        cd.site(tmp_path / "site", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_takes_a_version_or_a_folder(own: Path, tmp_path: Path) -> None:
    for number, version in enumerate((str(own), "1.0")):
        place = tmp_path / f"site-{number}"
        done = CliRunner().invoke(app, ["site", str(place), "--version", version, "--format", "flat"])
        assert done.exit_code == 0, done.output
        edition = cd.Edition.find(own if number == 0 else version)
        assert edition.label in Texts(place / "index.html").text.lower()
        assert len(list((place / "downloads").iterdir())) == 1


def test_only_what_an_earlier_call_made_is_replaced(own: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    cd.site(place, own, formats=[])
    with pytest.raises(DestinationExistsError):
        cd.site(place, own, formats=[])
    cd.site(place, own, formats=[], overwrite=True)
    (place / "actors" / "notes.txt").write_text("mine")
    with pytest.raises(DestinationExistsError, match=r"actors/notes\.txt, which no export created"):
        cd.site(place, own, formats=[], overwrite=True)
    (place / "actors" / "notes.txt").unlink()
    (place / "index.html").write_text("mine")
    with pytest.raises(DestinationExistsError, match=r"index\.html was changed"):
        cd.site(place, own, formats=[], overwrite=True)


def test_the_same_edition_gives_the_same_files(own: Path, tmp_path: Path) -> None:
    one, other = (cd.site(tmp_path / name, own, formats=["csv", "json"]) for name in ("one", "other"))
    assert (one / "SHA256SUMS").read_text("utf-8") == (other / "SHA256SUMS").read_text("utf-8")


def test_the_pages_are_made_from_public_functions() -> None:
    """Whatever the site shows of an edition, a reader can get the same way."""
    private = {
        "crisisdata._atomic",
        "crisisdata._editions",
        "crisisdata._export",
        "crisisdata._legacy",
        "crisisdata._names",
    }
    for file in (CHECKOUT / "crisisdata/_site").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("crisisdata"):
                own_module = str(node.module).startswith("crisisdata._site")
                writes = file.name == "building.py" and node.module in private
                # Which rows follow a withdrawn one is what the errors of `evidence` and `load` say.
                follows = [name.name for name in node.names] == ["_record"]
                assert own_module or writes or follows or node.module in ("crisisdata", "crisisdata.errors"), (
                    file.name,
                    node.module,
                )


@pytest.mark.slow
def test_the_address_of_a_withdrawn_row_leads_on(newest: Path) -> None:
    changes = cd.load("changes")
    gone = changes[(changes["kind"] == "withdrawn") & changes["table_name"].isin(["responses", "support", "triggers"])]
    episodes = set(cd.load("episodes")["episode_id"].astype(str))
    pages = {key: (newest / f"episodes/{key}.html").read_text("utf-8") for key in episodes}
    withdrawn = set(gone["record_id"].astype(str))
    checked = 0
    for row in gone.itertuples():
        page = pages[str(row.record_id).partition("/")[0]]
        assert f'id="{row.record_id}"' in page
        listed = page.partition(f'<li id="{row.record_id}">')[2].partition("</li>")[0]
        if listed and row.successor_id == "none":
            assert "nothing replaces it" in listed
        elif listed and str(row.successor_id) not in withdrawn:
            assert "<a href" in listed
            checked += 1
    assert checked > 20
    # A row that has the address without taking the place does not hide what does.
    moved = '<li id="milestones:mli-2021-05/eutm-ended">'
    assert "<a href" in pages["mli-2021-05"].partition(moved)[2].partition("</li>")[0]


# How large


@pytest.mark.slow
def test_the_newest_edition_keeps_within_bounds(newest: Path) -> None:
    sizes = {file: file.stat().st_size for file in newest.rglob("*") if file.is_file()}
    # What six episodes may take; more of them take more.
    assert sum(sizes.values()) < 15e6 * max(1, len(cd.load("episodes")) / 6)
    assert max(size for file, size in sizes.items() if file.parent.name == "episodes") < 1.5e6
