"""The collision of waves on one fibre, event by event.

A fibre is a line: the terminal at 0, the receptor at ``length``, the dorsal column below 0.
All waves on it have one speed. An inward wave (towards negative x) is at
``x = v (u - t)``, an outward wave at ``x = v (t - w)``; ``u`` and ``w`` never change, so
the order of the waves along the fibre changes only where an outward wave meets the inward
wave next to it, and there both end.

Imports numba: `gatecontrol.fibres.merge` imports this module when it first needs it.
"""

import numpy as np
from numba import njit

from gatecontrol.fibres.compiled import stored

__all__ = ["ANNIHILATED", "DELIVERED", "REFUSED", "collide"]

DELIVERED, ANNIHILATED, REFUSED = 0, 1, 2
"""Fates of a spike: reached the terminal, met an opposing wave, started in refractory tissue."""


@stored
def _passed(site, inward, phase, origin, end, v):
    """Return when a wave that ran from `origin` to `end` passed `site`, -inf if never."""
    if inward:
        return phase - site / v if end <= site <= origin else -np.inf
    return phase + site / v if origin <= site <= end else -np.inf


@stored
def _kernel(bounds, time, start, device, velocity, length, refractory, fate):
    """Decide the fate of every spike; arguments as in `collide`, grouped by fibre."""
    most = 0
    for f in range(len(bounds) - 1):
        most = max(most, bounds[f + 1] - bounds[f])
    inward = np.empty(2 * most, dtype=np.bool_)
    phase = np.empty(2 * most)
    event = np.empty(2 * most, dtype=np.int64)
    sites = np.empty(most + 1)
    last = np.empty((most + 1, 2))

    for f in range(len(bounds) - 1):
        first, stop = bounds[f], bounds[f + 1]
        v, dead = velocity[f], refractory[f]
        outer, inner = length[f], 0.0
        count = 0
        for k in range(first, stop):
            known = False
            for s in range(count):
                known = known or sites[s] == start[k]
            if not known:
                sites[count] = start[k]
                # Last excitation of the site by any wave, and by a device's wave.
                last[count, 0] = last[count, 1] = -np.inf
                count += 1
            outer, inner = max(outer, start[k]), min(inner, start[k])
            fate[k] = REFUSED

        alive = 0
        for k in range(first, stop + 1):
            now = time[k] if k < stop else np.inf
            # Resolve meetings up to `now`: neighbours that run at each other, from the
            # terminal outwards; a meeting makes new neighbours.
            kept = 0
            for i in range(alive):
                if inward[i] and kept > 0 and not inward[kept - 1]:
                    meeting = 0.5 * (phase[i] + phase[kept - 1])
                    if meeting <= now:
                        place = 0.5 * v * (phase[i] - phase[kept - 1])
                        for j in (kept - 1, i):
                            e = event[j]
                            for s in range(count):
                                at = _passed(sites[s], inward[j], phase[j], start[e], place, v)
                                last[s, 0] = max(last[s, 0], at)
                                if device[e]:
                                    last[s, 1] = max(last[s, 1], at)
                            # At the terminal itself the inward wave wins: it is there.
                            if start[e] > 0 and inward[j]:
                                fate[e] = DELIVERED if place <= 0 else ANNIHILATED
                            if start[e] <= 0 and not inward[j]:
                                fate[e] = DELIVERED if place > 0 else ANNIHILATED
                        kept -= 1
                        continue
                inward[kept], phase[kept], event[kept] = inward[i], phase[i], event[i]
                kept += 1
            # Waves that have run off either end.
            alive = 0
            for i in range(kept):
                end = inner if inward[i] else outer
                gone = phase[i] - end / v if inward[i] else phase[i] + end / v
                e = event[i]
                if gone <= now:
                    for s in range(count):
                        at = _passed(sites[s], inward[i], phase[i], start[e], end, v)
                        last[s, 0] = max(last[s, 0], at)
                        if device[e]:
                            last[s, 1] = max(last[s, 1], at)
                    if (start[e] > 0) == inward[i]:
                        fate[e] = DELIVERED
                    continue
                inward[alive], phase[alive], event[alive] = inward[i], phase[i], event[i]
                alive += 1
            if k == stop:
                break

            # Start spike k, unless its site is refractory. Natural spikes were already
            # kept apart from each other, so only a device's wave can stop them.
            here = 0
            while sites[here] != start[k]:
                here += 1
            excited = last[here, 0] if device[k] else last[here, 1]
            for i in range(alive):
                e = event[i]
                if device[k] or device[e]:
                    x = v * (phase[i] - now) if inward[i] else v * (now - phase[i])
                    at = _passed(start[k], inward[i], phase[i], start[e], x, v)
                    excited = max(excited, at)
            if now - excited < dead:
                continue
            fate[k] = ANNIHILATED
            last[here, 0] = max(last[here, 0], now)
            if device[k]:
                last[here, 1] = max(last[here, 1], now)
            two = device[k] and start[k] < outer
            spot = 0
            while spot < alive:
                x = v * (phase[spot] - now) if inward[spot] else v * (now - phase[spot])
                if x > start[k] or (x == start[k] and not inward[spot]):
                    break
                spot += 1
            shift = 2 if two else 1
            for i in range(alive - 1, spot - 1, -1):
                inward[i + shift], phase[i + shift] = inward[i], phase[i]
                event[i + shift] = event[i]
            inward[spot], phase[spot], event[spot] = True, now + start[k] / v, k
            if two:
                inward[spot + 1], phase[spot + 1] = False, now - start[k] / v
                event[spot + 1] = k
            alive += shift


def collide(fibre, time, start, device, velocity, length, refractory):
    """Let natural and device waves meet.

    Parameters
    ----------
    fibre : ndarray of int64, shape (m,)
        Fibre of each spike; spikes of one fibre stand together.
    time : ndarray of float64, shape (m,)
        Initiation times [s], ascending within a fibre.
    start : ndarray of float64, shape (m,)
        Where each spike begins: signed distance from the terminal [m].
    device : ndarray of bool, shape (m,)
        Whether the spike starts a wave in both directions (a device's, or ectopic); the
        others, from the receptor, only run inwards.
    velocity, length, refractory : ndarray of float64, shape (n,)
        By fibre number: velocity [m/s], distance of the receptor [m], absolute refractory
        period [s].

    Returns
    -------
    ndarray of int8, shape (m,)
        `DELIVERED`, `ANNIHILATED` or `REFUSED`, per spike.
    """
    fate = np.empty(len(time), dtype=np.int8)
    edges = np.flatnonzero(np.diff(fibre)) + 1
    bounds = np.concatenate([[0], edges, [len(fibre)]]).astype(np.int64)
    rows = fibre[bounds[:-1]]
    arguments = (
        bounds,
        np.ascontiguousarray(time, dtype=np.float64),
        np.ascontiguousarray(start, dtype=np.float64),
        np.ascontiguousarray(device, dtype=np.bool_),
        np.ascontiguousarray(velocity[rows], dtype=np.float64),
        np.ascontiguousarray(length[rows], dtype=np.float64),
        np.ascontiguousarray(refractory[rows], dtype=np.float64),
        fate,
    )
    try:
        _kernel(*arguments)
    except OSError:
        # The compiled code could not be stored (disk full, folder gone): go on without.
        njit(_kernel.py_func)(*arguments)
    return fate
