"""The answer: sentences that the numbers carry, with nothing that is not in the results."""

import re

import numpy as np
import pytest
import xarray as xr

from gatecontrol.analysis.answer import answer, answer_sources
from gatecontrol.analysis.report.statistics import p_text, statistics
from gatecontrol.analysis.tables import charge_table, dose_table, effect_table


def with_values(tree, pooled, low, high):
    data = tree.to_dataset().copy(deep=True)
    for name, values in (("pooled", pooled), ("low", low), ("high", high)):
        data[f"suppression_{name}"].loc[{"epoch": "during"}] = values
    return data


def test_the_first_sentence_says_what_by_how_much_and_against_what(compared):
    data = compared.to_dataset()
    here = data.sel(arm="dbs", epoch="during")
    value, low, high = (100 * float(here[f"suppression_{n}"]) for n in ("pooled", "low", "high"))
    assert answer(data)[0] == (
        f"DBS 20 Hz (PAG/PVG) suppresses the pain signal most: by {value:.1f} % (95 % interval "
        + f"{low:.1f} to {high:.1f} %) while the device is on, against the device off on the "
        + "same seeds."
    )


def test_without_contrasts_the_next_is_told_by_its_interval_alone(compared):
    data = with_values(compared, [0.3, 0.1, 0.28], [0.2, 0.05, 0.21], [0.4, 0.15, 0.35])
    sentences = answer(data)
    assert sentences[1] == (
        "The next is DBS 20 Hz (PAG/PVG) (28.0 %, 95 % interval 21.0 to 35.0 %); their intervals "
        + "overlap. The results hold no test of the two against each other, so this says nothing "
        + "about how they differ."
    )
    data = with_values(compared, [0.3, 0.25, 0.28], [0.2, 0.15, 0.21], [0.4, 0.35, 0.35])
    assert answer(data)[2].startswith("Other intervals that overlap that of SCS 50 Hz tonic: TENS")
    data = with_values(compared, [0.5, 0.1, 0.28], [0.4, 0.05, 0.21], [0.6, 0.15, 0.35])
    assert "their intervals do not overlap." in answer(data)[1]


def test_with_contrasts_the_next_is_told_by_a_corrected_test(compared, made_up_contrasts):
    data = compared.to_dataset()
    pooled = data["suppression_pooled"].sel(epoch="during").to_series()
    gap = 100 * (pooled["dbs"] - pooled["scs"])
    differs = answer(data, made_up_contrasts(data))[1]
    ends = f"95 % interval {gap - 6:.1f} to {gap + 4:.1f} points"
    assert f"the difference is {gap:.1f} percentage points, {ends}, p = 0.01 after" in differs
    assert differs.endswith("after Holm's correction for 3 comparisons: they differ.")
    alike = answer(data, made_up_contrasts(data, 0.3))[1]
    assert alike.endswith(
        "p = 0.3 after Holm's correction for 3 comparisons: they are not told apart."
    )


def test_the_difference_turns_its_sign_where_the_pair_is_held_the_other_way_round(
    compared, made_up_contrasts
):
    data = compared.to_dataset()
    whole = made_up_contrasts(data)
    first = whole.isel(arm_other=[0])  # every arm with the first: dbs minus scs
    other = whole.isel(arm_other=[2])  # scs minus dbs
    shown = [re.findall(r"difference is (\S+) .*?interval (\S+) to (\S+)", answer(data, g)[1])
             for g in (first, other)]  # fmt: skip
    assert shown[0][0][0] == shown[1][0][0]
    low, high = (float(x.replace("\N{MINUS SIGN}", "-")) for x in shown[1][0][1:])
    assert low < float(shown[1][0][0]) < high


def test_too_few_seeds_for_a_test_are_named(compared, made_up_contrasts):
    data = compared.to_dataset().isel(seed=slice(0, 5))
    sentence = answer(data, made_up_contrasts(data, 1.0))[1]
    # 3 pairs x 2 ** (1 - 5) = 0.19
    assert sentence.endswith("not told apart (5 seeds are too few for any pair to be).")
    told = statistics(data, made_up_contrasts(data, 1.0))["sentences"]
    assert any("gives no corrected p below 0.19" in s for s in told)


def test_dose_and_cost_of_the_first_arm_are_told(compared):
    told = [s for s in answer(compared.to_dataset()) if s.startswith("DBS 20 Hz (PAG/PVG): dose")]
    assert told == [
        "DBS 20 Hz (PAG/PVG): dose 4.2 mA, Aβ 62 %, Aδ 2 %; cost 1.26 µC/phase, 100 µW "
        + "(Aβ, Aδ, C: share of these fibres recruited)."
    ]


def test_no_effect_and_a_rise_are_told(compared):
    assert answer(compared.to_dataset())[-1].startswith("Intervals that contain no effect (0 %): T")
    data = with_values(compared, [0.3, -0.1, 0.2], [0.2, -0.2, 0.1], [0.4, -0.05, 0.3])
    assert answer(data)[-1].startswith("The pain signal rises (interval below 0 %): TENS")
    data = with_values(compared, [-0.3, -0.1, -0.2], [-0.4, -0.2, -0.3], [-0.2, -0.05, -0.1])
    assert answer(data)[0].startswith("No arm suppresses the pain signal while the device is on")
    assert "the least rise is that of TENS 2 Hz" in answer(data)[0]


def test_missing_estimates_are_told(compared):
    nothing = np.full(3, np.nan)
    data = with_values(compared, nothing, nothing, nothing)
    assert answer(data) == ["No arm has an estimate of suppression; the table says why."]
    data = with_values(compared, [0.3, 0.1, 0.2], nothing, nothing)
    assert "by 30.0 % (no interval)" in answer(data)[0]
    assert "without intervals for both" in answer(data)[1]


def test_another_arm_as_control_is_named(compared):
    data = compared.to_dataset().copy(deep=True)
    data.attrs["control"] = "tens"
    assert "against the arm \N{LEFT DOUBLE QUOTATION MARK}TENS 2 Hz" in answer(data)[0]


def test_a_sweep_answers_by_its_values(swept, made_up_contrasts):
    data = swept.to_dataset()
    assert answer(data)[0].startswith("DBS 20 Hz (PAG/PVG), 200 Hz suppresses the pain signal most")
    # the next lies at another sweep point, which is not tested against the first
    assert "no test of the two" in answer(data, made_up_contrasts(data))[1]


def test_one_arm_answers_by_its_values_alone(swept):
    data = swept.to_dataset().isel(arm=[1])
    assert answer(data)[0].startswith("The pain signal is suppressed most at 200 Hz: by ")
    alone = data.isel(device_frequency=[5])
    assert answer(alone)[0].startswith("200 Hz suppresses the pain signal by ")


def test_windup_answers_with_ratios(wound):
    sentences = answer(wound.to_dataset())
    assert sentences[0].startswith(
        "Wind-up is largest with 1 Hz: the last three volleys evoke 2.20 (95 % interval 2.20 to "
    )
    assert "from volley to volley a cell fires 0.60 (95 % interval 0.60 to" in sentences[0]
    assert sentences[1].startswith("The other ratios: 0.2 Hz 1.24")
    assert answer_sources(wound.to_dataset()).startswith("windup_ratio")
    alone = answer(wound.to_dataset().isel(stimuli_0_rate=[2]))
    assert alone[0].startswith("Wind-up: the last three volleys evoke 2.20")
    assert len(alone) == 1


NUMBER = re.compile(r"\N{MINUS SIGN}?\d+(?:\.\d+)?")


@pytest.mark.parametrize("margin", [None, 0.5])
def test_every_number_of_the_answer_is_a_number_of_the_results(compared, margin, made_up_contrasts):
    data = compared.to_dataset()
    group = made_up_contrasts(data, margin=margin)
    tables = [effect_table(data), dose_table(data), charge_table(data)]
    tables += statistics(data, group)["tables"]
    known = {n for t in tables for row in t.texts() for cell in row for n in NUMBER.findall(cell)}
    during = group.sel(epoch="during")  # the table shows each pair once, the group both ways
    for name in ("difference", "difference_low", "difference_high"):
        known |= {f"{100 * v:.1f}" for v in during[name].values.ravel()}
    known |= {"95", "0"}  # the level of the intervals, no effect
    known |= {str(len(data["arm"]) * (len(data["arm"]) - 1) // 2)}  # comparisons
    known |= {"100"}  # power in another unit: 0.1 mW in the table
    for sentence in answer(data, group):
        for label in data["label"].values:
            sentence = sentence.replace(str(label), "")
        unknown = [n for n in NUMBER.findall(sentence) if n not in known]
        assert not unknown, sentence


def test_statistics_count_pairs_and_seeds(compared, made_up_contrasts):
    data = compared.to_dataset()
    told = statistics(data, made_up_contrasts(data, margin=0.25))["sentences"]
    assert told[0] == "Intervals: 95 %, a bootstrap."
    assert told[1] == "An interval of ±2 percentage points would take 31 seeds; this run has 8."
    assert told[2].startswith("Of 3 pairs of arms in the epoch during (every pair of arms), 3 diff")
    assert told[3].startswith("The experiment states a margin of ±25 percentage points: by simult")
    assert "1 pairs are equivalent" not in told[3] or "2 are undecided" in told[3]
    none = statistics(data, None)["sentences"]
    assert none[0].startswith("These results hold no contrasts")


def test_p_values_are_told_as_usual():
    assert [p_text(p) for p in (0.5, 0.0123, 0.001, 0.0004)] == [
        "p = 0.5", "p = 0.012", "p = 0.001", "p < 0.001",
    ]  # fmt: skip


def test_without_a_pain_signal_the_rates_of_populations_are_told(compared):
    data = compared.to_dataset().copy(deep=True)
    data["pain_signal"] = xr.full_like(data["pain_signal"], np.nan)
    first, rates = answer(data)
    assert first.startswith("There is no pain signal: the circuit has no cells that carry one")
    here = data["rate"].sel(arm="dbs", epoch="during").mean("seed")
    told = ", ".join(f"{float(value):.3g}" for value in here.values)
    assert f"DBS 20 Hz (PAG/PVG): {told}" in rates
    assert all(str(name) in rates for name in data["population"].values)
    assert answer_sources(data) == "rate (epoch=during, mean over seeds)"
