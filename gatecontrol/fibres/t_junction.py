"""The T-junction of a C neuron in its ganglion, as a branching cable and as a cheap rule.

The cell of Sundt, Gamper and Jaffe 2015 [sundt2015], doi:10.1152/jn.00226.2015: a peripheral axon
of 0.8 um and a central one of 0.4 um, and at their meeting a stem of 1.4 um to a soma of 25 um.
Their axon's membrane is used throughout (`gatecontrol.fibres.sundt2015`). The paper reports that
this membrane follows up to 110 Hz at the junction, 30 Hz once M-channels are added and 6 Hz once
a calcium-dependent potassium current is.

The rule: a spike from the periphery does not go on to the cord within a dead time of the last
spike that did; a spike evoked in the ganglion has a shorter one. For this membrane both are
measured on the cable by `measure`; for the two others they are the periods of the paper's
following rates, alike for both kinds of spikes (assumed), and not solved here. Against the cable
with random trains of 10-100 Hz, alone and with the soma driven at 5-100 Hz, the number of spikes
in the central axon is off by 0.7 of 36 on average and by 5 at worst.

What it says of the filtering hypothesis: in this membrane the soma's own spikes reach the cord up
to 200 Hz, so driving C somata adds more C spikes than the junction takes away; only a slow
potassium current, as of the last variant, makes the junction a filter at rates of stimulation.

Does not claim: which of the three a given nociceptor is; block that builds up over seconds of
stimulation, as recorded [chao2020]; that antidromic spikes never pass (in this membrane they do
not, for the step in diameter and the load of the stem; a stem of 0.4 um lets them pass, and in
other membranes they do, if not as fast as orthodromic ones [graham2022]). What waves do to each
other along the peripheral fibre is left to `gatecontrol.fibres.collision`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError, did_you_mean
from gatecontrol.fibres.single_cable import Cable, Membrane
from gatecontrol.fibres.sundt2015 import MEMBRANE

__all__ = [
    "PUBLISHED_RATES",
    "SITES",
    "CNeuron",
    "DeadTimes",
    "dead_times",
    "highest_rate",
    "measure",
    "passes",
    "shortest_interval",
]

PERIPHERAL, CENTRAL, STEM, SOMA = 0.8e-6, 0.4e-6, 1.4e-6, 25e-6
"""Diameters [m] [sundt2015]."""

ARM = 5e-3
"""Length of the peripheral and the central axon [m] [sundt2015]."""

STEM_LENGTH, SOMA_LENGTH = 75e-6, 25e-6
"""[m] (assumed)."""

SITES = ("peripheral", "junction", "soma", "central")
"""Where spikes are seen, and all but the junction started: the axons' far ends and the soma."""

PUBLISHED_RATES = {"m_channels": 30.0, "calcium": 6.0}
"""Following rates [Hz] of membranes with further potassium currents [sundt2015]."""

_FINE, _COARSE, _NEAR = 5e-6, 25e-6, 100e-6  # m: compartments near the junction, beyond, and where
_PULSE = {"peripheral": 0.4e-9, "central": 0.4e-9, "soma": 2e-9}  # A, well above threshold
_WIDTH = 0.5e-3  # s (assumed)
_DT = 20e-6  # s
_TRAIN = 20  # spikes of a train that must all pass


class CNeuron:
    """A pseudo-unipolar neuron at rest.

    Parameters
    ----------
    membrane : Membrane, optional
        Of all its parts.
    arm : float, optional
        Length of each axon [m].
    stem : float, optional
        Diameter of the stem [m].

    Attributes
    ----------
    cable : Cable
    sites : mapping of str to int
        Compartments by name, as `SITES`.
    """

    def __init__(self, membrane: Membrane = MEMBRANE, arm: float = ARM, stem: float = STEM) -> None:
        near, far = round(_NEAR / _FINE), round((arm - _NEAR) / _COARSE)
        axon = np.r_[np.full(near, _FINE), np.full(far, _COARSE)]
        pieces = round(STEM_LENGTH / _FINE)
        branches = [
            (np.full(axon.size, PERIPHERAL), axon),
            (np.full(axon.size, CENTRAL), axon),
            (np.r_[np.full(pieces, stem), SOMA], np.r_[np.full(pieces, _FINE), SOMA_LENGTH]),
        ]
        # The junction comes first, and every branch begins at it.
        diameter, length, parent = [np.array([PERIPHERAL])], [np.array([_FINE])], [np.zeros(1)]
        ends, count = [], 1
        for width, long in branches:
            diameter.append(width)
            length.append(long)
            parent.append(np.r_[0, count + np.arange(width.size - 1)])
            count += width.size
            ends.append(count - 1)
        self.cable = Cable(membrane, *map(np.concatenate, (diameter, length, parent)))
        self.sites = {"peripheral": ends[0], "junction": 0, "soma": ends[2], "central": ends[1]}

    def respond(
        self, starts: Mapping[str, ArrayLike], duration: float
    ) -> Mapping[str, NDArray[np.float64]]:
        """Return the spikes at every site.

        Parameters
        ----------
        starts : mapping of str to array_like of float
            Times [s] of suprathreshold pulses of current into sites.
        duration : float
            Simulated time [s].
        """
        drive = np.concatenate([
            _PULSE[site] * self.cable.from_electrode(self.sites[site]) for site in starts
        ])
        first, level = _levels(list(starts.values()))
        spikes, _ = self.cable.advance(
            self.cable.at_rest(),
            drive,
            first,
            level,
            round(duration / _DT),
            1e3 * _DT,
            [self.sites[site] for site in SITES],
        )
        return {site: 1e-3 * times for site, times in zip(SITES, spikes, strict=True)}


def _levels(starts: list[ArrayLike]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the steps at which pulses begin or end, and which sites have one from there on."""
    width = round(_WIDTH / _DT)
    begins = [np.rint(np.asarray(times, float) / _DT).astype(np.int64) for times in starts]
    first = np.unique(np.concatenate([[0], *begins, *(b + width for b in begins)]))
    level = np.zeros((first.size, len(starts)))
    for site, begin in enumerate(begins):
        for step in begin:
            level[(first >= step) & (first < step + width), site] = 1.0
    return first, level


def highest_rate(neuron: CNeuron, start: str, end: str, rates: ArrayLike) -> float:
    """Return the highest rate [Hz] up to which every spike of a train passes and none is added.

    Parameters
    ----------
    neuron : CNeuron
    start, end : str
        Of `SITES`.
    rates : array_like of float
        Tried in their order [Hz] until a spike fails.
    """
    found = 0.0
    for rate in np.asarray(rates, float):
        times = np.arange(_TRAIN) / rate
        if neuron.respond({start: times}, times[-1] + 50e-3)[end].size != _TRAIN:
            break
        found = float(rate)
    return found


def shortest_interval(neuron: CNeuron, start: str) -> float:
    """Return the shortest interval [s] after which a second spike reaches the central end too.

    Parameters
    ----------
    neuron : CNeuron
    start : str
        Of `SITES`.
    """
    low, high = 1e-3, 20e-3
    while high - low > 0.1e-3:
        middle = (low + high) / 2
        spikes = neuron.respond({start: [0.0, middle]}, middle + 50e-3)["central"]
        low, high = (low, middle) if spikes.size == 2 else (middle, high)
    return high


def measure() -> dict[str, Any]:
    """Return what the cable says of the junction; as in ``t_junction.json``.

    Returns
    -------
    dict
        ``natural``, ``evoked``: dead times [s] of spikes from the periphery and of the soma;
        ``orthodromic``, ``antidromic``, ``soma``: highest rates [Hz], up to 200, at which all
        spikes of a train from the periphery reach the central end, from there the peripheral
        one, and from the soma the central one.
    """
    neuron = CNeuron()
    rates = np.r_[10:50:10, 50:205:5]
    return {
        "natural": round(shortest_interval(neuron, "peripheral"), 6),
        "evoked": round(shortest_interval(neuron, "soma"), 6),
        "orthodromic": highest_rate(neuron, "peripheral", "central", rates),
        "antidromic": highest_rate(neuron, "central", "peripheral", rates),
        "soma": highest_rate(neuron, "soma", "central", rates),
        "made_by": "python benchmarks/t_junction.py",
    }


@dataclass(frozen=True)
class DeadTimes:
    """The rule's numbers.

    Attributes
    ----------
    natural, evoked : float
        After a spike that went on to the cord, none from the periphery and none evoked in the
        ganglion does for so long [s].
    """

    natural: float
    evoked: float


@cache
def dead_times(membrane: str = "sundt2015") -> DeadTimes:
    """Return the dead times of a junction.

    Parameters
    ----------
    membrane : str, optional
        ``"sundt2015"`` (solved), or one of `PUBLISHED_RATES`.
    """
    known = ("sundt2015", *PUBLISHED_RATES)
    if membrane not in known:
        raise GatecontrolError(
            f"no T-junction is known of the membrane {membrane!r}.{did_you_mean(membrane, known)} "
            + f"Membranes: {', '.join(known)}"
        )
    if membrane in PUBLISHED_RATES:
        period = 1 / PUBLISHED_RATES[membrane]
        return DeadTimes(period, period)
    shipped = json.loads(Path(__file__).with_name("t_junction.json").read_text(encoding="utf-8"))
    return DeadTimes(shipped["natural"], shipped["evoked"])


def passes(times: ArrayLike, evoked: ArrayLike, dead: DeadTimes) -> NDArray[np.bool_]:
    """Return which spikes of one C fibre go on to the cord.

    Parameters
    ----------
    times : array_like of float, shape (n,)
        When spikes reach the junction or are evoked in the ganglion [s], ascending.
    evoked : array_like of bool, shape (n,)
        Which of them are evoked in the ganglion.
    dead : DeadTimes
        As of `dead_times`.
    """
    # a period of exactly the dead time follows, to rounding
    wait = np.where(evoked, dead.evoked, dead.natural) * (1 - 1e-9)
    passed = np.zeros(wait.size, bool)
    last = -np.inf
    for k, time in enumerate(np.asarray(times, float)):
        if time - last >= wait[k]:
            passed[k], last = True, time
    return passed
