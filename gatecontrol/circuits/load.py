"""Reading a circuit file: every number checked, conditions applied, faults with line and column."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from gatecontrol.circuits.model import (
    CELL_PARAMETERS,
    RECEPTORS,
    Afferent,
    Background,
    Cell,
    Circuit,
    Depression,
    Pathway,
    Population,
    Receptor,
)
from gatecontrol.errors import ExperimentError, Problem, did_you_mean
from gatecontrol.sourced import Sourced, parse_sourced
from gatecontrol.units import UnitError
from gatecontrol.yamlfile import KeyPath, YamlFile, read_yaml

__all__ = ["condition_names", "load_file"]

CLASSES = ("abeta", "adelta", "c", "descending")
ROLES = ("centre", "surround", "remote")
KINDS = ("excitatory", "inhibitory", "projection")
SIGNALS = ("pain_signal", "pain_signal_lamina1")
TOP = {
    "schema", "name", "title", "description", "references", "cells", "afferents",
    "populations", "receptors", "pathways", "backgrounds", "conditions",
}  # fmt: skip
REQUIRED = ("name", "title", "cells", "afferents", "populations", "receptors", "pathways")
LARGEST_POPULATION = 100_000


class _Reader:
    """Collects numbers by path and problems as it walks through the file."""

    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.numbers: dict[str, Sourced] = {}
        self.dimensions: dict[str, str] = {}
        self.places: dict[str, KeyPath] = {}

    def fault(
        self, code: str, path: KeyPath, message: str, help: str = "", *, key: bool = False
    ) -> None:
        self.problems.append(self.file.problem(code, path, message, help, key=key))

    def number(self, name: str, path: KeyPath, text: object, dimension: str) -> None:
        """Read one number; it is later found under its dotted name."""
        try:
            self.numbers[name] = parse_sourced(text, dimension)
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
        if value not in known:
            hint = did_you_mean(str(value), list(known))
            self.fault("E012", path, f"'{value}' is not known.{hint} Allowed: {', '.join(known)}")
        return str(value)

    def reference(self, path: KeyPath, value: object, known: Sequence[str], what: str) -> str:
        if value not in known:
            hint = did_you_mean(str(value), list(known))
            self.fault(
                "E010", path, f"no {what} named '{value}'.{hint} Defined: {', '.join(known)}"
            )
        return str(value)


def load_file(
    path: Path,
    name: str = "",
    conditions: Sequence[str] = (),
    changes: Mapping[str, object] | None = None,
) -> Circuit:
    """Read a circuit file and apply conditions and changes.

    Parameters
    ----------
    path : pathlib.Path
    name : str, optional
        How messages call the file.
    conditions : sequence of str, optional
        Applied in this order; ``naive`` changes nothing.
    changes : mapping of str to object, optional
        Dotted number -> new value as text, applied last
        (``{"receptors.gaba_a.reversal": "-60 mV"}``).

    Returns
    -------
    Circuit

    Raises
    ------
    ExperimentError
        All faults of the file, or an unknown condition (E010) or changed number (E050).
    """
    file = read_yaml(path, name)
    reader = _Reader(file)
    top = reader.mapping((), file.data, sorted(TOP), REQUIRED)
    parts = {key: reader.mapping((key,), top.get(key, {}), None) for key in TOP & _MAPPINGS}
    _read_cells(reader, parts)
    _read_pathways(reader, parts, top.get("pathways", []))
    _read_backgrounds(reader, parts)
    effects = _read_conditions(reader, parts["conditions"])
    if reader.problems:
        raise ExperimentError(reader.problems)
    stimuli: list[Mapping[str, object]] = []
    for condition in conditions:
        if condition != "naive" and condition not in effects:
            known = ["naive", *(c for c in effects if c != "naive")]
            hint = did_you_mean(condition, known)
            message = f"no condition named '{condition}'.{hint} Defined: {', '.join(known)}"
            raise ExperimentError([Problem("E010", "circuit.conditions", message, file=file.name)])
        for name_, kind, value in effects.get(condition, ((), ()))[0]:
            old = reader.numbers[name_]
            new = (
                value
                if kind == "set"
                else replace(old, value=old.value * value.value, source=value.source)
            )
            reader.numbers[name_] = new
        stimuli += effects.get(condition, ((), ()))[1]
    _change(reader, changes or {})
    return _assemble(reader, parts, top, tuple(conditions), tuple(stimuli))


_MAPPINGS = {"cells", "afferents", "populations", "receptors", "backgrounds", "conditions"}


def condition_names(path: Path) -> list[str]:
    """Return the conditions that a circuit file defines, ``naive`` first."""
    defined = read_yaml(path).data.get("conditions") or {}
    return ["naive", *(c for c in defined if c != "naive")]


def _read_cells(reader: _Reader, parts: Mapping[str, dict[str, Any]]) -> None:
    """Cells, afferents, populations and receptors."""
    for name, value in parts["cells"].items():
        at: KeyPath = ("cells", name)
        for key, text in reader.mapping(
            at, value, tuple(CELL_PARAMETERS), tuple(CELL_PARAMETERS)
        ).items():
            if key in CELL_PARAMETERS:
                reader.number(f"cells.{name}.{key}", (*at, key), text, CELL_PARAMETERS[key])
    for name, value in parts["afferents"].items():
        at = ("afferents", name)
        keys = ("title", "class", "role", "size")
        entry = reader.mapping(at, value, keys, keys)
        reader.choice((*at, "class"), entry.get("class", CLASSES[0]), CLASSES)
        reader.choice((*at, "role"), entry.get("role", ROLES[0]), ROLES)
        _size(reader, f"afferents.{name}.size", (*at, "size"), entry)
    for name, value in parts["populations"].items():
        at = ("populations", name)
        keys = ("title", "kind", "lamina", "size", "cell")
        entry = reader.mapping(at, value, (*keys, "signal"), keys)
        reader.choice((*at, "kind"), entry.get("kind", KINDS[0]), KINDS)
        reader.reference((*at, "cell"), entry.get("cell"), list(parts["cells"]), "cell model")
        if "signal" in entry:
            reader.choice((*at, "signal"), entry["signal"], SIGNALS)
        if name in parts["afferents"]:
            reader.fault("E035", at, f"'{name}' is an afferent already", key=True)
        _size(reader, f"populations.{name}.size", (*at, "size"), entry)
    for name, value in parts["receptors"].items():
        at = ("receptors", name)
        if name not in RECEPTORS:
            hint = did_you_mean(name, list(RECEPTORS))
            reader.fault(
                "E012", at, f"no receptor '{name}'.{hint} Known: {', '.join(RECEPTORS)}", key=True
            )
            continue
        form = RECEPTORS[name]
        keys = (
            *(("rise",) if form.dual else ()),
            "decay",
            *(("reversal",) if form.conductance else ()),
        )
        for key, text in reader.mapping(at, value, keys, keys).items():
            if key in keys:
                dimension = "voltage" if key == "reversal" else "time"
                reader.number(f"receptors.{name}.{key}", (*at, key), text, dimension)
        _ordered(reader, name, at)


def _ordered(reader: _Reader, name: str, at: KeyPath) -> None:
    rise, decay = (reader.numbers.get(f"receptors.{name}.{k}") for k in ("rise", "decay"))
    if decay and decay.value <= 0:
        reader.fault("E030", (*at, "decay"), f"must be > 0, got {decay.text}")
    elif rise and decay and not 0 < rise.value < decay.value:
        reader.fault(
            "E035", (*at, "rise"), f"rise ({rise.text}) must lie between 0 and decay ({decay.text})"
        )


def _size(reader: _Reader, name: str, path: KeyPath, entry: Mapping[str, Any]) -> None:
    if path[-1] not in entry:
        return
    reader.number(name, path, entry[path[-1]], "number")
    number = reader.numbers.get(name)
    if number and (
        number.value != int(number.value) or not 2 <= number.value <= LARGEST_POPULATION
    ):
        reader.fault(
            "E032",
            path,
            f"must be a whole number from 2 to {LARGEST_POPULATION}, got {number.text}",
        )


def _read_pathways(reader: _Reader, parts: Mapping[str, dict[str, Any]], pathways: object) -> None:
    if not isinstance(pathways, list):
        reader.fault("E020", ("pathways",), "a list of pathways is needed")
        return
    sources = [*parts["afferents"], *parts["populations"]]
    seen: dict[str, int] = {}
    for index, value in enumerate(pathways):
        at: KeyPath = ("pathways", index)
        required = ("from", "to", "fan_in", "delay", "weights")
        entry = reader.mapping(
            at, value, (*required, "coverage", "depression", "gated", "doc"), required
        )
        source = reader.reference((*at, "from"), entry.get("from"), sources, "population")
        target = reader.reference(
            (*at, "to"), entry.get("to"), list(parts["populations"]), "population"
        )
        name = f"{source}_to_{target}"
        if name in seen:
            reader.fault(
                "E004", at, f"{source} to {target} stands at pathways[{seen[name]}] already"
            )
        seen[name] = index
        prefix = f"pathways.{name}"
        for key, dimension in (("fan_in", "number"), ("delay", "time"), ("coverage", "number")):
            if key in entry:
                reader.number(f"{prefix}.{key}", (*at, key), entry[key], dimension)
        _weights(reader, prefix, (*at, "weights"), entry.get("weights", {}), parts)
        if "depression" in entry:
            place = (*at, "depression")
            keys = ("use", "recovery")
            for key, text in reader.mapping(place, entry["depression"], keys, keys).items():
                if key in keys:
                    dimension = "number" if key == "use" else "time"
                    reader.number(f"{prefix}.depression.{key}", (*place, key), text, dimension)
        _check_pathway(reader, prefix, at, source, target)


def _check_pathway(reader: _Reader, prefix: str, at: KeyPath, source: str, target: str) -> None:
    get = reader.numbers.get
    size = get(f"afferents.{source}.size") or get(f"populations.{source}.size")
    fan_in, delay = get(f"{prefix}.fan_in"), get(f"{prefix}.delay")
    most = size.value - (source == target) if size else 0
    if fan_in and size and (fan_in.value != int(fan_in.value) or not 1 <= fan_in.value <= most):
        message = (
            f"must be a whole number from 1 to {most:g} (the size of {source}), got {fan_in.text}"
        )
        reader.fault("E032", (*at, "fan_in"), message)
    if delay and not 0 <= delay.value <= 1:
        reader.fault("E033", (*at, "delay"), f"must lie between 0 and 1 s, got {delay.text}")
    coverage, use = get(f"{prefix}.coverage"), get(f"{prefix}.depression.use")
    if coverage and not 0 < coverage.value <= 1:
        reader.fault(
            "E033", (*at, "coverage"), f"must lie between 0 (excluded) and 1, got {coverage.text}"
        )
    if use and not 0 <= use.value < 1:
        reader.fault(
            "E033",
            (*at, "depression", "use"),
            f"must lie between 0 and 1 (excluded), got {use.text}",
        )


def _weights(
    reader: _Reader, prefix: str, path: KeyPath, value: object, parts: Mapping[str, Any]
) -> None:
    for receptor, text in reader.mapping(path, value, None).items():
        reader.reference((*path, receptor), receptor, list(parts["receptors"]), "receptor")
        form = RECEPTORS.get(receptor)
        if form is None:
            continue
        name = f"{prefix}.weights.{receptor}"
        reader.number(
            name, (*path, receptor), text, "conductance" if form.conductance else "number"
        )
        number = reader.numbers.get(name)
        if number and number.value < 0:
            reader.fault("E030", (*path, receptor), f"must be >= 0, got {number.text}")


def _read_backgrounds(reader: _Reader, parts: Mapping[str, dict[str, Any]]) -> None:
    for name, value in parts["backgrounds"].items():
        at: KeyPath = ("backgrounds", name)
        reader.reference(at, name, list(parts["populations"]), "population")
        entry = reader.mapping(at, value, ("rate", "weights", "doc"), ("rate", "weights"))
        if "rate" in entry:
            reader.number(f"backgrounds.{name}.rate", (*at, "rate"), entry["rate"], "frequency")
        _weights(reader, f"backgrounds.{name}", (*at, "weights"), entry.get("weights", {}), parts)


def _read_conditions(
    reader: _Reader, conditions: Mapping[str, Any]
) -> dict[str, tuple[list[Any], list[Any]]]:
    """Return condition -> (effects on numbers, added stimuli)."""
    effects: dict[str, tuple[list[Any], list[Any]]] = {}
    for name, value in conditions.items():
        at: KeyPath = ("conditions", name)
        entry = reader.mapping(at, value or {}, ("doc", "set", "scale", "stimuli"))
        found: list[Any] = []
        for kind in ("set", "scale"):
            for pattern, text in reader.mapping((*at, kind), entry.get(kind, {}), None).items():
                place = (*at, kind, pattern)
                names = [n for n in reader.numbers if fnmatchcase(n, pattern)]
                if not names:
                    hint = did_you_mean(pattern, list(reader.numbers))
                    reader.fault(
                        "E050", place, f"no number of this circuit is called so.{hint}", key=True
                    )
                for target in names:
                    if target.endswith((".size", ".fan_in", ".coverage")):
                        reader.fault(
                            "E050", place, f"{target} is structure, which a condition cannot change"
                        )
                        continue
                    dimension = "number" if kind == "scale" else reader.dimensions[target]
                    try:
                        found.append((target, kind, parse_sourced(text, dimension)))
                    except UnitError as error:
                        reader.fault(error.code, place, error.message, error.help)
        added = entry.get("stimuli", [])
        if not isinstance(added, list):
            reader.fault("E020", (*at, "stimuli"), "a list of stimuli is needed")
            added = []
        effects[name] = (found, added)
    return effects


def _change(reader: _Reader, changes: Mapping[str, object]) -> None:
    problems = []
    for name, text in changes.items():
        path = f"circuit.set.{name}"
        if name not in reader.numbers:
            hint = did_you_mean(name, list(reader.numbers))
            problems.append(Problem("E050", path, f"no number of this circuit is called so.{hint}"))
            continue
        try:
            sourced = text if isinstance(text, str) and "[" in text else f"{text} [experiment]"
            reader.numbers[name] = parse_sourced(sourced, reader.dimensions[name])
        except UnitError as error:
            problems.append(Problem(error.code, path, error.message, error.help))
    if problems:
        raise ExperimentError(problems)


def _assemble(
    reader: _Reader,
    parts: Mapping[str, dict[str, Any]],
    top: Mapping[str, Any],
    conditions: tuple[str, ...],
    stimuli: tuple[Mapping[str, object], ...],
) -> Circuit:
    number, get = reader.numbers.__getitem__, reader.numbers.get
    cells = {
        n: Cell(n, {k: number(f"cells.{n}.{k}") for k in CELL_PARAMETERS}) for n in parts["cells"]
    }
    afferents = {
        n: Afferent(n, v["title"], v["class"], v["role"], int(number(f"afferents.{n}.size").value))
        for n, v in parts["afferents"].items()
    }
    populations = {
        n: Population(
            n,
            v["title"],
            v["kind"],
            str(v["lamina"]),
            int(number(f"populations.{n}.size").value),
            v["cell"],
            v.get("signal", ""),
        )  # fmt: skip
        for n, v in parts["populations"].items()
    }
    receptors = {
        n: Receptor(
            n,
            get(f"receptors.{n}.rise"),
            number(f"receptors.{n}.decay"),
            get(f"receptors.{n}.reversal"),
        )
        for n in parts["receptors"]
    }
    pathways = {}
    for entry in top["pathways"]:
        name = f"{entry['from']}_to_{entry['to']}"
        prefix = f"pathways.{name}"
        depression = None
        if "depression" in entry:
            depression = Depression(
                number(f"{prefix}.depression.use"), number(f"{prefix}.depression.recovery")
            )
        coverage = get(f"{prefix}.coverage")
        pathways[name] = Pathway(
            name, entry["from"], entry["to"], int(number(f"{prefix}.fan_in").value),
            coverage.value if coverage else 1.0, number(f"{prefix}.delay"),
            {r: number(f"{prefix}.weights.{r}") for r in entry["weights"]},
            depression, bool(entry.get("gated", False)), str(entry.get("doc", "")),
        )  # fmt: skip
    backgrounds = {
        n: Background(
            n,
            number(f"backgrounds.{n}.rate"),
            {r: number(f"backgrounds.{n}.weights.{r}") for r in v["weights"]},
        )  # fmt: skip
        for n, v in parts["backgrounds"].items()
    }
    return Circuit(
        str(top["name"]), str(top["title"]), str(top.get("description", "")),
        tuple(top.get("references", ())), cells, afferents, populations, receptors, pathways,
        backgrounds, conditions, stimuli,
    )  # fmt: skip
