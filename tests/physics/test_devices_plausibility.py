"""Landmarks and recruitment of the five devices in a person against clinical ranges.

Only the devices' defaults, whose tables are shipped: nothing is solved here.
"""

import numpy as np
import pytest

from gatecontrol.devices.excitability import reference
from gatecontrol.plugins import load_plugin
from gatecontrol.preparations import load_preparation

HUMAN = load_preparation("human")
KINDS = ("scs", "drg", "pns", "tens", "dbs")


@pytest.fixture(scope="module")
def found():
    """Reference population and landmarks by kind."""
    made = {kind: load_plugin("devices", kind).from_config({}) for kind in KINDS}
    return {k: (reference(d, HUMAN), d.dose(HUMAN).landmarks) for k, d in made.items()}


def share(thresholds, amplitude):
    return float(np.mean(thresholds <= amplitude))


@pytest.mark.parametrize("kind", ["scs", "drg", "pns", "tens"])
def test_abeta_comes_before_adelta_and_c(found, kind):
    population, marks = found[kind]
    for factor in (1.0, 1.2, 1.5, 2.0, 4.0):
        shares = [
            share(population.thresholds[c], factor * marks["perception"])
            for c in ("abeta", "adelta", "c")
        ]
        assert shares[0] > shares[1] >= shares[2]
    assert share(population.thresholds["adelta"], marks["perception"]) < 0.01


@pytest.mark.parametrize("kind", ["drg", "pns", "tens"])
def test_recruitment_of_a_nerve_is_gradual(found, kind):
    low, high = np.quantile(found[kind][0].thresholds["abeta"], [0.1, 0.9])
    assert 1.5 < high / low < 8


def test_scs_perception_and_discomfort(found):
    _, marks = found["scs"]
    # 1-4 mA are usual at 200-300 us; the default has 4 mm of fluid
    assert 1e-3 < marks["perception"] < 4e-3
    # about 1.4-1.6 in patients, with some room for assumed geometry
    assert 1.2 < marks["discomfort"] / marks["perception"] < 1.8


@pytest.mark.parametrize("kind", ["scs", "tens"])
def test_no_c_model_is_recruited_at_the_discomfort_threshold(found, kind):
    population, marks = found[kind]
    assert len(population.c_models) == 5
    for model, thresholds in population.c_models.items():
        assert thresholds[0] > marks["discomfort"], model


def test_scs_discomfort_comes_from_the_roots(found):
    population, marks = found["scs"]
    roots = population.by_course["abeta", "root"]
    assert share(roots, marks["discomfort"]) == pytest.approx(0.5, abs=0.01)
    # bystanders are felt, but do not count as recruited
    assert population.thresholds["abeta"].size == population.by_course["abeta", "along"].size


def test_drg_needs_less_than_scs(found):
    assert found["drg"][1]["perception"] < 0.3 * found["scs"][1]["perception"]


def test_tens_is_felt_before_it_moves_and_moves_before_it_hurts(found):
    _, marks = found["tens"]
    assert marks["perception"] < marks["motor"] < marks["discomfort"]
    assert 2e-3 < marks["perception"] < 20e-3


def test_a_mixed_nerve_moves_muscle_at_about_the_perception_threshold(found):
    _, marks = found["pns"]
    # the thickest fibres of a mixed nerve are motor: they come a little before touch
    assert 0.5 < marks["motor"] / marks["perception"] < 1.1


def test_dbs_recruits_gradually_within_its_limits(found):
    population, marks = found["dbs"]
    assert all(np.isnan(v) for v in marks.values())
    descending = population.thresholds["descending"]
    assert share(descending, 0.2e-3) < 0.15
    assert share(descending, 10e-3) > 0.9
