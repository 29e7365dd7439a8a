"""P05 and P06: windows of inhibition with a known length."""

import numpy as np
import pytest
import xarray as xr

from gatecontrol.evidence.phenomena.p05_p06_paired_volleys import AOnA, AOnC
from gatecontrol.evidence.scoring import measure, verdict_of

INTERVALS = 1e-3 * np.array([5.0, 20, 40, 60, 80, 100, 125, 150, 200])
GRID = 0.005
"""Lines between intervals of 20-50 ms lie so far [s] from the exponential between them."""


def results(tau, fibre_class, *, background=0.0, first=0.3, size=1.0, seeds=5):
    """Return results of a test that an exponential inhibition of `tau` [s] holds down."""
    drive = np.linspace(8, 12, seeds)
    left = 1 - size * np.exp(-INTERVALS[:, None] / tau)
    ones = np.ones_like(left)
    arms = {
        "conditioned": drive * left + first + background,
        "test_alone": drive * ones + background,
        "first_alone": first * ones * np.ones(seeds) + background,
    }
    dims = ("arm", "stimuli_0_onset", "seed", "fibre_class")
    spikes = np.stack(list(arms.values()))[..., None]
    interval = np.broadcast_to(INTERVALS[None, :, None, None], spikes.shape)
    return xr.Dataset(
        {
            "test_spikes": (dims, spikes),
            "test_background": (dims, np.full(spikes.shape, background)),
            "test_interval": (dims, interval),
        },
        {"arm": list(arms), "stimuli_0_onset": 1 - INTERVALS, "fibre_class": [fibre_class]},
    )


def c_window(**given):
    return measure(AOnC(), {"a_on_c": results(fibre_class="c", **given)})[0]


@pytest.mark.parametrize(("tau", "verdict"), [(0.01, "fail"), (0.04, "pass"), (0.1, "fail")])
def test_the_window_of_c_responses_follows_the_time_constant(tau, verdict):
    found = c_window(tau=tau)
    assert found.verdict == verdict
    expected = tau * np.log(5)  # where 1 - exp(-t / tau) is 0.8
    assert found.value == pytest.approx(expected, abs=GRID)


def test_an_inhibition_that_outlasts_all_intervals_fails_and_says_so():
    found = c_window(tau=1.0)
    assert found.verdict == "fail"
    assert np.isnan(found.value)
    assert "above what the protocol looks at" in found.reason


def test_a_static_gain_of_nothing_has_no_window():
    found = c_window(tau=0.04, size=0.1)
    assert found.value == 0
    assert found.verdict == "fail"


def test_neither_background_nor_the_first_volley_passes_for_inhibition():
    plain = c_window(tau=0.04).value
    # A fifth of the response: left in the lone response alone it makes the window endless.
    assert c_window(tau=0.04, background=2.0).value == pytest.approx(plain, rel=1e-9)
    assert c_window(tau=0.04, first=5.0).value == pytest.approx(plain, rel=1e-9)


def both(tau_a, tau_c):
    runs = {"a_on_c": results(tau_c, "c"), "a_on_a": results(tau_a, "abeta")}
    found = measure(AOnA(), runs)
    return {m.quantity.name: m for m in found}, verdict_of(found)[0]


def test_a_windows_longer_than_c_windows_pass():
    found, verdict = both(0.065, 0.04)
    assert verdict == "pass"
    assert found["over_a_on_c"].value == pytest.approx(65 / 40, rel=0.08)  # both on the grid


def test_one_time_constant_for_both_fails_by_the_ratio_alone():
    found, verdict = both(0.055, 0.055)
    assert verdict == "fail"
    assert found["window"].verdict == "pass"
    assert found["over_a_on_c"].value == pytest.approx(1)


def test_no_window_of_c_responses_leaves_no_ratio():
    runs = {"a_on_c": results(0.04, "c", size=0.1), "a_on_a": results(0.065, "abeta")}
    ratio = measure(AOnA(), runs)[1]
    assert ratio.verdict == "fail"
    assert ratio.reason == "it has no value here"
