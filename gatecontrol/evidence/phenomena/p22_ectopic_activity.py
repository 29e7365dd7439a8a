"""P22: after nerve injury a few C fibres fire by themselves, slowly."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["EctopicActivity"]


class EctopicActivity(Phenomenon):
    """After nerve injury a few C fibres fire by themselves, slowly."""

    id = "P22"
    title = "After injury a few C fibres fire by themselves"
    body = "rat, cut sural nerve"
    protocols = (
        Protocol(
            "ectopic_activity",
            fast=("seeds=3", "run.duration=30 s", "epochs.during=[0 s, 30 s]"),
            standard=("seeds=10",),
            controls=False,
        ),
    )
    needs = Needs(classes=("c",), signals=(), conditions=("injured",))
    quantities = (
        Quantity("active", "share of C fibres that fire", 0.04, 0.08),
        Quantity("rate", "mean rate of those", 0.15, 0.9, "1/s"),
    )
    discriminates = "an injury that makes all fibres noisier"
    strength = "quantitative"
    references = ("michaelis1995", "bove2010")
    notes = (
        "It looks at the drive of the injured set alone, which was made from the same paper.",
        "A fibre is active if it fires within the time looked at, so slow ones are missed in "
        + "shorter runs.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the share of active C fibres and the rate of all, by seed."""
        data = runs["ectopic_activity"].isel(arm=0).sel(epoch="during", fibre_class="c")
        return {"active": data["afferent_active"].values, "all": data["afferent_natural_rate"]}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute the rate of active fibres from both."""
        return {"active": means["active"], "rate": ratio(means["all"], means["active"])}
