"""How fibres and cells follow the pulses of the device."""

import math
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Dimension, Measure, Variable
from gatecontrol.analysis.measures.times import cells_of
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["PulseLocking", "pulse_groups"]

FOLLOWERS = ("abeta", "deep", "lamina1", "paraesthesia")
"""Who may follow pulses: A-beta fibres at their terminals, and the cells of each signal."""


def pulse_groups(context: "TrialContext", together: float = 0.0) -> "NDArray[np.float64]":
    """Return the times of the device's pulses [s]; of those close together the first.

    Parameters
    ----------
    context : TrialContext
    together : float, optional
        Pulses that follow each other within this time are one group, such as a burst [s].
    """
    import numpy as np

    times = np.unique(context.drive.pulses)
    return times[np.diff(times, prepend=-np.inf) > together]


class PulseLocking(Measure):
    """Locking to the pulses of the device: of A-beta fibres, a read-out of paraesthesia.

    ``vector_strength`` is that of all spikes of the A-beta fibres (as they arrive at the
    dorsal horn) or of the cells of a signal together, over the intervals between pulses: 1 if
    every spike has one phase, about 0 for spikes that do not care. Differences of conduction
    between fibres lower it. ``vector_strength_p`` is the Rayleigh test, to be read with
    ``vector_strength_spikes``. ``entrainment`` is the share of pulses after which a fibre
    fires before the next pulse, mean over the A-beta fibres that the device drives, or over
    those cells. Intervals beyond ten times the median are pauses and do not count
    (assumed). Without a device, as in the paired control, nothing can lock: NaN.
    """

    name = "pulse_locking"
    parameters = (
        Parameter(
            "together",
            "time",
            "0 s",
            "Pulses that follow each other within this time are one event, such as a burst.",
            minimum="0 s",
            maximum="1 s",
        ),
    )
    variables = (
        Variable("vector_strength", ("epoch", "follower"), "1", "Vector strength to device pulses"),
        Variable(
            "vector_strength_p",
            ("epoch", "follower"),
            "1",
            "Chance of this vector strength without locking (Rayleigh)",
        ),
        Variable(
            "vector_strength_spikes", ("epoch", "follower"), "1", "Spikes in the vector strength"
        ),
        Variable(
            "entrainment",
            ("epoch", "follower"),
            "1",
            "Share of device pulses that are followed by a spike within one interval",
        ),
    )
    references = ("goldberg1969", "berens2009", "sagalajev2024")
    pause = 10.0

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return who may follow."""
        return (Dimension("follower", "1", "Who follows the pulses", FOLLOWERS),)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return locking and entrainment [1] per epoch and follower."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import entrainment, vector_strength

        pulses = pulse_groups(context, self["together"])
        together, apart = self._trains(context)
        shape = (len(EPOCHS), len(FOLLOWERS))
        strength, p, count, share = np.full((4, *shape), np.nan)
        why = []
        for row, name in enumerate(EPOCHS):
            window = context.epochs.get(name)
            if window is None:
                why.append("no such epoch")
                continue
            mine = pulses[(pulses >= window[0]) & (pulses < window[1])]
            if mine.size < 2:
                why.append("no device pulses in this epoch")
                continue
            why.append("")
            longest = self.pause * float(np.median(np.diff(mine)))
            for column, follower in enumerate(FOLLOWERS):
                found = vector_strength(together[follower], mine, longest)
                strength[row, column], p[row, column] = found.strength, found.p
                count[row, column] = found.count
                each = [entrainment(train, mine, longest) for train in apart[follower]]
                share[row, column] = np.mean(each) if each else math.nan
        silent = _reasons(why, strength, dict.fromkeys(FOLLOWERS, "no spikes between pulses"))
        absent = dict.fromkeys(FOLLOWERS, "no such cells")
        none = _reasons(why, share, absent | {"abeta": "the device drives no fibre"})
        return {
            "vector_strength": strength,
            "vector_strength_status": silent,
            "vector_strength_p": p,
            "vector_strength_p_status": silent,
            "vector_strength_spikes": count,
            "vector_strength_spikes_status": why,
            "entrainment": share,
            "entrainment_status": none,
        }

    @staticmethod
    def _trains(
        context: "TrialContext",
    ) -> "tuple[dict[str, NDArray[np.float64]], dict[str, list[NDArray[np.float64]]]]":
        """Return the spikes of each follower together, and apart for each fibre or cell."""
        import numpy as np

        from gatecontrol.errors import GatecontrolError
        from gatecontrol.fibres.drive import DEVICE

        drive = context.drive
        mine = drive.fibres.fibre_class[drive.fibre] == "abeta"
        driven = np.unique(drive.fibre[mine & (drive.origin == DEVICE)])
        together = {"abeta": drive.time[mine]}
        apart = {"abeta": [drive.time[drive.fibre == row] for row in driven]}
        for signal in FOLLOWERS[1:]:
            try:
                cells = cells_of(context, signal, PulseLocking.name)
            except GatecontrolError:  # a circuit need not have all
                together[signal], apart[signal] = np.empty(0), []
                continue
            together[signal], apart[signal] = cells.time, cells.trains()
        return together, apart


def _reasons(why: list[str], values: "NDArray[np.float64]", absent: dict[str, str]) -> list[str]:
    """Return why values are missing, per epoch: its own reason, or those of its followers."""
    return [
        text
        or "; ".join(
            f"{name}: {absent[name]}"
            for name, value in zip(FOLLOWERS, row, strict=True)
            if math.isnan(value)
        )
        for text, row in zip(why, values, strict=True)
    ]
