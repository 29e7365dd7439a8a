"""The search for activation windows, on a fibre that fires where it is told to."""

import math

import numpy as np
import pytest

from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.axon import Axon, FibreModel, Response
from gatecontrol.fibres.excitation import HIGHEST, activation_window, threshold
from gatecontrol.fibres.waveform import Waveform

PULSE = Waveform.rectangular(100e-6)
FIELD = np.array([0.0, -100.0, 0.0])  # harmless up to 0.04 mA


class Told(FibreModel):
    """A model of the fibre below."""

    name, dt = "told", 5e-6

    def axon(self, diameter, reach):
        raise NotImplementedError


class Window(Axon):
    """Fires between two amplitudes and keeps a list of what it was asked."""

    def __init__(self, low, high=math.inf):
        self.model, self.positions = Told(), np.arange(3.0)
        self.low, self.high, self.asked = low, high, []

    def respond(self, potential, waveform, amplitude, duration, dt, *, first_only=False):
        assert (duration, dt, first_only) == (1e-3, 5e-6, True)
        self.asked.append(amplitude)
        fires = self.low <= amplitude <= self.high
        return Response(np.zeros(0), np.zeros(int(fires)), None)

    def duration_for(self, waveform):
        return 1e-3


@pytest.mark.parametrize("low", [0.05e-3, 1e-3, 3.0])
def test_the_threshold_is_the_upper_end_of_half_a_percent(low):
    fibre = Window(low)
    found = threshold(fibre, FIELD, PULSE)
    assert low <= found <= low * 1.005
    assert min(fibre.asked) == pytest.approx(0.04e-3)
    assert max(fibre.asked) <= 1.5 * low  # from below: never far into what may block


def test_an_unusually_excitable_fibre_is_searched_from_lower_down():
    assert threshold(Window(0.01e-3), FIELD, PULSE) == pytest.approx(0.01e-3, rel=0.005)


def test_a_fibre_that_fires_by_itself_has_no_threshold():
    with pytest.raises(GatecontrolError, match="the fibre fires without a field"):
        threshold(Window(0.0), FIELD, PULSE)


def test_a_finer_threshold_costs_more_runs():
    coarse, fine = Window(1e-3), Window(1e-3)
    threshold(coarse, FIELD, PULSE, precision=0.05)
    assert threshold(fine, FIELD, PULSE, precision=1e-4) == pytest.approx(1e-3, rel=1e-4)
    assert len(coarse.asked) < len(fine.asked)


def test_the_window_ends_at_the_block():
    low, high = activation_window(Window(1e-3, 7e-3), FIELD, PULSE)
    assert 1e-3 <= low <= 1.005e-3
    assert 7e-3 / 1.005 <= high <= 7e-3


def test_without_a_block_the_window_is_open():
    fibre = Window(1e-3)
    assert activation_window(fibre, FIELD, PULSE)[1] == math.inf
    assert max(fibre.asked) == pytest.approx(HIGHEST * 1e-3, rel=0.005)


@pytest.mark.parametrize(
    ("ceiling", "low_found", "high_found"),
    [(0.9e-3, False, False), (2e-3, True, False), (8e-3, True, True), (0.01e-3, False, False)],
)
def test_nothing_is_tried_above_the_ceiling(ceiling, low_found, high_found):
    fibre = Window(1e-3, 7e-3)
    low, high = activation_window(fibre, FIELD, PULSE, ceiling=ceiling)
    assert math.isfinite(low) == low_found
    assert math.isfinite(high) == high_found
    assert max(fibre.asked, default=0) <= ceiling


def test_a_threshold_just_below_the_ceiling_is_found():
    assert threshold(Window(1e-3), FIELD, PULSE, ceiling=1.001e-3) <= 1.001e-3


def test_channels_must_fit():
    with pytest.raises(ValueError, match="1 channels, but 2 potentials"):
        threshold(Window(1e-3), np.stack([FIELD, FIELD]), PULSE)
    with pytest.raises(GatecontrolError, match="not finite; does it pass through a contact"):
        threshold(Window(1e-3), FIELD * np.nan, PULSE)
