"""Conditions of a circuit: named changes of its numbers, and stimuli that go with them.

Factors that an experiment puts on a circuit's numbers are here too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from math import isfinite
from typing import Any

from gatecontrol.circuits.bounds import excesses
from gatecontrol.circuits.reader import Reader
from gatecontrol.errors import ExperimentError, Problem, did_you_mean
from gatecontrol.sourced import Sourced, parse_sourced
from gatecontrol.units import UnitError
from gatecontrol.yamlfile import KeyPath

__all__ = ["apply_effects", "apply_factors", "read_conditions", "read_effects", "scaled"]

_STRUCTURE = (
    ".size", ".fan_in", ".coverage", ".contacts", ".probability", ".compartments", ".sources",
)  # fmt: skip


def read_conditions(
    reader: Reader, conditions: Mapping[str, Any], *, missing_ok: bool
) -> dict[str, tuple[list[Any], list[Any]]]:
    """Return condition -> (effects on numbers, added stimuli).

    Parameters
    ----------
    reader : Reader
        Has the numbers, and takes the faults.
    conditions : mapping
        That section of a circuit file.
    missing_ok : bool
        See `read_effects`.
    """
    effects: dict[str, tuple[list[Any], list[Any]]] = {}
    for name, value in conditions.items():
        at: KeyPath = ("conditions", name)
        entry = reader.mapping(at, value or {}, ("doc", "set", "scale", "stimuli"))
        found = read_effects(reader, at, entry, missing_ok=missing_ok)
        added = entry.get("stimuli", [])
        if not isinstance(added, list):
            reader.fault("E020", (*at, "stimuli"), "a list of stimuli is needed")
            added = []
        effects[name] = (found, added)
    return effects


def read_effects(
    reader: Reader, at: KeyPath, entry: Mapping[str, Any], *, missing_ok: bool = False
) -> list[tuple[str, str, Sourced]]:
    """Return what ``set`` and ``scale`` do to numbers.

    Parameters
    ----------
    reader : Reader
        Has the numbers, and takes the faults.
    at : tuple of str
        Where the entry stands; empty for the top level of a file, which may ``set`` the number
        of compartments too.
    entry : mapping
        With the keys ``set`` and ``scale``, patterns of dotted names in each.
    missing_ok : bool, optional
        Whether a pattern may fit no number.

    Returns
    -------
    list of tuple
        Dotted name, ``"set"`` or ``"scale"``, and value or factor.
    """
    found = []
    for kind in ("set", "scale"):
        for pattern, text in reader.mapping((*at, kind), entry.get(kind, {}), None).items():
            place = (*at, kind, pattern)
            names = [n for n in reader.numbers if fnmatchcase(n, pattern)]
            if not names and not missing_ok:
                hint = did_you_mean(pattern, list(reader.numbers))
                message = f"no number of this circuit is called so.{hint}"
                reader.fault("E050", place, message, key=True)
            for target in names:
                # a file may cut its cells anew, which leaves who reaches whom as it is
                cut = not at and target.endswith(".compartments")
                if target.endswith(_STRUCTURE) and not (cut and kind == "set"):
                    what = "a condition" if at else "scale" if cut else "set and scale"
                    message = f"{target} is structure, which {what} cannot change"
                    reader.fault("E050", place, message)
                    continue
                dimension = "number" if kind == "scale" else reader.dimensions[target]
                each = kind == "set" and target in reader.lists
                try:
                    found.append((target, kind, parse_sourced(text, dimension, each=each)))
                except UnitError as error:
                    reader.fault(error.code, place, error.message, error.help)
    return found


def apply_effects(reader: Reader, effects: Sequence[tuple[str, str, Sourced]]) -> None:
    """Change the numbers of a reader, as `read_effects` returned it."""
    for name, kind, value in effects:
        reader.numbers[name] = value if kind == "set" else scaled(reader.numbers[name], value)


def scaled(number: Sourced, factor: Sourced) -> Sourced:
    """Return a number times a factor, with the source of the factor."""
    return replace(
        number,
        value=number.value * factor.value,
        each=tuple(value * factor.value for value in number.each),
        source=factor.source,
        text=f"{factor.value:g} times {number.text}",
    )


def apply_factors(reader: Reader, factors: Mapping[str, float], *, cable: bool) -> None:
    """Multiply numbers of a reader by the factors of an experiment.

    Parameters
    ----------
    reader : Reader
        Has the numbers.
    factors : mapping of str to float
        Pattern of dotted names -> factor.
    cable : bool
        See `gatecontrol.circuits.bounds.excesses`.

    Raises
    ------
    ExperimentError
        A pattern fits no number, or structure (E050); a factor is below 0 or not finite (E030);
        a number leaves its bounds.
    """
    problems: list[Problem] = []
    fitting: dict[str, str] = {}
    for pattern, factor in factors.items():
        path = f"circuit.scale.{pattern}"
        names = [n for n in reader.numbers if fnmatchcase(n, pattern)]
        structure = next((n for n in names if n.endswith(_STRUCTURE)), "")
        if not names:
            hint = did_you_mean(pattern, _alike(pattern, reader.numbers))
            message = f"no number of this circuit fits.{hint}"
            problems.append(Problem("E050", path, message))
        elif structure:
            message = f"{structure} is structure, which scale cannot change"
            help = f"set: {{{structure}: ...}}, or a pattern that leaves it out"
            problems.append(Problem("E050", path, message, help))
        elif not (isfinite(factor) and factor >= 0):
            message = f"a factor is a number of at least 0, got {factor}"
            problems.append(Problem("E030", path, message))
        else:
            for name in names:
                number = Sourced(factor, 0.0, "experiment", f"{factor:g}")
                reader.numbers[name] = scaled(reader.numbers[name], number)
                fitting.setdefault(name, path)
    if factors and not problems:
        for excess in excesses(reader.numbers, cable=cable):
            # The fault may be that of a number that is held against a scaled one.
            path = fitting.get(excess.name, f"circuit.scale.{next(iter(factors))}")
            problems.append(Problem(excess.code, path, f"{excess.name}: {excess.message}"))
    if problems:
        raise ExperimentError(problems)


def _alike(pattern: str, names: Iterable[str]) -> list[str]:
    """Return names with the wildcards of a pattern in their places, so that they compare."""
    parts = pattern.split(".")
    found: dict[str, None] = {}
    for name in names:
        own = name.split(".")
        if len(own) == len(parts):
            pairs = zip(own, parts, strict=True)
            name = ".".join(p if set(p) & set("*?[") else o for o, p in pairs)
        found[name] = None
    return list(found)
