"""Independent replicates as one network, block by block: what makes the runtime bearable.

Brian2's runtime spends its time between the steps of a small network, so ten networks side by
side cost little more than one. No synapse leads from one block to another. (A compiled network
gains nothing from this.)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.model import RECEPTORS
from gatecontrol.errors import EngineError
from gatecontrol.simulation.recording import Recorder
from gatecontrol.simulation.sources import Chunk
from gatecontrol.simulation.tables import Structure, Zone

__all__ = ["BlockRecorder", "join_chunks", "join_structure", "join_tables"]


def join_structure(structure: Structure, blocks: int) -> Structure:
    """Return the structure of several networks side by side, their cells as one zone."""
    families = tuple(replace(f, synapses=f.synapses * blocks) for f in structure.families)
    cells, sources = structure.cells * blocks, structure.sources * blocks
    zones = structure.zones
    if blocks > 1:
        received = {r for zone in zones for r in zone.receptors}
        zones = (Zone(cells, tuple(r for r in RECEPTORS if r in received)),)
    return replace(structure, cells=cells, sources=sources, families=families, zones=zones)


def join_tables(
    structure: Structure, tables: Sequence[Mapping[str, NDArray[Any]]]
) -> dict[str, NDArray[Any]]:
    """Return the inputs of several networks of one structure side by side.

    Raises
    ------
    EngineError
        A number that all cells share differs between the networks.
    """
    first = {f"{f.name}.pre": f.from_sources for f in structure.families}
    joined = {}
    for name, (_, size) in structure.inputs().items():
        parts = [t[name] for t in tables]
        if name.startswith("cells.") and size == 1 < structure.cells:
            if any(part[0] != parts[0][0] for part in parts):
                raise EngineError(f"networks with different {name} cannot run side by side")
            joined[name] = parts[0]
            continue
        block = 0
        if name in first:
            block = structure.sources if first[name] else structure.cells
        elif name.endswith(".post"):
            block = structure.cells
        shifted = [part + part.dtype.type(block * n) for n, part in enumerate(parts)]
        joined[name] = np.concatenate(shifted if block else parts)
    return joined


def join_chunks(structure: Structure, chunks: Sequence[Iterator[Chunk]]) -> Iterator[Chunk]:
    """Yield the source spikes of several networks of one duration side by side."""
    for parts in zip(*chunks, strict=True):
        step = np.concatenate([p.step for p in parts])
        source = np.concatenate([
            p.source + np.int32(n * structure.sources) for n, p in enumerate(parts)
        ])
        order = np.lexsort((source, step))
        yield Chunk(parts[0].stop, step[order], source[order])


class BlockRecorder(Recorder):
    """Hands the spikes of each block to a recorder of its own.

    Parameters
    ----------
    recorders : sequence of Recorder
    cells : int
        Cells of one block.
    """

    def __init__(self, recorders: Sequence[Recorder], cells: int) -> None:
        super().__init__({})
        self._recorders, self._cells = recorders, cells

    def add(self, neuron: NDArray[np.int32], time: NDArray[np.float64]) -> None:
        """Take the spikes of a stretch [s]."""
        block, within = np.divmod(neuron, np.int32(self._cells))
        for number, recorder in enumerate(self._recorders):
            mine = block == number
            recorder.add(within[mine], time[mine])
