"""Loading: where faults are reported, warnings, and fake plug-ins."""

import pytest
from made_experiments import BASE, first

from gatecontrol import plugins as registry
from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.draws import natural_drive
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points
from gatecontrol.experiment.trial import circuit_of
from gatecontrol.plugins import REQUIRED, Parameter


def problems(path, overrides=(), **more):
    with pytest.raises(ExperimentError) as caught:
        load(path, overrides, **more)
    return [(p.code, p.path, p.line) for p in caught.value.problems]


# Where faults are reported ------------------------------------------------------------------
def test_a_fault_of_the_base_is_reported_once_for_all_arms(write):
    text = BASE.replace("50 Hz", "50") + "arms: {a: {}, b: {device: {amplitude: 1 mA}}, c: {}}\n"
    assert problems(write(text)) == [("E021", "device.frequency", 4)]


def test_a_fault_of_an_arm_is_reported_there(write):
    text = BASE + "arms:\n  a: {device: {frequency: 5}}\n  b: {device: {pulse_width: fast}}\n"
    assert problems(write(text)) == [
        ("E021", "arms.a.device.frequency", 7),
        ("E023", "arms.b.device.pulse_width", 8),
    ]


def test_a_fault_that_no_arm_uses_is_reported(write):
    text = BASE.replace("120 %PT", "120") + "arms: {a: {device: {kind: drg}}, b: {device: none}}\n"
    assert problems(write(text)) == [("E021", "device.amplitude", 4)]


def test_a_base_may_be_completed_by_its_arms(write):
    text = BASE.replace("  - {kind: pinch, onset: 0.2 s, duration: 2 s}", "  []")
    text += "arms: {a: {stimuli: [{kind: brush, onset: 1 s, duration: 1 s}]}}\n"
    assert load(write(text)).warnings == ()


def test_a_value_from_the_sweep_may_be_missing_elsewhere(write, fake):
    text = (
        "schema: 1\nrun: {duration: 4 s, device_on: 1 s, device_off: 3 s}\ndevice: {kind: fake}\n"
    )
    assert problems(write(text)) == [("E002", "device.dose", 3)]
    assert len(points(load(write(text + "sweep: {device.dose: [1 mA, 2 mA]}\n")))) == 2


def test_ranges_may_be_lifted_but_not_signs(write):
    text = BASE.replace("0.2 s", "2 s").replace("frequency: 50 Hz", "ramp: 20 min")
    assert problems(write(text)) == [("E033", "device.ramp", 4)]
    lifted = text + "allow_out_of_range: [device.ramp]\n"
    assert load(write(lifted)).allow_out_of_range == ("device.ramp",)
    assert points(load(write(lifted)))[0].trial["device"]["ramp"] == "20 min"
    assert problems(write(lifted.replace("20 min", "-20 min"))) == [("E030", "device.ramp", 4)]
    unneeded = load(write(lifted.replace("20 min", "1 s")))
    assert [w.code for w in unneeded.warnings] == ["W004"]
    # The longest run protects the machine; it cannot be lifted.
    long = BASE.replace("duration: 4 s", "duration: 2 h") + "allow_out_of_range: [run.duration]\n"
    assert ("E033", "run.duration", 5) in problems(write(long))


def test_warnings_are_kept_and_strict_makes_them_errors(write):
    text = BASE.replace("duration: 2 s", "duration: 20 s")
    (warning,) = load(write(text)).warnings
    assert (warning.code, warning.path, warning.line) == ("W002", "stimuli[0]", 3)
    assert problems(write(text), strict=True) == [("W002", "stimuli[0]", 3)]
    text = BASE.replace("device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}\n", "")
    (warning,) = load(write(text)).warnings
    assert (warning.code, warning.path) == ("W001", "run.device_on")


REPLAY = """\
schema: 1
circuit: {name: gate, conditions: [injured]}
stimuli: [{kind: spike_file, file: c.csv}]
run: {duration: 1 s}
"""


def test_spikes_from_a_file_beside_those_of_a_condition_are_a_warning(write):
    write("fibre,time_s\n0,0.5\n", "c.csv")
    (warning,) = load(write(REPLAY)).warnings
    assert (warning.code, warning.path, warning.line) == ("W005", "stimuli[0].file", 3)
    assert "adds the stimulus 'injury' to the spikes of this file" in warning.message
    assert not load(write(REPLAY.replace("[injured]", "[]"))).warnings
    both = load(write(REPLAY.replace("[injured]", "[injured], condition_stimuli: add")))
    alone = load(write(REPLAY.replace("[injured]", "[injured], condition_stimuli: none")))
    assert not both.warnings
    assert not alone.warnings
    trials = [points(one)[0].trial for one in (both, alone)]
    assert [len(circuit_of(trial).stimuli) for trial in trials] == [1, 0]
    number = [circuit_of(trial).cells["projection_neuron"].parameters["bias"] for trial in trials]
    assert number[0] == number[1]  # the condition itself acts in both
    assert [len(natural_drive(trial).time) > 1 for trial in trials] == [True, False]
    # Who does not say it has the trial, and its stored result, of before the key was there.
    assert "condition_stimuli" not in first(write(REPLAY))["circuit"]


def test_a_train_beyond_the_run_is_a_warning(write):
    text = "schema: 1\nrun: {duration: 5 s}\nstimuli:\n  - {kind: volley, rate: 1 Hz, count: 16}\n"
    (warning,) = load(write(text)).warnings
    assert warning.message == "the stimulus lasts until 15.2 s, but the run ends at 5 s"


def test_circuit_file_with_faults(write):
    write("schema: 1\nname: mine\n", "mine.yaml")
    found = problems(write("schema: 1\ncircuit: {file: mine.yaml}\nrun: {duration: 1 s}\n"))
    assert found
    assert all(code == "E002" for code, _, _ in found)


# Strangers ----------------------------------------------------------------------------------
class Fake:
    """A device of another package, with a check that may fail."""

    parameters = (
        Parameter("dose", "current", REQUIRED, "How much.", minimum="0 mA", maximum="10 mA"),
        Parameter("mode", "choice", "soft", "How.", choices=("soft", "hard")),
        Parameter("share", "number", 0.5, "Which part.", minimum=0.0, maximum=1.0),
    )

    @classmethod
    def check(cls, config):
        if config.get("mode") == "hard" and config.get("dose") == "9 mA":
            return [("dose", "E040", "too much for mode hard", "mode: soft")]
        if config.get("dose") == "3 mA":
            raise RuntimeError("a fault of its own")
        return [("mode", "W040", "hard is hard", "")] if config.get("mode") == "hard" else []


@pytest.fixture
def fake(monkeypatch):
    """Register `Fake` as the device ``fake``."""
    from gatecontrol.experiment import paths, sections

    real, loaded = registry.plugins, registry.load_plugin
    known = lambda group: {**real(group), "fake": None} if group == "devices" else real(group)  # noqa: E731
    get = lambda group, name: Fake if name == "fake" else loaded(group, name)  # noqa: E731
    for module in (sections, paths):
        monkeypatch.setattr(module, "plugins", known)
    monkeypatch.setattr(sections, "load_plugin", get)


FAKE = (
    "schema: 1\nrun: {duration: 4 s, device_on: 1 s, device_off: 3 s}\ndevice: {kind: fake, %s}\n"
)


@pytest.mark.parametrize(
    ("inside", "found"),
    [
        ("dose: 1 mA, mode: firm", [("E012", "device.mode", 3)]),
        ("dose: 11 mA", [("E033", "device.dose", 3)]),
        ("dose: -1 mA", [("E030", "device.dose", 3)]),
        ("share: 0.5", [("E002", "device.dose", 3)]),
        ("dse: 1 mA", [("E001", "device.dse", 3)]),
        ("dose: 1 mA, share: 1 mA", [("E023", "device.share", 3)]),
        ("dose: 1 mA, name: x", [("E001", "device.name", 3)]),
        ("dose: 9 mA, mode: hard", [("E040", "device.dose", 3)]),
        ("dose: 3 mA", [("E012", "device", 3)]),
        ("dose: 3 mA, share: 2", [("E033", "device.share", 3)]),
    ],
)
def test_a_strangers_declaration_is_enough(write, fake, inside, found):
    assert problems(write(FAKE % inside)) == found


def test_a_strangers_warning_is_kept(write, fake):
    (warning,) = load(write(FAKE % "dose: 1 mA, mode: hard")).warnings
    assert str(warning).startswith("e.yaml:3:40: warning[W040]: device.mode: hard is hard")


def test_a_default_is_part_of_the_trial(write, fake):
    assert first(write(FAKE % "dose: 1 mA"))["device"] == {
        "kind": "fake",
        "dose": "1 mA",
        "mode": "soft",
        "share": 0.5,
    }


def test_a_plugin_that_cannot_be_loaded(write, monkeypatch):
    from gatecontrol.experiment import sections

    def broken(group, name):
        raise registry.PluginError("the device 'scs' (x:Y) cannot be loaded: ImportError: no x")

    monkeypatch.setattr(sections, "load_plugin", broken)
    found = problems(write(BASE))
    assert ("E012", "device.kind", 4) in found
