"""Raster with population rates: device off above device on."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.kept import RasterData, Train, has_kept, kept_of
from gatecontrol.analysis.figures.population_rates import rate_over_time
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    COLOURS,
    DASHES,
    GREY,
    house_style,
    panels,
    tidy,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = ["RASTER", "raster", "raster_alt"]

_SHOWN = 30
_FEW = 10  # fibre groups and populations whose names may take two lines
# Without the sky blue that shades the device's window.
_CELLS = (*COLOURS[:4], COLOURS[6], COLOURS[5])


def raster(data: RasterData, ax: "FigureBase | None" = None) -> "Figure":
    """Draw spikes and population rates, device off above device on; once without a device.

    Parameters
    ----------
    data : RasterData
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        At most 30 evenly chosen cells per population are shown; rates use all of them.
    """
    names = list(dict.fromkeys([*data.off, *data.on]))
    colours = {name: _CELLS[i % len(_CELLS)] for i, name in enumerate(data.cells)}
    with house_style():
        halves = [(data.states[0], data.off, None), (data.states[1], data.on, data.device)]
        if not data.compares:
            halves = [("no device", data.on, None)]
        titles = {name: _title(data.name(name), len(names)) for name in names}
        lines = {name: _title(data.name(name), len(names), 22) for name in data.cells}
        heights = [max(3.1, _room(titles)), max(1.5, _room(lines))]
        figure, place = panels(ax, 7.2, (sum(heights) - 0.1) * len(halves))
        axes = place.subplots(2 * len(halves), 1, sharex=True, height_ratios=heights * len(halves))
        for (state, trains, device), above, below in zip(
            halves, axes[::2], axes[1::2], strict=True
        ):
            _spikes(above, titles, trains, data, colours)
            _rates(below, trains, data, colours)
            for ax in (above, below):
                _shade(ax, device, data.evoked)
                tidy(ax)
            above.tick_params(axis="y", labelsize=7)
            above.set_title(state, loc="left", weight="bold")
        top = max(ax.get_ylim()[1] for ax in axes[1::2])
        for (_, trains, _), ax in zip(halves, axes[1::2], strict=True):
            ax.set_ylim(0, top)
            _name_lines(ax, {n: t for n, t in lines.items() if n in trains}, data, colours)
        axes[0].set_xlim(0, data.duration)
        axes[-1].set_xlabel("Time [s]")
        note = f"{data.title}; at most {_SHOWN} fibres or cells of each population are shown"
        place.suptitle(note, size=8.5, x=0.01, ha="left")
        _legend(place, data)
    return figure


def _title(text: str, count: int, width: int = 30) -> str:
    """Return what a population is called; of many, each on one line if it can be."""
    short = text.replace("interneurons", "IN").replace("Projection neurons", "PN")
    if count > _FEW:
        return wrapped(short, 36)
    return wrapped(short if width < 30 else text, width)


def _room(titles: Mapping[str, str]) -> float:
    """Return the height that names below each other need [inch]."""
    most = max((text.count("\n") + 1 for text in titles.values()), default=1)
    return len(titles) * (0.06 + 0.12 * most)


def _spikes(
    ax: "Axes",
    titles: Mapping[str, str],
    trains: Mapping[str, Train],
    data: RasterData,
    colours: Mapping[str, str],
) -> None:
    gap, base, centres = 4, 0, []
    for name in titles:
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
            base + stretch * (row[neuron[keep]] + 0.5),
            ls="none",
            marker="|",
            ms=1.7,
            mew=0.5,
            color=colours.get(name, "#333333"),
            rasterized=True,
        )
        centres.append(base + _SHOWN / 2)
        base += _SHOWN + gap
        ax.axhline(base - gap / 2, color="#cccccc", lw=0.5, zorder=0)
    ax.set_ylim(base - gap / 2, -gap / 2)
    ax.set_yticks(centres, list(titles.values()), size=7)
    ax.tick_params(axis="y", length=0)


def _rates(
    ax: "Axes", trains: Mapping[str, Train], data: RasterData, colours: Mapping[str, str]
) -> None:
    for index, name in enumerate(data.cells):
        if name not in trains:
            continue
        centre, rate = rate_over_time(trains[name], data.duration)
        ax.plot(centre, rate, color=colours[name], ls=DASHES[index % len(DASHES)], lw=1.1)
    ax.set_ylabel("Rate per cell\n[spikes/s]")


def _name_lines(
    ax: "Axes", titles: Mapping[str, str], data: RasterData, colours: Mapping[str, str]
) -> None:
    """Name the lines to the right, in the order of the circuit."""
    for index, (name, title) in enumerate(titles.items()):
        place = 1.0 - (index + 0.5) / len(titles)
        ax.plot(
            [1.012, 1.06],
            [place, place],
            transform=ax.transAxes,
            color=colours[name],
            ls=DASHES[data.cells.index(name) % len(DASHES)],
            lw=1.1,
            clip_on=False,
        )
        ax.annotate(
            title,
            (1.07, place),
            xycoords="axes fraction",
            va="center",
            size=7,
            annotation_clip=False,
        )


def _shade(
    ax: "Axes", device: tuple[float, float] | None, evoked: tuple[float, float] | None
) -> None:
    if evoked is not None and all(math.isfinite(t) for t in evoked):
        ax.axvspan(*evoked, color="black", alpha=0.07, lw=0, zorder=-2)
    if device is not None and all(math.isfinite(t) for t in device):
        ax.axvspan(*device, color="#56B4E9", alpha=0.25, lw=0, zorder=-1)
        for edge in device:
            ax.axvline(edge, color=GREY, lw=0.7, ls=(0, (4, 2)))


def _legend(place: "FigureBase", data: RasterData) -> None:
    from matplotlib.patches import Patch

    handles = []
    if data.evoked is not None:
        handles.append(
            Patch(color="black", alpha=0.09, lw=0, label="stimulus window at the dorsal horn")
        )
    if data.device is not None:
        handles.append(Patch(color="#56B4E9", alpha=0.4, lw=0, label="device on"))
    if handles:
        place.legend(handles=handles, loc="outside lower left", ncols=2)


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
        title = data.name(name)
        parts.append(f"{title} {rates[0]:.3g} and {rates[1]:.3g}")
    if not data.compares:
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


def _data(results: "Results") -> "pd.DataFrame":
    import pandas as pd

    kept = kept_of(results)
    parts = [
        pd.DataFrame({"device": state, "population": name, "neuron": neuron, "time": time})
        for state, trains in (("off", kept.off), ("on", kept.on))
        for name, (_, neuron, time) in trains.items()
    ]
    return pd.concat(parts, ignore_index=True)


RASTER = FigureSpec(
    name="raster",
    title="Spikes of all fibres and populations, with population rates",
    available=lambda results: has_kept(results),
    data=_data,
    draw=lambda results, ax: raster(kept_of(results), ax),
    caption=lambda results: (
        "Spikes of all fibres and populations, and population rates in bins of 0.1 s, of one "
        + "seed. Grey: the window in which the stimuli (the noxious ones, if any) act on the "
        + f"dorsal horn{'' if kept_of(results).device is None else '; blue: the device is on'}."
    ),
    alt=lambda results: raster_alt(kept_of(results)),
    panels=True,
)
