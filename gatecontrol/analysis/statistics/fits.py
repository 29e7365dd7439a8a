"""The group ``/fits``: suppression against amplitude and against frequency, as curves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics.curves import (
    GAUSSIAN,
    HILL,
    Fit,
    Shape,
    aic,
    curves,
    fit,
    refit,
)
from gatecontrol.analysis.statistics.ratios import Ratio, standard_error
from gatecontrol.analysis.statistics.resampling import MIN_SEEDS, draws, resampled, tails

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MIN_LEVELS", "MOST_CURVES", "fits"]

MIN_LEVELS = 5
"""Fewest values of an axis with which four parameters are fitted."""

MOST_CURVES = 300
"""Most curves that are fitted in one run."""

FINE = 101
"""Values of the axis at which a fitted curve is given."""

_REFERENCES = ("akaike1974", "golub1973", "hesterberg2015", "hill1910")
_RESAMPLES = 1999
_POOR = 0.001  # p of chi squared below which the curve is said to fit poorly
_WORTH = 2.0
"""By how much Akaike's criterion must prefer the curve to a flat line."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Kind:
    """What is fitted along an axis.

    Attributes
    ----------
    name : str
        Beginning of the variables' names.
    swept : str
        Last part of the path of the axis.
    shape : Shape
    names : tuple of str
        Of the parameters, in the order of `curves.PARAMETERS`.
    texts : tuple of str
        What they are.
    """

    name: str
    swept: str
    shape: Shape
    names: tuple[str, str, str, str]
    texts: tuple[str, str, str, str]


_KINDS = (
    _Kind(
        "dose", "amplitude", HILL, ("baseline", "maximum", "ed50", "slope"),
        (
            "Suppression towards amplitude 0", "Suppression towards the largest amplitudes",
            "Amplitude of half the effect (ED50)", "Slope of the Hill curve",
        ),
    ),
    _Kind(
        "frequency", "frequency", GAUSSIAN, ("baseline", "maximum", "optimum", "width"),
        (
            "Suppression far from the optimum", "Suppression at the optimum",
            "Frequency of the largest effect",
            "Standard deviation of the curve in ln(frequency)",
        ),
    ),
)  # fmt: skip


def fits(data: "xr.Dataset", signal: str = "pain_signal") -> "xr.Dataset | None":
    """Fit suppression against a swept amplitude, and against a swept frequency.

    Along an amplitude a Hill curve (``dose_ed50``, ``dose_slope``, ``dose_baseline``,
    ``dose_maximum``), along a frequency a Gaussian of its logarithm over a baseline
    (``frequency_optimum``, ``frequency_width``, ``_baseline``, ``_maximum``), for every arm,
    epoch and value of the other axes. Points are weighted by their delta-method errors over
    seeds, none more than the median point. Intervals (``_low``, ``_high``) are percentiles
    over resamples of seeds, expanded for their number; a resample is the same at all points,
    as the points share their seeds. ``<kind>_curve`` is the curve on a fine grid, with its
    pointwise band.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results.
    signal : str, optional
        Which signal.

    Returns
    -------
    xarray.Dataset or None
        None where no such axis has `MIN_LEVELS` numbers. ``<kind>_aic`` and ``<kind>_aic_flat`` are
        Akaike's criteria of the curve and of a flat line; where the curve is not better by 2,
        its parameters are NaN and ``<kind>_status`` says so; it also names a poor fit and an
        interval that is open.

    References
    ----------
    Hill curve: Hill 1910 [hill1910]. Expanded percentiles: Hesterberg 2015 [hesterberg2015].
    """
    import xarray as xr

    if signal not in data or f"{signal}_off" not in data:
        return None
    found: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    dims: set[str] = set()
    for kind in _KINDS:
        axis = _axis(data, kind, signal)
        if axis is None:
            continue
        outer = tuple(str(d) for d in data[signal].dims if d not in {"seed", axis})
        dims |= set(outer)
        on, off = (
            data[n].transpose(*outer, axis, "seed").values for n in (signal, f"{signal}_off")
        )
        x = data[axis].values.astype(float)
        fine = _fine(x)
        attributes = {k: data[axis].attrs.get(k, "1") for k in ("units", "long_name")}
        coordinates[f"{kind.name}_fine"] = (f"{kind.name}_fine", fine, attributes)
        found |= _fitted(kind, x, fine, on, off, outer, attributes["units"])
    if not found:
        return None
    coordinates |= {
        str(name): coordinate.variable
        for name, coordinate in data.coords.items()
        if len(coordinate.dims) == 1 and coordinate.dims[0] in dims
    }
    told = f"95 %, expanded percentiles over {_RESAMPLES} resamples of the seeds"
    attributes = {"signal": signal, "interval": told, "references": ", ".join(_REFERENCES)}
    return xr.Dataset(found, coordinates, attributes)


def _axis(data: "xr.Dataset", kind: _Kind, signal: str) -> str | None:
    """Return the axis along which a kind of curve is fitted, if there is one with numbers."""
    for dim in data[signal].dims:
        coordinate = data.coords.get(dim)
        if coordinate is None or coordinate.dtype.kind not in "fi" or dim == "seed":
            continue
        if coordinate.size < MIN_LEVELS:
            continue
        path = str(coordinate.attrs.get("long_name", dim))
        if path.rsplit(".", 1)[-1] == kind.swept:
            return str(dim)
    return None


def _fine(x: Array) -> Array:
    """Return a grid over the values: in geometric steps where none is 0."""
    step = np.geomspace if x.min() > 0 else np.linspace
    return step(x.min(), x.max(), FINE)


def _fitted(
    kind: _Kind,
    x: Array,
    fine: Array,
    on: Array,
    off: Array,
    outer: tuple[str, ...],
    units: str,
) -> dict[str, Any]:
    shape = on.shape[:-2]
    ends = {"": "", "_low": ", lower end of the 95 % interval", "_high": ", upper end"}
    parameters = {(n, end): np.full(shape, np.nan) for n in kind.names for end in ends}
    curve = {end: np.full((*shape, FINE), np.nan) for end in ends}
    criteria = {n: np.full(shape, np.nan) for n in ("aic", "aic_flat")}
    status = np.full(shape, "", dtype=object)
    many = int(np.prod(shape)) > MOST_CURVES
    for place in np.ndindex(shape):
        if many:
            status[place] = f"not fitted: more than {MOST_CURVES} curves"
            continue
        one = _one(kind, x, on[place], off[place], fine)
        status[place] = one.status
        criteria["aic"][place], criteria["aic_flat"][place] = one.aic, one.aic_flat
        for row, end in enumerate(ends):
            for name, number in zip(kind.names, one.numbers[row], strict=True):
                parameters[name, end][place] = number
            curve[end][place] = one.curve[row]
    found: dict[str, Any] = {}
    for name, text in zip(kind.names, kind.texts, strict=True):
        unit = units if name in {"ed50", "optimum"} else "1"
        for end, note in ends.items():
            about = {"units": unit, "long_name": text + note}
            found[f"{kind.name}_{name}{end}"] = (outer, parameters[name, end], about)
    for end, note in ends.items():
        about = {"units": "1", "long_name": f"Fitted suppression against {kind.swept}{note}"}
        found[f"{kind.name}_curve{end}"] = ((*outer, f"{kind.name}_fine"), curve[end], about)
    for name, what in (("aic", "the fitted curve"), ("aic_flat", "a flat line")):
        about = {"units": "1", "long_name": f"Akaike's criterion of {what}"}
        found[f"{kind.name}_{name}"] = (outer, criteria[name], about)
    about = {"units": "1", "long_name": "Why there is no fit, or an interval is open"}
    found[f"{kind.name}_status"] = (outer, status, about)
    return found


@dataclass(frozen=True)
class _One:
    """One curve: rows are the value, the lower and the upper end."""

    numbers: Array
    curve: Array
    aic: float = np.nan
    aic_flat: float = np.nan
    status: str = ""


def _one(kind: _Kind, x: Array, on: Array, off: Array, fine: Array) -> _One:
    """Fit one curve; `on` and `off` have the shape (level, seed)."""
    from scipy.special import chdtrc

    nothing = np.full((3, 4), np.nan), np.full((3, fine.size), np.nan)
    seen = np.isfinite(on) & np.isfinite(off)
    levels = seen.any(axis=1) & (x > 0 if kind.shape is GAUSSIAN else x >= 0)
    seeds = seen[levels].all(axis=0)
    x, on, off = x[levels], on[levels][:, seeds], off[levels][:, seeds]
    if x.size < MIN_LEVELS:
        return _One(*nothing, status=f"{x.size} points with a signal; a fit needs {MIN_LEVELS}")
    if seeds.sum() < MIN_SEEDS:
        why = f"{seeds.sum()} seeds at all points; a fit needs {MIN_SEEDS}"
        return _One(*nothing, status=why)
    if (off.sum(axis=1) <= 0).any():
        return _One(*nothing, status="the control fires no spike")
    y = 1.0 - on.sum(axis=1) / off.sum(axis=1)
    errors = np.array([standard_error([Ratio(a, b)]) for a, b in zip(on, off, strict=True)])
    spread = errors[errors > 1e-12]
    if not spread.size:
        return _One(*nothing, status="no spread between seeds")
    # A point below threshold may have no spread at all; it must not outweigh all others.
    errors = np.maximum(errors, np.median(spread))
    weights = errors**-2
    level = float((weights * y).sum() / weights.sum())
    flat = aic(float((weights * (y - level) ** 2).sum()), 1)
    best = fit(kind.shape, x, y, errors)
    criteria = aic(best.chi_squared, 4), flat
    if flat - criteria[0] < _WORTH:
        why = f"no effect of {kind.swept}: a flat line is as good by Akaike's criterion"
        return _One(*nothing, *criteria, why)
    weights_of_seeds = draws(on.shape[1])[:_RESAMPLES]
    top, bottom = (resampled(weights_of_seeds, a) for a in (on, off))
    good = (bottom > 0).all(axis=0)
    again = refit(kind.shape, x, (1.0 - top[:, good] / bottom[:, good]).T, errors)
    percentiles = tails(on.shape[1])
    numbers, told = _intervals(kind, best, again, kind.shape.grid(x), percentiles)
    if chdtrc(x.size - 4, best.chi_squared) < _POOR:
        told = "; ".join(t for t in ("the curve fits the points poorly", told) if t)
    band = np.quantile(curves(kind.shape, fine, again), percentiles, axis=0)
    curve = np.stack([best.curve(kind.shape, fine), *band])
    return _One(numbers, curve, *criteria, told)


def _intervals(
    kind: _Kind, best: Fit, again: Array, grid: tuple[Array, Array], tails: tuple[float, float]
) -> tuple[Array, str]:
    """Return parameters with their intervals, NaN where they lie beyond what is searched."""
    numbers = np.stack([best.numbers, *np.quantile(again, tails, axis=0)])
    told = []
    for column, nodes, edge in zip((2, 3), grid, best.at_edge, strict=True):
        name, half = kind.names[column], (nodes[1] / nodes[0]) ** 0.5
        bounds = nodes[0] * half, nodes[-1] / half
        if edge:
            numbers[:, column] = np.nan
            end = "above" if edge > 0 else "below"
            told.append(f"{name} lies {end} {bounds[edge > 0]:.3g}")
            continue
        for row, beyond, end in (
            (1, numbers[1, column] < bounds[0], "lower"),
            (2, numbers[2, column] > bounds[1], "upper"),
        ):
            if beyond:
                numbers[row, column] = np.nan
                told.append(f"the {end} end of the interval of {name} is open")
    return numbers, "; ".join(told)
