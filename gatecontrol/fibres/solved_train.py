"""Trains that the rule does not know, solved: kilohertz, anodic pulses, any waveform.

One stretch of the programme is solved for a few diameters and amplitudes; what a fibre does in
its later half it is taken to do from then on. About 0.25 CPU seconds for each simulated second
of a fibre, 0.5 with phases of 30 us and less.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.axon import Axon
from gatecontrol.fibres.excitation import threshold
from gatecontrol.fibres.waveform import Waveform

__all__ = ["RATIOS", "SolvedTrains", "solve_trains", "solved_train"]

RATIOS = (1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.6, 2.0, 3.0, 5.0)
"""Amplitudes that are solved, in thresholds of the programme; at the threshold itself a
bracket's upper end is solved, which fires."""

STRETCH = 0.15
"""Simulated time [s]; onset responses of the double cable at 10 kHz end within 20 ms."""


def solved_train(
    axon: Axon,
    potential: NDArray[np.float64],
    waveform: Waveform,
    amplitude: float,
    *,
    duration: float | None = None,
) -> NDArray[np.float64]:
    """Return the spikes [s] that a programme sends along one fibre, as the solver has them.

    Parameters
    ----------
    axon, potential, waveform, amplitude
        As for `Axon.respond`.
    duration : float, optional
        Simulated time [s]; until the last spike has passed if None.
    """
    dt = axon.model.time_step(waveform)
    duration = axon.duration_for(waveform) if duration is None else duration
    response = axon.respond(potential, waveform, amplitude, duration, dt)
    return response.right if response.right.size >= response.left.size else response.left


@dataclass(frozen=True)
class SolvedTrains:
    """Spikes of one stretch over a grid of fibres and amplitudes.

    Attributes
    ----------
    diameters : ndarray of float, shape (d,)
        [m], ascending.
    thresholds : ndarray of float, shape (d,)
        Lowest amplitude [A] of the programme that fires each fibre at all.
    ratios : ndarray of float, shape (r,)
        Amplitudes in these thresholds.
    times : tuple of tuple of ndarray
        Spikes [s] by diameter and ratio.
    stretch : float
        Solved time [s].
    """

    diameters: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    ratios: NDArray[np.float64]
    times: tuple[tuple[NDArray[np.float64], ...], ...]
    stretch: float

    @property
    def steady_rate(self) -> NDArray[np.float64]:
        """Spikes per second in the later half of the stretch [Hz], shape (d, r)."""
        half = self.stretch / 2
        return np.array([[(t >= half).sum() / half for t in row] for row in self.times])

    def spikes(
        self, diameter: ArrayLike, ratio: ArrayLike, duration: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the spikes of fibres whose threshold for the programme is known.

        Each fibre does as the nearest solved one: rates change in steps and do not interpolate.
        Past the stretch, its later half is repeated.

        Parameters
        ----------
        diameter, ratio : array_like of float, shape (k,)
            Outer diameter [m], and amplitude over the fibre's own threshold.
        duration : float
            Of the programme [s].

        Returns
        -------
        fibre : ndarray of int, shape (m,)
            Index of the fibre of each spike.
        time : ndarray of float, shape (m,)
            [s] from the programme's begin.
        """
        diameter, ratio = np.broadcast_arrays(
            np.atleast_1d(np.asarray(diameter, float)), np.asarray(ratio, float)
        )
        fibres, times = [np.empty(0, np.int64)], [np.empty(0)]
        for k in np.flatnonzero(ratio >= self.ratios[0]):
            d = int(np.abs(np.log(self.diameters / diameter[k])).argmin())
            r = int(np.abs(np.log(self.ratios / ratio[k])).argmin())
            found = self._continued(self.times[d][r], duration)
            fibres.append(np.full(found.size, k))
            times.append(found)
        return np.concatenate(fibres), np.concatenate(times)

    def _continued(self, times: NDArray[np.float64], duration: float) -> NDArray[np.float64]:
        """Repeat the later half of a stretch until a duration."""
        half = self.stretch / 2
        later = times[times >= half]
        turns = max(0, int(np.ceil((duration - self.stretch) / half)))
        more = (later + half * np.arange(1, turns + 1)[:, None]).ravel()
        found = np.concatenate([times, more])
        return found[found < duration]


def solve_trains(
    axons: Sequence[Axon],
    potentials: Sequence[NDArray[np.float64]],
    waveform: Waveform,
    *,
    ratios: Sequence[float] = RATIOS,
    threads: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> SolvedTrains:
    """Solve one stretch of a programme for a few fibres.

    Parameters
    ----------
    axons : sequence of Axon
        Of ascending diameter.
    potentials : sequence of ndarray
        One for each axon.
    waveform : Waveform
        The stretch: `STRETCH` or longer where what follows an onset matters.
    ratios : sequence of float, optional
        Amplitudes in thresholds of this programme, ascending.
    threads : int, optional
        Fibres computed at once.
    progress : callable, optional
        Told the number of fibres done and of all.

    Returns
    -------
    SolvedTrains

    Raises
    ------
    GatecontrolError
        The programme does not fire one of the fibres at any amplitude.
    """

    def one(k: int) -> tuple[float, tuple[NDArray[np.float64], ...]]:
        axon, potential = axons[k], potentials[k]
        lowest = threshold(axon, potential, waveform)
        if not np.isfinite(lowest):
            raise GatecontrolError(
                f"the programme does not fire a fibre of {axon.diameter * 1e6:g} um at any "
                + "amplitude"
            )
        duration = waveform.duration
        return lowest, tuple(
            solved_train(axon, potential, waveform, r * lowest, duration=duration) for r in ratios
        )

    rows = []
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        for done, row in enumerate(pool.map(one, range(len(axons))), 1):
            rows.append(row)
            if progress is not None:
                progress(done, len(axons))
    lowest, times = zip(*rows, strict=True)
    return SolvedTrains(
        np.array([a.diameter for a in axons]),
        np.array(lowest),
        np.array(ratios, float),
        times,
        waveform.duration,
    )
