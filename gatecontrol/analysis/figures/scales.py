"""Sweep axes as people write them: values, units, labels, and landmarks on an amplitude axis."""

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.figures.rows import Row
from gatecontrol.analysis.figures.style import plain_logarithmic

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["amplitude_marks", "axis_scale", "is_amplitude", "share_limits", "words_of", "x_scale"]

# SI unit -> what people write, and the factor to it.
_SHOWN = {"s": ("ms", 1e3), "A": ("mA", 1e3), "m": ("mm", 1e3), "C": ("µC", 1e6), "V": ("mV", 1e3)}
_MARKS = {"perception_threshold": "PT", "discomfort_threshold": "DT"}
_MOST_MARKS = 4
_MOST_TICKS = 30  # values of which each may be a tick
_WIDEST = 20  # letters of the arms' names under a mark


def words_of(data: "xr.Dataset", axis: str) -> str:
    """Return the name of a sweep axis in words, ``"Pulse width"``.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str
        Sweep axis.
    """
    path = str(data[axis].attrs.get("long_name", axis))
    words = path.rsplit(".", 1)[-1].replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}"


def axis_scale(data: "xr.Dataset", axis: str) -> tuple[NDArray[np.float64], str]:
    """Return the values of a numeric axis in the unit that people write, and the axis label.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str
        Sweep axis.
    """
    values = np.asarray(data[axis].values, dtype=float)
    unit = str(data[axis].attrs.get("units", "1"))
    shown, factor = _SHOWN.get(unit, (unit, 1.0))
    if shown == "ms" and np.nanmax(np.abs(values)) >= 1:
        shown, factor = unit, 1.0
    if unit == "%PT":
        shown = "% of perception threshold"
    elif unit == "1":
        shown, factor = ("%", 100.0) if _written_in_percent(data, axis) else ("1", 1.0)
    return values * factor, f"{words_of(data, axis)} [{shown}]"


def _written_in_percent(data: "xr.Dataset", axis: str) -> bool:
    name = f"{axis}_text"
    return name in data.coords and all("%" in str(t) for t in data[name].values)


def x_scale(ax: "Axes", x: NDArray[np.float64]) -> None:
    """Make an x axis logarithmic where its values ask for it, each value a tick if it fits.

    Parameters
    ----------
    ax : Axes
        Where `x` is drawn.
    x : ndarray of float
        Values of the axis.
    """
    if (x > 0).all() and x.max() / x.min() >= 20:
        ax.set_xscale("log")
        if x.size > _MOST_TICKS:
            ax.set_xlim(x.min(), x.max())
            plain_logarithmic(ax.xaxis)
            return
        ax.set_xticks(_thinned(x), [f"{v:g}" for v in _thinned(x)])
        ax.minorticks_off()


def _thinned(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values that have room for a label on a logarithmic axis."""
    least = (np.log10(x.max()) - np.log10(x.min())) / 24
    kept: list[float] = []
    for value in sorted(x, reverse=True):
        if not kept or np.log10(kept[-1]) - np.log10(value) >= least:
            kept.append(float(value))
    return np.array(kept[::-1])


def share_limits(shares: Iterable[ArrayLike]) -> tuple[float, float]:
    """Return limits of an axis of percentages, up to 100 % unless all are small.

    Parameters
    ----------
    shares : iterable of array_like
        What is drawn [%].
    """
    most = max((float(np.nanmax(s, initial=0.0)) for s in shares), default=0.0)
    top = 100.0 if most > 50 else max(1.25 * most, 1.0)
    return -0.04 * top, 1.04 * top


def is_amplitude(data: "xr.Dataset", axis: str | None) -> bool:
    """Return whether a sweep axis is a current or a multiple of perception threshold.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str or None
        Sweep axis.
    """
    return axis is not None and str(data[axis].attrs.get("units")) in {"%PT", "A"}


def amplitude_marks(data: "xr.Dataset", axis: str, rows: Sequence[Row]) -> dict[str, float]:
    """Return what is felt along an amplitude axis: text -> place on it, at most four.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str
        Sweep axis; nothing is marked on one that is no amplitude.
    rows : sequence of Row
        The points that are drawn; a threshold that differs between arms is marked for each.
    """
    if not is_amplitude(data, axis):
        return {}
    lines: dict[str, list[Row]] = {}
    for row in rows:
        lines.setdefault(row.parts.get("arm", ""), []).append(row)
    relative = str(data[axis].attrs.get("units")) == "%PT"
    found: dict[tuple[str, float], list[str]] = {}
    for label, mine in lines.items():
        for name, short in _MARKS.items():
            values = [r.number(name) for r in mine]
            if relative:
                values = [
                    100 * v / r.number("perception_threshold")
                    for v, r in zip(values, mine, strict=True)
                ]
            known = [v for v in values if math.isfinite(v)]
            if known:
                place = np.mean(known) * (1.0 if relative else 1e3)
                found.setdefault((short, float(f"{place:.3g}")), []).append(label)
    unit = " %" if relative else " mA"
    marks = {}
    for (short, place), labels in found.items():
        which = "" if len(labels) == len(lines) else f"\n({', '.join(labels)})"
        if len(which) > _WIDEST:
            which = f"\n({len(labels)} of {len(lines)} arms)"
        marks[f"{short} {place:g}{unit}{which}"] = place
    low, high = _reach(data, axis)
    inside = [(text, place) for text, place in marks.items() if low <= place <= high]
    return dict(inside[:_MOST_MARKS])


def _reach(data: "xr.Dataset", axis: str) -> tuple[float, float]:
    x, _ = axis_scale(data, axis)
    room = 0.05 * (x.max() - x.min())
    return x.min() - room, x.max() + room
