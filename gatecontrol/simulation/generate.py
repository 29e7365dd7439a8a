"""Write the C++ project of a structure: ``python -m gatecontrol.simulation.generate DIR``.

Reads the structure as JSON from standard input. Runs in a process of its own, see
`gatecontrol.simulation.standalone`.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brian2 as b2
import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import EngineError
from gatecontrol.simulation.cable_structure import CableStructure
from gatecontrol.simulation.network import Assign, FusedNetwork, build_network
from gatecontrol.simulation.tables import Family, Structure

__all__ = ["build_any", "generate"]


def build_any(
    structure: Structure | CableStructure,
    arrays: Mapping[str, NDArray[Any]],
    assign: Assign | None = None,
) -> FusedNetwork:
    """Build the Brian2 network of a structure of either kind."""
    if isinstance(structure, CableStructure):
        from gatecontrol.simulation.cable_build import build_cable_network

        return build_cable_network(structure, arrays, assign)
    return build_network(structure, arrays, assign)


def generate(structure: Structure | CableStructure, project: Path) -> None:
    """Write C++ sources, placeholder inputs and ``manifest.json`` into a folder.

    Parameters
    ----------
    structure : Structure or CableStructure
    project : pathlib.Path
        Created.

    Raises
    ------
    EngineError
        An input did not end up in a file of its own.
    """
    b2.set_device("cpp_standalone", build_on_run=False)
    device = b2.get_device()
    files: dict[str, str] = {}

    def assign(name: str, action: Any) -> None:
        before = set(device.static_arrays)
        action()
        new = sorted(set(device.static_arrays) - before)
        if name.endswith(".connect"):
            family = name.removesuffix(".connect")
            pairs = {".pre": "_sources", ".post": "_targets"}
            for end, suffix in pairs.items():
                files[family + end] = next((f for f in new if f.endswith(suffix)), "")
        else:
            files[name] = new[0] if len(new) == 1 else ""

    fused = build_any(structure, _placeholders(structure), assign)
    fused.network.run(1 * b2.second, namespace={})
    device.insert_code("before_end", _writer(device, fused, structure))
    device.build(directory=str(project), compile=False, run=False, with_output=False)
    for name, variable in (("source.step", "_timebins"), ("source.neuron", "neuron_index")):
        array = device.get_array_name(fused.sources.variables[variable], access_data=False)
        files[name] = f"_static_array_{array}"

    arrays, inputs = device.static_arrays, {}
    for name, (dtype, size) in structure.inputs().items():
        array = arrays.get(files.get(name, ""))
        if array is None or array.dtype.name != dtype or array.size != size:
            raise EngineError(f"input {name} has no file of {size} {dtype} in the generated code")
        inputs[name] = {"file": files[name], "dtype": dtype, "size": size}
    manifest = {
        "inputs": inputs,
        "fixed": sorted(set(arrays) - {spec["file"] for spec in inputs.values()}),
        "checked": sorted(_checked(fused, structure)),
    }
    (project / "manifest.json").write_text(json.dumps(manifest))


def _placeholders(structure: Structure | CableStructure) -> dict[str, Any]:
    """Return legal inputs of the right form; their values never matter."""
    made = {}
    for name, (dtype, size) in structure.inputs().items():
        made[name] = np.full(size, 1e-3) if dtype == "float64" else np.zeros(size, dtype=dtype)
    made["source.step"] = np.arange(structure.capacity, dtype=np.int32)
    return made


def _checked(fused: FusedNetwork, structure: Structure | CableStructure) -> dict[str, Any]:
    """Return the inputs that stay constant, with the variable that each one fills."""
    owners = {obj.name: obj for obj in fused.network.objects}
    found = {"source.neuron": fused.sources.variables["neuron_index"]}
    for name in structure.inputs():
        owner, variable = name.split(".")
        if owner == "source" or name in structure.states():
            continue
        if variable in {"pre", "post"}:
            found[name] = owners[owner].variables[f"_synaptic_{variable}"]
        elif variable == "delay":
            found[name] = owners[owner].pre.variables["delay"]
        else:
            found[name] = owners[owner].variables[variable]
    return found


def _writer(device: Any, fused: FusedNetwork, structure: Structure | CableStructure) -> str:
    """Return C++ that writes spikes and input sums, then ends the program.

    Brian2's own end would write every array, all weights included, after each simulation.
    """
    spikes = fused.spikes.variables
    lines = ["{", "using namespace brian;"]
    for file, name in (("spike_neuron", "i"), ("spike_time", "t")):
        array = device.get_array_name(spikes[name], access_data=False)
        lines += [
            f'std::ofstream out_{name}("results/{file}", std::ios::binary);',
            f"if (!{array}.empty())",
            f"    out_{name}.write((char*) &{array}[0], {array}.size()*sizeof({array}[0]));",
            f"out_{name}.close();",
            f"if (!out_{name}) return 3;",
        ]
    for trace in fused.traces:
        array = device.get_array_name(trace.variables["v"], access_data=False)
        lines += [
            f'{{ std::ofstream out("results/{trace.name}", std::ios::binary);',
            f"for (int row = 0; row < {array}.n; row++)",
            f"    out.write((char*) &{array}(row, 0), {array}.m*sizeof(double));",
            "out.close();",
            "if (!out) return 3; }",
        ]
    lines += ['std::ofstream checks("results/checks");', "checks.precision(17);"]
    lines.append('checks << "reached " << fused.t << "\\n";')
    for name, variable in _checked(fused, structure).items():
        dynamic = hasattr(variable, "resize")
        array = device.get_array_name(variable, access_data=False)
        size = f"{array}.size()" if dynamic else f"{variable.size}"
        lines += [
            "{ double sum = 0;",
            f"for (size_t k = 0; k < {size}; k++) sum += {array}[k];",
            f'checks << "{name} " << sum << "\\n"; }}',
        ]
    for name, variable in fused.watched.items():
        array = device.get_array_name(variable, access_data=False)
        lines += [
            "{ double sum = 0;",
            f"for (size_t k = 0; k < {variable.size}; k++) sum += fabs({array}[k]);",
            f'checks << "end:{name} " << sum/{variable.size} << "\\n"; }}',
        ]
    lines += ["checks.close();", "return checks ? 0 : 3;", "}"]
    return "\n".join(lines)


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
    return Structure(**raw, families=tuple(families))


if __name__ == "__main__":
    main()
