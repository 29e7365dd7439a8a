"""Electrical volleys: single, paired and in trains."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatecontrol.fibres.classes import ROLES
from gatecontrol.plugins import Fault, Parameter
from gatecontrol.stimuli.base import ONSET, Stimulus, read_quietly

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["Volley"]

_CLASSES = ("abeta", "adelta", "c")


class Volley(Stimulus):
    """Synchronous stimulation of fibres of named classes.

    Every stimulus gives one spike in each recruited fibre; the volley spreads on its way by
    the velocities of the fibres, and each spike has a jitter (normal; its size is assumed).
    Test protocols: one C volley (``classes: [c]``), wind-up (``[adelta, c]`` at 0.5-1 Hz),
    paired volleys (`interval`), or an A and a C volley as two stimuli with their own onsets
    (the protocols of zhang2014).
    """

    kind = "volley"
    title = "Electrical volleys"
    references = ("zhang2014",)
    parameters = (
        ONSET,
        Parameter(
            "classes",
            "choices",
            _CLASSES,
            "Fibre classes that the stimulus excites.",
            choices=_CLASSES,
        ),
        Parameter(
            "rate",
            "frequency",
            "1 Hz",
            "Stimuli per second.",
            minimum="0.01 Hz",
            maximum="500 Hz",
        ),
        Parameter(
            "count", "integer", 16, "Number of stimuli in the train.", minimum=1, maximum=10000
        ),
        Parameter(
            "interval",
            "time",
            None,
            "Interval to a second stimulus after each one (paired volleys); left out, none.",
            minimum="1 ms",
            maximum="10 s",
        ),
        Parameter(
            "site",
            "choice",
            "receptor",
            "Where the stimulus is given: in the skin, or on the nerve where PNS acts.",
            choices=("receptor", "nerve"),
        ),
        Parameter(
            "fields",
            "choices",
            ("centre",),
            "Receptive fields whose fibres are excited.",
            choices=ROLES,
        ),
        Parameter(
            "recruited",
            "fraction",
            "100 %",
            "Share of the fibres of these classes that is excited.",
            minimum="0 %",
            maximum="100 %",
        ),
        Parameter(
            "jitter",
            "time",
            "0.2 ms",
            "Standard deviation of the initiation of each spike.",
            minimum="0 s",
            maximum="50 ms",
        ),
    )

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.noxious = bool({"adelta", "c"} & set(self["classes"]))

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults between fields; see `Stimulus.check`."""
        values = read_quietly(cls.parameters, config)
        if values is None or values["interval"] is None or values["count"] == 1:
            return []
        if values["rate"] > 0 and values["interval"] >= 1 / values["rate"]:
            return [
                (
                    "interval",
                    "E035",
                    f"the second stimulus of a pair ({values['interval'] * 1e3:g} ms) falls on "
                    + f"or after the next pair ({1e3 / values['rate']:g} ms)",
                    f"rate: {0.5 / values['interval']:.3g} Hz",
                )
            ]
        return []

    def times(self) -> "NDArray[np.float64]":
        """Return the times of all stimuli at the skin or nerve [s], ascending."""
        import numpy as np

        first = self["onset"] + np.arange(self["count"]) / self["rate"]
        if self["interval"] is None:
            return first
        return np.sort(np.concatenate([first, first + self["interval"]]))

    def _distance(self, preparation: "Preparation") -> float:
        site = self["site"]
        where = preparation.receptor_to_cord if site == "receptor" else preparation.pns_site_to_cord
        return where.value

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial; see `Stimulus.spikes`."""
        import numpy as np

        from gatecontrol.seeds import stream
        from gatecontrol.stimuli.trains import assemble, responders, select

        stimuli = self.times()
        start = np.nan if self["site"] == "receptor" else self._distance(preparation)
        trains = []
        for fibre_class in self["classes"]:
            key = ("stimuli", name, fibre_class)
            rows = select(fibres, fibre_class, *self["fields"])
            rows = responders(rows, self["recruited"], seed, *key)
            # One row of the draw per stimulus: a longer train keeps the shorter one's spikes.
            draw = stream(seed, *key).standard_normal((len(stimuli), len(rows)))
            time = stimuli[:, None] + self["jitter"] * draw
            trains.append((np.tile(rows, len(stimuli)), time.ravel(), start))
        return assemble(fibres, trains)

    def window(self, preparation: "Preparation") -> tuple[float, float]:
        """Return when the volleys are at the dorsal horn [s].

        From the first spike of the fastest class asked for (nociceptive classes only, if
        there are any) to the last of the slowest, and 0.1 s on for the response (assumed).
        """
        times = self.times()
        painful = [c for c in self["classes"] if c != "abeta"]
        latencies = [
            preparation.latency(c, self._distance(preparation)) for c in painful or self["classes"]
        ]
        first = times[0] + min(latency.earliest for latency in latencies)
        last = times[-1] + max(latency.latest for latency in latencies) + 0.1
        return float(first), float(last)
