"""Fibres: who they are before anything stimulates them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.classes import FIBRE_CLASSES, ROLES
from gatecontrol.fibres.conduction import diameter_from_velocity, draw_velocity
from gatecontrol.preparations import Preparation
from gatecontrol.seeds import stream

__all__ = ["AfferentLike", "FibreTable", "draw_fibres"]


@dataclass(frozen=True)
class FibreTable:
    """The afferent (and descending) fibres of one trial; row = fibre.

    Attributes
    ----------
    fibre_class : ndarray of str, shape (n,)
        One of `gatecontrol.fibres.classes.FIBRE_CLASSES`.
    role : ndarray of str, shape (n,)
        One of `gatecontrol.fibres.classes.ROLES`.
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


class AfferentLike(Protocol):
    """What `draw_fibres` needs to know of an input population of a circuit."""

    @property
    def name(self) -> str:
        """Key of the input population."""

    @property
    def fibre_class(self) -> str:
        """One of `FIBRE_CLASSES`."""

    @property
    def role(self) -> str:
        """One of `ROLES`."""

    @property
    def size(self) -> int:
        """Number of fibres."""


def draw_fibres(
    afferents: Iterable[AfferentLike], preparation: Preparation, seed: int
) -> FibreTable:
    """Draw the fibres of one trial.

    Velocities are what was measured in each species, so they are drawn (a normal law cut off
    at the measured range) and the diameter follows from the velocity by the monotone
    relation of the class (`gatecontrol.fibres.conduction`). Each input population has its own
    random stream: its fibres do not depend on the other populations, and a larger
    population keeps the fibres of a smaller one.

    Parameters
    ----------
    afferents : iterable of AfferentLike
        The input populations of a circuit, in its order.
    preparation : Preparation
        Species.
    seed : int
        Seed of the trial.

    Returns
    -------
    FibreTable

    Raises
    ------
    ValueError
        A class, role or size that does not exist.
    """
    columns: list[tuple[NDArray, ...]] = []
    for afferent in afferents:
        if afferent.fibre_class not in FIBRE_CLASSES or afferent.role not in ROLES:
            raise ValueError(
                f"{afferent.name}: no fibre class '{afferent.fibre_class}' with role "
                + f"'{afferent.role}'; classes: {', '.join(FIBRE_CLASSES)}; roles: "
                + ", ".join(ROLES)
            )
        if afferent.size < 0:
            raise ValueError(f"{afferent.name}: {afferent.size} fibres")
        share = stream(seed, "fibres", afferent.name).random(afferent.size)
        velocity = draw_velocity(share, afferent.fibre_class, preparation)
        columns.append((
            np.full(afferent.size, afferent.fibre_class),
            np.full(afferent.size, afferent.role),
            np.full(afferent.size, afferent.name),
            diameter_from_velocity(velocity, afferent.fibre_class, preparation),
            velocity,
            np.full(afferent.size, preparation.length(afferent.fibre_class)),
        ))
    if not columns:
        text, number = np.empty(0, dtype="U16"), np.empty(0)
        return FibreTable(text, text, text, number, number, number)
    return FibreTable(*(np.concatenate(column) for column in zip(*columns, strict=True)))
