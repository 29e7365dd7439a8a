"""The circuit as a living diagram: who fires, how much, and through what it acts.

Drawn from the circuit's own declaration. The disc of a population grows and darkens with its
rate; a pathway is the thicker the faster its source fires. Excitatory pathways end in an arrow,
inhibitory ones in a flat bar; what a state has blocked is dotted, what it has left a part of its
receptors is dashed.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from gatecontrol.analysis.figures.circuit_layout import (
    COLUMNS,
    WIDTH,
    Edge,
    Layout,
    Node,
    layout,
    path_points,
)
from gatecontrol.analysis.figures.style import CLASS_COLOURS, COLOURS, GREY
from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.model import Circuit, Pathway, receptor_kind
from gatecontrol.teaching.svg import document, element, label
from gatecontrol.teaching.words import FEW, rate_words

if TYPE_CHECKING:
    from gatecontrol.teaching.answer import Answer

__all__ = ["KIND_COLOURS", "circuit_alt", "circuit_svg", "groups", "short_title"]

KIND_COLOURS = {
    **CLASS_COLOURS,
    "inhibitory": COLOURS[6],
    "excitatory": COLOURS[2],
    "projection": COLOURS[5],
}
"""Colour of a fibre class, or of a kind of population."""
_UNREACHED = ("remote", "contralateral", "remote_contralateral")
"""Roles of fibres that no control of the bench drives."""
_FULL = 120.0
"""Rate [spikes/s] of a disc of full size (assumed); faster ones are as large."""
_GONE = 0.01
"""Share of its usual weight below which a receptor is blocked (assumed): nerve injury weakens
receptors too, but none so far."""
_BLOCKED, _PARTLY = "2 4", "8 3"
"""Dashes of pathways that lost all of their receptors, and some."""
_LARGEST = 12.0
_WRAP = {"fibres": 11, "interneurons": 13, "projection": 11}
_HEADINGS = {"fibres": "Fibres", "interneurons": "Interneurons", "projection": "To the brain"}


def short_title(title: str) -> str:
    """Return the title of a population under a heading that says what it is.

    Parameters
    ----------
    title : str
        "Inhibitory interneurons (surround)" becomes "Inhibitory: surround".
    """
    text = title.replace(" interneurons", "").replace("Projection neurons ", "")
    head, _, rest = text.partition("(")
    inside = rest.rstrip(")")
    if head.strip() and inside:
        return f"{head.strip()}: {inside}"
    text = inside or head.strip()
    return text[0].upper() + text[1:]


def _reached(circuit: Circuit) -> dict[str, Any]:
    """Return the plain circuit without the fibres that nothing on the bench drives."""
    data = asdict(circuit)
    left = {
        name
        for name, one in data["afferents"].items()
        if one["role"] in _UNREACHED and one["fibre_class"] != "descending"
    }
    data["afferents"] = {n: a for n, a in data["afferents"].items() if n not in left}
    for group in ("afferents", "populations"):
        for one in data[group].values():
            one["title"] = short_title(one["title"])
    data["pathways"] = {
        name: p
        for name, p in data["pathways"].items()
        if p["source"] not in left and set(p["weights"]) != {"ltd"}  # transmits nothing
    }
    return data


def groups() -> dict[str, tuple[str, str]]:
    """Return what the diagram shows, in the order of a raster from the top.

    Returns
    -------
    dict of str to (str, str)
        Afferent or population -> short title, and fibre class or kind.
    """
    data = _reached(load_circuit("gate"))
    found = {n: (str(a["title"]), str(a["fibre_class"])) for n, a in data["afferents"].items()}
    cells = sorted(data["populations"].items(), key=lambda item: item[1]["kind"] == "projection")
    return found | {n: (str(p["title"]), str(p["kind"])) for n, p in cells}


class _Plan(NamedTuple):
    """The geometry of the circuit, and which of its pathways lost all or some receptors."""

    layout: Layout
    blocked: frozenset[tuple[str, str]]
    partly: frozenset[tuple[str, str]]


@lru_cache(maxsize=64)
def _plan(injured: bool, blocks: tuple[str, ...]) -> _Plan:
    usual = load_circuit("gate")
    circuit = load_circuit("gate", [*(["injured"] if injured else []), *blocks])
    data = _reached(usual)
    blocked: set[tuple[str, str]] = set()
    partly: set[tuple[str, str]] = set()
    for name in data["pathways"]:
        pathway = usual.pathways[name]
        gone = _gone(pathway, circuit.pathways[name])
        if gone:
            (blocked if all(gone) else partly).add((pathway.source, pathway.target))
    names = [*data["afferents"], *data["populations"]]
    drawn = layout(data, dict.fromkeys(names, " "))
    return _Plan(drawn, frozenset(blocked), frozenset(partly))


def _gone(usual: Pathway, now: Pathway) -> list[bool]:
    """Return, per receptor that transmits, whether it is blocked; nothing if none is."""
    acting = [r for r, w in usual.weights.items() if receptor_kind(r) != "ltd" and w.value > 0]
    gone = [now.weights[r].value < _GONE * usual.weights[r].value for r in acting]
    return gone if any(gone) else []


def circuit_svg(answer: "Answer") -> str:
    """Draw the circuit with what it fires while brush and stimulator are on.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    str
        SVG.
    """
    plan, blocked, partly = _plan(answer.state.injured, answer.state.blocks)
    drawing = _Drawing(plan.height, answer.rates)
    returns = [e for e in plan.edges if e.within]
    dashes = dict.fromkeys(partly, _PARTLY) | dict.fromkeys(blocked, _BLOCKED)
    for edge in plan.edges:
        number = returns.index(edge) if edge.within else 0
        drawing.edge(edge, number, dashes.get((edge.source.name, edge.target.name)))
    for column in dict.fromkeys(n.column for n in plan.nodes):
        left, wide = COLUMNS[column]
        drawing.parts.append(
            label(
                _HEADINGS[column], left + wide / 2, 14, 12, text_anchor="middle", font_weight="bold"
            )
        )
    for node in plan.nodes:
        drawing.node(node)
    drawing.key(blocked=bool(blocked), partly=bool(partly))
    return document(WIDTH, plan.height, drawing.parts)


def circuit_alt(answer: "Answer") -> str:
    """Return the diagram in words: who fires how much, and what is blocked.

    Parameters
    ----------
    answer : Answer
    """
    plan, blocked, partly = _plan(answer.state.injured, answer.state.blocks)
    titles = {n.name: n.title for n in plan.nodes}
    rates = ", ".join(
        f"{titles[n]} {rate_words(answer.rates[n])}" for n in groups() if answer.rates[n] >= FEW
    )
    text = f"Diagram of the circuit. Firing: {rates or 'hardly anything'}."
    for word, cut in (("Blocked", blocked), ("Partly blocked", partly)):
        ends: dict[str, list[str]] = {}
        for source, target in sorted(cut):
            ends.setdefault(titles[source], []).append(titles[target])
        if ends:
            said = "; ".join(f"from {one} to {' and '.join(to)}" for one, to in ends.items())
            text += f" {word}: pathways {said}."
    return text


class _Drawing:
    """The diagram while it is drawn; the layout counts heights from below."""

    def __init__(self, height: float, rates: Mapping[str, float]) -> None:
        self.height, self.rates = height, rates
        self.parts: list[str] = []

    def _share(self, name: str) -> float:
        return min(1.0, max(0.0, self.rates.get(name, 0.0)) / _FULL)

    def node(self, node: Node) -> None:
        """Draw a box with its title, its rate and its disc."""
        (left, right), y = node.x, self.height - node.y
        colour, share = KIND_COLOURS.get(node.kind, GREY), self._share(node.name)
        self.parts.append(
            element(
                "rect", x=left, y=y - node.height / 2, width=right - left, height=node.height,
                rx=5, fill="white", stroke=colour, stroke_width=1.2,
            )
        )  # fmt: skip
        lines = textwrap.wrap(node.title, _WRAP[node.column])
        top = y - 6 * (len(lines) - 1) + 4
        for number, line in enumerate(lines):
            self.parts.append(label(line, left + 5, top + 12 * number, 10.5))
        rate = self.rates.get(node.name)
        middle = right - _LARGEST - 5
        radius = max(2.5, _LARGEST * share**0.5)
        self.parts.append(
            element(
                "circle", cx=middle, cy=y - 8, r=radius, fill=colour,
                fill_opacity=0.25 + 0.75 * share, stroke=colour, stroke_width=1,
            )
        )  # fmt: skip
        if rate is not None:
            shown = f"{rate:.0f}/s" if rate >= 9.95 else f"{rate:.1f}/s"
            bold = {"text_anchor": "middle", "font_weight": "bold"}
            self.parts.append(label(shown, middle, y + 16, 10.5, **bold))
        if node.column == "projection":
            self._line([(right, y), (WIDTH - 3, y)], GREY, 1.5)
            self._arrow((WIDTH, y), GREY, leftwards=False)

    def edge(self, edge: Edge, number: int, dashes: str | None) -> None:
        """Draw a pathway, whole if it has no dashes."""
        colour = KIND_COLOURS.get(edge.source.kind, GREY)
        share = 0.0 if dashes == _BLOCKED else self._share(edge.source.name)
        points = [(x, self.height - y) for x, y in path_points(edge, number)]
        opacity = 0.45 + 0.55 * min(1.0, 3 * share)
        wide = 0.8 + 2.6 * share**0.5
        self.parts.append(f'<g opacity="{opacity:.2f}">')
        self._line(points, colour, wide, stroke_dasharray=dashes)
        end = points[-1]
        if edge.inhibitory:
            tip = end[0] - 3 if edge.within else end[0] + 3
            self._line([(tip, end[1] - 5), (tip, end[1] + 5)], colour, 3.0)
            self._line([end, (tip, end[1])], colour, wide)
        else:
            tip = end[0] - 5 if edge.within else end[0] + 5
            self._arrow((tip, end[1]), colour, leftwards=edge.within)
        if edge.gated:
            x, y = end[0] - 11, end[1]
            diamond = f"{x - 4},{y} {x},{y - 4} {x + 4},{y} {x},{y + 4}"
            self.parts.append(element("polygon", points=diamond, fill="white", stroke=colour))
        self.parts.append("</g>")

    def _line(
        self, points: Sequence[tuple[float, float]], colour: str, wide: float, **more: object
    ) -> None:
        first, rest = points[0], points[1:]
        form = " C " if len(rest) % 3 == 0 else " L "
        path = f"M {first[0]:.1f} {first[1]:.1f}{form}" + " ".join(
            f"{x:.1f} {y:.1f}" for x, y in rest
        )
        self.parts.append(
            element("path", d=path, fill="none", stroke=colour, stroke_width=wide, **more)
        )

    def _arrow(self, tip: tuple[float, float], colour: str, *, leftwards: bool) -> None:
        back = 8 if leftwards else -8
        points = f"{tip[0]:.1f},{tip[1]:.1f} " + " ".join(
            f"{tip[0] + back:.1f},{tip[1] + side:.1f}" for side in (-4, 4)
        )
        self.parts.append(element("polygon", points=points, fill=colour))

    def key(self, *, blocked: bool, partly: bool) -> None:
        """Say what the signs mean."""
        y, x = self.height - 12, 8.0
        for text, inhibitory in (("excites", False), ("inhibits", True)):
            self._line([(x, y), (x + 20, y)], GREY, 1.5)
            if inhibitory:
                self._line([(x + 21, y - 5), (x + 21, y + 5)], GREY, 3.0)
            else:
                self._arrow((x + 26, y), GREY, leftwards=False)
            self.parts.append(label(text, x + 31, y + 3.5, 10))
            x += 78
        diamond = f"{x},{y} {x + 4},{y - 4} {x + 8},{y} {x + 4},{y + 4}"
        self.parts.append(element("polygon", points=diamond, fill="white", stroke=GREY))
        self.parts.append(label("gated terminals", x + 13, y + 3.5, 10))
        x += 100
        for shown, text, dashes, wide in (
            (blocked, "blocked", _BLOCKED, 77),
            (partly, "partly blocked", _PARTLY, 110),
        ):
            if shown:
                self._line([(x, y), (x + 24, y)], GREY, 1.5, stroke_dasharray=dashes)
                self.parts.append(label(text, x + 29, y + 3.5, 10))
                x += wide
        self.parts.append(element("circle", cx=x + 6, cy=y, r=6, fill=GREY))
        self.parts.append(label("spikes/s", x + 17, y + 3.5, 10))
