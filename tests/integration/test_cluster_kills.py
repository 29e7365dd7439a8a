"""Dask workers killed at random times: the results are those of an undisturbed run."""

import random
import threading
import time

import psutil
import pytest

from .conftest import same_bytes
from .dask_cluster import DaskCluster, descendants

REPETITIONS = 20


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A scheduler with two workers whose nannies replace them when they die."""
    with DaskCluster(tmp_path_factory.mktemp("watched")) as cluster:
        for name in ("one", "two"):
            cluster.worker(name, 1, "--nanny")
        yield cluster


def workers(cluster):
    """Return the worker processes of the nannies, not the processes that compute."""
    found = [p for nanny in cluster.processes[1:] for p in descendants(nanny.pid)]
    return [p for p in found if "spawn_main" in " ".join(command(p))]


def command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.kill
@pytest.mark.parametrize("repetition", range(REPETITIONS))
def test_a_dask_worker_killed_at_a_random_time_costs_no_result(
    watched, carry, finished, repetition, monkeypatch
):
    lag = random.Random(repetition)
    killed = []
    over = threading.Event()

    def kill():
        if over.wait(lag.uniform(0.0, 8.0)):
            return
        victims = workers(watched)
        if victims:
            victim = lag.choice(victims)
            victim.kill()
            killed.append(victim.pid)

    killer = threading.Thread(target=kill)
    killer.start()
    began = time.monotonic()
    try:
        outcome = carry(scheduler=watched.address, executor=None, fresh=True)
    finally:
        over.set()
        killer.join()
    assert outcome.computed == 9
    same_bytes(finished[0].folder / "results/small/results.nc", outcome.folder / "results.nc")
    took = time.monotonic() - began
    print(f"repetition {repetition}: {len(killed)} killed, {took:.1f} s")
