"""Results as sessions, Neo and NWB: nothing is lost, and it says what it is."""

import dataclasses
import sys

import numpy as np
import pytest
from made_records import EXPERIMENT, RUN

from gatecontrol.analysis.interop.kept import sessions
from gatecontrol.analysis.interop.session import stems
from gatecontrol.analysis.results import Results, kept_spikes
from gatecontrol.errors import GatecontrolError, UsageError
from gatecontrol.files import Patient


def same_spikes(train, size, neuron, time):
    assert train.size == size
    np.testing.assert_array_equal(train.neuron, neuron)
    np.testing.assert_array_equal(train.time, time)


def test_all_that_was_kept_becomes_a_session(results, compared):
    found = sessions(results)
    assert [(s.arm, s.seed, s.device_state) for s in found] == [
        (arm, 1, state) for arm in ("scs", "tens", "dbs") for state in ("on", "off")
    ]
    assert found[0].label == "SCS 50 Hz tonic"
    assert found[0].name == "scs, seed 1, device on"
    for one in found:
        kept = kept_spikes(compared, one.arm, one.seed, one.device_state)
        assert [train.population for train in one.trains] == list(kept)
        for train in one.trains:
            same_spikes(train, *kept[train.population])


def test_a_session_says_who_fired_and_when_things_happened(results):
    on, off = sessions(results, "tens", 1)
    assert (on.duration, on.evoked, on.device_on) == (9.0, (1.5, 8.8), (2.5, 7.7))
    assert on.epochs == {"before": (1.5, 2.5), "during": (2.5, 7.7), "after": (7.7, 9.0)}
    assert off.device_on is None
    assert (on.facts["device"], off.facts["device"]) == ("tens", "none")
    assert on.facts["preparation"] == "human"
    kinds = {train.population: (train.kind, train.fibre_class, train.role) for train in on.trains}
    assert kinds["abeta_surround"] == ("afferent", "abeta", "surround")
    assert kinds["projection_deep"] == ("projection", "", "")


def test_stimuli_are_those_of_the_arm(results):
    pinch, mine = sessions(results, "scs")[0].stimuli
    assert (pinch.name, pinch.time, pinch.duration) == ("pinch", 0.2, 3.0)
    assert (mine.name, mine.time) == ("mine", 1.0)
    assert np.isnan(mine.duration)
    assert [s.name for s in sessions(results, "tens")[0].stimuli] == ["brush"]


@pytest.mark.parametrize(
    ("sweep", "known"),
    [
        ("{device.frequency: [1 Hz, 2 Hz]}", True),
        ('{"stimuli[0].strength": [50 %, 100 %]}', True),
        ('{"stimuli[0].onset": [1 s, 2 s]}', False),
        ('{zip: {device.frequency: [1 Hz, 2 Hz], "stimuli[1].duration": [1 s, 2 s]}}', False),
        ("{list: [{stimuli: []}, {device.frequency: 1 Hz}]}", False),
    ],
)
def test_stimuli_that_a_sweep_moves_are_not_known(results, sweep, known):
    moved = dataclasses.replace(results, experiment=EXPERIMENT + f"sweep: {sweep}\n")
    assert (sessions(moved, "scs")[0].stimuli is not None) == known


def test_without_the_experiment_stimuli_are_not_known(results):
    assert sessions(dataclasses.replace(results, experiment=""))[0].stimuli is None


def test_a_control_that_is_an_arm_has_that_arms_device_and_stimuli(results, compared):
    tree = compared.copy()
    tree.attrs = compared.attrs | {"control": "tens"}
    off = sessions(dataclasses.replace(results, tree=tree), "scs", device_state="off")[0]
    assert off.facts["device"] == "tens"
    assert off.device_on == (2.5, 7.7)
    assert [s.name for s in off.stimuli] == ["brush"]


def test_a_point_is_chosen_by_the_values_as_written(swept_results, swept_kept):
    (one,) = sessions(swept_results, "dbs", 1, {"device_frequency": "50 Hz"}, "on")
    assert one.name == "dbs, device_frequency 50 Hz, seed 1, device on"
    kept = kept_spikes(swept_kept, "dbs", 1, "on", '{"device_frequency": "50 Hz"}')
    same_spikes(one.trains[3], *kept["c"])
    assert len(sessions(swept_results, "dbs")) == 4


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"arm": "sca"}, r"no arm 'sca' .* there are: scs, dbs\. Did you mean 'scs'\?"),
        ({"seed": 9}, r"no seed '9' in these results; there are: 1, 2\."),
        ({"seed": 2}, r"no spikes were kept .* of seed 1\); .*`record: \{spikes: all\}`"),
        ({"point": {"amplitude": "1 mA"}}, r"no sweep axis 'amplitude' .*: device_frequency\."),
        ({"point": {"device_frequency": "5 Hz"}}, r"no value of device_frequency '5 Hz' .* 50 Hz"),
        ({"device_state": "0"}, r"no state of the device '0' .*; there are: on, off\."),
    ],
)
def test_what_is_not_there_is_said(swept_results, asked, text):
    with pytest.raises(GatecontrolError, match=text):
        sessions(swept_results, **asked)


def test_without_kept_spikes_it_says_how_to_keep_them(swept, tmp_path):
    with pytest.raises(GatecontrolError, match=r"hold no spikes: .*`record: \{spikes: all\}`"):
        Results(swept, tmp_path).to_neo()


def test_file_names_differ(swept_results):
    found = sessions(swept_results, "scs")
    assert stems(found)[:2] == ["scs_10-Hz_seed1_on", "scs_10-Hz_seed1_off"]
    assert stems([found[0], found[0]])[1] == "scs_10-Hz_seed1_on_2"


def test_neo_has_every_spike_of_every_cell(results, compared):
    block = results.to_neo("scs")
    assert [segment.name for segment in block.segments] == [
        "scs, seed 1, device on",
        "scs, seed 1, device off",
    ]
    assert "Not a pain score" in block.description
    for segment in block.segments:
        kept = kept_spikes(compared, "scs", 1, segment.annotations["device_state"])
        for population, (size, neuron, time) in kept.items():
            trains = [t for t in segment.spiketrains if t.annotations["population"] == population]
            assert [t.annotations["neuron"] for t in trains] == list(range(size))
            for number, train in enumerate(trains):
                assert train.dimensionality.string == "s"
                assert (train.t_start, train.t_stop) == (0.0, 9.0)
                np.testing.assert_array_equal(train.magnitude, time[neuron == number])


def test_neo_says_what_it_is(results):
    block = results.to_neo("tens", 1, device_state="on")
    (segment,) = block.segments
    assert segment.annotations == {
        "arm": "tens", "seed": 1, "device_state": "on", "label": segment.annotations["label"],
        "preparation": "human", "circuit": "gate", "conditions": "injured", "device": "tens",
    }  # fmt: skip
    first, last = segment.spiketrains[0].annotations, segment.spiketrains[-1].annotations
    assert (first["population"], first["fibre_class"], first["role"]) == (
        "abeta_centre", "abeta", "centre",
    )  # fmt: skip
    assert (first["kind"], last["kind"]) == ("afferent", "projection")
    assert "fibre_class" not in last
    epochs = {epoch.name: epoch for epoch in segment.epochs}
    assert list(epochs) == ["epochs", "evoked window", "device on"]
    assert epochs["epochs"].labels.tolist() == ["before", "during", "after"]
    assert epochs["epochs"].times.magnitude.tolist() == [1.5, 2.5, 7.7]
    # stop - start in floating point
    assert epochs["device on"].durations.magnitude == pytest.approx([5.2], abs=1e-12)
    (event,) = segment.events
    assert (event.name, event.labels.tolist(), event.times.magnitude.tolist()) == (
        "stimuli", ["brush"], [2.0],
    )  # fmt: skip
    assert len(block.groups) == 10
    assert len(block.groups[0].spiketrains) == 60


def test_neo_without_known_stimuli_has_no_event(results):
    block = dataclasses.replace(results, experiment="").to_neo("scs", 1)
    assert [len(segment.events) for segment in block.segments] == [0, 0]


@pytest.fixture
def nwb(results, tmp_path):
    """An NWB file of one session, read back."""
    import pynwb

    path = results.to_nwb(tmp_path / "deep" / "tens.nwb", "tens", 1)
    assert pynwb.validate(path=path) == []
    assert [p.name for p in path.parent.iterdir()] == ["tens.nwb"]
    with pynwb.NWBHDF5IO(path, "r") as source:
        yield source.read()


def test_nwb_has_every_spike_of_every_cell(nwb, compared):
    table = nwb.units.to_dataframe()
    kept = kept_spikes(compared, "tens", 1, "on")
    assert list(dict.fromkeys(table.population)) == list(kept)
    for population, (size, neuron, time) in kept.items():
        mine = table[table.population == population]
        assert mine.neuron.tolist() == list(range(size))
        for number, spikes in zip(mine.neuron, mine.spike_times, strict=True):
            np.testing.assert_array_equal(spikes, time[neuron == number])
    assert nwb.electrodes is None
    assert table.fibre_class[0] == "abeta"
    assert table.kind.iloc[-1] == "projection"
    assert np.array_equal(table.obs_intervals[7], [[0.0, 9.0]])


def test_nwb_says_when_and_what(nwb):
    epochs = nwb.epochs.to_dataframe()
    assert [tags[0] for tags in epochs.tags] == ["before", "during", "after"]
    assert epochs.start_time.tolist() == [1.5, 2.5, 7.7]
    assert epochs.stop_time.tolist() == [2.5, 7.7, 9.0]
    assert nwb.intervals["device_on"].stop_time[0] == 7.7
    assert nwb.intervals["evoked_window"].start_time[0] == 1.5
    stimuli = nwb.intervals["stimuli"].to_dataframe()
    assert stimuli.iloc[0].tolist() == [2.0, 3.0, "brush"]
    assert "simulation" in nwb.keywords[:]
    assert nwb.session_description.startswith("Simulation, not a recording: tens, seed 1")
    assert "no animal and no person" in nwb.subject.description
    assert nwb.subject.species == "none (simulated; preparation: human)"
    assert EXPERIMENT in nwb.notes
    assert "numpy 2.3.5" in nwb.notes
    assert nwb.session_start_time.isoformat() == RUN["finished"]
    assert nwb.experiment_description == "Which arm suppresses <b>most</b>?"


def test_nwb_identifiers_depend_on_the_session_only(results, nwb, tmp_path):
    import pynwb

    seen = [nwb.identifier]
    for state in ("on", "off"):
        path = results.to_nwb(tmp_path / "again.nwb", "tens", 1, device_state=state)
        with pynwb.NWBHDF5IO(path, "r") as source:
            seen.append(source.read().identifier)
    assert seen[0] == seen[1] != seen[2]


def test_an_nwb_file_holds_one_session(swept_results, tmp_path):
    text = r"2 sessions fit, .*: choose by device_frequency: 10 Hz, 50 Hz \(a sweep axis by point="
    with pytest.raises(UsageError, match=text):
        swept_results.to_nwb(tmp_path / "x.nwb", "scs", 1)
    assert list(tmp_path.iterdir()) == []


def test_nwb_needs_the_record_of_the_run(compared, tmp_path):
    with pytest.raises(GatecontrolError, match=r"no run\.json in .*open the whole results folder"):
        Results(compared, tmp_path).to_nwb(tmp_path / "x.nwb", "scs", 1)


def test_a_full_disk_leaves_the_older_nwb_file(results, tmp_path, monkeypatch):
    def full(stream, data):
        stream.failure = OSError(28, "No space left on device")
        return len(data)

    path = tmp_path / "x.nwb"
    path.write_bytes(b"older")
    monkeypatch.setattr(Patient, "write", full)
    with pytest.raises(OSError, match="No space left on device"):
        results.to_nwb(path, "scs", 1)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["neo", "pynwb"])
def test_a_missing_extra_is_named(results, tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    text = rf"this needs {name}, which is not installed; pip install 'gatecontrol\[interop\]'"
    with pytest.raises(GatecontrolError, match=text):
        _ = results.to_neo("scs") if name == "neo" else results.to_nwb(tmp_path / "x", "scs", 1)
