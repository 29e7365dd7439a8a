"""What measures declare and summaries return, held to their word before it is in the results."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.analysis.base import ALWAYS, Dimension, Measure, Summary, Variable, load_measure
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.grid import Grid
    from gatecontrol.experiment.sweep import Point

__all__ = ["check_declared", "declared_by", "with_summary"]


def declared_by(points: Sequence["Point"]) -> tuple[list[Variable], list[Dimension]]:
    """Return the variables and dimensions of every measure that any point takes.

    Parameters
    ----------
    points : sequence of Point

    Raises
    ------
    GatecontrolError
        Two measures declare the same variable, or one dimension in two ways.
    """
    resolved: dict[str, dict[str, Any]] = {kind: {"kind": kind} for kind in ALWAYS}
    for point in points:
        resolved |= {str(m["kind"]): m for m in point.trial.get("measures", ())}
    variables: dict[str, tuple[str, Variable]] = {}
    dimensions: dict[str, tuple[str, Dimension]] = {}
    for kind, one in resolved.items():
        measure: Measure = load_measure(one)
        for variable in measure.variables:
            other, _ = variables.setdefault(variable.name, (kind, variable))
            if other != kind:
                raise GatecontrolError(
                    f"the measures '{other}' and '{kind}' both declare '{variable.name}'; take "
                    + "one of them"
                )
        for dimension in measure.dimensions():
            other, known = dimensions.setdefault(dimension.name, (kind, dimension))
            if known != dimension:
                raise GatecontrolError(
                    f"the measures '{other}' and '{kind}' declare the dimension "
                    + f"'{dimension.name}' in two ways; give them the same parameters, or take "
                    + "one of them"
                )
    return [v for _, v in variables.values()], [d for _, d in dimensions.values()]


def check_declared(grid: "Grid", variables: Sequence[Variable]) -> None:
    """Refuse names and dimensions that the results cannot have.

    Parameters
    ----------
    grid : Grid
    variables : sequence of Variable

    Raises
    ------
    GatecontrolError
        A variable with an unknown dimension, or a name that stands for two things.
    """
    taken = {*grid.dims, *grid.dimensions, "label"}
    clash = sorted(set(grid.dims) & set(grid.dimensions))
    clash += sorted(v.name for v in variables if v.name in taken)
    if clash:
        raise GatecontrolError(
            f"'{clash[0]}' is a dimension of the results, and a measure uses the name for "
            + "something else"
        )
    for variable in variables:
        unknown = [d for d in variable.dims if d not in grid.labels]
        if unknown:
            raise GatecontrolError(
                f"the variable '{variable.name}' has the unknown dimension '{unknown[0]}'; "
                + f"known: {', '.join(grid.labels)}"
            )


def with_summary(root: "xr.Dataset", summary: Summary) -> "xr.Dataset":
    """Return results with what a summary makes of them.

    Parameters
    ----------
    root : xarray.Dataset
        Results as assembled so far.
    summary : Summary

    Returns
    -------
    xarray.Dataset
        With the summary's variables; NaN, and why in ``<variable>_status``, if it says that
        it cannot be computed.

    Raises
    ------
    GatecontrolError
        The summary failed, or returned something else than it declares.
    """
    import xarray as xr

    what = f"the measure '{summary.name}'"
    try:
        found = summary.summary(root)
    except GatecontrolError as error:
        found = _missing(summary, str(error))
    except Exception as error:
        raise GatecontrolError(
            f"{what} failed when the results were summarised: {type(error).__name__}: {error}; "
            + "every point is saved: run the same experiment without it, or with it mended"
        ) from error
    if not isinstance(found, xr.Dataset):
        raise GatecontrolError(f"{what} must return a Dataset, not {type(found).__name__}")
    names = [v.name for v in summary.variables]
    expected = {*names, *(f"{n}_status" for n in names)}
    absent = sorted(expected - set(found.data_vars))
    if absent:
        raise GatecontrolError(f"{what} does not return {', '.join(absent)}")
    clash = sorted(set(map(str, found.data_vars)) & set(root.variables))
    if clash:
        raise GatecontrolError(f"{what} returns '{clash[0]}', which the results have already")
    found = found.copy(deep=True).assign_attrs(root.attrs)
    for variable in summary.variables:
        # What arithmetic left of the attributes of its ingredients is not what it is.
        units = variable.units or found[variable.name].attrs.get("units", "1")
        found[variable.name].attrs = {"units": units, "long_name": variable.long_name}
        why = {"units": "1", "long_name": f"{variable.long_name}: why it is missing"}
        found[f"{variable.name}_status"].attrs = why
    bare = [n for n, v in found.variables.items() if not {"units", "long_name"} <= v.attrs.keys()]
    bare = [n for n in bare if n not in root.variables]
    if bare:
        raise GatecontrolError(f"{what} returns '{bare[0]}' without units and long_name")
    try:
        return root.merge(found, compat="equals", join="exact", combine_attrs="override")
    except (ValueError, xr.MergeError) as error:
        raise GatecontrolError(f"{what} does not fit the results: {error}") from error


def _missing(summary: Summary, why: str) -> "xr.Dataset":
    import xarray as xr

    data: dict[str, Any] = {v.name: ((), np.nan) for v in summary.variables}
    data |= {f"{v.name}_status": ((), np.array(why, dtype=object)) for v in summary.variables}
    return xr.Dataset(data)
