"""Membrane channels as data: gates whose kinetics are text, as papers print them.

The voltage ``v`` is in millivolts, rates are per millisecond, calcium ``cai`` in millimolar.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import did_you_mean

__all__ = [
    "FUNCTIONS",
    "NAME",
    "RESERVED",
    "Channel",
    "Gate",
    "evaluate",
    "linoid",
    "rename",
]


def linoid(x: Any, y: Any) -> NDArray[np.float64]:
    """Return ``x/(exp(x/y) - 1)``, with its limit ``y - x/2`` at 0."""
    ratio = np.asarray(x / y, dtype=np.float64)
    small = np.abs(ratio) < 1e-5
    safe = np.where(small, 1.0, ratio)
    return np.where(small, y - x / 2, y * safe / (np.exp(safe) - 1))


FUNCTIONS = {"exp": np.exp, "linoid": linoid, "maximum": np.maximum}
"""Functions that the text of a channel may use."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
"""Form of the names of channels, gates, parameters and receptors."""

RESERVED = (*FUNCTIONS, "v", "cai", "calcium", "leak", "step", "strength", "reversal")
"""Names that mean something else in the engine."""


@dataclass(frozen=True)
class Gate:
    """A gating variable: opening and closing rates, or steady state and time constant.

    Attributes
    ----------
    name : str
        ``"m"``, ``"h"``, ...
    power : int
        Exponent with which it enters the conductance.
    alpha, beta : str
        Opening and closing rate [1/ms] as text.
    steady, tau : str
        Steady state (0-1) and time constant [ms] as text, instead of the rates.
    """

    name: str
    power: int
    alpha: str = ""
    beta: str = ""
    steady: str = ""
    tau: str = ""


@dataclass(frozen=True)
class Channel:
    """A channel: gates, and either an ohmic current or one given as text.

    Attributes
    ----------
    name : str
        Prefix of its variables.
    gates : tuple of Gate
    parameters : tuple of (str, float)
        Names that the text may use, with their defaults; a section may set its own.
    definitions : tuple of (str, str)
        Names for parts that several gates share, each as text, in order.
    current : str
        Outward current density [mA/cm2] of the open channel for a density of 1, as text in
        ``v``, ``cai`` and parameters; empty for the ohmic ``v - reversal``.
    calcium : bool
        Whether its current is carried by calcium and fills the pool of its compartment.
    source : str
        Where the kinetics come from.
    """

    name: str
    gates: tuple[Gate, ...]
    parameters: tuple[tuple[str, float], ...] = ()
    definitions: tuple[tuple[str, str], ...] = ()
    current: str = ""
    calcium: bool = False
    source: str = ""

    def texts(self) -> dict[str, str]:
        """Return every text with the place where it stands."""
        found = dict(self.definitions)
        for gate in self.gates:
            for part in ("alpha", "beta", "steady", "tau"):
                if getattr(gate, part):
                    found[f"{gate.name}.{part}"] = getattr(gate, part)
        return found | ({"current": self.current} if self.current else {})

    def uses_calcium(self) -> bool:
        """Return whether it depends on, or feeds, the calcium pool."""
        return self.calcium or any("cai" in _names(text) for text in self.texts().values())

    def faults(self) -> list[str]:
        """Return what is wrong with it, as sentences."""
        known = ["v", "cai", *(name for name, _ in self.parameters)]
        own = [g.name for g in self.gates] + known[2:] + [name for name, _ in self.definitions]
        found = [
            f"'{name}' cannot be a name: use letters and digits, and none of {', '.join(RESERVED)}"
            for name in (self.name, *own)
            if not NAME.fullmatch(name) or name in RESERVED
        ]
        found += [
            f"the name '{name}' stands for two things"
            for name in sorted(set(own))
            if own.count(name) > 1
        ]
        for gate in self.gates:
            rates, curve = gate.alpha and gate.beta, gate.steady and gate.tau
            if bool(rates) == bool(curve):
                found.append(f"gate {gate.name}: give alpha and beta, or steady and tau")
            if gate.power < 1:
                found.append(f"gate {gate.name}: its power is {gate.power}; it must be 1 or more")
        for place, text in self.texts().items():
            found += [f"{place}: {fault}" for fault in _text_faults(text, known)]
            if place in dict(self.definitions):
                known.append(place)
        return [f"channel {self.name}: {fault}" for fault in found]

    def steady_state(
        self, v: NDArray[np.float64], cai: NDArray[np.float64], values: Mapping[str, Any]
    ) -> dict[str, NDArray[np.float64]]:
        """Return each gate at rest.

        Parameters
        ----------
        v : ndarray of float64, shape (n,)
            Voltage [mV].
        cai : ndarray of float64, shape (n,)
            Calcium [mM].
        values : mapping of str to float or ndarray, shape (n,)
            Parameters.
        """
        names = {"v": v, "cai": cai, **values}
        for name, text in self.definitions:
            names[name] = evaluate(text, names)
        found = {}
        for gate in self.gates:
            if gate.steady:
                steady = evaluate(gate.steady, names)
            else:
                alpha, beta = evaluate(gate.alpha, names), evaluate(gate.beta, names)
                steady = alpha / (alpha + beta)
            found[gate.name] = np.broadcast_to(steady, np.shape(v)).astype(np.float64)
        return found


_ARITHMETIC: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant,
    *_ARITHMETIC,
)  # fmt: skip


def _names(text: str) -> set[str]:
    return {n.id for n in ast.walk(ast.parse(text, mode="eval")) if isinstance(n, ast.Name)}


def _text_faults(text: str, known: Iterable[str]) -> list[str]:
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return [f"'{text}' is no arithmetic expression"]
    allowed = [*known, *FUNCTIONS]
    for node in ast.walk(tree):
        number = not isinstance(node, ast.Constant) or type(node.value) in {int, float}
        call = not isinstance(node, ast.Call) or isinstance(node.func, ast.Name)
        if not isinstance(node, _ALLOWED) or not number or not call:
            return [f"'{text}' may hold only numbers, names, + - * / ** and {', '.join(FUNCTIONS)}"]
    unknown = sorted(_names(text) - set(allowed))
    return [
        f"unknown name '{u}'.{did_you_mean(u, allowed)} Allowed: {', '.join(allowed)}"
        for u in unknown
    ]


def rename(text: str, names: Mapping[str, str]) -> str:
    """Return an expression with its names replaced."""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.unparse(tree)


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """Return the value of a checked expression (`Channel.faults`) for arrays."""

    def value(node: Any) -> Any:
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return names[node.id]
            case ast.Call():
                return FUNCTIONS[node.func.id](*(value(a) for a in node.args))
            case ast.UnaryOp():
                return _ARITHMETIC[type(node.op)](value(node.operand))
        return _ARITHMETIC[type(node.op)](value(node.left), value(node.right))

    return value(ast.parse(text, mode="eval").body)
