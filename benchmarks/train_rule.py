"""Measure the train rule against the cable solver and write the tables of docs/fibre_trains.md.

Run from the repository: ``python -m benchmarks.train_rule`` (some minutes). Trains of 0.1 s, or
10 pulses, without jitter; spikes are counted.
"""

import time
from pathlib import Path

import numpy as np

from gatecontrol.fibres.make_recovery import Bench
from gatecontrol.fibres.train_rule import follow

PAGE = Path(__file__).parents[1] / "docs" / "fibre_trains.md"
DIAMETERS = (3e-6, 5e-6, 8e-6, 10e-6, 11.5e-6, 15e-6)  # two of them in the tables of the rule
RATES = (20, 50, 100, 150, 200, 300, 400, 500, 600, 800, 1000, 1200)
RATIOS = (1.05, 1.1, 1.2, 1.5, 2.0, 3.0, 4.0)
CASES = (  # name, pulse width, distance, recharge
    ("60 us", 60e-6, 1e-3, False),
    ("200 us", 200e-6, 1e-3, False),
    ("200 us, recharge at once", 200e-6, 1e-3, True),
    ("200 us, 3 mm away", 200e-6, 3e-3, False),
    ("500 us", 500e-6, 1e-3, False),
    ("1 ms", 1e-3, 1e-3, False),
)
BANDS = ((2, 100), (101, 200), (201, 400), (401, 600), (601, 1200))
SPLIT = 1.5  # thresholds


def counts(bench, rate, ratios):
    """Return the number of pulses, and the spikes of solver and rule at each amplitude."""
    pulses = max(10, round(0.1 * rate))
    times = np.arange(pulses) / rate
    solved = [bench.spikes(times, [r] * pulses) for r in ratios]
    found = follow(
        times, np.ones(pulses), 1 / np.array(ratios), np.full(len(ratios), bench.diameter),
        np.random.default_rng(0), width=bench.width, jitter=0.0,
    )  # fmt: skip
    return pulses, np.array(solved), np.bincount(found.fibre, minlength=len(ratios))


def rows():
    """Yield case, diameter, rate, amplitude, pulses, spikes of the solver and of the rule."""
    for name, width, distance, recharge in CASES:
        for diameter in DIAMETERS:
            if diameter < 5e-6 and distance > 1e-3:
                continue  # thresholds of tens of mA: out of reach
            bench = Bench("mrg", diameter, width, distance, recharge)
            for rate in RATES:
                if rate * bench.pulse.duration < 0.9:
                    pulses, solved, ruled = counts(bench, rate, RATIOS)
                    for ratio, a, b in zip(RATIOS, solved, ruled, strict=True):
                        yield name, diameter, rate, ratio, pulses, a, b


def summary(table):
    """Return (trains, share within one spike or 5 %, mean error, largest) of counts."""
    pulses, solved, ruled = (np.array(c) for c in zip(*table, strict=True))
    off = np.abs(solved - ruled)
    good = off <= np.maximum(1, 0.05 * pulses)
    share = off / pulses
    return f"{len(table)} | {good.mean():.0%} | {share.mean():.1%} | {share.max():.0%}"


def tables(found):
    """Return the tables as text."""
    head = "trains | within 1 spike or 5 % | mean error | largest"
    lines = [f"| pulses per second | amplitude | {head} |", "|---|---|---|---|---|---|"]
    for low, high in BANDS:
        for name, keep in (
            (f"below {SPLIT:g} thresholds", lambda r: r < SPLIT),
            (f"{SPLIT:g} and more", lambda r: r >= SPLIT),
        ):
            part = [f[4:] for f in found if low <= f[2] <= high and keep(f[3])]
            lines.append(f"| {low}-{high} | {name} | {summary(part)} |")
    lines += ["", f"| up to 400 pulses per second | {head} |", "|---|---|---|---|---|"]
    for name, *_ in CASES:
        part = [f[4:] for f in found if f[0] == name and f[2] <= 400]
        lines.append(f"| {name} | {summary(part)} |")
    for diameter in DIAMETERS:
        part = [f[4:] for f in found if f[1] == diameter and f[2] <= 400]
        lines.append(f"| {diameter * 1e6:g} um | {summary(part)} |")
    return "\n".join(lines)


def cost():
    """Return the milliseconds that 500 fibres take with 500 and 5000 pulses."""
    rng = np.random.default_rng(0)
    taken = []
    for pulses in (10, 500, 5000):
        drive = np.full(pulses, 1.5e-3)
        threshold, diameter = rng.uniform(1e-3, 3e-3, 500), rng.uniform(5e-6, 12e-6, 500)
        times = np.arange(pulses) / 50
        begin = time.process_time()
        follow(times, drive, threshold, diameter, rng, width=2e-4)
        taken.append(1e3 * (time.process_time() - begin))
    return taken[1:]


def main():
    begin = time.process_time()
    found = list(rows())
    for f in found:
        if f[2] <= 400 and abs(f[5] - f[6]) > max(1, 0.05 * f[4]):
            print(*f)
    short, long = cost()
    text = (
        f"{tables(found)}\n\n500 fibres, of which a quarter follow, take {short:.1f} ms with 500 "
        + f"pulses and {long:.0f} ms with 5000; the solver took "
        + f"{1e3 * (time.process_time() - begin) / len(found):.0f} ms for each fibre and 0.1 s.\n"
    )
    before, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- measured -->\n")
    after = rest.partition("<!-- end -->")[2]
    PAGE.write_text(f"{before}<!-- measured -->\n{text}<!-- end -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
