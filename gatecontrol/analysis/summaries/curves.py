"""Values and crossings of curves given at a few points, many curves at a time."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["first_rise", "last_below", "value_at"]

Floats = NDArray[np.float64]


def value_at(x: Floats, y: Floats, at: float) -> Floats:
    """Return curves at one place, linear between their points.

    Parameters
    ----------
    x : ndarray, shape (k,)
        Places, ascending.
    y : ndarray, shape (b, k)
        Curves.
    at : float
        Where.

    Returns
    -------
    ndarray, shape (b,)
        NaN outside the places given: nothing is extrapolated.
    """
    if not x[0] <= at <= x[-1]:
        return np.full(len(y), np.nan)
    right = min(max(int(np.searchsorted(x, at)), 1), x.size - 1)
    if x.size == 1:
        return y[:, 0].copy()
    share = (at - x[right - 1]) / (x[right] - x[right - 1])
    return (1 - share) * y[:, right - 1] + share * y[:, right]


def first_rise(x: Floats, y: Floats, level: ArrayLike) -> Floats:
    """Return where each curve first reaches a level, linear between its points.

    Parameters
    ----------
    x : ndarray, shape (k,)
        Places, ascending.
    y : ndarray, shape (b, k)
        Curves.
    level : float or array_like, shape (b,)
        Level of each curve.

    Returns
    -------
    ndarray, shape (b,)
        Minus infinity where the first point is there already, infinity where no point is,
        NaN where curve or level has a NaN.
    """
    level = np.broadcast_to(np.asarray(level, dtype=float), len(y))
    reached = y >= level[:, None]
    first = np.argmax(reached, axis=1)
    found = np.full(len(y), np.inf)
    found[reached[:, 0]] = -np.inf
    inside = np.flatnonzero(reached.any(axis=1) & (first > 0))
    right = first[inside]
    low, high = y[inside, right - 1], y[inside, right]
    found[inside] = x[right - 1] + (level[inside] - low) / (high - low) * (x[right] - x[right - 1])
    found[np.isnan(y).any(axis=1) | np.isnan(level)] = np.nan
    return found


def last_below(x: Floats, y: Floats, level: float) -> Floats:
    """Return the largest place up to which a curve is at or below a level.

    Linear between the last point at or below the level and the next.

    Parameters
    ----------
    x : ndarray, shape (k,)
        Places, ascending.
    y : ndarray, shape (b, k)
        Curves.
    level : float
        Level.

    Returns
    -------
    ndarray, shape (b,)
        0 where no point is at or below the level, infinity where the last one is, NaN where
        a curve has a NaN.
    """
    there = y <= level
    last = y.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    found = np.zeros(len(y))
    found[there[:, -1]] = np.inf
    inside = np.flatnonzero(there.any(axis=1) & ~there[:, -1])
    left = last[inside]
    low, high = y[inside, left], y[inside, left + 1]
    found[inside] = x[left] + (level - low) / (high - low) * (x[left + 1] - x[left])
    found[np.isnan(y).any(axis=1)] = np.nan
    return found
