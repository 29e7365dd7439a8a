"""Variance-based sensitivity: which parameter the spread of the output comes from.

Works on results whose sweep is a sensitivity design (``sweep.sensitivity``): Saltelli's
extension of a Sobol sequence along the dimension ``sample``.
"""

import json
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["REFERENCES", "library", "sensitivity"]

REFERENCES = ("herman2017", "iwanaga2022", "saltelli2010")
"""Keys of the method and of SALib, which carries it out."""

SAMPLE = "sample"
_OUTPUTS = {
    "suppression": ("suppression_pooled", "suppression of the pain signal (pooled)"),
    "pain_signal": ("pain_signal", "pain signal (mean over seeds)"),
}
_ORDERS = {"first_order": "S1", "total": "ST", "second_order": "S2"}
_TITLES = {
    "first_order": "Share of the variance that a parameter causes alone (first-order Sobol index)",
    "total": "Share of the variance that it causes alone or with others (total Sobol index)",
    "second_order": "Share of the variance that only two parameters together cause "
    + "(second-order Sobol index)",
}
_CONFIDENCE = 0.95
_RESAMPLES = 500
_BOOTSTRAP_SEED = 20240917
_CONSTANT = 1e-12  # spread relative to the size of the values, below which it is rounding


def library(part: str) -> Any:
    """Return a module of SALib for Sobol's method: ``"sample"`` or ``"analyze"``.

    Raises
    ------
    GatecontrolError
        SALib is not installed.
    """
    try:
        return import_module(f"SALib.{part}.sobol")
    except ImportError as error:
        raise GatecontrolError(
            "sweep.sensitivity needs SALib, which is not installed: "
            + "pip install 'gatecontrol[sensitivity]'"
        ) from error


def sensitivity(data: "xr.Dataset") -> "xr.Dataset | None":
    """Return the Sobol indices of every arm and epoch, or None if there is no design.

    Saltelli's estimator of the first order and Jansen's of the total index
    [saltelli2010]; intervals are normal ones with the standard error of a bootstrap over the
    base samples. Indices are estimates: with few base samples they may be below 0 or above 1.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with the dimension ``sample`` and, along it, one coordinate per
        parameter.

    Returns
    -------
    xarray.Dataset or None
        Per output (``suppression``, ``pain_signal``): ``<output>_first_order`` and
        ``<output>_total`` with ``_low`` and ``_high`` (95 %), dimensions arm, other sweep
        axes, epoch and ``parameter``; ``<output>_second_order`` with ``parameter_other`` too,
        if the design has pairs; ``<output>_variance`` over the samples, in the output's unit
        squared. Where an output is missing or never changes the indices are NaN and
        ``<output>_status`` says why.

    Raises
    ------
    GatecontrolError
        SALib is not installed.
    """
    import xarray as xr

    if SAMPLE not in data.dims or "parameters" not in data[SAMPLE].attrs:
        return None
    about = data[SAMPLE].attrs
    names = list(json.loads(about["parameters"]))
    pairs = bool(about["second_order"])
    analyze = library("analyze").analyze
    found: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for output, (source, title) in _OUTPUTS.items():
        if source not in data:
            continue
        values = data[source].mean("seed", skipna=False) if "seed" in data[source].dims else None
        values = data[source] if values is None else values
        values = values.transpose(..., SAMPLE)
        outer = tuple(str(d) for d in values.dims[:-1])
        kept |= {d: data[d] for d in outer}
        units = str(data[source].attrs.get("units", "1"))
        found |= _indices(analyze, output, title, units, values.values, outer, len(names), pairs)
    result = xr.Dataset(found, {**kept, **_parameters(data, names, pairs)})
    result.attrs = {
        "title": "Sobol indices",
        "base_samples": int(about["base_samples"]),
        "method": "Saltelli et al. 2010 (SALib); 95 % intervals by bootstrap over base samples",
    }
    return result


def _parameters(data: "xr.Dataset", names: list[str], pairs: bool) -> dict[str, Any]:
    """Return the coordinates that say what the parameters are."""
    columns = [data[name].attrs for name in names]
    paths = np.array([str(c["long_name"]) for c in columns], dtype=object)
    dim = "parameter"
    found: dict[str, Any] = {dim: (dim, paths, _about("Parameter"))}
    found["parameter_units"] = (
        dim, np.array([str(c["units"]) for c in columns], dtype=object), _about("Unit of the range")
    )  # fmt: skip
    for end, title in (("low", "Lower"), ("high", "Upper")):
        about = _about(f"{title} end of the range, in parameter_units")
        found[f"parameter_{end}"] = (dim, np.array([float(c[end]) for c in columns]), about)
    scales = np.array([str(c["scale"]) for c in columns], dtype=object)
    found["parameter_scale"] = (dim, scales, _about("In what the samples are uniform"))
    if pairs:
        found["parameter_other"] = ("parameter_other", paths, _about("The other parameter"))
    return found


def _indices(
    analyze: Callable[..., Any],
    output: str,
    title: str,
    units: str,
    values: NDArray[np.float64],
    outer: tuple[str, ...],
    count: int,
    pairs: bool,
) -> dict[str, Any]:
    """Return the variables of one output; the samples are the last dimension of `values`."""
    shape = values.shape[:-1]
    numbers: dict[str, NDArray[np.float64]] = {}
    for order in _ORDERS if pairs else list(_ORDERS)[:2]:
        size = (count, count) if order == "second_order" else (count,)
        for part in ("", "_low", "_high"):
            numbers[order + part] = np.full((*shape, *size), np.nan)
    variance = np.full(shape, np.nan)
    why = np.full(shape, "", dtype=object)
    problem = {"num_vars": count, "names": [f"x{i}" for i in range(count)], "bounds": None}
    for place in np.ndindex(shape):
        y = np.ascontiguousarray(values[place], dtype=float)
        missing = int((~np.isfinite(y)).sum())
        if missing:
            why[place] = f"{missing} of {y.size} samples have no value"
            continue
        variance[place] = y.var()
        if np.ptp(y) <= _CONSTANT * np.abs(y).max():
            why[place] = "the output is the same in every sample"
            continue
        answer = analyze(
            problem,
            y,
            calc_second_order=pairs,
            num_resamples=_RESAMPLES,
            conf_level=_CONFIDENCE,
            seed=_BOOTSTRAP_SEED,
        )
        for order, key in _ORDERS.items():
            if order in numbers:
                index, half = np.asarray(answer[key]), np.asarray(answer[f"{key}_conf"])
                numbers[order][place] = index
                numbers[f"{order}_low"][place] = index - half
                numbers[f"{order}_high"][place] = index + half
    notes = {
        "": "",
        "_low": ": lower end of the 95 % interval",
        "_high": ": upper end of the 95 % interval",
    }
    found: dict[str, Any] = {}
    for name, array in numbers.items():
        order = next(o for o in _ORDERS if name.startswith(o))
        dims = ("parameter", "parameter_other") if order == "second_order" else ("parameter",)
        long_name = f"{_TITLES[order]}, {title}{notes[name.removeprefix(order)]}"
        about = {"units": "1", "long_name": long_name}
        found[f"{output}_{name}"] = ((*outer, *dims), array, about)
    squared = "1" if units == "1" else f"({units})^2"
    about = {"units": squared, "long_name": f"Variance over the samples, {title}"}
    found[f"{output}_variance"] = (outer, variance, about)
    about = _about(f"Why the indices are missing, {title}; empty if none is")
    found[f"{output}_status"] = (outer, why, about)
    return found


def _about(long_name: str) -> dict[str, str]:
    return {"units": "1", "long_name": long_name}
