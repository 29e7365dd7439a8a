"""Arms against each other on the same seeds: the part of ``/contrasts`` along ``arm_other``."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.statistics.equivalence import equivalence
from gatecontrol.analysis.statistics.paired import (
    adjusted,
    contrast_effect,
    permutation_test_arms,
)
from gatecontrol.analysis.statistics.power import detectable_difference, spread
from gatecontrol.analysis.statistics.ratios import (
    replicates,
    standard_error,
    terms_of_arms,
    value,
)
from gatecontrol.analysis.statistics.resampling import (
    FEWEST_DRAWN,
    MIN_SEEDS,
    RESAMPLES,
    students_limit,
)

__all__ = ["EQUAL", "MOST_PAIRS", "differences", "others_of", "why_untested"]

MOST_PAIRS = 3000
"""Most comparisons of two arms (pairs x sweep points x epochs) of one run."""

EQUAL = "equal in every seed"

_CONFIDENCE = 0.95
_NO_SPREAD = 1e-12  # of suppression, which is of the order of 1: rounding
_NAMES = {
    "difference": "arm minus other arm",
    "difference_low": "lower end of its own 95 % interval",
    "difference_high": "upper end of its own 95 % interval",
    "difference_simultaneous_low": "lower end, 95 % for all of the epoch together",
    "difference_simultaneous_high": "upper end, 95 % for all of the epoch together",
    "difference_p_value": "p of the paired permutation test",
    "difference_p_adjusted": "p by Holm for all pairs and sweep points of the epoch",
    "difference_effect_size": "paired effect size, Hedges' g",
    "difference_effect_size_low": "effect size, lower end of the 95 % interval",
    "difference_effect_size_high": "effect size, upper end of the 95 % interval",
    "detectable_difference": "true one that these seeds show with a power of 80 %",
}
_SYMMETRIC = {"difference_p_value", "difference_p_adjusted", "detectable_difference"}

Array = NDArray[np.float64]


@dataclass
class _Pair:
    """Two arms at one place: their numbers, and why one is missing."""

    arm: int
    other: int
    place: tuple[int, ...]
    numbers: dict[str, float] = field(default_factory=dict)
    status: str = ""
    error: float = np.nan
    joint: bool = False
    """Whether it belongs to the simultaneous intervals."""


def others_of(arms: int, places: int) -> tuple[list[int], str]:
    """Return which arms the others are compared with, and a sentence about it.

    Parameters
    ----------
    arms : int
        Number of arms.
    places : int
        Sweep points times epochs.
    """
    if arms < 2:
        return [], "one arm: no other to compare it with"
    if arms * (arms - 1) // 2 * places <= MOST_PAIRS:
        return list(range(arms)), "every pair of arms at each sweep point"
    if (arms - 1) * places <= MOST_PAIRS:
        return [0], f"every arm with the first: more than {MOST_PAIRS} comparisons otherwise"
    return [], f"none: more than {MOST_PAIRS} comparisons even with the first arm only"


def why_untested(on: Array, off: Array) -> str:
    """Return why pairs cannot be tested; empty if they can.

    Parameters
    ----------
    on, off : ndarray, shape (n,)
        Without NaN.
    """
    if on.size == 0:
        return "no seed has both a signal and a control"
    if off.sum() <= 0:
        return "the control fires no spike"
    return "one seed has no test" if on.size < 2 else ""


def differences(
    on: Array, off: Array, others: Sequence[int], dims: tuple[str, ...], margin: float | None
) -> dict[str, Any]:
    """Return the variables of ``/contrasts`` that compare arms.

    Parameters
    ----------
    on, off : ndarray, shape (arm, ..., epoch, seed)
        Signal and control; the epoch is where `dims` has it.
    others : sequence of int
        Arms that are compared with: all, or the first only.
    dims : tuple of str
        ``arm``, ``arm_other`` and the dimensions in between arm and seed.
    margin : float or None
        Margin of equivalence.

    Returns
    -------
    dict
        Name -> (dims, values, attributes).
    """
    inner, epoch = on.shape[1:-1], dims.index("epoch") - 2
    together = [(j, i) for i, j in combinations(range(len(on)), 2) if i in others]
    found: list[_Pair] = []
    for when in range(inner[epoch]):
        places = [p for p in np.ndindex(inner) if p[epoch] == when]
        largest = np.zeros(RESAMPLES)
        pairs = [
            _compared(_Pair(arm, other, place), on, off, largest)
            for place in places
            for arm, other in together
        ]
        joint = [pair for pair in pairs if pair.joint]
        seeds = on.shape[-1]
        limit = float(np.quantile(largest, _CONFIDENCE))
        if seeds < FEWEST_DRAWN and joint:
            limit = students_limit(seeds, _CONFIDENCE, len(joint))
        for pair in joint:
            middle, half = pair.numbers["difference"], limit * pair.error
            pair.numbers["difference_simultaneous_low"] = middle - half
            pair.numbers["difference_simultaneous_high"] = middle + half
        _adjust(pairs)
        found += pairs
    return _laid_out(found, (len(on), len(others), *inner), others, dims, margin)


def _compared(pair: _Pair, on: Array, off: Array, largest: Array) -> _Pair:
    """Fill in a pair; raise `largest` to its studentised deviations."""
    arrays = [a[(x, *pair.place)] for x in (pair.arm, pair.other) for a in (on, off)]
    usable = np.isfinite(arrays).all(axis=0)
    mine, control, theirs, other_control = (a[usable] for a in arrays)
    pair.status = why_untested(mine, control) or why_untested(theirs, other_control)
    if pair.status:
        return pair
    numbers, seeds = pair.numbers, mine.size
    terms = terms_of_arms(mine, control, theirs, other_control)
    numbers["difference"] = value(terms)
    numbers["difference_p_value"] = permutation_test_arms(mine, control, theirs, other_control)
    equal = np.array_equal(mine, theirs) and np.array_equal(control, other_control)
    if equal or standard_error(terms) <= _NO_SPREAD:
        ends = [n for n in _NAMES if n.endswith(("e_low", "e_high", "s_low", "s_high"))]
        numbers |= {n: numbers["difference"] for n in ends if "effect" not in n}
        pair.status = EQUAL if equal else "no spread between seeds"
        return pair
    sizes = contrast_effect(terms, _CONFIDENCE)
    for end, size in zip(("", "_low", "_high"), sizes, strict=True):
        numbers[f"difference_effect_size{end}"] = size
    if seeds < MIN_SEEDS:
        pair.status = f"{seeds} seeds; an interval needs {MIN_SEEDS}"
        return pair
    numbers["detectable_difference"] = detectable_difference(spread(terms), seeds)
    drawn = replicates(terms)
    pair.error = drawn.error
    numbers["difference_low"], numbers["difference_high"] = drawn.interval(_CONFIDENCE)
    if drawn.degenerate:
        pair.status = "few spikes: Student's interval, no simultaneous one"
    elif not usable.all():
        pair.status = "seeds are missing: no simultaneous interval"
    else:
        pair.joint = True
        if seeds >= FEWEST_DRAWN:
            np.maximum(largest, np.nan_to_num(np.abs(drawn.pivots)), out=largest)
    return pair


def _adjust(pairs: Sequence[_Pair]) -> None:
    """Add Holm's p; pairs that are equal in every seed are no part of the family.

    Whether they are equal does not change when arms change places within seeds, so the level
    holds without them.
    """
    absent = {"difference_p_value": np.nan}
    p_values = [np.nan if p.status == EQUAL else (absent | p.numbers)["difference_p_value"]
                for p in pairs]  # fmt: skip
    for pair, p in zip(pairs, adjusted(p_values), strict=True):
        pair.numbers["difference_p_adjusted"] = 1.0 if pair.status == EQUAL else float(p)


def _mirrored(name: str) -> tuple[str, float]:
    """Return the number that `name` is with the arms the other way round, and its sign."""
    if name in _SYMMETRIC:
        return name, 1.0
    for end, other in (("_low", "_high"), ("_high", "_low")):
        if name.endswith(end):
            return name.removesuffix(end) + other, -1.0
    return name, -1.0


def _laid_out(
    pairs: Sequence[_Pair],
    shape: tuple[int, ...],
    others: Sequence[int],
    dims: tuple[str, ...],
    margin: float | None,
) -> dict[str, Any]:
    """Return the variables: each pair both ways round, as far as `others` goes."""
    arrays = {name: np.full(shape, np.nan) for name in _NAMES}
    status = np.full(shape, "", dtype=object)
    for column, arm in enumerate(others):
        status[arm, column] = "the same arm"
    for pair in pairs:
        where = (pair.arm, others.index(pair.other), *pair.place)
        status[where] = pair.status
        for name, number in pair.numbers.items():
            arrays[name][where] = number
        if pair.arm in others:
            back = (pair.other, others.index(pair.arm), *pair.place)
            status[back] = pair.status
            for name, number in pair.numbers.items():
                mirror, sign = _mirrored(name)
                arrays[mirror][back] = sign * number + 0.0  # no negative zero
    head = "Difference of suppression"
    found: dict[str, Any] = {
        name: (dims, values, {"units": "1", "long_name": f"{head}, {_NAMES[name]}"})
        for name, values in arrays.items()
    }
    about = {"units": "1", "long_name": f"{head}: why a number is missing"}
    found["difference_status"] = (dims, status, about)
    if margin is not None:
        ends = (arrays[f"difference_simultaneous_{end}"] for end in ("low", "high"))
        text = f"Whether the simultaneous interval lies within ±{margin:g} of suppression"
        about = {"units": "1", "long_name": text}
        found["equivalent"] = (dims, equivalence(*ends, margin), about)
    return found
