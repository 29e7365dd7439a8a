"""Potentials of a finite-element run, imported from netCDF or CSV and interpolated.

A file holds, on a regular grid of points, the potential that each contact causes alone, for
a stated current into the tissue; programmes are sums of these (superposition).

netCDF: coordinates ``x``, ``y``, ``z`` with an attribute ``units`` (``"mm"``), and for each
contact one variable over (x, y, z) with the attributes ``units`` (``"mV"``) and ``current``
(``"1 mA"``). CSV: comment lines, a header that names units in brackets, one row per point:

    # current: 1 mA
    x [mm],y [mm],z [mm],contact 1 [mV],contact 2 [mV]
    -20,-5,0,0.12,0.08

Interpolation is by cubic splines along each axis, on purpose: a fibre responds to second
differences of the potential, and a cubic spline's second derivative is continuous, whereas
linear interpolation gives none inside a cell and a false one at every face. Scattered points
are refused for the same reason: resample them on a grid in the finite-element program, whose
own shape functions know the solution best. A spacing of a sixth of the distance from the fibres
to the nearest contact gives second differences to 0.5 %, a third to 12 %.
"""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.fields.conductor import Conductor
from gatecontrol.fields.electrodes import Contact
from gatecontrol.units import UnitError, parse_quantity

__all__ = ["SampledField", "read_field"]

_AXES = ("x", "y", "z")
_LEAST = 4  # points an axis, for a cubic spline
_COLUMN = re.compile(r"^\s*(?P<name>[^\[\]]+?)\s*(?:\[(?P<unit>[^\[\]]*)\])?\s*$")
_CURRENT = re.compile(r"^#\s*current\s*:\s*(?P<text>.*?)\s*$")


@dataclass(frozen=True, eq=False)
class SampledField(Conductor):
    """Potentials on a grid, one channel per contact.

    A contact of an electrode takes the channel that has its label; its position and size are
    those of the finite-element run and are not looked at.

    Attributes
    ----------
    axes : tuple of ndarray of float
        Coordinates x, y and z of the grid [m], rising.
    channels : mapping of str to ndarray of float, shape (nx, ny, nz)
        Label of a contact -> potential per ampere [V/A].
    file : str
        Where they come from, for messages.
    """

    axes: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    channels: Mapping[str, NDArray[np.float64]] = field(repr=False)
    file: str = "field"

    def __post_init__(self) -> None:
        for name, axis in zip(_AXES, self.axes, strict=True):
            if axis.size < _LEAST or not (np.diff(axis) > 0).all():
                raise GatecontrolError(
                    f"{self.file}: the {name} axis needs at least {_LEAST} rising coordinates, "
                    + f"got {axis.size}"
                )
        if not self.channels:
            raise GatecontrolError(f"{self.file}: there is no potential in the file")
        shape = tuple(a.size for a in self.axes)
        for label, values in self.channels.items():
            if values.shape != shape:
                raise GatecontrolError(
                    f"{self.file}: '{label}' has the shape {values.shape}, the grid {shape}"
                )
            bad = np.argwhere(~np.isfinite(values))
            if bad.size:
                place = [f"{a[i] * 1e3:g} mm" for a, i in zip(self.axes, bad[0], strict=True)]
                raise GatecontrolError(
                    f"{self.file}: '{label}' is not a number at {len(bad)} points, the first at "
                    + f"({', '.join(place)}): cut the electrode out of the sampled volume"
                )

    @cached_property
    def _splines(self) -> Mapping[str, Callable[[NDArray], NDArray]]:
        from scipy.interpolate import NdBSpline, make_interp_spline

        found = {}
        for label, values in self.channels.items():
            knots, coefficients = [], values
            for k, axis in enumerate(self.axes):
                spline = make_interp_spline(axis, coefficients, k=3, axis=k)
                knots.append(spline.t)
                coefficients = np.moveaxis(spline.c, 0, k)
            found[label] = NdBSpline(tuple(knots), np.ascontiguousarray(coefficients), 3)
        return found

    def potential_along(
        self, x: ArrayLike, y: ArrayLike, z: ArrayLike, contacts: Sequence[Contact]
    ) -> NDArray[np.float64]:
        """Return the potential [V/A]; see `Conductor.potential_along`.

        Raises
        ------
        GatecontrolError
            A contact's label has no channel, or a point lies outside the sampled volume.
        """
        points = np.stack(np.broadcast_arrays(*(np.asarray(a, float) for a in (x, y, z))), -1)
        for k, (name, axis) in enumerate(zip(_AXES, self.axes, strict=True)):
            along = points[..., k]
            # A negated comparison, so that a coordinate that is not a number is caught too.
            if along.size and not (along.min() >= axis[0] and along.max() <= axis[-1]):
                raise GatecontrolError(
                    f"{self.file}: fibres reach from {name} = {along.min() * 1e3:g} to "
                    + f"{along.max() * 1e3:g} mm, but the field is sampled from "
                    + f"{axis[0] * 1e3:g} to {axis[-1] * 1e3:g} mm: sample a larger volume or "
                    + "move the fibres"
                )
        total = np.zeros(points.shape[:-1])
        for label, share in self._shares(contacts).items():
            total += share * self._splines[label](points)
        return total

    def _shares(self, contacts: Sequence[Contact]) -> dict[str, float]:
        """Return the current of each channel."""
        shares: dict[str, float] = {}
        for contact in contacts:
            if contact.label not in self.channels:
                hint = did_you_mean(contact.label, list(self.channels))
                raise GatecontrolError(
                    f"{self.file}: there is no potential of a contact '{contact.label}'.{hint} "
                    + f"Contacts: {', '.join(self.channels)}"
                )
            shares[contact.label] = shares.get(contact.label, 0.0) + contact.share
        return shares


def read_field(path: Path) -> SampledField:
    """Read a field from netCDF (``.nc``) or CSV.

    Parameters
    ----------
    path : Path
        The file; see the module for its layout.

    Raises
    ------
    GatecontrolError
        The file cannot be read, a unit is missing, or the points are not a grid.
    """
    path = Path(path)
    try:
        if path.suffix == ".nc":
            return _read_netcdf(path)
        return _read_csv(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise GatecontrolError(f"{path.name}: cannot read the field: {error}") from None


def _scale(file: str, name: str, unit: str | None, dimension: str, example: str) -> float:
    """Return the factor to SI of a unit."""
    if not unit:
        raise GatecontrolError(f"{file}: {name} has no unit; write {example}")
    try:
        return parse_quantity(f"1 {unit}", dimension)
    except UnitError as error:
        raise GatecontrolError(f"{file}: {name}: {error.message}; write {example}") from None


def _current(file: str, name: str, text: str | None, example: str) -> float:
    """Return the current [A] for which potentials are given."""
    if not text:
        raise GatecontrolError(f"{file}: {name} does not say for which current; write {example}")
    try:
        current = parse_quantity(text, "current")
    except UnitError as error:
        raise GatecontrolError(f"{file}: current: {error.message}; write {example}") from None
    if current == 0:
        raise GatecontrolError(f"{file}: the current of {name} is 0")
    return current


def _read_netcdf(path: Path) -> SampledField:
    import xarray as xr

    with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as data:
        missing = [a for a in _AXES if a not in data.coords]
        if missing:
            raise GatecontrolError(
                f"{path.name}: no coordinate {', '.join(missing)}; a field needs x, y and z"
            )
        axes = []
        for name in _AXES:
            unit = data[name].attrs.get("units")
            scale = _scale(path.name, name, unit, "length", f'the attribute {name}.units = "mm"')
            axes.append(np.asarray(data[name].values, float) * scale)
        channels = {}
        for label, variable in data.data_vars.items():
            if set(variable.dims) != set(_AXES):
                raise GatecontrolError(
                    f"{path.name}: '{label}' must lie over x, y and z, got "
                    + f"({', '.join(map(str, variable.dims))})"
                )
            attrs, name = variable.attrs, f"'{label}'"
            unit = _scale(path.name, name, attrs.get("units"), "voltage", 'units = "mV"')
            current = _current(path.name, name, attrs.get("current"), 'current = "1 mA"')
            values = variable.transpose(*_AXES).values
            channels[str(label)] = np.asarray(values, float) * (unit / current)
    return SampledField(tuple(axes), channels, path.name)


def _read_csv(path: Path) -> SampledField:
    current, header = None, None
    with path.open(encoding="utf-8", newline="") as file:
        for line in file:
            if match := _CURRENT.match(line):
                current = match["text"]
            elif not line.startswith("#") and line.strip():
                header = next(csv.reader([line]))
                break
        if header is None:
            raise GatecontrolError(f"{path.name}: the file is empty")
        names, scales = _header(path.name, header)
        amperes = _current(path.name, "the file", current, "a first line '# current: 1 mA'")
        table = _rows(path.name, file, len(names))
    axes, index = _grid(path.name, table[:, :3] * scales[:3])
    shape = tuple(a.size for a in axes)
    channels = {}
    for k, label in enumerate(names[3:], 3):
        values = np.empty(shape)
        values[index] = table[:, k] * (scales[k] / amperes)
        channels[label] = values
    return SampledField(axes, channels, path.name)


def _header(file: str, header: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Return names and factors to SI of the columns."""
    example = "x [mm],y [mm],z [mm],contact 1 [mV]"
    names, scales = [], []
    for k, column in enumerate(header):
        match = _COLUMN.match(column)
        if match is None or (k < 3 and match["name"] != _AXES[k]):
            raise GatecontrolError(f"{file}: cannot read the header '{column}'; write {example}")
        kind = "length" if k < 3 else "voltage"
        names.append(match["name"])
        scales.append(_scale(file, f"the column '{match['name']}'", match["unit"], kind, example))
    if len(names) < 4:
        raise GatecontrolError(f"{file}: there is no column of potentials; write {example}")
    if len(set(names)) < len(names):
        raise GatecontrolError(f"{file}: two columns have the same name")
    return names, np.array(scales)


def _rows(file: str, lines: Sequence[str], columns: int) -> NDArray[np.float64]:
    try:
        table = np.loadtxt(lines, delimiter=",", ndmin=2, comments="#")
    except ValueError as error:
        raise GatecontrolError(f"{file}: cannot read the numbers: {error}") from None
    if table.shape[1:] != (columns,) or not table.size:
        raise GatecontrolError(
            f"{file}: rows have {table.shape[1] if table.size else 0} numbers, the header "
            + f"{columns} columns"
        )
    return table


def _grid(
    file: str, points: NDArray[np.float64]
) -> tuple[tuple[NDArray[np.float64], ...], tuple[NDArray[np.int64], ...]]:
    """Return the axes of a grid, and where on it each point lies."""
    # Coordinates are text with some digits: equal to a millionth of the extent is equal.
    axes, index = [], []
    for k, name in enumerate(_AXES):
        if not np.isfinite(points[:, k]).all():
            raise GatecontrolError(f"{file}: a coordinate {name} is not a finite number")
        order = np.argsort(points[:, k], kind="stable")
        along = points[order, k]
        apart = np.diff(along) > 1e-6 * max(np.ptp(along), 1e-12)
        place = np.concatenate([[0], np.cumsum(apart)])
        axes.append(along[np.concatenate([[True], apart])])
        where = np.empty(order.size, np.int64)
        where[order] = place
        index.append(where)
    shape = tuple(a.size for a in axes)
    each_once = len(points) == np.prod(shape) and (
        np.unique(np.ravel_multi_index(tuple(index), shape)).size == len(points)
    )
    if not each_once:
        raise GatecontrolError(
            f"{file}: {len(points)} points do not fill a grid of "
            + f"{' by '.join(map(str, shape))} different x, y and z: a field must be sampled on a "
            + "regular grid, each point once"
        )
    return tuple(axes), tuple(index)
