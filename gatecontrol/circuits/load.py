"""Reading a circuit file: every number checked, conditions applied, faults with line and column."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.circuits.bounds import excesses
from gatecontrol.circuits.conditions import (
    apply_effects,
    apply_factors,
    read_conditions,
    read_effects,
    scaled,
)
from gatecontrol.circuits.derived import base_of, read_derivation, shuffled
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
    receptor_kind,
)
from gatecontrol.circuits.null_model import NULL_MODELS, NullModel, read_null_model
from gatecontrol.circuits.reader import (
    Reader,
    pathway_name,
    read_backgrounds,
    read_pathways,
    read_point_cell,
    read_populations,
    read_receptors,
)
from gatecontrol.errors import ExperimentError, Problem, did_you_mean
from gatecontrol.sourced import Sourced, parse_sourced
from gatecontrol.units import UnitError
from gatecontrol.yamlfile import KeyPath, YamlFile, read_yaml

if TYPE_CHECKING:
    from gatecontrol.circuits.channels import Channel

__all__ = ["circuit_numbers", "condition_names", "conditions_of", "load_file", "written_once"]

TOP = {
    "schema", "name", "title", "description", "references", "cells", "afferents",
    "populations", "receptors", "pathways", "backgrounds", "conditions", "channels", "time_step",
}  # fmt: skip
REQUIRED = ("name", "title", "cells", "afferents", "populations", "receptors", "pathways")
_MAPPINGS = {
    "cells", "afferents", "populations", "receptors", "backgrounds", "conditions", "channels",
}  # fmt: skip
NULL_TOP = {
    "schema", "name", "title", "description", "references", "afferents", "populations",
    "null_model",
}  # fmt: skip
NULL_REQUIRED = ("name", "title", "afferents", "populations", "null_model")


def load_file(
    path: Path,
    name: str = "",
    conditions: Sequence[str] = (),
    changes: Mapping[str, object] | None = None,
    factors: Mapping[str, float] | None = None,
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
        Dotted number -> new value as text (``{"receptors.gaba_a.reversal": "-60 mV"}``). It
        takes the place of the file's number and of what a condition sets; what a condition
        scales (a receptor block, say) still applies to it.
    factors : mapping of str to float, optional
        Pattern of dotted numbers -> factor, at least 0, applied last
        (``{"pathways.*.weights.gaba_a": 0.25}``). Factors of several patterns multiply.

    Returns
    -------
    Circuit

    Raises
    ------
    ExperimentError
        All faults of the file, or an unknown condition (E010), changed number or pattern
        (E050), or a number that leaves its bounds.
    """
    reader, parts, top, channels, effects = _read(path, name)
    file, cable = reader.file, "time_step" in top
    stimuli: list[Mapping[str, object]] = []
    for condition in conditions:
        if condition != "naive" and condition not in effects:
            known = ["naive", *(c for c in effects if c != "naive")]
            hint = did_you_mean(condition, known)
            message = f"no condition named '{condition}'.{hint} Defined: {', '.join(known)}"
            raise ExperimentError([Problem("E010", "circuit.conditions", message, file=file.name)])
        apply_effects(reader, effects.get(condition, ((), ()))[0])
        for excess in excesses(reader.numbers, cable=cable):
            at: KeyPath = ("conditions", condition)
            reader.fault(excess.code, at, f"{excess.name}: {excess.message}", key=True)
        if reader.problems:
            raise ExperimentError(reader.problems)
        stimuli += effects.get(condition, ((), ()))[1]
    _change(reader, changes or {}, cable=cable)
    for condition in conditions:
        for name_, kind, value in effects.get(condition, ((), ()))[0]:
            if kind == "scale" and name_ in (changes or {}):
                reader.numbers[name_] = scaled(reader.numbers[name_], value)
    apply_factors(reader, factors or {}, cable=cable)
    cells = _cells(reader, parts["cells"], channels)
    if reader.problems:
        raise ExperimentError(reader.problems)
    return _assemble(reader, parts, top, cells, tuple(conditions), tuple(stimuli))


def circuit_numbers(path: Path, name: str = "") -> dict[str, Sourced]:
    """Return every number of a circuit file by dotted name, as it is without any condition.

    Parameters
    ----------
    path : pathlib.Path
    name : str, optional
        How messages call the file.

    Raises
    ------
    ExperimentError
        All faults of the file.
    """
    return dict(_read(path, name)[0].numbers)


def written_once(path: Path, name: str = "") -> dict[str, list[str]]:
    """Return the numbers of a circuit file as they are typed: those shared by an anchor together.

    Parameters
    ----------
    path : pathlib.Path
    name : str, optional
        How messages call the file.

    Returns
    -------
    dict of str to list of str
        Dotted names of the numbers that stand in one place of the file, by the first of them.

    Raises
    ------
    ExperimentError
        All faults of the file.
    """
    reader = _read(path, name)[0]
    file = reader.file
    if "based_on" in file.data:  # the places are those of the file that it is based on
        file = read_derivation(file).base
    groups: dict[KeyPath, list[str]] = {}
    for number, place in reader.places.items():
        groups.setdefault(file.written_at(place), []).append(number)
    return {names[0]: names for names in groups.values()}


def _read(path: Path, name: str) -> tuple[Reader, dict[str, Any], dict[str, Any], Any, Any]:
    """Read a file: its reader, parts, top level, channels and the effects of its conditions."""
    file = read_yaml(path, name)
    if "based_on" not in file.data:
        return _read_whole(file, file.data)
    derivation = read_derivation(file)
    data = derivation.base.data
    reader, parts, top, channels, effects = _read_whole(derivation.base, data)
    if derivation.shuffle is not None:
        pathways = shuffled(data["pathways"], derivation.shuffle, derivation.base.name)
        reader, parts, top, channels, effects = _read_whole(
            derivation.base, {**data, "pathways": pathways}, retargeted=True
        )
    reader.file = file  # faults of what follows are this file's
    apply_effects(reader, read_effects(reader, (), file.data))
    for excess in excesses(reader.numbers, cable="time_step" in top):
        at: KeyPath = ("scale",) if "scale" in file.data else ("set",)
        reader.fault(excess.code, at, f"{excess.name}: {excess.message}", key=True)
    if reader.problems:
        raise ExperimentError(reader.problems)
    return reader, parts, derivation.top(top), channels, effects


def _read_whole(
    file: YamlFile, data: Mapping[str, Any], *, retargeted: bool = False
) -> tuple[Reader, dict[str, Any], dict[str, Any], Any, Any]:
    """Read a circuit that is based on no other; see `_read`.

    Conditions of a retargeted one may speak of pathways that are no longer there.
    """
    reader = Reader(file)
    null = "null_model" in data
    known, required = (NULL_TOP, NULL_REQUIRED) if null else (TOP, REQUIRED)
    top = reader.mapping((), data, sorted(known), required)
    parts = {key: reader.mapping((key,), top.get(key, {}), None) for key in TOP & _MAPPINGS}
    cable = "time_step" in top
    channels = _read_cells(reader, parts, top, cable=cable)
    read_populations(reader, parts, cells=not null)
    if null:
        read_null_model(reader, top["null_model"])
    read_receptors(reader, parts["receptors"], cable=cable)
    read_pathways(reader, parts, top.get("pathways", []), cable=cable)
    read_backgrounds(reader, parts, cable=cable)
    effects = read_conditions(reader, parts["conditions"], missing_ok=retargeted)
    for excess in excesses(reader.numbers, cable=cable):
        reader.fault(excess.code, reader.places[excess.name], excess.message)
    if reader.problems:
        raise ExperimentError(reader.problems)
    return reader, parts, top, channels, effects


def _read_cells(
    reader: Reader, parts: Mapping[str, dict[str, Any]], top: Mapping[str, Any], *, cable: bool
) -> "Mapping[str, Channel]":
    """Read all cells, and return the channels that they may have."""
    channels: Mapping[str, Channel] = {}
    if cable:
        from gatecontrol.circuits.cable_reader import is_cable, read_cable_cell, read_channels

        reader.number("time_step", ("time_step",), top["time_step"], "time")
        channels = read_channels(reader, parts["channels"])
    for name, value in parts["cells"].items():
        if not cable:
            if isinstance(value, dict) and "sections" in value:
                message = "a circuit of cells with sections needs a time_step"
                reader.fault("E002", (), message, "time_step: 25 us [assumed]")
            else:
                read_point_cell(reader, name, value)
        elif is_cable(value):
            read_cable_cell(reader, name, value, channels)
        else:
            message = "in a circuit with a time_step every cell needs sections"
            reader.fault("E035", ("cells", name), message, key=True)
    return channels


def _cells(
    reader: Reader, cells: Mapping[str, Any], channels: "Mapping[str, Channel]"
) -> dict[str, Cell]:
    if channels:
        from gatecontrol.circuits.cable_reader import cable_cell

        return {n: cable_cell(reader, n, v, channels) for n, v in cells.items()}
    number = reader.numbers.__getitem__
    return {
        n: Cell(
            n,
            {k: number(f"cells.{n}.{k}") for k in CELL_PARAMETERS if k in given},
            loses_inputs=given.get("inputs_while_refractory") == "lost",
        )
        for n, given in cells.items()
    }


def conditions_of(path: Path, name: str = "") -> Mapping[str, Any]:
    """Return the section ``conditions`` of a circuit file, or of the one it is based on."""
    return base_of(read_yaml(path, name)).data.get("conditions") or {}


def condition_names(path: Path, name: str = "") -> list[str]:
    """Return the conditions that a circuit file defines, ``naive`` first."""
    return ["naive", *(c for c in conditions_of(path, name) if c != "naive")]


def _change(reader: Reader, changes: Mapping[str, object], *, cable: bool) -> None:
    problems = []
    for name, text in changes.items():
        path = f"circuit.set.{name}"
        if name not in reader.numbers:
            hint = did_you_mean(name, list(reader.numbers))
            problems.append(Problem("E050", path, f"no number of this circuit is called so.{hint}"))
            continue
        try:
            sourced = text if isinstance(text, str) and "[" in text else f"{text} [experiment]"
            parsed = parse_sourced(sourced, reader.dimensions[name], each=name in reader.lists)
            reader.numbers[name] = replace(parsed, text=str(text))
        except UnitError as error:
            problems.append(Problem(error.code, path, error.message, error.help))
    if changes and not problems:
        for excess in excesses(reader.numbers, cable=cable):
            # A changed size can make the fan-in of a pathway too large, which was not changed.
            own = excess.name in changes
            path = f"circuit.set.{excess.name if own else next(iter(changes))}"
            message = excess.message if own else f"{excess.name}: {excess.message}"
            problems.append(Problem(excess.code, path, message))
    if problems:
        raise ExperimentError(problems)


def _assemble(
    reader: Reader,
    parts: Mapping[str, dict[str, Any]],
    top: Mapping[str, Any],
    cells: Mapping[str, Cell],
    conditions: tuple[str, ...],
    stimuli: tuple[Mapping[str, object], ...],
) -> Circuit:
    number, get = reader.numbers.__getitem__, reader.numbers.get
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
            v.get("cell", ""),
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
            get(f"receptors.{n}.magnesium"),
            get(f"receptors.{n}.calcium"),
            {k: number(f"receptors.{n}.{k}") for k in RECEPTORS[receptor_kind(n)].numbers},
        )
        for n in parts["receptors"]
    }
    pathways = {}
    for entry in top.get("pathways", ()):
        name = pathway_name(entry)
        prefix = f"pathways.{name}"
        depression = None
        if "depression" in entry:
            depression = Depression(
                number(f"{prefix}.depression.use"),
                number(f"{prefix}.depression.recovery"),
                get(f"{prefix}.depression.failure_rate"),
                get(f"{prefix}.depression.failure_time"),
            )
        fan_in, coverage = get(f"{prefix}.fan_in"), get(f"{prefix}.coverage")
        contacts, probability = get(f"{prefix}.contacts"), get(f"{prefix}.probability")
        pathways[name] = Pathway(
            name, entry["from"], entry["to"], int(fan_in.value) if fan_in else 0,
            coverage.value if coverage else 1.0, number(f"{prefix}.delay"),
            {r: number(f"{prefix}.weights.{r}") for r in entry["weights"]},
            depression, bool(entry.get("gated", False)), str(entry.get("doc", "")),
            str(entry.get("port", "")), int(contacts.value) if contacts else 1,
            probability.value if probability else 0.0,
        )  # fmt: skip
    backgrounds = {
        n: Background(
            n,
            number(f"backgrounds.{n}.rate"),
            {r: number(f"backgrounds.{n}.weights.{r}") for r in v["weights"]},
            str(v.get("port", "")),
            int(number(f"backgrounds.{n}.sources").value) if "sources" in v else 1,
        )  # fmt: skip
        for n, v in parts["backgrounds"].items()
    }
    null_model = None
    if "null_model" in top:
        kind = str(top["null_model"]["kind"])
        null_model = NullModel(kind, {k: number(f"null_model.{k}") for k in NULL_MODELS[kind]})
    return Circuit(
        str(top["name"]), str(top["title"]), str(top.get("description", "")),
        tuple(top.get("references", ())), cells, afferents, populations, receptors, pathways,
        backgrounds, conditions, stimuli, get("time_step"), null_model,
    )  # fmt: skip
