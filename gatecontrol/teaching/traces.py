"""The pain signal over time, as it is and without what closes the gate."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gatecontrol.analysis.figures.style import COLOURS, GREY
from gatecontrol.teaching.bench import DURATION, SETTLED, BenchState
from gatecontrol.teaching.svg import document, element, label, polyline
from gatecontrol.teaching.words import rate_words

if TYPE_CHECKING:
    from gatecontrol.teaching.answer import Answer

__all__ = ["TimeAxis", "closers", "signal_alt", "signal_svg"]

_SHADE = COLOURS[5]


@dataclass(frozen=True)
class TimeAxis:
    """The two seconds from left to right.

    Attributes
    ----------
    left, right : float
        Where they begin and end.
    size : float
        Of the type.
    """

    left: float
    right: float
    size: float

    def x(self, time: float) -> float:
        """Return the place of a time [s]."""
        return self.left + (self.right - self.left) * time / DURATION

    def ticks(self, y: float) -> list[str]:
        """Return the axis with its labels at a height."""
        ink = {"stroke": "#222222", "stroke_width": 1}
        parts = [polyline((self.left, self.right), (y, y), **ink)]
        for tick in np.arange(0, DURATION + 0.1, 0.5).tolist():
            last = tick == DURATION
            parts.append(polyline((self.x(tick),) * 2, (y, y + 4), **ink))
            text, anchor = (f"{tick:g} s", "end") if last else (f"{tick:g}", "middle")
            place = self.x(tick), y + 5 + self.size
            parts.append(label(text, *place, self.size, text_anchor=anchor))
        return parts

    def shade(self, answer: "Answer", top: float, base: float) -> str:
        """Return the shade over the time in which brush and stimulator are on, if they ever are."""
        if not closers(answer.state):
            return ""
        left, right = self.x(answer.on), self.x(answer.off)
        place = {"x": left, "y": top, "width": right - left, "height": base - top}
        return element("rect", fill=_SHADE, fill_opacity=0.18, **place)


class _Line(NamedTuple):
    name: str
    trace: NDArray[np.float64]
    colour: str
    width: float
    dash: str | None


def closers(state: BenchState) -> str:
    """Return what may close the gate, "brush and SCS"; empty if nothing is on.

    Parameters
    ----------
    state : BenchState
    """
    device = [state.device.upper()] if state.device != "none" else []
    return " and ".join(["brush"] * state.brush + device)


def _lines(answer: "Answer") -> list[_Line]:
    state = answer.state
    found = [_Line("as set", answer.signal, "#000000", 3.0, None)]
    both = state.brush and state.device != "none"
    if both:
        found.append(_Line("brush alone", answer.signal_off, COLOURS[0], 2.0, "2 3"))
    if closers(state):
        name = "without both" if both else "without"
        found.append(_Line(name, answer.signal_bare, GREY, 2.0, "7 4"))
    return found


def _ceiling(answer: "Answer") -> float:
    """Return the end of the rate axis that holds all traces [spikes/s]."""
    most = max(float(line.trace.max()) for line in _lines(answer))
    steps = (20, 40, 60, 80, 100, 150, 200, 300, 400)
    return float(next((s for s in steps if s >= most), 100 * math.ceil(most / 100)))


def signal_svg(answer: "Answer") -> str:
    """Draw the pain signal over time: as it is, and without what closes the gate.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    str
        SVG.
    """
    width, height, top, base = 440.0, 300.0, 58.0, 238.0
    axis = TimeAxis(46, 430, 13)
    most = _ceiling(answer)

    def y(rate: NDArray[np.float64]) -> list[float]:
        found: list[float] = (base - (base - top) * rate / most).tolist()
        return found

    parts = [label("Pain signal [spikes/s per neuron]", 4, 15, 13, font_weight="bold")]
    parts.append(axis.shade(answer, top, base))
    for tick in (0.0, most / 2, most):
        at = y(np.array([tick]))[0]
        parts.append(polyline((axis.left, axis.right), (at, at), stroke="#dddddd", stroke_width=1))
        parts.append(label(f"{tick:g}", axis.left - 6, at + 4, 13, text_anchor="end"))
    parts += axis.ticks(base)
    if closers(answer.state):
        middle = (axis.x(answer.on) + axis.x(answer.off)) / 2
        parts.append(
            label(f"{closers(answer.state)} on", middle, top - 6, 13, text_anchor="middle")
        )
    if answer.state.skin != "none":
        parts.append(label(answer.state.skin, axis.left - 6, 35, 13, text_anchor="end"))
        ends = (axis.left, axis.right)
        parts.append(polyline(ends, (31, 31), stroke=COLOURS[1], stroke_width=6))
    xs = [axis.x(t) for t in answer.time.tolist()]
    key, lines = axis.left, _lines(answer)
    for line in reversed(lines):  # the state itself on top
        look = {"stroke": line.colour, "stroke_width": line.width, "stroke_dasharray": line.dash}
        parts.append(polyline(xs, y(line.trace), **look))
    for line in lines:
        look = {"stroke": line.colour, "stroke_width": line.width, "stroke_dasharray": line.dash}
        parts.append(polyline((key, key + 26), (height - 16,) * 2, **look))
        parts.append(label(line.name, key + 31, height - 12, 13))
        key += 52 + 7.6 * len(line.name)
    return document(width, height, parts)


def signal_alt(answer: "Answer") -> str:
    """Return the drawing of the pain signal in words.

    Parameters
    ----------
    answer : Answer
    """
    what, span = closers(answer.state), f"from {answer.on:g} to {answer.off:g} s"
    text = f"Pain signal over {DURATION:g} seconds."
    if not what:
        return f"{text} Mean {span}: {rate_words(answer.pain)}."
    before, after = (SETTLED, answer.on), (answer.off, DURATION)
    return (
        f"{text} Before {what}: {_mean(answer, *before)}; {span} with {what}: "
        + f"{rate_words(answer.pain)}, without: {rate_words(answer.pain_bare)}; "
        + f"afterwards: {_mean(answer, *after)}."
    )


def _mean(answer: "Answer", start: float, stop: float) -> str:
    inside = (answer.time >= start) & (answer.time < stop)
    return rate_words(float(answer.signal[inside].mean()))
