"""The payloads of a run as flat arrays: each is read, copied to its points and dropped.

So memory holds a few hundred bytes of numbers per point, whatever a payload says beside
them, and a control that many points share is read once.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    from gatecontrol.experiment.grid import Grid
    from gatecontrol.experiment.sweep import Point

__all__ = ["Gathered", "Slot", "gather"]

Payloads = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Slot:
    """A value that every payload may have.

    Attributes
    ----------
    section : str
        Part of the payload it is in (``measures``, ``report``, ``recruitment``).
    name : str
        Its name there.
    dims : tuple of str
        Dimensions beside those of the point.
    explained : bool
        Whether ``<name>_status`` says why it is missing.
    """

    section: str
    name: str
    dims: tuple[str, ...] = ()
    explained: bool = False


class Gathered:
    """What the payloads say, one row per point of the grid.

    Parameters
    ----------
    grid : Grid
        All its labels must be known.
    slots : sequence of Slot

    Attributes
    ----------
    reasons : ndarray of object, shape (points, epochs)
        Why values are missing; empty texts where none is.
    warnings : dict of (str, str) to int
        (arm, text) -> the first point that has it.
    provenance : dict of (str, str) to (int, str)
        (arm, topic) -> the first point that has it, and the text.
    """

    def __init__(self, grid: "Grid", slots: Sequence[Slot]) -> None:
        self._grid, self._slots = grid, list(slots)
        self._ranges: dict[tuple[str, str], tuple[int, int]] = {}
        width = 0
        for slot in slots:
            size = math.prod(len(grid.labels[d]) for d in slot.dims)
            self._ranges[slot.section, slot.name] = width, width + size
            width += size
        self._width = width
        rows = math.prod(grid.shape)
        self._own, self._off = (np.full((rows, width), np.nan) for _ in range(2))
        self.reasons = np.full((rows, len(grid.labels["epoch"])), "", dtype=object)
        self.warnings: dict[tuple[str, str], int] = {}
        self.provenance: dict[tuple[str, str], tuple[int, str]] = {}

    def array(self, section: str, name: str, *, control: bool = False) -> NDArray[np.float64]:
        """Return a value of all points: arm, sweep axes, seed and the dimensions of its own."""
        first, stop = self._ranges[section, name]
        slot = next(s for s in self._slots if (s.section, s.name) == (section, name))
        sizes = [len(self._grid.labels[d]) for d in slot.dims]
        columns = (self._off if control else self._own)[:, first:stop]
        return columns.reshape((*self._grid.shape, *sizes))

    def numbers(self, payload: Mapping[str, Any]) -> list[float]:
        """Return all values of a payload in the order of the slots."""
        row = [math.nan] * self._width
        for slot in self._slots:
            value = payload.get(slot.section, {}).get(slot.name)
            first, stop = self._ranges[slot.section, slot.name]
            try:
                self._fill(row, first, stop - first, slot.dims, value)
            except (ValueError, IndexError, TypeError) as error:
                raise GatecontrolError(
                    f"the measure variable '{slot.name}' does not fit its dimensions "
                    + f"({', '.join(slot.dims)}): {value!r}"
                ) from error
        return row

    def _fill(
        self, row: list[float], first: int, size: int, dims: tuple[str, ...], value: Any
    ) -> None:
        """Copy a value with its dimensions to its place in a row, None as NaN."""
        if not dims:
            row[first] = math.nan if value is None else float(value)
            return
        if value is None:
            return
        labels = self._grid.labels[dims[0]]
        each = size // max(len(labels), 1)
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            index = labels.index(key) if isinstance(key, str) else int(key)
            if index >= len(labels):
                raise IndexError(f"{index + 1} values along {dims[0]}, which has {len(labels)}")
            self._fill(row, first + index * each, each, dims[1:], item)

    def notes(self, payload: Mapping[str, Any] | None) -> "_Notes":
        """Return why values of a payload are missing: name -> a text per epoch."""
        epochs = self.reasons.shape[1]
        explained = [s.name for s in self._slots if s.explained]
        if payload is None:
            return tuple((name, ("not computed",) * epochs) for name in explained)
        found = []
        for name in explained:
            why = payload["measures"].get(f"{name}_status")
            if isinstance(why, Mapping):
                why = "; ".join(f"{label}: {text}" for label, text in why.items() if text)
            texts = (why,) * epochs if isinstance(why, str) else tuple(why or ())
            if any(texts):
                found.append((name, texts))
        return tuple(found)

    def place(self, payload: Mapping[str, Any], own: Sequence[int], off: Sequence[int]) -> None:
        """Copy a payload's values to the rows whose trial, or whose control, it is."""
        row = self.numbers(payload)
        self._own[own] = row
        self._off[off] = row

    def tell(self, payload: Mapping[str, Any], arm: str, index: int) -> None:
        """Keep a payload's warnings and provenance, those of an arm's first point."""
        for text in payload.get("warnings", ()):
            first = self.warnings.get((arm, text), index)
            self.warnings[arm, text] = min(index, first)
        for topic, text in payload.get("provenance", {}).items():
            known = self.provenance.get((arm, topic))
            if known is None or index < known[0]:
                self.provenance[arm, topic] = index, text


_Notes = tuple[tuple[str, tuple[str, ...]], ...]


def gather(
    grid: "Grid",
    points: Sequence["Point"],
    payloads: Payloads,
    key: Callable[[Mapping[str, Any]], str],
    slots: Sequence[Slot],
) -> Gathered:
    """Read all payloads, twice: for the labels that occur, and for the values.

    Parameters
    ----------
    grid : Grid
        Its populations and counted dimensions are filled in.
    points : sequence of Point
    payloads : mapping of str to mapping
        Trial key -> payload; may read each from a file when asked.
    key : callable
        Maps a trial to its key.
    slots : sequence of Slot

    Returns
    -------
    Gathered
    """
    rows: dict[str, tuple[list[int], list[int]]] = {}
    arms: dict[str, dict[str, int]] = {}
    for index, (row, point) in enumerate(zip(grid.rows, points, strict=True)):
        own, off = key(point.trial), key(point.control)
        rows.setdefault(own, ([], []))[0].append(row)
        rows.setdefault(off, ([], []))[1].append(row)
        arms.setdefault(own, {}).setdefault(point.arm, index)
    _label(grid, (p for p in map(payloads.get, rows) if p is not None), slots)
    found = Gathered(grid, slots)
    own_notes: dict[int, _Notes] = {}
    off_notes: dict[int, _Notes] = {}
    for address, (own_rows, off_rows) in rows.items():
        payload = payloads.get(address)
        notes = found.notes(payload)
        if notes:
            own_notes.update(dict.fromkeys(own_rows, notes))
            off_notes.update(dict.fromkeys(off_rows, notes))
        if payload is not None:
            found.place(payload, own_rows, off_rows)
            for arm, index in arms.get(address, {}).items():
                found.tell(payload, arm, index)
    order = [s.name for s in slots if s.explained]
    known: dict[tuple[_Notes, _Notes], list[str]] = {}
    for row in own_notes.keys() | off_notes.keys():
        both = own_notes.get(row, ()), off_notes.get(row, ())
        if both not in known:
            known[both] = _joined(order, *both, found.reasons.shape[1])
        found.reasons[row] = known[both]
    return found


def _label(grid: "Grid", payloads: Iterator[Mapping[str, Any]], slots: Sequence[Slot]) -> None:
    """Collect the populations, and the lengths of counted dimensions, that occur anywhere."""
    populations: dict[str, None] = {}
    counts = {name: 0 for name, d in grid.dimensions.items() if d.counted}
    counted = [s for s in slots if s.section == "measures" and counts.keys() & set(s.dims)]
    for payload in payloads:
        measures = payload["measures"]
        populations.update(dict.fromkeys(measures.get("rate", {})))
        for slot in counted:
            _count(counts, slot.dims, measures.get(slot.name))
    grid.labels["population"] = list(populations)
    for name, count in counts.items():
        grid.labels[name] = grid.dimensions[name].labels(count)


def _count(counts: dict[str, int], dims: tuple[str, ...], value: Any) -> None:
    """Raise the counts of the dimensions of a value to the lengths that it has along them."""
    if not counts.keys() & set(dims) or not isinstance(value, Mapping | list | tuple):
        return
    if dims[0] in counts:
        counts[dims[0]] = max(counts[dims[0]], len(value))
    for item in value.values() if isinstance(value, Mapping) else value:
        _count(counts, dims[1:], item)


def _joined(order: Sequence[str], own: _Notes, off: _Notes, epochs: int) -> list[str]:
    """Return one text per epoch: the reasons of a point's trial and control by variable."""
    mine, paired = dict(own), dict(off)
    texts = []
    for epoch in range(epochs):
        parts = []
        for name in order:
            for suffix, notes in (("", mine), ("_off", paired)):
                why = notes.get(name, ())
                if epoch < len(why) and why[epoch]:
                    parts.append(f"{name}{suffix}: {why[epoch]}")
        texts.append("; ".join(parts))
    return texts
