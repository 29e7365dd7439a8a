"""How steeply the pain signal follows the strength of the stimulus, device on and off."""

import math
import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.statistics import Estimate, mean_with_interval
from gatecontrol.analysis.statistics.resampling import resampled
from gatecontrol.analysis.summaries.declared import EncodingSlope
from gatecontrol.analysis.summaries.layout import (
    Collected,
    along,
    find_axis,
    outer_dims,
    with_axis_last,
)
from gatecontrol.analysis.summaries.replicates import missing, over_seeds

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["encoding_slope", "explained", "slope_ratio", "slopes"]

_INTENSITY = re.compile(r"stimuli\[\d+\]\.(force|peak|strength|temperature|intensity)$")


def slopes(x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
    """Return the least-squares slope of each row.

    Parameters
    ----------
    x : array_like, shape (k,)
        Stimulus intensities.
    y : array_like, shape (..., k)
        Responses; NaN is left out.

    Returns
    -------
    ndarray, shape (...)
        Unit of `y` per unit of `x`; NaN with fewer than two intensities.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    there = np.isfinite(y)
    count = there.sum(axis=-1)
    middle = np.divide(
        (there * x).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 1
    )
    away = np.where(there, x - middle[..., None], 0.0)
    spread = (away**2).sum(axis=-1)
    product = (away * np.where(there, y, 0.0)).sum(axis=-1)
    return np.divide(product, spread, out=np.full(count.shape, np.nan), where=spread > 0)


def explained(x: ArrayLike, y: ArrayLike) -> float:
    """Return the share of the variance between intensities that a straight line explains.

    Parameters
    ----------
    x : array_like, shape (k,)
        Stimulus intensities.
    y : array_like, shape (k,)
        Mean responses; NaN is left out.

    Returns
    -------
    float
        1 for a straight line; NaN with fewer than three intensities or equal responses.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    there = np.isfinite(y)
    x, y = x[there], y[there]
    if x.size < 3 or np.ptp(y) == 0:
        return math.nan
    return float(np.corrcoef(x, y)[0, 1] ** 2)


def slope_ratio(on: ArrayLike, off: ArrayLike) -> Estimate:
    """Return the slope with the device on over that of the control, from slopes per seed.

    Parameters
    ----------
    on, off : array_like, shape (n,)
        Slopes per seed, in the same unit; pairs with a NaN are left out.

    Returns
    -------
    Estimate
        Ratio of the mean slopes; missing where the control's slope cannot be told from 0,
        since the ratio is then unbounded.
    """
    on, off = np.asarray(on, dtype=float), np.asarray(off, dtype=float)
    usable = np.isfinite(on) & np.isfinite(off)
    on, off = on[usable], off[usable]
    mean, low, high = mean_with_interval(off)
    if not on.size:
        return missing("no seed has a slope with the device on and off")
    if mean == 0 or low <= 0 <= high:
        return missing("the slope of the control cannot be told from zero")

    def ratio(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        above, below = resampled(weights, np.stack([on, off]))
        return np.divide(above, below, out=np.full(below.shape, np.nan), where=below != 0)

    return over_seeds(ratio, on.size, reason="the slope of the control is zero")


def encoding_slope(data: "xr.Dataset", axis: str | None = None) -> "xr.Dataset":
    """Return the slope of the pain signal against the intensity of the stimulus.

    Ordinary least squares per seed over the swept intensities; the seeds' slopes are the
    replicates of the mean, its interval (Student's t) and the ratio on/off (bootstrap).

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results of a sweep over a stimulus's intensity.
    axis : str, optional
        Sweep axis by name or path; the only one over a force, peak temperature or strength if
        left out.

    Returns
    -------
    xarray.Dataset
        Over ``arm``, the other axes and ``epoch``: the mean slopes ``encoding_slope`` and
        ``encoding_slope_off`` [spikes/s per unit of the axis] and ``encoding_slope_ratio``
        with ``_low`` and ``_high``; ``encoding_linearity`` (and ``_off``), the share of the
        variance between intensities that the line explains; each with a ``_status``. The
        slopes of the seeds are ``encoding_slope_by_seed`` and ``encoding_slope_off_by_seed``.

    Raises
    ------
    GatecontrolError
        No sweep axis, or more than one, is an intensity.

    References
    ----------
    Slope and ongoing rate change apart from each other: Zain and Bonin 2019 [zain2019].
    """
    name = find_axis(
        data, axis, lambda path: bool(_INTENSITY.match(path)), "a stimulus's intensity"
    )
    dims = (*(d for d in outer_dims(data) if d != name), "epoch")
    unit = f"spikes/s per {data[name].attrs.get('units', '1')}"
    found = Collected(data, EncodingSlope.variables)
    found.declare("encoding_slope_ratio", dims)
    x = np.asarray(data[name].values, dtype=float)
    each = {}
    for suffix in ("", "_off"):
        found.declare(f"encoding_slope{suffix}", dims, units=unit)
        found.declare(f"encoding_linearity{suffix}", dims, interval=False)
        signal = with_axis_last(data, f"pain_signal{suffix}", (*dims, "seed", name))
        each[suffix] = slopes(x, signal)
        for place in along(data, dims):
            _put(found, suffix, place, x, signal[place], each[suffix][place])
    for place in along(data, dims):
        ratio = slope_ratio(each[""][place], each["_off"][place])
        found.put("encoding_slope_ratio", place, ratio)
    about = {"units": unit, "long_name": "Slope of the pain signal against the stimulus"}
    noted = {"": about, "_off": {**about, "long_name": f"{about['long_name']}, control"}}
    return found.dataset({
        f"encoding_slope{suffix}_by_seed": ((*dims, "seed"), each[suffix], noted[suffix])
        for suffix in each
    })


def _put(
    found: Collected,
    suffix: str,
    place: tuple[int, ...],
    x: NDArray[np.float64],
    signal: NDArray[np.float64],
    each: NDArray[np.float64],
) -> None:
    """Set the mean slope and the linearity of one place from its seeds."""
    mean, low, high = mean_with_interval(each)
    reason = ""
    if math.isnan(mean):
        reason = "fewer than two intensities with a pain signal"
    elif math.isnan(low):
        reason = "one seed has no interval"
    found.put(f"encoding_slope{suffix}", place, Estimate(mean, low, high, reason))
    means = signal.mean(axis=0)  # NaN where any seed is missing, so that all weigh the same
    share = explained(x, means)
    reason = "fewer than three intensities, or no change of the signal" if math.isnan(share) else ""
    found.put(f"encoding_linearity{suffix}", place, Estimate(share, math.nan, math.nan, reason))
