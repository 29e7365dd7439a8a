"""The group /fits: known curves come back, and no curve is fitted to nothing."""

import sys

import numpy as np
import pytest
import xarray as xr

from gatecontrol.analysis.statistics import fits
from gatecontrol.analysis.statistics.curves import GAUSSIAN, HILL, curves, fit, refit

AMPLITUDES = np.array([0.0, 40, 60, 80, 90, 100, 110, 120, 140, 170, 200])
FREQUENCIES = np.array([1.0, 2, 5, 10, 20, 30, 40, 50, 70, 100, 130, 160, 200])
HILL_NUMBERS = (0.0, 0.6, 100.0, 6.0)
GAUSSIAN_NUMBERS = (0.1, 0.6, 50.0, 1.0)


def results(x, suppression, path, units="1", seeds=20, seed=0):
    """Return a root with one arm and one epoch; where nothing is suppressed nothing differs."""
    rng = np.random.default_rng(seed)
    drive = 30 * rng.gamma(6, 1 / 6, seeds)
    off = np.broadcast_to(rng.poisson(drive).astype(float), (x.size, seeds))
    on = rng.poisson(drive * (1 - suppression)[:, None]).astype(float)
    on[suppression == 0] = off[suppression == 0]
    dims = ("arm", "axis", "seed", "epoch")
    return xr.Dataset(
        {n: (dims, a[None, ..., None]) for n, a in (("pain_signal", on), ("pain_signal_off", off))},
        {
            "arm": np.array(["a"], dtype=object),
            "axis": ("axis", x, {"units": units, "long_name": path}),
            "epoch": np.array(["during"], dtype=object),
        },
    )


def suppressions(shape, x, numbers):
    return curves(shape, x, np.array([numbers]))[0]


def one(data):
    return fits(data).isel(arm=0, epoch=0)


@pytest.mark.parametrize(
    ("shape", "x", "numbers"),
    [
        (HILL, AMPLITUDES, HILL_NUMBERS),
        (HILL, AMPLITUDES, (0.05, -0.4, 75.0, 3.0)),  # facilitation
        (GAUSSIAN, FREQUENCIES, GAUSSIAN_NUMBERS),
        (GAUSSIAN, FREQUENCIES, (-0.5, 0.1, 8.0, 0.6)),
    ],
)
def test_exact_values_give_the_parameters_back(shape, x, numbers):
    y = suppressions(shape, x, numbers)
    found = fit(shape, x, y, np.full(x.size, 0.02))
    np.testing.assert_allclose(found.numbers, numbers, rtol=1e-4, atol=1e-6)
    assert found.at_edge == (0, 0)
    assert found.chi_squared < 1e-6
    # the grid alone: within a step, 5 % in the centre and 17 % in the width
    again = refit(shape, x, y[None], np.full(x.size, 0.02))[0]
    np.testing.assert_allclose(again[2:], numbers[2:], rtol=0.17)


def test_dose_response():
    y = suppressions(HILL, AMPLITUDES, HILL_NUMBERS)
    found = one(results(AMPLITUDES, y, "device.amplitude", "%PT"))
    assert found["dose_status"] == ""
    for name, truth in zip(("baseline", "maximum", "ed50", "slope"), HILL_NUMBERS, strict=True):
        low, value, high = (float(found[f"dose_{name}{e}"]) for e in ("_low", "", "_high"))
        assert low <= truth <= high, name
        assert low <= value <= high, name
    assert found["dose_ed50"].attrs["units"] == "%PT"
    assert found["dose_aic"] < found["dose_aic_flat"] - 100
    assert found["dose_fine"].values[[0, -1]].tolist() == [0.0, 200.0]
    curve = found["dose_curve"]
    assert (np.diff(curve) >= 0).all()
    assert ((found["dose_curve_low"] <= curve) & (curve <= found["dose_curve_high"])).all()
    middle = float(curve.interp(dose_fine=float(found["dose_ed50"])))
    expected = float(found["dose_baseline"] + found["dose_maximum"]) / 2
    assert middle == pytest.approx(expected, abs=0.01)  # a straight line between grid points


def test_frequency_response():
    y = suppressions(GAUSSIAN, FREQUENCIES, GAUSSIAN_NUMBERS)
    found = one(results(FREQUENCIES, y, "device.frequency", "Hz"))
    assert found["frequency_status"] == ""
    names = ("baseline", "maximum", "optimum", "width")
    for name, truth in zip(names, GAUSSIAN_NUMBERS, strict=True):
        low, high = (float(found[f"frequency_{name}_{e}"]) for e in ("low", "high"))
        assert low <= truth <= high, name
    best = found["frequency_fine"].values[found["frequency_curve"].values.argmax()]
    assert best == pytest.approx(float(found["frequency_optimum"]), rel=0.03)  # half a grid step
    assert found["frequency_optimum"].attrs["units"] == "Hz"


def test_where_nothing_depends_on_the_axis_no_curve_is_fitted():
    flat = np.full(AMPLITUDES.size, 0.3)
    for path, name in (("device.amplitude", "dose"), ("device.frequency", "frequency")):
        found = one(results(AMPLITUDES, flat, path))
        assert "no effect of" in str(found[f"{name}_status"].values)
        assert np.isnan(found[f"{name}_maximum"])
        assert np.isnan(found[f"{name}_curve"]).all()
        assert np.isfinite(found[f"{name}_aic_flat"])


def test_an_optimum_at_the_end_is_no_number():
    rising = suppressions(GAUSSIAN, FREQUENCIES, (0.0, 0.7, 2000.0, 1.5))
    found = one(results(FREQUENCIES, rising, "device.frequency", "Hz"))
    assert np.isnan(found["frequency_optimum"])
    assert "optimum lies above" in str(found["frequency_status"].values)
    assert np.isfinite(found["frequency_curve"]).all()


def test_a_curve_of_another_form_is_said_to_fit_poorly():
    dip = 0.6 - suppressions(GAUSSIAN, FREQUENCIES, (0.0, 0.6, 15.0, 0.7))
    found = one(results(FREQUENCIES, dip, "device.frequency", "Hz", seeds=40))
    assert "the curve fits the points poorly" in str(found["frequency_status"].values)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda d: d.where(d["axis"] < 90), "4 points with a signal; a fit needs 5"),
        (lambda d: d.isel(seed=slice(4)), "4 seeds at all points; a fit needs 5"),
        (lambda d: d.assign(pain_signal=d["pain_signal_off"]), "no spread between seeds"),
        (lambda d: 0 * d, "the control fires no spike"),
    ],
)
def test_no_fit_has_a_reason(change, reason):
    y = suppressions(HILL, AMPLITUDES, HILL_NUMBERS)
    data = change(results(AMPLITUDES, y, "device.amplitude"))
    data["axis"].attrs["long_name"] = "device.amplitude"
    found = one(data)
    assert found["dose_status"] == reason
    assert np.isnan(found["dose_ed50"])


def test_other_axes_give_no_group():
    y = suppressions(HILL, AMPLITUDES, HILL_NUMBERS)
    assert fits(results(AMPLITUDES, y, "device.pulse_width")) is None
    texts = results(AMPLITUDES, y, "device.amplitude")
    named = texts.assign_coords(axis=np.array([str(v) for v in AMPLITUDES], dtype=object))
    assert fits(named) is None
    assert fits(texts.isel(axis=slice(4))) is None
    assert fits(texts.drop_vars("pain_signal")) is None


def test_too_many_curves_are_not_fitted(monkeypatch):
    module = sys.modules[fits.__module__]
    monkeypatch.setattr(module, "MOST_CURVES", 0)
    y = suppressions(HILL, AMPLITUDES, HILL_NUMBERS)
    found = one(results(AMPLITUDES, y, "device.amplitude"))
    assert found["dose_status"] == "not fitted: more than 0 curves"


def test_the_same_results_give_the_same_bytes():
    y = suppressions(HILL, AMPLITUDES, HILL_NUMBERS)
    first, second = (one(results(AMPLITUDES, y, "device.amplitude")) for _ in range(2))
    xr.testing.assert_identical(first, second)
