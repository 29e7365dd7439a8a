"""The built-in measures, and how they are applied to a trial."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.base import ALWAYS, Measure, Variable
from gatecontrol.analysis.context import TrialContext
from gatecontrol.analysis.windows import EPOCHS, evoked_window
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.classes import INPUT_CLASSES
from gatecontrol.plugins import load_plugin

__all__ = [
    "PainSignal",
    "PopulationRates",
    "Synchrony",
    "Windup",
    "evaluate",
    "tiling_coefficients",
]

_SIGNALS = ("pain_signal", "pain_signal_lamina1")


def evaluate(names: Iterable[str], context: TrialContext) -> dict[str, Any]:
    """Apply measures to one trial.

    Parameters
    ----------
    names : iterable of str
        Measures asked for beside `ALWAYS`.
    context : TrialContext

    Returns
    -------
    dict
        JSON-able (NaN as None): the variables of all measures, their ``_status`` texts, and
        ``epoch_start``, ``epoch_stop``, ``evoked_start``, ``evoked_stop`` [s].
    """
    windows = [(*s["window"], bool(s.get("noxious", False))) for s in context.stimuli]
    start, stop = evoked_window(windows, context.duration)
    epochs = [context.epochs.get(name) or (math.nan, math.nan) for name in EPOCHS]
    values: dict[str, Any] = {
        "epoch_start": [e[0] for e in epochs],
        "epoch_stop": [e[1] for e in epochs],
        "evoked_start": start,
        "evoked_stop": stop,
    }
    for name in dict.fromkeys([*ALWAYS, *names]):
        measure = load_plugin("measures", name)()
        found = measure.trial(context)
        missing = [v.name for v in measure.variables if v.name not in found]
        if missing:
            raise GatecontrolError(f"the measure '{name}' does not return {', '.join(missing)}")
        values.update(found)
    return {key: _plain(value) for key, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, str):
        return value
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None


def _per_epoch(context: TrialContext, times: NDArray[np.float64], size: int) -> list[float]:
    """Return the mean rate per unit [spikes/s] in each epoch, NaN where there is none."""
    rates = []
    for name in EPOCHS:
        window = context.epochs.get(name)
        if window is None or size == 0:
            rates.append(math.nan)
            continue
        count = np.count_nonzero((times >= window[0]) & (times < window[1]))
        rates.append(count / (size * (window[1] - window[0])))
    return rates


def _signal_times(context: TrialContext, signal: str) -> tuple[NDArray[np.float64], int]:
    """Return the spike times [s] and the number of the cells that carry a signal."""
    spikes = [
        context.recording.spikes[p.name]
        for p in context.circuit.populations.values()
        if p.signal == signal
    ]
    times = [s.time for s in spikes] or [np.empty(0)]
    return np.sort(np.concatenate(times)), sum(s.size for s in spikes)


class PainSignal(Measure):
    """Mean firing rate of the projection neurons per epoch, with the spikes counted.

    The deep wide-dynamic-range cells give ``pain_signal``, the lamina I cells
    ``pain_signal_lamina1``; which cells carry which is said in the circuit. All spikes in
    the epoch count, the background too. In model units: no pain score.
    """

    name = "pain_signal"
    variables = (
        Variable(
            "pain_signal", ("epoch",), "spikes/s", "Pain signal (deep projection neurons, per cell)"
        ),
        Variable(
            "pain_signal_lamina1",
            ("epoch",),
            "spikes/s",
            "Pain signal (lamina I projection neurons, per cell)",
        ),
        Variable("pain_spikes", ("epoch",), "1", "Spikes of all deep projection neurons"),
        Variable(
            "pain_spikes_lamina1", ("epoch",), "1", "Spikes of all lamina I projection neurons"
        ),
    )
    references = ("melzack1965",)

    def trial(self, context: TrialContext) -> dict[str, Any]:
        """Return rates [spikes/s per cell] and spike counts per epoch."""
        found: dict[str, Any] = {}
        for signal in _SIGNALS:
            times, size = _signal_times(context, signal)
            rates = _per_epoch(context, times, size)
            windows = [context.epochs.get(name) for name in EPOCHS]
            found[signal] = rates
            found[signal.replace("signal", "spikes")] = [
                math.nan if w is None or not size else round(r * size * (w[1] - w[0]))
                for r, w in zip(rates, windows, strict=True)
            ]
            found[f"{signal}_status"] = [
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

    def trial(self, context: TrialContext) -> dict[str, Any]:
        """Return rates [spikes/s] by population and by fibre class, per epoch."""
        spikes = context.recording.spikes
        fibre_class = context.drive.fibres.fibre_class
        arriving = fibre_class[context.drive.fibre]
        return {
            "rate": {n: _per_epoch(context, s.time, s.size) for n, s in spikes.items()},
            "afferent_rate": {
                c: _per_epoch(
                    context, context.drive.time[arriving == c], int(np.sum(fibre_class == c))
                )
                for c in INPUT_CLASSES
            },
        }


def tiling_coefficients(
    trains: Sequence[NDArray[np.float64]], start: float, stop: float, within: float
) -> NDArray[np.float64]:
    """Return the spike time tiling coefficient of every pair of trains [cutts2014].

    Parameters
    ----------
    trains : sequence of ndarray
        n trains of spike times [s], each ascending, inside the window and not empty.
    start, stop : float
        Window [s].
    within : float
        Two spikes this far apart [s] or closer are synchronous.

    Returns
    -------
    ndarray of float, shape (n, n)
        Symmetric; 1 for equal trains, about 0 for independent ones whatever their rates.
    """
    covered = np.array([_covered(train, start, stop, within) for train in trains])
    everything = np.concatenate(trains)
    firsts = np.cumsum([0, *(len(train) for train in trains[:-1])])
    counts = np.array([len(train) for train in trains])
    near = np.column_stack([
        np.add.reduceat(_is_near(everything, train, within), firsts) / counts for train in trains
    ])
    # Both are 1 only if the trains tile the window together: then they are equal in effect.
    rest = 1.0 - near * covered
    half = np.divide(near - covered, rest, out=np.ones_like(near), where=rest > 0)
    return 0.5 * (half + half.T)


def _covered(times: NDArray[np.float64], start: float, stop: float, within: float) -> float:
    """Return the share of the window that lies within `within` of a spike."""
    gaps = np.minimum(np.diff(times), 2 * within).sum()
    edges = min(times[0] - start, within) + min(stop - times[-1], within)
    return float((gaps + edges) / (stop - start))


def _is_near(
    times: NDArray[np.float64], others: NDArray[np.float64], within: float
) -> NDArray[np.float64]:
    """Return 1 for each of `times` with one of `others` within `within`, else 0."""
    edges = np.concatenate(([-np.inf], others, [np.inf]))
    place = np.searchsorted(others, times)
    return (np.minimum(times - edges[place], edges[place + 1] - times) <= within).astype(float)


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

    def trial(self, context: TrialContext) -> dict[str, Any]:
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
        self, fibre: NDArray[np.int32], time: NDArray[np.float64], window: tuple[float, float]
    ) -> float:
        rows, counts = np.unique(fibre, return_counts=True)
        rows = rows[counts >= self.least_spikes]
        if rows.size < 2:
            return math.nan
        if rows.size > self.most_fibres:
            rows = rows[np.linspace(0, rows.size - 1, self.most_fibres).round().astype(int)]
        trains = [np.sort(time[fibre == row]) for row in rows]
        found = tiling_coefficients(trains, *window, self.within)
        return float(found[np.triu_indices(len(trains), 1)].mean())


class Windup(Measure):
    """Spikes of the deep projection neurons per C volley, and their growth.

    ``windup_spikes`` counts, per cell, the spikes in the C window of each volley: from the
    first arrival of a C spike at the dorsal horn to 0.3 s after the last (in a rat the usual
    90-500 ms after the stimulus), not beyond the first C arrival of the next volley, and
    without the 90 ms after each stimulus, in which A fibres answer, or less where C fibres
    arrive sooner (a nerve near the cord). ``windup_ratio`` is the mean of the last three
    volleys over the first.
    """

    name = "windup"
    variables = (
        Variable("windup_spikes", ("volley",), "1", "Spikes per cell in the C window"),
        Variable("windup_ratio", (), "1", "Wind-up: mean of the last three volleys over the first"),
    )
    references = ("mendell1966", "dickenson1987", "shechter2013")
    tail = 0.3
    a_response = 0.09

    def trial(self, context: TrialContext) -> dict[str, Any]:
        """Return spikes per cell and volley, and their ratio (NaN if the first is silent)."""
        times, size = _signal_times(context, "pain_signal")
        if not size:
            raise GatecontrolError(
                f"windup: the circuit '{context.circuit.name}' has no population that carries "
                + "the pain_signal"
            )
        volleys, earliest, latest = self._volleys(context)
        # Answers of A fibres, to this volley or the next, are no C response.
        last = np.searchsorted(volleys, times, side="right") - 1
        # Where C spikes arrive sooner than that, what follows is theirs.
        a_response = min(self.a_response, earliest)
        answers_a = (last >= 0) & (times - volleys[np.maximum(last, 0)] < a_response)
        times = times[~answers_a]
        starts = volleys + earliest
        ends = np.minimum(volleys + latest + self.tail, [*starts[1:], np.inf])
        counts = (np.searchsorted(times, ends) - np.searchsorted(times, starts)) / size
        found: dict[str, Any] = {"windup_spikes": list(counts), "windup_ratio": math.nan}
        if ends[-1] > context.duration:
            found["windup_spikes_status"] = "the run ends within the C window of the last volley"
        if len(counts) < 4:
            found["windup_ratio_status"] = f"{len(counts)} volleys; the ratio needs 4"
        elif counts[0] == 0:
            found["windup_ratio_status"] = "no spike after the first volley"
        else:
            found["windup_ratio"] = float(np.mean(counts[-3:]) / counts[0])
        return found

    def _volleys(self, context: TrialContext) -> tuple[NDArray[np.float64], float, float]:
        """Return when C volleys are evoked, and the first and last latency of C fibres [s]."""
        fibres = context.drive.fibres
        rows = fibres.where("c")
        times, latencies = [], []
        for stimulus in context.stimuli:
            config = stimulus["config"]
            if config.get("kind") != "volley":
                continue
            volley = load_plugin("stimuli", "volley").from_config(config)
            if "c" not in volley["classes"] or not rows.size:
                continue
            distance = fibres.length[rows]
            if volley["site"] == "nerve":
                distance = np.full(rows.size, context.preparation.pns_site_to_cord.value)
            times.append(volley.times())
            latencies.append(distance / fibres.velocity[rows])
        if not times:
            raise GatecontrolError(
                "windup: needs a 'volley' stimulus that excites C fibres (classes: [c]); "
                + "add one to stimuli, or leave windup out of measures"
            )
        spread = np.concatenate(latencies)
        return np.unique(np.concatenate(times)), float(spread.min()), float(spread.max())
