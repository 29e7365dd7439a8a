"""Equivalence: an interval that lies inside a margin stated beforehand."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["EQUIVALENT", "OUTSIDE", "UNDECIDED", "equivalence", "equivalence_sentence"]

EQUIVALENT = "equivalent"
"""The whole interval lies between -margin and margin."""
OUTSIDE = "not equivalent"
"""The whole interval lies beyond the margin."""
UNDECIDED = "undecided"
"""The interval reaches over an end of the margin."""


def equivalence(low: ArrayLike, high: ArrayLike, margin: float) -> NDArray[np.object_]:
    """Return what intervals say about a difference being smaller than a margin.

    A 95 % interval inside the margin is two one-sided tests at 2.5 % each. No significant
    difference is not equivalence: that is what `UNDECIDED` says.

    Parameters
    ----------
    low, high : array_like of float
        Ends of the intervals.
    margin : float
        Largest difference that does not matter, in the same unit; above 0.

    Returns
    -------
    ndarray of str
        `EQUIVALENT`, `OUTSIDE` or `UNDECIDED`; empty where there is no interval.

    References
    ----------
    Two one-sided tests: Schuirmann 1987 [schuirmann1987].
    """
    low, high = np.broadcast_arrays(np.asarray(low, float), np.asarray(high, float))
    found = np.full(low.shape, UNDECIDED, dtype=object)
    found[(low > -margin) & (high < margin)] = EQUIVALENT
    found[(low >= margin) | (high <= -margin)] = OUTSIDE
    found[np.isnan(low) | np.isnan(high)] = ""
    return found


def equivalence_sentence(
    name: str, other: str, low: float, high: float, margin: float, confidence: float = 0.95
) -> str:
    """Return in a sentence what an interval says about the equivalence of two arms.

    Parameters
    ----------
    name, other : str
        What is compared; the difference is of the first minus the second.
    low, high : float
        Interval of the difference of their suppressions, as fractions.
    margin : float
        As in `equivalence`.
    confidence : float, optional
        Coverage of the interval.
    """
    if math.isnan(low) or math.isnan(high):
        return f"{name} and {other}: no interval, so nothing is said about equivalence."
    verdict = str(equivalence(low, high, margin)[()])
    told = {
        EQUIVALENT: f"{name} and {other} are equivalent within",
        OUTSIDE: f"{name} and {other} differ by more than",
        UNDECIDED: f"It is undecided whether {name} and {other} are equivalent within",
    }[verdict]
    sign = "" if verdict == OUTSIDE else "±"
    return (
        f"{told} {sign}{100 * margin:g} percentage points of suppression: the "
        + f"{100 * confidence:g} % interval of their difference is {100 * low:+.1f} to "
        + f"{100 * high:+.1f} points."
    )
