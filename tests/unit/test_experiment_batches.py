"""Trials side by side on the runtime: each task gets its own payload, in bounded groups."""

import pytest

from gatecontrol.experiment.batches import BatchExecutor
from gatecontrol.experiment.executor import Task, TaskError

COMPUTE = """
def compute(trials, backend, keep_spikes):
    if any(t["seed"] == 13 for t in trials):
        raise ValueError("unlucky")
    return [
        {"seed": t["seed"], "beside": len(trials), "kept": k, "circuit": t["circuit"]}
        for t, k in zip(trials, keep_spikes)
    ]
"""


@pytest.fixture
def batches(tmp_path, monkeypatch):
    (tmp_path / "fakebatch.py").write_text(COMPUTE)
    monkeypatch.syspath_prepend(tmp_path)
    return lambda workers: BatchExecutor(workers, "fakebatch:compute")


def task(seed, circuit="gate", keep=False):
    trial = {"circuit": circuit, "run": {"duration": 1.0, "dt": 1e-4}, "seed": seed}
    arguments = {"trial": trial, "backend": "cython", "keep_spikes": keep}
    return Task(f"{circuit}{seed}", f"arm, seed {seed}", arguments)


def test_each_task_gets_its_own_payload(batches):
    tasks = [task(n, keep=n == 1) for n in range(12)] + [task(n, "other") for n in range(3)]
    found = {r[0].key: r[1] for r in batches(1).run(tasks) if r is not None}
    assert set(found) == {t.key for t in tasks}
    for key, payload in found.items():
        assert key == f"{payload['circuit']}{payload['seed']}"
        assert payload["kept"] == (key == "gate1")
    assert [found[f"gate{n}"]["beside"] for n in range(12)] == [10] * 10 + [2] * 2
    assert found["other0"]["beside"] == 3


def test_the_work_is_shared_among_workers(batches):
    found = [r[1] for r in batches(2).run([task(n) for n in range(8)]) if r is not None]
    assert {p["beside"] for p in found} == {4}


def test_an_error_names_a_point_of_the_batch(batches):
    with pytest.raises(TaskError, match=r"arm, seed 12 \(and 1 beside it\): ValueError: unlucky"):
        list(batches(1).run([task(n) for n in (12, 13)]))
