"""Fitted curves from the group ``/fits`` of the results."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.rows import Row
from gatecontrol.analysis.figures.scales import axis_scale

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.results import Results

__all__ = ["Fitted", "fit_along", "fitted"]

# last part of an axis's path -> names of the fit and of the parameter that is told
_KINDS = {"amplitude": ("dose", "ed50", "ED50"), "frequency": ("frequency", "optimum", "optimum")}


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted curve.

    Attributes
    ----------
    x : ndarray of float, shape (k,)
        Values of the axis in the unit of its label.
    curve : ndarray of float, shape (3, k)
        Suppression and the ends of its 95 % interval [%].
    told : str
        The parameter in words, empty if there is none.
    """

    x: NDArray[np.float64]
    curve: NDArray[np.float64]
    told: str


def fit_along(results: "Results", axis: str) -> "xr.Dataset | None":
    """Return the group of fits if it holds curves along an axis.

    Parameters
    ----------
    results : Results
    axis : str
        Sweep axis.
    """
    if "fits" not in results.tree.children:
        return None
    group = results.tree["fits"].to_dataset()
    names = _KINDS.get(_last(results.data, axis))
    return group if names and f"{names[0]}_curve" in group else None


def _last(data: "xr.Dataset", axis: str) -> str:
    return str(data[axis].attrs.get("long_name", axis)).rsplit(".", 1)[-1]


def fitted(results: "Results", axis: str, row: Row) -> Fitted | None:
    """Return the fitted curve along an axis of the line that a row lies on, None without one.

    Parameters
    ----------
    results : Results
    axis : str
        Sweep axis.
    row : Row
        Any point of the line.
    """
    group = fit_along(results, axis)
    if group is None:
        return None
    data = results.data
    kind, name, word = _KINDS[_last(data, axis)]
    labels = {"arm": row.arm, **row.labels, "epoch": "during"}
    curves = group[f"{kind}_curve"]
    one = group.sel({d: v for d, v in labels.items() if d in curves.dims})
    curve = 100 * np.array([one[f"{kind}_curve{end}"].values for end in ("", "_low", "_high")])
    if not np.isfinite(curve[0]).all():
        return None
    # the grid has the unit of the axis: the factor to the label's is the same
    shown, label = axis_scale(data, axis)
    raw = np.asarray(data[axis].values, dtype=float)
    factor = float(shown[-1] / raw[-1]) if raw[-1] else 1.0
    unit = label.rpartition("[")[2].rstrip("]")
    ends = [factor * float(one[f"{kind}_{name}{end}"]) for end in ("", "_low", "_high")]
    told = f"{word} {ends[0]:.3g} {unit}" if np.isfinite(ends[0]) else ""
    if told and np.isfinite(ends).all():
        told += f" [{ends[1]:.3g}, {ends[2]:.3g}]"
    return Fitted(factor * np.asarray(group[f"{kind}_fine"].values, dtype=float), curve, told)
