"""A real Dask cluster for tests: scheduler and workers as processes of their own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

COMPUTE = """
import os, signal, sys, time
from pathlib import Path

from gatecontrol.errors import EngineError

def compute(key, client, number, mode="", folder=""):
    if mode == "slow":
        Path(folder, f"pid-{os.getpid()}").touch()
        time.sleep(60)
    if mode == "pause":
        time.sleep(0.2)
    if mode == "dies once" and not Path(folder, "died").exists():
        Path(folder, "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "dies":
        print("last words", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "takes its Dask worker along":
        os.kill(os.getppid(), signal.SIGKILL)
    if mode == "engine":
        raise EngineError("the network did not compile")
    return {"square": number**2, "pid": os.getpid(), "parent": os.getppid()}
"""
FUNCTION = "fakecluster:compute"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DaskCluster:
    """A scheduler; workers are added as a test needs them."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        (folder / "fakecluster.py").write_text(COMPUTE)
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []
        port = self.address.rpartition(":")[2]
        line = ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
        self.scheduler = self._start(
            "scheduler", *line, "--dashboard-address", "127.0.0.1:0", **environment
        )
        self.wait(lambda: "Scheduler at" in self.log("scheduler"))

    def __enter__(self) -> "DaskCluster":
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _start(self, name: str, *line: str, **environment: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *line],
                cwd=self.folder,
                env=os.environ | {"PYTHONPATH": str(self.folder)} | environment,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.processes.append(process)
        return process

    def worker(
        self, name: str, threads: int = 1, *options: str, wait: bool = True, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """Start a worker without a nanny: killed is gone."""
        line = ["worker", self.address, "--host", "127.0.0.1", "--no-dashboard", "--name", name]
        line += ["--nthreads", str(threads), "--local-directory", str(self.folder / name)]
        line += options or ("--no-nanny",)
        process = self._start(name, *line, **environment)
        if wait:
            self.wait(lambda: "Registered to" in self.log(name))
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def wait(self, ready) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            for process in self.processes:
                assert process.poll() is None, [p.read_text() for p in self.folder.glob("*.log")]
            assert time.monotonic() < deadline
            time.sleep(0.05)


def descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
