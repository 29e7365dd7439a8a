"""Cost per percentage point: the division, and when it is not made."""

import numpy as np
import pytest
import xarray as xr

from gatecontrol.analysis.statistics import Estimate
from gatecontrol.analysis.summaries.cost_of_suppression import cost, cost_of_suppression


def test_cost_and_its_ends():
    found = cost(6e-5, Estimate(0.3, 0.2, 0.4))
    # 60 uC/s for 30 (20 to 40) percentage points
    assert (found.value, found.low, found.high) == pytest.approx((2e-6, 1.5e-6, 3e-6))
    assert found.reason == ""


@pytest.mark.parametrize(
    ("spent", "suppression", "reason"),
    [
        (1e-5, (0.1, -0.02, 0.2), "the interval of the suppression contains zero"),
        (1e-5, (0.1, 0.0, 0.2), "the interval of the suppression contains zero"),
        (1e-5, (-0.3, -0.4, -0.2), "the pain signal rises"),
        (np.nan, (0.3, 0.2, 0.4), "the device tells no such dose"),
        (1e-5, (0.3, np.nan, np.nan, "2 seeds"), "no interval of the suppression: 2 seeds"),
        (1e-5, (np.nan, np.nan, np.nan, "silent"), "no suppression: silent"),
    ],
)
def test_no_cost_without_a_suppression(spent, suppression, reason):
    found = cost(spent, Estimate(*suppression))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.reason == reason


def test_summary_takes_the_epoch_in_which_the_device_is_on(make):
    dims, shape = ("arm", "epoch"), (2, 2)
    more = {
        "suppression_pooled": (dims, [[0.0, 0.5], [0.0, 0.1]]),
        "suppression_low": (dims, [[0.0, 0.4], [0.0, -0.1]]),
        "suppression_high": (dims, [[0.0, 0.8], [0.0, 0.3]]),
        "suppression_status": (dims, np.full(shape, "", dtype=object)),
        "charge_per_second": ("arm", [1e-4, 1e-4]),
        "power": ("arm", [np.nan, 1e-3]),
    }
    signal = np.ones((2, 5, 2))
    data = make(signal, signal, {}, arms=("scs", "tens"), epochs=("before", "during"), **more)
    found = cost_of_suppression(data)
    assert isinstance(found, xr.Dataset)
    assert found["cost_charge"].dims == ("arm",)
    assert found["cost_charge"].attrs["units"] == "C/s per percentage point"
    np.testing.assert_allclose(found["cost_charge"], [2e-6, np.nan])
    np.testing.assert_allclose(found["cost_charge_high"], [2.5e-6, np.nan])
    assert found["cost_power_status"].values.tolist() == [
        "the device tells no such dose",
        "the interval of the suppression contains zero",
    ]
