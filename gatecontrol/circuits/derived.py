"""Circuits that are another one with some change: numbers, or who reaches whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from gatecontrol.circuits.reader import Reader
from gatecontrol.errors import ExperimentError, Problem
from gatecontrol.plugins import PluginError, load_plugin
from gatecontrol.yamlfile import YamlFile, read_yaml

__all__ = ["Derivation", "base_of", "read_derivation", "shuffled"]

_KEYS = (
    "schema", "name", "title", "description", "references", "based_on", "set", "scale", "shuffle",
)  # fmt: skip
_REQUIRED = ("name", "title", "based_on")
_LARGEST_SEED = 2**32 - 1
_TRIES = 10_000


@dataclass(frozen=True)
class Derivation:
    """What a circuit file says that is based on another one.

    Attributes
    ----------
    file : YamlFile
        The file itself.
    base : YamlFile
        That of the circuit it is based on.
    shuffle : int or None
        Seed of the permutation of targets; None keeps them.
    """

    file: YamlFile
    base: YamlFile
    shuffle: int | None

    def top(self, base: Mapping[str, Any]) -> dict[str, Any]:
        """Return the top level of the base with what this file says of itself.

        Parameters
        ----------
        base : mapping
            Top level of the circuit that it is based on.
        """
        own = self.file.data
        references = dict.fromkeys((*base.get("references", ()), *own.get("references", ())))
        return {
            **base,
            "name": own["name"],
            "title": own["title"],
            "description": own.get("description", ""),
            "references": list(references),
        }


def base_of(file: YamlFile) -> YamlFile:
    """Return the file that holds the circuit of a file: itself, or what it is based on.

    Parameters
    ----------
    file : YamlFile

    Raises
    ------
    ExperimentError
        No such circuit (E010), or one that is based on another (E035).
    """
    if "based_on" not in file.data:
        return file
    named, at = str(file.data["based_on"]), ("based_on",)
    try:
        if named.endswith((".yaml", ".yml")):
            base = read_yaml(file.path.parent / named, named)
        else:
            base = read_yaml(Path(load_plugin("circuits", named)()), named)
    except PluginError as error:
        raise ExperimentError([file.problem("E010", at, str(error))]) from None
    if "based_on" in base.data:
        message = f"'{named}' is itself based on '{base.data['based_on']}'"
        help = f"based_on: {base.data['based_on']}, with the changes of both"
        raise ExperimentError([file.problem("E035", at, message, help)])
    return base


def read_derivation(file: YamlFile) -> Derivation:
    """Read a file that is based on another circuit.

    Its ``set`` and ``scale`` are left to the caller, who knows the numbers.

    Parameters
    ----------
    file : YamlFile
        With the key ``based_on``.

    Raises
    ------
    ExperimentError
        All faults of the file.
    """
    reader = Reader(file)
    top = reader.mapping((), file.data, _KEYS, _REQUIRED)
    seed = None
    if "shuffle" in top:
        at = ("shuffle",)
        seed = reader.mapping(at, top["shuffle"], ("seed",), ("seed",)).get("seed", 0)
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed <= _LARGEST_SEED:
            message = f"must be a whole number from 0 to {_LARGEST_SEED}, got {seed}"
            reader.fault("E032", (*at, "seed"), message)
    try:
        base = base_of(file)
    except ExperimentError as error:
        raise ExperimentError([*reader.problems, *error.problems]) from None
    if seed is not None and "pathways" not in base.data:
        reader.fault("E035", ("shuffle",), "the circuit it is based on has no pathways", key=True)
    elif seed is not None and "time_step" in base.data:
        message = "pathways of cells with compartments end at a port of their own target"
        help = "only circuits of point neurons can be shuffled"
        reader.fault("E035", ("shuffle",), message, help, key=True)
    if reader.problems:
        raise ExperimentError(reader.problems)
    return Derivation(file, base, seed)


def shuffled(pathways: Sequence[Mapping[str, Any]], seed: int, base: str) -> list[dict[str, Any]]:
    """Permute which population each pathway reaches.

    Sources, weights, receptors, delays and fan-in stay, and so does the number of pathways that
    reach a population. The permutation is uniform, but for swaps that keep any two pathways
    from joining the same pair. (`random.Random.random` gives the same numbers in every version
    of Python, its `shuffle` need not.)

    Parameters
    ----------
    pathways : sequence of mapping
        As in a circuit file; without faults.
    seed : int
    base : str
        Name of the circuit, for the pathways' text.

    Raises
    ------
    ExperimentError
        No permutation was found that joins no pair twice.
    """
    rng = Random(seed)
    sources, targets = ([str(p[k]) for p in pathways] for k in ("from", "to"))
    count = len(targets)
    ranks = [rng.random() for _ in targets]
    new = [targets[k] for k in sorted(range(count), key=ranks.__getitem__)]

    def repeats() -> int:
        return count - len(set(zip(sources, new, strict=True)))

    left = repeats()
    for _ in range(_TRIES):
        if not left:
            break
        pairs = Counter(zip(sources, new, strict=True))
        first = next(k for k in range(count) if pairs[sources[k], new[k]] > 1)
        other = int(rng.random() * count)
        new[first], new[other] = new[other], new[first]
        now = repeats()
        if now > left:
            new[first], new[other] = new[other], new[first]
        else:
            left = now
    if left:
        message = "no permutation of its pathways leaves every pair joined once"
        raise ExperimentError([Problem("E035", "shuffle", message, file=base)])
    return [
        {**pathway, "to": target, "doc": f"In {base} it reaches {pathway['to']}."}
        for pathway, target in zip(pathways, new, strict=True)
    ]
