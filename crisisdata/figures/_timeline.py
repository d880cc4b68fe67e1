"""What happened, who answered and what was in force, in lanes on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import shorten
from typing import Any, Literal, TypeAlias, get_args

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError, UnknownNameError
from crisisdata.figures._data import (
    Version,
    check_top,
    choose,
    find_edition,
    labels_of,
    measures_of,
    names_of_actors,
    publishers_of,
    reactions_of,
    read,
    records,
    same_course,
)
from crisisdata.figures._drawing import DARK, GLYPH, INK, NOTE_SIZE, PALE, POINT, LabelledAxes, LabelledRow, TimeAxis
from crisisdata.figures._responses import choose_rows, draw_columns, handles_of_levels

Lane: TypeAlias = Literal["causes", "takeover", "power", "transition", "responses", "measures"]
LANES: dict[Lane, str] = {
    "causes": "Causes",
    "takeover": "Takeover",
    "power": "Those in power",
    "transition": "Transition",
    "responses": "Who answered",
    "measures": "In force",
}
MARKERS = {"causes": "s", "takeover": "D", "power": "o", "transition": "^"}
TOP = 7  # rows of a lane that one page holds
ROWS = 60  # spans of time into which the answers are gathered
LONG = 600  # days in which a day and a month without a year could be mistaken
MARGIN = 0.21  # of the width, for the names of the lanes
# The acts of an episode under the name that they have in the table where each is told.
SAME_EVENT = {
    "executive_detained_date": ("authority_acts", "act", ("arrest", "assaulted_or_killed", "left_country", "died")),
    "announcement_date": ("authority_acts", "act", ("dismissal",)),
    "resignation_date": ("authority_acts", "act", ("resignation",)),
    "leader_installed_date": ("milestones", "kind", ("head_of_state",)),
    "power_ended_date": ("milestones", "kind", ("handover", "head_of_state")),
}


@dataclass(frozen=True)
class Item:
    """A text in a lane with its mark or bar; where `open`, it began before the time shown."""

    text: str
    starts: float
    ends: float
    rank: float = 0.0
    open: bool = False
    surely: tuple[tuple[float, float], ...] = ()


def timeline(
    episode: str,
    *,
    before: int = 60,
    after: int = 365,
    lanes: Sequence[Lane] | None = None,
    top: int | None = TOP,
    actors: Sequence[str] | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw what happened in an episode, who answered, and what was in force, in lanes on one time axis.

    Parameters
    ----------
    episode
        Key of an episode.
    before, after
        Days before and after the first act that are shown.
    lanes
        Those of ``"causes"``, ``"takeover"``, ``"power"``, ``"transition"``, ``"responses"`` and ``"measures"``
        to draw, from top to bottom. None draws all in this order.
    top
        The most things that a lane shows: events and measures with most publishers behind them, and the
        organisations that acted most often. The takeover is shown whole. None shows all.
    actors
        Keys of organisations or states whose answers and measures are shown, in place of those chosen by `top`.
    version
        As in `load`; edition 1.0 or later.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        Causes are proximate triggers, from their beginning to their end; what began before the days shown begins at
        the left edge with an arrow. One event stands once: an act of the takeover that is also an act of those in
        power or a milestone bears its name. Answers are gathered as in `responses`; a bar of a measure is dark
        where it was surely in force and pale where it may have been.

    Raises
    ------
    UnknownNameError
        There is no such episode, actor or edition.
    ArgumentError
        The days leave nothing to show, there is no such lane, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.timeline("mli-2021-05")
    >>> ax.figure.savefig("timeline.pdf")  # doctest: +SKIP
    """
    if not isinstance(episode, str):
        raise ArgumentError(f"episode={episode!r} must be a string: this figure shows one episode, by its key.")
    if before < 0 or after <= 0:
        raise ArgumentError(f"before={before} and after={after} leave nothing to show: give days, after at least 1.")
    for lane in lanes or ():
        if lane not in get_args(Lane):
            raise ArgumentError.of("lanes", lane, get_args(Lane))
    check_top(top)
    edition = find_edition(version, "timeline")
    chosen = choose(edition, episode)
    window = _Window(chosen["first_act_date"].iloc[0], before, after, _inches(ax, width))
    content = _Content(edition, chosen, window, lanes or get_args(Lane), top, actors)
    chart = LabelledAxes(content.rows, ax, width, line=0.135, share=MARGIN)
    TimeAxis(chosen, "date").set_axis(chart.ax, [window.first, window.last])
    chart.ax.set_xlim(window.first, window.last)
    chart.ax.axvline(window.origin, color=INK, linewidth=0.8, linestyle=":", zorder=1)
    for lane in content.lanes:
        for number, items in enumerate(content.packed.get(lane, [])):
            for item in items:
                _draw(chart, lane, chart.at[lane, number], item, window)
    if len(content.acts):
        places = {span: window.origin + (span + 0.5) * window.step for span in content.acts["span"].unique()}
        draw_columns(chart, content.acts, places, 0.9 * window.step)
    note = (
        f"From {before} days before to {after} days after the first act (dotted); answers by {window.step} days, "
        f"coercion upwards and engagement downwards. {content.left_out}"
    )
    title = f"{chosen['name'].iloc[0]}: what happened, who answered, what was in force"
    return chart.finish(title, edition, _handles(edition, content), note)


class _Window:
    """The days shown, as places on the axis, and how much room a text takes there."""

    def __init__(self, start: pd.Timestamp, before: int, after: int, inches: float) -> None:
        self.origin = float(mdates.date2num(start))
        self.first, self.last = self.origin - before, self.origin + after
        self.long = before + after > LONG
        self.step = max(1, -(-(before + after) // ROWS))
        self.inch = (self.last - self.first) / inches
        self.letter = GLYPH * NOTE_SIZE * POINT * self.inch
        self.gap = 0.07 * self.inch  # between a mark and its text

    def clip(self, starts: float, ends: float) -> tuple[float, float]:
        return max(starts, self.first), min(ends, self.last)

    def text_of(self, item: Item) -> tuple[str, float, Literal["left", "right"]]:
        """Return the text as long as there is room for, where it is anchored, and on which side."""
        right = self.last - item.starts - 2 * self.gap
        left = item.starts - self.first - 2 * self.gap
        need = len(item.text) * self.letter
        side: Literal["left", "right"] = "left" if need <= right or right >= left else "right"
        room = right if side == "left" else left
        text = shorten(item.text, max(12, int(room / self.letter)), placeholder=" …") if need > room else item.text
        return text, item.starts + (self.gap if side == "left" else -self.gap), side

    def extent(self, item: Item) -> tuple[float, float]:
        """Return from where to where an item takes room."""
        text, anchor, side = self.text_of(item)
        long = len(text) * self.letter
        reach = (anchor, anchor + long) if side == "left" else (anchor - long, anchor)
        return min(item.starts - self.gap, reach[0]), max(item.ends, reach[1]) + self.gap


class _Content:
    """What the lanes hold, chosen and packed into rows."""

    def __init__(
        self, edition: Edition, chosen: pd.DataFrame, window: _Window, lanes: Sequence[Lane], top: int | None,
        actors: Sequence[str] | None,
    ) -> None:  # fmt: skip
        self.edition, self.chosen, self.window, self.top, self.lanes = edition, chosen, window, top, lanes
        self.packed: dict[str, list[list[Item]]] = {}
        self.rows: list[LabelledRow] = []
        unseen: list[str] = []
        self.acts = self._answers(actors) if "responses" in lanes else pd.DataFrame()
        happened = _events(edition, str(chosen.index[0]))
        for lane in lanes:
            if lane == "responses":
                self.rows += self._rows_of_answers()
                continue
            found = self._measures(actors) if lane == "measures" else self._events_of(lane, happened)
            # Of the takeover itself nothing is left out.
            kept = sorted(found, key=lambda item: -item.rank)[: None if lane == "takeover" else top]
            if len(found) > len(kept):
                unseen.append(f"{len(found) - len(kept)} of {len(found)} under “{LANES[lane]}”")
            self.packed[lane] = _pack(sorted(kept, key=lambda item: item.starts), window)
            self.rows += self._rows_of(lane)
        self.left_out = f"Not shown: {', '.join(unseen)}. " if unseen else ""
        if unseen:
            self.left_out += "Shown is what most publishers tell of. "
        self.left_out += self._unseen_answers

    _unseen_answers = ""

    def _events_of(self, lane: Lane, happened: pd.DataFrame) -> list[Item]:
        window = self.window
        items = []
        for event in records(happened[happened["lane"] == lane]):
            starts, ends = (float(mdates.date2num(day)) for day in (event.starts, event.ends))
            if starts > window.last or ends < window.first:
                continue
            # A step known to the year alone would be a bar as wide as the figure.
            opened = starts < window.first
            left, right = window.clip(starts, ends)
            text = (
                f"{event.label} (since {event.starts:%B %Y})"
                if opened
                else f"{_day(event, year=window.long)}  {event.label}"
            )
            items.append(Item(text, left, right, event.publishers, opened))
        return items

    def _measures(self, actors: Sequence[str] | None) -> list[Item]:
        window, names, labels = self.window, names_of_actors(self.edition), labels_of(self.edition, "measure")
        measures = measures_of(self.edition, self.chosen)
        measures = measures[measures["ever"]]
        if actors is not None:
            measures = measures[measures["sender_id"].isin(actors) | measures["organisation_id"].isin(actors)]
        publishers = publishers_of(self.edition, "sanctions")
        items = []
        for group in same_course(measures):
            spells = [spell for own in group["spells"] for spell in own]
            possibly = [_places(spell.starts[0], spell.ends[1]) for spell in spells]
            surely = [_places(spell.starts[1], spell.ends[0]) for spell in spells if spell.starts[1] <= spell.ends[0]]
            left, right = min(start for start, _ in possibly), max(end for _, end in possibly)
            if left > window.last or right < window.first:
                continue
            kinds = "; ".join(dict.fromkeys(labels[measure].lower() for measure in group["measure"]))
            clipped = tuple(
                window.clip(*bounds) for bounds in surely if bounds[0] < window.last and bounds[1] > window.first
            )
            shown = window.clip(left, right)
            rank = float(group["sanction_id"].map(publishers).max())
            items.append(
                Item(f"{names[group['organisation_id'].iloc[0]]}: {kinds}", *shown, rank, left < window.first, clipped)
            )
        return items

    def _answers(self, actors: Sequence[str] | None) -> pd.DataFrame:
        acts = reactions_of(self.edition, self.chosen)
        places = pd.Series(mdates.date2num(acts["event_date"]), index=acts.index)
        acts = acts.assign(
            row=acts["organisation_id"].astype(str),
            span=((places - self.window.origin) // self.window.step).astype(int),
        )[places.between(self.window.first, self.window.last, inclusive="left")]
        if actors is not None:
            known = set(read("actors", self.edition)["actor_id"])
            for name in actors:
                if name not in known:
                    raise UnknownNameError.of("actor", name, sorted(known))
            return acts[acts["row"].isin(actors)]
        kept, left_out = choose_rows(acts, None, self.top or len(acts))
        self._unseen_answers = left_out
        return kept

    def _rows_of(self, lane: Lane) -> list[LabelledRow]:
        packed = self.packed[lane]
        if not packed:
            return [LabelledRow(f"{LANES[lane]}: none", (lane, "none"), plain=True)]
        return [
            LabelledRow("" if number else LANES[lane], (lane, number), plain=True, height=1.1)
            for number in range(len(packed))
        ] + [LabelledRow("", (lane, "space"), plain=True, height=0.6)]

    def _rows_of_answers(self) -> list[LabelledRow]:
        if self.acts.empty:
            return [LabelledRow(f"{LANES['responses']}: none", ("responses", "none"), plain=True)]
        names = names_of_actors(self.edition)
        order = self.acts.groupby("row").agg(acts=("span", "size"), first=("event_date", "min"))
        order = order.sort_values(["acts", "first"], ascending=[False, True])
        episode = str(self.chosen.index[0])
        return [
            LabelledRow(f"{names[str(row)]} ({count})", (episode, row), plain=True, height=1.75)
            for row, count in order["acts"].astype(object).to_dict().items()
        ] + [LabelledRow("", ("responses", "space"), plain=True, height=0.6)]


def _events(edition: Edition, episode: str) -> pd.DataFrame:
    """Return the dated causes, acts and steps of an episode, each event once, with its lane and its publishers."""
    own = {
        name: frame[frame["episode_id"] == episode]
        for name, frame in ((n, read(n, edition)) for n in ("triggers", "authority_acts", "milestones", "episodes"))
    }
    causes = own["triggers"][(own["triggers"]["role"] == "proximate") & own["triggers"]["start_date"].notna()]
    parts = [
        pd.DataFrame(
            {
                "lane": "causes", "id": causes["trigger_id"], "label": causes["name"], "starts": causes["start_date"],
                "ends": causes["end_date_latest"].fillna(causes["start_date_latest"]),
                "precision": causes["start_date_precision"], "latest": causes["start_date_latest"],
                "publishers": causes["trigger_id"].map(publishers_of(edition, "triggers")),
            }
        )
    ]  # fmt: skip
    for lane, table, key in (("power", "authority_acts", "act_id"), ("transition", "milestones", "milestone_id")):
        rows = own[table]
        parts.append(
            pd.DataFrame(
                {
                    "lane": lane, "id": rows[key], "label": rows["name"], "starts": rows["event_date"],
                    "ends": rows["event_date_latest"], "precision": rows["event_date_precision"],
                    "latest": rows["event_date_latest"], "publishers": rows[key].map(publishers_of(edition, table)),
                }
            )
        )  # fmt: skip
    events = pd.concat(parts, ignore_index=True)
    takeover, told = _takeover(own)
    events = pd.concat([takeover, events[~events["id"].isin(told)]], ignore_index=True)
    events["publishers"] = events["publishers"].fillna(0).astype(float)
    return events.sort_values(["starts", "ends"], kind="stable").drop_duplicates(["lane", "label"])


def _takeover(own: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, set[str]]:
    """Return a row per event of the takeover, and the keys of the records that tell of the same event."""
    [episode] = records(own["episodes"])
    days: dict[tuple[Any, Any, str], list[str]] = {}
    told: set[str] = set()
    for name in ("first_act_date", *SAME_EVENT):
        starts, ends = getattr(episode, name), getattr(episode, f"{name}_latest")
        if pd.isna(starts):
            continue
        labels = [name.removesuffix("_date").replace("_", " ").capitalize()]
        if name in SAME_EVENT:
            table, column, codes = SAME_EVENT[name]
            rows = own[table]
            same = rows[rows[column].isin(codes) & (rows["event_date"] <= ends) & (rows["event_date_latest"] >= starts)]
            if table == "authority_acts":
                same = same[same["target_kind"] == "executive_unseated"]
            told |= set(same.iloc[:, 0])
            if name == "power_ended_date" and len(same):
                labels = [f"{labels[0]}: {'; '.join(same['name'])}"]
            else:
                labels = same["name"].tolist() or labels
        days.setdefault((starts, ends, str(getattr(episode, f"{name}_precision"))), []).extend(labels)
    found = []
    for (starts, ends, precision), labels in days.items():
        names = list(dict.fromkeys(labels))
        # The words "First act" stand beside what happened then.
        joined = ["; ".join(names[:2]), *names[2:]] if names[0] == "First act" else names
        found += [("takeover", episode.episode_id, name, starts, ends, precision, ends, 0.0) for name in joined]
    columns = ["lane", "id", "label", "starts", "ends", "precision", "latest", "publishers"]
    return pd.DataFrame(found, columns=columns), told


def _pack(items: Sequence[Item], window: _Window) -> list[list[Item]]:
    """Return rows of items that take no room from one another, each in the first row that has room."""
    rows: list[list[Item]] = []
    for item in items:
        low, high = window.extent(item)
        for row in rows:
            if all(high < other[0] or low > other[1] for other in map(window.extent, row)):
                row.append(item)
                break
        else:
            rows.append([item])
    return rows


def _places(first: date, last: date) -> tuple[float, float]:
    return float(mdates.date2num(first)), float(mdates.date2num(last + timedelta(days=1)))


def _inches(ax: Axes | None, width: float) -> float:
    """Return about how wide the part of the axes is in which texts stand."""
    return (1 - MARGIN) * width if ax is None else float(ax.get_window_extent().width / ax.figure.dpi)


def _draw(chart: LabelledAxes, lane: str, y: float, item: Item, window: _Window) -> None:
    text, anchor, side = window.text_of(item)
    if lane == "measures":
        chart.ax.barh(y, item.ends - item.starts, left=item.starts, height=0.8, fc="0.95", ec="0.6", lw=0.4, zorder=2)
        for left, right in item.surely:
            chart.ax.barh(y, right - left, left=left, height=0.8, fc=PALE, ec="0.4", lw=0.4, zorder=2)
    else:
        if item.ends > item.starts:
            chart.ax.barh(y, item.ends - item.starts, left=item.starts, height=0.55, fc="0.9", zorder=1)
        marker = "<" if item.open else MARKERS[lane]
        chart.ax.plot(item.starts, y, marker, ms=3.5, color=DARK, clip_on=False, zorder=3)
    chart.ax.text(anchor, y, text, size=NOTE_SIZE, ha=side, va="center_baseline", color=INK, zorder=4, clip_on=False)


def _day(event: Any, *, year: bool) -> str:
    """Return a date no more exact than it is known."""
    first, last = event.starts, event.latest
    years = f" {last.year}" if year else ""
    if event.precision == "year":
        return str(first.year)
    if event.precision == "month":
        return f"{first:%b %Y}"
    if event.precision == "day" or first == last:
        return f"{first.day} {first:%b}{years}"
    if event.precision == "interval" and (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b}{years}"
    return f"c. {first:%b %Y}"


def _handles(edition: Edition, content: _Content) -> list[Line2D | Patch]:
    marks: list[Line2D | Patch] = []
    if len(content.acts):
        marks += handles_of_levels(edition, content.acts)
    if content.packed.get("measures"):
        marks.append(Patch(fc=PALE, ec="0.4", lw=0.4, label="Surely in force"))
        if any(item.surely != ((item.starts, item.ends),) for row in content.packed["measures"] for item in row):
            marks.append(Patch(fc="0.95", ec="0.6", lw=0.4, label="Possibly in force"))
    if any(
        item.open for lane in ("causes", "power", "transition") for row in content.packed.get(lane, []) for item in row
    ):
        marks.append(Line2D([], [], linestyle="", marker="<", ms=3.5, color=DARK, label="Began before"))
    marks.append(Patch(fc="0.9", label="Lasted, or day not known"))
    return marks
