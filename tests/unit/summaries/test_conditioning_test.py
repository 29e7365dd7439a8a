"""Conditioning-test curves with a known window."""

import numpy as np
import pytest

from gatecontrol.analysis.summaries.conditioning_test import (
    conditioning_test,
    relative_response,
    window,
)
from gatecontrol.errors import GatecontrolError

INTERVALS = 1e-3 * np.array([5.0, 20.0, 40.0, 60.0, 80.0, 120.0, 160.0])
CLASSES = ["abeta", "adelta", "c", "descending"]
TAU = 0.04


def spikes(tau=TAU, size=0.9, seeds=20, count=None, seed=2):
    """Return responses (intervals, seeds): inhibition that decays exponentially."""
    rng = np.random.default_rng(seed)
    drive = rng.gamma(25.0, 0.04, seeds) * np.ones((INTERVALS.size, 1))
    share = 1 - size * np.exp(-INTERVALS / tau)[:, None]
    if count is None:
        return 10 * drive * share, 10 * drive
    return rng.poisson(count * drive * share) / 1.0, rng.poisson(count * drive) / 1.0


def test_window_of_an_exponential_inhibition():
    on, off = spikes()
    found = window(INTERVALS, on, off)
    # 0.9 exp(-t / 0.04) is 0.2 at 60.2 ms; the curve is drawn straight from 60 to 80 ms
    curve = 1 - 0.9 * np.exp(-INTERVALS / TAU)
    expected = np.interp(0.8, curve, INTERVALS)
    assert found.value == pytest.approx(expected)
    assert found.value == pytest.approx(TAU * np.log(4.5), abs=1e-3)
    assert (found.low, found.high) == pytest.approx((expected, expected))


def test_the_order_of_the_intervals_does_not_matter():
    on, off = spikes(count=40)
    order = np.array([3, 0, 6, 2, 5, 1, 4])
    assert window(INTERVALS[order], on[order], off[order]) == window(INTERVALS, on, off)


def test_the_interval_holds_the_truth_with_many_spikes():
    """At 400 spikes a point (s.d. of the ratio 0.07) noise seldom lifts a far interval."""
    found = [window(INTERVALS, *spikes(count=400, seed=s)) for s in range(30)]
    true = TAU * np.log(4.5)
    # nominal 95 %; 30 repetitions have an error of 4 points, straight lines add a little
    assert np.mean([f.low <= true <= f.high for f in found]) > 0.8


def test_no_reduction_and_a_reduction_that_lasts():
    on, off = spikes(size=0.1)
    found = window(INTERVALS, on, off)
    assert found.value == 0.0
    assert found.reason == "no interval has this reduction"
    found = window(INTERVALS, *spikes(tau=10.0))
    assert np.isnan(found.value)
    assert found.reason == "longer than 160 ms, the longest interval"
    assert window(INTERVALS[:1], on[:1], off[:1]).reason.startswith("1 intervals")


def test_response_without_spikes_says_so():
    assert relative_response(np.zeros(6), np.zeros(6)).reason == (
        "the test volley alone evokes no spike"
    )
    found = relative_response(np.full(6, 3.0), np.full(6, 4.0))
    assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)


@pytest.fixture
def data(make):
    """Arms: conditioned, and the conditioning volley alone; the control is the test alone.

    The conditioning volley itself adds 2 spikes to every window, the background 1.
    """
    on, off = spikes(seeds=8)
    shape = (2, INTERVALS.size, 8, len(CLASSES))
    arrays = {name: np.full(shape, np.nan) for name in ("spikes", "background", "interval")}
    control = np.full(shape, np.nan)
    c = CLASSES.index("c")
    arrays["spikes"][0, ..., c] = on + 2 + 1
    arrays["spikes"][1, ..., c] = 2 + 1
    arrays["background"][..., c] = 1
    arrays["interval"][..., c] = INTERVALS[:, None]
    control[..., c] = off + 1
    dims = ("arm", "stimuli_0_onset", "seed", "fibre_class")
    more = {f"test_{name}": (dims, array) for name, array in arrays.items()}
    more["test_spikes_off"] = (dims, control)
    more["test_background_off"] = more["test_background"]
    signal = np.ones((2, INTERVALS.size, 8, 1))
    root = make(
        signal, signal, {"stimuli_0_onset": 0.7 - INTERVALS}, arms=("conditioned", "first_alone"),
        path="stimuli[0].onset", units="s", **more,
    )  # fmt: skip
    return root.assign_coords(fibre_class=CLASSES)


def test_summary_takes_off_the_response_to_the_conditioning_volley(data):
    found = conditioning_test(data, alone="first_alone").sel(arm="conditioned")
    response = found["conditioned_response"].sel(fibre_class="c")
    np.testing.assert_allclose(response, 1 - 0.9 * np.exp(-INTERVALS / TAU))
    np.testing.assert_allclose(found["conditioning_interval"].sel(fibre_class="c"), INTERVALS)
    assert found["a_on_c_window"].item() == pytest.approx(TAU * np.log(4.5), abs=1e-3)
    assert found["a_on_c_window"].attrs["units"] == "s"
    assert np.isnan(found["a_on_a_window"].item())
    assert found["a_on_a_window_status"].item() == "no abeta test volley after an A volley"
    status = found["conditioned_response_status"].sel(fibre_class="adelta").values
    assert set(status) == {"no test volley of this class, or no conditioning before it"}


def test_without_that_arm_only_the_background_is_taken_off(data):
    found = conditioning_test(data).sel(arm="conditioned", fibre_class="c")
    on, off = spikes(seeds=8)
    expected = (on + 2).sum(axis=1) / off.sum(axis=1)
    np.testing.assert_allclose(found["conditioned_response"], expected)


def test_the_whole_curve_counts_the_reduction_that_is_asked_for(data):
    found = conditioning_test(data, alone="first_alone", reduction=0.5).sel(arm="conditioned")
    assert found["a_on_c_window"].item() == pytest.approx(TAU * np.log(1.8), abs=2e-3)


def test_faults_are_named(data):
    with pytest.raises(GatecontrolError, match=r"no arm 'frist_alone'.*Did you mean 'first_alone'"):
        conditioning_test(data, alone="frist_alone")
    with pytest.raises(GatecontrolError, match="add test_response to measures"):
        conditioning_test(data.drop_vars("test_spikes"))
