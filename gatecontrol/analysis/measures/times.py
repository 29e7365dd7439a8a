"""What measures share: whose spikes, in which time, and how much of it is background."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import Parameter, load_plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext
    from gatecontrol.simulation.recording import Spikes

__all__ = [
    "SETTLED",
    "SIGNAL",
    "Baseline",
    "Cells",
    "baseline_of",
    "cells_of",
    "epoch_of",
    "evoking",
    "onsets",
    "per_epoch",
    "signal_times",
]

SIGNAL = Parameter(
    "signal",
    "choice",
    "deep",
    "Whose spikes: of the deep or of the lamina I projection neurons, or of the neurons that "
    + "stand for paraesthesia, where a circuit has them.",
    choices=("deep", "lamina1", "paraesthesia"),
)
_SIGNALS = {
    "deep": "pain_signal",
    "lamina1": "pain_signal_lamina1",
    "paraesthesia": "paraesthesia",
}

SETTLED = Parameter(
    "settled",
    "time",
    "0.2 s",
    "When the circuit has settled after its start, so that background can be counted.",
    minimum="0 s",
    maximum="1 min",
)

LEAST_BASELINE = 0.1
"""Shortest stretch [s] that gives a background rate (assumed)."""


@dataclass(frozen=True)
class Cells:
    """Spikes of the cells that carry a signal.

    Attributes
    ----------
    size : int
        Number of cells.
    cell : ndarray of int, shape (n,)
        Cell of each spike, from 0 over all populations of the signal.
    time : ndarray of float, shape (n,)
        Spike times [s], ascending.
    """

    size: int
    cell: "NDArray[np.int64]"
    time: "NDArray[np.float64]"

    def trains(self) -> "list[NDArray[np.float64]]":
        """Return the spike times of each cell."""
        import numpy as np

        order = np.argsort(self.cell, kind="stable")
        edges = np.searchsorted(self.cell[order], np.arange(self.size + 1))
        time = self.time[order]
        return [time[i:j] for i, j in zip(edges[:-1], edges[1:], strict=True)]


def _spikes_of(context: "TrialContext", signal: str) -> "list[Spikes]":
    """Return the spikes of each population that carries a signal."""
    return [
        context.recording.spikes[p.name]
        for p in context.circuit.populations.values()
        if p.signal == signal
    ]


def cells_of(context: "TrialContext", signal: str, who: str) -> Cells:
    """Return the spikes of a signal's cells.

    Parameters
    ----------
    context : TrialContext
    signal : str
        Choice of `SIGNAL`.
    who : str
        Name of the measure, for the error.

    Raises
    ------
    GatecontrolError
        The circuit has no such cells.
    """
    import numpy as np

    name = _SIGNALS[signal]
    spikes = _spikes_of(context, name)
    if not sum(s.size for s in spikes):
        raise GatecontrolError(
            f"{who}: the circuit '{context.circuit.name}' has no population that carries "
            + f"the {name}; take signal: {_others(context)}"
        )
    first = np.cumsum([0, *(s.size for s in spikes)])
    cell = np.concatenate([s.neuron + n for s, n in zip(spikes, first[:-1], strict=True)])
    time = np.concatenate([s.time for s in spikes])
    order = np.argsort(time, kind="stable")
    return Cells(int(first[-1]), cell[order].astype(np.int64), time[order])


def _others(context: "TrialContext") -> str:
    """Return the choices of `SIGNAL` that a circuit has, in words."""
    there = {p.signal for p in context.circuit.populations.values()}
    return " or ".join(c for c, name in _SIGNALS.items() if name in there) or "none, it has no such"


def signal_times(context: "TrialContext", signal: str) -> "tuple[NDArray[np.float64], int]":
    """Return the spike times [s], ascending, and the number of the cells of a signal."""
    import numpy as np

    spikes = _spikes_of(context, signal)
    times = [s.time for s in spikes] or [np.empty(0)]
    return np.sort(np.concatenate(times)), sum(s.size for s in spikes)


def per_epoch(context: "TrialContext", times: "NDArray[np.float64]", size: int) -> list[float]:
    """Return the mean rate per unit [spikes/s] in each epoch, NaN where there is none."""
    import numpy as np

    rates = []
    for name in EPOCHS:
        window = context.epochs.get(name)
        if window is None or size == 0:
            rates.append(math.nan)
            continue
        count = np.count_nonzero((times >= window[0]) & (times < window[1]))
        rates.append(count / (size * (window[1] - window[0])))
    return rates


def epoch_of(context: "TrialContext", times: "NDArray[np.float64]") -> "NDArray[np.int64]":
    """Return the row in `EPOCHS` of the epoch that holds each time; -1 for none."""
    import numpy as np

    found = np.full(np.shape(times), -1)
    for row, name in enumerate(EPOCHS):
        window = context.epochs.get(name)
        if window is not None:
            found[(times >= window[0]) & (times < window[1])] = row
    return found


def evoking(context: "TrialContext") -> "list[Mapping[str, Any]]":
    """Return the stimuli of a trial that evoke something.

    Ongoing and ectopic activity are not among them: they are there all the time, and so part
    of the background.
    """
    return [s for s in context.stimuli if not load_plugin("stimuli", s["config"]["kind"]).steady]


def onsets(context: "TrialContext") -> list[float]:
    """Return when each stimulus that evokes something begins [s], at the skin or nerve.

    A stimulus that has no onset (a file of spikes) begins when it is at the dorsal horn.
    """
    found = []
    for stimulus in evoking(context):
        config = stimulus["config"]
        values = load_plugin("stimuli", config["kind"]).from_config(config).values
        found.append(float(values.get("onset", stimulus["window"][0])))
    return found


@dataclass(frozen=True)
class Baseline:
    """Background of a signal, counted before anything stimulates.

    Attributes
    ----------
    rate : float
        Spikes/s per cell; NaN if it is not known.
    start, stop : float
        Where it was counted [s].
    why : str
        Why it is not known; empty if it is.
    """

    rate: float
    start: float
    stop: float
    why: str = ""


def baseline_of(context: "TrialContext", cells: Cells, settled: float) -> Baseline:
    """Return the background rate: from `settled` to the first stimulus or device pulse.

    Ongoing and ectopic activity are no stimuli but part of the background. The device counts in
    the paired control as well, so that both have the same stretch.

    Parameters
    ----------
    context : TrialContext
    cells : Cells
    settled : float
        Start of the stretch [s].
    """
    import numpy as np

    ends = [context.duration, *onsets(context)]
    if context.device_on is not None:
        ends.append(context.device_on)
    stop = float(min(ends))
    if stop - settled < LEAST_BASELINE:
        why = (
            f"no background: from {settled:g} s to the first stimulus or device pulse are less "
            + f"than {LEAST_BASELINE:g} s; let them begin later"
        )
        return Baseline(math.nan, settled, max(stop, settled), why)
    count = int(np.diff(np.searchsorted(cells.time, [settled, stop]))[0])
    return Baseline(count / (cells.size * (stop - settled)), settled, stop)
