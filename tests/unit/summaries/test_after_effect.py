"""Time constants of suppression from courses of known shape."""

import numpy as np
import pytest

from gatecontrol.analysis.summaries.after_effect import TimeCourse, after_effect
from gatecontrol.analysis.summaries.decay import decay
from gatecontrol.errors import GatecontrolError

WIDTH, ON, OFF, STOP = 0.1, 2.0, 6.0, 12.0
TIME = WIDTH * (np.arange(120) + 0.5)


def inhibition(time, size=0.5, tau=1.5, rise=0.4):
    """Return inhibition that rises and decays exponentially around the device."""
    top = size * (1 - np.exp(-np.maximum(time - ON, 0) / rise))
    return np.where(time < OFF, top, size * np.exp(-(time - OFF) / tau))


def course(seeds=8, spikes=None, seed=1, **shape):
    """Return a course without noise, or with Poisson counts of `spikes` per bin and seed."""
    rng = np.random.default_rng(seed)
    drive = rng.gamma(25.0, 0.04, seeds) * np.ones((TIME.size, 1))
    share = 1 - inhibition(TIME, **shape)[:, None]
    if spikes is None:
        return TimeCourse(TIME, 20 * drive * share, 20 * drive, ON, OFF, WIDTH, 1.0)
    on, off = rng.poisson(spikes * drive * share), rng.poisson(spikes * drive)
    return TimeCourse(TIME, on.astype(float), off.astype(float), ON, OFF, WIDTH, 1.0)


def fitted(time, on, off):
    """Return the fits of the rows, each a resample with one seed of its own."""
    return decay(time, on.T, off.T, WIDTH, np.eye(len(on)))


def test_the_fit_recovers_an_exponential():
    time = WIDTH * (np.arange(60) + 0.5)
    taus = np.array([0.2, 1.0, 5.0])
    off = np.full((3, 60), 30.0)
    # the mean over a bin from the integral at its ends
    held = 0.4 * taus[:, None] / WIDTH * np.exp(-time / taus[:, None])
    held = held * 2 * np.sinh(WIDTH / 2 / taus[:, None])
    found, start, explained = fitted(time, off * (1 - held), off)
    # the grid has 7 % between its points; the parabola leaves less than 1e-3
    np.testing.assert_allclose(found, taus, rtol=1e-3)
    np.testing.assert_allclose(start, 0.4, rtol=1e-3)
    np.testing.assert_allclose(explained, 1.0, atol=1e-4)


def test_the_fit_equals_weighted_least_squares_of_scipy():
    from scipy.optimize import curve_fit

    rng = np.random.default_rng(6)
    time = WIDTH * (np.arange(60) + 0.5)
    off = rng.poisson(40.0, 60).astype(float)
    on = rng.poisson(40 * (1 - 0.6 * np.exp(-time / 1.2))).astype(float)
    (tau,), (start,), (explained,) = fitted(time, on[None], off[None])
    shown = 1 - on / off
    best, _ = curve_fit(
        lambda t, size, tau: size * np.exp(-t / tau), time, shown, p0=(0.5, 1.0),
        sigma=off**-0.5,
    )  # fmt: skip
    assert tau == pytest.approx(best[1], rel=2e-3)
    assert start == pytest.approx(best[0], rel=2e-3)
    left = off @ (shown - best[0] * np.exp(-time / best[1])) ** 2
    around = off @ (shown - off @ shown / off.sum()) ** 2
    assert explained == pytest.approx(1 - left / around, abs=1e-4)


def test_what_is_no_decay_within_the_recording():
    time = WIDTH * (np.arange(60) + 0.5)
    off = np.full((3, 60), 30.0)
    constant, never, step = 0.5 * off[0], 1.1 * off[0], off[0] * np.where(time < WIDTH, 0.2, 1.0)
    tau, _, explained = fitted(time, np.stack([constant, never, step]), off)
    assert tau[0] == np.inf
    assert np.isnan(tau[1])
    assert tau[2] == -np.inf
    assert not explained[0] > 0


def test_bins_without_a_control_spike_do_not_count():
    time = WIDTH * (np.arange(60) + 0.5)
    off = np.where(np.arange(60) % 3 == 0, 0.0, 25.0)[None]
    tau, _, _ = fitted(time, off * (1 - 0.5 * np.exp(-time / 0.8)), off)
    assert tau[0] == pytest.approx(0.8, rel=1e-3)


def test_all_numbers_of_a_course_without_noise():
    found = course()
    tau, start, share = found.recovery()
    assert tau.value == pytest.approx(1.5, rel=1e-3)
    assert tau.low == pytest.approx(tau.value, rel=1e-3)
    assert start.value == pytest.approx(0.5, rel=1e-3)
    assert share.value == pytest.approx(1.0, abs=1e-4)
    # five to ten times the rise's time constant after onset, it has all but risen
    assert found.at_offset.value == pytest.approx(0.5, abs=2e-3)
    # 0.4 ln 2; linear between bins of 0.1 s
    assert found.onset_delay().value == pytest.approx(0.4 * np.log(2), abs=0.01)
    assert found.duration(0.25).value == pytest.approx(1.5 * np.log(4), abs=0.01)
    mean = 0.5 * 1.5 * (np.exp(-1 / 1.5) - np.exp(-2 / 1.5))
    assert found.residual(1.0).value == pytest.approx(mean, abs=1e-3)


def test_intervals_cover_the_truth():
    """Nominal 95 %; 24 repetitions have an error of 4.5 points."""
    covered = np.zeros(2)
    for seed in range(24):
        found = course(seeds=20, spikes=30, seed=seed)
        for i, (estimate, true) in enumerate([
            (found.recovery()[0], 1.5), (found.at_offset, 0.5)
        ]):  # fmt: skip
            covered[i] += estimate.low < true < estimate.high
    assert (covered / 24 > 0.75).all()


def test_immediate_on_and_off():
    on = np.where((TIME > ON) & (TIME < OFF), 0.4, 1.0)[:, None] * np.full((1, 6), 10.0)
    found = TimeCourse(TIME, on, np.full_like(on, 10.0), ON, OFF, WIDTH, 1.0)
    assert found.onset_delay().value < WIDTH
    assert found.duration(0.25).value < WIDTH
    assert found.residual(1.0).value == 0.0
    tau, _, _ = found.recovery()
    assert np.isnan(tau.value)
    assert tau.reason == "no inhibition after the device goes off"


def test_a_weak_rest_in_noise_gives_no_time_constant():
    held = np.where((TIME > ON) & (TIME < OFF), 0.4, 0.0) + (TIME > OFF) * 0.06 * np.exp(
        (OFF - TIME) / 1.5
    )
    rng = np.random.default_rng(4)
    off = rng.normal(20.0, 2.0, (TIME.size, 8))
    on = (1 - held)[:, None] * off + rng.normal(0.0, 2.0, off.shape)
    tau, start, share = TimeCourse(TIME, on, off, ON, OFF, WIDTH, 1.0).recovery()
    assert np.isnan([tau.value, start.value]).all()
    assert tau.reason == "an exponential explains less than 50% of the variance"
    assert share.value < 0.5


def test_an_effect_that_stays_is_longer_than_the_recording():
    found = course(tau=1e4)
    assert found.duration(0.25).reason == "longer than what was recorded"
    tau, _, _ = found.recovery()
    assert np.isnan(tau.value)
    assert tau.reason == "longer than 5 times what was recorded"


def test_without_inhibition_nothing_else_is_said():
    found = course(seeds=12, spikes=30, size=0.0)
    reason = "when the device goes off, inhibition cannot be told from zero"
    for estimate in (found.onset_delay(), found.recovery()[0], found.duration(0.25)):
        assert np.isnan(estimate.value)
        assert estimate.reason == reason
    assert found.residual(1.0).low < 0 < found.residual(1.0).high


def test_a_residual_beyond_the_stimulus_is_missing():
    assert np.isfinite(course().residual(5.0).value)
    assert np.isfinite(course().residual(4.95).value)  # not on the edges of bins
    assert course().residual(5.5).reason == "the stimulus ends before 6.5 s after the device"


@pytest.fixture
def data(make):
    found = course()
    on = np.stack([found.on.T, found.off.T])[:, :, None, :]
    dims = ("arm", "seed", "time_bin")
    more = {
        "time_course": (dims, on[:, :, 0]),
        "time_course_off": (dims, np.stack([found.off.T] * 2)),
        "device_on": ("arm", [ON, np.nan]),
        "device_off": ("arm", [OFF, np.nan]),
        "evoked_start": ("arm", [0.5, 0.5]),
        "evoked_stop": ("arm", [11.0, 11.0]),
    }
    signal = np.ones((2, 8, 1))
    return make(signal, signal, {}, arms=("scs", "none"), **more).assign_coords(time_bin=TIME)


def test_summary(data):
    found = after_effect(data, window=0.5, residual_after=2.0)
    assert found["recovery_time_constant"].dims == ("arm",)
    assert found["recovery_time_constant"].attrs["units"] == "s"
    assert found["recovery_time_constant"].values[0] == pytest.approx(1.5, rel=1e-3)
    assert found["inhibition_duration"].values[0] == pytest.approx(1.5 * np.log(4), abs=0.01)
    mean = 0.5 * 3 * (np.exp(-2 / 1.5) - np.exp(-2.5 / 1.5))
    assert found["residual_inhibition"].values[0] == pytest.approx(mean, abs=1e-3)
    assert set(found["onset_delay_status"].values) == {"", "no device is switched on and off"}
    assert np.isnan(found["recovery_fit"].values[1])


def test_bins_beyond_a_shorter_run_do_not_matter(data):
    ended = data["time_bin"] > 11.5
    short = data.assign({n: data[n].where(~ended) for n in ("time_course", "time_course_off")})
    found = after_effect(short)
    assert found["recovery_time_constant"].values[0] == pytest.approx(1.5, rel=1e-3)
    cut = data.assign(time_course=data["time_course"].where(data["time_bin"] < 8))
    assert after_effect(cut)["onset_delay_status"].values[0] == "no seed has a time course"


def test_the_stimulus_must_act_when_the_device_goes_on(data):
    late = data.assign(evoked_start=("arm", [3.0, 3.0]))
    found = after_effect(late)
    reason = "the stimulus does not drive the signal when the device goes on"
    assert found["onset_delay_status"].values[0] == reason
    assert found["recovery_time_constant"].values[0] == pytest.approx(1.5, rel=1e-3)


def test_results_without_a_time_course_are_refused(make):
    signal = np.ones((1, 5, 1))
    with pytest.raises(GatecontrolError, match="add time_course to measures"):
        after_effect(make(signal, signal, {}))
