"""What happened, who answered and what was in force, on one time axis."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._editions import Edition
from crisisdata._load import load
from crisisdata.errors import ArgumentError
from crisisdata.figures._data import (
    Version,
    choose,
    labels_of,
    measures_of,
    names_of_actors,
    records,
    responses_of,
    times_in_force_of,
)
from crisisdata.figures._drawing import FAINT, INK, PALETTE, LabelledAxes, LabelledRow, TimeAxis
from crisisdata.figures._responses import colour_of

MEASURE, UNKNOWN = PALETTE[7], "0.85"
HAPPENED = {"episodes": PALETTE[3], "milestones": PALETTE[0], "triggers": PALETTE[1]}


def timeline(
    episode: str,
    *,
    before: int = 60,
    after: int = 365,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw what happened in an episode, who answered, and what was in force, on one time axis.

    Parameters
    ----------
    episode
        Key of an episode.
    before, after
        Days before and after the first act that are shown.
    version
        As in `load`.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        A row for each event, trigger and step of the transition with its date; a row for each type of external
        actor with its responses, coloured by severity; a row for each sender with the days on
        which at least one of its measures that answer the coup was in force, pale where no end was found and thin
        where a day is not known.

    Raises
    ------
    UnknownNameError
        There is no such episode or edition.
    ArgumentError
        The days leave nothing to show.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.timeline("mli-2021-05", version="0.1")
    >>> ax.figure.savefig("timeline.pdf")  # doctest: +SKIP
    """
    if not isinstance(episode, str):
        raise ArgumentError(f"episode={episode!r} is no text: this figure shows one episode, by its key.")
    if before < 0 or after <= 0:
        raise ArgumentError(f"before={before} and after={after} leave nothing to show: give days, after at least 1.")
    edition = Edition.find(version)
    chosen = choose(edition, episode)
    axis = TimeAxis(chosen, "date")
    start = chosen["first_act_date"].iloc[0]
    first, last = start - pd.Timedelta(days=before), start + pd.Timedelta(days=after)
    events, acts = _events(edition, episode), responses_of(edition, chosen)
    events = events[events["date"].between(first, last)]
    acts = acts[acts["date_latest"].between(first, last) & (acts["date"] <= last)]
    in_force = _bars(edition, chosen, first, last)
    chart = LabelledAxes(_rows(edition, events, acts, in_force), ax, width)
    axis.set_axis(chart.ax, [float(mdates.date2num(day)) for day in (first, last)])
    chart.ax.axvline(axis.origin(episode), color=INK, linewidth=0.8, linestyle=":")
    for event in records(events):
        y = chart.at["event", event.Index]
        chart.ax.plot(
            [event.date, event.date_latest], [y, y], "-", color=HAPPENED[event.table], linewidth=1.5, clip_on=True
        )
        chart.ax.plot(event.date, y, "D", color=HAPPENED[event.table], ms=4)
    top = len(acts["severity"].cat.categories) - 1
    for act in records(acts.sort_values("step")):
        y = chart.at["type", act.actor_type]
        chart.ax.plot([act.date, min(act.date_latest, last)], [y, y], "-", color=FAINT, linewidth=1, zorder=1)
        chart.ax.plot(act.date, y, "o", ms=5, mfc=colour_of(act.step, top), mec=INK, mew=0.5)
    for sender, begun, ended, kind in in_force:
        left, right = mdates.date2num(begun), mdates.date2num(ended)
        y, colour = chart.at["sender", sender], UNKNOWN if kind == "end_not_found" else MEASURE
        if kind == "perhaps":
            chart.ax.plot([left, right], [y, y], "-", color=colour, linewidth=1, zorder=2)
            continue
        chart.ax.barh(
            y, right - left, left=left, height=0.5, color=colour, edgecolor=colour, linewidth=0.8,
            zorder=3 if kind == "in_force" else 2,
        )  # fmt: skip
    title = f"{chosen['name'].iloc[0]}: what happened, who answered, what was in force"
    note = f"From {before} days before to {after} days after the first act (dotted). Thin line: the day is not known. "
    return chart.finish(title, edition, _handles(edition, events, acts, in_force), note)


def _events(edition: Edition, episode: str) -> pd.DataFrame:
    """Return dated acts of the coup, triggers and steps of the transition, with what to call them."""
    dated = load("timeline", edition)
    dated = dated[dated["episode_id"] == episode]
    proximate = load("triggers", edition).set_index("trigger_id")["role"] == "proximate_trigger"
    kept = (
        (dated["table"] == "episodes")
        | ((dated["table"] == "milestones") & (dated["variable"] == "date"))
        | (
            (dated["table"] == "triggers")
            & (dated["variable"] == "start_date")
            & dated["record_id"].map(proximate).eq(True)
        )
    )
    # On one day: acts of the coup in their order, then the rest.
    rank = (
        dated["variable"].map({name: place for place, name in enumerate(load("episodes", edition))}).fillna(len(dated))
    )
    dated = dated[kept].assign(rank=rank).sort_values(["date", "rank", "date_latest"]).reset_index(drop=True)
    acts_of_coup = dated["variable"].str.removesuffix("_date").str.replace("_", " ").str.capitalize()
    plain = dated["label"].str.removesuffix(": start")
    return dated.assign(label=plain.mask(dated["table"] == "episodes", acts_of_coup))


Bar: TypeAlias = tuple[str, pd.Timestamp, pd.Timestamp, Literal["in_force", "perhaps", "end_not_found"]]


def _bars(edition: Edition, chosen: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> list[Bar]:
    """Return sender, begin, end and certainty of each time at which a coup-related measure was in force."""
    measures, history = measures_of(edition, chosen, unrelated=False)
    in_force = times_in_force_of(history)
    found = []
    for measure in records(measures):
        latest = history.loc[history["sanction_id"] == measure.sanction_id, "date"].max()
        for begun, ended in in_force[measure.sanction_id]:
            known = ended is not None or measure.status != "end_not_found"
            until = ended["date"] if ended else (last if known else latest)
            at_most = ended["date_latest"] if ended else until
            surely = begun["date_latest"]
            parts: list[Bar] = [
                (measure.sender_id, begun["date"], at_most, "perhaps"),
                (measure.sender_id, surely, max(surely, until), "in_force"),
            ]
            if not known:
                parts.append((measure.sender_id, max(surely, until), last, "end_not_found"))
            found += [
                (who, max(start, first), min(end, last), kind) for who, start, end, kind in parts if start <= last
            ]
    return sorted(found, key=lambda bar: bar[1])


def _rows(edition: Edition, events: pd.DataFrame, acts: pd.DataFrame, in_force: list[Bar]) -> list[LabelledRow]:
    names, types = names_of_actors(edition), labels_of(edition, "actor_type")
    happened = [LabelledRow(f"{_day(event)}  {event.label}", ("event", event.Index)) for event in records(events)]
    answered = [LabelledRow(types[code], ("type", code)) for code in types if code in set(acts["actor_type"])]
    senders = dict.fromkeys(bar[0] for bar in in_force)
    measures = [LabelledRow(names[sender], ("sender", sender)) for sender in senders]
    rows = []
    for heading, own in (("What happened", happened), ("Who answered", answered), ("What was in force", measures)):
        rows.append(LabelledRow(heading, heading, "episode"))
        rows += own or [LabelledRow("nothing coded in this time", (heading, "none"))]
    return rows


def _day(event: Any) -> str:
    """Return a date no more exact than it is known."""
    first, last = event.date, event.date_latest
    if event.date_precision == "year":
        return str(first.year)
    if event.date_precision == "month":
        return f"{first:%b %Y}"
    if event.date_precision == "day" or first == last:
        return f"{first.day} {first:%b %Y}"
    if event.date_precision == "interval" and (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b %Y}"
    return f"c. {first:%b %Y}"


def _handles(edition: Edition, events: pd.DataFrame, acts: pd.DataFrame, in_force: list[Bar]) -> list[Line2D | Patch]:
    names = {"episodes": "Act of the coup", "milestones": "Step of the transition", "triggers": "Proximate trigger"}
    severities = labels_of(edition, "severity")
    top = len(acts["severity"].cat.categories) - 1
    marks: list[Line2D | Patch] = [
        Line2D([], [], linestyle="", marker="D", ms=4, color=HAPPENED[table], label=names[table])
        for table in names if table in set(events["table"])
    ]  # fmt: skip
    marks += [
        Line2D(
            [], [], linestyle="", marker="o", ms=5, mfc=colour_of(step, top), mec=INK, mew=0.5, label=severities[code]
        )
        for step, code in enumerate(acts["severity"].cat.categories) if code in set(acts["severity"])
    ]  # fmt: skip
    for kind, colour, label in (("in_force", MEASURE, "Measure in force"), ("end_not_found", UNKNOWN, "No end found")):
        if any(bar[3] == kind for bar in in_force):
            marks.append(Patch(color=colour, label=label))
    return marks
