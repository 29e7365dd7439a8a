"""Curves of two shape parameters over a baseline: weighted fit, bootstrap over seeds.

A curve is ``baseline + gain * basis(x; centre, width)``. For a given centre and width the
best baseline and gain are linear least squares, so they are solved for, and only centre and
width are searched: on a grid, which cannot end in a local minimum, then between its nodes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["GAUSSIAN", "HILL", "PARAMETERS", "Fit", "Shape", "aic", "curves", "fit", "refit"]

Array = NDArray[np.float64]

PARAMETERS = ("baseline", "maximum", "centre", "width")
"""Order of the numbers of a fit; the maximum is the baseline plus the gain."""

_BLOCK = 250  # resamples that are searched together


def _hill(x: Array, centre: Array, width: Array) -> Array:
    with np.errstate(divide="ignore", over="ignore"):
        return 1.0 / (1.0 + (centre / x) ** width)


def _gaussian(x: Array, centre: Array, width: Array) -> Array:
    return np.exp(-0.5 * (np.log(x / centre) / width) ** 2)


@dataclass(frozen=True)
class Shape:
    """A family of curves.

    Attributes
    ----------
    basis : callable
        ``basis(x, centre, width)``, from 0 to 1.
    beyond : float
        How far the centre may lie beyond the values of x, as a factor.
    widths : tuple of float
        Smallest and largest width.
    lowest_gain : float
        0 where only curves that rise from the baseline are meant, else minus infinity.
    """

    basis: Callable[[Array, Array, Array], Array]
    beyond: float
    widths: tuple[float, float]
    lowest_gain: float

    def grid(self, x: Array) -> tuple[Array, Array]:
        """Return centres and widths to be searched, each in geometric steps.

        Parameters
        ----------
        x : ndarray
            Values of the axis; those above 0 count.
        """
        seen = x[x > 0]
        centres = np.geomspace(seen.min() / self.beyond, seen.max() * self.beyond, 121)
        return centres, np.geomspace(*self.widths, 25)


HILL = Shape(_hill, 2.0, (0.5, 20.0), -np.inf)
"""Monotone, up or down: ``x^h / (x^h + c^h)``, the centre c (ED50) and the width h (slope)."""

GAUSSIAN = Shape(_gaussian, 1.0, (0.25, 4.0), 0.0)
"""One optimum, a peak: a Gaussian in ln(x); the width is its standard deviation there."""


@dataclass(frozen=True)
class Fit:
    """A fitted curve.

    Attributes
    ----------
    numbers : ndarray, shape (4,)
        In the order of `PARAMETERS`.
    at_edge : tuple of int
        For centre and width: -1 or 1 at the lower or upper end of what is searched, else 0.
    chi_squared : float
        Weighted sum of squared residuals.
    """

    numbers: Array
    at_edge: tuple[int, int]
    chi_squared: float

    def curve(self, shape: Shape, x: Array) -> Array:
        """Return the curve at values of x."""
        return curves(shape, x, self.numbers[None, :])[0]


def curves(shape: Shape, x: Array, numbers: Array) -> Array:
    """Return many curves at values of x.

    Parameters
    ----------
    shape : Shape
    x : ndarray, shape (n,)
    numbers : ndarray, shape (b, 4)
        In the order of `PARAMETERS`.

    Returns
    -------
    ndarray, shape (b, n)
    """
    baseline, maximum, centre, width = (numbers[:, [i]] for i in range(4))
    return baseline + (maximum - baseline) * shape.basis(x[None, :], centre, width)


def aic(chi_squared: float, parameters: int) -> float:
    """Return Akaike's criterion of a fit to values of known spread, up to a constant.

    Parameters
    ----------
    chi_squared : float
    parameters : int
        Number of fitted parameters.

    References
    ----------
    Akaike 1974 [akaike1974].
    """
    return chi_squared + 2.0 * parameters


def fit(shape: Shape, x: Array, y: Array, error: Array) -> Fit:
    """Fit a curve by weighted least squares.

    Parameters
    ----------
    shape : Shape
    x, y, error : ndarray, shape (n,)
        Axis, values and their standard errors (above 0); 5 values or more.

    References
    ----------
    Separable least squares: Golub and Pereyra 1973 [golub1973].
    """
    from scipy.optimize import curve_fit

    start = refit(shape, x, y[None, :], error)[0]
    centres, widths = shape.grid(x)

    def curve(at: Array, baseline: float, gain: float, log_c: float, log_w: float) -> Array:
        return baseline + gain * shape.basis(at, np.exp(log_c), np.exp(log_w))

    ends = np.log([[centres[0], widths[0]], [centres[-1], widths[-1]]])
    lowest = np.array([-np.inf, shape.lowest_gain, *ends[0]])
    highest = np.array([np.inf, np.inf, *ends[1]])
    first = np.array([start[0], start[1] - start[0], *np.log(start[2:])])
    first = np.clip(first, lowest, highest)
    try:
        found, _ = curve_fit(
            curve, x, y, first, sigma=error, bounds=(lowest, highest), x_scale="jac", max_nfev=2000
        )
    except RuntimeError:  # no convergence: the best of the grid stands
        found = first
    numbers = np.array([found[0], found[0] + found[1], *np.exp(found[2:])])

    def misfit(candidate: Array) -> float:
        rest = (y - curves(shape, x, candidate[None, :])[0]) / error
        return float((rest**2).sum())

    numbers = min((start, numbers), key=misfit)
    return Fit(numbers, _edges(numbers[None, :], centres, widths)[0], misfit(numbers))


def _edges(numbers: Array, centres: Array, widths: Array) -> list[tuple[int, int]]:
    """Return whether centres and widths are at the ends of the grid (within half a step)."""
    sides = []
    for column, nodes in ((2, centres), (3, widths)):
        half = (nodes[1] / nodes[0]) ** 0.5
        value = numbers[:, column]
        sides.append((value > nodes[-1] / half).astype(int) - (value < nodes[0] * half))
    return [(int(a), int(b)) for a, b in zip(*sides, strict=True)]


def refit(shape: Shape, x: Array, values: Array, error: Array) -> Array:
    """Return the parameters of many fits to the same axis, found on the grid.

    Parameters
    ----------
    shape : Shape
    x, error : ndarray, shape (n,)
        As in `fit`.
    values : ndarray, shape (b, n)
        One row for each fit.

    Returns
    -------
    ndarray, shape (b, 4)
        In the order of `PARAMETERS`; between the nodes by parabolas.
    """
    centres, widths = shape.grid(x)
    weights = error**-2.0 / (error**-2.0).sum()
    nodes = shape.basis(x, centres[:, None, None], widths[:, None])  # centre, width, x
    offset = np.einsum("cwx,x->cw", nodes, weights)
    deviation = nodes - offset[..., None]
    size = np.sqrt(np.einsum("cwx,x->cw", deviation**2, weights))
    # A basis that is the same everywhere explains nothing and is divided by nothing.
    flat = size < 1e-6
    unit = np.where(flat[..., None], 0.0, deviation / np.where(flat, 1.0, size)[..., None])
    unit = (unit * weights).reshape(-1, x.size)
    found = np.empty((len(values), 4))
    for start in range(0, len(values), _BLOCK):
        block = values[start : start + _BLOCK]
        # Explained squares of every node: what is left over is smallest where they are largest.
        score = np.einsum("gx,bx->bg", unit, block, optimize=False)
        score = np.maximum(score, shape.lowest_gain) ** 2
        best = score.argmax(axis=1)
        row, column = np.unravel_index(best, offset.shape)
        cube = score.reshape(len(block), *offset.shape)
        rows = np.arange(len(block))
        inner = np.clip(row, 1, centres.size - 2)
        steps = _vertex(*(cube[rows, inner + k, column] for k in (-1, 0, 1)), row == inner)
        centre = centres[row] * (centres[1] / centres[0]) ** steps
        inner = np.clip(column, 1, widths.size - 2)
        steps = _vertex(*(cube[rows, row, inner + k] for k in (-1, 0, 1)), column == inner)
        width = widths[column] * (widths[1] / widths[0]) ** steps
        basis = shape.basis(x, centre[:, None], width[:, None])
        middle = (basis * weights).sum(axis=1)
        about = basis - middle[:, None]
        square = (about**2 * weights).sum(axis=1)
        gain = np.zeros(len(block))
        np.divide((about * weights * block).sum(axis=1), square, out=gain, where=square > 0)
        gain = np.maximum(gain, shape.lowest_gain)
        baseline = (block * weights).sum(axis=1) - gain * middle
        found[start : start + _BLOCK] = np.stack([baseline, baseline + gain, centre, width], -1)
    return found


def _vertex(before: Array, here: Array, after: Array, inside: NDArray[np.bool_]) -> Array:
    """Return how many steps the vertex of a parabola lies from the middle of three nodes."""
    bend = before - 2 * here + after
    steps = np.zeros(here.size)
    np.divide(before - after, 2 * bend, out=steps, where=(bend < 0) & inside)
    return np.clip(steps, -0.5, 0.5)
