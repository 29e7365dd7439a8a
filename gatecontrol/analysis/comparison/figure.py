"""The figure of a comparison: a forest grouped by arm, one marker per run."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.comparison.tables import axes_of, label_of
from gatecontrol.analysis.figures.rows import text_of
from gatecontrol.analysis.figures.style import (
    COLOURS,
    MARKERS,
    canvas,
    house_style,
    percent,
    tidy,
)

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_GROUPS", "forest", "forest_alt", "groups"]

MOST_GROUPS = 40
"""Most arms and sweep points that are drawn; the table has all."""

_NAMES = ("suppression_pooled", "suppression_low", "suppression_high")


def groups(data: "xr.Dataset") -> list[tuple[str, list[tuple[float, float, float]]]]:
    """Return what is drawn: arm (at its sweep point) -> estimate with its ends in each run.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    """
    axes = axes_of(data)
    during = data.sel(epoch="during")
    values = [during[n].transpose("run", "arm", *axes).values for n in _NAMES]
    found = []
    for arm in range(data.sizes["arm"]):
        for place in np.ndindex(*(data.sizes[a] for a in axes)):
            texts = [text_of(data, a, i) for a, i in zip(axes, place, strict=True)]
            estimates = [
                tuple(float(v[(run, arm, *place)]) for v in values)
                for run in range(data.sizes["run"])
            ]
            found.append((", ".join([label_of(data, arm), *texts]), estimates))
    return found  # type: ignore[return-value]


def forest(data: "xr.Dataset", ax: "Axes | None" = None) -> "Figure":
    """Draw suppression by arm, one marker per run, with 95 % intervals over seeds.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    """
    shown = groups(data)[:MOST_GROUPS]
    runs = [str(r) for r in data["run"].values]
    with house_style():
        height = 0.9 + 0.25 * len(runs) + len(shown) * (0.24 + 0.17 * len(runs))
        figure, ax = canvas(ax, 7.2, height)
        for place, (_, estimates) in enumerate(shown):
            _group(ax, place, estimates)
        ax.axvline(0, color="black", lw=0.9, zorder=1)
        for edge in range(1, len(shown)):
            ax.axhline(edge - 0.5, color="#dddddd", lw=0.6, zorder=0)
        ax.set_ylim(len(shown) - 0.5, -0.5)
        ax.set_yticks(range(len(shown)), [_folded(name) for name, _ in shown])
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("Suppression of the pain signal [%]")
        ax.xaxis.grid(visible=True, color="#dddddd", lw=0.6)
        ax.set_axisbelow(True)
        tidy(ax)
        ax.spines["left"].set_visible(False)
        _legend(ax, runs)
    return figure


def _look(run: int) -> dict[str, object]:
    """Return colour and marker of a run; the marker changes when colours begin again."""
    marker = MARKERS[(run + run // len(COLOURS)) % len(MARKERS)]
    return {"color": COLOURS[run % len(COLOURS)], "marker": marker}


def _group(ax: "Axes", place: int, estimates: Sequence[tuple[float, float, float]]) -> None:
    count = len(estimates)
    for run, (value, low, high) in enumerate(estimates):
        if not math.isfinite(value):
            continue
        y = place + (run - (count - 1) / 2) * (0.7 / count)
        look = _look(run)
        if math.isfinite(low) and math.isfinite(high):
            ax.plot([100 * low, 100 * high], [y, y], color=look["color"], lw=1.6)
        ax.plot([100 * value], [y], ls="none", ms=4.8, **look)


def _folded(name: str, width: int = 34) -> str:
    from textwrap import wrap

    return "\n".join(wrap(name, width)) or name


def _legend(ax: "Axes", runs: list[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], lw=1.6, ms=4.8, label=_folded(name, 60), **_look(run))
        for run, name in enumerate(runs)
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.2,
        title="pooled estimate and 95 % interval over seeds, by run",
        title_fontsize=8,
        alignment="left",
    )


def forest_alt(data: "xr.Dataset") -> str:
    """Return the forest in words.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    """
    runs = [str(r) for r in data["run"].values]
    parts = []
    for name, estimates in groups(data)[:MOST_GROUPS]:
        texts = [f"{run} {_words(estimate)}" for run, estimate in zip(runs, estimates, strict=True)]
        parts.append(f"{name}: {', '.join(texts)}")
    return (
        "Forest plot of the suppression of the pain signal in the epoch during by arm, one "
        + f"marker per run, with 95 % intervals in brackets: {'; '.join(parts)}."
    )


def _words(estimate: tuple[float, float, float]) -> str:
    value, low, high = estimate
    if not math.isfinite(value):
        return "no estimate"
    if not (math.isfinite(low) and math.isfinite(high)):
        return percent(value)
    return f"{percent(value)} [{percent(low)[:-2]}, {percent(high)[:-2]}]"
