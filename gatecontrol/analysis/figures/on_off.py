"""Curves of an arm beside its paired control, mean over seeds: a panel per arm."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import Row, compares, rows_of
from gatecontrol.analysis.figures.style import (
    COLOURS,
    GREY,
    house_style,
    panels,
    plain_logarithmic,
    tidy,
    wrapped,
)
from gatecontrol.analysis.statistics import mean_with_interval

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = ["OnOff", "band_of", "draw_on_off", "shown_rows", "states_of", "table_of"]

MOST = 6
"""Panels that are drawn; there may be thousands of points."""
_DASHES = {"": "-", "_off": (0, (3, 1.5))}


@dataclass(frozen=True)
class OnOff:
    """What a figure of an arm beside its control draws.

    Attributes
    ----------
    variable : str
        Variable of the results; its control is the same with ``_off``.
    dim : str
        Dimension along which it is drawn.
    x_label, y_label : str
        Of the axes, with units.
    epoch : str
        Which epoch, of variables that have any.
    x_factor : float
        From the SI unit of `dim` to that of the label.
    logarithmic : bool
        Whether the y axis is.
    decorate : callable, optional
        Given results, axes and row: draws what stands behind the curves.
    keys : callable, optional
        Given results: handles of the legend for what `decorate` draws.
    """

    variable: str
    dim: str
    x_label: str
    y_label: str
    epoch: str = "during"
    x_factor: float = 1.0
    logarithmic: bool = False
    decorate: "Callable[[Results, Axes, Row], None] | None" = None
    keys: "Callable[[Results], list[Any]] | None" = None


def states_of(data: "xr.Dataset") -> dict[str, str]:
    """Return suffix of a variable -> what it is of; the control only if anything is compared.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return {"_off": "control", "": "arm"} if compares(data) else {"": "arm"}


def band_of(row: Row, what: OnOff, suffix: str) -> NDArray[np.float64]:
    """Return mean, low and high over seeds (Student's t) at each place, shape (3, k).

    Parameters
    ----------
    row : Row
        Arm and sweep point.
    what : OnOff
    suffix : str
        ``""`` or ``"_off"``.
    """
    values = np.asarray(row.values(what.variable + suffix, epoch=what.epoch), dtype=float)
    return np.array([mean_with_interval(column) for column in values.T]).T


def shown_rows(data: "xr.Dataset", what: OnOff) -> list[Row]:
    """Return the rows that have anything to draw, without the control arm.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    what : OnOff
    """
    control = str(data.attrs.get("control", "device_off"))
    rows = list(rows_of(data))
    rows = [r for r in rows if r.arm != control] or rows
    return [r for r in rows if np.isfinite(_values(r, what)).any()]


def _values(row: Row, what: OnOff) -> NDArray[np.float64]:
    return np.asarray(row.values(what.variable, epoch=what.epoch), dtype=float)


def draw_on_off(results: "Results", what: OnOff, ax: "FigureBase | None" = None) -> "Figure":
    """Draw each arm (solid) beside its control (dashed), a panel per arm, at most six.

    Parameters
    ----------
    results : Results
    what : OnOff
        What to draw.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.
    """
    data = results.data
    every = shown_rows(data, what)
    rows = every[:MOST]
    columns = min(len(rows), 2)
    lines = math.ceil(len(rows) / columns)
    with house_style():
        figure, place = panels(ax, 7.2, 0.9 + (2.9 if lines == 1 else 1.9) * lines)
        grid = place.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for index, (row, axes) in enumerate(zip(rows, grid.flat, strict=False)):
            _panel(axes, results, what, row)
            if index % columns == 0:
                axes.set_ylabel(what.y_label)
            if index + columns >= len(rows):
                axes.set_xlabel(what.x_label)
                axes.tick_params(labelbottom=True)
        if what.logarithmic:
            plain_logarithmic(grid[0, 0].yaxis)
        else:
            grid[0, 0].set_ylim(bottom=0)  # after all: it ends the search for the common limits
        for axes in grid.flat[len(rows) :]:
            axes.set_axis_off()
        _legend(place, results, what, len(every) - len(rows))
    return figure


def _panel(ax: "Axes", results: "Results", what: OnOff, row: Row) -> None:
    x = what.x_factor * np.asarray(results.data[what.dim].values, dtype=float)
    for suffix in reversed(states_of(results.data)):  # dashes show on a line that they equal
        colour = GREY if suffix else COLOURS[0]
        mean, low, high = band_of(row, what, suffix)
        if what.logarithmic:  # an interval that reaches below 0 has no lower end there
            low = np.where(low > 0, low, np.nan)
        ax.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(x, mean, color=colour, ls=_DASHES[suffix], lw=1.2)
    if what.logarithmic:
        ax.set_yscale("log")
    ax.set_xlim(x[0], x[-1])
    if what.decorate:
        what.decorate(results, ax, row)
    ax.set_title(wrapped(row.label, 44), loc="left", size=8.5)
    tidy(ax)


def _legend(place: "FigureBase", results: "Results", what: OnOff, left_out: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Line2D([], [], color=GREY if s else COLOURS[0], ls=_DASHES[s], lw=1.2, label=word)
        for s, word in states_of(results.data).items()
    ]
    handles.append(Patch(color=GREY, alpha=0.25, lw=0, label="95 % interval over seeds"))
    handles += what.keys(results) if what.keys else []
    note = f"{left_out} more panels are not drawn" if left_out else None
    place.legend(
        handles=handles, loc="outside lower left", ncols=4, title=note, alignment="left"
    )  # fmt: skip


def table_of(results: "Results", what: OnOff) -> "pd.DataFrame":
    """Return what is drawn: mean and interval by arm, state of the device and place.

    Parameters
    ----------
    results : Results
    what : OnOff
    """
    import pandas as pd

    data = results.data
    parts = []
    for row in shown_rows(data, what):
        for suffix in states_of(data):
            mean, low, high = band_of(row, what, suffix)
            columns = {"arm": row.arm, **{k: v for k, v in row.parts.items() if k != "arm"}}
            columns |= {"device": "off" if suffix else "on", what.dim: data[what.dim].values}
            parts.append(pd.DataFrame(columns | {"mean": mean, "low": low, "high": high}))
    return pd.concat(parts, ignore_index=True)
