"""Suppression against amplitude: interpolation at thresholds, half effect, usable range."""

import numpy as np
import pytest

from gatecontrol.analysis.summaries.therapeutic_window import AmplitudeCurve, therapeutic_window
from gatecontrol.errors import GatecontrolError

AMPLITUDE = 1e-3 * np.array([1.0, 2.0, 3.0, 4.0, 6.0])
SUPPRESSION = np.array([0.0, 0.0, 0.2, 0.4, 0.5])
PT, DT = 2.5e-3, 5e-3


def curve(suppression=SUPPRESSION, seeds=8, perception=PT, discomfort=DT, noise=0.0, seed=5):
    rng = np.random.default_rng(seed)
    off = rng.uniform(10.0, 20.0, seeds) * np.ones((len(suppression), 1))
    on = off * (1 - np.asarray(suppression)[:, None] + noise * rng.normal(size=off.shape))
    return AmplitudeCurve(AMPLITUDE, on, off, perception, discomfort)


def test_values_read_off_a_curve_without_noise():
    found = curve()
    assert found.at_perception.value == pytest.approx(0.1)
    assert found.at_discomfort.value == pytest.approx(0.45)
    # half of 0.45 lies between 3 mA (0.2) and 4 mA (0.4)
    assert found.half_effect().value == pytest.approx(3.125e-3)
    assert found.effective(0.3).value == pytest.approx(3.5e-3)
    # the same share in every seed: no spread
    assert found.at_discomfort.low == pytest.approx(0.45)
    assert found.half_effect().high == pytest.approx(3.125e-3)


def test_intervals_cover_the_truth():
    """Nominal 95 %; 60 repetitions have an error of 3 points."""
    true = (0.1, 0.45, 3.125e-3, 3.5e-3)
    covered = np.zeros(4)
    for seed in range(60):
        found = curve(noise=0.05, seeds=20, seed=seed)
        estimates = (
            found.at_perception, found.at_discomfort, found.half_effect(), found.effective(0.3)
        )  # fmt: skip
        covered += [e.low < t < e.high for e, t in zip(estimates, true, strict=True)]
    assert (covered / 60 > 0.82).all()


@pytest.mark.parametrize(
    ("size", "whether", "share"), [(0.2, 1.0, 1.0), (0.4, 1.0, 1.0), (0.48, 0.0, 0.0)]
)
def test_whether_a_size_is_reached_below_discomfort(size, whether, share):
    found, support = curve(noise=0.0).effective_below_discomfort(size)
    assert (found.value, support) == (whether, share)


def test_what_is_outside_the_amplitudes_is_not_extrapolated():
    found = curve(perception=0.5e-3, discomfort=8e-3)
    assert found.at_perception.reason == "the perception threshold is outside the amplitudes swept"
    assert np.isnan(found.at_discomfort.value)
    assert found.half_effect().reason == "the discomfort threshold is outside the amplitudes swept"
    assert found.effective_below_discomfort(0.3)[0].value == 1.0
    reason = "not reached, but the amplitudes swept end below discomfort"
    assert found.effective_below_discomfort(0.6)[0].reason == reason
    below = curve(discomfort=0.5e-3).effective_below_discomfort(0.1)[0]
    assert below.reason == "the discomfort threshold is below all amplitudes swept"


def test_no_half_effect_where_there_is_no_effect():
    found = curve(np.zeros(5), noise=0.05, seeds=20)
    reason = "at the discomfort threshold suppression cannot be told from zero"
    assert found.half_effect().reason == reason
    assert found.effective(0.3).reason == "not reached at any amplitude"
    flat = curve(np.full(5, 0.4))
    assert flat.half_effect().reason == "reached at the lowest amplitude already"


def test_a_device_without_thresholds():
    found = curve(perception=np.nan, discomfort=np.nan)
    assert found.at_perception.reason == "the device has no perception threshold"
    assert found.half_effect().reason == "the device has no discomfort threshold"
    whether, share = found.effective_below_discomfort(0.2)
    assert np.isnan([whether.value, share]).all()


def test_summary_over_an_axis_without_numbers(make):
    one = curve(seeds=6)
    # amplitudes typed in two units have names only, and are not in order
    order = [3, 0, 1, 4, 2]
    on = np.stack([one.on[order], one.off[order]])[..., None]
    more = {
        "amplitude": (("arm", "device_amplitude"), [AMPLITUDE[order], np.full(5, np.nan)]),
        "perception_threshold": (("arm", "device_amplitude"), [np.full(5, PT), np.full(5, np.nan)]),
        "discomfort_threshold": (("arm", "device_amplitude"), [np.full(5, DT), np.full(5, np.nan)]),
    }
    data = make(
        on, one.off[order][None, :, :, None], {"device_amplitude": list("dabec")},
        arms=("scs", "none"), path="device_amplitude", **more,
    )  # fmt: skip
    found = therapeutic_window(data, size=0.3)
    assert found["suppression_at_discomfort"].dims == ("arm", "epoch")
    assert found["suppression_at_discomfort"].values[0, 0] == pytest.approx(0.45)
    assert found["amplitude_effective"].values[0, 0] == pytest.approx(3.5e-3)
    assert found["amplitude_effective"].attrs["units"] == "A"
    assert found["effective_below_discomfort_share"].values[0, 0] == 1.0
    assert found["usable_range"].values[0] == 2.0
    assert found["usable_range_status"].values[1] == "the device has no perception threshold"
    reason = "no amplitude with a pain signal in every seed"
    assert found["amplitude_effective_status"].values[1, 0] == reason


def test_a_sweep_over_something_else_is_refused(make):
    signal = np.ones((1, 2, 5, 1))
    data = make(signal, signal, {"device_frequency": [1.0, 2.0]}, path="device.frequency")
    with pytest.raises(GatecontrolError, match="no sweep axis is the device's amplitude"):
        therapeutic_window(data)
