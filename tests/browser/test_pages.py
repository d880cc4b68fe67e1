"""The site as a reader meets it: in a browser, from a folder, without a network."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

import crisisdata as cd

pytestmark = pytest.mark.browser

CHECKERS = Path(__file__).resolve().parents[2] / "build" / "checkers" / "node_modules"
LARGEST = "episodes/mli-2021-05.html"
KINDS = [
    "index.html", LARGEST, "episodes/mli-2012-04.html", "episodes/mli-2012-04-evidence.html", "compare.html",
    "actors/index.html", "actors/ecowas.html", "measures.html", "candidates.html", "context.html", "coverage.html",
    "sources/index.html", "sources/i.html", "codebook/index.html", "codebook/responses.html", "tables/countries.html", "tables/agreement.html",
    "editions.html", "downloads.html", "methods.html", "search.html",
]  # fmt: skip
"""A page of every kind."""
ROW = "mli-2021-05/ecowas-border-closure"


CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
needs_checkers = pytest.mark.skipif(not CHECKERS.is_dir(), reason="run: make site-test")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cd.site(tmp_path_factory.mktemp("site") / "coups", formats=["csv"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


class Opened:
    """A page with what it asked for and what its console said."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.requests: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on(
            "console", lambda message: self.said.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def go(self, address: str) -> Any:
        self.page.goto(f"{self.folder.as_uri()}/{address}")
        return self.page


@pytest.fixture
def opened(browser: Any, folder: Path) -> Iterator[Opened]:
    context = browser.new_context(offline=True, accept_downloads=True)
    yield Opened(context.new_page(), folder)
    context.close()


def pages_of(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.html"))


def test_every_page_opens_without_an_error_or_a_request_that_leaves_the_folder(opened: Opened) -> None:
    for page in pages_of(opened.folder):
        opened.go(page)
    assert opened.said == []
    outside = [url for url in opened.requests if not url.startswith(opened.folder.as_uri())]
    assert outside == []


@needs_checkers
@pytest.mark.parametrize("page", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(opened: Opened, page: str, scheme: str) -> None:
    opened.page.emulate_media(color_scheme=scheme)
    shown = opened.go(page)
    shown.add_script_tag(path=CHECKERS / "axe-core" / "axe.min.js")
    result = shown.evaluate("axe.run({iframes: false})")
    found = [(each["id"], each["nodes"][0]["html"][:200], len(each["nodes"])) for each in result["violations"]]
    assert found == []


@pytest.mark.parametrize("page", KINDS)
@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_no_page_is_wider_than_the_window(opened: Opened, page: str, width: int) -> None:
    opened.page.set_viewport_size({"width": width, "height": 900})
    shown = opened.go(page)
    assert shown.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


# Evidence


def test_a_click_on_a_value_shows_the_readings_that_bear_on_it(opened: Opened) -> None:
    shown = opened.go(LARGEST)
    row = shown.locator(f'[id="{ROW}"]')
    row.locator("> tr > td", has_text=re.compile("^Lifted$")).click()
    row.locator(".readings > li").first.wait_for()
    readings = cd.evidence("sanctions", ROW)
    assert row.locator(".got > .readings").first.locator("> li").count() == len(readings)
    said = row.locator(".got").inner_text()
    for reading, publisher, url in zip(readings["reading"], readings["publisher"], readings["url"], strict=True):
        assert reading in said
        assert publisher in said
        assert row.locator(f'.got a[href="{url}"]').count()
    assert "Status" in row.locator(".about").inner_text()


def test_the_readings_of_a_fact_and_the_arithmetic_of_a_computed_value_are_one_click_away(opened: Opened) -> None:
    shown = opened.go(LARGEST)
    fact = shown.locator('[id="v:first_act_date"]')
    fact.locator("summary").first.click()
    for reading in cd.evidence("episodes", "mli-2021-05", "first_act_date")["reading"]:
        assert reading in fact.inner_text()
    computed = shown.locator('[id="v:organised_word"]')
    computed.locator("summary").first.click()
    assert cd.explain("episodes", "mli-2021-05", "organised_word").arithmetic in computed.inner_text()


def test_the_permanent_address_of_a_row_opens_it(opened: Opened) -> None:
    shown = opened.go(f"{LARGEST}#{ROW}")
    row = shown.locator(f'[id="{ROW}"]')
    row.locator(".readings > li").first.wait_for()
    assert row.locator(".more details").first.get_attribute("open") is not None
    assert shown.evaluate("window.scrollY") > 500


def test_a_row_has_a_citation_and_a_text_that_reports_an_error(opened: Opened) -> None:
    shown = opened.go(f"{LARGEST}#{ROW}")
    row = shown.locator(f'[id="{ROW}"]')
    row.get_by_role("button", name="Cite this row or report an error").click()
    citation, report = (row.locator("textarea").nth(number).input_value() for number in (0, 1))
    assert cd.cite() in citation
    assert ROW in citation
    for part in ("sanctions", ROW, "status: lifted", cd.Edition.find().content_hash):
        assert part in report


# Search, filters, shared addresses


@pytest.mark.parametrize(
    ("spelling", "name"),
    [("Ndaw", "Bah N'Daw"), ("N'Daw", "Bah N'Daw"), ("Goita", "Assimi Goïta"), ("Goïta", "Assimi Goïta")],
)
def test_search_finds_an_actor_under_another_spelling(opened: Opened, spelling: str, name: str) -> None:
    shown = opened.go("index.html")
    shown.get_by_role("searchbox", name="Search").fill(spelling)
    shown.keyboard.press("Enter")
    shown.wait_for_url("**/search.html?**")
    shown.locator("#kind").select_option("Actors")
    link = shown.locator("#hits a").first
    assert link.inner_text() == name
    link.click()
    assert shown.locator("h1").inner_text() == name


@pytest.mark.parametrize(
    ("words", "kind"),
    [("closure of land and air borders", "Sanctions"), ("condemns", "Codes"), ("Crisis Group", "Sources")],
)
def test_search_finds_acts_codes_and_sources(opened: Opened, words: str, kind: str) -> None:
    shown = opened.go("search.html")
    shown.locator("#query").fill(words)
    shown.locator("#kind").select_option(kind)
    target = shown.locator("#hits a").first.get_attribute("href")
    assert target
    opened.go(target)
    assert opened.said == []


def test_a_filter_is_kept_in_the_address_that_shows_the_same_view(opened: Opened) -> None:
    shown = opened.go(LARGEST)
    bar = shown.locator('form[aria-label="Filter responses"]')
    bar.get_by_label("Tone").select_option("condemns")
    rows = "[...document.querySelectorAll('table[data-table=responses] > tbody')].filter(row => !row.hidden).map(row => row.id)"
    chosen = shown.evaluate(rows)
    responses = cd.load("responses")
    mine = responses[responses["episode_ids"].str.contains("mli-2021-05") & (responses["tone"] == "condemns")]
    # Of two rows of one key in different tables, one has its table in its id.
    assert {key.removeprefix("responses:") for key in chosen} == set(mine["response_id"])
    dimmed = shown.locator(".timeline a.off").count()
    assert dimmed > 0
    address = shown.url
    assert "responses.tone=condemns" in address
    shown.goto("about:blank")
    shown.goto(address)
    assert shown.evaluate(rows) == chosen
    assert shown.locator(".timeline a.off").count() == dimmed
    assert "responses.tone=condemns" in (shown.locator(".turn a").first.get_attribute("href") or "")


def test_what_is_filtered_downloads_as_csv(opened: Opened) -> None:
    shown = opened.go(f"{LARGEST}?responses.tone=condemns")
    bar = shown.locator('form[aria-label="Filter responses"]')
    with shown.expect_download() as download:
        bar.get_by_role("button", name="CSV of these rows").click()
    import pandas as pd

    found = pd.read_csv(download.value.path(), dtype="string")
    assert found["tone"].unique().tolist() == ["condemns"]
    assert len(found) == shown.locator("table[data-table=responses] > tbody:not([hidden])").count()
    responses = cd.load("responses").set_index("response_id")
    assert found["about"].tolist() == responses.loc[found["record_id"], "about"].tolist()


def test_the_reader_chooses_the_episodes_to_compare(opened: Opened) -> None:
    shown = opened.go("compare.html")
    shown.get_by_label("Mali, May 2021").uncheck()
    assert not shown.locator('th[data-episode="mli-2021-05"]').first.is_visible()
    address = shown.url
    shown.goto("about:blank")
    shown.goto(address)
    assert not shown.get_by_label("Mali, May 2021").is_checked()
    assert shown.locator('th[data-episode="mli-2020-08"]').first.is_visible()


def test_candidates_are_counted_under_a_definition(opened: Opened) -> None:
    shown = opened.go("candidates.html?definition=csp")
    ids = shown.evaluate(
        "[...document.querySelectorAll('table.records > tbody')].filter(row => !row.hidden).map(row => row.id)"
    )
    assert set(ids) == set(cd.load("candidates", definition="csp")["candidate_id"])


# Without scripts, on paper, by keyboard


def test_without_scripts_a_dossier_is_complete(browser: Any, folder: Path) -> None:
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(f"{folder.as_uri()}/{LARGEST}")
    for table in ("triggers", "support", "sanctions", "authority_acts", "milestones"):
        frame = cd.load(table)
        count = page.locator(f'table[data-table="{table}"] > tbody').count()
        assert count == (frame["episode_id"] == "mli-2021-05").sum()
    page.locator(f'[id="{ROW}"] a.r').click()
    assert page.url.endswith(f"mli-2021-05-evidence.html#{ROW}")
    said = page.locator(f'[id="{ROW}"]').inner_text()
    assert all(reading in said for reading in cd.evidence("sanctions", ROW)["reading"])
    context.close()


def test_a_dossier_prints_without_its_controls(opened: Opened) -> None:
    shown = opened.go(LARGEST)
    shown.emulate_media(media="print")
    assert not shown.locator("form.filter").first.is_visible()
    assert shown.locator("table[data-table=sanctions]").is_visible()
    assert shown.pdf().startswith(b"%PDF")


def test_the_keyboard_reaches_evidence_in_the_order_of_the_page(opened: Opened) -> None:
    shown = opened.go(LARGEST)
    places = []
    for _ in range(40):
        shown.keyboard.press("Tab")
        places.append(
            shown.evaluate(
                "[document.activeElement.tagName, document.activeElement.getBoundingClientRect().top + scrollY]"
            )
        )
    assert places[0][0] == "A"  # skips to the content
    assert "SUMMARY" in [tag for tag, _ in places]
    tops = [top for _, top in places[1:]]
    assert all(later > earlier - 400 for earlier, later in pairwise(tops))  # columns, and no jumps
    shown.locator(f'[id="{ROW}"] a.r').focus()
    shown.keyboard.press("Enter")
    shown.locator(f'[id="{ROW}"] .readings > li').first.wait_for()


# Every file


class Links(HTMLParser):
    """The links and the ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag != "link" or found.get("rel") in ("stylesheet", "prev", "next"):
            self.links += [str(found[name]) for name in ("href", "src", "action") if found.get(name)]


def test_no_link_and_no_anchor_is_dead_and_no_id_stands_twice(folder: Path) -> None:
    read: dict[str, Links] = {}
    for page in pages_of(folder):
        read[page] = Links()
        read[page].feed((folder / page).read_text("utf-8"))
    twice = [page for page, each in read.items() if len(each.ids) > len(set(each.ids))]
    assert twice == []
    dead = []
    for page, each in read.items():
        known = {page: set(each.ids)}
        for link in set(each.links):
            if urlsplit(link).scheme in ("http", "https"):
                continue
            target, fragment = urldefrag(urljoin(page, link))
            target = unquote(target) or page
            if not (folder / target).is_file():
                dead.append((page, link))
            elif fragment and target in read:
                known.setdefault(target, set(read[target].ids))
                if unquote(fragment) not in known[target]:
                    dead.append((page, link))
    assert dead == []


@needs_checkers
def test_vnu_finds_no_error(folder: Path) -> None:
    jar = CHECKERS / "vnu-jar" / "build" / "dist" / "vnu.jar"
    done = subprocess.run(
        ["java", "-Xss8m", "-jar", str(jar), "--skip-non-html", "--errors-only", "--format", "gnu", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [re.sub(r"^.*?/coups/", "", line) for line in done.stderr.splitlines()]
    assert (done.returncode, said[:10]) == (0, [])
