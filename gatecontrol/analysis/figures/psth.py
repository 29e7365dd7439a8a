"""Peristimulus time histogram of the projection neurons, with the windows of the fibre classes."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.kept import RasterData, circuit_of_results, kept_of, raster_data
from gatecontrol.analysis.figures.on_off import (
    MOST,
    OnOff,
    band_of,
    draw_on_off,
    shown_rows,
    states_of,
    table_of,
)
from gatecontrol.analysis.figures.rebuilt import measures_of, preparation_of, stimuli_of
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


def _from_spikes(results: "Results") -> bool:
    if not results.experiment or "volley" not in results.experiment:
        return False
    kept = raster_data(results.tree)
    return kept is not None and kept.row is not None and volleys_of(results, kept.row) is not None


def psth(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the rate of the projection neurons after a volley, mean over volleys.

    Parameters
    ----------
    results : Results
        With the measure ``psth``, of which every arm is drawn; or with kept spikes and
        volleys, of which the arm with the largest suppression is.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.
    """
    if _from_measure(results):
        return draw_on_off(results, _MEASURE, ax)
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


def _shade(ax: "Axes", volleys: Volleys, factor: float, length: float) -> None:
    """Shade when the fibres of each class arrive."""
    for fibres, (start, stop) in volleys.windows.items():
        if start < length:
            ax.axvspan(
                factor * start, factor * min(stop, length), color=CLASS_COLOURS[fibres],
                alpha=0.18, lw=0, zorder=-2, hatch=_HATCHES[fibres],
            )  # fmt: skip


def _bars(ax: "Axes", kept: RasterData, name: str, volleys: Volleys) -> None:
    factor = _unit(volleys)[1]
    _shade(ax, volleys, factor, volleys.length)
    time, rate = _histogram(kept.on[name], volleys)
    edges = factor * np.append(time - time[0], volleys.length)
    ax.stairs(rate, edges, color=COLOURS[2], fill=True, alpha=0.85)
    if kept.compares:
        ax.stairs(_histogram(kept.off[name], volleys)[1], edges, color="black", lw=1.0)
    ax.set_xlim(0, factor * volleys.length)
    ax.set_ylim(bottom=0)
    tidy(ax)


def _keys(volleys: Volleys, length: float) -> list[Any]:
    from matplotlib.patches import Patch

    return [
        Patch(
            color=CLASS_COLOURS[c], alpha=0.3, lw=0, hatch=2 * _HATCHES[c],
            label=f"{CLASS_NAMES[c]} volley arrives",
        )
        for c, (start, _) in volleys.windows.items()
        if start < length
    ]  # fmt: skip


def _legend(place: "FigureBase", kept: RasterData, volleys: Volleys) -> None:
    from matplotlib.patches import Patch

    on = kept.states[1] if kept.compares else "no device"
    handles = [Patch(color=COLOURS[2], alpha=0.85, lw=0, label=on)]
    if kept.compares:
        handles.append(Patch(fc="none", ec="black", lw=1.0, label=kept.states[0]))
    handles += _keys(volleys, volleys.length)
    place.legend(handles=handles, loc="outside lower left", ncols=3)


def _data(results: "Results") -> "pd.DataFrame":
    import pandas as pd

    if _from_measure(results):
        return table_of(results, _MEASURE)
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
    if _from_measure(results):
        return _measure_alt(results)
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


def _from_measure(results: "Results") -> bool:
    return "psth_rate" in results.data and bool(shown_rows(results.data, _MEASURE))


def _aligned_to_volleys(results: "Results", row: Row) -> Volleys | None:
    """Return the volleys that the measure is aligned to; None if it is to pulses."""
    for measure in measures_of(results):
        if measure.get("kind") == "psth" and measure.get("align") == "pulses":
            return None
    return volleys_of(results, row)


def _length(results: "Results") -> float:
    return float(results.data["psth_time"].values[-1])


def _shade_windows(results: "Results", ax: "Axes", row: Row) -> None:
    volleys = _aligned_to_volleys(results, row)
    if volleys is not None:
        _shade(ax, volleys, 1e3, _length(results))
    if float(results.data["psth_time"].values[0]) < 0:
        ax.axvline(0, color="black", lw=0.8, zorder=0)


def _window_keys(results: "Results") -> list[Any]:
    volleys = _aligned_to_volleys(results, shown_rows(results.data, _MEASURE)[0])
    return [] if volleys is None else _keys(volleys, _length(results))


_MEASURE = OnOff(
    "psth_rate",
    "psth_time",
    "Time from the volley or pulse [ms]",
    "Rate per cell\n[spikes/s]",
    x_factor=1e3,
    decorate=_shade_windows,
    keys=_window_keys,
)


def _measure_alt(results: "Results") -> str:
    data = results.data
    time = np.asarray(data["psth_time"].values, dtype=float)
    parts = []
    for row in shown_rows(data, _MEASURE)[:MOST]:
        found = []
        for suffix in states_of(data):
            mean = band_of(row, _MEASURE, suffix)[0]
            if np.isfinite(mean).any():
                top = int(np.nanargmax(mean))
                found.append(f"{mean[top]:.3g} spikes/s at {1e3 * time[top]:.3g} ms")
            else:
                found.append("no value")
        parts.append(f"{row.label or row.arm}: {' and '.join(found)}")
    both = " in the control and with the device" if len(states_of(data)) > 1 else ""
    more = len(shown_rows(data, _MEASURE)) - len(parts)
    rest = f" {more} more are not drawn." if more else ""
    return f"Rate around volleys or pulses, mean over seeds. Peaks{both}: {'; '.join(parts)}.{rest}"


def _caption(results: "Results") -> str:
    shaded = (
        "Shaded: from the first to the last arrival of each fibre class at the dorsal horn by "
        + "the velocities of the preparation."
    )
    if _from_measure(results):
        return (
            "Rate of the projection neurons around each event (volley or device pulse) of the "
            + "epoch during, mean over events and seeds with its 95 % interval: each arm (solid) "
            + f"and its paired control (dashed). {shaded}"
        )
    return (
        "Rate of the projection neurons after an electrical volley, of one seed, mean over volleys "
        + f"(bins of {1e3 * _BIN:g} ms, wider where the stretch is long). {shaded} What arrives "
        + "after the next volley is counted with that one."
    )


PSTH = FigureSpec(
    name="psth",
    title="Rate of the projection neurons after a volley (PSTH)",
    available=lambda results: _from_measure(results) or _from_spikes(results),
    data=_data,
    draw=psth,
    caption=_caption,
    alt=_alt,
    panels=True,
)
