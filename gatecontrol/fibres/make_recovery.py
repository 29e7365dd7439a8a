"""Measure on the cable solver what the train rule knows.

``python -m gatecontrol.fibres.make_recovery`` writes `recovery.json` beside this file (minutes).
One point source in a homogeneous medium, cathodic pulses; all thresholds are ratios to the rested
fibre's, so the medium does not matter.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import least_squares, nnls

from gatecontrol.fibres.axon import Axon, fibre_model
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.recovery import (
    BY_WIDTH,
    INTERVALS,
    REFRACTORY,
    SHIPPED,
    STRENGTHS,
    STRONG,
    Memory,
    filled,
    stamp,
)
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import monopole

__all__ = ["Bench", "as_text", "delays", "history", "main", "measure", "memory", "recovery"]

PLANS = {
    "mrg": (
        (2e-6, 3e-6, 4.2e-6, 5.7e-6, 7.3e-6, 10e-6, 12.8e-6, 16e-6),
        (60e-6, 200e-6, 1e-3),
        1e-3,
    ),
    "sundt2015": ((1e-6,), (200e-6, 1e-3), 0.25e-3),
}
"""Model -> diameters [m], pulse widths [m], distance of the source [m]."""

_MEDIUM = HomogeneousConductor.isotropic(0.2)
_CEILING = REFRACTORY
_TRAINS = (
    *((2, 2e-3), (2, 3e-3), (2, 5e-3), (24, 2e-3), (24, 3e-3)),
    *((24, 5e-3), (8, 10e-3), (8, 20e-3)),
)
"""Spikes, and seconds between them, whose memory is fitted."""
_AFTER = np.array([3.0, 5.0, 10.0, 20.0, 40.0]) * 1e-3  # s
_PRECISE, _COARSE = 5e-4, 4e-3
_FAILED = 0.9  # amplitude of a failing pulse over what would fire
_WAITS = np.array([0.75, 1.0, 1.5, 2.0, 3.0, 5.0]) * 1e-3  # s from a failing pulse to the next


@dataclass
class Bench:
    """A fibre under a point source.

    Attributes
    ----------
    model : str
        Name of the fibre model.
    diameter, width, distance : float
        Of fibre, pulses and source [m], [s], [m].
    recharge : bool
        Whether an equal and opposite phase follows each pulse at once.
    """

    model: str
    diameter: float
    width: float
    distance: float
    recharge: bool = False
    axon: Axon = field(init=False)
    single: float = field(init=False)

    def __post_init__(self) -> None:
        self.axon = fibre_model(self.model).axon(self.diameter, self.distance)
        self.potential = _MEDIUM.potential_along(
            self.axon.positions, 0.0, self.distance, monopole(1e-6)
        )
        self.pulse = Waveform.rectangular(self.width, recharge=self.recharge)
        self.dt = self.axon.model.time_step(self.pulse)
        self.single = threshold(self.axon, self.potential, self.pulse, precision=_PRECISE)

    def spikes(self, times: Sequence[float], ratios: Sequence[float]) -> int:
        """Return how many spikes pulses of amplitudes in thresholds evoke."""
        edges, levels = [0.0], []
        for time, ratio in zip(times, ratios, strict=True):
            if time > edges[-1] + 0.5 * self.dt:
                edges.append(time)
                levels.append(0.0)
            edges.extend(edges[-1] + self.pulse.edges[1:])
            levels.extend(ratio * self.pulse.levels[:, 0])
        wave = Waveform(np.array(edges), np.array(levels))
        duration = self.axon.duration_for(wave)
        found = self.axon.respond(self.potential, wave, self.single, duration, self.dt)
        return max(found.left.size, found.right.size)

    def next_threshold(
        self,
        times: Sequence[float],
        ratios: Sequence[float],
        at: float,
        *,
        guess: float = 1.0,
        precision: float = _COARSE,
    ) -> float:
        """Return the threshold of a pulse at a time after others, in thresholds; inf if none."""
        before = self.spikes([*times, at], [*ratios, 0.0])

        def fires(ratio: float) -> bool:
            return self.spikes([*times, at], [*ratios, ratio]) > before

        stride = 1.1
        high = min(guess, _CEILING)
        while not fires(high):
            if high >= _CEILING:
                return math.inf
            high = min(high * stride, _CEILING)
        low = high / stride
        while fires(low):
            low, high = low / stride, low
        while high > low * (1 + precision):
            middle = math.sqrt(low * high)
            low, high = (low, middle) if fires(middle) else (middle, high)
        return math.sqrt(low * high)


def recovery(bench: Bench, intervals: Sequence[float] = INTERVALS) -> list[float]:
    """Return the threshold ratio at intervals after a spike of a rested fibre.

    Parameters
    ----------
    bench : Bench
        The fibre.
    intervals : sequence of float, optional
        [s], ascending; `REFRACTORY` where nothing fires.
    """
    found, guess = [], 1.0
    for interval in reversed(intervals):
        guess = (
            bench.next_threshold([0.0], [STRONG], interval, guess=guess)
            if interval > bench.width * 1.001 and math.isfinite(guess)
            else math.inf
        )
        found.append(min(guess, REFRACTORY))
    return found[::-1]


def memory(
    bench: Bench, ratio: Sequence[float], known: Memory | None = None
) -> tuple[Memory, float, float]:
    """Fit what the spikes before the last one leave.

    Parameters
    ----------
    bench : Bench
        The fibre.
    ratio : sequence of float
        The rested fibre's recovery at `INTERVALS`.
    known : Memory, optional
        Of the same fibre at another pulse width: only the sizes are fitted.

    Returns
    -------
    Memory
        How the two states fill and decay.
    slow, fast : float
        Their sizes.
    """
    points = []
    for spikes, interval in _TRAINS:
        times = [k * interval for k in range(spikes)]
        if interval < 2 * bench.width or bench.spikes(times, [STRONG] * spikes) < spikes:
            continue
        for after in _AFTER:
            ratio_after = bench.next_threshold(times, [STRONG] * spikes, times[-1] + after)
            if math.isfinite(ratio_after):
                rested = float(np.interp(math.log(after), np.log(INTERVALS), ratio))
                points.append((spikes, interval, after, rested, ratio_after - rested))
    spikes, interval, after, rested, rise = (
        np.array(column) for column in zip(*points, strict=True)
    )

    def states(m: Memory) -> tuple[np.ndarray, np.ndarray]:
        slow, fast = (
            filled(fill, np.exp(-interval / time), spikes) * np.exp(-after / time)
            for fill, time in ((m.slow_fill, m.slow_time), (m.fast_fill, m.fast_time))
        )
        return slow, -fast

    def sizes(m: Memory) -> np.ndarray:
        return nnls(np.column_stack(states(m)) / rested[:, None], rise / rested)[0]

    def error(x: np.ndarray) -> np.ndarray:
        m = Memory(*x)
        return (np.column_stack(states(m)) @ sizes(m) - rise) / rested

    if known is None:
        # times well apart: two nearly equal ones would cancel, and interpolate badly
        bounds = [0.02, 0.025, 0.02, 4e-3], [0.9, 0.05, 0.9, 15e-3]
        found = least_squares(error, [0.2, 0.03, 0.2, 8e-3], bounds=bounds, x_scale=bounds[1])
        known = Memory(*(float(x) for x in found.x))
    return known, *(float(x) for x in sizes(known))


def delays(bench: Bench) -> list[float]:
    """Return by how much a spike is later [s] at each of `STRENGTHS` than at `STRONG`.

    Parameters
    ----------
    bench : Bench
        The fibre.
    """
    duration = bench.axon.duration_for(bench.pulse)
    found = []
    for ratio in (*STRENGTHS, STRONG):
        spike = bench.axon.respond(
            bench.potential, bench.pulse, bench.single * ratio, duration, bench.dt
        )
        if not spike.right.size:
            raise RuntimeError(f"{bench} does not fire at {ratio:g} thresholds")
        found.append(spike.right[0])
    return [f - found[-1] for f in found[:-1]]


def history(bench: Bench, rested: Callable[[float], float]) -> dict[str, float]:
    """Return what a failing pulse does to the next threshold, at rest and after a spike.

    Parameters
    ----------
    bench : Bench
        The fibre.
    rested : callable
        Threshold ratio by the interval since a spike.
    """
    found = {}
    waits = _WAITS[1.2 * bench.width < _WAITS]
    effect = [math.log(bench.next_threshold([0.0], [_FAILED], w)) for w in waits]
    local = -math.log1p(-_FAILED)
    found["rested"], found["rested_time"] = _leaky(waits, np.array(effect) / local)
    # early in recovery: where a pulse still fires, but needs more than at rest or nearly that
    at = next(i for i in INTERVALS if rested(i) < 1.4)
    failing = _FAILED * bench.next_threshold([0.0], [STRONG], at)
    effect = []
    for wait in waits:
        without = bench.next_threshold([0.0], [STRONG], at + wait)
        after = bench.next_threshold([0.0, at], [STRONG, failing], at + wait)
        effect.append(math.log(after / without))
    found["early"], found["early_time"] = _leaky(waits, np.array(effect) / min(failing, 1.0))
    return found


def _leaky(waits: np.ndarray, effect: np.ndarray) -> tuple[float, float]:
    """Fit size * exp(-wait / time)."""
    usable = np.isfinite(effect)
    best = (math.inf, 0.0, 1e-3)
    for time in np.geomspace(0.4e-3, 6e-3, 41):
        shape = np.exp(-waits[usable] / time)
        size = float(shape @ effect[usable] / (shape @ shape))
        error = float(((effect[usable] - size * shape) ** 2).sum())
        best = min(best, (error, size, float(time)))
    return best[1], best[2]


def measure(
    model: str, diameters: Sequence[float], widths: Sequence[float], distance: float
) -> dict:
    """Return the table of a fibre model; see `gatecontrol.fibres.recovery`.

    Parameters
    ----------
    model : str
        Name of the fibre model.
    diameters, widths : sequence of float
        [m], [s].
    distance : float
        Of the source [m].
    """
    table: dict = {"diameters": list(diameters), "widths": list(widths), "distance": distance}
    for key in BY_WIDTH:
        table[key] = [[None] * len(diameters) for _ in widths]
    for key in Memory._fields:
        table[key] = [None] * len(diameters)
    for d, diameter in enumerate(diameters):
        known = None
        # the memory is fitted at the middle width first
        for w in sorted(range(len(widths)), key=lambda w: abs(w - len(widths) // 2)):
            bench = Bench(model, diameter, widths[w], distance)
            ratio = recovery(bench)
            known, slow, fast = memory(bench, ratio, known)
            found = {"ratio": ratio, "delay": delays(bench), "slow": slow, "fast": fast}
            curve = np.array(ratio)
            found |= history(bench, lambda i, c=curve: float(np.interp(i, INTERVALS, c)))
            for key, value in found.items():
                table[key][w][d] = _rounded(value)
            print(f"{model}: {diameter * 1e6:g} um, {widths[w] * 1e6:g} us", file=sys.stderr)
        for key, value in known._asdict().items():
            table[key][d] = _rounded(value)
    return table


def _rounded(value: float | Sequence[float]) -> float | list[float]:
    """Return numbers to five significant digits."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    return [float(f"{v:.5g}") for v in value]


def main() -> None:
    """Measure all plans and write the shipped file."""
    content: dict = {"made": "python -m gatecontrol.fibres.make_recovery", "tables": {}}
    content["intervals"] = [round(i, 9) for i in INTERVALS]
    for model, plan in PLANS.items():
        content["tables"][model] = {"stamp": stamp(model, *plan), **measure(model, *plan)}
    SHIPPED.write_text(as_text(content), encoding="utf-8")


def as_text(content: dict) -> str:
    """Return content as JSON with one line for each row of numbers.

    Parameters
    ----------
    content : dict
        What to write.
    """
    text = json.dumps(content, indent=1)
    return re.sub(r"\[[^][{}]*\]", lambda row: " ".join(row[0].split()), text) + "\n"


if __name__ == "__main__":
    main()
