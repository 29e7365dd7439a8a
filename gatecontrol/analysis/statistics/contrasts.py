"""The group ``/contrasts``: every arm against its control, and against every other arm."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics.differences import (
    EQUAL,
    differences,
    others_of,
    why_untested,
)
from gatecontrol.analysis.statistics.paired import adjusted, hedges_g, permutation_test
from gatecontrol.analysis.statistics.power import HALF_WIDTHS, seeds_needed
from gatecontrol.analysis.statistics.resampling import FEWEST_DRAWN, MIN_SEEDS, RESAMPLES

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["contrasts"]

_REFERENCES = (
    "chung2013", "diciccio1996", "fieller1954", "hedges1981", "holm1979", "phipson2010",
    "schuirmann1987", "westfall1993",
)  # fmt: skip
_ENDS = {"": "", "_low": ", lower end of its 95 % interval", "_high": ", upper end"}

Array = NDArray[np.float64]


def contrasts(data: "xr.Dataset", signal: str = "pain_signal") -> "xr.Dataset | None":
    """Compare every arm with its control, and the arms with each other.

    Seeds are the pairs. What is compared is the pooled suppression,
    ``1 - sum(on) / sum(off)``; at each sweep point the arms are compared on the same seeds.

    Parameters
    ----------
    data : xarray.Dataset
        Root of the results, with `signal` and its ``_off``. The attribute
        ``equivalence_margin`` is the margin of equivalence, if there is one.
    signal : str, optional
        Which signal.

    Returns
    -------
    xarray.Dataset or None
        None without that signal or with one seed only. Along arm, sweep axes and epoch:
        ``p_value``, ``p_adjusted`` (Holm over all arms and sweep points of the epoch),
        ``effect_size`` (Hedges' paired g; positive where the device suppresses) with
        ``_low`` and ``_high``, ``seeds_needed`` along ``half_width``. Also along
        ``arm_other``: ``difference`` of the suppressions (arm minus other) with
        ``_low``, ``_high`` (95 % for this difference alone), ``_simultaneous_low``,
        ``_simultaneous_high`` (95 % for all differences of the epoch together),
        ``_p_value``, ``_p_adjusted`` (Holm over all pairs and sweep points of the epoch),
        ``_effect_size``, ``detectable_difference`` (80 % power), and ``equivalent`` where
        there is a margin. NaN has its reason in ``status`` and ``difference_status``. With
        many arms and sweep points fewer pairs are compared; the attribute ``pairs`` says
        which.

    References
    ----------
    Simultaneous intervals by the largest studentised deviation: Westfall and Young 1993
    [westfall1993]; by Bonferroni's inequality with fewer than 10 seeds.
    """
    import xarray as xr

    if signal not in data or f"{signal}_off" not in data or data.sizes.get("seed", 0) < 2:
        return None
    outer = tuple(str(d) for d in data[signal].dims if d != "seed")
    on, off = (data[n].transpose(*outer, "seed").values for n in (signal, f"{signal}_off"))
    margin = data.attrs.get("equivalence_margin")
    found = _against_control(on, off, outer)
    arms = data["arm"].values
    others, told = others_of(len(arms), on[0, ..., 0].size)
    attributes: dict[str, Any] = {
        "signal": signal,
        "family": "all arms and sweep points of an epoch; differences: all pairs of arms and "
        + "sweep points of an epoch",
        "pairs": told,
        "references": ", ".join(_REFERENCES),
        "interval": _interval(on.shape[-1]),
    }
    coordinates: dict[str, Any] = {
        str(name): coordinate.variable
        for name, coordinate in data.coords.items()
        if len(coordinate.dims) == 1 and coordinate.dims[0] in outer
    }
    about = {"units": "1", "long_name": "Half-width of the 95 % interval of suppression"}
    coordinates["half_width"] = ("half_width", np.array(HALF_WIDTHS), about)
    if others:
        dims = ("arm", "arm_other", *outer[1:])
        found |= differences(on, off, others, dims, None if margin is None else float(margin))
        about = {"units": "1", "long_name": "Arm that is compared with"}
        coordinates["arm_other"] = ("arm_other", arms[others], about)
    if margin is not None:
        attributes["equivalence_margin"] = float(margin)
    return xr.Dataset(found, coordinates, attributes)


def _interval(seeds: int) -> str:
    if seeds < MIN_SEEDS:
        return f"none, as they need {MIN_SEEDS} seeds"
    if seeds < FEWEST_DRAWN:
        return f"95 %, Student's t over seeds, as a bootstrap needs {FEWEST_DRAWN} seeds"
    return f"95 %, studentised bootstrap over seeds, {RESAMPLES} resamples"


def _against_control(on: Array, off: Array, outer: tuple[str, ...]) -> dict[str, Any]:
    shape = on.shape[:-1]
    p_value, status = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    effect = {end: np.full(shape, np.nan) for end in _ENDS}
    needed = {end: np.full((*shape, len(HALF_WIDTHS)), np.nan) for end in _ENDS}
    for place in np.ndindex(shape):
        usable = np.isfinite(on[place]) & np.isfinite(off[place])
        here, control = on[place][usable], off[place][usable]
        status[place] = why_untested(here, control)
        if status[place]:
            continue
        p_value[place] = permutation_test(here, control)
        if np.array_equal(here, control):
            status[place] = EQUAL
            continue
        for end, size in zip(_ENDS, hedges_g(control - here), strict=True):
            effect[end][place] = size
        for index, half_width in enumerate(HALF_WIDTHS):
            seeds = seeds_needed(here, control, half_width)
            status[place] = seeds.reason
            for end, number in zip(_ENDS, (seeds.seeds, seeds.low, seeds.high), strict=True):
                needed[end][(*place, index)] = number
    # Pairs that are equal in every seed stay so when signs are flipped: the level of the
    # others holds without counting them.
    counted = np.where(status == EQUAL, np.nan, p_value)
    axis = outer.index("epoch")
    by_epoch = np.moveaxis(counted, axis, 0)
    holm = np.moveaxis(np.stack([adjusted(p) for p in by_epoch]), 0, axis)
    name = "Device against its control"
    texts = {
        "p_value": f"{name}: p of the paired permutation test",
        "p_adjusted": f"{name}: p by Holm for all arms and sweep points of the epoch",
        "status": f"{name}: why a number is missing",
    }
    arrays = {"p_value": p_value, "p_adjusted": np.where(status == EQUAL, p_value, holm)}
    arrays |= {"status": status}
    found: dict[str, Any] = {
        n: (outer, array, {"units": "1", "long_name": texts[n]}) for n, array in arrays.items()
    }
    for end, note in _ENDS.items():
        text = f"{name}: paired effect size, Hedges' g{note}"
        found[f"effect_size{end}"] = (outer, effect[end], {"units": "1", "long_name": text})
        text = f"Seeds for this half-width of the interval of suppression{note}"
        about = {"units": "1", "long_name": text}
        found[f"seeds_needed{end}"] = ((*outer, "half_width"), needed[end], about)
    return found
