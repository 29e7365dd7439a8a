"""Lessons as pages that need nothing beside themselves: no server, no network."""

import base64
import hashlib
import re
import struct
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.experiment.progress import Reporter, Silent
from gatecontrol.files import write_whole
from gatecontrol.teaching.lessons import load_lessons
from gatecontrol.teaching.outcomes import Outcomes, compute_outcomes
from gatecontrol.teaching.wording import DISCLAIMER, verdicts

if TYPE_CHECKING:
    from gatecontrol.teaching.frames import Picture
    from gatecontrol.teaching.lesson import Lesson, Question

__all__ = ["write_handouts"]


def write_handouts(
    folder: Path,
    only: Sequence["Lesson"] = (),
    *,
    backend: str = "auto",
    progress: Reporter | None = None,
) -> list[Path]:
    """Write lessons as pages and notebooks, with a list of them and the lecturer's notes.

    What was simulated once is kept in the cache folder, so a run that was stopped goes on.
    List and notes cover the lessons written now and the shipped ones whose pages are there.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    only : sequence of Lesson, optional
        Shipped ones or one's own; all that are shipped if empty.
    backend : str, optional
        Engine, as for `gatecontrol.run`.
    progress : Reporter, optional
        Told once per stop and condition.

    Returns
    -------
    list of Path
        What was written: pages, notebooks, list and notes.

    Raises
    ------
    GatecontrolError
        See `gatecontrol.teaching.outcomes.compute_outcomes`; before anything is computed if
        nbformat is not installed.
    """
    from gatecontrol.teaching.notebooks import require_nbformat, write_notebook

    require_nbformat()  # known before minutes of simulation, not after them
    say = progress or Silent()
    chosen = list(only) or list(load_lessons())
    ids = [lesson.id for lesson in chosen]
    known = [x for x in load_lessons() if x.id not in ids and (folder / f"{x.id}.html").is_file()]
    course = sorted([*chosen, *known], key=lambda lesson: (lesson.order, lesson.id))
    outcomes = _computed(course, backend, say)
    written = []
    for number, lesson in enumerate(course, 1):
        if lesson.id in ids:
            say.say(f"drawing {lesson.title}")
            page = _handout(outcomes[lesson.id], number, len(course), backend)
            written.append(_write("handout.html.j2", page, folder / f"{lesson.id}.html"))
            written.append(write_notebook(lesson, folder / f"{lesson.id}.ipynb"))
    written.append(_write("index.html.j2", {"lessons": course}, folder / "index.html"))
    notes = _notes([outcomes[lesson.id] for lesson in course])
    written.append(_write("notes.html.j2", notes, folder / "lecturer_notes.html"))
    return written


def _computed(course: Sequence["Lesson"], backend: str, say: Reporter) -> dict[str, Outcomes]:
    total = sum(len(x.conditions) * len(x.vary.stops) for x in course)
    say.start(total, 0)
    try:
        return {lesson.id: compute_outcomes(lesson, backend, say) for lesson in course}
    finally:
        say.stop()


def _write(template: str, content: Mapping[str, Any], path: Path) -> Path:
    """Write a page; everything in its content is text, never markup."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    from gatecontrol import __version__

    environment = Environment(
        loader=PackageLoader("gatecontrol.teaching"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    parts = files("gatecontrol.teaching") / "templates"
    style, script = (
        (parts / name).read_text(encoding="utf-8").strip() for name in ("lesson.css", "lesson.js")
    )
    common = {
        "policy": _policy(style, script),
        "style": Markup(style),
        "script": Markup(script),
        "disclaimer": DISCLAIMER,
        "version": __version__,
    }
    page = environment.get_template(template).render(common | content).lstrip()
    write_whole(path, page.encode())
    return path


def _policy(style: str, script: str) -> str:
    """Return what a browser may do with a page: show its pictures, run its own script."""
    names = (
        base64.b64encode(hashlib.sha256(x.encode()).digest()).decode() for x in (style, script)
    )
    of_style, of_script = (f"'sha256-{name}'" for name in names)
    return (
        f"default-src 'none'; img-src data:; style-src {of_style}; script-src {of_script}; "
        + "base-uri 'none'; form-action 'none'"
    )


def _handout(outcomes: Outcomes, number: int, count: int, backend: str) -> dict[str, Any]:
    from gatecontrol.analysis.report.page import numbered
    from gatecontrol.teaching.frames import frames_of

    lesson = outcomes.lesson
    keys = [key for part in lesson.evidence for key in part.references]
    references, numbers = numbered(keys)
    experiment, steps = _experiment(lesson)
    return {
        "lesson": lesson,
        "number": number,
        "count": count,
        "start": lesson.vary.reference,
        "frames": [
            {
                "label": frame.label,
                "sentence": frame.sentence,
                "pictures": [_embedded(picture) for picture in frame.pictures],
            }
            for frame in frames_of(outcomes, backend)
        ],
        "seeds": _seeds_text(lesson),
        "code": lesson.source,
        "verdicts": verdicts(outcomes),
        "phenomena": _phenomena(lesson),
        "experiment": experiment,
        "steps": steps,
        "references": references,
        "numbers": numbers,
    }


def _embedded(picture: "Picture") -> dict[str, Any]:
    """Return a drawing as a data URI with the size at which it is shown."""
    text = base64.b64encode(picture.data).decode()
    if picture.kind == "png":
        kind = "image/png"
        width, height = (side // 2 for side in struct.unpack(">II", picture.data[16:24]))
    else:
        kind = "image/svg+xml"
        box = re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture.data)
        width, height = (round(float(side)) for side in box.groups()) if box else (500, 500)
    return {
        "uri": f"data:{kind};base64,{text}",
        "alt": picture.alt,
        "caption": picture.caption,
        "width": width,
        "height": height,
    }


def _seeds_text(lesson: "Lesson") -> str:
    if lesson.kind in {"fibres", "device"}:
        return "Solved on cable models of the fibres; nothing is drawn at random."
    if lesson.seeds == 1:
        return "One draw of fibres, connections and spikes (seed 1)."
    return (
        f"Every point is the mean over {lesson.seeds} draws of fibres, connections and spikes "
        + f"(seeds 1 to {lesson.seeds}); the dots are the draws."
    )


def _phenomena(lesson: "Lesson") -> list[tuple[str, str]]:
    from gatecontrol.evidence.registry import load_phenomena

    return [(p.id, p.title) for p in load_phenomena(lesson.phenomena)] if lesson.phenomena else []


def _experiment(lesson: "Lesson") -> tuple[str, str]:
    """Return the experiment file that a student takes home, and how its stops differ."""
    from gatecontrol.teaching.bench import to_yaml
    from gatecontrol.teaching.experiment_lesson import experiment_text, overrides

    stops = lesson.vary.stops
    if lesson.kind == "bench":
        last = lesson.states()[-1]
        return to_yaml(last), f"it is the stop {stops[-1].label}."
    if lesson.kind != "experiment":
        return "", ""
    changed = next(s for s in (*stops[1:], stops[0]) if s.set)
    options = " ".join(f"--set {_quoted(o)}" for o in overrides(changed.set))
    return experiment_text(lesson), f"the stop {changed.label} is {options}"


def _quoted(override: str) -> str:
    path, _, value = override.partition("=")
    return f"{path}={value}" if re.fullmatch(r"[\w.-]+", value) else f'{path}="{value}"'


def _notes(course: Sequence[Outcomes]) -> dict[str, Any]:
    lessons = [
        {
            "lesson": outcomes.lesson,
            "prediction": _answer(outcomes.lesson.prediction),
            "question": _answer(outcomes.lesson.question),
            "verdicts": verdicts(outcomes),
        }
        for outcomes in course
    ]
    return {"lessons": lessons, "minutes": sum(o.lesson.minutes for o in course)}


def _answer(question: "Question") -> str:
    right = question.choices[question.right]
    return f"{right.text} {right.why}"
