"""How publishers are spelt, and which of them keep copies of what others wrote: `schemas/publishers.csv`."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crisisdata.coding.rows import split
from crisisdata.coding.schema import schemas_folder

_ENDING = re.compile(r"\.(com|net|org|info)\b")
_ARTICLE = re.compile(r"^(the |la |le |l['’])")


@dataclass(frozen=True)
class Publishers:
    """The spellings of publishers that are known."""

    spelling: dict[str, str]
    """The one spelling of a publisher, by each of its spellings."""
    libraries: frozenset[str]
    """Publishers that keep copies of what others wrote."""

    def folded(self) -> dict[str, str]:
        """Return the one spelling of each known publisher, by the form in which spellings are compared."""
        return {fold(name): name for name in self.spelling.values()}


def fold(name: str) -> str:
    """Return the form in which spellings of a publisher are compared: letters and digits without case and accents.

    Examples
    --------
    >>> fold("L'Équipe.com") == fold("L’Equipe")
    True
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    plain = _ARTICLE.sub("", _ENDING.sub("", plain))
    return "".join(c for c in plain if c.isalnum()) or name


@cache
def known_publishers(folder: Path | None = None) -> Publishers:
    """Read the list of publishers."""
    with ((folder or schemas_folder()) / "publishers.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    spelling = {name: row["publisher"] for row in rows for name in [row["publisher"], *_others(row["spellings"])]}
    return Publishers(spelling, frozenset(row["publisher"] for row in rows if row["keeps_copies"] == "yes"))


def _others(text: str) -> Iterable[str]:
    return split(text or None, ";")
