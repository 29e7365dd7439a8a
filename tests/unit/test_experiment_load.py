"""Loading: precedence, changes by --set, and what it costs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from counted_calls import calls_of_process
from made_experiments import BASE, first

from gatecontrol.errors import ExperimentError
from gatecontrol.experiment.load import load
from gatecontrol.experiment.sweep import points


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
    # 12.2 times when this was written, most of it YAML
    assert calls_of_process(one) < 15 * calls_of_process("import pydantic, ruamel.yaml")
