"""Charge, density, Shannon's k, voltage and power against worked numbers."""

import math

import pytest

from gatecontrol.devices.generator import PROGRAMMES, PulseGenerator, pulse_parameters
from gatecontrol.devices.safety import safety_report, shannon_k
from gatecontrol.fields.electrodes import bipole, disk, ring
from gatecontrol.parameters import to_si
from gatecontrol.plugins import load_plugin

AREA = math.pi * 1.3e-3 * 3.0e-3


PARAMETERS = pulse_parameters(programmes=tuple(PROGRAMMES))
LIMITS = load_plugin("devices", "scs").limits


def report(amplitude, contacts=None, *, limits=LIMITS, supply=None, **config):
    generator = PulseGenerator.from_settings(to_si(PARAMETERS, config), LIMITS.time_constant)
    electrode = contacts or bipole(AREA, 8e-3)
    electrodes = [electrode] * generator.channels
    return safety_report(generator, amplitude, electrodes, limits, supply=supply)


def test_the_worked_example_trips_the_line():
    found = report(10e-3, pulse_width="500 us")
    assert found.charge_per_phase == pytest.approx(5e-6)
    assert found.charge_density == pytest.approx(0.408, rel=2e-3)  # 40.8 uC/cm2
    assert found.shannon_k == pytest.approx(2.31, abs=5e-3)
    assert found.notes[0].startswith("W041: Shannon's k is 2.31, above the line of 1.85")


def test_a_clinical_programme_does_not():
    found = report(4e-3, pulse_width="300 us")
    assert found.shannon_k == pytest.approx(1.07, abs=5e-3)
    assert found.notes == ()


def test_between_caution_and_line_it_is_noted():
    found = report(6e-3, pulse_width="400 us")
    assert 1.5 < found.shannon_k < 1.85
    assert found.notes[0].startswith("W042")


def test_voltage_and_power():
    found = report(4e-3, pulse_width="300 us", frequency="50 Hz")
    assert found.voltage == pytest.approx(4e-3 * 600 + 4e-3 * 300e-6 / 3.7e-6)
    assert found.power == pytest.approx(found.voltage * 4e-3 * 300e-6 * 50)
    active = report(4e-3, pulse_width="300 us", frequency="50 Hz", recharge="active")
    assert active.power == pytest.approx(2 * found.power)


def test_net_charge():
    assert report(4e-3, recharge="active").net_charge == 0
    slow, fast = report(4e-3, frequency="10 Hz"), report(4e-3, frequency="500 Hz")
    assert slow.net_charge < 1e-6 * slow.charge_per_phase
    assert fast.net_charge > 0.1 * fast.charge_per_phase


def test_the_charge_of_a_pad_is_spread_over_the_pad():
    pads = (disk(25e-4, -1, (0, 0, 0), "cathode"), disk(25e-4, 1, (0.08, 0, 0), "anode"))
    assert report(10e-3, pads, pulse_width="200 us").charge_density == pytest.approx(2e-6 / 25e-4)
    whole = report(1e-3, ring(20e-6, 2.3e-3, 0.0), pulse_width="200 us")
    assert whole.charge_density == pytest.approx(2e-7 / 20e-6)
    assert whole.shannon_k == pytest.approx(shannon_k(2e-7, 20e-6))


def test_no_current_has_no_k():
    found = report(0.0)
    assert math.isnan(found.shannon_k)
    assert found.charge_per_phase == found.power == 0
    assert found.notes == ()
