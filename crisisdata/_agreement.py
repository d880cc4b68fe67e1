"""How far two coders agree: Krippendorff's alpha with its interval, raw agreement, Brennan and Prediger's kappa.

`krippendorff` computes alpha. The bootstrap draws records again; it is implemented here because a thousand calls for
each of some hundred variables would take minutes, and so is alpha for a variable with very many values. A test compares
both with the library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from crisisdata.errors import needs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABSENT = "(absent)"
"""Placeholder where one coder lacks an item or event that the other has."""
_EMPTY = ""
_SCALES = ("ordinal", "interval", "ratio")
_SETS = ("set", "words")
_MANY = 100
"""Distinct values beyond which the library takes seconds: its matrix has a cell for each record and pair of values."""
_WORD = re.compile(r"\w+")

Value = Any
"""A value in comparable form: a text, a number, a pair of days, or a set of texts; None for an empty cell."""


@dataclass(frozen=True)
class Measure:
    """How a variable is compared."""

    level: str
    required: bool = False
    """Whether every row must have a value, so that an empty cell is one that the source did not settle."""
    scale: Mapping[str, float] | None = None
    """The numbers of the codes of an ordinal list."""
    answers: int | None = None
    """Number of answers that a coder can give, if they are listed."""
    empty: str | None = None
    """The code that an empty cell represents."""


@dataclass(frozen=True)
class Figures:
    """How far two coders agree on one variable."""

    records: int = 0
    """Pairs that were compared."""
    one_sided: int = 0
    """Pairs in which one coder has a value and the other an empty cell, at a level that has no place for that."""
    left_out: int = 0
    """Pairs that cannot be compared: the source did not settle the value for one coder, or dates it less exactly."""
    alpha: float | None = None
    alpha_low: float | None = None
    alpha_high: float | None = None
    raw: float | None = None
    raw_weighted: float | None = None
    brennan_prediger: float | None = None


def comparable(text: str | None, measure: Measure, days: tuple[date, date] | None = None) -> Value:
    """Return a value in the form in which it is compared; `days` are the first and last day of a date."""
    if text is None or text == "":
        return measure.empty
    if measure.level == "interval":
        return days
    if measure.level == "ratio":
        return float(text)
    if measure.level == "set":
        return frozenset(part.strip() for part in text.split(";"))
    if measure.level == "words":
        return frozenset(_WORD.findall(text.casefold()))
    return text


def same(one: Value, other: Value) -> bool | None:
    """Say whether two values agree; None if one date is less exact and does not contradict the other."""
    if isinstance(one, tuple) and isinstance(other, tuple) and one != other:
        return None if one[0] <= other[1] and other[0] <= one[1] else False
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)


def agreement(
    pairs: Sequence[tuple[Value, Value]],
    measure: Measure,
    *,
    weights: Sequence[float] | None = None,
    samples: int = 1000,
    seed: int = 13,
    interval: float = 0.95,
) -> Figures:
    """Return how far two coders agree on the pairs of their values.

    Parameters
    ----------
    pairs
        Values of the two coders for each record, as `comparable` returns them.
    measure
        How the variable is compared.
    weights
        Weight of each pair in the weighted raw agreement: the inverse of its inclusion probability.
    samples, seed, interval
        Number of bootstrap samples, seed of the random numbers, and coverage of the interval.

    Examples
    --------
    >>> figures = agreement([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")], Measure("nominal"))
    >>> figures.records, figures.raw, round(figures.alpha, 3)
    (4, 0.75, 0.533)
    """
    kept, held, mass, one_sided, left_out = [], [], [], 0, 0
    for (one, other), weight in zip(pairs, weights or [1.0] * len(pairs), strict=True):
        if one is None and other is None and (measure.required or measure.level in _SCALES):
            continue
        if (one is None or other is None) and measure.required:
            left_out += 1
            continue
        if (one is None or other is None) and measure.level in _SCALES:
            one_sided += 1
            held.append(False)
            mass.append(weight)
            continue
        blank: Value = frozenset() if measure.level in _SETS else _EMPTY
        one, other = blank if one is None else one, blank if other is None else other
        agrees = same(one, other)
        if agrees is None:
            left_out += 1
            continue
        kept.append((one, other))
        held.append(agrees)
        mass.append(weight)
    if not held:
        return Figures(left_out=left_out)
    raw = sum(held) / len(held)
    weighted = sum(weight for weight, each in zip(mass, held, strict=True) if each) / sum(mass)
    chance = 1 / measure.answers if measure.answers and measure.answers > 1 else None
    alpha, low, high = _alpha(kept, measure, samples, seed, interval)
    return Figures(
        records=len(kept),
        one_sided=one_sided,
        left_out=left_out,
        alpha=alpha,
        alpha_low=low,
        alpha_high=high,
        raw=raw,
        raw_weighted=weighted,
        brennan_prediger=None if chance is None else (raw - chance) / (1 - chance),
    )


def _alpha(
    pairs: Sequence[tuple[Value, Value]], measure: Measure, samples: int, seed: int, interval: float
) -> tuple[float | None, float | None, float | None]:
    with needs("audit", "measuring agreement"):
        import krippendorff
        import numpy as np

    values = _ordered({value for pair in pairs for value in pair}, measure)
    if len(values) < 2:  # both coders gave one value throughout: nothing is there to tell apart
        return None, None, None
    place = {value: number for number, value in enumerate(values)}
    coded = np.array([[place[one], place[other]] for one, other in pairs]).T
    distance = _distances(values, measure)
    ordinal = measure.level == "ordinal"
    if len(values) > _MANY:
        alpha = float(alphas(coded, len(values), None if ordinal else distance, np.ones((1, len(pairs))))[0])
    else:
        # The library's own metrics are the same; one way for all levels but the ordinal is less to get wrong.
        metric: Any = "ordinal" if ordinal else _metric(distance)
        domain = np.arange(len(values), dtype=float)
        alpha = float(
            krippendorff.alpha(reliability_data=domain[coded], value_domain=domain, level_of_measurement=metric)
        )
    drawn = _bootstrap(coded, len(values), None if ordinal else distance, samples, seed)
    drawn = drawn[~np.isnan(drawn)]
    if len(drawn) < samples / 2:
        return alpha, None, None
    low, high = np.quantile(drawn, [(1 - interval) / 2, (1 + interval) / 2])
    return alpha, float(low), float(high)


def _ordered(values: Iterable[Value], measure: Measure) -> list[Value]:
    if measure.level == "ordinal" and measure.scale:
        return sorted(values, key=measure.scale.__getitem__)
    if measure.level in _SETS:
        return sorted(values, key=sorted)
    return sorted(values)


def _metric(distance: NDArray[np.float64]) -> Any:
    def metric(v1: Any, v2: Any, i1: Any, i2: Any, n_v: Any, dtype: Any = None) -> Any:
        return distance[i1, i2]

    return metric


def _middle(days: tuple[date, date]) -> float:
    return (days[0].toordinal() + days[1].toordinal()) / 2


def _distances(values: Sequence[Value], measure: Measure) -> NDArray[np.float64]:
    """Return the squared distances between all values, as Krippendorff defines them for each level."""
    import numpy as np

    if measure.level == "interval":
        numbers = np.array([_middle(value) for value in values])
        return np.subtract.outer(numbers, numbers) ** 2
    if measure.level == "ratio":
        numbers = np.array(values, dtype=float)
        total = np.add.outer(numbers, numbers)
        return np.where(total == 0, 0.0, np.subtract.outer(numbers, numbers) / np.where(total == 0, 1, total)) ** 2
    if measure.level in _SETS:
        far = masi if measure.level == "set" else jaccard
        return np.array([[far(one, other) for other in values] for one in values])
    return 1.0 - np.eye(len(values))


def jaccard(one: frozenset[Hashable], other: frozenset[Hashable]) -> float:
    """Return the share of the members of two sets that only one of them has.

    Examples
    --------
    >>> jaccard(frozenset("ab"), frozenset("bc"))
    0.6666666666666667
    """
    union = one | other
    return 1 - len(one & other) / len(union) if union else 0.0


def masi(one: frozenset[Hashable], other: frozenset[Hashable]) -> float:
    """Return the MASI distance (Passonneau).

    It is the Jaccard distance, weighted so that a set within the other is nearer than sets that merely overlap.

    Examples
    --------
    >>> round(masi(frozenset("a"), frozenset("ab")), 3), round(masi(frozenset("ab"), frozenset("bc")), 3)
    (0.667, 0.889)
    """
    if one == other:
        return 0.0
    monotonic = 2 / 3 if one <= other or other <= one else 1 / 3 if one & other else 0.0
    return 1 - (1 - jaccard(one, other)) * monotonic


def _bootstrap(
    coded: NDArray[Any], values: int, distance: NDArray[np.float64] | None, samples: int, seed: int
) -> NDArray[np.float64]:
    """Return alpha for samples of the records drawn with replacement; without `distance`, distances are ordinal."""
    import numpy as np

    records = coded.shape[1]
    drawn = np.random.default_rng(seed).multinomial(records, [1 / records] * records, size=samples)
    return alphas(coded, values, distance, drawn.astype(float))


def alphas(
    coded: NDArray[Any], values: int, distance: NDArray[np.float64] | None, weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return alpha for two coders for each row of weights, which say how often each record counts."""
    import numpy as np

    one = np.eye(values)
    counts = weights @ (one[coded[0]] + one[coded[1]])
    records = weights.sum(axis=1)
    if distance is None:
        middle = counts.cumsum(axis=1) - counts / 2
        observed = (weights * (middle[:, coded[0]] - middle[:, coded[1]]) ** 2).sum(axis=1)
        total = counts.sum(axis=1)
        expected = 2 * (total * (counts * middle**2).sum(axis=1) - (counts * middle).sum(axis=1) ** 2)
    else:
        observed = weights @ distance[coded[0], coded[1]]
        expected = ((counts @ distance) * counts).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = 1 - (observed / records) / (expected / (2 * records * (2 * records - 1)))
    return np.where(expected > 0, found, np.nan)


def wilson(share: float, size: float, interval: float = 0.95) -> tuple[float, float]:
    """Return the Wilson interval of a share; `size` may be an effective number.

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(0.1, 50)]
    [0.043, 0.214]
    """
    z = NormalDist().inv_cdf((1 + interval) / 2)
    middle = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    return max(0.0, middle - half), min(1.0, middle + half)


Child = tuple[str, str, float]
"""An item or event of one coder: its key, what it is, and its day as a number (0 if it has none)."""


def match(ours: Sequence[Child], theirs: Sequence[Child]) -> list[tuple[str | None, str | None]]:
    """Match the items of a response, or the events of a sanction, that two coders list.

    Equal ones are matched first, nearest in time first; then those left over, nearest first; any that then have no
    partner remain unmatched.

    Examples
    --------
    >>> match([("a", "words", 0), ("b", "delegation", 0)], [("1", "mediation", 0), ("2", "words", 0), ("3", "call", 0)])
    [('a', '2'), ('b', '1'), (None, '3')]
    """
    order = {child[0]: number for number, child in enumerate([*ours, *theirs])}
    ways = sorted(
        (one[1] != other[1], abs(one[2] - other[2]), order[one[0]], order[other[0]], one[0], other[0])
        for one in ours
        for other in theirs
    )
    partner: dict[str, str] = {}
    taken: set[str] = set()
    for *_, one_id, other_id in ways:
        if one_id not in partner and other_id not in taken:
            partner[one_id] = other_id
            taken.add(other_id)
    alone = [(None, child[0]) for child in theirs if child[0] not in taken]
    return [*((child[0], partner.get(child[0])) for child in ours), *alone]
