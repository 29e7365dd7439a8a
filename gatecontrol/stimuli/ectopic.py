"""Ongoing discharge from an injured nerve."""

from typing import TYPE_CHECKING

from gatecontrol.plugins import Parameter
from gatecontrol.stimuli.base import STEADY, SteadyStimulus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["Ectopic"]


class Ectopic(SteadyStimulus):
    """Spikes that begin at the injured place of the nerve.

    After section of the rat's sural nerve 4-8 % of C fibres fire at a mean of 49 to
    11 impulses per minute (michaelis1995); uninjured C fibres stay below 0.2 /s (bove2010).
    Rates over fibres are lognormal with a standard deviation of 60 % (assumed). The activity
    is ongoing: at the dorsal horn it is there from `onset` on. A-beta activity is off unless
    asked for.
    """

    kind = "ectopic"
    title = "Ectopic activity"
    references = ("michaelis1995", "bove2010")
    parameters = (
        *STEADY,
        Parameter(
            "share",
            "fraction",
            "6 %",
            "Share of C fibres that fire.",
            minimum="0 %",
            maximum="50 %",
            source="michaelis1995",
        ),
        Parameter(
            "rate",
            "frequency",
            "0.5 Hz",
            "Mean rate of a C fibre that fires.",
            minimum="0 Hz",
            maximum="10 Hz",
            source="michaelis1995",
        ),
        Parameter(
            "abeta_share",
            "fraction",
            "0 %",
            "Share of A-beta fibres that fire.",
            label="A-beta share",
            minimum="0 %",
            maximum="50 %",
        ),
        Parameter(
            "abeta_rate",
            "frequency",
            "5 Hz",
            "Mean rate of an A-beta fibre that fires.",
            label="A-beta rate",
            minimum="0 Hz",
            maximum="50 Hz",
        ),
    )

    RATE_SPREAD = 0.6

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial; see `Stimulus.spikes`."""
        import numpy as np

        from gatecontrol.fibres.drive import ECTOPIC
        from gatecontrol.seeds import stream
        from gatecontrol.stimuli.trains import assemble, poisson_trains, responders, select

        site = preparation.injury_to_cord.value
        sigma = np.sqrt(np.log1p(self.RATE_SPREAD**2))
        trains = []
        for fibre_class, share, mean in (
            ("c", self["share"], self["rate"]),
            ("abeta", self["abeta_share"], self["abeta_rate"]),
        ):
            key = ("stimuli", name, fibre_class)
            every = select(fibres, fibre_class)
            rows = responders(every, share, seed, *key)
            draw = stream(seed, *key, "gain").standard_normal(len(every))
            gain = mean * np.exp(sigma * draw - 0.5 * sigma**2)[np.isin(every, rows)]
            row, time = poisson_trains(rows, gain, _steady, self["duration"], fibres, seed, *key)
            begun = time + self["onset"] - site / fibres.velocity[row]
            trains.append((row, begun, site))
        return assemble(fibres, trains, origin=ECTOPIC)


def _steady(time: "NDArray[np.float64]") -> "NDArray[np.float64]":
    import numpy as np

    return np.ones(len(time))
