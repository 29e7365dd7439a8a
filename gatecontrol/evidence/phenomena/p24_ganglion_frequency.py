"""P24: the strongest effect of ganglion stimulation does not depend on its frequency."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["GanglionFrequency"]

FIRST, PERIOD = 5.0, 10.0
"""First test volley and time between volleys [s], as in the protocol."""
RESPONSE, BEFORE = (0.1, 0.6), (-2.0, 0.0)
"""C-evoked spikes of a rat, and background: from the volley at the skin [s]."""
BLOCK = 6
"""Tests in a block of a minute."""


class GanglionFrequency(Phenomenon):
    """The strongest effect of ganglion stimulation does not depend on its frequency."""

    id = "P24"
    title = "The peak effect of ganglion stimulation is the same at 1, 20 and 1000 Hz"
    minutes = True
    body = "diabetic rat, withdrawal from touch"
    protocols = (
        Protocol(
            "ganglion_frequency",
            fast=(
                "seeds=5",
                "stimuli[0].count=1",
                "run.duration=6 s",
                "run.device_on=0.5 s",
                "run.device_off=5.9 s",
            ),
            standard=(
                "seeds=5",
                "stimuli[0].count=7",
                "run.duration=72 s",
                "run.device_off=71 s",
            ),
        ),
    )
    quantities = (
        Quantity(
            "spread",
            "largest - smallest of the peak inhibitions at 1, 20 and 1000 Hz",
            0.0,
            0.15,
            rule="null",
        ),
    )
    discriminates = "the frequency curve of spinal cord stimulation, used again for the ganglion"
    strength = "null (p = 0.24, n = 10)"
    references = ("koetsier2020",)
    notes = (
        "Withdrawal is read as the C-evoked answer of an injured cord; spikes in the 2 s before "
        + "each test are taken off as background. The peak is that of blocks of a minute.",
        "Two minutes are simulated and not half an hour, so that what builds up more slowly is "
        + "missed: half an hour at 1000 Hz takes more memory than there is.",
        "The current is that of the study; the T-junction filter is off, the A-beta drive on.",
        "The largest of three noisy numbers less the smallest is never negative, so that noise "
        + "counts against the phenomenon.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return C-evoked spikes per test, device on and off: (seeds, frequencies, tests)."""
        data = runs["ganglion_frequency"].isel(arm=0)
        switched = [float(data[name].values.flat[0]) for name in ("device_on", "device_off")]
        time = data["time_bin"].values
        tests = np.arange(FIRST, time[-1] - RESPONSE[1], PERIOD)
        tests = tests[(tests >= switched[0]) & (tests + RESPONSE[1] <= switched[1])]
        dims = ("seed", "device_frequency", "time_bin")
        return {
            end: evoked(time, data[f"time_course{suffix}"].transpose(*dims).values, tests)
            for end, suffix in (("on", ""), ("off", "_off"))
        }

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the peak of the blocks by frequency, and how far they are apart."""
        count = means["on"].shape[-1]
        edges = np.linspace(0, count, max(1, count // BLOCK) + 1).astype(int)[:-1]
        on, off = (np.add.reduceat(means[end], edges, axis=-1) for end in ("on", "off"))
        peak = (1.0 - ratio(on, off)).max(axis=-1)
        return {"spread": peak.max(axis=-1) - peak.min(axis=-1)}


def evoked(time: np.ndarray, rate: np.ndarray, tests: np.ndarray) -> np.ndarray:
    """Return the spikes per cell that each test evokes, without the background before it.

    Parameters
    ----------
    time : ndarray, shape (bins,)
        Middles of the bins [s].
    rate : ndarray, shape (..., bins)
        [spikes/s] per cell.
    tests : ndarray, shape (n,)
        [s].

    Returns
    -------
    ndarray, shape (..., n)
    """
    after = time[:, None] - tests
    inside, before = (
        ((after > start) & (after < stop)).astype(float) for start, stop in (RESPONSE, BEFORE)
    )
    mean = [rate @ (one / np.maximum(one.sum(axis=0), 1)) for one in (inside, before)]
    return (mean[0] - mean[1]) * (RESPONSE[1] - RESPONSE[0])
