"""From circuit, wiring and drive to the flat arrays that the engine reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.model import (
    CELL_PARAMETERS,
    EXCITATORY,
    RECEPTORS,
    Circuit,
    Depression,
)
from gatecontrol.circuits.wiring import Wiring
from gatecontrol.simulation.equations import RECIPROCALS
from gatecontrol.simulation.sources import source_offsets

__all__ = ["Family", "Structure", "Zone", "fill_tables", "structure_of"]


_DEPRESSION = ("use", "recovery", "crowding", "failure_time")


@dataclass(frozen=True)
class Family:
    """The synapses of one receptor family: one Brian2 Synapses object.

    Attributes
    ----------
    name : str
        ``afferent_excitatory``, ``local_inhibitory_depressing``, ...
    from_sources : bool
        Whether the presynaptic side are the sources (else the cells).
    receptors : tuple of str
        Receptors that any of its pathways uses.
    gated : bool
        Whether any of its pathways is under presynaptic inhibition.
    depressing : bool
        Whether its pathways have short-term depression.
    pathways : tuple of str
        Names of its pathways, in order.
    synapses : int
        Number of synapses.
    """

    name: str
    from_sources: bool
    receptors: tuple[str, ...]
    gated: bool
    depressing: bool
    pathways: tuple[str, ...]
    synapses: int

    def variables(self) -> tuple[str, ...]:
        """Return the names of the per-synapse inputs."""
        gate = ("gate",) if self.gated else ()
        depression = _DEPRESSION if self.depressing else ()
        return (*(f"w_{r}" for r in self.receptors), *gate, *depression, "delay")


@dataclass(frozen=True)
class Zone:
    """Neighbouring cells that receive the same receptors.

    Attributes
    ----------
    cells : int
    receptors : tuple of str
    """

    cells: int
    receptors: tuple[str, ...]


@dataclass(frozen=True)
class Structure:
    """What a compiled network is compiled for; anything else is data.

    Attributes
    ----------
    cells, sources : int
        Numbers of cells and of spike sources (fibres and background).
    dt : float
        Time step [s].
    families : tuple of Family
    zones : tuple of Zone
        All cells, in order.
    losing : bool
        Whether any cell loses the events that arrive while it is refractory.
    traced : bool
        Whether the voltage of every cell is recorded.
    """

    cells: int
    sources: int
    dt: float
    families: tuple[Family, ...]
    zones: tuple[Zone, ...]
    losing: bool = False
    traced: bool = False

    def own_inputs(self) -> tuple[str, ...]:
        """Return the names of the cell variables that are fed cell by cell."""
        loses = ("loses_inputs",) if self.losing else ()
        return ("v", *(RECIPROCALS.get(n, n) for n in CELL_PARAMETERS), *loses)

    def cell_inputs(self) -> tuple[str, ...]:
        """Return the names of the cell variables that are fed."""
        receptors = []
        for name, form in RECEPTORS.items():
            receptors.append(f"decay_{name}")
            if form.dual:
                receptors.append(f"rise_{name}")
            if form.conductance:
                receptors.append(f"reversal_{name}")
            receptors += [f"{key}_{name}" for key in form.numbers]
        return (*self.own_inputs(), *receptors)

    def states(self) -> frozenset[str]:
        """Return the inputs that are initial values, which a simulation changes."""
        return frozenset({"cells.v"})

    def inputs(self) -> dict[str, tuple[str, int]]:
        """Return every input array but the source spikes: name -> (dtype, size)."""
        found: dict[str, tuple[str, int]] = {}
        own = self.own_inputs()
        for name in self.cell_inputs():
            shared = name not in own
            found[f"cells.{name}"] = ("float64", 1 if shared else self.cells)
        for family in self.families:
            found[f"{family.name}.pre"] = ("int32", family.synapses)
            found[f"{family.name}.post"] = ("int32", family.synapses)
            for name in family.variables():
                found[f"{family.name}.{name}"] = ("float64", family.synapses)
        return found


def structure_of(circuit: Circuit, dt: float) -> Structure:
    """Return the structure that a circuit compiles to.

    Parameters
    ----------
    circuit : Circuit
    dt : float
        Time step [s].
    """
    families = []
    for side, kind, depressing in product(
        ("afferent", "local"), ("excitatory", "inhibitory"), (False, True)
    ):
        family = _family(circuit, side, kind, depressing)
        if family is not None:
            families.append(family)
    cells = sum(p.size for p in circuit.populations.values())
    backgrounds = sum(circuit.background_sources(name) for name in circuit.backgrounds)
    sources = sum(a.size for a in circuit.afferents.values()) + backgrounds
    losing = any(circuit.cells[p.cell].loses_inputs for p in circuit.populations.values())
    return Structure(cells, sources, dt, tuple(families), tuple(_zones(circuit)), losing)


def _zones(circuit: Circuit) -> Iterable[Zone]:
    """Yield the zones of a circuit: neighbouring populations with the same receptors as one."""
    received: dict[str, set[str]] = {name: set() for name in circuit.populations}
    for origin in (*circuit.pathways.values(), *circuit.backgrounds.values()):
        received[origin.target] |= set(origin.weights)
    for population in circuit.populations.values():
        if "can" in circuit.receptors and "nmda" in received[population.name]:
            cell = circuit.cells[population.cell]
            received[population.name] |= {"can"} if "can_conductance" in cell.parameters else set()
    alike = groupby(
        circuit.populations.values(),
        key=lambda p: tuple(r for r in RECEPTORS if r in received[p.name]),
    )
    for receptors, populations in alike:
        yield Zone(sum(p.size for p in populations), receptors)


def _family(circuit: Circuit, side: str, kind: str, depressing: bool) -> Family | None:
    names, used, synapses, gated = [], set(), 0, False
    for pathway in circuit.pathways.values():
        afferent = pathway.source in circuit.afferents
        mine = {r for r in pathway.weights if (r in EXCITATORY) == (kind == "excitatory")}
        alike = afferent == (side == "afferent") and bool(pathway.depression) == depressing
        if alike and mine:
            names.append(pathway.name)
            used |= mine
            gated |= pathway.gated
            synapses += circuit.synapses_of(pathway)
    if side == "afferent" and not depressing:
        for background in circuit.backgrounds.values():
            mine = {r for r in background.weights if (r in EXCITATORY) == (kind == "excitatory")}
            if mine:
                used |= mine
                synapses += circuit.background_sources(background.target)
    if not synapses:
        return None
    receptors = tuple(r for r in RECEPTORS if r in used)
    name = f"{side}_{kind}" + "_depressing" * depressing
    return Family(name, side == "afferent", receptors, gated, depressing, tuple(names), synapses)


def fill_tables(structure: Structure, circuit: Circuit, wiring: Wiring) -> dict[str, NDArray[Any]]:
    """Return all input arrays of one network; its source spikes come apart.

    Parameters
    ----------
    structure : Structure
        From `structure_of` for this circuit.
    circuit, wiring
        The circuit and its draw.
    """
    offsets, position = {}, 0
    for population in circuit.populations.values():
        offsets[population.name] = position
        position += population.size
    sources = source_offsets(circuit)
    tables = {}
    tables["cells.v"] = np.concatenate(list(wiring.initial_voltage.values()))
    for name in CELL_PARAMETERS:
        values = np.concatenate([p[name] for p in wiring.parameters.values()])
        rate = RECIPROCALS.get(name)
        tables[f"cells.{rate or name}"] = 1 / values if rate else values
    if structure.losing:
        loses = [circuit.cells[p.cell].loses_inputs for p in circuit.populations.values()]
        sizes = [p.size for p in circuit.populations.values()]
        tables["cells.loses_inputs"] = np.repeat(np.array(loses, dtype=np.float64), sizes)
    norms = {}
    for name, form in RECEPTORS.items():
        receptor = circuit.receptors.get(name)
        rise, decay, reversal = 1e-3, 2e-3, 0.0  # unused receptors: any legal numbers
        if receptor is not None:
            decay = receptor.decay.value
            rise = receptor.rise.value if receptor.rise else rise
            reversal = receptor.reversal.value if receptor.reversal else 0.0
        tables[f"cells.decay_{name}"] = np.array([1 / decay])
        if form.dual:
            tables[f"cells.rise_{name}"] = np.array([1 / rise])
        if form.conductance:
            tables[f"cells.reversal_{name}"] = np.array([reversal])
        for key in form.numbers:
            number = receptor.numbers[key].value if receptor else 1.0
            tables[f"cells.{key}_{name}"] = np.array([number])
        norms[name] = _peak_norm(rise, decay) if form.dual else 1.0
    for family in structure.families:
        parts = [
            part for part in _parts(circuit, wiring, family, offsets, sources) if len(part["pre"])
        ]
        for key in ("pre", "post", *family.variables()):
            dtype = np.int32 if key in {"pre", "post"} else np.float64
            joined = np.concatenate([p[key] for p in parts]).astype(dtype)
            if key.startswith("w_"):
                joined = joined * norms[key[2:]]
            tables[f"{family.name}.{key}"] = joined
    return tables


def _peak_norm(rise: float, decay: float) -> float:
    """Return the factor that makes exp(-t/decay) - exp(-t/rise) peak at 1."""
    peak = rise * decay / (decay - rise) * np.log(decay / rise)
    return float(1 / (np.exp(-peak / decay) - np.exp(-peak / rise)))


def _parts(
    circuit: Circuit,
    wiring: Wiring,
    family: Family,
    offsets: Mapping[str, int],
    sources: Mapping[str, int],
) -> Iterable[dict[str, NDArray[Any]]]:
    """Yield the synapses of a family, one block per pathway or background."""

    def block(pre: Any, post: Any, delay: Any, weights: Mapping[str, Any], **extra: float) -> Any:
        n = len(pre)
        made = {"pre": pre, "post": post, "delay": delay}
        for receptor in family.receptors:
            made[f"w_{receptor}"] = weights.get(receptor, np.zeros(n))
        made |= {key: np.full(n, value) for key, value in extra.items()}
        return made

    for name in family.pathways:
        pathway, drawn = circuit.pathways[name], wiring.connections[name]
        before = sources if family.from_sources else offsets
        yield block(
            drawn.pre + before[pathway.source],
            drawn.post + offsets[pathway.target],
            drawn.delay,
            drawn.weights,
            gate=float(pathway.gated),
            **_train_effects(pathway.depression),
        )
    if family.from_sources and not family.depressing:
        for background in circuit.backgrounds.values():
            mine = {r: w for r, w in background.weights.items() if r in family.receptors}
            if mine:
                n = circuit.background_sources(background.target)
                first = sources[f"background:{background.target}"]
                weights = {r: np.full(n, w.value) for r, w in mine.items()}
                cell = np.arange(n) // background.sources
                pre, post = first + np.arange(n), offsets[background.target] + cell
                yield block(pre, post, np.zeros(n), weights, gate=0.0, **_train_effects(None))


def _train_effects(depression: Depression | None) -> dict[str, float]:
    """Return the inputs of a synapse that say what a train does to it."""
    if depression is None:
        return {"use": 0.0, "recovery": 1.0, "crowding": 0.0, "failure_time": 1.0}
    crowding, within = 0.0, 1.0
    if depression.failure_rate is not None and depression.failure_time is not None:
        within = depression.failure_time.value
        crowding = 1 / (depression.failure_rate.value * within)
    return {
        "use": depression.use.value,
        "recovery": depression.recovery.value,
        "crowding": crowding,
        "failure_time": within,
    }
