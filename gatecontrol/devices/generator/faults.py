"""The faults of a programme's fields against each other; light, for the check of a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gatecontrol.devices.generator import charge
from gatecontrol.devices.generator.samples import Samples, read_samples, sample_faults
from gatecontrol.plugins import Fault

__all__ = ["programme_faults"]

_SLACK = 1 + 1e-9  # forgives rounding, nothing else
_BALANCED = "recharge: passive"


class _Settings:
    """SI values of which some may be missing."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, *keys: str) -> tuple[Any, ...] | None:
        """Return the values of keys, or None if one is missing."""
        if any(k not in self.values for k in keys):
            return None
        return tuple(self.values[k] for k in keys)

    def span(self, width: float) -> float | None:
        """Return the time [s] from the start of a pulse to the end of its driven phases."""
        found = self.get("recharge", "interphase_gap", "recharge_ratio")
        if found is None:
            return None
        recharge, gap, ratio = found
        return width * (1 + ratio) + gap if recharge == "active" else width


def programme_faults(settings: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of a programme; see `PulseGenerator.faults`."""
    given = _Settings(settings)
    pattern = settings.get("pattern")
    found = _cycling(given)
    timing = {
        "tonic": _tonic,
        "burst": _burst,
        "multiplexed": _multiplexed,
        "modulated": _modulated,
        "sampled": _sampled,
    }.get(str(pattern))
    if timing is not None:
        found += timing(given)
    if pattern is not None and pattern != "sampled" and settings.get("waveform_file"):
        found.append((
            "waveform_file",
            "E035",
            f"a waveform file is read by the sampled pattern, not by '{pattern}'",
            "pattern: sampled",
        ))
    if pattern is not None and pattern != "sampled" and settings.get("recharge") == "none":
        found.append((
            "recharge",
            "E045",
            "nothing takes the charge of a pulse back: the waveform is not charge balanced",
            _BALANCED,
        ))
    return found


def _cycling(given: _Settings) -> list[Fault]:
    cycle = given.get("on_time", "off_time")
    if cycle is None or (cycle[0] is None) == (cycle[1] is None):
        return []
    one, absent = ("on_time", "off_time") if cycle[1] is None else ("off_time", "on_time")
    return [(one, "E035", f"{one} without {absent}: cycling needs both", f"{absent}: 1 s")]


def _phases(given: _Settings) -> str:
    active = given.values.get("recharge") == "active"
    return " with its recharge phase" if active else ""


def _no_rest(given: _Settings, span: float, period: float, key: str) -> list[Fault]:
    """Return a fault if passive recharge finds no time."""
    if given.values.get("recharge") != "passive" or span < period / _SLACK:
        return []
    message = "pulses without a pause leave no time for passive recharge: the waveform is not "
    return [(key, "E045", f"{message}charge balanced", "recharge: active   # or a shorter pulse")]


def _fits(given: _Settings, width: float, frequency: float) -> list[Fault]:
    """Return a fault if a pulse is longer than its period."""
    span = given.span(width)
    if span is None or frequency <= 0:
        return []
    period = 1 / frequency
    if span > period * _SLACK:
        return [
            (
                "pulse_width",
                "E035",
                f"a pulse lasts {span * 1e6:g} us{_phases(given)}, longer than the period of "
                + f"{period * 1e6:g} us at {frequency:g} Hz",
                "shorten the pulse_width or lower the frequency",
            )
        ]
    return _no_rest(given, span, period, "pulse_width")


def _tonic(given: _Settings) -> list[Fault]:
    found = given.get("pulse_width", "frequency")
    return [] if found is None else _fits(given, *found)


def _burst(given: _Settings) -> list[Fault]:
    found = given.get("pulse_width", "frequency", "pulses_per_burst", "intra_burst_frequency")
    if found is None:
        return []
    width, frequency, pulses, inside = found
    span = given.span(width)
    if span is None or inside <= 0 or frequency <= 0:
        return []
    interval, period = 1 / inside, 1 / frequency
    length = (pulses - 1) * interval + span
    if span > interval * _SLACK:
        return [
            (
                "pulse_width",
                "E035",
                f"a pulse lasts {span * 1e6:g} us{_phases(given)}, longer than the "
                + f"{interval * 1e6:g} us between the pulses of a burst",
                "shorten the pulse_width or lower the intra_burst_frequency",
            )
        ]
    if length > period * _SLACK:
        return [
            (
                "pulses_per_burst",
                "E035",
                f"a burst of {pulses} pulses lasts {length * 1e3:g} ms, longer than the "
                + f"period of {period * 1e3:g} ms at {frequency:g} Hz",
                "fewer pulses_per_burst, or a lower frequency",
            )
        ]
    if given.values.get("burst_recharge") == "pulse":
        return _no_rest(given, span, interval, "pulse_width")
    return _no_rest(given, length, period, "pulses_per_burst")


def _multiplexed(given: _Settings) -> list[Fault]:
    found = given.get("pulse_width", "frequency", "prime_pulse_width", "prime_frequency")
    if found is None:
        return []
    width, frequency, prime_width, prime = found
    if frequency <= 0 or prime <= 0:
        return []
    times = prime / frequency
    if times < 1 / _SLACK or abs(times - round(times)) > 1e-6 * times:
        nearest = max(1, round(times)) * frequency
        return [
            (
                "prime_frequency",
                "E035",
                f"{prime:g} Hz is no whole multiple of the frequency of {frequency:g} Hz, so that "
                + "the two trains cannot be staggered",
                f"prime_frequency: {nearest:g} Hz",
            )
        ]
    half = 0.5 / prime
    for key, one in (("pulse_width", width), ("prime_pulse_width", prime_width or width)):
        span = given.span(one)
        if span is not None and span > half * _SLACK:
            return [
                (
                    key,
                    "E035",
                    f"a pulse lasts {span * 1e6:g} us{_phases(given)}, longer than the "
                    + f"{half * 1e6:g} us between the pulses of the two channels",
                    "shorten the pulse_width or lower the prime_frequency",
                )
            ]
    return []


def _modulated(given: _Settings) -> list[Fault]:
    found = given.get("pulse_width", "frequency", "pulse_width_to", "frequency_to", "amplitude_to")
    if found is None:
        return []
    width, frequency, width_to, frequency_to, amplitude_to = found
    if width_to is None and frequency_to is None and amplitude_to is None:
        return [
            (
                "pattern",
                "E035",
                "nothing is modulated: neither frequency_to nor pulse_width_to nor amplitude_to "
                + "is given",
                "frequency_to: 120 Hz",
            )
        ]
    width_to, frequency_to = width_to or width, frequency_to or frequency
    # Width and rate swing together; their product is a parabola whose top may lie inside.
    rise, climb = width_to - width, frequency_to - frequency
    parts = [0.0, 1.0]
    slope = given.span(1.0)
    start = given.span(width)
    if rise * climb < 0 and slope is not None and start is not None:
        pause = given.span(0.0) or 0.0
        a, b = (slope - pause) * rise, start
        parts.append(min(1.0, max(0.0, -(a * frequency + b * climb) / (2 * a * climb))))
    for part in parts:
        wrong = _fits(given, width + part * rise, frequency + part * climb)
        if wrong:
            return wrong
    return []


def _sampled(given: _Settings) -> list[Fault]:
    found = given.get("waveform_file", "frequency")
    if found is None:
        return []
    file, frequency = found
    if file is None:
        help_text = "waveform_file: pulse.csv"
        return [("waveform_file", "E002", "the sampled pattern needs a waveform file", help_text)]
    path = Path(file)
    wrong: list[Fault] = []
    for p in sample_faults(path):
        place = ":".join(str(n) for n in (p.file, p.line, p.column) if n)
        wrong.append(("waveform_file", p.code, f"{place}: {p.message}", p.help))
    return wrong or _sampled_pulse(given, read_samples(path), frequency)


def _sampled_pulse(given: _Settings, samples: Samples, frequency: float) -> list[Fault]:
    length = sum(samples.lengths)
    span = given.span(length)
    if span is None or frequency <= 0:
        return []
    if span > _SLACK / frequency:
        return [
            (
                "frequency",
                "E035",
                f"the pulse of the file lasts {span * 1e6:g} us{_phases(given)}, longer than the "
                + f"period of {1e6 / frequency:g} us at {frequency:g} Hz",
                f"frequency: {0.9 / span:.3g} Hz",
            )
        ]
    recharge = given.values["recharge"]
    left = max(
        abs(charge.net(pulse)) / charge.moved(pulse)
        for pulse in (samples.stretches(c) for c in range(len(samples.levels)))
    )
    if not left or recharge == "active":
        return []
    what = f"the pulse of the file leaves {left:.3g} of the charge that it moves"
    if recharge == "none":
        return [
            (
                "recharge",
                "E045",
                f"{what} on the electrode, and nothing takes it back: the waveform is not charge "
                + "balanced",
                f"{_BALANCED}   # or balance the file",
            )
        ]
    wrong = _no_rest(given, span, 1 / frequency, "frequency")
    return wrong or [("waveform_file", "W045", f"{what}; passive recharge has to take it back", "")]
