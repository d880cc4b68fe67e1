"""What happened, who responded and what was in force, in lanes on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import wrap
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
    begin,
    check_option,
    check_top,
    labels_of,
    measures_of,
    names_of_actors,
    publishers_of,
    reactions_of,
    read,
    records,
    same_course,
)
from crisisdata.figures._drawing import (
    DARK,
    GLYPH,
    INK,
    LABEL_SIZE,
    NOTE_SIZE,
    POINT,
    LabelledAxes,
    LabelledRow,
    Page,
    TimeAxis,
    caption,
)
from crisisdata.figures._parameters import describes_shared
from crisisdata.figures._responses import Bodies, draw_columns, handles_of_levels

Lane: TypeAlias = Literal["causes", "takeover", "power", "transition", "responses", "measures"]
LANES: dict[Lane, str] = {
    "causes": "Causes",
    "takeover": "Takeover",
    "power": "Those in power",
    "transition": "Transition",
    "responses": "Responses",
    "measures": "In force",
}
MARKERS = {"causes": "s", "takeover": "D", "power": "o", "transition": "^"}
TOP = 7  # rows of a lane that one page holds
SHORT = 0.6  # inches of a bar that leaves room for a text beside it
_BEGAN, _WENT_ON = pd.Timedelta(days=180), pd.Timedelta(days=30)  # before the first act
KINDS = 3  # of measures that a bar names
ROWS = 60  # spans of time into which the answers are gathered
SURELY, POSSIBLY, LASTED = "0.72", "0.9", "0.88"  # light enough for the text on them
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
    """A text in a lane with its mark or bar; if `open`, it began before the period shown."""

    text: str
    starts: float
    ends: float
    rank: float = 0.0
    open: bool = False
    surely: tuple[tuple[float, float], ...] = ()
    lines: int = 2  # in which the text may stand


@describes_shared
def timeline(
    episode: str,
    *,
    before: int = 60,
    after: int = 365,
    lanes: Sequence[Lane] | None = None,
    top: int | None = None,
    actors: Sequence[str] | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw what happened in an episode, who responded, and what was in force, in lanes on one time axis.

    Parameters
    ----------
    episode
        Key of an episode.
    before, after
        Number of days to show before and after the first act.
    lanes
        Lanes to draw, from top to bottom: any of ``"causes"``, ``"takeover"``, ``"power"``, ``"transition"``,
        ``"responses"`` and ``"measures"``. None draws all in this order.
    top
        Maximum number of items per lane: the events and measures with the most publishers, and the organisations that
        acted most often. The takeover is always complete. None gives as many as fit on a page,
        at most 7.
    actors
        Keys of organisations or states whose responses and measures to show, instead of those chosen by `top`.
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        Causes are proximate triggers, and others that began in the 180 days before the first act and continued into
        the last thirty, from start to end; a cause that began before the period shown starts at
        the left edge with an arrow. Each event appears once: an act of the takeover that is also an act of those in
        power or a milestone has that name. Responses are grouped as in `responses`; the bar of a measure is dark
        while it was certainly in force and pale while it may have been.

    Raises
    ------
    UnknownNameError
        If the episode, actor or edition does not exist.
    ArgumentError
        If `before` and `after` leave nothing to show, a lane is invalid, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.timeline("mli-2021-05")
    >>> ax.figure.savefig("timeline.pdf")  # doctest: +SKIP
    """
    if not isinstance(episode, str):
        raise ArgumentError(f"episode={episode!r} must be a string: the key of the one episode to show.")
    if before < 0 or after <= 0:
        raise ArgumentError(f"before={before} and after={after} must be numbers of days, with after at least 1.")
    for lane in lanes or ():
        check_option("lanes", lane, Lane)
    check_top(top)
    edition, chosen = begin("timeline", version, episode)
    page = Page(ax, width, line=0.135, share=MARGIN)
    window = _Window(chosen["first_act_date"].iloc[0], before, after, _inches(page))
    content = _Content(edition, chosen, window, lanes or get_args(Lane), actors, page.letters)
    fitted = page.fit(lambda _, most: content.rows(most), chosen, top or TOP, least=top or 1, whole=True)
    chart = LabelledAxes(page, content.rows(fitted.top))
    axis = TimeAxis(chosen, "date")
    axis.set_axis(chart.ax, [window.first, window.last])
    chart.ax.set_xlim(window.first, window.last)
    axis.mark_origin(chart.ax, chosen)
    packed = content.packed(fitted.top)
    for lane, rows in packed.items():
        for number, items in enumerate(rows):
            for item in items:
                _draw(chart, lane, chart.at[lane, number], item, window)
    acts = content.acts(fitted.top)
    if len(acts):
        places = {span: window.origin + (span + 0.5) * window.step for span in acts["span"].unique()}
        draw_columns(chart, acts, places, 0.9 * window.step)
    note = f"From {before} days before to {after} days after the first act (dotted)."
    if len(acts):
        note += f" Responses in periods of {window.step} days: coercion upwards, engagement downwards."
    title = f"{chosen['name'].iloc[0]}: what happened, who responded, what was in force"
    handles = _handles(edition, packed, acts)
    return chart.finish(title, caption(edition, list(chosen.index)), handles, note, content.left_out(fitted.top))


class _Window:
    """The days shown, as positions on the axis, and how much space a text takes there."""

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

    def room_of(self, starts: float) -> float:
        """Return how many letters a line under a bar or before it can have."""
        return (max(self.last - starts, starts - self.first) - 2 * self.gap) / self.letter

    def text_of(self, item: Item) -> tuple[str, float, Literal["left", "right"]]:
        """Return the text in as many lines as allowed, its anchor, and its side."""
        # A short bar stands before its text, a long one under it.
        begins = item.ends if item.lines > 1 and item.ends - item.starts < SHORT * self.inch else item.starts
        right = self.last - begins - 2 * self.gap
        left = item.starts - self.first - 2 * self.gap
        need = len(item.text) * self.letter
        side: Literal["left", "right"] = "left" if need <= right or right >= left else "right"
        letters = max(12, int((right if side == "left" else left) / self.letter))
        lines = wrap(item.text, letters, max_lines=item.lines, placeholder=" …")
        return "\n".join(lines), begins + self.gap if side == "left" else item.starts - self.gap, side

    def extent(self, item: Item) -> tuple[float, float]:
        """Return the start and end of the space that an item takes."""
        text, anchor, side = self.text_of(item)
        long = max(map(len, text.split("\n"))) * self.letter
        reach = (anchor, anchor + long) if side == "left" else (anchor - long, anchor)
        return min(item.starts - self.gap, reach[0]), max(item.ends, reach[1]) + self.gap


class _Content:
    """The content of the lanes, to be chosen and packed into rows."""

    def __init__(
        self, edition: Edition, chosen: pd.DataFrame, window: _Window, lanes: Sequence[Lane],
        actors: Sequence[str] | None, letters: int,
    ) -> None:  # fmt: skip
        self.edition, self.chosen, self.window, self.lanes = edition, chosen, window, lanes
        self.names = names_of_actors(edition, letters - len(" (100)")).to_dict()
        happened = _events(edition, str(chosen.index[0]))
        self.found: dict[Lane, list[Item]] = {
            lane: self._measures(actors) if lane == "measures" else self._events_of(lane, happened)
            for lane in lanes
            if lane != "responses"
        }
        self.bodies = self._answers(actors)

    def _shown(self, lane: Lane, top: int) -> list[Item]:
        """Return the items with the most publishers; for the takeover itself, nothing is left out."""
        ranked = sorted(self.found[lane], key=lambda item: -item.rank)
        return sorted(ranked[: None if lane == "takeover" else top], key=lambda item: item.starts)

    def packed(self, top: int) -> dict[Lane, list[list[Item]]]:
        """Return the items of each lane in rows."""
        return {lane: _pack(self._shown(lane, top), self.window) for lane in self.found}

    def acts(self, top: int) -> pd.DataFrame:
        """Return the responses of the bodies shown; none if there is no lane for them."""
        return self.bodies.acts_of(self.chosen, top if "responses" in self.lanes else 0)

    def rows(self, top: int) -> list[LabelledRow]:
        """Return the rows of all lanes, from top to bottom."""
        packed = self.packed(top)
        rows: list[LabelledRow] = []
        for lane in self.lanes:
            if lane == "responses":
                own = self.bodies.rows(self.bodies.first(top), self.names, 1.75)
            else:
                own = [
                    LabelledRow("" if number else LANES[lane], (lane, number), plain=True, height=self._height(items))
                    for number, items in enumerate(packed[lane])
                ]
            if own:
                rows += [*own, LabelledRow("", (lane, "space"), plain=True, height=0.6)]
            else:
                rows.append(LabelledRow(f"{LANES[lane]}: none", (lane, "none"), plain=True))
        return rows

    def _height(self, items: list[Item]) -> float:
        return 0.35 + 0.75 * max(self.window.text_of(item)[0].count("\n") + 1 for item in items)

    def left_out(self, top: int) -> str:
        """Return sentences that say what is not shown, and by which rule."""
        numbers = {lane: (len(found) - len(self._shown(lane, top)), len(found)) for lane, found in self.found.items()}
        unseen = [f"{rest} of {all_} under “{LANES[lane]}”" for lane, (rest, all_) in numbers.items() if rest]
        note = f"Not shown: {', '.join(unseen)} (those with the most publishers are shown). " if unseen else ""
        return note + (self.bodies.left_out(self.chosen, top) if "responses" in self.lanes else "")

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
                else f"{_day(event, year=window.long)}: {event.label}"
            )
            items.append(Item(text, left, right, event.publishers, opened))
        return items

    def _measures(self, actors: Sequence[str] | None) -> list[Item]:
        window, labels = self.window, labels_of(self.edition, "measure")
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
            kinds = list(dict.fromkeys(labels[measure].lower() for measure in group["measure"]))
            clipped = tuple(
                window.clip(*bounds) for bounds in surely if bounds[0] < window.last and bounds[1] > window.first
            )
            shown = window.clip(left, right)
            text = _named(self.names[group["organisation_id"].iloc[0]], kinds, window.room_of(shown[0]))
            rank = float(group["sanction_id"].map(publishers).max())
            items.append(Item(text, *shown, rank, left < window.first, clipped, lines=1))
        return items

    def _answers(self, actors: Sequence[str] | None) -> Bodies:
        known = set(read("actors", self.edition)["actor_id"])
        for name in actors or ():
            if name not in known:
                raise UnknownNameError.of("actor", name, sorted(known))
        acts = reactions_of(self.edition, self.chosen)
        places = pd.Series(mdates.date2num(acts["event_date"]), index=acts.index)
        acts = acts.assign(
            row=acts["organisation_id"].astype(str),
            span=((places - self.window.origin) // self.window.step).astype(int),
        )[places.between(self.window.first, self.window.last, inclusive="left")]
        return Bodies(acts, None if actors is None else [name for name in actors if name in set(acts["row"])])


def _named(sender: str, kinds: list[str], room: float) -> str:
    """Return the sender and as many of its measures as there is room for, and how many more there are."""
    for named in range(len(kinds) if len(kinds) <= KINDS else KINDS - 1, 0, -1):
        more = [f"{len(kinds) - named} more"] if named < len(kinds) else []
        text = f"{sender}: {'; '.join([*kinds[:named], *more])}"
        if len(text) <= room:
            return text
    return f"{sender}: {kinds[0]}{' …' if len(kinds) > 1 else ''}"


def _recent(triggers: pd.DataFrame, first_act: pd.Timestamp) -> pd.Series:
    """Say which dated causes belong to the days before the coup: proximate ones, and those that continued into them."""
    began, ended = triggers["start_date"], triggers["end_date_latest"].fillna(triggers["start_date_latest"])
    went_on = (began >= first_act - _BEGAN) & (began <= first_act) & (ended >= first_act - _WENT_ON)
    return began.notna() & ((triggers["role"] == "proximate") | (went_on & (triggers["role"] != "stated")))


def _events(edition: Edition, episode: str) -> pd.DataFrame:
    """Return the dated causes, acts and steps of an episode, each event once, with its lane and its publishers."""
    own = {
        name: frame[frame["episode_id"] == episode]
        for name, frame in ((n, read(n, edition)) for n in ("triggers", "authority_acts", "milestones", "episodes"))
    }
    causes = own["triggers"][_recent(own["triggers"], own["episodes"]["first_act_date"].iloc[0])]
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
    """Return a row per event of the takeover, and the keys of the records about the same event."""
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
    """Return rows of items that do not overlap, each in the first row that has space."""
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


def _inches(page: Page) -> float:
    """Return the approximate width of the part of the axes that contains texts."""
    return page.inches if page.ax is not None else page.inches - page.letters * GLYPH * LABEL_SIZE * POINT - 0.2


def _draw(chart: LabelledAxes, lane: str, y: float, item: Item, window: _Window) -> None:
    text, anchor, side = window.text_of(item)
    if lane == "measures":
        # No outlines, which would cross the text.
        chart.ax.barh(y, item.ends - item.starts, left=item.starts, height=0.86, color=POSSIBLY, zorder=2)
        for left, right in item.surely:
            chart.ax.barh(y, right - left, left=left, height=0.86, color=SURELY, zorder=2)
    else:
        if item.ends > item.starts:
            chart.ax.barh(y, item.ends - item.starts, left=item.starts, height=0.55, fc=LASTED, zorder=1)
        marker = "<" if item.open else MARKERS[lane]
        chart.ax.plot(
            item.starts + (0.5 * window.gap if item.open else 0), y, marker, ms=3.5, color=DARK, clip_on=False, zorder=3
        )
    covered = side == "left" and (lane == "measures" or anchor < item.ends)
    chart.ax.text(
        anchor, y, text, size=chart.type_size(NOTE_SIZE), ha=side, va="center", color=INK, zorder=4, clip_on=False,
        bbox=None if covered else {"fc": "white", "ec": "none", "pad": 0.4},
    )  # fmt: skip


def _day(event: Any, *, year: bool) -> str:
    """Return a date only as exact as it is known."""
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


def _handles(edition: Edition, packed: dict[Lane, list[list[Item]]], acts: pd.DataFrame) -> list[Line2D | Patch]:
    marks: list[Line2D | Patch] = [*handles_of_levels(edition, acts)] if len(acts) else []
    items = {lane: [item for row in rows for item in row] for lane, rows in packed.items()}
    measures = items.pop("measures", [])
    if measures:
        marks.append(Patch(color=SURELY, label="Certainly in force"))
        if any(item.surely != ((item.starts, item.ends),) for item in measures):
            marks.append(Patch(color=POSSIBLY, label="Possibly in force"))
    events = [item for own in items.values() for item in own]
    if any(item.open for item in events):
        marks.append(Line2D([], [], linestyle="", marker="<", ms=3.5, color=DARK, label="Began before"))
    if any(item.ends > item.starts for item in events):
        marks.append(Patch(fc=LASTED, label="Lasted, or day not known"))
    return marks
