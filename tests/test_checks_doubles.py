"""The finder of doubles finds those that edition 0.4 is known to hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crisisdata import Edition, load
from crisisdata.coding.checks.duplicates import Act, Pair, suspects

KNOWN = {
    "ECOWAS Commission, 18 August 2020": ("mli-2020-08/ecowas-commission-sanctions", "mli-2020-08/ecowas-commission-standby-force"),
    "summit of 20 August 2020": ("mli-2020-08/ecowas-summit-20-august", "mli-2020-08/ecowas-summit-standby-force"),
    "summit of 30 May 2021": ("mli-2021-05/ecowas-no-economic-sanctions-2021", "mli-2021-05/ecowas-summit-30-may"),
    "summit of 9 January 2022": ("mli-2021-05/ecowas-standby-force", "mli-2021-05/ecowas-summit-9-january"),
    "ECCAS at Brazzaville": ("tcd-2021-04/eccas-brazzaville", "tcd-2021-04/eccas-no-exclusion-2021"),
    "Crisis Group, May 2021": ("mli-2021-05/crisis-group-on-sanctions-may-2021", "mli-2021-05/crisis-group-options-may-2021"),
    "person and parent, 22 March 2012": ("mli-2012-03/au-2012-03-22", "mli-2012-03/au-commission-chair-2012-03-22"),
    "two episodes, 14 April 2022": ("mli-2021-05/au-psc-april-2022", "tcd-2021-04/au-psc-april-2022"),
    "two episodes, 3 May 2012": ("mli-2012-03/ecowas-authority-2012-05-03", "mli-2012-04/ecowas-authority-2012-05-03"),
    "trial of Sanogo's men": ("mli-2012-03/sanogo-proceedings-ended", "mli-2012-04/trial-ended"),
}  # fmt: skip


def acts_of_0_4() -> Iterator[Act]:
    """Yield the responses and milestones of edition 0.4, whose columns are others than those of today."""
    edition = Edition.find("0.4")
    parents = {row["actor_id"]: row["parent_id"] for row in load("actors", edition, as_="arrow").to_pylist()}

    def lineage(actor: str | None) -> frozenset[str]:
        found: set[str] = set()
        while actor and actor not in found:
            found.add(actor)
            actor = parents.get(actor)
        return frozenset(found)

    for row in load("responses", edition, as_="arrow").to_pylist():
        kinds = frozenset([row["instrument"]]) - {"statement", "communique"}
        matters = frozenset([f"about {row['about']}", f"by {row['actor_id']}"])
        yield Act("responses", row["response_id"], lineage(row["actor_id"]), row["date"], row["date_latest"], kinds, matters)  # fmt: skip
    for row in load("milestones", edition, as_="arrow").to_pylist():
        if row["date"]:
            kind = frozenset([row["kind"]])
            yield Act("milestones", row["milestone_id"], lineage(row["actor_id"]), row["date"], row["date_latest"], kind)  # fmt: skip


@pytest.fixture(scope="module")
def found() -> list[Pair]:
    return list(suspects(acts_of_0_4()))


@pytest.mark.parametrize("what", KNOWN)
def test_the_known_doubles_of_edition_0_4_are_found(what: str, found: list[Pair]) -> None:
    assert set(KNOWN[what]) in [{pair.one.key, pair.other.key} for pair in found]


def test_few_pairs_are_suspected(found: list[Pair]) -> None:
    assert len(found) < 70  # of 595 responses and 274 milestones


def test_a_pair_is_found_once_and_says_why(found: list[Pair]) -> None:
    names = [frozenset([pair.one.key, pair.other.key]) for pair in found]
    assert len(names) == len(set(names))
    [summit] = [pair for pair in found if {pair.one.key, pair.other.key} == set(KNOWN["ECCAS at Brazzaville"])]
    assert summit.why == "both have eccas on 2021-06-04 (by eccas)"
