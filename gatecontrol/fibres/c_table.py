"""C-fibre thresholds without solving a cable: a table for point sources, and what is like one.

A far C fibre takes seconds to solve, and its threshold lies four- to sevenfold apart between
published models. So the solved models are tabulated once, under a point cathode, over diameter,
distance and pulse width. In any other field a fibre is given the point source that is like it
where it drives the fibre most: with potential V and second derivative V'' there, at the distance
sqrt(V / V''). What follows the first phase of a pulse is left out (measured error in
docs/recruitment.md).

Of two more models (schild1997 and the cutaneous fibre of thio2024) only thresholds under a point
source are known: 1 um, 0.1-2 mm, cathodic pulses of 0.2 and 0.5 ms, 0.2 S/m, 37 degC. Their ratio
to the mean of the solved models at the same distance and width is taken to hold for other
diameters, waveforms and fields (assumed).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.fibres.axon import fibre_model
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.waveform import Waveform

__all__ = [
    "C_MODELS",
    "SOLVED",
    "TABULATED",
    "PointSource",
    "c_latency",
    "c_thresholds",
    "like_point_source",
    "make",
    "point_source_thresholds",
]

SOLVED = ("rattay1993", "sundt2015", "tigerholm2014")
"""Models that are solved."""

TABULATED = ("schild1997", "thio2024")
"""Models of which only thresholds under a point source are known."""

C_MODELS = (*SOLVED, *TABULATED)
"""The five models of the spread."""

FILE = Path(__file__).with_name("c_thresholds.json")

DIAMETERS = (0.3e-6, 0.6e-6, 1.0e-6, 1.6e-6)
DISTANCES = (0.1e-3, 0.2e-3, 0.4e-3, 0.8e-3, 1.6e-3, 2.4e-3)
WIDTHS = (50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3)
"""Axes of the table [m] [m] [s]."""
RATIOS = (1.02, 1.1, 1.3, 1.7, 2.5, 4.0)
"""Amplitudes in thresholds at which the latency is tabulated, 0.4 mm from the source."""
CONDUCTIVITY = 0.2
"""Of the medium of the table [S/m]."""


_GOLDEN_DISTANCES = np.array([0.1, 0.25, 0.5, 1.0, 2.0]) * 1e-3  # m
_GOLDEN_WIDTHS = np.array([0.2, 0.5]) * 1e-3  # s
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
class PointSource:
    """The point source that is like a field, per fibre.

    Attributes
    ----------
    distance : ndarray of float
        [m]; infinite where nothing depolarises the fibre.
    strength : ndarray of float
        Current of the source per ampere of amplitude, in a medium of `CONDUCTIVITY`.
    """

    distance: NDArray[np.float64]
    strength: NDArray[np.float64]


def like_point_source(
    positions: NDArray[np.float64], potential: NDArray[np.float64]
) -> PointSource:
    """Return the point source that is like a field along a fibre.

    Parameters
    ----------
    positions : ndarray of float, shape (n,)
        Along the fibre, evenly spaced [m].
    potential : ndarray of float, shape (..., n)
        [V/A], of the first phase.

    Notes
    -----
    A cathode of 1 A at distance d in a medium s has ``V = -1 / (4 pi s d)`` and
    ``V'' = -V / d^2`` where it is nearest.
    """
    step = positions[1] - positions[0]
    # fourth order: the second is off by 1 % for segments of an eighth of the distance
    second = -potential[..., :-4] + 16 * potential[..., 1:-3] - 30 * potential[..., 2:-2]
    second = (second + 16 * potential[..., 3:-1] - potential[..., 4:]) / (12 * step**2)
    negative = -potential[..., 2:-2]
    second = np.where(negative > 0, second, -np.inf)
    at = second.argmax(-1)[..., None]
    peak = np.take_along_axis(second, at, -1)[..., 0]
    value = np.take_along_axis(negative, at, -1)[..., 0]
    good = peak > 0
    distance = np.sqrt(np.where(good, value, 1.0) / np.where(good, peak, 1.0))
    strength = 4 * np.pi * CONDUCTIVITY * distance * value
    return PointSource(np.where(good, distance, np.inf), np.where(good, strength, 0.0))


def c_thresholds(
    model: str, diameter: NDArray[np.float64], source: PointSource, width: float
) -> NDArray[np.float64]:
    """Return thresholds of C fibres.

    Parameters
    ----------
    model : str
        One of `C_MODELS`.
    diameter : ndarray of float, shape (n,)
        [m].
    source : PointSource
        Like the field of each fibre, shape (n,).
    width : float
        Of the first phase [s].

    Returns
    -------
    ndarray of float, shape (n,)
        [A]; logarithms are interpolated linearly, with the last slope outside the table and
        where no amplitude fires a fibre of the table (far and thin).
    """
    table = _table()
    if model in TABULATED:
        solved = [np.log(c_thresholds(m, diameter, source, width)) for m in SOLVED]
        here = np.where(np.isfinite(source.distance), source.distance, 1.0)
        known = {m: np.log(point_source_thresholds(m, here, width)) for m in (*SOLVED, model)}
        ratio = known[model] - np.mean([known[m] for m in SOLVED], axis=0)
        return np.exp(np.mean(solved, axis=0) + ratio)
    good = np.isfinite(source.distance)
    values: NDArray[np.float64] = np.log(table[model])  # diameters, distances, widths
    values = _line(np.log(width), np.log(WIDTHS), np.moveaxis(values, 2, 0))
    x, i = _between(np.log(diameter), np.log(DIAMETERS))
    y, j = _between(np.log(np.where(good, source.distance, DISTANCES[0])), np.log(DISTANCES))
    mixed = (1 - x) * ((1 - y) * values[i, j] + y * values[i, j + 1])
    mixed += x * ((1 - y) * values[i + 1, j] + y * values[i + 1, j + 1])
    return np.where(good, np.exp(mixed) / np.where(good, source.strength, 1.0), np.inf)


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
    place = np.log(np.clip(distance, *_GOLDEN_DISTANCES[[0, -1]]))
    rows = [
        np.interp(place, np.log(_GOLDEN_DISTANCES), np.log(row)) for row in _POINT_SOURCE[model]
    ]
    weight = np.log(np.clip(width, *_GOLDEN_WIDTHS) / _GOLDEN_WIDTHS[0]) / np.log(
        _GOLDEN_WIDTHS[1] / _GOLDEN_WIDTHS[0]
    )
    return 1e-3 * np.exp((1 - weight) * rows[0] + weight * rows[1])


def c_latency(model: str, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the time [s] from the pulse's begin to the spike of a C fibre.

    Parameters
    ----------
    model : str
        One of `C_MODELS`; those that are not solved take the mean of the others.
    ratio : ndarray of float
        Amplitude over threshold.
    """
    models = SOLVED if model in TABULATED else (model,)
    table = np.mean([_table()[f"{m} latency"] for m in models], axis=0)
    return np.exp(np.interp(ratio, RATIOS, np.log(table)))


def _between(
    x: NDArray[np.float64], knots: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the place between two knots, below 0 or above 1 outside, and the lower one."""
    lower = np.clip(np.searchsorted(knots, x) - 1, 0, knots.size - 2)
    return (x - knots[lower]) / (knots[lower + 1] - knots[lower]), lower


def _line(x: float, knots: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    place, lower = _between(np.array([x]), knots)
    return (1 - place[0]) * values[lower[0]] + place[0] * values[lower[0] + 1]


@lru_cache(maxsize=1)
def _table() -> dict[str, NDArray[np.float64]]:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    tables = {name: np.array(rows, float) for name, rows in data["tables"].items()}
    for name in SOLVED:
        rows = tables[name]  # None became NaN
        for x in range(2, len(DISTANCES)):
            slope = np.log(DISTANCES[x] / DISTANCES[x - 1])
            slope /= np.log(DISTANCES[x - 1] / DISTANCES[x - 2])
            further = rows[:, x - 1] * (rows[:, x - 1] / rows[:, x - 2]) ** slope
            rows[:, x] = np.where(np.isfinite(rows[:, x]), rows[:, x], further)
    return tables


def make(progress: Callable[[str], None] = print) -> None:
    """Solve the table and write it: ``python -m gatecontrol.fibres.c_table``, half an hour.

    Parameters
    ----------
    progress : callable, optional
        Told what is being solved.
    """
    tables: dict[str, list] = {}
    for name in SOLVED:
        rows = np.empty((len(DIAMETERS), len(DISTANCES), len(WIDTHS)))
        for index in np.ndindex(rows.shape):
            rows[index] = solve_one(name, *index, rows)
            if index[2] == 0:
                progress(f"{name} {index}")
        tables[name] = np.where(np.isfinite(rows), rows, None).tolist()
        tables[f"{name} latency"] = _solve_latency(name, rows)
    about = {
        "what": "cathodic thresholds [A] of C models under a point source in 0.2 S/m, 37 degC",
        "made by": "python -m gatecontrol.fibres.c_table",
        "axes": {"diameter": DIAMETERS, "distance": DISTANCES, "width": WIDTHS, "ratio": RATIOS},
        "tables": tables,
    }
    FILE.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def solve_one(name: str, d: int, x: int, w: int, known: NDArray[np.float64] | None = None) -> float:
    """Return one threshold of the table [A].

    Parameters
    ----------
    name : str
        One of `SOLVED`.
    d, x, w : int
        Places on the axes `DIAMETERS`, `DISTANCES` and `WIDTHS`.
    known : ndarray of float, optional
        The table so far, from which the search begins.
    """
    axon = fibre_model(name).axon(DIAMETERS[d], DISTANCES[x])
    potential = _potential(axon.positions, DISTANCES[x])
    pulse = Waveform.rectangular(WIDTHS[w])
    guess = None
    if known is not None:
        guess = known[d - 1, x, w] / 1.5 if d else known[d, x, w - 1] / 1.6 if w else None
    if guess is None or not np.isfinite(guess):
        return threshold(axon, potential, pulse, precision=0.003)
    dt, duration = axon.model.time_step(pulse), axon.duration_for(pulse)

    def fires(amplitude: float) -> bool:
        return axon.respond(potential, pulse, amplitude, duration, dt, first_only=True).fired

    low = guess
    while fires(low):
        low /= 1.5
    high = low * 1.3
    while not fires(high):
        low, high = high, high * 1.3
    return threshold(axon, potential, pulse, precision=0.003, bracket=(low, high))


def _solve_latency(name: str, rows: NDArray[np.float64]) -> list[float]:
    middle = DISTANCES.index(0.4e-3)
    axon = fibre_model(name).axon(DIAMETERS[1], DISTANCES[middle])
    potential = _potential(axon.positions, DISTANCES[middle])
    pulse = Waveform.rectangular(WIDTHS[2])
    dt, duration = axon.model.time_step(pulse), axon.duration_for(pulse)
    found = []
    for ratio in RATIOS:
        response = axon.respond(
            potential, pulse, ratio * rows[1, middle, 2], duration, dt, first_only=True
        )
        if response.origin is None:
            raise RuntimeError(f"{name} does not fire at {ratio} thresholds")
        found.append(response.origin[1])
    return found


def _potential(positions: NDArray[np.float64], distance: float) -> NDArray[np.float64]:
    return (-1 / (4 * np.pi * CONDUCTIVITY * np.hypot(positions, distance)))[None, :]


if __name__ == "__main__":
    make()
