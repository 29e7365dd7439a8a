"""From circuit, wiring and drive to the flat arrays that the engine reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.model import CELL_PARAMETERS, EXCITATORY, RECEPTORS, Circuit
from gatecontrol.circuits.wiring import Wiring
from gatecontrol.errors import EngineError
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.seeds import stream

__all__ = [
    "Family",
    "SpikeFed",
    "Structure",
    "fill_tables",
    "spike_capacity",
    "spike_table",
    "structure_of",
]

NEVER = np.int32(2**31 - 1)
"""Time step of a padding spike: never reached."""


@dataclass(frozen=True)
class Family:
    """The synapses of one receptor family: one Brian2 Synapses object.

    Attributes
    ----------
    name : str
        ``afferent_excitatory``, ``local_inhibitory``, ...
    from_sources : bool
        Whether the presynaptic side are the sources (else the cells).
    receptors : tuple of str
        Receptors that any of its pathways uses.
    gated : bool
        Whether any of its pathways is under presynaptic inhibition.
    pathways : tuple of str
        Names of its pathways, in order.
    synapses : int
        Number of synapses.
    """

    name: str
    from_sources: bool
    receptors: tuple[str, ...]
    gated: bool
    pathways: tuple[str, ...]
    synapses: int

    def variables(self) -> tuple[str, ...]:
        """Return the names of the per-synapse inputs."""
        gate = ("gate",) if self.gated else ()
        return (*(f"w_{r}" for r in self.receptors), *gate, "use", "recovery", "delay")


class SpikeFed(Protocol):
    """A structure fed with source spikes."""

    @property
    def capacity(self) -> int:
        """Largest number of source spikes."""

    @property
    def dt(self) -> float:
        """Time step [s]."""


@dataclass(frozen=True)
class Structure:
    """What a compiled network is compiled for; anything else is data.

    Attributes
    ----------
    cells, sources : int
        Numbers of cells and of spike sources (fibres and background).
    capacity : int
        Largest number of source spikes.
    dt : float
        Time step [s].
    families : tuple of Family
    """

    cells: int
    sources: int
    capacity: int
    dt: float
    families: tuple[Family, ...]

    def cell_inputs(self) -> tuple[str, ...]:
        """Return the names of the cell variables that are fed."""
        receptors = []
        for name, form in RECEPTORS.items():
            receptors.append(f"decay_{name}")
            if form.dual:
                receptors.append(f"rise_{name}")
            if form.conductance:
                receptors.append(f"reversal_{name}")
        return ("v", *CELL_PARAMETERS, *receptors)

    def states(self) -> frozenset[str]:
        """Return the inputs that are initial values, which a simulation changes."""
        return frozenset({"cells.v"})

    def inputs(self) -> dict[str, tuple[str, int]]:
        """Return every input array: name -> (dtype, size)."""
        found = {"source.step": ("int32", self.capacity), "source.neuron": ("int32", self.capacity)}
        for name in self.cell_inputs():
            found[f"cells.{name}"] = ("float64", self.cells)
        for family in self.families:
            found[f"{family.name}.pre"] = ("int32", family.synapses)
            found[f"{family.name}.post"] = ("int32", family.synapses)
            for name in family.variables():
                found[f"{family.name}.{name}"] = ("float64", family.synapses)
        return found


def spike_capacity(spikes: int) -> int:
    """Round a number of source spikes up to 2^18, 2^21, 2^24, ...: one binary serves most."""
    capacity = 2**18
    while capacity < spikes:
        capacity *= 8
    return capacity


def structure_of(circuit: Circuit, dt: float, capacity: int) -> Structure:
    """Return the structure that a circuit compiles to.

    Parameters
    ----------
    circuit : Circuit
    dt : float
        Time step [s].
    capacity : int
        From `spike_capacity`.
    """
    families = []
    for side in ("afferent", "local"):
        for kind in ("excitatory", "inhibitory"):
            family = _family(circuit, side, kind)
            if family is not None:
                families.append(family)
    cells = sum(p.size for p in circuit.populations.values())
    backgrounds = (circuit.populations[b.target].size for b in circuit.backgrounds.values())
    sources = sum(a.size for a in circuit.afferents.values()) + sum(backgrounds)
    return Structure(cells, sources, capacity, dt, tuple(families))


def _family(circuit: Circuit, side: str, kind: str) -> Family | None:
    names, used, synapses, gated = [], set(), 0, False
    for pathway in circuit.pathways.values():
        afferent = pathway.source in circuit.afferents
        mine = {r for r in pathway.weights if (r in EXCITATORY) == (kind == "excitatory")}
        if afferent == (side == "afferent") and mine:
            names.append(pathway.name)
            used |= mine
            gated |= pathway.gated
            target = circuit.populations[pathway.target].size
            synapses += round(pathway.coverage * target) * pathway.fan_in
    if side == "afferent":
        for background in circuit.backgrounds.values():
            mine = {r for r in background.weights if (r in EXCITATORY) == (kind == "excitatory")}
            if mine:
                used |= mine
                synapses += circuit.populations[background.target].size
    if not synapses:
        return None
    receptors = tuple(r for r in RECEPTORS if r in used)
    return Family(f"{side}_{kind}", side == "afferent", receptors, gated, tuple(names), synapses)


def fill_tables(
    structure: Structure,
    circuit: Circuit,
    wiring: Wiring,
    drive: AfferentDrive,
    duration: float,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Return all input arrays of one simulation.

    Parameters
    ----------
    structure : Structure
        From `structure_of` for this circuit.
    circuit, wiring, drive
        The circuit, its draw and what reaches its afferents.
    duration : float
        [s]
    seed : int
        For the background spikes.

    Raises
    ------
    EngineError
        More spikes than the structure's capacity, or a fibre with two spikes in one step.
    """
    offsets, position = {}, 0
    for population in circuit.populations.values():
        offsets[population.name] = position
        position += population.size
    source_offsets, position = {}, 0
    for afferent in circuit.afferents.values():
        source_offsets[afferent.name] = position
        position += afferent.size
    for background in circuit.backgrounds.values():
        source_offsets[f"background:{background.target}"] = position
        position += circuit.populations[background.target].size

    tables = _source_spikes(structure, circuit, drive, source_offsets, duration, seed)
    tables["cells.v"] = np.concatenate(list(wiring.initial_voltage.values()))
    for name in CELL_PARAMETERS:
        tables[f"cells.{name}"] = np.concatenate([p[name] for p in wiring.parameters.values()])
    norms = {}
    for name, form in RECEPTORS.items():
        receptor = circuit.receptors.get(name)
        rise, decay, reversal = 1e-3, 2e-3, 0.0  # unused receptors: any legal numbers
        if receptor is not None:
            decay = receptor.decay.value
            rise = receptor.rise.value if receptor.rise else rise
            reversal = receptor.reversal.value if receptor.reversal else 0.0
        tables[f"cells.decay_{name}"] = np.full(structure.cells, 1 / decay)
        if form.dual:
            tables[f"cells.rise_{name}"] = np.full(structure.cells, 1 / rise)
        if form.conductance:
            tables[f"cells.reversal_{name}"] = np.full(structure.cells, reversal)
        norms[name] = _peak_norm(rise, decay) if form.dual else 1.0
    for family in structure.families:
        parts = [
            part
            for part in _parts(circuit, wiring, family, offsets, source_offsets)
            if len(part["pre"])
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
    source_offsets: Mapping[str, int],
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
        before = source_offsets if family.from_sources else offsets
        depression = pathway.depression
        yield block(
            drawn.pre + before[pathway.source],
            drawn.post + offsets[pathway.target],
            drawn.delay,
            drawn.weights,
            gate=float(pathway.gated),
            use=depression.use.value if depression else 0.0,
            recovery=depression.recovery.value if depression else 1.0,
        )
    if family.from_sources:
        for background in circuit.backgrounds.values():
            mine = {r: w for r, w in background.weights.items() if r in family.receptors}
            if mine:
                n = circuit.populations[background.target].size
                first = source_offsets[f"background:{background.target}"]
                weights = {r: np.full(n, w.value) for r, w in mine.items()}
                pre, post = first + np.arange(n), offsets[background.target] + np.arange(n)
                yield block(pre, post, np.zeros(n), weights, gate=0.0, use=0.0, recovery=1.0)


def _source_spikes(
    structure: Structure,
    circuit: Circuit,
    drive: AfferentDrive,
    source_offsets: Mapping[str, int],
    duration: float,
    seed: int,
) -> dict[str, NDArray[Any]]:
    """Return the padded spike table: fibres and background, ordered by time step."""
    first = np.array([source_offsets[name] for name in drive.fibres.afferent], dtype=np.int64)
    within = np.zeros(len(first), dtype=np.int64)
    for name in circuit.afferents:
        rows = np.flatnonzero(drive.fibres.afferent == name)
        within[rows] = np.arange(len(rows))
    neuron = [(first + within)[drive.fibre]]
    step = [np.round(drive.time / structure.dt).astype(np.int64)]
    for background in circuit.backgrounds.values():
        n = circuit.populations[background.target].size
        rng = stream(seed, "background", background.target)
        counts = rng.poisson(background.rate.value * duration, n)
        times = rng.uniform(0, duration, counts.sum())
        cells = np.repeat(np.arange(n), counts)
        steps = np.floor(times / structure.dt).astype(np.int64)
        # one spike per source and step; a Poisson source has two in one step very rarely
        unique = np.unique(steps * n + cells)
        neuron.append(unique % n + source_offsets[f"background:{background.target}"])
        step.append(unique // n)
    return spike_table(structure, np.concatenate(neuron), np.concatenate(step), duration)


def spike_table(
    structure: SpikeFed,
    all_neurons: NDArray[np.int64],
    all_steps: NDArray[np.int64],
    duration: float,
) -> dict[str, NDArray[Any]]:
    """Return the padded spike table of a simulation, ordered by time step, then source.

    Parameters
    ----------
    structure : SpikeFed
    all_neurons, all_steps : ndarray of int64, shape (m,)
        Source and time step of each spike.
    duration : float
        [s]; later spikes are left out.

    Raises
    ------
    EngineError
        More spikes than the structure's capacity, or a source with two spikes in one step.
    """
    keep = (all_steps >= 0) & (all_steps < round(duration / structure.dt))
    all_neurons, all_steps = all_neurons[keep], all_steps[keep]
    order = np.lexsort((all_neurons, all_steps))
    all_neurons, all_steps = all_neurons[order], all_steps[order]
    if len(all_steps) > structure.capacity:
        raise EngineError(
            f"{len(all_steps)} source spikes do not fit the {structure.capacity} that this "
            + "network was built for; prepare it with a larger spike capacity"
        )
    same = (np.diff(all_steps) == 0) & (np.diff(all_neurons) == 0)
    if same.any():
        at = int(np.flatnonzero(same)[0])
        raise EngineError(
            f"source {all_neurons[at]} has two spikes in the time step at "
            + f"{all_steps[at] * structure.dt:.4f} s; its refractory period is shorter than dt"
        )
    tables = {
        "source.step": np.full(structure.capacity, NEVER, dtype=np.int32),
        "source.neuron": np.zeros(structure.capacity, dtype=np.int32),
    }
    tables["source.step"][: len(all_steps)] = all_steps
    tables["source.neuron"][: len(all_steps)] = all_neurons
    return tables
