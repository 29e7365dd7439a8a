"""Loading: precedence, where faults are reported, warnings, and fake plug-ins."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from counted_calls import calls_of_process

from gatecontrol import plugins as registry
from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.draws import natural_drive
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points
from gatecontrol.experiment.trial import circuit_of
from gatecontrol.plugins import REQUIRED, Parameter

BASE = """\
schema: 1
stimuli:
  - {kind: pinch, onset: 0.2 s, duration: 2 s}
device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}
run: {duration: 4 s, device_on: 1 s, device_off: 3 s}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(text, name="e.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return written


def problems(path, overrides=(), **more):
    with pytest.raises(ExperimentError) as caught:
        load(path, overrides, **more)
    return [(p.code, p.path, p.line) for p in caught.value.problems]


def first(path, overrides=()):
    return points(load(path, overrides))[0].trial


# Reading ------------------------------------------------------------------------------------
def test_defaults(write):
    experiment = load(write("schema: 1\nrun: {duration: 1 s}\n", "My Test.yaml"))
    assert experiment.name == "my-test"
    assert experiment.preparation == "human"
    assert experiment.circuit.name == "gate"
    assert experiment.stimuli == ()
    assert experiment.device is None
    assert experiment.control == "device_off"
    assert experiment.seeds == (1,)
    assert experiment.record.spikes == "first_seed"
    assert experiment.run.dt == "0.1 ms"
    assert experiment.path.name == "My Test.yaml"
    assert experiment.warnings == ()


def test_it_cannot_be_changed(write):
    experiment = load(write(BASE))
    with pytest.raises(ValueError, match="frozen"):
        experiment.name = "other"


def test_seeds(write):
    for text, seeds in (
        ("3", (1, 2, 3)),
        ("[7, 5]", (7, 5)),
        ("{first: 100, count: 2}", (100, 101)),
        ("{count: 2}", (1, 2)),
    ):
        assert load(write(f"{BASE}seeds: {text}\n")).seeds == seeds


CIRCUITS = Path(__file__).parents[1] / "data" / "circuits"


def test_a_stimulus_may_not_be_a_copy_of_one_that_a_condition_adds(write):
    circuit = f"circuit: {{file: {CIRCUITS / 'tiny.yaml'}, conditions: [injured]}}\n"
    plain = BASE.replace("kind: pinch", "kind: ectopic") + circuit
    with pytest.raises(ExperimentError, match="condition of the circuit adds a stimulus called"):
        load(write(plain))
    load(write(plain.replace("kind: ectopic", "kind: ectopic, name: mine")))


def test_stimuli_that_a_condition_adds_are_checked(write, tmp_path):
    text = (CIRCUITS / "tiny.yaml").read_text(encoding="utf-8")
    (tmp_path / "own.yaml").write_text(text.replace("{kind: ectopic}", "{kind: ectopik}"))
    plain = BASE + "circuit: {file: own.yaml, conditions: [naive]}\n"
    load(write(plain))
    with pytest.raises(ExperimentError, match=r"own\.yaml: .*no stimulus plug-in 'ectopik'"):
        load(write(plain.replace("naive", "injured")))


# Precedence: defaults < file < arm < sweep < --set ------------------------------------------
def test_precedence(write):
    arm = "arms: {a: {device: {frequency: 20 Hz}}}\n"
    sweep = "sweep: {device.frequency: [30 Hz, 31 Hz]}\n"
    override = ["device.frequency=40 Hz"]
    device = "device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}"
    plain = BASE.replace(device, "device: {kind: scs, amplitude: 120 %PT}")
    assert first(write(plain))["device"]["frequency"] == "50 Hz"  # the default of SCS
    assert first(write(BASE.replace("50 Hz", "10 Hz")))["device"]["frequency"] == "10 Hz"
    assert first(write(BASE + arm))["device"]["frequency"] == "20 Hz"
    assert first(write(BASE + arm + sweep))["device"]["frequency"] == "30 Hz"
    path = write(BASE + arm + sweep)
    assert first(path, override)["device"]["frequency"] == "40 Hz"
    assert len(points(load(path, override))) == 1
    assert [w.code for w in load(path, override).warnings] == ["W003"]


def test_arms_merge(write):
    text = BASE.replace("stimuli", "circuit: {name: gate, conditions: [injured]}\nstimuli") + (
        "arms:\n"
        + "  same: {}\n"
        + "  slower: {device: {frequency: 10 Hz}}\n"
        + "  other: {device: {kind: tens}}\n"
        + "  off: {device: none}\n"
        + "  intact: {circuit: gate}\n"
        + "  blocked: {circuit: {conditions: [gaba_a_block]}}\n"
        + "  changed: {circuit: {set: {receptors.gaba_a.reversal: -60 mV}}}\n"
        + "  rat: {preparation: rat}\n"
        + "  quiet: {stimuli: []}\n"
    )
    trials = {p.arm: p.trial for p in points(load(write(text)))}
    base = trials["same"]
    assert base["device"]["frequency"] == "50 Hz"
    assert trials["slower"]["device"] == base["device"] | {"frequency": "10 Hz"}
    assert trials["other"]["device"]["kind"] == "tens"
    assert trials["other"]["device"]["amplitude"] != "120 %PT"  # nothing of the SCS is left
    assert trials["off"]["device"] is None
    assert trials["intact"]["circuit"]["conditions"] == []
    assert trials["blocked"]["circuit"]["conditions"] == ["gaba_a_block"]
    changed = {"receptors.gaba_a.reversal": "-60 mV"}
    assert trials["changed"]["circuit"] == base["circuit"] | {"set": changed}
    assert trials["rat"] == base | {"preparation": "rat"}
    assert trials["quiet"]["stimuli"] == []


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


# --set --------------------------------------------------------------------------------------
def test_override_text(write):
    with pytest.raises(ExperimentError) as caught:
        load(write(BASE), ["seeds=2", "device.frequency=20"])
    assert str(caught.value) == (
        "--set:2:18: error[E021]: device.frequency: 20 has no unit; a frequency is needed.\n"
        + "  device.frequency=20\n"
        + "                   ^\n"
        + "  help: did you mean 20 Hz?"
    )


@pytest.mark.parametrize(
    ("override", "code", "message"),
    [
        ("device.freqency=20Hz", "E001", "no such parameter. Did you mean 'device.frequency'?"),
        ("devise.frequency=20Hz", "E001", "unknown section. Did you mean 'device'?"),
        ("schema=1", "E001", "unknown section."),
        ("device.frequency", "E003", "is not of the form path=value"),
        ("=3", "E003", "is not of the form path=value"),
        ("seeds=[1", "E003", "the list opened with '[' is not closed"),
        ("seeds=", "E023", "no value is given"),
        ("stimuli[3].onset=1 s", "E001", "no such parameter. Did you mean 'stimuli[0].onset'?"),
        ("arms.x.device=none", "E010", "no arm named 'x'."),
        ("seeds[0]=3", "E001", "there is nothing at 'seeds' to set this in"),
        ("run.duration=-1 s", "E030", "must be > 0, got -1 s"),
        ("device=scs", "E020", "a mapping with a 'kind' is needed, got 'scs'"),
        ("circuit.conditions=injured", "E020", "a list is needed, got 'injured'"),
        ("control=arm", "E010", "no arm named 'arm'."),
        ("name=../../etc", "E023", "'../../etc': a name is lower-case letters, digits, - and _"),
    ],
)
def test_override_faults(write, override, code, message):
    with pytest.raises(ExperimentError) as caught:
        load(write(BASE), [override])
    found = [p for p in caught.value.problems if p.file == "--set"]
    assert [(p.code, p.message) for p in found] == [(code, message)]


def test_overrides_reach_every_section(write):
    text = BASE + "arms: {a: {}, b: {device: {kind: drg}}}\nsweep: {run.dt: [0.1 ms, 0.05 ms]}\n"
    experiment = load(
        write(text),
        [
            "name=other",
            "seeds=[4]",
            "question=why: not",
            "preparation=rat",
            "circuit.conditions=[injured]",
            "circuit.set.receptors.gaba_a.reversal=-60 mV",
            "stimuli[0].onset=0.3 s",
            "device.frequency=11 Hz",
            "arms.a.label=First",
            "sweep.run.dt=[0.02 ms]",
        ],
    )
    assert (experiment.name, experiment.seeds, experiment.question) == ("other", (4,), "why: not")
    laid = points(experiment)
    assert [(p.arm, p.seed, p.axes) for p in laid] == [
        ("a", 4, {"run_dt": "0.02 ms"}),
        ("b", 4, {"run_dt": "0.02 ms"}),
    ]
    for point in laid:
        trial = point.trial
        assert trial["preparation"] == "rat"
        assert trial["circuit"]["conditions"] == ["injured"]
        assert trial["circuit"]["set"] == {"receptors.gaba_a.reversal": "-60 mV"}
        assert trial["stimuli"][0]["onset"] == "0.3 s"
        assert trial["device"]["frequency"] == "11 Hz"
    assert experiment.arms["a"].label == "First"


def test_override_removes_the_device(write):
    assert first(write(BASE), ["device=none"])["device"] is None


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


# Cost ---------------------------------------------------------------------------------------
def test_light_and_quick():
    """A fresh process checks the largest shipped file without the heavy packages."""
    one = "from gatecontrol.experiment.load import load; load('compare_targets')"
    code = (
        f"import sys, json; {one}\n"
        + "heavy = {'brian2', 'xarray', 'scipy', 'numba', 'matplotlib', 'seaborn', 'pandas'}\n"
        + "print(json.dumps(sorted(heavy & set(sys.modules))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
    # twelve times when this was written, most of it YAML; each heavy package would add as much
    assert calls_of_process(one) < 18 * calls_of_process("import pydantic, ruamel.yaml")
