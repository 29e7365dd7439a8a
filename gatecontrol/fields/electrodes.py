"""Electrodes as contacts, each with its share of the current: point sources and flat disks.

The x axis runs along the fibre (or cord, or nerve); z points from the electrode into the
tissue; y is sideways. Superposition is linear, so any electrode is a list of contacts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Contact", "bipole", "disk", "monopole", "ring"]


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
    """

    position: tuple[float, float, float]
    share: float
    area: float
    label: str = ""
    radius: float = 0.0

    def __post_init__(self) -> None:
        if not (self.area > 0 and math.isfinite(self.area)):
            raise ValueError(f"contact {self.label!r}: the area must be > 0, got {self.area} m^2")
        if not (self.radius >= 0 and math.isfinite(self.radius)):
            raise ValueError(f"contact {self.label!r}: the radius must not be negative")
        if not all(math.isfinite(v) for v in (*self.position, self.share)):
            raise ValueError(f"contact {self.label!r}: position and share must be finite")


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
