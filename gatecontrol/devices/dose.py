"""The dose of a programme in amperes, from thresholds of a fixed reference population."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.base import Dose
from gatecontrol.devices.excitability import Reference, reference
from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.errors import GatecontrolError

if TYPE_CHECKING:
    from gatecontrol.preparations import Preparation

__all__ = [
    "MOTOR_CRITERION",
    "PERCEPTION_CRITERION",
    "dose",
    "landmarks",
]

PERCEPTION_CRITERION = 0.05
"""Share of the A-beta fibres of a course that is felt (assumed; Ab0 of the evidence: 2-10 %)."""
MOTOR_CRITERION = 0.05
"""Share of the A-alpha fibres in reach whose twitch is seen (assumed)."""


def _quantile(sorted_thresholds: NDArray[np.float64], share: float) -> float:
    """Return the least amplitude that recruits at least a share of the fibres."""
    if share <= 0:
        return 0.0
    count = int(np.ceil(share * len(sorted_thresholds) - 1e-9))
    return float(sorted_thresholds[max(count, 1) - 1])


def landmarks(device: PulsedDevice, found: Reference) -> dict[str, float]:
    """Return the amplitudes by which a person would notice a programme.

    Derived from recruitment by a single pulse in the reference population, by the criteria
    above; infinite where no amplitude looked at meets one, NaN where the target has none.

    Parameters
    ----------
    device : PulsedDevice
        Whether it is felt.
    found : Reference
        Its thresholds.

    Returns
    -------
    dict of str to float
        ``perception``, ``discomfort`` and ``motor`` [A].
    """
    groups = found.by_course if device.perceived else {}
    felt = [_quantile(t, PERCEPTION_CRITERION) for (c, _), t in groups.items() if c == "abeta"]
    unpleasant = [_quantile(groups[g], s) for g, s in device.unpleasant.items() if g in groups]
    moved = [_quantile(t, MOTOR_CRITERION) for (c, _), t in groups.items() if c == "aalpha"]
    return {
        "perception": min(felt, default=float("nan")),
        "discomfort": min(unpleasant, default=float("nan")),
        "motor": min(moved, default=float("nan")),
    }


def dose(
    device: PulsedDevice,
    preparation: "Preparation",
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Dose:
    """Return the dose of a programme in amperes.

    Parameters
    ----------
    device : PulsedDevice
        With its programme.
    preparation : Preparation
        Whose body it is.
    threads, progress
        See `gatecontrol.devices.excitability.reference`.

    Returns
    -------
    Dose

    Raises
    ------
    GatecontrolError
        The programme does not fit together (E035) or leaves a charge that nothing takes back
        (E045), the amplitude is beyond a limit of the clinician's programmer (E040) or has no
        meaning here (E041), or the device reaches no fibre of the class asked for (E012).
    """
    for _, code, what, remedy in device.generator.faults(device.settings):
        if code.startswith("E"):
            raise GatecontrolError(f"{code}: device {device.kind}: {what}; {remedy}")
    found = reference(device, preparation, threads=threads, progress=progress)
    marks = landmarks(device, found)
    amplitude = _amplitude(device, found, marks["perception"])
    if not np.isfinite(amplitude):
        raise GatecontrolError(
            f"E041: device {device.kind}: no amplitude up to twice the highest of its programmer "
            + "recruits that many fibres; give a current"
        )
    warnings = _limit_warnings(device, amplitude)
    shares = {c: float(np.mean(t <= amplitude)) for c, t in found.thresholds.items()}
    if amplitude == 0:
        shares = dict.fromkeys(shares, 0.0)
    return Dose(float(amplitude), marks, shares, tuple(warnings))


def _amplitude(device: PulsedDevice, found: Reference, perception: float) -> float:
    asked = device.settings["amplitude"]
    if asked.kind == "current":
        return float(asked.value)
    if asked.kind == "perception_threshold":
        if np.isnan(perception):
            raise GatecontrolError(
                f"E041: device {device.kind}: no perception threshold here, so '%PT' means "
                + "nothing; give a current"
            )
        return float(asked.value * perception)
    if asked.fibre_class not in found.thresholds:
        raise GatecontrolError(
            f"E012: device {device.kind} reaches no fibre of the class '{asked.fibre_class}'"
        )
    return _quantile(found.thresholds[asked.fibre_class], asked.value)


def _limit_warnings(device: PulsedDevice, amplitude: float) -> list[str]:
    if device.limits is None:
        return []
    warnings = []
    values = {**device.settings, "amplitude": amplitude}
    generator = device.generator
    excursion = max(generator.excursion(c) for c in range(generator.channels))
    for _, what in device.limits.excesses(values, excursion):
        if device.settings["limits"] == "clinical":
            raise GatecontrolError(
                f"E040: device {device.kind}: {what}; lower the amplitude or set "
                + "'limits: laboratory'"
            )
        warnings.append(f"W040: limits: laboratory: {what}")
    if device.settings["limits"] == "laboratory" and not warnings:
        who = device.limits.programmer
        warnings.append(f"W040: the clinical limits of {who} are lifted (none is passed)")
    return warnings
