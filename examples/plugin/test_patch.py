"""The minimal sample device."""

import numpy as np
import pytest

from gatecontrol.circuits.model import Afferent
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.plugins import load_plugin, plugins
from gatecontrol.preparations import load_preparation

AFFERENTS = (
    Afferent("abeta_centre", "", "abeta", "centre", 80),
    Afferent("adelta", "", "adelta", "centre", 40),
    Afferent("c", "", "c", "centre", 40),
)


@pytest.fixture
def patch(installed):
    return load_plugin("devices", "patch")


def test_it_is_found_by_its_kind(patch):
    assert patch.kind == "patch"
    assert "patch" in plugins("devices")
    assert "scs" in plugins("devices")


def test_the_base_class_checks_its_programme(patch):
    assert patch.check({}) == []
    wrong = {"frequency": "10 kHz", "recharge": "none", "amplitude": "-10 %PT"}
    assert [code for _, code, _, _ in patch.check(wrong)] == ["E035", "E045", "E030"]


def test_it_recruits_and_sends_spikes(patch):
    preparation = load_preparation("human")
    fibres = draw_fibres(AFFERENTS, preparation, seed=1)
    device = patch.from_config({"amplitude": "150 %PT"})
    drive = device.drive(fibres, preparation, seed=1, on=1.0, off=2.0)
    assert 0.05 < drive.recruitment["abeta"] < 1
    assert drive.recruitment["c"] == 0
    per_fibre = np.bincount(drive.fibre, minlength=len(fibres))
    assert per_fibre.max() == 80
    assert drive.report["amplitude"] == pytest.approx(1.5 * drive.report["perception_threshold"])


def test_deeper_needs_more(patch):
    preparation = load_preparation("human")
    thresholds = [
        patch.from_config({"depth": depth}).dose(preparation).landmarks["perception"]
        for depth in ("2 mm", "4 mm")
    ]
    assert 1.2 * thresholds[0] < thresholds[1]
