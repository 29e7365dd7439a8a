"""Measures of another package: dimensions of their own, suppression, summaries."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from made_results import Point

from gatecontrol.analysis.base import ALWAYS, Summary, Variable
from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.assembly import assemble
from gatecontrol.experiment.measured import with_summary
from gatecontrol.experiment.measuring import summaries_of, trial_measures
from gatecontrol.experiment.outputs import references
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.sweep import points
from gatecontrol.plugins import plugins

# --- dimensions and suppression


def key(trial):
    return f"{trial['device']}-{trial['seed']}"


def payload(**measures):
    found = {"rate": {"deep": [1.0, 1.0, 1.0]}, "pain_signal": [1.0, 1.0, 1.0]}
    return {"measures": found | measures}


def assembled(measures, payloads, seeds=2, summaries=()):
    trials = {
        (device, seed): {
            "preparation": "rat",
            "circuit": {"name": "gate"},
            "device": device,
            "measures": measures,
            "seed": seed,
        }
        for device in ({"kind": "scs"}["kind"], None)
        for seed in range(1, seeds + 1)
    }
    for trial in trials.values():
        trial["device"] = {"kind": "scs"} if trial["device"] else None
    laid = [Point("scs", s, trials["scs", s], trials[None, s], s - 1) for s in range(1, seeds + 1)]
    experiment = SimpleNamespace(name="made_up", measures=summaries)
    found = {
        key(trial): payloads(bool(trial["device"]), trial["seed"]) for trial in trials.values()
    }
    return assemble(experiment, laid, found, key, axes=[]).to_dataset()


def bins(on, seed):
    cells = [[1.0 * c] * 3 for c in range(seed + 1)]
    row = [4.0, 0.0, 2.0] if on else [8.0, 0.0, 2.0]
    note = {"0.005": "silent", "0.01": ""} if on else ["no such epoch", "", ""]
    return payload(bins=[None, row, row], per_cell=cells, bins_status=note)


def test_dimensions_of_a_measure_become_coordinates(made_up_package):
    data = assembled([{"kind": "bins", "bin": 0.005, "count": 3}], bins)
    assert data["bin"].values.tolist() == [0.0, 0.005, 0.01]
    assert data["bin"].attrs == {"units": "s", "long_name": "Time in the bin"}
    # As long as the longest: seed 2 has three cells, seed 1 two, then NaN.
    assert data["cell"].values.tolist() == [0, 1, 2]
    assert data["per_cell"].dims == ("arm", "seed", "cell", "bin")
    assert np.isnan(data["per_cell"].sel(seed=1, cell=2)).all()
    assert data["per_cell"].sel(arm="scs", seed=2, cell=2, bin=0.01) == 2.0


def test_a_variable_that_declares_a_suppression_has_it(made_up_package):
    data = assembled([{"kind": "bins"}], bins, seeds=5)
    assert data["suppression_bins"].dims == ("arm", "seed", "epoch", "bin")
    during = data.sel(arm="scs", epoch="during")
    np.testing.assert_array_equal(during["suppression_bins"].sel(seed=1), [0.5, np.nan, 0.0])
    np.testing.assert_array_equal(during["suppression_bins_pooled"], [0.5, np.nan, 0.0])
    assert during["suppression_bins_low"].dims == ("bin",)
    assert str(during["suppression_bins_status"].values[1]) == "the control fires no spike"
    assert data["suppression_bins"].attrs["long_name"] == "Suppression of Counts in bins"
    status = str(during["status"].sel(seed=1).values)
    assert "suppression_bins (0.005): the control fires no spike" in status
    assert "bins: 0.005: silent" in status
    assert "bins_off: no such epoch" in str(data["status"].sel(epoch="before", seed=1).values[0])


def test_two_measures_with_one_variable_are_refused(made_up_package, monkeypatch):
    bad = plugins("measures")["needs"].load()
    monkeypatch.setattr(bad, "variables", (Variable("bins", (), "1", "Same name"),))
    with pytest.raises(GatecontrolError, match="'bins' and 'needs' both declare 'bins'; take one"):
        assembled([{"kind": "bins"}, {"kind": "needs", "level": 0.5}], bins)


def test_two_measures_that_disagree_on_a_dimension_are_refused(made_up_package, monkeypatch):
    measure = plugins("measures")["bins"].load()
    other = plugins("measures")["needs"].load()
    monkeypatch.setattr(
        other, "dimensions", lambda self: measure({"bin": 1.0, "count": 1}).dimensions()
    )
    match = "'bins' and 'needs' declare the dimension 'bin' in two ways"
    with pytest.raises(GatecontrolError, match=match):
        assembled([{"kind": "bins"}, {"kind": "needs", "level": 0.5}], bins)


def test_a_name_that_the_results_have_is_refused(made_up_package, monkeypatch):
    bad = plugins("measures")["needs"].load()
    monkeypatch.setattr(bad, "variables", (Variable("seed", (), "1", "Seed"),))
    with pytest.raises(GatecontrolError, match="'seed' is a dimension of the results, and"):
        assembled([{"kind": "needs", "level": 0.5}], bins)


# --- summaries


def test_a_summary_adds_what_it_requires_and_is_no_part_of_the_trial(with_measures):
    with_it, without = with_measures("[mean_bins]"), with_measures("[bins]")
    assert [m["kind"] for m in trial_measures(with_it)] == ["bins"]
    assert [p.trial for p in points(with_it)] == [p.trial for p in points(without)]
    own_bins = with_measures("[mean_bins, {kind: bins, bin: 9 ms}]")
    assert trial_measures(own_bins)[0]["bin"] == 0.009
    assert [type(s).__name__ for s in summaries_of(with_it)] == ["Mean"]
    squared = with_measures("[{kind: mean_bins, power: 2}]")
    assert [m["power"] for m in summaries_of(squared)] == [2.0]


def test_a_summary_is_cited(with_measures):
    experiment = with_measures("[mean_bins]")
    plan = make_plan(experiment, "numpy")
    assert "cutts2014" in references(plan, summaries_of(experiment))


def test_a_summary_may_not_require_a_summary(with_measures):
    match = "the measure 'nested' requires 'mean_bins', which is a summary too"
    with pytest.raises(GatecontrolError, match=match):
        points(with_measures("[nested]"))


def test_a_summary_is_merged_after_the_suppression(made_up_package):
    data = assembled([{"kind": "bins"}], bins, summaries=("mean_bins",))
    assert data["mean_bins"].dims == ("arm", "epoch", "bin")
    assert data["mean_bins"].sel(arm="scs", epoch="during").values.tolist() == [4.0, 0.0, 2.0]
    assert data["mean_bins"].attrs["long_name"] == "Mean of the bins"
    assert data["mean_bins_status"].attrs["long_name"] == "Mean of the bins: why it is missing"
    assert data.attrs["title"] == "made_up"


def test_a_summary_that_cannot_be_computed_is_nan_with_its_reason(made_up_package):
    data = assembled([{"kind": "bins"}], bins, seeds=1, summaries=("mean_bins",))
    assert np.isnan(data["mean_bins"])
    assert str(data["mean_bins_status"].values) == "it needs two seeds"


def summary(returned):
    class Made(Summary):
        """Returns what it is told."""

        name = "made"
        variables = (Variable("made", (), "1", "Made"),)

        def summary(self, data):
            return returned(data)

    return Made()


ROOT = xr.Dataset({"x": ("seed", [1.0, 2.0], {"units": "1", "long_name": "x"})}, {"seed": [1, 2]})


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda _: 1 / 0, "'made' failed when the results were summarised: ZeroDivisionError"),
        (lambda _: 3, "'made' must return a Dataset, not int"),
        (lambda _: xr.Dataset({"made": 1.0}), "'made' does not return made_status"),
        (
            lambda _: xr.Dataset({"made": 1.0, "made_status": "", "x": 2.0}),
            "'made' returns 'x', which the results have already",
        ),
        (
            lambda _: xr.Dataset({"made": 1.0, "made_status": "", "y": 2.0}),
            "'made' returns 'y' without units and long_name",
        ),
        (
            lambda _: xr.Dataset({"made": ("seed", [1.0]), "made_status": ""}),
            "'made' does not fit the results: ",
        ),
        (
            lambda _: xr.Dataset({"made": ("seed", [1.0]), "made_status": ""}, {"seed": [3]}),
            "'made' does not fit the results: ",
        ),
    ],
)
def test_a_summary_that_breaks_its_promise_is_named(returned, message):
    with pytest.raises(GatecontrolError, match=f"the measure {message}"):
        with_summary(ROOT, summary(returned))


def test_always_taken_measures_take_no_parameters():
    # else a file could not say them without asking for another trial
    assert all(not plugins("measures")[name].load().parameters for name in ALWAYS)
