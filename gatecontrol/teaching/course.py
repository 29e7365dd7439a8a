"""The lessons that the live pages offer: those shipped, and one's own that were opened."""

from typing import TYPE_CHECKING

from gatecontrol.teaching.lessons import load_lessons

if TYPE_CHECKING:
    from gatecontrol.teaching.lesson import Lesson

__all__ = ["course", "offer"]

_OWN: "dict[str, Lesson]" = {}


def offer(lesson: "Lesson") -> None:
    """Offer a lesson too; one with the same id takes the place of a shipped one.

    Parameters
    ----------
    lesson : Lesson
    """
    _OWN[lesson.id] = lesson


def course() -> "tuple[Lesson, ...]":
    """Return the lessons in the order of the course.

    Raises
    ------
    ExperimentError
        Faults of a shipped lesson.
    """
    found = {lesson.id: lesson for lesson in load_lessons()} | _OWN
    return tuple(sorted(found.values(), key=lambda lesson: (lesson.order, lesson.id)))
