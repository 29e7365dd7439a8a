"""Kept spikes of one recording and its control, with what the time line shows."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import Row, effect, rows_of, sweep_axes
from gatecontrol.analysis.results import kept_spikes
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.results import Results

__all__ = ["RasterData", "Train", "circuit_of_results", "has_kept", "kept_of", "raster_data"]

Train = tuple[int, NDArray[np.int32], NDArray[np.float64]]


@dataclass(frozen=True)
class RasterData:
    """What a raster shows.

    Attributes
    ----------
    title : str
        Which arm and seed.
    off, on : mapping of str to (int, ndarray, ndarray)
        Population or afferent -> size, neuron, time [s]; control and device on.
    titles : mapping of str to str
        Population or afferent -> name for people.
    cells : tuple of str
        Which of them are cells of the circuit, whose rates are drawn.
    duration : float
        Simulated time [s].
    device : (float, float) or None
        When the device is on [s].
    evoked : (float, float) or None
        When the stimuli drive the dorsal horn [s].
    states : (str, str)
        What is called off and on.
    classes : mapping of str to str
        Afferent -> fibre class.
    row : Row or None
        The arm and sweep point.
    """

    title: str
    off: Mapping[str, Train]
    on: Mapping[str, Train]
    titles: Mapping[str, str]
    cells: tuple[str, ...]
    duration: float
    device: tuple[float, float] | None = None
    evoked: tuple[float, float] | None = None
    states: tuple[str, str] = ("device off (control)", "device on")
    classes: Mapping[str, str] | None = None
    row: Row | None = None

    def name(self, group: str) -> str:
        """Return what people call a population or afferent."""
        return self.titles.get(group, group.replace("_", " "))

    @property
    def compares(self) -> bool:
        """Whether off and on are two recordings."""
        return self.device is not None or not _same(self.off, self.on)


def _same(off: Mapping[str, Train], on: Mapping[str, Train]) -> bool:
    """Return whether two recordings are one and the same."""
    return off.keys() == on.keys() and all(
        np.array_equal(a, b)
        for name in off
        for a, b in zip(off[name][1:], on[name][1:], strict=True)
    )


def circuit_of_results(data: "xr.Dataset") -> dict[str, Any]:
    """Return the circuit as the results keep it; empty if they do not.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return json.loads(data.attrs.get("circuit") or "{}")


def raster_data(
    tree: "xr.DataTree", arm: str | None = None, seed: int | None = None
) -> RasterData | None:
    """Return what a raster of one arm shows, or None if no spikes were kept.

    Parameters
    ----------
    tree : xarray.DataTree
        Results.
    arm : str, optional
        By default the arm (and sweep point) with the largest suppression.
    seed : int, optional
        By default the first seed whose spikes were kept.
    """
    if "spikes" not in tree.children:
        return None
    data = tree.to_dataset(inherit=False)
    control = str(data.attrs.get("control", "device_off"))
    rows = [r for r in rows_of(data) if arm in {None, r.arm} and r.arm != control]
    rows.sort(key=effect, reverse=True)
    if seed is None:
        seed = int(tree["spikes"]["seed_number"].values[0])
    for row in rows:
        point = json.dumps({a: row.parts[a] for a in sweep_axes(data)})
        on, off = (kept_spikes(tree, row.arm, seed, s, point) for s in ("on", "off"))
        if on:
            return _raster_of(data, row, seed, off, on)
    return None


def has_kept(results: "Results") -> bool:
    """Return whether the spikes of any arm were kept."""
    return raster_data(results.tree) is not None


def kept_of(results: "Results") -> RasterData:
    """Return the kept spikes of the arm with the largest suppression and of its control.

    Raises
    ------
    GatecontrolError
        No spikes were kept, or none of this arm.
    """
    found = raster_data(results.tree)
    if found is None:
        raise GatecontrolError(
            "no spikes of this were kept; run with 'record: {spikes: first_seed}'"
        )
    return found


def _raster_of(
    data: "xr.Dataset", row: Row, seed: int, off: dict[str, Any], on: dict[str, Any]
) -> RasterData:
    circuit = circuit_of_results(data)
    afferents = circuit.get("afferents", {})
    groups = {**afferents, **circuit.get("populations", {})}
    control = str(data.attrs.get("control", "device_off"))
    states = ("device off (control)", "device on")
    if control in data["arm"].values:
        name = str(data["label"].sel(arm=control).values)
        states = (f"control: {name}", row.label)
    return RasterData(
        title=f"{row.label + ', ' if row.label else ''}seed {seed}",
        off=off,
        on=on,
        titles={name: str(group["title"]) for name, group in groups.items()},
        cells=tuple(str(p) for p in data["population"].values if str(p) in on),
        duration=row.number("duration"),
        device=_window(row, "device_on", "device_off"),
        evoked=_window(row, "evoked_start", "evoked_stop"),
        states=states,
        classes={name: str(a["fibre_class"]) for name, a in afferents.items()},
        row=row,
    )


def _window(row: Row, start: str, stop: str) -> tuple[float, float] | None:
    window = row.number(start), row.number(stop)
    # Empty where the spikes of the stimulus arrive after the end of the run.
    there = all(math.isfinite(t) for t in window) and window[0] < window[1]
    return window if there else None
