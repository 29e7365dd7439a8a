"""The pain signal over time, with and without, over a raster of who fired when."""

import base64
import math
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.style import COLOURS, GREY
from gatecontrol.simulation.recording import Spikes
from gatecontrol.teaching.bench import DURATION, BenchState
from gatecontrol.teaching.diagram import KIND_COLOURS, groups
from gatecontrol.teaching.svg import document, element, label, polyline
from gatecontrol.teaching.words import rate_words

if TYPE_CHECKING:
    from gatecontrol.teaching.answer import Answer

__all__ = ["raster_svg", "signal_alt", "signal_svg", "trace_ceiling"]

_WIDTH = 560.0
_LEFT, _RIGHT = 160.0, 548.0  # of the time axis
_CELLS, _ROW, _GAP = 20, 1.0, 5.0  # cells shown of each population, height of one, between them
_COLUMNS = 780  # of the raster's image: two to a unit
_DAY, _OFF, _BARE = COLOURS[5], COLOURS[0], GREY


def _x(time: float) -> float:
    return _LEFT + (_RIGHT - _LEFT) * time / DURATION


def trace_ceiling(*answers: "Answer") -> float:
    """Return the end of the rate axis that holds all traces of some answers [spikes/s].

    Parameters
    ----------
    *answers : Answer
    """
    most = max(
        float(trace.max()) for a in answers for trace in (a.signal, a.signal_off, a.signal_bare)
    )
    steps = (20, 40, 60, 80, 100, 150, 200, 300, 400)
    return float(next((s for s in steps if s >= most), 100 * math.ceil(most / 100)))


def signal_svg(answer: "Answer", ceiling: float | None = None) -> str:
    """Draw the pain signal over time: as it is, and without what closes the gate.

    Parameters
    ----------
    answer : Answer
    ceiling : float, optional
        End of the rate axis [spikes/s], so that several drawings have one scale.

    Returns
    -------
    str
        SVG.
    """
    height, top, base = 210.0, 34.0, 172.0
    most = ceiling or trace_ceiling(answer)
    parts = _window(answer, top, base)
    for tick in (0.0, most / 2, most):
        y = base - (base - top) * tick / most
        parts.append(polyline((_LEFT, _RIGHT), (y, y), stroke="#dddddd", stroke_width=1))
        parts.append(label(f"{tick:g}", _LEFT - 6, y + 4, 11, text_anchor="end"))
    parts += _time_axis(base)
    middle = (top + base) / 2
    for number, line in enumerate(("Pain signal", "[spikes/s", "per neuron]")):
        parts.append(
            label(
                line, 24, middle - 14 + 14 * number, 11, font_weight="bold" if not number else None
            )
        )
    traces = [(answer.signal, "#000000", 2.6, None)]
    state = answer.state
    if state.brush and state.device != "none":
        traces.insert(0, (answer.signal_off, _OFF, 1.6, "2 3"))
    if state.brush or state.device != "none":
        traces.insert(0, (answer.signal_bare, _BARE, 1.8, "7 4"))
    xs = [_x(t) for t in answer.time]
    for trace, colour, wide, dash in traces:
        ys = base - (base - top) * np.minimum(trace, most) / most
        parts.append(
            polyline(xs, ys.tolist(), stroke=colour, stroke_width=wide, stroke_dasharray=dash)
        )
    return document(_WIDTH, height, parts + _key(state, height - 8))


def _window(answer: "Answer", top: float, base: float) -> list[str]:
    """Shade the time in which brush and stimulator are on, and say so above."""
    state, parts = answer.state, []
    names = ["brush"] * state.brush
    if state.device != "none":
        names.append(state.device.upper())
    if names:
        left, right = _x(answer.on), _x(answer.off)
        parts.append(
            element(
                "rect", x=left, y=top, width=right - left, height=base - top, fill=_DAY,
                fill_opacity=0.18,
            )
        )  # fmt: skip
        parts.append(
            label(
                " and ".join(names) + " on", (left + right) / 2, top - 6, 11, text_anchor="middle"
            )
        )
    if state.skin != "none":
        parts.append(polyline((_LEFT, _RIGHT), (10, 10), stroke=COLOURS[1], stroke_width=5))
        parts.append(label(state.skin, _LEFT - 6, 14, 11, text_anchor="end"))
    return parts


def _time_axis(base: float) -> list[str]:
    parts = [polyline((_LEFT, _RIGHT), (base, base), stroke="#222222", stroke_width=1)]
    for tick in np.arange(0, DURATION + 0.1, 0.5):
        x = _x(float(tick))
        anchor = "end" if tick == DURATION else "middle"
        text = f"{tick:g} s" if tick == DURATION else f"{tick:g}"
        parts.append(polyline((x, x), (base, base + 4), stroke="#222222", stroke_width=1))
        parts.append(label(text, x, base + 16, 11, text_anchor=anchor))
    return parts


def _key(state: BenchState, y: float) -> list[str]:
    shown = [("as set", "#000000", 2.6, None)]
    both = state.brush and state.device != "none"
    if both:
        shown.append(("brush alone", _OFF, 1.6, "2 3"))
    if state.brush or state.device != "none":
        text = (
            "without both"
            if both
            else "without the brush"
            if state.brush
            else "without stimulation"
        )
        shown.append((text, _BARE, 1.8, "7 4"))
    parts, x = [], _LEFT
    for text, colour, wide, dash in shown:
        parts.append(
            polyline(
                (x, x + 24), (y - 4, y - 4), stroke=colour, stroke_width=wide, stroke_dasharray=dash
            )
        )
        parts.append(label(text, x + 29, y, 11))
        x += 46 + 6.6 * len(text)
    return parts


def signal_alt(answer: "Answer") -> str:
    """Return the drawing of the pain signal in words.

    Parameters
    ----------
    answer : Answer
    """
    time = answer.time

    def mean(
        trace: "np.ndarray[tuple[int], np.dtype[np.float64]]", start: float, stop: float
    ) -> str:
        return rate_words(float(trace[(time >= start) & (time < stop)].mean()))

    text = f"Pain signal over {DURATION:g} seconds. "
    if not (answer.state.brush or answer.state.device != "none"):
        return text + f"Mean from {answer.on:g} to {answer.off:g} s: {rate_words(answer.pain)}."
    what = " and ".join(
        ["brush"] * answer.state.brush
        + [answer.state.device.upper()] * (answer.state.device != "none")
    )
    return (
        text
        + f"Before {what}: {mean(answer.signal, 0.3, answer.on)}; while on, from {answer.on:g} to "
        + f"{answer.off:g} s: {rate_words(answer.pain)}, without: {rate_words(answer.pain_bare)}; "
        + f"afterwards: {mean(answer.signal, answer.off, DURATION)}."
    )


def raster_svg(answer: "Answer") -> str:
    """Draw who fired when: up to 20 cells of each population, fibres on top.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    str
        SVG.
    """
    shown = groups()
    band = _CELLS * _ROW + _GAP
    height = 10 + band * len(shown) + 22
    base = 8 + band * len(shown)
    parts = (
        _window(answer, 4, base)[:1] if answer.state.brush or answer.state.device != "none" else []
    )
    parts += _time_axis(base)
    for number, (title, kind) in enumerate(shown.values()):
        y = 6 + band * number
        colour = KIND_COLOURS.get(kind, GREY)
        parts.append(element("rect", x=_LEFT - 5, y=y, width=3, height=_CELLS * _ROW, fill=colour))
        parts.append(label(title, _LEFT - 9, y + 13, 9.5, text_anchor="end"))
    parts.append(
        element(
            "image", x=_LEFT, y=6, width=_RIGHT - _LEFT, height=band * len(shown),
            href=_picture(answer.spikes, shown), preserveAspectRatio="none",
        )
    )  # fmt: skip
    return document(_WIDTH, height, parts)


def _picture(spikes: Mapping[str, Spikes], shown: Mapping[str, tuple[str, str]]) -> str:
    """Paint the spikes: a drawing of each as a line of its own would be ten times as large."""
    from matplotlib.colors import to_rgb
    from PIL import Image

    rows = 2  # per cell
    band = int(rows * (_CELLS + _GAP / _ROW))
    pixels = np.zeros((band * len(shown), _COLUMNS, 4), np.uint8)
    for number, (name, (_, kind)) in enumerate(shown.items()):
        one = spikes[name]
        # every so many-th cell, so that both ends of a population are among them
        chosen = np.unique(np.linspace(0, one.size - 1, _CELLS).round().astype(int))
        place = np.full(one.size, -1)
        place[chosen] = np.arange(chosen.size)
        mine = place[one.neuron] >= 0
        column = np.minimum((one.time[mine] / DURATION * _COLUMNS).astype(int), _COLUMNS - 1)
        colour = [round(255 * part) for part in to_rgb(KIND_COLOURS.get(kind, GREY))]
        for line in range(rows):
            pixels[number * band + rows * place[one.neuron[mine]] + line, column] = (*colour, 255)
    buffer = BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
