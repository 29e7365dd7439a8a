"""The published circuit of Sagalajev et al. 2024 against a golden run of its authors' files.

Prints tables "golden against here" as ``published.py`` does. The authors' afferent trains are not
part of this repository: here they are drawn from their statistics. With a copy of the two files
(``lauramedlock/SCS-network`` on GitHub) in a folder, ``--inputs FOLDER`` runs them too. A second
table holds the circuit to the authors' event rule, written anew from its description, with fibres
in step at other frequencies. Takes some minutes, most of it for the rule:
``python benchmarks/published_sagalajev.py [--draws N] [--inputs FOLDER]``.
"""

import argparse
import json
from functools import partial
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


def synchronous(fibres, duration, rng, frequency=50.0):
    """Return trains as of Sagalajev's fibres at 50 Hz: all answer every pulse."""
    first, last, jitter = SYNCHRONOUS
    times = np.arange(0, duration, 1 / frequency)
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


def event_rule(seed, trains, duration=5.0):
    """Return rates [Hz] by population as the authors' rule gives them: the reference of `rates`.

    A neuron moves only when an event arrives: one step of Euler's method over the time since the
    last one, with the current that the event has just changed. It loses what arrives within
    0.1 ms after its spike. The afferent trains are those of `rates` for the same seed, the
    background is of the same statistics, and synapses decay with the published 3 ms.
    """
    circuit = load_circuit("sagalajev2024")
    fibres, rng = fibres_of(circuit), np.random.default_rng(seed)
    drawn = trains(fibres, duration, rng) if callable(trains) else trains
    volley = np.concatenate([time for _, time in drawn])
    wiring = draw_wiring(circuit, seed)
    inhibition, found = np.empty(0), {}
    for name in ("inhibitory", "excitatory"):
        cell = {k: float(v[0]) for k, v in wiring.parameters[name].items()}
        background = circuit.backgrounds[name]
        afferent = circuit.pathways[f"abeta_centre_to_{name}"].weights["excitatory_current"]
        local = circuit.pathways["inhibitory_to_excitatory"]
        sizes = [background.weights["excitatory_current"].value, afferent.value]
        sizes.append(-local.weights["inhibitory_current"].value)
        trains_of = []
        for conductance in wiring.parameters[name]["leak_conductance"]:
            count = rng.poisson(background.sources * background.rate.value * duration)
            noise = rng.uniform(0, duration, count)
            parts = [noise, volley[volley < duration], inhibition + local.delay.value]
            time = np.concatenate(parts)
            weight = np.repeat(sizes, [len(part) for part in parts])
            order = np.argsort(time, kind="stable")
            rate = conductance / cell["capacitance"]
            trains_of.append(_spikes_by_rule(time[order], weight[order], rate, cell))
        times = np.concatenate(trains_of)
        found[name] = len(times) / (len(trains_of) * duration)
        if name == "inhibitory":  # on the excitatory neurons; nothing comes back
            inhibition = times
    return found


def _spikes_by_rule(time, weight, rate, cell):
    """Return the spikes [s] of one neuron; `rate` is one over its membrane time constant."""
    v, current, last, deaf = -65e-3, 0.0, 0.0, -1.0
    rest, threshold, capacitance = cell["leak_reversal"], cell["threshold"], cell["capacitance"]
    spikes = []
    for now, jump in zip(time.tolist(), weight.tolist(), strict=True):
        if now < deaf:
            continue
        step, last = now - last, now
        current += jump - step * current / 3e-3
        v += step * (rate * (rest - v) + current / capacitance)
        if v > threshold:
            spikes.append(now)
            v, deaf = cell["reset"], now + cell["refractory_period"]
    return np.array(spikes)


DRAWN = {"50Hz": synchronous, "1kHz": asynchronous}

FREQUENCIES = (50.0, 60.0, 80.0, 100.0, 500.0)
"""Of fibres in step [Hz], at which the circuit is held to `event_rule`."""


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
    rows = []
    ways = {"1 kHz": asynchronous}
    ways |= {f"{f:.0f} Hz": partial(synchronous, frequency=f) for f in FREQUENCIES}
    for title, trains in ways.items():
        seeds = range(1, given.draws + 1)
        ruled, here = ([run(s, trains) for s in seeds] for run in (event_rule, rates))
        line = [title]
        for population in ("excitatory", "inhibitory"):
            for runs in (ruled, here):
                found = [one[population] for one in runs]
                line.append(f"{np.mean(found):.1f} ({min(found):.1f}-{max(found):.1f})")
        rows.append(line)
    show(
        "Rates [Hz], drawn trains: the authors' event rule against here",
        ["SCS", "E rule", "E here", "I rule", "I here"],
        rows,
    )


if __name__ == "__main__":
    main()
