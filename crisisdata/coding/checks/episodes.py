"""Checks on episodes and triggers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault

_HELD = timedelta(days=7)
"""How long a coup must hold power to count as successful, after Powell and Thyne."""


@fault
def outcomes_fit_what_followed(coded: Coded) -> Iterator[Found]:
    """Perpetrators who failed did not install a leader for longer than seven days; those who succeeded did not leave
    the executive in power.
    """
    for row, record in coded.pairs("episodes"):
        installed, ended = row["leader_installed_date"], row["power_ended_date_latest"]
        if row["outcome"] == "failed" and installed and (ended is None or ended - installed >= _HELD):
            message = (
                "in a failed attempt, no leader stays installed for seven days or longer; correct the outcome or the "
                "dates"
            )
            yield Found(record, message, "leader_installed_date")
        if row["outcome"] == "successful" and row["executive_fate"] == "remained_in_power":
            yield Found(record, "in a successful coup, the executive cannot remain in power", "executive_fate")
        start = row["first_act_date"]
        if row["outcome"] == "successful" and start and ended and ended - start < _HELD:
            message = f"power ended on {ended}, within seven days; code a failed attempt"
            yield Found(record, message, "power_ended_date")


@fault
def episodes_follow_earlier_ones(coded: Coded) -> Iterator[Found]:
    """An episode can only follow from an earlier one in the same country."""
    for row, record in coded.pairs("episodes"):
        earlier = coded.episodes.get(row["follows_episode_id"] or "")
        if earlier is None:
            continue
        if row["iso3"] != earlier["iso3"]:
            message = f"{earlier['episode_id']} is in {earlier['iso3']}, this episode in {row['iso3']}"
            yield Found(record, message, "follows_episode_id")
        first, last = earlier["first_act_date"], row["first_act_date_latest"]
        if first and last and first >= last:
            message = f"{earlier['episode_id']} began on {first}, not before this episode"
            yield Found(record, message, "follows_episode_id")


@fault
def frames_belong_to_stated_causes(coded: Coded) -> Iterator[Found]:
    """A frame is how perpetrators present a cause; their claims always have one, and no other claims do."""
    for row, record in coded.pairs("triggers"):
        stated = row["claimed_by"] == "perpetrators"
        if stated != (row["frame"] is not None):
            message = "a frame is required for causes that the perpetrators claim, and for no others"
            yield Found(record, message, "frame")
