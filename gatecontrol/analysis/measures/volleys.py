"""The volleys of a trial, and when their spikes reach the dorsal horn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatecontrol.analysis.measures.times import epoch_of
from gatecontrol.errors import GatecontrolError
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.analysis.context import TrialContext

__all__ = ["Volley", "epoch_of_evoked", "lacking_volley", "need_volleys", "volleys_of"]


@dataclass(frozen=True)
class Volley:
    """One electrical stimulus.

    Attributes
    ----------
    time : float
        When it is given, at the skin or nerve [s].
    latency : mapping of str to (float, float)
        Fibre class that it excites -> conduction time to the dorsal horn of the fastest and
        the slowest fibre [s], fastest class first.
    """

    time: float
    latency: Mapping[str, tuple[float, float]]


def volleys_of(context: "TrialContext") -> list[Volley]:
    """Return the volleys of all stimuli of a trial, ascending; those at one time are one.

    Parameters
    ----------
    context : TrialContext
        Latencies are those of the fibres drawn, over the distance from where the stimulus is
        given.
    """
    fibres = context.drive.fibres
    found: dict[float, dict[str, tuple[float, float]]] = {}
    for stimulus in context.stimuli:
        config = stimulus["config"]
        if config.get("kind") != "volley":
            continue
        volley = load_plugin("stimuli", "volley").from_config(config)
        latency = {}
        for fibre_class in volley["classes"]:
            rows = fibres.where(fibre_class)
            if not rows.size:
                continue
            distance = fibres.length[rows]
            if volley["site"] == "nerve":
                distance = distance * 0 + context.preparation.pns_site_to_cord.value
            way = distance / fibres.velocity[rows]
            latency[fibre_class] = float(way.min()), float(way.max())
        for time in volley.times().tolist():
            known = found.setdefault(time, {})
            for fibre_class, (first, last) in latency.items():
                other = known.get(fibre_class, (first, last))
                known[fibre_class] = min(first, other[0]), max(last, other[1])
    return [
        Volley(time, dict(sorted(found[time].items(), key=lambda item: item[1])))
        for time in sorted(found)
        if found[time]
    ]


def lacking_volley(stimuli: Sequence[Mapping[str, Any]]) -> str:
    """Return what a measure of volleys lacks; see `gatecontrol.analysis.base.Measure.lacks`."""
    return "" if any(s.get("kind") == "volley" for s in stimuli) else "a 'volley' stimulus"


def need_volleys(context: "TrialContext", who: str) -> list[Volley]:
    """Return the volleys of a trial, of which there must be one.

    Parameters
    ----------
    context : TrialContext
    who : str
        Name of the measure, for the error.

    Raises
    ------
    GatecontrolError
        No stimulus is a volley.
    """
    found = volleys_of(context)
    if not found:
        raise GatecontrolError(
            f"{who}: needs a 'volley' stimulus; add one to stimuli, or leave {who} out of measures"
        )
    return found


def epoch_of_evoked(
    context: "TrialContext", times: "NDArray[np.float64]", volleys: Sequence[Volley]
) -> "NDArray[np.int64]":
    """Return the row in `EPOCHS` of what volleys evoke; -1 for none.

    Derived epochs begin when the slowest class asked for may arrive, so the first volley and
    what its faster fibres evoke can lie before them all: these go with its slowest fibres.

    Parameters
    ----------
    context : TrialContext
    times : ndarray, shape (n,) or (n, k)
        A time, or several, of each volley [s].
    volleys : sequence of Volley
        n volleys.
    """
    import numpy as np

    found = epoch_of(context, times)
    first = min((w[0] for w in context.epochs.values() if w is not None), default=0.0)
    slowest = np.array([v.time + max(first for first, _ in v.latency.values()) for v in volleys])
    instead = epoch_of(context, slowest).reshape(-1, *(1,) * (found.ndim - 1))
    return np.where((found < 0) & (times < first), instead, found)
