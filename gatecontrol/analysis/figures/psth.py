"""Peristimulus time histogram of the projection neurons, with the windows of the fibre classes."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.kept import RasterData, circuit_of_results, kept_of, raster_data
from gatecontrol.analysis.figures.rebuilt import preparation_of, stimuli_of
from gatecontrol.analysis.figures.rows import Row
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    CLASS_COLOURS,
    CLASS_NAMES,
    COLOURS,
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

__all__ = ["PSTH", "Volleys", "psth", "volleys_of"]

_BINS = 120
_BIN = 5e-3  # s, if the stretch is short enough for it
_TAIL = 0.3  # s that are shown after the last C spike
_HATCHES = {"abeta": "", "adelta": "///", "c": "..."}


@dataclass(frozen=True)
class Volleys:
    """The electrical volleys of a run.

    Attributes
    ----------
    times : ndarray of float, shape (n,)
        When each is given, to skin or nerve [s].
    windows : dict of str to (float, float)
        Fibre class -> first and last arrival at the dorsal horn after a volley [s].
    length : float
        Stretch after a volley that is shown [s]: to the next volley at most.
    """

    times: NDArray[np.float64]
    windows: dict[str, tuple[float, float]]
    length: float


def volleys_of(results: "Results", row: Row) -> Volleys | None:
    """Return the volleys of an arm at a sweep point, None without any.

    Parameters
    ----------
    results : Results
        With ``experiment.yaml``.
    row : Row
        Arm and sweep point.
    """
    body = preparation_of(row)
    times: list[NDArray[np.float64]] = []
    windows: dict[str, tuple[float, float]] = {}
    for stimulus in stimuli_of(results, row):
        if stimulus.kind != "volley":
            continue
        times.append(stimulus.times())
        way = body.pns_site_to_cord.value if stimulus["site"] == "nerve" else None
        for fibres in stimulus["classes"]:
            latency = body.latency(fibres, way)
            windows[fibres] = (latency.earliest, latency.latest)
    if not times:
        return None
    every = np.unique(np.concatenate(times))
    every = every[every < row.number("duration")]
    if not every.size:
        return None
    last = max(stop for _, stop in windows.values()) + _TAIL
    gaps = np.diff(every)
    # of paired volleys the long gap counts: the second is seen after the first
    length = min(last, float(gaps.max())) if gaps.size else last
    return Volleys(_firsts(every, length), windows, length)


def _firsts(times: NDArray[np.float64], length: float) -> NDArray[np.float64]:
    """Return the volleys that do not follow another within the stretch shown."""
    kept: list[float] = []
    for time in times:
        if not kept or time - kept[-1] >= length - 1e-9:
            kept.append(float(time))
    return np.array(kept)


def _histogram(
    train: tuple[int, NDArray[np.int32], NDArray[np.float64]], volleys: Volleys
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle of each bin [s] and the rate per cell, mean over volleys [spikes/s]."""
    size, _, time = train
    bins = max(round(volleys.length / max(_BIN, volleys.length / _BINS)), 1)
    edges = np.linspace(0, volleys.length, bins + 1)
    which = np.searchsorted(volleys.times, time, side="right") - 1
    after = time[which >= 0] - volleys.times[which[which >= 0]]
    counts, _ = np.histogram(after, edges)
    return (edges[1:] + edges[:-1]) / 2, counts / (
        max(size, 1) * volleys.times.size * np.diff(edges)
    )  # fmt: skip


def _shown(results: "Results") -> tuple[RasterData, Volleys, list[str]]:
    """Return the kept spikes, the volleys and the populations that are drawn."""
    kept = kept_of(results)
    volleys = volleys_of(results, kept.row) if kept.row else None
    if volleys is None:
        raise ValueError("no volley was given")
    populations = circuit_of_results(results.data).get("populations", {})
    carrying = [n for n in kept.cells if populations.get(n, {}).get("kind") == "projection"]
    return kept, volleys, carrying or list(kept.cells)


def _available(results: "Results") -> bool:
    if not results.experiment or "volley" not in results.experiment:
        return False
    kept = raster_data(results.tree)
    return kept is not None and kept.row is not None and volleys_of(results, kept.row) is not None


def psth(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the rate of the projection neurons after a volley, mean over volleys.

    Parameters
    ----------
    results : Results
        With kept spikes and volleys; the arm with the largest suppression is drawn.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.
    """
    kept, volleys, names = _shown(results)
    with house_style():
        figure, place = panels(ax, 7.2, 1.2 + 1.9 * len(names))
        grid = place.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        for name, axes in zip(names, grid, strict=True):
            _bars(axes, kept, name, volleys)
            axes.set_title(wrapped(kept.name(name), 70), size=8.5, loc="left")
            axes.set_ylabel("Rate per cell\n[spikes/s]")
        grid[-1].set_xlabel(f"Time after a volley [{_unit(volleys)[0]}]")
        place.suptitle(_title(kept, volleys), size=8.5, x=0.01, ha="left")
        _legend(place, kept, volleys)
    return figure


def _title(kept: RasterData, volleys: Volleys) -> str:
    count = volleys.times.size
    return f"{kept.title}; mean over {count} volley{'s' if count != 1 else ''}"


def _unit(volleys: Volleys) -> tuple[str, float]:
    return ("s", 1.0) if volleys.length >= 2 else ("ms", 1e3)


def _bars(ax: "Axes", kept: RasterData, name: str, volleys: Volleys) -> None:
    factor = _unit(volleys)[1]
    for fibres, (start, stop) in volleys.windows.items():
        ax.axvspan(
            factor * start, factor * min(stop, volleys.length), color=CLASS_COLOURS[fibres],
            alpha=0.18, lw=0, zorder=-2, hatch=_HATCHES[fibres],
        )  # fmt: skip
    time, rate = _histogram(kept.on[name], volleys)
    edges = factor * np.append(time - time[0], volleys.length)
    ax.stairs(rate, edges, color=COLOURS[2], fill=True, alpha=0.85)
    if kept.compares:
        ax.stairs(_histogram(kept.off[name], volleys)[1], edges, color="black", lw=1.0)
    ax.set_xlim(0, factor * volleys.length)
    ax.set_ylim(bottom=0)
    tidy(ax)


def _legend(place: "FigureBase", kept: RasterData, volleys: Volleys) -> None:
    from matplotlib.patches import Patch

    on = kept.states[1] if kept.compares else "no device"
    handles = [Patch(color=COLOURS[2], alpha=0.85, lw=0, label=on)]
    if kept.compares:
        handles.append(Patch(fc="none", ec="black", lw=1.0, label=kept.states[0]))
    handles += [
        Patch(
            color=CLASS_COLOURS[c], alpha=0.3, lw=0, hatch=2 * _HATCHES[c],
            label=f"{CLASS_NAMES[c]} volley arrives",
        )
        for c, (start, _) in volleys.windows.items()
        if start < volleys.length
    ]  # fmt: skip
    place.legend(handles=handles, loc="outside lower left", ncols=3)


def _data(results: "Results") -> "pd.DataFrame":
    import pandas as pd

    kept, volleys, names = _shown(results)
    parts = []
    for state, trains in (("off", kept.off), ("on", kept.on)):
        for name in names:
            time, rate = _histogram(trains[name], volleys)
            parts.append(
                pd.DataFrame({"device": state, "population": name, "time": time, "rate": rate})
            )
    return pd.concat(parts, ignore_index=True)


def _alt(results: "Results") -> str:
    kept, volleys, names = _shown(results)
    parts = []
    for name in names:
        rates = []
        for fibres, (start, stop) in volleys.windows.items():
            states = (kept.off, kept.on) if kept.compares else (kept.on,)
            found = []
            for trains in states:
                time, rate = _histogram(trains[name], volleys)
                inside = (time >= start) & (time <= max(stop, start + 2 * time[0]))
                found.append(float(rate[inside].mean()) if inside.any() else math.nan)
            texts = [f"{r:.3g}" if math.isfinite(r) else "not shown" for r in found]
            rates.append(f"{CLASS_NAMES[fibres]} {' and '.join(texts)}")
        parts.append(f"{kept.name(name)}: {', '.join(rates)}")
    windows = [
        f"{CLASS_NAMES[c]} {1e3 * a:.3g} to {1e3 * b:.3g} ms"
        for c, (a, b) in volleys.windows.items()
    ]
    states = f", {kept.states[0]} and {kept.states[1]}" if kept.compares else ""
    return (
        f"Rate after a volley, {_title(kept, volleys)}. Fibres arrive at: {', '.join(windows)}. "
        + f"Mean rates per cell in these windows in spikes/s{states}: {'; '.join(parts)}."
    )


PSTH = FigureSpec(
    name="psth",
    title="Rate of the projection neurons after a volley (PSTH)",
    available=_available,
    data=_data,
    draw=psth,
    caption=lambda results: (
        "Rate of the projection neurons after an electrical volley, of one seed, mean over volleys "
        + f"(bins of {1e3 * _BIN:g} ms, wider where the stretch is long). Shaded: from the first "
        + "to the last arrival of each fibre class at the dorsal horn by the velocities of the "
        + "preparation. "
        + "What arrives after the next volley is counted with that one."
    ),
    alt=_alt,
    panels=True,
)
