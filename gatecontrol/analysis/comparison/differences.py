"""Differences of suppression between runs, with intervals: paired by seed, or not."""

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.comparison.runs import Run
from gatecontrol.analysis.statistics import Estimate
from gatecontrol.analysis.statistics.ratios import Ratio, replicates, standard_error, terms_of_arms
from gatecontrol.analysis.statistics.resampling import (
    FEWEST_DRAWN,
    MIN_SEEDS,
    MOST_DEGENERATE,
    RESAMPLES,
    resampled,
    students_limit,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MOST_PAIRS", "difference", "differences", "pairing"]

MOST_PAIRS = 2000
"""Most differences (pairs of runs x arms x sweep points) that are computed."""

_CONFIDENCE = 0.95
_SEEDS = (20240921, 20240922)
Array = NDArray[np.float64]


def pairing(one: Run, other: Run, arms: list[str]) -> str:
    """Return why two runs cannot be paired by seed; empty if they can.

    Parameters
    ----------
    one, other : Run
    arms : list of str
        Arms that both have.

    Notes
    -----
    Natural spikes are taken as the same if the fibres' rates in the control are equal in
    every seed, epoch and fibre class, to the last bit.
    """
    if sorted(one.seeds) != sorted(other.seeds):
        return "the seeds differ"
    rates = "afferent_rate_off"
    if rates not in one.data or rates not in other.data:
        return "the fibres' rates are not in the results"
    first, second = (
        r.data[rates].sel(arm=arms, seed=sorted(one.seeds)).values for r in (one, other)
    )
    if first.shape != second.shape or not np.array_equal(first, second, equal_nan=True):
        return "the natural spikes differ"
    return ""


def difference(
    on: Array, off: Array, other_on: Array, other_off: Array, *, paired: bool
) -> Estimate:
    """Return the difference of two pooled suppressions with its 95 % interval.

    Parameters
    ----------
    on, off : ndarray, shape (n,)
        Signal and control of the first, per seed.
    other_on, other_off : ndarray, shape (m,)
        Of the second; in the same order of seeds if paired.
    paired : bool
        Whether seeds are drawn together. If not, each run's seeds are drawn by themselves.

    Returns
    -------
    Estimate
        First minus second, a studentised bootstrap over seeds; of Student's t with fewer
        than 10 seeds or where too many resamples have no spread, without pairs in the form
        of Welch.

    References
    ----------
    DiCiccio and Efron 1996 [diciccio1996]; Welch 1947 [welch1947].
    """
    pairs = [(np.asarray(a, float), np.asarray(b, float)) for a, b in
             ((on, off), (other_on, other_off))]  # fmt: skip
    seen = [np.isfinite(a) & np.isfinite(b) for a, b in pairs]
    if paired:
        seen = [seen[0] & seen[1]] * 2
    (on, off), (other_on, other_off) = ((a[s], b[s]) for (a, b), s in zip(pairs, seen, strict=True))
    if not on.size or not other_on.size:
        return Estimate(np.nan, np.nan, np.nan, "no seed has both a signal and a control")
    if off.sum() <= 0 or other_off.sum() <= 0:
        return Estimate(np.nan, np.nan, np.nan, "a control fires no spike")
    value = float(other_on.sum() / other_off.sum() - on.sum() / off.sum())
    if paired and np.array_equal(on, other_on) and np.array_equal(off, other_off):
        return Estimate(0.0, 0.0, 0.0, "equal in every seed")
    fewest = min(on.size, other_on.size)
    if fewest < MIN_SEEDS:
        return Estimate(value, np.nan, np.nan, f"{fewest} seeds; an interval needs {MIN_SEEDS}")
    if paired:
        found = replicates(terms_of_arms(on, off, other_on, other_off))
        if found.error <= 0:
            return Estimate(value, value, value)
        return Estimate(value, *found.interval(_CONFIDENCE))
    return Estimate(value, *_unpaired(value, (on, off), (other_on, other_off)))


def _unpaired(
    value: float, one: tuple[Array, Array], other: tuple[Array, Array]
) -> tuple[float, float]:
    """Return the interval of a difference whose sides are drawn independently."""
    sizes = [on.size for on, _ in (one, other)]
    alone = [standard_error([Ratio(*side)]) for side in (one, other)]
    own = float(np.hypot(*alone))
    if own <= 0:
        return value, value
    welch = own**4 / sum(e**4 / (n - 1) for e, n in zip(alone, sizes, strict=True))
    half = students_limit(welch + 1, _CONFIDENCE) * own
    if min(sizes) < FEWEST_DRAWN:
        return value - half, value + half
    drawn = [_drawn(*side, seed) for side, seed in zip((one, other), _SEEDS, strict=True)]
    (ratio, error), (other_ratio, other_error) = drawn
    errors = np.hypot(error, other_error)
    usable = errors > 1e-6 * own
    if 1.0 - usable.mean() > MOST_DEGENERATE:
        return value - half, value + half
    pivots = (other_ratio[usable] - ratio[usable] - value) / errors[usable]
    tail = (1.0 - _CONFIDENCE) / 2
    low, high = np.quantile(pivots, [tail, 1.0 - tail])
    return value - float(high) * own, value - float(low) * own


def _drawn(on: Array, off: Array, seed: int) -> tuple[Array, Array]:
    """Return ratio and delta-method error of each resample of one run's seeds."""
    n = on.size
    generator = np.random.default_rng([seed, n])
    weights = generator.multinomial(n, np.full(n, 1.0 / n), size=RESAMPLES).astype(float)
    rows = np.stack([on, off, on * on, on * off, off * off])
    top, bottom, squares, products, others = resampled(weights, rows)
    usable = bottom > 0
    bottom = np.where(usable, bottom, np.nan)
    ratio = top / bottom
    spread = squares - 2 * ratio * products + ratio**2 * others
    error = np.sqrt(np.maximum(n / (n - 1) * spread, 0.0)) / bottom
    return np.where(usable, ratio, 0.0), np.where(usable, error, 0.0)


def differences(runs: list[Run], arms: list[str], axes: list[str]) -> "xr.Dataset":
    """Return the differences between runs in the epoch during, by arm and sweep point.

    Parameters
    ----------
    runs : list of Run
    arms : list of str
        Arms that all have.
    axes : list of str
        Sweep axes.

    Returns
    -------
    xarray.Dataset
        Along ``run``, ``run_other``, ``arm`` and the axes: ``difference`` (first minus
        other), ``difference_low``, ``difference_high`` and ``difference_status``; along both
        runs ``paired``, and ``paired_status`` which says why not.
    """
    import xarray as xr

    count = len(runs)
    signals = [_signals(run, arms, axes) for run in runs]
    shape = signals[0][0].shape[:-1]
    pairs = list(combinations(range(count), 2))
    if len(pairs) * int(np.prod(shape)) > MOST_PAIRS:
        pairs = [(0, j) for j in range(1, count)]  # each with the first
    numbers = {n: np.full((count, count, *shape), np.nan) for n in ("", "_low", "_high")}
    status = np.full((count, count, *shape), "not compared", dtype=object)
    paired = np.zeros((count, count), dtype=np.int8)
    reasons = np.full((count, count), "", dtype=object)
    for i in range(count):
        status[i, i] = "the same run"
    for i, j in pairs:
        reasons[i, j] = reasons[j, i] = pairing(runs[i], runs[j], arms)
        paired[i, j] = paired[j, i] = not reasons[i, j]
        for place in np.ndindex(shape):
            series = (signals[i][0], signals[i][1], signals[j][0], signals[j][1])
            found = difference(*(s[place] for s in series), paired=bool(paired[i, j]))
            ends = (found.value, found.low, found.high)
            for name, here, there in zip(numbers, ends, (ends[0], ends[2], ends[1]), strict=True):
                numbers[name][(i, j, *place)] = here
                numbers[name][(j, i, *place)] = -there
            status[(i, j, *place)] = status[(j, i, *place)] = found.reason
    dims = ("run", "run_other", "arm", *axes)
    texts = {
        "": "Difference of suppression in the epoch during, run minus other run",
        "_low": "Difference of suppression, lower end of its 95 % interval",
        "_high": "Difference of suppression, upper end of its 95 % interval",
    }
    found_data: dict[str, Any] = {
        f"difference{n}": (dims, numbers[n], {"units": "1", "long_name": t})
        for n, t in texts.items()
    }
    about = {"units": "1", "long_name": "Difference: why a number is missing"}
    found_data["difference_status"] = (dims, status, about)
    about = {"units": "1", "long_name": "Whether seeds are paired between the runs"}
    found_data["paired"] = (dims[:2], paired, about)
    about = {"units": "1", "long_name": "Why seeds are not paired between the runs"}
    found_data["paired_status"] = (dims[:2], reasons, about)
    return xr.Dataset(found_data)


def _signals(run: Run, arms: list[str], axes: list[str]) -> tuple[Array, Array]:
    """Return signal and control, seeds in ascending order and last."""
    during = run.data.sel(epoch="during", arm=arms, seed=sorted(run.seeds))
    on, off = (
        during[n].transpose("arm", *axes, "seed").values for n in ("pain_signal", "pain_signal_off")
    )
    return on, off
