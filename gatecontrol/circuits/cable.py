"""Multi-compartment cells as data: sections, what is in their membrane, and compartments.

A cell is a tree of cylinders (or frusta), each cut into compartments. Quantities are SI
floats; channels name their kinetics in `gatecontrol.circuits.channels`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.circuits.channels import Channel
from gatecontrol.errors import CellError, did_you_mean

__all__ = ["CableCell", "Compartments", "Density", "Pool", "Section", "compartments_of", "locate"]


@dataclass(frozen=True)
class Density:
    """A channel in the membrane of a section.

    Attributes
    ----------
    density : float
        Conductance [S/m2] of an ohmic channel; for a channel with a current as text, what
        that text is to be multiplied by (a permeability in cm/s).
    reversal : float
        Reversal potential [V]; without effect if the current is given as text.
    parameters : mapping of str to float
        Values that differ from the channel's defaults.
    """

    density: float
    reversal: float = 0.0
    parameters: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pool:
    """Calcium under the membrane: filled by calcium currents, emptied exponentially.

    Attributes
    ----------
    tau : float
        Time constant of removal [s].
    depth : float
        Thickness of the shell [m].
    rest : float
        Concentration at rest [mM].
    """

    tau: float
    depth: float = 0.1e-6
    rest: float = 5e-5


@dataclass(frozen=True)
class Section:
    """An unbranched piece of a cell.

    Attributes
    ----------
    name : str
    length : float
        [m]
    diameter : float or (float, float)
        [m]; a pair for a linear taper from start to end.
    compartments : int
        Number of equal pieces.
    parent : str
        Section that its start is joined to; empty for the first one.
    at : str
        End of the parent: ``"end"``, or ``"start"`` of the first section.
    capacitance : float
        [F/m2]
    resistivity : float
        Axial resistivity [ohm m].
    leak_conductance : float
        [S/m2]
    leak_reversal : float
        [V]
    channels : mapping of str to Density
        By name of a channel of the cell.
    pool : Pool or None
        Needed where a channel depends on calcium.
    """

    name: str
    length: float
    diameter: float | tuple[float, float]
    compartments: int
    parent: str = ""
    at: str = "end"
    capacitance: float = 0.01
    resistivity: float = 1.5
    leak_conductance: float = 0.0
    leak_reversal: float = -65e-3
    channels: Mapping[str, Density] = field(default_factory=dict)
    pool: Pool | None = None

    def diameters(self) -> tuple[float, float]:
        """Return the diameter at the start and at the end [m]."""
        return self.diameter if isinstance(self.diameter, tuple) else (self.diameter, self.diameter)


@dataclass(frozen=True)
class CableCell:
    """A multi-compartment cell.

    Attributes
    ----------
    name : str
    sections : tuple of Section
        Each after its parent.
    channels : tuple of Channel
        Those that its sections use.
    """

    name: str
    sections: tuple[Section, ...]
    channels: tuple[Channel, ...] = ()

    def check(self) -> None:
        """Raise if it cannot be built.

        Raises
        ------
        CellError
            All faults at once.
        """
        found = [fault for channel in self.channels for fault in channel.faults()]
        if not self.sections:
            found.append("it has no section")
        known = {c.name: c for c in self.channels}
        if len(known) < len(self.channels):
            found.append("two of its channels have one name")
        before: list[str] = []
        for section in self.sections:
            found += [f"section {section.name}: {f}" for f in _joint_faults(section, before)]
            found += [f"section {section.name}: {f}" for f in _membrane_faults(section, known)]
            before.append(section.name)
        if found:
            raise CellError("\n".join(f"cell {self.name}: {fault}" for fault in found))


def _joint_faults(section: Section, before: list[str]) -> list[str]:
    found = []
    if section.name in before:
        found.append("a second section of this name")
    if not before and section.parent:
        found.append(f"the first section cannot have a parent ('{section.parent}')")
    if before and section.parent not in before:
        found.append(
            f"no section '{section.parent}' stands before it."
            + did_you_mean(section.parent, before)
            + f" A parent must be one of: {', '.join(before)}"
        )
    if section.at not in {"start", "end"}:
        found.append(f"at must be start or end, not '{section.at}'")
    elif before and section.at == "start" and section.parent in before[1:]:
        found.append(f"join it to the end of the parent of '{section.parent}' instead of its start")
    return found


def _membrane_faults(section: Section, known: Mapping[str, Channel]) -> list[str]:
    found = []
    positive = {
        "length": section.length,
        "diameter": min(section.diameters()),
        "capacitance": section.capacitance,
        "resistivity": section.resistivity,
    }
    if section.pool:
        positive |= {"pool.tau": section.pool.tau, "pool.depth": section.pool.depth}
    for name, value in positive.items():
        if not (math.isfinite(value) and value > 0):
            found.append(f"{name} must be positive, not {value:g}")
    if section.compartments < 1:
        found.append(f"it needs at least 1 compartment, not {section.compartments}")
    if not 0 <= section.leak_conductance < math.inf:
        found.append(f"leak_conductance must be 0 or more, not {section.leak_conductance:g}")
    if not math.isfinite(section.leak_reversal):
        found.append(f"leak_reversal is {section.leak_reversal:g}")
    for name, use in section.channels.items():
        channel = known.get(name)
        if channel is None:
            found.append(
                f"unknown channel '{name}'.{did_you_mean(name, list(known))}"
                + f" Channels of this cell: {', '.join(known) or 'none'}"
            )
            continue
        if not 0 <= use.density < math.inf:
            found.append(f"channel {name}: density must be 0 or more, not {use.density:g}")
        for what, value in {"reversal": use.reversal, **use.parameters}.items():
            if not math.isfinite(value):
                found.append(f"channel {name}: {what} is {value:g}")
        allowed = [n for n, _ in channel.parameters]
        for extra in sorted(set(use.parameters) - set(allowed)):
            found.append(
                f"channel {name}: unknown parameter '{extra}'.{did_you_mean(extra, allowed)}"
                + f" Parameters: {', '.join(allowed) or 'none'}"
            )
        if channel.uses_calcium() and section.pool is None:
            found.append(f"channel {name} needs a calcium pool; give the section one")
    return found


@dataclass(frozen=True)
class Compartments:
    """A cell cut up, each compartment after its parent.

    Where three or more ends meet, the joint is a compartment of its own without membrane.

    Attributes
    ----------
    parent : ndarray of int32, shape (k,)
        -1 for the root.
    section : ndarray of int32, shape (k,)
        Index of its section; -1 for a joint.
    position : ndarray of float64, shape (k,)
        Of its centre within the section (0-1).
    area : ndarray of float64, shape (k,)
        Membrane [m2]; 0 for a joint.
    axial : ndarray of float64, shape (k,)
        Conductance to the parent [S]; 0 for the root.
    """

    parent: NDArray[np.int32]
    section: NDArray[np.int32]
    position: NDArray[np.float64]
    area: NDArray[np.float64]
    axial: NDArray[np.float64]


def compartments_of(cell: CableCell) -> Compartments:
    """Cut a checked cell into compartments.

    Parameters
    ----------
    cell : CableCell

    Notes
    -----
    The axial resistance between neighbours is that of their two halves, each a cylinder of
    the diameter at the compartment's centre, as in NEURON.
    """
    rows: list[tuple[int, int, float, float, float]] = []
    tips: dict[tuple[str, str], tuple[int, float]] = {}  # end -> (compartment, half resistance)
    joined = [(s.parent, s.at) for s in cell.sections[1:]]
    for number, section in enumerate(cell.sections):
        before, resistance = tips.get((section.parent, section.at), (-1, 0.0))
        n = section.compartments
        start, end = section.diameters()
        step = section.length / n
        for k in range(n):
            position = (k + 0.5) / n
            diameter = start + (end - start) * position
            half = section.resistivity * (step / 2) / (math.pi * diameter**2 / 4)
            if before < 0:
                axial = 0.0
                tips[section.name, "start"] = (0, half)
            else:
                axial = 1 / (resistance + half)
            rows.append((before, number, position, math.pi * diameter * step, axial))
            before, resistance = len(rows) - 1, half
        tips[section.name, "end"] = (before, resistance)
        for end_name in ("start", "end"):
            key = (section.name, end_name)
            if joined.count(key) > 1:
                at, half = tips[key]
                rows.append((at, -1, 0.0, 0.0, 1 / half))
                tips[key] = (len(rows) - 1, 0.0)
    columns: list[Any] = list(zip(*rows, strict=True))
    parent, part = (np.array(c, dtype=np.int32) for c in columns[:2])
    position, area, axial = (np.array(c, dtype=np.float64) for c in columns[2:])
    return Compartments(parent, part, position, area, axial)


def locate(cell: CableCell, section: str, position: float) -> int:
    """Return the compartment at a place.

    Parameters
    ----------
    cell : CableCell
    section : str
    position : float
        0 (start) to 1 (end).

    Raises
    ------
    CellError
        No such section or place.
    """
    names = [s.name for s in cell.sections]
    if section not in names:
        raise CellError(
            f"cell {cell.name}: no section '{section}'.{did_you_mean(section, names)}"
            + f" Sections: {', '.join(names)}"
        )
    if not 0 <= position <= 1:
        raise CellError(f"cell {cell.name}: a position lies between 0 and 1, not at {position:g}")
    number = names.index(section)
    count = cell.sections[number].compartments
    first = int(np.flatnonzero(compartments_of(cell).section == number)[0])
    return first + min(int(position * count), count - 1)
