"""What a programme puts on its channels: levels, charge, and the times they hold."""

import numpy as np
import pytest

from gatecontrol.devices.generator import PROGRAMMES, PulseGenerator, pulse_parameters
from gatecontrol.devices.generator.shape import STAIRS
from gatecontrol.errors import GatecontrolError
from gatecontrol.parameters import to_si

PARAMETERS = pulse_parameters(programmes=tuple(PROGRAMMES))


def generator(load=2.2e-3, **config):
    return PulseGenerator.from_settings(to_si(PARAMETERS, config), load)


def level_at(waveform, time, channel=0):
    index = np.searchsorted(waveform.edges, time, side="right") - 1
    return waveform.levels[index, channel] if 0 <= index < len(waveform.levels) else 0.0


def charge(waveform, start, stop, channel=0):
    """Return the integral of a channel's level over a time."""
    edges = np.clip(waveform.edges, start, stop)
    return float(np.diff(edges) @ waveform.levels[:, channel])


@pytest.mark.parametrize("ratio", [1, 4])
def test_an_active_recharge_is_the_pulse_turned_and_stretched(ratio):
    pulse = generator(
        recharge="active", pulse_width="200 us", interphase_gap="50 us", recharge_ratio=ratio
    ).pulse()
    assert pulse.edges == pytest.approx(np.array([0, 200, 250, 250 + 200 * ratio]) * 1e-6)
    assert pulse.levels[:, 0] == pytest.approx([1, 0, -1 / ratio])


def test_ten_kilohertz():
    g = generator(programme="hf10")
    wave = g.waveform(0.0, 1e-3)
    # 30 us, gap of 20, 30 us the other way, gap of 20, ten times
    assert g.span == pytest.approx(80e-6)
    assert wave.edges[:5] == pytest.approx(np.array([0, 30, 50, 80, 100]) * 1e-6)
    assert wave.levels[:5, 0] == pytest.approx([1, 0, -1, 0, 1])
    assert wave.duration == pytest.approx(980e-6)
    assert np.count_nonzero(wave.levels == 1) == 10


def test_anodic_is_cathodic_turned_round():
    one, other = (generator(polarity=p).pulse() for p in ("cathodic", "anodic"))
    assert np.array_equal(one.levels, -other.levels)


def test_passive_recharge_falls_with_its_time_constant_and_returns_all():
    g = generator(frequency="10 Hz", pulse_width="200 us")
    pulse = g.pulse()
    assert pulse.levels[0, 0] == 1
    assert len(pulse.levels) == 1 + STAIRS
    assert pulse.net_charge == pytest.approx([0], abs=1e-12)
    # one time constant after the pulse 63 % are back; the stairs are exact at their edges only,
    # each returns an eighth, hence the tolerance of half a stair
    back = -charge(pulse, 200e-6, 200e-6 + 2.2e-3) / 200e-6
    assert back == pytest.approx(1 - np.exp(-1), abs=1 / 16)
    assert pulse.edges[STAIRS // 2 + 1] - 200e-6 == pytest.approx(2.2e-3 * np.log(2), rel=2e-3)


def test_the_programme_sets_the_time_constant_over_the_load():
    assert generator(recharge_time="1 ms").recharge_time == 1e-3
    assert generator(2.2e-3).recharge_time == 2.2e-3
    assert generator(None).recharge_time == 2e-3


def test_a_burst_is_recharged_after_its_end():
    wave = generator(programme="burst_dr").waveform(0.0, 0.1)
    for k in range(5):
        assert level_at(wave, k * 2e-3 + 0.5e-3) == 1
        assert level_at(wave, k * 2e-3 + 1.5e-3) <= 0
    assert charge(wave, 0, 9e-3) == pytest.approx(5e-3)
    assert charge(wave, 0, 25e-3) == pytest.approx(0, abs=1e-9)
    assert wave.net_charge == pytest.approx([0], abs=1e-9)


def test_or_after_each_of_its_pulses():
    wave = generator(programme="burst_dr", burst_recharge="pulse").waveform(0.0, 0.1)
    assert level_at(wave, 1.5e-3) < 0
    assert charge(wave, 0, 2e-3) == pytest.approx(0, abs=1e-9)


def test_two_channels_are_staggered():
    g = generator(programme="dtm")
    train, wave = g.train(0.0, 0.1), g.waveform(0.0, 0.1)
    assert g.channels == wave.channels == 2
    assert [np.count_nonzero(train.channel == c) for c in (0, 1)] == [5, 30]
    # never both at once, and each balanced by itself
    assert not (wave.levels != 0).all(axis=1).any()
    assert wave.net_charge == pytest.approx([0, 0], abs=1e-12)
    assert level_at(wave, 100e-6, 0) == 1
    assert level_at(wave, 0.5 / 300 + 100e-6, 1) == 1
    assert g.mean_rate == 350


def test_a_prime_channel_has_width_and_height_of_its_own():
    g = generator(programme="dtm", prime_pulse_width="100 us", prime_amplitude="50 %")
    alone = g.pulse(1)
    assert not alone.levels[:, 0].any()
    assert alone.levels[0, 1] == 0.5
    assert alone.edges[1] == pytest.approx(100e-6)
    assert g.pulse(0).levels[0].tolist() == [1, 0]


def test_modulation_swings_rate_width_and_height():
    g = generator(programme="tens_modulated")
    train = g.train(0.0, 12.0)
    rate = 1 / np.diff(train.times)
    middle = (train.times[1:] + train.times[:-1]) / 2
    part = 1 - np.abs(1 - 2 * np.mod(middle / 6, 1))
    # the mean rate between two pulses is that of the middle between them, away from the turns
    inside = np.abs(np.mod(middle, 3) - 1.5) < 1.45
    assert rate[inside] == pytest.approx(50 + 70 * part[inside], rel=1e-6)
    assert train.times.size == pytest.approx(12 * 85, abs=1)
    assert g.mean_rate == 85
    at_turn = np.argmin(np.abs(train.times - 3))
    assert train.width[at_turn] == pytest.approx(75e-6, rel=0.01)
    assert train.scale[at_turn] == pytest.approx(0.8, rel=0.01)
    assert (train.width[0], train.scale[0]) == (150e-6, 1.0)
    wave = g.waveform(0.0, 3.0)
    assert wave.net_charge == pytest.approx([0], abs=1e-9)


def test_modulation_of_the_height_alone_keeps_the_times_of_a_tonic_train():
    swung = generator(pattern="modulated", amplitude_to="50 %", modulation_period="1 s")
    times, scale = swung.pulses(0.5, 2.5)
    assert times == pytest.approx(generator().pulses(0.5, 2.5)[0], abs=1e-12)
    assert scale.min() == pytest.approx(0.5)
    assert scale[:3] == pytest.approx([1, 0.98, 0.96])


def test_the_mean_of_a_swing_is_that_of_its_pulses():
    g = generator(programme="tens_modulated")
    train = g.train(0.0, 600.0)
    widths = train.width / g.pulse_width
    # the sum over pulses differs from the integral by no more than a pulse a swing
    assert g.nominal_rate() == pytest.approx((widths * train.scale).sum() / 600, rel=1e-3)
    assert g.nominal_rate(charge=False) == pytest.approx(widths.sum() / 600, rel=1e-3)
    up = generator(
        pattern="modulated", pulse_width="100 us", pulse_width_to="400 us", amplitude_to="20 %"
    )
    part = np.linspace(0, 1, 1001)
    assert up.largest_pulse == pytest.approx(((1 + 3 * part) * (1 - 0.8 * part)).max(), rel=1e-5)


def test_a_ramp_and_the_time_of_switching_on():
    g = generator(ramp="0.1 s", recharge="active", frequency="100 Hz")
    wave = g.waveform(5.0, 5.2)
    assert level_at(wave, 0.05 + 50e-6) == pytest.approx(0.5)
    assert level_at(wave, 0.15 + 50e-6) == 1
    assert wave.duration == pytest.approx(0.19 + g.span)


def test_no_pulse_has_no_waveform():
    with pytest.raises(GatecontrolError, match="no pulse begins between 1 s and 1 s"):
        generator().waveform(1.0, 1.0)


def test_what_the_check_would_refuse_is_refused_here_too():
    with pytest.raises(GatecontrolError, match="the waveform is not charge balanced"):
        generator(recharge="none").waveform(0.0, 0.1)
    with pytest.raises(GatecontrolError, match=r"E035: a pulse lasts 2000 us, but the next"):
        generator(frequency="1 kHz", pulse_width="2 ms").waveform(0.0, 0.1)


@pytest.mark.parametrize("name", PROGRAMMES)
def test_every_programme_gives_a_balanced_waveform(name):
    g = generator(programme=name)
    wave = g.waveform(0.0, 0.6)
    wave.require_balance()
    train = g.train(0.0, 0.6)
    started = np.diff(wave.levels, axis=0, prepend=0) > 0
    # every pulse that is seen in the times begins in the waveform
    begun = wave.edges[:-1][started.any(axis=1)]
    nearest = begun[np.searchsorted(begun, train.times - 1e-9)]
    assert nearest == pytest.approx(train.times, abs=1e-9)
