"""Where the country stood: by arena with intervals, or actor by actor over time, with polls shown separately."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any, Literal, TypeAlias
from warnings import warn

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from crisisdata._deprecate import renamed_arguments
from crisisdata._editions import Edition
from crisisdata.errors import ArgumentError
from crisisdata.figures._data import (
    Version,
    begin,
    check_option,
    check_top,
    labels_of,
    names_of_actors,
    polls_of,
    positions_of,
    records,
)
from crisisdata.figures._drawing import (
    GLYPH,
    INK,
    NOTE_SIZE,
    PALETTE,
    POINT,
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

GroupBy: TypeAlias = Literal["arena", "actor"]
ARENAS = {"organised": "organised", "population": "crowds", "armed": "armed"}  # with the prefix of their summary
SIDES = ("for", "reserved", "against")
FOR, AGAINST = PALETTE[0], PALETTE[1]
MARKS: dict[str, dict[str, Any]] = {
    "for": {"marker": "^", "mfc": FOR},
    "reserved": {"marker": "o", "mfc": "white"},
    "split": {"marker": "o", "mfc": FOR, "fillstyle": "left", "markerfacecoloralt": AGAINST},
    "bargaining": {"marker": "s", "mfc": "white"},
    "against": {"marker": "v", "mfc": AGAINST},
}
NO_BREAK = "\u00a0"
POLLS = 12  # poll questions that a figure shows unless asked for more
ARENA_LINE, ACTOR_LINE = 0.165, 0.145  # inches of height of a row


@renamed_arguments(by="group_by")
@describes_shared
def support(
    episodes: str | Sequence[str] | None = None,
    *,
    about: Sequence[str] = ("takeover", "officers"),
    group_by: GroupBy | None = None,
    time: Time | None = None,
    top: int | None = None,
    version: Version = None,
    ax: Axes | None = None,
    width: float = 7.0,
) -> Axes:
    """Draw the positions of a country's arenas on the takeover, or of each actor over time, with polls separately.

    Parameters
    ----------
    {episodes}
    about
        What positions and polls are about: codes of ``support.about``. Positions on outside pressure or on the
        previous executive are distinct from positions on the takeover. Arenas are always summarised by their
        positions on the takeover.
    group_by
        ``"arena"``: organised society, crowds that nobody called, and armed bodies, with counts, balance and
        interval, and polls; ``"actor"``: the positions of each actor over time. None gives actors for one episode
        and arenas for several.
    time
        For actors: ``"day"`` (the default), days since the first act on a logarithmic axis, or ``"date"``.
    top
        Maximum number of actors per episode (first those that spoke on the takeover, then those with the most
        positions)
        and of poll questions (the first ones). None gives as many as fit on a page.
    {version}
    {ax}
    {width}

    Returns
    -------
    matplotlib.axes.Axes
        For arenas: bars with the share for (to the right) and against, and a dot with the balance and its 90 %
        interval; for polls the shares, and the 90 % interval of the share for. For actors: marks whose shape shows
        the direction; marks on the takeover are large. Vertical position within a row has no meaning.

    Raises
    ------
    UnknownNameError
        If the episode or edition does not exist.
    ArgumentError
        If `about`, `group_by` or `time` is invalid, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.support("mli-2021-05")
    >>> ax.figure.savefig("support.pdf")  # doctest: +SKIP
    """
    if group_by == "type":  # type: ignore[comparison-overlap]
        warn('support(group_by="type") is deprecated; use support(group_by="arena").', DeprecationWarning, stacklevel=3)
        group_by = "arena"
    edition, chosen = begin("support", version, episodes)
    check_option("group_by", group_by, GroupBy)
    check_option("time", time, Time)
    check_top(top)
    objects = labels_of(edition, "support_about")
    about = [about] if isinstance(about, str) else list(about)
    for asked in about:
        if asked not in objects:
            raise ArgumentError.of("about", asked, objects)
    what = ", ".join(objects[name].lower() for name in about)
    polls = polls_of(edition, chosen, about)
    if (group_by or ("actor" if len(chosen) == 1 else "arena")) == "arena":
        page = Page(ax, width, line=ARENA_LINE, share=0.44)
        return _draw_arenas(edition, page, chosen, polls, top, what, whole=episodes is not None)
    page = Page(ax, width, line=ACTOR_LINE, share=0.36)
    stands = positions_of(edition, chosen, about)
    return _draw_actors(edition, page, chosen, stands, polls, time, top, what, whole=episodes is not None)


def _draw_arenas(
    edition: Edition, page: Page, chosen: pd.DataFrame, polls: pd.DataFrame, top: int | None, what: str, *, whole: bool
) -> Axes:
    names = {**labels_of(edition, "arena"), "population": "Crowds that nobody called"}

    def rows_of(shown: pd.DataFrame, most: int) -> list[LabelledRow]:
        rows = []
        for arena, prefix in ARENAS.items():
            if len(shown) > 1:
                rows.append(LabelledRow(names[arena], arena, "episode"))
            for episode in records(shown):
                name = episode.name if len(shown) > 1 else names[arena]
                counts = _counts(episode, prefix).replace(" ", NO_BREAK)
                rows.append(LabelledRow(f"{name}: {counts}", (episode.Index, arena)))
        asked = _first_polls(polls, shown, most)
        rows += [LabelledRow("Polls", "polls", "episode")] if len(asked) else []
        for poll in records(asked):
            before = f"{shown.loc[poll.episode_id, 'name']}. " if len(shown) > 1 else ""
            rows += _rows_of_poll(edition, poll, before)
        return rows

    # Polls give way first.
    most = min(top or POLLS, _most_polls(polls))
    fitted = page.fit(rows_of, chosen, most, least=most if top else 0, whole=whole)
    chosen = fitted.chosen
    own, asked = polls[polls["episode_id"].isin(chosen.index)], _first_polls(polls, chosen, fitted.top)
    chart = LabelledAxes(page, rows_of(chosen, fitted.top))
    chart.ax.set_xlim(-1.05, 1.05)
    chart.ax.set_xticks([-1, -0.5, 0, 0.5, 1], ["100 %\nagainst", "50 %", "0", "50 %", "100 %\nfor"])
    chart.ax.axvline(0, color=INK, linewidth=0.8)
    for episode in records(chosen):
        for arena, prefix in ARENAS.items():
            y, counts = chart.at[episode.Index, arena], _sides(episode, prefix)
            if not counts or not sum(counts):
                continue
            _draw_shares(chart.ax, y, counts[0] / sum(counts), counts[2] / sum(counts))
            if numbers := _balance(episode, prefix):
                chart.ax.plot(numbers[1:], [y, y], color=INK, lw=1, zorder=4)
                chart.ax.plot(numbers[0], y, "o", ms=4, mfc="white", mec=INK, zorder=5)
    for poll in records(asked):
        y = chart.at[poll.poll_id]
        _draw_shares(chart.ax, y, poll.share_for, poll.share_against)
        if pd.notna(poll.share_for_low):
            chart.ax.plot([poll.share_for_low, poll.share_for_high], [y, y], color=INK, lw=1, zorder=4)
    handles = [
        Patch(color=FOR, alpha=0.75, label="Share for"),
        Patch(color=AGAINST, alpha=0.75, label="Share against"),
        Line2D([], [], color=INK, lw=1, marker="o", ms=4, mfc="white", mec=INK, label="Balance, 90 % interval"),
    ]
    if len(asked):
        handles.append(Line2D([], [], color=INK, lw=1, label="Share for, 90 % interval"))
    note = (
        "Numbers: voices for / reserved / against. Arenas: positions on the takeover in the thirty days from the first "
        "act; perpetrators and office holders have no voice. The balance is estimated with half a voice added to each "
        "side." + (f" Polls on: {what}." if what else "")
    )
    return chart.finish(
        title_of("Popular support", chosen),
        caption(edition, list(chosen.index)),
        handles,
        note,
        fitted.note + _unseen(own, asked),
    )


def _most_polls(polls: pd.DataFrame) -> int:
    return int(polls.groupby("episode_id", observed=True).size().max()) if len(polls) else 0


def _first_polls(polls: pd.DataFrame, chosen: pd.DataFrame, top: int) -> pd.DataFrame:
    """Return the first poll questions of each episode, in the order of the episodes."""
    own = polls[polls["episode_id"].isin(chosen.index)]
    first = own[own.groupby("episode_id", observed=True).cumcount() < top]
    places = {str(episode): place for place, episode in enumerate(chosen.index)}
    return first.sort_values("episode_id", key=lambda keys: keys.astype(str).map(places), kind="stable")


def _unseen(polls: pd.DataFrame, shown: pd.DataFrame) -> str:
    """Return a sentence about the poll questions that are left out."""
    if len(shown) == len(polls):
        return ""
    if shown.empty:
        return f"Not shown: {len(polls)} poll questions. "
    return f"Not shown: {len(polls) - len(shown)} of {len(polls)} poll questions (the first are shown). "


def _draw_shares(ax: Axes, y: float, share_for: float, share_against: float) -> None:
    """Draw the share for to the right and the share against to the left; draw nothing if a share is not known."""
    for share, sign, colour in ((share_for, 1, FOR), (share_against, -1, AGAINST)):
        if pd.notna(share):
            ax.barh(y, sign * share, height=0.62, color=colour, alpha=0.75, zorder=2)


def _sides(episode: Any, prefix: str) -> list[int]:
    """Return how many voices of an arena were for, reserved and against; none if nobody searched."""
    counts = [getattr(episode, f"{prefix}_{side}") for side in SIDES]
    return [] if any(pd.isna(count) for count in counts) else [int(count) for count in counts]


def _balance(episode: Any, prefix: str) -> list[float]:
    """Return the balance of an arena and the ends of its interval; nothing if there is none."""
    numbers = [getattr(episode, f"{prefix}_balance{end}", None) for end in ("", "_low", "_high")]
    known = [float(number) for number in numbers if number is not None and pd.notna(number)]
    return known if len(known) == len(numbers) else []


def _counts(episode: Any, prefix: str) -> str:
    counts = _sides(episode, prefix)
    if not counts:
        return "not searched"
    return " / ".join(map(str, counts)) if sum(counts) else "none found"


def _summary(edition: Edition, episode: Any, prefix: str) -> str:
    """Return the counts, balance, interval and word of an arena as text."""
    counts = _sides(episode, prefix)
    if not counts or not sum(counts):
        return f"{_counts(episode, prefix)} on the takeover"
    text = ", ".join(f"{count} {side}" for count, side in zip(counts, SIDES, strict=True)) + " on the takeover"
    numbers = _balance(episode, prefix)
    if not numbers:
        return text
    balance, low, high = numbers
    word = labels_of(edition, "support_word")[getattr(episode, f"{prefix}_word")].lower()
    return f"{text}; balance {balance:.2f} ({low:.2f} to {high:.2f}): {word}".replace("-", "−")


def words_on_support(edition: Edition, chosen: pd.DataFrame) -> list[str]:
    """Return the text next to each arena of the single episode."""
    [episode] = records(chosen)
    arenas = labels_of(edition, "arena")
    return [f"{arenas[arena]}: {_summary(edition, episode, prefix)}" for arena, prefix in ARENAS.items()]


def _rows_of_poll(edition: Edition, poll: Any, before: str) -> list[LabelledRow]:
    """Return a row with the wording, pollster, month and sample of a poll, and one with the answer."""
    sample = "" if pd.isna(poll.sample) else f", n = {poll.sample:,}".replace(" = ", f"{NO_BREAK}={NO_BREAK}")
    when = f", {poll.event_date:%b %Y}" if pd.notna(poll.event_date) else ""
    source = f"{names_of_actors(edition)[poll.pollster_id]}{when}{sample}"
    answer = shorten(str(poll.answer), 48, placeholder=" …")
    return [
        LabelledRow(f"{before}{poll.question} ({source})", (poll.poll_id,), "text"),
        LabelledRow(f"“{answer}”", poll.poll_id),
    ]


def _draw_actors(
    edition: Edition,
    page: Page,
    chosen: pd.DataFrame,
    stands: pd.DataFrame,
    polls: pd.DataFrame,
    time: Time | None,
    top: int | None,
    what: str,
    *,
    whole: bool,
) -> Axes:
    ranks = _ranked(stands)

    def rows_of(shown: pd.DataFrame, most: int) -> list[LabelledRow]:
        asked = _first_polls(polls, shown, _polls_beside(most, top))
        return _rows_of_actors(edition, shown, _spoken(stands, ranks, most), asked)

    most = top or max(int(ranks.max()) + 1 if len(ranks) else 1, 4 * min(POLLS, _most_polls(polls)))
    fitted = page.fit(rows_of, chosen, most, least=top or 1, whole=whole)
    chosen = fitted.chosen
    axis = TimeAxis(chosen, time or "day")
    stands = axis.placed(stands[stands["episode_id"].isin(chosen.index)]).sort_values(["place", "support_id"])
    drawn = _spoken(stands, ranks, fitted.top)
    own = polls[polls["episode_id"].isin(chosen.index)]
    asked = axis.placed(_first_polls(polls, chosen, _polls_beside(fitted.top, top)))
    chart = LabelledAxes(page, rows_of(chosen, fitted.top))
    places = [*drawn["left"], *drawn["right"], *asked["left"], *asked["right"], *map(axis.origin, chosen.index)]
    axis.set_axis(chart.ax, places)
    axis.mark_origin(chart.ax, chosen)
    for (episode, arena, actor), positions in drawn.groupby(["episode_id", "arena", "actor_id"], observed=True):
        _draw_actor(chart, chart.at[episode, arena, actor], positions)
    for poll in records(asked):
        _draw_poll(chart, poll)
    note = (
        f"Positions on: {what}. Large: on the takeover. Line along a mark: the day is not known. Marks that would "
        "overlap are shown side by side."
    )
    left_out = fitted.note + _unseen(own, asked)
    if len(drawn) < len(stands):
        rest = stands.drop(drawn.index)
        left_out += (
            f"Not shown: {len(rest[['episode_id', 'actor_id']].drop_duplicates())} actors with {len(rest)} positions "
            "(those that spoke on the takeover, then those with the most positions, are shown)."
        )
    return chart.finish(
        title_of("Popular support", chosen),
        caption(edition, list(chosen.index)),
        _handles(edition, drawn, asked),
        note,
        left_out,
    )


def _polls_beside(actors: int, top: int | None) -> int:
    """Return how many poll questions to show for a number of actors: a quarter as many, unless requested."""
    return top or min(POLLS, actors // 4)


def _ranked(stands: pd.DataFrame) -> pd.Series:
    """Return the rank of each actor in an episode: those that spoke on the takeover, then those that spoke most."""
    spoken = stands.assign(takeover=stands["about"] == "takeover").groupby(["episode_id", "actor_id"], observed=True)
    sizes = spoken.agg(takeover=("takeover", "max"), positions=("support_id", "size"), first=("event_date", "min"))
    order = sizes.sort_values(["takeover", "positions", "first"], ascending=[False, False, True], kind="stable")
    return order.groupby("episode_id", observed=True).cumcount()


def _spoken(stands: pd.DataFrame, ranks: pd.Series, top: int) -> pd.DataFrame:
    """Return the positions of the first actors of each episode."""
    return stands[pd.MultiIndex.from_frame(stands[["episode_id", "actor_id"]]).isin(ranks.index[ranks < top])]


def _rows_of_actors(
    edition: Edition, chosen: pd.DataFrame, stands: pd.DataFrame, polls: pd.DataFrame
) -> list[LabelledRow]:
    names, arenas = names_of_actors(edition), labels_of(edition, "arena")
    rows = []
    for coded in records(chosen):
        episode = coded.Index
        own, asked = stands[stands["episode_id"] == episode], polls[polls["episode_id"] == episode]
        rows += heading_of(chosen, episode, own, "position")
        for arena, prefix in ARENAS.items():
            group = own[own["arena"] == arena].sort_values(["event_date", "support_id"])
            if len(group):
                summary = f"{arenas[arena]}: {_summary(edition, coded, prefix)}"
                rows.append(LabelledRow(summary, (episode, "arena", arena), "group"))
                rows += [
                    LabelledRow(shorten(names[actor], 44, placeholder=" …"), (episode, arena, actor))
                    for actor in group["actor_id"].unique()
                ]
        if len(asked):
            rows.append(LabelledRow("Polls", (episode, "polls"), "group"))
        for poll in records(asked):
            rows += _rows_of_poll(edition, poll, "")
    return rows


def _draw_actor(chart: LabelledAxes, y: float, own: pd.DataFrame) -> None:
    """Draw the positions of an actor; equal positions at one point share a mark."""
    own = own.drop_duplicates(["left", "right", "direction", "about"])
    chart.ax.hlines([y] * len(own), own["left"], own["right"], color="0.6", linewidth=1, zorder=1)
    for x, stand in zip(spread(chart.ax, list(own["place"]), 5.5), records(own), strict=True):
        chart.ax.plot(x, y, **_style(stand.direction, takeover=stand.about == "takeover"), zorder=3)


def _style(direction: str, *, takeover: bool) -> dict[str, Any]:
    size = {"ms": 5.5, "mew": 1.0} if takeover else {"ms": 3.8, "mew": 0.4}
    return {"linestyle": "", "mec": INK, **size, **MARKS[direction]}


def _draw_poll(chart: LabelledAxes, poll: Any) -> None:
    """Draw a poll with its shares, on the side where there is space."""
    ax, y = chart.ax, chart.at[poll.poll_id]
    ax.hlines(y, poll.left, poll.right, color="0.6", linewidth=1, zorder=1)
    ax.plot(poll.place, y, **_style(poll.direction, takeover=poll.about == "takeover"), zorder=3)
    bounds = "" if pd.isna(poll.share_for_low) else f" ({100 * poll.share_for_low:.0f}–{poll.share_for_high:.0%})"
    sides = ((poll.share_for, f"for{bounds}"), (poll.share_against, "against"))
    said = [f"{share:.0%} {side}".replace("%", " %") for share, side in sides if pd.notna(share)]
    along = ax.transAxes.inverted().transform(ax.transData.transform((poll.place, 0)))[0]
    left = along > 0.5
    room = 0.45 * chart.inches * max(along, 1 - along) / (GLYPH * NOTE_SIZE * POINT)  # letters beside the mark
    # Where there is no room for all of it: the share for with its interval, or without.
    full = ", ".join(said)
    shares = next((text for text in (full, said[0]) if len(text) <= room), said[0].split(" (")[0]) if said else ""
    ax.annotate(
        shares, (poll.place, y), xytext=(-5 if left else 5, 0), textcoords="offset points",
        size=chart.type_size(NOTE_SIZE), va="center_baseline", ha="right" if left else "left", zorder=4,
        bbox={"fc": "white", "ec": "none", "pad": 0.2},
    )  # fmt: skip


def _handles(edition: Edition, stands: pd.DataFrame, polls: pd.DataFrame) -> list[Line2D]:
    labels = labels_of(edition, "direction")
    drawn = {*stands["direction"], *polls["direction"]}
    return [
        Line2D([], [], **_style(direction, takeover=True), label=labels[direction])
        for direction in MARKS if direction in drawn
    ]  # fmt: skip
