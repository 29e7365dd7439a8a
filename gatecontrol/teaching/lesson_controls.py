"""The controls of a lesson, in marimo, and which lessons there are to choose from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import marimo as mo

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.teaching.controls import panel
from gatecontrol.teaching.course import course
from gatecontrol.teaching.workers import LessonStop

if TYPE_CHECKING:
    from gatecontrol.teaching.lesson import Choice, Lesson, Question

__all__ = [
    "asked", "choices", "chosen", "course", "lesson_of_link", "missing", "stops", "stops_panel",
    "ticking",
]  # fmt: skip

_TICK = 0.2
"""Time between two stops that are computed in a row [s] (assumed): a choice gets in between."""


def lesson_of_link(query: Mapping[str, Any]) -> "tuple[Lesson | None, str]":
    """Return the lesson of the page's address, and what is wrong with it.

    Parameters
    ----------
    query : mapping of str to object
        The address's parameters; the lesson is its ``id``.

    Returns
    -------
    Lesson or None
        None without an id, or if there is no such lesson.
    str
        The fault; empty if there is none.
    """
    try:
        lessons = {lesson.id: lesson for lesson in course()}
    except GatecontrolError as error:
        return None, str(error)
    name = str(query.get("id", ""))[:60]
    if name and name not in lessons:
        return None, f"no lesson '{name}'.{did_you_mean(name, list(lessons))} These are offered"
    return lessons.get(name), ""


def choices(question: "Question") -> Any:
    """Return the choices of a question, none of them chosen."""
    return mo.ui.radio([choice.text for choice in question.choices])


def chosen(question: "Question", control: Any) -> "Choice | None":
    """Return the choice that was made, or None."""
    return next((c for c in question.choices if c.text == control.value), None)


def stops(lesson: "Lesson") -> Any:
    """Return the control that a lesson varies."""
    labels = [stop.label for stop in lesson.vary.stops]
    return mo.ui.radio(labels, value=labels[lesson.vary.reference])


def stops_panel(lesson: "Lesson", control: Any) -> str:
    """Return the control that a lesson varies under its name, as HTML."""
    inside = panel(lesson.vary.label, control)
    return f"<section aria-label='2. Try'><h2>2. Try</h2>{inside}</section>"


def asked(lesson: "Lesson", label: str) -> LessonStop:
    """Return the question for the pool that a stop's label stands for."""
    labels = [stop.label for stop in lesson.vary.stops]
    return LessonStop(lesson.id, labels.index(label), lesson)


def missing(lesson: "Lesson", seen: Mapping[int, Any]) -> list[LessonStop]:
    """Return the questions for the stops that were not looked at."""
    every = range(len(lesson.vary.stops))
    return [LessonStop(lesson.id, stop, lesson) for stop in every if stop not in seen]


def ticking() -> Any:
    """Return a clock that, while it is on the page, asks again and again to go on."""
    return mo.ui.refresh(default_interval=_TICK)
