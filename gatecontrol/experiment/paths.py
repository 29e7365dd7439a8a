"""Which paths of the settings exist: for sweeps, ``--set`` and ``allow_out_of_range``."""

from gatecontrol.errors import closest
from gatecontrol.experiment.config import NONE, Config
from gatecontrol.experiment.models import field_names
from gatecontrol.experiment.schema import CircuitChoice, Epochs, Run
from gatecontrol.experiment.sections import declared
from gatecontrol.plugins import Parameter, plugins
from gatecontrol.yamlfile import KeyPath

__all__ = ["ABSENT", "parameter_at", "path_state", "paths_of", "suggestion"]

ABSENT = "absent"
"""The path would exist if this arm had a device."""


def paths_of(config: Config) -> list[str]:
    """Return the paths that a sweep over these settings may take."""
    found = ["preparation", "circuit.name", "circuit.conditions"]
    for index, one in enumerate(_stimuli(config)):
        if isinstance(one, dict):
            found += [f"stimuli[{index}].{p.name}" for p in declared("stimuli", one.get("kind"))]
    device = config.data.get("device")
    if isinstance(device, dict):
        found += [f"device.{p.name}" for p in declared("devices", device.get("kind"))]
    return [*found, *(f"run.{key}" for key in field_names(Run))]


def path_state(config: Config, path: KeyPath) -> str:
    """Return an empty string if a path can be set in these settings, else why not.

    Parameters
    ----------
    config : Config
        Settings of an arm.
    path : tuple of str or int
        As from `gatecontrol.experiment.config.parse_path`.

    Returns
    -------
    str
        Empty, `ABSENT`, or ``"unknown"``. What cannot be known, since a plug-in is
        missing, counts as possible: that fault is reported elsewhere.
    """
    head, rest = path[0], path[1:]
    if head == "device":
        device = config.data.get("device", NONE)
        if not rest:
            return ""
        if device == NONE:
            return ABSENT
        return _plugin_state("devices", device, rest, ("kind",))
    if head == "stimuli":
        if not rest:
            return ""
        stimuli = _stimuli(config)
        if not isinstance(rest[0], int) or rest[0] >= len(stimuli):
            return "unknown"
        return _plugin_state("stimuli", stimuli[rest[0]], rest[1:], ("kind", "name"))
    known = {
        "preparation": [],
        "circuit": field_names(CircuitChoice),
        "run": field_names(Run),
        "epochs": field_names(Epochs),
    }
    changes = head == "circuit" and rest[:1] in {("set",), ("scale",)} and len(rest) == 2
    if changes or (not rest and head in known):
        return ""
    return "" if len(rest) == 1 and rest[0] in known.get(str(head), []) else "unknown"


def _stimuli(config: Config) -> list[object]:
    stimuli = config.data.get("stimuli")
    return stimuli if isinstance(stimuli, list) else []


def _plugin_state(group: str, section: object, rest: KeyPath, extra: tuple[str, ...]) -> str:
    if not isinstance(section, dict) or str(section.get("kind")) not in plugins(group):
        return ""
    if not rest or (len(rest) == 1 and rest[0] in extra):
        return ""
    known = [p.name for p in declared(group, section["kind"])]
    return "" if len(rest) == 1 and (not known or rest[0] in known) else "unknown"


def parameter_at(config: Config, path: KeyPath) -> Parameter | None:
    """Return the declared parameter at a path, if it is one."""
    if path[0] == "run" and len(path) == 2:
        return Parameter(str(path[1]), "time", None, "")
    section = config.get(path[:-1])
    if path[0] not in {"device", "stimuli"} or not isinstance(section, dict):
        return None
    group = "devices" if path[0] == "device" else "stimuli"
    return next((p for p in declared(group, section.get("kind")) if p.name == path[-1]), None)


def suggestion(text: str, configs: list[Config]) -> tuple[str, str]:
    """Return (`` Did you mean 'x'?`` or nothing, help with the paths that exist)."""
    known = list(dict.fromkeys(p for c in configs for p in paths_of(c)))
    head, dot, tail = text.rpartition(".")
    tails = [p.removeprefix(head + dot) for p in known if dot and p.startswith(head + dot)]
    meant = closest(tail, tails) if tails else closest(text, known)
    meant = head + dot + meant if tails and meant else meant
    hint = f" Did you mean '{meant}'?" if meant else ""
    section = text.split(".")[0].split("[")[0]
    near = [p for p in known if p.split(".")[0].split("[")[0] == section] or known
    return hint, f"paths: {', '.join(near[:12])}{', ...' if len(near) > 12 else ''}"
