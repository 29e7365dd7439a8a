"""Which pulse of a train fires which fibre: noise and refractoriness."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["THRESHOLD_NOISE", "follow"]

THRESHOLD_NOISE = 0.02
"""Relative standard deviation of a fibre's threshold from pulse to pulse (assumed, 1-3 %)."""
_RECOVERY_TIME = np.array([1.0, 1.25, 1.5, 2.0, 2.1])
_RECOVERY = np.array([8.0, 1.601, 1.2734, 1.0353, 1.0])
"""Threshold of a second pulse over that of the first against the interval in units of the
absolute refractory period: the double-cable fibre of 10 um, whose period is 1.0 ms. Its
later supernormality, large against human nerve, is left out."""


def follow(
    times: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    threshold: NDArray[np.float64],
    refractory: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    relative: bool = True,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which pulse fires which fibre.

    Parameters
    ----------
    times, amplitude : ndarray of float, shape (p,)
        Pulses [s] [A], ascending in time.
    threshold, refractory : ndarray of float, shape (k,)
        Threshold [A] and absolute refractory period [s] of each fibre.
    rng : numpy.random.Generator
        For the threshold noise; each fibre has the same noise whatever the amplitude.
    relative : bool, optional
        Whether the threshold is raised for another 1.1 periods after the absolute one.

    Returns
    -------
    pulse, fibre : ndarray of int, shape (m,)
        Index of pulse and fibre of each spike, in order of the pulses.
    """
    pulses, fibres = [], []
    last = np.full(threshold.size, -np.inf)
    # Most programmes leave every fibre the time to recover: nothing to hold back then.
    tail = _RECOVERY_TIME[-1] if relative else 1.0
    shortest = np.diff(times).min() if times.size > 1 else np.inf
    held = np.flatnonzero(refractory * tail > shortest * (1 + 1e-9))
    for first, noise in _noise(times.size, threshold.size, rng):
        level = threshold * (1 + THRESHOLD_NOISE * noise)
        now = slice(first, first + len(noise))
        fired = amplitude[now, None] >= level
        fired &= amplitude[now, None] > 0
        if held.size:
            _hold_back(fired, times[now], amplitude[now], level, refractory, last, held, relative)
        p, f = np.nonzero(fired)
        pulses.append(p + first)
        fibres.append(f)
    if not pulses:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(pulses), np.concatenate(fibres)


def _noise(
    pulses: int, fibres: int, rng: np.random.Generator
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    step = max(1, 500_000 // max(fibres, 1))
    for first in range(0, pulses, step):
        yield first, rng.standard_normal((min(step, pulses - first), fibres))


def _hold_back(
    fired: NDArray[np.bool_],
    times: NDArray[np.float64],
    amplitude: NDArray[np.float64],
    level: NDArray[np.float64],
    refractory: NDArray[np.float64],
    last: NDArray[np.float64],
    held: NDArray[np.int64],
    relative: bool,
) -> None:
    """Strike out spikes within the refractory period; `last` is carried on."""
    held = held[fired[:, held].any(0)]
    for p, time in enumerate(times):
        candidates = held[fired[p, held]]
        if not candidates.size:
            continue
        since = (time - last[candidates]) / refractory[candidates]
        # A pulse exactly one refractory period later still falls into it.
        stays = since > 1 + 1e-6
        if relative:
            factor = np.interp(since, _RECOVERY_TIME, _RECOVERY)
            stays &= amplitude[p] >= level[p, candidates] * factor
        fired[p, candidates[~stays]] = False
        last[candidates[stays]] = time
