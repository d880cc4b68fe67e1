"""Sanctions as bars from the day they were imposed to the day they were lifted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._editions import Edition
from crisisdata.figures._data import (
    Version,
    begin,
    check_option,
    check_top,
    labels_of,
    measures_of,
    names_of_actors,
    records,
    same_course,
)
from crisisdata.figures._drawing import (
    DARK,
    INK,
    NOTE_SIZE,
    PALE,
    LabelledAxes,
    LabelledRow,
    Page,
    Time,
    TimeAxis,
    caption,
    heading_of,
    spread,
    title_of,
)
from crisisdata.figures._parameters import describes_shared

GroupBy: TypeAlias = Literal["measure", "sender"]
MARKERS = {"threatened": "v", "announced": "o", "tightened": "P", "withdrawn": "X", "not_adopted": "X"}
UNIT = 0.042  # inches of height of one measure in the row of its sender
LINE = 0.138  # inches of height of a row
UNRELATED = "Measures that respond neither to the coup nor to its transition are left out. "


@describes_shared
def sanctions(
    episodes: str | Sequence[str] | None = None,
    *,
    unrelated: bool = False,
    group_by: GroupBy | None = None,
    time: Time | None = None,
    top: int | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw measures from imposition to lifting, or how many measures each sender had in force.

    Parameters
    ----------
    {episodes}
    {unrelated}
    group_by
        ``"measure"``: one row per measure; measures of one sender with the same dates share a row. ``"sender"``: one
        row per sender, including its bodies, whose height is the number of measures. None gives measures for one
        episode and senders for several.
    {time}
    top
        Maximum number of rows per episode: the first measures in force, or the senders with the most measures. None
        gives as many as fit on a page.
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        Senders in the order of their first measure in force; measures only threatened come last. Dark: certainly in
        force; pale: possibly in force, because a date is inexact or no end was found. The bar is half as high after
        the measure was eased; an arrow means that a source shows it in force on the coding cutoff date.

    Raises
    ------
    UnknownNameError
        If the episode or edition does not exist.
    ArgumentError
        If `group_by` or `time` is invalid, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.sanctions("mli-2021-05")
    >>> ax.figure.savefig("sanctions.pdf")  # doctest: +SKIP
    """
    edition, chosen = begin("sanctions", version, episodes)
    check_option("group_by", group_by, GroupBy)
    check_top(top)
    TimeAxis(chosen, time)
    by_sender = (group_by or ("measure" if len(chosen) == 1 else "sender")) == "sender"
    courses = _courses(edition, measures_of(edition, chosen, unrelated=unrelated), by_sender=by_sender)
    places = _places_of(courses, by_sender=by_sender)
    page = Page(ax, width, line=LINE)

    def rows_of(shown: pd.DataFrame, most: int) -> list[LabelledRow]:
        kept = [course for course in courses if places[key_of(course)] < most]
        return _rows(edition, shown, kept, by_sender=by_sender)

    most = top or max([*places.values(), 0]) + 1
    fitted = page.fit(rows_of, chosen, most, least=top or 1, whole=episodes is not None)
    chosen = fitted.chosen
    own = [course for course in courses if course["episode_id"].iloc[0] in chosen.index]
    kept = [course for course in own if places[key_of(course)] < fitted.top]
    axis = TimeAxis(chosen, time)
    chart = LabelledAxes(page, rows_of(chosen, fitted.top))
    right = axis.set_axis(chart.ax, [*days_of(axis, kept), *(axis.origin(str(name)) for name in chosen.index)])
    if by_sender:
        draw_counts(chart, axis, kept, UNIT)
    else:
        for course in kept:
            _draw_course(chart, axis, course, right)
    axis.mark_origin(chart.ax, chosen)
    note = (
        "In brackets: measures; the height is the number in force. "
        if by_sender
        else "Arrow: shown in force on the coding cutoff date. Half height: eased. "
    ) + ("" if unrelated else UNRELATED)
    if any(spell.ends[1] > spell.ends[0] for course in kept for row in records(course) for spell in row.spells):
        note += "A pale part at the right edge may last until the coding cutoff date."
    left_out = fitted.note
    if len(kept) < len(own):
        rule = "the senders with the most measures" if by_sender else "the measures first in force"
        left_out += f"Not shown: {len(own) - len(kept)} rows of {len(own)} ({rule} are shown)."
    handles = handles_of(edition, kept, marks=not by_sender)
    return chart.finish(title_of("Sanctions", chosen), caption(edition, list(chosen.index)), handles, note, left_out)


def _courses(edition: Edition, measures: pd.DataFrame, *, by_sender: bool) -> list[pd.DataFrame]:
    """Return the measures of each row, by episode and sender, in the order in which they came into force."""
    if by_sender:
        groups = [group for _, group in measures.groupby(["episode_id", "organisation_id"], sort=False, observed=True)]
    else:
        groups = same_course(measures)
    begins: dict[tuple[str, str], Any] = {}  # of each sender, whether it only threatened, and its first day
    for row in records(measures):
        key = (row.episode_id, row.organisation_id)
        begins[key] = min(begins.get(key, (True, date.max)), (not row.ever, row.first))

    def order(group: pd.DataFrame) -> tuple[Any, ...]:
        [first, *_] = records(group)
        return (begins[first.episode_id, first.organisation_id], first.organisation_id, not first.ever, first.first)

    return sorted(groups, key=order)


def _places_of(courses: list[pd.DataFrame], *, by_sender: bool) -> dict[str, int]:
    """Return the number of each row within its episode; the last ones are left out first."""
    seen: dict[str, int] = {}
    places = {}

    def order(course: pd.DataFrame) -> tuple[Any, ...]:
        [first, *_] = records(course)
        return (-len(course),) if by_sender else (not first.ever, first.first)

    for course in sorted(courses, key=order):
        episode = str(course["episode_id"].iloc[0])
        places[key_of(course)] = seen.get(episode, 0)
        seen[episode] = places[key_of(course)] + 1
    return places


def _rows(edition: Edition, chosen: pd.DataFrame, courses: list[pd.DataFrame], *, by_sender: bool) -> list[LabelledRow]:
    names, labels = names_of_actors(edition), labels_of(edition, "measure")
    rows = []
    for episode in chosen.index:
        own = [course for course in courses if course["episode_id"].iloc[0] == episode]
        rows += heading_of(chosen, str(episode), own[0] if own else pd.DataFrame(), "measure")
        for course in own:
            sender = names[course["organisation_id"].iloc[0]]
            if by_sender:
                height = (UNIT * len(course) + 0.1) / LINE
                rows.append(LabelledRow(f"{sender} ({len(course)})", key_of(course), height=max(1, height), plain=True))
                continue
            kinds = "; ".join(dict.fromkeys(labels[measure].lower() for measure in course["measure"]))
            rows.append(LabelledRow(f"{sender}: {kinds}", key_of(course)))
    return rows


def key_of(course: pd.DataFrame) -> str:
    return str(course["sanction_id"].iloc[0])


def days_of(axis: TimeAxis, courses: list[pd.DataFrame]) -> list[float]:
    """Return the positions of all known days."""
    return [
        axis.day(day, row.episode_id)
        for course in courses
        for row in records(course)
        for day in [
            *(event.event_date for event in records(row.history) if event.action in MARKERS),
            # That an end is not known for years would leave no room for what is known.
            *(day for spell in row.spells for day in (spell.starts[0], spell.starts[1], spell.ends[0])),
        ]
    ]


def _draw_course(chart: LabelledAxes, axis: TimeAxis, course: pd.DataFrame, right: float) -> None:
    """Draw measures with the same dates: dark where they were certainly in force, pale where they may have been."""
    y = chart.at[key_of(course)]
    [measure, *_] = records(course)
    events = list(records(measure.history))
    eased = min((event.event_date for event in events if event.action == "eased"), default=date.max)
    episode = measure.episode_id
    for row in records(course):
        for spell in row.spells:
            parts = [(spell.starts[0], spell.ends[1], PALE, 2), (spell.starts[1], spell.ends[0], DARK, 3)]
            for first, last, shade, above in parts:
                for begun, ended, height in ((first, min(last, eased), 0.62), (max(first, eased), last, 0.31)):
                    if begun <= ended and not (begun == eased and height > 0.5 and first < eased):
                        left = axis.day(begun, episode)
                        long = axis.day(ended + timedelta(days=1), episode) - left
                        chart.ax.barh(y, long, left=left, height=height, color=shade, ec=shade, lw=0.8, zorder=above)
    if measure.status in ("in_force", "eased") and measure.still_in_force == "yes":
        chart.ax.plot(right, y, ">", ms=4.5, color=DARK, clip_on=False, zorder=4)
    marked = [event for event in events if event.action in MARKERS]
    middles = [
        (axis.day(event.event_date, episode) + axis.day(event.event_date_latest, episode)) / 2 for event in marked
    ]
    for event, place in zip(marked, spread(chart.ax, middles, 4), strict=True):
        inside = any(spell.starts[0] <= event.event_date <= spell.ends[1] for spell in measure.spells)
        chart.ax.plot(
            place, y - (0.36 if inside else 0), MARKERS[event.action], ms=3.2, mfc="white", mec=INK, mew=0.7, zorder=4
        )


def draw_counts(chart: LabelledAxes, axis: TimeAxis, courses: list[pd.DataFrame], inches: float) -> None:
    """Draw how many measures of each row were in force, day by day, with a height in inches for each measure."""
    for course in courses:
        sure, possible = _counted(axis, course)
        base, unit = chart.at[key_of(course)] + 0.5 * chart.tall[key_of(course)], inches / LINE
        chart.ax.axhline(base, color="0.85", linewidth=0.5, zorder=1)
        for number, shade, above in ((possible, PALE, 2), (sure, DARK, 3)):
            # The outline keeps what lasted for days visible among years.
            steps = zip(pairwise(number.index), number, strict=False)
            for (left, right), height in steps:
                if height:
                    chart.ax.bar(
                        left, -unit * height, right - left, bottom=base, align="edge", color=shade, ec=shade, lw=0.5,
                        zorder=above,
                    )  # fmt: skip
        if possible.empty:
            episode = str(course["episode_id"].iloc[0])
            events = [event for row in records(course) for event in records(row.history) if event.action in MARKERS]
            places = spread(chart.ax, sorted(axis.day(event.event_date, episode) for event in events), 4)
            for event, place in zip(sorted(events, key=lambda event: event.event_date), places, strict=True):
                chart.ax.plot(place, base - 0.3, MARKERS[event.action], ms=3.2, mfc="white", mec=INK, mew=0.7, zorder=4)
        elif possible.max() > 1:
            peak = possible.index.tolist()[int(possible.to_numpy().argmax())]
            chart.ax.annotate(
                str(int(possible.max())), (peak, base - unit * possible.max()), xytext=(1, 0.5), va="bottom",
                textcoords="offset points", size=NOTE_SIZE - 1, zorder=4,
            )  # fmt: skip


def _counted(axis: TimeAxis, course: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return how many measures were certainly, and how many possibly, in force from each position on."""
    found = []
    for inner in (True, False):
        steps: dict[float, int] = {}
        for row in records(course):
            for spell in row.spells:
                first, last = (spell.starts[1], spell.ends[0]) if inner else (spell.starts[0], spell.ends[1])
                if first <= last:
                    for day, change in ((first, 1), (last + timedelta(days=1), -1)):
                        place = axis.day(day, row.episode_id)
                        steps[place] = steps.get(place, 0) + change
        found.append(pd.Series(steps, dtype=float).sort_index().cumsum())
    return found[0], found[1]


def handles_of(edition: Edition, courses: list[pd.DataFrame], *, marks: bool) -> list[Patch | Line2D]:
    actions = labels_of(edition, "sanction_action")
    marked = courses if marks else [course for course in courses if not course["ever"].any()]
    drawn = {event.action for course in marked for row in records(course) for event in records(row.history)}
    spells = [spell for course in courses for row in records(course) for spell in row.spells]
    handles: list[Patch | Line2D] = []
    if any(spell.starts[1] <= spell.ends[0] for spell in spells):
        handles.append(Patch(color=DARK, label="Certainly in force"))
    if any(spell.starts[0] < spell.starts[1] or spell.ends[0] < spell.ends[1] for spell in spells):
        handles.append(Patch(color=PALE, label="Possibly in force"))
    by_marker: dict[str, list[str]] = {}
    for action, marker in MARKERS.items():
        if action in drawn:
            by_marker.setdefault(marker, []).append(actions[action])
    return handles + [
        Line2D(
            [],
            [],
            linestyle="",
            marker=marker,
            ms=3.2,
            mfc="white",
            mec=INK,
            mew=0.7,
            label=" or ".join(names).capitalize(),
        )
        for marker, names in by_marker.items()
    ]
