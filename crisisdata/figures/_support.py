"""Where the country stood: by arena with intervals, or actor by actor over time; polls apart."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any, Literal, TypeAlias, get_args
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
    check_top,
    choose,
    find_edition,
    labels_of,
    names_of_actors,
    polls_of,
    positions_of,
    records,
)
from crisisdata.figures._drawing import (
    INK,
    NOTE_SIZE,
    ONE_COLUMN,
    PALETTE,
    LabelledAxes,
    LabelledRow,
    Time,
    TimeAxis,
    heading_of,
    spread,
    title_of,
)

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
PAGE_OF_ACTORS, PAGE_OF_POLLS = 30, 14  # rows that one page holds


@renamed_arguments(by="group_by")
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
    """Draw where the arenas of a country stood towards the takeover, or each actor over time; polls apart.

    Parameters
    ----------
    episodes
        Key or keys of episodes, in the order wanted. None gives all.
    about
        What positions and polls are about: codes of ``support.about``. A position towards pressure from outside
        or the executive before is another matter than one towards the takeover. The arenas are always summarised
        on the takeover.
    group_by
        ``"arena"``: organised society, crowds that nobody called, and armed bodies, with counts, balance and
        interval, and polls; ``"actor"``: the positions of each actor over time. None gives actors for one episode
        and arenas for several.
    time
        Of actors: ``"day"``, days since the first act on a logarithmic axis (None gives this), or ``"date"``.
    top
        How many actors each episode has: those with most positions. As many polls are shown, the first ones.
        None gives as many as fit on a page.
    version
        As in `load`; edition 1.0 or later.
    ax
        Axes to draw on, without caption; None makes a figure of this `width` in inches.

    Returns
    -------
    matplotlib.axes.Axes
        Of arenas: bars with the share for (to the right) and against, and a dot with the balance and its 90 %
        interval; of polls the shares, and the 90 % interval of the share for. Of actors: marks whose shape says the
        direction; those on the takeover are large. The height in a row means nothing.

    Raises
    ------
    UnknownNameError
        There is no such episode or edition.
    ArgumentError
        There is no such object, `group_by` or `time`, or the edition is older than 1.0.

    Examples
    --------
    >>> import crisisdata as cd
    >>> ax = cd.figures.support("mli-2021-05")
    >>> ax.figure.savefig("support.pdf")  # doctest: +SKIP
    """
    edition = find_edition(version, "support")
    chosen = choose(edition, episodes)
    if group_by == "type":  # type: ignore[comparison-overlap]
        warn('support(group_by="type") is deprecated; use support(group_by="arena").', DeprecationWarning, stacklevel=3)
        group_by = "arena"
    if group_by is not None and group_by not in get_args(GroupBy):
        raise ArgumentError.of("group_by", group_by, get_args(GroupBy))
    check_top(top)
    axis = TimeAxis(chosen, time or "day")
    objects = labels_of(edition, "support_about")
    about = [about] if isinstance(about, str) else list(about)
    for asked in about:
        if asked not in objects:
            raise ArgumentError.of("about", asked, objects)
    polls = polls_of(edition, chosen, about)
    shown = polls[polls.groupby("episode_id", observed=True).cumcount() < (top or max(1, PAGE_OF_POLLS // len(chosen)))]
    what = ", ".join(objects[name].lower() for name in about)
    unseen = f"Not shown: {len(polls) - len(shown)} of {len(polls)} poll questions (the first are shown). "
    note = unseen if len(shown) < len(polls) else ""
    if (group_by or ("actor" if len(chosen) == 1 else "arena")) == "arena":
        return _draw_arenas(edition, chosen, shown, ax, width, f"Polls on: {what}. {note}")
    return _draw_actors(edition, chosen, shown, axis, about, top, ax, width, f"Positions on: {what}. {note}")


def _draw_arenas(
    edition: Edition, chosen: pd.DataFrame, polls: pd.DataFrame, ax: Axes | None, width: float, note: str
) -> Axes:
    names = {**labels_of(edition, "arena"), "population": "Crowds that nobody called"}
    rows = []
    for episode in chosen.index:
        own = polls[polls["episode_id"] == episode]
        rows.append(LabelledRow(str(chosen.loc[episode, "name"]), episode, "episode"))
        for arena, prefix in ARENAS.items():
            rows.append(LabelledRow(f"{names[arena]}: {_counts(chosen.loc[episode], prefix)}", (episode, arena)))
        rows += [LabelledRow(_text_of(edition, poll), poll.poll_id) for poll in records(own)]
    chart = LabelledAxes(rows, ax, width, line=0.17, share=0.48)
    chart.ax.set_xlim(-1.05, 1.05)
    chart.ax.set_xticks([-1, -0.5, 0, 0.5, 1], ["100 %\nagainst", "50 %", "0", "50 %", "100 %\nfor"])
    chart.ax.axvline(0, color=INK, linewidth=0.8)
    for episode in chosen.index:
        for arena, prefix in ARENAS.items():
            row, y = chosen.loc[episode], chart.at[episode, arena]
            counts = [row[f"{prefix}_{side}"] for side in SIDES]
            if any(pd.isna(count) for count in counts) or not sum(counts):
                continue
            _draw_shares(chart.ax, y, counts[0] / sum(counts), counts[2] / sum(counts))
            balance = row.get(f"{prefix}_balance")
            if balance is not None and pd.notna(balance):
                chart.ax.plot(
                    [row[f"{prefix}_balance_low"], row[f"{prefix}_balance_high"]], [y, y], color=INK, lw=1, zorder=4
                )
                chart.ax.plot(balance, y, "o", ms=4, mfc="white", mec=INK, zorder=5)
    for poll in records(polls):
        y = chart.at[poll.poll_id]
        _draw_shares(chart.ax, y, poll.share_for, poll.share_against)
        if pd.notna(poll.share_for_low):
            chart.ax.plot([poll.share_for_low, poll.share_for_high], [y, y], color=INK, lw=1, zorder=4)
    handles = [
        Patch(color=FOR, label="Share for"),
        Patch(color=AGAINST, label="Share against"),
        Line2D([], [], color=INK, lw=1, marker="o", ms=4, mfc="white", mec=INK, label="Balance, 90 % interval"),
        Line2D([], [], color=INK, lw=1, label="90 % interval of the share for (polls)"),
    ]
    note = (
        "Arenas: positions on the takeover in the thirty days from the first act; perpetrators and office holders have "
        "no voice. The balance is estimated with half a voice added to each side. " + note
    )
    return chart.finish(title_of("Popular support", chosen), edition, handles, note, below=10)


def _draw_shares(ax: Axes, y: float, share_for: float, share_against: float) -> None:
    """Draw the share for to the right and the share against to the left; nothing where one is not known."""
    for share, sign, colour in ((share_for, 1, FOR), (share_against, -1, AGAINST)):
        if pd.notna(share):
            ax.barh(y, sign * share, height=0.62, color=colour, alpha=0.75, zorder=2)


def _counts(episode: pd.Series, prefix: str) -> str:
    """Return the counts of an arena, or that nothing was searched or found."""
    counts = [episode[f"{prefix}_{side}"] for side in SIDES]
    if any(pd.isna(count) for count in counts):
        return "not searched"
    if not sum(counts):
        return "none found"
    return ", ".join(f"{count} {side}" for count, side in zip(counts, SIDES, strict=True))


def _summary(edition: Edition, episode: pd.Series, prefix: str, *, short: bool) -> str:
    """Return counts, balance, interval and word of an arena as text."""
    counts = _counts(episode, prefix)
    balance = episode.get(f"{prefix}_balance")
    if short or balance is None or pd.isna(balance):
        return counts
    word = labels_of(edition, "support_word")[str(episode[f"{prefix}_word"])].lower()
    low, high = episode[f"{prefix}_balance_low"], episode[f"{prefix}_balance_high"]
    return f"{counts} on the takeover; balance {balance:.2f} ({low:.2f} to {high:.2f}): {word}".replace("-", "−")


def _text_of(edition: Edition, poll: Any) -> str:
    """Return wording, answer, pollster, time and sample of a poll."""
    who = names_of_actors(edition)[poll.pollster_id]
    sample = "" if pd.isna(poll.sample) else f", n = {poll.sample:,}"
    wording = shorten(poll.question, 70, placeholder=" …")
    return f"Poll, {who}, {poll.event_date:%b %Y}{sample}: {wording} “{shorten(poll.answer, 40, placeholder=' …')}”"


def _draw_actors(
    edition: Edition,
    chosen: pd.DataFrame,
    polls: pd.DataFrame,
    axis: TimeAxis,
    about: Sequence[str],
    top: int | None,
    ax: Axes | None,
    width: float,
    note: str,
) -> Axes:
    stands = axis.placed(positions_of(edition, chosen, about)).sort_values(["place", "support_id"])
    sizes = stands.groupby(["episode_id", "actor_id"], observed=True).size().sort_values(ascending=False, kind="stable")
    ranks = sizes.groupby("episode_id", observed=True).cumcount()
    room = top or max(1, (PAGE_OF_ACTORS if len(polls) > 8 else PAGE_OF_ACTORS + 8) // len(chosen))
    kept = pd.MultiIndex.from_frame(stands[["episode_id", "actor_id"]]).isin(ranks.index[ranks < room])
    drawn = stands[kept]
    chart = LabelledAxes(_rows_of_actors(edition, chosen, drawn, polls), ax, width, line=0.145)
    polls = axis.placed(polls)
    places = [*drawn["left"], *drawn["right"], *polls["left"], *polls["right"], *map(axis.origin, chosen.index)]
    axis.set_axis(chart.ax, places)
    if axis.time == "day" or len(chosen) == 1:
        chart.ax.axvline(axis.origin(str(chosen.index[0])), color=INK, linewidth=0.8, linestyle=":")
    for (episode, arena, actor), own in drawn.groupby(["episode_id", "arena", "actor_id"], observed=True):
        _draw_actor(chart, chart.at[episode, arena, actor], own)
    for poll in records(polls):
        _draw_poll(chart, poll)
    short = chart.inches < ONE_COLUMN
    for key, text in _summaries(edition, chosen, drawn, short=short).items():
        chart.ax.text(
            0.01, chart.at[key], text, size=NOTE_SIZE, style="italic", va="center_baseline", zorder=5,
            transform=chart.ax.get_yaxis_transform(), bbox={"fc": "white", "ec": "none", "pad": 0.4},
        )  # fmt: skip
    note += (
        "Large: on the takeover. Line along a mark: the day is not known. Marks that would hide one another stand "
        "side by side. "
    )
    if not kept.all():
        note += (
            f"Not shown: {(ranks >= room).sum()} actors with {(~kept).sum()} positions (those with most positions are "
            "shown). "
        )
    return chart.finish(title_of("Popular support", chosen), edition, _handles(edition, drawn), note)


def _rows_of_actors(
    edition: Edition, chosen: pd.DataFrame, stands: pd.DataFrame, polls: pd.DataFrame
) -> list[LabelledRow]:
    names, arenas = names_of_actors(edition), labels_of(edition, "arena")
    rows = []
    for episode in chosen.index:
        own, asked = stands[stands["episode_id"] == episode], polls[polls["episode_id"] == episode]
        rows += heading_of(chosen, str(episode), own, "position")
        for arena in ARENAS:
            group = own[own["arena"] == arena]
            if len(group):
                rows.append(LabelledRow(arenas[arena], (episode, "arena", arena), "group"))
                rows += [
                    LabelledRow(shorten(names[actor], 44, placeholder=" …"), (episode, arena, actor))
                    for actor in group["actor_id"].unique()
                ]
        if len(asked):
            rows.append(LabelledRow("Polls", (episode, "polls"), "group"))
        for poll in records(asked):
            sample = "" if pd.isna(poll.sample) else f", n = {poll.sample:,}"
            rows.append(LabelledRow(shorten(f"{names[poll.pollster_id]}{sample}", 36, placeholder=" …"), poll.poll_id))
    return rows


def _summaries(edition: Edition, chosen: pd.DataFrame, stands: pd.DataFrame, *, short: bool) -> dict[object, str]:
    """Return what stands beside the heading of each arena."""
    found = stands[["episode_id", "arena"]].drop_duplicates().itertuples(index=False)
    return {
        (episode, "arena", arena): _summary(edition, chosen.loc[episode], ARENAS[arena], short=short)
        for episode, arena in found
    }


def _draw_actor(chart: LabelledAxes, y: float, own: pd.DataFrame) -> None:
    """Draw the positions of an actor; alike ones in one place stand as one mark."""
    own = own.drop_duplicates(["left", "right", "direction", "about"])
    chart.ax.hlines([y] * len(own), own["left"], own["right"], color="0.6", linewidth=1, zorder=1)
    for x, stand in zip(spread(chart.ax, list(own["place"]), 5.5), records(own), strict=True):
        chart.ax.plot(x, y, **_style(stand.direction, takeover=stand.about == "takeover"), zorder=3)


def _style(direction: str, *, takeover: bool) -> dict[str, Any]:
    size = {"ms": 5.5, "mew": 1.0} if takeover else {"ms": 3.8, "mew": 0.4}
    return {"linestyle": "", "mec": INK, **size, **MARKS[direction]}


def _draw_poll(chart: LabelledAxes, poll: Any) -> None:
    """Draw a poll with its answer and shares, on the side where there is room."""
    ax, y = chart.ax, chart.at[poll.poll_id]
    ax.hlines(y, poll.left, poll.right, color="0.6", linewidth=1, zorder=1)
    ax.plot(poll.place, y, **_style(poll.direction, takeover=poll.about == "takeover"), zorder=3)
    small = chart.inches < ONE_COLUMN
    bounds = (
        "" if small or pd.isna(poll.share_for_low) else f" ({100 * poll.share_for_low:.0f}–{poll.share_for_high:.0%})"
    )
    sides = ((poll.share_for, f"for{bounds}"), (poll.share_against, "against"))
    shares = [f"{share:.0%} {side}" for share, side in sides if pd.notna(share)]
    answer = shorten(f"“{poll.answer}”", 22 if small else 48, placeholder=" …")
    left = ax.transAxes.inverted().transform(ax.transData.transform((poll.place, 0)))[0] > 0.5
    ax.annotate(
        f"{answer}: {', '.join(shares)}".replace("%", " %"), (poll.place, y), xytext=(-5 if left else 5, 0),
        textcoords="offset points", size=NOTE_SIZE - 0.5, va="center_baseline", ha="right" if left else "left",
        zorder=4, bbox={"fc": "white", "ec": "none", "pad": 0.2},
    )  # fmt: skip


def _handles(edition: Edition, stands: pd.DataFrame) -> list[Line2D]:
    labels = labels_of(edition, "direction")
    return [
        Line2D([], [], **_style(direction, takeover=True), label=labels[direction])
        for direction in MARKS if direction in set(stands["direction"])
    ]  # fmt: skip
