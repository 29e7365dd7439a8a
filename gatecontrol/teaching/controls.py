"""The controls of the bench, in marimo: built from what a state allows, and read back into one."""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode

import marimo as mo

from gatecontrol.errors import UsageError
from gatecontrol.teaching.bench import (
    BLOCKS,
    DBS_USUAL,
    MOST_AMPLITUDE,
    BenchState,
    frequencies,
    from_query,
    pulse_widths,
    usual,
)

__all__ = [
    "brush", "circuit", "device", "panel", "pattern", "programme", "programme_panel", "skin",
    "state", "state_of_link",
]  # fmt: skip

_SKIN = {"Nothing": "none", "Pinch": "pinch", "Heat": "heat"}
_DEVICES = {
    "None": "none",
    "SCS (spinal cord)": "scs",
    "DRG (root ganglion)": "drg",
    "PNS (nerve)": "pns",
    "TENS (skin)": "tens",
    "DBS (brainstem)": "dbs",
}
_BLOCKS = {
    "gaba_a_block": "Block GABA-A receptors",
    "glycine_block": "Block glycine receptors",
    "nmda_block": "Block NMDA receptors",
    "no_descending": "Cut descending input",
}
_FREQUENCIES = (2, 5, 10, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200)


def state_of_link(query: Mapping[str, str | list[str]]) -> tuple[BenchState, str]:
    """Return the state of the page's address, and what is wrong with it.

    Parameters
    ----------
    query : mapping of str to (str or list of str)
        The address's parameters.

    Returns
    -------
    BenchState
        A new bench if anything is wrong.
    str
        The fault; empty if there is none.
    """
    try:
        return from_query(urlencode(query, doseq=True)), ""
    except UsageError as error:
        return BenchState(), str(error)


def panel(title: str, *controls: Any) -> str:
    """Return controls under a heading, as a named region of the page.

    Parameters
    ----------
    title : str
    *controls
        Controls, or HTML.
    """
    name = escape(title, quote=True)
    inside = "".join(c if isinstance(c, str) else c.text for c in controls)
    return (
        f"<section aria-label='{name}'><fieldset class='panel'><legend>{name}</legend>{inside}"
        + "</fieldset></section>"
    )


def _choice(options: Mapping[str, str], value: str, label: str) -> Any:
    names = {v: k for k, v in options.items()}
    return mo.ui.dropdown(options, value=names[value], label=label, full_width=True)


def skin(linked: BenchState) -> Any:
    """Return the choice of what hurts."""
    names = {v: k for k, v in _SKIN.items()}
    return mo.ui.radio(_SKIN, value=names[linked.skin], inline=True)


def brush(linked: BenchState) -> Any:
    """Return the switch of the brush."""
    return mo.ui.switch(value=linked.brush, label="Brush the skin")


def device(linked: BenchState) -> Any:
    """Return the choice of a stimulator."""
    return _choice(_DEVICES, linked.device, "Stimulator")


def pattern(linked: BenchState, chosen: str) -> Any:
    """Return the choice of a pattern, or None where there is none to choose.

    Parameters
    ----------
    linked : BenchState
    chosen : str
        Stimulator.
    """
    if chosen != "scs":
        return None
    value = linked.pattern if linked.device == "scs" else "tonic"
    options = {"Single pulses (tonic)": "tonic", "Bursts of five pulses": "burst"}
    return _choice(options, value, "Pattern")


def programme(linked: BenchState, chosen: str, pattern: Any) -> Any:
    """Return the sliders of a stimulator as one control: as in the link, or its usual programme.

    Parameters
    ----------
    linked : BenchState
    chosen : str
        Stimulator.
    pattern : control or None
    """
    if chosen == "none":
        return mo.ui.dictionary({})
    form = pattern.value if pattern is not None else "tonic"
    start: dict[str, float] = usual(chosen, form)
    if (chosen, form) == (linked.device, linked.pattern):
        start = {name: getattr(linked, name) for name in start}
    low, high = frequencies(chosen, form)
    steps = {
        "amplitude": [float(a) for a in range(0, int(MOST_AMPLITUDE) + 1, 10)],
        "frequency": [float(f) for f in _FREQUENCIES if low <= f <= high],
        "pulse_width": [float(w) for w in pulse_widths(chosen, form)],
    }
    titles = {
        "amplitude": f"Amplitude [% of {DBS_USUAL:g} mA]"
        if chosen == "dbs"
        else "Amplitude [% of perception threshold]",
        "frequency": "Bursts per second [Hz]" if form == "burst" else "Frequency [Hz]",
        "pulse_width": "Pulse width [us]",
    }
    found = {}
    for name, stops in steps.items():
        offered = sorted({*stops, float(start[name])})
        if len(offered) > 1:
            found[name] = mo.ui.slider(
                steps=offered, value=float(start[name]), label=titles[name], debounce=True,
                show_value=True, full_width=True,
            )  # fmt: skip
    return mo.ui.dictionary(found)


def programme_panel(chosen: str, pattern: Any, sliders: Any) -> str:
    """Return the programme of a stimulator under a heading, as HTML.

    Parameters
    ----------
    chosen : str
        Stimulator.
    pattern : control or None
    sliders : control
        From `programme`.
    """
    shown = [*([pattern] if pattern is not None else []), *sliders.elements.values()]
    return panel(f"Programme of {chosen.upper()}", *shown)


def circuit(linked: BenchState) -> Any:
    """Return the controls of the circuit by name, as one control."""
    found: dict[str, Any] = {
        "injured": mo.ui.switch(value=linked.injured, label="After nerve injury")
    }
    for block in BLOCKS:
        found[block] = mo.ui.checkbox(value=block in linked.blocks, label=_BLOCKS[block])
    found["seed"] = mo.ui.number(1, 1000, 1, value=linked.seed, label="Animal (seed)")
    return mo.ui.dictionary(found)


def state(
    skin: Any, brush: Any, device: Any, pattern: Any, sliders: Any, circuit: Any
) -> BenchState:
    """Return the state that the controls are set to; what does not fit is adjusted.

    Parameters
    ----------
    skin, brush, device, pattern, sliders, circuit : control
    """
    chosen = circuit.value
    start = BenchState(
        skin=skin.value,
        brush=brush.value,
        injured=chosen["injured"],
        blocks=tuple(b for b in BLOCKS if chosen[b]),
        seed=int(chosen["seed"] or 1),
    )
    form = {} if pattern is None else {"pattern": pattern.value}
    return start.changed(device=device.value, **form, **sliders.value)
