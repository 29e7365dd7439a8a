"""Intervals over seeds: what they cover, and what cannot be given."""

import numpy as np
import pytest

from gatecontrol.analysis.statistics import MIN_SEEDS
from gatecontrol.analysis.statistics.resampling import resampled
from gatecontrol.analysis.summaries.replicates import over_seeds


def mean_of(values):
    values = np.asarray(values, dtype=float)
    return lambda weights: resampled(weights, values[None])[0] / weights.sum(axis=1)


def test_the_interval_of_a_mean_is_near_the_normal_one():
    values = np.random.default_rng(1).normal(10.0, 2.0, 200)
    found = over_seeds(mean_of(values), 200, reason="none")
    half = 1.96 * values.std(ddof=1) / np.sqrt(200)
    assert found.value == pytest.approx(values.mean())
    # 9999 resamples leave about 3 % on the ends, and the seeds are skewed a little by chance
    assert found.high - found.value == pytest.approx(half, rel=0.12)
    assert found.value - found.low == pytest.approx(half, rel=0.12)
    assert found.reason == ""


@pytest.mark.parametrize("seeds", [5, 20])
def test_coverage_of_a_ratio(seeds):
    """Nominal 95 %; 150 repetitions have an error of 1.8 points, and few seeds are not normal."""
    rng = np.random.default_rng(seeds)
    covered = []
    for _ in range(150):
        drive = rng.gamma(6.25, 0.16, seeds)
        on, off = rng.poisson(18 * drive), rng.poisson(30 * drive)
        rows = np.stack([on, off]).astype(float)

        def ratio(weights, rows=rows):
            above, below = resampled(weights, rows)
            return above / below

        found = over_seeds(ratio, seeds, reason="none")
        covered.append(found.low <= 0.6 <= found.high)
    assert 0.89 <= np.mean(covered) <= 0.99


def test_same_data_same_interval():
    values = np.arange(12.0) ** 1.5
    assert over_seeds(mean_of(values), 12, reason="") == over_seeds(mean_of(values), 12, reason="")


def test_equal_seeds_have_an_interval_of_no_width():
    found = over_seeds(mean_of(np.full(6, 2.5)), 6, reason="")
    assert (found.value, found.low, found.high) == (2.5, 2.5, 2.5)


@pytest.mark.parametrize(
    ("n", "reason"),
    [
        (0, "no seed has all values"),
        (1, "one seed has no interval"),
        (3, f"3 seeds; an interval needs {MIN_SEEDS}"),
    ],
)
def test_few_seeds_have_no_interval(n, reason):
    found = over_seeds(mean_of(np.arange(float(n))), n, reason="?")
    assert found.reason == reason
    assert np.isnan([found.low, found.high]).all()
    assert np.isnan(found.value) == (n == 0)


def test_a_number_that_does_not_exist_says_why():
    found = over_seeds(lambda w: np.full(len(w), np.nan), 8, reason="no spikes")
    assert np.isnan(found.value)
    assert found.reason == "no spikes"


def test_an_end_beyond_what_was_looked_at_is_missing():
    values = np.arange(10.0)

    def largest(weights):
        mean = resampled(weights, values[None])[0] / 10
        return np.where(mean > 5.5, np.inf, mean)

    found = over_seeds(largest, 10, reason="", above="longer than the longest interval")
    assert found.value == 4.5
    assert np.isfinite(found.low)
    assert np.isnan(found.high)
    assert found.reason == "upper end of the interval: longer than the longest interval"


def test_an_infinite_number_is_missing_with_its_meaning():
    found = over_seeds(lambda w: np.full(len(w), np.inf), 10, reason="", above="too long")
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.reason == "too long"


def test_no_interval_where_many_resamples_have_no_value():
    # the number exists only if the first seed is drawn, which 35 % of the resamples lack
    found = over_seeds(lambda w: np.where(w[:, 0] > 0, 1.0, np.nan), 10, reason="")
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()
    assert found.reason.startswith("no interval: 3")
    assert found.reason.endswith("of the resamples have no value")
