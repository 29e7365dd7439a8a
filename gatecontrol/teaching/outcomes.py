"""What the model says at every stop of a lesson, under every condition; kept by content."""

import hashlib
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.experiment.progress import Reporter, Silent
from gatecontrol.files import cache_folder, write_whole
from gatecontrol.teaching.lesson import Check, Lesson, Settings

__all__ = [
    "ALIKE",
    "CHANGE",
    "Axes",
    "Outcome",
    "Outcomes",
    "agrees",
    "compute_outcomes",
    "kept",
    "outcomes_at",
]

CHANGE, ALIKE = 0.05, 0.1
"""Least change that counts as one, and largest that still counts as none (assumed)."""


@dataclass(frozen=True)
class Axes:
    """What the drawing of one stop has on its axes.

    Attributes
    ----------
    x, y : str
        Labels with units.
    logarithmic : tuple of bool
        Whether x and y are.
    window : tuple of float or None
        Stretch of x to be shaded: when brush or stimulator are on.
    steps : bool
        Whether points are single events (volleys), to be marked.
    """

    x: str
    y: str
    logarithmic: tuple[bool, bool] = (False, False)
    window: tuple[float, float] | None = None
    steps: bool = False


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the model says at one stop under one condition.

    Attributes
    ----------
    values : ndarray of float, shape (seeds,)
        What counts; NaN where it is not defined.
    x, y : ndarray of float, shape (k,)
        The drawing of this stop, mean over the seeds.
    recruited : mapping of str to float
        Share of each class of fibres that a pulse excites, mean over the seeds; empty without a
        stimulator.
    """

    values: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    recruited: Mapping[str, float] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """Mean over the seeds where it is defined, NaN if it never is."""
        known = self.values[~np.isnan(self.values)]
        return float(known.mean()) if known.size else math.nan


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What the model says in a whole lesson.

    Attributes
    ----------
    lesson : Lesson
    table : tuple of tuple of Outcome
        By condition, then by stop.
    axes : Axes
        Of the drawing of one stop.
    """

    lesson: Lesson
    table: tuple[tuple[Outcome, ...], ...]
    axes: Axes


def agrees(check: Check, outcomes: Outcomes) -> tuple[bool, float, float]:
    """Return whether the model agrees with a claim, and the two values compared.

    Parameters
    ----------
    check : Check
    outcomes : Outcomes

    Returns
    -------
    bool, float, float
        Verdict, value at the start, value at the end. A value that is not defined agrees with
        nothing.
    """
    (c, s), (d, e) = (outcomes.lesson.place(p) for p in (check.start, check.end))
    start, end = outcomes.table[c][s].value, outcomes.table[d][e].value
    defined = math.isfinite(start) and math.isfinite(end)
    lower, higher = end < start * (1 - CHANGE), end > start * (1 + CHANGE)
    verdict = {
        "lower": lower,
        "higher": higher,
        "alike": abs(end - start) <= ALIKE * max(abs(start), abs(end)),
        "not_lower": not lower,
        "not_higher": not higher,
    }[check.change]
    return bool(defined and verdict), start, end


def compute_outcomes(
    lesson: Lesson, backend: str = "auto", progress: Reporter | None = None
) -> Outcomes:
    """Compute a lesson: every stop under every condition; what is kept is not computed again.

    Simulates in this process, one trial after another.

    Parameters
    ----------
    lesson : Lesson
    backend : str, optional
        Engine, as for `gatecontrol.run`.
    progress : Reporter, optional
        Told once per stop and condition.

    Raises
    ------
    GatecontrolError
        A change that cannot be made, a dose without meaning, or a failed engine.
    """
    say = progress or Silent()
    one, axes = _computer(lesson, backend, say)
    table = []
    for condition in lesson.conditions:
        row = []
        for stop in lesson.vary.stops:
            row.append(one(condition.set | stop.set))
            say.advance()
        table.append(tuple(row))
    return Outcomes(lesson, tuple(table), axes)


def outcomes_at(
    lesson: Lesson, stop: int, backend: str = "auto"
) -> tuple[tuple[Outcome, ...], Axes]:
    """Compute one stop of a lesson under every condition.

    Parameters
    ----------
    lesson : Lesson
    stop : int
        Index of the stop.
    backend : str, optional
        Engine, as for `gatecontrol.run`.

    Returns
    -------
    tuple of Outcome
        By condition.
    Axes
        Of the drawing of a stop.

    Raises
    ------
    GatecontrolError
        As `compute_outcomes`.
    """
    one, axes = _computer(lesson, backend, Silent())
    changes = lesson.vary.stops[stop].set
    return tuple(one(condition.set | changes) for condition in lesson.conditions), axes


def _computer(
    lesson: Lesson, backend: str, say: Reporter
) -> tuple[Callable[[Settings], Outcome], Axes]:
    """Return what computes one stop of a lesson's kind, and the axes of its drawing."""
    if lesson.kind == "bench":
        from gatecontrol.teaching.bench_lesson import computer
    elif lesson.kind == "experiment":
        from gatecontrol.teaching.experiment_lesson import computer
    elif lesson.kind == "fibres":
        from gatecontrol.teaching.fibre_lesson import computer
    else:
        from gatecontrol.teaching.device_lesson import computer
    return computer(lesson, backend, say)


def kept(
    settings: Mapping[str, Any],
    make: Callable[[], Mapping[str, Any]],
    code: Sequence[Callable[..., Any]],
) -> dict[str, Any]:
    """Return plain numbers that only depend on settings and on code.

    Parameters
    ----------
    settings : mapping
        JSON-able.
    make : callable
        Computes them, JSON-able too, if they are not kept.
    code : sequence of function or class
        What computes them beside the rooms of `gatecontrol.experiment.trial.environment_digest`;
        if a file that defines one is edited, numbers are computed again.
    """
    from gatecontrol.experiment.trial import canonical, environment_digest

    parts = [environment_digest(), *(_source_digest(one) for one in code), canonical(settings)]
    name = hashlib.sha256(" ".join(parts).encode()).hexdigest()
    path = cache_folder() / "lessons" / f"{name}.json"
    with suppress(OSError, ValueError):  # missing, or damaged: computed again
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    made = dict(make())
    with suppress(OSError):  # no room on the disk: the numbers are worth more than their copy
        write_whole(path, json.dumps(made).encode())
    return made


@lru_cache(maxsize=64)  # read once: what runs is the source as it was imported
def _source_digest(one: Callable[..., Any]) -> str:
    """Return a digest of the files that define a function, or a class and its base classes."""
    owners = one.__mro__ if isinstance(one, type) else (one,)
    modules = sorted({owner.__module__ for owner in owners})
    sha = hashlib.sha256()
    for module in modules:
        file = getattr(sys.modules[module], "__file__", None)
        source = Path(file).read_bytes() if file and Path(file).is_file() else b""
        sha.update(f"{module} {len(source)} ".encode() + source)
    return sha.hexdigest()
