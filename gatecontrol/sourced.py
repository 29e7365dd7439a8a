"""Numbers that say where they come from: ``60 pF ± 15 % [aguiar2010]``.

Circuits and preparations are data, and every number in them carries a unit and a source:
BibTeX keys in square brackets, or the word ``assumed``.
"""

import math
import re
from dataclasses import dataclass
from statistics import fmean

from gatecontrol.units import DIMENSIONS, UnitError, parse_quantity

__all__ = ["ASSUMED", "Sourced", "parse_sourced"]

ASSUMED = "assumed"
"""The source of a number that no paper gives."""

_SOURCED = re.compile(
    r"^\s*(?P<quantity>[^\[\]±]*?)\s*(?:(?:±|\+/-)\s*(?P<spread>[^\[\]±]*?)\s*)?"
    + r"(?:\[(?P<source>[^\[\]]*)\]\s*)?$"
)
_KEY = re.compile(r"^[A-Za-z][A-Za-z0-9_:-]*$")
_PLAIN = re.compile(r"^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Sourced:
    """A number with its provenance.

    Attributes
    ----------
    value : float
        In SI units (temperatures in degC, percentages as a fraction of 1).
    spread : float
        Relative standard deviation across cells, fibres or subjects (0.15 for "± 15 %");
        0 if all are equal.
    source : str
        BibTeX key(s), comma-separated, or "assumed".
    text : str
        As written in the file.
    each : tuple of float
        Values of single cells, where the file lists them; `value` is then their mean.
    """

    value: float
    spread: float
    source: str
    text: str
    each: tuple[float, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """BibTeX keys, without the word "assumed"."""
        return tuple(k for k in self.source.split(", ") if k != ASSUMED)


def _number(text: str, dimension: str, shown: str) -> float:
    if dimension != "number":
        return parse_quantity(text, dimension)
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity", ".nan", ".inf"}:
        raise UnitError("E031", f"must be a finite number, got '{shown}'")
    if not _PLAIN.match(text):
        known = any(text.endswith(unit) for dim in DIMENSIONS.values() for unit in dim.units)
        wrong = "a number without a unit is needed" if known else "expected a number"
        raise UnitError(
            "E024" if known else "E023", f"{wrong}, got '{shown}'", f"for example 0.5 [{ASSUMED}]"
        )
    return float(text)


def _listed(text: str, dimension: str, shown: str) -> tuple[float, ...]:
    """Return the values of a list, whose unit stands behind the last one; empty if it is none."""
    *first, last = (part.strip() for part in text.split(","))
    unit = last.partition(" ")[2]
    parts = [f"{part} {unit}".strip() for part in first]
    return tuple(_number(part, dimension, shown) for part in [*parts, last] if first)


def parse_sourced(text: object, dimension: str, *, each: bool = False) -> Sourced:
    """Read a number with its spread and source.

    Parameters
    ----------
    text : object
        What the file holds: ``"60 pF ± 15 % [aguiar2010]"``. The spread (``±`` or ``+/-``)
        is relative (``15 %``) or in the unit of the value (``10 m/s``), one standard
        deviation, and may be left out. Several keys are separated by commas.
    dimension : str
        Key of `gatecontrol.units.DIMENSIONS`, or ``"number"`` for a number without unit.
    each : bool, optional
        Whether the values of single cells may be listed instead: ``"3.5, 3.3, 3.6 nS [key]"``.

    Returns
    -------
    Sourced

    Raises
    ------
    UnitError
        As `gatecontrol.units.parse_quantity`; besides ``E061`` no source, ``E023`` a text
        that cannot be read, ``E030`` a negative spread.
    """
    example = "0.5" if dimension == "number" else DIMENSIONS[dimension].example
    if not isinstance(text, str):
        if isinstance(text, int | float) and not isinstance(text, bool):
            value = f"{text:g}"
            value = value if dimension == "number" else f"{value} {example.split(' ', 1)[1]}"
            raise UnitError("E061", f"{text} has no source", f"did you mean {value} [{ASSUMED}]?")
        raise UnitError("E023", f"expected text such as '{example} [{ASSUMED}]', got {text!r}")
    match = _SOURCED.match(text)
    if match is None:
        raise UnitError(
            "E023",
            f"cannot read '{text}'",
            f"write value, spread and source: {example} ± 10 % [{ASSUMED}]",
        )
    values = _listed(match["quantity"], dimension, text) if each else ()
    value = fmean(values) if values else _number(match["quantity"], dimension, text)
    spread = 0.0
    if match["spread"] is not None:
        if values:
            raise UnitError("E023", f"'{text}': a list has no spread", "leave the ± out")
        if match["spread"].endswith("%") and dimension != "fraction":
            spread = parse_quantity(match["spread"], "fraction")
        elif value == 0:
            raise UnitError("E023", f"'{text}': zero has no relative spread", "leave the ± out")
        else:
            spread = _number(match["spread"], dimension, text) / abs(value)
        if spread < 0:
            raise UnitError("E030", f"'{text}': a spread must not be negative")
    keys = [k.strip() for k in (match["source"] or "").split(",")]
    if not any(keys):
        raise UnitError(
            "E061",
            f"'{text.strip()}' has no source",
            f"name a BibTeX key or say that it is assumed: {match['quantity']} [{ASSUMED}]",
        )
    for key in keys:
        if not _KEY.match(key):
            raise UnitError("E061", f"'{key}' in '{text.strip()}' is not a BibTeX key")
    if not math.isfinite(value):
        raise UnitError("E031", f"must be a finite number, got '{text}'")
    return Sourced(value, spread, ", ".join(keys), text, values)
