"""The double cable: axolemma and myelin as two layers, solved implicitly.

Unknowns are the axon's potential w and the periaxonal potential u, both against the outside at
the same place (w also against rest), so the field enters only as a current that its differences
along the fibre drive through the axial resistances. Backward Euler.

An internode is linear and every internode is the same: its 2x2-block tridiagonal equations are
taken to their own modes once, ten that are even and ten that are odd about its middle, and a
time step of a mode is one multiplication and two sums. What is left to solve is one tridiagonal
system of the nodes. Same numbers as elimination in each step, at less cost.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.axon import Axon, FibreModel, Response
from gatecontrol.fibres.compiled import call
from gatecontrol.fibres.double_cable_kernel import GATES, march
from gatecontrol.fibres.waveform import Waveform

__all__ = ["COMPARTMENTS", "TABLE_STEP", "Geometry", "MyelinatedAxon", "Node", "Section"]

COMPARTMENTS = 10
"""Compartments of an internode, the node left out."""

DETECTION = -30e-3
"""A spike is an upward crossing of this membrane potential [V]."""

TABLE_STEP = 0.1e-3
"""Voltage step [V] of the tabulated gates, interpolated linearly."""

_TABLE = (-0.25, 0.15)  # V; outside, the gates keep the rates of the ends
_END_LEAK = 1.0  # S/m^2 of the passive end nodes (assumed, as is usual)
_WARM_UP = 40, 5e-3  # steps, s: to rest, before any field
_SLOWEST = 2.5e6  # 1/s: a lower bound of velocity / diameter, for how long to wait
_LATENCY = 2.5e-3  # s; from a pulse's end to a spike, seen at threshold under long pulses


@dataclass(frozen=True)
class Section:
    """Electrical elements of one compartment.

    Attributes
    ----------
    length : float
        [m].
    axial, periaxonal : float
        Resistance along the whole compartment inside the axon and in the gap around it [ohm].
    capacitance, leak : float
        Of the axolemma [F], [S].
    myelin_capacitance, myelin_leak : float
        [F], [S]; not used of a node, which has none.
    """

    length: float
    axial: float
    periaxonal: float
    capacitance: float
    leak: float
    myelin_capacitance: float
    myelin_leak: float


@dataclass(frozen=True)
class Geometry:
    """A node, its membrane area [m^2], and the ten sections of an internode in order."""

    node: Section
    node_area: float
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Node:
    """The nodal membrane: capacitance [F/m^2], conductances [S/m^2], reversals and rest [V]."""

    capacitance: float
    sodium: float
    persistent: float
    potassium: float
    leak: float
    sodium_reversal: float
    potassium_reversal: float
    leak_reversal: float
    rest: float


class _Internode:
    """One internode in its own modes.

    Attributes
    ----------
    inside, around : ndarray of float, shape (11,)
        Axial and periaxonal conductance between neighbours, from node to node [S].
    shapes : ndarray of float, shape (20, 20)
        Modes in columns over (w, u) of the compartments, of unit capacitance; even ones first.
    rate : ndarray of float, shape (20,)
        Decay of each mode [1/s].
    pull : ndarray of float, shape (20,)
        Current into the left node per unit of a mode; into the right, odd modes change sign.
    """

    def __init__(self, geometry: Geometry) -> None:
        chain = (geometry.node, *geometry.sections, geometry.node)
        halves = zip(chain[:-1], chain[1:], strict=True)
        self.inside, self.around = np.array([
            (2 / (a.axial + b.axial), 2 / (a.periaxonal + b.periaxonal)) for a, b in halves
        ]).T
        n, parts = COMPARTMENTS, geometry.sections
        storage, conduction = np.zeros((2, 2, n, 2, n))
        at = np.arange(n)
        membrane = np.array([s.capacitance for s in parts]), np.array([s.leak for s in parts])
        sheath = (
            np.array([s.myelin_capacitance for s in parts]),
            np.array([s.myelin_leak for s in parts]),
        )
        for matrix, own, outer in zip((storage, conduction), membrane, sheath, strict=True):
            matrix[0, at, 0, at] += own
            matrix[1, at, 1, at] += own + outer
            matrix[0, at, 1, at] -= own
            matrix[1, at, 0, at] -= own
        for layer, links in enumerate((self.inside, self.around)):
            conduction[layer, at, layer, at] += links[:-1] + links[1:]
            conduction[layer, at[:-1], layer, at[1:]] -= links[1:-1]
            conduction[layer, at[1:], layer, at[:-1]] -= links[1:-1]
        half = np.eye(n)[: n // 2] / np.sqrt(2)
        shapes, rates = [], []
        for sign in (1, -1):
            # Even and odd modes apart: pairs of nearly equal rate cannot mix.
            fold = np.kron(np.eye(2), half + sign * half[:, ::-1])
            rate, shape = _modes(
                fold @ conduction.reshape(2 * n, -1) @ fold.T,
                fold @ storage.reshape(2 * n, -1) @ fold.T,
            )
            shapes.append(fold.T @ shape)
            rates.append(rate)
        self.shapes, self.rate = np.hstack(shapes), np.concatenate(rates)
        self.pull = self.inside[0] * self.shapes[0]

    def drive(self, potential: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
        """Return the currents that a field drives into nodes and modes.

        Parameters
        ----------
        potential : ndarray of float, shape (channels, n)
            Outside the compartments [V/A].

        Returns
        -------
        nodes : ndarray of float, shape (channels, nodes)
            [A/A].
        modes : ndarray of float, shape (channels, 20, internodes)
        """
        steps = np.diff(potential, axis=1).reshape(len(potential), -1, COMPARTMENTS + 1)
        inside, around = self.inside * steps, self.around * steps
        nodes = np.zeros((len(potential), steps.shape[1] + 1))
        nodes[:, :-1] += inside[:, :, 0]
        nodes[:, 1:] -= inside[:, :, -1]
        both = np.concatenate([np.diff(inside, axis=2), np.diff(around, axis=2)], axis=2)
        return nodes, np.ascontiguousarray(np.swapaxes(both @ self.shapes, 1, 2))


def _modes(conduction: NDArray, storage: NDArray) -> tuple[NDArray, NDArray]:
    """Solve K s = rate M s for symmetric K and M; columns s have s' M s = 1."""
    root = np.linalg.inv(np.linalg.cholesky(storage))
    rate, vectors = np.linalg.eigh(root @ conduction @ root.T)
    return rate, root.T @ vectors


@lru_cache(maxsize=8)
def _gate_table(gates: Callable, dt: float) -> NDArray[np.float64]:
    """Return the steady state and the step towards it of each gate, by voltage.

    Shape (voltages, 8): steady states of `GATES`, then 1 - exp(-dt / time constant).
    """
    voltage = np.arange(_TABLE[0], _TABLE[1] + TABLE_STEP / 2, TABLE_STEP)
    rates: Mapping[str, tuple[NDArray, NDArray]] = gates(voltage)
    opening, closing = np.array([rates[g] for g in GATES]).swapaxes(0, 1)
    step = -np.expm1(-dt * (opening + closing))
    table = np.ascontiguousarray(np.concatenate([opening / (opening + closing), step]).T)
    table.flags.writeable = False
    return table


class MyelinatedAxon(Axon):
    """A chain of equal internodes between active nodes; the two end nodes are passive.

    Parameters
    ----------
    model : FibreModel
        Whose it is.
    diameter : float
        Outer diameter [m].
    geometry : Geometry
        Of one internode.
    node : Node
        The nodal membrane.
    gates : callable
        Rates of the gates `GATES` by membrane potential [V].
    nodes : int
        Number of nodes; odd, so that one is in the centre.
    detectors : tuple of float, optional
        Places of the detectors as fractions of the length; each is at the next outer node.
    """

    def __init__(
        self,
        model: FibreModel,
        diameter: float,
        geometry: Geometry,
        node: Node,
        gates: Callable,
        nodes: int,
        detectors: tuple[float, float] = (0.1, 0.9),
    ) -> None:
        if nodes < 5 or nodes % 2 == 0:
            raise ValueError(f"a fibre needs an odd number of nodes from 5, got {nodes}")
        self.model, self.diameter, self.nodes = model, diameter, nodes
        self._node, self._gates = node, gates
        lengths = np.array([s.length for s in (geometry.node, *geometry.sections)])
        centres = np.cumsum(lengths) - lengths / 2 - lengths[0] / 2
        self.internode = float(lengths.sum())
        places = (centres + self.internode * np.arange(nodes)[:, None]).ravel()
        self.positions = places[:-COMPARTMENTS] - (nodes - 1) / 2 * self.internode
        stride = COMPARTMENTS + 1
        left, right = (f * (nodes - 1) for f in detectors)
        self.detectors = stride * int(left + 1e-9), stride * math.ceil(right - 1e-9)
        self._cable = _internode(geometry)
        area = geometry.node_area
        self._membrane = area * np.array([node.sodium, node.persistent, node.potassium, node.leak])
        self._reversal = np.array([
            node.sodium_reversal - node.rest,
            node.potassium_reversal - node.rest,
            node.leak_reversal - node.rest,
        ])
        self._capacitance, self._end_leak = area * node.capacitance, area * _END_LEAK
        self._rest = self._at_rest()

    def _start(self) -> tuple[NDArray, NDArray, NDArray]:
        """Return modes, nodal potentials and gates before the warm-up."""
        modes = np.zeros((self._cable.rate.size, self.nodes - 1))
        rates = self._gates(np.full(1, self._node.rest))
        steady = np.array([rates[g][0] / (rates[g][0] + rates[g][1]) for g in GATES])
        return modes, np.zeros(self.nodes), np.repeat(steady.T, self.nodes, axis=0)

    def _at_rest(self) -> tuple[NDArray, NDArray, NDArray]:
        """Return the state to which the fibre settles without a field."""
        state = self._start()
        steps, dt = _WARM_UP
        silence = np.zeros((1, self.nodes)), np.zeros((1, *state[0].shape))
        self._march(state, state, silence, np.zeros((1, 1)), np.array([0, steps]), dt, (0, 0))
        return state

    def _march(
        self,
        state: tuple[NDArray, NDArray, NDArray],
        rest: tuple[NDArray, NDArray, NDArray],
        drive: tuple[NDArray, NDArray],
        level: NDArray[np.float64],
        first_step: NDArray[np.int64],
        dt: float,
        detectors: tuple[int, int],
        *,
        first_only: bool = False,
        quiet_from: int = 1 << 62,
    ) -> tuple[NDArray, NDArray, NDArray]:
        """Advance a state in place; return spikes at the detectors and the origin."""
        cable, half = self._cable, COMPARTMENTS
        keep = 1 / (1 + dt * cable.rate)
        late = dt * keep * cable.pull
        even, odd = (late * cable.pull)[:half].sum(), (late * cable.pull)[half:].sum()
        nodes, modes = drive
        # an upward crossing takes two steps
        times = np.empty((2, int(first_step[-1]) // 2 + 1))
        found, origin = np.zeros(2, np.int64), np.array([0.0, np.inf])
        call(
            march,
            *state,
            rest[1].copy(),
            rest[2].copy(),
            nodes,
            (dt * keep)[:, None] * modes,
            level,
            first_step,
            keep,
            keep * late,
            late,
            cable.pull,
            cable.inside[0] - (even + odd),
            even - odd,
            self._capacitance / dt,
            self._membrane,
            self._reversal,
            self._end_leak,
            _gate_table(self._gates, dt),
            _TABLE[0] - self._node.rest,
            1 / TABLE_STEP,
            np.array(detectors),
            DETECTION - self._node.rest,
            first_only,
            quiet_from,
            times,
            found,
            origin,
        )
        left, right = (dt * row[:count] for row, count in zip(times, found, strict=True))
        return left, right, origin * (1, dt)

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
        drive = self._cable.drive(field)
        first, level, end = waveform.on_grid(dt)
        level = amplitude * np.concatenate([level, np.zeros((1, level.shape[1]))])
        steps = round(duration / dt)
        bounds = np.minimum(np.concatenate([first, [end, max(end, steps)]]), steps)
        state = tuple(part.copy() for part in self._rest)
        stride = COMPARTMENTS + 1
        left, right, origin = self._march(
            state,
            self._rest,
            drive,
            level,
            bounds,
            dt,
            tuple(d // stride for d in self.detectors),
            first_only=first_only,
            quiet_from=end,
        )
        where = None
        if np.isfinite(origin[1]):
            where = (float(self.positions[stride * int(origin[0])]), float(origin[1]))
        return Response(left, right, where)

    def duration_for(self, waveform: Waveform) -> float:
        """Return the waveform's duration, the longest latency and the way to the detectors."""
        way = max(abs(self.positions[d]) for d in self.detectors)
        return waveform.duration + _LATENCY + way / (_SLOWEST * self.diameter)


@lru_cache(maxsize=256)
def _internode(geometry: Geometry) -> _Internode:
    """Return the modes of an internode, computed once for fibres of one diameter."""
    return _Internode(geometry)
