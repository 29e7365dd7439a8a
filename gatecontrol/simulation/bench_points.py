"""Point neurons on the bench: what `gatecontrol.simulation.cells` runs for them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.model import Afferent, Circuit, Pathway, Receptor
from gatecontrol.circuits.wiring import Connections, Wiring, draw_wiring
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation import choose_backend, runtime
from gatecontrol.simulation.compiled import run_compiled
from gatecontrol.simulation.recording import Recorder, VoltageRecording
from gatecontrol.simulation.sources import Chunk, source_chunks, train_chunks
from gatecontrol.simulation.tables import fill_tables, structure_of
from gatecontrol.sourced import Sourced

__all__ = ["evoke", "inject", "trace"]

_SOURCE = "bench"
_STEP = "excitatory_current"


def inject(
    circuit: Circuit,
    population: str,
    amplitude: NDArray[np.float64],
    start: float,
    stop: float,
    dt: float,
    backend: str,
) -> VoltageRecording:
    """Simulate one cell for each current step [A], which lasts until the end.

    The step is one event of a synaptic current that does not decay. It comes in the step before
    `start`, since an event acts from the step after it on. Parameters are those of
    `gatecontrol.simulation.cells.current_steps`.
    """
    endless = Receptor(_STEP, None, Sourced(math.inf, 0.0, "", ""), None)
    circuit = replace(circuit, receptors={**circuit.receptors, _STEP: endless})
    weights = {_STEP: {_STEP: amplitude}}
    return _alone(circuit, population, weights, len(amplitude), start - dt, stop, dt, backend)


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

    Terminals are rested: the first event meets neither depression nor presynaptic inhibition.
    Parameters are those of `gatecontrol.simulation.cells.synaptic_potential`; `names` are the
    pathways.
    """
    weights = {
        name: {
            receptor: number * weight.value
            for receptor, weight in circuit.pathways[name].weights.items()
            if not receptors or receptor in receptors
        }
        for name in names
    }
    return _alone(circuit, target, weights, len(number), settle, stop, dt, backend)


def trace(
    circuit: Circuit, drive: AfferentDrive, duration: float, dt: float, seed: int, backend: str
) -> VoltageRecording:
    """Simulate the whole circuit; parameters of `gatecontrol.simulation.cells.voltage_traces`."""
    chunks = partial(source_chunks, circuit, drive, duration, dt, seed)
    return _run(circuit, draw_wiring(circuit, seed), chunks, duration, dt, backend)


def _alone(
    circuit: Circuit,
    population: str,
    weights: Mapping[str, Mapping[str, NDArray[np.float64]]],
    cells: int,
    event: float,
    stop: float,
    dt: float,
    backend: str,
) -> VoltageRecording:
    """Simulate cells with mean values that get one event [s], by pathway and receptor."""
    size = max(2, cells)  # the engine takes one number for what all cells share
    chosen = replace(circuit.populations[population], size=size)
    # an event is not to be lost because a cell that fires by itself is refractory
    cell = replace(circuit.cells[chosen.cell], loses_inputs=False)
    zero = Sourced(0.0, 0.0, "", "")
    alone = replace(
        circuit,
        cells={**circuit.cells, chosen.cell: cell},
        afferents={_SOURCE: Afferent(_SOURCE, "", "abeta", "centre", 1)},
        populations={population: chosen},
        pathways={
            name: Pathway(name, _SOURCE, population, 1, 1.0, zero, dict.fromkeys(given, zero))
            for name, given in weights.items()
        },
        backgrounds={},
    )
    drawn, every = draw_wiring(alone, 0), np.arange(size, dtype=np.int32)
    connections = {
        name: Connections(
            np.zeros_like(every), every, np.zeros(size),
            {r: np.concatenate([w, np.zeros(size - cells)]) for r, w in given.items()},
        )
        for name, given in weights.items()
    }  # fmt: skip
    mean = {name: np.full(size, number.value) for name, number in cell.parameters.items()}
    mean = {**drawn.parameters[population], **mean}  # what the cell leaves out is zero
    rest = mean["leak_reversal"].copy()
    wiring = Wiring(connections, {population: mean}, {population: rest})

    def chunks() -> Iterator[Chunk]:
        return train_chunks(np.zeros(1, dtype=np.int64), np.array([event]), 1, stop, dt)

    found = _run(alone, wiring, chunks, stop, dt, backend)
    spikes, mine = found.spikes[population], found.spikes[population].neuron < cells
    spikes = replace(spikes, size=cells, neuron=spikes.neuron[mine], time=spikes.time[mine])
    voltage = {population: found.voltage[population][:, :cells]}
    return replace(found, spikes={population: spikes}, voltage=voltage)


def _run(
    circuit: Circuit,
    wiring: Wiring,
    chunks: Callable[[], Iterator[Chunk]],
    duration: float,
    dt: float,
    backend: str,
) -> VoltageRecording:
    """Simulate point neurons and record all their voltages."""
    structure = replace(structure_of(circuit, dt), traced=True)
    tables = fill_tables(structure, circuit, wiring)
    sizes = {p.name: p.size for p in circuit.populations.values()}
    chosen = choose_backend(backend)
    if chosen == "standalone":
        recorder = run_compiled(structure, tables, chunks, sizes)
    else:
        recorder = Recorder(sizes)
        runtime.simulate(structure, tables, chunks(), chosen, recorder)
    voltage, first = {}, 0
    (columns,) = recorder.traces().values()
    for name, size in sizes.items():
        voltage[name] = columns[:, first : first + size].T[None]
        first += size
    return VoltageRecording(duration, dt, recorder.spikes(), chosen, voltage)
