"""What measures share: spike times of a signal, and rates per epoch."""

import math
from typing import TYPE_CHECKING

from gatecontrol.analysis.windows import EPOCHS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["per_epoch", "signal_times"]


def per_epoch(context: "TrialContext", times: "NDArray[np.float64]", size: int) -> list[float]:
    """Return the mean rate per unit [spikes/s] in each epoch, NaN where there is none."""
    import numpy as np

    rates = []
    for name in EPOCHS:
        window = context.epochs.get(name)
        if window is None or size == 0:
            rates.append(math.nan)
            continue
        count = np.count_nonzero((times >= window[0]) & (times < window[1]))
        rates.append(count / (size * (window[1] - window[0])))
    return rates


def signal_times(context: "TrialContext", signal: str) -> "tuple[NDArray[np.float64], int]":
    """Return the spike times [s], ascending, and the number of the cells of a signal."""
    import numpy as np

    spikes = [
        context.recording.spikes[p.name]
        for p in context.circuit.populations.values()
        if p.signal == signal
    ]
    times = [s.time for s in spikes] or [np.empty(0)]
    return np.sort(np.concatenate(times)), sum(s.size for s in spikes)
