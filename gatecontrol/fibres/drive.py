"""What reaches the dorsal horn: spikes per fibre, natural and evoked, merged once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gatecontrol.fibres.population import FibreTable

__all__ = ["DEVICE", "ECTOPIC", "NATURAL", "AfferentDrive"]

NATURAL, ECTOPIC, DEVICE = 0, 1, 2
"""Origins of a spike."""


@dataclass(frozen=True)
class AfferentDrive:
    """Spikes at the dorsal-horn terminals.

    Attributes
    ----------
    fibres : FibreTable
        The fibres that `fibre` indexes.
    fibre : ndarray of int32, shape (m,)
        Row in `fibres`, per spike.
    time : ndarray of float64, shape (m,)
        Arrival at the dorsal-horn terminal [s], ascending.
    origin : ndarray of int8, shape (m,)
        `NATURAL`, `ECTOPIC` or `DEVICE`.
    start : ndarray of float64, shape (m,)
        Where the spike began: signed distance from the terminal [m], positive towards the
        periphery, negative in the dorsal column (central). The initiation time is
        ``time - abs(start) / velocity``.
    recruitment : mapping of str to float
        Share of each fibre class that the device recruits, of the fibres in its reach (those
        elsewhere do not count), per class name; empty without a device.
    report : mapping of str to float
        Dose and safety of the device in SI units: ``amplitude`` [A], ``perception_threshold``
        [A] (NaN if the target has none), ``charge_per_phase`` [C], ``charge_density`` [C/m^2],
        ``shannon_k`` [1], ``power`` [W], ``pulse_rate`` [Hz] and the other numbers of the
        device's safety report; empty without a device.
    warnings : tuple of str
        Doubtful but legal things, kept with the results.
    provenance : mapping of str to str
        Models and assumptions used, for the record; values are short sentences.
    pulses : ndarray of float64, shape (p,)
        When the device gives its pulses [s], ascending, at the electrode; empty without a
        device, or with one that gives none.
    """

    fibres: FibreTable
    fibre: NDArray[np.int32]
    time: NDArray[np.float64]
    origin: NDArray[np.int8]
    start: NDArray[np.float64]
    recruitment: Mapping[str, float] = field(default_factory=dict)
    report: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, str] = field(default_factory=dict)
    pulses: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
