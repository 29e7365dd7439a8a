"""A contact heat ramp."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatecontrol.plugins import Fault, Parameter
from gatecontrol.stimuli.base import ONSET, Stimulus, read_quietly

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["HeatRamp"]


class HeatRamp(Stimulus):
    """Skin temperature rises at a constant rate, is held, and falls.

    A C nociceptor fires at ``(T - threshold) (S + D dT/dt)`` above its threshold, with
    S = 0.22 /s per degC and D = 0.90 per degC^2: fitted to the mean discharge of human C
    nociceptors between threshold and the end of ramps from 32 to 45-47 degC at 0.3, 2 and
    6 degC/s (1.22, 4.57 and 13.45 /s; yarnitsky1992). Thresholds are normal with the
    standard deviation of that study (0.6 degC). When the ramp ends, the dynamic part
    decays with 0.5 s (assumed). Half of the A-delta fibres respond, from 46 degC and at
    twice the rate (assumed). Spread of rate over fibres: gamma, 40 % (assumed).
    """

    kind = "heat_ramp"
    title = "Heat ramp"
    noxious = True
    references = ("yarnitsky1992",)
    parameters = (
        ONSET,
        Parameter(
            "baseline",
            "temperature",
            "32 degC",
            "Skin temperature before the ramp.",
            minimum="25 degC",
            maximum="40 degC",
            source="yarnitsky1992",
        ),
        Parameter(
            "peak",
            "temperature",
            "47 degC",
            "Temperature at the end of the ramp; skin burns above 50 degC.",
            minimum="35 degC",
            maximum="55 degC",
            source="yarnitsky1992",
        ),
        Parameter(
            "rate",
            "temperature_rate",
            "2 degC/s",
            "How fast the temperature rises.",
            minimum="0.1 degC/s",
            maximum="70 degC/s",
            source="yarnitsky1992",
        ),
        Parameter(
            "hold", "time", "2 s", "How long the peak is held.", minimum="0 s", maximum="10 min"
        ),
        Parameter(
            "cooling",
            "temperature_rate",
            "8 degC/s",
            "How fast the temperature falls back.",
            minimum="0.1 degC/s",
            maximum="70 degC/s",
        ),
        Parameter(
            "threshold",
            "temperature",
            "41.5 degC",
            "Mean threshold of C nociceptors.",
            minimum="38 degC",
            maximum="50 degC",
            source="yarnitsky1992",
        ),
    )

    STATIC = 0.22  # [1/s per degC]
    DYNAMIC = 0.9  # [1/degC^2]
    DYNAMIC_TIME = 0.5  # [s]
    THRESHOLD_SPREAD = 0.6  # [degC]
    GAIN_SPREAD = 0.4
    ADELTA_THRESHOLD = 46.0  # [degC]
    ADELTA_SHARE = 0.5
    ADELTA_FACTOR = 2.0

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults between fields; see `Stimulus.check`."""
        values = read_quietly(cls.parameters, config)
        if values is None:
            return []
        if values["peak"] <= values["baseline"]:
            return [
                (
                    "peak",
                    "E035",
                    f"the peak ({values['peak']:g} degC) must lie above the baseline "
                    + f"({values['baseline']:g} degC)",
                    "peak: 47 degC",
                )
            ]
        return []

    def temperature(self, time: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return the skin temperature [degC] at times since the onset [s]."""
        import numpy as np

        base, peak = self["baseline"], self["peak"]
        top = (peak - base) / self["rate"]
        rising = base + self["rate"] * time
        falling = peak - self["cooling"] * (time - top - self["hold"])
        return np.clip(np.minimum(rising, falling), base, peak)

    def length(self) -> float:
        """Return how long the temperature differs from the baseline [s]."""
        span = self["peak"] - self["baseline"]
        return span / self["rate"] + self["hold"] + span / self["cooling"]

    def _discharge(
        self, time: "NDArray[np.float64]", thresholds: "NDArray[np.float64]"
    ) -> "NDArray[np.float64]":
        import numpy as np

        top = (self["peak"] - self["baseline"]) / self["rate"]
        # During the ramp the dynamic part has settled long before the threshold.
        slope = self["rate"] * np.exp(-np.maximum(time - top, 0.0) / self.DYNAMIC_TIME)
        slope = np.where(time > top + self["hold"], 0.0, slope)
        above = np.maximum(self.temperature(time)[None, :] - thresholds[:, None], 0.0)
        return above * (self.STATIC + self.DYNAMIC * slope)[None, :]

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial; see `Stimulus.spikes`."""
        import numpy as np

        from gatecontrol.seeds import stream
        from gatecontrol.stimuli.trains import (
            assemble,
            poisson_trains,
            rate_gain,
            responders,
            select,
        )

        trains = []
        for fibre_class, mean, factor in (
            ("c", self["threshold"], 1.0),
            ("adelta", max(self.ADELTA_THRESHOLD, self["threshold"]), self.ADELTA_FACTOR),
        ):
            key = ("stimuli", name, fibre_class)
            rows = select(fibres, fibre_class, "centre")
            if fibre_class == "adelta":
                rows = responders(rows, self.ADELTA_SHARE, seed, *key)
            draw = stream(seed, *key, "threshold").standard_normal(len(rows))
            thresholds = mean + self.THRESHOLD_SPREAD * draw
            gain = factor * rate_gain(rows, self.GAIN_SPREAD, seed, *key)

            def rate(
                time: "NDArray[np.float64]", at: "NDArray[np.float64]" = thresholds
            ) -> "NDArray[np.float64]":
                return self._discharge(time, at)

            row, time = poisson_trains(rows, gain, rate, self.length(), fibres, seed, *key)
            trains.append((row, time + self["onset"], np.nan))
        return assemble(fibres, trains)

    def window(self, preparation: "Preparation") -> tuple[float, float]:
        """Return when heat above the mean C threshold acts at the dorsal horn [s].

        The whole ramp counts if its peak stays below the threshold.
        """
        latency = preparation.c_latency()
        first, last = self["onset"], self["onset"] + self.length()
        if self["peak"] > self["threshold"] > self["baseline"]:
            first += (self["threshold"] - self["baseline"]) / self["rate"]
            last -= (self["threshold"] - self["baseline"]) / self["cooling"]
        return first + latency.earliest, last + latency.median
