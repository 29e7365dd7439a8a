"""Fibres: who they are before anything stimulates them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIBRE_CLASSES", "ROLES", "FibreTable"]

FIBRE_CLASSES = ("aalpha", "abeta", "adelta", "c", "descending")
ROLES = ("centre", "surround", "remote")


@dataclass(frozen=True)
class FibreTable:
    """The afferent (and descending) fibres of one trial; row = fibre.

    Attributes
    ----------
    fibre_class : ndarray of str, shape (n,)
        One of `FIBRE_CLASSES`.
    role : ndarray of str, shape (n,)
        One of `ROLES`: the fibre's receptive field against that of the projection cells.
    afferent : ndarray of str, shape (n,)
        Name of the circuit's afferent population it belongs to (``"abeta_centre"``); the
        fibres of one afferent population are consecutive rows, in the circuit's order.
    diameter : ndarray of float, shape (n,)
        Outer diameter of the peripheral axon [m].
    velocity : ndarray of float, shape (n,)
        Conduction velocity [m/s].
    length : ndarray of float, shape (n,)
        Distance from receptor (or brainstem, for descending fibres) to the dorsal-horn
        terminal [m].
    """

    fibre_class: NDArray[np.str_]
    role: NDArray[np.str_]
    afferent: NDArray[np.str_]
    diameter: NDArray[np.float64]
    velocity: NDArray[np.float64]
    length: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.diameter)

    def where(self, *classes: str) -> NDArray[np.int64]:
        """Return the row numbers of the fibres of the given classes, shape (k,)."""
        return np.flatnonzero(np.isin(self.fibre_class, classes))
