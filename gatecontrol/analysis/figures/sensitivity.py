"""Sobol indices: what share of the output's spread each parameter causes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.figures.style import COLOURS, GREY, canvas, house_style, tidy

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["sensitivity_indices", "sensitivity_indices_alt"]

_EPOCH = "during"
_ORDERS = {"total": "total (alone or with others)", "first_order": "first order (alone)"}
_MOST_ROWS = 40
_FIXED = {"epoch", "parameter", "parameter_other"}


@dataclass(frozen=True)
class _Block:
    """One arm (and point of the other sweep axes) with the indices of all parameters."""

    label: str
    why: str
    indices: dict[str, tuple[float, float, float]]


def sensitivity_indices(
    data: "xr.Dataset", ax: "Axes | None" = None, output: str = "suppression"
) -> "Figure":
    """Draw first-order and total Sobol indices per parameter, a block of rows per arm.

    Parameters
    ----------
    data : xarray.Dataset
        Group ``/sensitivity`` of the results.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    output : str, optional
        ``"suppression"`` or ``"pain_signal"``.

    Returns
    -------
    Figure
        Epoch during; filled markers: total index, open ones: first order; 95 % intervals. The
        parameters stand in the order of their largest total index.
    """
    names = _order(data, output)
    blocks = list(_blocks(data, output))[: max(1, _MOST_ROWS // max(len(names), 1))]
    rows = sum(1 if block.why else len(names) + 1 for block in blocks)
    with house_style():
        figure, ax = canvas(ax, 7.2, 1.1 + 0.27 * rows)
        place, ticks, labels = 0.0, [], []
        for block in blocks:
            _heading(ax, block, place)
            if block.why:
                place += 1
                continue
            for number, name in enumerate(names, 1):
                ticks.append(place + number)
                labels.append(name)
                for index, order in enumerate(_ORDERS):
                    _mark(ax, block.indices[f"{order} {name}"], place + number, index)
            place += len(names) + 1
        ax.axvline(0, color="black", lw=0.9, zorder=1)
        ax.axvline(1, color=GREY, lw=0.7, ls=(0, (4, 3)), zorder=0)
        ax.set_ylim(place - 0.3, -0.7)
        ax.set_yticks(ticks, labels)
        ax.tick_params(axis="y", length=0)
        low, high = ax.get_xlim()
        ax.set_xlim(min(low, -0.05), max(high, 1.05))
        ax.set_xlabel(f"Sobol index of {_noun(output)}, epoch during [1]")
        ax.xaxis.grid(visible=True, color="#dddddd", lw=0.6)
        ax.set_axisbelow(True)
        tidy(ax)
        ax.spines["left"].set_visible(False)
        _legend(ax)
    return figure


def sensitivity_indices_alt(data: "xr.Dataset", output: str = "suppression") -> str:
    """Return the indices in words.

    Parameters
    ----------
    data : xarray.Dataset
        Group ``/sensitivity`` of the results.
    output : str, optional
        As in `sensitivity_indices`.
    """
    names, parts = _order(data, output), []
    for block in _blocks(data, output):
        if block.why:
            parts.append(f"{block.label}: no indices, {block.why}")
            continue
        told = [f"{n} {_text(block, 'total', n)}" for n in names]
        parts.append(f"{block.label}: {', '.join(told)}")
    return (
        f"Total Sobol indices of {_noun(output)} in the epoch during, with 95 % intervals in "
        + f"brackets: {'; '.join(parts)}."
    )


def _noun(output: str) -> str:
    return {"suppression": "the suppression", "pain_signal": "the pain signal"}[output]


def _order(data: "xr.Dataset", output: str) -> list[str]:
    """Return the parameters, the most influential first."""
    total = data[f"{output}_total"].sel(epoch=_EPOCH)
    names = [str(p) for p in data["parameter"].values]
    values = np.moveaxis(total.values, total.dims.index("parameter"), 0).reshape(len(names), -1)
    largest = [float(np.nanmax(v)) if np.isfinite(v).any() else -math.inf for v in values]
    return [names[i] for i in sorted(range(len(names)), key=lambda i: -largest[i])]


def _blocks(data: "xr.Dataset", output: str) -> Iterator[_Block]:
    during = data.sel(epoch=_EPOCH)
    names = [str(p) for p in data["parameter"].values]
    dims = [str(d) for d in data[f"{output}_total"].dims if d not in _FIXED]
    for place in product(*(range(data.sizes[d]) for d in dims)):
        at: dict[str, Any] = dict(zip(dims, place, strict=True))
        here = during.isel(at)
        indices = {}
        for order in _ORDERS:
            parts = [here[f"{output}_{order}{end}"].values for end in ("", "_low", "_high")]
            for number, name in enumerate(names):
                value, low, high = (float(p[number]) for p in parts)
                indices[f"{order} {name}"] = (value, low, high)
        yield _Block(_label(here, dims), str(here[f"{output}_status"].values), indices)


def _label(here: "xr.Dataset", dims: list[str]) -> str:
    words = []
    for dim in dims:
        name = next((n for n in _names(dim) if n in here.coords), dim)
        words.append(str(here[name].values))
    return ", ".join(words)


def _names(dim: str) -> tuple[str, ...]:
    return ("label", "arm") if dim == "arm" else (f"{dim}_text", dim)


def _heading(ax: "Axes", block: _Block, place: float) -> None:
    """Write the arm over its rows, and inside the axes why it has none."""
    beside = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points", "va": "center"}
    note = {"weight": "bold", "ha": "right", "xytext": (-4, 0), "annotation_clip": False}
    ax.annotate(block.label, (0, place), **beside, **note)
    if block.why:
        clear = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        note = {"size": 7.5, "color": GREY, "ha": "left", "xytext": (8, 0), "bbox": clear}
        ax.annotate(f"no index: {block.why}", (0, place), **beside, **note)


def _mark(ax: "Axes", index: tuple[float, float, float], place: float, number: int) -> None:
    value, low, high = index
    if not math.isfinite(value):
        return
    y = place + (-0.13, 0.17)[number]
    colour = COLOURS[number]
    ax.plot([low, high], [y, y], color=colour, lw=1.4)
    face = colour if number == 0 else "white"
    ax.plot([value], [y], color=colour, ls="none", marker="os"[number], ms=4.5, mfc=face)


def _legend(ax: "Axes") -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], color=COLOURS[number], marker="os"[number], ms=4.5, lw=1.4, label=text,
            mfc=COLOURS[number] if number == 0 else "white",
        )
        for number, text in enumerate(_ORDERS.values())
    ]  # fmt: skip
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=2,
        borderaxespad=0.2,
        title="Sobol index with its 95 % interval",
        title_fontsize=8,
    )


def _text(block: _Block, order: str, name: str) -> str:
    value, low, high = block.indices[f"{order} {name}"]
    text = f"{value:.2f} [{low:.2f}, {high:.2f}]"
    return text.replace("-", "\N{MINUS SIGN}")
