"""Measures of spike trains: pure functions on arrays of spike times."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["tiling_coefficients"]


def tiling_coefficients(
    trains: Sequence[NDArray[np.float64]], start: float, stop: float, within: float
) -> NDArray[np.float64]:
    """Return the spike time tiling coefficient of every pair of trains [cutts2014].

    Parameters
    ----------
    trains : sequence of ndarray
        n trains of spike times [s], each ascending, inside the window and not empty.
    start, stop : float
        Window [s].
    within : float
        Two spikes this far apart [s] or closer are synchronous.

    Returns
    -------
    ndarray of float, shape (n, n)
        Symmetric; 1 for equal trains, about 0 for independent ones whatever their rates.
    """
    covered = np.array([_covered(train, start, stop, within) for train in trains])
    everything = np.concatenate(trains)
    firsts = np.cumsum([0, *(len(train) for train in trains[:-1])])
    counts = np.array([len(train) for train in trains])
    near = np.column_stack([
        np.add.reduceat(_is_near(everything, train, within), firsts) / counts for train in trains
    ])
    # Both are 1 only if the trains tile the window together: then they are equal in effect.
    rest = 1.0 - near * covered
    half = np.divide(near - covered, rest, out=np.ones_like(near), where=rest > 0)
    return 0.5 * (half + half.T)


def _covered(times: NDArray[np.float64], start: float, stop: float, within: float) -> float:
    """Return the share of the window that lies within `within` of a spike."""
    gaps = np.minimum(np.diff(times), 2 * within).sum()
    edges = min(times[0] - start, within) + min(stop - times[-1], within)
    return float((gaps + edges) / (stop - start))


def _is_near(
    times: NDArray[np.float64], others: NDArray[np.float64], within: float
) -> NDArray[np.float64]:
    """Return 1 for each of `times` with one of `others` within `within`, else 0."""
    edges = np.concatenate(([-np.inf], others, [np.inf]))
    place = np.searchsorted(others, times)
    return (np.minimum(times - edges[place], edges[place + 1] - times) <= within).astype(float)
