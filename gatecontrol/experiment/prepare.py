"""Before the first point: the plan's size, its doses, its cost, and a compiled network."""

import math
import re
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gatecontrol.errors import ExperimentError, GatecontrolError, Problem
from gatecontrol.experiment.estimate import Cost, estimate, guard, least_cost
from gatecontrol.experiment.executor import Task, default_workers
from gatecontrol.experiment.plan import Plan
from gatecontrol.experiment.progress import Reporter
from gatecontrol.experiment.replicates import AdaptiveSeeds
from gatecontrol.experiment.trial import canonical, circuit_of

if TYPE_CHECKING:
    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.experiment.sweep import Point

__all__ = [
    "Patience",
    "check_doses",
    "cost_of",
    "engine",
    "guard_size",
    "prepare_engine",
    "prepare_networks",
    "sureness",
]

_CODED = re.compile(r"(E\d{3}): (?:device \w+: )?(.*)", re.DOTALL)
"""Code and text of a device's refusal."""


class Patience:
    """Says that a long step goes on, every few seconds, so that there is never silence.

    Parameters
    ----------
    say : Reporter
    text : str
        What is going on.
    interval : float, optional
        [s]
    """

    def __init__(self, say: Reporter, text: str, interval: float = 8.0) -> None:
        self._say, self._text, self._interval = say, text, interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)

    def _repeat(self) -> None:
        began = time.monotonic()
        while not self._over.wait(self._interval):
            self._say.say(f"... {self._text} ({time.monotonic() - began:.0f} s)")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()


def engine(backend: str) -> str:
    """Return the simulation engine that will be used."""
    from gatecontrol.simulation import choose_backend

    return choose_backend(backend)


def guard_size(
    experiment: "Experiment",
    *,
    workers: int | None,
    backend: str,
    yes: bool,
    again: str,
    shards: int = 1,
) -> None:
    """Refuse a run that is too large before its points are even laid out.

    Controls count, points that an earlier run has finished do not matter here. Of a run that
    is divided into shards, one shard counts; of adaptive seeds, the most there may be.
    """
    from gatecontrol.experiment.schema import DEVICE_OFF
    from gatecontrol.experiment.sweep import axis_sizes, combinations

    seeds = len(experiment.seeds)
    total = max(1, len(experiment.arms)) * seeds * math.prod(axis_sizes(experiment).values())
    word = "possibly" if isinstance(experiment.seeds, AdaptiveSeeds) else "at least"
    guard(least_cost(math.ceil(total / shards)), yes=yes, again=again, word=word)
    number = workers or default_workers(total)
    keeps = {"all": seeds, "first_seed": 1}.get(experiment.record.spikes, 0)
    cost, seen = Cost(0, 0.0, 0.0, 0.0), set[str]()
    for _, _, setting in combinations(experiment):
        natural = [setting.preparation, setting.circuit, setting.stimuli, setting.run]
        described = [canonical([*natural, setting.device])]
        if experiment.control == DEVICE_OFF:
            described.append(canonical([*natural, None]))
        new = len(set(described) - seen)
        seen.update(described)
        cost += estimate(
            math.ceil(new * seeds / shards),
            float(setting.run["duration"] or 0.0),
            circuit_of({"circuit": setting.circuit}),
            workers=number,
            kept=math.ceil(new * keeps / shards),
            backend=backend,
        )
    guard(cost, yes=yes, again=again, word=sureness(experiment))


def sureness(experiment: "Experiment") -> str:
    """Return how sure an estimate is: of a rule for seeds, the most that it may use counts."""
    return "at most" if isinstance(experiment.seeds, AdaptiveSeeds) else "about"


def check_doses(experiment: "Experiment", plan: Plan, say: Reporter) -> None:
    """Work out every dose, so that a limit that needs physics stops the run before it starts.

    What the trials need of fibre thresholds is solved here, once, and kept for the workers.
    """
    from gatecontrol.plugins import load_plugin
    from gatecontrol.preparations import load_preparation

    problems: list[Problem] = []
    seen: set[str] = set()
    for point in plan.points:
        device, preparation = point.trial["device"], point.trial["preparation"]
        described = canonical([device, preparation])
        if device is None or described in seen:
            continue
        seen.add(described)
        try:
            chosen = load_plugin("devices", device["kind"]).from_config(device)
            progress = _Solving(say, point.arm)
            chosen.prepare(load_preparation(preparation), default_workers(64), progress)
        except ExperimentError as error:
            problems += error.problems
        except (GatecontrolError, ValueError) as error:
            problems.append(_located(experiment, point, error))
    if problems:
        raise ExperimentError(problems)


class _Solving:
    """Tells how far the solving of fibre thresholds is, every few seconds."""

    def __init__(self, say: Reporter, arm: str, interval: float = 5.0) -> None:
        self._say, self._arm, self._interval = say, arm, interval
        self._told, self._begun = time.monotonic(), False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._begun:
            self._begun = True
            self._say.say(f"solving fibre thresholds for arm '{self._arm}' (once; they are kept)")
        if now - self._told >= self._interval:
            self._told = now
            self._say.say(f"... {done} of {total} fibres of one kind solved")


def _located(experiment: "Experiment", point: "Point", error: Exception) -> Problem:
    """Return a device's refusal at the place where its amplitude (or itself) was typed."""
    parts = _CODED.match(str(error))
    code, text = (parts[1], parts[2]) if parts else ("E040", str(error))
    text, _, hint = text.partition("; ")
    device = point.trial["device"]
    with_values = "".join(f", {name} {value}" for name, value in point.axes.items())
    typed = f"'{device['amplitude']}': " if "amplitude" in device else ""
    message = f"{typed}{text} (arm '{point.arm}'{with_values})"
    loaded = experiment._loaded
    if loaded is None or point.arm not in loaded.arms:
        return Problem(code, "device", message, hint)
    origin = loaded.arms[point.arm].origin(("device", "amplitude"))
    return origin.file.problem(code, origin.path, message, hint)


def cost_of(tasks: Sequence[Task], workers: int, backend: str) -> Cost:
    """Return the estimated cost of computing some trials."""
    total = Cost(0, 0.0, 0.0, 0.0)
    groups: dict[str, list[Task]] = {}
    for task in tasks:
        trial = task.arguments["trial"]
        groups.setdefault(canonical([trial["circuit"], trial["run"]["duration"]]), []).append(task)
    for group in groups.values():
        trial = group[0].arguments["trial"]
        total += estimate(
            len(group),
            trial["run"]["duration"],
            circuit_of(trial),
            workers=workers,
            kept=sum(t.keeps_spikes for t in group),
            backend=backend,
        )
    return total


def prepare_engine(tasks: Sequence[Task], backend: str, say: Reporter) -> None:
    """Compile each distinct network of some trials once, in this process."""
    trials = (task.arguments["trial"] for task in tasks)
    prepare_networks(((t["circuit"], t["run"]["dt"]) for t in trials), backend, say)


def prepare_networks(
    networks: Iterable[tuple[Mapping[str, Any], float]], backend: str, say: Reporter
) -> str:
    """Compile each distinct network once, in this process; return the engine chosen.

    Parameters
    ----------
    networks : iterable of (mapping, float)
        Plain description of the circuit, and time step [s].
    backend : str
        Engine, ``"auto"`` too.
    say : Reporter
    """
    from gatecontrol.simulation import prepare

    seen = set[str]()
    for circuit, dt in networks:
        described = canonical([circuit, dt])
        if described in seen:
            continue
        seen.add(described)
        with Patience(say, "still compiling"):
            # The engine chosen takes the place of "auto", so that a choice is announced once.
            backend = prepare(circuit_of({"circuit": circuit}), dt, backend, say.say)
    return backend
