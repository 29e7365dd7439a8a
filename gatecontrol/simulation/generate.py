"""Write the C++ of a structure: ``python -m gatecontrol.simulation.generate DIR``.

Reads the structure as JSON from standard input. Runs in a process of its own, see
`gatecontrol.simulation.standalone`.
"""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np

from gatecontrol.errors import EngineError
from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.network import Feed, FusedNetwork, build_network
from gatecontrol.simulation.tables import Family, Structure, Zone
from gatecontrol.simulation.unit import Code, write_unit

__all__ = ["build_any", "generate"]


def build_any(structure: Structure | CableStructure, feed: Feed) -> FusedNetwork:
    """Build the Brian2 network of a structure of either kind."""
    if isinstance(structure, CableStructure):
        from gatecontrol.simulation.cable_build import build_cable_network

        return build_cable_network(structure, feed)
    return build_network(structure, feed)


@dataclass
class _StreamFeed:
    """Inputs that the program reads from its standard input when it runs.

    Attributes
    ----------
    structure : Structure or CableStructure
    order : list of str
        Inputs in the order in which they are read.
    checks : dict of str to str
        Input -> C++ that writes its sum, for those that stay as they are.
    """

    structure: Structure | CableStructure
    order: list[str] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)

    def connect(self, synapses: Any) -> None:
        """Connect as many pairs as there will be; the program reads which when it runs."""
        zeros = np.zeros(self.structure.inputs()[f"{synapses.name}.pre"][1], dtype=np.int32)
        synapses.connect(i=zeros, j=zeros)
        for end in ("pre", "post"):
            variable = synapses.variables[f"_synaptic_{end}"]
            self._read(f"{synapses.name}.{end}", variable, np.int32)
            self._check(f"{synapses.name}.{end}", variable)

    def fill(self, name: str, variable: Any) -> None:
        """Read the variable when the program runs."""
        self._read(name, variable, np.float64)
        if name not in self.structure.states():
            self._check(name, variable)

    def _read(self, name: str, variable: Any, dtype: type) -> None:
        if variable.dtype != dtype:
            raise EngineError(f"input {name} is {variable.dtype} in the C++ code")
        size, device = self.structure.inputs()[name][1], b2.get_device()
        array = device.get_array_name(variable, access_data=False)
        code = f'gatecontrol::read({array}, {size}, "read its input {name}");'
        device.insert_code("main", code)
        self.order.append(name)

    def _check(self, name: str, variable: Any) -> None:
        array = b2.get_device().get_array_name(variable, access_data=False)
        self.checks[name] = f"gatecontrol::write_sum({array}, {self.structure.inputs()[name][1]});"


def generate(structure: Structure | CableStructure, folder: Path) -> None:
    """Write ``unit.cpp``, the headers that it needs and ``manifest.json`` into a folder.

    Parameters
    ----------
    structure : Structure or CableStructure
    folder : pathlib.Path
        Created.

    Raises
    ------
    EngineError
        The code that Brian2 generates has an unexpected form.
    """
    b2.set_device("cpp_standalone", build_on_run=False)
    device = b2.get_device()
    feed = _StreamFeed(structure)
    fused = build_any(structure, feed)
    fused.network.run(1 * b2.second, namespace={})
    device.build(directory=str(folder), compile=False, run=False, with_output=False)
    inputs = structure.inputs()
    if set(feed.order) != set(inputs):
        raise EngineError(f"inputs {sorted(set(inputs) ^ set(feed.order))} have no place to go")
    write_unit(folder, _code(device, fused, feed))
    manifest = {
        "inputs": [{"name": n, "dtype": inputs[n][0], "size": inputs[n][1]} for n in feed.order],
        "checked": list(feed.checks),
        "watched": list(fused.watched),
        "traces": [{"name": m.name, "columns": len(m.record)} for m in fused.traces],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _code(device: Any, fused: FusedNetwork, feed: _StreamFeed) -> Code:
    def array(variable: Any) -> str:
        return str(device.get_array_name(variable, access_data=False))

    def name(owner: Any, variable: str) -> str:
        return array(owner.variables[variable])

    return Code(
        spike_steps=name(fused.sources, "_timebins"),
        spike_sources=name(fused.sources, "neuron_index"),
        next_spike=name(fused.sources, "_lastindex"),
        spikes_cell=name(fused.spikes, "i"),
        spikes_time=name(fused.spikes, "t"),
        spikes_count=name(fused.spikes, "N"),
        traces=tuple((name(m, "v"), name(m, "t"), name(m, "N")) for m in fused.traces),
        fixed=dict(device.static_arrays),
        watched=tuple(
            f"gatecontrol::write_magnitude({array(variable)}, {variable.size});"
            for variable in fused.watched.values()
        ),
        checks=tuple(feed.checks.values()),
    )


def main() -> None:
    """Read the structure from standard input and generate into the folder of argument 1."""
    generate(_read(json.load(sys.stdin)), Path(sys.argv[1]))


def _read(raw: dict[str, Any]) -> Structure | CableStructure:
    """Return the structure that was written as JSON."""
    if raw.get("model") == "cable":
        return CableStructure.from_dict(raw)
    families = [
        Family(**f | {"receptors": tuple(f["receptors"]), "pathways": tuple(f["pathways"])})
        for f in raw.pop("families")
    ]
    zones = [Zone(z["cells"], tuple(z["receptors"])) for z in raw.pop("zones")]
    return Structure(**raw, families=tuple(families), zones=tuple(zones))


if __name__ == "__main__":
    main()
