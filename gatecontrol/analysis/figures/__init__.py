"""Figures: each from one function on data, with its description in words."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.figures.circuit_diagram import circuit_diagram, circuit_diagram_alt
from gatecontrol.analysis.figures.curves import (
    numeric_axis,
    suppression_along_axis,
    suppression_along_axis_alt,
    windup_curves,
    windup_curves_alt,
)
from gatecontrol.analysis.figures.forest import suppression_by_arm, suppression_by_arm_alt
from gatecontrol.analysis.figures.raster import RasterData, raster, raster_alt
from gatecontrol.analysis.figures.rows import Row, rows_of, sweep_axes
from gatecontrol.analysis.figures.style import save
from gatecontrol.analysis.results import kept_spikes

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

__all__ = [
    "Drawing",
    "RasterData",
    "circuit_diagram",
    "circuit_diagram_alt",
    "compares",
    "draw_all",
    "drawings",
    "raster",
    "raster_alt",
    "raster_data",
    "suppression_along_axis",
    "suppression_along_axis_alt",
    "suppression_by_arm",
    "suppression_by_arm_alt",
    "windup_curves",
    "windup_curves_alt",
]

_MOST_FOREST = 24


@dataclass(frozen=True)
class Drawing:
    """A figure of a run, drawn.

    Attributes
    ----------
    name : str
        File name without ending.
    caption : str
        What it shows and how to read it.
    alt : str
        The figure in words.
    figure : Figure
    """

    name: str
    caption: str
    alt: str
    figure: "Figure"


def compares(data: "xr.Dataset") -> bool:
    """Return whether anything is compared: a device, or arms that differ from their control.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    if any(row.has_device for row in rows_of(data)):
        return True
    pooled = np.asarray(data["suppression_pooled"].values, dtype=float)
    return bool((np.isfinite(pooled) & (pooled != 0)).any())


def drawings(tree: "xr.DataTree") -> Iterator[Drawing]:
    """Draw every figure that a run has data for.

    Parameters
    ----------
    tree : xarray.DataTree
        Results.

    Yields
    ------
    Drawing
        One at a time, so that memory holds one figure.
    """
    data = tree.to_dataset(inherit=False)
    axis = numeric_axis(data)
    if compares(data):
        if axis is not None:
            yield Drawing(
                f"suppression_by_{axis}",
                "Suppression of the pain signal of the deep projection neurons while the device "
                + "is on (or in the epoch during), all seeds pooled; the band is the 95 % "
                + "interval over seeds.",
                suppression_along_axis_alt(data, axis),
                suppression_along_axis(data, axis),
            )
        if axis is None or math.prod(data["suppression_pooled"].shape[:-1]) <= _MOST_FOREST:
            yield Drawing(
                "suppression_by_arm",
                "Suppression of the pain signal of the deep projection neurons against the "
                + "paired control, all seeds pooled, with the 95 % interval over seeds; the dose "
                + "of each arm under its name (PT: perception threshold; A\u03b2, A\u03b4, C: "
                + "share of these fibres recruited).",
                suppression_by_arm_alt(data),
                suppression_by_arm(data),
            )
    if "windup_spikes" in data:
        yield Drawing(
            "windup",
            "Spikes of the deep projection neurons per C volley, in the window in which C "
            + "fibres answer; mean and 95 % interval over seeds.",
            windup_curves_alt(data),
            windup_curves(data),
        )
    spikes = raster_data(tree)
    if spikes is not None:
        yield Drawing(
            "raster",
            "Spikes of all fibres and populations, and population rates in bins of 0.1 s, of "
            + "one seed. Grey: the window in which the stimuli (the noxious ones, if any) "
            + "act on the dorsal horn; blue: the device is on.",
            raster_alt(spikes),
            raster(spikes),
        )
    circuit = _circuit(data)
    if circuit:
        yield Drawing(
            "circuit",
            f"The circuit '{circuit['name']}' drawn from its data, superficial laminae on top.",
            circuit_diagram_alt(circuit),
            circuit_diagram(circuit),
        )


def draw_all(tree: "xr.DataTree", folder: Path) -> list[tuple[Drawing, Path]]:
    """Draw and write every figure of a run as PNG and SVG.

    Parameters
    ----------
    tree : xarray.DataTree
        Results.
    folder : Path
        Where the files go (``results/<name>/figures``).

    Returns
    -------
    list of (Drawing, Path)
        Each figure with its PNG; the SVG lies beside it.
    """
    return [(drawing, save(drawing.figure, folder, drawing.name)[0]) for drawing in drawings(tree)]


def _circuit(data: "xr.Dataset") -> dict[str, Any]:
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
    rows.sort(key=_effect, reverse=True)
    if seed is None:
        seed = int(tree["spikes"]["seed_number"].values[0])
    for row in rows:
        point = json.dumps({a: row.parts[a] for a in sweep_axes(data)})
        on, off = (kept_spikes(tree, row.arm, seed, s, point) for s in ("on", "off"))
        if on:
            return _raster_of(data, row, seed, off, on)
    return None


def _effect(row: Row) -> float:
    value = row.number("suppression_pooled")
    return value if math.isfinite(value) else -math.inf


def _raster_of(
    data: "xr.Dataset", row: Row, seed: int, off: dict[str, Any], on: dict[str, Any]
) -> RasterData:
    circuit = _circuit(data)
    groups = {**circuit.get("afferents", {}), **circuit.get("populations", {})}
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
    )


def _window(row: Row, start: str, stop: str) -> tuple[float, float] | None:
    window = row.number(start), row.number(stop)
    return window if all(math.isfinite(t) for t in window) else None
