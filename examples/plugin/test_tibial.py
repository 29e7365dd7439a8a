"""The realistic sample device: what its author would test."""

import numpy as np
import pytest

from gatecontrol.circuits.model import Afferent
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import load_preparation

HUMAN = load_preparation("human")
AFFERENTS = (
    Afferent("abeta_centre", "", "abeta", "centre", 80),
    Afferent("abeta_surround", "", "abeta", "surround", 80),
    Afferent("adelta", "", "adelta", "centre", 40),
    Afferent("c", "", "c", "centre", 40),
)


@pytest.fixture
def tibial(installed):
    return load_plugin("devices", "tibial")


def test_its_limits_are_checked_without_physics(tibial):
    assert tibial.check({}) == []
    faults = tibial.check({"amplitude": "50 mA", "pulse_width": "1 ms"})
    assert {(key, code) for key, code, _, _ in faults} == {
        ("amplitude", "E040"),
        ("pulse_width", "E040"),
    }
    assert "0 mA to 40 mA of a nerve band" in faults[0][2]
    assert "more than the compliance of 90 V" in faults[-1][2]


def test_its_electrode_and_fibres_fit_the_tissue(tibial):
    device = tibial.from_config({"depth": "9 mm", "fat": "6 mm"})
    fibres = draw_fibres(AFFERENTS, HUMAN, seed=1)
    sites = device.sites(fibres, HUMAN, np.random.default_rng(1))
    device.tissue(HUMAN).check(device.contacts(HUMAN), sites.position[:, 1:].tolist())
    assert sites.position[:, 2] == pytest.approx(9e-3, abs=1.5e-3)
    assert sum(c.share for c in device.contacts(HUMAN)) == 0
    # some of the surround, no C fibre
    assert 80 + 40 < sites.row.size < 80 + 40 + 40


def test_it_recruits_and_sends_spikes(tibial):
    fibres = draw_fibres(AFFERENTS, HUMAN, seed=1)
    device = tibial.from_config({"amplitude": "150 %PT"})
    drive = device.drive(fibres, HUMAN, seed=1, on=1.0, off=2.0)
    assert 0.05 < drive.recruitment["abeta"] < 1
    assert drive.recruitment["adelta"] == drive.recruitment["c"] == 0
    assert np.bincount(drive.fibre).max() == 20
    # the volley needs a way of 0.85 m
    assert (drive.time - 1.0).min() > 0.85 / fibres.velocity.max()
    report = drive.report
    assert report["amplitude"] == pytest.approx(1.5 * report["perception_threshold"])
    # a mixed nerve: the foot twitches at about the amplitude that is felt
    assert 0.5 < report["motor_threshold"] / report["perception_threshold"] < 1.2
    assert report["voltage"] < report["compliance"]
    assert report["shannon_k"] < 1
