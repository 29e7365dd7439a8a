"""An unmyelinated axon with Hodgkin-Huxley kinetics at 37 degC [rattay1993].

Rattay and Aberham 1993, doi:10.1109/10.250575. Constants as in ModelDB 266498 [pelot2021]:
rest at -70 mV, and one factor of 12 on all rates in place of a Q10.

Does not claim: its sodium current is that of the squid; it is a standard for comparison, not a
nociceptor, and knows no slow inactivation, so no activity-dependent slowing. At the default step
of 20 us thresholds are 3 % (0.25 mm) to 7 % (1 mm) above those of short steps, velocities 4-6 %
below: it is the step of the published comparison, and models differ far more.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.single_cable import Channel, Membrane, linoid
from gatecontrol.fibres.unmyelinated import SingleCable

__all__ = ["RATTAY", "kinetics"]

_REST = -70.0  # mV
_WARM = 12.0  # factor on all rates, 6.3 to 37 degC


def kinetics(v: NDArray[np.float64]) -> Mapping[str, tuple[NDArray, NDArray]]:
    """Return steady states and time constants [ms] by voltage [mV]."""
    u = v - _REST
    rates = {
        "m": (linoid(2.5 - 0.1 * u, 1.0), 4 * np.exp(-u / 18)),
        "h": (0.07 * np.exp(-u / 20), 1 / (np.exp(3 - 0.1 * u) + 1)),
        "n": (0.1 * linoid(1 - 0.1 * u, 1.0), 0.125 * np.exp(-u / 80)),
    }
    return {gate: (a / (a + b), 1 / (_WARM * (a + b))) for gate, (a, b) in rates.items()}


RATTAY = SingleCable(
    "rattay1993",
    "Rattay and Aberham 1993, unmyelinated, Hodgkin-Huxley at 37 degC",
    ("rattay1993", "pelot2021"),
    Membrane(
        kinetics=kinetics,
        channels=(
            Channel("Na", 120.0, "m m m h"),  # mS/cm2
            Channel("K", 36.0, "n n n n"),
            Channel("leak", 0.3),
        ),
        reversal={"Na": 45.0, "K": -82.0, "leak": -59.4},  # mV; 115, -12, 10.6 from rest
        rest=_REST,
        resistivity=100.0,  # ohm cm
    ),
    pace=0.4,
    trimmed=1,
)
