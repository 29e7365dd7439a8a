"""P23: stimulation of the ganglion at 20 Hz stops C spikes and spares A-beta spikes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatecontrol.evidence.base import Arrays, Needs, Phenomenon, Protocol, Quantity
from gatecontrol.evidence.readings import ratio

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["GanglionFilter"]

_CLASSES = ("c", "adelta", "abeta")


class GanglionFilter(Phenomenon):
    """Stimulation of the ganglion at 20 Hz stops C spikes and spares A-beta spikes."""

    id = "P23"
    title = "Ganglion stimulation at 20 Hz stops C spikes and spares A-beta spikes"
    body = "rat, single fibres of dorsal roots"
    protocols = (Protocol("ganglion_filter", fast=("seeds=2",), standard=("seeds=10",)),)
    needs = Needs(classes=_CLASSES, signals=())
    quantities = (
        Quantity("c", "C spikes that arrive, device on / off", high=0.2),
        Quantity("abeta", "A-beta spikes that arrive, device on / off", low=0.9),
        Quantity("adelta", "A-delta spikes that arrive, device on / off", 0.3, 0.9),
    )
    discriminates = "models in which ganglion stimulation acts through the gate alone"
    strength = "quantitative in time, size from an abstract"
    references = ("chao2020", "koetsier2020")
    notes = (
        "Conflict: cable models say that ganglion stimulation drives A-beta fibres and never C "
        + "fibres (graham2019), or filters some C fibres and adds spikes to others (graham2022). "
        + "Scored with the hypothesis of this phenomenon on: T-junction filter `calcium` (6 Hz); "
        + "the A-beta drive is on too. Elsewhere the filter is off.",
        "The current of the recordings is not known to us; 0.19 mA is that of koetsier2020. The "
        + "filter acts on C fibres that the stimulus reaches; those of the cable models need tens "
        + "of times the current of A-beta fibres.",
        "Volleys start on the nerve (site assumed); collision with antidromic spikes counts as "
        + "spikes that do not arrive, as it does in a recording.",
    )

    def collect(self, runs: "Mapping[str, xr.Dataset]") -> Arrays:
        """Return the natural spikes that arrive, device on and off: (seeds, classes)."""
        data = runs["ganglion_filter"].isel(arm=0)
        data = data.sel(epoch="during", fibre_class=list(_CLASSES))
        on, off = (
            data[f"afferent_natural_rate{end}"].transpose("seed", "fibre_class").values
            for end in ("", "_off")
        )
        return {"on": on, "off": off}

    def estimate(self, means: Arrays) -> Arrays:
        """Compute on over off by class."""
        return dict(zip(_CLASSES, ratio(means["on"], means["off"]).T, strict=True))
