"""From a network of cable cells to the flat arrays that the engine reads."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.cable import CableCell, Section, compartments_of
from gatecontrol.circuits.cable_network import CableNetwork, CablePopulation
from gatecontrol.circuits.channels import Channel
from gatecontrol.simulation.cable_structure import Batch, CableStructure, batches_of

__all__ = ["fill_cable_tables", "layout"]

FARADAY = 96485.33212
"""[C/mol]"""


def layout(network: CableNetwork) -> list[tuple[int, str, int]]:
    """Return batch, population and first cell of the batch, of each population.

    The order is that of the cells in the engine.
    """
    found = []
    for number, (_form, populations) in enumerate(batches_of(network)):
        first = 0
        for population in populations:
            found.append((number, population.name, first))
            first += len(population.cells)
    return found


def fill_cable_tables(structure: CableStructure, network: CableNetwork) -> dict[str, NDArray[Any]]:
    """Return all input arrays of one network; its source spikes come apart.

    Parameters
    ----------
    structure : CableStructure
        Of this network.
    network : CableNetwork
    """
    populations = {p.name: p for p in network.populations}
    tables = {name: np.zeros(size, dtype) for name, (dtype, size) in structure.inputs().items()}
    first_cell = np.cumsum([0, *(b.cells for b in structure.batches)])
    first_port = np.cumsum([0, *(b.cells * len(b.ports) for b in structure.batches)])
    where = {}
    for number, name, first in layout(network):
        population, batch = populations[name], structure.batches[number]
        where[name] = (int(first_cell[number]) + first, int(first_port[number]) + first, batch)
        _fill_compartments(tables, batch, population, first)
        own = slice(where[name][0], where[name][0] + len(population.cells))
        tables["cells.threshold"][own] = population.threshold
        tables["cells.v"][own] = tables["cells.v_before"][own] = population.initial
        _fill_ports(tables, structure, network, population, where[name][1], batch.cells)
    for family in structure.families:
        parts = list(_synapses(network, family.receptors, family.from_sources, where))
        for key in ("pre", "post", *family.variables()):
            tables[f"{family.name}.{key}"][:] = np.concatenate([part[key] for part in parts])
    return tables


def _fill_compartments(
    tables: Mapping[str, NDArray[Any]], batch: Batch, population: CablePopulation, first: int
) -> None:
    """Fill the entries of one population in the arrays of its batch."""
    columns: dict[int, dict[str, NDArray[np.float64]]] = {}
    for number, cell in enumerate(population.cells):
        if id(cell) not in columns:
            columns[id(cell)] = _columns(batch, cell, population.initial)
        for name, values in columns[id(cell)].items():
            entries = slice(first + number, len(values) * batch.cells, batch.cells)
            tables[f"{batch.name}.{name}"][entries] = values


def _columns(batch: Batch, cell: CableCell, initial: float) -> dict[str, NDArray[np.float64]]:
    """Return the inputs of one cell, each of shape (compartments,)."""
    cut = compartments_of(cell)
    sections = [cell.sections[s] if s >= 0 else None for s in cut.section]

    def each(value: Any, joint: float = 0.0) -> NDArray[np.float64]:
        return np.array([joint if s is None else value(s) for s in sections], dtype=np.float64)

    found = {
        "v": np.full(len(sections), initial),
        "capacitance": each(lambda s: s.capacitance) * cut.area,
        "axial": cut.axial,
        "leak": each(lambda s: s.leak_conductance) * cut.area,
        "leak_reversal": each(lambda s: s.leak_reversal),
    }
    rest = each(lambda s: s.pool.rest if s.pool else 0.0)
    if batch.pool:
        depth = each(lambda s: s.pool.depth if s.pool else np.inf, np.inf)
        gain = np.zeros(len(sections))
        filled = np.isfinite(depth)
        gain[filled] = 1 / (2 * FARADAY * cut.area[filled] * depth[filled])
        found |= {"calcium": rest, "calcium_rest": rest, "calcium_gain": gain}
        found["calcium_rate"] = each(lambda s: 1 / s.pool.tau if s.pool else 1.0, 1.0)
    for channel in batch.channels:
        found |= _channel_columns(channel, each, cut.area, found["v"], rest)
    return found


def _channel_columns(
    channel: Channel,
    each: Any,
    area: NDArray[np.float64],
    v: NDArray[np.float64],
    rest: NDArray[np.float64],
) -> dict[str, NDArray[np.float64]]:
    def use(section: Section, part: str) -> float:
        return getattr(section.channels[channel.name], part) if _has(section, channel) else 0.0

    # a current given as text is in mA/cm2, which is 10 A/m2
    scale = 10.0 if channel.current else 1.0
    found = {f"{channel.name}_strength": each(lambda s: use(s, "density")) * area * scale}
    if not channel.current:
        found[f"{channel.name}_reversal"] = each(lambda s: use(s, "reversal"))
    values = {}
    for name, default in channel.parameters:
        values[name] = found[f"{channel.name}_{name}"] = each(
            lambda s, n=name, d=default: (
                s.channels[channel.name].parameters.get(n, d) if _has(s, channel) else d
            ),
            default,
        )
    steady = channel.steady_state(1e3 * v, rest, values)
    return found | {f"{channel.name}_{gate}": value for gate, value in steady.items()}


def _has(section: Section, channel: Channel) -> bool:
    return channel.name in section.channels


def _fill_ports(
    tables: Mapping[str, NDArray[Any]],
    structure: CableStructure,
    network: CableNetwork,
    population: CablePopulation,
    first: int,
    stride: int,
) -> None:
    steps = {step.port: step for step in population.steps}
    for number, port in enumerate(population.ports):
        start = first + number * stride
        own = slice(start, start + len(population.cells))
        values: dict[str, Any] = {"v": population.initial}
        if port in steps:
            step = steps[port]
            values |= {"step_amplitude": step.amplitude}
            values |= {"step_start": step.start, "step_stop": step.stop}
        for default, kind in zip(network.receptors, structure.receptors, strict=True):
            receptor = population.receptors.get(default.name, default)
            values[f"{kind.name}_decay"] = np.exp(-structure.dt / receptor.decay)
            values[f"{kind.name}_reversal"] = receptor.reversal
            if kind.dual:
                factor = np.exp(-structure.dt / receptor.rise) if receptor.rise else 0.0
                values[f"{kind.name}_rise"] = factor
            if kind.magnesium:
                values[f"{kind.name}_magnesium"] = receptor.magnesium
            if kind.calcium:
                values[f"{kind.name}_calcium"] = receptor.calcium
        for name, value in values.items():
            tables[f"ports.{name}"][own] = value


def _synapses(
    network: CableNetwork,
    receptors: tuple[str, ...],
    from_sources: bool,
    where: Mapping[str, tuple[int, int, Batch]],
) -> Iterable[dict[str, Any]]:
    """Yield the synapses of one side, block by block."""
    populations = {p.name: p for p in network.populations}
    shared = {r.name: r for r in network.receptors}
    for connections in network.connections:
        m = len(connections.pre)
        if (not connections.source) != from_sources or not m:
            continue
        target = populations[connections.target]
        _, first_port, batch = where[target.name]
        port = list(target.ports).index(connections.port)
        first = 0 if from_sources else where[connections.source][0]
        block = {
            "pre": first + np.asarray(connections.pre),
            "post": first_port + port * batch.cells + np.asarray(connections.post),
            "delay": np.broadcast_to(connections.delay, m),
        }
        for name in receptors:
            norm = target.receptors.get(name, shared[name]).peak_norm()
            weight = np.asarray(connections.weights.get(name, 0.0)) * norm
            block[f"w_{name}"] = np.broadcast_to(weight, m)
        yield block
