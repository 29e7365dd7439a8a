"""Safety plane: charge density against charge per phase, with Shannon's lines."""

import math
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.rows import Row, rows_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    canvas,
    house_style,
    plain_logarithmic,
    tidy,
    wrapped,
)
from gatecontrol.analysis.frames import frame
from gatecontrol.devices.safety import CAUTION, DENSITY, LINE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = ["SAFETY", "safety_plane"]

_LINES = {
    CAUTION: "conservative; noted from here",
    1.75: "in between",
    LINE: "damage seen above",
}
_MOST = 21  # markers that are named
_MOST_SHARED = 2  # rows that are named of those at one place


def _place(row: Row) -> tuple[float, float]:
    """Return charge [uC] and charge density [uC/cm2] per phase at the contact with the worst k.

    The charge is that of k = log10(Q) + log10(D) at this contact: ``charge_per_phase`` is of
    all cathodes of a channel together.
    """
    density = 1e2 * row.number("charge_density")
    k = row.number("shannon_k")
    return (10**k / density if density > 0 else math.nan), density


def _rows(results: "Results") -> list[Row]:
    return [r for r in rows_of(results.data) if r.has_device and all(map(math.isfinite, _place(r)))]


def _groups(rows: list[Row]) -> list[tuple[str, Row]]:
    """Return a name and a row for each place: what lies at the same one is one marker."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault("{:.2e} {:.2e}".format(*_place(row)), []).append(row)
    names = []
    for mine in found.values():
        first = mine[0].parts
        common = [v for k, v in first.items() if all(r.parts.get(k) == v for r in mine)]
        if len(mine) == 1:
            names.append((mine[0].label or mine[0].arm, mine[0]))
        elif len(mine) == len(rows):
            names.append((f"all {len(mine)} points", mine[0]))
        elif common:
            names.append((f"{', '.join(common)} ({len(mine)} points)", mine[0]))
        else:
            more = f" and {len(mine) - _MOST_SHARED} more" if len(mine) > _MOST_SHARED else ""
            shown = [row.label for row in mine[:_MOST_SHARED]]
            names.append((f"{'; '.join(shown)}{more}", mine[0]))
    return names


def safety_plane(results: "Results", ax: "Axes | None" = None) -> "Figure":
    """Draw charge density against charge per phase at the worst contact of each arm.

    Parameters
    ----------
    results : Results
        With a device that has contacts.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        Logarithmic axes; lines of equal Shannon k [shannon1992], [cogan2016].
    """
    groups = _groups(_rows(results))
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.4)
        charges, densities = np.array([_place(row) for _, row in groups]).T
        if len(groups) > _MOST:
            ax.plot(
                charges[_MOST:], densities[_MOST:], ls="none", marker=".", ms=4, color=GREY,
                label=f"{len(groups) - _MOST} more",
            )  # fmt: skip
        for index, (name, row) in enumerate(groups[:_MOST]):
            colour = COLOURS[index % len(COLOURS)]
            filled = {"mfc": "white"} if (index // len(COLOURS)) % 2 else {}
            marker = MARKERS[(index + index // len(COLOURS)) % len(MARKERS)]
            k = f"k = {_minus(row.number('shannon_k'))}"
            ax.plot(
                charges[index], densities[index], ls="none", marker=marker, ms=6.5, color=colour,
                label=wrapped(f"{name}: {k}", 42), **filled,
            )  # fmt: skip
        ax.set_xscale("log")
        ax.set_yscale("log")
        low, high = min(charges.min() / 3, 0.3), max(3 * charges.max(), 30.0)
        bottom, top = min(densities.min() / 3, 3.0), max(3 * densities.max(), 300.0)
        ax.set_xlim(low, high)
        ax.set_ylim(bottom, top)
        _draw_lines(ax)
        plain_logarithmic(ax.xaxis)
        plain_logarithmic(ax.yaxis)
        ax.set_xlabel("Charge per phase at the contact [µC]")
        ax.set_ylabel("Charge density per phase [µC/cm²]")
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=2.6, fontsize=7)
        tidy(ax)
    return figure


def _draw_lines(ax: "Axes") -> None:
    x = np.array(ax.get_xlim())
    for style, (k, words) in zip(DASHES, _LINES.items(), strict=False):
        ax.plot(
            x, 10**k / x, color="black", lw=0.9, ls=style, zorder=1,
            label=f"Shannon k = {k:g}: {words}",
        )  # fmt: skip
    ax.axhline(
        1e2 * DENSITY, color=GREY, lw=0.9, ls=(0, (6, 2, 1, 2)), zorder=1,
        label=f"{1e2 * DENSITY:g} µC/cm²: programmers warn (assumed)",
    )  # fmt: skip


def _minus(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _data(results: "Results") -> "pd.DataFrame":
    data = results.data
    found = frame(data, "charge_per_phase", "charge_density", "shannon_k", "device")
    found = found[np.isfinite(found["shannon_k"])].reset_index(drop=True)
    density = 1e2 * found["charge_density"]
    found["contact_charge"] = 1e-6 * 10 ** found["shannon_k"] / density
    return found


def _alt(results: "Results") -> str:
    groups = _groups(_rows(results))
    parts = []
    for name, row in groups[:_MOST]:
        charge, density = _place(row)
        parts.append(
            f"{name}: {charge:.3g} µC and {density:.3g} µC/cm² per phase, "
            + f"k = {_minus(row.number('shannon_k'))}, {_verdict(row)}"
        )
    more = len(groups) - len(parts)
    rest = f" {more} more are drawn without a name." if more else ""
    return (
        "Charge density against charge per phase at the contact with the highest Shannon k, with "
        + f"lines at k = {', '.join(f'{k:g}' for k in _LINES)}. {'; '.join(parts)}.{rest}"
    )


def _verdict(row: Row) -> str:
    k = row.number("shannon_k")
    if k > LINE:
        return f"above the line of {LINE}"
    return f"between {CAUTION} and {LINE}" if k >= CAUTION else f"below {CAUTION}"


SAFETY = FigureSpec(
    name="safety",
    title="Charge density against charge per phase, with Shannon's lines",
    available=lambda results: bool(_rows(results)),
    data=_data,
    draw=safety_plane,
    caption=lambda results: (
        "Charge density against charge per phase at the contact with the highest Shannon k of "
        + "each arm, with lines of equal k. Shannon's lines come from macro-electrodes on cat "
        + "cortex (50 Hz, 7 hours): they know neither rate, duty cycle nor material and were not "
        + "made for pads on the skin."
    ),
    alt=_alt,
)
