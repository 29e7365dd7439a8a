"""How summaries find their way in the results, and how their numbers become variables."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.base import Variable
from gatecontrol.analysis.statistics import Estimate
from gatecontrol.errors import GatecontrolError, did_you_mean

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Collected", "along", "axes_of", "find_axis", "outer_dims", "path_of", "with_axis_last"]


def outer_dims(data: "xr.Dataset") -> tuple[str, ...]:
    """Return the dimensions of a point without its seed: ``arm`` and the sweep axes."""
    if "pain_signal" not in data:
        raise GatecontrolError(
            "a summary needs the root of the results (results.data), with the variable "
            + "'pain_signal'"
        )
    return tuple(str(d) for d in data["pain_signal"].dims if d not in {"seed", "epoch"})


def axes_of(data: "xr.Dataset") -> tuple[str, ...]:
    """Return the sweep axes."""
    return tuple(d for d in outer_dims(data) if d != "arm")


def path_of(data: "xr.Dataset", axis: str) -> str:
    """Return what is swept along an axis (``stimuli[0].force``)."""
    return str(data[axis].attrs.get("long_name", axis)) if axis in data.coords else axis


def find_axis(
    data: "xr.Dataset",
    wanted: str | None,
    fits: Callable[[str], bool],
    what: str,
    *,
    numbers: bool = True,
) -> str:
    """Return the sweep axis that a summary runs along.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    wanted : str or None
        An axis by its name (``stimuli_0_force``) or by its path (``stimuli[0].force``); None
        takes the only axis of numbers that fits.
    fits : callable
        Says of a path whether it is one of those looked for.
    what : str
        What is looked for, in words.
    numbers : bool, optional
        Whether the axis must have numbers, not only names.

    Raises
    ------
    GatecontrolError
        No axis or several fit, or the axis asked for is not one of the results or has no
        numbers.
    """
    names = axes_of(data)
    if wanted is not None:
        known = {**{path_of(data, n): n for n in names}, **{n: n for n in names}}
        if wanted not in known:
            raise GatecontrolError(
                f"no sweep axis '{wanted}' in the results.{did_you_mean(wanted, list(known))} "
                + f"Axes: {', '.join(names) or 'none'}"
            )
        if numbers and not _has_numbers(data, known[wanted]):
            raise GatecontrolError(f"the sweep axis '{wanted}' has no numbers, only names")
        return known[wanted]
    found = [n for n in names if fits(path_of(data, n))]
    if numbers:
        found = [n for n in found if _has_numbers(data, n)]
    if len(found) == 1:
        return found[0]
    if found:
        raise GatecontrolError(
            f"several sweep axes are {what} ({', '.join(found)}); name one as 'axis'"
        )
    kind = "no sweep axis with numbers" if numbers else "no sweep axis"
    raise GatecontrolError(f"{kind} is {what}. Axes: {', '.join(names) or 'none'}")


def _has_numbers(data: "xr.Dataset", axis: str) -> bool:
    return axis in data.coords and data[axis].dtype.kind in "fiu"


def with_axis_last(data: "xr.Dataset", name: str, dims: Sequence[str]) -> NDArray[np.float64]:
    """Return a variable as floats with these dimensions, broadcast along those it lacks."""
    array = data[name]
    lacking = {d: data.sizes[d] for d in dims if d not in array.dims}
    return np.asarray(array.expand_dims(lacking).transpose(*dims).values, dtype=float)


def along(data: "xr.Dataset", dims: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """Yield every place along these dimensions."""
    return np.ndindex(*(data.sizes[d] for d in dims))


class Collected:
    """Estimates by place, to become the declared variables with ends and a status.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results; gives sizes and coordinates.
    declared : sequence of Variable
        Names, units and long names, as the summary declares them.
    """

    def __init__(self, data: "xr.Dataset", declared: Sequence[Variable]) -> None:
        self.data = data
        self.declared = {v.name: v for v in declared}
        self.variables: dict[str, Any] = {}

    def declare(
        self, name: str, dims: Sequence[str], *, units: str = "", interval: bool = True
    ) -> None:
        """Add a variable of NaN, with ``_low`` and ``_high`` if it has an interval.

        Parameters
        ----------
        name : str
            One of those declared.
        dims : sequence of str
            Its dimensions.
        units : str, optional
            Its unit, where the declaration leaves it open.
        interval : bool, optional
            Whether it has an interval.
        """
        variable, dims = self.declared[name], tuple(dims)
        shape = tuple(self.data.sizes[d] for d in dims)
        notes = {"": ""}
        if interval:
            notes["_low"] = ", lower end of the 95 % interval over seeds"
            notes["_high"] = ", upper end of the 95 % interval over seeds"
        for part, note in notes.items():
            about = {"units": variable.units or units, "long_name": variable.long_name + note}
            self.variables[name + part] = (dims, np.full(shape, math.nan), about)
        about = {"units": "1", "long_name": f"{variable.long_name}: why it is missing"}
        self.variables[f"{name}_status"] = (dims, np.full(shape, "", dtype=object), about)

    def put(self, name: str, place: tuple[int, ...], estimate: Estimate) -> None:
        """Set one estimate of a declared variable."""
        self.variables[name][1][place] = estimate.value
        if f"{name}_low" in self.variables:
            self.variables[f"{name}_low"][1][place] = estimate.low
            self.variables[f"{name}_high"][1][place] = estimate.high
        self.variables[f"{name}_status"][1][place] = estimate.reason

    def dataset(self, more: Mapping[str, Any] | None = None) -> "xr.Dataset":
        """Return the variables with the coordinates of their dimensions.

        Parameters
        ----------
        more : mapping, optional
            Further variables as ``(dims, array, attributes)``.
        """
        import xarray as xr

        variables = {**self.variables, **(more or {})}
        used = {d for dims, _, _ in variables.values() for d in dims}
        coordinates = {n: c for n, c in self.data.coords.items() if set(c.dims) <= used and c.dims}
        return xr.Dataset(variables, coordinates)
