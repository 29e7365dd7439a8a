"""Readings that several phenomena share: responses in windows, windows of inhibition, ratios."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["during_train", "longest_inhibition", "rank_correlation", "ratio", "responses"]

Floats = NDArray[np.float64]


def ratio(above: Floats, below: Floats) -> Floats:
    """Return a quotient, NaN where the denominator is not above 0."""
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def responses(data: "xr.Dataset", window: str = "c", **place: str) -> Floats:
    """Return spikes per cell of every volley in the window of a class, shape (seeds, volleys).

    Parameters
    ----------
    data : xarray.Dataset
        Root of results with `volley_windows`.
    window : str, optional
    **place : str
        Labels of the arm and of sweep axes.
    """
    found = data["window_spikes"].sel(window=window, **place)
    return np.asarray(found.transpose("seed", "volley").values, dtype=float)


def during_train(data: "xr.Dataset", window: str = "c", **place: object) -> tuple[Floats, Floats]:
    """Return the mean response to volleys while a train is on, and without it, per seed.

    What the train evokes in the windows by itself is taken off: the arm ``without_test``, in
    which the test recruits no fibre. So is the background of the control.

    Parameters
    ----------
    data : xarray.Dataset
        Root of results with arms ``with_test`` and ``without_test``.
    window : str, optional
    **place : object
        Labels of sweep axes.

    Returns
    -------
    on, off : ndarray, shape (seeds,)
        Spikes per cell and volley.
    """
    axes = {name: label for name, label in place.items() if name in data.dims}
    of = data.sel(epoch="during", window=window, **axes)
    pair = [
        of[name].sel(arm="with_test") - of[name].sel(arm="without_test")
        for name in ("window_signal", "window_signal_off")
    ]
    return pair[0].values.astype(float), pair[1].values.astype(float)


def longest_inhibition(interval: Floats, left: Floats, reduction: float = 0.2) -> Floats:
    """Return the longest interval at which a response is reduced, on lines between points.

    Parameters
    ----------
    interval : ndarray, shape (k,)
        Intervals, ascending [s].
    left : ndarray, shape (b, k)
        Response with conditioning over response without.
    reduction : float, optional
        What counts as reduced.

    Returns
    -------
    ndarray, shape (b,)
        0 where nothing is reduced, infinite where the longest interval still is.
    """
    reduced = left <= 1 - reduction
    last = left.shape[1] - 1 - reduced[:, ::-1].argmax(axis=1)
    found = np.zeros(len(left))
    for row in np.flatnonzero(reduced.any(axis=1)):
        k = last[row]
        if k == left.shape[1] - 1:
            found[row] = np.inf
            continue
        share = (1 - reduction - left[row, k]) / (left[row, k + 1] - left[row, k])
        found[row] = interval[k] + share * (interval[k + 1] - interval[k])
    return np.where(np.isnan(left).any(axis=1), np.nan, found)


def rank_correlation(x: Sequence[float], rows: Floats) -> Floats:
    """Return Spearman's rank correlation of rows with x, shape (b,)."""
    from scipy.stats import rankdata

    ranks = rankdata(rows, axis=1)
    base = rankdata(x)
    a = ranks - ranks.mean(axis=1, keepdims=True)
    b = base - base.mean()
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum())
    return ratio((a * b).sum(axis=1), norm)
