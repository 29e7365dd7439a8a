"""What use does to a C fibre over seconds to minutes: slower conduction, then failure.

A train of 2 Hz slows nociceptors (type 1) by 28 % within minutes, cold fibres (type 2) by 5 %
and others (type 3) hardly; at 4 Hz most of type 1 block now and then [serra1999]. The cable
model with ion accumulation [tigerholm2014] slows by its own means, but costs minutes of
computing per minute.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError, did_you_mean

__all__ = ["SLOWING", "Conduction", "conduct"]

SLOWING = {"type1": 0.28, "type2": 0.052, "type3": 0.008}
"""Relative growth of the latency after 3 min at 2 Hz, by subclass [serra1999]."""

_RATE = 2.0  # Hz, at which the slowing above was measured
_ONSET = 60.0  # s, time of its growth at that rate (assumed)
_RECOVERY = 100.0  # s, of its decay: 5 min to a twentieth (assumed)
_SAFE = 0.5  # s; a fibre with this much time between spikes does not fail (none does at 2 Hz)
_FAILURE = 10.0
"""Probability of failure per slowing and share of `_SAFE` that is missing (assumed: chosen so
that type 1 follows about two thirds of 75 pulses at 5 Hz, as mechano-insensitive fibres of the
pig do)."""


class Conduction(NamedTuple):
    """What becomes of each spike.

    Attributes
    ----------
    slowing : ndarray of float, shape (m,)
        By which share of itself the conduction time is longer.
    arrives : ndarray of bool, shape (m,)
        Whether the spike is conducted all the way.
    """

    slowing: NDArray[np.float64]
    arrives: NDArray[np.bool_]


def conduct(
    fibre: NDArray[np.int64],
    time: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    subclass: str = "type1",
) -> Conduction:
    """Return how use delays and stops the spikes of C fibres.

    Parameters
    ----------
    fibre : ndarray of int, shape (m,)
        Whose spike.
    time : ndarray of float, shape (m,)
        When it begins [s]; spikes of a fibre in any order.
    rng : numpy.random.Generator
        Decides failures.
    subclass : str, optional
        One of `SLOWING`.

    Returns
    -------
    Conduction

    Notes
    -----
    A spike that arrives adds ``step (1 - s / most)`` to the slowing s, which decays in between;
    ``step`` and ``most`` follow from growth, decay and the plateau at 2 Hz. A spike fails with a
    probability that grows with s and with what the interval lacks of half a second.
    """
    if subclass not in SLOWING:
        raise GatecontrolError(
            f"no subclass of C fibres is called {subclass!r}."
            + f"{did_you_mean(subclass, tuple(SLOWING))} Subclasses: {', '.join(SLOWING)}"
        )
    step = SLOWING[subclass] / (_ONSET * _RATE)
    most = step * _RATE / (1 / _ONSET - 1 / _RECOVERY)
    fibre, time = np.asarray(fibre, np.int64), np.asarray(time, float)
    chance = rng.random(time.size)
    slowing, arrives = np.zeros(time.size), np.ones(time.size, bool)
    order = np.lexsort((time, fibre))
    _, first, count = np.unique(fibre[order], return_index=True, return_counts=True)
    state, last = np.zeros(first.size), np.full(first.size, -np.inf)
    # the n-th spike of every fibre at once
    for n in range(int(count.max(initial=0))):
        has = np.flatnonzero(count > n)
        spike = order[first[has] + n]
        wait = time[spike] - last[has]
        now = state[has] * np.exp(-wait / _RECOVERY)
        fails = chance[spike] < _FAILURE * now * np.clip(1 - wait / _SAFE, 0, 1)
        slowing[spike], arrives[spike] = now, ~fails
        state[has] = np.where(fails, now, now + step * (1 - now / most))
        last[has] = time[spike]
    return Conduction(slowing, arrives)
