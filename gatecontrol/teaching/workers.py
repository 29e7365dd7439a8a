"""Worker processes for many pages at once: bounded work, the newest question first.

Brian2 is not thread-safe, and a page must not wait for another's: questions go to a few
processes. Each client (one open page) has at most one question in work and one waiting; a newer
question takes the place of the waiting one. What was answered before is answered at once.
"""

import contextlib
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gatecontrol.errors import RunError
from gatecontrol.experiment.executor import CORES, TaskError, default_workers
from gatecontrol.experiment.process import WorkerProcess, start_worker
from gatecontrol.teaching.answer import Answer, compute
from gatecontrol.teaching.bench import BenchState
from gatecontrol.teaching.outcomes import outcomes_at

if TYPE_CHECKING:
    from gatecontrol.teaching.lesson import Lesson
    from gatecontrol.teaching.outcomes import Axes, Outcome

__all__ = ["MOST_WAITING", "PATIENCE", "LessonStop", "Pool", "Stopped", "answer_task"]

MOST_WAITING = 200
"""Questions that may wait in all: a lecture hall's worth."""
PATIENCE = 180.0
"""Longest time for one answer [s]: a first one may compile a network or solve fibres."""
_MOST_CORES = 64  # no machine's share is counted beyond
_REMEMBERED = 200  # answers in memory, some 0.5 MB each


@dataclass(frozen=True)
class LessonStop:
    """One position of a lesson's control, to be computed under every condition.

    Attributes
    ----------
    lesson : str
        Id of the lesson.
    stop : int
        Index of the stop.
    content : Lesson
        The lesson itself.
    digest : str
        Of the content: a lesson that was edited is another question under the same id.
    """

    lesson: str
    stop: int
    content: "Lesson" = field(compare=False, repr=False)
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Take the digest."""
        text = self.content.model_dump_json().encode()
        object.__setattr__(self, "digest", hashlib.sha256(text).hexdigest())


@dataclass(frozen=True, eq=False)
class Stopped:
    """What the model says at a stop of a lesson.

    Attributes
    ----------
    stop : int
    row : tuple of Outcome
        By condition.
    axes : Axes
        Of the drawing of a stop.
    """

    stop: int
    row: "tuple[Outcome, ...]"
    axes: "Axes"


def answer_task(asked: BenchState | LessonStop) -> Answer | Stopped:
    """Return the answer to a question; what the workers run.

    Parameters
    ----------
    asked : BenchState or LessonStop
    """
    if isinstance(asked, BenchState):
        return compute(asked)
    row, axes = outcomes_at(asked.content, asked.stop)
    return Stopped(asked.stop, row, axes)


@dataclass(eq=False)
class _Question:
    client: str
    asked: Hashable
    future: "Future[Any]"


class Pool:
    """A bounded pool of worker processes that answer questions of pages.

    Parameters
    ----------
    workers : int, optional
        Processes; one per core, four at most, by default. They start with their first question,
        and each may use its share of the cores.
    most_waiting : int, optional
        Questions that may wait.
    patience : float, optional
        Longest time for one answer [s].
    task : str, optional
        ``module:name`` of what a worker computes.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        most_waiting: int = MOST_WAITING,
        patience: float = PATIENCE,
        task: str = "gatecontrol.teaching.workers:answer_task",
    ) -> None:
        self._task, self._most, self._patience = task, most_waiting, patience
        self._change = threading.Condition()
        self._waiting: OrderedDict[str, _Question] = OrderedDict()  # by client, the oldest first
        self._running: dict[str, _Question] = {}
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._closed = False
        number = workers or default_workers(4)
        share = max(1, default_workers(_MOST_CORES) // number)
        self._environment = os.environ | {CORES: str(share)}
        self._threads = [
            threading.Thread(target=self._serve, name=f"bench-{i}", daemon=True)
            for i in range(number)
        ]
        for thread in self._threads:
            thread.start()

    def ask(self, client: str, asked: Hashable) -> "Future[Any]":
        """Ask a question.

        Parameters
        ----------
        client : str
            Who asks: its newest question counts. A question of its own that still waits is
            cancelled, and this one takes its place in the queue.
        asked : BenchState, LessonStop or what else the task answers
            The same question is answered the same.

        Returns
        -------
        concurrent.futures.Future

        Raises
        ------
        RunError
            Too many questions wait, or the pool is closed.
        """
        future: Future[Any] = Future()
        with self._change:
            if self._closed:
                raise RunError("the bench is closed; start `gatecontrol teach` again")
            if asked in self._answers:
                self._answers.move_to_end(asked)
                self._drop(client)
                future.set_result(self._answers[asked])
                return future
            mine = self._waiting.get(client)
            if mine is None and len(self._waiting) >= self._most:
                raise RunError(
                    f"{self._most} questions are waiting already; try again in a few seconds"
                )
            if mine is not None:
                mine.future.cancel()
            self._waiting[client] = _Question(client, asked, future)  # an old key keeps its place
            self._change.notify_all()
        return future

    @property
    def load(self) -> tuple[int, int]:
        """Questions in work, and waiting."""
        with self._change:
            return len(self._running), len(self._waiting)

    def _drop(self, client: str) -> None:
        stale = self._waiting.pop(client, None)
        if stale is not None:
            stale.future.cancel()

    # In the threads -------------------------------------------------------------------------
    def _serve(self) -> None:
        """Answer questions with one process until the pool closes."""
        worker: WorkerProcess | None = None
        while (question := self._next()) is not None:
            try:
                if self._known(question):
                    continue
                worker = worker or start_worker(self._task, self._environment)
                answer = self._compute(worker, question)
                if worker.worn:
                    worker.close()
                    worker = None
                self._settle(question, answer)
            except BaseException as error:
                if worker is not None and not isinstance(error, TaskError):
                    worker.close()
                    worker = None
                with contextlib.suppress(Exception):  # asked for no longer
                    question.future.set_exception(error)
            finally:
                with self._change:
                    del self._running[question.client]
                    self._change.notify_all()
        if worker is not None:
            worker.close()

    def _next(self) -> _Question | None:
        """Wait for a question whose client has none in work; None when the pool closes."""
        with self._change:
            while not self._closed:
                for client, question in self._waiting.items():
                    if client in self._running:
                        continue
                    del self._waiting[client]
                    if not question.future.set_running_or_notify_cancel():
                        break  # cancelled by its asker: look again
                    self._running[client] = question
                    return question
                else:
                    self._change.wait()
            return None

    def _known(self, question: _Question) -> bool:
        """Settle a question that another client has had answered meanwhile."""
        with self._change:
            answer = self._answers.get(question.asked)
        if answer is not None:
            question.future.set_result(answer)
        return answer is not None

    def _compute(self, worker: WorkerProcess, question: _Question) -> Any:
        try:
            worker.pipe.send({"asked": question.asked})
            if not worker.pipe.poll(self._patience):
                raise RunError(
                    f"no answer within {self._patience:g} s; it was given up. Try it again"
                )
            found = worker.pipe.recv()
        except (EOFError, OSError):
            how, _ = worker.bury("close other programs")
            raise RunError(f"the worker process ended {how}; try it again") from None
        worker.note(found)
        if "error" in found:
            raise TaskError(found["error"], found["trace"])
        return found["payload"]

    def _settle(self, question: _Question, answer: Any) -> None:
        with self._change:
            self._answers[question.asked] = answer
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        question.future.set_result(answer)

    # Its end --------------------------------------------------------------------------------
    def close(self) -> None:
        """Cancel what waits, let what is in work end, and end the processes."""
        with self._change:
            self._closed = True
            for client in list(self._waiting):
                self._drop(client)
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
