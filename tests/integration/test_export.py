"""Results that leave and come back: files of the command line, and spikes that are replayed."""

import numpy as np
import pytest

from gatecontrol.analysis.results import kept_spikes, open_results

NAIVE = ("circuit={name: gate}", "record.spikes=all", "seeds=1")
AFFERENTS = ("abeta_centre", "abeta_surround", "adelta", "c", "descending")


def test_export_writes_tables_and_says_where(command, finished, tmp_path):
    folder = finished[0].folder / "results" / "small"
    done = command("export", folder, "--out", "tables", "--arm", "weak")
    assert (done.code, done.out) == (0, "tables\n"), done.err
    names = {path.name for path in (tmp_path / "tables").iterdir()}
    assert {"per_seed.csv", "pooled.csv", "doses.csv", "columns.csv"} <= names
    assert "spikes.csv" not in names


def test_export_writes_an_nwb_file_per_kept_session(command, finished, tmp_path):
    folder = finished[0].folder / "results" / "small"
    done = command("export", folder, "--format", "nwb", "--out", "nwb", "--arm", "weak")
    assert done.code == 0, done.err
    names = sorted(path.name for path in (tmp_path / "nwb").iterdir())
    assert names == ["weak_seed1_off.nwb", "weak_seed1_on.nwb"]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--arm", "weka"], 2, "no arm 'weka' in these results; .* Did you mean 'weak'"),
        (["--format", "nwb", "--seed", "2"], 1, "no spikes were kept of what was asked for"),
        (["--format", "nwb", "--spikes"], 2, "only says what csv writes"),
        (["--format", "nix"], 2, "'nix'"),
    ],
)
def test_export_says_what_is_wrong(command, finished, arguments, code, text):
    import re

    done = command("export", finished[0].folder / "results" / "small", *arguments)
    assert done.code == code
    assert re.search(text, done.err)
    assert "Traceback" not in done.err


def test_export_of_no_results_is_an_error(command):
    done = command("export", "nowhere")
    assert done.code == 1
    assert "no results at nowhere" in done.err


def test_replayed_spikes_arrive_as_they_did(carry, small):
    first = open_results(carry(*NAIVE).folder)
    *_, section = first.to_spike_files(small.parent, "scs_tonic", 1)
    again = small.parent / "again.yaml"
    again.write_text(
        "schema: 1\npreparation: rat\ncircuit: {name: gate}\nrun: {duration: 0.8 s}\n"
        + "record: {spikes: all}\nseeds: 1\narms: {replay: {}}\n"
        + section.read_text()
    )
    second = open_results(carry(file="again.yaml").folder)
    was = kept_spikes(first.tree, "scs_tonic", 1, "on")
    now = kept_spikes(second.tree, "replay", 1, "on")
    assert was.keys() == now.keys()
    for name, (size, neuron, time) in was.items():
        # the same afferent spikes, fibres, connections and background: so the same cells fire
        assert now[name][0] == size
        np.testing.assert_array_equal(now[name][1], neuron, name)
        np.testing.assert_array_equal(now[name][2], time, name)
    assert sum(len(was[name][2]) for name in AFFERENTS) > 1000
