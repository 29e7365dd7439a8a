"""What a simulation leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Raw", "Recording", "Spikes"]


@dataclass(frozen=True)
class Raw:
    """What a network recorded, all cells in one numbering.

    Attributes
    ----------
    neuron : ndarray of int32, shape (m,)
    time : ndarray of float64, shape (m,)
        Spikes in time order [s].
    traces : mapping of str to ndarray of float64, shape (steps, columns)
        Recorded voltages [V].
    """

    neuron: NDArray[np.int32]
    time: NDArray[np.float64]
    traces: Mapping[str, NDArray[np.float64]]


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
