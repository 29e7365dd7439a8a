"""From a programme to spikes: doses, recruitment, trains, record."""

import dataclasses

import numpy as np
import pytest

from gatecontrol.circuits.model import Afferent
from gatecontrol.devices.trains import follow
from gatecontrol.errors import GatecontrolError
from gatecontrol.fibres.drive import DEVICE
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import PREPARATIONS, load_preparation
from gatecontrol.seeds import stream

AFFERENTS = (
    Afferent("abeta_centre", "", "abeta", "centre", 80),
    Afferent("abeta_surround", "", "abeta", "surround", 80),
    Afferent("adelta", "", "adelta", "centre", 40),
    Afferent("c", "", "c", "centre", 60),
    Afferent("descending", "", "descending", "remote", 30),
)
HUMAN = load_preparation("human")
FIBRES = draw_fibres(AFFERENTS, HUMAN, seed=3)
KINDS = ("scs", "drg", "pns", "tens", "dbs")
STRONG = {"scs": "200 %PT", "drg": "200 %PT", "pns": "200 %PT", "tens": "200 %PT", "dbs": "3 mA"}


def device(kind, **config):
    return load_plugin("devices", kind).from_config(config)


def drive(kind, seed=3, on=1.0, off=2.0, fibres=FIBRES, **config):
    return device(kind, **config).drive(fibres, HUMAN, seed, on, off)


@pytest.mark.parametrize("kind", KINDS)
def test_spikes_are_well_formed(kind):
    d = drive(kind, amplitude=STRONG[kind])
    assert d.fibres is FIBRES
    assert d.time.size > 50
    assert d.fibre.dtype == np.int32
    assert d.origin.dtype == np.int8
    assert (d.origin == DEVICE).all()
    assert (np.diff(d.time) >= 0).all()
    assert set(FIBRES.fibre_class[d.fibre]) <= set(device(kind).classes)
    begin = d.time - np.abs(d.start) / FIBRES.velocity[d.fibre]
    assert begin.min() >= 1.0
    assert begin.max() < 2.0 + 0.05
    assert (np.abs(d.start) <= FIBRES.length[d.fibre] + 1e-9).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("amplitude", ["0 mA", "0 A"])
def test_amplitude_zero_is_silence(kind, amplitude):
    d = drive(kind, amplitude=amplitude)
    assert d.time.size == 0
    assert set(d.recruitment.values()) == {0.0}
    assert d.report["amplitude"] == 0


@pytest.mark.parametrize("kind", KINDS[:4])
def test_zero_percent_is_silence(kind):
    assert drive(kind, amplitude="0 %PT").time.size == 0


def test_spinal_spikes_start_in_the_dorsal_column_and_others_in_the_periphery():
    assert set(drive("scs").start) == {-HUMAN.lead_to_segment.value}
    assert set(drive("drg").start) == {HUMAN.ganglion_to_cord.value}
    assert set(drive("pns").start) == {HUMAN.pns_site_to_cord.value}
    assert set(drive("tens").start) == {HUMAN.tens_site_to_cord.value}
    assert set(drive("dbs").start) == {HUMAN.brainstem_to_cord.value}


def test_a_spike_arrives_a_latency_and_a_way_after_its_pulse():
    d = drive("scs", off=1.01, frequency="50 Hz")
    way = HUMAN.lead_to_segment.value / FIBRES.velocity[d.fibre]
    assert d.time == pytest.approx(1.0 + 0.2e-3 + way, abs=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_one_spike_per_recruited_fibre_and_pulse(kind):
    d = drive(kind, amplitude=STRONG[kind], frequency="20 Hz", off=1.5)
    per_fibre = np.bincount(d.fibre, minlength=len(FIBRES))
    assert per_fibre.max() == 10
    reach = {}
    for part in d.provenance["fibres in reach"].split(", "):
        name, count, _, _ = part.split()
        reach[name] = int(count)
    for name, share in d.recruitment.items():
        always = (per_fibre[FIBRES.fibre_class == name] == 10).sum()
        count = reach.get(name, 0)
        # Fibres near their threshold miss a pulse now and then.
        assert always == pytest.approx(share * count, abs=0.2 * share * count + 1)


def test_seeds_are_reproducible_and_differ():
    one, again, other = drive("scs", seed=3), drive("scs", seed=3), drive("scs", seed=4)
    assert np.array_equal(one.time, again.time)
    assert np.array_equal(one.fibre, again.fibre)
    assert not np.array_equal(one.fibre, other.fibre)


def test_the_dose_is_the_same_for_every_seed():
    reports = [
        drive("scs", seed=s, fibres=draw_fibres(AFFERENTS, HUMAN, seed=s)).report for s in (1, 2)
    ]
    assert reports[0]["amplitude"] == reports[1]["amplitude"]
    assert reports[0]["perception_threshold"] == reports[1]["perception_threshold"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PREPARATIONS)
def test_every_device_has_a_dose_in_every_preparation(kind, name):
    found = device(kind).dose(load_preparation(name))
    assert found.amplitude > 0
    assert np.isnan(found.perception_threshold) == (kind == "dbs")
    assert max(found.recruitment.values()) > 0.05


def test_dose_by_recruitment():
    found = device("scs", amplitude="95 % recruited(abeta)").dose(HUMAN)
    assert found.recruitment["abeta"] == pytest.approx(0.95, abs=1e-3)
    criterion = device("scs", amplitude="100 %PT").dose(HUMAN)
    assert criterion.amplitude == criterion.perception_threshold
    assert criterion.recruitment["abeta"] == pytest.approx(0.05, abs=1e-3)
    dbs = device("dbs", amplitude="50 % recruited(descending)").dose(HUMAN)
    assert dbs.recruitment == {"descending": pytest.approx(0.5)}


def test_the_dose_does_not_depend_on_frequency_but_on_width():
    slow, fast = (device("scs", frequency=f).dose(HUMAN) for f in ("10 Hz", "100 Hz"))
    assert slow.amplitude == fast.amplitude
    wide = device("scs", pulse_width="500 us").dose(HUMAN)
    assert wide.perception_threshold < slow.perception_threshold


def test_a_dose_beyond_a_limit_is_refused_at_planning():
    with pytest.raises(GatecontrolError, match=r"E040: device scs: .*25.5 mA of an SCS programmer"):
        device("scs", amplitude="2000 %PT").dose(HUMAN)
    lifted = device("scs", amplitude="2000 %PT", limits="laboratory")
    assert any("W040: limits: laboratory" in w for w in lifted.dose(HUMAN).warnings)
    assert any("W040" in w for w in lifted.drive(FIBRES, HUMAN, 1, 0.0, 0.05).warnings)


def test_compliance_is_refused_at_planning():
    with pytest.raises(GatecontrolError, match="compliance of 20 V"):
        device("scs", amplitude="1300 %PT", pulse_width="1 ms", frequency="5 Hz").dose(HUMAN)


def test_laboratory_is_recorded_even_if_nothing_is_passed():
    d = drive("scs", limits="laboratory")
    assert d.warnings == (
        "W040: the clinical limits of an SCS programmer are lifted (none is passed)",
    )
    assert drive("scs").warnings == ()


@pytest.mark.parametrize(
    "config",
    [{"polarity": "anodic"}, {"frequency": "2 kHz", "pulse_width": "50 us", "limits": "laboratory"},
     {"recharge": "active", "interphase_gap": "0 us"}],
)  # fmt: skip
def test_the_law_refuses_also_when_called_anyway(config):
    with pytest.raises(GatecontrolError, match="E041"):
        drive("scs", **config)


def test_percent_of_perception_threshold_means_nothing_for_dbs():
    with pytest.raises(GatecontrolError, match="E041.*no perception threshold"):
        device("dbs", amplitude="120 %PT").dose(HUMAN)


def test_ramp_recruits_gradually():
    d = drive("scs", ramp="1 s", amplitude="300 %PT", frequency="100 Hz")
    halves = np.histogram(d.time, bins=[1.0, 1.25, 1.5, 1.75, 2.1])[0]
    assert (np.diff(halves) > 0).all()


def test_a_dbs_relay_does_not_follow_high_rates():
    rates = {}
    for f in ("10 Hz", "20 Hz", "30 Hz", "50 Hz", "100 Hz"):
        d = drive("dbs", frequency=f, amplitude="8 mA", off=3.0)
        rates[f] = d.time.size / 30 / 2.0
    assert rates["10 Hz"] == pytest.approx(10)
    assert rates["20 Hz"] == pytest.approx(20)
    assert rates["30 Hz"] == pytest.approx(30)
    assert rates["50 Hz"] == pytest.approx(25)
    assert rates["100 Hz"] == pytest.approx(25)


def test_provenance_says_what_is_assumed():
    record = drive("scs").provenance
    assert "MRG" in record["threshold law"]
    assert "extrapolated" in record["extrapolation"]
    assert "geometric mean of five models" in record["C fibres"]
    assert "assumed" in record["perception threshold"]
    assert "perception threshold" not in drive("dbs").provenance


def test_a_preparation_with_the_same_name_and_other_numbers_has_its_own_dose():
    thin = dataclasses.replace(HUMAN, dorsal_csf=HUMAN.dorsal_csf_thinnest)
    doses = [device("scs").dose(p).perception_threshold for p in (HUMAN, thin, HUMAN)]
    assert doses[1] < 0.6 * doses[0]
    assert doses[2] == doses[0]


def _train(interval, amplitude, pulses=60, refractory=1e-3, **kind):
    times = np.arange(pulses) * interval
    pulse, _ = follow(
        times,
        np.full(pulses, amplitude),
        np.array([1.0]),
        np.array([refractory]),
        stream(1, "test"),
        **kind,
    )
    return pulse.size


def test_trains_against_the_double_cable_fibre():
    # 10 um, golden: 1 kHz at 1.5 times threshold gives 30 of 60; 500 Hz at 1.5 times all.
    assert _train(1e-3, 1.5) == 30
    assert _train(2e-3, 1.5) == 60
    assert _train(1 / 700, 3.0) == 60
    assert _train(1 / 700, 1.2) == 30
    assert _train(10e-3, 1.2) == 60
    assert _train(10e-3, 0.8) == 0


def test_noise_makes_a_fibre_at_threshold_fire_half_the_time():
    assert 400 < _train(10e-3, 1.0, pulses=1000) < 600


def test_refractoriness_holds_across_stretches_of_pulses():
    # 600 fibres by 2000 pulses are drawn in several stretches.
    times = np.arange(2000) * 1e-3
    pulse, fibre = follow(
        times, np.full(2000, 5.0), np.ones(600), np.full(600, 1e-3), stream(1, "test")
    )
    for f in (0, 599):
        assert np.diff(pulse[fibre == f]).min() >= 2
        assert (fibre == f).sum() == 1000


def test_following_without_fibres_or_pulses():
    none = np.empty(0)
    rng = stream(1, "test")
    assert follow(none, none, np.ones(3), np.full(3, 1e-3), rng)[0].size == 0
    assert follow(np.arange(3.0), np.ones(3), none, none, rng)[0].size == 0


def test_a_swing_of_the_amplitude_recruits_with_it():
    # 150 to 60 % of the perception threshold and back within the second that it is on
    d = drive(
        "scs", amplitude="150 %PT", frequency="100 Hz", pattern="modulated", amplitude_to="40 %",
        modulation_period="1 s",
    )  # fmt: skip
    begin = d.time - np.abs(d.start) / FIBRES.velocity[d.fibre]
    counts = np.histogram(begin, bins=np.linspace(1.0, 2.0, 6))[0]
    assert counts[0] > 3 * counts[2]
    assert counts[4] > 3 * counts[2]
    assert d.report["pulse_rate"] == 100


def test_the_whole_safety_report_is_kept():
    report = drive("scs", amplitude="3 mA", programme="burst_dr").report
    assert report["charge_held"] == pytest.approx(15e-6)
    assert report["energy_per_day"] == pytest.approx(report["power"] * 86_400)
    assert report["voltage"] < report["compliance"] == 20
    assert report["net_current"] == 0
