"""The draws that all intervals and tests share: fixed, so that equal data give equal bytes."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FEWEST_DRAWN",
    "MIN_SEEDS",
    "MOST_DEGENERATE",
    "RESAMPLES",
    "draws",
    "resampled",
    "sign_flips",
    "students_limit",
    "tails",
]

MIN_SEEDS = 5
"""Fewest seeds for which an interval is given (below, no bootstrap covers what it says)."""

FEWEST_DRAWN = 10
"""Fewest seeds with which an interval is a studentised bootstrap.

Of fewer, many draws hold the same two or three seeds: they have hardly any spread, so their
studentised deviations and the interval are many times too large. Student's t takes its place.
"""

RESAMPLES = 9999
"""Bootstrap resamples, and random sign flips: 10,000 with the data as they are."""

MOST_DEGENERATE = 0.005
"""Largest share of resamples without spread with which a studentised interval is given."""

MOST_ENUMERATED = 14
"""Most seeds with which all sign flips are tried (half of 2^14 are fewer than 9,999)."""

_SEED = 20240917
_FLIP_SEED = 20240918


@lru_cache(maxsize=8)
def draws(n: int) -> NDArray[np.float64]:
    """Return how often each seed is drawn in each bootstrap resample.

    Parameters
    ----------
    n : int
        Number of seeds.

    Returns
    -------
    ndarray of float, shape (RESAMPLES, n)
        Whole numbers; each row sums to `n`.
    """
    generator = np.random.default_rng([_SEED, n])
    return generator.multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES).astype(float)


def resampled(weights: NDArray[np.float64], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted sums of rows.

    Parameters
    ----------
    weights : ndarray, shape (b, n)
        Draws or sign flips.
    rows : ndarray, shape (r, n)
        Values per seed.

    Returns
    -------
    ndarray, shape (r, b)
    """
    # einsum without BLAS: the same bytes whatever the number of threads and of rows.
    return np.einsum("bn,rn->rb", weights, rows, optimize=False)


@lru_cache(maxsize=8)
def sign_flips(n: int) -> tuple[NDArray[np.float64], bool]:
    """Return sign flips of `n` pairs and whether they are all that there are.

    Parameters
    ----------
    n : int
        Number of pairs.

    Returns
    -------
    flips : ndarray of float, shape (b, n)
        1 or -1; nothing is flipped in the first row. All of them, with the first sign
        fixed (a flip of all pairs changes no two-sided statistic), up to 14 pairs; beyond,
        `RESAMPLES` random ones below the first row.
    exact : bool
    """
    if n <= MOST_ENUMERATED:
        numbers = np.arange(2 ** max(n - 1, 0))
        bits = (numbers[:, None] >> np.arange(max(n - 1, 0))) & 1
        flips = np.ones((numbers.size, n))
        flips[:, 1:] -= 2.0 * bits
        return flips, True
    generator = np.random.default_rng([_FLIP_SEED, n])
    flips = np.ones((RESAMPLES + 1, n))
    flips[1:] -= 2.0 * generator.integers(0, 2, size=(RESAMPLES, n))
    return flips, False


def students_limit(seeds: float, confidence: float = 0.95, together: int = 1) -> float:
    """Return by how many standard errors an interval of Student's t reaches to either side.

    Parameters
    ----------
    seeds : float
        2 or more.
    confidence : float, optional
        Coverage.
    together : int, optional
        Intervals that are to hold together; by Bonferroni's inequality.
    """
    from scipy.special import stdtrit

    return float(stdtrit(seeds - 1, 1.0 - (1.0 - confidence) / 2 / together))


def tails(seeds: int) -> tuple[float, float]:
    """Return the percentiles of a 95 % bootstrap interval over so many seeds.

    Wider than 2.5 and 97.5 %: a bootstrap distribution of few seeds is too narrow
    [hesterberg2015].

    Parameters
    ----------
    seeds : int
        2 or more.
    """
    from scipy.special import ndtr, stdtrit

    tail = float(ndtr(-((seeds / (seeds - 1)) ** 0.5) * stdtrit(seeds - 1, 0.975)))
    return tail, 1.0 - tail
