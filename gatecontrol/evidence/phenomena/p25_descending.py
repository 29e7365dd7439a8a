"""P25: descending inhibition comes and goes at once."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Descending"]


_FAST = (
    "seeds=2",
    "stimuli[0].duration=85.9 s",
    "run.duration=86 s",
    "run.device_on=5 s",
    "run.device_off=15 s",
)


class Descending(Phenomenon):
    """Descending inhibition of the response to heat is immediate on and off."""

    id = "P25"
    title = "Descending inhibition comes and goes at once"
    body = "cat, periaqueductal grey, skin at 50 degC"
    protocols = (Protocol("descending_heat", fast=_FAST, standard=("seeds=10",)),)
    needs = Needs(classes=("descending",))
    quantities = (
        Quantity("delay", "switching on to half of the effect", high=1.0, unit="s"),
        Quantity("residual", "inhibition 60 s after the end / at the end", high=0.10),
        Quantity("effect", "inhibition while it is on", low=0.1),
    )
    discriminates = "one slow after-effect for all targets"
    strength = "direction"
    references = ("carstens1980",)
    notes = (
        "A long press stands for skin held at 50 degC; both drive A-delta and C nociceptors "
        + "(assumed).",
        "An effect of at least 10 % is asked for, or there is nothing to time (assumed).",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the courses with stimulation and without, and the times of their bins."""
        data = runs["descending_heat"].isel(arm=0)
        on = data["time_course"].transpose("seed", "time_bin").values.astype(float)
        off = data["time_course_off"].transpose("seed", "time_bin").values.astype(float)
        time = data["time_bin"].values - float(data["device_on"])
        stop = float(data["device_off"] - data["device_on"])
        return {
            "on": on,
            "off": off,
            "time": np.broadcast_to(time, on.shape),
            "stop": np.full(on.shape[0], stop),
        }

    def estimate(self, means: Arrays) -> Arrays:
        """Compute delay and residual."""
        time, stop = means["time"][0], means["stop"][0]
        held = 1 - ratio(means["on"], means["off"])

        def level(rows: "np.ndarray") -> "np.ndarray":
            return 1 - ratio(means["on"][:, rows].sum(axis=1), means["off"][:, rows].sum(axis=1))

        effect = level((time > 1) & (time < stop))
        later = time > 0
        reached = held[:, later] >= 0.5 * effect[:, None]
        delay = np.where(reached.any(axis=1), time[later][reached.argmax(axis=1)], np.inf)
        residual = level((time > stop + 50) & (time < stop + 70))
        return {"delay": delay, "residual": ratio(residual, effect), "effect": effect}
