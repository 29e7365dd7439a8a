"""P05, P06: for how long an A-beta volley holds down later C and A-beta responses."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.summaries.curves import last_below
from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import evoked_by_test, ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AOnA", "AOnC"]

_REDUCTION = 0.2
"""Reduction of the response that counts, a fraction of 1 (a reading of "lasts", assumed)."""

_FAST = ("seeds=2", "run.duration=4 s", "stimuli[0].count=2", "stimuli[1].count=2")
_BODY = "decerebrate spinal rat, lamina V"
_C = Protocol(
    "a_on_c",
    fast=(*_FAST, "sweep.stimuli[0].onset=[937 ms, 957 ms, 977 ms, 997 ms, 1037 ms]"),
    standard=("seeds=6",),
    controls=False,
)
_A = Protocol(
    "a_on_a",
    fast=(*_FAST, "sweep.stimuli[0].onset=[800 ms, 850 ms, 900 ms, 940 ms, 980 ms]"),
    standard=("seeds=6",),
    controls=False,
)


def _responses(data: "xr.Dataset", fibre_class: str, name: str) -> Arrays:
    """Return conditioned and lone responses and the intervals, shape (seeds, intervals)."""
    conditioned, alone = evoked_by_test(data, fibre_class)
    interval = data["test_interval"].sel(fibre_class=fibre_class, arm="conditioned")
    axis = next(str(d) for d in interval.dims if d != "seed")
    return {
        f"{name}_conditioned": conditioned,
        f"{name}_alone": alone,
        f"{name}_interval": interval.transpose("seed", axis).values.astype(float),
    }


def _window(means: Arrays, name: str) -> "np.ndarray":
    """Return the longest interval with a reduction [s], shape (b,)."""
    interval = means[f"{name}_interval"][0]
    order = np.argsort(interval)
    left = ratio(means[f"{name}_conditioned"], means[f"{name}_alone"])[:, order]
    return last_below(interval[order], left, 1 - _REDUCTION)


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
        "Intervals are between median arrivals at the cord. What the first volley evokes by itself "
        + "is taken off the conditioned response, the background off the lone one.",
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
