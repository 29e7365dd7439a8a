"""From declared parameters and a user's text to SI values.

Devices, stimuli and measures declare `gatecontrol.plugins.Parameter`; the functions here
are the only ones that turn what a user typed for them into numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar, Self

from gatecontrol.errors import did_you_mean
from gatecontrol.plugins import REQUIRED, Fault, Parameter, Preset
from gatecontrol.units import DIMENSIONS, UnitError, parse_amplitude, parse_quantity

__all__ = [
    "IDENTITY",
    "Declared",
    "bounds",
    "chosen_presets",
    "defaults",
    "parse_value",
    "preset_names",
    "to_si",
    "with_presets",
]

IDENTITY = ("kind", "name")
"""Keys of a configuration that name the plug-in and its use; never parameters."""

_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def defaults(parameters: Sequence[Parameter]) -> dict[str, object]:
    """Return the default of every parameter that has one, as a user would type it.

    Parameters
    ----------
    parameters : sequence of Parameter
        The declaration.
    """
    return {p.name: p.default for p in parameters if p.default is not REQUIRED}


def chosen_presets(
    parameters: Sequence[Parameter], config: Mapping[str, object]
) -> tuple[Preset, ...]:
    """Return the presets that a configuration chooses.

    Parameters
    ----------
    parameters : sequence of Parameter
        The declaration.
    config : mapping of str to object
        What the user typed; a choice that does not exist is for `parse_value` to refuse.
    """
    chosen = ((p.presets, config.get(p.name, p.default)) for p in parameters if p.presets)
    return tuple(all_[c] for all_, c in chosen if isinstance(c, str) and c in all_)


def with_presets(
    parameters: Sequence[Parameter], config: Mapping[str, object]
) -> tuple[Parameter, ...]:
    """Return a declaration with the defaults that the presets of a configuration set.

    Parameters
    ----------
    parameters : sequence of Parameter
        The declaration.
    config : mapping of str to object
        What the user typed.
    """
    sets = {k: v for preset in chosen_presets(parameters, config) for k, v in preset.values.items()}
    return tuple(replace(p, default=sets[p.name]) if p.name in sets else p for p in parameters)


def preset_names(parameters: Sequence[Parameter], name: str) -> frozenset[str]:
    """Return the parameters whose defaults hang on the choice of one, if it has presets.

    Parameters
    ----------
    parameters : sequence of Parameter
        The declaration.
    name : str
        Of the parameter with the presets.
    """
    presets = (q for p in parameters if p.name == name for q in p.presets.values())
    return frozenset(key for preset in presets for key in preset.values)


def _integer(value: object) -> int:
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str):
        try:
            text = float(text) if not text.lstrip("+-").isdigit() else int(text)
        except ValueError:
            text = None
    if isinstance(text, bool) or not isinstance(text, int | float):
        raise UnitError("E023", f"expected a whole number, got {value!r}")
    if text != text or text in {float("inf"), float("-inf")}:
        raise UnitError("E031", f"must be a finite number, got {value}")
    if text != int(text):
        raise UnitError("E032", f"must be a whole number, got {value}")
    return int(text)


def _number(value: object) -> float:
    number: object = value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise UnitError("E023", f"expected a number without a unit, got {value!r}")
    if number != number or number in {float("inf"), float("-inf")}:
        raise UnitError("E031", f"must be a finite number, got {value}")
    return float(number)


def _choice(value: object, parameter: Parameter) -> str:
    if value not in parameter.choices:
        hint = did_you_mean(str(value), parameter.choices)
        allowed = ", ".join(parameter.choices)
        raise UnitError("E012", f"'{value}' is not a choice here.{hint}", f"allowed: {allowed}")
    return str(value)


def parse_value(parameter: Parameter, value: object) -> Any:
    """Read one value as its parameter's kind; ranges are not checked here.

    Parameters
    ----------
    parameter : Parameter
        The declaration.
    value : object
        What the user typed; None stands for "not given".

    Returns
    -------
    object
        A float in SI units for a dimension, `gatecontrol.units.Amplitude` for
        ``"amplitude"``, int, float, bool, str, or a tuple of str for ``"choices"``; None if
        the value is None and None is the default.

    Raises
    ------
    UnitError
        With the code of the fault (E012, E020-E024, E031, E032).
    """
    kind = parameter.kind
    if value is None and parameter.default is None:
        return None
    if isinstance(value, list | tuple | Mapping) and kind != "choices":
        word = "a mapping" if isinstance(value, Mapping) else "a list"
        raise UnitError("E020", f"one value is needed, got {word}")
    if kind in DIMENSIONS:
        return parse_quantity(value, kind)
    if kind == "amplitude":
        return parse_amplitude(value)
    if kind == "integer":
        return _integer(value)
    if kind == "number":
        return _number(value)
    if kind == "choice":
        return _choice(value, parameter)
    if kind == "choices":
        if isinstance(value, Mapping):
            raise UnitError("E020", "a list is needed, got a mapping")
        items = list(value) if isinstance(value, list | tuple) else [value]
        chosen = tuple(_choice(item, parameter) for item in items)
        twice = [c for c in chosen if chosen.count(c) > 1]
        if twice or not chosen:
            what = f"'{twice[0]}' is listed twice" if twice else "the list is empty"
            raise UnitError("E035", what, f"allowed: {', '.join(parameter.choices)}")
        return chosen
    if kind == "flag":
        word = str(value).strip().lower()
        if word not in (*_TRUE, *_FALSE):
            raise UnitError("E023", f"expected true or false, got {value!r}")
        return word in _TRUE
    if kind in {"text", "file"}:
        if not isinstance(value, str) or not value.strip():
            raise UnitError("E023", f"expected text, got {value!r}")
        return value
    raise UnitError("E023", f"the parameter '{parameter.name}' has the unknown kind '{kind}'")


def bounds(parameter: Parameter) -> tuple[float | None, float | None]:
    """Return the plausible range of a parameter in SI units.

    Parameters
    ----------
    parameter : Parameter
        The declaration; an ``"amplitude"`` has its range as a current.

    Returns
    -------
    tuple of (float or None, float or None)
        Lowest and highest plausible value, both included; None where there is no bound.
    """
    kind = "current" if parameter.kind == "amplitude" else parameter.kind

    def si(limit: str | float | None) -> float | None:
        if limit is None:
            return None
        return parse_quantity(limit, kind) if kind in DIMENSIONS else float(limit)

    return si(parameter.minimum), si(parameter.maximum)


def to_si(parameters: Sequence[Parameter], config: Mapping[str, object]) -> dict[str, Any]:
    """Return all parameters in SI units, defaults filled in.

    Parameters
    ----------
    parameters : sequence of Parameter
        The declaration.
    config : mapping of str to object
        What the user typed; `IDENTITY` keys are passed over.

    Returns
    -------
    dict of str to object
        In the order of the declaration; see `parse_value`.

    Raises
    ------
    UnitError
        An unknown key (E001), a parameter that is missing (E002) or cannot be read; the
        message names the key.
    """
    names = [p.name for p in parameters]
    for key in config:
        if key not in names and key not in IDENTITY:
            known = ", ".join(names)
            raise UnitError(
                "E001", f"unknown key '{key}'.{did_you_mean(str(key), names)}", f"keys: {known}"
            )
    values: dict[str, Any] = {}
    for parameter in with_presets(parameters, config):
        value = config.get(parameter.name, parameter.default)
        if value is REQUIRED:
            raise UnitError("E002", f"the key '{parameter.name}' is needed: {parameter.doc}")
        try:
            values[parameter.name] = parse_value(parameter, value)
        except UnitError as error:
            raise UnitError(error.code, f"{parameter.name}: {error.message}", error.help) from None
    return values


class Declared:
    """Base of what declares parameters and is built from a user's text: stimuli and measures.

    Values are read as ``self["rate"]``, in SI units.

    Parameters
    ----------
    values : mapping of str to object, optional
        One SI value per declared parameter; the defaults if left out.

    Attributes
    ----------
    parameters : tuple of Parameter
        Declaration of every parameter.
    references : tuple of str
        BibTeX keys of what it rests on.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    references: ClassVar[tuple[str, ...]] = ()

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        given = to_si(self.parameters, {}) if values is None else values
        self.values = MappingProxyType(dict(given))

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __repr__(self) -> str:
        inside = ", ".join(f"{k}={v!r}" for k, v in self.values.items())
        return f"{type(self).__name__}({inside})"

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """Build it from a user's text, defaults filled in.

        Parameters
        ----------
        config : mapping of str to object
            As in an experiment file; `IDENTITY` keys are passed over.

        Raises
        ------
        UnitError
            A field that cannot be read, or the first fault between fields.
        """
        values = to_si(cls.parameters, config)
        for key, code, message, help_text in cls.check(config):
            raise UnitError(code, f"{key}: {message}", help_text)
        return cls(values)

    @classmethod
    def check(cls, config: Mapping[str, object]) -> list[Fault]:
        """Return faults between fields that are each right by themselves.

        Parameters
        ----------
        config : mapping of str to object
            As in an experiment file.

        Returns
        -------
        list of (key, code, message, help)
            Empty if there is none, or if a single field is at fault already.
        """
        return []
