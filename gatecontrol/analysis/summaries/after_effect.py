"""How fast suppression comes when the device is switched on, and how it goes afterwards."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics import Estimate, pooled_suppression
from gatecontrol.analysis.summaries.curves import first_rise
from gatecontrol.analysis.summaries.decay import LONGEST, Decay, decay
from gatecontrol.analysis.summaries.declared import AfterEffect
from gatecontrol.analysis.summaries.layout import Collected, along, outer_dims, with_axis_last
from gatecontrol.analysis.summaries.replicates import missing, over_seeds, pooled_inhibition
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["TimeCourse", "after_effect"]

Floats = NDArray[np.float64]

LEAST_BINS = 4
"""Fewest bins after the device to which a decay is fitted."""

LEAST_EXPLAINED = 0.5
"""Least share of the variance that a decay must explain to be given (assumed)."""

_VARIABLES = tuple(v.name for v in AfterEffect.variables)
_SPARSE = "a bin has no control spike; make the bins wider"
_NO_EFFECT = "when the device goes off, inhibition cannot be told from zero"


@dataclass(frozen=True)
class TimeCourse:
    """The pain signal in bins around the switching of the device.

    Attributes
    ----------
    time : ndarray, shape (k,)
        Middle of each bin from the start of the run [s], evenly spaced.
    on, off : ndarray, shape (k, n)
        Pain signal by bin and seed, device on and control; none NaN.
    switched_on, switched_off : float
        When the device goes on and off [s].
    width : float
        Width of a bin [s].
    window : float
        Stretch [s] over which inhibition before switching off, and the residual, is pooled.
    """

    time: Floats
    on: Floats
    off: Floats
    switched_on: float
    switched_off: float
    width: float
    window: float

    def _bins(self, start: float, stop: float) -> NDArray[np.bool_]:
        """Return which bins lie wholly in a stretch; a thousandth of a bin is rounding."""
        slack = 1e-3 * self.width
        half = self.width / 2
        return (self.time - half >= start - slack) & (self.time + half <= stop + slack)

    def _estimate(
        self, statistic: Callable[[Floats], Floats], reason: str, below: str = "", above: str = ""
    ) -> Estimate:
        return over_seeds(statistic, self.on.shape[1], reason=reason, below=below, above=above)

    def _suppression(self, bins: NDArray[np.bool_]) -> Estimate:
        return pooled_suppression(self.on[bins].sum(axis=0), self.off[bins].sum(axis=0))

    def _at_offset(self, weights: Floats) -> Floats:
        start = max(self.switched_off - self.window, self.switched_on)
        bins = self._bins(start, self.switched_off)
        on, off = (s[bins].sum(axis=0, keepdims=True) for s in (self.on, self.off))
        return pooled_inhibition(weights, on, off)[:, 0]

    @cached_property
    def at_offset(self) -> Estimate:
        """Inhibition in the last `window` before the device goes off."""
        start = max(self.switched_off - self.window, self.switched_on)
        bins = self._bins(start, self.switched_off)
        if not bins.any():
            return missing("no bin lies within the window before the device goes off")
        return self._suppression(bins)

    def _why_not(self) -> str:
        """Return why nothing can be said of a course of the inhibition, if so."""
        if math.isnan(self.at_offset.value):
            return self.at_offset.reason
        none = self.at_offset.value <= 0 or self.at_offset.low <= 0
        return _NO_EFFECT if none else ""

    def onset_delay(self) -> Estimate:
        """Return the time [s] from switching on until inhibition is half of that at offset."""
        bins = self._bins(self.switched_on, self.switched_off)
        why = self._why_not()
        late = not bins.any() or self.time[bins][0] > self.switched_on + 1.501 * self.width
        if not why and late:
            why = "the stimulus does not drive the signal when the device goes on"
        if why:
            return missing(why)
        time = np.concatenate([[0.0], self.time[bins] - self.switched_on])

        def statistic(weights: Floats) -> Floats:
            level = self._at_offset(weights) / 2
            curve = pooled_inhibition(weights, self.on[bins], self.off[bins])
            return _first_at(time, _from(curve, 0.0), level, rising=True)

        return self._estimate(statistic, _SPARSE, above="half of it is never reached")

    def recovery(self) -> tuple[Estimate, Estimate, Estimate]:
        """Return time constant [s] and start of an exponential return, and what it explains."""
        bins = self._bins(self.switched_off, math.inf)
        why = self._why_not()
        if not why and bins.sum() < LEAST_BINS:
            why = f"{bins.sum()} bins after the device goes off; a fit needs {LEAST_BINS}"
        if why:
            return missing(why), missing(why), missing(why)
        time = self.time[bins] - self.switched_off
        known: dict[tuple[int, ...], Decay] = {}

        def fits(weights: Floats) -> Decay:
            # Both estimates ask for the same resamples, told apart by their number.
            if weights.shape not in known:
                signals = self.on[bins], self.off[bins]
                known[weights.shape] = decay(time, *signals, self.width, weights)
            return known[weights.shape]

        (tau,), (start,), (explained,) = fits(np.ones((1, self.on.shape[1])))
        share = Estimate(float(explained), math.nan, math.nan)
        if math.isnan(explained):
            share = missing("the inhibition does not change after the device goes off")
        if math.isnan(tau) or not start > 0:
            why = "no inhibition after the device goes off"
        elif math.isfinite(tau) and not explained >= LEAST_EXPLAINED:
            why = f"an exponential explains less than {LEAST_EXPLAINED:.0%} of the variance"
        if why:
            return missing(why), missing(why), share
        return (
            self._estimate(
                lambda weights: fits(weights).tau,
                why,
                below="shorter than half a bin",
                above=f"longer than {LONGEST:g} times what was recorded",
            ),
            self._estimate(lambda weights: fits(weights).start, why),
            share,
        )

    def duration(self, share: float) -> Estimate:
        """Return the time [s] after offset until inhibition is below a share of that there."""
        bins = self._bins(self.switched_off, math.inf)
        why = self._why_not() or ("" if bins.any() else "nothing is recorded after the device")
        if why:
            return missing(why)
        time = np.concatenate([[0.0], self.time[bins] - self.switched_off])

        def statistic(weights: Floats) -> Floats:
            start = self._at_offset(weights)
            curve = pooled_inhibition(weights, self.on[bins], self.off[bins])
            return _first_at(time, _from(curve, start), share * start, rising=False)

        return self._estimate(statistic, _SPARSE, above="longer than what was recorded")

    def residual(self, after: float) -> Estimate:
        """Return the inhibition in the `window` that starts `after` [s] the device is off."""
        start = self.switched_off + after
        bins = self._bins(start, start + self.window)
        if self.time[-1] + 0.501 * self.width < start + self.window:
            return missing(f"the stimulus ends before {after + self.window:g} s after the device")
        return self._suppression(bins) if bins.any() else missing("no bin lies within the window")


def _from(curve: Floats, start: Floats | float) -> Floats:
    """Return curves with a first point before them."""
    first = np.broadcast_to(np.asarray(start, dtype=float), len(curve))
    return np.concatenate([first[:, None], curve], axis=1)


def _first_at(time: Floats, curve: Floats, level: Floats, *, rising: bool) -> Floats:
    """Return when each curve first gets to a level, from its first point on."""
    sign = 1.0 if rising else -1.0
    found = first_rise(time, sign * curve, sign * level)
    # A resample without inhibition has no level to come to.
    return np.where(level > 0, found, np.nan)


def after_effect(
    data: "xr.Dataset", window: float = 1.0, share: float = 0.25, residual_after: float = 1.0
) -> "xr.Dataset":
    """Return the time constants of suppression: on, off, and what is left.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with ``time_course`` and ``time_course_off`` of the pain signal
        over the whole run (dimension ``time_bin``), and a stimulus that outlasts the device.
    window : float, optional
        Stretch [s] over which the inhibition at offset and the residual are pooled.
    share : float, optional
        Share of the inhibition at offset below which it counts as gone.
    residual_after : float, optional
        When [s] after the device goes off the window of the residual starts.

    Returns
    -------
    xarray.Dataset
        Over ``arm`` and the sweep axes, with ``_low``, ``_high`` and ``_status``:
        ``inhibition_at_offset`` [1], ``onset_delay`` [s], ``recovery_time_constant`` [s],
        ``recovery_start`` [1], ``inhibition_duration`` [s], ``residual_inhibition`` [1]; and
        ``recovery_fit`` [1], the share of the variance that the exponential explains.

    Raises
    ------
    GatecontrolError
        There is no time course in the results.

    References
    ----------
    After-effects of minutes: Qin et al. 2007 [qin2007]; none: Carstens et al. 1980
    [carstens1980].
    """
    if "time_course" not in data:
        raise GatecontrolError(
            "after_effect needs the pain signal in time bins; add time_course to measures"
        )
    dims = outer_dims(data)
    found = Collected(data, AfterEffect.variables)
    for name in _VARIABLES:
        found.declare(name, dims, interval=name != "recovery_fit")
    names = ("device_on", "device_off", "evoked_start", "evoked_stop")
    times = [with_axis_last(data, name, dims) for name in names]
    signals = [
        with_axis_last(data, name, (*dims, "time_bin", "seed"))
        for name in ("time_course", "time_course_off")
    ]
    bins = np.asarray(data["time_bin"].values, dtype=float)
    for place in along(data, dims):
        on, off, start, stop = (float(t[place]) for t in times)
        course = _course(bins, *(s[place] for s in signals), (on, off), (start, stop), window)
        if isinstance(course, str):
            for name in _VARIABLES:
                found.put(name, place, missing(course))
            continue
        estimates = (
            course.at_offset, course.onset_delay(), *course.recovery(), course.duration(share),
            course.residual(residual_after),
        )  # fmt: skip
        for name, estimate in zip(_VARIABLES, estimates, strict=True):
            found.put(name, place, estimate)
    return found.dataset()


def _course(
    time: Floats,
    on: Floats,
    off: Floats,
    switched: tuple[float, float],
    evoked: tuple[float, float],
    window: float,
) -> TimeCourse | str:
    """Return the course while the stimulus acts, or why there is none."""
    if not all(map(math.isfinite, switched)):
        return "no device is switched on and off"
    if time.size < 2:
        return "fewer than two time bins"
    width = float(time[1] - time[0])
    start, stop = evoked
    inside = (time - width / 2 >= start - 1e-3 * width) & (time + width / 2 <= stop + 1e-3 * width)
    if not inside.any():
        return "no bin lies within the time of the stimulus"
    on, off = on[inside], off[inside]
    seeds = np.isfinite(on).all(axis=0) & np.isfinite(off).all(axis=0)
    if not seeds.any():
        return "no seed has a time course"
    return TimeCourse(time[inside], on[:, seeds], off[:, seeds], *switched, width, window)
