"""The pulse generator: a programme as declared parameters, and the pulses it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from gatecontrol.plugins import Fault, Parameter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["PulseGenerator", "pulse_parameters"]

_PROGRAMME = (
    Parameter(
        "pattern",
        "choice",
        "tonic",
        "Single pulses at the frequency (tonic), or a burst of pulses at each of its periods.",
        "Pattern",
        choices=("tonic", "burst"),
    ),
    Parameter(
        "frequency",
        "frequency",
        "50 Hz",
        "Rate of the pulses; in the burst pattern, rate of the bursts.",
        "Frequency",
        minimum="0.1 Hz",
        maximum="20 kHz",
    ),
    Parameter(
        "pulse_width",
        "time",
        "200 us",
        "Width of the first, cathodic phase.",
        "Pulse width",
        minimum="10 us",
        maximum="2 ms",
    ),
    Parameter(
        "amplitude",
        "amplitude",
        "120 %PT",
        "Height of the first phase: a current ('1.2 mA'), a share of the perception threshold "
        + "of a single pulse of this width ('120 %PT'), or the current that recruits a share of "
        + "a fibre class ('95 % recruited(abeta)').",
        "Amplitude",
        minimum="0 A",
        maximum="150 mA",
    ),
    Parameter(
        "pulses_per_burst",
        "integer",
        5,
        "Pulses in a burst; only the burst pattern reads it.",
        "Pulses per burst",
        minimum=2,
        maximum=100,
        source="caylor2019",
    ),
    Parameter(
        "intra_burst_frequency",
        "frequency",
        "500 Hz",
        "Rate of the pulses inside a burst; only the burst pattern reads it.",
        "Rate inside the burst",
        minimum="10 Hz",
        maximum="20 kHz",
        source="caylor2019",
    ),
    Parameter(
        "on_time",
        "time",
        None,
        "Cycling: how long the stimulator is on in each cycle; goes with off_time. "
        + "Left out, it never pauses.",
        "On time",
        minimum="10 ms",
        maximum="1 h",
    ),
    Parameter(
        "off_time",
        "time",
        None,
        "Cycling: how long it pauses after each on_time.",
        "Off time",
        minimum="10 ms",
        maximum="1 h",
    ),
    Parameter(
        "ramp",
        "time",
        "0 s",
        "Time over which the amplitude rises linearly from zero at each switching on.",
        "Ramp",
        minimum="0 s",
        maximum="10 min",
    ),
    Parameter(
        "recharge",
        "choice",
        "passive",
        "How the charge comes back: slowly through the coupling capacitor (passive), or by an "
        + "equal and opposite phase (active).",
        "Recharge",
        choices=("passive", "active"),
    ),
    Parameter(
        "interphase_gap",
        "time",
        "100 us",
        "Pause before the active recharge phase; not read with passive recharge.",
        "Interphase gap",
        minimum="0 s",
        maximum="10 ms",
    ),
    Parameter(
        "polarity",
        "choice",
        "cathodic",
        "Sign of the first phase at the active contact; the present threshold law answers for "
        + "cathodic pulses only and refuses the other.",
        "Polarity",
        choices=("cathodic", "anodic"),
    ),
    Parameter(
        "limits",
        "choice",
        "clinical",
        "Whether a clinician's programmer limits amplitude, width, frequency and voltage "
        + "(clinical) or not (laboratory, for research protocols; kept with the results).",
        "Limits",
        choices=("clinical", "laboratory"),
    ),
)


def pulse_parameters(**defaults: object) -> tuple[Parameter, ...]:
    """Return the parameters of every pulsed device, with a target's own defaults.

    Parameters
    ----------
    **defaults : object
        Default by parameter name, as a user would type it (``frequency="20 Hz"``).

    Returns
    -------
    tuple of Parameter

    Raises
    ------
    TypeError
        A name that is no parameter of the generator.
    """
    names = {p.name for p in _PROGRAMME}
    if unknown := set(defaults) - names:
        raise TypeError(f"the pulse generator has no parameter {', '.join(sorted(unknown))}")
    return tuple(
        replace(p, default=defaults[p.name]) if p.name in defaults else p for p in _PROGRAMME
    )


@dataclass(frozen=True)
class PulseGenerator:
    """A programme in SI units; the fields are the parameters of `pulse_parameters`.

    Attributes
    ----------
    pattern, recharge, polarity : str
        See `pulse_parameters`.
    frequency, intra_burst_frequency : float
        [Hz].
    pulse_width, ramp, interphase_gap : float
        [s].
    pulses_per_burst : int
        Pulses in a burst.
    on_time, off_time : float or None
        Cycling [s]; None without.
    """

    pattern: str
    frequency: float
    pulse_width: float
    pulses_per_burst: int
    intra_burst_frequency: float
    on_time: float | None
    off_time: float | None
    ramp: float
    recharge: str
    interphase_gap: float
    polarity: str

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "PulseGenerator":
        """Take the programme out of a device's SI settings (other keys are passed over)."""
        return cls(**{f.name: settings[f.name] for f in fields(cls)})

    @property
    def phases(self) -> int:
        """Phases that the battery pays for: 1 with passive recharge, 2 with active."""
        return 2 if self.recharge == "active" else 1

    @property
    def span(self) -> float:
        """Time [s] from the start of a pulse to the end of its driven phases."""
        return _span(self.pulse_width, self.recharge, self.interphase_gap)

    @property
    def peak_rate(self) -> float:
        """Highest rate of pulses [Hz]."""
        return self.intra_burst_frequency if self.pattern == "burst" else self.frequency

    @property
    def mean_rate(self) -> float:
        """Mean rate of pulses [Hz], pauses of cycling counted in."""
        rate = self.frequency * (self.pulses_per_burst if self.pattern == "burst" else 1)
        if self.on_time is None or self.off_time is None:
            return rate
        return rate * self.on_time / (self.on_time + self.off_time)

    @staticmethod
    def faults(settings: Mapping[str, Any]) -> list[Fault]:
        """Return the faults of the programme's fields against each other.

        Parameters
        ----------
        settings : mapping of str to object
            SI values; a key whose value is missing (it could not be read) is not checked.

        Returns
        -------
        list of (key, code, message, help)
            Code E035.
        """
        missing = object()

        def get(*keys: str) -> list[Any] | None:
            values = [settings.get(k, missing) for k in keys]
            return None if missing in values else values

        found = []
        cycle = get("on_time", "off_time")
        if cycle is not None and (cycle[0] is None) != (cycle[1] is None):
            given, absent = ("on_time", "off_time") if cycle[1] is None else ("off_time", "on_time")
            found.append((
                given,
                "E035",
                f"{given} without {absent}: cycling needs both",
                f"{absent}: 1 s",
            ))
        span = None
        pulse = get("pulse_width", "recharge", "interphase_gap")
        if pulse is not None:
            span = _span(*pulse)
        rates = get("pattern", "frequency")
        if rates is None or rates[1] <= 0 or span is None:
            return found
        pattern, frequency = rates
        period = 1 / frequency
        phases = " with its recharge phase" if pulse and pulse[1] == "active" else ""
        if pattern == "tonic" and span > period * (1 + 1e-9):
            found.append((
                "pulse_width",
                "E035",
                f"a pulse lasts {span * 1e6:g} us{phases}, longer than the period of "
                + f"{period * 1e6:g} us at {frequency:g} Hz",
                "shorten the pulse_width or lower the frequency",
            ))
        burst = get("pulses_per_burst", "intra_burst_frequency")
        if pattern == "burst" and burst is not None and burst[1] > 0:
            interval = 1 / burst[1]
            length = (burst[0] - 1) * interval + span
            if span > interval * (1 + 1e-9):
                found.append((
                    "pulse_width",
                    "E035",
                    f"a pulse lasts {span * 1e6:g} us{phases}, longer than the "
                    + f"{interval * 1e6:g} us between the pulses of a burst",
                    "shorten the pulse_width or lower the intra_burst_frequency",
                ))
            elif length > period * (1 + 1e-9):
                found.append((
                    "pulses_per_burst",
                    "E035",
                    f"a burst of {burst[0]} pulses lasts {length * 1e3:g} ms, longer than the "
                    + f"period of {period * 1e3:g} ms at {frequency:g} Hz",
                    "fewer pulses_per_burst, or a lower frequency",
                ))
        return found

    def pulses(self, on: float, off: float) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return the pulses of a session.

        Parameters
        ----------
        on, off : float
            The stimulator is on from `on` to `off` [s]; a pulse that begins in [on, off)
            is given in full.

        Returns
        -------
        times : ndarray of float, shape (n,)
            Start of each pulse [s], ascending.
        scale : ndarray of float, shape (n,)
            Amplitude relative to the programmed one, 0-1 (below 1 while it ramps up).

        Notes
        -----
        Every cycle starts its pattern and its ramp anew. Times are multiples of the period,
        never a running sum, so that no error builds up.
        """
        import numpy as np

        if off <= on:
            return np.empty(0), np.empty(0)
        if self.on_time is None or self.off_time is None:
            starts, length = np.array([on]), off - on
        else:
            cycle = self.on_time + self.off_time
            starts = on + cycle * np.arange(_count(off - on, cycle))
            length = min(self.on_time, off - on)
        since = np.arange(_count(length, 1 / self.frequency)) / self.frequency
        if self.pattern == "burst":
            within = np.arange(self.pulses_per_burst) / self.intra_burst_frequency
            since = (since[:, None] + within).ravel()
            since = since[since < length]
        times = (starts[:, None] + since).ravel()
        ramp = np.minimum(since / self.ramp, 1.0) if self.ramp > 0 else np.ones(since.size)
        scale = np.tile(ramp, starts.size)
        # A pulse due exactly at the end belongs to the time after; rounding must not let it in.
        keep = times < off - 1e-12
        return times[keep], scale[keep]


def _span(width: float, recharge: str, gap: float) -> float:
    """Return the time [s] from the start of a pulse to the end of its driven phases."""
    return 2 * width + gap if recharge == "active" else width


def _count(length: float, period: float) -> int:
    """Return how many multiples 0, 1, ... of a period lie in [0, length)."""
    from math import ceil

    return max(0, ceil(length / period - 1e-9))
