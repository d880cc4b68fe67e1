"""Coefficients of agreement, held against values worked out by hand and against the library."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import krippendorff
import numpy as np
import pytest

from crisisdata._agreement import (
    ABSENT,
    Measure,
    _distances,
    _ordered,
    agreement,
    alphas,
    comparable,
    masi,
    match,
    same,
    wilson,
)

NOMINAL = Measure("nominal", required=True, answers=2)


def test_nominal_figures_by_hand() -> None:
    # Ten records: 4 × (a, a), 3 × (b, b), 2 × (a, b), 1 × (b, a). Values: 4·2 + 3 = 11 a, 9 b.
    pairs = [("a", "a")] * 4 + [("b", "b")] * 3 + [("a", "b")] * 2 + [("b", "a")]
    found = agreement(pairs, NOMINAL)
    observed, expected = 3 / 10, 2 * 11 * 9 / (20 * 19)
    assert found.alpha == pytest.approx(1 - observed / expected)
    assert found.raw == 0.7
    assert found.brennan_prediger == pytest.approx((0.7 - 0.5) / 0.5)
    assert found.alpha_low is not None
    assert found.alpha_high is not None
    assert found.alpha_low < found.alpha < found.alpha_high


def test_rare_codes_let_alpha_collapse_and_not_brennan_and_prediger() -> None:
    pairs = [("no", "no")] * 96 + [("yes", "no")] * 2 + [("no", "yes")] * 2
    found = agreement(pairs, NOMINAL)
    assert found.alpha is not None
    assert found.alpha < 0
    assert found.brennan_prediger == pytest.approx(0.92)


def test_ordinal_alpha_by_hand() -> None:
    # Values a < b < c with (a, a), (b, c): n = 2, 1, 1; middles of ranks 1, 2.5, 3.5.
    measure = Measure("ordinal", scale={"a": 1.0, "b": 2.0, "c": 3.0})
    found = agreement([("a", "a"), ("b", "c")], measure)
    observed = (3.5 - 2.5) ** 2 / 2
    expected = (2 * 2 * 1.5**2 + 2 * 2 * 2.5**2 + 2 * 1 * 1**2) / (4 * 3)
    assert found.alpha == pytest.approx(1 - observed / expected)


def test_set_alpha_by_hand() -> None:
    one, two, both = frozenset("a"), frozenset("b"), frozenset("ab")
    assert masi(one, both) == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert masi(one, two) == 1
    found = agreement([(one, one), (one, both), (two, two)], Measure("set"))
    observed = (2 / 3) / 3
    # Values: a 3, b 2, ab 1; pairs of unlike values a–b 6, a–ab 3, b–ab 2, each twice.
    expected = 2 * (6 * 1 + 3 * 2 / 3 + 2 * 2 / 3) / (6 * 5)
    assert found.alpha == pytest.approx(1 - observed / expected)


def random_pairs(level: str, count: int, seed: int) -> tuple[list[tuple[Any, Any]], Measure]:
    rng = random.Random(seed)

    def one() -> Any:
        number = rng.randint(0, 6)
        if level == "interval":
            return date(2020, 1, 1 + number), date(2020, 1, 1 + number)
        if level == "ratio":
            return float(number)
        return f"v{number}"

    first = [one() for _ in range(count)]
    pairs = [(value, value if rng.random() < 0.7 else one()) for value in first]
    return pairs, Measure(level, scale={f"v{n}": float(n) for n in range(7)} if level == "ordinal" else None)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_that_of_the_library_at_its_own_levels(level: str, seed: int) -> None:
    pairs, measure = random_pairs(level, 60, seed)
    values = _ordered({value for pair in pairs for value in pair}, measure)
    numbers = {
        value: value[0].toordinal() if level == "interval" else value if level == "ratio" else number
        for number, value in enumerate(values)
    }
    data = np.array([[numbers[a], numbers[b]] for a, b in pairs], dtype=float).T
    by_library = krippendorff.alpha(reliability_data=data, level_of_measurement=level)
    assert agreement(pairs, measure, samples=10).alpha == pytest.approx(by_library)
    coded = np.array([[values.index(a), values.index(b)] for a, b in pairs]).T
    distance = None if level == "ordinal" else _distances(values, measure)
    weights = np.vstack([np.ones(60), np.arange(60) % 3])  # the second leaves records out and counts others twice
    found = alphas(coded, len(values), distance, weights)
    repeated = np.repeat(data, np.arange(60) % 3, axis=1)
    assert found[0] == pytest.approx(by_library)
    assert found[1] == pytest.approx(krippendorff.alpha(reliability_data=repeated, level_of_measurement=level))


def test_many_values_give_the_same_alpha() -> None:
    numbers = [float(number) for number in range(1, 131)]
    pairs = [(number, number + (number % 7 == 0)) for number in numbers]
    by_library = krippendorff.alpha(reliability_data=np.array(pairs).T, level_of_measurement="ratio")
    assert agreement(pairs, Measure("ratio"), samples=10).alpha == pytest.approx(by_library)


def test_the_bootstrap_is_the_same_each_time() -> None:
    pairs, measure = random_pairs("nominal", 40, 1)
    first, again = agreement(pairs, measure), agreement(pairs, measure)
    other = agreement(pairs, measure, seed=14)
    assert first == again
    assert first.alpha == other.alpha
    assert first.alpha_low != other.alpha_low


def test_without_variation_alpha_is_not_defined() -> None:
    found = agreement([("a", "a")] * 20, NOMINAL)
    assert found.alpha is None
    assert found.raw == 1


def test_empty_cells() -> None:
    required, optional, scale = NOMINAL, Measure("nominal"), Measure("ratio")
    pairs = [("a", "a"), ("a", None), (None, None)]
    assert agreement(pairs, required).left_out == 1, "the source did not settle it"
    assert agreement(pairs, required).records == 1
    found = agreement(pairs, optional)
    assert (found.records, found.raw) == (3, pytest.approx(2 / 3)), "none is an answer"
    found = agreement([(1.0, 1.0), (1.0, None), (None, None)], scale)
    assert (found.records, found.one_sided, found.raw) == (1, 1, 0.5), "a scale has no place for none"
    assert comparable(None, Measure("nominal", empty="no")) == "no"


def test_dates_that_are_less_exact_are_left_out() -> None:
    day, month = (date(2020, 1, 3),) * 2, (date(2020, 1, 1), date(2020, 1, 31))
    other = (date(2020, 2, 3),) * 2
    assert same(day, day) is True
    assert same(day, month) is None
    assert same(day, other) is False
    found = agreement([(day, day), (day, month), (month, other), (other, other)], Measure("interval"))
    assert (found.records, found.left_out, found.raw) == (3, 1, pytest.approx(2 / 3))


def test_weights_estimate_the_share_of_the_table() -> None:
    found = agreement([("a", "a"), ("a", "b")], NOMINAL, weights=[1, 3])
    assert found.raw == 0.5
    assert found.raw_weighted == 0.25


def test_words_are_compared_whatever_their_case() -> None:
    one, other = (comparable(text, Measure("words")) for text in ("Decision 12/2020", "decision 12/2020"))
    assert one == other


def test_wilson_by_hand() -> None:
    # Newcombe 1998, table I: 81 of 263 gives .2553 to .3662, and 0 of 20 gives 0 to .1611.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)


def test_events_are_matched_by_what_they_are_and_then_by_their_day() -> None:
    ours = [("a", "extended", 10.0), ("b", "extended", 50.0), ("c", "lifted", 90.0)]
    theirs = [("1", "extended", 48.0), ("2", "eased", 88.0)]
    assert match(ours, theirs) == [("a", None), ("b", "1"), ("c", "2")]
    assert match([], theirs) == [(None, "1"), (None, "2")]
    assert ABSENT not in ("extended", "eased")
