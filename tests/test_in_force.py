"""What was in force on the day of an event: the same as the panel of months says, and never more than is known."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from conftest import CHECKOUT

import crisisdata as cd
from crisisdata._events.conditions import COLUMNS
from crisisdata.errors import ArgumentError, CrisisDataError

EVERY = [version for version in cd.versions() if "country_month" in cd.Edition.find(version).tables]


def in_force(events: Any, **arguments: Any) -> Any:
    return cd.in_force(events, **({"date": "when", "country": "where"} | arguments))


@pytest.fixture(scope="module", params=EVERY)
def daily(request: pytest.FixtureRequest) -> tuple[str, pd.DataFrame]:
    """Each day of Mali and Chad as an event."""
    as_of = cd.Edition.find(request.param).descriptor["asOf"]
    days = pd.date_range("1960-08-01", pd.Timestamp(as_of) + pd.Timedelta(days=40))
    events = pd.concat([pd.DataFrame({"when": days, "where": place}) for place in ("MLI", "TCD")], ignore_index=True)
    return request.param, in_force(events, version=request.param)


def names(texts: pd.Series) -> set[str]:
    return {name for text in texts.dropna() for name in text.split("; ")}


def test_days_add_up_to_the_panel_of_months(daily: tuple[str, pd.DataFrame]) -> None:
    version, days = daily
    days = days.assign(month=days["when"].dt.to_period("M").dt.to_timestamp())
    panel = cd.load("country_month", version).set_index(["iso3", "month"])
    compared = 0
    for key, own in days.groupby(["where", "month"]):
        if key not in panel.index:
            continue
        row, covered = panel.loc[key], own["sanctions_high"].notna()
        sure = names(own["sanctions"])
        if covered.all() and pd.notna(row["sanctions_high"]):
            assert len(sure | names(own["sanctions_possibly"])) == row["sanctions_high"], key
            assert len(sure) <= row["sanctions_low"], key
            assert own["suspensions_high"].max() <= row["suspensions_high"], key
            assert own["suspensions_low"].max() <= row["suspensions_low"], key
            compared += 1
        if not covered.any():
            assert row[["sanctions_low", "suspensions_low"]].isna().all(), key
        rule = set(own["military_rule"].dropna())
        if own["military_rule"].notna().all() and pd.notna(row["military_rule"]):
            assert ("yes" in rule) == (row["military_rule"] == "yes"), key
    assert compared > 60


def test_nothing_is_said_of_days_that_are_not_covered(daily: tuple[str, pd.DataFrame]) -> None:
    version, days = daily
    late = days["when"] > cd.Edition.find(version).descriptor["asOf"]
    early = days["when"] < "1960-08-11"
    assert days.loc[late | early, list(COLUMNS)].isna().all(axis=None)
    coverage = cd.load("coverage", version)
    own = coverage[(coverage["topic"] == "sanctions") & (coverage["iso3"] == "TCD")]
    outside = (days["where"] == "TCD") & (days["when"] < own["start_date"].min())
    assert days.loc[outside, ["sanctions_low", "sanctions_high", "sanctions"]].isna().all(axis=None)


def test_without_a_coup_nobody_is_suspended_because_of_one(daily: tuple[str, pd.DataFrame]) -> None:
    """Before and between the coups that are coded; while the makers of another rule, nothing is known."""
    _, days = daily
    at = days.set_index(["where", "when"])
    for place, day in (("MLI", "2012-03-20"), ("MLI", "1992-06-09"), ("MLI", "2019-01-01"), ("TCD", "2021-04-19")):
        row = at.loc[(place, day)]
        assert row[["suspensions_low", "suspensions_high"]].tolist() == [0, 0], (place, day)
        assert row[["suspended_by", "sanctions_high"]].isna().all()
    for place, day in (("MLI", "1992-06-08"), ("MLI", "1968-11-19"), ("TCD", "1975-04-13"), ("MLI", "1960-09-21")):
        assert pd.isna(at.loc[(place, day), "suspensions_high"]), (place, day)


def test_the_guide_says_how_far_back_the_rule_reaches() -> None:
    days = pd.date_range("1960-01-01", "2026-11-23")
    guide = (CHECKOUT / "docs" / "conflict-events.md").read_text("utf-8")
    for place in ("MLI", "TCD"):
        found = in_force(pd.DataFrame({"when": days, "where": place}), version="0.4")
        by_rule = found["suspensions_high"].eq(0).fillna(False).astype(bool) & found["sanctions_high"].isna()
        starts = found.loc[by_rule & ~by_rule.shift(fill_value=False), "when"]
        ends = found.loc[by_rule & ~by_rule.shift(-1, fill_value=False), "when"]
        assert len(starts) == (3 if place == "MLI" else 2)
        for day in [*(starts if place == "MLI" else starts[1:]), *ends]:
            assert f"{day.day} {day:%B %Y}" in " ".join(guide.split()), day


def test_who_ruled_changes_on_the_days_of_the_coups(daily: tuple[str, pd.DataFrame]) -> None:
    _, days = daily
    mali = days[days["where"] == "MLI"].set_index("when")["ruled_by"]
    assert pd.isna(mali["2020-08-17"])
    assert mali["2020-08-18"] == "mli-2020-08"
    assert pd.isna(mali["2021-05-23"])
    assert mali["2021-05-24"] == "mli-2021-05"
    chad = days[days["where"] == "TCD"].set_index("when")
    assert chad.loc["2010-01-01", ["ruled_by", "military_rule"]].tolist() == ["tcd-1990-12", "no"]
    assert chad.loc["2021-04-21", ["ruled_by", "military_rule"]].tolist() == ["tcd-2021-04", "yes"]


def test_sure_and_possible_do_not_mix(daily: tuple[str, pd.DataFrame]) -> None:
    _, days = daily
    known = days[days["sanctions_high"].notna()].drop_duplicates(list(COLUMNS))
    assert len(known) > 20
    for row in known.itertuples():
        sure, possible = (
            {*text.split("; ")} if isinstance(text, str) else set() for text in (row.sanctions, row.sanctions_possibly)
        )
        assert not sure & possible
        assert (len(sure), len(sure | possible)) == (row.sanctions_low, row.sanctions_high)


def test_every_event_comes_back_once_with_its_columns() -> None:
    events = pd.DataFrame({
        "when": pd.to_datetime(["2021-06-15", "2021-06-15", "2022-02-01", "1950-01-01"]),
        "where": ["Mali", "Mali", "Brazil", "Mali"],
        "row": [1, 2, 3, 4],
    })  # fmt: skip
    found = in_force(events, others="drop")
    assert sorted(found["row"]) == [1, 2, 3, 4]
    assert list(found.columns) == ["when", "where", "row", *COLUMNS]
    found = found.set_index("row")
    assert found.loc[[3, 4], list(COLUMNS)].isna().all(axis=None)
    assert found.loc[1, list(COLUMNS)].equals(found.loc[2, list(COLUMNS)])
    assert "ecowas" in found.loc[1, "suspended_by"]
    for kind in (pa.Table.from_pandas(events, preserve_index=False),):
        again = in_force(kind, others="drop").to_pandas().set_index("row").sort_index()
        assert again["suspended_by"].fillna("").tolist() == found.sort_index()["suspended_by"].fillna("").tolist()


def test_wrong_input_gets_an_error() -> None:
    events = pd.DataFrame({"when": ["2021-06-15"], "where": ["Brazil"], "ruled_by": ["nobody"]})
    with pytest.raises(CrisisDataError, match="'Brazil'"):
        in_force(events, columns=["when"])
    with pytest.raises(ArgumentError, match="reserved for the result: 'ruled_by'"):
        in_force(events, others="drop")
