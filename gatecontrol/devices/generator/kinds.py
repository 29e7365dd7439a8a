"""The kinds of pulse of a programme: what thresholds are solved for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.generator import charge
from gatecontrol.devices.generator.shape import stairs
from gatecontrol.fibres.waveform import POLARITIES, Waveform

if TYPE_CHECKING:
    from gatecontrol.devices.generator.generator import PulseGenerator
    from gatecontrol.devices.generator.patterns import PulseTrain

__all__ = ["WIDTH_LEVELS", "Kind", "kinds", "level_of", "width_levels"]

WIDTH_LEVELS = 16
"""Widths that the pulses of a swinging width are rounded to, evenly by their logarithm."""

_DECISIVE = 1.5e-3
"""Passive recharge after this time [s] comes too late to stop a spike (assumed; spikes leave
within 0.7 ms of a pulse's begin at threshold)."""
_LONG = 7.0  # time constants: as if no other pulse followed


@dataclass(frozen=True, eq=False)
class Kind:
    """A pulse by itself.

    Attributes
    ----------
    channels : tuple of int
        Channels of the device that the waveform's columns drive.
    width : float
        Of the first phase [s].
    pulse : Waveform
        Its driven phases, and what follows at once of a passive recharge, whatever the rate.
    """

    channels: tuple[int, ...]
    width: float
    pulse: Waveform


def kinds(generator: "PulseGenerator") -> tuple[Kind, ...]:
    """Return the pulses of a programme whose thresholds differ, at full height.

    Parameters
    ----------
    generator : PulseGenerator
        The programme.

    Returns
    -------
    tuple of Kind
        One of each channel of a multiplexed programme; the least, a middle and the greatest
        width of a swinging one, ascending; else one.
    """
    if generator.samples is not None:
        every = tuple(range(generator.channels))
        return (Kind(every, generator.pulse_width, _together(generator)),)
    if generator.pattern == "multiplexed":
        return tuple(_kind(generator, c, generator.width_of(c)) for c in range(2))
    if generator.pattern == "modulated" and generator.pulse_width_to is not None:
        ends = sorted((generator.pulse_width, generator.pulse_width_to))
        widths = np.geomspace(*ends, 3) if ends[0] < ends[1] else ends[:1]
        return tuple(_kind(generator, 0, float(width)) for width in widths)
    return (_kind(generator, 0, generator.pulse_width),)


def width_levels(widths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the widths [s] that pulses between two widths are rounded to, ascending."""
    return np.geomspace(widths.min(), widths.max(), WIDTH_LEVELS)


def level_of(
    generator: "PulseGenerator", train: "PulseTrain", levels: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the level of each pulse: its channel, or the width that is nearest.

    Parameters
    ----------
    generator : PulseGenerator
        The programme.
    train : PulseTrain
        Its pulses.
    levels : ndarray of float
        Of `width_levels`; read for a swinging width only.
    """
    if generator.pattern == "multiplexed":
        return train.channel
    if len(levels) < 2:
        return np.zeros(train.times.size, int)
    return np.abs(np.log(train.width[:, None] / levels)).argmin(1)


def _kind(generator: "PulseGenerator", channel: int, width: float) -> Kind:
    stretches = generator.stretches(channel)
    factor = width / generator.width_of(channel)
    stretches = tuple((length * factor if level else length, level) for length, level in stretches)
    return Kind((channel,), width, _waveform(generator, [stretches]))


def _together(generator: "PulseGenerator") -> Waveform:
    return _waveform(generator, [generator.stretches(c) for c in range(generator.channels)])


def _waveform(
    generator: "PulseGenerator", channels: "list[tuple[charge.Stretch, ...]]"
) -> Waveform:
    """Return stretches of channels that begin together as one waveform."""
    passive = generator.recharge == "passive" and not generator.recharges_after_burst
    parts = []
    for stretches in channels:
        lengths, levels = np.array(stretches, float).T
        held = np.array([charge.net(stretches)])
        if passive and held[0]:
            constant = generator.recharge_time
            more, down = stairs(held, np.array([_LONG * constant]), constant)
            ends = np.minimum(np.cumsum(more[0]), _DECISIVE)
            lengths = np.concatenate([lengths, np.diff(ends, prepend=0.0)])
            levels = np.concatenate([levels, down[0]])
        kept = lengths > 0
        parts.append((np.concatenate([[0.0], np.cumsum(lengths[kept])]), levels[kept]))
    edges = np.unique(np.concatenate([p[0] for p in parts]).round(12))
    middle = (edges[1:] + edges[:-1]) / 2
    columns = [
        np.append(levels, 0.0)[np.minimum(np.searchsorted(ends, middle) - 1, levels.size)]
        for ends, levels in parts
    ]
    return Waveform(edges, POLARITIES[generator.polarity] * np.stack(columns, axis=1))
