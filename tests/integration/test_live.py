"""A warm worker answers changed parameters one after another, as a run would."""

import os
import signal

import numpy as np
import pytest

import gatecontrol
from gatecontrol.errors import GatecontrolError, RunError
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.trial import run_trial


@pytest.fixture(scope="module")
def live(finished):
    path = finished[0].folder / "small.yaml"
    with gatecontrol.Live(path) as made:
        yield made, path


def test_an_answer_is_that_of_a_run(live):
    made, path = live
    plan = make_plan(gatecontrol.load(path), made._backend)
    expected = run_trial(plan.points[0].trial, backend=made._backend, keep_spikes=True)
    found = made.run()
    assert found["measures"].keys() == expected["measures"].keys()
    for name, spikes in expected["spikes"].items():
        assert np.array_equal(spikes.time, found["spikes"][name].time)


def test_a_changed_parameter_changes_the_answer_in_the_same_process(live):
    made, _ = live
    pid = made._worker.process.pid
    one, other = (made.run(seed=seed) for seed in (1, 2))
    assert made._worker.process.pid == pid
    assert not np.array_equal(
        one["spikes"]["projection_deep"].time, other["spikes"]["projection_deep"].time
    )


def test_faults_are_told_as_a_run_tells_them(live):
    made, _ = live
    with pytest.raises(gatecontrol.ExperimentError, match="run.duration"):
        made.run("run.duration=fast")
    with pytest.raises(GatecontrolError, match=r"no arm 'nobody' in .*small.yaml; choose "):
        made.run(arm="nobody")


def test_a_dead_worker_is_told_and_replaced(live):
    made, _ = live
    os.kill(made._worker.process.pid, signal.SIGKILL)
    with pytest.raises(RunError, match="the worker process ended by signal SIGKILL"):
        made.run()
    assert made.run()["spikes"]["projection_deep"].size > 0
