"""A trial: what reaches the dorsal horn, and what makes two trials the same."""

from pathlib import Path

import numpy as np
import pytest

from gatecontrol.experiment import trial
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points
from gatecontrol.experiment.trial import drive_of, trial_key

TEXT = """\
schema: 1
name: one
preparation: human
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 50 ms, duration: 5 s}
run: {duration: 2 s, device_on: 0.9 s, device_off: 1.95 s}
arms:
  on: {device: {kind: scs, frequency: 50 Hz, amplitude: 200 %PT}}
  zero: {device: {kind: scs, frequency: 50 Hz, amplitude: 0 mA}}
seeds: 1
"""


@pytest.fixture
def both(tmp_path):
    (tmp_path / "one.yaml").write_text(TEXT)
    return points(load(tmp_path / "one.yaml"))


def test_nothing_arrives_after_the_end_of_the_run(both):
    drive = drive_of(both[0].trial)
    assert 1.95 < drive.time.max() < 2.0


def test_zero_amplitude_is_the_control_to_the_last_bit(both):
    zero, control = drive_of(both[1].trial), drive_of(both[1].control)
    for name in ("fibre", "time", "origin", "start"):
        assert np.array_equal(getattr(zero, name), getattr(control, name))


def test_arms_share_fibres_and_natural_spikes_before_the_device(both):
    on, control = drive_of(both[0].trial), drive_of(both[0].control)
    assert np.array_equal(on.fibres.diameter, control.fibres.diameter)
    early = [d.time[d.time < 0.9] for d in (on, control)]
    assert np.array_equal(*early)
    assert len(on.time) > len(control.time)


def test_a_spike_file_is_found_beside_the_experiment_and_its_content_counts(tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "trains.csv").write_text("fibre,time\n0,0.1\n1,0.2\n")
    pinch = "{kind: pinch, onset: 50 ms, duration: 5 s}"
    text = TEXT.replace(pinch, "{kind: spike_file, file: trains.csv, fibre_class: c, onset: 0 s}")
    (folder / "one.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    first = points(load(folder / "one.yaml"))[1].trial
    assert len(drive_of(first).time) > 0
    before = trial_key(first, "standalone")
    (folder / "trains.csv").write_text("fibre,time\n0,0.1\n1,0.3\n")
    again = points(load(folder / "one.yaml"))[1].trial
    assert trial_key(again, "standalone") != before


def test_every_source_of_the_engine_is_in_the_digest():
    folder = Path(trial.__file__).parents[1] / "simulation"
    found = {p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    assert found == set(trial._sources(folder))


def test_a_portable_build_has_results_of_its_own(both, monkeypatch):
    point = both[0].trial
    monkeypatch.delenv("GATECONTROL_PORTABLE", raising=False)
    native = [trial_key(point, backend) for backend in ("standalone", "numpy")]
    monkeypatch.setenv("GATECONTROL_PORTABLE", "1")
    portable = [trial_key(point, backend) for backend in ("standalone", "numpy")]
    assert native[0] != portable[0]
    assert native[1] == portable[1]
