"""Rows of a table as the command shows them: which rows, and which columns first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crisisdata._load import joined, load
from crisisdata._record import refuse_withdrawn, unknown_record, unknown_variable
from crisisdata.errors import ArgumentError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from crisisdata._editions import Edition

_LABELS = ("name", "title", "label", "question")
_DATES = ("event_date", "first_act_date", "start_date", "fieldwork_start_date", "imposed_date", "published_date")
_WHO = ("actor_id", "actor_ids", "sender_id", "pollster_id", "claimed_by")
_STATUS = ("status", "outcome", "action", "act", "item", "tone", "direction", "kind", "fulfilment", "stage", "about")
FIRST = 3  # columns after the key that a reader wants first: a date, a name, a status


def rows(table: str, record: str | None, where: Sequence[str], edition: Edition) -> pd.DataFrame:
    """Return the rows of a table that meet conditions of the form column=value, or one row by its key.

    Raises
    ------
    UnknownNameError
        If the table, record, column or code does not exist, or no row has the value.
    ArgumentError
        If a condition is not of the form column=value.
    """
    refuse_withdrawn(table, record, edition)
    frame: pd.DataFrame = load(table, edition)  # type: ignore[call-overload]
    for condition in where:
        frame = frame[_holds(frame, condition, table, edition)]
    if record is not None:
        key = joined(frame[primary_key(table, edition)], "/")
        if record not in set(key):
            raise unknown_record(table, record, key, edition)
        frame = frame[key == record]
    return frame


def primary_key(table: str, edition: Edition) -> list[str]:
    return list(edition.resource(table)["schema"]["primaryKey"])


def by_importance(table: str, edition: Edition) -> list[str]:
    """Return the columns in the order in which a reader wants them: key, date, name, status, who, then the rest."""
    schema = edition.resource(table)["schema"]
    fields: dict[str, dict[str, Any]] = {field["name"]: field for field in schema["fields"]}
    dates = [n for n, f in fields.items() if f["type"] == "date" and not n.endswith("_latest")]
    required = [name for name in fields if fields[name].get("constraints", {}).get("required")]
    references = {name for key in schema["foreignKeys"] for name in key["fields"]} - {"episode_id"}
    main_date = [name for name in _DATES if name in fields][:1]
    names = [name for name in _LABELS if name in fields] or [name for name in ("summary",) if name in fields]
    numbers = [name for name, field in fields.items() if field["type"] in ("integer", "number")]
    status = [name for name in _STATUS if name in fields]
    coded = [n for n in required if "categories" in fields[n] or "codes" in fields[n] or n in references]
    ordered = [
        *schema["primaryKey"],
        *main_date,
        *names,
        *status[:1],
        *(name for name in _WHO if name in fields),
        *status,
        *coded,
        *dates,
        *numbers,
    ]
    return [name for name in dict.fromkeys(ordered) if not name.endswith("_precision")]


def column(frame: pd.DataFrame, name: str, table: str, edition: Edition) -> pd.Series:
    if name not in frame:
        raise unknown_variable(table, name, frame.columns, edition)
    return frame[name]


def _holds(frame: pd.DataFrame, condition: str, table: str, edition: Edition) -> pd.Series:
    """Say which rows meet a condition; nothing after the equals sign means rows without a value."""
    name, sign, value = condition.partition("=")
    if not sign:
        raise ArgumentError(f"--where {condition}: must have the form column=value.")
    values = column(frame, name, table, edition)
    if not value:
        return values.isna()
    place = f"{name}, table {table!r}, {edition.label}"
    if values.dtype == "category" and value not in values.cat.categories:
        raise UnknownNameError.of("code", value, values.cat.categories, where=place)
    texts = values.astype("string")
    separator = next(f.get("separator") for f in edition.resource(table)["schema"]["fields"] if f["name"] == name)
    if separator:
        holds = texts.map(lambda text: value in [each.strip() for each in text.split(separator)], na_action="ignore")
    else:
        holds = texts == value
    holds = holds.fillna(False).astype(bool)
    whole: pd.Series = load(table, edition)[name].astype("string").dropna()  # type: ignore[call-overload]
    known = sorted({each.strip() for text in whole for each in (text.split(separator) if separator else [text])})
    if value not in known:
        raise UnknownNameError.of("value", value, known, where=place)
    return holds
