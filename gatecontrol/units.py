"""Quantities as text outside, SI floats inside.

A quantity is a number, a space (optional) and a unit: ``"300 us"``, ``"1.2 mA"``,
``"0.2 S/m"``. A bare number is refused where a dimension is due. The table below is
fixed: nothing that a user types is ever evaluated.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "DIMENSIONS",
    "Amplitude",
    "Dimension",
    "UnitError",
    "format_quantity",
    "parse_amplitude",
    "parse_quantity",
    "unit_pattern",
]


@dataclass(frozen=True)
class Dimension:
    """A physical dimension: its SI unit, the units it is written in and an example.

    Attributes
    ----------
    name : str
        Key in `DIMENSIONS`.
    noun : str
        How a message names it ("a time").
    si : str
        SI unit of the floats inside the program, as written in results (``"s"``).
    units : Mapping[str, float]
        Unit text -> factor to SI. Temperature in degC is kept as degC (an interval scale).
    example : str
        A valid quantity, used in help texts.
    """

    name: str
    noun: str
    si: str
    units: Mapping[str, float]
    example: str


def _prefixed(unit: str, prefixes: str) -> dict[str, float]:
    factor = {"p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6}
    return {p + unit: factor[p] for p in [*prefixes, ""]}


_PER_AREA = {"uC/cm^2": 1e-2, "uC/cm2": 1e-2, "µC/cm2": 1e-2, "C/m^2": 1.0, "C/m2": 1.0}

DIMENSIONS: Mapping[str, Dimension] = {
    d.name: d
    for d in (
        Dimension(
            "time", "a time", "s", _prefixed("s", "nuµm") | {"min": 60.0, "h": 3600.0}, "300 us"
        ),
        Dimension("frequency", "a frequency", "Hz", _prefixed("Hz", "mkM") | {"/s": 1.0}, "50 Hz"),
        Dimension("current", "a current", "A", _prefixed("A", "pnuµm"), "1.2 mA"),
        Dimension("voltage", "a voltage", "V", _prefixed("V", "uµm"), "-60 mV"),
        Dimension("length", "a length", "m", _prefixed("m", "nuµm") | {"cm": 1e-2}, "3 mm"),
        Dimension(
            "area",
            "an area",
            "m^2",
            {"m^2": 1.0, "m2": 1.0, "cm^2": 1e-4, "cm2": 1e-4, "mm^2": 1e-6, "mm2": 1e-6},
            "25 cm^2",
        ),
        Dimension(
            "velocity", "a velocity", "m/s", {"m/s": 1.0, "cm/s": 1e-2, "mm/s": 1e-3}, "50 m/s"
        ),
        Dimension("force", "a force", "N", _prefixed("N", "m"), "200 mN"),
        Dimension("temperature", "a temperature", "degC", {"degC": 1.0, "°C": 1.0}, "45 degC"),
        Dimension(
            "temperature_rate",
            "a temperature rate",
            "degC/s",
            {"degC/s": 1.0, "°C/s": 1.0},
            "2 degC/s",
        ),
        Dimension("capacitance", "a capacitance", "F", _prefixed("F", "pnuµm"), "100 pF"),
        Dimension("conductance", "a conductance", "S", _prefixed("S", "pnuµm"), "2 nS"),
        Dimension(
            "resistance",
            "a resistance",
            "ohm",
            _prefixed("ohm", "kM") | {"Ω": 1.0, "kΩ": 1e3},
            "500 ohm",
        ),
        Dimension(
            "conductance_density",
            "a conductance density",
            "S/m^2",
            {"S/cm^2": 1e4, "S/cm2": 1e4, "mS/cm2": 10.0, "S/m^2": 1.0, "S/m2": 1.0},
            "1e-4 S/cm2",
        ),
        Dimension(
            "specific_capacitance",
            "a capacitance per area",
            "F/m^2",
            {"uF/cm^2": 1e-2, "uF/cm2": 1e-2, "µF/cm2": 1e-2, "F/m^2": 1.0, "F/m2": 1.0},
            "1 uF/cm2",
        ),
        Dimension(
            "resistivity", "a resistivity", "ohm m", {"ohm cm": 1e-2, "ohm m": 1.0}, "150 ohm cm"
        ),
        Dimension(
            "concentration",
            "a concentration",
            "mol/m^3",
            {"mM": 1.0, "uM": 1e-3, "µM": 1e-3, "nM": 1e-6, "mol/m^3": 1.0},
            "2 mM",
        ),
        Dimension("conductivity", "a conductivity", "S/m", {"S/m": 1.0, "mS/m": 1e-3}, "0.2 S/m"),
        Dimension("power", "a power", "W", _prefixed("W", "nuµm"), "1 mW"),
        Dimension("charge", "a charge", "C", _prefixed("C", "pnuµm"), "1.2 uC"),
        Dimension("charge_density", "a charge density", "C/m^2", _PER_AREA, "30 uC/cm^2"),
        Dimension("fraction", "a percentage", "1", {"%": 1e-2}, "10 %"),
    )
}

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_QUANTITY = re.compile(rf"^\s*({_NUMBER})\s*(\S.*?)?\s*$")
_RECRUITED = re.compile(rf"^\s*({_NUMBER})\s*%\s*recruited\(\s*(\w+)\s*\)\s*$")
_PERCEPTION = re.compile(rf"^\s*({_NUMBER})\s*%\s*PT\s*$")


_PREFIXES = {"p": "pico", "n": "nano", "u": "micro", "m": "milli", "k": "kilo", "M": "mega"}
_NAMES = {
    "s": "second",
    "Hz": "hertz",
    "A": "ampere",
    "V": "volt",
    "m": "metre",
    "N": "newton",
    "F": "farad",
    "S": "siemens",
    "ohm": "ohm",
    "W": "watt",
    "C": "coulomb",
}


class UnitError(ValueError):
    """A quantity that cannot be read; carries a stable code and a help text.

    Parameters
    ----------
    code : str
        ``E021`` no unit, ``E022`` case of a prefix, ``E023`` not a quantity,
        ``E024`` wrong dimension or unknown unit, ``E031`` not finite.
    message : str
        What is wrong, with the value as typed.
    help : str, optional
        A fix that can be pasted.
    """

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


_EXPONENTS = {float(f"1e{k}"): k for k in range(-15, 10)}


def _scaled(number: str, factor: float) -> float:
    """Return a number times a unit's factor, rounded once: 50 us is 5e-05 and not 4.99...e-05."""
    value = float(number)
    power = _EXPONENTS.get(factor)
    if power is None or value == 0:
        return value * factor
    mantissa, _, exponent = number.lower().partition("e")
    return float(f"{mantissa}e{int(exponent or 0) + power}")


def _as_read(unit: str) -> str:
    """Return what a unit in the wrong case says when it is taken by the letter."""
    for prefix, word in _PREFIXES.items():
        name = _NAMES.get(unit.removeprefix(prefix)) if unit.startswith(prefix) else None
        if name:
            factor = {"milli": "1e-3", "micro": "1e-6", "nano": "1e-9", "pico": "1e-12"}
            size = factor.get(word) or {"kilo": "1e3", "mega": "1e6"}[word]
            return f"'{unit}' is {word}{name} ({size} {unit.removeprefix(prefix)})"
    owner = _owner(unit)
    return f"'{unit}' is {owner.noun}" if owner else f"'{unit}' is not a unit"


def _owner(unit: str) -> Dimension | None:
    return next((d for d in DIMENSIONS.values() if unit in d.units), None)


def parse_quantity(text: object, dimension: str) -> float:
    """Read a quantity of a given dimension.

    Parameters
    ----------
    text : object
        What the user wrote; only text is accepted.
    dimension : str
        Key of `DIMENSIONS`, e.g. ``"time"``.

    Returns
    -------
    float
        The value in the SI unit of the dimension (temperatures in degC, percentages as
        a fraction of 1).

    Raises
    ------
    UnitError
        No unit (E021), a prefix in the wrong case (E022), not a quantity (E023), another
        dimension or an unknown unit (E024), not finite (E031).
    """
    dim = DIMENSIONS[dimension]
    if isinstance(text, bool) or text is None or not isinstance(text, str | int | float):
        shown = "nothing" if text is None else f"{type(text).__name__} {text!r}"
        shown = str(text).lower() if isinstance(text, bool) else shown
        raise UnitError("E023", f"expected {dim.noun} such as '{dim.example}', got {shown}")
    shown = str(text)
    if shown.strip().lower().lstrip("+-.").split(" ")[0] in {"nan", "inf", "infinity"}:
        raise UnitError(
            "E031", f"must be a finite number, got {shown}", f"for example {dim.example}"
        )
    match = _QUANTITY.match(shown)
    if match is None:
        raise UnitError(
            "E023", f"expected {dim.noun} such as '{dim.example}', got the text '{shown}'"
        )
    number = float(match[1])
    # The Greek letter mu is not the micro sign, but looks the same.
    unit = match[2].replace("\u03bc", "µ") if match[2] else None
    if unit is not None and unit[0] in "0123456789.,":
        decimal = shown.strip().replace(",", ".", 1)
        readable = unit[0] == "," and _QUANTITY.match(decimal)
        raise UnitError(
            "E023",
            f"expected {dim.noun} such as '{dim.example}', got the text '{shown}'",
            f"write a decimal point: {decimal}" if readable else "",
        )
    if unit is None:
        unit_help = dim.example.split(" ", 1)[1]
        raise UnitError(
            "E021",
            f"{shown} has no unit; {dim.noun} is needed.",
            f"did you mean {shown} {unit_help}?",
        )
    if not math.isfinite(number):
        raise UnitError(
            "E031", f"must be a finite number, got {shown}", f"for example {dim.example}"
        )
    if unit in dim.units:
        value = _scaled(match[1], dim.units[unit])
        if math.isfinite(value):
            return value
        raise UnitError(
            "E031", f"must be a finite number, got {shown}", f"for example {dim.example}"
        )
    owner = _owner(unit)
    alike = next((u for u in dim.units if u.lower() == unit.lower()), None)
    if alike is not None:
        raise UnitError("E022", f"{_as_read(unit)}; did you mean '{alike}'?", f"{match[1]} {alike}")
    if owner is not None:
        raise UnitError(
            "E024",
            f"'{shown}' is {owner.noun}, {dim.noun} is needed",
            f"for example {dim.example}",
        )
    known = ", ".join(u for u in dim.units if "µ" not in u)
    raise UnitError(
        "E024", f"'{unit}' is not a unit of {dim.noun[2:].strip()}", f"known units: {known}"
    )


def format_quantity(value: float, dimension: str, digits: int = 4) -> str:
    """Write an SI value in the unit that keeps its number between 1 and 1000.

    Parameters
    ----------
    value : float
        In the SI unit of the dimension.
    dimension : str
        Key of `DIMENSIONS`.
    digits : int, optional
        Significant digits.

    Returns
    -------
    str
        For example ``"300 us"``.
    """
    dim = DIMENSIONS[dimension]
    if dimension == "fraction":
        return f"{value * 100:.{digits}g} %"
    units = {
        u: f
        for u, f in dim.units.items()
        if not set(u) & set("µΩ°2/") and u not in {"cm", "min", "h"}
    }
    units = units or {dim.si: 1.0}
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {dim.si}"
    fitting = [u for u, f in units.items() if abs(value) / f >= 0.9999]
    unit = max(fitting, key=lambda u: units[u]) if fitting else min(units, key=lambda u: units[u])
    return f"{value / units[unit]:.{digits}g} {unit}"


def unit_pattern(dimension: str, *, signed: bool = False) -> str:
    """Return a regular expression (JSON Schema dialect) that a quantity's text must match.

    Parameters
    ----------
    dimension : str
        Key of `DIMENSIONS`.
    signed : bool, optional
        Whether a leading minus is legal.
    """
    units = "|".join(
        sorted(
            (re.escape(u).replace("µ", "[µ\u03bc]") for u in DIMENSIONS[dimension].units), key=len
        )
    )
    sign = "[+-]?" if signed else "[+]?"
    return rf"^\s*{sign}([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*({units})\s*$"


@dataclass(frozen=True)
class Amplitude:
    """A stimulation amplitude as the user gave it.

    Attributes
    ----------
    kind : str
        ``"current"`` (value in A), ``"perception_threshold"`` (value is a multiple of PT,
        1.2 for "120 %PT") or ``"recruited"`` (value is the fraction of a fibre class that
        is to be recruited).
    value : float
        See `kind`.
    fibre_class : str
        Only for ``"recruited"``: the class counted (``"abeta"``).
    """

    kind: str
    value: float
    fibre_class: str = ""


def _finite(number: str, shown: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise UnitError("E031", f"must be a finite number, got {shown}", "for example 120 %PT")
    return value


def parse_amplitude(text: object) -> Amplitude:
    """Read a stimulation amplitude.

    Parameters
    ----------
    text : object
        A current (``"1.2 mA"``), a percentage of perception threshold (``"120 %PT"``) or a
        recruitment (``"95 % recruited(abeta)"``).

    Returns
    -------
    Amplitude

    Raises
    ------
    UnitError
        As `parse_quantity`.
    """
    if isinstance(text, str):
        if match := _PERCEPTION.match(text):
            return Amplitude("perception_threshold", _finite(match[1], text) / 100)
        if match := _RECRUITED.match(text):
            return Amplitude("recruited", _finite(match[1], text) / 100, match[2])
        if "%" in text:
            raise UnitError(
                "E024",
                f"'{text}': a percentage of what?",
                "write '120 %PT' (of perception threshold), '95 % recruited(abeta)' or '1.2 mA'",
            )
    return Amplitude("current", parse_quantity(text, "current"))
