"""What pinch and pressure share: adapting nociceptors and slowly adapting touch fibres.

Time courses are exponential fits to the polynomials with which published models drive their
networks (sekiguchi2021), themselves fitted to recordings: C from 31.9 to 13.8 /s in 2 s,
A-delta from 27 to 12 /s in 4 s, slowly adapting A-beta from 36 to 9 /s in 2 s.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatecontrol.stimuli.base import Stimulus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["COURSES", "Adaptation", "Mechanical"]


@dataclass(frozen=True)
class Adaptation:
    """Decay from the onset rate to a plateau.

    Attributes
    ----------
    plateau : float
        Plateau over onset rate.
    time : float
        Time constant of the decay [s].
    rise : float
        Time over which the stimulus is applied [s] (assumed).
    """

    plateau: float
    time: float
    rise: float = 0.05

    def __call__(self, time: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return the rate over the onset rate at times since the onset [s]."""
        import numpy as np

        decay = self.plateau + (1.0 - self.plateau) * np.exp(-time / self.time)
        return decay * np.clip(time / self.rise, 0.0, 1.0)


COURSES = {
    "c": Adaptation(plateau=0.12, time=1.9),
    "adelta": Adaptation(plateau=0.10, time=4.2),
    "abeta": Adaptation(plateau=0.22, time=0.75),
}
"""Time course of each fibre class."""


class Mechanical(Stimulus):
    """A held mechanical stimulus; a subclass gives the onset rates."""

    courses: Mapping[str, Callable[[Any], Any]] = COURSES
    """Rate over the onset rate of each class at times since the onset [s]."""
    arrived = False
    """Whether the rates are those at the dorsal horn already."""

    GAIN_SPREAD = 0.4
    """Spread of rate over fibres (gamma distributed; assumed)."""
    SLOWLY_ADAPTING_SHARE = 0.5
    """Share of A-beta fibres that are slowly adapting (assumed); the others stay silent."""

    def onset_rates(self) -> dict[str, float]:
        """Return the mean onset rate of each driven class [1/s]."""
        raise TypeError(f"{type(self).__name__} does not say how fast its fibres fire")

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial; see `Stimulus.spikes`."""
        import numpy as np

        from gatecontrol.stimuli.trains import (
            assemble,
            poisson_trains,
            rate_gain,
            responders,
            select,
        )

        trains = []
        for fibre_class, peak in self.onset_rates().items():
            key = ("stimuli", name, fibre_class)
            rows = select(fibres, fibre_class, "centre")
            if fibre_class == "abeta":
                rows = responders(rows, self.SLOWLY_ADAPTING_SHARE, seed, *key)
            gain = peak * rate_gain(rows, self.GAIN_SPREAD, seed, *key)
            row, time = poisson_trains(
                rows, gain, self.courses[fibre_class], self["duration"], fibres, seed, *key
            )
            trains.append((row, time + self["onset"], np.nan))
        return assemble(fibres, trains, arrived=self.arrived)
