"""What runs on a Dask worker: each task in a process of its own, one task a process at a time.

Brian2 is not thread-safe and a long simulation would hold the worker's heartbeat, so a Dask
worker computes nothing itself. Each of its threads borrows a worker process like those of a
local run: a worker with four threads has four of them. They end when the run ends, when they
have been idle for a while, and when the Dask worker dies.
"""

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import gatecontrol
from gatecontrol.errors import RunError
from gatecontrol.experiment.process import WorkerProcess, start_worker
from gatecontrol.experiment.trial import Payload, environment_digest, run_trial, trial_key
from gatecontrol.plugins import load_plugin

__all__ = ["checked_trial", "compute", "difference", "facts", "settings", "stop"]


_IDLE = 60.0  # seconds after which an idle process ends
_DEATHS = 2  # of the process that computes a task, until its point has failed

_lock = threading.Lock()
_idle: list[tuple[float, str, WorkerProcess]] = []
_busy: list[tuple[str, WorkerProcess]] = []
_stopped: deque[str] = deque(maxlen=100)
_pruner: list[threading.Timer] = []  # one at most


def facts() -> dict[str, str]:
    """Return what must be the same on client and worker, as it is on this machine now."""
    found = {"gatecontrol": gatecontrol.__version__}
    for package in ("brian2", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    complete = "not installed" not in found.values()
    environment_digest.cache_clear()  # a Dask worker outlives many runs
    return found | {"code": environment_digest() if complete else ""}


def settings() -> dict[str, str]:
    """Return the environment variables that change numbers: on workers the client's hold."""
    from gatecontrol.simulation.compiler import PORTABLE, is_portable

    return {PORTABLE: "1"} if is_portable() else {}


def difference(client: Mapping[str, str], worker: Mapping[str, str]) -> str:
    """Return how a worker's packages differ from the client's, or an empty string.

    Parameters
    ----------
    client, worker : mapping
        From `facts`.
    """
    names = [n for n in client if n != "code" and client[n] != worker.get(n)]
    if names:
        pairs = [
            f"{name} {worker.get(name, 'unknown')} there, {client[name]} here" for name in names
        ]
        return "; ".join(pairs)
    if client["code"] != worker.get("code"):
        return f"gatecontrol {client['gatecontrol']} on both sides, but not the same source code"
    return ""


@lru_cache(maxsize=1)
def _own_facts() -> dict[str, str]:
    return facts()


def checked_trial(*, key: str, client: Mapping[str, str], **arguments: Any) -> Payload:
    """Compute a trial whose key is the same here as on the client.

    The key covers packages, circuit, plug-ins and the content of named files: what is not
    the same here never passes for a result.

    Parameters
    ----------
    key : str
        The trial's key on the client.
    client : mapping
        `facts` of the client.
    **arguments
        Of `gatecontrol.experiment.trial.run_trial`.

    Raises
    ------
    RunError
        Something is missing or different here.
    """
    other = difference(client, _own_facts())
    if other:
        raise RunError(f"the worker's software differs: {other}")
    trial = arguments["trial"]
    named = [("stimuli", s["kind"]) for s in trial["stimuli"]]
    named += [("devices", trial["device"]["kind"])] if trial["device"] else []
    for group, name in [*named, *(("measures", m["kind"]) for m in trial["measures"])]:
        load_plugin(group, name)
    try:
        found = trial_key(trial, arguments["backend"])
    except OSError as error:
        raise RunError(
            f"{error.filename}: {error.strerror}; files that an experiment names must be there "
            + "under the same path"
        ) from error
    if found != key:
        raise RunError(
            "a file or plug-in that this point names is not the same there as here; put files on "
            + "a shared file system and install the same plug-ins"
        )
    return run_trial(**arguments)


def compute(
    function: str, arguments: Mapping[str, Any], environment: Mapping[str, str], run: str
) -> dict[str, Any]:
    """Compute one task in a process; called by Dask in one of the worker's threads.

    Parameters
    ----------
    function : str
        ``module:name`` of the function that computes the task.
    arguments : mapping
        Its keyword arguments.
    environment : mapping of str to str
        `settings` of the client.
    run : str
        Identifies the run, for `stop`.

    Returns
    -------
    dict
        ``payload``, or ``error`` and ``trace``; and ``where`` it was computed.
    """
    answer: dict[str, Any] = {}
    how = words = ""
    for _ in range(_DEATHS):
        worker = _borrow(function, environment, run)
        if worker is None:
            answer = {"error": "stopped", "trace": ""}
            break
        try:
            worker.pipe.send(dict(arguments))
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            _forget(worker)
            how, words = worker.bury("give the Dask worker fewer threads")
            continue
        except BaseException:
            _forget(worker)
            worker.close()
            raise
        worker.note(answer)
        _give_back(worker, run)
        break
    else:
        answer = {"error": f"the worker process ended twice {how}", "trace": words}
    return answer | {"where": f"{_address()} on {socket.gethostname()}"}


def _address() -> str:
    from distributed import get_worker

    return str(get_worker().address)


def _borrow(function: str, environment: Mapping[str, str], run: str) -> WorkerProcess | None:
    """Return an idle process of this run, or a new one; None once the run has been stopped."""
    with _lock:
        if run in _stopped:
            return None
        mine = next((entry for entry in _idle if entry[1] == run), None)
        if mine is not None:
            _idle.remove(mine)
            worker = mine[2]
        else:
            from gatecontrol.simulation.compiler import PORTABLE

            kept = {k: v for k, v in os.environ.items() if k != PORTABLE}
            worker = start_worker(function, kept | dict(environment))
        _busy.append((run, worker))
        return worker


def _forget(worker: WorkerProcess) -> None:
    with _lock:
        _busy[:] = [entry for entry in _busy if entry[1] is not worker]


def _give_back(worker: WorkerProcess, run: str) -> None:
    """Keep a process for the next task, unless it is worn or the run is over."""
    _forget(worker)
    with _lock:
        kept = run not in _stopped and not worker.worn
        if kept:
            _idle.append((time.monotonic(), run, worker))
            _prune_later()
    if not kept:
        worker.close()


def _prune_later() -> None:
    if not _pruner:
        timer = threading.Timer(_IDLE, _prune)
        timer.daemon = True
        timer.start()
        _pruner.append(timer)


def _prune() -> None:
    """End what has been idle for long: its client is gone, or has nothing for it."""
    with _lock:
        _pruner.clear()
        old = [entry for entry in _idle if time.monotonic() - entry[0] > _IDLE]
        _idle[:] = [entry for entry in _idle if entry not in old]
        if _idle:
            _prune_later()
    for _, _, worker in old:
        worker.close()


def stop(run: str) -> None:
    """End the processes of a run at once; tasks of the run that come later are not computed.

    Parameters
    ----------
    run : str
    """
    with _lock:
        _stopped.append(run)
        idle = [entry for entry in _idle if entry[1] == run]
        _idle[:] = [entry for entry in _idle if entry[1] != run]
        # the thread that waits for its answer sees the end of the pipe, and buries it
        for name, worker in _busy:
            if name == run:
                worker.process.terminate()
    for _, _, worker in idle:
        worker.end()
    for _, _, worker in idle:
        worker.close()
