"""From payloads to one labelled tree: the layout of the results.

Dimensions of the root: ``arm``, one per sweep axis (named as the axis; SI numbers where it
has any, and ``<axis>_text`` as written), ``seed``, ``epoch``, ``fibre_class``,
``population``, with volleys ``volley``, and those of the measures taken. Every variable has
``units`` and ``long_name``.

A measure's variable is there twice: as ``<name>``, and as ``<name>_off`` of the paired
control. ``suppression`` = 1 - on/off per seed; ``suppression_pooled`` = 1 - sum(on)/sum(off)
over seeds with ``suppression_low`` and ``suppression_high`` (95 %); the same for every
variable that declares a suppression (``suppression_lamina1``). What declares an interval has
``<name>_mean`` over seeds, ``<name>_low``, ``<name>_high`` and ``<name>_status``, and so has its
``<name>_off``. ``recruited``, dose, safety
and what each arm is stand beside them, and at last what summaries make of all this.
Groups beside the root: ``/contrasts`` (arms against controls and each other) and ``/fits``
(suppression against amplitude or frequency), and ``/spikes`` where spikes are kept.
A missing value is NaN; ``status`` (per point) and ``suppression_status`` (pooled) say why.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatecontrol import __version__
from gatecontrol.analysis.base import Variable
from gatecontrol.analysis.sensitivity import sensitivity
from gatecontrol.analysis.statistics import (
    contrasts,
    fits,
    means_with_intervals,
    pooled_suppressions,
    suppression,
)
from gatecontrol.analysis.windows import EPOCHS
from gatecontrol.errors import GatecontrolError
from gatecontrol.experiment.gather import Gathered, Slot, gather
from gatecontrol.experiment.grid import Grid, coordinates
from gatecontrol.experiment.kept import spike_group
from gatecontrol.experiment.measured import check_declared, declared_by, with_summary
from gatecontrol.experiment.measuring import summaries_of
from gatecontrol.experiment.trial import circuit_of
from gatecontrol.fibres.classes import INPUT_CLASSES

if TYPE_CHECKING:
    import xarray as xr

    from gatecontrol.experiment.schema import Experiment
    from gatecontrol.experiment.sweep import Axis, Point

__all__ = ["DISCLAIMER", "assemble"]

DISCLAIMER = (
    "Model units: firing of simulated projection neurons. Not a pain score, not a responder "
    + "rate, not clinical advice."
)

_GROUPS: Mapping[str, Callable[["xr.Dataset"], "xr.Dataset | None"]] = {
    "contrasts": contrasts,
    "fits": fits,
    "sensitivity": sensitivity,
}
"""Groups of the results that are made from the root; one that is None is left out."""

_TIMES = {
    "epoch_start": (("epoch",), "Start of the epoch"),
    "epoch_stop": (("epoch",), "End of the epoch"),
    "evoked_start": ((), "Start of the stimulus-evoked window at the dorsal horn"),
    "evoked_stop": ((), "End of the stimulus-evoked window at the dorsal horn"),
}

_DOSE = {
    "amplitude": ("A", "Stimulation amplitude"),
    "perception_threshold": ("A", "Perception threshold (PT)"),
    "discomfort_threshold": ("A", "Discomfort threshold (DT)"),
    "motor_threshold": ("A", "Motor threshold"),
    "charge_per_phase": ("C", "Charge per phase"),
    "charge_density": ("C/m^2", "Charge density per phase"),
    "shannon_k": ("1", "Shannon k: log10(charge density) + log10(charge), uC and cm"),
    "charge_per_second": ("C/s", "Mean charge per second"),
    "power": ("W", "Mean electrical power delivered"),
    "energy_per_day": ("J", "Energy delivered in a day"),
    "pulse_rate": ("Hz", "Mean pulse rate"),
}

_SWITCHES = {
    "duration": "Simulated time",
    "device_on": "When the device is switched on",
    "device_off": "When the device is switched off",
}

_TEXTS = {
    "preparation": "Preparation (whose body)",
    "circuit": "Circuit",
    "conditions": "Conditions of the circuit",
    "device": "Kind of device",
}


def assemble(
    experiment: "Experiment",
    points: Sequence["Point"],
    payloads: Mapping[str, Mapping[str, Any]],
    key: Callable[[Mapping[str, Any]], str],
    *,
    axes: Sequence["Axis"] | None = None,
    spikes: Mapping[str, Mapping[str, Any]] | None = None,
) -> "xr.DataTree":
    """Put the payloads of an experiment into one labelled tree.

    Parameters
    ----------
    experiment : Experiment
    points : sequence of Point
        All points of the experiment, from `gatecontrol.experiment.sweep.points`.
    payloads : mapping of str to mapping
        Trial key -> payload (``measures``, ``recruitment``, ``report``, ``warnings``,
        ``provenance``), held or read when asked. A trial that is not there is missing: NaN,
        "not computed".
    key : callable
        Maps a trial (a dict) to its key in `payloads`.
    axes : sequence of Axis, optional
        Sweep axes; from the experiment if not given.
    spikes : mapping of str to mapping, optional
        Trial key -> population name -> object with ``neuron``, ``time`` and ``size``, for
        the recordings that are kept: the group ``/spikes`` is their table, to which
        `gatecontrol.analysis.results.write` adds the spikes themselves.

    Returns
    -------
    xarray.DataTree
        Laid out as said at the top of this module.

    Raises
    ------
    GatecontrolError
        No point at all, or a measure declared or returned what does not fit the results.
    """
    import xarray as xr

    if not points:
        raise GatecontrolError("the experiment has no points, so there are no results")
    if axes is None:
        from gatecontrol.experiment.sweep import axes as axes_of

        axes = axes_of(experiment)
    variables, dimensions = declared_by(points)
    grid = Grid(points, axes, dimensions)
    check_declared(grid, variables)
    found = gather(grid, points, payloads, key, _slots(variables))
    data = _Variables()
    for variable in variables:
        for suffix, note in (("", ""), ("_off", ", control")):
            data[variable.name + suffix] = (
                (*grid.dims, *variable.dims),
                found.array("measures", variable.name, control=bool(suffix)),
                {"units": variable.units, "long_name": variable.long_name + note},
            )
            if variable.interval:
                _add_mean(data, grid, variable.name + suffix)
    reasons = found.reasons.reshape((*grid.shape, len(EPOCHS)))
    for variable in variables:
        if variable.suppression:
            _add_suppression(data, reasons, grid, variable)
    _add_device(data, grid, found, points)
    data["status"] = (
        (*grid.dims, "epoch"),
        reasons,
        {"units": "1", "long_name": "Why a value of this point is missing; empty if none is"},
    )
    root = xr.Dataset(data, coordinates(grid, experiment), _attributes(experiment, points, found))
    for summary in summaries_of(experiment):
        root = with_summary(root, summary)
    tree = xr.DataTree(root, name=str(experiment.name))
    for name, of_root in _GROUPS.items():
        made = of_root(root)
        if made is not None:
            tree[name] = xr.DataTree(made)
    if spikes:
        group = spike_group(points, key, spikes)
        if group is not None:
            tree["spikes"] = xr.DataTree(group)
    return tree


class _Variables(dict[str, Any]):
    """Variables by name, each set once: what a measure adds must not replace another."""

    def __setitem__(self, name: str, value: Any) -> None:
        if name in self:
            raise GatecontrolError(
                f"the results would hold '{name}' twice; a measure must give what it declares "
                + "another name"
            )
        super().__setitem__(name, value)


def _slots(variables: Sequence[Variable]) -> list[Slot]:
    """Return everything that is read from a payload."""
    slots = [Slot("measures", v.name, v.dims, explained=True) for v in variables]
    slots += [Slot("measures", name, dims) for name, (dims, _) in _TIMES.items()]
    slots += [Slot("report", name) for name in _DOSE]
    slots += [Slot("recruitment", name) for name in INPUT_CLASSES]
    return slots


def _joined(before: str, name: str, why: str) -> str:
    return "; ".join(t for t in (before, f"{name}: {why}") if t)


def _add_mean(data: _Variables, grid: Grid, name: str) -> None:
    """Add the mean over seeds of a variable and its interval."""
    dims, values, about = data[name]
    outer = tuple(d for d in dims if d != "seed")
    values = np.moveaxis(values, dims.index("seed"), -1)
    units, long_name = about["units"], about["long_name"]
    notes = {
        "mean": "mean over seeds",
        "low": "lower end of the 95 % interval of the mean",
        "high": "upper end of the 95 % interval of the mean",
    }
    for (part, note), array in zip(notes.items(), means_with_intervals(values), strict=True):
        attributes = {"units": units, "long_name": f"{long_name}, {note}"}
        data[f"{name}_{part}"] = (outer, array, attributes)
    known = np.isfinite(values).sum(axis=-1)
    why = np.full(known.shape, "", dtype=object)
    for place in np.argwhere(known < len(grid.seeds)):
        count = known[tuple(place)]
        why[tuple(place)] = f"{count} of {len(grid.seeds)} seeds have a value"
    why[known == 1] = "one seed has no interval"
    why[known == 0] = "no seed has a value"
    about = {"units": "1", "long_name": f"{long_name}: why its mean or interval is missing"}
    data[f"{name}_status"] = (outer, why, about)


def _add_suppression(
    data: _Variables, reasons: NDArray[Any], grid: Grid, variable: Variable
) -> None:
    """Add the suppression of a variable: per seed, pooled over seeds, and its interval."""
    seed = len(grid.dims) - 1
    outer = tuple(d for d in grid.dims if d != "seed")
    name, dims = variable.suppression, variable.dims
    long_name = f"Suppression of {variable.suppressed or variable.long_name}"
    on, off = data[variable.name][1], data[f"{variable.name}_off"][1]
    single = suppression(on, off)
    for place in np.argwhere(np.isfinite(on) & (off == 0)):
        point, inner = tuple(place[: seed + 1]), place[seed + 1 :]
        labels = [str(grid.labels[d][i]) for d, i in zip(dims, inner, strict=True) if d != "epoch"]
        epochs = [i for d, i in zip(dims, inner, strict=True) if d == "epoch"]
        what = f"{name} ({', '.join(labels)})" if labels else name
        for epoch in epochs or range(len(EPOCHS)):
            where = (*point, epoch)
            reasons[where] = _joined(reasons[where], what, "the control fires no spike")
    data[name] = ((*grid.dims, *dims), single, {"units": "1", "long_name": long_name})
    on, off = np.moveaxis(on, seed, -1), np.moveaxis(off, seed, -1)
    found = pooled_suppressions(on, off)
    numbers = {"pooled": found.value, "low": found.low, "high": found.high}
    notes = {
        "pooled": "all seeds together: 1 - sum(on) / sum(off)",
        "low": "lower end of the 95 % interval over seeds",
        "high": "upper end of the 95 % interval over seeds",
    }
    for part, note in notes.items():
        attributes = {"units": "1", "long_name": f"{long_name}, {note}"}
        data[f"{name}_{part}"] = ((*outer, *dims), numbers[part], attributes)
    data[f"{name}_status"] = (
        (*outer, *dims),
        found.reason,
        {"units": "1", "long_name": f"{long_name}: why an estimate or interval is missing"},
    )


def _add_device(data: _Variables, grid: Grid, found: Gathered, points: Sequence["Point"]) -> None:
    """Add dose, safety, recruitment, epochs and what each arm is."""
    outer = tuple(d for d in grid.dims if d != "seed")
    shares = [found.array("recruitment", name) for name in INPUT_CLASSES]
    data["recruited"] = (
        (*grid.dims, "fibre_class"),
        np.stack(shares, axis=-1),
        {"units": "1", "long_name": "Share of a class's fibres in the device's reach it recruits"},
    )
    for name, (units, long_name) in _DOSE.items():
        array = _over_seeds(found.array("report", name))
        data[name] = (outer, array, {"units": units, "long_name": long_name})
    amplitude, threshold = data["amplitude"][1], data["perception_threshold"][1]
    relative = np.full(amplitude.shape, np.nan)
    np.divide(amplitude, threshold, out=relative, where=threshold > 0)
    data["amplitude_relative"] = (
        outer,
        relative,
        {"units": "1", "long_name": "Stimulation amplitude over perception threshold"},
    )
    for name, (dims, long_name) in _TIMES.items():
        # Epochs do not depend on the seed.
        first = np.take(found.array("measures", name), 0, axis=len(grid.dims) - 1)
        data[name] = ((*outer, *dims), first, {"units": "s", "long_name": long_name})
    for name, long_name in _SWITCHES.items():
        times = np.full(math.prod(grid.shape), np.nan)
        for row, point in zip(grid.rows, points, strict=True):
            when = point.trial.get("run", {}).get(name)
            absent = when is None or (name != "duration" and not point.trial["device"])
            times[row] = math.nan if absent else when
        array = _over_seeds(times.reshape(grid.shape))
        data[name] = (outer, array, {"units": "s", "long_name": long_name})
    swept = {axis.name for axis in grid.axes}
    for name, long_name in _TEXTS.items():
        if name in swept:  # the coordinate of the axis says it
            continue
        texts = np.full(math.prod(grid.shape[:-1]), "", dtype=object)
        for row, point in zip(grid.rows, points, strict=True):
            texts[row // len(grid.seeds)] = _described(point.trial, name)
        about = {"units": "1", "long_name": long_name}
        data[name] = (outer, texts.reshape(grid.shape[:-1]), about)


def _over_seeds(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over seeds (last axis) of what is there; exact if all are equal."""
    result = array[..., 0].copy()
    for place in np.ndindex(result.shape):
        row = array[place][np.isfinite(array[place])]
        if row.size:
            result[place] = row[0] if np.all(row == row[0]) else row.mean()
    return result


def _described(trial: Mapping[str, Any], name: str) -> str:
    if name == "preparation":
        return str(trial["preparation"])
    if name == "device":
        return str(trial["device"]["kind"]) if trial.get("device") else "none"
    circuit = trial["circuit"]
    if name == "circuit":
        return str(circuit.get("name") or circuit.get("file"))
    return ", ".join(circuit.get("conditions") or ()) or "naive"


def _attributes(
    experiment: "Experiment", points: Sequence["Point"], found: Gathered
) -> dict[str, Any]:
    # by first point; those of one point in the order in which it gave them
    told = sorted(found.warnings, key=found.warnings.__getitem__)
    warnings = {f"{arm}: {text}": None for arm, text in told}
    bodies: dict[str, dict[str, None]] = {}
    for point in points:
        bodies.setdefault(point.arm, {})[str(point.trial["preparation"])] = None
    provenance: dict[str, dict[str, str]] = {arm: {} for arm in bodies}
    for (arm, topic), (_, text) in found.provenance.items():
        provenance[arm][topic] = text
    for problem in getattr(experiment, "warnings", ()):
        warnings[str(problem)] = None
    margin = getattr(experiment, "equivalence_margin", None)
    stated = {} if margin is None else {"equivalence_margin": float(margin)}
    return stated | {
        "title": str(experiment.name),
        "question": str(getattr(experiment, "question", "") or ""),
        "look_for": str(getattr(experiment, "look_for", "") or ""),
        "control": str(getattr(experiment, "control", "") or "device_off"),
        "source": f"gatecontrol {__version__}",
        "conventions": "gatecontrol results 1: SI units; fractions of 1; times from run start",
        "disclaimer": DISCLAIMER,
        "preparation": "; ".join(f"{arm}: {', '.join(b)}" for arm, b in bodies.items()),
        # Structured text is JSON: attributes of netCDF are flat.
        "circuit": json.dumps(asdict(circuit_of(points[0].trial)), sort_keys=True),
        "warnings": json.dumps(list(warnings)),
        "provenance": json.dumps(provenance, sort_keys=True),
    }
