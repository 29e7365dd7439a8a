"""A compiled network run once, and built again if it turns out to be damaged."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from numpy.typing import NDArray

from gatecontrol.errors import EngineError
from gatecontrol.simulation import cache, standalone
from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.compiler import find_compiler
from gatecontrol.simulation.recording import Recorder
from gatecontrol.simulation.sources import Chunk
from gatecontrol.simulation.tables import Structure

__all__ = ["run_compiled"]


def run_compiled(
    structure: Structure | CableStructure,
    tables: Mapping[str, NDArray[Any]],
    chunks: Callable[[], Iterable[Chunk]],
    sizes: Mapping[str, int],
) -> Recorder:
    """Run a network on one set of inputs.

    Parameters
    ----------
    structure : Structure or CableStructure
        It is compiled unless the cache holds it.
    tables : mapping of str to ndarray
        Its inputs.
    chunks : callable
        Gives the source spikes, anew with each call.
    sizes : mapping of str to int
        Cells of each population, in the network's numbering.

    Returns
    -------
    Recorder

    Raises
    ------
    EngineError
        The simulation failed or its result cannot be trusted.
    """
    compiler = find_compiler()
    if compiler is None:
        raise EngineError("the C++ compiler disappeared")
    key = standalone.build(structure, compiler)
    recorder = Recorder(sizes)
    try:
        standalone.simulate(key, tables, chunks(), recorder)
    except EngineError:
        if cache.is_built(key):
            raise
        standalone.build(structure, compiler)
        recorder = Recorder(sizes)
        standalone.simulate(key, tables, chunks(), recorder)
    return recorder
