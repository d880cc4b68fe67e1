"""From a computed value to the rows, the arithmetic and the readings behind it."""

from __future__ import annotations

import json
import random
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import crisisdata as cd
from crisisdata._explain import _way
from crisisdata._lineage import _BOUNDS, keys_of, names_of, rule_of
from crisisdata.cli import app
from crisisdata.errors import ArgumentError, UnknownNameError

EDITION = cd.Edition.find()
COMPUTED = [
    (table, field)
    for table, resource in EDITION.resources.items()
    for field in resource["schema"]["fields"]
    if "derived" in field and resource["rows"]
]
CARRIERS = set(cd.load("evidence")["table_name"])


def some_keys(table: str, column: str) -> list[str]:
    """Return keys of rows of a table: all of a small one; of others some, with and without a value."""
    frame = cd.load(table)  # type: ignore[call-overload]
    keys = keys_of(EDITION, table, frame)
    if len(keys) <= 6:
        return list(keys)
    there = frame[column].notna()
    draw = random.Random(f"{table}.{column}").sample
    return [key for chosen in (keys[there], keys[~there]) for key in draw(list(chosen), min(2, len(chosen)))]


@pytest.mark.parametrize("table", sorted({table for table, _ in COMPUTED}))
def test_every_computed_value_is_explained_by_rows_that_give_it(table: str) -> None:
    for field in [field for name, field in COMPUTED if name == table]:
        for key in some_keys(table, field["name"]):
            why = cd.explain(table, key, field["name"])  # type: ignore[arg-type]
            place = f"{table}, {key}, {field['name']}: {why.arithmetic}"
            assert why.text, place
            assert why.rows["label"].str.len().gt(0).all(), place
            assert follows(why, _way(rule_of(EDITION, table, field).get("how", "rule"), field["name"])), place


def follows(why: cd.Explanation, way: str) -> bool:
    """Say whether the value follows from the weights in the way that its rule says."""
    weights, value = why.rows["weight"], why.value
    if value is None or not isinstance(value, int | float):
        return True
    expected: dict[str, Any] = {
        "count": lambda: len(weights),
        "sum": weights.sum,
        "highest": lambda: max(weights, default=0),
        "least": weights.min,
        "share": lambda: pytest.approx(weights.mean(), abs=0.001),
    }
    return value == expected[way]() if way in expected else str(value) in why.arithmetic or bool(len(weights))


WAYS: dict[str, Any] = {
    "count": lambda rows: len(rows),
    "sum": lambda rows: sum(weight for weight, _ in rows),
    "highest": lambda rows: max((weight for weight, _ in rows), default=0),
    "least": lambda rows: min(weight for weight, _ in rows),
    "share": lambda rows: round(sum(weight for weight, _ in rows) / len(rows), 3),
    "balance": lambda rows: round(
        sum({"for": 1, "against": -1}.get(note, 0) for _, note in rows) / (len(rows) + 1.5), 2
    ),
}


@pytest.mark.parametrize("table", sorted({table for table, _ in COMPUTED}))
def test_every_cell_follows_from_the_weights_of_its_rows(table: str) -> None:
    """All cells whose rule has an arithmetic, from the table `lineage`, by the names under which `explain` finds rows."""
    entered: dict[tuple[str, str], dict[str, list[tuple[float, str]]]] = {}
    lineage = cd.load("lineage")
    for row in lineage[lineage["table_name"] == table].itertuples():
        cell = entered.setdefault((table, row.record_id), {}).setdefault(row.variable, [])
        cell.append((row.weight, row.note))
    frame = cd.load(table)  # type: ignore[call-overload]
    keys = keys_of(EDITION, table, frame)
    for field in [field for name, field in COMPUTED if name == table]:
        way = _way(rule_of(EDITION, table, field).get("how", "rule"), field["name"])
        numbers = frame[field["name"]].dtype.kind in "if" or str(frame[field["name"]].dtype) in ("Int64", "Float64")
        bound = way == "balance" and not field["name"].endswith("_balance")  # which the text of the rule explains
        if way not in WAYS or not numbers or bound:
            continue
        for key, value in zip(keys, frame[field["name"]], strict=True):
            if pd.isna(value):
                continue
            own = entered.get((table, key), {})
            names = [name for name in (*names_of(field["name"]), field["derived"]) if name in own]
            rows = own[names[0]] if names else []
            counted = next((notes for end, notes in _BOUNDS.items() if field["name"].endswith(end)), None)
            if counted and all(note in _BOUNDS["_high"] for _, note in rows):
                rows = [row for row in rows if row[1] in counted]
            assert value == WAYS[way](rows), (key, field["name"])


@pytest.mark.parametrize("column", [f["name"] for t, f in COMPUTED if t == "episodes"])
def test_evidence_of_a_computed_value_is_that_of_the_rows_that_enter(column: str) -> None:
    for episode in ("mli-2020-08", "tcd-2021-04"):
        rows = cd.explain("episodes", episode, column).rows
        entered = set(zip(rows["table_name"], rows["record_id"], strict=True))
        resting = {("responses", "/".join(key.split("/")[:2])) if t == "reactions" else (t, key) for t, key in entered}
        found = cd.evidence("episodes", episode, column)
        assert set(zip(found["table_name"], found["record_id"], strict=True)) == {
            each for each in resting if each[0] in CARRIERS
        }


def test_reactions_and_items_rest_on_the_readings_of_their_response() -> None:
    [response_id] = cd.load("response_items")["response_id"].head(1)
    expected = cd.evidence("responses", response_id)
    for table in ("reactions", "response_items"):
        frame = cd.load(table)  # type: ignore[call-overload]
        key = keys_of(EDITION, table, frame)[frame["response_id"] == response_id].iloc[0]
        assert len(expected)
        assert cd.evidence(table, key).equals(expected)  # type: ignore[arg-type]


def test_the_bounds_of_a_count_count_their_own_rows() -> None:
    months = cd.load("country_month").dropna(subset=["sanctions_low", "sanctions_high"])
    widest = months.loc[(months["sanctions_high"] - months["sanctions_low"]).idxmax()]
    key = f"{widest['iso3']}/{widest['month']:%Y-%m-%d}"
    for bound in ("low", "best", "high"):
        why = cd.explain("country_month", key, f"sanctions_{bound}")
        assert len(why.rows) == why.value
    assert widest["sanctions_high"] > widest["sanctions_low"]


def test_balance_shows_its_sum() -> None:
    why = cd.explain("episodes", "mli-2020-08", "organised_balance")
    sides = why.rows["note"].value_counts()
    number = (sides.get("for", 0) - sides.get("against", 0)) / (len(why.rows) + 1.5)
    assert round(number, 2) == round(why.value, 2)
    assert f"= {number:.3f}" in why.arithmetic
    assert str(why).startswith("episodes.organised_balance of mli-2020-08: ")


def test_what_cannot_be_explained() -> None:
    with pytest.raises(
        ArgumentError, match=r"episodes\.name is coded, not computed; .*Computed columns of episodes: coded"
    ):
        cd.explain("episodes", "mli-2020-08", "name")
    with pytest.raises(UnknownNameError, match="did you mean 'organised_balance'"):
        cd.explain("episodes", "mli-2020-08", "organized_balance")
    with pytest.raises(UnknownNameError, match="no record 'mli-2020-09'.*did you mean 'mli-2020-08'"):
        cd.explain("episodes", "mli-2020-09", "coercion")
    with pytest.raises(UnknownNameError, match="no table 'episode'"):
        cd.explain("episode", "mli-2020-08", "coercion")  # type: ignore[arg-type]


def test_the_command_shows_the_same() -> None:
    runner = CliRunner()
    cell = ["explain", "episodes", "mli-2020-08", "organised_for"]
    shown = runner.invoke(app, cell)
    assert shown.exit_code == 0
    why = cd.explain("episodes", "mli-2020-08", "organised_for")
    assert why.arithmetic in shown.stdout
    found = json.loads(runner.invoke(app, [*cell, "--json"]).stdout)
    assert found == why.as_dict()
    assert len(found["rows"]) == found["value"]
    day = cd.explain(
        "sanctions", cd.load("sanctions").dropna(subset=["imposed_date"])["sanction_id"].iloc[0], "imposed_date"
    )
    assert json.loads(json.dumps(day.as_dict()))["value"] == f"{day.value:%Y-%m-%d}"
