"""Graded pressure with a probe of controlled force."""

from collections.abc import Mapping

from gatecontrol.plugins import Parameter
from gatecontrol.stimuli.base import COMMON
from gatecontrol.stimuli.mechanical import Mechanical

__all__ = ["Pressure"]


class Pressure(Mechanical):
    """A step of force.

    Onset rates rise with force: A-delta in proportion (27 /s at 400 mN) up to 80 /s (assumed),
    slowly adapting A-beta in proportion up to 30 mN (60 % of 36 /s) and full from 50 mN
    (sekiguchi2021); C fibres start with the published slope of 32 /s per 400 mN but reach a
    plateau at low force, as recorded (slugg2000; plateau of 16 /s assumed). Below 25 mN no
    nociceptor fires; between 25 and 50 mN their rates rise from 0. Spread over fibres and the
    slowly adapting share are those of `Mechanical` (assumed).
    """

    kind = "pressure"
    title = "Pressure"
    noxious = True
    references = ("slugg2000", "sekiguchi2021")
    parameters = (
        *COMMON,
        Parameter(
            "force",
            "force",
            "200 mN",
            "Force of the probe; noxious from 50 mN.",
            minimum="1 mN",
            maximum="2 N",
            source="sekiguchi2021",
        ),
    )

    NOCICEPTOR_THRESHOLD = 0.025  # [N]
    NOXIOUS_FORCE = 0.05  # [N]
    C_PLATEAU = 16.0  # [1/s]
    C_SLOPE = 31.87 / 0.4  # [1/s per N]
    ADELTA_SLOPE = 27.18 / 0.4  # [1/s per N]
    ADELTA_CEILING = 80.0  # [1/s]
    ABETA_RATE = 36.2  # [1/s]

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.noxious = self["force"] >= self.NOXIOUS_FORCE

    def onset_rates(self) -> dict[str, float]:
        """Return the mean onset rate of each class [1/s] at this force."""
        import numpy as np

        force = self["force"]
        half = self.C_PLATEAU / self.C_SLOPE
        span = self.NOXIOUS_FORCE - self.NOCICEPTOR_THRESHOLD
        reached = float(np.clip((force - self.NOCICEPTOR_THRESHOLD) / span, 0.0, 1.0))
        return {
            "c": reached * self.C_PLATEAU * force / (force + half),
            "adelta": reached * min(self.ADELTA_SLOPE * force, self.ADELTA_CEILING),
            "abeta": self.ABETA_RATE * self.touch(),
        }

    def touch(self) -> float:
        """Return the rate of A-beta fibres at this force over their full rate."""
        import numpy as np

        return float(np.interp(self["force"], [0.0, 0.03, 0.05], [0.0, 0.6, 1.0]))
