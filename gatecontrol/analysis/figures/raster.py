"""Raster with population rates: device off above device on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.style import COLOURS, DASHES, GREY, house_style, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["RasterData", "raster", "raster_alt"]

Train = tuple[int, NDArray[np.int32], NDArray[np.float64]]

_SHOWN = 30
# Without the sky blue that shades the device's window.
_CELLS = (*COLOURS[:4], COLOURS[6], COLOURS[5])
_BIN = 0.1


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
        What the upper and the lower half show.
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


def raster(data: RasterData) -> "Figure":
    """Draw spikes and population rates, device off above device on; once without a device.

    Parameters
    ----------
    data : RasterData

    Returns
    -------
    Figure
        At most 30 evenly chosen cells per population are shown; rates use all of them.
    """
    from matplotlib.figure import Figure

    names = list(dict.fromkeys([*data.off, *data.on]))
    colours = {name: _CELLS[i % len(_CELLS)] for i, name in enumerate(data.cells)}
    with house_style():
        panels = [(data.states[0], data.off, None), (data.states[1], data.on, data.device)]
        if data.device is None and _same(data.off, data.on):
            panels = [("no device", data.on, None)]
        figure = Figure(figsize=(7.2, 4.5 * len(panels)), layout="constrained")
        axes = figure.subplots(
            2 * len(panels), 1, sharex=True, height_ratios=[3.1, 1.5] * len(panels)
        )
        for (state, trains, device), above, below in zip(
            panels, axes[::2], axes[1::2], strict=True
        ):
            _spikes(above, names, trains, data, colours)
            _rates(below, trains, data, colours)
            for ax in (above, below):
                _shade(ax, device, data.evoked)
                tidy(ax)
            above.set_title(state, loc="left", weight="bold")
        top = max(ax.get_ylim()[1] for ax in axes[1::2])
        for (_, trains, _), ax in zip(panels, axes[1::2], strict=True):
            ax.set_ylim(0, top)
            _name_lines(ax, trains, data, colours)
        axes[0].set_xlim(0, data.duration)
        axes[-1].set_xlabel("Time [s]")
        note = f"{data.title}; at most {_SHOWN} fibres or cells of each population are shown"
        figure.suptitle(note, size=8.5, x=0.01, ha="left")
        _legend(figure, data)
    return figure


def _same(off: Mapping[str, Train], on: Mapping[str, Train]) -> bool:
    """Return whether two recordings are one and the same."""
    return off.keys() == on.keys() and all(
        np.array_equal(a, b)
        for name in off
        for a, b in zip(off[name][1:], on[name][1:], strict=True)
    )


def _spikes(
    ax: "Axes",
    names: list[str],
    trains: Mapping[str, Train],
    data: RasterData,
    colours: Mapping[str, str],
) -> None:
    gap, base, centres, labels = 4, 0, [], []
    for name in names:
        size, neuron, time = trains.get(name, (0, np.empty(0, np.int32), np.empty(0)))
        size = size or max(data.on.get(name, (1,))[0], data.off.get(name, (1,))[0])
        shown = np.unique(np.linspace(0, size - 1, min(size, _SHOWN)).round().astype(int))
        row = np.full(size, -1)
        row[shown] = np.arange(shown.size)
        # A population with fewer cells gets the same room, so that its label fits.
        stretch = _SHOWN / max(shown.size, 1)
        keep = row[neuron] >= 0
        ax.plot(
            time[keep],
            base + stretch * row[neuron[keep]],
            ls="none",
            marker="|",
            ms=1.7,
            mew=0.5,
            color=colours.get(name, "#333333"),
            rasterized=True,
        )
        centres.append(base + _SHOWN / 2)
        labels.append(data.titles.get(name, name.replace("_", " ")))
        base += _SHOWN + gap
        ax.axhline(base - gap / 2, color="#cccccc", lw=0.5, zorder=0)
    ax.set_ylim(base - gap / 2, -gap / 2)
    ax.set_yticks(centres, [_wrapped(text) for text in labels], size=7)
    ax.tick_params(axis="y", length=0)


def _wrapped(text: str, width: int = 30) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def _binned(train: Train, duration: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return bin centres [s] and rate per cell [spikes/s]."""
    size, _, time = train
    edges = np.linspace(0, duration, max(round(duration / _BIN), 1) + 1)
    counts, _ = np.histogram(time, edges)
    return (edges[1:] + edges[:-1]) / 2, counts / (max(size, 1) * np.diff(edges))


def _rates(
    ax: "Axes", trains: Mapping[str, Train], data: RasterData, colours: Mapping[str, str]
) -> None:
    for index, name in enumerate(data.cells):
        if name not in trains:
            continue
        centre, rate = _binned(trains[name], data.duration)
        ax.plot(centre, rate, color=colours[name], ls=DASHES[index % len(DASHES)], lw=1.1)
    ax.set_ylabel("Rate per cell\n[spikes/s]")


def _name_lines(
    ax: "Axes", trains: Mapping[str, Train], data: RasterData, colours: Mapping[str, str]
) -> None:
    """Name the lines to the right, in the order of the circuit."""
    names = [n for n in data.cells if n in trains]
    for index, name in enumerate(names):
        place = 1.0 - (index + 0.5) / len(names)
        ax.plot(
            [1.012, 1.06],
            [place, place],
            transform=ax.transAxes,
            color=colours[name],
            ls=DASHES[data.cells.index(name) % len(DASHES)],
            lw=1.1,
            clip_on=False,
        )
        title = data.titles.get(name, name.replace("_", " "))
        ax.annotate(
            _wrapped(_short(title), 22),
            (1.07, place),
            xycoords="axes fraction",
            va="center",
            size=7,
            annotation_clip=False,
        )


def _short(title: str) -> str:
    return title.replace("interneurons", "IN").replace("Projection neurons", "PN")


def _shade(
    ax: "Axes", device: tuple[float, float] | None, evoked: tuple[float, float] | None
) -> None:
    if evoked is not None and all(math.isfinite(t) for t in evoked):
        ax.axvspan(*evoked, color="black", alpha=0.07, lw=0, zorder=-2)
    if device is not None and all(math.isfinite(t) for t in device):
        ax.axvspan(*device, color="#56B4E9", alpha=0.25, lw=0, zorder=-1)
        for edge in device:
            ax.axvline(edge, color=GREY, lw=0.7, ls=(0, (4, 2)))


def _legend(figure: "Figure", data: RasterData) -> None:
    from matplotlib.patches import Patch

    handles = []
    if data.evoked is not None:
        handles.append(
            Patch(color="black", alpha=0.09, lw=0, label="stimulus window at the dorsal horn")
        )
    if data.device is not None:
        handles.append(Patch(color="#56B4E9", alpha=0.4, lw=0, label="device on"))
    if handles:
        figure.legend(handles=handles, loc="outside lower left", ncols=2)


def raster_alt(data: RasterData) -> str:
    """Return the raster in words.

    Parameters
    ----------
    data : RasterData
    """
    window = data.device or data.evoked or (0.0, data.duration)
    parts = []
    for name in data.cells:
        rates = []
        for trains in (data.off, data.on):
            size, _, time = trains.get(name, (1, None, np.empty(0)))
            inside = np.count_nonzero((time >= window[0]) & (time < window[1]))
            rates.append(inside / (max(size, 1) * (window[1] - window[0])))
        title = data.titles.get(name, name.replace("_", " "))
        parts.append(f"{title} {rates[0]:.3g} and {rates[1]:.3g}")
    if data.device is None and _same(data.off, data.on):
        rates = "; ".join(part.rsplit(" and ", 1)[0] for part in parts)
        return (
            f"Spike raster and population rates, {data.title}, no device; from "
            + f"{window[0]:.3g} s to {window[1]:.3g} s the rates in spikes/s per cell are: {rates}."
        )
    return (
        f"Spike raster and population rates, {data.title}, {data.states[0]} above "
        + f"{data.states[1]}; from {window[0]:.3g} s to "
        + f"{window[1]:.3g} s the rates in spikes/s per cell above and below are: "
        + f"{'; '.join(parts)}."
    )
