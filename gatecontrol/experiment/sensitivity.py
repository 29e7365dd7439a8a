"""The design of a sensitivity analysis: ranges of parameters, and the samples from them.

``sweep.sensitivity`` becomes one axis of the sweep. Its samples are Saltelli's extension of a
scrambled Sobol sequence [saltelli2010]: of N base samples and D parameters, N (D + 2) points.
Reading and checking a range imports no numpy; drawing the samples needs SALib.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from gatecontrol.experiment.values import Fault, check_value, value_schema
from gatecontrol.plugins import Parameter
from gatecontrol.units import DIMENSIONS
from gatecontrol.yamlfile import Key, KeyPath

__all__ = ["KEYS", "MOST_RANGES", "Design", "Range", "design_schema", "read_count", "read_range"]

KEYS = ("samples", "seed", "second_order", "ranges")
MOST_SAMPLES = 65_536
MOST_RANGES = 40
LARGEST_SEED = 2**31 - 1
_SCALES = ("linear", "log")
_ALL_CORNERS = 5  # up to so many parameters every corner of the box is checked
_COUNTS = {
    "samples": Parameter("samples", "integer", 64, "Base samples", minimum=2, maximum=MOST_SAMPLES),
    "seed": Parameter("seed", "integer", 1, "Seed", minimum=1, maximum=LARGEST_SEED),
    "second_order": Parameter("second_order", "flag", False, "Pairs of parameters too"),
}
_WRITTEN = re.compile(r"^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*?)?\s*$")
_PERCEPTION = re.compile(r"^%\s*PT$")
_RECRUITED = re.compile(r"^%\s*recruited\(\s*(\w+)\s*\)$")


@dataclass(frozen=True)
class Range:
    """The range of one parameter.

    Attributes
    ----------
    key : str
        Its path as text (``device.frequency``).
    path : tuple of str or int
    low, high : float
        Ends, in `written`.
    scale : str
        ``"linear"`` or ``"log"``: in what the samples are uniform.
    written : str
        Unit of the values as they are written into the settings.
    unit : str
        Unit of the results.
    factor : float
        From `written` to `unit`.
    whole : bool
        Whether the values are whole numbers.
    typed : tuple of object
        The ends as typed.
    """

    key: str
    path: KeyPath
    low: float
    high: float
    scale: str
    written: str
    unit: str
    factor: float
    whole: bool
    typed: tuple[Any, Any]

    def bounds(self) -> tuple[float, float]:
        """Return the ends between which a sample is uniform."""
        if self.whole:  # each whole number is as likely as the others
            return self.low, self.high + 1
        return (math.log(self.low), math.log(self.high)) if self.scale == "log" else (
            self.low, self.high,
        )  # fmt: skip

    def value(self, drawn: float) -> Any:
        """Return a sample between the `bounds` as a user would type it."""
        if self.whole:
            return int(min(max(math.floor(drawn), self.low), self.high))
        number = math.exp(drawn) if self.scale == "log" else drawn
        number = float(f"{min(max(number, self.low), self.high):.10g}")
        return f"{number:.10g} {self.written}" if self.written else number

    def number(self, value: Any) -> float:
        """Return a value that was written in the unit of the results."""
        match = _WRITTEN.match(str(value))
        return float(f"{float(match[1]) * self.factor:.15g}") if match else math.nan


@dataclass(frozen=True)
class Design:
    """What ``sweep.sensitivity`` asks for.

    Attributes
    ----------
    samples : int
        Base samples N, a power of two.
    seed : int
        Of the scrambling.
    second_order : bool
        Whether pairs of parameters are analysed too, which costs N (2 D + 2) points.
    ranges : tuple of Range
    """

    samples: int
    seed: int
    second_order: bool
    ranges: tuple[Range, ...]

    @property
    def size(self) -> int:
        """Number of points of the design."""
        count = len(self.ranges)
        return self.samples * (2 * count + 2 if self.second_order else count + 2)

    def corners(self) -> Iterator[tuple[Any, ...]]:
        """Yield the ends of the ranges in combinations: all of them, or of many the main ones."""
        ends = [r.typed for r in self.ranges]
        if len(ends) <= _ALL_CORNERS:
            yield from product(*ends)
            return
        low = tuple(e[0] for e in ends)
        yield low
        for index, (_, high) in enumerate(ends):
            yield (*low[:index], high, *low[index + 1 :])
        yield tuple(e[1] for e in ends)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the values of every point of the design, as a user would type them.

        Raises
        ------
        GatecontrolError
            SALib is not installed.
        """
        from gatecontrol.analysis.sensitivity import library

        problem = {
            "num_vars": len(self.ranges),
            "names": [r.key for r in self.ranges],
            "bounds": [r.bounds() for r in self.ranges],
        }
        drawn = library("sample").sample(
            problem, self.samples, calc_second_order=self.second_order, seed=self.seed
        )
        return [
            tuple(r.value(float(x)) for r, x in zip(self.ranges, row, strict=True)) for row in drawn
        ]

    def typed(self) -> dict[str, Any]:
        """Return the section as a user would type it, with everything filled in."""
        return {
            "samples": self.samples,
            "seed": self.seed,
            "second_order": self.second_order,
            "ranges": {
                r.key: {"low": r.typed[0], "high": r.typed[1], "scale": r.scale}
                for r in self.ranges
            },
        }


def read_count(name: str, section: dict[str, Any]) -> tuple[Any, Fault | None]:
    """Return ``samples``, ``seed`` or ``second_order`` of the section, or its fault."""
    parameter = _COUNTS[name]
    value, fault = check_value(parameter, section.get(name, parameter.default))
    if fault is None and name == "samples" and value & (value - 1):
        near = 2 ** round(math.log2(value))
        message = f"must be a power of two, as a Sobol sequence is balanced only then, got {value}"
        fault = Fault((), "E035", message, f"samples: {near}")
    return value, fault.under((name,)) if fault else None


def read_range(
    key: str, path: KeyPath, value: Any, parameter: Parameter | None
) -> tuple[Range | None, Fault | None]:
    """Read the range of one parameter.

    Parameters
    ----------
    key : str
        Path as text.
    path : tuple of str or int
    value : object
        ``[low, high]`` or ``{low, high, scale}``, as typed.
    parameter : Parameter or None
        Its declaration; None for a number of the circuit.

    Returns
    -------
    Range or None
    Fault or None
        With a path below the range. An implausible end is no fault here: it is reported
        when the corners of the design are checked.
    """
    if isinstance(value, list) and len(value) == 2:
        ends, scale = (value[0], value[1]), "linear"
    elif isinstance(value, dict):
        fault = _keys_fault(value)
        if fault is not None:
            return None, fault
        ends, scale = (value["low"], value["high"]), value.get("scale", "linear")
    else:
        message = f"a range is [low, high] or {{low, high, scale}}, got {_shown(value)}"
        return None, Fault((), "E020", message, f"{key}: {{low: ..., high: ..., scale: log}}")
    kind = parameter.kind if parameter else ""
    if (parameter is None and path[:2] not in {("circuit", "set"), ("circuit", "scale")}) or (
        parameter is not None and kind not in {*DIMENSIONS, "amplitude", "integer", "number"}
    ):
        message = "takes no numbers, so it has no range; sweep it with a list"
        return None, Fault((), "E050", message, key=True)
    places: tuple[Key, Key] = (0, 1) if isinstance(value, list) else ("low", "high")
    for place, end in zip(places, ends, strict=True):
        fault = check_value(parameter, end)[1] if parameter else None
        if fault is None and _end(end) is None:
            fault = Fault((), "E023", f"expected a number with its unit, got {_shown(end)}")
        if fault is not None and fault.code != "E033":  # a range may be lifted
            return None, fault.under((place,))
    one, two = (_end(end) for end in ends)
    if one is None or two is None:
        return None, None
    (low, written, noun, unit, factor), (high, other, noun_high, _, factor_high) = one, two
    if noun != noun_high:
        message = f"the ends of a range must be of one kind: {ends[0]} is {noun}, "
        return None, Fault((), "E024", f"{message}{ends[1]} is {noun_high}")
    if other != written:
        high = float(f"{high * factor_high / factor:.12g}")
    if low >= high:
        message = f"the range must rise, but {ends[0]} is not below {ends[1]}"
        return None, Fault((), "E035", message, f"{key}: [{ends[1]}, {ends[0]}]" * (low > high))
    if scale == "log" and low <= 0:
        message = f"a logarithmic range needs ends above 0, got {ends[0]}"
        return None, Fault((), "E035", message, "scale: linear")
    if scale == "log" and kind == "integer":
        return None, Fault((), "E035", "whole numbers are sampled linearly", "scale: linear")
    found = Range(
        key, path, low, high, scale, written, unit, factor, kind == "integer", (ends[0], ends[1])
    )
    return found, None


def _keys_fault(value: dict[str, Any]) -> Fault | None:
    from gatecontrol.errors import did_you_mean

    known = ("low", "high", "scale")
    for name in value:
        if name not in known:
            message = f"unknown key.{did_you_mean(str(name), known)}"
            return Fault((name,), "E001", message, f"keys of a range: {', '.join(known)}", True)
    for name in known[:2]:
        if name not in value:
            return Fault((), "E002", f"the range has no '{name}'", "{low: 10 Hz, high: 100 Hz}")
    scale = value.get("scale", "linear")
    if scale not in _SCALES:
        message = f"'{scale}' is not a choice here.{did_you_mean(str(scale), _SCALES)}"
        return Fault(("scale",), "E012", message, f"allowed: {', '.join(_SCALES)}")
    return None


def _end(value: Any) -> tuple[float, str, str, str, float] | None:
    """Return number, unit as written, what it is, unit of the results, and the factor to it."""
    match = None if isinstance(value, bool | list | dict) else _WRITTEN.match(str(value))
    if match is None:
        return None
    number, unit = float(match[1]), match[2] or ""
    if not math.isfinite(number):
        return None
    if not unit:
        return number, "", "a number without a unit", "1", 1.0
    if _PERCEPTION.match(unit):
        return number, "%PT", "a multiple of the perception threshold", "%PT", 1.0
    if named := _RECRUITED.match(unit):
        return number, f"% recruited({named[1]})", f"a recruitment of {named[1]}", "1", 0.01
    for dimension in DIMENSIONS.values():
        if unit in dimension.units:
            return number, unit, dimension.noun, dimension.si, dimension.units[unit]
    return None


def design_schema(path: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of the section.

    Parameters
    ----------
    path : dict
        Schema of a path.
    values : dict
        Pattern of a path -> schema of one value.
    """
    samples = value_schema(_COUNTS["samples"])
    samples |= {"enum": [2**k for k in range(1, MOST_SAMPLES.bit_length())]}
    ranges = {
        pattern: {"items": value, "properties": {"low": value, "high": value}}
        for pattern, value in values.items()
    }
    return {
        "description": "One axis: samples of a sensitivity design from ranges of parameters.",
        "type": "object",
        "properties": {
            "samples": samples,
            "seed": value_schema(_COUNTS["seed"]),
            "second_order": value_schema(_COUNTS["second_order"]),
            "ranges": {
                "description": "Path -> [low, high] or {low, high, scale}.",
                "type": "object",
                "minProperties": 1,
                "maxProperties": MOST_RANGES,
                "propertyNames": path,
                "allOf": [{"patternProperties": ranges}],
                "additionalProperties": {
                    "type": ["array", "object"],
                    "minItems": 2,
                    "maxItems": 2,
                    "required": ["low", "high"],
                    "properties": {"low": True, "high": True, "scale": {"enum": list(_SCALES)}},
                    "additionalProperties": False,
                },
            },
        },
        "required": ["ranges"],
        "additionalProperties": False,
    }


def _shown(value: Any) -> str:
    from gatecontrol.experiment.models import shown

    return shown(value)
