"""Where fibres pass an electrode."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.fibres.population import FibreTable

if TYPE_CHECKING:
    from gatecontrol.preparations import Preparation

__all__ = ["Sites", "body_scale", "in_ellipse", "in_reach"]


@dataclass(frozen=True)
class Sites:
    """Where fibres pass the electrode; row = fibre in reach.

    Attributes
    ----------
    row : ndarray of int, shape (k,)
        Row in the fibre table.
    diameter : ndarray of float, shape (k,)
        Outer diameter at the electrode [m].
    position : ndarray of float, shape (k, 3)
        The site (0, y, z) of the fibre in the frame of the contacts [m].
    start : ndarray of float, shape (k,)
        Signed distance from the dorsal-horn terminal [m]: positive towards the periphery,
        negative in the dorsal column.
    node_offset : ndarray of float, shape (k,)
        Distance of a node from that point, in internodes.
    course : ndarray of str, shape (k,)
        Name of the course that the fibre takes from there: a key of the device's `courses`.
    """

    row: NDArray[np.int64]
    diameter: NDArray[np.float64]
    position: NDArray[np.float64]
    start: NDArray[np.float64]
    node_offset: NDArray[np.float64]
    course: NDArray[np.str_]

    def __post_init__(self) -> None:
        if self.position[:, 0].any():
            raise ValueError("sites have x = 0: a fibre is moved along itself by its node_offset")

    @property
    def place(self) -> tuple[NDArray[np.float64], ...]:
        """Diameter, y, z [m] and node offset: what a fibre's threshold depends on."""
        return self.diameter, self.position[:, 1], self.position[:, 2], self.node_offset

    @classmethod
    def at(
        cls,
        fibres: FibreTable,
        row: NDArray[np.int64],
        rng: np.random.Generator,
        *,
        z: ArrayLike,
        start: ArrayLike,
        y: ArrayLike = 0.0,
        diameter: ArrayLike | None = None,
        course: str = "along",
    ) -> "Sites":
        """Build sites; the place of the nodes is drawn.

        Parameters
        ----------
        fibres : FibreTable
            The fibres.
        row : ndarray of int, shape (k,)
            Those in reach.
        rng : numpy.random.Generator
            For the place of the nodes, uniform within an internode.
        z, y : array_like of float, scalar or shape (k,)
            Depth below and distance beside the electrode's axis [m].
        start : array_like of float, scalar or shape (k,)
            See `Sites`.
        diameter : array_like of float, optional
            At the electrode [m]; that of the fibre table if None.
        course : str, optional
            The course that they take; straight along x if not given.
        """
        k = len(row)
        given = fibres.diameter[row] if diameter is None else diameter
        position = np.zeros((k, 3))
        position[:, 1], position[:, 2] = y, z
        return cls(
            np.asarray(row, dtype=np.int64),
            np.array(np.broadcast_to(np.asarray(given, float), k)),
            position,
            np.array(np.broadcast_to(np.asarray(start, float), k)),
            rng.random(k),
            np.full(k, course, "U16"),
        )

    def take(self, which: NDArray[np.bool_]) -> "Sites":
        """Return the sites that a mask selects."""
        return Sites(
            self.row[which],
            self.diameter[which],
            self.position[which],
            self.start[which],
            self.node_offset[which],
            self.course[which],
        )

    @classmethod
    def join(cls, *parts: "Sites") -> "Sites":
        """Return the sites of several groups of fibres as one, ordered by row."""
        names = ("row", "diameter", "position", "start", "node_offset", "course")
        columns = [np.concatenate([getattr(p, n) for p in parts]) for n in names]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(c[order] for c in columns))


def body_scale(preparation: "Preparation") -> float:
    """Return the size of a body against a person, by the diameter of the cord (8 mm).

    Electrodes and distances that are known for people are multiplied by it in animals
    (assumed).
    """
    return min(1.0, preparation.cord_diameter.value / 8e-3)


def in_reach(
    fibres: FibreTable,
    classes: Sequence[str],
    surround: float,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the rows of the fibres that run where a device of the periphery can reach them.

    Parameters
    ----------
    fibres : FibreTable
        The fibres.
    classes : sequence of str
        Fibre classes that run there.
    surround : float
        Share of the fibres with role ``"surround"`` that run there too; drawn per fibre.
    rng : numpy.random.Generator
        For that draw.

    Returns
    -------
    ndarray of int, shape (k,)
        All of the role ``"centre"`` and the drawn ones; none of another segment or side.
    """
    rows = fibres.where(*classes)
    role = fibres.role[rows]
    drawn = rng.random(rows.size) < surround
    return rows[(role == "centre") | ((role == "surround") & drawn)]


def in_ellipse(
    count: int, half_width: float, half_height: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points (y, z) spread evenly over an ellipse around the origin [m].

    Parameters
    ----------
    count : int
        How many.
    half_width, half_height : float
        Half axes in y and z [m].
    rng : numpy.random.Generator
        For the draw.
    """
    radius, angle = np.sqrt(rng.random(count)), 2 * np.pi * rng.random(count)
    return half_width * radius * np.cos(angle), half_height * radius * np.sin(angle)
