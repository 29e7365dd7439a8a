"""The circuit drawn from its data: fibres, interneurons, projection neurons, pathways."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from math import nan
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.figures.circuit_layout import (
    COLUMNS,
    WIDTH,
    Edge,
    Layout,
    Node,
    layout,
    path_points,
)
from gatecontrol.analysis.figures.style import CLASS_COLOURS, COLOURS, GREY, house_style

Rates = Mapping[str, tuple[float, ...]]

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.circuits.model import Circuit

__all__ = ["circuit_diagram", "circuit_diagram_alt", "rate_text"]

_HEADINGS = {
    "fibres": "Fibres",
    "interneurons": "Interneurons",
    "projection": "Projection neurons",
}
_COLOURS = {
    **CLASS_COLOURS,
    "inhibitory": COLOURS[6],
    "excitatory": COLOURS[2],
    "projection": COLOURS[5],
}
_FILLS = {"inhibitory": "#e6e6e6", "excitatory": "#e3f3ec", "projection": "#fdf1dc"}


def circuit_diagram(
    circuit: "Circuit | Mapping[str, Any]",
    ax: "Axes | None" = None,
    rates: Rates | None = None,
    note: str = "",
) -> "Figure":
    """Draw a circuit from its data, and what it fired.

    Parameters
    ----------
    circuit : Circuit or mapping
        The circuit, or the plain mapping of its fields (as results keep it).
    ax : Axes, optional
        Where to draw; best left out, so that the figure has the size that the circuit needs.
    rates : mapping of str to tuple of float, optional
        Population or afferent -> rates [spikes/s]: (control, device on), or one of them. Boxes
        are the fuller in colour the higher the last one is.
    note : str, optional
        What the rates are of, written over the key.

    Returns
    -------
    Figure
        Excitatory pathways end in an arrow, inhibitory ones in a dot; a diamond marks
        terminals under presynaptic inhibition.
    """
    known = rates or {}
    plan = layout(_plain(circuit), {name: rate_text(r) for name, r in known.items()})
    highest = max([r[-1] for r in known.values() if r[-1] == r[-1]], default=0.0)
    with house_style():
        if ax is None:
            from matplotlib.figure import Figure

            ax = Figure(figsize=(WIDTH / 72, plan.height / 72)).add_axes((0, 0, 1, 1))
        ax.set_xlim(0, WIDTH)
        ax.set_ylim(0, plan.height)
        ax.set_axis_off()
        for column in dict.fromkeys(n.column for n in plan.nodes):
            left, width = COLUMNS[column]
            ax.text(
                left + width / 2,
                plan.height - 4,
                _HEADINGS[column],
                ha="center",
                va="top",
                weight="bold",
            )
        returns = [e for e in plan.edges if e.within]
        for edge in plan.edges:
            _draw_edge(ax, edge, returns.index(edge) if edge.within else 0)
        for node in plan.nodes:
            rate = known.get(node.name, (nan,))[-1]
            _draw_node(ax, node, rate / highest if highest > 0 else nan)
        _draw_key(ax, plan)
        ax.text(12, 27, note, va="center", size=7.5)
        return ax.get_figure(root=True)


def _plain(circuit: Any) -> Mapping[str, Any]:
    return asdict(circuit) if is_dataclass(circuit) and not isinstance(circuit, type) else circuit


def rate_text(rates: tuple[float, ...]) -> str:
    """Return "12 \u2192 5 spikes/s" of a rate without and with the device.

    Parameters
    ----------
    rates : tuple of float
        One or two rates [spikes/s]; NaN is a dash.
    """
    if all(r != r for r in rates):
        return "rate not known"
    texts = [f"{r:.2g}" if r < 10 else f"{r:.0f}" for r in rates]
    texts = [t if r == r else "\N{EN DASH}" for t, r in zip(texts, rates, strict=True)]
    return " \u2192 ".join(texts) + " spikes/s"


def _fill(node: Node, share: float) -> str | tuple[float, ...]:
    """Return the fill of a box: its kind, or with a rate its colour, the fuller the faster."""
    if share != share:
        return _FILLS.get(node.kind, "white")
    from matplotlib.colors import to_rgb

    colour = to_rgb(_COLOURS.get(node.kind, GREY))
    # dark text stays legible on it: less of a dark colour
    strength = 0.03 + (0.12 + 0.25 * max(colour)) * share
    return tuple(1 - strength * (1 - c) for c in colour)


def _draw_node(ax: "Axes", node: Node, share: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    left, right = node.x
    ax.add_patch(
        FancyBboxPatch(
            (left + 2, node.y - node.height / 2 + 2),
            right - left - 4,
            node.height - 4,
            boxstyle="round,pad=2,rounding_size=4",
            facecolor=_fill(node, share),
            edgecolor=_COLOURS.get(node.kind, GREY),
            lw=1.2,
            zorder=3,
        )
    )
    text = "\n".join(node.lines)
    middle = (left + right) / 2
    centre = node.y + (9.25 if node.rate else 4.5)
    ax.text(middle, centre, text, ha="center", va="center", size=7.5, zorder=4)
    below = centre - 4.75 * len(node.lines) - 1
    ax.text(middle, below, node.detail, ha="center", va="top", size=6.5, color=GREY, zorder=4)
    if node.rate:
        ax.text(
            middle, below - 9.5, node.rate, ha="center", va="top", size=7, weight="bold", zorder=4
        )
    if node.column == "projection":
        ax.annotate(
            "",
            (WIDTH - 3, node.y),
            (right, node.y),
            arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
        )


def _draw_edge(ax: "Axes", edge: Edge, number: int) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    colour = _COLOURS.get(edge.source.kind, GREY)
    points = path_points(edge, number)
    codes = [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)]
    ax.add_patch(PathPatch(Path(points, codes), fc="none", ec=colour, lw=1.0, zorder=1))
    _draw_end(ax, points[-1], colour, inhibitory=edge.inhibitory, leftwards=edge.within)
    if edge.gated:
        ax.plot(*_before(points[-1]), marker="D", ms=4, mfc="white", mec=colour, mew=1.0, zorder=2)


def _before(end: tuple[float, float]) -> tuple[float, float]:
    return end[0] - 9, end[1]


def _draw_end(
    ax: "Axes", at: tuple[float, float], colour: str, *, inhibitory: bool, leftwards: bool
) -> None:
    """Draw what a line ends in; `at` is 5 points before the box."""
    if inhibitory:
        ax.plot(*at, marker="o", ms=5.5, color=colour, zorder=2)
        return
    tip = at[0] - 5 if leftwards else at[0] + 5
    arrow = {"arrowstyle": "-|>,head_length=0.45,head_width=0.22", "color": colour, "lw": 1.0}
    ax.annotate("", (tip, at[1]), at, arrowprops=arrow | {"shrinkA": 0, "shrinkB": 0}, zorder=2)


def _draw_key(ax: "Axes", plan: Layout) -> None:
    y, x = 12.0, 12.0
    kinds = {e.inhibitory for e in plan.edges}
    for inhibitory, text in ((False, "excites"), (True, "inhibits")):
        if inhibitory not in kinds:
            continue
        ax.plot([x, x + 20], [y, y], color=GREY, lw=1.0)
        _draw_end(ax, (x + 20, y), GREY, inhibitory=inhibitory, leftwards=False)
        ax.text(x + 31, y, text, va="center", size=7.5)
        x += 84
    if any(e.gated for e in plan.edges):
        ax.plot([x, x + 20], [y, y], color=GREY, lw=1.0)
        ax.plot([x + 10], [y], marker="D", ms=4, mfc="white", mec=GREY, mew=1.0)
        ax.text(x + 28, y, "terminals under presynaptic inhibition", va="center", size=7.5)
        x += 200
    ax.annotate(
        "",
        (x + 24, y),
        (x + 6, y),
        arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
    )
    ax.text(x + 28, y, "to the brain", va="center", size=7.5)


def circuit_diagram_alt(circuit: "Circuit | Mapping[str, Any]") -> str:
    """Return the diagram in words.

    Parameters
    ----------
    circuit : Circuit or mapping
        As in `circuit_diagram`.
    """
    plan = layout(_plain(circuit))
    parts = []
    for node in plan.nodes:
        for verb, inhibitory in (("excites", False), ("inhibits", True)):
            mine = [e for e in plan.edges if e.source is node and e.inhibitory == inhibitory]
            if mine:
                parts.append(f"{node.title}: {verb} {', '.join(e.target.title for e in mine)}")
    return f"Circuit diagram. {'; '.join(parts)}."
