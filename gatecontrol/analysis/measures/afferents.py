"""What arrives at the dorsal horn that no device evoked."""

import math
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Measure, Variable
from gatecontrol.analysis.measures.times import onsets, per_epoch
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.fibres.classes import INPUT_CLASSES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["Afferents"]

_ARRIVALS = {"afferent_first": 0.0, "afferent_median": 0.5, "afferent_last": 1.0}


class Afferents(Measure):
    """Natural and ectopic spikes that arrive at the dorsal horn, by class of fibre.

    Spikes that the device evokes do not count, and natural ones that it stops are missing: on
    over off is the share that passes a stimulated nerve or ganglion. A fibre is active in an
    epoch if one such spike of it arrives there. First, median and last arrivals are those of
    natural spikes in the whole run, from the onset of the first stimulus at the skin or nerve;
    spikes that a stimulus for ongoing activity makes are among them.
    """

    name = "afferents"
    variables = (
        Variable(
            "afferent_natural_rate",
            ("fibre_class", "epoch"),
            "spikes/s",
            "Natural and ectopic spikes per fibre arriving at the dorsal horn",
        ),
        Variable(
            "afferent_active",
            ("fibre_class", "epoch"),
            "1",
            "Share of the fibres with a natural or ectopic spike",
        ),
        Variable(
            "afferent_active_rate",
            ("fibre_class", "epoch"),
            "spikes/s",
            "Natural and ectopic spikes per active fibre arriving at the dorsal horn",
        ),
        Variable("afferent_first", ("fibre_class",), "s", "First arrival after the first stimulus"),
        Variable(
            "afferent_median", ("fibre_class",), "s", "Median arrival after the first stimulus"
        ),
        Variable("afferent_last", ("fibre_class",), "s", "Last arrival after the first stimulus"),
    )
    references = ()

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return rates [spikes/s], shares [1] and arrivals [s] by class of fibre."""
        import numpy as np

        from gatecontrol.fibres.drive import DEVICE, NATURAL

        drive = context.drive
        classes = drive.fibres.fibre_class
        spared = drive.origin != DEVICE
        start = min(onsets(context), default=math.nan)
        found: dict[str, dict[str, Any]] = {v.name: {} for v in self.variables}
        none, silent, unheard = [], [], []
        for name in INPUT_CLASSES:
            size = int((classes == name).sum())
            mine = spared & (classes[drive.fibre] == name)
            rates = per_epoch(context, drive.time[mine], size)
            active = _active(context, drive.time[mine], drive.fibre[mine])
            shares = [n / size if size else math.nan for n in active]
            found["afferent_natural_rate"][name] = rates
            found["afferent_active"][name] = shares
            found["afferent_active_rate"][name] = [
                rate / share if share > 0 else math.nan
                for rate, share in zip(rates, shares, strict=True)
            ]
            arrivals = drive.time[mine & (drive.origin == NATURAL)] - start
            arrivals = arrivals[arrivals >= 0]
            for which, share in _ARRIVALS.items():
                there = arrivals.size > 0
                found[which][name] = float(np.quantile(arrivals, share)) if there else math.nan
            if not size:
                none.append(f"{name}: the circuit has no such fibres")
            elif not arrivals.size:
                unheard.append(f"{name}: no natural spike arrives")
            if size and not all(active):
                silent.append(f"{name}: no fibre is active in an epoch")
        epochs = [context.epochs.get(name) is not None for name in EPOCHS]

        def told(*more: str) -> list[str]:
            return ["; ".join((*none, *more)) if one else "no such epoch" for one in epochs]

        whole = "no stimulus evokes anything" if math.isnan(start) else "; ".join(none + unheard)
        return {
            **found,
            "afferent_natural_rate_status": told(),
            "afferent_active_status": told(),
            "afferent_active_rate_status": told(*silent),
            **{f"{which}_status": whole for which in _ARRIVALS},
        }


def _active(
    context: "TrialContext", time: "NDArray[np.float64]", fibre: "NDArray[np.int32]"
) -> list[float]:
    """Return how many fibres fire in each epoch, NaN where there is none."""
    import numpy as np

    counts = []
    for name in EPOCHS:
        window = context.epochs.get(name)
        if window is None:
            counts.append(math.nan)
            continue
        inside = (time >= window[0]) & (time < window[1])
        counts.append(float(np.unique(fibre[inside]).size))
    return counts
