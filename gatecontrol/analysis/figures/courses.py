"""Time course and spectrum of the rate of a signal's cells, device off and on."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.on_off import (
    MOST,
    OnOff,
    band_of,
    draw_on_off,
    shown_rows,
    states_of,
    table_of,
)
from gatecontrol.analysis.figures.rows import Row
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gatecontrol.analysis.results import Results

__all__ = ["SPECTRUM", "TIME_COURSE"]


def _shade_device(results: "Results", ax: "Axes", row: Row) -> None:
    device = row.number("device_on"), row.number("device_off")
    if all(map(math.isfinite, device)):
        ax.axvspan(*device, color="#56B4E9", alpha=0.22, lw=0, zorder=-2)


def _device_key(results: "Results") -> list[Any]:
    from matplotlib.patches import Patch

    if not np.isfinite(results.data["device_on"].values).any():
        return []
    return [Patch(color="#56B4E9", alpha=0.4, lw=0, label="device on")]


def _mark_rate(results: "Results", ax: "Axes", row: Row) -> None:
    rate = row.number("pulse_rate")
    low, high = ax.get_xlim()
    if math.isfinite(rate) and low < rate < high:
        ax.axvline(rate, color=GREY, lw=0.9, ls=(0, (1, 1.5)), zorder=-1)


def _rate_key(results: "Results") -> list[Any]:
    from matplotlib.lines import Line2D

    if not np.isfinite(results.data["pulse_rate"].values).any():
        return []
    return [Line2D([], [], color=GREY, lw=0.9, ls=(0, (1, 1.5)), label="mean pulse rate")]


_COURSE = OnOff(
    "time_course",
    "time_bin",
    "Time [s]",
    "Rate per cell\n[spikes/s]",
    decorate=_shade_device,
    keys=_device_key,
)
_SPECTRUM = OnOff(
    "rate_spectrum",
    "frequency",
    "Frequency [Hz]",
    "Power density of the rate\n[(spikes/s)\u00b2/Hz]",
    logarithmic=True,
    decorate=_mark_rate,
    keys=_rate_key,
)


def _means(values: list[float]) -> str:
    return " and ".join(f"{v:.3g}" if math.isfinite(v) else "no value" for v in values)


def _listed(results: "Results", what: OnOff, words: str, parts: list[str]) -> str:
    more = len(shown_rows(results.data, what)) - len(parts)
    rest = f" {more} more are not drawn." if more else ""
    both = " in the control and with the device" if len(states_of(results.data)) > 1 else ""
    return f"{words}{both}: {'; '.join(parts)}.{rest}"


def _course_alt(results: "Results") -> str:
    data = results.data
    time = np.asarray(data["time_bin"].values, dtype=float)
    parts = []
    for row in shown_rows(data, _COURSE)[:MOST]:
        bands = [band_of(row, _COURSE, s)[0] for s in states_of(data)]
        found = []
        for epoch in ("before", "during", "after"):
            start, stop = row.number("epoch_start", epoch), row.number("epoch_stop", epoch)
            inside = (time >= start) & (time < stop)
            if inside.any():
                found.append(f"{epoch} {_means([float(b[inside].mean()) for b in bands])}")
        parts.append(f"{row.label or row.arm}: {', '.join(found)}")
    words = (
        "Rate of the signal's cells over time, mean over seeds. Means by epoch in spikes/s per cell"
    )
    return _listed(results, _COURSE, words, parts)


def _spectrum_alt(results: "Results") -> str:
    data = results.data
    frequency = np.asarray(data["frequency"].values, dtype=float)
    parts = []
    for row in shown_rows(data, _SPECTRUM)[:MOST]:
        bands = [band_of(row, _SPECTRUM, s)[0] for s in states_of(data)]
        tops = [_top(frequency, b) for b in bands]
        parts.append(f"{row.label or row.arm}: {' and '.join(tops)}")
    words = "Power spectrum of the signal's rate, mean over seeds. Largest density above 0 Hz"
    return _listed(results, _SPECTRUM, words, parts)


def _top(frequency: NDArray[np.float64], density: NDArray[np.float64]) -> str:
    known = np.isfinite(density) & (frequency > 0)
    if not known.any():
        return "no value"
    place = int(np.flatnonzero(known)[np.argmax(density[known])])
    return f"{density[place]:.3g} (spikes/s)\u00b2/Hz at {frequency[place]:.3g} Hz"


def _has(results: "Results", what: OnOff) -> bool:
    return what.variable in results.data and bool(shown_rows(results.data, what))


TIME_COURSE = FigureSpec(
    name="time_course",
    title="Rate of the signal's cells over time, device off and on",
    available=lambda results: _has(results, _COURSE),
    data=lambda results: table_of(results, _COURSE),
    draw=lambda results, ax: draw_on_off(results, _COURSE, ax),
    caption=lambda results: (
        "Rate of the cells that carry the signal (the deep projection neurons unless the "
        + "measure names other) over time in model units, mean over seeds with its 95 % interval: "
        + "each arm (solid) and its paired control (dashed)."
    ),
    alt=_course_alt,
    panels=True,
)
SPECTRUM = FigureSpec(
    name="spectrum",
    title="Power spectrum of the signal's rate, device off and on",
    available=lambda results: _has(results, _SPECTRUM),
    data=lambda results: table_of(results, _SPECTRUM),
    draw=lambda results, ax: draw_on_off(results, _SPECTRUM, ax),
    caption=lambda results: (
        "Power spectral density of the rate per cell of the signal in the epoch during, "
        + "mean over seeds with its 95 % interval: each arm (solid) and its paired control "
        + "(dashed). Independent Poisson cells would give a flat line."
    ),
    alt=_spectrum_alt,
    panels=True,
)
