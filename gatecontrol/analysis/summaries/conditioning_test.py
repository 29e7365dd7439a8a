"""How long an A volley holds down the response to a later volley."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics import Estimate
from gatecontrol.analysis.summaries.curves import last_below
from gatecontrol.analysis.summaries.declared import ConditioningTest
from gatecontrol.analysis.summaries.layout import (
    Collected,
    along,
    find_axis,
    outer_dims,
    with_axis_last,
)
from gatecontrol.analysis.summaries.replicates import missing, over_seeds, pooled_inhibition
from gatecontrol.errors import GatecontrolError, did_you_mean

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["conditioning_test", "relative_response", "window"]

Floats = NDArray[np.float64]

_WINDOWS = {"a_on_c_window": "c", "a_on_a_window": "abeta"}
_SILENT = "the test volley alone evokes no spike"


def relative_response(on: Floats, off: Floats) -> Estimate:
    """Return the response to the test volley after conditioning, over that to it alone.

    Parameters
    ----------
    on, off : ndarray, shape (n,)
        Evoked spikes by seed, conditioned and alone; none NaN.

    Returns
    -------
    Estimate
        ``sum(on) / sum(off)`` with its bootstrap interval over seeds.
    """

    def ratio(weights: Floats) -> Floats:
        return 1.0 - pooled_inhibition(weights, on[None], off[None])[:, 0]

    return over_seeds(ratio, on.size, reason=_SILENT)


def window(interval: Floats, on: Floats, off: Floats, reduction: float = 0.2) -> Estimate:
    """Return the largest interval at which the test response is reduced.

    Linear between the last interval with that reduction and the next. Noise at long
    intervals may hold it up, so that sparse responses make it longer, never shorter.

    Parameters
    ----------
    interval : ndarray, shape (k,)
        From the arrival of the conditioning volley to that of the test volley [s], above 0.
    on, off : ndarray, shape (k, n)
        Evoked spikes by interval and seed, conditioned and alone; none NaN.
    reduction : float, optional
        Reduction that counts, a fraction of 1.

    Returns
    -------
    Estimate
        Seconds; 0 if no interval has the reduction. Missing if the longest still has it.
    """
    order = np.argsort(interval, kind="stable")
    interval, on, off = interval[order], on[order], off[order]
    if interval.size < 2:
        return missing(f"{interval.size} intervals with a response in every seed; a window needs 2")

    def statistic(weights: Floats) -> Floats:
        response = 1.0 - pooled_inhibition(weights, on, off)
        return last_below(interval, response, 1.0 - reduction)

    longest = f"longer than {1e3 * interval[-1]:.3g} ms, the longest interval"
    found = over_seeds(statistic, on.shape[1], reason=_SILENT, above=longest)
    if found.value == 0 and not found.reason:
        return Estimate(0.0, found.low, found.high, "no interval has this reduction")
    return found


def conditioning_test(
    data: "xr.Dataset",
    axis: str | None = None,
    alone: str | None = None,
    reduction: float = 0.2,
) -> "xr.Dataset":
    """Return the test response against the interval to a conditioning A volley.

    The paired control must be the test volley alone: an arm in which the conditioning volley
    recruits no fibre, or the device off if the device conditions. Spikes before both volleys
    are the background that is taken off.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with the variables of the measure ``test_response``.
    axis : str, optional
        Sweep axis by name or path; that over a stimulus's onset or the device's switching on
        if left out. Its own numbers do not matter: the intervals are those at the dorsal
        horn.
    alone : str, optional
        Arm with the conditioning volley and without the test volley. Its spikes in the
        test's window are taken off instead of the background: needed where the response to
        the conditioning volley reaches into the window (A-on-A).
    reduction : float, optional
        Reduction of the response that counts, a fraction of 1.

    Returns
    -------
    xarray.Dataset
        ``conditioned_response`` over ``arm``, all axes and ``fibre_class`` (of the test
        volley); ``a_on_c_window`` and ``a_on_a_window`` [s] over ``arm`` and the other axes;
        with ``_low``, ``_high`` and ``_status``.

    Raises
    ------
    GatecontrolError
        No sweep axis moves a volley, or an arm does not exist.

    References
    ----------
    Woolf and Wall 1982 [woolf1982].
    """
    if "test_spikes" not in data:
        raise GatecontrolError(
            "conditioning_test needs the response to the test volley; add test_response to measures"
        )
    name = find_axis(data, axis, _moves_a_volley, "the time of a volley", numbers=False)
    dims = tuple(d for d in outer_dims(data) if d != name)
    on, off = _evoked(data, (*dims, "fibre_class", name, "seed"), alone)
    intervals = with_axis_last(data, "test_interval", (*dims, "fibre_class", name, "seed"))
    found = Collected(data, ConditioningTest.variables)
    found.declare("conditioned_response", (*dims, "fibre_class", name))
    for which in _WINDOWS:
        found.declare(which, dims)
    lengths = np.full(tuple(data.sizes[d] for d in (*dims, "fibre_class", name)), np.nan)
    for place in along(data, (*dims, "fibre_class")):
        for step in range(data.sizes[name]):
            where = (*place, step)
            lengths[where] = _mean(intervals[where])
            seeds = np.isfinite(on[where]) & np.isfinite(off[where])
            estimate = missing("no test volley of this class, or no conditioning before it")
            if seeds.any() and np.isfinite(lengths[where]):
                estimate = relative_response(on[where][seeds], off[where][seeds])
            found.put("conditioned_response", where, estimate)
    classes = data["fibre_class"].values.tolist()
    for which, fibre_class in _WINDOWS.items():
        for place in along(data, dims):
            at = (*place, classes.index(fibre_class))
            there = (lengths[at] > 0) & np.isfinite(on[at] + off[at]).all(axis=1)
            estimate = missing(f"no {fibre_class} test volley after an A volley")
            if there.any():
                estimate = window(lengths[at][there], on[at][there], off[at][there], reduction)
            found.put(which, place, estimate)
    about = {"units": "s", "long_name": "From the conditioning to the test volley, at the cord"}
    return found.dataset({"conditioning_interval": ((*dims, "fibre_class", name), lengths, about)})


def _moves_a_volley(path: str) -> bool:
    return path.endswith(("].onset", "_onset", "run.device_on", "run_device_on"))


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _evoked(data: "xr.Dataset", dims: tuple[str, ...], alone: str | None) -> tuple[Floats, Floats]:
    """Return the evoked spikes per test volley, conditioned and alone."""
    spikes, background, off, off_background = (
        with_axis_last(data, name, dims)
        for name in (
            "test_spikes", "test_background", "test_spikes_off", "test_background_off",
        )
    )  # fmt: skip
    if alone is None:
        return spikes - background, off - off_background
    arms = [str(a) for a in data["arm"].values]
    if alone not in arms:
        raise GatecontrolError(
            f"no arm '{alone}' with the conditioning volley alone.{did_you_mean(alone, arms)} "
            + f"Arms: {', '.join(arms)}"
        )
    return spikes - spikes[arms.index(alone)], off - off_background
