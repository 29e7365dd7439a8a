"""Comparing runs: what is refused and why, what is paired, and what the page says."""

import json
import re

import html5lib
import numpy as np
import pytest
import xarray as xr
from scipy import stats

import gatecontrol
from gatecontrol.analysis.comparison import compare
from gatecontrol.analysis.comparison.differences import difference
from gatecontrol.analysis.comparison.page import answer
from gatecontrol.analysis.comparison.tables import difference_table, effect_table
from gatecontrol.analysis.results import write
from gatecontrol.analysis.statistics import pooled_suppression
from gatecontrol.errors import GatecontrolError, UsageError

EXPERIMENT = """\
schema: 1
preparation: human
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 0 s, duration: 8 s}
run: {duration: 9 s, dt: 0.1 ms, device_on: 2.5 s, device_off: 7.7 s}
arms:
  scs: {device: {kind: scs, frequency: 50 Hz}}
  tens: {device: {kind: tens, frequency: 2 Hz}}
  dbs: {device: {kind: dbs, frequency: 20 Hz}}
"""


def weaker(tree, factor=1.2):
    """Return the results with a signal that is `factor` times as large, and what follows."""
    data = tree.to_dataset(inherit=False).copy(deep=True)
    data["pain_signal"] = data["pain_signal"] * factor
    outer = [d for d in data["pain_signal"].dims if d != "seed"]
    on, off = (data[n].transpose(*outer, "seed").values for n in ("pain_signal", "pain_signal_off"))
    for place in np.ndindex(on.shape[:-1]):
        found = pooled_suppression(on[place], off[place])
        for name, value in zip(
            ("pooled", "low", "high"), (found.value, found.low, found.high), strict=True
        ):
            data[f"suppression_{name}"].values[place] = value
    return xr.DataTree(data)


def folder_of(tree, path, experiment=EXPERIMENT):
    write(tree, path / "results.nc")
    if experiment:
        (path / "experiment.yaml").write_text(experiment)
    (path / "run.json").write_text(json.dumps({"references": ["melzack1965"]}))
    return path


@pytest.fixture
def two(compared, tmp_path):
    """Two runs with the same seeds and natural spikes; the second suppresses less."""
    injured = EXPERIMENT.replace("[injured]", "[injured, gaba_a_block]")
    return (
        folder_of(compared, tmp_path / "whole"),
        folder_of(weaker(compared), tmp_path / "blocked", injured),
    )


def refused(*folders, allow=(), out="out"):
    with pytest.raises(UsageError) as caught:
        compare(folders, folders[0].parent / out, allow=allow)
    return str(caught.value)


def edited(tree, path, change, experiment=EXPERIMENT):
    data = tree.to_dataset(inherit=False).copy(deep=True)
    return folder_of(xr.DataTree(change(data)), path, experiment)


def test_it_is_a_function_of_the_package():
    assert gatecontrol.compare is compare


def test_runs_of_the_same_seeds_and_spikes_are_paired(two, tmp_path):
    found = compare(two, tmp_path / "out")
    assert found.notes == ()
    assert found.data["paired"].values.tolist() == [[0, 1], [1, 0]]
    row = found.differences[0]
    assert (row["arm"], row["run"], row["run_other"]) == ("scs", "whole", "blocked")
    signals = [xr.open_dataset(t / "results.nc", engine="h5netcdf").load() for t in two]
    for data in signals:
        data.close()
    series = [
        d[n].sel(arm="scs", epoch="during").values
        for d in signals
        for n in ("pain_signal", "pain_signal_off")
    ]
    expected = difference(*series, paired=True)
    assert (row["difference"], row["low"], row["high"]) == (
        expected.value, expected.low, expected.high,
    )  # fmt: skip
    assert expected.low < expected.value < expected.high
    apart = difference(*series, paired=False)
    # the shared drive of a seed cancels in pairs
    assert expected.high - expected.low < apart.high - apart.low


def test_the_difference_is_that_of_the_pooled_suppressions(two, tmp_path):
    data = compare(two, tmp_path / "out").data
    pooled = data["suppression_pooled"].sel(epoch="during")
    gap = pooled.sel(run="whole") - pooled.sel(run="blocked")
    held = data["difference"].sel(run="whole", run_other="blocked")
    np.testing.assert_allclose(held, gap.values, rtol=1e-12)
    back = data["difference"].sel(run="blocked", run_other="whole")
    np.testing.assert_array_equal(back, -held)
    low = data["difference_low"].sel(run="blocked", run_other="whole")
    high = data["difference_high"].sel(run="whole", run_other="blocked")
    np.testing.assert_array_equal(low, -high)


def test_equal_runs_differ_by_nothing(compared, tmp_path):
    folders = [folder_of(compared, tmp_path / n) for n in ("one", "two")]
    found = compare(folders, tmp_path / "out")
    assert {(r["difference"], r["low"], r["high"]) for r in found.differences} == {(0.0, 0.0, 0.0)}
    assert answer(found.data)[0] == "The runs do not differ: every difference of suppression is 0."


def test_other_seeds_are_not_paired_and_said(compared, tmp_path):
    one = folder_of(compared, tmp_path / "one")
    other = edited(compared, tmp_path / "two", lambda d: d.assign_coords(seed=d["seed"] + 100))
    found = compare([one, other], tmp_path / "out")
    assert not any(r["paired"] for r in found.differences)
    assert found.data.sizes["seed"] == 16
    text = (tmp_path / "out" / "report.html").read_text()
    assert "Not paired by seed, as the seeds differ: one and two." in text


def test_other_natural_spikes_are_not_paired(compared, tmp_path):
    def change(data):
        data["afferent_rate_off"] = data["afferent_rate_off"] + 1e-9
        return data

    one = folder_of(compared, tmp_path / "one")
    other = edited(compared, tmp_path / "two", change)
    found = compare([one, other], tmp_path / "out")
    assert found.data["paired_status"].values[0, 1] == "the natural spikes differ"


@pytest.mark.parametrize(
    ("old", "new", "topic", "shown"),
    [
        ("kind: pinch", "kind: heat_ramp", "stimuli", "stimuli[0].kind heat_ramp in two."),
        ("dt: 0.1 ms", "dt: 0.05 ms", "dt", "has 0.1 ms in one and 0.05 ms in two."),
    ],
)
def test_settings_that_must_not_differ_are_refused(compared, tmp_path, old, new, topic, shown):
    one = folder_of(compared, tmp_path / "one")
    other = folder_of(compared, tmp_path / "two", EXPERIMENT.replace(old, new))
    message = refused(one, other)
    assert message.startswith(f"these runs cannot be compared:\n  {topic}: the arm 'scs' has ")
    assert message.endswith(f"{shown} To compare them all the same: --allow {topic}")
    found = compare([one, other], tmp_path / "out", allow=[topic])
    assert found.notes[0].startswith(f"Allowed to differ: {topic}; the arm 'scs' has")


@pytest.mark.parametrize(
    ("names", "topic", "shown"),
    [
        (["duration"], "duration", "has 9 s in one and 10 s in two."),
        (["device_off"], "device_window", "has 2.5 s and 7.7 s in one and 2.5 s and 8.7 s in two."),
        (["epoch_stop"], "epochs", "has 2.5 s and 7.7 s in one and 2.5 s and 8.7 s in two."),
    ],
)
def test_times_that_must_not_differ_are_refused(compared, tmp_path, names, topic, shown):
    def change(data):
        for name in names:
            data[name] = data[name] + 1.0
        return data

    one = folder_of(compared, tmp_path / "one")
    other = edited(compared, tmp_path / "two", change)
    message = refused(one, other)
    assert f"  {topic}: the arm 'scs' {shown} To compare them all the same: --allow" in message
    assert compare([one, other], tmp_path / "out", allow=[topic]).notes


def with_attribute(name, value):
    def change(data):
        data.attrs[name] = value
        return data

    return change


def renamed(data):
    return data.assign_coords(arm=["a", "b", "c"])


def test_what_gives_no_meaning_is_refused_for_good(compared, swept, tmp_path):
    one = folder_of(compared, tmp_path / "one")
    other = edited(compared, tmp_path / "two", with_attribute("control", "tens"))
    assert refused(one, other) == (
        "these runs cannot be compared:\n  control: one is compared with 'device_off', two with "
        + "'tens', so suppression means two things. Give both the same control"
    )
    named = edited(compared, tmp_path / "named", renamed)
    told = refused(named, other)
    assert "control: named is compared with" in told
    assert "arms: no arm is in all of them (named has a, b, c; two has scs, tens, dbs)" in told
    layout = with_attribute("conventions", "gatecontrol results 0: old")
    other = edited(compared, tmp_path / "old", layout)
    assert "layout: one is 'gatecontrol results 1', old is 'gatecontrol results 0'." in refused(
        one, other
    )
    other = folder_of(swept, tmp_path / "swept")
    message = refused(one, other)
    assert "sweep: one has no sweep, swept has device_frequency (1 Hz, 10 Hz, 50 Hz" in message
    other = edited(compared, tmp_path / "named", lambda d: d.assign_coords(arm=["a", "b", "c"]))
    assert "arms: no arm is in all of them (one has scs, tens, dbs; named has a, b, c)" in refused(
        one, other
    )


def test_folders_are_checked_before_anything_else(compared, tmp_path):
    one = folder_of(compared, tmp_path / "one")
    with pytest.raises(UsageError, match="a comparison needs two results folders or more"):
        compare([one], tmp_path / "out")
    with pytest.raises(UsageError, match="one is given twice; give each results folder once"):
        compare([one, tmp_path / "." / "one"], tmp_path / "out")
    with pytest.raises(GatecontrolError, match="no results at"):
        compare([one, tmp_path / "none"], tmp_path / "out")
    other = folder_of(compared, tmp_path / "two")
    with pytest.raises(UsageError, match="nothing called 'sweep' can be allowed.* Known: stimuli"):
        compare([one, other], tmp_path / "out", allow=["sweep"])
    with pytest.raises(UsageError, match="holds the results of a run; choose another folder"):
        compare([one, other], one)
    assert not (tmp_path / "out").exists()


def test_a_run_without_its_experiment_cannot_be_checked(compared, tmp_path):
    one = folder_of(compared, tmp_path / "one")
    other = folder_of(compared, tmp_path / "two", "")
    message = refused(one, other)
    assert "  stimuli: two has no experiment.yaml that would tell." in message
    compare([one, other], tmp_path / "out", allow=["stimuli", "dt"])


def test_other_versions_and_arms_are_said(compared, tmp_path):
    one = folder_of(compared, tmp_path / "one")
    change = with_attribute("source", "gatecontrol 9.9")
    other = edited(compared.copy(), tmp_path / "two", lambda d: change(d.isel(arm=[0, 1])))
    notes = compare([one, other], tmp_path / "out").notes
    assert notes[0].startswith("Computed by different versions (one by gatecontrol ")
    assert "two by gatecontrol 9.9): the model may have changed." in notes[0]
    assert notes[1] == "Left out of one, as not every run has them: dbs."


def test_runs_are_named_by_what_tells_them_apart(compared, tmp_path):
    folders = [folder_of(compared, tmp_path / n / "results") for n in ("a", "b")]
    assert compare(folders, tmp_path / "out").data["run"].values.tolist() == [
        "a/results", "b/results",
    ]  # fmt: skip


def test_the_file_opens_again_and_holds_every_number_of_the_tables(two, tmp_path):
    found = compare(two, tmp_path / "out")
    with xr.open_datatree(tmp_path / "out" / "comparison.nc", engine="h5netcdf") as tree:
        data = tree.to_dataset().load()
    for name, variable in found.data.variables.items():
        assert {"units", "long_name"} <= set(variable.attrs), name
        values = data[name].values
        assert np.array_equal(values, variable.values) or np.array_equal(
            values, variable.values, equal_nan=True
        ), name
    assert data.attrs["conventions"].startswith("gatecontrol comparison 1")
    for table in (effect_table(data), difference_table(data)):
        for column in table.columns:
            assert all(n in data.variables for n in column.names), column.heading
    effect = effect_table(data)
    here = data.sel(epoch="during").isel(arm=1, run=1)
    assert effect.rows[3][-1] == tuple(
        float(here[f"suppression_{n}"]) for n in ("pooled", "low", "high")
    )
    assert effect.rows[3][3] == (float(here["pain_signal"].mean()),)


def test_the_page_says_what_differs_and_what_is_equal(two, tmp_path):
    compare(two, tmp_path / "out")
    text = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(text)
    words = " ".join(re.sub(r"<[^>]+>", " ", text).split())
    for part in (
        "Comparison: whole and blocked",
        "whole suppresses the pain signal by ",
        "on the same seeds, paired.",
        "circuit.conditions injured injured, gaba_a_block",
        "Held equal Preparation human",
        "Arm scs device.kind scs; device.frequency 50 Hz",
        "Stimulus 1 kind pinch; onset 0 s; duration 8 s",
        "gatecontrol compare",
        "Melzack R, Wall PD (1965)",
        "nothing is corrected for comparing many",
        "not clinical advice",
    ):
        assert part in words, part
    assert "<script" not in text
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names == ["comparison.nc", "figures", "report.html", "tables"]


def test_many_differences_are_against_the_first_run(swept, tmp_path, monkeypatch):
    monkeypatch.setattr("gatecontrol.analysis.comparison.differences.MOST_PAIRS", 30)
    text = EXPERIMENT.replace("  tens: {device: {kind: tens, frequency: 2 Hz}}\n", "")
    folders = [folder_of(swept, tmp_path / n, text) for n in ("one", "two", "three")]
    found = compare(folders, tmp_path / "out")
    assert {(r["run"], r["run_other"]) for r in found.differences} == {
        ("one", "two"), ("one", "three"),
    }  # fmt: skip
    page = (tmp_path / "out" / "report.html").read_text()
    assert "each run is compared with one only." in page


def test_differences_without_an_interval_say_why():
    on, off = np.array([5.0, 6.0, 4.0]), np.array([10.0, 12.0, 9.0])
    found = difference(on, off, on + 1, off, paired=True)
    assert found.value == pytest.approx(3 / 31)
    assert found.reason == "3 seeds; an interval needs 5"
    assert difference(on, off, on, off, paired=True).reason == "equal in every seed"
    silent = difference(on, off * 0, on, off, paired=False)
    assert (np.isnan(silent.value), silent.reason) == (True, "a control fires no spike")
    nothing = difference(on * np.nan, off, on, off, paired=False)
    assert nothing.reason == "no seed has both a signal and a control"


@pytest.mark.parametrize("paired", [True, False])
def test_intervals_cover_what_they_say(paired):
    rng, inside, trials = np.random.default_rng(7), 0, 200
    for _ in range(trials):
        drive = rng.gamma(16, 1 / 16, size=(2, 20))
        drive[1] = drive[0] if paired else drive[1]
        off = 25 * drive
        on = rng.poisson(40 * off * [[0.6], [0.7]]) / 40
        found = difference(on[0], off[0], on[1], off[1], paired=paired)
        inside += found.low <= 0.1 <= found.high
    # 95 % of 200 with a standard error of 1.5 %; the studentised interval is a little wide
    assert 0.90 <= inside / trials <= 0.995


def test_few_seeds_without_pairs_give_welchs_interval():
    rng = np.random.default_rng(3)
    off, other_off = np.full(5, 40.0), np.full(7, 40.0)
    on, other = rng.poisson(20, 5).astype(float), rng.poisson(30, 7).astype(float)
    found = difference(on, off, other, other_off, paired=False)
    # with the same control in every seed it is the interval of a difference of means
    expected = stats.ttest_ind(other, on, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low / 40, expected.high / 40))
