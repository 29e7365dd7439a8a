"""What a run will cost, before it starts: nothing unbounded runs unasked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.progress import duration_text

if TYPE_CHECKING:
    from gatecontrol.circuits.model import Circuit
    from gatecontrol.experiment.schema import Experiment

__all__ = ["LIMITS", "Cost", "CostError", "estimate", "guard", "headline", "least_cost"]

LIMITS = {"cpu": 3600.0, "memory": 2e9, "disk": 5e9}
"""Above these a run needs the user's word: CPU seconds, bytes of memory, bytes of disk."""

# Measured with the circuit `gate` (CPU seconds per simulated second and synapse, and per
# trial for draws and measures); runtime engines, ten trials side by side, relative to the
# compiled one.
_PER_SYNAPSE_SECOND = 1.7e-6
_PER_TRIAL = 0.13
# Cells with compartments (circuits `zhang2014`, 310 compartments, and `aguiar2010`, 32): CPU
# seconds per step of their solver, and per step and compartment.
_PER_STEP = 7e-7
_PER_COMPARTMENT_STEP = 1.2e-8
_SLOWER = {"standalone": 1.0, "cython": 16.0, "numpy": 30.0}
_WORKER_MEMORY = 250e6
_BYTES_PER_POINT = 6e3
_BYTES_PER_SPIKE = 12.0
_RATE = 30.0  # spikes/s of a fibre or cell, for the size of kept recordings


@dataclass(frozen=True)
class Cost:
    """Estimated cost of a run.

    Attributes
    ----------
    points : int
        Trials to compute.
    cpu : float
        [CPU s]
    memory : float
        Resident, over all processes [bytes].
    disk : float
        [bytes]
    """

    points: int
    cpu: float
    memory: float
    disk: float

    def __add__(self, other: "Cost") -> "Cost":
        """Return the cost of one after the other: the larger memory, the sum of the rest."""
        memory = max(self.memory, other.memory)
        disk, cpu = self.disk + other.disk, self.cpu + other.cpu
        return Cost(self.points + other.points, cpu, memory, disk)

    def excess(self) -> list[str]:
        """Return what exceeds the limits, as text; empty if nothing does."""
        found = []
        if self.cpu > LIMITS["cpu"]:
            found.append(f"{duration_text(self.cpu)} of CPU time (limit 1 h)")
        if self.memory > LIMITS["memory"]:
            found.append(f"{self.memory / 1e9:.1f} GB of memory (limit 2 GB)")
        if self.disk > LIMITS["disk"]:
            found.append(f"{self.disk / 1e9:.1f} GB of disk (limit 5 GB)")
        return found


class CostError(GatecontrolError):
    """A run is larger than may start without the user's word."""


def synapses_of(circuit: "Circuit") -> int:
    """Return the number of synapses of a circuit."""
    return sum(circuit.synapses_of(p) for p in circuit.pathways.values())


def compartments_of(circuit: "Circuit") -> int:
    """Return the number of compartments of a circuit; 0 for point neurons."""
    found = 0
    for population in circuit.populations.values():
        cell = circuit.cells[population.cell]
        if cell.form:
            counts = (f"sections.{s.name}.compartments" for s in cell.form.sections)
            found += population.size * sum(int(cell.parameters[name].value) for name in counts)
    return found


def estimate(
    points: int,
    duration: float,
    circuit: "Circuit",
    *,
    workers: int,
    kept: int = 0,
    backend: str = "standalone",
) -> Cost:
    """Estimate the cost of a run.

    Parameters
    ----------
    points : int
        Trials to compute.
    duration : float
        Simulated time of one [s].
    circuit : Circuit
        Its sizes set the price.
    workers : int
    kept : int, optional
        Trials whose spikes are kept.
    backend : str, optional
        Engine.
    """
    cells = sum(p.size for p in circuit.populations.values())
    fibres = sum(a.size for a in circuit.afferents.values())
    synapses = synapses_of(circuit)
    second = _PER_SYNAPSE_SECOND * synapses
    if circuit.time_step:
        step = _PER_STEP + _PER_COMPARTMENT_STEP * compartments_of(circuit)
        second += step / circuit.time_step.value
    each = _PER_TRIAL + second * duration * _SLOWER[backend]
    spikes = (cells + fibres) * _RATE * duration
    worker = _WORKER_MEMORY + 100.0 * synapses + 60.0 * spikes
    return Cost(
        points=points,
        cpu=points * each,
        memory=workers * worker + _WORKER_MEMORY + points * _BYTES_PER_POINT,
        disk=points * _BYTES_PER_POINT + kept * spikes * _BYTES_PER_SPIKE,
    )


def least_cost(points: int) -> Cost:
    """Return what a number of points costs at least, whatever they are."""
    return Cost(points, points * _PER_TRIAL, points * _BYTES_PER_POINT, points * _BYTES_PER_POINT)


def guard(cost: Cost, *, yes: bool, again: str, word: str = "about") -> None:
    """Refuse a run that is too large, unless the user has agreed.

    Parameters
    ----------
    cost : Cost
    yes : bool
        Whether the user has agreed.
    again : str
        The command that would agree.
    word : str, optional
        How sure the estimate is: "about", "at least", "at most", ...

    Raises
    ------
    CostError
    """
    excess = cost.excess()
    if excess and not yes:
        raise CostError(
            f"this run of {cost.points} points needs {word} {' and '.join(excess)}; nothing was "
            + f"started.\n  help: fewer seeds or sweep values, or agree to it: {again} --yes"
        )


def headline(experiment: "Experiment") -> str:
    """Return an experiment's size in a line: arms x sweep values x seeds.

    Parameters
    ----------
    experiment : Experiment
    """
    from gatecontrol.experiment.replicates import AdaptiveSeeds
    from gatecontrol.experiment.sweep import axis_sizes

    total = max(1, len(experiment.arms))
    parts = [f"{total} arm{'s' * (total != 1)}"]
    for name, size in axis_sizes(experiment).items():
        parts.append(f"{size} {name}")
        total *= size
    rule = experiment.seeds
    count, word = len(rule), ""
    seeds = f"{count} seed{'s' * (count != 1)}"
    if isinstance(rule, AdaptiveSeeds):
        word = "at most "
        seeds = f"{seeds} (until +/- {100 * rule.until:g} percentage points)"
        seeds = f"{rule.min} to {seeds}" if rule.min < rule.max else seeds
    points = total * count
    whole = f"{word}{points} point{'s' * (points != 1)}"
    return f"{experiment.name}: {' x '.join([*parts, seeds])} = {whole}"
