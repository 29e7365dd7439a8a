"""Bounds of a circuit's numbers, whoever wrote them: file, condition or experiment.

The ranges are wide: what lies outside is a slip of the pen or of a unit, or breaks the
equations of the cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gatecontrol.circuits.model import RECEPTORS, receptor_kind
from gatecontrol.sourced import Sourced
from gatecontrol.units import format_quantity

__all__ = ["LARGEST_POPULATION", "Excess", "excesses"]

LARGEST_POPULATION = 100_000
MOST_COMPARTMENTS = 1000
"""Of one section."""
MOST_CONTACTS = 1000
MOST_SOURCES = 1000
"""Of the background of one cell."""


@dataclass(frozen=True)
class Excess:
    """A number out of bounds: its dotted name, and code and message of the fault."""

    name: str
    code: str
    message: str


@dataclass(frozen=True)
class _Range:
    low: float
    high: float
    dimension: str  # of gatecontrol.units, or "number"
    positive: bool = False

    def _shown(self, value: float) -> str:
        return (
            f"{value:g}" if self.dimension == "number" else format_quantity(value, self.dimension)
        )

    def fault(self, name: str, number: Sourced) -> Excess | None:
        if number.value < 0 <= self.low or (self.positive and number.value == 0):
            sign = ">" if self.positive else ">="
            return Excess(name, "E030", f"must be {sign} 0, got {number.text}")
        if not self.low <= number.value <= self.high:
            low, high = (self._shown(v) for v in (self.low, self.high))
            message = f"{number.text} is outside the plausible range ({low} to {high})"
            return Excess(name, "E033", message)
        return None


_VOLTAGE = _Range(-0.2, 0.2, "voltage")
_CONDUCTANCE = _Range(0, 1e-5, "conductance")
_STRENGTH = _Range(0, 1e3, "number")
_CURRENT = _Range(-1e-6, 1e-6, "current")
_WEIGHTS = {
    "conductance": _CONDUCTANCE,
    "current": _Range(0, 1e-6, "current"),
    "number": _STRENGTH,
}
_TIME = _Range(1e-5, 100, "time", positive=True)
_DIAMETER = _Range(1e-8, 1e-3, "length", positive=True)

_RANGES = {
    "capacitance": _Range(1e-13, 1e-7, "capacitance", positive=True),
    "leak_conductance": _Range(1e-12, 1e-5, "conductance", positive=True),
    "leak_reversal": _VOLTAGE,
    "threshold": _VOLTAGE,
    "reset": _VOLTAGE,
    "refractory_period": _Range(0, 1, "time"),
    "adaptation_conductance": _CONDUCTANCE,
    "adaptation_jump": _CURRENT,
    "adaptation_time": _TIME,
    "bias": _CURRENT,
    "can_conductance": _CONDUCTANCE,
    "rise": _TIME,
    "decay": _TIME,
    "reversal": _VOLTAGE,
    "recovery": _TIME,
    "failure_rate": _Range(1, 1e4, "frequency"),
    "failure_time": _TIME,
    "build_up": _Range(1e-3, 1e5, "time"),
    "fade": _Range(1e-3, 1e5, "time"),
    "ceiling": _Range(0, 1, "number"),
    "rate": _Range(0, 1e4, "frequency"),
    # of null models
    "background": _Range(0, 1e4, "frequency"),
    "spikes_per_volley": _STRENGTH,
    "smoothing": _TIME,
    "strength": _Range(0, 100, "number"),
    "half_rate": _Range(1e-3, 1e4, "frequency"),
    "window": _TIME,
    # of cable cells
    "time_step": _Range(1e-6, 1e-4, "time", positive=True),
    "initial": _VOLTAGE,
    "length": _Range(1e-9, 0.1, "length", positive=True),
    "diameter": _DIAMETER,
    "end_diameter": _DIAMETER,
    "specific_capacitance": _Range(1e-4, 1, "specific_capacitance", positive=True),
    "resistivity": _Range(0.01, 100, "resistivity", positive=True),
    "leak_density": _Range(0, 1e4, "conductance_density"),
    "density": _Range(0, 1e6, "conductance_density"),
    "permeability": _Range(0, 1, "velocity"),
    "removal": _TIME,
    "depth": _Range(1e-9, 1e-4, "length", positive=True),
    "rest": _Range(0, 10, "concentration"),
    "magnesium": _Range(0, 10, "concentration"),
    "calcium": _Range(0, 1, "fraction"),
}
"""Last part of a dotted name -> range [SI]."""


def excesses(numbers: Mapping[str, Sourced], *, cable: bool = False) -> list[Excess]:
    """Return the numbers that are out of bounds, alone or against each other.

    Parameters
    ----------
    numbers : mapping of str to Sourced
        All numbers of a circuit by dotted name (``receptors.ampa.decay``).
    cable : bool, optional
        Whether its cells have compartments; then a population may be a single cell.

    Returns
    -------
    list of Excess
        In the order of the numbers; one at most for each.
    """
    smallest = 1 if cable else 2
    found = (_excess(name, number, numbers, smallest) for name, number in numbers.items())
    return [fault for fault in found if fault]


def _excess(
    name: str, number: Sourced, numbers: Mapping[str, Sourced], smallest: int
) -> Excess | None:
    parent, _, last = name.rpartition(".")
    if parent.endswith(".weights"):
        return _WEIGHTS[RECEPTORS[receptor_kind(last)].weight].fault(name, number)
    if last == "half":
        number_or_conductance = _CONDUCTANCE if parent == "receptors.can" else _STRENGTH
        return replace(number_or_conductance, positive=True).fault(name, number)
    if last in _RANGES:
        each = [replace(number, value=value) for value in number.each] or [number]
        faults = (_RANGES[last].fault(name, one) for one in each)
        return next(filter(None, faults), None) or _relation(name, number, numbers)
    return _structure(name, number, numbers, smallest)


def _relation(name: str, number: Sourced, numbers: Mapping[str, Sourced]) -> Excess | None:
    parent, _, last = name.rpartition(".")
    if last == "rise":
        decay = numbers.get(f"{parent}.decay")
        if decay and decay.value > 0 and not number.value < decay.value:
            message = f"rise ({number.text}) must lie between 0 and decay ({decay.text})"
            return Excess(name, "E035", message)
    if last == "reset":
        threshold = numbers.get(f"{parent}.threshold")
        highest = max(number.each, default=number.value)
        if threshold and not highest < min(threshold.each, default=threshold.value):
            message = (
                f"reset ({number.text}) must be below threshold ({threshold.text}); "
                + "the cell would fire without end"
            )
            return Excess(name, "E035", message)
    return None


def _structure(
    name: str, number: Sourced, numbers: Mapping[str, Sourced], smallest: int
) -> Excess | None:
    parent, _, last = name.rpartition(".")
    value, whole = number.value, number.value == int(number.value)
    counts = {
        "size": (smallest, LARGEST_POPULATION),
        "compartments": (1, MOST_COMPARTMENTS),
        "contacts": (1, MOST_CONTACTS),
        "sources": (1, MOST_SOURCES),
    }
    if last in counts and not (whole and counts[last][0] <= value <= counts[last][1]):
        low, high = counts[last]
        message = f"must be a whole number from {low} to {high}, got {number.text}"
        return Excess(name, "E032", message)
    if last == "fan_in":
        source, _, target = parent.removeprefix("pathways.").partition("_to_")
        size = numbers.get(f"afferents.{source}.size") or numbers.get(f"populations.{source}.size")
        most = size.value - (source == target) if size else LARGEST_POPULATION
        if not (whole and 1 <= value <= most):
            message = (
                f"must be a whole number from 1 to {most:g} (the size of {source}), "
                + f"got {number.text}"
            )
            return Excess(name, "E032", message)
    if last == "delay" and not 0 <= value <= 1:
        return Excess(name, "E033", f"must lie between 0 and 1 s, got {number.text}")
    if last in {"coverage", "probability"} and not 0 < value <= 1:
        message = f"must lie between 0 (excluded) and 1, got {number.text}"
        return Excess(name, "E033", message)
    if last == "use" and not 0 <= value < 1:
        message = f"must lie between 0 and 1 (excluded), got {number.text}"
        return Excess(name, "E033", message)
    return None
