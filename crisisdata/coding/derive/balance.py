"""The balance of voices for and against, with what few voices can show."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import beta

_PRIOR = 0.5  # Jeffreys: half a voice for each of for, reserved and against
_LEVEL = 0.9
_FEWEST = 3
_WORDS = ((0.95, "for"), (0.80, "leans_for"))
_POINTS = (np.arange(2000) + 0.5) / 2000


class Balance(NamedTuple):
    """Share of voices for minus share against, its interval, and the word for it."""

    mean: float | None
    low: float | None
    high: float | None
    chance: float | None
    """Chance that more voices are for than against."""
    word: str


@lru_cache(maxsize=256)
def balance(in_favour: int, reserved: int, against: int) -> Balance:
    """Estimate the balance from counts.

    Given the counts, the shares of for, reserved and against have a Dirichlet distribution. The balance is the product
    of two independent Beta variables: the share of those who take sides, and twice the share for among them, minus one.
    Quantiles are found on a grid of the second, so that the same counts always give the same interval.
    """
    count = in_favour + reserved + against
    if not count:
        return Balance(None, None, None, None, "too_little")
    a, r, b = in_favour + _PRIOR, reserved + _PRIOR, against + _PRIOR
    sides = beta(a + b, r)
    lean = 2 * beta(a, b).ppf(_POINTS) - 1
    negative, positive = lean[lean < 0], lean[lean > 0]

    def below(x: float) -> float:
        """Return the chance that the balance is at most x."""
        total = np.sum(1 - sides.cdf(np.minimum(x / negative, 1))) if x < 0 else len(negative)
        total += np.sum(sides.cdf(np.minimum(x / positive, 1))) if x > 0 else 0
        return float(total) / len(_POINTS)

    tail = (1 - _LEVEL) / 2
    low, high = (round(float(brentq(lambda x, q=q: below(x) - q, -1, 1)), 2) for q in (tail, 1 - tail))
    chance = float(beta(a, b).sf(0.5))
    mean = (in_favour - against) / (count + 3 * _PRIOR)
    return Balance(
        round(mean, 2) + 0.0, low + 0.0, high + 0.0, chance, _word(chance) if count >= _FEWEST else "too_little"
    )


def _word(chance: float) -> str:
    for least, word in _WORDS:
        if chance >= least:
            return word
    return "divided" if chance > 0.20 else "leans_against" if chance > 0.05 else "against"
