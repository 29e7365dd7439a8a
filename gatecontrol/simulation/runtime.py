"""The fallback without a C++ compiler: Brian2's runtime, Cython or numpy."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.standalone import check_end
from gatecontrol.simulation.tables import NEVER, Structure

if TYPE_CHECKING:
    from gatecontrol.simulation.network import FusedNetwork

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
    structure: Structure | CableStructure,
    tables: Mapping[str, NDArray[Any]],
    duration: float,
    target: str,
    collect: Callable[["FusedNetwork"], None] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Run the fused network in this process.

    Brian2's state is global and it is not thread-safe: one simulation a process at a time.

    Parameters
    ----------
    structure : Structure or CableStructure
    tables : mapping of str to ndarray
        As for the compiled network.
    duration : float
        [s]
    target : str
        ``"cython"`` or ``"numpy"``.
    collect : callable, optional
        Called with the network when it has run, for more than spikes.

    Returns
    -------
    neuron : ndarray of int32, shape (m,)
    time : ndarray of float64, shape (m,)
        Spikes of all cells in time order.
    """
    import brian2 as b2

    from gatecontrol.simulation.generate import build_any

    used = tables["source.step"] < NEVER
    arrays = dict(tables)
    for name in ("source.step", "source.neuron"):
        arrays[name] = tables[name][used]
    b2.set_device("runtime")
    before = b2.prefs.codegen.target
    b2.prefs.codegen.target = target
    try:
        fused = build_any(structure, arrays)
        fused.network.run(duration * b2.second, namespace={})
    finally:
        b2.prefs.codegen.target = before
    for name, variable in fused.watched.items():
        check_end(name, float(np.mean(np.abs(variable.get_value()))))
    if collect is not None:
        collect(fused)
    spikes = fused.spikes
    return np.asarray(spikes.i, dtype=np.int32), np.asarray(spikes.t / b2.second, dtype=np.float64)
