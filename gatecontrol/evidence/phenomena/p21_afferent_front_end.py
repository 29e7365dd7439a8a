"""P21: C fibres encode the rate of a heat ramp, and every class arrives when it should."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["AfferentFrontEnd"]

RISE = 46.0 - 41.5
"""From the mean threshold to the end of the ramp [degC], as in the protocol."""

_VELOCITIES = (
    ("slowest_c", "last", "c", 0.5, 1.2),
    ("fastest_c", "first", "c", 0.5, 1.2),
    ("adelta", "median", "adelta", 8.0, 20.0),
    ("slowest_abeta", "last", "abeta", 26.0, 91.0),
    ("fastest_abeta", "first", "abeta", 26.0, 91.0),
)
"""Name, whose arrival, class, and band [m/s]."""


class AfferentFrontEnd(Phenomenon):
    """C fibres encode the rate of a heat ramp, and every class arrives when it should."""

    id = "P21"
    title = "Afferents: C fibres on heat ramps, and when each class arrives"
    body = "human, microneurography and reaction times"
    protocols = (
        Protocol(
            "heat_ramps",
            fast=(
                "seeds=2",
                "stimuli[0].baseline=40 degC",
                'sweep={zip: {"stimuli[0].rate": [0.3 degC/s, 2 degC/s, 6 degC/s], '
                + "run.duration: [23 s, 6 s, 4 s], "
                + "epochs.during: [[0 s, 23 s], [0 s, 6 s], [0 s, 4 s]]}}",
            ),
            standard=("seeds=10",),
            controls=False,
        ),
        Protocol("skin_volley", fast=("seeds=2",), standard=("seeds=10",), controls=False),
    )
    needs = Needs(classes=("abeta", "adelta", "c"), signals=())
    # +-30 % of 1.22, 4.57 and 13.45 /s
    quantities = (
        Quantity("slow", "rate of C fibres on a ramp of 0.3 degC/s", 0.854, 1.586, "1/s"),
        Quantity("medium", "rate of C fibres on a ramp of 2 degC/s", 3.199, 5.941, "1/s"),
        Quantity("fast", "rate of C fibres on a ramp of 6 degC/s", 9.415, 17.485, "1/s"),
        *(
            Quantity(name, f"velocity by the {which} arrival of {c} spikes", low, high, "m/s")
            for name, which, c, low, high in _VELOCITIES
        ),
    )
    discriminates = "little: the encoder of heat was fitted to these rates; a test of its parts"
    strength = "quantitative, human"
    references = ("yarnitsky1992", "vanhees1981", "plaghki2010", "knibestol1973")
    notes = (
        "It looks at the drive alone; the circuit counts only by the number of its fibres.",
        "The ramps ended at 45 or 47 degC; 46 degC is simulated. The rate is that of all C fibres "
        + "from the mean threshold (41.5 degC) to the end of the ramp.",
        "Velocities are the distance over an arrival: the first and the last where the source "
        + "gives a range of fibres (C, A-beta), the median where it gives one number (A-delta, "
        + "13 m/s).",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return rates (seeds, ramps) and velocities (seeds, quantities)."""
        from gatecontrol.preparations import load_preparation

        heat = runs["heat_ramps"].isel(arm=0).sel(epoch="during", fibre_class="c")
        # of each fibre in the whole run, over the time of the rise
        lasting = (heat["epoch_stop"] - heat["epoch_start"]) * heat["stimuli_0_rate"] / RISE
        rate = (heat["afferent_natural_rate"] * lasting).transpose("seed", "stimuli_0_rate")
        volley = runs["skin_volley"].isel(arm=0)
        way = load_preparation("human").receptor_to_cord.value
        velocity = [
            way / volley[f"afferent_{which}"].sel(fibre_class=fibre_class).values
            for _, which, fibre_class, _, _ in _VELOCITIES
        ]
        return {"rate": rate.values, "velocity": np.stack(velocity, axis=1)}

    def estimate(self, means: Arrays) -> Arrays:
        """Return the means by name."""
        values = np.concatenate([means["rate"], means["velocity"]], axis=1).T
        return dict(zip([q.name for q in self.quantities], values, strict=True))
