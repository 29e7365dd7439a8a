"""Waveforms: shapes, charge, and what becomes of them on a grid of time steps."""

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.waveform import Waveform


def test_a_cathodic_pulse_is_level_one():
    pulse = Waveform.rectangular(200e-6)
    assert pulse.edges.tolist() == [0, 200e-6]
    assert pulse.levels.tolist() == [[1.0]]
    assert Waveform.rectangular(200e-6, polarity="anodic").levels.tolist() == [[-1.0]]


def test_a_recharge_returns_the_charge():
    pulse = Waveform.rectangular(50e-6, recharge=True, gap=20e-6, ratio=10)
    assert np.diff(pulse.edges) == pytest.approx([50e-6, 20e-6, 500e-6])
    assert pulse.levels.ravel().tolist() == [1.0, 0.0, -0.1]
    assert pulse.net_charge == pytest.approx([0.0], abs=1e-18)
    assert pulse.shortest == pytest.approx(50e-6)
    pulse.require_balance()


def test_an_unbalanced_waveform_is_refused_where_balance_is_demanded():
    two = Waveform([0, 1e-4, 2e-4], [[1.0, 1.0], [-1.0, -0.9]])
    with pytest.raises(GatecontrolError, match=r"not charge balanced: 5.26 % of the charge .* add"):
        two.require_balance()


def test_samples_hold_until_the_next():
    wave = Waveform.sampled([1e-4, 2e-4, 4e-4], [1.0, -0.5, 0.0])
    assert wave.edges.tolist() == [0, 1e-4, 2e-4, 4e-4]
    assert wave.levels.ravel().tolist() == [0.0, 1.0, -0.5]
    wave.require_balance()
    with pytest.raises(GatecontrolError, match="must end with a sample of 0"):
        Waveform.sampled([0, 1e-4], [1.0, 1.0])


def test_a_train_repeats_its_pulse():
    pulse = Waveform.rectangular(100e-6, recharge=True)
    train = Waveform.train(pulse, [0.001, 0.002])
    assert train.edges == pytest.approx([0, 1e-3, 1.1e-3, 1.2e-3, 2e-3, 2.1e-3, 2.2e-3])
    assert train.levels.ravel().tolist() == [0, 1, -1, 0, 1, -1]
    touching = Waveform.train(pulse, np.arange(4) / 5000)
    assert touching.levels.ravel().tolist() == [1, -1] * 4
    with pytest.raises(GatecontrolError, match="pulses of 200 us overlap: one begins 150 us after"):
        Waveform.train(pulse, [0, 150e-6])
    with pytest.raises(GatecontrolError, match="none before 0 s"):
        Waveform.train(pulse, [-1e-3])


def test_pulses_keep_their_width_on_the_grid_at_any_rate():
    train = Waveform.train(Waveform.rectangular(30e-6, recharge=True), np.arange(50) / 3001.7)
    first, level, steps = train.on_grid(2.5e-6)
    lengths = np.diff([*first, steps])
    assert set(lengths[level[:, 0] != 0]) == {12}
    onsets = first[level[:, 0] == 1] * 2.5e-6
    assert np.abs(onsets - np.arange(50) / 3001.7).max() <= 1.25e-6 * (1 + 1e-9)


def test_the_grid_of_a_simple_pulse():
    first, level, steps = Waveform.rectangular(200e-6, recharge=True, gap=1e-6).on_grid(5e-6)
    assert first.tolist() == [0, 40]  # a pause of 1 us is less than half a step
    assert level.tolist() == [[1.0], [-1.0]]
    assert steps == 80


def test_a_pulse_shorter_than_half_a_step_is_refused():
    with pytest.raises(GatecontrolError, match="2 us is too short for time steps of 5 us"):
        Waveform.rectangular(2e-6).on_grid(5e-6)


@pytest.mark.parametrize(
    ("edges", "levels", "said"),
    [
        ([0, 1e-3, 0.5e-3], [1, 0], "must ascend from 0 s"),
        ([1e-3, 2e-3], [1], "must ascend from 0 s"),
        ([0, 1e-3], [np.nan], "levels of a waveform must be finite"),
        ([0, np.inf], [1], "between finite edges"),
    ],
)
def test_impossible_waveforms_are_refused(edges, levels, said):
    with pytest.raises(GatecontrolError, match=said):
        Waveform(edges, levels)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"width": 0.0}, "the width of a pulse must be above 0, got 0"),
        ({"width": 1e-4, "ratio": -1.0}, "the ratio of a pulse must be above 0, got -1"),
        ({"width": 1e-4, "gap": -1e-6}, "must not be negative, got -1e-06 s"),
        ({"width": 1e-4, "polarity": "up"}, "cathodic or anodic first, not 'up'"),
    ],
)
def test_impossible_pulses_are_refused(options, said):
    with pytest.raises(GatecontrolError, match=said):
        Waveform.rectangular(**options)


def test_a_waveform_cannot_be_changed():
    pulse = Waveform.rectangular(1e-4)
    with pytest.raises(ValueError, match="read-only"):
        pulse.levels[0] = 2
