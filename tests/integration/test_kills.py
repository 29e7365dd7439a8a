"""Runs killed at random times: what resumes is the undisturbed result, byte by byte.

The runs are forked from one process that has loaded the package, so that a repetition takes
a second or two and not ten; the workers are processes of their own, as ever. A failure
prints the seed and the moment of the kill.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from .conftest import same_bytes

pytestmark = pytest.mark.kill

REPETITIONS = 20
SEED = 20261125
SHORT = """\
schema: 1
name: short
preparation: rat
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 10 ms, duration: 80 ms}
run: {duration: 0.1 s, device_on: 40 ms, device_off: 80 ms}
arms:
  scs: {device: {kind: scs, frequency: 100 Hz, pulse_width: 300 us, amplitude: "120 %PT"}}
  nothing: {}
seeds: 10
"""
POINTS, WRITING = 20, 4
DRIVER = """\
import os, sys
from pathlib import Path

import h5netcdf, numba, scipy.special, xarray  # what a run would load on its way

from gatecontrol.analysis.figures import rows
from gatecontrol.experiment import outputs
from gatecontrol.experiment.load import load
from gatecontrol.experiment.progress import Lines
from gatecontrol.experiment.runner import carry_out

outputs.present = lambda folder: []  # figures and report can be made again at any time
experiment = load("short.yaml")
for line in sys.stdin:
    child = os.fork()
    if not child:
        code = 1
        try:
            with Path(line.strip() + ".log").open("a") as log:
                outcome = carry_out(
                    experiment, line.strip(), workers=2, progress=Lines(log, interval=0.0)
                )
                print("outcome", outcome.computed, outcome.reused, file=log)
                code = 0
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Driver:
    """Starts runs of one experiment and knows how they end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "short.yaml").write_text(SHORT)
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, name: str) -> int:
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def end(self) -> int:
        return int(self.process.stdout.readline())

    def said(self, name: str) -> str:
        log = self.folder / f"{name}.log"
        return log.read_text() if log.exists() else ""

    def saved(self, name: str) -> int:
        journal = self.folder / name / "journal/points.jsonl"
        return journal.read_bytes().count(b"\n") if journal.exists() else 0


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """A driver that has run the experiment undisturbed."""
    driver = Driver(tmp_path_factory.mktemp("kills"))
    driver.start("undisturbed")
    assert driver.end() == 0, driver.said("undisturbed")
    yield driver
    driver.process.communicate()


def undisturbed(driver: Driver, name: str) -> None:
    same_bytes(driver.folder / "undisturbed/results.nc", driver.folder / name / "results.nc")


def moments() -> Iterator[tuple[str, float, random.Random]]:
    """Yield name, moment (points saved, or beyond: writing results) and random generator.

    Moments of progress, not of time: a busy machine does not move all kills to the start.
    """
    for number in range(REPETITIONS):
        chance = random.Random(f"{SEED} {number}")
        moment = (number + chance.random()) / REPETITIONS * (POINTS + WRITING)
        print(f"seed '{SEED} {number}': kill at {moment:.2f} of {POINTS} + {WRITING}")
        yield f"killed{number}", moment, chance


def wait(driver: Driver, runner: int, name: str, moment: float, chance: random.Random) -> None:
    """Wait for a moment and a random time more, or until the runner has ended."""
    whole = min(int(moment), POINTS)
    while alive(runner) and driver.saved(name) < whole:
        time.sleep(0.001)
    while alive(runner) and moment > POINTS and "Writing" not in driver.said(name):
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.1 if moment <= POINTS else 0.5))


def test_the_runner_is_killed(driver: Driver) -> None:
    killed, midway = 0, 0
    for name, moment, chance in moments():
        runner = driver.start(name)
        wait(driver, runner, name, moment, chance)
        kill(runner)
        killed += driver.end() == -signal.SIGKILL
        saved = driver.saved(name)
        midway += 0 < saved < POINTS
        driver.start(name)
        assert driver.end() == 0, driver.said(name)
        if f"outcome 0 {POINTS}" not in driver.said(name):
            # at most the line that was being written is lost, none is computed twice
            reused = int(driver.said(name).split()[-1])
            assert saved - 1 <= reused <= saved, driver.said(name)
        undisturbed(driver, name)
    assert killed >= REPETITIONS // 2
    assert midway >= REPETITIONS // 2


def test_a_worker_is_killed(driver: Driver) -> None:
    killed = 0
    for name, moment, chance in moments():
        name = f"worker_{name}"
        runner = driver.start(name)
        wait(driver, runner, name, moment, chance)
        workers = children(runner)
        if workers:
            killed += kill(chance.choice(workers))
        assert driver.end() == 0, driver.said(name)
        assert f"outcome {POINTS} 0" in driver.said(name)
        undisturbed(driver, name)
    assert killed >= REPETITIONS // 2


def test_everything_is_killed_again_and_again(driver: Driver) -> None:
    """One folder, runner and workers killed until it is finished: progress is never lost."""
    chance = random.Random(SEED)
    name, before = "again", 0
    for _ in range(REPETITIONS // 4):
        moment = before + chance.uniform(0, 1 + POINTS // 2)
        print(f"kill at {moment:.2f} of {POINTS} + {WRITING}, {before} points saved")
        runner = driver.start(name)
        wait(driver, runner, name, moment, chance)
        for process in (*children(runner), runner):
            kill(process)
        ended, saved = driver.end(), driver.saved(name)
        assert saved >= before, driver.said(name)
        before = saved
        if ended == 0:
            break
    driver.start(name)
    assert driver.end() == 0, driver.said(name)
    undisturbed(driver, name)


def children(runner: int) -> list[int]:
    """Return the worker processes of a runner, none if it is gone."""
    try:
        return [p.pid for p in psutil.Process(runner).children()]
    except psutil.NoSuchProcess:
        return []


def alive(process: int) -> bool:
    """Return whether a process has not ended."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def kill(process: int) -> bool:
    """Kill a process; return whether it was still there."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
