"""Checks on positions and polls."""

from __future__ import annotations

from collections.abc import Iterator

from crisisdata.coding.checks.coded import Coded
from crisisdata.coding.checks.registry import Found, fault

_SHARES = ("share_for", "share_reserved", "share_against", "share_no_answer")


@fault
def supporters_are_domestic(coded: Coded) -> Iterator[Found]:
    """Positions in `support` are those of domestic actors; those of others are in `responses`."""
    for row, record in coded.pairs("support"):
        countries = coded.countries_of(row)
        for name in ("actor_id", "speaks_through_id"):
            actor = coded.actors.get(row[name] or "")
            if actor is None or not countries:
                continue
            if actor["side"] == "external" or (actor["iso3"] and actor["iso3"] not in countries):
                where = f"of {actor['iso3']}" if actor["iso3"] else "external"
                message = f"{row[name]} is {where}, not of {', '.join(sorted(countries))}; code it in responses"
                yield Found(record, message, name)


@fault
def sizes_fit_their_band(coded: Coded) -> Iterator[Found]:
    """A figure outside its size band contradicts it."""
    for row, record in coded.pairs("support"):
        size, band = row["size_best"], row["size_band"]
        low, high = (coded.attribute("size_band", band, name) for name in ("low", "high"))
        if size is not None and ((low and size < int(low)) or (high and size > int(high))):
            yield Found(record, f"size_best is {size}, which is not {band}", "size_band")
        if row["size_best"] is not None and row["size_band"] is None:
            yield Found(record, "give the band of the number of participants", "size_band")


@fault
def shares_of_a_poll_add_up(coded: Coded) -> Iterator[Found]:
    """Shares of one question are parts of one total, and a poll needs at least one share."""
    for row, record in coded.pairs("polls"):
        shares = [row[name] for name in _SHARES if row[name] is not None]
        if not shares:
            yield Found(record, "a poll needs at least one share", "share_for")
        if sum(shares) > 1.011:  # shares are rounded to a point each
            yield Found(record, f"the shares add up to {sum(shares):.3f}", "share_for")
