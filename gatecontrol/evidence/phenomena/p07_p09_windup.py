"""P07, P08, P09: wind-up with the rate of C volleys, without NMDA receptors, and of A volleys."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio, responses

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["NmdaBlock", "NoWindupOfA", "Windup"]

_WINDUP = Protocol("windup", fast=("seeds=5",), standard=("seeds=10",), controls=False)


def _course(data: "xr.Dataset", arm: str) -> "np.ndarray":
    """Return spikes per cell, shape (seeds, rates, volleys), rates ascending."""
    spikes = data["windup_spikes"].sel(arm=arm)
    axis = next(str(d) for d in spikes.dims if d not in {"arm", "seed", "volley"})
    return spikes.sortby(axis).transpose("seed", axis, "volley").values.astype(float)


def _growth(course: "np.ndarray") -> "np.ndarray":
    """Return the mean of the last three over the first along the last axis."""
    return ratio(course[..., -3:].mean(axis=-1), course[..., 0])


class Windup(Phenomenon):
    """Wind-up depends on the rate of C volleys."""

    id = "P07"
    title = "Wind-up depends on the rate of C volleys"
    body = "anaesthetised rat, deep dorsal horn"
    protocols = (_WINDUP,)
    needs = Needs(classes=("adelta", "c"), conditions=("nmda_block",))
    quantities = (
        Quantity("at_1_hz", "last three of 16 responses / first, 1 Hz", 2.0, 6.0),
        Quantity("at_0_5_hz", "last three of 16 responses / first, 0.5 Hz", 1.2, 3.0),
        Quantity("at_0_2_hz", "last three of 16 responses / first, 0.2 Hz", 0.8, 1.3),
        Quantity("order_high", "1 Hz - 0.5 Hz", low=0.0, rule="direction"),
        Quantity("order_low", "0.5 Hz - 0.2 Hz", low=0.0, rule="direction"),
    )
    discriminates = "a static gain, one exponential inhibition, static synapses"
    strength = "direction from animals, size from a published model"
    references = ("dickenson1987", "aguiar2010")
    notes = ("Spikes later than 90 ms after each stimulus; the background is not taken off.",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the courses by rate."""
        return {"spikes": _course(runs["windup"], "c_strength")}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute growth by rate."""
        slow, middle, fast = _growth(means["spikes"]).T
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
    protocols = (_WINDUP,)
    needs = Needs(classes=("adelta", "c"), receptors=("nmda",), conditions=("nmda_block",))
    quantities = (
        Quantity(
            "growth_removed", "share of the growth at 1 Hz that the block takes away", low=0.7
        ),
        Quantity("first", "first response with the block / without", 0.75, 1.25),
    )
    discriminates = "models in which NMDA receptors carry the whole C response"
    strength = "direction"
    references = ("dickenson1987",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return both courses at 1 Hz."""
        data = runs["windup"]
        return {
            "whole": _course(data, "c_strength")[:, -1],
            "blocked": _course(data, "nmda_block")[:, -1],
        }

    def estimate(self, means: Arrays) -> Arrays:
        """Compute what the block takes away."""
        grown = {k: v[:, -3:].mean(axis=1) - v[:, 0] for k, v in means.items()}
        return {
            "growth_removed": 1 - ratio(grown["blocked"], grown["whole"]),
            "first": ratio(means["blocked"][:, 0], means["whole"][:, 0]),
        }


class NoWindupOfA(Phenomenon):
    """A-strength trains do not wind up."""

    id = "P09"
    title = "Volleys at A-beta strength do not wind up"
    body = "cat, spinocervical tract and lamina V"
    protocols = (
        Protocol("abeta_train", fast=("seeds=5",), standard=("seeds=10",), controls=False),
    )
    needs = Needs(classes=("abeta",))
    quantities = (Quantity("at_1_hz", "last three of 16 responses / first, 1 Hz", 0.7, 1.2),)
    discriminates = "models that integrate all spikes"
    strength = "direction"
    references = ("mendell1966",)
    notes = ("Spikes in the A-beta window; simulated in a rat.",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the course."""
        return {"spikes": responses(runs["abeta_train"].isel(arm=0), "abeta")}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute growth."""
        return {"at_1_hz": _growth(means["spikes"])}
