"""Unmyelinated fibres: one layer of membrane around one core, solved implicitly.

Backward Euler for the voltage, with conductances and reversal potentials of the step's begin;
then the gates go towards the steady state of the new voltage, exactly for a voltage held;
concentrations follow the currents of the step's begin. First order in time.

A membrane is data: gates with their kinetics, channels as products of gates. The kinetics are
tabulated by voltage, so that they cost no exponential.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.fibres.compiled import call
from gatecontrol.fibres.single_cable_kernel import IONS, Accumulation, march

__all__ = ["Cable", "Channel", "Membrane", "gate_table", "linoid"]

Kinetics = Callable[[NDArray[np.float64]], Mapping[str, tuple[NDArray, NDArray]]]
"""Voltage [mV] -> gate -> steady state and time constant [ms]."""

DETECTION = -30.0
"""A spike is an upward crossing of this membrane potential [mV]."""

TABLE_STEP = 0.03125
"""Voltage step [mV] of the tabulated kinetics. A power of two: jumps of a time constant at whole
millivolts fall between two cells and stay sharp."""

_TABLE = (-200.0, 200.0)  # mV; beyond, all gates have saturated
_WARM_UP = 40, 5.0  # steps, ms: to rest, before any field
_NO_IONS = Accumulation(*[1.0] * len(Accumulation._fields))


def linoid(x: NDArray[np.float64], y: float) -> NDArray[np.float64]:
    """Return x / (exp(x / y) - 1), which is y at x = 0."""
    near = np.abs(x) < 1e-6 * y
    safe = np.where(near, y, x)
    return np.where(near, y - x / 2, safe / np.expm1(safe / y))


@dataclass(frozen=True)
class Channel:
    """A current through the membrane.

    Attributes
    ----------
    ion : str
        One of `IONS`.
    conductance : float
        All open [mS/cm2].
    gates : str, optional
        Gates whose product is the open fraction, with spaces: ``"m m m h"``.
    """

    ion: str
    conductance: float
    gates: str = ""


@dataclass(frozen=True, eq=False)
class Membrane:
    """The membrane of a model, in the units of the papers.

    Attributes
    ----------
    kinetics : callable
        `Kinetics`.
    channels : tuple of Channel
    reversal : mapping of str to float
        Of every ion whose concentrations are fixed [mV].
    rest : float
        Where a simulation starts, before the warm-up [mV].
    resistivity : float
        Of the core [ohm cm].
    capacitance : float
        [uF/cm2].
    accumulation : Accumulation, optional
        Concentrations that change with the currents.
    ions : tuple of float, optional
        Sodium inside and outside, potassium inside and outside at rest [mM].
    """

    kinetics: Kinetics
    channels: tuple[Channel, ...]
    reversal: Mapping[str, float]
    rest: float
    resistivity: float
    capacitance: float = 1.0
    accumulation: Accumulation | None = None
    ions: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        moving = ("Na", "K") if self.accumulation else ()
        for channel in self.channels:
            if channel.ion not in moving and channel.ion not in self.reversal:
                raise ValueError(f"no reversal potential is given for {channel.ion!r}")


@lru_cache(maxsize=16)
def gate_table(kinetics: Kinetics, dt: float) -> NDArray[np.float64]:
    """Return the kinetics of all gates by voltage, as `march` needs them.

    Parameters
    ----------
    kinetics : callable
    dt : float
        Time step [ms].
    """
    edges = np.arange(_TABLE[0], _TABLE[1] + TABLE_STEP / 2, TABLE_STEP)
    # The end of a cell is taken from below, where a formula may change at its edge.
    begin, end = kinetics(edges[:-1]), kinetics(np.nextafter(edges[1:], -np.inf))
    sides = [
        [(steady, -np.expm1(-dt / tau)) for steady, tau in side.values()] for side in (begin, end)
    ]
    first, last = (np.array(side).transpose(2, 1, 0) for side in sides)
    table = np.stack([first, last - first], axis=2)  # cells, quantity, (value, rise), gates
    table = np.ascontiguousarray(table.reshape(len(first), 4, -1))
    table.flags.writeable = False
    return table


class Cable:
    """A tree of cylinders of one membrane, at rest.

    Parameters
    ----------
    membrane : Membrane
    diameter, length : array_like of float, shape (n,)
        Of the compartments [m].
    parent : array_like of int, shape (n,), optional
        Neighbour of lower index of each compartment but the first; a cable if left out.
    """

    def __init__(
        self,
        membrane: Membrane,
        diameter: ArrayLike,
        length: ArrayLike,
        parent: ArrayLike | None = None,
    ) -> None:
        self.membrane = membrane
        width, long = np.asarray(diameter, float) * 1e2, np.asarray(length, float) * 1e2  # cm
        n = width.size
        before = np.maximum(np.arange(n) - 1, 0)
        self.parent = before if parent is None else np.asarray(parent, np.int64)
        if not (self.parent[1:] < np.arange(1, n)).all() or (self.parent < 0).any():
            raise ValueError("a compartment must come after its parent")
        self.area = np.pi * width * long  # cm2
        half = membrane.resistivity * (long / 2) / (np.pi * width**2 / 4) / 1e3  # kohm
        link = 1 / (half + half[self.parent])  # mS
        link[0] = 0.0
        self._up, self._down = link / self.area, link / self.area[self.parent]
        self._diameter = width * 1e4
        self.gates = tuple(membrane.kinetics(np.zeros(1)))
        names = [channel.gates.split() for channel in membrane.channels]
        self._channels = (
            np.array([channel.conductance for channel in membrane.channels]),
            np.array([IONS.index(channel.ion) for channel in membrane.channels]),
            np.cumsum([0, *map(len, names)]),
            np.array([self.gates.index(g) for gates in names for g in gates], np.int64),
            np.array([membrane.reversal.get(ion, 0.0) for ion in IONS]),  # 0: no channel uses it
        )
        steady = [value[0] for value, _ in membrane.kinetics(np.full(1, membrane.rest)).values()]
        self._rest = (
            np.full(n, float(membrane.rest)),
            np.tile(steady, (n, 1)),
            np.tile(membrane.ions, (n, 1)),
        )
        settled, (steps, dt) = self.at_rest(), _WARM_UP
        self.advance(settled, np.zeros((1, n)), np.zeros(1, np.int64), np.zeros((1, 1)), steps, dt)
        self._rest = settled

    def at_rest(self) -> tuple[NDArray, NDArray, NDArray]:
        """Return a copy of the resting state: voltage [mV], gates, concentrations [mM]."""
        return tuple(part.copy() for part in self._rest)

    def from_field(self, potential: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the currents that a field drives along the core.

        Parameters
        ----------
        potential : ndarray of float, shape (channels, n)
            Outside the compartments [V/A].

        Returns
        -------
        ndarray of float, shape (channels, n)
            Into each compartment [uA/cm2 per A].
        """
        step = 1e3 * (potential[:, self.parent] - potential)
        drive = self._up * step
        for i in range(1, self.parent.size):
            drive[:, self.parent[i]] -= self._down[i] * step[:, i]
        return drive

    def from_electrode(self, compartment: int) -> NDArray[np.float64]:
        """Return the current into the membrane of one that an electrode enters; as `from_field`."""
        drive = np.zeros((1, self.area.size))
        drive[0, compartment] = 1e6 / self.area[compartment]
        return drive

    def advance(
        self,
        state: tuple[NDArray, NDArray, NDArray],
        drive: NDArray[np.float64],
        first_step: NDArray[np.int64],
        level: NDArray[np.float64],
        steps: int,
        dt: float,
        detectors: ArrayLike = (),
        *,
        first_only: bool = False,
        quiet_from: int | None = None,
    ) -> tuple[list[NDArray], tuple[int, float] | None]:
        """Advance a state in place.

        Parameters
        ----------
        state : tuple of ndarray
            As of `at_rest`.
        drive, first_step, level, steps
            See `march`.
        dt : float
            [ms].
        detectors : array_like of int
            Compartments, each once.
        first_only : bool, optional
            Stop at the first spike at a detector.
        quiet_from : int, optional
            Step from which to stop once all is at rest again; never if left out.

        Returns
        -------
        times : list of ndarray
            Of the spikes at each detector [ms].
        origin : tuple or None
            Compartment and time [ms] of the first spike anywhere.
        """
        membrane, n = self.membrane, self.area.size
        places = np.asarray(detectors, np.int64)
        detector = np.full(n, -1)
        detector[places] = np.arange(places.size)
        times = np.empty((places.size, steps // 2 + 1))
        found, origin = np.zeros(places.size, np.int64), np.array([-1.0, np.inf])
        call(
            march,
            *state,
            self.parent,
            self._up,
            self._down,
            self._diameter,
            membrane.capacitance,
            *self._channels,
            membrane.accumulation is not None,
            membrane.accumulation or _NO_IONS,
            gate_table(membrane.kinetics, dt),
            _TABLE[0],
            TABLE_STEP,
            drive,
            first_step,
            level,
            steps,
            dt,
            detector,
            DETECTION,
            first_only,
            *self._rest[:2],
            steps if quiet_from is None else quiet_from,
            (np.empty(n), np.empty(n), np.empty(n), np.empty(len(IONS))),
            times,
            found,
            origin,
        )
        spikes = [row[:count].copy() for row, count in zip(times, found, strict=True)]
        return spikes, (int(origin[0]), float(origin[1])) if origin[0] >= 0 else None
