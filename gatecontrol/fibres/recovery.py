"""How a fibre's threshold follows its own history, as tables measured on the cable solver.

After a spike the threshold goes through refractoriness, supernormality and a late subnormality.
In a train these build up. As a ratio to the rested threshold::

    ratio(interval) + slow * s * exp(-interval / slow_time) - fast * f * exp(-interval / fast_time)

with s and f what the spikes before the last one left: every spike fills a share of what is
empty of both. s is the slow potassium gate of the nodes, f the charge of the internodes. A weak
pulse's spike is late, and the interval counts from it. A pulse that fails multiplies the
next threshold, by a factor whose logarithm is, at rest, in proportion to
``-log(1 - amplitude / threshold)``, and soon after a spike to the amplitude.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BY_WIDTH",
    "INTERVALS",
    "REFRACTORY",
    "SHIPPED",
    "STRENGTHS",
    "STRONG",
    "Memory",
    "Recovery",
    "filled",
    "recovery_table",
    "stamp",
]

SHIPPED = Path(__file__).with_name("recovery.json")
"""Made by ``python -m gatecontrol.fibres.make_recovery``."""

INTERVALS = tuple(float(i) for i in np.geomspace(0.7e-3, 150e-3, 52))
"""Intervals of the tables [s], evenly spaced in their logarithm."""

STRONG = 1.5
"""Amplitude of the pulses whose spikes the intervals count from, in thresholds."""

STRENGTHS = (1.005, 1.02, 1.05, 1.1, 1.2, STRONG, 2.0, 3.0)
"""Amplitudes in thresholds at which delays are known."""

REFRACTORY = 4.0
"""A ratio that counts as never: conduction of a spike that follows so closely fails, however
strong the pulse."""


BY_WIDTH = (
    "ratio", "delay", "slow", "fast", "rested", "rested_time", "early", "early_time"
)  # fmt: skip
"""What a table holds for every pulse width."""


class Memory(NamedTuple):
    """How spikes fill the two states [1], and how those decay [s]."""

    slow_fill: float
    slow_time: float
    fast_fill: float
    fast_time: float


@dataclass(frozen=True)
class Recovery:
    """The table of one fibre model at one pulse width.

    Attributes
    ----------
    diameters : ndarray of float, shape (d,)
        [m].
    ratio : ndarray of float, shape (d, intervals)
        See the module.
    delay : ndarray of float, shape (d, len(STRENGTHS))
        By how much a spike comes later [s] than one of a pulse of `STRONG`.
    constants : ndarray of float, shape (d, 10)
        Columns: size, fill and time of the slow state and of the fast one; size and time of
        what a failing pulse leaves at rest; the same soon after a spike.
    """

    diameters: NDArray[np.float64]
    ratio: NDArray[np.float64]
    delay: NDArray[np.float64]
    constants: NDArray[np.float64]

    def place(self, diameter: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the row below each diameter and the weight of the next; ends are kept.

        Parameters
        ----------
        diameter : array_like of float, shape (n,)
            [m].
        """
        diameter = np.asarray(diameter, float)
        if self.diameters.size == 1:
            return np.zeros(diameter.shape, np.int64), np.zeros(diameter.shape)
        knots, x = np.log(self.diameters), np.log(diameter)
        row = np.clip(np.searchsorted(knots, x) - 1, 0, knots.size - 2)
        weight = (x - knots[row]) / (knots[row + 1] - knots[row])
        return row, np.clip(weight, 0.0, 1.0)


def filled(
    fill: float, kept: NDArray[np.float64], spikes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return a state just before the last spike of a train.

    Parameters
    ----------
    fill : float
        Share filled by a spike.
    kept : ndarray of float
        What is kept from spike to spike.
    spikes : ndarray of int
        In the train.
    """
    grows = kept * (1 - fill)
    return kept * fill * (1 - grows ** (spikes - 1)) / (1 - grows)


@lru_cache(maxsize=1)
def _shipped() -> dict:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


@lru_cache(maxsize=64)
def recovery_table(model: str, width: float) -> Recovery:
    """Return a shipped table, interpolated along the logarithm of the pulse width.

    Parameters
    ----------
    model : str
        ``"mrg"`` for every myelinated class or ``"sundt2015"`` for C.
    width : float
        Of the pulse's first phase [s]; the ends of the table hold beyond it.
    """
    table = _shipped()["tables"][model]
    knots = np.log(table["widths"])
    x = float(np.clip(np.log(width), knots[0], knots[-1]))
    row = int(np.clip(np.searchsorted(knots, x) - 1, 0, knots.size - 2))
    weight = (x - knots[row]) / (knots[row + 1] - knots[row])

    def at_width(key: str) -> NDArray[np.float64]:
        values = np.array(table[key], float)
        return (1 - weight) * values[row] + weight * values[row + 1]

    columns = [
        at_width("slow"), table["slow_fill"], table["slow_time"],
        at_width("fast"), table["fast_fill"], table["fast_time"],
        *(at_width(key) for key in BY_WIDTH[4:]),
    ]  # fmt: skip
    return Recovery(
        np.array(table["diameters"]),
        at_width("ratio"),
        at_width("delay"),
        np.array(columns, float).T,
    )


def stamp(
    model: str, diameters: tuple[float, ...], widths: tuple[float, ...], distance: float
) -> str:
    """Return the digest of what a table is made of: the plan and the solver's sources.

    It says which solver a table is of; a changed comment changes it too, and does no harm.

    Parameters
    ----------
    model : str
        Name of the fibre model.
    diameters, widths : tuple of float
        [m], [s].
    distance : float
        [m].
    """
    here = Path(__file__).parent
    sources = ("mrg*", "double_cable*")
    if model != "mrg":
        sources = (model, "single_cable*", "unmyelinated")
    digest = hashlib.sha256(repr((model, diameters, widths, distance, INTERVALS)).encode())
    for source in (*sources, "waveform"):
        for path in sorted(here.glob(f"{source}.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
