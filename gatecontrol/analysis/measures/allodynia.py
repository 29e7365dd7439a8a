"""How far touch drives the cells that carry the pain signal."""

import math
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Measure, Variable
from gatecontrol.analysis.measures.times import SETTLED, SIGNAL, baseline_of, cells_of, evoking
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import Parameter, load_plugin

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["Allodynia"]


class Allodynia(Measure):
    """Output of the projection neurons that innocuous stimuli evoke, against noxious ones.

    ``innocuous_signal`` is the rate per cell while only innocuous stimuli act (brush, light
    pressure, A-beta volleys); ``innocuous_evoked`` and ``noxious_evoked`` are rates above the
    background before the first stimulus or pulse. ``allodynia_index`` is their ratio: 0 if
    touch evokes nothing in these cells, 1 if it evokes as much as the noxious stimuli of the
    same trial. A cell with wide dynamic range answers touch in health too, so an index
    is to be compared with that of another condition. Time in which both act counts for the
    noxious stimulus; each stimulus acts to a tail after its window. The definition is assumed.
    """

    name = "allodynia"
    parameters = (
        SIGNAL,
        Parameter(
            "tail",
            "time",
            "0 s",
            "How long after a stimulus activity counts as evoked.",
            minimum="0 s",
            maximum="1 min",
        ),
        SETTLED,
    )
    variables = (
        Variable(
            "innocuous_signal",
            (),
            "spikes/s",
            "Rate per cell during innocuous stimuli",
            suppression="suppression_innocuous",
            suppressed="the response to innocuous stimuli (background included)",
        ),
        Variable("innocuous_evoked", (), "spikes/s", "Rate per cell evoked by innocuous stimuli"),
        Variable("noxious_evoked", (), "spikes/s", "Rate per cell evoked by noxious stimuli"),
        Variable("allodynia_index", (), "1", "Evoked by innocuous over evoked by noxious stimuli"),
    )
    references = ("torsney2006",)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return evoked rates [spikes/s] and their ratio [1]."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import spike_count_in_windows

        cells = cells_of(context, self["signal"], self.name)
        windows = {False: [], True: []}
        for stimulus in evoking(context):
            config = stimulus["config"]
            noxious = bool(stimulus.get("noxious", False))
            values = load_plugin("stimuli", config["kind"]).from_config(config).values
            start, stop = stimulus["window"]
            # A fibres of a noxious stimulus arrive before its window, which is that of C fibres.
            start = min(values.get("onset", start), start) if noxious else start
            windows[noxious].append((start, min(stop + self["tail"], context.duration)))
        if not windows[False]:
            raise GatecontrolError(
                "allodynia: needs an innocuous stimulus, such as a brush; add one to stimuli, or "
                + "leave allodynia out of measures"
            )
        rows = np.array([*windows[False], *windows[True]])
        counts, time = spike_count_in_windows(cells.time, rows[:, 0], rows[:, 1])
        first = len(windows[False])
        baseline = baseline_of(context, cells, self["settled"])

        def rate(part: slice) -> float:
            seconds = time[part].sum()
            return float(counts[part].sum() / (cells.size * seconds)) if seconds else math.nan

        touch, harm = rate(slice(0, first)), rate(slice(first, None))
        covered = "noxious stimuli act all the time that innocuous ones do"
        no_touch = covered if math.isnan(touch) else ""
        no_harm = "no noxious stimulus" if math.isnan(harm) else ""
        evoked, noxious = touch - baseline.rate, harm - baseline.rate
        index = evoked / noxious if noxious > 0 else math.nan
        none = "" if noxious > 0 else "noxious stimuli evoke nothing above the background"
        return {
            "innocuous_signal": touch,
            "innocuous_signal_status": no_touch,
            "innocuous_evoked": evoked,
            "innocuous_evoked_status": no_touch or baseline.why,
            "noxious_evoked": noxious,
            "noxious_evoked_status": no_harm or baseline.why,
            "allodynia_index": index,
            "allodynia_index_status": no_touch or no_harm or baseline.why or none,
        }
