"""Walking through the sections of a circuit file: numbers by dotted name, and every fault."""

from collections.abc import Mapping, Sequence
from typing import Any

from gatecontrol.circuits.model import (
    CELL_PARAMETERS,
    OPTIONAL_PARAMETERS,
    RECEPTORS,
    receptor_kind,
)
from gatecontrol.errors import Problem, did_you_mean
from gatecontrol.fibres.classes import INPUT_CLASSES, ROLES
from gatecontrol.sourced import Sourced, parse_sourced
from gatecontrol.units import UnitError
from gatecontrol.yamlfile import KeyPath, YamlFile

__all__ = [
    "Reader",
    "pathway_name",
    "read_backgrounds",
    "read_pathways",
    "read_point_cell",
    "read_populations",
    "read_receptors",
]

KINDS = ("excitatory", "inhibitory", "projection")
REFRACTORY_INPUTS = ("kept", "lost")
SIGNALS = ("pain_signal", "pain_signal_lamina1", "paraesthesia")
_DEPRESSION = {
    "use": "number", "recovery": "time", "failure_rate": "frequency", "failure_time": "time",
}  # fmt: skip


class Reader:
    """Collects numbers by path and problems as it walks through the file."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.numbers: dict[str, Sourced] = {}
        self.dimensions: dict[str, str] = {}
        self.places: dict[str, KeyPath] = {}
        self.lists: set[str] = set()  # names of numbers that may be listed cell by cell

    def fault(
        self, code: str, path: KeyPath, message: str, help: str = "", *, key: bool = False
    ) -> None:
        """Note a fault at a key path of the file."""
        self.problems.append(self.file.problem(code, path, message, help, key=key))

    def number(
        self, name: str, path: KeyPath, text: object, dimension: str, *, each: bool = False
    ) -> None:
        """Read one number; it is later found under its dotted name."""
        self.lists |= {name} if each else set()
        try:
            self.numbers[name] = parse_sourced(text, dimension, each=each)
        except UnitError as error:
            self.fault(error.code, path, error.message, error.help)
            return
        self.dimensions[name], self.places[name] = dimension, path

    def mapping(
        self,
        path: KeyPath,
        value: object,
        known: Sequence[str] | None,
        required: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Return a mapping with only known keys, reporting the others."""
        if not isinstance(value, dict):
            self.fault("E020", path, f"a mapping is needed, got {type(value).__name__}")
            return {}
        if known is not None:
            for key in [k for k in value if k not in known]:
                hint = did_you_mean(str(key), list(known))
                self.fault(
                    "E001",
                    (*path, key),
                    f"unknown key.{hint}",
                    "known keys: " + ", ".join(known),
                    key=True,
                )
        for key in required:
            if key not in value:
                self.fault("E002", path, f"'{key}' is missing")
        return value

    def choice(self, path: KeyPath, value: object, known: Sequence[str]) -> str:
        """Return a word, reporting one that is not in the list."""
        if value not in known:
            hint = did_you_mean(str(value), list(known))
            self.fault("E012", path, f"'{value}' is not known.{hint} Allowed: {', '.join(known)}")
        return str(value)

    def reference(self, path: KeyPath, value: object, known: Sequence[str], what: str) -> str:
        """Return a name, reporting one that nothing defines."""
        if value not in known:
            hint = did_you_mean(str(value), list(known))
            self.fault(
                "E010", path, f"no {what} named '{value}'.{hint} Defined: {', '.join(known)}"
            )
        return str(value)


def read_point_cell(reader: Reader, name: str, value: object) -> None:
    """Read a point neuron: its numbers, and whether it takes inputs while it is refractory."""
    at: KeyPath = ("cells", name)
    needed = tuple(k for k in CELL_PARAMETERS if k not in OPTIONAL_PARAMETERS)
    word = "inputs_while_refractory"
    for key, text in reader.mapping(at, value, (*CELL_PARAMETERS, word), needed).items():
        if key == word:
            reader.choice((*at, key), text, REFRACTORY_INPUTS)
        elif key in CELL_PARAMETERS:
            at_key, dimension = (*at, key), CELL_PARAMETERS[key]
            reader.number(f"cells.{name}.{key}", at_key, text, dimension, each=True)


def read_populations(
    reader: Reader, parts: Mapping[str, dict[str, Any]], *, cells: bool = True
) -> None:
    """Read afferents and populations; those of a null model have no cell model."""
    for name, value in parts["afferents"].items():
        at: KeyPath = ("afferents", name)
        keys = ("title", "class", "role", "size")
        entry = reader.mapping(at, value, keys, keys)
        reader.choice((*at, "class"), entry.get("class", INPUT_CLASSES[0]), INPUT_CLASSES)
        reader.choice((*at, "role"), entry.get("role", ROLES[0]), ROLES)
        _size(reader, f"afferents.{name}.size", (*at, "size"), entry)
    for name, value in parts["populations"].items():
        at = ("populations", name)
        keys = ("title", "kind", "lamina", "size", *(("cell",) if cells else ()))
        entry = reader.mapping(at, value, (*keys, "signal"), keys)
        reader.choice((*at, "kind"), entry.get("kind", KINDS[0]), KINDS)
        if cells:
            reader.reference((*at, "cell"), entry.get("cell"), list(parts["cells"]), "cell model")
        if "signal" in entry:
            reader.choice((*at, "signal"), entry["signal"], SIGNALS)
        if name in parts["afferents"]:
            reader.fault("E035", at, f"'{name}' is an afferent already", key=True)
        _size(reader, f"populations.{name}.size", (*at, "size"), entry)


def read_receptors(reader: Reader, receptors: Mapping[str, Any], *, cable: bool) -> None:
    """Read receptors; those of cable cells have a rise always, and may have a suffix."""
    for name, value in receptors.items():
        at: KeyPath = ("receptors", name)
        known = [r for r, form in RECEPTORS.items() if form.conductance or not cable]
        kind = receptor_kind(name) if cable else name
        if kind not in known:
            hint = did_you_mean(name, known)
            suffix = "; with a suffix: nk1_projection" if cable else ""
            message = f"no receptor '{name}'.{hint} Known: {', '.join(known)}{suffix}"
            reader.fault("E012", at, message, key=True)
            continue
        form = RECEPTORS[kind]
        keys = (
            *(("rise",) if form.dual or cable else ()),
            "decay",
            *(("reversal",) if form.conductance else ()),
            *form.numbers,
        )
        extra = {"magnesium": "concentration", "calcium": "fraction"} if cable else {}
        for key, text in reader.mapping(at, value, (*keys, *extra), keys).items():
            if key in keys or key in extra:
                dimension = extra.get(key) or form.numbers.get(key, "time")
                dimension = "voltage" if key == "reversal" else dimension
                reader.number(f"receptors.{name}.{key}", (*at, key), text, dimension)


def _size(reader: Reader, name: str, path: KeyPath, entry: Mapping[str, Any]) -> None:
    if path[-1] not in entry:
        return
    reader.number(name, path, entry[path[-1]], "number")


def read_pathways(
    reader: Reader, parts: Mapping[str, dict[str, Any]], pathways: object, *, cable: bool
) -> None:
    """Read the list of pathways."""
    if not isinstance(pathways, list):
        reader.fault("E020", ("pathways",), "a list of pathways is needed")
        return
    sources = [*parts["afferents"], *parts["populations"]]
    seen: dict[str, int] = {}
    for index, value in enumerate(pathways):
        at: KeyPath = ("pathways", index)
        own = ("name", "port", "contacts") if cable else ("depression", "gated")
        drawn, fixed = ("probability",), ("fan_in", "coverage", "contacts")
        by_chance = isinstance(value, dict) and "probability" in value
        required = ("from", "to", *(drawn if by_chance else ("fan_in",)), "delay", "weights")
        known = ("from", "to", *drawn, "fan_in", "coverage", "delay", "weights", *own, "doc")
        entry = reader.mapping(at, value, known, required)
        for key in (k for k in fixed if by_chance and k in entry and k in known):
            message = f"probability draws who connects to whom; {key} has no place beside it"
            reader.fault("E035", (*at, key), message, f"leave out {key}, or probability", key=True)
        source = reader.reference((*at, "from"), entry.get("from"), sources, "population")
        target = reader.reference(
            (*at, "to"), entry.get("to"), list(parts["populations"]), "population"
        )
        name = pathway_name(entry)
        if name in seen:
            reader.fault(
                "E004", at, f"{source} to {target} stands at pathways[{seen[name]}] already"
            )
        if not name.startswith(f"{source}_to_{target}"):
            message = f"the name must begin with {source}_to_{target}, got '{name}'"
            reader.fault("E035", (*at, "name"), message)
        seen[name] = index
        prefix = f"pathways.{name}"
        numbers = dict.fromkeys(fixed, "number") | {"probability": "fraction", "delay": "time"}
        for key, dimension in numbers.items():
            if key in entry and key in known:
                reader.number(f"{prefix}.{key}", (*at, key), entry[key], dimension)
        if "port" in entry:
            _port(reader, (*at, "port"), entry["port"], parts, target)
        _weights(reader, prefix, (*at, "weights"), entry.get("weights", {}), parts)
        if "depression" in entry and not cable:
            place = (*at, "depression")
            needed = ("use", "recovery")
            given = reader.mapping(place, entry["depression"], tuple(_DEPRESSION), needed)
            for key, text in given.items():
                if key in _DEPRESSION:
                    name_ = f"{prefix}.depression.{key}"
                    reader.number(name_, (*place, key), text, _DEPRESSION[key])
            if ("failure_rate" in given) != ("failure_time" in given):
                reader.fault("E002", place, "failure_rate and failure_time go together")


def pathway_name(entry: Mapping[str, Any]) -> str:
    """Return the name of a pathway: its own, or from whom to whom."""
    return str(entry.get("name", f"{entry.get('from')}_to_{entry.get('to')}"))


def _port(
    reader: Reader, at: KeyPath, port: object, parts: Mapping[str, Any], population: str
) -> None:
    """Report a port that the cells of a population do not have."""
    owner = parts["populations"].get(population)
    cell = parts["cells"].get(owner.get("cell")) if isinstance(owner, dict) else None
    ports = cell.get("ports") if isinstance(cell, dict) else None
    if isinstance(ports, dict):
        reader.reference(at, port, list(ports), f"port of {population}")


def _weights(
    reader: Reader, prefix: str, path: KeyPath, value: object, parts: Mapping[str, Any]
) -> None:
    for receptor, text in reader.mapping(path, value, None).items():
        reader.reference((*path, receptor), receptor, list(parts["receptors"]), "receptor")
        form = RECEPTORS.get(receptor_kind(str(receptor)))
        if form is None:
            continue
        if form.intrinsic:
            message = f"{receptor} is opened from within a cell; a pathway has no weight for it"
            reader.fault("E012", (*path, receptor), message, key=True)
            continue
        name = f"{prefix}.weights.{receptor}"
        reader.number(name, (*path, receptor), text, form.weight)


def read_backgrounds(reader: Reader, parts: Mapping[str, dict[str, Any]], *, cable: bool) -> None:
    """Read the background input of populations."""
    for name, value in parts["backgrounds"].items():
        at: KeyPath = ("backgrounds", name)
        reader.reference(at, name, list(parts["populations"]), "population")
        known = ("rate", "weights", "sources", "doc", *(("port",) if cable else ()))
        entry = reader.mapping(at, value, known, ("rate", "weights"))
        for key, dimension in (("rate", "frequency"), ("sources", "number")):
            if key in entry:
                reader.number(f"backgrounds.{name}.{key}", (*at, key), entry[key], dimension)
        if "port" in entry:
            _port(reader, (*at, "port"), entry["port"], parts, name)
        _weights(reader, f"backgrounds.{name}", (*at, "weights"), entry.get("weights", {}), parts)
