"""The days from which event time is counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crisisdata._editions import Edition
from crisisdata._events.tables import as_anchors, table
from crisisdata.errors import ArgumentError, InexactDateError, InvalidEventsError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

INEXACT = ("raise", "first", "last", "drop")
_COLUMNS = ["episode_id", "iso3", "anchor", "date", "date_latest", "date_precision"]


def find_anchors(anchor: Any, episodes: Sequence[str] | None, inexact: str, edition: Edition) -> pd.DataFrame:
    """Return the anchors with their day: `window`, `episode_id`, `iso3`, `anchor` and `anchor_date`."""
    import pandas as pd

    if inexact not in INEXACT:
        raise ArgumentError.of("inexact", inexact, INEXACT)
    known = table("episodes", edition)
    for episode in episodes or ():
        if episode not in set(known["episode_id"]):
            raise UnknownNameError.of("episode", episode, known["episode_id"], where=edition.label)
    if isinstance(anchor, pd.DataFrame):
        found = _of_rows(as_anchors(anchor), edition)
    else:
        names = [anchor] if isinstance(anchor, str) else list(anchor) if isinstance(anchor, (list, tuple)) else [anchor]
        for name in names:
            if not isinstance(name, str):
                raise ArgumentError(f"anchor={anchor!r} must be a name, a list of names, or a pandas DataFrame.")
        parts = [_of_name(name, episodes, known, edition) for name in names]
        if not parts:
            raise ArgumentError("anchor=[] must name at least one anchor.")
        found = pd.concat(parts, ignore_index=True)
    if episodes is not None:
        found = found[found["episode_id"].isin(list(episodes))]
    return _dated(found, inexact)


def _of_name(name: str, episodes: Sequence[str] | None, known: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Return the anchors with a name: a date of `episodes`, or the key of a dated record."""
    variables = [column.removesuffix("_date") for column in map(str, known) if column.endswith("_date")]
    if name in variables:
        column = f"{name}_date"
        own = known.dropna(subset=column)
        lacking = sorted(set(episodes or ()) - set(own["episode_id"]))
        if lacking:
            raise UnknownNameError.of(
                "date", f"{name} of {lacking[0]}", own["episode_id"], where="episodes", hint="Leave out that episode."
            )
        named = {column: "date", f"{column}_latest": "date_latest", f"{column}_precision": "date_precision"}
        return own.assign(anchor=name).rename(columns=named)[_COLUMNS]
    timeline = as_anchors(table("timeline", edition))
    record, _, variable = name.partition(":")
    own = timeline[timeline["record_id"] == record]
    if own.empty:
        raise UnknownNameError.of(
            "anchor",
            name,
            variables,
            where=edition.label,
            hint="Any dated record can be an anchor: give its key, or rows of the table `timeline`.",
        )
    if variable or len(own) > 1:
        if variable not in set(own["variable"]):
            dates = [f"{record}:{each}" for each in own["variable"]]
            raise UnknownNameError.of("anchor", name, dates, hint="The record has several dates; choose one.")
        own = own[own["variable"] == variable]
    return own.assign(anchor=name)[_COLUMNS]


def _of_rows(rows: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Return anchors from rows of `timeline`, or from any frame with `iso3` and `date`."""
    import pandas as pd

    missing = [name for name in ("iso3", "date") if name not in rows]
    if missing:
        raise InvalidEventsError(f"the anchors have no column {' and '.join(missing)}; they must have iso3 and date.")
    countries = table("countries", edition)["iso3"]
    for country in rows["iso3"]:
        if country not in set(countries):
            raise UnknownNameError.of("country", country, countries, where="the table countries")
    days = _days(rows["date"])
    named = rows.get("anchor", rows.get("record_id", days.dt.strftime("%Y-%m-%d"))).astype(str)
    if "variable" in rows and "anchor" not in rows:
        several = named.duplicated(keep=False)
        named = named.where(~several, named + ":" + rows["variable"].astype(str))
    anchors = pd.DataFrame({
        "episode_id": rows.get("episode_id"),
        "iso3": rows["iso3"].astype(str),
        "anchor": named,
        "date": days,
        "date_latest": _days(rows["date_latest"]) if "date_latest" in rows else days,
        "date_precision": rows.get("date_precision", "day"),
    })  # fmt: skip
    twice = anchors[anchors.duplicated(["episode_id", "iso3", "anchor"], keep=False)]
    if len(twice):
        raise InvalidEventsError(f"anchor names must be unique; repeated: {', '.join(sorted(set(twice['anchor'])))}.")
    return anchors


def _days(dates: pd.Series) -> pd.Series:
    import pandas as pd

    try:
        days = pd.to_datetime(dates, format="ISO8601") if dates.dtype.kind not in "M" else dates
    except (ValueError, TypeError) as error:
        raise InvalidEventsError(
            f"the column {dates.name} of the anchors contains a value that is not a date: {error}"
        ) from None
    if days.dt.tz is not None or days.isna().any():
        raise InvalidEventsError(
            f"the column {dates.name} of the anchors must have a date in every row and no time zone."
        )
    return days.dt.normalize()


def _dated(anchors: pd.DataFrame, inexact: str) -> pd.DataFrame:
    """Return the anchors with one day each; the user's choice decides about those that are not known to the day."""
    precision = anchors["date_precision"].astype(object).where(anchors["date_precision"].notna(), "day")
    exact = (precision == "day") & (anchors["date"] == anchors["date_latest"])
    if inexact == "raise" and not exact.all():
        unsure = anchors[~exact]
        spans = unsure["date"].dt.strftime("%Y-%m-%d") + "/" + unsure["date_latest"].dt.strftime("%Y-%m-%d")
        raise InexactDateError.of(zip(label(unsure), precision[~exact], spans, strict=True))
    if inexact == "drop":
        anchors = anchors[exact]
    days = anchors["date_latest"] if inexact == "last" else anchors["date"]
    if anchors.empty:
        raise UnknownNameError("no anchors are left: none has a usable date.")
    dated = anchors.assign(anchor_date=days).sort_values(["iso3", "anchor_date", "anchor", "episode_id"], kind="stable")
    dated.insert(0, "window", range(len(dated)))
    return dated[["window", "episode_id", "iso3", "anchor", "anchor_date"]].reset_index(drop=True)


def label(frame: pd.DataFrame) -> pd.Series:
    """Return the episode to which a window belongs, or its anchor if it belongs to none."""
    return frame["episode_id"].astype(object).where(frame["episode_id"].notna(), frame["anchor"])


def spans_of_others(anchor: Any, anchors: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Return the anchors of the episodes that were not requested: `label`, `iso3`, first and last possible day.

    They have the same name, or are first acts if the anchors are records or the user's own days.
    """
    import pandas as pd

    known = table("episodes", edition)
    names = [anchor] if isinstance(anchor, str) else anchor if isinstance(anchor, (list, tuple)) else []
    dates = [f"{name}_date" for name in names if f"{name}_date" in known] or ["first_act_date"]
    rest = known[~known["episode_id"].isin(anchors["episode_id"].dropna())]
    parts = [
        rest.rename(columns={"episode_id": "label", date: "first", f"{date}_latest": "last"})[
            ["label", "iso3", "first", "last"]
        ]
        for date in dates
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["first", "last"])
