"""Trials side by side: what makes Brian2's runtime bearable without a C++ compiler."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from gatecontrol.experiment.executor import LocalExecutor, Task
from gatecontrol.experiment.trial import Payload, canonical

__all__ = ["BatchExecutor"]

TRIALS = "gatecontrol.experiment.trial:run_trials"
_MOST = 10  # trials side by side: the runtime gains little from more, and memory grows


@dataclass
class BatchExecutor:
    """Worker processes on this machine that compute several trials of one network at once.

    Attributes
    ----------
    workers : int
        Number of processes.
    function : str
        ``module:name`` of the function that computes a batch.
    """

    workers: int
    function: str = TRIALS

    def run(self, tasks: Sequence[Task]) -> Generator[tuple[Task, Payload] | None]:
        """Yield each task with its payload as its batch ends; see `Executor.run`."""
        members = {group[0].key: group for group in self._groups(tasks)}
        batches = [_batch(group) for group in members.values()]
        inner = LocalExecutor(self.workers, self.function).run(batches)
        try:
            for ended in inner:
                if ended is None:
                    yield None
                    continue
                batch, payloads = ended
                group = members.pop(batch.key)
                yield from zip(group, cast("list[Payload]", payloads), strict=True)
        finally:
            inner.close()

    def _groups(self, tasks: Sequence[Task]) -> Generator[list[Task]]:
        """Yield the tasks of one network, a share for each worker and no more than fit."""
        networks: dict[str, list[Task]] = {}
        for task in tasks:
            trial = task.arguments["trial"]
            alike = [trial["circuit"], trial["run"]["duration"], trial["run"]["dt"]]
            networks.setdefault(canonical([*alike, task.arguments["backend"]]), []).append(task)
        for network in networks.values():
            size = min(_MOST, math.ceil(len(network) / self.workers))
            left = iter(network)
            while group := list(islice(left, size)):
                yield group


def _batch(group: list[Task]) -> Task:
    """Return one task for a group."""
    more = f" (and {len(group) - 1} beside it)" if len(group) > 1 else ""
    arguments = {
        "trials": [t.arguments["trial"] for t in group],
        "backend": group[0].arguments["backend"],
        "keep_spikes": [t.keeps_spikes for t in group],
    }
    return Task(group[0].key, group[0].label + more, arguments)
