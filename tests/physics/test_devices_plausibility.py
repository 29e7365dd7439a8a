"""Recruitment by the five devices in a person against clinical ranges."""

import numpy as np
import pytest

from gatecontrol.devices.dose import reference_thresholds
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import load_preparation

HUMAN = load_preparation("human")


def recruitment(kind, **config):
    device = load_plugin("devices", kind).from_config(config)
    return reference_thresholds(device, HUMAN), device.dose(HUMAN).perception_threshold


def share(reference, fibre_class, amplitude):
    return float(np.mean(reference[fibre_class] <= amplitude))


@pytest.mark.parametrize("kind", ["scs", "drg", "pns", "tens"])
def test_abeta_comes_first_and_gradually(kind):
    reference, pt = recruitment(kind)
    low, high = np.quantile(reference["abeta"], [0.1, 0.9])
    assert 1.5 < high / low < 8
    for factor in (1.0, 1.2, 1.5, 2.0, 4.0):
        shares = [share(reference, c, factor * pt) for c in ("abeta", "adelta", "c")]
        assert shares[0] > shares[1] >= shares[2]
    assert share(reference, "adelta", pt) < 0.01
    assert share(reference, "c", 4 * pt) == 0


def test_scs_perception_threshold_in_the_clinical_range():
    _, pt = recruitment("scs", csf="3.2 mm", pulse_width="300 us")
    assert 1e-3 < pt < 4e-3


def test_scs_perception_threshold_rises_with_the_fluid():
    values = [recruitment("scs", csf=f"{d} mm")[1] for d in (2, 3.2, 4, 6)]
    assert (np.diff(values) > 0).all()
    assert values[0] > 0.5e-3
    assert values[-1] < 8e-3


def test_drg_needs_less_than_scs():
    _, scs = recruitment("scs")
    _, drg = recruitment("drg")
    assert drg < 0.3 * scs
    assert 1.5 * drg < 1e-3


def test_tens_is_felt_before_it_moves_and_moves_before_it_hurts():
    for width in ("100 us", "200 us"):
        reference, pt = recruitment("tens", pulse_width=width)
        motor, pain = (np.quantile(reference[c], 0.05) for c in ("aalpha", "adelta"))
        assert pt < motor < pain
        assert 2e-3 < pt < 20e-3


def test_pns_dose_grows_with_the_distance():
    values = [
        recruitment("pns", distance=f"{d} mm", limits="laboratory")[1] for d in (3, 5, 10, 15)
    ]
    assert (np.diff(values) > 0).all()
    assert values[0] > 1e-4
    assert values[2] < 30e-3


def test_a_cuff_needs_less_than_a_lead_beside_the_nerve():
    assert recruitment("pns", electrode="cuff")[1] < recruitment("pns")[1]


def test_bipole_and_monopole_are_of_one_size():
    for kind in ("scs", "drg"):
        ratio = recruitment(kind)[1] / recruitment(kind, configuration="monopole")[1]
        assert 0.6 < ratio < 1.6


def test_dbs_recruits_gradually_within_its_limits():
    reference, pt = recruitment("dbs")
    assert np.isnan(pt)
    assert share(reference, "descending", 0.2e-3) < 0.15
    assert share(reference, "descending", 5e-3) > 0.9
