"""``gatecontrol describe device NAME --figures DIR``: the field, recruitment, strength-duration."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gatecontrol.errors import ExperimentError, GatecontrolError, Problem, did_you_mean
from gatecontrol.plugins import load_plugin
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    from gatecontrol.devices.pulsed import PulsedDevice
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.preparations import Preparation

__all__ = ["draw_device"]

_INTERVAL = 5.0  # s between two words on how far the solving is


def draw_device(name: str, folder: Path, preparation: str, settings: Sequence[str]) -> None:
    """Draw the figures of a device and print their files with what they show.

    Parameters
    ----------
    name : str
        The device.
    folder : Path
        Where the figures go.
    preparation : str
        Whose body it is.
    settings : sequence of str
        ``key=value`` of the device.

    Raises
    ------
    GatecontrolError
        There is no such device, preparation or setting, or it has faults.
    """
    from gatecontrol.analysis.figures.style import save
    from gatecontrol.cli.output import print_text, reporter

    say = reporter()
    device = _device(name, settings, say)
    body = _preparation(preparation)

    from gatecontrol.analysis.figures.device import device_drawings
    from gatecontrol.devices.excitability import reference
    from gatecontrol.experiment.executor import default_workers

    found = reference(device, body, threads=default_workers(64), progress=_Solving(say))
    for drawing in device_drawings(device, body, found):
        paths = save(drawing.figure, folder, drawing.name)
        print(f"{paths[0]} (and {paths[1].suffix})")
        print_text(f"  {drawing.caption}")


def _device(name: str, settings: Sequence[str], say: "Reporter") -> "PulsedDevice":
    """Return the device with its settings, all faults found at once."""
    from gatecontrol.devices.pulsed import PulsedDevice

    kind = load_plugin("devices", name)
    if not issubclass(kind, PulsedDevice):
        raise GatecontrolError(f"the device '{name}' has no electrode and fibres to draw")
    known = [p.name for p in kind.parameters]
    config: dict[str, str] = {}
    problems = []
    for text in settings:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            problems.append(Problem("E030", f"--set {text}", "needs the form key=value"))
        elif key not in known:
            message = f"the device '{name}' has no setting '{key}'.{did_you_mean(key, known)}"
            problems.append(Problem("E012", f"--set {text}", message, f"known: {', '.join(known)}"))
        else:
            config[key] = value
    if problems:
        raise ExperimentError(problems)
    config.setdefault("amplitude", "1 mA")  # whatever it is, the figures do not depend on it
    try:
        device = kind.from_config(config)
    except UnitError as error:
        raise ExperimentError([Problem(error.code, "--set", str(error), error.help)]) from error
    faults = [
        Problem(code, f"--set {key}", what, help) for key, code, what, help in kind.check(config)
    ]
    if any(p.code.startswith("E") for p in faults):
        raise ExperimentError(faults)
    for warning in faults:
        say.say(str(warning))
    return device


def _preparation(name: str) -> "Preparation":
    from gatecontrol.preparations import PREPARATIONS, load_preparation

    if name not in PREPARATIONS:
        hint = did_you_mean(name, PREPARATIONS)
        message = f"no preparation '{name}'.{hint}"
        raise ExperimentError([Problem("E012", "--preparation", message, ", ".join(PREPARATIONS))])
    return load_preparation(name)


class _Solving:
    """Tells how far the solving of fibre thresholds is, every few seconds."""

    def __init__(self, say: "Reporter") -> None:
        self._say, self._told = say, 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._told:
            self._say.say("solving fibre thresholds (once; they are kept)")
        elif now - self._told < _INTERVAL:
            return
        else:
            self._say.say(f"... {done} of {total} fibres of one kind solved")
        self._told = now
