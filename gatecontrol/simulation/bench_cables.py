"""Cells with compartments on the bench: what `gatecontrol.simulation.cells` runs for them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable_network import (
    CableConnections,
    CableNetwork,
    CablePopulation,
    CurrentStep,
    Place,
)
from gatecontrol.circuits.model import Circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.errors import CellError, did_you_mean
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation import choose_backend
from gatecontrol.simulation.cable import run_cables, simulate_cables
from gatecontrol.simulation.cable_circuit import network_of, step_of
from gatecontrol.simulation.recording import VoltageRecording
from gatecontrol.simulation.sources import source_chunks

__all__ = ["evoke", "inject", "places", "trace"]

_ELECTRODE = "electrode"


def inject(
    circuit: Circuit,
    population: str,
    amplitude: NDArray[np.float64],
    electrode: str | Place,
    start: float,
    stop: float,
    dt: float,
    backend: str,
) -> VoltageRecording:
    """Simulate one cell for each current step [A]; recorded at the electrode.

    Parameters are those of `gatecontrol.simulation.cells.current_steps`.
    """
    place = _electrode(circuit, population, electrode)
    alone = _alone(network_of(circuit, draw_wiring(circuit, 0)), population, len(amplitude))
    cells = replace(
        alone.populations[0],
        ports={**alone.populations[0].ports, _ELECTRODE: place},
        steps=(CurrentStep(_ELECTRODE, amplitude, start, stop),),
        record=(place,),
    )
    alone = replace(alone, populations=(cells,))
    nothing = np.empty(0, dtype=np.int64)
    return run_cables(alone, nothing, nothing * 1.0, stop, step_of(circuit, dt), backend)


def evoke(
    circuit: Circuit,
    names: Sequence[str],
    target: str,
    number: NDArray[np.float64],
    receptors: Sequence[str],
    settle: float,
    stop: float,
    dt: float,
    backend: str,
) -> VoltageRecording:
    """Simulate one cell for each number of fibres that send an event after `settle` [s].

    Parameters are those of `gatecontrol.simulation.cells.synaptic_potential`; `names` are the
    pathways.
    """
    network = network_of(circuit, draw_wiring(circuit, 0))
    alone = _alone(network, target, len(number))
    own = np.arange(len(number), dtype=np.int32)
    # all receptors at each port, so that one compiled network serves all sources of a target
    weights: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name in names:
        pathway = circuit.pathways[name]
        port = pathway.port or next(iter(alone.populations[0].ports))
        sums = weights.setdefault(port, {r: np.zeros(len(number)) for r in circuit.receptors})
        for receptor, weight in pathway.weights.items():
            if not receptors or receptor in receptors:
                sums[receptor] = sums[receptor] + number * pathway.contacts * weight.value
    connections = tuple(
        CableConnections("", target, port, own, own, 0.0, sums) for port, sums in weights.items()
    )
    alone = replace(alone, sources=len(number), connections=connections)
    return run_cables(
        alone, own.astype(np.int64), np.full(len(own), settle), stop, step_of(circuit, dt), backend
    )


def trace(
    circuit: Circuit, drive: AfferentDrive, duration: float, dt: float, seed: int, backend: str
) -> VoltageRecording:
    """Simulate the whole circuit; parameters of `gatecontrol.simulation.cells.voltage_traces`."""
    network = network_of(circuit, draw_wiring(circuit, seed))
    network = replace(network, populations=tuple(_recorded(p) for p in network.populations))
    step = step_of(circuit, dt)
    chunks = partial(source_chunks, circuit, drive, duration, step, seed)
    return simulate_cables(network, chunks, duration, step, choose_backend(backend))


def places(circuit: Circuit, population: str) -> list[str]:
    """Return the places at which `evoke` and `trace` record a cell."""
    form = circuit.cells[circuit.populations[population].cell].form
    return ["spike_at", *(form.ports if form else ())]


def _electrode(circuit: Circuit, population: str, electrode: str | Place) -> Place:
    form = circuit.cells[circuit.populations[population].cell].form
    known = [section.name for section in form.sections] if form else []
    if not electrode:
        return ("soma", 0.5) if "soma" in known or form is None else form.spike_at
    section, position = (electrode, 0.5) if isinstance(electrode, str) else electrode
    if section not in known:
        raise CellError(
            f"circuit {circuit.name}: the cells of {population} have no section '{section}' for "
            + f"the electrode.{did_you_mean(section, known)} Sections: {', '.join(known)}"
        )
    return section, position


def _recorded(population: CablePopulation) -> CablePopulation:
    return replace(population, record=(population.spike_at, *population.ports.values()))


def _alone(network: CableNetwork, population: str, copies: int) -> CableNetwork:
    """Return copies of the first cell of a population without input, recorded."""
    found = next(p for p in network.populations if p.name == population)
    found = _recorded(replace(found, cells=found.cells[:1] * copies))
    return replace(network, populations=(found,), sources=0, connections=())
