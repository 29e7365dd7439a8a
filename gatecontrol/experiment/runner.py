"""Run an experiment: plan, guard, prepare, compute what is missing, assemble, write.

Nothing is computed twice: finished trials are found by content in the folder's journal. A
run may be stopped or killed at any time; the same call completes the same results.
"""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecontrol.errors import GatecontrolError, UsageError
from gatecontrol.experiment import outputs, run_record
from gatecontrol.experiment.adaptive import batches
from gatecontrol.experiment.batches import BatchExecutor
from gatecontrol.experiment.cluster import LOCAL, DaskExecutor, check_scheduler
from gatecontrol.experiment.computing import Interrupted, Session, complete_session, missing_of
from gatecontrol.experiment.estimate import guard, headline
from gatecontrol.experiment.executor import (
    Executor,
    LocalExecutor,
    default_workers,
)
from gatecontrol.experiment.journal import Journal
from gatecontrol.experiment.plan import make_plan
from gatecontrol.experiment.prepare import (
    Patience,
    check_doses,
    cost_of,
    engine,
    guard_size,
    prepare_engine,
    sureness,
)
from gatecontrol.experiment.progress import Lines, Reporter
from gatecontrol.experiment.replicates import AdaptiveSeeds
from gatecontrol.experiment.shards import Shard, write_shard

if TYPE_CHECKING:
    from gatecontrol.analysis.results import Results
    from gatecontrol.experiment.schema import Experiment

__all__ = ["Outcome", "carry_out", "run"]


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    folder : Path
        The results folder.
    record : dict
        Content of ``run.json``, or of ``shard.json``.
    computed : int
        Trials computed now.
    reused : int
        Trials found finished.
    """

    folder: Path
    record: dict[str, Any]
    computed: int
    reused: int

    @property
    def trials(self) -> int:
        """Trials of the run, or of the shard."""
        return self.computed + self.reused


def run(
    experiment: "Experiment | str | os.PathLike[str]",
    out: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    fresh: bool = False,
    yes: bool = False,
    progress: Reporter | None = None,
    backend: str = "auto",
    scheduler: str | None = None,
    overrides: Sequence[str] = (),
) -> "Results":
    """Run an experiment and open its results.

    Parameters
    ----------
    experiment : Experiment or str or path
        A loaded experiment, the name of a shipped one, or a file.
    out : path, optional
        Results folder; ``results/<name>`` by default.
    workers : int, optional
        Processes; one per available core by default. Results do not depend on it.
    fresh : bool, optional
        Forget what an earlier run has finished.
    yes : bool, optional
        Agree to a run above one CPU hour, 2 GB of memory or 5 GB of disk.
    progress : Reporter, optional
        Receives progress; plain lines on standard error by default.
    backend : str, optional
        ``"auto"``, ``"standalone"``, ``"cython"`` or ``"numpy"``.
    scheduler : str, optional
        Dask scheduler whose workers compute the trials, ``"tcp://host:port"``, or ``"local"``
        for a cluster on this machine; local processes by default. Results do not depend on it.
    overrides : sequence of str, optional
        ``"path=value"``, as ``--set``; only if `experiment` is not loaded yet.

    Returns
    -------
    Results

    Raises
    ------
    ExperimentError
        Faults of the experiment, all at once, before anything runs.
    CostError
        The run is too large to start unasked.
    RunError
        The folder is in use or cannot be written, or a trial failed; finished ones are kept.
    """
    from gatecontrol.analysis.results import open_results

    if isinstance(experiment, str | os.PathLike):
        from gatecontrol.experiment.load import load

        experiment = load(os.fspath(experiment), overrides)
    elif overrides:
        raise GatecontrolError("overrides belong to gatecontrol.load when it was called before")
    outcome = carry_out(
        experiment,
        out,
        workers=workers,
        fresh=fresh,
        yes=yes,
        progress=progress,
        backend=backend,
        scheduler=scheduler,
    )
    return open_results(outcome.folder)


def carry_out(
    experiment: "Experiment",
    out: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    fresh: bool = False,
    yes: bool = False,
    progress: Reporter | None = None,
    backend: str = "auto",
    scheduler: str | None = None,
    shard: Shard | None = None,
    again: str = "",
    executor: Executor | None = None,
) -> Outcome:
    """Do what `run` does, but say what was done instead of opening the results.

    Parameters
    ----------
    experiment, out, workers, fresh, yes, progress, backend, scheduler
        See `run`.
    shard : Shard, optional
        Compute this part of the trials only, and leave it for `gatecontrol.experiment.merge`.
    again : str, optional
        The command that would go on after an interruption.
    executor : Executor, optional
        Where trials are computed; by default processes on this machine, or the workers of the
        scheduler.
    """
    say = progress or Lines()
    folder = Path(out) if out else Path("results") / experiment.name
    if scheduler is not None:
        scheduler = _scheduler(scheduler, workers)
    if shard is not None:
        folder = shard.folder(folder)
        if isinstance(experiment.seeds, AdaptiveSeeds):
            raise UsageError(
                "seeds: {until: ...} decides by the finished trials how many seeds there are, so "
                + "the run cannot be divided beforehand: leave out --shard (a cluster may compute "
                + "it: --scheduler), or give a number of seeds: --set seeds=40"
            )
    session = Session(
        folder, again or _command(experiment, out, shard, backend), say, scheduler, shard
    )
    try:
        return _carry_out(
            experiment, session, workers, executor, fresh=fresh, yes=yes, backend=backend
        )
    except KeyboardInterrupt:
        raise Interrupted(session.stopped()) from None


def _carry_out(
    experiment: "Experiment",
    session: Session,
    workers: int | None,
    executor: Executor | None,
    *,
    fresh: bool,
    yes: bool,
    backend: str,
) -> Outcome:
    say, folder, began = session.say, session.folder, datetime.now(UTC)
    shard = session.shard
    say.say(headline(experiment))
    for warning in experiment.warnings:
        say.say(str(warning))
    with Patience(say, "planning"):
        chosen = engine(backend)
        if fresh or not Journal(folder).path.exists():  # else only what is missing counts
            guard_size(
                experiment,
                workers=workers or _remote(session.scheduler),
                backend=chosen,
                yes=yes,
                again=session.again,
                shards=shard.count if shard else 1,
            )
        plan = make_plan(experiment, chosen)
        digest = run_record.plan_digest(plan, experiment.resolved())
        record = None if fresh or shard else run_record.finished_run(folder, digest)
        if record is not None:
            say.say("Nothing to do: every point is finished and the results are complete.")
            return Outcome(folder, record, 0, record["trials"])
        check_doses(experiment, plan, say)
    other = (run_record.read_run(folder) or {}).get("name", experiment.name)
    if other != experiment.name:
        say.say(f"warning: the results of '{other}' in {folder} are replaced")
    tasks = shard.part(plan.tasks) if shard else plan.tasks
    number = workers or _remote(session.scheduler) or default_workers(len(tasks))
    with Journal(folder) as journal:
        if fresh:
            journal.clear()
        for text in journal.warnings:
            say.say(f"warning: {text}")
        missing = missing_of(tasks, journal)
        session.total, session.done = len(tasks), len(tasks) - len(missing)
        number = min(number, max(1, len(missing)))
        if shard is not None:
            about = write_shard(shard, folder, experiment, plan, digest, session.again)
        if missing:
            cost, word = cost_of(missing, number, chosen), sureness(experiment)
            guard(cost, yes=yes, again=session.again, word=word)
            if session.scheduler in {None, LOCAL} or chosen != "standalone":
                prepare_engine(missing, backend, say)  # other machines compile for themselves
        if executor is None and session.scheduler is not None:
            executor = DaskExecutor(session.scheduler, number, say)
        if executor is None:
            executor = (LocalExecutor if chosen == "standalone" else BatchExecutor)(number)
        course = {}
        if isinstance(experiment.seeds, AdaptiveSeeds):
            compute = partial(complete_session, journal, executor, session)
            plan, stopping = batches(experiment.seeds, plan, journal, compute, say.say)
            tasks, course = plan.tasks, {"adaptive_seeds": stopping.record()}
        else:
            complete_session(journal, executor, session, tasks)
        computed, reused = session.computed, len(tasks) - session.computed
        if shard is not None:
            return Outcome(folder, about, computed, reused)
        say.say("Writing results, figures and report ...")
        facts = {
            "started": began.isoformat(timespec="seconds"),
            "seconds": (datetime.now(UTC) - began).total_seconds(),
            "workers": number,
            "scheduler": session.scheduler,
            "computed": computed,
            "reused": reused,
            **course,
        }
        with Patience(say, "writing"):
            record = outputs.write_all(experiment, plan, journal, folder, digest, facts)
    return Outcome(folder, record, computed, reused)


def _scheduler(given: str, workers: int | None) -> str:
    """Return the address of a scheduler in full; refuse what does not go with it."""
    address = check_scheduler(given)
    if workers is not None and address != LOCAL:
        raise UsageError(
            f"the workers of the scheduler at {address} are its own: leave out --workers, and "
            + "add workers to the cluster"
        )
    return address


def _remote(scheduler: str | None) -> int | None:
    """Return how many workers of a run on other machines burden this one: none but itself."""
    return None if scheduler in {None, LOCAL} else 1


def _command(experiment: "Experiment", out: object, shard: Shard | None, backend: str) -> str:
    words = ["gatecontrol", "run", str(experiment.path or experiment.name)]
    words += ["--out", str(out)] if out else []
    words += ["--shard", str(shard)] if shard else []
    return shlex.join([*words, *(["--engine", backend] if backend != "auto" else [])])
