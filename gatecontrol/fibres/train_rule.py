"""Which pulse of a train fires which fibre, without the cable solver.

A fibre's threshold follows its own history (`gatecontrol.fibres.recovery`): spikes make it
refractory, supernormal and late subnormal, failing pulses raise or lower it for milliseconds.
Every threshold jitters from pulse to pulse. docs/fibre_trains.md has the measured error against
the solver; what the rule does not know is refused.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.recovery import INTERVALS, REFRACTORY, STRENGTHS, Recovery, recovery_table

__all__ = [
    "HIGHEST_RATE",
    "JITTER",
    "RELIABLE_RATE",
    "Following",
    "follow",
    "refuse_beyond",
    "rule_model",
]

JITTER = 0.02
"""Relative standard deviation of a threshold from pulse to pulse (assumed, 1-3 %)."""

HIGHEST_RATE = 1200.0
"""Highest rate [Hz] at which pulses may follow each other; above, the solver answers
(`gatecontrol.fibres.solved_train`)."""

RELIABLE_RATE = 600.0
"""Rate [Hz] above which spike counts are off by a tenth of the pulses on average
(docs/fibre_trains.md): a device should warn."""

_QUANTILES = 4096


class Following(NamedTuple):
    """Spikes of a train, in order of the pulses.

    Attributes
    ----------
    pulse, fibre : ndarray of int, shape (m,)
        Which pulse fired which fibre.
    ratio : ndarray of float, shape (m,)
        Amplitude over the fibre's threshold at that moment, of which latencies depend; a
        little below 1 where jitter helped.
    """

    pulse: NDArray[np.int64]
    fibre: NDArray[np.int64]
    ratio: NDArray[np.float64]


def rule_model(fibre_class: str) -> str:
    """Return the fibre model whose table stands for a class.

    Parameters
    ----------
    fibre_class : str
        See `gatecontrol.fibres.classes`. Descending fibres count as myelinated (assumed).
    """
    return "sundt2015" if fibre_class == "c" else "mrg"


def refuse_beyond(times: ArrayLike, width: float, *, anodic: bool = False) -> None:
    """Refuse trains that the rule does not know.

    Parameters
    ----------
    times : array_like of float, shape (p,)
        Onsets of the pulses [s], ascending; equal ones are one pulse on two channels.
    width : float
        Of the first phase [s].
    anodic : bool, optional
        Whether the first phase is anodic.

    Raises
    ------
    GatecontrolError
        The pulses follow each other too fast, overlap, or are anodic.
    """
    if anodic:
        raise GatecontrolError(
            "E041: the train rule was measured with cathodic pulses; solve anodic trains with "
            + "gatecontrol.fibres.solved_train"
        )
    waits = np.diff(np.asarray(times, float))
    if (waits < 0).any():
        raise GatecontrolError("the pulses of a train must be in order of time")
    waits = waits[waits > 1e-9]
    shortest = waits.min() if waits.size else np.inf
    if shortest < (1 - 1e-6) / HIGHEST_RATE:
        raise GatecontrolError(
            f"E041: pulses {shortest * 1e3:.3g} ms apart are beyond the train rule "
            + f"({HIGHEST_RATE:g} Hz at most): use a lower rate, or solve the train with "
            + "gatecontrol.fibres.solved_train"
        )
    if shortest < width * (1 - 1e-6):
        raise GatecontrolError(
            f"pulses of {width * 1e6:g} us overlap: one begins {shortest * 1e6:g} us after another"
        )


def follow(
    times: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    threshold: NDArray[np.float64],
    diameter: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    width: float,
    fibre_class: str | Sequence[str] | NDArray[np.str_] = "abeta",
    channel: NDArray[np.int64] | None = None,
    refractory: ArrayLike = 0.0,
    supernormality: float = 1.0,
    jitter: float = JITTER,
) -> Following:
    """Return which pulse fires which fibre.

    Parameters
    ----------
    times, amplitude : ndarray of float, shape (p,)
        Pulses [s] [A], ascending in time; 0 A is no pulse.
    threshold : ndarray of float, shape (k,) or (channels, k)
        Of a single pulse to the rested fibre [A].
    diameter : ndarray of float, shape (k,)
        Outer diameter [m].
    rng : numpy.random.Generator
        For the jitter; each fibre has the same whatever the amplitude.
    width : float
        Of the pulse's first phase [s].
    fibre_class : str or sequence of str, shape (k,), optional
        See `gatecontrol.fibres.classes`.
    channel : ndarray of int, shape (p,), optional
        Row of `threshold` for each pulse. Simultaneous pulses on several channels add up as
        shares of their thresholds: right where both act on the same stretch of a fibre, else
        too strong.
    refractory : array_like of float, shape () or (k,), optional
        Time since a spike within which nothing fires [s], over and above the model's.
    supernormality : float, optional
        Share of the model's supernormality, 0 to 1. 1 is the model's, for which the rule's
        error is measured; thin fibres of the model have more than nerves in vivo (30-45 %).
    jitter : float, optional
        Relative standard deviation of a threshold from pulse to pulse.

    Returns
    -------
    Following

    Raises
    ------
    GatecontrolError
        See `refuse_beyond`.
    """
    if not 0 <= supernormality <= 1:
        raise GatecontrolError(f"supernormality is a share from 0 to 1, got {supernormality:g}")
    times, amplitude = np.asarray(times, float), np.asarray(amplitude, float)
    threshold = np.atleast_2d(np.asarray(threshold, float))
    fibres = threshold.shape[1]
    refuse_beyond(times, width)
    channel = np.zeros(times.size, np.int64) if channel is None else np.asarray(channel, np.int64)
    # one seed whatever is drawn later, so that a fibre's jitter depends on nothing else
    seed = rng.integers(2**63)
    given = np.flatnonzero(amplitude > 0)
    if not given.size or not fibres:
        return Following(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    drive, number = amplitude[given], channel[given]
    pulses, drive, number, level = _together(times[given], drive, number, threshold)
    classes = np.broadcast_to(np.asarray(fibre_class), (fibres,))
    models = np.array([rule_model(c) for c in classes.tolist()])
    waits = np.broadcast_to(np.asarray(refractory, float), (fibres,))
    parts = []
    for model in np.unique(models):
        which = np.flatnonzero(models == model)
        table = recovery_table(str(model), round(width, 9))
        pulse, fibre, ratio = _follow(
            times[given][pulses], drive, number, np.ascontiguousarray(level[:, which]),
            np.asarray(diameter, float)[which], waits[which], table, supernormality, jitter,
            seed,
        )  # fmt: skip
        parts.append((given[pulses][pulse], which[fibre], ratio))
    pulse, fibre, ratio = (np.concatenate(column) for column in zip(*parts, strict=True))
    # stable, so that fibres stay in order; sorting 16-bit numbers takes linear time
    short = np.int16 if times.size < 2**15 else np.int64
    if len(parts) > 1:
        order = np.lexsort((fibre, pulse))
    else:
        order = np.argsort(pulse.astype(short), kind="stable")
    return Following(pulse[order], fibre[order], ratio[order])


def _together(
    times: NDArray[np.float64],
    drive: NDArray[np.float64],
    channel: NDArray[np.int64],
    level: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Make simultaneous pulses one, each combination a channel of its own.

    Returns
    -------
    pulse : ndarray of int
        The first of the pulses that were made one.
    drive, channel, level
        As given, for these; the drive of a combination is 1.
    """
    new = np.concatenate([[True], np.diff(times) > 1e-9])
    if new.all():
        return np.arange(times.size), drive, channel, level
    first = np.flatnonzero(new)
    ends = np.append(first[1:], times.size)
    drive, channel, levels, known = drive.copy(), channel.copy(), list(level), {}
    for begin, end in zip(first, ends, strict=True):
        if end - begin == 1:
            continue
        members = range(begin, end)
        key = tuple((int(channel[p]), float(drive[p])) for p in members)
        if key not in known:
            known[key] = len(levels)
            with np.errstate(divide="ignore"):
                levels.append(1 / sum(drive[p] / level[channel[p]] for p in members))
        channel[begin], drive[begin] = known[key], 1.0
    return first, drive[first], channel[first], np.array(levels)


@lru_cache(maxsize=1)
def _quantiles() -> NDArray[np.float64]:
    from scipy.special import ndtri

    return ndtri((np.arange(_QUANTILES) + 0.5) / _QUANTILES)


def _follow(
    times: NDArray[np.float64],
    drive: NDArray[np.float64],
    channel: NDArray[np.int64],
    level: NDArray[np.float64],
    diameter: NDArray[np.float64],
    refractory: NDArray[np.float64],
    table: Recovery,
    supernormality: float,
    jitter: float,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Run the compiled loop for the fibres of one model."""
    from gatecontrol.fibres.train_rule_kernel import follow_fibres

    row, weight = table.place(diameter)
    above = np.minimum(row + 1, table.diameters.size - 1)
    weights, of = weight[:, None], table.constants
    constants = (1 - weights) * of[row] + weights * of[above]
    return follow_fibres(
        times, drive, channel, level, np.ascontiguousarray(refractory), row, weight,
        table.ratio, table.delay, np.array(STRENGTHS), constants, float(np.log(INTERVALS[0])),
        float(np.log(INTERVALS[1] / INTERVALS[0])), REFRACTORY, supernormality, jitter,
        _quantiles(), np.uint64(seed),
    )  # fmt: skip
