"""What the stretches of one pulse move: phases, net charge, and the largest charge held.

A stretch is (length [s], level); charges are per ampere of amplitude, so in seconds.
"""

from collections.abc import Iterable
from itertools import groupby

__all__ = ["BALANCE", "Stretch", "active_recharge", "excursion", "moved", "net", "phases"]

Stretch = tuple[float, float]

BALANCE = 1e-6
"""Net charge that still counts as balanced, as a share of the charge moved."""


def phases(stretches: Iterable[Stretch]) -> tuple[float, ...]:
    """Return the charge of each run of one sign [s], signed; pauses end no run."""
    carrying = [s for s in stretches if s[1]]
    runs = groupby(carrying, key=lambda s: s[1] > 0)
    return tuple(sum(length * level for length, level in run) for _, run in runs)


def net(stretches: Iterable[Stretch]) -> float:
    """Return the charge that is left [s]; 0 if it is below `BALANCE` of the charge moved."""
    stretches = tuple(stretches)
    left = sum(length * level for length, level in stretches)
    return left if abs(left) > BALANCE * moved(stretches) else 0.0


def moved(stretches: Iterable[Stretch]) -> float:
    """Return the charge that is moved either way [s]: what the battery gives."""
    return sum(length * abs(level) for length, level in stretches)


def excursion(stretches: Iterable[Stretch]) -> float:
    """Return the largest charge that the electrode holds during the pulse [s]."""
    held, most = 0.0, 0.0
    for length, level in stretches:
        held += length * level
        most = max(most, abs(held))
    return most


def active_recharge(pulse: tuple[Stretch, ...], gap: float, ratio: float) -> tuple[Stretch, ...]:
    """Return a pulse followed by its opposite, stretched in time.

    Parameters
    ----------
    pulse : tuple of (float, float)
        Stretches.
    gap : float
        Pause between the phases [s].
    ratio : float
        Width of the recharge in widths of the pulse; its level is as many times smaller.
    """
    pause = ((gap, 0.0),) if gap > 0 else ()
    return (*pulse, *pause, *((ratio * length, -level / ratio) for length, level in pulse))
