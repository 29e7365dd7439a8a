"""How far a scored circuit is from the bands: what a fit makes small.

Distances are in half-widths of the band, so that milliseconds and ratios can be added up:

- with both ends, half of their difference; with one end, its size (1 if it is 0);
- 0 inside the band, less a margin at either end: a fit that stops at the very edge is lost with
  the next seeds;
- of a direction or a null, of the end of the 95 % interval that is farther off;
- `WORST` where there is no number, and never more: one hopeless quantity must not hide others.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gatecontrol.evidence.base import Phenomenon, Quantity
from gatecontrol.evidence.scoring import Measured

if TYPE_CHECKING:
    from gatecontrol.evidence.battery import Score

__all__ = ["WORST", "Part", "distance", "half_width", "objective", "quantities"]

WORST = 10.0
"""Largest distance [half-widths of the band]; assumed."""


@dataclass(frozen=True)
class Part:
    """What one quantity adds to the objective.

    Attributes
    ----------
    phenomenon, quantity : str
    value, low, high : float
        As measured, with the 95 % interval; NaN is missing.
    distance : float
        From the band [half-widths].
    verdict : str
        Of the quantity; ``"fail"`` if it could not be measured.
    """

    phenomenon: str
    quantity: str
    value: float
    low: float
    high: float
    distance: float
    verdict: str


def half_width(quantity: Quantity) -> float:
    """Return the unit in which distances from a band are told.

    Parameters
    ----------
    quantity : Quantity
    """
    if quantity.low is not None and quantity.high is not None:
        return (quantity.high - quantity.low) / 2 or abs(quantity.high) or 1.0
    end = quantity.high if quantity.low is None else quantity.low
    return abs(end or 0.0) or 1.0


def distance(measured: Measured, margin: float = 0.0) -> float:
    """Return how far a quantity is outside its band.

    Parameters
    ----------
    measured : Measured
    margin : float, optional
        By how many half-widths the band is narrowed at either end, below 1.

    Returns
    -------
    float
        In half-widths, from 0 to `WORST`.
    """
    quantity, unit = measured.quantity, half_width(measured.quantity)
    deciding = [measured.value] if quantity.rule == "value" else [measured.low, measured.high]
    if any(math.isnan(x) for x in deciding):
        return WORST
    far = [0.0]
    if quantity.low is not None:
        far += [(quantity.low - x) / unit + margin for x in deciding]
    if quantity.high is not None:
        far += [(x - quantity.high) / unit + margin for x in deciding]
    return min(max(far), WORST)


def quantities(phenomenon: Phenomenon, pattern: str = "*") -> list[str]:
    """Return the names of the quantities of a phenomenon that match a pattern.

    Parameters
    ----------
    phenomenon : Phenomenon
    pattern : str, optional
        With ``*`` and ``?``.
    """
    return [q.name for q in phenomenon.quantities if fnmatchcase(q.name, pattern)]


def objective(
    score: "Score", used: Mapping[str, Sequence[str]], margin: float = 0.0
) -> tuple[float, list[Part]]:
    """Add up the distances of the quantities that are used.

    Parameters
    ----------
    score : Score
    used : mapping of str to sequence of str
        Names of quantities by id of the phenomenon.
    margin : float, optional
        See `distance`.

    Returns
    -------
    total : float
        Sum over quantities [half-widths of their bands].
    parts : list of Part
    """
    parts = []
    for verdict in score.verdicts:
        found = {m.quantity.name: m for m in verdict.measured}
        for name in used.get(verdict.phenomenon.id, ()):
            one = found.get(name)
            if one is None:
                nan = math.nan
                parts.append(Part(verdict.phenomenon.id, name, nan, nan, nan, WORST, "fail"))
                continue
            far = distance(one, margin)
            numbers = (one.value, one.low, one.high)
            parts.append(Part(verdict.phenomenon.id, name, *numbers, far, one.verdict))
    return sum(part.distance for part in parts), parts
