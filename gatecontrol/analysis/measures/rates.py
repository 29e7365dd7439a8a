"""Firing rates per epoch: the pain signal, every population, every class of fibres."""

import math
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Measure, Variable
from gatecontrol.analysis.measures.times import per_epoch, signal_times
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.fibres.classes import INPUT_CLASSES

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["PainSignal", "PopulationRates"]

_SIGNALS = ("pain_signal", "pain_signal_lamina1")


class PainSignal(Measure):
    """Mean firing rate of the projection neurons per epoch, with the spikes counted.

    The deep wide-dynamic-range cells give ``pain_signal``, the lamina I cells
    ``pain_signal_lamina1``; which cells carry which is said in the circuit. All spikes in
    the epoch count, the background too. In model units: no pain score.
    """

    name = "pain_signal"
    variables = (
        Variable(
            "pain_signal",
            ("epoch",),
            "spikes/s",
            "Pain signal (deep projection neurons, per cell)",
            suppression="suppression",
            suppressed="the pain signal (deep projection neurons)",
        ),
        Variable(
            "pain_signal_lamina1",
            ("epoch",),
            "spikes/s",
            "Pain signal (lamina I projection neurons, per cell)",
            suppression="suppression_lamina1",
            suppressed="the pain signal (lamina I projection neurons)",
        ),
        Variable("pain_spikes", ("epoch",), "1", "Spikes of all deep projection neurons"),
        Variable(
            "pain_spikes_lamina1", ("epoch",), "1", "Spikes of all lamina I projection neurons"
        ),
    )
    references = ("melzack1965",)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return rates [spikes/s per cell] and spike counts per epoch."""
        found: dict[str, Any] = {}
        for signal in _SIGNALS:
            times, size = signal_times(context, signal)
            rates = per_epoch(context, times, size)
            windows = [context.epochs.get(name) for name in EPOCHS]
            spikes = signal.replace("signal", "spikes")
            found[signal] = rates
            found[spikes] = [
                math.nan if w is None or not size else round(r * size * (w[1] - w[0]))
                for r, w in zip(rates, windows, strict=True)
            ]
            found[f"{signal}_status"] = found[f"{spikes}_status"] = [
                f"the circuit '{context.circuit.name}' has no population with this signal"
                if not size
                else ("" if w else "no such epoch")
                for w in windows
            ]
        return found


class PopulationRates(Measure):
    """Mean firing rate of every population and of the fibres of every class, per epoch."""

    name = "population_rates"
    variables = (
        Variable("rate", ("population", "epoch"), "spikes/s", "Firing rate per cell"),
        Variable(
            "afferent_rate",
            ("fibre_class", "epoch"),
            "spikes/s",
            "Spikes per fibre arriving at the dorsal horn",
        ),
    )

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return rates [spikes/s] by population and by fibre class, per epoch."""
        spikes = context.recording.spikes
        fibre_class = context.drive.fibres.fibre_class
        arriving = fibre_class[context.drive.fibre]
        size = {c: int((fibre_class == c).sum()) for c in INPUT_CLASSES}
        there = [context.epochs.get(name) is not None for name in EPOCHS]
        absent = "; ".join(f"{c}: the circuit has no such fibres" for c, n in size.items() if not n)
        return {
            "rate": {n: per_epoch(context, s.time, s.size) for n, s in spikes.items()},
            "rate_status": ["" if one else "no such epoch" for one in there],
            "afferent_rate": {
                c: per_epoch(context, context.drive.time[arriving == c], n) for c, n in size.items()
            },
            "afferent_rate_status": [absent if one else "no such epoch" for one in there],
        }
