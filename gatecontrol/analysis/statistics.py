"""Suppression and its uncertainty; pure functions on arrays. Seeds are the replicates."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MIN_SEEDS", "Estimate", "mean_with_interval", "pooled_suppression", "suppression"]

MIN_SEEDS = 5
"""Fewest seeds for which an interval is given (below, no bootstrap covers what it says)."""

RESAMPLES = 9999
_BOOTSTRAP_SEED = 20240917
_MOST_DEGENERATE = 0.005


@dataclass(frozen=True)
class Estimate:
    """A pooled estimate with its interval.

    Attributes
    ----------
    value : float
        Point estimate; NaN if it does not exist.
    low, high : float
        Ends of the interval; NaN if it does not exist.
    reason : str
        Why something is NaN, or how the interval was made if not in the usual way; empty
        otherwise.
    """

    value: float
    low: float
    high: float
    reason: str = ""


def suppression(on: ArrayLike, off: ArrayLike) -> NDArray[np.float64]:
    """Return the suppression of each pair, ``1 - on / off``.

    Parameters
    ----------
    on, off : array_like, same shape
        Pain signal with the device on and in the paired control, in the same unit.

    Returns
    -------
    ndarray of float
        1 is silence, 0 no effect, negative facilitation; NaN where `off` is 0 or either is
        NaN. Exactly 0 where both are equal.
    """
    on, off = np.asarray(on, float), np.asarray(off, float)
    ratio = np.full(np.broadcast_shapes(on.shape, off.shape), np.nan)
    np.divide(on, off, out=ratio, where=off > 0)
    return 1.0 - ratio


def mean_with_interval(values: ArrayLike) -> tuple[float, float, float]:
    """Return the mean over seeds and its 95 % interval (Student's t).

    Parameters
    ----------
    values : array_like, shape (n,)
        One value per seed; NaN is left out.

    Returns
    -------
    (float, float, float)
        Mean, low, high; NaN where there are too few values.
    """
    from scipy.special import stdtrit

    seen = np.asarray(values, dtype=float)
    seen = seen[np.isfinite(seen)]
    if not seen.size:
        return np.nan, np.nan, np.nan
    mean = float(seen.mean())
    if seen.size < 2:
        return mean, np.nan, np.nan
    half = float(stdtrit(seen.size - 1, 0.975) * seen.std(ddof=1) / np.sqrt(seen.size))
    return mean, mean - half, mean + half


def pooled_suppression(on: ArrayLike, off: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the suppression of the summed signals with an interval over seeds.

    ``1 - sum(on) / sum(off)``: the mean of the ratios per seed is biased at few spikes, the
    ratio of sums much less. The interval is a studentised bootstrap over the pairs with the
    delta-method standard error of a ratio; in simulations with 20 seeds it covers 94-96 %
    where BCa and percentile intervals cover 92-93 %. Where too many resamples have no
    spread (few spikes), Fieller's interval takes its place and `reason` says so.

    Parameters
    ----------
    on, off : array_like, shape (n,)
        Pain signal per seed, device on and paired control. Pairs with a NaN are left out.
    confidence : float, optional
        Coverage of the interval.

    Returns
    -------
    Estimate
        Equal signals in all seeds give exactly 0 with the interval [0, 0].

    References
    ----------
    Studentised bootstrap: DiCiccio and Efron 1996 [diciccio1996]; ratio interval: Fieller
    1954 [fieller1954].
    """
    on, off = np.asarray(on, float).ravel(), np.asarray(off, float).ravel()
    usable = np.isfinite(on) & np.isfinite(off)
    on, off = on[usable], off[usable]
    n = on.size
    if n == 0:
        return Estimate(np.nan, np.nan, np.nan, "no seed has both a signal and a control")
    total = float(off.sum())
    if total <= 0:
        return Estimate(np.nan, np.nan, np.nan, "the control fires no spike")
    ratio = float(on.sum()) / total
    value = 1.0 - ratio
    if n < 2:
        return Estimate(value, np.nan, np.nan, "one seed has no interval")
    if np.allclose(on, ratio * off, rtol=1e-12, atol=1e-12 * total):
        return Estimate(value, value, value)
    if n < MIN_SEEDS:
        return Estimate(value, np.nan, np.nan, f"{n} seeds; an interval needs {MIN_SEEDS}")
    reason = ""
    ends = _studentised(on, off, ratio, confidence)
    if ends is None:
        ends = _fieller(on, off, ratio, confidence)
        reason = "few spikes: Fieller interval"
    if ends is None:
        return Estimate(value, np.nan, np.nan, "too few control spikes for an interval")
    # A rate is never negative, so suppression never exceeds 1.
    return Estimate(value, 1.0 - ends[1], min(1.0 - ends[0], 1.0), reason)


@lru_cache(maxsize=8)
def _weights(n: int) -> NDArray[np.float64]:
    """Return how often each seed is drawn in each resample, shape (RESAMPLES, n)."""
    generator = np.random.default_rng([_BOOTSTRAP_SEED, n])
    return generator.multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES).astype(float)


def _studentised(
    on: NDArray[np.float64], off: NDArray[np.float64], ratio: float, confidence: float
) -> tuple[float, float] | None:
    weights, n = _weights(on.size), on.size

    def resampled(x: NDArray[np.float64]) -> NDArray[np.float64]:
        # einsum without BLAS: the same bytes whatever the number of threads.
        return np.einsum("bn,n->b", weights, x, optimize=False)

    sum_on, sum_off = resampled(on), resampled(off)
    usable = sum_off > 0
    ratios = np.divide(sum_on, sum_off, out=np.full(RESAMPLES, np.nan), where=usable)
    squares = resampled(on**2) - 2 * ratios * resampled(on * off) + ratios**2 * resampled(off**2)
    scale = n / (n - 1)
    errors = np.sqrt(np.maximum(scale * squares, 0.0)) / np.where(usable, sum_off, np.nan)
    own = np.sqrt(scale * float(((on - ratio * off) ** 2).sum())) / float(off.sum())
    usable &= errors > 1e-6 * own
    if 1.0 - usable.mean() > _MOST_DEGENERATE:
        return None
    pivots = (ratios[usable] - ratio) / errors[usable]
    tail = (1.0 - confidence) / 2
    low, high = np.quantile(pivots, [tail, 1.0 - tail])
    return ratio - float(high) * own, ratio - float(low) * own


def _fieller(
    on: NDArray[np.float64], off: NDArray[np.float64], ratio: float, confidence: float
) -> tuple[float, float] | None:
    """Return Fieller's interval of sum(on)/sum(off), None if it is unbounded."""
    from scipy.special import stdtrit

    n = on.size
    t = float(stdtrit(n - 1, 1.0 - (1.0 - confidence) / 2))
    (var_on, covariance), (_, var_off) = n * np.cov(on, off)
    total = float(off.sum())
    g = t * t * var_off / total**2
    if g >= 1.0:
        return None
    spread = var_on - 2 * ratio * covariance + ratio**2 * var_off
    if var_off > 0:
        spread -= g * (var_on - covariance**2 / var_off)
    centre = ratio - t * t * covariance / total**2
    half = t / total * float(np.sqrt(max(spread, 0.0)))
    return max((centre - half) / (1 - g), 0.0), (centre + half) / (1 - g)
