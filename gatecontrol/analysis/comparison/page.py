"""The page of a comparison: what differs between the runs, what is equal, and the numbers."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gatecontrol import __version__
from gatecontrol.analysis.columns import Table
from gatecontrol.analysis.comparison.align import equal_settings, unequal_settings
from gatecontrol.analysis.comparison.differences import MOST_PAIRS
from gatecontrol.analysis.comparison.figure import MOST_GROUPS, groups
from gatecontrol.analysis.comparison.runs import Run
from gatecontrol.analysis.comparison.tables import (
    difference_rows,
    difference_table,
    effect_table,
)
from gatecontrol.analysis.figures.rows import text_of
from gatecontrol.analysis.figures.style import percent
from gatecontrol.analysis.report.design import control_words, grouped, ranges
from gatecontrol.analysis.report.page import numbered, shown_table

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["answer", "caption", "content"]

FILE = "comparison.nc"
_LIMITS = (
    "Pain, relief of pain or a share of responders: the pain signal is the firing of simulated "
    + "projection neurons, in model units.",
    "That a difference between circuits is one between bodies: each circuit has numbers of its "
    + "own that are assumed.",
    "A correction for comparing many: each interval stands alone.",
)
_SECTIONS = (
    ("answer", "Answer"),
    ("runs", "Runs"),
    ("differs", "What differs"),
    ("equal", "Held equal"),
    ("figures", "Figure"),
    ("tables", "Tables"),
    ("warnings", "Warnings"),
    ("limits", "Not claimed"),
    ("again", "Again"),
    ("references", "References"),
)


def answer(data: "xr.Dataset") -> list[str]:
    """Return what the comparison found, the main sentence first.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    """
    rows = [r for r in difference_rows(data) if math.isfinite(r["difference"])]
    if not rows:
        return ["No difference between the runs could be computed; the table says why."]
    most = max(rows, key=lambda r: abs(r["difference"]))
    name = ", ".join([most["label"], *most["axes"].values()])
    points = percent(abs(most["difference"]))[:-2]
    higher, lower = most["run"], most["run_other"]
    ends = (most["low"], most["high"])
    if most["difference"] < 0:
        higher, lower, ends = lower, higher, (-ends[1], -ends[0])
    interval = "no interval"
    if all(map(math.isfinite, ends)):
        interval = f"95 % interval {percent(ends[0])[:-2]} to {percent(ends[1])[:-2]} points"
    seeds = "the same seeds, paired" if most["paired"] else "seeds that are not paired"
    clear = [r for r in rows if r["low"] > 0 or r["high"] < 0]
    largest = "The runs differ most" if most in clear else "The largest difference of the runs is"
    sentences = [
        f"{largest} in {name}: {higher} suppresses the pain signal by {points} "
        + f"percentage points more than {lower} ({interval}) in the epoch during, on {seeds}."
        if most["difference"]
        else "The runs do not differ: every difference of suppression is 0."
    ]
    values = _suppressions(data, most)
    if most["difference"]:
        sentences.append(f"Suppression there: {values}.")
    if most["difference"] and ends[0] <= 0 <= ends[1]:
        sentences.append("Its interval contains 0, so the runs are not told apart there.")
    sentences.append(
        f"Of {len(rows)} differences between runs (by arm, sweep point and pair of runs), "
        + f"{_counted(len(clear))} an interval without 0; nothing is corrected for comparing many."
    )
    return sentences


def _counted(count: int) -> str:
    return f"{count or 'none'} {'have' if count > 1 else 'has'}"


def _suppressions(data: "xr.Dataset", row: dict[str, Any]) -> str:
    """Return the suppressions whose difference a row is, with their intervals."""
    told = []
    place = {"arm": [str(a) for a in data["arm"].values].index(row["arm"])}
    for axis, text in row["axes"].items():
        texts = [text_of(data, axis, i) for i in range(data.sizes[axis])]
        place[axis] = texts.index(text)
    during = data.sel(epoch="during").isel(place)
    for run in (row["run"], row["run_other"]):
        here = during.sel(run=run)
        value, low, high = (float(here[f"suppression_{n}"]) for n in ("pooled", "low", "high"))
        ends = ""
        if math.isfinite(low) and math.isfinite(high):
            ends = f" (95 % interval {percent(low)[:-2]} to {percent(high)})"
        told.append(f"{percent(value)}{ends} in {run}")
    return ", ".join(told)


def caption(data: "xr.Dataset") -> str:
    """Return the caption of the forest.

    Parameters
    ----------
    data : xarray.Dataset
    """
    text = (
        "Suppression of the pain signal of the deep projection neurons in the epoch during, "
        + "by arm and run, all seeds of a run pooled, with the 95 % interval over its seeds."
    )
    count = len(groups(data))
    if count > MOST_GROUPS:
        text += f" The first {MOST_GROUPS} of {count} arms and sweep points are drawn."
    return text


def content(
    data: "xr.Dataset", runs: Sequence[Run], told: Sequence[str], command: str
) -> tuple[dict[str, Any], list[Table]]:
    """Return everything that the template asks for but the figure, and the tables.

    Parameters
    ----------
    data : xarray.Dataset
        From `gatecontrol.analysis.comparison.align.aligned`.
    runs : sequence of Run
    told : sequence of str
        What a reader must know: versions, arms left out, differences that were allowed.
    command : str
        How to compare again.
    """
    tables = [effect_table(data), difference_table(data)]
    references, numbers = numbered(k for r in runs for k in r.results.run.get("references", []))
    names = [run.name for run in runs]
    computed = sum(1 for _ in difference_rows(data))
    warnings = [*told, *_unpaired(data)]
    pairs = len(runs) * (len(runs) - 1) // 2
    if computed < pairs * len(groups(data)):
        warnings.append(
            f"More than {MOST_PAIRS} differences: each run is compared with {names[0]} only."
        )
    found = {
        "version": __version__,
        "name": " and ".join(names) if len(names) < 4 else f"{len(names)} runs",
        "answer": [text.replace(" %", "\N{NO-BREAK SPACE}%") for text in answer(data)],
        "disclaimer": data.attrs.get("disclaimer", ""),
        "control": control_words(runs[0].data),
        "runs": [_about(run) for run in runs],
        "runs_header": ["Run", "Experiment", "Preparation", "Circuit", "Seeds", "Computed by"],
        "differs_header": ["Setting", *names],
        "differs": unequal_settings(runs),
        "equal": _equal(runs),
        "tables": [shown_table(t, FILE) for t in tables],
        "warnings": warnings,
        "limits": _LIMITS,
        "command": command,
        "references": references,
        "numbers": numbers,
        "contents": _SECTIONS,
    }
    return found, tables


def _about(run: Run) -> list[str]:
    def distinct(name: str) -> str:
        if name not in run.data.variables:
            return ""
        return ", ".join(sorted({str(v) for v in run.data[name].values.ravel() if str(v)}))

    circuit = f"{distinct('circuit')} ({distinct('conditions')})"
    title = str(run.data.attrs.get("title", ""))
    seeds = f"{len(run.seeds)} ({ranges(run.seeds)})"
    return [run.name, title, distinct("preparation"), circuit, seeds, run.version]


def _equal(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Return what is equal, by section; settings of one arm under its name."""
    whole: dict[str, str] = {}
    arms: dict[str, dict[str, str]] = {}
    for name, value in equal_settings(runs).items():
        arm, colon, path = name.partition(": ")
        if colon:
            arms.setdefault(arm, {})[path] = value
        else:
            whole[name] = value
    found = grouped(whole)
    for arm, settings in arms.items():
        found.append((f"Arm {arm}", "; ".join(f"{p} {v}" for p, v in settings.items())))
    return found


def _unpaired(data: "xr.Dataset") -> list[str]:
    """Say which runs are not paired by seed, and why."""
    reasons: dict[str, list[str]] = {}
    names = [str(r) for r in data["run"].values]
    compared = {(r["run"], r["run_other"]) for r in difference_rows(data)}
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            reason = str(data["paired_status"].values[i, j])
            if reason and (one, other) in compared:
                reasons.setdefault(reason, []).append(f"{one} and {other}")
    return [
        f"Not paired by seed, as {reason}: {', '.join(pairs[:6])}"
        + (f" and {len(pairs) - 6} more pairs" if len(pairs) > 6 else "")
        + ". Their differences are of independent draws, so their intervals are wider."
        for reason, pairs in reasons.items()
    ]
