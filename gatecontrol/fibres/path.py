"""The course of a fibre through the tissue: a chain of straight pieces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ALONG_X", "FibrePath"]


@dataclass(frozen=True)
class FibrePath:
    """The course that all fibres of a bundle share, each moved to its own site.

    Attributes
    ----------
    corners : tuple of (float, float, float)
        Corners (x, y, z) relative to the site [m], in the order of the fibre; at least two.
        The first and the last piece go on straight for ever.
    site : int
        Which corner is the site itself; it must be the origin.
    """

    corners: tuple[tuple[float, float, float], ...]
    site: int = 0

    def __post_init__(self) -> None:
        corners = np.array(self.corners, float)
        if corners.ndim != 2 or corners.shape[0] < 2 or corners.shape[1] != 3:
            raise ValueError("a path needs two corners (x, y, z) or more")
        if not np.isfinite(corners).all() or not self._lengths().all():
            raise ValueError("the corners of a path must be finite and apart from each other")
        if any(self.corners[self.site]):
            raise ValueError("the corner at the site of a path must be its origin")

    def _lengths(self) -> NDArray[np.float64]:
        return np.linalg.norm(np.diff(np.array(self.corners, float), axis=0), axis=1)

    def at(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where the fibre is.

        Parameters
        ----------
        along : ndarray of float, shape (n,)
            Distance from the site along the fibre [m], negative before it.

        Returns
        -------
        ndarray of float, shape (n, 3)
            Relative to the site [m].
        """
        corners = np.array(self.corners, float)
        lengths = self._lengths()
        ends = np.concatenate([[0.0], np.cumsum(lengths)])
        ends -= ends[self.site]
        piece = np.clip(np.searchsorted(ends, along, side="right") - 1, 0, lengths.size - 1)
        direction = np.diff(corners, axis=0) / lengths[:, None]
        return corners[piece] + (along - ends[piece])[:, None] * direction[piece]


ALONG_X = FibrePath(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
"""Straight along x, the axis of cord and nerve."""
