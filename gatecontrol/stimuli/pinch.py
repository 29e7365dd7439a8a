"""A sustained pinch of the skin: nociceptors and slowly adapting touch fibres."""

from gatecontrol.plugins import Parameter
from gatecontrol.stimuli.base import COMMON
from gatecontrol.stimuli.mechanical import Mechanical

__all__ = ["Pinch"]


class Pinch(Mechanical):
    """A pinch held for a while.

    C and A-delta nociceptors of the centre and the slowly adapting share of the A-beta
    fibres fire and adapt (`gatecontrol.stimuli.mechanical`). With strength the C rate
    saturates and the A-delta rate goes on rising (slugg2000): C and A-beta fibres reach half of
    their highest rate at a strength of 50 and 25 %, A-delta fibres follow in proportion
    (assumed). Onset rates, the spread of rate over fibres (gamma, 40 %) and the share of
    slowly adapting A-beta fibres (half) are assumed.
    """

    kind = "pinch"
    title = "Pinch"
    noxious = True
    references = ("slugg2000", "sekiguchi2021")
    parameters = (
        *COMMON,
        Parameter(
            "strength",
            "fraction",
            "100 %",
            "Strength; 100 % is a firm, painful pinch.",
            minimum="5 %",
            maximum="200 %",
        ),
        Parameter(
            "c_rate",
            "frequency",
            "12 Hz",
            "Mean onset rate of a C nociceptor at 100 % strength.",
            label="C rate",
            minimum="0 Hz",
            maximum="50 Hz",
        ),
        Parameter(
            "adelta_rate",
            "frequency",
            "25 Hz",
            "Mean onset rate of an A-delta nociceptor at 100 % strength.",
            label="A-delta rate",
            minimum="0 Hz",
            maximum="100 Hz",
        ),
        Parameter(
            "abeta_rate",
            "frequency",
            "20 Hz",
            "Mean onset rate of a slowly adapting A-beta fibre at 100 % strength.",
            label="A-beta rate",
            minimum="0 Hz",
            maximum="100 Hz",
        ),
    )

    def onset_rates(self) -> dict[str, float]:
        """Return the mean onset rate of each class [1/s] at this strength."""
        strength = self["strength"]
        return {
            "c": self["c_rate"] * 1.5 * strength / (strength + 0.5),
            "adelta": self["adelta_rate"] * strength,
            "abeta": self["abeta_rate"] * 1.25 * strength / (strength + 0.25),
        }
