"""Wind-up: how the answer to C volleys grows."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Measure, Variable
from gatecontrol.analysis.measures.times import signal_times
from gatecontrol.analysis.measures.volleys import volleys_of
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    from gatecontrol.analysis.context import TrialContext

__all__ = ["Windup"]

_NEEDS = "a 'volley' stimulus that excites C fibres (classes: [c])"


class Windup(Measure):
    """Spikes of the deep projection neurons per C volley, and their growth.

    ``windup_spikes`` counts, per cell, the spikes in the C window of each volley: from the
    first arrival of a C spike at the dorsal horn to 0.3 s after the last (in a rat the usual
    90-500 ms after the stimulus), not beyond the first C arrival of the next volley, and
    without the 90 ms after each stimulus, in which A fibres answer, or less where C fibres
    arrive sooner (a nerve near the cord). ``windup_ratio`` is the mean of the last three
    volleys over the first, ``windup_slope`` the least-squares slope of spikes per cell against
    the number of the volley; a volley whose window the end of the run cuts off counts for
    neither.
    """

    name = "windup"
    variables = (
        Variable(
            "windup_spikes", ("volley",), "1", "Spikes per cell in the C window", interval=True
        ),
        Variable(
            "windup_ratio",
            (),
            "1",
            "Wind-up: mean of the last three volleys over the first",
            interval=True,
        ),
        Variable(
            "windup_slope",
            (),
            "1",
            "Wind-up: growth in spikes per cell from volley to volley",
            interval=True,
        ),
    )
    references = ("mendell1966", "dickenson1987", "shechter2013")
    tail = 0.3
    a_response = 0.09

    def lacks(self, stimuli: Sequence[Mapping[str, Any]]) -> str:
        """Return that no volley excites C fibres, if so."""
        volleys = (s for s in stimuli if s["kind"] == "volley")
        return "" if any("c" in s["classes"] for s in volleys) else _NEEDS

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return spikes per cell and volley, their ratio (NaN if the first is silent) and slope."""
        import numpy as np

        times, size = signal_times(context, "pain_signal")
        if not size:
            raise GatecontrolError(
                f"windup: the circuit '{context.circuit.name}' has no population that carries "
                + "the pain_signal"
            )
        mine = [v for v in volleys_of(context) if "c" in v.latency]
        if not mine:
            raise GatecontrolError(
                f"windup: needs {_NEEDS}; add one to stimuli, or leave windup out of measures"
            )
        volleys = np.array([v.time for v in mine])
        earliest = min(v.latency["c"][0] for v in mine)
        latest = max(v.latency["c"][1] for v in mine)
        # Answers of A fibres, to this volley or the next, are no C response.
        last = np.searchsorted(volleys, times, side="right") - 1
        # Where C spikes arrive sooner than that, what follows is theirs.
        a_response = min(self.a_response, earliest)
        answers_a = (last >= 0) & (times - volleys[np.maximum(last, 0)] < a_response)
        times = times[~answers_a]
        starts = volleys + earliest
        ends = np.minimum(volleys + latest + self.tail, [*starts[1:], np.inf])
        counts = (np.searchsorted(times, ends) - np.searchsorted(times, starts)) / size
        found: dict[str, Any] = {"windup_spikes": list(counts)}
        found |= {"windup_ratio": math.nan, "windup_slope": math.nan}
        if ends[-1] > context.duration:
            found["windup_spikes_status"] = "the run ends within the C window of the last volley"
            counts = counts[ends <= context.duration]
        if len(counts) < 3:
            found["windup_slope_status"] = f"{len(counts)} volleys; the slope needs 3"
        else:
            away = np.arange(len(counts)) - (len(counts) - 1) / 2
            found["windup_slope"] = float((away * counts).sum() / (away**2).sum())
        if len(counts) < 4:
            found["windup_ratio_status"] = f"{len(counts)} volleys; the ratio needs 4"
        elif counts[0] == 0:
            found["windup_ratio_status"] = "no spike after the first volley"
        else:
            found["windup_ratio"] = float(np.mean(counts[-3:]) / counts[0])
        return found
