"""When the pulses of a pattern begin, how wide and how high they are; numpy is imported late."""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gatecontrol.devices.generator.generator import PulseGenerator

__all__ = ["PulseTrain", "multiples", "session", "swing"]


@dataclass(frozen=True, eq=False)
class PulseTrain:
    """Pulses in order of time; every array has the shape (n,).

    Attributes
    ----------
    times : ndarray of float
        Start [s], ascending.
    scale : ndarray of float
        Height relative to the programmed amplitude, 0-1.
    width : ndarray of float
        Of the first phase [s].
    channel : ndarray of int
        Channel, from 0.
    burst : ndarray of int
        Number of the burst; every pulse is its own where there are none.
    """

    times: "NDArray[np.float64]"
    scale: "NDArray[np.float64]"
    width: "NDArray[np.float64]"
    channel: "NDArray[np.int64]"
    burst: "NDArray[np.int64]"

    def take(self, which: "NDArray[np.bool_]") -> "PulseTrain":
        """Return the pulses that a mask selects."""
        columns = (self.times, self.scale, self.width, self.channel, self.burst)
        return PulseTrain(*(c[which] for c in columns))


def multiples(length: float, period: float) -> int:
    """Return how many multiples 0, 1, ... of a period lie in [0, length)."""
    return max(0, ceil(length / period - 1e-9))


def session(generator: "PulseGenerator", on: float, off: float) -> PulseTrain:
    """Return the pulses that begin in [on, off); see `PulseGenerator.train`."""
    import numpy as np

    if off <= on:
        return PulseTrain(*(np.empty(0) for _ in range(3)), *(np.empty(0, int) for _ in range(2)))
    if generator.on_time is None or generator.off_time is None:
        starts, length = np.array([on]), off - on
    else:
        cycle = generator.on_time + generator.off_time
        starts = on + cycle * np.arange(multiples(off - on, cycle))
        length = min(generator.on_time, off - on)
    one = _PATTERNS.get(generator.pattern, _tonic)(generator, length)
    one = one.take(one.times < length)
    ramp = generator.ramp
    rise = np.minimum(one.times / ramp, 1.0) if ramp > 0 else np.ones(one.times.size)
    count = starts.size
    times = (starts[:, None] + one.times).ravel()
    bursts = one.burst.max() + 1 if one.times.size else 0
    train = PulseTrain(
        times,
        np.tile(rise * one.scale, count),
        np.tile(one.width, count),
        np.tile(one.channel, count),
        (np.arange(count)[:, None] * bursts + one.burst).ravel(),
    )
    # A pulse due exactly at the end belongs to the time after; rounding must not let it in.
    return train.take(times < off - 1e-12)


def _train(
    since: "NDArray[np.float64]",
    generator: "PulseGenerator",
    *,
    scale: "NDArray[np.float64] | float" = 1.0,
    width: "NDArray[np.float64] | float | None" = None,
    channel: "NDArray[np.int64] | int" = 0,
    burst: "NDArray[np.int64] | None" = None,
) -> PulseTrain:
    import numpy as np

    n = since.size

    def column(value: object, kind: type) -> "NDArray[np.generic]":
        return np.array(np.broadcast_to(np.asarray(value, kind), n))

    return PulseTrain(
        since,
        column(scale, float),
        column(generator.pulse_width if width is None else width, float),
        column(channel, np.int64),
        column(np.arange(n) if burst is None else burst, np.int64),
    )


def _tonic(generator: "PulseGenerator", length: float) -> PulseTrain:
    import numpy as np

    count = multiples(length, 1 / generator.frequency)
    return _train(np.arange(count) / generator.frequency, generator)


def _burst(generator: "PulseGenerator", length: float) -> PulseTrain:
    import numpy as np

    since = np.arange(multiples(length, 1 / generator.frequency)) / generator.frequency
    within = np.arange(generator.pulses_per_burst) / generator.intra_burst_frequency
    number = np.repeat(np.arange(since.size), within.size)
    return _train((since[:, None] + within).ravel(), generator, burst=number)


def _multiplexed(generator: "PulseGenerator", length: float) -> PulseTrain:
    """Return base pulses, and prime pulses half a prime period beside them."""
    import numpy as np

    base = np.arange(multiples(length, 1 / generator.frequency)) / generator.frequency
    count = multiples(length, 1 / generator.prime_frequency)
    prime = (np.arange(count) + 0.5) / generator.prime_frequency
    since = np.concatenate([base, prime])
    channel = np.repeat([0, 1], [base.size, prime.size])
    order = np.argsort(since, kind="stable")
    first = channel[order] == 0
    return _train(
        since[order],
        generator,
        scale=np.where(first, 1.0, generator.prime_amplitude),
        width=np.where(first, generator.pulse_width, generator.width_of(1)),
        channel=channel[order],
    )


def swing(since: "NDArray[np.float64]", period: float) -> "NDArray[np.float64]":
    """Return where a swing is: 0 at its start, 1 at half its period, linear both ways."""
    import numpy as np

    return 1 - np.abs(1 - 2 * np.mod(since / period, 1.0))


def _modulated(generator: "PulseGenerator", length: float) -> PulseTrain:
    """Pulses whose rate runs linearly between two values.

    The pulse n begins when the integral of the rate reaches n: a quadratic equation in each
    half of the swing.
    """
    import numpy as np

    low, high = generator.frequency, generator.frequency_to or generator.frequency
    half = generator.modulation_period / 2
    per_half = half * (low + high) / 2
    n = np.arange(multiples(length, 1 / max(low, high)))
    number = np.floor(n / per_half)
    # Rounding may put a pulse that falls on the turn just before it: the result is the same.
    start = np.where(number % 2 == 0, low, high)
    slope = np.where(number % 2 == 0, 1.0, -1.0) * (high - low) / half
    count = n - number * per_half
    # The root of start t + slope t^2 / 2 = count, in the form that is good at slope 0 too.
    root = np.sqrt(np.maximum(start**2 + 2 * slope * count, 0.0))
    since = number * half + 2 * count / (start + root)
    since = since[since < length]
    part = swing(since, generator.modulation_period)

    def between(one: float, other: float | None) -> "NDArray[np.float64]":
        return one + part * ((one if other is None else other) - one)

    return _train(
        since,
        generator,
        scale=between(1.0, generator.amplitude_to),
        width=between(generator.pulse_width, generator.pulse_width_to),
    )


_PATTERNS = {"burst": _burst, "multiplexed": _multiplexed, "modulated": _modulated}
