"""Results as they are assembled: variables, intervals, reasons, contrasts and fits."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr
from made_results import AXIS, EXPERIMENT, Point, build, experiment, key, payload, trial

from gatecontrol.analysis import base
from gatecontrol.analysis.base import ALWAYS, Measure, Variable
from gatecontrol.analysis.measures import Windup
from gatecontrol.analysis.results import open_results, write
from gatecontrol.analysis.statistics import contrasts, mean_with_interval
from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.assembly import assemble
from gatecontrol.experiment.run_record import summarise
from gatecontrol.plugins import load_plugin


def test_dimensions_and_variables_are_those_of_the_contract(tree):
    expected = {
        "arm": 2,
        "device.frequency": 2,
        "seed": 6,
        "epoch": 3,
        "fibre_class": 4,
        "population": 2,
        "volley": 4,
    }
    assert dict(tree.sizes) == expected
    wanted = (
        "pain_signal pain_signal_off pain_signal_lamina1 pain_signal_lamina1_off suppression "
        + "suppression_pooled suppression_low suppression_high recruited synchrony rate "
        + "amplitude amplitude_relative perception_threshold charge_per_phase charge_density "
        + "shannon_k power pulse_rate status windup_spikes windup_ratio windup_slope "
        + "windup_ratio_mean windup_ratio_off_mean windup_slope_low windup_spikes_high"
    )
    assert set(wanted.split()) <= set(tree.data_vars)
    assert tree["suppression_pooled"].dims == ("arm", "device.frequency", "epoch")
    assert tree["recruited"].dims == ("arm", "device.frequency", "seed", "fibre_class")
    assert list(tree["label"].values) == ["SCS 50 Hz", "drg"]


def test_a_declared_interval_is_that_of_the_mean_over_seeds(tree):
    slopes = tree["windup_slope"].isel(arm=0, **{"device.frequency": 0})
    here = tree.to_dataset().isel(arm=0, **{"device.frequency": 0})
    found = [float(here[f"windup_slope_{part}"]) for part in ("mean", "low", "high")]
    assert found == list(mean_with_interval(slopes.values))
    assert found[1] < found[0] < found[2]
    assert here["windup_slope_status"] == ""
    assert here["windup_spikes_mean"].dims == ("volley",)
    assert here["windup_slope_off_mean"] == pytest.approx(14.5)


def test_a_mean_of_some_seeds_says_of_how_many():
    points, payloads = experiment()
    for seed, point in enumerate(points[:5]):
        measures = payloads[key(point.trial)]["measures"]
        measures["windup_ratio"] = None
        measures["windup_slope"] = None if seed < 2 else 1.0
    found = build(points, payloads).to_dataset().isel(arm=0, **{"device.frequency": 0})
    assert found["windup_slope_status"] == "4 of 6 seeds have a value"
    assert found["windup_ratio_status"] == "one seed has no interval"
    assert found["windup_ratio_mean"] == 3.0
    assert np.isnan(found["windup_ratio_low"])
    payloads[key(points[5].trial)]["measures"]["windup_ratio"] = None
    found = build(points, payloads).to_dataset().isel(arm=0, **{"device.frequency": 0})
    assert found["windup_ratio_status"] == "no seed has a value"
    assert np.isnan(found["windup_ratio_mean"])


def test_no_measure_takes_the_name_of_what_the_results_add(monkeypatch):
    greedy = (*Windup.variables, Variable("suppression_low", (), "1", "Another thing"))
    monkeypatch.setattr(Windup, "variables", greedy)
    with pytest.raises(GatecontrolError, match="would hold 'suppression_low' twice"):
        build(*experiment())


def test_every_variable_has_units_and_a_long_name(tree):
    for name, variable in {**tree.data_vars, **tree.coords}.items():
        assert variable.attrs.get("units"), name
        assert variable.attrs.get("long_name"), name


def test_values_land_where_they_belong(tree):
    here = tree.to_dataset().sel(arm="scs", seed=3, epoch="during").isel({AXIS.name: 1})
    assert here["pain_signal"] == 0.5 * 13 + 0.0
    assert here["pain_signal_off"] == 13.0
    assert here["suppression"] == 1 - 6.5 / 13
    assert here["rate"].sel(population="projection_deep") == 6.5
    assert here["afferent_rate"].sel(fibre_class="abeta") == 50.0
    assert here["recruited"].sel(fibre_class="abeta") == 0.4
    assert np.isnan(here["recruited"].sel(fibre_class="descending"))
    assert here["windup_spikes"].sel(volley=4) == 4.0
    assert here["amplitude"] == 2e-3
    assert here["amplitude_relative"] == 2.0
    assert here["evoked_stop"] == 3.0
    assert tree.attrs["preparation"] == "scs: rat; drg: rat"
    assert str(tree["conditions"].values[0, 0]) == "injured"


def test_pooled_suppression_is_the_ratio_of_sums(tree):
    here = tree.to_dataset().sel(arm="drg", epoch="during").isel({AXIS.name: 0})
    pooled = 1 - here["pain_signal"].sum() / here["pain_signal_off"].sum()
    assert float(here["suppression_pooled"]) == pytest.approx(float(pooled), abs=1e-15)
    assert here["suppression_low"] < pooled < here["suppression_high"]


def test_no_device_gives_exactly_zero_with_a_zero_interval():
    points = [Point("none", s, trial(None, s, 0), trial(None, s, 0)) for s in (1, 2, 3, 4, 5)]
    payloads = {key(p.trial): payload(10.1 + p.seed / 7, device=False) for p in points}
    tree = assemble(EXPERIMENT, points, payloads, key, axes=[])
    during = tree.to_dataset().sel(epoch="during", arm="none")
    assert (during["suppression"] == 0).all()
    for name in ("suppression_pooled", "suppression_low", "suppression_high"):
        assert during[name] == 0
    assert str(tree["device"].values[0]) == "none"
    assert np.isnan(tree["amplitude"].values[0])


def test_a_missing_value_has_its_reason(tree):
    during, after = (tree["status"].sel(arm="scs", seed=1, epoch=e) for e in ("during", "after"))
    assert str(during.values[0]) == ""
    assert "synchrony: fewer than 2 A-beta fibres" in str(after.values[0])
    before = str(tree["status"].sel(arm="scs", seed=1, epoch="before").values[0])
    assert "pain_signal: no such epoch" in before
    assert "pain_signal_off: no such epoch" in before


def test_a_silent_control_is_a_reason_not_a_number():
    points, payloads = experiment()
    for point in points:
        payloads[key(point.control)] = payload(0.0, device=False)
    tree = build(points, payloads)
    assert np.isnan(tree["suppression"]).all()
    assert np.isnan(tree["suppression_pooled"]).all()
    cell = tree["status"].sel(arm="scs", seed=1, epoch="during").values[0]
    assert str(cell) == "suppression: the control fires no spike"
    assert str(tree["suppression_status"].sel(arm="scs", epoch="during").values[0]) == (
        "the control fires no spike"
    )


def test_a_trial_that_was_not_computed_is_missing_and_says_so():
    points, payloads = experiment()
    del payloads[key(points[0].trial)]
    tree = build(points, payloads)
    here = tree.to_dataset().sel(arm="scs", seed=1, epoch="during").isel({AXIS.name: 0})
    assert np.isnan(here["pain_signal"])
    assert "pain_signal: not computed" in str(here["status"].values)
    assert np.isfinite(here["suppression_pooled"])


def test_a_measure_that_breaks_its_promise_is_named():
    points, payloads = experiment()
    payloads[key(points[0].trial)]["measures"]["pain_signal"] = [1, 2, 3, 4]
    with pytest.raises(GatecontrolError, match=r"'pain_signal' does not fit its dimensions"):
        build(points, payloads)


def test_a_measure_of_another_package_may_run_along_the_volleys(monkeypatch):
    class Growth(Measure):
        """A made-up measure."""

        name = "growth"
        variables = (Variable("growth", ("volley",), "1", "Growth"),)

    monkeypatch.setattr(base, "load_plugin", lambda _, name: known.get(name, Growth))
    known = {name: load_plugin("measures", name) for name in ALWAYS}
    plain = trial("scs", 1, "50 Hz", measures=[{"kind": "growth"}])
    found = payload(10.0, volleys=())
    found["measures"]["growth"] = [1.0, 2.5]
    point = Point("scs", 1, plain, plain)
    data = assemble(EXPERIMENT, [point], {key(plain): found}, key, axes=[]).to_dataset()
    assert data["volley"].values.tolist() == [1, 2]
    assert data["growth"].sel(arm="scs", seed=1).values.tolist() == [1.0, 2.5]


def test_no_points_is_an_error():
    with pytest.raises(GatecontrolError, match="no points"):
        build([], {})


@pytest.mark.parametrize("name", ["case", "preparation", "circuit"])
def test_text_axes_are_labels(name):
    axis = SimpleNamespace(name=name, path="", values=("a: 1", "b: 2"), numbers=None, unit="")
    points = [
        Point("x", s, trial("scs", s, v), trial(None, s, v), 0, {name: v})
        for v in axis.values
        for s in (1, 2)
    ]
    payloads = {key(t): payload(5.0) for p in points for t in (p.trial, p.control)}
    tree = assemble(EXPERIMENT, points, payloads, key, axes=[axis])
    assert list(tree[name].values) == ["a: 1", "b: 2"]


def test_the_summary_says_axis_values_as_typed_and_in_si(tree):
    rows = summarise(tree, {}, ["device.frequency"])
    assert {(row["axes"]["device.frequency"], *row["axes_text"]) for row in rows} == {
        (10.0, "10 Hz"),
        (50.0, "50 Hz"),
    }


def test_contrasts_are_a_group_of_the_results(tmp_path):
    points, payloads = experiment()
    stated = SimpleNamespace(**vars(EXPERIMENT), equivalence_margin=0.3)
    tree = assemble(stated, points, payloads, key, axes=[AXIS])
    opened = open_results(write(tree, tmp_path / "results.nc"))
    assert opened.data.attrs["equivalence_margin"] == 0.3
    found, made = opened.tree["contrasts"].to_dataset(), contrasts(opened.data)
    xr.testing.assert_identical(found[list(made.data_vars)], made[list(found.data_vars)])
    pair = found.sel(arm="drg", arm_other="scs", epoch="during").isel({AXIS.name: 0})
    assert float(pair["difference"]) == pytest.approx(0.25, abs=0.01)
    assert pair["equivalent"] == "equivalent"
    assert "fits" not in opened.tree.children  # two frequencies are no curve


def test_fits_are_a_group_of_the_results(tmp_path):
    values = (1.0, 5.0, 20.0, 50.0, 100.0, 200.0)
    axis = SimpleNamespace(**vars(AXIS) | {"values": tuple(map(str, values)), "numbers": values})
    points, payloads = [], {}
    for value, share in zip(axis.values, (0.9, 0.85, 0.5, 0.4, 0.5, 0.8), strict=True):
        for seed in range(1, 9):
            on, off = trial("scs", seed, value), trial(None, seed, value)
            points.append(Point("scs", seed, on, off, len(points), {axis.name: value}))
            payloads[key(on)] = payload(share * (10 + seed) + 0.2 * (seed % 3))
            payloads[key(off)] = payload(10.0 + seed, device=False)
    tree = assemble(EXPERIMENT, points, payloads, key, axes=[axis])
    opened = open_results(write(tree, tmp_path / "results.nc")).tree
    found = opened["fits"].to_dataset().sel(arm="scs", epoch="during")
    assert 20 < found["frequency_optimum"] < 100
    assert found["frequency_optimum"].attrs["units"] == "Hz"
    assert opened["fits"]["frequency_status"].sel(arm="scs", epoch="before") == (
        "0 points with a signal; a fit needs 5"
    )
