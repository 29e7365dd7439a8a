"""What a percentage point of suppression costs in charge and in power."""

import math
from typing import TYPE_CHECKING

from gatecontrol.analysis.statistics import Estimate
from gatecontrol.analysis.summaries.declared import CostOfSuppression
from gatecontrol.analysis.summaries.layout import Collected, along, outer_dims, with_axis_last
from gatecontrol.analysis.summaries.replicates import missing

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["cost", "cost_of_suppression"]

_COSTS = {"cost_charge": "charge_per_second", "cost_power": "power"}


def cost(spent: float, suppression: Estimate) -> Estimate:
    """Return what is spent per percentage point of suppression.

    ``spent / (100 suppression)``; its interval is that of the suppression, carried over.

    Parameters
    ----------
    spent : float
        What the device spends while it is on, such as charge per second [C/s].
    suppression : Estimate
        Pooled suppression (a fraction of 1) with its interval.

    Returns
    -------
    Estimate
        In the unit of `spent` per percentage point; missing where the interval of the
        suppression contains zero or is not known.
    """
    if not math.isfinite(spent):
        return missing("the device tells no such dose")
    if math.isnan(suppression.value):
        return missing(f"no suppression: {suppression.reason}")
    if math.isnan(suppression.low) or math.isnan(suppression.high):
        return missing(f"no interval of the suppression: {suppression.reason}")
    if suppression.low <= 0 <= suppression.high:
        return missing("the interval of the suppression contains zero")
    if suppression.value < 0:
        return missing("the pain signal rises")
    ends = (spent / (100 * part) for part in (suppression.value, suppression.high, suppression.low))
    return Estimate(*ends)


def cost_of_suppression(data: "xr.Dataset") -> "xr.Dataset":
    """Return charge per second and power per percentage point of suppression.

    Suppression is the pooled one of the epoch ``during``, while the device spends.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.

    Returns
    -------
    xarray.Dataset
        Over ``arm`` and the sweep axes: ``cost_charge`` [C/s per percentage point] and
        ``cost_power`` [W per percentage point] with ``_low``, ``_high`` and ``_status``.
    """
    dims = outer_dims(data)
    during = data.sel(epoch="during")
    parts = [
        with_axis_last(during, f"suppression_{part}", dims) for part in ("pooled", "low", "high")
    ]
    reasons = during["suppression_status"].transpose(*dims).values
    found = Collected(data, CostOfSuppression.variables)
    for name, spent in _COSTS.items():
        found.declare(name, dims)
        amounts = with_axis_last(data, spent, dims)
        for place in along(data, dims):
            suppression = Estimate(*(float(p[place]) for p in parts), str(reasons[place]))
            found.put(name, place, cost(float(amounts[place]), suppression))
    return found.dataset()
