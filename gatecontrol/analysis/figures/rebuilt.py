"""What an experiment was, rebuilt from the resolved text that the results keep."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gatecontrol.analysis.figures.rows import Row, sweep_axes
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    from gatecontrol.analysis.results import Results
    from gatecontrol.devices.pulsed import PulsedDevice
    from gatecontrol.preparations import Preparation
    from gatecontrol.stimuli.base import Stimulus

__all__ = ["device_of", "measures_of", "preparation_of", "stimuli_of"]

_STIMULUS = re.compile(r"stimuli\[(\d+)\]\.(\w+)$")


def _written(results: "Results") -> dict[str, Any]:
    from gatecontrol.yamlfile import read_yaml_text

    path = Path(results.path / "experiment.yaml")
    return read_yaml_text(results.experiment, path, str(path)).data


def measures_of(results: "Results") -> list[dict[str, Any]]:
    """Return the measures asked for, as mappings; none if the results keep no experiment.

    Parameters
    ----------
    results : Results
    """
    if not results.experiment:
        return []
    given = _written(results).get("measures") or ()
    return [dict(m) if isinstance(m, dict) else {"kind": str(m)} for m in given]


def _section(results: "Results", arm: str, name: str) -> Any:
    """Return a section of an arm: its own, or that of the whole experiment."""
    written = _written(results)
    own = (written.get("arms") or {}).get(arm) or {}
    return own.get(name) or written.get(name)


def _swept(results: "Results", row: Row) -> list[tuple[str, str]]:
    """Return path and text of each sweep axis at a point."""
    data = results.data
    return [
        (str(data[a].attrs.get("long_name", a)), row.parts[a]) for a in sweep_axes(data)
    ]  # fmt: skip


def preparation_of(row: Row) -> "Preparation":
    """Return the body that an arm was in.

    Parameters
    ----------
    row : Row
        Arm and sweep point.
    """
    from gatecontrol.preparations import load_preparation

    return load_preparation(str(row.values("preparation")))


def device_of(results: "Results", row: Row) -> "PulsedDevice":
    """Return the device of an arm at a sweep point.

    Parameters
    ----------
    results : Results
        With ``experiment.yaml``.
    row : Row
        Arm and sweep point.

    Raises
    ------
    GatecontrolError
        The device has no electrode and fibres, or the file does not say what it was.
    """
    from gatecontrol.devices.pulsed import PulsedDevice

    config = dict(_section(results, row.arm, "device") or {})
    if not config:
        raise GatecontrolError(
            f"{results.path / 'experiment.yaml'} has no device for the arm '{row.arm}'"
        )
    for path, text in _swept(results, row):
        parts = path.split(".")
        if parts[-2:-1] == ["device"] and parts[-1] in config:
            config[parts[-1]] = text
    kind = load_plugin("devices", str(config["kind"]))
    if not issubclass(kind, PulsedDevice):
        raise GatecontrolError(f"the device '{config['kind']}' has no electrode and fibres to draw")
    return cast(PulsedDevice, kind.from_config(config))


def stimuli_of(results: "Results", row: Row) -> "list[Stimulus]":
    """Return the stimuli of an arm at a sweep point; none if the results keep no experiment.

    Parameters
    ----------
    results : Results
    row : Row
        Arm and sweep point.
    """
    if not results.experiment:
        return []
    configs = [dict(c) for c in _section(results, row.arm, "stimuli") or ()]
    for path, text in _swept(results, row):
        found = _STIMULUS.search(path)
        if found and int(found[1]) < len(configs):
            configs[int(found[1])][found[2]] = text
    return [load_plugin("stimuli", str(c["kind"])).from_config(c) for c in configs]
