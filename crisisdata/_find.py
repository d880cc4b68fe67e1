"""Finding rows by words: names in every spelling, texts, keys and codes of all coded and reference tables."""

from __future__ import annotations

import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._load import joined, load
from crisisdata.errors import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

_GROUPS = ("coded", "reference", "universe")
_LEFT_OUT = ("evidence", "missing_values", "distinct_pairs", "exceptions", "publishers", "crosswalk", "definitions")
_LABELS = ("name", "title", "label", "question", "summary", "note", "searched")
_DATES = ("event_date", "first_act_date", "start_date", "fieldwork_start_date", "published_date", "date")
_APOSTROPHES = str.maketrans("", "", "'’ʼ")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
COLUMNS = ["table_name", "record_id", "date", "label"]


def find(words: str, version: str | os.PathLike[str] | Edition | None = None) -> pd.DataFrame:
    """Find the rows that contain all the words, in keys, names, aliases, texts or codes.

    The search ignores accents, case and apostrophes, and matches parts of words: ``"goita"`` finds Goïta. A row
    also matches the names and aliases of its actors, so ``"ecowas border"`` and ``"cedeao border"``
    find the same measures.

    Parameters
    ----------
    words
        One or more words, separated by spaces.
    version
        As in `load`.

    Returns
    -------
    pandas.DataFrame
        One row per match, in the order of the tables: `table_name`, `record_id` (the key; its parts joined by
        slashes), `date` (the main date, if the table has one) and `label` (its name or text). The columns are
        strings and a date. Empty if nothing was found.

    Raises
    ------
    ArgumentError
        If no word was given.
    UnknownNameError
        If the edition does not exist.

    Examples
    --------
    >>> import crisisdata as cd
    >>> found = cd.find("cedeao border")
    >>> "mli-2021-05/ecowas-border-closure" in set(found["record_id"])
    True
    """
    import pandas as pd

    if not isinstance(words, str) or not (wanted := _plain(words).split()):
        raise ArgumentError(f"words must be one or more words, such as 'ecowas border'; got {words!r}.")
    edition = Edition.find(version)
    spellings = _spellings(edition)
    found = [_in_table(name, wanted, spellings, edition) for name in edition.tables if _searched(name, edition)]
    hits = [frame for frame in found if len(frame)]
    return pd.concat(hits, ignore_index=True) if hits else found[0]


def _searched(name: str, edition: Edition) -> bool:
    return edition.resource(name)["group"] in _GROUPS and name not in _LEFT_OUT


def _in_table(name: str, wanted: list[str], spellings: dict[str, str], edition: Edition) -> pd.DataFrame:
    import pandas as pd

    frame = load(name, edition)  # type: ignore[call-overload]
    schema = edition.resource(name)["schema"]
    key = joined(frame[schema["primaryKey"]], "/")
    texts = key.fillna("")
    for field in schema["fields"]:
        if field["type"] == "string" and field["name"] not in schema["primaryKey"]:
            texts = texts + " " + frame[field["name"]].astype("string").fillna("")
    texts = texts.map(_plain)
    for column in _actors(schema):
        named = frame[column].astype("string").fillna("")
        texts = texts + named.map(lambda ids: " ".join(spellings.get(each.strip(), "") for each in ids.split(";")))
    holds = pd.Series(True, index=frame.index)
    for word in wanted:
        holds &= texts.str.contains(word, regex=False)
    rows = frame[holds]
    date = next((column for column in _DATES if column in frame), None)
    label = next((column for column in _LABELS if column in frame), None)
    return pd.DataFrame(
        {
            "table_name": name,
            "record_id": key[holds],
            "date": rows[date] if date else pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ms]"),
            "label": rows[label].astype("string") if label else pd.Series(pd.NA, index=rows.index, dtype="string"),
        },
        columns=COLUMNS,
    )


def _actors(schema: dict[str, Any]) -> list[str]:
    """Return the columns that refer to actors, those that hold several keys among them."""
    single = [key["fields"][0] for key in schema["foreignKeys"] if key["reference"].get("resource") == "actors"]
    listed = [f["name"] for f in schema["fields"] if f["name"].endswith(("actor_ids", "holder_ids"))]
    return [*single, *(name for name in listed if name not in single)]


def _spellings(edition: Edition) -> dict[str, str]:
    """Return all names of each actor, by its key."""
    actors = load("actors", edition)
    columns = [name for name in ("name", "name_fr", "acronym", "aliases") if name in actors]
    texts = joined(actors[columns].fillna(""), " ").map(_plain)
    return {key: f" {text}" for key, text in zip(actors["actor_id"], texts, strict=True)}


def _plain(text: str) -> str:
    """Return a text as it is compared: small letters without accents, apostrophes and marks between words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    if not letters.isascii():
        letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(_BETWEEN_WORDS.sub(" ", letters.translate(_APOSTROPHES)).split())
