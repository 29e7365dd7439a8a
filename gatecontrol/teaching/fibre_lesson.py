"""Lessons on single fibres: from which current on a pulse fires them, solved on their cables."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.teaching.outcomes import Axes, Outcome, kept
from gatecontrol.units import UnitError, parse_quantity

if TYPE_CHECKING:
    from gatecontrol.experiment.progress import Reporter
    from gatecontrol.teaching.lesson import Lesson, Settings

__all__ = ["DISTANCES", "computer", "fibre_threshold"]

_QUANTITIES = {
    "diameter": "length",
    "distance": "length",
    "pulse_width": "time",
    "conductivity": "conductivity",
}
DISTANCES = ("0.5 mm", "1 mm", "1.5 mm", "2 mm", "3 mm", "4 mm", "6 mm")
"""Where the drawing of a stop has its points."""


def fibre_threshold(
    fibre: str,
    diameter: str,
    pulse_width: str,
    distance: str = "2 mm",
    conductivity: str = "0.2 S/m",
) -> float:
    """Return the lowest cathodic current that fires one fibre [A], of a point source.

    The same as ``gatecontrol threshold``.

    Parameters
    ----------
    fibre : str
        Model, see `gatecontrol.fibres.axon.fibre_models`.
    diameter, pulse_width, distance, conductivity : str
        Outer diameter, width of the pulse, distance of the source from the fibre and
        conductivity of the homogeneous medium, with units.

    Raises
    ------
    GatecontrolError
        A fibre or a value that the model does not stand for.
    UnitError
        A quantity that cannot be read.
    """
    from gatecontrol.fibres.axon import fibre_model
    from gatecontrol.fibres.excitation import threshold
    from gatecontrol.fibres.waveform import Waveform
    from gatecontrol.fields.conductor import HomogeneousConductor
    from gatecontrol.fields.electrodes import monopole

    given = {
        "diameter": diameter,
        "distance": distance,
        "pulse_width": pulse_width,
        "conductivity": conductivity,
    }
    size, away, width, medium = (parse_quantity(given[n], k) for n, k in _QUANTITIES.items())
    model = fibre_model(fibre)
    model.require(size, away)
    axon = model.axon(size, away)
    source = monopole(1e-6)  # a point: its area plays no part
    conductor = HomogeneousConductor.isotropic(medium)
    potential = conductor.potential_along(axon.positions, 0.0, away, source)
    return threshold(axon, potential, Waveform.rectangular(width, polarity="cathodic"))


def computer(
    lesson: "Lesson", backend: str, say: "Reporter"
) -> "tuple[Callable[[Settings], Outcome], Axes]":
    """Return what computes one stop, and the axes of its drawing.

    Parameters
    ----------
    lesson : Lesson
        Of the kind ``fibres``; its settings are the parameters of `fibre_threshold`.
    backend : str
        Not used: a fibre is no network.
    say : Reporter
        Not used: it is quick.

    Raises
    ------
    GatecontrolError
        A setting that there is not, or that cannot be.
    """

    def one(changes: "Settings") -> Outcome:
        settings = {**lesson.experiment, **changes}
        known = ["fibre", *_QUANTITIES]
        for name in settings:
            if name not in known:
                raise GatecontrolError(
                    f"lesson {lesson.id}: a fibre has no setting '{name}'."
                    + f"{did_you_mean(name, known)} It has: {', '.join(known)}"
                )
        try:
            found = kept(
                {"fibre lesson": settings}, lambda: _thresholds(settings), (fibre_threshold,)
            )
        except (UnitError, TypeError, GatecontrolError) as error:
            raise GatecontrolError(f"lesson {lesson.id}: {error}") from None
        values = np.array([found["threshold"]], float)
        x = np.array([parse_quantity(d, "length") for d in DISTANCES]) * 1e3
        return Outcome(1e3 * values, x, 1e3 * np.array(found["by_distance"], float))

    axes = Axes("Distance of the electrode [mm]", "Threshold [mA]", (True, True), steps=True)
    return one, axes


def _thresholds(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the threshold [A], and those at `DISTANCES`; None where nothing fires the fibre."""

    def at(**changes: str) -> float | None:
        found = fibre_threshold(**{**settings, **changes})
        return found if math.isfinite(found) else None

    return {"threshold": at(), "by_distance": [at(distance=d) for d in DISTANCES]}
