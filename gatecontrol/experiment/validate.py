"""The settings of one arm as a whole: every section, and sections against each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import Problem
from gatecontrol.experiment.circuit_section import check_circuit
from gatecontrol.experiment.config import DEFAULTS, SETTINGS, TIME_STEP, Config
from gatecontrol.experiment.sections import (
    Checked,
    check_device,
    check_epochs,
    check_run,
    check_stimuli,
)
from gatecontrol.experiment.values import Fault, check_value
from gatecontrol.plugins import Parameter
from gatecontrol.preparations import PREPARATIONS
from gatecontrol.units import format_quantity, parse_quantity
from gatecontrol.yamlfile import KeyPath, path_text

if TYPE_CHECKING:
    from gatecontrol.circuits.model import Circuit

__all__ = ["Collector", "Setting", "Validator"]

_PREPARATION = Parameter("preparation", "choice", DEFAULTS["preparation"], "", choices=PREPARATIONS)
UNLIFTABLE = frozenset({"run.duration"})
"""Ranges that protect the machine and not the science."""
_STEPS = 5
"""Time steps that the fastest time constant must hold."""


@dataclass(frozen=True)
class Setting:
    """Settings of an arm with all defaults filled in, as plain data.

    Attributes
    ----------
    preparation : str
    circuit : dict
        ``name`` or ``file``, ``conditions``, ``set``, and ``scale`` if there is any.
    stimuli : list of dict
        All parameters as typed, with ``kind`` and ``name``.
    device : dict or None
        All parameters as typed, with ``kind``.
    run : dict
        ``duration``, ``dt``, ``device_on``, ``device_off`` in seconds or None.
    epochs : dict or None
        Name -> [start, stop] in seconds.
    """

    preparation: str
    circuit: dict[str, Any]
    stimuli: list[dict[str, Any]]
    device: dict[str, Any] | None
    run: dict[str, float | None]
    epochs: dict[str, list[float]] | None


class Collector:
    """Collects problems, each fault once, whichever arm it was met in.

    Parameters
    ----------
    allowed : iterable of str
        Paths whose plausible range is lifted.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self.allowed = set(allowed) - UNLIFTABLE
        self.used: set[str] = set()
        self.problems: list[Problem] = []
        self._seen: set[object] = set()

    def lifted(self, fault: Fault) -> bool:
        """Return whether a fault is an out-of-range value that the user allows."""
        path = path_text(fault.path)
        if fault.code != "E033" or path not in self.allowed:
            return False
        self.used.add(path)
        return True

    def add(self, config: Config, fault: Fault) -> None:
        """Report a fault of merged settings where the value was typed."""
        if self.lifted(fault):
            return
        origin = config.origin(fault.path)
        help = fault.help
        path = path_text(fault.path)
        if fault.code == "E033" and not help and path not in UNLIFTABLE and _settings(fault):
            help = f"allow_out_of_range: [{path}]   # kept with the results"
        self.report(
            origin.file.problem(fault.code, origin.path, fault.message, help, key=fault.key)
        )

    def report(self, problem: Problem) -> None:
        """Report a problem unless the same was reported already."""
        known = (
            problem.file,
            problem.line,
            problem.column,
            problem.code,
            problem.path,
            problem.message,
        )
        if known not in self._seen:
            self._seen.add(known)
            self.problems.append(problem)


def _settings(fault: Fault) -> bool:
    return fault.path[0] in SETTINGS and fault.path[0] != "circuit"


class Validator:
    """Validates settings; equal sections are checked once.

    Parameters
    ----------
    folder : Path
        Folder of the experiment file; files that it names are relative to it.
    allowed : iterable of str, optional
        Paths whose plausible range is lifted.
    """

    def __init__(self, folder: Path, allowed: Iterable[str] = ()) -> None:
        self.folder = folder
        self.allowed = frozenset(allowed) - UNLIFTABLE
        self._known: dict[tuple[str, str], Any] = {}

    def faults(self, config: Config, *, complete: bool) -> tuple[list[Fault], list[Problem]]:
        """Return all faults of the settings, and those of files they name.

        Parameters
        ----------
        config : Config
            Settings of the base or of an arm.
        complete : bool
            Whether they are meant to run; a base that arms complete is not, so missing keys
            and sections against each other are not reported.
        """
        return self._check(config, complete)[:2]

    def setting(self, config: Config) -> Setting | list[Fault]:
        """Return the settings with defaults filled in, or their faults.

        Parameters
        ----------
        config : Config
            Complete settings.
        """
        faults, foreign, parts = self._check(config, True)
        collector = Collector(self.allowed)
        wrong = [f for f in faults if f.code.startswith("E") and not collector.lifted(f)]
        if wrong or foreign:
            return wrong or [Fault(("circuit",), foreign[0].code, foreign[0].message)]
        epochs = parts.get("epochs")
        return Setting(
            str(config.data.get("preparation", DEFAULTS["preparation"])),
            parts["circuit"].value,
            parts["stimuli"].value,
            parts["device"].value or None,
            parts["run"].value,
            epochs.value if epochs else None,
        )

    def _check(
        self, config: Config, complete: bool
    ) -> tuple[list[Fault], list[Problem], dict[str, Checked]]:
        faults: list[Fault] = []
        foreign: list[Problem] = []
        parts: dict[str, Checked] = {}
        circuit = None
        for section in SETTINGS:
            if section not in config.data and section not in DEFAULTS:
                if section == "run" and complete:
                    example = "run: {duration: 9 s}"
                    faults.append(Fault(("run",), "E002", "missing section", example))
                continue
            if section not in config.data and not complete:
                continue
            checked, loaded = self._section(
                section, config.data.get(section, DEFAULTS.get(section))
            )
            circuit = loaded or circuit
            parts[section] = checked
            faults += self._relevant([f.under((section,)) for f in checked.faults])
            foreign += checked.foreign
        if not complete:
            return [f for f in faults if f.code != "E002" and not f.cross], foreign, parts
        faults += _across(config, parts, circuit)
        return faults, foreign, parts

    def _relevant(self, faults: list[Fault]) -> list[Fault]:
        """Drop what follows from a value outside its range: the range is what is wrong."""
        wrong = {
            _owner(f) for f in faults if f.code == "E033" and path_text(f.path) not in self.allowed
        }
        return [f for f in faults if not (f.cross and _owner(f) in wrong)]

    def _section(self, name: str, value: Any) -> "tuple[Checked, Circuit | None]":
        key = (name, repr(value))
        if key not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[key] = self._checked(name, value)
        found: tuple[Checked, Circuit | None] = self._known[key]
        return found

    def _checked(self, name: str, value: Any) -> "tuple[Checked, Circuit | None]":
        if name == "circuit":
            return check_circuit(value, self.folder)
        if name == "preparation":
            fault = check_value(_PREPARATION, value)[1]
            return Checked((fault,) if fault else (), None if fault else value), None
        if name == "stimuli":
            return check_stimuli(value, self.folder), None
        if name == "device":
            return check_device(value, self.folder), None
        return (check_run(value) if name == "run" else check_epochs(value)), None


def _owner(fault: Fault) -> KeyPath:
    """Return the device or the one stimulus that a fault belongs to."""
    return fault.path[:2] if fault.path[0] == "stimuli" else fault.path[:1]


def _across(config: Config, parts: Mapping[str, Checked], circuit: "Circuit | None") -> list[Fault]:
    """Return the faults of sections against each other."""
    run = parts.get("run")
    if run is None or not run.good:
        return []
    typed: Mapping[str, Any] = config.data["run"]
    end, dt = run.value["duration"], run.value["dt"]
    faults = []
    device = parts["device"]
    if (device.value or device.faults) and not (typed.keys() & {"device_on", "device_off"}):
        for key, value in (("device_on", "2.5 s"), ("device_off", "7.7 s")):
            message = "missing key, though an arm has a device"
            faults.append(Fault(("run", key), "E002", message, f"{key}: {value}"))
    stimuli = config.data.get("stimuli", [])
    faults += _names_taken(parts["stimuli"], stimuli, circuit)
    faults += _spikes_twice(parts["stimuli"], parts["circuit"], circuit)
    faults += _stimuli_in_run(parts["stimuli"], stimuli, end, typed["duration"])
    epochs = parts.get("epochs")
    for name, (_, stop) in (epochs.value if epochs and epochs.good else {}).items():
        if stop > end:
            message = f"the stop ({config.data['epochs'][name][1]}) is not within the run, "
            message += f"which lasts {typed['duration']}"
            faults.append(Fault(("epochs", name), "E035", message))
    fastest = _fastest(circuit) if circuit else None
    if fastest and dt > fastest[1] / _STEPS * (1 + 1e-9):
        most = format_quantity(fastest[1] / _STEPS, "time", 3)
        message = f"{typed.get('dt', TIME_STEP)} is above a fifth of the circuit's fastest time "
        message += f"constant ({fastest[0]}, {format_quantity(fastest[1], 'time', 3)})"
        faults.append(Fault(("run", "dt"), "E035", message, f"dt: {most}"))
    return faults


def _names_taken(
    stimuli: Checked, typed: list[Mapping[str, Any]], circuit: "Circuit | None"
) -> list[Fault]:
    """Return the stimuli that are called as one of a condition: they would be its copies."""
    taken = {str(s.get("name", s.get("kind"))) for s in (circuit.stimuli if circuit else ())}
    faults = []
    for index, one in enumerate(stimuli.value or ()):
        if one["name"] in taken:
            at = ("stimuli", index, "name" if "name" in typed[index] else "kind")
            message = f"a condition of the circuit adds a stimulus called '{one['name']}' already"
            faults.append(Fault(at, "E035", message, f"name: {one['name']}_2"))
    return faults


def _spikes_twice(stimuli: Checked, chosen: Checked, circuit: "Circuit | None") -> list[Fault]:
    """Return a warning where a file of spikes may hold what a condition adds to it."""
    if circuit is None or not circuit.stimuli or "condition_stimuli" in (chosen.value or {}):
        return []
    for index, one in enumerate(stimuli.value or ()):
        if one["kind"] == "spike_file":
            added = str(circuit.stimuli[0].get("name", circuit.stimuli[0].get("kind")))
            message = f"a condition of the circuit adds the stimulus '{added}' to the spikes of "
            message += "this file; a file exported from such a run has them already"
            # Either word says that it is meant.
            help = "circuit: {condition_stimuli: none}, or add if both are meant"
            return [Fault(("stimuli", index, "file"), "W005", message, help)]
    return []


def _stimuli_in_run(
    stimuli: Checked, typed: list[Mapping[str, Any]], end: float, typed_end: str
) -> list[Fault]:
    faults = []
    for index, one in enumerate(stimuli.value or ()):
        start = _seconds(one.get("onset"))
        if start is None:
            continue
        at = ("stimuli", index, "onset")
        if start >= end:
            message = f"{one['onset']} is not within the run, which lasts {typed_end}"
            faults.append(Fault(at, "E035", message))
            continue
        # A default duration ("as long as the run") is no reason to warn.
        lasts = _seconds(one.get("duration")) if "duration" in typed[index] else None
        rate, count = one.get("rate"), one.get("count")
        if lasts is None and rate is not None and isinstance(count, int):
            frequency = parse_quantity(rate, "frequency")
            lasts = (count - 1) / frequency if frequency > 0 else None
        if lasts is not None and start + lasts > end * (1 + 1e-9):
            stop = format_quantity(start + lasts, "time")
            message = f"the stimulus lasts until {stop}, but the run ends at {typed_end}"
            faults.append(Fault(at[:2], "W002", message, f"run: {{duration: {stop}}}"))
    return faults


def _seconds(text: object) -> float | None:
    try:
        return parse_quantity(text, "time")
    except ValueError:
        return None


def _fastest(circuit: "Circuit") -> tuple[str, float] | None:
    """Return the fastest time constant of a circuit's membranes and receptors."""
    found = {f"decay of {r.name}": r.decay.value for r in circuit.receptors.values()}
    for cell in circuit.cells.values():
        capacitance = cell.parameters.get("capacitance")
        leak = cell.parameters.get("leak_conductance")
        if capacitance and leak and leak.value > 0:
            found[f"membrane of {cell.name}"] = capacitance.value / leak.value
    return min(found.items(), key=lambda item: item[1], default=None)
