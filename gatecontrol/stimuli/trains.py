"""Spike trains of single fibres: inhomogeneous Poisson with absolute refractoriness."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.classes import REFRACTORY
from gatecontrol.fibres.drive import NATURAL, AfferentDrive
from gatecontrol.fibres.merge import drop_refractory
from gatecontrol.fibres.population import FibreTable
from gatecontrol.seeds import stream

__all__ = ["STEP", "assemble", "poisson_trains", "rate_gain", "responders", "select"]

STEP = 5e-3
"""Step of the grid on which rates are given [s]; rates are linear in between."""

_MOST_STEPS = 20_000
"""Longer stimuli get a coarser grid, so that memory stays bounded."""

_BLOCK = 64
"""Unit-rate intervals that each fibre draws at a time. Fixed: another number is another draw."""

_HARD_CEILING = 0.9
"""Highest share of its refractory-limited rate at which a fibre fires."""


def select(fibres: FibreTable, fibre_class: str, *roles: str) -> NDArray[np.int64]:
    """Return the rows of one class in the given receptive fields.

    Parameters
    ----------
    fibres : FibreTable
        The fibres.
    fibre_class : str
        One of `gatecontrol.fibres.classes.FIBRE_CLASSES`.
    *roles : str
        Of `gatecontrol.fibres.classes.ROLES`; all if none is named.
    """
    chosen = fibres.fibre_class == fibre_class
    if roles:
        chosen &= np.isin(fibres.role, roles)
    return np.flatnonzero(chosen)


def rate_gain(
    rows: NDArray[np.integer], spread: float, seed: int, *names: object
) -> NDArray[np.float64]:
    """Draw how much stronger or weaker than the mean each fibre responds.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Fibres.
    spread : float
        Standard deviation of the gain; its mean is 1 (gamma distributed, so never negative).
    seed : int
        Seed of the trial.
    *names : object
        Name of the random stream.

    Returns
    -------
    ndarray of float, shape (n,)
    """
    if spread <= 0:
        return np.ones(len(rows))
    shape = spread**-2
    return stream(seed, *names, "gain").gamma(shape, 1 / shape, len(rows))


def responders(
    rows: NDArray[np.integer], share: float, seed: int, *names: object
) -> NDArray[np.int64]:
    """Choose the fibres that respond at all.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Candidates.
    share : float
        Probability of each to respond (0-1); a larger share keeps those of a smaller one.
    seed : int
        Seed of the trial.
    *names : object
        Name of the random stream.

    Returns
    -------
    ndarray of int, shape (k,)
    """
    draw = stream(seed, *names, "responders").random(len(rows))
    return np.asarray(rows, dtype=np.int64)[draw < share]


def poisson_trains(
    rows: NDArray[np.integer],
    gain: NDArray[np.floating],
    rate: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    duration: float,
    fibres: FibreTable,
    seed: int,
    *names: object,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw the trains of a group of fibres that share a time course.

    The intervals are drawn at unit rate, fibre by fibre in fixed blocks, and then mapped
    through each fibre's cumulated rate: the same seed gives a monotone change of the same
    train when a rate changes. The hazard outside the refractory period is raised to
    ``r / (1 - r R)``, so that the mean rate is the declared one.

    Parameters
    ----------
    rows : ndarray of int, shape (n,)
        Fibres.
    gain : ndarray of float, shape (n,)
        Factor on the rate, per fibre.
    rate : callable
        Rate [1/s] of the mean fibre at times since the stimulus began [s]; takes shape (k,),
        gives shape (k,) or, per fibre, (n, k).
    duration : float
        Time drawn [s], from 0.
    fibres : FibreTable
        Gives the class of each row, hence its refractory period.
    seed : int
        Seed of the trial.
    *names : object
        Name of the random stream.

    Returns
    -------
    rows : ndarray of int, shape (m,)
        Fibre of each spike, grouped by fibre.
    times : ndarray of float, shape (m,)
        Times since the stimulus began [s], ascending within a fibre.
    """
    rows = np.asarray(rows, dtype=np.int64)
    if len(rows) == 0 or duration <= 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    steps = min(max(2, int(np.ceil(duration / STEP)) + 1), _MOST_STEPS)
    grid = np.linspace(0.0, duration, steps)
    refractory = np.array([REFRACTORY[c] for c in fibres.fibre_class[rows]])
    wanted = np.maximum(np.atleast_2d(rate(grid)) * np.asarray(gain)[:, None], 0.0)
    load = np.minimum(wanted * refractory[:, None], _HARD_CEILING)
    hazard = load / refractory[:, None] / (1.0 - load)
    mass = np.zeros_like(hazard)
    np.cumsum(0.5 * (hazard[:, 1:] + hazard[:, :-1]) * (grid[1] - grid[0]), axis=1, out=mass[:, 1:])

    generator = stream(seed, *names)
    total = mass[:, -1]
    units = np.cumsum(generator.standard_exponential((len(rows), _BLOCK)), axis=1)
    while (units[:, -1] < total).any():
        more = np.cumsum(generator.standard_exponential((len(rows), _BLOCK)), axis=1)
        units = np.concatenate([units, units[:, -1:] + more], axis=1)
    used = units < total[:, None]
    counts = used.sum(axis=1)
    times = np.concatenate([
        np.interp(u[:n], m, grid) for u, m, n in zip(units, mass, counts, strict=True)
    ])
    which = np.repeat(np.arange(len(rows)), counts)
    stay = drop_refractory(which, times, refractory[which])
    return rows[which[stay]], times[stay]


def assemble(
    fibres: FibreTable,
    trains: Iterable[tuple[NDArray[np.integer], NDArray[np.floating], float]],
    origin: int = NATURAL,
    provenance: Mapping[str, str] | None = None,
    *,
    arrived: bool = False,
) -> AfferentDrive:
    """Conduct spikes from where they began to the terminals and put them in order.

    Parameters
    ----------
    fibres : FibreTable
        The fibres.
    trains : iterable of (fibre, time, start)
        Rows, initiation times [s] and the signed distance of the start from the terminal
        [m]; NaN for a spike that begins at the receptor (brainstem) of its fibre.
    origin : int, optional
        `gatecontrol.fibres.drive.NATURAL` or ``ECTOPIC``.
    provenance : mapping of str to str, optional
        Assumptions, for the record.
    arrived : bool, optional
        Whether the times are those at the terminal already.

    Returns
    -------
    AfferentDrive
        Times at the terminal, ascending.
    """
    rows, times, starts = [], [], []
    for row, time, start in trains:
        where = fibres.length[row] if np.isnan(start) else np.full(len(row), float(start))
        rows.append(row)
        times.append(time if arrived else time + np.abs(where) / fibres.velocity[row])
        starts.append(where)
    if not rows:
        rows, times, starts = [np.empty(0, int)], [np.empty(0)], [np.empty(0)]
    fibre, time = np.concatenate(rows), np.concatenate(times)
    order = np.lexsort((fibre, time))
    return AfferentDrive(
        fibres=fibres,
        fibre=fibre[order].astype(np.int32),
        time=time[order].astype(np.float64),
        origin=np.full(len(order), origin, dtype=np.int8),
        start=np.concatenate(starts)[order].astype(np.float64),
        provenance=dict(provenance or {}),
    )
