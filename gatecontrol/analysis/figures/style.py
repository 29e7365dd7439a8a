"""House style: one palette, one type size, units on every axis; legible in print."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure, FigureBase

__all__ = [
    "CLASS_COLOURS",
    "CLASS_NAMES",
    "COLOURS",
    "DASHES",
    "GREY",
    "MARKERS",
    "apart",
    "canvas",
    "counted",
    "house_style",
    "landmark_lines",
    "number",
    "panels",
    "percent",
    "plain_logarithmic",
    "save",
    "tidy",
    "wrapped",
]

# Okabe and Ito's palette, told apart with every common colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
GREY = "#555555"
CLASS_COLOURS = {
    "aalpha": COLOURS[6],
    "abeta": COLOURS[0],
    "adelta": COLOURS[4],
    "c": COLOURS[1],
    "descending": COLOURS[3],
}
"""One colour per fibre class, in every figure."""
CLASS_NAMES = {
    "aalpha": "A\u03b1", "abeta": "A\u03b2", "adelta": "A\u03b4", "c": "C",
    "descending": "descending",
}  # fmt: skip
"""What fibre classes are called in figures."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))

_RC: Mapping[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.7,
    "axes.grid": False,
    "text.parse_math": False,  # a label of the user may hold a dollar sign
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "savefig.dpi": 200,
    "figure.dpi": 100,
    "svg.fonttype": "none",
    "svg.hashsalt": "gatecontrol",
    "pdf.fonttype": 42,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Apply the style inside a ``with`` block; nothing outside it changes."""
    import matplotlib
    import seaborn

    with matplotlib.rc_context({**seaborn.axes_style("ticks"), **_RC}):
        yield


def canvas(ax: "Axes | None", width: float, height: float) -> "tuple[Figure, Axes]":
    """Return a figure and axes: the given ones, or new ones without any global state.

    Parameters
    ----------
    ax : Axes or None
        Where to draw.
    width, height : float
        Size of a new figure [inch].
    """
    if ax is not None:
        return ax.get_figure(root=True), ax
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def panels(place: "FigureBase | None", width: float, height: float) -> "tuple[Figure, FigureBase]":
    """Return a figure, and the part of it that takes several panels.

    Parameters
    ----------
    place : Figure, SubFigure or None
        Where to draw; a new figure if not given.
    width, height : float
        Size of a new figure [inch].
    """
    if place is not None:
        return place.get_figure(root=True), place
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure


def tidy(ax: "Axes") -> None:
    """Take away the frame's upper and right side; ticks keep the style when drawn later."""
    import seaborn

    seaborn.despine(ax=ax)
    ax.tick_params(labelsize=_RC["xtick.labelsize"])


def wrapped(text: str, width: int = 30) -> str:
    """Return a text broken into lines of at most `width` letters, long words too."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def landmark_lines(ax: "Axes", marks: Mapping[str, float], least: float = 0.2) -> None:
    """Draw vertical lines, their names side by side above the frame.

    Parameters
    ----------
    ax : Axes
        Its limits and scale are set.
    marks : mapping of str to float
        Text -> place on the x axis; those outside the limits are left out.
    least : float, optional
        Smallest distance between two names, in widths of the axes.
    """
    scale = ax.transData + ax.transAxes.inverted()
    low, high = sorted(ax.get_xlim())
    shown = {text: x for text, x in marks.items() if low <= x <= high}
    at = [float(scale.transform((x, ax.get_ylim()[0]))[0]) for x in shown.values()]
    for (text, x), place in zip(shown.items(), apart(at, least), strict=True):
        ax.axvline(x, color=GREY, lw=0.9, ls=(0, (2, 2)), zorder=1)
        ax.annotate(
            text, (place, 1.03), xycoords="axes fraction", ha="center", va="bottom", size=8,
            color=GREY, annotation_clip=False,
        )  # fmt: skip


def plain_logarithmic(axis: "Axis") -> None:
    """Label a logarithmic axis with plain numbers, 1, 2 and 5 of each decade if there are few."""
    from matplotlib.ticker import LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 500 else (1,)))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def percent(value: float, digits: int = 1) -> str:
    """Return a fraction as text, ``"34.2 %"``; a true minus sign, never minus zero."""
    number = round(100 * value, digits) + 0.0
    return f"{number:.{digits}f} %".replace("-", "\N{MINUS SIGN}")


def number(value: float, digits: int = 3) -> str:
    """Return a number with a true minus sign, ``"−0.34"``."""
    return f"{value + 0.0:.{digits}g}".replace("-", "\N{MINUS SIGN}")


def counted(count: int, name: str) -> str:
    """Return a number with its noun, ``"1 cell"`` or ``"60 cells"``."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def apart(positions: Sequence[float], least: float) -> list[float]:
    """Move labels so that neighbours are `least` apart, as little as possible.

    Parameters
    ----------
    positions : sequence of float
        Where each label would go.
    least : float
        Smallest distance, in the same unit.

    Returns
    -------
    list of float
        New positions in the order given; the order along the axis is kept.
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    groups: list[list[float]] = []  # each: centre of mass of a run of labels, their number
    members: list[list[int]] = []
    for index in order:
        groups.append([positions[index], 1])
        members.append([index])
        while len(groups) > 1:
            (low, n), (high, m) = groups[-2], groups[-1]
            if high - low >= least * (n + m) / 2:
                break
            groups[-2:] = [[(low * n + high * m) / (n + m), n + m]]
            members[-2:] = [members[-2] + members[-1]]
    found = [0.0] * len(positions)
    for (centre, count), inside in zip(groups, members, strict=True):
        for place, index in enumerate(inside):
            found[index] = centre + least * (place - (count - 1) / 2)
    return found


def save(figure: "Figure", folder: Path, name: str) -> list[Path]:
    """Write a figure as PNG (200 dpi) and SVG, whole or not at all; same figure, same bytes.

    Parameters
    ----------
    figure : Figure
    folder : Path
        Made if it does not exist.
    name : str
        File name without ending.

    Returns
    -------
    list of Path
        The PNG and the SVG.
    """
    paths = []
    for ending, metadata in (("png", {"Software": None}), ("svg", {"Date": None})):
        path = folder / f"{name}.{ending}"
        with replacing(path) as part, house_style():
            figure.savefig(part, format=ending, metadata=metadata, facecolor="white")
        figure.set_layout_engine("none")  # what was laid out once stays where it is
        paths.append(path)
    return paths
