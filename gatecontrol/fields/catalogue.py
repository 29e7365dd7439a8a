"""Catalogues of this room: YAML in which every number says where it comes from."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.sourced import Sourced, parse_sourced
from gatecontrol.units import UnitError

__all__ = ["entry", "names", "number"]


@cache
def _read(file: str) -> Mapping[str, Any]:
    from ruamel.yaml import YAML

    path = Path(__file__).with_name(file)
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def names(file: str) -> tuple[str, ...]:
    """Return the names that a catalogue holds."""
    return tuple(_read(file))


def entry(file: str, noun: str, name: str) -> Mapping[str, Any]:
    """Return one entry of a catalogue.

    Parameters
    ----------
    file : str
        Name of the YAML file beside this module.
    noun : str
        What its entries are, for the message.
    name : str
        Key of the entry.

    Raises
    ------
    GatecontrolError
        There is no such entry.
    """
    found = _read(file)
    if name not in found:
        hint = did_you_mean(name, list(found))
        raise GatecontrolError(f"there is no {noun} '{name}'.{hint} Allowed: {', '.join(found)}")
    return found[name]


def number(
    data: Mapping[str, Any],
    where: str,
    key: str,
    dimension: str = "length",
    *,
    positive: bool = True,
) -> Sourced:
    """Return a number with its source.

    Parameters
    ----------
    data : mapping
        Holds the key.
    where : str
        Key path of `data`, for the message.
    key : str
        Key of the number.
    dimension : str, optional
        See `gatecontrol.sourced.parse_sourced`.
    positive : bool, optional
        Whether 0 is refused too.

    Raises
    ------
    GatecontrolError
        The number is missing or cannot be read, has no source or is too small.
    """
    if key not in data:
        raise GatecontrolError(f"{where}.{key}: missing number")
    try:
        found = parse_sourced(data[key], dimension)
    except UnitError as error:
        raise GatecontrolError(f"{where}.{key}: {error.message}") from None
    if found.value < 0 or (positive and found.value == 0):
        least = "greater than 0" if positive else "0 or more"
        raise GatecontrolError(f"{where}.{key}: must be {least}, got '{found.text}'")
    return found
