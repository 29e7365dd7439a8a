"""Exponential decay of an inhibition, fitted to many time courses at a time."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "decay"]

LONGEST = 5.0
"""Longest time constant looked for, in times of the stretch recorded (assumed)."""

_GRID = 121

Floats = NDArray[np.float64]


def decay(time: Floats, on: Floats, off: Floats, bin_width: float) -> tuple[Floats, Floats]:
    """Fit ``1 - on / off = A exp(-t / tau)``, many curves at a time.

    Least squares over bins, each weighted with its control signal (the variance of on/off
    goes with 1/off). A is eliminated, as it enters linearly, and tau searched on a
    logarithmic grid with a parabola through the best three [golub1973]. The grid goes from
    half a bin to five times the stretch given.

    Parameters
    ----------
    time : ndarray, shape (k,)
        Middle of each bin after the device is off [s].
    on, off : ndarray, shape (b, k)
        Signals per bin, device on and control.
    bin_width : float
        Width of a bin [s].

    Returns
    -------
    tau : ndarray, shape (b,)
        Time constant [s]: infinity above the grid, minus infinity below it, NaN where no
        exponential with A > 0 fits.
    explained : ndarray, shape (b,)
        Share of the weighted variance of the inhibition that the fit explains; below 0 it is
        worse than a constant.
    """
    grid = np.geomspace(bin_width / 2, LONGEST * (time[-1] + bin_width / 2), _GRID)
    shapes = np.exp(-time / grid[:, None])

    saved = off - on
    # einsum without BLAS: the same bytes whatever the number of threads
    products = np.einsum("bk,gk->bg", saved, shapes, optimize=False)
    fitted = _fitted(products, np.einsum("bk,gk->bg", off, shapes**2, optimize=False))
    best = fitted.argmax(axis=1)
    rows = np.arange(len(best))
    tau = _peak(fitted, best, np.log(grid))
    shape = np.exp(-time / tau[:, None])
    reached = _fitted((saved * shape).sum(axis=1), (off * shape**2).sum(axis=1))
    squares = np.divide(saved**2, off, out=np.zeros_like(off), where=off > 0).sum(axis=1)
    # what is left around the fit, over what is left around a constant
    around = squares - _fitted(np.abs(saved.sum(axis=1)), off.sum(axis=1))
    share = np.divide(squares - reached, around, out=np.full_like(tau, np.nan), where=around > 0)
    tau[best == 0] = -np.inf
    tau[best == _GRID - 1] = np.inf
    tau[fitted[rows, best] == 0] = np.nan
    return tau, 1.0 - share


def _fitted(product: Floats, square: Floats) -> Floats:
    """Return by how much the best A > 0 lowers the sum of squares."""
    product = np.maximum(product, 0.0)
    return np.divide(product**2, square, out=np.zeros_like(square), where=square > 0)


def _peak(values: Floats, best: NDArray[np.intp], log_grid: Floats) -> Floats:
    """Return the place of each row's maximum from a parabola through three grid points."""
    rows = np.arange(len(best))
    middle = np.clip(best, 1, values.shape[1] - 2)
    low, top, high = (values[rows, middle + shift] for shift in (-1, 0, 1))
    bend = low - 2 * top + high
    shift = np.divide(0.5 * (low - high), bend, out=np.zeros_like(bend), where=bend < 0)
    step = log_grid[1] - log_grid[0]
    return np.exp(log_grid[middle] + np.clip(shift, -1.0, 1.0) * step)
