"""Networks of multi-compartment cells as data: populations, places, receptors, connections."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable import CableCell, locate
from gatecontrol.circuits.channels import NAME, RESERVED
from gatecontrol.errors import CellError, did_you_mean

__all__ = [
    "CableConnections",
    "CableNetwork",
    "CablePopulation",
    "CableReceptor",
    "CurrentStep",
    "Place",
]

Place = tuple[str, float]
"""A section and a position along it (0-1)."""


@dataclass(frozen=True)
class CableReceptor:
    """A synaptic conductance: a dual exponential whose peak is the weight.

    Attributes
    ----------
    name : str
        Prefix of its variables.
    rise, decay : float
        Time constants [s]; a rise of 0 makes it a single exponential.
    reversal : float
        [V]
    magnesium : float
        Concentration that blocks it [mM] (Jahr and Stevens 1990); 0 for no block.
    calcium : float
        Share of its current that fills the calcium pool of its compartment (0-1).
    """

    name: str
    rise: float
    decay: float
    reversal: float
    magnesium: float = 0.0
    calcium: float = 0.0

    def peak_norm(self) -> float:
        """Return the factor that makes exp(-t/decay) - exp(-t/rise) peak at 1."""
        if self.rise == 0:
            return 1.0
        peak = self.rise * self.decay / (self.decay - self.rise) * np.log(self.decay / self.rise)
        return float(1 / (np.exp(-peak / self.decay) - np.exp(-peak / self.rise)))


@dataclass(frozen=True)
class CurrentStep:
    """A current injected at a port of every cell of a population.

    Attributes
    ----------
    port : str
    amplitude : float or ndarray of float64, shape (cells,)
        Depolarising current [A].
    start, stop : float
        [s]
    """

    port: str
    amplitude: float | NDArray[np.float64]
    start: float = 0.0
    stop: float = 1e9


@dataclass(frozen=True)
class CablePopulation:
    """Cells of one form: the same tree of compartments with the same channels.

    Attributes
    ----------
    name : str
    cells : tuple of CableCell
        One entry a cell; lengths, diameters, densities and so on may differ.
    ports : mapping of str to Place
        Where synapses or an electrode act, by a name of its own.
    spike_at : Place
        Where spikes are detected.
    threshold : float
        An upward crossing of it is a spike [V].
    initial : float
        Voltage everywhere at the start [V].
    steps : tuple of CurrentStep
        Injected currents, at most one a port.
    receptors : mapping of str to CableReceptor
        Kinetics that differ from the network's, by receptor.
    record : tuple of Place
        Where the voltage is recorded in every step.
    """

    name: str
    cells: tuple[CableCell, ...]
    ports: Mapping[str, Place]
    spike_at: Place
    threshold: float = -30e-3
    initial: float = -65e-3
    steps: tuple[CurrentStep, ...] = ()
    receptors: Mapping[str, CableReceptor] = field(default_factory=dict)
    record: tuple[Place, ...] = ()


@dataclass(frozen=True)
class CableConnections:
    """Synapses onto a port of one population.

    Attributes
    ----------
    source : str
        A population, or empty for spike sources.
    target, port : str
    pre, post : ndarray of int32, shape (m,)
        Sending cell (or source) and receiving cell of each synapse.
    delay : float or ndarray of float64, shape (m,)
        [s]
    weights : mapping of str to float or ndarray, shape (m,)
        Receptor -> peak conductance of one event [S].
    """

    source: str
    target: str
    port: str
    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    delay: Any
    weights: Mapping[str, Any]


@dataclass(frozen=True)
class CableNetwork:
    """Populations of cable cells with their input.

    Attributes
    ----------
    name : str
    populations : tuple of CablePopulation
    receptors : tuple of CableReceptor
    sources : int
        Number of spike sources (fibres).
    connections : tuple of CableConnections
    """

    name: str
    populations: tuple[CablePopulation, ...]
    receptors: tuple[CableReceptor, ...] = ()
    sources: int = 0
    connections: tuple[CableConnections, ...] = ()

    def check(self) -> None:
        """Raise if it cannot be built.

        Raises
        ------
        CellError
            All faults of the network at once; those of a cell first.
        """
        found: list[str] = []
        for population in self.populations:
            found += [f"population {population.name}: {f}" for f in self._faults_of(population)]
        names = [p.name for p in self.populations]
        if len(set(names)) < len(names) or not names:
            found.append(f"populations need names of their own: {', '.join(names) or 'none given'}")
        for receptor in self.receptors:
            found += _receptor_faults(receptor)
        receptors = [r.name for r in self.receptors]
        if len(set(receptors)) < len(receptors):
            found.append(f"receptors need names of their own: {', '.join(receptors)}")
        for number, connections in enumerate(self.connections):
            found += [f"connections {number}: {f}" for f in self._connection_faults(connections)]
        if found:
            raise CellError("\n".join(f"network {self.name}: {fault}" for fault in found))

    def _faults_of(self, population: CablePopulation) -> list[str]:
        if not population.cells:
            return ["it has no cell"]
        found = []
        for cell in dict.fromkeys(map(id, population.cells)):
            next(c for c in population.cells if id(c) == cell).check()
        if not population.ports:
            found.append("it needs a port, for synapses or an electrode")
        places = [*population.ports.values(), population.spike_at, *population.record]
        for section, position in places:
            locate(population.cells[0], section, position)
        used = [step.port for step in population.steps]
        for port in sorted(set(used)):
            if port not in population.ports:
                found.append(f"no port '{port}'.{did_you_mean(port, list(population.ports))}")
            if used.count(port) > 1:
                found.append(f"more than one current at port {port}")
        for name, receptor in population.receptors.items():
            if name not in {r.name for r in self.receptors}:
                found.append(f"no receptor '{name}' in the network")
            found += _receptor_faults(receptor)
        return found

    def _connection_faults(self, connections: CableConnections) -> list[str]:
        populations = {p.name: p for p in self.populations}
        target = populations.get(connections.target)
        if target is None:
            return [f"no population '{connections.target}'"]
        found = []
        if connections.port not in target.ports:
            found.append(f"population {target.name} has no port '{connections.port}'")
        if connections.source and connections.source not in populations:
            return [*found, f"no population '{connections.source}'"]
        senders = self.sources
        if connections.source:
            senders = len(populations[connections.source].cells)
        for side, values, size in (
            ("pre", connections.pre, senders),
            ("post", connections.post, len(target.cells)),
        ):
            if len(values) and not (np.min(values) >= 0 and np.max(values) < size):
                found.append(f"{side} must lie between 0 and {size - 1}")
        known = [r.name for r in self.receptors]
        for name in connections.weights:
            if name not in known:
                found.append(f"unknown receptor '{name}'.{did_you_mean(name, known)}")
        if np.min(connections.delay, initial=0) < 0:
            found.append("a delay is negative")
        return found


def _receptor_faults(receptor: CableReceptor) -> list[str]:
    found = []
    if not 0 <= receptor.rise < receptor.decay:
        found.append(
            f"receptor {receptor.name}: rise ({receptor.rise:g} s) must be at least 0 and below "
            + f"decay ({receptor.decay:g} s)"
        )
    if not NAME.fullmatch(receptor.name) or receptor.name in RESERVED:
        found.append(
            f"'{receptor.name}' cannot be a receptor's name: use letters and digits, and none of "
            + ", ".join(RESERVED)
        )
    return found
