"""Programmes as pulse times, and the faults of their fields against each other."""

import numpy as np
import pytest

from gatecontrol.devices.generator import PulseGenerator, pulse_parameters
from gatecontrol.parameters import to_si


def generator(**config):
    return PulseGenerator.from_settings(to_si(pulse_parameters(), config))


def faults(**config):
    return PulseGenerator.faults(to_si(pulse_parameters(), config))


def test_tonic_pulses_are_multiples_of_the_period():
    times, scale = generator(frequency="50 Hz").pulses(2.5, 7.7)
    assert times.size == 260
    assert np.array_equal(times, 2.5 + np.arange(260) / 50)
    assert (scale == 1).all()


def test_a_pulse_at_the_end_belongs_to_the_time_after():
    assert generator(frequency="10 Hz").pulses(0.0, 0.3)[0].size == 3
    assert generator(frequency="10 Hz").pulses(0.1, 0.4)[0].size == 3


def test_an_empty_session_has_no_pulses():
    times, scale = generator().pulses(1.0, 1.0)
    assert times.size == scale.size == 0


def test_a_pulse_slower_than_the_session_comes_once():
    assert generator(frequency="0.1 Hz").pulses(0.0, 5.0)[0].tolist() == [0.0]


def test_bursts():
    g = generator(pattern="burst", frequency="40 Hz", pulse_width="1 ms")
    times, _ = g.pulses(0.0, 0.1)
    expected = np.concatenate([k / 40 + np.arange(5) / 500 for k in range(4)])
    assert times == pytest.approx(expected, abs=1e-12)
    assert g.mean_rate == 200
    assert g.peak_rate == 500


def test_cycling_restarts_pattern_and_ramp():
    g = generator(frequency="10 Hz", on_time="0.5 s", off_time="0.7 s", ramp="0.2 s")
    times, scale = g.pulses(1.0, 3.4)
    start = np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    assert times == pytest.approx(np.concatenate([1.0 + start, 2.2 + start]), abs=1e-12)
    assert scale == pytest.approx([0, 0.5, 1, 1, 1] * 2)
    assert g.mean_rate == pytest.approx(10 * 0.5 / 1.2)


def test_the_span_of_a_pulse_holds_its_recharge_phase():
    config = {"recharge": "active", "pulse_width": "200 us", "interphase_gap": "100 us"}
    assert generator(**config).span == pytest.approx(500e-6)
    assert generator(**config, recharge_ratio=3).span == pytest.approx(900e-6)
    assert generator().span == pytest.approx(200e-6)


@pytest.mark.parametrize(
    ("config", "key", "words"),
    [
        ({"frequency": "1 kHz", "pulse_width": "2 ms"}, "pulse_width", "longer than the period"),
        (
            {"recharge": "active", "frequency": "900 Hz", "pulse_width": "600 us"},
            "pulse_width",
            "with its recharge phase",
        ),
        ({"on_time": "1 s"}, "on_time", "cycling needs both"),
        ({"off_time": "1 s"}, "off_time", "off_time without on_time"),
        (
            {"pattern": "burst", "frequency": "150 Hz", "pulse_width": "100 us"},
            "pulses_per_burst",
            "a burst of 5 pulses lasts 8.1 ms",
        ),
        (
            {"pattern": "burst", "frequency": "10 Hz", "pulse_width": "2 ms",
             "intra_burst_frequency": "600 Hz"},
            "pulse_width",
            "between the pulses of a burst",
        ),
    ],
)  # fmt: skip
def test_faults_between_fields(config, key, words):
    found = faults(**config)
    assert [(f[0], f[1]) for f in found] == [(key, "E035")]
    assert words in found[0][2]


def test_a_full_duty_cycle_is_legal():
    config = {"frequency": "1 kHz", "pulse_width": "400 us", "interphase_gap": "200 us"}
    assert faults(**config, recharge="active") == []
    assert faults() == []


def test_passive_recharge_needs_a_pause():
    ((key, code, message, help_),) = faults(frequency="500 Hz", pulse_width="2 ms")
    assert (key, code) == ("pulse_width", "E045")
    assert "no time for passive recharge: the waveform is not charge balanced" in message
    assert help_.startswith("recharge: active")


def test_a_pulse_that_nothing_takes_back_is_refused():
    ((key, code, message, help_),) = faults(recharge="none")
    assert (key, code, help_) == ("recharge", "E045", "recharge: passive")
    assert "not charge balanced" in message


def test_what_cannot_be_read_is_not_checked():
    assert PulseGenerator.faults({"pattern": "tonic", "frequency": 5000.0}) == []


def test_own_defaults_and_unknown_names():
    (frequency,) = [p for p in pulse_parameters(frequency="20 Hz") if p.name == "frequency"]
    assert frequency.default == "20 Hz"
    with pytest.raises(TypeError, match="no parameter frequenzy"):
        pulse_parameters(frequenzy="20 Hz")
