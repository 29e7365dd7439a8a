"""Thresholds of C fibres, as a spread over five published models.

Published models of one C fibre differ four- to sevenfold in threshold, so no single number is
given. Three are solved in the field at hand: rattay1993, sundt2015, tigerholm2014. For two more
(schild1997 and the cutaneous fibre of thio2024) there are thresholds under a point source:
1 um, 0.1-2 mm, cathodic pulses of 0.2 and 0.5 ms, 0.2 S/m, 37 degC. Their ratio to the mean of
the solved models at the same distance and width is taken to hold for other diameters, waveforms
and fields (assumed), with the distance of the point source that is like the field where it
drives the fibre most: one with potential V and second derivative V'' is at sqrt(V / V'').
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.excitation import activation_windows
from gatecontrol.fibres.waveform import Waveform
from gatecontrol.fields.conductor import HomogeneousConductor
from gatecontrol.fields.electrodes import Contact

__all__ = ["SOLVED", "TABULATED", "Spread", "along_fibre", "c_spreads", "point_source_thresholds"]

SOLVED = ("rattay1993", "sundt2015", "tigerholm2014")
"""Models that are solved."""

TABULATED = ("schild1997", "thio2024")
"""Models of which only thresholds under a point source are known."""

Field = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Places along a fibre from its centre (n,) [m] -> potential (channels, n) [V/A]."""

_SEARCHED = 1001  # places along the electrode
_FARTHEST = 10e-3  # m of an electrode's extent (assumed)
_DISTANCES = np.array([0.1, 0.25, 0.5, 1.0, 2.0]) * 1e-3  # m
_WIDTHS = np.array([0.2, 0.5]) * 1e-3  # s
# mA by width and distance; computed with the published models, see tests/data/golden
_POINT_SOURCE = {
    "rattay1993": (
        (0.0234197, 0.159209, 0.908222, 6.3573, 60.4836),
        (0.01344, 0.0824819, 0.443808, 3.10653, 32.2643),
    ),
    "sundt2015": (
        (0.0324882, 0.211384, 1.10463, 6.68079, 44.7577),
        (0.0167341, 0.0954612, 0.470525, 2.76377, 18.2471),
    ),
    "tigerholm2014": (
        (0.030608, 0.167117, 0.788379, 4.56359, 31.0237),
        (0.0167341, 0.0812852, 0.356445, 1.94615, 13.0382),
    ),
    "schild1997": (
        (0.0826688, 0.613493, 3.44895, 22.4406, 161.736),
        (0.0437701, 0.276586, 1.46663, 9.26773, 65.8265),
    ),
    "thio2024": (
        (0.0261093, 0.130586, 0.581066, 3.21926, 21.2544),
        (0.0140424, 0.0643371, 0.268919, 1.44697, 9.41467),
    ),
}


@dataclass(frozen=True)
class Spread:
    """What the models say of one fibre.

    Attributes
    ----------
    windows : mapping of str to (low, high)
        Activation window [A] by model: the threshold, and the amplitude above which the spike is
        blocked (infinite if not below the ceiling). Both are infinite if nothing excites it.
    """

    windows: Mapping[str, tuple[float, float]]

    @property
    def lowest(self) -> float:
        """Lowest threshold of a model [A]."""
        return min(low for low, _ in self.windows.values())

    @property
    def highest(self) -> float:
        """Highest threshold of a model [A]."""
        return max(low for low, _ in self.windows.values())

    @property
    def mean(self) -> float:
        """Geometric mean of the thresholds [A]."""
        return math.exp(sum(math.log(low) for low, _ in self.windows.values()) / len(self.windows))


def point_source_thresholds(model: str, distance: ArrayLike, width: float) -> NDArray[np.float64]:
    """Return thresholds of 1 um under a point cathode in 0.2 S/m, interpolated in logarithms.

    Parameters
    ----------
    model : str
        One of `SOLVED` and `TABULATED`.
    distance : array_like of float
        [m]; held at 0.1 and 2 mm outside.
    width : float
        Of the pulse [s]; held at 0.2 and 0.5 ms outside.

    Returns
    -------
    ndarray of float
        [A].
    """
    place = np.log(np.clip(distance, *_DISTANCES[[0, -1]]))
    rows = [np.interp(place, np.log(_DISTANCES), np.log(row)) for row in _POINT_SOURCE[model]]
    weight = np.log(np.clip(width, *_WIDTHS) / _WIDTHS[0]) / np.log(_WIDTHS[1] / _WIDTHS[0])
    return 1e-3 * np.exp((1 - weight) * rows[0] + weight * rows[1])


def along_fibre(
    conductor: HomogeneousConductor, contacts: Sequence[Contact], place: Sequence[float]
) -> tuple[Field, float]:
    """Return the field of one channel along a fibre parallel to x, and its reach [m].

    The fibre's centre is put where the field drives it most, and the reach holds the electrode,
    but no more than 1 cm of it: a C fibre is excited within a millimetre.

    Parameters
    ----------
    conductor : HomogeneousConductor
        Or any other with `potential_along`.
    contacts : sequence of Contact
        The electrode.
    place : sequence of float
        A point (x, y, z) on the fibre [m].
    """
    _, y, z = place
    used = [contact for contact in contacts if contact.share]
    if not used:
        raise GatecontrolError("no contact of the electrode carries current")

    nearest = min(math.hypot(c.position[1] - y, c.position[2] - z) for c in used)
    ends = [c.position[0] + side * c.radius for c in used for side in (-1, 1)]
    low, high = min(ends) - nearest, max(ends) + nearest
    # cathodes are places of their own, whatever the grid
    grid = np.linspace(low, high, _SEARCHED)
    grid = np.unique(np.concatenate([grid, [c.position[0] for c in used]]))
    h = (grid[1:] - grid[:-1]).max()
    sides = grid[:, None] + h * np.array([-1.0, 0.0, 1.0])
    ve = conductor.potential_along(sides, y, z, contacts)
    centre = float(grid[np.argmax(ve[:, 0] - 2 * ve[:, 1] + ve[:, 2])])
    extent = max(abs(end - centre) for end in ends)

    def field(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.atleast_2d(conductor.potential_along(centre + x, y, z, contacts))

    return field, max(nearest, min(extent, _FARTHEST))


def c_spreads(
    diameters: Sequence[float],
    fields: Sequence[tuple[Field, float]],
    waveform: Waveform,
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **settings: float | None,
) -> list[Spread]:
    """Return the spread of activation windows over the models, for many C fibres.

    Parameters
    ----------
    diameters : sequence of float
        [m].
    fields : sequence of (callable, float)
        Of each fibre: potential along it and reach [m], as from `along_fibre`.
    waveform : Waveform
        The programme.
    threads, progress, **settings
        As for `gatecontrol.fibres.excitation.activation_windows`.
    """
    axons, potentials = [], []
    for diameter, (field, reach) in zip(diameters, fields, strict=True):
        for model in SOLVED:
            axon = fibre_model(model).axon(diameter, reach)
            axons.append(axon)
            potentials.append(np.atleast_2d(field(axon.positions)))
    found = activation_windows(
        axons, potentials, waveform, threads=threads, progress=progress, **settings
    )
    spreads = []
    for fibre, windows in enumerate(found.reshape(-1, len(SOLVED), 2)):
        at = fibre * len(SOLVED)
        ratios = _ratios(axons[at].positions, potentials[at], waveform)
        with np.errstate(divide="ignore"):
            mean = np.exp(np.log(windows).mean(0))
        named = dict(zip(SOLVED, windows, strict=True))
        named |= {model: ratio * mean for model, ratio in ratios.items()}
        spreads.append(Spread({model: (float(a), float(b)) for model, (a, b) in named.items()}))
    return spreads


def _ratios(
    positions: NDArray[np.float64], potential: NDArray[np.float64], waveform: Waveform
) -> dict[str, float]:
    """Return the thresholds of `TABULATED` over the mean of `SOLVED`, by the first phase."""
    first = int(np.argmax(waveform.levels.any(axis=1)))
    ve = waveform.levels[first] @ potential
    # fourth order: the second is off by 1 % for segments of an eighth of the distance
    second = -ve[:-4] + 16 * ve[1:-3] - 30 * ve[2:-2] + 16 * ve[3:-1] - ve[4:]
    second /= 12 * (positions[1] - positions[0]) ** 2
    at = int(np.argmax(second))
    distance = math.sqrt(abs(ve[2 + at]) / second[at]) if second[at] > 0 else math.inf
    width = float(waveform.edges[first + 1] - waveform.edges[first])
    logs = {m: math.log(point_source_thresholds(m, distance, width)) for m in _POINT_SOURCE}
    mean = sum(logs[model] for model in SOLVED) / len(SOLVED)
    return {model: math.exp(logs[model] - mean) for model in TABULATED}
