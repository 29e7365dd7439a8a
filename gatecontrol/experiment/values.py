"""One value against its declaration: kind, unit, sign and plausible range.

The same `gatecontrol.plugins.Parameter` gives the check and the JSON Schema of a value.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from pydantic_core import PydanticCustomError

from gatecontrol.parameters import bounds, parse_value
from gatecontrol.plugins import REQUIRED, Parameter
from gatecontrol.preparations import FIBRE_CLASSES
from gatecontrol.units import DIMENSIONS, Amplitude, UnitError, unit_pattern
from gatecontrol.yamlfile import KeyPath

__all__ = ["Fault", "check_value", "stop", "value_schema"]

_EXAMPLES = {
    "duration": "9 s",
    "dt": "0.1 ms",
    "device_on": "2.5 s",
    "device_off": "7.7 s",
    "epoch": "2.5 s",
}
_SLACK = 1e-9  # relative; forgives the rounding of unit conversion, nothing else
_LONGEST_TEXT = 10_000
_NUMBER = re.compile(r"^\s*([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*$")
_PERCENT = r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*%\s*"


@dataclass(frozen=True)
class Fault:
    """What is wrong at a path of the settings; becomes a `gatecontrol.errors.Problem`.

    Attributes
    ----------
    path : tuple of str or int
        Relative to whatever was checked.
    code, message, help : str
        As in `gatecontrol.errors.Problem`.
    key : bool
        Whether the key is wrong, not its value.
    cross : bool
        Whether it concerns several values (so that a base may have it which arms complete).
    """

    path: KeyPath
    code: str
    message: str
    help: str = ""
    key: bool = False
    cross: bool = False

    def under(self, path: KeyPath) -> "Fault":
        """Return the same fault with its path below another."""
        return replace(self, path=path + self.path)


def stop(fault: Fault) -> PydanticCustomError:
    """Return a fault in the form that pydantic collects."""
    # The message is passed through the context, so that braces in it stay as they are.
    return PydanticCustomError(
        fault.code, "{message}", {"message": fault.message, "help": fault.help, "at": fault.path}
    )


def check_value(parameter: Parameter, value: object) -> tuple[Any, Fault | None]:
    """Read a value and check its sign and range.

    Parameters
    ----------
    parameter : Parameter
        The declaration.
    value : object
        As typed.

    Returns
    -------
    value : object
        See `gatecontrol.parameters.parse_value`; None if it is faulty.
    fault : Fault or None
        With an empty path.
    """
    if value is None and parameter.default is not None:
        return None, Fault((), "E023", "no value is given", f"for example {example(parameter)}")
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return None, Fault((), "E033", f"the text is longer than {_LONGEST_TEXT} characters")
    try:
        parsed = parse_value(parameter, value)
    except UnitError as error:
        return None, Fault((), error.code, error.message, _unit_help(error, parameter, value))
    fault = _range_fault(parameter, value, parsed)
    return (None, fault) if fault and fault.code != "E033" else (parsed, fault)


def example(parameter: Parameter) -> str:
    """Return a value that a user could paste for a parameter."""
    if parameter.default is not REQUIRED and parameter.default and parameter.kind != "choices":
        shown = parameter.default
        return str(shown).lower() if isinstance(shown, bool) else str(shown)
    if parameter.name in _EXAMPLES and parameter.kind == "time":
        return _EXAMPLES[parameter.name]
    if parameter.choices:
        return f"[{parameter.choices[0]}]" if parameter.kind == "choices" else parameter.choices[0]
    if parameter.minimum is not None and parameter.kind != "amplitude":
        return str(
            parameter.maximum if str(parameter.minimum).startswith("0") else parameter.minimum
        )
    if parameter.kind in DIMENSIONS:
        return DIMENSIONS[parameter.kind].example
    known = {
        "amplitude": "'120 %PT'",
        "integer": "10",
        "number": "0.5",
        "flag": "true",
        "file": "my_file.csv",
    }
    return known.get(parameter.kind, "text")


def _unit_help(error: UnitError, parameter: Parameter, value: object) -> str:
    """Prefer, for a number without unit, the unit in which it is plausible."""
    if error.help.startswith("for example"):
        return f"for example {example(parameter)}"
    typed = _NUMBER.match(str(value))
    if error.code != "E021" or typed is None or parameter.kind not in DIMENSIONS:
        return error.help
    units = DIMENSIONS[parameter.kind].units
    usual = example(parameter).split(" ")[-1]
    likely = [usual, DIMENSIONS[parameter.kind].example.split(" ", 1)[1], *units]
    low, high = bounds(parameter)
    for unit in likely:
        if unit not in units:
            continue
        number = float(typed[1]) * units[unit]
        if (low is None or number >= low) and (high is None or number <= high):
            return f"did you mean {typed[1]} {unit}?"
    return error.help


def _range_fault(parameter: Parameter, typed: object, value: Any) -> Fault | None:
    low, high = bounds(parameter)
    number = value
    if isinstance(value, Amplitude):
        number = value.value
        if value.kind != "current":
            low, high = 0.0, None
        if value.kind == "recruited":
            if value.fibre_class not in FIBRE_CLASSES:
                known = ", ".join(FIBRE_CLASSES)
                return Fault((), "E010", f"no fibre class '{value.fibre_class}'. Known: {known}")
            high = 1.0
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    if low is not None and low >= 0 and (number < 0 or (number == 0 and low > 0)):
        sign = ">" if low > 0 else ">="
        return Fault((), "E030", f"must be {sign} 0, got {typed}")
    if low is not None and number < low - _SLACK * abs(low):
        return _outside(parameter, typed)
    if high is not None and number > high + _SLACK * abs(high):
        if isinstance(value, Amplitude) and value.kind == "recruited":
            return Fault((), "E030", f"cannot recruit more than 100 %, got {typed}")
        return _outside(parameter, typed)
    return None


def _outside(parameter: Parameter, typed: object) -> Fault:
    low, high = parameter.minimum, parameter.maximum
    if high is None:
        span = f"{low} or more"
    else:
        span = f"up to {high}" if low is None else f"{low} to {high}"
    return Fault((), "E033", f"{typed} is outside the plausible range ({span})")


def value_schema(parameter: Parameter) -> dict[str, Any]:
    """Return the JSON Schema of a parameter's value.

    Parameters
    ----------
    parameter : Parameter
        The declaration.

    Returns
    -------
    dict
        Ranges of quantities cannot be said in JSON Schema; units, signs and choices are.
    """
    schema = _bare_schema(parameter)
    if parameter.default is None:
        schema = {"anyOf": [schema, {"type": "null"}]}
    if parameter.doc:
        schema["description"] = parameter.doc
    if parameter.default is not REQUIRED and parameter.default is not None:
        default = parameter.default
        schema["default"] = list(default) if isinstance(default, tuple) else default
    return schema


def _bare_schema(parameter: Parameter) -> dict[str, Any]:
    kind = parameter.kind
    low, high = bounds(parameter)
    signed = low is None or low < 0
    if kind in DIMENSIONS:
        return {"type": "string", "pattern": unit_pattern(kind, signed=signed)}
    if kind == "amplitude":
        current = unit_pattern("current", signed=signed)
        classes = "|".join(FIBRE_CLASSES)
        others = rf"^\s*[+]?{_PERCENT}(PT|recruited\(\s*({classes})\s*\))\s*$"
        return {"type": "string", "anyOf": [{"pattern": current}, {"pattern": others}]}
    if kind in {"integer", "number"}:
        limits = {"minimum": low, "maximum": high}
        return {"type": kind} | {k: v for k, v in limits.items() if v is not None}
    if kind == "choice":
        return {"enum": list(parameter.choices)}
    if kind == "choices":
        item = {"enum": list(parameter.choices)}
        listed = {"type": "array", "items": item, "minItems": 1, "uniqueItems": True}
        return {"anyOf": [item, listed]}
    if kind == "flag":
        return {"type": "boolean"}
    return {"type": "string", "pattern": r"\S", "maxLength": _LONGEST_TEXT}
