"""Exponential decay of an inhibition, fitted to many time courses at a time."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics.resampling import resampled

__all__ = ["LONGEST", "Decay", "decay"]

LONGEST = 5.0
"""Longest time constant looked for, in times of the stretch recorded (assumed)."""

_GRID = 121

Floats = NDArray[np.float64]


class Decay(NamedTuple):
    """Fits of ``1 - on / off = A exp(-t / tau)``, each of shape (b,).

    Attributes
    ----------
    tau : ndarray
        Time constant [s]: infinity above the range looked at, minus infinity below it, NaN
        where no exponential with A > 0 fits.
    start : ndarray
        A, the inhibition at t = 0.
    explained : ndarray
        Share of the weighted variance of the inhibition that the fit explains; below 0 it is
        worse than a constant, NaN where the inhibition does not change.
    """

    tau: Floats
    start: Floats
    explained: Floats


def decay(time: Floats, on: Floats, off: Floats, width: float, weights: Floats) -> Decay:
    """Fit an exponential decay of the inhibition, of many resamples of the seeds at a time.

    Least squares over bins, each weighted with its control signal (the variance of on/off
    goes with 1/off). A enters linearly and is eliminated; tau is searched on a logarithmic
    grid, from half a bin to five times the stretch given, with a parabola through the best
    three [golub1973].

    Parameters
    ----------
    time : ndarray, shape (k,)
        Middle of each bin after the device is off [s].
    on, off : ndarray, shape (k, n)
        Signals by bin and seed, device on and control.
    width : float
        Width of a bin [s].
    weights : ndarray, shape (b, n)
        How often each seed counts in each resample.
    """
    grid = np.geomspace(width / 2, LONGEST * (time[-1] + width / 2), _GRID)
    shapes = _shape(time, grid[:, None], width)
    # Sums over bins are taken per seed: the grid then costs as many products as there are seeds.
    products, squares = (
        resampled(weights, np.einsum("gk,kn->gn", s, signal, optimize=False)).T
        for s, signal in ((shapes, off - on), (shapes**2, off))
    )
    gains = _gain(products, squares)
    best = gains.argmax(axis=1)
    none = gains[np.arange(len(best)), best] == 0
    tau = _peak(gains, best, np.log(grid))
    saved, control = resampled(weights, off - on).T, resampled(weights, off).T
    shape = _shape(time, tau[:, None], width)
    product, square = (saved * shape).sum(axis=1), (control * shape**2).sum(axis=1)
    total = _over(saved**2, control).sum(axis=1)
    # what is left around the fit, over what is left around a constant
    around = total - _over(saved.sum(axis=1) ** 2, control.sum(axis=1))
    left = total - _gain(product, square)
    explained = 1.0 - np.divide(left, around, out=np.full_like(tau, np.nan), where=around > 0)
    tau[best == 0] = -np.inf
    tau[best == _GRID - 1] = np.inf
    tau[none] = np.nan
    return Decay(tau, _over(product, square), explained)


def _shape(time: Floats, tau: Floats, width: float) -> Floats:
    """Return the mean of exp(-t / tau) over each bin."""
    half = width / (2 * tau)
    return np.exp(-time / tau) * np.sinh(half) / half


def _over(above: Floats, below: Floats) -> Floats:
    """Return a quotient, 0 where nothing was counted."""
    return np.divide(above, below, out=np.zeros_like(below), where=below > 0)


def _gain(product: Floats, square: Floats) -> Floats:
    """Return by how much the best A > 0 lowers the sum of squares."""
    return _over(np.maximum(product, 0.0) ** 2, square)


def _peak(values: Floats, best: NDArray[np.intp], log_grid: Floats) -> Floats:
    """Return the place of each row's maximum from a parabola through three grid points."""
    rows = np.arange(len(best))
    middle = np.clip(best, 1, values.shape[1] - 2)
    low, top, high = (values[rows, middle + shift] for shift in (-1, 0, 1))
    bend = low - 2 * top + high
    shift = np.divide(0.5 * (low - high), bend, out=np.zeros_like(bend), where=bend < 0)
    step = log_grid[1] - log_grid[0]
    return np.exp(log_grid[middle] + np.clip(shift, -1.0, 1.0) * step)
