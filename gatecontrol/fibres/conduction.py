"""Conduction: velocity against diameter, and the way from there to a latency.

One monotone relation per class of fibre, scaled to the preparation so that the fibre of
mean diameter has the mean measured velocity:

- myelinated classes: the shape of the double-cable (MRG) fibre, in which velocity over
  diameter rises with diameter;
- C fibres: the square root of the diameter, which all published cable models of C fibres
  share although their velocities differ 3.5-fold.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.preparations import FibrePopulation, Preparation

if TYPE_CHECKING:
    from statistics import NormalDist

__all__ = [
    "MYELINATED_DIAMETER",
    "MYELINATED_VELOCITY",
    "diameter_from_velocity",
    "draw_velocity",
    "myelinated_velocity",
    "share_slower",
    "velocity_from_diameter",
]

MYELINATED_DIAMETER = np.array([2, 3, 4, 5.7, 7.3, 8.7, 10, 11.5, 12.8, 14, 16]) * 1e-6
"""Outer diameters of the table [m]."""

MYELINATED_VELOCITY = np.array([
    8.312,
    11.993,
    16.323,
    24.147,
    33.777,
    42.428,
    49.880,
    58.711,
    66.982,
    74.663,
    84.295,
])
"""Velocities of the double-cable fibre at these diameters [m/s], computed at 37 degC."""

_SLOPES = np.array([MYELINATED_VELOCITY[0] / MYELINATED_DIAMETER[0], 5.0e6])
"""Below the table velocity is proportional to diameter; above it rises by 5 m/s per um."""


def myelinated_velocity(diameter: ArrayLike) -> NDArray[np.float64]:
    """Return the conduction velocity of the double-cable (MRG) fibre [m/s].

    Parameters
    ----------
    diameter : array_like of float
        Outer diameter [m]; linear between the computed diameters (2-16 um), proportional
        below and rising by 5 m/s per um above.
    """
    d = np.asarray(diameter, dtype=float)
    inside = np.interp(d, MYELINATED_DIAMETER, MYELINATED_VELOCITY)
    over = np.maximum(d - MYELINATED_DIAMETER[-1], 0.0) * _SLOPES[1]
    return np.where(d < MYELINATED_DIAMETER[0], d * _SLOPES[0], inside + over)


def _myelinated_diameter(velocity: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.interp(velocity, MYELINATED_VELOCITY, MYELINATED_DIAMETER)
    over = np.maximum(velocity - MYELINATED_VELOCITY[-1], 0.0) / _SLOPES[1]
    return np.where(velocity < MYELINATED_VELOCITY[0], velocity / _SLOPES[0], inside + over)


def velocity_from_diameter(
    diameter: ArrayLike, fibre_class: str, preparation: Preparation
) -> NDArray[np.float64]:
    """Return conduction velocities [m/s] of fibres of one class in a preparation.

    Parameters
    ----------
    diameter : array_like of float
        Outer diameter of the peripheral axon [m].
    fibre_class : str
        Key of ``preparation.fibres``.
    preparation : Preparation
        Gives the mean velocity and the diameter that goes with it.
    """
    mean = preparation.fibres[fibre_class]
    d = np.asarray(diameter, dtype=float)
    if fibre_class == "c":
        return mean.velocity.value * np.sqrt(d / mean.diameter.value)
    scale = mean.velocity.value / myelinated_velocity(mean.diameter.value)
    return myelinated_velocity(d) * scale


def diameter_from_velocity(
    velocity: ArrayLike, fibre_class: str, preparation: Preparation
) -> NDArray[np.float64]:
    """Return outer diameters [m]: the inverse of `velocity_from_diameter`.

    Parameters
    ----------
    velocity : array_like of float
        Conduction velocity [m/s].
    fibre_class : str
        Key of ``preparation.fibres``.
    preparation : Preparation
        See `velocity_from_diameter`.
    """
    mean = preparation.fibres[fibre_class]
    v = np.asarray(velocity, dtype=float)
    if fibre_class == "c":
        return mean.diameter.value * (v / mean.velocity.value) ** 2
    scale = mean.velocity.value / myelinated_velocity(mean.diameter.value)
    return _myelinated_diameter(v / scale)


def draw_velocity(
    share: ArrayLike, fibre_class: str, preparation: Preparation
) -> NDArray[np.float64]:
    """Return velocities [m/s]: quantiles of a normal law cut off at the measured range.

    Parameters
    ----------
    share : array_like of float
        Uniform draws between 0 and 1, one per fibre; 0 is the slowest fibre.
    fibre_class : str
        Key of ``preparation.fibres``.
    preparation : Preparation
        Gives mean, spread and range of the class.
    """
    u = np.asarray(share, dtype=float)
    fibres = preparation.fibres[fibre_class]
    law = _velocity_law(fibres)
    if law is None:
        return np.full(u.shape, fibres.velocity.value)
    low, high = law.cdf(fibres.slowest.value), law.cdf(fibres.fastest.value)
    v = np.array([law.inv_cdf(min(max(p, 1e-12), 1 - 1e-12)) for p in low + u * (high - low)])
    return np.clip(v, fibres.slowest.value, fibres.fastest.value).reshape(u.shape)


def share_slower(
    velocity: ArrayLike, fibre_class: str, preparation: Preparation
) -> NDArray[np.float64]:
    """Return the share (0-1) of a class's fibres that are slower: inverse of `draw_velocity`.

    Parameters
    ----------
    velocity : array_like of float, shape (n,)
        Conduction velocities [m/s].
    fibre_class : str
        Key of ``preparation.fibres``.
    preparation : Preparation
        See `draw_velocity`.

    Returns
    -------
    ndarray of float, shape (n,)
        0.5 in a class without spread.
    """
    v = np.asarray(velocity, dtype=float)
    fibres = preparation.fibres[fibre_class]
    law = _velocity_law(fibres)
    if law is None:
        return np.full(v.shape, 0.5)
    low, high = law.cdf(fibres.slowest.value), law.cdf(fibres.fastest.value)
    return np.clip([(law.cdf(one) - low) / (high - low) for one in v.tolist()], 0.0, 1.0)


def _velocity_law(fibres: FibrePopulation) -> "NormalDist | None":
    """Return the normal law of a class's velocities before it is cut off, if they spread."""
    from statistics import NormalDist

    mean, spread = fibres.velocity.value, fibres.velocity.spread
    return NormalDist(mean, spread * mean) if spread else None
