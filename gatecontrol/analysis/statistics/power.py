"""How many seeds: for an interval of a wanted width, or to see a given difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.statistics.ratios import Ratio, standard_error, terms_of_arms
from gatecontrol.analysis.statistics.resampling import MIN_SEEDS

__all__ = [
    "HALF_WIDTHS",
    "SeedsNeeded",
    "detectable_difference",
    "power",
    "seeds_for_half_width",
    "seeds_needed",
    "seeds_table",
    "spread",
    "spread_of_difference",
]

HALF_WIDTHS = (0.01, 0.02, 0.05)
"""Half-widths that results give seeds for: 1, 2 and 5 percentage points."""

MOST_SEEDS = 10_000_000


@dataclass(frozen=True)
class SeedsNeeded:
    """How many seeds a half-width asks for.

    Attributes
    ----------
    seeds : float
        Best guess; NaN if there is none.
    low, high : float
        The same with the spread at the ends of its own interval.
    reason : str
        Why there is none; empty otherwise.
    """

    seeds: float
    low: float
    high: float
    reason: str = ""


def spread(terms: Sequence[Ratio]) -> float:
    """Return the spread of a contrast between seeds: its standard error times sqrt(n).

    Parameters
    ----------
    terms : sequence of Ratio
        As in `gatecontrol.analysis.statistics.ratios`, over 2 seeds or more.
    """
    return standard_error(terms) * float(np.sqrt(terms[0].numerator.size))


def spread_of_difference(
    on: ArrayLike, off: ArrayLike, other_on: ArrayLike, other_off: ArrayLike
) -> float:
    """Return the spread between seeds of the difference of two arms' pooled suppressions.

    Parameters
    ----------
    on, off, other_on, other_off : array_like, shape (n,)
        Signals of the arms and of their controls over the same seeds. Seeds with a NaN are
        left out.

    Returns
    -------
    float
        What `power` and `detectable_difference` need; NaN with fewer than 2 seeds, or
        where a control fires no spike.
    """
    arrays = np.array([on, off, other_on, other_off], float)
    arrays = arrays[:, np.isfinite(arrays).all(axis=0)]
    if arrays.shape[1] < 2 or (arrays[1::2].sum(axis=1) <= 0).any():
        return float("nan")
    return spread(terms_of_arms(*arrays))


def seeds_for_half_width(between: float, half_width: float, confidence: float = 0.95) -> float:
    """Return the fewest seeds whose interval (Student's t) has a wanted half-width.

    Parameters
    ----------
    between : float
        Spread between seeds, from `spread`.
    half_width : float
        Wanted, in the unit of the spread.
    confidence : float, optional
        Coverage of the interval.

    Returns
    -------
    float
        A whole number, `MIN_SEEDS` or more; infinite beyond ten millions.
    """
    from scipy.special import ndtri, stdtrit

    level = 1.0 - (1.0 - confidence) / 2
    # Student's quantile exceeds the normal one, so the normal answer is too small.
    seeds = max(float(np.ceil((ndtri(level) * between / half_width) ** 2)), float(MIN_SEEDS))
    while seeds < MOST_SEEDS and stdtrit(seeds - 1, level) * between > half_width * seeds**0.5:
        seeds += 1.0
    return seeds if seeds < MOST_SEEDS else np.inf


def seeds_needed(
    on: ArrayLike, off: ArrayLike, half_width: float, confidence: float = 0.95
) -> SeedsNeeded:
    """Return how many seeds give the interval of the pooled suppression a wanted half-width.

    From the delta-method spread of the seeds that are there. That spread is itself known
    from `n` seeds only; its interval is that of a variance of normal values, so `low` and
    `high` are rough where few spikes make the seeds' contributions skewed.

    Parameters
    ----------
    on, off : array_like, shape (n,)
        Pain signal, device on and paired control. Pairs with a NaN are left out.
    half_width : float
        Half-width as a fraction: 0.02 for two percentage points.
    confidence : float, optional
        Coverage of the interval, and of the interval of the spread.

    Returns
    -------
    SeedsNeeded
    """
    from scipy.special import chdtri

    on, off = np.asarray(on, float).ravel(), np.asarray(off, float).ravel()
    seen = np.isfinite(on) & np.isfinite(off)
    on, off = on[seen], off[seen]
    if on.size < MIN_SEEDS:
        why = f"{on.size} seeds; a spread needs {MIN_SEEDS}"
        return SeedsNeeded(np.nan, np.nan, np.nan, why)
    if off.sum() <= 0:
        return SeedsNeeded(np.nan, np.nan, np.nan, "the control fires no spike")
    between, free, tail = spread([Ratio(on, off)]), on.size - 1, (1.0 - confidence) / 2
    ends = [between * (free / chdtri(free, p)) ** 0.5 for p in (tail, 1.0 - tail)]
    found = [seeds_for_half_width(s, half_width, confidence) for s in (between, *ends)]
    return SeedsNeeded(*found)


def power(
    difference: float, between: float, seeds: ArrayLike, confidence: float = 0.95
) -> NDArray[np.float64]:
    """Return the chance of an interval that excludes 0, for a true difference of two arms.

    Parameters
    ----------
    difference : float
        True difference of the pooled suppressions, as a fraction.
    between : float
        Spread of that difference between seeds, from `spread_of_difference`.
    seeds : array_like of int
        Numbers of seeds, 2 or more.
    confidence : float, optional
        Coverage of the interval; 0.95 is a two-sided test at 5 %.

    Returns
    -------
    ndarray of float
        By the noncentral t distribution, so for about normal contributions of seeds.
    """
    from scipy.special import nctdtr, stdtrit

    seeds = np.asarray(seeds, float)
    if between <= 0:
        return np.full(seeds.shape, float(difference != 0))
    limit = stdtrit(seeds - 1, 1.0 - (1.0 - confidence) / 2)
    centre = abs(difference) / between * np.sqrt(seeds)
    # Far from the limits scipy has NaN for a probability of 0.
    below, wrong_way = (np.nan_to_num(nctdtr(seeds - 1, centre, s * limit)) for s in (1, -1))
    return 1.0 - below + wrong_way


def detectable_difference(
    between: float, seeds: int, wanted: float = 0.8, confidence: float = 0.95
) -> float:
    """Return the smallest true difference that is seen with a wanted power.

    Parameters
    ----------
    between : float
        Spread of the difference between seeds.
    seeds : int
        Number of seeds, 2 or more.
    wanted : float, optional
        Power.
    confidence : float, optional
        As in `power`.
    """
    return between * _detectable(seeds, wanted, confidence)


@lru_cache(maxsize=64)
def _detectable(seeds: int, wanted: float, confidence: float) -> float:
    """Return the difference, in units of the spread, that is seen with a wanted power."""
    from scipy.optimize import brentq

    # At 2 seeds the distance is some 20 standard errors.
    far = 100.0 / seeds**0.5
    return float(brentq(lambda d: power(d, 1.0, seeds, confidence) - wanted, 0.0, far))


def seeds_table(
    on: ArrayLike, off: ArrayLike, half_widths: Sequence[float] = HALF_WIDTHS
) -> list[dict[str, str]]:
    """Return a short table: seeds needed for some half-widths of the 95 % interval.

    Parameters
    ----------
    on, off : array_like, shape (n,)
        As in `seeds_needed`.
    half_widths : sequence of float, optional
        As fractions.

    Returns
    -------
    list of dict
        ``half_width`` ("±2 points"), ``seeds`` ("37") and ``range`` ("22 to 80"), or why not.
    """
    rows = []
    for half_width in half_widths:
        found = seeds_needed(on, off, half_width)
        there = not found.reason
        rows.append({
            "half_width": f"±{100 * half_width:g} points",
            "seeds": f"{found.seeds:.0f}" if there else found.reason,
            "range": f"{found.low:.0f} to {found.high:.0f}" if there else "",
        })
    return rows
