"""Brushing or rubbing the skin: low-threshold A-beta fibres."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatecontrol.fibres.classes import ROLES
from gatecontrol.plugins import Fault, Parameter
from gatecontrol.stimuli.base import DURATION, ONSET, Stimulus, read_quietly

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["Brush"]


class Brush(Stimulus):
    """A brush that moves over the skin.

    The mean rate is a power function of velocity, steeper in fast- than in slowly adapting
    fibres (essick1995). Factors and exponents are assumed: 9 /s at 1 cm/s with exponent
    0.75 for the fast-adapting 60 %, 12 /s with 0.55 for the others, which gives 10-100 /s
    from 1 to 30 cm/s. With `stroke_rate`, every stroke lasts half a cycle and passes each
    fibre's field at its own moment of the first quarter of a cycle (assumed). Spread of
    rate over fibres: gamma, 30 % (assumed).
    """

    kind = "brush"
    title = "Brush"
    references = ("essick1995",)
    parameters = (
        ONSET,
        DURATION,
        Parameter(
            "velocity",
            "velocity",
            "10 cm/s",
            "Velocity of the brush on the skin.",
            minimum="0.1 cm/s",
            maximum="50 cm/s",
            source="essick1995",
        ),
        Parameter(
            "stroke_rate",
            "frequency",
            None,
            "Strokes per second; left out, the brush moves without a pause.",
            minimum="0.1 Hz",
            maximum="10 Hz",
        ),
        Parameter(
            "fields",
            "choices",
            ("centre", "surround"),
            "Receptive fields that are brushed.",
            choices=ROLES,
        ),
    )

    FAST_SHARE = 0.6
    FAST = (9.0, 0.75)  # rate at 1 cm/s [1/s], exponent
    SLOW = (12.0, 0.55)
    GAIN_SPREAD = 0.3

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults between fields; see `Stimulus.check`."""
        values = read_quietly(cls.parameters, config)
        if values is None or values["stroke_rate"] is None:
            return []
        if values["stroke_rate"] > 0 and 0.5 / values["stroke_rate"] > values["duration"]:
            return [
                (
                    "stroke_rate",
                    "E035",
                    f"one stroke ({0.5 / values['stroke_rate']:g} s) is longer than the "
                    + f"stimulus ({values['duration']:g} s)",
                    f"duration: {0.5 / values['stroke_rate']:g} s",
                )
            ]
        return []

    def rates(self) -> tuple[float, float]:
        """Return the mean rates of fast- and slowly adapting fibres under the brush [1/s]."""
        speed = self["velocity"] / 1e-2
        return tuple(factor * speed**power for factor, power in (self.FAST, self.SLOW))

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial; see `Stimulus.spikes`."""
        import numpy as np

        from gatecontrol.seeds import stream
        from gatecontrol.stimuli.trains import assemble, poisson_trains, rate_gain, select

        trains = []
        for field in self["fields"]:
            key = ("stimuli", name, field)
            rows = select(fibres, "abeta", field)
            fast, slow = self.rates()
            draw = stream(seed, *key, "type").random((len(rows), 2))
            gain = np.where(draw[:, 0] < self.FAST_SHARE, fast, slow)
            gain = gain * rate_gain(rows, self.GAIN_SPREAD, seed, *key)
            late = 0.25 * draw[:, 1]

            def rate(
                time: "NDArray[np.float64]", late: "NDArray[np.float64]" = late
            ) -> "NDArray[np.float64]":
                if self["stroke_rate"] is None:
                    return np.ones((1, len(time)))
                phase = (time[None, :] * self["stroke_rate"] - late[:, None]) % 1.0
                begun = time[None, :] * self["stroke_rate"] >= late[:, None]
                return ((phase < 0.5) & begun).astype(float)

            row, time = poisson_trains(rows, gain, rate, self["duration"], fibres, seed, *key)
            trains.append((row, time + self["onset"], np.nan))
        return assemble(fibres, trains)
