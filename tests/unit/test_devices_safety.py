"""Charge, density, Shannon's k, voltage and power against worked numbers."""

import math

import pytest

from gatecontrol.devices.generator import PROGRAMMES, PulseGenerator, pulse_parameters
from gatecontrol.devices.safety import safety_report, shannon_k
from gatecontrol.errors import GatecontrolError
from gatecontrol.fields.electrodes import Contact, bipole, disk, ring
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


def test_energy_per_day_of_published_programmes():
    # 4 mA, 300 us, 50 Hz from 5 V take 26 J in a day; 10 kHz of twice 30 us and 3 mA 778 J
    tonic = report(4e-3, supply=5.0, pulse_width="300 us", frequency="50 Hz")
    assert tonic.energy_per_day == pytest.approx(25.92)
    fast = report(3e-3, supply=5.0, programme="hf10")
    assert fast.energy_per_day == pytest.approx(777.6)


def test_ten_kilohertz_moves_little_at_a_time_and_much_in_all():
    found = report(3e-3, programme="hf10")
    assert found.charge_per_phase == pytest.approx(0.09e-6)
    assert found.charge_per_second == pytest.approx(0.9e-3)
    # log10(0.09) + log10(0.09 / 0.12252)
    assert found.shannon_k == pytest.approx(-1.18, abs=5e-3)
    assert found.duty_cycle == pytest.approx(0.6)
    assert found.net_charge == found.net_current == 0
    assert found.notes == found.faults == ()


def test_a_burst_holds_the_charge_of_all_its_pulses():
    after, each = (report(1e-3, programme="burst_dr", burst_recharge=r) for r in ("burst", "pulse"))
    assert after.charge_per_phase == each.charge_per_phase == pytest.approx(1e-6)
    assert after.charge_held == pytest.approx(5e-6)
    assert each.charge_held == pytest.approx(1e-6)
    assert after.voltage == pytest.approx(1e-3 * 600 + 5e-6 / 3.7e-6)
    # 25 ms a burst, of which 9 ms last until its last pulse ends
    gone = math.exp(-16e-3 / LIMITS.time_constant)
    assert after.net_charge == pytest.approx(5e-6 * gone / (1 - gone))
    assert after.charge_per_second == pytest.approx(200e-6)
    assert after.duty_cycle == pytest.approx(0.2)
    (note,) = report(1.5e-3, programme="burst_dr").notes
    assert note.startswith("W048: the electrode holds up to 61.2 uC/cm2 before it is recharged")


def test_passive_recharge_leaves_a_steady_offset():
    # each pulse adds its charge, each pause takes the same share of what is there: summed up
    found = report(4e-3, pulse_width="300 us", frequency="500 Hz")
    left = 0.0
    for _ in range(200):
        left = (left + 1.2e-6) * math.exp(-1.7e-3 / LIMITS.time_constant)
    assert found.net_charge == pytest.approx(left)
    slow = report(4e-3, pulse_width="300 us", frequency="1 kHz")
    assert slow.notes[-1].startswith("W046: passive recharge is slow for this programme")


def test_two_channels_add_up_and_the_worse_one_counts():
    both = report(2e-3, programme="dtm", prime_amplitude="50 %", prime_pulse_width="600 us")
    assert both.charge_per_phase == pytest.approx(0.6e-6)  # half of 2 mA for 600 us
    assert both.shannon_k == pytest.approx(shannon_k(0.6e-6, AREA))
    assert both.charge_per_second == pytest.approx(0.4e-6 * 50 + 0.6e-6 * 300)
    assert both.duty_cycle == pytest.approx(2 * (200e-6 * 50 + 600e-6 * 300))
    base = 2e-3 * 600 + 0.4e-6 / 3.7e-6
    prime = 1e-3 * 600 + 0.6e-6 / 3.7e-6
    assert both.voltage == pytest.approx(base)
    assert both.power == pytest.approx(2 * (base * 0.4e-6 * 50 + prime * 0.6e-6 * 300))


def test_a_modulated_programme_is_judged_by_its_largest_pulse():
    found = report(10e-3, pattern="modulated", pulse_width="100 us", pulse_width_to="300 us")
    assert found.charge_per_phase == pytest.approx(3e-6)
    assert found.charge_per_second == pytest.approx(10e-3 * 200e-6 * 50)
    assert found.duty_cycle == pytest.approx(200e-6 * 50)


def test_a_pulse_from_a_file(tmp_path):
    path = tmp_path / "pulse.csv"
    path.write_text("time [us],current\n0,0.5\n100,1\n200,-0.5\n300,0\n")
    config = {"pattern": "sampled", "waveform_file": str(path), "frequency": "100 Hz"}
    found = report(2e-3, recharge="none", **config)
    assert found.charge_per_phase == pytest.approx(2e-3 * 150e-6)
    assert found.net_current == pytest.approx(2e-3 * 100e-6 * 100)
    assert found.faults[0].startswith("E045: a direct current of 20 uA that nothing takes back")
    assert found.power == pytest.approx(found.voltage * 2e-3 * 200e-6 * 100)
    passive = report(2e-3, recharge="passive", **config)
    assert passive.net_current == 0
    assert passive.faults == ()


def test_pauses_count_in_means_and_not_in_peaks():
    whole = report(4e-3)
    third = report(4e-3, on_time="1 s", off_time="2 s")
    for name in ("power", "charge_per_second", "duty_cycle"):
        assert getattr(third, name) == pytest.approx(getattr(whole, name) / 3)
    for name in ("voltage", "shannon_k", "charge_per_phase", "net_charge"):
        assert getattr(third, name) == getattr(whole, name)


def test_a_density_at_which_programmers_warn():
    # 4 uC on 12.25 mm2 are 32.6 uC/cm2
    notes = report(8e-3, pulse_width="500 us").notes
    assert [n[:4] for n in notes] == ["W041", "W047"]
    assert notes[1].startswith("W047: 32.6 uC/cm2 per phase: programmers warn from 30 uC/cm2 on")


def test_a_voltage_above_the_compliance():
    found = report(25e-3, pulse_width="1 ms")
    assert found.voltage == pytest.approx(21.76, abs=5e-3)
    assert found.compliance == 20
    assert found.faults == (
        "E040: 25 mA needs 21.76 V across 600 ohm and 3.7 uF, more than the compliance of 20 V "
        + "of an SCS programmer",
    )


def test_without_a_stated_load_there_is_no_voltage():
    found = report(4e-3, limits=None)
    assert all(math.isnan(v) for v in (found.voltage, found.compliance, found.power))
    assert report(4e-3, limits=None, supply=5.0).power == pytest.approx(5 * 4e-3 * 200e-6 * 50)


def test_wrong_electrodes():
    idle = [Contact((0.0, 0.0, 0.0), 0.0, AREA, "idle")]
    with pytest.raises(GatecontrolError, match="open circuit: no contact"):
        report(1e-3, idle)
    with pytest.raises(GatecontrolError, match="a contact of 0 m"):
        shannon_k(1e-6, 0.0)
    two = PulseGenerator.from_settings(to_si(PARAMETERS, {"programme": "dtm"}))
    with pytest.raises(GatecontrolError, match="the programme has 2 channels, the device 1"):
        safety_report(two, 1e-3, [bipole(AREA, 8e-3)], LIMITS)


@pytest.mark.parametrize("name", PROGRAMMES)
def test_every_programme_has_a_report(name):
    found = report(1e-3, programme=name)
    numbers = [v for v in vars(found).values() if isinstance(v, float)]
    assert all(math.isfinite(v) for v in numbers)
    assert found.power > 0
    assert 0 < found.duty_cycle <= 1
