"""Ongoing activity of healthy fibres, without a stimulus."""

from typing import TYPE_CHECKING

from gatecontrol.fibres.classes import ROLES
from gatecontrol.plugins import Parameter
from gatecontrol.stimuli.base import STEADY, SteadyStimulus

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.fibres.drive import AfferentDrive
    from gatecontrol.fibres.population import FibreTable
    from gatecontrol.preparations import Preparation

__all__ = ["Ongoing"]


def _rate(name: str, title: str, default: str, source: str) -> Parameter:
    return Parameter(
        f"{name}_rate",
        "frequency",
        default,
        f"Mean rate of every {title} fibre.",
        label=f"{title} rate",
        minimum="0 Hz",
        maximum="100 Hz",
        source=source,
    )


class Ongoing(SteadyStimulus):
    """Spikes that fibres of named rates fire all the time, each on its own.

    Intervals are gamma distributed about the rate of the class, with one coefficient of
    variation for all. The defaults are the ongoing input of the circuit of zhang2014, measured
    on its published trains: intervals of 112, 119 and 378 ms with a standard deviation of 38,
    32 and 40 %. The activity is there at the dorsal horn from `onset` on, in equilibrium.
    """

    kind = "ongoing"
    title = "Ongoing activity"
    references = ("zhang2014",)
    parameters = (
        *STEADY,
        _rate("abeta", "A-beta", "8.9 Hz", "zhang2014"),
        _rate("adelta", "A-delta", "8.4 Hz", "zhang2014"),
        _rate("c", "C", "2.65 Hz", "zhang2014"),
        Parameter(
            "variation",
            "fraction",
            "38 %",
            "Standard deviation of the intervals over their mean.",
            minimum="1 %",
            maximum="200 %",
            source="zhang2014",
        ),
        Parameter(
            "fields",
            "choices",
            ("centre",),
            "Receptive fields whose fibres fire.",
            choices=ROLES,
        ),
    )
    noxious = True

    LEAD = 10
    """Mean intervals that a train is drawn ahead of the onset, so that it forgets its start."""

    def spikes(
        self, fibres: "FibreTable", preparation: "Preparation", seed: int, name: str
    ) -> "AfferentDrive":
        """Draw the spikes of one trial; see `Stimulus.spikes`."""
        import numpy as np

        from gatecontrol.stimuli.trains import assemble, select

        trains = []
        for fibre_class in ("abeta", "adelta", "c"):
            rows = select(fibres, fibre_class, *self["fields"])
            row, time = self._renewal(rows, fibre_class, fibres, seed, name)
            trains.append((row, time + self["onset"], np.nan))
        return assemble(fibres, trains, arrived=True)

    def _renewal(
        self,
        rows: "NDArray[np.int64]",
        fibre_class: str,
        fibres: "FibreTable",
        seed: int,
        name: str,
    ) -> "tuple[NDArray[np.int64], NDArray[np.float64]]":
        """Return fibre and time of the spikes of one class since the onset [s]."""
        import numpy as np

        from gatecontrol.fibres.classes import REFRACTORY
        from gatecontrol.fibres.merge import drop_refractory
        from gatecontrol.seeds import stream

        rate, shape = self[f"{fibre_class}_rate"], self["variation"] ** -2
        if rate == 0 or not rows.size:
            return np.empty(0, dtype=np.int64), np.empty(0)
        generator = stream(seed, "stimuli", name, fibre_class)
        end = self.LEAD + self["duration"] * rate  # in mean intervals
        elapsed = generator.random((len(rows), 1))
        while elapsed[:, -1].min() < end:
            more = generator.gamma(shape, 1 / shape, (len(rows), 64))
            elapsed = np.concatenate([elapsed, elapsed[:, -1:] + np.cumsum(more, axis=1)], axis=1)
        inside = (elapsed >= self.LEAD) & (elapsed < end)
        which, column = np.nonzero(inside)
        time = (elapsed[which, column] - self.LEAD) / rate
        stay = drop_refractory(which, time, np.full(len(time), REFRACTORY[fibre_class]))
        return rows[which[stay]], time[stay]
