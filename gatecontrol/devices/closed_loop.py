"""Closed loop: each pulse's amplitude is set by the evoked response to the one before.

The evoked compound action potential (ECAP) is taken as the sum over the recruited fibres of
their diameter squared, as the current of an axon goes with its cross-section (assumed). Its
shape, its growth with the synchrony of the volley and the stimulus artefact are not in it; noise
stands for all of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CLOSED_LOOP_PARAMETERS", "Controlled", "Ecap", "control"]

CLOSED_LOOP_PARAMETERS = (
    Parameter(
        "control",
        "choice",
        "open",
        "Whether every pulse has the programmed amplitude (open), or one that holds the evoked "
        + "compound action potential of the first (closed).",
        "Control",
        choices=("open", "closed"),
    ),
    Parameter(
        "control_gain",
        "number",
        0.2,
        "Share of the relative error that the next pulse's amplitude is changed by.",
        "Control gain",
        minimum=0.0,
        maximum=1.0,
        only_with={"control": ("closed",)},
    ),
    Parameter(
        "ecap_noise",
        "fraction",
        "5 %",
        "Standard deviation of the measured response, as a share of the target.",
        "Noise of the response",
        minimum="0 %",
        maximum="100 %",
        only_with={"control": ("closed",)},
    ),
)
"""Declaration, for devices that measure what they evoke."""


class Ecap:
    """The response of a population against amplitude.

    Parameters
    ----------
    thresholds : array_like of float, shape (k,)
        Of the fibres [A].
    diameters : array_like of float, shape (k,)
        Of the fibres [m].
    """

    def __init__(self, thresholds: "ArrayLike", diameters: "ArrayLike") -> None:
        import numpy as np

        thresholds = np.asarray(thresholds, float)
        order = np.argsort(thresholds)
        weights = np.asarray(diameters, float)[order] ** 2
        total = weights.sum()
        if not total > 0:
            raise GatecontrolError("there is no fibre whose response could be measured")
        self._thresholds = thresholds[order]
        self._grown = np.concatenate([[0.0], np.cumsum(weights)]) / total

    def __call__(self, amplitude: "ArrayLike", factor: "ArrayLike" = 1.0) -> "NDArray[np.float64]":
        """Return the response as a share of that of all fibres.

        Parameters
        ----------
        amplitude : array_like of float
            [A].
        factor : array_like of float, optional
            On every threshold.
        """
        import numpy as np

        level = np.asarray(amplitude, float) / np.asarray(factor, float)
        return self._grown[np.searchsorted(self._thresholds, level, side="right")]


@dataclass(frozen=True, eq=False)
class Controlled:
    """What a loop did; arrays of shape (n,), one value per pulse.

    Attributes
    ----------
    amplitude : ndarray of float
        [A].
    ecap : ndarray of float
        The response itself, without the noise of its measurement; share of all fibres'.
    """

    amplitude: "NDArray[np.float64]"
    ecap: "NDArray[np.float64]"

    def error(self, target: float) -> float:
        """Return the root of the mean squared difference of the response from a target."""
        import numpy as np

        return float(np.sqrt(np.mean((self.ecap - target) ** 2)))


def control(
    ecap: Ecap,
    factors: "ArrayLike",
    *,
    amplitude: float,
    target: float,
    gain: float,
    limits: "Sequence[float]",
    noise: float = 0.0,
    rng: "np.random.Generator | None" = None,
) -> Controlled:
    """Return amplitude and response of each pulse.

    Parameters
    ----------
    ecap : Ecap
        The population.
    factors : array_like of float, shape (n,)
        On every threshold, per pulse; see `gatecontrol.devices.posture.Posture.factors`.
    amplitude : float
        Of the first pulse [A].
    target : float
        Response to hold, as a share of that of all fibres; above 0.
    gain : float
        The amplitude is multiplied by ``1 + gain (target - measured) / target``, the error cut
        at 1; with a gain of 0 the loop is open. The loop swings if gain times the relative
        steepness of the response reaches 2.
    limits : sequence of float
        Least and greatest amplitude [A].
    noise : float, optional
        Standard deviation of the measured response over the target.
    rng : numpy.random.Generator, optional
        For the noise; needed with noise.
    """
    import numpy as np

    if not target > 0:
        raise GatecontrolError(f"a closed loop needs a response above 0 to hold, got {target:g}")
    if noise and rng is None:
        raise TypeError("noise needs a random generator")
    factors = np.asarray(factors, float)
    low, high = limits
    disturbed = np.zeros(factors.size)
    if noise and rng is not None:
        disturbed = noise * rng.standard_normal(factors.size)
    given, answers = np.empty(factors.size), np.empty(factors.size)
    now = float(np.clip(amplitude, low, high))
    for i, factor in enumerate(factors):
        given[i], answers[i] = now, ecap(now, factor)
        wrong = 1 - answers[i] / target - disturbed[i]
        now = float(np.clip(now * (1 + gain * np.clip(wrong, -1.0, 1.0)), low, high))
    return Controlled(given, answers)
