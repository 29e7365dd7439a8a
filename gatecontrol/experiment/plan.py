"""From an experiment to what must be computed: each trial once, in a fixed order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatecontrol.experiment.executor import Task
from gatecontrol.experiment.trial import canonical, trial_key

if TYPE_CHECKING:
    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.experiment.sweep import Axis, Point

__all__ = ["Plan", "make_plan"]


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

    @property
    def controls(self) -> int:
        """Number of trials that are only a control."""
        own = {self.key(p.trial) for p in self.points}
        return len(self.tasks) - len(own)


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
    keys: dict[int, str] = {}
    by_text: dict[str, str] = {}
    tasks: dict[str, Task] = {}
    for point in laid:
        for trial, role in ((point.trial, ""), (point.control, " (control)")):
            text = canonical(trial)
            key = by_text.get(text)
            if key is None:
                key = by_text[text] = trial_key(trial, backend)
            keys[id(trial)] = key
            if key not in tasks:
                keep = experiment.record.spikes
                kept = keep == "all" or (keep == "first_seed" and point.seed == first)
                arguments = {"trial": trial, "backend": backend, "keep_spikes": kept}
                tasks[key] = Task(key, _label(point) + role, arguments)
    return Plan(laid, axes(experiment), tuple(tasks.values()), backend, keys)


def _label(point: "Point") -> str:
    along = [f"{name} {value}" for name, value in point.axes.items()]
    return ", ".join([point.arm, *along, f"seed {point.seed}"])
