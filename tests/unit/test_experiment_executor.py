"""Workers: order does not matter, deaths are retried once, errors name the point."""

import os
import subprocess
import sys
import textwrap
import time

import pytest

from gatecontrol.experiment import executor as module
from gatecontrol.experiment import process
from gatecontrol.experiment.executor import (
    CORES,
    LocalExecutor,
    Task,
    TaskError,
    default_workers,
)

COMPUTE = """
import os, signal, sys, time
from pathlib import Path

from gatecontrol.errors import EngineError

leaked = []

def compute(number, mode="", folder=""):
    if mode == "slow":
        Path(folder, f"pid-{os.getpid()}").touch()
        time.sleep(60)
    if mode == "dies once" and not Path(folder, "died").exists():
        Path(folder, "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "dies":
        print("last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "exits":
        os._exit(3)
    if mode == "engine":
        raise EngineError("the network did not compile")
    if mode == "leaks":
        leaked.append(bytearray(int(40e6)))
    if mode == "bug":
        raise ValueError("odd")
    return {"square": number**2, "pid": os.getpid(), "threads": os.environ["OMP_NUM_THREADS"]}
"""


@pytest.fixture
def local(tmp_path, monkeypatch):
    (tmp_path / "faketrial.py").write_text(COMPUTE)
    monkeypatch.syspath_prepend(tmp_path)
    return lambda workers: LocalExecutor(workers, "faketrial:compute")


def task(number, **arguments):
    return Task(f"key{number}", f"arm, seed {number}", {"number": number, **arguments})


def results(executor, tasks):
    return {r[0].key: r[1] for r in executor.run(tasks) if r is not None}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_task_is_computed_once_outside_this_process(local, workers):
    found = results(local(workers), [task(n) for n in range(7)])
    assert {k: v["square"] for k, v in found.items()} == {f"key{n}": n**2 for n in range(7)}
    pids = {v["pid"] for v in found.values()}
    assert os.getpid() not in pids
    assert len(pids) <= workers
    assert found["key0"]["threads"] == "1"


def test_a_worker_that_dies_is_replaced_and_its_task_retried(local, tmp_path):
    tasks = [task(0, mode="dies once", folder=str(tmp_path)), task(1), task(2)]
    found = results(local(1), tasks)
    assert sorted(found) == ["key0", "key1", "key2"]
    assert (tmp_path / "died").exists()


def test_a_second_death_is_an_error_that_names_the_point(local):
    with pytest.raises(TaskError) as caught:
        results(local(2), [task(0), task(1, mode="dies"), task(2)])
    assert str(caught.value) == (
        "arm, seed 1: the worker process ended twice by signal SIGKILL (last words); "
        + "often this means too little memory: try --workers 1"
    )
    assert "last words" in caught.value.trace


def test_an_exit_code_is_told(local):
    with pytest.raises(TaskError, match="arm, seed 1: the worker process ended twice with code 3"):
        results(local(1), [task(1, mode="exits")])


def test_our_errors_come_as_they_are_and_others_with_their_type(local):
    with pytest.raises(TaskError, match="^arm, seed 1: the network did not compile$"):
        results(local(1), [task(1, mode="engine")])
    with pytest.raises(TaskError, match="^arm, seed 1: ValueError: odd$") as caught:
        results(local(1), [task(1, mode="bug")])
    assert 'raise ValueError("odd")' in caught.value.trace


def test_waiting_gives_control_and_closing_ends_the_workers_quickly(local, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TICK", 0.05)
    run = local(2).run([task(n, mode="slow", folder=str(tmp_path)) for n in range(4)])
    began = time.monotonic()
    while len(list(tmp_path.glob("pid-*"))) < 2:
        assert next(run) is None
        assert time.monotonic() - began < 20
    pids = [int(p.name.split("-")[1]) for p in tmp_path.glob("pid-*")]
    began = time.monotonic()
    run.close()
    assert time.monotonic() - began < 5
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers_are_renewed_to_bound_their_memory(local, monkeypatch):
    monkeypatch.setattr(process, "_RECYCLE_TASKS", 2)
    found = results(local(1), [task(n) for n in range(5)])
    assert len({v["pid"] for v in found.values()}) == 3


def test_a_worker_that_leaks_is_renewed(local, monkeypatch):
    monkeypatch.setattr(process, "_RECYCLE_GROWTH", 60e6)
    found = results(local(1), [task(n, mode="leaks") for n in range(6)])
    pids = [found[f"key{n}"]["pid"] for n in range(6)]
    # 40 MB a task: after its third a worker has gained 80 MB since its first
    assert len(set(pids[:3])) == len(set(pids[3:])) == 1
    assert pids[2] != pids[3]


def test_workers_end_when_the_parent_is_killed(tmp_path):
    (tmp_path / "faketrial.py").write_text(COMPUTE)
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        from gatecontrol.experiment.executor import LocalExecutor, Task
        tasks = [Task(str(n), "x", {{"number": n}}) for n in range(100000)]
        for result in LocalExecutor(1, "faketrial:compute").run(tasks):
            if result:
                print(result[1]["pid"], flush=True)
        """)
    )
    # no main guard in the script: workers must not run it again
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("the worker outlived its parent")


def test_default_workers_never_exceed_the_tasks():
    assert default_workers(1) == 1


def test_default_workers_stay_within_the_share_of_this_process(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert default_workers(64) == 8
    for share, number in (("2", 2), ("0", 1), ("12", 8), ("", 8), ("two", 8)):
        monkeypatch.setenv(CORES, share)
        assert default_workers(64) == number
    assert default_workers(10**6) >= 1
