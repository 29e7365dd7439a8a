"""Fibres on one course in one field, and the grid on which some of them are solved."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.fibres.axon import Axon, fibre_model
from gatecontrol.fibres.path import ALONG_X, FibrePath
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.fields.conductor import Conductor
from gatecontrol.fields.electrodes import Contact

__all__ = ["Bundle", "Grid", "downwards", "nearest_of", "reach_of", "sideways"]


@dataclass(frozen=True)
class Bundle:
    """Fibres of one model on one course in one field.

    Attributes
    ----------
    model : str
        See `gatecontrol.fibres.axon.fibre_model`.
    conductor : Conductor
        The medium.
    electrodes : tuple of tuple of Contact
        The contacts of each channel, shares per ampere.
    pulse : Waveform
        One pulse, on as many channels.
    path : FibrePath
        The course.
    ceiling : float
        Highest amplitude looked at [A].
    """

    model: str
    conductor: Conductor
    electrodes: tuple[tuple[Contact, ...], ...]
    pulse: Waveform
    ceiling: float
    path: FibrePath = ALONG_X

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Contacts of all channels that carry current."""
        return tuple(c for electrode in self.electrodes for c in electrode if c.share)

    def potential(self, axon: Axon, y: float, z: float, offset: float) -> NDArray[np.float64]:
        """Return the potential along a fibre [V/A], shape (channels, compartments).

        Parameters
        ----------
        axon : Axon
            The fibre.
        y, z : float
            Its site [m].
        offset : float
            Of a node from the site, in internodes.
        """
        places = self.path.at(axon.positions + offset * axon.internode) + [0.0, y, z]
        return np.stack([self.conductor.potential(places, e) for e in self.electrodes])

    @property
    def mirrored(self) -> bool:
        """Whether fibres at y and -y have the same threshold."""
        here, there = (
            {
                tuple(np.round((c.position[0], s * c.position[1], c.position[2]), 9))
                for c in self.contacts
            }
            for s in (1, -1)
        )
        return here == there and not any(corner[1] for corner in self.path.corners)


@dataclass(frozen=True)
class Grid:
    """Where fibres are solved: every combination of the four axes.

    Attributes
    ----------
    diameter : tuple of float
        Outer diameters [m], ascending.
    y, z : tuple of float
        Places of the site [m], ascending.
    offset : tuple of float
        Places of a node, in internodes from the site: 0 up to, not including, 1.
    mirrored : bool
        Whether y stands for -y too.
    scale : float
        Distance from the electrode over which its field changes [m].
    """

    diameter: tuple[float, ...]
    y: tuple[float, ...]
    z: tuple[float, ...]
    offset: tuple[float, ...] = (0.0,)
    mirrored: bool = False
    scale: float = 1e-3

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Number of knots of each axis."""
        return len(self.diameter), len(self.y), len(self.z), len(self.offset)

    @classmethod
    def over(
        cls, bundle: Bundle, diameter: NDArray[np.float64], y: NDArray[np.float64],
        z: NDArray[np.float64],
    ) -> "Grid":  # fmt: skip
        """Return the grid that a population needs.

        Parameters
        ----------
        bundle : Bundle
            The fibres and what acts on them: the distance of the electrode is the scale of
            its field, the internodes tell whether the place of the nodes matters.
        diameter, y, z : ndarray of float, shape (n,)
            Of a sample of the population [m].
        """
        model = fibre_model(bundle.model)
        low, high = model.diameters
        y = np.abs(y) if bundle.mirrored else y
        thin, thick = (float(np.clip(d, low, high)) for d in (diameter.min(), diameter.max()))
        nearest = nearest_of(bundle.contacts, y, z)
        internode = model.axon(thick, nearest).internode
        y_knots, z_knots = (
            _spaced(
                float(law.bend(a, nearest).min()),
                float(law.bend(a, nearest).max()),
                0.25,
                lambda bent, law=law: float(law.straighten(bent, nearest)),
            )
            for a, law in ((y, sideways(bundle.mirrored)), (z, downwards(z.min())))
        )
        return cls(
            _spaced(math.log(thin), math.log(thick), 0.2, math.exp),
            y_knots,
            z_knots,
            (0.0,) if internode < 0.15 * nearest else (0.0, 0.25, 0.5, 0.75),
            bundle.mirrored,
            nearest,
        )


@dataclass(frozen=True)
class _Law:
    """How places count in an interpolation: so that a power of the distance is a line."""

    bend: Callable[[NDArray[np.float64], float], NDArray[np.float64]]
    straighten: Callable[[float, float], float]


_LOGARITHM = _Law(lambda x, s: np.log(x / s), lambda b, s: s * math.exp(b))
_DISTANCE = _Law(
    lambda x, s: np.log(np.hypot(x, s) / s), lambda b, s: s * math.sqrt(math.expm1(2 * max(b, 0)))
)
_BOTH_SIDES = _Law(lambda x, s: np.arcsinh(x / s), lambda b, s: s * math.sinh(b))


def sideways(mirrored: bool) -> _Law:
    """Return how places y count; mirrored ones by their distance from the middle."""
    return _DISTANCE if mirrored else _BOTH_SIDES


def downwards(lowest: float) -> _Law:
    """Return how places z count, of which one knows the lowest [m]."""
    return _LOGARITHM if lowest > 0 else _BOTH_SIDES


def _spaced(
    low: float, high: float, step: float, back: Callable[[float], float] = float
) -> tuple[float, ...]:
    """Return evenly spaced knots, at most a step apart; one knot if there is no range."""
    count = math.ceil((high - low) / step - 1e-9) + 1
    return tuple(back(float(x)) for x in np.linspace(low, high, min(max(count, 1), 9)))


def reach_of(contacts: Sequence[Contact], y: ArrayLike, z: ArrayLike) -> float:
    """Return the stretch [m] over which an electrode acts on fibres, from which their length is.

    Parameters
    ----------
    contacts : sequence of Contact
        The electrode.
    y, z : array_like of float
        Places of sites with x = 0 [m].
    """
    y, z = np.broadcast_arrays(np.asarray(y, float), np.asarray(z, float))
    cathodes = [c for c in contacts if c.share < 0] or contacts
    aside = max(
        float(np.hypot(y - c.position[1], z - c.position[2]).max()) + c.radius for c in cathodes
    )
    return max(aside, max(abs(c.position[0]) for c in contacts) / 2.5)


def nearest_of(
    contacts: Sequence[Contact], y: NDArray[np.float64], z: NDArray[np.float64]
) -> float:
    """Return the least distance of sites from the axis of a contact [m]."""
    used = np.array([c.position for c in contacts])
    return float(np.hypot(y[:, None] - used[:, 1], z[:, None] - used[:, 2]).min())
