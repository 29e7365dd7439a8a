"""The probe that the circuit of medlock2022 was tuned with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatecontrol.plugins import Parameter
from gatecontrol.stimuli.base import ONSET
from gatecontrol.stimuli.pressure import Pressure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.preparations import Preparation

__all__ = ["FITTED", "PUBLISHED", "Polynomial", "Probe"]

FITTED = 5.0
"""Time for which rates are published [s]."""


@dataclass(frozen=True)
class Polynomial:
    """A published time course of a rate.

    Attributes
    ----------
    coefficients : tuple of float
        Of rising powers of the time since the onset in ms; they give a rate [1/s].
    """

    coefficients: tuple[float, ...]

    @property
    def onset(self) -> float:
        """Rate at the onset [1/s]."""
        return self.coefficients[0]

    def __call__(self, time: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return the rate over the onset rate at times since the onset [s].

        After `FITTED` the last rate holds (assumed): the polynomials run away there.
        """
        import numpy as np

        within = 1e3 * np.minimum(time, FITTED)
        return np.polynomial.polynomial.polyval(within, self.coefficients) / self.onset


PUBLISHED = {
    "c": Polynomial((31.86546, -1.400381e-2, 3.012887e-6, -2.844577e-10, 9.63039e-15)),
    "adelta": Polynomial((27.18412, -2.53993e-3, -8.201529e-7, 1.573831e-10, -7.265297e-15)),
    "abeta": Polynomial(
        tuple(8 * c for c in (4.5273747, -3.782242e-3, 1.3406034e-6, -1.45433609e-10))
    ),
}
"""Rates of each class as in ModelDB 267056 (sekiguchi2021): nociceptors at 400 mN, A-beta from
50 mN. All are above 0 over the whole of `FITTED`, so nothing is cut off."""


class Probe(Pressure):
    """A step of force with the rates of sekiguchi2021, as the circuit of medlock2022 has them.

    Rates follow the published polynomials of time, from the onset on without a rise, for at
    most the 5 s that were published. Those of A-delta and C fibres (27 and 32 /s at first, at
    400 mN) are in proportion to force from 50 mN on and a thousandth up to 25 mN (in between
    linear, assumed); those of A-beta (36 /s at first) are in proportion up to 30 mN (60 %) and
    full from 50 mN (in between linear, assumed). All fibres of a class fire at the same mean
    rate. Published for forces of 5-800 mN. `Pressure` is nearer to recordings.

    The paper has no conduction: with ``at: terminal`` all classes begin at the dorsal horn
    together, as there.
    """

    kind = "probe"
    title = "Probe (published rates)"
    references = ("sekiguchi2021",)
    parameters = (
        ONSET,
        Parameter(
            "duration",
            "time",
            "5 s",
            "How long it lasts; rates are published for 5 s.",
            minimum="10 ms",
            maximum="5 s",
            source="sekiguchi2021",
        ),
        *(p for p in Pressure.parameters if p.name == "force"),
        Parameter(
            "at",
            "choice",
            "receptor",
            "Where the rates hold: terminal (no conduction is added, as in the paper) or receptor.",
            choices=("terminal", "receptor"),
        ),
    )
    courses = PUBLISHED

    GAIN_SPREAD = 0.0
    SLOWLY_ADAPTING_SHARE = 1.0
    FULL_FORCE = 0.4  # [N]; where the rates of nociceptors are those of the polynomials
    LIGHT = 1e-3  # share of them up to the force at which nociceptors begin

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.arrived = self["at"] == "terminal"

    def onset_rates(self) -> dict[str, float]:
        """Return the mean onset rate of each class [1/s] at this force."""
        import numpy as np

        share = self["force"] / self.FULL_FORCE
        if not self.noxious:
            forces = [self.NOCICEPTOR_THRESHOLD, self.NOXIOUS_FORCE]
            shares = [self.LIGHT, self.NOXIOUS_FORCE / self.FULL_FORCE]
            share = float(np.interp(self["force"], forces, shares))
        return {
            "c": share * PUBLISHED["c"].onset,
            "adelta": share * PUBLISHED["adelta"].onset,
            "abeta": self.touch() * PUBLISHED["abeta"].onset,
        }

    def window(self, preparation: "Preparation") -> tuple[float, float]:
        """Return when the stimulus acts at the dorsal horn [s]; see `Stimulus.window`."""
        if self.arrived:
            return self["onset"], self["onset"] + self["duration"]
        return super().window(preparation)
