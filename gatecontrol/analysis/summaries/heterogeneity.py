"""How many cells fire less, as before, or more with the device on."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.statistics import Estimate
from gatecontrol.analysis.statistics.resampling import resampled
from gatecontrol.analysis.summaries.declared import Heterogeneity
from gatecontrol.analysis.summaries.layout import Collected, along, outer_dims, with_axis_last
from gatecontrol.analysis.summaries.replicates import missing, over_seeds
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["CHANGE", "LEAST_SPIKES", "chance_of_change", "classified", "heterogeneity"]

CHANGE = 0.2
"""Change of a cell's rate beyond which it counts as changed (the convention of the battery)."""

LEAST_SPIKES = 10
"""Fewest control spikes with which a cell is classified (assumed)."""

_CLASSES = ("decreased", "unchanged", "increased")
_SHARES = tuple(f"cells_{c}" for c in _CLASSES)


def classified(
    on: ArrayLike, off: ArrayLike, change: float = CHANGE, least: float = LEAST_SPIKES
) -> dict[str, NDArray[np.int64]]:
    """Count per seed the cells that fire less, as before, or more than the control.

    Parameters
    ----------
    on, off : array_like, shape (n, cells)
        Spikes of each cell by seed, device on and control; NaN where there is no such cell.
    change : float, optional
        A cell has changed if its spikes differ by more than this share of the control's.
    least : float, optional
        Cells with fewer control spikes are set apart as ``too_few``.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        ``decreased``, ``unchanged``, ``increased`` and ``too_few``.
    """
    on, off = np.asarray(on, dtype=float), np.asarray(off, dtype=float)
    there = np.isfinite(on) & np.isfinite(off)
    enough = there & (off >= least) & (off > 0)
    # The ratio, not the difference: 12 over 10 is exactly 1.2 and no change of more than 20 %.
    ratio = np.divide(on, off, out=np.ones(off.shape), where=enough)
    less, more = enough & (ratio < 1 - change), enough & (ratio > 1 + change)
    masks = {
        "decreased": less,
        "unchanged": enough & ~less & ~more,
        "increased": more,
        "too_few": there & ~enough,
    }
    return {name: mask.sum(axis=1) for name, mask in masks.items()}


def chance_of_change(
    on: ArrayLike, off: ArrayLike, change: float = CHANGE, least: float = LEAST_SPIKES
) -> float:
    """Return the share of cells that would seem changed if the device did nothing.

    With independent Poisson counts of one rate, the n spikes of both trials fall on either
    with probability 1/2: the binomial tails beyond the change, averaged over the cells that
    are classified. Paired trials share natural spikes and differ less by chance, so it is
    an upper bound.

    Parameters
    ----------
    on, off, change, least
        See `classified`.

    Returns
    -------
    float
        NaN if no cell is classified.
    """
    from scipy.special import bdtr, bdtrc

    on, off = np.asarray(on, dtype=float), np.asarray(off, dtype=float)
    enough = np.isfinite(on) & np.isfinite(off) & (off >= least) & (off > 0)
    total = np.round(on[enough] + off[enough])
    if not total.size:
        return math.nan
    # on/off < 1 - change and > 1 + change, as bounds of the spikes with the device on
    low = np.ceil(total * (1 - change) / (2 - change) - 1e-9) - 1
    high = np.floor(total * (1 + change) / (2 + change) + 1e-9)
    below = np.where(low >= 0, bdtr(np.maximum(low, 0), total.astype(int), 0.5), 0.0)
    above = bdtrc(np.minimum(high, total), total.astype(int), 0.5)
    return float(np.mean(below + above))


def heterogeneity(
    data: "xr.Dataset", change: float = CHANGE, least_spikes: float = LEAST_SPIKES
) -> "xr.Dataset":
    """Return the shares of cells that fire less, as before, or more with the device on.

    Every cell of every seed counts once (each seed draws its own cells and connections); the
    intervals are over seeds.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with ``cell_rate`` and ``cell_rate_off`` [spikes/s] over the
        dimension ``cell``.
    change : float, optional
        A cell has changed if its rate differs by more than this share of the control's.
    least_spikes : float, optional
        Cells with fewer control spikes in the epoch are set apart and counted.

    Returns
    -------
    xarray.Dataset
        Over ``arm``, the sweep axes and ``epoch`` (and ``population``, if the rates have it):
        ``cells_decreased``, ``cells_unchanged``, ``cells_increased`` (shares of those
        classified, with ``_low``, ``_high`` and ``_status``), ``cells_classified``,
        ``cells_too_few_spikes`` (numbers of cells, all seeds) and
        ``cells_changed_by_chance`` (share, upper bound).

    Raises
    ------
    GatecontrolError
        There are no rates of cells in the results.

    References
    ----------
    Cells that TENS inhibits, leaves and excites: Garrison and Foreman 1994 [garrison1994].
    """
    if "cell_rate" not in data:
        raise GatecontrolError(
            "heterogeneity needs the rate of every cell; add cell_rates to measures"
        )
    outer = outer_dims(data)
    between = tuple(d for d in ("population",) if d in data["cell_rate"].dims)
    dims = (*outer, *between, "epoch")
    found = Collected(data, Heterogeneity.variables)
    for variable in Heterogeneity.variables:
        found.declare(variable.name, dims, interval=variable.name in _SHARES)
    on, off = (
        with_axis_last(data, name, (*dims, "seed", "cell"))
        for name in ("cell_rate", "cell_rate_off")
    )
    start, stop = (with_axis_last(data, f"epoch_{end}", dims) for end in ("start", "stop"))
    for place in along(data, dims):
        length = stop[place] - start[place]
        counts = np.round(on[place] * length), np.round(off[place] * length)
        for name, estimate in _shares(*counts, change, least_spikes).items():
            found.put(name, place, estimate)
    return found.dataset()


def _shares(
    on: NDArray[np.float64], off: NDArray[np.float64], change: float, least: float
) -> Mapping[str, Estimate]:
    """Return all variables of one place from the spikes by seed and cell."""
    seeds = (np.isfinite(on) & np.isfinite(off)).any(axis=1)
    on, off = on[seeds], off[seeds]
    if not seeds.any():
        nothing = missing("no seed has rates of cells in this epoch")
        return dict.fromkeys((v.name for v in Heterogeneity.variables), nothing)
    counts = classified(on, off, change, least)
    rows = np.stack([counts[name] for name in _CLASSES]).astype(float)
    why = f"no cell has {least:g} control spikes"
    estimates = {}
    for index, name in enumerate(_CLASSES):

        def share(weights: NDArray[np.float64], index: int = index) -> NDArray[np.float64]:
            sums = resampled(weights, rows)
            total = sums.sum(axis=0)
            return np.divide(sums[index], total, out=np.full(total.shape, np.nan), where=total > 0)

        estimates[f"cells_{name}"] = over_seeds(share, len(on), reason=why)
    chance = chance_of_change(on, off, change, least)
    numbers = {
        "cells_classified": float(rows.sum()),
        "cells_too_few_spikes": float(counts["too_few"].sum()),
    }
    exact = {n: Estimate(v, math.nan, math.nan) for n, v in numbers.items()}
    by_chance = missing(why) if math.isnan(chance) else Estimate(chance, math.nan, math.nan)
    return {**estimates, **exact, "cells_changed_by_chance": by_chance}
