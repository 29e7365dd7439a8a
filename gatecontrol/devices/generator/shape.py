"""The waveform of a train: driven phases, and passive recharge as stairs."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.waveform import POLARITIES, Waveform

if TYPE_CHECKING:
    from gatecontrol.devices.generator.generator import PulseGenerator
    from gatecontrol.devices.generator.patterns import PulseTrain

__all__ = ["STAIRS", "assemble", "stairs"]

STAIRS = 8
"""Stretches of equal charge that stand for the exponential of a passive recharge."""
_LONGEST = 7.0  # time constants of a passive recharge; one part in a thousand would follow
_SAME = 1e-12  # s; edges nearer than this are one, apart by rounding only


def stairs(
    charge: NDArray[np.float64], rest: NDArray[np.float64], constant: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the stretches of passive recharges.

    Parameters
    ----------
    charge : ndarray of float, shape (n,)
        To be returned, per ampere of amplitude [s].
    rest : ndarray of float, shape (n,)
        Time for it [s].
    constant : float
        Time constant of the discharge [s].

    Returns
    -------
    lengths, levels : ndarray of float, shape (n, STAIRS)
        [s], and level. In a steady train each rest returns exactly what a pulse brought, so
        that an exponential cut off by the next pulse begins higher than one that is not.
    """
    rest = np.minimum(rest, _LONGEST * constant)
    gone = -np.expm1(-rest / constant)
    edges = -constant * np.log1p(-gone[:, None] * np.arange(STAIRS + 1) / STAIRS)
    lengths = np.diff(edges, axis=1)
    return lengths, -charge[:, None] / STAIRS / lengths


def assemble(generator: "PulseGenerator", train: "PulseTrain") -> Waveform:
    """Return the waveform of a train on all channels, balanced on each.

    See `PulseGenerator.waveform`.
    """
    channels = [_channel(generator, train, c) for c in range(generator.channels)]
    every = np.sort(np.concatenate([np.zeros(1), *(np.concatenate(c[:2]) for c in channels)]))
    edges = every[np.concatenate([[True], np.diff(every) > _SAME])]
    middle = (edges[1:] + edges[:-1]) / 2
    levels = np.zeros((middle.size, len(channels)))
    for c, (begins, ends, level) in enumerate(channels):
        if not begins.size:
            continue
        at = np.searchsorted(begins, middle, side="right") - 1
        inside = (at >= 0) & (middle < ends[at])
        levels[inside, c] = level[at[inside]]
    waveform = Waveform(edges, POLARITIES[generator.polarity] * levels)
    waveform.require_balance()
    return waveform


def _channel(
    generator: "PulseGenerator", train: "PulseTrain", channel: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return begin [s], end [s] and level of every stretch on a channel, in order."""
    own = train if generator.pattern == "sampled" else train.take(train.channel == channel)
    n = own.times.size
    if not n:
        return np.empty(0), np.empty(0), np.empty(0)
    stretches = np.array(generator.stretches(channel))
    driven = np.tile(stretches[:, 0], (n, 1))
    wide = stretches[:, 1] != 0
    if generator.pattern != "sampled":
        driven[:, wide] *= (own.width / generator.width_of(channel))[:, None]
    levels = own.scale[:, None] * stretches[:, 1]
    ends = own.times + driven.sum(axis=1)
    following = np.append(own.times[1:], ends[-1] + max(generator.rest(channel), 0.0))
    if (following < ends - 1e-9).any():
        k = int(np.argmin(following - ends))
        raise GatecontrolError(
            f"E035: a pulse lasts {(ends - own.times)[k] * 1e6:g} us, but the next begins "
            + f"{(following - own.times)[k] * 1e6:g} us after it; shorten the pulse_width or lower "
            + "the frequency"
        )
    if generator.recharge == "passive":
        charge = (driven * levels).sum(axis=1)
        last = np.ones(n, bool)
        if generator.recharges_after_burst:
            last[:-1] = np.diff(own.burst) > 0
            first = np.flatnonzero(np.concatenate([[True], last[:-1]]))
            charge[last] = np.add.reduceat(charge, first)
        rest = np.where(last, following - ends, 0.0)
        back = last & (charge != 0) & (rest > _SAME)
        lengths, level = np.zeros((n, STAIRS)), np.zeros((n, STAIRS))
        lengths[back], level[back] = stairs(charge[back], rest[back], generator.recharge_time)
        driven, levels = np.hstack([driven, lengths]), np.hstack([levels, level])
    until = own.times[:, None] + np.cumsum(driven, axis=1)
    kept = driven > 0
    return (until - driven)[kept], until[kept], levels[kept]
