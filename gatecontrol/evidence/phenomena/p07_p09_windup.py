"""P07, P08, P09: wind-up with the rate of C volleys, without NMDA receptors, and of A volleys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.errors import GatecontrolError
from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio, responses

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["NmdaBlock", "NoWindupOfA", "Windup"]

_SHORT = (
    'sweep.zip={"stimuli[0].rate": [0.2 Hz, 0.5 Hz, 1 Hz], "stimuli[0].count": [6, 12, 16], '
    + "run.duration: [28 s, 25 s, 18 s]}"
)
"""Fewer volleys where the rate is low, as they take most of the time."""

_LAST = 3
"""Volleys at the end whose mean is held against the first, as in the band."""


def _ends(spikes: "np.ndarray") -> tuple["np.ndarray", "np.ndarray"]:
    """Return the first response and the mean of the last three along the last axis.

    Trains of fewer volleys end in NaN.
    """
    count = np.isfinite(spikes).sum(axis=-1, keepdims=True)
    if (count <= _LAST).any():
        raise GatecontrolError(
            f"wind-up needs trains of more than {_LAST} volleys with a whole C window; "
            + "set a higher count or a longer run.duration"
        )
    last = np.take_along_axis(spikes, count - 1 - np.arange(_LAST), axis=-1)
    return spikes[..., 0], last.mean(axis=-1)


class Windup(Phenomenon):
    """Wind-up depends on the rate of C volleys."""

    id = "P07"
    title = "Wind-up depends on the rate of C volleys"
    body = "anaesthetised rat, deep dorsal horn"
    protocols = (
        Protocol("windup", fast=("seeds=5", _SHORT), standard=("seeds=10",), controls=False),
    )
    needs = Needs(classes=("c",))
    quantities = (
        Quantity("at_1_hz", "last three of 16 responses / first, 1 Hz", 2.0, 6.0),
        Quantity("at_0_5_hz", "last three of 16 responses / first, 0.5 Hz", 1.2, 3.0),
        Quantity("at_0_2_hz", "last three of 16 responses / first, 0.2 Hz", 0.8, 1.3),
        Quantity("order_high", "1 Hz - 0.5 Hz", low=0.0, rule="direction"),
        Quantity("order_low", "0.5 Hz - 0.2 Hz", low=0.0, rule="direction"),
    )
    discriminates = "a static gain, one exponential inhibition, static synapses"
    strength = "direction from animals, size from a published model"
    references = ("mendell1966", "dickenson1987", "aguiar2010")
    notes = (
        "Spikes later than 90 ms after each stimulus; the background is not taken off.",
        "A depth `fast` gives 6 volleys at 0.2 Hz and 12 at 0.5 Hz.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return first and last responses, shape (seeds, rates), rates ascending."""
        spikes = runs["windup"]["windup_spikes"].isel(arm=0)
        axis = next(str(d) for d in spikes.dims if d not in {"seed", "volley"})
        first, last = _ends(spikes.transpose("seed", axis, "volley").values.astype(float))
        return {"first": first, "last": last}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute growth by rate."""
        slow, middle, fast = ratio(means["last"], means["first"]).T
        return {
            "at_1_hz": fast,
            "at_0_5_hz": middle,
            "at_0_2_hz": slow,
            "order_high": fast - middle,
            "order_low": middle - slow,
        }


class NmdaBlock(Phenomenon):
    """An NMDA block removes the growth, not the first response."""

    id = "P08"
    title = "An NMDA block takes away wind-up, not the first response"
    body = "halothane-anaesthetised rat, deep dorsal horn"
    protocols = (
        Protocol("windup_nmda", fast=("seeds=3",), standard=("seeds=10",), controls=False),
    )
    needs = Needs(classes=("c",), receptors=("nmda",), conditions=("nmda_block",))
    quantities = (
        Quantity("growth_removed", "share of the slope at 1 Hz that the block takes away", low=0.7),
        Quantity("first", "first response with the block / without", 0.75, 1.25),
    )
    discriminates = "models in which NMDA receptors carry the whole C response"
    strength = "direction"
    references = ("dickenson1987",)
    notes = ("The slope is that of a least-squares line through all responses of the train.",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return first responses and slopes per seed of both arms."""
        data = runs["windup_nmda"]
        found = {}
        for arm in ("whole", "nmda_block"):
            of = data.sel(arm=arm)
            found[f"{arm}_first"] = of["windup_spikes"].isel(volley=0).values.astype(float)
            found[f"{arm}_slope"] = of["windup_slope"].values.astype(float)
        return found

    def estimate(self, means: Arrays) -> Arrays:
        """Compute what the block takes away."""
        return {
            "growth_removed": 1 - ratio(means["nmda_block_slope"], means["whole_slope"]),
            "first": ratio(means["nmda_block_first"], means["whole_first"]),
        }


class NoWindupOfA(Phenomenon):
    """A-strength trains do not wind up."""

    id = "P09"
    title = "Volleys at A-beta strength do not wind up"
    body = "cat, spinocervical tract and lamina V"
    protocols = (
        Protocol("abeta_train", fast=("seeds=3",), standard=("seeds=10",), controls=False),
    )
    needs = Needs(classes=("abeta",))
    quantities = (Quantity("at_1_hz", "last three of 16 responses / first, 1 Hz", 0.7, 1.2),)
    discriminates = "models that integrate all spikes"
    strength = "direction"
    references = ("mendell1966",)
    notes = ("Spikes in the A-beta window; simulated in a rat.",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the first response and the mean of the last three."""
        first, last = _ends(responses(runs["abeta_train"].isel(arm=0), "abeta"))
        return {"first": first, "last": last}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute growth."""
        return {"at_1_hz": ratio(means["last"], means["first"])}
