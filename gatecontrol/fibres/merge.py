"""The one merge of natural and evoked spikes: collision and refractoriness.

A spike that a device evokes on a nerve runs both ways. Its inward wave reaches the dorsal
horn; its outward wave meets natural spikes head-on, one to one, and both end there. From
the dorsal column the wave first invades the collaterals (a spike at the horn) and then goes
on towards the receptor. Nothing starts in tissue that fired less than an absolute refractory
period ago.

Left out: relative refractoriness, supernormality, activity-dependent slowing, and branch
points that fail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.classes import REFRACTORY
from gatecontrol.fibres.drive import ECTOPIC, AfferentDrive
from gatecontrol.fibres.population import FibreTable

__all__ = ["combine", "drop_refractory", "merge"]


def drop_refractory(
    fibre: NDArray[np.integer], time: NDArray[np.floating], refractory: NDArray[np.floating]
) -> NDArray[np.bool_]:
    """Return which spikes a fibre can make: none within its refractory period of the last.

    Parameters
    ----------
    fibre : ndarray of int, shape (m,)
        Fibre of each spike; spikes of one fibre stand together.
    time : ndarray of float, shape (m,)
        Times [s], ascending within a fibre.
    refractory : ndarray of float, shape (m,)
        Absolute refractory period of each spike's fibre [s].

    Returns
    -------
    ndarray of bool, shape (m,)
        True for spikes that stay. A dropped spike starts no refractory period.
    """
    stay = np.ones(len(time), dtype=bool)
    index = np.arange(len(time))
    while True:
        close = np.zeros(len(index), dtype=bool)
        close[1:] = (np.diff(fibre[index]) == 0) & (np.diff(time[index]) < refractory[index][1:])
        if not close.any():
            return stay
        # Only the first of a row of close spikes is known to follow one that stays.
        first = close.copy()
        first[1:] &= ~close[:-1]
        stay[index[first]] = False
        index = index[~first]


def _periods(fibres: FibreTable, refractory: Mapping[str, float]) -> NDArray[np.float64]:
    return np.array([refractory[c] for c in fibres.fibre_class], dtype=float)


def _joined(drives: Sequence[AfferentDrive]) -> tuple[NDArray, ...]:
    """Return fibre, time, origin and start of all spikes of several drives."""
    return tuple(
        np.concatenate([getattr(d, name) for d in drives])
        for name in ("fibre", "time", "origin", "start")
    )


def _fates(
    fibres: FibreTable,
    spikes: tuple[NDArray, ...],
    both_ways: NDArray[np.bool_],
    refractory: NDArray[np.float64],
) -> NDArray[np.int8]:
    """Return the fate of each spike, in the order given; see `collision.collide`.

    Only fibres that carry a wave both ways are looked at; elsewhere all spikes arrive.
    """
    from gatecontrol.fibres.collision import collide

    fibre, time, _, start = spikes
    begun = time - np.abs(start) / fibres.velocity[fibre]
    touched = np.zeros(len(fibres), dtype=bool)
    touched[fibre[both_ways]] = True
    chosen = np.flatnonzero(touched[fibre])
    order = chosen[np.lexsort((both_ways[chosen], begun[chosen], fibre[chosen]))]
    fate = np.zeros(len(time), dtype=np.int8)
    fate[order] = collide(
        fibre[order],
        begun[order],
        start[order],
        both_ways[order],
        fibres.velocity,
        fibres.length,
        refractory,
    )
    return fate


def _drive(
    base: AfferentDrive, spikes: tuple[NDArray, ...], stay: NDArray[np.bool_]
) -> AfferentDrive:
    """Return a drive with the spikes that stay, in order of time, then fibre."""
    fibre, time, origin, start = (column[stay] for column in spikes)
    order = np.lexsort((fibre, time))
    return replace(
        base, fibre=fibre[order], time=time[order], origin=origin[order], start=start[order]
    )


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" + (f" ({100 * part / whole:.1f} %)" if whole else "")


def combine(drives: Sequence[AfferentDrive], fibres: FibreTable) -> AfferentDrive:
    """Put the spikes of several stimuli together.

    Ectopic spikes begin along the nerve and run both ways, so they annihilate natural spikes
    on their way in; where trains of several stimuli meet on one fibre, a spike within the
    absolute refractory period of the one before is dropped.

    Parameters
    ----------
    drives : sequence of AfferentDrive
        One per stimulus, all on the same fibres.
    fibres : FibreTable
        The fibres of the trial.

    Returns
    -------
    AfferentDrive
        Ordered by time, then fibre.

    Raises
    ------
    ValueError
        A drive was made for other fibres.
    """
    for drive in drives:
        if drive.fibres is not fibres and len(drive.fibres) != len(fibres):
            raise ValueError(f"a drive on {len(drive.fibres)} fibres, not {len(fibres)}")
    empty = AfferentDrive(
        fibres,
        np.empty(0, dtype=np.int32),
        np.empty(0),
        np.empty(0, dtype=np.int8),
        np.empty(0),
    )
    spikes = _joined([empty, *drives])
    periods = _periods(fibres, REFRACTORY)
    stay = np.ones(len(spikes[0]), dtype=bool)
    notes = {k: v for d in drives for k, v in d.provenance.items()}
    ectopic = spikes[2] == ECTOPIC
    if ectopic.any() and not ectopic.all():
        stay = _fates(fibres, spikes, ectopic, periods) == 0
        lost = int(np.count_nonzero(~stay & ~ectopic))
        natural = int(np.count_nonzero(~ectopic))
        notes["ectopic"] = f"natural spikes lost by collision with ectopic: {_share(lost, natural)}"
    order = np.flatnonzero(stay)
    order = order[np.lexsort((spikes[1][order], spikes[0][order]))]
    fibre = spikes[0][order]
    stay[order] = drop_refractory(fibre, spikes[1][order], periods[fibre])
    merged = _drive(empty, spikes, stay)
    return replace(
        merged,
        warnings=tuple(dict.fromkeys(w for d in drives for w in d.warnings)),
        provenance=notes,
    )


def merge(
    natural: AfferentDrive,
    device: AfferentDrive | None,
    refractory: Mapping[str, float] = REFRACTORY,
) -> AfferentDrive:
    """Merge natural and device spikes on each fibre.

    Every natural spike either arrives, with its time untouched, or is lost to an outward
    device wave (one to one) or to a receptor that such a wave left refractory. A device
    spike is not started at a site that fired less than a refractory period ago; one from
    the dorsal column is lost if a natural spike meets it before the terminal. Natural
    spikes do not act on each other here: `combine` has seen to that, for every arm alike.

    Parameters
    ----------
    natural : AfferentDrive
        From `combine`.
    device : AfferentDrive or None
        Spikes of the device alone, as they would arrive without natural traffic.
    refractory : mapping of str to float, optional
        Absolute refractory period by fibre class [s].

    Returns
    -------
    AfferentDrive
        The natural drive itself if there is no device; if the device evokes no spike, its
        arrays unchanged with the device's report. ``provenance["collision"]`` and
        ``provenance["refractory"]`` count what was lost.

    Raises
    ------
    ValueError
        The two drives are on different fibres.
    """
    if device is None:
        return natural
    fibres = natural.fibres
    if len(device.fibres) != len(fibres):
        raise ValueError(f"a device drive on {len(device.fibres)} fibres, not {len(fibres)}")
    told = replace(
        natural,
        recruitment=device.recruitment,
        report=device.report,
        pulses=device.pulses,
        warnings=tuple(dict.fromkeys((*natural.warnings, *device.warnings))),
        provenance={**natural.provenance, **device.provenance},
    )
    if len(device.time) == 0:
        return told
    from gatecontrol.fibres.collision import ANNIHILATED, DELIVERED, REFUSED

    spikes = _joined([natural, device])
    evoked = np.zeros(len(spikes[0]), dtype=bool)
    evoked[len(natural.time) :] = True
    fate = _fates(fibres, spikes, evoked, _periods(fibres, refractory))

    def count(what: int, whose: NDArray[np.bool_]) -> str:
        return _share(int(np.count_nonzero((fate == what) & whose)), int(whose.sum()))

    merged = _drive(told, spikes, fate == DELIVERED)
    notes = {
        "collision": f"annihilated: natural {count(ANNIHILATED, ~evoked)}, "
        + f"device {count(ANNIHILATED, evoked)}",
        "refractory": f"not started: natural {count(REFUSED, ~evoked)}, "
        + f"device {count(REFUSED, evoked)}",
    }
    return replace(merged, provenance={**told.provenance, **notes})
