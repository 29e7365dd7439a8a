"""Between which amplitudes a programme excites a fibre: its activation window.

Excitation is not monotone in amplitude: well above threshold an anodal surround or a cathodal
block stops the spike on its way. So amplitudes are searched upwards from one that is certainly
too weak, and the window has an upper end.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.axon import Axon
from gatecontrol.fibres.waveform import Waveform

__all__ = ["HIGHEST", "activation_window", "activation_windows", "threshold"]

HIGHEST = 100.0
"""Ceiling in thresholds where none is given (assumed: above any programme's reach)."""

_HARMLESS = 4e-3
"""Spread of the field along a fibre [V] from which the search starts: a membrane is driven by less
than the spread, and thresholds of the golden runs need 13 mV and more."""

_UTMOST = 1e5  # in harmless amplitudes: 400 V along one fibre
_STRIDE = 1.5  # windows of the models in use reach over a factor of 5 and more


def threshold(
    axon: Axon,
    potential: NDArray[np.float64],
    waveform: Waveform,
    *,
    dt: float | None = None,
    duration: float | None = None,
    ceiling: float | None = None,
    precision: float = 0.005,
    bracket: tuple[float, float] | None = None,
) -> float:
    """Return the lowest amplitude [A] whose spike passes a detector, inf below the ceiling.

    Parameters
    ----------
    axon, potential, waveform
        As for `Axon.respond`.
    dt : float, optional
        Time step [s]; the model's for this waveform if None.
    duration : float, optional
        Simulated time [s]; the axon's for this waveform if None.
    ceiling : float, optional
        Highest amplitude tried [A].
    precision : float, optional
        Relative width of the last bracket; its upper end, which fires, is returned.
    bracket : tuple of float, optional
        Amplitudes [A] of which the first is too weak and the second fires, instead of the search
        upwards.

    Raises
    ------
    GatecontrolError
        The bracket is none, or the fibre fires by itself.
    """
    fires = _firing(axon, potential, waveform, dt, duration)
    if bracket is None:
        spread = _spread(potential, waveform)
        if spread == 0:
            return math.inf
        start = _HARMLESS / spread
        top = _UTMOST * start if ceiling is None else ceiling
        weak = _descend(fires, min(start, top))
        bracket = _climb(fires, weak, top)
    elif fires(bracket[0]) or not fires(bracket[1]):
        weak, strong = (f"{amplitude * 1e3:g} mA" for amplitude in bracket)
        raise GatecontrolError(
            f"no threshold lies between {weak} and {strong}: the first must be too weak and the "
            + "second must fire; leave the bracket out to search upwards"
        )
    return _bisect(fires, *bracket, precision)[1]


def activation_window(
    axon: Axon,
    potential: NDArray[np.float64],
    waveform: Waveform,
    *,
    dt: float | None = None,
    duration: float | None = None,
    ceiling: float | None = None,
    precision: float = 0.005,
) -> tuple[float, float]:
    """Return the lowest and the highest amplitude [A] of the first range that excites a fibre.

    Parameters
    ----------
    axon, potential, waveform, dt, duration, precision
        As for `threshold`.
    ceiling : float, optional
        Highest amplitude tried [A]; `HIGHEST` thresholds if None.

    Returns
    -------
    low, high : float
        Both infinite if nothing below the ceiling excites the fibre; `high` is infinite if
        everything from `low` to the ceiling does, as far as steps of half the amplitude tell.
    """
    settings = {"dt": dt, "duration": duration, "precision": precision}
    low = threshold(axon, potential, waveform, ceiling=ceiling, **settings)
    if math.isinf(low):
        return low, low
    fires = _firing(axon, potential, waveform, dt, duration)
    top = HIGHEST * low if ceiling is None else ceiling
    bracket = _climb(lambda amplitude: not fires(amplitude), low, top)
    return low, _bisect(lambda amplitude: not fires(amplitude), *bracket, precision)[0]


def activation_windows(
    axons: Sequence[Axon],
    potentials: Sequence[NDArray[np.float64]],
    waveform: Waveform,
    *,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **settings: float | None,
) -> NDArray[np.float64]:
    """Return the activation windows of many fibres.

    Parameters
    ----------
    axons : sequence of Axon
    potentials : sequence of ndarray
        One for each axon.
    waveform : Waveform
        The programme of all.
    threads : int, optional
        Fibres computed at once; 1 where processes already share the cores.
    progress : callable, optional
        Told the number of fibres done and of all.
    **settings
        As for `activation_window`.

    Returns
    -------
    ndarray of float, shape (fibres, 2)
        Lowest and highest amplitude [A].
    """
    windows = np.empty((len(axons), 2))

    def one(fibre: int) -> tuple[int, tuple[float, float]]:
        return fibre, activation_window(axons[fibre], potentials[fibre], waveform, **settings)

    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for done, (fibre, window) in enumerate(pool.map(one, range(len(axons))), 1):
            windows[fibre] = window
            if progress is not None:
                progress(done, len(axons))
    return windows


def _firing(
    axon: Axon,
    potential: NDArray[np.float64],
    waveform: Waveform,
    dt: float | None,
    duration: float | None,
) -> Callable[[float], bool]:
    dt = axon.model.time_step(waveform) if dt is None else dt
    duration = axon.duration_for(waveform) if duration is None else duration

    def fires(amplitude: float) -> bool:
        return axon.respond(potential, waveform, amplitude, duration, dt, first_only=True).fired

    return fires


def _spread(potential: NDArray[np.float64], waveform: Waveform) -> float:
    """Return the largest difference of potential along the fibre at any time [V/A]."""
    field = np.atleast_2d(np.asarray(potential, float))
    if field.shape[0] != waveform.channels:
        raise ValueError(f"{waveform.channels} channels, but {field.shape[0]} potentials")
    if not np.isfinite(field).all():
        raise GatecontrolError(
            "the potential along a fibre is not finite; does it pass through a contact?"
        )
    levels = np.unique(waveform.levels, axis=0)
    return float(max(np.ptp(level @ field) for level in levels))


def _descend(fires: Callable[[float], bool], start: float) -> float:
    """Return an amplitude that is too weak, `start` or a lower one."""
    weak = start
    while fires(weak):
        weak /= 2
        if weak < 1e-6 * start:
            raise GatecontrolError("the fibre fires without a field; it has no threshold")
    return weak


def _climb(happens: Callable[[float], bool], start: float, ceiling: float) -> tuple[float, float]:
    """Return two neighbouring amplitudes: it happens at the second, infinite if never.

    It does not happen at `start` and the amplitudes between.
    """
    low, high = start, start * _STRIDE
    while high < ceiling:
        if happens(high):
            return low, high
        low, high = high, high * _STRIDE
    return (low, ceiling) if low < ceiling and happens(ceiling) else (low, math.inf)


def _bisect(
    happens: Callable[[float], bool], low: float, high: float, precision: float
) -> tuple[float, float]:
    """Narrow a bracket geometrically; an infinite one stays."""
    if math.isinf(high):
        return high, high
    while high > low * (1 + precision):
        middle = math.sqrt(low * high)
        if happens(middle):
            high = middle
        else:
            low = middle
    return low, high
