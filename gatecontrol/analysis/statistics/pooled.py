"""Suppression and its uncertainty; pure functions on arrays. Seeds are the replicates."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.statistics.resampling import (
    FEWEST_DRAWN,
    MIN_SEEDS,
    MOST_DEGENERATE,
    draws,
    resampled,
    students_limit,
)

__all__ = [
    "Estimate",
    "Estimates",
    "mean_with_interval",
    "means_with_intervals",
    "pooled_suppression",
    "pooled_suppressions",
    "suppression",
]

_BLOCK = 8  # estimates that are resampled together: their arrays stay in the cache

_FEWEST_FIRING = 3
"""Of few seeds, how many must have control spikes for an interval."""
_TOO_FEW = "too few control spikes for an interval"


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


@dataclass(frozen=True)
class Estimates:
    """Pooled estimates with their intervals; an element is an `Estimate`.

    Attributes
    ----------
    value, low, high : ndarray of float
        As in `Estimate`.
    reason : ndarray of str
        As in `Estimate`.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    reason: NDArray[np.object_]

    def __getitem__(self, place: int | tuple[int, ...]) -> Estimate:
        """Return one estimate."""
        numbers = (float(a[place]) for a in (self.value, self.low, self.high))
        return Estimate(*numbers, str(self.reason[place]))


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


def means_with_intervals(
    values: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return `mean_with_interval` of many sets of seeds at once.

    Parameters
    ----------
    values : array_like, shape (..., n)
        Seeds along the last axis; NaN is left out.

    Returns
    -------
    mean, low, high : ndarray of float, shape (...)
    """
    from scipy.special import stdtrit

    values = np.ascontiguousarray(values, dtype=float)
    there = np.isfinite(values)
    count = there.sum(axis=-1)
    known, several = count > 0, count > 1
    mean = np.full(count.shape, np.nan)
    np.divide(np.where(there, values, 0.0).sum(axis=-1), count, out=mean, where=known)
    away = np.where(there, values - mean[..., None], 0.0)
    free = np.where(several, count - 1.0, np.nan)
    half = stdtrit(free, 0.975) * np.sqrt((away**2).sum(axis=-1) / free / np.maximum(count, 1))
    return mean, mean - half, mean + half


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
    mean, low, high = means_with_intervals(np.ravel(np.asarray(values, dtype=float)))
    return float(mean), float(low), float(high)


def pooled_suppression(on: ArrayLike, off: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the suppression of the summed signals with an interval over seeds.

    ``1 - sum(on) / sum(off)``: the mean of the ratios per seed is biased at few spikes, the
    ratio of sums much less. The interval is a studentised bootstrap over the pairs with the
    delta-method standard error of a ratio; in simulations with 20 seeds it covers 94-96 %
    where BCa and percentile intervals cover 92-93 %. Where too many resamples have no
    spread (few spikes), Fieller's interval takes its place and `reason` says so. With fewer
    than 10 seeds the bootstrap's interval explodes; there it is that of Student's t for the
    logarithm of the ratio, which covers 94-95 % with 5 to 9 seeds (92-93 % if rates vary by
    100 % from trial to trial).

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
    found = pooled_suppressions(np.ravel(on)[None, :], np.ravel(off)[None, :], confidence)
    return found[0]


def pooled_suppressions(on: ArrayLike, off: ArrayLike, confidence: float = 0.95) -> Estimates:
    """Return `pooled_suppression` of many sets of seeds at once: the same numbers, in less time.

    Parameters
    ----------
    on, off : array_like, shape (..., n)
        Pain signal, device on and paired control; seeds along the last axis.
    confidence : float, optional
        Coverage of the intervals.

    Returns
    -------
    Estimates
        Arrays of shape ``(...)``.
    """
    on, off = np.broadcast_arrays(np.asarray(on, float), np.asarray(off, float))
    shape, n = on.shape[:-1], on.shape[-1]
    rows = math.prod(shape)
    on, off = on.reshape(rows, n), off.reshape(rows, n)
    numbers = np.full((3, rows), np.nan)
    reasons = np.full(rows, "", dtype=object)
    for places, seeds in alike(np.isfinite(on) & np.isfinite(off)):
        for start in range(0, places.size, _BLOCK):
            block = places[start : start + _BLOCK]
            # In C order, in which a sum along a row does not depend on the other rows.
            some = (np.ascontiguousarray(a[block][:, seeds]) for a in (on, off))
            numbers[:, block], reasons[block] = _estimates(*some, confidence)
    value, low, high = numbers.reshape(3, *shape)
    return Estimates(value, low, high, reasons.reshape(shape))


def alike(usable: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.bool_]]]:
    """Yield the rows that have the same seeds, with those seeds.

    Parameters
    ----------
    usable : ndarray of bool, shape (r, n)

    Yields
    ------
    rows : ndarray of int
    seeds : ndarray of bool, shape (n,)
    """
    packed = np.packbits(usable, axis=1)
    groups: dict[bytes, list[int]] = {}
    for row, key in enumerate(packed):
        groups.setdefault(key.tobytes(), []).append(row)
    for rows in groups.values():
        yield np.array(rows), usable[rows[0]]


def _estimates(
    on: NDArray[np.float64], off: NDArray[np.float64], confidence: float
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """Return (value, low, high) and reasons of sets of seeds without a NaN, shape (r, n)."""
    rows, n = on.shape
    numbers, reasons = np.full((3, rows), np.nan), np.full(rows, "", dtype=object)
    if n == 0:
        reasons[:] = "no seed has both a signal and a control"
        return numbers, reasons
    total = off.sum(axis=1)
    ratio = np.full(rows, np.nan)
    np.divide(on.sum(axis=1), total, out=ratio, where=total > 0)
    numbers[0] = 1.0 - ratio
    todo = total > 0
    reasons[~todo] = "the control fires no spike"
    if n < 2:
        reasons[todo] = "one seed has no interval"
        return numbers, reasons
    expected, slack = ratio[:, None] * off, 1e-12 * total[:, None]
    flat = (np.abs(on - expected) <= slack + 1e-12 * np.abs(expected)).all(axis=1) & todo
    numbers[1:, flat] = numbers[0, flat]
    todo &= ~flat
    if n < MIN_SEEDS:
        reasons[todo] = f"{n} seeds; an interval needs {MIN_SEEDS}"
        return numbers, reasons
    if n < FEWEST_DRAWN:
        silent = todo & ((off > 0).sum(axis=1) < _FEWEST_FIRING)
        reasons[silent] = _TOO_FEW
        places = np.flatnonzero(todo & ~silent)
        error = _errors(on[places], off[places], ratio[places])
        reach = np.exp(students_limit(n, confidence) * error / ratio[places])
        numbers[1:, places] = 1.0 - ratio[places] * reach, 1.0 - ratio[places] / reach
        return numbers, reasons
    places = np.flatnonzero(todo)
    found = _studentised(on[places], off[places], ratio[places], confidence)
    for place, (low, high) in zip(places, found, strict=True):
        ends: tuple[float, float] | None = (low, high)
        if np.isnan(low):
            ends = _fieller(on[place], off[place], float(ratio[place]), confidence)
            reasons[place] = "few spikes: Fieller interval"
        if ends is None:
            reasons[place] = _TOO_FEW
        else:
            # A rate is never negative, so suppression never exceeds 1.
            numbers[1:, place] = 1.0 - ends[1], min(1.0 - ends[0], 1.0)
    return numbers, reasons


def _errors(
    on: NDArray[np.float64], off: NDArray[np.float64], ratio: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the delta-method standard errors of sum(on)/sum(off), shape (r,)."""
    n = on.shape[1]
    rest = on - ratio[:, None] * off
    return np.sqrt(n / (n - 1) * (rest**2).sum(axis=1)) / off.sum(axis=1)


def _studentised(
    on: NDArray[np.float64],
    off: NDArray[np.float64],
    ratio: NDArray[np.float64],
    confidence: float,
) -> NDArray[np.float64]:
    """Return the ends of the intervals of sum(on)/sum(off), shape (r, 2); NaN without spread."""
    ends = np.full((len(on), 2), np.nan)
    if not len(on):
        return ends
    n = on.shape[1]
    weights = draws(n)
    # The points of a sweep may share their control: it is resampled once.
    controls, place = np.unique(off, axis=0, return_inverse=True)
    place = place.ravel()
    sum_on, sum_off = resampled(weights, on), resampled(weights, controls)[place]
    usable = sum_off > 0
    ratios = np.divide(sum_on, sum_off, out=np.full(sum_on.shape, np.nan), where=usable)
    squares = resampled(weights, on**2) - 2 * ratios * resampled(weights, on * off)
    squares += ratios**2 * resampled(weights, controls**2)[place]
    scale = n / (n - 1)
    errors = np.sqrt(np.maximum(scale * squares, 0.0)) / np.where(usable, sum_off, np.nan)
    own = _errors(on, off, ratio)
    usable &= errors > 1e-6 * own[:, None]
    tail = (1.0 - confidence) / 2
    for row in np.flatnonzero(1.0 - usable.mean(axis=1) <= MOST_DEGENERATE):
        kept = usable[row]
        pivots = (ratios[row, kept] - ratio[row]) / errors[row, kept]
        low, high = np.quantile(pivots, [tail, 1.0 - tail])
        ends[row] = ratio[row] - high * own[row], ratio[row] - low * own[row]
    return ends


def _fieller(
    on: NDArray[np.float64], off: NDArray[np.float64], ratio: float, confidence: float
) -> tuple[float, float] | None:
    """Return Fieller's interval of sum(on)/sum(off), None if it is unbounded."""
    n = on.size
    t = students_limit(n, confidence)
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
