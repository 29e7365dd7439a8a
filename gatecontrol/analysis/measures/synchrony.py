"""Synchrony of A-beta fibres: a read-out of paraesthesia."""

import math
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Measure, Variable
from gatecontrol.analysis.windows import EPOCHS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["Synchrony"]


class Synchrony(Measure):
    """Synchrony of A-beta fibres at their terminals, per epoch: a paraesthesia read-out.

    Mean spike time tiling coefficient over pairs of A-beta fibres, natural and evoked
    spikes together, synchronous within 1 ms (assumed). It does not grow with the rate as
    such: independent trains give about 0, one common train gives 1. At most 24 fibres,
    spread evenly over those with 5 spikes or more, enter; with fewer than 2 it is missing.
    """

    name = "synchrony"
    variables = (
        Variable("synchrony", ("epoch",), "1", "Synchrony of A-beta fibres (tiling coefficient)"),
    )
    references = ("cutts2014", "sagalajev2024")
    within = 1e-3
    least_spikes = 5
    most_fibres = 24

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return the coefficient [1] per epoch and why one is missing."""
        drive = context.drive
        mine = drive.fibres.fibre_class[drive.fibre] == "abeta"
        fibre, time = drive.fibre[mine], drive.time[mine]
        values, reasons = [], []
        for name in EPOCHS:
            window = context.epochs.get(name)
            value = math.nan
            reason = "no such epoch"
            if window is not None:
                inside = (time >= window[0]) & (time < window[1])
                value = self._mean(fibre[inside], time[inside], window)
                reason = f"fewer than 2 A-beta fibres with {self.least_spikes} spikes"
            values.append(value)
            reasons.append(reason if math.isnan(value) else "")
        return {"synchrony": values, "synchrony_status": reasons}

    def _mean(
        self, fibre: "NDArray[np.int32]", time: "NDArray[np.float64]", window: tuple[float, float]
    ) -> float:
        import numpy as np

        from gatecontrol.analysis.spike_trains import tiling_coefficients

        rows, counts = np.unique(fibre, return_counts=True)
        rows = rows[counts >= self.least_spikes]
        if rows.size < 2:
            return math.nan
        if rows.size > self.most_fibres:
            rows = rows[np.linspace(0, rows.size - 1, self.most_fibres).round().astype(int)]
        trains = [np.sort(time[fibre == row]) for row in rows]
        found = tiling_coefficients(trains, *window, self.within)
        return float(found[np.triu_indices(len(trains), 1)].mean())
