"""P05, P06: for how long an A-beta volley holds down later C and A-beta responses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import longest_inhibition, ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AOnA", "AOnC"]

_FAST = ("seeds=5", "run.duration=5.2 s", "stimuli[0].count=3", "stimuli[1].count=3")
_BODY = "decerebrate spinal rat, lamina V"
_C = Protocol("a_on_c", fast=_FAST, standard=("seeds=10",), controls=False)
_A = Protocol("a_on_a", fast=_FAST, standard=("seeds=10",), controls=False)


def _responses(data: "xr.Dataset", fibre_class: str, name: str) -> Arrays:
    """Return conditioned and lone responses and the intervals, shape (seeds, intervals)."""
    spikes = data["test_spikes"].sel(fibre_class=fibre_class)
    axis = next(str(d) for d in spikes.dims if d not in {"arm", "seed"})
    by_arm = {
        a: spikes.sel(arm=a).transpose("seed", axis).values.astype(float)
        for a in ("conditioned", "test_alone", "first_alone")
    }
    interval = data["test_interval"].sel(fibre_class=fibre_class, arm="conditioned")
    return {
        f"{name}_conditioned": by_arm["conditioned"] - by_arm["first_alone"],
        f"{name}_alone": by_arm["test_alone"],
        f"{name}_interval": interval.transpose("seed", axis).values.astype(float),
    }


def _window(means: Arrays, name: str) -> "np.ndarray":
    interval = means[f"{name}_interval"][0]
    order = np.argsort(interval)
    left = ratio(means[f"{name}_conditioned"], means[f"{name}_alone"])[:, order]
    return longest_inhibition(interval[order], left)


class AOnC(Phenomenon):
    """An A volley inhibits C responses for tens of milliseconds."""

    id = "P05"
    title = "An A volley holds down C responses for 40 to 100 ms"
    body = _BODY
    protocols = (_C,)
    needs = Needs(classes=("abeta", "c"))
    quantities = (
        Quantity("window", "longest interval with 20 % less C response", 40e-3, 100e-3, "s"),
    )
    discriminates = "a static gain; time constants below 15 or above 100 ms"
    strength = "quantitative"
    references = ("woolf1982",)
    notes = (
        "Reading of 'lasts 50 to 70 ms': a reduction by 20 % or more, on lines between intervals.",
        "Intervals are between median arrivals at the cord; what the first volley evokes by itself "
        + "is taken off.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses by interval."""
        return _responses(runs["a_on_c"], "c", "c")

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the window."""
        return {"window": _window(means, "c")}


class AOnA(Phenomenon):
    """An A volley inhibits A responses for longer than C responses."""

    id = "P06"
    title = "An A volley holds down A responses for longer than C responses"
    body = _BODY
    protocols = (_C, _A)
    needs = Needs(classes=("abeta", "c"))
    quantities = (
        Quantity("window", "longest interval with 20 % less A response", 80e-3, 160e-3, "s"),
        Quantity("over_a_on_c", "that window / the window of C responses", 1.3, 3.0),
    )
    discriminates = "one exponential inhibition (the ratio is 1)"
    strength = "quantitative"
    references = ("woolf1982",)
    notes = AOnC.notes

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return responses of both classes by interval."""
        return {**_responses(runs["a_on_c"], "c", "c"), **_responses(runs["a_on_a"], "abeta", "a")}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the window and its ratio to that of C responses."""
        a, c = _window(means, "a"), _window(means, "c")
        return {"window": a, "over_a_on_c": ratio(a, np.where(np.isinf(c), np.nan, c))}
