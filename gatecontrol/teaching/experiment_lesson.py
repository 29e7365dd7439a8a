"""Lessons on an experiment file: each stop changes keys of it, as ``--set`` does."""

import math
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.errors import ExperimentError, GatecontrolError, did_you_mean
from gatecontrol.teaching.outcomes import Axes, Outcome

if TYPE_CHECKING:
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.teaching.lesson import Lesson, Settings
    from gatecontrol.teaching.trial_store import TrialResult

__all__ = ["computer", "experiment_text", "overrides"]

_DURING = EPOCHS.index("during")
_SIGNALS = {
    "signal": ("pain_signal", "Pain signal [spikes/s]"),
    "signal_lamina1": ("pain_signal_lamina1", "Signal of lamina I [spikes/s]"),
    "paraesthesia": ("paraesthesia", "Sensory neurons [spikes/s]"),
}
_BIN, _SMOOTH = 0.02, 0.05
"""Bin of a signal, and standard deviation of the Gaussian that smooths it [s] (assumed)."""


def experiment_text(lesson: "Lesson") -> str:
    """Return the experiment file that a lesson starts from.

    Parameters
    ----------
    lesson : Lesson
        Of the kind ``experiment``.
    """
    from gatecontrol.experiment.resolve import yaml_text

    whole = {"schema": 1, "name": lesson.id, **lesson.experiment}
    seeds = {} if "seeds" in whole else {"seeds": lesson.seeds}
    return yaml_text(whole | seeds)


def overrides(changes: "Settings") -> list[str]:
    """Return what a stop changes as ``path=value``, as after ``--set``.

    Parameters
    ----------
    changes : dict
        Keys of an experiment file, dotted, and their values.
    """
    return [f"{path}={_flow(value)}" for path, value in changes.items()]


def _flow(value: Any) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def computer(
    lesson: "Lesson", backend: str, say: "Reporter"
) -> "tuple[Callable[[Settings], Outcome], Axes]":
    """Return what computes one stop, and the axes of its drawing.

    Parameters
    ----------
    lesson : Lesson
        Of the kind ``experiment``.
    backend : str
        Engine.
    say : Reporter
        Told when something has to be solved or compiled first.

    Raises
    ------
    ExperimentError
        Faults of the lesson's experiment.
    GatecontrolError
        The experiment does not measure what the lesson shows.
    """
    from gatecontrol.experiment.prepare import engine

    chosen = engine(backend)

    def one(changes: "Settings") -> Outcome:
        trial, results = _results(_load(lesson, changes), lesson.seeds, chosen, say)
        detail = [_detail(lesson, trial, r) for r in results]
        recruited = {
            c: float(np.mean([r.recruitment[c] for r in results])) for c in results[0].recruitment
        }
        values = np.array([_value(lesson, r.measures) for r in results])
        return Outcome(values, detail[0][0], np.mean([y for _, y in detail], axis=0), recruited)

    return one, _axes(lesson)


def _axes(lesson: "Lesson") -> Axes:
    from gatecontrol.experiment.sweep import points

    if lesson.shows.detail not in _SIGNALS:
        return Axes("Volley", lesson.shows.detail_name or lesson.shows.detail, steps=True)
    trial = points(_load(lesson, {}))[0].trial
    run, during = trial["run"], (trial["epochs"] or {}).get("during")
    on, off = during or (run["device_on"], run["device_off"])
    window = None if on is None or off is None else (float(on), float(off))
    return Axes("Time [s]", _SIGNALS[lesson.shows.detail][1], window=window)


def _load(lesson: "Lesson", changes: "Settings") -> "Experiment":
    from gatecontrol.experiment.load import load

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{lesson.id}.yaml")
        file.write_text(experiment_text(lesson), encoding="utf-8")
        try:
            return load(file, overrides(changes))
        except ExperimentError as error:  # the file is gone when this is read
            named = f"lesson {lesson.id}, experiment"
            raise ExperimentError([
                replace(p, file=named if p.file == str(file) else p.file) for p in error.problems
            ]) from None


def _results(
    experiment: "Experiment", seeds: int, backend: str, say: "Reporter"
) -> "tuple[dict[str, Any], list[TrialResult]]":
    """Return the first point of an experiment, and its trials by seed."""
    from gatecontrol.experiment.plan import make_plan
    from gatecontrol.experiment.prepare import check_doses, prepare_networks
    from gatecontrol.experiment.sweep import points
    from gatecontrol.teaching.trial_store import stored, stored_trial

    trial = dict(points(experiment)[0].trial)
    trials = [{**trial, "seed": seed} for seed in range(1, seeds + 1)]
    if any(stored(t, backend) is None for t in trials):
        check_doses(experiment, make_plan(experiment, backend), say)
        prepare_networks([(trial["circuit"], trial["run"]["dt"])], backend, say)
    return trial, [stored_trial(t, backend) for t in trials]


def _value(lesson: "Lesson", measures: Mapping[str, Any]) -> float:
    """Return what counts of one trial."""
    kind, _, population = lesson.shows.value.partition(".")
    table = measures["rate"] if kind == "population" else measures
    name = population if kind == "population" else kind
    if name not in table:
        raise GatecontrolError(
            f"lesson {lesson.id}: shows.value: its experiment does not measure '{name}'."
            + f"{did_you_mean(name, list(table))} Name the measure in experiment.measures"
        )
    found = table[name][_DURING] if isinstance(table[name], list) else table[name]
    return math.nan if found is None else float(found)


def _detail(
    lesson: "Lesson", trial: Mapping[str, Any], result: "TrialResult"
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what is drawn of one trial: a signal in time, or a variable by volley."""
    name = lesson.shows.detail
    if name in _SIGNALS:
        return _signal(trial, result, _SIGNALS[name][0])
    if not isinstance(result.measures.get(name), list):
        known = [n for n, v in result.measures.items() if isinstance(v, list)]
        raise GatecontrolError(
            f"lesson {lesson.id}: shows.detail: its experiment measures no '{name}' by volley."
            + f"{did_you_mean(name, [*known, *_SIGNALS])} Name the measure in experiment.measures"
        )
    y = np.array([math.nan if v is None else v for v in result.measures[name]], float)
    return np.arange(1.0, y.size + 1), y


def _signal(
    trial: Mapping[str, Any], result: "TrialResult", signal: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from scipy.ndimage import gaussian_filter1d

    from gatecontrol.experiment.trial import circuit_of

    cells = [n for n, p in circuit_of(trial).populations.items() if p.signal == signal]
    edges = np.arange(round(trial["run"]["duration"] / _BIN) + 1) * _BIN
    times = [result.spikes[n].time for n in cells]
    size = sum(result.spikes[n].size for n in cells)
    counts = np.histogram(np.concatenate([*times, np.empty(0)]), edges)[0]
    rate = gaussian_filter1d(counts / (_BIN * max(size, 1)), _SMOOTH / _BIN, mode="nearest")
    return edges[:-1] + _BIN / 2, rate
