"""P21 and P22 on made-up results: what must pass, and what each is there to reject."""

import numpy as np
import pytest
import xarray as xr

from gatecontrol.evidence.phenomena.p21_afferent_front_end import RISE, AfferentFrontEnd
from gatecontrol.evidence.phenomena.p22_ectopic_activity import EctopicActivity
from gatecontrol.evidence.registry import protocol_path
from gatecontrol.evidence.scoring import measure, verdict_of
from gatecontrol.experiment.load import load
from gatecontrol.preparations import load_preparation
from gatecontrol.stimuli.heat import HeatRamp
from gatecontrol.units import parse_quantity

SEEDS = 8
WOBBLE = np.random.default_rng(1).normal(1, 0.02, SEEDS)
"""Seeds differ by 2 %, so that every quantity has an interval."""


def scored(phenomenon, runs):
    """Return the verdict and the measured quantities by name."""
    found = measure(phenomenon, runs)
    return verdict_of(found)[0], {m.quantity.name: m for m in found}


# --- P21


def front_end(rates=(1.22, 4.57, 13.45), c=(0.55, 1.15), adelta=13.0, abeta=(30.0, 85.0)):
    """C rates on the ramps, and arrivals by the velocity of each class."""
    speed = np.array([0.3, 2.0, 6.0])
    stop = np.array([50.0, 10.0, 5.0])
    rate = np.array(rates) * RISE / speed / stop  # of the whole run
    dims = ("arm", "stimuli_0_rate", "seed", "fibre_class", "epoch")
    ends = (("arm", "stimuli_0_rate", "seed", "epoch"), np.ones((1, 3, SEEDS, 1)))
    heat = {
        "afferent_natural_rate": (dims, (rate[:, None] * WOBBLE)[None, ..., None, None]),
        "epoch_start": (ends[0], 0 * ends[1]),
        "epoch_stop": (ends[0], stop[None, :, None, None] * ends[1]),
    }
    places = {"stimuli_0_rate": speed, "fibre_class": ["c"], "epoch": ["during"]}
    classes = ["abeta", "adelta", "c"]
    way = load_preparation("human").receptor_to_cord.value
    last, first = np.array([abeta, (adelta, adelta), c]).T
    dims = ("arm", "seed", "fibre_class")
    volley = {
        f"afferent_{which}": (dims, way / (speed * WOBBLE[:, None])[None])
        for which, speed in (("first", first), ("median", (first + last) / 2), ("last", last))
    }
    return {
        "heat_ramps": xr.Dataset(heat, places),
        "skin_volley": xr.Dataset(volley, {"fibre_class": classes}),
    }


def test_p21_passes_with_the_published_rates_and_velocities():
    verdict, found = scored(AfferentFrontEnd(), front_end())
    assert verdict == "pass"
    assert found["fast"].value == pytest.approx(13.45 * WOBBLE.mean())
    assert found["slowest_abeta"].value == pytest.approx(30 * WOBBLE.mean())
    assert found["adelta"].value == pytest.approx(13 * WOBBLE.mean())


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"rates": (4.57, 4.57, 4.57)}, "slow"),  # blind to how fast the skin warms
        ({"c": (0.3, 1.15)}, "slowest_c"),
        ({"adelta": 5.0}, "adelta"),
        ({"abeta": (30.0, 120.0)}, "fastest_abeta"),
    ],
)
def test_p21_rejects(wrong, where):
    verdict, found = scored(AfferentFrontEnd(), front_end(**wrong))
    assert verdict == "fail"
    assert found[where].verdict == "fail"


def test_p21_rise_is_that_of_its_protocol():
    ramp = load(str(protocol_path(AfferentFrontEnd(), "heat_ramps"))).stimuli[0]
    threshold = HeatRamp.from_config({"kind": "heat_ramp"})["threshold"]
    assert parse_quantity(ramp["peak"], "temperature") - threshold == pytest.approx(RISE)


# --- P22


def firing(share, rate):
    dims = ("arm", "seed", "fibre_class", "epoch")
    shares = (share * WOBBLE)[None, :, None, None]
    data = {"afferent_active": (dims, shares), "afferent_natural_rate": (dims, shares * rate)}
    places = {"fibre_class": ["c"], "epoch": ["during"]}
    return {"ectopic_activity": xr.Dataset(data, places)}


def test_p22_passes_with_a_few_slow_fibres():
    verdict, found = scored(EctopicActivity(), firing(0.06, 0.5))
    assert verdict == "pass"
    assert found["rate"].value == pytest.approx(0.5)


@pytest.mark.parametrize(("share", "rate"), [(1.0, 0.5), (0.06, 5.0), (0.0, 0.0)])
def test_p22_rejects_noise_in_all_fibres_fast_ones_and_none(share, rate):
    assert scored(EctopicActivity(), firing(share, rate))[0] == "fail"
