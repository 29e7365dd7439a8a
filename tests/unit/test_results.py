"""Results: what is assembled, how it is written, what can be read back."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import xarray as xr

from gatecontrol.analysis import base
from gatecontrol.analysis.base import ALWAYS, Measure, Variable
from gatecontrol.analysis.measures import Windup
from gatecontrol.analysis.results import kept_spikes, open_results, write
from gatecontrol.analysis.statistics import contrasts, mean_with_interval
from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.assembly import assemble
from gatecontrol.experiment.kept import spike_trains
from gatecontrol.experiment.run_record import summarise
from gatecontrol.plugins import load_plugin


@dataclass
class Point:
    arm: str
    seed: int
    trial: dict
    control: dict
    index: int = 0
    axes: dict = field(default_factory=dict)


AXIS = SimpleNamespace(
    name="device.frequency",
    path="device.frequency",
    values=("10 Hz", "50 Hz"),
    numbers=(10.0, 50.0),
    unit="Hz",
)
EXPERIMENT = SimpleNamespace(
    name="small",
    question="Does it?",
    look_for="",
    control="device_off",
    arms={"scs": SimpleNamespace(label="SCS 50 Hz"), "drg": SimpleNamespace(label=None)},
    warnings=(),
)


def trial(device, seed, frequency, **extra):
    plain = {
        "preparation": "rat",
        "circuit": {"name": "gate", "conditions": ["injured"]},
        "device": device and {"kind": device, "frequency": frequency},
        "measures": [{"kind": "windup"}],
        "seed": seed,
    }
    return plain | extra


def key(plain):
    device = plain["device"]
    return f"{device and sorted(device.items())}-{plain['seed']}"


def payload(deep, volleys=(1.0, 2.0, 3.0, 4.0), device=True):
    return {
        "measures": {
            "pain_signal": [None, deep, deep / 2],
            "pain_signal_status": ["no such epoch", "", ""],
            "pain_signal_lamina1": [None, 3.0, 3.0],
            "pain_spikes": [None, 10 * deep, 5 * deep],
            "pain_spikes_lamina1": [None, 30, 30],
            "rate": {"excitatory": [None, 1.0, 2.0], "projection_deep": [None, deep, deep / 2]},
            "afferent_rate": {"abeta": [None, 50.0, 0.0], "c": [None, 2.0, 1.0]},
            "synchrony": [None, 0.5, None],
            "synchrony_status": ["no such epoch", "", "fewer than 2 A-beta fibres"],
            "windup_spikes": list(volleys),
            "windup_ratio": 3.0,
            "windup_slope": 1.0 + deep,
            "epoch_start": [None, 1.0, 2.0],
            "epoch_stop": [None, 2.0, 3.0],
            "evoked_start": 1.0,
            "evoked_stop": 3.0,
        },
        "recruitment": {"abeta": 0.4, "c": 0.0, "aalpha": 1.0} if device else {},
        "report": {"amplitude": 2e-3, "perception_threshold": 1e-3, "power": 1e-4}
        if device
        else {},
        "warnings": ["charge density above its line"] if device else [],
        "provenance": {"threshold": "linear driving-function law"} if device else {},
    }


def experiment(seeds=6):
    """Two arms, one axis; seed s has 10 + s spikes/s off, and half of that on (SCS)."""
    points, payloads = [], {}
    for arm, share in (("scs", 0.5), ("drg", 0.25)):
        for text in AXIS.values:
            for seed in range(1, seeds + 1):
                on, off = trial(arm, seed, text), trial(None, seed, text)
                points.append(Point(arm, seed, on, off, len(points), {AXIS.name: text}))
                payloads[key(on)] = payload(share * (10 + seed) + 0.1 * (seed % 3))
                payloads[key(off)] = payload(10.0 + seed, device=False)
    return points, payloads


def build(points, payloads, **options):
    return assemble(EXPERIMENT, points, payloads, key, axes=[AXIS], **options)


@pytest.fixture
def tree():
    return build(*experiment())


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


def _bytes(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: (
                found.__setitem__(name, np.asarray(item[()]).tobytes())
                if isinstance(item, h5py.Dataset) and item.dtype.kind != "O"
                else found.__setitem__(name, repr(item[()]))
                if isinstance(item, h5py.Dataset)
                else None
            )
        )
    return found


def test_the_same_results_are_the_same_bytes(tmp_path):
    for name in ("a.nc", "b.nc"):
        write(build(*experiment()), tmp_path / name)
    first, second = _bytes(tmp_path / "a.nc"), _bytes(tmp_path / "b.nc")
    assert len(first) > 30
    assert first == second


def test_opened_results_are_shown_in_a_line(tmp_path, tree):
    write(tree, tmp_path / "results.nc")
    shown = repr(open_results(tmp_path))
    assert shown.startswith(f"<Results of {tmp_path}: arm: ")
    assert len(shown.splitlines()) == 1


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


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_it_opens_with_plain_xarray(tmp_path, tree, engine):
    if engine == "netcdf4":
        pytest.importorskip("netCDF4")
    path = write(tree, tmp_path / "deep" / "results.nc")
    with xr.open_datatree(path, engine=engine) as opened:
        xr.testing.assert_identical(opened.load().to_dataset(), tree.to_dataset())


def test_writing_leaves_one_file_and_replaces_the_old_one(tmp_path, tree):
    path = tmp_path / "results.nc"
    path.write_text("old")
    write(tree, path)
    assert [p.name for p in tmp_path.iterdir()] == ["results.nc"]
    assert open_results(path).data.sizes["arm"] == 2


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "results.nc"
    path.write_text("old")
    unwritable = xr.DataTree(xr.Dataset(attrs={"broken": object()}))
    with pytest.raises(TypeError):
        write(unwritable, path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["results.nc"]


def test_open_results_reads_what_lies_beside_it(tmp_path, tree):
    write(tree, tmp_path / "results.nc")
    (tmp_path / "experiment.yaml").write_text("schema: 1\n")
    (tmp_path / "run.json").write_text('{"seconds": 2}')
    results = open_results(tmp_path)
    assert results.experiment == "schema: 1\n"
    assert results.run == {"seconds": 2}
    assert results.path == tmp_path
    xr.testing.assert_identical(results.data, tree.to_dataset())


def test_open_results_says_what_is_wrong(tmp_path):
    with pytest.raises(GatecontrolError, match="no results at"):
        open_results(tmp_path)
    (tmp_path / "results.nc").write_text("not netCDF")
    with pytest.raises(GatecontrolError, match="is not a results file"):
        open_results(tmp_path)


def train(size, neuron, time):
    return SimpleNamespace(size=size, neuron=np.array(neuron), time=np.array(time))


def test_a_damaged_record_is_named(tmp_path, tree):
    write(tree, tmp_path / "results.nc")
    (tmp_path / "run.json").write_text('{"seeds": [1')
    with pytest.raises(GatecontrolError, match=r"run\.json is not the record of a run: "):
        open_results(tmp_path)


def test_kept_spikes_come_back(tmp_path):
    points, payloads = experiment(2)
    trains = {
        "c": train(9, [3, 4], [0.25, 0.5]),
        "projection_deep": train(2, [1], [1.5]),
    }
    spikes = {key(points[1].trial): trains, key(points[1].control): {}}
    tree = build(points, payloads, spikes=spikes)
    path = write(tree, tmp_path / "results.nc", spike_trains(points, key, spikes))
    opened = open_results(path).tree
    for name, variable in opened["spikes"].data_vars.items():
        assert variable.attrs["units"], name
        assert variable.attrs["long_name"], name
    assert "spikes" not in open_results(path, spikes=False).tree.children
    found = kept_spikes(opened, "scs", 2, "on")
    assert list(found) == ["c", "projection_deep"]
    size, neuron, time = found["c"]
    assert (size, list(neuron), list(time)) == (9, [3, 4], [0.25, 0.5])
    assert kept_spikes(opened, "scs", 1, "on") == {}
    assert kept_spikes(opened, "scs", 2, "off") == {}


def test_a_shared_control_is_kept_once(tmp_path):
    points, payloads = experiment(1)
    control = key(points[0].control)
    sharing = [p for p in points if key(p.control) == control]
    assert len(sharing) > 1
    spikes = {control: {"c": train(3, [0, 1, 2], [1.0, 2.0, 3.0])}}
    tree = build(points, payloads, spikes=spikes)
    path = write(tree, tmp_path / "results.nc", spike_trains(points, key, spikes))
    tree = open_results(path).tree
    assert tree["spikes"].sizes["spike"] == 3
    assert tree["spikes"].sizes["recording"] == len(sharing)
    assert all(list(kept_spikes(tree, p.arm, 1, "off")["c"][2]) == [1, 2, 3] for p in sharing)


def test_recordings_without_a_spike_can_be_kept(tmp_path):
    points, payloads = experiment(1)
    spikes = {key(points[0].trial): {"c": train(9, [], [])}}
    tree = build(points, payloads, spikes=spikes)
    path = write(tree, tmp_path / "results.nc", spike_trains(points, key, spikes))
    size, neuron, time = kept_spikes(open_results(path).tree, "scs", 1, "on")["c"]
    assert (size, len(neuron), len(time)) == (9, 0, 0)


def test_spikes_that_are_not_all_there_leave_no_file(tmp_path):
    points, payloads = experiment(1)
    spikes = {key(points[0].trial): {"c": train(9, [3, 4], [0.25, 0.5])}}
    tree = build(points, payloads, spikes=spikes)
    with pytest.raises(GatecontrolError, match="0 spikes were kept, but the table .* has 2"):
        write(tree, tmp_path / "results.nc")
    assert list(tmp_path.iterdir()) == []


def test_without_kept_spikes_there_is_no_group(tree):
    assert "spikes" not in tree.children
    assert kept_spikes(tree, "scs", 1, "on") == {}
