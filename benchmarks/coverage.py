"""Whether intervals cover and tests hold their level, on synthetic spikes with a known answer.

Run from the repository: ``python -m benchmarks.coverage`` (some minutes). Writes
``benchmarks/report/coverage.md`` and ``coverage.csv``.
"""

import argparse
import csv
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import xarray as xr

from gatecontrol.analysis.statistics import pooled_suppressions
from gatecontrol.analysis.statistics.fits import MOST_CURVES, fits
from gatecontrol.analysis.statistics.paired import (
    adjusted,
    permutation_test,
    permutation_test_arms,
)
from gatecontrol.analysis.statistics.ratios import replicates, terms_of_arms
from gatecontrol.analysis.statistics.resampling import FEWEST_DRAWN, students_limit

REPORT = Path(__file__).with_name("report")
CONFIDENCE = 0.95
WITHIN = (0.93, 0.97)
"""Where the coverage of a 95 % interval must lie."""
MOST_BIAS = 0.01
LEVEL = 0.05
SUPPRESSIONS = (0.0, 0.1, 0.3, 0.6, 0.9)
ARMS = 4
"""Arms of the runs whose family-wise rates are counted."""
BIAS_RUNS = 10


@dataclass(frozen=True)
class Case:
    """How the spikes of a run are drawn.

    Attributes
    ----------
    name : str
    seeds : int
    spikes : float
        Mean of the control, per seed.
    drive : float
        Coefficient of variation of the drive between seeds, shared by on and off.
    excess : float
        Coefficient of variation of the rate within each trial, on top of Poisson counts.
    """

    name: str
    seeds: int = 20
    spikes: float = 30.0
    drive: float = 0.0
    excess: float = 0.0


CASES = (
    Case("20 seeds, Poisson"),
    Case("20 seeds, drive shared within seeds", drive=0.4),
    Case("20 seeds, overdispersed", excess=0.4),
    Case("20 seeds, shared drive, overdispersed", drive=0.4, excess=0.3),
    Case("10 seeds, shared drive", seeds=10, drive=0.4),
    Case("10 seeds, shared drive, overdispersed", seeds=10, drive=0.4, excess=0.3),
    Case("5 seeds, shared drive", seeds=5, drive=0.4),
    Case("5 seeds, shared drive, overdispersed", seeds=5, drive=0.4, excess=0.3),
    Case("40 seeds, shared drive", seeds=40, drive=0.4),
    Case("40 seeds, shared drive, overdispersed", seeds=40, drive=0.4, excess=0.3),
)

CURVES = (CASES[4], CASES[1])
"""Cases in which curves are fitted."""
QUICK = (CASES[1], CASES[5])


def _varied(rng, shape, variation):
    """Return positive factors of mean 1 with a coefficient of variation."""
    return rng.gamma(variation**-2, variation**2, shape) if variation else np.ones(shape)


def draw(rng, case, runs, shares):
    """Return signals of runs that share the drive of their seeds.

    Parameters
    ----------
    rng : numpy.random.Generator
    case : Case
    runs : int
    shares : sequence of float
        Mean of each signal over that of the control.

    Returns
    -------
    list of ndarray, shape (runs, seeds)
    """
    shape = (runs, case.seeds)
    drive = case.spikes * _varied(rng, shape, case.drive)
    return [
        rng.poisson(drive * share * _varied(rng, shape, case.excess)).astype(float)
        for share in shares
    ]


def _row(quantity, case, truth, runs, rate, *, wanted="interval", bias=np.nan, note=""):
    """Return a row; `wanted` is the rule of `verdict`."""
    return {
        "quantity": quantity, "case": case.name, "truth": round(truth, 9), "runs": runs,
        "bias": float(bias), "rate": float(rate), "wanted": wanted, "note": note,
    }  # fmt: skip


def verdict(row):
    """Return whether a row is as it must be: pass, or what fails."""
    rate, wrong = row["rate"], []
    # Two standard errors of the simulation, for rows with few runs or an exact level.
    slack = 2 * (LEVEL * (1 - LEVEL) / row["runs"]) ** 0.5
    if row["wanted"] == "interval" and not WITHIN[0] <= rate <= WITHIN[1]:
        wrong.append("coverage")
    if row["wanted"] == "covers" and rate < WITHIN[0] - slack:
        wrong.append("coverage")
    if row["wanted"] == "level" and rate > LEVEL + slack:
        wrong.append("level")
    if abs(row["bias"]) > MOST_BIAS:
        wrong.append("bias")
    return f"FAIL ({', '.join(wrong)})" if wrong else "pass"


def pooled_row(case, suppression, runs):
    """Return bias and coverage of the pooled suppression."""
    rng = np.random.default_rng([1, *case.name.encode(), round(100 * suppression)])
    off, on = draw(rng, case, runs, (1.0, 1.0 - suppression))
    found = pooled_suppressions(on, off)
    covered = (found.low <= suppression) & (suppression <= found.high)
    # The estimate needs no bootstrap: more runs, so that the bias is known to 0.1 points.
    off, on = draw(rng, case, BIAS_RUNS * runs, (1.0, 1.0 - suppression))
    bias = float(np.mean(1.0 - on.sum(axis=1) / off.sum(axis=1)) - suppression)
    fell = np.mean(found.reason != "")
    note = f"Fieller in {fell:.1%}" if fell else ""
    return _row("pooled suppression", case, suppression, runs, covered.mean(), bias=bias, note=note)


def difference_row(case, kept, runs):
    """Return bias and coverage of the difference of two arms with one control."""
    rng = np.random.default_rng([2, *case.name.encode(), *(round(100 * k) for k in kept)])
    off, on, other = draw(rng, case, runs, (1.0, *kept))
    truth, covered = kept[1] - kept[0], []
    for signals in zip(on, off, other, strict=True):
        low, high = replicates(terms_of_arms(*signals, signals[1])).interval(CONFIDENCE)
        covered.append(low <= truth <= high)
    off, on, other = draw(rng, case, BIAS_RUNS * runs, (1.0, *kept))
    bias = float(np.mean((other - on).sum(axis=1) / off.sum(axis=1)) - truth)
    note = f"suppressions {1 - kept[0]:g} and {1 - kept[1]:g}"
    rate = np.mean(covered)
    return _row("difference of two arms", case, truth, runs, rate, bias=bias, note=note)


def family_rows(case, runs):
    """Return error rates of tests where there is nothing to find, and of joint intervals."""
    rng = np.random.default_rng([3, *case.name.encode()])
    off, *ons = draw(rng, case, runs, [1.0] * (ARMS + 1))
    single, family, joint, apart = [], [], [], []
    for control, *signals in zip(off, *ons, strict=True):
        p = permutation_test(np.array(signals), control)
        single.append(p[0] <= LEVEL)
        family.append((adjusted(p) <= LEVEL).any())
        pairs = combinations(signals, 2)
        drawn = [replicates(terms_of_arms(a, control, b, control)) for a, b in pairs]
        if case.seeds < FEWEST_DRAWN:
            limit = students_limit(case.seeds, CONFIDENCE, len(drawn))
        else:
            largest = np.max([np.nan_to_num(np.abs(d.pivots)) for d in drawn], axis=0)
            limit = np.quantile(largest, CONFIDENCE)
        joint.append(all(abs(d.value) <= limit * d.error for d in drawn))
    # Two arms with controls of their own: equal suppression, rates that differ threefold.
    for signals in zip(*draw(rng, case, runs, (0.5, 1.0, 0.15, 0.3)), strict=True):
        apart.append(permutation_test_arms(*signals) <= LEVEL)
    tested = f"{ARMS} arms without effect"
    return [
        _row("permutation test, false alarms", case, 0.0, runs, np.mean(single), wanted="level"),
        _row(
            "permutation test of two arms, false alarms", case, 0.0, runs, np.mean(apart),
            wanted="level", note="0.5 suppressed in both, other rates and controls",
        ),
        _row(
            "Holm, any false alarm", case, 0.0, runs, np.mean(family), wanted="level", note=tested
        ),
        _row(
            "joint intervals, all cover", case, 0.0, runs, np.mean(joint),
            wanted="covers", note=f"{ARMS * (ARMS - 1) // 2} differences",
        ),
    ]  # fmt: skip


def curve_rows(case, runs):
    """Return the coverage of the main parameter of each fitted curve."""
    amplitude = np.array([20, 40, 60, 80, 90, 100, 110, 120, 140, 170, 200.0])
    frequency = np.array([1, 2, 5, 10, 20, 30, 40, 50, 70, 100, 130, 160, 200.0])
    rows = []
    for name, x, suppression, truth, note in (
        ("dose_ed50", amplitude, 0.6 / (1 + (100 / amplitude) ** 6), 100.0, "slope 6, maximum 0.6"),
        (
            "frequency_optimum", frequency, 0.1 + 0.5 * np.exp(-0.5 * np.log(frequency / 50) ** 2),
            50.0, "maximum 0.6, baseline 0.1",
        ),
    ):  # fmt: skip
        rng = np.random.default_rng([4, *case.name.encode(), *name.encode()])
        off, *on = draw(rng, case, runs, (1.0, *(1.0 - suppression)))
        dims = ("arm", "axis", "seed", "epoch")
        on = np.stack(on, axis=1)[..., None]
        off = np.broadcast_to(off[:, None, :, None], on.shape)
        about = {"units": "1", "long_name": "x.amplitude" if "dose" in name else "x.frequency"}
        coordinates = {"axis": ("axis", x, about), "arm": np.arange(runs), "epoch": ["during"]}
        signals = {"pain_signal": (dims, on), "pain_signal_off": (dims, off)}
        found = fits(xr.Dataset(signals, coordinates))
        low, high = (found[f"{name}_{end}"].values for end in ("low", "high"))
        # An open end, NaN, excludes nothing.
        rate = np.mean(~(low > truth) & ~(high < truth))
        rows.append(_row(name, case, truth, runs, rate, wanted="covers", note=note))
    return rows


def table(cases, runs, curves=(), say=print):
    """Return all rows.

    Parameters
    ----------
    cases : sequence of Case
    runs : int
        Simulated runs of a row; a quarter of them for families, fewer for fitted curves.
    curves : sequence of Case, optional
        Cases in which curves are fitted.
    say : callable, optional
        Takes a line for each row.
    """
    rows = []

    def add(new):
        rows.extend(new)
        for row in new:
            name = f"{row['quantity']}, {row['case']}, {row['truth']:g}"
            say(f"{name}: {row['rate']:.1%}, {verdict(row)}")

    for case in cases:
        for suppression in SUPPRESSIONS:
            add([pooled_row(case, suppression, runs)])
        for kept in ((0.7, 0.7), (0.9, 0.4)):
            add([difference_row(case, kept, runs)])
        add(family_rows(case, runs // 4))
    for case in curves:
        add(curve_rows(case, min(runs // 10, MOST_CURVES)))
    return rows


def page(rows, quick):
    """Return the report as markdown."""
    failing = [r for r in rows if verdict(r) != "pass"]
    lines = ["# Do the intervals cover, do the tests hold their level?", ""]
    if quick:
        lines += ["Made with `--quick`: few runs. Not for comparison.", ""]
    low, high = WITHIN
    lines += [
        f"Synthetic spikes with a known answer, {CASES[0].spikes:g} spikes of the control per seed",
        "on average; made by `python -m benchmarks.coverage`. A shared drive varies between",
        "seeds (coefficient of variation 0.4) and is the same for a signal and its control;",
        "overdispersed rates vary in each trial for itself (0.3, or 0.4 where nothing is",
        f"shared). Wanted: bias within {100 * MOST_BIAS:g} percentage point, coverage of a 95 %",
        f"interval from {low:.0%} to {high:.0%} (of joint intervals and of curves",
        f"{low:.0%} or more), false alarms at {LEVEL:.0%} or less, the last two up to two standard",
        f"errors of the simulation. Bias is taken over {BIAS_RUNS} times as many runs.",
        "",
        f"{len(rows) - len(failing)} of {len(rows)} rows pass.",
        "",
    ]
    if any("bias" in verdict(row) for row in failing):
        lines += [
            "About bias: a ratio of sums gives on average too little suppression, by about",
            "(1 - suppression) x CV^2 / n, with CV the variation of the control from seed to seed",
            "that the signal does not share. More seeds make it smaller. The studentised interval",
            "allows for it, as its coverage shows; the point estimate is left as it is defined.",
            "",
        ]
    lines += [
        "| quantity | case | truth | runs | bias, points | rate | | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        bias = "" if np.isnan(row["bias"]) else f"{100 * row['bias']:+.2f}"
        lines.append(
            f"| {row['quantity']} | {row['case']} | {row['truth']:g} | {row['runs']} | {bias} | "
            + f"{row['rate']:.1%} | {verdict(row)} | {row['note']} |"
        )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two cases, few runs: a check")
    parser.add_argument("--out", type=Path, default=None, help="default: benchmarks/report")
    given = parser.parse_args()
    if given.quick and given.out is None:
        parser.error("benchmarks/report is for a full run; give --out DIR")
    plan = (QUICK, 400) if given.quick else (CASES, 4000, CURVES)
    rows = table(*plan, say=lambda line: print(line, flush=True))
    folder = given.out or REPORT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "coverage.md").write_text(page(rows, given.quick), encoding="utf-8")
    with (folder / "coverage.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, [*rows[0], "verdict"], lineterminator="\n")
        lines.writeheader()
        lines.writerows(row | {"verdict": verdict(row)} for row in rows)


if __name__ == "__main__":
    main()
