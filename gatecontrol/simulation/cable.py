"""Populations of multi-compartment cells: network and spikes in, recording out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable_network import CableNetwork
from gatecontrol.errors import EngineError
from gatecontrol.simulation import choose_backend, runtime, standalone
from gatecontrol.simulation.cable_structure import CableStructure, structure_of_cables
from gatecontrol.simulation.cable_tables import fill_cable_tables, layout
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.recording import Recorder, Recording
from gatecontrol.simulation.sources import train_chunks

__all__ = ["CableRecording", "run_cables"]


@dataclass(frozen=True)
class CableRecording(Recording):
    """Output of one simulation of cable cells.

    A spike's time is the start of the step in which its detector crossed the threshold.

    Attributes
    ----------
    voltage : mapping of str to ndarray of float64, shape (places, cells, steps)
        Per population, at its recorded places after each step [V].
    """

    voltage: Mapping[str, NDArray[np.float64]]


def run_cables(
    network: CableNetwork,
    source: NDArray[np.int64],
    time: NDArray[np.float64],
    duration: float,
    dt: float,
    backend: str = "auto",
) -> CableRecording:
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
    CableRecording

    Raises
    ------
    CellError
        The network cannot be built as described.
    EngineError
        The simulation failed or its result cannot be trusted.
    """
    chosen = choose_backend(backend)
    structure = structure_of_cables(network, dt)
    tables = fill_cable_tables(structure, network)
    chunks = train_chunks(source, time, structure.sources, duration, dt)
    sizes = {p.name: len(p.cells) for p in network.populations}
    recorder = Recorder({name: sizes[name] for _, name, _ in layout(network)})
    if chosen == "standalone":
        compiler = find_compiler()
        if compiler is None:
            raise EngineError("the C++ compiler disappeared")
        standalone.simulate(standalone.build(structure, compiler), tables, chunks, recorder)
    else:
        runtime.simulate(structure, tables, chunks, chosen, recorder)
    spikes = recorder.spikes()
    voltage = _voltages(structure, network, recorder.traces())
    spikes = {p.name: spikes[p.name] for p in network.populations}
    return CableRecording(duration, dt, spikes, chosen, voltage)


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
