"""The fallback without a C++ compiler: Brian2's runtime, Cython or numpy."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.simulation.recording import Raw
from gatecontrol.simulation.sources import Chunk
from gatecontrol.simulation.tables import Structure

__all__ = ["cython_works", "simulate"]


@lru_cache(maxsize=1)
def cython_works() -> bool:
    """Return whether Brian2 can compile with Cython here."""
    from brian2 import BrianLogger
    from brian2.codegen.runtime.cython_rt import CythonCodeObject

    # A compiler that is not there is no news to the caller, who says in a sentence what follows.
    BrianLogger.suppress_hierarchy("brian2.codegen")
    return bool(CythonCodeObject.is_available())


def simulate(
    structure: Structure,
    tables: Mapping[str, NDArray[Any]],
    chunks: Iterable[Chunk],
    target: str,
) -> Raw:
    """Run the fused network in this process.

    Brian2's state is global and it is not thread-safe: one simulation a process at a time.

    Parameters
    ----------
    structure : Structure
    tables : mapping of str to ndarray
        As for the compiled network.
    chunks : iterable of Chunk
        Source spikes.
    target : str
        ``"cython"`` or ``"numpy"``.

    Returns
    -------
    Raw
    """
    import brian2 as b2

    from gatecontrol.simulation.network import RuntimeFeed, build_network

    b2.set_device("runtime")
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = target
    neuron, time = [np.empty(0, dtype=np.int32)], [np.empty(0)]
    traces: dict[str, list[NDArray[np.float64]]] = {}
    try:
        fused = build_network(structure, RuntimeFeed(tables))
        for chunk in chunks:
            fused.sources.set_spikes(chunk.source, chunk.step * structure.dt * b2.second)
            stretch = chunk.stop * structure.dt * b2.second - fused.network.t
            fused.network.run(stretch, namespace={})
            neuron.append(np.asarray(fused.spikes.i, dtype=np.int32))
            time.append(np.asarray(fused.spikes.t / b2.second, dtype=np.float64))
            fused.spikes.resize(0)
            for monitor in fused.traces:
                traces.setdefault(monitor.name, []).append(
                    np.array(monitor.variables["v"].get_value())
                )
                monitor.resize(0)
    finally:
        b2.prefs.codegen.target = before
    joined = {name: np.concatenate(parts) for name, parts in traces.items()}
    return Raw(np.concatenate(neuron), np.concatenate(time), joined)
