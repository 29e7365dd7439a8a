"""Where the parts of a circuit diagram lie, from the circuit's data alone.

Three columns (fibres, interneurons, projection neurons), superficial laminae on top. A
pathway that crosses the column of interneurons runs through a lane between two of them, so
that no line passes behind a population it has nothing to do with. Sizes are in points.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatecontrol.analysis.figures.style import counted
from gatecontrol.circuits.null_model import DRIVING, GATING

__all__ = ["COLUMNS", "INHIBITORY", "WIDTH", "Edge", "Layout", "Node", "layout", "path_points"]

INHIBITORY = frozenset({
    "gaba_a", "gaba_b", "glycine", "inhibitory_current", "monoamine", "presynaptic",
})  # fmt: skip
"""Receptors that make a pathway inhibitory."""

WIDTH = 520.0
COLUMNS = {"fibres": (6.0, 104.0), "interneurons": (198.0, 124.0), "projection": (398.0, 104.0)}
"""Left edge and width of each column."""

_PORT = 9.0
_LANE = 8.0
_GAP = 24.0
_TOP, _BOTTOM = 26.0, 40.0
_LAMINAE = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


@dataclass
class Node:
    """A population or an afferent.

    Attributes
    ----------
    name, title, detail : str
        Key, name and second line ("lamina II, 100 cells").
    rate : str
        Third line, ("12 \u2192 5 spikes/s"); empty without rates.
    column : str
        Key of `COLUMNS`.
    kind : str
        Fibre class, or kind of population.
    rank : float
        Order from the top of its column.
    y : float
        Height of its centre.
    ports : dict
        ``"left"`` and ``"right"`` -> edges that meet that side, from the top.
    """

    name: str
    title: str
    detail: str
    column: str
    kind: str
    rank: float
    rate: str = ""
    y: float = 0.0
    ports: dict[str, list["Edge"]] = field(default_factory=lambda: {"left": [], "right": []})

    @property
    def lines(self) -> list[str]:
        """Title, broken into lines that fit."""
        return textwrap.wrap(self.title, 23 if self.column == "interneurons" else 19)

    @property
    def height(self) -> float:
        """Height of the box: room for its text and for its ports."""
        most = max(len(p) for p in self.ports.values())
        text = 20.0 + 9.5 * len(self.lines) + (9.5 if self.rate else 0.0)
        return max(text, _PORT * (most + 1))

    @property
    def x(self) -> tuple[float, float]:
        """Left and right side."""
        left, width = COLUMNS[self.column]
        return left, left + width

    def port(self, side: str, edge: "Edge") -> float:
        """Return the height at which an edge meets a side."""
        ports = self.ports[side]
        place = ports.index(edge)
        return self.y + _PORT * ((len(ports) - 1) / 2 - place)


@dataclass(eq=False)
class Edge:
    """A pathway.

    Attributes
    ----------
    source, target : Node
    inhibitory : bool
        Whether any of its receptors inhibits.
    gated : bool
        Whether its terminals are under presynaptic inhibition.
    lane : int or None
        Number of the gap in the column of interneurons that it crosses, from the top.
    lane_y : float
        Height at which it crosses.
    """

    source: Node
    target: Node
    inhibitory: bool
    gated: bool
    lane: int | None = None
    lane_y: float = 0.0

    @property
    def within(self) -> bool:
        """Whether it stays in its column."""
        return self.source.column == self.target.column


@dataclass
class Layout:
    """A diagram's geometry.

    Attributes
    ----------
    nodes : list of Node
    edges : list of Edge
    height : float
        Of the whole diagram.
    """

    nodes: list[Node]
    edges: list[Edge]
    height: float


def layout(data: Mapping[str, Any], rates: Mapping[str, str] | None = None) -> Layout:
    """Lay out a circuit.

    Parameters
    ----------
    data : mapping
        The plain fields of a `Circuit`.
    rates : mapping of str to str, optional
        Population or afferent -> the line under its name that says its rate.

    Returns
    -------
    Layout
    """
    nodes = {n.name: n for n in _nodes(data)}
    for name, text in (rates or {}).items():
        nodes[name].rate = text
    edges = _edges(data, nodes)
    columns = {c: [n for n in nodes.values() if n.column == c] for c in COLUMNS}
    for column in ("interneurons", "projection"):
        columns[column].sort(key=lambda n: n.rank)
        _stack(columns[column], [])
    for fibre in columns["fibres"]:
        targets = [e.target.y for e in edges if e.source is fibre]
        fibre.rank = -sum(targets) / len(targets) if targets else 0.0
    columns["fibres"].sort(key=lambda n: n.rank)
    # Ports and lanes change the heights that they are chosen by: a few rounds settle it.
    for _ in range(4):
        _assign_ports(edges)
        _stack(columns["fibres"], [])
        _stack(columns["projection"], [])
        _assign_lanes(columns["interneurons"], edges)
    _assign_ports(edges)
    extents = [_extent(c) for c in columns.values() if c]
    top, bottom = max(e[0] for e in extents), min(e[1] for e in extents)
    lanes = [e.lane_y for e in edges if e.lane is not None]
    top, bottom = max([top, *lanes]), min([bottom, *lanes])
    shift = _BOTTOM - bottom
    for node in nodes.values():
        node.y += shift
    for edge in edges:
        edge.lane_y += shift
    return Layout(list(nodes.values()), edges, top + shift + _TOP)


def _nodes(data: Mapping[str, Any]) -> list[Node]:
    found = []
    for name, afferent in data["afferents"].items():
        detail = counted(afferent["size"], "fibre")
        kind = afferent["fibre_class"]
        found.append(Node(name, afferent["title"], detail, "fibres", kind, 0.0))
    for name, population in data["populations"].items():
        column = "projection" if population["kind"] == "projection" else "interneurons"
        lamina = population["lamina"]
        detail = f"lamina {lamina}, {counted(population['size'], 'cell')}"
        rank = _depth(lamina)
        found.append(Node(name, population["title"], detail, column, population["kind"], rank))
    return found


def _edges(data: Mapping[str, Any], nodes: Mapping[str, Node]) -> list[Edge]:
    """Return the pathways; of a null model, what its output follows and what takes from it."""
    found = [
        Edge(
            nodes[p["source"]],
            nodes[p["target"]],
            bool(INHIBITORY & set(p["weights"])),
            bool(p["gated"]),
        )
        for p in data["pathways"].values()
    ]
    if not data.get("null_model"):
        return found
    for name, afferent in data["afferents"].items():
        inhibitory = {DRIVING: False, GATING: True}.get((afferent["fibre_class"], afferent["role"]))
        if inhibitory is not None:
            found += [
                Edge(nodes[name], nodes[p], inhibitory, gated=False) for p in data["populations"]
            ]
    return found


def _depth(lamina: str) -> float:
    """Return the mean depth of "II-III", 1 for lamina I."""
    known = [_LAMINAE.index(part) + 1 for part in lamina.split("-") if part in _LAMINAE]
    return sum(known) / len(known) if known else 99.0


def _stack(nodes: list[Node], gaps: list[float]) -> None:
    """Set heights of a column, from the top, its middle at 0; `gaps` lie between nodes."""
    gaps = gaps or [_GAP] * max(len(nodes) - 1, 0)
    total = sum(n.height for n in nodes) + sum(gaps)
    y = total / 2
    for node, gap in zip(nodes, [*gaps, 0.0], strict=False):
        node.y = y - node.height / 2
        y -= node.height + gap


def _extent(nodes: list[Node]) -> tuple[float, float]:
    tops = [n.y + n.height / 2 for n in nodes]
    return max(tops), min(n.y - n.height / 2 for n in nodes)


def _assign_ports(edges: list[Edge]) -> None:
    """Order the ends on each side of a box by where the lines come from."""
    for edge in edges:
        for node in (edge.source, edge.target):
            node.ports["left"], node.ports["right"] = [], []
    for edge in edges:
        edge.source.ports["right"].append(edge)
        edge.target.ports["right" if edge.within else "left"].append(edge)

    def other_end(node: Node, edge: Edge) -> float:
        if edge.lane is not None:
            return edge.lane_y
        return edge.target.y if edge.source is node else edge.source.y

    for node in {id(n): n for e in edges for n in (e.source, e.target)}.values():
        for ports in node.ports.values():
            ports.sort(key=lambda e, n=node: -other_end(n, e))


def _assign_lanes(middle: list[Node], edges: list[Edge]) -> None:
    """Choose the gap for each line from fibres to projection neurons, and make room for it."""
    crossing = [e for e in edges if e.source.column == "fibres" and e.target.column == "projection"]
    if not middle:
        return
    top, bottom = _extent(middle)
    centres = [top + _GAP / 2]
    for above, below in zip(middle, middle[1:], strict=False):
        centres.append((above.y - above.height / 2 + below.y + below.height / 2) / 2)
    centres.append(bottom - _GAP / 2)
    for edge in crossing:
        straight = (edge.source.y + edge.target.y) / 2
        edge.lane = min(range(len(centres)), key=lambda k: abs(centres[k] - straight))
    lanes = [[e for e in crossing if e.lane == k] for k in range(len(centres))]
    gaps = [max(_GAP, _LANE * (len(lane) + 1)) for lane in lanes]
    _stack(middle, gaps[1:-1])
    top, bottom = _extent(middle)
    edges_of_gaps = [top + gaps[0], *(n.y - n.height / 2 for n in middle)]
    for lane, upper, gap in zip(lanes, edges_of_gaps, gaps, strict=True):
        lane.sort(key=lambda e: -(e.source.y + e.target.y))
        for place, edge in enumerate(lane):
            edge.lane_y = upper - gap / 2 + _LANE * ((len(lane) - 1) / 2 - place)


def path_points(edge: Edge, number: int) -> list[tuple[float, float]]:
    """Return the corners of a pathway: where it starts, each Bezier pair, where it ends.

    Parameters
    ----------
    edge : Edge
        Laid out.
    number : int
        Of one that stays in its column, which one it is: each bends farther out.
    """
    start = (edge.source.x[1], edge.source.port("right", edge))
    if edge.within:
        end = (edge.target.x[1] + 5, edge.target.port("right", edge))
        out = max(start[0], end[0]) + 16 + 9 * number
        return [start, (out, start[1]), (out, end[1]), end]
    end = (edge.target.x[0] - 5, edge.target.port("left", edge))
    if edge.lane is None:
        half = (start[0] + end[0]) / 2
        return [start, (half, start[1]), (half, end[1]), end]
    left, width = COLUMNS["interneurons"]
    enter, leave = (left - 8, edge.lane_y), (left + width + 8, edge.lane_y)
    first, last = (start[0] + enter[0]) / 2, (leave[0] + end[0]) / 2
    return [
        start,
        (first, start[1]),
        (first, enter[1]),
        enter,
        enter,
        leave,
        leave,
        (last, leave[1]),
        (last, end[1]),
        end,
    ]
