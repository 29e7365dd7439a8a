"""The result of a state in words: rates in model units, never pain, relief or patients."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.style import CLASS_NAMES
from gatecontrol.fibres.classes import INPUT_CLASSES

if TYPE_CHECKING:
    from gatecontrol.teaching.bench import BenchState

__all__ = ["compared", "rate_words", "recruited_words", "sentence_of", "share_words"]

SAME = 0.05
"""A change of less than this share is called none (assumed)."""
FEW = 1.0
"""Below this rate [spikes/s] a change in percent says nothing (assumed)."""


def sentence_of(
    state: "BenchState",
    *,
    pain: float,
    pain_off: float,
    pain_bare: float,
    lamina1: float,
    lamina1_bare: float,
    suppression: float,
    suppression_device: float,
    recruited: Mapping[str, float],
) -> str:
    """Return the result in words, the main thing first.

    Parameters
    ----------
    state : BenchState
    pain, pain_off, pain_bare, lamina1, lamina1_bare, suppression, suppression_device, recruited
        As in `gatecontrol.teaching.answer.Answer`.

    Returns
    -------
    str
        "Projection neurons fire 18 spikes/s, 70 % less than without stimulation. In lamina I ..."
    """
    device, both = state.device != "none", state.brush and state.device != "none"
    first = f"Projection neurons fire {rate_words(pain)}"
    if both:
        first += f", {compared(pain, pain_bare)} without brush and stimulation"
        first += f", and {compared(pain, pain_off)} with the brush alone"
    elif device:
        first += f", {compared(pain, pain_bare)} without stimulation"
    elif state.brush:
        first += f", {compared(pain, pain_bare)} without the brush"
    second = f"Those of lamina I fire {rate_words(lamina1)}"
    if device or state.brush:
        second += f", {compared(lamina1, lamina1_bare)} without"
    sentences = [first, second]
    if device:
        sentences.append(recruited_words(recruited))
    return " ".join(f"{sentence}." for sentence in sentences if sentence)


def rate_words(rate: float) -> str:
    """Return a rate as text, "18 spikes/s".

    Parameters
    ----------
    rate : float
        [spikes/s]
    """
    return f"{rate:.0f} spikes/s" if rate >= 9.95 else f"{rate:.1f} spikes/s"


def compared(rate: float, reference: float) -> str:
    """Return how a rate differs from another: "70 % less than", "about as much as".

    Parameters
    ----------
    rate, reference : float
        [spikes/s]
    """
    if not (math.isfinite(rate) and math.isfinite(reference)):
        return "not comparable with"
    if max(rate, reference) < FEW:
        return "hardly more than nothing, as"
    if reference < FEW:
        return f"against {rate_words(reference)}"
    change = rate / reference - 1
    if abs(change) < SAME:
        return "about as much as"
    if change > 1:
        return f"{rate / reference:.1f} times as much as"
    return f"{abs(100 * change):.0f} % {'more' if change > 0 else 'less'} than"


def recruited_words(recruited: Mapping[str, float]) -> str:
    """Return which fibres a pulse excites: "A pulse excites 12 % of the Aβ fibres".

    Parameters
    ----------
    recruited : mapping of str to float
        Class -> share.
    """
    inputs = {n: s for n, s in recruited.items() if n in INPUT_CLASSES}
    some = [
        f"{share_words(share)} of the {CLASS_NAMES[name]} fibres"
        for name, share in inputs.items()
        if share > 0
    ]
    if not inputs:
        return ""
    return f"A pulse excites {_listed(some)}" if some else "A pulse excites no fibre"


def _listed(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1]


def share_words(share: float) -> str:
    """Return a share as text, "12 %"; a small one is not rounded to nothing.

    Parameters
    ----------
    share : float
        0 to 1.
    """
    percent = 100 * share
    return "all" if share == 1 else f"{percent:.0f} %" if percent >= 1 else f"{percent:.1g} %"
