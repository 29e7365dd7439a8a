"""What one row of a figure or table says: an arm at a sweep point, its dose and effect."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.units import format_quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "Row", "compares", "effect", "has_pain_signal", "is_design", "numeric_axis", "rows_of",
    "shown_row", "sweep_axes", "text_of", "texts_of",
]  # fmt: skip

_FIXED = {"arm", "epoch"}


class _Columns:
    """The variables of results as plain arrays.

    Selecting one row of a sweep from a Dataset costs milliseconds, from arrays microseconds.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """

    def __init__(self, data: "xr.Dataset") -> None:
        self._dims = {str(n): tuple(map(str, v.dims)) for n, v in data.variables.items()}
        self._values = {str(n): v.values for n, v in data.variables.items()}
        self._labels = {
            dim: {str(label): i for i, label in enumerate(data[dim].values)}
            for dim in ("epoch", "fibre_class", "population")
            if dim in data.coords
        }

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def at(self, name: str, place: dict[str, int], labels: dict[str, str]) -> NDArray[Any]:
        """Return a variable at a place, and at labels of those dimensions that it has."""
        index: list[int | slice] = []
        for dim in self._dims[name]:
            if dim in labels:
                index.append(self._labels[dim][labels[dim]])
            else:
                index.append(place.get(dim, slice(None)))
        return np.asarray(self._values[name][tuple(index)])


@dataclass(frozen=True)
class Row:
    """One arm at one sweep point.

    Attributes
    ----------
    arm : str
        Name of the arm.
    parts : dict of str to str
        How figures call it: ``arm`` -> label (left out if there is one arm and a sweep),
        sweep axis -> value as written.
    place : dict
        Selection of the point in the results, by dimension.
    labels : dict
        The same by label: value of each sweep axis as the results have it.
    """

    arm: str
    parts: dict[str, str]
    place: dict[str, int]
    labels: dict[str, Any]
    _columns: _Columns

    @property
    def label(self) -> str:
        """Label of the arm, and its place on the sweep axes."""
        return ", ".join(self.parts.values())

    def label_without(self, axis: str) -> str:
        """Return the label without the value of one sweep axis; may be empty."""
        return ", ".join(text for name, text in self.parts.items() if name != axis)

    def values(self, name: str, **labels: str) -> NDArray[Any]:
        """Return a variable at this point, at labels of its other dimensions if given.

        Parameters
        ----------
        name : str
            Variable of the results.
        **labels : str
            ``epoch``, ``fibre_class`` or ``population``; passed over if the variable has no
            such dimension.
        """
        return self._columns.at(name, self.place, labels)

    def mean(self, name: str, **labels: str) -> float:
        """Return the mean of a variable here over what is there (seeds), NaN if it is missing.

        Parameters
        ----------
        name : str
            Variable of the results.
        **labels : str
            As of `values`.
        """
        if name not in self._columns:
            return math.nan
        values = np.asarray(self.values(name, **labels), dtype=float)
        finite = values[np.isfinite(values)]
        return float(finite.mean()) if finite.size else math.nan

    def number(self, name: str, epoch: str = "during") -> float:
        """Return a variable here (mean over seeds), NaN if it does not exist."""
        return self.mean(name, epoch=epoch)

    def recruited(self, fibre_class: str) -> float:
        """Return the share of a fibre class that is recruited (mean over seeds)."""
        return self.mean("recruited", fibre_class=fibre_class)

    @property
    def has_device(self) -> bool:
        """Whether a device is on in this arm."""
        return "device" in self._columns and str(self.values("device")) != "none"

    def dose(self) -> list[str]:
        """Return the dose as short texts: current, share of PT, recruitment, charge, power."""
        if not self.has_device:
            return ["no device"]
        parts = []
        for name, dimension in (
            ("amplitude", "current"),
            ("charge_per_phase", "charge"),
            ("power", "power"),
        ):
            value = self.number(name)
            if not math.isfinite(value):
                continue
            text = format_quantity(value, dimension, 3)
            if name == "amplitude":
                relative = self.number("amplitude_relative")
                text += f" ({100 * relative:.3g} % PT)" if math.isfinite(relative) else ""
                parts.append(text)
                parts += self._recruitment()
            else:
                parts.append(f"{text}/phase" if name == "charge_per_phase" else text)
        return [p.replace(" u", " µ") for p in parts]

    def _recruitment(self) -> list[str]:
        names = {"abeta": "Aβ", "adelta": "Aδ", "c": "C", "descending": "descending"}
        shares = {c: self.recruited(c) for c in names}
        # A-beta is always said, where there is a number; others only if any fibre is recruited.
        return [
            f"{names[c]} {100 * s:.3g} %"
            for c, s in shares.items()
            if math.isfinite(s) and (s > 0 or c == "abeta")
        ]


def sweep_axes(data: "xr.Dataset") -> list[str]:
    """Return the names of the sweep axes of a results dataset."""
    dims = data["suppression_pooled"].dims
    return [str(d) for d in dims if d not in _FIXED]


def texts_of(data: "xr.Dataset", axis: str) -> list[str]:
    """Return the values of a sweep axis as they were written."""
    name = f"{axis}_text" if f"{axis}_text" in data.coords else axis
    return [str(value) for value in data[name].values]


def text_of(data: "xr.Dataset", axis: str, index: int) -> str:
    """Return one value of a sweep axis as it was written."""
    return texts_of(data, axis)[index]


def rows_of(data: "xr.Dataset") -> Iterator[Row]:
    """Yield every arm at every sweep point, in the order of the results.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    axes, columns = sweep_axes(data), _Columns(data)
    texts = {a: texts_of(data, a) for a in axes}
    values = {a: data[a].values for a in axes}
    for index, arm in enumerate(data["arm"].values):
        name = str(data["label"].values[index]) if "label" in data else str(arm)
        for place in product(*(range(len(t)) for t in texts.values())):
            at = {"arm": index, **dict(zip(axes, place, strict=True))}
            parts = {"arm": name} if data.sizes["arm"] > 1 or not axes else {}
            parts |= {a: texts[a][i] for a, i in zip(axes, place, strict=True)}
            labels = {a: values[a][i] for a, i in zip(axes, place, strict=True)}
            yield Row(str(arm), parts, at, labels, columns)


def numeric_axis(data: "xr.Dataset") -> str | None:
    """Return the first sweep axis with numbers and more than one value, or None.

    The samples of a sensitivity design are numbered, but are no axis.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    for axis in sweep_axes(data):
        numbered = data[axis].dtype.kind in "fi" and not is_design(data, axis)
        if numbered and data.sizes[axis] > 1:
            return axis
    return None


def is_design(data: "xr.Dataset", axis: str) -> bool:
    """Return whether an axis is the samples of a sensitivity design.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    axis : str
        Sweep axis.
    """
    return "parameters" in data[axis].attrs


def compares(data: "xr.Dataset") -> bool:
    """Return whether anything is compared: a device, or arms that differ from their control.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    if "device" in data and (data["device"].values.astype(str) != "none").any():
        return True
    pooled = np.asarray(data["suppression_pooled"].values, dtype=float)
    return bool((np.isfinite(pooled) & (pooled != 0)).any())


def has_pain_signal(data: "xr.Dataset") -> bool:
    """Return whether any trial has a pain signal; some circuits have no cells that carry one.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    """
    return bool(np.isfinite(np.asarray(data["pain_signal"].values, dtype=float)).any())


def shown_row(data: "xr.Dataset") -> Row:
    """Return the arm and sweep point that figures of one arm show: the largest suppression.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results; the control arm is passed over if there is another.
    """
    control = str(data.attrs.get("control", "device_off"))
    rows = list(rows_of(data))
    return max([r for r in rows if r.arm != control] or rows, key=effect)


def effect(row: Row) -> float:
    """Return the pooled suppression by which rows are ordered; what has none comes last."""
    value = row.number("suppression_pooled")
    return value if math.isfinite(value) else -math.inf
