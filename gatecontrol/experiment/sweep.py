"""From an experiment to its points: arms x sweep axes x seeds, each a plain description.

A point's trial holds everything that its result depends on and nothing else: no name, no
label, no question. So equal trials of different experiments have equal keys.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.experiment.axes import Step, SweepAxis, axis_name
from gatecontrol.experiment.load import Loaded
from gatecontrol.experiment.measuring import trial_measures
from gatecontrol.experiment.paths import parameter_at
from gatecontrol.experiment.schema import DEVICE_OFF, Experiment
from gatecontrol.experiment.sensitivity import Design
from gatecontrol.experiment.validate import Collector, Setting, Validator
from gatecontrol.parameters import parse_value
from gatecontrol.units import DIMENSIONS, Amplitude, UnitError

__all__ = ["Axis", "Point", "axes", "axis_sizes", "axis_texts", "combinations", "points"]


@dataclass(frozen=True)
class Axis:
    """One axis of the sweep, as results hold it.

    Attributes
    ----------
    name : str
        Dimension (``device_frequency``; ``case`` for a list of cases).
    path : str
        What is swept (``device.frequency``); of a zip, its first path.
    values : tuple of str
        Values as typed.
    numbers : tuple of float or None
        The values in SI units, if all are numbers of one dimension.
    unit : str
        Unit of `numbers` (``%PT`` for multiples of the perception threshold).
    along : tuple of Axis
        What varies along it: of a sensitivity design, its parameters.
    design : Design or None
        Of a sensitivity analysis.
    """

    name: str
    path: str
    values: tuple[str, ...]
    numbers: tuple[float, ...] | None = None
    unit: str = ""
    along: "tuple[Axis, ...]" = ()
    design: Design | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One trial of one arm with its paired control.

    Attributes
    ----------
    index : int
        Place in the order arms x axes x seeds.
    arm : str
        Name of the arm.
    axes : mapping of str to str
        Axis name -> value as text.
    seed : int
        Seed, the unit of replication.
    trial : dict
        Plain description of the trial: JSON-able, complete, with all defaults filled in.
        Its sections are shared with other points and are not to be changed.
    control : dict
        The same of the paired control.
    """

    index: int
    arm: str
    axes: Mapping[str, str]
    seed: int
    trial: dict[str, Any]
    control: dict[str, Any]


def _parts(experiment: Experiment) -> tuple[Loaded, Validator]:
    loaded, validator = experiment._loaded, experiment._validator
    if loaded is None or validator is None:
        raise GatecontrolError("an experiment is made by gatecontrol.load(), which checks it")
    return loaded, validator


def axes(experiment: Experiment) -> list[Axis]:
    """Return the axes of the sweep, in file order.

    Parameters
    ----------
    experiment : Experiment
        From `gatecontrol.experiment.load.load`.
    """
    loaded, _ = _parts(experiment)
    found = []
    for axis in loaded.axes:
        numbers, unit = _numbers(loaded, axis)
        texts = tuple(s.text for s in axis.planned)
        along = _parameters(axis)
        found.append(Axis(axis.name, axis.path, texts, numbers, unit, along, axis.design))
    return found


def axis_sizes(experiment: Experiment) -> dict[str, int]:
    """Return the number of values of each axis of the sweep, in file order.

    Parameters
    ----------
    experiment : Experiment
        From `gatecontrol.experiment.load.load`.
    """
    loaded, _ = _parts(experiment)
    return {axis.name: axis.size for axis in loaded.axes}


def axis_texts(experiment: Experiment) -> dict[str, str]:
    """Return what each axis of the sweep is over, for people; draws no samples of a design.

    Parameters
    ----------
    experiment : Experiment
        From `gatecontrol.experiment.load.load`.
    """
    loaded, _ = _parts(experiment)
    found = {}
    for axis in loaded.axes:
        texts = [step.text for step in axis.steps]
        if axis.design is not None:
            ranges = axis.design.ranges
            spans = ", ".join(f"{r.key} {r.typed[0]} to {r.typed[1]}" for r in ranges)
            texts = [f"{axis.size} samples of {spans}"]
        found[axis.name] = ", ".join(texts)
    return found


def _parameters(axis: SweepAxis) -> tuple[Axis, ...]:
    """Return the parameters of a sensitivity design with their values in every sample."""
    found = []
    for index, one in enumerate(axis.design.ranges if axis.design else ()):
        values = [step.values[index][1] for step in axis.planned]
        numbers = tuple(map(one.number, values))
        found.append(Axis(axis_name(one.key), one.key, tuple(map(str, values)), numbers, one.unit))
    return tuple(found)


def _numbers(loaded: Loaded, axis: SweepAxis) -> tuple[tuple[float, ...] | None, str]:
    """Return the first path's values as numbers with their unit, if they are numbers."""
    if not axis.path:
        return None, ""
    numbers, units = [], set()
    for step in axis.steps:
        path, value, _ = step.values[0]
        config = next((c for c in loaded.arms.values() if parameter_at(c, path)), None)
        parameter = parameter_at(config, path) if config else None
        if parameter is None:
            return None, ""
        try:
            parsed = parse_value(parameter, value)
        except UnitError:
            return None, ""
        unit = DIMENSIONS[parameter.kind].si if parameter.kind in DIMENSIONS else "1"
        if isinstance(parsed, Amplitude):
            unit = {"current": "A", "perception_threshold": "%PT", "recruited": "1"}[parsed.kind]
            parsed = parsed.value * (100 if unit == "%PT" else 1)
            parsed = round(parsed, 9) if unit == "%PT" else parsed
        if isinstance(parsed, bool) or not isinstance(parsed, int | float):
            return None, ""
        numbers.append(float(parsed))
        units.add(unit)
    if len(units) != 1 or len(set(numbers)) != len(numbers):
        return None, ""
    return tuple(numbers), units.pop()


def combinations(experiment: Experiment) -> Iterator[tuple[str, tuple[Step, ...], Setting]]:
    """Yield (arm, steps, settings) for every arm and sweep point, seeds aside.

    Parameters
    ----------
    experiment : Experiment
        From `gatecontrol.experiment.load.load`.

    Raises
    ------
    ExperimentError
        A combination of swept values that cannot be.
    """
    loaded, validator = _parts(experiment)
    for arm in loaded.arms:
        for steps in product(*(a.planned for a in loaded.axes)):
            config = loaded.settings(arm, steps)
            setting = validator.setting(config)
            if not isinstance(setting, Setting):
                collector = Collector(experiment.allow_out_of_range)
                for fault in setting:
                    collector.add(config, fault)
                raise ExperimentError(collector.problems)
            yield arm, steps, setting


def points(experiment: Experiment) -> list[Point]:
    """Return all points: arms x axes (in file order) x seeds.

    Parameters
    ----------
    experiment : Experiment
        From `gatecontrol.experiment.load.load`.

    Returns
    -------
    list of Point

    Raises
    ------
    ExperimentError
        A combination of swept values that cannot be.
    """
    measures = trial_measures(experiment)
    names = [a.name for a in axes(experiment)]
    cells: list[tuple[str, tuple[str, ...], dict[str, Any]]] = []
    by_place: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
    for arm, steps, setting in combinations(experiment):
        texts = tuple(s.text for s in steps)
        shared = _described(setting, measures)
        by_place[arm, texts] = shared
        cells.append((arm, texts, shared))
    found: list[Point] = []
    for arm, texts, shared in cells:
        if experiment.control == DEVICE_OFF:
            control = {**shared, "device": None}
        else:
            control = by_place[experiment.control, texts]
        labels = dict(zip(names, texts, strict=True))
        for seed in experiment.seeds:
            trial, paired = {**shared, "seed": seed}, {**control, "seed": seed}
            found.append(Point(len(found), arm, labels, seed, trial, paired))
    return found


def _described(setting: Setting, measures: list[dict[str, Any]]) -> dict[str, Any]:
    circuit = dict(setting.circuit)
    if "file" in circuit:
        path = Path(circuit["file"])
        circuit["sha256"] = _digest(str(path), path.stat().st_mtime_ns)
    return {
        "preparation": setting.preparation,
        "circuit": circuit,
        "stimuli": setting.stimuli,
        "device": setting.device,
        "run": setting.run,
        "epochs": setting.epochs,
        "measures": measures,
    }


@lru_cache(maxsize=64)
def _digest(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
