"""Curves: suppression along a sweep axis, and wind-up along the volleys."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.forest import effect_text
from gatecontrol.analysis.figures.rows import Row, rows_of, sweep_axes
from gatecontrol.analysis.figures.style import (
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    apart,
    canvas,
    house_style,
    tidy,
)
from gatecontrol.analysis.statistics import mean_with_interval

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "numeric_axis",
    "suppression_along_axis",
    "suppression_along_axis_alt",
    "windup_curves",
    "windup_curves_alt",
]

_MOST_LINES = 14
# SI unit -> what people write, and the factor to it.
_SHOWN = {"s": ("ms", 1e3), "A": ("mA", 1e3), "m": ("mm", 1e3), "C": ("µC", 1e6), "V": ("mV", 1e3)}


def numeric_axis(data: "xr.Dataset") -> str | None:
    """Return the first sweep axis with numbers and more than one value, or None.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    for axis in sweep_axes(data):
        if data[axis].dtype.kind in "fi" and data.sizes[axis] > 1:
            return axis
    return None


def _scale(data: "xr.Dataset", axis: str) -> tuple[NDArray[np.float64], str]:
    """Return the values of an axis in the unit that people write, and the axis label."""
    values = np.asarray(data[axis].values, dtype=float)
    unit = str(data[axis].attrs.get("units", "1"))
    shown, factor = _SHOWN.get(unit, (unit, 1.0))
    if shown == "ms" and np.nanmax(np.abs(values)) >= 1:
        shown, factor = unit, 1.0
    if unit == "%PT":
        shown = "% of perception threshold"
    elif unit == "1":
        shown, factor = ("%", 100.0) if _written_in_percent(data, axis) else ("1", 1.0)
    path = str(data[axis].attrs.get("long_name", axis))
    words = path.rsplit(".", 1)[-1].replace("_", " ")
    return values * factor, f"{words[:1].upper()}{words[1:]} [{shown}]"


def _written_in_percent(data: "xr.Dataset", axis: str) -> bool:
    name = f"{axis}_text"
    return name in data.coords and all("%" in str(t) for t in data[name].values)


def _lines(data: "xr.Dataset", axis: str) -> dict[str, list[Row]]:
    """Return label -> rows along `axis`: one line per arm and value of the other axes."""
    found: dict[str, list[Row]] = {}
    for row in rows_of(data):
        found.setdefault(row.label_without(axis), []).append(row)
    return dict(list(found.items())[:_MOST_LINES])


def suppression_along_axis(
    data: "xr.Dataset", axis: str | None = None, ax: "Axes | None" = None
) -> "Figure":
    """Draw the pooled suppression against a numeric sweep axis, with its 95 % band.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str, optional
        Sweep axis; the first numeric one if not given.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        One line per arm (and per value of other axes).
    """
    axis = axis or numeric_axis(data)
    if axis is None:
        raise ValueError("the results have no numeric sweep axis")
    x, label = _scale(data, axis)
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.0)
        lines = _lines(data, axis)
        for index, (name, rows) in enumerate(lines.items()):
            y, low, high = (
                100 * np.array([row.number(f"suppression_{part}") for row in rows])
                for part in ("pooled", "low", "high")
            )
            colour = COLOURS[index % len(COLOURS)]
            ax.fill_between(x, low, high, color=colour, alpha=0.18, lw=0)
            ax.plot(
                x,
                y,
                color=colour,
                ls=DASHES[index % len(DASHES)],
                marker=MARKERS[index % len(MARKERS)],
                ms=4.5,
                label=name or None,
            )
        ax.axhline(0, color=GREY, lw=0.8, zorder=0)
        if (x > 0).all() and x.max() / x.min() >= 20:
            ax.set_xscale("log")
            ax.set_xticks(_thinned(x), [f"{v:g}" for v in _thinned(x)])
            ax.minorticks_off()
        ax.set_xlabel(label)
        ax.set_ylabel("Suppression of the pain signal [%]\n(pooled, 95 % interval over seeds)")
        ax.yaxis.grid(visible=True, color="#dddddd", lw=0.6)
        tidy(ax)
        if len(lines) > 1:
            ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=3.2)
    return figure


def _thinned(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values that have room for a label on a logarithmic axis."""
    least = (np.log10(x.max()) - np.log10(x.min())) / 24
    kept: list[float] = []
    for value in sorted(x, reverse=True):
        if not kept or np.log10(kept[-1]) - np.log10(value) >= least:
            kept.append(float(value))
    return np.array(kept[::-1])


def suppression_along_axis_alt(data: "xr.Dataset", axis: str | None = None) -> str:
    """Return the curves in words.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str, optional
        As in `suppression_along_axis`.
    """
    axis = axis or numeric_axis(data)
    if axis is None:
        return "No numeric sweep axis."
    x, label = _scale(data, axis)
    parts = []
    for name, rows in _lines(data, axis).items():
        points = [f"{v:g}: {effect_text(r)}" for v, r in zip(x, rows, strict=True)]
        parts.append(f"{name + ': ' if name else ''}{', '.join(points)}")
    return f"Suppression of the pain signal against {label}. {'; '.join(parts)}."


def _volley_lines(
    data: "xr.Dataset",
) -> list[tuple[str, NDArray[np.float64], int]]:
    """Return label, (mean, low, high) of the 95 % interval per volley, and seeds."""
    found = []
    for row in list(rows_of(data))[:_MOST_LINES]:
        values = np.asarray(row.values("windup_spikes"), dtype=float)
        values = values[np.isfinite(values).any(axis=1)]
        if len(values):
            band = np.array([mean_with_interval(volley) for volley in values.T])
            found.append((row.label or "spikes", band.T, len(values)))
    return found


def windup_curves(data: "xr.Dataset", ax: "Axes | None" = None) -> "Figure":
    """Draw spikes per volley against the number of the volley, a line per arm and rate.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with ``windup_spikes``.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        Mean over seeds with the 95 % interval of the mean (Student's t).
    """
    with house_style():
        figure, ax = canvas(ax, 7.2, 3.8)
        lines = _volley_lines(data)
        volley = data["volley"].values
        ends = []
        for index, (_, (mean, low, high), _) in enumerate(lines):
            colour = COLOURS[index % len(COLOURS)]
            ax.fill_between(volley, low, high, color=colour, alpha=0.18, lw=0)
            ax.plot(
                volley,
                mean,
                color=colour,
                ls=DASHES[index % len(DASHES)],
                marker=MARKERS[index % len(MARKERS)],
                ms=4,
            )
            last = np.flatnonzero(np.isfinite(mean))
            ends.append(float(mean[last[-1]]) if last.size else 0.0)
        ax.set_ylim(bottom=0)
        ax.set_xlim(volley[0] - 0.5, volley[-1] + 0.5)
        top = ax.get_ylim()[1]
        for (name, *_), place in zip(lines, apart([e / top for e in ends], 0.06), strict=True):
            ax.annotate(
                name,
                (1.01, place),
                xycoords="axes fraction",
                va="center",
                annotation_clip=False,
            )
        seeds = max((n for *_, n in lines), default=0)
        ax.set_xlabel("Number of the C volley")
        ax.set_ylabel("Spikes per deep projection neuron\nin the C window [spikes]")
        ax.set_title(f"mean and 95 % interval over {seeds} seeds", loc="left", size=8)
        ax.xaxis.get_major_locator().set_params(integer=True)
        tidy(ax)
    return figure


def windup_curves_alt(data: "xr.Dataset") -> str:
    """Return the wind-up curves in words.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with ``windup_spikes``.
    """
    parts = []
    for name, (mean, _, _), _ in _volley_lines(data):
        seen = mean[np.isfinite(mean)]
        parts.append(
            f"{name}: {seen[0]:.3g} spikes per cell after the first volley, {seen[-1]:.3g} after "
            + f"volley {seen.size}"
        )
    return f"Spikes per C volley of the deep projection neurons. {'; '.join(parts)}."
