"""Trials on a Dask cluster: any scheduler that can be reached, or one started on this machine.

Only so many tasks are handed to the scheduler at a time, so that the memory of the client
does not grow with the number of points. Dask moves the tasks of a lost worker to others;
results are written by the client alone, as in a local run.
"""

import asyncio
import contextlib
import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import RunError, UsageError
from gatecontrol.experiment import cluster_worker
from gatecontrol.experiment.cluster_local import local_cluster
from gatecontrol.experiment.executor import Task, TaskError
from gatecontrol.experiment.progress import Reporter, Silent
from gatecontrol.experiment.trial import Payload

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["LOCAL", "DaskExecutor", "check_scheduler"]

LOCAL = "local"
"""In place of an address: a cluster on this machine, for this run."""

CHECKED = "gatecontrol.experiment.cluster_worker:checked_trial"
_ADDRESS = re.compile(r"((tcp|tls|ucx|ws|wss)://)?([^\s:/]+|\[[0-9a-fA-F:.]+\]):\d+\Z")
_CONNECT = 10.0  # seconds in which a scheduler must answer, at first and after it was lost
_ANSWER = 30.0  # seconds in which it must answer a question while the run goes on
_LOOK = 2.0  # seconds between two looks at the number of workers
_TICK = 1.0  # seconds without a result after which the caller is given control
_REMIND = 30.0  # seconds between two lines that say that there is no worker
_BATCH = 16
_PER_THREAD = 4
_LEAST = 256  # tasks: enough demand for an adaptive cluster to grow by


def check_scheduler(address: str) -> str:
    """Return a scheduler's address in full.

    Parameters
    ----------
    address : str
        `LOCAL`, ``tcp://host:port``, ``host:port``, or the path of a scheduler file that
        ends in ``.json``.

    Raises
    ------
    UsageError
        Not an address, or Dask is not installed.
    """
    if address.endswith(".json"):
        address = _from_file(Path(address))
    if address != LOCAL and not _ADDRESS.match(address):
        raise UsageError(
            f"'{address}' is no address of a scheduler; give tcp://host:port, a scheduler file "
            + f"(*.json), or '{LOCAL}'"
        )
    if find_spec("distributed") is None:
        raise UsageError(
            "a scheduler needs Dask, which is not installed; pip install 'gatecontrol[cluster]'"
        )
    return address if "://" in address or address == LOCAL else f"tcp://{address}"


def _from_file(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["address"])
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; is the scheduler running?") from None
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{path} is no scheduler file: it has no address") from None


@dataclass
class DaskExecutor:
    """Workers of a Dask cluster.

    Attributes
    ----------
    scheduler : str
        From `check_scheduler`.
    workers : int
        Processes of a cluster on this machine; another cluster has its own.
    say : Reporter
        Told while there is no worker.
    function : str
        ``module:name`` of the function that computes a task. It is given the task's
        arguments, its key, and the `gatecontrol.experiment.cluster_worker.facts` of the client.
    """

    scheduler: str
    workers: int = 1
    say: Reporter = field(default_factory=Silent)
    function: str = CHECKED

    def run(self, tasks: Iterable[Task]) -> Generator[tuple[Task, Payload] | None]:
        """Yield each task with its payload as it ends; see `Executor.run`.

        Raises
        ------
        RunError
            The scheduler cannot be reached, or a worker's software is not the client's.
        TaskError
            A task failed, its workers were lost too often, or the scheduler was lost.
        """
        with ExitStack() as stack:
            address = self.scheduler
            if address == LOCAL:
                address = stack.enter_context(local_cluster(self.workers))
            stack.enter_context(_quiet())
            session = _Session(address, stack.enter_context(_connected(address)), self.say)
            session.check_workers()
            stack.callback(session.stop)
            yield from session.compute(iter(tasks), self.function)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the client's log away from the progress: what matters is raised as an error."""
    import distributed  # noqa: F401  (sets the level of its loggers when it is imported)

    logger = logging.getLogger("distributed.client")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextmanager
def _connected(address: str) -> "Iterator[Client]":
    from distributed import Client

    try:
        # in a thread, as the caller may be in an event loop of its own (a notebook)
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _greet(address)).result()
        client = Client(address, timeout=_CONNECT, set_as_default=False, name="gatecontrol")
    except (OSError, ValueError) as error:  # a timeout is an OSError
        raise RunError(
            f"no Dask scheduler answers at {address} (waited {_CONNECT:.0f} s); check the address, "
            + "and that this machine may reach it"
        ) from error
    try:
        yield client
    finally:
        # a scheduler that is gone cannot say goodbye
        with contextlib.suppress(OSError, RuntimeError):
            client.close(timeout=_CONNECT)


async def _greet(address: str) -> None:
    """Exchange greetings with a scheduler: `Client` would wait for ever for its answer."""
    from distributed.comm.core import connect
    from distributed.security import Security

    options = Security().get_connection_args("client")
    comm = await asyncio.wait_for(connect(address, timeout=_CONNECT, **options), _CONNECT)
    await comm.close()


class _Session:
    """One run on a connected scheduler."""

    def __init__(self, address: str, client: "Client", say: Reporter) -> None:
        self._address, self._client, self._say = address, client, say
        self._id = uuid.uuid4().hex
        self._facts = cluster_worker.facts()
        self._settings = cluster_worker.settings()
        self._open: dict[Future[dict[str, Any]], Task] = {}
        self._wake = threading.Event()
        self._sent = self._threads = 0
        self._looked = self._reminded = float("-inf")

    def check_workers(self) -> None:
        """Refuse workers on which the same trial could give other numbers.

        Those that come later are checked by their first task.
        """
        try:
            found = self._ask(self._client.run, cluster_worker.facts, on_error="return")
        except TaskError as error:
            raise RunError(
                f"{error} when its workers were asked what they have installed"
            ) from error
        for worker, answer in found.items():
            if isinstance(answer, OSError):
                continue  # it went away meanwhile
            if isinstance(answer, ImportError):
                other = f"gatecontrol cannot be imported there: {answer}"
            elif isinstance(answer, BaseException):
                other = f"{type(answer).__name__}: {answer}"
            else:
                other = cluster_worker.difference(self._facts, answer)
            if other:
                raise RunError(
                    f"the Dask worker {worker} does not have the software of this run: {other}; "
                    + "install the same versions on every worker and start them again"
                )

    def compute(
        self, tasks: Iterator[Task], function: str
    ) -> Generator[tuple[Task, Payload] | None]:
        """Yield each task with its payload as it ends."""
        more = True
        while more or self._open:
            self._look()
            more = more and self._hand(tasks, function)
            if self._open and not self._wake.wait(_TICK):
                yield None
            self._wake.clear()
            for task, answer in self._collect():
                if "error" in answer:
                    text = f"{task.label}: {answer['error']} (on the Dask worker {answer['where']})"
                    raise TaskError(text, answer["trace"])
                yield task, answer["payload"]

    def _hand(self, tasks: Iterator[Task], function: str) -> bool:
        """Fill the window; return whether there may be more tasks."""
        for _ in range(max(_LEAST, _PER_THREAD * self._threads) - len(self._open)):
            task = next(tasks, None)
            if task is None:
                return False
            self._sent += 1
            future = self._client.submit(
                cluster_worker.compute,
                function,
                task.arguments | {"key": task.key, "client": self._facts},
                self._settings,
                self._id,
                key=f"gatecontrol-{self._id}-{self._sent}",
                pure=False,
            )
            self._open[future] = task
            future.add_done_callback(lambda _: self._wake.set())
        return True

    def _collect(self) -> list[tuple[Task, dict[str, Any]]]:
        """Return answers that are there, a few at a time as they may be large."""
        if self._client.status != "running":
            raise self._lost("the connection broke")
        failed = next((f for f in self._open if f.status in {"error", "cancelled"}), None)
        if failed is not None:
            raise self._failed(failed)
        done = [future for future in self._open if future.status == "finished"]
        if len(done) > _BATCH:
            self._wake.set()
        done = done[:_BATCH]
        if not done:
            return []
        try:
            answers = self._ask(self._client.gather, done, patience=_ANSWER * len(done))
        except TaskError:
            if any(future.status != "finished" for future in done):
                return []  # lost with their worker, and computed again
            raise
        return [(self._open.pop(f), answer) for f, answer in zip(done, answers, strict=True)]

    def _failed(self, future: "Future[dict[str, Any]]") -> TaskError:
        """Return why a task has no answer: its own errors are answers."""
        from distributed import KilledWorker

        label = self._open[future].label
        if future.status == "cancelled":
            return self._lost("it dropped the tasks of this run")
        error = future.exception(timeout=_ANSWER)
        if isinstance(error, KilledWorker):
            return TaskError(
                f"{label}: the Dask worker that computed it was lost "
                + f"{error.allowed_failures + 1} times (at last {error.last_worker.address}); "
                + "often this means too little memory, or a job that ran out of time"
            )
        return TaskError(f"{label}: {type(error).__name__}: {error}")

    def _look(self) -> None:
        """Count the workers' threads now and then, and say so if there are none."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        if self._client.status != "running":
            raise self._lost("the connection broke")
        self._threads = sum(self._ask(self._client.nthreads).values())
        if self._threads:
            self._reminded = float("-inf")
        elif now - self._reminded >= _REMIND:
            self._reminded = now
            self._say.say(f"waiting for workers: the scheduler at {self._address} has none")

    def _ask(
        self,
        question: Callable[..., Any],
        *args: Any,
        patience: float = _ANSWER,
        **options: Any,
    ) -> Any:
        """Return the answer to a question in bounded time [s]: a scheduler may be gone."""
        try:
            return self._client.sync(question, *args, callback_timeout=patience, **options)
        except Exception as error:
            if isinstance(error, OSError):  # a timeout is one
                raise self._lost(str(error) or type(error).__name__) from error
            if self._client.status != "running":  # it has no scheduler to ask any more
                raise self._lost("the connection broke") from error
            raise

    def _lost(self, why: str) -> TaskError:
        return TaskError(f"the Dask scheduler at {self._address} does not answer ({why})")

    def stop(self) -> None:
        """Take back every task, and end the processes that compute them."""
        if self._client.status != "running":
            return
        with contextlib.suppress(TaskError):  # workers forget a run whose client is gone
            if self._open:
                self._ask(self._client.cancel, list(self._open))
            self._ask(self._client.run, cluster_worker.stop, self._id, on_error="ignore")
        self._open.clear()
