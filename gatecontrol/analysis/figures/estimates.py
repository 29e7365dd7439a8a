"""Estimates with intervals by arm: after-effects and the therapeutic window."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.rows import Row, rows_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    COLOURS,
    GREY,
    MARKERS,
    house_style,
    number,
    panels,
    tidy,
    wrapped,
)
from gatecontrol.analysis.frames import frame

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

    from gatecontrol.analysis.results import Results

__all__ = ["AFTER_EFFECT", "THERAPEUTIC_WINDOW", "Panel", "estimates", "estimates_alt"]

_MOST_ROWS = 24


@dataclass(frozen=True)
class Panel:
    """One panel of estimates.

    Attributes
    ----------
    label : str
        Of the x axis, with its unit.
    series : mapping of str to str
        Variable -> what it is called; several share the panel.
    factor : float
        From the SI unit to that of the label.
    """

    label: str
    series: Mapping[str, str]
    factor: float = 1.0


_AFTER = (
    Panel("Onset: time to half\nof the suppression [s]", {"onset_delay": "onset"}),
    Panel(
        "Offset: time constant and\nduration of what is left [s]",
        {"recovery_time_constant": "time constant", "inhibition_duration": "duration"},
    ),
    Panel("Left after the device\nis off [%]", {"residual_inhibition": "residual"}, 100.0),
)
_WINDOW = (
    Panel(
        "Suppression [%]",
        {"suppression_at_perception": "at PT", "suppression_at_discomfort": "at DT"},
        100.0,
    ),
    Panel(
        "Amplitude [mA]",
        {
            "perception_threshold": "PT",
            "discomfort_threshold": "DT",
            "amplitude_half_effect": "half the effect at DT",
            "amplitude_effective": "stated suppression",
        },
        1e3,
    ),
)


def _names(parts: tuple[Panel, ...]) -> list[str]:
    return [name for panel in parts for name in panel.series]


def _rows(data: "xr.Dataset", parts: tuple[Panel, ...]) -> dict[str, Row]:
    """Return label -> row of each arm and value of the axes that the first variable has."""
    dims = data[_names(parts)[0]].dims
    found: dict[str, Row] = {}
    for row in rows_of(data):
        texts = [t for name, t in row.parts.items() if name == "arm" or name in dims]
        known = (math.isfinite(row.number(n)) for n in _names(parts)[:2])
        if any(known):
            found.setdefault(", ".join(texts) or row.arm, row)
    return found


def estimates(
    data: "xr.Dataset", parts: tuple[Panel, ...], ax: "FigureBase | None" = None
) -> "Figure":
    """Draw estimates with their intervals, a row per arm, a panel per kind.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    parts : tuple of Panel
        What to draw.
    ax : Figure or SubFigure, optional
        Where to draw; a new figure if not given.
    """
    every = _rows(data, parts)
    rows = dict(list(every.items())[:_MOST_ROWS])
    with house_style():
        figure, place = panels(ax, 7.2, 1.4 + 0.4 * len(rows))
        grid = place.subplots(1, len(parts), sharey=True, squeeze=False)[0]
        for panel, axes in zip(parts, grid, strict=True):
            _panel(axes, panel, list(rows.values()))
        grid[0].set_yticks(range(len(rows)), [wrapped(label, 28) for label in rows])
        grid[0].set_ylim(len(rows) - 0.4, -0.6)
        if len(every) > len(rows):
            note = f"the first {len(rows)} of {len(every)} rows"
            place.suptitle(note, size=8.5, x=0.01, ha="left")
    return figure


def _panel(ax: "Axes", panel: Panel, rows: list[Row]) -> None:
    count = len(panel.series)
    for index, (name, word) in enumerate(panel.series.items()):
        at = np.arange(len(rows)) + 0.18 * (index - (count - 1) / 2)
        value, low, high = (
            np.array([panel.factor * row.number(f"{name}{end}") for row in rows])
            for end in ("", "_low", "_high")
        )
        look = {"color": COLOURS[(0, 1, 2, 6)[index]]}
        ax.hlines(at, low, high, lw=1.5, **look)
        ax.plot(value, at, ls="none", marker=MARKERS[index], ms=5, label=word, **look)
    if not any(math.isfinite(row.number(name)) for row in rows for name in panel.series):
        ax.text(0.5, 0.5, "no value", ha="center", transform=ax.transAxes, size=8, color=GREY)
        ax.set_xticks([])
    elif (np.array(ax.get_xlim()) >= 0).all():
        ax.set_xlim(left=0)
    else:
        ax.axvline(0, color=GREY, lw=0.8, zorder=0)
    ax.set_xlabel(panel.label)
    ax.xaxis.grid(visible=True, color="#dddddd", lw=0.6)
    if count > 1:
        ax.legend(
            loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2 if count > 2 else count,
            borderaxespad=0.2, handletextpad=0.2, columnspacing=0.8,
        )  # fmt: skip
    tidy(ax)
    ax.tick_params(axis="y", length=0)


def estimates_alt(data: "xr.Dataset", parts: tuple[Panel, ...]) -> str:
    """Return the estimates in words.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    parts : tuple of Panel
        What is drawn.
    """
    rows = _rows(data, parts)
    found = []
    for label, row in list(rows.items())[:_MOST_ROWS]:
        texts = []
        for panel in parts:
            unit = panel.label.rpartition("[")[2].rstrip("]")
            for name, word in panel.series.items():
                value, low, high = (
                    panel.factor * row.number(f"{name}{end}") for end in ("", "_low", "_high")
                )
                if math.isfinite(value):
                    ends = f" [{number(low)}, {number(high)}]" if math.isfinite(low + high) else ""
                    texts.append(f"{word} {number(value)} {unit}{ends}")
        found.append(f"{label}: {', '.join(texts)}")
    more = len(rows) - len(found)
    rest = f" {more} more are not drawn." if more else ""
    return f"Estimates with 95 % intervals in brackets. {'; '.join(found)}.{rest}"


def _spec(
    name: str, title: str, caption: str, parts: tuple[Panel, ...], needs: tuple[str, ...]
) -> FigureSpec:
    def available(results: "Results") -> bool:
        data = results.data
        return all(n in data for n in needs) and bool(_rows(data, parts))

    columns = [f"{n}{end}" for n in _names(parts) for end in ("", "_low", "_high", "_status")]
    return FigureSpec(
        name=name,
        title=title,
        available=available,
        data=lambda results: frame(results.data, *columns, epoch="during"),
        draw=lambda results, ax: estimates(results.data, parts, ax),
        caption=lambda results: caption,
        alt=lambda results: estimates_alt(results.data, parts),
        panels=True,
    )


AFTER_EFFECT = _spec(
    "after_effect",
    "How fast suppression comes and goes",
    "Time to half of the suppression after the device is switched on; time constant of its decay, "
    + "time until it is below a quarter, and what is left of it, after the device is off. 95 % "
    + "intervals over seeds; what is missing has its reason in the results.",
    _AFTER,
    tuple(_names(_AFTER)),
)
THERAPEUTIC_WINDOW = _spec(
    "therapeutic_window",
    "Suppression between perception and discomfort threshold",
    "Suppression of the pain signal at perception (PT) and discomfort threshold (DT), "
    + "interpolated along the amplitudes of the sweep, and the amplitudes at which half of the "
    + "effect at DT and a stated suppression are reached. 95 % intervals over seeds. Model "
    + "units: no statement on any patient.",
    _WINDOW,
    tuple(n for n in _names(_WINDOW) if not n.endswith("_threshold")),
)
