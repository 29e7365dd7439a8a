"""The group /contrasts, equivalence and power: layout, families, closed forms."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from gatecontrol.analysis.statistics import (
    adjusted,
    contrasts,
    detectable_difference,
    equivalence,
    equivalence_sentence,
    hedges_g,
    permutation_test,
    permutation_test_arms,
    pooled_suppression,
    power,
    seeds_needed,
    seeds_table,
    spread_of_difference,
)
from gatecontrol.analysis.statistics import differences as differences_module
from gatecontrol.analysis.statistics.ratios import standard_error, terms_of_arms

EPOCHS = ["before", "during", "after"]


def results(kept=((1.0, 0.9), (0.7, 0.5), (0.3, 0.3)), seeds=12, seed=0):
    """Return a root: arms x frequency x seed x epoch; before the device nothing differs."""
    rng = np.random.default_rng(seed)
    kept = np.array(kept)[:, :, None, None]
    shape = (*kept.shape[:2], seeds, 3)
    drive = 30 * rng.gamma(6, 1 / 6, (1, 1, seeds, 1))
    off = np.broadcast_to(rng.poisson(np.broadcast_to(drive, (1, 1, seeds, 3))), shape)
    on = rng.poisson(np.broadcast_to(drive * kept, shape)).astype(float)
    on[..., 0] = off[..., 0]
    dims = ("arm", "frequency", "seed", "epoch")
    return xr.Dataset(
        {"pain_signal": (dims, on), "pain_signal_off": (dims, off.astype(float))},
        {
            "arm": np.array(["a", "b", "c", "d"][: shape[0]], dtype=object),
            "label": ("arm", np.array(["A", "B", "C", "D"][: shape[0]], dtype=object)),
            "frequency": np.array([10.0, 50.0]),
            "seed": np.arange(seeds),
            "epoch": np.array(EPOCHS, dtype=object),
        },
    )


@pytest.fixture(scope="module")
def data():
    return results().assign_attrs(equivalence_margin=0.1)


@pytest.fixture(scope="module")
def found(data):
    return contrasts(data)


def at(data, arm, epoch="during", frequency=10.0):
    here = data.sel(arm=arm, frequency=frequency, epoch=epoch)
    return here["pain_signal"].values, here["pain_signal_off"].values


def test_layout(found):
    outer, pair = ("arm", "frequency", "epoch"), ("arm", "arm_other", "frequency", "epoch")
    assert found["p_value"].dims == outer
    assert found["difference"].dims == pair
    assert found["seeds_needed"].dims == (*outer, "half_width")
    assert found["label"].values.tolist() == ["A", "B", "C"]
    assert found.attrs["pairs"] == "every pair of arms at each sweep point"
    for name, variable in found.data_vars.items():
        assert variable.attrs["units"] == "1", name
        assert variable.attrs["long_name"], name


def test_numbers_are_those_of_the_functions(data, found):
    on, off = at(data, "b")
    here = found.sel(arm="b", frequency=10.0, epoch="during")
    assert here["p_value"] == permutation_test(on, off)
    sizes = [float(here[f"effect_size{end}"]) for end in ("", "_low", "_high")]
    assert sizes == [float(v) for v in hedges_g(off - on)]
    assert here["seeds_needed"].sel(half_width=0.02) == seeds_needed(on, off, 0.02).seeds
    other, other_off = at(data, "c")
    pair = here.sel(arm_other="c")
    assert pair["difference_p_value"] == permutation_test_arms(on, off, other, other_off)
    expected = pooled_suppression(on, off).value - pooled_suppression(other, other_off).value
    assert float(pair["difference"]) == pytest.approx(expected, abs=1e-14)
    assert pair["difference_low"] < pair["difference"] < pair["difference_high"]
    between = spread_of_difference(on, off, other, other_off)
    assert float(pair["detectable_difference"]) == detectable_difference(between, 12)


def test_holm_counts_every_arm_and_point_of_an_epoch(found):
    during = found.sel(epoch="during")
    np.testing.assert_array_equal(during["p_adjusted"], adjusted(during["p_value"].values))
    upper = np.triu_indices(3, 1)
    p, holm = (
        during[f"difference_{n}"].transpose("arm", "arm_other", "frequency").values[upper]
        for n in ("p_value", "p_adjusted")
    )
    np.testing.assert_array_equal(holm, adjusted(p))
    assert holm.min() == 6 * p.min()


def test_the_other_way_round_the_sign_changes(found):
    one, other = found.sel(arm="a", arm_other="c"), found.sel(arm="c", arm_other="a")
    for name in ("difference", "difference_effect_size"):
        np.testing.assert_array_equal(one[name], -other[name])
    for name in ("difference", "difference_simultaneous", "difference_effect_size"):
        np.testing.assert_array_equal(one[f"{name}_low"], -other[f"{name}_high"])
    for name in ("difference_p_value", "difference_p_adjusted", "equivalent", "difference_status"):
        np.testing.assert_array_equal(one[name], other[name])


def test_simultaneous_intervals_are_wider_and_near_the_studentised_range(found):
    during = found.sel(epoch="during", arm="a", arm_other="c")
    joint = during["difference_simultaneous_high"] - during["difference_simultaneous_low"]
    assert (joint > during["difference_high"] - during["difference_low"]).all()
    # six differences; Bonferroni with Student's t is an upper bound for normal values, and
    # the bootstrap's t has longer tails than that at 12 seeds: a third more at most
    own = (during["difference"] / during["difference_effect_size"]).values
    correction = hedges_g([0.0, 1.0] * 6)[0] / (0.5 / np.std([0.0, 1.0] * 6, ddof=1))
    error = own * correction / np.sqrt(12)
    limit = stats.t.ppf(1 - 0.025 / 6, 11)
    assert ((joint / 2 / error > stats.t.ppf(0.975, 11)) & (joint / 2 / error < 1.33 * limit)).all()


def test_what_is_equal_in_every_seed_is_said_and_not_counted(found):
    before = found.sel(epoch="before")
    assert (before["status"] == "equal in every seed").all()
    assert (before["p_value"] == 1).all()
    assert (before["p_adjusted"] == 1).all()
    assert np.isnan(before["effect_size"]).all()
    pair = before.sel(arm="a", arm_other="b")
    assert (pair["difference_status"] == "equal in every seed").all()
    assert (pair["difference_simultaneous_low"] == 0).all()
    assert not np.signbit(before["difference"].fillna(0)).any()
    assert (pair["equivalent"] == "equivalent").all()
    same = found.sel(arm="a", arm_other="a")
    assert np.isnan(same["difference"]).all()
    assert (same["difference_status"] == "the same arm").all()


def test_few_or_missing_seeds_have_their_reason(data):
    few = contrasts(data.isel(seed=slice(3)))
    during = few.sel(epoch="during", arm="a", arm_other="c", frequency=10.0)
    assert during["status"] == "3 seeds; a spread needs 5"
    assert during["difference_status"] == "3 seeds; an interval needs 5"
    assert np.isfinite(during["difference_p_value"])
    assert np.isnan(during["difference_low"])
    holey = data.copy(deep=True)
    holey["pain_signal"][{"arm": 0, "seed": 0}] = np.nan
    pair = contrasts(holey).sel(epoch="during", arm="a", arm_other="c", frequency=10.0)
    assert pair["difference_status"] == "seeds are missing: no simultaneous interval"
    assert np.isfinite(pair["difference_low"])
    assert np.isnan(pair["difference_simultaneous_low"])
    silent = contrasts(data.assign(pain_signal_off=0 * data["pain_signal_off"]))
    assert (silent["status"] == "the control fires no spike").all()
    assert np.isnan(silent["p_value"]).all()


def test_few_seeds_give_students_intervals():
    """A difference of 5 seeds had been -152.8 to 12.7 points wide."""
    data = results(seeds=5)
    found = contrasts(data)
    assert found.attrs["interval"].startswith("95 %, Student's t over seeds")
    pair = found.sel(epoch="during", frequency=10.0, arm="a", arm_other="c")
    terms = terms_of_arms(*at(data, "a"), *at(data, "c"))
    error, limit = standard_error(terms), stats.t.ppf(0.975, 4)
    middle = float(pair["difference"])
    ends = [float(pair[f"difference_{end}"]) for end in ("low", "high")]
    assert ends == pytest.approx([middle - limit * error, middle + limit * error], rel=1e-9)
    joint = [float(pair[f"difference_simultaneous_{end}"]) for end in ("low", "high")]
    limit = stats.t.ppf(1 - 0.025 / 6, 4)  # three pairs at two frequencies
    assert joint == pytest.approx([middle - limit * error, middle + limit * error], rel=1e-9)
    assert pair["difference_status"] == ""


@pytest.mark.parametrize("seeds", [5, 8])
def test_intervals_of_few_seeds_cover_alone_and_together(seeds):
    """At 4000 repetitions 93-95 %; of 150 runs 1.8 points are a standard error."""
    alone, together = [], []
    for number in range(75):  # each has two frequencies, and two epochs with a device
        data = results(seeds=seeds, seed=number, kept=((1.0, 0.9), (0.5, 0.7), (0.3, 0.3)))
        found = contrasts(data).isel(epoch=[1, 2])
        truth = [[1.0, 0.9], [0.5, 0.7], [0.3, 0.3]]
        truth = xr.DataArray(truth, dims=("arm", "frequency"), coords={"arm": list("abc")})
        truth = truth.rename(arm="arm_other") - truth
        upper = xr.DataArray(np.triu(np.ones((3, 3), bool), 1), dims=("arm", "arm_other"))
        for name, kept in (("difference", alone), ("difference_simultaneous", together)):
            inside = (found[f"{name}_low"] <= truth) & (truth <= found[f"{name}_high"])
            inside = inside.where(upper)
            dims = ("arm", "arm_other", "frequency")
            kept += list(inside.min(dims).values if kept is together else inside.mean(dims).values)
    assert 0.90 < np.mean(alone) < 0.98
    assert np.mean(together) > 0.90


def test_one_seed_or_no_signal_gives_no_group(data):
    assert contrasts(data.isel(seed=[0])) is None
    assert contrasts(data.drop_vars("pain_signal")) is None


def test_one_arm_has_no_other(data):
    alone = contrasts(data.isel(arm=[1]))
    assert "arm_other" not in alone.dims
    assert alone.attrs["pairs"] == "one arm: no other to compare it with"


def test_the_number_of_pairs_is_bounded_and_said(data, monkeypatch):
    monkeypatch.setattr(differences_module, "MOST_PAIRS", 12)
    first = contrasts(data)
    assert first["arm_other"].values.tolist() == ["a"]
    assert first.attrs["pairs"] == "every arm with the first: more than 12 comparisons otherwise"
    assert np.isfinite(first["difference"].sel(arm="c", epoch="during")).all()
    monkeypatch.setattr(differences_module, "MOST_PAIRS", 11)
    none = contrasts(data)
    assert "difference" not in none
    assert none.attrs["pairs"].startswith("none: more than 11 comparisons")


def test_the_same_results_give_the_same_bytes(data, found):
    again = contrasts(data.copy(deep=True))
    for name in found.data_vars:
        assert found[name].values.tobytes() == again[name].values.tobytes() or (
            found[name].values.tolist() == again[name].values.tolist()
        ), name


def test_equivalence_needs_the_whole_interval():
    low, high = [-0.02, -0.02, 0.06, np.nan, -0.3], [0.03, 0.06, 0.2, np.nan, -0.05]
    expected = ["equivalent", "undecided", "not equivalent", "", "not equivalent"]
    assert equivalence(low, high, 0.05).tolist() == expected


def test_equivalence_in_a_sentence():
    assert equivalence_sentence("SCS", "DRG", -0.021, 0.034, 0.05) == (
        "SCS and DRG are equivalent within ±5 percentage points of suppression: the 95 % "
        + "interval of their difference is -2.1 to +3.4 points."
    )
    assert equivalence_sentence("SCS", "DRG", -0.1, 0.1, 0.05).startswith("It is undecided whether")
    assert "differ by more than 5 percentage" in equivalence_sentence("A", "B", 0.06, 0.1, 0.05)
    assert "no interval" in equivalence_sentence("A", "B", np.nan, np.nan, 0.05)


def test_without_a_margin_nothing_is_said_about_equivalence(data):
    assert "equivalent" not in contrasts(data.drop_attrs())


def test_seeds_needed_of_a_constant_control_is_students_formula():
    on = np.random.default_rng(3).normal(20, 4, 30)
    found = seeds_needed(on, np.full(30, 40.0), 0.01)
    sd = on.std(ddof=1) / 40
    n = found.seeds
    assert stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n) <= 0.01
    assert stats.t.ppf(0.975, n - 2) * sd / np.sqrt(n - 1) > 0.01
    # a spread known to chi square with 29 degrees of freedom enters squared
    ratio = stats.chi2.ppf(0.975, 29) / stats.chi2.ppf(0.025, 29)
    assert found.high / found.low == pytest.approx(ratio, rel=0.02)


def test_seeds_needed_is_what_it_takes():
    rng = np.random.default_rng(4)

    def pair(n):
        drive = 30 * rng.gamma(6, 1 / 6, n)
        return rng.poisson(0.5 * drive).astype(float), rng.poisson(drive).astype(float)

    wanted = seeds_needed(*pair(200), 0.04)
    widths = []
    for _ in range(20):
        found = pooled_suppression(*pair(int(wanted.seeds)))
        widths.append((found.high - found.low) / 2)
    # spread known to 5 % from 200 seeds; the widths scatter by a tenth, their mean by 2 %
    assert np.mean(widths) == pytest.approx(0.04, rel=0.15)


def test_seeds_needed_says_why_not():
    assert seeds_needed([1.0] * 4, [2.0] * 4, 0.02).reason == "4 seeds; a spread needs 5"
    assert seeds_needed([0.0] * 6, [0.0] * 6, 0.02).reason == "the control fires no spike"
    still = seeds_needed([1.0] * 6, [2.0] * 6, 0.02)
    assert (still.seeds, still.low, still.high) == (5, 5, 5)
    noise = np.random.default_rng(0).normal(10, 3, 8)
    assert seeds_needed(noise, np.full(8, 20.0), 1e-6).seeds == np.inf


def test_the_table_of_seeds_is_short():
    on = np.random.default_rng(3).normal(20, 4, 30)
    rows = seeds_table(on, np.full(30, 40.0))
    assert [r["half_width"] for r in rows] == ["±1 points", "±2 points", "±5 points"]
    assert int(rows[0]["seeds"]) > int(rows[1]["seeds"]) > int(rows[2]["seeds"])
    assert rows[0]["range"].split(" to ")[0] < rows[0]["range"].split(" to ")[1]
    assert seeds_table([1.0], [2.0])[0]["seeds"] == "1 seeds; a spread needs 5"


def test_power_is_that_of_the_noncentral_t():
    expected = 1 - stats.nct.cdf(stats.t.ppf(0.975, 19), 19, 0.1 / 0.2 * np.sqrt(20))
    # two implementations of the noncentral t
    assert power(0.1, 0.2, 20) == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(power(0.0, 0.2, [5, 50]), 0.05, atol=1e-6)
    assert power(-0.1, 0.2, 20) == power(0.1, 0.2, 20)
    assert power(5.0, 0.2, 20) == 1.0
    assert power(0.1, 0.0, 20) == 1.0
    assert power(detectable_difference(0.2, 20), 0.2, 20) == pytest.approx(0.8, abs=1e-9)
    assert detectable_difference(0.0, 20) == 0.0
    assert np.isnan(spread_of_difference([1.0], [2.0], [1.0], [2.0]))
