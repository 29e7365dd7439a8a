"""The catalogue of tissue stacks: where the layers lie below an electrode, for each target.

A stack is data (``tissues.yaml``); what planar layers cannot represent is said there, in
``omits`` of every stack.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.fields import catalogue
from gatecontrol.fields.electrodes import Contact, ElectrodeError
from gatecontrol.sourced import Sourced

if TYPE_CHECKING:
    from gatecontrol.fields.conductor import Conductor

__all__ = ["TISSUES_FILE", "Tissue", "tissue_names", "tissue_stack"]

TISSUES_FILE = "tissues.yaml"

_KINDS = {
    "thickness": "length",
    "conductivity": "conductivity",
    "along": "conductivity",
    "across": "conductivity",
}


@dataclass(frozen=True)
class Tissue:
    """A stack of layers around an electrode at z = 0.

    Attributes
    ----------
    name, title, level : str
        Key, heading and spinal level (empty if the stack has one thickness).
    conductor : Conductor
        The layers; homogeneous if there is only one.
    depths : mapping of str to tuple of float
        Layer -> depths z between which it lies [m]; infinite outwards.
    numbers : mapping of str to Sourced
        ``layer.key`` -> value with its source, overrides included.
    ranges : mapping of str to tuple of Sourced
        What the literature spans, for sensitivity.
    closed : tuple of str
        Layers into which no contact can be put (bone, insulators).
    omits : str
        What the stack leaves out.
    """

    name: str
    title: str
    level: str
    conductor: "Conductor"
    depths: Mapping[str, tuple[float, float]]
    numbers: Mapping[str, Sourced]
    ranges: Mapping[str, tuple[Sourced, Sourced]]
    closed: tuple[str, ...]
    omits: str

    def layer_at(self, depth: float) -> str:
        """Return the name of the layer at a depth z [m]; a face belongs to the one below."""
        return next(n for n, (_, lower) in self.depths.items() if depth < lower or lower == inf)

    def check(self, contacts: Sequence[Contact], fibres: Sequence[Sequence[float]] = ()) -> None:
        """Raise if an electrode cannot work where it is.

        Parameters
        ----------
        contacts : sequence of Contact
            The electrode.
        fibres : sequence of (float, float), optional
            (y, z) of fibres that run along x past the whole electrode [m].

        Raises
        ------
        ElectrodeError
            No contact is active, one lies in a closed layer, or a fibre runs into the lead.
        """
        if not any(c.share for c in contacts):
            raise ElectrodeError("open circuit: no contact of the electrode is active")
        for contact in contacts:
            _, y, z = contact.position
            name = contact.label or "contact"
            layer = self.layer_at(z)
            if layer in self.closed:
                upper, lower = self.depths[layer]
                raise ElectrodeError(
                    f"the {name} lies in the {layer} of '{self.name}' (z = {z * 1e3:g} mm): move "
                    + f"the electrode out of {upper * 1e3:g} mm < z < {lower * 1e3:g} mm"
                )
            if any((fy - y) ** 2 + (fz - z) ** 2 < contact.body**2 for fy, fz in fibres):
                raise ElectrodeError(
                    f"a fibre runs through the {name}: it must stay {contact.body * 1e3:g} mm "
                    + "away from the lead's axis"
                )


def tissue_names() -> tuple[str, ...]:
    """Return the names of the catalogue."""
    return catalogue.names(TISSUES_FILE)


def tissue_stack(
    name: str, *, level: str = "", overrides: Mapping[str, float] | None = None
) -> Tissue:
    """Return the tissue around an electrode.

    Parameters
    ----------
    name : str
        One of `tissue_names`.
    level : str, optional
        Spinal level that sets thicknesses, for example ``"T11"``.
    overrides : mapping of str to float, optional
        ``layer.key`` -> value in SI units in place of the catalogue's, for example
        ``{"dura.conductivity": 0.03}``; ``electrode.above`` (or ``electrode.below``) moves
        the electrode within its layer.

    Raises
    ------
    GatecontrolError
        There is no such stack, level or number.
    """
    return _tissue(name, level, tuple(sorted((overrides or {}).items())))


@lru_cache(maxsize=256)
def _tissue(name: str, level: str, overrides: tuple[tuple[str, float], ...]) -> Tissue:
    data = catalogue.entry(TISSUES_FILE, "tissue stack", name)
    numbers = _numbers(data, name)
    levels = data.get("levels", {})
    if level:
        if level not in levels:
            known = f"Allowed: {', '.join(levels)}" if levels else "It has only one."
            hint = did_you_mean(level, list(levels))
            raise GatecontrolError(f"the tissue '{name}' has no level '{level}'.{hint} {known}")
        for layer in levels[level]:
            where = f"{TISSUES_FILE}: {name}.levels.{level}"
            numbers[f"{layer}.thickness"] = catalogue.number(levels[level], where, layer)
    for key, value in overrides:
        if key not in numbers:
            hint = did_you_mean(key, list(numbers))
            raise GatecontrolError(
                f"the tissue '{name}' has no number '{key}'.{hint} Allowed: {', '.join(numbers)}"
            )
        least = 0 if key.startswith("electrode.") else None
        if not (isfinite(value) and (value > 0 or value == least)):
            raise GatecontrolError(f"{name}: {key} must be greater than 0, got {value:g}")
        numbers[key] = Sourced(value, 0.0, "given", f"{value:g}")
    depths = _depths(data, name, numbers)
    layers = data["layers"]
    return Tissue(
        name,
        data["title"],
        level,
        _conductor(layers, numbers, depths),
        depths,
        numbers,
        _ranges(data, name),
        (*data["closed"], *(n for n, x in layers.items() if "insulator" in x)),
        data["omits"],
    )


def _numbers(data: Mapping[str, Any], name: str) -> dict[str, Sourced]:
    """Return every number of a stack, as in its file."""
    found = {}
    for layer, given in data["layers"].items():
        where = f"{TISSUES_FILE}: {name}.{layer}"
        for key in given:
            if key in _KINDS:
                found[f"{layer}.{key}"] = catalogue.number(given, where, key, _KINDS[key])
    for key in ("above", "below"):
        if key in data["electrode"]:
            where = f"{TISSUES_FILE}: {name}.electrode"
            found[f"electrode.{key}"] = catalogue.number(
                data["electrode"], where, key, positive=False
            )
    return found


def _depths(
    data: Mapping[str, Any], name: str, numbers: Mapping[str, Sourced]
) -> dict[str, tuple[float, float]]:
    """Return the depths of each layer with the electrode at 0."""
    order, home = list(data["layers"]), data["electrode"]["layer"]
    place = order.index(home)
    thickness = [numbers[f"{n}.thickness"].value if _inner(n, order) else inf for n in order]
    if len(order) == 1:
        return {home: (-inf, inf)}
    if "electrode.above" in numbers:
        lower = numbers["electrode.above"].value
        inside = lower <= thickness[place]
    else:
        lower = thickness[place] - numbers["electrode.below"].value
        inside = lower >= 0
    if not inside:
        raise GatecontrolError(
            f"the electrode of '{name}' would lie outside the {home}, which is "
            + f"{thickness[place] * 1e3:g} mm thick"
        )
    # Interfaces downwards from the electrode's layer, and upwards.
    faces = {place: lower}
    for i in range(place + 1, len(order) - 1):
        faces[i] = faces[i - 1] + thickness[i]
    for i in range(place, 0, -1):
        faces[i - 1] = faces[i] - thickness[i]
    edges = [-inf, *(faces[i] for i in range(len(order) - 1)), inf]
    return {n: (edges[i], edges[i + 1]) for i, n in enumerate(order)}


def _inner(layer: str, order: Sequence[str]) -> bool:
    return layer not in {order[0], order[-1]}


def _conductor(
    layers: Mapping[str, Mapping[str, Any]],
    numbers: Mapping[str, Sourced],
    depths: Mapping[str, tuple[float, float]],
) -> "Conductor":
    from gatecontrol.fields.conductor import HomogeneousConductor
    from gatecontrol.fields.layered import Layer, LayeredConductor

    made = []
    for name in layers:
        if "insulator" in layers[name]:
            made.append(Layer.insulator(name))
            continue
        both = numbers.get(f"{name}.conductivity")
        along, across = (numbers.get(f"{name}.{k}", both).value for k in ("along", "across"))
        inner = numbers.get(f"{name}.thickness")
        made.append(Layer(name, inner.value if inner else inf, along, across))
    if len(made) == 1:
        return HomogeneousConductor(made[0].longitudinal, made[0].transverse)
    return LayeredConductor(tuple(made), next(iter(depths.values()))[1])


def _ranges(data: Mapping[str, Any], name: str) -> dict[str, tuple[Sourced, Sourced]]:
    found = {}
    for key, ends in data.get("ranges", {}).items():
        kind = "conductivity" if key.endswith("conductivity") else "length"
        where = f"{TISSUES_FILE}: {name}.ranges.{key}"
        low, high = (catalogue.number({key: text}, where, key, kind) for text in ends)
        found[key] = (low, high)
    return found
