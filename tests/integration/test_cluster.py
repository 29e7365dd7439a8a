"""Dask: the same bytes as a local run, lost workers, and clear words for what cannot work."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

import gatecontrol
from gatecontrol.errors import RunError
from gatecontrol.experiment import cluster as module
from gatecontrol.experiment.cluster import DaskExecutor
from gatecontrol.experiment.cluster_local import local_cluster
from gatecontrol.experiment.executor import Task, TaskError
from gatecontrol.experiment.progress import Lines, Silent

from .conftest import SMALL, same_bytes
from .dask_cluster import FUNCTION, DaskCluster, descendants, free_port


@pytest.fixture(scope="module")
def dask(tmp_path_factory):
    """A scheduler with two workers, one of them with two threads."""
    with DaskCluster(tmp_path_factory.mktemp("dask")) as cluster:
        cluster.worker("one", wait=False)
        cluster.worker("two", threads=2)
        cluster.wait(lambda: "Registered to" in cluster.log("one"))
        yield cluster


@pytest.fixture
def alone(tmp_path):
    """A scheduler without workers, for tests that break things."""
    folder = tmp_path / "alone"
    folder.mkdir()
    with DaskCluster(folder, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1") as cluster:
        yield cluster


def task(number, **arguments):
    return Task(f"key{number}", f"arm, seed {number}", {"number": number, **arguments})


def executor(cluster, **options):
    return DaskExecutor(cluster.address, function=FUNCTION, **options)


def results(run):
    return {r[0].key: r[1] for r in run if r is not None}


def test_the_same_bytes_as_a_local_run(dask, finished, command, small):
    done = command("run", "small.yaml", "--scheduler", dask.address.removeprefix("tcp://"))
    assert done.code == 0, done.err
    folder = command.folder / "results/small"
    same_bytes(finished[0].folder / "results/small/results.nc", folder / "results.nc")
    record = json.loads((folder / "run.json").read_text())
    assert (record["computed"], record["scheduler"]) == (9, dask.address)
    assert "9 of 9 points (100 %)" in done.err
    # the processes of the run have ended with it
    for worker in dask.processes[1:]:
        assert descendants(worker.pid) == []


def test_a_local_cluster_from_a_script_without_a_main_guard(finished, tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    script = tmp_path / "script.py"
    script.write_text(
        "import gatecontrol\n"
        + "results = gatecontrol.run('small.yaml', scheduler='local', workers=2)\n"
        + "print(results.run['computed'], results.run['scheduler'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "9 local\n"
    same_bytes(
        finished[0].folder / "results/small/results.nc", tmp_path / "results/small/results.nc"
    )


def test_a_local_cluster_listens_to_this_machine_only_and_leaves_nothing():
    others = set(psutil.Process().children(recursive=True))
    with local_cluster(1) as address:
        assert address.startswith("tcp://127.0.0.1:")
        processes = set(psutil.Process().children(recursive=True)) - others
        listening = [
            c.laddr.ip
            for p in processes
            for c in p.net_connections("inet")
            if c.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert set(listening) == {"127.0.0.1"}
    for process in processes:
        assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_every_thread_of_a_worker_has_a_process_of_its_own(dask):
    found = results(executor(dask).run(task(n, mode="pause") for n in range(12)))
    assert {k: v["square"] for k, v in found.items()} == {f"key{n}": n**2 for n in range(12)}
    by_worker = {}
    for value in found.values():
        by_worker.setdefault(value["parent"], set()).add(value["pid"])
    assert sorted(len(pids) for pids in by_worker.values()) == [1, 2]
    assert set(by_worker) == {p.pid for p in dask.processes[1:]}


def test_tasks_are_drawn_as_they_are_needed(dask, monkeypatch):
    monkeypatch.setattr(module, "_LEAST", 20)
    drawn = []

    def tasks():
        for number in range(120):
            drawn.append(number)
            yield task(number)

    ahead = []
    for count, _ in enumerate(r for r in executor(dask).run(tasks()) if r is not None):
        ahead.append(len(drawn) - count)
    assert len(ahead) == 120
    assert max(ahead) <= 20


def test_a_killed_worker_costs_no_result(finished, alone, command, small):
    victim = alone.worker("victim", wait=False)
    alone.worker("other", threads=2)
    process = command.start("run", "small.yaml", "--scheduler", alone.address)
    journal = command.folder / "results/small/journal/points.jsonl"
    deadline = time.monotonic() + 120
    while not journal.exists() or journal.read_bytes().count(b"\n") < 2:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    victim.kill()
    victim.wait()
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    same_bytes(
        finished[0].folder / "results/small/results.nc",
        command.folder / "results/small/results.nc",
    )


def test_a_process_that_dies_is_replaced_once_and_then_an_error(dask, tmp_path):
    first = task(0, mode="dies once", folder=str(tmp_path))
    assert sorted(results(executor(dask).run([first, task(1)]))) == ["key0", "key1"]
    assert (tmp_path / "died").exists()
    with pytest.raises(TaskError) as caught:
        results(executor(dask).run([task(0), task(1, mode="dies")]))
    assert re.fullmatch(
        r"arm, seed 1: the worker process ended twice by signal SIGKILL \(last words\); often this "
        + r"means too little memory: give the Dask worker fewer threads "
        + rf"\(on the Dask worker tcp://127\.0\.0\.1:\d+ on {socket.gethostname()}\)",
        str(caught.value),
    )


def test_a_task_that_loses_its_workers_is_an_error(alone):
    for name in ("a", "b"):
        alone.worker(name, wait=name == "b")
    with pytest.raises(TaskError) as caught:
        results(executor(alone).run([task(1, mode="takes its Dask worker along")]))
    text = str(caught.value)
    assert text.startswith(
        "arm, seed 1: the Dask worker that computed it was lost 2 times (at last"
    )
    assert text.endswith("often this means too little memory, or a job that ran out of time")


def test_errors_name_point_and_worker(dask):
    with pytest.raises(TaskError, match=r"^arm, seed 1: the network did not compile \(on the Dask"):
        results(executor(dask).run([task(1, mode="engine")]))


def test_closing_ends_the_processes_quickly(dask, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TICK", 0.05)
    run = executor(dask).run(task(n, mode="slow", folder=str(tmp_path)) for n in range(6))
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob("pid-*"))) < 3:
        assert next(run) is None
        assert time.monotonic() < deadline
    run.close()
    deadline = time.monotonic() + 5
    while any(descendants(p.pid) for p in dask.processes[1:]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # the workers are free for the next run
    assert len(results(executor(dask).run(task(n) for n in range(3)))) == 3


def test_ctrl_c_says_how_to_go_on(dask, command, small):
    code, err, _ = command.stop_midway(signal.SIGINT, "small.yaml", "--scheduler", dask.address)
    assert code == 130, err
    assert re.fullmatch(
        r"Stopped: \d of 9 points saved in results/small\. Go on: gatecontrol run small\.yaml "
        + f"--scheduler {dask.address}",
        err.splitlines()[-1],
    )
    deadline = time.monotonic() + 10  # the client is gone before its cancellation arrives
    while any(descendants(worker.pid) for worker in dask.processes[1:]):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_without_workers_it_says_so_and_waits(alone, capsys):
    joined = threading.Timer(2.0, lambda: alone.worker("late", wait=False))
    joined.start()
    found = results(executor(alone, say=Lines()).run([task(1)]))
    joined.join()
    assert list(found) == ["key1"]
    expected = f"waiting for workers: the scheduler at {alone.address} has none\n"
    assert capsys.readouterr().err == expected


def test_a_lost_scheduler_stops_the_run_and_what_is_finished_is_kept(alone, carry, finished):
    alone.worker("one")

    class Watch(Silent):
        def advance(self):
            if alone.scheduler.poll() is None:
                alone.scheduler.kill()

    began = time.monotonic()
    with pytest.raises(TaskError) as caught:
        carry(scheduler=alone.address, executor=None, progress=Watch())
    assert time.monotonic() - began < 90
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"the Dask scheduler at {alone.address} does not answer (")
    said = re.match(
        r"Stopped: (\d) of 9 points saved in results/small\. Go on: gatecontrol", second
    )
    outcome = carry()
    assert outcome.reused == int(said[1]) >= 1
    same_bytes(finished[0].folder / "results/small/results.nc", outcome.folder / "results.nc")


def test_a_scheduler_that_is_not_there(carry, monkeypatch):
    monkeypatch.setattr(module, "_CONNECT", 1.0)
    address = f"tcp://127.0.0.1:{free_port()}"
    began = time.monotonic()
    with pytest.raises(RunError) as caught:
        carry(scheduler=address, executor=None)
    assert time.monotonic() - began < 20
    assert str(caught.value) == (
        f"no Dask scheduler answers at {address} (waited 1 s); check the address, and that this "
        + "machine may reach it"
    )


def test_something_else_at_the_address(monkeypatch):
    monkeypatch.setattr(module, "_CONNECT", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(RunError, match="^no Dask scheduler answers at "):
            results(DaskExecutor(address, function=FUNCTION).run([task(1)]))


@pytest.fixture(scope="module")
def changed_package(tmp_path_factory):
    """A folder with a copy of the package in which one model file differs."""
    folder = tmp_path_factory.mktemp("changed")
    source = Path(gatecontrol.__file__).parent
    shutil.copytree(source, folder / "gatecontrol", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "gatecontrol/stimuli/pinch.py").open("a") as handle:
        handle.write("# changed\n")
    return folder


def test_a_worker_with_other_software_is_refused_before_any_point(alone, command, small):
    (alone.folder / "older.py").write_text(
        "import gatecontrol\ngatecontrol.__version__ = '0.0.9'\n"
    )
    alone.worker("older", 1, "--no-nanny", "--preload", "older")
    done = command("run", "small.yaml", "--scheduler", alone.address)
    assert done.code == 1
    assert re.fullmatch(
        r"error: the Dask worker tcp://127\.0\.0\.1:\d+ does not have the software of this run: "
        + rf"gatecontrol 0\.0\.9 there, {re.escape(gatecontrol.__version__)} here; install the "
        + "same versions on every worker and start them again",
        done.err.splitlines()[-1],
    )
    assert (command.folder / "results/small/journal/points.jsonl").read_bytes() == b""


def test_a_worker_with_other_software_that_joins_later_is_refused(alone, carry, changed_package):
    class Join(Silent):
        def say(self, text):
            if text.startswith("waiting"):
                path = f"{changed_package}{os.pathsep}{alone.folder}"
                alone.worker("changed", wait=False, PYTHONPATH=path)

    with pytest.raises(TaskError) as caught:
        carry(scheduler=alone.address, executor=None, progress=Join())
    assert re.search(
        r"the worker's software differs: gatecontrol \S+ on both sides, but not the same source "
        + r"code \(on the Dask worker tcp://127\.0\.0\.1:\d+ on ",
        str(caught.value),
    )


def test_a_worker_without_a_compiler_computes_nothing(alone, carry, tmp_path):
    alone.worker("bare", PATH=str(tmp_path / "none"), CXX="", GATECONTROL_CACHE_DIR=str(tmp_path))
    with pytest.raises(TaskError) as caught:
        carry(scheduler=alone.address, executor=None)
    assert "needs a C++ compiler" in str(caught.value)
    assert f"on {socket.gethostname()})" in str(caught.value)


def test_workers_are_the_clusters_own(dask, command, small):
    done = command("run", "small.yaml", "--scheduler", dask.address, "--workers", 2)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(
        f"error: the workers of the scheduler at {dask.address} are its own: leave out --workers"
    )
