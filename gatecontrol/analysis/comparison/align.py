"""Several runs along one dimension, and what differs between their experiments."""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.comparison.differences import differences
from gatecontrol.analysis.comparison.runs import Run, common_arms
from gatecontrol.analysis.figures.rows import sweep_axes
from gatecontrol.analysis.report.design import ranges

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["aligned", "equal_settings", "unequal_settings"]

_DIMS = {"arm", "seed", "epoch", "fibre_class"}
_DISCLAIMED = ("disclaimer", "conventions", "control")


def aligned(runs: Sequence[Run]) -> "xr.Dataset":
    """Return the runs along ``run``, with the differences between them.

    Parameters
    ----------
    runs : sequence of Run
        Comparable ones, see `gatecontrol.analysis.comparison.runs.check`.

    Returns
    -------
    xarray.Dataset
        Every variable that all runs have and that lies along arm, sweep axes, seed, epoch and
        fibre class, for the arms that all have; NaN where a run lacks a seed. Added are
        ``title``, ``source`` and ``arm_label`` (how each run calls an arm), and what
        `gatecontrol.analysis.comparison.differences.differences` returns.
    """
    import xarray as xr

    arms, axes = common_arms(runs), sweep_axes(runs[0].data)
    allowed = _DIMS | set(axes)
    names = [
        str(n)
        for n, v in runs[0].data.data_vars.items()
        if set(map(str, v.dims)) <= allowed
        and all(n in r.data and set(r.data[n].dims) == set(v.dims) for r in runs)
    ]
    parts = []
    for run in runs:
        part = run.data[names].sel(arm=arms)
        part["arm_label"] = ("arm", part["label"].values.astype(object))
        labelled = ["label"] if "label" in part.coords else []
        keep = [*labelled, *(c for c in part.coords if not set(part[c].dims) <= allowed)]
        parts.append(part.drop_vars(keep))
    joined = xr.concat(
        parts,
        dim="run",
        data_vars="all",
        coords="minimal",
        compat="override",
        join="outer",
        combine_attrs="drop",
    )
    for name, variable in joined.data_vars.items():
        if name in runs[0].data:
            variable.attrs.update(runs[0].data[name].attrs)
        if variable.dtype.kind in "OUS":  # a seed that a run lacks has no text
            texts = np.array(["" if v != v else str(v) for v in variable.values.ravel()], object)
            joined[name] = variable.copy(data=texts.reshape(variable.shape))
    joined["arm_label"].attrs.update(units="1", long_name="How each run calls the arm")
    for name, values, text in (
        ("title", [str(r.data.attrs.get("title", r.name)) for r in runs], "Name of the experiment"),
        ("source", [r.version for r in runs], "What computed the run"),
    ):
        about = {"units": "1", "long_name": text}
        joined[name] = ("run", np.array(values, dtype=object), about)
    joined = joined.merge(differences(list(runs), arms, axes), combine_attrs="override")
    labels = np.array([r.name for r in runs], dtype=object)
    about = {"units": "1", "long_name": "Run"}
    joined = joined.assign_coords(
        run=("run", labels, about),
        run_other=("run_other", labels, {"units": "1", "long_name": "Run that is compared with"}),
    )
    joined.attrs = {k: runs[0].data.attrs[k] for k in _DISCLAIMED if k in runs[0].data.attrs}
    joined.attrs["conventions"] = "gatecontrol comparison 1: SI units; fractions of 1"
    return joined


def _facts(run: Run, arms: Sequence[str]) -> dict[str, str]:
    """Return every setting of a run: once if its arms share it, else by arm."""
    found: dict[str, str] = {}
    mine = {a: run.settings.arms.get(a) for a in arms}
    if not any(mine.values()) and len(run.settings.arms) == 1:
        mine = dict.fromkeys(arms, next(iter(run.settings.arms.values())))
    paths = dict.fromkeys(p for settings in mine.values() for p in settings or {})
    for path in paths:
        for arm, settings in mine.items():
            found[f"{arm}\n{path}"] = (settings or {}).get(path, "")
    for path, values in run.settings.sweep.items():
        found[f"\nsweep.{path}"] = values
    found["\nseeds"] = ranges(run.seeds)
    found["\nversion"] = run.version
    circuit = run.data.attrs.get("circuit") or "{}"
    found["\ncircuit file, as used"] = _circuit(circuit)
    return found


def _circuit(text: str) -> str:
    """Return size and digest of a circuit with its conditions applied."""
    circuit = json.loads(text)
    if not circuit:
        return ""
    cells = sum(int(p["size"]) for p in circuit["populations"].values())
    fibres = sum(int(a["size"]) for a in circuit["afferents"].values())
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{cells} cells, {fibres} fibres ({digest})"


def _compared(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return what to compare, and its value in each run; once for arms that agree throughout."""
    arms = common_arms(runs)
    facts = [_facts(run, arms) for run in runs]
    keys = dict.fromkeys(k for f in facts for k in f)
    by_path: dict[str, dict[str, list[str]]] = {}
    for key in keys:
        arm, _, path = key.partition("\n")
        by_path.setdefault(path, {})[arm] = [f.get(key, "") for f in facts]
    found: dict[str, list[str]] = {}
    for path, values in by_path.items():
        if len({tuple(v) for v in values.values()}) == 1:
            found[path] = next(iter(values.values()))
        else:
            found |= {f"{arm}: {path}": v for arm, v in values.items()}
    return found


def unequal_settings(runs: Sequence[Run]) -> list[list[str]]:
    """Return what differs between the runs: one row per setting, its value in each run.

    Parameters
    ----------
    runs : sequence of Run
    """
    return [
        [name, *(v or "\N{EN DASH}" for v in values)]
        for name, values in _compared(runs).items()
        if len(set(values)) > 1
    ]


def equal_settings(runs: Sequence[Run]) -> dict[str, str]:
    """Return what is equal in all runs: setting -> value.

    Parameters
    ----------
    runs : sequence of Run
    """
    return {n: v[0] for n, v in _compared(runs).items() if len(set(v)) == 1 and v[0]}
