"""From an experiment to what must be computed: each trial once, in a fixed order."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gatecontrol.experiment.executor import Task
from gatecontrol.experiment.trial import shared_key, trial_key

if TYPE_CHECKING:
    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.experiment.sweep import Axis, Point

__all__ = ["CONTROL", "Plan", "make_plan"]

CONTROL = " (control)"
"""Ends the label of a trial that serves as a control only."""


@dataclass(frozen=True)
class Plan:
    """What an experiment computes.

    Attributes
    ----------
    points : sequence of Point
        All points, in order.
    axes : sequence of Axis
        Sweep axes.
    tasks : tuple of Task
        Every distinct trial once: those of the points and their controls, which arms share.
    backend : str
        Engine.
    keys : mapping of int to str
        ``id`` of a trial's dictionary -> key.
    """

    points: "Sequence[Point]"
    axes: "Sequence[Axis]"
    tasks: tuple[Task, ...]
    backend: str
    keys: Mapping[int, str]

    def key(self, trial: Mapping[str, Any]) -> str:
        """Return the key of a trial of this plan."""
        known = self.keys.get(id(trial))
        return known if known is not None else trial_key(trial, self.backend)

    def of_seeds(self, seeds: Collection[int]) -> "Plan":
        """Return what an experiment with some of the seeds only would compute."""
        chosen = (p for p in self.points if p.seed in seeds)
        points = [replace(point, index=index) for index, point in enumerate(chosen)]
        needed = {self.key(t) for p in points for t in (p.trial, p.control)}
        return replace(self, points=points, tasks=tuple(t for t in self.tasks if t.key in needed))


def make_plan(experiment: "Experiment", backend: str) -> Plan:
    """Lay out an experiment.

    Parameters
    ----------
    experiment : Experiment
    backend : str
        Engine that computes it.
    """
    from gatecontrol.experiment.sweep import axes, points

    laid = points(experiment)
    first = laid[0].seed
    keeps = experiment.record.spikes
    shared: dict[tuple[int, ...], str] = {}

    def key_of(trial: Mapping[str, Any]) -> str:
        # the sections are shared by the trials of all seeds, and alive as long as the points
        parts = tuple(id(value) for name, value in trial.items() if name != "seed")
        if parts not in shared:
            shared[parts] = shared_key(trial, backend)
        return trial_key(trial, backend, shared[parts])

    keys = {id(trial): key_of(trial) for p in laid for trial in (p.trial, p.control)}
    own: dict[str, str] = {}
    for point in laid:
        own.setdefault(keys[id(point.trial)], _label(point))
    tasks: dict[str, Task] = {}
    for point in laid:
        for trial in (point.trial, point.control):
            key = keys[id(trial)]
            if key not in tasks:
                kept = keeps == "all" or (keeps == "first_seed" and point.seed == first)
                label = own.get(key) or _label(point) + CONTROL
                arguments = {"trial": trial, "backend": backend, "keep_spikes": kept}
                tasks[key] = Task(key, label, arguments)
    return Plan(laid, axes(experiment), tuple(tasks.values()), backend, keys)


def _label(point: "Point") -> str:
    along = [f"{name} {value}" for name, value in point.axes.items()]
    return ", ".join([point.arm, *along, f"seed {point.seed}"])
