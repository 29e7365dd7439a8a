"""Circuits of multi-compartment cells: from circuit, wiring and drive to a cable network."""

import math
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.circuits.cable import CableCell
from gatecontrol.circuits.cable_form import build_cell
from gatecontrol.circuits.cable_network import (
    CableConnections,
    CableNetwork,
    CablePopulation,
    CableReceptor,
)
from gatecontrol.circuits.model import Circuit, Population, Receptor
from gatecontrol.circuits.wiring import Wiring, draw_wiring
from gatecontrol.errors import EngineError
from gatecontrol.simulation.cable import simulate_cables
from gatecontrol.simulation.cable_structure import CableStructure, structure_of_cables
from gatecontrol.simulation.recording import Recording
from gatecontrol.simulation.sources import source_chunks, source_offsets

if TYPE_CHECKING:
    from gatecontrol.simulation import Replicate

__all__ = ["network_of", "run_cable_batch", "step_of", "structure_of_circuit"]


def step_of(circuit: Circuit, dt: float) -> float:
    """Return the time step that a circuit of cable cells is solved with [s].

    The step of the run, divided until it is at most that of the circuit.

    Parameters
    ----------
    circuit : Circuit
    dt : float
        Time step of the run [s].

    Raises
    ------
    EngineError
        The circuit has point neurons.
    """
    if circuit.time_step is None:
        raise EngineError(f"the circuit '{circuit.name}' has no cells with compartments")
    return dt / math.ceil(dt / circuit.time_step.value - 1e-9)


def structure_of_circuit(circuit: Circuit, dt: float) -> CableStructure:
    """Return the structure that a circuit of cable cells compiles to.

    Parameters
    ----------
    circuit : Circuit
    dt : float
        Time step of the run [s].
    """
    return structure_of_cables(network_of(circuit, draw_wiring(circuit, 0)), step_of(circuit, dt))


def network_of(circuit: Circuit, wiring: Wiring) -> CableNetwork:
    """Return one draw of a circuit as a network of cable cells.

    Parameters
    ----------
    circuit : Circuit
        Of multi-compartment cells.
    wiring : Wiring
        Its draw.

    Returns
    -------
    CableNetwork
        Its sources are those of `gatecontrol.simulation.sources.source_offsets`: afferents in
        the circuit's order, then backgrounds.
    """
    offsets = source_offsets(circuit)
    connections = []
    for pathway in circuit.pathways.values():
        drawn = wiring.connections[pathway.name]
        afferent = pathway.source in circuit.afferents
        connections.append(
            CableConnections(
                "" if afferent else pathway.source,
                pathway.target,
                pathway.port or _first_port(circuit, pathway.target),
                drawn.pre + offsets[pathway.source] if afferent else drawn.pre,
                drawn.post,
                drawn.delay,
                drawn.weights,
            )
        )
    sources = sum(a.size for a in circuit.afferents.values())
    for background in circuit.backgrounds.values():
        size = circuit.background_sources(background.target)
        own = np.arange(size, dtype=np.int32)
        connections.append(
            CableConnections(
                "",
                background.target,
                background.port or _first_port(circuit, background.target),
                own + offsets[f"background:{background.target}"],
                own // np.int32(background.sources),
                0.0,
                {name: weight.value for name, weight in background.weights.items()},
            )
        )
        sources += size
    return CableNetwork(
        circuit.name,
        tuple(_population(circuit, p, wiring) for p in circuit.populations.values()),
        tuple(_receptor(r) for r in circuit.receptors.values()),
        sources,
        tuple(connections),
    )


def _first_port(circuit: Circuit, population: str) -> str:
    form = circuit.cells[circuit.populations[population].cell].form
    return next(iter(form.ports)) if form else ""


def _population(circuit: Circuit, population: Population, wiring: Wiring) -> CablePopulation:
    model, drawn = circuit.cells[population.cell], wiring.parameters[population.name]
    if model.form is None:
        raise EngineError(f"circuit '{circuit.name}': the cells of {population.name} are points")
    built: dict[tuple[float, ...], CableCell] = {}
    cells = []
    for number in range(population.size):
        values = {name: float(column[number]) for name, column in drawn.items()}
        key = tuple(values.values())
        if key not in built:  # equal cells are one object, which the tables are filled from once
            built[key] = build_cell(model.name, model.form, values)
        cells.append(built[key])
    return CablePopulation(
        population.name,
        tuple(cells),
        model.form.ports,
        model.form.spike_at,
        model.parameters["threshold"].value,
        model.parameters["initial"].value,
    )


def _receptor(receptor: Receptor) -> CableReceptor:
    rise, reversal = receptor.rise, receptor.reversal
    return CableReceptor(
        receptor.name,
        rise.value if rise else 0.0,
        receptor.decay.value,
        reversal.value if reversal else 0.0,
        receptor.magnesium.value if receptor.magnesium else 0.0,
        receptor.calcium.value if receptor.calcium else 0.0,
    )


def run_cable_batch(
    circuit: Circuit, replicates: "Sequence[Replicate]", duration: float, dt: float, backend: str
) -> list[Recording]:
    """Simulate replicates of a circuit of cable cells, one after the other.

    Parameters
    ----------
    circuit : Circuit
    replicates : sequence of Replicate
    duration, dt : float
        Simulated time and time step of the run [s]; see `step_of`.
    backend : str
        One of `gatecontrol.simulation.BACKENDS`.

    Returns
    -------
    list of Recording
        Their ``dt`` is the step of the solver.
    """
    step, found = step_of(circuit, dt), []
    for one in replicates:
        network = network_of(circuit, one.wiring)
        chunks = partial(source_chunks, circuit, one.drive, duration, step, one.seed)
        found.append(simulate_cables(network, chunks, duration, step, backend))
    return found
