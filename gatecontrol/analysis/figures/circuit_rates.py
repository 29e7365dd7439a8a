"""The circuit of a run, with what its populations and fibres fired without and with the device."""

import json
import textwrap
from typing import TYPE_CHECKING

from gatecontrol.analysis.figures.circuit_diagram import (
    circuit_diagram,
    circuit_diagram_alt,
    rate_text,
)
from gatecontrol.analysis.figures.kept import circuit_of_results
from gatecontrol.analysis.figures.rows import compares, shown_row
from gatecontrol.analysis.figures.spec import FigureSpec

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from gatecontrol.analysis.results import Results

__all__ = ["CIRCUIT", "circuit_with_rates", "measured_rates"]


def measured_rates(results: "Results") -> dict[str, tuple[float, ...]]:
    """Return the rates [spikes/s] of populations and afferents in the epoch during.

    Parameters
    ----------
    results : Results
        The arm and sweep point with the largest suppression is taken.

    Returns
    -------
    dict of str to tuple of float
        (control, device on), mean over seeds; one rate where nothing is compared. Of an
        afferent, the mean over all fibres of its class.
    """
    data = results.data
    row, circuit = shown_row(data), circuit_of_results(data)
    states = ("_off", "") if compares(data) else ("",)
    found = {}
    if "rate" in data:
        simulated = set(map(str, data["population"].values))
        for name in (n for n in circuit["populations"] if n in simulated):
            place = {"epoch": "during", "population": name}
            found[name] = tuple(row.mean(f"rate{s}", **place) for s in states)
    if "afferent_rate" in data:
        classes = set(map(str, data["fibre_class"].values))
        for name, afferent in circuit["afferents"].items():
            place = {"epoch": "during", "fibre_class": afferent["fibre_class"]}
            if afferent["fibre_class"] in classes:
                found[name] = tuple(row.mean(f"afferent_rate{s}", **place) for s in states)
    return found


def circuit_with_rates(results: "Results", ax: "Axes | None" = None) -> "Figure":
    """Draw the circuit with its measured rates.

    Parameters
    ----------
    results : Results
        That keep their circuit.
    ax : Axes, optional
        Where to draw; best left out, so that the figure has the size that the circuit needs.
    """
    rates = measured_rates(results)
    note = _note(results) if rates else ""
    return circuit_diagram(circuit_of_results(results.data), ax, rates, note)


def _note(results: "Results") -> str:
    data = results.data
    label = textwrap.shorten(shown_row(data).label or "this arm", 60, placeholder=" ...")
    states = f"control \u2192 {label}" if compares(data) else label
    return f"Rates: {states}; of fibres, the mean of their class in all fields"


def _titles(results: "Results") -> dict[str, str]:
    circuit = circuit_of_results(results.data)
    groups = {**circuit["afferents"], **circuit["populations"]}
    return {name: str(group["title"]) for name, group in groups.items()}


def _data(results: "Results") -> "pd.DataFrame":
    import pandas as pd

    found, titles = measured_rates(results), _titles(results)
    rows = [
        {"name": n, "title": titles[n], **dict(zip(("off", "on")[-len(r) :], r, strict=True))}
        for n, r in found.items()
    ]
    return pd.DataFrame(rows, columns=["name", "title", "off", "on"])


def _alt(results: "Results") -> str:
    words = circuit_diagram_alt(circuit_of_results(results.data))
    titles = _titles(results)
    rates = [f"{titles[n]} {rate_text(r)}" for n, r in measured_rates(results).items()]
    return words + (f" {_which(results)}: {'; '.join(rates)}." if rates else "")


def _which(results: "Results") -> str:
    data = results.data
    label = shown_row(data).label
    at = f" ({label})" if label else ""
    if shown_row(data).has_device:
        return f"Rates in the control and with the device on{at}"
    if compares(data):
        return f"Rates in the control and in the arm that is shown{at}"
    return f"Rates{at}"


def _caption(results: "Results") -> str:
    name = json.loads(results.data.attrs["circuit"])["name"]
    words = f"The circuit '{name}' drawn from its data, superficial laminae on top."
    if not measured_rates(results):
        return words
    return (
        f"{words} {_which(results)}: mean over seeds in the epoch during, in spikes/s per cell; "
        + "of fibres, the mean of all of their class. The fuller a box is in colour, the higher "
        + "the rate."
    )


CIRCUIT = FigureSpec(
    name="circuit",
    title="The circuit with its rates, device off and on",
    available=lambda results: bool(circuit_of_results(results.data)),
    data=_data,
    draw=circuit_with_rates,
    caption=_caption,
    alt=_alt,
)
