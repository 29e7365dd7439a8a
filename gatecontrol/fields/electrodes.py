"""Electrodes as contacts, each with its share of the current: point sources and flat disks.

The x axis runs along the fibre (or cord, or nerve); z points from the electrode into the
tissue; y is sideways. Superposition is linear, so any electrode is a list of contacts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from gatecontrol.errors import GatecontrolError

__all__ = [
    "Contact",
    "ElectrodeError",
    "bipole",
    "disk",
    "line",
    "monopole",
    "plate",
    "ring",
]


class ElectrodeError(GatecontrolError, ValueError):
    """An electrode that cannot exist, or cannot be where it was put."""


@dataclass(frozen=True)
class Contact:
    """One contact: a point source at its centre, or a flat disk.

    Attributes
    ----------
    position : tuple of float
        Centre (x, y, z) [m].
    share : float
        Current into the tissue per ampere of programme amplitude: -1 for the only cathode,
        +1 for the only anode, 0 if unused. A sum other than 0 returns through a remote
        electrode (the case of the generator).
    area : float
        Metal (or pad) area [m^2] that carries this share.
    label : str
        Name for figures and messages.
    radius : float
        0 for a point source; else that of a disk normal to z with uniform current density [m].
    body : float
        Radius of the lead around a point source [m], which no fibre may enter.
    """

    position: tuple[float, float, float]
    share: float
    area: float
    label: str = ""
    radius: float = 0.0
    body: float = 0.0

    def __post_init__(self) -> None:
        if not (self.area > 0 and math.isfinite(self.area)):
            raise ElectrodeError(
                f"contact {self.label!r}: the area must be > 0, got {self.area} m^2"
            )
        for radius in (self.radius, self.body):
            if not (radius >= 0 and math.isfinite(radius)):
                raise ElectrodeError(f"contact {self.label!r}: the radius must not be negative")
        if not all(math.isfinite(v) for v in (*self.position, self.share)):
            raise ElectrodeError(f"contact {self.label!r}: position and share must be finite")


def monopole(area: float, position: Sequence[float] = (0.0, 0.0, 0.0)) -> tuple[Contact, ...]:
    """Return one cathode; the current returns through the generator's case.

    Parameters
    ----------
    area : float
        [m^2].
    position : sequence of float, optional
        (x, y, z) [m].
    """
    x, y, z = position
    return (Contact((x, y, z), -1.0, area, "cathode"),)


def bipole(area: float, separation: float) -> tuple[Contact, ...]:
    """Return a cathode at the origin and an anode along x.

    Parameters
    ----------
    area : float
        Of each contact [m^2].
    separation : float
        Between the centres [m].
    """
    return (
        Contact((0.0, 0.0, 0.0), -1.0, area, "cathode"),
        Contact((separation, 0.0, 0.0), 1.0, area, "anode"),
    )


def ring(area: float, radius: float, depth: float, points: int = 12) -> tuple[Contact, ...]:
    """Return a cathodic ring around the x axis shifted to a depth: a cuff's contact.

    Parameters
    ----------
    area : float
        Of the whole ring [m^2].
    radius : float
        Of the ring [m].
    depth : float
        z of its centre [m].
    points : int, optional
        Number of point sources; their field equals a ring's at the nerve's axis.
    """
    angles = [2 * math.pi * k / points for k in range(points)]
    return tuple(
        Contact(
            (0.0, radius * math.sin(a), depth - radius * math.cos(a)),
            -1.0 / points,
            area / points,
            "cathode",
        )
        for a in angles
    )


def disk(area: float, share: float, position: Sequence[float], label: str) -> Contact:
    """Return a flat round pad of uniform current density, normal to z.

    Parameters
    ----------
    area : float
        Of the pad [m^2].
    share : float
        See `Contact`.
    position : sequence of float
        Centre (x, y, z) [m].
    label : str
        Name.
    """
    x, y, z = position
    return Contact((x, y, z), share, area, label, math.sqrt(area / math.pi))


@cache
def _gauss(count: int) -> tuple[tuple[float, float], ...]:
    """Return nodes on (-1, 1) and weights that sum to 1; numpy is slow to import."""
    from numpy.polynomial.legendre import leggauss

    return tuple((float(x), float(w) / 2) for x, w in zip(*leggauss(count), strict=True))


def line(
    area: float,
    share: float,
    centre: Sequence[float],
    length: float,
    *,
    axis: str = "x",
    points: int = 6,
    body: float = 0.0,
    label: str = "",
) -> tuple[Contact, ...]:
    """Return a long contact as a row of points of uniform current per length.

    Parameters
    ----------
    area : float
        Of the whole contact [m^2].
    share : float
        See `Contact`.
    centre : sequence of float
        (x, y, z) [m].
    length : float
        [m]; 0 makes it one point.
    axis : str, optional
        ``"x"``, ``"y"`` or ``"z"``.
    points : int, optional
        Of Gauss's rule: with 6 the potential errs by 1e-3 at a quarter of the length, 1e-5
        at half of it.
    body : float, optional
        See `Contact`.
    label : str, optional
        Name.
    """
    found = []
    for node, weight in _gauss(points if length else 1):
        place = list(centre)
        place["xyz".index(axis)] += node * length / 2
        found.append(Contact(tuple(place), weight * share, weight * area, label, body=body))
    return tuple(found)


def plate(
    area: float,
    share: float,
    centre: Sequence[float],
    size: Sequence[float],
    *,
    points: Sequence[int] = (5, 3),
    label: str = "",
) -> tuple[Contact, ...]:
    """Return a flat rectangular contact normal to z as a grid of points.

    Parameters
    ----------
    area : float
        [m^2].
    share : float
        See `Contact`.
    centre : sequence of float
        (x, y, z) [m].
    size : sequence of float
        Along x and along y [m].
    points : sequence of int, optional
        Of Gauss's rule in either direction.
    label : str, optional
        Name.
    """
    x, y, z = centre
    return tuple(
        Contact((x + u * size[0] / 2, y + v * size[1] / 2, z), p * q * share, p * q * area, label)
        for u, p in _gauss(points[0])
        for v, q in _gauss(points[1])
    )
