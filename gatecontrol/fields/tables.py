"""Tables of the waves of a layered medium, interpolated smoothly.

A fibre's threshold rests on second differences of the potential, over internodes of about
1 mm and over 25 um in C fibres. A wave is therefore tabulated once for each doubling of the
way from the source: with Chebyshev nodes in depth and quintic splines in
``asinh(distance / way)``, in which a field that spreads from a distance is smooth at every
scale. The second derivative of a quintic spline errs with the fourth power of its step:
values hold to about 1e-7 and curvatures to about 1e-5 of their largest value at that depth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asinh, ceil

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.electrodes import Contact
from gatecontrol.fields.spectral import round_wave_on_grid, wave_on_grid
from gatecontrol.fields.stack import Wave

__all__ = ["REACH", "Points", "add_wave"]

REACH = 1.0
"""Distance along and across up to which a field is tabulated [m]."""

Array = NDArray[np.float64]

_LEAST_WAY = 1e-6  # [m]; shorter ways from a source through a face count as a micrometre
_DEPTHS = 16  # Chebyshev nodes for one doubling of the way: 1e-9 of the value
_STEP = 0.1  # of the splines, in asinh(distance / way)
_PAD = 14  # steps beyond the reach, where the end condition of the splines has died out
_ROWS = 1024  # fibres whose splines are held at a time
_DISK_DETAIL = 11.0  # sets a disk's quadrature: 1e-7 of the value, 2e-5 of the curvature
_DISK_NEAREST = 0.02  # of the radius; nearer, a disk needs too many points


@dataclass(frozen=True)
class _Axis:
    """Nodes of a spline: even in the distance, dense near the source or a disk's rim."""

    way: float
    radius: float

    def place(self, distance: Array) -> Array:
        """Return the place on the axis in steps."""
        if not self.radius:
            return np.arcsinh(distance / self.way) / _STEP
        near = np.arcsinh((distance - self.radius) / self.way)
        far = np.arcsinh((distance + self.radius) / self.way)
        return (near + far) / (2 * _STEP)

    @property
    def size(self) -> int:
        """Number of nodes."""
        return ceil(float(self.place(np.array(REACH)))) + _PAD

    def nodes(self) -> Array:
        """Return the distances of the nodes [m]."""
        wanted = np.arange(self.size, dtype=float)
        if not self.radius:
            return self.way * np.sinh(_STEP * wanted)
        low = np.zeros(self.size)
        high = np.full(self.size, self.radius + self.way * np.sinh(_STEP * self.size))
        for _ in range(60):
            middle = (low + high) / 2
            above = self.place(middle) > wanted
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return (low + high) / 2


def _basis(place: Array, size: int) -> tuple[NDArray[np.int64], Array]:
    """Return the first of six coefficients, and the weights (6, n), of quintic splines."""
    place = np.minimum(place, size - 3.5)
    first = place.astype(np.int64)
    t = place - first
    u = 1 - t
    t2, u2 = t * t, u * u
    weights = np.array([
        u2 * u2 * u,
        26 + t * (-50 + t * (20 + t * (20 + t * (-20 + 5 * t)))),
        66 + t2 * (-60 + t2 * (30 - 10 * t)),
        66 + u2 * (-60 + u2 * (30 - 10 * u)),
        26 + u * (-50 + u * (20 + u * (20 + u * (-20 + 5 * u)))),
        t2 * t2 * t,
    ])
    return first, weights / 120


@dataclass(frozen=True)
class _Table:
    """One wave over one doubling of the way from the source.

    Attributes
    ----------
    near, far : float
        Distances from the wave's face between which it holds [m].
    axis : _Axis
        Nodes along, and across unless the field is round.
    coefficients : ndarray of float, shape (depths, across, along)
        Of the splines, with two mirrored ones before the first.
    """

    near: float
    far: float
    axis: _Axis
    coefficients: Array

    @property
    def is_round(self) -> bool:
        """Whether the field depends on the distance from the axis of the source only."""
        return self.coefficients.shape[1] == 1

    def rows(self, across: Array, beyond: Array) -> Array:
        """Return the coefficients along x at some distances across and from the face."""
        depth = _depth_weights(self.near, self.far, beyond)
        if self.is_round:
            return depth @ self.coefficients[:, 0]
        first, weights = _basis(self.axis.place(across), self.axis.size)
        total = np.zeros((across.size, self.coefficients.shape[2]))
        for k in range(6):
            part = self.coefficients[:, first + k]
            total += np.einsum("nd,dnx,n->nx", depth, part, weights[k])
        return total

    def along(self, rows: Array, which: NDArray[np.int64], distance: Array) -> Array:
        """Return values at distances [m] along the splines `rows[which]`."""
        first, weights = _basis(self.axis.place(distance), self.axis.size)
        start = which * rows.shape[1] + first
        flat = rows.ravel()
        total = weights[0] * flat[start]
        for k in range(1, 6):
            total += weights[k] * flat[start + k]
        return total


def _depth_nodes(near: float, far: float) -> Array:
    angles = np.pi * (np.arange(_DEPTHS) + 0.5) / _DEPTHS
    return (near + far) / 2 - (far - near) / 2 * np.cos(angles)


def _depth_weights(near: float, far: float, beyond: Array) -> Array:
    """Return Lagrange's weights (n, depths) by the barycentric formula."""
    angles = np.pi * (np.arange(_DEPTHS) + 0.5) / _DEPTHS
    bary = np.sin(angles) * (-1.0) ** np.arange(_DEPTHS)
    apart = beyond[:, None] - _depth_nodes(near, far)
    hit = np.abs(apart) < 1e-13 * (far - near)
    parts = bary / np.where(hit, 1.0, apart)
    parts = np.where(hit.any(1)[:, None], hit, parts)
    return parts / parts.sum(1)[:, None]


def _splined(values: Array) -> Array:
    """Return spline coefficients of values (depths, across, along) on even axes."""
    from scipy.ndimage import spline_filter1d

    for axis in (1, 2):
        if values.shape[axis] == 1:
            continue
        values = spline_filter1d(values, order=5, axis=axis, mode="mirror")
        before = np.take(values, [2, 1], axis=axis)
        values = np.concatenate([before, values], axis=axis)
    return np.ascontiguousarray(values)


def _extent(wave: Wave, doubling: int) -> tuple[float, float, float]:
    """Return the distances from the face of a table's ends, and the way to the nearer [m]."""
    start = max(wave.way, _LEAST_WAY)
    near = start * 2.0**doubling - wave.way
    return near, start * 2.0 ** (doubling + 1) - wave.way, start * 2.0**doubling


@lru_cache(maxsize=96)
def _table(wave: Wave, doubling: int, radius: float) -> _Table:
    near, far, way = _extent(wave, doubling)
    shortest = way * wave.stack.narrowest
    axis = _Axis(shortest, radius)
    if radius:
        values = _disk_values(_table(wave, doubling, 0.0), axis)
    else:
        along = axis.nodes()
        depths = _depth_nodes(near, far)
        if wave.stack.is_isotropic:
            values = round_wave_on_grid(wave, along, depths, shortest)[:, None]
        else:
            values = wave_on_grid(wave, along, along, depths, shortest)
    return _Table(near, far, axis, _splined(values))


def _chords(radius: float, way: float) -> Iterator[tuple[float, Array, Array]]:
    """Yield (across, along, weights) of the rows of points that stand for a disk.

    Gauss-Chebyshev rule (second kind) over the chords, whose lengths are its weight
    function, and Gauss-Legendre along each; the numbers follow from the distance at which
    the rows are seen.
    """
    count = _nodes_for(radius, way)
    for angle in np.pi * np.arange(1, count + 1) / (count + 1):
        half = radius * np.sin(angle)
        nodes, weights = np.polynomial.legendre.leggauss(_nodes_for(half, way))
        yield radius * np.cos(angle), half * nodes, np.sin(angle) ** 2 / (count + 1) * weights


def _nodes_for(half: float, way: float) -> int:
    return ceil(_DISK_DETAIL / (2 * asinh(way / half))) + 2


def _disk_values(point: _Table, axis: _Axis) -> Array:
    """Return a disk of uniform current density at its nodes, as a sum of points."""
    nodes = axis.nodes()
    if point.is_round:
        matrix = sum(
            _matrix(point.axis, np.hypot(nodes - along[:, None], across), weights)
            for across, along, weights in _chords(axis.radius, axis.way)
        )
        return point.coefficients @ matrix.T
    total = np.zeros((_DEPTHS, nodes.size, nodes.size))
    for across, along, weights in _chords(axis.radius, axis.way):
        y = _matrix(point.axis, np.abs(nodes - across)[None], np.ones(1))
        x = _matrix(point.axis, np.abs(nodes - along[:, None]), weights)
        total += y @ point.coefficients @ x.T
    return total


def _matrix(axis: _Axis, distance: Array, share: Array) -> Array:
    """Return the matrix (n, coefficients) that sums splines at distances (sources, n)."""
    first, weights = _basis(axis.place(distance), axis.size)
    columns = axis.size + 2
    start = np.arange(distance.shape[1]) * columns + first
    total = np.zeros(distance.shape[1] * columns)
    for k in range(6):
        part = share[:, None] * weights[k]
        total += np.bincount((start + k).ravel(), part.ravel(), total.size)
    return total.reshape(-1, columns)


@dataclass(frozen=True)
class Points:
    """Field points in one layer, gathered by their place across x.

    Attributes
    ----------
    x : ndarray of float, shape (n,)
        [m].
    pair : ndarray of int, shape (n,)
        Row of `y` and `z`.
    y, z : ndarray of float, shape (m,)
        The different places across [m].
    """

    x: Array
    pair: NDArray[np.int64]
    y: Array
    z: Array


def add_wave(total: Array, wave: Wave, contacts: Sequence[Contact], points: Points) -> None:
    """Add a wave of contacts at one place across to the potential at points.

    Parameters
    ----------
    total : ndarray of float, shape (n,)
        [V/A]; changed.
    wave : Wave
        Of a source at the contacts' depth.
    contacts : sequence of Contact
        With one y, one z and one radius.
    points : Points
        In the wave's layer.
    """
    y0, radius = contacts[0].position[1], contacts[0].radius
    beyond = np.abs(points.z - wave.edge)
    start = max(wave.way, _LEAST_WAY)
    way = np.maximum(wave.way + beyond, start)
    doubling = np.floor(np.log2(way / start * (1 + 1e-12))).astype(np.int64)
    if radius and way.size and way.min() < _DISK_NEAREST * radius:
        raise GatecontrolError(
            f"a fibre lies less than {_DISK_NEAREST:.0%} of its radius from the "
            + f"{contacts[0].label or 'disk'}: move the fibre away"
        )
    for step in np.unique(doubling):
        table = _table(wave, int(step), radius)
        rows = np.flatnonzero(doubling == step)
        for part in np.array_split(rows, ceil(rows.size / _ROWS)):
            local = np.full(points.y.size, -1)
            local[part] = np.arange(part.size)
            which = local[points.pair]
            here = np.flatnonzero(which >= 0)
            which, x = which[here], points.x[here]
            y = np.abs(points.y[part] - y0)
            splines = table.rows(y, np.maximum(beyond[part], start - wave.way))
            for contact in contacts:
                distance = np.abs(x - contact.position[0])
                if table.is_round:
                    distance = np.hypot(distance, y[which])
                total[here] += contact.share * table.along(splines, which, distance)
