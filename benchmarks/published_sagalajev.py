"""The published circuit of Sagalajev et al. 2024 against a golden run of its authors' files.

Prints tables "golden against here" as ``published.py`` does. The authors' afferent trains are not
part of this repository: here they are drawn from their statistics. With a copy of the two files
(``lauramedlock/SCS-network`` on GitHub) in a folder, ``--inputs FOLDER`` runs them too. Takes some
seconds: ``python benchmarks/published_sagalajev.py [--draws N] [--inputs FOLDER]``.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from published import arrivals, fibres_of, golden, show

from gatecontrol.circuits import load_circuit
from gatecontrol.circuits.wiring import draw_wiring
from gatecontrol.simulation import Replicate, run_batch

FILES = {"50Hz": "SCS_sync_input_50Hz.json", "1kHz": "SCS_async_input_1kHz.json"}
"""Condition of the golden run -> file of the authors."""

DT = 0.1e-3

SYNCHRONOUS = (1.3e-3, 3.1e-3, 0.05e-3)
"""Sagalajev's fibres at 50 Hz: range of a fibre's delay after a pulse, and its jitter [s]."""

ASYNCHRONOUS = (
    (6.8e-3, 0.29, 0.0, 0.0),
    (15.9e-3, 0.57, 0.135, 0.114),
    (12.0e-3, 0.51, 0.101, 0.167),
    None,
    (4.65e-3, 0.28, 0.017, 0.183),
    None,
    (5.4e-3, 0.39, 0.025, 0.117),
    (19.7e-3, 0.37, 0.0, 0.0),
    (75e-3, 0.40, 0.175, 0.316),
    (6.8e-3, 0.46, 0.116, 0.096),
)
"""Sagalajev's fibres under 1 kHz, measured on the first 5 s of the authors' trains.

Mean interval [s] and its coefficient of variation, share of intervals that are pauses (longer
than three times the median), and mean pause [s]; None for a silent fibre.
"""


def synchronous(fibres, duration, rng):
    """Return trains as of Sagalajev's fibres at 50 Hz: all answer every pulse."""
    first, last, jitter = SYNCHRONOUS
    times = np.arange(0, duration, 0.02)
    delay = rng.uniform(first, last, len(fibres))
    time = times[:, None] + delay + jitter * rng.standard_normal((len(times), len(fibres)))
    return [(np.tile(np.arange(len(fibres)), len(times)), time.ravel())]


def asynchronous(fibres, duration, rng):
    """Return trains as of Sagalajev's fibres at 1 kHz: each fires and pauses in its own way."""
    found = []
    for row, about in enumerate(ASYNCHRONOUS):
        if about is None:
            continue
        mean, variation, share, pause = about
        lead = 1.0  # [s] before the start, so that the train forgets its own
        number = int(2 * (duration + lead) / mean) + 10
        interval = rng.gamma(variation**-2, mean * variation**2, number)
        pauses = rng.gamma(4, pause / 4, number)  # half as variable as chance (assumed)
        time = np.cumsum(np.where(rng.random(number) < share, pauses, interval)) - lead
        time = time[(time > 0) & (time < duration)]
        found.append((np.full(len(time), row), time))
    return found


def recorded(path):
    """Return trains of a file of the authors: a list of times [ms] for each fibre."""
    trains = json.loads(Path(path).read_text())
    return [(np.full(np.size(t), row), 1e-3 * np.ravel(t)) for row, t in enumerate(trains)]


def rates(seed, trains, conditions=(), changes=None, duration=5.0):
    """Return rates [Hz] by population over 5 s.

    `trains` is `recorded` or a function of fibres, duration and generator that draws trains.
    """
    circuit = load_circuit("sagalajev2024", conditions, changes)
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    drawn = trains(fibres, duration, rng) if callable(trains) else trains
    drive = arrivals(fibres, drawn, dt=DT)
    one = Replicate(draw_wiring(circuit, seed), drive, seed)
    found = run_batch(circuit, [one], duration, DT)[0]
    return {name: len(s.time) / (s.size * duration) for name, s in found.spikes.items()}


DRAWN = {"50Hz": synchronous, "1kHz": asynchronous}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=10, help="draws of trains and background")
    parser.add_argument("--inputs", type=Path, help="folder with the authors' trains")
    given = parser.parse_args()
    wanted = {row["condition"]: row for row in golden("sagalajev_rates.csv")}
    ways = {"drawn": DRAWN}
    if given.inputs:
        ways["authors'"] = {name: recorded(given.inputs / file) for name, file in FILES.items()}
    published = {f"receptors.{r}_current.decay": "3 ms" for r in ("excitatory", "inhibitory")}
    changes = {
        "": ((), None),
        "decay 3 ms": ((), published),
        "gaba_a_block": (("gaba_a_block",), None),
        "no_noise": (("no_noise",), None),
    }
    rows = []
    for way, trains in ways.items():
        for title, (conditions, numbers) in changes.items():
            for name, row in wanted.items():
                if name not in trains:
                    continue
                found = [
                    rates(seed, trains[name], conditions, numbers)
                    for seed in range(1, given.draws + 1)
                ]
                line = [way, title, name]
                for population in ("excitatory", "inhibitory"):
                    here = [one[population] for one in found]
                    golden_rate = row[f"{population[0].upper()}_rate_hz"] if not title else ""
                    line += [golden_rate, f"{np.mean(here):.1f} ({min(here):.1f}-{max(here):.1f})"]
                rows.append(line)
    show(
        "Rates [Hz], mean and range of draws",
        ["trains", "change", "SCS", "E golden", "E here", "I golden", "I here"],
        rows,
    )


if __name__ == "__main__":
    main()
