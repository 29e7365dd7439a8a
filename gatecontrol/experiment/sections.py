"""Checks of single sections of the settings: stimuli, device, run, epochs.

Each returns faults with paths relative to the section. That of the circuit is in
`gatecontrol.experiment.circuit_section`; what concerns several sections at once is in
`gatecontrol.experiment.validate`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gatecontrol.errors import Problem, closest, did_you_mean
from gatecontrol.experiment.config import NONE, TIME_STEP
from gatecontrol.experiment.models import missing_fault, model_faults, shown
from gatecontrol.experiment.schema import NAME, Epochs, Run
from gatecontrol.experiment.values import Fault, check_value, example
from gatecontrol.parameters import with_presets
from gatecontrol.plugins import REQUIRED, Parameter, PluginError, load_plugin, plugins, singular
from gatecontrol.units import parse_quantity
from gatecontrol.yamlfile import check_file

__all__ = [
    "LARGEST_FILE",
    "Checked",
    "check_device",
    "check_epochs",
    "check_plugin",
    "check_run",
    "check_stimuli",
    "declared",
    "file_fault",
    "is_error",
    "plain",
]

LARGEST_FILE = 100_000_000
"""Largest file [byte] that a stimulus or device may name."""


@dataclass(frozen=True)
class Checked:
    """Outcome of a check.

    Attributes
    ----------
    faults : tuple of Fault
        Errors and warnings, paths relative to the section.
    value : object
        The section with all defaults filled in, as plain data; None if it is faulty.
    foreign : tuple of Problem
        Faults in a file that the section names.
    """

    faults: tuple[Fault, ...] = ()
    value: Any = None
    foreign: tuple[Problem, ...] = field(default=())

    @property
    def good(self) -> bool:
        """Whether there is no error (warnings aside)."""
        return self.value is not None


def declared(group: str, kind: object) -> tuple[Parameter, ...]:
    """Return the parameters of a plug-in, or nothing if it cannot be had."""
    try:
        return tuple(load_plugin(group, str(kind)).parameters)
    except (PluginError, AttributeError):
        return ()


def check_plugin(group: str, section: object, folder: Path, extra: tuple[str, ...]) -> Checked:
    """Check a device, one stimulus or one measure against what its plug-in declares.

    Parameters
    ----------
    group : str
        ``"devices"``, ``"stimuli"`` or ``"measures"``.
    section : object
        As typed, with ``kind``.
    folder : Path
        Folder of the experiment file, for parameters that name files.
    extra : tuple of str
        Keys beside ``kind`` that are no parameters.
    """
    noun = singular(group)
    if not isinstance(section, dict):
        message = f"a mapping with a 'kind' is needed, got {shown(section)}"
        help = f"{{kind: {section}, ...}}" if str(section) in plugins(group) else ""
        return Checked((Fault((), "E020", message, help),))
    plugin, fault = _plugin(group, noun, section)
    if plugin is None:
        return Checked((fault,) if fault else ())
    kind = section["kind"]
    parameters = {p.name: p for p in with_presets(plugin.parameters, section)}
    known = ["kind", *extra, *parameters]
    faults: list[Fault] = []
    for key in section:
        if key not in known:
            names = ", ".join(n for n in known if n != "kind") or "none"
            message = f"unknown parameter of {noun} '{kind}'.{did_you_mean(key, known)}"
            help = f"parameters: {names} (gatecontrol describe {noun} {kind})"
            faults.append(Fault((key,), "E001", message, help, True))
    full: dict[str, Any] = {"kind": kind, **{k: section[k] for k in extra if k in section}}
    for name, parameter in parameters.items():
        value = section.get(name, parameter.default)
        if value is REQUIRED:
            missing = missing_fault(name, list(section), known, f"{name}: {example(parameter)}")
            if missing:
                faults.append(missing)
            continue
        wrong = check_value(parameter, value)[1] if name in section else None
        if parameter.kind == "file" and wrong is None and isinstance(value, str):
            value = str((folder / value).resolve())
            trouble = check_file(Path(value), LARGEST_FILE)
            if trouble:
                wrong = file_fault(str(section.get(name, value)), trouble)
        if wrong is not None:
            faults.append(wrong.under((name,)))
        if value is not None:
            full[name] = plain(value)
    # A range can be lifted, and then what follows from the value counts.
    blocked = {f.path[0] for f in faults if f.path and f.code != "E033"}
    faults += _cross_faults(plugin, full, blocked, f"{noun} '{kind}'")
    return Checked(tuple(faults), None if any(is_error(f) for f in faults) else full)


def file_fault(name: str, trouble: str) -> Fault:
    """Return the fault of a file that cannot be had, from what `check_file` says of it."""
    if trouble.startswith("no "):
        help = "paths are relative to the experiment file"
        return Fault((), "E005", f"{trouble}: '{name}'", help)
    return Fault((), "E005", f"'{name}' {trouble}")


def is_error(fault: Fault) -> bool:
    """Return whether a fault stops an experiment."""
    # A range may have been lifted (allow_out_of_range); that is known to the caller only.
    return fault.code.startswith("E") and fault.code != "E033"


def _plugin(group: str, noun: str, section: Mapping[str, Any]) -> tuple[Any, Fault | None]:
    installed = ", ".join(plugins(group)) or "none"
    if "kind" not in section:
        if any(closest(k, ["kind"]) for k in section):
            key = next(k for k in section if closest(k, ["kind"]))
            message = f"unknown key. Did you mean 'kind'? Installed: {installed}"
            return None, Fault((key,), "E001", message, "", True)
        return None, Fault(("kind",), "E002", f"missing key: which {noun}? Installed: {installed}")
    kind = section["kind"]
    if not isinstance(kind, str):
        message = f"expected the name of a {noun}, got {shown(kind)}. Installed: {installed}"
        return None, Fault(("kind",), "E023", message)
    if kind not in plugins(group):
        hint = did_you_mean(kind, list(plugins(group)))
        message = f"no {noun} plug-in '{kind}'.{hint} Installed: {installed}"
        help = f"if it comes from another package: pip install it, then gatecontrol list {group}"
        return None, Fault(("kind",), "E012", message, help)
    try:
        plugin = load_plugin(group, kind)
        if not all(isinstance(p, Parameter) for p in plugin.parameters):
            raise PluginError(f"the {noun} '{kind}' declares parameters that are no Parameter")
    except (PluginError, AttributeError, TypeError) as error:
        return None, Fault(("kind",), "E012", str(error))
    return plugin, None


def _cross_faults(
    plugin: Any, full: Mapping[str, Any], blocked: set[Any], what: str
) -> list[Fault]:
    """Run the plug-in's own check; its faults of fields that are wrong anyway are dropped."""
    try:
        found = [tuple(one) for one in plugin.check(dict(full))]
        faults = [
            Fault((str(key),) if key else (), str(code), str(message), str(help), cross=True)
            for key, code, message, help in found
        ]
    except Exception as error:
        if blocked:
            return []
        name = type(error).__name__
        message = f"the {what} cannot check its parameters: {name}: {error}"
        help = "a fault of the plug-in; tell its author"
        return [Fault((), "E012", message, help, cross=True)]
    return [f for f in faults if not (set(f.path[:1]) & blocked)]


def plain(value: Any) -> Any:
    """Return a value without the memory of how its number was typed."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, list | tuple) else str(value)


def check_device(section: object, folder: Path) -> Checked:
    """Check the device; the value of ``none`` is an empty mapping."""
    if section == NONE:
        return Checked(value={})
    if section is None:
        message = "a mapping with a 'kind' is needed, or none for no device, got nothing"
        return Checked((Fault((), "E020", message, "device: none"),))
    return check_plugin("devices", section, folder, ())


def check_stimuli(section: object, folder: Path) -> Checked:
    """Check the list of stimuli: each by itself, and that names are unique."""
    if not isinstance(section, list):
        message = f"a list of stimuli is needed, got {shown(section)}"
        return Checked((Fault((), "E020", message, "- {kind: pinch, onset: 0.2 s}"),))
    faults: list[Fault] = []
    values: list[Any] = []
    names: dict[str, int] = {}
    for index, one in enumerate(section):
        checked = check_plugin("stimuli", one, folder, ("name",))
        faults += [f.under((index,)) for f in checked.faults]
        values.append(checked.value)
        if not isinstance(one, dict) or not isinstance(one.get("kind"), str):
            continue
        name: Any = one.get("name", one["kind"])
        if "name" in one:
            wrong = _name_fault(name)
            if wrong:
                faults.append(wrong.under((index, "name")))
                continue
        if name in names:
            at = (index, "name") if "name" in one else (index, "kind")
            message = f"stimuli[{names[name]}] is called '{name}' already"
            faults.append(Fault(at, "E035", message, f"name: {name}_2"))
        names.setdefault(name, index)
        if checked.value is not None:
            values[-1] = {"kind": one["kind"], "name": name, **checked.value}
    return Checked(tuple(faults), None if any(is_error(f) for f in faults) else values)


def _name_fault(name: object) -> Fault | None:
    import re

    if isinstance(name, str) and re.match(NAME, name):
        return None
    message = f"{shown(name)}: a name is lower-case letters, digits, - and _"
    return Fault((), "E023", message)


def check_run(section: object) -> Checked:
    """Check the run; its value holds seconds."""
    examples = {"duration": "duration: 9 s"}
    faults = tuple(model_faults(Run, section, "run", examples))
    if any(is_error(f) for f in faults) or not isinstance(section, dict):
        return Checked(faults)
    full = {"dt": TIME_STEP, "device_on": None, "device_off": None} | section
    seconds = {
        k: None if full[k] is None else parse_quantity(full[k], "time")
        for k in ("duration", "dt", "device_on", "device_off")
    }
    return Checked(faults + tuple(_run_faults(seconds, section)), seconds)


def _run_faults(seconds: Mapping[str, float | None], typed: Mapping[str, Any]) -> list[Fault]:
    on, off, end = seconds["device_on"], seconds["device_off"], seconds["duration"] or 0.0
    faults = []
    for key, other in (("device_on", "device_off"), ("device_off", "device_on")):
        if seconds[key] is None and seconds[other] is not None:
            message = f"missing key; {other} is given"
            faults.append(Fault((key,), "E002", message, f"{key}: {typed['duration']}"))
    if on is not None and on >= end:
        message = f"{typed['device_on']} is not within the run, which lasts {typed['duration']}"
        faults.append(Fault(("device_on",), "E035", message))
    elif on is not None and off is not None and off <= on:
        message = f"{typed['device_off']} must be later than device_on ({typed['device_on']})"
        faults.append(Fault(("device_off",), "E035", message))
    if off is not None and off > end:
        message = f"{typed['device_off']} is not within the run, which lasts {typed['duration']}"
        help = f"run: {{duration: {typed['device_off']}}}"
        faults.append(Fault(("device_off",), "E035", message, help))
    return faults


def check_epochs(section: object) -> Checked:
    """Check the epochs; the value maps each to [start, stop] in seconds."""
    examples = {"during": "during: [2.5 s, 7.7 s]"}
    faults = model_faults(Epochs, section, "epochs", examples)
    seconds: dict[str, list[float]] = {}
    if isinstance(section, dict):
        for name in ("before", "during", "after"):
            window = section.get(name)
            if not isinstance(window, list) or any(f.path[:1] == (name,) for f in faults):
                continue
            if len(window) != 2:
                message = f"[start, stop] is needed, got {len(window)} values"
                faults.append(Fault((name,), "E020", message, f"{name}: [2.5 s, 7.7 s]"))
                continue
            seconds[name] = [parse_quantity(t, "time") for t in window]
            if seconds[name][0] >= seconds[name][1]:
                message = f"the stop ({window[1]}) must be later than the start ({window[0]})"
                faults.append(Fault((name,), "E035", message, f"[{window[1]}, {window[0]}]"))
    return Checked(tuple(faults), None if any(is_error(f) for f in faults) else seconds)
