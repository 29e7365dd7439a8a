"""Results as a file: how it is written, what can be read back, and kept spikes."""

from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import xarray as xr
from made_results import build, experiment, key

from gatecontrol.analysis.results import kept_spikes, open_results, write
from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.kept import spike_trains


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
