"""Responses to volleys by fibre class, and activity that no stimulus evokes."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Dimension, Measure, Variable
from gatecontrol.analysis.measures.times import SETTLED, SIGNAL, baseline_of, cells_of, evoking
from gatecontrol.analysis.measures.volleys import (
    Volley,
    epoch_of_evoked,
    lacking_volley,
    need_volleys,
    volleys_of,
)
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.plugins import Parameter, load_plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["OngoingActivity", "VolleyWindows"]

WINDOWS = ("abeta", "adelta", "c", "after")
"""Windows after a volley: of each class that it excites, and the after-discharge."""

_CLASSES = {"abeta": "A-beta", "adelta": "A-delta", "c": "C"}


class VolleyWindows(Measure):
    """Spikes per volley in the windows of A-beta, A-delta, C and after-discharge.

    A class's window begins with the first arrival of its fibres at the dorsal horn and ends a
    tail after the last, or where the next slower class arrives; the after-discharge follows
    the slowest class. So windows follow the preparation, the site and the fibres drawn.
    Where windows of different volleys meet, A fibres go before C fibres, those before the
    after-discharge, and the later volley before the earlier: no spike is counted twice.

    ``window_spikes`` are raw counts per cell. ``window_background`` are those expected from
    the rate before the first stimulus or pulse, over the same time, and ``window_evoked`` is
    the difference, which can be negative. ``window_signal`` (raw) and ``window_signal_evoked``
    are means over the volleys whose window begins in the epoch; the suppression is that of
    the raw count.
    """

    name = "volley_windows"
    parameters = (
        SIGNAL,
        Parameter(
            "a_tail",
            "time",
            "50 ms",
            "How long an A response outlasts its last arrival.",
            minimum="1 ms",
            maximum="1 s",
        ),
        Parameter(
            "c_tail",
            "time",
            "0.3 s",
            "How long a C response outlasts its last arrival.",
            minimum="10 ms",
            maximum="5 s",
        ),
        Parameter(
            "after",
            "time",
            "0.5 s",
            "Length of the window of the after-discharge.",
            minimum="10 ms",
            maximum="60 s",
        ),
        SETTLED,
    )
    variables = (
        Variable("window_spikes", ("volley", "window"), "1", "Spikes per cell and volley"),
        Variable(
            "window_background",
            ("volley", "window"),
            "1",
            "Background spikes expected per cell and volley",
        ),
        Variable(
            "window_evoked",
            ("volley", "window"),
            "1",
            "Spikes per cell and volley above the background",
        ),
        Variable(
            "window_signal",
            ("epoch", "window"),
            "1",
            "Spikes per cell and volley, mean over the volleys of the epoch",
            suppression="suppression_windows",
            suppressed="the response to volleys, by window (background included)",
        ),
        Variable(
            "window_signal_evoked",
            ("epoch", "window"),
            "1",
            "Spikes per cell and volley above the background, mean over the volleys of the epoch",
        ),
        Variable("baseline_rate", (), "spikes/s", "Background rate per cell"),
        Variable("baseline_time", (), "s", "How long the background was counted"),
    )
    references = ("dickenson1987", "guan2010")

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return the windows."""
        return (Dimension("window", "1", "Window after a volley", WINDOWS),)

    def lacks(self, stimuli: Sequence[Mapping[str, Any]]) -> str:
        """Return that there is no volley, if so."""
        return lacking_volley(stimuli)

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return counts per volley, their means per epoch, and the background."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import spike_count_in_windows

        cells = cells_of(context, self["signal"], self.name)
        volleys = need_volleys(context, self.name)
        start, stop = self._windows(volleys, context.duration)
        # Who goes first where windows meet: rows are taken in this order, later ones win.
        order = [(k, n) for k in (3, 2, 1, 0) for n in range(len(volleys))]
        window, volley = np.array(order).T
        counts, exposure = spike_count_in_windows(
            cells.time, start[volley, window], stop[volley, window]
        )
        spikes, time = np.full((2, *start.shape), np.nan)
        spikes[volley, window], time[volley, window] = counts / cells.size, exposure
        spikes[~(time > 0)] = np.nan
        time[~(time > 0)] = np.nan
        baseline = baseline_of(context, cells, self["settled"])
        evoked = spikes - baseline.rate * time
        epoch = epoch_of_evoked(context, start, volleys)
        mean = [[_mean(spikes[epoch[:, k] == e, k]) for k in range(4)] for e in range(len(EPOCHS))]
        above = [[_mean(evoked[epoch[:, k] == e, k]) for k in range(4)] for e in range(len(EPOCHS))]
        why = self._reasons(volleys, spikes, stop, context.duration)
        known = {**why, "background": baseline.why} if baseline.why else why
        return {
            "window_spikes": spikes,
            "window_spikes_status": why,
            "window_background": baseline.rate * time,
            "window_background_status": known,
            "window_evoked": evoked,
            "window_evoked_status": known,
            "window_signal": mean,
            "window_signal_status": _missing(context, mean, why),
            "window_signal_evoked": above,
            "window_signal_evoked_status": _missing(context, above, known),
            "baseline_rate": baseline.rate,
            "baseline_rate_status": baseline.why,
            "baseline_time": baseline.stop - baseline.start,
        }

    def _windows(
        self, volleys: Sequence[Volley], duration: float
    ) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return start and stop [s] of each volley's windows; NaN where a class is not excited."""
        import numpy as np

        start, stop = np.full((2, len(volleys), len(WINDOWS)), np.nan)
        for row, volley in enumerate(volleys):
            classes = list(volley.latency)
            for number, name in enumerate(classes):
                first, last = volley.latency[name]
                tail = self["c_tail"] if name == "c" else self["a_tail"]
                slower = [volley.latency[c][0] for c in classes[number + 1 :]]
                column = WINDOWS.index(name)
                start[row, column] = volley.time + first
                stop[row, column] = volley.time + min([last + tail, *slower])
            start[row, 3] = np.nanmax(stop[row, :3])
            stop[row, 3] = start[row, 3] + self["after"]
        # What is not excited is an empty window.
        empty = np.isnan(start)
        start[empty] = stop[empty] = 0.0
        return np.minimum(start, duration), np.minimum(stop, duration)

    @staticmethod
    def _reasons(
        volleys: Sequence[Volley],
        spikes: "NDArray[np.float64]",
        stop: "NDArray[np.float64]",
        duration: float,
    ) -> dict[str, str]:
        import numpy as np

        found = {}
        for column, name in enumerate(WINDOWS):
            if name != "after" and not any(name in v.latency for v in volleys):
                found[name] = f"no volley excites {_CLASSES[name]} fibres"
            elif (stop[:, column] >= duration).any():
                found[name] = "the run ends within the window of a volley"
            elif np.isnan(spikes[:, column]).any():
                found[name] = "a volley's window is taken by those of other volleys"
        return found


def _mean(values: "NDArray[np.float64]") -> float:
    import numpy as np

    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else math.nan


def _missing(
    context: "TrialContext", means: Sequence[Sequence[float]], why: dict[str, str]
) -> list[str]:
    """Return why means of an epoch are missing, window by window."""
    texts = []
    for epoch, row in zip(EPOCHS, means, strict=True):
        if context.epochs.get(epoch) is None:
            texts.append("no such epoch")
            continue
        missing = {
            name: why.get(name) or why.get("background") or "no volley's window is in this epoch"
            for name, value in zip(WINDOWS, row, strict=True)
            if math.isnan(value)
        }
        texts.append("; ".join(f"{name}: {text}" for name, text in missing.items()))
    return texts


class OngoingActivity(Measure):
    """Firing rate of the projection neurons while no stimulus drives them, per epoch.

    Time counts from `settled` on that is not within a stimulus: of a volley from its first
    arrival, of any other stimulus from its onset, to a tail after the last arrival. The stimuli
    `ongoing` and `ectopic` evoke nothing: they are what ongoing activity is made of. Epochs that
    are derived lie within the stimuli; give `epochs` in the file to measure before or after them.
    """

    name = "ongoing"
    parameters = (
        SIGNAL,
        Parameter(
            "tail",
            "time",
            "0.5 s",
            "How long after a stimulus activity counts as evoked.",
            minimum="0 s",
            maximum="10 min",
        ),
        SETTLED,
    )
    variables = (
        Variable(
            "ongoing_signal",
            ("epoch",),
            "spikes/s",
            "Rate per cell while no stimulus acts",
            suppression="suppression_ongoing",
            suppressed="ongoing activity",
        ),
        Variable("ongoing_time", ("epoch",), "s", "Time of the epoch in which no stimulus acts"),
    )
    references = ("guan2010",)
    least = 0.1

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return the rate [spikes/s] and the time it was counted in, per epoch."""
        import numpy as np

        from gatecontrol.analysis.spike_trains import spike_count_in_windows

        cells = cells_of(context, self["signal"], self.name)
        epochs = [context.epochs.get(name) or (0.0, 0.0) for name in EPOCHS]
        driven = [(0.0, self["settled"]), *self._driven(context)]
        start, stop = np.array([*epochs, *driven]).T
        counts, time = spike_count_in_windows(cells.time, start, stop)
        rates, reasons = [], []
        for row, name in enumerate(EPOCHS):
            enough = time[row] >= self.least
            rates.append(counts[row] / (cells.size * time[row]) if enough else math.nan)
            there = context.epochs.get(name) is not None
            why = f"a stimulus acts all but {time[row]:.2g} s of this epoch"
            reasons.append("" if enough else (why if there else "no such epoch"))
        return {
            "ongoing_signal": rates,
            "ongoing_signal_status": reasons,
            "ongoing_time": time[: len(EPOCHS)],
        }

    def _driven(self, context: "TrialContext") -> list[tuple[float, float]]:
        """Return when stimuli act [s]."""
        found = [
            (
                v.time + min(first for first, _ in v.latency.values()),
                v.time + max(last for _, last in v.latency.values()) + self["tail"],
            )
            for v in volleys_of(context)
        ]
        for stimulus in evoking(context):
            kind = stimulus["config"]["kind"]
            if kind == "volley":
                continue
            values = load_plugin("stimuli", kind).from_config(stimulus["config"]).values
            start, stop = stimulus["window"]
            found.append((min(values.get("onset", start), start), stop + self["tail"]))
        return found
