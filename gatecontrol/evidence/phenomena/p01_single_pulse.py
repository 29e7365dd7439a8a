"""P01: a single dorsal-column pulse silences the projection neurons, then releases them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Phenomenon, Protocol, Quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["SinglePulse"]


class SinglePulse(Phenomenon):
    """A single dorsal-column pulse silences, then releases the projection neuron."""

    id = "P01"
    title = "A single dorsal-column pulse silences, then releases the projection neuron"
    body = "anaesthetised monkey, spinothalamic cells (4 digitised histograms)"
    protocols = (
        Protocol(
            "single_pulse",
            fast=("seeds=3", "run.duration=22 s", "run.device_off=21.9 s"),
            standard=("seeds=10", "run.duration=52 s", "run.device_off=51.9 s"),
            controls=False,
        ),
    )
    quantities = (
        Quantity("minimum", "lowest rate 4-20 ms after the pulse / rate before it", high=0.25),
        Quantity("half_back", "time until half of the rate is back", 15e-3, 100e-3, "s"),
        Quantity("at_100_ms", "rate 95-105 ms after the pulse / rate before it", 0.4, 1.3),
        Quantity("area", "mean rate 4-100 ms after the pulse / rate before it", 0.0, 0.7),
    )
    discriminates = (
        "a static gain, which has no time course; one exponential inhibition of 10 ms; one of "
        + "50 ms passes, so look at P01 and P02 together"
    )
    strength = "quantitative, digitised from primate recordings"
    references = ("foreman1976", "zhang2014")
    notes = (
        "The first 4 ms, with the burst that the pulse itself evokes, are left out.",
        "The times are those of the mean over all cells, not the median over single cells.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the histogram around the pulses: (seeds, bins), and the middles of its bins."""
        data = runs["single_pulse"].isel(arm=0).sel(epoch="during")
        histogram = data["psth_rate"].transpose("seed", "psth_time").values
        times = np.broadcast_to(data["psth_time"].values, histogram.shape)
        return {"rate": histogram, "time": times}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the quantities from the mean histogram."""
        rate, time = means["rate"], means["time"][0]
        before = rate[:, time < 0].mean(axis=1, keepdims=True)
        relative = np.divide(rate, before, out=np.full(rate.shape, np.nan), where=before > 0)
        early = relative[:, (time > 4e-3) & (time < 20e-3)]
        after = time > 4e-3
        later, when = relative[:, after], time[after]
        lowest = later[:, when < 50e-3].argmin(axis=1)
        back = (later >= 0.5) & (np.arange(when.size) >= lowest[:, None])
        half = np.where(back.any(axis=1), when[back.argmax(axis=1)], np.inf)
        return {
            "minimum": early.min(axis=1),
            "half_back": np.where(np.isnan(relative).any(axis=1), np.nan, half),
            "at_100_ms": relative[:, (time > 95e-3) & (time < 105e-3)].mean(axis=1),
            "area": relative[:, (time > 4e-3) & (time < 100e-3)].mean(axis=1),
        }
