"""The results folder: what a finished run leaves, and whether it is all there."""

import contextlib
import hashlib
import json
import math
import os
import platform
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import gatecontrol
from gatecontrol.errors import RunError
from gatecontrol.experiment.measuring import summaries_of
from gatecontrol.experiment.trial import canonical, circuit_of, environment_digest
from gatecontrol.files import write_whole
from gatecontrol.parameters import chosen_presets
from gatecontrol.plugins import load_plugin

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.analysis.base import Summary
    from gatecontrol.experiment.journal import Journal
    from gatecontrol.experiment.plan import Plan
    from gatecontrol.experiment.schema import Experiment

__all__ = [
    "ImportsAhead",
    "finished_run",
    "plan_digest",
    "present",
    "read_run",
    "references",
    "summarise",
    "write_all",
    "write_run",
]

_PACKAGES = ("brian2", "numpy", "scipy", "numba", "xarray", "h5netcdf", "h5py", "matplotlib")


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


def plan_digest(plan: "Plan", resolved: str) -> str:
    """Return the digest of all that the outputs are made of: points, texts and code.

    Parameters
    ----------
    plan : Plan
    resolved : str
        Text of the resolved experiment.
    """
    keys = [task.key for task in plan.tasks]
    text = canonical([keys, resolved, environment_digest(), gatecontrol.__version__])
    return hashlib.sha256(text.encode()).hexdigest()


def read_run(folder: Path) -> dict[str, Any] | None:
    """Return the record of the last finished run of a folder, or None.

    Parameters
    ----------
    folder : Path
        Results folder.
    """
    try:
        found = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def finished_run(folder: Path, digest: str) -> dict[str, Any] | None:
    """Return the record of a finished run if it is of this plan and every output is intact.

    Parameters
    ----------
    folder : Path
    digest : str
        From `plan_digest`.
    """
    record = read_run(folder)
    if record is None or record.get("plan") != digest or not record.get("outputs"):
        return None
    for name, expected in record["outputs"].items():
        if expected is None and not (folder / name).exists():
            return None
        if expected is not None and _digest(folder / name) != expected:
            return None
    return record


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return ""


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


def write_run(
    folder: Path, plan: "Plan", digest: str, outputs: Mapping[Path, bool], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """Write ``run.json``: what the program found, apart from what the user said.

    Parameters
    ----------
    folder : Path
    plan : Plan
    digest : str
        From `plan_digest`.
    outputs : mapping of Path to bool
        Files of the folder that belong to the run; whether they must not change (their
        digests are kept). Figures and report may be made again.
    facts : mapping
        What else is known: timings, warnings, summary, ...
    """
    packages = (*_PACKAGES, "salib") if any(a.design for a in plan.axes) else _PACKAGES
    record: dict[str, Any] = {
        "gatecontrol": gatecontrol.__version__,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
        "host": {
            "system": platform.platform(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
        },
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "backend": plan.backend,
        "seeds": list(dict.fromkeys(p.seed for p in plan.points)),
        "points": len(plan.points),
        "trials": len(plan.tasks),
        **facts,
        "plan": digest,
        "environment": environment_digest(),
        "outputs": {
            path.relative_to(folder).as_posix(): _digest(path) if fixed else None
            for path, fixed in outputs.items()
        },
    }
    text = json.dumps(_finite(record), indent=1, ensure_ascii=False) + "\n"
    write_whole(folder / "run.json", text.encode())
    return record


def _finite(value: Any) -> Any:
    """Return the value with NaN and infinities as null, which JSON has no other word for."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list | tuple) else value


_COLUMNS = {
    "amplitude": "amplitude",
    "amplitude_relative": "amplitude_relative",
    "pain_signal": "pain_signal",
    "pain_signal_off": "pain_signal_off",
    "suppression": "suppression_pooled",
    "suppression_low": "suppression_low",
    "suppression_high": "suppression_high",
}


def summarise(
    tree: "xr.DataTree", labels: Mapping[str, str], axes: Sequence[str]
) -> list[dict[str, Any]]:
    """Return one row per arm and sweep point: dose, recruitment and suppression.

    Parameters
    ----------
    tree : xarray.DataTree
        The results.
    labels : mapping of str to str
        Arm -> how figures name it.
    axes : sequence of str
        Names of the sweep axes, which are dimensions of the results.

    Returns
    -------
    list of dict
        Amplitudes in A, the pain signal in spikes/s (mean over seeds), shares as fractions;
        all of the epoch ``during``; None where there is no value. Values of the axes stand
        in SI units in ``axes``, as typed in ``axes_text``.
    """
    from gatecontrol.analysis.figures.rows import rows_of

    data = tree.to_dataset(inherit=False)
    along = {name: data[name].values for name in axes}
    rows: list[dict[str, Any]] = []
    for row in rows_of(data):
        found: dict[str, Any] = {"arm": row.arm, "label": labels.get(row.arm) or row.arm}
        found["axes"] = {name: _plain(along[name][row.place[name]]) for name in axes}
        found["axes_text"] = [row.parts[name] for name in axes]
        for column, name in _COLUMNS.items():
            found[column] = _number(row.number(name))
        found["recruited_abeta"] = _number(row.recruited("abeta"))
        found["reason"] = str(row.values("suppression_status", epoch="during"))
        rows.append(found)
    return rows


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
