"""A C nociceptor with ion accumulation and activity-dependent slowing [tigerholm2014].

Tigerholm et al. 2014, doi:10.1152/jn.00777.2012. Constants as in ModelDB 266498 [pelot2021], the
single cable made of the published axon (revision of 2024), at 37 degC. Sodium and potassium
inside and in a periaxonal space of 29 nm follow the currents; leaks balance both ions at rest,
so that -55 mV and the concentrations hold.

Does not claim: the branches and the temperature along the published axon are not here; no ion
moves along the fibre. Slowing was compared with the reference over trains of up to 0.7 s, not
over the minutes of the paper. Its u8 gate is the slow one of ModelDB 266498; another public
version has it ten times faster.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.single_cable import Channel, Membrane
from gatecontrol.fibres.single_cable_kernel import Accumulation
from gatecontrol.fibres.unmyelinated import SingleCable

__all__ = ["MEMBRANE", "TIGERHOLM", "kinetics"]

_T = 37.0  # degC
# factors on the rates of Nav1.7 and 1.9, Nav1.8, Kdr, KM, KA, HCN
_Q7 = 2.5 ** ((_T - 21) / 10)
_Q8 = 2.5 ** ((_T - 22) / 10)
_QD = 3.3 ** ((_T - 22) / 10)
_QM = 3.3 ** ((_T - 21) / 10)
_QA = 3.3 ** ((_T - 23) / 10)
_QH = 3.0 ** ((_T - 22) / 10)


def _down(v: NDArray, half: float, slope: float) -> NDArray:
    """Return 1 / (1 + exp((v - half) / slope))."""
    return 1 / (1 + np.exp((v - half) / slope))


def _up(v: NDArray, half: float, slope: float) -> NDArray:
    """Return 1 / (1 + exp(-(v - half) / slope))."""
    return 1 / (1 + np.exp(-(v - half) / slope))


def _bell(v: NDArray, centre: float, width: float) -> NDArray:
    return np.exp(-((v - centre) ** 2) / (2 * width**2))


def _sodium(v: NDArray) -> dict[str, tuple[NDArray, NDArray]]:
    """Nav1.7 (m7 h7 s7), Nav1.8 (m8 h8 s8 u8), Nav1.9 (m9 h9 s9)."""
    rates = {
        "m7": (_Q7, 15.5 * _up(v, 5, 12.08), 35.2 * _down(v, -72.7, 16.7)),
        # closing is slightly negative far below rest, and the steady state above 1, as published
        "h7": (
            _Q7,
            0.38685 * _down(v, -122.35, 15.29),
            -0.00283 + 2.00283 * _up(v, -5.5266, 12.70195),
        ),
        "s7": (
            _Q7,
            0.00003 + 0.00092 * _down(v, -93.9, 16.6),
            132.05 - 132.05 * _down(v, 384.9, 28.5),
        ),
        "m8": (_Q8, 2.85 - 2.839 * _down(v, 1.159, 13.95), 7.6205 * _down(v, -46.463, 8.8289)),
        "m9": (_Q7, 1.032 * _up(v, -6.99, 14.87115), 5.79 * _down(v, -130.4, 22.9)),
        "h9": (
            _Q7,
            0.06435 * _down(v, -73.26415, 3.71928),
            0.13496 * _up(v, -10.27853, 9.09334),
        ),
        "s9": (_Q7, 0.00000016 * np.exp(-v / 12), 0.0005 * _up(v, -32, 23)),
    }
    found = {gate: (a / (a + b), 1 / (q * (a + b))) for gate, (q, a, b) in rates.items()}
    found["h8"] = _down(v, -32.2, 4), (1.218 + 42.043 * _bell(v, -38.1, 15.19)) / _Q8
    found["s8"] = (
        _down(v, -45, 8),
        1 / (_Q8 * (0.0054203 * _down(v, -79.816, 16.269) + 0.0050757 * _up(v, -15.968, 11.542))),
    )
    found["u8"] = (
        _down(v, -51, 8),
        1 / (_Q8 * (0.00040868 * _down(v, -67.499, 19.51) + 0.00039904 * _up(v, -30.963, 14.792))),
    )
    return found


def _potassium(v: NDArray) -> dict[str, tuple[NDArray, NDArray]]:
    """Kdr (n), KM slow and fast (ps pf), KA (ma ha), HCN slow and fast (cs cf)."""
    slow = 0.688 + 1000 / (np.exp((v + 75.2) / 6.5) + np.exp(-(v - 131.5) / 34.8))
    low = np.exp((v + 240) / 50)
    high = np.exp(-(v + 25) / 20)
    return {
        "n": (
            _up(v, -25, 15.4),
            np.where(v >= -31, 0.16 + 0.8 * np.exp(-0.0267 * (v + 11)), slow) / _QD,
        ),
        "ps": (_up(v, -30, 6), np.where(v >= -60, 1000 + 13 * v, 219) / _QM),
        "pf": (
            _up(v, -30, 6),
            1 / (_QM * 0.00395 * (np.exp((v + 30) / 40) + np.exp(-(v + 30) / 20))),
        ),
        # the published half points, -5.4 and -49.9 mV, shifted by 15 mV
        "ma": (_up(v, 9.6, 16.4) ** 4, (0.25 + 10.04 * _bell(v, -24.67, 34.8)) / _QA),
        "ha": (_down(v, -34.9, 4.6), (20 + 50 * _bell(v, -40, 40)) / _QA),
        "cs": (
            _down(v, -87.2, 9.7),
            np.where(v >= -70, 300 + 542 * high, 2500 + 100 * low) / _QH,
        ),
        "cf": (
            _down(v, -87.2, 9.7),
            np.where(v >= -70, 140 + 50 * high, 250 + 12 * low) / _QH,
        ),
    }


def kinetics(v: NDArray[np.float64]) -> Mapping[str, tuple[NDArray, NDArray]]:
    """Return steady states and time constants [ms] by voltage [mV]."""
    return {**_sodium(v), **_potassium(v)}


_HCN = 0.5 * 2.5377  # mS/cm2; half of it lets sodium through, half potassium

MEMBRANE = Membrane(
    kinetics=kinetics,
    channels=(
        Channel("Na", 106.64, "m7 m7 m7 h7 s7"),  # mS/cm2
        Channel("Na", 242.71, "m8 m8 m8 h8 s8 u8"),
        Channel("Na", 0.094779, "m9 h9 s9"),
        Channel("K", 18.002, "n n n n"),
        Channel("K", 6.9733 * 0.25, "ps"),
        Channel("K", 6.9733 * 0.75, "pf"),
        Channel("K", 12.756, "ma ha"),
        Channel("Na", _HCN * 0.5, "cs"),
        Channel("Na", _HCN * 0.5, "cf"),
        Channel("K", _HCN * 0.5, "cs"),
        Channel("K", _HCN * 0.5, "cf"),
        # what cancels the currents of each ion at rest, its pump included
        Channel("Na", 0.02058255),
        Channel("K", 0.04227767),
    ),
    reversal={},  # sodium and potassium follow Nernst, and nothing else leaks
    rest=-55.0,
    resistivity=35.4,  # ohm cm
    accumulation=Accumulation(
        sodium_bath=154.0,  # mM
        potassium_bath=5.6,
        thermal=1e3 * 8.314462618 * (_T + 273.15) / 96485.33212,  # mV
        width=0.029,  # um
        permeability=1e-7,  # m/s
        pump=4.7891,  # uA/cm2
        sodium_gated=0.42,  # mS/cm2
    ),
    ions=(11.4, 154.0, 121.7, 5.6),  # mM
)

TIGERHOLM = SingleCable(
    "tigerholm2014",
    "Tigerholm et al. 2014, C nociceptor with ion accumulation",
    ("tigerholm2014", "pelot2021"),
    MEMBRANE,
    pace=0.6,
)
