"""From measured numbers to verdicts, by the rules that were written down before scoring."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.summaries.replicates import over_seeds
from gatecontrol.evidence.base import Arrays, Phenomenon, Quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Measured", "judge", "measure", "verdict_of"]

_HALF_WIDTH = 1.96
"""Half a 95 % interval in standard errors, to say what is within one of a band's edge."""


@dataclass(frozen=True)
class Measured:
    """One quantity as measured.

    Attributes
    ----------
    quantity : Quantity
    value, low, high : float
        The number and its 95 % interval over seeds; NaN is missing.
    seeds : int
        Seeds that went into it; 0 where nothing is drawn at random.
    verdict : str
        ``"pass"`` or ``"fail"``.
    edge : bool
        Whether an end of the band is within one standard error of what decides.
    reason : str
        Why the number or its interval is missing.
    """

    quantity: Quantity
    value: float
    low: float
    high: float
    seeds: int
    verdict: str
    edge: bool
    reason: str = ""


def measure(phenomenon: Phenomenon, runs: "Mapping[str, xr.Dataset]") -> list[Measured]:
    """Measure a phenomenon and judge each of its quantities.

    Parameters
    ----------
    phenomenon : Phenomenon
    runs : mapping of str to xarray.Dataset
        Root of the results by protocol.

    Returns
    -------
    list of Measured
        In the order of the declaration.
    """
    arrays = {k: np.asarray(v, dtype=float) for k, v in phenomenon.collect(runs).items()}
    seeds = next(iter(arrays.values())).shape[0]
    known: dict[bytes, Arrays] = {}

    def estimates(weights: NDArray[np.float64]) -> Arrays:
        key = weights.tobytes()
        if key not in known:
            means = {k: np.tensordot(weights, v, axes=1) / seeds for k, v in arrays.items()}
            known[key] = phenomenon.estimate(means)
        return known[key]

    found = []
    for quantity in phenomenon.quantities:
        if phenomenon.protocols:
            one = over_seeds(
                lambda weights, name=quantity.name: estimates(weights)[name],
                seeds,
                reason="it has no value here",
                below="below what the protocol looks at",
                above="above what the protocol looks at",
            )
            found.append(judge(quantity, one.value, one.low, one.high, seeds, one.reason))
        else:
            value = float(estimates(np.ones((1, seeds)))[quantity.name][0])
            found.append(judge(quantity, value, value, value, 0))
    return found


def judge(
    quantity: Quantity, value: float, low: float, high: float, seeds: int, reason: str = ""
) -> Measured:
    """Judge one number.

    Parameters
    ----------
    quantity : Quantity
    value, low, high : float
        The number and its 95 % interval.
    seeds : int
        Seeds that went into it; 0 where nothing is drawn at random.
    reason : str, optional
        Why something is missing.
    """
    bottom = -math.inf if quantity.low is None else quantity.low
    top = math.inf if quantity.high is None else quantity.high
    if quantity.rule == "value":
        passed, deciding = bottom <= value <= top, [value]
    elif quantity.rule == "direction":
        passed, deciding = bottom < low and high < top, [low, high]
    else:
        passed, deciding = bottom <= low and high <= top, [low, high]
    error = (high - low) / (2 * _HALF_WIDTH)
    edge = any(abs(end - at) <= error for end in (bottom, top) for at in deciding)
    return Measured(
        quantity, value, low, high, seeds, "pass" if passed else "fail", edge and error > 0, reason
    )


def verdict_of(measured: Sequence[Measured]) -> tuple[str, bool]:
    """Return the verdict of a phenomenon, and whether one standard error could turn it.

    Parameters
    ----------
    measured : sequence of Measured
        All of its quantities.
    """
    failed = [m for m in measured if m.verdict == "fail"]
    if failed:
        return "fail", all(m.edge for m in failed)
    return "pass", any(m.edge for m in measured)
