"""Declarative dorsal-horn circuits: data with unit and source for every number."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from gatecontrol.circuits.load import condition_names, load_file
from gatecontrol.circuits.model import Circuit
from gatecontrol.plugins import load_plugin

__all__ = [
    "Circuit",
    "aguiar2010",
    "circuit_path",
    "gate",
    "label_shuffled",
    "list_conditions",
    "load_circuit",
    "medlock2022",
    "medlock2022_coarse",
    "sagalajev2024",
    "one_exponential",
    "static_gain",
    "ungated",
    "zhang2014",
]


def gate() -> Path:
    """Return the file of the default circuit (entry point of the group ``circuits``)."""
    return Path(__file__).with_name("gate.yaml")


def zhang2014() -> Path:
    """Return the file of the circuit of Zhang, Janik and Grill 2014."""
    return Path(__file__).with_name("zhang2014.yaml")


def aguiar2010() -> Path:
    """Return the file of the circuit of Aguiar, Sousa and Lima 2010."""
    return Path(__file__).with_name("aguiar2010.yaml")


def medlock2022() -> Path:
    """Return the file of the circuit of Medlock and others 2022."""
    return Path(__file__).with_name("medlock2022.yaml")


def medlock2022_coarse() -> Path:
    """Return the file of the circuit of Medlock and others cut coarsely, at a tenth of the cost."""
    return Path(__file__).with_name("medlock2022_coarse.yaml")


def sagalajev2024() -> Path:
    """Return the file of the circuit of Sagalajev and others 2024."""
    return Path(__file__).with_name("sagalajev2024.yaml")


def ungated() -> Path:
    """Return the file of the default circuit without inhibition."""
    return Path(__file__).with_name("ungated.yaml")


def label_shuffled() -> Path:
    """Return the file of the default circuit with the targets of its pathways permuted."""
    return Path(__file__).with_name("label_shuffled.yaml")


def static_gain() -> Path:
    """Return the file of the null model whose gain follows the rate of A-beta fibres."""
    return Path(__file__).with_name("static_gain.yaml")


def one_exponential() -> Path:
    """Return the file of the null model of one exponential inhibition."""
    return Path(__file__).with_name("one_exponential.yaml")


def circuit_path(name_or_path: str | Path) -> Path:
    """Return the file of a circuit.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        The name of an installed circuit, or a file (anything ending in ``.yaml``).

    Raises
    ------
    PluginError
        No circuit of this name.
    """
    if str(name_or_path).endswith((".yaml", ".yml")):
        return Path(name_or_path)
    return Path(load_plugin("circuits", str(name_or_path))())


def list_conditions(name_or_path: str | Path) -> list[str]:
    """Return the conditions of a circuit, ``naive`` first."""
    return condition_names(circuit_path(name_or_path), str(name_or_path))


def load_circuit(
    name_or_path: str | Path,
    conditions: Sequence[str] = (),
    changes: Mapping[str, object] | None = None,
    factors: Mapping[str, float] | None = None,
    *,
    condition_stimuli: bool = True,
) -> Circuit:
    """Load a circuit with its conditions and changes applied.

    Parameters
    ----------
    name_or_path : str or pathlib.Path
        See `circuit_path`.
    conditions : sequence of str, optional
        For example ``["injured", "gaba_a_block"]``.
    changes : mapping of str to object, optional
        Single numbers by dotted name, as text.
    factors : mapping of str to float, optional
        Pattern of dotted names -> factor on what conditions and `changes` leave
        (``{"pathways.*.weights.gaba_a": 0.25}``).
    condition_stimuli : bool, optional
        Whether the circuit has the stimuli that its conditions add. Without them it is for
        replayed spikes, which hold them already.

    Returns
    -------
    Circuit

    Raises
    ------
    ExperimentError
        All faults of the file, unknown conditions, changes or factors.
    PluginError
        No circuit of this name.
    """
    path = circuit_path(name_or_path)
    circuit = load_file(path, str(name_or_path), conditions, changes, factors)
    return circuit if condition_stimuli else replace(circuit, stimuli=())
