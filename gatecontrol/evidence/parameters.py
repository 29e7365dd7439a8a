"""The free parameters of a circuit: its numbers that no paper gives, and changed ones as text.

A number that parts of the file share through a YAML anchor is one number: it counts once, and it
changes everywhere.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gatecontrol.errors import UsageError
from gatecontrol.sourced import ASSUMED

if TYPE_CHECKING:
    from gatecontrol.sourced import Sourced

__all__ = ["BY", "changed", "free_groups", "free_numbers", "free_parameters", "split", "text_of"]

BY = ("number", "kind")
"""How numbers are taken together: as the file writes them, or all of one kind (`free_groups`)."""

_SPLIT = re.compile(
    r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^±\[+]*?)\s*(?:[±\[+].*)?$"
)
_WHOLE = (".size", ".fan_in", ".contacts", ".compartments")

_SOLVER = ("time_step", ".compartments")
"""How finely the equations are solved, which is no parameter of a model."""


def free_parameters(circuit: str) -> list[str]:
    """Return the dotted names of the numbers of a circuit that are assumed.

    Those that only a condition sets are not among them. Of numbers that share an anchor, only
    the first is.

    Parameters
    ----------
    circuit : str
        Name or file.
    """
    return list(free_numbers(circuit))


def free_numbers(circuit: str) -> dict[str, list[str]]:
    """Return the assumed numbers as they are typed.

    Parameters
    ----------
    circuit : str
        Name or file.

    Returns
    -------
    dict of str to list of str
        All names of each number (several, if it is shared by an anchor), by the first of them.
    """
    from gatecontrol.circuits import circuit_path
    from gatecontrol.circuits.load import circuit_numbers, written_once

    path = circuit_path(circuit)
    numbers = circuit_numbers(path, circuit)
    written = written_once(path, circuit)
    return {
        first: names
        for first, names in written.items()
        if numbers[first].source == ASSUMED and not first.endswith(_SOLVER)
    }


def free_groups(circuit: str, by: str = "number") -> dict[str, list[str]]:
    """Return the assumed numbers in groups that are changed together.

    Parameters
    ----------
    circuit : str
        Name or file.
    by : str, optional
        ``"number"``: each number by itself. ``"kind"``: the same number of all cells,
        populations, backgrounds or pathways together (``pathways.*.weights.ampa``); receptors
        stay apart, because each is a mechanism of its own.

    Raises
    ------
    UsageError
        Another `by`.
    """
    if by not in BY:
        raise UsageError(f"--by takes {' or '.join(BY)}, not '{by}'")
    groups: dict[str, list[str]] = {}
    for first, names in free_numbers(circuit).items():
        head, _, rest = first.partition(".")
        apart = by == "number" or head == "receptors" or "." not in rest
        key = first if apart else f"{head}.*.{rest.partition('.')[2]}"
        groups.setdefault(key, []).extend(names)
    return groups


def split(text: str) -> tuple[float, str]:
    """Return value and unit of a number as typed, without spread and source.

    Parameters
    ----------
    text : str
        ``"0.45 nS ± 30 % [assumed]"``.

    Raises
    ------
    ValueError
        It does not begin with a number.
    """
    match = _SPLIT.match(text)
    if match is None:
        raise ValueError(f"'{text}' does not begin with a number")
    return float(match[1]), match[2]


def text_of(value: float, unit: str, number: "Sourced") -> str:
    """Return a new value with the relative spread of the old one, for ``circuit: {set: ...}``.

    Parameters
    ----------
    value : float
        In `unit`.
    unit : str
        As typed; empty for a plain number.
    number : Sourced
        What it takes the place of.
    """
    text = f"{value:.6g} {unit}".strip()
    if not number.spread or not value:
        return text
    # The spread of a percentage is in per cent of 1, any other in per cent of the value.
    spread = 100 * number.spread if unit != "%" else abs(value) * number.spread
    return f"{text} ± {spread:.6g} %"


def changed(
    numbers: "Mapping[str, Sourced]", names: Iterable[str], factor: float
) -> dict[str, str]:
    """Return numbers times a factor, as text.

    Zeros are left out. A count (cells, fan-in, contacts) is rounded, by at least one away from
    what it was unless the factor is 1, and stays at least 1.

    Parameters
    ----------
    numbers : mapping of str to Sourced
        All numbers of the circuit.
    names : iterable of str
        Those to be changed.
    factor : float
        Of the value as written: -60 mV times 0.8 are -48 mV.
    """
    found = {}
    for name in names:
        value, unit = split(numbers[name].text)
        new = value * factor
        if name.endswith(_WHOLE):
            new = round(new)
            if new == value and factor != 1:
                new += 1 if factor > 1 else -1
            new = max(new, 1)
        if value:
            found[name] = text_of(new, unit, numbers[name])
    return found
