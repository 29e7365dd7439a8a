"""What all arms of a seed share: its fibres, their natural spikes and the wiring.

A process draws them once and keeps the last few; a runner that hands out the arms of a seed
one after the other saves most of the drawing.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from gatecontrol.experiment.trial import canonical, circuit_of, files_of
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    from gatecontrol.circuits.wiring import Wiring
    from gatecontrol.fibres.drive import AfferentDrive

__all__ = ["natural_drive", "wiring_of"]

_KEPT = 2
_T = TypeVar("_T")


def natural_drive(trial: Mapping[str, Any]) -> "AfferentDrive":
    """Return the fibres of a trial and what reaches the dorsal horn without a device.

    Parameters
    ----------
    trial : mapping
        Plain description of the trial.

    Returns
    -------
    AfferentDrive
        Its arrays cannot be written to.
    """
    shared = {name: trial[name] for name in ("circuit", "preparation", "stimuli")}
    # a file that has changed is read again
    shared["files"] = [files_of("stimuli", stimulus) for stimulus in trial["stimuli"]]
    return _natural(canonical(shared), int(trial["seed"]))


def wiring_of(trial: Mapping[str, Any]) -> "Wiring":
    """Return the draw of a trial's circuit.

    Parameters
    ----------
    trial : mapping
        Plain description of the trial.

    Returns
    -------
    Wiring
        Its arrays cannot be written to.
    """
    return _wiring(canonical(trial["circuit"]), int(trial["seed"]))


@lru_cache(maxsize=_KEPT)
def _natural(description: str, seed: int) -> "AfferentDrive":
    """Draw the spikes of the stimuli and of those that the circuit's conditions add."""
    from gatecontrol.fibres.merge import combine
    from gatecontrol.fibres.population import draw_fibres
    from gatecontrol.preparations import load_preparation

    shared = json.loads(description)
    circuit, preparation = circuit_of(shared), load_preparation(shared["preparation"])
    fibres = draw_fibres(circuit.afferents.values(), preparation, seed)
    drives = []
    for config in (*shared["stimuli"], *circuit.stimuli):
        stimulus = load_plugin("stimuli", str(config["kind"])).from_config(config)
        name = str(config.get("name", config["kind"]))
        drives.append(stimulus.spikes(fibres, preparation, seed, name))
    return _locked(combine(drives, fibres))


@lru_cache(maxsize=_KEPT)
def _wiring(description: str, seed: int) -> "Wiring":
    from gatecontrol.circuits.wiring import draw_wiring

    return _locked(draw_wiring(circuit_of({"circuit": json.loads(description)}), seed))


def _locked(drawn: _T) -> _T:
    """Forbid to write to the arrays of a draw, however deep: the next arm meets the same."""
    parts: list[Any] = [drawn]
    while parts:
        part = parts.pop()
        if hasattr(part, "setflags"):
            part.setflags(write=False)
        elif isinstance(part, Mapping):
            parts += part.values()
        elif is_dataclass(part):
            parts += [getattr(part, field.name) for field in fields(part)]
    return drawn
