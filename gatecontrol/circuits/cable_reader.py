"""Reading multi-compartment cells and channels of a circuit file."""

from collections.abc import Mapping
from typing import Any

from gatecontrol.circuits.cable import locate
from gatecontrol.circuits.cable_form import CableForm, SectionForm, build_cell
from gatecontrol.circuits.channel_library import CHANNELS
from gatecontrol.circuits.channels import Channel, Gate
from gatecontrol.circuits.model import Cell
from gatecontrol.circuits.reader import Reader
from gatecontrol.errors import CellError
from gatecontrol.sourced import Sourced
from gatecontrol.yamlfile import KeyPath

__all__ = ["cable_cell", "is_cable", "read_cable_cell", "read_channels"]

MEMBRANE = {
    "specific_capacitance": "specific_capacitance",
    "resistivity": "resistivity",
    "leak_density": "conductance_density",
    "leak_reversal": "voltage",
}
"""Numbers of a section that it may take over from its cell -> dimension."""

_SHAPE = {
    "length": "length",
    "diameter": "length",
    "end_diameter": "length",
    "compartments": "number",
}
_POOL = {"removal": "time", "depth": "length", "rest": "concentration"}


def is_cable(cell: object) -> bool:
    """Return whether an entry of ``cells`` is a multi-compartment cell."""
    return isinstance(cell, Mapping) and "sections" in cell


def read_channels(reader: Reader, channels: Mapping[str, Any]) -> dict[str, Channel]:
    """Read the channels of the file, and return them with those of the library."""
    found = dict(CHANNELS)
    for name, value in channels.items():
        at: KeyPath = ("channels", name)
        keys = ("gates", "parameters", "definitions", "current", "calcium", "source")
        entry = reader.mapping(at, value, keys, ("gates", "source"))
        gates = []
        for gate, given in reader.mapping((*at, "gates"), entry.get("gates", {}), None).items():
            parts = ("power", "alpha", "beta", "steady", "tau")
            texts = reader.mapping((*at, "gates", gate), given, parts)
            rates = {k: str(texts[k]) for k in parts[1:] if k in texts}
            gates.append(Gate(str(gate), int(texts.get("power", 1)), **rates))
        channel = Channel(
            str(name),
            tuple(gates),
            tuple((str(k), float(v)) for k, v in (entry.get("parameters") or {}).items()),
            tuple((str(k), str(v)) for k, v in (entry.get("definitions") or {}).items()),
            str(entry.get("current", "")),
            bool(entry.get("calcium", False)),
            str(entry.get("source", "")),
        )
        for fault in channel.faults():
            reader.fault("E035", at, fault.removeprefix(f"channel {name}: "), key=True)
        found[str(name)] = channel
    return found


def read_cable_cell(
    reader: Reader, name: str, value: object, channels: Mapping[str, Channel]
) -> None:
    """Read the numbers of a cell, by dotted name below ``cells.<name>``."""
    at: KeyPath = ("cells", name)
    keys = ("initial", "threshold", "spike_at", "ports", "membrane", "sections")
    entry = reader.mapping(
        at, value, keys, ("initial", "threshold", "spike_at", "ports", "sections")
    )
    for key in ("initial", "threshold"):
        if key in entry:
            reader.number(f"cells.{name}.{key}", (*at, key), entry[key], "voltage")
    shared = reader.mapping((*at, "membrane"), entry.get("membrane", {}), tuple(MEMBRANE))
    _numbers(reader, (*at, "membrane"), shared, MEMBRANE)
    required = ("length", "diameter", "compartments", *(k for k in MEMBRANE if k not in shared))
    sections = reader.mapping((*at, "sections"), entry.get("sections", {}), None)
    for section, given in sections.items():
        place: KeyPath = (*at, "sections", section)
        known = (*_SHAPE, *MEMBRANE, "parent", "at", "calcium_pool", "channels")
        one = reader.mapping(place, given, known, required)
        _numbers(reader, place, one, _SHAPE | MEMBRANE)
        if "calcium_pool" in one:
            pool = reader.mapping(
                (*place, "calcium_pool"), one["calcium_pool"], tuple(_POOL), tuple(_POOL)
            )
            _numbers(reader, (*place, "calcium_pool"), pool, _POOL)
        inside = reader.mapping((*place, "channels"), one.get("channels", {}), None)
        for channel, density in inside.items():
            _read_density(reader, (*place, "channels", channel), density, channels)
    listed = [str(s) for s in sections]
    for port, where in reader.mapping((*at, "ports"), entry.get("ports", {}), None).items():
        _place(reader, (*at, "ports", port), where, listed)
    if "spike_at" in entry:
        _place(reader, (*at, "spike_at"), entry["spike_at"], listed)


def _numbers(
    reader: Reader, at: KeyPath, entry: Mapping[str, Any], dimensions: Mapping[str, str]
) -> None:
    for key, text in entry.items():
        if key in dimensions:
            path = (*at, key)
            reader.number(".".join(map(str, path)), path, text, dimensions[key])


def _read_density(
    reader: Reader, at: KeyPath, value: object, channels: Mapping[str, Channel]
) -> None:
    channel = channels.get(str(at[-1]))
    if channel is None:
        reader.reference(at, at[-1], list(channels), "channel")
        return
    needed = ("permeability",) if channel.current else ("density", "reversal")
    names = tuple(p for p, _ in channel.parameters)
    entry = reader.mapping(at, value, (*needed, *names), needed)
    dimensions = {"density": "conductance_density", "reversal": "voltage"}
    dimensions |= {"permeability": "velocity", **dict.fromkeys(names, "number")}
    _numbers(reader, at, entry, dimensions)


def _place(reader: Reader, at: KeyPath, value: object, sections: list[str]) -> None:
    if not (isinstance(value, list) and len(value) == 2 and isinstance(value[1], int | float)):
        reader.fault("E020", at, "a section and a position along it are needed: [soma, 0.5]")
    elif not 0 <= value[1] <= 1:
        reader.fault("E033", at, f"a position lies between 0 and 1, not at {value[1]:g}")
    else:
        reader.reference(at, value[0], sections, "section")


def cable_cell(
    reader: Reader, name: str, entry: Mapping[str, Any], channels: Mapping[str, Channel]
) -> Cell:
    """Return a cell that was read without a fault; note what keeps it from being built."""
    prefix = f"cells.{name}."
    numbers: dict[str, Sourced] = {
        key.removeprefix(prefix): number
        for key, number in reader.numbers.items()
        if key.startswith(prefix)
    }
    sections, used = [], {}
    for section, given in entry["sections"].items():
        inside = tuple(str(c) for c in given.get("channels") or ())
        used |= {c: channels[c] for c in inside}
        parent, end = str(given.get("parent", "")), str(given.get("at", "end"))
        sections.append(SectionForm(str(section), parent, end, inside))
    ports = {str(p): (str(s), float(x)) for p, (s, x) in entry["ports"].items()}
    spike_at = (str(entry["spike_at"][0]), float(entry["spike_at"][1]))
    form = CableForm(tuple(sections), tuple(used.values()), ports, spike_at)
    try:
        built = build_cell(name, form, {key: number.value for key, number in numbers.items()})
        built.check()
        locate(built, *spike_at)
    except CellError as error:
        for line in str(error).splitlines():
            fault = line.removeprefix(f"cell {name}: ")
            reader.fault("E035", ("cells", name), fault, key=True)
    return Cell(name, numbers, form)
