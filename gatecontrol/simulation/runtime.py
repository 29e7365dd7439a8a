"""The fallback without a C++ compiler: Brian2's runtime, Cython or numpy."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.recording import Recorder, check_end
from gatecontrol.simulation.sources import Chunk
from gatecontrol.simulation.tables import Structure

__all__ = ["cython_works", "simulate"]

_JOINED = 60  # stretches that run as one


@lru_cache(maxsize=1)
def cython_works() -> bool:
    """Return whether Brian2 can compile with Cython here."""
    from brian2 import BrianLogger
    from brian2.codegen.runtime.cython_rt import CythonCodeObject

    # A compiler that is not there is no news to the caller, who says in a sentence what follows.
    BrianLogger.suppress_hierarchy("brian2.codegen")
    return bool(CythonCodeObject.is_available())


def simulate(
    structure: Structure | CableStructure,
    tables: Mapping[str, NDArray[Any]],
    chunks: Iterable[Chunk],
    target: str,
    recorder: Recorder,
) -> None:
    """Run the fused network in this process.

    Brian2's state is global and it is not thread-safe: one simulation a process at a time.

    Parameters
    ----------
    structure : Structure or CableStructure
    tables : mapping of str to ndarray
        As for the compiled network.
    chunks : iterable of Chunk
        Source spikes.
    target : str
        ``"cython"`` or ``"numpy"``.
    recorder : Recorder
        Takes the spikes and traces.
    """
    import brian2 as b2
    from brian2.devices.device import reset_device

    from gatecontrol.simulation.generate import build_any
    from gatecontrol.simulation.network import RuntimeFeed

    b2.set_device("runtime")
    before = b2.prefs.codegen.target, b2.defaultclock.dt
    b2.prefs.codegen.target = target
    try:
        fused = build_any(structure, RuntimeFeed(tables))
        for chunk in _longer(chunks):
            fused.sources.set_spikes(chunk.source, chunk.step * structure.dt * b2.second)
            stretch = chunk.stop * structure.dt * b2.second - fused.network.t
            fused.network.run(stretch, namespace={})
            neuron = np.array(fused.spikes.i, dtype=np.int32)
            time = np.array(fused.spikes.t / b2.second, dtype=np.float64)
            order = np.lexsort((neuron, time))
            recorder.add(neuron[order], time[order])
            fused.spikes.resize(0)
            fused.spikes.variables["N"].set_value(0)  # which a spike monitor's resize leaves
            for monitor in fused.traces:
                recorder.add_trace(monitor.name, np.array(monitor.variables["v"].get_value()))
                monitor.resize(0)
    finally:
        # the caller may be using Brian2 as well
        b2.prefs.codegen.target, b2.defaultclock.dt = before
        reset_device()
    for name, variable in fused.watched.items():
        check_end(name, float(np.mean(np.abs(variable.get_value()))))


def _longer(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Join stretches: Brian2 prepares every one of them anew, which takes as long as a run."""
    left = iter(chunks)
    while some := list(islice(left, _JOINED)):
        step, source = (np.concatenate([getattr(c, n) for c in some]) for n in ("step", "source"))
        yield Chunk(some[-1].stop, step, source)
