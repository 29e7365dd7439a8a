"""The current of a programme in time, as stretches of constant level on each channel.

A level multiplies the programme's amplitude. +1 is the programmed direction of the first phase:
the potential of an electrode carries the shares of its contacts (-1 for the cathode), so a
level of +1 drives a cathode negative, and a recharge is negative.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.errors import GatecontrolError

__all__ = ["POLARITIES", "Waveform"]

POLARITIES = {"cathodic": 1.0, "anodic": -1.0}
"""Level of the first phase by its polarity at the contact that is programmed as cathode."""

_BALANCE = 1e-6  # net charge that still counts as balanced, as a fraction of the charge moved


@dataclass(frozen=True, eq=False)
class Waveform:
    """Levels that hold between edges; zero outside.

    Attributes
    ----------
    edges : ndarray of float, shape (k + 1,)
        [s], ascending, the first 0.
    levels : ndarray of float, shape (k, channels)
        Level i holds from edge i up to edge i + 1. A vector of k levels is one channel.
    """

    edges: NDArray[np.float64]
    levels: NDArray[np.float64]

    def __post_init__(self) -> None:
        edges = np.array(self.edges, float)
        levels = np.array(self.levels, float)
        levels = levels[:, None] if levels.ndim == 1 else levels
        if edges.ndim != 1 or levels.ndim != 2 or levels.shape[0] != edges.size - 1:
            raise ValueError(
                "a waveform needs k + 1 edges and k rows of levels, got the shapes "
                + f"{edges.shape} and {levels.shape}"
            )
        if not (edges.size > 1 and levels.size and np.isfinite(edges).all()):
            raise GatecontrolError("a waveform needs at least one stretch between finite edges")
        if edges[0] != 0 or not (np.diff(edges) > 0).all():
            raise GatecontrolError("the edges of a waveform must ascend from 0 s")
        if not np.isfinite(levels).all():
            raise GatecontrolError("the levels of a waveform must be finite")
        edges.flags.writeable = levels.flags.writeable = False
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "levels", levels)

    @classmethod
    def rectangular(
        cls,
        width: float,
        *,
        recharge: bool = False,
        gap: float = 0.0,
        ratio: float = 1.0,
        polarity: str = "cathodic",
    ) -> "Waveform":
        """Return one rectangular pulse on one channel.

        Parameters
        ----------
        width : float
            Of the first phase [s].
        recharge : bool, optional
            Whether a phase of the opposite sign and the same charge follows.
        gap : float, optional
            Between the phases [s].
        ratio : float, optional
            Width of the recharge in widths of the first phase; its level is 1 / ratio.
        polarity : str, optional
            ``"cathodic"`` or ``"anodic"``: the first phase.
        """
        for name, value, least in (("width", width, 0.0), ("ratio", ratio, 0.0)):
            if not (value > least and math.isfinite(value)):
                raise GatecontrolError(f"the {name} of a pulse must be above 0, got {value:g}")
        if not (gap >= 0 and math.isfinite(gap)):
            raise GatecontrolError(f"the gap between phases must not be negative, got {gap:g} s")
        if polarity not in POLARITIES:
            raise GatecontrolError(f"a pulse is {' or '.join(POLARITIES)} first, not {polarity!r}")
        stretches = [(width, 1.0)]
        if recharge:
            stretches += [(gap, 0.0)] if gap else []
            stretches += [(ratio * width, -1 / ratio)]
        lengths, levels = zip(*stretches, strict=True)
        sign = POLARITIES[polarity]
        return cls(np.cumsum([0.0, *lengths]), sign * np.array(levels))

    @classmethod
    def sampled(cls, times: ArrayLike, values: ArrayLike) -> "Waveform":
        """Return a waveform that holds each sample until the next.

        Parameters
        ----------
        times : array_like of float, shape (k,)
            [s], ascending, the first not before 0.
        values : array_like of float, shape (k,) or (k, channels)
            Levels. The last row ends the waveform and must be 0.
        """
        times, values = np.asarray(times, float), np.asarray(values, float)
        values = values[:, None] if values.ndim == 1 else values
        if times.ndim != 1 or values.ndim != 2 or len(times) != len(values) or len(times) < 2:
            raise GatecontrolError("a sampled waveform needs at least two times, each with levels")
        if np.any(values[-1] != 0):
            raise GatecontrolError(
                "a sampled waveform must end with a sample of 0: until when the last level holds "
                + "is not known"
            )
        if times[0] > 0:
            times = np.concatenate([[0.0], times])
            values = np.concatenate([np.zeros((1, values.shape[1])), values])
        return cls(times, values[:-1])

    @classmethod
    def train(cls, pulse: "Waveform", times: Iterable[float]) -> "Waveform":
        """Return a pulse repeated.

        Parameters
        ----------
        pulse : Waveform
        times : iterable of float
            Onsets [s], ascending, the first not before 0; a pulse must have ended before the
            next begins.
        """
        onsets = np.array(list(times), float)
        if onsets.size == 0 or not np.isfinite(onsets).all() or onsets[0] < 0:
            raise GatecontrolError("a train needs at least one onset, none before 0 s")
        waits = np.diff(onsets) - pulse.duration
        # onsets computed as k / rate may touch the end of a pulse to rounding only
        if (waits < -1e-9 * pulse.duration).any():
            k = int(np.argmin(waits))
            raise GatecontrolError(
                f"pulses of {pulse.duration * 1e6:g} us overlap: one begins "
                + f"{(onsets[k + 1] - onsets[k]) * 1e6:g} us after another; lower the rate or "
                + "shorten the pulse"
            )
        edges, levels, end = [np.zeros(1)], [], 0.0
        silence = np.zeros((1, pulse.channels))
        for onset in onsets:
            if onset - end > 1e-9 * pulse.duration:
                edges.append(np.array([onset]))
                levels.append(silence)
                end = onset
            edges.append(end + pulse.edges[1:])
            levels.append(pulse.levels)
            end += pulse.duration
        return cls(np.concatenate(edges), np.concatenate(levels))

    @property
    def channels(self) -> int:
        """Number of channels, each with a potential of its own."""
        return self.levels.shape[1]

    @property
    def duration(self) -> float:
        """Last edge [s]."""
        return float(self.edges[-1])

    @property
    def shortest(self) -> float:
        """Shortest stretch that carries current [s]; the duration if none does."""
        carries = self.levels.any(axis=1)
        return float(np.diff(self.edges)[carries].min()) if carries.any() else self.duration

    @property
    def net_charge(self) -> NDArray[np.float64]:
        """Integral of each channel's level [s]: the charge left per ampere of amplitude."""
        return np.diff(self.edges) @ self.levels

    def require_balance(self) -> None:
        """Refuse a waveform that leaves charge on an electrode.

        Raises
        ------
        GatecontrolError
            The phases of a channel do not cancel to a millionth of the charge that they move.
        """
        moved = np.diff(self.edges) @ np.abs(self.levels)
        left = np.abs(self.net_charge)
        if (left > _BALANCE * moved).any():
            worst = float((left / np.where(moved > 0, moved, 1)).max())
            raise GatecontrolError(
                f"the waveform is not charge balanced: {worst * 100:.3g} % of the charge that it "
                + "moves is left on the electrode; add a recharge phase of equal charge"
            )

    def on_grid(self, dt: float) -> tuple[NDArray[np.int64], NDArray[np.float64], int]:
        """Return the waveform on time steps.

        Onsets are rounded to the grid, and so is the length of what follows an onset without a
        pause: pulses of a train are alike, whatever its rate.

        Parameters
        ----------
        dt : float
            Time step [s].

        Returns
        -------
        first_step : ndarray of int, shape (m,)
            Step at which a stretch of constant level begins; the first is 0. Step j reaches
            from j dt to (j + 1) dt.
        level : ndarray of float, shape (m, channels)
            Level of each stretch.
        steps : int
            Step at which the last stretch ends; from there on all is zero.

        Raises
        ------
        GatecontrolError
            A stretch with current is shorter than half a step.
        """
        carries = self.levels.any(axis=1)
        starts = carries & np.concatenate([[True], ~carries[:-1]])
        # the onset that each edge is counted from: its own if the level leaves zero there
        own = np.concatenate([starts | ~carries, [False]])
        onset = self.edges[np.maximum.accumulate(np.where(own, np.arange(own.size), 0))]
        step = np.rint(onset / dt) + np.rint((self.edges - onset) / dt)
        step = step.astype(np.int64)
        if (np.diff(step)[carries] < 1).any():
            raise GatecontrolError(
                f"a stretch of {self.shortest * 1e6:g} us is too short for time steps of "
                + f"{dt * 1e6:g} us; take a longer one, or shorter steps"
            )
        # a pause may vanish, and then its edges coincide
        step[1:] = np.maximum.accumulate(step[1:])
        kept = np.diff(step) > 0
        return step[:-1][kept], self.levels[kept], int(step[-1])
