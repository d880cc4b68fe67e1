"""Every page of the site: what it shows, and where it stands."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jinja2

import crisisdata as cd
from crisisdata._site.book import Book, Row, day_text, dossier, evidence_page, heading
from crisisdata._site.dossiers import Dossier

MENU = (
    ("index.html", "Episodes"),
)
_HERE = Path(__file__).parent


def write_pages(edition: cd.Edition, folder: Path, base_url: str, formats: Sequence[str]) -> None:
    """Write all pages of an edition into a folder."""
    book = Book(edition)
    shutil.copytree(_HERE / "assets", folder / "assets")
    pages = Pages(book, base_url)
    for page, template, context in pages.all():
        file = folder / page
        file.parent.mkdir(exist_ok=True)
        file.write_text(pages.render(template, page, context), encoding="utf-8", newline="\n")


class Pages:
    """The pages of an edition with what they share."""

    def __init__(self, book: Book, base_url: str) -> None:
        self.book = book
        self.base_url = base_url
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._shared = {
            "book": book,
            "edition": book.edition,
            "citation": cd.cite(version=book.edition),
            "menu": MENU,
            "heading": heading,
            "day_text": day_text,
        }

    def render(self, template: str, page: str, context: dict[str, Any]) -> str:
        """Return a page as HTML."""
        shared = {"description": "", **self._shared, "page": page, "root": "../" * page.count("/")}
        return self._templates.get_template(template).render({**shared, **context})

    def all(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield each page with its template and what the template asks for."""
        yield from self._dossiers()

    def _dossiers(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        episodes = sorted(self.book.rows("episodes"), key=lambda row: (row["first_act_date"] is None, row["first_act_date"]))
        for number, episode in enumerate(episodes):
            before = episodes[number - 1] if number else None
            after = episodes[number + 1] if number + 1 < len(episodes) else None
            made = Dossier(self.book, episode)
            turns = {"previous": self._turn(before), "next": self._turn(after)}
            yield made.page, "dossier.html", {"title": episode["name"], **turns, **made.context()}
            yield evidence_page(made.id), "evidence.html", {"title": f"{episode['name']}: readings", **made.evidence()}

    def _turn(self, episode: Row | None) -> dict[str, str] | None:
        return episode and {"href": dossier(episode["episode_id"]).partition("/")[2], "name": episode["name"]}
