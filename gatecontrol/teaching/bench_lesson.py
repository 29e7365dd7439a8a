"""Lessons of the bench: each stop is a state that the live page can show too."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.teaching.outcomes import Axes, Outcome

if TYPE_CHECKING:
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.teaching.lesson import Lesson, Settings

__all__ = ["VALUES", "computer"]

VALUES = {"pain_signal": "pain", "pain_signal_lamina1": "lamina1"}
_DETAILS = {"signal": "Pain signal", "signal_lamina1": "Signal of lamina I"}


def computer(
    lesson: "Lesson", backend: str, say: "Reporter"
) -> "tuple[Callable[[Settings], Outcome], Axes]":
    """Return what computes one stop, and the axes of its drawing.

    Parameters
    ----------
    lesson : Lesson
        Of the kind ``bench``.
    backend : str
        Engine.
    say : Reporter

    Raises
    ------
    GatecontrolError
        The lesson asks for a value that the bench does not have.
    """
    from gatecontrol.teaching.answer import compute
    from gatecontrol.teaching.bench import OFF, ON, BenchState

    value = _known(lesson, "value", lesson.shows.value, VALUES)
    label = _known(lesson, "detail", lesson.shows.detail, _DETAILS)

    def one(changes: "Settings") -> Outcome:
        state = lesson.state or BenchState()
        answers = [compute(state.changed(**(changes | {"seed": s})), backend)
                   for s in range(1, lesson.seeds + 1)]  # fmt: skip
        return Outcome(
            np.array([getattr(a, value) for a in answers]),
            answers[0].time,
            np.mean([getattr(a, lesson.shows.detail) for a in answers], axis=0),
            {c: float(np.mean([a.recruited[c] for a in answers])) for c in answers[0].recruited},
        )

    return one, Axes("Time [s]", f"{label} [spikes/s]", window=(ON, OFF))


def _known(lesson: "Lesson", key: str, name: str, table: dict[str, str]) -> str:
    if name not in table:
        raise GatecontrolError(
            f"lesson {lesson.id}: shows.{key}: the bench has no '{name}'."
            + f"{did_you_mean(name, list(table))} It has: {', '.join(table)}"
        )
    return table[name]
