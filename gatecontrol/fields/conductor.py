"""Volume conductors: the potential of point sources in closed form."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.electrodes import Contact

__all__ = ["HomogeneousConductor"]

_TOO_CLOSE = 1e-6  # [m]; nearer than a micrometre to a point source is inside the electrode


@dataclass(frozen=True)
class HomogeneousConductor:
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
            A point lies on a contact.

        Notes
        -----
        A source I at distance x along and rho across gives
        ``I / (4 pi sqrt(st^2 x^2 + sl st rho^2))`` with sl, st the longitudinal and
        transverse conductivity; with sl = st it is ``I / (4 pi s r)``.
        """
        points = np.asarray(points, float)
        if points.ndim == 0 or points.shape[-1] != 3:
            raise ValueError(f"points need a last axis (x, y, z), got the shape {points.shape}")
        return self.potential_along(points[..., 0], points[..., 1], points[..., 2], contacts)

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
        x, y, z = (np.asarray(a, float) for a in (x, y, z))
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape))
        across = self.transverse * self.longitudinal
        for contact in contacts:
            cx, cy, cz = contact.position
            weight = contact.share / (4 * np.pi)
            mirrors = [(cz, weight)]
            if self.half_space:
                # A source on the boundary is its own mirror.
                mirrors = [(cz, 2 * weight)] if cz == 0 else [(cz, weight), (-cz, weight)]
            along = self.transverse * (x - cx)
            along *= along
            for depth, strength in mirrors:
                square = along + across * ((y - cy) ** 2 + (z - depth) ** 2)
                if square.size and square.min() < across * _TOO_CLOSE**2:
                    raise GatecontrolError(
                        f"a fibre passes through the {contact.label or 'contact'}: it must stay "
                        + "at least 1 um away from the centre of every contact"
                    )
                np.sqrt(square, out=square)
                total += np.divide(strength, square, out=square)
        return total
