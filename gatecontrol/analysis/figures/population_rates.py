"""Rates of every population and afferent over time, device off and on in one panel each."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.kept import RasterData, Train, has_kept, kept_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import COLOURS, GREY, house_style, panels, tidy, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = ["POPULATION_RATES", "population_rates", "rate_over_time"]

_BIN = 0.1
_COLUMNS = 3


def rate_over_time(
    train: Train, duration: float, width: float = _BIN
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return bin centres [s] and the mean rate per cell [spikes/s].

    Parameters
    ----------
    train : (int, ndarray, ndarray)
        Number of cells, cell and time [s] of each spike.
    duration : float
        Simulated time [s].
    width : float, optional
        Bin [s].
    """
    size, _, time = train
    edges = np.linspace(0, duration, max(round(duration / width), 1) + 1)
    counts, _ = np.histogram(time, edges)
    return (edges[1:] + edges[:-1]) / 2, counts / (max(size, 1) * np.diff(edges))


def population_rates(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the rate of each population and afferent against time, device off and on.

    Parameters
    ----------
    results : Results
        With kept spikes; the arm with the largest suppression is drawn.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        Dashed grey: the control. Solid: with the device.
    """
    data = kept_of(results)
    names = list(data.on)
    rows = math.ceil(len(names) / _COLUMNS)
    with house_style():
        figure, place = panels(ax, 7.2, 0.9 + 1.45 * rows)
        grid = place.subplots(rows, _COLUMNS, sharex=True, squeeze=False)
        for name, axes in zip(names, grid.flat, strict=False):
            axes.plot(*rate_over_time(data.on[name], data.duration), color=COLOURS[0], lw=1.2)
            if data.compares:
                axes.plot(
                    *rate_over_time(data.off[name], data.duration), color=GREY, ls=(0, (3, 1.5)),
                    lw=1.0,
                )  # fmt: skip
            axes.set_title(wrapped(data.name(name), 32), size=7.5, loc="left")
            top = max(1.0, 1.05 * axes.get_ylim()[1])
            axes.set_ylim(-0.04 * top, top)  # a silent population's line shows
            axes.set_xlim(0, data.duration)
            if data.device is not None:
                axes.axvspan(*data.device, color="#56B4E9", alpha=0.25, lw=0, zorder=-1)
            axes.yaxis.get_major_locator().set_params(nbins=4)
            tidy(axes)
        for axes in grid.flat[len(names) :]:
            axes.set_axis_off()
        for axes in grid.flat[max(len(names) - _COLUMNS, 0) : len(names)]:
            axes.tick_params(labelbottom=True)
            axes.set_xlabel("Time [s]")
        place.supylabel("Rate per cell or fibre [spikes/s]", size=8.5)
        place.suptitle(data.title, size=8.5, x=0.01, ha="left")
        _legend(place, data)
    return figure


def _legend(place: "FigureBase", data: RasterData) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    on = data.states[1] if data.compares else "no device"
    handles: list[Line2D | Patch] = [Line2D([], [], color=COLOURS[0], lw=1.2, label=on)]
    if data.compares:
        off = Line2D([], [], color=GREY, ls=(0, (3, 1.5)), lw=1.0, label=data.states[0])
        handles.insert(0, off)
    if data.device is not None:
        handles.append(Patch(color="#56B4E9", alpha=0.4, lw=0, label="while it is on"))
    place.legend(handles=handles, loc="outside lower left", ncols=3)


def _data(results: "Results") -> "pd.DataFrame":
    import pandas as pd

    kept = kept_of(results)
    parts = []
    for state, trains in (("off", kept.off), ("on", kept.on)):
        for name, train in trains.items():
            time, rate = rate_over_time(train, kept.duration)
            parts.append(
                pd.DataFrame({"device": state, "population": name, "time": time, "rate": rate})
            )
    return pd.concat(parts, ignore_index=True)


def _alt(results: "Results") -> str:
    data = kept_of(results)
    low, high = data.device or data.evoked or (0.0, data.duration)
    parts = []
    for name in data.on:
        rates = []
        for trains in (data.off, data.on) if data.compares else (data.on,):
            size, _, time = trains[name]
            inside = np.count_nonzero((time >= low) & (time < high))
            rates.append(f"{inside / (max(size, 1) * (high - low)):.3g}")
        parts.append(f"{data.name(name)} {' and '.join(rates)}")
    states = f", {data.states[0]} and {data.states[1]}" if data.compares else ", no device"
    return (
        f"Rates over time, {data.title}{states}. Means from {low:.3g} s to {high:.3g} s in "
        + f"spikes/s: {'; '.join(parts)}."
    )


def _caption(results: "Results") -> str:
    words = "Rate of every afferent and population in bins of 0.1 s, of one seed"
    data = kept_of(results)
    if not data.compares:
        return f"{words}."
    on = "with the device" if data.device is not None else "the arm"
    return (
        f"{words} of the arm with the largest suppression: {on} (solid) and the paired control "
        + "(dashed)."
    )


POPULATION_RATES = FigureSpec(
    name="population_rates",
    title="Rate of each population and afferent over time, device off and on",
    available=lambda results: has_kept(results),
    data=_data,
    draw=population_rates,
    caption=_caption,
    alt=_alt,
    panels=True,
)
