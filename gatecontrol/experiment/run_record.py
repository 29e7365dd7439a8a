"""``run.json``: what the program found, apart from what the user said."""

import hashlib
import json
import math
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gatecontrol
from gatecontrol.experiment.trial import canonical, environment_digest
from gatecontrol.files import write_whole

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.plan import Plan

__all__ = ["finished_run", "plan_digest", "read_run", "summarise", "write_run"]

_PACKAGES = ("brian2", "numpy", "scipy", "numba", "xarray", "h5netcdf", "h5py", "matplotlib")


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
