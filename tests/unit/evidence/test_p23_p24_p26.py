"""P23, P24 and P26 on made-up results: what must pass, and what each is there to reject."""

import numpy as np
import pytest
import xarray as xr

from gatecontrol.evidence.phenomena import p24_ganglion_frequency as p24
from gatecontrol.evidence.phenomena import p26_recruitment_order as p26
from gatecontrol.evidence.phenomena.p23_ganglion_filter import GanglionFilter
from gatecontrol.evidence.registry import protocol_path
from gatecontrol.evidence.scoring import measure, verdict_of
from gatecontrol.experiment.load import load
from gatecontrol.units import parse_quantity

SEEDS = 8
WOBBLE = np.random.default_rng(1).normal(1, 0.02, SEEDS)
"""Seeds differ by 2 %, so that every quantity has an interval."""


def scored(phenomenon, runs):
    """Return the verdict and the measured quantities by name."""
    found = measure(phenomenon, runs)
    return verdict_of(found)[0], {m.quantity.name: m for m in found}


# --- P23


def throughput(c, adelta, abeta):
    dims = ("arm", "seed", "fibre_class", "epoch")
    off = 3.7 * WOBBLE[None, :, None, None] * np.ones((1, SEEDS, 3, 1))
    on = off * np.array([abeta, adelta, c])[:, None]
    places = {"fibre_class": ["abeta", "adelta", "c"], "epoch": ["during"]}
    data = {"afferent_natural_rate": (dims, on), "afferent_natural_rate_off": (dims, off)}
    return {"ganglion_filter": xr.Dataset(data, places)}


def test_p23_passes_with_a_filter_of_thin_fibres():
    verdict, found = scored(GanglionFilter(), throughput(0.1, 0.6, 0.97))
    assert verdict == "pass"
    assert [found[c].value for c in ("c", "adelta", "abeta")] == pytest.approx([0.1, 0.6, 0.97])


@pytest.mark.parametrize("wrong", [(1.0, 1.0, 1.0), (0.1, 0.6, 0.5), (0.1, 0.1, 0.97)])
def test_p23_rejects_a_ganglion_that_lets_all_pass_or_stops_thick_fibres(wrong):
    assert scored(GanglionFilter(), throughput(*wrong))[0] == "fail"


# --- P24


def ganglion(peaks, background_on=0.0):
    """Ten C-evoked spikes in each test, less by frequency; a background with the device on."""
    time = np.arange(0.05, 132, 0.1)
    tests = np.arange(5.0, 131, 10.0)
    rate = np.ones(time.size)
    for test in tests:
        rate[(time > test + 0.1) & (time < test + 0.6)] += 20.0
    off = np.broadcast_to(rate, (1, 3, 1, time.size)) * WOBBLE[:, None]
    on = (1 + (rate - 1) * (1 - np.array(peaks)[:, None])) + background_on
    on = on[None, :, None] * WOBBLE[:, None]
    dims = ("arm", "device_frequency", "seed", "time_bin")
    switched = (dims[:-1], np.ones((1, 3, SEEDS)))
    data = {
        "time_course": (dims, on),
        "time_course_off": (dims, off),
        "device_on": (switched[0], 10 * switched[1]),
        "device_off": (switched[0], 131 * switched[1]),
    }
    places = {"device_frequency": [1.0, 20.0, 1000.0], "time_bin": time}
    return {"ganglion_frequency": xr.Dataset(data, places)}


def test_p24_passes_with_equal_effects_whatever_the_background():
    verdict, found = scored(p24.GanglionFrequency(), ganglion((0.30, 0.35, 0.32), 3.0))
    assert verdict == "pass"
    assert found["spread"].value == pytest.approx(0.05)


def test_p24_rejects_an_effect_that_grows_with_frequency():
    verdict, found = scored(p24.GanglionFrequency(), ganglion((0.0, 0.3, 0.6)))
    assert verdict == "fail"
    assert found["spread"].value == pytest.approx(0.6)


def test_p24_takes_the_peak_of_blocks():
    # with a block of six tests at 1 Hz and another six at 20 Hz, both have their peak
    phenomenon = p24.GanglionFrequency()
    on = np.ones((1, 3, 12))
    on[0, 0, :6] = on[0, 1, 6:] = on[0, 2] = 0.5
    found = phenomenon.estimate({"on": on, "off": np.ones((1, 3, 12))})
    assert found["spread"] == pytest.approx(0.0)


def test_p24_tests_are_those_of_its_protocol():
    volley = load(str(protocol_path(p24.GanglionFrequency(), "ganglion_frequency"))).stimuli[0]
    assert parse_quantity(volley["onset"], "time") == p24.FIRST
    assert 1 / parse_quantity(volley["rate"], "frequency") == pytest.approx(p24.PERIOD)


# --- P26 (the thresholds themselves are in tests/physics)


@pytest.mark.parametrize(
    ("root", "tract", "verdict"),
    [(2.6, 4.4, "pass"), (1.0, 1.0, "fail"), (2.6, 8.0, "fail")],
)
def test_p26_judges_ratios_of_thresholds(monkeypatch, root, tract, verdict):
    thresholds = {"column": 1e-4, "root": 1e-4 * root, "tract": 1e-4 * tract}
    monkeypatch.setattr(p26, "group_thresholds", lambda: thresholds)
    assert scored(p26.RecruitmentOrder(), {})[0] == verdict
