"""Suppression by arm: point estimates with their intervals, the dose beside each."""

import math
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.rows import (
    Row,
    compares,
    has_pain_signal,
    is_design,
    numeric_axis,
    rows_of,
    sweep_axes,
)
from gatecontrol.analysis.figures.spec import FigureSpec
from gatecontrol.analysis.figures.style import (
    COLOURS,
    GREY,
    canvas,
    house_style,
    percent,
    tidy,
    wrapped,
)
from gatecontrol.analysis.frames import frame

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = ["FOREST", "effect_text", "p_text", "suppression_by_arm", "suppression_by_arm_alt"]

_MOST_ROWS = 24
_WIDEST = 42  # letters of a label in one line


def suppression_by_arm(
    data: "xr.Dataset", ax: "Axes | None" = None, contrasts: "xr.Dataset | None" = None
) -> "Figure":
    """Draw a forest plot: pooled suppression per arm with its 95 % interval over seeds.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    ax : Axes, optional
        Where to draw; a new figure if not given.
    contrasts : xarray.Dataset, optional
        The group ``/contrasts``: the adjusted p is written under the estimate.

    Returns
    -------
    Figure
        Filled markers: the epoch during; open, fainter markers: the epoch after. Of more than
        24 rows the first are drawn.
    """
    every = list(rows_of(data))
    rows = every[:_MOST_ROWS]
    lines = max(wrapped(row.label, _WIDEST).count("\n") for row in rows)
    with house_style():
        figure, ax = canvas(ax, 7.2, 1.15 + (0.52 + 0.14 * lines) * len(rows))
        after = False
        for place, row in enumerate(rows):
            _estimate(ax, row, place, "during")
            after |= _estimate(ax, row, place, "after")
        ax.axvline(0, color="black", lw=0.9, zorder=1)
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.set_yticks(range(len(rows)), [""] * len(rows))
        ax.tick_params(axis="y", length=0)
        _labels(ax, rows, contrasts)
        _limits(ax, rows)
        ax.set_xlabel(f"Suppression of the pain signal [%]{_left_out(len(every))}")
        ax.xaxis.grid(visible=True, color="#dddddd", lw=0.6)
        ax.set_axisbelow(True)
        tidy(ax)
        ax.spines["left"].set_visible(False)
        _legend(ax, after=after)
    return figure


def effect_text(row: Row, epoch: str = "during", name: str = "suppression") -> str:
    """Return "34.2 % [28.1, 40.0]": pooled suppression with its interval, in percent.

    Parameters
    ----------
    row : Row
        Arm and sweep point.
    epoch : str, optional
        Epoch.
    name : str, optional
        ``"suppression"`` (deep projection neurons) or ``"suppression_lamina1"``.
    """
    value = row.number(f"{name}_pooled", epoch)
    if not math.isfinite(value):
        return "no estimate"
    low, high = (row.number(f"{name}_{end}", epoch) for end in ("low", "high"))
    if not (math.isfinite(low) and math.isfinite(high)):
        return percent(value)
    return f"{percent(value)} [{percent(low)[:-2]}, {percent(high)[:-2]}]"


def _estimate(ax: "Axes", row: Row, place: int, epoch: str) -> bool:
    value = row.number("suppression_pooled", epoch)
    if not math.isfinite(value):
        return False
    during = epoch == "during"
    low, high = (row.number(f"suppression_{end}", epoch) for end in ("low", "high"))
    y = place - 0.08 if during else place + 0.2
    colour = COLOURS[0] if during else COLOURS[4]
    if math.isfinite(low) and math.isfinite(high):
        ax.plot([100 * low, 100 * high], [y, y], color=colour, lw=1.8 if during else 1.0)
    marker = {"marker": "o", "ms": 4.5} if during else {"marker": "D", "ms": 4, "mfc": "white"}
    ax.plot([100 * value], [y], color=colour, ls="none", **marker)
    return True


def p_text(row: Row, contrasts: "xr.Dataset | None") -> str:
    """Return "p = 0.012 (adjusted)" of an arm against its control, empty if not tested.

    Parameters
    ----------
    row : Row
        Arm and sweep point.
    contrasts : xarray.Dataset or None
        The group ``/contrasts`` of the same results.
    """
    if contrasts is None or "p_adjusted" not in contrasts:
        return ""
    found = contrasts["p_adjusted"].sel(epoch="during", arm=row.arm)
    # the group may hold more points than the rows that were chosen
    labels = {d: row.labels[d] for d in found.dims if d in row.labels}
    value = float(found.sel(labels))
    if not math.isfinite(value):
        return ""
    return "p < 0.001 (adjusted)" if value < 1e-3 else f"p = {value:.2g} (adjusted)"


def _labels(ax: "Axes", rows: list[Row], contrasts: "xr.Dataset | None") -> None:
    """Write label and dose to the left, the estimate and p to the right."""
    left, right = ax.get_yaxis_transform(), ax.get_yaxis_transform()
    for place, row in enumerate(rows):
        ax.annotate(
            wrapped(row.label, _WIDEST),
            (0, place),
            xycoords=left,
            xytext=(-8, 1),
            textcoords="offset points",
            ha="right",
            va="bottom",
            weight="bold",
            annotation_clip=False,
        )
        ax.annotate(
            " · ".join(row.dose()),
            (0, place),
            xycoords=left,
            xytext=(-8, -1),
            textcoords="offset points",
            ha="right",
            va="top",
            size=7,
            color=GREY,
            annotation_clip=False,
        )
        tested = p_text(row, contrasts)
        ax.annotate(
            effect_text(row),
            (1, place - 0.08),
            xycoords=right,
            xytext=(8, 1 if tested else 0),
            textcoords="offset points",
            ha="left",
            va="bottom" if tested else "center",
            annotation_clip=False,
        )
        if tested:
            ax.annotate(
                tested,
                (1, place - 0.08),
                xycoords=right,
                xytext=(8, -1),
                textcoords="offset points",
                ha="left",
                va="top",
                size=7,
                color=GREY,
                annotation_clip=False,
            )


def _limits(ax: "Axes", rows: list[Row]) -> None:
    ends = [
        100 * row.number(name, epoch)
        for row in rows
        for name in ("suppression_pooled", "suppression_low", "suppression_high")
        for epoch in ("during", "after")
    ]
    ends = [e for e in ends if math.isfinite(e)] + [0.0]
    low, high = min(ends), max(ends)
    margin = max(0.06 * (high - low), 1.0)
    ax.set_xlim(low - margin, high + margin)


def _legend(ax: "Axes", *, after: bool) -> None:
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=COLOURS[0], marker="o", ms=4.5, lw=1.8, label="during")]
    if after:
        handles.append(
            Line2D([], [], color=COLOURS[4], marker="D", ms=4, mfc="white", lw=1.0, label="after")
        )
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=2,
        borderaxespad=0.2,
        title="pooled estimate and 95 % interval over seeds",
        title_fontsize=8,
    )


def _left_out(count: int) -> str:
    if count <= _MOST_ROWS:
        return ""
    return f"\nthe first {_MOST_ROWS} of {count} rows; the rest is in the results"


def suppression_by_arm_alt(data: "xr.Dataset", contrasts: "xr.Dataset | None" = None) -> str:
    """Return the forest plot in words.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    contrasts : xarray.Dataset, optional
        As of `suppression_by_arm`.
    """
    every = list(rows_of(data))
    parts = []
    for row in every[:_MOST_ROWS]:
        tested = p_text(row, contrasts)
        parts.append(f"{row.label} {effect_text(row)}{', ' + tested if tested else ''}")
    more = len(every) - len(parts)
    rest = f" {more} more rows are not drawn." if more else ""
    return (
        "Forest plot of the suppression of the pain signal in the epoch during, with 95 % "
        + f"intervals in brackets: {'; '.join(parts)}.{rest}"
    )


def _contrasts(results: "Results") -> "xr.Dataset | None":
    if "contrasts" not in results.tree.children:
        return None
    return results.tree["contrasts"].to_dataset()


def _in_report(results: "Results") -> bool:
    """Return whether the rows fit, or nothing else shows them."""
    data = results.data
    few = math.prod(data["suppression_pooled"].shape[:-1]) <= _MOST_ROWS
    designed = any(is_design(data, a) for a in sweep_axes(data))
    return few or (numeric_axis(data) is None and not designed)


def _data(results: "Results") -> "pd.DataFrame":
    found = frame(
        results.data,
        *(f"suppression_{part}" for part in ("pooled", "low", "high", "status")),
        *("device", "amplitude", "amplitude_relative", "charge_per_phase", "power"),
        epoch=["during", "after"],
    )
    contrasts = _contrasts(results)
    if contrasts is None or "p_adjusted" not in contrasts:
        return found
    keys = ["arm", *sweep_axes(results.data), "epoch"]
    tested = frame(contrasts, "p_value", "p_adjusted")[[*keys, "p_value", "p_adjusted"]]
    return found.merge(tested, on=keys, how="left")


def _caption(results: "Results") -> str:
    words = (
        "Suppression of the pain signal of the deep projection neurons against the paired "
        + "control, all seeds pooled, with the 95 % interval over seeds"
    )
    if not any(row.has_device for row in rows_of(results.data)):
        return f"{words}."
    return (
        f"{words}; the dose of each arm under its name (PT: perception threshold; A\u03b2, "
        + "A\u03b4, C: share of these fibres recruited)."
    )


FOREST = FigureSpec(
    name="forest",
    title="Suppression by arm, with intervals and doses",
    available=lambda results: compares(results.data) and has_pain_signal(results.data),
    data=_data,
    draw=lambda results, ax: suppression_by_arm(results.data, ax, _contrasts(results)),
    caption=_caption,
    alt=lambda results: suppression_by_arm_alt(results.data, _contrasts(results)),
    file=lambda results: "suppression_by_arm",
    report=_in_report,
)
