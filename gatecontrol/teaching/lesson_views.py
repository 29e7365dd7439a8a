"""A lesson as HTML for the live page, piece by piece as it is worked through."""

import math
import threading
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.report.page import numbered
from gatecontrol.teaching.bench import to_query
from gatecontrol.teaching.frames import curve_alt, curve_figure, detail_alt, detail_figure
from gatecontrol.teaching.outcomes import Axes, Outcome, Outcomes
from gatecontrol.teaching.svg import data_uri
from gatecontrol.teaching.views import message, progress
from gatecontrol.teaching.wording import sentence_at, verdicts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gatecontrol.teaching.lesson import Choice, Lesson, Question
    from gatecontrol.teaching.workers import Stopped

__all__ = [
    "evidence", "filling", "gathered", "heading", "listing", "model", "pictures", "questioned",
    "why", "words",
]  # fmt: skip

_DRAWING = threading.Lock()  # the style of figures is global


def listing(lessons: "Sequence[Lesson]", fault: str = "") -> str:
    """Return the list of lessons.

    Parameters
    ----------
    lessons : sequence of Lesson
    fault : str, optional
        What is wrong with the address.
    """
    rows = "".join(
        f"<li><a href='?id={escape(x.id)}'>{escape(x.title)}</a> ({x.minutes} minutes)<br>"
        + f"{escape(x.idea)}</li>"
        for x in lessons
    )
    return (
        "<header><h1>Lessons</h1><p>One idea each: predict, try, and answer. "
        + "<a href='../'>To the bench</a></p>"
        + (message(f"{fault}.") if fault else "")
        + f"</header><main><ol class='lessons'>{rows}</ol></main>"
    )


def heading(lesson: "Lesson") -> str:
    """Return the top of a lesson."""
    return (
        "<header><p><a href='./'>All lessons</a> &middot; <a href='../'>The bench</a> &middot; "
        + f"{lesson.minutes} minutes</p><h1>{escape(lesson.title)}</h1>"
        + f"<p class='idea'>{escape(lesson.idea)}</p></header>"
    )


def questioned(title: str, question: "Question", control: str, answer: str = "") -> str:
    """Return a question with its choices and, once chosen, the explanation.

    Parameters
    ----------
    title : str
        Of the section.
    question : Question
    control : str
        The choices, as HTML.
    answer : str, optional
        From `why`, or what to do next.
    """
    name = escape(title, quote=True)
    return (
        f"<section aria-label='{name}'><h2>{name}</h2><fieldset class='panel'>"
        + f"<legend>{escape(question.text)}</legend>{control}</fieldset>{answer}</section>"
    )


def why(choice: "Choice | None", otherwise: str = "") -> str:
    """Return the explanation of a choice, as a region that screen readers follow.

    Parameters
    ----------
    choice : Choice or None
        None before one is made.
    otherwise : str, optional
        What is said then.
    """
    if choice is None:
        return f"<p role='status' class='hint'>{escape(otherwise)}</p>"
    kind, word = ("right", "Yes.") if choice.right else ("wrong", "Not so.")
    text = f"<strong>{word}</strong> {escape(choice.why)}"
    return f"<p role='status' class='why {kind}'>{text}</p>"


def gathered(lesson: "Lesson", seen: "Mapping[int, Stopped]", axes: Axes) -> Outcomes:
    """Return the outcomes of a lesson as far as they are known; the rest is not defined.

    Parameters
    ----------
    lesson : Lesson
    seen : mapping of int to Stopped
        Index of a stop -> what was computed.
    axes : Axes
    """
    nothing = Outcome(np.array([math.nan]), np.empty(0), np.empty(0))
    table = [
        tuple(
            seen[stop].row[condition] if stop in seen else nothing
            for stop in range(len(lesson.vary.stops))
        )
        for condition in range(len(lesson.conditions))
    ]
    return Outcomes(lesson, tuple(table), axes)


def filling(lesson: "Lesson", seen: "Mapping[int, Stopped]", clock: str) -> str:
    """Return how many stops are computed, with the clock that asks for the next.

    Parameters
    ----------
    lesson : Lesson
    seen : mapping of int to Stopped
        As in `gathered`.
    clock : str
        As HTML; it works unseen.
    """
    said = f"{len(seen)} of {len(lesson.vary.stops)} stops are computed."
    return f"{progress(said)}<div hidden>{clock}</div>"


def words(outcomes: Outcomes, stop: int) -> str:
    """Return the result at a stop in words."""
    return f"{outcomes.lesson.vary.stops[stop].label}. {sentence_at(outcomes, stop)}"


def pictures(outcomes: Outcomes, stop: int) -> str:
    """Return the drawings of a stop, and of all stops that were looked at.

    Parameters
    ----------
    outcomes : Outcomes
    stop : int
    """
    with _DRAWING:
        shown = [_svg(detail_figure(outcomes, stop)), _svg(curve_figure(outcomes, stop))]
    alts = [detail_alt(outcomes, stop), curve_alt(outcomes, stop)]
    images = "".join(
        f"<img class='plot' src='{data_uri(svg)}' alt='{escape(alt, quote=True)}'>"
        for svg, alt in zip(shown, alts, strict=True)
    )
    lesson, more = outcomes.lesson, ""
    if lesson.state is not None:
        address = f"../?{to_query(lesson.states()[stop])}"
        more = f"<p><a href='{escape(address)}'>Open this state on the bench</a></p>"
    return f"<main><div class='plots'>{images}</div>{more}</main>"


def _svg(figure: "Figure") -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue().decode()


def model(outcomes: Outcomes, *, whole: bool) -> str:
    """Return what the model says to the claims of a lesson, and what it leaves out.

    Parameters
    ----------
    outcomes : Outcomes
    whole : bool
        Whether all stops are known; without that only the limits are told.
    """
    lesson = outcomes.lesson
    parts = []
    for verdict in verdicts(outcomes) if whole else []:
        word = "agrees" if verdict.holds else "disagrees"
        parts.append(
            f"<p class='why {'right' if verdict.holds else 'wrong'}'>{escape(verdict.says)} "
            + f"<strong>The model {word}:</strong> {escape(verdict.numbers)}. "
            + f"{escape(verdict.otherwise)}</p>"
        )
    return (
        "<section aria-label='What the model says'><h2>What the model says</h2>"
        + "".join(parts)
        + f"<p>{escape(lesson.limits)}</p></section>"
    )


def evidence(lesson: "Lesson") -> str:
    """Return what was found in recordings, with references, and the code of a lesson."""
    references, numbers = numbered([k for part in lesson.evidence for k in part.references])
    found = "".join(
        f"<li>{escape(part.text)} [{', '.join(str(numbers[k]) for k in part.references)}]</li>"
        for part in lesson.evidence
    )
    listed = "".join(f"<li>{escape(text)}</li>" for _, text, _ in references)
    code = ""
    if lesson.code:
        code = (
            "<section aria-label='Code'><h2>The whole stimulator</h2>"
            + f"<pre tabindex='0'>{escape(lesson.source)}</pre></section>"
        )
    return (
        f"{code}<section aria-label='Evidence'><h2>What was found</h2><ul>{found}</ul>"
        + f"<details><summary>References</summary><ol>{listed}</ol></details></section>"
    )
