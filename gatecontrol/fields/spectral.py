"""From wavenumbers back to space: Fourier and Hankel integrals on turned contours.

The potential F(kx, ky) of a wave is even in kx and ky, so that in space it is

    V(x, y) = 1 / (4 pi^2) * int int F(kx, ky) exp(i kx |x| + i ky |y|) dkx dky,

or, where F depends on k = |(kx, ky)| only (isotropic layers), with the Hankel function H

    V(r) = 1 / (2 pi) * Re int_0^inf F(k) H(k r) k dk.

The layered problem is self-adjoint and positive: F is regular as long as
|arg kx| + |arg ky| < 90 degrees, and the contours may be turned away from the real axis, to
where the integrand decays with every distance instead of oscillating. With both at 30
degrees and kx = s exp(i pi/6), s = exp(u), it is analytic in a strip of half-width pi/6
about the real u, where the trapezoidal rule converges geometrically: about 180 nodes an
axis serve all distances from zero to a metre alike, with an error relative to the value
there and not to the peak. The Hankel integral is turned by 45 degrees.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gatecontrol.fields.stack import Wave

__all__ = ["round_wave_on_grid", "wave_on_grid"]

_STEP = 0.16  # the rule's error is exp(-2 pi (pi/6) / step) = 1e-9
_LOWEST = 1e-8  # [1/m]; what is left out is 2e-8 of the value at 0.1 m and grows with distance
_DECAY = 30.0  # exp(-30) = 1e-13 of the integrand is left out above


def _wavenumbers(shortest: float, angle: float) -> NDArray[np.float64]:
    """Return moduli of wavenumbers for contours on which kappa is turned by an angle."""
    return np.exp(np.arange(np.log(_LOWEST), np.log(_DECAY / shortest / np.cos(angle)), _STEP))


def wave_on_grid(
    wave: "Wave",
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    beyond: NDArray[np.float64],
    shortest: float,
) -> NDArray[np.float64]:
    """Return a wave of a point source in space.

    Parameters
    ----------
    wave : Wave
        From `Stack.waves`.
    x, y : ndarray of float, shapes (nx,) and (ny,)
        Distances from the source along and across [m], not negative.
    beyond : ndarray of float, shape (nz,)
        Distances from the wave's face [m].
    shortest : float
        Shortest way from the source to any of the points, in the measure of the layer whose
        waves decay least [m].

    Returns
    -------
    ndarray of float, shape (nz, ny, nx)
        [V/A].
    """
    s = _wavenumbers(shortest, np.pi / 3)
    turn = np.exp(1j * np.pi / 6)
    kx = s[:, None] * turn
    along = np.exp(1j * np.outer(s * turn, x)) * (s * turn)[:, None]
    total = np.zeros((beyond.size, y.size, x.size))
    # The left half of the ky axis is turned upwards too, to the mirror of the right one.
    for ky, forwards in ((s * turn, 1j), (s * turn.conjugate(), -1j)):
        amplitude = wave.amplitude(kx, ky[None, :]) * ky
        kappa = wave.kappa(kx, ky[None, :])
        across = np.exp(forwards * np.outer(ky, y))
        for n, depth in enumerate(beyond):
            half = (amplitude * np.exp(-kappa * depth)) @ across
            total[n] += (half.T @ along).real
    return total * (_STEP**2 / (2 * np.pi**2))


def round_wave_on_grid(
    wave: "Wave", r: NDArray[np.float64], beyond: NDArray[np.float64], shortest: float
) -> NDArray[np.float64]:
    """Return a wave of a point source in a stack of isotropic layers.

    Parameters
    ----------
    wave : Wave
        From `Stack.waves`.
    r : ndarray of float, shape (nr,)
        Distances from the axis of the source [m], not negative.
    beyond, shortest
        See `wave_on_grid`.

    Returns
    -------
    ndarray of float, shape (nz, nr)
        [V/A].
    """
    from scipy.special import hankel1

    k = _wavenumbers(shortest, np.pi / 4) * np.exp(1j * np.pi / 4)
    # On the axis the logarithm of H has a factor that vanishes in the integral.
    r = np.maximum(r, 1e-9 * shortest)
    across = hankel1(0, np.outer(k, r)) * (k**2)[:, None]
    amplitude = wave.amplitude(k, np.zeros_like(k))
    kappa = wave.kappa(k, np.zeros_like(k))
    waves = amplitude * np.exp(-np.outer(beyond, kappa))
    return (waves @ across).real * (_STEP / (2 * np.pi))
