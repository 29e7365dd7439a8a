"""What a compiled network of cable cells is compiled for; anything else is data.

Cells of one form (tree, channels, ports) make a *batch*, whose arrays are laid out compartment
by compartment, all cells of a compartment side by side.
"""

from dataclasses import dataclass, fields
from itertools import groupby
from typing import Any

import numpy as np

from gatecontrol.circuits.cable import CableCell, compartments_of, locate
from gatecontrol.circuits.cable_network import CableNetwork, CablePopulation
from gatecontrol.circuits.channels import Channel, Gate
from gatecontrol.errors import CellError

__all__ = [
    "Batch",
    "CableFamily",
    "CableStructure",
    "ReceptorKind",
    "Zone",
    "batches_of",
    "structure_of_cables",
]


@dataclass(frozen=True)
class Zone:
    """Neighbouring compartments with the same channels.

    Attributes
    ----------
    start, stop : int
        Compartments.
    channels : tuple of str
    pool : bool
        Whether they have a calcium pool.
    """

    start: int
    stop: int
    channels: tuple[str, ...]
    pool: bool


@dataclass(frozen=True)
class Batch:
    """Cells of one form.

    Attributes
    ----------
    name : str
    cells : int
    parents : tuple of int
        Parent of each compartment, -1 for the root; parents come first.
    zones : tuple of Zone
    channels : tuple of Channel
    pool : bool
        Whether any compartment has a calcium pool.
    ports : tuple of int
        Compartment of each port.
    detector : int
        Compartment whose voltage makes spikes.
    record : tuple of int
        Entries of the layout whose voltage is recorded.
    """

    name: str
    cells: int
    parents: tuple[int, ...]
    zones: tuple[Zone, ...]
    channels: tuple[Channel, ...]
    pool: bool
    ports: tuple[int, ...]
    detector: int
    record: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Number of entries of its arrays: compartments times cells."""
        return len(self.parents) * self.cells

    def constants(self) -> tuple[str, ...]:
        """Return the names of the inputs that stay constant."""
        names = ["capacitance", "axial", "leak", "leak_reversal"]
        for channel in self.channels:
            names.append(f"{channel.name}_strength")
            names += [] if channel.current else [f"{channel.name}_reversal"]
            names += [f"{channel.name}_{p}" for p, _ in channel.parameters]
        if self.pool:
            names += ["calcium_rest", "calcium_rate", "calcium_gain"]
        return tuple(names)

    def states(self) -> tuple[str, ...]:
        """Return the names of the inputs that are initial values."""
        gates = [f"{c.name}_{g.name}" for c in self.channels for g in c.gates]
        return ("v", *gates, *(["calcium"] if self.pool else []))


@dataclass(frozen=True)
class ReceptorKind:
    """Form of a receptor.

    Attributes
    ----------
    name : str
    dual, magnesium, calcium : bool
        Rise besides decay; voltage-dependent block; current into the calcium pool.
    """

    name: str
    dual: bool
    magnesium: bool
    calcium: bool


@dataclass(frozen=True)
class CableFamily:
    """Synapses of one side: one Brian2 Synapses object.

    Attributes
    ----------
    name : str
        ``"afferent"`` or ``"local"``.
    from_sources : bool
    receptors : tuple of str
        Receptors that any of them uses.
    synapses : int
        Their number.
    """

    name: str
    from_sources: bool
    receptors: tuple[str, ...]
    synapses: int

    def variables(self) -> tuple[str, ...]:
        """Return the names of the per-synapse inputs."""
        return (*(f"w_{r}" for r in self.receptors), "delay")


@dataclass(frozen=True)
class CableStructure:
    """What a compiled network of cable cells is compiled for.

    Attributes
    ----------
    batches : tuple of Batch
    receptors : tuple of ReceptorKind
    sources : int
        Number of spike sources.
    dt : float
        Time step [s].
    families : tuple of CableFamily
    model : str
        Tells it from other structures where it is read back.
    """

    batches: tuple[Batch, ...]
    receptors: tuple[ReceptorKind, ...]
    sources: int
    dt: float
    families: tuple[CableFamily, ...]
    model: str = "cable"

    @property
    def cells(self) -> int:
        """Number of cells."""
        return sum(b.cells for b in self.batches)

    @property
    def ports(self) -> int:
        """Number of ports; one that nothing reaches keeps a network without any."""
        return max(sum(len(b.ports) * b.cells for b in self.batches), 1)

    @property
    def calcium(self) -> bool:
        """Whether any receptor fills calcium pools."""
        return any(r.calcium for r in self.receptors)

    def port_constants(self) -> tuple[str, ...]:
        """Return the names of the constant inputs of a port."""
        names = ["step_amplitude", "step_start", "step_stop"]
        for kind in self.receptors:
            names += [f"{kind.name}_decay", f"{kind.name}_reversal"]
            names += [f"{kind.name}_rise"] if kind.dual else []
            names += [f"{kind.name}_magnesium"] if kind.magnesium else []
            names += [f"{kind.name}_calcium"] if kind.calcium else []
        return tuple(names)

    def states(self) -> frozenset[str]:
        """Return the inputs that are initial values, which a simulation changes."""
        found = {f"{b.name}.{name}" for b in self.batches for name in b.states()}
        return frozenset(found | {"cells.v", "cells.v_before", "ports.v"})

    def inputs(self) -> dict[str, tuple[str, int]]:
        """Return every input array but the source spikes: name -> (dtype, size)."""
        found = {}
        for name in ("v", "v_before", "threshold"):
            found[f"cells.{name}"] = ("float64", self.cells)
        for name in ("v", *self.port_constants()):
            found[f"ports.{name}"] = ("float64", self.ports)
        for batch in self.batches:
            for name in (*batch.states(), *batch.constants()):
                found[f"{batch.name}.{name}"] = ("float64", batch.size)
        for family in self.families:
            found[f"{family.name}.pre"] = ("int32", family.synapses)
            found[f"{family.name}.post"] = ("int32", family.synapses)
            for name in family.variables():
                found[f"{family.name}.{name}"] = ("float64", family.synapses)
        return found

    @classmethod
    def from_dict(cls, raw: dict[str, Any]) -> "CableStructure":
        """Return the structure that ``dataclasses.asdict`` and JSON made a mapping of."""
        return _restore(cls, raw)


_PARTS = {"batches": Batch, "zones": Zone, "receptors": ReceptorKind, "families": CableFamily}


def _restore(kind: Any, raw: dict[str, Any]) -> Any:
    values = {}
    for field in fields(kind):
        value = raw[field.name]
        if isinstance(value, list):
            part = _PARTS.get(field.name)
            if field.name == "channels" and kind is Batch:
                part = Channel
            elif field.name == "gates":
                part = Gate
            elif field.name == "receptors" and kind is CableFamily:
                part = None
            value = tuple(
                _restore(part, v) if part else tuple(v) if isinstance(v, list) else v for v in value
            )
        values[field.name] = value
    return kind(**values)


@dataclass(frozen=True)
class _Form:
    """What cells of one batch have in common."""

    parents: tuple[int, ...]
    zones: tuple[Zone, ...]
    channels: tuple[Channel, ...]
    pool: bool
    ports: tuple[int, ...]
    detector: int


def _form_of(population: CablePopulation, cell: CableCell) -> _Form:
    cut = compartments_of(cell)
    sections = [cell.sections[s] if s >= 0 else None for s in cut.section]
    inside = [
        (tuple(sorted(s.channels)), s.pool is not None) if s else ((), False) for s in sections
    ]
    zones, start = [], 0
    for (channels, pool), run in groupby(inside):
        stop = start + len(list(run))
        zones.append(Zone(start, stop, channels, pool))
        start = stop
    used = {name for zone in zones for name in zone.channels}
    return _Form(
        tuple(int(p) for p in cut.parent),
        tuple(zones),
        tuple(sorted((c for c in cell.channels if c.name in used), key=lambda c: c.name)),
        any(s.pool is not None for s in cell.sections),
        tuple(locate(cell, *place) for place in population.ports.values()),
        locate(cell, *population.spike_at),
    )


def batches_of(network: CableNetwork) -> list[tuple[_Form, list[CablePopulation]]]:
    """Return the forms of a network, each with its populations, in order of appearance.

    Raises
    ------
    CellError
        Cells of one population that differ in form.
    """
    found: dict[_Form, list[CablePopulation]] = {}
    for population in network.populations:
        forms = {_form_of(population, c) for c in {id(c): c for c in population.cells}.values()}
        if len(forms) > 1:
            raise CellError(
                f"network {network.name}: population {population.name}: its cells differ in "
                + "sections, compartments or channels; make a population of each form"
            )
        found.setdefault(forms.pop(), []).append(population)
    return list(found.items())


def structure_of_cables(network: CableNetwork, dt: float) -> CableStructure:
    """Return the structure that a network compiles to.

    Parameters
    ----------
    network : CableNetwork
    dt : float
        Time step [s].

    Raises
    ------
    CellError
        The network cannot be built as described.
    """
    network.check()
    batches = []
    for number, (form, populations) in enumerate(batches_of(network)):
        cells, record, first = sum(len(p.cells) for p in populations), [], 0
        for population in populations:
            own = np.arange(len(population.cells))
            for place in population.record:
                record += (locate(population.cells[0], *place) * cells + first + own).tolist()
            first += len(population.cells)
        shape = (form.parents, form.zones, form.channels, form.pool, form.ports, form.detector)
        batches.append(Batch(f"cable{number}", cells, *shape, tuple(record)))
    kinds = []
    for receptor in network.receptors:
        all_ = [receptor, *(p.receptors.get(receptor.name, receptor) for p in network.populations)]
        kinds.append(
            ReceptorKind(
                receptor.name,
                any(r.rise > 0 for r in all_),
                any(r.magnesium > 0 for r in all_),
                any(r.calcium > 0 for r in all_),
            )
        )
    families = []
    for name, from_sources in (("afferent", True), ("local", False)):
        mine = [c for c in network.connections if (not c.source) == from_sources and len(c.pre)]
        if mine:
            used = {r for c in mine for r in c.weights}
            receptors = tuple(r.name for r in network.receptors if r.name in used)
            synapses = sum(len(c.pre) for c in mine)
            families.append(CableFamily(name, from_sources, receptors, synapses))
    sources = max(network.sources, 1)  # a source that never fires keeps one form of network
    return CableStructure(tuple(batches), tuple(kinds), sources, dt, tuple(families))
