"""Conditioning-test curve: response to a test volley against the interval to an A volley."""

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import sweep_axes, text_of
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    CLASS_NAMES,
    COLOURS,
    DASHES,
    GREY,
    MARKERS,
    canvas,
    house_style,
    percent,
    tidy,
    wrapped,
)
from gatecontrol.analysis.frames import frame

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = ["CONDITIONING", "conditioning_curves"]

_MOST_LINES = 14
_WINDOWS = {"c": "a_on_c_window", "abeta": "a_on_a_window"}


@dataclass(frozen=True, eq=False)
class _Line:
    """One curve: intervals [s], ascending, response with its interval [1], and the window [s]."""

    label: str
    interval: NDArray[np.float64]
    response: NDArray[np.float64]
    window: float

    @property
    def windowed(self) -> str:
        """Say how long the response is reduced."""
        return f"reduced up to {1e3 * self.window:.3g} ms" if math.isfinite(self.window) else ""


def _lines(data: "xr.Dataset") -> list[_Line]:
    """Return a curve for every arm, class of the test volley and value of the other axes."""
    outer = ["arm", *(a for a in sweep_axes(data) if a in data["a_on_c_window"].dims)]
    (moved,) = set(data["conditioned_response"].dims) - {*outer, "fibre_class"}
    classes = [str(c) for c in data["fibre_class"].values]
    names = [f"conditioned_response{end}" for end in ("", "_low", "_high")]
    order = (*outer, "fibre_class", moved)
    curves = np.stack([data[n].transpose(*order).values for n in names], axis=-2)
    intervals = data["conditioning_interval"].transpose(*order).values
    found = []
    for place in product(*(range(data.sizes[d]) for d in outer)):
        label = str(data["label"].values[place[0]]) if data.sizes["arm"] > 1 else ""
        texts = [text_of(data, a, i) for a, i in zip(outer[1:], place[1:], strict=True)]
        for number, name in enumerate(classes):
            interval, response = intervals[(*place, number)], curves[(*place, number)]
            known = np.isfinite(interval) & np.isfinite(response[0])
            if not known.any():
                continue
            order_of = np.argsort(interval[known], kind="stable")
            window = math.nan
            if name in _WINDOWS:
                at = dict(zip(outer, place, strict=True))
                window = float(data[_WINDOWS[name]].isel(at).values)
            words = [t for t in (label, *texts) if t]
            words.append(f"{CLASS_NAMES[name]} test volley")
            found.append(
                _Line(
                    ", ".join(words), interval[known][order_of], response[:, known][:, order_of],
                    window,
                )
            )  # fmt: skip
    return found


def conditioning_curves(results: "Results", ax: "Axes | None" = None) -> "Figure":
    """Draw the response to a test volley against the interval from the conditioning volley.

    Parameters
    ----------
    results : Results
        With the summary ``conditioning_test``.
    ax : Axes, optional
        Where to draw; a new figure if not given.

    Returns
    -------
    Figure
        100 % is the test volley alone; a tick on the axis marks the end of each window.
    """
    every = _lines(results.data)
    with house_style():
        figure, ax = canvas(ax, 7.2, 4.0)
        for index, line in enumerate(every[:_MOST_LINES]):
            _draw(ax, line, index)
        ax.axhline(100, color=GREY, lw=0.9, ls=(0, (2, 2)), zorder=0)
        ax.set_ylim(bottom=min(0.0, ax.get_ylim()[0]))
        ax.set_xlabel("Interval from the conditioning to the test volley at the cord [ms]")
        ax.set_ylabel("Response to the test volley\n[% of that to it alone]")
        ax.yaxis.grid(visible=True, color="#dddddd", lw=0.6)
        left_out = len(every) - _MOST_LINES
        title = f"{left_out} more are not drawn" if left_out > 0 else None
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), handlelength=3.2, title=title)
        tidy(ax)
    return figure


def _draw(ax: "Axes", line: _Line, index: int) -> None:
    colour = COLOURS[index % len(COLOURS)]
    x, (response, low, high) = 1e3 * line.interval, 100 * line.response
    ax.fill_between(x, low, high, color=colour, alpha=0.18, lw=0)
    label = wrapped(line.label, 30) + (f"\n({line.windowed})" if line.windowed else "")
    ax.plot(
        x, response, color=colour, ls=DASHES[index % len(DASHES)],
        marker=MARKERS[index % len(MARKERS)], ms=4.5, label=label,
    )  # fmt: skip
    if math.isfinite(line.window) and line.window > 0:
        ax.plot(
            [1e3 * line.window], [0.02], marker="|", ms=12, mew=1.8, color=colour, ls="none",
            transform=ax.get_xaxis_transform(),
        )  # fmt: skip


def _alt(results: "Results") -> str:
    every = _lines(results.data)
    parts = []
    for line in every[:_MOST_LINES]:
        points = [
            f"{1e3 * x:.3g} ms {percent(r, 0)}"
            for x, r in zip(line.interval, line.response[0], strict=True)
        ]
        window = f" ({line.windowed})" if line.windowed else ""
        parts.append(f"{line.label}{window}: {', '.join(points)}")
    more = len(every) - len(parts)
    rest = f" {more} more lines are not drawn." if more else ""
    return (
        "Response to a test volley, in percent of that to it alone, against the interval from the "
        + f"conditioning volley. {'; '.join(parts)}.{rest}"
    )


CONDITIONING = FigureSpec(
    name="conditioning_test",
    title="Response to a test volley against the interval to a conditioning volley",
    available=lambda results: (
        "conditioned_response" in results.data and bool(_lines(results.data))
    ),
    data=lambda results: frame(
        results.data,
        *(f"conditioned_response{end}" for end in ("", "_low", "_high", "_status")),
        *("conditioning_interval", "a_on_c_window", "a_on_a_window"),
    ),
    draw=conditioning_curves,
    caption=lambda results: (
        "Spikes evoked by a test volley after a conditioning volley of A fibres, over those by the "
        + "test volley alone (100 %), against their interval at the cord; bands are 95 % intervals "
        + "over seeds. A tick on the axis: the longest interval with a reduced response."
    ),
    alt=_alt,
)  # fmt: skip
