"""Wind-up: spikes per volley along the volleys."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import rows_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    COLOURS,
    DASHES,
    MARKERS,
    canvas,
    house_style,
    tidy,
    wrapped,
)
from gatecontrol.analysis.frames import frame

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["WINDUP", "windup_curves", "windup_curves_alt"]

_MOST_LINES = 14


def _volley_lines(
    data: "xr.Dataset",
) -> list[tuple[str, NDArray[np.float64], int]]:
    """Return label, (mean, low, high) of the 95 % interval per volley, and seeds."""
    found = []
    for row in list(rows_of(data))[:_MOST_LINES]:
        values = np.asarray(row.values("windup_spikes"), dtype=float)
        seeds = int(np.isfinite(values).any(axis=1).sum())
        if seeds:
            parts = (row.values(f"windup_spikes_{part}") for part in ("mean", "low", "high"))
            found.append((row.label or "spikes", np.array([*parts], dtype=float), seeds))
    return found


def windup_curves(data: "xr.Dataset", ax: "Axes | None" = None) -> "Figure":
    """Draw spikes per volley against the number of the volley, a line per arm and rate.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with ``windup_spikes`` and its mean.
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
        for index, (name, (mean, low, high), _) in enumerate(lines):
            colour = COLOURS[index % len(COLOURS)]
            ax.fill_between(volley, low, high, color=colour, alpha=0.18, lw=0)
            ax.plot(
                volley,
                mean,
                color=colour,
                ls=DASHES[index % len(DASHES)],
                marker=MARKERS[index % len(MARKERS)],
                ms=4,
                label=wrapped(name, 32),
            )
        ax.set_ylim(bottom=0)
        ax.set_xlim(volley[0] - 0.5, volley[-1] + 0.5)
        left_out = len(list(rows_of(data))) - len(lines)
        title = f"{left_out} more are not drawn" if left_out > 0 else None
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=3.2, title=title)
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


WINDUP = FigureSpec(
    name="windup",
    title="Wind-up: spikes per C volley along the volleys",
    available=lambda results: "windup_spikes_mean" in results.data,
    data=lambda results: frame(
        results.data, *(f"windup_spikes_{part}" for part in ("mean", "low", "high"))
    ),
    draw=lambda results, ax: windup_curves(results.data, ax),
    caption=lambda results: (
        "Spikes of the deep projection neurons per C volley, in the window in which C fibres "
        + "answer; mean and 95 % interval over seeds."
    ),
    alt=lambda results: windup_curves_alt(results.data),
)
