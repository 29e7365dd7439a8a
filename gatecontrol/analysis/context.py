"""What a measure sees of one trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatecontrol.circuits.model import Circuit
from gatecontrol.fibres.drive import AfferentDrive
from gatecontrol.simulation.recording import Recording

__all__ = ["TrialContext"]


@dataclass(frozen=True)
class TrialContext:
    """One trial, ready to be measured.

    Attributes
    ----------
    recording : Recording
        Spikes of the circuit's populations.
    drive : AfferentDrive
        Spikes of the fibres at the dorsal-horn terminals, natural and evoked, merged.
    circuit : Circuit
        The circuit with its conditions applied.
    epochs : mapping of str to (float, float) or None
        ``before``, ``during``, ``after`` -> start and stop [s]; None if the trial has none.
    stimuli : sequence of mapping
        ``{"config": <parameters as resolved>, "window": (start, stop)}`` per stimulus, the
        window [s] at the dorsal horn; optionally ``"noxious": bool``.
    duration : float
        Simulated time [s].
    device_on, device_off : float or None
        When the device is switched on and off [s], the same in the paired control; None if
        the run says nothing of a device.
    preparation : Any
        The `gatecontrol.preparations` object that the trial used.
    """

    recording: Recording
    drive: AfferentDrive
    circuit: Circuit
    epochs: Mapping[str, tuple[float, float] | None]
    stimuli: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    duration: float = 0.0
    preparation: Any = None
    device_on: float | None = None
    device_off: float | None = None
