"""The Brian2 network of cable cells: batches of compartments, ports, cells, synapses.

Imported only where Brian2 is needed: to generate a binary, or by the runtime fallback.
"""

from typing import Any

import brian2 as b2

from gatecontrol.simulation.cable_equations import batch_equations, port_code, port_equations
from gatecontrol.simulation.cable_solver import CableSolver, kinetic_functions
from gatecontrol.simulation.cable_structure import CableFamily, CableStructure
from gatecontrol.simulation.network import Feed, FusedNetwork

__all__ = ["build_cable_network"]


def build_cable_network(structure: CableStructure, feed: Feed) -> FusedNetwork:
    """Build a network of cable cells on the active Brian2 device.

    In each step ports decay and give their conductance and current (slot ``groups``, order
    0), each batch advances gates and voltages (order 1), then cells whose detector crossed
    its threshold spike.

    Parameters
    ----------
    structure, feed
        As `gatecontrol.simulation.network.build_network`.

    Returns
    -------
    FusedNetwork
    """
    b2.defaultclock.dt = structure.dt * b2.second
    ports = b2.NeuronGroup(structure.ports, port_equations(structure), name="ports")
    ports.run_regularly(port_code(structure), when="groups", order=0, name="ports_step")
    cells = b2.NeuronGroup(
        structure.cells,
        "v : 1\nv_before : 1\nthreshold : 1 (constant)",
        threshold="v > threshold and v_before <= threshold",
        reset="v_before = v",
        name="cells",
    )
    sources = b2.SpikeGeneratorGroup(
        structure.sources, [], [] * b2.second, name="sources", sorted=True
    )
    objects: list[Any] = [ports, cells, sources]
    functions, traces, watched = kinetic_functions(), [], {}
    first_port = first_cell = 0
    for batch in structure.batches:
        group = b2.NeuronGroup(
            batch.size, batch_equations(batch), namespace=functions, name=batch.name
        )
        objects += [group, CableSolver(batch, group, ports, cells, first_port, first_cell)]
        watched[batch.name] = group.variables["v"]
        first_port += len(batch.ports) * batch.cells
        first_cell += batch.cells
        for name in (*batch.states(), *batch.constants()):
            feed.fill(f"{batch.name}.{name}", group.variables[name])
        if batch.record:
            trace = b2.StateMonitor(
                group, "v", record=list(batch.record), when="end", name=f"trace_{batch.name}"
            )
            traces.append(trace)
    for owner, names in (
        (cells, ("v", "v_before", "threshold")),
        (ports, ("v", *structure.port_constants())),
    ):
        for name in names:
            feed.fill(f"{owner.name}.{name}", owner.variables[name])
    for family in structure.families:
        objects.append(_synapses(structure, family, sources, cells, ports, feed))
    monitor = b2.SpikeMonitor(cells, name="spikes")
    network = b2.Network(*objects, *traces, monitor, name="fused")
    return FusedNetwork(network, sources, monitor, tuple(traces), watched)


def _synapses(
    structure: CableStructure,
    family: CableFamily,
    sources: Any,
    cells: Any,
    ports: Any,
    feed: Feed,
) -> Any:
    dual = {kind.name for kind in structure.receptors if kind.dual}
    on_pre = []
    for name in family.receptors:
        on_pre.append(f"{name}_d_post += w_{name}")
        on_pre += [f"{name}_r_post += w_{name}"] if name in dual else []
    synapses = b2.Synapses(
        sources if family.from_sources else cells,
        ports,
        model="\n".join(f"w_{r} : siemens (constant)" for r in family.receptors),
        on_pre="\n".join(on_pre),
        name=family.name,
    )
    feed.connect(synapses)
    for name in family.variables():
        owner = synapses.pre if name == "delay" else synapses
        feed.fill(f"{family.name}.{name}", owner.variables[name])
    return synapses
