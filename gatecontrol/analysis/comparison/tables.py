"""The tables of a comparison: the effect in each run, and the differences between runs."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.columns import Column, Table, Value
from gatecontrol.analysis.figures.rows import text_of

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["axes_of", "difference_rows", "difference_table", "effect_table", "label_of"]

_DURING = {"epoch": "during"}
_ESTIMATE = ("suppression_pooled", "suppression_low", "suppression_high")


def axes_of(data: "xr.Dataset") -> list[str]:
    """Return the sweep axes of a comparison.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    """
    return [str(d) for d in data["difference"].dims if d not in {"run", "run_other", "arm"}]


def label_of(data: "xr.Dataset", arm: int) -> str:
    """Return how the runs call an arm; its own name where they do not agree.

    Parameters
    ----------
    data : xarray.Dataset
    arm : int
        Place of the arm.
    """
    labels = {str(x) for x in data["arm_label"].values[:, arm]}
    return labels.pop() if len(labels) == 1 else str(data["arm"].values[arm])


def _places(data: "xr.Dataset", axes: Sequence[str]) -> Iterator[tuple[int, tuple[int, ...]]]:
    for arm in range(data.sizes["arm"]):
        for place in np.ndindex(*(data.sizes[a] for a in axes)):
            yield arm, place


def _place_columns(data: "xr.Dataset", axes: Sequence[str]) -> list[Column]:
    names = {a: f"{a}_text" if f"{a}_text" in data.coords else a for a in axes}
    headings = (str(data[a].attrs.get("long_name", a)) for a in axes)
    swept = [Column(h, (names[a],)) for h, a in zip(headings, axes, strict=True)]
    return [Column("Arm", ("arm_label",)), *swept]


def _place_cells(
    data: "xr.Dataset", axes: Sequence[str], arm: int, place: tuple[int, ...]
) -> list[tuple[Value, ...]]:
    texts = (text_of(data, a, i) for a, i in zip(axes, place, strict=True))
    return [(label_of(data, arm),), *((t,) for t in texts)]


def effect_table(data: "xr.Dataset") -> Table:
    """Return the effect of each arm at each sweep point in each run.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    """
    axes = axes_of(data)
    order = ("run", "arm", *axes)
    during = data.sel(epoch="during")
    signals = ("pain_signal_off", "pain_signal")
    values = {n: during[n].transpose(*order, "seed").values for n in signals}
    values |= {n: during[n].transpose(*order).values for n in _ESTIMATE}
    mean = "mean over seeds"
    columns = (
        *_place_columns(data, axes),
        Column("Run", ("run",)),
        Column("Pain signal, control", signals[:1], "spikes/s", labels=_DURING, note=mean),
        Column("Pain signal", signals[1:], "spikes/s", labels=_DURING, note=mean),
        Column(
            "Suppression during, 95 % interval", _ESTIMATE, "%", 100, labels=_DURING, decimals=1
        ),
    )
    rows = []
    for arm, place in _places(data, axes):
        for run, name in enumerate(data["run"].values):
            spot = (run, arm, *place)
            means = [_mean(values[n][spot]) for n in signals]
            row = _place_cells(data, axes, arm, place)
            row += [(str(name),), *((m,) for m in means)]
            rows.append([*row, tuple(float(values[n][spot]) for n in _ESTIMATE)])
    note = "Rates are per cell, in the epoch during. Each interval stands for its own run."
    return Table("effect_by_run", "Effect in each run", note, columns, rows)


def _mean(values: Any) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else math.nan


def difference_rows(data: "xr.Dataset") -> list[dict[str, Any]]:
    """Return every difference that was computed, each pair of runs once.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.

    Returns
    -------
    list of dict
        ``arm``, ``label``, ``axes`` (texts), ``run``, ``run_other``, ``difference``, ``low``,
        ``high`` (fractions), ``paired`` and ``reason`` (why a number is missing).
    """
    axes = axes_of(data)
    order = ("run", "run_other", "arm", *axes)
    names = ("difference", "difference_low", "difference_high")
    values = [data[n].transpose(*order).values for n in names]
    status = data["difference_status"].transpose(*order).values
    paired = data["paired"].values
    runs = [str(r) for r in data["run"].values]
    found = []
    for arm, place in _places(data, axes):
        for i, j in combinations(range(len(runs)), 2):
            spot = (i, j, arm, *place)
            if str(status[spot]) == "not compared":
                continue
            number, low, high = (float(v[spot]) for v in values)
            found.append({
                "arm": str(data["arm"].values[arm]),
                "label": label_of(data, arm),
                "axes": {a: text_of(data, a, k) for a, k in zip(axes, place, strict=True)},
                "run": runs[i],
                "run_other": runs[j],
                "difference": number,
                "low": low,
                "high": high,
                "paired": bool(paired[i, j]),
                "reason": str(status[spot]),
            })
    return found


def difference_table(data: "xr.Dataset") -> Table:
    """Return the differences between runs, by arm and sweep point.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    """
    names = ("difference", "difference_low", "difference_high")
    columns = (
        *_place_columns(data, axes_of(data)),
        Column("Run", ("run",)),
        Column("Minus", ("run_other",)),
        Column("Difference of suppression, 95 % interval", names, "points", 100, decimals=1),
        Column("Seeds", ("paired",)),
        Column("Remark", ("difference_status",)),
    )
    rows: list[list[tuple[Value, ...]]] = []
    for found in difference_rows(data):
        places = [(t,) for t in found["axes"].values()]
        estimate = (found["difference"], found["low"], found["high"])
        seeds = "paired" if found["paired"] else "not paired"
        row = [(found["label"],), *places, (found["run"],), (found["run_other"],), estimate]
        rows.append([*row, (seeds,), (found["reason"],)])
    note = (
        "Points are percentage points of suppression in the epoch during, first run minus "
        + "second; studentised bootstrap over seeds, or Student's t under 10 seeds. Each "
        + "interval stands alone: nothing is corrected for comparing many."
    )
    return Table("differences", "Differences between runs", note, columns, rows)
