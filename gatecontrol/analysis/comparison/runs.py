"""The runs of a comparison: opened, named, and checked for whether they can be compared."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gatecontrol.analysis.figures.rows import sweep_axes, text_of
from gatecontrol.analysis.results import Results, open_results
from gatecontrol.analysis.settings import Settings, read_settings
from gatecontrol.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ALLOWED", "Run", "check", "common_arms", "notes", "open_runs"]

ALLOWED = ("stimuli", "duration", "device_window", "epochs", "dt")
"""What may differ between runs if the user says so; other differences have no meaning."""

_TOLERANCE = 1e-9  # seconds: times are read from text


@dataclass(frozen=True)
class Run:
    """One results folder of a comparison.

    Attributes
    ----------
    name : str
        What the comparison calls it.
    results : Results
    data : xarray.Dataset
        Root of the results.
    settings : Settings
        From its resolved experiment; without arms if there is none.
    """

    name: str
    results: Results
    data: "xr.Dataset"
    settings: Settings

    @property
    def seeds(self) -> list[int]:
        """Its seeds."""
        return [int(s) for s in self.data["seed"].values]

    @property
    def version(self) -> str:
        """What computed it."""
        return str(self.data.attrs.get("source", "an unknown version"))


def open_runs(folders: Sequence[Path | str]) -> list[Run]:
    """Open results folders and name them by their folders.

    Parameters
    ----------
    folders : sequence of path
        Two or more.

    Raises
    ------
    UsageError
        Fewer than two, or one twice.
    GatecontrolError
        There are no results in one of them.
    """
    if len(folders) < 2:
        raise UsageError("a comparison needs two results folders or more")
    places = [Path(f).resolve() for f in folders]
    places = [p.parent if p.name == "results.nc" else p for p in places]
    twice = next((p for i, p in enumerate(places) if p in places[:i]), None)
    if twice is not None:
        raise UsageError(f"{twice.name} is given twice; give each results folder once")
    runs = []
    for name, place in zip(_names(places), places, strict=True):
        results = open_results(place, spikes=False)
        runs.append(Run(name, results, results.data, read_settings(results.experiment)))
    return runs


def _names(places: Sequence[Path]) -> list[str]:
    """Return the shortest ends of the paths that tell them apart."""
    for depth in range(1, max(len(p.parts) for p in places) + 1):
        names = ["/".join(p.parts[-depth:]) for p in places]
        if len(set(names)) == len(names):
            return names
    return [str(p) for p in places]


def common_arms(runs: Sequence[Run]) -> list[str]:
    """Return the arms that every run has, in the order of the first.

    Parameters
    ----------
    runs : sequence of Run
    """
    arms = [[str(a) for a in run.data["arm"].values] for run in runs]
    return [a for a in arms[0] if all(a in other for other in arms[1:])]


def check(runs: Sequence[Run], allow: Collection[str] = ()) -> list[str]:
    """Refuse runs that cannot be compared, with all reasons at once.

    Parameters
    ----------
    runs : sequence of Run
    allow : collection of str, optional
        Differences of `ALLOWED` that the user accepts.

    Returns
    -------
    list of str
        Differences that were accepted, in words.

    Raises
    ------
    UsageError
        A difference that is not accepted, or a word in `allow` that is not in `ALLOWED`.
    """
    for word in allow:
        if word not in ALLOWED:
            known = ", ".join(ALLOWED)
            hint = did_you_mean(word, list(ALLOWED))
            raise UsageError(f"nothing called '{word}' can be allowed.{hint} Known: {known}")
    reasons = _fundamental(runs)
    accepted = []
    if not reasons:
        for topic, text in _conditional(runs):
            if topic in allow:
                accepted.append(f"Allowed to differ: {topic}; {text}")
            else:
                reasons.append(f"{topic}: {text} To compare them all the same: --allow {topic}")
    if reasons:
        lines = "\n".join(f"  {reason}" for reason in reasons)
        raise UsageError(f"these runs cannot be compared:\n{lines}")
    return accepted


def _fundamental(runs: Sequence[Run]) -> list[str]:
    """Return differences without which nothing is comparable."""
    first, found = runs[0], []
    for run in runs[1:]:
        layouts = [str(r.data.attrs.get("conventions", "")).partition(":")[0] for r in (first, run)]
        if layouts[0] != layouts[1]:
            found.append(
                f"layout: {first.name} is '{layouts[0]}', {run.name} is '{layouts[1]}'. Run the "
                + "older one again with this version"
            )
            return found
        controls = [str(r.data.attrs.get("control", "device_off")) for r in (first, run)]
        if controls[0] != controls[1]:
            found.append(
                f"control: {first.name} is compared with '{controls[0]}', {run.name} with "
                + f"'{controls[1]}', so suppression means two things. Give both the same control"
            )
        axes = [_axes(r.data) for r in (first, run)]
        if axes[0] != axes[1]:
            found.append(
                f"sweep: {first.name} has {_swept(axes[0])}, {run.name} has {_swept(axes[1])}. "
                + "Sweep the same values in both"
            )
    if not common_arms(runs):
        arms = "; ".join(f"{r.name} has {', '.join(map(str, r.data['arm'].values))}" for r in runs)
        found.append(f"arms: no arm is in all of them ({arms}). Give arms to be compared one name")
    return found


def _axes(data: "xr.Dataset") -> dict[str, list[str]]:
    return {a: [text_of(data, a, i) for i in range(data.sizes[a])] for a in sweep_axes(data)}


def _swept(axes: dict[str, list[str]]) -> str:
    if not axes:
        return "no sweep"
    return " and ".join(
        f"{a} ({', '.join(v[:8])}{', ...' * (len(v) > 8)})" for a, v in axes.items()
    )


def _conditional(runs: Sequence[Run]) -> Iterable[tuple[str, str]]:
    """Yield differences that a user may accept: topic and sentence."""
    arms = common_arms(runs)
    unread = [r.name for r in runs if not r.settings.arms]
    topics: dict[str, Callable[[Run, str], object]] = {
        "stimuli": _stimuli,
        "duration": lambda run, arm: _seconds(run, arm, "duration"),
        "device_window": lambda run, arm: (
            *_seconds(run, arm, "device_on"),
            *_seconds(run, arm, "device_off"),
        ),
        "epochs": lambda run, arm: (
            *_seconds(run, arm, "epoch_start"),
            *_seconds(run, arm, "epoch_stop"),
        ),
        "dt": lambda run, arm: run.settings.get(arm, "run.dt"),
    }
    for topic, value in topics.items():
        if topic in {"stimuli", "dt"} and unread:
            yield topic, f"{', '.join(unread)} has no experiment.yaml that would tell."
            continue
        for arm in arms:
            values = [value(run, arm) for run in runs]
            other = next((i for i, v in enumerate(values) if v != values[0]), None)
            if other is not None:
                shown = [_shown(values[a], values[b]) for a, b in ((0, other), (other, 0))]
                yield (
                    topic,
                    (
                        f"the arm '{arm}' has {shown[0]} in {runs[0].name} and {shown[1]} in "
                        + f"{runs[other].name}."
                    ),
                )
                break


def _stimuli(run: Run, arm: str) -> tuple[str, ...]:
    """Return the stimuli of an arm; a swept setting is the same if the sweeps are."""
    mine = run.settings.arms.get(arm)
    if mine is None and len(run.settings.arms) == 1:
        (mine,) = run.settings.arms.values()
    return tuple(f"{p} {v}" for p, v in sorted((mine or {}).items()) if p.startswith("stimuli"))


def _seconds(run: Run, arm: str, name: str) -> tuple[float | None, ...]:
    """Return times of an arm at all sweep points (of the epoch during), NaN as None."""
    if name not in run.data:
        return (None,)
    values = run.data[name].sel(arm=arm)
    if "epoch" in values.dims:
        values = values.sel(epoch="during")
    numbers = np.unique(np.round(np.asarray(values.values, dtype=float) / _TOLERANCE))
    return tuple(None if np.isnan(v) else float(v) * _TOLERANCE for v in numbers)


def _shown(value: object, other: object) -> str:
    """Return a value in words; of settings those that the other lacks."""
    if not isinstance(value, tuple):
        return str(value) or "none"
    texts = [v if isinstance(v, str) else "none" if v is None else f"{v:.4g} s" for v in value]
    if any(isinstance(v, str) for v in value):
        return ", ".join(t for t in texts if t not in (other if isinstance(other, tuple) else ()))
    return " and ".join(texts) or "none"


def notes(runs: Sequence[Run]) -> list[str]:
    """Return what a reader must know beside the numbers: versions, arms that are left out.

    Parameters
    ----------
    runs : sequence of Run
    """
    found = []
    versions = {run.name: run.version for run in runs}
    if len(set(versions.values())) > 1:
        told = ", ".join(f"{name} by {version}" for name, version in versions.items())
        found.append(f"Computed by different versions ({told}): the model may have changed.")
    arms = common_arms(runs)
    for run in runs:
        alone = [str(a) for a in run.data["arm"].values if str(a) not in arms]
        if alone:
            found.append(f"Left out of {run.name}, as not every run has them: {', '.join(alone)}.")
    return found
