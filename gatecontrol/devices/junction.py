"""What is left of C traffic that shares its T-junction with spikes evoked in the ganglion."""

from dataclasses import replace

import numpy as np

from gatecontrol.fibres.drive import DEVICE, AfferentDrive
from gatecontrol.fibres.t_junction import dead_times, passes

__all__ = ["filtered"]


def filtered(merged: AfferentDrive, membrane: str) -> AfferentDrive:
    """Return a drive without the C spikes that evoked ones keep from passing the junction.

    Natural spikes that the junction would stop without stimulation as well stay in: their
    filtering is the stimulus', the same for an arm and its control.

    Parameters
    ----------
    merged : AfferentDrive
        Natural and device spikes.
    membrane : str
        See `gatecontrol.fibres.t_junction.dead_times`.
    """
    dead = dead_times(membrane)
    fibres = merged.fibres
    kept = np.ones(merged.time.size, bool)
    c = fibres.fibre_class[merged.fibre] == "c"
    evoked = merged.origin == DEVICE
    for row in np.unique(merged.fibre[c & evoked]):
        mine = np.flatnonzero(merged.fibre == row)  # of one fibre: in the order of the junction
        own = ~evoked[mine]
        together = passes(merged.time[mine], evoked[mine], dead)
        alone = np.zeros(mine.size, bool)
        alone[own] = passes(merged.time[mine[own]], np.zeros(own.sum(), bool), dead)
        kept[mine] = together | (own & ~alone)
    lost = ~kept & ~evoked
    note = (
        f"dead time of {dead.natural * 1e3:.3g} ms ({membrane}): stopped {lost.sum()} of "
        + f"{(c & ~evoked).sum()} natural and {(~kept & evoked).sum()} of {(c & evoked).sum()} "
        + "evoked C spikes"
    )
    return replace(
        merged,
        fibre=merged.fibre[kept],
        time=merged.time[kept],
        origin=merged.origin[kept],
        start=merged.start[kept],
        provenance={**merged.provenance, "T-junction filter": note},
    )
