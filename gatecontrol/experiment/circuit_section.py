"""Check of the choice of circuit: its file, conditions and changed numbers."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import ExperimentError, Problem, did_you_mean
from gatecontrol.experiment.config import DEFAULTS
from gatecontrol.experiment.models import model_faults
from gatecontrol.experiment.schema import CircuitChoice
from gatecontrol.experiment.sections import (
    LARGEST_FILE,
    Checked,
    check_stimuli,
    file_fault,
    is_error,
    plain,
)
from gatecontrol.experiment.values import Fault
from gatecontrol.plugins import PluginError, plugins
from gatecontrol.yamlfile import check_file, path_text

if TYPE_CHECKING:
    from gatecontrol.circuits.model import Circuit

__all__ = ["check_circuit"]


def check_circuit(section: object, folder: Path) -> "tuple[Checked, Circuit | None]":
    """Check the choice of circuit, and load it with its conditions and changes."""
    faults = model_faults(CircuitChoice, section, "circuit")
    if faults or not isinstance(section, dict):
        return Checked(tuple(faults)), None
    name, file = section.get("name"), section.get("file")
    if name is not None and file is not None:
        message = "either a name or a file is needed, not both"
        return Checked((Fault((), "E035", message, "circuit: gate"),)), None
    name = DEFAULTS["circuit"]["name"] if name is None and file is None else name
    if name is not None and name not in plugins("circuits"):
        known = list(plugins("circuits"))
        hint = did_you_mean(name, known)
        message = f"no circuit '{name}'.{hint} Installed: {', '.join(known)}"
        help = "your own: circuit: {file: mine.yaml}"
        return Checked((Fault(("name",), "E012", message, help),)), None
    where = str(name)
    if file is not None:
        path = (folder / file).resolve()
        trouble = check_file(path, LARGEST_FILE)
        if not trouble and path.suffix not in {".yaml", ".yml"}:
            trouble = "is not a YAML file (.yaml)"
        if trouble:
            return Checked((file_fault(str(file), trouble).under(("file",)),)), None
        where = str(path)
    conditions = [str(c) for c in section.get("conditions") or ()]
    changes = {k: str(v) for k, v in (section.get("set") or {}).items()}
    factors = {k: float(v) for k, v in (section.get("scale") or {}).items()}
    added = section.get("condition_stimuli")
    value: dict[str, Any] = {"file": where} if file is not None else {"name": name}
    stamp = Path(where).stat().st_mtime_ns if file is not None else 0
    try:
        faults = _condition_faults(conditions, _conditions(where, stamp), str(name or file))
        good = () if faults else tuple(conditions)
        numbers = tuple(sorted(changes.items())), tuple(sorted(factors.items()))
        circuit = _circuit(where, stamp, good, *numbers, added != "none")
    except PluginError as error:
        return Checked((Fault((), "E012", str(error)),)), None
    except ExperimentError as error:
        mine, foreign = _relocated(error, file or "")
        return Checked((*faults, *mine), None, foreign), None
    if faults:
        return Checked(tuple(faults)), None
    foreign = _added_stimuli(circuit, where, folder)
    if foreign:
        return Checked((), None, foreign), None
    value |= {"conditions": conditions, "set": plain(changes)}
    # What is not asked for has no key, so that the trials of other experiments keep theirs.
    value |= {"scale": factors} if factors else {}
    return Checked((), value | ({"condition_stimuli": added} if added else {})), circuit


def _added_stimuli(circuit: "Circuit", where: str, folder: Path) -> tuple[Problem, ...]:
    """Return the faults of the stimuli that a circuit's conditions add."""
    checked = check_stimuli([dict(one) for one in circuit.stimuli], folder)
    return tuple(
        Problem(f.code, f"conditions.stimuli{path_text(f.path)}", f.message, f.help, file=where)
        for f in checked.faults
        if is_error(f)
    )


def _condition_faults(conditions: list[str], known: tuple[str, ...], name: str) -> list[Fault]:
    faults = []
    for index, condition in enumerate(conditions):
        if condition not in known:
            hint = did_you_mean(condition, list(known))
            message = f"circuit '{name}' has no condition '{condition}'.{hint}"
            faults.append(
                Fault(("conditions", index), "E010", message, f"defined: {', '.join(known)}")
            )
        elif condition in conditions[:index]:
            message = f"the condition '{condition}' is listed twice"
            faults.append(Fault(("conditions", index), "E035", message))
    return faults


def _relocated(error: ExperimentError, file: str) -> tuple[list[Fault], tuple[Problem, ...]]:
    """Split the loader's problems into those of this section and those of the circuit file."""
    mine, foreign = [], []
    for problem in error.problems:
        section, _, rest = problem.path.removeprefix("circuit.").partition(".")
        if problem.path.startswith("circuit.") and section in {"set", "scale"} and rest:
            key = problem.code == "E050"
            mine.append(Fault((section, rest), problem.code, problem.message, problem.help, key))
        else:
            foreign.append(problem)
    return mine, tuple(foreign)


@lru_cache(maxsize=32)
def _conditions(where: str, stamp: int) -> tuple[str, ...]:
    from gatecontrol.circuits import list_conditions

    return tuple(list_conditions(where))


@lru_cache(maxsize=256)
def _circuit(
    where: str, stamp: int, conditions: Any, changes: Any, factors: Any, added: bool
) -> "Circuit":
    from gatecontrol.circuits import load_circuit

    return load_circuit(where, conditions, dict(changes), dict(factors), condition_stimuli=added)
