"""The generator: a programme in SI units, and what it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.devices.generator import charge
from gatecontrol.devices.generator.faults import programme_faults
from gatecontrol.devices.generator.samples import Samples, read_samples
from gatecontrol.plugins import Fault

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.generator.kinds import Kind
    from gatecontrol.devices.generator.patterns import PulseTrain
    from gatecontrol.fibres.waveform import Waveform

__all__ = ["RECHARGE_TIME", "PulseGenerator"]

RECHARGE_TIME = 2e-3
"""Time constant of a passive recharge [s] where neither programme nor device states one
(assumed; 600 ohm and 3.7 uF of a spinal contact give 2.2 ms)."""


@dataclass(frozen=True)
class PulseGenerator:
    """A programme in SI units; the fields are the parameters of `pulse_parameters`.

    Attributes
    ----------
    pattern, recharge, polarity, burst_recharge : str
        See `pulse_parameters`.
    frequency, intra_burst_frequency, prime_frequency : float
        [Hz].
    pulse_width, ramp, interphase_gap, modulation_period : float
        [s].
    pulses_per_burst : int
        Pulses in a burst.
    prime_pulse_width : float or None
        [s]; None for that of the first channel.
    prime_amplitude, recharge_ratio : float
        Amplitude of the second channel over that of the first; width of an active recharge
        phase over that of the first phase.
    frequency_to, pulse_width_to, amplitude_to : float or None
        Other end of a swing [Hz] [s] [share]; None for what stays.
    waveform_file : str or None
        Of the sampled pattern.
    on_time, off_time : float or None
        Cycling [s]; None without.
    recharge_time : float
        Time constant of a passive recharge [s].
    """

    pattern: str
    frequency: float
    pulse_width: float
    pulses_per_burst: int
    intra_burst_frequency: float
    burst_recharge: str
    prime_frequency: float
    prime_pulse_width: float | None
    prime_amplitude: float
    frequency_to: float | None
    pulse_width_to: float | None
    amplitude_to: float | None
    modulation_period: float
    waveform_file: str | None
    on_time: float | None
    off_time: float | None
    ramp: float
    recharge: str
    recharge_ratio: float
    recharge_time: float
    interphase_gap: float
    polarity: str

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, Any], recharge_time: float | None = None
    ) -> "PulseGenerator":
        """Take the programme out of a device's SI settings (other keys are passed over).

        Parameters
        ----------
        settings : mapping of str to object
            SI values.
        recharge_time : float, optional
            Time constant of the device's load [s], for a programme that states none.
        """
        made = cls(**{f.name: settings[f.name] for f in fields(cls)})
        if made.recharge_time is None:
            return replace(made, recharge_time=recharge_time or RECHARGE_TIME)
        return made

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
            E035 for fields that do not fit, E045 for charge that nothing takes back, W045 for
            a sampled pulse that passive recharge has to balance, faults of a waveform file.
        """
        return programme_faults(settings)

    # One pulse -----------------------------------------------------------------------------
    @cached_property
    def samples(self) -> Samples | None:
        """The pulse of a waveform file; None for rectangular pulses.

        Raises
        ------
        ExperimentError
            The file has faults.
        """
        if self.pattern != "sampled" or self.waveform_file is None:
            return None
        return read_samples(Path(self.waveform_file))

    @property
    def channels(self) -> int:
        """Number of channels, each with contacts of its own."""
        if self.pattern == "multiplexed":
            return 2
        return len(self.samples.levels) if self.samples else 1

    def width_of(self, channel: int) -> float:
        """Return the width of the first phase on a channel [s]."""
        if self.pattern == "multiplexed" and channel == 1 and self.prime_pulse_width is not None:
            return self.prime_pulse_width
        return self.pulse_width

    def height_of(self, channel: int) -> float:
        """Return the amplitude on a channel as a share of the programme's."""
        return self.prime_amplitude if self.pattern == "multiplexed" and channel == 1 else 1.0

    def stretches(self, channel: int = 0) -> tuple[charge.Stretch, ...]:
        """Return (length [s], level) of the driven stretches of one pulse.

        Parameters
        ----------
        channel : int, optional
            From 0; the level is relative to the amplitude of the channel.
        """
        pulse: tuple[charge.Stretch, ...] = ((self.width_of(channel), 1.0),)
        if self.samples:
            pulse = self.samples.stretches(channel)
        if self.recharge == "active":
            return charge.active_recharge(pulse, self.interphase_gap, self.recharge_ratio)
        return pulse

    @property
    def recharges_after_burst(self) -> bool:
        """Whether the pulses of a burst are not recharged one by one."""
        passive = self.recharge == "passive" and self.burst_recharge == "burst"
        return self.pattern == "burst" and passive

    @property
    def span(self) -> float:
        """Time [s] from the start of a pulse to the end of its driven phases."""
        return sum(length for length, _ in self.stretches())

    def rest(self, channel: int = 0) -> float:
        """Return the time [s] for passive recharge after a pulse (or burst), pauses aside."""
        span = sum(length for length, _ in self.stretches(channel))
        if self.recharges_after_burst:
            span += (self.pulses_per_burst - 1) / self.intra_burst_frequency
            return max(1 / self.frequency - span, 0.0)
        return max(1 / self.rates(channel)[0] - span, 0.0)

    def kinds(self) -> "tuple[Kind, ...]":
        """Return the pulses whose thresholds differ; see `gatecontrol.devices.generator.kinds`."""
        from gatecontrol.devices.generator.kinds import kinds

        return kinds(self)

    # Rates ---------------------------------------------------------------------------------
    def rates(self, channel: int = 0) -> tuple[float, float]:
        """Return the highest and the mean rate of pulses on a channel [Hz], pauses counted in."""
        peak = mean = self.frequency
        if self.pattern == "burst":
            peak, mean = self.intra_burst_frequency, self.frequency * self.pulses_per_burst
        elif self.pattern == "multiplexed" and channel == 1:
            peak = mean = self.prime_frequency
        elif self.pattern == "modulated" and self.frequency_to is not None:
            peak = max(self.frequency, self.frequency_to)
            mean = (self.frequency + self.frequency_to) / 2
        return peak, mean * self.on_share

    @property
    def on_share(self) -> float:
        """Share of the time that the stimulator is on."""
        if self.on_time is None or self.off_time is None:
            return 1.0
        return self.on_time / (self.on_time + self.off_time)

    @property
    def peak_rate(self) -> float:
        """Highest rate of pulses of all channels together [Hz]."""
        if self.pattern == "multiplexed":
            # a base pulse comes half a prime period after a prime one
            return 2 * self.prime_frequency
        return self.rates()[0]

    @property
    def mean_rate(self) -> float:
        """Mean rate of pulses [Hz] of all channels together, pauses of cycling counted in."""
        every = self.channels if self.pattern == "multiplexed" else 1
        return sum(self.rates(c)[1] for c in range(every))

    @property
    def needs_solver(self) -> bool:
        """Whether the train rule does not hold: kilohertz, anodic pulses, arbitrary samples."""
        from gatecontrol.fibres.train_rule import HIGHEST_RATE

        fast = max(self.rates(c)[0] for c in range(self.channels)) > HIGHEST_RATE
        return fast or self.polarity == "anodic" or self.pattern == "sampled"

    def nominal_rate(self, channel: int = 0, *, charge: bool = True) -> float:
        """Return the mean rate of pulses in units of the nominal pulse [Hz], pauses counted in.

        Parameters
        ----------
        channel : int, optional
            From 0.
        charge : bool, optional
            Whether a pulse counts by its charge (width and height) or by its width alone; they
            differ from the nominal pulse in the modulated pattern only.
        """
        if self.pattern != "modulated":
            return self.rates(channel)[1]
        # Simpson's rule is exact for a product of three linear courses.
        first, middle, last = (self._swung(part, charge) for part in (0.0, 0.5, 1.0))
        return (first + 4 * middle + last) / 6 * self.on_share

    def _swung(self, part: float, charge: bool) -> float:
        """Return the rate [Hz], weighted by width and height, at a part of the swing."""
        rate = _between(self.frequency, self.frequency_to, part)
        wide = _between(self.pulse_width, self.pulse_width_to, part) / self.pulse_width
        return rate * wide * (_between(1.0, self.amplitude_to, part) if charge else 1.0)

    @property
    def largest_pulse(self) -> float:
        """Charge of the largest pulse over that of the nominal one; 1 unless modulated."""
        if self.pattern != "modulated":
            return 1.0
        rise = _between(self.pulse_width, self.pulse_width_to, 1.0) / self.pulse_width - 1
        fall = _between(1.0, self.amplitude_to, 1.0) - 1
        parts = [0.0, 1.0]
        if rise * fall < 0:  # a parabola whose top may lie inside
            parts.append(min(1.0, max(0.0, -(rise + fall) / (2 * rise * fall))))
        return max((1 + p * rise) * (1 + p * fall) for p in parts)

    def excursion(self, channel: int = 0) -> float:
        """Return the largest charge that the electrode holds, per ampere of amplitude [s].

        The pulses of a burst that is recharged after its end add up.
        """
        stretches = self.stretches(channel)
        most = charge.excursion(stretches)
        if self.recharges_after_burst:
            most += (self.pulses_per_burst - 1) * abs(charge.net(stretches))
        return most * self.largest_pulse * self.height_of(channel)

    # Trains --------------------------------------------------------------------------------
    def train(self, on: float, off: float) -> "PulseTrain":
        """Return the pulses of a session, each with time, height, width and channel.

        Parameters
        ----------
        on, off : float
            The stimulator is on from `on` to `off` [s]; a pulse that begins in [on, off)
            is given in full.

        Notes
        -----
        Every cycle starts its pattern, its swing and its ramp anew. Times are multiples of the
        period, never a running sum, so that no error builds up. A sampled pulse is given once,
        for all its channels.
        """
        from gatecontrol.devices.generator.patterns import session

        return session(self, on, off)

    def sessions(self, on: float, off: float) -> list[tuple[float, float]]:
        """Return when the stimulator is switched on and off between two times [s]."""
        if self.on_time is None or self.off_time is None:
            return [(on, off)] if off > on else []
        cycle, found, number = self.on_time + self.off_time, [], 0
        while (begin := on + number * cycle) < off:
            found.append((begin, min(begin + self.on_time, off)))
            number += 1
        return found

    def pulses(self, on: float, off: float) -> "tuple[NDArray[np.float64], NDArray[np.float64]]":
        """Return times and heights of the pulses of a session; see `train`.

        Returns
        -------
        times : ndarray of float, shape (n,)
            Start of each pulse [s], ascending.
        scale : ndarray of float, shape (n,)
            Amplitude relative to the programmed one, 0-1 (below 1 while it ramps up).
        """
        train = self.train(on, off)
        return train.times, train.scale

    def pulse(self, channel: int = 0) -> "Waveform":
        """Return one pulse at full height with its recharge; other channels stay silent.

        Parameters
        ----------
        channel : int, optional
            From 0; a sampled pulse has all its channels.
        """
        import numpy as np

        from gatecontrol.devices.generator.patterns import PulseTrain
        from gatecontrol.devices.generator.shape import assemble

        zero = np.zeros(1)
        one = PulseTrain(
            zero,
            np.array([self.height_of(channel)]),
            np.array([self.width_of(channel)]),
            np.array([channel]),
            np.zeros(1, int),
        )
        return assemble(self, one)

    def waveform(self, on: float, off: float) -> "Waveform":
        """Return the current of a session, as levels per channel.

        Parameters
        ----------
        on, off : float
            As in `train`; the time 0 of the waveform is `on`.

        Raises
        ------
        GatecontrolError
            Pulses overlap, or none begins in that time.

        Notes
        -----
        Passive recharge is an exponential with the time constant `recharge_time`, written as
        stairs of equal charge and scaled so that the rest until the next pulse (of the burst
        pattern: burst) returns all the charge, as it does in a steady train.
        """
        from dataclasses import replace as changed

        from gatecontrol.devices.generator.shape import assemble
        from gatecontrol.errors import GatecontrolError

        train = self.train(on, off)
        if not train.times.size:
            raise GatecontrolError(f"no pulse begins between {on:g} s and {off:g} s")
        return assemble(self, changed(train, times=train.times - on))


def _between(one: float, other: float | None, part: float) -> float:
    return one if other is None else one + part * (other - one)
