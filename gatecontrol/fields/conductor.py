"""Volume conductors: the potential of point sources and disks, without any mesh."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.electrodes import Contact

__all__ = ["Conductor", "HomogeneousConductor"]

_DISK_NODES = 16  # potential on the axis to 2e-6 at a depth of 3 % of the radius
_TOO_CLOSE = 1e-6  # [m]; nearer than a micrometre to a point source is inside the electrode


class Conductor(ABC):
    """The tissue around an electrode; what devices and plug-ins type against.

    It is linear: the potential of a programme is the sum over its contacts, each with its
    share of the current (-1 for the only cathode), so that a waveform level of +1 is the
    programme's first phase in its own direction.
    """

    def potential(self, points: ArrayLike, contacts: Sequence[Contact]) -> NDArray[np.float64]:
        """Return the potential of all contacts together, per ampere of programme amplitude.

        Parameters
        ----------
        points : array_like of float, shape (..., 3)
            (x, y, z) [m].
        contacts : sequence of Contact
            The electrode; see `Contact.share`.

        Returns
        -------
        ndarray of float, shape (...)
            [V/A], against a remote reference.

        Raises
        ------
        GatecontrolError
            A point lies on a contact, or where the conductor knows no potential.
        """
        points = np.asarray(points, float)
        if points.ndim == 0 or points.shape[-1] != 3:
            raise ValueError(f"points need a last axis (x, y, z), got the shape {points.shape}")
        return self.potential_along(points[..., 0], points[..., 1], points[..., 2], contacts)

    @abstractmethod
    def potential_along(
        self, x: ArrayLike, y: ArrayLike, z: ArrayLike, contacts: Sequence[Contact]
    ) -> NDArray[np.float64]:
        """Return the potential for coordinates that are broadcast against each other.

        Cheaper than `potential` for many fibres along x, of which each has one y and z.

        Parameters
        ----------
        x, y, z : array_like of float
            Coordinates [m], for example of the shapes (n, nodes), (n, 1) and (n, 1).
        contacts : sequence of Contact
            The electrode.

        Returns
        -------
        ndarray of float
            [V/A], of the broadcast shape.
        """


@dataclass(frozen=True)
class HomogeneousConductor(Conductor):
    """A homogeneous medium with its axis of symmetry along x (the fibres).

    Attributes
    ----------
    longitudinal, transverse : float
        Conductivity along and across x [S/m]; equal means isotropic.
    half_space : bool
        Whether the medium ends at z = 0 against an insulator (air above the skin). The
        insulator is met exactly by mirror sources.
    """

    longitudinal: float
    transverse: float
    half_space: bool = False

    def __post_init__(self) -> None:
        for name in ("longitudinal", "transverse"):
            value = getattr(self, name)
            if not (value > 0 and isfinite(value)):
                raise ValueError(f"the {name} conductivity must be > 0, got {value} S/m")

    @classmethod
    def isotropic(cls, conductivity: float, *, half_space: bool = False) -> "HomogeneousConductor":
        """Return a medium with one conductivity [S/m]."""
        return cls(conductivity, conductivity, half_space)

    def potential_along(
        self, x: ArrayLike, y: ArrayLike, z: ArrayLike, contacts: Sequence[Contact]
    ) -> NDArray[np.float64]:
        """Return the potential [V/A]; see `Conductor.potential_along`.

        Notes
        -----
        A source I at distance x along and rho across gives
        ``I / (4 pi sqrt(st^2 x^2 + sl st rho^2))`` with sl, st the longitudinal and
        transverse conductivity; with sl = st it is ``I / (4 pi s r)``.
        """
        x, y, z = (np.asarray(a, float) for a in (x, y, z))
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape))
        for contact in contacts:
            cx, cy, cz = contact.position
            depths = {cz: 1.0}
            if self.half_space:
                # A source on the boundary is its own mirror.
                depths = {cz: 2.0} if cz == 0 else {cz: 1.0, -cz: 1.0}
            field = self._disk if contact.radius else self._point
            for depth, weight in depths.items():
                total += weight * contact.share * field(x - cx, y - cy, z - depth, contact)
        return total

    def _point(self, x: NDArray, y: NDArray, z: NDArray, contact: Contact) -> NDArray[np.float64]:
        across = self.transverse * self.longitudinal
        square = (self.transverse * x) ** 2 + across * (y * y + z * z)
        if square.size and square.min() < across * _TOO_CLOSE**2:
            raise GatecontrolError(
                f"a fibre passes through the {contact.label or 'contact'}: it must stay at least "
                + "1 um away from the centre of every contact"
            )
        return 1 / (4 * np.pi * np.sqrt(square))

    def _disk(self, x: NDArray, y: NDArray, z: NDArray, contact: Contact) -> NDArray[np.float64]:
        """Return the potential of a disk of uniform current density.

        Uniform density over a radius a is a mixture of disks of constant potential with the
        radii a sin(p), 0 < p < pi/2, weighted by (4/pi) sin(p)^2 (Abel's integral); each has
        the closed form ``arcsin(2 s / (A + B)) / (4 pi sigma s)`` in oblate coordinates.
        """
        if self.longitudinal != self.transverse:
            raise GatecontrolError("a disk contact needs an isotropic medium")
        if z.size and np.abs(z).min() < 0.02 * contact.radius:
            raise GatecontrolError(
                f"a fibre runs less than 2 % of its radius below the {contact.label or 'disk'}"
            )
        radial = np.hypot(x, y)
        below = z * z
        total = 0.0
        nodes, weights = _half_circle()
        for angle, weight in zip(nodes, weights, strict=True):
            s = contact.radius * np.sin(angle)
            ways = np.sqrt((radial - s) ** 2 + below) + np.sqrt((radial + s) ** 2 + below)
            total = total + weight * np.sin(angle) ** 2 / s * np.arcsin(2 * s / ways)
        return total / (np.pi**2 * self.transverse)


@cache
def _half_circle() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Gauss-Legendre nodes and weights on 0 to pi/2."""
    nodes, weights = np.polynomial.legendre.leggauss(_DISK_NODES)
    return np.pi / 4 * (nodes + 1), np.pi / 4 * weights
