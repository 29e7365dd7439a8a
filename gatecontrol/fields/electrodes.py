"""Electrodes as contacts: point sources with a share of the current each.

The x axis runs along the fibre (or cord, or nerve); z points from the electrode into the
tissue; y is sideways. Superposition is linear, so any electrode is a list of contacts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Contact", "bipole", "disk", "monopole", "ring"]


@dataclass(frozen=True)
class Contact:
    """One contact, seen by the tissue as a point source at its centre.

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
    """

    position: tuple[float, float, float]
    share: float
    area: float
    label: str = ""

    def __post_init__(self) -> None:
        if not (self.area > 0 and math.isfinite(self.area)):
            raise ValueError(f"contact {self.label!r}: the area must be > 0, got {self.area} m^2")
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


def disk(
    area: float, share: float, position: Sequence[float], label: str, points: int = 61
) -> tuple[Contact, ...]:
    """Return a flat round pad of uniform current density as evenly spread point sources.

    Parameters
    ----------
    area : float
        Of the pad [m^2].
    share : float
        See `Contact`.
    position : sequence of float
        Centre (x, y, z) [m]; the pad is normal to z.
    label : str
        Name.
    points : int, optional
        Number of point sources (sunflower pattern: equal areas). Good at depths beyond half
        the distance between them, about a tenth of the radius for 61.
    """
    x, y, z = position
    radius = math.sqrt(area / math.pi)
    golden = math.pi * (3 - math.sqrt(5))
    spots = [(radius * math.sqrt((k + 0.5) / points), golden * k) for k in range(points)]
    return tuple(
        Contact((x + r * math.cos(a), y + r * math.sin(a), z), share / points, area / points, label)
        for r, a in spots
    )
