"""One trial after another, at once: a warm worker for notebooks and live pages."""

import os
from types import TracebackType
from typing import TYPE_CHECKING, Self

from gatecontrol.errors import GatecontrolError, RunError
from gatecontrol.experiment.executor import TRIAL, TaskError
from gatecontrol.experiment.load import load
from gatecontrol.experiment.prepare import engine, prepare_networks
from gatecontrol.experiment.process import WorkerProcess, start_worker
from gatecontrol.experiment.progress import Lines, Reporter
from gatecontrol.experiment.sweep import points

if TYPE_CHECKING:
    from gatecontrol.experiment.trial import Payload

__all__ = ["Live"]


class Live:
    """A worker process that answers changed parameters of an experiment.

    Everything slow is done when it starts: a network that is not in the cache is compiled,
    and the worker simulates one trial so that its libraries are loaded. Close it, or use it
    as a context.

    Parameters
    ----------
    experiment : str or path
        Name of a shipped experiment, or a file. Its sweep is ignored as far as its first
        point goes.
    backend : str, optional
        ``"auto"``, ``"standalone"``, ``"cython"`` or ``"numpy"``.
    progress : Reporter, optional
        Told when a network is compiled; plain lines on standard error by default.

    Examples
    --------
    >>> import gatecontrol
    >>> with gatecontrol.Live("rub_it_better") as live:
    ...     alone = live.run("run.duration=1 s")
    ...     weak = live.run("run.duration=1 s", "circuit.set.receptors.gaba_a.decay=3 ms")
    >>> len(alone["spikes"]["projection_deep"].time) > 0
    True
    """

    def __init__(
        self,
        experiment: str | os.PathLike[str],
        *,
        backend: str = "auto",
        progress: Reporter | None = None,
    ) -> None:
        self._name, self._say = os.fspath(experiment), progress or Lines()
        self._backend = engine(backend)
        self._worker: WorkerProcess | None = None
        try:
            self.run()
        except BaseException:
            self.close()
            raise

    def run(self, *overrides: str, arm: str | None = None, seed: int | None = None) -> "Payload":
        """Simulate one trial with changed parameters.

        Parameters
        ----------
        *overrides : str
            ``"path=value"``, as after ``--set``.
        arm : str, optional
            Arm of the experiment; the first by default.
        seed : int, optional
            Seed; the experiment's first by default.

        Returns
        -------
        Payload
            Measures, recruitment, dose, warnings, and the spikes of every population.

        Raises
        ------
        ExperimentError
            Faults of the changed experiment, all at once.
        RunError
            The trial failed, or its worker died; the next call starts another.
        """
        experiment = load(self._name, overrides)
        found = [p for p in points(experiment) if arm in {None, p.arm}]
        if not found:
            arms = ", ".join(experiment.arms)
            raise GatecontrolError(f"no arm '{arm}' in {self._name}; choose {arms}")
        trial = found[0].trial if seed is None else {**found[0].trial, "seed": seed}
        prepare_networks([(trial["circuit"], trial["run"]["dt"])], self._backend, self._say)
        return self._compute({"trial": trial, "backend": self._backend, "keep_spikes": True})

    def _compute(self, task: dict[str, object]) -> "Payload":
        worker = self._worker = self._worker or start_worker(TRIAL)
        try:
            worker.pipe.send(task)
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            self._worker = None
            how, _ = worker.bury("simulate less time")
            raise RunError(f"the worker process ended {how}") from None
        except BaseException:  # interrupted: an answer to come would be taken for the next one
            self.close()
            raise
        worker.note(answer)
        if worker.worn:
            self.close()
        if "error" in answer:
            raise TaskError(answer["error"], answer["trace"])
        payload: Payload = answer["payload"]
        return payload

    def close(self) -> None:
        """End the worker."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
