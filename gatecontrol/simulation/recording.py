"""What a simulation leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import EngineError

__all__ = ["Recorder", "Recording", "Spikes", "VoltageRecording", "check_end"]


@dataclass(frozen=True)
class Spikes:
    """Spikes of one population (ragged), ordered by time, then neuron.

    Attributes
    ----------
    size : int
        Number of cells in the population.
    neuron : ndarray of int32, shape (m,)
        Cell number, 0-based within the population.
    time : ndarray of float64, shape (m,)
        Spike time [s].
    """

    size: int
    neuron: NDArray[np.int32]
    time: NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """Output of one simulation.

    Attributes
    ----------
    duration, dt : float
        Simulated time and time step [s].
    spikes : mapping of str to Spikes
        Per population of the circuit (cells, not afferents), in the circuit's order.
    backend : str
        ``"standalone"``, ``"cython"`` or ``"numpy"``.
    """

    duration: float
    dt: float
    spikes: Mapping[str, Spikes]
    backend: str


@dataclass(frozen=True)
class VoltageRecording(Recording):
    """Output of one simulation that recorded voltages.

    A spike's time is the start of the step in which the threshold was crossed.

    Attributes
    ----------
    voltage : mapping of str to ndarray of float64, shape (places, cells, steps)
        Per population, at its recorded places after each step [V]; point cells are one place,
        which a spike leaves at the reset.
    """

    voltage: Mapping[str, NDArray[np.float64]]


class Recorder:
    """Takes what a network records, stretch after stretch, and keeps it by population.

    Parameters
    ----------
    sizes : mapping of str to int
        Cells of each population, in the network's numbering.
    """

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._sizes = dict(sizes)
        self._spikes: dict[str, list[tuple[NDArray[np.int32], NDArray[np.float64]]]] = {
            name: [] for name in sizes
        }
        self._traces: dict[str, list[NDArray[np.float64]]] = {}

    def add(self, neuron: NDArray[np.int32], time: NDArray[np.float64]) -> None:
        """Take the spikes of a stretch [s], in order of time, then neuron."""
        first = 0
        for name, size in self._sizes.items():
            mine = (neuron >= first) & (neuron < first + size)
            self._spikes[name].append((neuron[mine] - np.int32(first), time[mine]))
            first += size

    def add_trace(self, name: str, values: NDArray[np.float64]) -> None:
        """Take the rows of a trace [V], shape (steps, columns), of a stretch."""
        self._traces.setdefault(name, []).append(values)

    def spikes(self) -> dict[str, Spikes]:
        """Hand over the spikes of each population; a second call finds none."""
        found = {}
        for name, size in self._sizes.items():
            pieces, self._spikes[name] = self._spikes[name], []
            neuron = np.concatenate([np.empty(0, np.int32), *(n for n, _ in pieces)])
            found[name] = Spikes(
                size, neuron, np.concatenate([np.empty(0), *(t for _, t in pieces)])
            )
        return found

    def traces(self) -> dict[str, NDArray[np.float64]]:
        """Return the traces [V] by name, each of shape (steps, columns)."""
        return {name: np.concatenate(parts) for name, parts in self._traces.items()}


def check_end(name: str, voltage: float) -> None:
    """Refuse a simulation that diverged.

    Parameters
    ----------
    name : str
        Group of compartments.
    voltage : float
        Mean of its absolute voltages at the end [V].

    Raises
    ------
    EngineError
        It is not a number, or more than a volt.
    """
    if not voltage <= 1.0:
        raise EngineError(
            f"{name}: its mean voltage is {voltage:g} V at the end; look for a current, a density "
            + "or a time step that is too large"
        )
