"""Paired tests, effect sizes and corrections: closed forms, and scipy where it has the same."""

import numpy as np
import pytest
from scipy import stats

from gatecontrol.analysis.statistics import (
    adjusted,
    hedges_g,
    permutation_test,
    permutation_test_arms,
)
from gatecontrol.analysis.statistics.ratios import (
    Ratio,
    influence,
    replicates,
    standard_error,
    terms_of_arms,
    value,
)
from gatecontrol.analysis.statistics.resampling import RESAMPLES, draws, sign_flips
from gatecontrol.errors import GatecontrolError


def pairs(n, keep, seed=0):
    rng = np.random.default_rng(seed)
    drive = 30 * rng.gamma(6, 1 / 6, n)
    return rng.poisson(drive * keep).astype(float), rng.poisson(drive).astype(float)


def test_draws_and_flips_are_fixed_and_complete():
    assert (draws(7).sum(axis=1) == 7).all()
    assert draws(7) is draws(7)
    flips, exact = sign_flips(4)
    assert exact
    assert len(np.unique(flips, axis=0)) == 8  # half of 2^4: the first sign stays
    flips, exact = sign_flips(15)
    assert not exact
    assert flips.shape == (RESAMPLES + 1, 15)
    assert (flips[0] == 1).all()


@pytest.mark.parametrize("n", [5, 8, 12])
def test_the_exact_test_is_that_of_scipy(n):
    on, off = pairs(n, 0.8, n)
    expected = stats.permutation_test(
        (on, off), lambda a, b, axis: (a - b).sum(axis=axis), vectorized=True,
        permutation_type="samples", n_resamples=np.inf,
    )  # fmt: skip
    assert permutation_test(on, off) == pytest.approx(expected.pvalue, abs=1e-12)


def test_the_statistic_may_be_the_pooled_suppression_itself():
    """Its logarithm orders the exchanges as the summed difference does."""
    on, off = pairs(9, 0.8)
    total, difference = (on + off).sum() / 2, (on - off) / 2
    sums = sign_flips(9)[0] @ difference
    ratios = np.abs(np.log((total + sums) / (total - sums)))
    expected = np.mean(ratios >= ratios[0] - 1e-12)
    assert permutation_test(on, off) == expected


def test_random_flips_are_close_to_the_exact_answer():
    on, off = pairs(16, 0.93, 4)
    flips = 1.0 - 2.0 * ((np.arange(2**15)[:, None] >> np.arange(15)) & 1)
    sums = np.abs(flips @ (on - off)[1:] + (on - off)[0])
    exact = np.mean(sums >= abs((on - off).sum()) - 1e-9)
    # 10,000 draws know a p near 0.1 to 0.003; three of that
    assert permutation_test(on, off) == pytest.approx(exact, abs=0.01)
    assert permutation_test(on, off) == permutation_test(on, off)


def test_the_smallest_p_is_one_of_the_draws():
    on, off = pairs(40, 0.3)
    assert permutation_test(on, off) == 1 / (RESAMPLES + 1)
    assert permutation_test(on[:6], off[:6]) == 2 / 2**6


def test_equal_pairs_have_p_1_and_rows_are_independent():
    on, off = pairs(10, 0.7)
    both = permutation_test([off, on], [off, off])
    assert both.tolist() == [1.0, permutation_test(on, off)]


def test_it_agrees_with_wilcoxon_in_what_it_finds():
    for seed in range(5):
        on, off = pairs(12, 0.6, seed)
        p = permutation_test(on, off)
        # another statistic of the same flips: the same verdict, not the same number
        assert (p < 0.05) == (stats.wilcoxon(on, off).pvalue < 0.05)


def test_arms_with_one_control_are_compared_by_their_signals():
    on, off = pairs(11, 0.8)
    other = pairs(11, 0.6, 5)[0]
    assert permutation_test_arms(on, off, other, off) == permutation_test(on, other)


def test_arms_with_controls_of_their_own():
    on, off = pairs(20, 0.5)
    other, other_off = pairs(20, 0.5, 3)
    p = permutation_test_arms(on, off, other, other_off)
    assert p == permutation_test_arms(other, other_off, on, off)
    assert p > 0.05
    # equal suppression at another rate is no difference, another suppression is
    assert permutation_test_arms(on, off, 8 * other, 8 * other_off) > 0.05
    stronger, stronger_off = pairs(20, 0.2, 3)
    assert permutation_test_arms(on, off, stronger, stronger_off) < 0.001
    assert permutation_test_arms(on, off, on, off) == 1.0


def test_hedges_g_of_a_known_sample():
    g, low, high = hedges_g([1.0, 2, 3, 4, 5])
    d = 3 / np.sqrt(2.5)
    assert g == pytest.approx(d * 0.797885, rel=1e-5)  # sqrt(2/pi): the correction of 5 pairs
    # by definition of the interval, the observed t is its 97.5 % and 2.5 % point
    scale = 0.797885 / np.sqrt(5)
    t = d * np.sqrt(5)
    assert stats.nct.cdf(t, 4, low / scale) == pytest.approx(0.975, abs=1e-5)
    assert stats.nct.cdf(t, 4, high / scale) == pytest.approx(0.025, abs=1e-5)


def test_hedges_g_mirrors_and_knows_no_size_without_spread():
    rows = np.array([[1.0, 2, 4, 3], [-1, -2, -4, -3], [2, 2, 2, 2]])
    g, low, high = hedges_g(rows)
    assert (g[1], low[1], high[1]) == pytest.approx((-g[0], -high[0], -low[0]))
    assert np.isnan([g[2], low[2], high[2]]).all()


def test_hedges_g_is_unbiased_and_its_interval_covers():
    rows = np.random.default_rng(2).normal(0.8, 1.0, (4000, 8))
    g, low, high = hedges_g(rows)
    # four standard errors of the mean of 4000
    assert g.mean() == pytest.approx(0.8, abs=4 * g.std() / np.sqrt(4000))
    scale = g[0] / (rows[0].mean() / rows[0].std(ddof=1))  # g and its ends are corrected alike
    covered = np.mean((low <= 0.8 * scale) & (0.8 * scale <= high))
    assert covered == pytest.approx(0.95, abs=0.014)  # four standard errors


def test_holm_by_hand_and_benjamini_hochberg_by_scipy():
    p = np.array([[0.01, 0.04], [0.03, np.nan]])
    np.testing.assert_allclose(adjusted(p), [[0.03, 0.06], [0.06, np.nan]])
    np.testing.assert_allclose(adjusted([0.9, 0.6]), [1.0, 1.0])
    family = [0.001, 0.2, 0.03, 0.04]
    found = adjusted(family, "benjamini-hochberg")
    np.testing.assert_allclose(found, stats.false_discovery_control(family))
    assert np.isnan(adjusted([np.nan, np.nan])).all()
    assert np.isnan(adjusted([np.nan], "benjamini-hochberg")).all()
    with pytest.raises(GatecontrolError, match="choose holm or benjamini-hochberg"):
        adjusted(family, "bonferroni")


def test_a_contrast_with_a_constant_control_is_a_mean():
    on, other = pairs(12, 0.8)[0], pairs(12, 0.5, 2)[0]
    off = np.full(12, 25.0)
    terms = terms_of_arms(on, off, other, off)
    difference = (other - on) / 25
    assert value(terms) == pytest.approx(difference.mean(), rel=1e-12)
    assert standard_error(terms) == pytest.approx(stats.sem(difference), rel=1e-12)
    assert influence(terms).sum() == pytest.approx(0.0, abs=1e-12)


def test_the_error_of_a_ratio_is_that_of_the_jackknife():
    on, off = pairs(40, 0.6)
    left_out = [np.delete(on, i).sum() / np.delete(off, i).sum() for i in range(40)]
    jackknife = np.sqrt(39 / 40 * ((left_out - np.mean(left_out)) ** 2).sum())
    # they differ by terms of the order 1/n
    assert standard_error([Ratio(on, off)]) == pytest.approx(jackknife, rel=0.05)


def test_one_shared_control_is_the_special_case_of_two():
    on, off = pairs(15, 0.8)
    other = pairs(15, 0.5, 2)[0]
    one = replicates(terms_of_arms(on, off, other, off))
    two = replicates([Ratio(on, off, -1.0), Ratio(other, off, 1.0)])
    assert (one.value, one.error) == pytest.approx((two.value, two.error), rel=1e-9)
    np.testing.assert_allclose(one.pivots, two.pivots, rtol=1e-6, atol=1e-9)


def test_the_studentised_interval_is_near_bca_for_many_seeds():
    on, off = pairs(60, 0.8)
    other = pairs(60, 0.5, 2)[0]
    low, high = replicates(terms_of_arms(on, off, other, off)).interval(0.95)
    bca = stats.bootstrap(
        (on, off, other), lambda a, b, c, axis: (c - a).sum(axis=axis) / b.sum(axis=axis),
        paired=True, vectorized=True, rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    # two methods and the noise of their draws: a tenth of the width
    assert (low, high) == pytest.approx((bca.low, bca.high), abs=0.1 * (high - low))


def test_few_spikes_give_students_interval():
    on, off = np.zeros(10), np.full(10, 9.0)
    other = np.array([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    found = replicates(terms_of_arms(on, off, other, off))
    assert found.degenerate
    half = stats.t.ppf(0.975, 9) * found.error
    assert found.interval(0.95) == pytest.approx((found.value - half, found.value + half))
