"""Populations of multi-compartment cells: network and spikes in, recording out."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable_network import CableNetwork
from gatecontrol.simulation import choose_backend, runtime
from gatecontrol.simulation.cable_structure import CableStructure, structure_of_cables
from gatecontrol.simulation.cable_tables import fill_cable_tables, layout
from gatecontrol.simulation.compiled import run_compiled
from gatecontrol.simulation.recording import Recorder, VoltageRecording
from gatecontrol.simulation.sources import Chunk, train_chunks

__all__ = ["run_cables", "simulate_cables"]


def run_cables(
    network: CableNetwork,
    source: NDArray[np.int64],
    time: NDArray[np.float64],
    duration: float,
    dt: float,
    backend: str = "auto",
) -> VoltageRecording:
    """Simulate a network of cable cells; it is compiled once and cached.

    Parameters
    ----------
    network : CableNetwork
    source : ndarray of int64, shape (m,)
        Source of each input spike.
    time : ndarray of float64, shape (m,)
        Its time [s].
    duration, dt : float
        Simulated time and time step [s].
    backend : str, optional
        See `gatecontrol.simulation.choose_backend`.

    Returns
    -------
    VoltageRecording

    Raises
    ------
    CellError
        The network cannot be built as described.
    EngineError
        The simulation failed or its result cannot be trusted.
    """
    sources = max(network.sources, 1)  # as in the structure

    def chunks() -> Iterator[Chunk]:
        return train_chunks(source, time, sources, duration, dt)

    return simulate_cables(network, chunks, duration, dt, choose_backend(backend))


def simulate_cables(
    network: CableNetwork,
    chunks: Callable[[], Iterator[Chunk]],
    duration: float,
    dt: float,
    backend: str,
) -> VoltageRecording:
    """Simulate a network of cable cells that is fed stretch by stretch.

    Parameters
    ----------
    network : CableNetwork
    chunks : callable
        Gives the source spikes, anew with each call.
    duration, dt : float
        Simulated time and time step [s].
    backend : str
        One of `gatecontrol.simulation.BACKENDS`.

    Returns
    -------
    VoltageRecording

    Raises
    ------
    CellError
        The network cannot be built as described.
    EngineError
        The simulation failed or its result cannot be trusted.
    """
    structure = structure_of_cables(network, dt)
    tables = fill_cable_tables(structure, network)
    sizes = {p.name: len(p.cells) for p in network.populations}
    ordered = {name: sizes[name] for _, name, _ in layout(network)}
    if backend == "standalone":
        recorder = run_compiled(structure, tables, chunks, ordered)
    else:
        recorder = Recorder(ordered)
        runtime.simulate(structure, tables, chunks(), backend, recorder)
    spikes = recorder.spikes()
    voltage = _voltages(structure, network, recorder.traces())
    spikes = {p.name: spikes[p.name] for p in network.populations}
    return VoltageRecording(duration, dt, spikes, backend, voltage)


def _voltages(
    structure: CableStructure, network: CableNetwork, traces: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Return the recorded voltages by population, shape (places, cells, steps)."""
    populations = {p.name: p for p in network.populations}
    voltage, used = {}, dict.fromkeys(traces, 0)
    for number, name, _ in layout(network):
        size, places = len(populations[name].cells), len(populations[name].record)
        if places:
            trace = f"trace_{structure.batches[number].name}"
            columns = traces[trace][:, used[trace] : used[trace] + places * size]
            used[trace] += places * size
            voltage[name] = columns.T.reshape(places, size, -1)
    return voltage
