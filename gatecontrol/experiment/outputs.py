"""The results folder: all files that a finished run leaves."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gatecontrol.errors import RunError
from gatecontrol.experiment.measuring import summaries_of
from gatecontrol.experiment.run_record import summarise, write_run
from gatecontrol.experiment.trial import canonical, circuit_of
from gatecontrol.files import write_whole
from gatecontrol.parameters import chosen_presets
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    from gatecontrol.analysis.base import Summary
    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.schema import Experiment

__all__ = ["ImportsAhead", "present", "references", "write_all"]


class ImportsAhead(threading.Thread):
    """Imports what writes results while the workers compute: seconds less at the end."""

    def __init__(self) -> None:
        super().__init__(name="imports ahead")
        self._over = threading.Event()

    def run(self) -> None:
        """Import one module after the other, until it is over."""
        for name in ("xarray", "seaborn", "gatecontrol.analysis.report.content"):
            if not self._over.is_set():
                with contextlib.suppress(ImportError):  # where it is needed it is told
                    import_module(name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()


class _Stored(Mapping[str, Any]):
    """What a journal holds of some trials, read each time it is asked for, never kept."""

    def __init__(self, keys: Sequence[str], load: Callable[[str], Any]) -> None:
        self._keys, self._load = dict.fromkeys(keys), load

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return self._load(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def write_all(
    experiment: "Experiment",
    plan: "Plan",
    journal: "Journal",
    folder: Path,
    digest: str,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Assemble the finished trials and write every output, ``run.json`` last.

    Parameters
    ----------
    experiment : Experiment
    plan : Plan
    journal : Journal
        Holds every trial of the plan.
    folder : Path
        Results folder.
    digest : str
        From `plan_digest`.
    facts : mapping
        What the runner knows: timings, workers, ...

    Returns
    -------
    dict
        Content of ``run.json``.

    Raises
    ------
    RunError
        A file cannot be written; every trial is safe in the journal.
    """
    try:
        return _write_all(experiment, plan, journal, folder, digest, facts)
    except OSError as error:
        raise RunError(
            f"cannot write the results to {error.filename or folder}: "
            + f"{error.strerror or error}; every point is saved. Make room and run the "
            + "same command again"
        ) from error


def _write_all(
    experiment: "Experiment",
    plan: "Plan",
    journal: "Journal",
    folder: Path,
    digest: str,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    from gatecontrol.analysis.results import write
    from gatecontrol.citations import entries, keys_of
    from gatecontrol.experiment.adaptive import add_record
    from gatecontrol.experiment.assembly import assemble
    from gatecontrol.experiment.kept import spike_trains

    payloads = _Stored([t.key for t in plan.tasks], lambda key: journal.load(key, spikes=False))
    spikes = _Stored(
        [t.key for t in plan.tasks if t.keeps_spikes], lambda key: journal.load(key)["spikes"] or {}
    )
    tree = assemble(experiment, plan.points, payloads, plan.key, axes=plan.axes, spikes=spikes)
    if "adaptive_seeds" in facts:
        add_record(tree, facts["adaptive_seeds"])
    kept = [write(tree, folder / "results.nc", spike_trains(plan.points, plan.key, spikes))]
    kept.append(_write_text(folder / "experiment.yaml", experiment.resolved()))
    groups = [group.attrs.get("references", "") for group in tree.children.values()]
    keys = sorted({*references(plan, summaries_of(experiment)), *keys_of(groups)})
    kept.append(_write_text(folder / "references.bib", entries(keys)))
    labels = {name: arm.label or name for name, arm in experiment.arms.items()}
    axes = [a.name for a in plan.axes]
    warnings = [*map(str, experiment.warnings), *json.loads(tree.attrs["warnings"])]
    facts = {
        **facts,
        "name": experiment.name,
        "references": list(keys),
        "warnings": list(dict.fromkeys(warnings)),
        "allow_out_of_range": list(experiment.allow_out_of_range),
        "trial_seconds": sum(journal.seconds(t.key) for t in plan.tasks),
        "provenance": json.loads(tree.attrs["provenance"]),
        "axes": axes,
        "summary": summarise(tree, labels, axes),
    }
    del tree  # the report opens the file
    write_run(folder, plan, digest, {}, facts)  # the report reads it; unfinished without outputs
    files = dict.fromkeys(kept, True) | dict.fromkeys(present(folder), False)
    return write_run(folder, plan, digest, files, facts)


def present(folder: Path, evidence: Path | None = None) -> list[Path]:
    """Make figures, tables and report of a results folder; return their files, the report last.

    Parameters
    ----------
    folder : Path
        Holds ``results.nc`` and ``run.json``.
    evidence : Path, optional
        Evidence score of the circuit, for the report.
    """
    from gatecontrol.analysis.report import write_report

    report = write_report(folder, evidence)
    made = [p for name in ("figures", "tables") for p in sorted((folder / name).iterdir())]
    return [*(p for p in made if p.is_file()), report]


def references(plan: "Plan", summaries: "Sequence[Summary]" = ()) -> list[str]:
    """Return the BibTeX keys of everything that a run uses, each once.

    Parameters
    ----------
    plan : Plan
    summaries : sequence of Summary, optional
        What is computed from all trials.
    """
    from gatecontrol.analysis.base import ALWAYS
    from gatecontrol.analysis.sensitivity import REFERENCES
    from gatecontrol.citations import SOFTWARE, keys_of
    from gatecontrol.preparations import load_preparation

    designed = any(axis.design for axis in plan.axes)
    things: dict[str, Any] = {"sensitivity": REFERENCES} if designed else {}
    for task in plan.tasks:
        trial = task.arguments["trial"]
        circuit = things.setdefault(canonical(trial["circuit"]), circuit_of(trial))
        body = trial["preparation"]
        things.setdefault(f"preparations {body}", load_preparation(body))
        used = [("measures", kind) for kind in (*ALWAYS, *(m["kind"] for m in trial["measures"]))]
        used += [("stimuli", str(s["kind"])) for s in (*trial["stimuli"], *circuit.stimuli)]
        if trial["device"]:
            kind = str(trial["device"]["kind"])
            used.append(("devices", kind))
            presets = chosen_presets(load_plugin("devices", kind).parameters, trial["device"])
            things |= {f"preset {preset.title}": preset.source for preset in presets}
        for group, name in used:
            things.setdefault(f"{group} {name}", load_plugin(group, name))
    things |= {f"measures {one.name}": type(one) for one in summaries}
    return sorted({*SOFTWARE, *keys_of(*things.values())})


def _write_text(path: Path, text: str) -> Path:
    write_whole(path, text.encode())
    return path
