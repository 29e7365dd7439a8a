"""What the bench says to a state: the ordinary engine's trials, kept by content, and a sentence."""

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.simulation.recording import Spikes
from gatecontrol.teaching.bench import DURATION, OFF, ON, BenchState, to_yaml
from gatecontrol.teaching.trial_store import TrialResult, stored_trial
from gatecontrol.teaching.words import sentence_of

if TYPE_CHECKING:
    from gatecontrol.experiment.sweep import Point

__all__ = ["BIN", "SMOOTH", "Answer", "compute", "trials"]

BIN, SMOOTH = 0.01, 0.03
"""Bin of the traces, and standard deviation of the Gaussian that smooths them [s] (assumed)."""
_DURING = EPOCHS.index("during")


@dataclass(frozen=True, eq=False)
class Answer:
    """What the bench shows of a state.

    Rates are means over the cells (or fibres) and over the time from `on` to `off`, in
    spikes/s. "Off" is the same with the stimulator off, "bare" without brush and stimulator;
    where the state has nothing to leave out, they are those of the state itself.

    Attributes
    ----------
    state : BenchState
    on, off : float
        When brush and stimulator start and stop [s].
    time : ndarray of float, shape (t,)
        Middle of the bins of the traces [s].
    signal, signal_off, signal_bare : ndarray of float, shape (t,)
        Pain signal: smoothed rate of the deep projection neurons [spikes/s per cell].
    signal_lamina1, signal_lamina1_bare : ndarray of float, shape (t,)
        The same of the projection neurons of lamina I.
    spikes : mapping of str to Spikes
        Per afferent (at the dorsal horn) and population of the circuit.
    rates, rates_off, rates_bare : mapping of str to float
        Mean rate per afferent and population.
    pain, pain_off, pain_bare : float
        Pain signal.
    lamina1, lamina1_bare : float
        The same of lamina I.
    suppression : float
        1 - pain / pain_bare: what brush and stimulator do together; NaN where nothing is to be
        suppressed.
    suppression_device : float
        1 - pain / pain_off: what the stimulator does; NaN without one.
    recruited : mapping of str to float
        Share of each class of fibres that one pulse excites; empty without a stimulator.
    warnings : tuple of str
        What the engine doubts.
    sentence : str
        The result in words.
    """

    state: BenchState
    on: float
    off: float
    time: NDArray[np.float64]
    signal: NDArray[np.float64]
    signal_off: NDArray[np.float64]
    signal_bare: NDArray[np.float64]
    signal_lamina1: NDArray[np.float64]
    signal_lamina1_bare: NDArray[np.float64]
    spikes: Mapping[str, Spikes]
    rates: Mapping[str, float]
    rates_off: Mapping[str, float]
    rates_bare: Mapping[str, float]
    pain: float
    pain_off: float
    pain_bare: float
    lamina1: float
    lamina1_bare: float
    suppression: float
    suppression_device: float
    recruited: Mapping[str, float]
    warnings: tuple[str, ...] = ()
    sentence: str = field(default="")


def compute(state: BenchState, backend: str = "auto") -> Answer:
    """Return the answer to a state; what was computed before comes from the cache.

    Simulates up to three trials of two seconds in this process: about 0.1 s each once the
    network is compiled (``gatecontrol cache warm``).

    Parameters
    ----------
    state : BenchState
    backend : str, optional
        Engine: ``"auto"``, ``"standalone"``, ``"cython"`` or ``"numpy"``.

    Returns
    -------
    Answer

    Raises
    ------
    GatecontrolError
        A dose that has no meaning, or a failed engine.
    """
    from gatecontrol.experiment.prepare import engine

    chosen = engine(backend)
    return _answer(state, {n: stored_trial(t, chosen) for n, t in trials(state).items()})


def trials(state: BenchState) -> dict[str, Mapping[str, Any]]:
    """Return the trial of each arm of a state's experiment.

    Parameters
    ----------
    state : BenchState
    """
    from gatecontrol.experiment.load import load
    from gatecontrol.experiment.sweep import points

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bench.yaml")
        file.write_text(to_yaml(state))
        found: list[Point] = points(load(file))
    return {point.arm: point.trial for point in found}


def _answer(state: BenchState, found: Mapping[str, TrialResult]) -> Answer:
    shown = found["shown"]
    bare = found.get("skin_alone", shown)
    alone = found.get("brush_alone", bare)
    device = state.device != "none"
    off = alone if device else shown
    deep, first = (_carriers(s) for s in ("pain_signal", "pain_signal_lamina1"))
    pain, pain_off, pain_bare = (_measure(r, "pain_signal") for r in (shown, off, bare))
    measured: dict[str, Any] = {
        "pain": pain,
        "pain_off": pain_off,
        "pain_bare": pain_bare,
        "lamina1": _measure(shown, "pain_signal_lamina1"),
        "lamina1_bare": _measure(bare, "pain_signal_lamina1"),
        "suppression": _suppression(pain, pain_bare) if state.brush or device else math.nan,
        "suppression_device": _suppression(pain, pain_off) if device else math.nan,
        "recruited": shown.recruitment,
    }
    return Answer(
        state=state,
        on=ON,
        off=OFF,
        time=np.arange(round(DURATION / BIN)) * BIN + BIN / 2,
        signal=_trace(shown, deep),
        signal_off=_trace(off, deep),
        signal_bare=_trace(bare, deep),
        signal_lamina1=_trace(shown, first),
        signal_lamina1_bare=_trace(bare, first),
        spikes=shown.spikes,
        rates=_rates(shown),
        rates_off=_rates(off),
        rates_bare=_rates(bare),
        warnings=shown.warnings,
        sentence=sentence_of(state, **measured),
        **measured,
    )


def _carriers(signal: str) -> tuple[str, ...]:
    """Return the populations that carry a signal."""
    from gatecontrol.circuits import load_circuit

    return tuple(n for n, p in load_circuit("gate").populations.items() if p.signal == signal)


def _measure(result: TrialResult, name: str) -> float:
    return float(result.measures[name][_DURING])


def _suppression(on: float, off: float) -> float:
    return 1 - on / off if off > 0 else math.nan


def _rates(result: TrialResult) -> dict[str, float]:
    found = {}
    for name, one in result.spikes.items():
        count = np.count_nonzero((one.time >= ON) & (one.time < OFF))
        found[name] = float(count) / one.size / (OFF - ON)
    return found


def _trace(result: TrialResult, populations: tuple[str, ...]) -> NDArray[np.float64]:
    from scipy.ndimage import gaussian_filter1d

    spikes = [result.spikes[name] for name in populations]
    edges = np.arange(round(DURATION / BIN) + 1) * BIN
    counts = np.histogram(np.concatenate([s.time for s in spikes]), edges)[0]
    rate = counts / (BIN * sum(s.size for s in spikes))
    return gaussian_filter1d(rate, SMOOTH / BIN, mode="nearest")
