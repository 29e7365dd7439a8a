"""How the distance from lead to cord moves, and thresholds with it, from pulse to pulse.

The cord lies in fluid: it sinks away from a dorsal lead when the body lies on its front (2-3 mm
between postures [holsheimer1994]), and moves with breath and heartbeat. A posture that drifts
is an Ornstein-Uhlenbeck process here; breath and heartbeat are sines. Sudden movements such as
a cough are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from gatecontrol.plugins import Parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["POSTURE_PARAMETERS", "Posture"]

POSTURE_PARAMETERS = (
    Parameter(
        "posture_sway",
        "length",
        "0 mm",
        "Standard deviation of the slow movement of the cord against the lead; 0 for none.",
        "Posture sway",
        minimum="0 mm",
        maximum="3 mm",
    ),
    Parameter(
        "posture_time",
        "time",
        "10 s",
        "Time over which the slow movement forgets where it was.",
        "Posture time",
        minimum="0.1 s",
        maximum="1 h",
    ),
    Parameter(
        "breath_depth",
        "length",
        "0 mm",
        "Amplitude of the movement with breath.",
        "Breath depth",
        minimum="0 mm",
        maximum="2 mm",
    ),
    Parameter(
        "breath_rate",
        "frequency",
        "0.25 Hz",
        "Rate of breath.",
        "Breath rate",
        minimum="0.05 Hz",
        maximum="2 Hz",
    ),
    Parameter(
        "heartbeat_depth",
        "length",
        "0 mm",
        "Amplitude of the movement with the heartbeat.",
        "Heartbeat depth",
        minimum="0 mm",
        maximum="1 mm",
    ),
    Parameter(
        "heart_rate",
        "frequency",
        "1.1 Hz",
        "Rate of the heart.",
        "Heart rate",
        minimum="0.3 Hz",
        maximum="12 Hz",
    ),
    Parameter(
        "distance_exponent",
        "number",
        1.4,
        "Power of the distance that thresholds follow: a layered cord gives 0.5, 1.2 and 3 mA at "
        + "1.6, 3.3 and 5.6 mm.",
        "Distance exponent",
        minimum=0.0,
        maximum=3.0,
    ),
)
"""Declaration, for devices whose electrode and fibres move against each other."""


@dataclass(frozen=True)
class Posture:
    """Movement of the fibres against the electrode, in SI units.

    Attributes
    ----------
    posture_sway, breath_depth, heartbeat_depth : float
        Standard deviation of the slow movement, amplitudes of the fast ones [m].
    posture_time : float
        Correlation time of the slow movement [s].
    breath_rate, heart_rate : float
        [Hz].
    distance_exponent : float
        Thresholds go with this power of the distance.
    """

    posture_sway: float
    posture_time: float
    breath_depth: float
    breath_rate: float
    heartbeat_depth: float
    heart_rate: float
    distance_exponent: float

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "Posture":
        """Take the movement out of a device's SI settings (other keys are passed over)."""
        return cls(**{f.name: settings[f.name] for f in fields(cls)})

    @property
    def still(self) -> bool:
        """Whether nothing moves."""
        return not (self.posture_sway or self.breath_depth or self.heartbeat_depth)

    def distances(
        self, times: "NDArray[np.float64]", distance: float, rng: "np.random.Generator"
    ) -> "NDArray[np.float64]":
        """Return the distance at each pulse [m], shape (n,).

        Parameters
        ----------
        times : ndarray of float, shape (n,)
            Of the pulses [s], ascending.
        distance : float
            At rest [m].
        rng : numpy.random.Generator
            For the slow movement and the phases of breath and heart.

        Notes
        -----
        A displacement x stands as ``distance exp(x / distance)``: the same for small x, and
        never through the lead. The slow movement is drawn exactly at the given times.
        """
        import numpy as np

        times = np.asarray(times, float)
        breath, heart = 2 * np.pi * rng.random(2)
        start, steps = rng.standard_normal(), rng.standard_normal(times.size)
        keep = np.exp(-np.diff(times, prepend=times[:1]) / self.posture_time)
        slow = np.empty(times.size)
        now = start
        for i, (k, step) in enumerate(zip(keep, steps, strict=True)):
            now = k * now + np.sqrt(1 - k**2) * step
            slow[i] = now
        moved = self.posture_sway * slow
        moved += self.breath_depth * np.sin(2 * np.pi * self.breath_rate * times + breath)
        moved += self.heartbeat_depth * np.sin(2 * np.pi * self.heart_rate * times + heart)
        return distance * np.exp(moved / distance)

    def factors(
        self, times: "NDArray[np.float64]", distance: float, rng: "np.random.Generator"
    ) -> "NDArray[np.float64]":
        """Return the factor on every threshold at each pulse, shape (n,); see `distances`."""
        return (self.distances(times, distance, rng) / distance) ** self.distance_exponent
