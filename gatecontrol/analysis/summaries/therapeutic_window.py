"""How suppression lies between perception and discomfort as the amplitude is raised."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics import Estimate
from gatecontrol.analysis.statistics.resampling import draws
from gatecontrol.analysis.summaries.curves import first_rise, value_at
from gatecontrol.analysis.summaries.declared import TherapeuticWindow
from gatecontrol.analysis.summaries.layout import (
    Collected,
    along,
    find_axis,
    outer_dims,
    with_axis_last,
)
from gatecontrol.analysis.summaries.replicates import missing, over_seeds, pooled_inhibition

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AmplitudeCurve", "therapeutic_window"]

Floats = NDArray[np.float64]

_SIGNALS = ("pain_signal", "pain_signal_off")
_AMPLITUDE = re.compile(r"device[._]amplitude$")
_WITH_INTERVAL = (
    "suppression_at_perception",
    "suppression_at_discomfort",
    "amplitude_half_effect",
    "amplitude_effective",
)
_BELOW = "reached at the lowest amplitude already"
_ABOVE = "not reached at any amplitude"


@dataclass(frozen=True)
class AmplitudeCurve:
    """Pain signals against amplitude, with the thresholds of the same device.

    Attributes
    ----------
    amplitude : ndarray, shape (k,)
        Amplitudes [A], ascending.
    on, off : ndarray, shape (k, n)
        Pain signal by amplitude and seed, device on and control; none NaN.
    perception, discomfort : float
        Perception (PT) and discomfort threshold (DT) [A]; NaN if there is none.
    """

    amplitude: Floats
    on: Floats
    off: Floats
    perception: float
    discomfort: float

    def suppression(self, weights: Floats) -> Floats:
        """Return the pooled suppression of each resample, shape (b, k)."""
        return pooled_inhibition(weights, self.on, self.off)

    def _estimate(
        self, statistic: Callable[[Floats], Floats], reason: str, below: str = "", above: str = ""
    ) -> Estimate:
        return over_seeds(statistic, self.on.shape[1], reason=reason, below=below, above=above)

    def _at(self, threshold: float, name: str) -> Estimate:
        if not self.amplitude.size:
            return missing("no amplitude with a pain signal in every seed")
        if math.isnan(threshold):
            return missing(f"the device has no {name} threshold")
        if not self.amplitude[0] <= threshold <= self.amplitude[-1]:
            return missing(f"the {name} threshold is outside the amplitudes swept")

        def statistic(weights: Floats) -> Floats:
            return value_at(self.amplitude, self.suppression(weights), threshold)

        return self._estimate(statistic, "the control fires no spike")

    @cached_property
    def at_perception(self) -> Estimate:
        """Suppression at PT, interpolated between the amplitudes swept."""
        return self._at(self.perception, "perception")

    @cached_property
    def at_discomfort(self) -> Estimate:
        """Suppression at DT, interpolated between the amplitudes swept."""
        return self._at(self.discomfort, "discomfort")

    def half_effect(self) -> Estimate:
        """Return the lowest amplitude [A] with half of the suppression at DT."""
        top = self.at_discomfort
        if math.isnan(top.value):
            return missing(top.reason)
        if top.value <= 0 or top.low <= 0:
            return missing("at the discomfort threshold suppression cannot be told from zero")

        def statistic(weights: Floats) -> Floats:
            curve = self.suppression(weights)
            half = value_at(self.amplitude, curve, self.discomfort) / 2
            found = first_rise(self.amplitude, curve, half)
            return np.where(half > 0, found, np.nan)

        return self._estimate(statistic, "the control fires no spike", _BELOW, _ABOVE)

    def effective(self, size: float) -> Estimate:
        """Return the lowest amplitude [A] with a suppression of a stated size."""
        if not self.amplitude.size:
            return missing("no amplitude with a pain signal in every seed")

        def statistic(weights: Floats) -> Floats:
            return first_rise(self.amplitude, self.suppression(weights), size)

        return self._estimate(statistic, "the control fires no spike", _BELOW, _ABOVE)

    def effective_below_discomfort(self, size: float) -> tuple[Estimate, float]:
        """Say whether a suppression of a stated size is reached up to DT.

        Returns
        -------
        Estimate
            1 or 0, without an interval.
        float
            Share of the resamples of seeds in which it is reached.
        """
        if not self.amplitude.size:
            return missing("no amplitude with a pain signal in every seed"), math.nan
        if math.isnan(self.discomfort):
            return missing("the device has no discomfort threshold"), math.nan
        if self.discomfort < self.amplitude[0]:
            return missing("the discomfort threshold is below all amplitudes swept"), math.nan

        def statistic(weights: Floats) -> Floats:
            return first_rise(self.amplitude, self.suppression(weights), size)

        n = self.on.shape[1]
        (where,) = statistic(np.ones((1, n)))
        if math.isnan(where):
            return missing("the control fires no spike"), math.nan
        if where > self.discomfort > self.amplitude[-1]:
            return missing("not reached, but the amplitudes swept end below discomfort"), math.nan
        share = float(np.mean(statistic(draws(n)) <= self.discomfort))
        return Estimate(float(where <= self.discomfort), math.nan, math.nan), share


def therapeutic_window(
    data: "xr.Dataset", axis: str | None = None, size: float = 0.2
) -> "xr.Dataset":
    """Return how suppression lies between perception and discomfort.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results of a sweep over the device's amplitude, in whatever unit: the
        amplitudes are those in amperes that the device reports.
    axis : str, optional
        Sweep axis by name or path; that over ``device.amplitude`` if left out.
    size : float, optional
        Suppression (a fraction of 1) that is asked for below discomfort.

    Returns
    -------
    xarray.Dataset
        Over ``arm``, the other axes and ``epoch``, with ``_low``, ``_high`` and ``_status``:
        ``suppression_at_perception``, ``suppression_at_discomfort`` [1],
        ``amplitude_half_effect`` [A], ``amplitude_effective`` [A]; without interval
        ``effective_below_discomfort`` (1 or 0) and ``effective_below_discomfort_share``; and
        without epochs ``usable_range``, DT/PT [1].

    Raises
    ------
    GatecontrolError
        No sweep axis is an amplitude.
    """
    name = find_axis(
        data, axis, lambda p: bool(_AMPLITUDE.match(p)), "the device's amplitude", numbers=False
    )
    outer = tuple(d for d in outer_dims(data) if d != name)
    dims = (*outer, "epoch")
    found = Collected(data, TherapeuticWindow.variables)
    for with_interval in _WITH_INTERVAL:
        found.declare(with_interval, dims)
    found.declare("effective_below_discomfort", dims, interval=False)
    found.declare("usable_range", outer, interval=False)
    shares = np.full(tuple(data.sizes[d] for d in dims), math.nan)
    amplitudes = with_axis_last(data, "amplitude", (*outer, name))
    thresholds = [
        with_axis_last(data, f"{what}_threshold", (*outer, name))
        for what in ("perception", "discomfort")
    ]
    on, off = (with_axis_last(data, s, (*dims, name, "seed")) for s in _SIGNALS)
    for place in along(data, dims):
        lines = [_one(t[place[:-1]]) for t in thresholds]
        curve = _curve(amplitudes[place[:-1]], on[place], off[place], *lines)
        found.put("suppression_at_perception", place, curve.at_perception)
        found.put("suppression_at_discomfort", place, curve.at_discomfort)
        found.put("amplitude_half_effect", place, curve.half_effect())
        found.put("amplitude_effective", place, curve.effective(size))
        whether, shares[place] = curve.effective_below_discomfort(size)
        found.put("effective_below_discomfort", place, whether)
        found.put("usable_range", place[:-1], _usable(*lines))
    about = {"units": "1", "long_name": "Share of resamples of the seeds in which it is reached"}
    return found.dataset({"effective_below_discomfort_share": (dims, shares, about)})


def _one(along_axis: Floats) -> float:
    """Return the threshold, which does not depend on the amplitude; NaN if there is none."""
    known = along_axis[np.isfinite(along_axis)]
    return float(known[0]) if known.size else math.nan


def _curve(
    amplitude: Floats, on: Floats, off: Floats, perception: float, discomfort: float
) -> AmplitudeCurve:
    """Return the curve over the amplitudes that have a pain signal in every seed."""
    there = np.isfinite(amplitude) & np.isfinite(on).all(axis=1) & np.isfinite(off).all(axis=1)
    order = np.flatnonzero(there)[np.argsort(amplitude[there], kind="stable")]
    return AmplitudeCurve(amplitude[order], on[order], off[order], perception, discomfort)


def _usable(perception: float, discomfort: float) -> Estimate:
    if math.isnan(perception) or math.isnan(discomfort):
        which = "perception" if math.isnan(perception) else "discomfort"
        return missing(f"the device has no {which} threshold")
    return Estimate(discomfort / perception, math.nan, math.nan)
