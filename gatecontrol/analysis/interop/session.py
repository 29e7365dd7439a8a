"""One simulated trial whose spikes were kept: which it is, what happened in it and when."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.windows import Window
from gatecontrol.errors import UsageError

__all__ = ["Onset", "Session", "Train", "stems", "the_one"]


_LONGEST = 120  # a file system allows 255 bytes, and suffixes are added


@dataclass(frozen=True)
class Train:
    """Spikes of one afferent or population in one session.

    Attributes
    ----------
    population : str
        Name in the circuit.
    size : int
        Number of fibres or cells, silent ones included.
    neuron : ndarray of int32, shape (m,)
        Number from 0 within the population.
    time : ndarray of float64, shape (m,)
        Time [s], ascending; of an afferent, at the dorsal-horn terminal.
    kind : str
        ``"afferent"``, or what the cells are: ``"excitatory"``, ``"inhibitory"`` or
        ``"projection"``; ``"unknown"`` if the circuit of the results does not name it.
    fibre_class, role : str
        Of an afferent (see `gatecontrol.fibres.classes`), else empty.
    """

    population: str
    size: int
    neuron: NDArray[np.int32]
    time: NDArray[np.float64]
    kind: str = "unknown"
    fibre_class: str = ""
    role: str = ""

    def grouped(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the spikes neuron by neuron.

        Returns
        -------
        time : ndarray of float, shape (m,)
            Times [s] of neuron 0, then 1, ...; ascending within each.
        stop : ndarray of int, shape (size,)
            Index after the last spike of each neuron.
        """
        order = np.argsort(self.neuron, kind="stable")
        stop = np.cumsum(np.bincount(self.neuron, minlength=self.size), dtype=np.int64)
        return self.time[order], stop


@dataclass(frozen=True)
class Onset:
    """When a stimulus begins at the skin or nerve.

    Attributes
    ----------
    name : str
        Its name in the experiment, or its kind.
    time, duration : float
        [s]; the duration is NaN where the stimulus has no such parameter.
    """

    name: str
    time: float
    duration: float


@dataclass(frozen=True)
class Session:
    """One simulated trial whose spikes were kept.

    Attributes
    ----------
    arm, label : str
        Key of the arm and its name in figures.
    point : dict of str to str
        Sweep axis -> value as written.
    seed : int
    device_state : str
        ``"on"``, or ``"off"`` for the paired control.
    duration : float
        Simulated time [s].
    epochs : dict of str to (float, float)
        Start and stop [s] of the epochs that exist.
    evoked : (float, float) or None
        Start and stop [s] of the stimulus-evoked window.
    device_on : (float, float) or None
        When the device was on [s]; None without one.
    stimuli : tuple of Onset or None
        None if the results do not say when they began.
    facts : dict of str to str
        ``preparation``, ``circuit``, ``conditions`` and ``device`` as text.
    trains : tuple of Train
        Afferents, then populations, in the order of the circuit.
    """

    arm: str
    label: str
    point: dict[str, str]
    seed: int
    device_state: str
    duration: float
    epochs: dict[str, Window]
    evoked: Window | None
    device_on: Window | None
    stimuli: tuple[Onset, ...] | None
    facts: dict[str, str]
    trains: tuple[Train, ...]

    @property
    def name(self) -> str:
        """Arm, values of the sweep, seed and state, for people."""
        along = [f"{axis} {value}" for axis, value in self.point.items()]
        return ", ".join([self.arm, *along, f"seed {self.seed}", f"device {self.device_state}"])

    @property
    def key(self) -> dict[str, Any]:
        """Arm, seed, device_state and the sweep axes, for tables."""
        own = {"arm": self.arm, "seed": self.seed, "device_state": self.device_state}
        return own | self.point


def stems(found: Sequence[Session]) -> list[str]:
    """Return a file name without suffix for each session, all different.

    Parameters
    ----------
    found : sequence of Session
    """
    names, used = [], Counter[str]()
    for one in found:
        parts = [one.arm, *one.point.values(), f"seed{one.seed}", one.device_state]
        plain = re.sub(r"[^\w.+-]+", "-", "_".join(parts))[-_LONGEST:]
        used[plain] += 1
        names.append(plain if used[plain] == 1 else f"{plain}_{used[plain]}")
    return names


def the_one(found: Sequence[Session]) -> Session:
    """Return the only session there is.

    Parameters
    ----------
    found : sequence of Session

    Raises
    ------
    UsageError
        There are several; the message says what tells them apart.
    """
    if len(found) == 1:
        return found[0]
    keys = [session.key for session in found]
    differ = {
        name: list(dict.fromkeys(str(key[name]) for key in keys))
        for name in keys[0]
        if len({str(key[name]) for key in keys}) > 1
    }
    told = "; ".join(f"{name}: {', '.join(values)}" for name, values in differ.items())
    raise UsageError(
        f"{len(found)} sessions fit, and one is needed: choose by {told} "
        + "(a sweep axis by point={'axis': 'value'})"
    )
