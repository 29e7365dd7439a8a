"""Protocols as experiments of a circuit: files that ``gatecontrol run`` would take too."""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.evidence.base import Phenomenon, Protocol
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.schema import Experiment

__all__ = ["Part", "load_protocol", "write_protocol"]

IF_THERE = ("injured", "no_descending")
"""Conditions that a protocol applies where the circuit has them.

A published circuit without an injured set, or without descending input, is scored as it is.
"""


@dataclass(frozen=True)
class Part:
    """One protocol of one phenomenon, laid out.

    Attributes
    ----------
    phenomenon : Phenomenon
    protocol : Protocol
    file : Path
        The protocol as an experiment of the circuit.
    experiment : Experiment
        With what the depth and the caller change of the file.
    plan : Plan
    """

    phenomenon: Phenomenon
    protocol: Protocol
    file: Path
    experiment: "Experiment"
    plan: "Plan"

    def tasks(self) -> Iterator[Any]:
        """Yield the trials that are wanted."""
        wanted = {self.plan.key(p.trial) for p in self.plan.points}
        for task in self.plan.tasks:
            if self.protocol.controls or task.key in wanted:
                yield task


def write_protocol(protocol: Path, circuit: str, folder: Path) -> Path:
    """Write a protocol as an experiment of a circuit: what `gatecontrol run` would take.

    Conditions of `IF_THERE` that the circuit lacks are left out, and so are sweeps over numbers
    of receptors that it lacks.

    Parameters
    ----------
    protocol : Path
        See `gatecontrol.evidence.registry.protocol_path`.
    circuit : str
        Name or file.
    folder : Path
        It is written to ``protocols`` in it.
    """
    from gatecontrol.circuits import list_conditions, load_circuit
    from gatecontrol.yamlfile import read_yaml

    data = read_yaml(protocol).data
    there = list_conditions(circuit)
    key = "file" if circuit.endswith((".yaml", ".yml")) else "name"
    named = str(Path(circuit).resolve()) if key == "file" else circuit
    base = _of_circuit(data.get("circuit"), there)
    data["circuit"] = {key: named, **base}
    for arm in (data.get("arms") or {}).values():
        if isinstance(arm, dict) and "circuit" in arm:
            arm["circuit"] = _of_circuit(arm["circuit"], there)
    if isinstance(data.get("sweep"), dict):
        data["sweep"] = _of_receptors(data["sweep"], load_circuit(circuit).receptors)
    path = folder / "protocols" / protocol.name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(data, indent=1).encode())  # YAML too
    return path


def _of_circuit(section: Any, there: Sequence[str]) -> dict[str, Any]:
    """Return a circuit's section without its name and without conditions that are not there."""
    found = {k: v for k, v in section.items() if k != "name"} if isinstance(section, dict) else {}
    if "conditions" in found:
        found["conditions"] = [c for c in found["conditions"] if c in there or c not in IF_THERE]
    return found


def _of_receptors(sweep: Mapping[str, Any], there: Container[str]) -> dict[str, Any]:
    """Return a sweep without what it sets of receptors that are not there, in a zip as well."""
    found = {}
    for key, value in sweep.items():
        if key == "zip" and isinstance(value, dict):
            found[key] = _of_receptors(value, there)
            continue
        parts = key.split(".")
        if parts[:3] != ["circuit", "set", "receptors"] or parts[3] in there:
            found[key] = value
    return found


def load_protocol(
    file: Path,
    overrides: Sequence[str],
    seeds: int | None,
    tree: int,
    changes: Mapping[str, str],
) -> "Experiment":
    """Load a protocol with what the depth and the caller change of it.

    Parameters
    ----------
    file : Path
        As written by `write_protocol`.
    overrides : sequence of str
        Of the depth, ``"path=value"``.
    seeds : int or None
        Number of seeds, instead of what the file and the depth say.
    tree : int
        Another, independent set of seeds.
    changes : mapping of str to str
        Numbers of the circuit by dotted name.

    Raises
    ------
    ExperimentError
        The circuit refuses a number.
    """
    from gatecontrol.experiment.load import load

    texts = [*overrides, *(f"circuit.set.{name}={value}" for name, value in changes.items())]
    experiment = load(str(file), texts)
    if seeds is None and not tree:
        return experiment
    count = seeds or len(experiment.seeds)
    first = min(experiment.seeds) + 1000 * tree
    kept = [text for text in texts if not text.startswith("seeds=")]
    return load(str(file), [*kept, f"seeds={{first: {first}, count: {count}}}"])
