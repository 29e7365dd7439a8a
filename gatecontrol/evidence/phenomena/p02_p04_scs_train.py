"""P02, P03, P04: what five minutes of 50-Hz SCS leave of the C response, and for how long."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import during_train, ratio, responses

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AfterEffect", "AtThreshold", "TonicSCS"]

FIRST, EVERY = 5.0, 10.0
"""Onset of the first test volley and interval between them in the protocol [s]."""

_TRAIN = Protocol(
    "scs_train",
    fast=(
        "seeds=5",
        "stimuli[0].count=11",
        "run.duration=110 s",
        "run.device_on=2 s",
        "run.device_off=42 s",
    ),
    standard=("seeds=5", "stimuli[0].count=95", "run.duration=960 s"),
)
_DURING = Protocol(
    "scs_during",
    fast=("seeds=5", "run.duration=9 s", "run.device_off=8.9 s", "stimuli[0].count=3"),
    standard=("seeds=5",),
)
_BODY = "anaesthetised rats with nerve injury, wide-dynamic-range neurons"
_NOTES = (
    "The test is a C volley from the skin every ten seconds; spikes in its C window, over those of "
    + "the same volleys with SCS off.",
)


def _pair(data: "xr.Dataset", arm: str) -> Arrays:
    """Return responses with SCS and without, and times of volleys after its end [s]."""
    on = responses(data, arm=arm)
    off = data["window_spikes_off"].sel(window="c", arm=arm).transpose("seed", "volley").values
    time = FIRST + EVERY * np.arange(on.shape[1]) - float(data["device_off"].sel(arm=arm))
    return {"on": on, "off": off.astype(float), "time": np.broadcast_to(time, on.shape)}


def _after(means: Arrays, stop: float) -> "np.ndarray":
    """Return the ratio of the responses from the end of SCS to `stop` [s] after it."""
    time = means["time"][0]
    rows = (time > 0) & (time < stop)
    return ratio(means["on"][:, rows].sum(axis=1), means["off"][:, rows].sum(axis=1))


class TonicSCS(Phenomenon):
    """Tonic 50-Hz SCS depresses but does not abolish the evoked C response."""

    id = "P02"
    title = "50-Hz SCS depresses, but does not abolish, the evoked C response"
    minutes = True
    body = _BODY
    protocols = (_TRAIN, _DURING)
    needs = Needs(classes=("abeta", "c"))
    quantities = (
        Quantity("after", "C response in the 15 min after SCS / without SCS", 0.50, 0.91),
        Quantity("during", "C response during SCS / without SCS", low=0.20),
    )
    discriminates = "one exponential inhibition that fits P01 (it takes off 85 to 100 %)"
    strength = "quantitative, three preparations pooled"
    references = ("shechter2013", "qin2007")
    notes = (
        *_NOTES,
        "What SCS evokes by itself in the window is taken off during SCS.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses after SCS by volley, and means during SCS."""
        on, off = during_train(runs["scs_during"])
        return {**_pair(runs["scs_train"], "ab1"), "during_on": on, "during_off": off}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute both ratios."""
        return {
            "after": _after(means, 900.0),
            "during": ratio(means["during_on"], means["during_off"]),
        }


class AtThreshold(Phenomenon):
    """The effect of SCS vanishes at A-beta threshold."""

    id = "P03"
    title = "The effect of SCS vanishes at A-beta threshold"
    minutes = True
    body = _BODY
    protocols = (_TRAIN,)
    needs = Needs(classes=("abeta", "c"))
    quantities = (
        Quantity(
            "after", "C response in the 15 min after SCS / without SCS", 0.9, 1.1, rule="null"
        ),
    )
    discriminates = "models in which pulses count and not recruited fibres"
    strength = "direction, a null"
    references = ("yang2015",)
    notes = (*_NOTES, "At threshold: 5 % of A-beta fibres recruited (2 to 10 % in the recordings).")

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses after SCS by volley."""
        return _pair(runs["scs_train"], "ab0")

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the ratio."""
        return {"after": _after(means, 900.0)}


class AfterEffect(Phenomenon):
    """The after-effect of SCS lasts minutes."""

    id = "P04"
    title = "The after-effect of SCS lasts minutes"
    minutes = True
    body = _BODY
    protocols = (_TRAIN,)
    needs = Needs(classes=("abeta", "c"))
    quantities = (
        Quantity(
            "duration",
            "time until inhibition is below a quarter of what it was at the end of SCS",
            300.0,
            900.0,
            "s",
        ),
        Quantity("at_offset", "inhibition in the first minute after SCS", low=0.05),
    )
    discriminates = "a static gain, and every model without a state that lasts minutes"
    strength = "quantitative"
    references = ("qin2007",)
    notes = (
        *_NOTES,
        "Inhibition is read from an exponential decay fitted to the course after SCS, and the time "
        + "from its time constant; that the course is exponential is assumed.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses after SCS by volley."""
        return _pair(runs["scs_train"], "ab1")

    def estimate(self, means: Arrays) -> Arrays:
        """Fit a line to the logarithm of inhibition, in blocks of a minute, weighted by it."""
        time = means["time"][0]
        blocks = [(time > m) & (time < m + 60) for m in range(0, 1140, 60)]
        blocks = [rows for rows in blocks if rows.any()]
        left = np.stack(
            [ratio(means["on"][:, b].sum(axis=1), means["off"][:, b].sum(axis=1)) for b in blocks],
            axis=1,
        )
        held = np.clip(1 - left, 1e-3, None)
        middle = np.array([time[b].mean() for b in blocks])
        weight = held**2  # the error of a logarithm is that of the number over the number
        mean = (weight * middle).sum(axis=1) / weight.sum(axis=1)
        level = (weight * np.log(held)).sum(axis=1) / weight.sum(axis=1)
        away = middle - mean[:, None]
        slope = ratio(
            (weight * away * (np.log(held) - level[:, None])).sum(axis=1),
            (weight * away**2).sum(axis=1),
        )
        duration = np.where(slope < 0, np.log(4) / np.clip(-slope, 1e-6, None), np.inf)
        return {"duration": duration, "at_offset": 1 - left[:, 0]}
