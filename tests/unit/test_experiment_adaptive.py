"""Adaptive seeds: the rule, its arithmetic and its words."""

import math
from collections import namedtuple

import pytest

from gatecontrol.errors import UsageError
from gatecontrol.experiment.adaptive import Batch, Stopping, batches, next_count
from gatecontrol.experiment.estimate import headline
from gatecontrol.experiment.load import load
from gatecontrol.experiment.plan import Plan, make_plan
from gatecontrol.experiment.prepare import sureness
from gatecontrol.experiment.replicates import AdaptiveSeeds
from gatecontrol.experiment.runner import carry_out
from gatecontrol.experiment.shards import Shard

TEXT = """\
schema: 1
name: adaptive
stimuli:
  - {kind: pinch, onset: 0.2 s, duration: 2 s}
run: {duration: 4 s, device_on: 1 s, device_off: 3 s}
arms:
  scs: {device: {kind: scs, frequency: 50 Hz, amplitude: 120 %PT}}
  nothing: {}
sweep: {run.dt: [0.1 ms, 50 us]}
seeds: {until: 0.02, min: 10, max: 45, first: 7}
"""


@pytest.fixture
def experiment(tmp_path):
    path = tmp_path / "e.yaml"
    path.write_text(TEXT)
    return load(path)


def test_the_seeds_are_all_that_there_may_be(experiment):
    rule = experiment.seeds
    assert rule == AdaptiveSeeds(0.02, 10, 45, 7)
    assert len(rule) == 45
    assert (rule[0], rule[-1], list(rule)[:3], list(rule[:2])) == (7, 51, [7, 8, 9], [7, 8])


@pytest.mark.parametrize(
    ("seeds", "rule"),
    [
        ("{until: 0.02}", AdaptiveSeeds(0.02, 10, 200, 1)),
        ("{until: 0.5, min: 300}", AdaptiveSeeds(0.5, 300, 300, 1)),
        ("{until: 1e-3, max: 10}", AdaptiveSeeds(0.001, 10, 10, 1)),
    ],
)
def test_what_is_left_out_has_a_default(tmp_path, seeds, rule):
    path = tmp_path / "e.yaml"
    path.write_text(TEXT.replace("{until: 0.02, min: 10, max: 45, first: 7}", seeds))
    assert load(path).seeds == rule


def test_the_headline_says_that_it_is_the_most(experiment):
    assert headline(experiment) == (
        "adaptive: 2 arms x 2 run_dt x 10 to 45 seeds (until +/- 2 percentage points) = "
        + "at most 180 points"
    )
    assert sureness(experiment) == "at most"


def test_the_resolved_file_keeps_the_rule(experiment, tmp_path):
    text = experiment.resolved()
    assert "seeds: {until: 0.02, min: 10, max: 45, first: 7}\n" in text
    path = tmp_path / "again.yaml"
    path.write_text(text)
    assert load(path).seeds == experiment.seeds


def test_set_reaches_the_rule(tmp_path, experiment):
    again = load(experiment.path, ["seeds.until=0.05", "seeds.max=20"])
    assert again.seeds == AdaptiveSeeds(0.05, 10, 20, 7)
    assert load(experiment.path, ["seeds=3"]).seeds == (1, 2, 3)


RULE = AdaptiveSeeds(0.02, 10, 200)


@pytest.mark.parametrize(
    ("seeds", "width", "count"),
    [
        (10, 0.0201, 15),  # 10.1 seeds are wanted: the next multiple of five
        (20, 0.0201, 25),
        (10, 0.024, 15),  # 14.4
        (20, 0.025, 35),  # 31.25
        (20, 0.028, 40),  # 39.2
        (20, 0.2, 40),  # 2000: at most as many again
        (20, math.inf, 40),
        (160, 0.03, 200),  # never more than max
        (12, 0.0205, 15),
    ],
)
def test_the_next_batch_follows_the_width(seeds, width, count):
    assert next_count(RULE, seeds, width) == count


def test_there_is_always_progress():
    for seeds in range(5, 200):
        for width in (0.02000001, 0.021, 0.03, 1.0):
            after = next_count(RULE, seeds, width)
            assert seeds < after <= min(2 * seeds, 200)


Pair = namedtuple("Pair", "arm seed trial control axes")


class Journal:
    """Signals of trials, and which were asked for."""

    def __init__(self, signal):
        self.signal, self.read = signal, []

    def load(self, key, *, spikes):
        assert not spikes
        self.read.append(key)
        return {"measures": {"pain_signal": [1.0, self.signal(*key.split()), None]}}


class Points(Plan):
    """A plan of made-up points."""

    def key(self, trial):
        return trial


def plan_of(rule, arms=("weak", "strong", "none")):
    from gatecontrol.experiment.executor import Task
    from gatecontrol.experiment.sweep import Point

    laid = [
        Point(0, arm, {}, seed, f"{arm if arm != 'none' else 'off'} {seed}", f"off {seed}")
        for arm in arms
        for seed in rule
    ]
    keys = dict.fromkeys(k for p in laid for k in (p.trial, p.control))
    return Points(laid, (), tuple(Task(k, k, {}) for k in keys), "", {})


def course(rule, signal):
    journal, computed, said = Journal(signal), [], []
    part, stopping = batches(
        rule, plan_of(rule), journal, lambda tasks: computed.append(len(tasks)), said.append
    )
    return part, stopping, journal, computed, said


def noisy(arm, seed):
    """Return a signal whose spread differs between the arms."""
    spread = {"off": 0.0, "weak": 0.02, "strong": 0.05}[arm]
    return 1.0 - {"off": 0.0, "weak": 0.1, "strong": 0.3}[arm] + spread * math.sin(7.0 * int(seed))


def test_batches_go_on_until_the_widest_interval_is_narrow_enough():
    rule = AdaptiveSeeds(0.013, 5, 100)
    part, stopping, journal, computed, said = course(rule, noisy)
    counts = [b.seeds for b in stopping.seen]
    assert counts[0] == 5
    assert counts == sorted(counts)
    assert stopping.reached
    assert stopping.warning() == ""
    assert all(b.widest == "strong" for b in stopping.seen)
    assert stopping.seen[-1].width <= 0.013 < stopping.seen[-2].width
    # every arm has the same seeds: two arms and the control, which 'none' is itself
    assert computed == [3 * n for n in counts]
    assert len(part.points) == 3 * counts[-1]
    assert [p.index for p in part.points] == list(range(len(part.points)))
    assert len(part.tasks) == 3 * counts[-1]
    # each signal is read once
    assert len(journal.read) == len(set(journal.read)) == 3 * counts[-1]
    assert said[0] == "batch 1: seeds 1 to 5 (at most 100)"
    assert said[1].startswith("5 seeds: the widest 95 % interval is +/- ")
    assert said[1].endswith(" percentage points (strong); asked for: 1.3")


def test_the_course_is_the_same_however_often_it_is_worked_out():
    rule = AdaptiveSeeds(0.013, 5, 100)
    assert course(rule, noisy)[1] == course(rule, noisy)[1]


def test_what_is_not_reached_is_said_with_the_arms():
    rule = AdaptiveSeeds(0.01, 10, 20)
    _, stopping, *_ = course(rule, noisy)
    assert not stopping.reached
    words = stopping.warning()
    assert words.startswith(
        "the 95 % interval is still wider than +/- 1 percentage points after 20 seeds, the most "
        + "allowed: strong ("
    )
    assert "seeds would do (seeds.max)" in words
    record = stopping.record()
    assert record["rule"] == {"until": 0.01, "min": 10, "max": 20, "first": 1}
    assert record["seeds"] == 20
    assert record["reached"] is False
    assert list(record["wider"]) == ["strong"]
    assert record["batches"][-1]["half_width"] == stopping.seen[-1].width
    assert record["warning"] == words


def test_an_arm_without_an_interval_counts_as_wider():
    def silent(arm, seed):
        return 0.0 if arm in {"off", "weak"} else 1.0

    rule = AdaptiveSeeds(0.1, 5, 20)
    _, stopping, _, _, said = course(rule, silent)
    assert [b.seeds for b in stopping.seen] == [5, 10, 20]
    assert said[1] == "5 seeds: there is no 95 % interval yet (weak)"
    assert stopping.warning() == (
        "the 95 % interval is still wider than +/- 10 percentage points after 20 seeds, the most "
        + "allowed: weak (no interval), strong (no interval)"
    )
    assert stopping.record()["batches"][0]["half_width"] is None


def test_where_nothing_is_compared_the_least_is_enough():
    rule = AdaptiveSeeds(0.1, 5, 20)
    journal = Journal(noisy)
    said = []
    part, stopping = batches(
        rule, plan_of(rule, ("none",)), journal, lambda tasks: None, said.append
    )
    assert [b.seeds for b in stopping.seen] == [5]
    assert said[-1] == "5 seeds: no arm differs from its control"
    assert journal.read == []


def test_many_arms_are_not_all_named():
    wider = {f"arm{n}": 0.03 for n in range(8)}
    course = Stopping(RULE, [Batch(200, 0.03, "arm0", wider)])
    assert "arm4 (3) and 3 more; about 450 seeds would do" in course.warning()


def test_a_part_of_a_plan_is_the_plan_of_those_seeds(experiment):
    """So the results have the bytes of a run with that number of seeds."""
    whole = make_plan(experiment, "standalone")
    fixed = make_plan(load(experiment.path, ["seeds={first: 7, count: 12}"]), "standalone")
    part = whole.of_seeds(range(7, 19))
    assert [t.key for t in part.tasks] == [t.key for t in fixed.tasks]
    assert [t.label for t in part.tasks] == [t.label for t in fixed.tasks]
    assert [t.keeps_spikes for t in part.tasks] == [t.keeps_spikes for t in fixed.tasks]
    assert [(p.index, p.arm, p.axes, p.seed) for p in part.points] == [
        (p.index, p.arm, p.axes, p.seed) for p in fixed.points
    ]


def test_shards_are_refused_with_what_to_do(experiment, tmp_path):
    with pytest.raises(UsageError) as caught:
        carry_out(experiment, tmp_path / "out", shard=Shard(1, 2))
    assert str(caught.value) == (
        "seeds: {until: ...} decides by the finished trials how many seeds there are, so the run "
        + "cannot be divided beforehand: leave out --shard (a cluster may compute it: "
        + "--scheduler), or give a number of seeds: --set seeds=40"
    )
    assert not (tmp_path / "out").exists()


def test_the_guard_counts_the_most_seeds(experiment, tmp_path):
    from gatecontrol.experiment.estimate import CostError
    from gatecontrol.experiment.progress import Silent

    many = load(experiment.path, ["seeds.max=10000", "seeds.until=0.2"])
    with pytest.raises(CostError, match=r"^this run of \d+ points needs possibly .* of CPU time"):
        carry_out(many, tmp_path / "out", progress=Silent())
    some = load(experiment.path, ["seeds.max=4000", "seeds.until=0.2"])
    with pytest.raises(CostError, match=r"^this run of \d+ points needs at most .* of CPU time"):
        carry_out(some, tmp_path / "out", progress=Silent())
