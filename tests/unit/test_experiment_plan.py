"""Keys, plan, cost and progress: what decides what is computed, and what is said."""

import io
import re

import pytest

from gatecontrol import simulation
from gatecontrol.experiment import estimate, progress, trial
from gatecontrol.experiment.estimate import Cost, CostError, guard
from gatecontrol.experiment.load import load
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.prepare import prepare_engine

TEXT = """\
schema: 1
name: keys
preparation: rat
stimuli: [{kind: pinch, duration: 1 s}]
run: {duration: 2 s, device_on: 0.5 s, device_off: 1.5 s}
arms:
  a: {device: {kind: scs, amplitude: 1 mA}}
  b: {device: {kind: drg, amplitude: 1 mA}}
seeds: 2
"""


@pytest.fixture
def plan_of(tmp_path):
    def make(text=TEXT, *overrides, backend="numpy"):
        path = tmp_path / "keys.yaml"
        path.write_text(text)
        return make_plan(load(path, overrides), backend)

    return make


def keys(plan):
    return [task.key for task in plan.tasks]


def test_arms_share_their_controls(plan_of):
    plan = plan_of()
    assert [t.label for t in plan.tasks] == [
        "a, seed 1",
        "a, seed 1 (control)",
        "a, seed 2",
        "a, seed 2 (control)",
        "b, seed 1",
        "b, seed 2",
    ]
    assert {plan.key(p.control) for p in plan.points} == {keys(plan)[1], keys(plan)[3]}
    assert [t.keeps_spikes for t in plan.tasks] == [True, True, False, False, True, False]


def test_an_arm_without_a_device_is_its_own_control(plan_of):
    plan = plan_of(TEXT + "", "arms.b.device=none")
    assert [t.label for t in plan.tasks] == ["a, seed 1", "b, seed 1", "a, seed 2", "b, seed 2"]
    point = plan.points[2]
    assert plan.key(point.trial) == plan.key(point.control)


def test_a_missing_compiler_is_announced_once(plan_of, monkeypatch):
    monkeypatch.setattr(simulation, "find_compiler", lambda: None)
    monkeypatch.setattr(simulation.runtime, "cython_works", lambda: False)
    two = TEXT.replace("b: {", "b: {circuit: {conditions: [injured]}, ")
    said = io.StringIO()
    prepare_engine(plan_of(two).tasks, "auto", progress.Lines(said))
    lines = [line for line in said.getvalue().splitlines() if not line.startswith("...")]
    assert lines == ["no C++ compiler found: running on Brian2's numpy runtime, which is slower"]


def test_keys_do_not_depend_on_names_labels_or_order(plan_of):
    plan = plan_of()
    other = plan_of(
        TEXT
        .replace("name: keys", "name: other\nquestion: Why?")
        .replace("a: {device", "z: {label: Z, device")
        .replace("seeds: 2", "seeds: [2, 1]"),
    )
    assert set(keys(plan)) == set(keys(other))
    assert keys(plan) != keys(other)


@pytest.mark.parametrize(
    "change",
    [
        "stimuli[0].duration=1.1 s",
        "run.duration=2.1 s",
        "run.dt=0.05 ms",
        "run.device_off=1.4 s",
        "preparation=cat",
        "circuit.conditions=[injured]",
        "circuit.set.receptors.gaba_a.reversal=-60 mV",
        "circuit.scale.pathways.*.weights.gaba_a=0.25",
        "seeds=[7, 8]",
        "measures=[cell_rates]",
    ],
)
def test_whatever_changes_a_result_changes_its_key(plan_of, change):
    if change == "circuit.conditions=[injured]":
        other = plan_of(TEXT.replace("stimuli:", "circuit: {conditions: [injured]}\nstimuli:"))
    else:
        other = plan_of(TEXT, change)
    assert not set(keys(plan_of())) & set(keys(other))


def test_an_experiment_without_factors_says_nothing_of_them(plan_of):
    """Else the trials of every experiment would have other keys than they had."""
    plain = [p.trial["circuit"] for p in plan_of().points]
    assert all(set(circuit) == {"name", "conditions", "set"} for circuit in plain)
    assert keys(plan_of(TEXT, "circuit.scale={}")) == keys(plan_of())


def test_a_device_s_value_changes_its_own_trials_only(plan_of):
    before, after = plan_of(), plan_of(TEXT, "arms.a.device.amplitude=2 mA")
    changed = [t.label for t in after.tasks if t.key not in keys(before)]
    assert changed == ["a, seed 1", "a, seed 2"]


def test_the_engine_and_the_code_are_in_the_key(plan_of, monkeypatch):
    plan = plan_of()
    assert not set(keys(plan)) & set(keys(plan_of(backend="cython")))
    monkeypatch.setattr(trial, "environment_digest", lambda: "another version")
    assert not set(keys(plan)) & set(keys(plan_of()))


def test_the_code_s_digest_covers_the_lower_rooms(monkeypatch):
    read = set()
    digest = trial._digest

    def spy(*parts):
        read.update(p for p in parts if isinstance(p, str))
        return digest(*parts)

    monkeypatch.setattr(trial, "_digest", spy)
    trial.environment_digest.cache_clear()
    found = trial.environment_digest()
    trial.environment_digest.cache_clear()
    for name in ("fibres/merge.py", "circuits/gate.yaml", "preparations/rat.yaml", "seeds.py"):
        assert name in read
    assert not any(name.startswith(("cli/", "analysis/figures")) for name in read)
    monkeypatch.undo()
    assert trial.environment_digest() == found


def test_a_file_that_a_stimulus_reads_is_in_the_key(plan_of, tmp_path):
    spikes = tmp_path / "spikes.csv"
    spikes.write_text("fibre,time\n0,0.5\n")
    text = TEXT.replace("{kind: pinch, duration: 1 s}", "{kind: spike_file, file: spikes.csv}")
    before = keys(plan_of(text))
    assert before == keys(plan_of(text))
    spikes.write_text("fibre,time\n0,0.25\n")
    assert not set(before) & set(keys(plan_of(text)))


def test_a_plug_in_of_another_package_is_in_the_key(plan_of, monkeypatch):
    before = keys(plan_of())
    monkeypatch.setattr(trial, "_plugin_digest", lambda group, name: f"{group} {name} v2")
    assert not set(before) & set(keys(plan_of()))


@pytest.mark.parametrize(
    ("cost", "text"),
    [
        (Cost(5, 7200, 0, 0), "2.0 h of CPU time (limit 1 h)"),
        (Cost(5, 0, 3e9, 0), "3.0 GB of memory (limit 2 GB)"),
        (Cost(5, 0, 0, 6e9), "6.0 GB of disk (limit 5 GB)"),
    ],
)
def test_a_large_run_needs_the_user_s_word(cost, text):
    with pytest.raises(CostError, match=re.escape(text)) as caught:
        guard(cost, yes=False, again="gatecontrol run x")
    assert "agree to it: gatecontrol run x --yes" in str(caught.value)
    guard(cost, yes=True, again="")
    guard(Cost(5, 3600, 2e9, 5e9), yes=False, again="")


def test_costs_add_up():
    one, other = Cost(1, 10, 5, 3), Cost(2, 20, 4, 6)
    assert one + other == Cost(3, 30, 5, 9)


def test_the_estimate_grows_with_what_it_pays_for():
    from gatecontrol.circuits import load_circuit

    gate = load_circuit("gate")
    base = estimate.estimate(10, 1.0, gate, workers=1)
    assert estimate.estimate(20, 1.0, gate, workers=1).cpu == pytest.approx(2 * base.cpu)
    assert estimate.estimate(10, 10.0, gate, workers=1).cpu > 2 * base.cpu
    assert estimate.estimate(10, 1.0, gate, workers=2).memory > base.memory
    assert estimate.estimate(10, 1.0, gate, workers=1, kept=10).disk > base.disk
    assert estimate.estimate(10, 1.0, gate, workers=1, backend="numpy").cpu > 3 * base.cpu


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (59.7, "60 s"), (600, "10 min"), (7200, "2.0 h")]
)
def test_a_time_span_in_words(seconds, text):
    assert progress.duration_text(seconds) == text


def test_lines_tell_count_rate_and_time_left(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    lines = progress.Lines(stream, interval=5)
    lines.start(10, 4)
    for _ in range(3):
        now[0] += 2
        lines.advance()
    now[0] += 4
    lines.tick()
    now[0] += 5.5
    lines.tick()
    for _ in range(3):
        now[0] += 0.1
        lines.advance()
    lines.stop()
    assert stream.getvalue().splitlines() == [
        "7 of 10 points (70 %), 0.5 points/s, about 6 s left",
        "7 of 10 points (70 %), 0.15 points/s, about 20 s left",
        "10 of 10 points (100 %)",
    ]


def test_nothing_is_silent_for_long():
    from gatecontrol.experiment.prepare import Patience

    said = []

    class Say(progress.Silent):
        def say(self, text):
            said.append(text)

    with Patience(Say(), "compiling", interval=0.02):
        progress.time.sleep(0.15)
    assert len(said) >= 2
    assert said[0].startswith("... compiling (")
