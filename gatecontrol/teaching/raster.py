"""Who fired when: a raster of the fibres and cells of the circuit."""

import base64
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.style import GREY
from gatecontrol.simulation.recording import Spikes
from gatecontrol.teaching.bench import DURATION
from gatecontrol.teaching.diagram import KIND_COLOURS, groups
from gatecontrol.teaching.svg import document, element, label
from gatecontrol.teaching.traces import TimeAxis

if TYPE_CHECKING:
    from gatecontrol.teaching.answer import Answer

__all__ = ["CELLS", "RASTER_ALT", "raster_svg"]

CELLS = 20
"""Fibres or cells shown of each population, one unit high each."""
_GAP = 5  # units between populations
_COLUMNS = 780  # pixels of the two seconds
_ROWS = 2  # pixels of a cell
RASTER_ALT = (
    "Raster: a dot for each spike of up to 20 fibres or cells of each population over the two "
    + "seconds. The table of all rates says the same in numbers."
)


def raster_svg(answer: "Answer") -> str:
    """Draw who fired when: up to 20 cells of each population, fibres on top.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    str
        SVG.
    """
    axis, shown = TimeAxis(178, 550, 11), groups()
    band = CELLS + _GAP
    base = 8.0 + band * len(shown)
    parts = [axis.shade(answer, 4, base), *axis.ticks(base)]
    for number, (title, kind) in enumerate(shown.values()):
        y, colour = 6.0 + band * number, KIND_COLOURS.get(kind, GREY)
        parts.append(element("rect", x=axis.left - 6, y=y, width=4, height=CELLS, fill=colour))
        parts.append(label(title, axis.left - 10, y + 14, 10.5, text_anchor="end"))
    place = {"x": axis.left, "y": 6, "width": axis.right - axis.left, "height": band * len(shown)}
    href = _picture(answer.spikes, shown)
    parts.append(element("image", href=href, preserveAspectRatio="none", **place))
    return document(560, base + 22, parts)


def _picture(spikes: Mapping[str, Spikes], shown: Mapping[str, tuple[str, str]]) -> str:
    """Paint the spikes: a drawing of each as a line of its own would be ten times as large."""
    from matplotlib.colors import to_rgb
    from PIL import Image

    band = _ROWS * (CELLS + _GAP)
    pixels = np.zeros((band * len(shown), _COLUMNS, 4), np.uint8)
    for number, (name, (_, kind)) in enumerate(shown.items()):
        one = spikes[name]
        # every so many-th cell, so that both ends of a population are among them
        chosen = np.unique(np.linspace(0, one.size - 1, CELLS).round().astype(int))
        place = np.full(one.size, -1)
        place[chosen] = np.arange(chosen.size)
        mine = place[one.neuron] >= 0
        column = np.minimum((one.time[mine] / DURATION * _COLUMNS).astype(int), _COLUMNS - 1)
        row = number * band + _ROWS * place[one.neuron[mine]]
        colour = [round(255 * part) for part in to_rgb(KIND_COLOURS.get(kind, GREY))]
        for line in range(_ROWS):
            pixels[row + line, column] = (*colour, 255)
    buffer = BytesIO()
    Image.fromarray(pixels, "RGBA").save(buffer, "png")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
