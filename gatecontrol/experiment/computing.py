"""Computing the trials that a journal lacks: progress, faults, and what is said of a stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gatecontrol.errors import RunError
from gatecontrol.experiment import outputs
from gatecontrol.experiment.batches import BatchExecutor
from gatecontrol.experiment.executor import (
    Executor,
    LocalExecutor,
    Task,
    TaskError,
    default_workers,
)
from gatecontrol.experiment.journal import Journal
from gatecontrol.experiment.plan import CONTROL
from gatecontrol.experiment.progress import Reporter
from gatecontrol.experiment.shards import Shard

__all__ = ["Interrupted", "Session", "complete", "complete_session", "missing_of"]


class Interrupted(RunError):
    """The user stopped the run; everything finished is saved."""


@dataclass
class Session:
    """One run: where it writes, how it would go on, and how far it is.

    Attributes
    ----------
    folder : Path
        Results folder.
    again : str
        The command that would go on.
    say : Reporter
    scheduler : str or None
        Dask scheduler.
    shard : Shard or None
        Part of the trials that is computed.
    total, done, computed : int
        Trials, those finished, and those computed now.
    """

    folder: Path
    again: str
    say: Reporter
    scheduler: str | None = None
    shard: Shard | None = None
    total: int = 0
    done: int = 0
    computed: int = 0

    def stopped(self) -> str:
        """Return what is said when the run is stopped."""
        if not self.total:
            return f"Stopped before any point ran. Go on: {self.again}"
        saved = f"{self.done} of {self.total} points saved in {self.folder}"
        return f"Stopped: {saved}. Go on: {self.again}"


def complete(
    tasks: Sequence[Task],
    journal: Journal,
    say: Reporter,
    again: str,
    *,
    workers: int | None = None,
    backend: str,
) -> None:
    """Compute those of some trials that a journal lacks, on this machine.

    Parameters
    ----------
    tasks : sequence of Task
    journal : Journal
        Open.
    say : Reporter
    again : str
        The command that would go on after an interruption.
    workers : int, optional
        Processes; one per available core by default.
    backend : str
        Engine, as returned by `gatecontrol.experiment.prepare.engine`.

    Raises
    ------
    RunError
        A trial failed, or the user stopped the run; finished trials are kept.
    """
    session = Session(journal.results, again, say)
    number = workers or default_workers(len(tasks))
    executor = (LocalExecutor if backend == "standalone" else BatchExecutor)(number)
    try:
        complete_session(journal, executor, session, tasks)
    except KeyboardInterrupt:
        raise Interrupted(session.stopped()) from None


def missing_of(tasks: Sequence[Task], journal: Journal) -> list[Task]:
    """Return those of some trials that a journal lacks."""
    return [t for t in tasks if not journal.has(t.key, spikes=t.keeps_spikes)]


def complete_session(
    journal: Journal, executor: Executor, session: Session, tasks: Sequence[Task]
) -> None:
    """Compute those of some trials that are missing."""
    missing = missing_of(tasks, journal)
    session.total, session.done = len(tasks), len(tasks) - len(missing)
    if missing:
        with outputs.ImportsAhead():
            _compute(missing, journal, executor, session)
    session.computed += len(missing)


def _compute(tasks: Sequence[Task], journal: Journal, executor: Executor, session: Session) -> None:
    """Compute what is missing; a result is in the journal before the next one is looked at."""
    say = session.say
    parts = [f"computing {len(tasks)} points"]
    controls = sum(t.label.endswith(CONTROL) for t in tasks)
    if controls:
        parts.append(f"{controls} of them controls")
    if session.done:
        parts.append(f"{session.done} were finished before")
    say.say(", ".join(parts))
    say.start(session.total, session.done)
    # the longest first, so that no core is idle at the end; the arms of a seed share draws,
    # which a worker keeps for a while
    results = executor.run(sorted(tasks, key=lambda task: (-task.duration, task.seed)))
    try:
        for result in results:
            if result is None:
                say.tick()
                continue
            task, payload = result
            journal.add(task.key, payload)
            session.done += 1
            say.advance()
    except TaskError as error:
        error.args = (f"{error}\n{session.stopped()}",)
        raise
    except KeyboardInterrupt:
        # The signal may come between a line's arrival on disk and its count here.
        journal.reread()
        session.done = session.total - sum(not journal.has(t.key) for t in tasks)
        raise
    finally:
        results.close()
        say.stop()
