"""The dimensions that all results of a run share: where each point lies, and their labels."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.fibres.classes import INPUT_CLASSES

if TYPE_CHECKING:
    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.experiment.sweep import Axis, Point

__all__ = ["Grid", "coordinates"]


class Grid:
    """The common dimensions, and arrays that are filled cell by cell.

    Parameters
    ----------
    points : sequence of Point
        All points of the experiment; arms and seeds keep their order.
    axes : sequence of Axis
        Sweep axes.

    Attributes
    ----------
    labels : dict of str to list
        Labels along the dimensions beside arm, sweep axes and seed; populations and volleys
        are filled in when they are known.
    """

    def __init__(self, points: Sequence["Point"], axes: Sequence["Axis"]) -> None:
        self.arms = list(dict.fromkeys(p.arm for p in points))
        self.axes = list(axes)
        self.seeds = list(dict.fromkeys(p.seed for p in points))
        self.labels: dict[str, list[Any]] = {
            "epoch": list(EPOCHS),
            "fibre_class": list(INPUT_CLASSES),
            "population": [],
            "volley": [],
        }

    def place(self, point: "Point") -> tuple[int, ...]:
        """Return the point's index along arm, each sweep axis and seed."""
        along = (list(a.values).index(point.axes[a.name]) for a in self.axes)
        return (self.arms.index(point.arm), *along, self.seeds.index(point.seed))

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes along `dims`."""
        return (len(self.arms), *(len(a.values) for a in self.axes), len(self.seeds))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of a point: arm, each sweep axis and seed."""
        return ("arm", *(a.name for a in self.axes), "seed")

    def empty(self, dims: Sequence[str] = ()) -> NDArray[np.float64]:
        """Return an array of NaN for every point, with further dimensions behind."""
        return np.full((*self.shape, *(len(self.labels[d]) for d in dims)), np.nan)

    def row(self, dims: tuple[str, ...], value: Any) -> NDArray[np.float64]:
        """Return one value of a payload as an array along `dims`."""
        array = np.full([len(self.labels[d]) for d in dims], np.nan)
        if not dims:
            return np.asarray(math.nan if value is None else float(value))
        if value is None:
            return array
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            index = self.labels[dims[0]].index(key) if isinstance(key, str) else int(key)
            array[index] = self.row(dims[1:], item)
        return array


def coordinates(grid: Grid, experiment: "Experiment") -> dict[str, Any]:
    """Return the coordinates of the results: labels, sweep values and names of the arms.

    Parameters
    ----------
    grid : Grid
    experiment : Experiment
        Has the labels of the arms.
    """
    labels = grid.labels
    coordinates: dict[str, Any] = {
        "arm": ("arm", np.array(grid.arms, dtype=object), _about("Arm")),
        "seed": ("seed", np.array(grid.seeds, dtype=np.int64), _about("Seed (replicate)")),
        "epoch": ("epoch", np.array(labels["epoch"], dtype=object), _about("Epoch")),
        "fibre_class": (
            "fibre_class",
            np.array(labels["fibre_class"], dtype=object),
            _about("Fibre class"),
        ),
        "population": (
            "population",
            np.array(labels["population"], dtype=object),
            _about("Population of the circuit"),
        ),
        "label": ("arm", _labels_of_arms(grid.arms, experiment), _about("Name of the arm")),
    }
    if labels["volley"]:
        coordinates["volley"] = ("volley", np.array(labels["volley"]), _about("Volley number"))
    for axis in grid.axes:
        texts = np.array([str(v) for v in axis.values], dtype=object)
        if axis.numbers is None:
            coordinates[axis.name] = (axis.name, texts, _about(axis.name))
            continue
        numbers = np.array(axis.numbers, dtype=float)
        about = {"units": axis.unit or "1", "long_name": axis.path or axis.name}
        coordinates[axis.name] = (axis.name, numbers, about)
        coordinates[f"{axis.name}_text"] = (axis.name, texts, _about(f"{axis.name} as written"))
    return coordinates


def _about(long_name: str) -> dict[str, str]:
    return {"units": "1", "long_name": long_name}


def _labels_of_arms(arms: Sequence[str], experiment: "Experiment") -> NDArray[Any]:
    declared = getattr(experiment, "arms", None) or {}
    labels = (getattr(declared.get(a), "label", None) or a.replace("_", " ") for a in arms)
    return np.array(list(labels), dtype=object)
