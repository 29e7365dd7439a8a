"""The axon of an unmyelinated sensory neuron [sundt2015].

Sundt, Gamper and Jaffe 2015, doi:10.1152/jn.00226.2015; kinetics of the axon in ModelDB 187473.
As in the runs that the tests compare with: 37 degC (deposited: 35), potassium at -90 mV
(deposited: -90 or -80 by figure) and the leak at -60 mV without balance, so that the membrane
rests at -59.93 mV.

Does not claim: M-current, SK and pump of the paper's variants are left out, and the slow
potassium inactivation gives little activity-dependent slowing. The paper's cell has a stem and a
soma; see `gatecontrol.fibres.t_junction`.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.single_cable import Channel, Membrane, linoid
from gatecontrol.fibres.unmyelinated import SingleCable

__all__ = ["MEMBRANE", "SUNDT", "kinetics"]

_TEMPERATURE = 37.0  # degC
_WARM = 3 ** ((_TEMPERATURE - 30) / 10)  # factor on all rates
_F_RT = 1e-3 * 96480 / (8.315 * (_TEMPERATURE + 273.16))  # 1/mV


def kinetics(v: NDArray[np.float64]) -> Mapping[str, tuple[NDArray, NDArray]]:
    """Return steady states and time constants [ms] by voltage [mV]."""
    # Sodium activation sees the voltage 6 mV lower, inactivation 6 mV higher.
    opens, closes = v + 59, v + 71
    rates = {
        "m": (0.32 * linoid(13.1 - opens, 4.0), 0.28 * linoid(opens - 40.1, 5.0)),
        "h": (0.128 * np.exp((17 - closes) / 18), 4 / (np.exp((40 - closes) / 5) + 1)),
    }
    found = {gate: (a / (a + b), 1 / (_WARM * (a + b))) for gate, (a, b) in rates.items()}
    n, l_gate = np.exp(-5 * _F_RT * (v + 32)), np.exp(2 * _F_RT * (v + 61))
    found["n"] = 1 / (1 + n), np.exp(-2 * _F_RT * (v + 32)) / (_WARM * 0.03 * (1 + n))
    found["l"] = 1 / (1 + l_gate), l_gate / (_WARM * 0.001 * (1 + l_gate))
    return found


MEMBRANE = Membrane(
    kinetics=kinetics,
    channels=(
        Channel("Na", 40.0, "m m m h"),  # mS/cm2
        Channel("K", 40.0, "n n n l"),
        Channel("leak", 0.1),
    ),
    reversal={"Na": 50.0, "K": -90.0, "leak": -60.0},  # mV
    rest=-60.0,
    resistivity=100.0,  # ohm cm
)
"""Of axon, stem and soma."""

SUNDT = SingleCable(
    "sundt2015",
    "Sundt, Gamper and Jaffe 2015, unmyelinated axon of a sensory neuron",
    ("sundt2015",),
    MEMBRANE,
    pace=0.5,
    trimmed=1,
)
