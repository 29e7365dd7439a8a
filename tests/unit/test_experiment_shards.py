"""Shards and schedulers: what is read from the command line, and how trials are divided."""

import json

import pytest

from gatecontrol.errors import GatecontrolError, RunError, UsageError
from gatecontrol.experiment import cluster, cluster_worker
from gatecontrol.experiment.cluster import check_scheduler
from gatecontrol.experiment.cluster_worker import checked_trial, difference, facts
from gatecontrol.experiment.executor import Task
from gatecontrol.experiment.load import load
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.shards import Shard, find_parts


def test_every_task_is_in_exactly_one_shard():
    tasks = [Task(f"key{n}", "", {}) for n in range(11)]
    parts = [Shard(number, 4).part(iter(tasks)) for number in range(1, 5)]
    assert [len(p) for p in parts] == [3, 3, 3, 2]
    assert sorted(t.key for p in parts for t in p) == sorted(t.key for t in tasks)
    assert [t.key for t in parts[1]] == ["key1", "key5", "key9"]


def test_controls_that_arms_share_are_in_one_shard():
    plan = make_plan(load("compare_targets", ["seeds=3"]), "numpy")
    keys = [t.key for n in (1, 2, 3) for t in Shard(n, 3).part(plan.tasks)]
    assert len(keys) == len(set(keys)) == len(plan.tasks) == (7 + 1) * 3


def test_a_shard_is_read_and_shown_alike():
    assert str(Shard.parse(" 2/4 ")) == "2/4"
    assert Shard.parse("10/10") == Shard(10, 10)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1/100001"])
def test_a_shard_out_of_range_is_refused(text):
    with pytest.raises(UsageError) as caught:
        Shard.parse(text)
    assert str(caught.value) == (
        f"--shard '{text}': parts are numbered from 1 to their number (at most 100000), e.g. 1/4 "
        + "to 4/4"
    )


@pytest.mark.parametrize("text", ["x", "", "1", "1/", "1/4/2", "-1/4", "1.5/4", "1/0x4"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(UsageError, match="give a part and the number of parts, e.g. 1/4$"):
        Shard.parse(text)


def test_a_damaged_shard_says_to_run_it_again(tmp_path):
    (tmp_path / "shard.json").write_text("{")
    with pytest.raises(RunError, match=r"shard\.json cannot be read \(.*\); run this shard again"):
        find_parts([tmp_path])


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("local", "local"),
        ("tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786"),
        ("tls://head.cluster:8786", "tls://head.cluster:8786"),
        ("node7:8786", "tcp://node7:8786"),
        ("[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_an_address_is_completed(given, address):
    assert check_scheduler(given) == address


def test_a_scheduler_file_gives_the_address(tmp_path):
    path = tmp_path / "scheduler.json"
    with pytest.raises(UsageError, match="No such file or directory; is the scheduler running"):
        check_scheduler(str(path))
    path.write_text("{}")
    with pytest.raises(UsageError, match="is no scheduler file: it has no address"):
        check_scheduler(str(path))
    path.write_text(json.dumps({"address": "tcp://10.0.0.1:8786"}))
    assert check_scheduler(str(path)) == "tcp://10.0.0.1:8786"


@pytest.mark.parametrize("given", ["", "cluster", "http://x:1", "tcp://x", "tcp://:80", "Local"])
def test_what_is_no_address_is_refused(given):
    with pytest.raises(UsageError, match="is no address of a scheduler; give tcp://host:port"):
        check_scheduler(given)


def test_a_missing_extra_names_the_command(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        check_scheduler("local")
    assert str(caught.value) == (
        "a scheduler needs Dask, which is not installed; pip install 'gatecontrol[cluster]'"
    )


def test_differences_of_software_are_named():
    mine = facts()
    assert difference(mine, dict(mine)) == ""
    assert difference(mine, mine | {"numpy": "1.0"}) == f"numpy 1.0 there, {mine['numpy']} here"
    assert difference(mine, mine | {"code": "x"}).endswith("but not the same source code")


@pytest.fixture
def named_file(tmp_path):
    """The one task of an experiment that names a file, and the file."""
    spikes = tmp_path / "spikes.csv"
    spikes.write_text("fibre,time\n0,0.2 s\n")
    text = "\n".join([
        "schema: 1",
        "preparation: rat",
        "stimuli: [{kind: spike_file, file: spikes.csv, fibre_class: c}]",
        "run: {duration: 0.5 s}",
        "seeds: 1",
    ])
    (tmp_path / "named.yaml").write_text(text)
    (task,) = make_plan(load(tmp_path / "named.yaml"), "numpy").tasks
    return task, spikes


def checked(task, **changes):
    return checked_trial(key=task.key, client=facts() | changes, **task.arguments)


def test_a_trial_is_computed_only_where_its_key_is_the_same(named_file, monkeypatch):
    monkeypatch.setattr(cluster_worker, "run_trial", lambda **arguments: arguments["trial"])
    task, spikes = named_file
    assert checked(task) == task.arguments["trial"]
    with pytest.raises(RunError, match="^the worker's software differs: numpy"):
        checked(task, numpy="1.0")
    spikes.write_text("fibre,time\n0,0.25 s\n")
    with pytest.raises(RunError, match="^a file or plug-in that this point names is not the same"):
        checked(task)
    spikes.unlink()
    with pytest.raises(RunError) as caught:
        checked(task)
    assert str(caught.value) == (
        f"{spikes}: No such file or directory; files that an experiment names must be there under "
        + "the same path"
    )


def test_a_plug_in_that_a_worker_lacks_is_named(named_file):
    task, _ = named_file
    task.arguments["trial"]["stimuli"][0]["kind"] = "tickle"
    with pytest.raises(GatecontrolError, match=r"^no stimulus 'tickle'"):
        checked(task)
