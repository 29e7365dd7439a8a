"""Shares of cells that fire less, as before, or more with the device on."""

import math
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.rows import Row, rows_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import COLOURS, GREY, canvas, house_style, tidy, wrapped
from gatecontrol.analysis.frames import frame

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = ["HETEROGENEITY", "heterogeneity"]

_MOST_ROWS = 24
_SHARES = {
    "cells_decreased": ("less", COLOURS[0], "///", "white"),
    "cells_unchanged": ("as before", "#d9d9d9", "", "black"),
    "cells_increased": ("more", COLOURS[5], "...", "black"),
}
_LEAST_NUMBERED = 0.08  # share that has room for its number


def _bars(data: "xr.Dataset") -> list[tuple[str, Row, dict[str, str]]]:
    """Return label, row and further labels of each bar."""
    control = str(data.attrs.get("control", "device_off"))
    rows = [r for r in rows_of(data) if r.arm != control]
    if "population" not in data["cells_decreased"].dims:
        return [(r.label or r.arm, r, {}) for r in rows]
    names = [str(p) for p in data["population"].values]
    return [
        (f"{r.label + ': ' if r.label else ''}{n.replace('_', ' ')}", r, {"population": n})
        for r in rows
        for n in names
    ]


def _known(data: "xr.Dataset") -> list[tuple[str, Row, dict[str, str]]]:
    return [b for b in _bars(data) if math.isfinite(_share(b[1], "cells_decreased", b[2]))]


def _share(row: Row, name: str, more: dict[str, str]) -> float:
    return row.mean(name, epoch="during", **more)


def heterogeneity(results: "Results", ax: "Axes | None" = None) -> "Figure":
    """Draw the shares of cells that fire less, as before, or more, stacked, a bar per arm.

    Parameters
    ----------
    results : Results
        With the summary ``heterogeneity``.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    """
    data = results.data
    every = _known(data)
    bars = every[:_MOST_ROWS]
    with house_style():
        figure, ax = canvas(ax, 7.2, 1.3 + 0.42 * len(bars))
        start = np.zeros(len(bars))
        for name, (_, colour, hatch, ink) in _SHARES.items():
            share = np.array([100 * _share(row, name, more) for _, row, more in bars])
            ax.barh(
                range(len(bars)), share, left=start, height=0.62, color=colour, hatch=hatch,
                edgecolor="white", lw=0.8,
            )  # fmt: skip
            for place, (left, width) in enumerate(zip(start, share, strict=True)):
                if width >= 100 * _LEAST_NUMBERED:
                    _number(ax, left + width / 2, place, f"{width:.0f}", colour, ink)
            start += share
        _beside(ax, bars)
        ax.set_yticks(range(len(bars)), [wrapped(label, 34) for label, *_ in bars])
        ax.set_ylim(len(bars) - 0.4, -0.6)
        ax.set_xlim(0, 100)
        left_out = len(every) - len(bars)
        note = f"\n{left_out} more bars are not drawn" if left_out else ""
        ax.set_xlabel(f"Share of the cells classified [%]{note}")
        _legend(ax)
        tidy(ax)
        ax.tick_params(axis="y", length=0)
    return figure


def _number(ax: "Axes", x: float, y: float, text: str, ground: str, ink: str) -> None:
    box = {"boxstyle": "round,pad=0.15", "fc": ground, "ec": "none"}
    ax.text(x, y, text, ha="center", va="center", size=7.5, color=ink, bbox=box)


def _beside(ax: "Axes", bars: list[tuple[str, Row, dict[str, str]]]) -> None:
    """Say to the right how many cells, and how many would seem changed by chance."""
    for place, (_, row, more) in enumerate(bars):
        cells = _share(row, "cells_classified", more)
        chance = _share(row, "cells_changed_by_chance", more)
        texts = [f"{cells:.0f} cells"] if math.isfinite(cells) else []
        texts += [f"by chance \u2264 {100 * chance:.0f} %"] if math.isfinite(chance) else []
        ax.annotate(
            "\n".join(texts), (1.0, place), xycoords=ax.get_yaxis_transform(), xytext=(6, 0),
            textcoords="offset points", va="center", size=7, color=GREY, annotation_clip=False,
        )  # fmt: skip


def _legend(ax: "Axes") -> None:
    from matplotlib.patches import Patch

    handles = [
        Patch(fc=colour, hatch=hatch, ec="white", label=f"fires {word}")
        for word, colour, hatch, _ in _SHARES.values()
    ]
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2
    )  # fmt: skip


def _alt(results: "Results") -> str:
    bars = _known(results.data)
    parts = []
    for label, row, more in bars[:_MOST_ROWS]:
        shares = [
            f"{100 * _share(row, name, more):.0f} % {word}" for name, (word, *_) in _SHARES.items()
        ]
        cells = _share(row, "cells_classified", more)
        parts.append(f"{label}: {', '.join(shares)} ({cells:.0f} cells)")
    left_out = len(bars) - len(parts)
    rest = f" {left_out} more bars are not drawn." if left_out else ""
    return (
        "Shares of cells that fire less, as before, or more with the device on. "
        + f"{'; '.join(parts)}.{rest}"
    )


HETEROGENEITY = FigureSpec(
    name="heterogeneity",
    title="Shares of cells that fire less, as before, or more",
    available=lambda results: "cells_decreased" in results.data and bool(_known(results.data)),
    data=lambda results: frame(
        results.data,
        *(f"{name}{end}" for name in _SHARES for end in ("", "_low", "_high")),
        *("cells_classified", "cells_too_few_spikes", "cells_changed_by_chance"),
        epoch="during",
    ),
    draw=heterogeneity,
    caption=lambda results: (
        "Shares of cells whose rate falls, stays, or rises against the paired control while the "
        + "device is on, all seeds together. Beside each bar: the cells classified, and the "
        + "share that would seem changed if the device did nothing (upper bound)."
    ),
    alt=_alt,
)
