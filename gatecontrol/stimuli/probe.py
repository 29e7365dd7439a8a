"""The probe that the circuit of medlock2022 was tuned with."""

from gatecontrol.stimuli.pressure import Pressure

__all__ = ["Probe"]


class Probe(Pressure):
    """A step of force with the rates of sekiguchi2021, as the circuit of medlock2022 has them.

    Onset rates of A-delta and C fibres are in proportion to force (27 and 32 /s at 400 mN) and
    nought below 50 mN; those of A-beta are in proportion up to 30 mN (60 % of 36 /s) and full from
    50 mN. All fibres of a class fire at the same mean rate. `Pressure` is nearer to recordings.
    """

    kind = "probe"
    title = "Probe (published rates)"
    references = ("sekiguchi2021",)

    GAIN_SPREAD = 0.0
    SLOWLY_ADAPTING_SHARE = 1.0

    def onset_rates(self) -> dict[str, float]:
        """Return the mean onset rate of each class [1/s] at this force."""
        noxious = self["force"] if self["force"] >= self.NOXIOUS_FORCE else 0.0
        return {
            "c": self.C_SLOPE * noxious,
            "adelta": self.ADELTA_SLOPE * noxious,
            "abeta": super().onset_rates()["abeta"],
        }
