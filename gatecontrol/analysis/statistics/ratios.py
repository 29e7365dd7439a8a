"""Contrasts of ratios of sums over the same seeds: delta-method errors and bootstrap.

A suppression, and the difference of two suppressions, is a sum of terms
``sign * sum(numerator) / sum(denominator)`` over the same seeds. Numerators may be negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics.resampling import (
    FEWEST_DRAWN,
    MOST_DEGENERATE,
    draws,
    resampled,
    students_limit,
)

__all__ = [
    "Ratio",
    "Replicates",
    "influence",
    "replicates",
    "standard_error",
    "terms_of_arms",
    "value",
]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ratio:
    """One term of a contrast.

    Attributes
    ----------
    numerator, denominator : ndarray of float, shape (n,)
        Values per seed, without NaN; the denominators have a positive sum.
    sign : float
        1 or -1.
    """

    numerator: Array
    denominator: Array
    sign: float = 1.0


@dataclass(frozen=True)
class Replicates:
    """Bootstrap replicates of a contrast.

    Attributes
    ----------
    pivots : ndarray of float
        ``(replicate - value) / error`` of each resample; NaN where one has no spread. None
        with fewer than `FEWEST_DRAWN` seeds.
    value, error : float
        The contrast and its delta-method standard error.
    seeds : int
        Number of seeds.
    """

    pivots: Array
    value: float
    error: float
    seeds: int

    @property
    def degenerate(self) -> bool:
        """Whether too many resamples have no spread for a studentised interval."""
        return bool(np.isnan(self.pivots).sum() > MOST_DEGENERATE * self.pivots.size)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the studentised interval; of Student's t for few seeds or if degenerate.

        Parameters
        ----------
        confidence : float
            Coverage.
        """
        tail = (1.0 - confidence) / 2
        if self.seeds < FEWEST_DRAWN or self.degenerate:
            half = students_limit(self.seeds, confidence) * self.error
            return self.value - half, self.value + half
        seen = self.pivots[np.isfinite(self.pivots)]
        low, high = np.quantile(seen, [tail, 1.0 - tail])
        return self.value - float(high) * self.error, self.value - float(low) * self.error


def terms_of_arms(on: Array, off: Array, other_on: Array, other_off: Array) -> list[Ratio]:
    """Return the difference of two arms' pooled suppressions as a contrast of ratios.

    Parameters
    ----------
    on, off, other_on, other_off : ndarray, shape (n,)
        Signals of the arms and of their controls over the same seeds, without NaN.

    Returns
    -------
    list of Ratio
        One ratio where the control is shared, two otherwise.
    """
    if np.array_equal(off, other_off):
        return [Ratio(other_on - on, off)]
    return [Ratio(on, off, -1.0), Ratio(other_on, other_off, 1.0)]


def value(terms: Sequence[Ratio]) -> float:
    """Return a contrast: the signed sum of its ratios of sums.

    Parameters
    ----------
    terms : sequence of Ratio
        All over the same seeds.
    """
    return float(sum(t.sign * t.numerator.sum() / t.denominator.sum() for t in terms))


def influence(terms: Sequence[Ratio]) -> Array:
    """Return what each seed adds to a contrast, linearised; it sums to 0.

    Parameters
    ----------
    terms : sequence of Ratio

    Returns
    -------
    ndarray of float, shape (n,)
        ``sign * (numerator - ratio * denominator) / sum(denominator)``, summed over terms.
    """
    found = np.zeros(terms[0].numerator.size)
    for term in terms:
        total = term.denominator.sum()
        ratio = term.numerator.sum() / total
        found += term.sign * (term.numerator - ratio * term.denominator) / total
    return found


def standard_error(terms: Sequence[Ratio]) -> float:
    """Return the delta-method standard error of a contrast, seeds as replicates.

    Parameters
    ----------
    terms : sequence of Ratio
        Over 2 seeds or more.
    """
    each = influence(terms)
    return float(np.sqrt(each.size / (each.size - 1) * (each**2).sum()))


def replicates(terms: Sequence[Ratio]) -> Replicates:
    """Return the studentised bootstrap replicates of a contrast.

    Seeds are drawn as a whole, so what their pairs share stays shared; the draws of equally
    many seeds are the same, so that replicates of several contrasts belong together.

    Parameters
    ----------
    terms : sequence of Ratio
        Over 2 seeds or more.
    """
    n = terms[0].numerator.size
    own, mine = standard_error(terms), value(terms)
    if n < FEWEST_DRAWN:
        return Replicates(np.empty(0), mine, own, n)
    weights = draws(n)
    columns, factors, centre = [], [], np.zeros(len(weights))
    usable = np.ones(len(weights), dtype=bool)
    for term in terms:
        top, bottom = (
            resampled(weights, c[None, :])[0] for c in (term.numerator, term.denominator)
        )
        usable &= bottom > 0
        bottom = np.where(bottom > 0, bottom, np.nan)
        ratio = top / bottom
        centre += term.sign * ratio
        columns += [term.numerator, term.denominator]
        factors += [term.sign / bottom, -term.sign * ratio / bottom]
    squares = np.zeros(len(weights))
    for i, (one, factor) in enumerate(zip(columns, factors, strict=True)):
        for j in range(i, len(columns)):
            moment = resampled(weights, (one * columns[j])[None, :])[0]
            squares += (1.0 if i == j else 2.0) * factor * factors[j] * moment
    errors = np.sqrt(np.maximum(n / (n - 1) * squares, 0.0))
    usable &= errors > 1e-6 * own
    pivots = np.full(len(weights), np.nan)
    np.divide(centre - mine, errors, out=pivots, where=usable)
    return Replicates(pivots, mine, own, n)
