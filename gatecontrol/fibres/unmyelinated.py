"""A straight unmyelinated fibre as a `FibreModel`, for any membrane of `single_cable`.

Segments of 25 um, 12.5 um within 0.2 mm of an electrode; at least 4 mm long; spikes are counted
1 mm or 1.5 electrode distances from the centre, beyond the reach of what an electrode does to the
membrane by itself.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.axon import Axon, FibreModel, Response
from gatecontrol.fibres.single_cable import Cable, Membrane
from gatecontrol.fibres.waveform import Waveform

__all__ = ["SingleCable", "UnmyelinatedAxon"]

_NEAR, _FINE, _COARSE = 0.2e-3, 12.5e-6, 25e-6  # m: below this distance, this segment, else that
_SHORTEST, _REACHES = 4e-3, 6.0  # m; length in distances of the electrode
_COUNTED = 1e-3, 1.5  # m; distance of the detectors in distances of the electrode
_LATENCY = 4e-3  # s: from the end of a programme to a spike, seen at threshold
_SLACK = 1.8  # a spike at threshold is slower than one at rest
_FEWEST = 5  # time steps in the shortest phase


class UnmyelinatedAxon(Axon):
    """A uniform cylinder with sealed ends.

    Parameters
    ----------
    model : SingleCable
        Whose it is.
    diameter : float
        [m].
    segment : float
        Length of a compartment [m].
    segments : int
        Number of compartments; odd, so that one is in the centre.
    detector : int
        Compartments from the centre to a detector.
    """

    def __init__(
        self, model: "SingleCable", diameter: float, segment: float, segments: int, detector: int
    ) -> None:
        self.model, self.diameter = model, diameter
        middle = segments // 2
        self.positions = (np.arange(segments) - middle) * segment
        self.detectors = (middle - detector, middle + detector)
        self.cable = Cable(model.membrane, np.full(segments, diameter), np.full(segments, segment))

    def respond(
        self,
        potential: NDArray[np.float64],
        waveform: Waveform,
        amplitude: float,
        duration: float,
        dt: float,
        *,
        first_only: bool = False,
    ) -> Response:
        """Return the spikes that a programme evokes; see `Axon.respond`."""
        field = self.checked(potential, waveform, amplitude)
        first, level, end = waveform.on_grid(dt)
        level = amplitude * np.concatenate([level, np.zeros((1, level.shape[1]))])
        (left, right), origin = self.cable.advance(
            self.cable.at_rest(),
            self.cable.from_field(field),
            np.append(first, end),
            level,
            round(duration / dt),
            1e3 * dt,
            self.detectors,
            first_only=first_only,
            quiet_from=end,
        )
        where = None
        if origin is not None:
            where = (float(self.positions[origin[0]]), 1e-3 * origin[1])
        return Response(1e-3 * left, 1e-3 * right, where)

    def duration_for(self, waveform: Waveform) -> float:
        """Return the waveform's duration, the longest latency and the way to the detectors."""
        way = self.positions[self.detectors[1]]
        return waveform.duration + _LATENCY + _SLACK * way / self.model.speed(self.diameter)


@dataclass(frozen=True)
class SingleCable(FibreModel):
    """An unmyelinated fibre model.

    Attributes
    ----------
    membrane : Membrane
    pace : float
        Conduction velocity of 1 um, rounded down [m/s]; it goes with the root of the diameter.
    trimmed : int
        Compartments that the published implementation cuts off at each end.
    """

    name: str
    title: str
    references: tuple[str, ...]
    membrane: Membrane
    pace: float
    trimmed: int = 0
    # the equations scale with the diameter; checked against the reference at 0.5-1.5 um
    diameters: tuple[float, float] = (0.2e-6, 2e-6)
    fibre_classes: tuple[str, ...] = ("c",)
    dt: float = 20e-6

    def speed(self, diameter: float) -> float:
        """Return a lower bound of the conduction velocity [m/s] for how long to wait."""
        return self.pace * math.sqrt(diameter * 1e6)

    def time_step(self, waveform: Waveform) -> float:
        """Return at most `dt`: whole steps in the shortest stretch, five or more in a phase."""
        shortest = waveform.shortest
        steps = max(shortest / self.dt, _FEWEST * shortest / _shortest_phase(waveform))
        return shortest / math.ceil(steps * (1 - 1e-9))

    def axon(self, diameter: float, reach: float) -> UnmyelinatedAxon:
        """Return a fibre of at least 4 mm and six times the reach."""
        self.require(diameter, reach)
        segment = _FINE if reach < _NEAR else _COARSE
        return _axon(self, diameter, segment, max(_SHORTEST, _REACHES * reach), reach)


def _shortest_phase(waveform: Waveform) -> float:
    """Return the shortest time [s] for which no current changes its sign."""
    signs = np.sign(waveform.levels)
    begins = np.concatenate([[True], (np.diff(signs, axis=0) != 0).any(axis=1)])
    lengths = np.diff(np.append(waveform.edges[:-1][begins], waveform.duration))
    carries = signs[begins].any(axis=1)
    return float(lengths[carries].min()) if carries.any() else waveform.duration


@lru_cache(maxsize=64)
def _axon(
    model: SingleCable, diameter: float, segment: float, length: float, reach: float
) -> UnmyelinatedAxon:
    # a hair of slack, so that a whole number of segments stays whole in floating point
    segments = math.floor(length / segment * (1 + 1e-9)) + 1
    segments += 1 - segments % 2
    nearest, reaches = _COUNTED
    detector = math.floor(max(nearest, reaches * reach) / segment * (1 + 1e-9))
    return UnmyelinatedAxon(model, diameter, segment, segments - 2 * model.trimmed, detector)
