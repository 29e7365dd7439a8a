"""The dimensions that all results of a run share: where each point lies, and their labels."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.base import Dimension
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.fibres.classes import INPUT_CLASSES

if TYPE_CHECKING:
    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.experiment.sensitivity import Design
    from gatecontrol.experiment.sweep import Axis, Point

__all__ = ["Grid", "coordinates"]

_SHARED = (
    Dimension("epoch", "1", "Epoch", EPOCHS),
    Dimension("fibre_class", "1", "Fibre class", INPUT_CLASSES),
    Dimension("population", "1", "Population of the circuit", ()),
    Dimension("volley", "1", "Volley number"),
)
"""Dimensions that any measure may use; the populations are those of the circuits."""


class Grid:
    """The common dimensions, and where each point lies along them.

    Parameters
    ----------
    points : sequence of Point
        All points of the experiment; arms and seeds keep their order.
    axes : sequence of Axis
        Sweep axes.
    dimensions : sequence of Dimension, optional
        Those that measures bring along.

    Attributes
    ----------
    dimensions : dict of str to Dimension
        Those beside arm, sweep axes and seed.
    labels : dict of str to list
        Labels along them; populations and counted dimensions are filled in when they are
        known.
    rows : list of int
        Row of each point in an array whose first dimension is all of `dims` in one.
    """

    def __init__(
        self,
        points: Sequence["Point"],
        axes: Sequence["Axis"],
        dimensions: Sequence[Dimension] = (),
    ) -> None:
        self.arms = list(dict.fromkeys(p.arm for p in points))
        self.axes = list(axes)
        self.seeds = list(dict.fromkeys(p.seed for p in points))
        self.dimensions = {d.name: d for d in (*_SHARED, *dimensions)}
        self.labels = {name: d.labels(0) for name, d in self.dimensions.items()}
        places = [
            {label: i for i, label in enumerate(labels)}
            for labels in (self.arms, *(a.values for a in self.axes), self.seeds)
        ]
        along = [
            [place[label] for place, label in zip(places, self._labels(p), strict=True)]
            for p in points
        ]
        indices = np.array(along, dtype=np.int64).T
        self.rows: list[int] = np.ravel_multi_index(tuple(indices), self.shape).tolist()

    def _labels(self, point: "Point") -> tuple[Any, ...]:
        return (point.arm, *(point.axes[a.name] for a in self.axes), point.seed)

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes along `dims`."""
        return (len(self.arms), *(len(a.values) for a in self.axes), len(self.seeds))

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimensions of a point: arm, each sweep axis and seed."""
        return ("arm", *(a.name for a in self.axes), "seed")


def coordinates(grid: Grid, experiment: "Experiment") -> dict[str, Any]:
    """Return the coordinates of the results: labels, sweep values and names of the arms.

    Parameters
    ----------
    grid : Grid
    experiment : Experiment
        Has the labels of the arms.
    """
    coordinates: dict[str, Any] = {
        "arm": ("arm", np.array(grid.arms, dtype=object), _about("Arm")),
        "seed": ("seed", np.array(grid.seeds, dtype=np.int64), _about("Seed (replicate)")),
        "label": ("arm", _labels_of_arms(grid.arms, experiment), _about("Name of the arm")),
    }
    for name, dimension in grid.dimensions.items():
        labels = grid.labels[name]
        if labels or not dimension.counted:
            text = any(isinstance(label, str) for label in labels) or not labels
            about = {"units": dimension.units, "long_name": dimension.long_name}
            values = np.array(labels, dtype=object) if text else np.array(labels)
            coordinates[name] = (name, values, about)
    for axis in grid.axes:
        texts = np.array([str(v) for v in axis.values], dtype=object)
        design = getattr(axis, "design", None)
        if design is not None:
            coordinates |= _sampled(axis, design)
            continue
        if axis.numbers is None:
            coordinates[axis.name] = (axis.name, texts, _about(axis.name))
            continue
        numbers = np.array(axis.numbers, dtype=float)
        about = {"units": axis.unit or "1", "long_name": axis.path or axis.name}
        coordinates[axis.name] = (axis.name, numbers, about)
        coordinates[f"{axis.name}_text"] = (axis.name, texts, _about(f"{axis.name} as written"))
    return coordinates


def _sampled(axis: "Axis", design: "Design") -> dict[str, Any]:
    """Return the samples of a sensitivity design, and along them the values of its parameters."""
    # what the analysis of the samples needs to know of how they were drawn
    about = _about("Sample of the sensitivity design") | {
        "parameters": json.dumps([p.name for p in axis.along]),
        "base_samples": design.samples,
        "second_order": int(design.second_order),
        "seed": design.seed,
    }
    found: dict[str, Any] = {axis.name: (axis.name, np.array(axis.values, dtype=object), about)}
    for one, parameter in zip(design.ranges, axis.along, strict=True):
        ends = {"low": one.low * one.factor, "high": one.high * one.factor, "scale": one.scale}
        attributes = {"units": parameter.unit, "long_name": parameter.path} | ends
        found[parameter.name] = (axis.name, np.array(parameter.numbers, float), attributes)
    return found


def _about(long_name: str) -> dict[str, str]:
    return {"units": "1", "long_name": long_name}


def _labels_of_arms(arms: Sequence[str], experiment: "Experiment") -> NDArray[Any]:
    declared = getattr(experiment, "arms", None) or {}
    labels = (getattr(declared.get(a), "label", None) or a.replace("_", " ") for a in arms)
    return np.array(list(labels), dtype=object)
