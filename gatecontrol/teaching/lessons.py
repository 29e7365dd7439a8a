"""The lessons that there are: one YAML file each, read with every fault named."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from gatecontrol.citations import library
from gatecontrol.errors import ExperimentError, Problem, UsageError, did_you_mean
from gatecontrol.plugins import plugins
from gatecontrol.teaching.lesson import Lesson
from gatecontrol.yamlfile import KeyPath, YamlFile, read_yaml

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["FOLDER", "find_lesson", "load_lessons", "read_lesson"]

FOLDER = Path(__file__).with_name("lessons")
"""Where the shipped lessons are."""


@lru_cache(maxsize=1)
def load_lessons() -> tuple[Lesson, ...]:
    """Return the shipped lessons in the order of the course.

    Raises
    ------
    ExperimentError
        Every fault of the first file that has any.
    """
    found = [read_lesson(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda lesson: (lesson.order, lesson.id)))


def find_lesson(name: str) -> Lesson:
    """Return a shipped lesson by its id, or one of one's own by its file.

    Parameters
    ----------
    name : str
        Id, or path of a file that ends in ``.yaml`` or ``.yml``.

    Raises
    ------
    UsageError
        There is no such lesson.
    ExperimentError
        Faults of the file.
    """
    if name.endswith((".yaml", ".yml")):
        return read_lesson(Path(name))
    lessons = {lesson.id: lesson for lesson in load_lessons()}
    if name not in lessons:
        raise UsageError(
            f"no lesson '{name}'.{did_you_mean(name, list(lessons))} "
            + f"There are: {', '.join(lessons)}; or give a file that ends in .yaml"
        )
    return lessons[name]


def read_lesson(path: Path) -> Lesson:
    """Read one lesson.

    Parameters
    ----------
    path : Path
        Its file; without a key ``id`` the file's name is the lesson's.

    Raises
    ------
    ExperimentError
        All faults at once, each with file, line, column and key.
    """
    file = read_yaml(path, path.name)
    try:
        lesson = Lesson.model_validate({"id": path.stem, **file.data})
    except ValidationError as error:
        raise ExperimentError([_problem(file, one) for one in error.errors()]) from None
    problems = [*_unknown_references(file, lesson), *_unknown_phenomena(file, lesson)]
    if problems:
        raise ExperimentError(problems)
    return lesson


def _problem(file: YamlFile, error: "ErrorDetails") -> Problem:
    """Return one fault in words, at its key."""
    path: KeyPath = error["loc"]
    kind, context = error["type"], error.get("ctx", {})
    if kind == "missing":
        message, help = "is missing", f"{path[-1]}: ..."
    elif kind == "extra_forbidden":
        siblings = _fields(path[:-1])
        hint = did_you_mean(str(path[-1]), siblings)
        message, help = f"is no key of a lesson.{hint}", f"known here: {', '.join(siblings)}"
    elif kind == "value_error":
        message, help = str(context["error"]), ""
    else:
        message, help = error["msg"].lower(), ""
    return file.problem("E020", path, message, help, key=kind == "extra_forbidden")


def _fields(path: KeyPath) -> list[str]:
    """Return the keys of a part of a lesson."""
    from typing import get_args

    from pydantic import BaseModel

    def models(annotation: object) -> Iterator[type[BaseModel]]:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        for part in get_args(annotation):
            yield from models(part)

    model: type[BaseModel] = Lesson
    for key in path:
        if isinstance(key, str) and key in model.model_fields:
            model = next(models(model.model_fields[key].annotation), model)
    return list(model.model_fields)


def _unknown_references(file: YamlFile, lesson: Lesson) -> Iterator[Problem]:
    known: Mapping[str, str] = library()
    for n, part in enumerate(lesson.evidence):
        for m, key in enumerate(part.references):
            if key not in known:
                message = f"'{key}' is not in references.bib.{did_you_mean(key, list(known))}"
                help = "name an entry of gatecontrol/references.bib"
                yield file.problem("E012", ("evidence", n, "references", m), message, help)


def _unknown_phenomena(file: YamlFile, lesson: Lesson) -> Iterator[Problem]:
    known = sorted(plugins("phenomena"))
    for n, id in enumerate(lesson.phenomena):
        if id not in known:
            message = f"'{id}' is no phenomenon of the evidence battery"
            yield file.problem("E012", ("phenomena", n), message, f"known: {', '.join(known)}")
