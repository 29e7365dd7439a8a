"""A Dask cluster on this machine, in a process of its own beside the run.

A process of its own: the caller's script is not run again by Dask's workers, Ctrl-C reaches
the run alone, and when the run dies, however it dies, the cluster sees its standard input
close and ends.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from gatecontrol.errors import RunError

__all__ = ["local_cluster", "serve"]

_PATIENCE = 60.0  # seconds that a cluster may take to start


def serve(workers: int) -> None:
    """Hold a cluster of single-threaded workers until standard input closes.

    It listens on 127.0.0.1 alone and shows no dashboard. Its address is the one line
    on standard output.

    Parameters
    ----------
    workers : int
        Number of workers, each a process with one thread.
    """
    import logging

    from distributed import LocalCluster

    with (
        tempfile.TemporaryDirectory(prefix="gatecontrol-dask-") as folder,
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Dask serves metrics over HTTP in any case: by default on all interfaces, and the
            # scheduler on port 8787, which may be taken
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.ERROR,
            memory_limit=0,
            local_directory=folder,
        ) as cluster,
    ):
        print(cluster.scheduler_address, flush=True)
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads on
        sys.stdin.buffer.read()


@contextmanager
def local_cluster(workers: int) -> Iterator[str]:
    """Start a cluster and end it afterwards.

    Parameters
    ----------
    workers : int
        Number of workers.

    Yields
    ------
    str
        Address of its scheduler.

    Raises
    ------
    RunError
        It did not start; the text has its last words.
    """
    code = (
        "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
        + "from gatecontrol.experiment.cluster_local import serve; serve(int(sys.argv[2]))"
    )
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(sys.path), str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            process_group=0,
        )
        try:
            yield _address(process, log)
        finally:
            _end(process)


def _address(process: "subprocess.Popen[bytes]", log: IO[bytes]) -> str:
    if process.stdout is None:
        raise RunError("the local Dask cluster has no standard output")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        ready = selector.select(_PATIENCE)
    line = process.stdout.readline().decode().strip() if ready else ""
    if not line:
        log.seek(0)
        words = log.read().decode(errors="replace").strip().splitlines()
        why = words[-1] if words else f"no answer within {_PATIENCE:.0f} s"
        raise RunError(f"the local Dask cluster did not start: {why}")
    return line


def _end(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    # its children outlive it by a moment, as do those of a cluster that has died
    until = time.monotonic() + 5
    while _alive(process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _alive(group: int) -> bool:
    """Return whether a process of the group still runs; one that nobody reaped does not."""
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False
