"""Readings that several phenomena share: responses in windows and to test volleys, ratios."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["during_train", "evoked_by_test", "rank_correlation", "ratio", "responses"]

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


def during_train(
    data: "xr.Dataset", window: str = "c", arms: str = "", **place: object
) -> tuple[Floats, Floats]:
    """Return the mean response to volleys while a train is on, and without it, per seed.

    What the train evokes in the windows by itself is taken off: the arm ``without_test``, in
    which the test recruits no fibre. So is the background of the control.

    Parameters
    ----------
    data : xarray.Dataset
        Root of results with arms ``with_test`` and ``without_test``.
    window : str, optional
    arms : str, optional
        What the names of the arms begin with, of several pairs.
    **place : object
        Labels of sweep axes.

    Returns
    -------
    on, off : ndarray, shape (seeds, ...)
        Spikes per cell and volley; further axes are the sweep's that `place` does not name.
    """
    axes = {name: label for name, label in place.items() if name in data.dims}
    of = data.sel(epoch="during", window=window, **axes)
    pair = [
        of[name].sel(arm=f"{arms}with_test") - of[name].sel(arm=f"{arms}without_test")
        for name in ("window_signal", "window_signal_off")
    ]
    on, off = (x.transpose("seed", ...).values.astype(float) for x in pair)
    return on, off


def evoked_by_test(data: "xr.Dataset", fibre_class: str, arms: str = "") -> tuple[Floats, Floats]:
    """Return what a test volley evokes after a conditioning volley, and alone.

    Off the first is taken what the conditioning volley evokes by itself, which has the
    background in it; so the background comes off the second, or background would pass for
    inhibition.

    Parameters
    ----------
    data : xarray.Dataset
        Root of results with `test_response`, one sweep axis and the arms ``conditioned``,
        ``test_alone`` and ``first_alone``.
    fibre_class : str
        Of the test volley.
    arms : str, optional
        What the names of the arms begin with, of several sets.

    Returns
    -------
    conditioned, alone : ndarray, shape (seeds, steps)
        Spikes per cell and test volley; steps in the order of the file.
    """
    of = data.sel(fibre_class=fibre_class)
    spikes = of["test_spikes"]
    axis = next(str(d) for d in spikes.dims if d not in {"arm", "seed"})
    conditioned = spikes.sel(arm=f"{arms}conditioned") - spikes.sel(arm=f"{arms}first_alone")
    background = of["test_background"].sel(arm=f"{arms}test_alone")
    alone = spikes.sel(arm=f"{arms}test_alone") - background
    pair = [x.transpose("seed", axis).values.astype(float) for x in (conditioned, alone)]
    return pair[0], pair[1]


def rank_correlation(x: Sequence[float], rows: Floats) -> Floats:
    """Return Spearman's rank correlation of rows with x, shape (b,)."""
    from scipy.stats import rankdata

    ranks = rankdata(rows, axis=1)
    base = rankdata(x)
    a = ranks - ranks.mean(axis=1, keepdims=True)
    b = base - base.mean()
    norm = np.sqrt((a**2).sum(axis=1) * (b**2).sum())
    return ratio((a * b).sum(axis=1), norm)
