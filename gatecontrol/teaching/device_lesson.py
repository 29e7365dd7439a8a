"""Lessons on a stimulator: which currents recruit which fibres, as its parameters change."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.devices.pulsed import PulsedDevice
from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.parameters import parse_value
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.teaching.outcomes import Axes, Outcome, kept
from gatecontrol.units import UnitError

if TYPE_CHECKING:
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.teaching.lesson import Lesson, Settings

__all__ = ["SAMPLE", "computer", "device_class", "recruitment_of"]

SAMPLE = "patch"
"""The stimulator of `gatecontrol.teaching.patch`, which is shown and not installed."""
_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
_OWN = ("device", "preparation", "fibre_class", "share")
"""Settings that are not parameters of the device."""


def device_class(name: str) -> type[PulsedDevice]:
    """Return a stimulator by the name under which it is installed, or the sample.

    Parameters
    ----------
    name : str

    Raises
    ------
    GatecontrolError
        There is none, or it is none of pulses.
    """
    known = sorted({*plugins("devices"), SAMPLE})
    if name not in known:
        raise GatecontrolError(
            f"no device '{name}'.{did_you_mean(name, known)} There are: {', '.join(known)}"
        )
    if name in plugins("devices"):
        found = load_plugin("devices", name)
    else:
        from gatecontrol.teaching.patch import Patch as found
    if not issubclass(found, PulsedDevice):
        raise GatecontrolError(f"the device '{name}' does not recruit fibres by pulses")
    return found


def recruitment_of(
    device: str, preparation: str, parameters: Mapping[str, str]
) -> dict[str, list[float]]:
    """Return the currents that recruit a share of each class of fibres by one pulse [A].

    Parameters
    ----------
    device : str
        As for `device_class`.
    preparation : str
        Whose body it is.
    parameters : mapping of str to str
        Of the device, with units.

    Returns
    -------
    dict of str to list of float
        Class -> current for 1, 2, 5, 10, 20, 30, 50, 70, 90 and 100 % of the fibres in reach;
        infinite where no current that was looked at recruits so many.
    """
    from gatecontrol.devices.excitability import reference
    from gatecontrol.experiment.executor import default_workers
    from gatecontrol.preparations import load_preparation

    one = device_class(device).from_config(parameters)
    found = reference(one, load_preparation(preparation), threads=default_workers(64))
    return {
        name: [float(thresholds[_nth(share, thresholds.size)]) for share in _SHARES]
        for name, thresholds in ((n, np.sort(t)) for n, t in found.thresholds.items())
    }


def _nth(share: float, count: int) -> int:
    """Return the index of the fibre with which a share of them is recruited."""
    return max(int(np.ceil(share * count - 1e-9)), 1) - 1


def computer(
    lesson: "Lesson", backend: str, say: "Reporter"
) -> "tuple[Callable[[Settings], Outcome], Axes]":
    """Return what computes one stop, and the axes of its drawing.

    Parameters
    ----------
    lesson : Lesson
        Of the kind ``device``. Its settings are ``device``, ``preparation``, ``fibre_class``,
        ``share`` (of the class, as a number of `_SHARES`) and parameters of the device.
    backend : str
        Not used: no network is simulated.
    say : Reporter
        Told that fibres are being solved.

    Raises
    ------
    GatecontrolError
        A setting that there is not, or that cannot be.
    """

    def one(changes: "Settings") -> Outcome:
        settings = {"preparation": "human", "share": 0.05, **lesson.experiment, **changes}
        parameters = {k: v for k, v in settings.items() if k not in _OWN}
        try:
            _check(settings, parameters)
            given = {"device": settings["device"], "preparation": settings["preparation"]}
            found = kept(
                {"device lesson": given | parameters, "from": _package(given["device"])},
                lambda: recruitment_of(**given, parameters=parameters),
                (recruitment_of, device_class(given["device"])),
            )
        except (UnitError, GatecontrolError) as error:
            raise GatecontrolError(f"lesson {lesson.id}: {error}") from None
        if settings["fibre_class"] not in found:
            raise GatecontrolError(
                f"lesson {lesson.id}: the device reaches no fibre of the class "
                + f"'{settings['fibre_class']}'; it reaches {', '.join(found)}"
            )
        currents = 1e3 * np.array(found[settings["fibre_class"]])
        currents[~np.isfinite(currents)] = np.nan
        value = currents[_SHARES.index(float(settings["share"]))]
        return Outcome(np.array([value]), currents, 100 * np.array(_SHARES))

    axes = Axes("Current [mA]", "Fibres recruited by a pulse [%]", (True, False), steps=True)
    return one, axes


def _package(device: str) -> str:
    """Return the package of an installed stimulator, with its version: it may be many files."""
    point = plugins("devices").get(device)
    return f"{point.dist.name} {point.dist.version}" if point and point.dist else ""


def _check(settings: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Refuse what a device, or this kind of lesson, does not have."""
    for name in ("device", "fibre_class"):
        if name not in settings:
            raise GatecontrolError(f"the setting '{name}' is missing; give it in `experiment`")
    if float(settings["share"]) not in _SHARES:
        known = ", ".join(f"{s:g}" for s in _SHARES)
        raise GatecontrolError(f"share: '{settings['share']}' is not offered; choose {known}")
    declared = {p.name: p for p in device_class(settings["device"]).parameters}
    for name, value in parameters.items():
        if name not in declared:
            known = ", ".join([*_OWN, *declared])
            hint = did_you_mean(name, list(declared))
            raise GatecontrolError(f"no setting '{name}'.{hint} There are: {known}")
        parse_value(declared[name], value)
