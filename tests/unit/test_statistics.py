"""Suppression and its interval on synthetic spikes with a known answer."""

import numpy as np
import pytest

from gatecontrol.analysis.statistics import (
    MIN_SEEDS,
    Estimate,
    pooled_suppression,
    pooled_suppressions,
    suppression,
)


def draw(rng, seeds, spikes, keep, spread=0.4):
    """Return (on, off): Poisson counts of seeds that differ in their drive by `spread`."""
    drive = spikes * rng.gamma(spread**-2, spread**2, seeds)
    return rng.poisson(drive * keep).astype(float), rng.poisson(drive).astype(float)


def test_suppression_per_seed():
    on, off = [0.0, 5.0, 10.0, 12.0, 3.0, np.nan], [10.0, 10.0, 10.0, 10.0, 0.0, 4.0]
    found = suppression(on, off)
    np.testing.assert_allclose(found[:4], [1.0, 0.5, 0.0, -0.2])
    assert np.isnan(found[4:]).all()


def test_equal_signals_give_exactly_zero():
    signal = np.array([10.1, 7 / 3, 9.9, 11.7, 0.1])
    assert (suppression(signal, signal) == 0).all()
    assert pooled_suppression(signal, signal) == Estimate(0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("on", "off", "expected"),
    [
        ([0.0] * 6, [3.0, 4, 5, 6, 7, 8], 1.0),  # silenced in every seed
        ([2.0, 4, 6, 8, 10], [4.0, 8, 12, 16, 20], 0.5),  # the same share in every seed
    ],
)
def test_without_spread_the_interval_is_the_point(on, off, expected):
    assert pooled_suppression(on, off) == Estimate(expected, expected, expected)


@pytest.mark.parametrize(
    ("on", "off", "value", "reason"),
    [
        ([], [], np.nan, "no seed has both a signal and a control"),
        ([np.nan, 1.0], [2.0, np.nan], np.nan, "no seed has both a signal and a control"),
        ([1.0, 0.0], [0.0, 0.0], np.nan, "the control fires no spike"),
        ([1.0], [2.0], 0.5, "one seed has no interval"),
        ([1.0, 3.0], [4.0, 4.0], 0.5, f"2 seeds; an interval needs {MIN_SEEDS}"),
        ([0.0, 1, 0, 0, 0], [9.0, 0, 0, 0, 0], 8 / 9, "too few control spikes for an interval"),
        ([0, 1.0] * 5, [9.0] + [0] * 9, 4 / 9, "too few control spikes for an interval"),
    ],
)
def test_what_cannot_be_given_is_nan_with_its_reason(on, off, value, reason):
    found = pooled_suppression(on, off)
    assert found.value == pytest.approx(value, nan_ok=True)
    assert np.isnan(found.low)
    assert np.isnan(found.high)
    assert found.reason == reason


def test_the_interval_is_the_same_every_time_and_under_a_change_of_unit():
    on, off = draw(np.random.default_rng(3), 20, 30, 0.6)
    first = pooled_suppression(on, off)
    assert first == pooled_suppression(on, off)
    scaled = pooled_suppression(on / 8, off / 8)
    assert (scaled.low, scaled.high) == pytest.approx((first.low, first.high), rel=1e-9)


def test_the_interval_never_exceeds_full_suppression():
    rng = np.random.default_rng(8)
    for _ in range(20):
        found = pooled_suppression(*draw(rng, 20, 10, 0.02))
        assert found.high <= 1.0
        assert found.low <= found.value <= found.high


@pytest.mark.parametrize("keep", [0.2, 0.65, 1.0])
def test_bias_and_coverage_at_20_seeds_and_30_spikes(keep):
    """Bias below 1 percentage point; coverage 93-97 %.

    600 repetitions put a standard error of 0.9 points on a coverage of 95 %, so a wider
    band (91.5-98 %) is asserted here; the value itself is 94-96 % at 4000 repetitions.
    """
    rng = np.random.default_rng(int(100 * keep))
    found = [pooled_suppression(*draw(rng, 20, 30, keep)) for _ in range(600)]
    assert abs(np.mean([f.value for f in found]) - (1 - keep)) < 0.01
    covered = np.mean([f.low <= 1 - keep <= f.high for f in found])
    assert 0.915 <= covered <= 0.98


def test_few_spikes_fall_back_to_fieller_and_still_cover():
    rng = np.random.default_rng(5)
    found = [pooled_suppression(*draw(rng, 20, 5, 0.05)) for _ in range(300)]
    assert {f.reason for f in found} <= {"", "few spikes: Fieller interval"}
    assert sum("Fieller" in f.reason for f in found) > 50
    # 0.25 spikes per seed: the counts are too coarse for more than this.
    assert np.mean([f.low <= 0.95 <= f.high for f in found]) > 0.88


@pytest.mark.parametrize("seeds", [5, 9])
@pytest.mark.parametrize("keep", [0.1, 0.5, 1.0])
def test_few_seeds_cover_without_exploding(seeds, keep):
    """Coverage 94-95 % at 20,000 repetitions; here 1.1 points are a standard error."""
    rng = np.random.default_rng([seeds, round(10 * keep)])
    found = [pooled_suppression(*draw(rng, seeds, 30, keep)) for _ in range(400)]
    assert {f.reason for f in found} == {""}
    assert 0.91 <= np.mean([f.low <= 1 - keep <= f.high for f in found]) <= 0.985
    assert max(f.high for f in found) <= 1.0
    # The bootstrap's widest of 1000 such intervals was 50.
    assert max(f.high - f.low for f in found) < 1 + 3 * keep


def test_many_at_once_are_the_bytes_of_one_by_one():
    rng = np.random.default_rng(6)
    on, off = (np.array(a) for a in zip(*(draw(rng, 9, 20, 0.5) for _ in range(20)), strict=True))
    on[0], off[1], on[2], on[3, 4], off[4:8] = off[0], 0.0, 0.0, np.nan, off[4]
    off[8, 0] = np.nan
    found = pooled_suppressions(on.reshape(4, 5, 9), off.reshape(4, 5, 9))
    for row, place in enumerate(np.ndindex(4, 5)):
        one = pooled_suppression(on[row], off[row])
        assert repr(found[place]) == repr(one)
    nothing = pooled_suppressions(np.empty((0, 3, 9)), np.empty((0, 3, 9)))
    assert nothing.value.shape == (0, 3)


def test_the_numbers_are_those_of_earlier_results():
    """Computed by the first version of this function, which took one estimate at a time."""
    on, off = draw(np.random.default_rng(3), 20, 30, 0.6)
    found = pooled_suppression(on, off)
    # another processor may round a sum otherwise
    expected = (0.4054054054054054, 0.35470145047506274, 0.4725494063370562)
    assert (found.value, found.low, found.high) == pytest.approx(expected, rel=1e-12)
