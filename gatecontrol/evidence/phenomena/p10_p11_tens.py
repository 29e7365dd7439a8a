"""P10, P11: TENS holds down most cells, and only while it is on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["TensOnly", "TensSpread"]

_CHANGE = 0.2
"""Change of a cell's rate that counts (assumed, as in the band)."""
_LEAST = 0.5
"""Least rate of a cell without TENS that is looked at [spikes/s] (assumed)."""


class TensSpread(Phenomenon):
    """TENS acts differently on different cells."""

    id = "P10"
    title = "TENS lowers the rate of most cells, not of all"
    body = "chloralose-anaesthetised cat, 83 dorsal-horn cells"
    protocols = (
        Protocol(
            "tens",
            fast=(
                "seeds=3",
                "run.duration=12 s",
                "run.device_off=11.9 s",
                "stimuli[0].duration=11.9 s",
            ),
            standard=("seeds=10",),
        ),
    )
    needs = Needs(classes=("abeta",))
    quantities = (
        Quantity("decreased", "share of cells that fall by more than 20 %", 0.50, 0.80),
        Quantity("unaffected", "share of cells that change by less", 0.15, 0.45),
        Quantity("increased", "share of cells that rise by more than 20 %", 0.0, 0.15),
    )
    discriminates = "a homogeneous network"
    strength = "quantitative, 83 cells"
    references = ("garrison1994",)
    notes = ("Cells with less than 0.5 spikes/s without TENS are left out (assumed).",)

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return how many cells fall, stay and rise, by seed."""
        data = runs["tens"].isel(arm=0).sel(epoch="during")
        on = data["cell_rate"].transpose("seed", "cell").values
        off = data["cell_rate_off"].transpose("seed", "cell").values
        change = np.where(off >= _LEAST, ratio(on, off) - 1, np.nan)
        return {
            "down": (change < -_CHANGE).sum(axis=1).astype(float),
            "same": (np.abs(change) <= _CHANGE).sum(axis=1).astype(float),
            "up": (change > _CHANGE).sum(axis=1).astype(float),
        }

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the shares."""
        cells = means["down"] + means["same"] + means["up"]
        return {
            "decreased": ratio(means["down"], cells),
            "unaffected": ratio(means["same"], cells),
            "increased": ratio(means["up"], cells),
        }


class TensOnly(Phenomenon):
    """TENS in a spinal animal works while it is on, and leaves nothing."""

    id = "P11"
    title = "Without descending fibres TENS works, and only while it is on"
    minutes = True
    body = "spinal cat"
    protocols = (
        Protocol(
            "tens_spinal",
            fast=(
                "seeds=5",
                "run.duration=82 s",
                "run.device_on=1 s",
                "run.device_off=7 s",
                "stimuli[0].count=8",
            ),
            standard=(
                "seeds=5",
                "run.duration=660 s",
                "run.device_off=360 s",
                "stimuli[0].count=65",
            ),
        ),
    )
    needs = Needs(classes=("abeta", "adelta", "c"))
    quantities = (
        Quantity("during", "evoked spikes during TENS / without TENS", high=0.8),
        Quantity("after", "evoked spikes 1-5 min after TENS / without", 0.9, 1.1, rule="null"),
    )
    discriminates = "one slow after-effect for all targets"
    strength = "direction"
    references = ("garrison1996",)
    notes = (
        "Evoked activity is that after an A-delta and C volley from the skin every ten seconds.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return evoked spikes by volley, and which volleys are during and after."""
        data = runs["tens_spinal"].isel(arm=0)
        windows = ["adelta", "c"]
        pair = {
            key: data[name].sel(window=windows).sum("window").transpose("seed", "volley").values
            for key, name in (("on", "window_spikes"), ("off", "window_spikes_off"))
        }
        time = 5.0 + 10.0 * np.arange(pair["on"].shape[1])
        start, stop = float(data["device_on"]), float(data["device_off"])
        during = ((time > start) & (time < stop)).astype(float)
        after = ((time > stop + 60) & (time < stop + 300)).astype(float)
        return {
            f"{key}_{name}": values @ rows
            for key, values in pair.items()
            for name, rows in (("during", during), ("after", after))
        }

    def estimate(self, means: Arrays) -> Arrays:
        """Compute both ratios."""
        return {
            name: ratio(means[f"on_{name}"], means[f"off_{name}"]) for name in ("during", "after")
        }
