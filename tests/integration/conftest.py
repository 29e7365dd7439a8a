"""The command line as a user meets it: a process, its text and its exit code."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from gatecontrol.experiment.trial import run_trial

SMALL = """\
schema: 1
name: small
preparation: rat
circuit: {name: gate, conditions: [injured]}
stimuli:
  - {kind: pinch, onset: 50 ms, duration: 0.7 s}
run: {duration: 0.8 s, device_on: 0.3 s, device_off: 0.7 s}
arms:
  scs_tonic: {device: {kind: scs, frequency: 50 Hz, pulse_width: 300 us, amplitude: "120 %PT"}}
  weak: {device: {kind: scs, frequency: 50 Hz, pulse_width: 300 us, amplitude: 0 mA}}
  nothing: {}
seeds: 3
"""


@dataclass
class Done:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Command:
    """Runs ``gatecontrol`` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: object, timeout: float = 300) -> Done:
        found = subprocess.run(
            self.line(*arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Done(found.returncode, found.stdout, found.stderr)

    @staticmethod
    def line(*arguments: object) -> list[str]:
        program = "from gatecontrol.cli import main; main()"
        return [sys.executable, "-c", program, *map(str, arguments)]

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a command in a process group of its own, as from a terminal."""
        return subprocess.Popen(
            self.line(*arguments),
            # a background job of a script inherits SIGINT as ignored
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def stop_midway(self, number: signal.Signals, *arguments: object) -> "tuple[int, str, int]":
        """Signal a run's process group once a few points are saved.

        Returns its exit code, standard error and the number of points saved.
        """
        process = self.start("run", *arguments)
        journals = list(self.folder.glob("results/*/journal/points.jsonl"))
        deadline = time.monotonic() + 240
        while sum(p.read_bytes().count(b"\n") for p in journals) < 3:
            assert process.poll() is None, process.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
            journals = list(self.folder.glob("results/*/journal/points.jsonl"))
        os.killpg(process.pid, number)
        _, err = process.communicate(timeout=60)
        saved = sum(p.read_bytes().count(b"\n") for p in journals)
        return process.returncode, err, saved


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Command, Done]:
    """A folder in which the small experiment has run, undisturbed, with one worker."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "small.yaml").write_text(SMALL)
    command = Command(folder)
    done = command("run", "small.yaml", "--workers", 1)
    assert done.code == 0, done.err
    return command, done


def same_bytes(one: Path, other: Path) -> None:
    """Assert that two results files hold the same variables with the same bytes."""
    with xr.open_datatree(one) as a, xr.open_datatree(other) as b:
        assert [n.path for n in a.subtree] == [n.path for n in b.subtree]
        for node in a.subtree:
            twin = b[node.path]
            assert set(node.variables) == set(twin.variables)
            for name, variable in node.variables.items():
                x, y = variable.values, twin.variables[name].values
                assert variable.dims == twin.variables[name].dims, name
                assert (x.dtype, x.shape) == (y.dtype, y.shape), name
                same = np.array_equal(x, y) if x.dtype == object else x.tobytes() == y.tobytes()
                assert same, f"{node.path} {name}"


class Inline:
    """Computes trials in this process, so that a test of the bookkeeping is quick."""

    def run(self, tasks):
        for task in tasks:
            yield task, run_trial(**task.arguments)


@pytest.fixture
def carry(monkeypatch: pytest.MonkeyPatch, small: Path):
    """Run an experiment in this process, without figures unless asked; returns the outcome."""
    from gatecontrol.experiment import outputs
    from gatecontrol.experiment.load import load
    from gatecontrol.experiment.progress import Silent
    from gatecontrol.experiment.runner import carry_out

    monkeypatch.chdir(small.parent)
    present = outputs.present

    def run(*overrides: str, file: str = "small.yaml", figures: bool = False, **options):
        monkeypatch.setattr(outputs, "present", present if figures else lambda folder: [])
        settings = {"progress": Silent(), "executor": Inline()} | options
        return carry_out(load(file, overrides), **settings)

    return run
