"""Null models: what the projection neurons fire is a function of the afferent rates alone.

No engine is needed. The ungated spikes are drawn first and the gain then keeps a share of them,
so that a trial and its control have the same ungated spikes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from gatecontrol.circuits.model import Circuit
from gatecontrol.circuits.null_model import DRIVING, GATING
from gatecontrol.errors import EngineError
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.seeds import stream
from gatecontrol.simulation.recording import Recorder, Recording
from gatecontrol.simulation.sources import stretches

if TYPE_CHECKING:
    from gatecontrol.simulation import Replicate

__all__ = ["Course", "output_course", "run_null_model"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """Rate and gain of a null model in a stretch of a run.

    Attributes
    ----------
    start : int
        First time step.
    ungated : ndarray of float, shape (steps,)
        Rate without gain [Hz], per time step.
    gain : ndarray of float, shape (steps,)
        Between 0 and 1.
    """

    start: int
    ungated: Floats
    gain: Floats


def output_course(
    circuit: Circuit, drive: AfferentDrive, duration: float, dt: float
) -> Iterator[Course]:
    """Yield rate and gain, stretch after stretch; see `gatecontrol.circuits.null_model`.

    A spike counts from the beginning of its time step.

    Parameters
    ----------
    circuit : Circuit
        A null model.
    drive : AfferentDrive
        What reaches its afferents; natural and evoked spikes count alike.
    duration, dt : float
        Simulated time and time step [s].

    Raises
    ------
    EngineError
        The circuit is no null model, or lacks the fibres that drive or gate its output.
    """
    model = circuit.null_model
    if model is None:
        raise EngineError(f"the circuit '{circuit.name}' is no null model")
    value = {name: number.value for name, number in model.numbers.items()}
    painful, touch = (_Fibres.of(circuit, drive, kind) for kind in (DRIVING, GATING))
    smooth = _Trace(painful, value["smoothing"], dt)
    gate = (_Exponential if model.kind == "one_exponential" else _Static)(touch, value, dt)
    for start, stop in stretches(duration, dt):
        rate = smooth.advance(start, stop) / value["smoothing"]
        ungated = value["background"] + value["spikes_per_volley"] * rate
        yield Course(start, ungated, gate.advance(start, stop))


def run_null_model(
    circuit: Circuit, replicate: "Replicate", duration: float, dt: float, backend: str
) -> Recording:
    """Draw the spikes of a null model; they are the same whatever the backend is called.

    Parameters
    ----------
    circuit : Circuit
        A null model.
    replicate : Replicate
        Its drive and seed count.
    duration, dt : float
        Simulated time and time step [s].
    backend : str
        For the record.

    Raises
    ------
    EngineError
        See `output_course`.
    """
    sizes = {p.name: p.size for p in circuit.populations.values()}
    cells = sum(sizes.values())
    recorder, rng = Recorder(sizes), stream(replicate.seed, "null_model")
    for course in output_course(circuit, replicate.drive, duration, dt):
        counts = rng.poisson(cells * course.ungated * dt)
        step = np.repeat(np.arange(counts.size), counts)
        within, mark = rng.random((2, step.size))
        cell = rng.integers(0, cells, step.size, dtype=np.int32)
        kept = mark < course.gain[step]
        time = (course.start + step[kept] + within[kept]) * dt
        order = np.lexsort((cell[kept], time))
        recorder.add(cell[kept][order], time[order])
    return Recording(duration, dt, recorder.spikes(), backend)


@dataclass(frozen=True)
class _Fibres:
    """Spikes of some fibres: how many fibres there are, which one fired and when [s]."""

    count: int
    fibre: NDArray[np.int32]
    time: Floats

    @classmethod
    def of(cls, circuit: Circuit, drive: AfferentDrive, kind: tuple[str, str]) -> "_Fibres":
        table = drive.fibres
        chosen = (table.fibre_class == kind[0]) & (table.role == kind[1])
        if not chosen.any():
            raise EngineError(
                f"the null model '{circuit.name}' needs afferents of class {kind[0]} with the "
                + f"role {kind[1]}"
            )
        mine = chosen[drive.fibre]
        return cls(int(chosen.sum()), drive.fibre[mine], drive.time[mine])


class _Trace:
    """Mean over fibres of the sum over their earlier spikes of ``exp(-t / decay)``."""

    def __init__(self, fibres: _Fibres, decay: float, dt: float) -> None:
        self._step = np.floor(fibres.time / dt).astype(np.int64)
        self._count, self._kept, self._left = fibres.count, np.exp(-dt / decay), np.zeros(1)

    def advance(self, start: int, stop: int) -> Floats:
        """Return it in each time step of the next stretch."""
        first, last = np.searchsorted(self._step, (start, stop))
        new = np.bincount(self._step[first:last] - start, minlength=stop - start)
        found, self._left = lfilter([1.0], [1.0, -self._kept], new / self._count, zi=self._left)
        return np.asarray(found)


class _Exponential:
    """Gain of one exponential inhibition."""

    def __init__(self, fibres: _Fibres, value: Mapping[str, float], dt: float) -> None:
        self._strength, self._trace = value["strength"], _Trace(fibres, value["decay"], dt)

    def advance(self, start: int, stop: int) -> Floats:
        """Return it in each time step of the next stretch."""
        return np.maximum(1 - self._strength * self._trace.advance(start, stop), 0.0)


class _Static:
    """Gain that follows what fibres did within a window before now."""

    def __init__(self, fibres: _Fibres, value: Mapping[str, float], dt: float) -> None:
        self._value, self._dt, self._count = value, dt, fibres.count
        # A fibre counts once, from each spike until its next one or until the window is over.
        order = np.lexsort((fibres.time, fibres.fibre))
        time, fibre = fibres.time[order], fibres.fibre[order]
        following = np.append(time[1:], np.inf)
        following[np.append(fibre[1:] != fibre[:-1], True)] = np.inf
        self._spike, self._past = fibres.time, fibres.time + value["window"]
        self._end = np.sort(np.minimum(time + value["window"], following))

    def advance(self, start: int, stop: int) -> Floats:
        """Return it in each time step of the next stretch."""
        now = (np.arange(start, stop) + 1) * self._dt
        begun = np.searchsorted(self._spike, now)
        recruited = begun - np.searchsorted(self._end, now)
        spikes = begun - np.searchsorted(self._past, now)
        fibre_seconds = recruited * self._value["window"]
        rate = np.divide(spikes, fibre_seconds, out=np.zeros(now.size), where=recruited > 0)
        share = recruited / self._count
        taken = self._value["strength"] * share * rate / (rate + self._value["half_rate"])
        return np.maximum(1 - taken, 0.0)
