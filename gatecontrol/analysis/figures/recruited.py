"""What a run recruited: shares of each fibre class, with perception and discomfort threshold."""

import math
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.rows import Row, is_design, numeric_axis, rows_of, sweep_axes
from gatecontrol.analysis.figures.scales import (
    amplitude_marks,
    axis_scale,
    is_amplitude,
    share_limits,
    x_scale,
)
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    CLASS_COLOURS,
    CLASS_NAMES,
    DASHES,
    GREY,
    MARKERS,
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

__all__ = ["RECRUITED", "recruited"]

_CLASSES = ("abeta", "adelta", "c", "descending")
_MOST_FACETS = 6
_MOST_ROWS = 24


def _shown_classes(rows: list[Row]) -> list[str]:
    """Return A-beta and whatever any row recruits, of the classes in the device's reach."""
    reach = [c for c in _CLASSES if any(math.isfinite(r.recruited(c)) for r in rows)]
    return [c for c in reach if c == "abeta" or any(r.recruited(c) > 0 for r in rows)]


def _device_rows(data: "xr.Dataset") -> list[Row]:
    return [r for r in rows_of(data) if r.has_device]


def _by_line(data: "xr.Dataset", axis: str) -> dict[str, list[Row]]:
    """Return label -> rows along `axis`; an axis that changes no share makes one line."""
    found: dict[str, dict[str, list[Row]]] = {}
    for row in _device_rows(data):
        mine = found.setdefault(row.parts.get("arm", ""), {})
        mine.setdefault(row.label_without(axis), []).append(row)
    lines: dict[str, list[Row]] = {}
    for arm, mine in found.items():
        shares = {tuple(_shares(r) for r in rows) for rows in mine.values()}
        lines |= mine if len(shares) > 1 else {arm: next(iter(mine.values()))}
    return lines


def _shares(row: Row) -> tuple[float, ...]:
    # a missing share is -1, so that two of them are equal
    return tuple(s if math.isfinite(s) else -1.0 for s in map(row.recruited, _CLASSES))


def _along(data: "xr.Dataset") -> str | None:
    """Return the amplitude axis of a sweep, or None."""
    for axis in sweep_axes(data):
        if data.sizes[axis] > 1 and data[axis].dtype.kind in "fi" and is_amplitude(data, axis):
            return axis
    return None


def recruited(results: "Results", ax: "FigureBase | None" = None) -> "Figure":
    """Draw the share of each fibre class that a run recruited.

    Against the amplitude if that was swept, a panel per arm (at most six); otherwise a row per
    arm, with the amplitude over perception threshold beside it.

    Parameters
    ----------
    results : Results
        With a device.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.
    """
    data = results.data
    axis = _along(data)
    with house_style():
        return _by_arm(data, ax) if axis is None else _curves(data, axis, ax)


def _curves(data: "xr.Dataset", axis: str, ax: "FigureBase | None") -> "Figure":
    lines = _by_line(data, axis)
    shown = dict(list(lines.items())[:_MOST_FACETS])
    classes = _shown_classes([r for rows in shown.values() for r in rows])
    columns = min(len(shown), 2)
    rows = math.ceil(len(shown) / columns)
    x, label = axis_scale(data, axis)
    every = [[100 * r.recruited(c) for r in points] for points in shown.values() for c in classes]
    limits = share_limits(every)
    figure, place = panels(ax, 7.2, 0.7 + (3.2 if rows == 1 else 2.5) * rows)
    grid = place.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes, (name, points) in zip(grid.flat, shown.items(), strict=False):
        for index, fibres in enumerate(classes):
            share = [100 * r.recruited(fibres) for r in points]
            axes.plot(
                x[: len(share)], share, color=CLASS_COLOURS[fibres], ls=DASHES[index],
                marker=MARKERS[index], ms=4, label=CLASS_NAMES[fibres],
            )  # fmt: skip
        x_scale(axes, x)
        axes.set_ylim(*limits)
        axes.yaxis.grid(visible=True, color="#dddddd", lw=0.6)
        title = wrapped(name, 40)
        marks = amplitude_marks(data, axis, points)
        axes.set_title(title, loc="left", weight="bold", pad=18 if marks else 6)
        landmark_lines(axes, marks, 0.36 if columns > 1 else 0.2)
        tidy(axes)
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    _outer_labels(grid, label, "Recruited [%]", len(shown))
    handles, labels = grid.flat[0].get_legend_handles_labels()
    left_out = len(lines) - len(shown)
    note = f"{left_out} more panels are not drawn" if left_out else None
    place.legend(
        handles, labels, loc="outside lower left", ncols=len(labels), handlelength=3.2, title=note,
        alignment="left",
    )  # fmt: skip
    return figure


def _outer_labels(grid: "np.ndarray", x: str, y: str, count: int) -> None:
    """Label the lowest axes of each column and the first of each row."""
    columns = grid.shape[1]
    for index, axes in enumerate(grid.flat):
        if index < count <= index + columns:
            axes.set_xlabel(x)
            axes.tick_params(labelbottom=True)
        if index % columns == 0:
            axes.set_ylabel(y)


def _by_arm(data: "xr.Dataset", ax: "FigureBase | None") -> "Figure":
    every = _device_rows(data)
    rows = every[:_MOST_ROWS]
    classes = _shown_classes(rows)
    relative = [100 * r.number("amplitude_relative") for r in rows]
    doses = any(math.isfinite(v) for v in relative)
    figure, place = panels(ax, 7.2, 1.2 + 0.42 * len(rows))
    grid = place.subplots(
        1, 1 + doses, sharey=True, squeeze=False, width_ratios=[1.5, 1.0][: 1 + doses]
    )
    left = grid[0, 0]
    for index, fibres in enumerate(classes):
        at = np.arange(len(rows)) + 0.16 * (index - (len(classes) - 1) / 2)
        share = [100 * r.recruited(fibres) for r in rows]
        left.hlines(at, 0, share, color=CLASS_COLOURS[fibres], lw=1.6)
        left.plot(
            share, at, ls="none", marker=MARKERS[index], ms=5, color=CLASS_COLOURS[fibres],
            label=CLASS_NAMES[fibres],
        )  # fmt: skip
    left.set_xlim(-2, 104)
    left.set_xlabel("Recruited [%]")
    left.set_yticks(range(len(rows)), [wrapped(r.label or r.arm, 30) for r in rows])
    left.set_ylim(len(rows) - 0.4, -0.6)
    if doses:
        _doses(grid[0, 1], rows, relative)
    for axes in grid.flat:
        axes.xaxis.grid(visible=True, color="#dddddd", lw=0.6)
        axes.set_axisbelow(True)
        tidy(axes)
        axes.tick_params(axis="y", length=0)
    left_out = len(every) - len(rows)
    note = f"{left_out} more rows are not drawn" if left_out else None
    handles = [h for axes in grid.flat for h in axes.get_legend_handles_labels()[0]]
    place.legend(
        handles=handles, loc="outside lower left", ncols=len(handles), title=note,
        alignment="left",
    )  # fmt: skip
    return figure


def _doses(ax: "Axes", rows: list[Row], relative: list[float]) -> None:
    """Draw amplitude and discomfort threshold in multiples of perception threshold."""
    at = np.arange(len(rows))
    discomfort = [
        100 * r.number("discomfort_threshold") / r.number("perception_threshold") for r in rows
    ]
    ax.plot(relative, at, ls="none", marker="o", ms=5, color="black", label="amplitude")
    known = np.isfinite(discomfort)
    ax.plot(
        np.array(discomfort)[known], at[known], ls="none", marker="|", ms=12, mew=1.6, color=GREY,
        label="DT",
    )  # fmt: skip
    for place, value in zip(at, relative, strict=True):
        if not math.isfinite(value):
            ax.annotate("no perception threshold", (110, place), va="center", size=7, color=GREY)
    ends = [v for v in (*relative, *discomfort, 200.0) if math.isfinite(v)]
    ax.set_xlim(0, 1.08 * max(ends))
    ax.set_xlabel("Amplitude [% PT]")
    landmark_lines(ax, {"PT": 100.0})


def _data(results: "Results") -> "pd.DataFrame":
    data = results.data
    shares = data[["recruited"]].mean("seed")
    shares["recruited"].attrs = {}
    found = frame(shares, "recruited")
    doses = frame(
        data, "amplitude", "amplitude_relative", "perception_threshold", "discomfort_threshold",
    )  # fmt: skip
    keys = ["arm", *sweep_axes(data)]
    columns = [c for c in doses.columns if c in keys or c not in found.columns]
    found = found.merge(doses[columns], on=keys, how="left")
    return found[np.isfinite(found["recruited"])].reset_index(drop=True)


def _available(results: "Results") -> bool:
    data = results.data
    return bool(np.isfinite(data["recruited"].values).any()) and bool(_device_rows(data))


def _alt(results: "Results") -> str:
    data = results.data
    rows = _device_rows(data)
    axis = _along(data)
    classes = _shown_classes(rows)
    shown, unit = rows[:_MOST_ROWS], ""
    if axis is not None:
        lines = list(_by_line(data, axis).values())[:_MOST_FACETS]
        shown = [r for line in lines for r in line]
        unit = f" against {axis_scale(data, axis)[1]}"
    parts = []
    for row in shown:
        shares = [
            f"{CLASS_NAMES[c]} {100 * row.recruited(c):.3g} %"
            for c in classes
            if math.isfinite(row.recruited(c))
        ]
        at = row.number("amplitude_relative")
        dose = f" at {100 * at:.3g} % of perception threshold" if math.isfinite(at) else ""
        parts.append(f"{row.label or row.arm}{dose}: {', '.join(shares)}")
    more = len(rows) - len(shown)
    rest = f" {more} more are not drawn." if more else ""
    return f"Share of fibres recruited by class{unit}. {'; '.join(parts)}.{rest}"


def _in_report(results: "Results") -> bool:
    # along another axis the curves of the dose response show the A-beta fibres already
    data = results.data
    designed = any(is_design(data, a) for a in sweep_axes(data))
    return _along(data) is not None or (numeric_axis(data) is None and not designed)


RECRUITED = FigureSpec(
    name="recruitment",
    title="Share of each fibre class recruited, with perception and discomfort threshold",
    available=_available,
    data=_data,
    draw=recruited,
    caption=lambda results: (
        "Share of the fibres of each class in the device's reach that the device recruits, mean "
        + "over seeds; A\u03b2 always, other classes where any fibre is recruited. PT, DT: "
        + "derived perception and discomfort threshold (criteria assumed)."
    ),
    alt=_alt,
    panels=True,
    report=_in_report,
)
