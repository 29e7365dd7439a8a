"""The fallback without a C++ compiler: Brian2's runtime, Cython or numpy."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.simulation.tables import NEVER, Structure

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
    structure: Structure, tables: Mapping[str, NDArray[Any]], duration: float, target: str
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Run the fused network in this process.

    Brian2's state is global and it is not thread-safe: one simulation a process at a time.

    Parameters
    ----------
    structure : Structure
    tables : mapping of str to ndarray
        As for the compiled network.
    duration : float
        [s]
    target : str
        ``"cython"`` or ``"numpy"``.

    Returns
    -------
    neuron : ndarray of int32, shape (m,)
    time : ndarray of float64, shape (m,)
        Spikes of all cells in time order.
    """
    import brian2 as b2

    from gatecontrol.simulation.network import build_network

    used = tables["source.step"] < NEVER
    arrays = dict(tables)
    for name in ("source.step", "source.neuron"):
        arrays[name] = tables[name][used]
    b2.set_device("runtime")
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = target
    try:
        fused = build_network(structure, arrays)
        fused.network.run(duration * b2.second, namespace={})
    finally:
        b2.prefs.codegen.target = before
    spikes = fused.spikes
    return np.asarray(spikes.i, dtype=np.int32), np.asarray(spikes.t / b2.second, dtype=np.float64)
