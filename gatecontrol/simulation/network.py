"""The fused Brian2 network: one group of cells, one of sources, one Synapses per family.

Imported only where Brian2 is needed: to generate a binary, or by the runtime fallback.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import brian2 as b2
from numpy.typing import NDArray

from gatecontrol.simulation.cell_update import CellUpdate
from gatecontrol.simulation.equations import RESET, cell_equations, on_event, synapse_equations
from gatecontrol.simulation.functions import NAMESPACE
from gatecontrol.simulation.tables import Structure

__all__ = ["Feed", "FusedNetwork", "RuntimeFeed", "build_network"]


class Feed(Protocol):
    """Where the inputs of a network come from: arrays now, or a stream when a binary runs."""

    def connect(self, synapses: Any) -> None:
        """Connect the pairs ``<family>.pre`` and ``<family>.post``."""
        ...

    def fill(self, name: str, variable: Any) -> None:
        """Put the input of a name into a Brian2 variable."""
        ...


@dataclass(frozen=True)
class RuntimeFeed:
    """Arrays that are here.

    Attributes
    ----------
    arrays : mapping of str to ndarray
        One per entry of ``Structure.inputs()``, in SI units.
    """

    arrays: Mapping[str, NDArray[Any]]

    def connect(self, synapses: Any) -> None:
        """Connect the pairs of the arrays."""
        pre, post = (self.arrays[f"{synapses.name}.{end}"] for end in ("pre", "post"))
        synapses.connect(i=pre, j=post)

    def fill(self, name: str, variable: Any) -> None:
        """Set the variable."""
        value = self.arrays[name]
        variable.set_value(value[0] if variable.scalar else value)


@dataclass(frozen=True)
class FusedNetwork:
    """The Brian2 objects of one network.

    Attributes
    ----------
    network : brian2.Network
    sources : brian2.SpikeGeneratorGroup
        Without spikes; they are set before a run.
    spikes : brian2.SpikeMonitor
        Records all cells.
    traces : tuple of brian2.StateMonitor
        Recorded voltages ``v``, where the structure asks for them.
    watched : mapping of str to variable
        Voltages that must be sensible at the end.
    """

    network: Any
    sources: Any
    spikes: Any
    traces: tuple[Any, ...] = ()
    watched: Mapping[str, Any] = field(default_factory=dict)


def build_network(structure: Structure, feed: Feed) -> FusedNetwork:
    """Build the network on the active Brian2 device.

    Every object has an explicit name: names decide the order of execution and the build.

    Parameters
    ----------
    structure : Structure
        Sizes and families.
    feed : Feed
        Gives the inputs, one per entry of ``structure.inputs()``.

    Returns
    -------
    FusedNetwork
    """
    b2.defaultclock.dt = structure.dt * b2.second
    cells = b2.NeuronGroup(
        structure.cells,
        cell_equations(losing=structure.losing),
        threshold="v > threshold",
        reset=RESET,
        name="cells",
        namespace=NAMESPACE,
    )
    sources = b2.SpikeGeneratorGroup(
        structure.sources, [], [] * b2.second, name="sources", sorted=True
    )
    cells.free_from = -1 * b2.second
    objects: list[Any] = [cells, CellUpdate(structure, cells), sources]
    for family in structure.families:
        form = {"gated": family.gated, "depressing": family.depressing}
        synapses = b2.Synapses(
            sources if family.from_sources else cells,
            cells,
            model=synapse_equations(family.receptors, **form),
            on_pre=on_event(family.receptors, **form, losing=structure.losing),
            name=family.name,
            namespace=NAMESPACE,
        )
        objects.append(synapses)
        feed.connect(synapses)
        for name in family.variables():
            owner = synapses.pre if name == "delay" else synapses
            feed.fill(f"{family.name}.{name}", owner.variables[name])
        if family.depressing:
            synapses.resource = 1.0
            synapses.last_event = -1e3 * b2.second
    for name in structure.cell_inputs():
        feed.fill(f"cells.{name}", cells.variables[name])
    monitor = b2.SpikeMonitor(cells, name="spikes")
    traces: tuple[Any, ...] = ()
    if structure.traced:
        every = list(range(structure.cells))
        traces = (b2.StateMonitor(cells, "v", record=every, when="end", name="trace_cells"),)
    network = b2.Network(*objects, *traces, monitor, name="fused")
    return FusedNetwork(network, sources, monitor, traces, {"cells": cells.variables["v"]})
