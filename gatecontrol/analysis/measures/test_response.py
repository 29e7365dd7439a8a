"""Response to a test volley that follows a conditioning A volley."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.base import Measure, Variable
from gatecontrol.analysis.measures.times import SETTLED, SIGNAL, baseline_of, cells_of
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["VolleyTest"]

_NEEDS = "a 'volley' stimulus as the test, the last in the list"


class VolleyTest(Measure):
    """Spikes of the projection neurons after a test volley, by class of its fibres.

    The last ``volley`` in the list of stimuli is the test; an earlier ``volley`` that excites
    A-beta fibres conditions it, or else the A-beta spikes that the device evokes. The spikes
    of a class are those from its first arrival at the dorsal horn to 0.1 s after its last
    (assumed, as in the window of a volley), not beyond the first arrival of the next slower
    class of the test or of the next test. The interval is from the median arrival of A-beta
    fibres of the conditioning volley (the device's last A-beta spike before) to the median
    arrival of the class. The background is counted before the first stimulus and the device.
    """

    name = "test_response"
    parameters = (SIGNAL, SETTLED)
    variables = (
        Variable("test_spikes", ("fibre_class",), "1", "Spikes per cell after a test volley"),
        Variable(
            "test_background", ("fibre_class",), "1", "Background spikes per cell in that window"
        ),
        Variable(
            "test_interval", ("fibre_class",), "s", "From the conditioning to the test volley"
        ),
    )
    references = ("woolf1982",)
    tail = 0.1

    def lacks(self, stimuli: Sequence[Mapping[str, Any]]) -> str:
        """Return that there is no test volley, if so."""
        return "" if any(s["kind"] == "volley" for s in stimuli) else _NEEDS

    def trial(self, context: "TrialContext") -> dict[str, Any]:
        """Return spikes, background [per cell and test volley] and interval [s] by class."""
        import numpy as np

        cells = cells_of(context, self["signal"], self.name)
        *others, test = _volleys(context)
        starts, latencies = test
        order = sorted(latencies, key=lambda c: latencies[c].earliest)
        conditioning = _conditioning(context, others)
        baseline = baseline_of(context, cells, self["settled"])
        found: dict[str, dict[str, float]] = {v.name: {} for v in self.variables}
        silent: dict[str, str] = {}
        apart: dict[str, str] = {}
        for fibre_class, slower in zip(order, [*order[1:], None], strict=True):
            latency = latencies[fibre_class]
            begin = starts + latency.earliest
            end = np.minimum(starts + latency.latest + self.tail, [*begin[1:], np.inf])
            if slower is not None:
                end = np.minimum(end, starts + latencies[slower].earliest)
            count = np.searchsorted(cells.time, end) - np.searchsorted(cells.time, begin)
            spikes = float(count.mean()) / cells.size
            background = baseline.rate * float((end - begin).mean())
            if end[-1] > context.duration:
                spikes = background = math.nan
                silent[fibre_class] = "the run ends within the window of the last test volley"
            found["test_spikes"][fibre_class] = spikes
            found["test_background"][fibre_class] = background
            arrival = starts + latency.median
            before = np.searchsorted(conditioning, arrival, side="right") - 1
            found["test_interval"][fibre_class] = math.nan
            if (before >= 0).all():
                interval = float(np.mean(arrival - conditioning[before]))
                found["test_interval"][fibre_class] = interval
            else:
                apart[fibre_class] = "no conditioning A volley before the test"
        background = silent or baseline.why
        reasons = {"test_spikes": silent, "test_background": background, "test_interval": apart}
        return {**found, **{f"{name}_status": reason for name, reason in reasons.items()}}


def _volleys(context: "TrialContext") -> "list[tuple[NDArray[np.float64], Any]]":
    """Return the stimulus times [s] and the latencies by class of each volley, in file order.

    A volley that recruits no fibre conditions nothing; as the test it stays, so that an arm
    with the conditioning volley alone is measured in the same window.
    """
    volley_type = load_plugin("stimuli", "volley")
    volleys = [
        volley_type.from_config(s["config"])
        for s in context.stimuli
        if s["config"].get("kind") == "volley"
    ]
    if not volleys:
        raise GatecontrolError(
            f"test_response: needs {_NEEDS}; add one to stimuli, or leave test_response out of "
            + "measures"
        )
    body = context.preparation
    found = []
    for volley in volleys:
        if volley["recruited"] == 0 and volley is not volleys[-1]:
            continue
        way = body.receptor_to_cord if volley["site"] == "receptor" else body.pns_site_to_cord
        latencies = {c: body.latency(c, way.value) for c in volley["classes"]}
        found.append((volley.times(), latencies))
    return found


def _conditioning(
    context: "TrialContext", others: "list[tuple[NDArray[np.float64], Any]]"
) -> "NDArray[np.float64]":
    """Return when conditioning A-beta volleys arrive [s], ascending."""
    import numpy as np

    arrivals = [s + latencies["abeta"].median for s, latencies in others if "abeta" in latencies]
    return np.sort(np.concatenate(arrivals)) if arrivals else _device_spikes(context)


def _device_spikes(context: "TrialContext") -> "NDArray[np.float64]":
    """Return the arrivals of A-beta spikes that the device evokes [s], ascending."""
    from gatecontrol.fibres.drive import DEVICE

    drive = context.drive
    return drive.time[(drive.origin == DEVICE) & (drive.fibres.fibre_class[drive.fibre] == "abeta")]
