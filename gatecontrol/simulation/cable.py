"""Populations of multi-compartment cells: network and spikes in, recording out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable_network import CableNetwork
from gatecontrol.errors import EngineError
from gatecontrol.simulation import choose_backend, runtime, standalone
from gatecontrol.simulation.cable_structure import CableStructure, structure_of_cables
from gatecontrol.simulation.cable_tables import fill_cable_tables, layout
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.recording import Recording, Spikes
from gatecontrol.simulation.tables import spike_capacity

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
    capacity: int = 0,
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
    capacity : int, optional
        Spike capacity of the compiled network, so that several runs share one; the smallest
        that fits by default.

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
    structure = structure_of_cables(network, dt, spike_capacity(max(len(time), capacity)))
    tables = fill_cable_tables(structure, network, source, time, duration)
    traces: dict[str, NDArray[np.float64]] = {}

    def from_files(folder: Path) -> None:
        for batch in structure.batches:
            if batch.record:
                flat = np.fromfile(folder / f"trace_{batch.name}", dtype=np.float64)
                traces[batch.name] = flat.reshape(-1, len(batch.record))

    def from_monitors(fused: Any) -> None:
        for monitor in fused.traces:
            traces[monitor.name.removeprefix("trace_")] = np.asarray(monitor.v).T

    if chosen == "standalone":
        compiler = find_compiler()
        if compiler is None:
            raise EngineError("the C++ compiler disappeared")
        key = standalone.build(structure, compiler)
        cell, spike_time = standalone.simulate(key, tables, duration, from_files)
    else:
        cell, spike_time = runtime.simulate(structure, tables, duration, chosen, from_monitors)
    spikes, voltage = _by_population(structure, network, cell, spike_time, traces)
    return CableRecording(duration, dt, spikes, chosen, voltage)


def _by_population(
    structure: CableStructure,
    network: CableNetwork,
    cell: NDArray[np.int32],
    time: NDArray[np.float64],
    traces: Mapping[str, NDArray[np.float64]],
) -> tuple[dict[str, Spikes], dict[str, NDArray[np.float64]]]:
    order = np.lexsort((cell, time))
    cell, time = cell[order], time[order]
    first_cell = np.cumsum([0, *(b.cells for b in structure.batches)])
    populations = {p.name: p for p in network.populations}
    spikes, voltage, used = {}, {}, dict.fromkeys(traces, 0)
    for number, name, first in layout(network):
        size = len(populations[name].cells)
        start = int(first_cell[number]) + first
        mine = (cell >= start) & (cell < start + size)
        spikes[name] = Spikes(size, cell[mine] - start, time[mine])
        batch, places = structure.batches[number].name, len(populations[name].record)
        if places:
            columns = traces[batch][:, used[batch] : used[batch] + places * size]
            used[batch] += places * size
            voltage[name] = columns.T.reshape(places, size, -1)
    return {p.name: spikes[p.name] for p in network.populations}, voltage
