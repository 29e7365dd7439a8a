"""Suppression over two sweep axes: a map per arm, with contours."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import (
    compares,
    has_pain_signal,
    is_design,
    sweep_axes,
    text_of,
    texts_of,
)
from gatecontrol.analysis.figures.scales import axis_scale, words_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import house_style, panels, percent, wrapped

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = ["HEAT_MAP", "heat_map", "heat_map_axes"]

_MOST_FACETS = 6
_MOST_NUMBERED = 64  # cells of a map into which their number is written
_MOST_TICKS = 12


def heat_map_axes(data: "xr.Dataset") -> tuple[str, str] | None:
    """Return the first two sweep axes with more than one value (x, y), or None.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    long = [a for a in sweep_axes(data) if data.sizes[a] > 1 and not is_design(data, a)]
    return (long[0], long[1]) if len(long) > 1 else None


def _facets(data: "xr.Dataset") -> list[tuple[str, NDArray[np.float64]]]:
    """Return title and suppression (y, x) of each arm and value of further axes."""
    x, y = heat_map_axes(data) or ("", "")
    during = data["suppression_pooled"].sel(epoch="during")
    others = ["arm", *(a for a in sweep_axes(data) if a not in {x, y})]
    values = during.transpose(*others, y, x).values
    found = []
    for place in np.ndindex(values.shape[:-2]):
        name = str(data["label"].values[place[0]]) if "label" in data else ""
        texts = [
            f"{words_of(data, a)} {text_of(data, a, i)}"
            for a, i in zip(others[1:], place[1:], strict=True)
        ]
        shown = [name] if data.sizes["arm"] > 1 or not texts else []
        found.append((", ".join([*shown, *texts]), np.asarray(values[place], dtype=float)))
    return found


def heat_map(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the pooled suppression over two sweep axes, a map per arm (and further axes).

    Parameters
    ----------
    results : Results
        With two sweep axes.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        At most six maps. Cells without an estimate are hatched.
    """
    data = results.data
    facets = _facets(data)
    shown = facets[:_MOST_FACETS]
    columns = min(len(shown), 2)
    rows = math.ceil(len(shown) / columns)
    values = np.concatenate([v.ravel() for _, v in shown])
    largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 1.0
    with house_style():
        height = 0.7 + rows * (3.6 if columns == 1 else 2.7)
        figure, place = panels(ax, 7.2, height)
        grid = place.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for index, axes in enumerate(grid.flat):
            if index >= len(shown):
                axes.set_axis_off()
                continue
            mesh = _map(axes, *shown[index], largest or 1.0)
            _ticks(axes, data, bottom=index + columns >= len(shown), left=index % columns == 0)
        bar = place.colorbar(mesh, ax=grid.ravel().tolist(), pad=0.02, fraction=0.05)
        bar.set_label("Suppression of the pain signal [%]")
        bar.ax.tick_params(labelsize=8)
        if len(facets) > len(shown):
            note = f"{len(shown)} of {len(facets)} maps are drawn, the first ones"
            place.suptitle(note, size=8.5, x=0.01, ha="left")
    return figure


def _map(ax: "Axes", title: str, values: NDArray[np.float64], largest: float) -> Any:
    """Draw one map; red facilitates, blue suppresses, whatever stands in white is none."""
    rows, columns = values.shape
    bounds = {"vmin": -100 * largest, "vmax": 100 * largest}
    # behind cells without a value the hatched ground shows
    ax.set_facecolor("#eeeeee")
    ax.patch.set(hatch="////", edgecolor="#888888", lw=0)
    mesh = ax.pcolormesh(
        np.arange(columns), np.arange(rows), np.ma.masked_invalid(100 * values), cmap="RdBu",
        shading="nearest", rasterized=values.size > 2000, **bounds,
    )  # fmt: skip
    if min(rows, columns) >= 4 and np.isfinite(values).all() and np.ptp(values) > 0:
        lines = ax.contour(
            np.arange(columns), np.arange(rows), 100 * values, levels=_levels(100 * values),
            colors="black", linewidths=0.7,
        )  # fmt: skip
        if values.size > _MOST_NUMBERED:
            ax.clabel(lines, fontsize=7, fmt=lambda v: f"{v:g}".replace("-", "\N{MINUS SIGN}"))
    if values.size <= _MOST_NUMBERED:
        from matplotlib.patheffects import withStroke

        for (row, column), value in np.ndenumerate(values):
            if math.isfinite(value):
                ax.text(
                    column, row, percent(value, 0)[:-2], ha="center", va="center", size=7,
                    path_effects=[withStroke(linewidth=2, foreground="white")],
                )  # fmt: skip
    ax.set_title(wrapped(title, 38), loc="left", size=8.5)
    return mesh


def _levels(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return round values that lie between the least and the most, off both."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(values.min()), float(values.max())
    levels = MaxNLocator(6).tick_values(low, high)
    edge = 0.02 * (high - low)
    return levels[(levels > low + edge) & (levels < high - edge)]


def _ticks(ax: "Axes", data: "xr.Dataset", *, bottom: bool, left: bool) -> None:
    """Write values of both axes at their cells, as many as have room."""
    x, y = heat_map_axes(data) or ("", "")
    for axis, name, wanted, label in (
        (ax.xaxis, x, bottom, ax.set_xlabel),
        (ax.yaxis, y, left, ax.set_ylabel),
    ):
        if data[name].dtype.kind in "fi":
            numbers, text = axis_scale(data, name)
            texts = [f"{v:.4g}" for v in numbers]
        else:
            text = f"{words_of(data, name)} [as written]"
            texts = texts_of(data, name)
        most = _MOST_TICKS if axis is ax.yaxis else 8
        most = max(2, min(most, 60 // max(len(t) + 1 for t in texts)))
        shown = np.unique(np.linspace(0, len(texts) - 1, min(len(texts), most)).round().astype(int))
        axis.set_ticks(shown, [texts[i] for i in shown])
        axis.set_tick_params(labelsize=8)
        if wanted:
            label(text)
            axis.set_tick_params(labelbottom=True, labelleft=True)


def _alt(results: "Results") -> str:
    data = results.data
    x, y = heat_map_axes(data) or ("", "")
    parts = []
    facets = _facets(data)
    for title, values in facets[:_MOST_FACETS]:
        if not np.isfinite(values).any():
            parts.append(f"{title}: no estimate")
            continue
        ends = []
        for word, where in (("least", np.nanargmin(values)), ("most", np.nanargmax(values))):
            row, column = np.unravel_index(int(where), values.shape)
            at = f"{text_of(data, x, int(column))} and {text_of(data, y, int(row))}"
            ends.append(f"{word} {percent(float(values[row, column]))} at {at}")
        missing = int((~np.isfinite(values)).sum())
        lost = f", {missing} of {values.size} cells without an estimate" if missing else ""
        parts.append(f"{title}: {', '.join(ends)}{lost}")
    more = len(facets) - len(parts)
    rest = f" {more} more maps are not drawn." if more else ""
    return (
        f"Maps of the suppression of the pain signal over {words_of(data, x).lower()} and "
        + f"{words_of(data, y).lower()}. {'; '.join(parts)}.{rest}"
    )


HEAT_MAP = FigureSpec(
    name="heat_map",
    title="Suppression over two sweep axes",
    available=lambda results: (
        heat_map_axes(results.data) is not None
        and compares(results.data)
        and has_pain_signal(results.data)
    ),
    data=lambda results: results.data[
        [f"suppression_{n}" for n in ("pooled", "low", "high", "status")]
    ].sel(epoch="during"),
    draw=heat_map,
    caption=lambda results: (
        "Suppression of the pain signal over two sweep axes, all seeds pooled (numbers in percent "
        + "where they have room; lines of equal suppression). Blue suppresses, red facilitates; "
        + "hatched cells have no estimate. Cells are drawn of equal size, whatever the distance "
        + "between their values."
    ),
    alt=_alt,
    panels=True,
)  # fmt: skip
