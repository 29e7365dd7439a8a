"""Intervals over seeds of a number that is computed from all seeds together."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics import MIN_SEEDS, Estimate
from gatecontrol.analysis.statistics.resampling import draws, resampled, tails

__all__ = ["missing", "over_seeds", "pooled_inhibition"]

_MOST_UNKNOWN = 0.05

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]


def missing(reason: str) -> Estimate:
    """Return an estimate that does not exist, with its reason."""
    return Estimate(math.nan, math.nan, math.nan, reason)


def pooled_inhibition(weights: Floats, on: Floats, off: Floats) -> Floats:
    """Return ``1 - sum(on) / sum(off)`` over seeds, of each resample and each row.

    Parameters
    ----------
    weights : ndarray, shape (b, n)
        How often each seed counts in each resample.
    on, off : ndarray, shape (k, n)
        Signals by row (amplitude, bin, ...) and seed, device on and control.

    Returns
    -------
    ndarray, shape (b, k)
        NaN where the controls sum to 0.
    """
    above, below = resampled(weights, on).T, resampled(weights, off).T
    ratio = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
    return 1.0 - ratio


def over_seeds(
    statistic: Statistic, n: int, *, reason: str, below: str = "", above: str = ""
) -> Estimate:
    """Return a number computed from all seeds, with its bootstrap interval over seeds.

    The interval (95 %) is bias-corrected and accelerated (BCa) and widened for few seeds. Of a
    ratio of Poisson counts it covers 94-95 % with 5, 8, 12 and 20 seeds (400 repetitions);
    without the widening 87, 88, 91 and 94 %.

    Parameters
    ----------
    statistic : callable
        Maps weights, shape (b, n), to b numbers: how often each seed counts in each
        resample. NaN where the number cannot be computed; infinite where it lies beyond
        what was looked at.
    n : int
        Number of seeds.
    reason : str
        Why the number is missing, if it is.
    below, above : str, optional
        What a number of minus or plus infinity means ("longer than the longest interval").

    Returns
    -------
    Estimate
        No interval below `MIN_SEEDS` seeds, or if the number does not exist in more than
        5 % of the resamples; an end that is infinite is NaN; `reason` says so.

    References
    ----------
    BCa: DiCiccio and Efron 1996 [diciccio1996]; widening: Hesterberg 2015 [hesterberg2015].
    """
    if n == 0:
        return missing("no seed has all values")
    value = float(statistic(np.ones((1, n)))[0])
    if math.isnan(value):
        return missing(reason)
    meaning = {-math.inf: below, math.inf: above}
    notes = [meaning[value]] if value in meaning else []
    shown = value if math.isfinite(value) else math.nan
    if n < MIN_SEEDS:
        few = "one seed has no interval" if n == 1 else f"{n} seeds; an interval needs {MIN_SEEDS}"
        return Estimate(shown, math.nan, math.nan, "; ".join([*notes, few]))
    values = statistic(draws(n))
    known = np.sort(values[~np.isnan(values)])
    share = 1.0 - known.size / values.size
    if share > _MOST_UNKNOWN:
        notes.append(f"no interval: {share:.0%} of the resamples have no value")
        return Estimate(shown, math.nan, math.nan, "; ".join(notes))
    low, high = _bca(known, value, statistic(1.0 - np.eye(n)))
    for end, at in (("lower", low), ("upper", high)):
        if at in meaning and value not in meaning:
            notes.append(f"{end} end of the interval: {meaning[at]}")
    ends = [at if math.isfinite(at) else math.nan for at in (low, high)]
    return Estimate(shown, ends[0], ends[1], "; ".join(notes))


def _bca(values: Floats, value: float, left_out: Floats) -> tuple[float, float]:
    """Return the ends of the BCa interval from ascending replicates."""
    from scipy.special import ndtr, ndtri

    if values[0] == values[-1]:
        return float(values[0]), float(values[0])
    size = values.size
    # Ties count half, as discrete statistics have many.
    below = (np.searchsorted(values, value) + np.searchsorted(values, value, side="right")) / 2
    bias = float(ndtri(np.clip(below / size, 0.5 / size, 1 - 0.5 / size)))
    acceleration = 0.0
    if np.isfinite(left_out).all():
        away = left_out.mean() - left_out
        spread = float((away**2).sum())
        if spread > 0:
            acceleration = float((away**3).sum()) / (6 * spread**1.5)
    z = bias + ndtri(np.array(tails(left_out.size)))
    places = ndtr(bias + z / (1 - acceleration * z))
    # An order statistic, not an interpolation: a draw may be infinite.
    rows = np.clip(np.ceil(places * size).astype(int) - 1, 0, size - 1)
    return float(values[rows[0]]), float(values[rows[1]])
