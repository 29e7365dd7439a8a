"""Results as tables and spike files: nothing is lost, and they read back as the same."""

import dataclasses
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gatecontrol.analysis.interop.kept import sessions
from gatecontrol.analysis.interop.spike_files import write_spike_files
from gatecontrol.analysis.results import kept_spikes
from gatecontrol.circuits import load_circuit
from gatecontrol.errors import GatecontrolError, UsageError
from gatecontrol.fibres.population import draw_fibres
from gatecontrol.preparations import load_preparation
from gatecontrol.stimuli import spike_table
from gatecontrol.stimuli.spike_file import SpikeFile
from gatecontrol.yamlfile import read_yaml

POPULATIONS = ["abeta_centre", "abeta_surround", "adelta", "c", "descending"]


def read(path):
    """Return a CSV file with numbers read exactly: pandas before 3 may be off by one bit."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for name in table:
        with suppress(ValueError):
            table[name] = [float(cell) if cell else np.nan for cell in table[name]]
    return table


def test_spikes_as_a_long_table(swept_results, swept_kept):
    table = swept_results.spikes("scs", device_state="on")
    assert list(table.columns) == [
        *("population", "neuron", "time_s", "arm", "seed", "device_state", "device_frequency"),
    ]
    mine = table[(table.device_frequency == "10 Hz") & (table.population == "c")]
    _, neuron, time = kept_spikes(swept_kept, "scs", 1, "on")["c"]
    np.testing.assert_array_equal(mine.neuron, neuron)
    np.testing.assert_array_equal(mine.time_s, time)
    assert (table.seed == 1).all()
    assert isinstance(table.population.dtype, pd.CategoricalDtype)


def test_a_tidy_table_has_a_row_per_arm_point_seed_and_epoch(swept_results, swept_kept):
    table = swept_results.to_pandas("suppression", "amplitude")
    assert list(table.columns) == [
        *("arm", "label", "device_frequency", "device_frequency_text", "seed", "epoch"),
        *("suppression", "amplitude"),
    ]
    assert len(table) == 2 * 2 * 2 * 3
    row = table.iloc[7]
    there = swept_kept.to_dataset().sel(
        arm=row.arm, device_frequency=row.device_frequency, seed=row.seed, epoch=row.epoch
    )
    assert (row.suppression, row.amplitude) == (there.suppression, there.amplitude)
    assert table.attrs["units"]["device_frequency"] == "Hz"
    assert table.attrs["units"]["amplitude"] == "A"
    assert table.attrs["long_name"]["amplitude"] == "Stimulation amplitude"


def test_a_tidy_table_of_everything_has_what_there_is_per_seed_and_epoch(results):
    table = results.to_pandas()
    assert {"pain_signal", "pain_signal_off", "suppression", "status"} <= set(table.columns)
    assert not {"suppression_pooled", "amplitude", "rate"} & set(table.columns)
    assert len(table) == 3 * 8 * 3


def test_tables_that_would_be_products_are_refused(results):
    text = "'rate' runs along population and 'recruited' along fibre_class: ask for them in two"
    with pytest.raises(UsageError, match=text):
        results.to_pandas("rate", "recruited")


@pytest.mark.parametrize(
    ("names", "group", "text"),
    [
        (["supression"], "", "no variable 'supression' in the results. Did you mean 'suppression'"),
        ([], "nothing", "no group 'nothing' of tables in these results; there is: contrasts"),
    ],
)
def test_a_table_that_is_not_there_is_said(results, names, group, text):
    with pytest.raises(UsageError, match=text):
        results.to_pandas(*names, group=group)


@pytest.fixture
def grouped(swept_results):
    """Results with a group of their own along a dimension of its own."""
    tree = swept_results.tree.copy()
    values = xr.Dataset(
        {
            "difference": (("contrast", "epoch"), np.arange(6.0).reshape(2, 3), {"units": "1"}),
            "family": ((), 7, {"units": "1"}),
        },
        {"contrast": ["scs - dbs", "dbs - scs"]},
    )
    tree["contrasts"] = xr.DataTree(values)
    return dataclasses.replace(swept_results, tree=tree)


def test_groups_are_tables_too(grouped, tmp_path):
    table = grouped.to_pandas(group="contrasts")
    assert list(table.columns) == ["contrast", "epoch", "difference"]
    assert table.epoch.tolist()[:3] == ["before", "during", "after"]
    grouped.to_csv(tmp_path)
    back = read(tmp_path / "contrasts_by_contrast_epoch.csv")
    assert back.difference.tolist() == list(range(6))
    assert read(tmp_path / "contrasts.csv").family.tolist() == [7]


def test_csv_files_hold_every_variable_and_read_back_as_the_same(swept_results, tmp_path):
    written = swept_results.to_csv(tmp_path / "csv")
    groups = tuple(swept_results.tree.children)
    written = [p for p in written if not p.name.startswith(groups)]  # the root's tables
    assert [p.name for p in written] == [
        "per_seed.csv", "per_seed_by_population.csv", "per_seed_by_fibre_class.csv",
        "pooled.csv", "per_seed_whole_run_by_fibre_class.csv", "doses.csv", "columns.csv",
    ]  # fmt: skip
    tables = {p.stem: read(p) for p in written}
    for name, variable in swept_results.data.data_vars.items():
        (home,) = [t for s, t in tables.items() if name in t.columns and s != "columns"]
        dims = list(variable.dims)
        back = home.set_index(dims)[name].to_xarray().reindex_like(variable)
        if variable.dtype.kind in "OU":
            np.testing.assert_array_equal(back.fillna("").astype(str), variable.astype(str))
        else:
            np.testing.assert_array_equal(back, variable)
    legend = tables["columns"]
    legend = legend[~legend.file.str.startswith(groups)]
    assert set(legend.file) == {p.name for p in written[:-1]}
    assert (legend != "").all().all()
    amplitude = legend[legend.column == "amplitude"].iloc[0]
    assert amplitude.tolist() == ["doses.csv", "amplitude", "A", "Stimulation amplitude"]


def test_csv_files_of_one_arm_and_seed_and_their_spikes(results, compared, tmp_path):
    results.to_csv(tmp_path, "tens", 1, spikes=True)
    table = read(tmp_path / "per_seed.csv")
    assert (set(table.arm), set(table.seed)) == ({"tens"}, {1})
    spikes = read(tmp_path / "spikes.csv")
    mine = spikes[(spikes.population == "c") & (spikes.device_state == "off")]
    np.testing.assert_array_equal(mine.time_s, kept_spikes(compared, "tens", 1, "off")["c"][2])
    legend = read(tmp_path / "columns.csv").set_index(["file", "column"])
    assert legend.loc[("spikes.csv", "time_s"), "units"] == "s"
    with pytest.raises(UsageError, match="no arm 'tns' .* Did you mean 'tens'"):
        results.to_csv(tmp_path, "tns")
    with pytest.raises(UsageError, match="no seed '0' in these results"):
        results.to_csv(tmp_path, seed=0)


def test_spike_files_give_the_stimulus_the_same_spikes(results, compared, tmp_path):
    *files, section = results.to_spike_files(tmp_path, "scs", 1)
    body = load_preparation("human")
    fibres = draw_fibres(load_circuit("gate").afferents.values(), body, 1)
    kept = kept_spikes(compared, "scs", 1, "on")
    config = read_yaml(section).data["stimuli"]
    assert [tmp_path / one["file"] for one in config] == files
    for name, one in zip(POPULATIONS, config, strict=True):
        stimulus = SpikeFile.from_config(one | {"file": str(tmp_path / one["file"])})
        drive = stimulus.spikes(fibres, body, 1, "replay")
        rows = np.flatnonzero(fibres.afferent == name)
        _, neuron, time = kept[name]
        np.testing.assert_array_equal(drive.time, time)
        np.testing.assert_array_equal(drive.fibre - rows[0], neuron)


def test_afferents_of_one_class_and_field_share_a_file(results, tmp_path):
    one = sessions(results, "scs", 1, device_state="on")[0]
    first = dataclasses.replace(
        one.trains[0], size=2, neuron=np.array([1, 0], dtype=np.int32), time=np.array([0.1, 0.3])
    )
    twin = dataclasses.replace(first, population="more", time=np.array([0.2, 0.4]))
    write_spike_files(dataclasses.replace(one, trains=(first, twin)), tmp_path)
    fibre, time = spike_table.read_spikes(tmp_path / "abeta_centre.csv")
    assert fibre.tolist() == [1, 3, 0, 2]
    assert time.tolist() == [0.1, 0.2, 0.3, 0.4]


def test_more_spikes_than_the_stimulus_reads_are_refused(results, tmp_path, monkeypatch):
    monkeypatch.setattr("gatecontrol.analysis.interop.spike_files.MAX_SPIKES", 10)
    with pytest.raises(GatecontrolError, match="spikes of abeta, centre: a spike file has at most"):
        results.to_spike_files(tmp_path, "scs", 1)
    assert list(tmp_path.iterdir()) == []


def test_spikes_of_an_unknown_circuit_are_no_stimulus(results, compared, tmp_path):
    tree = compared.copy()
    tree.attrs = compared.attrs | {"circuit": "{}"}
    unknown = dataclasses.replace(results, tree=tree)
    assert {t.kind for t in sessions(unknown)[0].trains} == {"unknown"}
    with pytest.raises(GatecontrolError, match="does not name its afferents"):
        unknown.to_spike_files(tmp_path, "scs", 1)
