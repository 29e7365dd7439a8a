"""Slopes of known lines, and what a slope cannot be told of."""

import numpy as np
import pytest

from gatecontrol.analysis.summaries.encoding_slope import (
    encoding_slope,
    explained,
    slope_ratio,
    slopes,
)
from gatecontrol.errors import GatecontrolError

FORCES = np.array([0.05, 0.1, 0.2, 0.4])


def lines(gain, offset, seeds=12, noise=0.5, seed=3):
    """Return signals (1 arm, forces, seeds, 1 epoch) that rise by `gain` per newton."""
    rng = np.random.default_rng(seed)
    drive = rng.normal(1.0, 0.1, seeds)
    signal = offset + gain * FORCES[:, None] * drive + rng.normal(0, noise, (4, seeds))
    return signal[None, :, :, None], gain * drive


def test_slope_of_each_row_and_missing_points():
    x = np.array([0.0, 1.0, 2.0, 4.0])
    y = np.stack([3 + 2 * x, 1 - x, np.array([np.nan, 5.0, np.nan, 2.0]), np.full(4, np.nan)])
    found = slopes(x, y)
    np.testing.assert_allclose(found[:3], [2.0, -1.0, -1.0])
    assert np.isnan(found[3])
    assert np.isnan(slopes([1.0, 1.0], [2.0, 3.0]))


def test_slope_equals_scipy():
    from scipy.stats import linregress

    rng = np.random.default_rng(0)
    x, y = rng.uniform(size=9), rng.uniform(size=9)
    fit = linregress(x, y)
    assert slopes(x, y) == pytest.approx(fit.slope, rel=1e-12)
    assert explained(x, y) == pytest.approx(fit.rvalue**2, rel=1e-12)


def test_linearity_of_a_line_and_of_a_plateau():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert explained(x, 2 * x) == pytest.approx(1.0)
    assert explained(x, [0.0, 4.0, 4.0, 4.0]) == pytest.approx(0.6)  # cov 2^2 / (5 x 12), times 9
    assert np.isnan(explained(x, [1.0, 1.0, 1.0, 1.0]))
    assert np.isnan(explained(x[:2], [1.0, 2.0]))


def test_ratio_of_slopes_that_share_their_seeds_is_narrow():
    off = np.random.default_rng(7).normal(50.0, 10.0, 20)
    on = 0.6 * off
    found = slope_ratio(on, off)
    assert (found.value, found.low, found.high) == pytest.approx((0.6, 0.6, 0.6))


def test_no_ratio_to_a_control_without_a_slope():
    rng = np.random.default_rng(2)
    found = slope_ratio(rng.normal(0, 1, 20), rng.normal(0, 1, 20))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.reason == "the slope of the control cannot be told from zero"
    assert "no seed" in slope_ratio([np.nan], [1.0]).reason


def test_summary_recovers_slopes_ratio_and_units(make):
    on, true_on = lines(30.0, 2.0)
    off, true_off = lines(60.0, 5.0, seed=3)
    found = encoding_slope(make(on, off, {"stimuli_0_force": FORCES}, units="N"))
    assert found["encoding_slope_by_seed"].dims == ("arm", "epoch", "seed")
    assert found["encoding_slope"].dims == ("arm", "epoch")
    assert found["encoding_slope"].attrs["units"] == "spikes/s per N"
    assert found["encoding_slope"].item() == pytest.approx(
        found["encoding_slope_by_seed"].mean().item()
    )
    assert found["encoding_slope_low"].item() < true_on.mean()
    assert found["encoding_slope_high"].item() > true_on.mean()
    assert found["encoding_slope_off_low"].item() < true_off.mean()
    assert (
        found["encoding_slope_ratio_low"].item() < 0.5 < found["encoding_slope_ratio_high"].item()
    )
    assert found["encoding_linearity"].item() > 0.99
    assert found["encoding_slope_ratio_status"].item() == ""
    assert set(found.coords) == {"arm", "seed", "epoch", "label"}


def test_other_axes_and_missing_epochs_stay(make):
    rng = np.random.default_rng(1)
    off = rng.normal(10.0, 0.1, (2, 4, 3, 6, 2)) + 40 * FORCES[None, :, None, None, None]
    on = off.copy()
    on[..., 0] = np.nan
    data = make(
        on, off, {"stimuli_0_force": FORCES, "device_frequency": [10.0, 50.0, 90.0]},
        arms=("scs", "tens"), epochs=("before", "during"),
    )  # fmt: skip
    found = encoding_slope(data, axis="stimuli_0_force")
    assert found["encoding_slope_ratio"].dims == ("arm", "device_frequency", "epoch")
    during, before = found.sel(epoch="during"), found.sel(epoch="before")
    np.testing.assert_allclose(during["encoding_slope_ratio"], 1.0)
    assert np.isnan(before["encoding_slope"]).all()
    reason = "fewer than two intensities with a pain signal"
    assert set(before["encoding_slope_status"].values.ravel()) == {reason}
    assert "no seed has a slope" in before["encoding_slope_ratio_status"].values[0, 0]


def test_an_axis_that_is_no_intensity_is_refused_by_name(make):
    signal = np.ones((1, 2, 5, 1))
    data = make(signal, signal, {"device_frequency": [10.0, 50.0]}, path="device.frequency")
    with pytest.raises(GatecontrolError, match="no sweep axis with numbers is a stim"):
        encoding_slope(data)
    with pytest.raises(GatecontrolError, match=r"no sweep axis 'device_frequenzy' in the results"):
        encoding_slope(data, axis="device_frequenzy")
    named = data.assign_coords(device_frequency=["low", "high"])
    with pytest.raises(GatecontrolError, match="has no numbers, only names"):
        encoding_slope(named, axis="device_frequency")


def test_two_intensities_must_be_told_apart(make):
    signal = np.ones((1, 2, 2, 5, 1))
    data = make(signal, signal, {"a": [1.0, 2.0], "b": [1.0, 2.0]}, path="stimuli[0].peak")
    with pytest.raises(GatecontrolError, match=r"several sweep axes are a stimulus's intensity"):
        encoding_slope(data)
