"""Checks on candidates and the crosswalk to other lists."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault

_SAME = ("iso3", "event_type", "outcome", "target_office")
"""Variables that a candidate shares with its episode."""
_NO_ROW = ("absent", "not_read")
"""Matches without a row in the list."""


@fault
def candidates_are_coded_or_say_why_not(coded: Coded) -> Iterator[Found]:
    """A candidate is coded in depth under its own key, or says why it is not."""
    for row, record in coded.pairs("candidates"):
        if (row["episode_id"] is None) == (row["not_coded_reason"] is None):
            yield Found(record, "give either episode_id or not_coded_reason", "not_coded_reason")
        if row["episode_id"] not in (None, record.key):
            message = f"a candidate that is coded as an episode must have its key, {row['episode_id']!r}"
            yield Found(record, message, "candidate_id")


@fault
def candidates_agree_with_their_episodes(coded: Coded) -> Iterator[Found]:
    """An event that is both a candidate and an episode must be coded the same in both."""
    for row, record in coded.pairs("candidates"):
        episode = coded.episodes.get(row["episode_id"] or "")
        if episode is None:
            continue
        for name in _SAME:
            if row[name] != episode[name]:
                yield Found(record, f"{row[name]} here, {episode[name]} in the episode", name)
        start, day = episode["first_act_date"], row["event_date"]
        if start and day and not (day <= episode["first_act_date_latest"] and start <= row["event_date_latest"]):
            yield Found(record, f"{day} here, {start} in the episode", "event_date")


@fault
def matches_are_explained(coded: Coded) -> Iterator[Found]:
    """A crosswalk row that is absent or not exact is useful only with an explanation of the difference."""
    for row, record in coded.pairs("crosswalk"):
        if row["match_status"] != "exact" and row["note"] is None:
            yield Found(record, "state what is not exact", "note")
        if (row["match_status"] in _NO_ROW) != (row["native_date"] is None):
            message = (
                "native_date is required for rows that are present; it must be empty for rows that are absent or "
                "were not read"
            )
            yield Found(record, message, "native_date")
        if (row["match_status"] == "not_read") != (row["listed_as"] == "not_read"):
            yield Found(
                record, "a row that was not read must have not_read in both match_status and listed_as", "listed_as"
            )
