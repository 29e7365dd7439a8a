"""The dose of a programme in amperes, from thresholds of a fixed reference population."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatecontrol.devices.base import Dose, PulsedDevice
from gatecontrol.devices.generator import pulse_parameters
from gatecontrol.devices.sites import Sites
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.classes import FIBRE_CLASSES
from gatecontrol.fibres.population import FibreTable, draw_fibres
from gatecontrol.fibres.threshold import thresholds
from gatecontrol.parameters import to_si
from gatecontrol.seeds import stream

if TYPE_CHECKING:
    from gatecontrol.preparations import Preparation

__all__ = ["PERCEPTION_CRITERION", "dose", "reference_thresholds", "site_thresholds"]

PERCEPTION_CRITERION = 0.05
"""Share of the A-beta fibres in reach that is felt (assumed; Ab0 of the evidence: 2-10 %)."""
REFERENCE_SEED = 20_250_101
"""Seed of the reference population, on which doses rest; the same for every experiment."""


def site_thresholds(
    device: PulsedDevice,
    fibres: FibreTable,
    sites: Sites,
    preparation: "Preparation",
    *,
    model: str = "mean",
) -> NDArray[np.float64]:
    """Return the threshold of every fibre in reach [A], shape (k,).

    Parameters
    ----------
    device : PulsedDevice
        Gives electrode, medium and pulse width.
    fibres : FibreTable
        The fibres.
    sites : Sites
        Where they pass.
    preparation : Preparation
        Whose body it is.
    model : str, optional
        Of the C fibres, see `gatecontrol.fibres.threshold.thresholds`.
    """
    device.refuse()
    if not len(sites.row):
        return np.empty(0)
    return thresholds(
        fibres.fibre_class[sites.row],
        sites.diameter,
        sites.position,
        device.conductor(preparation),
        device.contacts(preparation),
        device.generator.pulse_width,
        sites.node_offset,
        model=model,
    )


@dataclass(frozen=True)
class _Afferent:
    name: str
    fibre_class: str
    role: str
    size: int


_REFERENCE = (
    _Afferent("aalpha", "aalpha", "centre", 200),
    _Afferent("abeta_centre", "abeta", "centre", 600),
    _Afferent("abeta_surround", "abeta", "surround", 600),
    _Afferent("adelta", "adelta", "centre", 300),
    _Afferent("c", "c", "centre", 300),
    _Afferent("descending", "descending", "remote", 300),
)


def reference_thresholds(
    device: PulsedDevice, preparation: "Preparation", *, model: str = "mean"
) -> Mapping[str, NDArray[np.float64]]:
    """Return the sorted thresholds [A] of the reference population, per fibre class.

    Parameters
    ----------
    device : PulsedDevice
        Only its geometry and pulse width matter, not amplitude or frequency.
    preparation : Preparation
        Whose body it is.
    model : str, optional
        Of the C fibres, see `gatecontrol.fibres.threshold.thresholds`; with another model
        than the mean only the C fibres are given.

    Returns
    -------
    mapping of str to ndarray
        Classes in reach only.
    """
    pulse = {"pulse_width", "polarity", "recharge", "recharge_ratio", "interphase_gap"}
    programme = {p.name for p in pulse_parameters()} - pulse | {"programme"}
    key = tuple(sorted((k, v) for k, v in device.settings.items() if k not in programme))
    device.refuse()
    return _reference(type(device), key, _Same(preparation), model)


class _Same:
    """A preparation as a cache key: equal if its content is."""

    def __init__(self, preparation: "Preparation") -> None:
        self.preparation, self.text = preparation, repr(preparation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(maxsize=256)
def _reference(
    kind: type[PulsedDevice],
    key: tuple[tuple[str, object], ...],
    same: _Same,
    model: str = "mean",
) -> Mapping[str, NDArray[np.float64]]:
    device = kind({**to_si(pulse_parameters(), {}), **dict(key)})
    fibres = draw_fibres(_REFERENCE, same.preparation, REFERENCE_SEED)
    rng = stream(REFERENCE_SEED, "device", device.kind, "sites")
    sites = device.sites(fibres, same.preparation, rng)
    if model != "mean":
        sites = sites.take(fibres.fibre_class[sites.row] == "c")
    found = site_thresholds(device, fibres, sites, same.preparation, model=model)
    classes = fibres.fibre_class[sites.row]
    return {c: np.sort(found[classes == c]) for c in FIBRE_CLASSES if (classes == c).any()}


def _quantile(sorted_thresholds: NDArray[np.float64], share: float) -> float:
    """Return the least amplitude that recruits at least a share of the fibres."""
    if share <= 0:
        return 0.0
    count = int(np.ceil(share * len(sorted_thresholds) - 1e-9))
    return float(sorted_thresholds[max(count, 1) - 1])


def dose(device: PulsedDevice, preparation: "Preparation") -> Dose:
    """Return the dose of a programme in amperes.

    Parameters
    ----------
    device : PulsedDevice
        With its programme.
    preparation : Preparation
        Whose body it is.

    Returns
    -------
    Dose

    Raises
    ------
    GatecontrolError
        The programme does not fit together (E035) or leaves a charge that nothing takes back
        (E045), is beyond the threshold law (E041), the amplitude beyond a limit of the
        clinician's programmer (E040), or the device reaches no fibre of the class asked for.
    """
    for _, code, what, remedy in device.generator.faults(device.settings):
        if code.startswith("E"):
            raise GatecontrolError(f"{code}: device {device.kind}: {what}; {remedy}")
    reference = reference_thresholds(device, preparation)
    asked = device.settings["amplitude"]
    felt = reference.get("abeta") if device.perceived else None
    threshold = float("nan") if felt is None else _quantile(felt, PERCEPTION_CRITERION)
    if asked.kind == "current":
        amplitude = asked.value
    elif asked.kind == "perception_threshold":
        if np.isnan(threshold):
            raise GatecontrolError(
                f"E041: device {device.kind}: no perception threshold here, so '%PT' means "
                + "nothing; give a current"
            )
        amplitude = asked.value * threshold
    else:
        if asked.fibre_class not in reference:
            raise GatecontrolError(
                f"E012: device {device.kind} reaches no fibre of the class '{asked.fibre_class}'"
            )
        amplitude = _quantile(reference[asked.fibre_class], asked.value)
    warnings = []
    if device.limits is not None:
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
    shares = {c: float(np.mean(t <= amplitude)) for c, t in reference.items()}
    if amplitude == 0:
        shares = dict.fromkeys(shares, 0.0)
    return Dose(float(amplitude), threshold, shares, tuple(warnings))
