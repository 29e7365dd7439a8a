"""Dose and frequency response: suppression along a sweep axis, with what is recruited."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.fitted import Fitted, fitted
from gatecontrol.analysis.figures.forest import effect_text
from gatecontrol.analysis.figures.rows import (
    Row,
    compares,
    has_pain_signal,
    numeric_axis,
    rows_of,
    sweep_axes,
)
from gatecontrol.analysis.figures.scales import amplitude_marks, axis_scale, share_limits, x_scale
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    canvas,
    house_style,
    landmark_lines,
    panels,
    tidy,
    wrapped,
)
from gatecontrol.analysis.frames import frame

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = [
    "DOSE_RESPONSE",
    "dose_response",
    "suppression_along_axis",
    "suppression_along_axis_alt",
]

_MOST_LINES = 14
_MOST_POINTS = 60  # of a line, with a marker each
_MOST_TOLD = 24  # of a line, in words


def _lines(data: "xr.Dataset", axis: str) -> dict[str, list[Row]]:
    """Return label -> rows along `axis`: one line per arm and value of the other axes."""
    found: dict[str, list[Row]] = {}
    for row in rows_of(data):
        found.setdefault(row.label_without(axis), []).append(row)
    return dict(list(found.items())[:_MOST_LINES])


def _number_of_lines(data: "xr.Dataset", axis: str) -> int:
    others = [data.sizes[a] for a in sweep_axes(data) if a != axis]
    return data.sizes["arm"] * math.prod(others)


def _axis_of(data: "xr.Dataset", axis: str | None) -> str:
    axis = axis or numeric_axis(data)
    if axis is None:
        raise ValueError("the results have no numeric sweep axis")
    return axis


def suppression_along_axis(
    data: "xr.Dataset",
    axis: str | None = None,
    ax: "Axes | None" = None,
    fits: Mapping[str, Fitted] | None = None,
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
    fits : mapping of str to Fitted, optional
        Label of a line -> its fitted curve, drawn in place of the line between its points.

    Returns
    -------
    Figure
        One line per arm (and per value of other axes), at most 14.
    """
    axis = _axis_of(data, axis)
    x, label = axis_scale(data, axis)
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.0)
        lines = _lines(data, axis)
        for index, (name, rows) in enumerate(lines.items()):
            y, low, high = (
                100 * np.array([row.number(f"suppression_{part}") for row in rows])
                for part in ("pooled", "low", "high")
            )
            look = _look(index, x.size)
            curve = (fits or {}).get(name)
            if curve is None:
                ax.fill_between(x, low, high, color=look["color"], alpha=0.18, lw=0)
            else:
                _draw_fit(ax, curve, (x, low, high), look)
            ax.plot(x, y, **(look if curve is None else look | {"ls": "none"}))
            ax.plot([], [], label=wrapped(name, 32) or None, **look)  # what the legend shows
        ax.axhline(0, color=GREY, lw=0.8, zorder=0)
        x_scale(ax, x)
        ax.set_xlabel(label)
        ax.set_ylabel("Suppression of the pain signal [%]\n(pooled, 95 % interval over seeds)")
        ax.yaxis.grid(visible=True, color="#dddddd", lw=0.6)
        tidy(ax)
        if len(lines) > 1:
            left_out = _number_of_lines(data, axis) - len(lines)
            title = f"{left_out} more are not drawn" if left_out else None
            ax.legend(
                loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=3.2, title=title
            )  # fmt: skip
        landmark_lines(ax, amplitude_marks(data, axis, list(rows_of(data))))
    return figure


def _draw_fit(
    ax: "Axes", curve: Fitted, points: tuple[NDArray[np.float64], ...], look: dict[str, Any]
) -> None:
    """Draw a fitted curve with its band, and the intervals of the points as bars."""
    x, low, high = points
    ax.vlines(x, low, high, color=look["color"], lw=0.9)
    value, below, above = curve.curve
    ax.fill_between(curve.x, below, above, color=look["color"], alpha=0.15, lw=0)
    ax.plot(curve.x, value, color=look["color"], ls=look["ls"], lw=1.2)


def fits_of(results: "Results", axis: str) -> dict[str, Fitted]:
    """Return label of a line -> its fitted curve, of those that have one.

    Parameters
    ----------
    results : Results
    axis : str
        Sweep axis.
    """
    lines = _lines(results.data, axis)
    found = {name: fitted(results, axis, rows[0]) for name, rows in lines.items()}
    return {name: curve for name, curve in found.items() if curve is not None}


def _look(index: int, points: int) -> dict[str, Any]:
    return {
        "color": COLOURS[index % len(COLOURS)],
        "ls": DASHES[index % len(DASHES)],
        "marker": MARKERS[index % len(MARKERS)] if points <= _MOST_POINTS else "",
        "ms": 4.5,
    }


def dose_response(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw suppression along the first numeric sweep axis, above the share of A-beta recruited.

    Parameters
    ----------
    results : Results
        With a numeric sweep axis.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        The lower panel is left out where no device recruits A-beta fibres.
    """
    data = results.data
    axis = _axis_of(data, None)
    x, _ = axis_scale(data, axis)
    shares = {
        name: 100 * np.array([row.recruited("abeta") for row in rows])
        for name, rows in _lines(data, axis).items()
    }
    recruits = any(np.nanmax(s, initial=0.0) > 0 for s in shares.values())
    fits = fits_of(results, axis)
    with house_style():
        figure, place = panels(ax, 7.2, 5.4 if recruits else 4.0)
        if not recruits:
            return suppression_along_axis(data, axis, place.add_subplot(), fits)
        above, below = place.subplots(2, 1, sharex=True, height_ratios=[3.0, 1.2])
        suppression_along_axis(data, axis, above, fits)
        for index, share in enumerate(shares.values()):
            below.plot(x, share, **_look(index, x.size))
        below.set_xlabel(above.get_xlabel())
        above.set_xlabel("")
        below.set_ylabel("A\u03b2 recruited\n[%]")
        below.set_ylim(*share_limits(shares.values()))
        below.yaxis.grid(visible=True, color="#dddddd", lw=0.6)
        for mark in amplitude_marks(data, axis, list(rows_of(data))).values():
            below.axvline(mark, color=GREY, lw=0.9, ls=(0, (2, 2)), zorder=1)
        tidy(below)
    return figure


def _told(rows: list[Row]) -> list[int]:
    """Return which points of a line are told: all, or both ends, the least and the most."""
    if len(rows) <= _MOST_TOLD:
        return list(range(len(rows)))
    values = [row.number("suppression_pooled") for row in rows]
    known = [i for i, v in enumerate(values) if math.isfinite(v)]
    ends = [min(known, key=values.__getitem__), max(known, key=values.__getitem__)] if known else []
    return sorted({0, len(rows) - 1, *ends})


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
    x, label = axis_scale(data, axis)
    parts = []
    for name, rows in _lines(data, axis).items():
        points = [f"{x[i]:.4g}: {effect_text(rows[i])}" for i in _told(rows)]
        parts.append(f"{name + ': ' if name else ''}{', '.join(points)}")
    left_out = _number_of_lines(data, axis) - len(parts)
    rest = f" {left_out} more lines are not drawn." if left_out else ""
    return f"Suppression of the pain signal against {label}. {'; '.join(parts)}.{rest}"


def _alt(results: "Results") -> str:
    data = results.data
    axis = _axis_of(data, None)
    x, _ = axis_scale(data, axis)
    parts = []
    for name, rows in _lines(data, axis).items():
        shares = [(x[i], rows[i].recruited("abeta")) for i in _told(rows)]
        points = [f"{v:.4g}: {100 * s:.3g} %" for v, s in shares if math.isfinite(s)]
        if points:
            parts.append(f"{name + ': ' if name else ''}{', '.join(points)}")
    recruited = f" A-beta fibres recruited: {'; '.join(parts)}." if parts else ""
    marks = ", ".join(amplitude_marks(data, axis, list(rows_of(data)))).replace("\n", " ")
    told = [f"{n or 'fit'}: {c.told}" for n, c in fits_of(results, axis).items() if c.told]
    words = [f"Fitted curves, {'; '.join(told)}."] if told else []
    words += [f"{marks}."] if marks else []
    return " ".join([suppression_along_axis_alt(data, axis) + recruited, *words])


def _data(results: "Results") -> "pd.DataFrame":
    names = (*(f"suppression_{n}" for n in ("pooled", "low", "high", "status")),)
    found = frame(results.data, *names, epoch="during")
    shares = results.data[["recruited"]].mean("seed").sel(fibre_class="abeta")
    shares = shares.drop_vars("fibre_class").rename(recruited="abeta_recruited")
    doses = frame(results.data, "amplitude", "perception_threshold", "discomfort_threshold")
    keys = ["arm", *sweep_axes(results.data)]
    for more in (frame(shares, "abeta_recruited"), doses):
        columns = [c for c in more.columns if c in keys or c not in found.columns]
        found = found.merge(more[columns], on=keys, how="left")
    return found


def _caption(results: "Results") -> str:
    axis = _axis_of(results.data, None)
    fits = fits_of(results, axis)
    if fits:
        told = "; ".join(f"{n + ': ' if n else ''}{c.told}" for n, c in fits.items() if c.told)
        drawn = (
            "bars are the 95 % interval over seeds, the line is the fitted curve with its 95 % "
            + f"band{f' ({told})' if told else ''}. "
        )
    else:
        drawn = "the band is the 95 % interval over seeds. "
    count = _number_of_lines(results.data, axis)
    rest = (
        f" The first {_MOST_LINES} of {count} lines are drawn; the tables have all."
        if count > _MOST_LINES
        else ""
    )
    return (
        "Suppression of the pain signal of the deep projection neurons while the device is on "
        + f"(or in the epoch during), all seeds pooled; {drawn}Below: share of the A-beta fibres "
        + "in the device's reach that it recruits. PT, DT: derived perception and discomfort "
        + f"threshold, on an amplitude axis.{rest}"
    )


DOSE_RESPONSE = FigureSpec(
    name="dose_response",
    title="Suppression along a numeric sweep axis, with the A-beta fibres recruited",
    available=lambda results: (
        numeric_axis(results.data) is not None
        and compares(results.data)
        and has_pain_signal(results.data)
    ),
    data=_data,
    draw=dose_response,
    caption=_caption,
    alt=_alt,
    panels=True,
    file=lambda results: f"suppression_by_{numeric_axis(results.data)}",
)  # fmt: skip
