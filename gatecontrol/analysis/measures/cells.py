"""Each projection neuron by itself: how unlike they are."""

from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Dimension, Measure, Variable
from gatecontrol.analysis.measures.times import SIGNAL, cells_of
from gatecontrol.analysis.windows import EPOCHS

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["CellRates"]


class CellRates(Measure):
    """Firing rate and regularity of each projection neuron, per epoch.

    ``cell_rate`` counts all spikes of a cell in the epoch. ``cell_interval_cv`` is the
    coefficient of variation of its intervals there, of cells with at least three spikes: 0
    for a clock, about 1 for a Poisson process, more for bursts. Cells are numbered as in the
    kept spikes; those of one seed have nothing to do with those of another.
    """

    name = "cell_rates"
    parameters = (SIGNAL,)
    variables = (
        Variable("cell_rate", ("epoch", "cell"), "spikes/s", "Rate of each projection neuron"),
        Variable(
            "cell_interval_cv",
            ("epoch", "cell"),
            "1",
            "Coefficient of variation of the intervals of each projection neuron",
        ),
    )
    references = ()

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the cells, counted from 0."""
        return (Dimension("cell", "1", "Cell number", first=0),)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return rates [spikes/s] and coefficients [1] per epoch and cell."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import interval_cv

        cells = cells_of(context, self["signal"], self.name)
        trains = cells.trains()
        rate, variation = np.full((2, len(EPOCHS), cells.size), np.nan)
        rare = ["no such epoch"] * len(EPOCHS)
        for row, name in enumerate(EPOCHS):
            window = context.epochs.get(name)
            if window is None:
                continue
            for cell, train in enumerate(trains):
                mine = train[(train >= window[0]) & (train < window[1])]
                rate[row, cell] = mine.size / (window[1] - window[0])
                variation[row, cell] = interval_cv(mine)
            missing = int(np.isnan(variation[row]).sum())
            rare[row] = f"{missing} cells fire fewer than 3 spikes" if missing else ""
        there = [context.epochs.get(name) is not None for name in EPOCHS]
        return {
            "cell_rate": rate,
            "cell_rate_status": ["" if one else "no such epoch" for one in there],
            "cell_interval_cv": variation,
            "cell_interval_cv_status": rare,
        }
