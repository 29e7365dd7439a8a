"""The compiled loop of `gatecontrol.fibres.train_rule`: fibres one by one, pulses in order."""

import numpy as np

from gatecontrol.fibres.compiled import compiled

__all__ = ["follow_fibres"]

_EARLY = 4e-3  # s since a spike, until which a failing pulse counts as early
_NEAREST = 0.998  # of a failing pulse to threshold; beyond, it is as at this
_LOWEST = 0.3  # ratio of a threshold to the rested one; none so low was seen in the solver


@compiled
def _hash(seed, fibre, pulse):
    """Return 64 mixed bits (the finaliser of SplitMix64)."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    z = seed + golden * (np.uint64(fibre) * np.uint64(0x100000001) + np.uint64(pulse))
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def follow_fibres(
    times,
    drive,
    channel,
    threshold,
    refractory,
    row,
    weight,
    ratio,
    delay,
    strengths,
    constants,
    first,
    step,
    refractory_ratio,
    supernormality,
    jitter,
    quantiles,
    seed,
):
    """Return pulse, fibre and amplitude over threshold of every spike, fibre by fibre.

    Parameters
    ----------
    times, drive : ndarray, shape (p,)
        Onsets [s], amplitudes [A].
    channel : ndarray of int, shape (p,)
        Row of `threshold`.
    threshold : ndarray, shape (channels, k)
        To the rested fibre [A].
    refractory : ndarray, shape (k,)
        [s]; nothing fires sooner.
    row, weight : ndarray, shape (k,)
        Place of each fibre between the rows of the tables.
    ratio : ndarray, shape (d, n)
        See `gatecontrol.fibres.recovery`.
    delay : ndarray, shape (d, e)
        See `gatecontrol.fibres.recovery`.
    strengths : ndarray, shape (e,)
        Ascending.
    constants : ndarray, shape (k, 10)
        As `Recovery.constants`, of each fibre.
    first, step : float
        Logarithm of the first interval [s] of the tables, and between intervals.
    refractory_ratio, supernormality, jitter : float
        The ratio that counts as never; share of what ratios lie below 1; relative standard
        deviation of a threshold.
    quantiles : ndarray, shape (a power of 2,)
        Of the normal distribution.
    seed : uint64
        Of the jitter.
    """
    found = np.empty((64, 2), np.int64)
    ratios = np.empty(64)
    count, size = 0, ratio.shape[1]
    widest = jitter * quantiles[-1]
    last_of = np.uint64(quantiles.size - 1)
    horizon = np.exp(first + (size - 1) * step)
    strongest, shortest = drive.max(), np.inf
    for p in range(1, times.size):
        shortest = min(shortest, times[p] - times[p - 1])
    for k in range(threshold.shape[1]):
        # a fibre that never fires at rest does not at all, but for what failing pulses leave
        if strongest < 0.6 * threshold[:, k].min():
            continue
        slow, slow_fill, slow_time, fast, fast_fill, fast_time = constants[k, :6]
        rested, rested_time, early, early_time = constants[k, 6:]
        i, w = row[k], weight[k]
        above = min(i + 1, ratio.shape[0] - 1)
        last, was = -np.inf, -np.inf
        of_slow, of_fast = 0.0, 0.0
        of_rest, of_early = 0.0, 0.0
        over_then, later = np.nan, 0.0
        # whether what a failing pulse leaves is gone when the next one comes
        forgets = shortest > 10 * max(rested_time, early_time)
        gap, base, keep_slow, keep_fast = -1.0, 1.0, 0.0, 0.0
        pause, keep_rest, keep_early = -1.0, 0.0, 0.0
        for p in range(times.size):
            over = drive[p] / threshold[channel[p], k]
            if over < 0.2:  # a pulse of a fifth of threshold leaves under 1 %
                continue
            since = times[p] - last
            if forgets and since > horizon and over < 1.0 - widest:
                continue
            if since <= refractory[k] * (1 + 1e-6):
                continue
            if since < horizon:
                # trains are regular: most intervals are the last one over again
                if abs(since - gap) > 1e-9:
                    gap = since
                    keep_slow, keep_fast = np.exp(-since / slow_time), np.exp(-since / fast_time)
                    x = (np.log(since) - first) / step
                    if x < 0.0:
                        base = refractory_ratio
                    else:
                        j = min(int(x), size - 2)
                        x -= j
                        base = (1 - w) * (ratio[i, j] + x * (ratio[i, j + 1] - ratio[i, j]))
                        base += w * (ratio[above, j] + x * (ratio[above, j + 1] - ratio[above, j]))
            else:
                gap, base, keep_slow, keep_fast = -1.0, 1.0, 0.0, 0.0
            level = base + slow * of_slow * keep_slow - fast * of_fast * keep_fast
            if of_rest != 0.0 or of_early != 0.0:
                if abs(times[p] - was - pause) > 1e-9:
                    pause = times[p] - was
                    keep_rest = np.exp(-pause / rested_time)
                    keep_early = np.exp(-pause / early_time)
                of_rest *= keep_rest
                of_early *= keep_early
                if abs(of_rest) + abs(of_early) < 1e-4:
                    of_rest, of_early = 0.0, 0.0
                level *= np.exp(of_rest + of_early)
            level = max(level, _LOWEST)
            if level < 1.0:
                level = 1.0 - supernormality * (1.0 - level)
            excess = over / level - 1.0
            if -widest <= excess <= widest:
                excess -= jitter * quantiles[_hash(seed, k, p) & last_of]
            if excess >= 0.0 and base < refractory_ratio - 1e-9:
                of_slow = (of_slow + (1 - of_slow) * slow_fill) * keep_slow
                of_fast = (of_fast + (1 - of_fast) * fast_fill) * keep_fast
                of_rest, of_early = 0.0, 0.0
                if not abs(over / level - over_then) < 1e-4:
                    over_then = over / level
                    later = (1 - w) * np.interp(over_then, strengths, delay[i])
                    later += w * np.interp(over_then, strengths, delay[above])
                # a spike of a supernormal fibre is later still: it is a weaker pulse's
                last = times[p] + later / min(level, 1.0) ** 2
                if count == ratios.size:
                    found = np.concatenate((found, np.empty_like(found)))
                    ratios = np.concatenate((ratios, np.empty_like(ratios)))
                found[count, 0], found[count, 1] = p, k
                ratios[count] = over / level
                count += 1
            elif not forgets:
                if since < _EARLY:
                    of_early = max(of_early, early * min(over, 1.0))
                else:
                    of_rest -= rested * np.log(1 - min(over / level, _NEAREST))
                was = times[p]
    return found[:count, 0].copy(), found[:count, 1].copy(), ratios[:count].copy()
