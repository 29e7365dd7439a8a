"""What every fibre model offers: an axon of one diameter that answers a field with spikes.

A model is one small file named after its source; `fibre_model` loads it by name. Light: solvers
are imported with the model that needs them.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.fibres.waveform import Waveform

__all__ = ["Axon", "FibreModel", "Response", "fibre_model", "fibre_models"]

_MODELS = {
    "mrg": "gatecontrol.fibres.mcintyre2002:MRG",
    "aalpha": "gatecontrol.fibres.mcintyre2002:A_ALPHA",
    "adelta": "gatecontrol.fibres.mcintyre2002:A_DELTA",
    "rattay1993": "gatecontrol.fibres.rattay1993:RATTAY",
    "sundt2015": "gatecontrol.fibres.sundt2015:SUNDT",
    "tigerholm2014": "gatecontrol.fibres.tigerholm2014:TIGERHOLM",
}
"""Name of a model -> where it is."""

FARTHEST = 0.1
"""Largest distance [m] of an electrode: the length of a fibre goes with it (assumed)."""


@dataclass(frozen=True)
class Response:
    """Spikes of one axon.

    Attributes
    ----------
    left, right : ndarray of float
        Times [s] at which a spike passes the two detectors; the waveform begins at 0.
    origin : tuple of float or None
        Position [m] and time [s] of the first spike anywhere on the fibre, None without one.
        A strong pulse can lift a membrane above the detection level by itself, without a spike
        that is conducted.
    """

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    origin: tuple[float, float] | None

    @property
    def fired(self) -> bool:
        """Whether a spike passed either detector."""
        return bool(self.left.size or self.right.size)


class Axon(ABC):
    """One fibre of one model, cut to a length.

    Attributes
    ----------
    model : FibreModel
        Whose it is.
    diameter : float
        Outer diameter [m].
    positions : ndarray of float, shape (n,)
        Of its compartments along the fibre [m]; 0 is the middle of its centre node or segment.
        Where the centre lies against an electrode is the caller's: it adds its offset.
    detectors : tuple of int
        Compartments, left and right of the centre, at which spikes are counted.
    internode : float
        Distance between nodes [m]; 0 without nodes.
    """

    model: "FibreModel"
    diameter: float
    positions: NDArray[np.float64]
    detectors: tuple[int, int]
    internode: float = 0.0

    @abstractmethod
    def respond(
        self,
        potential: NDArray[np.float64],
        waveform: Waveform,
        amplitude: float,
        duration: float,
        dt: float,
        *,
        first_only: bool = False,
    ) -> Response:
        """Return the spikes that a programme evokes in the resting fibre.

        Parameters
        ----------
        potential : ndarray of float, shape (channels, n)
            Outside each compartment [V/A], one row for each channel of the waveform.
        waveform : Waveform
            Begins at time 0.
        amplitude : float
            Of the programme [A]; not negative.
        duration : float
            Simulated time [s].
        dt : float
            Time step [s].
        first_only : bool, optional
            Stop at the first spike at a detector.
        """

    @abstractmethod
    def duration_for(self, waveform: Waveform) -> float:
        """Return how long [s] to simulate so that the last pulse's spike reaches a detector.

        Parameters
        ----------
        waveform : Waveform
            The programme.
        """

    def checked(
        self, potential: NDArray[np.float64], waveform: Waveform, amplitude: float
    ) -> NDArray[np.float64]:
        """Return the potential as an array of (channels, n), or say what is wrong with it.

        Parameters
        ----------
        potential, waveform, amplitude
            As given to `respond`; a vector of n is one channel.
        """
        field = np.atleast_2d(np.asarray(potential, float))
        if field.shape != (waveform.channels, self.positions.size):
            raise ValueError(
                f"the potential needs the shape ({waveform.channels}, {self.positions.size}): "
                + f"channels by compartments, got {field.shape}"
            )
        if not np.isfinite(field).all():
            raise GatecontrolError(
                "the potential along a fibre is not finite; does it pass through a contact?"
            )
        if not (np.isfinite(amplitude) and amplitude >= 0):
            raise GatecontrolError(
                f"an amplitude must be finite and not negative, got {amplitude:g} A; the "
                + "direction of the current is the waveform's"
            )
        return field


class FibreModel(ABC):
    """A published model of a fibre.

    Attributes
    ----------
    name, title : str
        For the command line and for people.
    references : tuple of str
        BibTeX keys.
    diameters : tuple of float
        Smallest and largest outer diameter [m] that the model stands for.
    fibre_classes : tuple of str
        Classes of `gatecontrol.fibres.classes` that it stands for.
    dt : float
        Default time step [s].
    """

    name: str
    title: str
    references: tuple[str, ...]
    diameters: tuple[float, float]
    fibre_classes: tuple[str, ...]
    dt: float

    @abstractmethod
    def axon(self, diameter: float, reach: float) -> Axon:
        """Return a fibre long enough for an electrode.

        Parameters
        ----------
        diameter : float
            Outer diameter [m].
        reach : float
            Distance of the electrode, or half the stretch that it influences [m].
        """

    def time_step(self, waveform: Waveform) -> float:
        """Return the time step [s] that a waveform needs; `dt` unless a model says otherwise."""
        return self.dt

    def require(self, diameter: float, reach: float) -> None:
        """Refuse a diameter or a distance that the model does not stand for.

        Parameters
        ----------
        diameter, reach : float
            As given to `axon`.
        """
        low, high = self.diameters
        if not low * (1 - 1e-9) <= diameter <= high * (1 + 1e-9):
            raise GatecontrolError(
                f"the model {self.name} stands for diameters of {low * 1e6:g} to "
                + f"{high * 1e6:g} um, got {diameter * 1e6:g} um"
            )
        if not 0 < reach <= FARTHEST:
            raise GatecontrolError(
                "the distance of the electrode must be above 0 (a fibre cannot pass through a "
                + f"contact) and at most {FARTHEST * 1e2:g} cm, got {reach * 1e3:g} mm"
            )


def fibre_models() -> Sequence[str]:
    """Return the names of the models."""
    return tuple(_MODELS)


def fibre_model(name: str) -> FibreModel:
    """Return a model by its name.

    Parameters
    ----------
    name : str
        One of `fibre_models`.
    """
    if name not in _MODELS:
        raise GatecontrolError(
            f"no fibre model is called {name!r}.{did_you_mean(name, tuple(_MODELS))} "
            + f"Models: {', '.join(_MODELS)}"
        )
    module, _, attribute = _MODELS[name].partition(":")
    return getattr(import_module(module), attribute)
