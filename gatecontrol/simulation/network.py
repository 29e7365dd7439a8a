"""The fused Brian2 network: one group of cells, one of sources, one Synapses per family.

Imported only where Brian2 is needed: to generate a binary, or by the runtime fallback.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import brian2 as b2
import numpy as np
from numpy.typing import NDArray

from gatecontrol.simulation.equations import cell_equations, on_event, synapse_equations
from gatecontrol.simulation.tables import Structure

__all__ = ["Assign", "FusedNetwork", "build_network", "set_variable"]

Assign = Callable[[str, Callable[[], None]], None]


@dataclass(frozen=True)
class FusedNetwork:
    """The Brian2 objects of one network.

    Attributes
    ----------
    network : brian2.Network
    sources : brian2.SpikeGeneratorGroup
    spikes : brian2.SpikeMonitor
        Records all cells.
    traces : tuple of brian2.StateMonitor
        Recorded voltages, where the structure asks for them.
    watched : mapping of str to variable
        Voltages that must be sensible at the end.
    """

    network: Any
    sources: Any
    spikes: Any
    traces: tuple[Any, ...] = ()
    watched: Mapping[str, Any] = field(default_factory=dict)


def build_network(
    structure: Structure, arrays: Mapping[str, NDArray[Any]], assign: Assign | None = None
) -> FusedNetwork:
    """Build the network on the active Brian2 device.

    Every object has an explicit name: names decide the order of execution and the build.

    Parameters
    ----------
    structure : Structure
        Sizes and families.
    arrays : mapping of str to ndarray
        One array per entry of ``structure.inputs()`` (the padding of the spike table may be
        cut off).
    assign : callable, optional
        Called as ``assign(name, action)`` for each input; the standalone builder uses it to
        learn which file an input ends up in. By default the action is just run.

    Returns
    -------
    FusedNetwork
    """
    run: Assign = assign or (lambda _name, action: action())
    b2.defaultclock.dt = structure.dt * b2.second
    cells = b2.NeuronGroup(
        structure.cells,
        cell_equations(),
        threshold="v > threshold",
        reset="v = reset\nadaptation += adaptation_jump\nsince_spike = 0*second",
        method="euler",
        name="cells",
    )
    sources = b2.SpikeGeneratorGroup(
        structure.sources,
        arrays["source.neuron"],
        arrays["source.step"].astype(np.int64) * structure.dt * b2.second,
        name="sources",
        sorted=True,
    )
    cells.since_spike = 1e3 * b2.second
    objects: list[Any] = [cells, sources]
    for family in structure.families:
        synapses = b2.Synapses(
            sources if family.from_sources else cells,
            cells,
            model=synapse_equations(family.receptors, gated=family.gated),
            on_pre=on_event(family.receptors, gated=family.gated),
            name=family.name,
        )
        objects.append(synapses)
        pairs = {"i": arrays[f"{family.name}.pre"], "j": arrays[f"{family.name}.post"]}
        run(f"{family.name}.connect", partial(synapses.connect, **pairs))
        for name in family.variables():
            value = arrays[f"{family.name}.{name}"]
            owner = synapses.pre if name == "delay" else synapses
            run(f"{family.name}.{name}", partial(set_variable, owner, name, value))
        synapses.resource = 1.0
        synapses.last_event = -1e3 * b2.second
    for name in structure.cell_inputs():
        run(f"cells.{name}", partial(set_variable, cells, name, arrays[f"cells.{name}"]))
    monitor = b2.SpikeMonitor(cells, name="spikes")
    network = b2.Network(*objects, monitor, name="fused")
    return FusedNetwork(network, sources, monitor)


def set_variable(owner: Any, name: str, value: NDArray[Any]) -> None:
    """Fill a variable with SI floats."""
    owner.variables[name].set_value(value)
