"""Time course of the pain signal, device off and on, mean over seeds."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import Row, compares, rows_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import COLOURS, GREY, house_style, panels, tidy, wrapped
from gatecontrol.analysis.statistics import mean_with_interval

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = ["TIME_COURSE", "time_course"]

_MOST = 6
_DASHES = {"": "-", "_off": (0, (3, 1.5))}


def _rows(data: "xr.Dataset") -> list[Row]:
    control = str(data.attrs.get("control", "device_off"))
    rows = list(rows_of(data))
    return [r for r in rows if r.arm != control] or rows


def _band(row: Row, name: str) -> NDArray[np.float64]:
    """Return mean, low and high over seeds at each time, shape (3, k)."""
    values = np.asarray(row.values(name), dtype=float)  # seed, time bin
    return np.array([mean_with_interval(column) for column in values.T]).T


def time_course(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the pain signal against time, a panel per arm and sweep point (at most six).

    Parameters
    ----------
    results : Results
        With the measure ``time_course``.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        Mean over seeds with its 95 % interval (Student's t).
    """
    data = results.data
    every = _rows(data)
    rows = every[:_MOST]
    columns = min(len(rows), 2)
    lines = math.ceil(len(rows) / columns)
    with house_style():
        figure, place = panels(ax, 7.2, 0.9 + (2.9 if lines == 1 else 1.9) * lines)
        grid = place.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for index, (row, axes) in enumerate(zip(rows, grid.flat, strict=False)):
            _panel(axes, data, row)
            if index % columns == 0:
                axes.set_ylabel("Pain signal per cell\n[spikes/s]")
            if index + columns >= len(rows):
                axes.set_xlabel("Time [s]")
                axes.tick_params(labelbottom=True)
        for axes in grid.flat[len(rows) :]:
            axes.set_axis_off()
        _legend(place, data, len(every) - len(rows))
    return figure


def _panel(ax: "Axes", data: "xr.Dataset", row: Row) -> None:
    time = np.asarray(data["time_bin"].values, dtype=float)
    for suffix, colour in (("_off", GREY), ("", COLOURS[0])):
        if suffix and not compares(data):
            continue
        mean, low, high = _band(row, f"time_course{suffix}")
        ax.fill_between(time, low, high, color=colour, alpha=0.2, lw=0)
        ax.plot(time, mean, color=colour, ls=_DASHES[suffix], lw=1.2)
    device = row.number("device_on"), row.number("device_off")
    if all(map(math.isfinite, device)):
        ax.axvspan(*device, color="#56B4E9", alpha=0.22, lw=0, zorder=-2)
    ax.set_title(wrapped(row.label, 44), loc="left", size=8.5)
    ax.set_ylim(bottom=0)
    tidy(ax)


def _legend(place: "FigureBase", data: "xr.Dataset", left_out: int) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Line2D | Patch] = [Line2D([], [], color=COLOURS[0], lw=1.2, label="arm")]
    if compares(data):
        handles.append(Line2D([], [], color=GREY, ls=_DASHES["_off"], lw=1.2, label="control"))
    handles.append(Patch(color=GREY, alpha=0.25, lw=0, label="95 % interval over seeds"))
    if np.isfinite(data["device_on"].values).any():
        handles.append(Patch(color="#56B4E9", alpha=0.4, lw=0, label="device on"))
    note = f"{left_out} more panels are not drawn" if left_out else None
    place.legend(
        handles=handles, loc="outside lower left", ncols=4, title=note, alignment="left"
    )  # fmt: skip


def _data(results: "Results") -> "pd.DataFrame":
    import pandas as pd

    data = results.data
    parts = []
    for row in _rows(data):
        for suffix, state in (("_off", "off"), ("", "on")):
            mean, low, high = _band(row, f"time_course{suffix}")
            columns = {"arm": row.arm, **{k: v for k, v in row.parts.items() if k != "arm"}}
            columns |= {"device": state, "time": data["time_bin"].values}
            parts.append(pd.DataFrame(columns | {"mean": mean, "low": low, "high": high}))
    return pd.concat(parts, ignore_index=True)


def _alt(results: "Results") -> str:
    data = results.data
    rows = _rows(data)
    time = np.asarray(data["time_bin"].values, dtype=float)
    parts = []
    for row in rows[:_MOST]:
        states = ("_off", "") if compares(data) else ("",)
        found = []
        for epoch in ("before", "during", "after"):
            start, stop = row.number("epoch_start", epoch), row.number("epoch_stop", epoch)
            inside = (time >= start) & (time < stop)
            if inside.any():
                means = [_band(row, f"time_course{s}")[0][inside].mean() for s in states]
                found.append(f"{epoch} {' and '.join(f'{m:.3g}' for m in means)}")
        parts.append(f"{row.label or row.arm}: {', '.join(found)}")
    more = len(rows) - len(parts)
    rest = f" {more} more are not drawn." if more else ""
    states = " in the control and with the device" if compares(data) else ""
    return (
        f"Pain signal over time, mean over seeds. Means by epoch in spikes/s per cell{states}: "
        + f"{'; '.join(parts)}.{rest}"
    )


TIME_COURSE = FigureSpec(
    name="time_course",
    title="Pain signal over time, device off and on",
    available=lambda results: "time_course" in results.data,
    data=_data,
    draw=time_course,
    caption=lambda results: (
        "Pain signal of the deep projection neurons over time in model units, mean over seeds "
        + "with its 95 % interval: each arm (solid) and its paired control (dashed)."
    ),
    alt=_alt,
    panels=True,
)
