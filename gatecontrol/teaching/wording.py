"""What the model says in a lesson, in words: numbers in model units, never pain or relief."""

import math
from typing import NamedTuple

from gatecontrol.teaching.lesson import Check
from gatecontrol.teaching.outcomes import Outcomes, agrees
from gatecontrol.teaching.words import SAME, compared, rate_words, recruited_words

__all__ = ["DISCLAIMER", "Verdict", "sentence_at", "value_words", "verdicts", "versus"]

DISCLAIMER = (
    "A model for teaching and research, not medical advice. Its numbers are spikes and currents of "
    + "simulated fibres and neurons, not pain."
)
_RATE = "spikes/s"


def value_words(value: float, unit: str) -> str:
    """Return a value with its unit, "18 spikes/s", "0.54 mA", "2.3".

    Parameters
    ----------
    value : float
    unit : str
        May be empty.
    """
    if not math.isfinite(value):
        return "nothing that was looked at"
    if unit == _RATE:
        return rate_words(value)
    number = f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
    return f"{number} {unit}".strip()


def versus(value: float, reference: float, unit: str) -> str:
    """Return how a value differs from another: "70 % less than", "3.2 times as much as".

    Parameters
    ----------
    value, reference : float
    unit : str
        Of both.
    """
    if unit == _RATE:
        return compared(value, reference)
    if not (math.isfinite(value) and math.isfinite(reference)) or reference <= 0:
        return "not comparable with"
    change = value / reference - 1
    if abs(change) < SAME:
        return "about as much as"
    if change > 1:
        return f"{value / reference:.2g} times as much as"
    return f"{abs(100 * change):.0f} % {'more' if change > 0 else 'less'} than"


def sentence_at(outcomes: Outcomes, stop: int) -> str:
    """Return the result at a stop in words, one sentence per condition, each on its line.

    Then follow the fibres that a pulse excites, once if they are the same in all conditions.

    Parameters
    ----------
    outcomes : Outcomes
    stop : int
        Index of the stop.
    """
    lesson = outcomes.lesson
    reference = lesson.vary.reference
    sentences = []
    for condition, row in zip(lesson.conditions, outcomes.table, strict=True):
        reads = lesson.shows.reads.format(value=value_words(row[stop].value, lesson.shows.unit))
        text = f"{condition.label}: {reads}"
        if stop != reference:
            how = versus(row[stop].value, row[reference].value, lesson.shows.unit)
            text += f", {how} {lesson.vary.against}"
        sentences.append(f"{text}.")
    return "\n".join([*sentences, *_recruited(outcomes, stop)])


def _recruited(outcomes: Outcomes, stop: int) -> list[str]:
    """Return which fibres a pulse excites: once, or by condition where conditions differ."""
    texts = [recruited_words(row[stop].recruited) for row in outcomes.table]
    if len(set(texts)) == 1:
        return [f"{texts[0]}."] if texts[0] else []
    labels = [condition.label for condition in outcomes.lesson.conditions]
    return [
        f"{label}: {text[0].lower()}{text[1:]}."
        for label, text in zip(labels, texts, strict=True)
        if text
    ]


class Verdict(NamedTuple):
    """What became of a claim.

    Attributes
    ----------
    says : str
        The claim.
    holds : bool
    numbers : str
        What was compared, with numbers.
    otherwise : str
        What follows if it does not hold; empty if it does.
    """

    says: str
    holds: bool
    numbers: str
    otherwise: str


def verdicts(outcomes: Outcomes) -> list[Verdict]:
    """Return what became of each claim of a lesson.

    Parameters
    ----------
    outcomes : Outcomes
    """
    return [_verdict(check, outcomes) for check in outcomes.lesson.checks]


def _verdict(check: Check, outcomes: Outcomes) -> Verdict:
    lesson, unit = outcomes.lesson, outcomes.lesson.shows.unit
    holds, *values = agrees(check, outcomes)
    parts = []
    for place, value in zip((check.start, check.end), values, strict=True):
        condition, stop = lesson.place(place)
        where = lesson.vary.stops[stop].label
        if len(lesson.conditions) > 1:
            where = f"{lesson.conditions[condition].label}, {where}"
        parts.append(f"{value_words(value, unit)} ({where})")
    numbers = " against ".join(parts)
    return Verdict(check.says, holds, numbers, "" if holds else check.otherwise)
