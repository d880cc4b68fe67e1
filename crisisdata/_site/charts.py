"""Charts as SVG: a timeline in lanes, and strips in the rows of a table. Each mark links to its row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

WIDTH = 1000
"""Width of a timeline, in its own units; CSS scales it."""
_LEFT = 118
_RIGHT = 24  # half the last day on the axis stands there
_STEP = 6.4
_HIGHEST = 13
"""Maximum number of stacked marks; the rest are counted above them."""
_STRIP = 320


@dataclass(frozen=True)
class Mark:
    """One dated item: a point, or a bar from a first to a last day."""

    href: str
    starts: date
    ends: date
    kind: str = ""
    """Its class in the style sheet."""
    bar: bool = False
    surely_from: date | None = None
    """For a bar with inexact bounds: the first and last day that are certain."""
    surely_to: date | None = None


@dataclass(frozen=True)
class Window:
    """The days that an axis shows."""

    first: date
    last: date

    @classmethod
    def around(cls, days: Iterable[date]) -> Window | None:
        """Return the window around some days, with a margin; None if there are none."""
        known = list(days)
        if not known:
            return None
        first, last = min(known), max(known)
        margin = max(timedelta(days=2), (last - first) * 0.01)
        return cls(first - margin, last + margin)

    def place(self, day: date, width: float) -> float:
        """Return the position of a day on an axis."""
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(min(max(share, 0), 1) * width, 1)

    def holds(self, mark: Mark) -> bool:
        """Say whether any part of a mark is in the window."""
        return mark.ends >= self.first and mark.starts <= self.last

    def ticks(self, most: int) -> list[tuple[date, str]]:
        """Return the days to label on the axis, with their labels."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        step = next((each for each in (1, 2, 3, 6, 12, 24, 60, 120) if months / each <= most), 240)
        if months <= 3:
            return [*self._days(most)]
        found = []
        for number in range(months + 1):
            year, month = divmod(self.first.year * 12 + self.first.month - 1 + number, 12)
            day = date(year, month + 1, 1)
            if self.first <= day <= self.last and (year * 12 + month) % step == 0:
                found.append((day, str(year) if month == 0 or step >= 12 else f"{day:%b}"))
        if step < 12 and found and not found[0][1].isdigit():
            found[0] = (found[0][0], f"{found[0][0]:%b %Y}")
        return found

    def _days(self, most: int) -> Iterable[tuple[date, str]]:
        span = (self.last - self.first).days
        step = next((each for each in (1, 2, 7, 14, 28) if span / each <= most), 56)
        for number in range(0, span + 1, step):
            day = self.first + timedelta(days=number)
            yield day, f"{day.day} {day:%b}"


def timeline(lanes: Sequence[tuple[str, Sequence[Mark]]], window: Window, day_zero: date | None) -> Markup:
    """Return a timeline in lanes; lanes without marks in the window are left out."""
    parts, top = [], 18.0
    inner = WIDTH - _LEFT - _RIGHT
    for name, marks in lanes:
        inside = [mark for mark in marks if window.holds(mark)]
        if not inside:
            continue
        drawn, height = _bars(inside, window, inner) if inside[0].bar else _swarm(inside, window, inner)
        parts.append(
            Markup('<g transform="translate(0 {:.1f})"><line class="base" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                   '<text class="lane" x="{}" y="{:.1f}">{}</text><g transform="translate({} 0)">{}</g></g>').format(
                top, _LEFT, WIDTH - _RIGHT, height + 4, height + 4, _LEFT - 10, height - 1, name, _LEFT, drawn
            )
        )  # fmt: skip
        top += height + 14
    axis = _axis(window, inner, top, 14)
    zero = Markup("")
    if day_zero and window.first <= day_zero <= window.last:
        x = _LEFT + window.place(day_zero, inner)
        zero = Markup(
            '<line class="zero" x1="{0}" x2="{0}" y1="14" y2="{1:.1f}"/>'
            '<text class="zero" x="{0}" y="10">first act</text>'
        ).format(x, top)
    body = Markup("").join(parts)
    return Markup(
        '<svg viewBox="0 0 {} {:.0f}" class="timeline" aria-hidden="true">'
        '<g transform="translate({} 0)">{}</g>{}{}</svg>'
    ).format(WIDTH, top + 22, _LEFT, axis, zero, body)


def _axis(window: Window, width: float, bottom: float, most: int) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="grid" x1="{0}" x2="{0}" y1="14" y2="{1:.1f}"/>'
            '<text class="tick" x="{0}" y="{2:.1f}">{3}</text>'
        ).format(window.place(day, width), bottom, bottom + 14, name)
        for day, name in window.ticks(most)
    )


def _swarm(marks: Sequence[Mark], window: Window, width: float) -> tuple[Markup, float]:
    """Return points, stacked where they would overlap, and the height of the stack."""
    stacks: dict[int, list[Mark]] = {}
    for mark in sorted(marks, key=lambda each: each.starts):
        middle = mark.starts + (mark.ends - mark.starts) / 2
        stacks.setdefault(int(window.place(middle, width) // _STEP), []).append(mark)
    tallest = min(max(map(len, stacks.values())), _HIGHEST)
    full = [column for column, stack in stacks.items() if len(stack) > _HIGHEST]
    # The numbers of neighbours stand on two lines, or they would lie on one another.
    raised = {column for column in full if column - 1 in full or column - 2 in full}
    height = tallest * _STEP + (2 if not full else 17 if raised else 9)
    drawn = []
    above = False
    for column, stack in sorted(stacks.items()):
        x = (column + 0.5) * _STEP
        for level, mark in enumerate(stack[:_HIGHEST]):
            drawn.append(_link(mark, Markup('<circle{} cx="{:.0f}" cy="{:.0f}"/>').format(
                _kind(mark), x, height - level * _STEP)))  # fmt: skip
        if len(stack) > _HIGHEST:
            above = column in raised and not above
            y = height - _HIGHEST * _STEP - (8.5 if above else 0.5)
            drawn.append(
                Markup('<text class="more" x="{:.1f}" y="{:.1f}">+{}</text>').format(x, y, len(stack) - _HIGHEST)
            )
    return Markup("").join(drawn), height


def _bars(marks: Sequence[Mark], window: Window, width: float) -> tuple[Markup, float]:
    """Return bars in rows, shared by bars that do not overlap, and the height of the rows."""
    rows: list[float] = []
    drawn = []
    for mark in sorted(marks, key=lambda each: each.starts):
        left = window.place(mark.starts, width)
        right = max(window.place(mark.ends, width), left + 2.5)
        row = next((number for number, end in enumerate(rows) if end + 2 <= left), len(rows))
        rows[row:row + 1] = [right]  # fmt: skip
        drawn.append(_link(mark, _bar(mark, window, width, row * 6.0 + 2, 4.4)))
    return Markup("").join(drawn), len(rows) * 6.0


def _bar(mark: Mark, window: Window, width: float, y: float, height: float) -> Markup:
    left = window.place(mark.starts, width)
    right = max(window.place(mark.ends, width), left + 2.5)
    shape = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}"/>')
    outer = shape.format(f"{mark.kind} maybe", left, y, right - left, height)
    if mark.surely_from is None or mark.surely_to is None or mark.surely_to < mark.surely_from:
        return outer
    begins = window.place(mark.surely_from, width)
    ends = max(window.place(mark.surely_to, width), begins + 2.5)
    exact = (mark.surely_from, mark.surely_to) == (mark.starts, mark.ends)
    sure = shape.format(mark.kind, begins, y, ends - begins, height)
    return sure if exact else outer + sure


def _kind(mark: Mark) -> Markup:
    return Markup(' class="{}"').format(mark.kind) if mark.kind else Markup("")


def _link(mark: Mark, drawn: Markup) -> Markup:
    # A mark can be clicked; the keyboard has the table beside it, where each row is one stop.
    return Markup('<a href="{}" tabindex="-1">{}</a>').format(mark.href, drawn)


def strip(marks: Sequence[Mark], window: Window, day_zero: date | None = None) -> Markup:
    """Return marks on one line, for the row of a table."""
    inside = [mark for mark in marks if window.holds(mark)]
    drawn = []
    for mark in inside:
        if mark.bar:
            drawn.append(_link(mark, _bar(mark, window, _STRIP, 5, 8)))
            continue
        x = window.place(mark.starts + (mark.ends - mark.starts) / 2, _STRIP)
        if "measures" in mark.kind or "force" in mark.kind:
            shape = Markup('<rect{} x="{:.0f}" y="3" width="4" height="12"/>').format(_kind(mark), x - 2)
        else:
            shape = Markup('<circle{} cx="{:.0f}" cy="9"/>').format(_kind(mark), x)
        drawn.append(_link(mark, shape))
    zero = (
        Markup('<line class="zero" x1="{0}" x2="{0}" y1="0" y2="18"/>').format(window.place(day_zero, _STRIP))
        if day_zero
        else ""
    )
    return Markup(
        '<svg class="strip" viewBox="-4 0 {} 18" aria-hidden="true">'
        '<line class="base" x1="0" x2="{}" y1="9" y2="9"/>{}{}</svg>'
    ).format(_STRIP + 8, _STRIP, zero, Markup("").join(drawn))


def strip_axis(window: Window) -> Markup:
    """Return the axis of strips, for their column header."""
    ticks = Markup("").join(
        Markup('<text class="tick" x="{}" y="12">{}</text>').format(window.place(day, _STRIP), name)
        for day, name in window.ticks(6)
    )
    return Markup('<svg class="strip axis" viewBox="-4 0 {} 18" aria-hidden="true">{}</svg>').format(_STRIP + 8, ticks)


def interval(low: float, value: float, high: float) -> Markup:
    """Return a value between −1 and 1 with its interval."""
    left, middle, right = ((each + 1) * _STRIP / 2 for each in (low, value, high))
    return Markup(
        '<svg class="strip" viewBox="-4 0 {} 18" aria-hidden="true"><line class="base" x1="0" x2="{}" y1="9" y2="9"/>'
        '<line class="zero" x1="{}" x2="{}" y1="1" y2="17"/>'
        '<rect class="range" x="{:.1f}" y="6" width="{:.1f}" height="6"/>'
        '<circle class="balance" cx="{:.1f}" cy="9" r="4.4"/></svg>'
    ).format(_STRIP + 8, _STRIP, _STRIP / 2, _STRIP / 2, left, right - left, middle)


def span(promised: tuple[date, date], held: tuple[date, date] | None, window: Window, href: str) -> Markup:
    """Return the day promised and the day on which it was held, joined by a line."""
    at = window.place(promised[0] + (promised[1] - promised[0]) / 2, _STRIP)
    drawn = Markup('<circle class="promised" cx="{}" cy="9" r="4"/>').format(at)
    if held:
        to = window.place(held[0] + (held[1] - held[0]) / 2, _STRIP)
        late = "late" if held[0] > promised[1] else "kept"
        line = Markup('<line class="{}" x1="{}" x2="{}" y1="9" y2="9"/>').format(late, at, to)
        drawn = line + drawn + Markup('<circle class="held {}" cx="{}" cy="9" r="4"/>').format(late, to)
    return Markup(
        '<svg class="strip" viewBox="-4 0 {} 18" aria-hidden="true"><line class="base" x1="0" x2="{}" y1="9" y2="9"/>'
        '<a href="{}" tabindex="-1">{}</a></svg>'
    ).format(_STRIP + 8, _STRIP, href, drawn)
