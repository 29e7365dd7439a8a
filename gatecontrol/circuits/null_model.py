"""Null models: circuits whose output is an instantaneous function of the afferent rates.

They have no cells and no pathways, and show what a phenomenon asks for beyond such a function.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gatecontrol.sourced import Sourced

if TYPE_CHECKING:
    from gatecontrol.circuits.reader import Reader

__all__ = ["DRIVING", "GATING", "NULL_MODELS", "NullModel", "read_null_model"]

_OUTPUT = {"background": "frequency", "spikes_per_volley": "number", "smoothing": "time"}
"""What every null model says of its ungated output."""

NULL_MODELS: Mapping[str, Mapping[str, str]] = {
    "static_gain": {**_OUTPUT, "strength": "number", "half_rate": "frequency", "window": "time"},
    "one_exponential": {**_OUTPUT, "strength": "number", "decay": "time"},
}
"""Kind -> number -> dimension; what they mean is said in `NullModel`."""

DRIVING = ("c", "centre")
"""Class and role of the fibres that the output follows."""

GATING = ("abeta", "centre")
"""Class and role of the fibres that take off from the output (assumed: the centre alone)."""


@dataclass(frozen=True)
class NullModel:
    """How the output of a null model follows its fibres.

    Ungated, every projection neuron fires at random with the rate
    ``C(t) = background + spikes_per_volley c(t)``, where c(t) is the mean rate of the C fibres
    [Hz] smoothed by an exponential kernel. The output is ``C(t) gain(t)``.

    Attributes
    ----------
    kind : str
        ``"static_gain"``: gain is ``1 - strength recruited f / (f + half_rate)``, with the share
        of the A-beta fibres of the centre that fired within the last ``window``, and the rate f
        of one of these over the same time. ``"one_exponential"``: gain is
        ``max(0, 1 - strength sum(share exp(-t / decay)))`` over all earlier A-beta volleys, of
        which each recruited a share of these fibres.
    numbers : mapping of str to Sourced
        ``background`` [Hz], ``spikes_per_volley`` of one cell to one spike of every C fibre,
        ``smoothing`` [s], ``strength``, and what `NULL_MODELS` asks for besides.
    """

    kind: str
    numbers: Mapping[str, Sourced]


def read_null_model(reader: "Reader", value: object) -> str:
    """Read the section ``null_model``: its numbers by dotted name; return its kind.

    Parameters
    ----------
    reader : Reader
        Takes the numbers and the faults.
    value : object
        The section.
    """
    at = ("null_model",)
    entry: dict[str, Any] = reader.mapping(at, value, None)
    kind = reader.choice((*at, "kind"), entry.get("kind", ""), list(NULL_MODELS))
    numbers = NULL_MODELS.get(kind)
    if numbers is None:
        return ""
    for key, text in reader.mapping(at, value, ("kind", *numbers), tuple(numbers)).items():
        if key in numbers:
            reader.number(f"null_model.{key}", (*at, key), text, numbers[key])
    return kind
