"""Thresholds of a population from a few solved fibres: tables over diameter and place.

A cable takes milliseconds to solve and a search for its threshold twenty solutions; a sweep
asks for hundreds of fibres in each of thousands of trials. In one electrode's field, though,
a threshold changes smoothly with the fibre's diameter, its place and the place of its nodes:
a few hundred solved fibres tell all others to a percent or so
(docs/recruitment.md has the measured error).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.axon import Axon, fibre_model
from gatecontrol.fibres.bundle import Bundle, Grid, downwards, nearest_of, reach_of, sideways
from gatecontrol.fibres.c_table import RATIOS, c_latency, c_thresholds, like_point_source
from gatecontrol.fibres.excitation import activation_windows
from gatecontrol.fibres.waveform import Waveform

__all__ = [
    "LATENCY_RATIOS",
    "ThresholdTable",
    "from_point_sources",
    "solve",
]

LATENCY_RATIOS = RATIOS
"""Amplitudes in thresholds at which latencies are tabulated."""

_BEYOND = 0.1  # share of an axis' range by which a place may lie outside the grid
_PRECISION = 0.003  # of a threshold
_FINE = 20  # places along a C fibre in the distance of the electrode


@dataclass(frozen=True)
class ThresholdTable:
    """Activation windows and latencies over a grid.

    Attributes
    ----------
    model : str
        Name of the fibre model.
    grid : Grid
        The axes.
    low, high : ndarray of float, shape of the grid
        Lowest and highest amplitude [A] of the first range that fires the fibre; infinite
        where nothing up to `ceiling` does.
    latency : ndarray of float, shape (diameters, len(LATENCY_RATIOS))
        From the pulse's begin to the first spike [s], in the middle of the grid.
    ceiling : float
        Highest amplitude looked at [A].
    """

    model: str
    grid: Grid
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    latency: NDArray[np.float64]
    ceiling: float

    def windows(
        self, diameter: ArrayLike, y: ArrayLike, z: ArrayLike, offset: ArrayLike = 0.0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return activation windows, interpolated between the solved fibres.

        The logarithms of the amplitudes are interpolated linearly along the logarithms of
        diameter and distance and, around the internode, along the offset. Thinner or thicker
        fibres than the model stands for follow the slope at its end (assumed).

        Parameters
        ----------
        diameter, y, z : array_like of float, shape (n,)
            [m].
        offset : array_like of float, shape (n,), optional
            Of a node, in internodes.

        Returns
        -------
        low, high : ndarray of float, shape (n,)
            [A]; infinite where a neighbouring solved fibre never fires.

        Raises
        ------
        GatecontrolError
            A fibre lies outside the grid.
        """
        given = (np.atleast_1d(np.asarray(a, float)) for a in (diameter, y, z, offset))
        values = list(np.broadcast_arrays(*given))
        values[1] = np.abs(values[1]) if self.grid.mirrored else values[1]
        for name, x, knots in zip("yz", values[1:3], (self.grid.y, self.grid.z), strict=True):
            slack = _BEYOND * (knots[-1] - knots[0]) + 1e-9
            if x.size and not (x.min() >= knots[0] - slack and x.max() <= knots[-1] + slack):
                raise GatecontrolError(
                    f"a fibre at {name} = {x[np.argmax(np.abs(x))] * 1e3:.3g} mm lies outside the "
                    + f"table, which reaches from {knots[0] * 1e3:.3g} to {knots[-1] * 1e3:.3g} mm"
                )
        scale = self.grid.scale
        laws = sideways(self.grid.mirrored), downwards(self.grid.z[0])
        places = [_place(np.log(values[0]), np.log(self.grid.diameter))]
        for law, x, knots in zip(laws, values[1:3], (self.grid.y, self.grid.z), strict=True):
            places.append(_place(law.bend(x, scale), law.bend(np.array(knots), scale)))
        around = (values[3] % 1.0) * len(self.grid.offset)
        first = np.floor(around).astype(int) % len(self.grid.offset)
        places.append((first, (first + 1) % len(self.grid.offset), around - np.floor(around)))
        return tuple(np.exp(_mix(np.log(table), places)) for table in (self.low, self.high))

    def latencies(self, diameter: ArrayLike, ratio: ArrayLike) -> NDArray[np.float64]:
        """Return the time [s] from the pulse's begin to the spike.

        Parameters
        ----------
        diameter : array_like of float, shape (n,)
            [m].
        ratio : array_like of float, shape (n,)
            Amplitude over threshold; 1.02 below it and 4 above.
        """
        diameter, ratio = np.broadcast_arrays(
            np.atleast_1d(np.asarray(diameter, float)), np.asarray(ratio, float)
        )
        ends = np.log([self.grid.diameter[0], self.grid.diameter[-1]])
        thickness = _place(np.clip(np.log(diameter), *ends), np.log(self.grid.diameter))
        ratios = np.array(LATENCY_RATIOS)
        above = _place(np.clip(ratio, ratios[0], ratios[-1]), ratios)
        return np.exp(_mix(np.log(self.latency), [thickness, above]))


Place = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def _place(x: NDArray[np.float64], knots: NDArray[np.float64]) -> Place:
    """Return the knots on both sides and the weight of the upper one; outside, beyond 0 or 1."""
    if knots.size == 1:
        zero = np.zeros(x.shape, int)
        return zero, zero, np.zeros(x.shape)
    lower = np.clip(np.searchsorted(knots, x) - 1, 0, knots.size - 2)
    return lower, lower + 1, (x - knots[lower]) / (knots[lower + 1] - knots[lower])


def _mix(values: NDArray[np.float64], places: Sequence[Place]) -> NDArray[np.float64]:
    """Interpolate linearly along every axis; a corner of infinity makes the whole infinite."""
    corners = [(np.zeros(1, np.int64), np.ones(1))]
    for size, (lower, upper, weight) in zip(values.shape, places, strict=True):
        if size == 1:
            continue
        corners = [
            (at * size + side, share * part)
            for at, share in corners
            for side, part in ((lower, 1 - weight), (upper, weight))
        ]
    flat = values.ravel()
    infinite = np.isinf(flat)
    known = np.where(infinite, 0.0, flat)
    shape = places[0][2].shape
    total, beyond = np.zeros(shape), np.zeros(shape, bool)
    for at, share in corners:
        total += share * known[at]
        beyond |= infinite[at] & (share != 0)
    return np.where(beyond, np.inf, total)


def solve(
    bundle: Bundle,
    grid: Grid,
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> ThresholdTable:
    """Solve the fibres of a grid.

    Parameters
    ----------
    bundle : Bundle
        The fibres and what acts on them.
    grid : Grid
        Which are solved.
    threads : int, optional
        Fibres computed at once.
    progress : callable, optional
        Told the number of fibres done and of all.

    Returns
    -------
    ThresholdTable
    """
    model = fibre_model(bundle.model)
    axons, potentials = [], []
    for diameter, y, z, offset in _fibres(grid):
        axon = model.axon(diameter, reach_of(bundle.contacts, y, z))
        axons.append(axon)
        potentials.append(bundle.potential(axon, y, z, offset))
    windows = activation_windows(
        axons, potentials, bundle.pulse, threads=threads, progress=progress,
        ceiling=bundle.ceiling, precision=_PRECISION,
    )  # fmt: skip
    low, high = (windows[:, side].reshape(grid.shape) for side in (0, 1))
    # what every amplitude up to the ceiling excites has no upper end here
    middle = grid.shape[1] // 2, grid.shape[2] // 2, 0
    latency = np.empty((grid.shape[0], len(LATENCY_RATIOS)))
    for row in range(grid.shape[0]):
        number = int(np.ravel_multi_index((row, *middle), grid.shape))
        latency[row] = _latencies(
            axons[number], potentials[number], bundle.pulse, float(windows[number, 0])
        )
    known = np.flatnonzero(np.isfinite(latency).all(1))
    for row in range(grid.shape[0]) if known.size else ():
        # fibres that nothing excites lend theirs from the nearest diameter
        latency[row] = latency[known[np.abs(known - row).argmin()]]
    return ThresholdTable(bundle.model, grid, low, high, latency, bundle.ceiling)


def from_point_sources(bundle: Bundle, grid: Grid) -> ThresholdTable:
    """Return the table of a C model from the table of point sources.

    Parameters
    ----------
    bundle : Bundle
        Of one of `gatecontrol.fibres.c_table.C_MODELS`.
    grid : Grid
        The axes.
    """
    first = int(np.argmax(bundle.pulse.levels.any(axis=1)))
    width = float(bundle.pulse.edges[first + 1] - bundle.pulse.edges[first])
    low = np.empty(grid.shape)
    for j, y in enumerate(grid.y):
        for k, z in enumerate(grid.z):
            reach = reach_of(bundle.contacts, y, z)
            step = nearest_of(bundle.contacts, np.array([y]), np.array([z])) / _FINE
            along = step * np.arange(-math.ceil(3 * reach / step), math.ceil(3 * reach / step) + 1)
            places = bundle.path.at(along) + [0.0, y, z]
            field = sum(
                level * bundle.conductor.potential(places, electrode)
                for level, electrode in zip(
                    bundle.pulse.levels[first], bundle.electrodes, strict=True
                )
            )
            like = like_point_source(along, np.asarray(field))
            thresholds = c_thresholds(bundle.model, np.array(grid.diameter), like, width)
            low[:, j, k, :] = thresholds[:, None]
    latency = np.tile(c_latency(bundle.model, np.array(LATENCY_RATIOS)), (grid.shape[0], 1))
    return ThresholdTable(
        bundle.model, grid, low, np.full(grid.shape, np.inf), latency, bundle.ceiling
    )


def _fibres(grid: Grid) -> Iterator[tuple[float, float, float, float]]:
    """Yield diameter, y, z and offset of every fibre of a grid, in the order of its arrays."""
    for d in grid.diameter:
        for y in grid.y:
            for z in grid.z:
                for offset in grid.offset:
                    yield d, y, z, offset


def _latencies(
    axon: Axon, potential: NDArray[np.float64], pulse: Waveform, threshold: float
) -> NDArray[np.float64]:
    """Return the time [s] of the first spike at each of `LATENCY_RATIOS`; NaN if it has none."""
    if math.isinf(threshold):
        return np.full(len(LATENCY_RATIOS), math.nan)
    dt, duration = axon.model.time_step(pulse), axon.duration_for(pulse)
    found = []
    for ratio in LATENCY_RATIOS:
        response = axon.respond(potential, pulse, ratio * threshold, duration, dt, first_only=True)
        found.append(response.origin[1] if response.origin and response.fired else math.nan)
    return np.array(found)
