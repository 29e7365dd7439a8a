"""Points: order, completeness, independence of names, controls, axes and resolved files."""

import json

import pytest

from gatecontrol.errors import ExperimentError, GatecontrolError
from gatecontrol.experiment.load import load, shipped_experiments
from gatecontrol.experiment.schema import Experiment
from gatecontrol.experiment.sweep import axes, points

BASE = """\
schema: 1
name: sweep
stimuli:
  - {kind: pinch, onset: 0.2 s, duration: 2 s}
device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}
run: {duration: 4 s, device_on: 1 s, device_off: 3 s}
seeds: 2
"""


@pytest.fixture
def laid(tmp_path):
    def loaded(text, name="e.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return load(path)

    return loaded


def test_order_is_arms_then_axes_then_seeds(laid):
    text = BASE + (
        "arms: {b: {}, a: {}}\n"
        + "sweep: {device.frequency: [20 Hz, 10 Hz], device.pulse_width: [100 us, 200 us]}\n"
    )
    found = points(laid(text))
    assert [p.index for p in found] == list(range(16))
    assert [(p.arm, *p.axes.values(), p.seed) for p in found[:5]] == [
        ("b", "20 Hz", "100 us", 1),
        ("b", "20 Hz", "100 us", 2),
        ("b", "20 Hz", "200 us", 1),
        ("b", "20 Hz", "200 us", 2),
        ("b", "10 Hz", "100 us", 1),
    ]
    assert found[8].arm == "a"
    assert list(found[0].axes) == ["device_frequency", "device_pulse_width"]


def test_trials_are_plain_and_complete(laid):
    trial = points(laid(BASE))[0].trial
    assert json.loads(json.dumps(trial)) == trial
    assert set(trial) == {
        "preparation", "circuit", "stimuli", "device", "run", "epochs", "measures", "seed",
    }  # fmt: skip
    assert trial["run"] == {"duration": 4.0, "dt": 1e-4, "device_on": 1.0, "device_off": 3.0}
    assert trial["circuit"] == {"name": "gate", "conditions": [], "set": {}}
    assert trial["epochs"] is None
    assert trial["measures"] == []
    from gatecontrol.plugins import load_plugin

    for group, section in (("devices", trial["device"]), ("stimuli", trial["stimuli"][0])):
        declared = load_plugin(group, section["kind"]).parameters
        given = {p.name for p in declared if p.default is not None}
        assert given <= set(section)
        load_plugin(group, section["kind"]).from_config(section)
    assert type(trial["device"]["pulses_per_burst"]) is int


def test_trials_do_not_know_names_and_texts(laid):
    plain = points(laid(BASE))
    told = points(
        laid(
            BASE.replace("name: sweep", "name: other\nquestion: why?\nlook_for: this")
            + "arms: {x: {label: An arm}}\nrecord: {spikes: all}\nallow_out_of_range: [run.dt]\n"
        )
    )
    assert [p.trial for p in plain] == [p.trial for p in told]


def test_always_taken_measures_make_no_difference(laid):
    volleys = BASE.replace("kind: pinch, onset: 0.2 s, duration: 2 s", "kind: volley, count: 3")
    plain = points(laid(volleys + "measures: [windup]\n"))
    listed = points(laid(volleys + "measures: [pain_signal, windup]\n"))
    assert [p.trial for p in plain] == [p.trial for p in listed]
    assert plain[0].trial["measures"] == [{"kind": "windup"}]


def test_control_is_the_same_trial_without_device(laid):
    for point in points(laid(BASE)):
        assert point.trial["device"] is not None
        assert point.control == point.trial | {"device": None}


def test_control_may_be_an_arm(laid):
    text = BASE + (
        "control: quiet\narms: {loud: {}, quiet: {stimuli: []}}\n"
        + "sweep: {device.frequency: [20 Hz, 10 Hz]}\n"
    )
    found = points(laid(text))
    by_place = {(p.arm, p.axes["device_frequency"], p.seed): p for p in found}
    for (_, value, seed), point in by_place.items():
        assert point.control == by_place["quiet", value, seed].trial


def test_points_keep_their_dictionaries(laid):
    """Plans identify trials by identity, so a point must not make new ones."""
    point = points(laid(BASE))[0]
    assert point.trial is point.trial
    assert point.control is point.control


def test_axes_have_numbers_and_units(laid):
    text = BASE + (
        "sweep:\n"
        + "  device.amplitude: [50 %PT, 100 %PT]\n"
        + "  run.dt: [0.1 ms, 50 us]\n"
        + "  device.pulses_per_burst: [2, 3]\n"
        + "  circuit.conditions: [[], [injured], [injured, gaba_a_block]]\n"
        + "  preparation: [human, rat]\n"
    )
    found = {a.name: a for a in axes(laid(text))}
    assert found["device_amplitude"].numbers == (50.0, 100.0)
    assert found["device_amplitude"].unit == "%PT"
    assert found["run_dt"].numbers == (1e-4, 50e-6)
    assert found["run_dt"].unit == "s"
    assert found["run_dt"].values == ("0.1 ms", "50 us")
    assert found["device_pulses_per_burst"].numbers == (2.0, 3.0)
    assert found["circuit_conditions"].values == ("none", "injured", "injured+gaba_a_block")
    assert found["circuit_conditions"].numbers is None
    assert found["preparation"].path == "preparation"


def test_axes_of_mixed_kinds_have_no_numbers(laid):
    (axis,) = axes(laid(BASE + "sweep: {device.amplitude: [50 %PT, 1 mA]}\n"))
    assert axis.numbers is None
    assert axis.values == ("50 %PT", "1 mA")


def test_zip_is_one_axis(laid):
    text = BASE + (
        "sweep:\n  zip: {device.frequency: [20 Hz, 10 Hz], run.device_off: [2 s, 3 s]}\n"
    )
    experiment = laid(text)
    (axis,) = axes(experiment)
    assert (axis.name, axis.values, axis.numbers) == (
        "device_frequency", ("20 Hz", "10 Hz"), (20.0, 10.0),
    )  # fmt: skip
    got = [
        (p.trial["device"]["frequency"], p.trial["run"]["device_off"]) for p in points(experiment)
    ]
    assert got == [("20 Hz", 2.0)] * 2 + [("10 Hz", 3.0)] * 2


def test_zip_whose_first_values_repeat_is_told_apart(laid):
    text = BASE + (
        "sweep:\n  zip: {device.frequency: [20 Hz, 20 Hz], device.pulse_width: [1 ms, 0.2 ms]}\n"
    )
    (axis,) = axes(laid(text))
    assert axis.values == ("20 Hz, 1 ms", "20 Hz, 0.2 ms")


def test_list_is_one_axis_of_cases(laid):
    text = BASE + (
        "sweep:\n  list: [{device.frequency: 4 Hz, device.pulse_width: 1 ms}, "
        + "{device.frequency: 40 Hz}, {device: none}]\n"
    )
    with pytest.raises(ExperimentError, match=r"E050.*swept already"):
        laid(text)  # a whole device and a part of it at once
    experiment = laid(text.replace(", {device: none}", ""))
    (axis,) = axes(experiment)
    assert axis.name == "case"
    assert axis.values == ("frequency 4 Hz, pulse_width 1 ms", "frequency 40 Hz")
    assert points(experiment)[2].trial["device"]["pulse_width"] == "300 us"


def test_whole_devices_may_be_swept(laid):
    text = BASE + "sweep: {device: [none, {kind: drg}, {kind: tens, frequency: 2 Hz}]}\n"
    kinds = [p.trial["device"] and p.trial["device"]["kind"] for p in points(laid(text))[::2]]
    assert kinds == [None, "drg", "tens"]


def test_arms_without_device_are_not_swept(laid):
    text = BASE + "arms: {on: {}, off: {device: none}}\nsweep: {device.frequency: [2 Hz, 3 Hz]}\n"
    found = points(laid(text))
    off = [p.trial for p in found if p.arm == "off" and p.seed == 1]
    assert off[0] == off[1]
    assert len(found) == 8


def test_combinations_are_checked_before_any_point(laid):
    text = BASE.replace("kind: scs", "kind: scs, limits: laboratory") + (
        "sweep:\n  device.pulse_width: [200 us, 2 ms]\n  device.frequency: [50 Hz, 600 Hz]\n"
    )
    with pytest.raises(ExperimentError) as caught:
        laid(text)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.line) == ("E035", "sweep.device.frequency[1]", 10)
    assert problem.message.startswith("with 2 ms, 600 Hz, device.pulse_width: ")


def test_combinations_beyond_those_checked_while_loading(laid, monkeypatch):
    from gatecontrol.experiment import load as module

    monkeypatch.setattr(module, "_MOST_COMBINATIONS", 1)
    text = BASE.replace("kind: scs", "kind: scs, limits: laboratory") + (
        "sweep:\n  device.pulse_width: [200 us, 2 ms]\n  device.frequency: [50 Hz, 600 Hz]\n"
    )
    experiment = laid(text)
    with pytest.raises(ExperimentError, match="E035"):
        points(experiment)


def test_circuit_and_stimulus_files(laid, tmp_path):
    from gatecontrol.circuits import gate

    (tmp_path / "mine.yaml").write_text(gate().read_text(encoding="utf-8"), encoding="utf-8")
    text = BASE.replace("stimuli:", "circuit: {file: mine.yaml}\nstimuli:")
    circuit = points(laid(text))[0].trial["circuit"]
    assert circuit["file"] == str((tmp_path / "mine.yaml").resolve())
    assert len(circuit["sha256"]) == 64


def test_an_experiment_made_by_hand_has_no_points():
    experiment = Experiment(schema_version=1, name="hand", run={"duration": "1 s"})
    with pytest.raises(GatecontrolError, match=r"gatecontrol\.load"):
        points(experiment)
    with pytest.raises(GatecontrolError, match=r"gatecontrol\.load"):
        experiment.resolved()


def same_points(one, other):
    return [(p.arm, p.axes, p.seed, p.trial, p.control) for p in points(one)] == [
        (p.arm, p.axes, p.seed, p.trial, p.control) for p in points(other)
    ]


@pytest.mark.parametrize("name", sorted(shipped_experiments()))
def test_resolved_file_of_shipped_experiments(name, tmp_path):
    experiment = load(name)
    path = tmp_path / "experiment.yaml"
    path.write_text(experiment.resolved(), encoding="utf-8")
    again = load(path)
    assert same_points(experiment, again)
    assert again.resolved() == experiment.resolved()
    for field in ("name", "question", "look_for", "seeds", "measures", "control", "record"):
        assert getattr(again, field) == getattr(experiment, field)


@pytest.mark.parametrize(
    "more",
    [
        "",
        "arms: {a: {label: 'x: y # z', device: {kind: drg}}, b: {device: none}}\n",
        "arms: {a: {circuit: gate}, b: {circuit: {conditions: [injured]}}}\n",
        "sweep: {device.kind: [scs, drg]}\n",
        "sweep: {list: [{device.frequency: 4 Hz}, {device.frequency: 5 Hz, run.dt: 50 us}]}\n",
        "sweep:\n  zip: {run.dt: [0.1 ms, 20 us], device.ramp: [0 s, 1 s]}\n"
        + "  preparation: [rat, cat]\n",
        "sweep: {circuit.set.receptors.gaba_a.reversal: [-60 mV, -70 mV]}\nseeds: [5, 3]\n",
        "circuit: {scale: {'*.weights.gaba_a': 0.5}}\n"
        + "arms: {a: {circuit: {scale: {'*.weights.gaba_a': 0}}}, b: {}}\n"
        + "sweep: {'circuit.scale.pathways.*.weights.gaba_a': [0, 0.25, 1]}\n",
        'question: "quotes \\" and \\u0001 and\\nlines   "\nepochs: {during: [1 s, 2 s]}\n',
        "allow_out_of_range: [device.ramp]\nmeasures: [afferents]\nrecord: {spikes: none}\n",
        "question: true\n",
    ],
)
def test_resolved_file_is_the_same_experiment(laid, tmp_path, more):
    text = BASE.replace("seeds: 2\n", "") if "seeds" in more else BASE
    if "question: true" in more:
        more = "question: 'true'\nlook_for: '1e3'\n"
    experiment = laid(text + more)
    again = laid(experiment.resolved(), "again.yaml")
    assert same_points(experiment, again)
    for field in ("name", "question", "look_for", "seeds", "measures", "control", "record"):
        assert getattr(again, field) == getattr(experiment, field)
    assert {k: a.label for k, a in again.arms.items()} == {
        k: a.label for k, a in experiment.arms.items()
    }


def test_factors_of_base_arm_and_sweep_meet_by_pattern(laid):
    experiment = laid(
        BASE
        + "circuit: {scale: {pathways.*.weights.gaba_a: 0.5}}\n"
        + "arms: {a: {}, b: {circuit: {scale: {pathways.*.weights.gaba_a: 0}}},\n"
        + "  c: {circuit: {scale: {pathways.*.weights.glycine: 2}}}}\n"
        + "sweep: {circuit.scale.backgrounds.*.rate: [1, 1.5]}\n"
    )
    (axis,) = axes(experiment)
    assert axis.name == "circuit_scale_backgrounds_rate"
    gaba, glycine, rate = (
        "pathways.*.weights.gaba_a", "pathways.*.weights.glycine", "backgrounds.*.rate",
    )  # fmt: skip
    found = {p.arm: p.trial["circuit"]["scale"] for p in points(experiment)}  # of the last value
    assert found == {
        "a": {gaba: 0.5, rate: 1.5},
        "b": {gaba: 0.0, rate: 1.5},
        "c": {gaba: 0.5, glycine: 2.0, rate: 1.5},
    }


def test_what_only_the_sweep_gives(laid, tmp_path):
    text = "schema: 1\nrun: {}\nsweep: {run.duration: [1 s, 2 s], epochs.during: [[0 s, 1 s]]}\n"
    experiment = laid(text)
    assert experiment.run.duration == "1 s"
    assert [p.trial["run"]["duration"] for p in points(experiment)] == [1.0, 2.0]
    assert same_points(experiment, laid(experiment.resolved(), "again.yaml"))


def test_the_run_may_come_from_the_command_line(tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text("schema: 1\n", encoding="utf-8")
    assert points(load(path, ["run={duration: 1 s}"]))[0].trial["run"]["duration"] == 1.0
    with pytest.raises(ExperimentError, match=r"run\.duration: missing key"):
        load(path, ["run.dt=0.1 ms"])


def test_resolved_file_holds_the_command_line(tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text(BASE + "sweep: {device.frequency: [20 Hz, 10 Hz]}\n", encoding="utf-8")
    experiment = load(path, ["device.frequency=7 Hz", "seeds=1", "stimuli[0].onset=0.5 s"])
    again = tmp_path / "again.yaml"
    again.write_text(experiment.resolved(), encoding="utf-8")
    assert same_points(experiment, load(again))
    assert points(load(again))[0].trial["device"]["frequency"] == "7 Hz"
