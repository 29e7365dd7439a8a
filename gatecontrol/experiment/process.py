"""One worker process on this machine: its start, its wear and its end."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import connection
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gatecontrol.experiment.executor import Task

__all__ = ["WorkerProcess", "start_worker"]

# A worker is renewed after so many tasks, or once it holds so much more than after its first
# [bytes]: two workers of 200 MB and the runner stay under 1 GB whatever leaks.
_RECYCLE_TASKS = 2000
_RECYCLE_GROWTH = 150e6
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


@dataclass(eq=False)
class WorkerProcess:
    """A process that computes one task at a time; see `gatecontrol.experiment.worker`.

    Attributes
    ----------
    process : subprocess.Popen
    pipe : multiprocessing.connection.Connection
        Tasks out, answers in.
    log : file
        What it writes to its standard output and error.
    task : Task or None
        What it has in hand, if the owner notes it.
    done : int
        Tasks it has computed.
    first : float
        Memory that it held after its first task [bytes].
    heavy : bool
        Whether it has grown too large since then.
    """

    process: "subprocess.Popen[bytes]"
    pipe: "connection.Connection[Any, Any]"
    log: IO[bytes]
    task: "Task | None" = None
    done: int = 0
    first: float = 0.0
    heavy: bool = False

    @property
    def worn(self) -> bool:
        """Whether a fresh process should take its place, to bound the memory."""
        return self.heavy or self.done >= _RECYCLE_TASKS

    def note(self, answer: Mapping[str, Any]) -> None:
        """Note that a task was answered, and how large the process has become."""
        self.done += 1
        self.first = self.first or answer["memory"]
        self.heavy = answer["memory"] > self.first + _RECYCLE_GROWTH

    def last_words(self) -> str:
        """Return the end of what the worker wrote to its standard error."""
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-20:])

    def end(self) -> None:
        """Ask the worker to clean up and leave."""
        self.pipe.close()
        self.process.terminate()

    def close(self) -> None:
        """End the worker and whatever it started."""
        self.end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(1.0)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def bury(self, remedy: str) -> tuple[str, str]:
        """Close a worker that ended by itself.

        Parameters
        ----------
        remedy : str
            What helps where memory is short.

        Returns
        -------
        how : str
            How it ended, for a message.
        words : str
            The end of what it wrote.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        code, words = self.process.returncode, self.last_words()
        self.close()
        how = f"by signal {_signal_name(-code)}" if code and code < 0 else f"with code {code}"
        said = f" ({words.splitlines()[-1]})" if words else ""
        hint = f"; often this means too little memory: {remedy}" if code == -9 else ""
        return f"{how}{said}{hint}", words


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def start_worker(function: str, environment: Mapping[str, str] | None = None) -> WorkerProcess:
    """Start one worker in a process group of its own: Ctrl-C never reaches it.

    Parameters
    ----------
    function : str
        ``module:name`` of the function that computes a task.
    environment : mapping of str to str, optional
        Its environment variables; those of this process by default. Numerical libraries are
        held to one thread in any case.
    """
    mine, its = connection.Pipe()
    log = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the worker)
    code = (
        "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
        + "from gatecontrol.experiment.worker import serve; serve(int(sys.argv[2]), sys.argv[3])"
    )
    command = [sys.executable, "-c", code, json.dumps(sys.path), str(its.fileno()), function]
    try:
        process = subprocess.Popen(
            command,
            pass_fds=(its.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=(os.environ if environment is None else dict(environment)) | _ONE_THREAD,
            process_group=0,
        )
    finally:
        its.close()
    return WorkerProcess(process, mine, log)
