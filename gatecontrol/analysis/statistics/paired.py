"""Tests and effect sizes over pairs, seeds as pairs; correction for many comparisons."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gatecontrol.analysis.statistics.ratios import Ratio, influence, value
from gatecontrol.analysis.statistics.resampling import resampled, sign_flips
from gatecontrol.errors import GatecontrolError

__all__ = ["adjusted", "hedges_g", "permutation_test", "permutation_test_arms"]

_ROUNDING = 1e-10  # of the largest statistic: sums in another order are still ties


def permutation_test(on: ArrayLike, off: ArrayLike) -> NDArray[np.float64]:
    """Return p of a paired permutation test of pooled suppression being 0.

    Under the null hypothesis device and control may change places within a seed. All 2^n
    exchanges are tried up to 14 seeds, 9,999 random ones beyond (fixed draws), where the data
    as they are count as one more. Two-sided in the logarithm of sum(on)/sum(off): halving
    and doubling are equally extreme. As the sum of on and off stays the same in every
    exchange, this is the test of the summed difference by flips of its signs.

    Parameters
    ----------
    on, off : array_like, shape (..., n)
        Pain signal, device on and paired control, without NaN.

    Returns
    -------
    ndarray of float, shape (...)
        1 where all pairs are equal.

    References
    ----------
    Random permutations and their p: Phipson and Smyth 2010 [phipson2010].
    """
    difference = np.asarray(on, float) - np.asarray(off, float)
    shape, n = difference.shape[:-1], difference.shape[-1]
    difference = difference.reshape(-1, n)
    flips, _ = sign_flips(n)
    found = np.empty(len(difference))
    for row, values in enumerate(difference):
        sums = np.abs(resampled(flips, values[None, :])[0])
        slack = _ROUNDING * np.abs(values).sum()
        found[row] = np.mean(sums >= sums[0] - slack)
    return found.reshape(shape)


def permutation_test_arms(
    on: ArrayLike, off: ArrayLike, other_on: ArrayLike, other_off: ArrayLike
) -> float:
    """Return p of a paired permutation test of two arms having equal pooled suppression.

    Under the null hypothesis the arms, each with its control, may change places within a
    seed. The statistic is the difference of the pooled suppressions over its delta-method
    standard error, so that the test also holds for many seeds where the arms differ in
    more than suppression. With one control for both arms it is the test of
    `permutation_test` on the two signals.

    Parameters
    ----------
    on, off : array_like, shape (n,)
        One arm and its control, without NaN.
    other_on, other_off : array_like, shape (n,)
        The other arm and its control, of the same seeds.

    Returns
    -------
    float

    References
    ----------
    Studentised permutation: Chung and Romano 2013 [chung2013].
    """
    on, off, other_on, other_off = (np.asarray(a, float) for a in (on, off, other_on, other_off))
    if np.array_equal(off, other_off):
        return float(permutation_test(on, other_on))
    flips, _ = sign_flips(on.size)
    # Where a pair is not flipped, the mean and half the difference give the arm itself.
    signal, signal_half = (on + other_on) / 2, (on - other_on) / 2
    control, control_half = (off + other_off) / 2, (off - other_off) / 2
    residuals, difference = np.zeros(flips.shape), np.zeros(len(flips))
    for sign in (1.0, -1.0):
        tops = signal + sign * flips * signal_half
        bottoms = control + sign * flips * control_half
        total = bottoms.sum(axis=1)
        ratio = np.divide(tops.sum(axis=1), total, out=np.full(len(flips), np.nan), where=total > 0)
        total = np.where(total > 0, total, np.nan)
        difference += sign * ratio
        residuals += sign * (tops - ratio[:, None] * bottoms) / total[:, None]
    errors = np.sqrt((residuals**2).sum(axis=1))
    statistic = np.full(len(flips), np.inf)
    np.divide(np.abs(difference), errors, out=statistic, where=errors > 0)
    statistic[(difference == 0) & (errors == 0)] = 0.0
    return float(np.mean(~(statistic < statistic[0] * (1 - _ROUNDING))))


def hedges_g(
    differences: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the paired effect size with its interval.

    The mean difference over the standard deviation of the differences, times the exact
    correction for few pairs. The interval inverts the noncentral t distribution and is
    exact for normal differences.

    Parameters
    ----------
    differences : array_like, shape (..., n)
        Difference of each pair, without NaN; n is 2 or more.
    confidence : float, optional
        Coverage of the interval.

    Returns
    -------
    g, low, high : ndarray of float, shape (...)
        NaN where the differences have no spread.

    References
    ----------
    Hedges 1981 [hedges1981].
    """
    differences = np.asarray(differences, float)
    mean, spread = differences.mean(axis=-1), differences.std(axis=-1, ddof=1)
    return effect_size(mean, spread, differences.shape[-1], confidence)


def effect_size(
    mean: ArrayLike, spread: ArrayLike, pairs: int, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return Hedges' paired g and its interval from mean and spread of the differences.

    Parameters
    ----------
    mean, spread : array_like of float
        Mean and standard deviation of the differences.
    pairs : int
        Number of pairs.
    confidence : float, optional
        Coverage of the interval.

    Returns
    -------
    g, low, high : ndarray of float
        See `hedges_g`.
    """
    from scipy.special import gammaln, nctdtrinc

    mean, spread = np.asarray(mean, float), np.asarray(spread, float)
    there = spread > 1e-12 * np.abs(mean)
    size = np.full(mean.shape, np.nan)
    np.divide(mean, spread, out=size, where=there)
    free = pairs - 1
    correction = np.exp(gammaln(free / 2) - gammaln((free - 1) / 2)) / np.sqrt(free / 2)
    if free < 2:
        correction = np.nan
    tail = (1.0 - confidence) / 2
    t = np.abs(size) * np.sqrt(pairs)
    # Of the distribution's two tails, for positive t; mirrored for negative.
    far = np.full(mean.shape, np.nan)
    near = np.full(mean.shape, np.nan)
    far[there] = nctdtrinc(free, tail, t[there])
    near[there] = nctdtrinc(free, 1.0 - tail, t[there])
    scale = correction / np.sqrt(pairs)
    low = np.where(size < 0, -far, near) * scale
    high = np.where(size < 0, -near, far) * scale
    return size * correction, low, high


def contrast_effect(terms: Sequence[Ratio], confidence: float = 0.95) -> tuple[float, float, float]:
    """Return `hedges_g` of a contrast of ratios, from what each seed adds to it.

    Parameters
    ----------
    terms : sequence of Ratio
    confidence : float, optional
        Coverage of the interval.
    """
    each = influence(terms)
    spread = each.size * each.std(ddof=1)
    g, low, high = effect_size(np.array(value(terms)), np.array(spread), each.size, confidence)
    return float(g), float(low), float(high)


def adjusted(
    p_values: ArrayLike, method: Literal["holm", "benjamini-hochberg"] = "holm"
) -> NDArray[np.float64]:
    """Return p values adjusted for being several.

    Parameters
    ----------
    p_values : array_like of float
        The family, in any shape; NaN does not belong to it and stays NaN.
    method : {"holm", "benjamini-hochberg"}, optional
        Holm's bounds the chance of any false discovery, Benjamini and Hochberg's the share
        of false ones among the discoveries.

    Returns
    -------
    ndarray of float
        In the shape given.

    Raises
    ------
    GatecontrolError
        An unknown method.

    References
    ----------
    Holm 1979 [holm1979]; Benjamini and Hochberg 1995 [benjamini1995].
    """
    found = np.array(p_values, float)
    there = np.isfinite(found)
    family = found[there]
    if method == "holm":
        order = np.argsort(family, kind="stable")
        steps = np.arange(family.size, 0, -1)
        raised = np.maximum.accumulate(np.minimum(family[order] * steps, 1.0))
        family[order] = raised
    elif method == "benjamini-hochberg":
        from scipy.stats import false_discovery_control

        family = false_discovery_control(family, method="bh") if family.size else family
    else:
        raise GatecontrolError(
            f"no method '{method}' for several p values; choose holm or benjamini-hochberg"
        )
    found[there] = family
    return found
