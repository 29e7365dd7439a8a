"""Spikes aligned to what evokes them: histograms and latencies."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Dimension, Measure, Variable
from gatecontrol.analysis.measures.pulses import pulse_groups
from gatecontrol.analysis.measures.times import SIGNAL, cells_of, epoch_of, onsets
from gatecontrol.analysis.measures.volleys import epoch_of_evoked, lacking_volley, need_volleys
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.parameters import to_si
from gatecontrol.plugins import Fault, Parameter
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["Latency", "Psth"]

MOST_BINS = 2000

_EVENTS = {"volleys": "volley", "pulses": "device pulse", "stimuli": "onset of a stimulus"}


class Psth(Measure):
    """Peri-stimulus time histogram of the projection neurons, per epoch.

    Spikes per cell and event, and the rate that they are, in bins around each event of the
    epoch: device pulses (`pulses`; those closer together than `together` are one, such as a
    burst), electrical stimuli at skin or nerve (`volleys`), or the onsets of all stimuli
    (`stimuli`). Events too close to the start or end of the run are left out. A spike within
    reach of two events counts for both.
    """

    name = "psth"
    parameters = (
        SIGNAL,
        Parameter(
            "align",
            "choice",
            "volleys",
            "What spikes are aligned to.",
            choices=tuple(_EVENTS),
        ),
        Parameter("bin", "time", "5 ms", "Width of the bins.", minimum="0.1 ms", maximum="10 s"),
        Parameter(
            "before",
            "time",
            "50 ms",
            "How far it reaches before an event.",
            minimum="0 s",
            maximum="10 s",
        ),
        Parameter(
            "after",
            "time",
            "500 ms",
            "How far it reaches after an event.",
            minimum="1 ms",
            maximum="60 s",
        ),
        Parameter(
            "together",
            "time",
            "0 s",
            "Pulses that follow each other within this time are one event.",
            minimum="0 s",
            maximum="1 s",
        ),
    )
    variables = (
        Variable("psth", ("epoch", "psth_time"), "1", "Spikes per cell and event"),
        Variable("psth_rate", ("epoch", "psth_time"), "spikes/s", "Rate per cell around events"),
        Variable("psth_events", ("epoch",), "1", "Events"),
    )
    references = ()

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults between fields; see `Measure.check`."""
        try:
            values = to_si(cls.parameters, config)
        except UnitError:
            return []
        bins = (values["before"] + values["after"]) / values["bin"]
        span = f"{1e3 * (values['before'] + values['after']):g} ms"
        if abs(bins - round(bins)) > 1e-6:
            message = f"before and after ({span} together) are no whole number of bins"
            after = max(round(bins), 1) * values["bin"] - values["before"]
            return [("bin", "E035", message, f"after: {1e3 * after:g} ms")]
        if round(bins) > MOST_BINS:
            message = f"{round(bins)} bins are more than {MOST_BINS}"
            wider = 1e3 * (values["before"] + values["after"]) / MOST_BINS
            return [("bin", "E035", message, f"bin: {wider:g} ms")]
        return []

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the middles of the bins."""
        count = round((self["before"] + self["after"]) / self["bin"])
        middles = tuple((n + 0.5) * self["bin"] - self["before"] for n in range(count))
        return (Dimension("psth_time", "s", "Time from the event, middle of the bin", middles),)

    def lacks(self, stimuli: Sequence[Mapping[str, Any]]) -> str:
        """Return that there is no volley to align with, if so."""
        return lacking_volley(stimuli) if self["align"] == "volleys" else ""

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return counts and rates per epoch and bin, and how many events they rest on."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import psth

        cells = cells_of(context, self["signal"], self.name)
        if self["align"] == "pulses":
            events = pulse_groups(context, self["together"])
            epoch = epoch_of(context, events)
        elif self["align"] == "stimuli":
            events = np.unique(onsets(context))
            epoch = epoch_of(context, events)
        else:
            volleys = need_volleys(context, self.name)
            events = np.array([v.time for v in volleys])
            epoch = epoch_of_evoked(context, events, volleys)
        whole = (events >= self["before"]) & (events + self["after"] <= context.duration)
        events, epoch = events[whole], epoch[whole]
        counts, number = [], []
        for row in range(len(EPOCHS)):
            mine = events[epoch == row]
            found = psth(cells.time, mine, self["before"], self["after"], self["bin"])
            counts.append(found / cells.size)
            number.append(mine.size)
        why = [
            ""
            if n
            else (
                f"no {_EVENTS[self['align']]} in this epoch"
                if context.epochs.get(name)
                else "no such epoch"
            )
            for n, name in zip(number, EPOCHS, strict=True)
        ]
        return {
            "psth": counts,
            "psth_status": why,
            "psth_rate": [c / self["bin"] for c in counts],
            "psth_rate_status": why,
            "psth_events": number,
        }


class Latency(Measure):
    """Latency of the first spike of each projection neuron after a volley.

    From the stimulus at skin or nerve to the first spike at or after the first arrival at the
    dorsal horn, waited for until the next volley's first arrival and no longer than `within`.
    ``latency`` is the median over the cells that answer, ``latency_central`` the same without
    the conduction of the fastest fibre, ``latency_answering`` the share of cells that answer.
    Background spikes are not told from answers: see `latency_answering` before a volley that
    evokes little.
    """

    name = "latency"
    parameters = (
        SIGNAL,
        Parameter(
            "within",
            "time",
            "1 s",
            "How long an answer is waited for after the first arrival.",
            minimum="1 ms",
            maximum="60 s",
        ),
    )
    variables = (
        Variable("latency", ("volley",), "s", "First-spike latency, median over cells"),
        Variable(
            "latency_central", ("volley",), "s", "First-spike latency after the first arrival"
        ),
        Variable("latency_answering", ("volley",), "1", "Share of cells that answer the volley"),
        Variable(
            "latency_median", ("epoch",), "s", "First-spike latency, median over cells and volleys"
        ),
    )
    references = ()

    def lacks(self, stimuli: Sequence[Mapping[str, Any]]) -> str:
        """Return that there is no volley, if so."""
        return lacking_volley(stimuli)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return latencies [s] per volley and per epoch."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import first_spike_latency

        cells = cells_of(context, self["signal"], self.name)
        volleys = need_volleys(context, self.name)
        given = np.array([v.time for v in volleys])
        conduction = np.array([min(first for first, _ in v.latency.values()) for v in volleys])
        arrival = given + conduction
        ends = np.minimum(arrival + self["within"], [*arrival[1:], np.inf])
        central = np.array([first_spike_latency(t, arrival, ends) for t in cells.trains()])
        answers = np.isfinite(central).any(axis=0)
        within = arrival < context.duration
        share = np.where(within, np.isfinite(central).mean(axis=0), math.nan)
        middle = np.full(given.size, np.nan)
        middle[answers] = np.nanmedian(central[:, answers], axis=0)
        epoch = epoch_of_evoked(context, given, volleys)
        medians, why = [], []
        for row, name in enumerate(EPOCHS):
            mine = (central + conduction)[:, epoch == row]
            known = mine[np.isfinite(mine)]
            medians.append(float(np.median(known)) if known.size else math.nan)
            silent = "no cell answers a volley" if mine.size else "no volley in this epoch"
            there = context.epochs.get(name) is not None
            why.append("" if known.size else (silent if there else "no such epoch"))
        late = "" if within.all() else "the run ends before a volley arrives"
        silent = "" if answers[within].all() else "no cell answers a volley"
        silent = "; ".join(text for text in (silent, late) if text)
        return {
            "latency": middle + conduction,
            "latency_status": silent,
            "latency_central": middle,
            "latency_central_status": silent,
            "latency_answering": share,
            "latency_answering_status": late,
            "latency_median": medians,
            "latency_median_status": why,
        }
