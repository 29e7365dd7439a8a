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
        transverse conductivity [plonsey2007]; with sl = st it is ``I / (4 pi s r)``.
        """
        points = np.asarray(points, float)
        total = np.zeros(points.shape[:-1])
        across = self.transverse * self.longitudinal
        for contact in contacts:
            cx, cy, cz = contact.position
            along = (self.transverse * (points[..., 0] - cx)) ** 2
            side = (points[..., 1] - cy) ** 2
            for z in (cz, -cz) if self.half_space else (cz,):
                square = along + across * (side + (points[..., 2] - z) ** 2)
                if square.size and square.min() < across * _TOO_CLOSE**2:
                    raise GatecontrolError(
                        f"a fibre passes through the {contact.label or 'contact'}: it must stay "
                        + "at least 1 um away from the centre of every contact"
                    )
                total += contact.share / (4 * np.pi * np.sqrt(square))
        return total
