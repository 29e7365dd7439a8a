"""Where trials are computed: a protocol, and worker processes on this machine.

Workers are started as fresh interpreters that never run the caller's script again, so a
plain script may call `gatecontrol.run` without a main guard. Each computes one trial at a
time; when one dies, it is known which trial it had.
"""

import contextlib
import os
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from multiprocessing import connection
from typing import Any, Protocol

from gatecontrol.errors import RunError
from gatecontrol.experiment.process import WorkerProcess, start_worker
from gatecontrol.experiment.trial import Payload

__all__ = ["CORES", "Executor", "LocalExecutor", "Task", "TaskError", "default_workers"]

CORES = "GATECONTROL_CORES"
"""Environment variable of a process that shares the machine: how many cores it may use."""
TRIAL = "gatecontrol.experiment.trial:run_trial"
_TICK = 1.0  # seconds without a result after which the caller is given control


@dataclass(frozen=True, slots=True)
class Task:
    """One trial to compute.

    Attributes
    ----------
    key : str
        From `trial_key`.
    label : str
        How a message names it ("scs_tonic, frequency 50 Hz, seed 3").
    arguments : dict
        Keyword arguments of the trial function.
    """

    key: str
    label: str
    arguments: dict[str, Any]

    @property
    def keeps_spikes(self) -> bool:
        """Whether the trial's spikes are to be kept."""
        return bool(self.arguments.get("keep_spikes"))

    @property
    def duration(self) -> float:
        """Simulated time [s]."""
        return float(self.arguments["trial"]["run"]["duration"])

    @property
    def seed(self) -> int:
        """Seed of the trial."""
        return int(self.arguments["trial"]["seed"])


class TaskError(RunError):
    """A trial failed, or nothing can be computed any more; the text says which and where.

    Parameters
    ----------
    message : str
    trace : str
        The worker's traceback, for ``--debug``.
    """

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


class Executor(Protocol):
    """Computes tasks in any order and any place."""

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Payload] | None]:
        """Yield each task with its payload as it ends; None now and then while nothing ends.

        Closing the iterator stops all work at once.

        Raises
        ------
        TaskError
            A task raised an error, or its worker died twice.
        """
        ...


def default_workers(tasks: int) -> int:
    """Return the number of workers for a number of tasks: one per available core at most.

    A process whose starter gave it a share of the cores (`CORES`) stays within it.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    share = os.environ.get(CORES, "")
    available = min(cores or 1, int(share)) if share.isdecimal() else cores or 1
    return max(1, min(available, tasks))


@dataclass
class LocalExecutor:
    """Worker processes on this machine.

    Attributes
    ----------
    workers : int
        Number of processes.
    function : str
        ``module:name`` of the function that computes a task.
    """

    workers: int
    function: str = TRIAL
    _pool: list[WorkerProcess] = field(default_factory=list, init=False)

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Payload] | None]:
        """Yield each task with its payload as it ends; see `Executor.run`."""
        waiting, died = deque(tasks), set[str]()
        try:
            while waiting or any(w.task for w in self._pool):
                self._staff(waiting)
                ready = connection.wait([w.pipe for w in self._pool if w.task], _TICK)
                if not ready:
                    yield None
                for worker in [w for w in self._pool if w.pipe in ready]:
                    try:
                        answer = worker.pipe.recv()
                    except (EOFError, OSError):
                        self._bury(worker, waiting, died)
                        continue
                    task, worker.task = worker.task, None
                    worker.note(answer)
                    if task is None:
                        continue
                    if "error" in answer:
                        raise TaskError(f"{task.label}: {answer['error']}", answer["trace"])
                    self._hand(worker, waiting)  # the next one before the result is dealt with
                    yield task, answer["payload"]
        finally:
            self._stop()

    def _staff(self, waiting: "deque[Task]") -> None:
        """Give every idle worker a task; replace worn-out workers; start missing ones."""
        for worker in list(self._pool):
            if worker.task is None:
                self._hand(worker, waiting)
        while waiting and len(self._pool) < self.workers:
            worker = start_worker(self.function)
            self._pool.append(worker)
            self._hand(worker, waiting)

    def _hand(self, worker: WorkerProcess, waiting: "deque[Task]") -> None:
        if not waiting:
            return
        if worker.worn:
            self._pool.remove(worker)
            worker.close()
            return
        worker.task = waiting.popleft()
        # a worker that has just died is found when its answer is read
        with contextlib.suppress(OSError):
            worker.pipe.send(worker.task.arguments)

    def _bury(self, worker: WorkerProcess, waiting: "deque[Task]", died: set[str]) -> None:
        """Queue the dead worker's task again, or give up on its second death."""
        self._pool.remove(worker)
        task = worker.task
        how, words = worker.bury("try --workers 1")
        if task is None:
            return
        if task.key in died:
            raise TaskError(f"{task.label}: the worker process ended twice {how}", words)
        died.add(task.key)
        waiting.appendleft(task)

    def _stop(self) -> None:
        for worker in self._pool:
            worker.end()
        for worker in self._pool:
            worker.close()
        self._pool.clear()
