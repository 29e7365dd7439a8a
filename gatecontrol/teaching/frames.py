"""The frames of a handout: of each stop its drawings, their text, and the result in words."""

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.teaching.outcomes import Outcome, Outcomes
from gatecontrol.teaching.wording import sentence_at, value_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Plot
    from matplotlib.figure import Figure

__all__ = [
    "Frame",
    "Picture",
    "curve_alt",
    "curve_figure",
    "detail_alt",
    "detail_figure",
    "frames_of",
]

_SIZE = (4.4, 2.8)
_SHADE = "#E69F00"
_SEED = 1
"""The draw of which the circuit is shown: the first of those that are averaged."""


@dataclass(frozen=True)
class Picture:
    """A drawing.

    Attributes
    ----------
    kind : str
        ``png`` or ``svg``.
    data : bytes
    alt : str
        The drawing in words.
    caption : str
    """

    kind: str
    data: bytes
    alt: str
    caption: str


@dataclass(frozen=True)
class Frame:
    """What is shown of one stop.

    Attributes
    ----------
    label : str
        Of the stop.
    sentence : str
        The result in words.
    pictures : tuple of Picture
    """

    label: str
    sentence: str
    pictures: tuple[Picture, ...]


def frames_of(outcomes: Outcomes, backend: str = "auto") -> list[Frame]:
    """Return the frames of a lesson, one per stop.

    Parameters
    ----------
    outcomes : Outcomes
    backend : str, optional
        Engine of the circuit that is drawn, as for `gatecontrol.run`.
    """
    lesson, frames = outcomes.lesson, []
    for number, stop in enumerate(lesson.vary.stops):
        detail, curve = detail_figure(outcomes, number), curve_figure(outcomes, number)
        of_stop = f"{_detail_name(outcomes)} at this stop"
        of_all = f"{lesson.shows.name} at all stops"
        pictures = (
            Picture("png", _png(detail), detail_alt(outcomes, number), of_stop),
            Picture("png", _png(curve), curve_alt(outcomes, number), of_all),
            *_circuit(outcomes, number, backend),
        )
        frames.append(Frame(stop.label, sentence_at(outcomes, number), pictures))
    return frames


def _circuit(outcomes: Outcomes, stop: int, backend: str) -> tuple[Picture, ...]:
    """Return the living diagram of the circuit; of the bench only, plain condition, first seed."""
    lesson = outcomes.lesson
    if lesson.kind != "bench":
        return ()
    from gatecontrol.teaching.answer import compute
    from gatecontrol.teaching.diagram import circuit_alt, circuit_svg

    answer = compute(lesson.states()[stop].changed(seed=_SEED), backend)
    caption = f"Who fires, seed {_SEED}: {lesson.conditions[0].label}"
    return (Picture("svg", circuit_svg(answer).encode(), circuit_alt(answer), caption),)


def _detail_name(outcomes: Outcomes) -> str:
    return outcomes.axes.y.partition(" [")[0]


def detail_figure(outcomes: Outcomes, stop: int) -> "Figure":
    """Draw one stop, with the same axes as all others.

    Parameters
    ----------
    outcomes : Outcomes
    stop : int
        Index of the stop.
    """
    from gatecontrol.analysis.figures.style import house_style

    with house_style():
        figure, ax = _canvas()
        axes = outcomes.axes
        for number, row in enumerate(outcomes.table):
            one = row[stop]
            known = np.isfinite(one.x) & np.isfinite(one.y)
            _line(ax, one.x[known], one.y[known], number, outcomes, marked=axes.steps)
        if axes.window is not None:
            ax.axvspan(*axes.window, color=_SHADE, alpha=0.15, lw=0)
        _limits(ax, outcomes)
        ax.set_xlabel(axes.x)
        ax.set_ylabel(axes.y)
        _finish(ax, outcomes)
    return figure


def _limits(ax: "Plot", outcomes: Outcomes) -> None:
    """Give the drawings of all stops the same axes."""
    from gatecontrol.analysis.figures.style import plain_logarithmic

    every = [one for row in outcomes.table for one in row]
    for axis, scale, limit, values, logarithmic in (
        (ax.xaxis, ax.set_xscale, ax.set_xlim, [o.x for o in every], outcomes.axes.logarithmic[0]),
        (ax.yaxis, ax.set_yscale, ax.set_ylim, [o.y for o in every], outcomes.axes.logarithmic[1]),
    ):
        known = np.concatenate([v[np.isfinite(v)] for v in values])
        low, high = float(known.min()), float(known.max())
        if logarithmic:
            scale("log")
            limit(low / 1.3, high * 1.3)
            plain_logarithmic(axis)
        elif axis is ax.yaxis:
            limit(0, high * 1.06 or 1.0)
        else:
            limit(low, high)


def curve_figure(outcomes: Outcomes, stop: int) -> "Figure":
    """Draw what counts at every stop, and mark one.

    Parameters
    ----------
    outcomes : Outcomes
    stop : int
        Index of the stop.
    """
    from gatecontrol.analysis.figures.style import GREY, house_style, plain_logarithmic, wrapped

    lesson = outcomes.lesson
    labels = [s.label for s in lesson.vary.stops]
    with house_style():
        figure, ax = _canvas()
        ax.axvline(stop, color=_SHADE, lw=9, alpha=0.35, zorder=0)
        if lesson.shows.logarithmic:
            ax.set_yscale("log")
        for number, row in enumerate(outcomes.table):
            values = np.array([o.value for o in row])
            x = np.arange(values.size)
            known = np.isfinite(values)
            joined = lesson.vary.ordered
            _line(ax, x[known], values[known], number, outcomes, marked=True, joined=joined)
            for place, one in enumerate(row):
                if one.values.size > 1:
                    ax.plot(np.full(one.values.size, place), one.values, ".", ms=3, color=GREY)
        crowded = len(labels) > 3 and sum(len(text) for text in labels) > 45
        turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if crowded else {}
        ax.set_xticks(range(len(labels)), [wrapped(t, 20 if crowded else 13) for t in labels])
        for text in ax.get_xticklabels():
            text.set(**turned)
        ax.set_xlim(-0.5, len(labels) - 0.5)
        if lesson.shows.logarithmic:
            plain_logarithmic(ax.yaxis)
        else:
            ax.set_ylim(0, 1.05 * ax.get_ylim()[1])
        ax.set_xlabel(lesson.vary.label)
        unit = f" [{lesson.shows.unit}]" if lesson.shows.unit else ""
        ax.set_ylabel(f"{lesson.shows.name}{unit}")
        _finish(ax, outcomes)
    return figure


def _canvas() -> "tuple[Figure, Plot]":
    from gatecontrol.analysis.figures.style import canvas

    return canvas(None, *_SIZE)


def _line(
    ax: "Plot",
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    number: int,
    outcomes: Outcomes,
    *,
    marked: bool,
    joined: bool = True,
) -> None:
    """Draw a condition: told apart by colour, dash and marker."""
    from gatecontrol.analysis.figures.style import COLOURS, DASHES, MARKERS

    ax.plot(
        x,
        y,
        color=COLOURS[number],
        ls=DASHES[number] if joined else "",
        marker=MARKERS[number] if marked else "",
        ms=4.5 if joined else 6.5,
        label=outcomes.lesson.conditions[number].label,
    )


def _finish(ax: "Plot", outcomes: Outcomes) -> None:
    from gatecontrol.analysis.figures.style import tidy, wrapped

    tidy(ax)
    handles, labels = ax.get_legend_handles_labels()
    if len(handles) > 1:
        ax.legend(
            handles, [wrapped(text, 40) for text in labels], loc="lower left",
            bbox_to_anchor=(0, 1), borderaxespad=0.1, handlelength=2.6,
        )  # fmt: skip


def _png(figure: "Figure") -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    return buffer.getvalue()


def detail_alt(outcomes: Outcomes, stop: int) -> str:
    """Return the drawing of a stop in words."""
    lesson, axes = outcomes.lesson, outcomes.axes
    head = f"{_detail_name(outcomes)} against {_plain(axes.x)} at {lesson.vary.stops[stop].label}."
    parts = [head]
    for condition, row in zip(lesson.conditions, outcomes.table, strict=True):
        parts.append(f"{condition.label}: {_course(row[stop], outcomes)}.")
    return " ".join(parts)


def _course(one: Outcome, outcomes: Outcomes) -> str:
    """Return how a curve runs."""
    window = outcomes.axes.window
    if window is not None:
        inside = (one.x >= window[0]) & (one.x < window[1])
        before = one.y[one.x < window[0]]
        parts = (("before", before), ("in the shaded time", one.y[inside]))
        return ", ".join(f"{np.mean(y):.0f} {name}" for name, y in parts if y.size)
    known = one.y[np.isfinite(one.y)]
    if not known.size:
        return "no value"
    return f"from {known[0]:.3g} at the left to {known[-1]:.3g} at the right"


def curve_alt(outcomes: Outcomes, stop: int) -> str:
    """Return the drawing of all stops in words."""
    lesson = outcomes.lesson
    labels = [s.label for s in lesson.vary.stops]
    unit = f" in {lesson.shows.unit}" if lesson.shows.unit else ""
    parts = [f"{lesson.shows.name}{unit} by {lesson.vary.label}; {labels[stop]} is marked."]
    for condition, row in zip(lesson.conditions, outcomes.table, strict=True):
        values = ", ".join(
            f"{label} {_short(one.value)}" for label, one in zip(labels, row, strict=True)
        )
        parts.append(f"{condition.label}: {values}.")
    return " ".join(parts)


def _short(value: float) -> str:
    return value_words(value, "") if math.isfinite(value) else "no value"


def _plain(label: str) -> str:
    return label.partition(" [")[0].lower()
